#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"

/// & | ^ ~, shifts, bit_count, bit_get.
namespace emery::functions {

using type::TypeId;
using type::TypePtr;

namespace {

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, int arguments,
                        Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = arguments;
  function.max_arguments = arguments;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.4.0";
  return function;
}

enum class BitOperator : uint8_t { kAnd, kOr, kXor };

Bind BitwiseBind(BitOperator op) {
  return [op](const BindInput& input) -> Result<BoundScalar> {
    const TypePtr& left = input.types[0];
    const TypePtr& right = input.types[1];
    TypePtr common;
    if (left->is_null() || right->is_null()) {
      common = left->is_null() ? (right->is_null() ? type::Int() : right) : left;
    } else if (left->is_string() != right->is_string()) {
      common =
          left->is_string() ? right : left;  // a string beside an integer is read as that integer
      if (common->is_integral() && IsAnsi(input)) {
        common = type::Long();
      }
    } else {
      common = left->SameType(*right) ? left : type::TightestCommonType(left, right, IsAnsi(input));
    }
    if (common == nullptr) {
      return OperandTypesDiffer(input);
    }
    if (!common->is_integral()) {
      if (!left->SameType(*right)) {
        return OperandTypesDiffer(input);
      }
      return OperandTypeWrong(input, "\"INTEGRAL\"", *common);
    }
    ScalarKernel kernel =
        DispatchInteger(*common, [op]<class T>(std::type_identity<T>) -> ScalarKernel {
          switch (op) {
            case BitOperator::kAnd:
              return MakeKernel([](T a, T b) -> T { return static_cast<T>(a & b); });
            case BitOperator::kOr:
              return MakeKernel([](T a, T b) -> T { return static_cast<T>(a | b); });
            case BitOperator::kXor:
              break;
          }
          return MakeKernel([](T a, T b) -> T { return static_cast<T>(a ^ b); });
        });
    return Bound({common, common}, common, std::move(kernel), false);
  };
}

Result<BoundScalar> BindBitNot(const BindInput& input) {
  const TypePtr t =
      input.types[0]->is_null() || input.types[0]->is_string() ? type::Long() : input.types[0];
  if (!t->is_integral()) {
    return UnexpectedInputType(input, 0, "\"INTEGRAL\"");
  }
  return Bound({t}, t,
               DispatchInteger(*t,
                               []<class T>(std::type_identity<T>) {
                                 return MakeKernel([](T v) -> T { return static_cast<T>(~v); });
                               }),
               false);
}

enum class Shift : uint8_t { kLeft, kRight, kRightUnsigned };

/// As Java: only the low 5 (int) or 6 (long) bits of the distance count.
template <class T>
ScalarKernel ShiftKernel(Shift shift) {
  using U = std::make_unsigned_t<T>;
  constexpr int32_t kMask = sizeof(T) * 8 - 1;
  switch (shift) {
    case Shift::kLeft:
      return MakeKernel(
          [](T v, int32_t by) -> T { return static_cast<T>(static_cast<U>(v) << (by & kMask)); });
    case Shift::kRight:
      return MakeKernel([](T v, int32_t by) -> T { return static_cast<T>(v >> (by & kMask)); });
    case Shift::kRightUnsigned:
      break;
  }
  return MakeKernel(
      [](T v, int32_t by) -> T { return static_cast<T>(static_cast<U>(v) >> (by & kMask)); });
}

Bind ShiftBind(Shift shift) {
  return [shift](const BindInput& input) -> Result<BoundScalar> {
    const TypePtr value = input.types[0]->is(TypeId::kLong) ? type::Long() : type::Int();
    if (type::ImplicitCast(input.types[0], value, IsAnsi(input)) == nullptr) {
      return UnexpectedInputType(input, 0, "(\"INT\" or \"BIGINT\")");
    }
    BoundScalar bound =
        Bound({value, type::Int()}, value,
              value->is(TypeId::kLong) ? ShiftKernel<int64_t>(shift) : ShiftKernel<int32_t>(shift),
              false);
    bound.casts_checked = false;
    return bound;
  };
}

Result<BoundScalar> BindBitCount(const BindInput& input) {
  const TypePtr t = input.types[0]->is(TypeId::kBoolean) ? input.types[0] : type::Long();
  if (!input.types[0]->is(TypeId::kBoolean) && !input.types[0]->is_integral() &&
      !input.types[0]->is_null()) {
    return UnexpectedInputType(input, 0, "(\"INTEGRAL\" or \"BOOLEAN\")");
  }
  if (t->is(TypeId::kBoolean)) {
    return Bound({t}, type::Int(),
                 MakeKernel([](bool v) -> int32_t { return static_cast<int32_t>(v); }), false);
  }
  return Bound({t}, type::Int(), MakeKernel([](int64_t v) -> int32_t {
                 return __builtin_popcountll(static_cast<uint64_t>(v));
               }),
               false);
}

Result<BoundScalar> BindBitGet(const BindInput& input) {
  const TypePtr t = input.types[0]->is_integral() ? input.types[0] : type::Long();
  if (!input.types[0]->is_integral() && !input.types[0]->is_null() &&
      !input.types[0]->is_string()) {
    return UnexpectedInputType(input, 0, "\"INTEGRAL\"");
  }
  ScalarKernel kernel = DispatchInteger(*t, []<class T>(std::type_identity<T>) -> ScalarKernel {
    constexpr int32_t kBits = sizeof(T) * 8;
    return [](const KernelArguments& a) -> Result<VectorPtr> {
      // Out of range is an error in every mode.
      const KernelArguments strict{a.arguments, a.num_rows, a.return_type,
                                   a.state,     a.context,  plan::EvalMode::kAnsi};
      return Map(
          strict,
          [](T v, int32_t position, int8_t& out) {
            if (position < 0 || position >= kBits) {
              return Row::kError;
            }
            out = static_cast<int8_t>((static_cast<int64_t>(v) >> position) & 1);
            return Row::kValue;
          },
          [](const KernelArguments& k, int64_t row) {
            const std::string position = std::to_string(Argument<int32_t>(k, 1, row));
            return base::UserError("INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
                                   "The value of parameter(s) `pos` in `bit_get` is invalid: "
                                   "expects an integer value in [0, " +
                                       std::to_string(kBits) + "), but got " + position + ".",
                                   {{"parameter", "`pos`"},
                                    {"functionName", "`bit_get`"},
                                    {"upper", std::to_string(kBits)},
                                    {"invalidValue", position}});
          });
    };
  });
  return Bound({t, type::Int()}, type::Byte(), std::move(kernel), true);
}

}  // namespace

