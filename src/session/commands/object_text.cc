// Tables and views as text: SHOW CREATE TABLE, printSchema.
#include <string>
#include <string_view>

#include "session/commands/object_text_internal.h"

namespace emery::session {

namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

std::string QuotedPairs(const std::map<std::string, std::string>& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs) {
    text += (text.empty() ? "(\n  " : ",\n  ") + Quoted(key) + " = " + Quoted(value);
  }
  return text + ")\n";
}

std::string QuotedColumns(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    text += (text.empty() ? "" : ", ") + QuoteIfNeeded(column);
  }
  return "(" + text + ")";
}

std::string TreeTypeName(const type::DataType& t) {
  switch (t.id()) {
    case type::TypeId::kInt:
      return "integer";
    case type::TypeId::kLong:
      return "long";
    case type::TypeId::kShort:
      return "short";
    case type::TypeId::kByte:
      return "byte";
    case type::TypeId::kChar:
    case type::TypeId::kVarchar:
      return "string";
    case type::TypeId::kArray:
      return "array";
    case type::TypeId::kMap:
      return "map";
    case type::TypeId::kStruct:
      return "struct";
    default:
      return t.ToString();
  }
}

void AddTree(const std::string& name, const type::DataType& t, bool nullable, const char* null_word,
             const std::string& prefix, std::string* text) {
  *text += prefix + "-- " + name + ": " + TreeTypeName(t) + " (" + null_word + " = " +
           (nullable ? "true" : "false") + ")\n";
  const std::string below = prefix + "    |";
  switch (t.id()) {
    case type::TypeId::kStruct:
      for (const type::Field& field : t.fields()) {
        AddTree(field.name, *field.type, field.nullable, "nullable", below, text);
      }
      break;
    case type::TypeId::kArray:
      AddTree("element", *t.element(), t.contains_null(), "containsNull", below, text);
      break;
    case type::TypeId::kMap:
      *text += below + "-- key: " + TreeTypeName(*t.key()) + "\n";
      AddTree("value", *t.value(), t.fields()[1].nullable, "valueContainsNull", below, text);
      break;
    default:
      break;
  }
}

}  // namespace

std::string SchemaTree(const type::Schema& schema) {
  std::string text = "root\n";
  for (const type::Field& field : schema) {
    AddTree(field.name, *field.type, field.nullable, "nullable", " |", &text);
  }
  return text;
}

std::string CreateTableText(const FoundObject& found) {
  const table::Table& table = *found.table;
  const table::TableDetails details = table.details();
  std::string columns;
  for (const type::Field& field : table.schema()) {
    columns += (columns.empty() ? "" : ",\n") + ("  " + QuoteIfNeeded(field.name)) + " " +
               field.type->Sql() + (field.nullable ? "" : " NOT NULL");
    if (field.default_sql) {
      columns += " DEFAULT " + *field.default_sql;
    }
    if (field.comment) {
      columns += " COMMENT " + Quoted(*field.comment);
    }
  }
  std::string text = "CREATE TABLE " + DottedName(found.full_name()) + " (\n" + columns +
                     ")\nUSING " + table.provider() + "\n";
  if (!details.options.empty()) {
    text += "OPTIONS " + QuotedPairs(details.options);
  }
  if (!table.partition_columns().empty()) {
    text += "PARTITIONED BY " + QuotedColumns(table.partition_columns()) + "\n";
  }
  if (details.num_buckets > 0) {
    text += "CLUSTERED BY " + QuotedColumns(details.bucket_columns) + "\n";
    if (!details.sort_columns.empty()) {
      text += "SORTED BY " + QuotedColumns(details.sort_columns) + "\n";
    }
    text += "INTO " + std::to_string(details.num_buckets) + " BUCKETS\n";
  }
  if (table.comment()) {
    text += "COMMENT " + Quoted(*table.comment()) + "\n";
  }
  if (details.external) {
    text += "LOCATION " + Quoted(table.location()) + "\n";
  }
  const auto properties = VisibleProperties(table.properties());
  if (!properties.empty()) {
    text += "TBLPROPERTIES " + QuotedPairs(properties);
  }
  return text;
}

std::string CreateViewText(const FoundObject& found) {
  const catalog::ViewDefinition& view = *found.view;
  std::vector<std::string> name = found.full_name();
  name.erase(name.begin());
  std::string columns;
  for (const type::Field& field : view.schema) {
    columns += (columns.empty() ? "" : ",\n") + ("  " + QuoteIfNeeded(field.name));
    if (field.comment) {
      columns += " COMMENT " + Quoted(*field.comment);
    }
  }
  std::string text = "CREATE VIEW " + DottedName(name) + " (\n" + columns + ")\n";
  if (view.comment) {
    text += "COMMENT " + Quoted(*view.comment) + "\n";
  }
  if (!view.properties.empty()) {
    text += "TBLPROPERTIES " + QuotedPairs(view.properties);
  }
  return text + "WITH SCHEMA COMPENSATION\nAS " + view.text + "\n";
}

}  // namespace emery::session
