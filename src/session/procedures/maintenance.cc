// expire_snapshots and remove_orphan_files.
#include "table/iceberg/maintenance.h"

#include "session/procedures/procedure.h"

namespace emery::session {

using type::Value;

namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;

Result<ProcedureRows> ExpireSnapshots(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  table::iceberg::ExpireRequest request;
  if (call.Has("older_than")) {
    request.older_than_ms = call.Number("older_than", 0) / 1000;
  }
  if (call.Has("retain_last")) {
    request.retain_last = static_cast<int32_t>(call.Number("retain_last", 1));
    if (*request.retain_last < 1) {
      return InvalidArgument("Number of snapshots to retain must be at least 1, cannot be: " +
                             std::to_string(*request.retain_last) + ".");
    }
  }
  if (call.Has("snapshot_ids")) {
    for (const auto& id : call.Argument("snapshot_ids").list()) {
      if (!id.is_null()) {
        request.snapshot_ids.push_back(table::iceberg::SnapshotId{id.integer()});
      }
    }
    if (!call.Has("older_than") && !call.Has("retain_last")) {
      request.older_than_ms = INT64_MIN;  // these only
    }
  }
  request.clean_expired_metadata = call.Bool("clean_expired_metadata", false);
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::iceberg::ExpireSnapshots(operations.get(), request));
  return ProcedureRows{
      {Value::Int(result.deleted_data_files), Value::Int(result.deleted_position_delete_files),
       Value::Int(result.deleted_equality_delete_files), Value::Int(result.deleted_manifests),
       Value::Int(result.deleted_manifest_lists), Value::Int(result.deleted_statistics_files)}};
}

Result<ProcedureRows> RemoveOrphanFiles(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  const int64_t now = table::iceberg::NowMs();
  int64_t older_than = now - 3 * kDayMs;
  const bool dry_run = call.Bool("dry_run", false);
  if (call.Has("older_than")) {
    older_than = call.Number("older_than", 0) / 1000;
    if (now - older_than < kDayMs) {
      return InvalidArgument(
          "Cannot remove orphan files with an interval less than 24 hours. Executing this "
          "procedure with a short interval may corrupt the table if other operations are happening "
          "at the same time.");
    }
  }
  std::optional<std::string> location;
  if (call.Has("location")) {
    location = call.Text("location");
  }
  ARROW_ASSIGN_OR_RAISE(const auto orphans, table::iceberg::RemoveOrphanFiles(
                                                operations.get(), location, older_than, dry_run));
  ProcedureRows rows;
  for (const auto& path : orphans) {
    rows.push_back({Value::String(path)});
  }
  return rows;
}

const ProcedureRegistration kExpire(
    "expire_snapshots",
    {{"table", type::String(), true},
     {"older_than", type::Timestamp(), false},
     {"retain_last", type::Int(), false},
     {"max_concurrent_deletes", type::Int(), false},
     {"stream_results", type::Boolean(), false},
     {"snapshot_ids", type::Array(type::Long()), false},
     {"clean_expired_metadata", type::Boolean(), false}},
    {ProcedureColumn("deleted_data_files_count", type::Long(), true),
     ProcedureColumn("deleted_position_delete_files_count", type::Long(), true),
     ProcedureColumn("deleted_equality_delete_files_count", type::Long(), true),
     ProcedureColumn("deleted_manifest_files_count", type::Long(), true),
     ProcedureColumn("deleted_manifest_lists_count", type::Long(), true),
     ProcedureColumn("deleted_statistics_files_count", type::Long(), true)},
    ExpireSnapshots);
const ProcedureRegistration kOrphans(
    "remove_orphan_files",
    {{"table", type::String(), true},
     {"older_than", type::Timestamp(), false},
     {"location", type::String(), false},
     {"dry_run", type::Boolean(), false},
     {"max_concurrent_deletes", type::Int(), false},
     {"file_list_view", type::String(), false},
     {"equal_schemes", type::Map(type::String(), type::String()), false},
     {"equal_authorities", type::Map(type::String(), type::String()), false},
     {"prefix_mismatch_mode", type::String(), false},
     {"prefix_listing", type::Boolean(), false}},
    {ProcedureColumn("orphan_file_location", type::String(), false)}, RemoveOrphanFiles);

}  // namespace

}  // namespace emery::session
