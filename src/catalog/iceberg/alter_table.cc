// ALTER TABLE as updates of Iceberg metadata. Schemas are edited as JSON, so that what is not known
// here (default values, types) stays.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "catalog/errors.h"
#include "catalog/iceberg/alter_clauses_internal.h"
#include "catalog/iceberg/iceberg_catalog.h"
#include "catalog/iceberg/transforms_internal.h"
#include "table/iceberg/metadata_update.h"
#include "table/iceberg/table_operations.h"

namespace emery::catalog {

using nlohmann::json;
using plan::AlterTableAction;
using table::iceberg::MetadataUpdate;
using table::iceberg::TableMetadata;

namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Status ColumnNotFound(const plan::Name& column, const std::vector<std::string>& table) {
  return base::UserError(
      "FIELD_NOT_FOUND",
      "No such struct field " + base::QuoteName(column) + " in " + base::QuoteName(table) + ".",
      {{"fieldName", base::QuoteName(column)}, {"fields", base::QuoteName(table)}});
}

/// The fields of a schema's or struct type's JSON; elements of lists and values of maps are looked
/// through by the names element, key and value.
json* Members(json* type) {
  return type->is_object() && type->value("type", "") == "struct" ? &(*type)["fields"] : nullptr;
}

/// The type that `name` leads to inside `type`, and where its field is kept.
struct Place {
  json* fields = nullptr;  // the struct's fields; null inside lists and maps
  size_t index = 0;
  json* holder = nullptr;  // the list or map
  const char* member = nullptr;

  json* type() const { return fields != nullptr ? &(*fields)[index]["type"] : &(*holder)[member]; }
};

bool FindIn(json* type, const std::string& name, Place* place) {
  if (json* fields = Members(type)) {
    for (size_t i = 0; i < fields->size(); ++i) {
      if (Lower((*fields)[i]["name"].get<std::string>()) == Lower(name)) {
        *place = Place{fields, i, nullptr, nullptr};
        return true;
      }
    }
    return false;
  }
  if (!type->is_object()) {
    return false;
  }
  for (const char* member : {"element", "key", "value"}) {
    if (Lower(name) == member && type->contains(member)) {
      *place = Place{nullptr, 0, type, member};
      return true;
    }
  }
  return false;
}

bool FindPath(json* schema, const plan::Name& path, Place* place) {
  json* type = schema;
  for (const auto& part : path) {
    if (!FindIn(type, part, place)) {
      return false;
    }
    type = place->type();
  }
  return true;
}

/// The struct that a new column `path` belongs to: itself, or a list's element or a map's value.
json* ParentFields(json* schema, const plan::Name& path) {
  json* type = schema;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    Place place;
    if (!FindIn(type, path[i], &place)) {
      return nullptr;
    }
    type = place.type();
  }
  if (type->is_object() && type->value("type", "") == "list") {
    type = &(*type)["element"];
  } else if (type->is_object() && type->value("type", "") == "map") {
    type = &(*type)["value"];
  }
  return Members(type);
}

Status Move(json* fields, size_t from, const plan::ColumnPlace& to,
            const std::vector<std::string>& table) {
  json field = (*fields)[from];
  fields->erase(from);
  size_t at = 0;
  if (!to.first) {
    for (; at < fields->size(); ++at) {
      if (Lower((*fields)[at]["name"].get<std::string>()) == Lower(*to.after)) {
        break;
      }
    }
    if (at == fields->size()) {
      return ColumnNotFound({*to.after}, table);
    }
    ++at;
  }
  fields->insert(fields->begin() + static_cast<std::ptrdiff_t>(at), std::move(field));
  return Status::OK();
}

Status AddColumn(json* schema, const plan::ColumnChange& change, int32_t* next_id,
                 const std::vector<std::string>& table) {
  json* fields = ParentFields(schema, change.column);
  if (fields == nullptr) {
    return ColumnNotFound(plan::Name(change.column.begin(), change.column.end() - 1), table);
  }
  for (const auto& field : *fields) {
    if (Lower(field["name"].get<std::string>()) == Lower(change.column.back())) {
      return base::UserError("FIELD_ALREADY_EXISTS",
                             "Cannot add column, because " + base::QuoteName(change.column) +
                                 " already exists in " + base::QuoteName(table) + ".",
                             {{"op", "add"},
                              {"fieldNames", base::QuoteName(change.column)},
                              {"struct", base::QuoteName(table)}});
    }
  }
  if (!change.definition.nullable) {
    return base::Unsupported(
        "adding a NOT NULL column to an Iceberg table, whose rows have no value "
        "for it");
  }
  if (change.definition.default_sql) {
    return base::Unsupported("ALTER TABLE … ADD COLUMN … DEFAULT in an Iceberg table");
  }
  type::Field field;
  field.name = change.column.back();
  field.type = change.definition.type;
  field.comment = change.definition.comment;
  const auto with_ids = table::iceberg::AssignFieldIds({field}, next_id);
  ARROW_ASSIGN_OR_RAISE(const json one, table::iceberg::TypeToJson(type::Struct(with_ids)));
  fields->push_back(one["fields"][0]);
  return change.place ? Move(fields, fields->size() - 1, *change.place, table) : Status::OK();
}

