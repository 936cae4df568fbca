#include "table/iceberg/delete_index.h"

#include <algorithm>
#include <cstring>

namespace emery::table::iceberg {

namespace {

constexpr int32_t kFilePathFieldId = 2147483546;

/// Equal exactly for equal partitions. Values of one field may come as FLOAT and, later, as DOUBLE.
std::string PartitionKey(int32_t spec_id, const std::vector<type::Value>& values) {
  std::string key = std::to_string(spec_id);
  const auto put = [&](char kind, const void* data, size_t size) {
    key.push_back(kind);
    key.append(std::to_string(size)).push_back(':');
    key.append(static_cast<const char*>(data), size);
  };
  for (const auto& value : values) {
    const auto& payload = value.payload();
    if (const auto* b = std::get_if<bool>(&payload)) {
      put('b', b, sizeof(*b));
    } else if (const auto* i = std::get_if<int64_t>(&payload)) {
      put('i', i, sizeof(*i));
    } else if (const auto* n = std::get_if<type::int128_t>(&payload)) {
      put('n', n, sizeof(*n));
    } else if (const auto* s = std::get_if<std::string>(&payload)) {
      put('s', s->data(), s->size());
    } else if (const auto* f = std::get_if<float>(&payload)) {
      const double wide = *f;
      put('d', &wide, sizeof(wide));
    } else if (const auto* d = std::get_if<double>(&payload)) {
      put('d', d, sizeof(*d));
    } else {
      put('0', "", 0);
    }
  }
  return key;
}

/// The one data file that a position delete file speaks of, where its entry tells.
std::optional<std::string> OnlyTarget(const DataFile& file) {
  if (file.referenced_data_file) {
    return file.referenced_data_file;
  }
  const auto lower = file.lower_bounds.find(kFilePathFieldId);
  const auto upper = file.upper_bounds.find(kFilePathFieldId);
  if (lower != file.lower_bounds.end() && upper != file.upper_bounds.end() &&
      lower->second == upper->second) {
    return lower->second;
  }
  return std::nullopt;
}

}  // namespace

struct DeleteIndex::PositionFile {
  DataFile file;
  mutable std::mutex mutex;  // guards `rows`
  mutable std::shared_ptr<const PositionDeletes> rows;

  Result<std::shared_ptr<const PositionDeletes>> Read(
      const std::shared_ptr<const functions::QueryContext>& context) const {
    const std::lock_guard<std::mutex> lock(mutex);
    if (rows == nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto read, ReadPositionDeletes({file}, context));
      rows = std::make_shared<const PositionDeletes>(std::move(read));
    }
    return rows;
  }
};

struct DeleteIndex::EqualityGroup {
  std::vector<DataFile> files;
  int64_t newest = 0;
  mutable std::mutex mutex;  // guards `rows`
  mutable std::shared_ptr<const EqualityDeletes> rows;
};

DeleteIndex::DeleteIndex(std::shared_ptr<const TableMetadata> metadata,
                         std::shared_ptr<const functions::QueryContext> context)
    : metadata_(std::move(metadata)), context_(std::move(context)) {}

DeleteIndex::~DeleteIndex() = default;

bool DeleteIndex::empty() const {
  return vectors_.empty() && by_path_.empty() && by_partition_.empty() && equality_.empty();
}

void DeleteIndex::Add(DataFile file) {
  if (file.content == FileContent::kEqualityDeletes) {
    const auto* spec = metadata_->FindSpec(file.spec_id);
    const bool global = spec != nullptr && spec->fields.empty();
    auto& group =
        equality_[global ? "" : PartitionKey(file.spec_id, file.partition)][file.equality_ids];
    if (group == nullptr) {
      group = std::make_unique<EqualityGroup>();
    }
    group->newest = std::max(group->newest, file.data_sequence_number);
    group->files.push_back(std::move(file));
    return;
  }
  if (file.is_deletion_vector() && file.referenced_data_file) {
    DataFile& known = vectors_[*file.referenced_data_file];
    if (known.data_sequence_number <= file.data_sequence_number) {
      known = std::move(file);
    }
    return;
  }
  const auto target = OnlyTarget(file);
  auto& list =
      target ? by_path_[*target] : by_partition_[PartitionKey(file.spec_id, file.partition)];
  list.push_back(std::make_unique<PositionFile>());
  list.back()->file = std::move(file);
}

