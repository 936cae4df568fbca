#include "format/orc/orc_files.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "arrow/adapters/orc/adapter.h"
#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/io/interfaces.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "arrow/util/compression.h"
#include "arrow/util/key_value_metadata.h"

#include "columnar/arrow.h"
#include "columnar/batch.h"
#include "format/orc/orc_values_internal.h"
#include "functions/scalar/schema_text.h"

namespace emery::format::orc {

using columnar::Batch;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

constexpr const char* kTypeNote = "spark.sql.catalyst.type";

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

/// An object of a store as Arrow reads files.
class StoreFile final : public arrow::io::RandomAccessFile {
 public:
  StoreFile(std::shared_ptr<io::ObjectStore> store, std::string path, int64_t size)
      : store_(std::move(store)), path_(std::move(path)), size_(size) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }

  bool closed() const override { return closed_; }

  Result<int64_t> Tell() const override { return at_; }

  Status Seek(int64_t position) override {
    at_ = position;
    return Status::OK();
  }

  Result<int64_t> GetSize() override { return size_; }

  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    bytes = std::max<int64_t>(0, std::min(bytes, size_ - position));
    return store_->ReadRanges(path_, {{position, bytes}})[0].get();
  }

  Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Buffer> buffer, ReadAt(position, bytes));
    std::copy_n(buffer->data(), buffer->size(), static_cast<uint8_t*>(out));
    return buffer->size();
  }

  Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, ReadAt(at_, bytes, out));
    at_ += count;
    return count;
  }

  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer, ReadAt(at_, bytes));
    at_ += buffer->size();
    return buffer;
  }

 private:
  std::shared_ptr<io::ObjectStore> store_;
  std::string path_;
  int64_t size_;
  int64_t at_ = 0;
  bool closed_ = false;
};

class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(io::ObjectWriter* out) : out_(out) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }

  bool closed() const override { return closed_; }

  Result<int64_t> Tell() const override { return written_; }

  using arrow::io::OutputStream::Write;

  Status Write(const void* data, int64_t size) override {
    written_ += size;
    return out_->Write({static_cast<const char*>(data), static_cast<size_t>(size)});
  }

 private:
  io::ObjectWriter* out_;
  int64_t written_ = 0;
  bool closed_ = false;
};

/// Arrow passes on what the ORC library throws, mostly as a Status.
template <class F>
Status Guard(const std::string& path, F&& work) {
  Status status;
  try {
    status = work();
  } catch (const std::exception& e) {
    status = Status::IOError(e.what());
  }
  if (status.ok() || base::GetErrorDetail(status) != nullptr) {
    return status;
  }
  return text::UnreadableFile(path, status.message());
}

using Reader = arrow::adapters::orc::ORCFileReader;

Result<std::unique_ptr<Reader>> OpenFile(const io::ObjectInfo& file) {
  std::string path = file.path;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  std::unique_ptr<Reader> reader;
  const Status status = Guard(file.path, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        reader, Reader::Open(std::make_shared<StoreFile>(std::move(store), path, file.size),
                             arrow::default_memory_pool()));
    return Status::OK();
  });
  if (!status.ok()) {
    return base::UserError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", status.message(),
                           {{"path", file.path}});
  }
  return reader;
}

/// A field's type: as Spark noted it, else by the file's own, in which an ORC timestamp is
/// Arrow's timestamp without a zone.
Result<type::TypePtr> TypeOf(const arrow::Field& field);

Result<type::TypePtr> TypeOfNested(const arrow::DataType& t) {
  switch (t.id()) {
    case arrow::Type::TIMESTAMP:
      return type::Timestamp();
    case arrow::Type::LIST: {
      ARROW_ASSIGN_OR_RAISE(type::TypePtr element, TypeOf(*t.field(0)));
      return type::Array(std::move(element));
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(t);
      ARROW_ASSIGN_OR_RAISE(type::TypePtr key, TypeOf(*map.key_field()));
      ARROW_ASSIGN_OR_RAISE(type::TypePtr value, TypeOf(*map.item_field()));
      return type::Map(std::move(key), std::move(value));
    }
    case arrow::Type::STRUCT: {
      std::vector<type::Field> fields;
      for (const std::shared_ptr<arrow::Field>& field : t.fields()) {
        ARROW_ASSIGN_OR_RAISE(type::TypePtr one, TypeOf(*field));
        fields.push_back({field->name(), std::move(one)});
      }
      return type::Struct(std::move(fields));
    }
    default:
      return columnar::FromArrowType(t);
  }
}

Result<type::TypePtr> TypeOf(const arrow::Field& field) {
  if (field.metadata() != nullptr && !field.type()->num_fields()) {
    const auto noted = field.metadata()->Get(kTypeNote);
    if (noted.ok()) {
      const Result<type::TypePtr> type = functions::TypeFromSchemaText(*noted);
      if (type.ok()) {
        return type::ReplaceCharVarchar(*type);
      }
    }
  }
  return TypeOfNested(*field.type());
}

