// The format's value encodings (github.com/apache/parquet-format, Encodings.md). Those that can't
// be entered in the middle (the delta family, byte stream split) are undone for a page at a time.

#include <algorithm>
#include <cstring>
#include <utility>

#include "format/parquet/value_decoder_internal.h"

namespace emery::format::parquet {

using columnar::StringView;

namespace {

// A page that claims more is refused before memory is taken for it.
constexpr int64_t kValuesMax = int64_t{1} << 28;

/// DELTA_BINARY_PACKED: a header, then blocks of miniblocks of bit-packed differences.
class DeltaDecoder {
 public:
  DeltaDecoder(const uint8_t* data, const uint8_t* end) : p_(data), end_(end) {}

  bool Start() {
    uint64_t block = 0;
    uint64_t miniblocks = 0;
    uint64_t total = 0;
    if (!Varint(&block) || !Varint(&miniblocks) || !Varint(&total) || !ZigZag(&value_)) {
      return false;
    }
    if (miniblocks == 0 || miniblocks > 4096 || block == 0 || block > (1 << 24) ||
        block % miniblocks != 0 || total > kValuesMax) {
      return false;
    }
    per_miniblock_ = static_cast<int64_t>(block / miniblocks);
    miniblocks_ = static_cast<int64_t>(miniblocks);
    total_ = static_cast<int64_t>(total);
    return per_miniblock_ % 8 == 0;
  }

  int64_t total() const { return total_; }

  /// Behind the last block, after ReadAll.
  const uint8_t* position() const { return p_; }

  template <class T>
  bool ReadAll(T* out) {
    if (total_ == 0) {
      return true;
    }
    uint64_t value = static_cast<uint64_t>(value_);
    out[0] = static_cast<T>(value);
    int64_t done = 1;
    while (done < total_) {
      int64_t min_delta = 0;
      if (!ZigZag(&min_delta) || end_ - p_ < miniblocks_) {
        return false;
      }
      const uint8_t* widths = p_;
      p_ += miniblocks_;
      for (int64_t m = 0; m < miniblocks_ && done < total_; ++m) {
        const int width = widths[m];
        const int64_t bytes = per_miniblock_ * width / 8;
        const int64_t n = std::min(per_miniblock_, total_ - done);
        if (width > 64 || (n * width + 7) / 8 > end_ - p_) {
          return false;
        }
        if (width <= 25) {
          // Differences in pieces that stay in the cache.
          uint32_t piece[256];
          for (int64_t i = 0; i < n;) {
            const int64_t count = std::min<int64_t>(256, n - i);
            UnpackBits32(p_ + i * width / 8, width, (count + 7) & ~int64_t{7}, piece);
            for (int64_t k = 0; k < count; ++k) {
              value += static_cast<uint64_t>(min_delta) + piece[k];
              out[done + i + k] = static_cast<T>(value);
            }
            i += count;
          }
        } else {
          int64_t bit = 0;
          for (int64_t i = 0; i < n; ++i, bit += width) {
            value += static_cast<uint64_t>(min_delta) + UnpackOne(p_, bit, width);
            out[done + i] = static_cast<T>(value);
          }
        }
        done += n;
        p_ += std::min<int64_t>(bytes, end_ - p_);
      }
    }
    return true;
  }

 private:
  bool Varint(uint64_t* value) {
    *value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (p_ == end_) {
        return false;
      }
      const uint8_t byte = *p_++;
      *value |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) {
        return true;
      }
    }
    return false;
  }

  bool ZigZag(int64_t* value) {
    uint64_t v = 0;
    const bool ok = Varint(&v);
    *value = static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
    return ok;
  }

  const uint8_t* p_;
  const uint8_t* end_;
  int64_t per_miniblock_ = 0;
  int64_t miniblocks_ = 0;
  int64_t total_ = 0;
  int64_t value_ = 0;
};

}  // namespace

int SourceWidth(ParquetType type) {
  switch (type) {
    case ParquetType::kBoolean:
      return 1;
    case ParquetType::kInt32:
    case ParquetType::kFloat:
      return 4;
    case ParquetType::kInt64:
    case ParquetType::kDouble:
      return 8;
    case ParquetType::kInt96:
      return 12;
    case ParquetType::kByteArray:
    case ParquetType::kFixed:
      return 16;
  }
  return 0;
}

