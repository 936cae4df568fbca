#pragma once

#include <string>
#include <string_view>

#include "base/config.h"

namespace emery::session {

/// `text` with ${name}, ${spark:name}, ${sparkconf:name}, ${env:NAME} and ${system:name} replaced
/// by settings, where spark.sql.variable.substitute is on; names without a value stay as they are.
/// Spark's VariableSubstitution.
Result<std::string> SubstituteVariables(std::string_view text, const base::Config& config);

}  // namespace emery::session
