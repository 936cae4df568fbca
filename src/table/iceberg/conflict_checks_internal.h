#pragma once

#include "table/iceberg/snapshot_commit.h"

namespace emery::table::iceberg {

/// Checks `change.checks` against what happened between its starting snapshot and `head` (null: the
/// branch has no snapshot). Errors: ValidationConflict; those of reading manifests.
Status CheckConflicts(const TableMetadata& base, const Snapshot* head,
                      const SnapshotChange& change);

}  // namespace emery::table::iceberg
