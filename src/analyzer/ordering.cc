// ORDER BY, SORT BY, LIMIT and OFFSET over anything that is not a select block (those order
// themselves: select.cc).

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

Result<std::optional<int64_t>> QueryAnalyzer::LimitValue(const ExpressionPtr& e, const char* clause,
                                                         const Environment& env) {
  if (e == nullptr) {
    return std::optional<int64_t>();
  }
  ExpressionContext context;
  context.environment = &env;
  context.place = clause;
  const std::string name = Lower(clause);
  Result<ExpressionPtr> resolved = Resolve(e, context);
  if (!resolved.ok()) {
    const base::ErrorDetail* detail = base::GetErrorDetail(resolved.status());
    if (detail == nullptr || !detail->condition().starts_with("UNRESOLVED_COLUMN")) {
      return resolved.status();
    }
  }
  if (!resolved.ok() || !plan::IsFoldable(*resolved)) {
    const std::string text = ExpressionText(resolved.ok() ? *resolved : e);
    return base::UserError("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                           "The limit like expression " + text +
                               " is invalid. All expressions in " + clause +
                               " must be foldable to a constant.",
                           {{"name", name}, {"expr", text}}, e->position);
  }
  const ExpressionPtr& typed = *resolved;
  if (!typed->type->is(type::TypeId::kInt) && !typed->type->is(type::TypeId::kShort) &&
      !typed->type->is(type::TypeId::kByte)) {
    return base::UserError(
        "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
        "The limit like expression " + ExpressionText(typed) + " is invalid. The " + name +
            " expression must be integer type, but got " + TypeText(typed->type) + ".",
        {{"name", name}, {"expr", ExpressionText(typed)}, {"dataType", TypeText(typed->type)}},
        e->position);
  }
  ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(typed));
  if (value.is_null()) {
    return base::UserError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL",
                           "The limit like expression " + ExpressionText(typed) +
                               " is invalid. The evaluated " + name +
                               " expression must not be null.",
                           {{"name", name}, {"expr", ExpressionText(typed)}}, e->position);
  }
  if (value.integer() < 0) {
    return base::UserError(
        "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
        "The limit like expression " + ExpressionText(typed) + " is invalid. The evaluated " +
            name + " expression must be equal to or greater than 0, but got " +
            std::to_string(value.integer()) + ".",
        {{"name", name}, {"expr", ExpressionText(typed)}, {"v", std::to_string(value.integer())}},
        e->position);
  }
  return std::optional<int64_t>(value.integer());
}

Result<PlanPtr> QueryAnalyzer::AddLimit(PlanPtr plan, const plan::UnresolvedOrdering& ordering,
                                        const Environment& env) {
  if (ordering.limit == nullptr && ordering.offset == nullptr) {
    return plan;
  }
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> limit,
                        LimitValue(ordering.limit, "LIMIT", env));
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> offset,
                        LimitValue(ordering.offset, "OFFSET", env));
  return MakeLimit(std::move(plan), limit.value_or(-1), offset.value_or(0));
}

namespace {

Status CheckOrderable(const ExpressionPtr& e) {
  if (type::IsOrderable(*e->type)) {
    return Status::OK();
  }
  return base::UserError(
      "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
      "Cannot resolve " + ExpressionText(e) +
          " due to data type mismatch: The `sortorder` does not support ordering on type " +
          TypeText(e->type) + ".",
      {{"sqlExpr", ExpressionText(e)},
       {"functionName", "`sortorder`"},
       {"dataType", TypeText(e->type)}},
      e->position);
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeOrdering(const plan::UnresolvedOrdering& ordering,
                                                const Environment& env) {
  const PlanPtr& input = ordering.inputs[0];
  if (const auto* select = plan::As<plan::UnresolvedSelect>(input)) {
    return AnalyzeSelect(*select, &ordering, env);
  }
  if (const auto* hint = plan::As<plan::UnresolvedHint>(input)) {
    // Hints stand between a block and its ordering.
    const PlanPtr* below = &hint->inputs[0];
    while (const auto* next = plan::As<plan::UnresolvedHint>(*below)) {
      below = &next->inputs[0];
    }
    if ((*below)->kind == plan::PlanKind::kUnresolvedSelect) {
      return AnalyzeHint(*hint, env, &ordering);
    }
  }
  ARROW_ASSIGN_OR_RAISE(Relation relation, AnalyzeRelation(input, env));
  const ScopeColumns visible = Visible(relation.columns);
  Scope scope{relation.columns, {}, false, env.outer};
  NamedWindows windows;
  for (const auto& [name, spec] : ordering.windows) {
    windows[Key(name)] = spec;
  }
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.windows = &windows;
  context.place = "ORDER BY";
  const bool by_ordinal = Setting("spark.sql.orderByOrdinal", true);
  const bool global = !ordering.order_by.empty();
  std::vector<plan::SortOrder> orders;
  const auto& written = global ? ordering.order_by : ordering.sort_by;
  if (ordering.order_by_all) {
    for (const ScopeColumn& column : visible) {
      plan::SortOrder order = ordering.order_by[0];
      order.expression = ToColumn(column);
      orders.push_back(std::move(order));
    }
  } else {
    for (const plan::SortOrder& order : written) {
      plan::SortOrder typed = order;
      const auto* literal = plan::As<plan::Literal>(order.expression);
      if (by_ordinal && literal != nullptr && literal->type->is(type::TypeId::kInt) &&
          !literal->value.is_null()) {
        const int64_t position = literal->value.integer();
        if (position < 1 || position > static_cast<int64_t>(visible.size())) {
          return base::UserError(
              "ORDER_BY_POS_OUT_OF_RANGE",
              "ORDER BY position " + std::to_string(position) +
                  " is not in select list (valid range is [1, " + std::to_string(visible.size()) +
                  "]).",
              {{"index", std::to_string(position)}, {"size", std::to_string(visible.size())}},
              order.expression->position);
        }
        typed.expression = ToColumn(visible[static_cast<size_t>(position) - 1]);
      } else {
        ARROW_ASSIGN_OR_RAISE(typed.expression, Resolve(order.expression, context));
        ARROW_RETURN_NOT_OK(CheckPlainSubqueries(typed.expression));
      }
      ARROW_RETURN_NOT_OK(CheckOrderable(typed.expression));
      orders.push_back(std::move(typed));
    }
  }
  if (!orders.empty()) {
    auto sort = std::make_shared<plan::Sort>();
    sort->inputs = {relation.plan};
    sort->order = std::move(orders);
    sort->global = global;
    sort->position = ordering.position;
    relation.plan = std::move(sort);
  }
  ARROW_ASSIGN_OR_RAISE(relation.plan, AddLimit(relation.plan, ordering, env));
  return relation;
}

}  // namespace emery::analyzer
