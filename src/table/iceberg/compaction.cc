// Compaction: files are chosen by size and deletes, packed into groups, read with their deletes
// applied and written again. The commit keeps the sequence number of the data, so that deletes that
// others add meanwhile still apply, and fails where they delete rows of the files that go.
#include "table/iceberg/compaction.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/cancellation.h"
#include "functions/context.h"
#include "table/iceberg/data_writer.h"
#include "table/iceberg/row_order_internal.h"
#include "table/iceberg/write_target.h"

namespace emery::table::iceberg {

namespace {

// A sorted group is held in memory as a whole.
constexpr int64_t kSortedGroupBytesMax = int64_t{4} << 30;

struct Group {
  std::vector<DataFile> files;
  int64_t bytes = 0;
};

struct Sizes {
  int64_t target;
  int64_t min;
  int64_t max;
};

Result<std::vector<Group>> PlanGroups(const IcebergTable& table, const CompactionOptions& options,
                                      const Sizes& sizes) {
  const auto& metadata = table.metadata();
  std::vector<Group> groups;
  if (table.snapshot() == nullptr) {
    return groups;
  }
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(metadata, *table.snapshot()));
  std::vector<DataFile> files;
  std::map<std::string, int64_t> deletes;       // delete files by the data file that they name
  std::map<std::string, int64_t> deleted_rows;  // of these
  for (const auto& manifest : manifests) {
    const auto* spec = metadata.FindSpec(manifest.partition_spec_id);
    if (spec == nullptr) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto live, ReadManifest(manifest, *spec));
    for (auto& file : live) {
      if (file.content == FileContent::kData) {
        files.push_back(std::move(file));
      } else if (file.referenced_data_file) {
        ++deletes[*file.referenced_data_file];
        deleted_rows[*file.referenced_data_file] += file.record_count;
      }
    }
  }
  std::map<std::pair<int32_t, std::string>, std::vector<DataFile>> by_partition;
  for (auto& file : files) {
    if (options.files && !options.files->contains(file.file_path)) {
      continue;
    }
    const bool wrong_size =
        file.file_size_in_bytes < sizes.min || file.file_size_in_bytes > sizes.max;
    const bool many_deletes =
        deletes[file.file_path] >= options.delete_file_threshold ||
        (file.record_count > 0 && static_cast<double>(deleted_rows[file.file_path]) /
                                          static_cast<double>(file.record_count) >=
                                      options.delete_ratio_threshold);
    const bool old_spec = file.spec_id != metadata.default_spec_id;
    if (options.rewrite_all || wrong_size || many_deletes || old_spec) {
      const auto* spec = metadata.FindSpec(file.spec_id);
      // Files of earlier specs go into the current one together.
      const std::string key =
          old_spec ? "" : PartitionPath(*spec, metadata.current_schema().fields, file.partition);
      by_partition[{file.spec_id == metadata.default_spec_id ? file.spec_id : -1, key}].push_back(
          std::move(file));
    }
  }
  for (auto& [key, of_partition] : by_partition) {
    Group group;
    const auto flush = [&] {
      const auto count = static_cast<int64_t>(group.files.size());
      const bool any_deletes =
          std::any_of(group.files.begin(), group.files.end(), [&](const DataFile& file) {
            return deletes[file.file_path] >= options.delete_file_threshold ||
                   (file.record_count > 0 && static_cast<double>(deleted_rows[file.file_path]) /
                                                     static_cast<double>(file.record_count) >=
                                                 options.delete_ratio_threshold);
          });
      const bool enough =
          options.rewrite_all || key.first == -1 || any_deletes ||
          (count > 1 && (count >= options.min_input_files || group.bytes > sizes.target)) ||
          std::any_of(group.files.begin(), group.files.end(),
                      [&](const DataFile& file) { return file.file_size_in_bytes > sizes.max; });
      if (enough && count > 0) {
        groups.push_back(std::move(group));
      }
      group = {};
    };
    for (auto& file : of_partition) {
      if (!group.files.empty() && group.bytes + file.file_size_in_bytes > options.max_group_bytes) {
        flush();
      }
      group.bytes += file.file_size_in_bytes;
      group.files.push_back(std::move(file));
    }
    flush();
  }
  return groups;
}

