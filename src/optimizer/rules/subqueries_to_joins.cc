// Every subquery expression becomes a join of its plan with the input of the node that holds it:
//   WHERE [NOT] EXISTS, [NOT] IN  → semi, anti, null-aware anti join
//   EXISTS or IN inside a larger expression → a mark column
//   a scalar subquery → a single join, whose column stands for it
// A correlated plan makes the join lateral; decorrelate.cc then frees it.

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;
using plan::SubqueryKind;

namespace {

bool HasSubquery(const ExpressionPtr& e) {
  return plan::AnyOf(
      e, [](const plan::Expression& node) { return node.kind == plan::ExpressionKind::kSubquery; });
}

Result<PlanPtr> Unnest(const PlanPtr& p, RuleContext& context);

/// Adds joins to one input and gives what stands for each subquery.
class Attacher {
 public:
  Attacher(PlanPtr input, RuleContext& context) : input_(std::move(input)), context_(context) {}

  /// A conjunct of a WHERE: true if it became a join as a whole.
  Result<bool> AttachConjunct(const ExpressionPtr& conjunct) {
    bool negated = false;
    ExpressionPtr e = conjunct;
    if (const auto* call = As<plan::Call>(e); call != nullptr && call->name == "not") {
      negated = true;
      e = call->children[0];
    }
    const auto* subquery = As<plan::Subquery>(e);
    if (subquery == nullptr || subquery->subquery_kind == SubqueryKind::kScalar) {
      return false;
    }
    ARROW_ASSIGN_OR_RAISE(auto right, Unnest(subquery->plan, context_));
    auto join = std::make_shared<plan::Join>();
    join->lateral = !FreeColumns(right).empty();
    if (subquery->subquery_kind == SubqueryKind::kExists) {
      join->join_type = negated ? JoinType::kLeftAnti : JoinType::kLeftSemi;
    } else {
      for (const auto& child : subquery->children) {
        if (HasSubquery(child)) {
          return false;
        }
      }
      join->condition = InCondition(*subquery, right);
      join->join_type = JoinType::kLeftSemi;
      if (negated) {
        if (subquery->children.size() == 1 && !join->lateral) {
          join->join_type = JoinType::kNullAwareAnti;
        } else {
          // NOT IN holds where no comparison is true or unknown.
          join->join_type = JoinType::kLeftAnti;
          join->condition = NotFalse(join->condition);
        }
      }
    }
    join->inputs = {input_, right};
    input_ = join;
    return true;
  }

  /// `e` with subqueries replaced by columns that were added to the input.
  Result<ExpressionPtr> Replace(const ExpressionPtr& e) {
    if (e == nullptr || !HasSubquery(e)) {
      return e;
    }
    if (const auto* subquery = As<plan::Subquery>(e)) {
      return Attach(*subquery, false);
    }
    if (const auto* call = As<plan::Call>(e); call != nullptr && call->name == "not") {
      const auto* subquery = As<plan::Subquery>(call->children[0]);
      if (subquery != nullptr && subquery->subquery_kind == SubqueryKind::kIn) {
        return Attach(*subquery, true);
      }
    }
    return plan::TryMapChildren(e, [&](const ExpressionPtr& child) { return Replace(child); });
  }

  const PlanPtr& input() const { return input_; }

 private:
  static ExpressionPtr InCondition(const plan::Subquery& subquery, const PlanPtr& right) {
    const auto output = right->Output();
    ExpressionList comparisons;
    for (size_t i = 0; i < subquery.children.size(); ++i) {
      comparisons.push_back(plan::MakeComparison("=", subquery.children[i], ToColumn(output[i])));
    }
    return plan::MakeAnd(std::move(comparisons));
  }

  static ExpressionPtr NotFalse(const ExpressionPtr& condition) {
    return plan::MakeNot(plan::MakeComparison("<=>", condition, plan::MakeBoolLiteral(false)));
  }

