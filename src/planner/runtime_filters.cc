#include "planner/planner_internal.h"

namespace emery::planner {

using physical::As;
using physical::NodeKind;
using physical::NodePtr;

namespace {

template <class T>
NodePtr WithInput(const T& node, size_t index, NodePtr input) {
  auto copy = std::make_shared<T>(node);
  copy->inputs[index] = std::move(input);
  return copy;
}

template <class T>
std::pair<NodePtr, bool> Through(const NodePtr& node, size_t index, int column, int filter_id) {
  auto [input, found] = AttachRuntimeFilter(node->inputs[index], column, filter_id);
  if (!found) {
    return {node, false};
  }
  return {WithInput(*As<T>(node), index, std::move(input)), true};
}

int OrdinalOf(const plan::ExpressionPtr& e) {
  const auto* ordinal = plan::As<plan::Ordinal>(e);
  return ordinal != nullptr ? ordinal->index : -1;
}

}  // namespace

std::pair<NodePtr, bool> AttachRuntimeFilter(const NodePtr& node, int column, int filter_id) {
  switch (node->kind) {
    case NodeKind::kScan: {
      const auto& scan = *As<physical::Scan>(node);
      auto copy = std::make_shared<physical::Scan>(scan);
      copy->runtime_filters.push_back({filter_id, scan.projection[column]});
      return {copy, true};
    }
    case NodeKind::kProject: {
      const int below = OrdinalOf(As<physical::Project>(node)->expressions[column]);
      return below < 0 ? std::pair{node, false}
                       : Through<physical::Project>(node, 0, below, filter_id);
    }
    case NodeKind::kFilter:
      return Through<physical::Filter>(node, 0, column, filter_id);
    case NodeKind::kSort:
      return Through<physical::Sort>(node, 0, column, filter_id);
    case NodeKind::kHashJoin: {
      const auto& join = *As<physical::HashJoin>(node);
      const int left_width = static_cast<int>(join.inputs[0]->output.size());
      switch (join.join_type) {
        case plan::JoinType::kInner:
        case plan::JoinType::kLeft:
        case plan::JoinType::kLeftSemi:
        case plan::JoinType::kLeftAnti:
        case plan::JoinType::kNullAwareAnti:
        case plan::JoinType::kMark:
        case plan::JoinType::kExistenceMark:
        case plan::JoinType::kSingle:
          if (column < left_width) {
            return Through<physical::HashJoin>(node, 0, column, filter_id);
          }
          // Rows of the null-supplying side may go only where nothing depends on their number of
          // matches.
          return join.join_type == plan::JoinType::kInner
                     ? Through<physical::HashJoin>(node, 1, column - left_width, filter_id)
                     : std::pair{node, false};
        case plan::JoinType::kRight:
          return column >= left_width
                     ? Through<physical::HashJoin>(node, 1, column - left_width, filter_id)
                     : std::pair{node, false};
        case plan::JoinType::kFull:
          return {node, false};
      }
      return {node, false};
    }
    case NodeKind::kNestedLoopJoin: {
      const auto& join = *As<physical::NestedLoopJoin>(node);
      const int left_width = static_cast<int>(join.inputs[0]->output.size());
      const bool keeps_left =
          join.join_type != plan::JoinType::kRight && join.join_type != plan::JoinType::kFull;
      return column < left_width && keeps_left
                 ? Through<physical::NestedLoopJoin>(node, 0, column, filter_id)
                 : std::pair{node, false};
    }
    case NodeKind::kHashAggregate: {
      const auto& aggregate = *As<physical::HashAggregate>(node);
      if (column >= static_cast<int>(aggregate.groups.size())) {
        return {node, false};
      }
      const int below = OrdinalOf(aggregate.groups[column]);
      return below < 0 ? std::pair{node, false}
                       : Through<physical::HashAggregate>(node, 0, below, filter_id);
    }
    case NodeKind::kWindow: {
      const auto& window = *As<physical::Window>(node);
      for (const auto& key : window.partition_by) {
        if (OrdinalOf(key) == column) {
          return Through<physical::Window>(node, 0, column, filter_id);
        }
      }
      return {node, false};
    }
    case NodeKind::kGenerate: {
      const auto& generate = *As<physical::Generate>(node);
      return column < static_cast<int>(generate.projection.size())
                 ? Through<physical::Generate>(node, 0, generate.projection[column], filter_id)
                 : std::pair{node, false};
    }
    case NodeKind::kUnion: {
      auto copy = std::make_shared<physical::Union>(*As<physical::Union>(node));
      bool found = false;
      for (auto& input : copy->inputs) {
        auto [changed, here] = AttachRuntimeFilter(input, column, filter_id);
        input = std::move(changed);
        found |= here;
      }
      return {found ? NodePtr(copy) : node, found};
    }
    case NodeKind::kValues:
    case NodeKind::kRange:
    case NodeKind::kTopN:
    case NodeKind::kLimit:
    case NodeKind::kExpand:
    case NodeKind::kSample:
    case NodeKind::kShared:
    case NodeKind::kRecursive:
    case NodeKind::kRecursiveReference:
    case NodeKind::kWrite:
      return {node, false};
  }
  return {node, false};
}

}  // namespace emery::planner
