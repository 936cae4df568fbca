// Session variables and EXECUTE IMMEDIATE.
#include <string>
#include <utility>
#include <vector>

#include "session/commands/commands.h"

namespace emery::session {

namespace {

/// The variable's own name in v, session.v or system.session.v.
Result<std::string> VariableName(const StatementPtr& statement,
                                 const plan::NameReference& reference) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(reference));
  const bool ours =
      name.size() == 1 || (name.size() == 2 && LowerCase(name[0]) == "session") ||
      (name.size() == 3 && LowerCase(name[0]) == "system" && LowerCase(name[1]) == "session");
  if (!ours) {
    return base::UserError(
        "UNRESOLVED_VARIABLE",
        "Cannot resolve variable " + base::QuoteName(name) + " on search path `SYSTEM`.`SESSION`.",
        {{"variableName", base::QuoteName(name)}, {"searchPath", "`SYSTEM`.`SESSION`"}});
  }
  return name.back();
}

std::string FullName(const std::string& name) {
  return base::QuoteName({"system", "session", name});
}

Result<Variable> FindVariable(const StatementPtr& statement, const std::string& name) {
  SessionState& state = statement->state();
  std::lock_guard<std::mutex> lock(state.mutex);
  const auto found = state.variables.find(LowerCase(name));
  if (found == state.variables.end()) {
    return base::UserError(
        "UNRESOLVED_VARIABLE",
        "Cannot resolve variable " + base::QuoteIdentifier(name) +
            " on search path `SYSTEM`.`SESSION`.",
        {{"variableName", base::QuoteIdentifier(name)}, {"searchPath", "`SYSTEM`.`SESSION`"}});
  }
  return found->second;
}

void StoreValue(const StatementPtr& statement, const std::string& name, type::Value value) {
  SessionState& state = statement->state();
  std::lock_guard<std::mutex> lock(state.mutex);
  const auto found = state.variables.find(LowerCase(name));
  if (found != state.variables.end()) {
    found->second.value = std::move(value);
  }
}

/// `unresolved` (null: NULL) as a value of `type`.
Result<type::Value> ValueOf(const StatementPtr& statement, const plan::ExpressionPtr& unresolved,
                            const type::TypePtr& type) {
  if (unresolved == nullptr) {
    return type::Value();
  }
  ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal, statement->AnalyzeToLiteral(unresolved, type));
  return plan::As<plan::Literal>(literal)->value;
}

/// Rows of a query for `names`: none sets them to null, more than one is an error.
Status StoreOneRow(const StatementPtr& statement, const std::vector<std::string>& names,
                   const plan::PlanPtr& query) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr resolved, statement->Analyze(query));
  const plan::Columns columns = resolved->Output();
  if (columns.size() != names.size()) {
    return base::UserError(
        "ASSIGNMENT_ARITY_MISMATCH",
        "The number of columns or variables assigned or aliased: " + std::to_string(names.size()) +
            " does not match the number of source expressions: " + std::to_string(columns.size()) +
            ".",
        {{"numTarget", std::to_string(names.size())}, {"numExpr", std::to_string(columns.size())}});
  }
  plan::ExpressionList casts;
  for (size_t i = 0; i < names.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Variable variable, FindVariable(statement, names[i]));
    plan::ExpressionPtr column =
        plan::MakeColumn(columns[i].id, columns[i].name, columns[i].type, columns[i].nullable);
    if (!column->type->Equals(*variable.type)) {
      column = plan::MakeCast(
          column, variable.type,
          statement->config().ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy);
    }
    casts.push_back(plan::MakeAlias(std::move(column), names[i], plan::NextColumnId()));
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<columnar::Batch> batches,
                        statement->Collect(plan::MakeProject(resolved, std::move(casts))));
  int64_t rows = 0;
  for (const columnar::Batch& batch : batches) {
    rows += batch.num_rows;
  }
  if (rows > 1) {
    return base::UserError("ROW_SUBQUERY_TOO_MANY_ROWS",
                           "More than one row returned by a subquery used as a row.");
  }
  for (size_t i = 0; i < names.size(); ++i) {
    type::Value value;
    for (const columnar::Batch& batch : batches) {
      if (batch.num_rows > 0) {
        value = columnar::ValueAt(*batch.columns[i], 0);
      }
    }
    StoreValue(statement, names[i], std::move(value));
  }
  return Status::OK();
}

}  // namespace

CommandResult DeclareVariable(const StatementPtr& statement, const plan::DeclareVariable& command) {
  Variable variable;
  variable.default_value = command.value;
  variable.type = command.variable_type;
  if (variable.type == nullptr) {
    if (command.value == nullptr) {
      return base::InternalError("a variable with neither a type nor a value");
    }
    ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal,
                          statement->AnalyzeToLiteral(command.value, nullptr));
    variable.type = literal->type;
    variable.value = plan::As<plan::Literal>(literal)->value;
  } else {
    variable.type = type::ReplaceCharVarchar(variable.type);
    ARROW_ASSIGN_OR_RAISE(variable.value, ValueOf(statement, command.value, variable.type));
  }
  std::vector<std::string> names;
  for (const plan::NameReference& reference : command.names) {
    ARROW_ASSIGN_OR_RAISE(std::string name, VariableName(statement, reference));
    names.push_back(std::move(name));
  }
  const auto declare = [&]() -> Status {
    SessionState& state = statement->state();
    std::lock_guard<std::mutex> lock(state.mutex);
    for (const std::string& name : names) {
      if (!command.replace && state.variables.contains(LowerCase(name))) {
        return base::UserError("VARIABLE_ALREADY_EXISTS",
                               "Cannot create the variable " + FullName(name) +
                                   " because it already exists.\nChoose a different name, or drop "
                                   "or replace the existing variable.",
                               {{"variableName", FullName(name)}});
      }
      state.variables[LowerCase(name)] = variable;
    }
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(declare());
  return NoRows(statement);
}

