#include "sql/parser.h"

#include <cctype>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

// Deep enough for generated statements; the stack limit below is what protects threads with small
// stacks.
constexpr int kDepthMax = 4000;
constexpr ptrdiff_t kStackBytesMax = 3 << 20;

bool EqualsIgnoreCase(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[i])) != upper[i]) {
      return false;
    }
  }
  return true;
}

const char* StackAddress() {
  return static_cast<const char*>(__builtin_frame_address(0));
}

}  // namespace

Parser::Parser(std::string_view text, const ParserOptions& options)
    : text_(text), options_(options), stack_base_(StackAddress()) {}

Status Parser::Tokenize() {
  ARROW_ASSIGN_OR_RAISE(tokens_, sql::Tokenize(text_, options_.double_quoted_identifiers));
  FindQueriesInParens();
  return Status::OK();
}

// ---- tokens
// ----------------------------------------------------------------------------------------------

bool Parser::AtWord(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && EqualsIgnoreCase(Text(token), word);
}

bool Parser::Accept(TokenKind kind) {
  if (!At(kind)) {
    return false;
  }
  Advance();
  return true;
}

bool Parser::Accept(Keyword keyword) {
  if (!At(keyword)) {
    return false;
  }
  Advance();
  return true;
}

bool Parser::AcceptWord(std::string_view word) {
  if (!AtWord(word)) {
    return false;
  }
  Advance();
  return true;
}

bool Parser::Accept(Keyword first, Keyword second) {
  if (!At(first) || !At(second, 1)) {
    return false;
  }
  Advance();
  Advance();
  return true;
}

Status Parser::Expect(TokenKind kind) {
  if (Accept(kind)) {
    return Status::OK();
  }
  return SyntaxError();
}

Status Parser::Expect(Keyword keyword) {
  if (Accept(keyword)) {
    return Status::OK();
  }
  return SyntaxError();
}

Status Parser::ExpectEnd() {
  while (Accept(TokenKind::kSemicolon)) {
  }
  if (At(TokenKind::kEnd)) {
    return Status::OK();
  }
  if (At(TokenKind::kEnd, 1)) {
    return SyntaxError("extra input '" + std::string(Text(Peek())) + "'");
  }
  return SyntaxError();
}

std::string Parser::TextOf(size_t first, size_t end) const {
  if (end <= first) {
    return "";
  }
  const int32_t begin = TokenAt(first).begin;
  return std::string(text_.substr(begin, TokenAt(end - 1).end - begin));
}

std::string Parser::TakeRest() {
  const size_t first = at_;
  size_t end = tokens_.size() - 1;
  while (end > first && tokens_[end - 1].kind == TokenKind::kSemicolon) {
    --end;
  }
  at_ = end;
  return TextOf(first, end);
}

Position Parser::PositionOf(const Token& token) const {
  return {token.begin, token.end, token.line, token.column};
}

Position Parser::Span(size_t first) const {
  const Token& begin = TokenAt(first);
  Position position = PositionOf(begin);
  if (at_ > first) {
    position.end = TokenAt(at_ - 1).end;
  }
  return position;
}

// ---- errors
// ----------------------------------------------------------------------------------------------

Status Parser::SyntaxError(std::string_view hint) const {
  const Token& token = Peek();
  std::string_view shown = Text(token);
  if (token.kind == TokenKind::kUnrecognized) {
    shown = shown.substr(0, 1);
  }
  const std::string near =
      token.kind == TokenKind::kEnd ? "end of input" : "'" + std::string(shown) + "'";
  const std::string tail = hint.empty() ? "" : ": " + std::string(hint);
  return base::UserError("PARSE_SYNTAX_ERROR", "Syntax error at or near " + near + tail + ".",
                         {{"error", near}, {"hint", tail}}, PositionOf(token));
}

