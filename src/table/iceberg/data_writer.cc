// Data files of a table. Rows of an unpartitioned table go straight into the task's own file. Rows
// of a partitioned one are gathered per partition and handed to files that all tasks of the job
// share, so that a partition gets one file and not one per task.
#include "table/iceberg/data_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/config.h"
#include "functions/context.h"
#include "io/object_store.h"
#include "table/iceberg/column_metrics_internal.h"
#include "table/iceberg/metadata_update.h"
#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

// A task hands a partition's rows over when it has so many, or all of them when it holds so much.
constexpr int64_t kRowsPerHandover = 4 * columnar::kBatchSize;
constexpr int64_t kBytesHeldMax = 64 << 20;
// More files than this are not kept open at a time.
constexpr size_t kOpenFilesMax = 200;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// What all writers of a job share beside the settings.
class SharedFiles;

struct JobSettings final : DataWriteSettings {
  format::parquet::ParquetWriterOptions parquet;
  std::map<int32_t, MetricsMode> modes;
  std::string data_location;
  std::shared_ptr<SharedFiles> shared;
};

/// Adds NaN counts of floating columns, inside structs too.
void CountNans(const type::Schema& fields, const std::vector<VectorPtr>& columns,
               std::map<int32_t, int64_t>* counts) {
  const auto count = [](const columnar::Vector& v, auto zero) {
    const columnar::VectorReader<decltype(zero)> values(v);
    int64_t nans = 0;
    for (int64_t i = 0; i < v.size(); ++i) {
      nans += !values.IsNull(i) && std::isnan(values[i]) ? 1 : 0;
    }
    return nans;
  };
  for (size_t i = 0; i < fields.size() && i < columns.size(); ++i) {
    const auto& type = *fields[i].type;
    if (type.is(type::TypeId::kFloat)) {
      (*counts)[fields[i].field_id] += count(*columns[i], 0.0F);
    } else if (type.is(type::TypeId::kDouble)) {
      (*counts)[fields[i].field_id] += count(*columns[i], 0.0);
    } else if (type.is(type::TypeId::kStruct)) {
      CountNans(type.fields(), columnar::Flatten(columns[i])->children(), counts);
    }
  }
}

/// One data file under way.
class OpenFile {
 public:
  static Result<std::unique_ptr<OpenFile>> Make(const JobSettings& settings,
                                                std::vector<type::Value> partition, int task,
                                                int number) {
    auto file = std::make_unique<OpenFile>();
    file->settings_ = &settings;
    file->file_.file_path = settings.NewPath(partition, task, number, ".parquet");
    file->file_.file_format = "parquet";
    file->file_.spec_id = settings.spec.spec_id;
    file->file_.partition = std::move(partition);
    file->file_.sort_order_id = 0;
    std::string path = file->file_.file_path;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    ARROW_ASSIGN_OR_RAISE(auto out, store->OpenWriter(path));
    ARROW_ASSIGN_OR_RAISE(file->writer_, format::parquet::OpenParquetFileWriter(
                                             std::move(out), settings.schema, settings.parquet));
    return file;
  }

  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  ~OpenFile() {
    if (writer_ != nullptr) {
      (void)writer_->Abort();  // nothing of it is visible
    }
  }

  Status Write(const Batch& batch) {
    CountNans(settings_->schema, batch.columns, &nans_);
    return writer_->Write(batch);
  }

  bool full() const { return writer_->bytes_written() >= settings_->target_file_bytes; }

  Result<DataFile> Finish() {
    ARROW_RETURN_NOT_OK(writer_->Finish());
    file_.record_count = writer_->rows_written();
    file_.file_size_in_bytes = writer_->bytes_written();
    ARROW_ASSIGN_OR_RAISE(const auto metrics, writer_->Metrics());
    SetMetrics(metrics, settings_->modes, nans_, &file_);
    writer_.reset();
    return std::move(file_);
  }

  std::mutex& mutex() { return mutex_; }

 private:
  const JobSettings* settings_ = nullptr;
  std::unique_ptr<format::parquet::ParquetFileWriter> writer_;
  DataFile file_;
  std::map<int32_t, int64_t> nans_;
  std::mutex mutex_;  // held while rows are written by one of several tasks
};

