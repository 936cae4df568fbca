// Which casts exist, explicit and implicit, and which values INSERT may store.

#include "type/coercion.h"
#include "type/decimal.h"

namespace emery::type {

namespace {

bool IsAnsiInterval(const DataType& type) {
  return type.is(TypeId::kYearMonthInterval) || type.is(TypeId::kDayTimeInterval);
}

/// A member that may be null does not go into one that may not.
bool NullabilityFits(bool from, bool to) {
  return !from || to;
}

bool CanCastScalar(const DataType& from, const DataType& to, bool ansi) {
  const bool text = from.is_string();
  switch (to.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return true;
    case TypeId::kBinary:
      return text || (!ansi && from.is_integral());
    case TypeId::kBoolean:
      return text || from.is_numeric() ||
             (!ansi && (from.is(TypeId::kDate) || from.is(TypeId::kTimestamp)));
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return text || from.is(TypeId::kBoolean) || from.is_numeric() ||
             from.is(TypeId::kTimestamp) || IsAnsiInterval(from) ||
             (!ansi && from.is(TypeId::kDate));
    case TypeId::kDecimal:
      return text || from.is(TypeId::kBoolean) || from.is_numeric() ||
             from.is(TypeId::kTimestamp) || IsAnsiInterval(from) ||
             (!ansi && from.is(TypeId::kDate));
    case TypeId::kFloat:
    case TypeId::kDouble:
      return text || from.is(TypeId::kBoolean) || from.is_numeric() ||
             from.is(TypeId::kTimestamp) || (!ansi && from.is(TypeId::kDate));
    case TypeId::kTimestamp:
      return text || from.is_datetime() || from.is_numeric() ||
             (!ansi && from.is(TypeId::kBoolean));
    case TypeId::kTimestampNtz:
    case TypeId::kDate:
      return text || from.is_datetime();
    case TypeId::kYearMonthInterval:
      return text || from.is_integral() || from.is_decimal() || from.is(TypeId::kYearMonthInterval);
    case TypeId::kDayTimeInterval:
      return text || from.is_integral() || from.is_decimal() || from.is(TypeId::kDayTimeInterval);
    case TypeId::kCalendarInterval:
      return text;
    case TypeId::kNull:
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return false;
  }
  return false;
}

/// Applies `test` to the members of two nested types of one kind.
template <class Test>
bool TestMembers(const DataType& from, const DataType& to, bool check_nullability,
                 const Test& test) {
  if (from.id() != to.id() || !from.is_nested() || from.fields().size() != to.fields().size()) {
    return false;
  }
  for (size_t i = 0; i < from.fields().size(); ++i) {
    const Field& x = from.fields()[i];
    const Field& y = to.fields()[i];
    if (!test(x.type, y.type) || (check_nullability && !NullabilityFits(x.nullable, y.nullable))) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool CanCast(const TypePtr& from, const TypePtr& to, bool ansi) {
  if (from->SameType(*to) || from->is_null() || to->is_string()) {
    return true;
  }
  if (from->is_nested() || to->is_nested()) {
    return TestMembers(*from, *to, true,
                       [&](const TypePtr& x, const TypePtr& y) { return CanCast(x, y, ansi); });
  }
  return CanCastScalar(*from, *to, ansi);
}

bool CastCanGiveNull(const DataType& from, const DataType& to, bool ansi) {
  if (from.is_null()) {
    return true;
  }
  if (ansi || from.Equals(to)) {
    return false;
  }
  if (from.is_string()) {
    return !to.is_string() && !to.is(TypeId::kBinary);
  }
  if (to.is_string()) {
    return false;
  }
  if (from.is_floating() && (to.is(TypeId::kTimestamp) || to.is_decimal())) {
    return true;
  }
  if (from.is(TypeId::kTimestamp) && to.is(TypeId::kDate)) {
    return false;
  }
  if (from.is(TypeId::kDate)) {
    return !to.is_datetime();
  }
  if (to.is(TypeId::kCalendarInterval)) {
    return true;
  }
  if (to.is_decimal()) {
    if (from.is(TypeId::kBoolean)) {
      return to.precision() - to.scale() < 1;
    }
    const TypePtr exact = DecimalForType(from);
    return exact == nullptr || to.precision() - to.scale() < exact->precision() - exact->scale() ||
           to.scale() < exact->scale();
  }
  return false;
}

bool CanUpCast(const TypePtr& from, const TypePtr& to) {
  if (from->SameType(*to) || from->is_null()) {
    return true;
  }
  if (from->is_nested() || to->is_nested()) {
    return TestMembers(*from, *to, true,
                       [](const TypePtr& x, const TypePtr& y) { return CanUpCast(x, y); });
  }
  if (to->is_string()) {
    return !from->is_interval() || IsAnsiInterval(*from);
  }
  if (from->is_numeric() && to->is_numeric()) {
    if (to->is_decimal()) {
      const TypePtr exact = from->is_floating() ? nullptr : DecimalForType(*from);
      return exact != nullptr &&
             to->precision() - to->scale() >= exact->precision() - exact->scale() &&
             to->scale() >= exact->scale();
    }
    if (from->is_decimal()) {
      const TypePtr room = to->is_integral() ? DecimalForType(*to) : nullptr;
      return room != nullptr && from->scale() == 0 && from->precision() < room->precision();
    }
    return from->id() <= to->id();
  }
  if (from->is_datetime() && to->is_datetime()) {
    return !to->is(TypeId::kDate);
  }
  return from->id() == to->id() && IsAnsiInterval(*from);
}

namespace {

bool CanAnsiStore(const TypePtr& from, const TypePtr& to) {
  if (from->SameType(*to) || from->is_null()) {
    return true;
  }
  if (from->is_nested() || to->is_nested()) {
    return TestMembers(*from, *to, true,
                       [](const TypePtr& x, const TypePtr& y) { return CanAnsiStore(x, y); });
  }
  if (from->is_numeric() && to->is_numeric()) {
    return true;
  }
  if (to->is_string()) {
    return true;
  }
  if (from->is_datetime() && to->is_datetime()) {
    return true;
  }
  return from->id() == to->id() && IsAnsiInterval(*from);
}

}  // namespace

bool CanStoreAssign(const TypePtr& from, const TypePtr& to, StoreAssignment policy) {
  const TypePtr target = ReplaceCharVarchar(to);
  const TypePtr source = ReplaceCharVarchar(from);
  switch (policy) {
    case StoreAssignment::kAnsi:
      return CanAnsiStore(source, target);
    case StoreAssignment::kLegacy:
      return CanCast(source, target, false);
    case StoreAssignment::kStrict:
      return CanUpCast(source, target);
  }
  return false;
}

TypePtr ImplicitCast(const TypePtr& from, const TypePtr& to, bool ansi, bool /*foldable*/) {
  if (from->SameType(*to)) {
    return from;
  }
  if (from->is_string() && to->is_string()) {
    return from;
  }
  if (from->is_null()) {
    return to;
  }
  const bool atomic = !to->is_nested() && !to->is_null() && !to->is(TypeId::kCalendarInterval);
  if (ansi) {
    if (from->is_string() && atomic) {
      return to;
    }
    return CanAnsiStore(from, to) ? to : nullptr;
  }
  if (from->is_numeric() && to->is_numeric()) {
    return to;
  }
  if (from->is_datetime() && to->is_datetime()) {
    return to;
  }
  if (from->is_string()) {
    return to->is_numeric() || to->is_datetime() || to->is(TypeId::kBinary) || IsAnsiInterval(*to)
               ? to
               : nullptr;
  }
  if (to->is_string()) {
    return from->is_nested() ? nullptr : to;
  }
  if (from->is_nested() && from->id() == to->id()) {
    return TestMembers(*from, *to, true,
                       [](const TypePtr& x, const TypePtr& y) {
                         return ImplicitCast(x, y, false) != nullptr;
                       })
               ? to
               : nullptr;
  }
  return from->id() == to->id() && IsAnsiInterval(*from) ? to : nullptr;
}

bool InClass(const DataType& type, TypeClass type_class) {
  switch (type_class) {
    case TypeClass::kAny:
      return true;
    case TypeClass::kNumeric:
      return type.is_numeric();
    case TypeClass::kIntegral:
      return type.is_integral();
    case TypeClass::kFractional:
      return type.is_floating() || type.is_decimal();
    case TypeClass::kDecimal:
      return type.is_decimal();
    case TypeClass::kStringLike:
      return type.is_string();
    case TypeClass::kDatetime:
      return type.is_datetime();
    case TypeClass::kAnsiInterval:
      return IsAnsiInterval(type);
    case TypeClass::kArray:
      return type.is(TypeId::kArray);
    case TypeClass::kMap:
      return type.is(TypeId::kMap);
    case TypeClass::kStruct:
      return type.is(TypeId::kStruct);
  }
  return false;
}

TypePtr ImplicitCastToClass(const TypePtr& from, TypeClass to, bool ansi, bool foldable) {
  if (InClass(*from, to)) {
    return from;
  }
  switch (to) {
    case TypeClass::kNumeric:
    case TypeClass::kFractional:
      return from->is_string() || from->is_null() ? Double() : nullptr;
    case TypeClass::kIntegral:
      return from->is_null() || (from->is_string() && ansi) ? Long() : nullptr;
    case TypeClass::kDecimal:
      if (from->is_numeric()) {
        return DecimalForType(*from);
      }
      return from->is_string() ? Decimal(38, 18) : (from->is_null() ? Decimal(10, 0) : nullptr);
    case TypeClass::kStringLike:
      return ImplicitCast(from, String(), ansi, foldable);
    case TypeClass::kDatetime:
      return from->is_string() || from->is_null() ? Timestamp() : nullptr;
    case TypeClass::kAnsiInterval:
      return from->is_null() ? DayTimeInterval() : nullptr;
    case TypeClass::kArray:
      return from->is_null() ? Array(Null()) : nullptr;
    case TypeClass::kMap:
      return from->is_null() ? Map(Null(), Null()) : nullptr;
    case TypeClass::kStruct:
      return from->is_null() ? Struct({}) : nullptr;
    case TypeClass::kAny:
      return from;
  }
  return nullptr;
}

bool IsOrderable(const DataType& type) {
  if (type.is(TypeId::kMap) || type.is(TypeId::kCalendarInterval)) {
    return false;
  }
  for (const Field& field : type.fields()) {
    if (!IsOrderable(*field.type)) {
      return false;
    }
  }
  return true;
}

bool IsComparable(const DataType& type) {
  if (type.is(TypeId::kMap)) {
    return false;
  }
  for (const Field& field : type.fields()) {
    if (!IsComparable(*field.type)) {
      return false;
    }
  }
  return true;
}

}  // namespace emery::type
