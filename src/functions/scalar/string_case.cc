// upper, lower, initcap.

#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

void Upper(std::string_view s, StringWriter& out) {
  if (!IsAscii(s)) {
    AppendUpper(s, &out.buffer());
    return;
  }
  std::string& buffer = out.buffer();
  buffer.resize(s.size());
  for (size_t i = 0; i < s.size(); ++i) {
    buffer[i] = static_cast<char>(s[i] - ((s[i] >= 'a' && s[i] <= 'z') ? 32 : 0));
  }
}

void Lower(std::string_view s, StringWriter& out) {
  if (!IsAscii(s)) {
    AppendLower(s, &out.buffer());
    return;
  }
  std::string& buffer = out.buffer();
  buffer.resize(s.size());
  for (size_t i = 0; i < s.size(); ++i) {
    buffer[i] = static_cast<char>(s[i] + ((s[i] >= 'A' && s[i] <= 'Z') ? 32 : 0));
  }
}

// Words end at blanks only.
void InitCap(std::string_view s, StringWriter& out) {
  std::string lower;
  AppendLower(s, &lower);
  bool at_start = true;
  for (size_t at = 0; at < lower.size();) {
    const uint32_t c = DecodeUtf8(lower, &at);
    AppendUtf8(at_start ? ToTitleCodePoint(c) : c, &out.buffer());
    at_start = c == ' ';
  }
}

const Registration kUpper(ScalarFunction{
    .name = "upper",
    .aliases = {"ucase"},
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&Upper)),
    .description = "The string in upper case.",
    .examples = {{"SELECT upper('SparkSql')", "SPARKSQL"}},
    .since = "1.0.1"});
const Registration kLower(ScalarFunction{
    .name = "lower",
    .aliases = {"lcase"},
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&Lower)),
    .description = "The string in lower case.",
    .examples = {{"SELECT lower('SparkSql')", "sparksql"}},
    .since = "1.0.1"});
const Registration kInitCap(ScalarFunction{
    .name = "initcap",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::String()}, type::String(), MakeKernel(&InitCap)),
    .description = "Each word with its first letter in upper case, the rest in lower case.",
    .examples = {{"SELECT initcap('sPark sql')", "Spark Sql"}},
    .since = "1.5.0"});

}  // namespace
}  // namespace emery::functions
