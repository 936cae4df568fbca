#include <algorithm>
#include <mutex>

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/row_level_internal.h"

namespace emery::table::iceberg {

namespace {

/// The one data file that a position delete file speaks of, where its entry tells.
std::optional<std::string> OnlyTarget(const DataFile& file) {
  if (file.referenced_data_file) {
    return file.referenced_data_file;
  }
  const auto lower = file.lower_bounds.find(kDeleteFilePathFieldId);
  const auto upper = file.upper_bounds.find(kDeleteFilePathFieldId);
  if (lower != file.lower_bounds.end() && upper != file.upper_bounds.end() &&
      lower->second == upper->second) {
    return lower->second;
  }
  return std::nullopt;
}

}  // namespace

Result<TouchedFiles> FindTouchedFiles(const IcebergTable& table,
                                      const std::set<std::string>* paths) {
  TouchedFiles touched;
  if (table.snapshot() == nullptr || (paths != nullptr && paths->empty())) {
    return touched;
  }
  const TableMetadata& metadata = table.metadata();
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(metadata, *table.snapshot()));
  std::mutex mutex;  // guards `touched`
  ARROW_RETURN_NOT_OK(ForEachManifest(manifests.size(), [&](size_t i) -> Status {
    const PartitionSpec* spec = metadata.FindSpec(manifests[i].partition_spec_id);
    if (spec == nullptr) {
      return base::InternalError("a manifest of an unknown partition spec");
    }
    ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifests[i], *spec));
    const bool data = manifests[i].content == ManifestContent::kData;
    for (int64_t row = 0; row < entries->size(); ++row) {
      if (!entries->is_live(row)) {
        continue;
      }
      if (data) {
        std::string path(entries->file_path(row));
        if (paths == nullptr || paths->count(path) != 0) {
          DataFile file = entries->File(row);
          const std::lock_guard<std::mutex> lock(mutex);
          touched.data_files.emplace(std::move(path), std::move(file));
        }
        continue;
      }
      if (entries->content(row) != FileContent::kPositionDeletes) {
        continue;
      }
      DataFile file = entries->File(row);
      const auto target = OnlyTarget(file);
      if (target && (paths == nullptr || paths->count(*target) != 0)) {
        const std::lock_guard<std::mutex> lock(mutex);
        touched.own_deletes[*target].push_back(std::move(file));
      }
    }
    return Status::OK();
  }));
  for (const std::string& path : paths != nullptr ? *paths : std::set<std::string>()) {
    if (touched.data_files.count(path) == 0) {
      return base::InternalError("a data file that was read is not in the table: " + path);
    }
  }
  return touched;
}

}  // namespace emery::table::iceberg