/// Iceberg's promotions: int to long, float to double, decimals to more digits.
bool MayBecome(const json& from, const json& to) {
  if (from == to || (from == "int" && to == "long") || (from == "float" && to == "double")) {
    return true;
  }
  if (!from.is_string() || !to.is_string()) {
    return false;
  }
  const auto decimal = [](const std::string& text, int* precision, int* scale) {
    return std::sscanf(text.c_str(), "decimal(%d, %d)", precision, scale) == 2 ||
           std::sscanf(text.c_str(), "decimal(%d,%d)", precision, scale) == 2;
  };
  int p1 = 0;
  int s1 = 0;
  int p2 = 0;
  int s2 = 0;
  return decimal(from.get<std::string>(), &p1, &s1) && decimal(to.get<std::string>(), &p2, &s2) &&
         s1 == s2 && p2 >= p1;
}

Status AlterColumn(json* schema, const plan::ColumnChange& change,
                   const std::vector<std::string>& table) {
  Place place;
  if (!FindPath(schema, change.column, &place)) {
    return ColumnNotFound(change.column, table);
  }
  if (change.definition.default_sql || change.drop_default) {
    return base::Unsupported("default values of Iceberg columns");
  }
  if (change.definition.type != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const json wanted, table::iceberg::TypeToJson(change.definition.type));
    json* type = place.type();
    if (type->is_object() || !MayBecome(*type, wanted)) {
      const std::string from = type->is_string() ? type->get<std::string>() : "a nested type";
      return base::UserError("NOT_SUPPORTED_CHANGE_COLUMN",
                             "ALTER TABLE ALTER COLUMN is not supported for changing " +
                                 base::QuoteName(table) + "'s column " +
                                 base::QuoteName(change.column) + " with type " + from + " to " +
                                 change.definition.type->Sql() + ".",
                             {{"table", base::QuoteName(table)},
                              {"originName", base::QuoteName(change.column)},
                              {"originType", from},
                              {"newName", base::QuoteName(change.column)},
                              {"newType", "\"" + change.definition.type->Sql() + "\""}});
    }
    *type = wanted;
  }
  if (change.definition.comment) {
    if (place.fields == nullptr) {
      return base::Unsupported("comments of list elements and map entries");
    }
    (*place.fields)[place.index]["doc"] = *change.definition.comment;
  }
  if (change.nullable) {
    json* field = place.fields != nullptr ? &(*place.fields)[place.index] : nullptr;
    if (!*change.nullable && field != nullptr && !(*field)["required"].get<bool>()) {
      return base::Unsupported("changing a nullable Iceberg column to NOT NULL: " +
                               base::QuoteName(change.column));
    }
    if (field != nullptr) {
      (*field)["required"] = !*change.nullable;
    } else {
      (*place.holder)[std::string(place.member) + "-required"] = !*change.nullable;
    }
  }
  if (change.place) {
    if (place.fields == nullptr) {
      return base::Unsupported("moving list elements and map entries");
    }
    return Move(place.fields, place.index, *change.place, table);
  }
  return Status::OK();
}

/// The property that tells readers the names of columns in files without field ids; renamed and new
/// columns are added to it.
void ExtendMapping(json* mapping, const json& fields) {
  if (!mapping->is_array()) {
    return;
  }
  for (const auto& field : fields) {
    json* known = nullptr;
    for (auto& item : *mapping) {
      if (item.value("field-id", -1) == field["id"].get<int32_t>()) {
        known = &item;
      }
    }
    const auto name = field["name"].get<std::string>();
    if (known == nullptr) {
      mapping->push_back({{"field-id", field["id"]}, {"names", json::array({name})}});
    } else if (std::find((*known)["names"].begin(), (*known)["names"].end(), name) ==
               (*known)["names"].end()) {
      (*known)["names"].push_back(name);
    }
  }
}

class SchemaChange {
 public:
  SchemaChange(const TableMetadata& base, const std::vector<std::string>& table)
      : base_(base), table_(table) {
    for (const auto& schema : base.document->value("schemas", json::array())) {
      if (schema.value("schema-id", 0) == base.current_schema_id) {
        schema_ = schema;
      }
    }
    if (schema_.is_null()) {
      schema_ = base.document->at("schema");
    }
  }

