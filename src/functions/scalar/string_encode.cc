// Other forms of bytes: base64, encode and decode, to_binary, URLs.

#include <algorithm>
#include <array>
#include <optional>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/base64.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/coercion.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypeId;
using type::TypePtr;

std::string Upper(string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

// ---- base64
// -----------------------------------------------------------------------------------------------------------------------

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void Base64(string_view s, StringWriter& out) {
  AppendBase64(s, &out.buffer());
}

// What to_binary demands: nothing but the alphabet and white space, padding where it belongs.
bool StrictBase64(string_view s) {
  size_t n = 0;
  size_t padding = 0;
  for (const char c : s) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      continue;
    }
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding > 0 || string_view(kBase64, 64).find(c) == string_view::npos) {
      return false;
    }
    ++n;
  }
  return n % 4 == 0 ? padding == 0 : n % 4 != 1 && (padding == 4 - n % 4 || padding == 0);
}

Row Unbase64(string_view s, StringWriter& out) {
  return AppendUnbase64(s, &out.buffer()) ? Row::kValue : Row::kError;
}

Status ConversionError(const KernelArguments& a, int64_t row, const char* format,
                       const char* target) {
  const std::string text(Argument<string_view>(a, 0, row));
  return base::UserError(
      "CONVERSION_INVALID_INPUT",
      "The value '" + text + "' (" + format + ") cannot be converted to " + target +
          " because it is malformed. Correct the value as per the syntax, or change its format.",
      {{"str", "'" + text + "'"},
       {"fmt", std::string("'") + format + "'"},
       {"targetType", target}});
}

// ---- to_binary
// ------------------------------------------------------------------------------------------------------------------

