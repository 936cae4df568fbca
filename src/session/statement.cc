#include "session/statement.h"

#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "functions/evaluator.h"
#include "optimizer/optimizer.h"
#include "planner/planner.h"
#include "session/collecting_job_internal.h"
#include "session/execution_internal.h"
#include "sql/parser.h"

namespace emery::session {

namespace {

std::atomic<int64_t> next_statement_id{1};

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void AddTo(StatementSummary* total, StatementSummary part) {
  total->bytes_read += part.bytes_read;
  total->spilled_bytes += part.spilled_bytes;
  total->peak_memory_bytes = std::max(total->peak_memory_bytes, part.peak_memory_bytes);
  total->operators = std::move(part.operators);
}

/// Rows of a query that is the whole statement.
class QueryResult final : public StatementResult {
 public:
  QueryResult(std::shared_ptr<Statement> statement, std::unique_ptr<Statement::Execution> execution,
              type::Schema schema)
      : statement_(std::move(statement)),
        execution_(std::move(execution)),
        schema_(std::move(schema)) {}

  ~QueryResult() override {
    if (!done_) {
      statement_->End(base::Canceled(), execution_->Summary());
    }
  }

  const type::Schema& schema() const override { return schema_; }

  Result<std::optional<columnar::Batch>> Next() override {
    if (done_) {
      return std::optional<columnar::Batch>();
    }
    Result<std::optional<columnar::Batch>> batch = execution_->Next();
    if (!batch.ok() || !batch->has_value()) {
      done_ = true;
      statement_->End(batch.status(), execution_->Summary());
    }
    return batch;
  }

  StatementSummary summary() const override {
    return done_ ? statement_->so_far() : execution_->Summary();
  }

  std::shared_ptr<const functions::QueryContext> context() const override {
    return statement_->context();
  }

 private:
  std::shared_ptr<Statement> statement_;
  std::unique_ptr<Statement::Execution> execution_;
  type::Schema schema_;
  bool done_ = false;
};

}  // namespace

Result<std::shared_ptr<Statement>> Statement::Make(SessionState* state, std::string_view text,
                                                   StatementOptions options) {
  std::shared_ptr<Statement> statement(new Statement());
  statement->state_ = state;
  statement->text_ = std::string(text);
  statement->options_ = std::move(options);
  if (statement->options_.cancellation == nullptr) {
    statement->options_.cancellation = std::make_shared<base::CancellationToken>();
  }
  statement->id_ = next_statement_id.fetch_add(1);
  statement->start_ns_ = NowNs();
  statement->config_ = std::make_shared<const base::Config>(state->ConfigSnapshot());
  statement->listeners_ = state->ListenersNow();

  auto context = std::make_shared<functions::QueryContext>();
  context->session_time_zone = statement->config_->time_zone();
  ARROW_ASSIGN_OR_RAISE(context->time_zone, type::TimeZone::Find(context->session_time_zone));
  context->query_start_us = NowUs();
  context->current_catalog = state->catalogs.current_catalog();
  for (const std::string& part : state->catalogs.current_namespace()) {
    context->current_database += (context->current_database.empty() ? "" : ".") + part;
  }
  context->current_user = state->user;
  context->ansi = statement->config_->ansi();
  context->config = statement->config_;
  context->cancellation = statement->options_.cancellation.get();
  statement->context_ = std::move(context);
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->running.insert(statement->options_.cancellation);
  }
  state->budget->ResetPeak();
  if (!statement->listeners_.empty()) {
    const QueryStarted event{statement->id_, statement->text_, statement->context_->query_start_us};
    for (const std::shared_ptr<Listener>& listener : statement->listeners_) {
      listener->OnStarted(event);
    }
  }
  return statement;
}

Statement::~Statement() {
  End(Status::OK(), {});
}

void Statement::End(const Status& status, StatementSummary summary) {
  if (ended_) {
    return;
  }
  ended_ = true;
  const int64_t rows = summary.rows;
  AddTo(&so_far_, std::move(summary));
  so_far_.rows += rows;
  so_far_.seconds = static_cast<double>(NowNs() - start_ns_) * 1e-9;
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->running.erase(options_.cancellation);
  }
  if (!listeners_.empty()) {
    const QueryEnded event{id_, status, so_far_};
    for (const std::shared_ptr<Listener>& listener : listeners_) {
      listener->OnEnded(event);
    }
  }
}

