#pragma once

#include <string>
#include <vector>

#include "columnar/batch.h"
#include "io/object_store.h"

namespace emery::execution {

/// A batch as bytes, for spill files: only what its rows need (no unused dictionary entries or list
/// elements). Not a format for other processes.
void EncodeBatch(const columnar::Batch& batch, std::string* bytes);
/// The batch of `bytes`, whose columns have `types`; strings point into `bytes`, which the batch
/// keeps.
columnar::Batch DecodeBatch(const std::vector<type::TypePtr>& types, const io::Bytes& bytes);

}  // namespace emery::execution