  ExpressionPtr Mark(JoinType join_type, const PlanPtr& right, const ExpressionPtr& condition) {
    auto join = std::make_shared<plan::Join>();
    join->join_type = join_type;
    join->condition = condition;
    join->lateral = !FreeColumns(right).empty();
    join->mark = plan::ColumnInfo{plan::NextColumnId(), "mark", type::Boolean(),
                                  join_type == JoinType::kMark};
    join->inputs = {input_, right};
    input_ = join;
    return ToColumn(*join->mark);
  }

  /// `negated`: of an IN, stands for NOT IN. As in Spark, neither is ever null inside a larger
  /// expression: an unknown comparison makes both false.
  Result<ExpressionPtr> Attach(const plan::Subquery& subquery, bool negated) {
    ExpressionList values;
    for (const auto& child : subquery.children) {
      ARROW_ASSIGN_OR_RAISE(auto value, Replace(child));
      values.push_back(std::move(value));
    }
    ARROW_ASSIGN_OR_RAISE(auto right, Unnest(subquery.plan, context_));
    const bool lateral = !FreeColumns(right).empty();
    switch (subquery.subquery_kind) {
      case SubqueryKind::kExists:
        return Mark(JoinType::kExistenceMark, right, nullptr);
      case SubqueryKind::kIn: {
        plan::Subquery with_values = subquery;
        with_values.children = values;
        const auto condition = InCondition(with_values, right);
        if (values.size() == 1 && !lateral) {
          const auto mark = Mark(JoinType::kMark, right, condition);
          return plan::MakeComparison("<=>", mark, plan::MakeBoolLiteral(!negated));
        }
        if (!negated) {
          return Mark(JoinType::kExistenceMark, right, condition);
        }
        return plan::MakeNot(Mark(JoinType::kExistenceMark, right, NotFalse(condition)));
      }
      case SubqueryKind::kScalar: {
        auto join = std::make_shared<plan::Join>();
        join->lateral = lateral;
        const auto* group = As<plan::GroupBy>(right);
        const auto* project = As<plan::Project>(right);
        if (group == nullptr && project != nullptr) {
          group = As<plan::GroupBy>(project->inputs[0]);
        }
        if (!lateral && group != nullptr && group->groups.empty()) {
          join->join_type = JoinType::kInner;  // exactly one row
        } else {
          join->join_type = AtMostOneRow(right) ? JoinType::kLeft : JoinType::kSingle;
        }
        join->inputs = {input_, right};
        input_ = join;
        auto column = right->Output()[0];
        column.nullable = true;
        return ToColumn(column);
      }
    }
    return base::InternalError("a subquery of unknown kind");
  }

