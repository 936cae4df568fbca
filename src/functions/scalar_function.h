#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/vector.h"
#include "functions/context.h"
#include "plan/expression.h"
#include "type/data_type.h"

namespace emery::functions {

using columnar::VectorPtr;

/// What binding a call knows: types of the arguments, and the values of those that are literals.
struct BindInput {
  std::string_view name;
  std::vector<type::TypePtr> types;
  std::vector<bool> nullable;
  /// literals[i] is null where argument i is not a literal (after folding).
  std::vector<const plan::Literal*> literals;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  const QueryContext* context = nullptr;  // null while only types are asked for
  bool ignore_nulls = false;              // aggregates: IGNORE NULLS was said
};

/// State made once per bound call and thread-independent (a compiled pattern, a parsed format). May
/// be null.
struct KernelState {
  virtual ~KernelState() = default;
};

struct KernelArguments {
  const std::vector<VectorPtr>& arguments;  // each `num_rows` long, any encoding
  int64_t num_rows;
  const type::TypePtr& return_type;
  const KernelState* state;
  const QueryContext& context;
  plan::EvalMode mode;
};

/// Computes a whole vector of `num_rows` rows of `return_type`. A row-level failure in kAnsi mode
/// is a user error (of the first bad row) and must not be raised for rows that a null argument
/// makes null.
using ScalarKernel = std::function<Result<VectorPtr>(const KernelArguments&)>;

/// The outcome of binding: which types the arguments must be cast to, what comes out, how it is
/// computed.
struct BoundScalar {
  std::vector<type::TypePtr> argument_types;  // as many as arguments; the analyzer casts to them
  type::TypePtr return_type;
  /// True: null where an argument is null, and only then (the evaluator then skips all-null input,
  /// and evaluates a function of one dictionary-encoded argument on the dictionary).
  bool null_propagating = true;
  /// Nullability of the result; unset: nullable if an argument is.
  std::optional<bool> nullable;
  ScalarKernel kernel;
  std::shared_ptr<const KernelState> state;
  /// The kernel can raise an error for a row (so it may not run for rows that a condition
  /// excludes).
  bool can_fail = true;
  /// The bind has itself checked that its arguments may be cast to `argument_types` (operators,
  /// which bring their operands to a common type); else MakeFunctionCall allows implicit casts
  /// only.
  bool casts_checked = false;
};

/// A higher-order function's lambdas: for argument i, the types of its parameters given the other
/// arguments' types. Arguments that are lambdas have type null in BindInput::types until their
/// bodies are analysed.
using LambdaTypes = std::function<Result<std::vector<std::vector<type::TypePtr>>>(
    const BindInput&, int lambda_argument, int num_parameters)>;

/// Evaluates a lambda's body over vectors for its parameters; outer columns are expanded by the
/// evaluator: `rows[i]` is the batch row to which element i belongs.
struct LambdaKernel {
  virtual ~LambdaKernel() = default;
  virtual Result<VectorPtr> Evaluate(const std::vector<VectorPtr>& parameters, const int32_t* rows,
                                     int64_t count) const = 0;
};

struct HigherOrderArguments {
  const std::vector<VectorPtr>& arguments;          // null pointers where an argument is a lambda
  const std::vector<const LambdaKernel*>& lambdas;  // null where an argument is not
  int64_t num_rows;
  const type::TypePtr& return_type;
  const QueryContext& context;
  plan::EvalMode mode;
};

/// One SQL function: everything about it in one registration.
struct ScalarFunction {
  std::string name;                  // lower case
  std::vector<std::string> aliases;  // other names for the same
  int min_arguments = 0;
  int max_arguments = 0;  // -1: any number
  bool deterministic = true;
  /// Resolves types: checks and chooses coercions. Errors: DATATYPE_MISMATCH.*, WRONG_NUM_ARGS and
  /// the like.
  std::function<Result<BoundScalar>(const BindInput&)> bind;
  /// Instead of `bind`, for functions that stand for other expressions (nvl is a Coalesce, if is a
  /// Case): gets the typed arguments and gives what the call means.
  std::function<Result<plan::ExpressionPtr>(const plan::ExpressionList&, plan::EvalMode,
                                            const QueryContext*)>
      rewrite;
  // Higher-order functions only.
  LambdaTypes lambda_types;
  std::function<Result<VectorPtr>(const HigherOrderArguments&)> higher_order;
  // Documentation.
  std::string description;

  struct Example {
    std::string sql;
    std::string result;
  };

  std::vector<Example> examples;
  std::string since;
};

}  // namespace emery::functions
