#include "functions/registry.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "functions/evaluator.h"
#include "functions/vectorize.h"
#include "type/coercion.h"

namespace emery::functions {

namespace {

template <class Function>
struct Table {
  std::vector<std::unique_ptr<const Function>> functions;
  std::unordered_map<std::string_view, const Function*> by_name;

  void Add(Function function, std::vector<std::string>* duplicates) {
    functions.push_back(std::make_unique<const Function>(std::move(function)));
    const Function* stored = functions.back().get();
    if (!by_name.emplace(stored->name, stored).second) {
      duplicates->push_back(stored->name);
    }
    for (const std::string& alias : stored->aliases) {
      if (!by_name.emplace(alias, stored).second) {
        duplicates->push_back(alias);
      }
    }
  }

  const Function* Find(std::string_view name) const {
    const auto it = by_name.find(name);
    return it == by_name.end() ? nullptr : it->second;
  }
};

/// Filled by registration blocks before main, on one thread; read only afterwards.
struct Tables {
  Table<ScalarFunction> scalars;
  Table<AggregateFunction> aggregates;
  Table<WindowFunction> windows;
  Table<GeneratorFunction> generators;
  std::vector<std::string> duplicates;
};

Tables& AllTables() {
  static auto* kTables = new Tables();
  return *kTables;
}

}  // namespace

const Registry& Registry::Instance() {
  static const Registry kRegistry;
  return kRegistry;
}

const ScalarFunction* Registry::FindScalar(std::string_view name) const {
  return AllTables().scalars.Find(name);
}

const AggregateFunction* Registry::FindAggregate(std::string_view name) const {
  return AllTables().aggregates.Find(name);
}

const WindowFunction* Registry::FindWindow(std::string_view name) const {
  return AllTables().windows.Find(name);
}

const GeneratorFunction* Registry::FindGenerator(std::string_view name) const {
  return AllTables().generators.Find(name);
}

std::vector<std::string> Registry::Names() const {
  std::vector<std::string> names;
  const Tables& tables = AllTables();
  const auto add = [&](const auto& table) {
    for (const auto& entry : table.by_name) {
      names.emplace_back(entry.first);
    }
  };
  add(tables.scalars);
  add(tables.aggregates);
  add(tables.windows);
  add(tables.generators);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

const std::vector<std::string>& Registry::duplicates() const {
  return AllTables().duplicates;
}

Registration::Registration(ScalarFunction function) {
  AllTables().scalars.Add(std::move(function), &AllTables().duplicates);
}

Registration::Registration(AggregateFunction function) {
  AllTables().aggregates.Add(std::move(function), &AllTables().duplicates);
}

Registration::Registration(WindowFunction function) {
  AllTables().windows.Add(std::move(function), &AllTables().duplicates);
}

Registration::Registration(GeneratorFunction function) {
  AllTables().generators.Add(std::move(function), &AllTables().duplicates);
}

namespace {

Status WrongNumberOfArguments(const ScalarFunction& function, size_t actual) {
  std::string expected;
  if (function.max_arguments < 0) {
    expected = "> " + std::to_string(function.min_arguments - 1);
  } else if (function.min_arguments == function.max_arguments) {
    expected = std::to_string(function.min_arguments);
  } else {
    for (int n = function.min_arguments; n <= function.max_arguments; ++n) {
      expected += (expected.empty() ? "[" : ", ") + std::to_string(n);
    }
    expected += "]";
  }
  const std::string name = base::QuoteIdentifier(function.name);
  return base::UserError(
      "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
      "The " + name + " requires " + expected + " parameters but the actual number is " +
          std::to_string(actual) +
          ". Please, refer to 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a "
          "fix.",
      {{"functionName", name},
       {"expectedNum", expected},
       {"actualNum", std::to_string(actual)},
       {"docroot", "https://spark.apache.org/docs/latest"}});
}

/// A lambda whose body gives `type`.
plan::ExpressionPtr CastBody(const plan::ExpressionPtr& lambda, const type::TypePtr& type,
                             plan::EvalMode mode) {
  auto copy = lambda->Copy();
  copy->children[0] = plan::MakeCast(lambda->children[0], type, mode);
  copy->type = type;
  return copy;
}

/// Operators, which take the number of a literal's digits for its type, but not those of what a
/// constant expression gives.
bool LooksAtLiteralsAsWritten(const ScalarFunction& function) {
  return std::isalpha(static_cast<unsigned char>(function.name[0])) == 0 ||
         function.name == "div" || function.name == "pmod";
}

plan::ExpressionPtr FoldWith(const plan::ExpressionPtr& expression, const QueryContext* context) {
  std::shared_ptr<const QueryContext> copy;
  if (context != nullptr) {
    copy = std::make_shared<const QueryContext>(*context);
  }
  return FoldConstants(expression, copy);
}

Status ArgumentMismatch(const BindInput& input, const plan::ExpressionList& arguments, size_t index,
                        const type::DataType& required) {
  static constexpr const char* kOrdinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                              "sixth", "seventh", "eighth", "ninth",  "tenth"};
  const std::string ordinal = index < 10 ? kOrdinals[index] : std::to_string(index + 1) + "th";
  std::string call = std::string(input.name) + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    call += (i == 0 ? "" : ", ") + plan::ToColumnName(arguments[i]);
  }
  call = "\"" + call + ")\"";
  const std::string input_sql = "\"" + plan::ToColumnName(arguments[index]) + "\"";
  const std::string input_type = "\"" + arguments[index]->type->Sql() + "\"";
  const std::string required_type = "\"" + required.Sql() + "\"";
  return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                         "Cannot resolve " + call + " due to data type mismatch: The " + ordinal +
                             " parameter requires the " + required_type + " type, however " +
                             input_sql + " has the type " + input_type + ".",
                         {{"sqlExpr", call},
                          {"paramIndex", ordinal},
                          {"requiredType", required_type},
                          {"inputSql", input_sql},
                          {"inputType", input_type}});
}

}  // namespace

