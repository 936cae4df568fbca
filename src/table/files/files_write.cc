// Writes of plain files. Tasks write below <table>/_temporary/<job>/, which listings don't see;
// commit moves the files into place, then deletes what they replace, then leaves _SUCCESS. A crash
// before the first move changes nothing; one between leaves old and new files together, never fewer
// rows than one of the two states had.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <utility>

#include "base/config.h"
#include "columnar/batch.h"
#include "format/parquet/parquet_writer.h"
#include "table/files/files_table_internal.h"
#include "type/text.h"

namespace emery::table {

using columnar::Batch;

namespace {

// More partitions than this at a time: files are closed and later ones of the same partition begin
// anew.
constexpr size_t kOpenFilesMax = 64;

std::string NewJobId() {
  std::random_device device;
  const auto word = [&] { return static_cast<unsigned>(device()); };
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-%04x-%08x%04x", word(), word() & 0xffff,
                word() & 0xfff, (word() & 0x3fff) | 0x8000, word(), word() & 0xffff);
  return text;
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

struct WrittenFile {
  std::string staged;
  std::string relative;  // below the table
};

struct FilesWriteResult final : WriteResult {
  std::vector<WrittenFile> files;
};

/// What writers of a job share; immutable but for the task counter.
struct JobState {
  FilesWriteSpec spec;
  std::shared_ptr<io::ObjectStore> store;
  std::string root;     // as the store takes it
  std::string staging;  // below root
  std::string id;
  std::vector<int> data_fields;
  type::Schema data_schema;
  format::parquet::ParquetWriterOptions parquet;
  std::shared_ptr<const PlainFormat> plain;  // null: Parquet
  int64_t records_per_file_max = 0;          // 0: no limit
  std::atomic<int> next_task{0};

  std::string Extension() const {
    return plain == nullptr ? format::parquet::CodecExtension(parquet.codec) + ".parquet"
                            : plain->extension();
  }

  Result<std::unique_ptr<format::BatchWriter>> OpenFile(const std::string& path) const {
    ARROW_ASSIGN_OR_RAISE(auto out, store->OpenWriter(path));
    return plain == nullptr
               ? format::parquet::OpenParquetWriter(std::move(out), data_schema, parquet)
               : plain->OpenWriter(std::move(out), data_schema);
  }
};

class FilesTaskWriter final : public TaskWriter {
 public:
  FilesTaskWriter(std::shared_ptr<JobState> job, int task) : job_(std::move(job)), task_(task) {}

  ~FilesTaskWriter() override {
    for (auto& [folder, file] : open_) {
      (void)file.writer->Abort();  // the job's abort deletes what is left
    }
  }

  Status Write(const Batch& batch) override {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    if (job_->spec.partition_fields.empty()) {
      return WriteTo("", Project(batch));
    }
    // Runs of rows with equal values first, as most input comes clustered.
    std::map<std::string, std::vector<int32_t>> rows;
    std::vector<int32_t>* current = nullptr;
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      if (current == nullptr || !SamePartition(batch, i - 1, i)) {
        current = &rows[PartitionFolderFor(batch, i)];
      }
      current->push_back(static_cast<int32_t>(i));
    }
    const Batch data = Project(batch);
    for (const auto& [folder, indexes] : rows) {
      const auto count = static_cast<int64_t>(indexes.size());
      ARROW_RETURN_NOT_OK(WriteTo(
          folder,
          count == data.num_rows ? data : columnar::GatherBatch(data, indexes.data(), count)));
    }
    return Status::OK();
  }

  Result<std::unique_ptr<WriteResult>> Finish() override {
    while (!open_.empty()) {
      ARROW_RETURN_NOT_OK(CloseFile(open_.begin()->first));
    }
    return std::make_unique<FilesWriteResult>(std::move(result_));
  }

 private:
  struct OpenFile {
    std::unique_ptr<format::BatchWriter> writer;
    WrittenFile file;
    int64_t last_use = 0;
  };

  Batch Project(const Batch& batch) const {
    Batch out;
    out.num_rows = batch.num_rows;
    for (int field : job_->data_fields) {
      out.columns.push_back(batch.columns[static_cast<size_t>(field)]);
    }
    return out;
  }

  bool SamePartition(const Batch& batch, int64_t a, int64_t b) const {
    return std::all_of(job_->spec.partition_fields.begin(), job_->spec.partition_fields.end(),
                       [&](int field) {
                         const columnar::Vector& v = *batch.columns[static_cast<size_t>(field)];
                         return v.is_constant() || RowsEqual(v, a, v, b);
                       });
  }

