#include "optimizer/optimizer.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

struct Step {
  const char* name;
  Rule rule;
  bool required;    // a plan can't run without it
  bool whole_plan;  // sees main plan and shared bodies at once
};

// In order; the reason for a place stands behind it.
constexpr Step kSteps[] = {
    {"RaiseConstantErrors", RaiseConstantErrors, false, true},  // before any rule drops what fails
    {"SimplifyExpressions", SimplifyExpressions, false,
     false},  // subqueries inside constants go first
    {"SubqueriesToJoins", SubqueriesToJoins, true, false},
    {"Decorrelate", Decorrelate, true, false},
    {"SimplifyPlan", SimplifyPlan, false, false},
    {"PushFilters", PushFilters, false,
     false},  // so that readers of shared plans show their filters
    {"ReviewShared", ReviewShared, true, true},
    {"SimplifyPlan", SimplifyPlan, false, false},  // merges what inlining left
    {"PushFilters", PushFilters, false, false},
    {"SimplifyExpressions", SimplifyExpressions, false,
     false},  // conditions put together by pushing
    {"PushFilters", PushFilters, false, false},
    {"PruneColumns", PruneColumns, false, false},  // estimates need to know the columns that stay
    {"PruneShared", PruneShared, false, true},
    {"OrderJoins", OrderJoins, false, false},
    {"PushFilters", PushFilters, false, false},
    {"SimplifyPlan", SimplifyPlan, false, false},
    {"PushLimits", PushLimits, false, false},
    {"PruneColumns", PruneColumns, false, false},
    {"SimplifyPlan", SimplifyPlan, false, false},
};

/// Collects the bodies of Shared nodes, inner ones first.
void CollectShared(const PlanPtr& p, RuleContext* context) {
  if (const auto* shared = As<plan::Shared>(p)) {
    if (context->shared.count(shared->id) == 0) {
      CollectShared(p->inputs[0], context);
      context->shared[shared->id] = p->inputs[0];
      context->shared_order.push_back(shared->id);
    }
    return;
  }
  plan::VisitExpressions(*p, [&](const plan::ExpressionPtr& e) {
    if (e == nullptr) {
      return;
    }
    plan::AnyOf(e, [&](const plan::Expression& node) {
      if (const auto* subquery = As<plan::Subquery>(&node)) {
        CollectShared(subquery->plan, context);
      }
      return false;
    });
  });
  for (const auto& input : p->inputs) {
    CollectShared(input, context);
  }
}

/// Shared nodes with their bodies as they are now.
PlanPtr Refresh(const PlanPtr& p, const RuleContext& context,
                std::map<int64_t, PlanPtr>* refreshed) {
  if (const auto* shared = As<plan::Shared>(p)) {
    const auto it = context.shared.find(shared->id);
    if (it == context.shared.end()) {
      return p;
    }
    auto [known, added] = refreshed->emplace(shared->id, nullptr);
    if (added) {
      const PlanPtr body = Refresh(it->second, context, refreshed);
      (*refreshed)[shared->id] = body;
    }
    return plan::WithInputs(p, {(*refreshed)[shared->id]});
  }
  std::vector<PlanPtr> inputs;
  inputs.reserve(p->inputs.size());
  for (const auto& input : p->inputs) {
    inputs.push_back(Refresh(input, context, refreshed));
  }
  PlanPtr result = plan::WithInputs(p, std::move(inputs));
  return plan::MapExpressions(result, [&](const plan::ExpressionPtr& e) -> plan::ExpressionPtr {
    if (e == nullptr || !plan::AnyOf(e, [](const plan::Expression& n) {
          return n.kind == plan::ExpressionKind::kSubquery;
        })) {
      return e;
    }
    return plan::TransformUp(e, [&](const plan::ExpressionPtr& node) -> plan::ExpressionPtr {
      const auto* subquery = As<plan::Subquery>(node);
      if (subquery == nullptr) {
        return node;
      }
      auto copy = std::make_shared<plan::Subquery>(*subquery);
      copy->plan = Refresh(subquery->plan, context, refreshed);
      return copy;
    });
  });
}

std::set<std::string> Excluded(const base::Config& config) {
  std::set<std::string> names;
  std::string list = config.GetString("emery.optimizer.excludedRules");
  size_t begin = 0;
  while (begin <= list.size()) {
    size_t end = list.find(',', begin);
    end = end == std::string::npos ? list.size() : end;
    std::string name = list.substr(begin, end - begin);
    std::erase(name, ' ');
    if (!name.empty()) {
      names.insert(name);
    }
    begin = end + 1;
  }
  return names;
}

}  // namespace

Result<PlanPtr> Optimize(const PlanPtr& original,
                         std::shared_ptr<const functions::QueryContext> query,
                         const base::Config& config, std::vector<RuleTrace>* trace) {
  RuleContext context;
  context.query = std::move(query);
  context.config = &config;
  CollectShared(original, &context);
  const auto excluded = Excluded(config);
  PlanPtr p = original;
  const auto output = original->Output();
  for (const auto& step : kSteps) {
    if (!step.required && excluded.count(step.name) > 0) {
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    const PlanPtr before = p;
    if (!step.whole_plan) {
      for (const auto id : context.shared_order) {
        std::map<int64_t, PlanPtr> refreshed;
        const PlanPtr body = Refresh(context.shared[id], context, &refreshed);
        ARROW_ASSIGN_OR_RAISE(context.shared[id], step.rule(body, context));
      }
    }
    std::map<int64_t, PlanPtr> refreshed;
    p = Refresh(p, context, &refreshed);
    ARROW_ASSIGN_OR_RAISE(p, step.rule(p, context));
    if (trace != nullptr) {
      const auto spent = std::chrono::steady_clock::now() - begin;
      trace->push_back({step.name, p != before,
                        std::chrono::duration_cast<std::chrono::microseconds>(spent).count()});
    }
    const auto now = p->Output();
    bool same = now.size() == output.size();
    for (size_t i = 0; same && i < now.size(); ++i) {
      same = now[i].id == output[i].id && now[i].type->SameType(*output[i].type);
    }
    if (!same) {
      return base::InternalError(std::string("an optimizer rule changed the output of a plan: ") +
                                 step.name);
    }
  }
  std::map<int64_t, PlanPtr> refreshed;
  return Refresh(p, context, &refreshed);
}

}  // namespace emery::optimizer
