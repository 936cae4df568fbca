#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"

/// Functions of doubles, as java.lang.Math has them, and a few of integers.
namespace emery::functions {

using type::TypeId;

namespace {

constexpr double kPi = 3.141592653589793;
constexpr double kE = 2.718281828459045;

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, int min_arguments,
                        int max_arguments, Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = min_arguments;
  function.max_arguments = max_arguments;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.4.0";
  return function;
}

template <class Body>
ScalarFunction OfDouble(std::string name, std::vector<std::string> aliases, Body body,
                        std::string description, std::string example, std::string result) {
  return Describe(std::move(name), std::move(aliases), 1, 1,
                  Signature({type::Double()}, type::Double(), MakeKernel(body)),
                  std::move(description), {{"SELECT " + example, std::move(result)}});
}

template <class Body>
ScalarFunction OfTwoDoubles(std::string name, std::vector<std::string> aliases, Body body,
                            std::string description, std::string example, std::string result) {
  return Describe(std::move(name), std::move(aliases), 2, 2,
                  Signature({type::Double(), type::Double()}, type::Double(), MakeKernel(body)),
                  std::move(description), {{"SELECT " + example, std::move(result)}});
}

/// Logarithms give null at and below where they are not defined.
template <class Body>
ScalarFunction Logarithm(std::string name, std::vector<std::string> aliases, double asymptote,
                         Body body, std::string description, std::string example,
                         std::string result) {
  auto kernel = MakeKernel([=](double v, double& out) {
    out = body(v);
    return !(v <= asymptote);
  });
  return Describe(
      std::move(name), std::move(aliases), 1, 1,
      Signature({type::Double()}, type::Double(), std::move(kernel), {.nullable = true}),
      std::move(description), {{"SELECT " + example, std::move(result)}});
}

Bind Constant(double value) {
  return [value](const BindInput&) -> Result<BoundScalar> {
    return MakeBound({}, type::Double(),
                     [value](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeConstant(a.return_type, type::Value::Double(value),
                                                   a.num_rows);
                     },
                     {.nullable = false});
  };
}

Result<BoundScalar> BindLog(const BindInput& input) {
  if (input.types.size() == 1) {
    return MakeBound({type::Double()}, type::Double(), MakeKernel([](double v, double& out) {
                       out = std::log(v);
                       return !(v <= 0);
                     }),
                     {.nullable = true});
  }
  return MakeBound({type::Double(), type::Double()}, type::Double(),
                   MakeKernel([](double base, double v, double& out) {
                     out = std::log(v) / std::log(base);
                     return !(base <= 0) && !(v <= 0);
                   }),
                   {.nullable = true});
}

Result<BoundScalar> BindSign(const BindInput& input) {
  const auto sign = [](double v) -> double { return v > 0 ? 1.0 : (v < 0 ? -1.0 : v); };
  if (input.types[0]->is(TypeId::kYearMonthInterval)) {
    return Bound({input.types[0]}, type::Double(),
                 MakeKernel([=](int32_t v) -> double { return sign(v); }), false);
  }
  if (input.types[0]->is(TypeId::kDayTimeInterval)) {
    return Bound({input.types[0]}, type::Double(),
                 MakeKernel([=](int64_t v) -> double { return sign(static_cast<double>(v)); }),
                 false);
  }
  return MakeBound({type::Double()}, type::Double(), MakeKernel(sign));
}

/// Java's rounding to the nearest even integer.
double Rint(double v) {
  return std::nearbyint(v);
}

int64_t Factorial(int32_t n) {
  int64_t product = 1;
  for (int32_t i = 2; i <= n; ++i) {
    product *= i;
  }
  return product;
}

/// The bucket of `value` among `count` equal ones from low to high (which may run downwards): 0 and
/// count + 1 lie outside.
Row WidthBucket(double value, double low, double high, int64_t count, int64_t* out) {
  if (count <= 0 || count == std::numeric_limits<int64_t>::max() || std::isnan(value) ||
      low == high || std::isnan(low) || std::isinf(low) || std::isnan(high) || std::isinf(high)) {
    return Row::kNull;
  }
  const double lower = std::fmin(low, high);
  const double upper = std::fmax(low, high);
  const auto buckets = static_cast<double>(count);
  if (low < high) {
    *out = value < lower
               ? 0
               : (value >= upper
                      ? count + 1
                      : static_cast<int64_t>(buckets * (value - lower) / (upper - lower)) + 1);
  } else {
    *out = value > upper
               ? 0
               : (value <= lower
                      ? count + 1
                      : static_cast<int64_t>(buckets * (upper - value) / (upper - lower)) + 1);
  }
  return Row::kValue;
}

Result<BoundScalar> BindWidthBucket(const BindInput& input) {
  const auto& t = input.types;
  if (t[0]->is(TypeId::kYearMonthInterval) || t[0]->is(TypeId::kDayTimeInterval)) {
    const auto body = [](double v, double low, double high, int64_t n, int64_t& out) {
      return WidthBucket(v, low, high, n, &out);
    };
    ScalarKernel kernel =
        t[0]->is(TypeId::kYearMonthInterval)
            ? MakeKernel([=](int32_t v, int32_t l, int32_t h, int64_t n, int64_t& out) {
                return body(v, l, h, n, out);
              })
            : MakeKernel([=](int64_t v, int64_t l, int64_t h, int64_t n, int64_t& out) {
                return body(static_cast<double>(v), static_cast<double>(l), static_cast<double>(h),
                            n, out);
              });
    BoundScalar bound = MakeBound({t[0], t[0], t[0], type::Long()}, type::Long(), std::move(kernel),
                                  {.nullable = true});
    bound.casts_checked = true;
    return bound;
  }
  return MakeBound({type::Double(), type::Double(), type::Double(), type::Long()}, type::Long(),
                   MakeKernel([](double v, double low, double high, int64_t n, int64_t& out) {
                     return WidthBucket(v, low, high, n, &out);
                   }),
                   {.nullable = true});
}

}  // namespace