Status Parser::InvalidSyntax(std::string_view sub, std::string message,
                             base::ErrorParameters parameters, size_t first) const {
  return base::UserError("INVALID_SQL_SYNTAX." + std::string(sub),
                         "Invalid SQL syntax: " + std::move(message), std::move(parameters),
                         Span(first));
}

Status Parser::NotSupported(std::string what, size_t first) const {
  return base::Unsupported(std::move(what), Span(first));
}

Status Parser::NotAllowed(const std::string& what, size_t first) const {
  return base::UserError("_LEGACY_ERROR_TEMP_0035", "Operation not allowed: " + what + ".",
                         {{"message", what}}, Span(first));
}

Status Parser::TooComplex() const {
  return base::UserError(
      "FAILED_TO_PARSE_TOO_COMPLEX",
      "The statement, including potential SQL functions and referenced views, was too complex to "
      "parse. To mitigate this error divide the statement into multiple, less complex chunks.",
      {}, PositionOf(Peek()));
}

Status Parser::Nesting::Check() const {
  const ptrdiff_t used = parser_->stack_base_ - StackAddress();
  if (parser_->depth_ > kDepthMax || used > kStackBytesMax || used < -kStackBytesMax) {
    return parser_->TooComplex();
  }
  return Status::OK();
}

// ---- names
// -----------------------------------------------------------------------------------------------

bool Parser::IsIdentifier(const Token& token) const {
  if (token.kind == TokenKind::kQuotedName) {
    return true;
  }
  return token.kind == TokenKind::kWord &&
         (token.keyword == kNone || !options_.enforce_reserved_keywords ||
          !IsReserved(token.keyword));
}

bool Parser::IsStrictIdentifier(const Token& token) const {
  return IsIdentifier(token) &&
         (token.keyword == kNone || options_.enforce_reserved_keywords ||
          token.kind == TokenKind::kQuotedName || !IsJoinWord(token.keyword));
}

std::string Parser::IdentifierText(const Token& token) const {
  return token.kind == TokenKind::kQuotedName ? UnquoteName(Text(token)) : std::string(Text(token));
}

Result<std::string> Parser::Identifier() {
  if (At(kIdentifier) && At(TokenKind::kLeftParen, 1) && AtString(2)) {
    const size_t first = at_;
    Advance();
    Advance();
    ARROW_ASSIGN_OR_RAISE(std::string text, String());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    ARROW_ASSIGN_OR_RAISE(Name parts, SplitName(text, first));
    if (parts.size() != 1) {
      return base::UserError("IDENTIFIER_TOO_MANY_NAME_PARTS",
                             base::QuoteName(parts) +
                                 " is not a valid identifier as it has more "
                                 "than 1 name parts.",
                             {{"identifier", base::QuoteName(parts)}, {"limit", "1"}}, Span(first));
    }
    return parts[0];
  }
  if (!AtIdentifier()) {
    return SyntaxError();
  }
  std::string text = IdentifierText(Peek());
  const size_t first = at_;
  const bool plain = At(TokenKind::kWord);
  Advance();
  for (const char c : text) {
    if (plain && static_cast<unsigned char>(c) >= 0x80) {
      return base::UserError("INVALID_IDENTIFIER",
                             "The unquoted identifier " + text +
                                 " is invalid and must be back quoted as: `" + text + "`.",
                             {{"ident", text}}, Span(first));
    }
  }
  return text;
}

Result<std::string> Parser::CheckedIdentifier() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(std::string text, Identifier());
  if (At(TokenKind::kMinus) && AtIdentifier(1)) {
    while (At(TokenKind::kMinus) && AtIdentifier(1)) {
      Advance();
      Advance();
    }
    const std::string wrong = TextOf(first, at_);
    return base::UserError("INVALID_IDENTIFIER",
                           "The unquoted identifier " + wrong +
                               " is invalid and must be back quoted as: `" + wrong + "`.",
                           {{"ident", wrong}}, Span(first));
  }
  return text;
}

