// to_number, try_to_number and to_char with number formats: 0 and 9 are digits, . or D the point, ,
// or G a group mark, $ or L a currency sign, S and MI signs, PR angle brackets for negative
// numbers.

#include <algorithm>
#include <cctype>
#include <optional>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/datetime_pattern.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/decimal.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::int128_t;
using type::TypeId;
using type::TypePtr;

struct NumberFormat {
  enum class Token { kDigits, kGroup, kPoint, kDollar, kSign, kMinus, kBrackets };

  struct Item {
    Token token;
    std::string digits;  // of 0 and 9
  };

  std::vector<Item> items;
  int whole = 0;
  int fraction = 0;

  static Status Bad(string_view format, const std::string& condition, const std::string& why) {
    return base::UserError("INVALID_FORMAT." + condition,
                           "The format is invalid: '" + std::string(format) + "'. " + why,
                           {{"format", "'" + std::string(format) + "'"}});
  }

  static Result<NumberFormat> Parse(string_view format) {
    NumberFormat f;
    if (format.empty()) {
      return Bad(format, "EMPTY", "The number format string cannot be empty.");
    }
    bool point = false;
    bool sign = false;
    bool dollar = false;
    for (size_t i = 0; i < format.size(); ++i) {
      const auto c =
          static_cast<char>(format[i] >= 'a' && format[i] <= 'z' ? format[i] - 32 : format[i]);
      if (c == '0' || c == '9') {
        if (f.items.empty() || f.items.back().token != Token::kDigits) {
          f.items.push_back({Token::kDigits, {}});
        }
        f.items.back().digits.push_back(c);
        ++(point ? f.fraction : f.whole);
      } else if (c == ',' || c == 'G') {
        if (point) {
          return Bad(
              format, "CONT_THOUSANDS_SEPS",
              "Thousands separators (, or G) must have digits in between them and not follow the "
              "decimal point.");
        }
        f.items.push_back({Token::kGroup, {}});
      } else if (c == '.' || c == 'D') {
        if (point) {
          return Bad(
              format, "UNEXPECTED_TOKEN",
              "Found the unexpected '" + std::string(1, format[i]) + "' in the format string.");
        }
        point = true;
        f.items.push_back({Token::kPoint, {}});
      } else if (c == '$' || c == 'L') {
        if (dollar) {
          return Bad(format, "UNEXPECTED_TOKEN", "Found the unexpected '$' in the format string.");
        }
        dollar = true;
        f.items.push_back({Token::kDollar, {}});
      } else if (c == 'S' || (c == 'M' && i + 1 < format.size() && (format[i + 1] | 0x20) == 'i')) {
        if (sign) {
          return Bad(format, "UNEXPECTED_TOKEN", "Found the unexpected sign in the format string.");
        }
        sign = true;
        f.items.push_back({c == 'S' ? Token::kSign : Token::kMinus, {}});
        i += c == 'M' ? 1 : 0;
      } else if (c == 'P' && i + 1 < format.size() && (format[i + 1] | 0x20) == 'r') {
        f.items.push_back({Token::kBrackets, {}});
        ++i;
      } else {
        return Bad(format, "UNEXPECTED_TOKEN",
                   "Found the unexpected character '" + std::string(1, format[i]) +
                       "' in the format string.");
      }
    }
    if (f.whole + f.fraction == 0) {
      return Bad(format, "WRONG_NUM_DIGIT",
                 "The format string requires at least one number digit.");
    }
    return f;
  }

  TypePtr type() const {
    return type::Decimal(std::min(38, whole + fraction), std::min(38, fraction));
  }

