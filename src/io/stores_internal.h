#pragma once

#include <memory>

#include "io/object_store.h"

namespace emery::io {

/// Files of this machine; paths are absolute.
std::shared_ptr<ObjectStore> LocalStore();
/// Objects in this process's memory, for tests and small temporary tables; lives as long as the
/// process.
std::shared_ptr<ObjectStore> MemoryStore();

}  // namespace emery::io
