#include "base/config.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <unordered_map>
#include <utility>

namespace emery::base {

namespace {

std::string Lower(std::string_view s) {
  std::string result(s);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view Trim(std::string_view s) {
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front())) != 0) {
    s.remove_prefix(1);
  }
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back())) != 0) {
    s.remove_suffix(1);
  }
  return s;
}

std::optional<bool> ParseBool(std::string_view text) {
  const std::string lower = Lower(Trim(text));
  if (lower == "true") {
    return true;
  }
  if (lower == "false") {
    return false;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseInt(std::string_view text) {
  const std::string trimmed(Trim(text));
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(trimmed.c_str(), &end, 10);
  if (trimmed.empty() || errno != 0 || *end != '\0') {
    return std::nullopt;
  }
  return value;
}

const std::unordered_map<std::string_view, const ConfigEntry*>& EntriesByKey() {
  static const auto* kByKey = [] {
    auto* map = new std::unordered_map<std::string_view, const ConfigEntry*>();
    for (const ConfigEntry& entry : RegisteredEntries()) {
      map->emplace(entry.key, &entry);
    }
    return map;
  }();
  return *kByKey;
}

/// What a registered entry's values are, told from its default.
enum class ValueKind { kText, kBool, kInt };

ValueKind KindOf(const ConfigEntry& entry) {
  if (!entry.default_value.has_value()) {
    return ValueKind::kText;
  }
  if (*entry.default_value == "true" || *entry.default_value == "false") {
    return ValueKind::kBool;
  }
  return ParseInt(*entry.default_value).has_value() ? ValueKind::kInt : ValueKind::kText;
}

}  // namespace

std::optional<std::string> Config::Get(std::string_view key) const {
  const auto it = entries_.find(key);
  if (it != entries_.end()) {
    return it->second;
  }
  const auto registered = EntriesByKey().find(key);
  if (registered != EntriesByKey().end()) {
    return registered->second->default_value;
  }
  return std::nullopt;
}

std::string Config::GetString(std::string_view key, std::string_view fallback) const {
  std::optional<std::string> value = Get(key);
  return value.has_value() ? *std::move(value) : std::string(fallback);
}

bool Config::GetBool(std::string_view key, bool fallback) const {
  const std::optional<std::string> value = Get(key);
  return value.has_value() ? ParseBool(*value).value_or(fallback) : fallback;
}

int64_t Config::GetInt(std::string_view key, int64_t fallback) const {
  const std::optional<std::string> value = Get(key);
  return value.has_value() ? ParseInt(*value).value_or(fallback) : fallback;
}

double Config::GetDouble(std::string_view key, double fallback) const {
  const std::optional<std::string> value = Get(key);
  if (!value.has_value()) {
    return fallback;
  }
  char* end = nullptr;
  const double number = std::strtod(value->c_str(), &end);
  return end == value->c_str() ? fallback : number;
}

int64_t Config::GetBytes(std::string_view key, int64_t fallback) const {
  const std::optional<std::string> value = Get(key);
  if (!value.has_value()) {
    return fallback;
  }
  Result<int64_t> bytes = ParseByteSize(*value);
  return bytes.ok() ? *bytes : fallback;
}

Status Config::Set(std::string key, std::string value) {
  const auto registered = EntriesByKey().find(key);
  if (registered != EntriesByKey().end()) {
    const ValueKind kind = KindOf(*registered->second);
    if (kind == ValueKind::kBool && !ParseBool(value).has_value()) {
      return UserError("INVALID_CONF_VALUE.TYPE_MISMATCH",
                       "The value '" + value + "' in the config \"" + key +
                           "\" is invalid. It should be a/an 'boolean' value.",
                       {{"confName", key}, {"confValue", value}, {"confType", "boolean"}});
    }
    // Better refused than taken and not done.
    if (key == "spark.io.encryption.enabled" && ParseBool(value).value_or(false)) {
      return Unsupported("encryption of spill files (spark.io.encryption.enabled = true)");
    }
    if (kind == ValueKind::kInt && !ParseInt(value).has_value() && !ParseByteSize(value).ok()) {
      return UserError("INVALID_CONF_VALUE.TYPE_MISMATCH",
                       "The value '" + value + "' in the config \"" + key +
                           "\" is invalid. It should be a/an 'int' value.",
                       {{"confName", key}, {"confValue", value}, {"confType", "int"}});
    }
  }
  entries_.insert_or_assign(std::move(key), std::move(value));
  return Status::OK();
}

void Config::Unset(std::string_view key) {
  const auto it = entries_.find(key);
  if (it != entries_.end()) {
    entries_.erase(it);
  }
}

std::string Config::time_zone() const {
  std::optional<std::string> zone = Get("spark.sql.session.timeZone");
  if (zone.has_value()) {
    return *zone;
  }
  const char* environment = std::getenv("TZ");
  return environment != nullptr && *environment != '\0' && *environment != ':' ? environment
                                                                               : "UTC";
}

const std::vector<ConfigEntry>& RegisteredEntries() {
  static const auto* kEntries = new std::vector<ConfigEntry>{
      {"emery.memory.limit", std::nullopt,
       "Bytes that all queries of the process share (512m, 4g). Default: 70 % of what the "
       "container or the machine has."},
      {"emery.spill.directory", std::nullopt,
       "Folder of temporary files of queries that don't fit the memory limit. Default: the "
       "system's folder for temporary files."},
      {"emery.threads", std::nullopt, "Threads that run queries. Default: one per core."},
      {"spark.app.name", "emery", "The application's name."},
      {"spark.io.encryption.enabled", "false",
       "Encryption of spill files, which is not supported yet: true is refused."},
      {"spark.sql.adaptive.enabled", "true", "Taken for Spark's sake: plans here always adapt."},
      {"spark.sql.ansi.enabled", "true",
       "Overflow, division by zero and failing casts raise errors instead of giving null or "
       "wrapping."},
      {"spark.sql.ansi.doubleQuotedIdentifiers", "false",
       "\"a\" is a quoted name instead of a string, in ANSI mode."},
      {"spark.sql.ansi.enforceReservedKeywords", "false",
       "Reserved words can't be names, in ANSI mode."},
      {"spark.sql.ansi.relationPrecedence", "false",
       "JOIN binds closer than a comma in FROM, in ANSI mode."},
      {"spark.sql.autoBroadcastJoinThreshold", "10485760",
       "Taken for Spark's sake: nothing is broadcast on one machine."},
      {"spark.sql.caseSensitive", "false", "Names differ if their case does."},
      {"spark.sql.crossJoin.enabled", "true", "Allows joins without a condition."},
      {"spark.sql.cteRecursionLevelLimit", "100", "Most rounds of a recursive CTE; -1: any."},
      {"spark.sql.cteRecursionRowLimit", "1000000", "Most rows of a recursive CTE; -1: any."},
      {"spark.sql.decimalOperations.allowPrecisionLoss", "true",
       "Decimal results that need more than 38 digits lose digits behind the point; else null."},
      {"spark.sql.defaultCatalog", "spark_catalog", "The catalog of a new session."},
      {"spark.sql.files.ignoreCorruptFiles", "false", "Leaves out files that can't be read."},
      {"spark.sql.files.ignoreMissingFiles", "false", "Leaves out files that are gone."},
      {"spark.sql.files.maxPartitionBytes", "134217728",
       "Bytes of files that one task reads at most, where it can split them."},
      {"spark.sql.groupByAliases", "true", "GROUP BY may name columns of the select list."},
      {"spark.sql.groupByOrdinal", "true", "GROUP BY 1 is the first column of the select list."},
      {"spark.sql.legacy.timeParserPolicy", "CORRECTED",
       "Which rules parse dates and timestamps by pattern: EXCEPTION, LEGACY or CORRECTED."},
      {"spark.sql.mapKeyDedupPolicy", "EXCEPTION",
       "What map functions do about a key that comes twice: EXCEPTION or LAST_WIN."},
      {"spark.sql.maxPlanStringLength", "2147483632", "Longest text of a plan in EXPLAIN."},
      {"spark.sql.orderByOrdinal", "true", "ORDER BY 1 is the first column of the select list."},
      {"spark.sql.parquet.compression.codec", "snappy",
       "Codec of Parquet files written: none, uncompressed, snappy, gzip, lz4, lz4_raw, brotli, "
       "zstd."},
      {"spark.sql.parquet.mergeSchema", "false", "Reads all footers and merges their schemas."},
      {"spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS",
       "How timestamps are written: INT96, TIMESTAMP_MICROS or TIMESTAMP_MILLIS."},
      {"spark.sql.parquet.writeLegacyFormat", "false",
       "Writes decimals and lists as Spark 1.4 did."},
      {"spark.sql.parser.escapedStringLiterals", "false",
       "Backslashes in string literals stand for themselves."},
      {"spark.sql.repl.eagerEval.maxNumRows", "20", "Rows that show() prints."},
      {"spark.sql.session.timeZone", std::nullopt, "The session's time zone."},
      {"spark.sql.shuffle.partitions", "200",
       "Taken for Spark's sake: the engine partitions as it needs."},
      {"spark.sql.sources.default", "parquet", "Format of tables created without USING."},
      {"spark.sql.sources.partitionColumnTypeInference.enabled", "true",
       "Types of partition columns are told from their values in paths."},
      {"spark.sql.sources.partitionOverwriteMode", "STATIC",
       "What INSERT OVERWRITE replaces: STATIC or DYNAMIC."},
      {"spark.sql.storeAssignmentPolicy", "ANSI",
       "Which casts INSERT makes: ANSI, LEGACY or STRICT."},
      {"spark.sql.timestampType", "TIMESTAMP_LTZ",
       "What TIMESTAMP means: TIMESTAMP_LTZ or TIMESTAMP_NTZ."},
      {"spark.sql.variable.substitute", "true", "Replaces ${name} in statements by settings."},
      {"spark.sql.warehouse.dir", "spark-warehouse", "Folder of managed tables."},
  };
  return *kEntries;
}

Result<int64_t> ParseByteSize(std::string_view text) {
  const std::string lower = Lower(Trim(text));
  size_t digits = 0;
  while (digits < lower.size() && std::isdigit(static_cast<unsigned char>(lower[digits])) != 0) {
    ++digits;
  }
  const std::string_view unit = Trim(std::string_view(lower).substr(digits));
  static constexpr std::pair<std::string_view, int> kUnits[] = {
      {"", 0},    {"b", 0},    {"k", 10}, {"kb", 10}, {"kib", 10}, {"m", 20},
      {"mb", 20}, {"mib", 20}, {"g", 30}, {"gb", 30}, {"gib", 30}, {"t", 40},
      {"tb", 40}, {"tib", 40}, {"p", 50}, {"pb", 50}, {"pib", 50}};
  const std::optional<int64_t> number = ParseInt(std::string_view(lower).substr(0, digits));
  for (const auto& [name, shift] : kUnits) {
    if (unit == name && number.has_value() && *number <= (INT64_MAX >> shift)) {
      return *number << shift;
    }
  }
  return UserError(
      "INVALID_CONF_VALUE.TYPE_MISMATCH",
      "Not a number of bytes: '" + std::string(text) + "'. Write it like 1024, 64k, 512m or 4g.",
      {{"confValue", std::string(text)}});
}

}  // namespace emery::base
