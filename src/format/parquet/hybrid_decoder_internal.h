#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/parquet/bit_unpacking_internal.h"

namespace emery::format::parquet {

/// The hybrid of runs and bit-packed groups that levels, dictionary codes and booleans use. Reads
/// up to 16 bytes behind `size`. All calls give false where the input ends too early.
class HybridDecoder {
 public:
  HybridDecoder() = default;

  HybridDecoder(const uint8_t* data, int64_t size, int width)
      : p_(data), end_(data + size), width_(width) {}

  bool Read(uint32_t* out, int64_t count) {
    while (count > 0) {
      if (left_ == 0 && !NextRun()) {
        return false;
      }
      const int64_t n = std::min(left_, count);
      if (repeated_) {
        std::fill_n(out, n, value_);
      } else {
        ReadPacked(out, n);
      }
      left_ -= n;
      out += n;
      count -= n;
    }
    return true;
  }

  bool Skip(int64_t count) {
    while (count > 0) {
      if (left_ == 0 && !NextRun()) {
        return false;
      }
      const int64_t n = std::min(left_, count);
      offset_ += n;
      left_ -= n;
      count -= n;
    }
    return true;
  }

  /// Width 1 only: values straight into a bit mask.
  bool ReadBits(uint64_t* out, int64_t out_bit, int64_t count) {
    while (count > 0) {
      if (left_ == 0 && !NextRun()) {
        return false;
      }
      const int64_t n = std::min(left_, count);
      if (repeated_) {
        FillBits(out, out_bit, n, value_ != 0);
      } else {
        CopyBits(packed_, offset_, out, out_bit, n);
        offset_ += n;
      }
      left_ -= n;
      out_bit += n;
      count -= n;
    }
    return true;
  }

  /// The run that comes next: its value where it is repeated at least `count` times.
  bool NextIsRun(int64_t count, uint32_t* value) {
    if (left_ == 0 && !NextRun()) {
      return false;
    }
    *value = value_;
    return repeated_ && left_ >= count;
  }

 private:
  bool NextRun() {
    uint64_t head = 0;
    int shift = 0;
    while (true) {
      if (p_ == end_ || shift > 35) {
        return false;
      }
      const uint8_t byte = *p_++;
      head |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) {
        break;
      }
      shift += 7;
    }
    if ((head & 1) != 0) {
      const int64_t values = static_cast<int64_t>(head >> 1) * 8;
      const int64_t bytes = static_cast<int64_t>(head >> 1) * width_;
      packed_ = p_;
      offset_ = 0;
      repeated_ = false;
      if (bytes > end_ - p_) {
        // Some writers cut the last group's padding.
        left_ = width_ == 0 ? values : (end_ - p_) * 8 / width_;
        p_ = end_;
      } else {
        left_ = values;
        p_ += bytes;
      }
      return left_ > 0;
    }
    const int bytes = (width_ + 7) / 8;
    if (end_ - p_ < bytes) {
      return false;
    }
    value_ = 0;
    std::memcpy(&value_, p_, static_cast<size_t>(bytes));
    p_ += bytes;
    left_ = static_cast<int64_t>(head >> 1);
    repeated_ = true;
    // A run of nothing is legal but must not stop the reader.
    return left_ > 0 || NextRun();
  }

  void ReadPacked(uint32_t* out, int64_t count) {
    while (count > 0 && (offset_ & 7) != 0) {
      *out++ = static_cast<uint32_t>(UnpackOne(packed_, offset_ * width_, width_));
      ++offset_;
      --count;
    }
    const int64_t whole = count & ~int64_t{7};
    UnpackBits32(packed_ + offset_ / 8 * width_, width_, whole, out);
    offset_ += whole;
    for (int64_t i = whole; i < count; ++i, ++offset_) {
      out[i] = static_cast<uint32_t>(UnpackOne(packed_, offset_ * width_, width_));
    }
  }

  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
  int width_ = 0;
  int64_t left_ = 0;  // of the current run
  bool repeated_ = false;
  uint32_t value_ = 0;
  const uint8_t* packed_ = nullptr;
  int64_t offset_ = 0;  // values of the packed run that were read
};

}  // namespace emery::format::parquet
