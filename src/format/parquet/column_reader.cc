#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/util/compression.h"

#include "format/parquet/column_reader_internal.h"

namespace emery::format::parquet {

using columnar::Buffer;
using columnar::BufferPtr;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

constexpr int64_t kPageBytesMax = int64_t{1} << 30;
constexpr int64_t kPageValuesMax = int64_t{1} << 28;

int BitWidth(int max) {
  return std::bit_width(static_cast<unsigned>(max));
}

/// Moves `valid` values at the front of `values` to the places whose bit is set, zero elsewhere.
/// From the end, so in place.
template <class T>
void Spread(T* values, int64_t slots, const uint64_t* bits, int64_t first_bit, int64_t valid) {
  int64_t from = valid;
  for (int64_t i = slots - 1; i >= 0 && from <= i; --i) {
    if (columnar::GetBit(bits, first_bit + i)) {
      values[i] = values[--from];
    } else {
      values[i] = T{};
    }
  }
}

void SpreadWidth(int width, uint8_t* values, int64_t slots, const uint64_t* bits, int64_t first_bit,
                 int64_t valid) {
  switch (width) {
    case 1:
      return Spread(values, slots, bits, first_bit, valid);
    case 2:
      return Spread(reinterpret_cast<uint16_t*>(values), slots, bits, first_bit, valid);
    case 4:
      return Spread(reinterpret_cast<uint32_t*>(values), slots, bits, first_bit, valid);
    case 8:
      return Spread(reinterpret_cast<uint64_t*>(values), slots, bits, first_bit, valid);
    default:
      return Spread(reinterpret_cast<type::int128_t*>(values), slots, bits, first_bit, valid);
  }
}

template <class T>
void MapCodes(const void* dictionary, const uint32_t* codes, int64_t count, uint8_t* out) {
  const T* values = static_cast<const T*>(dictionary);
  T* target = reinterpret_cast<T*>(out);
  for (int64_t i = 0; i < count; ++i) {
    target[i] = values[codes[i]];
  }
}

void MapCodesWidth(int width, const void* dictionary, const uint32_t* codes, int64_t count,
                   uint8_t* out) {
  switch (width) {
    case 1:
      return MapCodes<uint8_t>(dictionary, codes, count, out);
    case 2:
      return MapCodes<uint16_t>(dictionary, codes, count, out);
    case 4:
      return MapCodes<uint32_t>(dictionary, codes, count, out);
    case 8:
      return MapCodes<uint64_t>(dictionary, codes, count, out);
    default:
      return MapCodes<type::int128_t>(dictionary, codes, count, out);
  }
}

uint32_t MaxCode(const uint32_t* codes, int64_t count) {
  uint32_t max = 0;
  for (int64_t i = 0; i < count; ++i) {
    max = std::max(max, codes[i]);
  }
  return max;
}

}  // namespace

struct ColumnReader::Output {
  int64_t wanted = 0;  // rows
  int64_t capacity = 0;
  int64_t size = 0;
  int64_t nulls = 0;
  bool started = false;
  bool codes = false;
  bool constant = false;  // all rows have `constant_code`
  uint32_t constant_code = 0;
  BufferPtr values;
  BufferPtr validity;
  std::vector<BufferPtr> strings;

  void Grow(int64_t slots, int width) {
    if (size + slots <= capacity) {
      return;
    }
    const int64_t grown = std::max(size + slots, capacity * 2);
    BufferPtr larger = Buffer::Allocate(static_cast<size_t>(grown * width));
    if (values != nullptr && size > 0) {
      std::memcpy(larger->mutable_data(), values->data(), static_cast<size_t>(size * width));
    }
    values = std::move(larger);
    if (validity != nullptr) {
      BufferPtr bits = columnar::AllocateBits(grown, true);
      std::memcpy(bits->mutable_data(), validity->data(),
                  static_cast<size_t>(columnar::WordsForBits(size) * 8));
      validity = std::move(bits);
    }
    capacity = grown;
  }
};

