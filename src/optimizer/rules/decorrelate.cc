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

#include "functions/evaluator.h"
#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ColumnInfo;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

struct Representative {
  ColumnInfo column;
  bool null_safe = false;  // from the domain: a null binding has its own rows
};

struct Freed {
  PlanPtr plan;
  std::map<ColumnId, Representative> reps;
  /// Set where a binding without rows in `plan` should still have one row: the values of its
  /// columns (by id).
  std::optional<std::map<ColumnId, ExpressionPtr>> empty;
  /// Rows of one binding are one at most.
  bool single = false;
};

class Decorrelator {
 public:
  Decorrelator(PlanPtr left, IdSet outer, RuleContext& context)
      : left_(std::move(left)), outer_(std::move(outer)), context_(context) {}

  Result<Freed> Free(const PlanPtr& p);
  /// Makes the rows that `freed.empty` speaks of real, by a left join from the domain.
  Result<Freed> Materialize(Freed freed);

 private:
  /// The left side's columns that `p` (or an expression) takes.
  std::vector<ColumnInfo> Uses(const IdSet& free) const {
    std::vector<ColumnInfo> used;
    for (const auto& column : left_->Output()) {
      if (free.count(column.id.value) > 0 && outer_.count(column.id.value) > 0) {
        used.push_back(column);
      }
    }
    return used;
  }

  IdSet FreeIn(const ExpressionPtr& e) const {
    IdSet free;
    plan::AnyOf(e, [&](const plan::Expression& node) {
      if (node.kind == plan::ExpressionKind::kOuterColumn) {
        free.insert(static_cast<const plan::OuterColumn&>(node).id.value);
      }
      return false;
    });
    return free;
  }

  bool IsFreeOf(const ExpressionPtr& e) const { return Uses(FreeIn(e)).empty(); }

  /// Distinct values of `columns` on the left side, under new ids.
  PlanPtr Domain(const std::vector<ColumnInfo>& columns, std::map<ColumnId, Representative>* reps) {
    std::map<ColumnId, ColumnId> mapping;
    const PlanPtr copy = plan::WithNewIds(left_, &mapping);
    ExpressionList list;
    for (const auto& column : columns) {
      ColumnInfo info = column;
      const auto it = mapping.find(column.id);
      info.id = it == mapping.end() ? column.id : it->second;
      ColumnInfo fresh = column;
      fresh.id = plan::NextColumnId();
      list.push_back(plan::MakeAlias(ToColumn(info), column.name, fresh.id));
      (*reps)[column.id] = {fresh, true};
    }
    auto distinct = std::make_shared<plan::Distinct>();
    distinct->inputs = {plan::MakeProject(copy, std::move(list))};
    return distinct;
  }

  /// `freed` with a representative for each of `columns`, by a cross join with the domain of those
  /// it lacks.
  Freed WithReps(Freed freed, const std::vector<ColumnInfo>& columns) {
    std::vector<ColumnInfo> missing;
    for (const auto& column : columns) {
      if (freed.reps.count(column.id) == 0) {
        missing.push_back(column);
      }
    }
    if (missing.empty()) {
      return freed;
    }
    auto join = std::make_shared<plan::Join>();
    join->join_type = JoinType::kInner;
    join->inputs = {freed.plan, Domain(missing, &freed.reps)};
    freed.plan = join;
    return freed;
  }

  ExpressionPtr ReplaceOuter(const ExpressionPtr& e,
                             const std::map<ColumnId, Representative>& reps) const {
    if (e == nullptr) {
      return e;
    }
    return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      if (const auto* column = As<plan::OuterColumn>(node)) {
        const auto it = reps.find(column->id);
        if (it != reps.end()) {
          return ToColumn(it->second.column);
        }
      }
      return node;
    });
  }

  ExpressionList RepColumns(const std::map<ColumnId, Representative>& reps) const {
    ExpressionList list;
    for (const auto& [id, rep] : reps) {
      list.push_back(ToColumn(rep.column));
    }
    return list;
  }

  /// Equality of two inputs' representatives of the same columns.
  ExpressionList SameReps(const std::map<ColumnId, Representative>& a,
                          const std::map<ColumnId, Representative>& b) const {
    ExpressionList list;
    for (const auto& [id, rep] : a) {
      const auto it = b.find(id);
      if (it != b.end()) {
        const bool safe = rep.null_safe && it->second.null_safe;
        list.push_back(plan::MakeComparison(safe ? "<=>" : "=", ToColumn(rep.column),
                                            ToColumn(it->second.column)));
      }
    }
    return list;
  }

  Result<Freed> FreeFilter(const plan::Filter& filter);
  Result<Freed> FreeProject(const plan::Project& project);
  Result<Freed> FreeGroupBy(const plan::GroupBy& group);
  Result<Freed> FreeJoin(const plan::Join& join);
  Result<Freed> FreeSetOperation(const plan::SetOperation& set);
  Result<Freed> FreeLimit(const plan::Limit& limit);
  Result<ExpressionPtr> EmptyValue(const plan::Aggregate& aggregate);

  PlanPtr left_;
  IdSet outer_;
  RuleContext& context_;
};

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

