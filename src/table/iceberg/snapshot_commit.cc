// From a change to a snapshot: the base's manifests without what is removed, new manifests for what
// is added, small ones merged, a manifest list, and the metadata that points to it.
//
// What may be deleted after a failure: a file that this commit wrote and that no metadata can name.
// After a commit of unknown outcome that is none of them.
#include "table/iceberg/snapshot_commit.h"

#include <algorithm>

#include "io/object_store.h"
#include "table/iceberg/conflict_checks_internal.h"
#include "table/iceberg/data_writer.h"
#include "table/iceberg/file_match.h"
#include "table/iceberg/manifest_writer.h"
#include "table/iceberg/snapshot_summary_internal.h"

namespace emery::table::iceberg {

namespace {

constexpr int64_t kManifestBytes = 8 << 20;

std::string TrimSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

class SnapshotProducer {
 public:
  SnapshotProducer(TableOperations* operations, const SnapshotChange& change)
      : operations_(operations), change_(change), commit_uuid_(NewUuid()) {
    for (const auto& file : change.removed_data_files) {
      removed_data_.insert(file.identity());
    }
    for (const auto& file : change.removed_delete_files) {
      removed_deletes_.insert(file.identity());
    }
  }

  Result<std::shared_ptr<const TableMetadata>> Run() {
    auto committed =
        CommitWithRetry(operations_, [&](const TableMetadata& base) { return Attempt(base); });
    if (committed.ok()) {
      if (!found_committed_) {
        for (const auto& path : live_) {
          written_.erase(path);
        }
        DeleteFilesQuietly({written_.begin(), written_.end()});
      }
      return committed;
    }
    if (IsCommitStateUnknown(committed.status())) {
      return committed;
    }
    if (snapshot_id_.valid()) {
      // An attempt that was answered with a conflict may have taken effect all the same.
      const auto now = operations_->Refresh();
      if (!now.ok()) {
        return committed;
      }
      if ((*now)->FindSnapshot(snapshot_id_) != nullptr) {
        return now;
      }
    }
    DeleteFilesQuietly({written_.begin(), written_.end()});
    return committed;
  }

 private:
  Result<std::vector<MetadataUpdate>> Attempt(const TableMetadata& base) {
    if (snapshot_id_.valid() && base.FindSnapshot(snapshot_id_) != nullptr) {
      // An attempt that seemed to fail did take effect; which one is not known.
      found_committed_ = true;
      return std::vector<MetadataUpdate>{};
    }
    if (!snapshot_id_.valid()) {
      snapshot_id_ = NewSnapshotId(&base);
    }
    ++attempt_;
    live_.clear();
    summary_ = SnapshotSummary();
    const Snapshot* parent = base.FindRef(change_.branch);
    if (parent == nullptr && base.current_snapshot_id) {
      parent = base.FindSnapshot(*base.current_snapshot_id);  // a new branch grows out of main
    }
    ARROW_RETURN_NOT_OK(CheckConflicts(base, parent, change_));
    Snapshot snapshot;
    snapshot.snapshot_id = snapshot_id_;
    snapshot.timestamp_ms = std::max(NowMs(), base.last_updated_ms);
    snapshot.schema_id = base.current_schema_id;
    snapshot.sequence_number = base.format_version >= 2 ? base.last_sequence_number + 1 : 0;
    if (base.format_version >= 3) {
      snapshot.first_row_id = base.next_row_id;
    }
    std::vector<ManifestFile> existing;
    if (parent != nullptr) {
      snapshot.parent_snapshot_id = parent->snapshot_id;
      ARROW_ASSIGN_OR_RAISE(existing, ManifestsOf(base, *parent));
    }
    ARROW_ASSIGN_OR_RAISE(auto manifests, Filter(base, std::move(existing)));
    ARROW_ASSIGN_OR_RAISE(auto added, AddedManifests(base));
    manifests.insert(manifests.begin(), added.begin(), added.end());
    std::erase_if(manifests, [&](const ManifestFile& manifest) {
      return manifest.added_files_count && manifest.existing_files_count &&
             *manifest.added_files_count + *manifest.existing_files_count == 0 &&
             manifest.added_snapshot_id != snapshot_id_;
    });
    if (base.PropertyBool("commit.manifest-merge.enabled", true)) {
      ARROW_ASSIGN_OR_RAISE(manifests, Merge(base, std::move(manifests)));
    }
    snapshot.summary = change_.summary;
    snapshot.summary["operation"] = Operation();
    summary_.Build(parent == nullptr ? nullptr : &parent->summary, &snapshot.summary);
    snapshot.manifest_list =
        NewMetadataPath(base, "snap-" + std::to_string(snapshot_id_.value) + "-" +
                                  std::to_string(attempt_) + "-" + commit_uuid_ + ".avro");
    for (const auto& manifest : manifests) {
      live_.push_back(manifest.manifest_path);
    }
    live_.push_back(snapshot.manifest_list);
    ARROW_RETURN_NOT_OK(WriteManifestList(base, std::move(manifests), &snapshot));
    std::vector<MetadataUpdate> updates = {AddSnapshot(snapshot)};
    if (!change_.stage_only) {
      SnapshotReference reference;
      const auto ref = base.refs.find(change_.branch);
      if (ref != base.refs.end()) {
        reference = ref->second;
      }
      reference.snapshot_id = snapshot_id_;
      updates.push_back(SetSnapshotRef(change_.branch, reference));
    }
    return updates;
  }

