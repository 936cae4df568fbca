#include "table/iceberg/maintenance.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "io/object_store.h"
#include "table/iceberg/data_writer.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

namespace {

constexpr int64_t kSnapshotAgeMs = 5LL * 24 * 3600 * 1000;

Status GcDisabled(const char* what) {
  return base::UserError(
      "INVALID_PARAMETER_VALUE",
      std::string("Cannot ") + what + ": GC is disabled (deleting files may corrupt other tables).",
      {{"parameter", "gc.enabled"}});
}

/// What one or several snapshots reach.
struct Reached {
  std::set<std::string> manifest_lists;
  std::map<std::string, ManifestFile> manifests;

  Status Add(const TableMetadata& metadata, const Snapshot& snapshot) {
    if (!snapshot.manifest_list.empty()) {
      manifest_lists.insert(snapshot.manifest_list);
    }
    ARROW_ASSIGN_OR_RAISE(const auto files, ManifestsOf(metadata, snapshot));
    for (const auto& manifest : files) {
      manifests.emplace(manifest.manifest_path, manifest);
    }
    return Status::OK();
  }
};

Status AddContent(const TableMetadata& metadata, const ManifestFile& manifest,
                  std::map<std::string, FileContent>* files) {
  const auto* spec = metadata.FindSpec(manifest.partition_spec_id);
  static const PartitionSpec kNone;
  ARROW_ASSIGN_OR_RAISE(const auto live, ReadManifest(manifest, spec == nullptr ? kNone : *spec));
  for (const auto& file : live) {
    files->emplace(file.file_path, file.content);
  }
  return Status::OK();
}

std::set<std::string> StatisticsFiles(const TableMetadata& metadata) {
  std::set<std::string> paths;
  for (const char* list : {"statistics", "partition-statistics"}) {
    for (const auto& item : metadata.document->value(list, nlohmann::json::array())) {
      paths.insert(item.value("statistics-path", ""));
    }
  }
  return paths;
}

/// The snapshots that the policy keeps, and the refs that it drops.
void Retain(const TableMetadata& base, const ExpireRequest& request, int64_t now,
            std::set<SnapshotId>* kept, std::vector<std::string>* dropped_refs) {
  const int64_t older_than = request.older_than_ms.value_or(
      now - base.PropertyInt("history.expire.max-snapshot-age-ms", kSnapshotAgeMs));
  const int64_t least = request.retain_last.value_or(
      static_cast<int32_t>(base.PropertyInt("history.expire.min-snapshots-to-keep", 1)));
  const int64_t ref_age = base.PropertyInt("history.expire.max-ref-age-ms", INT64_MAX);
  std::set<SnapshotId> reached;
  for (const auto& [name, ref] : base.refs) {
    const Snapshot* head = base.FindSnapshot(ref.snapshot_id);
    if (name != kMainBranch &&
        (head == nullptr || now - head->timestamp_ms > ref.max_ref_age_ms.value_or(ref_age))) {
      dropped_refs->push_back(name);
      continue;
    }
    if (!ref.is_branch) {
      kept->insert(ref.snapshot_id);
      continue;
    }
    const int64_t limit = ref.max_snapshot_age_ms ? now - *ref.max_snapshot_age_ms : older_than;
    const int64_t count_min = ref.min_snapshots_to_keep ? *ref.min_snapshots_to_keep : least;
    int64_t count = 0;
    bool keeping = true;
    for (const Snapshot* at = head; at != nullptr && reached.size() < base.snapshots.size() * 64;
         at = at->parent_snapshot_id ? base.FindSnapshot(*at->parent_snapshot_id) : nullptr) {
      keeping = keeping && (count < count_min || at->timestamp_ms >= limit);
      if (keeping) {
        kept->insert(at->snapshot_id);
        ++count;
      }
      if (!reached.insert(at->snapshot_id).second && !keeping) {
        break;
      }
    }
  }
  for (const auto& snapshot : base.snapshots) {
    if (!reached.contains(snapshot.snapshot_id) && snapshot.timestamp_ms >= older_than) {
      kept->insert(snapshot.snapshot_id);  // staged: on no branch
    }
  }
}

std::vector<MetadataUpdate> CleanMetadata(const TableMetadata& base,
                                          const std::set<SnapshotId>& removed,
                                          const std::set<int32_t>& used_specs) {
  std::set<int32_t> used_schemas = {base.current_schema_id};
  for (const auto& snapshot : base.snapshots) {
    if (!removed.contains(snapshot.snapshot_id) && snapshot.schema_id) {
      used_schemas.insert(*snapshot.schema_id);
    }
  }
  std::vector<int32_t> specs;
  std::vector<int32_t> schemas;
  for (const auto& spec : base.partition_specs) {
    if (spec.spec_id != base.default_spec_id && !used_specs.contains(spec.spec_id)) {
      specs.push_back(spec.spec_id);
    }
  }
  for (const auto& schema : base.schemas) {
    if (!used_schemas.contains(schema.schema_id)) {
      schemas.push_back(schema.schema_id);
    }
  }
  std::vector<MetadataUpdate> updates;
  if (!specs.empty()) {
    updates.push_back(RemovePartitionSpecs(specs));
  }
  if (!schemas.empty()) {
    updates.push_back(RemoveSchemas(schemas));
  }
  return updates;
}

}  // namespace

