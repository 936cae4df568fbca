#include "format/avro/avro_writer.h"

#include <cstring>
#include <random>

#include <zlib.h>

namespace emery::format::avro {

namespace {

// Rows are put into blocks of about this size before compression, as Avro's Java library does.
constexpr size_t kBlockBytes = 64000;

void AppendLong(int64_t v, std::string* out) {
  auto zigzag = (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
  while (zigzag >= 0x80) {
    out->push_back(static_cast<char>(zigzag | 0x80));
    zigzag >>= 7;
  }
  out->push_back(static_cast<char>(zigzag));
}

void AppendString(std::string_view v, std::string* out) {
  AppendLong(static_cast<int64_t>(v.size()), out);
  out->append(v);
}

Result<std::string> Deflate(const std::string& bytes) {
  z_stream stream{};
  // Avro's deflate has no zlib header.
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return base::InternalError("zlib can't be started");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return base::InternalError("zlib can't compress a block");
  }
  return out;
}

}  // namespace

AvroWriter::AvroWriter(std::string schema, std::map<std::string, std::string> metadata, Codec codec)
    : codec_(codec) {
  metadata["avro.schema"] = std::move(schema);
  metadata["avro.codec"] = codec == Codec::kDeflate ? "deflate" : "null";
  std::random_device device;
  for (int i = 0; i < 4; ++i) {
    const uint32_t word = device();
    sync_.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  file_ = "Obj\x01";
  AppendLong(static_cast<int64_t>(metadata.size()), &file_);
  for (const auto& [key, value] : metadata) {
    AppendString(key, &file_);
    AppendString(value, &file_);
  }
  AppendLong(0, &file_);
  file_ += sync_;
}

void AvroWriter::WriteLong(int64_t v) {
  AppendLong(v, &block_);
}

void AvroWriter::WriteFloat(float v) {
  block_.append(reinterpret_cast<const char*>(&v), sizeof(v));
}

void AvroWriter::WriteDouble(double v) {
  block_.append(reinterpret_cast<const char*>(&v), sizeof(v));
}

void AvroWriter::WriteString(std::string_view v) {
  AppendString(v, &block_);
}

Status AvroWriter::EndRow() {
  ++rows_in_block_;
  return block_.size() >= kBlockBytes ? EndBlock() : Status::OK();
}

Status AvroWriter::EndBlock() {
  if (rows_in_block_ == 0) {
    return Status::OK();
  }
  if (codec_ == Codec::kDeflate) {
    ARROW_ASSIGN_OR_RAISE(block_, Deflate(block_));
  }
  AppendLong(rows_in_block_, &file_);
  AppendString(block_, &file_);
  file_ += sync_;
  block_.clear();
  rows_in_block_ = 0;
  return Status::OK();
}

Result<std::string> AvroWriter::Finish() {
  ARROW_RETURN_NOT_OK(EndBlock());
  return std::move(file_);
}

}  // namespace emery::format::avro
