#include "functions/scalar/pattern.h"

#include <algorithm>

#include <pcre2.h>

#include "functions/scalar/utf8.h"

namespace emery::functions {

namespace {

// What Java writes differently from PCRE2. Character classes inside classes ("[a-z&&[^b]]",
// "[a[bc]]") are merged where that is a plain union; possessive quantifiers, lookaround, \Q…\E,
// named groups and \p{L} are the same in both.
std::string FromJava(std::string_view regex) {
  std::string out;
  out.reserve(regex.size() + 8);
  bool in_class = false;
  int depth = 0;
  for (size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '\\' && i + 1 < regex.size()) {
      const char next = regex[i + 1];
      if (next == 'Q') {
        const size_t end = regex.find("\\E", i + 2);
        const size_t stop = end == std::string_view::npos ? regex.size() : end + 2;
        out.append(regex.substr(i, stop - i));
        i = stop - 1;
        continue;
      }
      if (next == 'u' && i + 5 < regex.size()) {
        out.append("\\x{").append(regex.substr(i + 2, 4)).append("}");
        i += 5;
        continue;
      }
      if ((next == 'p' || next == 'P') && i + 2 < regex.size() && regex[i + 2] == '{') {
        const size_t end = regex.find('}', i);
        if (end != std::string_view::npos) {
          const std::string name(regex.substr(i + 3, end - i - 3));
          static constexpr std::pair<const char*, const char*> kPosix[] = {
              {"Lower", "a-z"},
              {"Upper", "A-Z"},
              {"ASCII", "\\x00-\\x7F"},
              {"Alpha", "a-zA-Z"},
              {"Digit", "0-9"},
              {"Alnum", "a-zA-Z0-9"},
              {"Punct", "!-/:-@\\[-`{-~"},
              {"Graph", "!-~"},
              {"Print", " -~"},
              {"Blank", " \\t"},
              {"Cntrl", "\\x00-\\x1F\\x7F"},
              {"XDigit", "0-9a-fA-F"},
              {"Space", " \\t\\n\\x0B\\f\\r"}};
          const auto* found = std::find_if(std::begin(kPosix), std::end(kPosix),
                                           [&](const auto& p) { return name == p.first; });
          if (found != std::end(kPosix)) {
            if (in_class && next == 'p') {
              out.append(found->second);
            } else {
              out.append(next == 'p' ? "[" : "[^").append(found->second).append("]");
            }
          } else {
            std::string mapped = name;
            if (mapped.starts_with("Is")) {
              mapped = mapped.substr(2);
            } else if (mapped.starts_with("java")) {
              mapped = mapped == "javaUpperCase"    ? "Lu"
                       : mapped == "javaLowerCase"  ? "Ll"
                       : mapped == "javaWhitespace" ? "Z"
                                                    : "L";
            }
            if (mapped == "Alphabetic") {
              mapped = "L";
            }
            out.append("\\").append(1, next).append("{").append(mapped).append("}");
          }
          i = end;
          continue;
        }
      }
      if (next == 'h' && in_class) {
        out.append(" \\t");
      } else if (next == 'Z') {
        out.append("\\Z");
      } else if ((next >= 'g' && next <= 'z' &&
                  std::string_view("gijklmoy").find(next) != std::string_view::npos)) {
        out.append("\\").append(1, next == 'k' ? 'k' : next);
      } else {
        out.append(1, c).append(1, next);
      }
      ++i;
      continue;
    }
    if (in_class) {
      if (c == '[') {
        if (i + 1 < regex.size() && regex[i + 1] == ':') {
          out.append("\\[");
          continue;
        }
        // A class within the class: its members join, its brackets go.
        if (i + 1 < regex.size() && regex[i + 1] != '^') {
          ++depth;
          continue;
        }
        out.append("\\[");
        continue;
      }
      if (c == ']') {
        if (depth > 0) {
          --depth;
          continue;
        }
        in_class = false;
      }
      out.push_back(c);
      continue;
    }
    if (c == '[') {
      in_class = true;
      out.push_back(c);
      if (i + 1 < regex.size() && regex[i + 1] == '^') {
        out.push_back('^');
        ++i;
      }
      // Java takes a bracket at the start of a class for an end, PCRE for a member; neither is
      // common.
      continue;
    }
    out.push_back(c);
  }
  return out;
}

pcre2_code* Code(void* p) {
  return static_cast<pcre2_code*>(p);
}

}  // namespace

