// DELETE, UPDATE and MERGE: which rows, and what becomes of them.

#include "analyzer/row_level.h"

#include <algorithm>

#include "analyzer/assignments_internal.h"
#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

using plan::MergeActionKind;
using plan::MergeClauseKind;

bool HasSubquery(const ExpressionPtr& e) {
  return plan::AnyOf(
      e, [](const plan::Expression& node) { return node.kind == plan::ExpressionKind::kSubquery; });
}

Status MergeConditionError(const char* which, const char* message, const char* condition_name,
                           const ExpressionPtr& condition) {
  const std::string text = ExpressionText(condition);
  return base::UserError(std::string("UNSUPPORTED_MERGE_CONDITION.") + which,
                         "MERGE operation contains unsupported " + std::string(condition_name) +
                             " condition. " + message + ": " + text + ".",
                         {{"condName", condition_name}, {"cond", text}}, condition->position);
}

Status NonDeterministic(const ExpressionPtr& e) {
  const std::string text = ExpressionText(e);
  return base::UserError("INVALID_NON_DETERMINISTIC_EXPRESSIONS",
                         "The operator expects a deterministic expression, but the actual "
                         "expression is " +
                             text + ".",
                         {{"sqlExprs", text}}, e->position);
}

/// Resolves one statement.
class RowLevelAnalyzer {
 public:
  RowLevelAnalyzer(const AnalyzerContext& context, std::shared_ptr<const table::Table> table,
                   const Name& name)
      : analyzer_(context), table_(std::move(table)), name_(name) {}

  Result<RowLevelChange> Delete(const plan::Delete& command);
  Result<RowLevelChange> Update(const plan::Update& command);
  Result<RowLevelChange> Merge(const plan::Merge& command);

 private:
  void MakeTarget(const std::string& alias, base::Position position);
  ExpressionContext Over(const Scope& scope, const char* place) const;
  /// WHERE of DELETE and UPDATE.
  Result<ExpressionPtr> Where(const ExpressionPtr& written, const Scope& scope);
  Result<ExpressionPtr> MergeCondition(const ExpressionPtr& written, const Scope& scope,
                                       const char* name);
  Result<std::vector<ResolvedAssignment>> Assignments(const std::vector<plan::Assignment>& written,
                                                      const Scope& values);
  /// UPDATE SET * and INSERT *: every field by the source's column of its name.
  Result<std::vector<ResolvedAssignment>> StarAssignments(const Scope& source,
                                                          base::Position position);
  Result<RowLevelClause> Clause(const plan::MergeClause& written, const Scope& both,
                                const Scope& source, const Scope& target, base::Position position);
  Status ReadKey(const Name& written, ResolvedAssignment* assignment);
  ExpressionPtr WithSharedInline(const ExpressionPtr& e);

  QueryAnalyzer analyzer_;
  std::shared_ptr<const table::Table> table_;
  Name name_;
  Environment env_;
  std::shared_ptr<plan::Scan> target_;
  ScopeColumns target_columns_;  // as the scan's
};

void RowLevelAnalyzer::MakeTarget(const std::string& alias, base::Position position) {
  target_ = std::make_shared<plan::Scan>();
  target_->table = table_;
  target_->position = position;
  for (const std::string& part : name_) {
    target_->name += (target_->name.empty() ? "" : ".") + part;
  }
  const Name qualifier = alias.empty() ? name_ : Name{alias};
  const auto add = [&](const type::Field& field, int index) {
    target_->columns.push_back(
        {plan::NextColumnId(), field.name, type::ReplaceCharVarchar(field.type), field.nullable});
    target_->field_indexes.push_back(index);
    target_columns_.push_back(ToScopeColumn(target_->columns.back(), qualifier));
    target_columns_.back().hidden = index < 0;
    target_columns_.back().metadata = index < 0;
  };
  int index = 0;
  for (const type::Field& field : table_->schema()) {
    add(field, index++);
  }
  for (const type::Field& field : table_->metadata_columns()) {
    add(field, -1);
  }
}