Result<type::Schema> SchemaOf(const io::ObjectInfo& file, Reader* reader) {
  type::Schema schema;
  ARROW_RETURN_NOT_OK(Guard(file.path, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Schema> arrow_schema, reader->ReadSchema());
    for (const std::shared_ptr<arrow::Field>& field : arrow_schema->fields()) {
      ARROW_ASSIGN_OR_RAISE(type::TypePtr type, TypeOf(*field));
      schema.push_back({field->name(), std::move(type)});
    }
    return Status::OK();
  }));
  return schema;
}

class OrcReader final : public BatchReader {
 public:
  OrcReader(io::ObjectInfo file, std::unique_ptr<Reader> reader, ReadRequest request)
      : file_(std::move(file)), reader_(std::move(reader)), request_(std::move(request)) {}

  Status Init(const text::FileRange& range) {
    ARROW_ASSIGN_OR_RAISE(schema_, SchemaOf(file_, reader_.get()));
    for (int64_t s = 0; s < reader_->NumberOfStripes(); ++s) {
      const int64_t offset = reader_->GetStripeInformation(s).offset;
      if (offset >= range.begin && (range.end < 0 || offset < range.end)) {
        stripes_.push_back(s);
      }
    }
    for (const ReadColumn& column : request_.columns) {
      int place = -1;
      for (size_t f = 0; f < schema_.size() && !column.constant.has_value(); ++f) {
        if (request_.case_sensitive ? schema_[f].name == column.name
                                    : Lower(schema_[f].name) == Lower(column.name)) {
          place = static_cast<int>(f);
        }
      }
      places_.push_back(place);
      if (place >= 0 && std::find(chosen_.begin(), chosen_.end(), place) == chosen_.end()) {
        chosen_.push_back(place);
      }
    }
    std::sort(chosen_.begin(), chosen_.end());
    return Status::OK();
  }

  Result<std::optional<Batch>> Next() override {
    while (at_ == stripe_.num_rows) {
      if (next_stripe_ == stripes_.size()) {
        return std::nullopt;
      }
      if (request_.context != nullptr && request_.context->cancellation != nullptr) {
        ARROW_RETURN_NOT_OK(request_.context->cancellation->Check());
      }
      ARROW_RETURN_NOT_OK(ReadStripe(stripes_[next_stripe_++]));
      at_ = 0;
    }
    const int64_t count = std::min(columnar::kBatchSize, stripe_.num_rows - at_);
    Batch batch = columnar::SliceBatch(stripe_, at_, count);
    at_ += count;
    metrics_.rows_read += count;
    return batch;
  }

  const ScanMetrics& metrics() const override { return metrics_; }

 private:
  Status ReadStripe(int64_t stripe) {
    const arrow::adapters::orc::StripeInformation information =
        reader_->GetStripeInformation(stripe);
    Batch file_columns;
    file_columns.num_rows = information.num_rows;
    if (!chosen_.empty()) {
      std::shared_ptr<arrow::RecordBatch> records;
      ARROW_RETURN_NOT_OK(Guard(file_.path, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(records, reader_->ReadStripe(stripe, chosen_));
        return Status::OK();
      }));
      for (const std::shared_ptr<arrow::Array>& column : records->columns()) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr values, columnar::FromArrow(column));
        file_columns.columns.push_back(std::move(values));
      }
      metrics_.bytes_read += information.length;
    }
    stripe_ = Batch();
    stripe_.num_rows = information.num_rows;
    for (size_t c = 0; c < places_.size(); ++c) {
      const ReadColumn& wanted = request_.columns[c];
      if (places_[c] < 0) {
        const type::Value& value =
            wanted.constant.has_value() ? *wanted.constant : wanted.default_value;
        stripe_.columns.push_back(value.is_null()
                                      ? Vector::MakeNull(wanted.type, stripe_.num_rows)
                                      : Vector::MakeConstant(wanted.type, value, stripe_.num_rows));
        continue;
      }
      const auto place = static_cast<size_t>(std::find(chosen_.begin(), chosen_.end(), places_[c]) -
                                             chosen_.begin());
      static const functions::QueryContext kNoContext;
      ARROW_ASSIGN_OR_RAISE(
          VectorPtr values,
          FromFile(file_columns.columns[place], *schema_[static_cast<size_t>(places_[c])].type,
                   wanted.type, request_.context != nullptr ? *request_.context : kNoContext));
      stripe_.columns.push_back(std::move(values));
    }
    return Status::OK();
  }

  io::ObjectInfo file_;
  std::unique_ptr<Reader> reader_;
  ReadRequest request_;
  type::Schema schema_;
  std::vector<int64_t> stripes_;
  size_t next_stripe_ = 0;
  std::vector<int> places_;  // of the request's columns in the file, -1: not there
  std::vector<int> chosen_;  // columns of the file to read, ascending
  Batch stripe_;
  int64_t at_ = 0;
  ScanMetrics metrics_;
};

