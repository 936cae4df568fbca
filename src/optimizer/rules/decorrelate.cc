// Frees lateral joins of their outer columns (after Neumann and Kemper, Unnesting arbitrary
// queries, BTW 2015).
//
// For a right side R with outer columns F of the left side L, Free(R) gives a plan R' and for each
// f in F a column rep(f) of R', such that for every binding d of F the rows of R' with rep = d are
// the rows of R under d. The join then compares f with rep(f). Where an equality f = x in R gives
// the values of f, x itself is rep(f). Elsewhere R is joined with the domain: the distinct values
// of F in L, computed from a copy of L.
//
// An aggregate without GROUP BY gives a row also for a binding that has no rows. R' has none there;
// `empty` says what the columns would have been, and the join fills them in (or, where it can't,
// the domain is joined).

#include "optimizer/rules/decorrelate_internal.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ColumnInfo;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;

Result<Freed> Decorrelator::Free(const PlanPtr& p) {
  if (Uses(FreeColumns(p)).empty()) {
    return Freed{p, {}, std::nullopt, false};
  }
  switch (p->kind) {
    case PlanKind::kFilter:
      return FreeFilter(*As<plan::Filter>(p));
    case PlanKind::kProject:
      return FreeProject(*As<plan::Project>(p));
    case PlanKind::kAggregate:
      return FreeGroupBy(*As<plan::GroupBy>(p));
    case PlanKind::kJoin:
      return FreeJoin(*As<plan::Join>(p));
    case PlanKind::kSetOperation:
      return FreeSetOperation(*As<plan::SetOperation>(p));
    case PlanKind::kLimit:
      return FreeLimit(*As<plan::Limit>(p));
    case PlanKind::kDistinct: {
      ARROW_ASSIGN_OR_RAISE(auto freed, Free(p->inputs[0]));
      freed.plan = plan::WithInputs(p, {freed.plan});
      return freed;
    }
    case PlanKind::kSort: {
      // Order inside a correlated subquery shows only through LIMIT, which FreeLimit takes with its
      // Sort.
      return Free(p->inputs[0]);
    }
    case PlanKind::kWindow: {
      ARROW_ASSIGN_OR_RAISE(auto freed, Free(p->inputs[0]));
      ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
      IdSet used;
      plan::VisitExpressions(*p, [&](const ExpressionPtr& e) { used.merge(FreeIn(e)); });
      freed = WithReps(std::move(freed), Uses(used));
      auto copy = std::make_shared<plan::WindowPlan>(*As<plan::WindowPlan>(p));
      for (auto& e : copy->windows) {
        const auto* alias = As<plan::Alias>(e);
        auto call = std::make_shared<plan::Window>(
            *As<plan::Window>(ReplaceOuter(alias->children[0], freed.reps)));
        for (auto& rep : RepColumns(freed.reps)) {
          call->spec.partition_by.push_back(rep);
        }
        e = plan::MakeAlias(call, alias->name, alias->id);
      }
      copy->inputs = {freed.plan};
      freed.plan = copy;
      return freed;
    }
    case PlanKind::kGenerate: {
      ARROW_ASSIGN_OR_RAISE(auto freed, Free(p->inputs[0]));
      ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
      const auto& generate = *As<plan::Generate>(p);
      freed = WithReps(std::move(freed), Uses(FreeIn(generate.generator)));
      auto copy = std::make_shared<plan::Generate>(generate);
      copy->generator = ReplaceOuter(generate.generator, freed.reps);
      copy->inputs = {freed.plan};
      freed.plan = copy;
      freed.single = false;
      return freed;
    }
    case PlanKind::kExpand: {
      ARROW_ASSIGN_OR_RAISE(auto freed, Free(p->inputs[0]));
      ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
      const auto& expand = *As<plan::Expand>(p);
      IdSet used;
      plan::VisitExpressions(*p, [&](const ExpressionPtr& e) { used.merge(FreeIn(e)); });
      freed = WithReps(std::move(freed), Uses(used));
      auto copy = std::make_shared<plan::Expand>(expand);
      for (auto& projection : copy->projections) {
        for (auto& e : projection) {
          e = ReplaceOuter(e, freed.reps);
        }
        for (const auto& [id, rep] : freed.reps) {
          projection.push_back(ToColumn(rep.column));
        }
      }
      std::map<ColumnId, Representative> moved;
      for (const auto& [id, rep] : freed.reps) {
        ColumnInfo fresh = rep.column;
        fresh.id = plan::NextColumnId();
        copy->columns.push_back(fresh);
        moved[id] = {fresh, rep.null_safe};
      }
      copy->inputs = {freed.plan};
      freed.plan = copy;
      freed.reps = std::move(moved);
      freed.single = false;
      return freed;
    }
    case PlanKind::kValues: {
      // Rows of expressions over outer columns: one projection of the domain for each row.
      const auto& values = *As<plan::Values>(p);
      IdSet used;
      plan::VisitExpressions(*p, [&](const ExpressionPtr& e) { used.merge(FreeIn(e)); });
      std::map<ColumnId, Representative> reps;
      const PlanPtr domain = Domain(Uses(used), &reps);
      auto expand = std::make_shared<plan::Expand>();
      expand->inputs = {domain};
      expand->columns = values.columns;
      for (const auto& row : values.rows) {
        ExpressionList list;
        for (const auto& e : row) {
          list.push_back(ReplaceOuter(e, reps));
        }
        for (const auto& [id, rep] : reps) {
          list.push_back(ToColumn(rep.column));
        }
        expand->projections.push_back(std::move(list));
      }
      Freed freed;
      for (const auto& [id, rep] : reps) {
        ColumnInfo fresh = rep.column;
        fresh.id = plan::NextColumnId();
        expand->columns.push_back(fresh);
        freed.reps[id] = {fresh, true};
      }
      freed.plan = expand;
      return freed;
    }
    case PlanKind::kSample:
    case PlanKind::kRecursive:
    default:
      return base::UserError(
          "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
          "Columns of the outer query can't be used inside this part of a subquery: " +
              plan::NodeToString(*p),
          {}, p->position);
  }
}