ExpressionContext RowLevelAnalyzer::Over(const Scope& scope, const char* place) const {
  ExpressionContext context;
  context.environment = &env_;
  context.scope = &scope;
  context.place = place;
  return context;
}

ExpressionPtr RowLevelAnalyzer::WithSharedInline(const ExpressionPtr& e) {
  return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* subquery = plan::As<plan::Subquery>(node);
    if (subquery == nullptr) {
      return node;
    }
    auto copy = std::make_shared<plan::Subquery>(*subquery);
    copy->plan = analyzer_.InlineShared(subquery->plan);
    return copy;
  });
}

Result<ExpressionPtr> RowLevelAnalyzer::Where(const ExpressionPtr& written, const Scope& scope) {
  if (written == nullptr) {
    return ExpressionPtr();
  }
  const auto* literal = plan::As<plan::Literal>(written);
  if (literal != nullptr && literal->value.is_null()) {
    return plan::MakeNullLiteral(type::Boolean());  // WHERE NULL
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition,
                        analyzer_.ResolveCondition(written, Over(scope, "WHERE"), "WHERE"));
  if (!plan::IsDeterministic(condition)) {
    return NonDeterministic(condition);
  }
  return WithSharedInline(condition);
}

Result<ExpressionPtr> RowLevelAnalyzer::MergeCondition(const ExpressionPtr& written,
                                                       const Scope& scope, const char* name) {
  if (written == nullptr) {
    return ExpressionPtr();
  }
  ExpressionContext context = Over(scope, "MERGE");
  context.allow_aggregates = true;
  const bool is_search = std::string_view(name) == "SEARCH";
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition,
                        analyzer_.ResolveCondition(written, context, is_search ? "JOIN" : "MERGE"));
  if (!plan::IsDeterministic(condition)) {
    return MergeConditionError("NON_DETERMINISTIC", "Non-deterministic expressions are not allowed",
                               name, condition);
  }
  if (HasSubquery(condition)) {
    return MergeConditionError("SUBQUERY", "Subqueries are not allowed", name, condition);
  }
  if (HasAggregate(condition)) {
    return MergeConditionError("AGGREGATE", "Aggregates are not allowed", name, condition);
  }
  return condition;
}

Status RowLevelAnalyzer::ReadKey(const Name& written, ResolvedAssignment* assignment) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr key, analyzer_.FindName(written, target_columns_, {}));
  if (key == nullptr) {
    Scope scope;
    scope.columns = target_columns_;
    return analyzer_.UnresolvedColumnError(written, &scope, {});
  }
  ExpressionPtr at = key;
  while (at->kind == plan::ExpressionKind::kCall) {
    const auto& call = static_cast<const plan::Call&>(*at);
    if (call.children.size() != 2) {
      break;
    }
    const auto* step = plan::As<plan::Literal>(call.children[1]);
    assignment->path.insert(assignment->path.begin(),
                            step != nullptr && step->type->is_string() ? step->value.string() : "");
    at = call.children[0];
  }
  const auto* column = plan::As<plan::Column>(at);
  const size_t num_fields = table_->schema().size();
  for (size_t i = 0; column != nullptr && i < num_fields; ++i) {
    if (target_columns_[i].id == column->id) {
      assignment->field = static_cast<int>(i);
      assignment->text = base::QuoteName(written);
      return Status::OK();
    }
  }
  return base::UserError("UNSUPPORTED_FEATURE",
                         "Assigning to the metadata column " + base::QuoteName(written) + ".", {});
}

