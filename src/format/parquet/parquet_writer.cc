// The one place that calls parquet-cpp for writing; its exceptions end here.

#include "format/parquet/parquet_writer.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/io/interfaces.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "arrow/util/compression.h"
#include "arrow/util/key_value_metadata.h"
#include "parquet/arrow/writer.h"
#include "parquet/metadata.h"
#include "parquet/properties.h"
#include "parquet/schema.h"
#include "parquet/statistics.h"

#include "format/parquet/arrow_conversion_internal.h"
#include "format/schema_json.h"

namespace emery::format::parquet {

namespace pq = ::parquet;

namespace {

// What Spark writes into its files; readers decide by it how old dates are meant.
constexpr const char* kSparkVersion = "4.1.0";

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

Result<arrow::Compression::type> CodecOf(const std::string& name) {
  static const std::pair<const char*, arrow::Compression::type> kCodecs[] = {
      {"none", arrow::Compression::UNCOMPRESSED},
      {"uncompressed", arrow::Compression::UNCOMPRESSED},
      {"snappy", arrow::Compression::SNAPPY},
      {"gzip", arrow::Compression::GZIP},
      {"zstd", arrow::Compression::ZSTD},
      {"lz4", arrow::Compression::LZ4_HADOOP},
      {"lz4_raw", arrow::Compression::LZ4},
      {"brotli", arrow::Compression::BROTLI}};
  for (const auto& [known, codec] : kCodecs) {
    if (name == known) {
      return codec;
    }
  }
  return base::UserError("CODEC_SHORT_NAME_NOT_FOUND",
                         "Cannot find a short name for the codec " + name +
                             ". Available: none, snappy, gzip, zstd, lz4, lz4_raw, brotli.",
                         {{"codecName", name}});
}

/// An ObjectWriter as Arrow's output stream. What went wrong is kept, as it comes back wrapped in
/// Arrow's words.
class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(io::ObjectWriter* out) : out_(out) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }

  bool closed() const override { return closed_; }

  Result<int64_t> Tell() const override { return out_->bytes_written(); }

  using arrow::io::OutputStream::Write;

  Status Write(const void* data, int64_t size) override {
    Status status = out_->Write({static_cast<const char*>(data), static_cast<size_t>(size)});
    if (!status.ok()) {
      error_ = status;
    }
    return status;
  }

  const Status& error() const { return error_; }

 private:
  io::ObjectWriter* out_;
  bool closed_ = false;
  Status error_;
};

/// Leaf types of a schema in the order of a file's columns.
void CollectLeaves(const type::Schema& fields, bool repeated,
                   std::vector<ParquetLeafMetrics>* leaves) {
  for (const type::Field& field : fields) {
    if (field.type->is_nested()) {
      CollectLeaves(field.type->fields(), repeated || !field.type->is(type::TypeId::kStruct),
                    leaves);
      continue;
    }
    ParquetLeafMetrics leaf;
    leaf.field_id = field.field_id;
    leaf.type = field.type;
    leaf.repeated = repeated;
    leaves->push_back(std::move(leaf));
  }
}

/// Whether plain-encoded `a` is below `b`, by the order that Parquet's statistics go by.
bool StatisticBelow(pq::Type::type type, const type::DataType& logical, const std::string& a,
                    const std::string& b) {
  const auto number = [](auto zero, const std::string& bytes) {
    std::memcpy(&zero, bytes.data(), std::min(sizeof(zero), bytes.size()));
    return zero;
  };
  switch (type) {
    case pq::Type::BOOLEAN:
      return static_cast<uint8_t>(a[0]) < static_cast<uint8_t>(b[0]);
    case pq::Type::INT32:
      return number(int32_t{0}, a) < number(int32_t{0}, b);
    case pq::Type::INT64:
      return number(int64_t{0}, a) < number(int64_t{0}, b);
    case pq::Type::FLOAT:
      return number(0.0F, a) < number(0.0F, b);
    case pq::Type::DOUBLE:
      return number(0.0, a) < number(0.0, b);
    default: {
      if (logical.is_decimal() && ((a[0] ^ b[0]) & 0x80) != 0) {
        return (a[0] & 0x80) != 0;  // two's complement, big-endian, of one length
      }
      return a < b;
    }
  }
}

