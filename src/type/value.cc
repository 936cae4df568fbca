#include "type/value.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string_view>
#include <type_traits>

#include "type/decimal.h"
#include "type/text.h"

namespace emery::type {

namespace {

template <class T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class T>
int CompareFloating(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  return Compare(a, b);
}

size_t Combine(size_t seed, size_t hash) {
  return seed ^ (hash + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

bool Value::operator==(const Value& other) const {
  if (payload_.index() != other.payload_.index()) {
    return false;
  }
  if (const auto* list = std::get_if<List>(&payload_)) {
    const auto& theirs = std::get<List>(other.payload_);
    return *list == theirs || **list == *theirs;
  }
  if (const auto* value = std::get_if<double>(&payload_)) {
    return CompareFloating(*value, other.double_value()) == 0;
  }
  if (const auto* value = std::get_if<float>(&payload_)) {
    return CompareFloating(*value, other.float_value()) == 0;
  }
  return payload_ == other.payload_;
}

int CompareValues(const DataType& type, const Value& a, const Value& b) {
  switch (type.physical()) {
    case PhysicalType::kBool:
      return Compare(a.boolean(), b.boolean());
    case PhysicalType::kFloat:
      return CompareFloating(a.float_value(), b.float_value());
    case PhysicalType::kDouble:
      return CompareFloating(a.double_value(), b.double_value());
    case PhysicalType::kInt128:
      return Compare(a.decimal(), b.decimal());
    case PhysicalType::kString:
      return Compare(a.string().compare(b.string()), 0);
    case PhysicalType::kInterval: {
      const CalendarInterval& x = a.interval();
      const CalendarInterval& y = b.interval();
      if (x.months != y.months) {
        return Compare(x.months, y.months);
      }
      return x.days != y.days ? Compare(x.days, y.days) : Compare(x.microseconds, y.microseconds);
    }
    case PhysicalType::kList:
    case PhysicalType::kStruct: {
      const auto& x = a.list();
      const auto& y = b.list();
      for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
        if (x[i].is_null() || y[i].is_null()) {
          if (x[i].is_null() != y[i].is_null()) {
            return x[i].is_null() ? -1 : 1;
          }
          continue;
        }
        const DataType& member = type.is(TypeId::kStruct)  ? *type.fields()[i].type
                                 : type.is(TypeId::kArray) ? *type.element()
                                                           : *type.fields()[i % 2].type;
        if (const int order = CompareValues(member, x[i], y[i]); order != 0) {
          return order;
        }
      }
      return Compare(x.size(), y.size());
    }
    case PhysicalType::kNull:
      return 0;
    default:
      if (type.is_decimal()) {
        return Compare(a.decimal(), b.decimal());
      }
      return Compare(a.integer(), b.integer());
  }
}

size_t HashValue(const Value& value) {
  return std::visit(
      [&](const auto& v) -> size_t {
        using T = std::decay_t<decltype(v)>;
        const size_t kind = value.payload().index();
        if constexpr (std::is_same_v<T, std::monostate>) {
          return 0;
        } else if constexpr (std::is_same_v<T, int128_t>) {
          return Combine(kind, Combine(std::hash<uint64_t>{}(static_cast<uint64_t>(v)),
                                       std::hash<int64_t>{}(static_cast<int64_t>(v >> 64))));
        } else if constexpr (std::is_floating_point_v<T>) {
          return Combine(kind, std::isnan(v) ? 1 : std::hash<T>{}(v == 0 ? T{0} : v));
        } else if constexpr (std::is_same_v<T, CalendarInterval>) {
          return Combine(Combine(static_cast<size_t>(v.months), static_cast<size_t>(v.days)),
                         static_cast<size_t>(v.microseconds));
        } else if constexpr (std::is_same_v<T, Value::List>) {
          size_t hash = kind;
          for (const Value& item : *v) {
            hash = Combine(hash, HashValue(item));
          }
          return hash;
        } else {
          return Combine(kind, std::hash<T>{}(v));
        }
      },
      value.payload());
}

std::string ValueToSql(const DataType& type, const Value& value) {
  if (value.is_null()) {
    return type.is_null() ? "NULL" : "CAST(NULL AS " + type.Sql() + ")";
  }
  switch (type.id()) {
    case TypeId::kNull:
      return "NULL";
    case TypeId::kBoolean:
      return value.boolean() ? "true" : "false";
    case TypeId::kByte:
      return std::to_string(value.integer()) + "Y";
    case TypeId::kShort:
      return std::to_string(value.integer()) + "S";
    case TypeId::kInt:
      return std::to_string(value.integer());
    case TypeId::kLong:
      return std::to_string(value.integer()) + "L";
    case TypeId::kFloat: {
      if (!std::isfinite(value.float_value())) {
        return "CAST('" + FormatFloat(value.float_value()) + "' AS FLOAT)";
      }
      return "CAST(" + FormatFloat(value.float_value()) + " AS FLOAT)";
    }
    case TypeId::kDouble: {
      if (!std::isfinite(value.double_value())) {
        return "CAST('" + FormatDouble(value.double_value()) + "' AS DOUBLE)";
      }
      return FormatDouble(value.double_value()) + "D";
    }
    case TypeId::kDecimal:
      return FormatDecimal(value.decimal(), type.scale()) + "BD";
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return QuoteText(value.string());
    case TypeId::kBinary:
      return "X'" + FormatHex(value.string()) + "'";
    case TypeId::kDate:
      return "DATE '" + FormatDate(static_cast<int32_t>(value.integer())) + "'";
    case TypeId::kTimestamp:
      return "TIMESTAMP '" + FormatTimestamp(value.integer(), *TimeZone::Utc()) + "'";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP_NTZ '" + FormatTimestampNtz(value.integer()) + "'";
    case TypeId::kYearMonthInterval:
      return FormatYearMonthInterval(static_cast<int32_t>(value.integer()), type.start_field(),
                                     type.end_field());
    case TypeId::kDayTimeInterval:
      return FormatDayTimeInterval(value.integer(), type.start_field(), type.end_field());
    case TypeId::kCalendarInterval:
      return "INTERVAL '" + FormatCalendarInterval(value.interval()) + "'";
    case TypeId::kArray: {
      std::string text = "ARRAY(";
      for (size_t i = 0; i < value.list().size(); ++i) {
        text += (i > 0 ? ", " : "") + ValueToSql(*type.element(), value.list()[i]);
      }
      return text + ")";
    }
    case TypeId::kMap: {
      std::string text = "MAP(";
      for (size_t i = 0; i < value.list().size(); ++i) {
        text += (i > 0 ? ", " : "") + ValueToSql(*type.fields()[i % 2].type, value.list()[i]);
      }
      return text + ")";
    }
    case TypeId::kStruct: {
      std::string text = "NAMED_STRUCT(";
      for (size_t i = 0; i < value.list().size(); ++i) {
        text += (i > 0 ? ", " : "") + QuoteText(type.fields()[i].name) + ", " +
                ValueToSql(*type.fields()[i].type, value.list()[i]);
      }
      return text + ")";
    }
  }
  return "";
}

}  // namespace emery::type
