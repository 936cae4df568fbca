#include "format/schema_json.h"

#include <charconv>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace emery::format {

using nlohmann::json;
using type::TypeId;
using type::TypePtr;

namespace {

constexpr const char* kCharVarcharKey = "__CHAR_VARCHAR_TYPE_STRING";
constexpr int kDepthMax = 100;

nlohmann::ordered_json TypeToJson(const type::DataType& type);

nlohmann::ordered_json FieldsToJson(const std::vector<type::Field>& fields) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const type::Field& field : fields) {
    nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
    if (field.comment.has_value()) {
      metadata["comment"] = *field.comment;
    }
    if (field.type->is(TypeId::kChar) || field.type->is(TypeId::kVarchar)) {
      metadata[kCharVarcharKey] = field.type->ToString();
    }
    nlohmann::ordered_json one;
    one["name"] = field.name;
    one["type"] = TypeToJson(*field.type);
    one["nullable"] = field.nullable;
    one["metadata"] = std::move(metadata);
    list.push_back(std::move(one));
  }
  nlohmann::ordered_json out;
  out["type"] = "struct";
  out["fields"] = std::move(list);
  return out;
}

nlohmann::ordered_json TypeToJson(const type::DataType& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return FieldsToJson(type.fields());
    case TypeId::kArray: {
      nlohmann::ordered_json out;
      out["type"] = "array";
      out["elementType"] = TypeToJson(*type.element());
      out["containsNull"] = type.contains_null();
      return out;
    }
    case TypeId::kMap: {
      nlohmann::ordered_json out;
      out["type"] = "map";
      out["keyType"] = TypeToJson(*type.key());
      out["valueType"] = TypeToJson(*type.value());
      out["valueContainsNull"] = type.fields()[1].nullable;
      return out;
    }
    case TypeId::kByte:
      return "byte";
    case TypeId::kShort:
      return "short";
    case TypeId::kInt:
      return "integer";
    case TypeId::kLong:
      return "long";
    case TypeId::kChar:
    case TypeId::kVarchar:
      return "string";
    default:
      return type.ToString();
  }
}

std::optional<std::pair<int, int>> TwoNumbers(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix) || !text.ends_with(')')) {
    return std::nullopt;
  }
  text.remove_prefix(prefix.size());
  int a = 0;
  int b = 0;
  const char* end = text.data() + text.size();
  auto [p, error] = std::from_chars(text.data(), end, a);
  if (error != std::errc()) {
    return std::nullopt;
  }
  if (*p == ',') {
    std::from_chars(p + 1, end, b);
  }
  return std::pair(a, b);
}

TypePtr ScalarFromName(std::string_view name) {
  static const std::pair<std::string_view, TypePtr> kNames[] = {
      {"boolean", type::Boolean()},     {"byte", type::Byte()},
      {"short", type::Short()},         {"integer", type::Int()},
      {"long", type::Long()},           {"float", type::Float()},
      {"double", type::Double()},       {"string", type::String()},
      {"binary", type::Binary()},       {"date", type::Date()},
      {"timestamp", type::Timestamp()}, {"timestamp_ntz", type::TimestampNtz()},
      {"void", type::Null()},           {"null", type::Null()},
      {"decimal", type::Decimal(10, 0)}};
  for (const auto& [known, type] : kNames) {
    if (known == name) {
      return type;
    }
  }
  if (const auto decimal = TwoNumbers(name, "decimal(")) {
    const auto [precision, scale] = *decimal;
    return precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision
               ? type::Decimal(precision, scale)
               : nullptr;
  }
  if (const auto length = TwoNumbers(name, "char(")) {
    return length->first > 0 ? type::Char(length->first) : nullptr;
  }
  if (const auto length = TwoNumbers(name, "varchar(")) {
    return length->first > 0 ? type::Varchar(length->first) : nullptr;
  }
  if (name.starts_with("interval ")) {
    constexpr std::string_view kDayTime[] = {"day", "hour", "minute", "second"};
    const std::string_view rest = name.substr(9);
    const size_t to = rest.find(" to ");
    const std::string_view first = rest.substr(0, to);
    const std::string_view last = to == rest.npos ? first : rest.substr(to + 4);
    for (int a = 0; a < 4; ++a) {
      for (int b = a; b < 4; ++b) {
        if (first == kDayTime[a] && last == kDayTime[b]) {
          return type::DayTimeInterval(static_cast<type::IntervalField>(a),
                                       static_cast<type::IntervalField>(b));
        }
      }
    }
    using type::IntervalField;
    if ((first == "year" || first == "month") && (last == "year" || last == "month")) {
      return type::YearMonthInterval(first == "year" ? IntervalField::kYear : IntervalField::kMonth,
                                     last == "year" ? IntervalField::kYear : IntervalField::kMonth);
    }
  }
  return nullptr;
}

bool BoolAt(const json& object, const char* key, bool fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

TypePtr TypeFromJson(const json& value, int depth);

std::optional<std::vector<type::Field>> FieldsFromJson(const json& object, int depth) {
  const auto list = object.find("fields");
  if (list == object.end() || !list->is_array()) {
    return std::nullopt;
  }
  std::vector<type::Field> fields;
  for (const json& one : *list) {
    if (!one.is_object() || !one.contains("name") || !one["name"].is_string() ||
        !one.contains("type")) {
      return std::nullopt;
    }
    type::Field field;
    field.name = one["name"].get<std::string>();
    field.type = TypeFromJson(one["type"], depth + 1);
    field.nullable = BoolAt(one, "nullable", true);
    const auto metadata = one.find("metadata");
    if (metadata != one.end() && metadata->is_object()) {
      if (metadata->contains("comment") && (*metadata)["comment"].is_string()) {
        field.comment = (*metadata)["comment"].get<std::string>();
      }
      if (metadata->contains(kCharVarcharKey) && (*metadata)[kCharVarcharKey].is_string()) {
        if (TypePtr limited = ScalarFromName((*metadata)[kCharVarcharKey].get<std::string>())) {
          field.type = std::move(limited);
        }
      }
    }
    if (field.type == nullptr) {
      return std::nullopt;
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

TypePtr TypeFromJson(const json& value, int depth) {
  if (depth > kDepthMax) {
    return nullptr;
  }
  if (value.is_string()) {
    return ScalarFromName(value.get<std::string>());
  }
  if (!value.is_object() || !value.contains("type") || !value["type"].is_string()) {
    return nullptr;
  }
  const std::string kind = value["type"].get<std::string>();
  if (kind == "struct") {
    std::optional<std::vector<type::Field>> fields = FieldsFromJson(value, depth);
    return fields.has_value() ? type::Struct(*std::move(fields)) : nullptr;
  }
  if (kind == "array" && value.contains("elementType")) {
    TypePtr element = TypeFromJson(value["elementType"], depth + 1);
    return element ? type::Array(std::move(element), BoolAt(value, "containsNull", true)) : nullptr;
  }
  if (kind == "map" && value.contains("keyType") && value.contains("valueType")) {
    TypePtr key = TypeFromJson(value["keyType"], depth + 1);
    TypePtr item = TypeFromJson(value["valueType"], depth + 1);
    return key && item ? type::Map(std::move(key), std::move(item),
                                   BoolAt(value, "valueContainsNull", true))
                       : nullptr;
  }
  return nullptr;
}

}  // namespace

std::string SchemaToJson(const type::Schema& schema) {
  return FieldsToJson(schema).dump();
}

std::optional<type::Schema> SchemaFromJson(std::string_view text) {
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) {
    return std::nullopt;
  }
  return FieldsFromJson(value, 0);
}

}  // namespace emery::format