int HexDigit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool Unhex(string_view s, std::string* out) {
  size_t i = 0;
  if (s.size() % 2 == 1) {
    const int v = HexDigit(s[0]);
    if (v < 0) {
      return false;
    }
    out->push_back(static_cast<char>(v));
    i = 1;
  }
  for (; i < s.size(); i += 2) {
    const int high = HexDigit(s[i]);
    const int low = HexDigit(s[i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    out->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

template <bool kTry>
Result<BoundScalar> BindToBinary(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  std::string format = "HEX";
  std::vector<TypePtr> arguments = {type::String()};
  if (input.types.size() > 1) {
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "fmt", "\"STRING\"");
    }
    format = Upper(LiteralString(input, 1).value_or("HEX"));
    arguments.push_back(type::String());
    if (format != "HEX" && format != "UTF-8" && format != "UTF8" && format != "BASE64") {
      if (kTry) {
        return MakeBound({type::String(), type::String()}, type::Binary(),
                         [](const KernelArguments& a) -> Result<VectorPtr> {
                           return Vector::MakeNull(a.return_type, a.num_rows);
                         },
                         {.nullable = true});
      }
      return base::UserError(
          "DATATYPE_MISMATCH.INVALID_ARG_VALUE",
          "Cannot resolve \"to_binary\" due to data type mismatch: The `fmt` value must to be a "
          "case-insensitive \"STRING\" literal of 'hex', 'utf-8', 'utf8', or 'base64', but got '" +
              LiteralString(input, 1).value_or("") + "'.",
          {{"inputName", "`fmt`"},
           {"requireType", "case-insensitive \"STRING\""},
           {"validValues", "'hex', 'utf-8', 'utf8', or 'base64'"},
           {"inputValue", "'" + LiteralString(input, 1).value_or("") + "'"}});
    }
  }
  const SignatureOptions options{.can_fail = true,
                                 .nullable = kTry ? std::optional<bool>(true) : std::nullopt};
  const bool hex = format == "HEX";
  const bool base64 = format == "BASE64";
  return MakeBound(
      std::move(arguments), type::Binary(),
      [hex, base64](const KernelArguments& a) -> Result<VectorPtr> {
        return Map(
            a,
            [&](string_view s, StringWriter& out) -> Row {
              bool ok = true;
              if (hex) {
                ok = Unhex(s, &out.buffer());
              } else if (base64) {
                ok = StrictBase64(s) && AppendUnbase64(s, &out.buffer());
              } else {
                out.Refer(s);
              }
              return ok ? Row::kValue : kTry ? Row::kNull : Row::kError;
            },
            [&](const KernelArguments& b, int64_t row) {
              return ConversionError(b, row, hex ? "HEX" : "BASE64", "\"BINARY\"");
            });
      },
      options);
}

// ---- character sets
// ----------------------------------------------------------------------------------------------------------------

enum class Charset { kNone, kUtf8, kAscii, kLatin1, kUtf16, kUtf16Be, kUtf16Le, kUtf32 };

Charset CharsetOf(string_view name) {
  const std::string n = Upper(name);
  return n == "UTF-8"        ? Charset::kUtf8
         : n == "US-ASCII"   ? Charset::kAscii
         : n == "ISO-8859-1" ? Charset::kLatin1
         : n == "UTF-16"     ? Charset::kUtf16
         : n == "UTF-16BE"   ? Charset::kUtf16Be
         : n == "UTF-16LE"   ? Charset::kUtf16Le
         : n == "UTF-32"     ? Charset::kUtf32
                             : Charset::kNone;
}

void AppendUnit(uint32_t unit, bool little, std::string* out) {
  out->push_back(static_cast<char>(little ? unit : unit >> 8));
  out->push_back(static_cast<char>(little ? unit >> 8 : unit));
}

enum class Coded { kOk, kUnmappable, kMalformed };

Coded Encode(string_view s, Charset set, std::string* out) {
  if (set == Charset::kUtf8) {
    out->append(s);
    return Coded::kOk;
  }
  if (set == Charset::kUtf16 && !s.empty()) {
    out->append("\xFE\xFF");
  }
  for (size_t at = 0; at < s.size();) {
    const uint32_t c = DecodeUtf8(s, &at);
    switch (set) {
      case Charset::kAscii:
      case Charset::kLatin1:
        if (c >= (set == Charset::kAscii ? 0x80U : 0x100U)) {
          return Coded::kUnmappable;
        }
        out->push_back(static_cast<char>(c));
        break;
      case Charset::kUtf32:
        AppendUnit(c >> 16, false, out);
        AppendUnit(c & 0xFFFF, false, out);
        break;
      default: {
        const bool little = set == Charset::kUtf16Le;
        if (c >= 0x10000) {
          AppendUnit(0xD800 + ((c - 0x10000) >> 10), little, out);
          AppendUnit(0xDC00 + ((c - 0x10000) & 0x3FF), little, out);
        } else {
          AppendUnit(c, little, out);
        }
      }
    }
  }
  return Coded::kOk;
}

Coded Decode(string_view s, Charset set, std::string* out) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(s[i]));
  };
  switch (set) {
    case Charset::kUtf8:
      if (!IsValidUtf8(s)) {
        return Coded::kMalformed;
      }
      out->append(s);
      return Coded::kOk;
    case Charset::kAscii:
    case Charset::kLatin1:
      for (size_t i = 0; i < s.size(); ++i) {
        if (set == Charset::kAscii && byte(i) >= 0x80) {
          return Coded::kMalformed;
        }
        AppendUtf8(byte(i), out);
      }
      return Coded::kOk;
    case Charset::kUtf32:
      if (s.size() % 4 != 0) {
        return Coded::kMalformed;
      }
      for (size_t i = 0; i < s.size(); i += 4) {
        AppendUtf8(byte(i) << 24 | byte(i + 1) << 16 | byte(i + 2) << 8 | byte(i + 3), out);
      }
      return Coded::kOk;
    default:
      break;
  }
  bool little = set == Charset::kUtf16Le;
  size_t i = 0;
  if (set == Charset::kUtf16 && s.size() >= 2) {
    if (byte(0) == 0xFF && byte(1) == 0xFE) {
      little = true;
      i = 2;
    } else if (byte(0) == 0xFE && byte(1) == 0xFF) {
      i = 2;
    }
  }
  const auto unit = [&](size_t k) {
    return little ? byte(k) | byte(k + 1) << 8 : byte(k) << 8 | byte(k + 1);
  };
  for (; i + 1 < s.size(); i += 2) {
    uint32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00) {
      if (i + 3 >= s.size() || unit(i + 2) < 0xDC00 || unit(i + 2) > 0xDFFF) {
        return Coded::kMalformed;
      }
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    } else if (c >= 0xDC00 && c < 0xE000) {
      return Coded::kMalformed;
    }
    AppendUtf8(c, out);
  }
  return i == s.size() ? Coded::kOk : Coded::kMalformed;
}

