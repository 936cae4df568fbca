// INSERT, DELETE, UPDATE, MERGE.
#include "sql/parser_internal.h"

namespace emery::sql {

// INSERT INTO | OVERWRITE [TABLE] t [PARTITION (…)] [BY NAME | (columns)]
Status Parser::ParseInsertTarget(plan::Insert* insert) {
  const size_t first = at_;
  Advance();
  if (Accept(kOverwrite)) {
    insert->overwrite = true;
  } else {
    ARROW_RETURN_NOT_OK(Expect(kInto));
  }
  const bool local = insert->overwrite && At(kLocal) && At(kDirectory, 1);
  if (insert->overwrite &&
      (local || (At(kDirectory) && (AtString(1) || (At(kUsing, 1) && AtIdentifier(2)))))) {
    at_ += local ? 2 : 1;
    ARROW_ASSIGN_OR_RAISE(insert->directory, OptionalString());
    if (At(kRow) && At(kFormat, 1)) {
      ARROW_RETURN_NOT_OK(ParseRowFormat());
    }
    if (At(kStored)) {
      ARROW_RETURN_NOT_OK(ParseFileFormat(&insert->provider));
    } else if (Accept(kUsing)) {
      ARROW_ASSIGN_OR_RAISE(Name provider, MultipartName());
      for (const std::string& part : provider) {
        insert->provider = insert->provider.value_or("") + (insert->provider ? "." : "") + part;
      }
      if (Accept(kOptions)) {
        ARROW_ASSIGN_OR_RAISE(insert->options, ParseProperties());
      }
    }
    if (!insert->directory.has_value()) {
      const auto path = insert->options.find("path");
      if (path == insert->options.end()) {
        return base::UserError("_LEGACY_ERROR_TEMP_0049",
                               "Directory path and 'path' in OPTIONS should be specified one, but "
                               "not both.",
                               {}, Span(first));
      }
      insert->directory = path->second;
    }
  } else {
    if (At(kTable) && (AtIdentifier(1))) {
      Advance();
    }
    ARROW_ASSIGN_OR_RAISE(insert->table, Reference());
    if (At(kWith) && At(TokenKind::kLeftParen, 1)) {
      Advance();
      ARROW_ASSIGN_OR_RAISE(insert->options, ParseProperties());
    }
    if (At(kPartition) && At(TokenKind::kLeftParen, 1)) {
      ARROW_ASSIGN_OR_RAISE(insert->partition, ParsePartitionSpec());
    }
    ARROW_ASSIGN_OR_RAISE(insert->if_not_exists, IfNotExists());
    if (insert->if_not_exists) {
      if (!insert->overwrite) {
        return InvalidStatement("INSERT INTO ... IF NOT EXISTS", first);
      }
      for (const auto& [name, value] : insert->partition) {
        if (value == nullptr) {
          return NotAllowed("IF NOT EXISTS with dynamic partitions: " + name, first);
        }
      }
    }
    if (At(kReplace) && At(kWhere, 1)) {
      at_ += 2;
      ARROW_ASSIGN_OR_RAISE(insert->replace_where, ParseExpression());
    } else if (At(kBy) && At(kName, 1)) {
      at_ += 2;
      insert->by_name = true;
    } else if (At(TokenKind::kLeftParen) && !AtQueryInParens()) {
      ARROW_ASSIGN_OR_RAISE(insert->columns, IdentifierListInParens());
    }
  }
  return Status::OK();
}

// [target] query
Result<PlanPtr> Parser::ParseInsert(std::shared_ptr<plan::UnresolvedWith> ctes) {
  const size_t first = at_;
  auto insert = std::make_shared<plan::Insert>();
  ARROW_RETURN_NOT_OK(ParseInsertTarget(insert.get()));
  default_allowed_ = true;
  ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
  default_allowed_ = false;
  if (ctes != nullptr) {
    ctes->inputs = {std::move(query)};
    query = std::move(ctes);
  }
  insert->inputs = {std::move(query)};
  return PlanPtr(Finish(std::move(insert), first));
}

// FROM … INSERT … SELECT … INSERT … SELECT …
Result<PlanPtr> Parser::ParseInserts(const PlanPtr& from) {
  std::vector<std::shared_ptr<plan::Insert>> inserts;
  while (At(kInsert)) {
    const size_t first = at_;
    auto insert = std::make_shared<plan::Insert>();
    ARROW_RETURN_NOT_OK(ParseInsertTarget(insert.get()));
    const size_t select_first = at_;
    ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseSelect(from));
    ARROW_ASSIGN_OR_RAISE(query, ParseOrganization(std::move(query), select_first));
    insert->inputs = {std::move(query)};
    inserts.push_back(Finish(std::move(insert), first));
  }
  for (size_t i = 1; i < inserts.size(); ++i) {
    inserts[0]->inputs.push_back(inserts[i]);
  }
  return PlanPtr(inserts[0]);
}

