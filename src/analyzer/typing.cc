// The second pass over an expression: types, coercions, functions.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

/// A cast between maps could make a key null, which maps can't have.
bool KeysMayBeLost(const type::DataType& from, const type::DataType& to) {
  if (from.id() != to.id() || from.fields().size() != to.fields().size()) {
    return false;
  }
  if (from.is(type::TypeId::kMap) && !from.key()->is_null() &&
      type::CastCanGiveNull(*from.key(), *to.key(), false)) {
    return true;
  }
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (KeysMayBeLost(*from.fields()[i].type, *to.fields()[i].type)) {
      return true;
    }
  }
  return false;
}

/// The same type but for the names of structs' fields and for what may be null.
bool SameStructure(const type::DataType& a, const type::DataType& b) {
  if (!a.is_nested() || a.id() != b.id() || a.fields().size() != b.fields().size()) {
    return a.SameType(b);
  }
  for (size_t i = 0; i < a.fields().size(); ++i) {
    if (!SameStructure(*a.fields()[i].type, *b.fields()[i].type)) {
      return false;
    }
  }
  return true;
}

Status Mismatch(const std::string& subclass, const ExpressionPtr& e, const std::string& why,
                base::ErrorParameters parameters) {
  parameters.insert(parameters.begin(), {"sqlExpr", ExpressionText(e)});
  return base::UserError(
      "DATATYPE_MISMATCH." + subclass,
      "Cannot resolve " + ExpressionText(e) + " due to data type mismatch: " + why,
      std::move(parameters), e->position);
}

std::string TypeList(const std::vector<TypePtr>& types) {
  std::string list;
  for (const TypePtr& type : types) {
    list += (list.empty() ? "" : ", ") + TypeText(type);
  }
  return "[" + list + "]";
}

}  // namespace

TypePtr StructuralType(const std::vector<TypePtr>& types) {
  const bool same = std::all_of(types.begin(), types.end(), [&](const TypePtr& type) {
    return SameStructure(*types[0], *type);
  });
  return same ? types[0] : nullptr;
}

bool HasAggregate(const ExpressionPtr& e) {
  return plan::AnyOf(e, [](const plan::Expression& node) {
    if (node.kind == plan::ExpressionKind::kAggregate) {
      return true;
    }
    const auto* call = plan::As<plan::Call>(&node);
    return call != nullptr && (call->name == "grouping" || call->name == "grouping_id");
  });
}

bool HasWindow(const ExpressionPtr& e) {
  return plan::AnyOf(
      e, [](const plan::Expression& node) { return node.kind == plan::ExpressionKind::kWindow; });
}

bool HasGenerator(const ExpressionPtr& e) {
  return plan::AnyOf(e, [](const plan::Expression& node) {
    return node.kind == plan::ExpressionKind::kGenerator;
  });
}

ExpressionPtr QueryAnalyzer::CastTo(ExpressionPtr e, const TypePtr& type) const {
  if (e->type->SameType(*type)) {
    return e;
  }
  if (const auto* literal = plan::As<plan::Literal>(e)) {
    if (literal->value.is_null()) {
      return plan::MakeLiteral(type, type::Value(), e->position);
    }
  }
  const bool can_give_null = type::CastCanGiveNull(*e->type, *type, ansi());
  ExpressionPtr cast = plan::MakeCast(std::move(e), type, mode());
  if (can_give_null && !cast->nullable) {
    std::shared_ptr<plan::Expression> copy = cast->Copy();
    copy->nullable = true;
    return copy;
  }
  return cast;
}

Result<ExpressionPtr> QueryAnalyzer::Resolve(const ExpressionPtr& e,
                                             const ExpressionContext& context) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(e, context));
  return Type(bound, context);
}

Result<ExpressionPtr> QueryAnalyzer::Type(const ExpressionPtr& e,
                                          const ExpressionContext& context) {
  Result<ExpressionPtr> typed = TypeNode(e, context);
  if (!typed.ok()) {
    return base::WithPosition(typed.status(), e->position);
  }
  return typed;
}

Result<ExpressionPtr> QueryAnalyzer::CastForBoolean(ExpressionPtr e, const ExpressionPtr& whole) {
  if (e->type->is(type::TypeId::kBoolean)) {
    return e;
  }
  if (e->type->is_null() || (e->type->is_string() && ansi())) {
    return CastTo(std::move(e), type::Boolean());
  }
  return Mismatch(
      "BINARY_OP_WRONG_TYPE", whole,
      "the binary operator requires the input type \"BOOLEAN\", not " + TypeText(e->type) + ".",
      {{"inputType", "\"BOOLEAN\""}, {"actualDataType", TypeText(e->type)}});
}