  /// The number at the format's scale, none where the text does not match.
  std::optional<int128_t> Read(string_view s) const {
    size_t at = 0;
    bool negative = false;
    const auto skip_blanks = [&] {
      while (at < s.size() && s[at] == ' ') {
        ++at;
      }
    };
    skip_blanks();
    std::string before;
    std::string behind;
    bool point = false;
    bool any = false;
    bool brackets = std::any_of(items.begin(), items.end(),
                                [](const Item& i) { return i.token == Token::kBrackets; });
    bool open = false;
    if (brackets && at < s.size() && s[at] == '<') {
      open = true;
      ++at;
    }
    // Whole digits may be fewer than the format has, so groups are read as they come: digits with
    // marks between.
    bool whole_read = false;
    for (const Item& item : items) {
      switch (item.token) {
        case Token::kDollar:
          if (at < s.size() && s[at] == '$') {
            ++at;
          } else {
            return std::nullopt;
          }
          break;
        case Token::kSign:
        case Token::kMinus:
          if (at < s.size() && (s[at] == '-' || (s[at] == '+' && item.token == Token::kSign))) {
            negative = s[at] == '-';
            ++at;
          }
          break;
        case Token::kDigits:
        case Token::kGroup:
          if (!point) {
            if (whole_read) {
              break;
            }
            whole_read = true;
            while (at < s.size() && ((s[at] >= '0' && s[at] <= '9') || s[at] == ',')) {
              if (s[at] == ',') {
                if (std::none_of(items.begin(), items.end(),
                                 [](const Item& i) { return i.token == Token::kGroup; })) {
                  return std::nullopt;
                }
              } else {
                before.push_back(s[at]);
                any = true;
              }
              ++at;
            }
            if (static_cast<int>(before.size()) > whole) {
              return std::nullopt;
            }
          } else {
            while (at < s.size() && s[at] >= '0' && s[at] <= '9' &&
                   static_cast<int>(behind.size()) < fraction) {
              behind.push_back(s[at++]);
              any = true;
            }
          }
          break;
        case Token::kPoint:
          point = true;
          if (at < s.size() && s[at] == '.') {
            ++at;
          }
          break;
        case Token::kBrackets:
          if (open) {
            if (at >= s.size() || s[at] != '>') {
              return std::nullopt;
            }
            negative = true;
            ++at;
          }
          break;
      }
    }
    skip_blanks();
    if (at != s.size() || !any) {
      return std::nullopt;
    }
    behind.append(fraction - behind.size(), '0');
    int128_t v = 0;
    for (const char c : before + behind) {
      v = v * 10 + (c - '0');
    }
    return negative ? -v : v;
  }

  std::string Write(int128_t value, int scale) const {
    const bool negative = value < 0;
    const auto rescaled = type::RescaleDecimal(negative ? -value : value, scale, fraction);
    std::string digits = rescaled.has_value() ? type::FormatInt128(*rescaled) : "";
    bool fits = rescaled.has_value();
    if (static_cast<int>(digits.size()) < fraction + 1) {
      digits.insert(0, fraction + 1 - digits.size(), '0');
    }
    std::string before = digits.substr(0, digits.size() - fraction);
    const std::string behind = digits.substr(digits.size() - fraction);
    if (before == "0") {
      before.clear();
    }
    fits &= static_cast<int>(before.size()) <= whole;
    std::string out;
    int position = whole;  // digits still to come before the point
    bool started = false;
    bool point = false;
    size_t fraction_at = 0;
    size_t sign_at = std::string::npos;
    for (const Item& item : items) {
      switch (item.token) {
        case Token::kDollar:
          out.push_back('$');
          break;
        case Token::kSign:
          if (out.empty() || out == "$") {
            sign_at = out.size();
          }
          out.push_back(negative ? '-' : '+');
          break;
        case Token::kMinus:
          out.push_back(negative ? '-' : ' ');
          break;
        case Token::kBrackets:
          if (negative) {
            out = "<" + out + ">";
          } else {
            out = " " + out + " ";
          }
          break;
        case Token::kPoint:
          point = true;
          out.push_back('.');
          break;
        case Token::kGroup:
          out.push_back(started ? ',' : ' ');
          break;
        case Token::kDigits:
          for (const char d : item.digits) {
            if (point) {
              out.push_back(fits ? behind[fraction_at++] : '#');
              continue;
            }
            --position;
            if (!fits) {
              out.push_back('#');
              started = true;
            } else if (position < static_cast<int>(before.size())) {
              out.push_back(before[before.size() - 1 - position]);
              started = true;
            } else if (d == '0' && (started || item.digits[0] == '0')) {
              out.push_back('0');
              started = true;
            } else {
              out.push_back(' ');
            }
          }
          break;
      }
    }
    (void)sign_at;
    // Signs stand next to the first digit: blanks before go to the front.
    const size_t first = out.find_first_not_of(" $+-<");
    if (first != std::string::npos) {
      std::string head = out.substr(0, first);
      std::string blanks;
      std::string marks;
      for (const char c : head) {
        (c == ' ' ? blanks : marks).push_back(c);
      }
      out = blanks + marks + out.substr(first);
    }
    return out;
  }
};

