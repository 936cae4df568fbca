#include "execution/expressions.h"

#include <utility>

namespace emery::execution {

Result<ExpressionSet> ExpressionSet::Make(
    const plan::ExpressionList& expressions,
    const std::shared_ptr<const functions::QueryContext>& context) {
  ExpressionSet set;
  set.parts_.resize(expressions.size());
  for (size_t i = 0; i < expressions.size(); ++i) {
    const plan::Expression* expression = expressions[i].get();
    while (const auto* alias = plan::As<plan::Alias>(expression)) {
      expression = alias->children[0].get();
    }
    if (const auto* ordinal = plan::As<plan::Ordinal>(expression)) {
      set.parts_[i].column = ordinal->index;
    } else {
      ARROW_ASSIGN_OR_RAISE(set.parts_[i].evaluator,
                            functions::Evaluator::Make(expressions[i], context));
    }
  }
  return set;
}

Result<std::vector<columnar::VectorPtr>> ExpressionSet::Evaluate(const columnar::Batch& batch) {
  std::vector<columnar::VectorPtr> results;
  results.reserve(parts_.size());
  for (const Part& part : parts_) {
    if (part.column >= 0) {
      results.push_back(batch.columns[part.column]);
    } else {
      ARROW_ASSIGN_OR_RAISE(columnar::VectorPtr result, part.evaluator->Evaluate(batch));
      results.push_back(std::move(result));
    }
  }
  return results;
}

std::vector<type::TypePtr> TypesOf(const plan::ExpressionList& expressions) {
  std::vector<type::TypePtr> types;
  types.reserve(expressions.size());
  for (const plan::ExpressionPtr& expression : expressions) {
    types.push_back(expression->type);
  }
  return types;
}

}  // namespace emery::execution
