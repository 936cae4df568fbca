#include "sql/lexer.h"

#include <utility>

namespace emery::sql {

namespace {

bool IsDigit(unsigned char c) {
  return c >= '0' && c <= '9';
}

bool IsLetter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

bool IsWordByte(unsigned char c) {
  return IsLetter(c) || IsDigit(c) || c == '_';
}

bool IsHexDigit(unsigned char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Bytes of the white space at `i`: ASCII, or one of Unicode's spaces (U+00A0, U+1680, U+2000-200B,
// U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF); 0 if there is none.
size_t SpaceLength(std::string_view text, size_t i) {
  const auto c = static_cast<unsigned char>(text[i]);
  if (c == ' ' || (c >= '\t' && c <= '\r')) {
    return 1;
  }
  if (c < 0x80) {
    return 0;
  }
  const auto at = [&](size_t k) {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0;
  };
  if (c == 0xC2 && at(1) == 0xA0) {
    return 2;
  }
  if (c == 0xE1 && at(1) == 0x9A && at(2) == 0x80) {
    return 3;
  }
  if (c == 0xE2 && at(1) == 0x80 &&
      ((at(2) >= 0x80 && at(2) <= 0x8B) || at(2) == 0xA8 || at(2) == 0xA9 || at(2) == 0xAF)) {
    return 3;
  }
  if (c == 0xE2 && at(1) == 0x81 && at(2) == 0x9F) {
    return 3;
  }
  if (c == 0xE3 && at(1) == 0x80 && at(2) == 0x80) {
    return 3;
  }
  if (c == 0xEF && at(1) == 0xBB && at(2) == 0xBF) {
    return 3;
  }
  return 0;
}

class Scanner {
 public:
  Scanner(std::string_view text, bool double_quoted_identifiers)
      : text_(text), double_quoted_identifiers_(double_quoted_identifiers) {}

  Result<std::vector<Token>> Run() {
    while (true) {
      ARROW_RETURN_NOT_OK(SkipSpace());
      Token token;
      token.begin = static_cast<int32_t>(at_);
      MovePosition(at_);
      token.line = line_;
      token.column = column_;
      if (at_ >= text_.size()) {
        token.end = token.begin;
        tokens_.push_back(token);
        return std::move(tokens_);
      }
      Scan(&token);
      token.end = static_cast<int32_t>(at_);
      Match(&token);
      tokens_.push_back(token);
    }
  }

 private:
  unsigned char At(size_t i) const {
    return i < text_.size() ? static_cast<unsigned char>(text_[i]) : 0;
  }

  // Line and column of `offset`, counted on from the last call.
  void MovePosition(size_t offset) {
    for (; counted_ < offset; ++counted_) {
      const auto c = static_cast<unsigned char>(text_[counted_]);
      if (c == '\n') {
        ++line_;
        column_ = 0;
      } else if ((c & 0xC0) != 0x80) {
        ++column_;
      }
    }
  }

  Status SkipSpace() {
    while (at_ < text_.size()) {
      if (const size_t space = SpaceLength(text_, at_); space > 0) {
        at_ += space;
      } else if (At(at_) == '-' && At(at_ + 1) == '-') {
        at_ = LineCommentEnd(text_, at_);
      } else if (At(at_) == '/' && At(at_ + 1) == '*' && At(at_ + 2) != '+') {
        const size_t end = BracketedCommentEnd(text_, at_);
        if (end > text_.size()) {
          MovePosition(at_);
          return base::UserError(
              "UNCLOSED_BRACKETED_COMMENT",
              "Found an unclosed bracketed comment. Please, append */ at the end of the comment.",
              {}, {static_cast<int32_t>(at_), static_cast<int32_t>(text_.size()), line_, column_});
        }
        at_ = end;
      } else {
        break;
      }
    }
    return Status::OK();
  }

  void Match(Token* token) {
    const auto index = static_cast<int32_t>(tokens_.size());
    if (token->kind == TokenKind::kLeftParen) {
      open_.push_back(index);
    } else if (token->kind == TokenKind::kRightParen && !open_.empty()) {
      token->match = open_.back();
      tokens_[open_.back()].match = index;
      open_.pop_back();
    }
  }

  void Quoted(Token* token, TokenKind kind, size_t quote, bool raw) {
    const size_t end = QuotedEnd(text_, quote, raw);
    if (end > text_.size()) {
      // Never closed: the rest of the text is one token, so that no later quote searches it again.
      token->kind = TokenKind::kUnrecognized;
      at_ = text_.size();
    } else {
      token->kind = kind;
      at_ = end;
    }
  }

  void Scan(Token* token) {
    const unsigned char c = At(at_);
    if (c == '\'' || c == '"') {
      const bool name = c == '"' && double_quoted_identifiers_;
      Quoted(token, name ? TokenKind::kQuotedName : TokenKind::kString, at_, name);
    } else if (c == '`') {
      Quoted(token, TokenKind::kQuotedName, at_, true);
    } else if ((c == 'r' || c == 'R') && (At(at_ + 1) == '\'' || At(at_ + 1) == '"') &&
               QuotedEnd(text_, at_ + 1, true) <= text_.size()) {
      Quoted(token, TokenKind::kString, at_ + 1, true);
    } else if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) {
      if (!ScanNumber(token)) {
        if (c == '.') {
          ScanPunctuation(token);
        } else {
          ScanWord(token);
        }
      }
    } else if (IsWordByte(c)) {
      ScanWord(token);
    } else {
      ScanPunctuation(token);
    }
  }

  void ScanWord(Token* token) {
    token->kind = TokenKind::kWord;
    const size_t begin = at_;
    while (at_ < text_.size() && IsWordByte(At(at_)) && SpaceLength(text_, at_) == 0) {
      ++at_;
    }
    if (at_ == begin) {
      ++at_;
      token->kind = TokenKind::kUnrecognized;
      return;
    }
    token->keyword = FindKeyword(text_.substr(begin, at_ - begin));
  }

  // A number, unless the word that starts here is longer: 1e3 is one, 1e3x and 12ab are
  // identifiers. A number with a point must not be followed by a letter (1.a is an index and a
  // field); then only the digits before it count.
  bool ScanNumber(Token* token) {
    size_t i = at_;
    while (IsDigit(At(i))) {
      ++i;
    }
    const size_t digits_end = i;
    bool point = false;
    if (At(i) == '.' && (i > at_ || IsDigit(At(i + 1)))) {
      point = true;
      ++i;
      while (IsDigit(At(i))) {
        ++i;
      }
    }
    if (TryNumberEnd(token, i, point)) {
      return true;
    }
    if (point && digits_end > at_) {
      return TryNumberEnd(token, digits_end, false);
    }
    return false;
  }

  bool TryNumberEnd(Token* token, size_t i, bool point) {
    bool exponent = false;
    const unsigned char e = At(i);
    if (e == 'e' || e == 'E') {
      size_t k = i + 1;
      if (At(k) == '+' || At(k) == '-') {
        ++k;
      }
      if (IsDigit(At(k))) {
        while (IsDigit(At(k))) {
          ++k;
        }
        exponent = true;
        i = k;
      }
    }
    TokenKind kind = exponent ? TokenKind::kExponent
                     : point  ? TokenKind::kDecimal
                              : TokenKind::kInteger;
    const auto suffix = static_cast<unsigned char>(At(i) & ~0x20U);
    const auto next_suffix = static_cast<unsigned char>(At(i + 1) & ~0x20U);
    if (suffix == 'F') {
      kind = TokenKind::kFloat;
      ++i;
    } else if (suffix == 'D') {
      kind = TokenKind::kDouble;
      ++i;
    } else if (suffix == 'B' && next_suffix == 'D') {
      kind = TokenKind::kBigDecimal;
      i += 2;
    } else if (!point && !exponent && suffix == 'L') {
      kind = TokenKind::kBigint;
      ++i;
    } else if (!point && !exponent && suffix == 'S') {
      kind = TokenKind::kSmallint;
      ++i;
    } else if (!point && !exponent && suffix == 'Y') {
      kind = TokenKind::kTinyint;
      ++i;
    }
    if (IsWordByte(At(i)) && (i >= text_.size() || SpaceLength(text_, i) == 0)) {
      return false;
    }
    token->kind = kind;
    at_ = i;
    return true;
  }

  void ScanPunctuation(Token* token) {
    struct Mark {
      const char* text;
      TokenKind kind;
    };

    // Longest first.
    static constexpr Mark kMarks[] = {
        {">>>", TokenKind::kShiftRightUnsigned},
        {"<=>", TokenKind::kNullSafeEqual},
        {"/*+", TokenKind::kHintStart},
        {"*/", TokenKind::kHintEnd},
        {"::", TokenKind::kDoubleColon},
        {"==", TokenKind::kEqual},
        {"=>", TokenKind::kFatArrow},
        {"!=", TokenKind::kNotEqual},
        {"<>", TokenKind::kNotEqual},
        {"<=", TokenKind::kLessEqual},
        {"!>", TokenKind::kLessEqual},
        {">=", TokenKind::kGreaterEqual},
        {"!<", TokenKind::kGreaterEqual},
        {"<<", TokenKind::kShiftLeft},
        {">>", TokenKind::kShiftRight},
        {"||", TokenKind::kConcat},
        {"|>", TokenKind::kPipeOperator},
        {"->", TokenKind::kArrow},
        {"(", TokenKind::kLeftParen},
        {")", TokenKind::kRightParen},
        {"[", TokenKind::kLeftBracket},
        {"]", TokenKind::kRightBracket},
        {",", TokenKind::kComma},
        {".", TokenKind::kDot},
        {";", TokenKind::kSemicolon},
        {":", TokenKind::kColon},
        {"?", TokenKind::kQuestion},
        {"!", TokenKind::kBang},
        {"=", TokenKind::kEqual},
        {"<", TokenKind::kLess},
        {">", TokenKind::kGreater},
        {"+", TokenKind::kPlus},
        {"-", TokenKind::kMinus},
        {"*", TokenKind::kStar},
        {"/", TokenKind::kSlash},
        {"%", TokenKind::kPercent},
        {"~", TokenKind::kTilde},
        {"&", TokenKind::kAmpersand},
        {"|", TokenKind::kPipe},
        {"^", TokenKind::kCaret},
    };
    const std::string_view rest = text_.substr(at_);
    for (const Mark& mark : kMarks) {
      const std::string_view spelling(mark.text);
      if (rest.substr(0, spelling.size()) == spelling) {
        token->kind = mark.kind;
        at_ += spelling.size();
        return;
      }
    }
    token->kind = TokenKind::kUnrecognized;
    ++at_;
  }

  std::string_view text_;
  bool double_quoted_identifiers_;
  size_t at_ = 0;
  size_t counted_ = 0;
  int32_t line_ = 1;
  int32_t column_ = 0;
  std::vector<Token> tokens_;
  std::vector<int32_t> open_;
};

void AppendUtf8(uint32_t code_point, std::string* out) {
  if (code_point >= 0xD800 && code_point < 0xE000) {
    // Half of a surrogate pair stands for no character: Java prints it so.
    out->push_back('?');
  } else if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else if (code_point < 0x110000) {
    out->push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    out->push_back(static_cast<char>(0x80 | ((code_point >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else {
    out->push_back('?');
  }
}

// `count` hexadecimal digits at `i`, or -1.
int64_t HexAt(std::string_view text, size_t i, size_t count) {
  if (i + count > text.size()) {
    return -1;
  }
  int64_t value = 0;
  for (size_t k = i; k < i + count; ++k) {
    const auto c = static_cast<unsigned char>(text[k]);
    if (!IsHexDigit(c)) {
      return -1;
    }
    value = value * 16 + (IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

bool IsOctal(char c, char max) {
  return c >= '0' && c <= max;
}

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view text, bool double_quoted_identifiers) {
  if (text.size() > static_cast<size_t>(INT32_MAX) - 16) {
    return base::UserError("PARSE_SYNTAX_ERROR", "The statement is longer than 2 GiB.",
                           {{"error", "end of input"}, {"hint", ""}});
  }
  return Scanner(text, double_quoted_identifiers).Run();
}

size_t QuotedEnd(std::string_view text, size_t begin, bool raw) {
  const char quote = text[begin];
  const bool doubled_quotes =
      !(raw && quote != '`' && begin > 0 && (text[begin - 1] | 0x20) == 'r');
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (!raw && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (doubled_quotes && i + 1 < text.size() && text[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return text.size() + 1;
}

size_t BracketedCommentEnd(std::string_view text, size_t begin) {
  int depth = 0;
  size_t i = begin;
  while (i + 1 < text.size()) {
    if (text[i] == '/' && text[i + 1] == '*') {
      ++depth;
      i += 2;
    } else if (text[i] == '*' && text[i + 1] == '/') {
      --depth;
      i += 2;
      if (depth == 0) {
        return i;
      }
    } else {
      ++i;
    }
  }
  return text.size() + 1;
}

size_t LineCommentEnd(std::string_view text, size_t begin) {
  size_t i = begin;
  while (i < text.size()) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\n') {
      i += 2;
    } else if (text[i] == '\n' || text[i] == '\r') {
      return i + 1;
    } else {
      ++i;
    }
  }
  return text.size();
}

std::string UnquoteString(std::string_view token, bool keep_escapes) {
  bool raw = false;
  if (token[0] == 'r' || token[0] == 'R') {
    raw = true;
    token.remove_prefix(1);
  }
  const char quote = token[0];
  const std::string_view body = token.substr(1, token.size() - 2);
  if (raw) {
    return std::string(body);
  }
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == quote) {
      out.push_back(c);
      ++i;  // the second of a doubled quote
      continue;
    }
    if (c != '\\' || keep_escapes || i + 1 >= body.size()) {
      out.push_back(c);
      if (c == '\\' && keep_escapes && i + 1 < body.size()) {
        out.push_back(body[++i]);
      }
      continue;
    }
    const char escaped = body[i + 1];
    if (escaped == 'u') {
      if (const int64_t code = HexAt(body, i + 2, 4); code >= 0) {
        // A pair of surrogates is one character.
        if (code >= 0xD800 && code < 0xDC00 && body.substr(i + 6, 2) == "\\u") {
          const int64_t low = HexAt(body, i + 8, 4);
          if (low >= 0xDC00 && low < 0xE000) {
            AppendUtf8(static_cast<uint32_t>(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)),
                       &out);
            i += 11;
            continue;
          }
        }
        AppendUtf8(static_cast<uint32_t>(code), &out);
        i += 5;
        continue;
      }
    } else if (escaped == 'U') {
      if (const int64_t code = HexAt(body, i + 2, 8); code >= 0) {
        AppendUtf8(static_cast<uint32_t>(code), &out);
        i += 9;
        continue;
      }
    } else if (i + 3 < body.size() && IsOctal(escaped, '1') && IsOctal(body[i + 2], '7') &&
               IsOctal(body[i + 3], '7')) {
      AppendUtf8(static_cast<uint32_t>((escaped - '0') * 64 + (body[i + 2] - '0') * 8 +
                                       (body[i + 3] - '0')),
                 &out);
      i += 3;
      continue;
    }
    ++i;
    switch (escaped) {
      case '0':
        out.push_back('\0');
        break;
      case 'b':
        out.push_back('\b');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'Z':
        out.push_back('\x1A');
        break;
      case '%':
      case '_':
        // Escapes of LIKE patterns stay as they are.
        out.push_back('\\');
        out.push_back(escaped);
        break;
      default:
        out.push_back(escaped);
    }
  }
  return out;
}

std::string UnquoteName(std::string_view token) {
  const char quote = token[0];
  const std::string_view body = token.substr(1, token.size() - 2);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    out.push_back(body[i]);
    if (body[i] == quote) {
      ++i;
    }
  }
  return out;
}

}  // namespace emery::sql
