// A statement's way through the analyzer.
#include <memory>
#include <string>
#include <utility>

#include "analyzer/analyzer.h"
#include "analyzer/row_level.h"
#include "functions/evaluator.h"
#include "session/relation_finder_internal.h"
#include "session/statement.h"
#include "sql/parser.h"

namespace emery::session {

analyzer::AnalyzerContext Statement::AnalysisContext(RelationFinder* finder) const {
  analyzer::AnalyzerContext context;
  context.relations = finder;
  context.query = context_;
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    for (const auto& [name, variable] : state_->variables) {
      context.variables[name] = {variable.type, variable.value};
    }
  }
  for (const StatementParameter& parameter : options_.parameters) {
    if (parameter.name.empty()) {
      context.positional_parameters.push_back(parameter.value);
    } else {
      context.named_parameters[parameter.name] = parameter.value;
    }
  }
  return context;
}

Result<plan::PlanPtr> Statement::Analyze(const plan::PlanPtr& unresolved,
                                         RelationFinder* finder) const {
  RelationFinder own(state_, config_);
  analyzer::Analyzer analyzer(AnalysisContext(finder != nullptr ? finder : &own));
  return analyzer.Analyze(unresolved);
}

Result<plan::PlanPtr> Statement::AnalyzeInsert(const plan::Insert& insert,
                                               const type::Schema& schema,
                                               const std::vector<std::string>& table_name) const {
  RelationFinder finder(state_, config_);
  analyzer::Analyzer analyzer(AnalysisContext(&finder));
  return analyzer.AnalyzeInsert(insert, schema, table_name);
}

Result<analyzer::RowLevelChange> Statement::AnalyzeRowLevel(
    const plan::Command& command, const std::shared_ptr<const table::Table>& table,
    const std::vector<std::string>& table_name) const {
  RelationFinder finder(state_, config_);
  return analyzer::AnalyzeRowLevel(AnalysisContext(&finder), command, table, table_name);
}

Result<plan::ExpressionPtr> Statement::AnalyzeToLiteral(const plan::ExpressionPtr& unresolved,
                                                        const type::TypePtr& type) {
  RelationFinder finder(state_, config_);
  analyzer::Analyzer analyzer(AnalysisContext(&finder));
  ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr resolved, analyzer.AnalyzeExpression(unresolved, {}));
  if (type != nullptr && !resolved->type->Equals(*type)) {
    if (!type::CanCast(resolved->type, type, config_->ansi())) {
      return base::UserError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                             "Cannot resolve \"" + plan::ToColumnName(unresolved) +
                                 "\" due to data type mismatch: cannot cast \"" +
                                 resolved->type->Sql() + "\" to \"" + type->Sql() + "\".",
                             {{"srcType", resolved->type->Sql()}, {"targetType", type->Sql()}},
                             unresolved->position);
    }
    resolved = plan::MakeCast(resolved, type,
                              config_->ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy);
  }
  if (plan::As<plan::Literal>(resolved) != nullptr) {
    return resolved;
  }
  const bool has_subquery = plan::AnyOf(resolved, [](const plan::Expression& e) {
    return e.kind == plan::ExpressionKind::kSubquery;
  });
  if (!has_subquery) {
    ARROW_ASSIGN_OR_RAISE(type::Value value, functions::EvaluateConstant(resolved, context_));
    return plan::MakeLiteral(resolved->type, std::move(value), unresolved->position);
  }
  auto one_row = std::make_shared<plan::Values>();
  one_row->rows = {{}};
  ARROW_ASSIGN_OR_RAISE(
      std::vector<columnar::Batch> batches,
      Collect(plan::MakeProject(std::move(one_row),
                                {plan::MakeAlias(resolved, "value", plan::NextColumnId())})));
  for (const columnar::Batch& batch : batches) {
    if (batch.num_rows > 0) {
      return plan::MakeLiteral(resolved->type, columnar::ValueAt(*batch.columns[0], 0),
                               unresolved->position);
    }
  }
  return base::InternalError("an expression without its one row");
}

Result<plan::Name> Statement::NameOf(const plan::NameReference& reference) {
  if (reference.identifier == nullptr) {
    return reference.parts;
  }
  ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal,
                        AnalyzeToLiteral(reference.identifier, nullptr));
  const auto* value = plan::As<plan::Literal>(literal);
  if (!value->type->is_string()) {
    return base::UserError(
        "NOT_A_CONSTANT_STRING.WRONG_TYPE",
        "The expression used for the routine or clause IDENTIFIER must be a "
        "constant STRING which is NOT NULL. The data type of the expression is \"" +
            value->type->Sql() + "\".",
        {{"name", "IDENTIFIER"}, {"dataType", value->type->Sql()}}, reference.position);
  }
  if (value->value.is_null()) {
    return base::UserError("NOT_A_CONSTANT_STRING.NULL",
                           "The expression used for the routine or clause IDENTIFIER must be a "
                           "constant STRING which is NOT NULL. The expression evaluates to NULL.",
                           {{"name", "IDENTIFIER"}}, reference.position);
  }
  return sql::ParseName(value->value.string());
}

}  // namespace emery::session
