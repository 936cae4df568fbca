// Subqueries in expressions. Correlation needs nothing special here: names that the subquery's own
// scope lacks are found in the scopes around and become OuterColumns.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

Status SubqueryInLambdaError(base::Position position) {
  return base::UserError(
      "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.HIGHER_ORDER_FUNCTION",
      "Unsupported subquery expression: Subquery expressions are not supported within higher-order "
      "functions. Please remove all subquery expressions from higher-order functions and then try "
      "the query again.",
      {}, position);
}

Result<ExpressionPtr> QueryAnalyzer::BindSubquery(const plan::UnresolvedSubquery& subquery,
                                                  const ExpressionContext& context) {
  if (!context.lambdas.empty()) {
    return SubqueryInLambdaError(subquery.position);
  }
  auto resolved = std::make_shared<plan::Subquery>();
  resolved->subquery_kind = subquery.subquery_kind;
  resolved->position = subquery.position;
  for (const ExpressionPtr& child : subquery.children) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(child, context));
    resolved->children.push_back(std::move(bound));
  }
  Environment env = *context.environment;
  // The aliases of the select list are no columns for a subquery, but in HAVING and ORDER BY they
  // may be.
  Scope outer;
  if (context.scope != nullptr) {
    outer = *context.scope;
    if (std::string_view(context.place) == "ORDER BY" && !outer.aliases.empty()) {
      outer.columns = std::move(outer.aliases);  // the sort sees the output only
      outer.aliases.clear();
    } else if (outer.aliases_first) {
      // A column that stands in the select list as it is needs no second name.
      std::erase_if(outer.aliases, [&](const ScopeColumn& alias) {
        return std::any_of(outer.columns.begin(), outer.columns.end(),
                           [&](const ScopeColumn& column) {
                             return SameName(alias.name, column.name) &&
                                    alias.qualifier == column.qualifier && !alias.qualifier.empty();
                           });
      });
      outer.columns.insert(outer.columns.begin(), outer.aliases.begin(), outer.aliases.end());
    }
    env.outer = &outer;
  }
  ARROW_ASSIGN_OR_RAISE(Relation relation, AnalyzeRelation(subquery.plan, env));
  const ScopeColumns columns = Visible(relation.columns);
  resolved->plan = AsOutput(relation);
  ARROW_RETURN_NOT_OK(CheckCorrelation(resolved->plan, subquery.position));
  switch (subquery.subquery_kind) {
    case plan::SubqueryKind::kScalar:
      if (columns.size() != 1) {
        return base::UserError(
            "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
            "Scalar subquery must return only one column, but returned " +
                std::to_string(columns.size()) + ".",
            {{"number", std::to_string(columns.size())}}, subquery.position);
      }
      resolved->type = columns[0].type;
      resolved->nullable = true;
      break;
    case plan::SubqueryKind::kExists:
      resolved->type = type::Boolean();
      resolved->nullable = false;
      break;
    case plan::SubqueryKind::kIn:
      resolved->type = type::Boolean();
      resolved->nullable = true;
      break;
  }
  return resolved;
}

Result<ExpressionPtr> QueryAnalyzer::TypeInSubquery(const plan::Subquery& subquery,
                                                    ExpressionList children) {
  const plan::Columns columns = subquery.plan->Output();
  auto copy = std::make_shared<plan::Subquery>(subquery);
  // A struct on the left is compared field by field where the query gives as many columns.
  if (children.size() == 1 && columns.size() > 1 && children[0]->type->is(type::TypeId::kStruct) &&
      children[0]->type->fields().size() == columns.size()) {
    const ExpressionPtr row = children[0];
    children.clear();
    for (const type::Field& field : row->type->fields()) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr member,
                            MakeFieldAccess(row, field.name, subquery.position));
      children.push_back(std::move(member));
    }
  }
  if (children.size() != columns.size()) {
    std::string left;
    std::string right;
    for (const ExpressionPtr& child : children) {
      left += (left.empty() ? "" : ", ") + ExpressionText(child);
    }
    for (const plan::ColumnInfo& column : columns) {
      right += (right.empty() ? "\"" : ", \"") + column.name + "\"";
    }
    return base::UserError(
        "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
        "The number of columns in the left hand side of an IN subquery (" +
            std::to_string(children.size()) +
            ") does not match the number of columns in the output of subquery (" +
            std::to_string(columns.size()) + ").",
        {{"sqlExpr", ExpressionText(subquery.Copy())},
         {"leftLength", std::to_string(children.size())},
         {"rightLength", std::to_string(columns.size())},
         {"leftColumns", left},
         {"rightColumns", right}},
        subquery.position);
  }
  ScopeColumns output = ToScope(columns);
  std::vector<TypePtr> types;
  bool nullable = false;
  for (size_t i = 0; i < children.size(); ++i) {
    const TypePtr common = type::CommonType(children[i]->type, columns[i].type, ansi());
    if (common == nullptr) {
      return base::UserError(
          "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
          "The left hand side of an IN subquery has the type " + TypeText(children[i]->type) +
              ", which can't be compared with the subquery's " + TypeText(columns[i].type) + ".",
          {{"sqlExpr", ExpressionText(subquery.Copy())},
           {"leftType", TypeText(children[i]->type)},
           {"rightType", TypeText(columns[i].type)}},
          subquery.position);
    }
    children[i] = CastTo(children[i], common);
    types.push_back(common);
    nullable = nullable || children[i]->nullable || columns[i].nullable;
  }
  Relation cast = CastColumns({subquery.plan, std::move(output)}, types);
  copy->plan = cast.plan;
  copy->children = std::move(children);
  copy->nullable = nullable;
  return copy;
}

}  // namespace emery::analyzer
