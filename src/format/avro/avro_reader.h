#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "columnar/batch.h"
#include "type/data_type.h"

namespace emery::format::avro {

/// A whole Avro object container file (Avro specification 1.11, "Object Container Files"): codecs
/// null, deflate, snappy and zstandard; all types but recursive ones and unions of more than one
/// type besides null. Field ids come from the attribute "field-id". Maps written as arrays of
/// key-value records (logicalType "map") become maps.
struct AvroFile {
  type::Schema schema;
  std::map<std::string, std::string> metadata;  // of the header, avro.* included
  columnar::Batch rows;
};

/// `name` is for messages. Errors: FAILED_READ_FILE.NO_HINT for bytes that are no Avro file or end
/// early, UNSUPPORTED_FEATURE for what is named above.
Result<AvroFile> ReadAvroFile(std::string_view bytes, const std::string& name);

}  // namespace emery::format::avro
