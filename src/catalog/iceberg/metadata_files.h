#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "table/iceberg/table_operations.h"

namespace emery::catalog {

/// Operations of a table whose catalog keeps the place of its current metadata file: writes the
/// next file, then lets the catalog swap the place. Thread-safe.
class MetadataFileOperations : public table::iceberg::TableOperations {
 public:
  Result<std::shared_ptr<const table::iceberg::TableMetadata>> Refresh() override;
  Result<std::shared_ptr<const table::iceberg::TableMetadata>> Commit(
      const table::iceberg::TableCommit& commit) override;

 protected:
  /// Where the current metadata is. Errors: TABLE_OR_VIEW_NOT_FOUND.
  virtual Result<std::string> CurrentLocation() = 0;
  /// Makes `json` (of `metadata`) the table's current metadata if the current one is still at
  /// `base_location` (empty: there is none), and gives the new place. Errors as of
  /// TableOperations::Commit.
  virtual Result<std::string> Swap(const std::string& base_location,
                                   const table::iceberg::TableMetadata& metadata,
                                   const std::string& json) = 0;

 private:
  std::mutex mutex_;  // guards cached_
  std::shared_ptr<const table::iceberg::TableMetadata> cached_;
};

/// <metadata folder>/<number, one above that of `base_location`>-<uuid>.metadata.json
std::string NextMetadataLocation(const table::iceberg::TableMetadata& metadata,
                                 const std::string& base_location);

}  // namespace emery::catalog
