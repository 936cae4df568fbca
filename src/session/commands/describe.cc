// DESCRIBE of tables, columns, queries and functions.
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "base/version.h"
#include "catalog/errors.h"
#include "functions/registry.h"
#include "session/commands/commands.h"
#include "session/commands/object_text_internal.h"

namespace emery::session {

namespace {

void AddPartitions(const type::Schema& schema, const std::vector<std::string>& partition_columns,
                   RowSet* rows) {
  if (partition_columns.empty()) {
    return;
  }
  std::vector<const type::Field*> fields;
  for (const std::string& column : partition_columns) {
    for (const type::Field& field : schema) {
      if (LowerCase(field.name) == LowerCase(column)) {
        fields.push_back(&field);
      }
    }
  }
  if (fields.size() < partition_columns.size()) {  // transforms: days(ts), bucket(16, id)
    rows->Add({"", "", ""});
    rows->Add({"# Partitioning", "", ""});
    for (size_t i = 0; i < partition_columns.size(); ++i) {
      rows->Add({"Part " + std::to_string(i), partition_columns[i], ""});
    }
    return;
  }
  rows->Add({"# Partition Information", "", ""});
  rows->Add({"# col_name", "data_type", "comment"});
  for (const type::Field* field : fields) {
    rows->Add({field->name, field->type->ToString(), field->comment});
  }
}

void AddDefaults(const type::Schema& schema, RowSet* rows) {
  bool first = true;
  for (const type::Field& field : schema) {
    if (!field.default_sql) {
      continue;
    }
    if (first) {
      rows->Add({"", "", ""});
      rows->Add({"# Column Default Values", "", ""});
      first = false;
    }
    rows->Add({field.name, field.type->ToString(), *field.default_sql});
  }
}

CommandResult DescribeColumn(const StatementPtr& statement, const FoundObject& found,
                             const type::Schema& schema, const plan::DescribeTable& command) {
  const type::Field* field = nullptr;
  for (const type::Field& one : schema) {
    if (command.column.size() == 1 && LowerCase(one.name) == LowerCase(command.column[0])) {
      field = &one;
    }
  }
  if (field == nullptr) {
    if (command.column.size() > 1) {
      return base::UserError(
          "_LEGACY_ERROR_TEMP_1060",
          "DESC TABLE COLUMN does not support nested column: " + DottedName(command.column) + ".",
          {{"command", "DESC TABLE COLUMN"}});
    }
    return base::UserError(
        "COLUMN_NOT_FOUND",
        "The column " + base::QuoteName(command.column) +
            " cannot be found. Verify the spelling and correctness of the column "
            "name according to the SQL config \"spark.sql.caseSensitive\".",
        {{"colName", base::QuoteName(command.column)},
         {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}});
  }
  RowSet rows({"info_name", "info_value"});
  rows.Add({"col_name", field->name});
  rows.Add({"data_type", field->type->ToString()});
  rows.Add({"comment", field->comment.value_or("NULL")});
  if (command.extended) {
    std::map<std::string, std::string> properties;
    if (found.table != nullptr) {
      properties = found.table->properties();
    }
    const auto statistic = [&](const std::string& name) {
      const auto value =
          properties.find("spark.sql.statistics.colStats." + field->name + "." + name);
      return value == properties.end() ? std::string("NULL") : value->second;
    };
    const bool known = statistic("nullCount") != "NULL";
    const int width = type::PhysicalWidth(field->type->physical());
    const std::string length =
        known && !field->type->is_string() && width > 0 ? std::to_string(width) : "NULL";
    rows.Add({"min", statistic("min")});
    rows.Add({"max", statistic("max")});
    rows.Add({"num_nulls", statistic("nullCount")});
    rows.Add({"distinct_count", statistic("distinctCount")});
    rows.Add({"avg_col_len", length});
    rows.Add({"max_col_len", length});
    rows.Add({"histogram", "NULL"});
  }
  return std::move(rows).Finish(statement);
}

}  // namespace

std::string DateText(int64_t micros) {
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[64];
  std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Z %Y", &local);
  return text;
}

std::string PropertyList(const std::map<std::string, std::string>& properties) {
  std::string text;
  for (const auto& [key, value] : VisibleProperties(properties)) {
    text += (text.empty() ? "" : ", ") + key + "=" + value;
  }
  return "[" + text + "]";
}

std::map<std::string, std::string> VisibleProperties(
    const std::map<std::string, std::string>& properties) {
  std::map<std::string, std::string> visible;
  for (const auto& [key, value] : properties) {
    if (!key.starts_with("spark.sql.statistics.")) {
      visible.emplace(key, value);
    }
  }
  return visible;
}

std::vector<std::pair<std::string, std::string>> TableDetailRows(const FoundObject& found) {
  std::vector<std::pair<std::string, std::string>> rows;
  const std::vector<std::string> name = found.full_name();
  const table::TableDetails details = found.table->details();
  const std::map<std::string, std::string> properties = found.table->properties();
  std::string database;
  for (size_t i = 1; i + 1 < name.size(); ++i) {
    database += (database.empty() ? "" : ".") + name[i];
  }
  rows.emplace_back("Catalog", name.front());
  rows.emplace_back("Database", database);
  rows.emplace_back("Table", LowerCase(name.back()));
  if (!details.owner.empty()) {
    rows.emplace_back("Owner", details.owner);
  }
  if (details.created_us) {
    rows.emplace_back("Created Time", DateText(*details.created_us));
    rows.emplace_back("Last Access", "UNKNOWN");
  }
  rows.emplace_back("Created By", std::string("Emery ") + base::kEmeryVersion);
  rows.emplace_back("Type", details.external ? "EXTERNAL" : "MANAGED");
  rows.emplace_back("Provider", found.table->provider());
  if (details.num_buckets > 0) {
    const auto list = [](const std::vector<std::string>& columns) {
      std::string text;
      for (const std::string& column : columns) {
        text += (text.empty() ? "" : ", ") + base::QuoteIdentifier(column);
      }
      return "[" + text + "]";
    };
    rows.emplace_back("Num Buckets", std::to_string(details.num_buckets));
    rows.emplace_back("Bucket Columns", list(details.bucket_columns));
    rows.emplace_back("Sort Columns", list(details.sort_columns));
  }
  if (found.table->comment()) {
    rows.emplace_back("Comment", *found.table->comment());
  }
  if (!VisibleProperties(properties).empty()) {
    rows.emplace_back("Table Properties", PropertyList(properties));
  }
  const auto size = properties.find("spark.sql.statistics.totalSize");
  if (size != properties.end()) {
    const auto count = properties.find("spark.sql.statistics.numRows");
    rows.emplace_back("Statistics",
                      size->second + " bytes" +
                          (count == properties.end() ? "" : ", " + count->second + " rows"));
  }
  rows.emplace_back("Location", found.table->location());
  if (!details.options.empty()) {
    rows.emplace_back("Storage Properties", PropertyList(details.options));
  }
  if (!found.table->partition_columns().empty()) {
    rows.emplace_back("Partition Provider", "Catalog");
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> ViewDetailRows(const FoundObject& found) {
  const catalog::ViewDefinition& view = *found.view;
  const std::vector<std::string> name = found.full_name();
  std::vector<std::pair<std::string, std::string>> rows;
  std::string database;
  for (size_t i = 1; i + 1 < name.size(); ++i) {
    database += (database.empty() ? "" : ".") + name[i];
  }
  rows.emplace_back("Catalog", name.front());
  rows.emplace_back("Database", database);
  rows.emplace_back("Table", LowerCase(name.back()));
  if (view.created_us != 0) {
    rows.emplace_back("Created Time", DateText(view.created_us));
    rows.emplace_back("Last Access", "UNKNOWN");
  }
  rows.emplace_back("Created By", std::string("Emery ") + base::kEmeryVersion);
  rows.emplace_back("Type", "VIEW");
  if (view.comment) {
    rows.emplace_back("Comment", *view.comment);
  }
  rows.emplace_back("View Text", view.text);
  rows.emplace_back("View Original Text", view.text);
  rows.emplace_back("View Schema Mode", "COMPENSATION");
  std::vector<std::string> made_in{view.catalog};
  made_in.insert(made_in.end(), view.name_space.begin(), view.name_space.end());
  rows.emplace_back("View Catalog and Namespace", DottedName(made_in));
  std::string columns;
  for (const std::string& column : view.query_columns) {
    columns += (columns.empty() ? "" : ", ") + base::QuoteIdentifier(column);
  }
  rows.emplace_back("View Query Output Columns", "[" + columns + "]");
  if (!view.properties.empty()) {
    rows.emplace_back("Table Properties", PropertyList(view.properties));
  }
  return rows;
}

CommandResult DescribeTable(const StatementPtr& statement, const plan::DescribeTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.table));
  type::Schema schema;
  std::vector<std::string> partition_columns;
  if (found.table != nullptr) {
    schema = found.table->schema();
    partition_columns = found.table->partition_columns();
  } else {
    schema = found.view ? found.view->schema : found.temporary->schema;
  }
  if (!command.column.empty()) {
    return DescribeColumn(statement, found, schema, command);
  }
  RowSet rows({"col_name", "data_type", "comment"});
  for (const type::Field& field : schema) {
    rows.Add({field.name, field.type->ToString(), field.comment});
  }
  AddPartitions(schema, partition_columns, &rows);
  if (command.extended && found.temporary == nullptr) {
    rows.Add({"", "", ""});
    rows.Add({"# Detailed Table Information", "", ""});
    for (const auto& [key, value] :
         found.table != nullptr ? TableDetailRows(found) : ViewDetailRows(found)) {
      rows.Add({key, value, ""});
    }
  }
  AddDefaults(schema, &rows);
  return std::move(rows).Finish(statement);
}

CommandResult DescribeQuery(const StatementPtr& statement, const plan::DescribeQuery& command) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr query, statement->Analyze(command.inputs[0]));
  RowSet rows({"col_name", "data_type", "comment"});
  for (const plan::ColumnInfo& column : query->Output()) {
    rows.Add({column.name, column.type->ToString(), std::nullopt});
  }
  return std::move(rows).Finish(statement);
}

