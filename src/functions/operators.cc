#include <string>

#include "base/config.h"
#include "base/error.h"
#include "functions/operators_internal.h"
#include "type/decimal.h"

namespace emery::functions {

namespace {

constexpr const char* kBypass =
    " If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.";

std::string Tolerate(std::string_view try_function) {
  return try_function.empty() ? std::string()
                              : " Use '" + std::string(try_function) +
                                    "' to tolerate overflow and return NULL instead.";
}

std::string Quoted(const type::DataType& t) {
  return "\"" + t.Sql() + "\"";
}

}  // namespace

Status ArithmeticOverflow(std::string_view what, std::string_view try_function) {
  return base::UserError("ARITHMETIC_OVERFLOW",
                         std::string(what) + "." + Tolerate(try_function) + kBypass,
                         {{"message", std::string(what)},
                          {"alternative", Tolerate(try_function)},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

Status BinaryArithmeticOverflow(std::string_view left, std::string_view symbol,
                                std::string_view right, std::string_view try_function) {
  return base::UserError(
      "BINARY_ARITHMETIC_OVERFLOW",
      std::string(left) + " " + std::string(symbol) + " " + std::string(right) +
          " caused overflow." +
          (try_function.empty() ? ""
                                : " Use `" + std::string(try_function) +
                                      "` to ignore overflow problem and return NULL."),
      {{"value1", std::string(left)},
       {"symbol", std::string(symbol)},
       {"value2", std::string(right)}});
}

Status DivideByZero() {
  return base::UserError(
      "DIVIDE_BY_ZERO",
      "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead." +
          std::string(kBypass),
      {{"config", "\"spark.sql.ansi.enabled\""}});
}

Status RemainderByZero() {
  return base::UserError(
      "REMAINDER_BY_ZERO",
      "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead." +
          std::string(kBypass),
      {{"config", "\"spark.sql.ansi.enabled\""}});
}

Status IntervalArithmeticOverflow(std::string_view try_function) {
  if (try_function.empty()) {
    return base::UserError("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
                           "Integer overflow while operating with intervals. Try devising "
                           "appropriate values for the interval "
                           "parameters.");
  }
  return base::UserError("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
                         "Integer overflow while operating with intervals. Use `" +
                             std::string(try_function) +
                             "` to tolerate overflow and return NULL instead.",
                         {{"functionName", base::QuoteIdentifier(try_function)}});
}

Status IntervalDividedByZero() {
  return base::UserError(
      "INTERVAL_DIVIDED_BY_ZERO",
      "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
}

Status DecimalValueOutOfRange(std::string_view value, const type::DataType& t) {
  const std::string precision = std::to_string(t.precision());
  const std::string scale = std::to_string(t.scale());
  return base::UserError("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                         "The " + std::string(value) + " cannot be represented as Decimal(" +
                             precision + ", " + scale +
                             "). If necessary set \"spark.sql.ansi.enabled\" to \"false\" to "
                             "bypass this error, and return NULL "
                             "instead.",
                         {{"value", std::string(value)},
                          {"precision", precision},
                          {"scale", scale},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

Status OperandTypesDiffer(const BindInput& input) {
  return base::UserError(
      "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
      "Cannot resolve \"" + std::string(input.name) +
          "\" due to data type mismatch: the left and right operands of the binary operator have "
          "incompatible types (" +
          Quoted(*input.types[0]) + " and " + Quoted(*input.types[1]) + ").",
      {{"left", Quoted(*input.types[0])}, {"right", Quoted(*input.types[1])}});
}

Status OperandTypeWrong(const BindInput& input, std::string_view required,
                        const type::DataType& actual) {
  return base::UserError(
      "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
      "Cannot resolve \"" + std::string(input.name) +
          "\" due to data type mismatch: the binary operator requires the input type " +
          std::string(required) + ", not " + Quoted(actual) + ".",
      {{"inputType", std::string(required)}, {"actualDataType", Quoted(actual)}});
}

bool IsAnsi(const BindInput& input) {
  return input.context != nullptr ? input.context->ansi : input.mode != plan::EvalMode::kLegacy;
}

bool AllowPrecisionLoss(const BindInput& input) {
  return input.context == nullptr || input.context->config == nullptr ||
         input.context->config->GetBool("spark.sql.decimalOperations.allowPrecisionLoss", true);
}

type::TypePtr AsDecimalOperand(const BindInput& input, size_t index) {
  const type::DataType& t = *input.types[index];
  if (t.is_integral() && index < input.literals.size() && input.literals[index] != nullptr &&
      !input.literals[index]->value.is_null()) {
    int digits = 1;
    for (int64_t v = input.literals[index]->value.integer() / 10; v != 0; v /= 10) {
      ++digits;
    }
    return type::Decimal(digits, 0);
  }
  if (t.is_decimal()) {
    return input.types[index];
  }
  return type::DecimalForType(t);
}

}  // namespace emery::functions
