// Procedures that move refs: rollback, set_current_snapshot, cherrypick, publish, fast_forward,
// ancestors_of.
#include <algorithm>
#include <set>

#include "session/procedures/procedure.h"
#include "table/iceberg/cherry_pick.h"
#include "table/iceberg/table_operations.h"

namespace emery::session {

using table::iceberg::MetadataUpdate;
using table::iceberg::Snapshot;
using table::iceberg::SnapshotId;
using table::iceberg::SnapshotReference;
using table::iceberg::TableMetadata;
using type::Value;

namespace {

Value IdOrNull(const std::optional<SnapshotId>& id) {
  return id ? Value::Int(id->value) : Value();
}

bool IsAncestor(const TableMetadata& metadata, SnapshotId wanted, std::optional<SnapshotId> from) {
  while (from) {
    if (*from == wanted) {
      return true;
    }
    const auto* snapshot = metadata.FindSnapshot(*from);
    from = snapshot == nullptr ? std::nullopt : snapshot->parent_snapshot_id;
  }
  return false;
}

std::vector<MetadataUpdate> MoveMain(const TableMetadata& base, SnapshotId id) {
  SnapshotReference reference;
  const auto main = base.refs.find(table::iceberg::kMainBranch);
  if (main != base.refs.end()) {
    reference = main->second;
  }
  if (base.current_snapshot_id == id) {
    return {};
  }
  reference.snapshot_id = id;
  return {table::iceberg::SetSnapshotRef(table::iceberg::kMainBranch, reference)};
}

/// Commits main at what `choose` gives, and answers with the previous and the new snapshot.
template <class F>
Result<ProcedureRows> MoveTo(const ProcedureCall& call, F choose) {
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  std::optional<SnapshotId> previous;
  SnapshotId next;
  ARROW_RETURN_NOT_OK(table::iceberg::CommitWithRetry(
                          operations.get(),
                          [&](const TableMetadata& base) -> Result<std::vector<MetadataUpdate>> {
                            previous = base.current_snapshot_id;
                            ARROW_ASSIGN_OR_RAISE(next, choose(base));
                            return MoveMain(base, next);
                          })
                          .status());
  return ProcedureRows{{IdOrNull(previous), Value::Int(next.value)}};
}

Result<ProcedureRows> RollbackToSnapshot(const ProcedureCall& call) {
  const SnapshotId id{call.Number("snapshot_id", -1)};
  return MoveTo(call, [&](const TableMetadata& base) -> Result<SnapshotId> {
    if (base.FindSnapshot(id) == nullptr) {
      return InvalidArgument(
          "Cannot roll back to unknown snapshot id: " + std::to_string(id.value) + ".");
    }
    if (!IsAncestor(base, id, base.current_snapshot_id)) {
      return InvalidArgument(
          "Cannot roll back to snapshot, not an ancestor of the current state: " +
          std::to_string(id.value) + ".");
    }
    return id;
  });
}

Result<ProcedureRows> RollbackToTimestamp(const ProcedureCall& call) {
  const int64_t ms = call.Number("timestamp", 0) / 1000;
  return MoveTo(call, [&](const TableMetadata& base) -> Result<SnapshotId> {
    std::optional<SnapshotId> at = base.current_snapshot_id;
    while (at) {
      const Snapshot* snapshot = base.FindSnapshot(*at);
      if (snapshot == nullptr) {
        break;
      }
      if (snapshot->timestamp_ms < ms) {
        return snapshot->snapshot_id;
      }
      at = snapshot->parent_snapshot_id;
    }
    return InvalidArgument("Cannot roll back, no valid snapshot older than: " + std::to_string(ms) +
                           ".");
  });
}

Result<ProcedureRows> SetCurrentSnapshot(const ProcedureCall& call) {
  if (call.Has("snapshot_id") == call.Has("ref")) {
    return InvalidArgument("Either snapshot_id or ref must be provided, not both.");
  }
  return MoveTo(call, [&](const TableMetadata& base) -> Result<SnapshotId> {
    if (call.Has("ref")) {
      const auto ref = base.refs.find(call.Text("ref"));
      if (ref == base.refs.end()) {
        return InvalidArgument("Cannot find matching snapshot ID for ref " + call.Text("ref") +
                               ".");
      }
      return ref->second.snapshot_id;
    }
    const SnapshotId id{call.Number("snapshot_id", -1)};
    if (base.FindSnapshot(id) == nullptr) {
      return InvalidArgument(
          "Cannot roll back to unknown snapshot id: " + std::to_string(id.value) + ".");
    }
    return id;
  });
}

Result<ProcedureRows> Cherrypick(const ProcedureCall& call) {
  const SnapshotId id{call.Number("snapshot_id", -1)};
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, table::iceberg::CherryPick(operations.get(), id));
  return ProcedureRows{{Value::Int(id.value), IdOrNull(metadata->current_snapshot_id)}};
}

Result<ProcedureRows> PublishChanges(const ProcedureCall& call) {
  const std::string wap_id = call.Text("wap_id");
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  ARROW_ASSIGN_OR_RAISE(const auto before, operations->Refresh());
  for (const auto& snapshot : before->snapshots) {
    const auto found = snapshot.summary.find("wap.id");
    if (found != snapshot.summary.end() && found->second == wap_id) {
      ARROW_ASSIGN_OR_RAISE(const auto metadata,
                            table::iceberg::CherryPick(operations.get(), snapshot.snapshot_id));
      return ProcedureRows{
          {Value::Int(snapshot.snapshot_id.value), IdOrNull(metadata->current_snapshot_id)}};
    }
  }
  return InvalidArgument("Cannot apply unknown WAP ID '" + wap_id + "'.");
}

Result<ProcedureRows> FastForward(const ProcedureCall& call) {
  const std::string branch = call.Text("branch");
  const std::string to = call.Text("to");
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  std::optional<SnapshotId> previous;
  SnapshotId next;
  ARROW_RETURN_NOT_OK(
      table::iceberg::CommitWithRetry(
          operations.get(),
          [&](const TableMetadata& base) -> Result<std::vector<MetadataUpdate>> {
            const auto source = base.refs.find(to);
            if (source == base.refs.end()) {
              return InvalidArgument("Ref does not exist: " + to + ".");
            }
            next = source->second.snapshot_id;
            SnapshotReference reference;
            const auto target = base.refs.find(branch);
            previous.reset();
            if (target != base.refs.end()) {
              if (!target->second.is_branch) {
                return InvalidArgument("Ref " + branch + " is a tag, not a branch.");
              }
              reference = target->second;
              previous = reference.snapshot_id;
              if (*previous == next) {
                return std::vector<MetadataUpdate>{};
              }
              if (!IsAncestor(base, *previous, next)) {
                return InvalidArgument("Cannot fast-forward: " + branch +
                                       " is not an ancestor of " + to + ".");
              }
            }
            reference.snapshot_id = next;
            return std::vector<MetadataUpdate>{table::iceberg::SetSnapshotRef(branch, reference)};
          })
          .status());
  return ProcedureRows{{Value::String(branch), IdOrNull(previous), Value::Int(next.value)}};
}

Result<ProcedureRows> AncestorsOf(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto operations, call.Table("table"));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, operations->Refresh());
  std::optional<SnapshotId> at = metadata->current_snapshot_id;
  if (call.Has("snapshot_id")) {
    at = SnapshotId{call.Number("snapshot_id", -1)};
  }
  ProcedureRows rows;
  std::set<SnapshotId> seen;
  while (at && seen.insert(*at).second) {
    const Snapshot* snapshot = metadata->FindSnapshot(*at);
    if (snapshot == nullptr) {
      break;
    }
    rows.push_back({Value::Int(at->value), Value::Int(snapshot->timestamp_ms)});
    at = snapshot->parent_snapshot_id;
  }
  return rows;
}