CommandResult DescribeFunction(const StatementPtr& statement,
                               const plan::DescribeFunction& command) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.name));
  const functions::Registry& registry = functions::Registry::Instance();
  const std::string key = LowerCase(name.back());
  std::string description;
  std::string since;
  std::string examples;
  const auto take = [&](const auto* function) {
    if (function == nullptr) {
      return false;
    }
    description = function->description;
    if constexpr (requires { function->since; }) {
      since = function->since;
    }
    if constexpr (requires { function->examples; }) {
      for (const auto& example : function->examples) {
        examples += "      > " + example.sql + ";\n       " + example.result + "\n";
      }
    }
    return true;
  };
  const bool known = take(registry.FindScalar(key)) || take(registry.FindAggregate(key)) ||
                     take(registry.FindWindow(key)) || take(registry.FindGenerator(key));
  if (!known) {
    const catalog::CatalogManager& catalogs = statement->state().catalogs;
    std::vector<std::string> place{catalogs.current_catalog()};
    for (const std::string& part : catalogs.current_namespace()) {
      place.push_back(part);
    }
    const std::string path =
        "[`system`.`builtin`, `system`.`session`, " + base::QuoteName(place) + "]";
    return base::UserError(
        "UNRESOLVED_ROUTINE",
        "Cannot resolve routine " + base::QuoteName(name) + " on search path " + path + ".",
        {{"routineName", base::QuoteName(name)}, {"searchPath", path}}, command.name.position);
  }
  RowSet rows({"function_desc"});
  rows.Add({"Function: " + key});
  rows.Add({"Usage: " + (description.empty() ? "N/A." : description)});
  if (command.extended) {
    std::string text = "Extended Usage:\n";
    if (!examples.empty()) {
      text += "    Examples:\n" + examples + "  \n";
    }
    if (!since.empty()) {
      text += "    Since: " + since + "\n";
    }
    rows.Add({text});
  }
  return std::move(rows).Finish(statement);
}

}  // namespace emery::session
