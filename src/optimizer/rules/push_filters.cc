// Conjuncts go as far down as they can, into scans in the end; inner joins learn their conditions;
// outer joins whose extra rows a filter or a join above rejects become inner ones, and anti joins
// where only those are wanted; scalar subqueries of their own join where their filter is; constants
// travel along equalities of join keys.

#include <algorithm>

#include "functions/evaluator.h"
#include "functions/registry.h"
#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

Result<PlanPtr> Push(const PlanPtr& p, ExpressionList conjuncts, RuleContext& context);

PlanPtr Above(PlanPtr p, ExpressionList conjuncts) {
  return conjuncts.empty() ? p
                           : plan::MakeFilter(std::move(p), plan::MakeAnd(std::move(conjuncts)));
}

bool Contains(const ExpressionList& list, const ExpressionPtr& e) {
  for (const auto& item : list) {
    if (plan::Equal(item, e)) {
      return true;
    }
  }
  return false;
}

void AddNew(ExpressionList* list, const ExpressionPtr& e) {
  if (!Contains(*list, e)) {
    list->push_back(e);
  }
}

/// What a disjunction says about `ids` alone: (a = 1 AND b) OR (a = 2 AND c) says a = 1 OR a = 2.
/// Null where some disjunct says nothing about them.
ExpressionPtr ImpliedOn(const ExpressionPtr& conjunct, const IdSet& ids) {
  if (As<plan::Or>(conjunct) == nullptr || AllIn(conjunct, ids) ||
      !plan::IsDeterministic(conjunct)) {
    return nullptr;
  }
  ExpressionList disjuncts;
  for (const auto& child : conjunct->children) {
    ExpressionList kept;
    for (const auto& part : plan::SplitConjuncts(child)) {
      if (AllIn(part, ids) && !ColumnsOf(part).empty()) {
        kept.push_back(part);
      } else if (auto inner = ImpliedOn(part, ids)) {
        kept.push_back(std::move(inner));
      }
    }
    if (kept.empty()) {
      return nullptr;
    }
    disjuncts.push_back(plan::MakeAnd(std::move(kept)));
  }
  return SimplifyBoolean(plan::MakeOr(std::move(disjuncts)));
}

/// Conjuncts that follow from `known` by replacing one column by another that `equalities` make
/// equal. Only simple ones: a column against constants.
ExpressionList Infer(const ExpressionList& known, const ExpressionList& equalities) {
  ExpressionList inferred;
  for (int round = 0; round < 3; ++round) {
    bool grew = false;
    ExpressionList all = known;
    all.insert(all.end(), inferred.begin(), inferred.end());
    for (const auto& equality : equalities) {
      const auto* call = As<plan::Call>(equality);
      if (call == nullptr || call->name != "=") {
        continue;
      }
      for (int side = 0; side < 2; ++side) {
        const auto* from = As<plan::Column>(call->children[side]);
        const auto* to = As<plan::Column>(call->children[1 - side]);
        if (from == nullptr || to == nullptr || !from->type->Equals(*to->type)) {
          continue;
        }
        for (const auto& conjunct : all) {
          const auto columns = ColumnsOf(conjunct);
          if (columns.size() != 1 || columns.count(from->id.value) == 0 ||
              !plan::IsDeterministic(conjunct)) {
            continue;
          }
          const auto* shape = As<plan::Call>(conjunct);
          if (As<plan::In>(conjunct) == nullptr && As<plan::Or>(conjunct) == nullptr &&
              As<plan::And>(conjunct) == nullptr &&
              (shape == nullptr || shape->name == "isnull" || shape->name == "isnotnull")) {
            continue;
          }
          const auto moved = Substitute(conjunct, {{from->id, call->children[1 - side]}});
          if (!Contains(all, moved) && !Contains(inferred, moved)) {
            inferred.push_back(moved);
            grew = true;
          }
        }
      }
    }
    if (!grew) {
      break;
    }
  }
  return inferred;
}

/// RejectsNulls, and what only computing shows: coalesce(x, 0) > 0.
bool RejectsNullRow(const ExpressionPtr& conjunct, const plan::Columns& side, const IdSet& ids,
                    const RuleContext& context) {
  if (RejectsNulls(conjunct, ids)) {
    return true;
  }
  const IdSet columns = ColumnsOf(conjunct);
  if (columns.empty() || !AllIn(conjunct, ids) || !plan::IsDeterministic(conjunct)) {
    return false;
  }
  std::map<ColumnId, ExpressionPtr> nulls;
  for (const auto& column : side) {
    if (columns.count(column.id.value) > 0) {
      nulls[column.id] = plan::MakeNullLiteral(column.type);
    }
  }
  return IsFalseOrNullLiteral(functions::FoldConstants(Substitute(conjunct, nulls), context.query));
}

