// Table functions in FROM, LATERAL VIEW, and the Generate node that both make.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

Result<Relation> QueryAnalyzer::MakeGenerate(Relation input, const ExpressionPtr& generator,
                                             bool outer, const std::string& alias,
                                             const std::vector<std::string>& names,
                                             base::Position position) {
  const auto* call = plan::As<plan::Generator>(generator);
  if (call == nullptr) {
    return base::UserError("UNSUPPORTED_GENERATOR.NOT_GENERATOR",
                           "The generator is not supported: " + ExpressionText(generator) +
                               " is expected to be a generator. However, it is not.",
                           {{"functionName", ExpressionText(generator)}}, position);
  }
  const type::Schema& fields = call->type->fields();
  if (!names.empty() && names.size() != fields.size()) {
    return base::UserError("UDTF_ALIAS_NUMBER_MISMATCH",
                           "The number of aliases supplied in the AS clause does not match the "
                           "number of columns output by "
                           "the UDTF. Expected " +
                               std::to_string(fields.size()) + " aliases, but got " +
                               std::to_string(names.size()) + ".",
                           {{"aliasesSize", std::to_string(fields.size())},
                            {"aliasesNames", std::to_string(names.size())}},
                           position);
  }
  auto generate = std::make_shared<plan::Generate>();
  generate->inputs = {input.plan};
  generate->generator = generator;
  generate->outer = outer || call->outer;
  generate->position = position;
  for (size_t i = 0; i < fields.size(); ++i) {
    generate->columns.push_back({plan::NextColumnId(), names.empty() ? fields[i].name : names[i],
                                 fields[i].type, fields[i].nullable || generate->outer});
    input.columns.push_back(
        ToScopeColumn(generate->columns.back(), alias.empty() ? Name{} : Name{alias}));
  }
  input.plan = std::move(generate);
  return input;
}

Result<Relation> QueryAnalyzer::AnalyzeLateralView(const plan::UnresolvedLateralView& view,
                                                   const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation input, AnalyzeRelation(view.inputs[0], env));
  Scope scope{input.columns, {}, false, env.outer};
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.allow_generators = true;
  context.place = "LATERAL VIEW";
  const auto* call = plan::As<plan::UnresolvedFunction>(view.generator);
  const std::string name = call == nullptr || call->name.empty() ? "" : Lower(call->name.back());
  if (registry().FindGenerator(name) == nullptr && registry().FindScalar(name) == nullptr &&
      registry().FindAggregate(name) == nullptr) {
    const std::string quoted = call == nullptr ? "" : base::QuoteName(call->name);
    return base::UserError("ROUTINE_NOT_FOUND",
                           "The routine " + quoted + " cannot be found. Verify the spelling.",
                           {{"routineName", quoted}}, view.generator->position);
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr generator, Resolve(view.generator, context));
  ARROW_RETURN_NOT_OK(CheckPlainSubqueries(generator));
  return MakeGenerate(std::move(input), generator, view.outer, view.alias, view.columns,
                      view.position);
}

Result<Relation> QueryAnalyzer::AnalyzeTableFunction(const plan::UnresolvedTableFunction& function,
                                                     const Environment& env) {
  const std::string name = Lower(function.name.back());
  ExpressionContext context;
  context.environment = &env;
  context.allow_generators = true;
  context.place = "FROM";
  if (name == "range" && function.name.size() == 1) {
    std::vector<int64_t> values;
    if ((function.arguments.empty() && function.inputs.empty()) || function.arguments.size() > 4) {
      return base::UserError(
          "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
          "The `range` requires [1, 2, 3, 4] parameters but the actual number is " +
              std::to_string(function.arguments.size()) + ".",
          {{"functionName", "`range`"},
           {"expectedNum", "[1, 2, 3, 4]"},
           {"actualNum", std::to_string(function.arguments.size())},
           {"docroot", "https://spark.apache.org/docs/latest"}},
          function.position);
    }
    if (!function.inputs.empty()) {
      return base::UserError(
          "NON_FOLDABLE_ARGUMENT",
          "The function `range` requires its arguments to be constants, not tables.",
          {{"funcName", "`range`"}, {"paramName", "TABLE"}, {"paramType", "\"BIGINT\""}},
          function.position);
    }
    for (const ExpressionPtr& argument : function.arguments) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Resolve(argument, context));
      if (!plan::IsFoldable(typed) || argument->kind == plan::ExpressionKind::kNamedArgument) {
        return base::UserError("NON_FOLDABLE_ARGUMENT",
                               "The function `range` requires its arguments to be constants, but " +
                                   ExpressionText(typed) + " is not one.",
                               {{"funcName", "`range`"},
                                {"paramName", ExpressionText(typed)},
                                {"paramType", "\"BIGINT\""}},
                               function.position);
      }
      if (type::ImplicitCast(typed->type, type::Long(), ansi()) == nullptr) {
        return base::UserError(
            "UNEXPECTED_INPUT_TYPE",
            "range() takes whole numbers that are constants, not " + ExpressionText(typed) + ".",
            {{"paramIndex", "first"},
             {"functionName", "`range`"},
             {"requiredType", "\"BIGINT\""},
             {"inputSql", ExpressionText(typed)},
             {"inputType", TypeText(typed->type)}},
            function.position);
      }
      ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(CastTo(typed, type::Long())));
      if (value.is_null()) {
        return base::UserError("UNEXPECTED_INPUT_TYPE", "range() does not take nulls.",
                               {{"functionName", "`range`"}}, function.position);
      }
      values.push_back(value.integer());
    }
    auto range = std::make_shared<plan::Range>();
    range->column = {plan::NextColumnId(), "id", type::Long(), false};
    range->start = values.size() > 1 ? values[0] : 0;
    range->end = values.size() > 1 ? values[1] : values[0];
    range->step = values.size() > 2 ? values[2] : 1;
    range->position = function.position;
    if (range->step == 0) {
      return base::UserError("FAILED_FUNCTION_CALL", "The step of range() must not be 0.", {},
                             function.position);
    }
    ScopeColumns columns = ToScope({range->column}, {"range"});
    return Relation{std::move(range), std::move(columns)};
  }
  if (registry().FindGenerator(name) == nullptr && !function.inputs.empty()) {
    return UnresolvedRoutine(function.name, function.position);
  }
  if (registry().FindGenerator(name) == nullptr) {
    return base::UserError("UNRESOLVABLE_TABLE_VALUED_FUNCTION",
                           "Could not resolve " + base::QuoteName(function.name) +
                               " to a table-valued function. Check that it is defined and that all "
                               "required parameters "
                               "are given.",
                           {{"name", base::QuoteName(function.name)}}, function.position);
  }
  if (!function.inputs.empty()) {
    // Only Python's table functions take tables, and there are none.
    const std::string quoted = base::QuoteName(function.name);
    return base::UserError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        "Cannot resolve " + quoted +
            " due to data type mismatch: it takes values, but a TABLE argument was given.",
        {{"functionName", quoted}}, function.position);
  }
  auto call = std::make_shared<plan::UnresolvedFunction>();
  call->name = function.name;
  call->children = function.arguments;
  call->position = function.position;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr generator, Resolve(call, context));
  return MakeGenerate(OneRow(), generator, false, function.name.back(), {}, function.position);
}

}  // namespace emery::analyzer
