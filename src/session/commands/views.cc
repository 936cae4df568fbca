// CREATE, DROP and ALTER of stored and temporary views.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "session/commands/commands.h"

namespace emery::session {

namespace {

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A view's query, resolved to learn what it gives.
struct AnalyzedView {
  type::Schema schema;
  std::vector<std::string> query_columns;
  std::vector<std::string> temporary_views;
  std::vector<std::vector<std::string>> views;
};

Result<AnalyzedView> AnalyzeView(const StatementPtr& statement, const plan::CreateView& command,
                                 const std::string& display_name) {
  RelationFinder finder(&statement->state(), statement->context()->config);
  finder.set_use_cache(false);
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr query, statement->Analyze(command.inputs[0], &finder));
  const plan::Columns columns = query->Output();
  AnalyzedView analyzed;
  analyzed.temporary_views = finder.temporary_views_used();
  analyzed.views = finder.views_used();
  if (!command.columns.empty() && command.columns.size() != columns.size()) {
    const bool few = command.columns.size() > columns.size();
    std::string view_columns;
    for (const plan::ColumnDefinition& column : command.columns) {
      view_columns += (view_columns.empty() ? "" : ", ") + base::QuoteIdentifier(column.name);
    }
    std::string data_columns;
    for (const plan::ColumnInfo& column : columns) {
      data_columns += (data_columns.empty() ? "" : ", ") + base::QuoteIdentifier(column.name);
    }
    return base::UserError(
        few ? "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
            : "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
        "Cannot create view " + display_name + ", the reason is " +
            (few ? "not enough data columns" : "too many data columns") +
            ":\nView columns: " + view_columns + ".\nData columns: " + data_columns + ".",
        {{"viewName", display_name}, {"viewColumns", view_columns}, {"dataColumns", data_columns}});
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    type::Field field{columns[i].name, columns[i].type, columns[i].nullable, -1,
                      std::nullopt,    std::nullopt};
    analyzed.query_columns.push_back(columns[i].name);
    if (!command.columns.empty()) {
      field.name = command.columns[i].name;
      field.comment = command.columns[i].comment;
    }
    if (!seen.insert(LowerCase(field.name)).second) {
      return base::UserError(
          "COLUMN_ALREADY_EXISTS",
          "The column " + base::QuoteIdentifier(LowerCase(field.name)) +
              " already exists. Choose another name or rename the existing column.",
          {{"columnName", base::QuoteIdentifier(LowerCase(field.name))}});
    }
    analyzed.schema.push_back(std::move(field));
  }
  return analyzed;
}

/// Settings that change what a view's text means.
std::map<std::string, std::string> MeaningOf(const base::Config& config) {
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : config.entries()) {
    if (key.starts_with("spark.sql.") && !key.starts_with("spark.sql.catalog.") &&
        key != "spark.sql.warehouse.dir") {
      kept[key] = value;
    }
  }
  return kept;
}

/// The first select item of a stored view that has no name of its own, by its index; -1 if there is
/// none.
int FirstUnnamedItem(const plan::PlanPtr& query) {
  const plan::LogicalPlan* node = query.get();
  while (node != nullptr && node->kind != plan::PlanKind::kUnresolvedSelect) {
    const bool passes = node->kind == plan::PlanKind::kUnresolvedOrdering ||
                        node->kind == plan::PlanKind::kUnresolvedWith ||
                        node->kind == plan::PlanKind::kUnresolvedHint;
    node = passes && !node->inputs.empty() ? node->inputs[0].get() : nullptr;
  }
  const auto* select = plan::As<plan::UnresolvedSelect>(node);
  if (select == nullptr) {
    return -1;
  }
  for (size_t i = 0; i < select->items.size(); ++i) {
    switch (select->items[i]->kind) {
      case plan::ExpressionKind::kUnresolvedStar:
        return -1;  // positions of what follows aren't known
      case plan::ExpressionKind::kAlias:
      case plan::ExpressionKind::kUnresolvedAlias:
      case plan::ExpressionKind::kUnresolvedColumn:
      case plan::ExpressionKind::kUnresolvedExtract:
      case plan::ExpressionKind::kUnresolvedLiteral:
      case plan::ExpressionKind::kLiteral:
        break;
      default:
        return static_cast<int>(i);
    }
  }
  return -1;
}