  std::string Operation() const {
    if (!change_.operation.empty()) {
      return change_.operation;
    }
    const bool removes =
        !removed_data_.empty() || change_.delete_filter || !change_.replaced_partitions.empty();
    if (!change_.added_data_files.empty() && change_.added_delete_files.empty() && !removes) {
      return "append";
    }
    if (change_.added_data_files.empty()) {
      return "delete";
    }
    return "overwrite";
  }

  std::string NewMetadataPath(const TableMetadata& base, const std::string& name) {
    const std::string folder =
        TrimSlashes(base.Property("write.metadata.path", base.location + "/metadata"));
    std::string path = folder + "/" + name;
    written_.insert(path);
    return path;
  }

  std::string NewManifestPath(const TableMetadata& base) {
    return NewMetadataPath(base, commit_uuid_ + "-m" + std::to_string(num_manifests_++) + ".avro");
  }

  // ---- what is removed ----

  bool Replaces(const DataFile& file) const {
    return std::any_of(change_.replaced_partitions.begin(), change_.replaced_partitions.end(),
                       [&](const auto& partition) {
                         return partition.first == file.spec_id &&
                                partition.second == file.partition;
                       });
  }

  bool MayTouch(const TableMetadata& base, const ManifestFile& manifest,
                const PartitionSpec& spec) const {
    const auto& schema = base.current_schema().fields;
    const bool data = manifest.content == ManifestContent::kData;
    if (!data) {
      return !removed_data_.empty() || !removed_deletes_.empty() || change_.delete_filter ||
             !change_.replaced_partitions.empty() ||
             manifest.min_sequence_number < min_data_sequence_number_;
    }
    if (change_.delete_filter && ManifestMayMatch(manifest, spec, schema, *change_.delete_filter)) {
      return true;
    }
    for (const auto& partition : change_.replaced_partitions) {
      if (partition.first == spec.spec_id &&
          ManifestMayHold(manifest, spec, schema, partition.second)) {
        return true;
      }
    }
    return std::any_of(change_.removed_data_files.begin(), change_.removed_data_files.end(),
                       [&](const DataFile& file) {
                         return file.spec_id == spec.spec_id &&
                                ManifestMayHold(manifest, spec, schema, file.partition);
                       });
  }

  /// Whether the commit removes a live file of the base.
  Result<bool> Removes(const TableMetadata& base, const PartitionSpec& spec, const DataFile& file) {
    const auto& schema = base.current_schema().fields;
    if (Replaces(file)) {
      return true;
    }
    if (file.content == FileContent::kData) {
      if (removed_data_.contains(file.identity())) {
        return true;
      }
      if (change_.delete_filter && MayMatch(file, spec, schema, *change_.delete_filter)) {
        if (!AllMatch(file, spec, schema, *change_.delete_filter)) {
          return ValidationConflict("only a part of the rows of " + file.file_path +
                                    " matches the filter, so that the file can't be removed as a "
                                    "whole");
        }
        return true;
      }
      return false;
    }
    if (removed_deletes_.contains(file.identity()) ||
        (file.data_sequence_number > 0 && file.data_sequence_number < min_data_sequence_number_)) {
      return true;
    }
    if (file.is_deletion_vector() && file.referenced_data_file &&
        dropped_data_.contains(*file.referenced_data_file)) {
      return true;
    }
    if (change_.delete_filter && !spec.fields.empty()) {
      DataFile by_partition;
      by_partition.partition = file.partition;
      return AllMatch(by_partition, spec, schema, *change_.delete_filter);
    }
    return change_.delete_filter && change_.delete_filter->empty();
  }

