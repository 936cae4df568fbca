#pragma once

#include <memory>

#include "session/session.h"

namespace emery::cli {

/// The machine's end of the shell: one JSON document {"sql": …} a line on stdin, one document a
/// line on stdout for each statement, flushed at once. Lines that don't start with '{' belong to
/// ordinary statements ended by ';'. Gives the exit code.
///
///     {"columns":[{"name":"a","type":"int"}],"rows":[["1"]],"metrics":{"seconds":0.1,…}}
///     {"error":{"condition":"DIVIDE_BY_ZERO","sqlState":"22012","message":"…","position":{"line":1,"column":8}}}
int RunProtocol(session::Session* session);

}  // namespace emery::cli
