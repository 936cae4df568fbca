#include "execution/sort/sort_rows.h"

#include <algorithm>
#include <array>
#include <memory>

namespace emery::execution {

namespace {

constexpr size_t kPrefixBytes = 8;

struct Entry {
  uint64_t prefix;  // of the key behind the bytes that are known to be equal
  int32_t row;
};

// Orders entries whose keys are equal before byte `depth` by key, then by row number, so that no
// two entries are equal.
class Less {
 public:
  Less(const SortKeys& keys, size_t depth) : keys_(keys), from_(depth + kPrefixBytes) {}

  bool operator()(const Entry& a, const Entry& b) const {
    if (a.prefix != b.prefix) {
      return a.prefix < b.prefix;
    }
    const size_t size_a = keys_.size(a.row);
    const size_t size_b = keys_.size(b.row);
    if (size_a > from_ && size_b > from_) {
      const int order = std::memcmp(keys_.key(a.row) + from_, keys_.key(b.row) + from_,
                                    std::min(size_a, size_b) - from_);
      if (order != 0) {
        return order < 0;
      }
    }
    if (size_a != size_b) {
      return size_a < size_b;
    }
    return a.row < b.row;
  }

 private:
  const SortKeys& keys_;
  const size_t from_;
};

std::vector<Entry> Entries(const SortKeys& keys) {
  std::vector<Entry> entries(keys.num_rows());
  for (int64_t i = 0; i < keys.num_rows(); ++i) {
    entries[i] = {keys.Prefix(i, 0), static_cast<int32_t>(i)};
  }
  return entries;
}

// Fewer rows than this are sorted by comparing.
constexpr int64_t kRadixMin = 1024;
// Behind so many equal bytes too.
constexpr size_t kRadixDepthMax = 64;

Status Check(const Runtime* runtime) {
  return runtime == nullptr ? Status::OK() : runtime->Check();
}

// By the prefix, least significant byte first, without the bytes that all have in common. Stable.
Status RadixSort(Entry* entries, int64_t n, const Runtime* runtime) {
  std::array<std::array<int64_t, 256>, kPrefixBytes> counts{};
  for (int64_t i = 0; i < n; ++i) {
    for (size_t b = 0; b < kPrefixBytes; ++b) {
      ++counts[b][(entries[i].prefix >> (8 * b)) & 255];
    }
  }
  const std::unique_ptr<Entry[]> scratch(new Entry[n]);
  Entry* from = entries;
  Entry* to = scratch.get();
  for (size_t b = 0; b < kPrefixBytes; ++b) {
    if (counts[b][(entries[0].prefix >> (8 * b)) & 255] == n) {
      continue;
    }
    ARROW_RETURN_NOT_OK(Check(runtime));
    int64_t next = 0;
    for (int64_t& count : counts[b]) {
      const int64_t here = count;
      count = next;
      next += here;
    }
    for (int64_t i = 0; i < n; ++i) {
      to[counts[b][(from[i].prefix >> (8 * b)) & 255]++] = from[i];
    }
    std::swap(from, to);
  }
  if (from != entries) {
    std::copy(from, from + n, entries);
  }
  return Status::OK();
}

// Sorts entries that come in the order of rows and whose keys are equal before byte `depth`: by
// prefix, then behind equal prefixes likewise.
Status SortEntries(Entry* entries, int64_t n, const SortKeys& keys, size_t depth,
                   const Runtime* runtime) {
  const Less less(keys, depth);
  if (n < kRadixMin || depth >= kRadixDepthMax) {
    std::sort(entries, entries + n, less);
    return Check(runtime);
  }
  ARROW_RETURN_NOT_OK(RadixSort(entries, n, runtime));
  const size_t deeper = depth + kPrefixBytes;
  for (int64_t begin = 0; begin < n;) {
    const uint64_t prefix = entries[begin].prefix;
    int64_t end = begin + 1;
    while (end < n && entries[end].prefix == prefix) {
      ++end;
    }
    // Since no key is a prefix of another one, keys that end here are equal.
    if (end - begin > 1 && keys.size(entries[begin].row) > deeper) {
      if (end - begin < kRadixMin) {
        std::sort(entries + begin, entries + end, less);
      } else {
        for (int64_t i = begin; i < end; ++i) {
          entries[i].prefix = keys.Prefix(entries[i].row, deeper);
        }
        ARROW_RETURN_NOT_OK(SortEntries(entries + begin, end - begin, keys, deeper, runtime));
        for (int64_t i = begin; i < end; ++i) {
          entries[i].prefix = prefix;
        }
      }
    }
    begin = end;
  }
  return Status::OK();
}

std::vector<int32_t> RowsOf(const std::vector<Entry>& entries) {
  std::vector<int32_t> rows(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    rows[i] = entries[i].row;
  }
  return rows;
}

}  // namespace

std::vector<int32_t> SortedRows(const SortKeys& keys) {
  std::vector<Entry> entries = Entries(keys);
  (void)SortEntries(entries.data(), keys.num_rows(), keys, 0, nullptr);  // can only be stopped
  return RowsOf(entries);
}

Result<std::vector<int32_t>> SortedRows(const SortKeys& keys, const Runtime& runtime) {
  std::vector<Entry> entries = Entries(keys);
  ARROW_RETURN_NOT_OK(SortEntries(entries.data(), keys.num_rows(), keys, 0, &runtime));
  return RowsOf(entries);
}

Result<std::vector<int32_t>> SortedRows(const std::vector<SortColumn>& columns, int64_t num_rows,
                                        Runtime& runtime) {
  constexpr int64_t kRowsOneThread = 32768;
  const SortKeys keys = SortKeys::Encode(columns, num_rows);
  if (runtime.num_threads() == 1 || num_rows < kRowsOneThread) {
    return SortedRows(keys, runtime);
  }
  std::vector<Entry> entries = Entries(keys);
  const Less less(keys, 0);
  // Runs, whose number is a power of two; then rounds that merge pairs.
  int64_t runs = 1;
  while (runs < runtime.num_threads()) {
    runs *= 2;
  }
  const auto bound = [&](int64_t i) { return entries.begin() + num_rows * i / runs; };
  ARROW_RETURN_NOT_OK(runtime.ParallelFor(runs, [&](int64_t i) {
    return SortEntries(&*bound(i), bound(i + 1) - bound(i), keys, 0, &runtime);
  }));
  for (int64_t width = 1; width < runs; width *= 2) {
    ARROW_RETURN_NOT_OK(runtime.ParallelFor(runs / (2 * width), [&](int64_t i) {
      const int64_t first = i * 2 * width;
      std::inplace_merge(bound(first), bound(first + width), bound(first + 2 * width), less);
      return Status::OK();
    }));
  }
  return RowsOf(entries);
}

}  // namespace emery::execution
