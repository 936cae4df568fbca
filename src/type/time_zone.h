#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace emery::type {

/// A time zone's rules. Immutable; instances live as long as the process, one per id, so pointers
/// may be compared.
class TimeZone {
 public:
  /// By Java's rules for ids: 'America/Los_Angeles', 'UTC', 'Z', '+01:00', '+1', '-08:30:15',
  /// 'GMT+8', 'UTC-03:30', and Java's short ids ('PST', 'CST', …). Cached. Errors:
  /// INVALID_TIMEZONE.
  static Result<const TimeZone*> Find(std::string_view id);
  static const TimeZone* Utc();

  /// As it was asked for.
  const std::string& id() const { return id_; }

  /// One offset for all time.
  bool is_fixed() const { return rules_ == nullptr; }

  /// Seconds to add to UTC at that instant.
  int32_t OffsetAt(int64_t utc_seconds) const {
    return rules_ == nullptr ? fixed_offset_ : RulesOffsetAt(utc_seconds);
  }

  int64_t UtcToLocal(int64_t utc_us) const {
    return utc_us + OffsetAt(FloorSeconds(utc_us)) * int64_t{1'000'000};
  }

  /// Microseconds of local wall time to an instant: as java.time resolves gaps (moved later by the
  /// gap) and overlaps (the earlier offset). Wraps where the result does not fit.
  int64_t LocalToUtc(int64_t local_us) const;

  /// The first instant of a local day (a day whose midnight the clock skips starts later).
  int64_t StartOfDay(int64_t days) const { return LocalToUtc(days * int64_t{86'400'000'000}); }

  /// Days since 1970-01-01 of the local date at an instant.
  int32_t LocalDays(int64_t utc_us) const;
  /// "PST", "PDT" at that instant, for formatting.
  std::string_view AbbreviationAt(int64_t utc_seconds) const;

  struct Rules;
  // For Find.
  TimeZone(std::string id, int32_t fixed_offset);
  TimeZone(std::string id, std::shared_ptr<const Rules> rules);

 private:
  static int64_t FloorSeconds(int64_t us) {
    return us >= 0 ? us / 1'000'000 : -((-(us + 1)) / 1'000'000) - 1;
  }

  int32_t RulesOffsetAt(int64_t utc_seconds) const;

  std::string id_;
  int32_t fixed_offset_ = 0;
  std::string fixed_name_;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace emery::type
