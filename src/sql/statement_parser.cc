// Statements: which one it is, and those about the session (SET, USE, EXPLAIN, CALL, variables,
// cache …).
#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

/// The INSERTs over one FROM, each reading the common table expressions.
PlanPtr WithCtes(const plan::LogicalPlan& insert, const plan::UnresolvedWith& ctes) {
  std::shared_ptr<plan::LogicalPlan> copy = insert.Copy();
  for (PlanPtr& input : copy->inputs) {
    if (const auto* further = plan::As<plan::Command>(input)) {
      input = WithCtes(*further, ctes);
      continue;
    }
    auto with = std::make_shared<plan::UnresolvedWith>(ctes);
    with->inputs = {input};
    input = std::move(with);
  }
  return copy;
}

}  // namespace

namespace {

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
    text.remove_suffix(1);
  }
  return text;
}

// Letters, digits, '_', '.', ':': the keys of SET and RESET that need no back quotes. '-' too, for
// RESET a-b.
bool IsKey(std::string_view text) {
  if (text.empty()) {
    return false;
  }
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
          c == '.' || c == ':')) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<PlanPtr> Parser::Other(plan::CommandKind kind, std::string text, size_t first) {
  TakeRest();
  auto command = std::make_shared<plan::Command>();
  command->command = kind;
  command->text = std::move(text);
  return PlanPtr(Finish(std::move(command), first));
}

Status Parser::InvalidStatement(const std::string& operation, size_t first) {
  TakeRest();
  return base::UserError("INVALID_STATEMENT_OR_CLAUSE",
                         "The statement or clause: " + operation + " is not valid.",
                         {{"operation", operation}}, Span(first));
}

Result<PlanPtr> Parser::ParseStatement() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  if (At(kWith)) {
    const size_t first = at_;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<plan::UnresolvedWith> with, ParseCtes());
    if (At(kInsert)) {
      return ParseInsert(std::move(with));
    }
    if (At(kMerge)) {
      return ParseMerge(std::move(with));
    }
    if (At(kDelete) || At(kUpdate)) {
      return NotSupported("WITH before DELETE and UPDATE", first);
    }
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQueryTerm(0));
    if (const auto* insert = plan::As<plan::Command>(query)) {
      return WithCtes(*insert, *with);
    }
    ARROW_ASSIGN_OR_RAISE(query, ParseOrganization(std::move(query), first));
    with->inputs = {std::move(query)};
    return PlanPtr(Finish(std::move(with), first));
  }
  if (StartsQuery(at_) || At(TokenKind::kLeftParen) || At(kMap) || At(kReduce)) {
    return ParseQuery();
  }
  bool found = true;
  ARROW_ASSIGN_OR_RAISE(PlanPtr command, ParseCommand(&found));
  if (!found) {
    return At(kSelect) || At(kValues) || At(kFrom) || At(kTable) ? ParseQuery() : SyntaxError();
  }
  return command;
}

