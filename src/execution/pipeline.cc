#include "execution/pipeline.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace emery::execution {

Status Source::Open(Runtime&) {
  return Status::OK();
}

Result<std::unique_ptr<LocalState>> Source::MakeLocal(TaskContext&) {
  return std::make_unique<LocalState>();
}

Status Operator::Open(Runtime&) {
  return Status::OK();
}

Result<std::unique_ptr<LocalState>> Operator::MakeLocal(TaskContext&) {
  return std::make_unique<LocalState>();
}

Status Operator::Flush(TaskContext&, LocalState*, Output&) {
  return Status::OK();
}

Result<std::unique_ptr<LocalState>> Sink::MakeLocal(TaskContext&) {
  return std::make_unique<LocalState>();
}

Status Sink::FinishMorsel(TaskContext&, LocalState*) {
  return Status::OK();
}

Status Sink::Combine(TaskContext&, LocalState*) {
  return Status::OK();
}

void Sink::EndPipeline(int64_t) {}

Status Sink::Finalize(Runtime&) {
  return Status::OK();
}

namespace {

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Gives each operator the time that its own code took: whenever the thread goes over from one to
// the other, the time since the last change is added to the one that ran.
class Stopwatch {
 public:
  explicit Stopwatch(OperatorStatistics* first) : current_(first), since_ns_(NowNs()) {}

  ~Stopwatch() { Switch(nullptr); }

  OperatorStatistics* Switch(OperatorStatistics* next) {
    const int64_t now = NowNs();
    if (current_ != nullptr) {
      current_->time_ns.fetch_add(now - since_ns_, std::memory_order_relaxed);
    }
    since_ns_ = now;
    return std::exchange(current_, next);
  }

 private:
  OperatorStatistics* current_;
  int64_t since_ns_;
};

// One thread's run of a pipeline.
class PipelineThread {
 public:
  PipelineThread(Runtime& runtime, const Pipeline& pipeline, int thread,
                 std::atomic<int64_t>* num_morsels)
      : pipeline_(pipeline), num_morsels_(num_morsels), watch_(pipeline.source->statistics()) {
    context_.runtime = &runtime;
    context_.thread = thread;
  }

  Status Run() {
    ARROW_ASSIGN_OR_RAISE(source_local_, pipeline_.source->MakeLocal(context_));
    const auto& operators = pipeline_.chain.operators;
    stages_.reserve(operators.size());
    for (size_t i = 0; i < operators.size(); ++i) {
      stages_.emplace_back(this, i);
      ARROW_ASSIGN_OR_RAISE(stages_.back().local, operators[i]->MakeLocal(context_));
    }
    Sink& sink = *pipeline_.chain.sink;
    ARROW_ASSIGN_OR_RAISE(sink_local_, sink.MakeLocal(context_));
    OperatorStatistics* source_statistics = pipeline_.source->statistics();
    while (!sink.Done()) {
      ARROW_RETURN_NOT_OK(context_.runtime->Check());
      columnar::Batch batch;
      ARROW_ASSIGN_OR_RAISE(const Source::Step step,
                            pipeline_.source->Next(context_, source_local_.get(), &batch));
      if (step == Source::Step::kEnd) {
        break;
      }
      if (step == Source::Step::kMorselEnd) {
        ARROW_RETURN_NOT_OK(FinishMorsel());
        num_morsels_->fetch_add(1);
        continue;
      }
      if (source_statistics != nullptr) {
        source_statistics->rows_out.fetch_add(batch.num_rows, std::memory_order_relaxed);
      }
      ARROW_RETURN_NOT_OK(Push(0, std::move(batch)));
    }
    watch_.Switch(sink.statistics());
    return sink.Combine(context_, sink_local_.get());
  }

 private:
  // The part of the pipeline behind operator `index`, and that operator's state.
  struct Stage final : Output {
    Stage(PipelineThread* t, size_t i) : thread(t), index(i) {}

