// JSON of the parts of a metadata file (Iceberg specification, appendix C).
#include <nlohmann/json.hpp>

#include "table/iceberg/metadata_update.h"

namespace emery::table::iceberg {

using nlohmann::json;
using type::TypeId;

namespace {

Result<json> FieldToJson(const type::Field& field) {
  json j = {{"id", field.field_id}, {"name", field.name}, {"required", !field.nullable}};
  ARROW_ASSIGN_OR_RAISE(j["type"], TypeToJson(field.type));
  if (field.comment) {
    j["doc"] = *field.comment;
  }
  return j;
}

json IdsOf(const std::vector<SnapshotId>& ids) {
  json j = json::array();
  for (const auto id : ids) {
    j.push_back(id.value);
  }
  return j;
}

MetadataUpdate Update(json j) {
  return {std::make_shared<const json>(std::move(j))};
}

Requirement Require(json j) {
  return {std::make_shared<const json>(std::move(j))};
}

}  // namespace

Result<json> TypeToJson(const type::TypePtr& type) {
  switch (type->id()) {
    case TypeId::kBoolean:
      return json("boolean");
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
      return json("int");
    case TypeId::kLong:
      return json("long");
    case TypeId::kFloat:
      return json("float");
    case TypeId::kDouble:
      return json("double");
    case TypeId::kDecimal:
      return json("decimal(" + std::to_string(type->precision()) + ", " +
                  std::to_string(type->scale()) + ")");
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return json("string");
    case TypeId::kBinary:
      return json("binary");
    case TypeId::kDate:
      return json("date");
    case TypeId::kTimestamp:
      return json("timestamptz");
    case TypeId::kTimestampNtz:
      return json("timestamp");
    case TypeId::kNull:
      return json("unknown");
    case TypeId::kArray: {
      const auto& element = type->fields()[0];
      json j = {{"type", "list"},
                {"element-id", element.field_id},
                {"element-required", !element.nullable}};
      ARROW_ASSIGN_OR_RAISE(j["element"], TypeToJson(element.type));
      return j;
    }
    case TypeId::kMap: {
      json j = {{"type", "map"},
                {"key-id", type->fields()[0].field_id},
                {"value-id", type->fields()[1].field_id},
                {"value-required", !type->fields()[1].nullable}};
      ARROW_ASSIGN_OR_RAISE(j["key"], TypeToJson(type->key()));
      ARROW_ASSIGN_OR_RAISE(j["value"], TypeToJson(type->value()));
      return j;
    }
    case TypeId::kStruct: {
      json fields = json::array();
      for (const auto& field : type->fields()) {
        ARROW_ASSIGN_OR_RAISE(json one, FieldToJson(field));
        fields.push_back(std::move(one));
      }
      return json{{"type", "struct"}, {"fields", std::move(fields)}};
    }
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      break;
  }
  return base::Unsupported("a column of type " + type->Sql() + " in an Iceberg table");
}

Result<json> SchemaToJson(const TableSchema& schema) {
  ARROW_ASSIGN_OR_RAISE(json j, TypeToJson(type::Struct(schema.fields)));
  j["schema-id"] = schema.schema_id;
  if (!schema.identifier_field_ids.empty()) {
    j["identifier-field-ids"] = schema.identifier_field_ids;
  }
  return j;
}

json SpecToJson(const PartitionSpec& spec) {
  json fields = json::array();
  for (const auto& field : spec.fields) {
    fields.push_back({{"source-id", field.source_id},
                      {"field-id", field.field_id},
                      {"name", field.name},
                      {"transform", field.transform.text}});
  }
  return {{"spec-id", spec.spec_id}, {"fields", std::move(fields)}};
}

json SortOrderToJson(const SortOrder& order) {
  json fields = json::array();
  for (const auto& field : order.fields) {
    fields.push_back({{"transform", field.transform.text},
                      {"source-id", field.source_id},
                      {"direction", field.descending ? "desc" : "asc"},
                      {"null-order", field.nulls_first ? "nulls-first" : "nulls-last"}});
  }
  return {{"order-id", order.order_id}, {"fields", std::move(fields)}};
}

json SnapshotToJson(const Snapshot& snapshot) {
  json j = {{"snapshot-id", snapshot.snapshot_id.value},
            {"timestamp-ms", snapshot.timestamp_ms},
            {"summary", snapshot.summary}};
  if (snapshot.sequence_number > 0) {
    j["sequence-number"] = snapshot.sequence_number;
  }
  if (snapshot.parent_snapshot_id) {
    j["parent-snapshot-id"] = snapshot.parent_snapshot_id->value;
  }
  if (!snapshot.manifest_list.empty()) {
    j["manifest-list"] = snapshot.manifest_list;
  } else {
    j["manifests"] = snapshot.manifests;
  }
  if (snapshot.schema_id) {
    j["schema-id"] = *snapshot.schema_id;
  }
  if (snapshot.first_row_id) {
    j["first-row-id"] = *snapshot.first_row_id;
  }
  if (snapshot.added_rows) {
    j["added-rows"] = *snapshot.added_rows;
  }
  return j;
}

namespace {

type::TypePtr WithIds(const type::TypePtr& type, int32_t* next_id) {
  if (!type->is_nested()) {
    return type;
  }
  return std::make_shared<const type::DataType>(type->id(), type->physical(), type->precision(),
                                                type->scale(),
                                                AssignFieldIds(type->fields(), next_id));
}

}  // namespace

type::Schema AssignFieldIds(const type::Schema& schema, int32_t* next_id) {
  type::Schema fields = schema;
  for (auto& field : fields) {
    field.field_id = (*next_id)++;
  }
  for (auto& field : fields) {
    field.type = WithIds(field.type, next_id);
  }
  return fields;
}

MetadataUpdate AssignUuid(const std::string& uuid) {
  return Update({{"action", "assign-uuid"}, {"uuid", uuid}});
}

MetadataUpdate UpgradeFormatVersion(int format_version) {
  return Update({{"action", "upgrade-format-version"}, {"format-version", format_version}});
}

MetadataUpdate AddSchema(const json& schema) {
  return Update({{"action", "add-schema"}, {"schema", schema}});
}

MetadataUpdate SetCurrentSchema(int32_t schema_id) {
  return Update({{"action", "set-current-schema"}, {"schema-id", schema_id}});
}

MetadataUpdate AddPartitionSpec(const json& spec) {
  return Update({{"action", "add-spec"}, {"spec", spec}});
}

MetadataUpdate SetDefaultSpec(int32_t spec_id) {
  return Update({{"action", "set-default-spec"}, {"spec-id", spec_id}});
}

MetadataUpdate AddSortOrder(const json& order) {
  return Update({{"action", "add-sort-order"}, {"sort-order", order}});
}

MetadataUpdate SetDefaultSortOrder(int32_t order_id) {
  return Update({{"action", "set-default-sort-order"}, {"sort-order-id", order_id}});
}

MetadataUpdate AddSnapshot(const Snapshot& snapshot) {
  return Update({{"action", "add-snapshot"}, {"snapshot", SnapshotToJson(snapshot)}});
}

MetadataUpdate SetSnapshotRef(const std::string& name, const SnapshotReference& reference) {
  json j = {{"action", "set-snapshot-ref"},
            {"ref-name", name},
            {"snapshot-id", reference.snapshot_id.value},
            {"type", reference.is_branch ? "branch" : "tag"}};
  if (reference.min_snapshots_to_keep) {
    j["min-snapshots-to-keep"] = *reference.min_snapshots_to_keep;
  }
  if (reference.max_snapshot_age_ms) {
    j["max-snapshot-age-ms"] = *reference.max_snapshot_age_ms;
  }
  if (reference.max_ref_age_ms) {
    j["max-ref-age-ms"] = *reference.max_ref_age_ms;
  }
  return Update(std::move(j));
}

MetadataUpdate RemoveSnapshotRef(const std::string& name) {
  return Update({{"action", "remove-snapshot-ref"}, {"ref-name", name}});
}

MetadataUpdate RemoveSnapshots(const std::vector<SnapshotId>& ids) {
  return Update({{"action", "remove-snapshots"}, {"snapshot-ids", IdsOf(ids)}});
}

MetadataUpdate SetLocation(const std::string& location) {
  return Update({{"action", "set-location"}, {"location", location}});
}

MetadataUpdate SetProperties(const std::map<std::string, std::string>& properties) {
  return Update({{"action", "set-properties"}, {"updates", properties}});
}

MetadataUpdate RemoveProperties(const std::vector<std::string>& keys) {
  return Update({{"action", "remove-properties"}, {"removals", keys}});
}

MetadataUpdate SetStatistics(const json& statistics) {
  return Update({{"action", "set-statistics"},
                 {"snapshot-id", statistics.at("snapshot-id")},
                 {"statistics", statistics}});
}

MetadataUpdate RemoveStatistics(SnapshotId snapshot_id) {
  return Update({{"action", "remove-statistics"}, {"snapshot-id", snapshot_id.value}});
}

MetadataUpdate SetPartitionStatistics(const json& statistics) {
  return Update({{"action", "set-partition-statistics"}, {"partition-statistics", statistics}});
}

MetadataUpdate RemovePartitionStatistics(SnapshotId snapshot_id) {
  return Update({{"action", "remove-partition-statistics"}, {"snapshot-id", snapshot_id.value}});
}

MetadataUpdate RemovePartitionSpecs(const std::vector<int32_t>& spec_ids) {
  return Update({{"action", "remove-partition-specs"}, {"spec-ids", spec_ids}});
}

MetadataUpdate RemoveSchemas(const std::vector<int32_t>& schema_ids) {
  return Update({{"action", "remove-schemas"}, {"schema-ids", schema_ids}});
}

Requirement AssertCreate() {
  return Require({{"type", "assert-create"}});
}

Requirement AssertUuid(const std::string& uuid) {
  return Require({{"type", "assert-table-uuid"}, {"uuid", uuid}});
}

Requirement AssertRefSnapshotId(const std::string& ref, const std::optional<SnapshotId>& id) {
  return Require({{"type", "assert-ref-snapshot-id"},
                  {"ref", ref},
                  {"snapshot-id", id ? json(id->value) : json()}});
}

Requirement AssertLastAssignedFieldId(int32_t id) {
  return Require({{"type", "assert-last-assigned-field-id"}, {"last-assigned-field-id", id}});
}

Requirement AssertCurrentSchemaId(int32_t id) {
  return Require({{"type", "assert-current-schema-id"}, {"current-schema-id", id}});
}

Requirement AssertLastAssignedPartitionId(int32_t id) {
  return Require(
      {{"type", "assert-last-assigned-partition-id"}, {"last-assigned-partition-id", id}});
}

Requirement AssertDefaultSpecId(int32_t id) {
  return Require({{"type", "assert-default-spec-id"}, {"default-spec-id", id}});
}

Requirement AssertDefaultSortOrderId(int32_t id) {
  return Require({{"type", "assert-default-sort-order-id"}, {"default-sort-order-id", id}});
}

}  // namespace emery::table::iceberg
