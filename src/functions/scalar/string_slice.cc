// Lengths and parts of strings: length, substring, left, right, trim, pad, repeat, reverse,
// overlay, split_part, substring_index.

#include <algorithm>
#include <climits>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypeId;
using type::TypePtr;

// A bind for functions whose first argument is a string or a binary, each with its kernel; `rest`
// are the other arguments.
template <class T, class B>
Bind StringOrBinary(T string_kernel, B binary_kernel, std::vector<TypePtr> rest, TypePtr result) {
  return [=](const BindInput& input) -> Result<BoundScalar> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr first, RequireStringOrBinary(input, 0));
    std::vector<TypePtr> arguments = {first};
    for (size_t i = 1; i < input.types.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, static_cast<int>(i), rest[i - 1]));
      arguments.push_back(std::move(t));
    }
    return MakeBound(std::move(arguments), result == nullptr ? first : result,
                     first->is(TypeId::kBinary) ? binary_kernel : string_kernel);
  };
}

int32_t Length(string_view s) {
  return CountCharacters(s);
}

int32_t ByteLength(string_view s) {
  return static_cast<int32_t>(s.size());
}

int32_t BitLength(string_view s) {
  return static_cast<int32_t>(s.size() * 8);
}

// Positions count from 1; 0 means the first, negative ones count from the end.
string_view SubstringSql(string_view s, int32_t position, int32_t length) {
  int64_t start = position > 0 ? position - 1 : 0;
  if (position < 0) {
    start = int64_t{CountCharacters(s)} + position;
  }
  const int64_t end = INT_MAX - start < length ? INT_MAX : start + length;
  return SubstringCharacters(s, start, end);
}

string_view SubBinary(string_view s, int32_t position, int32_t length) {
  const auto size = static_cast<int64_t>(s.size());
  if (position > size) {
    return {};
  }
  int64_t start = position > 0 ? position - 1 : position < 0 ? size + position : 0;
  const int64_t end = size - start < length ? size : start + length;
  start = std::max<int64_t>(start, 0);
  return start >= end ? string_view() : s.substr(start, end - start);
}

ScalarKernel SubstringKernel(size_t num_arguments, bool binary) {
  if (binary) {
    return num_arguments == 2
               ? MakeKernel([](string_view s, int32_t p, StringWriter& out) {
                   out.Refer(SubBinary(s, p, INT_MAX));
                 })
               : MakeKernel([](string_view s, int32_t p, int32_t n, StringWriter& out) {
                   out.Refer(SubBinary(s, p, n));
                 });
  }
  return num_arguments == 2
             ? MakeKernel([](string_view s, int32_t p, StringWriter& out) {
                 out.Refer(SubstringSql(s, p, INT_MAX));
               })
             : MakeKernel([](string_view s, int32_t p, int32_t n, StringWriter& out) {
                 out.Refer(SubstringSql(s, p, n));
               });
}

Result<BoundScalar> BindSubstring(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireStringOrBinary(input, 0));
  std::vector<TypePtr> arguments = {t};
  for (size_t i = 1; i < input.types.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(TypePtr n, Require(input, static_cast<int>(i), type::Int()));
    arguments.push_back(std::move(n));
  }
  return MakeBound(arguments, t, SubstringKernel(arguments.size(), t->is(TypeId::kBinary)));
}

void Left(string_view s, int32_t n, StringWriter& out) {
  out.Refer(SubstringCharacters(s, 0, n));
}

void LeftBinary(string_view s, int32_t n, StringWriter& out) {
  out.Refer(SubBinary(s, 1, n));
}

void Right(string_view s, int32_t n, StringWriter& out) {
  out.Refer(n <= 0 ? string_view() : SubstringSql(s, n == INT_MIN ? INT_MIN : -n, INT_MAX));
}

void RightBinary(string_view s, int32_t n, StringWriter& out) {
  out.Refer(n <= 0 ? string_view() : SubBinary(s, -n, INT_MAX));
}

