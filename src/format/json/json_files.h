#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "format/file_format.h"
#include "format/text/text_input.h"
#include "functions/scalar/json_record.h"
#include "io/object_store.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::format::json {

/// Spark's options of the JSON source.
struct JsonFileOptions {
  functions::JsonOptions values;
  bool multi_line = false;                 // the file is one value
  std::string line_separator;              // empty: \n, \r and \r\n
  text::Codec codec = text::Codec::kNone;  // for writing
  const type::TimeZone* zone = nullptr;
};

/// Errors: UNSUPPORTED_FEATURE for options of Spark's that would change the result and aren't
/// understood; Spark's own for bad values. `config` may be null.
Result<JsonFileOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                     const type::TimeZone* zone, bool for_reading,
                                     const base::Config* config);

/// What the objects of all files have in common, columns by name; with a column for what is no
/// object where there is such.
Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files,
                                 const JsonFileOptions& options);

/// Reads the objects (or arrays of objects) of a file's range, a line each. Columns are found by
/// name. The filter is not evaluated.
Result<std::unique_ptr<BatchReader>> OpenJson(const io::ObjectInfo& file,
                                              const text::FileRange& range,
                                              const type::Schema& file_schema,
                                              const JsonFileOptions& options, ReadRequest request);

/// Writes batches of `schema`, an object a line.
Result<std::unique_ptr<BatchWriter>> OpenJsonWriter(std::unique_ptr<io::ObjectWriter> out,
                                                    const type::Schema& schema,
                                                    const JsonFileOptions& options);

}  // namespace emery::format::json
