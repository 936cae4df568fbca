// Nodes that do nothing go away: projections over projections, sorts below what forgets order,
// distincts of distinct rows.

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

int Uses(const ExpressionPtr& e, ColumnId id) {
  int count = 0;
  plan::AnyOf(e, [&](const plan::Expression& node) {
    if (const auto* column = As<plan::Column>(&node)) {
      count += column->id == id;
    }
    return false;
  });
  return count;
}

bool IsCheap(const ExpressionPtr& e) {
  return As<plan::Column>(e) != nullptr || As<plan::Literal>(e) != nullptr ||
         (As<plan::Cast>(e) != nullptr && IsCheap(e->children[0]));
}

/// Project over Project in one, unless something would be computed more than once.
PlanPtr MergeProjects(const PlanPtr& p) {
  const auto* outer = As<plan::Project>(p);
  const auto* inner = As<plan::Project>(p->inputs[0]);
  if (outer == nullptr || inner == nullptr) {
    return p;
  }
  std::map<ColumnId, ExpressionPtr> definitions;
  for (const auto& e : inner->expressions) {
    const auto* alias = As<plan::Alias>(e);
    if (alias == nullptr) {
      continue;
    }
    int uses = 0;
    for (const auto& user : outer->expressions) {
      uses += Uses(user, alias->id);
    }
    if (!plan::IsDeterministic(alias->children[0]) || (uses > 1 && !IsCheap(alias->children[0]))) {
      return p;
    }
    definitions[alias->id] = alias->children[0];
  }
  ExpressionList list;
  for (const auto& e : outer->expressions) {
    if (const auto* column = As<plan::Column>(e)) {
      const auto it = definitions.find(column->id);
      list.push_back(
          it == definitions.end() ? e : plan::MakeAlias(it->second, column->name, column->id));
    } else {
      list.push_back(Substitute(e, definitions));
    }
  }
  return plan::MakeProject(inner->inputs[0], std::move(list));
}

bool IsIdentity(const plan::Project& project) {
  const auto below = project.inputs[0]->Output();
  if (below.size() != project.expressions.size()) {
    return false;
  }
  for (size_t i = 0; i < below.size(); ++i) {
    const auto* column = As<plan::Column>(project.expressions[i]);
    if (column == nullptr || column->id != below[i].id || column->name != below[i].name) {
      return false;
    }
  }
  return true;
}

/// Order of rows does not reach above `p`.
PlanPtr WithoutSort(const PlanPtr& p) {
  if (p->kind == PlanKind::kSort) {
    return WithoutSort(p->inputs[0]);
  }
  if (p->kind == PlanKind::kProject || p->kind == PlanKind::kFilter) {
    return plan::WithInputs(p, {WithoutSort(p->inputs[0])});
  }
  return p;
}

bool OrderSensitive(const plan::GroupBy& group) {
  static const std::unordered_set<std::string> kByOrder = {
      "first",   "first_value", "last",   "last_value", "any_value", "collect_list", "array_agg",
      "listagg", "string_agg",  "max_by", "min_by",     "mode",      "collect_set"};
  for (const auto& e : group.aggregates) {
    const auto* aggregate = As<plan::Aggregate>(BelowAlias(e));
    if (aggregate == nullptr || kByOrder.count(aggregate->name) > 0) {
      return true;
    }
  }
  return false;
}

/// The columns by which rows of `p` are known to be distinct already.
bool IsDistinct(const PlanPtr& p) {
  if (p->kind == PlanKind::kDistinct) {
    return true;
  }
  if (const auto* group = As<plan::GroupBy>(p)) {
    return !group->groups.empty();
  }
  if (const auto* set = As<plan::SetOperation>(p)) {
    return !set->all;
  }
  if (p->kind == PlanKind::kFilter || p->kind == PlanKind::kSort || p->kind == PlanKind::kLimit) {
    return IsDistinct(p->inputs[0]);
  }
  return false;
}

}  // namespace

