#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "format/file_format.h"
#include "io/object_store.h"
#include "type/data_type.h"

namespace emery::format::parquet {

struct ParquetWriterOptions {
  std::string codec = "snappy";  // none, uncompressed, snappy, gzip, zstd, lz4, lz4_raw, brotli
  /// A row group ends at either.
  int64_t row_group_rows = 256 << 10;
  int64_t row_group_bytes = 128 << 20;
  int64_t page_bytes = 1 << 20;
  bool dictionary = true;
  bool page_index = true;
  bool data_page_v2 = false;
  bool spark_schema = true;    // the schema as Spark notes it in the footer
  bool keep_required = false;  // columns that are not nullable are written as required ones
  std::map<std::string, std::string>
      metadata;  // for the footer, beside the schema that Spark looks for
};

/// From a table's or write's options ("compression", "parquet.block.size" …) and the session's
/// settings (spark.sql.parquet.compression.codec); `config` may be null. Errors: an unknown codec.
Result<ParquetWriterOptions> MakeWriterOptions(const std::map<std::string, std::string>& options,
                                               const base::Config* config);

/// The part of a file's name that tells its codec: ".snappy", or nothing.
std::string CodecExtension(const std::string& codec);

/// Writes files as Spark does: every column optional, timestamps as microseconds, decimals in the
/// least integer that holds them, lists in three levels, the schema in the footer. Errors:
/// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for void and calendar intervals.
Result<std::unique_ptr<BatchWriter>> OpenParquetWriter(std::unique_ptr<io::ObjectWriter> out,
                                                       type::Schema schema,
                                                       const ParquetWriterOptions& options);

/// A leaf column of a finished file.
struct ParquetLeafMetrics {
  int32_t field_id = -1;
  type::TypePtr type;
  bool repeated = false;  // inside a list or map
  int64_t compressed_bytes = 0;
  int64_t num_values = 0;  // nulls included
  std::optional<int64_t> null_count;
  /// In Parquet's plain encoding; NaN left out; set only where the row groups have both.
  std::optional<std::string> min;
  std::optional<std::string> max;
  bool bounds_known = true;  // false: a row group has values but no bounds
};

struct ParquetFileMetrics {
  std::vector<ParquetLeafMetrics> leaves;
  std::vector<int64_t> split_offsets;  // first byte of each row group
};

class ParquetFileWriter : public BatchWriter {
 public:
  /// After Finish.
  virtual Result<ParquetFileMetrics> Metrics() const = 0;
};

/// As OpenParquetWriter, for who wants to know what the file holds.
Result<std::unique_ptr<ParquetFileWriter>> OpenParquetFileWriter(
    std::unique_ptr<io::ObjectWriter> out, type::Schema schema,
    const ParquetWriterOptions& options);

}  // namespace emery::format::parquet
