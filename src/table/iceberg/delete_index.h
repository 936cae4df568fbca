#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "table/iceberg/deletes.h"

namespace emery::table::iceberg {

/// What deletes look at in a data file.
struct DeleteTarget {
  std::string path;
  int32_t spec_id = 0;
  std::vector<type::Value> partition;
  int64_t data_sequence_number = 0;
};

/// The deletes of a snapshot, and which of them a data file needs (specification, "Scan Planning"):
/// a deletion vector, else position delete files of the file's partition; equality deletes of the
/// partition or of an unpartitioned spec. Delete files are read when the first data file needs
/// them, once. Filled by one thread, then thread-safe.
class DeleteIndex {
 public:
  DeleteIndex(std::shared_ptr<const TableMetadata> metadata,
              std::shared_ptr<const functions::QueryContext> context);
  ~DeleteIndex();

  void Add(DataFile file);

  bool empty() const;
  /// Whether any delete may concern the file: its record count is not what a scan gives then.
  bool MayDelete(const DeleteTarget& target) const;

  /// Positions of deleted rows, ascending; null: none.
  Result<std::shared_ptr<const std::vector<int64_t>>> Positions(const DeleteTarget& target) const;
  /// Sets of which some rows may be newer than the file.
  Result<std::vector<std::shared_ptr<const EqualityDeletes>>> Equality(
      const DeleteTarget& target) const;

 private:
  struct PositionFile;
  struct EqualityGroup;

  std::vector<const PositionFile*> PositionFilesFor(const DeleteTarget& target) const;
  std::vector<const EqualityGroup*> GroupsFor(const DeleteTarget& target) const;

  std::shared_ptr<const TableMetadata> metadata_;
  std::shared_ptr<const functions::QueryContext> context_;
  std::map<std::string, DataFile> vectors_;  // by data file
  std::map<std::string, std::vector<std::unique_ptr<PositionFile>>> by_path_;
  std::map<std::string, std::vector<std::unique_ptr<PositionFile>>> by_partition_;
  /// By partition ("" where it holds for all), then by equality ids.
  std::map<std::string, std::map<std::vector<int32_t>, std::unique_ptr<EqualityGroup>>> equality_;
};

}  // namespace emery::table::iceberg
