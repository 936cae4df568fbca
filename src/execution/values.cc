#include <utility>

#include "execution/builder.h"
#include "functions/evaluator.h"

namespace emery::execution {

namespace {

class ValuesSource final : public Source {
 public:
  ValuesSource(const physical::Values& node, Runtime* runtime)
      : Source(runtime->StatisticsOf(node)), node_(node) {}

  Result<Step> Next(TaskContext& context, LocalState*, columnar::Batch* batch) override {
    const auto total = static_cast<int64_t>(node_.rows.size());
    if (ended_) {
      return Step::kEnd;
    }
    if (next_row_ >= total) {
      ended_ = true;
      return Step::kMorselEnd;
    }
    const int64_t count = std::min(columnar::kBatchSize, total - next_row_);
    batch->num_rows = count;
    for (size_t c = 0; c < node_.output.size(); ++c) {
      const type::TypePtr& type = node_.output[c].type;
      const std::unique_ptr<columnar::VectorBuilder> values = columnar::VectorBuilder::Make(type);
      for (int64_t i = 0; i < count; ++i) {
        const plan::ExpressionPtr& cell = node_.rows[next_row_ + i][c];
        if (const auto* literal = plan::As<plan::Literal>(cell)) {
          values->AppendValue(literal->value);
        } else {
          ARROW_ASSIGN_OR_RAISE(const type::Value value,
                                functions::EvaluateConstant(cell, context.runtime->context()));
          values->AppendValue(value);
        }
      }
      batch->columns.push_back(values->Finish());
    }
    next_row_ += count;
    return Step::kBatch;
  }

 private:
  const physical::Values& node_;
  int64_t next_row_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BuildValues(Builder& builder, const physical::Values& node, const Chain& downstream) {
  builder.Add(std::make_shared<ValuesSource>(node, builder.runtime()), downstream);
  return Status::OK();
}

}  // namespace emery::execution
