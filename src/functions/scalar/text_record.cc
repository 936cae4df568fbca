#include <algorithm>

#include "functions/binding.h"
#include "functions/scalar/schema_text.h"
#include "functions/scalar/text_record_internal.h"
#include "functions/vectorize.h"

namespace emery::functions {

Result<LiteralOptions> OptionsArgument(const BindInput& input, size_t index) {
  LiteralOptions options;
  if (index >= input.types.size()) {
    return options;
  }
  const type::Value* value = LiteralValue(input, index);
  if (value == nullptr || !input.literals[index]->type->is(type::TypeId::kMap)) {
    return base::UserError("INVALID_OPTIONS.NON_MAP_FUNCTION",
                           "Invalid options: Must use the `map()` function for options.");
  }
  const std::vector<type::Value>& items = value->list();
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].is_null() || items[i + 1].is_null()) {
      continue;
    }
    std::string name = items[i].string();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    options.emplace_back(std::move(name), items[i + 1].string());
  }
  return options;
}

Result<type::TypePtr> SchemaArgument(const BindInput& input, size_t index) {
  const auto text = LiteralString(input, index);
  if (!text.has_value()) {
    return base::UserError("INVALID_SCHEMA.NON_STRING_LITERAL",
                           "The input schema is not a valid schema string. The input expression "
                           "must be string literal and not null.",
                           {{"inputSchema", ""}});
  }
  return TypeFromSchemaText(*text);
}

Status MalformedRecord(std::string_view text) {
  return base::UserError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                         "Malformed records are detected in record parsing: " + std::string(text) +
                             ". Parse Mode: FAILFAST.",
                         {{"badRecord", std::string(text)}, {"failFastMode", "FAILFAST"}});
}

}  // namespace emery::functions
