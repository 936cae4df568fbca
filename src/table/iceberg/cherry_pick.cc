#include "table/iceberg/cherry_pick.h"

#include "table/iceberg/snapshot_commit.h"

namespace emery::table::iceberg {

namespace {

Status CheckNotPublished(const TableMetadata& metadata, const std::string& wap_id) {
  const Snapshot* at = metadata.FindRef(kMainBranch);
  while (at != nullptr) {
    for (const char* key : {"wap.id", "published-wap-id"}) {
      const auto found = at->summary.find(key);
      if (found != at->summary.end() && found->second == wap_id) {
        return base::UserError("DUPLICATE_WAP_COMMIT",
                               "Duplicate request to cherry pick wap id that was published "
                               "already: " +
                                   wap_id + ".",
                               {{"wapId", wap_id}});
      }
    }
    at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<const TableMetadata>> CherryPick(TableOperations* operations,
                                                        SnapshotId id) {
  ARROW_ASSIGN_OR_RAISE(const auto base, operations->Refresh());
  const Snapshot* picked = base->FindSnapshot(id);
  if (picked == nullptr) {
    return ValidationConflict("snapshot " + std::to_string(id.value) +
                              ", which is to be picked, does not exist");
  }
  const auto wap = picked->summary.find("wap.id");
  if (wap != picked->summary.end()) {
    ARROW_RETURN_NOT_OK(CheckNotPublished(*base, wap->second));
  }
  for (const Snapshot* at = base->FindRef(kMainBranch); at != nullptr;
       at = at->parent_snapshot_id ? base->FindSnapshot(*at->parent_snapshot_id) : nullptr) {
    const auto source = at->summary.find("source-snapshot-id");
    if (at->snapshot_id == id ||
        (source != at->summary.end() && source->second == std::to_string(id.value))) {
      return ValidationConflict("snapshot " + std::to_string(id.value) + " is in main already");
    }
  }
  if (picked->parent_snapshot_id == base->current_snapshot_id) {
    return CommitWithRetry(
        operations, [&](const TableMetadata& now) -> Result<std::vector<MetadataUpdate>> {
          if (now.current_snapshot_id != base->current_snapshot_id) {
            return ValidationConflict("main has changed since snapshot " +
                                      std::to_string(id.value) + " was looked at");
          }
          SnapshotReference reference;
          const auto main = now.refs.find(kMainBranch);
          if (main != now.refs.end()) {
            reference = main->second;
          }
          reference.snapshot_id = id;
          return std::vector<MetadataUpdate>{SetSnapshotRef(kMainBranch, reference)};
        });
  }
  const bool replaces = picked->summary.contains("replace-partitions");
  if (picked->operation() != "append" && !(picked->operation() == "overwrite" && replaces)) {
    return ValidationConflict("snapshot " + std::to_string(id.value) +
                              " is neither an append nor a dynamic overwrite, nor does it follow "
                              "main's head, so that it can't be picked");
  }
  SnapshotChange change;
  change.operation = picked->operation();
  change.summary["source-snapshot-id"] = std::to_string(id.value);
  if (wap != picked->summary.end()) {
    change.summary["published-wap-id"] = wap->second;
  }
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(*base, *picked));
  for (const auto& manifest : manifests) {
    const auto* spec = base->FindSpec(manifest.partition_spec_id);
    if (manifest.added_snapshot_id != id || spec == nullptr) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto entries, ReadManifestEntries(manifest, *spec));
    for (auto& entry : entries) {
      if (entry.snapshot_id != id) {
        continue;
      }
      if (entry.status == EntryStatus::kAdded) {
        auto& target = entry.file.content == FileContent::kData ? change.added_data_files
                                                                : change.added_delete_files;
        entry.file.first_row_id.reset();
        target.push_back(std::move(entry.file));
      } else if (entry.status == EntryStatus::kDeleted && replaces) {
        change.removed_data_files.push_back(std::move(entry.file));
      }
    }
  }
  if (replaces) {
    change.summary["replace-partitions"] = "true";
    change.checks.starting_snapshot = picked->parent_snapshot_id;
    change.checks.no_new_data_files = true;
    change.checks.partitions.emplace();
    for (const auto& file : change.added_data_files) {
      change.checks.partitions->emplace_back(file.spec_id, file.partition);
    }
  }
  return CommitSnapshot(operations, change);
}

}  // namespace emery::table::iceberg
