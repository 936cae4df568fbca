// Joins: conditions, USING and NATURAL, LATERAL, hints.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

using plan::JoinType;

bool KeepsLeftOnly(JoinType type) {
  return type == JoinType::kLeftSemi || type == JoinType::kLeftAnti;
}

plan::JoinHint HintFor(const Relation& left, const Relation& right,
                       const std::map<std::string, std::string>* hints) {
  if (hints == nullptr) {
    return plan::JoinHint::kNone;
  }
  const auto find = [&](const Relation& relation) -> const std::string* {
    for (const ScopeColumn& column : relation.columns) {
      if (!column.qualifier.empty()) {
        const auto found = hints->find(Lower(column.qualifier.back()));
        if (found != hints->end()) {
          return &found->second;
        }
      }
    }
    return nullptr;
  };
  const std::string* on_left = find(left);
  const std::string* on_right = find(right);
  const auto broadcast = [](const std::string* hint) {
    return hint != nullptr && (hint->starts_with("broadcast") || *hint == "mapjoin");
  };
  if (broadcast(on_right)) {
    return plan::JoinHint::kBroadcastRight;
  }
  if (broadcast(on_left)) {
    return plan::JoinHint::kBroadcastLeft;
  }
  for (const std::string* hint : {on_left, on_right}) {
    if (hint == nullptr) {
      continue;
    }
    if (*hint == "shuffle_hash") {
      return plan::JoinHint::kShuffleHash;
    }
    if (*hint == "shuffle_replicate_nl") {
      return plan::JoinHint::kNestedLoop;
    }
    return plan::JoinHint::kMerge;
  }
  return plan::JoinHint::kNone;
}

