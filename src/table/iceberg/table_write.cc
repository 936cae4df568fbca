// INSERT into Iceberg tables, and deletes that need no look at rows.
#include <algorithm>
#include <set>

#include "base/config.h"
#include "functions/context.h"
#include "table/iceberg/data_writer.h"
#include "table/iceberg/file_match.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/snapshot_commit.h"
#include "table/iceberg/write_target.h"

namespace emery::table::iceberg {

namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Files of one task; those that no commit took over are deleted with it.
struct IcebergWriteResult final : WriteResult {
  std::vector<DataFile> files;

  ~IcebergWriteResult() override {
    std::vector<std::string> paths;
    for (const auto& file : files) {
      paths.push_back(file.file_path);
    }
    DeleteFilesQuietly(paths);
  }
};

class IcebergTaskWriter final : public TaskWriter {
 public:
  explicit IcebergTaskWriter(std::unique_ptr<DataWriter> writer) : writer_(std::move(writer)) {}

  Status Write(const columnar::Batch& batch) override { return writer_->Write(batch); }

  Result<std::unique_ptr<WriteResult>> Finish() override {
    auto result = std::make_unique<IcebergWriteResult>();
    result->num_rows = writer_->rows_written();
    ARROW_ASSIGN_OR_RAISE(result->files, writer_->Finish());
    for (const auto& file : result->files) {
      result->num_bytes += file.file_size_in_bytes;
    }
    return result;
  }

 private:
  std::unique_ptr<DataWriter> writer_;
};

class IcebergWriteJob final : public WriteJob {
 public:
  IcebergWriteJob(std::shared_ptr<TableOperations> operations,
                  std::shared_ptr<DataWriteSettings> settings, SnapshotChange change,
                  WriteMode mode)
      : operations_(std::move(operations)),
        settings_(std::move(settings)),
        change_(std::move(change)),
        mode_(mode) {}

  Result<std::unique_ptr<TaskWriter>> NewWriter() override {
    ARROW_ASSIGN_OR_RAISE(auto writer, MakeDataWriter(settings_));
    return std::make_unique<IcebergTaskWriter>(std::move(writer));
  }

  Status Commit(std::vector<std::unique_ptr<WriteResult>> results) override {
    for (const auto& result : results) {
      const auto& files = static_cast<const IcebergWriteResult&>(*result).files;
      change_.added_data_files.insert(change_.added_data_files.end(), files.begin(), files.end());
    }
    if (mode_ == WriteMode::kOverwritePartitions) {
      for (const auto& file : change_.added_data_files) {
        auto& replaced = change_.replaced_partitions;
        const std::pair partition(file.spec_id, file.partition);
        if (std::find(replaced.begin(), replaced.end(), partition) == replaced.end()) {
          replaced.push_back(partition);
        }
      }
      if (settings_->spec.fields.empty() && !change_.added_data_files.empty()) {
        change_.delete_filter = plan::ExpressionList{};
      }
    }
    const auto committed = CommitSnapshot(operations_.get(), change_);
    if (committed.ok() || IsCommitStateUnknown(committed.status())) {
      for (const auto& result : results) {
        static_cast<IcebergWriteResult&>(*result).files.clear();  // they may be live
      }
    }
    return committed.status();
  }

  Status Abort() override { return Status::OK(); }

  /// A sorted table's rows arrive in that order as far as it is one of plain ascending columns.
  std::vector<int> clustering() const override {
    std::vector<int> fields;
    const auto& metadata = *settings_->metadata;
    const auto* order = metadata.FindSortOrder(metadata.default_sort_order_id);
    for (size_t i = 0; order != nullptr && i < order->fields.size(); ++i) {
      const auto& field = order->fields[i];
      const auto& schema = metadata.current_schema().fields;
      const auto found = std::find_if(schema.begin(), schema.end(), [&](const type::Field& f) {
        return f.field_id == field.source_id;
      });
      if (found == schema.end() || field.descending || !field.nulls_first ||
          field.transform.kind != TransformKind::kIdentity) {
        break;
      }
      fields.push_back(static_cast<int>(found - schema.begin()));
    }
    return fields;
  }