Result<ExpressionPtr> QueryAnalyzer::ResolveCondition(const ExpressionPtr& e,
                                                      const ExpressionContext& context,
                                                      const char* clause) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition, Resolve(e, context));
  if (condition->type->is(type::TypeId::kBoolean)) {
    return condition;
  }
  if (std::string_view(clause) == "JOIN") {
    return base::UserError("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
                           "The join condition " + ExpressionText(condition) + " has the type " +
                               TypeText(condition->type) + ", expected \"BOOLEAN\".",
                           {{"joinCondition", ExpressionText(condition)},
                            {"conditionType", TypeText(condition->type)}},
                           e->position);
  }
  return base::UserError("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                         "Cannot resolve " + ExpressionText(condition) +
                             " due to data type mismatch: Filter expression " +
                             ExpressionText(condition) + " of type " + TypeText(condition->type) +
                             " is not a boolean.",
                         {{"sqlExpr", ExpressionText(condition)},
                          {"filter", ExpressionText(condition)},
                          {"type", TypeText(condition->type)}},
                         e->position);
}

Result<ExpressionPtr> QueryAnalyzer::ResolveHaving(const ExpressionPtr& e,
                                                   const ExpressionContext& context) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition, Resolve(e, context));
  if (condition->type->is(type::TypeId::kBoolean)) {
    return condition;
  }
  // Unlike WHERE, HAVING casts what it is given.
  auto cast = std::make_shared<plan::Cast>();
  cast->children = {e};
  cast->type = type::Boolean();
  cast->mode = mode();
  cast->position = e->position;
  return Resolve(cast, context);
}

