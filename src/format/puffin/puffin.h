#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/object_store.h"

namespace emery::format::puffin {

/// What a Puffin file's footer says of one of its blobs (Iceberg, "Puffin file format").
struct BlobMetadata {
  std::string type;             // "deletion-vector-v1", "apache-datasketches-theta-v1" …
  std::vector<int32_t> fields;  // ids of the columns that it was computed for
  int64_t snapshot_id = -1;
  int64_t sequence_number = -1;
  int64_t offset = 0;  // in the file; of the bytes as stored
  int64_t length = 0;
  std::optional<std::string> compression_codec;  // "lz4", "zstd"; none: as they are
  std::map<std::string, std::string> properties;
};

struct FileMetadata {
  std::vector<BlobMetadata> blobs;
  std::map<std::string, std::string> properties;
};

/// Puts blobs one after another into a new file. Confined to one thread. Nothing is visible before
/// Finish.
class PuffinWriter {
 public:
  PuffinWriter(std::unique_ptr<io::ObjectWriter> out,
               std::map<std::string, std::string> properties);
  ~PuffinWriter();

  /// Stores `bytes` as they are; offset and length of `metadata` are set. The blob's metadata as
  /// the footer will have it.
  Result<BlobMetadata> Add(BlobMetadata metadata, std::string_view bytes);
  /// Writes the footer and closes the file; its size.
  Result<int64_t> Finish();

  const std::vector<BlobMetadata>& blobs() const { return metadata_.blobs; }

 private:
  Status Write(std::string_view bytes);

  std::unique_ptr<io::ObjectWriter> out_;
  FileMetadata metadata_;
  int64_t position_ = 0;
};

/// Reads and checks the footer of `size` bytes' worth of file. Errors: FAILED_READ_FILE.NO_HINT
/// naming the path, for files that are cut, or no Puffin files.
Result<FileMetadata> ReadFooter(const std::string& path);
/// The footer in the bytes of a whole file. `path` for messages.
Result<FileMetadata> ParseFooter(std::string_view file, const std::string& path);

/// A blob's bytes, decompressed. Errors: as above; UNSUPPORTED_FEATURE for other codecs.
Result<std::string> ReadBlob(const std::string& path, const BlobMetadata& blob);

/// Bytes [offset, offset + length) of a file. Errors: FAILED_READ_FILE.NO_HINT past its end.
Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length);

}  // namespace emery::format::puffin
