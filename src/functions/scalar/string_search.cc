// Finding and replacing plain text: instr, locate, replace, translate, contains, startswith,
// endswith, find_in_set, levenshtein, soundex, ascii, chr, is_valid_utf8 and the like.

#include <algorithm>
#include <array>
#include <unordered_map>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypeId;
using type::TypePtr;

// The 1-based character position of `part` at or behind character `from` (0-based), 0 if none.
// Nothing is found at the start of all.
int32_t Find(string_view s, string_view part, int64_t from) {
  if (part.empty()) {
    return 1;
  }
  const size_t start = OffsetOfCharacter(s, from);
  const size_t at = s.find(part, start);
  return at == string_view::npos ? 0 : CountCharacters(s.substr(0, at)) + 1;
}

int32_t Instr(string_view s, string_view part) {
  return Find(s, part, 0);
}

int32_t Locate(string_view part, string_view s) {
  return Find(s, part, 0);
}

// A null position gives 0, as Hive has it; a null string gives null.
Result<VectorPtr> LocateFrom(const KernelArguments& a) {
  columnar::FlatWriter out(a.return_type, a.num_rows);
  const VectorReader<StringView> part(*a.arguments[0]);
  const VectorReader<StringView> s(*a.arguments[1]);
  const VectorReader<int32_t> position(*a.arguments[2]);
  for (int64_t i = 0; i < a.num_rows; ++i) {
    int32_t result = 0;
    if (!position.IsNull(i)) {
      if (part.IsNull(i) || s.IsNull(i)) {
        out.SetNull(i);
        continue;
      }
      result = position[i] < 1 ? 0 : Find(s[i].view(), part[i].view(), position[i] - 1);
    }
    out.values<int32_t>()[i] = result;
  }
  return out.Finish(a.num_rows);
}

Result<BoundScalar> BindLocate(const BindInput& input) {
  for (int i = 0; i < 2; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::String()).status());
  }
  if (input.types.size() == 2) {
    return MakeBound({type::String(), type::String()}, type::Int(), MakeKernel(&Locate));
  }
  ARROW_RETURN_NOT_OK(Require(input, 2, type::Int()).status());
  return MakeBound({type::String(), type::String(), type::Int()}, type::Int(), LocateFrom,
                   {.null_propagating = false});
}

void Replace(string_view s, string_view search, string_view replacement, StringWriter& out) {
  if (search.empty()) {
    out.Refer(s);
    return;
  }
  size_t at = s.find(search);
  if (at == string_view::npos) {
    out.Refer(s);
    return;
  }
  size_t begin = 0;
  for (; at != string_view::npos; at = s.find(search, begin)) {
    out.Append(s.substr(begin, at - begin));
    out.Append(replacement);
    begin = at + search.size();
  }
  out.Append(s.substr(begin));
}

void Remove(string_view s, string_view search, StringWriter& out) {
  Replace(s, search, {}, out);
}

Result<BoundScalar> BindReplace(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return input.types.size() == 2
             ? MakeBound({type::String(), type::String()}, type::String(), MakeKernel(&Remove))
             : MakeBound({type::String(), type::String(), type::String()}, type::String(),
                         MakeKernel(&Replace));
}

// Characters of `from` become those of `to` at the same place; those without one are dropped; the
// first mention counts.
struct TranslateBody {
  std::string from;
  std::string to;
  std::unordered_map<uint32_t, int64_t> table;  // -1: dropped
  bool ready = false;

  void Prepare(string_view f, string_view t) {
    if (ready && f == from && t == to) {
      return;
    }
    ready = true;
    from = f;
    to = t;
    table.clear();
    size_t a = 0;
    size_t b = 0;
    while (a < from.size()) {
      const uint32_t key = DecodeUtf8(from, &a);
      const int64_t value = b < to.size() ? int64_t{DecodeUtf8(to, &b)} : -1;
      table.emplace(key, value == 0 ? -1 : value);
    }
  }