/// Bytes that differ for different partition values.
std::string KeyOf(const std::vector<type::Value>& values) {
  std::string key;
  for (const auto& value : values) {
    const auto& payload = value.payload();
    key.push_back(static_cast<char>(payload.index()));
    if (const auto* text = std::get_if<std::string>(&payload)) {
      const auto size = static_cast<uint32_t>(text->size());
      key.append(reinterpret_cast<const char*>(&size), sizeof(size));
      key += *text;
    } else if (const auto* i = std::get_if<int64_t>(&payload)) {
      key.append(reinterpret_cast<const char*>(i), sizeof(*i));
    } else if (const auto* d = std::get_if<type::int128_t>(&payload)) {
      key.append(reinterpret_cast<const char*>(d), sizeof(*d));
    } else if (const auto* b = std::get_if<bool>(&payload)) {
      key.push_back(*b ? 1 : 0);
    } else if (const auto* f = std::get_if<float>(&payload)) {
      const float plain = std::isnan(*f) ? std::nanf("") : *f == 0 ? 0.0F : *f;
      key.append(reinterpret_cast<const char*>(&plain), sizeof(plain));
    } else if (const auto* w = std::get_if<double>(&payload)) {
      const double plain = std::isnan(*w) ? std::nan("") : *w == 0 ? 0.0 : *w;
      key.append(reinterpret_cast<const char*>(&plain), sizeof(plain));
    }
  }
  return key;
}

/// Files of partitions, shared by the writers of a job. Thread-safe. Files are finished when the
/// last writer that is open finishes.
class SharedFiles {
 public:
  ~SharedFiles() {
    std::vector<std::string> paths;
    for (const auto& file : finished_) {  // of a job that failed
      paths.push_back(file.file_path);
    }
    DeleteFilesQuietly(paths);
  }

  void Enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++writers_;
  }

  /// Without Finish: what this writer wrote is lost with the job's files.
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --writers_;
    failed_ = true;
  }

  Status Write(const JobSettings& settings, const std::string& key,
               const std::vector<type::Value>& partition, int task,
               const std::vector<Batch>& rows) {
    std::shared_ptr<OpenFile> file;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      auto& slot = files_[key];
      if (slot == nullptr) {
        ARROW_ASSIGN_OR_RAISE(auto opened, OpenFile::Make(settings, partition, task, ++num_files_));
        slot = std::move(opened);
      }
      file = slot;
    }
    std::shared_ptr<OpenFile> done;
    {
      const std::lock_guard<std::mutex> file_lock(file->mutex());
      bool current = true;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = files_.find(key);
        current = found != files_.end() && found->second == file;
      }
      if (current) {
        for (const auto& batch : rows) {
          ARROW_RETURN_NOT_OK(file->Write(batch));
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        if (file->full() || files_.size() > kOpenFilesMax) {
          files_.erase(key);
          done = file;
        }
      }
      if (done != nullptr) {
        ARROW_ASSIGN_OR_RAISE(auto finished, done->Finish());
        const std::lock_guard<std::mutex> lock(mutex_);
        finished_.push_back(std::move(finished));
        return Status::OK();
      }
      if (current) {
        return Status::OK();
      }
    }
    return Write(settings, key, partition, task, rows);  // it was closed meanwhile
  }

  Result<std::vector<DataFile>> Finish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--writers_ > 0 || failed_) {
      return std::vector<DataFile>{};
    }
    for (auto& [key, file] : files_) {
      ARROW_ASSIGN_OR_RAISE(auto finished, file->Finish());
      finished_.push_back(std::move(finished));
    }
    files_.clear();
    return std::exchange(finished_, {});
  }

 private:
  std::mutex mutex_;  // guards all below; taken after a file's own
  std::unordered_map<std::string, std::shared_ptr<OpenFile>> files_;
  std::vector<DataFile> finished_;
  int writers_ = 0;
  int num_files_ = 0;
  bool failed_ = false;
};

class Writer final : public DataWriter {
 public:
  explicit Writer(std::shared_ptr<JobSettings> settings)
      : settings_(std::move(settings)), task_(settings_->next_task.fetch_add(1)) {
    settings_->shared->Enter();
  }

  ~Writer() override {
    if (!finished_) {
      own_.reset();
      settings_->shared->Leave();
      std::vector<std::string> paths;
      for (const auto& file : files_) {
        paths.push_back(file.file_path);
      }
      DeleteFilesQuietly(paths);
    }
  }

