#pragma once

#include <optional>
#include <vector>

#include "format/parquet/footer.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::format::parquet {

/// What the footers of a table's files say of one column; parts that some file doesn't tell are
/// left out.
struct ColumnSummary {
  std::optional<type::Value> min;
  std::optional<type::Value> max;
  std::optional<int64_t> null_count;
  std::optional<double> distinct_count;  // an estimate
  std::optional<double> average_bytes;   // uncompressed, of a value
};

/// Number of rows in all files; `columns` gets one summary per field of `schema` (top-level
/// columns, found by name in any case).
int64_t SummarizeColumns(const std::vector<FooterPtr>& footers, const type::Schema& schema,
                         std::vector<ColumnSummary>* columns);

}  // namespace emery::format::parquet
