#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/error_text_internal.h"
#include "cli/interrupt_internal.h"
#include "cli/protocol_internal.h"
#include "cli/shell_internal.h"
#include "cli/sql_command_internal.h"
#include "cli/statement_runner_internal.h"

namespace emery::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

OutputFormat FormatOf(const std::string& name) {
  return name == "csv"        ? OutputFormat::kCsv
         : name == "tsv"      ? OutputFormat::kTsv
         : name == "json"     ? OutputFormat::kJson
         : name == "markdown" ? OutputFormat::kMarkdown
                              : OutputFormat::kTable;
}

/// All of a file; false where it can't be read.
bool ReadAll(std::FILE* file, std::string* text) {
  char block[65536];
  size_t size = 0;
  while ((size = std::fread(block, 1, sizeof(block), file)) > 0) {
    text->append(block, size);
  }
  return std::ferror(file) == 0;
}

int Usage(const std::string& message) {
  std::fprintf(stderr, "emery sql: %s\nRun with --help for more information.\n", message.c_str());
  return kWrongUsage;
}

int Failed(const Status& status) {
  std::fprintf(stderr, "%s\n", ErrorText(status, "").c_str());
  return kFailed;
}

int RunScripts(const SqlOptions& options, const std::vector<std::string>& scripts,
               StatementRunner* runner) {
  for (const std::string& script : options.statements) {
    if (!runner->RunScript(script)) {
      return kFailed;
    }
  }
  for (const std::string& script : scripts) {
    if (!runner->RunScript(script)) {
      return kFailed;
    }
  }
  return 0;
}

}  // namespace

int RunSql(const SqlOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  session::SessionOptions session_options;
  for (const std::string& setting : options.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Usage("--conf wants KEY=VALUE: \"" + setting + "\"");
    }
    const Status set =
        session_options.config.Set(setting.substr(0, equals), setting.substr(equals + 1));
    if (!set.ok()) {
      return Usage("--conf " + setting + ": " + set.message());
    }
  }
  std::vector<std::string> scripts;
  for (const std::string& path : options.files) {
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    std::string script;
    const bool read = file != nullptr && ReadAll(file, &script);
    if (file != nullptr && file != stdin) {
      std::fclose(file);
    }
    if (!read) {
      return Usage("cannot read the file of -f: \"" + path + "\"");
    }
    scripts.push_back(std::move(script));
  }
  Result<std::shared_ptr<session::Session>> session =
      session::Session::Make(std::move(session_options));
  if (!session.ok()) {
    return Failed(session.status());
  }
  if (!options.database.empty()) {
    const Status used =
        (*session)->Execute("USE " + base::QuoteIdentifier(options.database)).status();
    if (!used.ok()) {
      return Failed(used);
    }
  }
  if (options.protocol) {
    Interrupts::Install(true);
    return RunProtocol(session->get());
  }
  StatementRunner runner(*session, FormatOf(options.format_name), options.time, options.silent);
  if (!options.statements.empty() || !options.files.empty()) {
    Interrupts::Install(true);
    return RunScripts(options, scripts, &runner);
  }
  if (::isatty(STDIN_FILENO) == 0) {
    Interrupts::Install(true);
    std::string script;
    if (!ReadAll(stdin, &script)) {
      return Usage("cannot read from stdin");
    }
    return runner.RunScript(script) ? 0 : kFailed;
  }
  Interrupts::Install(false);
  return RunShell(&runner, options.silent);
}

}  // namespace emery::cli