ColumnReader::ColumnReader(std::string path, const SchemaNode* leaf, const ColumnChunk* chunk,
                           LeafTarget target, int slot_def, int64_t group_rows, ChunkData data)
    : path_(std::move(path)),
      leaf_(leaf),
      chunk_(chunk),
      target_(std::move(target)),
      slot_def_(slot_def),
      group_rows_(group_rows),
      data_(std::move(data)),
      segments_(data_.segments.size()),
      leveled_(leaf->max_rep > 0 || leaf->max_def > 1),
      target_width_(type::PhysicalWidth(target_.type->physical())),
      next_offset_(chunk->offset) {}

ColumnReader::~ColumnReader() = default;

Status ColumnReader::Corrupt(const std::string& what) const {
  return CorruptFile(path_, "column " + leaf_->name + ": " + what);
}

Result<std::string_view> ColumnReader::BytesAt(int64_t offset) {
  for (size_t i = 0; i < data_.segments.size(); ++i) {
    const ChunkData::Segment& segment = data_.segments[i];
    if (offset >= segment.offset && offset < segment.offset + segment.length) {
      if (segments_[i] == nullptr) {
        const Result<io::Bytes>& bytes = segment.bytes.get();
        ARROW_RETURN_NOT_OK(bytes.status());
        segments_[i] = *bytes;
      }
      const int64_t skip = offset - segment.offset;
      return std::string_view(reinterpret_cast<const char*>(segments_[i]->data() + skip),
                              static_cast<size_t>(segment.length - skip));
    }
  }
  return Corrupt("a page lies where none should be");
}

Result<BufferPtr> ColumnReader::Decompress(const uint8_t* data, int64_t stored, int64_t size) {
  if (size > kPageBytesMax) {
    return Corrupt("a page claims " + std::to_string(size) + " bytes");
  }
  const auto codec = static_cast<arrow::Compression::type>(chunk_->codec);
  if (codec == arrow::Compression::UNCOMPRESSED || size == 0) {
    if (stored < size) {
      return Corrupt("a page is shorter than it says");
    }
    // The buffer that was read stays alive instead of being copied. Stores leave readable bytes
    // behind it.
    for (const io::Bytes& segment : segments_) {
      if (segment != nullptr && data >= segment->data() &&
          data <= segment->data() + segment->size()) {
        return Buffer::Wrap(data, static_cast<size_t>(size), segment);
      }
    }
    return Corrupt("a page lies outside its chunk");
  }
  if (codec_ == nullptr) {
    Result<std::unique_ptr<arrow::util::Codec>> made = arrow::util::Codec::Create(codec);
    if (!made.ok()) {
      return base::Unsupported("Parquet files compressed with " +
                               arrow::util::Codec::GetCodecAsString(codec));
    }
    codec_ = *std::move(made);
  }
  BufferPtr buffer = Buffer::Allocate(static_cast<size_t>(size));
  const Result<int64_t> got = codec_->Decompress(stored, data, size, buffer->mutable_data());
  if (!got.ok() || *got != size) {
    return Corrupt("a page can't be decompressed");
  }
  return buffer;
}

Status ColumnReader::ReadDictionary() {
  if (dictionary_read_) {
    return Status::OK();
  }
  dictionary_read_ = true;
  // Where pages are known and the first one starts the chunk, there is no dictionary, and that page
  // may not have been read.
  if (chunk_->num_values == 0 || chunk_->length == 0 ||
      (!data_.pages.empty() && data_.pages[0].offset <= chunk_->offset)) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, BytesAt(chunk_->offset));
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const std::optional<PageHeader> header =
      ParsePageHeader(data, static_cast<int64_t>(bytes.size()));
  if (!header.has_value()) {
    return Corrupt("a page header is malformed");
  }
  if (header->kind != PageKind::kDictionary) {
    return Status::OK();
  }
  next_offset_ = chunk_->offset + header->header_size + header->stored_size;
  ARROW_ASSIGN_OR_RAISE(BufferPtr page,
                        Decompress(data + header->header_size, header->stored_size, header->size));
  const int64_t count = header->num_values;
  // What the values take at least bounds what a broken header may claim.
  const int64_t least = leaf_->physical == ParquetType::kByteArray ? 4
                        : leaf_->physical == ParquetType::kFixed   ? leaf_->type_length
                                                                   : SourceWidth(leaf_->physical);
  if (leaf_->physical == ParquetType::kBoolean || count > header->size / least) {
    return Corrupt("a dictionary claims too many values");
  }
  const uint8_t* values = page->data();
  const int64_t size = static_cast<int64_t>(page->size());
  if (!decoder_.Start(leaf_->physical, leaf_->type_length, PageEncoding::kPlain, values, size,
                      count, std::move(page))) {
    return Corrupt("a dictionary has an encoding that it can't have");
  }
  BufferPtr out = Buffer::Allocate(static_cast<size_t>(count * target_width_));
  ARROW_RETURN_NOT_OK(DecodeDense(count, out->mutable_data()));
  std::vector<BufferPtr> strings;
  if (target_width_ == 16 && target_.type->physical() == type::PhysicalType::kString) {
    strings = decoder_.string_buffers();
  }
  dictionary_ = Vector::MakeFlat(target_.type, count, std::move(out), nullptr, std::move(strings));
  return Status::OK();
}

