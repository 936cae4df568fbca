// create_changelog_view: a temporary view over a table's `changes`.
#include <algorithm>

#include "session/procedures/procedure.h"
#include "sql/parser.h"
#include "table/iceberg/iceberg_table.h"

namespace emery::session {

using type::Value;

namespace {

constexpr const char* kChangeColumns = "_change_type, _change_ordinal, _commit_snapshot_id";

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : ", ") + base::QuoteIdentifier(name);
  }
  return text;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return quoted + "'";
}

/// Rows of `from` without those that a snapshot removed and added again (by rewriting their file).
std::string WithoutCarriedRows(const std::string& columns, const std::string& from) {
  const std::string same =
      "OVER (PARTITION BY " + columns + ", _change_ordinal, _commit_snapshot_id)";
  return "SELECT " + columns + ", " + kChangeColumns + " FROM (SELECT *, row_number() OVER " +
         "(PARTITION BY " + columns + ", " + kChangeColumns + " ORDER BY _change_type) AS `row`, " +
         "count_if(_change_type = 'INSERT') " + same + " AS `inserts`, " +
         "count_if(_change_type = 'DELETE') " + same + " AS `deletes` FROM " + from +
         ") WHERE `row` > least(`inserts`, `deletes`)";
}

/// A removed and an added row with the same identifier become the two sides of an update.
std::string WithUpdates(const std::string& columns, const std::string& identifier,
                        const std::string& rows) {
  const std::string same = "OVER (PARTITION BY " + identifier + ", _change_ordinal)";
  return "SELECT " + columns +
         ", CASE WHEN `inserts` = 0 OR `deletes` = 0 THEN _change_type "
         "WHEN `inserts` > 1 OR `deletes` > 1 THEN CAST(raise_error('Cannot compute updates "
         "because "
         "there are multiple rows with the same identifier fields. Please make sure the rows are "
         "unique.') AS STRING) "
         "WHEN _change_type = 'DELETE' THEN 'UPDATE_BEFORE' ELSE 'UPDATE_AFTER' END AS "
         "_change_type, _change_ordinal, _commit_snapshot_id FROM (SELECT *, count_if(_change_type "
         "= 'INSERT') " +
         same + " AS `inserts`, count_if(_change_type = 'DELETE') " + same +
         " AS `deletes` FROM (" + rows + "))";
}

Result<ProcedureRows> CreateChangelogView(const ProcedureCall& call) {
  if (call.Bool("net_changes", false)) {
    return base::Unsupported("net_changes of create_changelog_view");
  }
  ARROW_ASSIGN_OR_RAISE(const auto id, call.Identify("table"));
  ARROW_ASSIGN_OR_RAISE(const auto table, call.catalog->LoadTable(id, {}));
  const auto* iceberg = dynamic_cast<const table::iceberg::IcebergTable*>(table.get());
  if (iceberg == nullptr) {
    return base::Unsupported("create_changelog_view of tables that are not Iceberg's");
  }
  std::vector<std::string> names;
  for (const auto& field : table->schema()) {
    names.push_back(field.name);
  }
  std::vector<std::string> identifier;
  if (call.Has("identifier_columns")) {
    for (const auto& name : call.Argument("identifier_columns").list()) {
      identifier.push_back(name.string());
    }
  } else {
    for (const int32_t field_id : iceberg->metadata().current_schema().identifier_field_ids) {
      if (const auto* field = table::iceberg::FindField(table->schema(), field_id)) {
        identifier.push_back(field->name);
      }
    }
  }
  const bool updates = call.Bool("compute_updates", call.Has("identifier_columns"));
  if (updates && identifier.empty()) {
    return InvalidArgument(
        "Cannot compute the update images because identifier columns are not set.");
  }
  std::string from = base::QuoteIdentifier(call.catalog_name);
  for (const auto& part : id.name_space) {
    from += "." + base::QuoteIdentifier(part);
  }
  from += "." + base::QuoteIdentifier(id.name) + ".changes";
  std::string options;
  for (const auto& [key, value] : call.Map("options")) {
    options += (options.empty() ? " WITH (" : ", ") + Quoted(key) + " = " + Quoted(value);
  }
  from += options.empty() ? "" : options + ")";
  const std::string columns = Joined(names);
  std::string query = WithoutCarriedRows(columns, from);
  if (updates) {
    query = WithUpdates(columns, Joined(identifier), query);
  }
  const std::string view = call.Text("changelog_view", base::QuoteIdentifier(id.name + "_changes"));
  sql::ParserOptions parser;
  parser.time_zone = "UTC";
  ARROW_ASSIGN_OR_RAISE(
      const auto plan,
      sql::ParseStatement("CREATE OR REPLACE TEMPORARY VIEW " + view + " AS " + query, parser));
  const auto* create = dynamic_cast<const plan::CreateView*>(plan.get());
  if (create == nullptr) {
    return base::InternalError("the text of a changelog view is no view");
  }
  ARROW_RETURN_NOT_OK(CreateView(call.statement, *create).status());
  return ProcedureRows{{Value::String(view)}};
}

const ProcedureRegistration kCreateChangelogView(
    "create_changelog_view",
    {{"table", type::String(), true},
     {"changelog_view", type::String(), false},
     {"options", type::Map(type::String(), type::String()), false},
     {"compute_updates", type::Boolean(), false},
     {"identifier_columns", type::Array(type::String()), false},
     {"net_changes", type::Boolean(), false}},
    {ProcedureColumn("changelog_view", type::String(), false)}, CreateChangelogView);

}  // namespace

}  // namespace emery::session
