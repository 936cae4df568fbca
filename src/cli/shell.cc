#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cli/interrupt_internal.h"
#include "cli/shell_internal.h"
#include <readline/history.h>
#include <readline/readline.h>

#include "base/version.h"
#include "sql/parser.h"

namespace emery::cli {

namespace {

constexpr int kHistoryMax = 10'000;
constexpr const char* kPrompt = "emery> ";
constexpr const char* kMorePrompt = "     > ";

std::string HistoryFile() {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.emery_history";
}

/// Reads a byte for readline. Ctrl-C gives up the line: readline sees an empty one ended, and the
/// shell asks Interrupts::Take(). (readline's own loop would go on waiting for a key.)
int ReadKey(std::FILE* file) {
  while (true) {
    if (Interrupts::Pending()) {
      rl_replace_line("", 0);
      return '\n';
    }
    unsigned char key = 0;
    const ssize_t size = ::read(::fileno(file), &key, 1);
    if (size == 1) {
      return key;
    }
    if (size == 0 || errno != EINTR) {
      return EOF;
    }
    rl_check_signals();  // the window's size may have changed
  }
}

std::string Trimmed(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && (blank(text.back()) || text.back() == ';')) {
    text.remove_suffix(1);
  }
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// One history entry per statement: lines joined, unless a comment to the end of a line would
/// swallow the rest.
void Remember(const std::string& text) {
  std::string entry = text;
  while (!entry.empty() && std::isspace(static_cast<unsigned char>(entry.back())) != 0) {
    entry.pop_back();
  }
  if (entry.find("--") == std::string::npos) {
    std::replace(entry.begin(), entry.end(), '\n', ' ');
  }
  if (entry.empty()) {
    return;
  }
  const HIST_ENTRY* last =
      history_length > 0 ? history_get(history_base + history_length - 1) : nullptr;
  if (last == nullptr || entry != last->line) {
    add_history(entry.c_str());
  }
}

void PrintHelp() {
  std::puts(
      "Statements end with ';' and may span lines. Ctrl-C stops the running statement or gives up\n"
      "the line, Ctrl-D or exit leaves.\n"
      "  SHOW TABLES;  DESCRIBE t;  EXPLAIN ANALYZE SELECT ...;  SET key = value;\n"
      "  SELECT * FROM parquet.`/path/*.parquet`;   files without a table");
}

}  // namespace

int RunShell(StatementRunner* runner, bool silent) {
  rl_readline_name = "emery";
  rl_catch_signals = 0;
  rl_getc_function = ReadKey;
  rl_bind_key('\t', rl_insert);
  using_history();
  stifle_history(kHistoryMax);
  const std::string history = HistoryFile();
  if (!history.empty()) {
    read_history(history.c_str());
  }
  if (!silent) {
    std::printf("Emery %s. Statements end with ';'; help says more, exit leaves.\n",
                base::kEmeryVersion);
  }
  std::string pending;
  while (true) {
    char* line = readline(pending.empty() ? kPrompt : kMorePrompt);
    if (Interrupts::Take()) {
      std::free(line);
      pending.clear();
      std::puts("^C");
      continue;
    }
    if (line == nullptr) {
      std::puts("");
      break;
    }
    if (pending.empty()) {
      const std::string word = Trimmed(line);
      if (word == "exit" || word == "quit" || word == "\\q") {
        std::free(line);
        break;
      }
      if (word == "help" || word == "\\h" || word == "?") {
        PrintHelp();
        std::free(line);
        continue;
      }
    }
    pending += line;
    pending += '\n';
    std::free(line);
    const std::vector<sql::ScriptStatement> statements = sql::SplitScript(pending);
    if (statements.empty()) {
      pending.clear();
      continue;
    }
    if (!statements.back().complete) {
      continue;  // complete ones before it run together with it
    }
    Remember(pending);
    for (const sql::ScriptStatement& statement : statements) {
      // What went wrong has been printed; the shell goes on, but not with the rest of this line.
      if (!runner->Run(statement.text)) {
        break;
      }
    }
    (void)Interrupts::Take();  // a Ctrl-C that came as the statement ended
    pending.clear();
    if (!history.empty()) {
      write_history(history.c_str());
    }
  }
  return 0;
}

}  // namespace emery::cli