  Result<std::vector<ManifestFile>> Filter(const TableMetadata& base,
                                           std::vector<ManifestFile> manifests) {
    dropped_data_.clear();
    std::set<std::string> found;
    min_data_sequence_number_ = 0;
    // Data first: which deletes still matter follows from what is left of it.
    for (auto& manifest : manifests) {
      if (manifest.content == ManifestContent::kData) {
        ARROW_RETURN_NOT_OK(FilterOne(base, &manifest, &found));
      }
    }
    int64_t min_sequence = base.last_sequence_number + 1;
    for (const auto& manifest : manifests) {
      if (manifest.content == ManifestContent::kData && manifest.min_sequence_number >= 0) {
        min_sequence = std::min(min_sequence, manifest.min_sequence_number);
      }
    }
    if (change_.data_sequence_number) {
      min_sequence = std::min(min_sequence, *change_.data_sequence_number);
    }
    min_data_sequence_number_ = min_sequence;
    for (auto& manifest : manifests) {
      if (manifest.content == ManifestContent::kDeletes) {
        ARROW_RETURN_NOT_OK(FilterOne(base, &manifest, &found));
      }
    }
    if (!change_.missing_removed_ok) {
      for (const auto* wanted : {&removed_data_, &removed_deletes_}) {
        for (const auto& identity : *wanted) {
          if (!found.contains(identity)) {
            return ValidationConflict("another writer removed the file " + identity +
                                      ", which is to be replaced here");
          }
        }
      }
    }
    return manifests;
  }