  void operator()(string_view s, string_view f, string_view t, StringWriter& out) {
    Prepare(f, t);
    for (size_t at = 0; at < s.size();) {
      const size_t start = at;
      const auto entry = table.find(DecodeUtf8(s, &at));
      if (entry == table.end()) {
        out.Append(s.substr(start, at - start));
      } else if (entry->second >= 0) {
        AppendUtf8(static_cast<uint32_t>(entry->second), &out.buffer());
      }
    }
  }
};

enum class Where { kStart, kEnd, kAnywhere };

template <Where kWhere>
bool Has(string_view s, string_view part) {
  if constexpr (kWhere == Where::kStart) {
    return s.starts_with(part);
  } else if constexpr (kWhere == Where::kEnd) {
    return s.ends_with(part);
  } else {
    return s.find(part) != string_view::npos;
  }
}

template <Where kWhere>
Result<BoundScalar> BindHas(const BindInput& input) {
  const bool binary = input.types[0]->is(TypeId::kBinary) && input.types[1]->is(TypeId::kBinary);
  const TypePtr t = binary ? type::Binary() : type::String();
  for (int i = 0; i < 2; ++i) {
    if (!input.types[i]->is(TypeId::kBinary)) {
      ARROW_RETURN_NOT_OK(Require(input, i, t).status());
    }
  }
  return MakeBound({t, t}, type::Boolean(), MakeKernel([](string_view s, string_view part) -> bool {
                     return Has<kWhere>(s, part);
                   }));
}

int32_t FindInSet(string_view word, string_view set) {
  if (word.find(',') != string_view::npos) {
    return 0;
  }
  int32_t n = 1;
  size_t begin = 0;
  while (true) {
    const size_t end = set.find(',', begin);
    if (set.substr(begin, end == string_view::npos ? end : end - begin) == word) {
      return n;
    }
    if (end == string_view::npos) {
      return 0;
    }
    begin = end + 1;
    ++n;
  }
}

std::vector<uint32_t> CodePoints(string_view s) {
  std::vector<uint32_t> points;
  for (size_t at = 0; at < s.size();) {
    points.push_back(DecodeUtf8(s, &at));
  }
  return points;
}

// `limit` < 0: none; a distance above the limit gives -1.
int32_t Levenshtein(string_view a, string_view b, int32_t limit) {
  const std::vector<uint32_t> x = CodePoints(a);
  const std::vector<uint32_t> y = CodePoints(b);
  std::vector<int32_t> row(y.size() + 1);
  for (size_t j = 0; j <= y.size(); ++j) {
    row[j] = static_cast<int32_t>(j);
  }
  for (size_t i = 1; i <= x.size(); ++i) {
    int32_t diagonal = row[0];
    row[0] = static_cast<int32_t>(i);
    for (size_t j = 1; j <= y.size(); ++j) {
      const int32_t substitution = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return limit >= 0 && row.back() > limit ? -1 : row.back();
}

Result<BoundScalar> BindLevenshtein(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(
        Require(input, static_cast<int>(i), i == 2 ? type::Int() : type::String()).status());
  }
  if (input.types.size() == 2) {
    return MakeBound(
        {type::String(), type::String()}, type::Int(),
        MakeKernel([](string_view a, string_view b) -> int32_t { return Levenshtein(a, b, -1); }));
  }
  return MakeBound({type::String(), type::String(), type::Int()}, type::Int(),
                   MakeKernel([](string_view a, string_view b, int32_t n, int32_t& out) {
                     out = n < 0 ? -1 : Levenshtein(a, b, n);
                   }));
}

void Soundex(string_view s, StringWriter& out) {
  static constexpr char kCodes[] = "01230127022455012623017202";  // 7: separates nothing (H, W)
  if (s.empty()) {
    return;
  }
  const auto upper = [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); };
  const char first = upper(s[0]);
  if (first < 'A' || first > 'Z') {
    out.Refer(s);
    return;
  }
  char code[4] = {first, '0', '0', '0'};
  int n = 1;
  char last = kCodes[first - 'A'];
  for (size_t i = 1; i < s.size() && n < 4; ++i) {
    const char c = upper(s[i]);
    if (c < 'A' || c > 'Z') {
      last = '0';
      continue;
    }
    const char digit = kCodes[c - 'A'];
    if (digit == '7') {
      continue;
    }
    if (digit != '0' && digit != last) {
      code[n++] = digit;
    }
    last = digit;
  }
  out.Append(string_view(code, 4));
}