template <bool kTry>
Result<BoundScalar> BindToNumber(const BindInput& input) {
  for (int i = 0; i < 2; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::String()).status());
  }
  if (!IsLiteral(input, 1)) {
    return NotFoldable(input, 1, "fmt", "\"STRING\"");
  }
  ARROW_ASSIGN_OR_RAISE(const NumberFormat format,
                        NumberFormat::Parse(LiteralString(input, 1).value_or("")));
  const auto shared = std::make_shared<const NumberFormat>(format);
  const std::string text = LiteralString(input, 1).value_or("");
  const TypePtr result = format.type();
  return MakeBound({type::String(), type::String()}, result,
                   [shared, text](const KernelArguments& a) -> Result<VectorPtr> {
                     const auto error = [&](const KernelArguments& b, int64_t row) {
                       const std::string value(Argument<string_view>(b, 0, row));
                       return base::UserError("INVALID_FORMAT.MISMATCH_INPUT",
                                              "The format is invalid: '" + text +
                                                  "'. The input \"STRING\" '" + value +
                                                  "' does not match the format.",
                                              {{"format", "'" + text + "'"},
                                               {"inputType", "\"STRING\""},
                                               {"input", "'" + value + "'"}});
                     };
                     if (a.return_type->physical() == type::PhysicalType::kInt64) {
                       return Map(
                           a,
                           [&](string_view s, int64_t& out) -> Row {
                             const auto v = shared->Read(s);
                             out = static_cast<int64_t>(v.value_or(0));
                             return v.has_value() ? Row::kValue : kTry ? Row::kNull : Row::kError;
                           },
                           error);
                     }
                     return Map(
                         a,
                         [&](string_view s, int128_t& out) -> Row {
                           const auto v = shared->Read(s);
                           out = v.value_or(0);
                           return v.has_value() ? Row::kValue : kTry ? Row::kNull : Row::kError;
                         },
                         error);
                   },
                   {.can_fail = true, .nullable = kTry ? std::optional<bool>(true) : std::nullopt});
}