Result<ExpireResult> ExpireSnapshots(TableOperations* operations, const ExpireRequest& request) {
  std::shared_ptr<const TableMetadata> before;
  std::set<SnapshotId> removed;
  ARROW_ASSIGN_OR_RAISE(
      const auto after,
      CommitWithRetry(
          operations, [&](const TableMetadata& base) -> Result<std::vector<MetadataUpdate>> {
            if (!base.PropertyBool("gc.enabled", true)) {
              return GcDisabled("expire snapshots");
            }
            ARROW_ASSIGN_OR_RAISE(before,
                                  ParseTableMetadata(base.document, base.metadata_location));
            std::set<SnapshotId> kept;
            std::vector<std::string> dropped_refs;
            Retain(base, request, NowMs(), &kept, &dropped_refs);
            for (const auto& id : request.snapshot_ids) {
              for (const auto& [name, ref] : base.refs) {
                if (ref.snapshot_id == id && std::find(dropped_refs.begin(), dropped_refs.end(),
                                                       name) == dropped_refs.end()) {
                  return base::UserError("INVALID_PARAMETER_VALUE",
                                         "Cannot expire " + std::to_string(id.value) +
                                             ". Still referenced by refs: [" + name + "].",
                                         {{"parameter", "snapshot_ids"}});
                }
              }
              kept.erase(id);
            }
            removed.clear();
            std::vector<SnapshotId> ids;
            for (const auto& snapshot : base.snapshots) {
              if (!kept.contains(snapshot.snapshot_id)) {
                removed.insert(snapshot.snapshot_id);
                ids.push_back(snapshot.snapshot_id);
              }
            }
            std::vector<MetadataUpdate> updates;
            for (const auto& name : dropped_refs) {
              updates.push_back(RemoveSnapshotRef(name));
            }
            if (!ids.empty()) {
              updates.push_back(RemoveSnapshots(ids));
            }
            if (request.clean_expired_metadata) {
              Reached rest;
              for (const auto& snapshot : base.snapshots) {
                if (!removed.contains(snapshot.snapshot_id)) {
                  ARROW_RETURN_NOT_OK(rest.Add(base, snapshot));
                }
              }
              std::set<int32_t> specs;
              for (const auto& [path, manifest] : rest.manifests) {
                specs.insert(manifest.partition_spec_id);
              }
              for (auto& update : CleanMetadata(base, removed, specs)) {
                updates.push_back(std::move(update));
              }
            }
            return updates;
          }));
  ExpireResult result;
  if (removed.empty()) {
    return result;
  }
  // What is reached is taken from the newest metadata, so that a commit made meanwhile counts too.
  ARROW_ASSIGN_OR_RAISE(const auto now, operations->Refresh());
  Reached rest;
  for (const auto& snapshot : now->snapshots) {
    ARROW_RETURN_NOT_OK(rest.Add(*now, snapshot));
  }
  Reached gone;
  for (const auto& snapshot : before->snapshots) {
    if (removed.contains(snapshot.snapshot_id) &&
        now->FindSnapshot(snapshot.snapshot_id) == nullptr) {
      // A list that is gone already leaves its files to remove_orphan_files.
      (void)gone.Add(*before, snapshot);
    }
  }
  std::map<std::string, FileContent> candidates;
  std::vector<std::string> paths;
  for (const auto& [path, manifest] : gone.manifests) {
    if (!rest.manifests.contains(path)) {
      (void)AddContent(*before, manifest, &candidates);
      paths.push_back(path);
      ++result.deleted_manifests;
    }
  }
  if (!candidates.empty()) {
    std::map<std::string, FileContent> live;
    for (const auto& [path, manifest] : rest.manifests) {
      ARROW_RETURN_NOT_OK(AddContent(*now, manifest, &live));
    }
    for (const auto& [path, content] : candidates) {
      if (live.contains(path)) {
        continue;
      }
      paths.push_back(path);
      ++(content == FileContent::kData              ? result.deleted_data_files
         : content == FileContent::kPositionDeletes ? result.deleted_position_delete_files
                                                    : result.deleted_equality_delete_files);
    }
  }
  for (const auto& path : gone.manifest_lists) {
    if (!rest.manifest_lists.contains(path)) {
      paths.push_back(path);
      ++result.deleted_manifest_lists;
    }
  }
  const auto statistics = StatisticsFiles(*now);
  for (const auto& path : StatisticsFiles(*before)) {
    if (!statistics.contains(path)) {
      paths.push_back(path);
      ++result.deleted_statistics_files;
    }
  }
  DeleteFilesQuietly(paths);
  return result;
}