 private:
  std::shared_ptr<TableOperations> operations_;
  std::shared_ptr<DataWriteSettings> settings_;
  SnapshotChange change_;
  WriteMode mode_;
};

/// column = value, or column IS NULL.
Result<plan::ExpressionPtr> EqualsValue(const type::Schema& schema, const std::string& name,
                                        const type::Value& value) {
  for (size_t i = 0; i < schema.size(); ++i) {
    if (Lower(schema[i].name) != Lower(name)) {
      continue;
    }
    auto column = std::make_shared<plan::Ordinal>();
    column->index = static_cast<int>(i);
    column->name = schema[i].name;
    column->type = type::ReplaceCharVarchar(schema[i].type);
    column->nullable = schema[i].nullable;
    if (value.is_null()) {
      return plan::MakeCall("isnull", {column}, type::Boolean(), false);
    }
    return plan::MakeComparison("=", column, plan::MakeLiteral(column->type, value));
  }
  return base::InternalError("a partition column that the table lacks: " + name);
}

}  // namespace

Status PrepareChange(const IcebergTable& table,
                     const std::shared_ptr<const functions::QueryContext>& context,
                     SnapshotChange* change) {
  if (table.operations() == nullptr) {
    return base::Unsupported("changing the Iceberg table " + table.name() +
                             ", which was opened by its path and not through a catalog");
  }
  if (table.branch().empty()) {
    return base::UserError("UNSUPPORTED_OVERWRITE.TABLE",
                           "Cannot write to the table " + table.name() +
                               " as of a snapshot, a tag or a time: name a branch instead.",
                           {{"table", table.name()}});
  }
  change->branch = table.branch();
  change->summary["engine-name"] = "emery";
  change->summary["engine-version"] = "0.1.0";
  const base::Config* config = context == nullptr ? nullptr : context->config.get();
  if (config != nullptr && table.metadata().PropertyBool("write.wap.enabled", false)) {
    const std::string id = config->GetString("spark.wap.id", "");
    const std::string branch = config->GetString("spark.wap.branch", "");
    if (!id.empty() && !branch.empty()) {
      return base::UserError(
          "INVALID_CONF_VALUE",
          "Cannot set both WAP ID and branch, but got ID [" + id + "] and branch [" + branch + "].",
          {{"confName", "spark.wap.branch"}, {"confValue", branch}});
    }
    if (!id.empty()) {
      change->summary["wap.id"] = id;
      change->stage_only = true;
    } else if (!branch.empty() && table.branch() == kMainBranch) {
      change->branch = branch;
    }
  }
  return Status::OK();
}

Result<std::unique_ptr<WriteJob>> IcebergTable::PlanWrite(const WriteRequest& request) const {
  SnapshotChange change;
  ARROW_RETURN_NOT_OK(PrepareChange(*this, request.context, &change));
  ARROW_ASSIGN_OR_RAISE(auto settings, MakeDataWriteSettings(metadata_, {}, request.context));
  switch (request.mode) {
    case WriteMode::kAppend:
      change.operation = "append";
      break;
    case WriteMode::kOverwriteAll:
      change.operation = "overwrite";
      change.delete_filter = plan::ExpressionList{};
      break;
    case WriteMode::kOverwritePartitions:
      change.operation = "overwrite";
      change.summary["replace-partitions"] = "true";
      break;
    case WriteMode::kOverwriteStatic: {
      change.operation = "overwrite";
      change.delete_filter = plan::ExpressionList{};
      for (const auto& [name, value] : request.static_partition) {
        ARROW_ASSIGN_OR_RAISE(auto conjunct, EqualsValue(schema_, name, value));
        change.delete_filter->push_back(std::move(conjunct));
      }
      break;
    }
  }
  return std::make_unique<IcebergWriteJob>(operations_, std::move(settings), std::move(change),
                                           request.mode);
}

Result<bool> IcebergTable::DeleteByMetadata(const RowLevelRequest& request) const {
  SnapshotChange change;
  ARROW_RETURN_NOT_OK(PrepareChange(*this, request.context, &change));
  ARROW_ASSIGN_OR_RAISE(const auto manifests, Manifests());
  for (const auto& manifest : manifests) {
    const auto* spec = metadata_->FindSpec(manifest.partition_spec_id);
    if (request.filter.empty() || manifest.content != ManifestContent::kData || spec == nullptr ||
        !ManifestMayMatch(manifest, *spec, schema_, request.filter)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto files, ReadManifest(manifest, *spec));
    for (const auto& file : files) {
      if (MayMatch(file, *spec, schema_, request.filter) &&
          !AllMatch(file, *spec, schema_, request.filter)) {
        return false;
      }
    }
  }
  change.operation = "delete";
  change.delete_filter = request.filter;
  ARROW_RETURN_NOT_OK(CommitSnapshot(operations_.get(), change).status());
  return true;
}

}  // namespace emery::table::iceberg
