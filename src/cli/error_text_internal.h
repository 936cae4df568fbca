#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace emery::cli {

/// What a failed statement says at a terminal:
///
///     [TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found. … SQLSTATE: 42P01
///     == SQL (line 1, position 15) ==
///     SELECT * FROM t
///                   ^
std::string ErrorText(const Status& status, std::string_view statement);

/// The condition, or INTERNAL_ERROR where there is none.
std::string ConditionOf(const Status& status);

}  // namespace emery::cli