Result<ExpressionPtr> QueryAnalyzer::TypeNode(const ExpressionPtr& e,
                                              const ExpressionContext& context) {
  using Kind = plan::ExpressionKind;
  const auto type_children = [&]() -> Result<ExpressionList> {
    ExpressionList children;
    children.reserve(e->children.size());
    for (const ExpressionPtr& child : e->children) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Type(child, context));
      children.push_back(std::move(typed));
    }
    return children;
  };
  const auto finish = [&](ExpressionList children, TypePtr type, bool nullable) -> ExpressionPtr {
    std::shared_ptr<plan::Expression> copy = e->Copy();
    copy->children = std::move(children);
    copy->type = std::move(type);
    copy->nullable = nullable;
    return copy;
  };
  const auto any_nullable = [](const ExpressionList& children) {
    return std::any_of(children.begin(), children.end(),
                       [](const ExpressionPtr& child) { return child->nullable; });
  };

  switch (e->kind) {
    case Kind::kLiteral:
    case Kind::kOuterColumn:
    case Kind::kOrdinal:
    case Kind::kLambdaVariable:
    case Kind::kAggregate:
    case Kind::kWindow:
    case Kind::kGenerator:
      return e;
    case Kind::kColumn: {
      if (context.substitutes != nullptr) {
        const auto found = context.substitutes->find(static_cast<const plan::Column&>(*e).id);
        if (found != context.substitutes->end()) {
          return found->second;
        }
      }
      return e;
    }
    case Kind::kCall: {
      // Made by binding (fields of structs): only columns below may still stand for something else.
      if (e->type != nullptr) {
        return plan::TryMapChildren(
            e, [&](const ExpressionPtr& child) { return Type(child, context); });
      }
      return base::InternalError("a call without a type: " + plan::ToString(e));
    }
    case Kind::kCast: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      const auto& cast = static_cast<const plan::Cast&>(*e);
      const TypePtr& from = children[0]->type;
      const bool checked = cast.mode != plan::EvalMode::kLegacy;
      const bool from_days = from->is_integral() && e->type->is(type::TypeId::kDate);
      const bool to_days = from->is(type::TypeId::kDate) && e->type->is_numeric();
      if (checked && (from_days || to_days)) {
        const std::string function = from_days ? "`DATE_FROM_UNIX_DATE`" : "`UNIX_DATE`";
        return Mismatch("CAST_WITH_FUNC_SUGGESTION", e,
                        "cannot cast " + TypeText(from) + " to " + TypeText(e->type) +
                            ". To convert values from " + TypeText(from) + " to " +
                            TypeText(e->type) + ", you can use the functions " + function +
                            " instead.",
                        {{"srcType", TypeText(from)},
                         {"targetType", TypeText(e->type)},
                         {"functionNames", function}});
      }
      if (!type::CanCast(from, e->type, checked) ||
          (cast.mode != plan::EvalMode::kAnsi && KeysMayBeLost(*from, *e->type))) {
        if (checked && type::CanCast(from, e->type, false) && cast.mode == plan::EvalMode::kAnsi) {
          return Mismatch("CAST_WITH_CONF_SUGGESTION", e,
                          "cannot cast " + TypeText(from) + " to " + TypeText(e->type) +
                              " with ANSI mode on. If you have to cast, set "
                              "\"spark.sql.ansi.enabled\" to 'false'.",
                          {{"srcType", TypeText(from)},
                           {"targetType", TypeText(e->type)},
                           {"config", "\"spark.sql.ansi.enabled\""},
                           {"configVal", "'false'"}});
        }
        return Mismatch("CAST_WITHOUT_SUGGESTION", e,
                        "cannot cast " + TypeText(from) + " to " + TypeText(e->type) + ".",
                        {{"srcType", TypeText(from)}, {"targetType", TypeText(e->type)}});
      }
      const bool can_give_null =
          type::CastCanGiveNull(*from, *e->type, cast.mode == plan::EvalMode::kAnsi);
      const bool nullable = children[0]->nullable || can_give_null;
      return finish(std::move(children), e->type, nullable);
    }
    case Kind::kAnd:
    case Kind::kOr: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      for (size_t i = 0; i < children.size(); ++i) {
        Result<ExpressionPtr> cast = CastForBoolean(children[i], e);
        if (!cast.ok()) {
          // Spark speaks of the pair, where its two sides differ.
          const TypePtr& left = children[i > 0 ? i - 1 : 0]->type;
          const TypePtr& right = children[i > 0 ? i : 1]->type;
          if (!left->SameType(*right)) {
            return Mismatch(
                "BINARY_OP_DIFF_TYPES", e,
                "the left and right operands of the binary operator have incompatible types (" +
                    TypeText(left) + " and " + TypeText(right) + ").",
                {{"left", TypeText(left)}, {"right", TypeText(right)}});
          }
          return cast.status();
        }
        children[i] = *cast;
      }
      const bool nullable = any_nullable(children);
      return finish(std::move(children), type::Boolean(), nullable);
    }
    case Kind::kCase: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      std::vector<TypePtr> types;
      const size_t num_pairs = children.size() / 2 * 2;
      for (size_t i = 0; i < num_pairs; i += 2) {
        if (!children[i]->type->is(type::TypeId::kBoolean)) {
          return Mismatch("UNEXPECTED_INPUT_TYPE", e,
                          "A condition of CASE must be \"BOOLEAN\", however " +
                              ExpressionText(children[i]) + " has the type " +
                              TypeText(children[i]->type) + ".",
                          {{"paramIndex", i == 0 ? "first" : "next"},
                           {"requiredType", "\"BOOLEAN\""},
                           {"inputSql", ExpressionText(children[i])},
                           {"inputType", TypeText(children[i]->type)}});
        }
        types.push_back(children[i + 1]->type);
      }
      const bool has_else = children.size() % 2 == 1;
      if (has_else) {
        types.push_back(children.back()->type);
      }
      const TypePtr common = type::CommonType(types, ansi());
      if (common == nullptr) {
        return Mismatch(
            "DATA_DIFF_TYPES", e,
            "Input to `casewhen` should all be the same type, but it's " + TypeList(types) + ".",
            {{"functionName", "`casewhen`"}, {"dataType", TypeList(types)}});
      }
      bool nullable = !has_else;
      for (size_t i = 1; i < num_pairs; i += 2) {
        children[i] = CastTo(children[i], common);
        nullable = nullable || children[i]->nullable;
      }
      if (has_else) {
        children.back() = CastTo(children.back(), common);
        nullable = nullable || children.back()->nullable;
      }
      return finish(std::move(children), common, nullable);
    }
    case Kind::kCoalesce: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      std::vector<TypePtr> types;
      for (const ExpressionPtr& child : children) {
        types.push_back(child->type);
      }
      const TypePtr common = type::CommonType(types, ansi());
      if (common == nullptr) {
        return Mismatch(
            "DATA_DIFF_TYPES", e,
            "Input to `coalesce` should all be the same type, but it's " + TypeList(types) + ".",
            {{"functionName", "`coalesce`"}, {"dataType", TypeList(types)}});
      }
      bool nullable = true;
      for (ExpressionPtr& child : children) {
        child = CastTo(child, common);
        nullable = nullable && child->nullable;
      }
      return finish(std::move(children), common, nullable);
    }
    case Kind::kIn: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      std::vector<TypePtr> types;
      for (const ExpressionPtr& child : children) {
        types.push_back(child->type);
      }
      // Names of structs' fields don't count.
      const bool alike = std::all_of(types.begin(), types.end(), [&](const TypePtr& t) {
        return SameStructure(*t, *types[0]);
      });
      TypePtr common = alike ? types[0]
                       : children.size() == 2 && !ansi()
                           ? type::ComparisonType(types[0], types[1], false)
                           : type::CommonType(types, ansi());
      if (common == nullptr) {
        return Mismatch(
            "DATA_DIFF_TYPES", e,
            "Input to `in` should all be the same type, but it's " + TypeList(types) + ".",
            {{"functionName", "`in`"}, {"dataType", TypeList(types)}});
      }
      for (ExpressionPtr& child : children) {
        child = CastTo(child, common);
      }
      PadCharComparison("in", &children);
      const bool nullable = any_nullable(children);
      return finish(std::move(children), type::Boolean(), nullable);
    }
    case Kind::kAlias: {
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      TypePtr type = children[0]->type;
      const bool nullable = children[0]->nullable;
      return finish(std::move(children), std::move(type), nullable);
    }
    case Kind::kSubquery: {
      const auto& subquery = static_cast<const plan::Subquery&>(*e);
      if (subquery.subquery_kind != plan::SubqueryKind::kIn) {
        return e;
      }
      ARROW_ASSIGN_OR_RAISE(ExpressionList children, type_children());
      return TypeInSubquery(subquery, std::move(children));
    }
    case Kind::kUnresolvedColumn: {
      // Left by binding: a lambda's parameter.
      const auto& column = static_cast<const plan::UnresolvedColumn&>(*e);
      for (auto lambda = context.lambdas.rbegin(); lambda != context.lambdas.rend(); ++lambda) {
        for (size_t i = 0; i < lambda->names.size() && i < lambda->variables.size(); ++i) {
          if (SameName(lambda->names[i], column.parts[0])) {
            ExpressionPtr value = lambda->variables[i];
            for (size_t part = 1; part < column.parts.size(); ++part) {
              ARROW_ASSIGN_OR_RAISE(
                  value, MakeFieldAccess(std::move(value), column.parts[part], e->position));
            }
            return value;
          }
        }
      }
      return UnresolvedColumnError(column.parts, context.scope, e->position);
    }
    case Kind::kUnresolvedExtract: {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr base, Type(e->children[0], context));
      if (static_cast<const plan::UnresolvedExtract&>(*e).is_field) {
        const auto* name = plan::As<plan::Literal>(e->children[1]);
        return MakeFieldAccess(std::move(base), name->value.string(), e->position);
      }
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr key, Type(e->children[1], context));
      const bool by_name =
          base->type->is(type::TypeId::kStruct) ||
          (base->type->is(type::TypeId::kArray) &&
           base->type->element()->is(type::TypeId::kStruct) && key->type->is_string());
      if (by_name && key->type->is_string() && plan::IsFoldable(key)) {
        ARROW_ASSIGN_OR_RAISE(const type::Value name, Constant(key));
        if (!name.is_null()) {
          return MakeFieldAccess(std::move(base), name.string(), e->position);
        }
      }
      if (!base->type->is(type::TypeId::kArray) && !base->type->is(type::TypeId::kMap)) {
        return base::UserError("INVALID_EXTRACT_BASE_FIELD_TYPE",
                               "Can't extract a value from " + ExpressionText(base) + ": it is " +
                                   TypeText(base->type) + ", not a struct, an array or a map.",
                               {{"base", ExpressionText(base)}, {"other", TypeText(base->type)}},
                               e->position);
      }
      return functions::MakeFunctionCall("getitem", {std::move(base), std::move(key)}, mode(),
                                         context_.query.get(), e->position);
    }
    case Kind::kUnresolvedFunction:
      return TypeFunction(static_cast<const plan::UnresolvedFunction&>(*e), e, context);
    case Kind::kUnresolvedWindow:
      return TypeWindow(static_cast<const plan::UnresolvedWindow&>(*e), context);
    case Kind::kUnresolvedAlias:
      return base::UserError("INVALID_USAGE_OF_STAR_OR_REGEX",
                             "Several names after AS are for functions that give several columns.",
                             {}, e->position);
    case Kind::kNamedArgument:
      return Type(e->children[0], context);
    case Kind::kLambda:
      return base::UserError("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION",
                             "A lambda function should only be used in a higher order function.",
                             {}, e->position);
    case Kind::kUnresolvedStar:
    case Kind::kUnresolvedSubquery:
    case Kind::kUnresolvedLiteral:
    case Kind::kParameter:
    case Kind::kIdentifierClause:
    case Kind::kDefault:
      return base::InternalError("an expression that binding should have replaced: " +
                                 plan::ToString(e));
  }
  return base::InternalError("an expression of an unknown kind");
}

}  // namespace emery::analyzer
