#include <algorithm>
#include <optional>
#include <utility>

#include "arrow/buffer.h"

#include "columnar/batch.h"
#include "format/json/json_files.h"
#include "format/json/json_lines_internal.h"

namespace emery::format::json {

using columnar::Batch;
using columnar::FlatWriter;
using columnar::Vector;
using columnar::VectorBuilder;
using functions::JsonDocument;

namespace {

class JsonBatchReader final : public BatchReader {
 public:
  JsonBatchReader(io::Bytes bytes, std::string path, JsonFileOptions options, ReadRequest request)
      : bytes_(std::move(bytes)),
        path_(std::move(path)),
        options_(std::move(options)),
        request_(std::move(request)),
        lines_({reinterpret_cast<const char*>(bytes_->data()), static_cast<size_t>(bytes_->size())},
               options_),
        document_(options_.values.syntax) {
    metrics_.bytes_read = bytes_->size();
  }

  void Init(const type::Schema& file_schema) {
    const bool has_corrupt =
        std::any_of(file_schema.begin(), file_schema.end(), [&](const type::Field& field) {
          return field.name == options_.values.corrupt_column && field.type->is_string();
        });
    std::vector<type::Field> fields;
    for (const ReadColumn& column : request_.columns) {
      const bool corrupt = has_corrupt && column.name == options_.values.corrupt_column;
      places_.push_back(column.constant.has_value() ? kConstant
                        : corrupt                   ? kCorruptRecord
                                                    : static_cast<int>(fields.size()));
      if (places_.back() >= 0) {
        fields.push_back({column.name, column.type});
      }
    }
    record_type_ = type::Struct(std::move(fields));
    builder_ = VectorBuilder::Make(record_type_);
  }

  Result<std::optional<Batch>> Next() override {
    if (request_.context != nullptr && request_.context->cancellation != nullptr) {
      ARROW_RETURN_NOT_OK(request_.context->cancellation->Check());
    }
    corrupt_.clear();
    // An array of objects gives as many rows, so that a batch may be longer than asked for; it is
    // cut below.
    while (pending_.num_rows == 0 && more_) {
      while (static_cast<int64_t>(corrupt_.size()) < columnar::kBatchSize) {
        std::string_view record;
        if (!lines_.Next(&record)) {
          more_ = false;
          break;
        }
        ARROW_RETURN_NOT_OK(Read(record));
      }
      Collect();
    }
    if (pending_.num_rows == 0) {
      return std::nullopt;
    }
    const int64_t count = std::min(pending_.num_rows, columnar::kBatchSize);
    Batch batch = columnar::SliceBatch(pending_, 0, count);
    pending_ = count == pending_.num_rows
                   ? Batch()
                   : columnar::SliceBatch(pending_, count, pending_.num_rows - count);
    metrics_.rows_read += count;
    return batch;
  }

  const ScanMetrics& metrics() const override { return metrics_; }

 private:
  static constexpr int kConstant = -1;
  static constexpr int kCorruptRecord = -2;

  Status Read(std::string_view record) {
    const bool nothing_asked = record_type_->fields().empty();
    if (nothing_asked && !options_.multi_line &&
        (options_.values.fail_fast || options_.values.drop_malformed)) {
      // Spark then looks at no record either.
      if (record.find_first_not_of(" \t\r\n") != record.npos) {
        builder_->AppendNested();
        corrupt_.emplace_back();
      }
      return Status::OK();
    }
    const JsonDocument::Outcome outcome = document_.Parse(record);
    if (outcome == JsonDocument::Outcome::kEmpty) {
      return Status::OK();
    }
    if (outcome == JsonDocument::Outcome::kMalformed) {
      return Malformed(record);
    }
    const JsonDocument::Node& root = document_.root();
    if (root.kind == JsonDocument::Kind::kObject) {
      return ReadObject(record, root);
    }
    if (root.kind != JsonDocument::Kind::kArray) {
      return Malformed(record);
    }
    for (int32_t i = root.first_child; i >= 0; i = document_.node(i).next) {
      if (document_.node(i).kind != JsonDocument::Kind::kObject) {
        return Malformed(record);
      }
    }
    for (int32_t i = root.first_child; i >= 0; i = document_.node(i).next) {
      ARROW_RETURN_NOT_OK(ReadObject(record, document_.node(i)));
    }
    return Status::OK();
  }

  Status ReadObject(std::string_view record, const JsonDocument::Node& object) {
    functions::JsonReader reader(document_, options_.values, *options_.zone);
    reader.AppendObject(object, *record_type_, *builder_);
    corrupt_.emplace_back();
    if (reader.malformed()) {
      ARROW_RETURN_NOT_OK(Judge(record));
      corrupt_.back() = record;
    }
    return Status::OK();
  }

