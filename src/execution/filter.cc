#include <utility>

#include "execution/builder.h"
#include "execution/coalescer.h"
#include "functions/evaluator.h"

namespace emery::execution {

namespace {

class FilterOperator final : public Operator {
 public:
  FilterOperator(const physical::Filter& node, Runtime* runtime)
      : Operator(runtime->StatisticsOf(node)), node_(node), types_(TypesOf(node.output)) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(types_);
    ARROW_ASSIGN_OR_RAISE(local->filter, functions::FilterEvaluator::Make(
                                             node_.conjuncts, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, columnar::Batch batch, LocalState* state, Output& output) override {
    auto* local = static_cast<Local*>(state);
    local->rows.resize(batch.num_rows);
    ARROW_ASSIGN_OR_RAISE(const int64_t count, local->filter->Select(batch, local->rows.data()));
    if (count == batch.num_rows) {
      return local->coalescer.Push(std::move(batch), output);
    }
    if (count == 0) {
      return Status::OK();
    }
    return local->coalescer.Push(columnar::GatherBatch(batch, local->rows.data(), count), output);
  }

  Status Flush(TaskContext&, LocalState* state, Output& output) override {
    return static_cast<Local*>(state)->coalescer.Flush(output);
  }

 private:
  struct Local final : LocalState {
    explicit Local(const std::vector<type::TypePtr>& types) : coalescer(types) {}

    std::unique_ptr<functions::FilterEvaluator> filter;
    std::vector<int32_t> rows;
    Coalescer coalescer;
  };

  const physical::Filter& node_;
  std::vector<type::TypePtr> types_;
};

}  // namespace

Status BuildFilter(Builder& builder, const physical::Filter& node, const Chain& downstream) {
  return builder.Build(node.inputs[0], downstream.Prepend(std::make_shared<FilterOperator>(
                                           node, builder.runtime())));
}

}  // namespace emery::execution
