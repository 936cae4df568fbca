// Reads of what appends added between two snapshots.

#include <set>

#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/manifest_cache.h"

namespace emery::table::iceberg {

namespace {

Status BadRange(const std::string& what) {
  return base::UserError("INVALID_PARAMETER_VALUE", "Cannot read incrementally: " + what + ".",
                         {{"parameter", "start-snapshot-id, end-snapshot-id"}});
}

}  // namespace

Result<std::vector<const Snapshot*>> SnapshotsBetween(const TableMetadata& metadata,
                                                      const Snapshot* current,
                                                      const SnapshotRange& range) {
  const auto at_time = [&](int64_t ms) -> std::optional<int64_t> {
    std::optional<int64_t> id;
    for (const auto& [made_current_ms, snapshot] : metadata.snapshot_log) {
      if (made_current_ms <= ms) {
        id = snapshot.value;
      }
    }
    return id;
  };
  std::optional<int64_t> start = range.start;
  std::optional<int64_t> end = range.end;
  if (range.start_ms) {
    start = at_time(*range.start_ms);
  }
  if (range.end_ms) {
    end = at_time(*range.end_ms);
  }
  if (!end && current != nullptr) {
    end = current->snapshot_id.value;
  }
  const Snapshot* at = end ? metadata.FindSnapshot(SnapshotId{*end}) : nullptr;
  if (end && at == nullptr) {
    return BadRange("there is no snapshot " + std::to_string(*end));
  }
  std::vector<const Snapshot*> snapshots;
  std::set<int64_t> seen;
  bool found = !start;
  // The start may have been expired; a damaged table may have a circle of parents.
  while (at != nullptr && seen.insert(at->snapshot_id.value).second) {
    if (start && at->snapshot_id.value == *start) {
      found = true;
      break;
    }
    snapshots.push_back(at);
    if (!at->parent_snapshot_id) {
      break;
    }
    if (start && at->parent_snapshot_id->value == *start) {
      found = true;
      break;
    }
    at = metadata.FindSnapshot(*at->parent_snapshot_id);
  }
  if (!found) {
    return BadRange("the snapshot " + std::to_string(*start) + " is no ancestor of " +
                    (end ? std::to_string(*end) : "the current snapshot"));
  }
  return snapshots;
}

Result<std::shared_ptr<const Table>> IcebergTable::AppendedRows(const SnapshotRange& range) const {
  ARROW_ASSIGN_OR_RAISE(const auto snapshots, SnapshotsBetween(*metadata_, snapshot_, range));
  std::shared_ptr<IcebergTable> table(new IcebergTable(*this));
  table->added_by_.emplace();
  if (!snapshots.empty()) {
    table->snapshot_ = snapshots[0];
  }
  for (const auto* snapshot : snapshots) {
    if (snapshot->operation() == "append") {
      table->added_by_->insert(snapshot->snapshot_id.value);
    }
  }
  return std::shared_ptr<const Table>(table);
}

Result<std::vector<ManifestFile>> IcebergTable::AppendedManifests() const {
  std::vector<ManifestFile> chosen;
  std::set<std::string> seen;
  for (const int64_t id : *added_by_) {
    ARROW_ASSIGN_OR_RAISE(const auto manifests,
                          ManifestsOf(*metadata_, *metadata_->FindSnapshot(SnapshotId{id})));
    for (const auto& manifest : manifests) {
      if (manifest.content == ManifestContent::kData &&
          added_by_->count(manifest.added_snapshot_id.value) != 0 &&
          seen.insert(manifest.manifest_path).second) {
        chosen.push_back(manifest);
      }
    }
  }
  return chosen;
}

}  // namespace emery::table::iceberg
