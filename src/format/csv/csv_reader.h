#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "format/file_format.h"
#include "io/object_store.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::format::csv {

/// What becomes of a record that does not fit the schema.
enum class ParseMode : uint8_t {
  kPermissive,     // what can't be read becomes null
  kDropMalformed,  // the record is left out
  kFailFast,       // MALFORMED_RECORD_IN_PARSING
};

/// Spark's options of the CSV source, those that are understood here.
struct CsvOptions {
  std::string separator = ",";
  char quote = '"';    // 0: none
  char escape = '\\';  // 0: none
  char comment = 0;
  bool header = false;
  bool infer_schema = false;
  bool multi_line = false;
  bool ignore_leading_space = false;  // on reading, as Spark has it
  bool ignore_trailing_space = false;
  std::string null_value;
  std::string empty_value;  // what "" stands for
  std::string nan_value = "NaN";
  std::string positive_infinity = "Inf";
  std::string negative_infinity = "-Inf";
  std::string date_format;  // empty: Spark's default
  std::string timestamp_format;
  std::string corrupt_column = "_corrupt_record";
  ParseMode mode = ParseMode::kPermissive;
  const type::TimeZone* zone = nullptr;
};

/// Errors: UNSUPPORTED_FEATURE for options that would change the result and aren't understood,
/// INVALID… for bad values.
Result<CsvOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                const type::TimeZone* zone);

/// Names from the header (or _c0, _c1 …), types string, or inferred from the values where the
/// options ask for it.
Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files,
                                 const CsvOptions& options);

/// Reads a file whose columns are `file_schema` in order. Columns of the request are found in it by
/// name. The filter is not evaluated.
Result<std::unique_ptr<BatchReader>> OpenCsv(const io::ObjectInfo& file, type::Schema file_schema,
                                             const CsvOptions& options, ReadRequest request);

/// Writes batches of `schema` as CSV, with a header where the options ask for one. Nested types:
/// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE.
Result<std::unique_ptr<BatchWriter>> OpenCsvWriter(std::unique_ptr<io::ObjectWriter> out,
                                                   type::Schema schema, const CsvOptions& options);

}  // namespace emery::format::csv
