#include "type/data_type.h"

#include <algorithm>
#include <cctype>

namespace emery::type {

namespace {

TypePtr Make(TypeId id, PhysicalType physical, int precision = 0, int scale = 0,
             std::vector<Field> fields = {}) {
  return std::make_shared<const DataType>(id, physical, precision, scale, std::move(fields));
}

/// The name itself, or back-quoted where it would not read back as one identifier.
std::string QuoteIfNeeded(const std::string& name) {
  bool plain = !name.empty();
  bool digits_only = true;
  for (char c : name) {
    const auto u = static_cast<unsigned char>(c);
    plain = plain && (std::isalnum(u) != 0 || c == '_') && u < 0x80;
    digits_only = digits_only && std::isdigit(u) != 0;
  }
  if (plain && !digits_only) {
    return name;
  }
  std::string quoted = "`";
  for (char c : name) {
    quoted += c;
    if (c == '`') {
      quoted += c;
    }
  }
  return quoted + "`";
}

constexpr const char* kYearMonthNames[] = {"year", "month"};
constexpr const char* kDayTimeNames[] = {"day", "hour", "minute", "second"};

std::string IntervalName(const char* const* names, IntervalField start, IntervalField end) {
  std::string name = std::string("interval ") + names[static_cast<int>(start)];
  if (start != end) {
    name += std::string(" to ") + names[static_cast<int>(end)];
  }
  return name;
}

std::string ScalarName(const DataType& type) {
  switch (type.id()) {
    case TypeId::kNull:
      return "void";
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kByte:
      return "tinyint";
    case TypeId::kShort:
      return "smallint";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(type.precision()) + "," + std::to_string(type.scale()) +
             ")";
    case TypeId::kString:
      return "string";
    case TypeId::kChar:
      return "char(" + std::to_string(type.length()) + ")";
    case TypeId::kVarchar:
      return "varchar(" + std::to_string(type.length()) + ")";
    case TypeId::kBinary:
      return "binary";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
      return "timestamp";
    case TypeId::kTimestampNtz:
      return "timestamp_ntz";
    case TypeId::kYearMonthInterval:
      return IntervalName(kYearMonthNames, type.start_field(), type.end_field());
    case TypeId::kDayTimeInterval:
      return IntervalName(kDayTimeNames, type.start_field(), type.end_field());
    case TypeId::kCalendarInterval:
      return "interval";
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      break;
  }
  return "";
}

bool EqualTypes(const DataType& a, const DataType& b, bool with_nullability) {
  if (&a == &b) {
    return true;
  }
  if (a.id() != b.id() || a.precision() != b.precision() || a.scale() != b.scale() ||
      a.fields().size() != b.fields().size()) {
    return false;
  }
  for (size_t i = 0; i < a.fields().size(); ++i) {
    const Field& x = a.fields()[i];
    const Field& y = b.fields()[i];
    if ((with_nullability && x.nullable != y.nullable) ||
        (a.id() == TypeId::kStruct && x.name != y.name) ||
        !EqualTypes(*x.type, *y.type, with_nullability)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool Field::operator==(const Field& other) const {
  return name == other.name && nullable == other.nullable && field_id == other.field_id &&
         comment == other.comment && default_sql == other.default_sql &&
         (type == other.type ||
          (type != nullptr && other.type != nullptr && type->Equals(*other.type)));
}

bool DataType::Equals(const DataType& other) const {
  return EqualTypes(*this, other, true);
}

bool DataType::SameType(const DataType& other) const {
  return EqualTypes(*this, other, false);
}

std::string DataType::Sql() const {
  switch (id_) {
    case TypeId::kArray:
      return "ARRAY<" + element()->Sql() + ">";
    case TypeId::kMap:
      return "MAP<" + key()->Sql() + ", " + value()->Sql() + ">";
    case TypeId::kStruct: {
      std::string text = "STRUCT<";
      for (size_t i = 0; i < fields_.size(); ++i) {
        const Field& field = fields_[i];
        text += (i > 0 ? ", " : "") + QuoteIfNeeded(field.name) + ": " + field.type->Sql();
        if (!field.nullable) {
          text += " NOT NULL";
        }
        if (field.comment) {
          text += " COMMENT '" + *field.comment + "'";
        }
      }
      return text + ">";
    }
    default: {
      std::string text = ScalarName(*this);
      std::transform(text.begin(), text.end(), text.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return text;
    }
  }
}

std::string DataType::ToString() const {
  switch (id_) {
    case TypeId::kArray:
      return "array<" + element()->ToString() + ">";
    case TypeId::kMap:
      return "map<" + key()->ToString() + "," + value()->ToString() + ">";
    case TypeId::kStruct: {
      std::string text = "struct<";
      for (size_t i = 0; i < fields_.size(); ++i) {
        text += (i > 0 ? "," : "") + fields_[i].name + ":" + fields_[i].type->ToString();
      }
      return text + ">";
    }
    default:
      return ScalarName(*this);
  }
}

#define EMERY_SIMPLE_TYPE(Name, id, physical)       \
  const TypePtr& Name() {                           \
    static const TypePtr type = Make(id, physical); \
    return type;                                    \
  }

EMERY_SIMPLE_TYPE(Null, TypeId::kNull, PhysicalType::kNull)
EMERY_SIMPLE_TYPE(Boolean, TypeId::kBoolean, PhysicalType::kBool)
EMERY_SIMPLE_TYPE(Byte, TypeId::kByte, PhysicalType::kInt8)
EMERY_SIMPLE_TYPE(Short, TypeId::kShort, PhysicalType::kInt16)
EMERY_SIMPLE_TYPE(Int, TypeId::kInt, PhysicalType::kInt32)
EMERY_SIMPLE_TYPE(Long, TypeId::kLong, PhysicalType::kInt64)
EMERY_SIMPLE_TYPE(Float, TypeId::kFloat, PhysicalType::kFloat)
EMERY_SIMPLE_TYPE(Double, TypeId::kDouble, PhysicalType::kDouble)
EMERY_SIMPLE_TYPE(String, TypeId::kString, PhysicalType::kString)
EMERY_SIMPLE_TYPE(Binary, TypeId::kBinary, PhysicalType::kString)
EMERY_SIMPLE_TYPE(Date, TypeId::kDate, PhysicalType::kInt32)
EMERY_SIMPLE_TYPE(Timestamp, TypeId::kTimestamp, PhysicalType::kInt64)
EMERY_SIMPLE_TYPE(TimestampNtz, TypeId::kTimestampNtz, PhysicalType::kInt64)
EMERY_SIMPLE_TYPE(CalendarIntervalType, TypeId::kCalendarInterval, PhysicalType::kInterval)

#undef EMERY_SIMPLE_TYPE

TypePtr Decimal(int precision, int scale) {
  return Make(TypeId::kDecimal, precision <= 18 ? PhysicalType::kInt64 : PhysicalType::kInt128,
              precision, scale);
}

TypePtr Char(int length) {
  return Make(TypeId::kChar, PhysicalType::kString, length);
}

TypePtr Varchar(int length) {
  return Make(TypeId::kVarchar, PhysicalType::kString, length);
}

TypePtr YearMonthInterval(IntervalField start, IntervalField end) {
  return Make(TypeId::kYearMonthInterval, PhysicalType::kInt32, static_cast<int>(start),
              static_cast<int>(end));
}

TypePtr DayTimeInterval(IntervalField start, IntervalField end) {
  return Make(TypeId::kDayTimeInterval, PhysicalType::kInt64, static_cast<int>(start),
              static_cast<int>(end));
}

TypePtr Array(TypePtr element, bool contains_null) {
  std::vector<Field> fields(1);
  fields[0].name = "element";
  fields[0].type = std::move(element);
  fields[0].nullable = contains_null;
  return Make(TypeId::kArray, PhysicalType::kList, 0, 0, std::move(fields));
}

TypePtr Map(TypePtr key, TypePtr value, bool value_contains_null) {
  std::vector<Field> fields(2);
  fields[0].name = "key";
  fields[0].type = std::move(key);
  fields[0].nullable = false;
  fields[1].name = "value";
  fields[1].type = std::move(value);
  fields[1].nullable = value_contains_null;
  return Make(TypeId::kMap, PhysicalType::kList, 0, 0, std::move(fields));
}

TypePtr Struct(std::vector<Field> fields) {
  return Make(TypeId::kStruct, PhysicalType::kStruct, 0, 0, std::move(fields));
}

TypePtr ReplaceCharVarchar(const TypePtr& type) {
  if (type->is(TypeId::kChar) || type->is(TypeId::kVarchar)) {
    return String();
  }
  bool changed = false;
  std::vector<Field> fields = type->fields();
  for (Field& field : fields) {
    TypePtr replaced = ReplaceCharVarchar(field.type);
    changed = changed || replaced != field.type;
    field.type = std::move(replaced);
  }
  return changed ? Make(type->id(), type->physical(), type->precision(), type->scale(),
                        std::move(fields))
                 : type;
}

int PhysicalWidth(PhysicalType physical) {
  switch (physical) {
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
      return 1;
    case PhysicalType::kInt16:
      return 2;
    case PhysicalType::kInt32:
    case PhysicalType::kFloat:
      return 4;
    case PhysicalType::kInt64:
    case PhysicalType::kDouble:
    case PhysicalType::kList:
      return 8;
    case PhysicalType::kInt128:
    case PhysicalType::kString:
    case PhysicalType::kInterval:
      return 16;
    case PhysicalType::kStruct:
    case PhysicalType::kNull:
      return 0;
  }
  return 0;
}

}  // namespace emery::type
