// count_min_sketch: approximate counts of values (Cormode and Muthukrishnan, 2005), in the
// serialised form and with the hashes of Spark's own class, so that its readers understand it.

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "functions/aggregate/aggregate_internal.h"
#include "functions/aggregate/java_random_internal.h"
#include "functions/spark_hash_internal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

constexpr int64_t kPrime = (int64_t{1} << 31) - 1;

/// Counters of a group, depth rows of width each, and the number of values; empty: none yet.
struct SketchState {
  std::vector<int64_t> counters;
  int64_t total = 0;
};

struct CountMinSketch final : AggregateBase<CountMinSketch, SketchState> {
  int32_t depth = 0;
  int32_t width = 0;
  std::vector<int64_t> factors;  // of the hash of each row
  bool integers = false;

  struct Values {
    std::optional<Input<int64_t>> numbers;
    std::optional<Input<StringView>> strings;
    std::vector<int32_t> first;  // hashes of strings
    std::vector<int32_t> second;
  };

  Values Read(const std::vector<VectorPtr>& v) const {
    Values values;
    if (integers) {
      values.numbers.emplace(v[0]);
      return values;
    }
    values.strings.emplace(v[0]);
    const auto rows = static_cast<size_t>(v[0]->size());
    values.first.assign(rows, 0);
    Murmur3Rows(*v[0], v[0]->size(), values.first.data());
    values.second = values.first;
    Murmur3Rows(*v[0], v[0]->size(), values.second.data());
    return values;
  }

  std::vector<int64_t>& CountersOf(SketchState& s) const {
    if (s.counters.empty()) {
      s.counters.resize(static_cast<size_t>(depth) * static_cast<size_t>(width));
    }
    return s.counters;
  }

  void Add(SketchState& s, const Values& in, int64_t i) const {
    if (integers ? in.numbers->IsNull(i) : in.strings->IsNull(i)) {
      return;
    }
    std::vector<int64_t>& counters = CountersOf(s);
    ++s.total;
    for (int32_t d = 0; d < depth; ++d) {
      int32_t bucket;
      if (integers) {
        auto hash = static_cast<uint64_t>(factors[static_cast<size_t>(d)]) *
                    static_cast<uint64_t>((*in.numbers)[i]);
        hash += static_cast<uint64_t>(static_cast<int64_t>(hash) >> 32);
        bucket = static_cast<int32_t>(hash & kPrime) % width;
      } else {
        const auto row = static_cast<size_t>(i);
        const auto mixed =
            static_cast<int32_t>(static_cast<uint32_t>(in.first[row]) +
                                 static_cast<uint32_t>(d) * static_cast<uint32_t>(in.second[row]));
        bucket = std::abs(mixed % width);
      }
      ++counters[static_cast<size_t>(d) * static_cast<size_t>(width) + static_cast<size_t>(bucket)];
    }
  }

  Input<StringView> ReadStates(const std::vector<VectorPtr>& v) const {
    return Input<StringView>(v[0]);
  }

  void Combine(SketchState& s, const Input<StringView>& in, int64_t i) const {
    const StringView& bytes = in[i];
    if (bytes.size() == 0) {
      return;
    }
    std::vector<int64_t>& counters = CountersOf(s);
    std::vector<int64_t> other(bytes.size() / sizeof(int64_t));
    std::memcpy(other.data(), bytes.data(), other.size() * sizeof(int64_t));
    s.total += other[0];
    for (size_t c = 0; c < counters.size(); ++c) {
      counters[c] += other[c + 1];
    }
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    FlatWriter out(type::Binary(), count);
    for (int64_t i = 0; i < count; ++i) {
      const SketchState& s = At(states, i);
      if (!s.counters.empty()) {
        std::string bytes(reinterpret_cast<const char*>(&s.total), sizeof(int64_t));
        bytes.append(reinterpret_cast<const char*>(s.counters.data()),
                     s.counters.size() * sizeof(int64_t));
        out.SetString(i, bytes);
      }
    }
    return std::vector<VectorPtr>{out.Finish(count)};
  }