Result<Freed> Decorrelator::FreeFilter(const plan::Filter& filter) {
  ARROW_ASSIGN_OR_RAISE(auto freed, Free(filter.inputs[0]));
  const auto conjuncts = plan::SplitConjuncts(filter.condition);
  if (freed.empty) {
    // HAVING: what does the row of an empty group say?
    bool kept = true;
    bool known = true;
    for (const auto& conjunct : conjuncts) {
      if (!IsFreeOf(conjunct)) {
        known = false;
        break;
      }
      const auto value =
          functions::FoldConstants(Substitute(conjunct, *freed.empty), context_.query);
      if (IsFalseOrNullLiteral(value)) {
        kept = false;
      } else if (!IsTrueLiteral(value)) {
        known = false;
      }
    }
    if (known && !kept) {
      freed.empty.reset();
    } else {
      // A binding without a row here may have lost it to the filter: only real rows tell.
      ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
    }
  }
  // Equalities outer = inner name the representatives that are still missing.
  ExpressionList rest;
  ExpressionList computed;
  for (const auto& conjunct : conjuncts) {
    const auto* call = As<plan::Call>(conjunct);
    if (call != nullptr && call->name == "=" && !freed.empty) {
      bool taken = false;
      for (int side = 0; side < 2 && !taken; ++side) {
        const auto* outer = As<plan::OuterColumn>(call->children[side]);
        const auto& inner = call->children[1 - side];
        if (outer == nullptr || outer_.count(outer->id.value) == 0 ||
            freed.reps.count(outer->id) > 0 || !FreeIn(inner).empty() || ColumnsOf(inner).empty()) {
          continue;
        }
        ColumnInfo info;
        if (const auto* column = As<plan::Column>(inner)) {
          info = {column->id, column->name, column->type, column->nullable};
        } else {
          info = {plan::NextColumnId(), "key", inner->type, true};
          computed.push_back(plan::MakeAlias(inner, info.name, info.id));
        }
        freed.reps[outer->id] = {info, false};
        taken = true;
      }
      if (taken) {
        continue;
      }
    }
    rest.push_back(conjunct);
  }
  if (!computed.empty()) {
    ExpressionList list;
    for (const auto& column : freed.plan->Output()) {
      list.push_back(ToColumn(column));
    }
    list.insert(list.end(), computed.begin(), computed.end());
    freed.plan = plan::MakeProject(freed.plan, std::move(list));
  }
  IdSet used;
  for (const auto& conjunct : rest) {
    used.merge(FreeIn(conjunct));
  }
  freed = WithReps(std::move(freed), Uses(used));
  if (!rest.empty()) {
    for (auto& conjunct : rest) {
      conjunct = ReplaceOuter(conjunct, freed.reps);
    }
    freed.plan = plan::MakeFilter(freed.plan, plan::MakeAnd(std::move(rest)));
  }
  return freed;
}

Result<Freed> Decorrelator::FreeProject(const plan::Project& project) {
  ARROW_ASSIGN_OR_RAISE(auto freed, Free(project.inputs[0]));
  IdSet used;
  for (const auto& e : project.expressions) {
    used.merge(FreeIn(e));
  }
  const auto outer_used = Uses(used);
  if (!outer_used.empty() && freed.empty) {
    ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
  }
  freed = WithReps(std::move(freed), outer_used);
  ExpressionList list;
  std::map<ColumnId, ExpressionPtr> empty;
  IdSet given;
  for (const auto& e : project.expressions) {
    const auto replaced = ReplaceOuter(e, freed.reps);
    list.push_back(replaced);
    const auto* alias = As<plan::Alias>(replaced);
    const ColumnId id = alias != nullptr ? alias->id : As<plan::Column>(replaced)->id;
    given.insert(id.value);
    if (freed.empty) {
      empty[id] =
          functions::FoldConstants(Substitute(BelowAlias(replaced), *freed.empty), context_.query);
    }
  }
  for (const auto& [id, rep] : freed.reps) {
    if (given.insert(rep.column.id.value).second) {
      list.push_back(ToColumn(rep.column));
    }
  }
  freed.plan = plan::MakeProject(freed.plan, std::move(list));
  if (freed.empty) {
    freed.empty = std::move(empty);
  }
  return freed;
}