// ---- trim
// ---------------------------------------------------------------------------------------------------------------

string_view TrimBlanks(string_view s, bool left, bool right) {
  size_t begin = 0;
  size_t end = s.size();
  while (left && begin < end && s[begin] == ' ') {
    ++begin;
  }
  while (right && end > begin && s[end - 1] == ' ') {
    --end;
  }
  return s.substr(begin, end - begin);
}

bool HasCharacter(string_view set, string_view c) {
  for (size_t at = 0; at < set.size();) {
    const size_t n =
        std::min<size_t>(Utf8Length(static_cast<unsigned char>(set[at])), set.size() - at);
    if (set.substr(at, n) == c) {
      return true;
    }
    at += n;
  }
  return false;
}

string_view TrimSet(string_view s, string_view set, bool left, bool right) {
  size_t begin = 0;
  size_t end = s.size();
  while (left && begin < end) {
    const size_t n =
        std::min<size_t>(Utf8Length(static_cast<unsigned char>(s[begin])), end - begin);
    if (!HasCharacter(set, s.substr(begin, n))) {
      break;
    }
    begin += n;
  }
  while (right && end > begin) {
    size_t start = end - 1;
    while (start > begin && (static_cast<unsigned char>(s[start]) & 0xC0) == 0x80) {
      --start;
    }
    if (!HasCharacter(set, s.substr(start, end - start))) {
      break;
    }
    end = start;
  }
  return s.substr(begin, end - begin);
}

// `set_first`: trim(set, s), as TRIM(set FROM s) comes; btrim is called the other way round.
template <bool kLeft, bool kRight, bool kSetFirst>
Result<BoundScalar> BindTrim(const BindInput& input) {
  std::vector<TypePtr> arguments;
  bool binary = false;
  for (size_t i = 0; i < input.types.size(); ++i) {
    if (!kSetFirst && input.types[i]->is(TypeId::kBinary)) {
      binary = true;
    }
    ARROW_ASSIGN_OR_RAISE(
        TypePtr t, Require(input, static_cast<int>(i), binary ? type::Binary() : type::String()));
    arguments.push_back(std::move(t));
  }
  const TypePtr result = binary ? type::Binary() : type::String();
  if (arguments.size() == 1) {
    return MakeBound(arguments, result, MakeKernel([](string_view s, StringWriter& out) {
                       out.Refer(TrimBlanks(s, kLeft, kRight));
                     }));
  }
  return MakeBound(
      arguments, result, MakeKernel([](string_view a, string_view b, StringWriter& out) {
        out.Refer(kSetFirst ? TrimSet(b, a, kLeft, kRight) : TrimSet(a, b, kLeft, kRight));
      }));
}

// ---- pad, repeat, reverse, overlay
// ----------------------------------------------------------------------------------------

void Pad(string_view s, int32_t length, string_view pad, bool left, StringWriter& out) {
  const int32_t own = CountCharacters(s);
  const int64_t missing = int64_t{length} - own;
  if (missing <= 0) {
    out.Refer(SubstringCharacters(s, 0, std::max(length, 0)));
    return;
  }
  if (pad.empty()) {
    out.Refer(s);
    return;
  }
  if (!left) {
    out.Append(s);
  }
  const int32_t pad_length = CountCharacters(pad);
  for (int64_t i = 0; i < missing / pad_length; ++i) {
    out.Append(pad);
  }
  out.Append(SubstringCharacters(pad, 0, missing % pad_length));
  if (left) {
    out.Append(s);
  }
}

void PadBinary(string_view s, int32_t length, string_view pad, bool left, StringWriter& out) {
  const auto size = static_cast<int64_t>(s.size());
  if (length <= size || pad.empty()) {
    out.Refer(s.substr(0, std::clamp<int64_t>(length, 0, size)));
    return;
  }
  if (!left) {
    out.Append(s);
  }
  for (int64_t i = 0; i < length - size; ++i) {
    out.Append(pad[i % pad.size()]);
  }
  if (left) {
    out.Append(s);
  }
}

