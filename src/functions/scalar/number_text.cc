#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"
#include "type/text.h"

/// hex, unhex, bin, conv: numbers as digits of other bases.
namespace emery::functions {

using type::TypeId;
using type::TypePtr;

namespace {

void AppendDigits(uint64_t value, unsigned base, StringWriter* out) {
  char text[64];
  int at = 64;
  do {
    text[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base];
    value /= base;
  } while (value != 0);
  out->Append(std::string_view(text + at, static_cast<size_t>(64 - at)));
}

Result<BoundScalar> BindHex(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is_string() || t->is(TypeId::kBinary)) {
    return Bound({t}, type::String(), MakeKernel([](std::string_view s, StringWriter& out) {
                   out.Append(type::FormatHex(s));
                 }),
                 false);
  }
  if (type::ImplicitCast(t, type::Long(), IsAnsi(input)) == nullptr &&
      type::ImplicitCast(t, type::String(), IsAnsi(input)) != nullptr) {
    return Bound(
        {type::String()}, type::String(),
        MakeKernel([](std::string_view s, StringWriter& out) { out.Append(type::FormatHex(s)); }),
        false);
  }
  BoundScalar bound =
      Bound({type::Long()}, type::String(), MakeKernel([](int64_t v, StringWriter& out) {
              AppendDigits(static_cast<uint64_t>(v), 16, &out);
            }),
            true);
  bound.casts_checked = false;
  return bound;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool Unhex(std::string_view s, StringWriter& out) {
  size_t i = 0;
  if (s.size() % 2 == 1) {
    const int digit = HexDigit(s[0]);
    if (digit < 0) {
      return false;
    }
    out.Append(static_cast<char>(digit));
    i = 1;
  }
  for (; i < s.size(); i += 2) {
    const int high = HexDigit(s[i]);
    const int low = HexDigit(s[i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    out.Append(static_cast<char>(high * 16 + low));
  }
  return true;
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

/// Digits of one base to another, through 64 unsigned bits; a negative target base gives a signed
/// result. As Hive's conv: reads as far as there are digits; what passes 64 bits is all ones, or an
/// error in ANSI mode.
Row Convert(std::string_view text, int32_t from, int32_t to, bool strict, StringWriter& out) {
  if (from < 2 || from > 36 || to == 0 || to < -36 || to > 36 || (to > -2 && to < 2)) {
    return Row::kNull;
  }
  text = type::TrimAll(text);
  if (text.empty()) {
    return Row::kNull;
  }
  const bool negative = text[0] == '-';
  uint64_t value = 0;
  for (size_t i = negative ? 1 : 0; i < text.size(); ++i) {
    const int digit = DigitOf(text[i]);
    if (digit >= from) {
      break;
    }
    const auto wide = static_cast<unsigned __int128>(value) * static_cast<unsigned>(from) +
                      static_cast<unsigned>(digit);
    if ((wide >> 64) != 0) {
      if (strict) {
        return Row::kError;
      }
      value = ~uint64_t{0};
      break;
    }
    value = static_cast<uint64_t>(wide);
  }
  bool sign = negative;
  if (negative && to > 0) {
    // Two's complement, unless it does not fit into a signed number.
    value = static_cast<int64_t>(value) < 0 ? ~uint64_t{0} : -value;
    sign = false;
  }
  if (to < 0) {
    if (!negative && static_cast<int64_t>(value) < 0) {
      value = -value;
      sign = true;
    }
    if (sign) {
      out.Append('-');
    }
    AppendDigits(value, static_cast<unsigned>(-to), &out);
    return Row::kValue;
  }
  AppendDigits(value, static_cast<unsigned>(to), &out);
  return Row::kValue;
}

ScalarKernel ConvKernel() {
  return [](const KernelArguments& a) {
    const bool strict = a.mode == plan::EvalMode::kAnsi;
    return Map(
        a,
        [strict](std::string_view s, int32_t from, int32_t to, StringWriter& out) {
          return Convert(s, from, to, strict, out);
        },
        [](const KernelArguments&, int64_t) {
          return ArithmeticOverflow("Overflow in function conv()", "");
        });
  };
}

ScalarFunction Describe(std::string name, int arguments, Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.min_arguments = arguments;
  function.max_arguments = arguments;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.5.0";
  return function;
}

}  // namespace

static const Registration kHex(Describe("hex", 1, BindHex,
                                        "Returns hexadecimal digits of a number, string or binary.",
                                        {{"SELECT hex(17)", "11"}}));
static const Registration kUnhex(Describe(
    "unhex", 1, Signature({type::String()}, type::Binary(), MakeKernel(Unhex), {.nullable = true}),
    "Returns the bytes that hexadecimal digits stand for, or null.",
    {{"SELECT decode(unhex('537061726B'), 'UTF-8')", "Spark"}}));
static const Registration kBin(
    Describe("bin", 1,
             Signature({type::Long()}, type::String(), MakeKernel([](int64_t v, StringWriter& out) {
                         AppendDigits(static_cast<uint64_t>(v), 2, &out);
                       })),
             "Returns the binary digits of a number.", {{"SELECT bin(13)", "1101"}}));
static const Registration kConv(
    Describe("conv", 3,
             Signature({type::String(), type::Int(), type::Int()}, type::String(), ConvKernel(),
                       {.can_fail = true, .nullable = true}),
             "Converts the digits of a number from one base to another.",
             {{"SELECT conv('100', 2, 10)", "4"}}));

}  // namespace emery::functions
