#include <algorithm>
#include <utility>

#include "table/files/files_table_internal.h"

namespace emery::table {

namespace {

/// Whether Spark leaves a path component out: "_temporary", "_SUCCESS", ".part.crc" — but not the
/// partition folder "_a=1".
bool IsHidden(std::string_view name) {
  return name.starts_with('.') || (name.starts_with('_') && name.find('=') == name.npos) ||
         name.ends_with("._COPYING_");
}

bool HasHiddenPart(std::string_view relative) {
  while (!relative.empty()) {
    const size_t slash = relative.find('/');
    if (IsHidden(relative.substr(0, slash))) {
      return true;
    }
    relative = slash == relative.npos ? "" : relative.substr(slash + 1);
  }
  return false;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

}  // namespace

Result<FileListing> ListFiles(const std::vector<std::string>& paths,
                              const std::optional<std::string>& base_path, bool may_be_missing) {
  FileListing listing;

  struct Found {
    io::ObjectInfo info;
    std::string relative;
  };

  std::vector<Found> found;
  std::string base;
  if (base_path.has_value()) {
    base = *base_path;
    const std::string given = base;
    ARROW_RETURN_NOT_OK(io::StoreFor(&base).status());
    base = (given.starts_with("memory:") ? "memory:" : "") + WithoutSlash(base);
  }
  for (const std::string& path : paths) {
    ARROW_ASSIGN_OR_RAISE(std::vector<io::ObjectInfo> roots, io::Glob(path));
    if (roots.empty() && !may_be_missing) {
      return Status(arrow::StatusCode::Invalid, "Path does not exist: " + path + ".",
                    std::make_shared<base::ErrorDetail>(
                        "PATH_NOT_FOUND", std::string(base::SqlStateOf("PATH_NOT_FOUND")),
                        base::ErrorParameters{{"path", path}}, base::Position{}));
    }
    const bool pattern = roots.size() != 1 || WithoutSlash(roots[0].path) != WithoutSlash(path);
    for (io::ObjectInfo& root : roots) {
      const bool folder = root.path.ends_with('/');
      const std::string root_path = WithoutSlash(root.path);
      listing.roots.push_back(root_path);
      const std::string name = root_path.substr(root_path.find_last_of('/') + 1);
      if (pattern && IsHidden(name)) {
        continue;  // a file named outright is read whatever its name
      }
      const auto relative_to_base = [&](const std::string& file, size_t fallback) {
        return !base.empty() && file.starts_with(base + "/") ? file.substr(base.size() + 1)
                                                             : file.substr(fallback);
      };
      if (!folder) {
        const size_t name_at = root_path.find_last_of('/') + 1;
        found.push_back({std::move(root), relative_to_base(root_path, name_at)});
        continue;
      }
      std::string store_path = root_path;
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<io::ObjectStore> store,
                            io::StoreFor(&store_path));
      const std::string scheme = root_path.substr(0, root_path.size() - store_path.size());
      ARROW_ASSIGN_OR_RAISE(std::vector<io::ObjectInfo> files, store->List(store_path, true));
      for (io::ObjectInfo& file : files) {
        file.path = scheme + file.path;
        const std::string below = file.path.substr(root_path.size() + 1);
        if (!HasHiddenPart(below)) {
          std::string relative = relative_to_base(file.path, root_path.size() + 1);
          found.push_back({std::move(file), std::move(relative)});
        }
      }
    }
  }
  bool first = true;
  for (Found& one : found) {
    std::vector<PartitionFolder> folders = PartitionFoldersOf(one.relative);
    std::vector<std::string> names;
    TableFile file;
    file.info = std::move(one.info);
    for (PartitionFolder& folder : folders) {
      names.push_back(std::move(folder.first));
      file.partition_text.push_back(std::move(folder.second));
    }
    if (first) {
      listing.partition_columns = std::move(names);
      first = false;
    } else if (names != listing.partition_columns) {
      return base::UserError(
          "CONFLICTING_PARTITION_COLUMN_NAMES",
          "Conflicting partition column names detected: the folders of " + file.info.path +
              " are not those of the other files. For partitioned tables all data files must lie "
              "in folders of the same partition columns.",
          {{"path", file.info.path}});
    }
    listing.files.push_back(std::move(file));
  }
  return listing;
}

}  // namespace emery::table
