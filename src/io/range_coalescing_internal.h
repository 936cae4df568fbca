#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "io/object_store.h"

namespace emery::io {

/// Ranges that are read with one request: `parts` are indexes into the ranges that were asked for.
struct CoalescedRead {
  ByteRange range;
  std::vector<size_t> parts;
};

/// Joins ranges whose gap is at most `gap_max` into reads of at most `read_max` bytes (a single
/// range may be longer).
std::vector<CoalescedRead> CoalesceRanges(const std::vector<ByteRange>& ranges, int64_t gap_max,
                                          int64_t read_max);

/// Reads each coalesced range with `read` on an I/O thread and hands the parts to their futures.
/// `read` gives a buffer of exactly the range, with 64 readable bytes behind it.
std::vector<BytesFuture> ReadCoalesced(const std::vector<ByteRange>& ranges, int64_t gap_max,
                                       int64_t read_max,
                                       std::function<Result<Bytes>(ByteRange)> read);

}  // namespace emery::io
