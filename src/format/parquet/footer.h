#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/object_store.h"

namespace emery::format::parquet {

enum class ParquetType : uint8_t {
  kBoolean,
  kInt32,
  kInt64,
  kInt96,
  kFloat,
  kDouble,
  kByteArray,
  kFixed,
};

/// What a column or group is annotated as, by its logical type or else its converted type.
enum class Annotation : uint8_t {
  kNone,
  kString,
  kEnum,
  kJson,
  kBson,
  kUuid,
  kDecimal,
  kDate,
  kTime,
  kTimestampMillis,
  kTimestampMicros,
  kTimestampNanos,
  kInteger,
  kFloat16,
  kInterval,
  kNull,
  kList,
  kMap,
  kOther,
};

enum class Repetition : uint8_t { kRequired, kOptional, kRepeated };

/// A column or group of a file's schema, with the levels that the Dremel encoding gives it.
struct SchemaNode {
  std::string name;
  Repetition repetition = Repetition::kRequired;
  int32_t field_id = -1;
  int16_t max_def = 0;  // definition level at which this node is there
  int16_t max_rep = 0;
  Annotation annotation = Annotation::kNone;
  int precision = 0;  // kDecimal
  int scale = 0;
  int bit_width = 0;  // kInteger
  bool is_signed = true;
  bool utc_adjusted = true;  // kTimestamp…
  // Leaves:
  int leaf = -1;  // index of the column chunk in each row group
  ParquetType physical = ParquetType::kBoolean;
  int32_t type_length = 0;  // kFixed
  std::vector<SchemaNode> children;

  bool is_leaf() const { return leaf >= 0; }
};

struct IndexLocation {
  int64_t offset = 0;
  int64_t length = 0;  // 0: none
};

struct ColumnChunk {
  int64_t offset = 0;  // of the first page, dictionary included
  int64_t length = 0;
  int64_t num_values = 0;  // nulls included
  int64_t uncompressed_bytes = 0;
  int codec = 0;  // an arrow::Compression::type
  /// Bounds as the file has them, plain-encoded; only where the writer is known to write right
  /// ones.
  std::optional<std::string> min;
  std::optional<std::string> max;
  std::optional<int64_t> null_count;
  std::optional<int64_t> distinct_count;
  bool all_dictionary = false;  // every data page is dictionary-encoded
  IndexLocation bloom_filter;   // length 0 with an offset: length unknown
  IndexLocation column_index;
  IndexLocation offset_index;
};

struct RowGroup {
  int64_t first_row = 0;
  int64_t num_rows = 0;
  int64_t total_bytes = 0;
  std::vector<ColumnChunk> columns;
};

/// A file's footer as plain data. Immutable; shared by all readers of the file.
struct Footer {
  std::string path;
  int64_t file_size = 0;
  int64_t num_rows = 0;
  SchemaNode root;
  std::vector<const SchemaNode*> leaves;
  std::vector<RowGroup> row_groups;
  std::map<std::string, std::string> metadata;
  std::string created_by;
  int64_t memory_bytes = 0;  // about what this object takes

  Footer() = default;
  Footer(const Footer&) = delete;
  Footer& operator=(const Footer&) = delete;
};

using FooterPtr = std::shared_ptr<const Footer>;

/// Reads a footer with one read from the end (and a second for large ones). Errors:
/// FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER for what isn't a whole Parquet file,
/// UNSUPPORTED_FEATURE for encrypted ones, I/O errors.
Result<FooterPtr> ReadFooter(io::ObjectStore* store, const std::string& path, int64_t file_size);

/// The footer out of the process's cache (by path, size and time of change; least recently used
/// goes first), or read. `info.path` may carry a scheme.
Result<FooterPtr> CachedFooter(const io::ObjectInfo& info);
/// The same for many files, read at once on I/O threads.
Result<std::vector<FooterPtr>> CachedFooters(const std::vector<io::ObjectInfo>& files);

/// FAILED_READ_FILE.NO_HINT: the file's content can't be what its footer says.
Status CorruptFile(const std::string& path, const std::string& what);

}  // namespace emery::format::parquet
