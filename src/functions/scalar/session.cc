#include <string>
#include <utility>

#include "base/error.h"
#include "base/version.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"

/// What a query can ask about itself: typeof, version, current_catalog and the like; raise_error
/// and assert_true.
namespace emery::functions {

using plan::EvalMode;
using plan::ExpressionList;
using plan::ExpressionPtr;

namespace {

template <class Read>
Bind FromContext(Read read) {
  return [read](const BindInput&) -> Result<BoundScalar> {
    return Bound(
        {}, type::String(),
        [read](const KernelArguments& a) -> Result<VectorPtr> {
          return Vector::MakeConstant(a.return_type, type::Value::String(read(a.context)),
                                      a.num_rows);
        },
        false, false);
  };
}

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, Bind bind,
                        std::string description, std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "3.1.0";
  return function;
}

ScalarFunction TypeOf() {
  ScalarFunction function =
      Describe("typeof", {}, nullptr, "Returns the type's name.", {{"SELECT typeof(1)", "int"}});
  function.min_arguments = 1;
  function.max_arguments = 1;
  function.rewrite = [](const ExpressionList& a, EvalMode,
                        const QueryContext*) -> Result<ExpressionPtr> {
    return plan::MakeStringLiteral(a[0]->type->ToString());
  };
  return function;
}

Status Raised(std::string message) {
  return base::UserError("USER_RAISED_EXCEPTION", message, {{"errorMessage", message}});
}

ScalarFunction RaiseError() {
  ScalarFunction function = Describe(
      "raise_error", {},
      [](const BindInput& input) -> Result<BoundScalar> {
        std::vector<type::TypePtr> types = {type::String()};
        if (input.types.size() > 1) {
          types.push_back(input.types[1]);
        }
        BoundScalar bound = MakeBound(
            std::move(types), type::Null(),
            [](const KernelArguments& a) -> Result<VectorPtr> {
              if (a.num_rows == 0) {
                return Vector::MakeNull(a.return_type, 0);
              }
              const Vector& message = *a.arguments[0];
              return Raised(message.IsNull(0) ? "null"
                                              : std::string(Argument<std::string_view>(a, 0, 0)));
            },
            {.can_fail = true, .null_propagating = false, .nullable = true});
        return bound;
      },
      "Raises an error with a message.", {});
  function.min_arguments = 1;
  function.max_arguments = 2;
  return function;
}

ScalarFunction AssertTrue() {
  ScalarFunction function =
      Describe("assert_true", {}, nullptr, "Raises an error where the condition is not true.",
               {{"SELECT assert_true(0 < 1)", "NULL"}});
  function.min_arguments = 1;
  function.max_arguments = 2;
  function.rewrite = [](const ExpressionList& a, EvalMode mode,
                        const QueryContext* context) -> Result<ExpressionPtr> {
    ExpressionPtr condition = a[0];
    if (condition->type->is_null()) {
      condition = plan::MakeNullLiteral(type::Boolean());
    } else if (!condition->type->is(type::TypeId::kBoolean)) {
      condition = plan::MakeCast(condition, type::Boolean(), mode);
    }
    const ExpressionPtr message =
        a.size() > 1 ? a[1]
                     : plan::MakeStringLiteral("'" + plan::ToColumnName(a[0]) + "' is not true!");
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr raise,
                          MakeFunctionCall("raise_error", {message}, mode, context));
    auto node = std::make_shared<plan::Case>();
    node->type = type::Null();
    node->children = {condition, plan::MakeNullLiteral(type::Null()), raise};
    return node;
  };
  return function;
}

}  // namespace

static const Registration kTypeOf(TypeOf());
static const Registration kRaiseError(RaiseError());
static const Registration kAssertTrue(AssertTrue());
static const Registration kVersion(
    Describe("version", {}, FromContext([](const QueryContext&) {
               return "4.1.4 emery-" + std::string(base::kEmeryVersion);
             }),
             "Returns the version of Spark that is spoken here, and Emery's own.", {}));
static const Registration kCurrentCatalog(Describe(
    "current_catalog", {}, FromContext([](const QueryContext& c) { return c.current_catalog; }),
    "Returns the current catalog.", {{"SELECT current_catalog()", "spark_catalog"}}));
static const Registration kCurrentDatabase(
    Describe("current_database", {"current_schema"},
             FromContext([](const QueryContext& c) { return c.current_database; }),
             "Returns the current database.", {{"SELECT current_database()", "default"}}));
static const Registration kCurrentUser(
    Describe("current_user", {"user", "session_user"},
             FromContext([](const QueryContext& c) { return c.current_user; }),
             "Returns the name of the user who runs the query.", {}));

}  // namespace emery::functions
