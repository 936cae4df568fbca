// Strings made from several values: concat, concat_ws, format_number, format_string, elt, mask,
// sentences, randstr.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypeId;
using type::TypePtr;

// ---- concat
// --------------------------------------------------------------------------------------------------------------------

Result<VectorPtr> ConcatStrings(const KernelArguments& a) {
  if (HasConstantNull(a.arguments)) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const columnar::BufferPtr validity = CombineValidity(a.arguments, a.num_rows);
  const auto* valid =
      validity == nullptr ? nullptr : reinterpret_cast<const uint64_t*>(validity->data());
  columnar::FlatWriter out(a.return_type, a.num_rows);
  if (valid != nullptr) {
    out.SetValidity(valid);
  }
  std::vector<VectorReader<StringView>> readers;
  for (const VectorPtr& v : a.arguments) {
    readers.emplace_back(*v);
  }
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (valid != nullptr && !columnar::GetBit(valid, i)) {
      continue;
    }
    size_t size = 0;
    for (const auto& r : readers) {
      size += r[i].size();
    }
    char inlined[StringView::kInlineSize];
    char* start = size <= StringView::kInlineSize ? inlined : out.heap().Allocate(size);
    char* p = start;
    for (const auto& r : readers) {
      const StringView& s = r[i];
      std::memcpy(p, s.data(), s.size());
      p += s.size();
    }
    out.values<StringView>()[i] = StringView(start, static_cast<uint32_t>(size));
  }
  return out.Finish(a.num_rows);
}

Result<VectorPtr> ConcatArrays(const KernelArguments& a) {
  if (HasConstantNull(a.arguments)) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const auto out = VectorBuilder::Make(a.return_type);
  std::vector<VectorPtr> lists;
  for (const VectorPtr& v : a.arguments) {
    lists.push_back(columnar::FlattenDeep(v));
  }
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (std::any_of(lists.begin(), lists.end(), [&](const VectorPtr& v) { return v->IsNull(i); })) {
      out->AppendNull();
      continue;
    }
    for (const VectorPtr& v : lists) {
      const ListEntry e = v->values<ListEntry>()[i];
      if (e.length > 0) {
        out->child(0).AppendRange(*v->children()[0], e.offset, e.length);
      }
    }
    out->AppendNested();
  }
  return out->Finish();
}

Result<BoundScalar> BindConcat(const BindInput& input) {
  if (input.types.empty()) {
    return MakeBound({}, type::String(),
                     [](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeConstant(a.return_type, type::Value::String(""),
                                                   a.num_rows);
                     },
                     {.nullable = false});
  }
  const bool array = std::any_of(input.types.begin(), input.types.end(),
                                 [](const TypePtr& t) { return t->is(TypeId::kArray); });
  const bool binary = std::all_of(input.types.begin(), input.types.end(),
                                  [](const TypePtr& t) { return t->is(TypeId::kBinary); });
  if (!array) {
    const TypePtr t = binary ? type::Binary() : type::String();
    for (size_t i = 0; i < input.types.size(); ++i) {
      if (input.types[i]->is_nested()) {
        return UnexpectedType(input, static_cast<int>(i),
                              "(\"STRING\" or \"BINARY\" or \"ARRAY\")");
      }
    }
    return MakeBound(std::vector<TypePtr>(input.types.size(), t), t, ConcatStrings);
  }
  TypePtr common = input.types[0];
  for (const TypePtr& t : input.types) {
    TypePtr wider = t->is_null() ? nullptr : WidestType(common, t, input.mode);
    if (wider == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Cannot resolve \"concat\" due to data type mismatch: Input to "
                             "`concat` should all be the same type, "
                             "but it's [\"" +
                                 common->Sql() + "\", \"" + t->Sql() + "\"].",
                             {{"functionName", "`concat`"},
                              {"dataType", "[\"" + common->Sql() + "\", \"" + t->Sql() + "\"]"}});
    }
    common = wider;
  }
  return MakeBound(std::vector<TypePtr>(input.types.size(), common), common, ConcatArrays);
}

