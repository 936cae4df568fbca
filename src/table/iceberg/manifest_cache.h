#pragma once

#include <functional>
#include <memory>

#include "table/iceberg/manifest_entries.h"

namespace emery::table::iceberg {

/// A manifest's entries, from memory where it was read before. Manifests never change under their
/// path, but a path can be used again after a table was dropped: size and time of the file are
/// compared. What is kept is bounded; least recently used ones go first. Thread-safe.
/// Errors: as ManifestEntries::Read.
Result<std::shared_ptr<const ManifestEntries>> CachedManifest(const ManifestFile& manifest,
                                                              const PartitionSpec& spec);

/// The same for a manifest list.
Result<std::shared_ptr<const std::vector<ManifestFile>>> CachedManifestList(
    const std::string& location);

/// Calls `work` for 0 to count - 1, on several threads where that pays. Gives the first error; then
/// the rest is left out.
Status ForEachManifest(size_t count, const std::function<Status(size_t)>& work);

}  // namespace emery::table::iceberg
