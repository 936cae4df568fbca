// java_method, reflect, try_reflect: there is no Java here, but the classes that queries use this
// way are few.

#include <string>
#include <utility>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

Result<BoundScalar> BindReflect(const BindInput& input) {
  const auto class_name = LiteralString(input, 0);
  const auto method = LiteralString(input, 1);
  if (!class_name.has_value() || !method.has_value()) {
    return NotFoldable(input, class_name.has_value() ? 1 : 0,
                       class_name.has_value() ? "method" : "class", "\"STRING\"");
  }
  return base::Unsupported("calls of Java methods: " + *class_name + "." + *method);
}

ScalarFunction Reflect(std::string name, std::vector<std::string> aliases) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = 2;
  function.max_arguments = -1;
  function.deterministic = false;
  function.bind = BindReflect;
  function.description = "Calls a method of a Java class: refused, as no Java runs here.";
  function.since = "2.0.0";
  return function;
}

const Registration kReflect(Reflect("reflect", {"java_method", "try_reflect"}));

}  // namespace
}  // namespace emery::functions