  PlanPtr input_;
  RuleContext& context_;
};

Status Misplaced(const ExpressionPtr& e) {
  return base::UserError(
      "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_"
      "CONDITION",
      "A subquery in this join condition depends on both sides of the join, which can't be run: " +
          plan::ToString(e),
      {}, e->position);
}

Result<PlanPtr> UnnestJoinCondition(const plan::Join& join, RuleContext& context) {
  // Inner joins: the condition may as well stand above. Others: the subquery joins the side whose
  // columns it needs.
  ExpressionList plain;
  ExpressionList with_subquery;
  for (const auto& conjunct : plan::SplitConjuncts(join.condition)) {
    (HasSubquery(conjunct) ? with_subquery : plain).push_back(conjunct);
  }
  auto copy = std::make_shared<plan::Join>(join);
  copy->condition = plain.empty() ? nullptr : plan::MakeAnd(plain);
  if (join.join_type == JoinType::kInner) {
    return Unnest(plan::MakeFilter(copy, plan::MakeAnd(std::move(with_subquery))), context);
  }
  const auto output = join.Output();
  const IdSet left_ids = OutputIds(join.inputs[0]);
  const IdSet right_ids = OutputIds(join.inputs[1]);
  Attacher left(join.inputs[0], context);
  Attacher right(join.inputs[1], context);
  for (const auto& conjunct : with_subquery) {
    // Each subquery goes where its outer columns come from; uncorrelated ones to the right side.
    Status failed;
    auto replaced = plan::TransformDown(conjunct, [&](const ExpressionPtr& node) -> ExpressionPtr {
      if (node->kind != plan::ExpressionKind::kSubquery) {
        return nullptr;
      }
      const bool uses_left = AnyIn(node, left_ids);
      const bool uses_right = AnyIn(node, right_ids);
      if (uses_left && uses_right) {
        failed = Misplaced(node);
        return node;
      }
      auto column = (uses_left ? left : right).Replace(node);
      if (!column.ok()) {
        failed = column.status();
        return node;
      }
      return column.MoveValueUnsafe();
    });
    ARROW_RETURN_NOT_OK(failed);
    plain.push_back(replaced);
  }
  copy->condition = plan::MakeAnd(std::move(plain));
  copy->inputs = {left.input(), right.input()};
  return Restrict(copy, output);
}

Result<PlanPtr> Unnest(const PlanPtr& original, RuleContext& context) {
  ARROW_ASSIGN_OR_RAISE(
      auto p, MapInputs(original, [&](const PlanPtr& input) { return Unnest(input, context); }));
  bool found = false;
  plan::VisitExpressions(*p,
                         [&](const ExpressionPtr& e) { found |= e != nullptr && HasSubquery(e); });
  if (!found) {
    return p;
  }
  if (const auto* filter = As<plan::Filter>(p)) {
    const auto output = p->Output();
    Attacher attacher(p->inputs[0], context);
    ExpressionList rest;
    ExpressionList deferred;
    for (const auto& conjunct : plan::SplitConjuncts(filter->condition)) {
      (HasSubquery(conjunct) ? deferred : rest).push_back(conjunct);
    }
    for (const auto& conjunct : deferred) {
      ARROW_ASSIGN_OR_RAISE(const bool done, attacher.AttachConjunct(conjunct));
      if (!done) {
        ARROW_ASSIGN_OR_RAISE(auto replaced, attacher.Replace(conjunct));
        rest.push_back(std::move(replaced));
      }
    }
    PlanPtr result = attacher.input();
    if (!rest.empty()) {
      result = plan::MakeFilter(std::move(result), plan::MakeAnd(std::move(rest)));
    }
    return Restrict(result, output);
  }
  if (const auto* join = As<plan::Join>(p)) {
    return UnnestJoinCondition(*join, context);
  }
  if (const auto* values = As<plan::Values>(p)) {
    // One row at a time, each a projection over a single empty row.
    auto all = std::make_shared<plan::SetOperation>();
    all->columns = values->columns;
    for (const auto& row : values->rows) {
      auto nothing = std::make_shared<plan::Values>();
      nothing->rows.emplace_back();
      Attacher attacher(nothing, context);
      ExpressionList list;
      for (size_t i = 0; i < row.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(auto e, attacher.Replace(row[i]));
        list.push_back(
            plan::MakeAlias(std::move(e), values->columns[i].name, plan::NextColumnId()));
      }
      all->inputs.push_back(plan::MakeProject(attacher.input(), std::move(list)));
    }
    if (all->inputs.size() == 1) {
      ExpressionList list;
      const auto given = all->inputs[0]->Output();
      for (size_t i = 0; i < given.size(); ++i) {
        list.push_back(
            plan::MakeAlias(ToColumn(given[i]), values->columns[i].name, values->columns[i].id));
      }
      return plan::MakeProject(all->inputs[0], std::move(list));
    }
    return PlanPtr(all);
  }
  if (p->inputs.size() != 1) {
    return base::InternalError("a subquery in an unexpected place: " + plan::NodeToString(*p));
  }
  const auto output = p->Output();
  Attacher attacher(p->inputs[0], context);
  ARROW_ASSIGN_OR_RAISE(auto replaced, plan::TryMapExpressions(p, [&](const ExpressionPtr& e) {
                          return attacher.Replace(e);
                        }));
  return Restrict(plan::WithInputs(replaced, {attacher.input()}), output);
}

}  // namespace

Result<PlanPtr> SubqueriesToJoins(const PlanPtr& p, RuleContext& context) {
  return Unnest(p, context);
}

}  // namespace emery::optimizer
