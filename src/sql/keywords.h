#pragma once

#include <cstdint>
#include <string_view>

namespace emery::sql {

/// Spark's keywords (keywords.inc). A word that is a keyword still is an identifier wherever its
/// class allows it.
enum class Keyword : uint16_t {
  kNone = 0,
#define EMERY_KEYWORD(enumerator, spelling, keyword_class) enumerator,
#define EMERY_KEYWORD_SPELLING(enumerator, spelling, keyword_class)
#include "sql/keywords.inc"
#undef EMERY_KEYWORD
#undef EMERY_KEYWORD_SPELLING
};

/// The keyword that `word` spells, in any case; kNone if it is an ordinary word.
Keyword FindKeyword(std::string_view word);

/// Can't be an identifier where spark.sql.ansi.enforceReservedKeywords is set.
bool IsReserved(Keyword keyword);
/// Can't be a table's alias in the default mode (JOIN, LEFT, UNION …).
bool IsJoinWord(Keyword keyword);

/// Upper-case spelling.
std::string_view Spelling(Keyword keyword);

}  // namespace emery::sql
