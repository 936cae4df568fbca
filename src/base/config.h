#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace emery::base {

/// What one session has set, by Spark's names; everything else has its registered default. Value
/// semantics: a query works on a copy, so SET never changes what runs.
class Config {
 public:
  /// The set value, else the registered default, else nothing.
  std::optional<std::string> Get(std::string_view key) const;
  std::string GetString(std::string_view key, std::string_view fallback = "") const;
  bool GetBool(std::string_view key, bool fallback) const;
  int64_t GetInt(std::string_view key, int64_t fallback) const;
  double GetDouble(std::string_view key, double fallback) const;
  /// "512m", "1g", "1024", "64k" to bytes.
  int64_t GetBytes(std::string_view key, int64_t fallback) const;

  /// Errors: INVALID_CONF_VALUE… where a registered entry refuses the value.
  Status Set(std::string key, std::string value);
  void Unset(std::string_view key);

  const std::map<std::string, std::string, std::less<>>& entries() const { return entries_; }

  // Settings that nearly every room asks for.
  bool ansi() const { return GetBool("spark.sql.ansi.enabled", true); }

  bool case_sensitive() const { return GetBool("spark.sql.caseSensitive", false); }

  std::string time_zone() const;

 private:
  std::map<std::string, std::string, std::less<>> entries_;
};

/// A known setting, for SET -v, docs and validation.
struct ConfigEntry {
  std::string key;
  std::optional<std::string> default_value;
  std::string documentation;
};

const std::vector<ConfigEntry>& RegisteredEntries();

/// "512m", "1g", "64KiB", "1024" to bytes; an error names the text.
Result<int64_t> ParseByteSize(std::string_view text);

}  // namespace emery::base
