#include "table/iceberg/manifest_rewrite.h"

#include <algorithm>
#include <set>

#include "table/iceberg/data_writer.h"
#include "table/iceberg/manifest.h"
#include "table/iceberg/manifest_writer.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

namespace {

/// Orders partitions field by field, nulls first.
bool PartitionBelow(const std::vector<type::TypePtr>& types, const DataFile& a, const DataFile& b) {
  for (size_t i = 0; i < types.size() && i < a.partition.size() && i < b.partition.size(); ++i) {
    const auto& left = a.partition[i];
    const auto& right = b.partition[i];
    if (types[i] == nullptr || left == right) {
      continue;
    }
    if (left.is_null() || right.is_null()) {
      return left.is_null();
    }
    const int order = type::CompareValues(*types[i], left, right);
    if (order != 0) {
      return order < 0;
    }
  }
  return false;
}

class Rewriter {
 public:
  explicit Rewriter(std::optional<int32_t> spec_id)
      : spec_id_(spec_id), uuid_(NewUuid()), snapshot_id_(NewSnapshotId(nullptr)) {}

  Result<ManifestRewrite> Run(TableOperations* operations) {
    auto committed =
        CommitWithRetry(operations, [&](const TableMetadata& base) { return Attempt(base); });
    if (committed.ok()) {
      for (const auto& path : live_) {
        written_.erase(path);
      }
    } else if (IsCommitStateUnknown(committed.status())) {
      return committed.status();
    } else {
      const auto now = operations->Refresh();
      if (!now.ok() || (*now)->FindSnapshot(snapshot_id_) != nullptr) {
        return committed.status();
      }
    }
    if (!taken_before_) {
      DeleteFilesQuietly({written_.begin(), written_.end()});
    }
    ARROW_RETURN_NOT_OK(committed.status());
    return result_;
  }

 private:
  Result<std::vector<MetadataUpdate>> Attempt(const TableMetadata& base) {
    if (base.FindSnapshot(snapshot_id_) != nullptr) {
      taken_before_ = true;
      return std::vector<MetadataUpdate>{};
    }
    live_.clear();
    result_ = {};
    const Snapshot* parent = base.FindRef(kMainBranch);
    const PartitionSpec* spec = base.FindSpec(spec_id_.value_or(base.default_spec_id));
    if (spec == nullptr) {
      return base::UserError(
          "INVALID_PARAMETER_VALUE",
          "Cannot find partition spec id " + std::to_string(spec_id_.value_or(0)) + ".",
          {{"parameter", "spec_id"}});
    }
    if (parent == nullptr) {
      return std::vector<MetadataUpdate>{};
    }
    ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(base, *parent));
    std::vector<ManifestFile> kept;
    std::vector<ManifestEntry> entries;
    int64_t bytes = 0;
    for (const auto& manifest : manifests) {
      if (manifest.content != ManifestContent::kData ||
          manifest.partition_spec_id != spec->spec_id) {
        kept.push_back(manifest);
        continue;
      }
      ++result_.rewritten;
      bytes += manifest.manifest_length;
      ARROW_ASSIGN_OR_RAISE(auto all, ReadManifestEntries(manifest, *spec));
      for (auto& entry : all) {
        if (entry.status != EntryStatus::kDeleted) {
          entries.push_back(std::move(entry));
        }
      }
    }
    const int64_t target =
        std::max<int64_t>(base.PropertyInt("commit.manifest.target-size-bytes", 8 << 20), 1);
    if (result_.rewritten == 0 || (result_.rewritten == 1 && bytes <= target)) {
      result_ = {};
      return std::vector<MetadataUpdate>{};
    }
    std::vector<type::TypePtr> types;
    for (const auto& field : spec->fields) {
      const auto* source = FindField(base.current_schema().fields, field.source_id);
      types.push_back(source == nullptr ? nullptr : ResultType(field.transform, source->type));
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const ManifestEntry& a, const ManifestEntry& b) {
                       return PartitionBelow(types, a.file, b.file);
                     });
    const auto count = static_cast<size_t>(std::max<int64_t>((bytes + target - 1) / target, 1));
    const size_t per_manifest = (entries.size() + count - 1) / count;
    std::vector<ManifestFile> next;
    for (size_t begin = 0; begin < entries.size(); begin += per_manifest) {
      ARROW_ASSIGN_OR_RAISE(
          auto writer, MakeManifestWriter(
                           base, *spec, ManifestContent::kData, snapshot_id_,
                           Path(base, uuid_ + "-m" + std::to_string(num_manifests_++) + ".avro")));
      for (size_t i = begin; i < std::min(entries.size(), begin + per_manifest); ++i) {
        ARROW_RETURN_NOT_OK(writer->Existing(entries[i]));
      }
      ARROW_ASSIGN_OR_RAISE(auto manifest, writer->Finish());
      next.push_back(std::move(manifest));
      ++result_.added;
    }
    next.insert(next.end(), kept.begin(), kept.end());
    Snapshot snapshot;
    snapshot.snapshot_id = snapshot_id_;
    snapshot.parent_snapshot_id = parent->snapshot_id;
    snapshot.timestamp_ms = std::max(NowMs(), base.last_updated_ms);
    snapshot.schema_id = base.current_schema_id;
    snapshot.sequence_number = base.format_version >= 2 ? base.last_sequence_number + 1 : 0;
    if (base.format_version >= 3) {
      snapshot.first_row_id = base.next_row_id;
    }
    snapshot.summary["operation"] = "replace";
    for (const auto& [key, value] : parent->summary) {
      if (key.rfind("total-", 0) == 0) {
        snapshot.summary[key] = value;
      }
    }
    snapshot.summary["changed-partition-count"] = "0";
    snapshot.summary["manifests-created"] = std::to_string(result_.added);
    snapshot.summary["manifests-kept"] = std::to_string(kept.size());
    snapshot.summary["manifests-replaced"] = std::to_string(result_.rewritten);
    snapshot.summary["entries-processed"] = std::to_string(entries.size());
    snapshot.manifest_list = Path(base, "snap-" + std::to_string(snapshot_id_.value) + "-" +
                                            std::to_string(++attempt_) + "-" + uuid_ + ".avro");
    for (const auto& manifest : next) {
      live_.push_back(manifest.manifest_path);
    }
    live_.push_back(snapshot.manifest_list);
    ARROW_RETURN_NOT_OK(WriteManifestList(base, std::move(next), &snapshot));
    SnapshotReference reference = base.refs.at(kMainBranch);
    reference.snapshot_id = snapshot_id_;
    return std::vector<MetadataUpdate>{AddSnapshot(snapshot),
                                       SetSnapshotRef(kMainBranch, reference)};
  }

  std::string Path(const TableMetadata& base, const std::string& name) {
    std::string path =
        base.Property("write.metadata.path", base.location + "/metadata") + "/" + name;
    written_.insert(path);
    return path;
  }

  std::optional<int32_t> spec_id_;
  std::string uuid_;
  SnapshotId snapshot_id_;
  int attempt_ = 0;
  int num_manifests_ = 0;
  bool taken_before_ = false;
  std::set<std::string> written_;
  std::vector<std::string> live_;  // of the last attempt
  ManifestRewrite result_;
};

}  // namespace

Result<ManifestRewrite> RewriteManifests(TableOperations* operations,
                                         std::optional<int32_t> spec_id) {
  return Rewriter(spec_id).Run(operations);
}

}  // namespace emery::table::iceberg