  Result<std::vector<MetadataUpdate>> Run(const plan::AlterTable& change) {
    int32_t next_id = base_.last_column_id + 1;
    switch (change.action) {
      case AlterTableAction::kAddColumns:
        for (const auto& column : change.columns) {
          ARROW_RETURN_NOT_OK(AddColumn(&schema_, column, &next_id, table_));
        }
        break;
      case AlterTableAction::kDropColumns:
        for (const auto& column : change.columns) {
          ARROW_RETURN_NOT_OK(Drop(column.column, change.if_exists));
        }
        break;
      case AlterTableAction::kRenameColumn:
        for (const auto& column : change.columns) {
          ARROW_RETURN_NOT_OK(Rename(column));
        }
        break;
      case AlterTableAction::kReplaceColumns: {
        schema_["fields"] = json::array();
        for (const auto& column : change.columns) {
          ARROW_RETURN_NOT_OK(AddColumn(&schema_, column, &next_id, table_));
        }
        break;
      }
      default:
        for (const auto& column : change.columns) {
          ARROW_RETURN_NOT_OK(AlterColumn(&schema_, column, table_));
        }
    }
    std::vector<MetadataUpdate> updates = {
        table::iceberg::AddSchema(schema_),
        table::iceberg::SetCurrentSchema(table::iceberg::kLastAdded)};
    const auto mapping = base_.properties.find("schema.name-mapping.default");
    if (mapping != base_.properties.end()) {
      json names = json::parse(mapping->second, nullptr, false);
      ExtendMapping(&names, schema_["fields"]);
      if (names.is_array()) {
        updates.push_back(
            table::iceberg::SetProperties({{"schema.name-mapping.default", names.dump()}}));
      }
    }
    return updates;
  }

  Result<std::vector<MetadataUpdate>> SetIdentifiers(const std::vector<plan::Name>& columns,
                                                     bool drop) {
    std::vector<int32_t> ids = base_.current_schema().identifier_field_ids;
    if (!drop) {
      ids.clear();
    }
    for (const auto& column : columns) {
      Place place;
      if (!FindPath(&schema_, column, &place) || place.fields == nullptr) {
        return ColumnNotFound(column, table_);
      }
      const json& field = (*place.fields)[place.index];
      const auto id = field["id"].get<int32_t>();
      if (drop) {
        if (std::erase(ids, id) == 0) {
          return base::UserError("INVALID_PARAMETER_VALUE",
                                 "Cannot complete drop identifier fields operation: " +
                                     base::QuoteName(column) + " is not an identifier field.",
                                 {{"parameter", base::QuoteName(column)}});
        }
        continue;
      }
      if (!field["required"].get<bool>() || field["type"].is_object() || field["type"] == "float" ||
          field["type"] == "double") {
        return base::UserError("INVALID_PARAMETER_VALUE",
                               "Cannot add field " + base::QuoteName(column) +
                                   " as an identifier field: it has to be NOT NULL and neither "
                                   "nested nor floating.",
                               {{"parameter", base::QuoteName(column)}});
      }
      ids.push_back(id);
    }
    schema_["identifier-field-ids"] = ids;
    return std::vector<MetadataUpdate>{
        table::iceberg::AddSchema(schema_),
        table::iceberg::SetCurrentSchema(table::iceberg::kLastAdded)};
  }

 private:
  Status Drop(const plan::Name& column, bool if_exists) {
    Place place;
    if (!FindPath(&schema_, column, &place) || place.fields == nullptr) {
      return if_exists ? Status::OK() : ColumnNotFound(column, table_);
    }
    const auto id = (*place.fields)[place.index]["id"].get<int32_t>();
    for (const auto& field : base_.default_spec().fields) {
      if (field.source_id == id && field.transform.kind != table::iceberg::TransformKind::kVoid) {
        return base::UserError("INVALID_PARAMETER_VALUE",
                               "Cannot drop the column " + base::QuoteName(column) +
                                   ": the table is partitioned by it (" + field.name +
                                   "). Drop the partition field first.",
                               {{"parameter", base::QuoteName(column)}});
      }
    }
    if (const auto* order = base_.FindSortOrder(base_.default_sort_order_id)) {
      for (const auto& field : order->fields) {
        if (field.source_id == id) {
          return base::UserError("INVALID_PARAMETER_VALUE",
                                 "Cannot drop the column " + base::QuoteName(column) +
                                     ": the table's sort order refers to it.",
                                 {{"parameter", base::QuoteName(column)}});
        }
      }
    }
    const auto& identifiers = base_.current_schema().identifier_field_ids;
    if (std::find(identifiers.begin(), identifiers.end(), id) != identifiers.end()) {
      return base::UserError("INVALID_PARAMETER_VALUE",
                             "Cannot delete identifier field " + base::QuoteName(column) + ".",
                             {{"parameter", base::QuoteName(column)}});
    }
    place.fields->erase(place.index);
    if (place.fields->empty()) {
      return base::Unsupported("dropping the last column of a table or struct");
    }
    return Status::OK();
  }

