#include "execution/window/window_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "execution/builder.h"
#include "execution/sort/sort_rows.h"
#include "functions/evaluator.h"
#include "functions/registry.h"

namespace emery::execution {

using columnar::Batch;
using columnar::VectorPtr;
using plan::BoundKind;

WindowColumns::WindowColumns(const physical::Window& node)
    : num_input_columns(node.inputs[0]->output.size()), types(TypesOf(node.inputs[0]->output)) {
  for (const plan::ExpressionPtr& expression : node.partition_by) {
    partition_by.push_back(Place(expression));
  }
  for (const plan::SortOrder& order : node.order_by) {
    order_by.push_back(Place(order.expression));
  }
  for (const physical::WindowCall& call : node.calls) {
    Call columns;
    for (const plan::ExpressionPtr& argument : call.arguments) {
      columns.arguments.push_back(Place(argument));
    }
    if (call.filter != nullptr) {
      columns.filter = Place(call.filter);
    }
    calls.push_back(std::move(columns));
  }
}

int WindowColumns::Place(const plan::ExpressionPtr& expression) {
  if (const auto* ordinal = plan::As<plan::Ordinal>(expression)) {
    return ordinal->index;
  }
  for (size_t i = 0; i < added.size(); ++i) {
    if (plan::Equal(added[i], expression) && plan::IsDeterministic(expression)) {
      return static_cast<int>(num_input_columns + i);
    }
  }
  added.push_back(expression);
  types.push_back(expression->type);
  return static_cast<int>(types.size()) - 1;
}

Result<WindowRows> WindowRows::Make(const physical::Window& node, const WindowColumns& columns,
                                    Batch input, const Runtime& runtime) {
  WindowRows rows;
  rows.batch = std::move(input);
  const int64_t n = rows.batch.num_rows;
  std::vector<SortColumn> partition;
  for (const int column : columns.partition_by) {
    partition.push_back({rows.batch.columns[column], true, true});
  }
  std::vector<SortColumn> all = partition;
  for (size_t i = 0; i < columns.order_by.size(); ++i) {
    all.push_back({rows.batch.columns[columns.order_by[i]], node.order_by[i].ascending,
                   node.order_by[i].nulls_first});
  }
  const SortKeys keys = SortKeys::Encode(all, n);
  if (all.empty()) {
    rows.order.resize(n);
    for (int64_t i = 0; i < n; ++i) {
      rows.order[i] = static_cast<int32_t>(i);
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(rows.order, SortedRows(keys, runtime));
    ARROW_RETURN_NOT_OK(runtime.Check());
  }
  const SortKeys partition_keys =
      node.order_by.empty() ? SortKeys() : SortKeys::Encode(partition, n);
  const SortKeys& by_partition = node.order_by.empty() ? keys : partition_keys;
  rows.partition_begin.resize(n);
  rows.partition_end.resize(n);
  rows.peers_begin.resize(n);
  rows.peers_end.resize(n);
  int32_t partition_begin = 0;
  int32_t peers_begin = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (i > 0) {
      if (!partition.empty() && !by_partition.Equal(rows.order[i - 1], rows.order[i])) {
        partition_begin = static_cast<int32_t>(i);
      }
      // Without ORDER BY all rows of a partition are peers.
      if (partition_begin == i ||
          (!node.order_by.empty() && !keys.Equal(rows.order[i - 1], rows.order[i]))) {
        peers_begin = static_cast<int32_t>(i);
      }
    }
    rows.partition_begin[i] = partition_begin;
    rows.peers_begin[i] = peers_begin;
  }
  auto partition_end = static_cast<int32_t>(n);
  auto peers_end = static_cast<int32_t>(n);
  for (int64_t i = n - 1; i >= 0; --i) {
    rows.partition_end[i] = partition_end;
    rows.peers_end[i] = peers_end;
    if (rows.partition_begin[i] == i) {
      partition_end = static_cast<int32_t>(i);
    }
    if (rows.peers_begin[i] == i) {
      peers_end = static_cast<int32_t>(i);
    }
  }
  return rows;
}

namespace {

using Context = std::shared_ptr<const functions::QueryContext>;

plan::ExpressionPtr MakeOrdinal(int index, const type::TypePtr& type) {
  auto ordinal = std::make_shared<plan::Ordinal>();
  ordinal->index = index;
  ordinal->type = type;
  return ordinal;
}

Result<int64_t> RowOffset(const plan::FrameBound& bound, const Context& context) {
  ARROW_ASSIGN_OR_RAISE(const type::Value value,
                        functions::EvaluateConstant(bound.offset, context));
  if (value.is_null()) {
    return base::InternalError("a frame bound is null");
  }
  return bound.kind == BoundKind::kPreceding ? -value.integer() : value.integer();
}

// The order column moved by the bound's offset, and the column itself in the same type.
struct Boundary {
  VectorPtr values;
  VectorPtr bounds;
};

Result<Boundary> MakeBoundary(const plan::FrameBound& bound, bool ascending,
                              const VectorPtr& values, const Context& context) {
  const type::TypePtr& type = values->type();
  const type::TypePtr& offset_type = bound.offset->type;
  // Backwards in the order is down where it ascends, up where it descends.
  const bool subtract = (bound.kind == BoundKind::kPreceding) == ascending;
  const plan::ExpressionPtr column = MakeOrdinal(0, type);
  std::string function = subtract ? "-" : "+";
  if (type->is(type::TypeId::kDate) && offset_type->is_integral()) {
    function = subtract ? "date_sub" : "date_add";
  }
  ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr moved,
                        functions::MakeFunctionCall(function, {column, bound.offset},
                                                    plan::EvalMode::kAnsi, context.get()));
  Boundary result{values, nullptr};
  const bool same_layout =
      moved->type->physical() == type->physical() && moved->type->scale() == type->scale();
  if (!moved->type->Equals(*type) && !(type->is_decimal() && same_layout)) {
    // Both in the wider type.
    const type::TypePtr wide = moved->type;
    ARROW_ASSIGN_OR_RAISE(result.values,
                          functions::CastVector(values, wide, plan::EvalMode::kAnsi, *context));
  }
  ARROW_ASSIGN_OR_RAISE(const auto evaluator, functions::Evaluator::Make(moved, context));
  Batch batch;
  batch.num_rows = values->size();
  batch.columns.push_back(values);
  ARROW_ASSIGN_OR_RAISE(result.bounds, evaluator->Evaluate(batch));
  return result;
}

// One end of a frame for all rows. `is_end`: the bound after the last row, else that of the first.
Result<std::vector<int32_t>> MakeBound(const plan::WindowFrame& frame, bool is_end,
                                       const physical::Window& node, const WindowColumns& columns,
                                       const WindowRows& rows, const Context& context) {
  const plan::FrameBound& bound = is_end ? frame.end : frame.start;
  const int64_t n = rows.num_rows();
  std::vector<int32_t> result(n);
  switch (bound.kind) {
    case BoundKind::kUnboundedPreceding:
      return is_end ? rows.partition_begin : rows.partition_begin;
    case BoundKind::kUnboundedFollowing:
      return rows.partition_end;
    case BoundKind::kCurrentRow:
      if (frame.unit == plan::FrameUnit::kRange) {
        return is_end ? rows.peers_end : rows.peers_begin;
      }
      for (int64_t i = 0; i < n; ++i) {
        result[i] = static_cast<int32_t>(i + (is_end ? 1 : 0));
      }
      return result;
    case BoundKind::kPreceding:
    case BoundKind::kFollowing:
      break;
  }
  if (frame.unit == plan::FrameUnit::kRows) {
    ARROW_ASSIGN_OR_RAISE(int64_t offset, RowOffset(bound, context));
    offset = std::clamp<int64_t>(offset, -n - 1, n + 1) + (is_end ? 1 : 0);
    for (int64_t i = 0; i < n; ++i) {
      result[i] = static_cast<int32_t>(
          std::clamp<int64_t>(i + offset, rows.partition_begin[i], rows.partition_end[i]));
    }
    return result;
  }
  const plan::SortOrder& order = node.order_by[0];
  ARROW_ASSIGN_OR_RAISE(
      const Boundary boundary,
      MakeBoundary(bound, order.ascending, rows.Sorted(columns.order_by[0]), context));
  const SortKeys keys =
      SortKeys::Encode({{boundary.values, order.ascending, order.nulls_first}}, n);
  const SortKeys bounds =
      SortKeys::Encode({{boundary.bounds, order.ascending, order.nulls_first}}, n);
  // Bounds rise with the rows of a partition, so the search goes on where the one before it ended.
  int32_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (i == rows.partition_begin[i]) {
      at = static_cast<int32_t>(i);
    }
    const auto before = [&](int32_t row) {
      const int c = keys.Compare(row, bounds, i);
      return is_end ? c <= 0 : c < 0;
    };
    while (at > rows.partition_begin[i] && !before(at - 1)) {
      --at;  // only where a bound wrapped around
    }
    while (at < rows.partition_end[i] && before(at)) {
      ++at;
    }
    result[i] = at;
  }
  return result;
}

}  // namespace

Result<Frames> Frames::Make(const plan::WindowFrame& frame, const physical::Window& node,
                            const WindowColumns& columns, const WindowRows& rows,
                            const Context& context) {
  Frames frames;
  ARROW_ASSIGN_OR_RAISE(frames.begin, MakeBound(frame, false, node, columns, rows, context));
  ARROW_ASSIGN_OR_RAISE(frames.end, MakeBound(frame, true, node, columns, rows, context));
  for (size_t i = 0; i < frames.begin.size(); ++i) {
    frames.end[i] = std::max(frames.end[i], frames.begin[i]);
  }
  frames.starts_with_partition = frame.start.kind == BoundKind::kUnboundedPreceding;
  frames.ends_with_partition = frame.end.kind == BoundKind::kUnboundedFollowing;
  return frames;
}

}  // namespace emery::execution