  std::string PartitionFolderFor(const Batch& batch, int64_t row) const {
    std::string path;
    for (int index : job_->spec.partition_fields) {
      const type::Field& field = job_->spec.schema[static_cast<size_t>(index)];
      const type::Value value = ValueAt(*batch.columns[static_cast<size_t>(index)], row);
      const std::optional<std::string> text =
          value.is_null() ? std::nullopt : type::ValueToText(*field.type, value, *job_->spec.zone);
      path += EscapePartitionText(field.name) + "=" +
              (text.has_value() && !text->empty() ? EscapePartitionText(*text)
                                                  : std::string(kHiveDefaultPartition)) +
              "/";
    }
    return path;
  }

  Status WriteTo(const std::string& folder, const Batch& batch) {
    int64_t done = 0;
    while (done < batch.num_rows) {
      auto at = open_.find(folder);
      if (at == open_.end()) {
        ARROW_RETURN_NOT_OK(MakeRoom());
        char name[96];
        std::snprintf(name, sizeof(name), "part-%05d-%s-c%03d", task_, job_->id.c_str(),
                      num_files_++);
        WrittenFile file;
        file.relative = folder + name + job_->Extension();
        file.staged = job_->staging + "/" + file.relative;
        OpenFile opened;
        ARROW_ASSIGN_OR_RAISE(opened.writer, job_->OpenFile(file.staged));
        opened.file = std::move(file);
        at = open_.emplace(folder, std::move(opened)).first;
      }
      OpenFile& file = at->second;
      file.last_use = ++clock_;
      int64_t count = batch.num_rows - done;
      if (job_->records_per_file_max > 0) {
        count = std::min(count, job_->records_per_file_max - file.writer->rows_written());
      }
      ARROW_RETURN_NOT_OK(file.writer->Write(
          count == batch.num_rows ? batch : columnar::SliceBatch(batch, done, count)));
      done += count;
      if (job_->records_per_file_max > 0 &&
          file.writer->rows_written() >= job_->records_per_file_max) {
        ARROW_RETURN_NOT_OK(CloseFile(folder));
      }
    }
    return Status::OK();
  }

  Status MakeRoom() {
    if (open_.size() < kOpenFilesMax) {
      return Status::OK();
    }
    const auto oldest = std::min_element(
        open_.begin(), open_.end(),
        [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; });
    return CloseFile(oldest->first);
  }

  Status CloseFile(const std::string& folder) {
    const auto at = open_.find(folder);
    OpenFile file = std::move(at->second);
    open_.erase(at);
    ARROW_RETURN_NOT_OK(file.writer->Finish());
    result_.num_rows += file.writer->rows_written();
    result_.num_bytes += file.writer->bytes_written();
    result_.files.push_back(std::move(file.file));
    return Status::OK();
  }

  std::shared_ptr<JobState> job_;
  int task_;
  int num_files_ = 0;
  int64_t clock_ = 0;
  std::map<std::string, OpenFile> open_;  // by partition folder
  FilesWriteResult result_;
};

class FilesWriteJob final : public WriteJob {
 public:
  FilesWriteJob(std::shared_ptr<JobState> job, WriteRequest request)
      : job_(std::move(job)), request_(std::move(request)) {}

  ~FilesWriteJob() override {
    if (!done_) {
      (void)Abort();  // nobody is left to tell
    }
  }

  Result<std::unique_ptr<TaskWriter>> NewWriter() override {
    return std::make_unique<FilesTaskWriter>(job_, job_->next_task.fetch_add(1));
  }

  std::vector<int> clustering() const override { return job_->spec.partition_fields; }

  Status Commit(std::vector<std::unique_ptr<WriteResult>> results) override {
    std::vector<WrittenFile> files;
    for (const auto& result : results) {
      auto* written = static_cast<FilesWriteResult*>(result.get());
      files.insert(files.end(), written->files.begin(), written->files.end());
    }
    if (files.empty() && job_->spec.partition_fields.empty()) {
      // A file without rows still tells the schema.
      const std::string relative = "part-00000-" + job_->id + "-c000" + job_->Extension();
      const std::string staged = job_->staging + "/" + relative;
      ARROW_ASSIGN_OR_RAISE(auto writer, job_->OpenFile(staged));
      ARROW_RETURN_NOT_OK(writer->Finish());
      files.push_back({staged, relative});
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> replaced, FilesToReplace(files));
    std::vector<std::string> moved;
    for (const WrittenFile& file : files) {
      const std::string target = job_->root + "/" + file.relative;
      const Status status = job_->store->Rename(file.staged, target);
      if (!status.ok()) {
        (void)job_->store->Delete(moved);  // the error that matters is the first
        return status;
      }
      moved.push_back(target);
    }
    ARROW_RETURN_NOT_OK(job_->store->Delete(replaced));
    if (request_.context == nullptr || request_.context->config == nullptr ||
        request_.context->config->GetBool("mapreduce.fileoutputcommitter.marksuccessfuljobs",
                                          true)) {
      ARROW_RETURN_NOT_OK(job_->store->Put(job_->root + "/_SUCCESS", ""));
    }
    done_ = true;
    return RemoveStaging();
  }

