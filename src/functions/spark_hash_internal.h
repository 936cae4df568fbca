#pragma once

#include <cstdint>
#include <vector>

#include "columnar/vector.h"

namespace emery::functions {

/// Spark's hash() over columns: Murmur3 (Austin Appleby) of 32 bits chained from column to column;
/// nulls leave the hash as it is. `hashes` holds the seed (42) for each row on entry.
void Murmur3Rows(const columnar::Vector& column, int64_t num_rows, int32_t* hashes);

/// Spark's xxhash64() over columns (Yann Collet's XXH64, chained by seed).
void XxHash64Rows(const columnar::Vector& column, int64_t num_rows, int64_t* hashes);

}  // namespace emery::functions