static const Registration kBitAnd(Describe("&", {}, 2, BitwiseBind(BitOperator::kAnd),
                                           "Returns the bitwise AND.", {{"SELECT 3 & 5", "1"}}));
static const Registration kBitOr(Describe("|", {}, 2, BitwiseBind(BitOperator::kOr),
                                          "Returns the bitwise OR.", {{"SELECT 3 | 5", "7"}}));
static const Registration kBitXor(Describe("^", {}, 2, BitwiseBind(BitOperator::kXor),
                                           "Returns the bitwise exclusive OR.",
                                           {{"SELECT 3 ^ 5", "6"}}));
static const Registration kBitNot(Describe("~", {}, 1, BindBitNot, "Returns the bitwise opposite.",
                                           {{"SELECT ~ 0", "-1"}}));
static const Registration kShiftLeft(Describe("shiftleft", {"<<"}, 2, ShiftBind(Shift::kLeft),
                                              "Shifts bits to the left.",
                                              {{"SELECT shiftleft(2, 1)", "4"}}));
static const Registration kShiftRight(Describe("shiftright", {">>"}, 2, ShiftBind(Shift::kRight),
                                               "Shifts bits to the right, keeping the sign.",
                                               {{"SELECT shiftright(4, 1)", "2"}}));
static const Registration kShiftRightUnsigned(Describe(
    "shiftrightunsigned", {">>>"}, 2, ShiftBind(Shift::kRightUnsigned),
    "Shifts bits to the right, filling with zeros.", {{"SELECT shiftrightunsigned(4, 1)", "2"}}));
static const Registration kBitCount(
    Describe("bit_count", {}, 1, BindBitCount,
             "Returns the number of bits that are set, of the value as a bigint.",
             {{"SELECT bit_count(0)", "0"}}));
static const Registration kBitGet(
    Describe("bit_get", {"getbit"}, 2, BindBitGet,
             "Returns the bit at a position, counted from the right from 0.",
             {{"SELECT bit_get(11, 0)", "1"}}));

}  // namespace emery::functions
