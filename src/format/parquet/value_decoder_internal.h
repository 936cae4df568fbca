#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "columnar/buffer.h"
#include "columnar/string_view.h"
#include "format/parquet/footer.h"
#include "format/parquet/hybrid_decoder_internal.h"
#include "format/parquet/page_internal.h"

namespace emery::format::parquet {

/// Bytes of a value as ValueDecoder gives it: boolean 1 (0 or 1), int32 and float 4, int64 and
/// double 8, int96 12, byte arrays and fixed ones 16 (a StringView into the page).
int SourceWidth(ParquetType type);

/// The values of one page that are not null, in order. Every read is checked against the page's
/// end; false: the page is corrupt.
class ValueDecoder {
 public:
  ValueDecoder() = default;

  /// `page` keeps `data` alive; views point into it. At least 16 bytes behind `data + size` are
  /// readable. `num_values`: nulls not included, as far as the levels tell. False: corrupt, or an
  /// encoding that the type does not have.
  bool Start(ParquetType type, int32_t type_length, PageEncoding encoding, const uint8_t* data,
             int64_t size, int64_t num_values, columnar::BufferPtr page);

  bool is_dictionary() const { return kind_ == Kind::kCodes; }

  /// `count` values of SourceWidth bytes each. Not for dictionary pages.
  bool Read(void* out, int64_t count);

  bool ReadCodes(uint32_t* out, int64_t count) { return codes_.Read(out, count); }

  bool NextIsRun(int64_t count, uint32_t* code) { return codes_.NextIsRun(count, code); }

  bool Skip(int64_t count);

  /// What string views point into.
  const std::vector<columnar::BufferPtr>& string_buffers() const { return string_buffers_; }

 private:
  enum class Kind : uint8_t {
    kFixedWidth,  // values lie one after another
    kBits,
    kRunsOfBits,
    kLengthPrefixed,
    kFixedViews,  // fixed-length byte arrays
    kCodes,
  };

  bool StartDelta();
  bool StartDeltaLength();
  bool StartDeltaBytes();
  bool StartByteStreamSplit(int64_t num_values);

  Kind kind_ = Kind::kFixedWidth;
  ParquetType type_ = ParquetType::kInt32;
  int width_ = 0;  // of a stored value
  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
  int64_t bit_ = 0;  // kBits: next value
  HybridDecoder codes_;
  columnar::BufferPtr page_;
  std::vector<uint8_t> decoded_;  // values of encodings that are undone a page at a time
  std::vector<columnar::BufferPtr> string_buffers_;
};

}  // namespace emery::format::parquet