Pattern::~Pattern() {
  pcre2_code_free(Code(code_));
}

Result<std::shared_ptr<const Pattern>> Pattern::Compile(std::string_view regex,
                                                        std::string_view function,
                                                        bool case_insensitive) {
  std::shared_ptr<Pattern> pattern(new Pattern());
  pattern->regex_ = regex;
  pattern->literal_ =
      !case_insensitive && regex.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
  const std::string translated = FromJava(regex);
  int error = 0;
  PCRE2_SIZE offset = 0;
  const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_ALLOW_EMPTY_CLASS * 0 |
                           (case_insensitive ? PCRE2_CASELESS : 0);
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()),
                                   translated.size(), options, &error, &offset, nullptr);
  if (code == nullptr) {
    return base::UserError("INVALID_PARAMETER_VALUE.PATTERN",
                           "The value of parameter(s) `regexp` in `" + std::string(function) +
                               "` is invalid: '" + std::string(regex) + "'.",
                           {{"parameter", "`regexp`"},
                            {"functionName", "`" + std::string(function) + "`"},
                            {"value", "'" + std::string(regex) + "'"}});
  }
  pattern->code_ = code;
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  uint32_t groups = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  pattern->num_groups_ = static_cast<int>(groups);
  return pattern;
}

int Pattern::GroupByName(const std::string& name) const {
  const int n =
      pcre2_substring_number_from_name(Code(code_), reinterpret_cast<PCRE2_SPTR>(name.c_str()));
  return n > 0 ? n : -1;
}

void Matcher::Reset(std::shared_ptr<const Pattern> pattern) {
  if (data_ != nullptr) {
    pcre2_match_data_free(static_cast<pcre2_match_data*>(data_));
    data_ = nullptr;
  }
  pattern_ = std::move(pattern);
}

bool Matcher::Find(std::string_view text, size_t from) {
  auto* data = static_cast<pcre2_match_data*>(data_);
  if (data == nullptr) {
    data = pcre2_match_data_create_from_pattern(Code(pattern_->code_), nullptr);
    data_ = data;
    offsets_ = pcre2_get_ovector_pointer(data);
  }
  if (from > text.size()) {
    return false;
  }
  const char* subject = text.data() == nullptr ? "" : text.data();
  return pcre2_match(Code(pattern_->code_), reinterpret_cast<PCRE2_SPTR>(subject), text.size(),
                     from, 0, data, nullptr) > 0;
}

bool Matcher::matched(int group) const {
  return offsets_[2 * group] != PCRE2_UNSET;
}

size_t Matcher::Next(std::string_view text) const {
  const size_t e = end();
  if (e > start()) {
    return e;
  }
  return e < text.size() ? e + Utf8Length(static_cast<unsigned char>(text[e])) : e + 1;
}

Result<Matcher*> PatternCache::Get(std::string_view regex, std::string_view function,
                                   bool case_insensitive) {
  if (matcher_.pattern() == nullptr || last_ != regex) {
    ARROW_ASSIGN_OR_RAISE(auto pattern, Pattern::Compile(regex, function, case_insensitive));
    last_ = regex;
    matcher_.Reset(std::move(pattern));
  }
  return &matcher_;
}

// ---- LIKE
// -------------------------------------------------------------------------------------------------------------------

