// f(name => value): arguments by name, for the functions that have a signature with names.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

struct Parameter {
  const char* name;
  ExpressionPtr fallback;  // null: the parameter is required
};

using Parameters = std::vector<Parameter>;

const Parameters* FindSignature(const std::string& function) {
  static const Parameters kCollection = {{"collection", nullptr}};
  static const Parameters kInput = {{"input", nullptr}};
  static const std::map<std::string, Parameters, std::less<>> kSignatures = {
      {"mask",
       {{"str", nullptr},
        {"upperChar", plan::MakeStringLiteral("X")},
        {"lowerChar", plan::MakeStringLiteral("x")},
        {"digitChar", plan::MakeStringLiteral("n")},
        {"otherChar", plan::MakeNullLiteral(type::Null())}}},
      {"count_min_sketch",
       {{"column", nullptr}, {"epsilon", nullptr}, {"confidence", nullptr}, {"seed", nullptr}}},
      {"explode", kCollection},
      {"explode_outer", kCollection},
      {"posexplode", kCollection},
      {"posexplode_outer", kCollection},
      {"inline", kInput},
      {"inline_outer", kInput},
      {"variant_explode", kInput},
      {"variant_explode_outer", kInput}};
  const auto found = kSignatures.find(function);
  return found == kSignatures.end() ? nullptr : &found->second;
}

Status Refused(const char* condition, const std::string& routine, const std::string& why,
               const std::string& parameter, base::Position position) {
  return base::UserError(condition, "Cannot invoke routine " + routine + " because " + why,
                         {{"routineName", routine}, {"parameterName", parameter}}, position);
}

}  // namespace

Result<ExpressionPtr> QueryAnalyzer::ArrangeArguments(const plan::UnresolvedFunction& f) const {
  const std::string name = Lower(f.name.back());
  const std::string routine = base::QuoteIdentifier(name);
  const Parameters* parameters = FindSignature(name);
  if (parameters == nullptr) {
    if (registry().FindScalar(name) == nullptr && registry().FindAggregate(name) == nullptr &&
        registry().FindGenerator(name) == nullptr && registry().FindWindow(name) == nullptr) {
      return UnresolvedRoutine(f.name, f.position);
    }
    return base::UserError("NAMED_PARAMETERS_NOT_SUPPORTED",
                           "Named parameters are not supported for function " + routine +
                               "; please retry the query with positional arguments to the function "
                               "call instead.",
                           {{"functionName", routine}}, f.position);
  }
  ExpressionList values(parameters->size());
  std::string last_named;
  for (size_t i = 0; i < f.children.size(); ++i) {
    const auto* named = plan::As<plan::NamedArgument>(f.children[i]);
    if (named == nullptr) {
      if (!last_named.empty()) {
        return Refused("UNEXPECTED_POSITIONAL_ARGUMENT", routine,
                       "it contains positional argument(s) following the named argument assigned "
                       "to " +
                           last_named +
                           "; please rearrange them so the positional arguments come first and "
                           "then retry the query again.",
                       last_named, f.position);
      }
      if (i >= values.size()) {
        return f.Copy();  // too many: the count is checked with the types
      }
      values[i] = f.children[i];
      continue;
    }
    last_named = base::QuoteIdentifier(named->name);
    const auto found = std::find_if(
        parameters->begin(), parameters->end(),
        [&](const Parameter& parameter) { return SameName(parameter.name, named->name); });
    if (found == parameters->end()) {
      std::string proposal;
      for (const Parameter& parameter : *parameters) {
        proposal += (proposal.empty() ? "" : " ") + base::QuoteIdentifier(parameter.name);
      }
      return Refused(
          "UNRECOGNIZED_PARAMETER_NAME", routine,
          "the routine call included a named argument reference for the argument named " +
              last_named +
              ", but this routine does not include any signature containing an argument "
              "with this name. Did you mean one of the following? [" +
              proposal + "].",
          last_named, f.position);
    }
    ExpressionPtr& value = values[static_cast<size_t>(found - parameters->begin())];
    if (value != nullptr) {
      const bool twice =
          std::count_if(f.children.begin(), f.children.end(), [&](const auto& child) {
            const auto* other = plan::As<plan::NamedArgument>(child);
            return other != nullptr && SameName(other->name, named->name);
          }) > 1;
      return Refused(
          twice ? "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE"
                : "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED",
          routine,
          "it includes multiple argument assignments to the parameter named " + last_named + ".",
          last_named, f.position);
    }
    value = named->children[0];
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != nullptr) {
      continue;
    }
    const Parameter& parameter = (*parameters)[i];
    if (parameter.fallback == nullptr) {
      return Refused("REQUIRED_PARAMETER_NOT_FOUND", routine,
                     "the parameter named " + base::QuoteIdentifier(parameter.name) +
                         " is required, but the routine call did not supply a value. Please update "
                         "the routine call to supply an argument value (either positionally at "
                         "index " +
                         std::to_string(i) + " or by name) and retry the query again.",
                     base::QuoteIdentifier(parameter.name), f.position);
    }
    values[i] = parameter.fallback;
  }
  auto arranged = std::make_shared<plan::UnresolvedFunction>(f);
  arranged->children = std::move(values);
  return arranged;
}

}  // namespace emery::analyzer
