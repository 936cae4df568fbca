#include "functions/binding.h"

#include <algorithm>
#include <cmath>

namespace emery::functions {

using type::DataType;
using type::TypeId;
using type::TypePtr;

bool ImplicitlyCastable(const DataType& from, const DataType& to) {
  if (from.SameType(to) || from.is_null()) {
    return true;
  }
  if (from.is_numeric() && to.is_numeric()) {
    return true;
  }
  if (from.is_string()) {
    return !to.is_nested();
  }
  if (to.is_string()) {
    return !from.is_nested() && from.id() != TypeId::kBinary;
  }
  if (from.is_datetime() && to.is_datetime()) {
    return true;
  }
  if (from.id() == to.id() && from.is_interval()) {
    return true;
  }
  if (from.id() == to.id() && from.is_nested() && from.fields().size() == to.fields().size()) {
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (!ImplicitlyCastable(*from.fields()[i].type, *to.fields()[i].type)) {
        return false;
      }
    }
    return true;
  }
  return false;
}

namespace {

const char* OrdinalName(int index) {
  static constexpr const char* kNames[] = {"first", "second", "third",   "fourth",
                                           "fifth", "sixth",  "seventh", "eighth"};
  return index < 8 ? kNames[index] : "last";
}

std::string Quoted(const DataType& type) {
  return "\"" + type.Sql() + "\"";
}

}  // namespace

Status UnexpectedType(const BindInput& input, int index, std::string_view required) {
  const std::string actual = Quoted(*input.types[index]);
  return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                         "Cannot resolve \"" + std::string(input.name) +
                             "\" due to data type mismatch: The " + OrdinalName(index) +
                             " parameter requires the " + std::string(required) +
                             " type, however the argument has the type " + actual + ".",
                         {{"functionName", std::string(input.name)},
                          {"paramIndex", OrdinalName(index)},
                          {"requiredType", std::string(required)},
                          {"inputType", actual}});
}

Status WrongNumArgs(const BindInput& input, std::string_view expected) {
  return base::UserError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                         "The `" + std::string(input.name) + "` requires " + std::string(expected) +
                             " parameters but the actual number is " +
                             std::to_string(input.types.size()) + ".",
                         {{"functionName", "`" + std::string(input.name) + "`"},
                          {"expectedNum", std::string(expected)},
                          {"actualNum", std::to_string(input.types.size())}});
}

Status NotFoldable(const BindInput& input, int index, std::string_view name,
                   std::string_view required) {
  return base::UserError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                         "Cannot resolve \"" + std::string(input.name) +
                             "\" due to data type mismatch: the input `" + std::string(name) +
                             "` should be a foldable " + std::string(required) + " expression.",
                         {{"inputName", "`" + std::string(name) + "`"},
                          {"inputType", std::string(required)},
                          {"paramIndex", OrdinalName(index)}});
}

Result<TypePtr> Require(const BindInput& input, int index, const TypePtr& target) {
  const TypePtr& from = input.types[index];
  if (from == nullptr || !ImplicitlyCastable(*from, *target)) {
    return UnexpectedType(input, index, Quoted(*target));
  }
  return target;
}

Result<TypePtr> RequireNumeric(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t->is_numeric()) {
    return t;
  }
  if (t->is_string() || t->is_null()) {
    return type::Double();
  }
  return UnexpectedType(input, index, "\"NUMERIC\"");
}

Result<TypePtr> RequireIntegral(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t->is_integral()) {
    return t;
  }
  if (t->is_string()) {
    return type::Long();
  }
  if (t->is_null()) {
    return type::Int();
  }
  return UnexpectedType(input, index, "\"INTEGRAL\"");
}

Result<TypePtr> RequireStringOrBinary(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t->is(TypeId::kBinary)) {
    return t;
  }
  if (ImplicitlyCastable(*t, *type::String())) {
    return type::String();
  }
  return UnexpectedType(input, index, "(\"STRING\" or \"BINARY\")");
}

Result<TypePtr> RequireArray(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t->is(TypeId::kArray)) {
    return t;
  }
  if (t->is_null()) {
    return type::Array(type::Null());
  }
  return UnexpectedType(input, index, "\"ARRAY\"");
}

Result<TypePtr> RequireMap(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t->is(TypeId::kMap)) {
    return t;
  }
  if (t->is_null()) {
    return type::Map(type::Null(), type::Null());
  }
  return UnexpectedType(input, index, "\"MAP\"");
}

bool ContainsMap(const DataType& type) {
  return type.is(TypeId::kMap) ||
         std::any_of(type.fields().begin(), type.fields().end(),
                     [](const type::Field& field) { return ContainsMap(*field.type); });
}

bool IsOrderable(const DataType& type) {
  if (type.is(TypeId::kMap) || type.is(TypeId::kCalendarInterval)) {
    return false;
  }
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const type::Field& field) { return IsOrderable(*field.type); });
}

