// Layout: magic, blobs, footer; the footer is magic, JSON (its size known from behind), the JSON's
// size in four bytes, four bytes of flags, magic. Numbers are little-endian.

#include "format/puffin/puffin.h"

#include <cstring>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/util/compression.h"
#include <nlohmann/json.hpp>

namespace emery::format::puffin {

namespace {

constexpr std::string_view kMagic = "PFA1";
constexpr int64_t kTail = 12;  // size of the JSON, flags, magic
constexpr uint8_t kCompressedFooter = 1;
constexpr int64_t kFooterBytesMax = int64_t{256} << 20;

Status Damaged(const std::string& path, const std::string& what) {
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Encountered error while reading file " + path +
                             ": it is no whole Puffin file (" + what + ").",
                         {{"path", path}});
}

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = (value << 8) | static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
  }
  return value;
}

std::string LittleEndian(uint32_t value) {
  std::string bytes(4, '\0');
  for (size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<char>((value >> (8 * i)) & 0xFF);
  }
  return bytes;
}

Result<std::string> Decompress(const std::string& codec_name, std::string_view bytes,
                               const std::string& path) {
  arrow::Compression::type type = arrow::Compression::UNCOMPRESSED;
  if (codec_name == "zstd") {
    type = arrow::Compression::ZSTD;
  } else if (codec_name == "lz4") {
    type = arrow::Compression::LZ4_FRAME;
  } else {
    return base::Unsupported("Puffin blobs compressed by " + codec_name + " (" + path + ")");
  }
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(type));
  ARROW_ASSIGN_OR_RAISE(auto decompressor, codec->MakeDecompressor());
  std::string out(bytes.size() * 4 + 1024, '\0');
  int64_t used = 0;
  int64_t made = 0;
  while (!decompressor->IsFinished()) {
    const auto step = decompressor->Decompress(
        static_cast<int64_t>(bytes.size()) - used,
        reinterpret_cast<const uint8_t*>(bytes.data()) + used,
        static_cast<int64_t>(out.size()) - made, reinterpret_cast<uint8_t*>(out.data()) + made);
    if (!step.ok()) {
      return Damaged(path, "a compressed part can't be undone");
    }
    used += step->bytes_read;
    made += step->bytes_written;
    if (step->need_more_output) {
      if (static_cast<int64_t>(out.size()) > kFooterBytesMax) {
        return Damaged(path, "a compressed part is too large");
      }
      out.resize(out.size() * 2);
    } else if (step->bytes_read == 0 && step->bytes_written == 0) {
      return Damaged(path, "a compressed part is cut");
    }
  }
  out.resize(static_cast<size_t>(made));
  return out;
}

Result<FileMetadata> ParseJson(const std::string& text, int64_t limit, const std::string& path) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("blobs") || !json["blobs"].is_array()) {
    return Damaged(path, "its footer is not what it should be");
  }
  const auto text_of = [](const nlohmann::json& from, std::map<std::string, std::string>* to) {
    if (from.contains("properties") && from["properties"].is_object()) {
      for (const auto& [key, value] : from["properties"].items()) {
        if (value.is_string()) {
          (*to)[key] = value.get<std::string>();
        }
      }
    }
  };
  FileMetadata metadata;
  text_of(json, &metadata.properties);
  for (const auto& entry : json["blobs"]) {
    BlobMetadata blob;
    const bool whole = entry.is_object() && entry.contains("type") && entry["type"].is_string() &&
                       entry.contains("offset") && entry["offset"].is_number_integer() &&
                       entry.contains("length") && entry["length"].is_number_integer();
    if (!whole) {
      return Damaged(path, "a blob's entry lacks members");
    }
    blob.type = entry["type"].get<std::string>();
    blob.offset = entry["offset"].get<int64_t>();
    blob.length = entry["length"].get<int64_t>();
    if (blob.offset < 0 || blob.length < 0 || blob.offset > limit ||
        blob.length > limit - blob.offset) {
      return Damaged(path, "a blob lies past its end");
    }
    const auto number = [&](const char* key, int64_t* to) {
      if (entry.contains(key) && entry[key].is_number_integer()) {
        *to = entry[key].get<int64_t>();
      }
    };
    number("snapshot-id", &blob.snapshot_id);
    number("sequence-number", &blob.sequence_number);
    if (entry.contains("fields") && entry["fields"].is_array()) {
      for (const auto& field : entry["fields"]) {
        if (field.is_number_integer()) {
          blob.fields.push_back(field.get<int32_t>());
        }
      }
    }
    if (entry.contains("compression-codec") && entry["compression-codec"].is_string()) {
      blob.compression_codec = entry["compression-codec"].get<std::string>();
    }
    text_of(entry, &blob.properties);
    metadata.blobs.push_back(std::move(blob));
  }
  return metadata;
}

}  // namespace

