// What the writers of a DELETE, UPDATE or MERGE do with their rows, and the commit.
#include <algorithm>
#include <mutex>
#include <thread>

#include "base/config.h"
#include "functions/context.h"
#include "table/iceberg/row_level_internal.h"
#include "table/iceberg/write_target.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorReader;

namespace {

/// Files that no commit took over are deleted with their result.
struct RowLevelResult final : WriteResult {
  std::vector<DataFile> files;
  std::map<std::string, DeletionVector> deletes;

  ~RowLevelResult() override {
    std::vector<std::string> paths;
    for (const DataFile& file : files) {
      paths.push_back(file.file_path);
    }
    DeleteFilesQuietly(paths);
  }
};

class RowLevelJob final : public WriteJob {
 public:
  RowLevelJob(std::shared_ptr<const RowLevelPlan> plan, std::shared_ptr<DataWriteSettings> settings,
              std::unique_ptr<PartitionedRows> rows, size_t num_row_ids, size_t num_carried)
      : plan_(std::move(plan)),
        settings_(std::move(settings)),
        num_row_ids_(num_row_ids),
        num_carried_(num_carried),
        rows_(std::move(rows)) {}

  Result<std::unique_ptr<TaskWriter>> NewWriter() override;
  Status Commit(std::vector<std::unique_ptr<WriteResult>> results) override;

  Status Abort() override {
    if (!keep_files_) {
      DeleteFilesQuietly(written_);
      written_.clear();
    }
    return Status::OK();
  }

 private:
  friend class RowLevelWriter;

  Result<SnapshotChange> MakeChange(std::vector<std::unique_ptr<WriteResult>> results);

  std::shared_ptr<const RowLevelPlan> plan_;
  std::shared_ptr<DataWriteSettings> settings_;
  size_t num_row_ids_;
  size_t num_carried_;
  std::unique_ptr<PartitionedRows> rows_;  // partitioned tables
  std::vector<std::string> written_;       // paths of files that no snapshot has yet
  bool keep_files_ = false;                // they may be live
};

class RowLevelWriter final : public TaskWriter {
 public:
  explicit RowLevelWriter(RowLevelJob* job) : job_(job) {}

  /// All rows of a batch have one operation.
  Status Write(const Batch& batch) override {
    if (batch.num_rows == 0) {
      return Status::OK();
    }
    const auto operation = static_cast<RowOperation>(VectorReader<int32_t>(*batch.columns[0])[0]);
    num_rows_ += batch.num_rows;
    const bool deletes = !job_->plan_->copy_on_write &&
                         (operation == RowOperation::kDelete || operation == RowOperation::kUpdate);
    if (deletes) {
      AddDeletes(batch);
    }
    return operation == RowOperation::kDelete ? Status::OK() : WriteRows(batch, operation);
  }

  Result<std::unique_ptr<WriteResult>> Finish() override {
    auto result = std::make_unique<RowLevelResult>();
    result->num_rows = num_rows_;
    result->deletes = std::move(deletes_);
    if (writer_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(result->files, writer_->Finish());
    }
    return std::unique_ptr<WriteResult>(std::move(result));
  }

 private:
  void AddDeletes(const Batch& batch) {
    const VectorReader<StringView> files(*batch.columns[1]);
    const VectorReader<int64_t> positions(*batch.columns[2]);
    DeletionVector* vector = nullptr;
    std::string_view last;
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      const std::string_view file = files[i].view();
      if (vector == nullptr || file != last) {
        vector = &deletes_[std::string(file)];
        last = file;
      }
      vector->Add(positions[i]);
    }
  }

  Status WriteRows(const Batch& batch, RowOperation operation) {
    Batch rows;
    rows.num_rows = batch.num_rows;
    const size_t first_carried = 1 + job_->num_row_ids_;
    const size_t first_field = first_carried + job_->num_carried_;
    rows.columns.assign(batch.columns.begin() + static_cast<std::ptrdiff_t>(first_field),
                        batch.columns.end());
    for (size_t i = 0; i < job_->num_carried_; ++i) {
      // _row_id stays with the row; a changed row was last updated by this commit, which null says.
      const auto& carried = batch.columns[first_carried + i];
      rows.columns.push_back(operation == RowOperation::kUpdate && i == 1
                                 ? Vector::MakeNull(carried->type(), batch.num_rows)
                                 : carried);
    }
    if (job_->rows_ != nullptr) {
      return job_->rows_->Add(rows);
    }
    if (writer_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(writer_, MakeDataWriter(job_->settings_));
    }
    return writer_->Write(rows);
  }

  RowLevelJob* job_;
  std::unique_ptr<DataWriter> writer_;  // tables without partitions
  std::map<std::string, DeletionVector> deletes_;
  int64_t num_rows_ = 0;
};

Result<std::unique_ptr<TaskWriter>> RowLevelJob::NewWriter() {
  return std::make_unique<RowLevelWriter>(this);
}

