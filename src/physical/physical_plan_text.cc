// Physical plans as text, for EXPLAIN and messages.
#include <cstdio>
#include <string>

#include "physical/physical_plan.h"

namespace emery::physical {

namespace {

std::string List(const plan::ExpressionList& expressions) {
  std::string text;
  for (const plan::ExpressionPtr& e : expressions) {
    text += (text.empty() ? "" : ", ") + plan::ToString(e);
  }
  return "[" + text + "]";
}

std::string Order(const std::vector<plan::SortOrder>& order) {
  std::string text;
  for (const plan::SortOrder& one : order) {
    text += (text.empty() ? "" : ", ") + plan::ToString(one.expression) +
            (one.ascending ? " ASC" : " DESC") + (one.nulls_first ? " NULLS FIRST" : " NULLS LAST");
  }
  return "[" + text + "]";
}

std::string Names(const std::vector<OutputColumn>& columns) {
  std::string text;
  for (const OutputColumn& column : columns) {
    text += (text.empty() ? "" : ", ") + column.name;
  }
  return "[" + text + "]";
}

const char* JoinName(plan::JoinType join_type) {
  switch (join_type) {
    case plan::JoinType::kInner:
      return "Inner";
    case plan::JoinType::kLeft:
      return "LeftOuter";
    case plan::JoinType::kRight:
      return "RightOuter";
    case plan::JoinType::kFull:
      return "FullOuter";
    case plan::JoinType::kLeftSemi:
      return "LeftSemi";
    case plan::JoinType::kLeftAnti:
      return "LeftAnti";
    case plan::JoinType::kNullAwareAnti:
      return "NullAwareAnti";
    case plan::JoinType::kMark:
      return "Mark";
    case plan::JoinType::kExistenceMark:
      return "ExistenceMark";
    case plan::JoinType::kSingle:
      return "Single";
  }
  return "";
}

std::string Keys(const HashJoin& join) {
  std::string text;
  for (size_t i = 0; i < join.left_keys.size(); ++i) {
    text += (text.empty() ? "" : ", ") + plan::ToString(join.left_keys[i]) +
            (i < join.null_safe.size() && join.null_safe[i] ? " <=> " : " = ") +
            plan::ToString(join.right_keys[i]);
  }
  return "[" + text + "]";
}

std::string ScanText(const Scan& scan) {
  std::string text = "Scan " + scan.name + " " + Names(scan.output);
  if (!scan.filter.empty()) {
    text += ", filter " + List(scan.filter);
  }
  for (const RuntimeFilterTarget& target : scan.runtime_filters) {
    text += ", runtime filter " + std::to_string(target.filter_id) + " on " +
            scan.request[static_cast<size_t>(target.column)].name;
  }
  return text;
}

std::string JoinText(const HashJoin& join) {
  std::string text = std::string("HashJoin ") + JoinName(join.join_type) + " " + Keys(join);
  if (join.residual != nullptr) {
    text += ", and " + plan::ToString(join.residual);
  }
  text += join.build == Side::kLeft ? ", build left" : ", build right";
  for (const auto& [id, key] : join.published_filters) {
    text += ", publishes filter " + std::to_string(id);
  }
  return text;
}

std::string AggregateText(const HashAggregate& aggregate) {
  std::string calls;
  for (const AggregateCall& call : aggregate.aggregates) {
    std::string arguments = List(call.arguments);
    calls += (calls.empty() ? "" : ", ") + call.name + "(" + (call.distinct ? "DISTINCT " : "") +
             arguments.substr(1, arguments.size() - 2) + ")" +
             (call.filter != nullptr ? " FILTER " + plan::ToString(call.filter) : "");
  }
  return "HashAggregate keys " + List(aggregate.groups) + ", functions [" + calls + "]";
}

void AddTree(const NodePtr& node, const std::string& first, const std::string& rest,
             std::string* text) {
  *text += first + NodeToString(*node);
  if (node->estimated_rows >= 0) {
    char rows[48];
    std::snprintf(rows, sizeof(rows), " (~%.0f rows)", node->estimated_rows);
    *text += rows;
  }
  *text += '\n';
  for (size_t i = 0; i < node->inputs.size(); ++i) {
    const bool last = i + 1 == node->inputs.size();
    AddTree(node->inputs[i], rest + (last ? "+- " : ":- "), rest + (last ? "   " : ":  "), text);
  }
}

}  // namespace

std::string NodeToString(const Node& node) {
  switch (node.kind) {
    case NodeKind::kScan:
      return ScanText(static_cast<const Scan&>(node));
    case NodeKind::kValues:
      return "Values, " + std::to_string(static_cast<const Values&>(node).rows.size()) + " rows";
    case NodeKind::kRange: {
      const auto& range = static_cast<const Range&>(node);
      return "Range (" + std::to_string(range.start) + ", " + std::to_string(range.end) +
             ", step=" + std::to_string(range.step) + ")";
    }
    case NodeKind::kProject:
      return "Project " + List(static_cast<const Project&>(node).expressions);
    case NodeKind::kFilter:
      return "Filter " + List(static_cast<const Filter&>(node).conjuncts);
    case NodeKind::kHashJoin:
      return JoinText(static_cast<const HashJoin&>(node));
    case NodeKind::kNestedLoopJoin: {
      const auto& join = static_cast<const NestedLoopJoin&>(node);
      return std::string("NestedLoopJoin ") + JoinName(join.join_type) +
             (join.condition != nullptr ? " " + plan::ToString(join.condition) : "");
    }
    case NodeKind::kHashAggregate:
      return AggregateText(static_cast<const HashAggregate&>(node));
    case NodeKind::kSort:
      return "Sort " + Order(static_cast<const Sort&>(node).order);
    case NodeKind::kTopN: {
      const auto& top = static_cast<const TopN&>(node);
      return "TopN " + std::to_string(top.limit) +
             (top.offset > 0 ? " offset " + std::to_string(top.offset) : "") + " " +
             Order(top.order);
    }
    case NodeKind::kLimit: {
      const auto& limit = static_cast<const Limit&>(node);
      return "Limit " + std::to_string(limit.limit) +
             (limit.offset > 0 ? " offset " + std::to_string(limit.offset) : "");
    }
    case NodeKind::kUnion:
      return "Union";
    case NodeKind::kWindow: {
      const auto& window = static_cast<const Window&>(node);
      std::string calls;
      for (const WindowCall& call : window.calls) {
        const std::string arguments = List(call.arguments);
        calls += (calls.empty() ? "" : ", ") + call.name + "(" +
                 arguments.substr(1, arguments.size() - 2) + ")";
      }
      return "Window [" + calls + "], partition by " + List(window.partition_by) + ", order by " +
             Order(window.order_by);
    }
    case NodeKind::kGenerate: {
      const auto& generate = static_cast<const Generate&>(node);
      const std::string arguments = List(generate.arguments);
      return "Generate " + generate.name + "(" + arguments.substr(1, arguments.size() - 2) + ")" +
             (generate.outer ? ", outer" : "");
    }
    case NodeKind::kExpand:
      return "Expand, " + std::to_string(static_cast<const Expand&>(node).projections.size()) +
             " projections";
    case NodeKind::kSample:
      return "Sample";
    case NodeKind::kShared:
      return "Shared " + std::to_string(static_cast<const Shared&>(node).shared_id);
    case NodeKind::kRecursive:
      return "Recursive " + static_cast<const Recursive&>(node).name;
    case NodeKind::kRecursiveReference:
      return "RecursiveReference";
    case NodeKind::kWrite:
      return "Write";
  }
  return "";
}

std::string ToString(const NodePtr& plan) {
  std::string text;
  AddTree(plan, "", "", &text);
  return text;
}

}  // namespace emery::physical