CommandResult CreateTemporaryView(const StatementPtr& statement, const plan::CreateView& command) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.name));
  if (name.size() != 1) {
    return base::UserError("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS",
                           "CREATE TEMPORARY VIEW or the corresponding Dataset APIs only accept "
                           "single-part view names, but got: " +
                               base::QuoteName(name) + ".",
                           {{"actualName", base::QuoteName(name)}}, command.name.position);
  }
  SessionState& state = statement->state();
  auto view = std::make_shared<TemporaryView>();
  view->catalog = state.catalogs.current_catalog();
  view->name_space = state.catalogs.current_namespace();
  view->text = command.query_text;
  view->comment = command.comment;
  view->properties = command.properties;
  view->config = MeaningOf(statement->config());
  view->created_us = NowUs();
  if (!command.inputs.empty()) {
    ARROW_ASSIGN_OR_RAISE(AnalyzedView analyzed,
                          AnalyzeView(statement, command, base::QuoteIdentifier(name[0])));
    for (const std::string& used : analyzed.temporary_views) {
      if (LowerCase(used) == LowerCase(name[0]) && command.replace) {
        return base::UserError("RECURSIVE_VIEW",
                               "Recursive view " + base::QuoteIdentifier(name[0]) +
                                   " detected (cycle: " + base::QuoteIdentifier(name[0]) + " -> " +
                                   base::QuoteIdentifier(name[0]) + ").",
                               {{"viewIdent", base::QuoteIdentifier(name[0])}});
      }
    }
    view->query = command.inputs[0];
    view->schema = std::move(analyzed.schema);
    view->query_columns = std::move(analyzed.query_columns);
  } else {
    catalog::PathTableRequest request;
    request.format = LowerCase(command.provider.value_or("parquet"));
    const catalog::PathTableMaker* maker = catalog::FindPathTableMaker(request.format);
    if (maker == nullptr) {
      return base::UserError("DATA_SOURCE_NOT_FOUND",
                             "Failed to find the data source: " + request.format +
                                 ". Make sure the provider name is correct and the package is "
                                 "properly registered and compatible with your Spark version.",
                             {{"provider", request.format}});
    }
    request.options = command.options;
    for (const auto& [key, value] : command.options) {
      if (LowerCase(key) == "path") {
        request.paths = {value};
        request.options.erase(key);
      }
    }
    for (const plan::ColumnDefinition& column : command.columns) {
      request.schema.push_back(
          {column.name, column.type, column.nullable, -1, column.comment, std::nullopt});
    }
    request.name = name[0];
    request.config = statement->context()->config;
    ARROW_ASSIGN_OR_RAISE(view->table, (*maker)(request));
    view->schema = view->table->schema();
  }
  bool stored = false;
  if (command.global) {
    stored = GlobalTemporaryViews::Instance().Put(name[0], std::move(view), command.replace);
  } else {
    std::lock_guard<std::mutex> lock(state.mutex);
    stored = command.replace || !state.temporary_views.contains(LowerCase(name[0]));
    if (stored) {
      state.temporary_views[LowerCase(name[0])] = std::move(view);
    }
  }
  if (!stored && !command.if_not_exists) {
    return base::UserError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
                           "Cannot create the temporary view " + base::QuoteIdentifier(name[0]) +
                               " because it already exists.\nChoose a different name, drop or "
                               "replace the existing view.",
                           {{"relationName", base::QuoteIdentifier(name[0])}});
  }
  return NoRows(statement);
}

Status StoreView(const StatementPtr& statement, const plan::CreateView& command,
                 const catalog::LocatedName& place) {
  const std::string full_name = base::QuoteName(place.parts());
  ARROW_ASSIGN_OR_RAISE(AnalyzedView analyzed, AnalyzeView(statement, command, full_name));
  if (!analyzed.temporary_views.empty()) {
    const std::string temporary = base::QuoteIdentifier(analyzed.temporary_views[0]);
    return base::UserError(
        "INVALID_TEMP_OBJ_REFERENCE",
        "Cannot create the persistent object " + full_name +
            " of the type VIEW because it references to the temporary object " + temporary +
            " of the type VIEW. Please make the temporary object " + temporary +
            " persistent, or make the persistent object " + full_name + " temporary.",
        {{"obj", "VIEW"}, {"objName", full_name}, {"tempObj", "VIEW"}, {"tempObjName", temporary}});
  }
  for (const std::vector<std::string>& used : analyzed.views) {
    if (NameKey(used) == NameKey(place.parts())) {
      return base::UserError(
          "RECURSIVE_VIEW",
          "Recursive view " + full_name + " detected (cycle: " + full_name + " -> " + full_name +
              ").",
          {{"viewIdent", full_name}, {"newPath", full_name + " -> " + full_name}});
    }
  }
  const int unnamed = command.columns.empty() ? FirstUnnamedItem(command.inputs[0]) : -1;
  if (unnamed >= 0) {
    const std::string text = analyzed.query_columns[static_cast<size_t>(unnamed)];
    return base::UserError("CREATE_PERMANENT_VIEW_WITHOUT_ALIAS",
                           "Not allowed to create the permanent view " + full_name +
                               " without explicitly assigning an alias for the expression \"" +
                               text + "\".",
                           {{"name", full_name}, {"attr", "\"" + text + "\""}});
  }
  catalog::ViewDefinition view;
  view.text = command.query_text;
  view.schema = std::move(analyzed.schema);
  view.query_columns = std::move(analyzed.query_columns);
  view.catalog = statement->state().catalogs.current_catalog();
  view.name_space = statement->state().catalogs.current_namespace();
  view.properties = command.properties;
  view.config = MeaningOf(statement->config());
  view.comment = command.comment;
  return place.catalog->CreateView(place.id, view, command.replace);
}

}  // namespace