PuffinWriter::PuffinWriter(std::unique_ptr<io::ObjectWriter> out,
                           std::map<std::string, std::string> properties)
    : out_(std::move(out)) {
  metadata_.properties = std::move(properties);
}

PuffinWriter::~PuffinWriter() = default;

Status PuffinWriter::Write(std::string_view bytes) {
  position_ += static_cast<int64_t>(bytes.size());
  return out_->Write(bytes);
}

Result<BlobMetadata> PuffinWriter::Add(BlobMetadata metadata, std::string_view bytes) {
  if (position_ == 0) {
    ARROW_RETURN_NOT_OK(Write(kMagic));
  }
  metadata.offset = position_;
  metadata.length = static_cast<int64_t>(bytes.size());
  ARROW_RETURN_NOT_OK(Write(bytes));
  metadata_.blobs.push_back(metadata);
  return metadata;
}

Result<int64_t> PuffinWriter::Finish() {
  if (position_ == 0) {
    ARROW_RETURN_NOT_OK(Write(kMagic));
  }
  nlohmann::json blobs = nlohmann::json::array();
  for (const BlobMetadata& blob : metadata_.blobs) {
    nlohmann::json entry = {{"type", blob.type},
                            {"fields", blob.fields},
                            {"snapshot-id", blob.snapshot_id},
                            {"sequence-number", blob.sequence_number},
                            {"offset", blob.offset},
                            {"length", blob.length}};
    if (blob.compression_codec) {
      entry["compression-codec"] = *blob.compression_codec;
    }
    if (!blob.properties.empty()) {
      entry["properties"] = blob.properties;
    }
    blobs.push_back(std::move(entry));
  }
  nlohmann::json footer = {{"blobs", std::move(blobs)}};
  if (!metadata_.properties.empty()) {
    footer["properties"] = metadata_.properties;
  }
  // Names of files may hold bytes that are no UTF-8.
  const std::string text = footer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  ARROW_RETURN_NOT_OK(Write(kMagic));
  ARROW_RETURN_NOT_OK(Write(text));
  ARROW_RETURN_NOT_OK(Write(LittleEndian(static_cast<uint32_t>(text.size()))));
  ARROW_RETURN_NOT_OK(Write(LittleEndian(0)));
  ARROW_RETURN_NOT_OK(Write(kMagic));
  ARROW_RETURN_NOT_OK(out_->Close());
  return position_;
}

Result<FileMetadata> ParseFooter(std::string_view file, const std::string& path) {
  const auto size = static_cast<int64_t>(file.size());
  const auto magic = static_cast<int64_t>(kMagic.size());
  if (size < 2 * magic + kTail || file.substr(0, kMagic.size()) != kMagic ||
      file.substr(file.size() - kMagic.size()) != kMagic) {
    return Damaged(path, "its magic is missing");
  }
  const std::string_view tail = file.substr(file.size() - kTail);
  const int64_t length = LittleEndian(tail.substr(0, 4));
  const auto flags = static_cast<uint8_t>(tail[4]);
  const int64_t start = size - kTail - length - magic;
  if (start < magic || file.substr(static_cast<size_t>(start), kMagic.size()) != kMagic) {
    return Damaged(path, "its footer is cut");
  }
  std::string text(file.substr(static_cast<size_t>(start + magic), static_cast<size_t>(length)));
  if ((flags & kCompressedFooter) != 0) {
    ARROW_ASSIGN_OR_RAISE(text, Decompress("lz4", text, path));
  }
  return ParseJson(text, start, path);
}

Result<FileMetadata> ReadFooter(const std::string& path) {
  std::string place = path;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&place));
  ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, store->Read(place));
  return ParseFooter(std::string_view(reinterpret_cast<const char*>(bytes->data()),
                                      static_cast<size_t>(bytes->size())),
                     path);
}

Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length) {
  std::string place = path;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&place));
  ARROW_ASSIGN_OR_RAISE(const io::ObjectInfo info, store->Stat(place));
  if (offset < 0 || length < 0 || offset > info.size || length > info.size - offset) {
    return Damaged(path, "a blob lies past its end");
  }
  const auto futures = store->ReadRanges(place, {{offset, length}});
  ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, futures[0].get());
  return std::string(reinterpret_cast<const char*>(bytes->data()),
                     static_cast<size_t>(bytes->size()));
}

Result<std::string> ReadBlob(const std::string& path, const BlobMetadata& blob) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadRange(path, blob.offset, blob.length));
  if (!blob.compression_codec) {
    return bytes;
  }
  return Decompress(*blob.compression_codec, bytes, path);
}

}  // namespace emery::format::puffin
