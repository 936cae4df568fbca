#include <algorithm>
#include <atomic>
#include <utility>

#include "execution/builder.h"
#include "execution/coalescer.h"
#include "functions/evaluator.h"
#include "functions/runtime_filter.h"

namespace emery::execution {

namespace {

using columnar::Batch;

/// Reads a table's scan tasks, which all threads take from one list; a task is a morsel. Tasks that
/// a runtime filter excludes by their bounds are not opened; tasks ahead of the running ones are
/// asked to read in advance.
class ScanSource final : public Source {
 public:
  ScanSource(const physical::Scan& node, Runtime* runtime)
      : Source(runtime->StatisticsOf(node)), node_(node) {
    for (const physical::RuntimeFilterTarget& target : node.runtime_filters) {
      filters_.push_back({target.column, runtime->RuntimeFilterOf(
                                             target.filter_id, node.request[target.column].type)});
    }
    identity_projection_ = node.projection.size() == node.request.size();
    for (size_t i = 0; i < node.projection.size(); ++i) {
      identity_projection_ = identity_projection_ && node.projection[i] == static_cast<int>(i);
    }
  }

  Status Open(Runtime& runtime) override {
    table::ScanRequest request;
    request.field_indexes = node_.field_indexes;
    for (const physical::OutputColumn& column : node_.request) {
      request.names.push_back(column.name);
      request.types.push_back(column.type);
    }
    request.filter = node_.filter;
    request.context = runtime.context();
    ARROW_ASSIGN_OR_RAISE(plan_, node_.table->PlanScan(request));
    statistics()->files += plan_.files;
    statistics()->files_pruned += plan_.files_pruned;
    runtime.tasks_total += static_cast<int64_t>(plan_.tasks.size());
    return Status::OK();
  }

  int MaxThreads() const override { return static_cast<int>(plan_.tasks.size()); }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    if (!plan_.residual.empty()) {
      ARROW_ASSIGN_OR_RAISE(local->residual, functions::FilterEvaluator::Make(
                                                 plan_.residual, context.runtime->context()));
    }
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Result<Step> Next(TaskContext& context, LocalState* state, Batch* batch) override {
    auto* local = static_cast<Local*>(state);
    if (local->reader == nullptr) {
      const int64_t index = next_task_.fetch_add(1);
      if (index >= static_cast<int64_t>(plan_.tasks.size())) {
        return Step::kEnd;
      }
      context.morsel = index;
      const table::ScanTask& task = *plan_.tasks[index];
      if (Excluded(task)) {
        statistics()->row_groups_pruned += 1;
        statistics()->rows_pruned += task.num_rows();
        context.runtime->tasks_done += 1;
        return Step::kMorselEnd;
      }
      const int64_t ahead = index + context.runtime->num_threads();
      if (ahead < static_cast<int64_t>(plan_.tasks.size())) {
        plan_.tasks[ahead]->Prefetch();
      }
      ARROW_ASSIGN_OR_RAISE(local->reader, task.Open(filters_));
      local->reported = format::ScanMetrics();
    }
    while (true) {
      ARROW_RETURN_NOT_OK(context.runtime->Check());
      ARROW_ASSIGN_OR_RAISE(std::optional<Batch> next, local->reader->Next());
      Report(local);
      if (!next.has_value()) {
        local->reader.reset();
        context.runtime->tasks_done += 1;
        return Step::kMorselEnd;
      }
      if (local->residual != nullptr) {
        local->rows.resize(next->num_rows);
        ARROW_ASSIGN_OR_RAISE(const int64_t count,
                              local->residual->Select(*next, local->rows.data()));
        if (count == 0) {
          continue;
        }
        if (count < next->num_rows) {
          *batch = columnar::GatherBatch(Project(*next), local->rows.data(), count);
          return Step::kBatch;
        }
      }
      if (next->num_rows == 0) {
        continue;
      }
      *batch = identity_projection_ ? *std::move(next) : Project(*next);
      return Step::kBatch;
    }
  }

 private:
  struct Local final : LocalState {
    std::unique_ptr<format::BatchReader> reader;
    std::unique_ptr<functions::FilterEvaluator> residual;
    std::vector<int32_t> rows;
    format::ScanMetrics reported;
  };

  bool Excluded(const table::ScanTask& task) const {
    return std::any_of(filters_.begin(), filters_.end(), [&](const format::RuntimeFilterUse& use) {
      const functions::RuntimeFilter& filter = *use.filter;
      if (!filter.ready()) {
        return false;
      }
      if (filter.empty()) {
        return true;
      }
      if (filter.min().is_null() || filter.max().is_null()) {
        return false;
      }
      const auto bounds = task.Bounds(use.column);
      return bounds.has_value() && !bounds->first.is_null() && !bounds->second.is_null() &&
             (type::CompareValues(*filter.type(), bounds->second, filter.min()) < 0 ||
              type::CompareValues(*filter.type(), bounds->first, filter.max()) > 0);
    });
  }

  void Report(Local* local) {
    const format::ScanMetrics& now = local->reader->metrics();
    format::ScanMetrics& last = local->reported;
    OperatorStatistics* s = statistics();
    s->bytes_read += now.bytes_read - last.bytes_read;
    s->rows_in += now.rows_read - last.rows_read;
    s->rows_pruned += now.rows_pruned - last.rows_pruned;
    s->row_groups += now.row_groups - last.row_groups;
    s->row_groups_pruned += now.row_groups_pruned - last.row_groups_pruned;
    last = now;
  }

  Batch Project(const Batch& batch) const {
    if (identity_projection_) {
      return batch;
    }
    Batch result;
    result.num_rows = batch.num_rows;
    result.columns.reserve(node_.projection.size());
    for (const int column : node_.projection) {
      result.columns.push_back(batch.columns[column]);
    }
    return result;
  }

  const physical::Scan& node_;
  bool identity_projection_ = true;
  std::vector<format::RuntimeFilterUse> filters_;
  table::ScanPlan plan_;
  std::atomic<int64_t> next_task_{0};
};

}  // namespace

Status BuildScan(Builder& builder, const physical::Scan& node, const Chain& downstream) {
  builder.Add(std::make_shared<ScanSource>(node, builder.runtime()), downstream);
  return Status::OK();
}

}  // namespace emery::execution
