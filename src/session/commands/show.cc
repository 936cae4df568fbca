// SHOW of everything but databases.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "functions/registry.h"
#include "session/commands/commands.h"
#include "session/commands/object_text_internal.h"
#include "table/files/partition_folders.h"

namespace emery::session {

namespace {

/// Temporary views by name, with those of `global_temp` where that is asked for.
struct TemporaryNames {
  std::vector<std::string> session;
  std::vector<std::string> global;
};

TemporaryNames TemporaryViewNames(const StatementPtr& statement) {
  TemporaryNames names;
  names.global = GlobalTemporaryViews::Instance().Names();
  SessionState& state = statement->state();
  std::lock_guard<std::mutex> lock(state.mutex);
  for (const auto& [name, view] : state.temporary_views) {
    names.session.push_back(name);
  }
  return names;
}

Result<bool> IsGlobalTemp(const StatementPtr& statement,
                          const std::optional<plan::NameReference>& in) {
  if (!in) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(*in));
  return name.size() == 1 && LowerCase(name[0]) == "global_temp";
}

CommandResult ShowTables(const StatementPtr& statement,
                         const std::optional<plan::NameReference>& in,
                         const std::optional<std::string>& pattern, bool views_only) {
  RowSet rows({"namespace", views_only ? "viewName" : "tableName", "isTemporary"}, {"isTemporary"});
  const TemporaryNames temporary = TemporaryViewNames(statement);
  bool session_views = true;
  ARROW_ASSIGN_OR_RAISE(bool global, IsGlobalTemp(statement, in));
  if (global) {
    for (const std::string& name : temporary.global) {
      if (MatchesPattern(pattern, name)) {
        rows.Add({"global_temp", name, "true"});
      }
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, in));
    std::vector<std::pair<std::string, bool>> names;
    std::vector<std::string> found;
    if (!views_only) {
      ARROW_ASSIGN_OR_RAISE(found, place.first->ListTables(place.second));
    } else {
      ARROW_RETURN_NOT_OK(place.first->LoadNamespace(place.second).status());
    }
    session_views = place.first->name() == catalog::kSessionCatalog;
    if (session_views || views_only) {
      ARROW_ASSIGN_OR_RAISE(std::vector<std::string> views, place.first->ListViews(place.second));
      found.insert(found.end(), views.begin(), views.end());
    }
    std::sort(found.begin(), found.end());
    const std::string name_space =
        session_views ? LowerCase(DottedName(place.second)) : DottedName(place.second);
    for (const std::string& name : found) {
      if (MatchesPattern(pattern, name)) {
        rows.Add({name_space, name, "false"});
      }
    }
  }
  if (session_views) {
    for (const std::string& name : temporary.session) {
      if (MatchesPattern(pattern, name)) {
        rows.Add({"", name, "true"});
      }
    }
  }
  return std::move(rows).Finish(statement);
}

std::string Information(const FoundObject& found) {
  std::string text;
  for (const auto& [key, value] :
       found.table != nullptr ? TableDetailRows(found) : ViewDetailRows(found)) {
    text += key + ": " + value + "\n";
  }
  if (found.table != nullptr && !found.table->partition_columns().empty()) {
    std::string columns;
    for (const std::string& column : found.table->partition_columns()) {
      columns += (columns.empty() ? "" : ", ") + base::QuoteIdentifier(column);
    }
    text += "Partition Columns: [" + columns + "]\n";
  }
  const type::Schema& schema = found.table != nullptr ? found.table->schema() : found.view->schema;
  return text + "Schema: " + SchemaTree(schema) + "\n";
}