Result<PlanPtr> Parser::ParseCommand(bool* found) {
  const size_t first = at_;
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kInsert:
      return ParseInsert(nullptr);
    case kDelete:
      return ParseDelete();
    case kUpdate:
      return ParseUpdate();
    case kMerge:
      return ParseMerge(nullptr);
    case kCreate:
    case kReplace:
      return ParseCreate();
    case kDrop:
      return ParseDrop();
    case kAlter:
      return ParseAlter();
    case kTruncate:
      return ParseTruncate();
    case kShow:
      return ParseShow();
    case kDesc:
    case kDescribe:
      return ParseDescribe();
    case kExplain:
      return ParseExplain();
    case kSet:
      return ParseSet();
    case kReset:
      return ParseReset();
    case kUse:
      return ParseUse();
    case kCall:
      return ParseCall();
    case kDeclare:
      return ParseDeclare();
    case kExecute:
      return ParseExecuteImmediate();
    case kCache:
      return ParseCache();
    case kUncache:
      return ParseUncache();
    case kClear:
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kCache));
      return PlanPtr(Finish(std::make_shared<plan::ClearCache>(), first));
    case kRefresh:
      return ParseRefresh();
    case kAnalyze:
      return ParseAnalyze();
    case kLoad:
      return ParseLoadData();
    case kMsck:
    case kRepair:
      return ParseRepair();
    case kComment:
      return ParseComment();
    case kAdd:
    case kList:
      if (AtIdentifier(1)) {
        return ParseResource();
      }
      break;
    case kBegin:
      Advance();
      return NotSupported("SQL scripting (BEGIN … END)", first);
    case kGrant:
    case kRevoke:
      return InvalidStatement(At(kGrant) ? "GRANT" : "REVOKE", first);
    case kExport:
    case kImport:
      if (At(kTable, 1)) {
        return InvalidStatement(At(kExport) ? "EXPORT TABLE" : "IMPORT TABLE", first);
      }
      break;
    case kLock:
    case kUnlock:
      if (At(kTable, 1) || At(kDatabase, 1)) {
        return InvalidStatement(
            std::string(At(kLock) ? "LOCK " : "UNLOCK ") + std::string(Spelling(Peek(1).keyword)),
            first);
      }
      break;
    case kStart:
      if (At(kTransaction, 1)) {
        return InvalidStatement("START TRANSACTION", first);
      }
      break;
    case kCommit:
      return InvalidStatement("COMMIT", first);
    case kRollback:
      return InvalidStatement("ROLLBACK", first);
    case kDfs:
      return InvalidStatement("DFS", first);
    default:
      break;
  }
  *found = false;
  return PlanPtr();
}

// ---- settings
// --------------------------------------------------------------------------------------------