/// Whether column `id` of `p` may be null since an outer join below found no match.
bool FromNullableSide(const PlanPtr& p, int64_t id) {
  if (const auto* join = As<plan::Join>(p)) {
    const bool on_left = OutputIds(join->inputs[0]).count(id) > 0;
    if (!on_left && OutputIds(join->inputs[1]).count(id) == 0) {
      return false;  // a mark
    }
    return join->join_type == JoinType::kFull ||
           join->join_type == (on_left ? JoinType::kRight : JoinType::kLeft) ||
           FromNullableSide(join->inputs[on_left ? 0 : 1], id);
  }
  const bool passes = p->kind == PlanKind::kFilter || p->kind == PlanKind::kProject;
  return passes && OutputIds(p->inputs[0]).count(id) > 0 && FromNullableSide(p->inputs[0], id);
}

/// Adds to `to` that those columns of `side` are not null for which the join's condition never
/// holds otherwise, where that turns an outer join below into an inner one.
Status AddNotNull(const ExpressionList& condition, const PlanPtr& side, ExpressionList* to,
                  const RuleContext& context) {
  const plan::Columns output = side->Output();
  for (const auto& conjunct : condition) {
    const IdSet columns = ColumnsOf(conjunct);
    for (const auto& column : output) {
      if (columns.count(column.id.value) == 0 || !RejectsNulls(conjunct, {column.id.value}) ||
          !FromNullableSide(side, column.id.value)) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr test, functions::MakeFunctionCall(
                                                    "isnotnull", {ToColumn(column)},
                                                    plan::EvalMode::kAnsi, context.query.get()));
      AddNew(to, test);
    }
  }
  return Status::OK();
}

/// A left join whose unmatched rows alone are wanted, since a conjunct asks for nulls where a match
/// has none: an anti join, with nulls for the right side's columns. Null where it is no such join;
/// else the conjunct is taken from `conjuncts`.
PlanPtr AsAntiJoin(const plan::Join& join, ExpressionList* conjuncts) {
  const ExpressionList own = plan::SplitConjuncts(join.condition);
  const IdSet right_ids = OutputIds(join.inputs[1]);
  for (auto it = conjuncts->begin(); it != conjuncts->end(); ++it) {
    const auto* call = As<plan::Call>(*it);
    const auto* column =
        call != nullptr && call->name == "isnull" ? As<plan::Column>(call->children[0]) : nullptr;
    if (column == nullptr || right_ids.count(column->id.value) == 0 ||
        std::none_of(own.begin(), own.end(), [&](const ExpressionPtr& conjunct) {
          return RejectsNulls(conjunct, {column->id.value});
        })) {
      continue;
    }
    conjuncts->erase(it);
    auto anti = std::make_shared<plan::Join>(join);
    anti->join_type = JoinType::kLeftAnti;
    auto project = std::make_shared<plan::Project>();
    for (const auto& given : join.inputs[0]->Output()) {
      project->expressions.push_back(ToColumn(given));
    }
    for (const auto& missing : join.inputs[1]->Output()) {
      project->expressions.push_back(
          plan::MakeAlias(plan::MakeNullLiteral(missing.type), missing.name, missing.id));
    }
    project->inputs = {std::move(anti)};
    return project;
  }
  return nullptr;
}

/// A scalar subquery that reads nothing of the rows it is compared with, as one row that can be
/// joined at any place, with its filter as the join's condition: still an error where it has more.
PlanPtr AsInnerJoinWithOneRow(const plan::Join& join) {
  auto nothing = std::make_shared<plan::Values>();
  nothing->rows.emplace_back();
  auto one_row = std::make_shared<plan::Join>();
  one_row->join_type = JoinType::kSingle;
  one_row->inputs = {std::move(nothing), join.inputs[1]};
  auto inner = std::make_shared<plan::Join>(join);
  inner->join_type = JoinType::kInner;
  inner->inputs = {join.inputs[0], std::move(one_row)};
  return inner;
}