type::Schema LineageFields(const TableMetadata& metadata) {
  if (metadata.format_version < 3) {
    return {};
  }
  return {{"_row_id", type::Long(), true, kRowIdFieldId, std::nullopt, std::nullopt},
          {"_last_updated_sequence_number", type::Long(), true, kLastUpdatedSequenceNumberFieldId,
           std::nullopt, std::nullopt}};
}

/// Reads the group's rows on several threads and writes them.
class GroupRewriter {
 public:
  GroupRewriter(const IcebergTable& table, const CompactionOptions& options, const Sizes& sizes,
                std::shared_ptr<const functions::QueryContext> context)
      : table_(table), options_(options), sizes_(sizes), context_(std::move(context)) {}

  Result<std::vector<DataFile>> Run(const Group& group) {
    const auto extra = LineageFields(table_.metadata());
    ARROW_ASSIGN_OR_RAISE(auto settings,
                          MakeDataWriteSettings(table_.shared_metadata(), extra, context_));
    settings->target_file_bytes = sizes_.target;
    ScanRequest request;
    request.context = context_;
    const auto& schema = table_.metadata().current_schema().fields;
    for (size_t i = 0; i < schema.size(); ++i) {
      request.field_indexes.push_back(static_cast<int>(i));
      request.names.push_back(schema[i].name);
      request.types.push_back(schema[i].type);
    }
    for (const auto& field : extra) {
      request.field_indexes.push_back(-1);
      request.names.push_back(field.name);
      request.types.push_back(field.type);
    }
    std::set<std::string> paths;
    for (const auto& file : group.files) {
      paths.insert(file.file_path);
    }
    const auto only = table_.OnlyFiles(std::move(paths));
    ARROW_ASSIGN_OR_RAISE(const auto plan, only->PlanScan(request));
    const bool sorted = !options_.order.fields.empty();
    if (sorted && group.bytes > kSortedGroupBytesMax) {
      return base::Unsupported(
          "sorting a group of more than 4 GiB of files (set "
          "max-file-group-size-bytes)");
    }
    // Several threads would leave several small files where one is wanted.
    const int64_t wanted =
        settings->spec.fields.empty() ? group.bytes / sizes_.target + 1 : int64_t{64};
    const auto threads = static_cast<size_t>(std::clamp<int64_t>(
        std::min<int64_t>({wanted, static_cast<int64_t>(plan.tasks.size()),
                           static_cast<int64_t>(std::thread::hardware_concurrency())}),
        1, 64));
    std::vector<DataFile> files;
    std::vector<columnar::Batch> held;
    Status failed;
    std::mutex mutex;  // guards files, held and failed
    std::atomic<size_t> next{0};
    const auto work = [&] {
      auto status = [&]() -> Status {
        std::unique_ptr<DataWriter> writer;
        if (!sorted) {
          ARROW_ASSIGN_OR_RAISE(writer, MakeDataWriter(settings));
        }
        for (size_t i = next.fetch_add(1); i < plan.tasks.size(); i = next.fetch_add(1)) {
          ARROW_ASSIGN_OR_RAISE(auto reader, plan.tasks[i]->Open({}));
          while (true) {
            if (context_ != nullptr && context_->cancellation != nullptr) {
              ARROW_RETURN_NOT_OK(context_->cancellation->Check());
            }
            ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
            if (!batch) {
              break;
            }
            if (sorted) {
              const std::lock_guard<std::mutex> lock(mutex);
              held.push_back(std::move(*batch));
            } else {
              ARROW_RETURN_NOT_OK(writer->Write(*batch));
            }
          }
        }
        if (writer != nullptr) {
          ARROW_ASSIGN_OR_RAISE(auto own, writer->Finish());
          const std::lock_guard<std::mutex> lock(mutex);
          files.insert(files.end(), own.begin(), own.end());
        }
        return Status::OK();
      }();
      if (!status.ok()) {
        const std::lock_guard<std::mutex> lock(mutex);
        failed = failed.ok() ? status : failed;
        next = plan.tasks.size();
      }
    };
    std::vector<std::thread> pool;
    for (size_t t = 1; t < threads; ++t) {
      pool.emplace_back(work);
    }
    work();
    for (auto& thread : pool) {
      thread.join();
    }
    if (failed.ok() && sorted) {
      failed = WriteSorted(settings, request.types, held, &files);
    }
    if (!failed.ok()) {
      std::vector<std::string> written;
      for (const auto& file : files) {
        written.push_back(file.file_path);
      }
      DeleteFilesQuietly(written);
      return failed;
    }
    return files;
  }