Result<PlanPtr> Parser::ParseSet() {
  const size_t first = at_;
  Advance();
  if (Accept(kCatalog)) {
    auto command = std::make_shared<plan::SetCatalog>();
    if (AtString()) {
      ARROW_ASSIGN_OR_RAISE(std::string name, String());
      command->name.parts = {std::move(name)};
    } else {
      ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    }
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kRole)) {
    return InvalidStatement("SET ROLE", first);
  }
  if (At(kTime) && At(kZone, 1)) {
    at_ += 2;
    auto command = std::make_shared<plan::SetTimeZone>();
    if (Accept(kLocal)) {
      command->local = true;
    } else if (At(kInterval)) {
      const size_t zone_first = at_;
      ARROW_ASSIGN_OR_RAISE(command->zone, ParsePrimary());
      if (command->zone->kind != plan::ExpressionKind::kLiteral) {
        return base::UserError("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE",
                               "The interval value must be in the range of [-18, +18] hours with "
                               "second precision.",
                               {}, Span(zone_first));
      }
      const auto* literal = static_cast<const plan::Literal*>(command->zone.get());
      constexpr int64_t kMicrosPerSecond = 1000000;
      constexpr int64_t kSecondsMax = 18 * 3600;
      const int64_t value = literal->value.is_null() ? 0 : literal->value.integer();
      if (literal->type->id() != type::TypeId::kDayTimeInterval || value % kMicrosPerSecond != 0 ||
          value > kSecondsMax * kMicrosPerSecond || value < -kSecondsMax * kMicrosPerSecond) {
        return base::UserError("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE",
                               "The interval value must be in the range of [-18, +18] hours with "
                               "second precision.",
                               {{"input", TextOf(zone_first, at_)}}, Span(first));
      }
    } else if (AtString()) {
      const size_t zone_first = at_;
      ARROW_ASSIGN_OR_RAISE(std::string zone, String());
      command->zone = StringLiteral(std::move(zone), zone_first);
    } else {
      return base::UserError(
          "_LEGACY_ERROR_TEMP_0045",
          "Invalid time zone displacement value. Write SET TIME ZONE 'zone', LOCAL or INTERVAL.",
          {}, Span(first));
    }
    return PlanPtr(Finish(std::move(command), first));
  }
  if ((At(kVariable) || At(kVar)) && (AtIdentifier(1) || At(TokenKind::kLeftParen, 1))) {
    Advance();
    auto command = std::make_shared<plan::SetVariable>();
    if (At(TokenKind::kLeftParen)) {
      Advance();
      do {
        ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
        command->names.push_back(std::move(name));
      } while (Accept(TokenKind::kComma));
      ARROW_RETURN_NOT_OK(ExpectRightParen());
      ARROW_RETURN_NOT_OK(Expect(TokenKind::kEqual));
      ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQueryInParens());
      command->inputs = {std::move(query)};
    } else {
      default_allowed_ = true;
      do {
        ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
        ARROW_RETURN_NOT_OK(Expect(TokenKind::kEqual));
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression());
        command->names.push_back(std::move(name));
        command->values.push_back(std::move(value));
      } while (Accept(TokenKind::kComma));
      default_allowed_ = false;
    }
    return PlanPtr(Finish(std::move(command), first));
  }

  auto command = std::make_shared<plan::Set>();
  if (At(TokenKind::kEnd) || At(TokenKind::kSemicolon)) {
    return PlanPtr(Finish(std::move(command), first));
  }
  // SET `key` [= value]: the value is the text as written, or back-quoted.
  const size_t key_first = at_;
  if (At(TokenKind::kQuotedName)) {
    command->key = IdentifierText(Peek());
    Advance();
    if (Accept(TokenKind::kEqual)) {
      const bool quoted =
          At(TokenKind::kQuotedName) && (At(TokenKind::kEnd, 1) || At(TokenKind::kSemicolon, 1));
      if (quoted) {
        command->value = IdentifierText(Peek());
        Advance();
      } else {
        command->value = std::string(TrimSpace(TakeRest()));
      }
    } else if (!At(TokenKind::kEnd) && !At(TokenKind::kSemicolon)) {
      TakeRest();
      return base::UserError("INVALID_SET_SYNTAX",
                             "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want "
                             "to include special characters in key, or include semicolon in "
                             "value, please use backquotes, e.g., SET `key`=`value`.",
                             {}, Span(first));
    }
    return PlanPtr(Finish(std::move(command), first));
  }
  const std::string rest = TakeRest();
  const std::string_view text = TrimSpace(rest);
  if (text == "-v" || text == "-V") {
    command->verbose = true;
    return PlanPtr(Finish(std::move(command), first));
  }
  const size_t equal = text.find('=');
  const std::string_view key = TrimSpace(text.substr(0, equal));
  if (!IsKey(key)) {
    return base::UserError(
        "INVALID_SET_SYNTAX",
        "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special "
        "characters in key, or include semicolon in value, please use backquotes, e.g., SET "
        "`key`=`value`.",
        {}, Span(key_first > 0 ? first : key_first));
  }
  command->key = std::string(key);
  if (equal != std::string_view::npos) {
    std::string_view value = TrimSpace(text.substr(equal + 1));
    if (value.size() >= 2 && value.front() == '`' && value.back() == '`' &&
        value.find('`', 1) == value.size() - 1) {
      value = value.substr(1, value.size() - 2);
    }
    command->value = std::string(value);
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseReset() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::Reset>();
  if (At(TokenKind::kQuotedName)) {
    command->key = IdentifierText(Peek());
    Advance();
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(TokenKind::kEnd) || At(TokenKind::kSemicolon)) {
    return PlanPtr(Finish(std::move(command), first));
  }
  const std::string rest = TakeRest();
  const std::string_view key = TrimSpace(rest);
  if (!IsKey(key)) {
    return base::UserError("INVALID_RESET_COMMAND_FORMAT",
                           "Expected format is 'RESET' or 'RESET key'. If you want to include "
                           "special characters in key, please use quotes, e.g., RESET `key`.",
                           {}, Span(first));
  }
  command->key = std::string(key);
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseUse() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::Use>();
  if (AtNamespaceWord() && (AtIdentifier(1) || At(kIdentifier, 1))) {
    Advance();
  }
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  return PlanPtr(Finish(std::move(command), first));
}

// ---- EXPLAIN, CALL, variables
// ----------------------------------------------------------------------------