Result<PlanPtr> PushThroughJoin(const plan::Join& join, ExpressionList conjuncts,
                                RuleContext& context) {
  const IdSet left_ids = OutputIds(join.inputs[0]);
  const IdSet right_ids = OutputIds(join.inputs[1]);
  JoinType join_type = join.join_type;
  // Filters above that reject the nulls of unmatched rows.
  const bool left_null = join_type == JoinType::kRight || join_type == JoinType::kFull;
  const bool right_null = join_type == JoinType::kLeft || join_type == JoinType::kFull;
  for (const auto& conjunct : conjuncts) {
    const bool rejects_left =
        left_null && RejectsNullRow(conjunct, join.inputs[0]->Output(), left_ids, context);
    const bool rejects_right =
        right_null && RejectsNullRow(conjunct, join.inputs[1]->Output(), right_ids, context);
    if (join_type == JoinType::kFull && rejects_left && rejects_right) {
      join_type = JoinType::kInner;
    } else if (join_type == JoinType::kFull && rejects_left) {
      join_type = JoinType::kLeft;
    } else if (join_type == JoinType::kFull && rejects_right) {
      join_type = JoinType::kRight;
    } else if ((join_type == JoinType::kLeft && rejects_right) ||
               (join_type == JoinType::kRight && rejects_left)) {
      join_type = JoinType::kInner;
    }
  }
  if (join_type == JoinType::kSingle && join.condition == nullptr && !join.lateral &&
      std::any_of(conjuncts.begin(), conjuncts.end(), [&](const ExpressionPtr& conjunct) {
        return RejectsNullRow(conjunct, join.inputs[1]->Output(), right_ids, context);
      })) {
    return Push(AsInnerJoinWithOneRow(join), std::move(conjuncts), context);
  }
  if (join_type == JoinType::kLeft && join.join_type == JoinType::kLeft && !join.lateral) {
    if (const PlanPtr anti = AsAntiJoin(join, &conjuncts)) {
      return Push(anti, std::move(conjuncts), context);
    }
  }
  ExpressionList own = plan::SplitConjuncts(join.condition);
  ExpressionList to_left;
  ExpressionList to_right;
  ExpressionList in_join;
  ExpressionList above;
  const bool keeps_left = join_type == JoinType::kInner || join_type == JoinType::kLeft ||
                          join_type == JoinType::kLeftSemi || join_type == JoinType::kLeftAnti ||
                          join_type == JoinType::kNullAwareAnti || join_type == JoinType::kMark ||
                          join_type == JoinType::kExistenceMark || join_type == JoinType::kSingle;
  for (const auto& conjunct : conjuncts) {
    const bool can_move = plan::IsDeterministic(conjunct);
    const bool on_left = AllIn(conjunct, left_ids);
    const bool on_right = AllIn(conjunct, right_ids);
    if (on_left && on_right) {
      above.push_back(conjunct);  // no columns at all
    } else if (can_move && on_left && keeps_left) {
      AddNew(&to_left, conjunct);
    } else if (can_move && on_right &&
               (join_type == JoinType::kInner || join_type == JoinType::kRight)) {
      AddNew(&to_right, conjunct);
    } else if (can_move && join_type == JoinType::kInner) {
      AddNew(&in_join, conjunct);
    } else {
      above.push_back(conjunct);
    }
  }
  for (const auto& conjunct : own) {
    const bool can_move = plan::IsDeterministic(conjunct);
    const bool on_left = AllIn(conjunct, left_ids);
    const bool on_right = AllIn(conjunct, right_ids);
    const bool semi = join_type == JoinType::kLeftSemi;
    if (can_move && on_left && !on_right &&
        (join_type == JoinType::kInner || semi || join_type == JoinType::kRight)) {
      AddNew(&to_left, conjunct);
    } else if (can_move && on_right && !on_left &&
               (join_type == JoinType::kInner || semi || join_type == JoinType::kLeft ||
                join_type == JoinType::kLeftAnti || join_type == JoinType::kSingle ||
                join_type == JoinType::kExistenceMark)) {
      AddNew(&to_right, conjunct);
    } else {
      AddNew(&in_join, conjunct);
    }
  }
  // A disjunction over both sides still says something about each.
  if (join_type == JoinType::kInner) {
    for (const auto& conjunct : in_join) {
      if (const auto implied = ImpliedOn(conjunct, left_ids)) {
        AddNew(&to_left, implied);
      }
      if (const auto implied = ImpliedOn(conjunct, right_ids)) {
        AddNew(&to_right, implied);
      }
    }
  }
  // Along the equalities of the join: what the kept side knows, the other may ask for, too.
  ExpressionList known = to_left;
  if (join_type == JoinType::kInner || join_type == JoinType::kLeftSemi ||
      join_type == JoinType::kRight) {
    known.insert(known.end(), to_right.begin(), to_right.end());
  }
  if (join_type != JoinType::kNullAwareAnti && join_type != JoinType::kMark &&
      join_type != JoinType::kFull) {
    for (const auto& conjunct : Infer(known, in_join)) {
      if (AllIn(conjunct, right_ids) && join_type != JoinType::kRight) {
        AddNew(&to_right, conjunct);
      } else if (AllIn(conjunct, left_ids) &&
                 (join_type == JoinType::kInner || join_type == JoinType::kLeftSemi ||
                  join_type == JoinType::kRight)) {
        AddNew(&to_left, conjunct);
      }
    }
  }
  const bool matches_only = join_type == JoinType::kInner || join_type == JoinType::kLeftSemi;
  if (matches_only) {
    ARROW_RETURN_NOT_OK(AddNotNull(in_join, join.inputs[0], &to_left, context));
  }
  if (matches_only || join_type == JoinType::kLeft) {
    ARROW_RETURN_NOT_OK(AddNotNull(in_join, join.inputs[1], &to_right, context));
  }
  auto copy = std::make_shared<plan::Join>(join);
  copy->join_type = join_type;
  ARROW_ASSIGN_OR_RAISE(auto left, Push(join.inputs[0], std::move(to_left), context));
  ARROW_ASSIGN_OR_RAISE(auto right, Push(join.inputs[1], std::move(to_right), context));
  copy->inputs = {std::move(left), std::move(right)};
  copy->condition = in_join.empty() ? nullptr : plan::MakeAnd(std::move(in_join));
  return Above(copy, std::move(above));
}