std::vector<const DeleteIndex::PositionFile*> DeleteIndex::PositionFilesFor(
    const DeleteTarget& target) const {
  std::vector<const PositionFile*> found;
  const auto take = [&](const auto& list) {
    for (const auto& file : list) {
      if (file->file.data_sequence_number >= target.data_sequence_number) {
        found.push_back(file.get());
      }
    }
  };
  if (const auto at = by_path_.find(target.path); at != by_path_.end()) {
    take(at->second);
  }
  if (!by_partition_.empty()) {
    const auto at = by_partition_.find(PartitionKey(target.spec_id, target.partition));
    if (at != by_partition_.end()) {
      take(at->second);
    }
  }
  return found;
}

std::vector<const DeleteIndex::EqualityGroup*> DeleteIndex::GroupsFor(
    const DeleteTarget& target) const {
  std::vector<const EqualityGroup*> found;
  if (equality_.empty()) {
    return found;
  }
  for (const auto& key : {std::string(), PartitionKey(target.spec_id, target.partition)}) {
    const auto at = equality_.find(key);
    if (at == equality_.end()) {
      continue;
    }
    for (const auto& [ids, group] : at->second) {
      if (group->newest > target.data_sequence_number) {
        found.push_back(group.get());
      }
    }
  }
  return found;
}

bool DeleteIndex::MayDelete(const DeleteTarget& target) const {
  return vectors_.count(target.path) != 0 || !PositionFilesFor(target).empty() ||
         !GroupsFor(target).empty();
}

Result<std::shared_ptr<const std::vector<int64_t>>> DeleteIndex::Positions(
    const DeleteTarget& target) const {
  using Rows = std::shared_ptr<const std::vector<int64_t>>;
  const auto vector = vectors_.find(target.path);
  if (vector != vectors_.end() &&
      vector->second.data_sequence_number >= target.data_sequence_number) {
    // A deletion vector holds what older position delete files said too.
    ARROW_ASSIGN_OR_RAISE(auto rows, ReadDeletionVector(vector->second));
    return std::make_shared<const std::vector<int64_t>>(std::move(rows));
  }
  std::vector<Rows> lists;
  for (const auto* file : PositionFilesFor(target)) {
    ARROW_ASSIGN_OR_RAISE(const auto all, file->Read(context_));
    const auto at = all->find(target.path);
    if (at != all->end()) {
      lists.push_back(Rows(all, &at->second));
    }
  }
  if (lists.empty()) {
    return Rows();
  }
  if (lists.size() == 1) {
    return lists[0];
  }
  std::vector<int64_t> merged;
  for (const auto& list : lists) {
    merged.insert(merged.end(), list->begin(), list->end());
  }
  std::sort(merged.begin(), merged.end());
  merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
  return std::make_shared<const std::vector<int64_t>>(std::move(merged));
}

Result<std::vector<std::shared_ptr<const EqualityDeletes>>> DeleteIndex::Equality(
    const DeleteTarget& target) const {
  std::vector<std::shared_ptr<const EqualityDeletes>> sets;
  for (const auto* group : GroupsFor(target)) {
    const std::lock_guard<std::mutex> lock(group->mutex);
    if (group->rows == nullptr) {
      ARROW_ASSIGN_OR_RAISE(group->rows, EqualityDeletes::Read(group->files, *metadata_, context_));
    }
    sets.push_back(group->rows);
  }
  return sets;
}

}  // namespace emery::table::iceberg
