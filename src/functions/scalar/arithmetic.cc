#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"
#include "type/decimal.h"
#include "type/text.h"

/// + - * / div % pmod and unary minus, plus and abs over numbers; the try_ forms are the same in
/// kTry mode.
namespace emery::functions {

using plan::EvalMode;
using type::TypeId;
using type::TypePtr;

namespace {

constexpr const char* kNumericOrInterval =
    "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")";

enum class Operator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kIntegralDivide,
  kRemainder,
  kPmod
};

DecimalOperator AsDecimalOperator(Operator op) {
  return static_cast<DecimalOperator>(op);
}

const char* Symbol(Operator op) {
  static constexpr const char* kSymbols[] = {"+", "-", "*", "/", "div", "%", "pmod"};
  return kSymbols[static_cast<int>(op)];
}

const char* TryName(Operator op) {
  switch (op) {
    case Operator::kAdd:
      return "try_add";
    case Operator::kSubtract:
      return "try_subtract";
    case Operator::kMultiply:
      return "try_multiply";
    default:
      return "";
  }
}

// ---- integers: + - *
// -------------------------------------------------------------------------------------------

template <class T>
struct AddBody {
  T operator()(T a, T b, T* bad) const {
    using U = std::make_unsigned_t<T>;
    const T r = static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
    *bad = static_cast<T>(*bad | ((a ^ r) & (b ^ r)));
    return r;
  }
};

template <class T>
struct SubtractBody {
  T operator()(T a, T b, T* bad) const {
    using U = std::make_unsigned_t<T>;
    const T r = static_cast<T>(static_cast<U>(static_cast<U>(a) - static_cast<U>(b)));
    *bad = static_cast<T>(*bad | ((a ^ b) & (a ^ r)));
    return r;
  }
};

template <class T>
struct MultiplyBody {
  T operator()(T a, T b, T* bad) const {
    if constexpr (sizeof(T) == 8) {
      T r = 0;
      *bad = static_cast<T>(*bad | -static_cast<T>(__builtin_mul_overflow(a, b, &r)));
      return r;
    } else {
      const int64_t product = static_cast<int64_t>(a) * b;
      const T r = static_cast<T>(product);
      *bad = static_cast<T>(*bad | -static_cast<T>(product != r));
      return r;
    }
  }
};

template <class T>
Status Overflow(const KernelArguments& arguments, int64_t row, Operator op) {
  if constexpr (sizeof(T) <= 2) {
    const char* suffix = sizeof(T) == 1 ? "Y" : "S";
    return BinaryArithmeticOverflow(
        std::to_string(Argument<T>(arguments, 0, row)) + suffix, Symbol(op),
        std::to_string(Argument<T>(arguments, 1, row)) + suffix, TryName(op));
  } else {
    return ArithmeticOverflow(sizeof(T) == 4 ? "integer overflow" : "long overflow", TryName(op));
  }
}

template <class T, class Body>
Result<VectorPtr> CheckedKernel(const KernelArguments& arguments, Operator op) {
  if (arguments.mode == EvalMode::kLegacy) {
    return Map(arguments, [](T a, T b) -> T {
      T ignored = 0;
      return Body{}(a, b, &ignored);
    });
  }
  return MapChecked<T>(arguments, Body{}, [op](const KernelArguments& a, int64_t row) {
    return Overflow<T>(a, row, op);
  });
}

template <class T>
Result<VectorPtr> SimpleArithmetic(const KernelArguments& arguments, Operator op) {
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Operator::kAdd:
        return Map(arguments, [](T a, T b) -> T { return a + b; });
      case Operator::kSubtract:
        return Map(arguments, [](T a, T b) -> T { return a - b; });
      default:
        return Map(arguments, [](T a, T b) -> T { return a * b; });
    }
  } else {
    switch (op) {
      case Operator::kAdd:
        return CheckedKernel<T, AddBody<T>>(arguments, op);
      case Operator::kSubtract:
        return CheckedKernel<T, SubtractBody<T>>(arguments, op);
      default:
        return CheckedKernel<T, MultiplyBody<T>>(arguments, op);
    }
  }
}

// ---- division
// ----------------------------------------------------------------------------------------------------

struct DivideByZeroError {
  Status operator()(const KernelArguments&, int64_t) const { return DivideByZero(); }
};

