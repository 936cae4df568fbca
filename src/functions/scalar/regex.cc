// LIKE and ILIKE (with ANY and ALL), RLIKE, the regexp_ family and split.

#include <algorithm>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/pattern.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypeId;
using type::TypePtr;

Status CheckStrings(const BindInput& input, size_t count) {
  for (size_t i = 0; i < std::min(count, input.types.size()); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return Status::OK();
}

// ---- LIKE
// ----------------------------------------------------------------------------------------------------------------------

// like(s, pattern[, escape]).
template <bool kFold>
Result<BoundScalar> BindLike(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 3));
  char escape = '\\';
  std::vector<TypePtr> arguments(input.types.size(), type::String());
  if (input.types.size() == 3) {
    const auto given = LiteralString(input, 2);
    if (!given.has_value() || given->size() != 1) {
      return base::UserError("INVALID_ESCAPE_CHAR",
                             "`EscapeChar` should be a string literal of length one, but got \"" +
                                 given.value_or("") + "\".",
                             {{"sqlExpr", "\"" + given.value_or("") + "\""}});
    }
    escape = (*given)[0];
  }
  if (const auto pattern = LiteralString(input, 1)) {
    ARROW_ASSIGN_OR_RAISE(const LikePattern like, LikePattern::Make(*pattern, escape, kFold));
    auto shared = std::make_shared<const LikePattern>(like);
    return MakeBound(arguments, type::Boolean(),
                     [shared](const KernelArguments& a) -> Result<VectorPtr> {
                       return Map(a, [&](string_view s) -> bool { return shared->Matches(s); });
                     });
  }
  return MakeBound(arguments, type::Boolean(),
                   [escape](const KernelArguments& a) -> Result<VectorPtr> {
                     Status failed;
                     std::string last;
                     std::shared_ptr<const LikePattern> like;
                     ARROW_ASSIGN_OR_RAISE(
                         VectorPtr result,
                         Map(a, [&](string_view s, string_view pattern, bool& out) {
                           if (!failed.ok()) {
                             return;
                           }
                           if (like == nullptr || last != pattern) {
                             auto made = LikePattern::Make(pattern, escape, kFold);
                             if (!made.ok()) {
                               failed = made.status();
                               return;
                             }
                             last = pattern;
                             like = std::make_shared<const LikePattern>(*made);
                           }
                           out = like->Matches(s);
                         }));
                     ARROW_RETURN_NOT_OK(failed);
                     return result;
                   },
                   {.can_fail = true});
}

// ---- kernels over a pattern
// --------------------------------------------------------------------------------------------------------

/// Makes kernels of `body(Matcher&, row)`: the pattern is argument `index`, compiled once where it
/// is a literal. `run` gets a function that gives the row's Matcher, or null after a failure (which
/// is then returned).
using GetMatcher = std::function<Matcher*(int64_t)>;

Result<ScalarKernel> WithPattern(
    const BindInput& input, size_t index, std::string function,
    std::function<Result<VectorPtr>(const KernelArguments&, const GetMatcher&)> run) {
  std::shared_ptr<const Pattern> pattern;
  if (const auto regex = LiteralString(input, index)) {
    // Spark compiles when a row needs it, so an invalid pattern over no rows is no error.
    auto compiled = Pattern::Compile(*regex, function);
    if (compiled.ok()) {
      pattern = *compiled;
    }
  }
  return ScalarKernel([=](const KernelArguments& a) -> Result<VectorPtr> {
    Status failed;
    Matcher constant(pattern);
    PatternCache cache;
    const VectorReader<StringView> regexes(*a.arguments[index]);
    const GetMatcher get = [&](int64_t row) -> Matcher* {
      if (pattern != nullptr) {
        return &constant;
      }
      auto found = cache.Get(regexes[row].view(), function);
      if (!found.ok()) {
        failed = found.status();
        return nullptr;
      }
      return *found;
    };
    ARROW_ASSIGN_OR_RAISE(VectorPtr result, run(a, get));
    ARROW_RETURN_NOT_OK(failed);
    return result;
  });
}

bool AnyNull(const KernelArguments& a, int64_t row) {
  return std::any_of(a.arguments.begin(), a.arguments.end(),
                     [&](const VectorPtr& v) { return v->IsNull(row); });
}

