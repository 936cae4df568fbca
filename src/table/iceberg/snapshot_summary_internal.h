#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

/// Counts what a snapshot adds and removes, for its summary: names and rules of Iceberg's
/// SnapshotSummary.
class SnapshotSummary {
 public:
  void Added(const DataFile& file) { Count(file, &added_); }

  void Removed(const DataFile& file) { Count(file, &removed_); }

  bool removes_anything() const { return removed_.data_files + removed_.delete_files > 0; }

  /// Adds the counts and, from the parent's summary (null: no parent), the totals.
  void Build(const std::map<std::string, std::string>* previous,
             std::map<std::string, std::string>* summary) const;

 private:
  struct Counts {
    int64_t data_files = 0;
    int64_t delete_files = 0;
    int64_t position_delete_files = 0;
    int64_t equality_delete_files = 0;
    int64_t deletion_vectors = 0;
    int64_t records = 0;
    int64_t bytes = 0;
    int64_t position_deletes = 0;
    int64_t equality_deletes = 0;
  };

  void Count(const DataFile& file, Counts* counts);

  Counts added_;
  Counts removed_;
  std::vector<std::pair<int32_t, std::vector<type::Value>>> partitions_;
};

}  // namespace emery::table::iceberg
