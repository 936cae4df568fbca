#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

struct ExpireRequest {
  std::optional<int64_t> older_than_ms;  // default: by history.expire.max-snapshot-age-ms
  std::optional<int32_t> retain_last;    // default: history.expire.min-snapshots-to-keep
  std::vector<SnapshotId> snapshot_ids;  // these in any case
  bool clean_expired_metadata = false;   // also specs and schemas that nothing uses
};

struct ExpireResult {
  int64_t deleted_data_files = 0;
  int64_t deleted_position_delete_files = 0;
  int64_t deleted_equality_delete_files = 0;
  int64_t deleted_manifests = 0;
  int64_t deleted_manifest_lists = 0;
  int64_t deleted_statistics_files = 0;
};

/// Removes snapshots that no ref keeps (Iceberg specification, "Snapshot Retention Policy"), refs
/// that are too old, and then the files that only they reached. Files are deleted only after the
/// commit, and none where its outcome is unknown. Errors: gc.enabled is false; a ref's snapshot is
/// to go.
Result<ExpireResult> ExpireSnapshots(TableOperations* operations, const ExpireRequest& request);

/// Files below `location` (default: the table's) that no snapshot, nor the metadata log, names and
/// that are older than `older_than_ms`; unless `dry_run` they are deleted.
Result<std::vector<std::string>> RemoveOrphanFiles(TableOperations* operations,
                                                   const std::optional<std::string>& location,
                                                   int64_t older_than_ms, bool dry_run);

}  // namespace emery::table::iceberg