Result<BoundScalar> BindRlike(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 2));
  ARROW_ASSIGN_OR_RAISE(
      ScalarKernel kernel,
      WithPattern(input, 1, "rlike",
                  [](const KernelArguments& a, const GetMatcher& get) -> Result<VectorPtr> {
                    columnar::FlatWriter out(a.return_type, a.num_rows);
                    const VectorReader<StringView> s(*a.arguments[0]);
                    for (int64_t i = 0; i < a.num_rows; ++i) {
                      if (AnyNull(a, i)) {
                        out.SetNull(i);
                        continue;
                      }
                      Matcher* m = get(i);
                      if (m == nullptr) {
                        break;
                      }
                      const string_view text = s[i].view();
                      out.values<uint8_t>()[i] =
                          m->pattern()->is_literal()
                              ? text.find(m->pattern()->regex()) != string_view::npos
                              : m->Find(text, 0);
                    }
                    return out.Finish(a.num_rows);
                  }));
  return MakeBound({type::String(), type::String()}, type::Boolean(), std::move(kernel),
                   {.can_fail = true});
}

Status GroupIndexError(const char* function, int count, int64_t index) {
  return base::UserError("INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
                         std::string("The value of parameter(s) `idx` in `") + function +
                             "` is invalid: Expects group index between 0 and " +
                             std::to_string(count) + ", but got " + std::to_string(index) + ".",
                         {{"parameter", "`idx`"},
                          {"functionName", std::string("`") + function + "`"},
                          {"groupCount", std::to_string(count)},
                          {"groupIndex", std::to_string(index)}});
}

Result<BoundScalar> BindRegexpExtract(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 2));
  std::vector<TypePtr> arguments = {type::String(), type::String()};
  if (input.types.size() == 3) {
    ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, 2, type::Int()));
    arguments.push_back(std::move(t));
  }
  const bool all = input.name == "regexp_extract_all";
  const auto run = [all](const KernelArguments& a, const GetMatcher& get) -> Result<VectorPtr> {
    const VectorReader<StringView> s(*a.arguments[0]);
    const auto builder = all ? VectorBuilder::Make(a.return_type) : nullptr;
    columnar::FlatWriter out(all ? type::String() : a.return_type, all ? 0 : a.num_rows);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (AnyNull(a, i)) {
        if (all) {
          builder->AppendNull();
        } else {
          out.SetNull(i);
        }
        continue;
      }
      Matcher* m = get(i);
      if (m == nullptr) {
        break;
      }
      const string_view text = s[i].view();
      const int32_t group = a.arguments.size() == 3 ? VectorReader<int32_t>(*a.arguments[2])[i] : 1;
      const int count = m->pattern()->num_groups();
      size_t from = 0;
      while (m->Find(text, from)) {
        if (group < 0 || group > count) {
          return GroupIndexError(all ? "regexp_extract_all" : "regexp_extract", count, group);
        }
        const string_view found = m->matched(group) ? m->group(text, group) : string_view();
        if (!all) {
          out.SetString(i, found);
          break;
        }
        builder->child(0).AppendString(found);
        from = m->Next(text);
      }
      if (all) {
        builder->AppendNested();
      } else if (group < 0 || group > count) {
        return GroupIndexError("regexp_extract", count, group);
      }
    }
    if (all) {
      while (builder->size() < a.num_rows) {
        builder->AppendNull();
      }
      return builder->Finish();
    }
    return out.Finish(a.num_rows);
  };
  ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, WithPattern(input, 1, std::string(input.name), run));
  return MakeBound(std::move(arguments), all ? type::Array(type::String()) : type::String(),
                   std::move(kernel), {.can_fail = true});
}

// Java's replacement text: $n and ${name} are groups (as many digits as there are groups), a
// backslash takes the next character as is.
struct Replacement {
  struct Part {
    std::string text;
    int group = -1;
  };

  std::vector<Part> parts;

  static Result<Replacement> Parse(string_view text, const Pattern& pattern) {
    Replacement r;
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) {
        r.parts.push_back({literal, -1});
        literal.clear();
      }
    };
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\') {
        if (++i == text.size()) {
          return base::UserError("INVALID_REGEXP_REPLACE",
                                 "The replacement ends with an escape character.");
        }
        literal.push_back(text[i]);
      } else if (text[i] == '$' && i + 1 < text.size()) {
        int group = -1;
        if (text[i + 1] == '{') {
          const size_t end = text.find('}', i);
          if (end != string_view::npos) {
            group = pattern.GroupByName(std::string(text.substr(i + 2, end - i - 2)));
            i = end;
          }
        } else if (text[i + 1] >= '0' && text[i + 1] <= '9') {
          group = text[++i] - '0';
          while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9' &&
                 group * 10 + (text[i + 1] - '0') <= pattern.num_groups()) {
            group = group * 10 + (text[++i] - '0');
          }
        }
        if (group < 0 || group > pattern.num_groups()) {
          return base::UserError(
              "INVALID_REGEXP_REPLACE",
              "Could not perform regexp_replace with replacement \"" + std::string(text) + "\".",
              {{"replacement", std::string(text)}, {"pattern", pattern.regex()}});
        }
        flush();
        r.parts.push_back({{}, group});
      } else {
        literal.push_back(text[i]);
      }
    }
    flush();
    return r;
  }
};

