#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "table/iceberg/delete_index.h"
#include "table/iceberg/manifest_entries.h"
#include "table/table.h"

namespace emery::table::iceberg {

/// What all tasks of a scan share. Immutable once the first task is made.
struct SharedScan {
  type::Schema schema;
  std::shared_ptr<const TableMetadata> metadata;
  ScanRequest request;           // its filter: what the files' readers evaluate
  type::TypePtr partition_type;  // of _partition
  std::vector<bool> derived;     // request columns that files don't hold as they are asked for
  std::unique_ptr<DeleteIndex> deletes;
};

/// Whether a request's column is computed after reading: lineage, _deleted, columns with uuids.
bool IsDerived(const SharedScan& scan, size_t column);

/// Values of metadata columns that are the same in all rows of a task.
using ConstantColumns = std::map<std::string, type::Value>;

/// A share [begin, end) of the bytes of a data file, entry `row` of `entries`. `constants` may be
/// null.
std::shared_ptr<const ScanTask> MakeScanTask(
    std::shared_ptr<const SharedScan> scan, std::shared_ptr<const ManifestEntries> entries,
    int64_t row, int64_t begin, int64_t end,
    std::shared_ptr<const ConstantColumns> constants = nullptr);

/// Rows without columns: files that need not be opened to count their rows.
std::shared_ptr<const ScanTask> MakeCountTask(int64_t num_rows);

DeleteTarget DeleteTargetOf(const ManifestEntries& entries, int64_t row, const PartitionSpec& spec);

}  // namespace emery::table::iceberg