Result<plan::ExpressionPtr> MakeFunctionCall(std::string name, plan::ExpressionList arguments,
                                             plan::EvalMode mode, const QueryContext* context,
                                             base::Position position) {
  const ScalarFunction* function = Registry::Instance().FindScalar(name);
  if (function == nullptr) {
    return base::UserError("UNRESOLVED_ROUTINE",
                           "Cannot resolve routine " + base::QuoteIdentifier(name) +
                               " on search path [`system`.`builtin`, `system`.`session`].",
                           {{"routineName", base::QuoteIdentifier(name)},
                            {"searchPath", "[`system`.`builtin`, `system`.`session`]"}},
                           position);
  }
  const auto count = static_cast<int>(arguments.size());
  if (count < function->min_arguments ||
      (function->max_arguments >= 0 && count > function->max_arguments)) {
    return base::WithPosition(WrongNumberOfArguments(*function, arguments.size()), position);
  }
  if (function->rewrite) {
    Result<plan::ExpressionPtr> rewritten = function->rewrite(arguments, mode, context);
    if (!rewritten.ok()) {
      return base::WithPosition(rewritten.status(), position);
    }
    return rewritten;
  }
  BindInput input;
  input.name = function->name;
  input.mode = mode;
  input.context = context;
  plan::ExpressionList folded;  // keeps the literals alive
  for (const plan::ExpressionPtr& argument : arguments) {
    input.types.push_back(argument->type);
    input.nullable.push_back(argument->nullable);
    const auto* literal = plan::As<plan::Literal>(argument);
    if (literal == nullptr && argument->type != nullptr && !LooksAtLiteralsAsWritten(*function) &&
        argument->kind != plan::ExpressionKind::kLambda && plan::IsFoldable(argument)) {
      folded.push_back(FoldWith(argument, context));
      literal = plan::As<plan::Literal>(folded.back());
    }
    input.literals.push_back(literal);
  }
  Result<BoundScalar> bound = function->bind(input);
  if (!bound.ok()) {
    return base::WithPosition(bound.status(), position);
  }
  const bool ansi = context != nullptr ? context->ansi : mode != plan::EvalMode::kLegacy;
  bool nullable = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const type::TypePtr& wanted =
        i < bound->argument_types.size() ? bound->argument_types[i] : nullptr;
    const type::TypePtr& given = arguments[i]->type;
    nullable |= arguments[i]->nullable;
    if (wanted == nullptr || given == nullptr || wanted->SameType(*given)) {
      continue;
    }
    if (arguments[i]->kind == plan::ExpressionKind::kLambda) {
      arguments[i] = CastBody(arguments[i], wanted, mode);
      continue;
    }
    if (!bound->casts_checked) {
      const bool foldable = plan::IsFoldable(arguments[i]);
      const type::TypePtr cast = type::ImplicitCast(given, wanted, ansi, foldable);
      if (cast == nullptr) {
        return base::WithPosition(ArgumentMismatch(input, arguments, i, *wanted), position);
      }
    }
    arguments[i] = plan::MakeCast(arguments[i], wanted,
                                  ansi ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy);
  }
  auto call = std::make_shared<plan::Call>();
  call->name = function->name;
  call->mode = mode;
  call->type = bound->return_type;
  call->nullable = bound->nullable.value_or(nullable);
  call->children = std::move(arguments);
  call->position = position;
  return call;
}

}  // namespace emery::functions
