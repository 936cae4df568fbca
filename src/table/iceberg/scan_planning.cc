// From a request to tasks: manifests, then files, then shares of files; and which deletes there
// are.

#include <algorithm>

#include "table/iceberg/file_bounds_internal.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/partition_type.h"
#include "table/iceberg/scan_task_internal.h"
#include "table/pruning.h"

namespace emery::table::iceberg {

using plan::As;
using plan::ExpressionPtr;

namespace {

// Row groups of a file are put into one task up to this size.
constexpr int64_t kTaskBytes = 32 << 20;

bool ReadsDerived(const ExpressionPtr& e, const SharedScan& scan) {
  if (const auto* ordinal = As<plan::Ordinal>(e)) {
    return scan.derived[static_cast<size_t>(ordinal->index)];
  }
  bool any = false;
  plan::VisitChildren(*e, [&](const ExpressionPtr& child) { any |= ReadsDerived(child, scan); });
  return any;
}

/// The type of a field in `field` that can't be read; null: there is none.
const std::string* UnreadableType(const TableMetadata& metadata, const type::Field& field) {
  const auto found = metadata.unreadable_fields.find(field.field_id);
  if (found != metadata.unreadable_fields.end()) {
    return &found->second;
  }
  if (field.type->is_nested()) {
    for (const auto& inner : field.type->fields()) {
      if (const auto* type = UnreadableType(metadata, inner)) {
        return type;
      }
    }
  }
  return nullptr;
}

/// Whether any file of the manifest can hold matching rows.
bool ManifestMayMatch(const ManifestFile& manifest, const PartitionSpec& spec,
                      const TableMetadata& metadata, const type::Schema& schema,
                      const ScanRequest& request) {
  const auto lookup = [&](int ordinal) {
    const int index = request.field_indexes[static_cast<size_t>(ordinal)];
    return index < 0 ? ColumnBounds()
                     : ManifestBounds(manifest, spec, schema[static_cast<size_t>(index)], metadata);
  };
  return std::all_of(request.filter.begin(), request.filter.end(),
                     [&](const ExpressionPtr& conjunct) { return MayMatch(conjunct, lookup); });
}

/// Live entries that can hold matching rows.
std::vector<int64_t> MatchingRows(const ManifestEntries& entries, const PartitionSpec& spec,
                                  const TableMetadata& metadata, const type::Schema& schema,
                                  const ScanRequest& request, int64_t* live) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < entries.size(); ++row) {
    if (!entries.is_live(row)) {
      continue;
    }
    ++*live;
    if (entries.content(row) == FileContent::kData && entries.record_count(row) == 0) {
      continue;
    }
    const FileBounds bounds(entries, row, spec, metadata);
    const auto lookup = [&](int ordinal) {
      const auto column = static_cast<size_t>(ordinal);
      const int index = request.field_indexes[column];
      return index < 0 ? bounds.OfMetadata(request.names[column])
                       : bounds.Of(schema[static_cast<size_t>(index)]);
    };
    const bool matches =
        entries.content(row) != FileContent::kData ||
        std::all_of(request.filter.begin(), request.filter.end(), [&](const auto& conjunct) {
          return MayMatch(conjunct, lookup) && bounds.BucketsMayMatch(conjunct, request, schema);
        });
    if (matches) {
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

Result<ScanPlan> IcebergTable::PlanScan(const ScanRequest& request) const {
  auto scan = std::make_shared<SharedScan>();
  scan->schema = schema_;
  scan->metadata = metadata_;
  scan->request = request;
  scan->deletes = std::make_unique<DeleteIndex>(metadata_, request.context);
  for (size_t i = 0; i < request.field_indexes.size(); ++i) {
    scan->derived.push_back(IsDerived(*scan, i));
    if (const int index = request.field_indexes[i]; index >= 0) {
      const auto& field = schema_[static_cast<size_t>(index)];
      if (const auto* unreadable = UnreadableType(*metadata_, field)) {
        return base::Unsupported("reading Iceberg columns of type " + *unreadable + " (" +
                                 base::QuoteIdentifier(field.name) + " of " + name_ + ")");
      }
    }
    if (request.field_indexes[i] < 0 && request.names[i] == "_partition") {
      scan->partition_type = UnifiedPartitionType(*metadata_);
    }
  }
  ScanPlan plan;
  scan->request.filter.clear();
  for (const auto& conjunct : request.filter) {
    (ReadsDerived(conjunct, *scan) ? plan.residual : scan->request.filter).push_back(conjunct);
  }

  struct Part {
    std::shared_ptr<const ManifestEntries> entries;
    std::vector<int64_t> rows;
    int64_t live = 0;
  };

  ARROW_ASSIGN_OR_RAISE(const auto manifests, Manifests());
  std::vector<const ManifestFile*> wanted;
  for (const auto& manifest : manifests) {
    const auto* spec = metadata_->FindSpec(manifest.partition_spec_id);
    if (spec == nullptr) {
      return base::UserError("FAILED_READ_FILE.NO_HINT",
                             "The manifest " + manifest.manifest_path + " has the partition spec " +
                                 std::to_string(manifest.partition_spec_id) +
                                 ", which the table metadata lacks.",
                             {{"path", manifest.manifest_path}});
    }
    const int64_t files =
        manifest.added_files_count.value_or(1) + manifest.existing_files_count.value_or(1);
    if (files == 0) {
      continue;  // deleted entries only
    }
    // Deletes of partitions that are not read concern nothing, unless they hold for all.
    if ((manifest.content == ManifestContent::kData || !spec->fields.empty()) &&
        !ManifestMayMatch(manifest, *spec, *metadata_, schema_, request)) {
      if (manifest.content == ManifestContent::kData) {
        plan.files += files;
        plan.files_pruned += files;
      }
      continue;
    }
    wanted.push_back(&manifest);
  }
  std::vector<Part> parts(wanted.size());
  ARROW_RETURN_NOT_OK(ForEachManifest(wanted.size(), [&](size_t i) -> Status {
    const PartitionSpec& spec = *metadata_->FindSpec(wanted[i]->partition_spec_id);
    ARROW_ASSIGN_OR_RAISE(parts[i].entries, CachedManifest(*wanted[i], spec));
    parts[i].rows =
        MatchingRows(*parts[i].entries, spec, *metadata_, schema_, request, &parts[i].live);
    if (added_by_) {
      std::erase_if(parts[i].rows, [&](int64_t row) {
        const auto added = parts[i].entries->snapshot_id(row);
        return parts[i].entries->status(row) != EntryStatus::kAdded || !added ||
               added_by_->count(*added) == 0;
      });
    }
    if (only_files_ != nullptr && wanted[i]->content == ManifestContent::kData) {
      std::erase_if(parts[i].rows, [&](int64_t row) {
        return !only_files_->contains(std::string(parts[i].entries->file_path(row)));
      });
    }
    if (parts[i].rows.empty()) {
      parts[i].entries.reset();
    } else if (static_cast<int64_t>(parts[i].rows.size()) < parts[i].entries->size() / 4) {
      // What is left must not keep a whole manifest in memory.
      parts[i].entries = parts[i].entries->Select(parts[i].rows);
      for (size_t row = 0; row < parts[i].rows.size(); ++row) {
        parts[i].rows[row] = static_cast<int64_t>(row);
      }
    }
    return Status::OK();
  }));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]->content == ManifestContent::kDeletes) {
      for (const int64_t row : parts[i].rows) {
        scan->deletes->Add(parts[i].entries->File(row));
      }
    }
  }
  // count(*): the manifests know it, but for files with deletes.
  const bool counts = request.field_indexes.empty() && request.filter.empty();
  int64_t counted_rows = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]->content == ManifestContent::kDeletes) {
      continue;
    }
    const PartitionSpec& spec = *metadata_->FindSpec(wanted[i]->partition_spec_id);
    plan.files += parts[i].live;
    plan.files_pruned += parts[i].live - static_cast<int64_t>(parts[i].rows.size());
    for (const int64_t row : parts[i].rows) {
      if (counts && (scan->deletes->empty() ||
                     !scan->deletes->MayDelete(DeleteTargetOf(*parts[i].entries, row, spec)))) {
        counted_rows += parts[i].entries->record_count(row);
        continue;
      }
      const int64_t size = std::max<int64_t>(parts[i].entries->file_size_in_bytes(row), 1);
      const int64_t pieces = (size + kTaskBytes - 1) / kTaskBytes;
      for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t end = piece + 1 == pieces ? INT64_MAX : (piece + 1) * kTaskBytes;
        plan.tasks.push_back(MakeScanTask(scan, parts[i].entries, row, piece * kTaskBytes, end));
      }
    }
  }
  if (counted_rows > 0) {
    plan.tasks.push_back(MakeCountTask(counted_rows));
  }
  // Equality deletes are checked after the reader's filter, which is right: both only drop rows.
  return plan;
}

}  // namespace emery::table::iceberg
