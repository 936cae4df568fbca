#include "execution/sort/sort_input.h"

#include <utility>

namespace emery::execution {

SortInput::SortInput(const std::vector<plan::SortOrder>& order,
                     std::vector<type::TypePtr> input_types)
    : num_input_columns_(input_types.size()), types_(std::move(input_types)) {
  for (const plan::SortOrder& part : order) {
    Order entry{0, part.ascending, part.nulls_first};
    if (const auto* ordinal = plan::As<plan::Ordinal>(part.expression)) {
      entry.column = ordinal->index;
    } else {
      entry.column = static_cast<int>(types_.size());
      types_.push_back(part.expression->type);
      added_.push_back(part.expression);
    }
    order_.push_back(entry);
  }
}

Status SortInput::Extend(ExpressionSet& added, columnar::Batch* batch) {
  if (added.size() > 0) {
    ARROW_ASSIGN_OR_RAISE(std::vector<columnar::VectorPtr> columns, added.Evaluate(*batch));
    batch->columns.insert(batch->columns.end(), columns.begin(), columns.end());
  }
  return Status::OK();
}

std::vector<SortColumn> SortInput::ColumnsOf(const columnar::Batch& batch) const {
  std::vector<SortColumn> columns;
  columns.reserve(order_.size());
  for (const Order& order : order_) {
    columns.push_back({batch.columns[order.column], order.ascending, order.nulls_first});
  }
  return columns;
}

SortKeys SortInput::KeysOf(const columnar::Batch& batch) const {
  return SortKeys::Encode(ColumnsOf(batch), batch.num_rows);
}

columnar::Batch SortInput::Strip(columnar::Batch batch) const {
  batch.columns.resize(num_input_columns_);
  return batch;
}

}  // namespace emery::execution
