#pragma once

#include <cstdint>
#include <vector>

#include "execution/runtime.h"
#include "physical/physical_plan.h"

namespace emery::execution {

/// Columns of a Window node's input as the operator keeps them: the input's, then every expression
/// that partition, order and calls read and that is no plain column.
struct WindowColumns {
  explicit WindowColumns(const physical::Window& node);

  size_t num_input_columns;
  std::vector<type::TypePtr> types;
  plan::ExpressionList added;
  std::vector<int> partition_by;
  std::vector<int> order_by;

  struct Call {
    std::vector<int> arguments;
    int filter = -1;
  };

  std::vector<Call> calls;

 private:
  int Place(const plan::ExpressionPtr& expression);
};

/// Rows of whole partitions, sorted by partition and order. Row numbers are 0-based positions in
/// that order; ranges are half-open.
struct WindowRows {
  columnar::Batch batch;       // as it came
  std::vector<int32_t> order;  // row i is row order[i] of the batch
  // Per row: its partition, and its peers (equal in all of ORDER BY).
  std::vector<int32_t> partition_begin;
  std::vector<int32_t> partition_end;
  std::vector<int32_t> peers_begin;
  std::vector<int32_t> peers_end;

  int64_t num_rows() const { return batch.num_rows; }

  /// A column in sorted order.
  columnar::VectorPtr Sorted(int column) const {
    return columnar::Gather(batch.columns[column], order.data(), num_rows());
  }

  static Result<WindowRows> Make(const physical::Window& node, const WindowColumns& columns,
                                 columnar::Batch batch, const Runtime& runtime);
};

/// The rows [begin[i], end[i]) that the frame of row i holds; begin <= end.
struct Frames {
  std::vector<int32_t> begin;
  std::vector<int32_t> end;
  bool starts_with_partition = false;  // for all rows
  bool ends_with_partition = false;

  static Result<Frames> Make(const plan::WindowFrame& frame, const physical::Window& node,
                             const WindowColumns& columns, const WindowRows& rows,
                             const std::shared_ptr<const functions::QueryContext>& context);
};

/// A ranking, shifting or frame-value function over all rows. Errors: UNSUPPORTED_FEATURE for
/// unknown ones.
Result<columnar::VectorPtr> ComputeWindowFunction(const physical::WindowCall& call,
                                                  const std::vector<columnar::VectorPtr>& arguments,
                                                  const WindowRows& rows, const Frames& frames);
/// Whether the call gives a value of its frame at a position (first, last, nth), so that no
/// aggregation is needed.
bool IsFrameValue(const physical::WindowCall& call);

/// An aggregate over the frames of all rows. `filter`: which rows count; may be null.
Result<columnar::VectorPtr> ComputeWindowAggregate(
    const physical::WindowCall& call, const std::vector<columnar::VectorPtr>& arguments,
    const columnar::VectorPtr& filter, const WindowRows& rows, const Frames& frames,
    Runtime& runtime);

}  // namespace emery::execution