Result<BoundScalar> BindConcatWs(const BindInput& input) {
  std::vector<TypePtr> arguments = {type::String()};
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  for (size_t i = 1; i < input.types.size(); ++i) {
    const TypePtr& t = input.types[i];
    if (t->is(TypeId::kArray)) {
      arguments.push_back(type::Array(type::String(), t->contains_null()));
    } else {
      ARROW_ASSIGN_OR_RAISE(TypePtr s, Require(input, static_cast<int>(i), type::String()));
      arguments.push_back(std::move(s));
    }
  }
  const auto kernel = [](const KernelArguments& a) -> Result<VectorPtr> {
    columnar::FlatWriter out(a.return_type, a.num_rows);
    const VectorReader<StringView> separator(*a.arguments[0]);
    std::vector<VectorPtr> values;
    for (const VectorPtr& v : a.arguments) {
      values.push_back(columnar::FlattenDeep(v));
    }
    std::string text;
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (separator.IsNull(i)) {
        out.SetNull(i);
        continue;
      }
      text.clear();
      bool first = true;
      const auto add = [&](string_view s) {
        if (!first) {
          text.append(separator[i].view());
        }
        first = false;
        text.append(s);
      };
      for (size_t k = 1; k < values.size(); ++k) {
        const Vector& v = *values[k];
        if (v.IsNull(i)) {
          continue;
        }
        if (v.physical() == type::PhysicalType::kList) {
          const ListEntry e = v.values<ListEntry>()[i];
          const Vector& items = *v.children()[0];
          for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
            if (!items.IsNull(j)) {
              add(items.values<StringView>()[j].view());
            }
          }
        } else {
          add(v.values<StringView>()[i].view());
        }
      }
      out.SetString(i, text);
    }
    return out.Finish(a.num_rows);
  };
  SignatureOptions options{.null_propagating = false};
  if (!input.nullable.empty()) {
    options.nullable = static_cast<bool>(input.nullable[0]);
  }
  return MakeBound(std::move(arguments), type::String(), kernel, options);
}

// ---- elt
// -------------------------------------------------------------------------------------------------------------------------

Result<BoundScalar> BindElt(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Int()).status());
  bool binary = true;
  for (size_t i = 1; i < input.types.size(); ++i) {
    binary &= input.types[i]->is(TypeId::kBinary);
    if (input.types[i]->is_nested()) {
      return UnexpectedType(input, static_cast<int>(i), "(\"STRING\" or \"BINARY\")");
    }
  }
  const TypePtr t = binary ? type::Binary() : type::String();
  std::vector<TypePtr> arguments(input.types.size(), t);
  arguments[0] = type::Int();
  return MakeBound(
      std::move(arguments), t,
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<int32_t> index(*a.arguments[0]);
        std::vector<VectorReader<StringView>> values;
        for (const VectorPtr& v : a.arguments) {
          values.emplace_back(*v);
        }
        const auto count = static_cast<int32_t>(a.arguments.size()) - 1;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (index.IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          const int32_t n = index[i];
          if (n <= 0 || n > count) {
            if (a.mode == plan::EvalMode::kAnsi) {
              return base::UserError(
                  "INVALID_ARRAY_INDEX",
                  "The index " + std::to_string(n) + " is out of bounds. The array has " +
                      std::to_string(count) +
                      " elements. Use the SQL function `get()` to tolerate accessing element at "
                      "invalid index and "
                      "return NULL instead.",
                  {{"indexValue", std::to_string(n)}, {"arraySize", std::to_string(count)}});
            }
            out.SetNull(i);
          } else if (values[n].IsNull(i)) {
            out.SetNull(i);
          } else {
            out.SetString(i, values[n][i].view());
          }
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .null_propagating = false, .nullable = true});
}

// ---- mask
// ---------------------------------------------------------------------------------------------------------------------------

