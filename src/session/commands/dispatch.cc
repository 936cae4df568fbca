// Which command a statement is. The only list of commands.
#include <memory>
#include <string>

#include "catalog/iceberg/session_wrapper.h"
#include "session/commands/commands.h"
#include "session/procedures/procedure.h"

namespace emery::session {

namespace {

template <class T>
const T& To(const plan::Command& command) {
  return static_cast<const T&>(command);
}

/// The session's own catalog has no procedures.
Status CheckHasProcedures(const StatementPtr& statement, const plan::CallProcedure& call) {
  ARROW_ASSIGN_OR_RAISE(const plan::Name name, statement->NameOf(call.procedure));
  ARROW_ASSIGN_OR_RAISE(const catalog::LocatedName located,
                        statement->state().catalogs.Locate(name));
  if (located.catalog->name() != catalog::kSessionCatalog ||
      catalog::IcebergSideOf(located.catalog.get()) != located.catalog.get()) {
    return Status::OK();
  }
  return base::UserError("MISSING_CATALOG_ABILITY.PROCEDURES",
                         "Catalog " + located.catalog->name() + " does not support procedures.",
                         {{"catalog", located.catalog->name()}}, call.position);
}

CommandResult Dispatch(const StatementPtr& statement, const plan::PlanPtr& parsed,
                       const plan::Command& command) {
  using plan::CommandKind;
  switch (command.command) {
    case CommandKind::kCreateNamespace:
      return CreateNamespace(statement, To<plan::CreateNamespace>(command));
    case CommandKind::kDropNamespace:
      return DropNamespace(statement, To<plan::DropNamespace>(command));
    case CommandKind::kAlterNamespace:
      return AlterNamespace(statement, To<plan::AlterNamespace>(command));
    case CommandKind::kDescribeNamespace:
      return DescribeNamespace(statement, To<plan::DescribeNamespace>(command));
    case CommandKind::kShowNamespaces:
      return ShowNamespaces(statement, To<plan::ShowNamespaces>(command));
    case CommandKind::kCreateTable:
      return CreateTable(statement, To<plan::CreateTable>(command));
    case CommandKind::kDropTable:
      return DropTable(statement, To<plan::DropTable>(command));
    case CommandKind::kTruncateTable:
      return TruncateTable(statement, To<plan::TruncateTable>(command));
    case CommandKind::kAlterTable:
      return AlterTable(statement, To<plan::AlterTable>(command));
    case CommandKind::kRepairTable:
      return RepairTable(statement, To<plan::RepairTable>(command));
    case CommandKind::kAnalyzeTable:
      return AnalyzeTable(statement, To<plan::AnalyzeTable>(command));
    case CommandKind::kComment:
      return CommentOn(statement, To<plan::CommentOn>(command));
    case CommandKind::kDescribeTable:
      return DescribeTable(statement, To<plan::DescribeTable>(command));
    case CommandKind::kDescribeQuery:
      return DescribeQuery(statement, To<plan::DescribeQuery>(command));
    case CommandKind::kDescribeFunction:
      return DescribeFunction(statement, To<plan::DescribeFunction>(command));
    case CommandKind::kShowTables:
    case CommandKind::kShowTableExtended:
    case CommandKind::kShowViews:
    case CommandKind::kShowColumns:
    case CommandKind::kShowCreateTable:
    case CommandKind::kShowTableProperties:
    case CommandKind::kShowPartitions:
    case CommandKind::kShowFunctions:
    case CommandKind::kShowCatalogs:
    case CommandKind::kShowCurrentNamespace:
      return Show(statement, parsed);
    case CommandKind::kCreateView:
      return CreateView(statement, To<plan::CreateView>(command));
    case CommandKind::kDropView:
      return DropView(statement, To<plan::DropView>(command));
    case CommandKind::kAlterView:
      return AlterView(statement, To<plan::AlterView>(command));
    case CommandKind::kInsert:
      return Insert(statement, To<plan::Insert>(command));
    case CommandKind::kExplain:
      return Explain(statement, To<plan::Explain>(command));
    case CommandKind::kSet:
      return SetConfiguration(statement, To<plan::Set>(command));
    case CommandKind::kReset:
      return ResetConfiguration(statement, To<plan::Reset>(command));
    case CommandKind::kUse:
      return Use(statement, To<plan::Use>(command));
    case CommandKind::kSetCatalog:
      return SetCatalog(statement, To<plan::SetCatalog>(command));
    case CommandKind::kSetTimeZone:
      return SetTimeZone(statement, To<plan::SetTimeZone>(command));
    case CommandKind::kSetVariable:
      return SetVariable(statement, To<plan::SetVariable>(command));
    case CommandKind::kDeclareVariable:
      return DeclareVariable(statement, To<plan::DeclareVariable>(command));
    case CommandKind::kDropVariable:
      return DropVariable(statement, To<plan::DropVariable>(command));
    case CommandKind::kExecuteImmediate:
      return ExecuteImmediate(statement, To<plan::ExecuteImmediate>(command));
    case CommandKind::kCache:
      return CacheTable(statement, To<plan::CacheTable>(command));
    case CommandKind::kUncache:
      return UncacheTable(statement, To<plan::UncacheTable>(command));
    case CommandKind::kClearCache:
      return ClearCache(statement);
    case CommandKind::kRefresh:
      return RefreshTable(statement, To<plan::RefreshTable>(command));
    case CommandKind::kDelete:
    case CommandKind::kUpdate:
    case CommandKind::kMerge:
      return ChangeRows(statement, command);
    case CommandKind::kCall:
      ARROW_RETURN_NOT_OK(CheckHasProcedures(statement, To<plan::CallProcedure>(command)));
      return CallProcedure(statement, To<plan::CallProcedure>(command));
    case CommandKind::kLoadData:
    case CommandKind::kCreateFunction:
    case CommandKind::kDropFunction:
    case CommandKind::kAddResource:
    case CommandKind::kListResource:
    case CommandKind::kOther:
      break;
  }
  std::string words = command.text;
  if (words.empty()) {
    words = statement->text().substr(0, statement->text().find_first_of("(\n"));
  }
  return base::Unsupported("the statement " + words, command.position);
}

}  // namespace

CommandResult ExecuteParsed(const StatementPtr& statement, const plan::PlanPtr& parsed) {
  if (const auto* command = plan::As<plan::Command>(parsed)) {
    ARROW_RETURN_NOT_OK(statement->options().cancellation->Check());
    return Dispatch(statement, parsed, *command);
  }
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr resolved, statement->Analyze(parsed));
  return statement->Run(resolved);
}

}  // namespace emery::session
