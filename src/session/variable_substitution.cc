#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "session/variable_substitution_internal.h"

namespace emery::session {

namespace {

constexpr int kDepthMax = 40;

std::optional<std::string> ValueOf(std::string_view name, const base::Config& config) {
  const size_t colon = name.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? "" : name.substr(0, colon);
  if (prefix == "env") {
    const char* value = std::getenv(std::string(name.substr(colon + 1)).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  if (prefix == "spark" || prefix == "sparkconf" || prefix == "hivevar" || prefix == "hiveconf") {
    return config.Get(name.substr(colon + 1));
  }
  return config.Get(name);
}

}  // namespace

Result<std::string> SubstituteVariables(std::string_view text, const base::Config& config) {
  std::string result(text);
  if (result.find("${") == std::string::npos ||
      !config.GetBool("spark.sql.variable.substitute", true)) {
    return result;
  }
  size_t from = 0;
  int replaced = 0;
  while (true) {
    const size_t open = result.find("${", from);
    const size_t close = open == std::string::npos ? open : result.find('}', open);
    if (close == std::string::npos) {
      return result;
    }
    const std::optional<std::string> value =
        ValueOf(std::string_view(result).substr(open + 2, close - open - 2), config);
    if (!value) {
      from = open + 2;
      continue;
    }
    if (++replaced > kDepthMax) {
      return base::UserError("INVALID_VARIABLE_SUBSTITUTION",
                             "Too many variables, or one that leads to itself, in the statement's "
                             "${…} (limit 40).");
    }
    result.replace(open, close - open + 1, *value);
    from = open;
  }
}

}  // namespace emery::session
