#pragma once

#include <string>

namespace emery::io {

/// From now on paths "<scheme>://a/b" mean the local "<folder>/a/b": a stand-in for stores that are
/// not there. For the whole process; set again, the last one counts. Thread-safe.
void MapSchemeToFolder(const std::string& scheme, const std::string& folder);

}  // namespace emery::io