  Status Malformed(std::string_view record) {
    ARROW_RETURN_NOT_OK(Judge(record));
    functions::AppendNullRecord(*record_type_, *builder_);
    corrupt_.emplace_back(record);
    return Status::OK();
  }

  Status Judge(std::string_view record) const {
    if (!options_.values.fail_fast) {
      return Status::OK();
    }
    return text::UnreadableFile(
        path_, "Malformed records are detected in record parsing: " + std::string(record) +
                   ". Parse Mode: FAILFAST. To process malformed records as null result, try "
                   "setting the option 'mode' as 'PERMISSIVE'");
  }

  /// Makes the rows that were read a batch.
  void Collect() {
    const columnar::VectorPtr records = builder_->Finish();
    const auto rows = static_cast<int64_t>(corrupt_.size());
    Batch batch;
    batch.num_rows = rows;
    for (size_t c = 0; c < places_.size(); ++c) {
      const ReadColumn& wanted = request_.columns[c];
      if (places_[c] >= 0) {
        batch.columns.push_back(records->children()[static_cast<size_t>(places_[c])]);
      } else if (places_[c] == kConstant) {
        batch.columns.push_back(wanted.constant->is_null()
                                    ? Vector::MakeNull(wanted.type, rows)
                                    : Vector::MakeConstant(wanted.type, *wanted.constant, rows));
      } else {
        FlatWriter writer(wanted.type, rows);
        for (int64_t r = 0; r < rows; ++r) {
          const auto& text = corrupt_[static_cast<size_t>(r)];
          if (text.has_value()) {
            writer.SetString(r, *text);
          } else {
            writer.SetNull(r);
          }
        }
        batch.columns.push_back(writer.Finish(rows));
      }
    }
    if (options_.values.drop_malformed) {
      std::vector<int32_t> kept;
      for (size_t r = 0; r < corrupt_.size(); ++r) {
        if (!corrupt_[r].has_value()) {
          kept.push_back(static_cast<int32_t>(r));
        }
      }
      if (static_cast<int64_t>(kept.size()) < rows) {
        batch = columnar::GatherBatch(batch, kept.data(), static_cast<int64_t>(kept.size()));
      }
    }
    corrupt_.clear();
    pending_ = std::move(batch);
  }

  io::Bytes bytes_;
  std::string path_;
  JsonFileOptions options_;
  ReadRequest request_;
  JsonLines lines_;
  JsonDocument document_;
  type::TypePtr record_type_;
  std::unique_ptr<VectorBuilder> builder_;
  std::vector<int> places_;  // of the request's columns in the record, or one of the above
  std::vector<std::optional<std::string_view>> corrupt_;  // of rows at hand: what can't be read
  Batch pending_;
  bool more_ = true;
  ScanMetrics metrics_;
};

class JsonBatchWriter final : public BatchWriter {
 public:
  JsonBatchWriter(std::unique_ptr<io::ObjectWriter> out, const type::Schema& schema,
                  const JsonFileOptions& options)
      : out_(std::move(out)),
        type_(type::Struct(schema)),
        writer_(options.values, *options.zone),
        separator_(options.line_separator.empty() ? "\n" : options.line_separator) {}

  Status Write(const Batch& batch) override {
    std::vector<columnar::VectorPtr> columns;
    for (const columnar::VectorPtr& column : batch.columns) {
      columns.push_back(columnar::FlattenDeep(column));
    }
    const columnar::VectorPtr records =
        Vector::MakeNested(type_, batch.num_rows, nullptr, nullptr, std::move(columns));
    std::string text;
    for (int64_t r = 0; r < batch.num_rows; ++r) {
      writer_.Write(*records, r, &text);
      text += separator_;
    }
    rows_ += batch.num_rows;
    return out_->Write(text);
  }

  Status Finish() override { return out_->Close(); }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

  int64_t rows_written() const override { return rows_; }

 private:
  std::unique_ptr<io::ObjectWriter> out_;
  type::TypePtr type_;
  functions::JsonWriter writer_;
  std::string separator_;
  int64_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<BatchReader>> OpenJson(const io::ObjectInfo& file,
                                              const text::FileRange& range,
                                              const type::Schema& file_schema,
                                              const JsonFileOptions& options, ReadRequest request) {
  ARROW_ASSIGN_OR_RAISE(io::Bytes bytes, text::ReadLines(file, range, options.line_separator));
  auto reader =
      std::make_unique<JsonBatchReader>(std::move(bytes), file.path, options, std::move(request));
  reader->Init(file_schema);
  return reader;
}

Result<std::unique_ptr<BatchWriter>> OpenJsonWriter(std::unique_ptr<io::ObjectWriter> out,
                                                    const type::Schema& schema,
                                                    const JsonFileOptions& options) {
  return std::make_unique<JsonBatchWriter>(std::move(out), schema, options);
}

}  // namespace emery::format::json