class OrcWriter final : public BatchWriter {
 public:
  explicit OrcWriter(std::unique_ptr<io::ObjectWriter> out)
      : out_(std::move(out)), sink_(out_.get()) {}

  Status Open(const type::Schema& schema, const OrcWriterOptions& options) {
    arrow::FieldVector fields;
    for (const type::Field& field : schema) {
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::DataType> type,
                            columnar::ToArrowType(*StoredType(field.type)));
      // What Spark reads the column's type from.
      fields.push_back(
          arrow::field(field.name, std::move(type), true,
                       arrow::key_value_metadata({kTypeNote}, {field.type->ToString()})));
    }
    schema_ = arrow::schema(std::move(fields));
    arrow::adapters::orc::WriteOptions write_options;
    write_options.compression = options.codec == "zlib"     ? arrow::Compression::GZIP
                                : options.codec == "snappy" ? arrow::Compression::SNAPPY
                                : options.codec == "lz4"    ? arrow::Compression::LZ4
                                : options.codec == "zstd"   ? arrow::Compression::ZSTD
                                                            : arrow::Compression::UNCOMPRESSED;
    return Guard("", [&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(writer_,
                            arrow::adapters::orc::ORCFileWriter::Open(&sink_, write_options));
      return Status::OK();
    });
  }

  Status Write(const Batch& batch) override {
    arrow::ArrayVector arrays;
    for (size_t c = 0; c < batch.columns.size(); ++c) {
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array,
                            columnar::ToArrow(ToFile(columnar::FlattenDeep(batch.columns[c]))));
      arrays.push_back(std::move(array));
    }
    rows_ += batch.num_rows;
    return Guard("", [&] {
      return writer_->Write(*arrow::RecordBatch::Make(schema_, batch.num_rows, std::move(arrays)));
    });
  }

  Status Finish() override {
    if (rows_ == 0) {
      // The adapter learns the schema with the first rows.
      arrow::ArrayVector arrays;
      for (const std::shared_ptr<arrow::Field>& field : schema_->fields()) {
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array,
                              arrow::MakeArrayOfNull(field->type(), 0));
        arrays.push_back(std::move(array));
      }
      ARROW_RETURN_NOT_OK(Guard("", [&] {
        return writer_->Write(*arrow::RecordBatch::Make(schema_, 0, std::move(arrays)));
      }));
    }
    ARROW_RETURN_NOT_OK(Guard("", [&] { return writer_->Close(); }));
    return out_->Close();
  }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

  int64_t rows_written() const override { return rows_; }

 private:
  std::unique_ptr<io::ObjectWriter> out_;
  Sink sink_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer_;
  int64_t rows_ = 0;
};

}  // namespace

Result<type::Schema> FileSchema(const io::ObjectInfo& file) {
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<Reader> reader, OpenFile(file));
  return SchemaOf(file, reader.get());
}

Result<std::unique_ptr<BatchReader>> OpenOrc(const io::ObjectInfo& file,
                                             const text::FileRange& range, ReadRequest request) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Reader> reader, OpenFile(file));
  auto out = std::make_unique<OrcReader>(file, std::move(reader), std::move(request));
  ARROW_RETURN_NOT_OK(out->Init(range));
  return out;
}

Result<OrcWriterOptions> MakeWriterOptions(const std::map<std::string, std::string>& options,
                                           const base::Config* config) {
  OrcWriterOptions out;
  if (config != nullptr) {
    out.codec = Lower(config->GetString("spark.sql.orc.compression.codec", "zstd"));
  }
  for (const char* wanted : {"orc.compress", "compression"}) {  // the last one counts
    for (const auto& [key, value] : options) {
      if (Lower(key) == wanted) {
        out.codec = Lower(value);
      }
    }
  }
  if (out.codec == "uncompressed") {
    out.codec = "none";
  }
  for (const char* known : {"none", "snappy", "zlib", "lz4", "zstd"}) {
    if (out.codec == known) {
      return out;
    }
  }
  return base::UserError("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
                         "The codec " + out.codec +
                             " is not available. Available codecs are brotli, uncompressed, lzo, "
                             "snappy, none, zlib, lz4, zstd.",
                         {{"codecName", out.codec}});
}

std::string CodecExtension(const std::string& codec) {
  return codec == "none" ? "" : "." + codec;
}

Result<std::unique_ptr<BatchWriter>> OpenOrcWriter(std::unique_ptr<io::ObjectWriter> out,
                                                   const type::Schema& schema,
                                                   const OrcWriterOptions& options) {
  auto writer = std::make_unique<OrcWriter>(std::move(out));
  ARROW_RETURN_NOT_OK(writer->Open(schema, options));
  return writer;
}

}  // namespace emery::format::orc
