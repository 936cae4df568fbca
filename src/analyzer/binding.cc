// The first pass over an expression: names become columns, subqueries are analysed, parameters and
// IDENTIFIER() are put in. Calls stay as they were written, so that an item can be named by them.

#include <algorithm>
#include <map>

#include "analyzer/query_analyzer_internal.h"
#include "functions/evaluator.h"
#include "sql/parser.h"
#include "type/text.h"

namespace emery::analyzer {

std::string ExpressionText(const ExpressionPtr& e) {
  return "\"" + plan::ToColumnName(e) + "\"";
}

std::string TypeText(const TypePtr& type) {
  return "\"" + type->Sql() + "\"";
}

namespace {

/// int(a), string(b) …: casts written as calls.
TypePtr CastFunctionType(const Name& name) {
  if (name.size() != 1) {
    return nullptr;
  }
  static const std::map<std::string, TypePtr, std::less<>> kTypes = {
      {"boolean", type::Boolean()}, {"tinyint", type::Byte()},
      {"smallint", type::Short()},  {"int", type::Int()},
      {"bigint", type::Long()},     {"float", type::Float()},
      {"double", type::Double()},   {"decimal", type::Decimal(10, 0)},
      {"date", type::Date()},       {"timestamp", type::Timestamp()},
      {"binary", type::Binary()},   {"string", type::String()}};
  const auto found = kTypes.find(Lower(name[0]));
  return found == kTypes.end() ? nullptr : found->second;
}

Result<ExpressionPtr> FindParameter(const plan::Parameter& parameter,
                                    const AnalyzerContext& context) {
  if (parameter.name.empty()) {
    if (parameter.index >= 0 &&
        static_cast<size_t>(parameter.index) < context.positional_parameters.size()) {
      return context.positional_parameters[static_cast<size_t>(parameter.index)];
    }
    const std::string name = "_" + std::to_string(std::max(parameter.position.begin, 0));
    return base::UserError("UNBOUND_SQL_PARAMETER",
                           "The parameter marker ? number " + std::to_string(parameter.index + 1) +
                               " has no value. Give one for every marker.",
                           {{"name", name}}, parameter.position);
  }
  const auto found = context.named_parameters.find(parameter.name);
  if (found == context.named_parameters.end()) {
    return base::UserError(
        "UNBOUND_SQL_PARAMETER",
        "The parameter :" + parameter.name + " has no value. Pass one with the statement.",
        {{"name", parameter.name}}, parameter.position);
  }
  return found->second;
}

}  // namespace

Result<ExpressionPtr> QueryAnalyzer::BindLiteral(const plan::UnresolvedLiteral& literal) {
  const type::TimeZone& zone = *context_.query->time_zone;
  const int64_t now = context_.query->query_start_us;
  std::optional<int64_t> value;
  switch (literal.type->id()) {
    case type::TypeId::kDate:
      value = type::ParseSpecialDate(literal.text, now, zone);
      if (!value) {
        value = type::ParseDate(literal.text);
      }
      break;
    case type::TypeId::kTimestamp:
      value = type::ParseSpecialTimestamp(literal.text, now, zone);
      if (!value) {
        value = type::ParseTimestamp(literal.text, zone, zone.LocalDays(now));
      }
      break;
    case type::TypeId::kTimestampNtz: {
      const std::optional<int64_t> special = type::ParseSpecialTimestamp(literal.text, now, zone);
      value = special ? std::optional(zone.UtcToLocal(*special))
                      : type::ParseTimestampNtz(literal.text, false);
      break;
    }
    default:
      break;
  }
  if (!value) {
    return base::UserError(
        "INVALID_TYPED_LITERAL",
        "The value of the typed literal " + TypeText(literal.type) + " is invalid: '" +
            literal.text + "'.",
        {{"valueType", TypeText(literal.type)}, {"value", "'" + literal.text + "'"}},
        literal.position);
  }
  return plan::MakeLiteral(literal.type, type::Value::Int(*value), literal.position);
}

Result<type::Value> QueryAnalyzer::Constant(const ExpressionPtr& e) const {
  if (const auto* literal = plan::As<plan::Literal>(e)) {
    return literal->value;
  }
  return functions::EvaluateConstant(e, context_.query);
}

Result<std::string> QueryAnalyzer::IdentifierText(const ExpressionPtr& e, const Environment& env) {
  ExpressionContext context;
  context.environment = &env;
  context.place = "IDENTIFIER";
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Resolve(e, context));
  if (!typed->type->is_string() && plan::IsFoldable(typed)) {
    return base::UserError(
        "NOT_A_CONSTANT_STRING.WRONG_TYPE",
        "The expression " + plan::ToColumnName(typed) +
            " used for the routine or clause IDENTIFIER must be a constant STRING which is NOT "
            "NULL. The data type of the expression is " +
            typed->type->ToString() + ".",
        {{"name", "IDENTIFIER"},
         {"expr", plan::ToColumnName(typed)},
         {"dataType", typed->type->ToString()}},
        e->position);
  }
  if (!plan::IsFoldable(typed)) {
    return base::UserError("NOT_A_CONSTANT_STRING.NOT_CONSTANT",
                           "The expression " + ExpressionText(typed) +
                               " used for the routine or clause `IDENTIFIER` must be a constant "
                               "STRING which is NOT NULL.",
                           {{"name", "`IDENTIFIER`"}, {"expr", ExpressionText(typed)}},
                           e->position);
  }
  ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(typed));
  if (value.is_null()) {
    return base::UserError(
        "NOT_A_CONSTANT_STRING.NULL",
        "The expression " + ExpressionText(typed) + " used for `IDENTIFIER` is NULL.",
        {{"name", "`IDENTIFIER`"}, {"expr", ExpressionText(typed)}}, e->position);
  }
  return value.string();
}

