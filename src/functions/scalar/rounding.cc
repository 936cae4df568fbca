#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"
#include "type/decimal.h"

/// round, bround, ceil, floor. Doubles are rounded by their shortest decimal digits (1.005 at 2
/// digits is 1.01), as Spark does through BigDecimal.
namespace emery::functions {

using type::int128_t;
using type::TypeId;
using type::TypePtr;

namespace {

enum class Rounding : uint8_t { kHalfUp, kHalfEven, kCeiling, kFloor };

/// value / 10^drop, rounded; the result has `drop` digits less.
int128_t RoundQuotient(int128_t value, int drop, Rounding rounding) {
  if (drop > 38) {
    const bool up = (rounding == Rounding::kCeiling && value > 0);
    const bool down = (rounding == Rounding::kFloor && value < 0);
    return up ? 1 : (down ? -1 : 0);
  }
  const int128_t power = type::PowerOfTen(drop);
  const int128_t quotient = value / power;
  const int128_t remainder = value % power;
  if (remainder == 0) {
    return quotient;
  }
  const int128_t away = value < 0 ? -1 : 1;
  const int128_t magnitude = remainder < 0 ? -remainder : remainder;
  switch (rounding) {
    case Rounding::kCeiling:
      return value > 0 ? quotient + 1 : quotient;
    case Rounding::kFloor:
      return value < 0 ? quotient - 1 : quotient;
    case Rounding::kHalfUp:
      return magnitude >= power - magnitude ? quotient + away : quotient;
    case Rounding::kHalfEven:
      break;
  }
  if (magnitude == power - magnitude) {
    return quotient % 2 == 0 ? quotient : quotient + away;
  }
  return magnitude > power - magnitude ? quotient + away : quotient;
}

/// Rounds the shortest digits of `v` at `scale` digits behind the point.
template <class T>
T RoundFloating(T v, int scale, Rounding rounding) {
  if (!std::isfinite(v) || v == 0) {
    return v;
  }
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), v, std::chars_format::scientific).ptr;
  // d.ddde±xx
  const char* p = text;
  const bool negative = *p == '-';
  p += negative ? 1 : 0;
  int64_t digits = 0;
  int fraction = 0;
  bool point = false;
  for (; *p != 'e'; ++p) {
    if (*p == '.') {
      point = true;
      continue;
    }
    digits = digits * 10 + (*p - '0');
    fraction += point ? 1 : 0;
  }
  int exponent = 0;
  std::from_chars(p[1] == '+' ? p + 2 : p + 1, end, exponent);
  // v = digits * 10^(exponent - fraction)
  const int drop = fraction - exponent - scale;
  if (drop <= 0) {
    return v;
  }
  const int128_t rounded = RoundQuotient(negative ? -digits : digits, drop, rounding);
  if (rounded == 0) {
    return 0;  // BigDecimal has no negative zero
  }
  char out[64];
  char* q = std::to_chars(out, out + 32, static_cast<int64_t>(rounded)).ptr;
  *q++ = 'e';
  q = std::to_chars(q, out + sizeof(out), -scale).ptr;
  T result = 0;
  std::from_chars(out, q, result);
  if (rounded != 0 && result == 0 && scale < 0) {
    return v < 0 ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
  }
  return result;
}

template <class T>
ScalarKernel RoundFloatingKernel(int scale, Rounding rounding) {
  return [=](const KernelArguments& a) {
    const std::vector<VectorPtr> value = {a.arguments[0]};
    return Map(KernelArguments{value, a.num_rows, a.return_type, a.state, a.context, a.mode},
               // Floats are widened first, and so rounded by the digits of the double.
               [=](T v) -> T {
                 return static_cast<T>(RoundFloating(static_cast<double>(v), scale, rounding));
               });
  };
}

template <class T>
ScalarKernel RoundIntegerKernel(int scale, Rounding rounding) {
  return [=](const KernelArguments& a) -> Result<VectorPtr> {
    if (scale >= 0) {
      return a.arguments[0];
    }
    const std::vector<VectorPtr> value = {a.arguments[0]};
    const bool legacy = a.mode == plan::EvalMode::kLegacy;
    return Map(
        KernelArguments{value, a.num_rows, a.return_type, a.state, a.context, a.mode},
        [=](T v, T& out) {
          const int drop = -scale;
          int128_t rounded = RoundQuotient(v, drop, rounding);
          rounded = drop > 38 ? 0 : rounded * type::PowerOfTen(drop);
          out = static_cast<T>(rounded);
          return out == rounded || legacy ? Row::kValue : Row::kError;
        },
        [](const KernelArguments&, int64_t) { return ArithmeticOverflow("Overflow", ""); });
  };
}

