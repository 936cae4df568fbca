#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "functions/context.h"
#include "session/session.h"

namespace emery::cli {

enum class OutputFormat { kTable, kCsv, kTsv, kJson, kMarkdown };

/// Writes a statement's rows to `out` as they come (tables: once their widths are known).
/// `before_output` is called before each write, to take a progress bar away. Nothing is written for
/// statements without columns. Errors: those of the statement; an output that is closed ends the
/// reading (then the status is OK and `*closed` true).
Status WriteResult(session::StatementResult* result, OutputFormat format, int terminal_width,
                   std::FILE* out, const std::function<void()>& before_output, bool* closed);

}  // namespace emery::cli
