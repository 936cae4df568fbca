#pragma once

#include <string>
#include <string_view>

#include "functions/vectorize.h"
#include "type/data_type.h"

namespace emery::functions {

// ---- errors that operators share
// -----------------------------------------------------------------------------

/// "integer overflow", "long overflow"; `try_function` (may be empty) is what the message advises.
Status ArithmeticOverflow(std::string_view what, std::string_view try_function);
/// Of tinyint and smallint, which Spark reports in another way: "127Y + 1Y caused overflow."
Status BinaryArithmeticOverflow(std::string_view left, std::string_view symbol,
                                std::string_view right, std::string_view try_function);
Status DivideByZero();
Status RemainderByZero();
Status IntervalArithmeticOverflow(std::string_view try_function);
Status IntervalDividedByZero();
Status DecimalValueOutOfRange(std::string_view value, const type::DataType& type);
/// DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES and …WRONG_TYPE.
Status OperandTypesDiffer(const BindInput& input);
Status OperandTypeWrong(const BindInput& input, std::string_view required,
                        const type::DataType& actual);

// ---- how operators bind
// ----------------------------------------------------------------------------------------

/// spark.sql.ansi.enabled of the session; while only types are asked for, told from the mode.
bool IsAnsi(const BindInput& input);
/// spark.sql.decimalOperations.allowPrecisionLoss.
bool AllowPrecisionLoss(const BindInput& input);

/// A decimal that an operand becomes beside another decimal: a literal integer only as wide as its
/// digits.
type::TypePtr AsDecimalOperand(const BindInput& input, size_t index);

/// The kernel of "+", "-", "*", "/", "div", "%" or "pmod" over two decimals (of the given types)
/// with the given result.
enum class DecimalOperator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kIntegralDivide,
  kRemainder,
  kPmod
};
ScalarKernel DecimalKernel(DecimalOperator op, const type::DataType& left,
                           const type::DataType& right, const type::DataType& result);

/// "+" and "-" where a date, timestamp or interval takes part; nothing if they do not.
std::optional<Result<BoundScalar>> BindDatetimeArithmetic(const BindInput& input, bool subtract);
/// "*" and "/" of an interval by a number.
std::optional<Result<BoundScalar>> BindIntervalScaling(const BindInput& input, bool divide);

inline BoundScalar Bound(std::vector<type::TypePtr> arguments, type::TypePtr result,
                         ScalarKernel kernel, bool can_fail,
                         std::optional<bool> nullable = std::nullopt) {
  BoundScalar bound = MakeBound(std::move(arguments), std::move(result), std::move(kernel),
                                {.can_fail = can_fail, .nullable = nullable});
  bound.casts_checked = true;
  return bound;
}

/// Calls f with the C++ type of an integral, float or double type.
template <class F>
decltype(auto) DispatchNumber(const type::DataType& t, F&& f) {
  switch (t.id()) {
    case type::TypeId::kByte:
      return f(std::type_identity<int8_t>{});
    case type::TypeId::kShort:
      return f(std::type_identity<int16_t>{});
    case type::TypeId::kInt:
      return f(std::type_identity<int32_t>{});
    case type::TypeId::kLong:
      return f(std::type_identity<int64_t>{});
    case type::TypeId::kFloat:
      return f(std::type_identity<float>{});
    default:
      return f(std::type_identity<double>{});
  }
}

template <class F>
decltype(auto) DispatchInteger(const type::DataType& t, F&& f) {
  switch (t.id()) {
    case type::TypeId::kByte:
      return f(std::type_identity<int8_t>{});
    case type::TypeId::kShort:
      return f(std::type_identity<int16_t>{});
    case type::TypeId::kInt:
      return f(std::type_identity<int32_t>{});
    default:
      return f(std::type_identity<int64_t>{});
  }
}

/// Maps `body(a, b, &bad)` over two integer arguments of type T. The body returns the wrapped
/// result and ORs something negative into `bad` on overflow, so that all rows run without a branch.
/// Rows that overflow fail in kAnsi mode and are null in kTry mode. (kLegacy keeps the wrapped
/// result: use Map.)
template <class T, class Body, class Error>
Result<VectorPtr> MapChecked(const KernelArguments& arguments, const Body& body,
                             const Error& error) {
  if (HasConstantNull(arguments.arguments)) {
    return Vector::MakeNull(arguments.return_type, arguments.num_rows);
  }
  const bool one_row = AllConstant(arguments.arguments);
  const int64_t n = one_row ? (arguments.num_rows > 0 ? 1 : 0) : arguments.num_rows;
  const auto read = [](const VectorPtr& v) {
    return v->is_dictionary() ? columnar::Flatten(v) : v;
  };
  const VectorPtr left = read(arguments.arguments[0]);
  const VectorPtr right = read(arguments.arguments[1]);
  const T* a = left->values<T>();
  const T* b = right->values<T>();
  columnar::BufferPtr values = columnar::Buffer::Allocate(n * sizeof(T));
  T* out = reinterpret_cast<T*>(values->mutable_data());
  T bad = 0;
  if (right->is_constant()) {
    const T constant = b[0];
    for (int64_t i = 0; i < n; ++i) {
      out[i] = body(a[i], constant, &bad);
    }
  } else if (left->is_constant()) {
    const T constant = a[0];
    for (int64_t i = 0; i < n; ++i) {
      out[i] = body(constant, b[i], &bad);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      out[i] = body(a[i], b[i], &bad);
    }
  }
  columnar::BufferPtr validity = one_row ? nullptr : CombineValidity(arguments.arguments, n);
  if (bad < 0) {
    // Perhaps only below nulls: look at the rows that count.
    columnar::BufferPtr kept = columnar::AllocateBits(n, true);
    auto* bits = reinterpret_cast<uint64_t*>(kept->mutable_data());
    const int64_t left_mask = left->is_constant() ? 0 : -1;
    const int64_t right_mask = right->is_constant() ? 0 : -1;
    for (int64_t i = 0; i < n; ++i) {
      T row_bad = 0;
      (void)body(a[i & left_mask], b[i & right_mask], &row_bad);
      const bool valid = validity == nullptr ||
                         columnar::GetBit(reinterpret_cast<const uint64_t*>(validity->data()), i);
      if (valid && row_bad < 0 && arguments.mode == plan::EvalMode::kAnsi) {
        return Status(error(arguments, i));
      }
      if (!valid || row_bad < 0) {
        columnar::ClearBit(bits, i);
      }
    }
    validity = std::move(kept);
  }
  VectorPtr result =
      Vector::MakeFlat(arguments.return_type, n, std::move(values), std::move(validity));
  return one_row && n > 0 ? Vector::MakeConstant(result, 0, arguments.num_rows) : result;
}

}  // namespace emery::functions