class Writer final : public ParquetFileWriter {
 public:
  explicit Writer(std::unique_ptr<io::ObjectWriter> out)
      : out_(std::move(out)), sink_(std::make_shared<Sink>(out_.get())) {}

  Status Open(const type::Schema& schema, const ParquetWriterOptions& options) {
    arrow::FieldVector fields;
    for (const type::Field& field : schema) {
      ARROW_ASSIGN_OR_RAISE(auto one, ToArrowField(field));
      fields.push_back(options.keep_required ? one->WithNullable(field.nullable) : std::move(one));
    }
    CollectLeaves(schema, false, &leaves_);
    schema_ = arrow::schema(std::move(fields));
    ARROW_ASSIGN_OR_RAISE(const arrow::Compression::type codec, CodecOf(options.codec));
    pq::WriterProperties::Builder properties;
    properties.version(pq::ParquetVersion::PARQUET_2_6)
        ->compression(codec)
        ->max_row_group_length(options.row_group_rows)
        ->enable_store_decimal_as_integer()
        ->data_page_version(options.data_page_v2 ? pq::ParquetDataPageVersion::V2
                                                 : pq::ParquetDataPageVersion::V1)
        ->data_pagesize(options.page_bytes)
        ->created_by("emery");
    if (options.dictionary) {
      properties.enable_dictionary();
    } else {
      properties.disable_dictionary();
    }
    if (options.page_index) {
      properties.enable_write_page_index();
    }
    row_group_bytes_ = options.row_group_bytes;
    type::Schema noted = schema;
    for (type::Field& field : noted) {
      field.nullable = true;
    }
    std::vector<std::string> keys;
    std::vector<std::string> values;
    if (options.spark_schema) {
      keys = {"org.apache.spark.version", "org.apache.spark.sql.parquet.row.metadata"};
      values = {kSparkVersion, SchemaToJson(noted)};
    }
    for (const auto& [key, value] : options.metadata) {
      keys.push_back(key);
      values.push_back(value);
    }
    return Guard([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(
          writer_,
          pq::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), sink_,
                                      properties.build(), pq::default_arrow_writer_properties()));
      return writer_->AddKeyValueMetadata(arrow::key_value_metadata(keys, values));
    });
  }

  Status Write(const columnar::Batch& batch) override {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    arrow::ArrayVector arrays;
    for (size_t c = 0; c < batch.columns.size(); ++c) {
      ARROW_ASSIGN_OR_RAISE(
          auto array, ToArrowArray(batch.columns[c], schema_->field(static_cast<int>(c))->type()));
      arrays.push_back(std::move(array));
    }
    const auto record = arrow::RecordBatch::Make(schema_, batch.num_rows, std::move(arrays));
    rows_ += batch.num_rows;
    group_bytes_ += columnar::MemoryBytes(batch);
    return Guard([&]() -> Status {
      if (group_bytes_ > row_group_bytes_) {
        group_bytes_ = 0;
        ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      }
      return writer_->WriteRecordBatch(*record);
    });
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(Guard([&] { return writer_->Close(); }));
    return out_->Close();
  }

  Status Abort() override {
    // Closing would only write a footer that nobody reads.
    (void)Guard([&] { return writer_->Close(); });
    return out_->Abort();
  }

  int64_t bytes_written() const override { return out_->bytes_written(); }

  int64_t rows_written() const override { return rows_; }

  Result<ParquetFileMetrics> Metrics() const override {
    ParquetFileMetrics metrics;
    metrics.leaves = leaves_;
    try {
      const auto file = writer_->metadata();
      for (int g = 0; g < file->num_row_groups(); ++g) {
        const auto group = file->RowGroup(g);
        metrics.split_offsets.push_back(group->file_offset());
        for (int c = 0; c < group->num_columns() && c < static_cast<int>(leaves_.size()); ++c) {
          AddChunk(*group->ColumnChunk(c), g == 0, &metrics.leaves[static_cast<size_t>(c)]);
        }
      }
    } catch (const std::exception& e) {
      return base::InternalError(std::string("a written Parquet footer can't be read: ") +
                                 e.what());
    }
    return metrics;
  }

 private:
  static void AddChunk(const pq::ColumnChunkMetaData& chunk, bool first, ParquetLeafMetrics* leaf) {
    leaf->compressed_bytes += chunk.total_compressed_size();
    leaf->num_values += chunk.num_values();
    const auto statistics = chunk.statistics();
    const bool nulls_known = statistics != nullptr && statistics->HasNullCount();
    if (first) {
      leaf->null_count = 0;
    }
    if (!nulls_known) {
      leaf->null_count.reset();
    } else if (leaf->null_count) {
      *leaf->null_count += statistics->null_count();
    }
    if (nulls_known && statistics->null_count() == chunk.num_values()) {
      return;  // no bounds, and none are missed
    }
    if (statistics == nullptr || !statistics->HasMinMax()) {
      leaf->bounds_known = false;
    }
    if (!leaf->bounds_known) {
      leaf->min.reset();
      leaf->max.reset();
      return;
    }
    const std::string min = statistics->EncodeMin();
    const std::string max = statistics->EncodeMax();
    if (!leaf->min || StatisticBelow(chunk.type(), *leaf->type, min, *leaf->min)) {
      leaf->min = min;
    }
    if (!leaf->max || StatisticBelow(chunk.type(), *leaf->type, *leaf->max, max)) {
      leaf->max = max;
    }
  }

  template <class F>
  Status Guard(F&& work) {
    Status status;
    try {
      status = work();
    } catch (const std::exception& e) {
      status = Status::IOError(e.what());
    }
    if (!status.ok() && !sink_->error().ok()) {
      return sink_->error();
    }
    if (!status.ok() && base::GetErrorDetail(status) == nullptr) {
      return base::UserError("TASK_WRITE_FAILED",
                             "Writing a Parquet file failed: " + status.message(), {});
    }
    return status;
  }

  std::unique_ptr<io::ObjectWriter> out_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<pq::arrow::FileWriter> writer_;
  std::vector<ParquetLeafMetrics> leaves_;
  int64_t rows_ = 0;
  int64_t group_bytes_ = 0;
  int64_t row_group_bytes_ = 0;
};

}  // namespace

