#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct roaring_bitmap_s;

namespace emery::table::iceberg {

/// Positions of deleted rows of one data file: roaring bitmaps of 32 bits, one for each value of
/// the upper half of a position. Confined to one thread while it changes.
class DeletionVector {
 public:
  DeletionVector();
  ~DeletionVector();
  DeletionVector(DeletionVector&&) noexcept;
  DeletionVector& operator=(DeletionVector&&) noexcept;
  DeletionVector(const DeletionVector&) = delete;
  DeletionVector& operator=(const DeletionVector&) = delete;

  /// `position` >= 0.
  void Add(int64_t position);
  void Add(const std::vector<int64_t>& positions);
  void Merge(const DeletionVector& other);
  bool Contains(int64_t position) const;
  int64_t cardinality() const;

  bool empty() const { return cardinality() == 0; }

  /// Ascending.
  std::vector<int64_t> Positions() const;

  /// The bytes of a blob deletion-vector-v1: length and magic, the bitmaps in Roaring's portable
  /// 64-bit format, a CRC-32 of magic and bitmaps.
  std::string Serialize() const;
  /// Errors: FAILED_READ_FILE.NO_HINT naming `path` for a wrong length, magic or checksum, or
  /// bitmaps that are none.
  static Result<DeletionVector> Parse(std::string_view blob, const std::string& path);

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };

  using Bitmap = std::unique_ptr<roaring_bitmap_s, Free>;

  roaring_bitmap_s* Of(uint32_t key);

  std::map<uint32_t, Bitmap> bitmaps_;
};

}  // namespace emery::table::iceberg
