#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "arrow/buffer.h"

#include "io/range_coalescing_internal.h"

namespace emery::io {

std::vector<CoalescedRead> CoalesceRanges(const std::vector<ByteRange>& ranges, int64_t gap_max,
                                          int64_t read_max) {
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ranges[a].offset < ranges[b].offset; });
  std::vector<CoalescedRead> reads;
  for (size_t i : order) {
    const ByteRange& range = ranges[i];
    if (!reads.empty()) {
      ByteRange& last = reads.back().range;
      const int64_t end = std::max(last.offset + last.length, range.offset + range.length);
      if (range.offset <= last.offset + last.length + gap_max && end - last.offset <= read_max) {
        last.length = end - last.offset;
        reads.back().parts.push_back(i);
        continue;
      }
    }
    reads.push_back({range, {i}});
  }
  return reads;
}

std::vector<BytesFuture> ReadCoalesced(const std::vector<ByteRange>& ranges, int64_t gap_max,
                                       int64_t read_max,
                                       std::function<Result<Bytes>(ByteRange)> read) {
  auto promises = std::make_shared<std::vector<std::promise<Result<Bytes>>>>(ranges.size());
  std::vector<BytesFuture> futures;
  futures.reserve(ranges.size());
  for (auto& promise : *promises) {
    futures.push_back(promise.get_future().share());
  }
  for (CoalescedRead& job : CoalesceRanges(ranges, gap_max, read_max)) {
    RunOnIoThread([ranges, promises, read, job = std::move(job)] {
      Result<Bytes> bytes = read(job.range);
      for (size_t i : job.parts) {
        if (!bytes.ok()) {
          // One part may be at fault; the others still are to be had.
          (*promises)[i].set_value(job.parts.size() > 1 ? read(ranges[i]) : bytes);
          continue;
        }
        (*promises)[i].set_value(
            arrow::SliceBuffer(*bytes, ranges[i].offset - job.range.offset, ranges[i].length));
      }
    });
  }
  return futures;
}

}  // namespace emery::io