std::string CodecExtension(const std::string& codec) {
  return codec == "none" || codec == "uncompressed" ? ""
         : codec == "gzip"                          ? ".gz"
         : codec == "lz4"                           ? ".lz4hadoop"
         : codec == "lz4_raw"                       ? ".lz4raw"
         : codec == "brotli"                        ? ".br"
                                                    : "." + codec;
}

Result<ParquetWriterOptions> MakeWriterOptions(const std::map<std::string, std::string>& options,
                                               const base::Config* config) {
  ParquetWriterOptions out;
  if (config != nullptr) {
    out.codec = Lower(config->GetString("spark.sql.parquet.compression.codec", out.codec));
    out.row_group_bytes = config->GetBytes("parquet.block.size", out.row_group_bytes);
  }
  std::string compression;
  for (const auto& [key, value] : options) {
    const std::string name = Lower(key);
    if (name == "compression" || (name == "parquet.compression" && compression.empty())) {
      compression = Lower(value);
    } else if (name == "parquet.block.size") {
      ARROW_ASSIGN_OR_RAISE(out.row_group_bytes, base::ParseByteSize(value));
    } else if (name == "parquet.page.size") {
      ARROW_ASSIGN_OR_RAISE(out.page_bytes, base::ParseByteSize(value));
    } else if (name == "parquet.enable.dictionary") {
      out.dictionary = Lower(value) == "true";
    } else if (name == "parquet.writer.version") {
      out.data_page_v2 = Lower(value) == "parquet_2_0" || Lower(value) == "v2";
    }
  }
  if (!compression.empty()) {
    out.codec = compression;
  }
  out.row_group_bytes = std::max<int64_t>(out.row_group_bytes, 1 << 16);
  ARROW_RETURN_NOT_OK(CodecOf(out.codec).status());
  return out;
}

Result<std::unique_ptr<BatchWriter>> OpenParquetWriter(std::unique_ptr<io::ObjectWriter> out,
                                                       type::Schema schema,
                                                       const ParquetWriterOptions& options) {
  return OpenParquetFileWriter(std::move(out), std::move(schema), options);
}

Result<std::unique_ptr<ParquetFileWriter>> OpenParquetFileWriter(
    std::unique_ptr<io::ObjectWriter> out, type::Schema schema,
    const ParquetWriterOptions& options) {
  auto writer = std::make_unique<Writer>(std::move(out));
  ARROW_RETURN_NOT_OK(writer->Open(schema, options));
  return writer;
}

}  // namespace emery::format::parquet
