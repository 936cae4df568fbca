// Every node gives only what is asked of it, top-down: scans read fewer columns, hash tables and
// sorts carry fewer.

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

void Add(IdSet* ids, const ExpressionPtr& e) {
  if (e != nullptr) {
    ids->merge(ColumnsOf(e));
  }
}

PlanPtr Prune(const PlanPtr& p, const IdSet& required);

/// `p` pruned, and narrowed by a projection where it still gives more than `required`.
PlanPtr PruneTo(const PlanPtr& p, const IdSet& required) {
  const PlanPtr pruned = Prune(p, required);
  plan::Columns wanted;
  const auto output = pruned->Output();
  for (const auto& column : output) {
    if (required.count(column.id.value) > 0) {
      wanted.push_back(column);
    }
  }
  return wanted.size() == output.size() ? pruned : Restrict(pruned, wanted);
}

PlanPtr PruneAll(const PlanPtr& p) {
  std::vector<PlanPtr> inputs;
  for (const auto& input : p->inputs) {
    inputs.push_back(Prune(input, OutputIds(input)));
  }
  return plan::WithInputs(p, std::move(inputs));
}

PlanPtr PruneScan(const plan::Scan& scan, const PlanPtr& p, const IdSet& required) {
  IdSet needed = required;
  for (const auto& conjunct : scan.filter) {
    Add(&needed, conjunct);
  }
  plan::Columns columns;
  std::vector<int> fields;
  for (size_t i = 0; i < scan.columns.size(); ++i) {
    if (needed.count(scan.columns[i].id.value) > 0) {
      columns.push_back(scan.columns[i]);
      fields.push_back(scan.field_indexes[i]);
    }
  }
  if (columns.size() == scan.columns.size()) {
    return p;
  }
  auto copy = std::make_shared<plan::Scan>(scan);
  copy->columns = std::move(columns);
  copy->field_indexes = std::move(fields);
  return copy;
}

PlanPtr Prune(const PlanPtr& p, const IdSet& required) {
  switch (p->kind) {
    case PlanKind::kScan:
      return PruneScan(*As<plan::Scan>(p), p, required);
    case PlanKind::kProject: {
      const auto& project = *As<plan::Project>(p);
      ExpressionList list;
      IdSet below;
      for (const auto& e : project.expressions) {
        const auto* alias = As<plan::Alias>(e);
        const ColumnId id = alias != nullptr ? alias->id : As<plan::Column>(e)->id;
        if (required.count(id.value) > 0) {
          list.push_back(e);
          Add(&below, e);
        }
      }
      return plan::MakeProject(Prune(project.inputs[0], below), std::move(list));
    }
    case PlanKind::kFilter: {
      IdSet below = required;
      Add(&below, As<plan::Filter>(p)->condition);
      return plan::WithInputs(p, {PruneTo(p->inputs[0], below)});
    }
    case PlanKind::kJoin: {
      const auto& join = *As<plan::Join>(p);
      IdSet below = required;
      Add(&below, join.condition);
      return plan::WithInputs(p, {PruneTo(p->inputs[0], below), PruneTo(p->inputs[1], below)});
    }
    case PlanKind::kAggregate: {
      const auto& group = *As<plan::GroupBy>(p);
      auto copy = std::make_shared<plan::GroupBy>(group);
      copy->aggregates.clear();
      IdSet below;
      for (const auto& e : group.groups) {
        Add(&below, e);
      }
      for (const auto& e : group.aggregates) {
        const auto* alias = As<plan::Alias>(e);
        if (alias == nullptr || required.count(alias->id.value) > 0) {
          copy->aggregates.push_back(e);
          Add(&below, e);
        }
      }
      copy->inputs = {PruneTo(p->inputs[0], below)};
      return copy;
    }
    case PlanKind::kSort: {
      IdSet below = required;
      for (const auto& order : As<plan::Sort>(p)->order) {
        Add(&below, order.expression);
      }
      return plan::WithInputs(p, {PruneTo(p->inputs[0], below)});
    }
    case PlanKind::kLimit:
    case PlanKind::kSample:
      return plan::WithInputs(p, {PruneTo(p->inputs[0], required)});
    case PlanKind::kWindow: {
      const auto& window = *As<plan::WindowPlan>(p);
      auto copy = std::make_shared<plan::WindowPlan>(window);
      copy->windows.clear();
      IdSet below = required;
      for (const auto& e : window.windows) {
        const auto* alias = As<plan::Alias>(e);
        if (required.count(alias->id.value) > 0) {
          copy->windows.push_back(e);
          Add(&below, e);
        }
      }
      PlanPtr input = PruneTo(p->inputs[0], below);
      if (copy->windows.empty()) {
        return input;
      }
      copy->inputs = {std::move(input)};
      return copy;
    }
    case PlanKind::kGenerate: {
      IdSet below = required;
      Add(&below, As<plan::Generate>(p)->generator);
      return plan::WithInputs(p, {PruneTo(p->inputs[0], below)});
    }
    case PlanKind::kExpand: {
      const auto& expand = *As<plan::Expand>(p);
      auto copy = std::make_shared<plan::Expand>(expand);
      copy->columns.clear();
      for (auto& projection : copy->projections) {
        projection.clear();
      }
      IdSet below;
      for (size_t c = 0; c < expand.columns.size(); ++c) {
        if (required.count(expand.columns[c].id.value) == 0) {
          continue;
        }
        copy->columns.push_back(expand.columns[c]);
        for (size_t i = 0; i < expand.projections.size(); ++i) {
          copy->projections[i].push_back(expand.projections[i][c]);
          Add(&below, expand.projections[i][c]);
        }
      }
      copy->inputs = {PruneTo(p->inputs[0], below)};
      return copy;
    }
    case PlanKind::kSetOperation: {
      const auto& set = *As<plan::SetOperation>(p);
      if (set.operation != plan::SetOperationKind::kUnion || !set.all) {
        return PruneAll(p);  // which rows are equal depends on every column
      }
      auto copy = std::make_shared<plan::SetOperation>(set);
      copy->columns.clear();
      std::vector<size_t> kept;
      for (size_t c = 0; c < set.columns.size(); ++c) {
        if (required.count(set.columns[c].id.value) > 0) {
          copy->columns.push_back(set.columns[c]);
          kept.push_back(c);
        }
      }
      for (auto& input : copy->inputs) {
        const auto output = input->Output();
        plan::Columns wanted;
        IdSet below;
        for (const size_t c : kept) {
          wanted.push_back(output[c]);
          below.insert(output[c].id.value);
        }
        input = Restrict(Prune(input, below), wanted);
      }
      return copy;
    }
    case PlanKind::kValues: {
      const auto& values = *As<plan::Values>(p);
      auto copy = std::make_shared<plan::Values>(values);
      copy->columns.clear();
      for (auto& row : copy->rows) {
        row.clear();
      }
      for (size_t c = 0; c < values.columns.size(); ++c) {
        if (required.count(values.columns[c].id.value) > 0) {
          copy->columns.push_back(values.columns[c]);
          for (size_t r = 0; r < values.rows.size(); ++r) {
            copy->rows[r].push_back(values.rows[r][c]);
          }
        }
      }
      return copy->columns.size() == values.columns.size() ? p : PlanPtr(copy);
    }
    case PlanKind::kShared:
    case PlanKind::kRange:
    case PlanKind::kRecursiveReference:
      return p;
    default:
      return PruneAll(p);
  }
}

}  // namespace