template <class From, class To>
ScalarKernel RoundDecimalKernel(int from_scale, int scale, const type::DataType& result,
                                Rounding rounding) {
  const int to_scale = result.scale();
  const int precision = result.precision();
  return [=](const KernelArguments& a) {
    const std::vector<VectorPtr> value = {a.arguments[0]};
    return Map(
        KernelArguments{value, a.num_rows, a.return_type, a.state, a.context, a.mode},
        [=](From v, To& out) {
          const int drop = from_scale - scale;
          int128_t rounded = drop > 0 ? RoundQuotient(v, drop, rounding) : static_cast<int128_t>(v);
          const int now = drop > 0 ? scale : from_scale;
          if (now < to_scale &&
              __builtin_mul_overflow(rounded, type::PowerOfTen(to_scale - now), &rounded)) {
            return Row::kError;
          }
          out = static_cast<To>(rounded);
          return type::FitsPrecision(rounded, precision) ? Row::kValue : Row::kError;
        },
        [](const KernelArguments& k, int64_t) {
          return DecimalValueOutOfRange("rounded value", *k.return_type);
        });
  };
}

ScalarKernel RoundDecimal(const type::DataType& from, int scale, const type::DataType& to,
                          Rounding rounding) {
  const bool narrow_from = from.physical() == type::PhysicalType::kInt64;
  const bool narrow_to = to.physical() == type::PhysicalType::kInt64;
  if (narrow_from) {
    return narrow_to ? RoundDecimalKernel<int64_t, int64_t>(from.scale(), scale, to, rounding)
                     : RoundDecimalKernel<int64_t, int128_t>(from.scale(), scale, to, rounding);
  }
  return narrow_to ? RoundDecimalKernel<int128_t, int64_t>(from.scale(), scale, to, rounding)
                   : RoundDecimalKernel<int128_t, int128_t>(from.scale(), scale, to, rounding);
}

/// One more digit before the point than before (9.9 becomes 10), `scale` of those behind it kept.
TypePtr RoundedDecimalType(const type::DataType& t, int scale) {
  const int integral = t.precision() - t.scale() + 1;
  if (scale < 0) {
    const int precision = integral > 1 - scale ? integral : 1 - scale;
    return type::Decimal(precision < 38 ? precision : 38, 0);
  }
  const int kept = scale < t.scale() ? scale : t.scale();
  return type::Decimal(integral + kept < 38 ? integral + kept : 38, kept);
}

Result<BoundScalar> BindRound(const BindInput& input, Rounding rounding) {
  int64_t scale = 0;
  bool null_scale = false;
  if (input.types.size() > 1) {
    const plan::Literal* literal = input.literals[1];
    if (literal == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                             "Cannot resolve \"" + std::string(input.name) +
                                 "\" due to data type mismatch: the input `scale` should be a "
                                 "foldable \"INT\" expression.",
                             {{"inputName", "`scale`"}, {"inputType", "\"INT\""}});
    }
    if (literal->value.is_null()) {
      null_scale = true;
    } else if (literal->type->is_integral()) {
      scale = literal->value.integer();
    } else {
      return UnexpectedInputType(input, 1, "\"INT\"");
    }
  }
  if (scale > 1000) {
    scale = 1000;
  } else if (scale < -1000) {
    scale = -1000;
  }
  const auto at = static_cast<int>(scale);
  TypePtr t = input.types[0];
  const bool extreme = rounding == Rounding::kCeiling || rounding == Rounding::kFloor;
  if (t->is_null() || t->is_string()) {
    t = type::Double();
  }
  if (extreme && !t->is_decimal()) {
    // ceil and floor with a scale work on decimals.
    const bool untyped = input.types[0]->is_null() || input.types[0]->is_string();
    const TypePtr decimal = untyped ? type::Decimal(38, 18) : type::DecimalForType(*t);
    if (decimal != nullptr) {
      t = decimal;
    }
  }
  if (!t->is_numeric()) {
    return UnexpectedInputType(input, 0, "\"NUMERIC\"");
  }
  TypePtr result = t;
  ScalarKernel kernel;
  bool can_fail = false;
  if (t->is_decimal()) {
    result = RoundedDecimalType(*t, at);
    kernel = RoundDecimal(*t, at, *result, rounding);
    can_fail = true;
  } else if (t->is(TypeId::kFloat)) {
    kernel = RoundFloatingKernel<float>(at, rounding);
  } else if (t->is(TypeId::kDouble)) {
    kernel = RoundFloatingKernel<double>(at, rounding);
  } else {
    kernel = DispatchInteger(
        *t, [&]<class T>(std::type_identity<T>) { return RoundIntegerKernel<T>(at, rounding); });
    can_fail = at < 0;
  }
  if (null_scale) {
    kernel = [](const KernelArguments& a) -> Result<VectorPtr> {
      return Vector::MakeNull(a.return_type, a.num_rows);
    };
  }
  std::vector<TypePtr> types = {t};
  if (input.types.size() > 1) {
    types.push_back(type::Int());
  }
  return Bound(std::move(types), std::move(result), std::move(kernel), can_fail,
               null_scale ? std::optional<bool>(true) : std::nullopt);
}

