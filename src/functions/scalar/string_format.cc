// Numbers and other values as text by a pattern: format_number (java.text.DecimalFormat) and
// format_string (java.util.Formatter).

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypeId;
using type::TypePtr;

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

/// A value as Java shows what Spark keeps it in: dates as days, timestamps as microseconds, lists
/// without blanks. Nested vectors are flat.
std::string InternalText(const Vector& v, int64_t row, const type::TimeZone& zone) {
  const type::DataType& t = *v.type();
  if (t.is_null() || v.IsNull(row)) {
    return "null";
  }
  if (!t.is_nested()) {
    const type::Value value = columnar::ValueAt(v, row);
    return t.is_datetime() ? std::to_string(value.integer())
                           : type::ValueToText(t, value, zone).value_or("null");
  }
  const auto list = [&](const Vector& child, int64_t begin, int64_t end) {
    std::string out = "[";
    for (int64_t i = begin; i < end; ++i) {
      out += (i > begin ? "," : "") + InternalText(child, i, zone);
    }
    return out + "]";
  };
  if (t.is(TypeId::kStruct)) {
    std::string out = "[";
    for (const VectorPtr& child : v.children()) {
      out += (out.size() > 1 ? "," : "") + InternalText(*child, row, zone);
    }
    return out + "]";
  }
  const ListEntry e = v.values<ListEntry>()[row];
  const int64_t end = int64_t{e.offset} + e.length;
  if (t.is(TypeId::kArray)) {
    return list(*v.children()[0], e.offset, end);
  }
  return "keys: " + list(*v.children()[0], e.offset, end) +
         ", values: " + list(*v.children()[1], e.offset, end);
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
        std::vector<VectorPtr> arguments = a.arguments;
        for (VectorPtr& argument : arguments) {
          if (argument->type()->is_nested()) {
            argument = columnar::FlattenDeep(argument);
          }
        }
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (format.IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          for (size_t k = 1; k < a.arguments.size(); ++k) {
            const Vector& v = *arguments[k];
            FormatValue& f = values[k - 1];
            f = {};
            if (v.type()->is_null() || v.IsNull(i)) {
              f.null = true;
              continue;
            }
            const type::Value value = columnar::ValueAt(v, i);
            const type::DataType& t = *v.type();
            f.text = InternalText(v, i, zone);
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
}  // namespace
}  // namespace emery::functions