int32_t Ascii(string_view s) {
  if (s.empty()) {
    return 0;
  }
  size_t at = 0;
  return static_cast<int32_t>(DecodeUtf8(s, &at));
}

void Chr(int64_t n, StringWriter& out) {
  if (n >= 0) {
    AppendUtf8(static_cast<uint32_t>(n & 0xFF), &out.buffer());
  }
}

bool ValidUtf8(string_view s) {
  return IsValidUtf8(s);
}

void MakeValid(string_view s, StringWriter& out) {
  if (IsValidUtf8(s)) {
    out.Refer(s);
  } else {
    out.Append(MakeValidUtf8(s));
  }
}

Row Validate(string_view s, StringWriter& out) {
  out.Refer(s);
  return IsValidUtf8(s) ? Row::kValue : Row::kError;
}

bool TryValidate(string_view s, StringWriter& out) {
  out.Refer(s);
  return IsValidUtf8(s);
}

Status InvalidUtf8(const KernelArguments& a, int64_t row) {
  std::string text;
  for (const char c : Argument<string_view>(a, 0, row)) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    text += "\\x";
    text += kHex[static_cast<unsigned char>(c) >> 4];
    text += kHex[c & 15];
  }
  return base::UserError("INVALID_UTF8_STRING",
                         "Invalid UTF8 byte sequence found in string: " + text + ".",
                         {{"str", text}});
}

// Digits with an even distance from the end count double.
bool Luhn(string_view s) {
  if (s.empty()) {
    return false;
  }
  int sum = 0;
  bool doubled = false;
  for (size_t i = s.size(); i-- > 0;) {
    if (s[i] < '0' || s[i] > '9') {
      return false;
    }
    int digit = s[i] - '0';
    if (doubled) {
      digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    }
    sum += digit;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

void Quote(string_view s, StringWriter& out) {
  out.Append('\'');
  for (const char c : s) {
    if (c == '\'') {
      out.Append('\\');
    }
    out.Append(c);
  }
  out.Append('\'');
}

const Registration kInstr(ScalarFunction{
    .name = "instr",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = Signature({type::String(), type::String()}, type::Int(), MakeKernel(&Instr)),
    .description = "The position (from 1) where a text first occurs, 0 if it does not.",
    .examples = {{"SELECT instr('SparkSQL', 'SQL')", "6"}},
    .since = "1.5.0"});
const Registration kLocate(ScalarFunction{
    .name = "locate",
    .aliases = {"position"},
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindLocate,
    .description =
        "locate(part, s[, from]): the position where a text first occurs at or behind `from`.",
    .examples = {{"SELECT locate('bar', 'foobarbar', 5)", "7"}},
    .since = "1.5.0"});
const Registration kReplace(ScalarFunction{
    .name = "replace",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindReplace,
    .description = "All occurrences of a text replaced, or removed.",
    .examples = {{"SELECT replace('ABCabc', 'abc', 'DEF')", "ABCDEF"}},
    .since = "2.3.0"});
const Registration kTranslate(ScalarFunction{
    .name = "translate",
    .min_arguments = 3,
    .max_arguments = 3,
    .bind = Signature({type::String(), type::String(), type::String()}, type::String(),
                      MakeKernel(TranslateBody{})),
    .description =
        "Each character of the second argument replaced by that of the third at the same place.",
    .examples = {{"SELECT translate('AaBbCc', 'abc', '123')", "A1B2C3"}},
    .since = "1.5.0"});
const Registration kStartsWith(ScalarFunction{
    .name = "startswith",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindHas<Where::kStart>,
    .description = "True if the first argument starts with the second.",
    .examples = {{"SELECT startswith('Spark SQL', 'Spark')", "true"}},
    .since = "3.3.0"});
const Registration kEndsWith(ScalarFunction{
    .name = "endswith",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindHas<Where::kEnd>,
    .description = "True if the first argument ends with the second.",
    .examples = {{"SELECT endswith('Spark SQL', 'SQL')", "true"}},
    .since = "3.3.0"});
const Registration kContains(ScalarFunction{
    .name = "contains",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindHas<Where::kAnywhere>,
    .description = "True if the first argument contains the second.",
    .examples = {{"SELECT contains('Spark SQL', 'SPARK')", "false"}},
    .since = "3.3.0"});
const Registration kFindInSet(ScalarFunction{
    .name = "find_in_set",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = Signature({type::String(), type::String()}, type::Int(), MakeKernel(&FindInSet)),
    .description =
        "The place (from 1) of a word in a list separated by commas, 0 if it is not there.",
    .examples = {{"SELECT find_in_set('ab', 'abc,b,ab,c,def')", "3"}},
    .since = "1.5.0"});
const Registration kLevenshtein(ScalarFunction{
    .name = "levenshtein",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindLevenshtein,
    .description = "The edit distance of two strings; -1 where it is above a given limit.",
    .examples = {{"SELECT levenshtein('kitten', 'sitting')", "3"}},
    .since = "1.5.0"});
const Registration kSoundex(ScalarFunction{
    .name = "soundex",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&Soundex)),
    .description = "The Soundex code of a word.",
    .examples = {{"SELECT soundex('Miller')", "M460"}},
    .since = "1.5.0"});
