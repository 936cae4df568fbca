// The one place that calls parquet-cpp for reading: it parses the footer, whose content is copied
// into plain data, so that its exceptions end here.

#include "format/parquet/footer.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/util/key_value_metadata.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"
#include "parquet/statistics.h"
#include "parquet/types.h"

namespace emery::format::parquet {

namespace pq = ::parquet;

namespace {

constexpr int64_t kTailBytes = 64 << 10;
constexpr int kDepthMax = 100;

Status BadFooter(const std::string& path, const std::string& why) {
  std::string condition = "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER";
  std::string state(base::SqlStateOf(condition));
  return Status(
      arrow::StatusCode::IOError,
      "Encountered error while reading file " + path +
          ". Could not read footer. Please ensure that the file is in Parquet format: " + why + ".",
      std::make_shared<base::ErrorDetail>(std::move(condition), std::move(state),
                                          base::ErrorParameters{{"path", path}}, base::Position{}));
}

Result<ParquetType> ToType(pq::Type::type type) {
  switch (type) {
    case pq::Type::BOOLEAN:
      return ParquetType::kBoolean;
    case pq::Type::INT32:
      return ParquetType::kInt32;
    case pq::Type::INT64:
      return ParquetType::kInt64;
    case pq::Type::INT96:
      return ParquetType::kInt96;
    case pq::Type::FLOAT:
      return ParquetType::kFloat;
    case pq::Type::DOUBLE:
      return ParquetType::kDouble;
    case pq::Type::BYTE_ARRAY:
      return ParquetType::kByteArray;
    case pq::Type::FIXED_LEN_BYTE_ARRAY:
      return ParquetType::kFixed;
    default:
      return Status::Invalid("unknown physical type");
  }
}

void SetAnnotation(const pq::LogicalType& logical, SchemaNode* node) {
  using Kind = pq::LogicalType::Type;
  switch (logical.type()) {
    case Kind::STRING:
      node->annotation = Annotation::kString;
      break;
    case Kind::ENUM:
      node->annotation = Annotation::kEnum;
      break;
    case Kind::JSON:
      node->annotation = Annotation::kJson;
      break;
    case Kind::BSON:
      node->annotation = Annotation::kBson;
      break;
    case Kind::UUID:
      node->annotation = Annotation::kUuid;
      break;
    case Kind::DECIMAL: {
      const auto& decimal = static_cast<const pq::DecimalLogicalType&>(logical);
      node->annotation = Annotation::kDecimal;
      node->precision = decimal.precision();
      node->scale = decimal.scale();
      break;
    }
    case Kind::DATE:
      node->annotation = Annotation::kDate;
      break;
    case Kind::TIME:
      node->annotation = Annotation::kTime;
      break;
    case Kind::TIMESTAMP: {
      const auto& timestamp = static_cast<const pq::TimestampLogicalType&>(logical);
      node->utc_adjusted = timestamp.is_adjusted_to_utc();
      switch (timestamp.time_unit()) {
        case pq::LogicalType::TimeUnit::MILLIS:
          node->annotation = Annotation::kTimestampMillis;
          break;
        case pq::LogicalType::TimeUnit::MICROS:
          node->annotation = Annotation::kTimestampMicros;
          break;
        case pq::LogicalType::TimeUnit::NANOS:
          node->annotation = Annotation::kTimestampNanos;
          break;
        default:
          node->annotation = Annotation::kOther;
      }
      break;
    }
    case Kind::INT: {
      const auto& integer = static_cast<const pq::IntLogicalType&>(logical);
      node->annotation = Annotation::kInteger;
      node->bit_width = integer.bit_width();
      node->is_signed = integer.is_signed();
      break;
    }
    case Kind::FLOAT16:
      node->annotation = Annotation::kFloat16;
      break;
    case Kind::INTERVAL:
      node->annotation = Annotation::kInterval;
      break;
    case Kind::NIL:
      node->annotation = Annotation::kNull;
      break;
    case Kind::LIST:
      node->annotation = Annotation::kList;
      break;
    case Kind::MAP:
      node->annotation = Annotation::kMap;
      break;
    case Kind::NONE:
    case Kind::UNDEFINED:
      node->annotation = Annotation::kNone;
      break;
    default:
      node->annotation = Annotation::kOther;
  }
}

Status ConvertNode(const pq::schema::Node& source, int16_t def, int16_t rep, int depth,
                   int* next_leaf, SchemaNode* node) {
  if (depth > kDepthMax) {
    return Status::Invalid("the schema is nested too deeply");
  }
  node->name = source.name();
  node->field_id = source.field_id();
  if (depth > 0) {
    node->repetition = source.is_repeated()   ? Repetition::kRepeated
                       : source.is_optional() ? Repetition::kOptional
                                              : Repetition::kRequired;
  }
  node->max_def = static_cast<int16_t>(def + (node->repetition != Repetition::kRequired));
  node->max_rep = static_cast<int16_t>(rep + (node->repetition == Repetition::kRepeated));
  if (source.logical_type() != nullptr) {
    SetAnnotation(*source.logical_type(), node);
  }
  if (source.converted_type() == pq::ConvertedType::MAP_KEY_VALUE) {
    node->annotation = Annotation::kMap;
  }
  if (source.is_primitive()) {
    const auto& primitive = static_cast<const pq::schema::PrimitiveNode&>(source);
    ARROW_ASSIGN_OR_RAISE(node->physical, ToType(primitive.physical_type()));
    node->type_length = primitive.type_length();
    if (node->physical == ParquetType::kFixed && node->type_length <= 0) {
      return Status::Invalid("column ", node->name, " has values of no length");
    }
    if (node->annotation == Annotation::kDecimal &&
        (node->precision < 1 || node->precision > 38 || node->scale < 0 ||
         node->scale > node->precision)) {
      return Status::Invalid("column ", node->name, " is a decimal(", node->precision, ",",
                             node->scale, ")");
    }
    node->leaf = (*next_leaf)++;
    return Status::OK();
  }
  const auto& group = static_cast<const pq::schema::GroupNode&>(source);
  node->children.resize(static_cast<size_t>(group.field_count()));
  for (int i = 0; i < group.field_count(); ++i) {
    ARROW_RETURN_NOT_OK(ConvertNode(*group.field(i), node->max_def, node->max_rep, depth + 1,
                                    next_leaf, &node->children[static_cast<size_t>(i)]));
  }
  return Status::OK();
}

void CollectLeaves(const SchemaNode& node, std::vector<const SchemaNode*>* leaves) {
  if (node.is_leaf()) {
    leaves->push_back(&node);
  }
  for (const SchemaNode& child : node.children) {
    CollectLeaves(child, leaves);
  }
}

Status ConvertChunk(const pq::ColumnChunkMetaData& source, int64_t file_size, int64_t num_rows,
                    const SchemaNode& leaf, ColumnChunk* chunk) {
  if (!source.file_path().empty()) {
    return Status::Invalid("column ", leaf.name, " lies in another file, ", source.file_path());
  }
  if (source.crypto_metadata() != nullptr) {
    return base::Unsupported("encrypted Parquet columns");
  }
  chunk->offset = source.data_page_offset();
  if (source.has_dictionary_page() && source.dictionary_page_offset() > 0 &&
      source.dictionary_page_offset() < chunk->offset) {
    chunk->offset = source.dictionary_page_offset();
  }
  chunk->length = source.total_compressed_size();
  chunk->num_values = source.num_values();
  chunk->uncompressed_bytes = source.total_uncompressed_size();
  chunk->codec = static_cast<int>(source.compression());
  if (chunk->offset < 0 || chunk->length < 0 || chunk->num_values < 0 ||
      chunk->offset > file_size || chunk->length > file_size - chunk->offset) {
    return Status::Invalid("column ", leaf.name, " lies outside the file");
  }
  if (leaf.max_rep == 0 && chunk->num_values != num_rows) {
    return Status::Invalid("column ", leaf.name, " has ", chunk->num_values, " values in ",
                           num_rows, " rows");
  }
  ARROW_ASSIGN_OR_RAISE(const ParquetType type, ToType(source.type()));
  if (type != leaf.physical) {
    return Status::Invalid("column ", leaf.name, " has another type than the schema says");
  }
  if (source.is_stats_set()) {
    if (const std::shared_ptr<pq::EncodedStatistics> statistics = source.encoded_statistics()) {
      // INT96 has no order that writers agree on.
      if (leaf.physical != ParquetType::kInt96) {
        if (statistics->has_min) {
          chunk->min = statistics->min();
        }
        if (statistics->has_max) {
          chunk->max = statistics->max();
        }
      }
      if (statistics->has_null_count && statistics->null_count >= 0 &&
          statistics->null_count <= chunk->num_values) {
        chunk->null_count = statistics->null_count;
      }
      if (statistics->has_distinct_count) {
        chunk->distinct_count = statistics->distinct_count;
      }
    }
  }
  int data_pages = 0;
  bool all_dictionary = true;
  for (const pq::PageEncodingStats& stats : source.encoding_stats()) {
    if (stats.page_type == pq::PageType::DATA_PAGE ||
        stats.page_type == pq::PageType::DATA_PAGE_V2) {
      data_pages += stats.count;
      all_dictionary = all_dictionary && (stats.encoding == pq::Encoding::PLAIN_DICTIONARY ||
                                          stats.encoding == pq::Encoding::RLE_DICTIONARY);
    }
  }
  chunk->all_dictionary = data_pages > 0 && all_dictionary;
  const auto inside = [&](int64_t offset, int64_t length) {
    return offset > 0 && length >= 0 && offset < file_size && length <= file_size - offset;
  };
  if (const auto offset = source.bloom_filter_offset()) {
    const int64_t length = source.bloom_filter_length().value_or(0);
    if (inside(*offset, length)) {
      chunk->bloom_filter = {*offset, length};
    }
  }
  if (const auto at = source.GetColumnIndexLocation()) {
    if (inside(at->offset, at->length)) {
      chunk->column_index = {at->offset, at->length};
    }
  }
  if (const auto at = source.GetOffsetIndexLocation()) {
    if (inside(at->offset, at->length)) {
      chunk->offset_index = {at->offset, at->length};
    }
  }
  return Status::OK();
}

Status Convert(const pq::FileMetaData& source, Footer* footer) {
  int leaf_count = 0;
  ARROW_RETURN_NOT_OK(
      ConvertNode(*source.schema()->group_node(), 0, 0, 0, &leaf_count, &footer->root));
  CollectLeaves(footer->root, &footer->leaves);
  footer->num_rows = 0;
  footer->created_by = source.created_by();
  if (source.key_value_metadata() != nullptr) {
    for (const auto& [key, value] : source.key_value_metadata()->sorted_pairs()) {
      footer->metadata.emplace(key, value);
    }
  }
  int64_t memory = source.size();
  footer->row_groups.resize(static_cast<size_t>(source.num_row_groups()));
  for (int g = 0; g < source.num_row_groups(); ++g) {
    const std::unique_ptr<pq::RowGroupMetaData> group = source.RowGroup(g);
    RowGroup& out = footer->row_groups[static_cast<size_t>(g)];
    out.first_row = footer->num_rows;
    out.num_rows = group->num_rows();
    if (out.num_rows < 0 || group->num_columns() != leaf_count ||
        out.num_rows > INT64_MAX - footer->num_rows) {
      return Status::Invalid("row group ", g, " does not fit the schema");
    }
    footer->num_rows += out.num_rows;
    out.columns.resize(static_cast<size_t>(leaf_count));
    for (int c = 0; c < leaf_count; ++c) {
      ColumnChunk& chunk = out.columns[static_cast<size_t>(c)];
      const std::unique_ptr<pq::ColumnChunkMetaData> column = group->ColumnChunk(c);
      ARROW_RETURN_NOT_OK(ConvertChunk(*column, footer->file_size, out.num_rows,
                                       *footer->leaves[static_cast<size_t>(c)], &chunk));
      out.total_bytes += chunk.length;
      memory += static_cast<int64_t>(sizeof(ColumnChunk));
    }
  }
  footer->memory_bytes = memory + 4096;
  return Status::OK();
}

Result<io::Bytes> ReadRange(io::ObjectStore* store, const std::string& path, int64_t offset,
                            int64_t length) {
  return store->ReadRanges(path, {{offset, length}})[0].get();
}

}  // namespace

Status CorruptFile(const std::string& path, const std::string& what) {
  std::string condition = "FAILED_READ_FILE.NO_HINT";
  std::string state(base::SqlStateOf(condition));
  return Status(
      arrow::StatusCode::IOError,
      "Encountered error while reading file " + path + ": it is corrupt: " + what + ".",
      std::make_shared<base::ErrorDetail>(std::move(condition), std::move(state),
                                          base::ErrorParameters{{"path", path}}, base::Position{}));
}

Result<FooterPtr> ReadFooter(io::ObjectStore* store, const std::string& path, int64_t file_size) {
  if (file_size < 12) {
    return BadFooter(path, "it has only " + std::to_string(file_size) + " bytes");
  }
  const int64_t tail_size = std::min(file_size, kTailBytes);
  ARROW_ASSIGN_OR_RAISE(io::Bytes tail, ReadRange(store, path, file_size - tail_size, tail_size));
  const uint8_t* end = tail->data() + tail->size();
  if (std::memcmp(end - 4, "PARE", 4) == 0) {
    return base::Unsupported("encrypted Parquet files: " + path);
  }
  if (std::memcmp(end - 4, "PAR1", 4) != 0) {
    return BadFooter(path, "the magic number at its end is missing");
  }
  uint32_t length = 0;
  std::memcpy(&length, end - 8, 4);
  if (int64_t{length} + 12 > file_size) {
    return BadFooter(path, "the footer is said to be longer than the file");
  }
  io::Bytes serialized;
  if (int64_t{length} + 8 <= tail->size()) {
    serialized = arrow::SliceBuffer(tail, tail->size() - 8 - length, length);
  } else {
    ARROW_ASSIGN_OR_RAISE(serialized, ReadRange(store, path, file_size - 8 - length, length));
  }
  auto footer = std::make_shared<Footer>();
  footer->path = path;
  footer->file_size = file_size;
  try {
    const auto metadata = pq::FileMetaData::Make(serialized->data(), int64_t{length});
    const Status status = Convert(*metadata, footer.get());
    if (!status.ok()) {
      return base::GetErrorDetail(status) != nullptr ? status : BadFooter(path, status.message());
    }
  } catch (const std::exception& e) {
    return BadFooter(path, e.what());
  }
  return footer;
}

}  // namespace emery::format::parquet
