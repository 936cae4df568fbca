#include <stdio.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "cli/error_text_internal.h"
#include "cli/interrupt_internal.h"
#include "cli/statement_runner_internal.h"

#include "sql/parser.h"

namespace emery::cli {

StatementRunner::StatementRunner(std::shared_ptr<session::Session> session, OutputFormat format,
                                 bool time, bool silent)
    : session_(std::move(session)), format_(format), time_(time) {
  if (!silent && ::isatty(STDERR_FILENO) != 0) {
    progress_ = std::make_shared<ProgressBar>();
    session_->AddListener(progress_);
  }
}

StatementRunner::~StatementRunner() {
  if (progress_ != nullptr) {
    session_->RemoveListener(progress_);
  }
}

bool StatementRunner::Run(std::string_view statement) {
  const auto start = std::chrono::steady_clock::now();
  session::StatementOptions options;
  options.cancellation = std::make_shared<base::CancellationToken>();
  const Interrupts::Scope interruptible(options.cancellation);
  const auto hide = [this] {
    if (progress_ != nullptr) {
      progress_->Hide();
    }
  };
  const auto run = [&]() -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<session::StatementResult> result,
                          session_->Execute(statement, options));
    ARROW_RETURN_NOT_OK(
        WriteResult(result.get(), format_, TerminalWidth(STDOUT_FILENO), stdout, hide, &closed_));
    return result->summary().rows;
  };
  const Result<int64_t> rows = run();
  hide();
  if (!rows.ok()) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", ErrorText(rows.status(), statement).c_str());
  }
  if (time_) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (rows.ok()) {
      std::fprintf(stderr, "Time: %.3f s, %s row%s\n", seconds, Grouped(*rows).c_str(),
                   *rows == 1 ? "" : "s");
    } else {
      std::fprintf(stderr, "Time: %.3f s\n", seconds);
    }
  }
  return rows.ok();
}

bool StatementRunner::RunScript(std::string_view script) {
  for (const sql::ScriptStatement& statement : sql::SplitScript(script)) {
    if (!Run(statement.text)) {
      return false;
    }
    if (closed_) {
      break;
    }
  }
  return true;
}

}  // namespace emery::cli