 private:
  Status WriteSorted(const std::shared_ptr<DataWriteSettings>& settings,
                     const std::vector<type::TypePtr>& types,
                     const std::vector<columnar::Batch>& held, std::vector<DataFile>* files) {
    if (held.empty()) {
      return Status::OK();
    }
    const auto all = OrderRows(columnar::ConcatBatches(types, held), options_.order);
    ARROW_ASSIGN_OR_RAISE(auto writer, MakeDataWriter(settings));
    for (int64_t begin = 0; begin < all.num_rows; begin += columnar::kBatchSize) {
      ARROW_RETURN_NOT_OK(writer->Write(columnar::SliceBatch(
          all, begin, std::min<int64_t>(columnar::kBatchSize, all.num_rows - begin))));
    }
    ARROW_ASSIGN_OR_RAISE(*files, writer->Finish());
    return Status::OK();
  }

  const IcebergTable& table_;
  const CompactionOptions& options_;
  const Sizes& sizes_;
  std::shared_ptr<const functions::QueryContext> context_;
};

}  // namespace

Result<CompactionResult> RewriteDataFiles(
    const IcebergTable& table, const CompactionOptions& options,
    const std::shared_ptr<const functions::QueryContext>& context) {
  SnapshotChange model;
  ARROW_RETURN_NOT_OK(PrepareChange(table, context, &model));
  model.stage_only = false;
  model.operation = "replace";
  Sizes sizes{};
  sizes.target = options.target_bytes > 0
                     ? options.target_bytes
                     : table.metadata().PropertyInt("write.target-file-size-bytes", 512 << 20);
  sizes.min = options.min_bytes >= 0 ? options.min_bytes : sizes.target * 3 / 4;
  sizes.max = options.max_bytes >= 0 ? options.max_bytes : sizes.target * 9 / 5;
  ARROW_ASSIGN_OR_RAISE(const auto groups, PlanGroups(table, options, sizes));
  CompactionResult result;
  if (groups.empty()) {
    return result;
  }
  model.checks.starting_snapshot = table.snapshot()->snapshot_id;
  model.checks.no_new_deletes_for_removed_files = true;
  if (options.use_starting_sequence_number && table.metadata().format_version >= 2) {
    model.data_sequence_number = table.snapshot()->sequence_number;
  }
  SnapshotChange change = model;
  const auto commit = [&]() -> Status {
    const auto committed = CommitSnapshot(table.operations().get(), change);
    if (!committed.ok()) {
      if (!IsCommitStateUnknown(committed.status())) {
        std::vector<std::string> paths;
        for (const auto& file : change.added_data_files) {
          paths.push_back(file.file_path);
        }
        DeleteFilesQuietly(paths);
      }
      return committed.status();
    }
    result.rewritten_files += static_cast<int64_t>(change.removed_data_files.size());
    result.added_files += static_cast<int64_t>(change.added_data_files.size());
    for (const auto& file : change.removed_data_files) {
      result.rewritten_bytes += file.file_size_in_bytes;
    }
    if (const auto* head = (*committed)->FindRef(change.branch)) {
      const auto removed = head->summary.find("removed-delete-files");
      if (removed != head->summary.end()) {
        result.removed_delete_files += std::stoll(removed->second);
      }
    }
    change = model;
    return Status::OK();
  };
  for (const auto& group : groups) {
    auto files = GroupRewriter(table, options, sizes, context).Run(group);
    if (!files.ok()) {
      std::vector<std::string> paths;
      for (const auto& file : change.added_data_files) {
        paths.push_back(file.file_path);
      }
      DeleteFilesQuietly(paths);
      return files.status();
    }
    change.added_data_files.insert(change.added_data_files.end(), files->begin(), files->end());
    change.removed_data_files.insert(change.removed_data_files.end(), group.files.begin(),
                                     group.files.end());
    if (options.partial_progress) {
      const auto failing = static_cast<int64_t>(change.removed_data_files.size());
      const Status committed = commit();
      if (!committed.ok()) {
        if (IsCommitStateUnknown(committed)) {
          return committed;
        }
        result.failed_files += failing;
        change = model;
      }
    }
  }
  if (!options.partial_progress) {
    ARROW_RETURN_NOT_OK(commit());
  }
  return result;
}

}  // namespace emery::table::iceberg
