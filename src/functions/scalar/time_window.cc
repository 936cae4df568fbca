// Where windows of time begin: what the analyzer makes window(ts, …) of. Its name begins with "__":
// SHOW FUNCTIONS does not list it.

#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {

namespace {

// __window_start(time, slide, origin, back): the beginning of the last window at or before `time`,
// and then `back` microseconds earlier. Windows begin every `slide` microseconds from the epoch
// plus `origin`.
Result<BoundScalar> BindWindowStart(const BindInput& input) {
  BoundScalar bound;
  bound.argument_types = {input.types[0], type::Long(), type::Long(), type::Long()};
  bound.return_type = input.types[0];
  bound.kernel =
      MakeKernel([](int64_t time, int64_t slide, int64_t origin, int64_t back) -> int64_t {
        // Rows that turn out null are computed as well: any bits must do.
        const auto distance =
            static_cast<int64_t>(static_cast<uint64_t>(time) - static_cast<uint64_t>(origin));
        const int64_t remainder = slide > 0 ? distance % slide : 0;
        const int64_t last = remainder < 0 ? remainder + slide : remainder;
        return static_cast<int64_t>(static_cast<uint64_t>(time) - static_cast<uint64_t>(last) -
                                    static_cast<uint64_t>(back));
      });
  return bound;
}

const Registration kWindowStart(ScalarFunction{.name = "__window_start",
                                               .min_arguments = 4,
                                               .max_arguments = 4,
                                               .bind = BindWindowStart,
                                               .description = "The beginning of a time window."});

}  // namespace

}  // namespace emery::functions