static const Registration kSqrt(OfDouble(
    "sqrt", {}, [](double v) -> double { return std::sqrt(v); }, "Returns the square root.",
    "sqrt(4)", "2.0"));
static const Registration kCbrt(OfDouble(
    "cbrt", {}, [](double v) -> double { return std::cbrt(v); }, "Returns the cube root.",
    "cbrt(27.0)", "3.0"));
static const Registration kExp(OfDouble(
    "exp", {}, [](double v) -> double { return std::exp(v); }, "Returns e to the power.", "exp(0)",
    "1.0"));
static const Registration kExpm1(OfDouble(
    "expm1", {}, [](double v) -> double { return std::expm1(v); }, "Returns exp(x) - 1.",
    "expm1(0)", "0.0"));
static const Registration kSin(OfDouble(
    "sin", {}, [](double v) -> double { return std::sin(v); }, "Returns the sine.", "sin(0)",
    "0.0"));
static const Registration kCos(OfDouble(
    "cos", {}, [](double v) -> double { return std::cos(v); }, "Returns the cosine.", "cos(0)",
    "1.0"));
static const Registration kTan(OfDouble(
    "tan", {}, [](double v) -> double { return std::tan(v); }, "Returns the tangent.", "tan(0)",
    "0.0"));
static const Registration kCot(OfDouble(
    "cot", {}, [](double v) -> double { return 1 / std::tan(v); }, "Returns the cotangent.",
    "cot(1)", "0.6420926159343306"));
static const Registration kSec(OfDouble(
    "sec", {}, [](double v) -> double { return 1 / std::cos(v); }, "Returns the secant.", "sec(0)",
    "1.0"));
static const Registration kCsc(OfDouble(
    "csc", {}, [](double v) -> double { return 1 / std::sin(v); }, "Returns the cosecant.",
    "csc(1)", "1.1883951057781212"));
static const Registration kAsin(OfDouble(
    "asin", {}, [](double v) -> double { return std::asin(v); }, "Returns the inverse sine.",
    "asin(0)", "0.0"));
static const Registration kAcos(OfDouble(
    "acos", {}, [](double v) -> double { return std::acos(v); }, "Returns the inverse cosine.",
    "acos(1)", "0.0"));
static const Registration kAtan(OfDouble(
    "atan", {}, [](double v) -> double { return std::atan(v); }, "Returns the inverse tangent.",
    "atan(0)", "0.0"));
static const Registration kSinh(OfDouble(
    "sinh", {}, [](double v) -> double { return std::sinh(v); }, "Returns the hyperbolic sine.",
    "sinh(0)", "0.0"));
static const Registration kCosh(OfDouble(
    "cosh", {}, [](double v) -> double { return std::cosh(v); }, "Returns the hyperbolic cosine.",
    "cosh(0)", "1.0"));
static const Registration kTanh(OfDouble(
    "tanh", {}, [](double v) -> double { return std::tanh(v); }, "Returns the hyperbolic tangent.",
    "tanh(0)", "0.0"));
