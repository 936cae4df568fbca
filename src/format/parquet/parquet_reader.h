#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "format/file_format.h"
#include "format/parquet/footer.h"
#include "io/object_store.h"

namespace emery::format::parquet {

/// A reader of some row groups of one Parquet file. Rows are skipped by statistics, bloom filters,
/// page indexes and dictionaries as far as the filter and the runtime filters allow; columns that
/// the filter doesn't need are read only where rows are left.
class ParquetReader : public BatchReader {
 public:
  /// `row_groups`: indexes, ascending. Nothing is read yet. Errors: types of the request that the
  /// file's columns can't become.
  static Result<std::unique_ptr<ParquetReader>> Make(std::shared_ptr<io::ObjectStore> store,
                                                     FooterPtr footer, std::vector<int> row_groups,
                                                     ReadRequest request);

  /// Starts reading what the first row group needs; returns at once where no index has to be read
  /// first.
  virtual Status Prefetch() = 0;
  /// In place of the request's; before the first Next.
  virtual void SetRuntimeFilters(std::vector<RuntimeFilterUse> filters) = 0;
};

}  // namespace emery::format::parquet
