#include <string>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"

/// if, coalesce, nvl, nvl2, nullif and the like: other names of CASE and COALESCE, which the
/// evaluator runs lazily.
namespace emery::functions {

using plan::EvalMode;
using plan::ExpressionList;
using plan::ExpressionPtr;
using type::TypePtr;

namespace {

bool AnsiOf(EvalMode mode, const QueryContext* context) {
  return context != nullptr ? context->ansi : mode != EvalMode::kLegacy;
}

EvalMode CastMode(bool ansi) {
  return ansi ? EvalMode::kAnsi : EvalMode::kLegacy;
}

/// The common type of some arguments. Errors: DATATYPE_MISMATCH.DATA_DIFF_TYPES.
Result<TypePtr> CommonTypeOf(const char* name, const ExpressionList& arguments, bool ansi) {
  std::vector<TypePtr> types;
  for (const ExpressionPtr& argument : arguments) {
    types.push_back(argument->type);
  }
  TypePtr common = type::CommonType(types, ansi);
  if (common != nullptr) {
    return common;
  }
  std::string list;
  for (const TypePtr& t : types) {
    list += (list.empty() ? "\"" : ", \"") + t->Sql() + "\"";
  }
  return base::UserError(
      "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
      "Cannot resolve \"" + std::string(name) + "\" due to data type mismatch: Input to `" + name +
          "` should all be the same type, but it's [" + list + "].",
      {{"functionName", base::QuoteIdentifier(name)}, {"dataType", "[" + list + "]"}});
}

ExpressionPtr CastTo(const ExpressionPtr& e, const TypePtr& t, bool ansi) {
  return e->type->SameType(*t) ? e : plan::MakeCast(e, t, CastMode(ansi));
}

ExpressionPtr MakeCase(const ExpressionPtr& condition, const ExpressionPtr& then,
                       const ExpressionPtr& otherwise) {
  auto node = std::make_shared<plan::Case>();
  node->type = then->type;
  node->nullable = then->nullable || otherwise->nullable;
  node->children = {condition, then, otherwise};
  return node;
}

Result<ExpressionPtr> MakeCoalesce(const char* name, const ExpressionList& arguments, EvalMode mode,
                                   const QueryContext* context) {
  const bool ansi = AnsiOf(mode, context);
  ARROW_ASSIGN_OR_RAISE(TypePtr common, CommonTypeOf(name, arguments, ansi));
  if (arguments.size() == 1) {
    return arguments[0];
  }
  auto node = std::make_shared<plan::Coalesce>();
  node->type = common;
  node->nullable = true;
  for (const ExpressionPtr& argument : arguments) {
    node->children.push_back(CastTo(argument, common, ansi));
    node->nullable = node->nullable && argument->nullable;
  }
  return node;
}

Result<ExpressionPtr> MakeIf(const ExpressionList& arguments, EvalMode mode,
                             const QueryContext* context) {
  const bool ansi = AnsiOf(mode, context);
  ExpressionPtr condition = arguments[0];
  if (condition->type->is_null()) {
    condition = plan::MakeNullLiteral(type::Boolean());
  }
  if (!condition->type->is(type::TypeId::kBoolean)) {
    BindInput input;
    input.name = "if";
    input.types = {condition->type};
    input.literals = {plan::As<plan::Literal>(condition)};
    return UnexpectedInputType(input, 0, "\"BOOLEAN\"");
  }
  ARROW_ASSIGN_OR_RAISE(TypePtr common, CommonTypeOf("if", {arguments[1], arguments[2]}, ansi));
  return MakeCase(condition, CastTo(arguments[1], common, ansi),
                  CastTo(arguments[2], common, ansi));
}

Result<ExpressionPtr> MakeNvl2(const ExpressionList& arguments, EvalMode mode,
                               const QueryContext* context) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr known,
                        MakeFunctionCall("isnotnull", {arguments[0]}, mode, context));
  return MakeIf({known, arguments[1], arguments[2]}, mode, context);
}

