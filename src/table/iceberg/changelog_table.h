#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/iceberg/iceberg_table.h"

namespace emery::table::iceberg {

/// The rows that snapshots added and removed: the table's columns and _change_type (INSERT or
/// DELETE), _change_ordinal (0 for the oldest snapshot) and _commit_snapshot_id. Snapshots that
/// only rewrite files are left out. As Iceberg's table `changes` in Spark.
class ChangelogTable final : public Table {
 public:
  explicit ChangelogTable(std::shared_ptr<const IcebergTable> table, SnapshotRange range = {});

  /// The same for a range of snapshots.
  std::shared_ptr<const Table> Between(const SnapshotRange& range) const;

  const type::Schema& schema() const override { return schema_; }

  Result<Statistics> statistics() const override { return Statistics(); }

  /// Errors: UNSUPPORTED_FEATURE where a snapshot of the range has delete files.
  Result<ScanPlan> PlanScan(const ScanRequest& request) const override;

  std::string provider() const override { return "iceberg"; }

  std::string location() const override { return table_->location(); }

  std::string identity() const override;

 private:
  std::shared_ptr<const IcebergTable> table_;
  SnapshotRange range_;
  type::Schema schema_;
};

}  // namespace emery::table::iceberg
