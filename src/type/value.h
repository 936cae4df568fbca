#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "type/data_type.h"

namespace emery::type {

/// One value of any type, for literals, defaults, partition values and statistics; never for rows.
/// Payload by physical type: bool; int64_t for all integers, dates, timestamps, intervals of one
/// number; int128_t for every decimal (unscaled, also below 19 digits); float; double; std::string
/// for string and binary; CalendarInterval; ValueList for array, struct (fields in order) and map
/// (keys and values in turn).
class Value {
 public:
  using List = std::shared_ptr<const std::vector<Value>>;
  using Payload = std::variant<std::monostate, bool, int64_t, int128_t, float, double, std::string,
                               CalendarInterval, List>;

  Value() = default;  // null

  explicit Value(Payload payload) : payload_(std::move(payload)) {}

  static Value Bool(bool v) { return Value(Payload(v)); }

  static Value Int(int64_t v) { return Value(Payload(v)); }

  static Value Decimal(int128_t unscaled) { return Value(Payload(unscaled)); }

  static Value Float(float v) { return Value(Payload(v)); }

  static Value Double(double v) { return Value(Payload(v)); }

  static Value String(std::string v) { return Value(Payload(std::move(v))); }

  static Value Interval(CalendarInterval v) { return Value(Payload(v)); }

  static Value MakeList(std::vector<Value> v) {
    return Value(Payload(std::make_shared<const std::vector<Value>>(std::move(v))));
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(payload_); }

  bool boolean() const { return std::get<bool>(payload_); }

  int64_t integer() const { return std::get<int64_t>(payload_); }

  int128_t decimal() const { return std::get<int128_t>(payload_); }

  float float_value() const { return std::get<float>(payload_); }

  double double_value() const { return std::get<double>(payload_); }

  const std::string& string() const { return std::get<std::string>(payload_); }

  const CalendarInterval& interval() const { return std::get<CalendarInterval>(payload_); }

  const std::vector<Value>& list() const { return *std::get<List>(payload_); }

  const Payload& payload() const { return payload_; }

  /// Same payload; lists by value, NaN equal to NaN, null equal to null.
  bool operator==(const Value& other) const;

 private:
  Payload payload_;
};

/// Orders two non-null values of the same scalar type as ORDER BY does (NaN greatest, -0.0 = 0.0,
/// strings by unsigned bytes): negative, 0 or positive.
int CompareValues(const DataType& type, const Value& a, const Value& b);
size_t HashValue(const Value& value);
/// For plans and messages: 1, 'a', 1.50, DATE '2020-01-01', NULL.
std::string ValueToSql(const DataType& type, const Value& value);

}  // namespace emery::type