    Status Emit(columnar::Batch batch) override {
      OperatorStatistics* statistics = thread->pipeline_.chain.operators[index]->statistics();
      if (statistics != nullptr) {
        statistics->rows_out.fetch_add(batch.num_rows, std::memory_order_relaxed);
      }
      // One batch that comes in may make thousands here.
      ARROW_RETURN_NOT_OK(thread->context_.runtime->Check());
      return thread->Push(index + 1, std::move(batch));
    }

    PipelineThread* thread;
    size_t index;
    std::unique_ptr<LocalState> local;
  };

  Status Push(size_t index, columnar::Batch batch) {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    if (index == stages_.size()) {
      Sink& sink = *pipeline_.chain.sink;
      OperatorStatistics* statistics = sink.statistics();
      if (statistics != nullptr) {
        statistics->rows_in.fetch_add(batch.num_rows, std::memory_order_relaxed);
      }
      OperatorStatistics* previous = watch_.Switch(statistics);
      const Status status = sink.Push(context_, std::move(batch), sink_local_.get());
      watch_.Switch(previous);
      return status;
    }
    Operator& op = *pipeline_.chain.operators[index];
    OperatorStatistics* statistics = op.statistics();
    if (statistics != nullptr) {
      statistics->rows_in.fetch_add(batch.num_rows, std::memory_order_relaxed);
    }
    OperatorStatistics* previous = watch_.Switch(statistics);
    const Status status =
        op.Push(context_, std::move(batch), stages_[index].local.get(), stages_[index]);
    watch_.Switch(previous);
    return status;
  }

  Status FinishMorsel() {
    for (size_t i = 0; i < stages_.size(); ++i) {
      Operator& op = *pipeline_.chain.operators[i];
      OperatorStatistics* previous = watch_.Switch(op.statistics());
      ARROW_RETURN_NOT_OK(op.Flush(context_, stages_[i].local.get(), stages_[i]));
      watch_.Switch(previous);
    }
    return pipeline_.chain.sink->FinishMorsel(context_, sink_local_.get());
  }

  const Pipeline& pipeline_;
  std::atomic<int64_t>* num_morsels_;
  Stopwatch watch_;
  TaskContext context_;
  std::unique_ptr<LocalState> source_local_;
  std::vector<Stage> stages_;
  std::unique_ptr<LocalState> sink_local_;
};

Status RunPipeline(Runtime& runtime, const Pipeline& pipeline, int64_t* num_morsels) {
  const bool skip = pipeline.chain.sink->Done() ||
                    std::any_of(pipeline.skip_if.begin(), pipeline.skip_if.end(),
                                [](const std::function<bool()>& test) { return test(); });
  if (skip) {
    return Status::OK();
  }
  runtime.running.store(pipeline.source->statistics());
  ARROW_RETURN_NOT_OK(pipeline.source->Open(runtime));
  for (const std::shared_ptr<Operator>& op : pipeline.chain.operators) {
    ARROW_RETURN_NOT_OK(op->Open(runtime));
  }
  const int threads = std::max(1, std::min({runtime.num_threads(), pipeline.source->MaxThreads(),
                                            pipeline.chain.sink->MaxThreads()}));
  std::atomic<int64_t> morsels{0};
  const Status status = runtime.RunThreads(threads, [&](int thread) {
    return PipelineThread(runtime, pipeline, thread, &morsels).Run();
  });
  *num_morsels = morsels.load();
  return status;
}

}  // namespace

Status RunPipelines(Runtime& runtime, const std::vector<Pipeline>& pipelines) {
  for (const Pipeline& pipeline : pipelines) {
    ARROW_RETURN_NOT_OK(runtime.Check());
    int64_t num_morsels = 0;
    ARROW_RETURN_NOT_OK(RunPipeline(runtime, pipeline, &num_morsels));
    Sink& sink = *pipeline.chain.sink;
    sink.EndPipeline(num_morsels);
    if (--sink.open_pipelines == 0) {
      Stopwatch watch(sink.statistics());
      ARROW_RETURN_NOT_OK(sink.Finalize(runtime));
    }
  }
  return Status::OK();
}

}  // namespace emery::execution