// to_char(number, format), to_char(date or timestamp, pattern), to_char(binary, 'base64' | 'hex' |
// 'utf-8')
Result<BoundScalar> BindToChar(const BindInput& input) {
  TypePtr t = input.types[0];
  ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
  if (t->is_datetime()) {
    const bool ntz = t->is(TypeId::kTimestampNtz);
    return MakeBound(
        {ntz ? t : type::Timestamp(), type::String()}, type::String(),
        [ntz](const KernelArguments& a) -> Result<VectorPtr> {
          const type::TimeZone& zone =
              a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
          Status failed;
          std::string last;
          std::shared_ptr<const DateTimePattern> pattern;
          Result<VectorPtr> result = Map(a, [&](int64_t us, string_view format, StringWriter& out) {
            if (pattern == nullptr || last != format) {
              auto made = DateTimePattern::Make(format, false);
              if (!made.ok()) {
                failed = made.status();
                return;
              }
              last = format;
              pattern = *made;
            }
            if (ntz) {
              pattern->FormatLocal(us, zone, &out.buffer());
            } else {
              pattern->Format(us, zone, &out.buffer());
            }
          });
          ARROW_RETURN_NOT_OK(failed);
          return result;
        },
        {.can_fail = true});
  }
  if (!IsLiteral(input, 1)) {
    return NotFoldable(input, 1, "format", "\"STRING\"");
  }
  const std::string text = LiteralString(input, 1).value_or("");
  if (t->is(TypeId::kBinary)) {
    std::string format = text;
    std::transform(format.begin(), format.end(), format.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (format != "base64" && format != "hex" && format != "utf-8") {
      return base::UserError(
          "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
          "The value of parameter(s) `format` in `to_char` is invalid: expects one of binary "
          "formats 'base64', "
          "'hex', 'utf-8', but got '" +
              text + "'.",
          {{"parameter", "`format`"}, {"functionName", "`to_char`"}, {"invalidFormat", text}});
    }
    const std::string name = format == "utf-8" ? "decode_charset" : format;
    std::vector<TypePtr> types = {t};
    std::vector<bool> nullable = {true};
    std::vector<const plan::Literal*> literals = {nullptr};
    if (format == "utf-8") {
      types.push_back(type::String());
      nullable.push_back(false);
      literals.push_back(input.literals[1]);
    }
    ARROW_ASSIGN_OR_RAISE(BoundScalar inner,
                          Registry::Instance().FindScalar(name)->bind(BindInput{
                              name, types, nullable, literals, input.mode, input.context}));
    BoundScalar bound =
        MakeBound({t, type::String()}, type::String(), inner.kernel, {.can_fail = inner.can_fail});
    if (format != "utf-8") {
      const ScalarKernel kernel = inner.kernel;
      bound.kernel = [kernel](const KernelArguments& a) -> Result<VectorPtr> {
        const std::vector<VectorPtr> first = {a.arguments[0]};
        return kernel(
            KernelArguments{first, a.num_rows, a.return_type, a.state, a.context, a.mode});
      };
    }
    return bound;
  }
  if (!t->is_numeric() && !t->is_string() && !t->is_null()) {
    return UnexpectedType(input, 0, "\"NUMERIC\"");
  }
  if (!t->is_decimal()) {
    t = t->is_integral() ? type::Decimal(20, 0) : type::Decimal(38, 18);
  }
  ARROW_ASSIGN_OR_RAISE(NumberFormat format, NumberFormat::Parse(text));
  const auto shared = std::make_shared<const NumberFormat>(std::move(format));
  const int scale = t->scale();
  return MakeBound(
      {t, type::String()}, type::String(),
      [shared, scale, t](const KernelArguments& a) -> Result<VectorPtr> {
        if (t->physical() == type::PhysicalType::kInt64) {
          return Map(a, [&](int64_t v, StringWriter& out) { out.Append(shared->Write(v, scale)); });
        }
        return Map(a, [&](int128_t v, StringWriter& out) { out.Append(shared->Write(v, scale)); });
      });
}

const Registration kToNumber(ScalarFunction{.name = "to_number",
                                            .min_arguments = 2,
                                            .max_arguments = 2,
                                            .bind = BindToNumber<false>,
                                            .description = "The number of a text, by a format.",
                                            .examples = {{"SELECT to_number('454', '999')", "454"}},
                                            .since = "3.3.0"});
const Registration kTryToNumber(ScalarFunction{
    .name = "try_to_number",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindToNumber<true>,
    .description = "As to_number; null where the text does not match.",
    .examples = {{"SELECT try_to_number('x', '999')", "NULL"}},
    .since = "3.3.0"});
const Registration kToChar(ScalarFunction{
    .name = "to_char",
    .aliases = {"to_varchar"},
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindToChar,
    .description = "A number, date or timestamp as text, by a format.",
    .examples = {{"SELECT to_char(454, '999')", "454"}},
    .since = "3.4.0"});

}  // namespace
}  // namespace emery::functions
