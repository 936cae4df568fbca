#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emery::type {

/// Spark's data types. kChar and kVarchar occur in table schemas only: expressions see them as
/// strings.
enum class TypeId : uint8_t {
  kNull,
  kBoolean,
  kByte,
  kShort,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kChar,
  kVarchar,
  kBinary,
  kDate,
  kTimestamp,
  kTimestampNtz,
  kYearMonthInterval,
  kDayTimeInterval,
  kCalendarInterval,
  kArray,
  kMap,
  kStruct,
};

/// How values of a type lie in a vector.
enum class PhysicalType : uint8_t {
  kBool,    // uint8_t, 0 or 1
  kInt8,    // byte
  kInt16,   // short
  kInt32,   // int; date: days since 1970-01-01; year-month interval: months
  kInt64,   // long; timestamps, day-time interval: microseconds; decimal up to 18 digits: unscaled
  kInt128,  // decimal of 19 to 38 digits: unscaled
  kFloat,
  kDouble,
  kString,    // columnar::StringView: string, char, varchar, binary
  kInterval,  // CalendarInterval
  kList,      // columnar::ListEntry into one child (array) or two (map: keys, values)
  kStruct,    // one child per field
  kNull,      // the void type: no values, every row null
};

using int128_t = __int128;

/// months, days and microseconds, each with its own sign (Spark's CalendarInterval).
struct CalendarInterval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t microseconds = 0;
  bool operator==(const CalendarInterval&) const = default;
};

/// First and last field of an interval type: 0 year, 1 month; 0 day, 1 hour, 2 minute, 3 second.
enum class IntervalField : uint8_t {
  kYear = 0,
  kMonth = 1,
  kDay = 0,
  kHour = 1,
  kMinute = 2,
  kSecond = 3
};

class DataType;
using TypePtr = std::shared_ptr<const DataType>;

/// A named, typed member of a struct or a table's schema. `field_id` is the table format's id, -1
/// if none.
struct Field {
  std::string name;
  TypePtr type;
  bool nullable = true;
  int32_t field_id = -1;
  std::optional<std::string> comment;
  std::optional<std::string> default_sql;  // text of the DEFAULT clause
  bool operator==(const Field& other) const;
};

/// An immutable data type; compared by value with Equals.
class DataType {
 public:
  TypeId id() const { return id_; }

  PhysicalType physical() const { return physical_; }

  /// Decimal only: 1 to 38 digits, `scale` of them behind the point.
  int precision() const { return precision_; }

  int scale() const { return scale_; }

  /// char and varchar only.
  int length() const { return precision_; }

  /// Interval types only.
  IntervalField start_field() const { return static_cast<IntervalField>(precision_); }

  IntervalField end_field() const { return static_cast<IntervalField>(scale_); }

  /// struct: its fields. array: one field "element". map: "key" (never nullable) and "value".
  const std::vector<Field>& fields() const { return fields_; }

  const TypePtr& element() const { return fields_[0].type; }

  bool contains_null() const { return fields_[0].nullable; }

  const TypePtr& key() const { return fields_[0].type; }

  const TypePtr& value() const { return fields_[1].type; }

  /// Equal in all, nullability of nested fields included.
  bool Equals(const DataType& other) const;
  /// Equal but for the nullability of nested fields (what set operations and inserts ask for).
  bool SameType(const DataType& other) const;

  /// Spark's SQL name in upper case: "DECIMAL(7,2)", "ARRAY<INT>", "STRUCT<a: INT>".
  std::string Sql() const;
  /// Spark's catalog string: "decimal(7,2)", "array<int>", "struct<a:int>".
  std::string ToString() const;

  bool is(TypeId id) const { return id_ == id; }

  bool is_integral() const { return id_ >= TypeId::kByte && id_ <= TypeId::kLong; }

  bool is_floating() const { return id_ == TypeId::kFloat || id_ == TypeId::kDouble; }

  bool is_numeric() const { return id_ >= TypeId::kByte && id_ <= TypeId::kDecimal; }

  bool is_decimal() const { return id_ == TypeId::kDecimal; }

  bool is_string() const { return id_ >= TypeId::kString && id_ <= TypeId::kVarchar; }

  bool is_datetime() const { return id_ >= TypeId::kDate && id_ <= TypeId::kTimestampNtz; }

  bool is_interval() const {
    return id_ >= TypeId::kYearMonthInterval && id_ <= TypeId::kCalendarInterval;
  }

  bool is_nested() const { return id_ >= TypeId::kArray; }

  bool is_null() const { return id_ == TypeId::kNull; }

  // For the factories below.
  DataType(TypeId id, PhysicalType physical, int precision, int scale, std::vector<Field> fields)
      : id_(id),
        physical_(physical),
        precision_(precision),
        scale_(scale),
        fields_(std::move(fields)) {}

 private:
  TypeId id_;
  PhysicalType physical_;
  int precision_;
  int scale_;
  std::vector<Field> fields_;
};

const TypePtr& Null();
const TypePtr& Boolean();
const TypePtr& Byte();
const TypePtr& Short();
const TypePtr& Int();
const TypePtr& Long();
const TypePtr& Float();
const TypePtr& Double();
const TypePtr& String();
const TypePtr& Binary();
const TypePtr& Date();
const TypePtr& Timestamp();
const TypePtr& TimestampNtz();
const TypePtr& CalendarIntervalType();
/// 1 <= precision <= 38, 0 <= scale <= precision; callers check (negative scales don't exist here).
TypePtr Decimal(int precision, int scale);
TypePtr Char(int length);
TypePtr Varchar(int length);
TypePtr YearMonthInterval(IntervalField start = IntervalField::kYear,
                          IntervalField end = IntervalField::kMonth);
TypePtr DayTimeInterval(IntervalField start = IntervalField::kDay,
                        IntervalField end = IntervalField::kSecond);
TypePtr Array(TypePtr element, bool contains_null = true);
TypePtr Map(TypePtr key, TypePtr value, bool value_contains_null = true);
TypePtr Struct(std::vector<Field> fields);

/// char and varchar replaced by string, at every depth: what expressions see of a column.
TypePtr ReplaceCharVarchar(const TypePtr& type);

/// Bytes of one value in a flat vector: 1, 2, 4, 8 or 16; 0 for struct and null.
int PhysicalWidth(PhysicalType physical);

/// Schema of rows: an ordered list of fields.
using Schema = std::vector<Field>;

}  // namespace emery::type
