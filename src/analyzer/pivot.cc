// PIVOT is an aggregation with a filter per value; UNPIVOT is an Expand.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

/// The alias and the expression of a pivot's value or aggregate.
std::pair<std::optional<std::string>, ExpressionPtr> TakeAlias(const ExpressionPtr& e) {
  if (const auto* alias = plan::As<plan::Alias>(e)) {
    return {alias->name, alias->children[0]};
  }
  return {std::nullopt, e};
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzePivot(const plan::UnresolvedPivot& pivot,
                                             const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation input, AnalyzeRelation(pivot.inputs[0], env));
  Scope scope{input.columns, {}, false, env.outer};
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.place = "PIVOT";
  ExpressionList columns;
  std::vector<ColumnId> used;
  for (const ExpressionPtr& column : pivot.columns) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Resolve(column, context));
    plan::CollectColumns(typed, &used);
    columns.push_back(std::move(typed));
  }

  struct NamedAggregate {
    std::string name;
    ExpressionPtr expression;
  };

  std::vector<NamedAggregate> aggregates;
  ExpressionContext aggregate_context = context;
  aggregate_context.allow_aggregates = true;
  for (const ExpressionPtr& written : pivot.aggregates) {
    auto [alias, inner] = TakeAlias(written);
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(inner, aggregate_context));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(bound, aggregate_context));
    if (!HasAggregate(typed)) {
      return base::UserError("_LEGACY_ERROR_TEMP_1006",
                             "Aggregate expression required for pivot, but " +
                                 ExpressionText(typed) +
                                 " did not appear in any aggregate function.",
                             {{"sql", ExpressionText(typed)}}, written->position);
    }
    plan::CollectColumns(typed, &used);
    aggregates.push_back({alias.value_or(NameOf(inner, bound)), std::move(typed)});
  }
  // Where all results are numbers or booleans, Spark aggregates once by value and spreads the
  // results out: a value without rows gives null, even from count().
  const bool spreads = std::all_of(aggregates.begin(), aggregates.end(), [](const auto& aggregate) {
    const TypePtr& type = aggregate.expression->type;
    return type->is_numeric() || type->is(type::TypeId::kBoolean);
  });
  const bool null_without_rows =
      spreads && std::any_of(aggregates.begin(), aggregates.end(), [](const auto& aggregate) {
        const ExpressionPtr& e = aggregate.expression;
        return e->kind != plan::ExpressionKind::kAggregate || !e->nullable;
      });
  ExpressionList groups;
  Relation result;
  for (const ScopeColumn& column : Visible(input.columns)) {
    if (std::find(used.begin(), used.end(), column.id) == used.end()) {
      groups.push_back(ToColumn(column));
      result.columns.push_back(column);
      result.columns.back().qualifier.clear();
    }
  }
  Aggregation aggregation(this, groups);
  ExpressionList output = groups;
  for (const ExpressionPtr& written : pivot.values) {
    auto [alias, inner] = TakeAlias(written);
    ExpressionList parts = {inner};
    const auto* row = plan::As<plan::UnresolvedFunction>(inner);
    if (columns.size() > 1 && row != nullptr && !row->name.empty() &&
        Lower(row->name.back()) == "struct") {
      parts = row->children;
    }
    if (parts.size() != columns.size()) {
      return base::UserError("PIVOT_VALUE_DATA_TYPE_MISMATCH",
                             "Invalid pivot value " + ExpressionText(inner) + ": " +
                                 std::to_string(columns.size()) +
                                 " values are needed, one for each pivot column.",
                             {{"value", ExpressionText(inner)}}, written->position);
    }
    ExpressionList matches;
    std::string value_name;
    ExpressionContext value_context;
    value_context.environment = &env;
    value_context.place = "PIVOT";
    for (size_t i = 0; i < parts.size(); ++i) {
      ExpressionPtr part = TakeAlias(parts[i]).second;
      Result<ExpressionPtr> resolved = Resolve(part, value_context);
      if (!resolved.ok() || !plan::IsFoldable(*resolved)) {
        return base::UserError(
            "NON_LITERAL_PIVOT_VALUES",
            "Literal expressions required for pivot values, found " + ExpressionText(part) + ".",
            {{"expression", ExpressionText(part)}}, written->position);
      }
      ExpressionPtr typed = *resolved;
      if (!type::CanCast(typed->type, columns[i]->type, ansi())) {
        return base::UserError("PIVOT_VALUE_DATA_TYPE_MISMATCH",
                               "Invalid pivot value " + ExpressionText(typed) +
                                   ": value data type " + TypeText(typed->type) +
                                   " does not match pivot column data type " +
                                   TypeText(columns[i]->type) + ".",
                               {{"value", ExpressionText(typed)},
                                {"valueType", TypeText(typed->type)},
                                {"pivotType", TypeText(columns[i]->type)}},
                               written->position);
      }
      const ExpressionPtr cast = CastTo(typed, columns[i]->type);
      ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(CastTo(cast, type::String())));
      value_name += (i > 0 ? ", " : "") + (value.is_null() ? std::string("null") : value.string());
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr match,
                            functions::MakeFunctionCall("<=>", {columns[i], cast}, mode(),
                                                        context_.query.get(), written->position));
      matches.push_back(std::move(match));
    }
    if (parts.size() > 1) {
      value_name = "{" + value_name + "}";
    }
    const ExpressionPtr condition = plan::MakeAnd(matches);
    for (const NamedAggregate& aggregate : aggregates) {
      const ExpressionPtr filtered =
          plan::TransformUp(aggregate.expression, [&](const ExpressionPtr& e) -> ExpressionPtr {
            if (e->kind != plan::ExpressionKind::kAggregate) {
              return e;
            }
            auto copy = std::make_shared<plan::Aggregate>(static_cast<const plan::Aggregate&>(*e));
            copy->filter =
                copy->filter == nullptr ? condition : plan::MakeAnd({condition, copy->filter});
            return copy;
          });
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr rewritten, aggregation.Rewrite(filtered, {}));
      if (null_without_rows) {
        ARROW_ASSIGN_OR_RAISE(
            ExpressionPtr any,
            Resolve(plan::MakeUnresolvedCall("count", {plan::MakeIntLiteral(1)}, written->position),
                    aggregate_context));
        auto counted = std::make_shared<plan::Aggregate>(static_cast<const plan::Aggregate&>(*any));
        counted->filter = condition;
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr rows, aggregation.Rewrite(counted, {}));
        auto guarded = std::make_shared<plan::Case>();
        guarded->type = rewritten->type;
        guarded->children = {plan::MakeComparison(">", std::move(rows), plan::MakeLongLiteral(0)),
                             std::move(rewritten)};
        rewritten = std::move(guarded);
      }
      std::string name = alias.value_or(value_name);
      if (aggregates.size() > 1) {
        name += "_" + aggregate.name;
      }
      const ColumnId id = plan::NextColumnId();
      result.columns.push_back({id, name, rewritten->type, true, {}, false});
      output.push_back(plan::MakeAlias(std::move(rewritten), std::move(name), id));
    }
  }
  ARROW_ASSIGN_OR_RAISE(PlanPtr plan, aggregation.Build(input.plan));
  result.plan = plan::MakeProject(std::move(plan), std::move(output));
  return result;
}