Result<PlanPtr> Parser::ParseExplain() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::Explain>();
  if (Accept(kExtended) || Accept(kLogical)) {
    command->mode = plan::ExplainMode::kExtended;
  } else if (Accept(kFormatted)) {
    command->mode = plan::ExplainMode::kFormatted;
  } else if (Accept(kCost)) {
    command->mode = plan::ExplainMode::kCost;
  } else if (Accept(kCodegen)) {
    command->mode = plan::ExplainMode::kCodegen;
  } else if (At(kAnalyze) && !At(kTable, 1) && !At(kTables, 1)) {
    Advance();
    command->mode = plan::ExplainMode::kAnalyze;
  }
  ARROW_ASSIGN_OR_RAISE(PlanPtr statement, ParseStatement());
  command->inputs = {std::move(statement)};
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseCall() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::CallProcedure>();
  ARROW_ASSIGN_OR_RAISE(command->procedure, Reference());
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  if (!At(TokenKind::kRightParen)) {
    do {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr argument, ParseArgument());
      command->arguments.push_back(std::move(argument));
    } while (Accept(TokenKind::kComma));
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return PlanPtr(Finish(std::move(command), first));
}

// DECLARE [OR REPLACE] [VARIABLE] a, b [type] [DEFAULT expression]
Result<PlanPtr> Parser::ParseDeclare() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::DeclareVariable>();
  command->replace = Accept(kOr, kReplace);
  if ((At(kVariable) || At(kVar)) && AtIdentifier(1)) {
    Advance();
  }
  do {
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    command->names.push_back(std::move(name));
  } while (Accept(TokenKind::kComma));
  if (!At(kDefault) && !At(TokenKind::kEqual) && !At(TokenKind::kEnd) &&
      !At(TokenKind::kSemicolon)) {
    ARROW_ASSIGN_OR_RAISE(command->variable_type, ParseType());
  }
  if (Accept(kDefault) || Accept(TokenKind::kEqual)) {
    ARROW_ASSIGN_OR_RAISE(command->value, ParseExpression());
  } else if (command->variable_type == nullptr) {
    return SyntaxError();
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseExecuteImmediate() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kImmediate));
  auto command = std::make_shared<plan::ExecuteImmediate>();
  ARROW_ASSIGN_OR_RAISE(command->statement, ParseExpression());
  if (Accept(kInto)) {
    do {
      ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
      command->into.push_back(std::move(name));
    } while (Accept(TokenKind::kComma));
  }
  if (Accept(kUsing)) {
    // USING (a, b AS c): the parentheses enclose the list, unless they belong to its only
    // expression.
    const int32_t close = At(TokenKind::kLeftParen) ? Peek().match : -1;
    const bool parens = close >= 0 && (TokenAt(close + 1).kind == TokenKind::kEnd ||
                                       TokenAt(close + 1).kind == TokenKind::kSemicolon);
    if (parens) {
      Advance();
    }
    ARROW_ASSIGN_OR_RAISE(command->arguments, ParseNamedExpressions());
    if (parens) {
      ARROW_RETURN_NOT_OK(ExpectRightParen());
    }
  }
  return PlanPtr(Finish(std::move(command), first));
}

// ---- cache, statistics, files
// ----------------------------------------------------------------------------

Result<PlanPtr> Parser::ParseCache() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::CacheTable>();
  command->lazy = Accept(kLazy);
  ARROW_RETURN_NOT_OK(Expect(kTable));
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (Accept(kOptions)) {
    ARROW_ASSIGN_OR_RAISE(command->options, ParseProperties());
  }
  const bool as = Accept(kAs);
  if (as || StartsQuery(at_) || At(TokenKind::kLeftParen)) {
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
    command->inputs = {std::move(query)};
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseUncache() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kTable));
  auto command = std::make_shared<plan::UncacheTable>();
  ARROW_ASSIGN_OR_RAISE(command->if_exists, IfExists());
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseRefresh() {
  const size_t first = at_;
  Advance();
  if (At(kTable) && AtIdentifier(1)) {
    Advance();
    auto command = std::make_shared<plan::RefreshTable>();
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kFunction) && AtIdentifier(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    return Other(plan::CommandKind::kOther, "REFRESH FUNCTION", first);
  }
  if (At(TokenKind::kEnd) || At(TokenKind::kSemicolon)) {
    return base::UserError("_LEGACY_ERROR_TEMP_0064",
                           "Resource paths cannot be empty in REFRESH statements. Use / to match "
                           "everything.",
                           {}, Span(first));
  }
  return Other(plan::CommandKind::kOther, "REFRESH path", first);
}