Result<Freed> Decorrelator::Materialize(Freed freed) {
  if (!freed.empty) {
    return freed;
  }
  std::vector<ColumnInfo> bound;
  for (const auto& column : left_->Output()) {
    if (freed.reps.count(column.id) > 0) {
      bound.push_back(column);
    }
  }
  std::map<ColumnId, Representative> reps;
  auto join = std::make_shared<plan::Join>();
  join->join_type = JoinType::kLeft;
  const PlanPtr domain = Domain(bound, &reps);
  const ColumnInfo marker{plan::NextColumnId(), "matched", type::Boolean(), true};
  ExpressionList with_marker;
  for (const auto& column : freed.plan->Output()) {
    with_marker.push_back(ToColumn(column));
  }
  with_marker.push_back(plan::MakeAlias(plan::MakeBoolLiteral(true), marker.name, marker.id));
  join->inputs = {domain, plan::MakeProject(freed.plan, std::move(with_marker))};
  join->condition = plan::MakeAnd(SameReps(reps, freed.reps));
  ExpressionList list;
  for (const auto& column : freed.plan->Output()) {
    const auto it = freed.empty->find(column.id);
    if (it == freed.empty->end()) {
      continue;  // a representative of the inner side
    }
    auto choice = std::make_shared<plan::Case>();
    choice->type = column.type;
    choice->children = {ToColumn(marker), ToColumn(column), it->second};
    list.push_back(plan::MakeAlias(choice, column.name, column.id));
  }
  for (const auto& [id, rep] : reps) {
    list.push_back(ToColumn(rep.column));
  }
  // The aliases above reuse the ids of the columns that they replace, which end here.
  freed.plan = plan::MakeProject(join, std::move(list));
  freed.reps = std::move(reps);
  freed.empty.reset();
  return freed;
}

namespace {

bool UsesOuter(const ExpressionPtr& e, const IdSet& outer) {
  return plan::AnyOf(e, [&](const plan::Expression& node) {
    return node.kind == plan::ExpressionKind::kOuterColumn &&
           outer.count(static_cast<const plan::OuterColumn&>(node).id.value) > 0;
  });
}

ExpressionPtr OuterToColumn(const ExpressionPtr& e, const IdSet& outer) {
  return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* column = As<plan::OuterColumn>(node);
    if (column == nullptr || outer.count(column->id.value) == 0) {
      return node;
    }
    return plan::MakeColumn(column->id, column->name, column->type, column->nullable);
  });
}

/// Where the right side is a filter (below a projection, maybe), its correlated conjuncts are
/// conditions of the join itself: no domain is needed. Returns `join` unchanged where its right
/// side has another shape.
plan::Join PullUpConditions(const plan::Join& join) {
  const IdSet outer = OutputIds(join.inputs[0]);
  const auto* project = As<plan::Project>(join.inputs[1]);
  const auto* filter = As<plan::Filter>(project != nullptr ? project->inputs[0] : join.inputs[1]);
  if (filter == nullptr) {
    return join;
  }
  for (const auto id : FreeColumns(filter->inputs[0])) {
    if (outer.count(id) > 0) {
      return join;
    }
  }
  ExpressionList inner;
  ExpressionList pulled;
  IdSet needed;
  for (const auto& conjunct : plan::SplitConjuncts(filter->condition)) {
    if (UsesOuter(conjunct, outer)) {
      needed.merge(ColumnsOf(conjunct));
      pulled.push_back(OuterToColumn(conjunct, outer));
    } else {
      inner.push_back(conjunct);
    }
  }
  PlanPtr right = filter->inputs[0];
  if (!inner.empty()) {
    right = plan::MakeFilter(right, plan::MakeAnd(std::move(inner)));
  }
  if (project != nullptr) {
    ExpressionList list;
    IdSet given;
    for (const auto& e : project->expressions) {
      if (UsesOuter(e, outer)) {
        return join;
      }
      list.push_back(e);
      if (const auto* column = As<plan::Column>(e)) {
        given.insert(column->id.value);
      }
    }
    for (const auto& column : right->Output()) {
      if (needed.count(column.id.value) > 0 && given.insert(column.id.value).second) {
        list.push_back(ToColumn(column));
      }
    }
    right = plan::MakeProject(right, std::move(list));
  }
  plan::Join changed = join;
  changed.inputs[1] = right;
  for (const auto& conjunct : plan::SplitConjuncts(join.condition)) {
    pulled.push_back(conjunct);
  }
  changed.condition = plan::MakeAnd(std::move(pulled));
  return changed;
}

