// Types that two or more expressions are brought to: Spark's TypeCoercion and AnsiTypeCoercion.

#include <algorithm>
#include <functional>

#include "type/coercion.h"
#include "type/decimal.h"

namespace emery::type {

namespace {

using Combine = std::function<TypePtr(const TypePtr&, const TypePtr&)>;

bool WiderThan(const DataType& decimal, const DataType& integral) {
  const TypePtr other = DecimalForType(integral);
  return decimal.precision() - decimal.scale() >= other->precision() - other->scale() &&
         decimal.scale() >= other->scale();
}

bool EqualIgnoringCase(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

/// Arrays, maps and structs member by member; names come from the first.
TypePtr CombineNested(const TypePtr& a, const TypePtr& b, const Combine& combine) {
  if (a->id() != b->id() || !a->is_nested() || a->fields().size() != b->fields().size()) {
    return nullptr;
  }
  std::vector<Field> fields = a->fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& other = b->fields()[i];
    if (a->is(TypeId::kStruct) && !EqualIgnoringCase(fields[i].name, other.name)) {
      return nullptr;
    }
    fields[i].type = combine(fields[i].type, other.type);
    if (fields[i].type == nullptr) {
      return nullptr;
    }
    fields[i].nullable = fields[i].nullable || other.nullable;
  }
  switch (a->id()) {
    case TypeId::kArray:
      return Array(fields[0].type, fields[0].nullable);
    case TypeId::kMap:
      return Map(fields[0].type, fields[1].type, fields[1].nullable);
    default:
      return Struct(std::move(fields));
  }
}

bool EqualButNames(const DataType& a, const DataType& b) {
  if (!a.is_nested()) {
    return a.SameType(b);
  }
  return a.id() == b.id() &&
         std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(),
                    [](const Field& x, const Field& y) { return EqualButNames(*x.type, *y.type); });
}

TypePtr WiderInterval(const TypePtr& a, const TypePtr& b) {
  const auto start = std::min(a->start_field(), b->start_field());
  const auto end = std::max(a->end_field(), b->end_field());
  return a->is(TypeId::kYearMonthInterval) ? YearMonthInterval(start, end)
                                           : DayTimeInterval(start, end);
}

TypePtr WiderDatetime(const DataType& a, const DataType& b) {
  if (a.is(TypeId::kTimestamp) || b.is(TypeId::kTimestamp)) {
    return Timestamp();
  }
  return TimestampNtz();
}

/// Decimals with decimals, integrals and floats where the tightest rule gave nothing.
TypePtr CombineDecimal(const TypePtr& a, const TypePtr& b) {
  if (!a->is_decimal() && !b->is_decimal()) {
    return nullptr;
  }
  if (!a->is_numeric() || !b->is_numeric()) {
    return nullptr;
  }
  if (a->is_floating() || b->is_floating()) {
    return Double();
  }
  return WiderDecimalType(*DecimalForType(*a), *DecimalForType(*b));
}

TypePtr PromoteStringAnsi(const TypePtr& text, const TypePtr& other) {
  if (other->is_integral()) {
    return Long();
  }
  if (other->is_floating() || other->is_decimal()) {
    return Double();
  }
  if (other->is(TypeId::kYearMonthInterval) || other->is(TypeId::kDayTimeInterval) ||
      other->is_nested() || other->is(TypeId::kCalendarInterval)) {
    return nullptr;
  }
  return other->is_null() || other->is_string() ? text : other;
}

TypePtr PromoteStringLegacy(const TypePtr& text, const TypePtr& other) {
  if (other->is_nested() || other->is(TypeId::kBinary) || other->is(TypeId::kBoolean) ||
      other->is(TypeId::kCalendarInterval)) {
    return nullptr;
  }
  return text;
}

TypePtr CombineString(const TypePtr& a, const TypePtr& b, bool ansi) {
  if (!a->is_string() && !b->is_string()) {
    return nullptr;
  }
  const TypePtr& text = a->is_string() ? a : b;
  const TypePtr& other = a->is_string() ? b : a;
  return ansi ? PromoteStringAnsi(text, other) : PromoteStringLegacy(text, other);
}

bool HasString(const DataType& type) {
  return type.is_string() || (type.is(TypeId::kArray) && HasString(*type.element()));
}

}  // namespace