Result<VectorPtr> ColumnReader::Dictionary() {
  ARROW_RETURN_NOT_OK(ReadDictionary());
  return dictionary_;
}

Status ColumnReader::UsePage(int64_t offset) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, BytesAt(offset));
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const std::optional<PageHeader> header =
      ParsePageHeader(data, static_cast<int64_t>(bytes.size()));
  if (!header.has_value()) {
    return Corrupt("a page header is malformed");
  }
  header_ = *header;
  stored_ = data + header_.header_size;
  next_offset_ = offset + header_.header_size + header_.stored_size;
  return Status::OK();
}

/// Goes to the next data page; false: there is none.
Result<bool> ColumnReader::NextPage() {
  ARROW_RETURN_NOT_OK(ReadDictionary());
  if (has_page_ && !loaded_) {
    ++pages_skipped_;
  }
  loaded_ = false;
  entry_ = 0;
  if (!data_.pages.empty()) {
    if (next_page_ >= data_.pages.size()) {
      has_page_ = false;
      return false;
    }
    const PageLocation& page = data_.pages[next_page_++];
    ARROW_RETURN_NOT_OK(UsePage(page.offset));
    if (header_.kind != PageKind::kData && header_.kind != PageKind::kDataV2) {
      return Corrupt("the offset index leads to something else than a page");
    }
    page_first_row_ = page.first_row;
    page_starts_row_ = true;
    has_page_ = true;
    return true;
  }
  const int64_t end = chunk_->offset + chunk_->length;
  if (has_page_ && leaf_->max_rep == 0) {
    page_first_row_ += header_.num_values;
  }
  while (entries_seen_ < chunk_->num_values) {
    if (next_offset_ >= end) {
      return Corrupt("pages are missing");
    }
    ARROW_RETURN_NOT_OK(UsePage(next_offset_));
    if (header_.kind != PageKind::kData && header_.kind != PageKind::kDataV2) {
      continue;  // index pages and what is yet to come
    }
    if (header_.num_values > chunk_->num_values - entries_seen_) {
      return Corrupt("pages hold more values than the footer says");
    }
    entries_seen_ += header_.num_values;
    has_page_ = true;
    page_starts_row_ = header_.kind == PageKind::kDataV2;
    return true;
  }
  has_page_ = false;
  return false;
}

Status ColumnReader::DecodeLevels(HybridDecoder in, int max, int64_t count,
                                  std::vector<uint8_t>* out) {
  out->resize(static_cast<size_t>(count));
  uint32_t piece[1024];
  for (int64_t done = 0; done < count;) {
    const int64_t n = std::min<int64_t>(1024, count - done);
    if (!in.Read(piece, n)) {
      return Corrupt("levels end too early");
    }
    uint8_t* target = out->data() + done;
    uint32_t largest = 0;
    for (int64_t i = 0; i < n; ++i) {
      largest = std::max(largest, piece[i]);
      target[i] = static_cast<uint8_t>(piece[i]);
    }
    if (largest > static_cast<uint32_t>(max)) {
      return Corrupt("a level is too high");
    }
    done += n;
  }
  return Status::OK();
}