Result<Relation> QueryAnalyzer::AnalyzeUnpivot(const plan::UnresolvedUnpivot& unpivot,
                                               const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation input, AnalyzeRelation(unpivot.inputs[0], env));
  Scope scope{input.columns, {}, false, env.outer};
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.place = "UNPIVOT";
  const size_t width = unpivot.value_names.size();
  std::vector<ExpressionList> groups;
  std::vector<std::string> names;
  std::vector<ColumnId> used;
  std::vector<std::vector<TypePtr>> types(width);
  for (size_t g = 0; g < unpivot.groups.size(); ++g) {
    ExpressionList typed_group;
    std::string name;
    for (size_t i = 0; i < unpivot.groups[g].size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Resolve(unpivot.groups[g][i], context));
      plan::CollectColumns(typed, &used);
      name += (i > 0 ? "_" : "") + NameOf(unpivot.groups[g][i], typed);
      types[i].push_back(typed->type);
      typed_group.push_back(std::move(typed));
    }
    groups.push_back(std::move(typed_group));
    names.push_back(unpivot.aliases[g].value_or(name));
  }
  auto expand = std::make_shared<plan::Expand>();
  expand->inputs = {input.plan};
  expand->position = unpivot.position;
  ExpressionList kept;
  for (const ScopeColumn& column : Visible(input.columns)) {
    if (std::find(used.begin(), used.end(), column.id) == used.end()) {
      kept.push_back(ToColumn(column));
      expand->columns.push_back({plan::NextColumnId(), column.name, column.type, column.nullable});
    }
  }
  expand->columns.push_back({plan::NextColumnId(), unpivot.name_column, type::String(), false});
  std::vector<TypePtr> value_types;
  for (size_t i = 0; i < width; ++i) {
    TypePtr common = type::Null();
    for (const TypePtr& type : types[i]) {
      common = common == nullptr ? nullptr : type::CommonTypeNoString(common, type, ansi());
    }
    if (common == nullptr) {
      std::string list;
      for (const TypePtr& type : types[i]) {
        list += (list.empty() ? "" : ", ") + TypeText(type);
      }
      return base::UserError(
          "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
          "Unpivot value columns must share a least common type, some types do not: [" + list +
              "].",
          {{"types", list}}, unpivot.position);
    }
    value_types.push_back(common);
    expand->columns.push_back({plan::NextColumnId(), unpivot.value_names[i], common, true});
  }
  for (size_t g = 0; g < groups.size(); ++g) {
    ExpressionList row = kept;
    row.push_back(plan::MakeStringLiteral(names[g]));
    for (size_t i = 0; i < width; ++i) {
      row.push_back(CastTo(groups[g][i], value_types[i]));
    }
    expand->projections.push_back(std::move(row));
  }
  Relation result;
  result.columns = ToScope(expand->columns);
  ExpressionList not_null;
  for (size_t i = expand->columns.size() - width; i < expand->columns.size(); ++i) {
    const plan::ColumnInfo& column = expand->columns[i];
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr test,
        functions::MakeFunctionCall("isnotnull",
                                    {plan::MakeColumn(column.id, column.name, column.type, true)},
                                    mode(), context_.query.get(), unpivot.position));
    not_null.push_back(std::move(test));
  }
  result.plan = std::move(expand);
  if (!unpivot.include_nulls) {
    result.plan = plan::MakeFilter(result.plan, plan::MakeOr(std::move(not_null)));
  }
  return result;
}

}  // namespace emery::analyzer
