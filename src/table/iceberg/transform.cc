#include "table/iceberg/transform.h"

#include <cstring>
#include <limits>

#include "table/iceberg/murmur3_internal.h"

namespace emery::table::iceberg {

using type::TypeId;
using type::Value;

namespace {

constexpr int64_t kMicrosPerHour = int64_t{3600} * 1000000;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

/// Days since the epoch of the first of a month, months counted from 1970-01 (Howard Hinnant's
/// civil calendar).
int64_t FirstDayOfMonth(int64_t months) {
  int64_t year = 1970 + (months >= 0 ? months / 12 : -((11 - months) / 12));
  const int64_t month = months - (year - 1970) * 12 + 1;
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

bool IsTimestamp(const type::DataType& type) {
  return type.is(TypeId::kTimestamp) || type.is(TypeId::kTimestampNtz);
}

/// First day and first day past a time transform's value.
std::pair<int64_t, int64_t> DayRange(TransformKind kind, int64_t value) {
  switch (kind) {
    case TransformKind::kYear:
      return {FirstDayOfMonth(value * 12), FirstDayOfMonth(value * 12 + 12)};
    case TransformKind::kMonth:
      return {FirstDayOfMonth(value), FirstDayOfMonth(value + 1)};
    default:
      return {value, value + 1};
  }
}

template <class T>
std::optional<T> Fixed(std::string_view bytes) {
  if (bytes.size() != sizeof(T)) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// First and last value of a column of days or microseconds for time transforms' values `lower` and
/// `upper`; nothing where they don't fit.
void TimeBounds(TransformKind kind, bool timestamp, const std::optional<Value>& lower,
                const std::optional<Value>& upper, ColumnBounds* bounds) {
  const int64_t unit = kind == TransformKind::kHour ? kMicrosPerHour
                       : timestamp                  ? kMicrosPerDay
                                                    : 1;
  const auto fits = [](int64_t value) { return value > INT32_MIN && value < INT32_MAX; };
  int64_t result = 0;
  if (lower && fits(lower->integer())) {
    // Writers of old rounded times before the epoch towards it, so that value 0 or less may also
    // stand for rows that belong to the value before.
    const int64_t value = lower->integer() - (lower->integer() <= 0 ? 1 : 0);
    const int64_t first = kind == TransformKind::kHour ? value : DayRange(kind, value).first;
    if (!__builtin_mul_overflow(first, unit, &result)) {
      bounds->min = Value::Int(result);
    }
  }
  if (upper && fits(upper->integer())) {
    const int64_t value = upper->integer();
    const int64_t past = kind == TransformKind::kHour ? value + 1 : DayRange(kind, value).second;
    if (!__builtin_mul_overflow(past, unit, &result)) {
      bounds->max = Value::Int(result - 1);
    }
  }
}

}  // namespace

std::optional<Value> PromoteValue(const type::DataType& type, const Value& value) {
  const auto& payload = value.payload();
  const auto keep_if = [&](bool fits) { return fits ? std::optional(value) : std::nullopt; };
  if (value.is_null()) {
    return value;
  }
  if (type.is_decimal()) {
    return keep_if(std::holds_alternative<type::int128_t>(payload));
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return keep_if(std::holds_alternative<bool>(payload));
    case TypeId::kFloat:
      return keep_if(std::holds_alternative<float>(payload));
    case TypeId::kDouble:
      if (const auto* f = std::get_if<float>(&payload)) {
        return Value::Double(*f);
      }
      return keep_if(std::holds_alternative<double>(payload));
    case TypeId::kString:
    case TypeId::kBinary:
      return keep_if(std::holds_alternative<std::string>(payload));
    default:
      return keep_if(!type.is_nested() && std::holds_alternative<int64_t>(payload));
  }
}

type::TypePtr ResultType(const Transform& transform, const type::TypePtr& source) {
  switch (transform.kind) {
    case TransformKind::kIdentity:
    case TransformKind::kTruncate:
      return source;
    case TransformKind::kDay:
      return type::Date();
    case TransformKind::kBucket:
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kHour:
      return type::Int();
    case TransformKind::kVoid:
    case TransformKind::kUnknown:
      return nullptr;
  }
  return nullptr;
}

ColumnBounds SourceBoundsOfRange(const Transform& transform, const type::DataType& source,
                                 const std::optional<Value>& lower,
                                 const std::optional<Value>& upper) {
  ColumnBounds bounds;
  switch (transform.kind) {
    case TransformKind::kIdentity:
      bounds.min = lower;
      bounds.max = upper;
      return bounds;
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay: {
      const bool timestamp = IsTimestamp(source);
      if (timestamp || source.is(TypeId::kDate)) {
        TimeBounds(transform.kind, timestamp, lower, upper, &bounds);
      }
      return bounds;
    }
    case TransformKind::kHour:
      if (IsTimestamp(source)) {
        TimeBounds(transform.kind, true, lower, upper, &bounds);
      }
      return bounds;
    case TransformKind::kTruncate:
      bounds.min = lower;
      if (upper && source.is_decimal()) {
        bounds.max = Value::Decimal(upper->decimal() + transform.parameter - 1);
      } else if (upper && source.is_integral()) {
        int64_t max = 0;
        if (!__builtin_add_overflow(upper->integer(), int64_t{transform.parameter} - 1, &max)) {
          bounds.max = Value::Int(max);
        }
      } else if (upper && source.physical() == type::PhysicalType::kString &&
                 upper->string().size() < static_cast<size_t>(transform.parameter)) {
        bounds.max = upper;  // shorter than the width: it is the whole value
      }
      return bounds;
    case TransformKind::kBucket:
    case TransformKind::kVoid:
    case TransformKind::kUnknown:
      return bounds;
  }
  return bounds;
}

ColumnBounds SourceBounds(const Transform& transform, const type::DataType& source,
                          const Value& value) {
  if (transform.kind == TransformKind::kVoid || transform.kind == TransformKind::kUnknown) {
    return {};
  }
  if (value.is_null()) {
    ColumnBounds bounds;
    bounds.has_null = true;
    bounds.all_null = true;
    return bounds;
  }
  const auto result = ResultType(transform, std::make_shared<const type::DataType>(source));
  const auto promoted = result == nullptr ? std::nullopt : PromoteValue(*result, value);
  if (!promoted) {
    return {};
  }
  ColumnBounds bounds = SourceBoundsOfRange(transform, source, promoted, promoted);
  bounds.has_null = false;
  return bounds;
}

std::optional<int32_t> BucketOf(const type::DataType& source, const Value& value,
                                int32_t num_buckets) {
  if (value.is_null() || num_buckets <= 0) {
    return std::nullopt;
  }
  uint32_t hash = 0;
  switch (source.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz: {
      const int64_t number = value.integer();
      hash = Murmur3(&number, sizeof(number));
      break;
    }
    case TypeId::kDecimal: {
      const std::string bytes = BigEndianBytes(value.decimal());
      hash = Murmur3(bytes.data(), bytes.size());
      break;
    }
    case TypeId::kString:
    case TypeId::kBinary:
      hash = Murmur3(value.string().data(), value.string().size());
      break;
    default:
      return std::nullopt;
  }
  return static_cast<int32_t>((hash & 0x7fffffff) % static_cast<uint32_t>(num_buckets));
}

std::string BigEndianBytes(type::int128_t value, size_t size) {
  std::string bytes;
  for (size_t i = size; i > 0; --i) {
    const size_t shift = 8 * (i - 1);
    bytes.push_back(static_cast<char>(
        shift > 120 ? (value < 0 ? -1 : 0) : static_cast<unsigned __int128>(value) >> shift));
  }
  return bytes;
}

std::string BigEndianBytes(type::int128_t value) {
  const std::string bytes = BigEndianBytes(value, 16);
  size_t skip = 0;
  while (skip < 15) {
    const auto byte = static_cast<uint8_t>(bytes[skip]);
    const bool next_negative = (static_cast<uint8_t>(bytes[skip + 1]) & 0x80) != 0;
    if ((byte == 0 && !next_negative) || (byte == 0xff && next_negative)) {
      ++skip;
    } else {
      break;
    }
  }
  return bytes.substr(skip);
}

std::string EncodeSingleValue(const type::DataType& type, const Value& value) {
  const auto raw = [](const auto v) {
    return std::string(reinterpret_cast<const char*>(&v), sizeof(v));
  };
  switch (type.id()) {
    case TypeId::kBoolean:
      return std::string(1, value.boolean() ? '\1' : '\0');
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kDate:
      return raw(static_cast<int32_t>(value.integer()));
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return raw(value.integer());
    case TypeId::kFloat:
      return raw(value.float_value());
    case TypeId::kDouble:
      return raw(value.double_value());
    case TypeId::kDecimal:
      return BigEndianBytes(value.decimal());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
      return value.string();
    default:
      return "";
  }
}

std::optional<Value> DecodeSingleValue(const type::DataType& type, std::string_view bytes) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return bytes.size() == 1 ? std::optional(Value::Bool(bytes[0] != 0)) : std::nullopt;
    case TypeId::kInt:
    case TypeId::kDate:
      if (const auto v = Fixed<int32_t>(bytes)) {
        return Value::Int(*v);
      }
      return std::nullopt;
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      if (const auto v = Fixed<int64_t>(bytes)) {
        return Value::Int(*v);
      }
      if (const auto v = Fixed<int32_t>(bytes); v && type.is(TypeId::kLong)) {
        return Value::Int(*v);  // written before the column was widened
      }
      return std::nullopt;
    case TypeId::kFloat:
      if (const auto v = Fixed<float>(bytes)) {
        return Value::Float(*v);
      }
      return std::nullopt;
    case TypeId::kDouble:
      if (const auto v = Fixed<double>(bytes)) {
        return Value::Double(*v);
      }
      if (const auto v = Fixed<float>(bytes)) {
        return Value::Double(*v);
      }
      return std::nullopt;
    case TypeId::kDecimal: {
      if (bytes.empty() || bytes.size() > 16) {
        return std::nullopt;
      }
      type::int128_t unscaled = (bytes[0] & 0x80) != 0 ? -1 : 0;
      for (const char c : bytes) {
        unscaled = static_cast<type::int128_t>((static_cast<unsigned __int128>(unscaled) << 8) |
                                               static_cast<uint8_t>(c));
      }
      return Value::Decimal(unscaled);
    }
    case TypeId::kString:
    case TypeId::kBinary:
      return Value::String(std::string(bytes));
    default:
      return std::nullopt;
  }
}

}  // namespace emery::table::iceberg
