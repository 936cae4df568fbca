// CREATE TABLE and REPLACE TABLE as updates of Iceberg metadata.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalog/iceberg/iceberg_catalog.h"
#include "catalog/iceberg/transforms_internal.h"
#include "table/iceberg/metadata_update.h"
#include "table/iceberg/table_operations.h"

namespace emery::catalog {

using table::iceberg::MetadataUpdate;
using table::iceberg::PartitionSpec;
using table::iceberg::TableMetadata;
using table::iceberg::TableSchema;

namespace {

constexpr int kDefaultFormatVersion = 2;

/// Ids of fields that have the same path in `base` are kept.
void KeepIds(const type::Schema& base, type::Schema* fields, int32_t* next_id);

type::TypePtr KeepIdsInside(const type::TypePtr& base, const type::TypePtr& type,
                            int32_t* next_id) {
  if (!type->is_nested()) {
    return type;
  }
  type::Schema fields = type->fields();
  static const type::Schema kNone;
  KeepIds(base != nullptr && base->id() == type->id() ? base->fields() : kNone, &fields, next_id);
  return std::make_shared<const type::DataType>(type->id(), type->physical(), type->precision(),
                                                type->scale(), std::move(fields));
}

void KeepIds(const type::Schema& base, type::Schema* fields, int32_t* next_id) {
  std::vector<type::TypePtr> before(fields->size());
  for (size_t i = 0; i < fields->size(); ++i) {
    auto& field = (*fields)[i];
    const auto found = std::find_if(base.begin(), base.end(), [&](const type::Field& known) {
      return known.name == field.name;
    });
    if (found != base.end()) {
      field.field_id = found->field_id;
      before[i] = found->type;
    } else {
      field.field_id = (*next_id)++;
    }
  }
  for (size_t i = 0; i < fields->size(); ++i) {
    (*fields)[i].type = KeepIdsInside(before[i], (*fields)[i].type, next_id);
  }
}

}  // namespace

Result<std::vector<MetadataUpdate>> UpdatesForDefinition(const TableDefinition& definition,
                                                         const std::string& location,
                                                         const TableMetadata* base) {
  std::map<std::string, std::string> properties = definition.properties;
  for (const auto& [key, value] : definition.options) {
    properties.emplace(key, value);
  }
  if (definition.comment) {
    properties["comment"] = *definition.comment;
  }
  int version = base != nullptr ? base->format_version : kDefaultFormatVersion;
  const auto wanted = properties.find("format-version");
  if (wanted != properties.end()) {
    if (wanted->second != "1" && wanted->second != "2" && wanted->second != "3") {
      return base::Unsupported("Iceberg format version " + wanted->second);
    }
    version = wanted->second[0] - '0';
    if (base != nullptr) {
      version = std::max(version, base->format_version);
    }
    properties.erase(wanted);
  }
  // Kept with the table, so that it stays what it was made with.
  properties.emplace("write.parquet.compression-codec", "zstd");

  TableSchema schema;
  schema.fields = definition.schema;
  int32_t next_id = base != nullptr ? base->last_column_id + 1 : 1;
  if (base != nullptr) {
    KeepIds(base->current_schema().fields, &schema.fields, &next_id);
  } else {
    schema.fields = table::iceberg::AssignFieldIds(schema.fields, &next_id);
  }
  PartitionSpec spec;
  int32_t field_id = base != nullptr ? base->last_partition_id + 1 : 1000;
  for (const auto& transform : definition.partitioning) {
    ARROW_ASSIGN_OR_RAISE(auto field, MakePartitionField(transform, schema.fields, std::nullopt));
    field.field_id = -1;
    if (base != nullptr) {  // a field of an earlier spec keeps its id
      for (const auto& known : base->partition_specs) {
        for (const auto& other : known.fields) {
          if (other.source_id == field.source_id && other.name == field.name &&
              other.transform.text == field.transform.text) {
            field.field_id = other.field_id;
          }
        }
      }
    }
    if (field.field_id < 0) {
      field.field_id = field_id++;
    }
    ARROW_RETURN_NOT_OK(CheckPartitionField(field, spec));
    spec.fields.push_back(std::move(field));
  }
  std::vector<MetadataUpdate> updates;
  if (base == nullptr) {
    updates.push_back(table::iceberg::AssignUuid(table::iceberg::NewUuid()));
  }
  if (base == nullptr || version != base->format_version) {
    updates.push_back(table::iceberg::UpgradeFormatVersion(version));
  }
  ARROW_ASSIGN_OR_RAISE(const auto json, table::iceberg::SchemaToJson(schema));
  updates.push_back(table::iceberg::AddSchema(json));
  updates.push_back(table::iceberg::SetCurrentSchema(table::iceberg::kLastAdded));
  updates.push_back(table::iceberg::AddPartitionSpec(table::iceberg::SpecToJson(spec)));
  updates.push_back(table::iceberg::SetDefaultSpec(table::iceberg::kLastAdded));
  updates.push_back(
      table::iceberg::AddSortOrder({{"order-id", 0}, {"fields", nlohmann::json::array()}}));
  updates.push_back(table::iceberg::SetDefaultSortOrder(table::iceberg::kLastAdded));
  if (base == nullptr || base->location != location) {
    updates.push_back(table::iceberg::SetLocation(location));
  }
  if (base != nullptr) {
    updates.push_back(table::iceberg::RemoveSnapshotRef(table::iceberg::kMainBranch));
  }
  updates.push_back(table::iceberg::SetProperties(properties));
  return updates;
}

}  // namespace emery::catalog
