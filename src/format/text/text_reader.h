#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "format/file_format.h"
#include "format/text/text_input.h"
#include "io/object_store.h"
#include "type/data_type.h"

namespace emery::format::text {

/// Each line of the file's range as the column "value"; lines end with `separator`, or with \n,
/// \r\n or \r where it is empty. `whole`: the file is one row. The filter is not evaluated.
Result<std::unique_ptr<BatchReader>> OpenText(const io::ObjectInfo& file, const FileRange& range,
                                              std::string separator, bool whole,
                                              ReadRequest request);

/// Writes the one string column of the batches as lines.
Result<std::unique_ptr<BatchWriter>> OpenTextWriter(std::unique_ptr<io::ObjectWriter> out,
                                                    std::string separator);

}  // namespace emery::format::text
