#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "table/table.h"

namespace emery::table {

/// What makes a table of plain files.
struct FilesTableSpec {
  std::vector<std::string> paths;              // files, folders, patterns; with a scheme or without
  std::string provider;                        // "parquet", "csv", "json", "text", "orc"
  std::map<std::string, std::string> options;  // as the user wrote them; keys in any case
  /// The schema that the user or a catalog gives, partition columns included; without one it is
  /// taken from the files.
  std::optional<type::Schema> schema;
  /// Of a catalog's table, in the order of the folders. Empty: whatever "name=value" folders there
  /// are.
  std::vector<std::string> partition_columns;
  /// A table of a catalog: its folder may be empty or missing yet, and is written to at paths[0].
  bool managed_by_catalog = false;
  std::shared_ptr<const base::Config> config;  // may be null
  // For DESCRIBE and SHOW CREATE TABLE.
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  TableDetails details;
};

/// Lists the files and finds the schema. Files whose name starts with '_' or '.' don't count.
/// Errors: PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA, CONFLICTING_PARTITION_COLUMN_NAMES,
/// DATA_SOURCE_NOT_FOUND for an unknown provider, and those of reading footers.
Result<std::shared_ptr<const Table>> OpenFilesTable(FilesTableSpec spec);

}  // namespace emery::table