struct RemainderByZeroError {
  Status operator()(const KernelArguments&, int64_t) const { return RemainderByZero(); }
};

Result<VectorPtr> DivideDoubles(const KernelArguments& arguments) {
  return Map(
      arguments,
      [](double a, double b, double& out) {
        out = a / b;
        return b == 0 ? Row::kError : Row::kValue;
      },
      DivideByZeroError{});
}

Result<VectorPtr> DivideLongs(const KernelArguments& arguments) {
  const bool legacy = arguments.mode == EvalMode::kLegacy;
  return Map(
      arguments,
      [legacy](int64_t a, int64_t b, int64_t& out) {
        if (b == 0) {
          return Row::kError;
        }
        if (b == -1 && a == std::numeric_limits<int64_t>::min()) {
          out = a;
          return legacy ? Row::kValue : Row::kError;
        }
        out = a / b;
        return Row::kValue;
      },
      [](const KernelArguments& a, int64_t row) {
        return Argument<int64_t>(a, 1, row) == 0
                   ? DivideByZero()
                   : ArithmeticOverflow("Overflow in integral divide", "try_divide");
      });
}

template <class T>
T Remainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    return b == -1 ? T{0} : static_cast<T>(a % b);  // the lowest value by -1 would trap
  }
}

template <class T>
Result<VectorPtr> RemainderNumbers(const KernelArguments& arguments, bool positive) {
  if (!positive) {
    return Map(
        arguments,
        [](T a, T b, T& out) {
          if (b == 0) {
            return Row::kError;
          }
          out = Remainder(a, b);
          return Row::kValue;
        },
        RemainderByZeroError{});
  }
  return Map(
      arguments,
      [](T a, T b, T& out) {
        if (b == 0) {
          return Row::kError;
        }
        out = Remainder(a, b);
        if (out < 0) {
          if constexpr (std::is_floating_point_v<T>) {
            out = Remainder(static_cast<T>(out + b), b);
          } else {
            using U = std::make_unsigned_t<T>;
            out = Remainder(static_cast<T>(static_cast<U>(static_cast<U>(out) + static_cast<U>(b))),
                            b);
          }
        }
        return Row::kValue;
      },
      RemainderByZeroError{});
}

// ---- binding
// --------------------------------------------------------------------------------------------------------

BoundScalar BindNumbers(Operator op, const TypePtr& common) {
  ScalarKernel kernel;
  TypePtr argument = common;
  TypePtr result = common;
  bool can_fail = true;
  switch (op) {
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
      kernel = DispatchNumber(*common, [op]<class T>(std::type_identity<T>) -> ScalarKernel {
        return [op](const KernelArguments& a) { return SimpleArithmetic<T>(a, op); };
      });
      can_fail = !common->is_floating();
      break;
    case Operator::kDivide:
      argument = result = type::Double();
      kernel = DivideDoubles;
      break;
    case Operator::kIntegralDivide:
      argument = result = type::Long();
      kernel = DivideLongs;
      break;
    case Operator::kRemainder:
    case Operator::kPmod:
      kernel = DispatchNumber(*common, [op]<class T>(std::type_identity<T>) -> ScalarKernel {
        return [op](const KernelArguments& a) {
          return RemainderNumbers<T>(a, op == Operator::kPmod);
        };
      });
      break;
  }
  return Bound({argument, argument}, result, std::move(kernel), can_fail);
}

Result<BoundScalar> BindDecimals(Operator op, const BindInput& input) {
  const TypePtr left = AsDecimalOperand(input, 0);
  const TypePtr right = AsDecimalOperand(input, 1);
  if (left == nullptr || right == nullptr) {
    return OperandTypesDiffer(input);
  }
  const bool loss = AllowPrecisionLoss(input);
  TypePtr result;
  switch (op) {
    case Operator::kAdd:
    case Operator::kSubtract:
      result = type::DecimalAddType(*left, *right, loss);
      break;
    case Operator::kMultiply:
      result = type::DecimalMultiplyType(*left, *right, loss);
      break;
    case Operator::kDivide:
      result = type::DecimalDivideType(*left, *right, loss);
      break;
    case Operator::kIntegralDivide:
      result = type::Long();
      break;
    case Operator::kRemainder:
    case Operator::kPmod:
      result = type::DecimalRemainderType(*left, *right, loss);
      break;
  }
  BoundScalar bound = Bound({left, right}, result,
                            DecimalKernel(AsDecimalOperator(op), *left, *right, *result), true);
  if (input.mode != EvalMode::kAnsi) {
    bound.nullable = true;
  }
  return bound;
}