template <bool kEncode>
Result<BoundScalar> BindCode(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
  const TypePtr from = kEncode ? type::String() : type::Binary();
  ARROW_RETURN_NOT_OK(Require(input, 0, from).status());
  return MakeBound(
      {from, type::String()}, kEncode ? type::Binary() : type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        Status failed;
        const char* function = kEncode ? "`encode`" : "`decode`";
        Result<VectorPtr> result = Map(a, [&](string_view s, string_view name, StringWriter& out) {
          const Charset set = CharsetOf(name);
          if (set == Charset::kNone) {
            if (failed.ok()) {
              failed = base::UserError(
                  "INVALID_PARAMETER_VALUE.CHARSET",
                  std::string("The value of parameter(s) `charset` in ") + function +
                      " is invalid: expects one of the iso-8859-1, us-ascii, utf-16, utf-16be, "
                      "utf-16le, utf-32, utf-8, but got " +
                      std::string(name) + ".",
                  {{"functionName", function},
                   {"parameter", "`charset`"},
                   {"charset", std::string(name)}});
            }
            return;
          }
          const Coded coded =
              kEncode ? Encode(s, set, &out.buffer()) : Decode(s, set, &out.buffer());
          if (coded != Coded::kOk && failed.ok()) {
            failed = base::UserError("MALFORMED_CHARACTER_CODING",
                                     std::string("Invalid value found when performing ") +
                                         function + " with " + std::string(name),
                                     {{"function", function}, {"charset", std::string(name)}});
          }
        });
        ARROW_RETURN_NOT_OK(failed);
        return result;
      },
      {.can_fail = true});
}

// decode(bytes, charset), or decode(x, search1, result1, …[, default]): the result of the first
// search value that equals x, nulls too.
Result<plan::ExpressionPtr> RewriteDecode(const plan::ExpressionList& arguments,
                                          plan::EvalMode mode, const QueryContext* context) {
  if (arguments.size() == 2) {
    return MakeFunctionCall("decode_charset", arguments, mode, context);
  }
  auto branches = std::make_shared<plan::Case>();
  std::vector<TypePtr> results;
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr equal,
                          MakeFunctionCall("<=>", {arguments[0], arguments[i]}, mode, context));
    branches->children.push_back(std::move(equal));
    branches->children.push_back(arguments[i + 1]);
    results.push_back(arguments[i + 1]->type);
  }
  if (arguments.size() % 2 == 0) {
    branches->children.push_back(arguments.back());
    results.push_back(arguments.back()->type);
  }
  const TypePtr common = type::CommonType(results, mode != plan::EvalMode::kLegacy);
  if (common == nullptr) {
    return base::UserError("DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                           "Cannot resolve \"decode\" due to data type mismatch: Input to "
                           "`casewhen` should all be the same type.",
                           {{"functionName", "`casewhen`"}});
  }
  branches->nullable = !branches->has_else();
  for (size_t i = 0; i < branches->children.size(); ++i) {
    const bool result = i % 2 == 1 || (branches->has_else() && i + 1 == branches->children.size());
    if (result) {
      plan::ExpressionPtr& child = branches->children[i];
      branches->nullable |= child->nullable;
      if (!child->type->SameType(*common)) {
        child = plan::MakeCast(child, common, mode);
      }
    }
  }
  branches->type = common;
  return branches;
}

// ---- URLs
// -----------------------------------------------------------------------------------------------------------------------------

void UrlEncode(string_view s, StringWriter& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : s) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
        c == '-' || c == '*' || c == '_') {
      out.Append(c);
    } else if (c == ' ') {
      out.Append('+');
    } else {
      out.Append('%');
      out.Append(kHex[static_cast<unsigned char>(c) >> 4]);
      out.Append(kHex[c & 15]);
    }
  }
}

bool UrlDecodeInto(string_view s, std::string* out) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '+') {
      out->push_back(' ');
    } else if (s[i] == '%') {
      if (i + 2 >= s.size() || HexDigit(s[i + 1]) < 0 || HexDigit(s[i + 2]) < 0) {
        return false;
      }
      out->push_back(static_cast<char>(HexDigit(s[i + 1]) << 4 | HexDigit(s[i + 2])));
      i += 2;
    } else {
      out->push_back(s[i]);
    }
  }
  return true;
}

Row UrlDecode(string_view s, StringWriter& out) {
  return UrlDecodeInto(s, &out.buffer()) ? Row::kValue : Row::kError;
}

bool TryUrlDecode(string_view s, StringWriter& out) {
  return UrlDecodeInto(s, &out.buffer());
}

Status CannotDecodeUrl(const KernelArguments& a, int64_t row) {
  const std::string text(Argument<string_view>(a, 0, row));
  return base::UserError("CANNOT_DECODE_URL",
                         "The provided URL cannot be decoded: " + text +
                             ". Please ensure that the URL is properly formatted and try again.",
                         {{"url", text}});
}