Result<PlanPtr> Parser::ParseAnalyze() {
  const size_t first = at_;
  Advance();
  if (Accept(kTables)) {
    if (Accept(kFrom) || Accept(kIn)) {
      ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    }
    ARROW_RETURN_NOT_OK(Expect(kCompute));
    ARROW_RETURN_NOT_OK(Expect(kStatistics));
    if (AtIdentifier() && !AtWord("NOSCAN")) {
      return SyntaxError();
    }
    return Other(plan::CommandKind::kOther, "ANALYZE TABLES", first);
  }
  ARROW_RETURN_NOT_OK(Expect(kTable));
  auto command = std::make_shared<plan::AnalyzeTable>();
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (At(kPartition)) {
    ARROW_ASSIGN_OR_RAISE(auto partition, ParsePartitionSpec());
  }
  ARROW_RETURN_NOT_OK(Expect(kCompute));
  ARROW_RETURN_NOT_OK(Expect(kStatistics));
  if (Accept(kFor)) {
    if (Accept(kAll)) {
      command->all_columns = true;
      ARROW_RETURN_NOT_OK(Expect(kColumns));
    } else {
      ARROW_RETURN_NOT_OK(Expect(kColumns));
      ARROW_ASSIGN_OR_RAISE(command->columns, IdentifierSequence());
    }
  } else if (AcceptWord("NOSCAN")) {
    command->noscan = true;
  } else if (AtIdentifier()) {
    return SyntaxError();
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseLoadData() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kData));
  Accept(kLocal);
  ARROW_RETURN_NOT_OK(Expect(kInpath));
  ARROW_ASSIGN_OR_RAISE(std::string path, String());
  Accept(kOverwrite);
  ARROW_RETURN_NOT_OK(Expect(kInto));
  ARROW_RETURN_NOT_OK(Expect(kTable));
  ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
  if (At(kPartition)) {
    ARROW_ASSIGN_OR_RAISE(auto partition, ParsePartitionSpec());
  }
  auto command = std::make_shared<plan::Command>();
  command->command = plan::CommandKind::kLoadData;
  command->text = "LOAD DATA";
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseRepair() {
  const size_t first = at_;
  Accept(kMsck);
  ARROW_RETURN_NOT_OK(Expect(kRepair));
  ARROW_RETURN_NOT_OK(Expect(kTable));
  auto command = std::make_shared<plan::RepairTable>();
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (Accept(kAdd) || Accept(kSync)) {
    ARROW_RETURN_NOT_OK(Expect(kPartitions));
  } else if (Accept(kDrop)) {
    ARROW_RETURN_NOT_OK(Expect(kPartitions));
    command->text = "DROP PARTITIONS";
  }
  return PlanPtr(Finish(std::move(command), first));
}

// ADD JAR …, LIST JARS …: the rest is a path.
Result<PlanPtr> Parser::ParseResource() {
  const size_t first = at_;
  const bool add = At(kAdd);
  std::string kind(Text(Peek(1)));
  return Other(add ? plan::CommandKind::kAddResource : plan::CommandKind::kListResource,
               (add ? "ADD " : "LIST ") + kind, first);
}

Result<PlanPtr> Parser::ParseComment() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kOn));
  auto command = std::make_shared<plan::CommentOn>();
  if (AtNamespaceWord()) {
    Advance();
    command->on_namespace = true;
  } else {
    ARROW_RETURN_NOT_OK(Expect(kTable));
  }
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  ARROW_RETURN_NOT_OK(Expect(kIs));
  if (!Accept(kNull)) {
    ARROW_ASSIGN_OR_RAISE(command->comment, String());
  }
  return PlanPtr(Finish(std::move(command), first));
}

}  // namespace emery::sql