bool IsVoid(const TypePtr& t) {
  return t->is_null();
}

Result<BoundScalar> BindOperator(Operator op, const BindInput& input) {
  if (op == Operator::kAdd || op == Operator::kSubtract) {
    if (auto bound = BindDatetimeArithmetic(input, op == Operator::kSubtract)) {
      return *std::move(bound);
    }
  }
  if (op == Operator::kMultiply || op == Operator::kDivide) {
    if (auto bound = BindIntervalScaling(input, op == Operator::kDivide)) {
      return *std::move(bound);
    }
  }
  TypePtr left = input.types[0];
  TypePtr right = input.types[1];
  const bool ansi = IsAnsi(input);
  if (left->is_interval() && right->is_interval() && op == Operator::kIntegralDivide &&
      left->id() == right->id() && !left->is(TypeId::kCalendarInterval)) {
    ScalarKernel kernel = [months = left->is(TypeId::kYearMonthInterval)](
                              const KernelArguments& a) -> Result<VectorPtr> {
      const auto divide = [](int64_t x, int64_t y, int64_t& out) {
        if (y == 0) {
          return Row::kError;
        }
        out = y == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(x)) : x / y;
        return Row::kValue;
      };
      const auto error = [](const KernelArguments&, int64_t) { return IntervalDividedByZero(); };
      if (months) {
        return Map(a, [=](int32_t x, int32_t y, int64_t& out) { return divide(x, y, out); }, error);
      }
      return Map(a, [=](int64_t x, int64_t y, int64_t& out) { return divide(x, y, out); }, error);
    };
    return Bound({left, right}, type::Long(), std::move(kernel), true);
  }
  // A void operand takes the other's type; two of them are doubles (longs for div).
  if (IsVoid(left) && IsVoid(right)) {
    const TypePtr type = op == Operator::kIntegralDivide ? type::Long() : type::Double();
    return BindNumbers(op, type);
  }
  if (IsVoid(left) || IsVoid(right)) {
    const TypePtr known = IsVoid(left) ? right : left;
    if (known->is_decimal()) {
      BindInput same = input;
      same.types = {known, known};
      same.literals = {nullptr, nullptr};
      return BindDecimals(op, same);
    }
    left = right = known;
  }
  const bool numbers =
      (left->is_numeric() || left->is_string()) && (right->is_numeric() || right->is_string());
  if (left->is_string() && right->is_string()) {
    if (ansi) {
      return OperandTypeWrong(input,
                              op == Operator::kDivide
                                  ? "(\"DOUBLE\" or \"DECIMAL\" or \"INTERVAL DAY TO SECOND\")"
                                  : kNumericOrInterval,
                              *left);
    }
    return BindNumbers(op, op == Operator::kIntegralDivide ? type::Long() : type::Double());
  }
  if (!numbers) {
    if (left->SameType(*right)) {
      return OperandTypeWrong(input, kNumericOrInterval, *left);
    }
    return OperandTypesDiffer(input);
  }
  const bool any_floating = left->is_floating() || right->is_floating();
  const bool any_string = left->is_string() || right->is_string();
  if ((left->is_decimal() || right->is_decimal()) && !any_floating && !any_string) {
    return BindDecimals(op, input);
  }
  if (op == Operator::kIntegralDivide && any_floating && ansi) {
    return OperandTypesDiffer(input);
  }
  TypePtr common;
  if (any_string) {
    const TypePtr& number = left->is_string() ? right : left;
    common = ansi && number->is_integral() ? type::Long() : type::Double();
  } else {
    common = type::TightestCommonType(left, right, ansi);
    if (common == nullptr) {
      common = type::Double();
    }
  }
  return BindNumbers(op, common);
}

Bind OperatorBind(Operator op) {
  return [op](const BindInput& input) { return BindOperator(op, input); };
}

