#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/config.h"
#include "base/memory_budget.h"
#include "columnar/batch.h"
#include "execution/query.h"
#include "plan/logical_plan.h"
#include "session/events.h"
#include "type/data_type.h"

namespace emery::session {

/// The rows of one statement, given while it runs. Confined to one thread, but for progress().
/// Destruction cancels what still runs.
class StatementResult {
 public:
  virtual ~StatementResult() = default;
  /// No columns: a statement without a result (DDL, INSERT).
  virtual const type::Schema& schema() const = 0;
  /// The next rows; nothing at the end.
  virtual Result<std::optional<columnar::Batch>> Next() = 0;
  /// What was done so far; complete once Next gave nothing.
  virtual StatementSummary summary() const = 0;
  /// What functions saw of the query: its zone is the one to print values in.
  virtual std::shared_ptr<const functions::QueryContext> context() const = 0;
};

/// A parameter of a statement: `:name` or `?` (then no name, in order).
struct StatementParameter {
  std::string name;
  plan::ExpressionPtr value;
};

struct StatementOptions {
  /// Set it from any thread or signal handler to stop the statement.
  std::shared_ptr<base::CancellationToken> cancellation;
  std::vector<StatementParameter> parameters;
};

struct SessionOptions {
  base::Config config;
  base::MemoryBudget* budget = nullptr;  // null: that of the process
  std::string user;                      // empty: who runs the process
};

class SessionState;

/// One client's configuration, catalogs, temporary views, variables and cached tables. Thread-safe:
/// statements may run at once; each sees the configuration as it was when it began.
class Session {
 public:
  /// Touches no file: catalogs are opened when first needed.
  static Result<std::shared_ptr<Session>> Make(SessionOptions options);
  ~Session();

  /// One statement. Queries have begun when this returns and give rows by Next; commands are done.
  Result<std::unique_ptr<StatementResult>> Execute(std::string_view text,
                                                   StatementOptions options = {});
  /// The same for an unresolved plan or command from another front door. `text`: for events and
  /// messages, may be empty.
  Result<std::unique_ptr<StatementResult>> Execute(const plan::PlanPtr& unresolved,
                                                   std::string_view text,
                                                   StatementOptions options = {});
  /// The columns that an unresolved query would give. Runs nothing.
  Result<type::Schema> AnalyzeSchema(const plan::PlanPtr& unresolved);

  /// Stops all statements that run now.
  void Cancel();

  void AddListener(std::shared_ptr<Listener> listener);
  void RemoveListener(const std::shared_ptr<Listener>& listener);

  base::Config config() const;
  Status SetConfig(const std::string& key, const std::string& value);
  void UnsetConfig(const std::string& key);
  std::string current_catalog() const;
  std::vector<std::string> current_namespace() const;

  SessionState& state() { return *state_; }

 private:
  explicit Session(std::unique_ptr<SessionState> state);
  std::unique_ptr<SessionState> state_;
};

/// The budget that all sessions of the process share.
base::MemoryBudget* ProcessBudget();

}  // namespace emery::session
