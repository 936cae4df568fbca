#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/command.h"
#include "plan/expression.h"
#include "plan/logical_plan.h"

namespace emery::sql {

/// Settings that change what a text means. Thread-safe: nothing is kept between calls.
struct ParserOptions {
  bool ansi = true;  // spark.sql.ansi.enabled: how `!`-style and interval literals coerce
  bool enforce_reserved_keywords = false;  // spark.sql.ansi.enforceReservedKeywords
  bool double_quoted_identifiers = false;  // spark.sql.ansi.doubleQuotedIdentifiers
  bool escaped_string_literals = false;    // spark.sql.parser.escapedStringLiterals
  bool timestamp_ntz = false;              // spark.sql.timestampType = TIMESTAMP_NTZ
  bool exponent_literal_as_decimal = false;
  std::string time_zone = "UTC";  // session zone, for typed literals
};

/// One statement to an unresolved plan (queries) or a plan::Command. A trailing ';' is allowed.
/// Errors: PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT and the other parse conditions of Spark, with
/// position.
Result<plan::PlanPtr> ParseStatement(std::string_view text, const ParserOptions& options);

/// One expression, e.g. for `expr("a + 1")` and column defaults.
Result<plan::ExpressionPtr> ParseExpression(std::string_view text, const ParserOptions& options);

/// A data type: "array<decimal(7,2)>", "struct<a: int, b: string>".
Result<type::TypePtr> ParseDataType(std::string_view text);
/// Columns: "a INT NOT NULL COMMENT 'x', b STRING", or a struct type.
Result<type::Schema> ParseSchema(std::string_view text);
/// a.b.`c d` to its parts.
Result<std::vector<std::string>> ParseName(std::string_view text);

/// Splits a script at ';' outside quotes and comments; statements without text are left out. The
/// last one may lack its ';' — `complete` is false then.
struct ScriptStatement {
  std::string_view text;
  size_t offset;  // of `text` in the script
  bool complete;
};

std::vector<ScriptStatement> SplitScript(std::string_view script);

}  // namespace emery::sql
