#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/iceberg/manifest.h"
#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// Collects entries of one manifest (Iceberg specification, "Manifests") and writes them as a file
/// of the table's format version. Confined to one thread.
class ManifestWriter {
 public:
  virtual ~ManifestWriter() = default;
  /// A file that this commit adds; its sequence number is inherited, or `data_sequence_number`.
  virtual Status Added(const DataFile& file, std::optional<int64_t> data_sequence_number) = 0;
  /// A file of an earlier commit, carried over with its numbers.
  virtual Status Existing(const ManifestEntry& entry) = 0;
  /// A file that this commit removes.
  virtual Status Deleted(const ManifestEntry& entry) = 0;
  virtual int64_t size() const = 0;
  /// Writes the file and gives its entry for the manifest list. sequence_number is -1 (and
  /// min_sequence_number too, where an added entry inherits it) for the list's writer to fill in.
  virtual Result<ManifestFile> Finish() = 0;
};

Result<std::unique_ptr<ManifestWriter>> MakeManifestWriter(const TableMetadata& metadata,
                                                           const PartitionSpec& spec,
                                                           ManifestContent content,
                                                           SnapshotId snapshot_id,
                                                           std::string path);

/// Writes a manifest list. Entries with sequence_number -1 get the snapshot's; format 3: data
/// manifests without a first_row_id get one, from `snapshot->first_row_id` on, and
/// `snapshot->added_rows` is set to what was given out.
Status WriteManifestList(const TableMetadata& metadata, std::vector<ManifestFile> manifests,
                         Snapshot* snapshot);

}  // namespace emery::table::iceberg
