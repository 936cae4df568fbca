#pragma once

#include <memory>
#include <vector>

#include "columnar/batch.h"
#include "execution/runtime.h"
#include "functions/evaluator.h"

namespace emery::execution {

/// Several expressions over the same batches; plain columns are passed on without an evaluator.
/// Confined to one thread.
class ExpressionSet {
 public:
  static Result<ExpressionSet> Make(const plan::ExpressionList& expressions,
                                    const std::shared_ptr<const functions::QueryContext>& context);

  Result<std::vector<columnar::VectorPtr>> Evaluate(const columnar::Batch& batch);

  size_t size() const { return parts_.size(); }

 private:
  struct Part {
    int column = -1;  // >= 0: this column
    std::unique_ptr<functions::Evaluator> evaluator;
  };

  std::vector<Part> parts_;
};

std::vector<type::TypePtr> TypesOf(const plan::ExpressionList& expressions);

}  // namespace emery::execution