Result<plan::WindowSpec> QueryAnalyzer::BindWindowSpec(const plan::WindowSpec& spec,
                                                       const ExpressionContext& context,
                                                       base::Position position) {
  plan::WindowSpec bound = spec;
  if (!spec.base_name.empty()) {
    const auto found = context.windows == nullptr ? NamedWindows::const_iterator{}
                                                  : context.windows->find(Key(spec.base_name));
    if (context.windows == nullptr || found == context.windows->end()) {
      return base::UserError(
          "MISSING_WINDOW_SPECIFICATION",
          "Window specification is not defined in the WINDOW clause for " +
              base::QuoteIdentifier(spec.base_name) + ".",
          {{"windowName", spec.base_name}, {"docroot", "https://spark.apache.org/docs/latest"}},
          position);
    }
    bound = found->second;
    if (!spec.order_by.empty()) {
      bound.order_by = spec.order_by;
    }
    if (!spec.partition_by.empty()) {
      bound.partition_by = spec.partition_by;
    }
    if (spec.frame) {
      bound.frame = spec.frame;
    }
    if (!bound.base_name.empty()) {
      if (SameName(bound.base_name, spec.base_name)) {
        bound.base_name.clear();
      }
      return BindWindowSpec(bound, context, position);
    }
  }
  bound.base_name.clear();
  for (ExpressionPtr& e : bound.partition_by) {
    ARROW_ASSIGN_OR_RAISE(e, Bind(e, context));
  }
  for (plan::SortOrder& order : bound.order_by) {
    ARROW_ASSIGN_OR_RAISE(order.expression, Bind(order.expression, context));
  }
  if (bound.frame) {
    for (plan::FrameBound* frame_bound : {&bound.frame->start, &bound.frame->end}) {
      if (frame_bound->offset != nullptr) {
        ARROW_ASSIGN_OR_RAISE(frame_bound->offset, Bind(frame_bound->offset, context));
      }
    }
  }
  return bound;
}

