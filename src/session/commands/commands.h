#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/analyzer.h"
#include "catalog/manager.h"
#include "plan/command.h"
#include "session/relation_finder_internal.h"
#include "session/session.h"
#include "session/state.h"
#include "session/statement.h"
#include "sql/parser.h"

namespace emery::session {

using StatementPtr = std::shared_ptr<Statement>;
using CommandResult = Result<std::unique_ptr<StatementResult>>;

/// A query or command as parsed: the way from there to its result. The statement ends with its
/// result.
CommandResult ExecuteParsed(const StatementPtr& statement, const plan::PlanPtr& parsed);

sql::ParserOptions ParserOptionsOf(const base::Config& config);
/// SET: checks the value and takes it over, for the budget too.
Status SetSetting(SessionState* state, const std::string& key, const std::string& value);

// ---- results of commands
// -----------------------------------------------------------------------------------------

/// Rows that a command made: strings, or booleans written "true" and "false"; nothing for null.
class RowSet {
 public:
  using Cell = std::optional<std::string>;

  /// Names, and "boolean" for those that are not strings.
  explicit RowSet(const std::vector<std::string>& names,
                  const std::vector<std::string>& booleans = {});

  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  size_t size() const { return rows_.size(); }

  /// By all cells, as text.
  void Sort();
  CommandResult Finish(const StatementPtr& statement) &&;

 private:
  type::Schema schema_;
  std::vector<std::vector<Cell>> rows_;
};

/// No columns, no rows.
CommandResult NoRows(const StatementPtr& statement);
/// Rows already there.
CommandResult RowsOf(const StatementPtr& statement, type::Schema schema,
                     std::vector<columnar::Batch> batches);

// ---- names
// -------------------------------------------------------------------------------------------------------

/// What a name leads to: exactly one of the three.
struct FoundObject {
  plan::Name written;
  std::optional<catalog::LocatedName> located;  // but for temporary views
  std::shared_ptr<const table::Table> table;
  std::optional<catalog::ViewDefinition> view;
  std::shared_ptr<const TemporaryView> temporary;
  bool global_temporary = false;

  /// With catalog and namespace.
  std::vector<std::string> full_name() const;
};

/// Errors: TABLE_OR_VIEW_NOT_FOUND for the name as written, at its place.
Result<FoundObject> FindObject(const StatementPtr& statement, const plan::NameReference& reference);
/// The same where only a table will do. `operation`: "TRUNCATE TABLE", for the error about views.
Result<FoundObject> FindTable(const StatementPtr& statement, const plan::NameReference& reference,
                              const std::string& operation);
/// Where a table or view to be made goes.
Result<catalog::LocatedName> LocateNew(const StatementPtr& statement,
                                       const plan::NameReference& reference);
Result<std::pair<std::shared_ptr<catalog::Catalog>, catalog::Namespace>> LocateNamespace(
    const StatementPtr& statement, const std::optional<plan::NameReference>& reference);

bool IsNotFound(const Status& status);
/// Spark's LIKE of SHOW: '*' any characters, '|' between alternatives, any case.
bool MatchesPattern(const std::optional<std::string>& pattern, const std::string& name);
/// `a`, or a where no quotes are needed.
std::string QuoteIfNeeded(const std::string& name);
std::string DottedName(const std::vector<std::string>& name);

/// Forgets cached rows of a table that changed.
void TableChanged(const StatementPtr& statement, const FoundObject& object);

/// The rows of a query given as text.
Result<std::vector<columnar::Batch>> CollectText(const StatementPtr& statement,
                                                 const std::string& query);

// ---- families, one file each
// ---------------------------------------------------------------------------------------

CommandResult CreateNamespace(const StatementPtr&, const plan::CreateNamespace&);
CommandResult DropNamespace(const StatementPtr&, const plan::DropNamespace&);
CommandResult AlterNamespace(const StatementPtr&, const plan::AlterNamespace&);
CommandResult DescribeNamespace(const StatementPtr&, const plan::DescribeNamespace&);
CommandResult ShowNamespaces(const StatementPtr&, const plan::ShowNamespaces&);

CommandResult CreateTable(const StatementPtr&, const plan::CreateTable&);
CommandResult DropTable(const StatementPtr&, const plan::DropTable&);
CommandResult TruncateTable(const StatementPtr&, const plan::TruncateTable&);
CommandResult AlterTable(const StatementPtr&, const plan::AlterTable&);
CommandResult RepairTable(const StatementPtr&, const plan::RepairTable&);
CommandResult AnalyzeTable(const StatementPtr&, const plan::AnalyzeTable&);
CommandResult CommentOn(const StatementPtr&, const plan::CommentOn&);

CommandResult CreateView(const StatementPtr&, const plan::CreateView&);
CommandResult DropView(const StatementPtr&, const plan::DropView&);
CommandResult AlterView(const StatementPtr&, const plan::AlterView&);

CommandResult Insert(const StatementPtr&, const plan::Insert&);
/// Rows of `query` (columns by the names of `table`'s) into a table; rows are grouped as the job
/// asks.
Result<int64_t> WriteRows(const StatementPtr&, const plan::PlanPtr& query,
                          const table::Table& table, table::WriteRequest request);

/// DELETE, UPDATE, MERGE.
CommandResult ChangeRows(const StatementPtr&, const plan::Command&);

CommandResult DescribeTable(const StatementPtr&, const plan::DescribeTable&);
CommandResult DescribeQuery(const StatementPtr&, const plan::DescribeQuery&);
CommandResult DescribeFunction(const StatementPtr&, const plan::DescribeFunction&);
/// SHOW … of any kind but namespaces.
CommandResult Show(const StatementPtr&, const plan::PlanPtr& command);

CommandResult Explain(const StatementPtr&, const plan::Explain&);

CommandResult SetConfiguration(const StatementPtr&, const plan::Set&);
CommandResult ResetConfiguration(const StatementPtr&, const plan::Reset&);
CommandResult SetTimeZone(const StatementPtr&, const plan::SetTimeZone&);
CommandResult Use(const StatementPtr&, const plan::Use&);
CommandResult SetCatalog(const StatementPtr&, const plan::SetCatalog&);

CommandResult DeclareVariable(const StatementPtr&, const plan::DeclareVariable&);
CommandResult SetVariable(const StatementPtr&, const plan::SetVariable&);
CommandResult DropVariable(const StatementPtr&, const plan::DropVariable&);
CommandResult ExecuteImmediate(const StatementPtr&, const plan::ExecuteImmediate&);

CommandResult CacheTable(const StatementPtr&, const plan::CacheTable&);
CommandResult UncacheTable(const StatementPtr&, const plan::UncacheTable&);
CommandResult ClearCache(const StatementPtr&);
CommandResult RefreshTable(const StatementPtr&, const plan::RefreshTable&);

}  // namespace emery::session
