#include "table/iceberg/changelog_table.h"

#include <algorithm>
#include <set>

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/scan_task_internal.h"

namespace emery::table::iceberg {

using plan::ExpressionPtr;

namespace {

constexpr const char* kChangeType = "_change_type";
constexpr const char* kChangeOrdinal = "_change_ordinal";
constexpr const char* kCommitSnapshotId = "_commit_snapshot_id";

bool ReadsDerived(const ExpressionPtr& e, const SharedScan& scan) {
  if (const auto* ordinal = plan::As<plan::Ordinal>(e)) {
    return scan.derived[static_cast<size_t>(ordinal->index)];
  }
  bool any = false;
  plan::VisitChildren(*e, [&](const ExpressionPtr& child) { any |= ReadsDerived(child, scan); });
  return any;
}

}  // namespace

ChangelogTable::ChangelogTable(std::shared_ptr<const IcebergTable> table, SnapshotRange range)
    : table_(std::move(table)), range_(range), schema_(table_->schema()) {
  schema_.push_back({kChangeType, type::String(), false});
  schema_.push_back({kChangeOrdinal, type::Int(), true});
  schema_.push_back({kCommitSnapshotId, type::Long(), true});
}

std::shared_ptr<const Table> ChangelogTable::Between(const SnapshotRange& range) const {
  return std::make_shared<ChangelogTable>(table_, range);
}

std::string ChangelogTable::identity() const {
  std::string identity = table_->identity() + "#changes";
  for (const auto& bound : {range_.start, range_.end, range_.start_ms, range_.end_ms}) {
    identity += "," + (bound ? std::to_string(*bound) : "");
  }
  return identity;
}

Result<ScanPlan> ChangelogTable::PlanScan(const ScanRequest& request) const {
  const auto& metadata = table_->shared_metadata();
  auto scan = std::make_shared<SharedScan>();
  scan->schema = table_->schema();
  scan->metadata = metadata;
  scan->request = request;
  scan->deletes = std::make_unique<DeleteIndex>(metadata, request.context);
  const auto num_fields = static_cast<int>(scan->schema.size());
  for (size_t i = 0; i < request.field_indexes.size(); ++i) {
    if (request.field_indexes[i] >= num_fields) {
      scan->request.field_indexes[i] = -1;
    }
    scan->derived.push_back(IsDerived(*scan, i));
  }
  ScanPlan plan;
  scan->request.filter.clear();
  for (const auto& conjunct : request.filter) {
    (ReadsDerived(conjunct, *scan) ? plan.residual : scan->request.filter).push_back(conjunct);
  }
  ARROW_ASSIGN_OR_RAISE(auto snapshots, SnapshotsBetween(*metadata, table_->snapshot(), range_));
  std::erase_if(snapshots, [](const auto* snapshot) { return snapshot->operation() == "replace"; });
  std::reverse(snapshots.begin(), snapshots.end());
  for (size_t ordinal = 0; ordinal < snapshots.size(); ++ordinal) {
    const int64_t id = snapshots[ordinal]->snapshot_id.value;
    const auto constants_of = [&](const char* change) {
      return std::make_shared<const ConstantColumns>(
          ConstantColumns{{kChangeType, type::Value::String(change)},
                          {kChangeOrdinal, type::Value::Int(static_cast<int64_t>(ordinal))},
                          {kCommitSnapshotId, type::Value::Int(id)}});
    };
    const auto inserted = constants_of("INSERT");
    const auto deleted = constants_of("DELETE");
    ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(*metadata, *snapshots[ordinal]));
    for (const auto& manifest : manifests) {
      if (manifest.content == ManifestContent::kDeletes) {
        return base::Unsupported("Iceberg changelogs of tables with delete files (" +
                                 table_->name() + ")");
      }
      const auto* spec = metadata->FindSpec(manifest.partition_spec_id);
      if (manifest.added_snapshot_id.value != id || spec == nullptr) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifest, *spec));
      for (int64_t row = 0; row < entries->size(); ++row) {
        if (entries->status(row) == EntryStatus::kExisting || entries->snapshot_id(row) != id) {
          continue;
        }
        ++plan.files;
        plan.tasks.push_back(
            MakeScanTask(scan, entries, row, 0, INT64_MAX,
                         entries->status(row) == EntryStatus::kAdded ? inserted : deleted));
      }
    }
  }
  return plan;
}

}  // namespace emery::table::iceberg
