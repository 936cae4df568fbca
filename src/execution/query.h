#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/memory_budget.h"
#include "columnar/batch.h"
#include "functions/context.h"
#include "physical/physical_plan.h"

namespace emery::execution {

/// What a query runs with.
struct QueryEnvironment {
  std::shared_ptr<const functions::QueryContext> context;
  base::MemoryBudget* budget = nullptr;
  std::shared_ptr<base::CancellationToken> cancellation;
  int num_threads = 0;  // 0: all cores
  /// spark.default.parallelism: pieces of rows that the statement spells out, seen in the files
  /// that an INSERT writes. 0: the cores, but at least two.
  int default_parallelism = 0;
  std::string spill_folder;  // made when first needed; removed at the end
};

/// What one operator did; written by all threads, read at any time.
struct OperatorMetrics {
  int node_id = 0;
  std::string name;  // "HashJoin", "Scan store_sales"
  std::atomic<int64_t> rows_in{0};
  std::atomic<int64_t> rows_out{0};
  std::atomic<int64_t> time_ns{0};       // summed over threads
  std::atomic<int64_t> memory_bytes{0};  // peak
  std::atomic<int64_t> spilled_bytes{0};
  std::atomic<int64_t> bytes_read{0};
  std::atomic<int64_t> rows_pruned{0};
  std::atomic<int64_t> row_groups{0};
  std::atomic<int64_t> row_groups_pruned{0};
  std::atomic<int64_t> files{0};
  std::atomic<int64_t> files_pruned{0};
};

/// How far a running query is.
struct Progress {
  int64_t rows_scanned = 0;
  int64_t bytes_read = 0;
  int64_t spilled_bytes = 0;
  int64_t tasks_done = 0;
  int64_t tasks_total = 0;
  std::string running_operator;
};

/// A running query. Batches come in order where the plan sorts. Destruction cancels it and waits
/// for its threads.
class Query {
 public:
  virtual ~Query() = default;

  /// Starts the plan on worker threads and returns at once. Errors: those of building operators.
  static Result<std::unique_ptr<Query>> Start(physical::NodePtr plan, QueryEnvironment environment);

  /// The next rows; nothing at the end. Blocks. Errors: the query's first error (OPERATION_CANCELED
  /// after a cancel).
  virtual Result<std::optional<columnar::Batch>> Next() = 0;
  virtual Progress progress() const = 0;
  /// One entry per physical node, in no order. Valid as long as the query.
  virtual std::vector<const OperatorMetrics*> metrics() const = 0;
};

}  // namespace emery::execution