TypePtr TightestCommonType(const TypePtr& left, const TypePtr& right, bool ansi) {
  const TypePtr a = ReplaceCharVarchar(left);
  const TypePtr b = ReplaceCharVarchar(right);
  if (a->Equals(*b) || b->is_null()) {
    return a;
  }
  if (a->is_null()) {
    return b;
  }
  if (a->is_numeric() && b->is_numeric()) {
    if (a->is_decimal() || b->is_decimal()) {
      if (a->is_integral() && WiderThan(*b, *a)) {
        return b;
      }
      return b->is_integral() && WiderThan(*a, *b) ? a : nullptr;
    }
    // Enumerators are in order of width.
    const TypePtr& wider = a->id() > b->id() ? a : b;
    return ansi && wider->is(TypeId::kFloat) ? Double() : wider;
  }
  if (a->is_datetime() && b->is_datetime()) {
    return WiderDatetime(*a, *b);
  }
  if (a->id() == b->id() &&
      (a->is(TypeId::kYearMonthInterval) || a->is(TypeId::kDayTimeInterval))) {
    return WiderInterval(a, b);
  }
  return CombineNested(
      a, b, [&](const TypePtr& x, const TypePtr& y) { return TightestCommonType(x, y, ansi); });
}

TypePtr CommonTypeNoString(const TypePtr& a, const TypePtr& b, bool ansi) {
  if (TypePtr tightest = TightestCommonType(a, b, ansi)) {
    return tightest;
  }
  if (TypePtr decimal = CombineDecimal(a, b)) {
    return decimal;
  }
  return CombineNested(
      a, b, [&](const TypePtr& x, const TypePtr& y) { return CommonTypeNoString(x, y, ansi); });
}

TypePtr CommonType(const TypePtr& a, const TypePtr& b, bool ansi) {
  if (TypePtr tightest = TightestCommonType(a, b, ansi)) {
    return tightest;
  }
  if (TypePtr decimal = CombineDecimal(a, b)) {
    return decimal;
  }
  if (TypePtr text = CombineString(ReplaceCharVarchar(a), ReplaceCharVarchar(b), ansi)) {
    return text;
  }
  return CombineNested(ReplaceCharVarchar(a), ReplaceCharVarchar(b),
                       [&](const TypePtr& x, const TypePtr& y) { return CommonType(x, y, ansi); });
}

TypePtr CommonType(const std::vector<TypePtr>& types, bool ansi) {
  TypePtr common = Null();
  const auto add = [&](const TypePtr& type) {
    common = common == nullptr ? nullptr : CommonType(common, type, ansi);
  };
  if (ansi) {
    std::for_each(types.begin(), types.end(), add);
    return common;
  }
  // Promotion to string is not associative: strings come first, so that the order of the others
  // does not matter.
  for (const TypePtr& type : types) {
    if (HasString(*type)) {
      add(type);
    }
  }
  for (const TypePtr& type : types) {
    if (!HasString(*type)) {
      add(type);
    }
  }
  return common;
}

TypePtr ComparisonType(const TypePtr& left, const TypePtr& right, bool ansi) {
  const TypePtr a = ReplaceCharVarchar(left);
  const TypePtr b = ReplaceCharVarchar(right);
  if (TypePtr tightest = TightestCommonType(a, b, ansi)) {
    return tightest;
  }
  if (TypePtr decimal = CombineDecimal(a, b)) {
    return decimal;
  }
  if (a->is_string() != b->is_string()) {
    const TypePtr& text = a->is_string() ? a : b;
    const TypePtr& other = a->is_string() ? b : a;
    if (ansi) {
      return PromoteStringAnsi(text, other);
    }
    if (other->is_nested() || other->is_interval()) {
      return nullptr;
    }
    return other;
  }
  if (!ansi && (a->is(TypeId::kBoolean) || b->is(TypeId::kBoolean))) {
    const TypePtr& other = a->is(TypeId::kBoolean) ? b : a;
    return other->is_numeric() ? other : nullptr;
  }
  // Structs whose fields differ by name only compare as they are.
  return EqualButNames(*a, *b) ? a : nullptr;
}

}  // namespace emery::type