Result<Name> Parser::MultipartName() {
  Name parts;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string part, CheckedIdentifier());
    parts.push_back(std::move(part));
  } while (Accept(TokenKind::kDot));
  return parts;
}

Result<std::vector<Name>> Parser::MultipartNames() {
  std::vector<Name> names;
  do {
    ARROW_ASSIGN_OR_RAISE(Name name, MultipartName());
    names.push_back(std::move(name));
  } while (Accept(TokenKind::kComma));
  return names;
}

Result<NameReference> Parser::Reference() {
  const size_t first = at_;
  NameReference reference;
  if (At(kIdentifier) && At(TokenKind::kLeftParen, 1)) {
    Advance();
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr name, ParseExpression());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    const auto* literal = plan::As<plan::Literal>(name);
    if (literal != nullptr && std::holds_alternative<std::string>(literal->value.payload())) {
      ARROW_ASSIGN_OR_RAISE(reference.parts, SplitName(literal->value.string(), first));
      while (Accept(TokenKind::kDot)) {
        ARROW_ASSIGN_OR_RAISE(std::string part, CheckedIdentifier());
        reference.parts.push_back(std::move(part));
      }
    } else {
      reference.identifier = std::move(name);
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(reference.parts, MultipartName());
  }
  reference.position = Span(first);
  return reference;
}

Result<std::vector<std::string>> Parser::IdentifierSequence() {
  std::vector<std::string> names;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string name, CheckedIdentifier());
    names.push_back(std::move(name));
  } while (Accept(TokenKind::kComma));
  return names;
}

Result<std::vector<std::string>> Parser::IdentifierListInParens() {
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> names, IdentifierSequence());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return names;
}

Result<Name> Parser::SplitName(std::string_view name, size_t first) const {
  Result<Name> parts = ParseName(name);
  if (!parts.ok()) {
    return base::UserError("PARSE_SYNTAX_ERROR",
                           "Syntax error in the name '" + std::string(name) + "'.",
                           {{"error", "'" + std::string(name) + "'"}, {"hint", ""}}, Span(first));
  }
  return parts;
}

bool Parser::StartsExpression(size_t ahead) const {
  switch (Peek(ahead).kind) {
    case TokenKind::kQuotedName:
    case TokenKind::kString:
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kExponent:
    case TokenKind::kTinyint:
    case TokenKind::kSmallint:
    case TokenKind::kBigint:
    case TokenKind::kFloat:
    case TokenKind::kDouble:
    case TokenKind::kBigDecimal:
    case TokenKind::kLeftParen:
    case TokenKind::kQuestion:
    case TokenKind::kColon:
    case TokenKind::kBang:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kTilde:
    case TokenKind::kStar:
    case TokenKind::kHintStart:
      return true;
    case TokenKind::kWord:
      return true;
    default:
      return false;
  }
}

bool Parser::AtClause(size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind != TokenKind::kWord) {
    return false;
  }
  const size_t next = ahead + 1;
  const auto followed_by_expression = [&] {
    const Token& after = Peek(next);
    if (after.kind == TokenKind::kWord && after.keyword != kNone) {
      switch (after.keyword) {
        case kFrom:
        case kWhere:
        case kHaving:
        case kGroup:
        case kOrder:
        case kLimit:
        case kOffset:
        case kUnion:
        case kIntersect:
        case kJoin:
        case kOn:
        case kUsing:
        case kAs:
          return false;
        default:
          return true;
      }
    }
    return after.kind == TokenKind::kWord || StartsExpression(next);
  };
  switch (token.keyword) {
    case kFrom: {
      const Token& after = Peek(next);
      return after.kind == TokenKind::kWord || after.kind == TokenKind::kQuotedName ||
             after.kind == TokenKind::kLeftParen;
    }
    case kWhere:
    case kHaving:
    case kLimit:
    case kOffset:
    case kSelect:
      return followed_by_expression();
    case kGroup:
    case kOrder:
    case kSort:
    case kCluster:
    case kDistribute:
      return At(kBy, next);
    case kWindow:
      return AtIdentifier(next) && At(kAs, next + 1);
    case kUnion:
    case kExcept:
    case kIntersect:
    case kMinus:
      return AtSetOperation(ahead);
    case kLateral:
      return At(kView, next);
    case kInsert:
      return At(kInto, next) || At(kOverwrite, next);
    case kPivot:
    case kTablesample:
      return At(TokenKind::kLeftParen, next);
    case kUnpivot:
      return At(TokenKind::kLeftParen, next) || At(kInclude, next) || At(kExclude, next);
    case kSemi:
    case kAnti:
      return At(kJoin, next);
    default:
      // QUALIFY is not a word of Spark's: it must not be followed by what would follow an alias.
      return token.keyword == kNone && AtWord("QUALIFY", ahead) && followed_by_expression();
  }
}

