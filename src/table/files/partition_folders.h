#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::table {

/// The folder name that stands for a null (or empty) partition value.
inline constexpr std::string_view kHiveDefaultPartition = "__HIVE_DEFAULT_PARTITION__";

/// Hive's escapes of partition names and values: characters that paths can't bear as %XX.
std::string EscapePartitionText(std::string_view text);
std::string UnescapePartitionText(std::string_view text);

/// A "name=value" folder; no value means null.
using PartitionFolder = std::pair<std::string, std::optional<std::string>>;

/// The partition folders in the path of a file below its table: "a=1/b=x/file" gives a and b.
/// Folders without '=' end the search upwards, as in Spark.
std::vector<PartitionFolder> PartitionFoldersOf(std::string_view relative_path);

/// The type that Spark infers for a column with these values (nulls left out): int, long, decimal,
/// double, date, timestamp or string.
type::TypePtr InferPartitionType(const std::vector<std::string>& values,
                                 const type::TimeZone& zone);

}  // namespace emery::table
