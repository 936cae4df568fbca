// CREATE, REPLACE, DROP, TRUNCATE.
#include <set>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

std::string Joined(const Name& parts) {
  std::string name;
  for (const std::string& part : parts) {
    name += (name.empty() ? "" : ".") + part;
  }
  return name;
}

std::string LowerName(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

}  // namespace

/// Text of the expression that follows, checked and left unread: defaults and generated columns are
/// kept as SQL.
Result<std::string> Parser::ExpressionText() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
  return TextOf(first, at_);
}

Result<PlanPtr> Parser::ParseCreate() {
  const size_t first = at_;
  bool create = false;
  bool replace = false;
  if (Accept(kCreate)) {
    create = true;
    replace = Accept(kOr, kReplace);
  } else {
    ARROW_RETURN_NOT_OK(Expect(kReplace));
    replace = true;
  }
  if (At(kTable) || (At(kExternal) && At(kTable, 1)) ||
      (At(kTemporary) && (At(kTable, 1) || At(kExternal, 1)))) {
    return ParseCreateTable(first, replace, create);
  }
  if (!create) {
    return SyntaxError();
  }
  if (At(kView) || (At(kTemporary) && At(kView, 1)) ||
      (At(kGlobal) && At(kTemporary, 1) && At(kView, 2))) {
    return ParseCreateView(first, replace);
  }
  if (At(kFunction) || (At(kTemporary) && At(kFunction, 1))) {
    return ParseCreateFunction(first);
  }
  if (replace) {
    return SyntaxError();
  }
  if (AtNamespaceWord()) {
    Advance();
    return ParseCreateNamespace(first);
  }
  if (At(kIndex) || At(kRole) || At(kFlow) || (At(kTemporary) && At(kMacro, 1)) ||
      (At(kMaterialized) && At(kView, 1)) || (At(kStreaming) && At(kTable, 1))) {
    return Other(plan::CommandKind::kOther, "CREATE " + std::string(Spelling(Peek().keyword)),
                 first);
  }
  return SyntaxError();
}