bool Parser::AtSetOperation(size_t ahead) const {
  return IsSetOperation(Peek(ahead), Peek(ahead + 1));
}

bool Parser::IsSetOperation(const Token& token, const Token& after) {
  if (token.kind != TokenKind::kWord || (token.keyword != kUnion && token.keyword != kExcept &&
                                         token.keyword != kIntersect && token.keyword != kMinus)) {
    return false;
  }
  return after.kind == TokenKind::kLeftParen ||
         (after.kind == TokenKind::kWord &&
          (after.keyword == kSelect || after.keyword == kFrom || after.keyword == kValues ||
           after.keyword == kTable || after.keyword == kAll || after.keyword == kDistinct ||
           after.keyword == kMap || after.keyword == kReduce || after.keyword == kWith));
}

bool Parser::StartsQuery(size_t index) const {
  const Token& token = TokenAt(index);
  if (token.kind != TokenKind::kWord) {
    return false;
  }
  const Token& after = TokenAt(index + 1);
  const bool name = after.kind == TokenKind::kWord || after.kind == TokenKind::kQuotedName;
  switch (token.keyword) {
    case kSelect:
      return after.kind != TokenKind::kRightParen && after.kind != TokenKind::kComma &&
             after.kind != TokenKind::kDot && after.kind != TokenKind::kEnd;
    case kFrom:
      return name || after.kind == TokenKind::kLeftParen;
    case kTable:
      return name && after.keyword != kAs;
    case kWith:
      return name;
    case kValues:
      switch (after.kind) {
        case TokenKind::kRightParen:
        case TokenKind::kComma:
        case TokenKind::kDot:
        case TokenKind::kEnd:
        case TokenKind::kLeftBracket:
        case TokenKind::kEqual:
        case TokenKind::kNotEqual:
        case TokenKind::kLess:
        case TokenKind::kGreater:
        case TokenKind::kLessEqual:
        case TokenKind::kGreaterEqual:
        case TokenKind::kArrow:
          return false;
        default:
          return true;
      }
    default:
      return false;
  }
}

// Whether what comes at token `index`, behind a closing parenthesis, may follow a query in
// parentheses.
bool Parser::ContinuesQuery(size_t index) const {
  const Token& token = TokenAt(index);
  const Token& after = TokenAt(index + 1);
  switch (token.kind) {
    case TokenKind::kRightParen:
    case TokenKind::kPipeOperator:
      return true;
    case TokenKind::kWord:
      break;
    default:
      return false;
  }
  switch (token.keyword) {
    case kOrder:
    case kSort:
    case kCluster:
    case kDistribute:
      return after.keyword == kBy;
    case kLimit:
    case kOffset:
      return after.kind != TokenKind::kRightParen && after.kind != TokenKind::kComma;
    case kUnion:
    case kExcept:
    case kIntersect:
    case kMinus:
      return IsSetOperation(token, after);
    default:
      return false;
  }
}

