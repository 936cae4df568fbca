// SHOW and DESCRIBE.
#include "sql/parser_internal.h"

namespace emery::sql {

bool Parser::AtNamespaceWord(size_t ahead) const {
  return At(kNamespace, ahead) || At(kDatabase, ahead) || At(kSchema, ahead);
}

Result<PlanPtr> Parser::ParseShow() {
  const size_t first = at_;
  Advance();
  // FROM | IN name
  const auto in = [&](std::optional<NameReference>* name) -> Status {
    if (Accept(kFrom) || Accept(kIn)) {
      ARROW_ASSIGN_OR_RAISE(*name, Reference());
    }
    return Status::OK();
  };
  // [LIKE] 'pattern'
  const auto like = [&](std::optional<std::string>* pattern) -> Status {
    const bool word = Accept(kLike);
    if (word || AtString()) {
      ARROW_ASSIGN_OR_RAISE(*pattern, String());
    }
    return Status::OK();
  };
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kNamespaces:
    case kDatabases:
    case kSchemas: {
      Advance();
      auto command = std::make_shared<plan::ShowNamespaces>();
      ARROW_RETURN_NOT_OK(in(&command->in));
      ARROW_RETURN_NOT_OK(like(&command->pattern));
      return PlanPtr(Finish(std::move(command), first));
    }
    case kTables: {
      Advance();
      auto command = std::make_shared<plan::ShowTables>();
      ARROW_RETURN_NOT_OK(in(&command->in));
      ARROW_RETURN_NOT_OK(like(&command->pattern));
      return PlanPtr(Finish(std::move(command), first));
    }
    case kTable: {
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kExtended));
      auto command = std::make_shared<plan::ShowTableExtended>();
      ARROW_RETURN_NOT_OK(in(&command->in));
      ARROW_RETURN_NOT_OK(Expect(kLike));
      ARROW_ASSIGN_OR_RAISE(command->pattern, String());
      if (At(kPartition)) {
        ARROW_ASSIGN_OR_RAISE(command->partition, ParsePartitionSpec());
      }
      return PlanPtr(Finish(std::move(command), first));
    }
    case kViews: {
      Advance();
      auto command = std::make_shared<plan::ShowViews>();
      ARROW_RETURN_NOT_OK(in(&command->in));
      ARROW_RETURN_NOT_OK(like(&command->pattern));
      return PlanPtr(Finish(std::move(command), first));
    }
    case kTblproperties: {
      Advance();
      auto command = std::make_shared<plan::ShowTableProperties>();
      ARROW_ASSIGN_OR_RAISE(command->table, Reference());
      if (Accept(TokenKind::kLeftParen)) {
        ARROW_ASSIGN_OR_RAISE(command->key, ParsePropertyKey());
        ARROW_RETURN_NOT_OK(ExpectRightParen());
      }
      return PlanPtr(Finish(std::move(command), first));
    }
    case kColumns: {
      Advance();
      auto command = std::make_shared<plan::ShowColumns>();
      if (!Accept(kFrom)) {
        ARROW_RETURN_NOT_OK(Expect(kIn));
      }
      ARROW_ASSIGN_OR_RAISE(command->table, Reference());
      ARROW_RETURN_NOT_OK(in(&command->in));
      return PlanPtr(Finish(std::move(command), first));
    }
    case kPartitions: {
      Advance();
      auto command = std::make_shared<plan::ShowPartitions>();
      ARROW_ASSIGN_OR_RAISE(command->table, Reference());
      if (At(kPartition)) {
        ARROW_ASSIGN_OR_RAISE(command->partition, ParsePartitionSpec());
      }
      return PlanPtr(Finish(std::move(command), first));
    }
    case kCatalogs: {
      Advance();
      auto command = std::make_shared<plan::ShowCatalogs>();
      ARROW_RETURN_NOT_OK(like(&command->pattern));
      return PlanPtr(Finish(std::move(command), first));
    }
    case kCurrent:
      if (AtNamespaceWord(1)) {
        at_ += 2;
        return PlanPtr(Finish(std::make_shared<plan::ShowCurrentNamespace>(), first));
      }
      if (At(kRoles, 1)) {
        return InvalidStatement("SHOW CURRENT ROLES", first);
      }
      return SyntaxError();
    case kCreate: {
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kTable));
      auto command = std::make_shared<plan::ShowCreateTable>();
      ARROW_ASSIGN_OR_RAISE(command->table, Reference());
      if (At(kAs) && At(kSerde, 1)) {
        return Other(plan::CommandKind::kOther, "SHOW CREATE TABLE … AS SERDE", first);
      }
      return PlanPtr(Finish(std::move(command), first));
    }
    case kProcedures: {
      Advance();
      std::optional<NameReference> name;
      ARROW_RETURN_NOT_OK(in(&name));
      return Other(plan::CommandKind::kOther, "SHOW PROCEDURES", first);
    }
    case kGrant:
    case kRole:
    case kRoles:
    case kPrincipals:
    case kCompactions:
    case kTransactions:
    case kIndexes:
    case kLocks:
      return InvalidStatement("SHOW " + std::string(Spelling(Peek().keyword)), first);
    default:
      break;
  }
  // SHOW [USER | SYSTEM | ALL] FUNCTIONS [FROM ns] [[LIKE] name | 'pattern']
  auto command = std::make_shared<plan::ShowFunctions>();
  if (!At(kFunctions) && At(kFunctions, 1) && AtIdentifier()) {
    std::string scope = IdentifierText(Peek());
    for (char& c : scope) {
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (scope != "USER" && scope != "SYSTEM" && scope != "ALL") {
      Advance();
      return InvalidSyntax("SHOW_FUNCTIONS_INVALID_SCOPE",
                           "SHOW " + scope + " FUNCTIONS not supported.", {{"scope", scope}},
                           first);
    }
    command->scope = std::move(scope);
    Advance();
  }
  if (!At(kFunctions) && AtIdentifier()) {
    Advance();
    return SyntaxError("missing 'FUNCTIONS'");
  }
  ARROW_RETURN_NOT_OK(Expect(kFunctions));
  if (Accept(kFrom) || Accept(kIn)) {
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    command->in = std::move(name);
  }
  const bool word = Accept(kLike);
  if (AtString()) {
    ARROW_ASSIGN_OR_RAISE(command->pattern, String());
  } else if (word || AtIdentifier()) {
    ARROW_ASSIGN_OR_RAISE(Name name, MultipartName());
    if (command->in.has_value()) {
      return InvalidSyntax("SHOW_FUNCTIONS_INVALID_PATTERN",
                           "Invalid pattern in SHOW FUNCTIONS: " + base::QuoteName(name) +
                               ". It must be a \"STRING\" literal.",
                           {{"pattern", base::QuoteName(name)}}, first);
    }
    std::string pattern;
    for (const std::string& part : name) {
      pattern += (pattern.empty() ? "" : ".") + part;
    }
    command->pattern = std::move(pattern);
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseDescribe() {
  const size_t first = at_;
  Advance();
  if (At(kFunction) && !At(TokenKind::kEnd, 1)) {
    Advance();
    auto command = std::make_shared<plan::DescribeFunction>();
    command->extended = At(kExtended) && !At(TokenKind::kEnd, 1) && Accept(kExtended);
    if (AtString()) {
      ARROW_ASSIGN_OR_RAISE(std::string name, String());
      command->name.parts = {std::move(name)};
    } else if (AtIdentifier()) {
      ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    } else {
      // An operator.
      command->name.parts = {std::string(Text(Peek()))};
      Advance();
    }
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kProcedure) && AtIdentifier(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    return Other(plan::CommandKind::kOther, "DESCRIBE PROCEDURE", first);
  }
  if (AtNamespaceWord() && (AtIdentifier(1))) {
    Advance();
    auto command = std::make_shared<plan::DescribeNamespace>();
    command->extended = At(kExtended) && AtIdentifier(1) && Accept(kExtended);
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    return PlanPtr(Finish(std::move(command), first));
  }
  const bool query_word = At(kQuery) && (StartsQuery(at_ + 1) || At(TokenKind::kLeftParen, 1));
  // DESCRIBE TABLE t is about the table t, not about the query TABLE t.
  if (query_word || ((StartsQuery(at_) || At(TokenKind::kLeftParen)) && !At(kTable))) {
    if (query_word) {
      Advance();
    }
    auto command = std::make_shared<plan::DescribeQuery>();
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
    command->inputs = {std::move(query)};
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kTable) && AtIdentifier(1)) {
    Advance();
  }
  auto command = std::make_shared<plan::DescribeTable>();
  if ((At(kExtended) || At(kFormatted)) && AtIdentifier(1)) {
    Advance();
    command->extended = true;
  }
  ARROW_ASSIGN_OR_RAISE(command->table, Reference());
  if (At(kPartition) && At(TokenKind::kLeftParen, 1)) {
    ARROW_ASSIGN_OR_RAISE(command->partition, ParsePartitionSpec());
  }
  if (AtIdentifier() && !(At(kAs) && At(kJson, 1))) {
    ARROW_ASSIGN_OR_RAISE(command->column, MultipartName());
  }
  if (At(kAs) && At(kJson, 1)) {
    at_ += 2;
    command->as_json = true;
    if (!command->extended) {
      return base::UserError("DESCRIBE_JSON_NOT_EXTENDED",
                             "DESCRIBE TABLE ... AS JSON only supported when [EXTENDED|FORMATTED] "
                             "is specified. For example: DESCRIBE EXTENDED tableName AS JSON.",
                             {}, Span(first));
    }
  }
  if (!command->column.empty() && !command->partition.empty()) {
    return base::UserError("UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_PARTITION",
                           "The feature is not supported: DESC TABLE COLUMN for a specific "
                           "partition.",
                           {}, Span(first));
  }
  return PlanPtr(Finish(std::move(command), first));
}

}  // namespace emery::sql
