#include <algorithm>

#include "functions/registry.h"
#include "planner/planner_internal.h"

namespace emery::planner {

using physical::Side;
using plan::As;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;

namespace {

enum class From : uint8_t { kNone, kLeft, kRight, kBoth };

From SideOf(const ExpressionPtr& e, const Positions& left, const Positions& right) {
  std::vector<plan::ColumnId> ids;
  plan::CollectColumns(e, &ids);
  bool uses_left = false;
  bool uses_right = false;
  for (const auto id : ids) {
    uses_left |= left.count(id.value) > 0;
    uses_right |= right.count(id.value) > 0;
  }
  if (uses_left && uses_right) {
    return From::kBoth;
  }
  return uses_left ? From::kLeft : (uses_right ? From::kRight : From::kNone);
}

/// Join types for which a build on the left side gives the same rows (the probe then runs over the
/// right).
bool CanBuildLeft(JoinType join_type) {
  switch (join_type) {
    case JoinType::kInner:
    case JoinType::kLeft:
    case JoinType::kRight:
    case JoinType::kFull:
    case JoinType::kLeftSemi:
    case JoinType::kLeftAnti:
      return true;
    case JoinType::kNullAwareAnti:
    case JoinType::kMark:
    case JoinType::kExistenceMark:
    case JoinType::kSingle:
      return false;
  }
  return false;
}

/// Rows of the probe side that match nothing are dropped, so a runtime filter may drop them
/// earlier.
bool DropsUnmatchedProbeRows(JoinType join_type, Side build) {
  switch (join_type) {
    case JoinType::kInner:
      return true;
    case JoinType::kLeftSemi:
      return true;
    case JoinType::kLeft:
    case JoinType::kLeftAnti:
      return build == Side::kLeft;
    case JoinType::kRight:
      return build == Side::kRight;
    default:
      return false;
  }
}

std::vector<physical::OutputColumn> JoinOutput(const Planned& left, const Planned& right,
                                               const plan::Join& join,
                                               std::vector<plan::ColumnId>* ids) {
  std::vector<physical::OutputColumn> output = left.node->output;
  *ids = left.ids;
  switch (join.join_type) {
    case JoinType::kInner:
    case JoinType::kLeft:
    case JoinType::kRight:
    case JoinType::kFull:
    case JoinType::kSingle:
      output.insert(output.end(), right.node->output.begin(), right.node->output.end());
      ids->insert(ids->end(), right.ids.begin(), right.ids.end());
      break;
    case JoinType::kLeftSemi:
    case JoinType::kLeftAnti:
    case JoinType::kNullAwareAnti:
      break;
    case JoinType::kMark:
    case JoinType::kExistenceMark:
      output.push_back({join.mark->name, join.mark->type});
      ids->push_back(join.mark->id);
      break;
  }
  return output;
}

}  // namespace

Result<Planned> Planning::PlanJoin(const plan::PlanPtr& p) {
  const auto& join = *As<plan::Join>(p);
  if (join.lateral) {
    return base::InternalError("a lateral join was left in the optimized plan");
  }
  ARROW_ASSIGN_OR_RAISE(auto left, Plan(join.inputs[0]));
  ARROW_ASSIGN_OR_RAISE(auto right, Plan(join.inputs[1]));
  const auto left_positions = PositionsOf(left.ids);
  const auto right_positions = PositionsOf(right.ids);
  Positions both = left_positions;
  for (const auto& [id, position] : right_positions) {
    both.emplace(id, position + static_cast<int>(left.ids.size()));
  }

  ExpressionList left_keys;
  ExpressionList right_keys;
  std::vector<bool> null_safe;
  ExpressionList residual;
  for (const auto& conjunct : plan::SplitConjuncts(join.condition)) {
    const auto* call = As<plan::Call>(conjunct);
    bool is_key = false;
    if (call != nullptr && (call->name == "=" || call->name == "<=>") &&
        call->children[0]->type->physical() != type::PhysicalType::kNull &&
        !call->children[0]->type->is(type::TypeId::kMap)) {
      const From first = SideOf(call->children[0], left_positions, right_positions);
      const From second = SideOf(call->children[1], left_positions, right_positions);
      if ((first == From::kLeft && second == From::kRight) ||
          (first == From::kRight && second == From::kLeft)) {
        const auto& on_left = call->children[first == From::kLeft ? 0 : 1];
        const auto& on_right = call->children[first == From::kLeft ? 1 : 0];
        ARROW_ASSIGN_OR_RAISE(auto left_key, Bind(on_left, left_positions));
        ARROW_ASSIGN_OR_RAISE(auto right_key, Bind(on_right, right_positions));
        left_keys.push_back(std::move(left_key));
        right_keys.push_back(std::move(right_key));
        null_safe.push_back(call->name == "<=>");
        is_key = true;
      }
    }
    if (!is_key) {
      ARROW_ASSIGN_OR_RAISE(auto bound, Bind(conjunct, both));
      residual.push_back(std::move(bound));
    }
  }

  Planned result;
  auto output = JoinOutput(left, right, join, &result.ids);
  const bool needs_pairwise =
      (join.join_type == JoinType::kNullAwareAnti || join.join_type == JoinType::kMark) &&
      (left_keys.size() != 1 || !residual.empty());
  if (left_keys.empty() || needs_pairwise) {
    auto node = NewNode<physical::NestedLoopJoin>();
    node->join_type = join.join_type;
    if (join.condition != nullptr) {
      ARROW_ASSIGN_OR_RAISE(node->condition, Bind(join.condition, both));
    }
    node->inputs = {left.node, right.node};
    node->output = std::move(output);
    node->estimated_rows = estimator_.Rows(p);
    // The right side is materialised: for an inner join let it be the smaller one.
    if (join.join_type == JoinType::kInner &&
        estimator_.Rows(join.inputs[0]) < estimator_.Rows(join.inputs[1])) {
      auto swapped = std::make_shared<plan::Join>(join);
      std::swap(swapped->inputs[0], swapped->inputs[1]);
      const auto width_left = static_cast<int>(left.ids.size());
      const auto width_right = static_cast<int>(right.ids.size());
      std::function<ExpressionPtr(const ExpressionPtr&)> shift =
          [&](const ExpressionPtr& e) -> ExpressionPtr {
        if (const auto* ordinal = As<plan::Ordinal>(e)) {
          auto moved = std::make_shared<plan::Ordinal>(*ordinal);
          moved->index = ordinal->index < width_left ? ordinal->index + width_right
                                                     : ordinal->index - width_left;
          return moved;
        }
        return e;
      };
      if (node->condition != nullptr) {
        node->condition = plan::TransformUp(node->condition, shift);
      }
      node->inputs = {right.node, left.node};
      node->output = right.node->output;
      node->output.insert(node->output.end(), left.node->output.begin(), left.node->output.end());
      result.ids = right.ids;
      result.ids.insert(result.ids.end(), left.ids.begin(), left.ids.end());
    }
    result.node = node;
    return result;
  }

  auto node = NewNode<physical::HashJoin>();
  node->join_type = join.join_type;
  node->left_keys = std::move(left_keys);
  node->right_keys = std::move(right_keys);
  node->null_safe = std::move(null_safe);
  if (!residual.empty()) {
    node->residual = plan::MakeAnd(std::move(residual));
  }
  const double left_rows = estimator_.Rows(join.inputs[0]);
  const double right_rows = estimator_.Rows(join.inputs[1]);
  node->build = Side::kRight;
  if (CanBuildLeft(join.join_type)) {
    // Outer and semi joins have to keep track of matches where the kept side is hashed, so there it
    // must pay.
    const double advantage = join.join_type == JoinType::kInner ? 1.0 : 4.0;
    if (left_rows * advantage < right_rows) {
      node->build = Side::kLeft;
    }
    if (join.hint == plan::JoinHint::kBroadcastLeft && join.join_type != JoinType::kLeft) {
      node->build = Side::kLeft;
    } else if (join.hint == plan::JoinHint::kBroadcastRight) {
      node->build = Side::kRight;
    }
  }
  physical::NodePtr inputs[2] = {left.node, right.node};
  if (DropsUnmatchedProbeRows(join.join_type, node->build)) {
    const int probe = node->build == Side::kRight ? 0 : 1;
    const auto& probe_keys = probe == 0 ? node->left_keys : node->right_keys;
    for (size_t k = 0; k < probe_keys.size(); ++k) {
      const auto* ordinal = As<plan::Ordinal>(probe_keys[k]);
      if (ordinal == nullptr || node->null_safe[k] || probe_keys[k]->type->is_nested()) {
        continue;
      }
      auto [changed, found] = AttachRuntimeFilter(inputs[probe], ordinal->index, next_filter_id_);
      if (found) {
        inputs[probe] = std::move(changed);
        node->published_filters.emplace_back(next_filter_id_++, static_cast<int>(k));
      }
    }
  }
  node->inputs = {inputs[0], inputs[1]};
  node->output = std::move(output);
  node->estimated_rows = estimator_.Rows(p);
  result.node = node;
  return result;
}

}  // namespace emery::planner
