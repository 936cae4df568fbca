#include "format/text/text_input.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "arrow/buffer.h"
#include "arrow/util/compression.h"

namespace emery::format::text {

namespace {

struct CodecName {
  Codec codec;
  std::string_view extension;
  std::string_view name;
};

constexpr std::array<CodecName, 6> kCodecs = {{{Codec::kGzip, ".gz", "gzip"},
                                               {Codec::kBzip2, ".bz2", "bzip2"},
                                               {Codec::kZstd, ".zst", "zstd"},
                                               {Codec::kDeflate, ".deflate", "deflate"},
                                               {Codec::kLz4, ".lz4", "lz4"},
                                               {Codec::kSnappy, ".snappy", "snappy"}}};

// Hadoop's block codecs: blocks of this size before compression.
constexpr int64_t kBlockBytes = int64_t{256} << 10;
// Reading behind a range's end for the rest of its last line.
constexpr int64_t kTailBytes = int64_t{64} << 10;

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

Result<std::unique_ptr<arrow::util::Codec>> ArrowCodec(Codec codec) {
  using arrow::Compression;
  switch (codec) {
    case Codec::kGzip:
      return arrow::util::Codec::Create(Compression::GZIP);
    case Codec::kDeflate: {
      arrow::util::GZipCodecOptions options;
      options.gzip_format = arrow::util::GZipFormat::ZLIB;
      return arrow::util::Codec::Create(Compression::GZIP, options);
    }
    case Codec::kBzip2:
      return arrow::util::Codec::Create(Compression::BZ2);
    case Codec::kZstd:
      return arrow::util::Codec::Create(Compression::ZSTD);
    case Codec::kLz4:
      return arrow::util::Codec::Create(Compression::LZ4);
    case Codec::kSnappy:
      return arrow::util::Codec::Create(Compression::SNAPPY);
    case Codec::kNone:
      break;
  }
  return base::InternalError("no codec");
}

bool InBlocks(Codec codec) {
  return codec == Codec::kLz4 || codec == Codec::kSnappy;
}

uint32_t BigEndian(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

/// Streams, of which several may follow one another (gzip's members).
Result<io::Bytes> DecompressStream(const std::string& path, arrow::util::Codec* codec,
                                   const arrow::Buffer& in) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::util::Decompressor> decompressor,
                        codec->MakeDecompressor());
  std::string out;
  const uint8_t* p = in.data();
  int64_t left = in.size();
  size_t room = std::max<size_t>(static_cast<size_t>(left) * 4, 1 << 16);
  size_t size = 0;
  while (left > 0) {
    if (decompressor->IsFinished()) {
      ARROW_RETURN_NOT_OK(decompressor->Reset());
    }
    out.resize(size + room);
    const auto step = decompressor->Decompress(left, p, static_cast<int64_t>(room),
                                               reinterpret_cast<uint8_t*>(out.data()) + size);
    if (!step.ok()) {
      return UnreadableFile(path, step.status().message());
    }
    p += step->bytes_read;
    left -= step->bytes_read;
    size += static_cast<size_t>(step->bytes_written);
    if (step->bytes_read == 0 && step->bytes_written == 0) {
      if (!step->need_more_output) {
        break;
      }
      room *= 2;
    }
  }
  // What is still inside the decompressor.
  while (!decompressor->IsFinished() && in.size() > 0) {
    out.resize(size + room);
    const auto step = decompressor->Decompress(0, p, static_cast<int64_t>(room),
                                               reinterpret_cast<uint8_t*>(out.data()) + size);
    if (!step.ok() || step->bytes_written == 0) {
      break;
    }
    size += static_cast<size_t>(step->bytes_written);
  }
  if (in.size() > 0 && !decompressor->IsFinished()) {
    return UnreadableFile(path, "its compressed data end too early");
  }
  out.resize(size);
  return arrow::Buffer::FromString(std::move(out));
}

/// Hadoop's framing: the size of a block, then compressed pieces of it, each after its own size.
Result<io::Bytes> DecompressBlocks(const std::string& path, arrow::util::Codec* codec,
                                   const arrow::Buffer& in) {
  std::string out;
  const uint8_t* p = in.data();
  const uint8_t* end = p + in.size();
  while (p < end) {
    if (end - p < 4) {
      return UnreadableFile(path, "its compressed data end too early");
    }
    const size_t block_end = out.size() + BigEndian(p);
    p += 4;
    while (out.size() < block_end) {
      if (end - p < 4 || end - p - 4 < static_cast<int64_t>(BigEndian(p))) {
        return UnreadableFile(path, "its compressed data end too early");
      }
      const int64_t piece = BigEndian(p);
      p += 4;
      const size_t at = out.size();
      out.resize(block_end);
      const auto written = codec->Decompress(piece, p, static_cast<int64_t>(block_end - at),
                                             reinterpret_cast<uint8_t*>(out.data()) + at);
      if (!written.ok() || *written <= 0) {
        return UnreadableFile(path, "its compressed data are broken");
      }
      out.resize(at + static_cast<size_t>(*written));
      p += piece;
    }
  }
  return arrow::Buffer::FromString(std::move(out));
}

class StreamWriter final : public io::ObjectWriter {
 public:
  StreamWriter(std::unique_ptr<io::ObjectWriter> out, std::unique_ptr<arrow::util::Codec> codec,
               std::shared_ptr<arrow::util::Compressor> compressor)
      : out_(std::move(out)), codec_(std::move(codec)), compressor_(std::move(compressor)) {}