Result<PlanPtr> FreeLateralJoin(const plan::Join& original, RuleContext& context) {
  const auto output = original.Output();
  const plan::Join join = PullUpConditions(original);
  const IdSet outer = OutputIds(join.inputs[0]);
  Decorrelator decorrelator(join.inputs[0], outer, context);
  ARROW_ASSIGN_OR_RAISE(auto freed, decorrelator.Free(join.inputs[1]));
  // The condition of a lateral join may itself name left columns as outer ones.
  const bool fills_in =
      freed.empty && (join.join_type == JoinType::kLeft || join.join_type == JoinType::kSingle) &&
      join.condition == nullptr;
  if (freed.empty && !fills_in) {
    ARROW_ASSIGN_OR_RAISE(freed, decorrelator.Materialize(std::move(freed)));
  }
  auto copy = std::make_shared<plan::Join>(join);
  copy->lateral = false;
  if (copy->join_type == JoinType::kSingle && freed.single) {
    copy->join_type = JoinType::kLeft;
  }
  ExpressionList conjuncts = plan::SplitConjuncts(join.condition);
  for (const auto& column : join.inputs[0]->Output()) {
    const auto it = freed.reps.find(column.id);
    if (it != freed.reps.end()) {
      conjuncts.push_back(plan::MakeComparison(it->second.null_safe ? "<=>" : "=", ToColumn(column),
                                               ToColumn(it->second.column)));
    }
  }
  copy->condition = conjuncts.empty() ? nullptr : plan::MakeAnd(std::move(conjuncts));
  PlanPtr right = freed.plan;
  if (!fills_in) {
    copy->inputs = {join.inputs[0], right};
    return Restrict(copy, output);
  }
  const ColumnInfo marker{plan::NextColumnId(), "matched", type::Boolean(), true};
  ExpressionList with_marker;
  std::map<ColumnId, ColumnInfo> renamed;
  for (const auto& column : right->Output()) {
    if (freed.empty->count(column.id) > 0) {
      ColumnInfo fresh = column;
      fresh.id = plan::NextColumnId();
      renamed[column.id] = fresh;
      with_marker.push_back(plan::MakeAlias(ToColumn(column), column.name, fresh.id));
    } else {
      with_marker.push_back(ToColumn(column));
    }
  }
  // A representative may be an output too; it is compared under its own id.
  for (const auto& [id, rep] : freed.reps) {
    if (renamed.count(rep.column.id) > 0) {
      with_marker.push_back(ToColumn(rep.column));
    }
  }
  with_marker.push_back(plan::MakeAlias(plan::MakeBoolLiteral(true), marker.name, marker.id));
  copy->inputs = {join.inputs[0], plan::MakeProject(right, std::move(with_marker))};
  ExpressionList list;
  for (const auto& column : output) {
    const auto it = renamed.find(column.id);
    if (it == renamed.end()) {
      list.push_back(ToColumn(column));
      continue;
    }
    auto choice = std::make_shared<plan::Case>();
    choice->type = column.type;
    choice->children = {ToColumn(marker), ToColumn(it->second), freed.empty->at(column.id)};
    list.push_back(plan::MakeAlias(choice, column.name, column.id));
  }
  return plan::MakeProject(copy, std::move(list));
}

}  // namespace

Result<PlanPtr> Decorrelate(const PlanPtr& p, RuleContext& context) {
  ARROW_ASSIGN_OR_RAISE(
      auto below, MapInputs(p, [&](const PlanPtr& input) { return Decorrelate(input, context); }));
  const auto* join = As<plan::Join>(below);
  if (join == nullptr || !join->lateral) {
    return below;
  }
  const IdSet free = FreeColumns(join->inputs[1]);
  const IdSet left = OutputIds(join->inputs[0]);
  bool mine = false;
  for (const auto id : free) {
    mine |= left.count(id) > 0;
  }
  if (!mine) {
    auto copy = std::make_shared<plan::Join>(*join);
    copy->lateral = false;  // it depends on a query further out, whose own join will free it
    return PlanPtr(copy);
  }
  return FreeLateralJoin(*join, context);
}

}  // namespace emery::optimizer