bool ValueDecoder::Start(ParquetType type, int32_t type_length, PageEncoding encoding,
                         const uint8_t* data, int64_t size, int64_t num_values,
                         columnar::BufferPtr page) {
  type_ = type;
  p_ = data;
  end_ = data + size;
  bit_ = 0;
  string_buffers_.clear();
  page_ = std::move(page);
  width_ = type == ParquetType::kFixed ? type_length : SourceWidth(type);
  if (num_values > kValuesMax) {
    return false;
  }
  const bool bytes = type == ParquetType::kByteArray || type == ParquetType::kFixed;
  switch (encoding) {
    case PageEncoding::kPlain:
      if (type == ParquetType::kBoolean) {
        kind_ = Kind::kBits;
        return true;
      }
      kind_ = type == ParquetType::kByteArray ? Kind::kLengthPrefixed
              : type == ParquetType::kFixed   ? Kind::kFixedViews
                                              : Kind::kFixedWidth;
      if (bytes) {
        string_buffers_.push_back(page_);
      }
      return true;
    case PageEncoding::kPlainDictionary:
    case PageEncoding::kRleDictionary: {
      kind_ = Kind::kCodes;
      if (size == 0) {
        codes_ = HybridDecoder();
        return num_values == 0;
      }
      const int width = data[0];
      codes_ = HybridDecoder(data + 1, size - 1, width);
      return width <= 32;
    }
    case PageEncoding::kRle: {
      if (type != ParquetType::kBoolean || size < 4) {
        return type == ParquetType::kBoolean && num_values == 0;
      }
      uint32_t length;
      std::memcpy(&length, data, 4);
      kind_ = Kind::kRunsOfBits;
      codes_ = HybridDecoder(data + 4, std::min<int64_t>(length, size - 4), 1);
      return true;
    }
    case PageEncoding::kDeltaBinaryPacked:
      return (type == ParquetType::kInt32 || type == ParquetType::kInt64) && StartDelta();
    case PageEncoding::kDeltaLengthByteArray:
      string_buffers_.push_back(page_);
      return type == ParquetType::kByteArray && StartDeltaLength();
    case PageEncoding::kDeltaByteArray:
      return bytes && StartDeltaBytes();
    case PageEncoding::kByteStreamSplit:
      return type != ParquetType::kByteArray && type != ParquetType::kBoolean &&
             type != ParquetType::kInt96 && StartByteStreamSplit(num_values);
    default:
      return false;
  }
}

bool ValueDecoder::StartDelta() {
  DeltaDecoder in(p_, end_);
  if (!in.Start()) {
    return false;
  }
  kind_ = Kind::kFixedWidth;
  decoded_.resize(static_cast<size_t>(in.total() * width_));
  const bool ok = width_ == 4 ? in.ReadAll(reinterpret_cast<int32_t*>(decoded_.data()))
                              : in.ReadAll(reinterpret_cast<int64_t*>(decoded_.data()));
  p_ = decoded_.data();
  end_ = p_ + decoded_.size();
  return ok;
}

bool ValueDecoder::StartDeltaLength() {
  DeltaDecoder in(p_, end_);
  if (!in.Start()) {
    return false;
  }
  std::vector<int32_t> lengths(static_cast<size_t>(in.total()));
  if (!in.ReadAll(lengths.data())) {
    return false;
  }
  const uint8_t* bytes = in.position();
  decoded_.resize(lengths.size() * sizeof(StringView));
  auto* views = reinterpret_cast<StringView*>(decoded_.data());
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0 || lengths[i] > end_ - bytes) {
      return false;
    }
    views[i] = StringView(reinterpret_cast<const char*>(bytes), static_cast<uint32_t>(lengths[i]));
    bytes += lengths[i];
  }
  kind_ = Kind::kFixedWidth;
  width_ = sizeof(StringView);
  p_ = decoded_.data();
  end_ = p_ + decoded_.size();
  return true;
}

bool ValueDecoder::StartDeltaBytes() {
  DeltaDecoder prefixes_in(p_, end_);
  if (!prefixes_in.Start()) {
    return false;
  }
  std::vector<int32_t> prefixes(static_cast<size_t>(prefixes_in.total()));
  if (!prefixes_in.ReadAll(prefixes.data())) {
    return false;
  }
  DeltaDecoder suffixes_in(prefixes_in.position(), end_);
  if (!suffixes_in.Start() || suffixes_in.total() != prefixes_in.total()) {
    return false;
  }
  std::vector<int32_t> suffixes(prefixes.size());
  if (!suffixes_in.ReadAll(suffixes.data())) {
    return false;
  }
  // Prefixes may repeat much of what went before: the sum is known before memory is taken.
  int64_t total = 0;
  int64_t last = 0;
  int64_t suffix_total = 0;
  for (size_t i = 0; i < prefixes.size(); ++i) {
    if (prefixes[i] < 0 || suffixes[i] < 0 || prefixes[i] > last) {
      return false;
    }
    last = int64_t{prefixes[i]} + suffixes[i];
    suffix_total += suffixes[i];
    total += last;
    if (last > INT32_MAX || total > (int64_t{1} << 31) ||
        (type_ == ParquetType::kFixed && last != width_)) {
      return false;
    }
  }
  const uint8_t* bytes = suffixes_in.position();
  if (suffix_total > end_ - bytes) {
    return false;
  }
  columnar::BufferPtr buffer = columnar::Buffer::Allocate(static_cast<size_t>(total));
  char* out = reinterpret_cast<char*>(buffer->mutable_data());
  const char* previous = out;
  decoded_.resize(prefixes.size() * sizeof(StringView));
  auto* views = reinterpret_cast<StringView*>(decoded_.data());
  for (size_t i = 0; i < prefixes.size(); ++i) {
    const size_t prefix = static_cast<size_t>(prefixes[i]);
    const size_t suffix = static_cast<size_t>(suffixes[i]);
    std::memcpy(out, previous, prefix);
    std::memcpy(out + prefix, bytes, suffix);
    views[i] = StringView(out, static_cast<uint32_t>(prefix + suffix));
    bytes += suffix;
    previous = out;
    out += prefix + suffix;
  }
  string_buffers_.push_back(std::move(buffer));
  kind_ = Kind::kFixedWidth;
  width_ = sizeof(StringView);
  p_ = decoded_.data();
  end_ = p_ + decoded_.size();
  return true;
}