  Status Write(std::string_view bytes) override {
    const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
    auto left = static_cast<int64_t>(bytes.size());
    buffer_.resize(1 << 16);
    while (left > 0) {
      ARROW_ASSIGN_OR_RAISE(const auto step,
                            compressor_->Compress(left, p, static_cast<int64_t>(buffer_.size()),
                                                  reinterpret_cast<uint8_t*>(buffer_.data())));
      p += step.bytes_read;
      left -= step.bytes_read;
      if (step.bytes_written > 0) {
        ARROW_RETURN_NOT_OK(out_->Write(
            std::string_view(buffer_).substr(0, static_cast<size_t>(step.bytes_written))));
      } else if (step.bytes_read == 0) {
        buffer_.resize(buffer_.size() * 2);
      }
    }
    return Status::OK();
  }

  Status Close() override {
    buffer_.resize(1 << 16);
    bool more = true;
    while (more) {
      ARROW_ASSIGN_OR_RAISE(const auto step,
                            compressor_->End(static_cast<int64_t>(buffer_.size()),
                                             reinterpret_cast<uint8_t*>(buffer_.data())));
      ARROW_RETURN_NOT_OK(out_->Write(
          std::string_view(buffer_).substr(0, static_cast<size_t>(step.bytes_written))));
      more = step.should_retry;
      if (more && step.bytes_written == 0) {
        buffer_.resize(buffer_.size() * 2);
      }
    }
    return out_->Close();
  }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

 private:
  std::unique_ptr<io::ObjectWriter> out_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::util::Compressor> compressor_;
  std::string buffer_;
};

class BlockWriter final : public io::ObjectWriter {
 public:
  BlockWriter(std::unique_ptr<io::ObjectWriter> out, std::unique_ptr<arrow::util::Codec> codec)
      : out_(std::move(out)), codec_(std::move(codec)) {}

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t count =
          std::min(bytes.size(), static_cast<size_t>(kBlockBytes) - pending_.size());
      pending_ += bytes.substr(0, count);
      bytes.remove_prefix(count);
      if (static_cast<int64_t>(pending_.size()) == kBlockBytes) {
        ARROW_RETURN_NOT_OK(WriteBlock());
      }
    }
    return Status::OK();
  }

  Status Close() override {
    ARROW_RETURN_NOT_OK(WriteBlock());
    return out_->Close();
  }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

 private:
  Status WriteBlock() {
    if (pending_.empty()) {
      return Status::OK();
    }
    const auto* in = reinterpret_cast<const uint8_t*>(pending_.data());
    const auto size = static_cast<int64_t>(pending_.size());
    std::string piece(static_cast<size_t>(codec_->MaxCompressedLen(size, in)), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t written,
                          codec_->Compress(size, in, static_cast<int64_t>(piece.size()),
                                           reinterpret_cast<uint8_t*>(piece.data())));
    std::string framed;
    AppendBigEndian(static_cast<uint32_t>(size), &framed);
    AppendBigEndian(static_cast<uint32_t>(written), &framed);
    framed.append(piece, 0, static_cast<size_t>(written));
    pending_.clear();
    return out_->Write(framed);
  }

  std::unique_ptr<io::ObjectWriter> out_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::string pending_;
};

