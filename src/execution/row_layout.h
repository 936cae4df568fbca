#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "columnar/vector.h"

namespace emery::execution {

/// How the values of some columns lie side by side in a row of fixed width, for hash tables:
/// strings first (as 16-byte views), then by falling width, then one bit per nullable column that
/// says "null", padded with zeros to whole words.
///
///     | header of the table | string views | 16, 8, 4, 2, 1 bytes | null bits | 0… |
///                           start()                                                end()
///
/// Null values are zero. So two rows are equal exactly if their words are, but for long strings,
/// whose bytes count. Nested values are strings: their encoding. Immutable.
class RowLayout {
 public:
  struct Options {
    size_t start = 0;  // bytes of the table's header, a multiple of 8
    /// Group and join keys: -0.0 becomes 0.0 and every NaN the same one, so that equal values have
    /// equal bytes.
    bool normalize_floats = false;
  };

  RowLayout() = default;
  RowLayout(std::vector<type::TypePtr> types, const std::vector<bool>& nullable, Options options);

  size_t start() const { return options_.start; }

  size_t end() const { return end_; }

  size_t num_columns() const { return columns_.size(); }

  const std::vector<type::TypePtr>& types() const { return types_; }

  bool has_strings() const { return num_strings_ > 0; }

  /// Writes rows[0..n) of `columns` (null: the first n rows) to base, base + stride, … The bytes
  /// [start, end) of each row are set; strings are borrowed from the vectors, but for nested
  /// values, whose encoding is put into `heap`.
  void Write(const std::vector<columnar::VectorPtr>& columns, const int32_t* rows, int64_t n,
             uint8_t* base, size_t stride, columnar::StringHeap* heap) const;
  /// Copies the long strings of a row that was just written into `heap`.
  void OwnStrings(uint8_t* row, columnar::StringHeap* heap) const;
  /// The column of `count` rows. Long strings are borrowed: `keep_alive` keeps their bytes (may be
  /// null where none are).
  columnar::VectorPtr Read(size_t column, const uint8_t* const* rows, int64_t count,
                           const columnar::BufferPtr& keep_alive) const;
  /// As Read; a null pointer gives a null row.
  columnar::VectorPtr ReadOrNull(size_t column, const uint8_t* const* rows, int64_t count,
                                 const columnar::BufferPtr& keep_alive) const;

  bool IsNull(size_t column, const uint8_t* row) const {
    const Column& c = columns_[column];
    return c.null_mask != 0 && (row[c.null_byte] & c.null_mask) != 0;
  }

  bool Equal(const uint8_t* a, const uint8_t* b) const {
    for (size_t i = words_start_; i < end_; i += 8) {
      if (Word(a + i) != Word(b + i)) {
        return false;
      }
    }
    for (size_t i = options_.start; i < words_start_; i += 16) {
      if (!EqualStrings(a + i, b + i)) {
        return false;
      }
    }
    return true;
  }

  uint64_t Hash(const uint8_t* row) const;

 private:
  struct Column {
    type::PhysicalType physical;  // kString for nested values
    bool encoded = false;
    size_t offset = 0;
    size_t null_byte = 0;
    uint8_t null_mask = 0;  // 0: never null
  };

  static uint64_t Word(const uint8_t* p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    return word;
  }

  static bool EqualStrings(const uint8_t* a, const uint8_t* b) {
    columnar::StringView x;
    columnar::StringView y;
    std::memcpy(static_cast<void*>(&x), a, 16);
    std::memcpy(static_cast<void*>(&y), b, 16);
    return x == y;
  }

  template <bool kOrNull>
  columnar::VectorPtr ReadColumn(size_t column, const uint8_t* const* rows, int64_t count,
                                 const columnar::BufferPtr& keep_alive) const;

  Options options_;
  std::vector<type::TypePtr> types_;
  std::vector<Column> columns_;
  size_t num_strings_ = 0;
  size_t words_start_ = 0;
  size_t end_ = 0;
};

/// Memory for rows, in blocks that stay where they are, with the strings that belong to them.
class RowBlocks {
 public:
  explicit RowBlocks(size_t row_width) : row_width_(row_width) {}

  struct Block {
    columnar::BufferPtr data;
    int64_t count = 0;
    int64_t capacity = 0;
  };

  uint8_t* Append() {
    if (blocks_.empty() || blocks_.back().count == blocks_.back().capacity) {
      AddBlock(1);
    }
    Block& block = blocks_.back();
    ++num_rows_;
    return block.data->mutable_data() + row_width_ * block.count++;
  }

  /// `n` rows side by side.
  uint8_t* AppendMany(int64_t n) {
    if (blocks_.empty() || blocks_.back().count + n > blocks_.back().capacity) {
      AddBlock(n);
    }
    Block& block = blocks_.back();
    uint8_t* first = block.data->mutable_data() + row_width_ * block.count;
    block.count += n;
    num_rows_ += n;
    return first;
  }

  size_t row_width() const { return row_width_; }

  int64_t num_rows() const { return num_rows_; }

  int64_t bytes() const { return bytes_ + static_cast<int64_t>(heap_.allocated_bytes()); }

  const std::vector<Block>& blocks() const { return blocks_; }

  columnar::StringHeap& heap() { return heap_; }

 private:
  void AddBlock(int64_t rows);

  size_t row_width_;
  std::vector<Block> blocks_;
  columnar::StringHeap heap_;
  int64_t num_rows_ = 0;
  int64_t bytes_ = 0;
};

/// A buffer that does nothing but keep `owner` alive, for vectors whose strings point into it.
columnar::BufferPtr KeepAlive(std::shared_ptr<const void> owner);

}  // namespace emery::execution