template <bool kLeft>
Result<BoundScalar> BindPad(const BindInput& input) {
  const bool binary = input.types[0]->is(TypeId::kBinary) &&
                      (input.types.size() < 3 || input.types[2]->is(TypeId::kBinary));
  const TypePtr t = binary ? type::Binary() : type::String();
  std::vector<TypePtr> arguments;
  for (size_t i = 0; i < input.types.size(); ++i) {
    if (i != 1 && !binary && input.types[i]->is(TypeId::kBinary)) {
      arguments.push_back(t);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(TypePtr a, Require(input, static_cast<int>(i), i == 1 ? type::Int() : t));
    arguments.push_back(std::move(a));
  }
  if (arguments.size() == 2) {
    return MakeBound(arguments, t,
                     binary ? MakeKernel([](string_view s, int32_t n, StringWriter& out) {
                       PadBinary(s, n, string_view("\0", 1), kLeft, out);
                     })
                            : MakeKernel([](string_view s, int32_t n, StringWriter& out) {
                                Pad(s, n, " ", kLeft, out);
                              }));
  }
  return MakeBound(arguments, t,
                   binary ? MakeKernel([](string_view s, int32_t n, string_view pad,
                                          StringWriter& out) { PadBinary(s, n, pad, kLeft, out); })
                          : MakeKernel([](string_view s, int32_t n, string_view pad,
                                          StringWriter& out) { Pad(s, n, pad, kLeft, out); }));
}

void Repeat(string_view s, int32_t n, StringWriter& out) {
  for (int32_t i = 0; i < n; ++i) {
    out.Append(s);
  }
}

void Space(int32_t n, StringWriter& out) {
  out.buffer().assign(std::max(n, 0), ' ');
}

void Overlay(string_view s, string_view replace, int32_t position, int32_t length, bool binary,
             StringWriter& out) {
  const int64_t replaced =
      length >= 0 ? length
                  : (binary ? static_cast<int64_t>(replace.size()) : CountCharacters(replace));
  const auto last = static_cast<int64_t>(position) + replaced;
  if (binary) {
    out.Append(SubBinary(s, 1, position - 1));
    out.Append(replace);
    out.Append(SubBinary(s, static_cast<int32_t>(last), INT_MAX));
  } else {
    out.Append(SubstringSql(s, 1, position - 1));
    out.Append(replace);
    out.Append(SubstringSql(s, static_cast<int32_t>(last), INT_MAX));
  }
}

Result<BoundScalar> BindOverlay(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireStringOrBinary(input, 0));
  const bool binary = t->is(TypeId::kBinary);
  std::vector<TypePtr> arguments = {t};
  for (size_t i = 1; i < input.types.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(TypePtr a, Require(input, static_cast<int>(i), i == 1 ? t : type::Int()));
    arguments.push_back(std::move(a));
  }
  return MakeBound(
      arguments, t,
      arguments.size() == 3
          ? MakeKernel([binary](string_view s, string_view r, int32_t p, StringWriter& out) {
              Overlay(s, r, p, -1, binary, out);
            })
          : MakeKernel([binary](string_view s, string_view r, int32_t p, int32_t n,
                                StringWriter& out) { Overlay(s, r, p, n, binary, out); }));
}

// ---- parts between delimiters
// ------------------------------------------------------------------------------------------------

