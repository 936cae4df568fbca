#pragma once

#include <optional>
#include <vector>

#include "type/data_type.h"

namespace emery::type {

/// Spark's rules for bringing types together. `ansi`: spark.sql.ansi.enabled. Functions that give a
/// TypePtr give null where no common type exists.

/// The narrowest type that both convert to without loss (findTightestCommonType): null type, equal
/// types, numeric widening without decimals of too few digits, date with timestamp. The same with
/// and without ANSI but for long with float or double (ANSI: double).
TypePtr TightestCommonType(const TypePtr& a, const TypePtr& b, bool ansi);

/// What set operations, CASE, COALESCE, IN, arrays and comparisons of several values use
/// (findWiderTypeForTwo): the tightest, else decimals made wide enough, else string promotion
/// (without ANSI: any atomic with string gives string; ANSI: string with another atomic gives the
/// other one, integrals as bigint and fractions as double), else nested types member by member.
TypePtr CommonType(const TypePtr& a, const TypePtr& b, bool ansi);
TypePtr CommonType(const std::vector<TypePtr>& types, bool ansi);
/// The same without string promotion (greatest and least without ANSI).
TypePtr CommonTypeNoString(const TypePtr& a, const TypePtr& b, bool ansi);

/// The type that a comparison (=, <, …) compares in; adds to CommonType Spark's promotions without
/// ANSI (string with date: date is compared as date; string with number: as that number's type).
TypePtr ComparisonType(const TypePtr& a, const TypePtr& b, bool ansi);

/// Classes of types that a function's parameter may accept.
enum class TypeClass : uint8_t {
  kAny,
  kNumeric,
  kIntegral,
  kFractional,
  kDecimal,
  kStringLike,
  kDatetime,
  kAnsiInterval,
  kArray,
  kMap,
  kStruct
};

/// `from` converted implicitly for a parameter of exactly `to` (implicitCast): `to` where it may
/// be, else null. `foldable`: the argument is a constant, which ANSI converts more freely (a string
/// literal to any atomic type).
TypePtr ImplicitCast(const TypePtr& from, const TypePtr& to, bool ansi, bool foldable = false);
/// For a class: `from` itself where it belongs to it, a default member (numeric from string: double
/// …) or null.
TypePtr ImplicitCastToClass(const TypePtr& from, TypeClass to, bool ansi, bool foldable = false);
bool InClass(const DataType& type, TypeClass type_class);

/// Whether CAST(x AS to) exists for x of `from`. TRY_CAST allows what ANSI allows.
bool CanCast(const TypePtr& from, const TypePtr& to, bool ansi);
/// Whether the cast of a value that is not null can give null (or is refused) without ANSI.
bool CastCanGiveNull(const DataType& from, const DataType& to, bool ansi);
/// No value is lost (upCast): what the STRICT store assignment and Dataset encoders ask.
bool CanUpCast(const TypePtr& from, const TypePtr& to);

enum class StoreAssignment : uint8_t { kAnsi, kLegacy, kStrict };
/// Whether INSERT may store `from` in a column of `to`. Overflow fails at run time under kAnsi.
bool CanStoreAssign(const TypePtr& from, const TypePtr& to, StoreAssignment policy);

/// Ordered, hashable types: = and ORDER BY work (no map inside; interval of mixed fields has no
/// order).
bool IsOrderable(const DataType& type);
bool IsComparable(const DataType& type);

}  // namespace emery::type
