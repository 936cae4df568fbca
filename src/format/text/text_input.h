#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "io/object_store.h"

/// What the formats of lines (text, CSV, JSON) share: compressed files, and files that several
/// tasks read.
namespace emery::format::text {

/// The bytes of a file that a task reads, half-open. `end` < 0: up to the file's end.
struct FileRange {
  int64_t begin = 0;
  int64_t end = -1;

  bool whole() const { return begin == 0 && end < 0; }
};

/// How a file is compressed, which its name's ending says.
enum class Codec : uint8_t { kNone, kGzip, kBzip2, kZstd, kDeflate, kLz4, kSnappy };

Codec CodecOf(std::string_view path);
/// ".gz"; empty for kNone.
std::string_view CodecExtension(Codec codec);
/// The codec that the option "compression" names, for writing. Errors: CODEC_NOT_AVAILABLE.
Result<Codec> CodecForWriting(std::string_view name);

/// The whole file, decompressed. Errors: FAILED_READ_FILE.NO_HINT for one that is cut off or
/// broken.
Result<io::Bytes> ReadWhole(const io::ObjectInfo& file);

/// The lines that belong to `range` of an uncompressed file, whole: those that begin behind its
/// first byte (or at byte 0) and up to its last, so that ranges side by side give each line once.
/// Lines end with `separator`, or with \n, \r or \r\n where it is empty. A whole range gives
/// ReadWhole.
Result<io::Bytes> ReadLines(const io::ObjectInfo& file, const FileRange& range,
                            std::string_view separator);

/// A writer that compresses what goes into `out`; `out` itself for kNone.
Result<std::unique_ptr<io::ObjectWriter>> CompressingWriter(std::unique_ptr<io::ObjectWriter> out,
                                                            Codec codec);

/// FAILED_READ_FILE.NO_HINT.
Status UnreadableFile(const std::string& path, const std::string& what);

}  // namespace emery::format::text
