#include "planner/planner.h"

#include <algorithm>

#include "planner/planner_internal.h"

namespace emery::planner {

using physical::NodePtr;
using plan::As;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

/// Above this many rows a full sort that spills is better than a heap in memory.
constexpr int64_t kTopRowsMax = 1'000'000;

std::vector<physical::OutputColumn> OutputOf(const plan::Columns& columns) {
  std::vector<physical::OutputColumn> output;
  output.reserve(columns.size());
  for (const auto& column : columns) {
    output.push_back({column.name, column.type});
  }
  return output;
}

std::vector<plan::ColumnId> IdsOf(const plan::Columns& columns) {
  std::vector<plan::ColumnId> ids;
  ids.reserve(columns.size());
  for (const auto& column : columns) {
    ids.push_back(column.id);
  }
  return ids;
}

const ExpressionPtr& BelowAlias(const ExpressionPtr& e) {
  const auto* alias = As<plan::Alias>(e);
  return alias != nullptr ? alias->children[0] : e;
}

}  // namespace

Result<NodePtr> Planning::PlanAs(const PlanPtr& p, const std::vector<plan::ColumnId>& ids) {
  ARROW_ASSIGN_OR_RAISE(auto planned, Plan(p));
  if (planned.ids == ids) {
    return planned.node;
  }
  const auto positions = PositionsOf(planned.ids);
  auto node = NewNode<physical::Project>();
  for (const auto id : ids) {
    const auto it = positions.find(id.value);
    if (it == positions.end()) {
      return base::InternalError("a column is not in its plan's output: #" +
                                 std::to_string(id.value));
    }
    node->expressions.push_back(MakeOrdinal(it->second, planned.node->output[it->second]));
    node->output.push_back(planned.node->output[it->second]);
  }
  node->estimated_rows = planned.node->estimated_rows;
  node->inputs = {planned.node};
  return NodePtr(node);
}

Result<Planned> Planning::PlanScan(const plan::Scan& scan,
                                   const std::vector<plan::ColumnId>* wanted) {
  auto node = NewNode<physical::Scan>();
  node->table = scan.table;
  node->name = scan.name;
  node->field_indexes = scan.field_indexes;
  const auto ids = IdsOf(scan.columns);
  const auto positions = PositionsOf(ids);
  node->request = OutputOf(scan.columns);
  ARROW_ASSIGN_OR_RAISE(node->filter, Bind(scan.filter, positions));
  Planned result;
  result.ids = wanted != nullptr ? *wanted : ids;
  for (const auto id : result.ids) {
    const int position = positions.at(id.value);
    node->projection.push_back(position);
    node->output.push_back(node->request[position]);
  }
  result.node = node;
  return result;
}