Result<PlanPtr> SimplifyPlan(const PlanPtr& original, RuleContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto p, MapInputs(original, [&](const PlanPtr& input) {
                          return SimplifyPlan(input, context);
                        }));
  switch (p->kind) {
    case PlanKind::kProject: {
      PlanPtr merged = MergeProjects(p);
      const auto* project = As<plan::Project>(merged);
      return project != nullptr && IsIdentity(*project) ? project->inputs[0] : merged;
    }
    case PlanKind::kAggregate:
      return OrderSensitive(*As<plan::GroupBy>(p))
                 ? p
                 : plan::WithInputs(p, {WithoutSort(p->inputs[0])});
    case PlanKind::kDistinct:
      return IsDistinct(p->inputs[0]) ? p->inputs[0]
                                      : plan::WithInputs(p, {WithoutSort(p->inputs[0])});
    case PlanKind::kSetOperation:
    case PlanKind::kJoin: {
      std::vector<PlanPtr> inputs;
      for (const auto& input : p->inputs) {
        inputs.push_back(WithoutSort(input));
      }
      // UNION ALL of UNION ALL is one.
      const auto* set = As<plan::SetOperation>(p);
      if (set != nullptr && set->operation == plan::SetOperationKind::kUnion) {
        std::vector<PlanPtr> flat;
        for (const auto& input : inputs) {
          const auto* inner = As<plan::SetOperation>(input);
          if (inner != nullptr && inner->operation == plan::SetOperationKind::kUnion &&
              (inner->all || !set->all)) {
            flat.insert(flat.end(), inner->inputs.begin(), inner->inputs.end());
          } else {
            flat.push_back(input);
          }
        }
        inputs = std::move(flat);
      }
      return plan::WithInputs(p, std::move(inputs));
    }
    case PlanKind::kSort: {
      const auto& sort = *As<plan::Sort>(p);
      std::vector<plan::SortOrder> order;
      for (const auto& item : sort.order) {
        if (!plan::IsFoldable(item.expression)) {
          order.push_back(item);
        }
      }
      if (order.empty()) {
        return p->inputs[0];
      }
      auto copy = std::make_shared<plan::Sort>(sort);
      copy->order = std::move(order);
      copy->inputs = {WithoutSort(p->inputs[0])};
      return PlanPtr(copy);
    }
    case PlanKind::kFilter: {
      if (const auto* inner = As<plan::Filter>(p->inputs[0])) {
        return plan::MakeFilter(inner->inputs[0],
                                plan::MakeAnd({inner->condition, As<plan::Filter>(p)->condition}));
      }
      return p;
    }
    default:
      return p;
  }
}

/// A limit goes below projections (so that it meets its sort) and into the branches of a union.
Result<PlanPtr> PushLimits(const PlanPtr& original, RuleContext& context) {
  PlanPtr p = original;
  if (const auto* limit = As<plan::Limit>(p)) {
    const PlanPtr& below = p->inputs[0];
    if (below->kind == PlanKind::kProject) {
      const auto moved = plan::WithInputs(p, {below->inputs[0]});
      return PushLimits(plan::WithInputs(below, {moved}), context);
    }
    if (const auto* inner = As<plan::Limit>(below); inner != nullptr && limit->offset == 0 &&
                                                    inner->offset == 0 && limit->limit >= 0 &&
                                                    inner->limit >= 0) {
      auto both = std::make_shared<plan::Limit>(*inner);
      both->limit = std::min(limit->limit, inner->limit);
      return PushLimits(both, context);
    }
    if (limit->limit >= 0 && limit->limit <= 1'000'000) {
      auto bounded = [&](const PlanPtr& input) -> PlanPtr {
        const auto* known = As<plan::Limit>(input);
        if (known != nullptr && known->limit >= 0 && known->limit <= limit->limit + limit->offset) {
          return input;
        }
        auto copy = std::make_shared<plan::Limit>();
        copy->limit = limit->limit + limit->offset;
        copy->inputs = {input};
        return copy;
      };
      const auto* set = As<plan::SetOperation>(below);
      if (set != nullptr && set->operation == plan::SetOperationKind::kUnion && set->all) {
        std::vector<PlanPtr> inputs;
        for (const auto& input : below->inputs) {
          inputs.push_back(bounded(input));
        }
        p = plan::WithInputs(p, {plan::WithInputs(below, std::move(inputs))});
      }
    }
  }
  return MapInputs(p, [&](const PlanPtr& input) { return PushLimits(input, context); });
}

}  // namespace emery::optimizer