// mask(s[, upper[, lower[, digit[, other]]]]): a null replacement keeps those characters.
Result<BoundScalar> BindMask(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
    const auto value = LiteralString(input, i);
    if (i > 0 && value.has_value() && CountCharacters(*value) != 1) {
      static constexpr const char* kNames[] = {"", "upperChar", "lowerChar", "digitChar",
                                               "otherChar"};
      return base::UserError(
          "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE",
          std::string("Cannot resolve \"mask\" due to data type mismatch: Length of ") + kNames[i] +
              " should be 1.",
          {{"exprName", kNames[i]}});
    }
  }
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), type::String()), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        std::vector<VectorReader<StringView>> r;
        for (const VectorPtr& v : a.arguments) {
          r.emplace_back(*v);
        }
        std::string text;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (r[0].IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          const string_view s = r[0][i].view();
          text.clear();
          for (size_t at = 0; at < s.size();) {
            const size_t start = at;
            const uint32_t c = DecodeUtf8(s, &at);
            const bool lower = IsLetterCodePoint(c) && ToUpperCodePoint(c) != c;
            const bool upper = IsLetterCodePoint(c) && !lower && ToLowerCodePoint(c) != c;
            const size_t kind = upper ? 1 : lower ? 2 : (c >= '0' && c <= '9') ? 3 : 4;
            static constexpr const char* kDefaults[] = {"", "X", "x", "n", ""};
            if (kind < r.size()) {
              text.append(r[kind].IsNull(i) ? s.substr(start, at - start) : r[kind][i].view());
            } else {
              text.append(kind == 4 ? s.substr(start, at - start) : string_view(kDefaults[kind]));
            }
          }
          out.SetString(i, text);
        }
        return out.Finish(a.num_rows);
      },
      {.null_propagating = false});
}

// ---- format_number
// --------------------------------------------------------------------------------------------------------------------

void AppendGrouped(string_view digits, std::string* out) {
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      out->push_back(',');
    }
    out->push_back(digits[i]);
  }
}

// `unscaled` at `scale` with `places` digits behind the point, half even as Java's DecimalFormat
// rounds.
std::string FormatGrouped(type::int128_t unscaled, int scale, int places) {
  bool negative = unscaled < 0;
  std::string digits = type::FormatInt128(negative ? -unscaled : unscaled);
  if (scale > places) {
    const int drop = scale - places;
    if (static_cast<int>(digits.size()) <= drop) {
      digits.insert(0, drop - digits.size() + 1, '0');
    }
    const std::string dropped = digits.substr(digits.size() - drop);
    digits.resize(digits.size() - drop);
    const std::string half = "5" + std::string(drop - 1, '0');
    const bool up = dropped > half || (dropped == half && ((digits.back() - '0') % 2 == 1));
    if (up) {
      size_t i = digits.size();
      while (i > 0 && digits[i - 1] == '9') {
        digits[--i] = '0';
      }
      if (i == 0) {
        digits.insert(0, 1, '1');
      } else {
        ++digits[i - 1];
      }
    }
  } else {
    digits.append(places - scale, '0');
  }
  if (static_cast<int>(digits.size()) <= places) {
    digits.insert(0, places - digits.size() + 1, '0');
  }
  std::string out;
  if (negative && digits.find_first_not_of('0') != std::string::npos) {
    out.push_back('-');
  } else if (negative) {
    out.push_back('-');  // Java writes -0 for what rounds to zero from below
  }
  AppendGrouped(string_view(digits).substr(0, digits.size() - places), &out);
  if (places > 0) {
    out.push_back('.');
    out.append(digits, digits.size() - places);
  }
  return out;
}

// A double's exact value rounded half even: printf's rounding of the exact binary value.
std::string FormatGroupedDouble(double v, int places) {
  if (std::isnan(v)) {
    return "NaN";
  }
  if (std::isinf(v)) {
    return v < 0 ? "-∞" : "∞";
  }
  char buffer[512];
  const int n = std::snprintf(buffer, sizeof(buffer), "%.*f", places, std::fabs(v));
  const string_view text(buffer, n);
  const size_t point = text.find('.');
  std::string out = std::signbit(v) ? "-" : "";
  AppendGrouped(text.substr(0, point), &out);
  if (point != string_view::npos) {
    out.append(text.substr(point));
  }
  return out;
}

