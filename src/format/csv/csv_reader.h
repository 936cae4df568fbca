#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "format/file_format.h"
#include "format/text/text_input.h"
#include "io/object_store.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::functions {
class DateTimePattern;
}

namespace emery::format::csv {

/// What becomes of a record that does not fit the schema.
enum class ParseMode : uint8_t {
  kPermissive,     // what can't be read becomes null
  kDropMalformed,  // the record is left out
  kFailFast,       // FAILED_READ_FILE
};

/// The formats of dates and times; null: Spark's default.
struct TimeFormats {
  std::shared_ptr<const functions::DateTimePattern> date;
  std::shared_ptr<const functions::DateTimePattern> timestamp;
  std::shared_ptr<const functions::DateTimePattern> timestamp_ntz;
};

/// Spark's options of the CSV source.
struct CsvOptions {
  std::string separator = ",";
  char quote = '"';    // 0: none
  char escape = '\\';  // 0: none
  char comment = 0;
  char line_separator = 0;  // 0: \n, \r and \r\n
  bool header = false;
  bool infer_schema = false;
  bool prefer_date = true;
  bool multi_line = false;
  bool enforce_schema = true;  // the header's names don't count
  bool column_pruning = true;  // records are judged by the columns that are read
  // Blanks around values: kept on reading, dropped on writing, unless the options say otherwise.
  std::optional<bool> ignore_leading_space;
  std::optional<bool> ignore_trailing_space;
  bool quote_all = false;
  bool escape_quotes = true;
  std::string null_value;
  std::optional<std::string> empty_value;  // what "" stands for, and what is written for it
  std::string nan_value = "NaN";
  std::string positive_infinity = "Inf";
  std::string negative_infinity = "-Inf";
  int64_t columns_max = 20480;
  int64_t column_chars_max = -1;
  TimeFormats formats;
  std::string corrupt_column = "_corrupt_record";
  std::string extension = "csv";
  ParseMode mode = ParseMode::kPermissive;
  text::Codec codec = text::Codec::kNone;  // for writing
  const type::TimeZone* zone = nullptr;

  std::string line_end() const {
    return line_separator == 0 ? std::string() : std::string(1, line_separator);
  }
};

/// Errors: UNSUPPORTED_FEATURE for options of Spark's that would change the result and aren't
/// understood; Spark's own for bad values. Names that Spark does not know are nothing to it.
/// `config` may be null.
Result<CsvOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                const type::TimeZone* zone, bool for_reading,
                                const base::Config* config);

/// Names from the header (or _c0, _c1 …), types string, or inferred from the values where the
/// options ask for it.
Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files,
                                 const CsvOptions& options);

/// Reads the records of a file that begin in `range`; its columns are `file_schema` in order.
/// Columns of the request are found in it by name. The filter is not evaluated.
Result<std::unique_ptr<BatchReader>> OpenCsv(const io::ObjectInfo& file,
                                             const text::FileRange& range, type::Schema file_schema,
                                             const CsvOptions& options, ReadRequest request);

/// Writes batches of `schema` as CSV, with a header where the options ask for one. Nested types:
/// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE.
Result<std::unique_ptr<BatchWriter>> OpenCsvWriter(std::unique_ptr<io::ObjectWriter> out,
                                                   type::Schema schema, const CsvOptions& options);

}  // namespace emery::format::csv
