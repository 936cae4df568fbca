#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "type/data_type.h"

namespace emery::format {

/// Spark's JSON form of a schema, as it stands in Parquet footers and table properties:
/// {"type":"struct","fields":[…]}. Char and varchar are strings with a note in the field's
/// metadata, as Spark writes them.
std::string SchemaToJson(const type::Schema& schema);

/// None where the text is malformed or names a type that does not exist here.
std::optional<type::Schema> SchemaFromJson(std::string_view json);

}  // namespace emery::format