// format_number(x, 'pattern'): digits behind the point as the pattern's 0 (at least) and # (at
// most) say.
std::string FormatByPattern(double v, string_view pattern) {
  const size_t begin = pattern.find_first_of("#0,.");
  const size_t end = pattern.find_last_of("#0,.");
  if (begin == string_view::npos) {
    return std::string(pattern) + FormatGroupedDouble(v, 0);
  }
  const string_view core = pattern.substr(begin, end - begin + 1);
  const size_t point = core.find('.');
  const string_view whole = core.substr(0, point);
  const string_view fraction = point == string_view::npos ? string_view() : core.substr(point + 1);
  const int most = static_cast<int>(fraction.size());
  const int least = static_cast<int>(std::count(fraction.begin(), fraction.end(), '0'));
  const int least_whole = static_cast<int>(std::count(whole.begin(), whole.end(), '0'));
  const size_t comma = whole.rfind(',');
  char buffer[512];
  const int n = std::snprintf(buffer, sizeof(buffer), "%.*f", most, std::fabs(v));
  std::string text(buffer, n);
  std::string integer = text.substr(0, text.find('.'));
  std::string rest = most > 0 ? text.substr(text.find('.') + 1) : "";
  while (static_cast<int>(rest.size()) > least && rest.back() == '0') {
    rest.pop_back();
  }
  if (least_whole == 0 && integer == "0" && !rest.empty()) {
    integer.clear();
  }
  while (static_cast<int>(integer.size()) < least_whole) {
    integer.insert(0, 1, '0');
  }
  std::string out = std::signbit(v) ? "-" : "";
  out.append(pattern.substr(0, begin));
  if (comma != string_view::npos) {
    const size_t group = whole.size() - comma - 1;
    for (size_t i = 0; i < integer.size(); ++i) {
      if (i > 0 && group > 0 && (integer.size() - i) % group == 0) {
        out.push_back(',');
      }
      out.push_back(integer[i]);
    }
  } else {
    out.append(integer);
  }
  if (!rest.empty()) {
    out.push_back('.');
    out.append(rest);
  }
  out.append(pattern.substr(end + 1));
  return out;
}

Result<BoundScalar> BindFormatNumber(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(TypePtr number, RequireNumeric(input, 0));
  const bool pattern = input.types[1]->is_string();
  if (!pattern) {
    ARROW_RETURN_NOT_OK(Require(input, 1, type::Int()).status());
  }
  if (number->is(TypeId::kFloat)) {
    number = type::Double();
  } else if (number->is_integral()) {
    number = type::Long();
  }
  if (pattern && !number->is(TypeId::kDouble)) {
    number = type::Double();
  }
  const int scale = number->is_decimal() ? number->scale() : 0;
  ScalarKernel kernel;
  const SignatureOptions options{.nullable = true};
  if (pattern) {
    kernel = MakeKernel([](double v, string_view p, StringWriter& out) {
      out.Append(p.empty() ? FormatGroupedDouble(v, 0) : FormatByPattern(v, p));
    });
  } else if (number->is(TypeId::kDouble)) {
    kernel = MakeKernel([](double v, int32_t places, StringWriter& out) -> bool {
      if (places < 0) {
        return false;
      }
      out.Append(FormatGroupedDouble(v, places));
      return true;
    });
  } else if (number->physical() == type::PhysicalType::kInt64) {
    kernel = MakeKernel([scale](int64_t v, int32_t places, StringWriter& out) -> bool {
      if (places < 0) {
        return false;
      }
      out.Append(FormatGrouped(v, scale, places));
      return true;
    });
  } else {
    kernel = MakeKernel([scale](type::int128_t v, int32_t places, StringWriter& out) -> bool {
      if (places < 0) {
        return false;
      }
      out.Append(FormatGrouped(v, scale, places));
      return true;
    });
  }
  return MakeBound({number, pattern ? type::String() : type::Int()}, type::String(), kernel,
                   options);
}