void SubstringIndex(string_view s, string_view delimiter, int32_t count, StringWriter& out) {
  if (delimiter.empty() || count == 0) {
    out.Refer({});
    return;
  }
  if (count > 0) {
    size_t at = string_view::npos;
    size_t from = 0;
    for (; count > 0; --count) {
      at = s.find(delimiter, from);
      if (at == string_view::npos) {
        out.Refer(s);
        return;
      }
      from = at + 1;
    }
    out.Refer(s.substr(0, at));
    return;
  }
  size_t at = s.size() + 1;
  for (; count < 0; ++count) {
    if (at == 0 || s.size() < delimiter.size()) {
      out.Refer(s);
      return;
    }
    at = s.rfind(delimiter, at - 1);
    if (at == string_view::npos) {
      out.Refer(s);
      return;
    }
  }
  out.Refer(s.substr(at + delimiter.size()));
}

Row SplitPart(string_view s, string_view delimiter, int32_t part, StringWriter& out) {
  if (part == 0) {
    return Row::kError;
  }
  if (delimiter.empty()) {
    out.Refer(part == 1 || part == -1 ? s : string_view());
    return Row::kValue;
  }
  if (part < 0) {
    int32_t pieces = 1;
    for (size_t at = s.find(delimiter); at != string_view::npos;
         at = s.find(delimiter, at + delimiter.size())) {
      ++pieces;
    }
    part = pieces + part + 1;
    if (part <= 0) {
      out.Refer({});
      return Row::kValue;
    }
  }
  size_t begin = 0;
  for (int32_t i = 1;; ++i) {
    const size_t end = s.find(delimiter, begin);
    if (i == part) {
      out.Refer(end == string_view::npos ? s.substr(begin) : s.substr(begin, end - begin));
      return Row::kValue;
    }
    if (end == string_view::npos) {
      out.Refer({});
      return Row::kValue;
    }
    begin = end + delimiter.size();
  }
}

Status ZeroIndex(const KernelArguments&, int64_t) {
  return base::UserError("INVALID_INDEX_OF_ZERO",
                         "The index 0 is invalid. An index shall be either < 0 or > 0 (the first "
                         "element has index 1).");
}

const Registration kLength(ScalarFunction{
    .name = "length",
    .aliases = {"char_length", "character_length", "len"},
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = StringOrBinary(MakeKernel(&Length), MakeKernel(&ByteLength), {}, type::Int()),
    .description = "The number of characters of a string, or of bytes of a binary.",
    .examples = {{"SELECT length('Spark SQL ')", "10"}},
    .since = "1.5.0"});
const Registration kOctetLength(ScalarFunction{
    .name = "octet_length",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = StringOrBinary(MakeKernel(&ByteLength), MakeKernel(&ByteLength), {}, type::Int()),
    .description = "The number of bytes.",
    .examples = {{"SELECT octet_length('Spark SQL')", "9"}},
    .since = "2.3.0"});
const Registration kBitLength(ScalarFunction{
    .name = "bit_length",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = StringOrBinary(MakeKernel(&BitLength), MakeKernel(&BitLength), {}, type::Int()),
    .description = "The number of bits.",
    .examples = {{"SELECT bit_length('Spark SQL')", "72"}},
    .since = "2.3.0"});
const Registration kSubstring(ScalarFunction{
    .name = "substring",
    .aliases = {"substr"},
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindSubstring,
    .description =
        "The part from a position (from 1; negative from the end) on, of at most the given length.",
    .examples = {{"SELECT substring('Spark SQL', 5)", "k SQL"},
                 {"SELECT substring('Spark SQL', -3)", "SQL"}},
    .since = "1.5.0"});
const Registration kLeft(ScalarFunction{
    .name = "left",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = StringOrBinary(MakeKernel(&Left), MakeKernel(&LeftBinary), {type::Int()}, nullptr),
    .description = "The first n characters.",
    .examples = {{"SELECT left('Spark SQL', 3)", "Spa"}},
    .since = "2.3.0"});
const Registration kRight(ScalarFunction{
    .name = "right",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = StringOrBinary(MakeKernel(&Right), MakeKernel(&RightBinary), {type::Int()}, nullptr),
    .description = "The last n characters.",
    .examples = {{"SELECT right('Spark SQL', 3)", "SQL"}},
    .since = "2.3.0"});