Status ColumnReader::LoadPage() {
  if (loaded_) {
    return Status::OK();
  }
  loaded_ = true;
  const int64_t count = header_.num_values;
  if (count > kPageValuesMax) {
    return Corrupt("a page claims too many values");
  }
  HybridDecoder rep_in;
  HybridDecoder def_in;
  BufferPtr page;
  const uint8_t* values = nullptr;
  int64_t values_size = 0;
  if (header_.kind == PageKind::kData) {
    ARROW_ASSIGN_OR_RAISE(page, Decompress(stored_, header_.stored_size, header_.size));
    const uint8_t* p = page->data();
    const uint8_t* end = p + page->size();
    const auto levels = [&](int max, HybridDecoder* in) {
      if (max == 0) {
        return true;
      }
      uint32_t length = 0;
      if (header_.level_encoding != PageEncoding::kRle || end - p < 4) {
        return false;
      }
      std::memcpy(&length, p, 4);
      p += 4;
      if (length > static_cast<uint64_t>(end - p)) {
        return false;
      }
      *in = HybridDecoder(p, length, BitWidth(max));
      p += length;
      return true;
    };
    if (count > 0 && (!levels(leaf_->max_rep, &rep_in) || !levels(leaf_->max_def, &def_in))) {
      return header_.level_encoding == PageEncoding::kBitPacked
                 ? base::Unsupported("Parquet levels in the deprecated bit-packed encoding")
                 : Corrupt("levels are malformed");
    }
    values = p;
    values_size = end - p;
  } else {
    const int64_t levels_size = int64_t{header_.rep_size} + header_.def_size;
    rep_in = HybridDecoder(stored_, header_.rep_size, BitWidth(leaf_->max_rep));
    def_in = HybridDecoder(stored_ + header_.rep_size, header_.def_size, BitWidth(leaf_->max_def));
    const int64_t stored = header_.stored_size - levels_size;
    values_size = header_.size - levels_size;
    if (header_.compressed) {
      ARROW_ASSIGN_OR_RAISE(page, Decompress(stored_ + levels_size, stored, values_size));
    } else {
      if (stored < values_size) {
        return Corrupt("a page is shorter than it says");
      }
      for (const io::Bytes& segment : segments_) {
        if (segment != nullptr && stored_ >= segment->data() &&
            stored_ <= segment->data() + segment->size()) {
          page = Buffer::Wrap(stored_ + levels_size, static_cast<size_t>(values_size), segment);
        }
      }
    }
    values = page->data();
  }
  int64_t valid = count;
  if (leveled_) {
    if (leaf_->max_rep > 0) {
      ARROW_RETURN_NOT_OK(DecodeLevels(rep_in, leaf_->max_rep, count, &rep_));
    }
    ARROW_RETURN_NOT_OK(DecodeLevels(def_in, leaf_->max_def, count, &def_));
    valid = std::count(def_.begin(), def_.end(), static_cast<uint8_t>(leaf_->max_def));
  } else if (leaf_->max_def == 1 && count > 0) {
    uint32_t value = 0;
    all_valid_ = def_in.NextIsRun(count, &value) && value == 1;
    if (!all_valid_) {
      // Bits are copied from it in words, so there are two more than needed.
      valid_.resize(static_cast<size_t>(columnar::WordsForBits(count) + 2));
      if (!def_in.ReadBits(valid_.data(), 0, count)) {
        return Corrupt("levels end too early");
      }
      valid = CountBits(valid_.data(), 0, count);
      all_valid_ = valid == count;
    }
  } else {
    all_valid_ = true;
  }
  if (!decoder_.Start(leaf_->physical, leaf_->type_length, header_.encoding, values, values_size,
                      valid, std::move(page))) {
    return Corrupt("values are malformed, or of encoding " +
                   std::to_string(static_cast<int>(header_.encoding)) +
                   ", which is unknown for them");
  }
  if (decoder_.is_dictionary() && valid > 0 && dictionary_ == nullptr) {
    return Corrupt("a page needs a dictionary that isn't there");
  }
  return Status::OK();
}