  Status Rename(const plan::ColumnChange& change) {
    Place place;
    if (!FindPath(&schema_, change.column, &place) || place.fields == nullptr) {
      return ColumnNotFound(change.column, table_);
    }
    for (size_t i = 0; i < place.fields->size(); ++i) {
      if (i != place.index &&
          Lower((*place.fields)[i]["name"].get<std::string>()) == Lower(change.definition.name)) {
        return base::UserError("FIELD_ALREADY_EXISTS",
                               "Cannot rename column, because " +
                                   base::QuoteIdentifier(change.definition.name) +
                                   " already exists in " + base::QuoteName(table_) + ".",
                               {{"op", "rename"},
                                {"fieldNames", base::QuoteIdentifier(change.definition.name)},
                                {"struct", base::QuoteName(table_)}});
      }
    }
    (*place.fields)[place.index]["name"] = change.definition.name;
    return Status::OK();
  }

  const TableMetadata& base_;
  const std::vector<std::string>& table_;
  json schema_;
};

Result<std::vector<MetadataUpdate>> ChangeProperties(const TableMetadata& base,
                                                     const plan::AlterTable& change) {
  std::vector<MetadataUpdate> updates;
  std::map<std::string, std::string> set = change.properties;
  const auto version = set.find("format-version");
  if (version != set.end()) {
    if (version->second != "1" && version->second != "2" && version->second != "3") {
      return base::Unsupported("Iceberg format version " + version->second);
    }
    const int wanted = version->second[0] - '0';
    if (wanted != base.format_version) {
      updates.push_back(table::iceberg::UpgradeFormatVersion(wanted));
    }
    set.erase(version);
  }
  for (const char* reserved :
       {"uuid", "current-snapshot-id", "snapshot-count", "current-snapshot-summary",
        "current-snapshot-timestamp-ms", "current-schema", "default-partition-spec",
        "default-sort-order", "identifier-fields", "provider", "format"}) {
    if (set.contains(reserved)) {
      return base::UserError("UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY",
                             std::string("Cannot specify the ") + reserved +
                                 " because it's a reserved table property.",
                             {{"property", reserved}});
    }
  }
  if (!set.empty()) {
    updates.push_back(table::iceberg::SetProperties(set));
  }
  std::vector<std::string> removed;
  for (const auto& key : change.keys) {
    if (base.properties.contains(key)) {
      removed.push_back(key);
    }
  }
  if (!removed.empty()) {
    updates.push_back(table::iceberg::RemoveProperties(removed));
  }
  return updates;
}

}  // namespace

Result<std::vector<MetadataUpdate>> UpdatesForAlter(const TableMetadata& base,
                                                    const plan::AlterTable& change,
                                                    const std::vector<std::string>& name) {
  switch (change.action) {
    case AlterTableAction::kSetProperties:
    case AlterTableAction::kUnsetProperties:
      return ChangeProperties(base, change);
    case AlterTableAction::kAddColumns:
    case AlterTableAction::kDropColumns:
    case AlterTableAction::kRenameColumn:
    case AlterTableAction::kAlterColumn:
    case AlterTableAction::kReplaceColumns:
      return SchemaChange(base, name).Run(change);
    case AlterTableAction::kSetLocation:
      return std::vector<MetadataUpdate>{table::iceberg::SetLocation(*change.location)};
    case AlterTableAction::kSetIdentifierFields:
    case AlterTableAction::kDropIdentifierFields: {
      ARROW_ASSIGN_OR_RAISE(const auto columns, ParseIdentifierClause(change.clause_text));
      return SchemaChange(base, name)
          .SetIdentifiers(columns, change.action == AlterTableAction::kDropIdentifierFields);
    }
    case AlterTableAction::kAddPartitionField:
    case AlterTableAction::kDropPartitionField:
    case AlterTableAction::kReplacePartitionField:
      return ChangePartitionSpec(base, change.clause_text);
    case AlterTableAction::kWriteOrder:
      return ChangeWriteOrder(base, change.clause_text);
    case AlterTableAction::kCreateBranch:
    case AlterTableAction::kCreateTag:
    case AlterTableAction::kDropBranch:
    case AlterTableAction::kDropTag:
      return ChangeReference(base, change.clause_text);
    case AlterTableAction::kRename:
    case AlterTableAction::kAddPartition:
    case AlterTableAction::kDropPartition:
    case AlterTableAction::kRecoverPartitions:
    case AlterTableAction::kSetFileFormat:
    case AlterTableAction::kClusterBy:
    case AlterTableAction::kOther:
      break;
  }
  return UnsupportedTableOperation(name, change.text.empty() ? "ALTER TABLE" : change.text);
}

}  // namespace emery::catalog