CommandResult ShowTableExtended(const StatementPtr& statement,
                                const plan::ShowTableExtended& command) {
  if (!command.partition.empty()) {
    return base::Unsupported("SHOW TABLE EXTENDED … PARTITION");
  }
  ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.in));
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> names, place.first->ListTables(place.second));
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> views, place.first->ListViews(place.second));
  names.insert(names.end(), views.begin(), views.end());
  std::sort(names.begin(), names.end());
  RowSet rows({"namespace", "tableName", "isTemporary", "information"}, {"isTemporary"});
  for (const std::string& name : names) {
    if (!MatchesPattern(command.pattern, name)) {
      continue;
    }
    plan::NameReference reference;
    reference.parts = {place.first->name()};
    reference.parts.insert(reference.parts.end(), place.second.begin(), place.second.end());
    reference.parts.push_back(name);
    ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, reference));
    rows.Add({DottedName(place.second), name, "false", Information(found)});
  }
  for (const std::string& name : TemporaryViewNames(statement).session) {
    if (MatchesPattern(command.pattern, name)) {
      const std::shared_ptr<const TemporaryView> view = statement->state().FindTemporaryView(name);
      if (view != nullptr) {
        rows.Add({"", name, "true",
                  "Table: " + name + "\nCreated Time: " + DateText(view->created_us) +
                      "\nType: VIEW\nView Text: " + view->text +
                      "\nSchema: " + SchemaTree(view->schema) + "\n"});
      }
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowColumns(const StatementPtr& statement, const plan::ShowColumns& command) {
  plan::NameReference reference = command.table;
  if (command.in) {
    ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.table));
    ARROW_ASSIGN_OR_RAISE(plan::Name name_space, statement->NameOf(*command.in));
    if (name.size() > 1 && LowerCase(name[name.size() - 2]) != LowerCase(name_space.back())) {
      return base::UserError(
          "SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE",
          "SHOW COLUMNS with conflicting namespaces: " + base::QuoteName(name_space) +
              " != " + base::QuoteName({name.begin(), name.end() - 1}) + ".",
          {}, command.table.position);
    }
    name_space.push_back(name.back());
    reference.parts = std::move(name_space);
    reference.identifier = nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, reference));
  RowSet rows({"col_name"});
  const type::Schema& schema = found.table != nullptr ? found.table->schema()
                               : found.view           ? found.view->schema
                                                      : found.temporary->schema;
  for (const type::Field& field : schema) {
    rows.Add({field.name});
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowCreateTable(const StatementPtr& statement, const plan::ShowCreateTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.table));
  if (found.temporary != nullptr) {
    const std::string name = base::QuoteName(found.written);
    return base::UserError("UNSUPPORTED_SHOW_CREATE_TABLE.ON_TEMPORARY_VIEW",
                           "Unsupported a SHOW CREATE TABLE command. The command is not supported "
                           "on a temporary view " +
                               name + ".",
                           {{"tableName", name}});
  }
  RowSet rows({"createtab_stmt"});
  rows.Add({found.table != nullptr ? CreateTableText(found) : CreateViewText(found)});
  return std::move(rows).Finish(statement);
}

