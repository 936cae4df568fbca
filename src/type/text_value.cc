#include <limits>
#include <string>

#include "type/decimal.h"
#include "type/text.h"

namespace emery::type {

std::optional<std::string> ValueToText(const DataType& type, const Value& value,
                                       const TimeZone& zone) {
  if (value.is_null()) {
    return std::nullopt;
  }
  const auto member = [&](const DataType& member_type, const Value& v) {
    return ValueToText(member_type, v, zone).value_or("null");
  };
  switch (type.id()) {
    case TypeId::kNull:
      return std::nullopt;
    case TypeId::kBoolean:
      return value.boolean() ? "true" : "false";
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return std::to_string(value.integer());
    case TypeId::kFloat:
      return FormatFloat(value.float_value());
    case TypeId::kDouble:
      return FormatDouble(value.double_value());
    case TypeId::kDecimal:
      return FormatDecimal(value.decimal(), type.scale());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
      return value.string();
    case TypeId::kDate:
      return FormatDate(static_cast<int32_t>(value.integer()));
    case TypeId::kTimestamp:
      return FormatTimestamp(value.integer(), zone);
    case TypeId::kTimestampNtz:
      return FormatTimestampNtz(value.integer());
    case TypeId::kYearMonthInterval:
      return FormatYearMonthInterval(static_cast<int32_t>(value.integer()), type.start_field(),
                                     type.end_field());
    case TypeId::kDayTimeInterval:
      return FormatDayTimeInterval(value.integer(), type.start_field(), type.end_field());
    case TypeId::kCalendarInterval:
      return FormatCalendarInterval(value.interval());
    case TypeId::kArray: {
      std::string text = "[";
      for (size_t i = 0; i < value.list().size(); ++i) {
        text += (i > 0 ? ", " : "") + member(*type.element(), value.list()[i]);
      }
      return text + "]";
    }
    case TypeId::kMap: {
      std::string text = "{";
      for (size_t i = 0; i + 1 < value.list().size(); i += 2) {
        text += (i > 0 ? ", " : "") + member(*type.key(), value.list()[i]) + " -> " +
                member(*type.value(), value.list()[i + 1]);
      }
      return text + "}";
    }
    case TypeId::kStruct: {
      std::string text = "{";
      for (size_t i = 0; i < value.list().size(); ++i) {
        text += (i > 0 ? ", " : "") + member(*type.fields()[i].type, value.list()[i]);
      }
      return text + "}";
    }
  }
  return std::nullopt;
}

namespace {

template <class T>
std::optional<Value> IntegerValue(std::optional<T> value) {
  return value ? std::optional(Value::Int(*value)) : std::nullopt;
}

template <class T>
std::optional<Value> ParseAs(std::string_view text) {
  return IntegerValue(
      ParseInteger(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

}  // namespace

std::optional<Value> ValueFromText(const DataType& type, std::string_view text,
                                   const TimeZone& zone) {
  switch (type.id()) {
    case TypeId::kBoolean: {
      const std::optional<bool> value = ParseBoolean(text);
      return value ? std::optional(Value::Bool(*value)) : std::nullopt;
    }
    case TypeId::kByte:
      return ParseAs<int8_t>(text);
    case TypeId::kShort:
      return ParseAs<int16_t>(text);
    case TypeId::kInt:
      return ParseAs<int32_t>(text);
    case TypeId::kLong:
      return ParseAs<int64_t>(text);
    case TypeId::kFloat: {
      const std::optional<float> value = ParseFloat(text);
      return value ? std::optional(Value::Float(*value)) : std::nullopt;
    }
    case TypeId::kDouble: {
      const std::optional<double> value = ParseDouble(text);
      return value ? std::optional(Value::Double(*value)) : std::nullopt;
    }
    case TypeId::kDecimal: {
      const std::optional<int128_t> value = ParseDecimal(text, type.precision(), type.scale());
      return value ? std::optional(Value::Decimal(*value)) : std::nullopt;
    }
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
      return Value::String(std::string(text));
    case TypeId::kDate:
      return IntegerValue(ParseDate(text));
    case TypeId::kTimestamp:
      return IntegerValue(ParseTimestamp(text, zone));
    case TypeId::kTimestampNtz:
      return IntegerValue(ParseTimestampNtz(text));
    case TypeId::kYearMonthInterval:
      return IntegerValue(ParseYearMonthInterval(text, type.start_field(), type.end_field()));
    case TypeId::kDayTimeInterval:
      return IntegerValue(ParseDayTimeInterval(text, type.start_field(), type.end_field()));
    case TypeId::kCalendarInterval: {
      const std::optional<CalendarInterval> value = ParseCalendarInterval(text);
      return value ? std::optional(Value::Interval(*value)) : std::nullopt;
    }
    case TypeId::kNull:
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace emery::type