Result<ExpressionPtr> Decorrelator::EmptyValue(const plan::Aggregate& aggregate) {
  static const std::unordered_set<std::string> kZero = {"count", "count_if", "regr_count",
                                                        "approx_count_distinct"};
  if (kZero.count(aggregate.name) > 0) {
    return plan::MakeLiteral(aggregate.type, type::Value::Int(0));
  }
  static const std::unordered_set<std::string> kEmptyList = {"collect_list", "collect_set",
                                                             "array_agg"};
  if (kEmptyList.count(aggregate.name) > 0) {
    return plan::MakeLiteral(aggregate.type, type::Value::MakeList({}));
  }
  return plan::MakeNullLiteral(aggregate.type);
}

Result<Freed> Decorrelator::FreeGroupBy(const plan::GroupBy& group) {
  ARROW_ASSIGN_OR_RAISE(auto freed, Free(group.inputs[0]));
  ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
  IdSet used;
  plan::VisitExpressions(group, [&](const ExpressionPtr& e) { used.merge(FreeIn(e)); });
  freed = WithReps(std::move(freed), Uses(used));
  auto copy = std::make_shared<plan::GroupBy>(group);
  IdSet given;
  for (auto& e : copy->groups) {
    e = ReplaceOuter(e, freed.reps);
    if (const auto* column = As<plan::Column>(e)) {
      given.insert(column->id.value);
    }
  }
  for (auto& e : copy->aggregates) {
    e = ReplaceOuter(e, freed.reps);
  }
  for (const auto& [id, rep] : freed.reps) {
    if (given.insert(rep.column.id.value).second) {
      copy->groups.push_back(ToColumn(rep.column));
    }
  }
  copy->inputs = {freed.plan};
  freed.plan = copy;
  if (group.groups.empty()) {
    std::map<ColumnId, ExpressionPtr> empty;
    for (const auto& e : group.aggregates) {
      const auto* alias = As<plan::Alias>(e);
      ARROW_ASSIGN_OR_RAISE(empty[alias->id], EmptyValue(*As<plan::Aggregate>(alias->children[0])));
    }
    freed.empty = std::move(empty);
    freed.single = true;
  } else {
    freed.single = false;
  }
  return freed;
}

Result<Freed> Decorrelator::FreeJoin(const plan::Join& join) {
  ARROW_ASSIGN_OR_RAISE(auto left, Free(join.inputs[0]));
  ARROW_ASSIGN_OR_RAISE(left, Materialize(std::move(left)));
  ARROW_ASSIGN_OR_RAISE(auto right, Free(join.inputs[1]));
  ARROW_ASSIGN_OR_RAISE(right, Materialize(std::move(right)));
  const bool keeps_only_left = join.join_type != JoinType::kInner &&
                               join.join_type != JoinType::kRight &&
                               join.join_type != JoinType::kFull;
  std::vector<ColumnInfo> needed =
      Uses(FreeIn(join.condition == nullptr ? plan::MakeBoolLiteral(true) : join.condition));
  // Outer joins compare within one binding: the kept side must know it.
  std::vector<ColumnInfo> of_right;
  std::vector<ColumnInfo> of_left;
  for (const auto& column : left_->Output()) {
    if (right.reps.count(column.id) > 0) {
      of_right.push_back(column);
    }
    if (left.reps.count(column.id) > 0) {
      of_left.push_back(column);
    }
  }
  if (keeps_only_left || join.join_type == JoinType::kFull) {
    left = WithReps(std::move(left), of_right);
    left = WithReps(std::move(left), needed);
  } else if (join.join_type == JoinType::kInner) {
    std::vector<ColumnInfo> missing;
    for (const auto& column : needed) {
      if (right.reps.count(column.id) == 0) {
        missing.push_back(column);
      }
    }
    left = WithReps(std::move(left), missing);
  }
  if (join.join_type == JoinType::kRight || join.join_type == JoinType::kFull) {
    right = WithReps(std::move(right), of_left);
    right = WithReps(std::move(right), needed);
  }
  std::map<ColumnId, Representative> all =
      join.join_type == JoinType::kRight ? right.reps : left.reps;
  if (join.join_type == JoinType::kInner) {
    all.insert(right.reps.begin(), right.reps.end());
  }
  ExpressionList conjuncts = SameReps(left.reps, right.reps);
  for (const auto& conjunct : plan::SplitConjuncts(join.condition)) {
    conjuncts.push_back(ReplaceOuter(conjunct, all));
  }
  auto copy = std::make_shared<plan::Join>(join);
  copy->inputs = {left.plan, right.plan};
  copy->condition = conjuncts.empty() ? nullptr : plan::MakeAnd(std::move(conjuncts));
  if (join.join_type == JoinType::kNullAwareAnti && !right.reps.empty()) {
    return base::Unsupported("NOT IN over a subquery that depends on two outer queries",
                             join.position);
  }
  Freed freed;
  freed.plan = copy;
  freed.reps = std::move(all);
  if (join.join_type == JoinType::kFull) {
    // A binding shows on whichever side has the row.
    ExpressionList list;
    for (const auto& column : copy->Output()) {
      list.push_back(ToColumn(column));
    }
    for (auto& [id, rep] : freed.reps) {
      auto either = std::make_shared<plan::Coalesce>();
      either->type = rep.column.type;
      either->children = {ToColumn(left.reps.at(id).column), ToColumn(right.reps.at(id).column)};
      const ColumnInfo fresh{plan::NextColumnId(), rep.column.name, rep.column.type, true};
      list.push_back(plan::MakeAlias(either, fresh.name, fresh.id));
      rep.column = fresh;
    }
    freed.plan = plan::MakeProject(freed.plan, std::move(list));
  }
  return freed;
}

