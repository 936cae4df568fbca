// Calls of functions: scalar, higher-order, aggregate, window, generator.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"
#include "functions/evaluator.h"

namespace emery::analyzer {

namespace {

std::string Expected(int min, int max) {
  if (max < 0) {
    return "> " + std::to_string(min - 1);
  }
  if (min == max) {
    return std::to_string(min);
  }
  std::string list;
  for (int n = min; n <= max; ++n) {
    list += (list.empty() ? "[" : ", ") + std::to_string(n);
  }
  return list + "]";
}

Status CheckCount(const std::string& name, int min, int max, size_t count,
                  base::Position position) {
  const auto n = static_cast<int>(count);
  if (n >= min && (max < 0 || n <= max)) {
    return Status::OK();
  }
  return base::UserError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                         "The " + base::QuoteIdentifier(name) + " requires " + Expected(min, max) +
                             " parameters but the actual number is " + std::to_string(count) + ".",
                         {{"functionName", base::QuoteIdentifier(name)},
                          {"expectedNum", Expected(min, max)},
                          {"actualNum", std::to_string(count)},
                          {"docroot", "https://spark.apache.org/docs/latest"}},
                         position);
}

/// Members of a struct made of expressions, as Spark calls them.
std::string StructFieldName(const ExpressionPtr& e, size_t index) {
  if (const auto* alias = plan::As<plan::Alias>(e)) {
    return alias->name;
  }
  if (const auto* column = plan::As<plan::Column>(e)) {
    return column->name;
  }
  if (const auto* column = plan::As<plan::OuterColumn>(e)) {
    return column->name;
  }
  if (const auto* variable = plan::As<plan::LambdaVariable>(e)) {
    return variable->name;
  }
  if (const auto* call = plan::As<plan::Call>(e); call != nullptr && call->name == "getfield") {
    if (const auto* name = plan::As<plan::Literal>(call->children[1])) {
      return name->value.string();
    }
  }
  return "col" + std::to_string(index + 1);
}

ExpressionPtr WithoutAlias(const ExpressionPtr& e) {
  return e->kind == plan::ExpressionKind::kAlias ? e->children[0] : e;
}

/// A constant argument as its literal, for the functions that have to know it when they are bound.
ExpressionPtr Folded(const ExpressionPtr& e,
                     const std::shared_ptr<const functions::QueryContext>& query) {
  const bool computed =
      e->kind == plan::ExpressionKind::kCall || e->kind == plan::ExpressionKind::kCast;
  return computed && plan::IsFoldable(e) ? functions::FoldConstants(e, query) : e;
}

}  // namespace

Status QueryAnalyzer::UnresolvedRoutine(const Name& name, base::Position position) const {
  const std::string path =
      "[`system`.`builtin`, `system`.`session`, " +
      base::QuoteName({context_.query->current_catalog, context_.query->current_database}) + "]";
  return base::UserError(
      "UNRESOLVED_ROUTINE",
      "Cannot resolve routine " + base::QuoteName(name) + " on search path " + path + ".",
      {{"routineName", base::QuoteName(name)}, {"searchPath", path}}, position);
}

functions::BindInput QueryAnalyzer::MakeBindInput(std::string_view name,
                                                  const ExpressionList& arguments) const {
  functions::BindInput input;
  input.name = name;
  input.mode = mode();
  input.context = context_.query.get();
  for (const ExpressionPtr& argument : arguments) {
    input.types.push_back(argument->type);
    input.nullable.push_back(argument->nullable);
    input.literals.push_back(plan::As<plan::Literal>(argument));
  }
  return input;
}