Result<Planned> Planning::PlanProject(const plan::Project& project) {
  const auto& input = project.inputs[0];
  // A choice of a scan's columns is the scan's own business.
  if (const auto* scan = As<plan::Scan>(input)) {
    std::vector<plan::ColumnId> wanted;
    const auto known = PositionsOf(IdsOf(scan->columns));
    for (const auto& e : project.expressions) {
      const auto* column = As<plan::Column>(e);
      if (column == nullptr || known.count(column->id.value) == 0) {
        break;
      }
      wanted.push_back(column->id);
    }
    if (wanted.size() == project.expressions.size()) {
      ARROW_ASSIGN_OR_RAISE(auto planned, PlanScan(*scan, &wanted));
      std::const_pointer_cast<physical::Node>(planned.node)->estimated_rows =
          estimator_.Rows(input);
      return planned;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto below, Plan(input));
  const auto positions = PositionsOf(below.ids);
  auto node = NewNode<physical::Project>();
  Planned result;
  for (const auto& column : project.Output()) {
    result.ids.push_back(column.id);
    node->output.push_back({column.name, column.type});
  }
  for (const auto& e : project.expressions) {
    ARROW_ASSIGN_OR_RAISE(auto bound, Bind(BelowAlias(e), positions));
    node->expressions.push_back(std::move(bound));
  }
  node->inputs = {below.node};
  result.node = node;
  return result;
}

Result<Planned> Planning::PlanGroupBy(const plan::GroupBy& group) {
  ARROW_ASSIGN_OR_RAISE(auto input, Plan(group.inputs[0]));
  const auto positions = PositionsOf(input.ids);
  auto node = NewNode<physical::HashAggregate>();
  Planned result;
  for (const auto& column : group.Output()) {
    result.ids.push_back(column.id);
    node->output.push_back({column.name, column.type});
  }
  for (const auto& e : group.groups) {
    ARROW_ASSIGN_OR_RAISE(auto bound, Bind(BelowAlias(e), positions));
    node->groups.push_back(std::move(bound));
  }
  for (const auto& e : group.aggregates) {
    const auto* aggregate = As<plan::Aggregate>(BelowAlias(e));
    if (aggregate == nullptr) {
      return base::InternalError("not an aggregate call: " + plan::ToString(e));
    }
    physical::AggregateCall call;
    call.name = aggregate->name;
    call.mode = aggregate->mode;
    call.distinct = aggregate->distinct;
    call.ignore_nulls = aggregate->ignore_nulls;
    call.type = aggregate->type;
    ARROW_ASSIGN_OR_RAISE(call.arguments, Bind(aggregate->children, positions));
    ARROW_ASSIGN_OR_RAISE(call.filter, Bind(aggregate->filter, positions));
    ARROW_ASSIGN_OR_RAISE(call.order_by, Bind(aggregate->order_by, positions));
    node->aggregates.push_back(std::move(call));
  }
  node->inputs = {input.node};
  result.node = node;
  return result;
}

Result<Planned> Planning::PlanDistinct(const plan::Distinct& distinct) {
  ARROW_ASSIGN_OR_RAISE(auto input, Plan(distinct.inputs[0]));
  return Planned{DistinctRows(input.node), input.ids};
}

Result<Planned> Planning::PlanLimit(const plan::Limit& limit) {
  const auto* sort = As<plan::Sort>(limit.inputs[0]);
  if (sort != nullptr && sort->global && limit.limit >= 0 &&
      limit.limit <= kTopRowsMax - limit.offset) {
    ARROW_ASSIGN_OR_RAISE(auto input, Plan(sort->inputs[0]));
    auto node = NewNode<physical::TopN>();
    ARROW_ASSIGN_OR_RAISE(node->order, Bind(sort->order, PositionsOf(input.ids)));
    node->limit = limit.limit;
    node->offset = limit.offset;
    node->output = input.node->output;
    node->inputs = {input.node};
    return Planned{node, input.ids};
  }
  ARROW_ASSIGN_OR_RAISE(auto input, Plan(limit.inputs[0]));
  auto node = NewNode<physical::Limit>();
  node->limit = limit.limit;
  node->offset = limit.offset;
  node->output = input.node->output;
  node->inputs = {input.node};
  return Planned{node, input.ids};
}

Result<Planned> Planning::PlanWindow(const plan::WindowPlan& window) {
  ARROW_ASSIGN_OR_RAISE(auto input, Plan(window.inputs[0]));
  const auto positions = PositionsOf(input.ids);
  auto node = NewNode<physical::Window>();
  Planned result;
  result.ids = input.ids;
  node->output = input.node->output;
  bool first = true;
  for (const auto& e : window.windows) {
    const auto* alias = As<plan::Alias>(e);
    const auto* call = As<plan::Window>(BelowAlias(e));
    if (alias == nullptr || call == nullptr) {
      return base::InternalError("not a named window call: " + plan::ToString(e));
    }
    if (first) {
      ARROW_ASSIGN_OR_RAISE(node->partition_by, Bind(call->spec.partition_by, positions));
      ARROW_ASSIGN_OR_RAISE(node->order_by, Bind(call->spec.order_by, positions));
      first = false;
    }
    physical::WindowCall bound;
    bound.name = call->name;
    bound.mode = call->mode;
    bound.is_aggregate = call->is_aggregate;
    bound.distinct = call->distinct;
    bound.ignore_nulls = call->ignore_nulls;
    bound.type = call->type;
    ARROW_ASSIGN_OR_RAISE(bound.arguments, Bind(call->children, positions));
    ARROW_ASSIGN_OR_RAISE(bound.filter, Bind(call->filter, positions));
    if (!call->spec.frame) {
      return base::InternalError("a window call without a frame: " + plan::ToString(e));
    }
    bound.frame = *call->spec.frame;
    ARROW_ASSIGN_OR_RAISE(bound.frame.start.offset, Bind(bound.frame.start.offset, positions));
    ARROW_ASSIGN_OR_RAISE(bound.frame.end.offset, Bind(bound.frame.end.offset, positions));
    node->calls.push_back(std::move(bound));
    node->output.push_back({alias->name, call->type});
    result.ids.push_back(alias->id);
  }
  node->inputs = {input.node};
  result.node = node;
  return result;
}

Result<Planned> Planning::PlanGenerate(const plan::Generate& generate) {
  ARROW_ASSIGN_OR_RAISE(auto input, Plan(generate.inputs[0]));
  const auto* generator = As<plan::Generator>(generate.generator);
  if (generator == nullptr) {
    return base::InternalError("not a generator: " + plan::ToString(generate.generator));
  }
  auto node = NewNode<physical::Generate>();
  node->name = generator->name;
  node->outer = generate.outer || generator->outer;
  ARROW_ASSIGN_OR_RAISE(node->arguments, Bind(generator->children, PositionsOf(input.ids)));
  Planned result;
  result.ids = input.ids;
  node->output = input.node->output;
  for (size_t i = 0; i < input.ids.size(); ++i) {
    node->projection.push_back(static_cast<int>(i));
  }
  for (const auto& column : generate.columns) {
    result.ids.push_back(column.id);
    node->output.push_back({column.name, column.type});
  }
  node->inputs = {input.node};
  result.node = node;
  return result;
}

Result<Planned> Planning::PlanShared(const plan::Shared& shared) {
  auto it = shared_.find(shared.id);
  if (it == shared_.end()) {
    ARROW_ASSIGN_OR_RAISE(auto input, PlanAs(shared.inputs[0], IdsOf(shared.inputs[0]->Output())));
    std::const_pointer_cast<physical::Node>(input)->estimated_rows =
        estimator_.Rows(shared.inputs[0]);
    it = shared_.emplace(shared.id, Planned{std::move(input), IdsOf(shared.inputs[0]->Output())})
             .first;
  }
  auto node = NewNode<physical::Shared>();
  node->shared_id = shared.id;
  node->inputs = {it->second.node};
  for (size_t i = 0; i < shared.columns.size(); ++i) {
    node->projection.push_back(static_cast<int>(i));
  }
  node->output = OutputOf(shared.columns);
  return Planned{node, IdsOf(shared.columns)};
}

Result<Planned> Planning::PlanRecursive(const PlanPtr& p) {
  const auto& recursive = *As<plan::Recursive>(p);
  auto node = NewNode<physical::Recursive>();
  node->recursive_id = recursive.id;
  node->name = recursive.name;
  node->distinct = recursive.distinct;
  node->max_depth = recursive.max_depth;
  if (recursive.limit_rows >= 0) {
    node->max_rows = recursive.limit_rows;
  }
  for (const auto& input : recursive.inputs) {
    ARROW_ASSIGN_OR_RAISE(auto side, PlanAs(input, IdsOf(input->Output())));
    node->inputs.push_back(std::move(side));
  }
  node->output = OutputOf(recursive.columns);
  return Planned{node, IdsOf(recursive.columns)};
}

Result<Planned> Planning::Plan(const PlanPtr& p) {
  Planned result;
  switch (p->kind) {
    case PlanKind::kScan: {
      ARROW_ASSIGN_OR_RAISE(result, PlanScan(*As<plan::Scan>(p), nullptr));
      break;
    }
    case PlanKind::kValues: {
      const auto& values = *As<plan::Values>(p);
      auto node = NewNode<physical::Values>();
      node->rows = values.rows;
      node->output = OutputOf(values.columns);
      result = {node, IdsOf(values.columns)};
      break;
    }
    case PlanKind::kRange: {
      const auto& range = *As<plan::Range>(p);
      auto node = NewNode<physical::Range>();
      node->start = range.start;
      node->end = range.end;
      node->step = range.step;
      node->output = OutputOf({range.column});
      result = {node, {range.column.id}};
      break;
    }
    case PlanKind::kProject: {
      ARROW_ASSIGN_OR_RAISE(result, PlanProject(*As<plan::Project>(p)));
      break;
    }
    case PlanKind::kFilter: {
      ARROW_ASSIGN_OR_RAISE(auto input, Plan(p->inputs[0]));
      auto node = NewNode<physical::Filter>();
      ARROW_ASSIGN_OR_RAISE(
          node->conjuncts,
          Bind(plan::SplitConjuncts(As<plan::Filter>(p)->condition), PositionsOf(input.ids)));
      node->output = input.node->output;
      node->inputs = {input.node};
      result = {node, input.ids};
      break;
    }
    case PlanKind::kJoin: {
      ARROW_ASSIGN_OR_RAISE(result, PlanJoin(p));
      break;
    }
    case PlanKind::kAggregate: {
      ARROW_ASSIGN_OR_RAISE(result, PlanGroupBy(*As<plan::GroupBy>(p)));
      break;
    }
    case PlanKind::kSort: {
      ARROW_ASSIGN_OR_RAISE(auto input, Plan(p->inputs[0]));
      auto node = NewNode<physical::Sort>();
      ARROW_ASSIGN_OR_RAISE(node->order, Bind(As<plan::Sort>(p)->order, PositionsOf(input.ids)));
      node->output = input.node->output;
      node->inputs = {input.node};
      result = {node, input.ids};
      break;
    }
    case PlanKind::kLimit: {
      ARROW_ASSIGN_OR_RAISE(result, PlanLimit(*As<plan::Limit>(p)));
      break;
    }
    case PlanKind::kSetOperation: {
      ARROW_ASSIGN_OR_RAISE(result, PlanSetOperation(*As<plan::SetOperation>(p)));
      break;
    }
    case PlanKind::kDistinct: {
      ARROW_ASSIGN_OR_RAISE(result, PlanDistinct(*As<plan::Distinct>(p)));
      break;
    }
    case PlanKind::kWindow: {
      ARROW_ASSIGN_OR_RAISE(result, PlanWindow(*As<plan::WindowPlan>(p)));
      break;
    }
    case PlanKind::kGenerate: {
      ARROW_ASSIGN_OR_RAISE(result, PlanGenerate(*As<plan::Generate>(p)));
      break;
    }
    case PlanKind::kExpand: {
      const auto& expand = *As<plan::Expand>(p);
      ARROW_ASSIGN_OR_RAISE(auto input, Plan(p->inputs[0]));
      const auto positions = PositionsOf(input.ids);
      auto node = NewNode<physical::Expand>();
      for (const auto& projection : expand.projections) {
        ARROW_ASSIGN_OR_RAISE(auto bound, Bind(projection, positions));
        node->projections.push_back(std::move(bound));
      }
      node->output = OutputOf(expand.columns);
      node->inputs = {input.node};
      result = {node, IdsOf(expand.columns)};
      break;
    }
    case PlanKind::kSample: {
      const auto& sample = *As<plan::Sample>(p);
      ARROW_ASSIGN_OR_RAISE(auto input, Plan(p->inputs[0]));
      auto node = NewNode<physical::Sample>();
      node->lower = sample.lower;
      node->upper = sample.upper;
      node->with_replacement = sample.with_replacement;
      node->seed = sample.seed.value_or(context_ != nullptr ? context_->query_start_us : 0);
      node->output = input.node->output;
      node->inputs = {input.node};
      result = {node, input.ids};
      break;
    }
    case PlanKind::kShared: {
      ARROW_ASSIGN_OR_RAISE(result, PlanShared(*As<plan::Shared>(p)));
      break;
    }
    case PlanKind::kRecursive: {
      ARROW_ASSIGN_OR_RAISE(result, PlanRecursive(p));
      break;
    }
    case PlanKind::kRecursiveReference: {
      const auto& reference = *As<plan::RecursiveReference>(p);
      auto node = NewNode<physical::RecursiveReference>();
      node->recursive_id = reference.id;
      node->output = OutputOf(reference.columns);
      result = {node, IdsOf(reference.columns)};
      break;
    }
    default:
      return base::InternalError("a plan node that can't be run was left after optimization: " +
                                 plan::NodeToString(*p));
  }
  if (result.node->estimated_rows < 0) {
    // Made in this call and not shared yet.
    std::const_pointer_cast<physical::Node>(result.node)->estimated_rows = estimator_.Rows(p);
  }
  return result;
}

Result<NodePtr> PlanPhysical(const PlanPtr& plan,
                             std::shared_ptr<const functions::QueryContext> context) {
  Planning planning(std::move(context));
  return planning.PlanAs(plan, IdsOf(plan->Output()));
}

}  // namespace emery::planner
