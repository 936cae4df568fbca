#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "session/execution_internal.h"

namespace emery::session {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

}  // namespace

ProgressTicker::ProgressTicker(int64_t id, const execution::Query* query,
                               std::vector<std::shared_ptr<Listener>> listeners)
    : id_(id), query_(query), listeners_(std::move(listeners)), thread_([this] { Run(); }) {}

ProgressTicker::~ProgressTicker() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  stop_signal_.notify_all();
  thread_.join();
}

void ProgressTicker::Run() {
  const auto start = Clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_signal_.wait_for(lock, kProgressInterval, [this] { return stopped_; })) {
    QueryProgress event;
    event.id = id_;
    event.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    event.progress = query_->progress();
    for (const std::shared_ptr<Listener>& listener : listeners_) {
      listener->OnProgress(event);
    }
  }
}

Statement::Execution::Execution(Statement* statement, std::unique_ptr<execution::Query> query,
                                physical::NodePtr plan)
    : budget_(statement->state().budget), plan_(std::move(plan)), query_(std::move(query)) {
  std::vector<std::shared_ptr<Listener>> watching;
  for (const std::shared_ptr<Listener>& listener : statement->listeners_) {
    if (listener->wants_progress()) {
      watching.push_back(listener);
    }
  }
  if (!watching.empty()) {
    ticker_ = std::make_unique<ProgressTicker>(statement->id(), query_.get(), std::move(watching));
  }
}

Statement::Execution::~Execution() {
  ticker_.reset();  // before the query that it reads
}

Result<std::optional<columnar::Batch>> Statement::Execution::Next() {
  ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, query_->Next());
  if (batch) {
    rows_ += batch->num_rows;
  } else {
    ticker_.reset();
  }
  return batch;
}

StatementSummary Statement::Execution::Summary() const {
  StatementSummary summary;
  summary.rows = rows_;
  summary.peak_memory_bytes = budget_->peak();
  for (const execution::OperatorMetrics* metrics : query_->metrics()) {
    OperatorSummary one;
    one.node_id = metrics->node_id;
    one.name = metrics->name;
    one.rows_in = metrics->rows_in;
    one.rows_out = metrics->rows_out;
    one.time_ns = metrics->time_ns;
    one.memory_bytes = metrics->memory_bytes;
    one.spilled_bytes = metrics->spilled_bytes;
    one.bytes_read = metrics->bytes_read;
    one.rows_pruned = metrics->rows_pruned;
    one.row_groups = metrics->row_groups;
    one.row_groups_pruned = metrics->row_groups_pruned;
    one.files = metrics->files;
    one.files_pruned = metrics->files_pruned;
    summary.bytes_read += one.bytes_read;
    summary.spilled_bytes += one.spilled_bytes;
    summary.operators.push_back(std::move(one));
  }
  return summary;
}

}  // namespace emery::session