Result<BoundScalar> BindRegexpReplace(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 3));
  std::vector<TypePtr> arguments = {type::String(), type::String(), type::String()};
  if (input.types.size() == 4) {
    ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, 3, type::Int()));
    arguments.push_back(std::move(t));
    if (!IsLiteral(input, 3)) {
      return NotFoldable(input, 3, "position", "\"INT\"");
    }
    const auto position = LiteralInteger(input, 3);
    if (position.has_value() && *position < 1) {
      return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                             "Cannot resolve \"regexp_replace\" due to data type mismatch: The "
                             "position must be between (0, "
                             "2147483647] (current value = " +
                                 std::to_string(*position) + ").",
                             {{"exprName", "position"},
                              {"valueRange", "(0, 2147483647]"},
                              {"currentValue", std::to_string(*position)}});
    }
  }
  const auto run = [](const KernelArguments& a, const GetMatcher& get) -> Result<VectorPtr> {
    columnar::FlatWriter out(a.return_type, a.num_rows);
    const VectorReader<StringView> s(*a.arguments[0]);
    const VectorReader<StringView> replacements(*a.arguments[2]);
    std::string last;
    const Pattern* last_pattern = nullptr;
    Replacement replacement;
    std::string buffer;
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (AnyNull(a, i)) {
        out.SetNull(i);
        continue;
      }
      Matcher* m = get(i);
      if (m == nullptr) {
        break;
      }
      const string_view text = s[i].view();
      const int32_t position =
          a.arguments.size() == 4 ? VectorReader<int32_t>(*a.arguments[3])[i] : 1;
      const size_t start = OffsetOfCharacter(text, position - 1);
      if (start >= text.size() && position > 1) {
        out.SetString(i, text);
        continue;
      }
      size_t from = start;
      size_t copied = 0;
      buffer.clear();
      while (m->Find(text, from)) {
        if (last_pattern != m->pattern().get() || last != replacements[i].view()) {
          last = replacements[i].view();
          last_pattern = m->pattern().get();
          ARROW_ASSIGN_OR_RAISE(replacement, Replacement::Parse(last, *last_pattern));
        }
        buffer.append(text.substr(copied, m->start() - copied));
        for (const auto& part : replacement.parts) {
          if (part.group < 0) {
            buffer.append(part.text);
          } else if (m->matched(part.group)) {
            buffer.append(m->group(text, part.group));
          }
        }
        copied = m->end();
        from = m->Next(text);
      }
      buffer.append(text.substr(copied));
      out.SetString(i, buffer);
    }
    return out.Finish(a.num_rows);
  };
  ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, WithPattern(input, 1, "regexp_replace", run));
  return MakeBound(std::move(arguments), type::String(), std::move(kernel), {.can_fail = true});
}

// regexp_count, regexp_instr: a number; regexp_substr: the first match, or null.
Result<BoundScalar> BindRegexpFind(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 2));
  enum class What { kCount, kInstr, kSubstr };
  const What what = input.name == "regexp_count"   ? What::kCount
                    : input.name == "regexp_instr" ? What::kInstr
                                                   : What::kSubstr;
  std::vector<TypePtr> arguments = {type::String(), type::String()};
  if (input.types.size() == 3) {
    ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, 2, type::Int()));
    arguments.push_back(std::move(t));
  }
  const auto run = [what](const KernelArguments& a, const GetMatcher& get) -> Result<VectorPtr> {
    columnar::FlatWriter out(a.return_type, a.num_rows);
    const VectorReader<StringView> s(*a.arguments[0]);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (AnyNull(a, i)) {
        out.SetNull(i);
        continue;
      }
      Matcher* m = get(i);
      if (m == nullptr) {
        break;
      }
      const string_view text = s[i].view();
      if (what == What::kCount) {
        int32_t n = 0;
        for (size_t from = 0; m->Find(text, from); from = m->Next(text)) {
          ++n;
        }
        out.values<int32_t>()[i] = n;
      } else if (what == What::kInstr) {
        out.values<int32_t>()[i] =
            m->Find(text, 0) ? CountCharacters(text.substr(0, m->start())) + 1 : 0;
      } else if (m->Find(text, 0)) {
        out.SetString(i, m->group(text, 0));
      } else {
        out.SetNull(i);
      }
    }
    return out.Finish(a.num_rows);
  };
  ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, WithPattern(input, 1, std::string(input.name), run));
  SignatureOptions options{.can_fail = true};
  if (what == What::kSubstr) {
    options.nullable = true;
  }
  return MakeBound(std::move(arguments), what == What::kSubstr ? type::String() : type::Int(),
                   std::move(kernel), options);
}

