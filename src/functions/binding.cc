#include "functions/binding.h"

#include <algorithm>
#include <cmath>

#include "type/coercion.h"

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
  return type::IsOrderable(type);
}

Status RequireOrderable(const BindInput& input, int index) {
  if (type::IsOrderable(*input.types[index])) {
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

TypePtr WidestType(const TypePtr& a, const TypePtr& b, plan::EvalMode mode) {
  return type::CommonType(a, b, mode != plan::EvalMode::kLegacy);
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
