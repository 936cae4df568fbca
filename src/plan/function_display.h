#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emery::plan {

/// How Spark writes a function's call in column names where that isn't name(arguments as written).
struct FunctionDisplay {
  std::string_view name;  // as shown
  size_t arity = 0;       // arguments shown, when fewer were given; 0: as many as given
  std::vector<std::string_view> tail;  // the texts of the last ones, by default
  size_t most = 0;                     // arguments shown, when more were given; 0: all
};

/// Null for a function that is shown as it is written (in lower case). `name`: lower case.
const FunctionDisplay* FindFunctionDisplay(std::string_view name);

}  // namespace emery::plan
