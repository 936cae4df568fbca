#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/file_format.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

/// The rows of some equality delete files with the same equality ids: a data row equal to one of
/// them in all of these columns (null equals null) is deleted.
struct EqualityDeletes {
  std::vector<int32_t> field_ids;
  std::vector<columnar::Batch> batches;  // columns as field_ids
};

/// Position delete files' rows, by data file.
using PositionDeletes = std::map<std::string, std::vector<int64_t>>;

/// Reads whole delete files. `schema` (the table's) gives the types of equality columns.
/// Errors: those of reading; UNSUPPORTED_FEATURE for deletion vectors and formats other than
/// Parquet.
Result<PositionDeletes> ReadPositionDeletes(
    const std::vector<DataFile>& files,
    const std::shared_ptr<const functions::QueryContext>& context);
Result<std::shared_ptr<const EqualityDeletes>> ReadEqualityDeletes(
    const std::vector<DataFile>& files, const type::Schema& schema,
    const std::shared_ptr<const functions::QueryContext>& context);

/// Gives the rows of `input` that no delete matches. `key_columns[d][k]` is the position in the
/// input's batches of the column for deletes[d]->field_ids[k]; only the first `num_columns` columns
/// are given on.
std::unique_ptr<format::BatchReader> ApplyEqualityDeletes(
    std::unique_ptr<format::BatchReader> input,
    std::vector<std::shared_ptr<const EqualityDeletes>> deletes,
    std::vector<std::vector<int>> key_columns, size_t num_columns);

}  // namespace emery::table::iceberg