const Registration kAscii(ScalarFunction{
    .name = "ascii",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::Int(), MakeKernel(&Ascii)),
    .description = "The code point of the first character, 0 for an empty string.",
    .examples = {{"SELECT ascii('222')", "50"}},
    .since = "1.5.0"});
const Registration kChr(ScalarFunction{
    .name = "chr",
    .aliases = {"char"},
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::Long()}, type::String(), MakeKernel(&Chr)),
    .description = "The character with code n modulo 256; empty for negative n.",
    .examples = {{"SELECT chr(65)", "A"}},
    .since = "2.3.0"});
const Registration kIsValidUtf8(ScalarFunction{
    .name = "is_valid_utf8",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::Boolean(), MakeKernel(&ValidUtf8)),
    .description = "True if the string is well-formed UTF-8.",
    .examples = {{"SELECT is_valid_utf8('Spark')", "true"}},
    .since = "4.0.0"});
const Registration kMakeValidUtf8(ScalarFunction{
    .name = "make_valid_utf8",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&MakeValid)),
    .description = "The string with malformed bytes replaced by U+FFFD.",
    .examples = {{"SELECT make_valid_utf8('Spark')", "Spark"}},
    .since = "4.0.0"});
const Registration kValidateUtf8(ScalarFunction{
    .name = "validate_utf8",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&Validate, &InvalidUtf8),
                      {.can_fail = true}),
    .description = "The string itself; an error where it is not well-formed UTF-8.",
    .examples = {{"SELECT validate_utf8('Spark')", "Spark"}},
    .since = "4.0.0"});
const Registration kTryValidateUtf8(ScalarFunction{
    .name = "try_validate_utf8",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&TryValidate),
                      {.nullable = true}),
    .description = "The string itself; null where it is not well-formed UTF-8.",
    .examples = {{"SELECT try_validate_utf8('Spark')", "Spark"}},
    .since = "4.0.0"});
const Registration kLuhnCheck(ScalarFunction{
    .name = "luhn_check",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::Boolean(), MakeKernel(&Luhn)),
    .description = "True if the digits pass the Luhn check.",
    .examples = {{"SELECT luhn_check('8112189876')", "true"}},
    .since = "3.5.0"});
const Registration kQuote(ScalarFunction{
    .name = "quote",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&Quote)),
    .description = "The string in single quotes, those inside with a backslash before them.",
    .examples = {{"SELECT quote('Don\\'t')", "'Don\\'t'"}},
    .since = "4.1.0"});

}  // namespace
}  // namespace emery::functions
