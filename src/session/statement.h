#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "execution/query.h"
#include "functions/context.h"
#include "plan/command.h"
#include "session/events.h"
#include "session/session.h"
#include "session/state.h"

namespace emery::analyzer {
struct AnalyzerContext;
struct RowLevelChange;
}  // namespace emery::analyzer

namespace emery::session {

class RelationFinder;

/// One statement on its way from text to rows: the configuration as it began, its query context,
/// its events. Confined to the thread that runs it; kept alive by its result.
class Statement : public std::enable_shared_from_this<Statement> {
 public:
  static Result<std::shared_ptr<Statement>> Make(SessionState* state, std::string_view text,
                                                 StatementOptions options);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  SessionState& state() const { return *state_; }

  const base::Config& config() const { return *config_; }

  const std::shared_ptr<const functions::QueryContext>& context() const { return context_; }

  const std::string& text() const { return text_; }

  const StatementOptions& options() const { return options_; }

  int64_t id() const { return id_; }

  /// Resolves a query: names by this session's catalogs, temporary views and variables; parameters
  /// by their values. `finder`: to learn what was found, or null.
  Result<plan::PlanPtr> Analyze(const plan::PlanPtr& unresolved,
                                RelationFinder* finder = nullptr) const;
  /// The rows of an INSERT in the order and types of `schema`.
  Result<plan::PlanPtr> AnalyzeInsert(const plan::Insert& insert, const type::Schema& schema,
                                      const std::vector<std::string>& table_name) const;
  /// DELETE, UPDATE or MERGE of a table.
  Result<analyzer::RowLevelChange> AnalyzeRowLevel(
      const plan::Command& command, const std::shared_ptr<const table::Table>& table,
      const std::vector<std::string>& table_name) const;
  /// Resolves and evaluates an expression without columns (subqueries are allowed), cast to `type`
  /// where that is not null.
  Result<plan::ExpressionPtr> AnalyzeToLiteral(const plan::ExpressionPtr& unresolved,
                                               const type::TypePtr& type);
  /// A name as written, or what IDENTIFIER(…) gives.
  Result<plan::Name> NameOf(const plan::NameReference& reference);

  /// Optimises, plans, starts. The result ends this statement.
  Result<std::unique_ptr<StatementResult>> Run(const plan::PlanPtr& resolved);
  /// Runs to the end and gives all rows. For commands.
  Result<std::vector<columnar::Batch>> Collect(const plan::PlanPtr& resolved);
  /// Runs `resolved` into `job` and commits; the number of rows. Aborts the job where it fails.
  Result<int64_t> Write(const plan::PlanPtr& resolved, std::shared_ptr<table::WriteJob> job);
  /// The same for rows that are no result of the statement: they count in its work only.
  Result<int64_t> RunInto(const plan::PlanPtr& resolved, std::shared_ptr<table::WriteJob> job);
  class Execution;
  /// For who wants the metrics of a query of its own.
  Result<std::unique_ptr<Execution>> StartQuery(const plan::PlanPtr& resolved);
  /// The plan as it would run, and as the optimizer left it.
  Result<physical::NodePtr> Plan(const plan::PlanPtr& resolved, plan::PlanPtr* optimized);

  /// Tells the listeners, once.
  void End(const Status& status, StatementSummary summary);

  /// For a command that runs several queries: what they did together.
  const StatementSummary& so_far() const { return so_far_; }

  /// What `:name` and `?` mean from here on.
  void set_parameters(std::vector<StatementParameter> parameters) {
    options_.parameters = std::move(parameters);
  }

 private:
  analyzer::AnalyzerContext AnalysisContext(RelationFinder* finder) const;

  Statement() = default;
  Result<std::unique_ptr<Execution>> Start(const plan::PlanPtr& resolved,
                                           std::shared_ptr<table::WriteJob> job);

  SessionState* state_ = nullptr;
  std::shared_ptr<const base::Config> config_;
  std::shared_ptr<const functions::QueryContext> context_;
  std::string text_;
  StatementOptions options_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  int64_t id_ = 0;
  int64_t start_ns_ = 0;
  bool ended_ = false;
  StatementSummary so_far_;
};

}  // namespace emery::session