Status ColumnReader::DecodeDense(int64_t count, void* out) {
  if (target_.conversion == Conversion::kNone) {
    return decoder_.Read(out, count) ? Status::OK() : Corrupt("values end too early");
  }
  const int width = SourceWidth(leaf_->physical);
  constexpr int64_t kPiece = 1024;
  scratch_.resize(static_cast<size_t>(kPiece * width));
  auto* target = static_cast<uint8_t*>(out);
  for (int64_t done = 0; done < count;) {
    const int64_t n = std::min(kPiece, count - done);
    if (!decoder_.Read(scratch_.data(), n)) {
      return Corrupt("values end too early");
    }
    if (!ConvertValues(target_, scratch_.data(), n, target + done * target_width_)) {
      return Corrupt("a value does not fit into " + target_.type->ToString());
    }
    done += n;
  }
  return Status::OK();
}

void ColumnReader::Materialize(Output* out) {
  if (out->constant) {
    out->constant = false;
    auto* codes = reinterpret_cast<uint32_t*>(out->values->mutable_data());
    std::fill_n(codes, out->size, out->constant_code);
  }
  out->codes = false;
  BufferPtr flat = Buffer::Allocate(static_cast<size_t>(out->capacity * target_width_));
  if (dictionary_->size() > 0) {
    MapCodesWidth(target_width_, dictionary_->raw_values(),
                  reinterpret_cast<const uint32_t*>(out->values->data()), out->size,
                  flat->mutable_data());
  } else {
    std::memset(flat->mutable_data(), 0, static_cast<size_t>(out->size * target_width_));
  }
  if (target_.type->physical() == type::PhysicalType::kString) {
    const auto& strings = dictionary_->string_buffers();
    out->strings.insert(out->strings.end(), strings.begin(), strings.end());
    // Null rows took dictionary entry 0, but a null's view is to be empty.
    if (out->validity != nullptr) {
      auto* views = reinterpret_cast<StringView*>(flat->mutable_data());
      const auto* bits = reinterpret_cast<const uint64_t*>(out->validity->data());
      for (int64_t i = 0; i < out->size; ++i) {
        if (!columnar::GetBit(bits, i)) {
          views[i] = StringView();
        }
      }
    }
  }
  out->values = std::move(flat);
}

Status ColumnReader::Append(int64_t slots, const uint64_t* bits, int64_t first_bit, int64_t valid,
                            Output* out) {
  if (slots == 0) {
    return Status::OK();
  }
  const bool dictionary = decoder_.is_dictionary() && dictionary_ != nullptr;
  if (!out->started) {
    out->started = true;
    out->codes = dictionary;
    out->capacity = std::max(out->wanted, slots);
    out->values =
        Buffer::Allocate(static_cast<size_t>(out->capacity * (out->codes ? 4 : target_width_)));
    uint32_t code = 0;
    if (dictionary && slots == out->wanted && valid == slots && leaf_->max_rep == 0 &&
        decoder_.NextIsRun(slots, &code)) {
      if (code >= dictionary_->size() || !decoder_.Skip(slots)) {
        return Corrupt("a code is not in the dictionary");
      }
      out->constant = true;
      out->constant_code = code;
      out->size = slots;
      return Status::OK();
    }
  } else if (out->codes && !dictionary && valid > 0) {
    Materialize(out);
  }
  out->Grow(slots, out->codes ? 4 : target_width_);
  uint8_t* at = out->values->mutable_data() + out->size * (out->codes ? 4 : target_width_);
  if (dictionary) {
    if (!out->codes) {
      scratch_.resize(static_cast<size_t>(valid * 4));
    }
    auto* codes = reinterpret_cast<uint32_t*>(out->codes ? at : scratch_.data());
    if (!decoder_.ReadCodes(codes, valid)) {
      return Corrupt("dictionary codes end too early");
    }
    if (valid > 0 && MaxCode(codes, valid) >= dictionary_->size()) {
      return Corrupt("a code is not in the dictionary");
    }
    if (!out->codes && valid > 0) {
      MapCodesWidth(target_width_, dictionary_->raw_values(), codes, valid, at);
      const auto& strings = dictionary_->string_buffers();
      out->strings.insert(out->strings.end(), strings.begin(), strings.end());
    }
  } else if (valid > 0) {
    ARROW_RETURN_NOT_OK(DecodeDense(valid, at));
    if (target_.type->physical() == type::PhysicalType::kString) {
      const auto& strings = decoder_.string_buffers();
      if (!strings.empty() && (out->strings.empty() || out->strings.back() != strings.back())) {
        out->strings.insert(out->strings.end(), strings.begin(), strings.end());
      }
    }
  }
  if (valid < slots) {
    SpreadWidth(out->codes ? 4 : target_width_, at, slots, bits, first_bit, valid);
    if (out->validity == nullptr) {
      out->validity = columnar::AllocateBits(out->capacity, true);
    }
    CopyBits(reinterpret_cast<const uint8_t*>(bits), first_bit,
             reinterpret_cast<uint64_t*>(out->validity->mutable_data()), out->size, slots);
    out->nulls += slots - valid;
  }
  out->size += slots;
  return Status::OK();
}