Result<physical::NodePtr> Statement::Plan(const plan::PlanPtr& resolved, plan::PlanPtr* optimized) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr cheap, optimizer::Optimize(resolved, context_, *config_));
  ARROW_ASSIGN_OR_RAISE(physical::NodePtr physical, planner::PlanPhysical(cheap, context_));
  if (optimized != nullptr) {
    *optimized = std::move(cheap);
  }
  return physical;
}

Result<std::unique_ptr<Statement::Execution>> Statement::Start(
    const plan::PlanPtr& resolved, std::shared_ptr<table::WriteJob> job) {
  ARROW_RETURN_NOT_OK(options_.cancellation->Check());
  plan::PlanPtr optimized;
  ARROW_ASSIGN_OR_RAISE(physical::NodePtr physical, Plan(resolved, &optimized));
  if (job != nullptr) {
    auto write = std::make_shared<physical::Write>();
    write->id = 1'000'000;  // above all ids of the plan below
    write->inputs = {physical};
    write->output = {{"rows", type::Long()}};
    write->job = std::move(job);
    physical = std::move(write);
  }
  if (!listeners_.empty()) {
    const QueryPlanned event{id_, optimized, physical};
    for (const std::shared_ptr<Listener>& listener : listeners_) {
      listener->OnPlanned(event);
    }
  }
  execution::QueryEnvironment environment;
  environment.context = context_;
  environment.budget = state_->budget;
  environment.cancellation = options_.cancellation;
  environment.num_threads = static_cast<int>(config_->GetInt("emery.threads", 0));
  environment.default_parallelism = static_cast<int>(config_->GetInt(
      "spark.sql.leafNodeDefaultParallelism", config_->GetInt("spark.default.parallelism", 0)));
  environment.spill_folder = config_->GetString("emery.spill.directory");
  if (environment.spill_folder.empty()) {
    const std::string folders = config_->GetString("spark.local.dir");
    environment.spill_folder = folders.substr(0, folders.find(','));
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<execution::Query> query,
                        execution::Query::Start(physical, std::move(environment)));
  return std::make_unique<Execution>(this, std::move(query), std::move(physical));
}

Result<std::unique_ptr<Statement::Execution>> Statement::StartQuery(const plan::PlanPtr& resolved) {
  return Start(resolved, nullptr);
}

Result<std::unique_ptr<StatementResult>> Statement::Run(const plan::PlanPtr& resolved) {
  type::Schema schema;
  for (const plan::ColumnInfo& column : resolved->Output()) {
    schema.push_back({column.name, column.type, column.nullable, -1, std::nullopt, std::nullopt});
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Execution> execution, Start(resolved, nullptr));
  return std::make_unique<QueryResult>(shared_from_this(), std::move(execution), std::move(schema));
}

Result<std::vector<columnar::Batch>> Statement::Collect(const plan::PlanPtr& resolved) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Execution> execution, Start(resolved, nullptr));
  std::vector<columnar::Batch> batches;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, execution->Next());
    if (!batch) {
      break;
    }
    batches.push_back(*std::move(batch));
  }
  AddTo(&so_far_, execution->Summary());
  return batches;
}

Result<int64_t> Statement::Write(const plan::PlanPtr& resolved,
                                 std::shared_ptr<table::WriteJob> job) {
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, RunInto(resolved, std::move(job)));
  so_far_.rows += rows;
  return rows;
}

Result<int64_t> Statement::RunInto(const plan::PlanPtr& resolved,
                                   std::shared_ptr<table::WriteJob> job) {
  auto collecting = std::make_shared<CollectingJob>(job);
  const auto write = [&]() -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Execution> execution, Start(resolved, collecting));
    int64_t rows = 0;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(std::optional<columnar::Batch> batch, execution->Next());
      if (!batch) {
        break;
      }
      for (int64_t i = 0; i < batch->num_rows; ++i) {
        rows += columnar::ValueAt(*batch->columns[0], i).integer();
      }
    }
    AddTo(&so_far_, execution->Summary());
    return rows;
  };
  Result<int64_t> rows = write();
  Status done = rows.status();
  if (done.ok()) {
    done = collecting->CommitCollected();
  }
  if (!done.ok()) {
    // The statement fails with the first error; what an abort can't remove is invisible anyway.
    (void)job->Abort();
    return done;
  }
  return rows;
}

}  // namespace emery::session
