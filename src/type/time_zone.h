#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace emery::type {

/// A time zone's rules. Immutable; instances live as long as the process.
class TimeZone {
 public:
  virtual ~TimeZone() = default;

  /// By Java's rules for ids: 'America/Los_Angeles', 'UTC', 'Z', '+01:00', '+1', 'GMT+8', 'UTC-03:30'. Cached.
  /// Errors: INVALID_TIMEZONE.
  static Result<const TimeZone*> Find(std::string_view id);
  static const TimeZone* Utc();

  /// Seconds to add to UTC at that instant.
  virtual int32_t OffsetAt(int64_t utc_seconds) const = 0;
  /// Microseconds of local wall time to an instant: as java.time resolves gaps (moved later by the gap) and overlaps
  /// (the earlier offset).
  virtual int64_t LocalToUtc(int64_t local_us) const = 0;
  virtual int64_t UtcToLocal(int64_t utc_us) const = 0;
  virtual bool is_fixed() const = 0;
  /// "PST", "PDT" at that instant, for formatting.
  virtual std::string_view AbbreviationAt(int64_t utc_seconds) const = 0;
};

}  // namespace emery::type