const Registration kTrim(ScalarFunction{
    .name = "trim",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindTrim<true, true, true>,
    .description =
        "The string without blanks at both ends; trim(set, s) removes the characters of the set.",
    .examples = {{"SELECT trim('    SparkSQL   ')", "SparkSQL"}},
    .since = "1.5.0"});
const Registration kLtrim(ScalarFunction{.name = "ltrim",
                                         .min_arguments = 1,
                                         .max_arguments = 2,
                                         .bind = BindTrim<true, false, true>,
                                         .description = "The string without blanks at its start.",
                                         .examples = {{"SELECT ltrim('  Spark')", "Spark"}},
                                         .since = "1.5.0"});
const Registration kRtrim(ScalarFunction{.name = "rtrim",
                                         .min_arguments = 1,
                                         .max_arguments = 2,
                                         .bind = BindTrim<false, true, true>,
                                         .description = "The string without blanks at its end.",
                                         .examples = {{"SELECT rtrim('Spark  ')", "Spark"}},
                                         .since = "1.5.0"});
const Registration kBtrim(ScalarFunction{
    .name = "btrim",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindTrim<true, true, false>,
    .description = "btrim(s[, set]): the string without the set's characters at both ends.",
    .examples = {{"SELECT btrim('SSparkSQLS', 'SL')", "parkSQ"}},
    .since = "3.2.0"});
const Registration kLpad(ScalarFunction{
    .name = "lpad",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindPad<true>,
    .description = "The string filled at its start to a length, or cut to it.",
    .examples = {{"SELECT lpad('hi', 5, '-')", "---hi"}},
    .since = "1.5.0"});
const Registration kRpad(ScalarFunction{
    .name = "rpad",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindPad<false>,
    .description = "The string filled at its end to a length, or cut to it.",
    .examples = {{"SELECT rpad('hi', 5, '-')", "hi---"}},
    .since = "1.5.0"});
const Registration kRepeat(ScalarFunction{
    .name = "repeat",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = Signature({type::String(), type::Int()}, type::String(), MakeKernel(&Repeat)),
    .description = "The string n times.",
    .examples = {{"SELECT repeat('123', 2)", "123123"}},
    .since = "1.5.0"});
const Registration kSpace(ScalarFunction{
    .name = "space",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::Int()}, type::String(), MakeKernel(&Space)),
    .description = "n blanks.",
    .examples = {{"SELECT concat(space(2), '1')", "  1"}},
    .since = "1.5.0"});
const Registration kOverlay(ScalarFunction{
    .name = "overlay",
    .min_arguments = 3,
    .max_arguments = 4,
    .bind = BindOverlay,
    .description = "The string with a part from a position on replaced.",
    .examples = {{"SELECT overlay('Spark SQL' PLACING '_' FROM 6)", "Spark_SQL"}},
    .since = "3.0.0"});
const Registration kSubstringIndex(ScalarFunction{
    .name = "substring_index",
    .min_arguments = 3,
    .max_arguments = 3,
    .bind = Signature({type::String(), type::String(), type::Int()}, type::String(),
                      MakeKernel(&SubstringIndex)),
    .description = "What stands before the n-th delimiter, or behind it counted from the end where "
                   "n is negative.",
    .examples = {{"SELECT substring_index('www.apache.org', '.', 2)", "www.apache"}},
    .since = "1.5.0"});
const Registration kSplitPart(ScalarFunction{
    .name = "split_part",
    .min_arguments = 3,
    .max_arguments = 3,
    .bind = Signature({type::String(), type::String(), type::Int()}, type::String(),
                      MakeKernel(&SplitPart, &ZeroIndex), {.can_fail = true}),
    .description = "The n-th part between delimiters, from the end where n is negative; empty "
                   "where there is none.",
    .examples = {{"SELECT split_part('11.12.13', '.', 3)", "13"}},
    .since = "3.3.0"});

}  // namespace
}  // namespace emery::functions
