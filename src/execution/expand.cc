#include <utility>

#include "execution/builder.h"
#include "execution/expressions.h"

namespace emery::execution {

namespace {

/// For each input row one output row per projection (grouping sets, unpivot); a batch at a time, so
/// rows of one input row do not stand together.
class ExpandOperator final : public Operator {
 public:
  ExpandOperator(const physical::Expand& node, Runtime* runtime)
      : Operator(runtime->StatisticsOf(node)), node_(node) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    for (const plan::ExpressionList& projection : node_.projections) {
      ARROW_ASSIGN_OR_RAISE(ExpressionSet set,
                            ExpressionSet::Make(projection, context.runtime->context()));
      local->projections.push_back(std::move(set));
    }
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, columnar::Batch batch, LocalState* state, Output& output) override {
    for (ExpressionSet& projection : static_cast<Local*>(state)->projections) {
      columnar::Batch result;
      result.num_rows = batch.num_rows;
      ARROW_ASSIGN_OR_RAISE(result.columns, projection.Evaluate(batch));
      ARROW_RETURN_NOT_OK(output.Emit(std::move(result)));
    }
    return Status::OK();
  }

 private:
  struct Local final : LocalState {
    std::vector<ExpressionSet> projections;
  };

  const physical::Expand& node_;
};

}  // namespace

Status BuildExpand(Builder& builder, const physical::Expand& node, const Chain& downstream) {
  return builder.Build(node.inputs[0], downstream.Prepend(std::make_shared<ExpandOperator>(
                                           node, builder.runtime())));
}

}  // namespace emery::execution