  Status Write(const Batch& batch) override {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(CheckRequired(batch));
    if (settings_->spec.fields.empty()) {
      return WriteOwn(batch);
    }
    ARROW_ASSIGN_OR_RAISE(const auto columns,
                          PartitionColumns(settings_->spec, settings_->schema, batch));
    // Rows by partition; most input comes in runs.
    std::vector<int32_t> order;
    Held* current = nullptr;
    std::vector<Held*> touched;
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      if (current == nullptr || !SameRow(columns, i - 1, i)) {
        std::vector<type::Value> values;
        for (const auto& column : columns) {
          values.push_back(columnar::ValueAt(*column, i));
        }
        current = &Find(std::move(values));
        if (current->rows.empty()) {
          touched.push_back(current);
        }
      }
      current->rows.push_back(static_cast<int32_t>(i));
    }
    for (Held* held : touched) {
      const auto count = static_cast<int64_t>(held->rows.size());
      Hold(held, count == batch.num_rows ? batch
                                         : columnar::GatherBatch(batch, held->rows.data(), count));
      held->rows.clear();
      ARROW_RETURN_NOT_OK(HandOverIfFull(held));
    }
    return HandOverIfTooMuch();
  }

  Status WriteTo(const std::vector<type::Value>& partition, const Batch& batch) override {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(CheckRequired(batch));
    if (settings_->spec.fields.empty()) {
      return WriteOwn(batch);
    }
    Held* held = &Find(partition);
    Hold(held, batch);
    ARROW_RETURN_NOT_OK(HandOverIfFull(held));
    return HandOverIfTooMuch();
  }

  Result<std::vector<DataFile>> Finish() override {
    for (auto& [key, held] : held_) {
      ARROW_RETURN_NOT_OK(HandOver(&held));
    }
    ARROW_RETURN_NOT_OK(CloseOwn());
    finished_ = true;
    ARROW_ASSIGN_OR_RAISE(auto shared, settings_->shared->Finish());
    files_.insert(files_.end(), std::make_move_iterator(shared.begin()),
                  std::make_move_iterator(shared.end()));
    return std::move(files_);
  }

  int64_t rows_written() const override { return rows_; }

 private:
  /// Rows of a partition that this task has not yet handed over.
  struct Held {
    std::string key;
    std::vector<type::Value> partition;
    std::vector<int32_t> rows;  // of the batch that is being split
    std::vector<Batch> batches;
    int64_t num_rows = 0;
  };

  static bool SameRow(const std::vector<VectorPtr>& columns, int64_t a, int64_t b) {
    return std::all_of(columns.begin(), columns.end(), [&](const VectorPtr& v) {
      return v->is_constant() || columnar::RowsEqual(*v, a, *v, b);
    });
  }

  /// Required columns are written as such, so that a null would make the file unreadable.
  Status CheckRequired(const Batch& batch) const {
    for (size_t i = 0; i < batch.columns.size() && i < settings_->schema.size(); ++i) {
      if (!settings_->schema[i].nullable && batch.columns[i]->may_have_nulls() &&
          batch.columns[i]->CountNulls() > 0) {
        return base::UserError("NOT_NULL_ASSERT_VIOLATION",
                               "NULL value appeared in the non-nullable column " +
                                   base::QuoteIdentifier(settings_->schema[i].name) + ".",
                               {{"walkedTypePath", settings_->schema[i].name}});
      }
    }
    return Status::OK();
  }

  Held& Find(std::vector<type::Value> values) {
    std::string key = KeyOf(values);
    auto& held = held_[key];
    if (held.key.empty()) {
      held.key = std::move(key);
      held.partition = std::move(values);
    }
    return held;
  }

  void Hold(Held* held, Batch batch) {
    held->num_rows += batch.num_rows;
    bytes_held_ += columnar::MemoryBytes(batch);
    rows_ += batch.num_rows;
    held->batches.push_back(std::move(batch));
  }

  Status HandOverIfFull(Held* held) {
    return held->num_rows >= kRowsPerHandover ? HandOver(held) : Status::OK();
  }

  Status HandOverIfTooMuch() {
    if (bytes_held_ < kBytesHeldMax) {
      return Status::OK();
    }
    for (auto& [key, held] : held_) {
      ARROW_RETURN_NOT_OK(HandOver(&held));
    }
    bytes_held_ = 0;
    return Status::OK();
  }

  Status HandOver(Held* held) {
    if (held->batches.empty()) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(
        settings_->shared->Write(*settings_, held->key, held->partition, task_, held->batches));
    held->batches.clear();
    held->num_rows = 0;
    return Status::OK();
  }

  Status WriteOwn(const Batch& batch) {
    if (own_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(own_, OpenFile::Make(*settings_, {}, task_, ++num_files_));
    }
    rows_ += batch.num_rows;
    ARROW_RETURN_NOT_OK(own_->Write(batch));
    return own_->full() ? CloseOwn() : Status::OK();
  }

  Status CloseOwn() {
    if (own_ == nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto file, own_->Finish());
    own_.reset();
    files_.push_back(std::move(file));
    return Status::OK();
  }

  std::shared_ptr<JobSettings> settings_;
  int task_;
  int num_files_ = 0;
  std::unique_ptr<OpenFile> own_;
  std::unordered_map<std::string, Held> held_;
  std::vector<DataFile> files_;
  int64_t rows_ = 0;
  int64_t bytes_held_ = 0;
  bool finished_ = false;
};

std::string TrimSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

}  // namespace