int64_t ToLongSaturating(double v) {
  if (std::isnan(v)) {
    return 0;
  }
  if (v >= 0x1p63) {
    return std::numeric_limits<int64_t>::max();
  }
  return v < -0x1p63 ? std::numeric_limits<int64_t>::min() : static_cast<int64_t>(v);
}

Result<BoundScalar> BindWhole(const BindInput& input, bool ceiling) {
  if (input.types.size() == 2) {
    return BindRound(input, ceiling ? Rounding::kCeiling : Rounding::kFloor);
  }
  const TypePtr& t = input.types[0];
  if (t->is_decimal()) {
    const TypePtr result =
        t->scale() == 0 ? t : type::BoundedDecimal(t->precision() - t->scale() + 1, 0);
    return Bound({t}, result,
                 RoundDecimal(*t, 0, *result, ceiling ? Rounding::kCeiling : Rounding::kFloor),
                 false);
  }
  if (t->is_integral()) {
    return Bound(
        {type::Long()}, type::Long(),
        [](const KernelArguments& a) -> Result<VectorPtr> { return a.arguments[0]; }, false);
  }
  if (type::ImplicitCast(t, type::Double(), IsAnsi(input)) == nullptr) {
    return UnexpectedInputType(input, 0, "(\"DECIMAL\" or \"DOUBLE\" or \"BIGINT\")");
  }
  return Bound(
      {type::Double()}, type::Long(),
      ceiling ? MakeKernel([](double v) -> int64_t { return ToLongSaturating(std::ceil(v)); })
              : MakeKernel([](double v) -> int64_t { return ToLongSaturating(std::floor(v)); }),
      false);
}

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, Bind bind,
                        std::string description, std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = 1;
  function.max_arguments = 2;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.5.0";
  return function;
}

}  // namespace

static const Registration kRound(
    Describe("round", {}, [](const BindInput& i) { return BindRound(i, Rounding::kHalfUp); },
             "Rounds to a number of digits behind the point, halves away from zero.",
             {{"SELECT round(2.5, 0)", "3"}}));
static const Registration kBround(
    Describe("bround", {}, [](const BindInput& i) { return BindRound(i, Rounding::kHalfEven); },
             "Rounds to a number of digits behind the point, halves to the even digit.",
             {{"SELECT bround(2.5, 0)", "2"}}));
static const Registration kCeil(
    Describe("ceil", {"ceiling"}, [](const BindInput& i) { return BindWhole(i, true); },
             "Returns the smallest number of the given digits that is not below.",
             {{"SELECT ceil(-0.1)", "0"}, {"SELECT ceil(3.1411, 3)", "3.142"}}));
static const Registration kFloor(
    Describe("floor", {}, [](const BindInput& i) { return BindWhole(i, false); },
             "Returns the greatest number of the given digits that is not above.",
             {{"SELECT floor(-0.1)", "-1"}, {"SELECT floor(3.1411, 3)", "3.141"}}));

}  // namespace emery::functions
