#include "execution/query.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "execution/builder.h"
#include "execution/pipeline.h"
#include "execution/result_queue.h"
#include "execution/runtime.h"
#include "execution/worker_pool.h"

namespace emery::execution {

namespace {

// Plans that read next to nothing are done before a second thread would have woken up.
bool IsTrivial(const physical::NodePtr& node) {
  constexpr int64_t kRowsMax = 20000;
  switch (node->kind) {
    case physical::NodeKind::kScan:
    case physical::NodeKind::kRecursive:
    case physical::NodeKind::kGenerate:
    case physical::NodeKind::kHashJoin:
    case physical::NodeKind::kNestedLoopJoin:
    case physical::NodeKind::kExpand:
      return false;
    case physical::NodeKind::kValues:
      return static_cast<int64_t>(physical::As<physical::Values>(node)->rows.size()) <= kRowsMax;
    case physical::NodeKind::kRange: {
      const auto* range = physical::As<physical::Range>(node);
      const auto distance = static_cast<__int128>(range->end) - range->start;
      return distance / range->step <= kRowsMax;
    }
    default:
      return std::all_of(node->inputs.begin(), node->inputs.end(), IsTrivial);
  }
}

class RunningQuery final : public Query {
 public:
  RunningQuery(physical::NodePtr plan, QueryEnvironment environment)
      : plan_(std::move(plan)), runtime_(std::move(environment)), builder_(&runtime_) {}

  ~RunningQuery() override {
    runtime_.Stop(base::Canceled());
    std::unique_lock<std::mutex> lock(mutex_);
    ended_condition_.wait(lock, [this] { return ended_; });
  }

  Status Start() {
    if (IsTrivial(plan_)) {
      runtime_.set_inline_execution();
    }
    results_ = std::make_shared<ResultQueue>(&runtime_);
    Chain chain;
    chain.sink = results_;
    ARROW_RETURN_NOT_OK(builder_.Build(plan_, chain));
    if (!runtime_.inline_execution()) {
      ended_ = false;
      WorkerPool::Instance().Submit([this] {
        Run();
        const std::lock_guard<std::mutex> lock(mutex_);
        ended_ = true;
        ended_condition_.notify_all();
      });
    }
    return Status::OK();
  }

  Result<std::optional<columnar::Batch>> Next() override {
    if (runtime_.inline_execution() && !ran_) {
      ran_ = true;
      Run();
    }
    return results_->Pop();
  }

  Progress progress() const override {
    Progress progress;
    for (const OperatorMetrics* metrics : runtime_.metrics()) {
      if (metrics->name.rfind("Scan", 0) == 0) {
        progress.rows_scanned += metrics->rows_out.load(std::memory_order_relaxed);
      }
      progress.bytes_read += metrics->bytes_read.load(std::memory_order_relaxed);
      progress.spilled_bytes += metrics->spilled_bytes.load(std::memory_order_relaxed);
    }
    progress.tasks_done = runtime_.tasks_done.load();
    progress.tasks_total = runtime_.tasks_total.load();
    const OperatorStatistics* running = runtime_.running.load();
    if (running != nullptr) {
      progress.running_operator = running->name;
    }
    return progress;
  }

  std::vector<const OperatorMetrics*> metrics() const override { return runtime_.metrics(); }

 private:
  void Run() {
    Status outcome = RunPipelines(runtime_, builder_.pipelines());
    if (!outcome.ok()) {
      runtime_.Stop(outcome);
    }
    results_->Close(std::move(outcome));
  }

  physical::NodePtr plan_;
  Runtime runtime_;
  Builder builder_;
  std::shared_ptr<ResultQueue> results_;
  bool ran_ = false;
  std::mutex mutex_;  // guards ended_
  std::condition_variable ended_condition_;
  bool ended_ = true;
};

}  // namespace

Result<std::unique_ptr<Query>> Query::Start(physical::NodePtr plan, QueryEnvironment environment) {
  auto query = std::make_unique<RunningQuery>(std::move(plan), std::move(environment));
  ARROW_RETURN_NOT_OK(query->Start());
  return std::unique_ptr<Query>(std::move(query));
}

}  // namespace emery::execution
