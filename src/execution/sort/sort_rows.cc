#include "execution/sort/sort_rows.h"

#include <algorithm>

namespace emery::execution {

namespace {

struct Entry {
  uint64_t prefix;
  int32_t row;
};

// Orders by key, then by row number, so that no two entries are equal.
class Less {
 public:
  explicit Less(const SortKeys& keys) : keys_(keys) {}

  bool operator()(const Entry& a, const Entry& b) const {
    if (a.prefix != b.prefix) {
      return a.prefix < b.prefix;
    }
    const size_t size_a = keys_.size(a.row);
    const size_t size_b = keys_.size(b.row);
    if (size_a > 8 && size_b > 8) {
      const int order =
          std::memcmp(keys_.key(a.row) + 8, keys_.key(b.row) + 8, std::min(size_a, size_b) - 8);
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
};

std::vector<Entry> Entries(const SortKeys& keys) {
  std::vector<Entry> entries(keys.num_rows());
  for (int64_t i = 0; i < keys.num_rows(); ++i) {
    entries[i] = {keys.Prefix(i), static_cast<int32_t>(i)};
  }
  return entries;
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
  std::sort(entries.begin(), entries.end(), Less(keys));
  return RowsOf(entries);
}

Result<std::vector<int32_t>> SortedRows(const std::vector<SortColumn>& columns, int64_t num_rows,
                                        Runtime& runtime) {
  constexpr int64_t kRowsOneThread = 32768;
  const SortKeys keys = SortKeys::Encode(columns, num_rows);
  if (runtime.num_threads() == 1 || num_rows < kRowsOneThread) {
    return SortedRows(keys);
  }
  std::vector<Entry> entries = Entries(keys);
  const Less less(keys);
  // Runs, whose number is a power of two; then rounds that merge pairs.
  int64_t runs = 1;
  while (runs < runtime.num_threads()) {
    runs *= 2;
  }
  const auto bound = [&](int64_t i) { return entries.begin() + num_rows * i / runs; };
  ARROW_RETURN_NOT_OK(runtime.ParallelFor(runs, [&](int64_t i) {
    std::sort(bound(i), bound(i + 1), less);
    return Status::OK();
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
