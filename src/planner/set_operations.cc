#include "planner/planner_internal.h"

namespace emery::planner {

using plan::As;

physical::NodePtr Planning::DistinctRows(physical::NodePtr input) {
  auto node = NewNode<physical::HashAggregate>();
  for (size_t i = 0; i < input->output.size(); ++i) {
    node->groups.push_back(MakeOrdinal(static_cast<int>(i), input->output[i]));
  }
  node->output = input->output;
  node->estimated_rows = input->estimated_rows;
  node->inputs = {std::move(input)};
  return node;
}

physical::NodePtr Planning::NumberEqualRows(physical::NodePtr input) {
  auto node = NewNode<physical::Window>();
  for (size_t i = 0; i < input->output.size(); ++i) {
    node->partition_by.push_back(MakeOrdinal(static_cast<int>(i), input->output[i]));
  }
  physical::WindowCall call;
  call.name = "row_number";
  call.type = type::Int();
  call.frame.unit = plan::FrameUnit::kRows;
  node->calls.push_back(std::move(call));
  node->output = input->output;
  node->output.push_back({"row_number", type::Int()});
  node->estimated_rows = input->estimated_rows;
  node->inputs = {std::move(input)};
  return node;
}

Result<Planned> Planning::PlanIntersectOrExcept(const plan::SetOperation& set) {
  std::vector<physical::NodePtr> sides;
  for (const auto& input : set.inputs) {
    std::vector<plan::ColumnId> ids;
    for (const auto& column : input->Output()) {
      ids.push_back(column.id);
    }
    ARROW_ASSIGN_OR_RAISE(auto side, PlanAs(input, ids));
    sides.push_back(set.all ? NumberEqualRows(std::move(side)) : std::move(side));
  }
  const size_t width = sides[0]->output.size();
  auto join = NewNode<physical::HashJoin>();
  join->join_type = set.operation == plan::SetOperationKind::kIntersect ? plan::JoinType::kLeftSemi
                                                                        : plan::JoinType::kLeftAnti;
  for (size_t i = 0; i < width; ++i) {
    join->left_keys.push_back(MakeOrdinal(static_cast<int>(i), sides[0]->output[i]));
    join->right_keys.push_back(MakeOrdinal(static_cast<int>(i), sides[1]->output[i]));
    join->null_safe.push_back(true);
  }
  join->output = sides[0]->output;
  join->estimated_rows = sides[0]->estimated_rows;
  if (set.all) {
    join->inputs = {sides[0], sides[1]};
  } else {
    join->inputs = {DistinctRows(sides[0]), sides[1]};
  }
  Planned result;
  for (const auto& column : set.columns) {
    result.ids.push_back(column.id);
  }
  result.node = join;
  if (set.all) {
    auto project = NewNode<physical::Project>();
    for (size_t i = 0; i + 1 < width; ++i) {
      project->expressions.push_back(MakeOrdinal(static_cast<int>(i), join->output[i]));
      project->output.push_back(join->output[i]);
    }
    project->estimated_rows = join->estimated_rows;
    project->inputs = {join};
    result.node = project;
  }
  return result;
}

Result<Planned> Planning::PlanSetOperation(const plan::SetOperation& set) {
  if (set.operation != plan::SetOperationKind::kUnion) {
    return PlanIntersectOrExcept(set);
  }
  auto node = NewNode<physical::Union>();
  Planned result;
  for (const auto& column : set.columns) {
    result.ids.push_back(column.id);
    node->output.push_back({column.name, column.type});
  }
  node->estimated_rows = 0;
  for (const auto& input : set.inputs) {
    std::vector<plan::ColumnId> ids;
    for (const auto& column : input->Output()) {
      ids.push_back(column.id);
    }
    ARROW_ASSIGN_OR_RAISE(auto side, PlanAs(input, ids));
    node->estimated_rows += estimator_.Rows(input);
    node->inputs.push_back(std::move(side));
  }
  result.node = set.all ? physical::NodePtr(node) : DistinctRows(node);
  return result;
}

}  // namespace emery::planner