  Status Abort() override {
    done_ = true;
    return RemoveStaging();
  }

 private:
  Status RemoveStaging() {
    ARROW_RETURN_NOT_OK(job_->store->DeleteTree(job_->staging));
    const std::string temporary = FolderOf(job_->staging);
    const Result<std::vector<io::ObjectInfo>> left = job_->store->List(temporary, false);
    if (left.ok() && left->empty()) {
      return job_->store->DeleteTree(temporary);
    }
    return Status::OK();
  }

  bool MatchesStaticPartition(const std::string& path) const {
    const std::vector<PartitionFolder> folders =
        PartitionFoldersOf(path.substr(job_->root.size() + 1));
    for (const auto& [name, value] : request_.static_partition) {
      const auto field =
          std::find_if(job_->spec.schema.begin(), job_->spec.schema.end(),
                       [&, wanted = name](const type::Field& f) { return f.name == wanted; });
      if (field == job_->spec.schema.end()) {
        return false;
      }
      std::optional<std::string> text =
          value.is_null() ? std::nullopt : type::ValueToText(*field->type, value, *job_->spec.zone);
      if (text.has_value() && text->empty()) {
        text.reset();
      }
      const bool found = std::any_of(folders.begin(), folders.end(),
                                     [&, wanted = name](const PartitionFolder& folder) {
                                       return folder.first == wanted && folder.second == text;
                                     });
      if (!found) {
        return false;
      }
    }
    return true;
  }

  /// Files that are there now and that the mode replaces.
  Result<std::vector<std::string>> FilesToReplace(const std::vector<WrittenFile>& written) {
    std::vector<std::string> replaced;
    if (request_.mode == WriteMode::kAppend) {
      return replaced;
    }
    Result<std::vector<io::ObjectInfo>> present = job_->store->List(job_->root, true);
    if (!present.ok()) {
      return io::IsNotFound(present.status()) ? Result<std::vector<std::string>>(replaced)
                                              : present.status();
    }
    std::map<std::string, bool> folders;
    for (const WrittenFile& file : written) {
      folders[FolderOf(job_->root + "/" + file.relative)] = true;
    }
    const std::string temporary = FolderOf(job_->staging) + "/";
    for (const io::ObjectInfo& file : *present) {
      if (file.path.starts_with(temporary)) {
        continue;  // other jobs' too
      }
      const bool drop =
          request_.mode == WriteMode::kOverwriteAll ||
          (request_.mode == WriteMode::kOverwritePartitions &&
           folders.contains(FolderOf(file.path))) ||
          (request_.mode == WriteMode::kOverwriteStatic && MatchesStaticPartition(file.path));
      if (drop) {
        replaced.push_back(file.path);
      }
    }
    return replaced;
  }

  std::shared_ptr<JobState> job_;
  WriteRequest request_;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<WriteJob>> MakeFilesWriteJob(FilesWriteSpec spec,
                                                    const WriteRequest& request) {
  auto job = std::make_shared<JobState>();
  job->root = spec.location;
  ARROW_ASSIGN_OR_RAISE(job->store, io::StoreFor(&job->root));
  job->id = NewJobId();
  job->staging = job->root + "/_temporary/" + job->id;
  for (size_t i = 0; i < spec.schema.size(); ++i) {
    if (std::find(spec.partition_fields.begin(), spec.partition_fields.end(),
                  static_cast<int>(i)) == spec.partition_fields.end()) {
      job->data_fields.push_back(static_cast<int>(i));
      job->data_schema.push_back(spec.schema[i]);
    }
  }
  if (job->data_schema.empty()) {
    return base::UserError("ALL_PARTITION_COLUMNS_NOT_ALLOWED",
                           "Cannot use all columns for partition columns.", {});
  }
  const base::Config* config = request.context != nullptr ? request.context->config.get() : nullptr;
  if (spec.provider == "parquet") {
    ARROW_ASSIGN_OR_RAISE(job->parquet, format::parquet::MakeWriterOptions(spec.options, config));
  } else {
    ARROW_ASSIGN_OR_RAISE(job->plain,
                          MakePlainFormat(spec.provider, spec.options, spec.zone, false, config));
    ARROW_RETURN_NOT_OK(job->plain->CheckSchema(job->data_schema));
  }
  if (config != nullptr) {
    job->records_per_file_max = config->GetInt("spark.sql.files.maxRecordsPerFile", 0);
  }
  for (const auto& [key, value] : spec.options) {
    if (key == "maxRecordsPerFile" || key == "maxrecordsperfile") {
      job->records_per_file_max = std::strtoll(value.c_str(), nullptr, 10);
    }
  }
  job->spec = std::move(spec);
  return std::make_unique<FilesWriteJob>(std::move(job), request);
}

}  // namespace emery::table