// ---- format_string: Java's Formatter
// -------------------------------------------------------------------------------------------------

struct FormatValue {
  bool null = false;
  bool is_integer = false;
  bool is_double = false;
  bool is_bool = false;
  bool is_decimal = false;
  int64_t integer = 0;
  int bits = 64;
  double number = 0;
  std::string text;
};

Status FormatError(string_view specifier) {
  return base::UserError(
      "INVALID_PARAMETER_VALUE.FORMAT_STRING",
      "The value of parameter(s) `strfmt` in `format_string` is invalid: cannot format with '" +
          std::string(specifier) + "'.",
      {{"parameter", "`strfmt`"}, {"functionName", "`format_string`"}});
}

std::string Padded(std::string body, const std::string& flags, int width) {
  const int missing = width - CountCharacters(body);
  if (missing <= 0) {
    return body;
  }
  return flags.find('-') != std::string::npos ? body + std::string(missing, ' ')
                                              : std::string(missing, ' ') + body;
}

// Sign, grouping and zero filling of a number's digits.
std::string NumberFlags(bool negative, std::string digits, const std::string& flags, int width) {
  const auto has = [&](char c) { return flags.find(c) != std::string::npos; };
  if (has(',')) {
    const size_t point = digits.find('.');
    std::string grouped;
    AppendGrouped(string_view(digits).substr(0, point), &grouped);
    if (point != std::string::npos) {
      grouped.append(digits, point);
    }
    digits = grouped;
  }
  std::string head;
  std::string tail;
  if (negative) {
    head = has('(') ? "(" : "-";
    tail = has('(') ? ")" : "";
  } else if (has('+')) {
    head = "+";
  } else if (has(' ')) {
    head = " ";
  }
  if (has('0')) {
    while (static_cast<int>(head.size() + digits.size() + tail.size()) < width) {
      digits.insert(0, 1, '0');
    }
  }
  return head + digits + tail;
}

