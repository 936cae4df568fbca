#include <algorithm>
#include <utility>

#include "execution/builder.h"
#include "functions/evaluator.h"

namespace emery::execution {

namespace {

/// Morsels are the partitions that Spark makes of such rows, which may be seen in the files that an
/// INSERT writes: as many as its parallelism, but none empty. One thread gives them one after
/// another.
class ValuesSource final : public Source {
 public:
  ValuesSource(const physical::Values& node, Runtime* runtime)
      : Source(runtime->StatisticsOf(node)),
        node_(node),
        num_morsels_(std::clamp<int64_t>(static_cast<int64_t>(node.rows.size()), 1,
                                         runtime->default_parallelism())) {}

  Result<Step> Next(TaskContext& context, LocalState*, columnar::Batch* batch) override {
    const auto total = static_cast<int64_t>(node_.rows.size());
    if (ended_) {
      return Step::kEnd;
    }
    const int64_t end = total * (morsel_ + 1) / num_morsels_;
    if (next_row_ >= end) {
      ended_ = ++morsel_ == num_morsels_;
      return Step::kMorselEnd;
    }
    context.morsel = morsel_;
    const int64_t count = std::min(columnar::kBatchSize, end - next_row_);
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
  const int64_t num_morsels_;
  int64_t morsel_ = 0;
  int64_t next_row_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BuildValues(Builder& builder, const physical::Values& node, const Chain& downstream) {
  builder.Add(std::make_shared<ValuesSource>(node, builder.runtime()), downstream);
  return Status::OK();
}

}  // namespace emery::execution