Result<SnapshotChange> RowLevelJob::MakeChange(std::vector<std::unique_ptr<WriteResult>> results) {
  const IcebergTable& table = *plan_->table;
  SnapshotChange change;
  ARROW_RETURN_NOT_OK(PrepareChange(table, plan_->request.context, &change));
  std::map<std::string, DeletionVector> deletes;
  for (auto& one : results) {
    auto* result = static_cast<RowLevelResult*>(one.get());
    for (DataFile& file : result->files) {
      written_.push_back(file.file_path);
      change.added_data_files.push_back(std::move(file));
    }
    result->files.clear();
    for (auto& [path, vector] : result->deletes) {
      const auto [it, added] = deletes.try_emplace(path);
      if (added) {
        it->second = std::move(vector);
      } else {
        it->second.Merge(vector);
      }
    }
  }
  if (rows_ != nullptr) {
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const auto& context = plan_->request.context;
    if (context != nullptr && context->config != nullptr) {
      const auto wanted = static_cast<int>(context->config->GetInt("emery.threads", 0));
      threads = wanted > 0 ? wanted : threads;
    }
    ARROW_ASSIGN_OR_RAISE(auto files, rows_->Finish(threads));
    for (DataFile& file : files) {
      written_.push_back(file.file_path);
      change.added_data_files.push_back(std::move(file));
    }
  }
  if (table.snapshot() != nullptr) {
    change.checks.starting_snapshot = table.snapshot()->snapshot_id;
  }
  change.checks.filter = plan_->request.filter;
  if (plan_->copy_on_write) {
    const bool replaces = !plan_->replaced_files || !plan_->replaced_files->empty();
    ARROW_ASSIGN_OR_RAISE(
        TouchedFiles touched,
        FindTouchedFiles(table, plan_->replaced_files ? &*plan_->replaced_files : nullptr));
    for (auto& [path, file] : touched.data_files) {
      change.removed_data_files.push_back(std::move(file));
    }
    for (auto& [path, files] : touched.own_deletes) {
      for (DataFile& file : files) {
        if (file.is_deletion_vector()) {
          change.removed_delete_files.push_back(std::move(file));
        }
      }
    }
    const bool removes = !change.removed_data_files.empty();
    const bool adds = !change.added_data_files.empty();
    change.operation = removes && !adds ? "delete" : (adds && !removes ? "append" : "overwrite");
    if (replaces) {
      change.checks.no_new_data_files = plan_->serializable;
      change.checks.no_new_deletes_for_removed_files = true;
    }
    return change;
  }
  std::set<std::string> paths;
  for (const auto& [path, vector] : deletes) {
    paths.insert(path);
  }
  ARROW_ASSIGN_OR_RAISE(const TouchedFiles touched, FindTouchedFiles(table, &paths));
  change.checks.required_data_files.assign(paths.begin(), paths.end());
  const bool changes_values = plan_->request.command != RowLevelRequest::Command::kDelete;
  change.checks.skip_deletes = !changes_values;
  change.checks.no_new_delete_files = changes_values;
  change.checks.no_new_data_files = plan_->serializable;
  if (table.metadata().format_version >= 3) {
    change.checks.no_new_deletion_vectors_for.assign(paths.begin(), paths.end());
  }
  ARROW_RETURN_NOT_OK(
      WriteDeletes(table, touched, std::move(deletes), plan_->request.context, &change, &written_));
  const bool adds_rows = !change.added_data_files.empty();
  const bool adds_deletes = !change.added_delete_files.empty();
  change.operation = adds_rows && !adds_deletes   ? "append"
                     : adds_deletes && !adds_rows ? "delete"
                                                  : "overwrite";
  return change;
}

Status RowLevelJob::Commit(std::vector<std::unique_ptr<WriteResult>> results) {
  ARROW_ASSIGN_OR_RAISE(const SnapshotChange change, MakeChange(std::move(results)));
  const Status status = CommitSnapshot(plan_->table->operations().get(), change).status();
  if (status.ok()) {
    written_.clear();
  } else {
    keep_files_ = IsCommitStateUnknown(status);
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<WriteJob>> MakeRowLevelJob(std::shared_ptr<const RowLevelPlan> plan,
                                                  const type::Schema& carried, size_t num_row_ids) {
  const auto make = [metadata = plan->table->shared_metadata(), carried,
                     context = plan->request.context] {
    return MakeDataWriteSettings(metadata, carried, context);
  };
  ARROW_ASSIGN_OR_RAISE(auto settings, make());
  std::unique_ptr<PartitionedRows> rows;
  if (!settings->spec.fields.empty()) {
    rows = std::make_unique<PartitionedRows>(settings, make);
  }
  return std::make_unique<RowLevelJob>(std::move(plan), std::move(settings), std::move(rows),
                                       num_row_ids, carried.size());
}

}  // namespace emery::table::iceberg
