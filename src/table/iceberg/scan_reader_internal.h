#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "format/file_format.h"
#include "table/iceberg/deletes.h"

namespace emery::table::iceberg {

/// A column that is not what the file holds.
struct DerivedColumn {
  enum class Kind : uint8_t {
    kRowId,        // as read, else first_row_id + position
    kLastUpdated,  // as read, else the data sequence number
    kDeleted,      // whether a delete concerns the row, which is given nevertheless
    kRetype,       // as read to the column's type: uuids to STRING, struct fields to their names
  };

  int column = 0;
  Kind kind = Kind::kRowId;
  type::TypePtr type;
};

/// What is done with the rows of a data file after the file's own reader.
struct ScanFinish {
  size_t num_columns = 0;  // that are given on; the input may have more behind them
  std::vector<DerivedColumn> derived;
  int position_column = -1;  // in the input; needed for kRowId and kDeleted
  std::optional<int64_t> first_row_id;
  int64_t data_sequence_number = 0;
  /// Which input columns are the fields of each set.
  std::vector<std::pair<std::shared_ptr<const EqualityDeletes>, std::vector<int>>> equality;
  /// Only for kDeleted; else the file's reader leaves such rows out.
  std::shared_ptr<const std::vector<int64_t>> deleted_positions;

  bool does_nothing() const { return derived.empty() && equality.empty(); }
};

std::unique_ptr<format::BatchReader> FinishScan(std::unique_ptr<format::BatchReader> input,
                                                ScanFinish finish);

}  // namespace emery::table::iceberg
