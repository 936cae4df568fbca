#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace emery::columnar {

/// A string or binary value in 16 bytes (Neumann and Freitag, Umbra, CIDR 2020): length, then up to
/// 12 bytes inline, or a 4-byte prefix and a pointer into a buffer that the vector keeps alive.
/// Unused inline bytes are zero, so that two inline views are equal exactly if their 16 bytes are.
class StringView {
 public:
  static constexpr uint32_t kInlineSize = 12;

  StringView() : size_(0), prefix_{0, 0, 0, 0}, value_{} {}

  /// Borrows `data` where it is longer than kInlineSize.
  StringView(const char* data, uint32_t size) : size_(size), prefix_{0, 0, 0, 0}, value_{} {
    if (size <= kInlineSize) {
      std::memcpy(prefix_, data, size);
    } else {
      std::memcpy(prefix_, data, 4);
      value_.data = data;
    }
  }

  explicit StringView(std::string_view s) : StringView(s.data(), static_cast<uint32_t>(s.size())) {}

  uint32_t size() const { return size_; }

  bool is_inline() const { return size_ <= kInlineSize; }

  const char* data() const { return is_inline() ? prefix_ : value_.data; }

  /// Valid as long as this object (inline) or its buffer (else) lives: don't take it from a
  /// temporary.
  std::string_view view() const { return {data(), size_}; }

  operator std::string_view() const { return view(); }  // NOLINT: a view is what this is

  bool operator==(const StringView& other) const {
    uint64_t a;
    uint64_t b;
    std::memcpy(&a, this, 8);
    std::memcpy(&b, &other, 8);
    if (a != b) {
      return false;
    }
    if (is_inline()) {
      return std::memcmp(value_.inlined, other.value_.inlined, 8) == 0;
    }
    return value_.data == other.value_.data ||
           std::memcmp(value_.data, other.value_.data, size_) == 0;
  }

  /// By unsigned bytes, shorter first where one is a prefix of the other.
  int Compare(const StringView& other) const {
    const uint32_t common = size_ < other.size_ ? size_ : other.size_;
    const int order = std::memcmp(data(), other.data(), common);
    if (order != 0) {
      return order;
    }
    return size_ == other.size_ ? 0 : (size_ < other.size_ ? -1 : 1);
  }

  bool operator<(const StringView& other) const { return Compare(other) < 0; }

 private:
  uint32_t size_;
  char prefix_[4];

  union {
    char inlined[8];
    const char* data;
  } value_;
};

static_assert(sizeof(StringView) == 16);

}  // namespace emery::columnar
