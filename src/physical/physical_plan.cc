#include "physical/physical_plan.h"

#include <cstdio>
#include <set>

namespace emery::physical {

namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

std::string List(const plan::ExpressionList& expressions) {
  std::vector<std::string> parts;
  for (const plan::ExpressionPtr& expression : expressions) {
    parts.push_back(plan::ToString(expression));
  }
  return "[" + Join(parts) + "]";
}

std::string List(const std::vector<plan::SortOrder>& order) {
  std::vector<std::string> parts;
  for (const plan::SortOrder& part : order) {
    parts.push_back(plan::ToString(part.expression) + (part.ascending ? " ASC" : " DESC") +
                    (part.nulls_first ? " NULLS FIRST" : " NULLS LAST"));
  }
  return "[" + Join(parts) + "]";
}

std::string List(const std::vector<int>& numbers) {
  std::vector<std::string> parts;
  for (const int number : numbers) {
    parts.push_back(std::to_string(number));
  }
  return "[" + Join(parts) + "]";
}

std::string NameOf(plan::JoinType type) {
  switch (type) {
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
  return "?";
}

std::string CallText(const std::string& name, bool distinct, const plan::ExpressionList& arguments,
                     const plan::ExpressionPtr& filter) {
  const std::string list = List(arguments);
  std::string text =
      name + "(" + (distinct ? "DISTINCT " : "") + list.substr(1, list.size() - 2) + ")";
  if (filter != nullptr) {
    text += " FILTER (" + plan::ToString(filter) + ")";
  }
  return text;
}

std::string BoundText(const plan::FrameBound& bound) {
  switch (bound.kind) {
    case plan::BoundKind::kUnboundedPreceding:
      return "UNBOUNDED PRECEDING";
    case plan::BoundKind::kPreceding:
      return plan::ToString(bound.offset) + " PRECEDING";
    case plan::BoundKind::kCurrentRow:
      return "CURRENT ROW";
    case plan::BoundKind::kFollowing:
      return plan::ToString(bound.offset) + " FOLLOWING";
    case plan::BoundKind::kUnboundedFollowing:
      return "UNBOUNDED FOLLOWING";
  }
  return "?";
}

std::string NodeText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kScan: {
      const auto& scan = static_cast<const Scan&>(node);
      std::string text = "Scan " + scan.name + " [";
      std::vector<std::string> columns;
      for (const int column : scan.projection) {
        columns.push_back(scan.request[column].name);
      }
      text += Join(columns) + "]";
      if (!scan.filter.empty()) {
        text += ", filter " + List(scan.filter);
      }
      if (!scan.runtime_filters.empty()) {
        std::vector<std::string> filters;
        for (const RuntimeFilterTarget& target : scan.runtime_filters) {
          filters.push_back("#" + std::to_string(target.filter_id) + " on " +
                            scan.request[target.column].name);
        }
        text += ", runtime filters [" + Join(filters) + "]";
      }
      return text;
    }
    case NodeKind::kValues:
      return "Values " + std::to_string(static_cast<const Values&>(node).rows.size()) + " rows";
    case NodeKind::kRange: {
      const auto& range = static_cast<const Range&>(node);
      return "Range (" + std::to_string(range.start) + ", " + std::to_string(range.end) +
             ", step=" + std::to_string(range.step) + ")";
    }
    case NodeKind::kProject:
      return "Project " + List(static_cast<const Project&>(node).expressions);
    case NodeKind::kFilter:
      return "Filter " + List(static_cast<const Filter&>(node).conjuncts);
    case NodeKind::kHashJoin: {
      const auto& join = static_cast<const HashJoin&>(node);
      std::vector<std::string> keys;
      for (size_t i = 0; i < join.left_keys.size(); ++i) {
        const bool null_safe = i < join.null_safe.size() && join.null_safe[i];
        keys.push_back(plan::ToString(join.left_keys[i]) + (null_safe ? " <=> " : " = ") +
                       plan::ToString(join.right_keys[i]));
      }
      std::string text = "HashJoin " + NameOf(join.join_type) + " [" + Join(keys) + "], build " +
                         (join.build == Side::kLeft ? "left" : "right");
      if (join.residual != nullptr) {
        text += ", condition " + plan::ToString(join.residual);
      }
      if (!join.published_filters.empty()) {
        std::vector<std::string> filters;
        for (const auto& [id, key] : join.published_filters) {
          filters.push_back("#" + std::to_string(id));
        }
        text += ", gives runtime filters [" + Join(filters) + "]";
      }
      return text;
    }
    case NodeKind::kNestedLoopJoin: {
      const auto& join = static_cast<const NestedLoopJoin&>(node);
      return "NestedLoopJoin " + NameOf(join.join_type) +
             (join.condition == nullptr ? "" : ", condition " + plan::ToString(join.condition));
    }
    case NodeKind::kHashAggregate: {
      const auto& aggregate = static_cast<const HashAggregate&>(node);
      std::vector<std::string> calls;
      for (const AggregateCall& call : aggregate.aggregates) {
        calls.push_back(CallText(call.name, call.distinct, call.arguments, call.filter));
      }
      return "HashAggregate keys " + List(aggregate.groups) + ", functions [" + Join(calls) + "]";
    }
    case NodeKind::kSort:
      return "Sort " + List(static_cast<const Sort&>(node).order);
    case NodeKind::kTopN: {
      const auto& top = static_cast<const TopN&>(node);
      return "TopN " + List(top.order) + ", limit " + std::to_string(top.limit) +
             (top.offset == 0 ? "" : ", offset " + std::to_string(top.offset));
    }
    case NodeKind::kLimit: {
      const auto& limit = static_cast<const Limit&>(node);
      return std::string("Limit ") + (limit.limit < 0 ? "none" : std::to_string(limit.limit)) +
             (limit.offset == 0 ? "" : ", offset " + std::to_string(limit.offset));
    }
    case NodeKind::kUnion:
      return "Union";
    case NodeKind::kWindow: {
      const auto& window = static_cast<const Window&>(node);
      std::vector<std::string> calls;
      for (const WindowCall& call : window.calls) {
        calls.push_back(CallText(call.name, call.distinct, call.arguments, call.filter) +
                        (call.frame.unit == plan::FrameUnit::kRows ? " ROWS " : " RANGE ") +
                        BoundText(call.frame.start) + " TO " + BoundText(call.frame.end));
      }
      return "Window [" + Join(calls) + "], partition by " + List(window.partition_by) +
             ", order by " + List(window.order_by);
    }
    case NodeKind::kGenerate: {
      const auto& generate = static_cast<const Generate&>(node);
      return "Generate " + CallText(generate.name, false, generate.arguments, nullptr) +
             (generate.outer ? ", outer" : "");
    }
    case NodeKind::kExpand: {
      std::vector<std::string> projections;
      for (const plan::ExpressionList& projection : static_cast<const Expand&>(node).projections) {
        projections.push_back(List(projection));
      }
      return "Expand [" + Join(projections) + "]";
    }
    case NodeKind::kSample: {
      const auto& sample = static_cast<const Sample&>(node);
      char text[128];
      std::snprintf(text, sizeof text, "Sample %g to %g, replacement %s, seed %lld", sample.lower,
                    sample.upper, sample.with_replacement ? "true" : "false",
                    static_cast<long long>(sample.seed));
      return text;
    }
    case NodeKind::kShared: {
      const auto& shared = static_cast<const Shared&>(node);
      return "Shared #" + std::to_string(shared.shared_id) + " " + List(shared.projection);
    }
    case NodeKind::kRecursive: {
      const auto& recursive = static_cast<const Recursive&>(node);
      return "Recursive " + recursive.name + (recursive.distinct ? ", distinct" : "");
    }
    case NodeKind::kRecursiveReference:
      return "RecursiveReference #" +
             std::to_string(static_cast<const RecursiveReference&>(node).recursive_id);
    case NodeKind::kWrite:
      return "Write";
  }
  return "?";
}

/// `printed`: shared subplans whose text stands further up already.
void Append(const Node& node, int depth, std::set<int64_t>* printed, std::string* text) {
  text->append(static_cast<size_t>(depth) * 2, ' ');
  *text += NodeText(node);
  if (node.estimated_rows >= 0) {
    char rows[48];
    std::snprintf(rows, sizeof rows, "  (~%.0f rows)", node.estimated_rows);
    *text += rows;
  }
  *text += '\n';
  if (node.kind == NodeKind::kShared &&
      !printed->insert(static_cast<const Shared&>(node).shared_id).second) {
    return;
  }
  for (const NodePtr& input : node.inputs) {
    Append(*input, depth + 1, printed, text);
  }
}

}  // namespace

std::string ToString(const NodePtr& plan) {
  std::string text;
  std::set<int64_t> printed;
  Append(*plan, 0, &printed, &text);
  return text;
}

}  // namespace emery::physical