ScalarFunction OperatorFunction(std::string name, std::vector<std::string> aliases, Operator op,
                                std::string description,
                                std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = 2;
  function.max_arguments = 2;
  function.bind = OperatorBind(op);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.0.0";
  return function;
}

/// try_add and the others: the operator in kTry mode.
ScalarFunction TryFunction(std::string name, std::string op, std::string description,
                           std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.min_arguments = 2;
  function.max_arguments = 2;
  function.rewrite = [op = std::move(op)](const plan::ExpressionList& arguments, EvalMode,
                                          const QueryContext* context) {
    return MakeFunctionCall(op, arguments, EvalMode::kTry, context);
  };
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "3.2.0";
  return function;
}

// ---- negative, positive, abs
// ----------------------------------------------------------------------------------------

struct NegateOverflowError {
  std::string_view what;

  Status operator()(const KernelArguments& a, int64_t) const {
    if (a.return_type->is_interval()) {
      return IntervalArithmeticOverflow("");
    }
    return ArithmeticOverflow(what, "");
  }
};

/// -x, or |x| if `absolute`. The lowest value has no counterpart.
template <class T>
Result<VectorPtr> NegateIntegers(const KernelArguments& arguments, bool absolute,
                                 std::string_view what) {
  using U = std::make_unsigned_t<T>;
  if (arguments.mode == EvalMode::kLegacy && !arguments.return_type->is_interval()) {
    if (absolute) {
      return Map(arguments, [](T v) -> T {
        return v < 0 ? static_cast<T>(static_cast<U>(0) - static_cast<U>(v)) : v;
      });
    }
    return Map(arguments,
               [](T v) -> T { return static_cast<T>(static_cast<U>(0) - static_cast<U>(v)); });
  }
  return Map(
      arguments,
      [absolute](T v, T& out) {
        out = absolute && v >= 0 ? v : static_cast<T>(static_cast<U>(0) - static_cast<U>(v));
        return v == std::numeric_limits<T>::min() ? Row::kError : Row::kValue;
      },
      NegateOverflowError{what});
}

Result<BoundScalar> BindNegate(const BindInput& input, bool absolute) {
  TypePtr t = input.types[0];
  if (t->is_null() || t->is_string()) {
    t = type::Double();
  }
  switch (t->id()) {
    case TypeId::kByte:
      return Bound(
          {t}, t,
          [=](const KernelArguments& a) {
            return NegateIntegers<int8_t>(a, absolute, absolute ? "Overflow" : "byte overflow");
          },
          true);
    case TypeId::kShort:
      return Bound(
          {t}, t,
          [=](const KernelArguments& a) {
            return NegateIntegers<int16_t>(a, absolute, absolute ? "Overflow" : "short overflow");
          },
          true);
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return Bound(
          {t}, t,
          [=](const KernelArguments& a) {
            return NegateIntegers<int32_t>(a, absolute, "integer overflow");
          },
          true);
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return Bound(
          {t}, t,
          [=](const KernelArguments& a) {
            return NegateIntegers<int64_t>(a, absolute, "long overflow");
          },
          true);
    case TypeId::kFloat:
      return Bound({t}, t,
                   absolute ? MakeKernel([](float v) -> float { return std::fabs(v); })
                            : MakeKernel([](float v) -> float { return -v; }),
                   false);
    case TypeId::kDouble:
      return Bound({t}, t,
                   absolute ? MakeKernel([](double v) -> double { return std::fabs(v); })
                            : MakeKernel([](double v) -> double { return -v; }),
                   false);
    case TypeId::kDecimal:
      if (t->physical() == type::PhysicalType::kInt64) {
        return Bound({t}, t,
                     absolute ? MakeKernel([](int64_t v) -> int64_t { return v < 0 ? -v : v; })
                              : MakeKernel([](int64_t v) -> int64_t { return -v; }),
                     false);
      }
      return Bound(
          {t}, t,
          absolute ? MakeKernel([](type::int128_t v) -> type::int128_t { return v < 0 ? -v : v; })
                   : MakeKernel([](type::int128_t v) -> type::int128_t { return -v; }),
          false);
    case TypeId::kCalendarInterval:
      if (!absolute) {
        return Bound(
            {t}, t,
            MakeKernel(
                [](const type::CalendarInterval& v, type::CalendarInterval& out) {
                  const bool bad =
                      __builtin_sub_overflow(0, v.months, &out.months) |
                      __builtin_sub_overflow(0, v.days, &out.days) |
                      __builtin_sub_overflow(int64_t{0}, v.microseconds, &out.microseconds);
                  return bad ? Row::kError : Row::kValue;
                },
                [](const KernelArguments&, int64_t) { return IntervalArithmeticOverflow(""); }),
            true);
      }
      break;
    default:
      break;
  }
  return UnexpectedInputType(
      input, 0,
      absolute ? "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")"
               : kNumericOrInterval);
}