VectorPtr ColumnReader::Finish(Output* out) {
  if (out->size == 0 || out->nulls == out->size) {
    return Vector::MakeNull(target_.type, out->size);
  }
  if (out->constant) {
    return Vector::MakeConstant(dictionary_, out->constant_code, out->size);
  }
  if (out->codes) {
    return Vector::MakeDictionary(dictionary_, out->size, std::move(out->values),
                                  std::move(out->validity));
  }
  return Vector::MakeFlat(target_.type, out->size, std::move(out->values), std::move(out->validity),
                          std::move(out->strings));
}

Status ColumnReader::TakeEntries(int64_t begin, int64_t end, Output* out) {
  // Leveled columns. `out` null: skip.
  const auto max = static_cast<uint8_t>(leaf_->max_def);
  if (out == nullptr) {
    const int64_t valid = std::count(def_.begin() + begin, def_.begin() + end, max);
    return decoder_.Skip(valid) ? Status::OK() : Corrupt("values end too early");
  }
  def_out_.insert(def_out_.end(), def_.begin() + begin, def_.begin() + end);
  if (leaf_->max_rep > 0) {
    rep_out_.insert(rep_out_.end(), rep_.begin() + begin, rep_.begin() + end);
  }
  // One word more than needed, as bits are copied from it in words.
  scratch_bits_.assign(static_cast<size_t>(columnar::WordsForBits(end - begin) + 2), 0);
  int64_t slots = 0;
  int64_t valid = 0;
  for (int64_t i = begin; i < end; ++i) {
    const uint8_t level = def_[static_cast<size_t>(i)];
    if (level >= slot_def_) {
      const bool is_valid = level == max;
      scratch_bits_[static_cast<size_t>(slots >> 6)] |= uint64_t{is_valid} << (slots & 63);
      valid += is_valid;
      ++slots;
    }
  }
  return Append(slots, scratch_bits_.data(), 0, valid, out);
}

Status ColumnReader::SeekFlat(int64_t row) {
  if (!data_.pages.empty()) {
    ARROW_RETURN_NOT_OK(ReadDictionary());
    // The last page that starts at or before the row.
    const auto behind =
        std::upper_bound(data_.pages.begin(), data_.pages.end(), row,
                         [](int64_t r, const PageLocation& page) { return r < page.first_row; });
    const auto index = static_cast<size_t>(behind - data_.pages.begin() - 1);
    if (has_page_ && index + 1 == next_page_) {
      return Status::OK();
    }
    pages_skipped_ += static_cast<int64_t>(index - next_page_);
    next_page_ = index;
    ARROW_ASSIGN_OR_RAISE(const bool found, NextPage());
    const int64_t rows =
        (behind == data_.pages.end() ? group_rows_ : behind->first_row) - page_first_row_;
    if (!found || header_.num_values < rows) {
      return Corrupt("a page has fewer rows than the offset index says");
    }
    header_.num_values = static_cast<int32_t>(rows);
    return Status::OK();
  }
  while (!has_page_ || row >= page_first_row_ + header_.num_values) {
    ARROW_ASSIGN_OR_RAISE(const bool found, NextPage());
    if (!found) {
      return Corrupt("pages are missing");
    }
  }
  return Status::OK();
}