CommandResult ShowTableProperties(const StatementPtr& statement,
                                  const plan::ShowTableProperties& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.table));
  std::map<std::string, std::string> properties;
  if (found.table != nullptr) {
    properties = VisibleProperties(found.table->properties());
  } else if (found.view) {
    properties = found.view->properties;
  } else {
    properties = found.temporary->properties;
  }
  RowSet rows({"key", "value"});
  if (command.key) {
    const auto value = properties.find(*command.key);
    rows.Add({*command.key, value != properties.end()
                                ? value->second
                                : "Table " + DottedName(found.full_name()) +
                                      " does not have property: " + *command.key});
  } else {
    for (const auto& [key, value] : properties) {
      rows.Add({key, value});
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowPartitions(const StatementPtr& statement, const plan::ShowPartitions& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.table, "SHOW PARTITIONS"));
  const std::vector<std::string> columns = found.table->partition_columns();
  if (columns.empty()) {
    const std::string name = base::QuoteName(found.full_name());
    return base::UserError(
        "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
        "The partition command is invalid. Table " + name + " is not partitioned.",
        {{"name", name}});
  }
  std::vector<std::pair<std::string, std::optional<std::string>>> wanted;
  for (const auto& [column, value] : command.partition) {
    if (value == nullptr) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal,
                          statement->AnalyzeToLiteral(value, type::String()));
    const type::Value& text = plan::As<plan::Literal>(literal)->value;
    wanted.emplace_back(LowerCase(column),
                        text.is_null() ? std::nullopt : std::optional(text.string()));
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<table::PartitionValues> partitions, found.table->Partitions());
  RowSet rows({"partition"});
  for (const table::PartitionValues& partition : partitions) {
    std::string text;
    bool matches = true;
    for (const auto& [column, value] : partition) {
      text +=
          (text.empty() ? "" : "/") + table::EscapePartitionText(column) + "=" +
          (value ? table::EscapePartitionText(*value) : std::string(table::kHiveDefaultPartition));
      for (const auto& [name, wanted_value] : wanted) {
        matches = matches && (name != LowerCase(column) || wanted_value == value);
      }
    }
    if (matches) {
      rows.Add({text});
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowFunctions(const StatementPtr& statement, const plan::ShowFunctions& command) {
  RowSet rows({"function"});
  if (LowerCase(command.scope) != "user") {
    // With those that are syntax here: casts by a type's name, operators, grouping, table
    // functions.
    std::vector<std::string> names = {
        "and",     "between",  "bigint", "binary",    "boolean", "case",        "cast", "date",
        "decimal", "double",   "float",  "grouping",  "in",      "grouping_id", "int",  "or",
        "range",   "smallint", "string", "timestamp", "when",    "tinyint"};
    for (std::string& name : functions::Registry::Instance().Names()) {
      if (!name.starts_with("__")) {
        names.push_back(std::move(name));
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string& name : names) {
      if (MatchesPattern(command.pattern, name)) {
        rows.Add({name});
      }
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowCatalogs(const StatementPtr& statement, const plan::ShowCatalogs& command) {
  RowSet rows({"catalog"});
  for (const std::string& name : statement->state().catalogs.Names()) {
    if (MatchesPattern(command.pattern, name)) {
      rows.Add({name});
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowCurrentNamespace(const StatementPtr& statement) {
  RowSet rows({"catalog", "namespace"});
  rows.Add({QuoteIfNeeded(statement->state().catalogs.current_catalog()),
            DottedName(statement->state().catalogs.current_namespace())});
  return std::move(rows).Finish(statement);
}

}  // namespace

CommandResult Show(const StatementPtr& statement, const plan::PlanPtr& parsed) {
  if (const auto* tables = plan::AsCommand<plan::ShowTables>(parsed)) {
    return ShowTables(statement, tables->in, tables->pattern, false);
  }
  if (const auto* views = plan::AsCommand<plan::ShowViews>(parsed)) {
    return ShowTables(statement, views->in, views->pattern, true);
  }
  if (const auto* extended = plan::AsCommand<plan::ShowTableExtended>(parsed)) {
    return ShowTableExtended(statement, *extended);
  }
  if (const auto* columns = plan::AsCommand<plan::ShowColumns>(parsed)) {
    return ShowColumns(statement, *columns);
  }
  if (const auto* create = plan::AsCommand<plan::ShowCreateTable>(parsed)) {
    return ShowCreateTable(statement, *create);
  }
  if (const auto* properties = plan::AsCommand<plan::ShowTableProperties>(parsed)) {
    return ShowTableProperties(statement, *properties);
  }
  if (const auto* partitions = plan::AsCommand<plan::ShowPartitions>(parsed)) {
    return ShowPartitions(statement, *partitions);
  }
  if (const auto* functions = plan::AsCommand<plan::ShowFunctions>(parsed)) {
    return ShowFunctions(statement, *functions);
  }
  if (const auto* catalogs = plan::AsCommand<plan::ShowCatalogs>(parsed)) {
    return ShowCatalogs(statement, *catalogs);
  }
  if (plan::AsCommand<plan::ShowCurrentNamespace>(parsed) != nullptr) {
    return ShowCurrentNamespace(statement);
  }
  return base::InternalError("a SHOW of no known kind");
}

}  // namespace emery::session