// [AS] alias, before SET, WHERE, USING, ON …
Result<std::string> Parser::ParseDmlAlias() {
  if (!AtTableAlias() || (At(kSet) && !At(kAs, 1) && AtIdentifier(1))) {
    return std::string();
  }
  Accept(kAs);
  ARROW_ASSIGN_OR_RAISE(std::string alias, Identifier());
  if (At(TokenKind::kLeftParen)) {
    const std::string operation(Spelling(TokenAt(0).keyword));
    return base::UserError("COLUMN_ALIASES_NOT_ALLOWED",
                           "Column aliases are not allowed in " + operation + ".",
                           {{"op", operation}}, Span(0));
  }
  return alias;
}

Result<PlanPtr> Parser::ParseDelete() {
  const size_t first = at_;
  Advance();
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  auto command = std::make_shared<plan::Delete>();
  ARROW_ASSIGN_OR_RAISE(command->table, Reference());
  ARROW_ASSIGN_OR_RAISE(command->alias, ParseDmlAlias());
  if (Accept(kWhere)) {
    ARROW_ASSIGN_OR_RAISE(command->condition, ParseExpression());
  }
  return PlanPtr(Finish(std::move(command), first));
}

Result<std::vector<plan::Assignment>> Parser::ParseAssignments() {
  std::vector<plan::Assignment> assignments;
  const bool outer = default_allowed_;
  default_allowed_ = true;
  do {
    plan::Assignment assignment;
    ARROW_ASSIGN_OR_RAISE(assignment.column, MultipartName());
    ARROW_RETURN_NOT_OK(Expect(TokenKind::kEqual));
    ARROW_ASSIGN_OR_RAISE(assignment.value, ParseExpression());
    assignments.push_back(std::move(assignment));
  } while (Accept(TokenKind::kComma));
  default_allowed_ = outer;
  return assignments;
}

Result<PlanPtr> Parser::ParseUpdate() {
  const size_t first = at_;
  Advance();
  auto command = std::make_shared<plan::Update>();
  ARROW_ASSIGN_OR_RAISE(command->table, Reference());
  ARROW_ASSIGN_OR_RAISE(command->alias, ParseDmlAlias());
  ARROW_RETURN_NOT_OK(Expect(kSet));
  ARROW_ASSIGN_OR_RAISE(command->assignments, ParseAssignments());
  if (Accept(kWhere)) {
    ARROW_ASSIGN_OR_RAISE(command->condition, ParseExpression());
  }
  return PlanPtr(Finish(std::move(command), first));
}

