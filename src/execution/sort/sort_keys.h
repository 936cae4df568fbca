#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "columnar/vector.h"

namespace emery::execution {

/// A column to sort by.
struct SortColumn {
  columnar::VectorPtr column;
  bool ascending = true;
  bool nulls_first = true;
};

/// Rows' sort keys as byte strings whose order under memcmp is the order of the rows (Kuiper and
/// Mühleisen, ICDE 2023). Per column a byte that puts nulls where they belong, then the value:
/// integers big-endian with the sign flipped; floats likewise, with -0.0 as 0.0 and NaN last;
/// strings with 0 escaped as 0 1 and ended by 0 0; arrays and structs member by member, nulls
/// first; all of it inverted where the order descends. No key is a prefix of another one that
/// differs.
class SortKeys {
 public:
  static SortKeys Encode(const std::vector<SortColumn>& columns, int64_t num_rows);

  int64_t num_rows() const { return num_rows_; }

  const uint8_t* key(int64_t row) const { return bytes_.data() + begin(row); }

  size_t size(int64_t row) const { return begin(row + 1) - begin(row); }

  int Compare(int64_t row, const SortKeys& other, int64_t other_row) const {
    const size_t a = size(row);
    const size_t b = other.size(other_row);
    const int order = std::memcmp(key(row), other.key(other_row), a < b ? a : b);
    return order != 0 ? order : (a < b ? -1 : (a > b ? 1 : 0));
  }

  bool Equal(int64_t a, int64_t b) const {
    return size(a) == size(b) && std::memcmp(key(a), key(b), size(a)) == 0;
  }

  /// The 8 bytes behind `depth` as a number of the same order; zeros behind the key's end.
  uint64_t Prefix(int64_t row, size_t depth = 0) const {
    const size_t n = size(row);
    if (n <= depth) {
      return 0;
    }
    uint64_t word;
    std::memcpy(&word, key(row) + depth, 8);  // the buffer has room behind the last key
    word = __builtin_bswap64(word);
    const size_t left = n - depth;
    return left >= 8 ? word : word & (~uint64_t{0} << (64 - 8 * left));
  }

  int64_t bytes() const { return static_cast<int64_t>(bytes_.size() + offsets_.size() * 8); }

 private:
  size_t begin(int64_t row) const { return offsets_.empty() ? row * width_ : offsets_[row]; }

  int64_t num_rows_ = 0;
  size_t width_ = 0;               // where all keys are equally long
  std::vector<uint64_t> offsets_;  // else
  std::vector<uint8_t> bytes_;
};

}  // namespace emery::execution
