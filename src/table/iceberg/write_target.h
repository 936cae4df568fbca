#pragma once

#include <memory>

#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/snapshot_commit.h"

namespace emery::table::iceberg {

/// Sets branch, write-audit-publish settings and the engine's summary entries of a change that a
/// statement makes to `table`. Errors: the table can't be changed: it has no catalog, or is read as
/// of a snapshot or tag.
Status PrepareChange(const IcebergTable& table,
                     const std::shared_ptr<const functions::QueryContext>& context,
                     SnapshotChange* change);

}  // namespace emery::table::iceberg
