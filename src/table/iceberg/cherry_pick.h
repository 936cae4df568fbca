#pragma once

#include <memory>

#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

/// Brings what the snapshot `id` did, which may be on no branch, onto main: by moving main where
/// the snapshot follows its head, else by a new snapshot with the same added files. Errors:
/// ValidationConflict for snapshots that can't be picked (they neither append nor replace
/// partitions, or are in main already), for write-audit-publish ids that were published.
Result<std::shared_ptr<const TableMetadata>> CherryPick(TableOperations* operations, SnapshotId id);

}  // namespace emery::table::iceberg