Result<PlanPtr> Parser::ParseCreateNamespace(size_t first) {
  auto command = std::make_shared<plan::CreateNamespace>();
  ARROW_ASSIGN_OR_RAISE(command->if_not_exists, IfNotExists());
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  std::set<std::string> seen;
  while (true) {
    std::string clause;
    if (Accept(kComment)) {
      clause = "COMMENT";
      ARROW_ASSIGN_OR_RAISE(command->comment, String());
    } else if (Accept(kLocation)) {
      clause = "LOCATION";
      ARROW_ASSIGN_OR_RAISE(command->location, String());
    } else if (At(kWith) && (At(kDbproperties, 1) || At(kProperties, 1))) {
      clause = "WITH PROPERTIES";
      at_ += 2;
      ARROW_ASSIGN_OR_RAISE(command->properties, ParseProperties());
    } else if (At(kDefault) && At(kCollation, 1)) {
      return NotSupported("DEFAULT COLLATION", at_);
    } else {
      break;
    }
    if (!seen.insert(clause).second) {
      return base::UserError("DUPLICATE_CLAUSES",
                             "Found duplicate clauses: " + clause + ". Please, remove one of them.",
                             {{"clauseName", clause}}, Span(first));
    }
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<PlanPtr> Parser::ParseCreateTable(size_t first, bool replace, bool create) {
  auto table = std::make_shared<plan::CreateTable>();
  table->replace = replace;
  table->create = create;
  const bool temporary = Accept(kTemporary);
  table->external = Accept(kExternal);
  ARROW_RETURN_NOT_OK(Expect(kTable));
  ARROW_ASSIGN_OR_RAISE(table->if_not_exists, IfNotExists());
  if (table->if_not_exists && replace) {
    return SyntaxError();
  }
  ARROW_ASSIGN_OR_RAISE(table->name, Reference());
  if (At(kLike) && AtIdentifier(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(table->like, Reference());
    ARROW_RETURN_NOT_OK(ParseTableClauses(table.get()));
    return PlanPtr(Finish(std::move(table), first));
  }
  if (At(TokenKind::kLeftParen) && !AtQueryInParens()) {
    ARROW_RETURN_NOT_OK(ParseTableElements(table.get()));
  }
  ARROW_RETURN_NOT_OK(ParseTableClauses(table.get()));
  const bool as = At(kAs);
  if (as || StartsQuery(at_) || At(TokenKind::kLeftParen)) {
    Accept(kAs);
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
    table->inputs = {std::move(query)};
    if (temporary) {
      return NotAllowed("CREATE TEMPORARY TABLE ... AS ..., use CREATE TEMPORARY VIEW instead",
                        first);
    }
    for (const plan::ColumnDefinition& column : table->columns) {
      if (column.type != nullptr) {
        return NotAllowed(
            "Schema may not be specified in a Create Table As Select (CTAS) statement", first);
      }
    }
  } else if (temporary) {
    // The old spelling of a temporary view over files.
    if (!table->provider.has_value()) {
      return NotAllowed("CREATE TEMPORARY TABLE without a provider", first);
    }
    auto view = std::make_shared<plan::CreateView>();
    view->name = table->name;
    view->temporary = true;
    view->columns = table->columns;
    view->provider = table->provider;
    view->options = table->options;
    if (table->location.has_value()) {
      view->options["path"] = *table->location;
    }
    return PlanPtr(Finish(std::move(view), first));
  }
  return PlanPtr(Finish(std::move(table), first));
}

bool Parser::AtConstraint() const {
  return At(kConstraint) || (At(kCheck) && At(TokenKind::kLeftParen, 1)) ||
         (At(kUnique) && At(TokenKind::kLeftParen, 1)) || (At(kPrimary) && At(kKey, 1)) ||
         (At(kForeign) && At(kKey, 1));
}

// Constraints are read and not kept: nothing here enforces them.
Status Parser::SkipConstraint() {
  if (Accept(kConstraint)) {
    ARROW_RETURN_NOT_OK(CheckedIdentifier());
  }
  const auto references = [&]() -> Status {
    ARROW_RETURN_NOT_OK(MultipartName());
    return At(TokenKind::kLeftParen) ? IdentifierListInParens().status() : Status::OK();
  };
  if (Accept(kCheck)) {
    ARROW_RETURN_NOT_OK(ExpectLeftParen());
    ARROW_RETURN_NOT_OK(ParseExpression());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  } else if (Accept(kReferences)) {
    ARROW_RETURN_NOT_OK(references());
  } else if (Accept(kForeign)) {
    ARROW_RETURN_NOT_OK(Expect(kKey));
    ARROW_RETURN_NOT_OK(IdentifierListInParens());
    ARROW_RETURN_NOT_OK(Expect(kReferences));
    ARROW_RETURN_NOT_OK(references());
  } else {
    if (!Accept(kUnique)) {
      ARROW_RETURN_NOT_OK(Expect(kPrimary));
      ARROW_RETURN_NOT_OK(Expect(kKey));
    }
    if (At(TokenKind::kLeftParen)) {
      ARROW_RETURN_NOT_OK(IdentifierListInParens());
    }
  }
  while (true) {
    if (At(kNot) && At(kEnforced, 1)) {
      at_ += 2;
    } else if (!Accept(kEnforced) && !Accept(kRely) && !Accept(kNorely)) {
      return Status::OK();
    }
  }
}

// (column, …): definitions, or for CTAS only names.
Status Parser::ParseTableElements(plan::CreateTable* table) {
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  do {
    if (AtConstraint()) {
      ARROW_RETURN_NOT_OK(SkipConstraint());
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(plan::ColumnDefinition column, ParseColumnDefinition());
    table->columns.push_back(std::move(column));
  } while (Accept(TokenKind::kComma));
  return ExpectRightParen();
}

Result<plan::ColumnDefinition> Parser::ParseColumnDefinition() {
  const size_t first = at_;
  plan::ColumnDefinition column;
  ARROW_ASSIGN_OR_RAISE(column.name, CheckedIdentifier());
  ARROW_ASSIGN_OR_RAISE(column.type, ParseType());
  ARROW_RETURN_NOT_OK(ParseColumnOptions(&column, first));
  column.position = Span(first);
  return column;
}

// NOT NULL, DEFAULT e, GENERATED ALWAYS AS (e), COMMENT '…', constraints, each once.
Status Parser::ParseColumnOptions(plan::ColumnDefinition* column, size_t first) {
  const auto duplicate = [&](const std::string& option) {
    return base::UserError("CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE",
                           "CREATE TABLE column " + column->name + " specifies descriptor \"" +
                               option + "\" more than once, which is invalid.",
                           {{"columnName", column->name}, {"optionName", option}}, Span(first));
  };
  while (true) {
    if ((At(kNot) || At(TokenKind::kBang)) && At(kNull, 1)) {
      if (!column->nullable) {
        return duplicate("NOT NULL");
      }
      at_ += 2;
      column->nullable = false;
    } else if (At(kDefault)) {
      if (column->default_sql.has_value()) {
        return duplicate("DEFAULT");
      }
      Advance();
      ARROW_ASSIGN_OR_RAISE(column->default_sql, ExpressionText());
    } else if (At(kGenerated)) {
      const size_t generated_first = at_;
      if (column->generated_sql.has_value()) {
        return duplicate("GENERATED ALWAYS AS");
      }
      Advance();
      if (!Accept(kAlways)) {
        ARROW_RETURN_NOT_OK(Expect(kBy));
        ARROW_RETURN_NOT_OK(Expect(kDefault));
      }
      ARROW_RETURN_NOT_OK(Expect(kAs));
      if (At(kIdentity)) {
        return NotSupported("IDENTITY columns", generated_first);
      }
      ARROW_RETURN_NOT_OK(ExpectLeftParen());
      ARROW_ASSIGN_OR_RAISE(column->generated_sql, ExpressionText());
      ARROW_RETURN_NOT_OK(ExpectRightParen());
    } else if (At(kComment)) {
      if (column->comment.has_value()) {
        return duplicate("COMMENT");
      }
      Advance();
      ARROW_ASSIGN_OR_RAISE(column->comment, String());
    } else if (At(kConstraint) || At(kCheck) || At(kUnique) || At(kPrimary) || At(kReferences)) {
      ARROW_RETURN_NOT_OK(SkipConstraint());
    } else {
      return Status::OK();
    }
  }
}

Status Parser::ParseTableClauses(plan::CreateTable* table) {
  const size_t first = at_;
  std::set<std::string> seen;
  const auto once = [&](const std::string& clause) -> Status {
    if (seen.insert(clause).second) {
      return Status::OK();
    }
    return base::UserError("DUPLICATE_CLAUSES",
                           "Found duplicate clauses: " + clause + ". Please, remove one of them.",
                           {{"clauseName", clause}}, Span(first));
  };
  while (true) {
    if (At(kUsing) && AtIdentifier(1)) {
      ARROW_RETURN_NOT_OK(once("USING"));
      Advance();
      ARROW_ASSIGN_OR_RAISE(Name provider, MultipartName());
      table->provider = Joined(provider);
    } else if (At(kOptions) && At(TokenKind::kLeftParen, 1)) {
      ARROW_RETURN_NOT_OK(once("OPTIONS"));
      Advance();
      ARROW_ASSIGN_OR_RAISE(table->options, ParseProperties(true));
    } else if (At(kPartitioned) && At(kBy, 1)) {
      ARROW_RETURN_NOT_OK(once("PARTITIONED BY"));
      at_ += 2;
      ARROW_RETURN_NOT_OK(ParsePartitioning(table));
    } else if (At(kSkewed) && At(kBy, 1)) {
      return NotSupported("CREATE TABLE ... SKEWED BY", at_);
    } else if (At(kCluster) && At(kBy, 1)) {
      ARROW_RETURN_NOT_OK(once("CLUSTER BY"));
      at_ += 2;
      ARROW_RETURN_NOT_OK(ExpectLeftParen());
      plan::PartitionTransform transform;
      transform.name = "cluster_by";
      ARROW_ASSIGN_OR_RAISE(transform.columns, MultipartNames());
      ARROW_RETURN_NOT_OK(ExpectRightParen());
      table->partitioning.push_back(std::move(transform));
    } else if (At(kClustered) && At(kBy, 1)) {
      ARROW_RETURN_NOT_OK(once("CLUSTERED BY"));
      ARROW_ASSIGN_OR_RAISE(table->buckets, ParseBuckets());
    } else if (At(kRow) && At(kFormat, 1)) {
      ARROW_RETURN_NOT_OK(once("ROW FORMAT"));
      ARROW_RETURN_NOT_OK(ParseRowFormat());
    } else if (At(kStored) && (At(kAs, 1) || At(kBy, 1))) {
      ARROW_RETURN_NOT_OK(once("STORED AS/BY"));
      if (table->provider.has_value()) {
        return InvalidStatement("CREATE TABLE ... USING ... STORED AS", 0);
      }
      ARROW_RETURN_NOT_OK(ParseFileFormat(&table->provider));
    } else if (At(kLocation) && AtString(1)) {
      ARROW_RETURN_NOT_OK(once("LOCATION"));
      Advance();
      ARROW_ASSIGN_OR_RAISE(table->location, String());
    } else if (At(kComment) && AtString(1)) {
      ARROW_RETURN_NOT_OK(once("COMMENT"));
      Advance();
      ARROW_ASSIGN_OR_RAISE(table->comment, String());
    } else if (At(kTblproperties)) {
      ARROW_RETURN_NOT_OK(once("TBLPROPERTIES"));
      Advance();
      ARROW_ASSIGN_OR_RAISE(table->properties, ParseProperties());
    } else if (At(kDefault) && At(kCollation, 1)) {
      ARROW_RETURN_NOT_OK(once("DEFAULT COLLATION"));
      const size_t collation_first = at_;
      at_ += 2;
      ARROW_ASSIGN_OR_RAISE(std::string collation, Identifier());
      if (LowerName(collation) != "utf8_binary") {
        return NotSupported("the collation " + collation, collation_first);
      }
    } else {
      return Status::OK();
    }
  }
}

// PARTITIONED BY (column, transform(column), or a column with its type)
Status Parser::ParsePartitioning(plan::CreateTable* table) {
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  bool with_types = false;
  bool without_types = false;
  do {
    const bool last_word = At(TokenKind::kComma, 1) || At(TokenKind::kRightParen, 1) ||
                           At(TokenKind::kDot, 1) || At(TokenKind::kLeftParen, 1);
    if (AtIdentifier() && !last_word) {
      with_types = true;
      ARROW_ASSIGN_OR_RAISE(plan::ColumnDefinition column, ParseColumnDefinition());
      plan::PartitionTransform transform;
      transform.columns = {{column.name}};
      table->partitioning.push_back(std::move(transform));
      table->columns.push_back(std::move(column));
    } else {
      without_types = true;
      ARROW_ASSIGN_OR_RAISE(plan::PartitionTransform transform, ParseTransform());
      table->partitioning.push_back(std::move(transform));
    }
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  if (with_types && without_types) {
    return NotAllowed("PARTITION BY: Cannot mix partition expressions and partition columns", 0);
  }
  return Status::OK();
}

Result<plan::PartitionTransform> Parser::ParseTransform() {
  const size_t first = at_;
  plan::PartitionTransform transform;
  if (!At(TokenKind::kLeftParen, 1)) {
    ARROW_ASSIGN_OR_RAISE(Name column, MultipartName());
    transform.columns = {std::move(column)};
    return transform;
  }
  ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
  transform.name = LowerName(name);
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  do {
    const bool constant =
        AtNumber() || AtString() || At(TokenKind::kMinus) || (At(TokenKind::kWord) && AtString(1));
    if (constant) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseConstant());
      const auto* literal = plan::As<plan::Literal>(e);
      if (literal == nullptr) {
        return SyntaxError();
      }
      transform.arguments.push_back(literal->value);
    } else {
      ARROW_ASSIGN_OR_RAISE(Name column, MultipartName());
      transform.columns.push_back(std::move(column));
    }
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  const std::string& n = transform.name;
  const bool time = n == "year" || n == "years" || n == "month" || n == "months" || n == "day" ||
                    n == "days" || n == "date" || n == "hour" || n == "hours" || n == "date_hour" ||
                    n == "identity";
  if (n == "bucket" && (transform.columns.empty() || transform.arguments.size() != 1)) {
    return base::UserError("_LEGACY_ERROR_TEMP_0031", "Invalid number of buckets.", {},
                           Span(first));
  }
  const size_t arguments = transform.columns.size() + transform.arguments.size();
  if (time && (arguments != 1 || transform.columns.size() != 1)) {
    return InvalidSyntax("TRANSFORM_WRONG_NUM_ARGS",
                         "The transform `" + n +
                             "` requires 1 parameters but the actual number is " +
                             std::to_string(arguments) + ".",
                         {{"transform", "`" + n + "`"},
                          {"expectedNum", "1"},
                          {"actualNum", std::to_string(arguments)}},
                         first);
  }
  return transform;
}

// CLUSTERED BY (a, b) [SORTED BY (c [ASC])] INTO n BUCKETS
Result<plan::BucketSpec> Parser::ParseBuckets() {
  const size_t first = at_;
  at_ += 2;
  plan::BucketSpec buckets;
  ARROW_ASSIGN_OR_RAISE(buckets.columns, IdentifierListInParens());
  if (Accept(kSorted)) {
    ARROW_RETURN_NOT_OK(Expect(kBy));
    ARROW_RETURN_NOT_OK(ExpectLeftParen());
    do {
      ARROW_ASSIGN_OR_RAISE(std::string column, CheckedIdentifier());
      if (At(kDesc)) {
        return NotAllowed("Column ordering must be ASC, was 'DESC'", first);
      }
      Accept(kAsc);
      buckets.sort_columns.push_back(std::move(column));
    } while (Accept(TokenKind::kComma));
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  ARROW_RETURN_NOT_OK(Expect(kInto));
  ARROW_ASSIGN_OR_RAISE(int64_t count, Integer());
  ARROW_RETURN_NOT_OK(Expect(kBuckets));
  if (count < 1 || count > INT32_MAX) {
    return base::UserError("INVALID_BUCKET_COUNT",
                           "Number of buckets should be greater than 0 but less than or equal to "
                           "bucketing.maxBuckets. Got " +
                               std::to_string(count) + ".",
                           {{"numBuckets", std::to_string(count)}}, Span(first));
  }
  buckets.num_buckets = static_cast<int>(count);
  return buckets;
}

// ROW FORMAT SERDE '…' | ROW FORMAT DELIMITED …: Hive's, read and refused.
Status Parser::ParseRowFormat() {
  const size_t first = at_;
  at_ += 2;
  if (!Accept(kSerde)) {
    ARROW_RETURN_NOT_OK(Expect(kDelimited));
    return NotSupported("ROW FORMAT DELIMITED", first);
  }
  ARROW_ASSIGN_OR_RAISE(std::string serde, String());
  return NotSupported("ROW FORMAT SERDE", first);
}

// STORED AS parquet | STORED AS INPUTFORMAT … | STORED BY …
Status Parser::ParseFileFormat(std::optional<std::string>* provider) {
  const size_t first = at_;
  Advance();
  if (Accept(kBy)) {
    ARROW_ASSIGN_OR_RAISE(std::string handler, String());
    return NotSupported("STORED BY a storage handler", first);
  }
  ARROW_RETURN_NOT_OK(Expect(kAs));
  if (At(kInputformat)) {
    return NotSupported("STORED AS INPUTFORMAT … OUTPUTFORMAT …", first);
  }
  ARROW_ASSIGN_OR_RAISE(std::string format, Identifier());
  *provider = LowerName(format);
  return Status::OK();
}

// ---- views and functions
// ---------------------------------------------------------------------------------

Result<PlanPtr> Parser::ParseCreateView(size_t first, bool replace) {
  auto view = std::make_shared<plan::CreateView>();
  view->replace = replace;
  view->global = Accept(kGlobal);
  view->temporary = Accept(kTemporary);
  ARROW_RETURN_NOT_OK(Expect(kView));
  ARROW_ASSIGN_OR_RAISE(view->if_not_exists, IfNotExists());
  ARROW_ASSIGN_OR_RAISE(view->name, Reference());
  if (At(TokenKind::kLeftParen)) {
    Advance();
    do {
      const size_t column_first = at_;
      plan::ColumnDefinition column;
      ARROW_ASSIGN_OR_RAISE(column.name, CheckedIdentifier());
      if (!At(kComment) && !At(TokenKind::kComma) && !At(TokenKind::kRightParen)) {
        ARROW_ASSIGN_OR_RAISE(column.type, ParseType());
        if (At(kNot) && At(kNull, 1)) {
          at_ += 2;
          column.nullable = false;
        }
      }
      if (Accept(kComment)) {
        ARROW_ASSIGN_OR_RAISE(column.comment, String());
      }
      column.position = Span(column_first);
      view->columns.push_back(std::move(column));
    } while (Accept(TokenKind::kComma));
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  if (view->temporary && Accept(kUsing)) {
    ARROW_ASSIGN_OR_RAISE(Name provider, MultipartName());
    view->provider = Joined(provider);
    if (Accept(kOptions)) {
      ARROW_ASSIGN_OR_RAISE(view->options, ParseProperties());
    }
    return PlanPtr(Finish(std::move(view), first));
  }
  std::set<std::string> seen;
  while (!At(kAs)) {
    std::string clause;
    if (Accept(kComment)) {
      clause = "COMMENT";
      ARROW_ASSIGN_OR_RAISE(view->comment, String());
    } else if (Accept(kTblproperties)) {
      clause = "TBLPROPERTIES";
      ARROW_ASSIGN_OR_RAISE(view->properties, ParseProperties());
    } else if (At(kPartitioned) && At(kOn, 1)) {
      clause = "PARTITIONED ON";
      at_ += 2;
      ARROW_RETURN_NOT_OK(IdentifierListInParens());
    } else if (At(kWith) && At(kSchema, 1)) {
      clause = "WITH SCHEMA";
      at_ += 2;
      if (!Accept(kBinding) && !Accept(kCompensation) && !Accept(kEvolution)) {
        ARROW_RETURN_NOT_OK(Expect(kType));
        ARROW_RETURN_NOT_OK(Expect(kEvolution));
      }
    } else if (At(kDefault) && At(kCollation, 1)) {
      return NotSupported("DEFAULT COLLATION", at_);
    } else {
      return SyntaxError();
    }
    if (!seen.insert(clause).second) {
      return base::UserError("DUPLICATE_CLAUSES",
                             "Found duplicate clauses: " + clause + ". Please, remove one of them.",
                             {{"clauseName", clause}}, Span(first));
    }
  }
  Advance();
  for (const plan::ColumnDefinition& column : view->columns) {
    if (column.type != nullptr) {
      return SyntaxError();
    }
  }
  if (view->temporary && !view->properties.empty()) {
    return NotAllowed("TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW", first);
  }
  if (replace && view->if_not_exists) {
    return base::UserError("_LEGACY_ERROR_TEMP_0052",
                           "CREATE VIEW with both IF NOT EXISTS and REPLACE is not allowed.", {},
                           Span(first));
  }
  if (view->temporary && view->if_not_exists) {
    return base::UserError("_LEGACY_ERROR_TEMP_0053",
                           "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.", {},
                           Span(first));
  }
  const size_t query_first = at_;
  ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
  view->query_text = TextOf(query_first, at_);
  view->inputs = {std::move(query)};
  return PlanPtr(Finish(std::move(view), first));
}

// CREATE [OR REPLACE] [TEMPORARY] FUNCTION f AS 'class' … or f(a INT) RETURNS INT RETURN expression
Result<PlanPtr> Parser::ParseCreateFunction(size_t first) {
  Accept(kTemporary);
  Advance();
  ARROW_RETURN_NOT_OK(IfNotExists());
  ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
  if (!At(kAs) && !At(TokenKind::kLeftParen)) {
    return SyntaxError();
  }
  return Other(plan::CommandKind::kCreateFunction, "CREATE FUNCTION", first);
}

// ---- DROP, TRUNCATE
// --------------------------------------------------------------------------------------

Result<PlanPtr> Parser::ParseDrop() {
  const size_t first = at_;
  Advance();
  if (Accept(kTable)) {
    auto command = std::make_shared<plan::DropTable>();
    ARROW_ASSIGN_OR_RAISE(command->if_exists, IfExists());
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    command->purge = Accept(kPurge);
    return PlanPtr(Finish(std::move(command), first));
  }
  if (Accept(kView)) {
    auto command = std::make_shared<plan::DropView>();
    ARROW_ASSIGN_OR_RAISE(command->if_exists, IfExists());
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    return PlanPtr(Finish(std::move(command), first));
  }
  if (AtNamespaceWord()) {
    Advance();
    auto command = std::make_shared<plan::DropNamespace>();
    ARROW_ASSIGN_OR_RAISE(command->if_exists, IfExists());
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    command->cascade = Accept(kCascade);
    if (!command->cascade) {
      Accept(kRestrict);
    }
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kTemporary) && (At(kVariable, 1) || At(kVar, 1))) {
    at_ += 2;
    auto command = std::make_shared<plan::DropVariable>();
    ARROW_ASSIGN_OR_RAISE(command->if_exists, IfExists());
    ARROW_ASSIGN_OR_RAISE(command->name, Reference());
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kFunction) || (At(kTemporary) && At(kFunction, 1))) {
    Accept(kTemporary);
    Advance();
    ARROW_RETURN_NOT_OK(IfExists());
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    auto command = std::make_shared<plan::Command>();
    command->command = plan::CommandKind::kDropFunction;
    command->text = "DROP FUNCTION";
    return PlanPtr(Finish(std::move(command), first));
  }
  if (At(kIndex) || At(kRole) || (At(kTemporary) && At(kMacro, 1))) {
    return Other(plan::CommandKind::kOther, "DROP " + std::string(Spelling(Peek().keyword)), first);
  }
  return SyntaxError();
}

Result<PlanPtr> Parser::ParseTruncate() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kTable));
  auto command = std::make_shared<plan::TruncateTable>();
  ARROW_ASSIGN_OR_RAISE(command->name, Reference());
  if (At(kPartition)) {
    ARROW_ASSIGN_OR_RAISE(command->partition, ParsePartitionSpec());
  }
  return PlanPtr(Finish(std::move(command), first));
}

}  // namespace emery::sql