Result<std::string> FormatJava(string_view format, const std::vector<FormatValue>& values) {
  std::string out;
  size_t next = 0;
  size_t previous = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out.push_back(format[i]);
      continue;
    }
    const size_t start = i++;
    size_t index = 0;
    size_t digits_end = i;
    while (digits_end < format.size() && format[digits_end] >= '0' && format[digits_end] <= '9') {
      ++digits_end;
    }
    if (digits_end > i && digits_end < format.size() && format[digits_end] == '$') {
      index = std::strtoul(std::string(format.substr(i, digits_end - i)).c_str(), nullptr, 10);
      i = digits_end + 1;
    }
    std::string flags;
    bool relative = false;
    while (i < format.size() && string_view("-#+ 0,(<").find(format[i]) != string_view::npos) {
      relative |= format[i] == '<';
      flags.push_back(format[i++]);
    }
    int width = 0;
    while (i < format.size() && format[i] >= '0' && format[i] <= '9') {
      width = std::min(width * 10 + (format[i++] - '0'), 1000000);
    }
    int precision = -1;
    if (i < format.size() && format[i] == '.') {
      ++i;
      precision = 0;
      while (i < format.size() && format[i] >= '0' && format[i] <= '9') {
        precision = std::min(precision * 10 + (format[i++] - '0'), 1000000);
      }
    }
    if (i >= format.size()) {
      return FormatError(format.substr(start));
    }
    const char conversion = format[i];
    const string_view specifier = format.substr(start, i - start + 1);
    if (conversion == 'n') {
      out.push_back('\n');
      continue;
    }
    if (conversion == '%') {
      out.append(Padded("%", flags, width));
      continue;
    }
    const size_t which = relative ? previous : index > 0 ? index - 1 : next++;
    previous = which;
    if (which >= values.size()) {
      return FormatError(specifier);
    }
    const FormatValue& v = values[which];
    const char lower = static_cast<char>(conversion | 0x20);
    std::string body;
    switch (lower) {
      case 's':
      case 'b': {
        body = lower == 'b' ? (v.null      ? "false"
                               : v.is_bool ? v.text
                                           : "true")
               : v.null     ? "null"
                            : v.text;
        if (precision >= 0) {
          body = std::string(SubstringCharacters(body, 0, precision));
        }
        break;
      }
      case 'd':
        if (v.null) {
          body = "null";
        } else if (v.is_integer) {
          const auto magnitude = v.integer < 0 ? 0 - static_cast<uint64_t>(v.integer)
                                               : static_cast<uint64_t>(v.integer);
          body = NumberFlags(v.integer < 0, std::to_string(magnitude), flags, width);
        } else {
          return FormatError(specifier);
        }
        break;
      case 'x':
      case 'o':
        if (v.null) {
          body = "null";
        } else if (v.is_integer) {
          auto bits = static_cast<uint64_t>(v.integer);
          if (v.bits < 64) {
            bits &= (uint64_t{1} << v.bits) - 1;
          }
          char buffer[32];
          std::snprintf(buffer, sizeof(buffer), lower == 'x' ? "%lx" : "%lo", bits);
          body = buffer;
          if (flags.find('#') != std::string::npos) {
            body.insert(0, lower == 'x' ? "0x" : "0");
          }
          if (flags.find('0') != std::string::npos) {
            while (static_cast<int>(body.size()) < width) {
              body.insert(0, 1, '0');
            }
          }
        } else {
          return FormatError(specifier);
        }
        break;
      case 'c':
        if (v.null) {
          body = "null";
        } else if (v.is_integer) {
          AppendUtf8(static_cast<uint32_t>(v.integer), &body);
        } else {
          return FormatError(specifier);
        }
        break;
      case 'e':
      case 'f':
      case 'g':
        if (v.null) {
          body = "null";
        } else if (v.is_double || v.is_decimal) {
          if (std::isnan(v.number) || std::isinf(v.number)) {
            body = std::isnan(v.number) ? "NaN" : v.number < 0 ? "-Infinity" : "Infinity";
            break;
          }
          const int places = precision < 0 ? 6 : precision;
          std::string digits;
          if (lower == 'f') {
            // Half up over the shortest decimal digits, as Java does.
            type::int128_t unscaled = 0;
            int scale = 0;
            const auto parts = type::ParseDecimalParts(
                v.is_decimal ? v.text : type::FormatDouble(std::fabs(v.number)));
            if (parts.has_value()) {
              unscaled = parts->unscaled < 0 ? -parts->unscaled : parts->unscaled;
              scale = parts->scale;
            }
            const auto rounded = parts.has_value()
                                     ? type::RescaleDecimal(unscaled, scale, std::min(places, 38))
                                     : std::nullopt;
            if (rounded.has_value()) {
              digits = type::FormatDecimal(*rounded, std::min(places, 38));
              if (places > 38) {
                digits.append(places - 38, '0');
              }
            } else {
              char buffer[512];
              std::snprintf(buffer, sizeof(buffer), "%.*f", places, std::fabs(v.number));
              digits = buffer;
            }
          } else {
            char buffer[512];
            if (lower == 'e') {
              std::snprintf(buffer, sizeof(buffer), "%.*e", places, std::fabs(v.number));
            } else {
              const double magnitude = std::fabs(v.number);
              const int significant = places == 0 ? 1 : places;
              if (magnitude != 0 &&
                  (magnitude < 1e-4 || magnitude >= std::pow(10.0, significant))) {
                std::snprintf(buffer, sizeof(buffer), "%.*e", significant - 1, magnitude);
              } else {
                const int exponent =
                    magnitude == 0 ? 0 : static_cast<int>(std::floor(std::log10(magnitude)));
                std::snprintf(buffer, sizeof(buffer), "%.*f",
                              std::max(0, significant - 1 - exponent), magnitude);
              }
            }
            digits = buffer;
          }
          body = NumberFlags(std::signbit(v.number), digits, flags, width);
        } else {
          return FormatError(specifier);
        }
        break;
      default:
        return FormatError(specifier);
    }
    body = Padded(std::move(body), flags, width);
    if (conversion >= 'A' && conversion <= 'Z') {
      AppendUpper(body, &out);
    } else {
      out.append(body);
    }
  }
  return out;
}

