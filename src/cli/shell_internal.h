#pragma once

#include "cli/statement_runner_internal.h"

namespace emery::cli {

/// The interactive shell: reads lines with editing and history (~/.emery_history), runs statements
/// ended by ';' until exit or Ctrl-D. Gives the exit code.
int RunShell(StatementRunner* runner, bool silent);

}  // namespace emery::cli
