#include <utility>

#include "execution/builder.h"
#include "execution/expressions.h"

namespace emery::execution {

namespace {

class ProjectOperator final : public Operator {
 public:
  ProjectOperator(const physical::Project& node, Runtime* runtime)
      : Operator(runtime->StatisticsOf(node)), node_(node) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    ARROW_ASSIGN_OR_RAISE(local->expressions,
                          ExpressionSet::Make(node_.expressions, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, columnar::Batch batch, LocalState* state, Output& output) override {
    columnar::Batch result;
    result.num_rows = batch.num_rows;
    ARROW_ASSIGN_OR_RAISE(result.columns, static_cast<Local*>(state)->expressions.Evaluate(batch));
    return output.Emit(std::move(result));
  }

 private:
  struct Local final : LocalState {
    ExpressionSet expressions;
  };

  const physical::Project& node_;
};

}  // namespace

Status BuildProject(Builder& builder, const physical::Project& node, const Chain& downstream) {
  return builder.Build(node.inputs[0], downstream.Prepend(std::make_shared<ProjectOperator>(
                                           node, builder.runtime())));
}

}  // namespace emery::execution
