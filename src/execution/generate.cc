#include <algorithm>
#include <utility>

#include "execution/builder.h"
#include "execution/expressions.h"
#include "functions/registry.h"

namespace emery::execution {

namespace {

using columnar::Batch;
using columnar::VectorPtr;

class GenerateOperator final : public Operator {
 public:
  GenerateOperator(const physical::Generate& node, functions::BoundGenerator generator,
                   Runtime* runtime)
      : Operator(runtime->StatisticsOf(node)), node_(node), generator_(std::move(generator)) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    ARROW_ASSIGN_OR_RAISE(local->arguments,
                          ExpressionSet::Make(node_.arguments, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  // An input row may give millions, so few rows are taken at a time until their number is known.
  Status Push(TaskContext& context, Batch batch, LocalState* state, Output& output) override {
    auto* local = static_cast<Local*>(state);
    for (int64_t begin = 0; begin < batch.num_rows;) {
      const int64_t count = std::min(local->input_rows, batch.num_rows - begin);
      const bool whole = count == batch.num_rows;
      ARROW_ASSIGN_OR_RAISE(
          const int64_t given,
          PushSome(context, whole ? batch : columnar::SliceBatch(batch, begin, count), local,
                   output));
      begin += count;
      if (given > 2 * columnar::kBatchSize) {
        local->input_rows = std::max<int64_t>(1, count * columnar::kBatchSize / given);
      } else if (given < columnar::kBatchSize) {
        local->input_rows = std::min(local->input_rows * 2, columnar::kBatchSize);
      }
    }
    return Status::OK();
  }

 private:
  struct Local final : LocalState {
    ExpressionSet arguments;
    int64_t input_rows = 16;  // at a time
  };

  // The number of rows given out.
  Result<int64_t> PushSome(TaskContext& context, const Batch& batch, Local* local, Output& output) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<VectorPtr> arguments, local->arguments.Evaluate(batch));
    const functions::KernelArguments input{arguments,
                                           batch.num_rows,
                                           type::Null(),
                                           generator_.state.get(),
                                           *context.runtime->context(),
                                           node_.mode};
    ARROW_ASSIGN_OR_RAISE(functions::BoundGenerator::Result_ generated, generator_.kernel(input));
    if (node_.outer) {
      ARROW_RETURN_NOT_OK(AddMissing(batch.num_rows, &generated));
    }
    const auto total = static_cast<int64_t>(generated.row_of.size());
    for (int64_t begin = 0; begin < total; begin += columnar::kBatchSize) {
      ARROW_RETURN_NOT_OK(context.runtime->Check());
      const int64_t count = std::min(columnar::kBatchSize, total - begin);
      Batch result;
      result.num_rows = count;
      for (const int column : node_.projection) {
        result.columns.push_back(
            columnar::Gather(batch.columns[column], generated.row_of.data() + begin, count));
      }
      for (const VectorPtr& column : generated.columns) {
        result.columns.push_back(total == count ? column : columnar::Slice(column, begin, count));
      }
      ARROW_RETURN_NOT_OK(output.Emit(std::move(result)));
    }
    return total;
  }

  // OUTER: an input row that gave nothing gives one row of nulls.
  static Status AddMissing(int64_t num_rows, functions::BoundGenerator::Result_* generated) {
    std::vector<int32_t> row_of;
    std::vector<int32_t> sources;  // rows of what was generated; -1: nulls
    size_t next = 0;
    bool any_missing = false;
    for (int64_t row = 0; row < num_rows; ++row) {
      const size_t first = next;
      while (next < generated->row_of.size() && generated->row_of[next] == row) {
        row_of.push_back(static_cast<int32_t>(row));
        sources.push_back(static_cast<int32_t>(next++));
      }
      if (first == next) {
        any_missing = true;
        row_of.push_back(static_cast<int32_t>(row));
        sources.push_back(-1);
      }
    }
    if (any_missing) {
      const auto count = static_cast<int64_t>(sources.size());
      for (VectorPtr& column : generated->columns) {
        column = generated->row_of.empty() ? columnar::Vector::MakeNull(column->type(), count)
                                           : columnar::GatherOrNull(column, sources.data(), count);
      }
      generated->row_of = std::move(row_of);
    }
    return Status::OK();
  }

  const physical::Generate& node_;
  const functions::BoundGenerator generator_;
};

}  // namespace

Status BuildGenerate(Builder& builder, const physical::Generate& node, const Chain& downstream) {
  const functions::GeneratorFunction* function =
      functions::Registry::Instance().FindGenerator(node.name);
  if (function == nullptr) {
    return base::UserError("UNRESOLVED_ROUTINE",
                           "Cannot resolve the generator " + base::QuoteIdentifier(node.name) + ".",
                           {{"routineName", base::QuoteIdentifier(node.name)}});
  }
  functions::BindInput input;
  input.name = node.name;
  input.mode = node.mode;
  input.context = builder.runtime()->context().get();
  for (const plan::ExpressionPtr& argument : node.arguments) {
    input.types.push_back(argument->type);
    input.nullable.push_back(argument->nullable);
    input.literals.push_back(plan::As<plan::Literal>(argument));
  }
  ARROW_ASSIGN_OR_RAISE(functions::BoundGenerator generator, function->bind(input));
  return builder.Build(node.inputs[0], downstream.Prepend(std::make_shared<GenerateOperator>(
                                           node, std::move(generator), builder.runtime())));
}

}  // namespace emery::execution
