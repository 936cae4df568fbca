#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "execution/query.h"
#include "session/events.h"
#include "session/statement.h"

namespace emery::session {

/// Calls the listeners that want progress, from a thread of its own, until destroyed.
class ProgressTicker {
 public:
  ProgressTicker(int64_t id, const execution::Query* query,
                 std::vector<std::shared_ptr<Listener>> listeners);
  ~ProgressTicker();
  ProgressTicker(const ProgressTicker&) = delete;
  ProgressTicker& operator=(const ProgressTicker&) = delete;

 private:
  void Run();

  const int64_t id_;
  const execution::Query* query_;
  const std::vector<std::shared_ptr<Listener>> listeners_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

/// A physical plan that runs, with its metrics.
class Statement::Execution {
 public:
  Execution(Statement* statement, std::unique_ptr<execution::Query> query, physical::NodePtr plan);
  ~Execution();

  Result<std::optional<columnar::Batch>> Next();

  const physical::NodePtr& plan() const { return plan_; }

  StatementSummary Summary() const;

 private:
  base::MemoryBudget* budget_;
  int64_t rows_ = 0;
  physical::NodePtr plan_;
  std::unique_ptr<execution::Query> query_;
  std::unique_ptr<ProgressTicker> ticker_;
};

}  // namespace emery::session
