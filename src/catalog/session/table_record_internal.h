#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "catalog/catalog.h"
#include "catalog/factory.h"

namespace emery::catalog::session {

/// A table as the catalog's file keeps it.
struct TableRecord {
  type::Schema schema;  // partition columns last; empty where it is to be found out from the files
  std::string provider;
  std::vector<std::string> partition_columns;
  std::string location;  // "file:/…"
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  bool external = false;
  int64_t created_us = 0;
  std::vector<std::string> bucket_columns;
  std::vector<std::string> sort_columns;
  int num_buckets = 0;
};

std::string ToDocument(const TableRecord& record);
Result<TableRecord> TableFromDocument(const std::string& document);
std::string ToDocument(const ViewDefinition& view);
Result<ViewDefinition> ViewFromDocument(const std::string& document);
std::string ToDocument(const NamespaceInfo& info);
Result<NamespaceInfo> NamespaceFromDocument(const std::string& document);

/// The record as a table: rows come from the format's own implementation, all else from the record.
/// `name`: with catalog and namespace.
Result<std::shared_ptr<const table::Table>> OpenTable(const std::vector<std::string>& name,
                                                      const TableRecord& record,
                                                      const base::Config& config);

// ---- partitions: folders a=1/b=x below the table's
// ---------------------------------------------------------------

/// All partitions, sorted.
Result<std::vector<table::PartitionValues>> ListPartitions(const std::string& location,
                                                           const std::vector<std::string>& columns);
/// "a=1/b=x" with Spark's escapes.
std::string PartitionPath(const table::PartitionValues& values);

/// "/x" and "file:///x" to "file:/x"; other schemes stay.
std::string CanonicalLocation(const std::string& location);

}  // namespace emery::catalog::session
