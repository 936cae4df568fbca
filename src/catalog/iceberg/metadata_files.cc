#include "catalog/iceberg/metadata_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

#include <nlohmann/json.hpp>

#include "io/object_store.h"
#include "table/iceberg/data_writer.h"

namespace emery::catalog {

using nlohmann::json;
using table::iceberg::TableCommit;
using table::iceberg::TableMetadata;

namespace {

/// Adds the base's file to the log, and gives the files that fall out of it.
std::vector<std::string> ExtendLog(const TableMetadata& base, int64_t most, json* document) {
  json& log = (*document)["metadata-log"];
  if (!log.is_array()) {
    log = json::array();
  }
  log.push_back(
      {{"timestamp-ms", base.last_updated_ms}, {"metadata-file", base.metadata_location}});
  std::vector<std::string> dropped;
  while (static_cast<int64_t>(log.size()) > std::max<int64_t>(most, 1)) {
    dropped.push_back(log.front().value("metadata-file", ""));
    log.erase(log.begin());
  }
  return dropped;
}

}  // namespace

std::string NextMetadataLocation(const TableMetadata& metadata, const std::string& base_location) {
  int64_t number = 0;
  if (!base_location.empty()) {
    const std::string name = base_location.substr(base_location.rfind('/') + 1);
    const size_t at = !name.empty() && name[0] == 'v' ? 1 : 0;
    if (std::from_chars(name.data() + at, name.data() + name.size(), number).ec == std::errc()) {
      ++number;
    }
  }
  char text[24];
  std::snprintf(text, sizeof(text), "%05lld", static_cast<long long>(number));
  return metadata.Property("write.metadata.path", metadata.location + "/metadata") + "/" + text +
         "-" + table::iceberg::NewUuid() + ".metadata.json";
}

Result<std::shared_ptr<const TableMetadata>> MetadataFileOperations::Refresh() {
  ARROW_ASSIGN_OR_RAISE(const std::string location, CurrentLocation());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (cached_ != nullptr && cached_->metadata_location == location) {
      return cached_;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto metadata, table::iceberg::ReadTableMetadata(location));
  const std::lock_guard<std::mutex> lock(mutex_);
  cached_ = metadata;
  return metadata;
}

Result<std::shared_ptr<const TableMetadata>> MetadataFileOperations::Commit(
    const TableCommit& commit) {
  std::shared_ptr<const TableMetadata> current;
  if (commit.base != nullptr) {
    ARROW_ASSIGN_OR_RAISE(current, Refresh());
  }
  ARROW_RETURN_NOT_OK(table::iceberg::CheckRequirements(current.get(), commit.requirements));
  ARROW_ASSIGN_OR_RAISE(auto updated, table::iceberg::ApplyUpdates(current.get(), commit.updates,
                                                                   table::iceberg::NowMs()));
  json document = *updated->document;
  std::vector<std::string> dropped;
  if (current != nullptr) {
    dropped = ExtendLog(*current, updated->PropertyInt("write.metadata.previous-versions-max", 100),
                        &document);
  }
  const std::string text = document.dump();
  ARROW_ASSIGN_OR_RAISE(const std::string location,
                        Swap(current == nullptr ? "" : current->metadata_location, *updated, text));
  ARROW_ASSIGN_OR_RAISE(auto committed,
                        table::iceberg::ParseTableMetadata(
                            std::make_shared<const json>(std::move(document)), location));
  if (updated->PropertyBool("write.metadata.delete-after-commit.enabled", false)) {
    table::iceberg::DeleteFilesQuietly(dropped);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  cached_ = committed;
  return committed;
}

}  // namespace emery::catalog
