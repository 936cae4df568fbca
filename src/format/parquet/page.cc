#include <cstring>
#include <utility>

#include <xxhash.h>

#include "format/parquet/compact_protocol_internal.h"
#include "format/parquet/page_internal.h"

namespace emery::format::parquet {

namespace {

using Field = CompactReader::Field;

int32_t Int32Of(CompactReader* in) {
  const int64_t v = in->ReadInt();
  return v < INT32_MIN || v > INT32_MAX ? -1 : static_cast<int32_t>(v);
}

void ParseDataHeader(CompactReader* in, PageHeader* header) {
  Field field;
  while (in->NextField(&field)) {
    switch (field.type == CompactReader::kI32 ? field.id : 0) {
      case 1:
        header->num_values = Int32Of(in);
        break;
      case 2:
        header->encoding = static_cast<PageEncoding>(Int32Of(in));
        break;
      case 3:
        header->level_encoding = static_cast<PageEncoding>(Int32Of(in));
        break;
      default:
        in->Skip(field.type);
    }
  }
}

void ParseDataHeaderV2(CompactReader* in, PageHeader* header) {
  Field field;
  while (in->NextField(&field)) {
    if (field.id == 7 &&
        (field.type == CompactReader::kTrue || field.type == CompactReader::kFalse)) {
      header->compressed = field.type == CompactReader::kTrue;
      continue;
    }
    switch (field.type == CompactReader::kI32 ? field.id : 0) {
      case 1:
        header->num_values = Int32Of(in);
        break;
      case 3:
        header->num_rows = Int32Of(in);
        break;
      case 4:
        header->encoding = static_cast<PageEncoding>(Int32Of(in));
        break;
      case 5:
        header->def_size = Int32Of(in);
        break;
      case 6:
        header->rep_size = Int32Of(in);
        break;
      default:
        in->Skip(field.type);
    }
  }
}

}  // namespace

std::optional<PageHeader> ParsePageHeader(const uint8_t* data, int64_t size) {
  CompactReader in(data, size);
  PageHeader header;
  int32_t kind = -1;
  Field field;
  while (in.NextField(&field)) {
    if (field.type == CompactReader::kI32 && field.id <= 3) {
      const int32_t value = Int32Of(&in);
      (field.id == 1 ? kind : field.id == 2 ? header.size : header.stored_size) = value;
    } else if (field.type == CompactReader::kStruct && (field.id == 5 || field.id == 7)) {
      ParseDataHeader(&in, &header);
    } else if (field.type == CompactReader::kStruct && field.id == 8) {
      ParseDataHeaderV2(&in, &header);
    } else {
      in.Skip(field.type);
    }
  }
  if (!in.ok()) {
    return std::nullopt;
  }
  header.kind = kind == 0   ? PageKind::kData
                : kind == 2 ? PageKind::kDictionary
                : kind == 3 ? PageKind::kDataV2
                            : PageKind::kOther;
  header.header_size = static_cast<int32_t>(in.position() - data);
  if (header.size < 0 || header.stored_size < 0 || header.num_values < 0 || header.def_size < 0 ||
      header.rep_size < 0 || int64_t{header.def_size} + header.rep_size > header.size ||
      int64_t{header.def_size} + header.rep_size > header.stored_size ||
      int64_t{header.stored_size} > size - header.header_size ||
      (header.kind == PageKind::kDataV2 &&
       (header.num_rows < 0 || header.num_rows > header.num_values))) {
    return std::nullopt;
  }
  return header;
}

std::vector<PageLocation> ParseOffsetIndex(std::string_view bytes, int64_t begin, int64_t end,
                                           int64_t num_rows) {
  CompactReader in(reinterpret_cast<const uint8_t*>(bytes.data()),
                   static_cast<int64_t>(bytes.size()));
  std::vector<PageLocation> pages;
  Field field;
  while (in.NextField(&field)) {
    if (field.id != 1 || field.type != CompactReader::kList) {
      in.Skip(field.type);
      continue;
    }
    const CompactReader::List list = in.ReadList();
    if (list.type != CompactReader::kStruct) {
      return {};
    }
    for (uint32_t i = 0; i < list.size && in.ok(); ++i) {
      PageLocation page;
      Field part;
      while (in.NextField(&part)) {
        if (part.id == 1 && part.type == CompactReader::kI64) {
          page.offset = in.ReadInt();
        } else if (part.id == 2 && part.type == CompactReader::kI32) {
          page.length = in.ReadInt();
        } else if (part.id == 3 && part.type == CompactReader::kI64) {
          page.first_row = in.ReadInt();
        } else {
          in.Skip(part.type);
        }
      }
      const bool in_order = pages.empty()
                                ? page.first_row == 0
                                : page.first_row >= pages.back().first_row &&
                                      page.offset >= pages.back().offset + pages.back().length;
      if (!in_order || page.offset < begin || page.length <= 0 || page.offset > end ||
          page.length > end - page.offset || page.first_row > num_rows) {
        return {};
      }
      pages.push_back(page);
    }
  }
  return in.ok() ? pages : std::vector<PageLocation>();
}

std::vector<PageBounds> ParseColumnIndex(std::string_view bytes, size_t num_pages) {
  CompactReader in(reinterpret_cast<const uint8_t*>(bytes.data()),
                   static_cast<int64_t>(bytes.size()));
  std::vector<PageBounds> pages(num_pages);
  int seen = 0;
  Field field;
  while (in.NextField(&field)) {
    if (field.type != CompactReader::kList || field.id < 1 || field.id > 5) {
      in.Skip(field.type);
      continue;
    }
    if (field.id == 4) {
      in.Skip(field.type);
      continue;
    }
    const CompactReader::List list = in.ReadList();
    if (list.size != num_pages) {
      return {};
    }
    for (PageBounds& page : pages) {
      switch (field.id) {
        case 1:
          page.all_null = in.ReadListBool();
          break;
        case 2:
          page.min = in.ReadBinary();
          break;
        case 3:
          page.max = in.ReadBinary();
          break;
        default:
          page.null_count = in.ReadInt();
      }
    }
    seen |= 1 << field.id;
  }
  const bool complete = (seen & 0b1110) == 0b1110;
  return in.ok() && complete ? pages : std::vector<PageBounds>();
}

std::optional<std::pair<int64_t, int64_t>> BloomFilter::ParseHeader(std::string_view bytes) {
  CompactReader in(reinterpret_cast<const uint8_t*>(bytes.data()),
                   static_cast<int64_t>(bytes.size()));
  int64_t size = 0;
  bool usable = true;
  Field field;
  while (in.NextField(&field)) {
    if (field.id == 1 && field.type == CompactReader::kI32) {
      size = in.ReadInt();
    } else if (field.type == CompactReader::kStruct && field.id >= 2 && field.id <= 4) {
      // Algorithm, hash and compression are unions of which only the first member exists.
      Field member;
      while (in.NextField(&member)) {
        usable = usable && member.id == 1;
        in.Skip(member.type);
      }
    } else {
      in.Skip(field.type);
    }
  }
  if (!in.ok() || !usable || size < 32 || size % 32 != 0 || size > (int64_t{128} << 20)) {
    return std::nullopt;
  }
  return std::pair<int64_t, int64_t>(in.position() - reinterpret_cast<const uint8_t*>(bytes.data()),
                                     size);
}

bool BloomFilter::MayContain(uint64_t hash) const {
  constexpr uint32_t kSalt[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
  const uint64_t blocks = bits_.size() / 32;
  const uint64_t block = ((hash >> 32) * blocks) >> 32;
  const uint32_t key = static_cast<uint32_t>(hash);
  for (int i = 0; i < 8; ++i) {
    uint32_t word;
    std::memcpy(&word, bits_.data() + block * 32 + i * 4, 4);
    if ((word & (uint32_t{1} << ((key * kSalt[i]) >> 27))) == 0) {
      return false;
    }
  }
  return true;
}

uint64_t BloomFilter::Hash(std::string_view plain_value) {
  return XXH64(plain_value.data(), plain_value.size(), 0);
}

}  // namespace emery::format::parquet
