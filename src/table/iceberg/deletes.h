#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/file_format.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

/// The rows of equality delete files with the same equality ids, each with the newest sequence
/// number that it was deleted at. Immutable and thread-safe.
class EqualityDeletes {
 public:
  /// Reads whole files. Errors: those of reading; UNSUPPORTED_FEATURE for formats other than
  /// Parquet and for columns inside others.
  static Result<std::shared_ptr<const EqualityDeletes>> Read(
      const std::vector<DataFile>& files, const TableMetadata& metadata,
      const std::shared_ptr<const functions::QueryContext>& context);

  /// Columns that are compared: name, type as it is read from files (uuid: BINARY) and field id.
  const type::Schema& fields() const { return fields_; }

  /// Sets deleted[i] to 1 for each row of `keys` (columns as fields()) that was deleted after
  /// `data_sequence_number`: equal in all columns, null to null.
  void Mark(const std::vector<columnar::VectorPtr>& keys, int64_t num_rows,
            int64_t data_sequence_number, std::vector<uint8_t>* deleted) const;

 private:
  struct Row {
    uint64_t hash;
    int64_t sequence_number;
    int32_t batch;
    int32_t row;
  };

  void Add(int32_t batch, int64_t sequence_number);
  /// The slot of an equal row, or the free one where it belongs.
  size_t Find(const std::vector<columnar::VectorPtr>& keys, int64_t row, uint64_t hash) const;
  void Grow();

  type::Schema fields_;
  std::vector<columnar::Batch> batches_;
  std::vector<Row> rows_;
  std::vector<int32_t> slots_;  // open addressing into rows_; -1: free
};

/// Position delete files' rows, by data file; ascending.
using PositionDeletes = std::map<std::string, std::vector<int64_t>>;

/// Reads whole position delete files. Errors: those of reading; UNSUPPORTED_FEATURE for formats
/// other than Parquet.
Result<PositionDeletes> ReadPositionDeletes(
    const std::vector<DataFile>& files,
    const std::shared_ptr<const functions::QueryContext>& context);

/// Positions in a deletion vector, ascending. Errors: FAILED_READ_FILE.NO_HINT for one that is
/// damaged.
Result<std::vector<int64_t>> ReadDeletionVector(const DataFile& file);

/// `type` of field `field_id` as files store it: uuid, which is STRING in schemas, is BINARY there.
type::TypePtr StoredType(const TableMetadata& metadata, int32_t field_id,
                         const type::TypePtr& type);

}  // namespace emery::table::iceberg