static const Registration kAsinh(OfDouble(
    "asinh", {}, [](double v) -> double { return std::asinh(v); },
    "Returns the inverse hyperbolic sine.", "asinh(0)", "0.0"));
static const Registration kAcosh(OfDouble(
    "acosh", {}, [](double v) -> double { return std::acosh(v); },
    "Returns the inverse hyperbolic cosine.", "acosh(1)", "0.0"));
static const Registration kAtanh(OfDouble(
    "atanh", {}, [](double v) -> double { return std::atanh(v); },
    "Returns the inverse hyperbolic tangent.", "atanh(0)", "0.0"));
static const Registration kDegrees(OfDouble(
    "degrees", {}, [](double v) -> double { return v * (180.0 / kPi); },
    "Converts radians to degrees.", "degrees(3.141592653589793)", "180.0"));
static const Registration kRadians(OfDouble(
    "radians", {}, [](double v) -> double { return v / 180.0 * kPi; },
    "Converts degrees to radians.", "radians(180)", "3.141592653589793"));
static const Registration kRint(
    OfDouble("rint", {}, Rint, "Returns the nearest integer as a double, the even one of two.",
             "rint(12.3456)", "12.0"));
static const Registration kAtan2(OfTwoDoubles(
    "atan2", {}, [](double y, double x) -> double { return std::atan2(y + 0.0, x + 0.0); },
    "Returns the angle of the point (second, first).", "atan2(0, 0)", "0.0"));
static const Registration kPow(OfTwoDoubles(
    "power", {"pow"},
    [](double a, double b) -> double {
      // Java gives NaN where C gives 1: a base of 1 or -1 with an infinite or undefined exponent.
      if (std::isnan(b) || (std::isinf(b) && std::fabs(a) == 1)) {
        return std::numeric_limits<double>::quiet_NaN();
      }
      return std::pow(a, b);
    },
    "Returns the first raised to the power of the second.", "power(2, 3)", "8.0"));
static const Registration kHypot(OfTwoDoubles(
    "hypot", {}, [](double a, double b) -> double { return std::hypot(a, b); },
    "Returns the square root of the sum of squares.", "hypot(3, 4)", "5.0"));
static const Registration kLn(Logarithm(
    "ln", {}, 0, [](double v) { return std::log(v); },
    "Returns the natural logarithm, or null for 0 and less.", "ln(1)", "0.0"));
static const Registration kLog10(Logarithm(
    "log10", {}, 0, [](double v) { return std::log10(v); }, "Returns the logarithm of base 10.",
    "log10(10)", "1.0"));
static const Registration kLog2(Logarithm(
    "log2", {}, 0, [](double v) { return std::log(v) / std::log(2.0); },
    "Returns the logarithm of base 2.", "log2(2)", "1.0"));
static const Registration kLog1p(Logarithm(
    "log1p", {}, -1, [](double v) { return std::log1p(v); }, "Returns ln(1 + x).", "log1p(0)",
    "0.0"));
static const Registration kLog(
    Describe("log", {}, 1, 2, BindLog,
             "Returns the natural logarithm, or that of the second to the base of the first.",
             {{"SELECT log(10, 100)", "2.0"}}));
static const Registration kPiFunction(Describe("pi", {}, 0, 0, Constant(kPi), "Returns pi.",
                                               {{"SELECT pi()", "3.141592653589793"}}));
static const Registration kEFunction(Describe("e", {}, 0, 0, Constant(kE),
                                              "Returns Euler's number.",
                                              {{"SELECT e()", "2.718281828459045"}}));
static const Registration kSign(Describe("sign", {"signum"}, 1, 1, BindSign,
                                         "Returns -1.0, 0.0 or 1.0 by the sign.",
                                         {{"SELECT sign(40)", "1.0"}}));
static const Registration kFactorial(Describe("factorial", {}, 1, 1,
                                              Signature({type::Int()}, type::Long(),
                                                        MakeKernel([](int32_t n, int64_t& out) {
                                                          if (n < 0 || n > 20) {
                                                            return false;
                                                          }
                                                          out = Factorial(n);
                                                          return true;
                                                        }),
                                                        {.nullable = true}),
                                              "Returns the factorial of 0 to 20, else null.",
                                              {{"SELECT factorial(5)", "120"}}));
static const Registration kWidthBucket(
    Describe("width_bucket", {}, 4, 4, BindWidthBucket,
             "Returns the bucket of a value among equally wide ones between two bounds.",
             {{"SELECT width_bucket(5.3, 0.2, 10.6, 5)", "3"}}));

}  // namespace emery::functions