Result<Freed> Decorrelator::FreeSetOperation(const plan::SetOperation& set) {
  std::vector<ColumnInfo> needed;
  for (const auto& input : set.inputs) {
    for (const auto& column : Uses(FreeColumns(input))) {
      bool known = false;
      for (const auto& other : needed) {
        known |= other.id == column.id;
      }
      if (!known) {
        needed.push_back(column);
      }
    }
  }
  auto copy = std::make_shared<plan::SetOperation>(set);
  copy->inputs.clear();
  std::vector<Freed> sides;
  std::map<ColumnId, bool> null_safe;
  for (const auto& input : set.inputs) {
    ARROW_ASSIGN_OR_RAISE(auto side, Free(input));
    ARROW_ASSIGN_OR_RAISE(side, Materialize(std::move(side)));
    side = WithReps(std::move(side), needed);
    plan::Columns columns = input->Output();
    for (const auto& column : needed) {
      columns.push_back(side.reps.at(column.id).column);
      null_safe[column.id] |= side.reps.at(column.id).null_safe;
    }
    // The same inner column may stand for an output and a representative: give the latter its own
    // place.
    ExpressionList list;
    IdSet given;
    for (const auto& column : columns) {
      if (given.insert(column.id.value).second) {
        list.push_back(ToColumn(column));
      } else {
        list.push_back(plan::MakeAlias(ToColumn(column), column.name, plan::NextColumnId()));
      }
    }
    copy->inputs.push_back(plan::MakeProject(side.plan, std::move(list)));
  }
  Freed freed;
  for (const auto& column : needed) {
    ColumnInfo fresh = column;
    fresh.id = plan::NextColumnId();
    fresh.nullable = true;
    copy->columns.push_back(fresh);
    freed.reps[column.id] = {fresh, null_safe[column.id]};
  }
  freed.plan = copy;
  return freed;
}

Result<Freed> Decorrelator::FreeLimit(const plan::Limit& limit) {
  const auto* sort = As<plan::Sort>(limit.inputs[0]);
  const PlanPtr& below = sort != nullptr ? sort->inputs[0] : limit.inputs[0];
  ARROW_ASSIGN_OR_RAISE(auto freed, Free(below));
  if (freed.single && limit.limit >= 1 && limit.offset == 0) {
    return freed;
  }
  ARROW_ASSIGN_OR_RAISE(freed, Materialize(std::move(freed)));
  // Rows are counted within each binding.
  auto call = std::make_shared<plan::Window>();
  call->name = "row_number";
  call->type = type::Int();
  call->nullable = false;
  call->spec.partition_by = RepColumns(freed.reps);
  if (sort != nullptr) {
    for (const auto& order : sort->order) {
      const auto used = Uses(FreeIn(order.expression));
      freed = WithReps(std::move(freed), used);
      call->spec.order_by.push_back(
          {ReplaceOuter(order.expression, freed.reps), order.ascending, order.nulls_first});
    }
  }
  call->spec.frame =
      plan::WindowFrame{plan::FrameUnit::kRows, {}, {plan::BoundKind::kCurrentRow, nullptr}};
  const ColumnInfo number{plan::NextColumnId(), "row_number", type::Int(), false};
  auto window = std::make_shared<plan::WindowPlan>();
  window->windows = {plan::MakeAlias(call, number.name, number.id)};
  window->inputs = {freed.plan};
  ExpressionList bounds;
  if (limit.offset > 0) {
    bounds.push_back(plan::MakeComparison(
        ">", ToColumn(number), plan::MakeIntLiteral(static_cast<int32_t>(limit.offset))));
  }
  if (limit.limit >= 0) {
    bounds.push_back(plan::MakeComparison(
        "<=", ToColumn(number),
        plan::MakeIntLiteral(static_cast<int32_t>(limit.offset + limit.limit))));
  }
  const auto output = freed.plan->Output();
  PlanPtr result = window;
  if (!bounds.empty()) {
    result = plan::MakeFilter(result, plan::MakeAnd(std::move(bounds)));
  }
  freed.plan = Restrict(result, output);
  freed.single = limit.limit == 1;
  return freed;
}

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
