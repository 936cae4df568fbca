// Statements: which one it is, and those about the session (SET, USE, EXPLAIN, CALL, variables,
// cache …).
#include "sql/parser_internal.h"

namespace emery::sql {

Result<PlanPtr> Parser::ParseStatement() {
  return ParseQuery();
}

}  // namespace emery::sql
