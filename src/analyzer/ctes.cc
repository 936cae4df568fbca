// WITH: each common table expression is analysed once, and read through Shared nodes. Those with
// one reader are put in line at the end (InlineShared in analyzer.cc).

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

/// Whether `plan` reads columns from outside itself.
void CollectProducedAndOuter(const PlanPtr& plan, std::set<ColumnId>* produced,
                             std::set<ColumnId>* outer) {
  for (const plan::ColumnInfo& column : plan->Output()) {
    produced->insert(column.id);
  }
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    (void)plan::AnyOf(e, [&](const plan::Expression& node) {
      if (const auto* column = plan::As<plan::OuterColumn>(&node)) {
        outer->insert(column->id);
      } else if (const auto* subquery = plan::As<plan::Subquery>(&node)) {
        CollectProducedAndOuter(subquery->plan, produced, outer);
      }
      return false;
    });
  });
  for (const PlanPtr& input : plan->inputs) {
    CollectProducedAndOuter(input, produced, outer);
  }
}

bool IsCorrelated(const PlanPtr& plan) {
  std::set<ColumnId> produced;
  std::set<ColumnId> outer;
  CollectProducedAndOuter(plan, &produced, &outer);
  return std::any_of(outer.begin(), outer.end(),
                     [&](ColumnId id) { return !produced.contains(id); });
}

/// Whether some relation in the unresolved `plan` is called `name`.
bool Mentions(const PlanPtr& plan, const std::string& name, const QueryAnalyzer& analyzer) {
  if (const auto* relation = plan::As<plan::UnresolvedRelation>(plan)) {
    if (relation->name.size() == 1 && analyzer.SameName(relation->name[0], name)) {
      return true;
    }
  }
  if (const auto* with = plan::As<plan::UnresolvedWith>(plan)) {
    for (const plan::CommonTableExpression& cte : with->expressions) {
      if (Mentions(cte.plan, name, analyzer)) {
        return true;
      }
    }
  }
  bool found = false;
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    found = found || plan::AnyOf(e, [&](const plan::Expression& node) {
              const auto* subquery = plan::As<plan::UnresolvedSubquery>(&node);
              return subquery != nullptr && Mentions(subquery->plan, name, analyzer);
            });
  });
  return found || std::any_of(plan->inputs.begin(), plan->inputs.end(), [&](const PlanPtr& input) {
           return Mentions(input, name, analyzer);
         });
}

/// Whether the step of recursion `id` reads itself where the rows so far would not do.
bool MisplacedReference(const PlanPtr& plan, int64_t id, bool below) {
  if (const auto* reference = plan::As<plan::RecursiveReference>(plan)) {
    return below && reference->id == id;
  }
  bool found = false;
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    found = found || plan::AnyOf(e, [&](const plan::Expression& node) {
              const auto* subquery = plan::As<plan::Subquery>(&node);
              return subquery != nullptr && MisplacedReference(subquery->plan, id, true);
            });
  });
  const plan::PlanKind kind = plan->kind;
  const bool whole = kind == plan::PlanKind::kAggregate || kind == plan::PlanKind::kWindow ||
                     kind == plan::PlanKind::kSort;
  for (size_t i = 0; i < plan->inputs.size(); ++i) {
    bool side = false;
    if (const auto* join = plan::As<plan::Join>(plan)) {
      const plan::JoinType type = join->join_type;
      side = type == plan::JoinType::kFull || (type == plan::JoinType::kRight && i == 0) ||
             (type != plan::JoinType::kInner && type != plan::JoinType::kRight && i == 1);
    }
    found = found || MisplacedReference(plan->inputs[i], id, below || whole || side);
  }
  return found;
}

}  // namespace

