#include "table/pruning.h"

namespace emery::table {

using plan::As;
using plan::ExpressionPtr;

namespace {

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

std::optional<Comparison> ComparisonOf(const std::string& name, bool mirrored) {
  if (name == "=" || name == "<=>") {
    return Comparison::kEqual;
  }
  if (name == "!=") {
    return Comparison::kNotEqual;
  }
  if (name == "<") {
    return mirrored ? Comparison::kGreater : Comparison::kLess;
  }
  if (name == "<=") {
    return mirrored ? Comparison::kGreaterEqual : Comparison::kLessEqual;
  }
  if (name == ">") {
    return mirrored ? Comparison::kLess : Comparison::kGreater;
  }
  if (name == ">=") {
    return mirrored ? Comparison::kLessEqual : Comparison::kGreaterEqual;
  }
  return std::nullopt;
}

bool MayCompare(const type::DataType& type, const ColumnBounds& bounds, Comparison comparison,
                const type::Value& value) {
  if (bounds.all_null) {
    return false;
  }
  const auto below_min = [&] {
    return bounds.min && type::CompareValues(type, value, *bounds.min) < 0;
  };
  const auto above_max = [&] {
    return bounds.max && type::CompareValues(type, value, *bounds.max) > 0;
  };
  switch (comparison) {
    case Comparison::kEqual:
      return !below_min() && !above_max();
    case Comparison::kNotEqual:
      return !(bounds.min && bounds.max &&
               type::CompareValues(type, *bounds.min, *bounds.max) == 0 &&
               type::CompareValues(type, value, *bounds.min) == 0);
    case Comparison::kLess:
      return !(bounds.min && type::CompareValues(type, *bounds.min, value) >= 0);
    case Comparison::kLessEqual:
      return !below_min();
    case Comparison::kGreater:
      return !(bounds.max && type::CompareValues(type, *bounds.max, value) <= 0);
    case Comparison::kGreaterEqual:
      return !above_max();
  }
  return true;
}

bool Comparable(const type::DataType& a, const type::DataType& b) {
  return a.id() == b.id() && !a.is_nested() && !a.is(type::TypeId::kCalendarInterval) &&
         (!a.is_decimal() || a.scale() == b.scale());
}

}  // namespace

bool MayMatch(const ExpressionPtr& e, const BoundsLookup& lookup) {
  if (const auto* literal = As<plan::Literal>(e)) {
    return !literal->value.is_null() &&
           (!literal->type->is(type::TypeId::kBoolean) || literal->value.boolean());
  }
  if (As<plan::And>(e) != nullptr) {
    for (const auto& child : e->children) {
      if (!MayMatch(child, lookup)) {
        return false;
      }
    }
    return true;
  }
  if (As<plan::Or>(e) != nullptr) {
    for (const auto& child : e->children) {
      if (MayMatch(child, lookup)) {
        return true;
      }
    }
    return false;
  }
  if (As<plan::In>(e) != nullptr) {
    const auto* column = As<plan::Ordinal>(e->children[0]);
    if (column == nullptr) {
      return true;
    }
    const auto bounds = lookup(column->index);
    for (size_t i = 1; i < e->children.size(); ++i) {
      const auto* literal = As<plan::Literal>(e->children[i]);
      if (literal == nullptr || !Comparable(*literal->type, *column->type)) {
        return true;
      }
      if (!literal->value.is_null() &&
          MayCompare(*column->type, bounds, Comparison::kEqual, literal->value)) {
        return true;
      }
    }
    return false;
  }
  const auto* call = As<plan::Call>(e);
  if (call == nullptr) {
    return true;
  }
  if (call->name == "isnull" || call->name == "isnotnull") {
    const auto* column = As<plan::Ordinal>(call->children[0]);
    if (column == nullptr) {
      return true;
    }
    const auto bounds = lookup(column->index);
    return call->name == "isnull" ? bounds.has_null.value_or(true) : !bounds.all_null;
  }
  if (call->children.size() != 2) {
    return true;
  }
  if (call->name == "startswith") {
    const auto* column = As<plan::Ordinal>(call->children[0]);
    const auto* prefix = As<plan::Literal>(call->children[1]);
    if (column == nullptr || prefix == nullptr || prefix->value.is_null() ||
        !column->type->is_string()) {
      return true;
    }
    const auto bounds = lookup(column->index);
    if (bounds.all_null) {
      return false;
    }
    const std::string& p = prefix->value.string();
    if (bounds.min && bounds.min->string().compare(0, p.size(), p) > 0) {
      return false;
    }
    return !(bounds.max && bounds.max->string().compare(0, p.size(), p) < 0);
  }
  for (int side = 0; side < 2; ++side) {
    const auto* column = As<plan::Ordinal>(call->children[side]);
    const auto* literal = As<plan::Literal>(call->children[1 - side]);
    if (column == nullptr || literal == nullptr) {
      continue;
    }
    const auto comparison = ComparisonOf(call->name, side == 1);
    if (!comparison || !Comparable(*column->type, *literal->type)) {
      return true;
    }
    if (literal->value.is_null()) {
      return call->name == "<=>" && lookup(column->index).has_null.value_or(true);
    }
    return MayCompare(*column->type, lookup(column->index), *comparison, literal->value);
  }
  return true;
}

}  // namespace emery::table
