#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "columnar/vector.h"
#include "format/file_format.h"
#include "format/parquet/footer.h"
#include "format/parquet/leaf_target_internal.h"
#include "format/parquet/page_internal.h"
#include "format/parquet/value_decoder_internal.h"
#include "io/object_store.h"

namespace arrow::util {
class Codec;
}

namespace emery::format::parquet {

/// Rows [begin, begin + count) of a row group.
struct RowRange {
  int64_t begin = 0;
  int64_t count = 0;
};

/// The bytes of a column chunk that were asked for: all of it, or its dictionary and some pages.
struct ChunkData {
  struct Segment {
    int64_t offset = 0;
    int64_t length = 0;
    io::BytesFuture bytes;
  };

  std::vector<Segment> segments;    // ascending
  std::vector<PageLocation> pages;  // by the offset index; empty: pages follow one another
};

/// Reads one leaf column of a row group, forwards only. Pages that hold no wanted row are neither
/// decompressed nor decoded. Confined to one thread. Every error is CorruptFile, an I/O error or
/// UNSUPPORTED_FEATURE.
class ColumnReader {
 public:
  /// `slot_def`: definition level from which an entry takes a place in the output: that of the
  /// nearest repeated ancestor (or of the leaf itself, if repeated), 0 without one.
  ColumnReader(std::string path, const SchemaNode* leaf, const ColumnChunk* chunk,
               LeafTarget target, int slot_def, int64_t group_rows, ChunkData data);
  ~ColumnReader();

  /// The dictionary's values, or null where the chunk has none. The base of every dictionary vector
  /// that Read gives.
  Result<columnar::VectorPtr> Dictionary();

  bool all_dictionary() const { return chunk_->all_dictionary; }

  /// The values of `ranges` (ascending, behind all that was read): a slot per row, or for repeated
  /// columns per entry that takes a place. Flat, dictionary or constant.
  Result<columnar::VectorPtr> Read(const RowRange* ranges, size_t num_ranges);

  /// Levels of all entries of the last Read; kept only where the column has more than one
  /// definition level or repeats.
  const std::vector<uint8_t>& def_levels() const { return def_out_; }

  const std::vector<uint8_t>& rep_levels() const { return rep_out_; }

  bool has_levels() const { return leveled_; }

  int64_t pages_skipped() const { return pages_skipped_; }

 private:
  struct Output;

  Status Corrupt(const std::string& what) const;
  Result<std::string_view> BytesAt(int64_t offset);
  Status ReadDictionary();
  Result<bool> NextPage();
  Status UsePage(int64_t offset);
  Status LoadPage();
  Result<columnar::BufferPtr> Decompress(const uint8_t* data, int64_t stored, int64_t size);
  Status DecodeLevels(HybridDecoder in, int max, int64_t count, std::vector<uint8_t>* out);
  Status SeekFlat(int64_t row);
  Status ReadFlat(RowRange range, Output* out);
  Status ReadRepeated(RowRange range, Output* out);
  Status TakeRows(int64_t rows, Output* out);
  Status TakeEntries(int64_t begin, int64_t end, Output* out);
  Status Append(int64_t slots, const uint64_t* bits, int64_t first_bit, int64_t valid, Output* out);
  Status DecodeDense(int64_t count, void* out);
  void Materialize(Output* out);
  columnar::VectorPtr Finish(Output* out);

  std::string path_;
  const SchemaNode* leaf_;
  const ColumnChunk* chunk_;
  LeafTarget target_;
  int slot_def_;
  int64_t group_rows_;
  ChunkData data_;
  std::vector<io::Bytes> segments_;  // those that have arrived
  bool leveled_;
  int target_width_;
  std::unique_ptr<arrow::util::Codec> codec_;

  bool dictionary_read_ = false;
  columnar::VectorPtr dictionary_;

  // The current page.
  bool has_page_ = false;
  bool loaded_ = false;
  int64_t next_offset_;
  size_t next_page_ = 0;  // in data_.pages
  int64_t entries_seen_ = 0;
  PageHeader header_;
  const uint8_t* stored_ = nullptr;
  int64_t page_first_row_ = 0;  // flat, and where pages are known
  bool page_starts_row_ = false;
  int64_t entry_ = 0;  // next one in the page
  bool all_valid_ = true;
  std::vector<uint64_t> valid_;
  std::vector<uint8_t> def_;
  std::vector<uint8_t> rep_;
  ValueDecoder decoder_;
  // Repeated columns: rows that started before the current entry.
  int64_t rows_started_ = 0;

  std::vector<uint8_t> def_out_;
  std::vector<uint8_t> rep_out_;
  std::vector<uint8_t> scratch_;
  std::vector<uint64_t> scratch_bits_;
  int64_t pages_skipped_ = 0;
};

/// A bound of statistics (plain-encoded, byte arrays without their length) as a value of the
/// target's type; none where it can't be one.
std::optional<type::Value> DecodeBound(const SchemaNode& leaf, const LeafTarget& target,
                                       std::string_view bytes);

/// A value of the target's type as the file stores it, plain-encoded (byte arrays without their
/// length), for bloom filters; none where the file can't hold it exactly.
std::optional<std::string> EncodeForBloom(const SchemaNode& leaf, const LeafTarget& target,
                                          const type::Value& value);

}  // namespace emery::format::parquet
