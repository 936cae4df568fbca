#pragma once

#include <memory>
#include <string_view>

#include "table/iceberg/iceberg_table.h"

namespace emery::table::iceberg {

/// A table about `table`, with the columns and values of Iceberg's Spark tables of that name:
/// history, snapshots, refs, metadata_log_entries, manifests, files, data_files, delete_files,
/// entries, partitions, position_deletes, and all_manifests, all_files, all_data_files,
/// all_delete_files, all_entries. Those without "all_" that speak of files show the snapshot at
/// which `table` was opened. Null: there is no such table.
std::shared_ptr<const Table> OpenMetadataTable(std::shared_ptr<const IcebergTable> table,
                                               std::string_view name);

}  // namespace emery::table::iceberg
