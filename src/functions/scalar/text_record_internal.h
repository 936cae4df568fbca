#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "functions/scalar_function.h"

/// What functions that read and write records as text (from_json, from_csv …) ask of their
/// arguments.
namespace emery::functions {

/// Options by name, in lower case, in the order of the map.
using LiteralOptions = std::vector<std::pair<std::string, std::string>>;

/// The literal map of options at `index`; none where the argument is left out. Errors:
/// INVALID_OPTIONS.NON_MAP_FUNCTION.
Result<LiteralOptions> OptionsArgument(const BindInput& input, size_t index);

/// The type that the schema text at `index` names. Errors: INVALID_SCHEMA.NON_STRING_LITERAL and
/// those of TypeFromSchemaText.
Result<type::TypePtr> SchemaArgument(const BindInput& input, size_t index);

/// MALFORMED_RECORD_IN_PARSING of the mode FAILFAST.
Status MalformedRecord(std::string_view text);

}  // namespace emery::functions