Result<BoundScalar> BindFormatString(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  std::vector<TypePtr> arguments = input.types;
  arguments[0] = type::String();
  return MakeBound(
      std::move(arguments), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<StringView> format(*a.arguments[0]);
        const type::TimeZone& zone =
            a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
        std::vector<FormatValue> values(a.arguments.size() - 1);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (format.IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          for (size_t k = 1; k < a.arguments.size(); ++k) {
            const Vector& v = *a.arguments[k];
            FormatValue& f = values[k - 1];
            f = {};
            if (v.type()->is_null() || v.IsNull(i)) {
              f.null = true;
              continue;
            }
            const type::Value value = columnar::ValueAt(v, i);
            const type::DataType& t = *v.type();
            f.text = type::ValueToText(t, value, zone).value_or("null");
            if (t.is_integral()) {
              f.is_integer = true;
              f.integer = value.integer();
              f.bits = 8 * type::PhysicalWidth(t.physical());
            } else if (t.is_floating()) {
              f.is_double = true;
              f.number = t.is(TypeId::kFloat) ? value.float_value() : value.double_value();
            } else if (t.is_decimal()) {
              f.is_decimal = true;
              f.number = type::DecimalToDouble(value.decimal(), t.scale());
            } else {
              f.is_bool = t.is(TypeId::kBoolean);
            }
          }
          ARROW_ASSIGN_OR_RAISE(const std::string text, FormatJava(format[i].view(), values));
          out.SetString(i, text);
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .null_propagating = false});
}

// ---- sentences, randstr
// -----------------------------------------------------------------------------------------------------------------

// Sentences end at . ! ? before a blank or the end; words are runs of letters, digits and what
// joins them.
void Sentences(string_view s, VectorBuilder& out) {
  const auto is_word = [](uint32_t c) {
    return IsLetterCodePoint(c) || (c >= '0' && c <= '9') || c == '_';
  };
  bool any = false;
  const auto end_sentence = [&] {
    if (any) {
      out.AppendNested();
    }
    any = false;
  };
  for (size_t at = 0; at < s.size();) {
    const size_t start = at;
    const uint32_t c = DecodeUtf8(s, &at);
    if (!is_word(c)) {
      if ((c == '.' || c == '!' || c == '?') && (at >= s.size() || s[at] == ' ' || s[at] == '\n')) {
        end_sentence();
      }
      continue;
    }
    size_t end = at;
    while (at < s.size()) {
      const size_t mark = at;
      const uint32_t next = DecodeUtf8(s, &at);
      if (is_word(next)) {
        end = at;
        continue;
      }
      if ((next == '\'' || next == '.' || next == 0x2019) && at < s.size()) {
        size_t peek = at;
        if (is_word(DecodeUtf8(s, &peek))) {
          end = at;
          continue;
        }
      }
      at = mark;
      break;
    }
    out.child(0).AppendString(s.substr(start, end - start));
    any = true;
  }
  end_sentence();
}

Result<BoundScalar> BindSentences(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return MakeBound(std::vector<TypePtr>(input.types.size(), type::String()),
                   type::Array(type::Array(type::String(), false), false),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const auto out = VectorBuilder::Make(a.return_type);
                     const VectorReader<StringView> s(*a.arguments[0]);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (s.IsNull(i)) {
                         out->AppendNull();
                         continue;
                       }
                       Sentences(s[i].view(), out->child(0));
                       out->AppendNested();
                     }
                     return out->Finish();
                   },
                   {.null_propagating = false});
}

