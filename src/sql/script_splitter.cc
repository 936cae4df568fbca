#include <cctype>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace emery::sql {

namespace {

bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::vector<ScriptStatement> SplitScript(std::string_view script) {
  std::vector<ScriptStatement> statements;
  size_t begin = 0;  // of the statement's text; comments before its first word are not part of it
  bool has_text = false;  // something but space and comments was seen since `begin`

  const auto finish = [&](size_t end, bool complete) {
    if (has_text) {
      size_t last = end;
      while (last > begin && IsSpace(script[last - 1])) {
        --last;
      }
      statements.push_back({script.substr(begin, last - begin), begin, complete});
    }
    has_text = false;
  };

  size_t i = 0;
  while (i < script.size()) {
    const char c = script[i];
    const char next = i + 1 < script.size() ? script[i + 1] : '\0';
    if (c == '-' && next == '-') {
      i = LineCommentEnd(script, i);
      continue;
    }
    if (c == '/' && next == '*') {
      const size_t end = BracketedCommentEnd(script, i);
      if (end > script.size()) {
        // Never closed: the parser says so.
        if (!has_text) {
          has_text = true;
          begin = i;
        }
        break;
      }
      if (script.substr(i, 3) == "/*+" && !has_text) {
        has_text = true;
        begin = i;
      }
      i = end;
      continue;
    }
    if (c == ';') {
      finish(i, true);
      ++i;
      continue;
    }
    if (IsSpace(c)) {
      ++i;
      continue;
    }
    if (!has_text) {
      has_text = true;
      begin = i;
    }
    if (c == '\'' || c == '"' || c == '`') {
      const bool raw_string =
          c != '`' && i > 0 && (script[i - 1] == 'r' || script[i - 1] == 'R') &&
          (i < 2 || (!isalnum(static_cast<unsigned char>(script[i - 2])) && script[i - 2] != '_'));
      const size_t end = QuotedEnd(script, i, raw_string || c == '`');
      if (end > script.size()) {
        break;
      }
      i = end;
      continue;
    }
    ++i;
  }
  finish(script.size(), false);
  return statements;
}

}  // namespace emery::sql
