#include "table/iceberg/deletion_vector.h"

#include <algorithm>
#include <utility>

#include <roaring/roaring.h>
#include <zlib.h>

namespace emery::table::iceberg {

namespace {

constexpr std::string_view kMagic("\xD1\xD3\x39\x64", 4);

Status Damaged(const std::string& path, const std::string& what) {
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Encountered error while reading file " + path +
                             ": its deletion vector is damaged (" + what + ").",
                         {{"path", path}});
}

template <class T>
void PutLittle(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out->push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  }
}

template <class T>
T GetLittle(std::string_view bytes) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(value << 8) | static_cast<uint8_t>(bytes[i]);
  }
  return value;
}

void PutBig(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

uint32_t GetBig(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value = (value << 8) | static_cast<uint8_t>(bytes[i]);
  }
  return value;
}

uint32_t Checksum(std::string_view bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                       static_cast<z_size_t>(bytes.size())));
}

/// Takes numbers off the front of bytes; once they run out, it stays failed.
class ByteCursor {
 public:
  explicit ByteCursor(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T Take() {
    if (bytes_.size() < sizeof(T)) {
      failed_ = true;
      return T();
    }
    const T value = GetLittle<T>(bytes_);
    bytes_.remove_prefix(sizeof(T));
    return value;
  }

  std::string_view Take(size_t size) {
    if (bytes_.size() < size) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  bool failed() const { return failed_; }

  size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

/// A container of `cardinality` values; its values must be in order and as many as said.
bool CheckContainer(ByteCursor* bytes, bool is_run, uint32_t cardinality) {
  constexpr uint32_t kArrayMax = 4096;
  if (is_run) {
    const auto count = bytes->Take<uint16_t>();
    int64_t end = -1;
    uint32_t values = 0;
    for (uint32_t i = 0; i < count && !bytes->failed(); ++i) {
      const auto start = bytes->Take<uint16_t>();
      const auto length = bytes->Take<uint16_t>();
      if (int64_t{start} <= end || uint32_t{start} + length > 0xFFFF) {
        return false;
      }
      end = int64_t{start} + length;
      values += uint32_t{length} + 1;
    }
    return values == cardinality;
  }
  if (cardinality <= kArrayMax) {
    int64_t last = -1;
    for (uint32_t i = 0; i < cardinality && !bytes->failed(); ++i) {
      const auto value = bytes->Take<uint16_t>();
      if (int64_t{value} <= last) {
        return false;
      }
      last = value;
    }
    return true;
  }
  uint32_t values = 0;
  for (int i = 0; i < 1024 && !bytes->failed(); ++i) {
    values += static_cast<uint32_t>(__builtin_popcountll(bytes->Take<uint64_t>()));
  }
  return values == cardinality;
}

/// The size of the bitmap in Roaring's portable 32-bit format that `bytes` begin with; 0 where they
/// are none. The library's own reader trusts what containers say of themselves.
size_t BitmapSize(std::string_view bytes) {
  constexpr uint32_t kNoRuns = 12346;
  constexpr uint32_t kRuns = 12347;
  constexpr uint32_t kOffsetsFrom = 4;
  ByteCursor cursor(bytes);
  const auto cookie = cursor.Take<uint32_t>();
  uint32_t count = 0;
  std::string_view run_flags;
  const bool has_runs = (cookie & 0xFFFF) == kRuns;
  if (has_runs) {
    count = (cookie >> 16) + 1;
    run_flags = cursor.Take((count + 7) / 8);
  } else if (cookie == kNoRuns) {
    count = cursor.Take<uint32_t>();
  } else {
    return 0;
  }
  if (cursor.failed() || count > 0x10000) {
    return 0;
  }
  std::vector<uint32_t> cardinalities;
  int64_t last = -1;
  for (uint32_t i = 0; i < count && !cursor.failed(); ++i) {
    const auto key = cursor.Take<uint16_t>();
    if (int64_t{key} <= last) {
      return 0;
    }
    last = key;
    cardinalities.push_back(uint32_t{cursor.Take<uint16_t>()} + 1);
  }
  if (!has_runs || count >= kOffsetsFrom) {
    cursor.Take(size_t{4} * count);
  }
  for (uint32_t i = 0; i < count && !cursor.failed(); ++i) {
    const bool is_run = has_runs && (static_cast<uint8_t>(run_flags[i / 8]) >> (i % 8) & 1) != 0;
    if (!CheckContainer(&cursor, is_run, cardinalities[i])) {
      return 0;
    }
  }
  return cursor.failed() ? 0 : bytes.size() - cursor.left();
}

uint32_t KeyOf(int64_t position) {
  return static_cast<uint32_t>(static_cast<uint64_t>(position) >> 32);
}

uint32_t LowOf(int64_t position) {
  return static_cast<uint32_t>(position);
}

}  // namespace

void DeletionVector::Free::operator()(roaring_bitmap_s* bitmap) const {
  roaring_bitmap_free(bitmap);
}

DeletionVector::DeletionVector() = default;
DeletionVector::~DeletionVector() = default;
DeletionVector::DeletionVector(DeletionVector&&) noexcept = default;
DeletionVector& DeletionVector::operator=(DeletionVector&&) noexcept = default;

roaring_bitmap_s* DeletionVector::Of(uint32_t key) {
  Bitmap& bitmap = bitmaps_[key];
  if (bitmap == nullptr) {
    bitmap.reset(roaring_bitmap_create());
  }
  return bitmap.get();
}

void DeletionVector::Add(int64_t position) {
  roaring_bitmap_add(Of(KeyOf(position)), LowOf(position));
}

void DeletionVector::Add(const std::vector<int64_t>& positions) {
  std::vector<uint32_t> low;
  for (size_t i = 0; i < positions.size();) {
    const uint32_t key = KeyOf(positions[i]);
    low.clear();
    for (; i < positions.size() && KeyOf(positions[i]) == key; ++i) {
      low.push_back(LowOf(positions[i]));
    }
    roaring_bitmap_add_many(Of(key), low.size(), low.data());
  }
}

void DeletionVector::Merge(const DeletionVector& other) {
  for (const auto& [key, bitmap] : other.bitmaps_) {
    roaring_bitmap_or_inplace(Of(key), bitmap.get());
  }
}

bool DeletionVector::Contains(int64_t position) const {
  const auto found = bitmaps_.find(KeyOf(position));
  return found != bitmaps_.end() && roaring_bitmap_contains(found->second.get(), LowOf(position));
}

int64_t DeletionVector::cardinality() const {
  int64_t count = 0;
  for (const auto& [key, bitmap] : bitmaps_) {
    count += static_cast<int64_t>(roaring_bitmap_get_cardinality(bitmap.get()));
  }
  return count;
}

std::vector<int64_t> DeletionVector::Positions() const {
  std::vector<int64_t> positions;
  positions.reserve(static_cast<size_t>(cardinality()));
  std::vector<uint32_t> low;
  for (const auto& [key, bitmap] : bitmaps_) {
    low.resize(roaring_bitmap_get_cardinality(bitmap.get()));
    roaring_bitmap_to_uint32_array(bitmap.get(), low.data());
    for (const uint32_t one : low) {
      positions.push_back(static_cast<int64_t>((uint64_t{key} << 32) | one));
    }
  }
  return positions;
}

std::string DeletionVector::Serialize() const {
  std::string body(kMagic);
  PutLittle<uint64_t>(static_cast<uint64_t>(bitmaps_.size()), &body);
  for (const auto& [key, bitmap] : bitmaps_) {
    roaring_bitmap_run_optimize(bitmap.get());
    PutLittle<uint32_t>(key, &body);
    const size_t at = body.size();
    body.resize(at + roaring_bitmap_portable_size_in_bytes(bitmap.get()));
    roaring_bitmap_portable_serialize(bitmap.get(), body.data() + at);
  }
  std::string blob;
  blob.reserve(body.size() + 8);
  PutBig(static_cast<uint32_t>(body.size()), &blob);
  blob += body;
  PutBig(Checksum(body), &blob);
  return blob;
}

Result<DeletionVector> DeletionVector::Parse(std::string_view blob, const std::string& path) {
  if (blob.size() < 4 + kMagic.size() + 8 + 4) {
    return Damaged(path, "it is cut");
  }
  const uint32_t length = GetBig(blob);
  if (blob.size() != size_t{length} + 8) {
    return Damaged(path, "its length is " + std::to_string(length) + ", its bytes are " +
                             std::to_string(blob.size()));
  }
  const std::string_view body = blob.substr(4, length);
  if (body.substr(0, kMagic.size()) != kMagic) {
    return Damaged(path, "its magic is missing");
  }
  if (Checksum(body) != GetBig(blob.substr(4 + length))) {
    return Damaged(path, "its checksum does not agree");
  }
  std::string_view rest = body.substr(kMagic.size());
  const auto count = GetLittle<uint64_t>(rest);
  rest.remove_prefix(8);
  DeletionVector vector;
  int64_t last = -1;
  for (uint64_t i = 0; i < count; ++i) {
    if (rest.size() < 4) {
      return Damaged(path, "a bitmap is missing");
    }
    const auto key = GetLittle<uint32_t>(rest);
    rest.remove_prefix(4);
    if (int64_t{key} <= last || key > 0x7FFFFFFF) {
      return Damaged(path, "its keys are not in order");
    }
    last = key;
    const size_t used = BitmapSize(rest);
    Bitmap bitmap(used == 0 ? nullptr
                            : roaring_bitmap_portable_deserialize_safe(rest.data(), used));
    if (bitmap == nullptr) {
      return Damaged(path, "a bitmap can't be read");
    }
    rest.remove_prefix(used);
    vector.bitmaps_.emplace(key, std::move(bitmap));
  }
  if (!rest.empty()) {
    return Damaged(path, "bytes follow its bitmaps");
  }
  return vector;
}

}  // namespace emery::table::iceberg
