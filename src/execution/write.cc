#include <mutex>
#include <utility>

#include "execution/builder.h"
#include "execution/sort/sort.h"

namespace emery::execution {

namespace {

using columnar::Batch;

// Rows that a statement spells out.
bool IsValues(const physical::Node& node) {
  return node.kind == physical::NodeKind::kValues ||
         (node.kind == physical::NodeKind::kProject && IsValues(*node.inputs[0]));
}

/// Each thread writes through a writer of its own, made when it gets its first row; rows that the
/// statement spells out get one for each morsel, so that there are as many files as Spark writes.
/// What the writers did is the job's to remember: whoever started the query commits it.
class WriteSink final : public Sink {
 public:
  WriteSink(const physical::Write& node, Runtime* runtime)
      : Sink(runtime->StatisticsOf(node)), node_(node), by_morsel_(IsValues(*node.inputs[0])) {}

  // Rows that come clustered must stay together: more threads would write more files.
  int MaxThreads() const override { return node_.job->clustering().empty() ? 1 << 16 : 1; }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext&) override {
    return std::make_unique<Local>();
  }

  Status Push(TaskContext&, Batch batch, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    if (local->writer == nullptr) {
      ARROW_ASSIGN_OR_RAISE(local->writer, node_.job->NewWriter());
    }
    return local->writer->Write(batch);
  }

  Status FinishMorsel(TaskContext&, LocalState* state) override {
    return by_morsel_ ? FinishWriter(static_cast<Local*>(state)) : Status::OK();
  }

  Status Combine(TaskContext&, LocalState* state) override {
    return FinishWriter(static_cast<Local*>(state));
  }

  int64_t num_rows() const { return num_rows_; }

 private:
  struct Local final : LocalState {
    std::unique_ptr<table::TaskWriter> writer;
  };

  Status FinishWriter(Local* local) {
    if (local->writer == nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<table::WriteResult> result,
                          local->writer->Finish());
    local->writer.reset();
    const std::lock_guard<std::mutex> lock(mutex_);
    num_rows_ += result->num_rows;
    return Status::OK();
  }

  const physical::Write& node_;
  const bool by_morsel_;
  std::mutex mutex_;  // guards num_rows_
  int64_t num_rows_ = 0;
};

class CountSource final : public Source {
 public:
  explicit CountSource(std::shared_ptr<WriteSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  Result<Step> Next(TaskContext&, LocalState*, Batch* batch) override {
    switch (calls_++) {
      case 0:
        batch->num_rows = 1;
        batch->columns.push_back(
            columnar::Vector::MakeConstant(type::Long(), type::Value::Int(sink_->num_rows()), 1));
        return Step::kBatch;
      case 1:
        return Step::kMorselEnd;
      default:
        return Step::kEnd;
    }
  }

 private:
  std::shared_ptr<WriteSink> sink_;
  int calls_ = 0;
};

}  // namespace

Status BuildWrite(Builder& builder, const physical::Write& node, const Chain& downstream) {
  Runtime* runtime = builder.runtime();
  auto sink = std::make_shared<WriteSink>(node, runtime);
  Chain input;
  input.sink = sink;
  const std::vector<int> clustering = node.job->clustering();
  if (clustering.empty()) {
    ARROW_RETURN_NOT_OK(builder.Build(node.inputs[0], input));
  } else {
    std::vector<plan::SortOrder> order;
    for (const int column : clustering) {
      auto ordinal = std::make_shared<plan::Ordinal>();
      ordinal->index = column;
      ordinal->type = node.inputs[0]->output[column].type;
      order.push_back({std::move(ordinal), true, true});
    }
    ARROW_RETURN_NOT_OK(
        BuildSortOf(builder, order, node.inputs[0], runtime->StatisticsOf(node), input));
  }
  builder.Add(std::make_shared<CountSource>(sink), downstream);
  return Status::OK();
}

}  // namespace emery::execution