/// The parts of a URI (RFC 2396, as java.net.URI has them).
struct Url {
  string_view scheme, authority, path, query, fragment;
  bool has_authority = false, has_query = false, has_fragment = false;
};

std::optional<Url> ParseUrl(string_view s) {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '<' || c == '>' || c == '\\' ||
        c == '^' || c == '`' || c == '{' || c == '|' || c == '}') {
      return std::nullopt;
    }
  }
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%' && (i + 2 >= s.size() || HexDigit(s[i + 1]) < 0 || HexDigit(s[i + 2]) < 0)) {
      return std::nullopt;
    }
  }
  Url u;
  const size_t hash = s.find('#');
  if (hash != string_view::npos) {
    u.fragment = s.substr(hash + 1);
    u.has_fragment = true;
    s = s.substr(0, hash);
  }
  const size_t colon = s.find(':');
  if (colon != string_view::npos && colon > 0 && colon < s.find_first_of("/?")) {
    u.scheme = s.substr(0, colon);
    s = s.substr(colon + 1);
    if (s.empty()) {
      return std::nullopt;
    }
    if (s[0] != '/') {
      return u;  // opaque: nothing more can be asked
    }
  }
  const size_t question = s.find('?');
  if (question != string_view::npos) {
    u.query = s.substr(question + 1);
    u.has_query = true;
    s = s.substr(0, question);
  }
  if (s.starts_with("//")) {
    s = s.substr(2);
    const size_t slash = s.find('/');
    u.authority = s.substr(0, slash);
    u.has_authority = !u.authority.empty();
    s = slash == string_view::npos ? string_view() : s.substr(slash);
  }
  u.path = s;
  return u;
}

std::optional<string_view> UrlPart(const Url& u, string_view url, string_view part,
                                   std::string* buffer) {
  const size_t at = u.authority.rfind('@');
  if (part == "HOST") {
    if (!u.has_authority) {
      return std::nullopt;
    }
    string_view host = at == string_view::npos ? u.authority : u.authority.substr(at + 1);
    const size_t bracket = host.rfind(']');
    const size_t colon = host.rfind(':');
    if (colon != string_view::npos && (bracket == string_view::npos || colon > bracket)) {
      host = host.substr(0, colon);
    }
    if (host.empty()) {
      return std::nullopt;
    }
    return host;
  }
  if (part == "PATH") {
    if (u.path.empty() && !u.has_authority) {
      return std::nullopt;
    }
    return u.path;
  }
  if (part == "QUERY") {
    return u.has_query ? std::optional(u.query) : std::nullopt;
  }
  if (part == "REF") {
    return u.has_fragment ? std::optional(u.fragment) : std::nullopt;
  }
  if (part == "PROTOCOL") {
    return u.scheme.empty() ? std::nullopt : std::optional(u.scheme);
  }
  if (part == "FILE") {
    *buffer = std::string(u.path);
    if (u.has_query) {
      *buffer += "?" + std::string(u.query);
    }
    return *buffer;
  }
  if (part == "AUTHORITY") {
    return u.has_authority ? std::optional(u.authority) : std::nullopt;
  }
  if (part == "USERINFO") {
    return at == string_view::npos ? std::nullopt : std::optional(u.authority.substr(0, at));
  }
  (void)url;
  return std::nullopt;
}

std::optional<string_view> QueryValue(string_view query, string_view key) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const string_view item = query.substr(0, end);
    if (item.size() > key.size() && item.starts_with(key) && item[key.size()] == '=') {
      return item.substr(key.size() + 1);
    }
    if (end == string_view::npos) {
      break;
    }
    query = query.substr(end + 1);
  }
  return std::nullopt;
}

// parse_url(url, part[, key])
template <bool kTry>
Result<BoundScalar> BindParseUrl(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), type::String()), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<StringView> url(*a.arguments[0]);
        const VectorReader<StringView> part(*a.arguments[1]);
        std::string buffer;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (std::any_of(a.arguments.begin(), a.arguments.end(),
                          [&](const VectorPtr& v) { return v->IsNull(i); })) {
            out.SetNull(i);
            continue;
          }
          const auto parsed = ParseUrl(url[i].view());
          if (!parsed.has_value()) {
            if (!kTry && a.mode == plan::EvalMode::kAnsi) {
              return base::UserError(
                  "INVALID_URL",
                  "The url is invalid: " + std::string(url[i].view()) +
                      ". Use `try_parse_url` to tolerate invalid URL and return NULL instead.",
                  {{"url", std::string(url[i].view())}});
            }
            out.SetNull(i);
            continue;
          }
          std::optional<string_view> value =
              UrlPart(*parsed, url[i].view(), part[i].view(), &buffer);
          if (a.arguments.size() > 2) {
            if (part[i].view() != "QUERY" || !value.has_value()) {
              value = std::nullopt;
            } else {
              value = QueryValue(*value, VectorReader<StringView>(*a.arguments[2])[i].view());
            }
          }
          if (value.has_value()) {
            out.SetString(i, *value);
          } else {
            out.SetNull(i);
          }
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .nullable = true});
}