// Finds the parentheses that enclose a query: the innermost of a run of opening ones does if a
// query begins behind it, one around it if only what may follow a query comes behind the inner one.
// Backwards, so that each is seen once.
void Parser::FindQueriesInParens() {
  encloses_query_.assign(tokens_.size(), false);
  for (size_t i = tokens_.size(); i-- > 0;) {
    if (tokens_[i].kind != TokenKind::kLeftParen) {
      continue;
    }
    if (TokenAt(i + 1).kind != TokenKind::kLeftParen) {
      encloses_query_[i] = StartsQuery(i + 1);
    } else if (encloses_query_[i + 1]) {
      const int32_t close = tokens_[i + 1].match;
      // Unbalanced: the query parser says where.
      encloses_query_[i] = close < 0 || ContinuesQuery(close + 1);
    }
  }
}

bool Parser::AtQueryInParens(size_t ahead) const {
  return at_ + ahead < tokens_.size() && encloses_query_[at_ + ahead];
}

// ---- entry points
// ----------------------------------------------------------------------------------------

Result<PlanPtr> Parser::SingleStatement() {
  if (At(TokenKind::kEnd)) {
    return base::UserError("PARSE_EMPTY_STATEMENT", "Syntax error, unexpected empty statement.", {},
                           PositionOf(Peek()));
  }
  ARROW_ASSIGN_OR_RAISE(PlanPtr plan, ParseStatement());
  ARROW_RETURN_NOT_OK(ExpectEnd());
  return plan;
}

Result<ExpressionPtr> Parser::SingleExpression() {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseNamedExpression());
  if (!At(TokenKind::kEnd)) {
    return SyntaxError();
  }
  return e;
}

Result<type::TypePtr> Parser::SingleDataType() {
  ARROW_ASSIGN_OR_RAISE(type::TypePtr type, ParseType());
  if (!At(TokenKind::kEnd)) {
    return SyntaxError();
  }
  return type;
}

Result<type::Schema> Parser::SingleSchema() {
  if (At(kStruct) && At(TokenKind::kLess, 1)) {
    ARROW_ASSIGN_OR_RAISE(type::TypePtr type, SingleDataType());
    return type->fields();
  }
  type::Schema schema;
  do {
    ARROW_ASSIGN_OR_RAISE(type::Field field, ParseColumn(true));
    schema.push_back(std::move(field));
  } while (Accept(TokenKind::kComma));
  if (!At(TokenKind::kEnd)) {
    return SyntaxError();
  }
  return schema;
}

Result<Name> Parser::SingleName() {
  ARROW_ASSIGN_OR_RAISE(Name name, MultipartName());
  if (!At(TokenKind::kEnd)) {
    return SyntaxError();
  }
  return name;
}

Result<PlanPtr> ParseStatement(std::string_view text, const ParserOptions& options) {
  Parser parser(text, options);
  ARROW_RETURN_NOT_OK(parser.Tokenize());
  return parser.SingleStatement();
}

Result<ExpressionPtr> ParseExpression(std::string_view text, const ParserOptions& options) {
  Parser parser(text, options);
  ARROW_RETURN_NOT_OK(parser.Tokenize());
  return parser.SingleExpression();
}

Result<type::TypePtr> ParseDataType(std::string_view text) {
  const ParserOptions options;
  Parser parser(text, options);
  ARROW_RETURN_NOT_OK(parser.Tokenize());
  return parser.SingleDataType();
}

Result<type::Schema> ParseSchema(std::string_view text) {
  const ParserOptions options;
  Parser parser(text, options);
  ARROW_RETURN_NOT_OK(parser.Tokenize());
  return parser.SingleSchema();
}

Result<std::vector<std::string>> ParseName(std::string_view text) {
  const ParserOptions options;
  Parser parser(text, options);
  ARROW_RETURN_NOT_OK(parser.Tokenize());
  return parser.SingleName();
}

}  // namespace emery::sql
