// Lists of properties and options, and IF [NOT] EXISTS.
#include "sql/parser_internal.h"

namespace emery::sql {

Result<bool> Parser::IfExists() {
  if (!At(kIf) || !At(kExists, 1)) {
    return false;
  }
  at_ += 2;
  return true;
}

Result<bool> Parser::IfNotExists() {
  if (!At(kIf) || !(At(kNot, 1) || At(TokenKind::kBang, 1)) || !At(kExists, 2)) {
    return false;
  }
  at_ += 3;
  return true;
}

// a.b.c or a string
Result<std::string> Parser::ParsePropertyKey() {
  if (AtString()) {
    // One token: the string behind it may be the value.
    if (!AtString(1)) {
      return String();
    }
    std::string key = UnquoteString(Text(Peek()), options_.escaped_string_literals);
    Advance();
    return key;
  }
  ARROW_ASSIGN_OR_RAISE(Name parts, MultipartName());
  std::string key;
  for (const std::string& part : parts) {
    key += (key.empty() ? "" : ".") + part;
  }
  return key;
}

// (key [=] value, …) `expressions`: values may be any
// constant expression, kept as the text they were written in unless they are literals.
Result<Properties> Parser::ParseProperties(bool expressions) {
  Properties properties;
  const size_t first = at_;
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  std::string without_value;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string key, ParsePropertyKey());
    const bool equal = Accept(TokenKind::kEqual);
    std::string value;
    const size_t value_first = at_;
    if (expressions) {
      if (equal || StartsExpression(0)) {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
        const auto* literal = plan::As<plan::Literal>(e);
        const bool string = literal != nullptr && literal->type->id() == type::TypeId::kString;
        value = string ? literal->value.string() : TextOf(value_first, at_);
      }
    } else if (AtString()) {
      ARROW_ASSIGN_OR_RAISE(value, String());
    } else if (At(TokenKind::kInteger) || At(TokenKind::kDecimal)) {
      value = Text(Peek());
      Advance();
    } else if (At(kTrue) || At(kFalse)) {
      value = At(kTrue) ? "true" : "false";
      Advance();
    } else if (equal) {
      return SyntaxError();
    } else {
      without_value += (without_value.empty() ? "" : ",") + key;
    }
    if (properties.count(key) > 0) {
      return base::UserError("DUPLICATE_KEY",
                             "Found duplicate keys " + base::QuoteIdentifier(key) + ".",
                             {{"keyColumn", base::QuoteIdentifier(key)}}, Span(first));
    }
    properties[std::move(key)] = std::move(value);
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  if (!without_value.empty()) {
    return NotAllowed("Values must be specified for key(s): [" + without_value + "]", 0);
  }
  return properties;
}

// (key, …), for UNSET
Result<std::vector<std::string>> Parser::ParsePropertyKeys() {
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  std::vector<std::string> keys;
  std::string with_value;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string key, ParsePropertyKey());
    const bool equal = Accept(TokenKind::kEqual);
    if (equal || AtString() || AtNumber()) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseConstant());
      with_value += (with_value.empty() ? "" : ",") + key;
    }
    keys.push_back(std::move(key));
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  if (!with_value.empty()) {
    return NotAllowed("Values should not be specified for key(s): [" + with_value + "]", 0);
  }
  return keys;
}

// PARTITION (a = 1, b): a name without a value is dynamic.
Result<std::vector<std::pair<std::string, ExpressionPtr>>> Parser::ParsePartitionSpec() {
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
  const size_t first = at_;
  ARROW_RETURN_NOT_OK(Expect(kPartition));
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  do {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    ExpressionPtr value;
    if (Accept(TokenKind::kEqual)) {
      if (At(kDefault)) {
        Advance();
        return NotSupported("DEFAULT as the value of a partition column", first);
      }
      ARROW_ASSIGN_OR_RAISE(value, ParseConstant());
    }
    for (const auto& other : partition) {
      if (other.first == name) {
        return base::UserError("DUPLICATE_KEY",
                               "Found duplicate keys " + base::QuoteIdentifier(name) + ".",
                               {{"keyColumn", base::QuoteIdentifier(name)}}, Span(first));
      }
    }
    partition.emplace_back(std::move(name), std::move(value));
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return partition;
}

}  // namespace emery::sql