  static void AppendNumber(int64_t value, int bytes, std::string* out) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out->push_back(static_cast<char>(value >> shift));
    }
  }

  /// Version, total, depth, width, hash factors, counters; all with the high byte first.
  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    FlatWriter out(this->return_type, count);
    const std::vector<int64_t> none(static_cast<size_t>(depth) * static_cast<size_t>(width));
    for (int64_t i = 0; i < count; ++i) {
      const SketchState& s = At(states, i);
      std::string bytes;
      AppendNumber(1, 4, &bytes);
      AppendNumber(s.total, 8, &bytes);
      AppendNumber(depth, 4, &bytes);
      AppendNumber(width, 4, &bytes);
      for (const int64_t factor : factors) {
        AppendNumber(factor, 8, &bytes);
      }
      for (const int64_t counter : s.counters.empty() ? none : s.counters) {
        AppendNumber(counter, 8, &bytes);
      }
      out.SetString(i, bytes);
    }
    return out.Finish(count);
  }

  int64_t OwnedBytes(const void* state) const override {
    return static_cast<int64_t>(static_cast<const SketchState*>(state)->counters.capacity() *
                                sizeof(int64_t));
  }
};

Status OutOfRange(const char* name, const char* range, double value) {
  const std::string text = type::FormatDouble(value) + "D";
  return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                         std::string("Cannot resolve \"count_min_sketch\" due to data type "
                                     "mismatch: The ") +
                             name + " must be between " + range + " (current value = " + text +
                             ").",
                         {{"exprName", name}, {"valueRange", range}, {"currentValue", text}});
}

Result<BoundAggregatePtr> BindCountMinSketch(const BindInput& input) {
  const TypePtr& given = input.types[0];
  if (!given->is_integral() && !given->is_string() && !given->is(type::TypeId::kBinary) &&
      !given->is_null()) {
    return UnexpectedType(input, 0, "(\"INTEGRAL\" or \"STRING\" or \"BINARY\")");
  }
  static constexpr const char* kNames[] = {"", "eps", "confidence", "seed"};
  static constexpr const char* kTypes[] = {"", "\"DOUBLE\"", "\"DOUBLE\"", "\"INT\""};
  for (int i = 1; i < 4; ++i) {
    if (!IsLiteral(input, static_cast<size_t>(i))) {
      return NotFoldable(input, i, kNames[i], kTypes[i]);
    }
    if (LiteralValue(input, static_cast<size_t>(i)) == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_NULL",
                             std::string("Cannot resolve \"count_min_sketch\" due to data type "
                                         "mismatch: The ") +
                                 kNames[i] + " must not be null.",
                             {{"exprName", kNames[i]}});
    }
  }
  const double epsilon = LiteralAsDouble(*input.literals[1]);
  const double confidence = LiteralAsDouble(*input.literals[2]);
  if (!(epsilon > 0)) {
    return OutOfRange("eps", "(0.0, 1.7976931348623157E308]", epsilon);
  }
  if (!(confidence > 0 && confidence < 1)) {
    return OutOfRange("confidence", "(0.0, 1.0)", confidence);
  }
  auto sketch = std::make_shared<CountMinSketch>();
  sketch->depth = static_cast<int32_t>(std::ceil(-std::log(1 - confidence) / std::log(2.0)));
  sketch->width = static_cast<int32_t>(std::ceil(2 / epsilon));
  JavaRandom random(
      static_cast<uint64_t>(static_cast<int32_t>(LiteralAsDouble(*input.literals[3]))));
  for (int32_t d = 0; d < sketch->depth; ++d) {
    sketch->factors.push_back(random.NextInt(INT32_MAX));
  }
  sketch->integers = given->is_integral() || given->is_null();
  sketch->nullable = false;
  const TypePtr argument = sketch->integers ? type::Long() : given;
  return Bound(sketch, {argument, type::Double(), type::Double(), type::Int()}, type::Binary(),
               {type::Binary()});
}

const Registration kCountMinSketch(AggregateFunction{
    .name = "count_min_sketch",
    .min_arguments = 4,
    .max_arguments = 4,
    .bind = BindCountMinSketch,
    .description = "A count-min sketch of the values, for an error, a confidence and a seed.",
    .examples = {{"SELECT length(count_min_sketch(col, 0.5d, 0.5d, 1)) FROM VALUES (1), (2), (1) "
                  "AS tab(col)",
                  "60"}},
    .since = "2.2.0"});

}  // namespace
}  // namespace emery::functions