// ---- split
// -------------------------------------------------------------------------------------------------------------------------

void Split(string_view text, Matcher& m, int32_t limit, VectorBuilder& out) {
  if (m.pattern()->regex().empty() && !text.empty()) {
    // Characters one by one; the last of a limited number takes the rest.
    int32_t n = 0;
    for (size_t at = 0; at < text.size();) {
      size_t length =
          std::min<size_t>(Utf8Length(static_cast<unsigned char>(text[at])), text.size() - at);
      if (limit > 0 && ++n == limit) {
        length = text.size() - at;
      }
      out.AppendString(text.substr(at, length));
      at += length;
    }
    return;
  }
  size_t begin = 0;
  int32_t n = 1;
  const bool literal = m.pattern()->is_literal() && !m.pattern()->regex().empty();
  const std::string& plain = m.pattern()->regex();
  size_t from = 0;
  while (limit <= 0 || n < limit) {
    size_t start;
    size_t end;
    if (literal) {
      start = text.find(plain, from);
      if (start == string_view::npos) {
        break;
      }
      end = start + plain.size();
      from = end;
    } else {
      if (!m.Find(text, from)) {
        break;
      }
      start = m.start();
      end = m.end();
      from = m.Next(text);
      if (end == 0 || (start == end && start >= text.size())) {
        if (end == 0) {
          continue;  // an empty match at the start gives no empty first part
        }
      }
    }
    out.AppendString(text.substr(begin, start - begin));
    begin = end;
    ++n;
  }
  out.AppendString(text.substr(begin));
}

Result<BoundScalar> BindSplit(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, 2));
  std::vector<TypePtr> arguments = {type::String(), type::String()};
  if (input.types.size() == 3) {
    ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, 2, type::Int()));
    arguments.push_back(std::move(t));
  }
  const auto run = [](const KernelArguments& a, const GetMatcher& get) -> Result<VectorPtr> {
    const auto out = VectorBuilder::Make(a.return_type);
    const VectorReader<StringView> s(*a.arguments[0]);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      Matcher* m = AnyNull(a, i) ? nullptr : get(i);
      if (m == nullptr) {
        out->AppendNull();
        continue;
      }
      Split(s[i].view(), *m,
            a.arguments.size() == 3 ? VectorReader<int32_t>(*a.arguments[2])[i] : -1,
            out->child(0));
      out->AppendNested();
    }
    return out->Finish();
  };
  ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, WithPattern(input, 1, "split", run));
  return MakeBound(std::move(arguments), type::Array(type::String(), false), std::move(kernel),
                   {.can_fail = true});
}

// ---- LIKE ANY, LIKE ALL
// -------------------------------------------------------------------------------------------------------------

// likeany(s, p1, p2, …): three-valued over the patterns; negated forms test that some, or every,
// pattern does not match.
template <bool kAll, bool kNot>
Result<BoundScalar> BindLikeMany(const BindInput& input) {
  ARROW_RETURN_NOT_OK(CheckStrings(input, input.types.size()));
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), type::String()), type::Boolean(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<StringView> s(*a.arguments[0]);
        std::vector<std::shared_ptr<const LikePattern>> constants(a.arguments.size());
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (s.IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          bool null = false;
          bool decided = false;
          for (size_t k = 1; k < a.arguments.size() && !decided; ++k) {
            const Vector& v = *a.arguments[k];
            if (v.IsNull(i)) {
              null = true;
              continue;
            }
            std::shared_ptr<const LikePattern> like = constants[k];
            if (like == nullptr) {
              ARROW_ASSIGN_OR_RAISE(
                  LikePattern made,
                  LikePattern::Make(VectorReader<StringView>(v)[i].view(), '\\', false));
              like = std::make_shared<const LikePattern>(std::move(made));
              if (v.is_constant()) {
                constants[k] = like;
              }
            }
            decided = (like->Matches(s[i].view()) != kNot) != kAll;
          }
          if (!decided && null) {
            out.SetNull(i);
          } else {
            out.values<uint8_t>()[i] = decided != kAll;
          }
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .null_propagating = false, .nullable = true});
}

