#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace emery::format::csv {

/// A date or timestamp pattern of the letters y M d H m s S, quoted and literal text. Times come
/// and go as wall-clock microseconds.
class TimePattern {
 public:
  /// Errors: UNSUPPORTED_FEATURE for other letters.
  static Result<TimePattern> Make(std::string_view pattern);
  /// The whole text must match; none: it does not, or names no real date.
  std::optional<int64_t> Parse(std::string_view text) const;
  std::string Format(int64_t local_us) const;

 private:
  struct Part {
    char letter = 0;  // 0: literal
    int count = 0;
    std::string literal;
  };

  std::vector<Part> parts_;
};

}  // namespace emery::format::csv
