// Which shared subplans (CTEs that are read more than once) are computed once and which are spelled
// out at each reader. Cheap bodies (scans with filters and projections) are better read where each
// reader's filters can reach the files. Bodies that stay get the disjunction of what all their
// readers ask for.

#include <algorithm>

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

void CountReaders(const PlanPtr& p, std::map<int64_t, int>* readers) {
  if (const auto* shared = As<plan::Shared>(p)) {
    ++(*readers)[shared->id];
    return;
  }
  for (const auto& input : p->inputs) {
    CountReaders(input, readers);
  }
}

bool IsCheap(const PlanPtr& p) {
  switch (p->kind) {
    case PlanKind::kScan:
    case PlanKind::kValues:
    case PlanKind::kRange:
      return true;
    case PlanKind::kProject: {
      for (const auto& e : As<plan::Project>(p)->expressions) {
        if (!plan::IsDeterministic(e)) {
          return false;
        }
      }
      return IsCheap(p->inputs[0]);
    }
    case PlanKind::kFilter:
      return IsCheap(p->inputs[0]);
    default:
      return false;
  }
}

/// Replaces readers of `id` by copies of the body (the only reader gets the body itself, under its
/// own ids).
PlanPtr Inline(const PlanPtr& p, int64_t id, const PlanPtr& body) {
  if (const auto* shared = As<plan::Shared>(p)) {
    if (shared->id != id) {
      return p;
    }
    std::map<ColumnId, ColumnId> mapping;
    const PlanPtr copy = plan::WithNewIds(body, &mapping);
    const auto output = copy->Output();
    ExpressionList list;
    for (size_t i = 0; i < shared->columns.size(); ++i) {
      list.push_back(
          plan::MakeAlias(ToColumn(output[i]), shared->columns[i].name, shared->columns[i].id));
    }
    return plan::MakeProject(copy, std::move(list));
  }
  std::vector<PlanPtr> inputs;
  for (const auto& input : p->inputs) {
    inputs.push_back(Inline(input, id, body));
  }
  return plan::WithInputs(p, std::move(inputs));
}

/// What each reader of `id` filters by, in terms of the body's columns; a reader without a filter
/// ends the search.
bool CollectFilters(const PlanPtr& p, int64_t id, const plan::Columns& body,
                    std::vector<ExpressionPtr>* filters) {
  if (const auto* filter = As<plan::Filter>(p)) {
    if (const auto* shared = As<plan::Shared>(p->inputs[0]);
        shared != nullptr && shared->id == id) {
      std::map<ColumnId, ExpressionPtr> mapping;
      for (size_t i = 0; i < shared->columns.size(); ++i) {
        mapping[shared->columns[i].id] = ToColumn(body[i]);
      }
      ExpressionList kept;
      for (const auto& conjunct : plan::SplitConjuncts(filter->condition)) {
        if (plan::IsDeterministic(conjunct)) {
          kept.push_back(Substitute(conjunct, mapping));
        }
      }
      if (kept.empty()) {
        return false;
      }
      filters->push_back(plan::MakeAnd(std::move(kept)));
      return true;
    }
  }
  if (const auto* shared = As<plan::Shared>(p)) {
    return shared->id != id;
  }
  for (const auto& input : p->inputs) {
    if (!CollectFilters(input, id, body, filters)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<PlanPtr> ReviewShared(const PlanPtr& original, RuleContext& context) {
  PlanPtr p = original;
  // Outer bodies first: inlining one adds readers of the inner ones.
  const auto order = context.shared_order;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const int64_t id = *it;
    std::map<int64_t, int> readers;
    CountReaders(p, &readers);
    for (const auto& [other, body] : context.shared) {
      CountReaders(body, &readers);
    }
    const PlanPtr body = context.shared[id];
    if (readers[id] > 1 && !IsCheap(body)) {
      continue;
    }
    p = Inline(p, id, body);
    context.shared.erase(id);
    for (auto& [other, plan] : context.shared) {
      plan = Inline(plan, id, body);
    }
    std::erase(context.shared_order, id);
  }
  for (auto it = context.shared_order.rbegin(); it != context.shared_order.rend(); ++it) {
    PlanPtr& body = context.shared[*it];
    const auto output = body->Output();
    std::vector<ExpressionPtr> filters;
    bool all = CollectFilters(p, *it, output, &filters);
    for (const auto& [id, other] : context.shared) {
      all = all && (id == *it || CollectFilters(other, *it, output, &filters));
    }
    if (!all || filters.empty() || body->kind == PlanKind::kLimit) {
      continue;
    }
    const auto condition =
        SimplifyBoolean(plan::MakeOr(ExpressionList(filters.begin(), filters.end())));
    if (!IsTrueLiteral(condition)) {
      body = plan::MakeFilter(body, condition);
    }
  }
  return p;
}

}  // namespace emery::optimizer