Result<ExpressionPtr> QueryAnalyzer::TypeFunction(const plan::UnresolvedFunction& f,
                                                  const ExpressionPtr& e,
                                                  const ExpressionContext& context) {
  if (f.name.empty()) {
    return base::InternalError("a call without a name");
  }
  if (f.name.size() > 1) {
    const std::string prefix = Lower(f.name[f.name.size() - 2]);
    const bool builtin =
        prefix == "builtin" && (f.name.size() == 2 || SameName(f.name[0], "system"));
    if (!builtin) {
      return UnresolvedRoutine(f.name, f.position);
    }
  }
  const std::string name = Lower(f.name.back());
  if (const functions::AggregateFunction* aggregate = registry().FindAggregate(name)) {
    return TypeAggregate(*aggregate, f, context);
  }
  if (name == "grouping" || name == "grouping_id") {
    auto call = std::make_shared<plan::Call>();
    call->name = name;
    call->type = name == "grouping" ? type::Byte() : type::Long();
    call->nullable = false;
    call->position = f.position;
    for (const ExpressionPtr& child : f.children) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(child, context));
      call->children.push_back(std::move(typed));
    }
    return call;
  }
  const functions::ScalarFunction* scalar = registry().FindScalar(name);
  const functions::GeneratorFunction* generator = registry().FindGenerator(name);
  if (scalar == nullptr && generator == nullptr) {
    if (registry().FindWindow(name) != nullptr) {
      return base::UserError("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
                             "Window function " + ExpressionText(e) + " requires an OVER clause.",
                             {{"funcName", ExpressionText(e)}}, f.position);
    }
    if (name != "struct") {
      return UnresolvedRoutine(f.name, f.position);
    }
  }
  if (f.distinct || f.filter != nullptr || !f.within_group.empty() ||
      f.ignore_nulls.value_or(false)) {
    const char* syntax = f.distinct                ? "DISTINCT"
                         : f.filter != nullptr     ? "FILTER CLAUSE"
                         : !f.within_group.empty() ? "WITHIN GROUP (ORDER BY ...)"
                                                   : "IGNORE NULLS";
    return base::UserError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "The function " + base::QuoteIdentifier(name) + " does not support " + syntax + ".",
        {{"prettyName", base::QuoteIdentifier(name)}, {"syntax", syntax}}, f.position);
  }
  if (scalar != nullptr && scalar->lambda_types) {
    return TypeHigherOrder(*scalar, f, context);
  }
  ExpressionContext inner = context;
  inner.allow_generators = false;
  ExpressionList arguments;
  for (const ExpressionPtr& child : f.children) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(child, inner));
    arguments.push_back(std::move(typed));
  }
  if (name == "struct") {
    ExpressionList named;
    for (size_t i = 0; i < arguments.size(); ++i) {
      named.push_back(plan::MakeStringLiteral(StructFieldName(arguments[i], i)));
      named.push_back(WithoutAlias(arguments[i]));
    }
    return functions::MakeFunctionCall("named_struct", std::move(named), mode(),
                                       context_.query.get(), f.position);
  }
  for (ExpressionPtr& argument : arguments) {
    // Decimal arithmetic asks whether an operand was written as a literal.
    argument =
        f.is_operator ? WithoutAlias(argument) : Folded(WithoutAlias(argument), context_.query);
  }
  if (f.is_operator) {
    PadCharComparison(name, &arguments);
  }
  if (generator != nullptr) {
    if (!context.allow_generators) {
      return base::UserError(
          "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
          "The generator is not supported: nested in expressions " + ExpressionText(e) + ".",
          {{"expression", ExpressionText(e)}}, f.position);
    }
    return TypeGenerator(*generator, f, std::move(arguments));
  }
  Result<ExpressionPtr> call =
      functions::MakeFunctionCall(name, arguments, mode(), context_.query.get(), f.position);
  const base::ErrorDetail* detail = call.ok() ? nullptr : base::GetErrorDetail(call.status());
  if (detail == nullptr) {
    return call;
  }
  if (f.is_operator && detail->condition().starts_with("DATATYPE_MISMATCH.")) {
    // The function knows its name only; Spark shows the whole expression.
    const std::string by_name = "Cannot resolve \"" + f.name.back() + "\" due";
    const std::string message = call.status().message();
    if (message.starts_with(by_name)) {
      return base::UserError(
          detail->condition(),
          "Cannot resolve " + ExpressionText(e) + " due" + message.substr(by_name.size()),
          detail->parameters(), f.position);
    }
  }
  if (!detail->condition().ends_with("NON_FOLDABLE_INPUT")) {
    return call;
  }
  // The function wants the value of a constant that is written as an expression.
  FoldArguments(&arguments);
  return functions::MakeFunctionCall(name, std::move(arguments), mode(), context_.query.get(),
                                     f.position);
}

void QueryAnalyzer::FoldArguments(ExpressionList* arguments) const {
  for (ExpressionPtr& argument : *arguments) {
    if (argument->kind != plan::ExpressionKind::kLiteral && plan::IsFoldable(argument)) {
      argument = functions::FoldConstants(argument, context_.query);
    }
  }
}