Result<LikePattern> LikePattern::Make(std::string_view pattern, char escape,
                                      bool case_insensitive) {
  LikePattern like;
  like.fold_ = case_insensitive;
  std::string text;
  const auto flush = [&] {
    if (!text.empty()) {
      if (case_insensitive) {
        std::string lower;
        AppendLower(text, &lower);
        text = std::move(lower);
      }
      like.tokens_.push_back({Token::Type::kText, text});
      text.clear();
    }
  };
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == escape) {
      if (i + 1 >= pattern.size()) {
        return base::UserError("INVALID_FORMAT.ESC_AT_THE_END",
                               "The format is invalid: '" + std::string(pattern) +
                                   "'. The escape character is not allowed to end with.",
                               {{"format", "'" + std::string(pattern) + "'"}});
      }
      const char next = pattern[i + 1];
      if (next != '_' && next != '%' && next != escape) {
        return base::UserError("INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                               "The format is invalid: '" + std::string(pattern) +
                                   "'. The escape character is not allowed to precede '" + next +
                                   "'.",
                               {{"format", "'" + std::string(pattern) + "'"},
                                {"char", std::string("'") + next + "'"}});
      }
      text.push_back(next);
      ++i;
    } else if (c == '_') {
      flush();
      like.tokens_.push_back({Token::Type::kOne, {}});
    } else if (c == '%') {
      flush();
      if (like.tokens_.empty() || like.tokens_.back().type != Token::Type::kMany) {
        like.tokens_.push_back({Token::Type::kMany, {}});
      }
    } else {
      text.push_back(c);
    }
  }
  flush();
  const auto& t = like.tokens_;
  const auto is_text = [&](size_t i) { return t[i].type == Token::Type::kText; };
  const auto is_many = [&](size_t i) { return t[i].type == Token::Type::kMany; };
  if (t.empty() || (t.size() == 1 && is_text(0))) {
    like.kind_ = Kind::kEqual;
    like.prefix_ = t.empty() ? "" : t[0].text;
  } else if (t.size() == 2 && is_text(0) && is_many(1)) {
    like.kind_ = Kind::kPrefix;
    like.prefix_ = t[0].text;
  } else if (t.size() == 2 && is_many(0) && is_text(1)) {
    like.kind_ = Kind::kSuffix;
    like.suffix_ = t[1].text;
  } else if (t.size() == 3 && is_many(0) && is_text(1) && is_many(2)) {
    like.kind_ = Kind::kContains;
    like.prefix_ = t[1].text;
  } else if (t.size() == 3 && is_text(0) && is_many(1) && is_text(2)) {
    like.kind_ = Kind::kPrefixSuffix;
    like.prefix_ = t[0].text;
    like.suffix_ = t[2].text;
  }
  return like;
}

bool LikePattern::Matches(std::string_view s) const {
  std::string lower;
  if (fold_) {
    AppendLower(s, &lower);
    s = lower;
  }
  switch (kind_) {
    case Kind::kEqual:
      return s == prefix_;
    case Kind::kPrefix:
      return s.starts_with(prefix_);
    case Kind::kSuffix:
      return s.ends_with(suffix_);
    case Kind::kContains:
      return prefix_.size() <= s.size() &&
             memmem(s.data(), s.size(), prefix_.data(), prefix_.size()) != nullptr;
    case Kind::kPrefixSuffix:
      return s.size() >= prefix_.size() + suffix_.size() && s.starts_with(prefix_) &&
             s.ends_with(suffix_);
    case Kind::kGeneral:
      break;
  }
  return MatchGeneral(s);
}

// Greedy from left to right: after a "many" the text up to the next one is looked for at each
// place; what matched before a "many" never needs to be given up again.
bool LikePattern::MatchGeneral(std::string_view s) const {
  size_t token = 0;
  size_t at = 0;
  size_t retry_token = std::string_view::npos;
  size_t retry_at = 0;
  while (true) {
    bool ok = false;
    if (token == tokens_.size()) {
      ok = at == s.size();
      if (ok) {
        return true;
      }
    } else if (tokens_[token].type == Token::Type::kMany) {
      retry_token = ++token;
      retry_at = at;
      if (token == tokens_.size()) {
        return true;
      }
      continue;
    } else if (tokens_[token].type == Token::Type::kOne) {
      ok = at < s.size();
      if (ok) {
        at = std::min(s.size(), at + Utf8Length(static_cast<unsigned char>(s[at])));
      }
    } else {
      ok = s.substr(at).starts_with(tokens_[token].text);
      if (ok) {
        at += tokens_[token].text.size();
      } else if (retry_token == token) {
        // Directly behind a "many": jump to the next occurrence.
        const size_t found = s.find(tokens_[token].text, at);
        if (found == std::string_view::npos) {
          return false;
        }
        retry_at = found;
        at = found + tokens_[token].text.size();
        ok = true;
      }
    }
    if (ok) {
      ++token;
      continue;
    }
    if (retry_token == std::string_view::npos || retry_at >= s.size()) {
      return false;
    }
    retry_at += Utf8Length(static_cast<unsigned char>(s[retry_at]));
    at = std::min(retry_at, s.size());
    token = retry_token;
  }
}

}  // namespace emery::functions
