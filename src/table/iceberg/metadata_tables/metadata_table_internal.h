#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/manifest_entries.h"

namespace emery::table::iceberg {

/// Gives some rows of a metadata table, with a column per field of its schema. Columns for which
/// `wanted` is false may be null vectors.
using RowSource = std::function<Result<columnar::Batch>(const std::vector<bool>& wanted)>;

/// A table whose rows are computed. Each source is a task. Filters are left to the caller.
class MetadataTable : public Table {
 public:
  MetadataTable(std::shared_ptr<const IcebergTable> table, std::string name, type::Schema schema)
      : table_(std::move(table)), name_(std::move(name)), schema_(std::move(schema)) {}

  const type::Schema& schema() const override { return schema_; }

  Result<Statistics> statistics() const override { return Statistics(); }

  Result<ScanPlan> PlanScan(const ScanRequest& request) const override;

  std::string provider() const override { return "iceberg"; }

  std::string location() const override { return table_->location(); }

  std::string identity() const override { return table_->identity() + "#" + name_; }

 protected:
  virtual Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& context) const = 0;

  const IcebergTable& table() const { return *table_; }

  const TableMetadata& metadata() const { return table_->metadata(); }

  const std::shared_ptr<const IcebergTable>& shared_table() const { return table_; }

 private:
  std::shared_ptr<const IcebergTable> table_;
  std::string name_;
  type::Schema schema_;
};

/// Rows of values, column by column.
columnar::Batch BatchOf(const type::Schema& schema,
                        const std::vector<std::vector<type::Value>>& rows);

type::Field Required(std::string name, type::TypePtr type, std::string comment = "");
type::Field Optional(std::string name, type::TypePtr type, std::string comment = "");
/// map<key, value> without null values; array<element> without null elements.
type::TypePtr MapOf(const type::TypePtr& key, const type::TypePtr& value);
type::TypePtr ListOf(const type::TypePtr& element);

/// The table's manifests at its snapshot, or of all snapshots (each once), that are of one of the
/// kinds.
struct ManifestChoice {
  bool all_snapshots = false;
  bool data = true;
  bool deletes = true;
};

Result<std::vector<ManifestFile>> ChosenManifests(const IcebergTable& table,
                                                  const ManifestChoice& choice);
/// Errors: FAILED_READ_FILE.NO_HINT where the metadata lacks the manifest's spec.
Result<const PartitionSpec*> SpecOf(const TableMetadata& metadata, const ManifestFile& manifest);

std::shared_ptr<const Table> MakeSnapshotTable(std::shared_ptr<const IcebergTable> table,
                                               std::string_view name);
std::shared_ptr<const Table> MakeManifestsTable(std::shared_ptr<const IcebergTable> table,
                                                std::string_view name);
std::shared_ptr<const Table> MakeFilesTable(std::shared_ptr<const IcebergTable> table,
                                            std::string_view name);
std::shared_ptr<const Table> MakePartitionsTable(std::shared_ptr<const IcebergTable> table);
std::shared_ptr<const Table> MakePositionDeletesTable(std::shared_ptr<const IcebergTable> table);

}  // namespace emery::table::iceberg