Result<PlanPtr> Push(const PlanPtr& p, ExpressionList conjuncts, RuleContext& context) {
  ExpressionList kept;
  for (auto& conjunct : conjuncts) {
    if (!IsTrueLiteral(conjunct)) {
      kept.push_back(std::move(conjunct));
    }
  }
  conjuncts = std::move(kept);
  for (const auto& conjunct : conjuncts) {
    if (IsFalseOrNullLiteral(conjunct)) {
      auto nothing = std::make_shared<plan::Values>();
      nothing->columns = p->Output();
      return PlanPtr(nothing);
    }
  }
  switch (p->kind) {
    case PlanKind::kFilter: {
      ExpressionList all = plan::SplitConjuncts(As<plan::Filter>(p)->condition);
      for (const auto& conjunct : conjuncts) {
        AddNew(&all, conjunct);
      }
      return Push(p->inputs[0], std::move(all), context);
    }
    case PlanKind::kProject: {
      std::map<ColumnId, ExpressionPtr> definitions;
      IdSet fixed;  // columns that are not to be computed twice or in another place
      for (const auto& e : As<plan::Project>(p)->expressions) {
        if (const auto* alias = As<plan::Alias>(e)) {
          definitions[alias->id] = alias->children[0];
          if (!plan::IsDeterministic(alias->children[0])) {
            fixed.insert(alias->id.value);
          }
        }
      }
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        if (AnyIn(conjunct, fixed) || !plan::IsDeterministic(conjunct)) {
          above.push_back(conjunct);
        } else {
          below.push_back(SimplifyBoolean(Substitute(conjunct, definitions)));
        }
      }
      ARROW_ASSIGN_OR_RAISE(auto input, Push(p->inputs[0], std::move(below), context));
      return Above(plan::WithInputs(p, {input}), std::move(above));
    }
    case PlanKind::kJoin:
      return PushThroughJoin(*As<plan::Join>(p), std::move(conjuncts), context);
    case PlanKind::kAggregate: {
      const auto& group = *As<plan::GroupBy>(p);
      std::map<ColumnId, ExpressionPtr> definitions;
      IdSet grouped;
      for (const auto& e : group.groups) {
        if (const auto* alias = As<plan::Alias>(e)) {
          definitions[alias->id] = alias->children[0];
          grouped.insert(alias->id.value);
        } else {
          grouped.insert(As<plan::Column>(e)->id.value);
        }
      }
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        const bool moves = !group.groups.empty() && AllIn(conjunct, grouped) &&
                           !ColumnsOf(conjunct).empty() && plan::IsDeterministic(conjunct);
        if (moves) {
          below.push_back(Substitute(conjunct, definitions));
        } else {
          above.push_back(conjunct);
          const auto implied = group.groups.empty() ? nullptr : ImpliedOn(conjunct, grouped);
          if (implied != nullptr) {
            below.push_back(Substitute(implied, definitions));
          }
        }
      }
      ARROW_ASSIGN_OR_RAISE(auto input, Push(p->inputs[0], std::move(below), context));
      return Above(plan::WithInputs(p, {input}), std::move(above));
    }
    case PlanKind::kWindow: {
      const auto& window = *As<plan::WindowPlan>(p);
      // Only what all windows partition by: whole partitions go.
      IdSet partition;
      bool first = true;
      for (const auto& e : window.windows) {
        const auto* call = As<plan::Window>(BelowAlias(e));
        IdSet keys;
        for (const auto& key : call->spec.partition_by) {
          if (const auto* column = As<plan::Column>(key)) {
            keys.insert(column->id.value);
          }
        }
        if (first) {
          partition = std::move(keys);
          first = false;
        } else {
          std::erase_if(partition, [&](int64_t id) { return keys.count(id) == 0; });
        }
      }
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        const bool moves = AllIn(conjunct, partition) && !ColumnsOf(conjunct).empty() &&
                           plan::IsDeterministic(conjunct);
        (moves ? below : above).push_back(conjunct);
      }
      ARROW_ASSIGN_OR_RAISE(auto input, Push(p->inputs[0], std::move(below), context));
      return Above(plan::WithInputs(p, {input}), std::move(above));
    }
    case PlanKind::kSetOperation: {
      const auto& set = *As<plan::SetOperation>(p);
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        (plan::IsDeterministic(conjunct) ? below : above).push_back(conjunct);
      }
      std::vector<PlanPtr> inputs;
      for (const auto& input : set.inputs) {
        const auto output = input->Output();
        std::map<ColumnId, ExpressionPtr> mapping;
        for (size_t i = 0; i < set.columns.size(); ++i) {
          mapping[set.columns[i].id] = ToColumn(output[i]);
        }
        ExpressionList moved;
        for (const auto& conjunct : below) {
          moved.push_back(Substitute(conjunct, mapping));
        }
        ARROW_ASSIGN_OR_RAISE(auto changed, Push(input, std::move(moved), context));
        inputs.push_back(std::move(changed));
      }
      return Above(plan::WithInputs(p, std::move(inputs)), std::move(above));
    }
    case PlanKind::kSort:
    case PlanKind::kDistinct: {
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        (plan::IsDeterministic(conjunct) ? below : above).push_back(conjunct);
      }
      ARROW_ASSIGN_OR_RAISE(auto input, Push(p->inputs[0], std::move(below), context));
      return Above(plan::WithInputs(p, {input}), std::move(above));
    }
    case PlanKind::kGenerate: {
      const IdSet input_ids = OutputIds(p->inputs[0]);
      ExpressionList below;
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        const bool moves = AllIn(conjunct, input_ids) && !ColumnsOf(conjunct).empty() &&
                           plan::IsDeterministic(conjunct);
        (moves ? below : above).push_back(conjunct);
      }
      ARROW_ASSIGN_OR_RAISE(auto input, Push(p->inputs[0], std::move(below), context));
      return Above(plan::WithInputs(p, {input}), std::move(above));
    }
    case PlanKind::kScan: {
      if (conjuncts.empty()) {
        return p;
      }
      auto copy = std::make_shared<plan::Scan>(*As<plan::Scan>(p));
      ExpressionList above;
      for (const auto& conjunct : conjuncts) {
        if (plan::IsDeterministic(conjunct) && !ColumnsOf(conjunct).empty()) {
          AddNew(&copy->filter, conjunct);
        } else {
          above.push_back(conjunct);
        }
      }
      return Above(copy, std::move(above));
    }
    case PlanKind::kShared:
      return Above(p, std::move(conjuncts));
    default: {
      ARROW_ASSIGN_OR_RAISE(
          auto same, MapInputs(p, [&](const PlanPtr& input) { return Push(input, {}, context); }));
      return Above(std::move(same), std::move(conjuncts));
    }
  }
}

}  // namespace

Result<PlanPtr> PushFilters(const PlanPtr& p, RuleContext& context) {
  return Push(p, {}, context);
}

}  // namespace emery::optimizer
