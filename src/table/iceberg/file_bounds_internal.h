#pragma once

#include <memory>
#include <vector>

#include "table/iceberg/manifest_entries.h"
#include "table/iceberg/transform.h"
#include "table/pruning.h"
#include "table/table.h"

namespace emery::table::iceberg {

/// Bounds of columns in one file, from what its manifest entry and its partition say. Borrows all.
class FileBounds {
 public:
  FileBounds(const ManifestEntries& entries, int64_t row, const PartitionSpec& spec,
             const TableMetadata& metadata)
      : entries_(entries), row_(row), spec_(spec), metadata_(metadata) {}

  ColumnBounds Of(const type::Field& field) const;
  /// Bounds of a metadata column.
  ColumnBounds OfMetadata(const std::string& name) const;

  /// False where a bucket partition contradicts an equality.
  bool BucketsMayMatch(const plan::ExpressionPtr& conjunct, const ScanRequest& request,
                       const type::Schema& schema) const;

 private:
  const ManifestEntries& entries_;
  int64_t row_;
  const PartitionSpec& spec_;
  const TableMetadata& metadata_;
};

/// Bounds that a manifest's summary gives for a column; unknown where no partition field tells.
ColumnBounds ManifestBounds(const ManifestFile& manifest, const PartitionSpec& spec,
                            const type::Field& field, const TableMetadata& metadata);

}  // namespace emery::table::iceberg
