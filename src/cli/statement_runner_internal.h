#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cli/progress_bar_internal.h"
#include "cli/result_writer_internal.h"

#include "session/session.h"

namespace emery::cli {

/// Runs statements one after another: results to stdout, errors and times to stderr.
class StatementRunner {
 public:
  StatementRunner(std::shared_ptr<session::Session> session, OutputFormat format, bool time,
                  bool silent);
  ~StatementRunner();

  /// False where it failed.
  bool Run(std::string_view statement);
  /// Runs a script up to its first failing statement; false if there was one. The last statement
  /// needs no ';'.
  bool RunScript(std::string_view script);

  /// Nobody reads stdout any more.
  bool output_closed() const { return closed_; }

 private:
  std::shared_ptr<session::Session> session_;
  OutputFormat format_;
  bool time_;
  std::shared_ptr<ProgressBar> progress_;
  bool closed_ = false;
};

}  // namespace emery::cli
