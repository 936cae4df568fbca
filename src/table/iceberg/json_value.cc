#include <nlohmann/json.hpp>

#include "table/iceberg/json_value_internal.h"
#include "type/decimal.h"
#include "type/text.h"
#include "type/time_zone.h"

namespace emery::table::iceberg {

using nlohmann::json;
using type::TypeId;
using type::Value;

namespace {

std::optional<Value> FromHex(const std::string& text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return text.size() % 2 == 0 ? std::optional(Value::String(std::move(bytes))) : std::nullopt;
}

/// "-14.20" with at most `scale` digits behind the point, unscaled.
std::optional<Value> FromDecimalText(const std::string& text, int scale) {
  type::int128_t unscaled = 0;
  int digits = 0;
  int behind = -1;
  for (size_t i = text.rfind('-', 0) == 0 ? 1 : 0; i < text.size(); ++i) {
    if (text[i] == '.' && behind < 0) {
      behind = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9' || ++digits > 38) {
      return std::nullopt;
    }
    unscaled = unscaled * 10 + (text[i] - '0');
    behind += behind >= 0 ? 1 : 0;
  }
  for (int i = std::max(behind, 0); i < scale; ++i) {
    unscaled *= 10;
  }
  if (digits == 0 || behind > scale) {
    return std::nullopt;
  }
  return Value::Decimal(text[0] == '-' ? -unscaled : unscaled);
}

std::optional<Value> FromText(const std::string& text, const type::DataType& type) {
  switch (type.id()) {
    case TypeId::kString:
      return Value::String(text);
    case TypeId::kBinary:
      return FromHex(text);
    case TypeId::kDecimal:
      return FromDecimalText(text, type.scale());
    case TypeId::kDate:
      if (const auto days = type::ParseDate(text)) {
        return Value::Int(*days);
      }
      return std::nullopt;
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      // Times with a zone are always written at +00:00.
      if (const auto micros = type::ParseTimestampNtz(text)) {
        return Value::Int(*micros);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Value> ParseJsonValue(const json& j, const type::DataType& type) {
  if (j.is_null()) {
    return Value();
  }
  if (j.is_string()) {
    return FromText(j.get<std::string>(), type);
  }
  if (j.is_boolean()) {
    return type.is(TypeId::kBoolean) ? std::optional(Value::Bool(j.get<bool>())) : std::nullopt;
  }
  if (j.is_number()) {
    if (type.is_integral() && j.is_number_integer()) {
      return Value::Int(j.get<int64_t>());
    }
    if (type.is(TypeId::kFloat)) {
      return Value::Float(j.get<float>());
    }
    return type.is(TypeId::kDouble) ? std::optional(Value::Double(j.get<double>())) : std::nullopt;
  }
  std::vector<Value> values;
  const auto add = [&](const json& item, const type::DataType& item_type) {
    auto value = ParseJsonValue(item, item_type);
    if (value) {
      values.push_back(*std::move(value));
    }
    return value.has_value();
  };
  if (type.is(TypeId::kStruct) && j.is_object()) {
    for (const auto& field : type.fields()) {
      const auto at = j.find(std::to_string(field.field_id));
      if (at == j.end()) {
        values.emplace_back();
      } else if (!add(*at, *field.type)) {
        return std::nullopt;
      }
    }
  } else if (type.is(TypeId::kArray) && j.is_array()) {
    for (const auto& item : j) {
      if (!add(item, *type.element())) {
        return std::nullopt;
      }
    }
  } else if (type.is(TypeId::kMap) && j.is_object() && j.contains("keys") && j.contains("values") &&
             j["keys"].size() == j["values"].size()) {
    for (size_t i = 0; i < j["keys"].size(); ++i) {
      if (!add(j["keys"][i], *type.key()) || !add(j["values"][i], *type.value())) {
        return std::nullopt;
      }
    }
  } else {
    return std::nullopt;
  }
  return Value::MakeList(std::move(values));
}

}  // namespace emery::table::iceberg
