#pragma once

#include "nlohmann/json_fwd.hpp"

#include "base/error.h"
#include "type/data_type.h"

namespace emery::catalog::session {

/// Spark's JSON form of a schema ({"type":"struct","fields":[…]}), with char and varchar as types
/// of their own.
nlohmann::json SchemaToJson(const type::Schema& schema);
/// Errors: INTERNAL_ERROR for what SchemaToJson doesn't give.
Result<type::Schema> SchemaFromJson(const nlohmann::json& json);

}  // namespace emery::catalog::session
