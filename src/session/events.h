#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "execution/query.h"
#include "physical/physical_plan.h"
#include "plan/logical_plan.h"

namespace emery::session {

/// What one operator did, read at the end of a query.
struct OperatorSummary {
  int node_id = 0;
  std::string name;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t time_ns = 0;
  int64_t memory_bytes = 0;
  int64_t spilled_bytes = 0;
  int64_t bytes_read = 0;
  int64_t rows_pruned = 0;
  int64_t row_groups = 0;
  int64_t row_groups_pruned = 0;
  int64_t files = 0;
  int64_t files_pruned = 0;
};

/// What a whole statement did.
struct StatementSummary {
  double seconds = 0;
  int64_t rows = 0;  // of the result; of the table written for INSERT and CTAS
  int64_t bytes_read = 0;
  int64_t spilled_bytes = 0;
  int64_t peak_memory_bytes = 0;  // of the process's budget, while the statement ran
  std::vector<OperatorSummary> operators;
};

struct QueryStarted {
  int64_t id = 0;  // unique within the process
  std::string text;
  int64_t start_us = 0;  // since the epoch
};

struct QueryPlanned {
  int64_t id = 0;
  plan::PlanPtr optimized;
  physical::NodePtr physical;
};

struct QueryProgress {
  int64_t id = 0;
  double seconds = 0;
  execution::Progress progress;
};

struct QueryEnded {
  int64_t id = 0;
  Status status;
  StatementSummary summary;
};

/// Hears what a session's statements do. Calls come from the thread that runs the statement, but
/// for OnProgress, which comes from a thread of its own about ten times a second while a query
/// runs. Must not call the session.
class Listener {
 public:
  virtual ~Listener() = default;

  virtual void OnStarted(const QueryStarted& /*event*/) {}

  virtual void OnPlanned(const QueryPlanned& /*event*/) {}

  virtual void OnProgress(const QueryProgress& /*event*/) {}

  virtual void OnEnded(const QueryEnded& /*event*/) {}

  /// Without a listener that wants it, no thread is started.
  virtual bool wants_progress() const { return false; }
};

}  // namespace emery::session
