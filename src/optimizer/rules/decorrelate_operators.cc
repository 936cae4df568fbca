// How each operator of a lateral join's right side is freed of outer columns: the cases of
// Decorrelator::Free (decorrelate.cc).

#include "functions/evaluator.h"
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

}  // namespace emery::optimizer
