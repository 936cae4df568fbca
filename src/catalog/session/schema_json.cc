#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

#include "catalog/session/schema_json_internal.h"

namespace emery::catalog::session {

namespace {

using nlohmann::json;
using type::TypeId;
using type::TypePtr;

json FieldToJson(const type::Field& field);

json TypeToJson(const TypePtr& t) {
  switch (t->id()) {
    case TypeId::kByte:
      return "byte";
    case TypeId::kShort:
      return "short";
    case TypeId::kInt:
      return "integer";
    case TypeId::kLong:
      return "long";
    case TypeId::kArray:
      return {{"type", "array"},
              {"elementType", TypeToJson(t->element())},
              {"containsNull", t->contains_null()}};
    case TypeId::kMap:
      return {{"type", "map"},
              {"keyType", TypeToJson(t->key())},
              {"valueType", TypeToJson(t->value())},
              {"valueContainsNull", t->fields()[1].nullable}};
    case TypeId::kStruct: {
      json fields = json::array();
      for (const type::Field& field : t->fields()) {
        fields.push_back(FieldToJson(field));
      }
      return {{"type", "struct"}, {"fields", std::move(fields)}};
    }
    case TypeId::kNull:
    case TypeId::kBoolean:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      break;
  }
  return t->ToString();
}

json FieldToJson(const type::Field& field) {
  json metadata = json::object();
  if (field.comment) {
    metadata["comment"] = *field.comment;
  }
  if (field.default_sql) {
    metadata["CURRENT_DEFAULT"] = *field.default_sql;
  }
  return {{"name", field.name},
          {"type", TypeToJson(field.type)},
          {"nullable", field.nullable},
          {"metadata", std::move(metadata)}};
}

Status Malformed(const std::string& what) {
  return base::InternalError("the catalog holds a type that is not understood: " + what);
}

/// The numbers in "decimal(5,2)".
std::vector<int> NumbersOf(std::string_view text) {
  std::vector<int> numbers;
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end) {
    int number = 0;
    const auto [next, error] = std::from_chars(p, end, number);
    if (error == std::errc()) {
      numbers.push_back(number);
      p = next;
    } else {
      ++p;
    }
  }
  return numbers;
}

int IntervalFieldOf(std::string_view name) {
  if (name == "month" || name == "hour") {
    return 1;
  }
  return name == "minute" ? 2 : name == "second" ? 3 : 0;
}

Result<TypePtr> IntervalFromText(std::string_view text) {  // "interval day to second"
  std::string_view rest = text.substr(9);
  const size_t to = rest.find(" to ");
  const std::string_view first = rest.substr(0, to);
  const std::string_view last = to == std::string_view::npos ? first : rest.substr(to + 4);
  const auto start = static_cast<type::IntervalField>(IntervalFieldOf(first));
  const auto end = static_cast<type::IntervalField>(IntervalFieldOf(last));
  if (first == "year" || first == "month") {
    return type::YearMonthInterval(start, end);
  }
  return type::DayTimeInterval(start, end);
}

Result<TypePtr> TypeFromText(const std::string& text) {
  static const std::pair<std::string_view, const TypePtr& (*)()> kNames[] = {
      {"void", type::Null},
      {"boolean", type::Boolean},
      {"byte", type::Byte},
      {"short", type::Short},
      {"integer", type::Int},
      {"long", type::Long},
      {"float", type::Float},
      {"double", type::Double},
      {"string", type::String},
      {"binary", type::Binary},
      {"date", type::Date},
      {"timestamp", type::Timestamp},
      {"interval", type::CalendarIntervalType},
      {"timestamp_ntz", type::TimestampNtz},
  };
  for (const auto& [name, make] : kNames) {
    if (text == name) {
      return make();
    }
  }
  const std::vector<int> numbers = NumbersOf(text);
  if (text.starts_with("decimal(") && numbers.size() == 2) {
    return type::Decimal(numbers[0], numbers[1]);
  }
  if (text.starts_with("char(") && numbers.size() == 1) {
    return type::Char(numbers[0]);
  }
  if (text.starts_with("varchar(") && numbers.size() == 1) {
    return type::Varchar(numbers[0]);
  }
  if (text.starts_with("interval ")) {
    return IntervalFromText(text);
  }
  return Malformed(text);
}

Result<type::Schema> FieldsFromJson(const json& fields);

Result<TypePtr> TypeFromJson(const json& j) {
  if (j.is_string()) {
    return TypeFromText(j.get<std::string>());
  }
  if (!j.is_object() || !j.contains("type")) {
    return Malformed(j.dump());
  }
  const std::string kind = j["type"].get<std::string>();
  if (kind == "struct") {
    ARROW_ASSIGN_OR_RAISE(type::Schema fields, FieldsFromJson(j.value("fields", json::array())));
    return type::Struct(std::move(fields));
  }
  if (kind == "array") {
    ARROW_ASSIGN_OR_RAISE(TypePtr element, TypeFromJson(j.value("elementType", json())));
    return type::Array(std::move(element), j.value("containsNull", true));
  }
  if (kind == "map") {
    ARROW_ASSIGN_OR_RAISE(TypePtr key, TypeFromJson(j.value("keyType", json())));
    ARROW_ASSIGN_OR_RAISE(TypePtr value, TypeFromJson(j.value("valueType", json())));
    return type::Map(std::move(key), std::move(value), j.value("valueContainsNull", true));
  }
  return Malformed(j.dump());
}

Result<type::Schema> FieldsFromJson(const json& fields) {
  type::Schema schema;
  for (const json& j : fields) {
    type::Field field;
    field.name = j.value("name", "");
    ARROW_ASSIGN_OR_RAISE(field.type, TypeFromJson(j.value("type", json())));
    field.nullable = j.value("nullable", true);
    const json metadata = j.value("metadata", json::object());
    if (metadata.contains("comment")) {
      field.comment = metadata["comment"].get<std::string>();
    }
    if (metadata.contains("CURRENT_DEFAULT")) {
      field.default_sql = metadata["CURRENT_DEFAULT"].get<std::string>();
    }
    schema.push_back(std::move(field));
  }
  return schema;
}

}  // namespace

json SchemaToJson(const type::Schema& schema) {
  json fields = json::array();
  for (const type::Field& field : schema) {
    fields.push_back(FieldToJson(field));
  }
  return {{"type", "struct"}, {"fields", std::move(fields)}};
}

Result<type::Schema> SchemaFromJson(const json& j) {
  try {
    return FieldsFromJson(j.value("fields", json::array()));
  } catch (const json::exception& error) {
    return Malformed(error.what());
  }
}

}  // namespace emery::catalog::session
