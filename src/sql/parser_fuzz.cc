// Sources: base type columnar plan sql
//
// Strategy: the first byte chooses what the rest is. Even: raw bytes. Odd: a soup of words that the
// language knows, one per byte, so that statements of every kind come together. libFuzzer mutates
// both. Invariants: no crash, no hang (libFuzzer's timeout), every error carries a condition, every
// position lies inside the text, splitting a script loses no text that parses.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace {

constexpr std::string_view kSoup[] = {
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "UNION ALL",
    "INTERSECT",
    "EXCEPT",
    "JOIN",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "NATURAL",
    "SEMI",
    "ANTI",
    "ON",
    "USING",
    "LATERAL",
    "VIEW",
    "OUTER",
    "explode",
    "AS",
    "a",
    "b",
    "t",
    "t.a",
    "*",
    "(",
    ")",
    "(",
    ")",
    ",",
    ".",
    "1",
    "2.5",
    "1e3",
    "'x'",
    "\"y\"",
    "`z`",
    "NULL",
    "TRUE",
    "DATE '2020-01-01'",
    "INTERVAL",
    "DAY",
    "TO",
    "SECOND",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "INT",
    "ARRAY<",
    "MAP<",
    "STRUCT<",
    ">",
    ">>",
    ":",
    "::",
    "->",
    "=>",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "BETWEEN",
    "IS",
    "DISTINCT",
    "EXISTS",
    "+",
    "-",
    "/",
    "%",
    "=",
    "<=>",
    "!=",
    "<",
    "||",
    "|>",
    "EXTEND",
    "AGGREGATE",
    "SET",
    "DROP",
    "WITH",
    "RECURSIVE",
    "VALUES",
    "TABLE",
    "OVER",
    "PARTITION BY",
    "ROWS",
    "RANGE",
    "UNBOUNDED",
    "PRECEDING",
    "CURRENT ROW",
    "FILTER",
    "WITHIN",
    "ROLLUP",
    "CUBE",
    "GROUPING SETS",
    "PIVOT",
    "UNPIVOT",
    "FOR",
    "TABLESAMPLE",
    "PERCENT",
    "CREATE",
    "REPLACE",
    "IF NOT EXISTS",
    "OPTIONS",
    "TBLPROPERTIES",
    "PARTITIONED BY",
    "LOCATION",
    "COMMENT",
    "ALTER",
    "ADD",
    "COLUMN",
    "RENAME",
    "INSERT",
    "INTO",
    "OVERWRITE",
    "MERGE",
    "MATCHED",
    "UPDATE",
    "DELETE",
    "SHOW",
    "DESCRIBE",
    "EXPLAIN",
    "CALL",
    "IDENTIFIER",
    "?",
    "EXTRACT",
    "TRIM",
    "BOTH",
    "SUBSTRING",
    "POSITION",
    "QUALIFY",
    "WINDOW",
    "/*+ X(a) */",
    "/* c */",
    "-- d\n",
    ";",
};
constexpr size_t kSoupSize = sizeof(kSoup) / sizeof(kSoup[0]);

void Require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void CheckError(const arrow::Status& status, std::string_view text) {
  const emery::base::ErrorDetail* detail = emery::base::GetErrorDetail(status);
  Require(detail != nullptr && !detail->condition().empty());
  const emery::base::Position& position = detail->position();
  if (position.known()) {
    Require(position.begin <= position.end);
    Require(static_cast<size_t>(position.end) <= text.size());
    Require(position.line >= 1 && position.column >= 0);
  }
}

void Check(std::string_view text) {
  emery::sql::ParserOptions options;
  options.enforce_reserved_keywords = text.size() % 3 == 0;
  options.double_quoted_identifiers = text.size() % 5 == 0;
  const auto plan = emery::sql::ParseStatement(text, options);
  if (plan.ok()) {
    Require(*plan != nullptr);
  } else {
    CheckError(plan.status(), text);
  }
  const auto expression = emery::sql::ParseExpression(text, options);
  if (!expression.ok()) {
    CheckError(expression.status(), text);
  }
  const auto type = emery::sql::ParseDataType(text);
  if (!type.ok()) {
    CheckError(type.status(), text);
  }
  size_t last = 0;
  for (const auto& statement : emery::sql::SplitScript(text)) {
    Require(statement.offset >= last);
    Require(statement.offset + statement.text.size() <= text.size());
    last = statement.offset + statement.text.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    Check(rest);
    return 0;
  }
  std::string text;
  for (const char c : rest) {
    text += kSoup[static_cast<uint8_t>(c) % kSoupSize];
    text += ' ';
  }
  Check(text);
  return 0;
}