Result<ExpressionPtr> QueryAnalyzer::TypeGenerator(const functions::GeneratorFunction& function,
                                                   const plan::UnresolvedFunction& f,
                                                   ExpressionList arguments) {
  ARROW_RETURN_NOT_OK(CheckCount(function.name, function.min_arguments, function.max_arguments,
                                 arguments.size(), f.position));
  const std::string name = Lower(f.name.back());
  FoldArguments(&arguments);
  functions::BindInput input = MakeBindInput(name, arguments);
  ARROW_ASSIGN_OR_RAISE(functions::BoundGenerator bound, function.bind(input));
  for (size_t i = 0; i < arguments.size() && i < bound.argument_types.size(); ++i) {
    if (bound.argument_types[i] != nullptr) {
      arguments[i] = CastTo(arguments[i], bound.argument_types[i]);
    }
  }
  auto generator = std::make_shared<plan::Generator>();
  generator->name = function.name;
  generator->outer = name.ends_with("_outer");
  generator->children = std::move(arguments);
  generator->type = type::Struct(bound.output);
  generator->position = f.position;
  return generator;
}

Result<ExpressionPtr> QueryAnalyzer::TypeHigherOrder(const functions::ScalarFunction& function,
                                                     const plan::UnresolvedFunction& f,
                                                     const ExpressionContext& context) {
  ARROW_RETURN_NOT_OK(CheckCount(function.name, function.min_arguments, function.max_arguments,
                                 f.children.size(), f.position));
  for (const ExpressionPtr& child : f.children) {
    if (HasSubquery(child)) {
      return SubqueryInLambdaError(f.position);
    }
  }
  ExpressionList arguments(f.children.size());
  functions::BindInput input;
  input.name = function.name;
  input.mode = mode();
  input.context = context_.query.get();
  input.types.resize(arguments.size());
  input.nullable.resize(arguments.size());
  input.literals.resize(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (f.children[i]->kind == plan::ExpressionKind::kLambda) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(arguments[i], Type(f.children[i], context));
    arguments[i] = WithoutAlias(arguments[i]);
    input.types[i] = arguments[i]->type;
    input.nullable[i] = arguments[i]->nullable;
    input.literals[i] = plan::As<plan::Literal>(arguments[i]);
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto* written = plan::As<plan::Lambda>(f.children[i]);
    if (written == nullptr) {
      continue;
    }
    const size_t num_parameters = written->parameter_names.size();
    ARROW_ASSIGN_OR_RAISE(auto choices, function.lambda_types(input, static_cast<int>(i),
                                                              static_cast<int>(num_parameters)));
    const std::vector<TypePtr>* types = nullptr;
    for (const std::vector<TypePtr>& choice : choices) {
      if (choice.size() == num_parameters) {
        types = &choice;
      }
    }
    if (types == nullptr) {
      return base::UserError(
          "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
          "A higher order function expects " +
              std::to_string(choices.empty() ? 0 : choices.back().size()) + " arguments, but got " +
              std::to_string(num_parameters) + ".",
          {{"expectedNumArgs", std::to_string(choices.empty() ? 0 : choices.back().size())},
           {"actualNumArgs", std::to_string(num_parameters)}},
          f.children[i]->position);
    }
    auto lambda = std::make_shared<plan::Lambda>(*written);
    ExpressionContext inner = context;
    ExpressionContext::LambdaScope scope;
    scope.names = written->parameter_names;
    for (size_t p = 0; p < num_parameters; ++p) {
      for (size_t q = 0; q < p; ++q) {
        if (SameName(scope.names[p], scope.names[q])) {
          return base::UserError(
              "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
              "The lambda function has duplicate arguments.",
              {{"args", scope.names[p]}, {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}},
              f.children[i]->position);
        }
      }
      auto variable = std::make_shared<plan::LambdaVariable>();
      variable->id = plan::NextColumnId();
      variable->name = scope.names[p];
      variable->type = (*types)[p];
      lambda->parameter_ids.push_back(variable->id);
      lambda->parameter_types.push_back(variable->type);
      scope.variables.push_back(std::move(variable));
    }
    inner.lambdas.push_back(std::move(scope));
    inner.allow_aggregates = false;
    inner.allow_windows = false;
    inner.allow_generators = false;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr body, Type(written->children[0], inner));
    lambda->type = body->type;
    lambda->nullable = body->nullable;
    lambda->children = {std::move(body)};
    input.types[i] = lambda->type;
    input.nullable[i] = lambda->nullable;
    arguments[i] = std::move(lambda);
  }
  return functions::MakeFunctionCall(function.name, std::move(arguments), mode(),
                                     context_.query.get(), f.position);
}

