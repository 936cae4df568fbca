#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "functions/context.h"
#include "functions/runtime_filter.h"
#include "io/object_store.h"
#include "plan/expression.h"
#include "type/data_type.h"

namespace emery::format {

/// What a scan did, for EXPLAIN ANALYZE and the progress bar. Added up over readers.
struct ScanMetrics {
  int64_t bytes_read = 0;
  int64_t rows_read = 0;    // decoded far enough to be filtered
  int64_t rows_pruned = 0;  // never decoded
  int64_t row_groups = 0;
  int64_t row_groups_pruned = 0;
  int64_t pages_pruned = 0;
};

/// A runtime filter on column `column` (0-based, of the request).
struct RuntimeFilterUse {
  int column;
  std::shared_ptr<const functions::RuntimeFilter> filter;
};

/// A column that a reader is to give. `path` leads into the file's schema by name (one part: a
/// top-level column; found as `case_sensitive` says), or by `field_id` where that is >= 0. `type`
/// may be narrower than the file's for structs (pruned fields) and wider for numbers (int as long,
/// float as double, decimal with more digits): the reader converts. A missing column gives
/// `default_value` in every row.
struct ReadColumn {
  std::string name;
  type::TypePtr type;
  int32_t field_id = -1;
  std::optional<type::Value> constant;  // not read from the file: partition values, file name
  type::Value default_value;            // for files that lack the column; null unless set
  bool is_row_position = false;         // gives the row's 0-based position in the file (LONG)
};

struct ReadRequest {
  std::vector<ReadColumn> columns;
  /// Conjuncts over plan::Ordinal (positions in `columns`). The reader gives only rows for which
  /// all are true. It may use statistics, bloom filters, page indexes and dictionaries to skip, and
  /// evaluates what is left.
  plan::ExpressionList filter;
  /// Rows that can't match may be left out; none must be.
  std::vector<RuntimeFilterUse> runtime_filters;
  bool case_sensitive = false;
  std::shared_ptr<const functions::QueryContext> context;
  std::map<std::string, std::string> options;
  /// Positions in the file (ascending) of rows not to give: deletion vectors and position deletes.
  /// May be null.
  std::shared_ptr<const std::vector<int64_t>> deleted_positions;
};

/// Reads a part of a file. Confined to one thread. Next gives batches of 1 to columnar::kBatchSize
/// rows in file order, then nothing.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  virtual Result<std::optional<columnar::Batch>> Next() = 0;
  virtual const ScanMetrics& metrics() const = 0;
};

/// Writes one file of a fixed schema. Confined to one thread. Nothing is visible before Finish
/// returns OK.
class BatchWriter {
 public:
  virtual ~BatchWriter() = default;
  virtual Status Write(const columnar::Batch& batch) = 0;
  virtual Status Finish() = 0;
  virtual Status Abort() = 0;
  /// Estimated size of the file if finished now.
  virtual int64_t bytes_written() const = 0;
  virtual int64_t rows_written() const = 0;
};

}  // namespace emery::format