/// The table function below an alias, if `plan` is one.
const plan::UnresolvedTableFunction* FunctionOf(const PlanPtr& plan, std::string* alias,
                                                std::vector<std::string>* columns) {
  if (const auto* function = plan::As<plan::UnresolvedTableFunction>(plan)) {
    *alias = function->name.back();
    return function;
  }
  if (const auto* named = plan::As<plan::UnresolvedSubqueryAlias>(plan)) {
    if (const auto* function = plan::As<plan::UnresolvedTableFunction>(named->inputs[0])) {
      *alias = named->alias;
      *columns = named->columns;
      return function;
    }
  }
  return nullptr;
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeJoin(const plan::UnresolvedJoin& join,
                                            const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation left, AnalyzeRelation(join.inputs[0], env));
  Scope lateral_scope;
  Environment right_env = env;
  if (join.lateral) {
    lateral_scope.columns = left.columns;
    lateral_scope.outer = env.outer;
    right_env.outer = &lateral_scope;
    // LATERAL explode(t.a) is a Generate over the left side: nothing to decorrelate.
    std::string alias;
    std::vector<std::string> names;
    const plan::UnresolvedTableFunction* function = FunctionOf(join.inputs[1], &alias, &names);
    if (function != nullptr && join.condition == nullptr && function->inputs.empty() &&
        registry().FindGenerator(Lower(function->name.back())) != nullptr) {
      auto call = std::make_shared<plan::UnresolvedFunction>();
      call->name = function->name;
      call->children = function->arguments;
      call->position = function->position;
      ExpressionContext context;
      Scope scope{left.columns, {}, false, env.outer};
      context.environment = &env;
      context.scope = &scope;
      context.allow_generators = true;
      context.place = "FROM";
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr generator, Resolve(call, context));
      // LEFT JOIN LATERAL without ON keeps no rows without output, as in Spark; with ON it does.
      return MakeGenerate(std::move(left), generator, false, alias, names, join.position);
    }
  }
  ARROW_ASSIGN_OR_RAISE(Relation right, AnalyzeRelation(join.inputs[1], right_env));

  if (join.lateral) {
    ARROW_RETURN_NOT_OK(CheckCorrelation(right.plan, join.position));
    const auto* one_row = plan::As<plan::Values>(left.plan);
    if (!IsDeterministicPlan(right.plan) && !(one_row != nullptr && one_row->rows.size() <= 1)) {
      return base::UserError(
          "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.NON_DETERMINISTIC_LATERAL_SUBQUERIES",
          "Unsupported subquery expression: Non-deterministic lateral subqueries are not supported "
          "when joining with outer relations that produce more than one row.",
          {}, join.position);
    }
  }
  auto node = std::make_shared<plan::Join>();
  node->join_type = join.join_type;
  node->lateral = join.lateral;
  node->position = join.position;
  node->hint = HintFor(left, right, env.hints);
  node->inputs = {left.plan, right.plan};

  std::vector<std::string> keys = join.using_columns;
  if (join.natural) {
    for (const ScopeColumn& column : left.columns) {
      if (!column.hidden &&
          std::any_of(right.columns.begin(), right.columns.end(), [&](const ScopeColumn& other) {
            return !other.hidden && SameName(other.name, column.name);
          })) {
        keys.push_back(column.name);
      }
    }
  }

  ScopeColumns left_columns = left.columns;
  ScopeColumns right_columns = right.columns;
  const bool left_nullable =
      join.join_type == JoinType::kRight || join.join_type == JoinType::kFull;
  const bool right_nullable =
      join.join_type == JoinType::kLeft || join.join_type == JoinType::kFull;
  ExpressionList conditions;
  std::vector<std::pair<ScopeColumn, ScopeColumn>> key_columns;
  for (const std::string& key : keys) {
    const auto find = [&](ScopeColumns& columns,
                          const char* side) -> Result<ScopeColumns::iterator> {
      auto found = columns.end();
      for (auto it = columns.begin(); it != columns.end(); ++it) {
        if (it->hidden || !SameName(it->name, key)) {
          continue;
        }
        if (found != columns.end()) {
          return base::UserError(
              "AMBIGUOUS_REFERENCE", "Reference " + base::QuoteIdentifier(key) + " is ambiguous.",
              {{"name", base::QuoteIdentifier(key)}, {"referenceNames", "[]"}}, join.position);
        }
        found = it;
      }
      if (found == columns.end()) {
        std::string suggestion;
        for (const ScopeColumn& column : columns) {
          suggestion += (suggestion.empty() ? "" : ", ") + base::QuoteIdentifier(column.name);
        }
        return base::UserError(
            "UNRESOLVED_USING_COLUMN_FOR_JOIN",
            "USING column " + base::QuoteIdentifier(key) + " cannot be resolved on the " + side +
                " side of the join. The " + side + "-side columns: [" + suggestion + "].",
            {{"colName", base::QuoteIdentifier(key)}, {"side", side}, {"suggestion", suggestion}},
            join.position);
      }
      return found;
    };
    ARROW_ASSIGN_OR_RAISE(auto in_left, find(left_columns, "left"));
    ARROW_ASSIGN_OR_RAISE(auto in_right, find(right_columns, "right"));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal, functions::MakeFunctionCall(
                                                   "=", {ToColumn(*in_left), ToColumn(*in_right)},
                                                   mode(), context_.query.get(), join.position));
    conditions.push_back(std::move(equal));
    key_columns.emplace_back(*in_left, *in_right);
    left_columns.erase(in_left);
    right_columns.erase(in_right);
  }
  if (join.condition != nullptr) {
    Scope scope;
    scope.columns = left.columns;
    scope.columns.insert(scope.columns.end(), right.columns.begin(), right.columns.end());
    scope.outer = env.outer;
    ExpressionContext context;
    context.environment = &env;
    context.scope = &scope;
    context.place = "JOIN";
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition,
                          ResolveCondition(join.condition, context, "JOIN"));
    ARROW_RETURN_NOT_OK(CheckJoinSubqueries(condition, left.plan->Output(), right.plan->Output()));
    conditions.push_back(std::move(condition));
  }
  if (!conditions.empty()) {
    node->condition = plan::MakeAnd(std::move(conditions));
  } else if (KeepsLeftOnly(join.join_type)) {
    node->condition = plan::MakeBoolLiteral(true);
  }

  Relation result;
  const auto append = [&](ScopeColumn column, bool nullable, bool hidden) {
    column.nullable = column.nullable || nullable;
    column.hidden = column.hidden || hidden;
    result.columns.push_back(std::move(column));
  };
  if (join.join_type != JoinType::kFull || keys.empty()) {
    for (const auto& [in_left, in_right] : key_columns) {
      if (join.join_type == JoinType::kRight) {
        append(in_right, false, false);
      } else {
        append(in_left, left_nullable, false);
      }
    }
    for (ScopeColumn& column : left_columns) {
      append(std::move(column), left_nullable, false);
    }
    if (!KeepsLeftOnly(join.join_type)) {
      for (ScopeColumn& column : right_columns) {
        append(std::move(column), right_nullable, false);
      }
      for (const auto& [in_left, in_right] : key_columns) {
        if (join.join_type == JoinType::kRight) {
          append(in_left, true, true);
        } else {
          append(in_right, right_nullable, true);
        }
      }
    }
    result.plan = std::move(node);
    return result;
  }
  // FULL JOIN USING: the key is whichever side has one, so it takes a projection.
  ExpressionList expressions;
  for (auto& [in_left, in_right] : key_columns) {
    in_left.nullable = true;
    in_right.nullable = true;
    const TypePtr common = type::CommonType(in_left.type, in_right.type, ansi());
    auto coalesce = std::make_shared<plan::Coalesce>();
    coalesce->children = {CastTo(ToColumn(in_left), common), CastTo(ToColumn(in_right), common)};
    coalesce->type = common;
    coalesce->nullable = true;
    const ColumnId id = plan::NextColumnId();
    expressions.push_back(plan::MakeAlias(std::move(coalesce), in_left.name, id));
    append({id, in_left.name, common, true, {}, false}, true, false);
  }
  for (ScopeColumns* side : {&left_columns, &right_columns}) {
    for (ScopeColumn& column : *side) {
      column.nullable = true;
      expressions.push_back(ToColumn(column));
      append(column, true, false);
    }
  }
  for (const auto& [in_left, in_right] : key_columns) {
    for (const ScopeColumn* column : {&in_left, &in_right}) {
      expressions.push_back(ToColumn(*column));
      append(*column, true, true);
    }
  }
  result.plan = plan::MakeProject(std::move(node), std::move(expressions));
  return result;
}

}  // namespace emery::analyzer
