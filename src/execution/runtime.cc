#include "execution/runtime.h"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include "execution/worker_pool.h"
#include "functions/runtime_filter.h"
#include "io/spill_file.h"

namespace emery::execution {

namespace {

int ThreadsOf(const QueryEnvironment& environment) {
  if (environment.num_threads > 0) {
    return environment.num_threads;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

std::string NameOf(const physical::Node& node) {
  switch (node.kind) {
    case physical::NodeKind::kScan:
      return "Scan " + static_cast<const physical::Scan&>(node).name;
    case physical::NodeKind::kValues:
      return "Values";
    case physical::NodeKind::kRange:
      return "Range";
    case physical::NodeKind::kProject:
      return "Project";
    case physical::NodeKind::kFilter:
      return "Filter";
    case physical::NodeKind::kHashJoin:
      return "HashJoin";
    case physical::NodeKind::kNestedLoopJoin:
      return "NestedLoopJoin";
    case physical::NodeKind::kHashAggregate:
      return "HashAggregate";
    case physical::NodeKind::kSort:
      return "Sort";
    case physical::NodeKind::kTopN:
      return "TopN";
    case physical::NodeKind::kLimit:
      return "Limit";
    case physical::NodeKind::kUnion:
      return "Union";
    case physical::NodeKind::kWindow:
      return "Window";
    case physical::NodeKind::kGenerate:
      return "Generate";
    case physical::NodeKind::kExpand:
      return "Expand";
    case physical::NodeKind::kSample:
      return "Sample";
    case physical::NodeKind::kShared:
      return "Shared";
    case physical::NodeKind::kRecursive:
      return "Recursive";
    case physical::NodeKind::kRecursiveReference:
      return "RecursiveReference";
    case physical::NodeKind::kWrite:
      return "Write";
  }
  return "?";
}

// Lets the caller wait for functions that run on other threads.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}

  void Done() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--left_ == 0) {
      zero_.notify_all();
    }
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    zero_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int left_;
};

}  // namespace

int Runtime::default_parallelism() const {
  return environment_.default_parallelism > 0
             ? environment_.default_parallelism
             : std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

Runtime::Runtime(QueryEnvironment environment)
    : environment_(std::move(environment)), num_threads_(ThreadsOf(environment_)) {}

Runtime::~Runtime() = default;

Status Runtime::StopReason() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stop_reason_;
}

void Runtime::Stop(const Status& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!stopped_.load(std::memory_order_relaxed)) {
    stop_reason_ = reason;
    stopped_.store(true, std::memory_order_release);
  }
}

OperatorStatistics* Runtime::StatisticsOf(const physical::Node& node) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<OperatorStatistics>& entry = statistics_[node.id];
  if (entry == nullptr) {
    entry = std::make_unique<OperatorStatistics>();
    entry->node_id = node.id;
    entry->name = NameOf(node);
  }
  return entry.get();
}

std::vector<const OperatorMetrics*> Runtime::metrics() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<const OperatorMetrics*> all;
  all.reserve(statistics_.size());
  for (const auto& [id, entry] : statistics_) {
    all.push_back(entry.get());
  }
  return all;
}

std::shared_ptr<functions::RuntimeFilter> Runtime::RuntimeFilterOf(int id,
                                                                   const type::TypePtr& type) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<functions::RuntimeFilter>& entry = filters_[id];
  if (entry == nullptr) {
    entry = std::make_shared<functions::RuntimeFilter>(type);
  }
  return entry;
}

Status Runtime::RunThreads(int threads, const std::function<Status(int)>& f) {
  std::vector<Status> outcomes(threads);
  const auto run = [&](int thread) {
    outcomes[thread] = f(thread);
    if (!outcomes[thread].ok()) {
      Stop(outcomes[thread]);
    }
  };
  Countdown others(threads - 1);
  for (int thread = 1; thread < threads; ++thread) {
    WorkerPool::Instance().Submit([&run, &others, thread] {
      run(thread);
      others.Done();
    });
  }
  run(0);
  if (threads > 1) {
    others.Wait();
  }
  for (const Status& outcome : outcomes) {
    if (!outcome.ok()) {
      return StopReason();
    }
  }
  return Status::OK();
}

Status Runtime::ParallelFor(int64_t count, const std::function<Status(int64_t)>& f) {
  std::atomic<int64_t> next{0};
  const auto threads = static_cast<int>(std::min<int64_t>(count, num_threads_));
  if (threads <= 0) {
    return Status::OK();
  }
  return RunThreads(threads, [&](int) -> Status {
    while (true) {
      const int64_t i = next.fetch_add(1);
      if (i >= count) {
        return Status::OK();
      }
      ARROW_RETURN_NOT_OK(Check());
      ARROW_RETURN_NOT_OK(f(i));
    }
  });
}

Result<std::unique_ptr<io::SpillFile>> Runtime::NewSpillFile() const {
  return io::SpillFile::Create(environment_.spill_folder);
}

Status OutOfMemory(const Runtime& runtime, int64_t requested_bytes) {
  const std::string requested = std::to_string(requested_bytes);
  const std::string available = std::to_string(
      std::max<int64_t>(0, runtime.budget()->limit() - runtime.budget()->reserved()));
  return base::UserError("UNABLE_TO_ACQUIRE_MEMORY",
                         "Unable to acquire " + requested + " bytes of memory, got " + available +
                             ". Raise emery.memory.limit, or make the query keep less at a time.",
                         {{"requestedBytes", requested}, {"receivedBytes", available}});
}

}  // namespace emery::execution
