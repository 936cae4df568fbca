#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "type/data_type.h"
#include "type/value.h"

namespace emery::table::iceberg {

/// A value in the specification's JSON single-value serialization (appendix D): defaults. Texts of
/// uuid become the STRING that they are. Nothing where it is no value of `type`.
std::optional<type::Value> ParseJsonValue(const nlohmann::json& j, const type::DataType& type);

}  // namespace emery::table::iceberg