Result<std::vector<ResolvedAssignment>> RowLevelAnalyzer::Assignments(
    const std::vector<plan::Assignment>& written, const Scope& values) {
  std::vector<ResolvedAssignment> assignments;
  for (const plan::Assignment& one : written) {
    ResolvedAssignment assignment;
    const Status status = ReadKey(one.column, &assignment);
    if (!status.ok()) {
      return base::WithPosition(status, one.value->position);
    }
    const auto* word = plan::As<plan::UnresolvedColumn>(one.value);
    const bool by_default =
        one.value->kind == plan::ExpressionKind::kDefault ||
        (word != nullptr && word->parts.size() == 1 && Lower(word->parts[0]) == "default");
    if (by_default) {
      assignment.value_text = "DEFAULT";
    } else {
      const bool misplaced = plan::AnyOf(one.value, [](const plan::Expression& node) {
        const auto* column = plan::As<plan::UnresolvedColumn>(&node);
        return node.kind == plan::ExpressionKind::kDefault ||
               (column != nullptr && column->parts.size() == 1 &&
                Lower(column->parts[0]) == "default");
      });
      if (misplaced) {
        return base::UserError("DEFAULT_PLACEMENT_INVALID",
                               "A DEFAULT keyword in a MERGE, INSERT, UPDATE, or SET VARIABLE "
                               "command could not be directly assigned to a target column because "
                               "it was part of an expression. For example: `UPDATE SET c1 = "
                               "DEFAULT` is allowed, but `UPDATE T SET c1 = DEFAULT + 1` is not.",
                               {}, one.value->position);
      }
      ExpressionContext context = Over(values, "SET");
      context.allow_aggregates = true;
      ARROW_ASSIGN_OR_RAISE(assignment.value, analyzer_.Resolve(one.value, context));
      if (HasAggregate(assignment.value)) {
        return base::UserError("MISSING_GROUP_BY",
                               "An assignment can't hold an aggregate such as " +
                                   ExpressionText(assignment.value) + ".",
                               {}, one.value->position);
      }
      assignment.value = WithSharedInline(assignment.value);
      assignment.value_text = plan::ToColumnName(one.value);
    }
    assignment.text += " = " + assignment.value_text;
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

Result<std::vector<ResolvedAssignment>> RowLevelAnalyzer::StarAssignments(const Scope& source,
                                                                          base::Position position) {
  std::vector<ResolvedAssignment> assignments;
  int index = 0;
  for (const type::Field& field : table_->schema()) {
    ResolvedAssignment assignment;
    assignment.field = index++;
    ARROW_ASSIGN_OR_RAISE(assignment.value,
                          analyzer_.FindName({field.name}, source.columns, position));
    if (assignment.value == nullptr) {
      return analyzer_.UnresolvedColumnError({field.name}, &source, position);
    }
    assignment.value_text = base::QuoteIdentifier(field.name);
    assignment.text = assignment.value_text + " = " + assignment.value_text;
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

Result<RowLevelChange> RowLevelAnalyzer::Delete(const plan::Delete& command) {
  MakeTarget(command.alias, command.table.position);
  Scope scope;
  scope.columns = target_columns_;
  RowLevelChange change;
  ARROW_ASSIGN_OR_RAISE(change.condition, Where(command.condition, scope));
  change.target = target_;
  change.clauses.push_back({MergeClauseKind::kMatched, MergeActionKind::kDelete, nullptr, {}});
  return change;
}

Result<RowLevelChange> RowLevelAnalyzer::Update(const plan::Update& command) {
  MakeTarget(command.alias, command.table.position);
  Scope scope;
  scope.columns = target_columns_;
  RowLevelChange change;
  ARROW_ASSIGN_OR_RAISE(auto assignments, Assignments(command.assignments, scope));
  ARROW_ASSIGN_OR_RAISE(change.condition, Where(command.condition, scope));
  AssignmentAlignment alignment(&analyzer_, table_->schema(), target_columns_);
  RowLevelClause clause;
  clause.action = MergeActionKind::kUpdate;
  ARROW_ASSIGN_OR_RAISE(clause.values, alignment.Update(assignments));
  change.target = target_;
  change.clauses.push_back(std::move(clause));
  return change;
}

Result<RowLevelClause> RowLevelAnalyzer::Clause(const plan::MergeClause& written, const Scope& both,
                                                const Scope& source, const Scope& target,
                                                base::Position position) {
  RowLevelClause clause;
  clause.kind = written.kind;
  const Scope& scope = written.kind == MergeClauseKind::kMatched      ? both
                       : written.kind == MergeClauseKind::kNotMatched ? source
                                                                      : target;
  AssignmentAlignment alignment(&analyzer_, table_->schema(), target_columns_);
  std::vector<ResolvedAssignment> assignments;
  switch (written.action) {
    case MergeActionKind::kDelete: {
      clause.action = MergeActionKind::kDelete;
      ARROW_ASSIGN_OR_RAISE(clause.condition, MergeCondition(written.condition, scope, "DELETE"));
      return clause;
    }
    case MergeActionKind::kUpdate:
    case MergeActionKind::kUpdateStar: {
      clause.action = MergeActionKind::kUpdate;
      ARROW_ASSIGN_OR_RAISE(clause.condition, MergeCondition(written.condition, scope, "UPDATE"));
      if (written.action == MergeActionKind::kUpdateStar) {
        ARROW_ASSIGN_OR_RAISE(assignments, StarAssignments(source, position));
      } else {
        ARROW_ASSIGN_OR_RAISE(assignments, Assignments(written.assignments, scope));
      }
      ARROW_ASSIGN_OR_RAISE(clause.values, alignment.Update(assignments));
      return clause;
    }
    case MergeActionKind::kInsert:
    case MergeActionKind::kInsertStar: {
      clause.action = MergeActionKind::kInsert;
      ARROW_ASSIGN_OR_RAISE(clause.condition, MergeCondition(written.condition, scope, "INSERT"));
      if (written.action == MergeActionKind::kInsertStar) {
        ARROW_ASSIGN_OR_RAISE(assignments, StarAssignments(source, position));
      } else {
        ARROW_ASSIGN_OR_RAISE(assignments, Assignments(written.assignments, scope));
      }
      ARROW_ASSIGN_OR_RAISE(clause.values, alignment.Insert(assignments));
      return clause;
    }
  }
  return clause;
}

Result<RowLevelChange> RowLevelAnalyzer::Merge(const plan::Merge& command) {
  if (command.schema_evolution) {
    return base::Unsupported("MERGE WITH SCHEMA EVOLUTION", command.position);
  }
  MakeTarget(command.alias, command.table.position);
  ARROW_ASSIGN_OR_RAISE(Relation relation, analyzer_.AnalyzeRelation(command.inputs[0], env_));
  Scope target;
  target.columns = target_columns_;
  Scope source;
  source.columns = relation.columns;
  Scope both;
  both.columns = target.columns;
  both.columns.insert(both.columns.end(), source.columns.begin(), source.columns.end());
  RowLevelChange change;
  ARROW_ASSIGN_OR_RAISE(change.condition, MergeCondition(command.condition, both, "SEARCH"));
  for (const plan::MergeClause& written : command.clauses) {
    ARROW_ASSIGN_OR_RAISE(RowLevelClause clause,
                          Clause(written, both, source, target, command.position));
    change.clauses.push_back(std::move(clause));
  }
  change.target = target_;
  change.source = analyzer_.InlineShared(relation.plan);
  return change;
}

}  // namespace

Result<RowLevelChange> AnalyzeRowLevel(const AnalyzerContext& context, const plan::Command& command,
                                       const std::shared_ptr<const table::Table>& table,
                                       const std::vector<std::string>& name) {
  RowLevelAnalyzer analyzer(context, table, name);
  switch (command.command) {
    case plan::CommandKind::kDelete:
      return analyzer.Delete(static_cast<const plan::Delete&>(command));
    case plan::CommandKind::kUpdate:
      return analyzer.Update(static_cast<const plan::Update&>(command));
    case plan::CommandKind::kMerge:
      return analyzer.Merge(static_cast<const plan::Merge&>(command));
    default:
      return base::InternalError("a statement that changes no rows");
  }
}

}  // namespace emery::analyzer
