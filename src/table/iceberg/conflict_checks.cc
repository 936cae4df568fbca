#include <algorithm>

#include "table/iceberg/conflict_checks_internal.h"
#include "table/iceberg/file_match.h"

namespace emery::table::iceberg {

namespace {

/// A file that a snapshot after the starting one added or removed.
struct Event {
  ManifestEntry entry;
  const PartitionSpec* spec;
  std::string operation;  // of the snapshot
};

class Checker {
 public:
  Checker(const TableMetadata& base, const SnapshotChange& change) : base_(base), change_(change) {
    for (const auto& file : change.removed_data_files) {
      removed_.insert(file.file_path);
    }
  }

  Status Run(const Snapshot* head) {
    const ConflictChecks& checks = change_.checks;
    const bool any = checks.no_new_data_files || checks.no_new_delete_files ||
                     checks.no_deleted_data_files || !checks.required_data_files.empty() ||
                     !checks.no_new_deletion_vectors_for.empty() ||
                     checks.no_new_deletes_for_removed_files;
    if (!any || head == nullptr) {
      return Status::OK();
    }
    const std::set<std::string> required(checks.required_data_files.begin(),
                                         checks.required_data_files.end());
    const std::set<std::string> vectors(checks.no_new_deletion_vectors_for.begin(),
                                        checks.no_new_deletion_vectors_for.end());
    ARROW_ASSIGN_OR_RAISE(const auto events, Events(*head));
    for (const auto& event : events) {
      const DataFile& file = event.entry.file;
      const bool added = event.entry.status == EntryStatus::kAdded;
      const bool rewrite = event.operation == "replace";
      if (file.content == FileContent::kData) {
        if (added && checks.no_new_data_files && !rewrite && Matches(event)) {
          return ValidationConflict(
              "another writer added data that this statement would have to "
              "see: the file " +
              file.file_path);
        }
        if (!added && checks.no_deleted_data_files && Matches(event)) {
          return ValidationConflict(
              "another writer removed data that this statement changes: the "
              "file " +
              file.file_path);
        }
        if (!added && required.contains(file.file_path) &&
            (!checks.skip_deletes || event.operation != "delete")) {
          return ValidationConflict("another writer removed the data file " + file.file_path +
                                    ", rows of which this statement changes");
        }
        continue;
      }
      if (!added || rewrite) {
        continue;
      }
      if (checks.no_new_delete_files && Matches(event)) {
        return ValidationConflict(
            "another writer deleted rows that this statement may change: the "
            "file " +
            file.file_path);
      }
      if (file.is_deletion_vector() && file.referenced_data_file &&
          vectors.contains(*file.referenced_data_file)) {
        return ValidationConflict("another writer added a deletion vector for " +
                                  *file.referenced_data_file);
      }
      if (checks.no_new_deletes_for_removed_files && TouchesRemoved(file, event.spec)) {
        return ValidationConflict("another writer deleted rows of a file that is replaced here: " +
                                  file.file_path);
      }
    }
    return Status::OK();
  }

 private:
  Result<std::vector<Event>> Events(const Snapshot& head) {
    std::vector<Event> events;
    std::set<std::string> seen;
    const Snapshot* snapshot = &head;
    const auto start = change_.checks.starting_snapshot;
    while (snapshot != nullptr && (!start || snapshot->snapshot_id != *start)) {
      ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(base_, *snapshot));
      for (const auto& manifest : manifests) {
        const auto* spec = base_.FindSpec(manifest.partition_spec_id);
        if (manifest.added_snapshot_id != snapshot->snapshot_id || spec == nullptr ||
            !seen.insert(manifest.manifest_path).second) {
          continue;
        }
        ARROW_ASSIGN_OR_RAISE(auto entries, ReadManifestEntries(manifest, *spec));
        for (auto& entry : entries) {
          if (entry.status != EntryStatus::kExisting &&
              entry.snapshot_id == snapshot->snapshot_id) {
            events.push_back({std::move(entry), spec, snapshot->operation()});
          }
        }
      }
      if (!snapshot->parent_snapshot_id) {
        if (start) {
          return ValidationConflict("the history between snapshot " + std::to_string(start->value) +
                                    ", which was read, and the current one can't be determined");
        }
        break;
      }
      const auto parent = *snapshot->parent_snapshot_id;
      snapshot = base_.FindSnapshot(parent);
      if (snapshot == nullptr && start) {
        return ValidationConflict("the history since snapshot " + std::to_string(start->value) +
                                  ", which was read, is gone: snapshot " +
                                  std::to_string(parent.value) + " has expired");
      }
    }
    return events;
  }

  bool Matches(const Event& event) const {
    const ConflictChecks& checks = change_.checks;
    if (checks.partitions) {
      return std::any_of(checks.partitions->begin(), checks.partitions->end(),
                         [&](const auto& partition) {
                           return partition.first != event.entry.file.spec_id ||
                                  partition.second == event.entry.file.partition;
                         });
    }
    if (event.entry.file.content != FileContent::kData) {
      // Bounds of delete files speak of paths and positions.
      DataFile by_partition;
      by_partition.partition = event.entry.file.partition;
      return MayMatch(by_partition, *event.spec, base_.current_schema().fields, checks.filter);
    }
    return MayMatch(event.entry.file, *event.spec, base_.current_schema().fields, checks.filter);
  }

  bool TouchesRemoved(const DataFile& deletes, const PartitionSpec* spec) const {
    if (deletes.referenced_data_file) {
      return removed_.contains(*deletes.referenced_data_file);
    }
    if (deletes.content == FileContent::kEqualityDeletes && change_.data_sequence_number) {
      return false;  // they still apply to what is rewritten under its old sequence number
    }
    return std::any_of(
        change_.removed_data_files.begin(), change_.removed_data_files.end(),
        [&](const DataFile& file) {
          return (deletes.content == FileContent::kEqualityDeletes && spec->fields.empty()) ||
                 (file.spec_id == deletes.spec_id && file.partition == deletes.partition);
        });
  }

  const TableMetadata& base_;
  const SnapshotChange& change_;
  std::set<std::string> removed_;
};

}  // namespace

Status CheckConflicts(const TableMetadata& base, const Snapshot* head,
                      const SnapshotChange& change) {
  return Checker(base, change).Run(head);
}

}  // namespace emery::table::iceberg
