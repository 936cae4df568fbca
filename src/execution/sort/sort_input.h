#pragma once

#include <memory>
#include <vector>

#include "execution/expressions.h"
#include "execution/sort/sort_keys.h"
#include "plan/expression.h"

namespace emery::execution {

/// Rows to sort: the input's columns, then those sort expressions that are no plain columns of it.
class SortInput {
 public:
  SortInput(const std::vector<plan::SortOrder>& order, std::vector<type::TypePtr> input_types);

  size_t num_input_columns() const { return num_input_columns_; }

  /// With the added columns.
  const std::vector<type::TypePtr>& types() const { return types_; }

  /// The expressions that are added; made ready to run by each thread.
  const plan::ExpressionList& added() const { return added_; }

  static Status Extend(ExpressionSet& added, columnar::Batch* batch);
  SortKeys KeysOf(const columnar::Batch& batch) const;
  std::vector<SortColumn> ColumnsOf(const columnar::Batch& batch) const;
  /// Without the added columns.
  columnar::Batch Strip(columnar::Batch batch) const;

 private:
  struct Order {
    int column;
    bool ascending;
    bool nulls_first;
  };

  size_t num_input_columns_;
  std::vector<type::TypePtr> types_;
  plan::ExpressionList added_;
  std::vector<Order> order_;
};

}  // namespace emery::execution
