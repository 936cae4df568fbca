#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "type/calendar.h"
#include "type/time_zone.h"

namespace emery::functions {

/// A pattern of java.time's DateTimeFormatter as Spark uses it (locale en-US, resolver style
/// strict, yyyy as year of era means year). Immutable, thread-safe.
class DateTimePattern {
 public:
  /// Errors: INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER, .LENGTH;
  /// INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION.
  static Result<std::shared_ptr<const DateTimePattern>> Make(std::string_view pattern,
                                                             bool for_parsing);

  /// `micros` since the epoch; shown in `zone`.
  void Format(int64_t micros, const type::TimeZone& zone, std::string* out) const;
  /// `local` is wall time in micros (a date or timestamp without zone); zone letters show `zone`.
  void FormatLocal(int64_t local_micros, const type::TimeZone& zone, std::string* out) const;

  struct Parsed {
    int64_t local_micros = 0;              // wall time
    const type::TimeZone* zone = nullptr;  // where the text names one
  };

  /// None: the text does not match, or says an impossible date.
  std::optional<Parsed> Parse(std::string_view text) const;
  /// The instant; `zone` is used where the text names none.
  std::optional<int64_t> ParseInstant(std::string_view text, const type::TimeZone& zone) const;

  const std::string& text() const { return text_; }

 private:
  struct Item {
    char letter = 0;  // 0: literal text; '[' and ']' open and close an optional part
    int count = 0;
    std::string literal;
    bool adjacent = false;  // the next item is a number too, so this one has exactly `count` digits
                            // when parsing
  };
  struct Fields;
  bool ParseItems(std::string_view text, size_t* at, size_t item, size_t end, Fields* fields) const;
  void FormatCivil(int64_t local_micros, int32_t offset_seconds, const type::TimeZone& zone,
                   int64_t utc_seconds, std::string* out) const;
  std::string text_;
  std::vector<Item> items_;
};

}  // namespace emery::functions