// MERGE [WITH SCHEMA EVOLUTION] INTO t USING source ON condition WHEN …
Result<PlanPtr> Parser::ParseMerge(std::shared_ptr<plan::UnresolvedWith> ctes) {
  const size_t first = at_;
  Advance();
  auto merge = std::make_shared<plan::Merge>();
  if (At(kWith) && At(kSchema, 1) && At(kEvolution, 2)) {
    at_ += 3;
    merge->schema_evolution = true;
  }
  ARROW_RETURN_NOT_OK(Expect(kInto));
  ARROW_ASSIGN_OR_RAISE(merge->table, Reference());
  ARROW_ASSIGN_OR_RAISE(merge->alias, ParseDmlAlias());
  ARROW_RETURN_NOT_OK(Expect(kUsing));
  const size_t source_first = at_;
  PlanPtr source;
  if (At(TokenKind::kLeftParen)) {
    ARROW_ASSIGN_OR_RAISE(source, ParseQueryInParens());
  } else {
    auto relation = std::make_shared<plan::UnresolvedRelation>();
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    relation->name = std::move(name.parts);
    relation->identifier = std::move(name.identifier);
    source = Finish(std::move(relation), source_first);
  }
  ARROW_ASSIGN_OR_RAISE(source, ParseAlias(std::move(source), source_first));
  if (ctes != nullptr) {
    // The alias stays outside of WITH, where the condition sees it.
    if (const auto* alias = plan::As<plan::UnresolvedSubqueryAlias>(source)) {
      ctes->inputs = alias->inputs;
      auto outer = std::make_shared<plan::UnresolvedSubqueryAlias>(*alias);
      outer->inputs = {std::move(ctes)};
      source = std::move(outer);
    } else {
      const auto* relation = plan::As<plan::UnresolvedRelation>(source);
      auto outer = std::make_shared<plan::UnresolvedSubqueryAlias>();
      outer->position = source->position;
      outer->alias = relation != nullptr && !relation->name.empty() ? relation->name.back() : "";
      ctes->inputs = {std::move(source)};
      outer->inputs = {std::move(ctes)};
      source = std::move(outer);
    }
  }
  merge->inputs = {std::move(source)};
  ARROW_RETURN_NOT_OK(Expect(kOn));
  ARROW_ASSIGN_OR_RAISE(merge->condition, ParseExpression());
  while (At(kWhen)) {
    ARROW_ASSIGN_OR_RAISE(plan::MergeClause clause, ParseMergeClause());
    if (!merge->clauses.empty()) {
      // Order of the kinds, and only the last of a kind may go without a condition.
      const plan::MergeClause& last = merge->clauses.back();
      if (last.kind > clause.kind) {
        return SyntaxError();
      }
      if (last.kind == clause.kind && last.condition == nullptr) {
        const char* condition = clause.kind == plan::MergeClauseKind::kMatched
                                    ? "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION"
                                : clause.kind == plan::MergeClauseKind::kNotMatched
                                    ? "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION"
                                    : "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION";
        return base::UserError(condition,
                               "When there are more than one WHEN clauses of a kind in a MERGE "
                               "statement, only the last one can omit the condition.",
                               {}, Span(first));
      }
    }
    merge->clauses.push_back(std::move(clause));
  }
  if (merge->clauses.empty()) {
    if (!At(TokenKind::kEnd) && !At(TokenKind::kSemicolon)) {
      return SyntaxError();
    }
    return base::UserError("MERGE_WITHOUT_WHEN",
                           "There must be at least one WHEN clause in a MERGE statement.", {},
                           Span(first));
  }
  return PlanPtr(Finish(std::move(merge), first));
}

Result<plan::MergeClause> Parser::ParseMergeClause() {
  ARROW_RETURN_NOT_OK(Expect(kWhen));
  plan::MergeClause clause;
  clause.kind = plan::MergeClauseKind::kMatched;
  if (Accept(kNot) || Accept(TokenKind::kBang)) {
    clause.kind = plan::MergeClauseKind::kNotMatched;
  }
  ARROW_RETURN_NOT_OK(Expect(kMatched));
  if (clause.kind == plan::MergeClauseKind::kNotMatched && Accept(kBy)) {
    if (Accept(kSource)) {
      clause.kind = plan::MergeClauseKind::kNotMatchedBySource;
    } else {
      ARROW_RETURN_NOT_OK(Expect(kTarget));
    }
  }
  if (Accept(kAnd)) {
    ARROW_ASSIGN_OR_RAISE(clause.condition, ParseExpression());
  }
  ARROW_RETURN_NOT_OK(Expect(kThen));
  if (clause.kind == plan::MergeClauseKind::kNotMatched) {
    ARROW_RETURN_NOT_OK(Expect(kInsert));
    if (Accept(TokenKind::kStar)) {
      clause.action = plan::MergeActionKind::kInsertStar;
      return clause;
    }
    clause.action = plan::MergeActionKind::kInsert;
    ARROW_RETURN_NOT_OK(ExpectLeftParen());
    ARROW_ASSIGN_OR_RAISE(std::vector<Name> columns, MultipartNames());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    ARROW_RETURN_NOT_OK(Expect(kValues));
    ARROW_RETURN_NOT_OK(ExpectLeftParen());
    default_allowed_ = true;
    ARROW_ASSIGN_OR_RAISE(ExpressionList values, ParseExpressions());
    default_allowed_ = false;
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    if (columns.size() != values.size()) {
      return base::UserError("_LEGACY_ERROR_TEMP_0006",
                             "The number of inserted values cannot match the fields.", {}, Span(0));
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      clause.assignments.push_back({std::move(columns[i]), std::move(values[i])});
    }
    return clause;
  }
  if (Accept(kDelete)) {
    clause.action = plan::MergeActionKind::kDelete;
    return clause;
  }
  ARROW_RETURN_NOT_OK(Expect(kUpdate));
  ARROW_RETURN_NOT_OK(Expect(kSet));
  if (clause.kind == plan::MergeClauseKind::kMatched && Accept(TokenKind::kStar)) {
    clause.action = plan::MergeActionKind::kUpdateStar;
    return clause;
  }
  clause.action = plan::MergeActionKind::kUpdate;
  ARROW_ASSIGN_OR_RAISE(clause.assignments, ParseAssignments());
  return clause;
}

}  // namespace emery::sql