namespace {

/// first(a, true) says IGNORE NULLS by its second argument.
bool TakesIgnoreNullsArgument(std::string_view name) {
  return name == "first" || name == "last" || name == "first_value" || name == "last_value" ||
         name == "any_value";
}

Result<bool> TakeIgnoreNulls(std::string_view name, ExpressionList* arguments, bool ignore_nulls) {
  if (!TakesIgnoreNullsArgument(name) || arguments->size() != 2) {
    return ignore_nulls;
  }
  const auto* literal = plan::As<plan::Literal>((*arguments)[1]);
  if (literal == nullptr || !literal->type->is(type::TypeId::kBoolean) ||
      literal->value.is_null()) {
    return base::UserError(
        "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        "The second argument of " + base::QuoteIdentifier(name) + " must be true or false.",
        {{"inputName", "`ignoreNulls`"},
         {"inputType", "\"BOOLEAN\""},
         {"inputExpr", ExpressionText((*arguments)[1])}});
  }
  const bool ignore = literal->value.boolean();
  arguments->pop_back();
  return ignore;
}

}  // namespace

Result<ExpressionPtr> QueryAnalyzer::TypeAggregate(const functions::AggregateFunction& function,
                                                   const plan::UnresolvedFunction& f,
                                                   const ExpressionContext& context) {
  if (context.in_aggregate) {
    return base::UserError(
        "NESTED_AGGREGATE_FUNCTION",
        "It is not allowed to use an aggregate function in the argument of another aggregate "
        "function. Please use the inner aggregate function in a sub-query.",
        {}, f.position);
  }
  if (!context.allow_aggregates) {
    const ExpressionPtr whole = f.Copy();
    if (std::string_view(context.place) == "WHERE") {
      return base::UserError(
          "INVALID_WHERE_CONDITION",
          "The WHERE condition contains invalid expressions: " + ExpressionText(whole) +
              ". Rewrite the query to avoid window functions, aggregate functions, and generator "
              "functions in the WHERE clause.",
          {{"condition", ExpressionText(whole)}, {"expressionList", plan::ToColumnName(whole)}},
          f.position);
    }
    if (std::string_view(context.place) == "GROUP BY") {
      return base::UserError("GROUP_BY_AGGREGATE",
                             "Aggregate functions are not allowed in GROUP BY, but found " +
                                 plan::ToColumnName(whole) + ".",
                             {{"sqlExpr", plan::ToColumnName(whole)}}, f.position);
    }
    return base::UserError("UNSUPPORTED_EXPR_FOR_OPERATOR",
                           std::string("An aggregate function is not allowed in ") + context.place +
                               ": " + ExpressionText(whole) + ".",
                           {{"invalidExprSqls", ExpressionText(whole)}}, f.position);
  }
  const std::string name = Lower(f.name.back());
  ExpressionContext inner = context;
  inner.in_aggregate = true;
  inner.allow_windows = false;
  inner.allow_generators = false;
  auto aggregate = std::make_shared<plan::Aggregate>();
  ExpressionList arguments;
  for (const ExpressionPtr& child : f.children) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(child, inner));
    arguments.push_back(Folded(WithoutAlias(typed), context_.query));
  }
  aggregate->ignore_nulls = f.ignore_nulls.value_or(false);
  ARROW_ASSIGN_OR_RAISE(aggregate->ignore_nulls,
                        TakeIgnoreNulls(name, &arguments, aggregate->ignore_nulls));
  if (aggregate->ignore_nulls && TakesIgnoreNullsArgument(name) && arguments.size() == 1) {
    arguments.push_back(plan::MakeBoolLiteral(true));
  }
  for (const plan::SortOrder& order : f.within_group) {
    plan::SortOrder typed = order;
    ARROW_ASSIGN_OR_RAISE(typed.expression, Type(order.expression, inner));
    aggregate->order_by.push_back(std::move(typed));
  }
  // percentile_cont(p) WITHIN GROUP (ORDER BY x) and mode() WITHIN GROUP take their input from the
  // order.
  if (!aggregate->order_by.empty() &&
      (name == "percentile_cont" || name == "percentile_disc" || name == "mode")) {
    arguments.insert(arguments.begin(), aggregate->order_by[0].expression);
    if (name == "mode") {
      arguments.push_back(plan::MakeBoolLiteral(true));
    }
    arguments.push_back(plan::MakeBoolLiteral(!aggregate->order_by[0].ascending));
  }
  // listagg(x, delimiter) WITHIN GROUP (ORDER BY k …) goes on with key, descending, nulls first for
  // each key.
  if (!aggregate->order_by.empty() && function.name == "listagg") {
    if (arguments.size() == 1) {
      arguments.push_back(plan::MakeStringLiteral(""));
    }
    for (const plan::SortOrder& order : aggregate->order_by) {
      arguments.push_back(order.expression);
      arguments.push_back(plan::MakeBoolLiteral(!order.ascending));
      arguments.push_back(plan::MakeBoolLiteral(order.nulls_first));
    }
  }
  ARROW_RETURN_NOT_OK(CheckCount(name, function.min_arguments, function.max_arguments,
                                 arguments.size(), f.position));
  if (f.distinct && !function.allows_distinct) {
    return base::UserError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "The function " + base::QuoteIdentifier(name) + " does not support DISTINCT.",
        {{"prettyName", base::QuoteIdentifier(name)}, {"syntax", "DISTINCT"}}, f.position);
  }
  FoldArguments(&arguments);
  ARROW_ASSIGN_OR_RAISE(auto bound, function.bind(MakeBindInput(name, arguments)));
  for (size_t i = 0; i < arguments.size() && i < bound->argument_types.size(); ++i) {
    if (bound->argument_types[i] != nullptr) {
      arguments[i] = CastTo(arguments[i], bound->argument_types[i]);
    }
  }
  FoldArguments(&arguments);
  if (f.filter != nullptr) {
    ARROW_ASSIGN_OR_RAISE(aggregate->filter, Type(f.filter, inner));
    if (!aggregate->filter->type->is(type::TypeId::kBoolean)) {
      if (!aggregate->filter->type->is_null()) {
        return base::UserError("INVALID_AGGREGATE_FILTER.NOT_BOOLEAN",
                               "The FILTER of an aggregate must be a boolean: " +
                                   ExpressionText(aggregate->filter) + ".",
                               {{"filterExpr", ExpressionText(aggregate->filter)}}, f.position);
      }
      aggregate->filter = CastTo(aggregate->filter, type::Boolean());
    }
  }
  aggregate->name = function.name;
  aggregate->mode = mode();
  aggregate->distinct = f.distinct;
  aggregate->children = std::move(arguments);
  aggregate->type = bound->return_type;
  aggregate->nullable = bound->nullable.value_or(true);
  aggregate->position = f.position;
  return aggregate;
}