/// Where the line that contains byte `from` ends, behind its separator; npos: not within `text`.
size_t BehindLine(std::string_view text, size_t from, std::string_view separator) {
  if (!separator.empty()) {
    const size_t at = text.find(separator, from);
    return at == text.npos ? text.npos : at + separator.size();
  }
  const size_t at = text.find_first_of("\r\n", from);
  if (at == text.npos) {
    return text.npos;
  }
  if (text[at] == '\r') {
    // What follows a \r at the text's end is unknown.
    return at + 1 == text.size() ? text.npos : text[at + 1] == '\n' ? at + 2 : at + 1;
  }
  return at + 1;
}

}  // namespace

Codec CodecOf(std::string_view path) {
  for (const CodecName& known : kCodecs) {
    if (path.ends_with(known.extension)) {
      return known.codec;
    }
  }
  return Codec::kNone;
}

std::string_view CodecExtension(Codec codec) {
  for (const CodecName& known : kCodecs) {
    if (known.codec == codec) {
      return known.extension;
    }
  }
  return "";
}

Result<Codec> CodecForWriting(std::string_view name) {
  const std::string lower = Lower(name);
  if (lower == "none" || lower == "uncompressed") {
    return Codec::kNone;
  }
  for (const CodecName& known : kCodecs) {
    if (known.name == lower && known.codec != Codec::kZstd) {
      return known.codec;
    }
  }
  return base::UserError("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
                         "The codec " + std::string(name) +
                             " is not available. Available codecs are bzip2, deflate, "
                             "uncompressed, snappy, none, lz4, gzip.",
                         {{"codecName", std::string(name)}});
}

Status UnreadableFile(const std::string& path, const std::string& what) {
  const std::string uri = path.starts_with('/') ? "file://" + path : path;
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Encountered error while reading file " + uri + ": " + what + ".",
                         {{"path", uri}});
}

Result<io::Bytes> ReadWhole(const io::ObjectInfo& file) {
  std::string path = file.path;
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(io::Bytes bytes, store->Read(path));
  const Codec codec = CodecOf(file.path);
  if (codec == Codec::kNone) {
    return bytes;
  }
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<arrow::util::Codec> arrow_codec, ArrowCodec(codec));
  return InBlocks(codec) ? DecompressBlocks(file.path, arrow_codec.get(), *bytes)
                         : DecompressStream(file.path, arrow_codec.get(), *bytes);
}

Result<io::Bytes> ReadLines(const io::ObjectInfo& file, const FileRange& range,
                            std::string_view separator) {
  if (range.whole() || CodecOf(file.path) != Codec::kNone) {
    return ReadWhole(file);
  }
  std::string path = file.path;
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  const int64_t range_end = range.end < 0 ? file.size : std::min(range.end, file.size);
  if (range.begin >= range_end) {
    return arrow::Buffer::FromString("");
  }
  int64_t end = std::min(range_end + kTailBytes, file.size);
  while (true) {
    // Copied: the future that keeps it goes with this line.
    const Result<io::Bytes> read =
        store->ReadRanges(path, {{range.begin, end - range.begin}})[0].get();
    ARROW_RETURN_NOT_OK(read.status());
    const io::Bytes& bytes = *read;
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()),
                                static_cast<size_t>(bytes->size()));
    const bool at_file_end = end == file.size;
    size_t first = 0;
    if (range.begin > 0) {
      first = BehindLine(text, 0, separator);
    }
    // The last line may begin at the range's end itself.
    const auto stop = static_cast<size_t>(range_end - range.begin);
    size_t last = text.npos;
    if (first != text.npos && first > stop) {
      return arrow::Buffer::FromString("");  // one line covers the range
    }
    if (first != text.npos) {
      last = stop >= text.size() ? text.npos : BehindLine(text, stop, separator);
    }
    if (at_file_end || last != text.npos) {
      if (first == text.npos) {
        return arrow::Buffer::FromString("");
      }
      last = std::min(last, text.size());
      return arrow::SliceBuffer(bytes, static_cast<int64_t>(first),
                                static_cast<int64_t>(last - first));
    }
    end = std::min(end + std::max(kTailBytes, end - range_end), file.size);
  }
}

Result<std::unique_ptr<io::ObjectWriter>> CompressingWriter(std::unique_ptr<io::ObjectWriter> out,
                                                            Codec codec) {
  if (codec == Codec::kNone) {
    return out;
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::util::Codec> arrow_codec, ArrowCodec(codec));
  if (InBlocks(codec)) {
    return std::make_unique<BlockWriter>(std::move(out), std::move(arrow_codec));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::util::Compressor> compressor,
                        arrow_codec->MakeCompressor());
  return std::make_unique<StreamWriter>(std::move(out), std::move(arrow_codec),
                                        std::move(compressor));
}

}  // namespace emery::format::text
