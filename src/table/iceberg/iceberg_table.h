#pragma once

#include <memory>
#include <set>
#include <string>

#include "table/iceberg/manifest.h"
#include "table/iceberg/metadata.h"
#include "table/iceberg/table_operations.h"
#include "table/table.h"

namespace emery::table::iceberg {

/// Which state of a table is meant; at most one is set.
struct SnapshotChoice {
  std::optional<std::string> version;   // snapshot id, branch or tag
  std::optional<int64_t> timestamp_us;  // the snapshot that was current then
};

/// What an incremental read asks for: after `start`, up to `end`; ids or times of snapshots.
struct SnapshotRange {
  std::optional<int64_t> start;
  std::optional<int64_t> end;
  std::optional<int64_t> start_ms;
  std::optional<int64_t> end_ms;
};

/// The snapshots of a range, newest first, from `current` (the end where the range has none)
/// through its parents. Errors: INVALID_PARAMETER_VALUE for snapshots that are not there, or not in
/// one line.
Result<std::vector<const Snapshot*>> SnapshotsBetween(const TableMetadata& metadata,
                                                      const Snapshot* current,
                                                      const SnapshotRange& range);

/// An Iceberg table at one snapshot (specification versions 1, 2 and 3). Reading: manifests pruned
/// by partition summaries, files by partition values and column bounds, then whatever the Parquet
/// reader prunes; position deletes, deletion vectors and equality deletes are applied. Metadata
/// columns: _spec_id, _partition, _file, _pos, _deleted; of format 3 also _row_id and
/// _last_updated_sequence_number.
class IcebergTable final : public Table {
 public:
  /// Errors: INVALID_PARAMETER…, VERSION_NOT_FOUND-like errors for a version that is not there.
  /// `operations` null: the table can't be changed. With a branch as the choice's version, writes
  /// go to that branch.
  static Result<std::shared_ptr<const Table>> Open(
      std::shared_ptr<const TableMetadata> metadata, const SnapshotChoice& choice, std::string name,
      std::shared_ptr<TableOperations> operations = nullptr);

  const type::Schema& schema() const override { return schema_; }

  type::Schema metadata_columns() const override;
  Result<Statistics> statistics() const override;
  Result<ScanPlan> PlanScan(const ScanRequest& request) const override;
  Result<std::unique_ptr<WriteJob>> PlanWrite(const WriteRequest& request) const override;
  Result<bool> DeleteByMetadata(const RowLevelRequest& request) const override;
  Result<std::unique_ptr<RowLevelOperation>> PlanRowLevel(
      const RowLevelRequest& request) const override;

  std::string provider() const override { return "iceberg"; }

  std::string location() const override { return metadata_->location; }

  std::vector<std::string> partition_columns() const override;

  std::map<std::string, std::string> properties() const override { return metadata_->properties; }

  std::string identity() const override;

  const TableMetadata& metadata() const { return *metadata_; }

  const std::shared_ptr<const TableMetadata>& shared_metadata() const { return metadata_; }

  /// The snapshot that is read; null where the table (or branch) has none.
  const Snapshot* snapshot() const { return snapshot_; }

  /// Null: the table can't be changed.
  const std::shared_ptr<TableOperations>& operations() const { return operations_; }

  /// The branch that writes go to; empty: a snapshot or tag was chosen, which can't be written.
  const std::string& branch() const { return branch_; }

  const std::string& name() const { return name_; }

  /// Only the rows that appends added in a range of snapshots. Errors: INVALID_PARAMETER_VALUE for
  /// snapshots that are not there, or not in one line.
  Result<std::shared_ptr<const Table>> AppendedRows(const SnapshotRange& range) const;

  /// Only the rows of these data files (values of _file), their deletes applied.
  std::shared_ptr<const IcebergTable> OnlyFiles(std::set<std::string> files) const;

 private:
  IcebergTable() = default;

  Result<std::vector<ManifestFile>> Manifests() const;
  Result<std::vector<ManifestFile>> AppendedManifests() const;
  Result<Statistics> ComputeStatistics() const;

  std::shared_ptr<const TableMetadata> metadata_;
  const Snapshot* snapshot_ = nullptr;  // null: the table has none
  type::Schema schema_;
  int32_t schema_id_ = 0;
  std::string name_;
  std::shared_ptr<TableOperations> operations_;
  std::string branch_ = kMainBranch;
  /// An incremental read: only files that these snapshots added.
  std::optional<std::set<int64_t>> added_by_;
  std::shared_ptr<const std::set<std::string>> only_files_;  // null: all
};

}  // namespace emery::table::iceberg