ScalarFunction LikeMany(std::string name, Bind bind, std::string description) {
  return ScalarFunction{.name = std::move(name),
                        .min_arguments = 1,
                        .max_arguments = -1,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .since = "3.0.0"};
}

const Registration kLikeAny(LikeMany("likeany", BindLikeMany<false, false>,
                                     "s LIKE ANY (patterns)."));
const Registration kLikeAll(LikeMany("likeall", BindLikeMany<true, false>,
                                     "s LIKE ALL (patterns)."));
const Registration kNotLikeAny(LikeMany("notlikeany", BindLikeMany<false, true>,
                                        "s NOT LIKE ANY (patterns)."));
const Registration kNotLikeAll(LikeMany("notlikeall", BindLikeMany<true, true>,
                                        "s NOT LIKE ALL (patterns)."));
const Registration kLike(ScalarFunction{
    .name = "like",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindLike<false>,
    .description =
        "True if the string matches the pattern: _ is any character, % any number of them.",
    .examples = {{"SELECT like('Spark', '_park')", "true"}},
    .since = "1.0.0"});
const Registration kIlike(ScalarFunction{.name = "ilike",
                                         .min_arguments = 2,
                                         .max_arguments = 3,
                                         .bind = BindLike<true>,
                                         .description = "As like, whatever the case of letters.",
                                         .examples = {{"SELECT ilike('Spark', '_PARK')", "true"}},
                                         .since = "3.3.0"});
const Registration kRlike(ScalarFunction{
    .name = "rlike",
    .aliases = {"regexp", "regexp_like"},
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindRlike,
    .description = "True if some part of the string matches the regular expression.",
    .examples = {{"SELECT rlike('Spark SQL', 'S.*L')", "true"}},
    .since = "1.0.0"});
const Registration kRegexpExtract(ScalarFunction{
    .name = "regexp_extract",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindRegexpExtract,
    .description = "A group (the first) of the first match; empty where there is none.",
    .examples = {{"SELECT regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 1)", "100"}},
    .since = "1.5.0"});
const Registration kRegexpExtractAll(ScalarFunction{
    .name = "regexp_extract_all",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindRegexpExtract,
    .description = "A group of every match, as an array.",
    .examples = {{"SELECT regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1)",
                  "[\"100\",\"300\"]"}},
    .since = "3.1.0"});
const Registration kRegexpReplace(ScalarFunction{
    .name = "regexp_replace",
    .min_arguments = 3,
    .max_arguments = 4,
    .bind = BindRegexpReplace,
    .description = "Every match, from a position on, replaced.",
    .examples = {{"SELECT regexp_replace('100-200', '(\\\\d+)', 'num')", "num-num"}},
    .since = "1.5.0"});
const Registration kRegexpCount(ScalarFunction{
    .name = "regexp_count",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindRegexpFind,
    .description = "The number of matches.",
    .examples = {{"SELECT regexp_count('aXbXc', 'X')", "2"}},
    .since = "3.4.0"});
const Registration kRegexpInstr(ScalarFunction{
    .name = "regexp_instr",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindRegexpFind,
    .description = "The position (from 1) of the first match, 0 where there is none.",
    .examples = {{"SELECT regexp_instr('user@spark.apache.org', '@[^.]*')", "5"}},
    .since = "3.4.0"});
const Registration kRegexpSubstr(ScalarFunction{
    .name = "regexp_substr",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindRegexpFind,
    .description = "The first match, null where there is none.",
    .examples = {{"SELECT regexp_substr('Steven Jones', 'Ste(v|ph)en')", "Steven"}},
    .since = "3.4.0"});
const Registration kSplit(ScalarFunction{
    .name = "split",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindSplit,
    .description =
        "The parts between matches of a regular expression; a positive limit bounds their number.",
    .examples = {{"SELECT split('oneAtwoBthreeC', '[ABC]')", "[\"one\",\"two\",\"three\",\"\"]"}},
    .since = "1.5.0"});

}  // namespace
}  // namespace emery::functions
