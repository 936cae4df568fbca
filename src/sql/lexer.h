#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sql/keywords.h"

namespace emery::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,        // identifier or keyword
  kQuotedName,  // `a b`, or "a b" where double quotes make identifiers
  kString,
  // Numbers, by suffix and form.
  kInteger,
  kDecimal,
  kExponent,
  kTinyint,
  kSmallint,
  kBigint,
  kFloat,
  kDouble,
  kBigDecimal,
  // Punctuation.
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kDot,
  kSemicolon,
  kColon,
  kDoubleColon,
  kQuestion,
  kBang,
  kEqual,          // = and ==
  kNullSafeEqual,  // <=>
  kNotEqual,       // != and <>
  kLess,
  kLessEqual,  // <= and !>
  kGreater,
  kGreaterEqual,  // >= and !<
  kShiftLeft,
  kShiftRight,
  kShiftRightUnsigned,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kTilde,
  kAmpersand,
  kPipe,
  kConcat,        // ||
  kPipeOperator,  // |>
  kCaret,
  kArrow,     // ->
  kFatArrow,  // =>
  kHintStart,
  kHintEnd,
  kUnrecognized,  // any other byte, or a quote that is never closed: an error where the parser
                  // meets it
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;
  int32_t begin = 0;  // byte offsets into the text, half-open
  int32_t end = 0;
  int32_t line = 1;    // 1-based
  int32_t column = 0;  // 0-based, in characters
  int32_t match = -1;  // of a parenthesis: index of the token that closes (opens) it
};

/// Splits `text` into tokens; the last one is kEnd. Comments and white space are left out.
/// Errors: UNCLOSED_BRACKETED_COMMENT.
Result<std::vector<Token>> Tokenize(std::string_view text, bool double_quoted_identifiers);

/// End (exclusive) of the quoted text that opens at `begin` (a quote or back quote), or text.size()
/// + 1 if it isn't closed. `raw`: no escapes.
size_t QuotedEnd(std::string_view text, size_t begin, bool raw);
/// End of the bracketed comment that opens at `begin`, nested ones counted, or text.size() + 1.
size_t BracketedCommentEnd(std::string_view text, size_t begin);
/// End of the line comment that opens at `begin`.
size_t LineCommentEnd(std::string_view text, size_t begin);

/// Value of a string token: quotes off, escapes replaced unless `keep_escapes` (or a raw string).
std::string UnquoteString(std::string_view token, bool keep_escapes);
/// Value of a quoted name.
std::string UnquoteName(std::string_view token);

}  // namespace emery::sql
