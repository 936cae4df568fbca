#pragma once

#include <functional>
#include <optional>

#include "plan/expression.h"
#include "type/value.h"

namespace emery::table {

/// What is known of a column's values in a group of rows (a file, a manifest). Unset members are
/// unknown.
struct ColumnBounds {
  std::optional<type::Value> min;  // no value is below it
  std::optional<type::Value> max;
  std::optional<bool> has_null;
  bool all_null = false;
};

/// Bounds of request column `ordinal`.
using BoundsLookup = std::function<ColumnBounds(int ordinal)>;

/// False only where `conjunct` (over plan::Ordinal) can't be true for any of the rows that the
/// bounds speak of.
bool MayMatch(const plan::ExpressionPtr& conjunct, const BoundsLookup& bounds);

}  // namespace emery::table