std::string DataWriteSettings::NewPath(const std::vector<type::Value>& partition, int task,
                                       int number, const std::string& suffix) const {
  const std::string folders = PartitionPath(spec, metadata->current_schema().fields, partition);
  char name[64];
  std::snprintf(name, sizeof(name), "%05d-%d-", task, task);
  char count[16];
  std::snprintf(count, sizeof(count), "-%05d", number);
  return static_cast<const JobSettings*>(this)->data_location + "/" +
         (folders.empty() ? "" : folders + "/") + name + operation_id + count + suffix;
}

namespace {

// The current schema as the metadata file spells it.
nlohmann::json CurrentSchemaOf(const TableMetadata& metadata) {
  if (metadata.document == nullptr) {
    return nullptr;
  }
  const nlohmann::json& document = *metadata.document;
  for (const auto& schema : document.value("schemas", nlohmann::json::array())) {
    if (schema.value("schema-id", 0) == metadata.current_schema_id) {
      return schema;
    }
  }
  return document.value("schema", nlohmann::json());
}

// A type in a schema, at any depth, that is read as another one and so can't be written as itself:
// uuid (read as a string), fixed (as binary). Empty where there is none.
std::string UnwritableType(const nlohmann::json& type) {
  if (type.is_string()) {
    const std::string text = type.get<std::string>();
    return text == "uuid" || text.rfind("fixed[", 0) == 0 ? text : "";
  }
  if (!type.is_object()) {
    return "";
  }
  for (const char* member : {"type", "element", "key", "value"}) {
    if (const auto it = type.find(member); it != type.end()) {
      if (std::string found = UnwritableType(*it); !found.empty()) {
        return found;
      }
    }
  }
  if (const auto fields = type.find("fields"); fields != type.end() && fields->is_array()) {
    for (const auto& field : *fields) {
      if (std::string found = UnwritableType(field); !found.empty()) {
        return found;
      }
    }
  }
  return "";
}

}  // namespace

Result<std::shared_ptr<DataWriteSettings>> MakeDataWriteSettings(
    std::shared_ptr<const TableMetadata> metadata, const type::Schema& extra_fields,
    const std::shared_ptr<const functions::QueryContext>& context) {
  auto settings = std::make_shared<JobSettings>();
  const std::string format = Lower(metadata->Property("write.format.default", "parquet"));
  if (format != "parquet") {
    return base::Unsupported("writing Iceberg data files of format " + format +
                             " (table property write.format.default)");
  }
  settings->schema = metadata->current_schema().fields;
  const std::string unwritable = UnwritableType(CurrentSchemaOf(*metadata));
  if (!unwritable.empty()) {
    return base::Unsupported("writing to an Iceberg table with a column of type " + unwritable);
  }
  TableSchema noted = metadata->current_schema();
  settings->schema.insert(settings->schema.end(), extra_fields.begin(), extra_fields.end());
  settings->spec = metadata->default_spec();
  settings->operation_id = NewUuid();
  const base::Config* config = context != nullptr ? context->config.get() : nullptr;
  std::string codec = Lower(metadata->Property("write.parquet.compression-codec", "zstd"));
  if (config != nullptr) {
    codec = Lower(config->GetString("spark.sql.iceberg.compression-codec", codec));
  }
  settings->codec = codec;
  settings->parquet.codec = codec;
  settings->parquet.spark_schema = false;
  settings->parquet.keep_required = true;
  settings->parquet.row_group_bytes = std::max<int64_t>(
      metadata->PropertyInt("write.parquet.row-group-size-bytes", 128 << 20), 1 << 16);
  settings->parquet.page_bytes =
      std::max<int64_t>(metadata->PropertyInt("write.parquet.page-size-bytes", 1 << 20), 1 << 10);
  ARROW_ASSIGN_OR_RAISE(const auto schema_json, SchemaToJson(noted));
  settings->parquet.metadata["iceberg.schema"] = schema_json.dump();
  settings->target_file_bytes =
      std::max<int64_t>(metadata->PropertyInt("write.target-file-size-bytes", 512 << 20), 1);
  settings->data_location =
      TrimSlashes(metadata->Property("write.data.path", metadata->location + "/data"));
  settings->modes = MetricsModes(*metadata, settings->schema);
  settings->shared = std::make_shared<SharedFiles>();
  settings->metadata = std::move(metadata);
  return std::shared_ptr<DataWriteSettings>(std::move(settings));
}

Result<std::unique_ptr<DataWriter>> MakeDataWriter(std::shared_ptr<DataWriteSettings> settings) {
  return std::make_unique<Writer>(std::static_pointer_cast<JobSettings>(std::move(settings)));
}

}  // namespace emery::table::iceberg
