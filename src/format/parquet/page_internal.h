#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace emery::format::parquet {

enum class PageKind : uint8_t { kData, kDataV2, kDictionary, kOther };

/// Numbers as the format defines them.
enum class PageEncoding : int32_t {
  kPlain = 0,
  kPlainDictionary = 2,
  kRle = 3,
  kBitPacked = 4,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kDeltaByteArray = 7,
  kRleDictionary = 8,
  kByteStreamSplit = 9,
};

struct PageHeader {
  PageKind kind = PageKind::kOther;
  PageEncoding encoding = PageEncoding::kPlain;
  PageEncoding level_encoding = PageEncoding::kRle;
  int32_t header_size = 0;
  int32_t stored_size = 0;  // behind the header
  int32_t size = 0;         // decompressed
  int32_t num_values = 0;   // nulls included
  int32_t num_rows = -1;    // kDataV2 only
  int32_t def_size = 0;     // kDataV2: bytes of levels, never compressed
  int32_t rep_size = 0;
  bool compressed = true;
};

/// None where the bytes can't be a page header.
std::optional<PageHeader> ParsePageHeader(const uint8_t* data, int64_t size);

struct PageLocation {
  int64_t offset = 0;
  int64_t length = 0;  // header included
  int64_t first_row = 0;
};

/// Empty where the bytes can't be an offset index of a chunk at [begin, end) with `num_rows` rows.
std::vector<PageLocation> ParseOffsetIndex(std::string_view bytes, int64_t begin, int64_t end,
                                           int64_t num_rows);

struct PageBounds {
  bool all_null = false;
  std::string_view min;  // into the parsed bytes
  std::string_view max;
  std::optional<int64_t> null_count;
};

/// Empty where the bytes can't be a column index of `num_pages` pages.
std::vector<PageBounds> ParseColumnIndex(std::string_view bytes, size_t num_pages);

/// A split-block bloom filter over xxHash64 of plain-encoded values.
class BloomFilter {
 public:
  /// Where the filter's bytes start behind the header, and how many; none where the header isn't
  /// one that can be used.
  static std::optional<std::pair<int64_t, int64_t>> ParseHeader(std::string_view bytes);

  explicit BloomFilter(std::string_view bits) : bits_(bits) {}

  bool MayContain(uint64_t hash) const;
  static uint64_t Hash(std::string_view plain_value);

 private:
  std::string_view bits_;
};

}  // namespace emery::format::parquet