Result<ExpressionPtr> MakeNullIf(const ExpressionList& arguments, EvalMode mode,
                                 const QueryContext* context) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal,
                        MakeFunctionCall("=", {arguments[0], arguments[1]}, mode, context));
  auto made = MakeCase(equal, plan::MakeNullLiteral(arguments[0]->type), arguments[0]);
  return made;
}

Result<ExpressionPtr> MakeNanvl(const ExpressionList& arguments, EvalMode mode,
                                const QueryContext* context) {
  const bool floats =
      arguments[0]->type->is(type::TypeId::kFloat) && arguments[1]->type->is(type::TypeId::kFloat);
  const TypePtr common = floats ? type::Float() : type::Double();
  const bool ansi = AnsiOf(mode, context);
  for (const ExpressionPtr& argument : arguments) {
    if (type::ImplicitCast(argument->type, common, ansi) == nullptr) {
      BindInput input;
      input.name = "nanvl";
      input.types = {argument->type};
      return UnexpectedInputType(input, 0, "(\"DOUBLE\" or \"FLOAT\")");
    }
  }
  const ExpressionPtr value = CastTo(arguments[0], common, ansi);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr nan, MakeFunctionCall("isnan", {value}, mode, context));
  return MakeCase(nan, CastTo(arguments[1], common, ansi), value);
}

using Rewrite =
    std::function<Result<ExpressionPtr>(const ExpressionList&, EvalMode, const QueryContext*)>;

ScalarFunction Rewritten(std::string name, std::vector<std::string> aliases, int min_arguments,
                         int max_arguments, Rewrite rewrite, std::string description,
                         std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = min_arguments;
  function.max_arguments = max_arguments;
  function.rewrite = std::move(rewrite);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.0.0";
  return function;
}

}  // namespace

static const Registration kIf(Rewritten(
    "if", {}, 3, 3, MakeIf, "Returns the second argument where the first is true, else the third.",
    {{"SELECT if(1 < 2, 'a', 'b')", "a"}}));
static const Registration kCoalesce(Rewritten("coalesce", {}, 1, -1,
                                              [](const ExpressionList& a, EvalMode m,
                                                 const QueryContext* c) {
                                                return MakeCoalesce("coalesce", a, m, c);
                                              },
                                              "Returns the first argument that is not null.",
                                              {{"SELECT coalesce(NULL, 1, NULL)", "1"}}));
static const Registration kNvl(Rewritten("nvl", {"ifnull"}, 2, 2,
                                         [](const ExpressionList& a, EvalMode m,
                                            const QueryContext* c) {
                                           return MakeCoalesce("coalesce", a, m, c);
                                         },
                                         "Returns the second argument where the first is null.",
                                         {{"SELECT nvl(NULL, 2)", "2"}}));
static const Registration kNvl2(
    Rewritten("nvl2", {}, 3, 3, MakeNvl2,
              "Returns the second argument where the first is not null, else the third.",
              {{"SELECT nvl2(NULL, 2, 1)", "1"}}));
static const Registration kNullIf(Rewritten(
    "nullif", {}, 2, 2, MakeNullIf, "Returns null where both arguments are equal, else the first.",
    {{"SELECT nullif(2, 2)", "NULL"}}));
static const Registration kNullIfZero(
    Rewritten("nullifzero", {}, 1, 1,
              [](const ExpressionList& a, EvalMode m, const QueryContext* c) {
                return MakeNullIf({a[0], plan::MakeIntLiteral(0)}, m, c);
              },
              "Returns null where the argument is 0.", {{"SELECT nullifzero(0)", "NULL"}}));
static const Registration kZeroIfNull(
    Rewritten("zeroifnull", {}, 1, 1,
              [](const ExpressionList& a, EvalMode m, const QueryContext* c) {
                return MakeCoalesce("coalesce", {a[0], plan::MakeIntLiteral(0)}, m, c);
              },
              "Returns 0 where the argument is null.", {{"SELECT zeroifnull(NULL)", "0"}}));
static const Registration kNanvl(
    Rewritten("nanvl", {}, 2, 2, MakeNanvl, "Returns the second argument where the first is NaN.",
              {{"SELECT nanvl(cast('NaN' AS DOUBLE), 123)", "123.0"}}));

}  // namespace emery::functions
