#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "format/parquet/footer.h"
#include "io/object_store.h"
#include "table/files/files_table.h"
#include "table/files/partition_folders.h"
#include "table/files/plain_format_internal.h"

namespace emery::table {

/// A file of a table with the values of its partition columns, in the order of FilesTable's
/// partition columns.
struct TableFile {
  io::ObjectInfo info;
  std::vector<std::optional<std::string>> partition_text;
  std::vector<type::Value> partition_values;
};

/// Files of a table as they were found. `partition_columns`: names, from the folders.
struct FileListing {
  std::vector<TableFile> files;
  std::vector<std::string> partition_columns;
  std::vector<std::string> roots;  // what the paths and patterns led to
};

/// Errors: PATH_NOT_FOUND (unless `may_be_missing`), CONFLICTING_PARTITION_COLUMN_NAMES.
Result<FileListing> ListFiles(const std::vector<std::string>& paths,
                              const std::optional<std::string>& base_path, bool may_be_missing);

class FilesTable final : public Table {
 public:
  static Result<std::shared_ptr<const Table>> Make(FilesTableSpec spec);

  const type::Schema& schema() const override { return schema_; }

  type::Schema metadata_columns() const override;
  Result<Statistics> statistics() const override;
  Result<ScanPlan> PlanScan(const ScanRequest& request) const override;
  Result<std::unique_ptr<WriteJob>> PlanWrite(const WriteRequest& request) const override;

  std::string provider() const override { return spec_.provider; }

  std::string location() const override { return location_; }

  std::vector<std::string> partition_columns() const override;

  std::map<std::string, std::string> properties() const override { return spec_.properties; }

  std::optional<std::string> comment() const override { return spec_.comment; }

  TableDetails details() const override { return spec_.details; }

  Result<std::vector<PartitionValues>> Partitions() const override;
  std::string identity() const override;

 private:
  explicit FilesTable(FilesTableSpec spec) : spec_(std::move(spec)) {}

  Status Init();
  Result<type::Schema> InferSchema() const;
  Status SetPartitionValues(const std::vector<std::string>& names);
  std::string Option(std::string_view name, std::string_view fallback) const;
  /// The position of a field among the partition columns, or -1.
  int PartitionIndex(int field) const;
  Result<std::vector<const TableFile*>> PruneFiles(const ScanRequest& request, ScanPlan* plan,
                                                   plan::ExpressionList* rest) const;
  int RowIndexColumn(const ScanRequest& request) const;
  Status CheckCorruptColumn(const ScanRequest& request) const;
  void AddPlainTasks(const ScanRequest& request, const TableFile& file, format::ReadRequest read,
                     ScanPlan* plan) const;
  Result<format::ReadColumn> MakeReadColumn(const ScanRequest& request, size_t i,
                                            const TableFile& file) const;

  FilesTableSpec spec_;
  std::shared_ptr<const PlainFormat> plain_;  // null: Parquet
  const type::TimeZone* zone_ = nullptr;
  type::Schema schema_;
  std::vector<int> partition_fields_;  // indexes into schema_, in the order of the folders
  std::string location_;
  FileListing listing_;
  mutable std::once_flag statistics_once_;
  mutable Result<Statistics> statistics_ = Statistics();
};

/// What a write of plain files needs of its table.
struct FilesWriteSpec {
  std::string location;
  std::string provider;
  type::Schema schema;
  std::vector<int> partition_fields;
  std::map<std::string, std::string> options;
  const type::TimeZone* zone = nullptr;
};

Result<std::unique_ptr<WriteJob>> MakeFilesWriteJob(FilesWriteSpec spec,
                                                    const WriteRequest& request);

}  // namespace emery::table