Result<PlanPtr> PruneColumns(const PlanPtr& p, RuleContext& /*context*/) {
  return Restrict(Prune(p, OutputIds(p)), p->Output());
}

namespace {

void CollectRequired(const PlanPtr& p, std::map<int64_t, std::vector<bool>>* used,
                     const IdSet& asked) {
  if (const auto* shared = As<plan::Shared>(p)) {
    auto& flags = (*used)[shared->id];
    flags.resize(shared->columns.size(), false);
    for (size_t i = 0; i < shared->columns.size(); ++i) {
      flags[i] = flags[i] || asked.count(shared->columns[i].id.value) > 0;
    }
    return;
  }
  // What any expression of this node or a node above names is asked for: a superset that is exact
  // after PruneColumns.
  IdSet all = asked;
  plan::VisitExpressions(*p, [&](const ExpressionPtr& e) { Add(&all, e); });
  const bool by_position = p->kind == PlanKind::kSetOperation || p->kind == PlanKind::kRecursive ||
                           p->kind == PlanKind::kDistinct;
  for (const auto& input : p->inputs) {
    if (by_position) {
      IdSet whole = all;
      whole.merge(OutputIds(input));
      CollectRequired(input, used, whole);
    } else {
      CollectRequired(input, used, all);
    }
  }
}

PlanPtr NarrowShared(const PlanPtr& p, int64_t id, const std::vector<bool>& used,
                     const PlanPtr& body) {
  if (const auto* shared = As<plan::Shared>(p)) {
    if (shared->id != id) {
      return p;
    }
    auto copy = std::make_shared<plan::Shared>(*shared);
    copy->columns.clear();
    for (size_t i = 0; i < shared->columns.size(); ++i) {
      if (used[i]) {
        copy->columns.push_back(shared->columns[i]);
      }
    }
    copy->inputs = {body};
    return copy;
  }
  std::vector<PlanPtr> inputs;
  for (const auto& input : p->inputs) {
    inputs.push_back(NarrowShared(input, id, used, body));
  }
  return plan::WithInputs(p, std::move(inputs));
}

}  // namespace

/// Shared bodies lose the columns that no reader uses. Readers must have been pruned before.
Result<PlanPtr> PruneShared(const PlanPtr& original, RuleContext& context) {
  PlanPtr p = original;
  for (auto it = context.shared_order.rbegin(); it != context.shared_order.rend(); ++it) {
    std::map<int64_t, std::vector<bool>> used;
    CollectRequired(p, &used, OutputIds(p));
    for (const auto& [id, body] : context.shared) {
      CollectRequired(body, &used, OutputIds(body));
    }
    const auto found = used.find(*it);
    if (found == used.end()) {
      continue;
    }
    auto& flags = found->second;
    if (std::find(flags.begin(), flags.end(), false) == flags.end()) {
      continue;
    }
    PlanPtr& body = context.shared[*it];
    const auto output = body->Output();
    plan::Columns wanted;
    IdSet required;
    for (size_t i = 0; i < output.size(); ++i) {
      if (flags[i]) {
        wanted.push_back(output[i]);
        required.insert(output[i].id.value);
      }
    }
    body = Restrict(Prune(body, required), wanted);
    const PlanPtr narrowed = body;
    const std::vector<bool> kept = flags;
    p = NarrowShared(p, *it, kept, narrowed);
    for (auto& [id, other] : context.shared) {
      if (id != *it) {
        other = NarrowShared(other, *it, kept, narrowed);
      }
    }
  }
  return p;
}

}  // namespace emery::optimizer
