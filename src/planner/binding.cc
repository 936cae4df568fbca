#include "planner/planner_internal.h"

namespace emery::planner {

using plan::ExpressionList;
using plan::ExpressionPtr;

Positions PositionsOf(const std::vector<plan::ColumnId>& ids) {
  Positions positions;
  for (size_t i = 0; i < ids.size(); ++i) {
    positions.emplace(ids[i].value, static_cast<int>(i));
  }
  return positions;
}

ExpressionPtr MakeOrdinal(int index, const physical::OutputColumn& column) {
  auto ordinal = std::make_shared<plan::Ordinal>();
  ordinal->index = index;
  ordinal->name = column.name;
  ordinal->type = column.type;
  return ordinal;
}

Result<ExpressionPtr> Bind(const ExpressionPtr& e, const Positions& positions) {
  if (e == nullptr) {
    return e;
  }
  if (const auto* column = plan::As<plan::Column>(e)) {
    const auto it = positions.find(column->id.value);
    if (it == positions.end()) {
      return base::InternalError("a plan's column is not among its input's: " + plan::ToString(e));
    }
    auto ordinal = std::make_shared<plan::Ordinal>();
    ordinal->index = it->second;
    ordinal->name = column->name;
    ordinal->type = column->type;
    ordinal->nullable = column->nullable;
    ordinal->position = column->position;
    return ExpressionPtr(ordinal);
  }
  if (plan::As<plan::OuterColumn>(e) != nullptr || plan::As<plan::Subquery>(e) != nullptr) {
    return base::InternalError("a subquery was left in the optimized plan: " + plan::ToString(e));
  }
  return plan::TryMapChildren(e,
                              [&](const ExpressionPtr& child) { return Bind(child, positions); });
}

Result<ExpressionList> Bind(const ExpressionList& list, const Positions& positions) {
  ExpressionList bound;
  bound.reserve(list.size());
  for (const auto& e : list) {
    ARROW_ASSIGN_OR_RAISE(auto one, Bind(e, positions));
    bound.push_back(std::move(one));
  }
  return bound;
}

Result<std::vector<plan::SortOrder>> Bind(const std::vector<plan::SortOrder>& order,
                                          const Positions& positions) {
  std::vector<plan::SortOrder> bound;
  bound.reserve(order.size());
  for (const auto& item : order) {
    ARROW_ASSIGN_OR_RAISE(auto e, Bind(item.expression, positions));
    bound.push_back({std::move(e), item.ascending, item.nulls_first});
  }
  return bound;
}

}  // namespace emery::planner