  Status FilterOne(const TableMetadata& base, ManifestFile* manifest,
                   std::set<std::string>* found) {
    const PartitionSpec* spec = base.FindSpec(manifest->partition_spec_id);
    if (spec == nullptr) {
      return base::UserError("FAILED_READ_FILE.NO_HINT",
                             "The manifest " + manifest->manifest_path +
                                 " has a partition spec that the table metadata lacks.",
                             {{"path", manifest->manifest_path}});
    }
    if (!MayTouch(base, *manifest, *spec)) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const auto entries, ReadManifestEntries(*manifest, *spec));
    std::vector<bool> removes(entries.size(), false);
    bool any = false;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].status == EntryStatus::kDeleted) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const bool gone, Removes(base, *spec, entries[i].file));
      removes[i] = gone;
      any |= gone;
    }
    if (!any) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto writer, MakeManifestWriter(base, *spec, manifest->content,
                                                          snapshot_id_, NewManifestPath(base)));
    for (size_t i = 0; i < entries.size(); ++i) {
      if (removes[i]) {
        found->insert(entries[i].file.identity());
        if (entries[i].file.content == FileContent::kData) {
          dropped_data_.insert(entries[i].file.file_path);
        }
        summary_.Removed(entries[i].file);
        ARROW_RETURN_NOT_OK(writer->Deleted(entries[i]));
      } else if (entries[i].status != EntryStatus::kDeleted) {
        ARROW_RETURN_NOT_OK(writer->Existing(entries[i]));
      }
    }
    ARROW_ASSIGN_OR_RAISE(*manifest, writer->Finish());
    return Status::OK();
  }

  // ---- what is added ----

  Result<std::vector<ManifestFile>> AddedManifests(const TableMetadata& base) {
    for (const auto* files : {&change_.added_data_files, &change_.added_delete_files}) {
      for (const auto& file : *files) {
        summary_.Added(file);
      }
    }
    // The same for every attempt, unless the table's format or schema changed meanwhile.
    if (!added_manifests_.empty() && added_version_ == base.format_version) {
      return added_manifests_;
    }
    added_manifests_.clear();
    added_version_ = base.format_version;
    for (const auto* files : {&change_.added_data_files, &change_.added_delete_files}) {
      const auto content =
          files == &change_.added_data_files ? ManifestContent::kData : ManifestContent::kDeletes;
      std::map<int32_t, std::vector<const DataFile*>> by_spec;
      for (const auto& file : *files) {
        by_spec[file.spec_id].push_back(&file);
      }
      for (const auto& [spec_id, of_spec] : by_spec) {
        const PartitionSpec* spec = base.FindSpec(spec_id);
        if (spec == nullptr) {
          return base::InternalError("files of partition spec " + std::to_string(spec_id) +
                                     ", which the table lacks");
        }
        std::unique_ptr<ManifestWriter> writer;
        for (const DataFile* file : of_spec) {
          if (writer == nullptr) {
            ARROW_ASSIGN_OR_RAISE(writer, MakeManifestWriter(base, *spec, content, snapshot_id_,
                                                             NewManifestPath(base)));
          }
          const bool data = content == ManifestContent::kData;
          ARROW_RETURN_NOT_OK(
              writer->Added(*file, data ? change_.data_sequence_number : std::nullopt));
          if (writer->size() > TargetBytes(base)) {
            ARROW_ASSIGN_OR_RAISE(auto manifest, writer->Finish());
            added_manifests_.push_back(std::move(manifest));
            writer.reset();
          }
        }
        if (writer != nullptr) {
          ARROW_ASSIGN_OR_RAISE(auto manifest, writer->Finish());
          added_manifests_.push_back(std::move(manifest));
        }
      }
    }
    return added_manifests_;
  }

  static int64_t TargetBytes(const TableMetadata& base) {
    return std::max<int64_t>(base.PropertyInt("commit.manifest.target-size-bytes", kManifestBytes),
                             1);
  }

  // ---- merging ----

  Result<std::vector<ManifestFile>> Merge(const TableMetadata& base,
                                          std::vector<ManifestFile> manifests) {
    const int64_t target = TargetBytes(base);
    const auto least = static_cast<size_t>(
        std::max<int64_t>(base.PropertyInt("commit.manifest.min-count-to-merge", 100), 2));
    if (manifests.size() < 2) {
      return manifests;
    }
    std::vector<ManifestFile> merged;
    for (const auto content : {ManifestContent::kData, ManifestContent::kDeletes}) {
      std::map<int32_t, std::vector<ManifestFile>, std::greater<>> by_spec;
      for (auto& manifest : manifests) {
        if (manifest.content == content) {
          by_spec[manifest.partition_spec_id].push_back(std::move(manifest));
        }
      }
      for (auto& [spec_id, group] : by_spec) {
        // Packed from the oldest on, so that only the newest bin changes from commit to commit.
        std::vector<std::vector<ManifestFile>> bins;
        int64_t bytes = 0;
        for (auto it = group.rbegin(); it != group.rend(); ++it) {
          if (bins.empty() || bytes + it->manifest_length > target) {
            bins.emplace_back();
            bytes = 0;
          }
          bytes += it->manifest_length;
          bins.back().insert(bins.back().begin(), std::move(*it));
        }
        for (size_t b = bins.size(); b > 0; --b) {
          auto& bin = bins[b - 1];
          if (bin.size() == 1 || (b == bins.size() && bin.size() < least)) {
            merged.insert(merged.end(), bin.begin(), bin.end());
            continue;
          }
          ARROW_ASSIGN_OR_RAISE(auto one, MergeBin(base, bin));
          merged.push_back(std::move(one));
        }
      }
    }
    return merged;
  }

  Result<ManifestFile> MergeBin(const TableMetadata& base, const std::vector<ManifestFile>& bin) {
    const PartitionSpec* spec = base.FindSpec(bin[0].partition_spec_id);
    ARROW_ASSIGN_OR_RAISE(auto writer, MakeManifestWriter(base, *spec, bin[0].content, snapshot_id_,
                                                          NewManifestPath(base)));
    for (const auto& manifest : bin) {
      const bool ours = manifest.added_snapshot_id == snapshot_id_;
      ARROW_ASSIGN_OR_RAISE(const auto entries, ReadManifestEntries(manifest, *spec));
      for (const auto& entry : entries) {
        if (entry.status == EntryStatus::kDeleted) {
          if (ours && entry.snapshot_id == snapshot_id_) {
            ARROW_RETURN_NOT_OK(writer->Deleted(entry));
          }
        } else if (entry.status == EntryStatus::kAdded && ours) {
          ARROW_RETURN_NOT_OK(writer->Added(entry.file, entry.file.content == FileContent::kData
                                                            ? change_.data_sequence_number
                                                            : std::nullopt));
        } else {
          ARROW_RETURN_NOT_OK(writer->Existing(entry));
        }
      }
    }
    return writer->Finish();
  }

  TableOperations* operations_;
  const SnapshotChange& change_;
  std::string commit_uuid_;
  SnapshotId snapshot_id_;
  int attempt_ = 0;
  int num_manifests_ = 0;
  int added_version_ = 0;
  bool found_committed_ = false;
  std::set<std::string> removed_data_;
  std::set<std::string> removed_deletes_;
  std::set<std::string> dropped_data_;  // data files that this attempt removes
  int64_t min_data_sequence_number_ = 0;
  std::vector<ManifestFile> added_manifests_;
  std::set<std::string> written_;
  std::vector<std::string> live_;  // of the last attempt
  SnapshotSummary summary_;
};

}  // namespace

Result<std::shared_ptr<const TableMetadata>> CommitSnapshot(TableOperations* operations,
                                                            const SnapshotChange& change) {
  return SnapshotProducer(operations, change).Run();
}

void DeleteFilesQuietly(const std::vector<std::string>& paths) {
  for (std::string path : paths) {
    const auto store = io::StoreFor(&path);
    if (store.ok()) {
      (void)(*store)->Delete({path});  // a file that is left behind does no harm
    }
  }
}

}  // namespace emery::table::iceberg
