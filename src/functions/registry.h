#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "functions/aggregate_function.h"
#include "functions/scalar_function.h"

namespace emery::functions {

/// All built-in functions by lower-case name or alias. Filled before main by the registration
/// blocks, then only read.
class Registry {
 public:
  static const Registry& Instance();

  const ScalarFunction* FindScalar(std::string_view name) const;
  const AggregateFunction* FindAggregate(std::string_view name) const;
  const WindowFunction* FindWindow(std::string_view name) const;
  const GeneratorFunction* FindGenerator(std::string_view name) const;

  /// All names (aliases too), sorted: SHOW FUNCTIONS, suggestions.
  std::vector<std::string> Names() const;
  /// Names that were registered twice (the first registration counts): none, says a test.
  const std::vector<std::string>& duplicates() const;
};

/// A registration block: `static const Registration kAbs(ScalarFunction{…});` at the end of a
/// function's file.
class Registration {
 public:
  explicit Registration(ScalarFunction function);
  explicit Registration(AggregateFunction function);
  explicit Registration(WindowFunction function);
  explicit Registration(GeneratorFunction function);
};

/// Makes the call of `name` over typed arguments: binds, casts the arguments as the function asks
/// and sets the type. The way for analyzer and optimizer to build calls. Errors:
/// UNRESOLVED_ROUTINE, WRONG_NUM_ARGS, DATATYPE_MISMATCH.*.
Result<plan::ExpressionPtr> MakeFunctionCall(std::string name, plan::ExpressionList arguments,
                                             plan::EvalMode mode, const QueryContext* context,
                                             base::Position position = {});

}  // namespace emery::functions