Relation QueryAnalyzer::ReadCte(const Cte& cte) {
  const ScopeColumns& columns = cte.relation.columns;
  if (cte.correlated) {
    std::map<ColumnId, ColumnId> mapping;
    Relation copy{plan::WithNewIds(cte.relation.plan, &mapping), columns};
    for (ScopeColumn& column : copy.columns) {
      column.id = mapping[column.id];
    }
    return copy;
  }
  plan::Columns fresh;
  for (const ScopeColumn& column : columns) {
    fresh.push_back({plan::NextColumnId(), column.name, column.type, column.nullable});
    CopyCharLength(column.id, fresh.back().id);
  }
  Relation read;
  read.columns = ToScope(fresh);
  if (cte.recursive) {
    auto reference = std::make_shared<plan::RecursiveReference>();
    reference->id = cte.shared_id;
    reference->columns = std::move(fresh);
    read.plan = std::move(reference);
    return read;
  }
  auto shared = std::make_shared<plan::Shared>();
  shared->id = cte.shared_id;
  shared->inputs = {cte.relation.plan};
  shared->columns = std::move(fresh);
  read.plan = std::move(shared);
  return read;
}

Result<Relation> QueryAnalyzer::AnalyzeWith(const plan::UnresolvedWith& with,
                                            const Environment& env) {
  CteScope scope;
  scope.parent = env.ctes;
  Environment inner = env;
  inner.ctes = &scope;
  for (const plan::CommonTableExpression& cte : with.expressions) {
    Relation relation;
    if (with.recursive && Mentions(cte.plan, cte.name, *this)) {
      ARROW_ASSIGN_OR_RAISE(relation, AnalyzeRecursiveCte(cte, scope, inner));
    } else {
      ARROW_ASSIGN_OR_RAISE(relation, AnalyzeRelation(cte.plan, inner));
      ARROW_ASSIGN_OR_RAISE(relation,
                            Rename(std::move(relation), cte.name, cte.columns, cte.position));
    }
    relation.columns = Visible(relation.columns);
    // What is shared gives exactly the visible columns, in their order.
    PlanPtr plan = AsOutput(relation);
    const plan::Columns output = plan->Output();
    for (size_t i = 0; i < output.size(); ++i) {
      relation.columns[i].id = output[i].id;
    }
    relation.plan = std::move(plan);
    auto entry = std::make_shared<Cte>();
    entry->correlated = IsCorrelated(relation.plan);
    entry->relation = std::move(relation);
    entry->shared_id = plan::NextColumnId().value;
    scope.entries[Key(cte.name)] = std::move(entry);
  }
  return AnalyzeRelation(with.inputs[0], inner);
}