Result<ProcedureRows> RegisterTable(const ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(auto* iceberg, call.Iceberg());
  ARROW_ASSIGN_OR_RAISE(const auto id, call.Identify("table"));
  ARROW_RETURN_NOT_OK(iceberg->RegisterTable(id, call.Text("metadata_file")));
  ARROW_ASSIGN_OR_RAISE(const auto operations, iceberg->LoadOperations(id));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, operations->Refresh());
  const auto* snapshot = metadata->FindRef(table::iceberg::kMainBranch);
  if (snapshot == nullptr) {
    return ProcedureRows{{Value(), Value(), Value()}};
  }
  const auto count = [&](const char* key) {
    const auto found = snapshot->summary.find(key);
    return found == snapshot->summary.end() ? Value() : Value::Int(std::stoll(found->second));
  };
  return ProcedureRows{
      {Value::Int(snapshot->snapshot_id.value), count("total-records"), count("total-data-files")}};
}

type::Schema MovedColumns() {
  return {ProcedureColumn("previous_snapshot_id", type::Long(), true),
          ProcedureColumn("current_snapshot_id", type::Long(), false)};
}

type::Schema PickedColumns() {
  return {ProcedureColumn("source_snapshot_id", type::Long(), false),
          ProcedureColumn("current_snapshot_id", type::Long(), false)};
}

const ProcedureRegistration kRollbackToSnapshot("rollback_to_snapshot",
                                                {{"table", type::String(), true},
                                                 {"snapshot_id", type::Long(), true}},
                                                MovedColumns(), RollbackToSnapshot);
const ProcedureRegistration kRollbackToTimestamp("rollback_to_timestamp",
                                                 {{"table", type::String(), true},
                                                  {"timestamp", type::Timestamp(), true}},
                                                 MovedColumns(), RollbackToTimestamp);
const ProcedureRegistration kSetCurrentSnapshot("set_current_snapshot",
                                                {{"table", type::String(), true},
                                                 {"snapshot_id", type::Long(), false},
                                                 {"ref", type::String(), false}},
                                                MovedColumns(), SetCurrentSnapshot);
const ProcedureRegistration kCherrypick("cherrypick_snapshot",
                                        {{"table", type::String(), true},
                                         {"snapshot_id", type::Long(), true}},
                                        PickedColumns(), Cherrypick);
const ProcedureRegistration kPublish("publish_changes",
                                     {{"table", type::String(), true},
                                      {"wap_id", type::String(), true}},
                                     PickedColumns(), PublishChanges);
const ProcedureRegistration kFastForward("fast_forward",
                                         {{"table", type::String(), true},
                                          {"branch", type::String(), true},
                                          {"to", type::String(), true}},
                                         {ProcedureColumn("branch_updated", type::String(), false),
                                          ProcedureColumn("previous_ref", type::Long(), true),
                                          ProcedureColumn("updated_ref", type::Long(), false)},
                                         FastForward);
const ProcedureRegistration kAncestors("ancestors_of",
                                       {{"table", type::String(), true},
                                        {"snapshot_id", type::Long(), false}},
                                       {ProcedureColumn("snapshot_id", type::Long(), true),
                                        ProcedureColumn("timestamp", type::Long(), true)},
                                       AncestorsOf);
const ProcedureRegistration kRegister(
    "register_table", {{"table", type::String(), true}, {"metadata_file", type::String(), true}},
    {ProcedureColumn("current_snapshot_id", type::Long(), true),
     ProcedureColumn("total_records_count", type::Long(), true),
     ProcedureColumn("total_data_files_count", type::Long(), true)},
    RegisterTable);

}  // namespace

}  // namespace emery::session
