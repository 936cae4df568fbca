#pragma once

#include <memory>
#include <string>

#include "session/state.h"

namespace emery::session {

/// The rows kept for a name if they are still what its sources hold; null otherwise. Sources are
/// asked for their identity.
std::shared_ptr<const table::Table> FindCached(SessionState* state, const std::string& key);

/// Forgets rows that were read from `table_key` (a name's key): a statement has changed that table.
void OutdateCached(SessionState* state, const std::string& table_key);

}  // namespace emery::session