Result<Relation> QueryAnalyzer::AnalyzeRecursiveCte(const plan::CommonTableExpression& cte,
                                                    const CteScope& scope, const Environment& env) {
  PlanPtr query = cte.plan;
  int64_t limit = -1;
  if (const auto* ordering = plan::As<plan::UnresolvedOrdering>(query)) {
    if (!ordering->order_by.empty() || !ordering->sort_by.empty() || ordering->offset != nullptr) {
      return base::UserError(
          "INVALID_RECURSIVE_CTE",
          "A recursive CTE can have a LIMIT at its end, but no ORDER BY or OFFSET.", {},
          cte.position);
    }
    ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> rows,
                          LimitValue(ordering->limit, "LIMIT", env));
    limit = rows.value_or(-1);
    query = ordering->inputs[0];
  }
  if (const auto* alias = plan::As<plan::UnresolvedSubqueryAlias>(query)) {
    query = alias->inputs[0];
  }
  const auto* operation = plan::As<plan::UnresolvedSetOperation>(query);
  if (operation == nullptr || operation->operation != plan::SetOperationKind::kUnion ||
      Mentions(operation->inputs[0], cte.name, *this)) {
    return base::UserError(
        "INVALID_RECURSIVE_CTE",
        "The recursive CTE " + base::QuoteIdentifier(cte.name) +
            " must be a UNION of an anchor that does not read it and a step that does.",
        {}, cte.position);
  }
  if (!operation->all) {
    return base::UserError(
        "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE",
        "The UNION operator is not yet supported within recursive common table expressions (WITH "
        "clauses that refer to themselves, directly or indirectly). Please use UNION ALL instead.",
        {}, cte.position);
  }
  ARROW_ASSIGN_OR_RAISE(Relation anchor, AnalyzeRelation(operation->inputs[0], env));
  ARROW_ASSIGN_OR_RAISE(anchor, Rename(std::move(anchor), cte.name, cte.columns, cte.position));
  anchor.columns = Visible(anchor.columns);
  std::vector<TypePtr> types;
  for (const ScopeColumn& column : anchor.columns) {
    types.push_back(column.type);
  }
  anchor = CastColumns(std::move(anchor), types);

  auto node = std::make_shared<plan::Recursive>();
  node->id = plan::NextColumnId().value;
  node->name = cte.name;
  node->distinct = !operation->all;
  node->limit_rows = limit;
  node->position = cte.position;
  const int64_t levels =
      context_.query->config == nullptr
          ? 100
          : context_.query->config->GetInt("spark.sql.cteRecursionLevelLimit", 100);
  node->max_depth = static_cast<int>(cte.max_recursion.value_or(levels));

  CteScope step_scope;
  step_scope.parent = &scope;
  auto self = std::make_shared<Cte>();
  self->recursive = true;
  self->shared_id = node->id;
  self->relation.columns = anchor.columns;
  for (ScopeColumn& column : self->relation.columns) {
    column.nullable = true;
  }
  step_scope.entries[Key(cte.name)] = self;
  Environment step_env = env;
  step_env.ctes = &step_scope;
  ARROW_ASSIGN_OR_RAISE(Relation step, AnalyzeRelation(operation->inputs[1], step_env));
  step.columns = Visible(step.columns);
  if (step.columns.size() != anchor.columns.size()) {
    return base::UserError("NUM_COLUMNS_MISMATCH",
                           "UNION can only be performed on inputs with the same number of columns, "
                           "but the first input has " +
                               std::to_string(anchor.columns.size()) +
                               " columns and the second input has " +
                               std::to_string(step.columns.size()) + " columns.",
                           {{"operator", "UNION"},
                            {"firstNumColumns", std::to_string(anchor.columns.size())},
                            {"invalidOrdinalNum", "second"},
                            {"invalidNumColumns", std::to_string(step.columns.size())}},
                           cte.position);
  }
  for (size_t i = 0; i < types.size(); ++i) {
    const TypePtr& given = step.columns[i].type;
    const TypePtr common = type::CommonType(types[i], given, ansi());
    if (common == nullptr || !common->SameType(*types[i])) {
      return base::UserError(
          "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE",
          "Failed to merge incompatible data types " + TypeText(types[i]) + " and " +
              TypeText(given) +
              ". Please check the data types of the columns being merged and ensure that they are "
              "compatible. If necessary, consider casting the columns to compatible data types "
              "before attempting the merge.",
          {{"left", TypeText(types[i])}, {"right", TypeText(given)}});
    }
  }
  if (MisplacedReference(step.plan, node->id, false)) {
    return base::UserError(
        "INVALID_RECURSIVE_REFERENCE.PLACE",
        "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references "
        "cannot be used on the right side of left outer/semi/anti joins, on the left side of right "
        "outer joins, in full outer joins, in aggregates, window functions or sorts",
        {});
  }
  step = CastColumns(std::move(step), types);
  for (const ScopeColumn& column : anchor.columns) {
    node->columns.push_back({plan::NextColumnId(), column.name, column.type, true});
  }
  node->inputs = {anchor.plan, step.plan};
  Relation result;
  result.columns = ToScope(node->columns, {cte.name});
  result.plan = std::move(node);
  return result;
}

}  // namespace emery::analyzer