bool ValueDecoder::StartByteStreamSplit(int64_t num_values) {
  const int64_t count = (end_ - p_) / width_;
  if (count < num_values) {
    return false;
  }
  columnar::BufferPtr buffer = columnar::Buffer::Allocate(static_cast<size_t>(count * width_));
  uint8_t* out = buffer->mutable_data();
  for (int b = 0; b < width_; ++b) {
    const uint8_t* stream = p_ + b * count;
    for (int64_t i = 0; i < count; ++i) {
      out[i * width_ + b] = stream[i];
    }
  }
  kind_ = type_ == ParquetType::kFixed ? Kind::kFixedViews : Kind::kFixedWidth;
  p_ = out;
  end_ = out + count * width_;
  string_buffers_.push_back(std::move(buffer));
  return true;
}

bool ValueDecoder::Read(void* out, int64_t count) {
  switch (kind_) {
    case Kind::kFixedWidth: {
      const int64_t bytes = count * width_;
      if (bytes > end_ - p_) {
        return false;
      }
      if (bytes > 0) {
        std::memcpy(out, p_, static_cast<size_t>(bytes));
      }
      p_ += bytes;
      return true;
    }
    case Kind::kBits: {
      if ((end_ - p_) * 8 - bit_ < count) {
        return false;
      }
      auto* bools = static_cast<uint8_t*>(out);
      for (int64_t i = 0; i < count; ++i, ++bit_) {
        bools[i] = (p_[bit_ >> 3] >> (bit_ & 7)) & 1;
      }
      return true;
    }
    case Kind::kRunsOfBits: {
      auto* bools = static_cast<uint8_t*>(out);
      uint32_t piece[256];
      while (count > 0) {
        const int64_t n = std::min<int64_t>(count, 256);
        if (!codes_.Read(piece, n)) {
          return false;
        }
        for (int64_t i = 0; i < n; ++i) {
          bools[i] = static_cast<uint8_t>(piece[i] & 1);
        }
        bools += n;
        count -= n;
      }
      return true;
    }
    case Kind::kLengthPrefixed: {
      auto* views = static_cast<StringView*>(out);
      const uint8_t* p = p_;
      for (int64_t i = 0; i < count; ++i) {
        uint32_t length;
        if (end_ - p < 4) {
          return false;
        }
        std::memcpy(&length, p, 4);
        p += 4;
        if (length > static_cast<uint64_t>(end_ - p) || length > INT32_MAX) {
          return false;
        }
        views[i] = StringView(reinterpret_cast<const char*>(p), length);
        p += length;
      }
      p_ = p;
      return true;
    }
    case Kind::kFixedViews: {
      if (count * width_ > end_ - p_) {
        return false;
      }
      auto* views = static_cast<StringView*>(out);
      for (int64_t i = 0; i < count; ++i, p_ += width_) {
        views[i] = StringView(reinterpret_cast<const char*>(p_), static_cast<uint32_t>(width_));
      }
      return true;
    }
    case Kind::kCodes:
      return false;
  }
  return false;
}

bool ValueDecoder::Skip(int64_t count) {
  switch (kind_) {
    case Kind::kFixedWidth:
    case Kind::kFixedViews:
      if (count * width_ > end_ - p_) {
        return false;
      }
      p_ += count * width_;
      return true;
    case Kind::kBits:
      bit_ += count;
      return bit_ <= (end_ - p_) * 8;
    case Kind::kRunsOfBits:
    case Kind::kCodes:
      return codes_.Skip(count);
    case Kind::kLengthPrefixed:
      for (int64_t i = 0; i < count; ++i) {
        uint32_t length;
        if (end_ - p_ < 4) {
          return false;
        }
        std::memcpy(&length, p_, 4);
        p_ += 4;
        if (length > static_cast<uint64_t>(end_ - p_)) {
          return false;
        }
        p_ += length;
      }
      return true;
  }
  return false;
}

}  // namespace emery::format::parquet