ScalarFunction UnaryFunction(std::string name, Bind bind, std::string description,
                             std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.min_arguments = 1;
  function.max_arguments = 1;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.0.0";
  return function;
}

Result<BoundScalar> BindPositive(const BindInput& input) {
  TypePtr t = input.types[0];
  if (t->is_null() || t->is_string()) {
    t = type::Double();
  }
  if (!t->is_numeric() && !t->is_interval()) {
    return UnexpectedInputType(input, 0, kNumericOrInterval);
  }
  return Bound(
      {t}, t, [](const KernelArguments& a) -> Result<VectorPtr> { return a.arguments[0]; }, false);
}

}  // namespace

static const Registration kAdd(OperatorFunction("+", {}, Operator::kAdd, "Returns the sum.",
                                                {{"SELECT 1 + 2", "3"}}));
static const Registration kSubtract(OperatorFunction("-", {}, Operator::kSubtract,
                                                     "Returns the difference.",
                                                     {{"SELECT 2 - 1", "1"}}));
static const Registration kMultiply(OperatorFunction("*", {}, Operator::kMultiply,
                                                     "Returns the product.",
                                                     {{"SELECT 2 * 3", "6"}}));
static const Registration kDivide(
    OperatorFunction("/", {}, Operator::kDivide, "Returns the quotient, which is never an integer.",
                     {{"SELECT 3 / 2", "1.5"}}));
static const Registration kIntegralDivide(OperatorFunction("div", {}, Operator::kIntegralDivide,
                                                           "Returns the quotient's integral part.",
                                                           {{"SELECT 3 div 2", "1"}}));
static const Registration kRemainder(OperatorFunction(
    "%", {"mod"}, Operator::kRemainder, "Returns the remainder, with the dividend's sign.",
    {{"SELECT 2 % 1.8", "0.2"}}));
static const Registration kPmod(OperatorFunction("pmod", {}, Operator::kPmod,
                                                 "Returns the positive remainder.",
                                                 {{"SELECT pmod(-10, 3)", "2"}}));
static const Registration kTryAdd(TryFunction("try_add", "+",
                                              "Returns the sum, or null on overflow.",
                                              {{"SELECT try_add(1, 2)", "3"}}));
static const Registration kTrySubtract(TryFunction("try_subtract", "-",
                                                   "Returns the difference, or null on overflow.",
                                                   {{"SELECT try_subtract(2, 1)", "1"}}));
static const Registration kTryMultiply(TryFunction("try_multiply", "*",
                                                   "Returns the product, or null on overflow.",
                                                   {{"SELECT try_multiply(2, 3)", "6"}}));
static const Registration kTryDivide(
    TryFunction("try_divide", "/", "Returns the quotient, or null where the divisor is 0.",
                {{"SELECT try_divide(3, 0)", "NULL"}}));
static const Registration kTryMod(
    TryFunction("try_mod", "%", "Returns the remainder, or null where the divisor is 0.",
                {{"SELECT try_mod(3, 0)", "NULL"}}));
static const Registration kNegative(
    UnaryFunction("negative", [](const BindInput& i) { return BindNegate(i, false); },
                  "Returns the negated value.", {{"SELECT negative(1)", "-1"}}));
static const Registration kPositive(UnaryFunction("positive", BindPositive, "Returns the value.",
                                                  {{"SELECT positive(1)", "1"}}));
static const Registration kAbs(UnaryFunction("abs",
                                             [](const BindInput& i) { return BindNegate(i, true); },
                                             "Returns the absolute value.",
                                             {{"SELECT abs(-1)", "1"}}));

}  // namespace emery::functions
