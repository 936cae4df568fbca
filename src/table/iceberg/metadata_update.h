#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// One change of a table's metadata in the words of Iceberg's REST catalog specification
/// ({"action": "add-snapshot", …}), so that a catalog may apply it itself or send it on.
struct MetadataUpdate {
  std::shared_ptr<const nlohmann::json> json;
};

/// What must hold of the table for a change to be made ({"type": "assert-ref-snapshot-id", …}).
struct Requirement {
  std::shared_ptr<const nlohmann::json> json;
};

/// As the id of a schema, spec or sort order: the one that the same change added last.
inline constexpr int32_t kLastAdded = -1;

MetadataUpdate AssignUuid(const std::string& uuid);
MetadataUpdate UpgradeFormatVersion(int format_version);
/// `schema`, `spec`, `order`: as in the metadata file; their ids may be left out or are changed to
/// that of an equal one, or the next free one.
MetadataUpdate AddSchema(const nlohmann::json& schema);
MetadataUpdate SetCurrentSchema(int32_t schema_id);
MetadataUpdate AddPartitionSpec(const nlohmann::json& spec);
MetadataUpdate SetDefaultSpec(int32_t spec_id);
MetadataUpdate AddSortOrder(const nlohmann::json& order);
MetadataUpdate SetDefaultSortOrder(int32_t order_id);
MetadataUpdate AddSnapshot(const Snapshot& snapshot);
MetadataUpdate SetSnapshotRef(const std::string& name, const SnapshotReference& reference);
MetadataUpdate RemoveSnapshotRef(const std::string& name);
MetadataUpdate RemoveSnapshots(const std::vector<SnapshotId>& ids);
MetadataUpdate SetLocation(const std::string& location);
MetadataUpdate SetProperties(const std::map<std::string, std::string>& properties);
MetadataUpdate RemoveProperties(const std::vector<std::string>& keys);
MetadataUpdate SetStatistics(const nlohmann::json& statistics);
MetadataUpdate RemoveStatistics(SnapshotId snapshot_id);
MetadataUpdate SetPartitionStatistics(const nlohmann::json& statistics);
MetadataUpdate RemovePartitionStatistics(SnapshotId snapshot_id);
MetadataUpdate RemovePartitionSpecs(const std::vector<int32_t>& spec_ids);
MetadataUpdate RemoveSchemas(const std::vector<int32_t>& schema_ids);

Requirement AssertCreate();
Requirement AssertUuid(const std::string& uuid);
/// No id: the ref must not exist.
Requirement AssertRefSnapshotId(const std::string& ref, const std::optional<SnapshotId>& id);
Requirement AssertLastAssignedFieldId(int32_t id);
Requirement AssertCurrentSchemaId(int32_t id);
Requirement AssertLastAssignedPartitionId(int32_t id);
Requirement AssertDefaultSpecId(int32_t id);
Requirement AssertDefaultSortOrderId(int32_t id);

/// The metadata after `updates` in order; `base` null: a new table, whose updates begin with
/// AssignUuid, UpgradeFormatVersion and so on. Members that are not known here stay as they are.
/// Refs, snapshot log, last-updated-ms, sequence numbers and row ids follow the specification; the
/// metadata log is the writer's of the file. Errors: what the specification forbids.
Result<std::shared_ptr<const TableMetadata>> ApplyUpdates(
    const TableMetadata* base, const std::vector<MetadataUpdate>& updates, int64_t now_ms);

/// `base` null: there is no table. Errors: a commit conflict (table_operations.h) that says which.
Status CheckRequirements(const TableMetadata* base, const std::vector<Requirement>& requirements);

// ---- the JSON of a metadata file's parts ----

/// A schema of types as they are here; ids as in the fields.
Result<nlohmann::json> SchemaToJson(const TableSchema& schema);
/// A type, as Iceberg writes it. Errors: UNSUPPORTED_FEATURE for types that Iceberg has not (byte
/// and short become int, char and varchar string).
Result<nlohmann::json> TypeToJson(const type::TypePtr& type);
nlohmann::json SpecToJson(const PartitionSpec& spec);
nlohmann::json SortOrderToJson(const SortOrder& order);
nlohmann::json SnapshotToJson(const Snapshot& snapshot);
/// `schema` with ids given anew to all fields at every depth, from `*next_id` on, in Iceberg's
/// order: all fields of a struct before the fields inside them.
type::Schema AssignFieldIds(const type::Schema& schema, int32_t* next_id);

}  // namespace emery::table::iceberg