Result<ExpressionPtr> QueryAnalyzer::Bind(const ExpressionPtr& e,
                                          const ExpressionContext& context) {
  const auto bind_child = [&](const ExpressionPtr& child) { return Bind(child, context); };
  switch (e->kind) {
    case plan::ExpressionKind::kUnresolvedColumn: {
      const auto& column = static_cast<const plan::UnresolvedColumn&>(*e);
      for (const ExpressionContext::LambdaScope& lambda : context.lambdas) {
        for (const std::string& name : lambda.names) {
          if (SameName(name, column.parts[0])) {
            return e;
          }
        }
      }
      return ResolveName(column, context);
    }
    case plan::ExpressionKind::kUnresolvedLiteral:
      return BindLiteral(static_cast<const plan::UnresolvedLiteral&>(*e));
    case plan::ExpressionKind::kUnresolvedSubquery:
      return BindSubquery(static_cast<const plan::UnresolvedSubquery&>(*e), context);
    case plan::ExpressionKind::kUnresolvedWindow: {
      auto copy =
          std::make_shared<plan::UnresolvedWindow>(static_cast<const plan::UnresolvedWindow&>(*e));
      ARROW_ASSIGN_OR_RAISE(copy->spec, BindWindowSpec(copy->spec, context, e->position));
      ARROW_ASSIGN_OR_RAISE(copy->children[0], Bind(copy->children[0], context));
      return copy;
    }
    case plan::ExpressionKind::kUnresolvedFunction: {
      const auto& f = static_cast<const plan::UnresolvedFunction&>(*e);
      if (context.time_windows != nullptr && TimeWindows::IsCall(*e)) {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr window, context.time_windows->Find(f));
        if (window != nullptr) {
          return window;
        }
      }
      if (std::any_of(f.children.begin(), f.children.end(), [](const ExpressionPtr& child) {
            return child->kind == plan::ExpressionKind::kNamedArgument;
          })) {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr arranged, ArrangeArguments(f));
        return Bind(arranged, context);
      }
      if (f.children.size() == 1 && !f.is_operator && !f.distinct) {
        if (TypePtr type = CastFunctionType(f.name)) {
          ARROW_ASSIGN_OR_RAISE(ExpressionPtr child, Bind(f.children[0], context));
          auto cast = std::make_shared<plan::Cast>();
          cast->children.push_back(std::move(child));
          cast->type = std::move(type);
          cast->mode = mode();
          cast->position = e->position;
          return cast;
        }
      }
      ExpressionContext inner = context;
      const std::string name = f.name.empty() ? "" : Lower(f.name.back());
      const bool is_count_star = name == "count" && f.children.size() == 1 && !f.distinct &&
                                 f.children[0]->kind == plan::ExpressionKind::kUnresolvedStar;
      if (is_count_star) {
        const auto& star = static_cast<const plan::UnresolvedStar&>(*f.children[0]);
        if (!star.qualifier.empty()) {
          std::string target;
          for (const std::string& part : star.qualifier) {
            target += (target.empty() ? "" : ".") + part;
          }
          return base::UserError(
              "_LEGACY_ERROR_TEMP_1021",
              "count(" + target +
                  ".*) is not allowed. Please use count(*) or expand the columns manually, "
                  "e.g. count(col1, col2).",
              {{"targetString", target}}, e->position);
        }
        if (star.qualifier.empty() && star.except.empty()) {
          auto copy = std::make_shared<plan::UnresolvedFunction>(f);
          copy->children = {plan::MakeIntLiteral(1)};
          if (copy->filter != nullptr) {
            ARROW_ASSIGN_OR_RAISE(copy->filter, Bind(copy->filter, context));
          }
          return copy;
        }
      }
      if (registry().FindAggregate(name) != nullptr) {
        inner.in_aggregate = true;
      }
      // Stars among the arguments spread out.
      ExpressionPtr spread = e;
      if (std::any_of(f.children.begin(), f.children.end(), [](const ExpressionPtr& child) {
            return child->kind == plan::ExpressionKind::kUnresolvedStar;
          })) {
        auto copy = std::make_shared<plan::UnresolvedFunction>(f);
        copy->children.clear();
        for (const ExpressionPtr& child : f.children) {
          const auto* star = plan::As<plan::UnresolvedStar>(child);
          if (star == nullptr) {
            copy->children.push_back(child);
            continue;
          }
          ARROW_ASSIGN_OR_RAISE(auto items, ExpandStar(*star, inner));
          for (auto& item : items) {
            copy->children.push_back(std::move(item.first));
          }
        }
        spread = copy;
      }
      return plan::TryMapChildren(spread,
                                  [&](const ExpressionPtr& child) { return Bind(child, inner); });
    }
    case plan::ExpressionKind::kLambda: {
      ExpressionContext inner = context;
      inner.lambdas.push_back({static_cast<const plan::Lambda&>(*e).parameter_names, {}});
      return plan::TryMapChildren(e,
                                  [&](const ExpressionPtr& child) { return Bind(child, inner); });
    }
    case plan::ExpressionKind::kParameter: {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr value,
                            FindParameter(static_cast<const plan::Parameter&>(*e), context_));
      return Bind(value, context);
    }
    case plan::ExpressionKind::kIdentifierClause: {
      const auto& clause = static_cast<const plan::IdentifierClause&>(*e);
      ARROW_ASSIGN_OR_RAISE(const std::string text,
                            IdentifierText(clause.children[0], *context.environment));
      ARROW_ASSIGN_OR_RAISE(Name parts, sql::ParseName(text));
      if (clause.is_call) {
        auto call = std::make_shared<plan::UnresolvedFunction>();
        call->name = std::move(parts);
        call->children.assign(clause.children.begin() + 1, clause.children.end());
        call->position = e->position;
        return Bind(call, context);
      }
      auto column = std::make_shared<plan::UnresolvedColumn>();
      column->parts = std::move(parts);
      column->position = e->position;
      return Bind(column, context);
    }
    case plan::ExpressionKind::kUnresolvedStar:
      return base::UserError("INVALID_USAGE_OF_STAR_OR_REGEX",
                             "'*' can't stand here: it is no value.",
                             {{"elem", "'*'"}, {"prettyName", "expression"}}, e->position);
    case plan::ExpressionKind::kDefault:
      return base::UserError("DEFAULT_PLACEMENT_INVALID",
                             "DEFAULT may stand alone as a value of INSERT, UPDATE or MERGE only.",
                             {}, e->position);
    default:
      return plan::TryMapChildren(e, bind_child);
  }
}

std::string QueryAnalyzer::NameOf(const ExpressionPtr& written, const ExpressionPtr& bound) const {
  if (const auto* column = plan::As<plan::UnresolvedColumn>(written)) {
    if (bound->kind != plan::ExpressionKind::kUnresolvedFunction) {
      return column->parts.back();
    }
  }
  return plan::ToColumnName(bound, context_.query->time_zone);
}

}  // namespace emery::analyzer