CommandResult CreateView(const StatementPtr& statement, const plan::CreateView& command) {
  if (command.temporary || command.global) {
    return CreateTemporaryView(statement, command);
  }
  ARROW_ASSIGN_OR_RAISE(catalog::LocatedName place, LocateNew(statement, command.name));
  if (command.if_not_exists) {
    ARROW_ASSIGN_OR_RAISE(bool exists, place.catalog->TableExists(place.id));
    if (exists || place.catalog->LoadView(place.id).ok()) {
      return NoRows(statement);
    }
  }
  ARROW_RETURN_NOT_OK(StoreView(statement, command, place));
  FoundObject object;
  object.located = place;
  TableChanged(statement, object);
  return NoRows(statement);
}

CommandResult DropView(const StatementPtr& statement, const plan::DropView& command) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.name));
  SessionState& state = statement->state();
  bool dropped = false;
  if (name.size() == 1) {
    std::lock_guard<std::mutex> lock(state.mutex);
    dropped = state.temporary_views.erase(LowerCase(name[0])) > 0;
    state.cached.erase(NameKey(name));
  } else if (name.size() == 2 && LowerCase(name[0]) == "global_temp") {
    dropped = GlobalTemporaryViews::Instance().Drop(name[1]);
  }
  if (dropped) {
    return NoRows(statement);
  }
  ARROW_ASSIGN_OR_RAISE(catalog::LocatedName place, state.catalogs.Locate(name));
  Result<bool> is_table = place.catalog->TableExists(place.id);
  if (is_table.ok() && *is_table) {
    const std::string full_name = DottedName(place.parts());
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const table::Table> table,
                          place.catalog->LoadTable(place.id, {}));
    const std::string kind = table->details().external ? "EXTERNAL" : "MANAGED";
    return base::UserError("WRONG_COMMAND_FOR_OBJECT_TYPE",
                           "The operation DROP VIEW requires a VIEW. But " + full_name + " is a " +
                               kind + ". Use DROP TABLE instead.",
                           {{"operation", "DROP VIEW"},
                            {"requiredType", "VIEW"},
                            {"objectName", full_name},
                            {"foundType", kind},
                            {"alternative", "DROP TABLE"}});
  }
  Status status = place.catalog->DropView(place.id);
  if (IsNotFound(status)) {
    if (command.if_exists) {
      return NoRows(statement);
    }
    return catalog::TableNotFound(place.parts());
  }
  ARROW_RETURN_NOT_OK(status);
  FoundObject object;
  object.located = place;
  TableChanged(statement, object);
  return NoRows(statement);
}

CommandResult AlterView(const StatementPtr& statement, const plan::AlterView& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.name));
  if (found.table != nullptr) {
    const std::string name = base::QuoteName(found.full_name());
    return base::UserError(
        "EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE",
        "The table " + name + " does not support ALTER VIEW. Please use ALTER TABLE instead.",
        {{"tableName", name}, {"operation", "ALTER VIEW"}}, command.name.position);
  }
  if (!found.view) {
    if (command.inputs.empty()) {
      return base::Unsupported("ALTER of a temporary view other than AS");
    }
    plan::CreateView replacement;
    replacement.name.parts = {found.written.back()};
    replacement.temporary = true;
    replacement.global = found.global_temporary;
    replacement.replace = true;
    replacement.query_text = command.query_text;
    replacement.inputs = command.inputs;
    return CreateView(statement, replacement);
  }
  const catalog::LocatedName& place = *found.located;
  if (!command.new_name.empty()) {
    catalog::Identifier to = place.id;
    to.name = command.new_name.back();
    if (command.new_name.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(catalog::LocatedName target,
                            statement->state().catalogs.Locate(command.new_name));
      to = target.id;
    }
    ARROW_RETURN_NOT_OK(place.catalog->RenameTable(place.id, to));
  } else if (!command.inputs.empty()) {
    plan::CreateView replacement;
    replacement.name = command.name;
    replacement.replace = true;
    replacement.query_text = command.query_text;
    replacement.inputs = command.inputs;
    replacement.comment = found.view->comment;
    replacement.properties = found.view->properties;
    ARROW_RETURN_NOT_OK(StoreView(statement, replacement, place));
  } else {
    catalog::ViewDefinition view = *found.view;
    for (const auto& [key, value] : command.properties) {
      view.properties[key] = value;
    }
    for (const std::string& key : command.keys) {
      view.properties.erase(key);
    }
    ARROW_RETURN_NOT_OK(place.catalog->CreateView(place.id, view, true));
  }
  TableChanged(statement, found);
  return NoRows(statement);
}

}  // namespace emery::session