CommandResult SetVariable(const StatementPtr& statement, const plan::SetVariable& command) {
  std::vector<std::string> names;
  for (const plan::NameReference& reference : command.names) {
    ARROW_ASSIGN_OR_RAISE(std::string name, VariableName(statement, reference));
    ARROW_RETURN_NOT_OK(FindVariable(statement, name).status());
    for (const std::string& earlier : names) {
      if (LowerCase(earlier) == LowerCase(name)) {
        return base::UserError("DUPLICATE_ASSIGNMENTS",
                               "The columns or variables " + base::QuoteIdentifier(name) +
                                   " appear more than once as assignment targets.",
                               {{"nameList", base::QuoteIdentifier(name)}});
      }
    }
    names.push_back(std::move(name));
  }
  if (!command.inputs.empty()) {
    ARROW_RETURN_NOT_OK(StoreOneRow(statement, names, command.inputs[0]));
    return NoRows(statement);
  }
  std::vector<type::Value> values;
  for (size_t i = 0; i < names.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(Variable variable, FindVariable(statement, names[i]));
    const bool is_default = command.values[i]->kind == plan::ExpressionKind::kDefault;
    ARROW_ASSIGN_OR_RAISE(
        type::Value value,
        ValueOf(statement, is_default ? variable.default_value : command.values[i], variable.type));
    values.push_back(std::move(value));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    StoreValue(statement, names[i], std::move(values[i]));
  }
  return NoRows(statement);
}

CommandResult DropVariable(const StatementPtr& statement, const plan::DropVariable& command) {
  ARROW_ASSIGN_OR_RAISE(std::string name, VariableName(statement, command.name));
  bool dropped = false;
  {
    SessionState& state = statement->state();
    std::lock_guard<std::mutex> lock(state.mutex);
    dropped = state.variables.erase(LowerCase(name)) > 0;
  }
  if (!dropped && !command.if_exists) {
    return base::UserError(
        "VARIABLE_NOT_FOUND",
        "The variable " + FullName(name) +
            " cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf "
            "you did not qualify the name with a schema and catalog, verify the current_schema() "
            "output, or qualify the name with the correct schema and catalog.\nTo tolerate the "
            "error on drop use DROP VARIABLE IF EXISTS.",
        {{"variableName", FullName(name)}});
  }
  return NoRows(statement);
}

CommandResult ExecuteImmediate(const StatementPtr& statement,
                               const plan::ExecuteImmediate& command) {
  ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal,
                        statement->AnalyzeToLiteral(command.statement, nullptr));
  const auto* text = plan::As<plan::Literal>(literal);
  if (!text->type->is_string()) {
    return base::UserError(
        "INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE",
        "Expression type must be string type but got \"" + text->type->Sql() + "\".",
        {{"exprType", "\"" + text->type->Sql() + "\""}});
  }
  if (text->value.is_null()) {
    return base::UserError(
        "NULL_QUERY_STRING_EXECUTE_IMMEDIATE",
        "Execute immediate requires a non-null variable as the query string, but "
        "the provided variable is null.");
  }
  std::vector<StatementParameter> parameters;
  for (const plan::ExpressionPtr& argument : command.arguments) {
    StatementParameter parameter;
    plan::ExpressionPtr value = argument;
    if (const auto* alias = plan::As<plan::Alias>(argument)) {
      parameter.name = alias->name;
      value = alias->children[0];
    }
    ARROW_ASSIGN_OR_RAISE(parameter.value, statement->AnalyzeToLiteral(value, nullptr));
    parameters.push_back(std::move(parameter));
  }
  std::vector<std::string> targets;
  for (const plan::NameReference& reference : command.into) {
    ARROW_ASSIGN_OR_RAISE(std::string name, VariableName(statement, reference));
    ARROW_RETURN_NOT_OK(FindVariable(statement, name).status());
    targets.push_back(std::move(name));
  }
  ARROW_ASSIGN_OR_RAISE(
      plan::PlanPtr parsed,
      sql::ParseStatement(text->value.string(), ParserOptionsOf(statement->config())));
  const auto* inner = plan::As<plan::Command>(parsed);
  if (inner != nullptr && !targets.empty()) {
    return base::UserError("INVALID_STATEMENT_FOR_EXECUTE_INTO",
                           "The INTO clause of EXECUTE IMMEDIATE is only valid for queries but the "
                           "given statement is not a query: " +
                               text->value.string() + ".",
                           {{"sqlString", text->value.string()}});
  }
  statement->set_parameters(std::move(parameters));
  if (!targets.empty()) {
    ARROW_RETURN_NOT_OK(StoreOneRow(statement, targets, parsed));
    return NoRows(statement);
  }
  return ExecuteParsed(statement, parsed);
}

}  // namespace emery::session
