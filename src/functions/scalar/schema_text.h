#pragma once

#include <string_view>

#include "base/error.h"
#include "type/data_type.h"

namespace emery::functions {

/// The type that a schema text names: a data type ("array<int>") or columns ("a INT, b STRING"),
/// which make a struct. Errors: PARSE_SYNTAX_ERROR; DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION.
Result<type::TypePtr> TypeFromSchemaText(std::string_view text);

}  // namespace emery::functions
