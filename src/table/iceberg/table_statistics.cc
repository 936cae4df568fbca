// Estimates for the optimizer, from manifest lists and, while there are few files, from manifests.

#include <mutex>

#include "table/iceberg/file_bounds_internal.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/manifest_cache.h"

namespace emery::table::iceberg {

namespace {

// Above it, the entries of all files are not looked at for an estimate.
constexpr int64_t kFilesMax = 10000;

/// What is known of a column over the files seen so far.
struct ColumnSummary {
  bool bounded = true;
  ColumnStatistics statistics;
};

void AddFile(const FileBounds& bounds, const ManifestEntries& entries, int64_t row,
             const type::Field& field, ColumnSummary* column) {
  auto& statistics = column->statistics;
  if (const auto nulls = entries.null_value_count(row, field.field_id)) {
    statistics.null_count = statistics.null_count.value_or(0) + *nulls;
  }
  if (!column->bounded) {
    return;
  }
  const auto of_file = bounds.Of(field);
  if (of_file.all_null) {
    return;
  }
  if (!of_file.min || !of_file.max || field.type->is_nested()) {
    column->bounded = false;
    return;
  }
  const auto& type = *field.type;
  if (!statistics.min || type::CompareValues(type, *of_file.min, *statistics.min) < 0) {
    statistics.min = of_file.min;
  }
  if (!statistics.max || type::CompareValues(type, *of_file.max, *statistics.max) > 0) {
    statistics.max = of_file.max;
  }
}

/// Statistics by table identity: a table asks again with every query.
class Known {
 public:
  std::optional<Statistics> Find(const std::string& identity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = statistics_.find(identity);
    return found == statistics_.end() ? std::nullopt : std::optional(found->second);
  }

  void Add(const std::string& identity, const Statistics& statistics) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (statistics_.size() >= kKnownMax) {
      statistics_.clear();
    }
    statistics_[identity] = statistics;
  }

 private:
  static constexpr size_t kKnownMax = 256;

  std::mutex mutex_;  // guards statistics_
  std::map<std::string, Statistics> statistics_;
};

Known& TheKnown() {
  static auto* known = new Known;
  return *known;
}

}  // namespace

Result<Statistics> IcebergTable::statistics() const {
  if (auto known = TheKnown().Find(identity())) {
    return *std::move(known);
  }
  ARROW_ASSIGN_OR_RAISE(auto statistics, ComputeStatistics());
  TheKnown().Add(identity(), statistics);
  return statistics;
}

Result<Statistics> IcebergTable::ComputeStatistics() const {
  Statistics statistics;
  statistics.num_rows = 0;
  statistics.num_bytes = 0;
  ARROW_ASSIGN_OR_RAISE(const auto manifests, Manifests());
  int64_t files = 0;
  bool counted = true;
  for (const auto& manifest : manifests) {
    if (manifest.content != ManifestContent::kData) {
      continue;
    }
    counted &= manifest.added_rows_count && manifest.existing_rows_count;
    *statistics.num_rows +=
        manifest.added_rows_count.value_or(0) + manifest.existing_rows_count.value_or(0);
    files += manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
  }
  if (files > kFilesMax && counted) {
    statistics.num_bytes.reset();
    if (const auto size = snapshot_->summary.find("total-files-size");
        size != snapshot_->summary.end()) {
      statistics.num_bytes = std::strtoll(size->second.c_str(), nullptr, 10);
    }
    return statistics;
  }
  *statistics.num_rows = 0;
  std::vector<ColumnSummary> columns(schema_.size());
  std::vector<std::shared_ptr<const ManifestEntries>> read(manifests.size());
  ARROW_RETURN_NOT_OK(ForEachManifest(manifests.size(), [&](size_t i) -> Status {
    const auto* spec = metadata_->FindSpec(manifests[i].partition_spec_id);
    if (manifests[i].content == ManifestContent::kData && spec != nullptr) {
      ARROW_ASSIGN_OR_RAISE(read[i], CachedManifest(manifests[i], *spec));
    }
    return Status::OK();
  }));
  for (const auto& entries : read) {
    if (entries == nullptr) {
      continue;
    }
    const auto* spec = metadata_->FindSpec(entries->spec_id());
    for (int64_t row = 0; row < entries->size(); ++row) {
      if (!entries->is_live(row)) {
        continue;
      }
      *statistics.num_rows += entries->record_count(row);
      *statistics.num_bytes += entries->file_size_in_bytes(row);
      const FileBounds bounds(*entries, row, *spec, *metadata_);
      for (size_t i = 0; i < schema_.size(); ++i) {
        AddFile(bounds, *entries, row, schema_[i], &columns[i]);
      }
    }
  }
  for (auto& column : columns) {
    if (!column.bounded) {
      column.statistics.min.reset();
      column.statistics.max.reset();
    }
    statistics.columns.push_back(std::move(column.statistics));
  }
  return statistics;
}

}  // namespace emery::table::iceberg
