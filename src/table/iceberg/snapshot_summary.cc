#include <algorithm>
#include <charconv>

#include "table/iceberg/snapshot_summary_internal.h"

namespace emery::table::iceberg {

void SnapshotSummary::Count(const DataFile& file, Counts* counts) {
  // Files of a partition mostly come together; sorted order is kept for the rest.
  const auto key = std::pair(file.spec_id, file.partition);
  if (partitions_.empty() || partitions_.back() != key) {
    const auto found = std::find(partitions_.rbegin(), partitions_.rend(), key);
    if (found == partitions_.rend()) {
      partitions_.push_back(key);
    } else {
      std::swap(*found, partitions_.back());
    }
  }
  counts->bytes +=
      file.is_deletion_vector() ? file.content_size_in_bytes.value_or(0) : file.file_size_in_bytes;
  switch (file.content) {
    case FileContent::kData:
      ++counts->data_files;
      counts->records += file.record_count;
      break;
    case FileContent::kPositionDeletes:
      ++counts->delete_files;
      ++(file.is_deletion_vector() ? counts->deletion_vectors : counts->position_delete_files);
      counts->position_deletes += file.record_count;
      break;
    case FileContent::kEqualityDeletes:
      ++counts->delete_files;
      ++counts->equality_delete_files;
      counts->equality_deletes += file.record_count;
      break;
  }
}

void SnapshotSummary::Build(const std::map<std::string, std::string>* previous,
                            std::map<std::string, std::string>* summary) const {
  const auto set = [&](const char* key, int64_t value) {
    if (value > 0) {
      (*summary)[key] = std::to_string(value);
    }
  };
  set("added-files-size", added_.bytes);
  set("removed-files-size", removed_.bytes);
  set("added-data-files", added_.data_files);
  set("deleted-data-files", removed_.data_files);
  set("added-delete-files", added_.delete_files);
  set("removed-delete-files", removed_.delete_files);
  set("added-position-delete-files", added_.position_delete_files);
  set("removed-position-delete-files", removed_.position_delete_files);
  set("added-equality-delete-files", added_.equality_delete_files);
  set("removed-equality-delete-files", removed_.equality_delete_files);
  set("added-dvs", added_.deletion_vectors);
  set("removed-dvs", removed_.deletion_vectors);
  set("added-records", added_.records);
  set("deleted-records", removed_.records);
  set("added-position-deletes", added_.position_deletes);
  set("removed-position-deletes", removed_.position_deletes);
  set("added-equality-deletes", added_.equality_deletes);
  set("removed-equality-deletes", removed_.equality_deletes);
  (*summary)["changed-partition-count"] = std::to_string(partitions_.size());
  const auto total = [&](const char* key, int64_t change) {
    int64_t before = 0;
    if (previous != nullptr) {
      const auto found = previous->find(key);
      if (found == previous->end()) {
        return;  // not known, so that it isn't known after either
      }
      const std::string& text = found->second;
      if (std::from_chars(text.data(), text.data() + text.size(), before).ec != std::errc()) {
        return;
      }
    }
    if (before + change >= 0) {
      (*summary)[key] = std::to_string(before + change);
    }
  };
  total("total-records", added_.records - removed_.records);
  total("total-files-size", added_.bytes - removed_.bytes);
  total("total-data-files", added_.data_files - removed_.data_files);
  total("total-delete-files", added_.delete_files - removed_.delete_files);
  total("total-position-deletes", added_.position_deletes - removed_.position_deletes);
  total("total-equality-deletes", added_.equality_deletes - removed_.equality_deletes);
}

}  // namespace emery::table::iceberg