namespace {

bool SameTypeOrInterval(const type::DataType& order, const type::DataType& bound) {
  if (order.is_numeric()) {
    return bound.is_numeric() || bound.is_string();
  }
  switch (order.id()) {
    case type::TypeId::kDate:
      return bound.is_integral() || bound.is_interval();
    case type::TypeId::kTimestamp:
    case type::TypeId::kTimestampNtz:
      return bound.is_interval();
    case type::TypeId::kYearMonthInterval:
      return bound.is(type::TypeId::kYearMonthInterval);
    case type::TypeId::kDayTimeInterval:
      return bound.is(type::TypeId::kDayTimeInterval);
    default:
      return false;
  }
}

/// Functions that bring their own frame: none may be written, or exactly that one.
Status CheckFixedFrame(const std::string& name, const std::optional<plan::WindowFrame>& written,
                       base::Position position) {
  if (!written) {
    return Status::OK();
  }
  if (name == "lag" || name == "lead") {
    return base::UserError("_LEGACY_ERROR_TEMP_1035",
                           "Cannot specify window frame for " + name + " function.",
                           {{"prettyName", name}}, position);
  }
  const plan::FrameUnit unit =
      name == "cume_dist" ? plan::FrameUnit::kRange : plan::FrameUnit::kRows;
  if (written->unit == unit && written->start.kind == plan::BoundKind::kUnboundedPreceding &&
      written->end.kind == plan::BoundKind::kCurrentRow) {
    return Status::OK();
  }
  return base::UserError("_LEGACY_ERROR_TEMP_1036",
                         "The window frame of " + name +
                             " must be the one that it requires: from UNBOUNDED PRECEDING to "
                             "CURRENT ROW. Leave the frame out.",
                         {{"wf", name}}, position);
}

}  // namespace

