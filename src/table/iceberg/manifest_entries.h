#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/vector.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

/// All entries of one manifest as columns, with what they inherit from the manifest list already
/// filled in (specification, "Sequence Number Inheritance", "First Row ID Inheritance"). Rows are
/// in the file's order. Immutable and thread-safe.
class ManifestEntries {
 public:
  /// Errors: FAILED_READ_FILE.NO_HINT for a file that is missing or no manifest.
  static Result<std::shared_ptr<const ManifestEntries>> Read(const ManifestFile& manifest,
                                                             const PartitionSpec& spec);

  int64_t size() const { return size_; }

  int32_t spec_id() const { return spec_id_; }

  EntryStatus status(int64_t row) const { return status_[static_cast<size_t>(row)]; }

  bool is_live(int64_t row) const { return status(row) != EntryStatus::kDeleted; }

  std::optional<int64_t> snapshot_id(int64_t row) const;
  std::optional<int64_t> data_sequence_number(int64_t row) const;
  std::optional<int64_t> file_sequence_number(int64_t row) const;
  FileContent content(int64_t row) const;
  std::string_view file_path(int64_t row) const;
  /// In lower case.
  std::string FileFormat(int64_t row) const;
  int64_t record_count(int64_t row) const;
  int64_t file_size_in_bytes(int64_t row) const;
  std::optional<int64_t> first_row_id(int64_t row) const;
  /// Value of the spec's `field`-th field as the manifest has it, which may be of a narrower type
  /// than the source column's now.
  type::Value partition_value(int64_t row, size_t field) const;
  std::optional<int64_t> column_size(int64_t row, int32_t field_id) const;
  std::optional<int64_t> value_count(int64_t row, int32_t field_id) const;
  std::optional<int64_t> null_value_count(int64_t row, int32_t field_id) const;
  std::optional<int64_t> nan_value_count(int64_t row, int32_t field_id) const;
  /// Single-value serialization; points into this object.
  std::optional<std::string_view> lower_bound(int64_t row, int32_t field_id) const;
  std::optional<std::string_view> upper_bound(int64_t row, int32_t field_id) const;
  DataFile File(int64_t row) const;
  ManifestEntry Entry(int64_t row) const;

  /// A copy of only these rows.
  std::shared_ptr<const ManifestEntries> Select(const std::vector<int64_t>& rows) const;

  /// A column of the record data_file by its field id, with a row per entry; null where the
  /// manifest lacks it. For metadata tables, which show such columns as they are.
  columnar::VectorPtr FileColumn(int32_t field_id) const;

  /// What keeping this in memory costs.
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  ManifestEntries() = default;

  /// Sets the columns below from file_columns_.
  void Bind(const std::vector<PartitionField>& fields);

  /// Entry of a map from field ids, or -1.
  static int32_t FindKey(const columnar::VectorPtr& map, int64_t row, int32_t field_id);
  static std::optional<int64_t> Count(const columnar::VectorPtr& map, int64_t row,
                                      int32_t field_id);
  static std::optional<std::string_view> Bytes(const columnar::VectorPtr& map, int64_t row,
                                               int32_t field_id);

  int64_t size_ = 0;
  int32_t spec_id_ = 0;
  int64_t manifest_sequence_number_ = 0;
  int64_t manifest_snapshot_id_ = 0;
  std::vector<EntryStatus> status_;
  std::vector<std::optional<int64_t>> first_row_id_;  // empty: the manifest has none
  type::Schema file_fields_;
  std::vector<columnar::VectorPtr> file_columns_;
  std::vector<PartitionField> partition_fields_;
  std::vector<columnar::VectorPtr> partition_;  // per field of the spec; null where it is missing
  // Null where the manifest lacks them.
  columnar::VectorPtr snapshot_id_;
  columnar::VectorPtr sequence_number_;
  columnar::VectorPtr file_sequence_number_;
  columnar::VectorPtr content_;
  columnar::VectorPtr file_path_;
  columnar::VectorPtr record_count_;
  columnar::VectorPtr file_size_;
  columnar::VectorPtr column_sizes_;
  columnar::VectorPtr value_counts_;
  columnar::VectorPtr null_value_counts_;
  columnar::VectorPtr nan_value_counts_;
  columnar::VectorPtr lower_bounds_;
  columnar::VectorPtr upper_bounds_;
  int64_t memory_bytes_ = 0;
};

}  // namespace emery::table::iceberg