Status ColumnReader::ReadFlat(RowRange range, Output* out) {
  int64_t row = range.begin;
  const int64_t end = range.begin + range.count;
  while (row < end) {
    ARROW_RETURN_NOT_OK(SeekFlat(row));
    ARROW_RETURN_NOT_OK(LoadPage());
    const int64_t in_page = row - page_first_row_;
    if (in_page < entry_) {
      return base::InternalError("a Parquet column is read backwards");
    }
    const int64_t n = std::min(end - row, header_.num_values - in_page);
    if (leveled_) {
      if (in_page > entry_) {
        ARROW_RETURN_NOT_OK(TakeEntries(entry_, in_page, nullptr));
      }
      ARROW_RETURN_NOT_OK(TakeEntries(in_page, in_page + n, out));
    } else {
      if (in_page > entry_) {
        const int64_t valid =
            all_valid_ ? in_page - entry_ : CountBits(valid_.data(), entry_, in_page - entry_);
        if (!decoder_.Skip(valid)) {
          return Corrupt("values end too early");
        }
      }
      const int64_t valid = all_valid_ ? n : CountBits(valid_.data(), in_page, n);
      ARROW_RETURN_NOT_OK(Append(n, valid_.data(), in_page, valid, out));
    }
    entry_ = in_page + n;
    row += n;
  }
  return Status::OK();
}

/// Goes over the next `rows` rows, into `out` or, where that is null, past them.
Status ColumnReader::TakeRows(int64_t rows, Output* out) {
  int64_t started = 0;
  while (true) {
    if (!has_page_ || (loaded_ && entry_ == header_.num_values)) {
      if (started == rows && !data_.pages.empty()) {
        break;  // known pages begin with a row, and the next one may not have been read
      }
      ARROW_ASSIGN_OR_RAISE(const bool found, NextPage());
      if (!found) {
        if (started == rows) {
          break;
        }
        return Corrupt("pages are missing");
      }
      if (started == rows && page_starts_row_) {
        break;
      }
    }
    ARROW_RETURN_NOT_OK(LoadPage());
    const int64_t begin = entry_;
    int64_t end = begin;
    bool full = false;
    for (; end < header_.num_values; ++end) {
      if (rep_[static_cast<size_t>(end)] == 0) {
        if (started == rows) {
          full = true;
          break;
        }
        ++started;
      } else if (started == 0 && rows_started_ == 0) {
        return Corrupt("the first row starts in its middle");
      }
    }
    ARROW_RETURN_NOT_OK(TakeEntries(begin, end, out));
    entry_ = end;
    if (full) {
      break;
    }
  }
  rows_started_ += started;
  return Status::OK();
}

Status ColumnReader::ReadRepeated(RowRange range, Output* out) {
  ARROW_RETURN_NOT_OK(ReadDictionary());
  if (range.begin > rows_started_) {
    if (!data_.pages.empty()) {
      const auto behind =
          std::upper_bound(data_.pages.begin(), data_.pages.end(), range.begin,
                           [](int64_t r, const PageLocation& page) { return r < page.first_row; });
      const auto index = static_cast<size_t>(behind - data_.pages.begin() - 1);
      if (!has_page_ || index >= next_page_) {
        pages_skipped_ += static_cast<int64_t>(index - next_page_);
        next_page_ = index;
        ARROW_RETURN_NOT_OK(NextPage().status());
        rows_started_ = page_first_row_;
      }
    }
    if (range.begin > rows_started_) {
      ARROW_RETURN_NOT_OK(TakeRows(range.begin - rows_started_, nullptr));
    }
  }
  return TakeRows(range.count, out);
}

Result<VectorPtr> ColumnReader::Read(const RowRange* ranges, size_t num_ranges) {
  Output out;
  for (size_t i = 0; i < num_ranges; ++i) {
    out.wanted += ranges[i].count;
  }
  def_out_.clear();
  rep_out_.clear();
  for (size_t i = 0; i < num_ranges; ++i) {
    if (ranges[i].count == 0) {
      continue;
    }
    if (leaf_->max_rep > 0) {
      ARROW_RETURN_NOT_OK(ReadRepeated(ranges[i], &out));
    } else {
      ARROW_RETURN_NOT_OK(ReadFlat(ranges[i], &out));
    }
  }
  return Finish(&out);
}

// ---- statistics
// ------------------------------------------------------------------------------------------------

