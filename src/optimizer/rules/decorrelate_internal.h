#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "optimizer/rule.h"

namespace emery::optimizer {

struct Representative {
  plan::ColumnInfo column;
  bool null_safe = false;  // from the domain: a null binding has its own rows
};

/// A plan without the outer columns that it had (decorrelate.cc says how).
struct Freed {
  plan::PlanPtr plan;
  std::map<plan::ColumnId, Representative> reps;
  /// Set where a binding without rows in `plan` should still have one row: the values of its
  /// columns (by id).
  std::optional<std::map<plan::ColumnId, plan::ExpressionPtr>> empty;
  /// Rows of one binding are one at most.
  bool single = false;
};

/// Frees the right side of one lateral join; an operator at a time, in decorrelate_operators.cc.
class Decorrelator {
 public:
  Decorrelator(plan::PlanPtr left, IdSet outer, RuleContext& context)
      : left_(std::move(left)), outer_(std::move(outer)), context_(context) {}

  Result<Freed> Free(const plan::PlanPtr& p);
  /// Makes the rows that `freed.empty` speaks of real, by a left join from the domain.
  Result<Freed> Materialize(Freed freed);

 private:
  /// The left side's columns that `p` (or an expression) takes.
  std::vector<plan::ColumnInfo> Uses(const IdSet& free) const {
    std::vector<plan::ColumnInfo> used;
    for (const auto& column : left_->Output()) {
      if (free.count(column.id.value) > 0 && outer_.count(column.id.value) > 0) {
        used.push_back(column);
      }
    }
    return used;
  }

  IdSet FreeIn(const plan::ExpressionPtr& e) const {
    IdSet free;
    plan::AnyOf(e, [&](const plan::Expression& node) {
      if (node.kind == plan::ExpressionKind::kOuterColumn) {
        free.insert(static_cast<const plan::OuterColumn&>(node).id.value);
      }
      return false;
    });
    return free;
  }

  bool IsFreeOf(const plan::ExpressionPtr& e) const { return Uses(FreeIn(e)).empty(); }

  /// Distinct values of `columns` on the left side, under new ids.
  plan::PlanPtr Domain(const std::vector<plan::ColumnInfo>& columns,
                       std::map<plan::ColumnId, Representative>* reps) {
    std::map<plan::ColumnId, plan::ColumnId> mapping;
    const plan::PlanPtr copy = plan::WithNewIds(left_, &mapping);
    plan::ExpressionList list;
    for (const auto& column : columns) {
      plan::ColumnInfo info = column;
      const auto it = mapping.find(column.id);
      info.id = it == mapping.end() ? column.id : it->second;
      plan::ColumnInfo fresh = column;
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
  Freed WithReps(Freed freed, const std::vector<plan::ColumnInfo>& columns) {
    std::vector<plan::ColumnInfo> missing;
    for (const auto& column : columns) {
      if (freed.reps.count(column.id) == 0) {
        missing.push_back(column);
      }
    }
    if (missing.empty()) {
      return freed;
    }
    auto join = std::make_shared<plan::Join>();
    join->join_type = plan::JoinType::kInner;
    join->inputs = {freed.plan, Domain(missing, &freed.reps)};
    freed.plan = join;
    return freed;
  }

  plan::ExpressionPtr ReplaceOuter(const plan::ExpressionPtr& e,
                                   const std::map<plan::ColumnId, Representative>& reps) const {
    if (e == nullptr) {
      return e;
    }
    return plan::TransformUp(e, [&](const plan::ExpressionPtr& node) -> plan::ExpressionPtr {
      if (const auto* column = plan::As<plan::OuterColumn>(node)) {
        const auto it = reps.find(column->id);
        if (it != reps.end()) {
          return ToColumn(it->second.column);
        }
      }
      return node;
    });
  }

  plan::ExpressionList RepColumns(const std::map<plan::ColumnId, Representative>& reps) const {
    plan::ExpressionList list;
    for (const auto& [id, rep] : reps) {
      list.push_back(ToColumn(rep.column));
    }
    return list;
  }

  /// Equality of two inputs' representatives of the same columns.
  plan::ExpressionList SameReps(const std::map<plan::ColumnId, Representative>& a,
                                const std::map<plan::ColumnId, Representative>& b) const {
    plan::ExpressionList list;
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
  Result<plan::ExpressionPtr> EmptyValue(const plan::Aggregate& aggregate);

  plan::PlanPtr left_;
  IdSet outer_;
  RuleContext& context_;
};

}  // namespace emery::optimizer