Result<bool> QueryAnalyzer::StartsBehindEnd(const plan::WindowFrame& frame) const {
  if (frame.start.offset == nullptr || frame.end.offset == nullptr) {
    return false;
  }
  const auto signed_offset = [&](const plan::FrameBound& bound) -> Result<ExpressionPtr> {
    if (bound.kind != plan::BoundKind::kPreceding) {
      return bound.offset;
    }
    return functions::MakeFunctionCall("negative", {bound.offset}, mode(), context_.query.get());
  };
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr start, signed_offset(frame.start));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr end, signed_offset(frame.end));
  if (!start->type->SameType(*end->type) || !type::IsOrderable(*start->type)) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr greater,
                        functions::MakeFunctionCall(">", {std::move(start), std::move(end)}, mode(),
                                                    context_.query.get()));
  ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(greater));
  return !value.is_null() && value.boolean();
}

Result<ExpressionPtr> QueryAnalyzer::TypeWindow(const plan::UnresolvedWindow& w,
                                                const ExpressionContext& context) {
  const auto* f = plan::As<plan::UnresolvedFunction>(w.children[0]);
  if (f == nullptr) {
    return base::UserError(
        "UNSUPPORTED_EXPR_FOR_WINDOW",
        "Expression " + ExpressionText(w.children[0]) + " not supported within a window function.",
        {{"sqlExpr", ExpressionText(w.children[0])}}, w.position);
  }
  const ExpressionPtr whole = w.Copy();
  if (context.in_aggregate) {
    return base::UserError("_LEGACY_ERROR_TEMP_1031",
                           "It is not allowed to use a window function inside an aggregate "
                           "function. Please use the inner window function in a sub-query.",
                           {}, w.position);
  }
  if (!context.allow_windows) {
    const bool where = std::string_view(context.place) == "WHERE";
    return base::UserError(
        where ? "INVALID_WHERE_CONDITION" : "UNSUPPORTED_EXPR_FOR_OPERATOR",
        std::string("A window function is not allowed in ") + context.place + ": " +
            ExpressionText(whole) + ".",
        {{"condition", ExpressionText(whole)}, {"expressionList", plan::ToColumnName(whole)}},
        w.position);
  }
  if (f->filter != nullptr) {
    return base::UserError("_LEGACY_ERROR_TEMP_1030",
                           "Window aggregate function with filter predicate is not supported yet.",
                           {}, w.position);
  }
  const std::string name = Lower(f->name.back());
  ExpressionContext inner = context;
  inner.allow_generators = false;
  auto window = std::make_shared<plan::Window>();
  window->position = w.position;
  window->mode = mode();
  window->distinct = f->distinct;
  window->ignore_nulls = f->ignore_nulls.value_or(false);

  const functions::WindowFunction* ranking = registry().FindWindow(name);
  const functions::AggregateFunction* aggregate =
      ranking == nullptr ? registry().FindAggregate(name) : nullptr;
  if (ranking != nullptr) {
    for (const ExpressionPtr& child : f->children) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(child, inner));
      if (!plan::As<plan::Literal>(typed) && plan::IsFoldable(typed) && !window->children.empty()) {
        // Offsets such as -1 or 1 + 1 count as literals.
        ARROW_ASSIGN_OR_RAISE(type::Value value, Constant(typed));
        typed = plan::MakeLiteral(typed->type, std::move(value), typed->position);
      }
      window->children.push_back(WithoutAlias(typed));
    }
    ARROW_ASSIGN_OR_RAISE(window->ignore_nulls,
                          TakeIgnoreNulls(name, &window->children, window->ignore_nulls));
    ARROW_RETURN_NOT_OK(CheckCount(name, ranking->min_arguments, ranking->max_arguments,
                                   window->children.size(), f->position));
    ARROW_ASSIGN_OR_RAISE(functions::BoundScalar bound,
                          ranking->bind(MakeBindInput(name, window->children)));
    for (size_t i = 0; i < window->children.size() && i < bound.argument_types.size(); ++i) {
      if (bound.argument_types[i] != nullptr) {
        window->children[i] = CastTo(window->children[i], bound.argument_types[i]);
      }
    }
    FoldArguments(&window->children);
    window->name = ranking->name;
    window->type = bound.return_type;
    window->nullable = bound.nullable.value_or(true);
  } else if (aggregate != nullptr) {
    ExpressionContext call_context = inner;
    call_context.allow_aggregates = true;
    // Its arguments may hold aggregates of the block's own grouping: sum(sum(x)) OVER ().
    call_context.in_aggregate = false;
    plan::UnresolvedFunction shallow = *f;
    for (ExpressionPtr& child : shallow.children) {
      ARROW_ASSIGN_OR_RAISE(child, Type(child, call_context));
    }
    if (f->distinct) {
      return base::UserError(
          "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
          "Distinct window functions are not supported: " + ExpressionText(whole) + ".",
          {{"windowExpr", ExpressionText(whole)}}, w.position);
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, TypeAggregate(*aggregate, shallow, call_context));
    const auto& call = static_cast<const plan::Aggregate&>(*typed);
    window->name = call.name;
    window->is_aggregate = true;
    window->ignore_nulls = call.ignore_nulls;
    window->filter = call.filter;
    window->children = call.children;
    window->type = call.type;
    window->nullable = call.nullable;
  } else {
    if (registry().FindScalar(name) != nullptr || registry().FindGenerator(name) != nullptr) {
      return base::UserError("UNSUPPORTED_EXPR_FOR_WINDOW",
                             "Expression " + ExpressionText(w.children[0]) +
                                 " not supported within a window function.",
                             {{"sqlExpr", ExpressionText(w.children[0])}}, w.position);
    }
    return UnresolvedRoutine(f->name, f->position);
  }

  for (const ExpressionPtr& key : w.spec.partition_by) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(key, inner));
    if (!type::IsOrderable(*typed->type)) {
      return base::UserError(
          "EXPRESSION_TYPE_IS_NOT_ORDERABLE",
          "Column expression " + ExpressionText(typed) + " cannot be sorted because its type " +
              TypeText(typed->type) + " is not orderable.",
          {{"expr", ExpressionText(typed)}, {"exprType", TypeText(typed->type)}}, w.position);
    }
    window->spec.partition_by.push_back(std::move(typed));
  }
  for (const plan::SortOrder& order : w.spec.order_by) {
    plan::SortOrder typed = order;
    ARROW_ASSIGN_OR_RAISE(typed.expression, Type(order.expression, inner));
    if (!type::IsOrderable(*typed.expression->type)) {
      return base::UserError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                             "Cannot resolve " + ExpressionText(whole) +
                                 " due to data type mismatch: The `sortorder` does "
                                 "not support ordering on type " +
                                 TypeText(typed.expression->type) + ".",
                             {{"sqlExpr", ExpressionText(whole)},
                              {"functionName", "`sortorder`"},
                              {"dataType", TypeText(typed.expression->type)}},
                             w.position);
    }
    window->spec.order_by.push_back(std::move(typed));
  }
  if (ranking != nullptr && ranking->needs_order && window->spec.order_by.empty()) {
    return base::UserError(
        "_LEGACY_ERROR_TEMP_1037",
        "Window function " + plan::ToColumnName(w.children[0]) +
            " requires window to be ordered, please add ORDER BY clause. For example SELECT " +
            plan::ToColumnName(w.children[0]) +
            "(value_expr) OVER (PARTITION BY window_partition ORDER BY window_ordering) from "
            "table.",
        {{"wf", plan::ToColumnName(w.children[0])}}, w.position);
  }
  const bool fixed_frame = ranking != nullptr && !ranking->uses_frame;
  plan::WindowFrame frame;
  if (fixed_frame) {
    frame.unit = plan::FrameUnit::kRows;
    ARROW_RETURN_NOT_OK(CheckFixedFrame(name, w.spec.frame, w.position));
  } else if (w.spec.frame) {
    frame = *w.spec.frame;
    for (plan::FrameBound* bound : {&frame.start, &frame.end}) {
      if (bound->offset == nullptr) {
        continue;
      }
      const char* location = bound == &frame.start ? "lower" : "upper";
      ARROW_ASSIGN_OR_RAISE(bound->offset, Type(bound->offset, inner));
      if (!plan::IsFoldable(bound->offset)) {
        return base::UserError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
                               std::string("Window frame ") + location + " bound " +
                                   ExpressionText(bound->offset) + " is not a literal.",
                               {{"sqlExpr", ExpressionText(whole)},
                                {"location", location},
                                {"expression", ExpressionText(bound->offset)}},
                               w.position);
      }
      const TypePtr& offset_type = bound->offset->type;
      if (frame.unit == plan::FrameUnit::kRows) {
        if (!offset_type->is_integral()) {
          return base::UserError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                                 std::string("The data type of the ") + location + " bound " +
                                     TypeText(offset_type) +
                                     " does not match the expected data type \"INT\".",
                                 {{"sqlExpr", ExpressionText(whole)},
                                  {"location", location},
                                  {"exprType", TypeText(offset_type)},
                                  {"expectedType", "\"INT\""}},
                                 w.position);
        }
        bound->offset = CastTo(bound->offset, type::Int());
        continue;
      }
      if (window->spec.order_by.empty()) {
        return base::UserError(
            "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER",
            "Cannot resolve " + ExpressionText(whole) +
                " due to data type mismatch: A range window frame cannot be used in an unordered "
                "window specification.",
            {{"sqlExpr", ExpressionText(whole)}}, w.position);
      }
      if (window->spec.order_by.size() > 1) {
        return base::UserError("DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                               "Cannot resolve " + ExpressionText(whole) +
                                   " due to data type mismatch: A range window frame with value "
                                   "boundaries cannot be used "
                                   "in a window specification with multiple order by expressions.",
                               {{"sqlExpr", ExpressionText(whole)}}, w.position);
      }
      const TypePtr& order_type = window->spec.order_by[0].expression->type;
      if (!order_type->is_numeric() && !order_type->is_datetime() && !order_type->is_interval()) {
        return base::UserError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
            std::string("The data type of the ") + location + " bound " + TypeText(order_type) +
                " does not match the expected data type " +
                "\"(NUMERIC or INTERVAL DAY TO SECOND or INTERVAL YEAR TO MONTH or INTERVAL)\".",
            {{"sqlExpr", ExpressionText(whole)},
             {"location", location},
             {"exprType", TypeText(order_type)},
             {"expectedType",
              "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or "
              "\"INTERVAL\")"}},
            w.position);
      }
      if (!SameTypeOrInterval(*order_type, *offset_type)) {
        return base::UserError(
            "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
            "The data type " + TypeText(order_type) +
                " used in the order specification does not support the data type " +
                TypeText(offset_type) + " which is used in the range frame.",
            {{"sqlExpr", ExpressionText(whole)},
             {"orderSpecType", TypeText(order_type)},
             {"valueBoundaryType", TypeText(offset_type)}},
            w.position);
      }
      if (order_type->is_numeric()) {
        bound->offset = CastTo(bound->offset, order_type);
      } else if (offset_type->is_integral()) {
        bound->offset = CastTo(bound->offset, type::Int());
      }
    }
    if (frame.start.kind == plan::BoundKind::kUnboundedFollowing ||
        frame.end.kind == plan::BoundKind::kUnboundedPreceding) {
      return base::UserError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
                             "Cannot resolve " + ExpressionText(whole) +
                                 " due to data type mismatch: Window frame upper bound does not "
                                 "follow the lower bound.",
                             {{"sqlExpr", ExpressionText(whole)}}, w.position);
    }
    ARROW_ASSIGN_OR_RAISE(const bool backwards, StartsBehindEnd(frame));
    if (backwards) {
      return base::UserError(
          "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
          "Cannot resolve " + ExpressionText(whole) +
              " due to data type mismatch: The lower bound of a window frame must be less than or "
              "equal to the upper bound.",
          {{"sqlExpr", ExpressionText(whole)}, {"comparison", "less than or equal"}}, w.position);
    }
  } else if (window->spec.order_by.empty()) {
    frame.unit = plan::FrameUnit::kRows;
    frame.end.kind = plan::BoundKind::kUnboundedFollowing;
  }
  window->spec.frame = std::move(frame);
  return window;
}

}  // namespace emery::analyzer