Result<std::vector<std::string>> RemoveOrphanFiles(TableOperations* operations,
                                                   const std::optional<std::string>& location,
                                                   int64_t older_than_ms, bool dry_run) {
  // Files are listed before the metadata is read: what is committed in between is then known.
  ARROW_ASSIGN_OR_RAISE(const auto first, operations->Refresh());
  if (!first->PropertyBool("gc.enabled", true)) {
    return GcDisabled("delete orphan files");
  }
  std::string folder = location.value_or(first->location);
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
  ARROW_ASSIGN_OR_RAISE(const auto files, store->List(folder, true));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, operations->Refresh());
  std::set<std::string> known;
  const auto note = [&](std::string path) -> Status {
    ARROW_RETURN_NOT_OK(io::StoreFor(&path).status());
    known.insert(std::move(path));
    return Status::OK();
  };
  Reached all;
  for (const auto& snapshot : metadata->snapshots) {
    ARROW_RETURN_NOT_OK(all.Add(*metadata, snapshot));
  }
  for (const auto& path : all.manifest_lists) {
    ARROW_RETURN_NOT_OK(note(path));
  }
  std::map<std::string, FileContent> content;
  for (const auto& [path, manifest] : all.manifests) {
    ARROW_RETURN_NOT_OK(note(path));
    ARROW_RETURN_NOT_OK(AddContent(*metadata, manifest, &content));
  }
  for (const auto& [path, kind] : content) {
    ARROW_RETURN_NOT_OK(note(path));
  }
  for (const auto& path : StatisticsFiles(*metadata)) {
    ARROW_RETURN_NOT_OK(note(path));
  }
  for (const auto& [time, path] : metadata->metadata_log) {
    ARROW_RETURN_NOT_OK(note(path));
  }
  ARROW_RETURN_NOT_OK(note(metadata->metadata_location));
  std::vector<std::string> orphans;
  for (const auto& file : files) {
    const std::string below = file.path.substr(std::min(file.path.size(), folder.size()));
    const bool hidden =
        below.find("/_") != std::string::npos || below.find("/.") != std::string::npos;
    if (file.path.ends_with("/") || known.contains(file.path) || hidden ||
        below.ends_with("/version-hint.text") || file.modified_us / 1000 >= older_than_ms) {
      continue;
    }
    orphans.push_back(file.path);
  }
  if (!dry_run) {
    DeleteFilesQuietly(orphans);
  }
  return orphans;
}

}  // namespace emery::table::iceberg