Result<BoundScalar> BindRandStr(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "length", "INT or SMALLINT");
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Int()).status());
  std::vector<TypePtr> arguments = {type::Int()};
  if (input.types.size() > 1) {
    ARROW_RETURN_NOT_OK(Require(input, 1, type::Long()).status());
    arguments.push_back(type::Long());
  }
  return MakeBound(
      std::move(arguments), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        static constexpr char kPool[] =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<int32_t> length(*a.arguments[0]);
        std::mt19937_64 random(a.arguments.size() > 1 ? VectorReader<int64_t>(*a.arguments[1])[0]
                                                      : std::random_device{}());
        std::string text;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (length[i] < 0) {
            return base::UserError(
                "INVALID_PARAMETER_VALUE.LENGTH",
                "The value of parameter(s) `length` in `randstr` is invalid: Expects `length` "
                "greater than or equal to 0, but got " +
                    std::to_string(length[i]) + ".",
                {{"parameter", "`length`"}, {"functionName", "`randstr`"}});
          }
          text.resize(length[i]);
          for (char& c : text) {
            c = kPool[random() % 62];
          }
          out.SetString(i, text);
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .nullable = false});
}

const Registration kConcat(ScalarFunction{
    .name = "concat",
    .aliases = {"||"},
    .min_arguments = 0,
    .max_arguments = -1,
    .bind = BindConcat,
    .description = "Strings, binaries or arrays one after another; null where one of them is null.",
    .examples = {{"SELECT concat('Spark', 'SQL')", "SparkSQL"}},
    .since = "1.5.0"});
const Registration kConcatWs(ScalarFunction{
    .name = "concat_ws",
    .min_arguments = 1,
    .max_arguments = -1,
    .bind = BindConcatWs,
    .description =
        "Strings and arrays of strings with a separator between them; nulls are left out.",
    .examples = {{"SELECT concat_ws(' ', 'Spark', 'SQL')", "Spark SQL"}},
    .since = "1.5.0"});
const Registration kElt(ScalarFunction{.name = "elt",
                                       .min_arguments = 2,
                                       .max_arguments = -1,
                                       .bind = BindElt,
                                       .description = "The n-th of the other arguments.",
                                       .examples = {{"SELECT elt(1, 'scala', 'java')", "scala"}},
                                       .since = "2.0.0"});
const Registration kMask(ScalarFunction{
    .name = "mask",
    .min_arguments = 1,
    .max_arguments = 5,
    .bind = BindMask,
    .description = "Upper-case letters, lower-case letters, digits and others replaced.",
    .examples = {{"SELECT mask('AbCD123-@$#')", "XxXXnnn-@$#"}},
    .since = "3.4.0"});
const Registration kFormatNumber(ScalarFunction{
    .name = "format_number",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindFormatNumber,
    .description = "A number with thousands separated by commas and a fixed number of digits "
                   "behind the point.",
    .examples = {{"SELECT format_number(12332.123456, 4)", "12,332.1235"}},
    .since = "1.5.0"});
const Registration kFormatString(ScalarFunction{
    .name = "format_string",
    .aliases = {"printf"},
    .min_arguments = 1,
    .max_arguments = -1,
    .bind = BindFormatString,
    .description = "Values formatted as Java's Formatter does.",
    .examples = {{"SELECT format_string('Hello World %d %s', 100, 'days')",
                  "Hello World 100 days"}},
    .since = "1.5.0"});
const Registration kSentences(ScalarFunction{
    .name = "sentences",
    .min_arguments = 1,
    .max_arguments = 3,
    .bind = BindSentences,
    .description = "The words of each sentence.",
    .examples = {{"SELECT sentences('Hi there! Good morning.')",
                  "[[\"Hi\",\"there\"],[\"Good\",\"morning\"]]"}},
    .since = "2.0.0"});
const Registration kRandStr(ScalarFunction{.name = "randstr",
                                           .min_arguments = 1,
                                           .max_arguments = 2,
                                           .deterministic = false,
                                           .bind = BindRandStr,
                                           .description = "A random string of letters and digits.",
                                           .examples = {{"SELECT length(randstr(3, 0))", "3"}},
                                           .since = "4.0.0"});

}  // namespace
}  // namespace emery::functions