std::optional<type::Value> DecodeBound(const SchemaNode& leaf, const LeafTarget& target,
                                       std::string_view bytes) {
  using type::Value;
  alignas(16) uint8_t source[16] = {};
  if (leaf.physical == ParquetType::kByteArray || leaf.physical == ParquetType::kFixed) {
    const StringView view(bytes.data(), static_cast<uint32_t>(bytes.size()));
    std::memcpy(source, &view, sizeof(view));
    if (target.conversion == Conversion::kHalfToFloat) {
      return std::nullopt;
    }
  } else {
    if (bytes.size() != static_cast<size_t>(SourceWidth(leaf.physical))) {
      return std::nullopt;
    }
    std::memcpy(source, bytes.data(), bytes.size());
  }
  alignas(16) uint8_t out[16] = {};
  switch (target.conversion) {
    case Conversion::kNone:
      std::memcpy(out, source, sizeof(out));
      break;
    case Conversion::kInt32ToInt8:
    case Conversion::kInt32ToInt16: {
      int32_t v;
      std::memcpy(&v, source, 4);
      const bool byte = target.conversion == Conversion::kInt32ToInt8;
      if (byte ? v != static_cast<int8_t>(v) : v != static_cast<int16_t>(v)) {
        return std::nullopt;
      }
      ConvertValues(target, source, 1, out);
      break;
    }
    case Conversion::kInt96ToMicros:
      return std::nullopt;
    default:
      if (!ConvertValues(target, source, 1, out)) {
        return std::nullopt;
      }
  }
  const auto as = [&]<class T>(std::type_identity<T>) {
    T v;
    std::memcpy(&v, out, sizeof(T));
    return v;
  };
  const bool decimal = target.type->is_decimal();
  switch (target.type->physical()) {
    case type::PhysicalType::kBool:
      return Value::Bool(out[0] != 0);
    case type::PhysicalType::kInt8:
      return Value::Int(as(std::type_identity<int8_t>{}));
    case type::PhysicalType::kInt16:
      return Value::Int(as(std::type_identity<int16_t>{}));
    case type::PhysicalType::kInt32:
      return Value::Int(as(std::type_identity<int32_t>{}));
    case type::PhysicalType::kInt64:
      return decimal ? Value::Decimal(as(std::type_identity<int64_t>{}))
                     : Value::Int(as(std::type_identity<int64_t>{}));
    case type::PhysicalType::kInt128:
      return Value::Decimal(as(std::type_identity<type::int128_t>{}));
    case type::PhysicalType::kFloat: {
      const float v = as(std::type_identity<float>{});
      return v != v ? std::nullopt : std::optional(Value::Float(v));
    }
    case type::PhysicalType::kDouble: {
      const double v = as(std::type_identity<double>{});
      return v != v ? std::nullopt : std::optional(Value::Double(v));
    }
    case type::PhysicalType::kString:
      return Value::String(std::string(bytes));
    default:
      return std::nullopt;
  }
}

std::optional<std::string> EncodeForBloom(const SchemaNode& leaf, const LeafTarget& target,
                                          const type::Value& value) {
  if (value.is_null() || leaf.annotation == Annotation::kDecimal ||
      leaf.annotation == Annotation::kTimestampMillis ||
      leaf.annotation == Annotation::kTimestampNanos || leaf.annotation == Annotation::kFloat16) {
    return std::nullopt;
  }
  const auto bytes_of = [](auto v) {
    std::string bytes(sizeof(v), '\0');
    std::memcpy(bytes.data(), &v, sizeof(v));
    return bytes;
  };
  if (const auto* text = std::get_if<std::string>(&value.payload())) {
    if (leaf.physical == ParquetType::kByteArray || leaf.physical == ParquetType::kFixed) {
      return *text;
    }
    return std::nullopt;
  }
  if (const auto* integer = std::get_if<int64_t>(&value.payload())) {
    if (leaf.physical == ParquetType::kInt64 && target.conversion == Conversion::kNone) {
      return bytes_of(*integer);
    }
    if (leaf.physical == ParquetType::kInt32 && *integer == static_cast<int32_t>(*integer) &&
        (target.conversion == Conversion::kNone || target.conversion == Conversion::kInt32ToInt64 ||
         target.conversion == Conversion::kInt32ToInt16 ||
         target.conversion == Conversion::kInt32ToInt8)) {
      return bytes_of(static_cast<int32_t>(*integer));
    }
  }
  return std::nullopt;
}

}  // namespace emery::format::parquet
