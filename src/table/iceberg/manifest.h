#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

enum class ManifestContent : uint8_t { kData = 0, kDeletes = 1 };

struct FieldSummary {
  bool contains_null = true;
  std::optional<bool> contains_nan;
  std::optional<std::string>
      lower_bound;  // single-value serialization of the partition field's type
  std::optional<std::string> upper_bound;
};

/// An entry of a manifest list (Iceberg specification, "Manifest Lists").
struct ManifestFile {
  std::string manifest_path;
  int64_t manifest_length = 0;
  int32_t partition_spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  int64_t sequence_number = 0;
  int64_t min_sequence_number = 0;
  SnapshotId added_snapshot_id;
  std::optional<int64_t> added_files_count;
  std::optional<int64_t> existing_files_count;
  std::optional<int64_t> added_rows_count;
  std::optional<int64_t> existing_rows_count;
  std::optional<int64_t> deleted_files_count;
  std::optional<int64_t> deleted_rows_count;
  std::vector<FieldSummary> partitions;  // per field of the spec; may be empty
  std::optional<int64_t> first_row_id;   // format 3, data manifests
  std::optional<std::string> key_metadata;
};

enum class FileContent : uint8_t { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

/// A data or delete file that is live in a snapshot, with what its manifest entry inherits already
/// filled in.
struct DataFile {
  FileContent content = FileContent::kData;
  std::string file_path;
  std::string file_format;  // lower case
  int32_t spec_id = 0;
  std::vector<type::Value> partition;  // per field of the spec
  int64_t record_count = 0;
  int64_t file_size_in_bytes = 0;
  std::map<int32_t, int64_t> value_counts;
  std::map<int32_t, int64_t> null_value_counts;
  std::map<int32_t, std::string> lower_bounds;  // single-value serialization
  std::map<int32_t, std::string> upper_bounds;
  std::vector<int32_t> equality_ids;
  std::optional<std::string> referenced_data_file;
  std::optional<int64_t> content_offset;
  std::optional<int64_t> content_size_in_bytes;
  int64_t data_sequence_number = 0;
  std::map<int32_t, int64_t> column_sizes;
  std::map<int32_t, int64_t> nan_value_counts;
  std::vector<int64_t> split_offsets;
  std::optional<int32_t> sort_order_id;
  std::optional<int64_t> first_row_id;  // format 3; inherited ones filled in
  std::optional<std::string> key_metadata;

  /// What tells a file from all others of a table: the path, and the place inside for deletion
  /// vectors, several of which may share a Puffin file.
  std::string identity() const;

  bool is_deletion_vector() const {
    return content == FileContent::kPositionDeletes && content_offset.has_value();
  }
};

enum class EntryStatus : uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// An entry of a manifest, with what it inherits filled in.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  SnapshotId snapshot_id;            // added or deleted the file
  int64_t file_sequence_number = 0;  // of the commit that added the file
  DataFile file;                     // its data_sequence_number is the entry's
};

/// Errors: FAILED_READ_FILE.NO_HINT for files that are missing or no manifests.
Result<std::vector<ManifestFile>> ReadManifestList(const std::string& path);
/// Entries that are not deleted. `spec` is the manifest's partition spec, `schema` gives the
/// partition fields' source types.
Result<std::vector<DataFile>> ReadManifest(const ManifestFile& manifest, const PartitionSpec& spec);
/// All entries, deleted ones too, in file order.
Result<std::vector<ManifestEntry>> ReadManifestEntries(const ManifestFile& manifest,
                                                       const PartitionSpec& spec);
/// The manifests of a snapshot, by its manifest list or (format 1) its own list of paths.
Result<std::vector<ManifestFile>> ManifestsOf(const TableMetadata& metadata,
                                              const Snapshot& snapshot);

}  // namespace emery::table::iceberg
