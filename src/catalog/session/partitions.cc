#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/session/table_record_internal.h"
#include "io/object_store.h"
#include "table/files/partition_folders.h"

namespace emery::catalog::session {

namespace {

Status ListLevel(io::ObjectStore* store, const std::string& folder,
                 const std::vector<std::string>& columns, table::PartitionValues* prefix,
                 std::vector<table::PartitionValues>* found) {
  if (prefix->size() == columns.size()) {
    found->push_back(*prefix);
    return Status::OK();
  }
  Result<std::vector<io::ObjectInfo>> entries = store->List(folder, false);
  if (!entries.ok()) {
    return io::IsNotFound(entries.status()) ? Status::OK() : entries.status();
  }
  for (const io::ObjectInfo& entry : *entries) {
    if (entry.path.empty() || entry.path.back() != '/') {
      continue;
    }
    const std::string path = entry.path.substr(0, entry.path.size() - 1);
    const std::string last = path.substr(path.rfind('/') + 1);
    const size_t equals = last.find('=');
    if (equals == std::string::npos || last[0] == '_' || last[0] == '.') {
      continue;
    }
    const std::string value = table::UnescapePartitionText(last.substr(equals + 1));
    prefix->emplace_back(columns[prefix->size()], value == table::kHiveDefaultPartition
                                                      ? std::nullopt
                                                      : std::optional(value));
    ARROW_RETURN_NOT_OK(ListLevel(store, path, columns, prefix, found));
    prefix->pop_back();
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<table::PartitionValues>> ListPartitions(
    const std::string& location, const std::vector<std::string>& columns) {
  std::string path = location;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  std::vector<table::PartitionValues> found;
  table::PartitionValues prefix;
  ARROW_RETURN_NOT_OK(ListLevel(store.get(), path, columns, &prefix, &found));
  std::sort(found.begin(), found.end(),
            [](const table::PartitionValues& a, const table::PartitionValues& b) {
              return PartitionPath(a) < PartitionPath(b);
            });
  return found;
}

std::string PartitionPath(const table::PartitionValues& values) {
  std::string path;
  for (const auto& [column, value] : values) {
    if (!path.empty()) {
      path += '/';
    }
    path += table::EscapePartitionText(column);
    path += '=';
    if (value && !value->empty()) {
      path += table::EscapePartitionText(*value);
    } else {
      path += table::kHiveDefaultPartition;
    }
  }
  return path;
}

}  // namespace emery::catalog::session