Status RequireOrderable(const BindInput& input, int index) {
  if (IsOrderable(*input.types[index])) {
    return Status::OK();
  }
  return base::UserError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                         "Cannot resolve \"" + std::string(input.name) +
                             "\" due to data type mismatch: The `" + std::string(input.name) +
                             "` does not support ordering on type " + Quoted(*input.types[index]) +
                             ".",
                         {{"functionName", "`" + std::string(input.name) + "`"},
                          {"dataType", Quoted(*input.types[index])}});
}

namespace {

TypePtr DecimalOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return type::Decimal(3, 0);
    case TypeId::kShort:
      return type::Decimal(5, 0);
    case TypeId::kInt:
      return type::Decimal(10, 0);
    case TypeId::kLong:
      return type::Decimal(20, 0);
    default:
      return nullptr;
  }
}

}  // namespace

TypePtr WidestType(const TypePtr& a, const TypePtr& b, plan::EvalMode mode) {
  if (a->Equals(*b)) {
    return a;
  }
  if (a->is_null()) {
    return b;
  }
  if (b->is_null()) {
    return a;
  }
  if (a->is_numeric() && b->is_numeric()) {
    if (a->is_decimal() || b->is_decimal()) {
      if (a->is_floating() || b->is_floating()) {
        return type::Double();
      }
      const TypePtr da = a->is_decimal() ? a : DecimalOf(*a);
      const TypePtr db = b->is_decimal() ? b : DecimalOf(*b);
      const int scale = std::max(da->scale(), db->scale());
      const int range = std::max(da->precision() - da->scale(), db->precision() - db->scale());
      return range + scale <= 38 ? type::Decimal(range + scale, scale)
                                 : type::Decimal(38, std::max(0, std::min(scale, 38 - range)));
    }
    // ANSI: long with float goes to double, as float would lose digits.
    if (a->is_floating() != b->is_floating() && mode != plan::EvalMode::kLegacy) {
      return a->is(TypeId::kDouble) || b->is(TypeId::kDouble) || a->is(TypeId::kLong) ||
                     b->is(TypeId::kLong) || a->is(TypeId::kInt) || b->is(TypeId::kInt)
                 ? type::Double()
                 : type::Float();
    }
    return a->id() > b->id() ? a : b;
  }
  if (a->is_string() && b->is_string()) {
    return type::String();
  }
  if (a->is_string() || b->is_string()) {
    const TypePtr& other = a->is_string() ? b : a;
    if (other->is_nested()) {
      return nullptr;
    }
    if (mode == plan::EvalMode::kLegacy) {
      return type::String();
    }
    if (other->is_integral()) {
      return type::Long();
    }
    if (other->is_numeric()) {
      return type::Double();
    }
    return other;
  }
  if (a->is_datetime() && b->is_datetime()) {
    return a->is(TypeId::kTimestamp) || b->is(TypeId::kTimestamp) ? type::Timestamp()
                                                                  : type::TimestampNtz();
  }
  if (a->is(TypeId::kYearMonthInterval) && b->is(TypeId::kYearMonthInterval)) {
    return type::YearMonthInterval(std::min(a->start_field(), b->start_field()),
                                   std::max(a->end_field(), b->end_field()));
  }
  if (a->is(TypeId::kDayTimeInterval) && b->is(TypeId::kDayTimeInterval)) {
    return type::DayTimeInterval(std::min(a->start_field(), b->start_field()),
                                 std::max(a->end_field(), b->end_field()));
  }
  if (a->id() != b->id() || !a->is_nested() || a->fields().size() != b->fields().size()) {
    return nullptr;
  }
  std::vector<type::Field> fields = a->fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    fields[i].type = WidestType(a->fields()[i].type, b->fields()[i].type, mode);
    if (fields[i].type == nullptr) {
      return nullptr;
    }
    fields[i].nullable = a->fields()[i].nullable || b->fields()[i].nullable;
  }
  switch (a->id()) {
    case TypeId::kArray:
      return type::Array(fields[0].type, fields[0].nullable);
    case TypeId::kMap:
      return type::Map(fields[0].type, fields[1].type, fields[1].nullable);
    default:
      return type::Struct(std::move(fields));
  }
}

double LiteralAsDouble(const plan::Literal& literal) {
  const auto& payload = literal.value.payload();
  if (const auto* i = std::get_if<int64_t>(&payload)) {
    return static_cast<double>(*i);
  }
  if (const auto* d = std::get_if<double>(&payload)) {
    return *d;
  }
  if (const auto* f = std::get_if<float>(&payload)) {
    return *f;
  }
  if (const auto* d = std::get_if<type::int128_t>(&payload)) {
    return static_cast<double>(static_cast<long double>(*d) /
                               std::pow(10.0L, literal.type->scale()));
  }
  if (const auto* s = std::get_if<std::string>(&payload)) {
    return std::strtod(s->c_str(), nullptr);
  }
  return 0;
}

}  // namespace emery::functions
