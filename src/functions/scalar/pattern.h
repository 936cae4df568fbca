#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace emery::functions {

/// A regular expression in Java's syntax, compiled by PCRE2 with JIT. Immutable after Compile;
/// matching state is per Matcher.
class Pattern {
 public:
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Errors: INVALID_PARAMETER_VALUE.PATTERN, naming `function`. `case_insensitive`: as Java's
  /// CASE_INSENSITIVE | UNICODE_CASE.
  static Result<std::shared_ptr<const Pattern>> Compile(std::string_view regex,
                                                        std::string_view function,
                                                        bool case_insensitive = false);

  const std::string& regex() const { return regex_; }

  int num_groups() const { return num_groups_; }

  /// The text itself where the expression has no special characters.
  bool is_literal() const { return literal_; }

  /// The group's number, -1 if there is none of that name.
  int GroupByName(const std::string& name) const;

 private:
  friend class Matcher;
  Pattern() = default;
  std::string regex_;
  void* code_ = nullptr;
  int num_groups_ = 0;
  bool literal_ = false;
};

/// Runs one pattern over texts. Confined to one thread; copies start afresh, so that it can be
/// captured.
class Matcher {
 public:
  Matcher() = default;

  explicit Matcher(std::shared_ptr<const Pattern> pattern) : pattern_(std::move(pattern)) {}

  Matcher(const Matcher& other) : pattern_(other.pattern_) {}

  Matcher& operator=(const Matcher& other) {
    Reset(other.pattern_);
    return *this;
  }

  ~Matcher() { Reset(nullptr); }

  const std::shared_ptr<const Pattern>& pattern() const { return pattern_; }

  void Reset(std::shared_ptr<const Pattern> pattern);
  /// The first match at or behind byte `from`. `anchored`: only at `from`.
  bool Find(std::string_view text, size_t from);

  size_t start(int group = 0) const { return offsets_[2 * group]; }

  size_t end(int group = 0) const { return offsets_[2 * group + 1]; }

  bool matched(int group) const;

  std::string_view group(std::string_view text, int group) const {
    return text.substr(start(group), end(group) - start(group));
  }

  /// Where to look for the next match: behind this one, a character further if it was empty. May be
  /// beyond text.size().
  size_t Next(std::string_view text) const;

 private:
  std::shared_ptr<const Pattern> pattern_;
  void* data_ = nullptr;
  const size_t* offsets_ = nullptr;
};

/// Compiles patterns that come from a column, keeping the last one.
class PatternCache {
 public:
  Result<Matcher*> Get(std::string_view regex, std::string_view function,
                       bool case_insensitive = false);

 private:
  Matcher matcher_;
  std::string last_;
};

/// SQL LIKE with an escape character, without a regular expression: prefix, suffix, contained text
/// and equality are found as such.
class LikePattern {
 public:
  /// Errors: INVALID_FORMAT.ESC_IN_THE_MIDDLE, INVALID_FORMAT.ESC_AT_THE_END.
  static Result<LikePattern> Make(std::string_view pattern, char escape, bool case_insensitive);
  bool Matches(std::string_view s) const;

 private:
  enum class Kind { kEqual, kPrefix, kSuffix, kContains, kPrefixSuffix, kGeneral };

  /// Literal text, or any one character, or any number of them.
  struct Token {
    enum class Type { kText, kOne, kMany } type;
    std::string text;
  };

  bool MatchGeneral(std::string_view s) const;
  Kind kind_ = Kind::kGeneral;
  bool fold_ = false;
  std::string prefix_;
  std::string suffix_;
  std::vector<Token> tokens_;
};

}  // namespace emery::functions
