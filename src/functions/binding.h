#pragma once

#include <string>
#include <string_view>

#include "functions/scalar_function.h"

namespace emery::functions {

/// Whether Spark casts `from` to `to` implicitly for a function's argument: null to anything,
/// numbers to numbers, anything atomic to string, string to anything atomic, dates and timestamps
/// to one another, nested types member by member.
bool ImplicitlyCastable(const type::DataType& from, const type::DataType& to);

/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for argument `index` (0-based). `required` as Spark
/// writes it: "\"INT\"".
Status UnexpectedType(const BindInput& input, int index, std::string_view required);
Status WrongNumArgs(const BindInput& input, std::string_view expected);
/// DATATYPE_MISMATCH.NON_FOLDABLE_INPUT for an argument that must be a literal.
Status NotFoldable(const BindInput& input, int index, std::string_view name,
                   std::string_view required);

/// The type that argument `index` is to be cast to where a function takes exactly `target`.
Result<type::TypePtr> Require(const BindInput& input, int index, const type::TypePtr& target);
/// A number stays what it is; strings and nulls become double.
Result<type::TypePtr> RequireNumeric(const BindInput& input, int index);
/// An integer stays what it is; strings become bigint, nulls int, other numbers bigint.
Result<type::TypePtr> RequireIntegral(const BindInput& input, int index);
/// String or binary stays; all else atomic becomes string.
Result<type::TypePtr> RequireStringOrBinary(const BindInput& input, int index);
/// Any array; null becomes array<void>.
Result<type::TypePtr> RequireArray(const BindInput& input, int index);
Result<type::TypePtr> RequireMap(const BindInput& input, int index);
/// Values of the type can be compared (no maps, at any depth, no calendar intervals).
bool IsOrderable(const type::DataType& type);
bool ContainsMap(const type::DataType& type);
Status RequireOrderable(const BindInput& input, int index);

/// The narrowest type both go to without loss, as CASE, arrays and set operations find it; null
/// where none exists.
type::TypePtr WidestType(const type::TypePtr& a, const type::TypePtr& b, plan::EvalMode mode);

inline bool IsLiteral(const BindInput& input, size_t i) {
  return i < input.literals.size() && input.literals[i] != nullptr;
}

/// The literal's value, or null where argument `i` is no literal or a null.
inline const type::Value* LiteralValue(const BindInput& input, size_t i) {
  return IsLiteral(input, i) && !input.literals[i]->value.is_null() ? &input.literals[i]->value
                                                                    : nullptr;
}

/// Numbers of any literal type as double or int64 (decimals are scaled).
double LiteralAsDouble(const plan::Literal& literal);

}  // namespace emery::functions