ScalarFunction Function(std::string name, std::vector<std::string> aliases, int min, int max,
                        Bind bind, std::string description, std::string example,
                        std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .aliases = std::move(aliases),
                        .min_arguments = min,
                        .max_arguments = max,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "1.5.0"};
}

const Registration kBase64Function(
    Function("base64", {}, 1, 1, Signature({type::Binary()}, type::String(), MakeKernel(&Base64)),
             "Bytes in base 64.", "SELECT base64('Spark SQL')", "U3BhcmsgU1FM"));
const Registration kUnbase64(
    Function("unbase64", {}, 1, 1,
             Signature({type::String()}, type::Binary(),
                       MakeKernel(&Unbase64,
                                  [](const KernelArguments& a, int64_t row) {
                                    return ConversionError(a, row, "BASE64", "\"BINARY\"");
                                  }),
                       {.can_fail = true}),
             "The bytes of a text in base 64.", "SELECT unbase64('U3BhcmsgU1FM')", "Spark SQL"));
const Registration kToBinary(Function("to_binary", {}, 1, 2, BindToBinary<false>,
                                      "Bytes of hexadecimal, base 64 or UTF-8 text.",
                                      "SELECT to_binary('abc', 'utf-8')", "abc"));
const Registration kTryToBinary(Function("try_to_binary", {}, 1, 2, BindToBinary<true>,
                                         "As to_binary; null for malformed text.",
                                         "SELECT try_to_binary('a!', 'base64')", "NULL"));
const Registration kEncode(Function("encode", {}, 2, 2, BindCode<true>,
                                    "A string's bytes in a character set.",
                                    "SELECT encode('abc', 'utf-8')", "abc"));
const Registration kDecodeCharset(ScalarFunction{
    .name = "decode_charset",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindCode<false>,
    .description = "The string of bytes in a character set: decode with two arguments."});
const Registration kDecode(ScalarFunction{
    .name = "decode",
    .min_arguments = 2,
    .max_arguments = -1,
    .bind = BindCode<false>,
    .rewrite = RewriteDecode,
    .description = "The string of bytes in a character set; or the result that belongs to the "
                   "value a first argument equals.",
    .examples = {{"SELECT decode(encode('abc', 'utf-8'), 'utf-8')", "abc"},
                 {"SELECT decode(2, 1, 'a', 2, 'b', 'c')", "b"}},
    .since = "1.5.0"});
const Registration kUrlEncode(Function(
    "url_encode", {}, 1, 1, Signature({type::String()}, type::String(), MakeKernel(&UrlEncode)),
    "The string as a URL's form has it.", "SELECT url_encode('https://spark.apache.org')",
    "https%3A%2F%2Fspark.apache.org"));
const Registration kUrlDecode(Function("url_decode", {}, 1, 1,
                                       Signature({type::String()}, type::String(),
                                                 MakeKernel(&UrlDecode, CannotDecodeUrl),
                                                 {.can_fail = true}),
                                       "The string of a URL's form.",
                                       "SELECT url_decode('https%3A%2F%2Fspark.apache.org')",
                                       "https://spark.apache.org"));
const Registration kTryUrlDecode(Function("try_url_decode", {}, 1, 1,
                                          Signature({type::String()}, type::String(),
                                                    MakeKernel(&TryUrlDecode), {.nullable = true}),
                                          "As url_decode; null for malformed text.",
                                          "SELECT try_url_decode('https%3A%2F%2Fspark.apache.org')",
                                          "https://spark.apache.org"));
const Registration kParseUrl(Function(
    "parse_url", {}, 2, 3, BindParseUrl<false>,
    "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO.",
    "SELECT parse_url('http://spark.apache.org/path?query=1', 'HOST')", "spark.apache.org"));
const Registration kTryParseUrl(Function(
    "try_parse_url", {}, 2, 3, BindParseUrl<true>, "As parse_url; null for a bad URL.",
    "SELECT try_parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query')", "1"));

}  // namespace
}  // namespace emery::functions
