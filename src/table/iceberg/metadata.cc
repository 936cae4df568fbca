#include "table/iceberg/metadata.h"

#include <algorithm>
#include <charconv>

#include "arrow/buffer.h"
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "io/object_store.h"
#include "table/iceberg/json_value_internal.h"

namespace emery::table::iceberg {

using nlohmann::json;
using type::TypePtr;

namespace {

Status Malformed(const std::string& location, const std::string& what) {
  return base::UserError(
      "FAILED_READ_FILE.NO_HINT",
      "Cannot read the Iceberg table metadata " + location + ": " + what +
          ". Restore the file, or roll the table back to an earlier metadata file.",
      {{"path", location}});
}

int IntegerIn(std::string_view text, size_t* at) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data() + *at, text.data() + text.size(), value);
  *at = static_cast<size_t>(end - text.data());
  return error == std::errc() ? value : -1;
}

Result<TypePtr> ParseType(const json& j, int depth);

bool IsUnreadable(std::string_view type) {
  for (const char* known :
       {"timestamp_ns", "timestamptz_ns", "time", "variant", "geometry", "geography"}) {
    // Geometry types may have parameters.
    if (type == known || (known[0] == 'g' && type.rfind(std::string(known) + "(", 0) == 0)) {
      return true;
    }
  }
  return false;
}

Result<TypePtr> ParsePrimitive(const std::string& text) {
  if (text == "boolean") {
    return type::Boolean();
  }
  if (text == "int") {
    return type::Int();
  }
  if (text == "long") {
    return type::Long();
  }
  if (text == "float") {
    return type::Float();
  }
  if (text == "double") {
    return type::Double();
  }
  if (text == "date") {
    return type::Date();
  }
  if (text == "timestamp") {
    return type::TimestampNtz();
  }
  if (text == "timestamptz") {
    return type::Timestamp();
  }
  if (text == "string" || text == "uuid") {
    return type::String();
  }
  if (text == "binary" || text.rfind("fixed[", 0) == 0) {
    return type::Binary();
  }
  if (text == "unknown") {
    return type::Null();
  }
  // Known types whose values can't be read yet: tables with such columns can be used, the columns
  // can't (TableMetadata::unreadable_fields).
  if (text == "timestamp_ns") {
    return type::TimestampNtz();
  }
  if (text == "timestamptz_ns") {
    return type::Timestamp();
  }
  if (IsUnreadable(text)) {
    return type::Binary();
  }
  if (text.rfind("decimal(", 0) == 0) {
    size_t at = 8;
    const int precision = IntegerIn(text, &at);
    at = text.find_first_of("0123456789", at);
    const int scale = at == std::string::npos ? -1 : IntegerIn(text, &at);
    if (precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision) {
      return type::Decimal(precision, scale);
    }
  }
  return base::Unsupported("the Iceberg type " + text);
}

Result<type::Field> ParseField(const json& j, int depth) {
  type::Field field;
  field.name = j.at("name").get<std::string>();
  field.field_id = j.at("id").get<int32_t>();
  field.nullable = !j.at("required").get<bool>();
  if (j.contains("doc") && j["doc"].is_string()) {
    field.comment = j["doc"].get<std::string>();
  }
  ARROW_ASSIGN_OR_RAISE(field.type, ParseType(j.at("type"), depth));
  return field;
}

Result<type::Schema> ParseFields(const json& j, int depth) {
  type::Schema fields;
  for (const auto& item : j) {
    ARROW_ASSIGN_OR_RAISE(auto field, ParseField(item, depth));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<TypePtr> ParseType(const json& j, int depth) {
  if (depth > 100) {
    return base::Unsupported("Iceberg types nested deeper than 100 levels");
  }
  if (j.is_string()) {
    return ParsePrimitive(j.get<std::string>());
  }
  const auto kind = j.at("type").get<std::string>();
  if (kind == "struct") {
    ARROW_ASSIGN_OR_RAISE(auto fields, ParseFields(j.at("fields"), depth + 1));
    return type::Struct(std::move(fields));
  }
  if (kind == "list") {
    ARROW_ASSIGN_OR_RAISE(auto element, ParseType(j.at("element"), depth + 1));
    auto list = type::Array(element, !j.at("element-required").get<bool>());
    auto fields = list->fields();
    fields[0].field_id = j.at("element-id").get<int32_t>();
    return std::make_shared<const type::DataType>(type::TypeId::kArray, type::PhysicalType::kList,
                                                  0, 0, fields);
  }
  if (kind == "map") {
    ARROW_ASSIGN_OR_RAISE(auto key, ParseType(j.at("key"), depth + 1));
    ARROW_ASSIGN_OR_RAISE(auto value, ParseType(j.at("value"), depth + 1));
    auto map = type::Map(key, value, !j.at("value-required").get<bool>());
    auto fields = map->fields();
    fields[0].field_id = j.at("key-id").get<int32_t>();
    fields[1].field_id = j.at("value-id").get<int32_t>();
    return std::make_shared<const type::DataType>(type::TypeId::kMap, type::PhysicalType::kList, 0,
                                                  0, fields);
  }
  return base::Unsupported("the Iceberg type " + kind);
}

Transform ParseTransform(const std::string& text) {
  Transform transform;
  transform.text = text;
  const auto parameter = [&](size_t at) { return IntegerIn(text, &at); };
  if (text == "identity") {
    transform.kind = TransformKind::kIdentity;
  } else if (text.rfind("bucket[", 0) == 0) {
    transform.kind = TransformKind::kBucket;
    transform.parameter = parameter(7);
  } else if (text.rfind("truncate[", 0) == 0) {
    transform.kind = TransformKind::kTruncate;
    transform.parameter = parameter(9);
  } else if (text == "year") {
    transform.kind = TransformKind::kYear;
  } else if (text == "month") {
    transform.kind = TransformKind::kMonth;
  } else if (text == "day") {
    transform.kind = TransformKind::kDay;
  } else if (text == "hour") {
    transform.kind = TransformKind::kHour;
  } else if (text == "void") {
    transform.kind = TransformKind::kVoid;
  } else {
    transform.kind = TransformKind::kUnknown;
  }
  const bool has_parameter =
      transform.kind == TransformKind::kBucket || transform.kind == TransformKind::kTruncate;
  if (has_parameter && transform.parameter <= 0) {
    transform.kind = TransformKind::kUnknown;
  }
  return transform;
}

PartitionSpec ParseSpec(const json& fields, int32_t spec_id) {
  PartitionSpec spec;
  spec.spec_id = spec_id;
  int32_t next_id = 1000;
  for (const auto& item : fields) {
    PartitionField field;
    // Format 3 may name several sources; such transforms are unknown here.
    if (item.contains("source-id")) {
      field.source_id = item["source-id"].get<int32_t>();
    } else if (item.contains("source-ids") && item["source-ids"].size() == 1) {
      field.source_id = item["source-ids"][0].get<int32_t>();
    }
    field.field_id = item.value("field-id", next_id);
    next_id = field.field_id + 1;
    field.name = item.at("name").get<std::string>();
    field.transform = ParseTransform(item.at("transform").get<std::string>());
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

std::map<std::string, std::string> ParseStrings(const json& j) {
  std::map<std::string, std::string> strings;
  for (const auto& [key, value] : j.items()) {
    strings[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return strings;
}

/// Notes what a type in `fields` can't say of itself: uuid and types that can't be read, by field
/// id, and the values that rows have which are older than a field.
void NoteFields(const json& j, TableMetadata* metadata) {
  const auto note = [&](const char* type, const char* id) {
    if (!j.contains(type) || !j[type].is_string() || !j.contains(id)) {
      return;
    }
    const auto text = j[type].get<std::string>();
    if (text == "uuid") {
      metadata->uuid_field_ids.insert(j[id].get<int32_t>());
    } else if (IsUnreadable(text)) {
      metadata->unreadable_fields[j[id].get<int32_t>()] = text;
    }
  };
  if (j.is_object()) {
    note("type", "id");
    note("element", "element-id");
    note("key", "key-id");
    note("value", "value-id");
    if (j.contains("initial-default") && !j["initial-default"].is_null() && j.contains("id")) {
      const auto type = ParseType(j.at("type"), 0);
      if (type.ok()) {
        if (auto value = ParseJsonValue(j["initial-default"], **type)) {
          metadata->initial_defaults[j["id"].get<int32_t>()] = *std::move(value);
        }
      }
    }
  }
  if (j.is_structured()) {
    for (const auto& item : j) {
      NoteFields(item, metadata);
    }
  }
}

/// Collects the names of all fields of a name mapping (specification, "Column Projection"),
/// whatever their depth: ids tell them apart.
void CollectNames(const json& fields, int depth,
                  std::map<int32_t, std::vector<std::string>>* names) {
  if (!fields.is_array() || depth > 100) {
    return;
  }
  for (const auto& item : fields) {
    if (item.contains("field-id")) {
      (*names)[item["field-id"].get<int32_t>()] = item.at("names").get<std::vector<std::string>>();
    }
    if (item.contains("fields")) {
      CollectNames(item["fields"], depth + 1, names);
    }
  }
}

std::optional<std::map<int32_t, std::vector<std::string>>> ParseNameMapping(
    const std::string& text) {
  const auto j = json::parse(text, nullptr, false);
  if (!j.is_array()) {
    return std::nullopt;
  }
  std::map<int32_t, std::vector<std::string>> names;
  CollectNames(j, 0, &names);
  return names;
}

Result<TableSchema> ParseSchema(const json& j, int32_t fallback_id) {
  TableSchema schema;
  schema.schema_id = j.value("schema-id", fallback_id);
  ARROW_ASSIGN_OR_RAISE(schema.fields, ParseFields(j.at("fields"), 0));
  schema.identifier_field_ids = j.value("identifier-field-ids", std::vector<int32_t>{});
  return schema;
}

SortOrder ParseSortOrder(const json& j) {
  SortOrder order;
  order.order_id = j.at("order-id").get<int32_t>();
  for (const auto& item : j.at("fields")) {
    SortField field;
    if (item.contains("source-id")) {
      field.source_id = item["source-id"].get<int32_t>();
    } else if (item.contains("source-ids") && item["source-ids"].size() == 1) {
      field.source_id = item["source-ids"][0].get<int32_t>();
    }
    field.transform = ParseTransform(item.at("transform").get<std::string>());
    field.descending = item.value("direction", "asc") == "desc";
    field.nulls_first = item.value("null-order", "nulls-first") == "nulls-first";
    order.fields.push_back(std::move(field));
  }
  return order;
}

template <class T>
std::optional<T> OptionalNumber(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_number() ? std::optional<T>(found->get<T>()) : std::nullopt;
}

int32_t HighestFieldId(const type::Schema& fields) {
  int32_t highest = 0;
  for (const auto& field : fields) {
    highest = std::max(highest, field.field_id);
    if (field.type->is_nested()) {
      highest = std::max(highest, HighestFieldId(field.type->fields()));
    }
  }
  return highest;
}

Result<std::shared_ptr<const TableMetadata>> Parse(std::shared_ptr<const json> document,
                                                   const std::string& location) {
  const json& j = *document;
  auto metadata = std::make_shared<TableMetadata>();
  metadata->document = std::move(document);
  metadata->metadata_location = location;
  metadata->format_version = j.at("format-version").get<int>();
  if (metadata->format_version < 1 || metadata->format_version > 3) {
    return base::Unsupported("Iceberg format version " + std::to_string(metadata->format_version));
  }
  metadata->table_uuid = j.value("table-uuid", "");
  metadata->location = j.at("location").get<std::string>();
  metadata->last_sequence_number = j.value("last-sequence-number", int64_t{0});
  metadata->last_updated_ms = j.value("last-updated-ms", int64_t{0});
  if (j.contains("schemas")) {
    for (const auto& item : j["schemas"]) {
      ARROW_ASSIGN_OR_RAISE(auto schema, ParseSchema(item, 0));
      metadata->schemas.push_back(std::move(schema));
      NoteFields(item, metadata.get());
    }
    metadata->current_schema_id = j.at("current-schema-id").get<int32_t>();
  } else {
    ARROW_ASSIGN_OR_RAISE(auto schema, ParseSchema(j.at("schema"), 0));
    metadata->current_schema_id = schema.schema_id;
    metadata->schemas.push_back(std::move(schema));
    NoteFields(j["schema"], metadata.get());
  }
  if (j.contains("partition-specs")) {
    for (const auto& item : j["partition-specs"]) {
      metadata->partition_specs.push_back(
          ParseSpec(item.at("fields"), item.at("spec-id").get<int32_t>()));
    }
    metadata->default_spec_id = j.value("default-spec-id", 0);
  } else if (j.contains("partition-spec")) {
    metadata->partition_specs.push_back(ParseSpec(j["partition-spec"], 0));
  }
  if (j.contains("properties")) {
    metadata->properties = ParseStrings(j["properties"]);
    const auto mapping = metadata->properties.find("schema.name-mapping.default");
    if (mapping != metadata->properties.end()) {
      metadata->name_mapping = ParseNameMapping(mapping->second);
    }
  }
  if (j.contains("current-snapshot-id") && j["current-snapshot-id"].is_number() &&
      j["current-snapshot-id"].get<int64_t>() >= 0) {
    metadata->current_snapshot_id = SnapshotId{j["current-snapshot-id"].get<int64_t>()};
  }
  for (const auto& item : j.value("snapshots", json::array())) {
    Snapshot snapshot;
    snapshot.snapshot_id = SnapshotId{item.at("snapshot-id").get<int64_t>()};
    if (item.contains("parent-snapshot-id") && item["parent-snapshot-id"].is_number()) {
      snapshot.parent_snapshot_id = SnapshotId{item["parent-snapshot-id"].get<int64_t>()};
    }
    snapshot.sequence_number = item.value("sequence-number", int64_t{0});
    snapshot.timestamp_ms = item.at("timestamp-ms").get<int64_t>();
    snapshot.manifest_list = item.value("manifest-list", "");
    snapshot.manifests = item.value("manifests", std::vector<std::string>{});
    if (item.contains("summary")) {
      snapshot.summary = ParseStrings(item["summary"]);
    }
    snapshot.schema_id = OptionalNumber<int32_t>(item, "schema-id");
    snapshot.first_row_id = OptionalNumber<int64_t>(item, "first-row-id");
    snapshot.added_rows = OptionalNumber<int64_t>(item, "added-rows");
    metadata->snapshots.push_back(std::move(snapshot));
  }
  for (const auto& item : j.value("snapshot-log", json::array())) {
    metadata->snapshot_log.emplace_back(item.at("timestamp-ms").get<int64_t>(),
                                        SnapshotId{item.at("snapshot-id").get<int64_t>()});
  }
  if (j.contains("refs")) {
    for (const auto& [name, item] : j["refs"].items()) {
      SnapshotReference reference;
      reference.snapshot_id = SnapshotId{item.at("snapshot-id").get<int64_t>()};
      reference.is_branch = item.value("type", "branch") == "branch";
      reference.min_snapshots_to_keep = OptionalNumber<int32_t>(item, "min-snapshots-to-keep");
      reference.max_snapshot_age_ms = OptionalNumber<int64_t>(item, "max-snapshot-age-ms");
      reference.max_ref_age_ms = OptionalNumber<int64_t>(item, "max-ref-age-ms");
      metadata->refs[name] = reference;
    }
  }
  if (metadata->current_snapshot_id && !metadata->refs.contains(kMainBranch)) {
    metadata->refs[kMainBranch].snapshot_id = *metadata->current_snapshot_id;
  }
  for (const auto& item : j.value("metadata-log", json::array())) {
    metadata->metadata_log.emplace_back(item.at("timestamp-ms").get<int64_t>(),
                                        item.at("metadata-file").get<std::string>());
  }
  for (const auto& item : j.value("sort-orders", json::array())) {
    metadata->sort_orders.push_back(ParseSortOrder(item));
  }
  metadata->default_sort_order_id = j.value("default-sort-order-id", 0);
  metadata->next_row_id = j.value("next-row-id", int64_t{0});
  metadata->last_column_id = j.value("last-column-id", 0);
  for (const auto& schema : metadata->schemas) {
    metadata->last_column_id = std::max(metadata->last_column_id, HighestFieldId(schema.fields));
  }
  metadata->last_partition_id = j.value("last-partition-id", 999);
  for (const auto& spec : metadata->partition_specs) {
    for (const auto& field : spec.fields) {
      metadata->last_partition_id = std::max(metadata->last_partition_id, field.field_id);
    }
  }
  if (metadata->FindSchema(metadata->current_schema_id) == nullptr) {
    return Malformed(location, "its current schema " + std::to_string(metadata->current_schema_id) +
                                   " is missing");
  }
  if (metadata->current_snapshot_id &&
      metadata->FindSnapshot(*metadata->current_snapshot_id) == nullptr) {
    return Malformed(location, "its current snapshot is missing: " +
                                   std::to_string(metadata->current_snapshot_id->value));
  }
  return std::shared_ptr<const TableMetadata>(metadata);
}

Result<std::string> Gunzip(std::string_view bytes, const std::string& location) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
    return base::InternalError("zlib can't be started");
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int code = Z_OK;
  while (code == Z_OK && out.size() < (size_t{1} << 31)) {
    const size_t had = out.size();
    out.resize(had + (1 << 16));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = 1 << 16;
    code = inflate(&stream, Z_NO_FLUSH);
    out.resize(had + (1 << 16) - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return Malformed(location, "it can't be decompressed");
  }
  return out;
}

}  // namespace

const TableSchema* TableMetadata::FindSchema(int32_t schema_id) const {
  for (const auto& schema : schemas) {
    if (schema.schema_id == schema_id) {
      return &schema;
    }
  }
  return nullptr;
}

const PartitionSpec* TableMetadata::FindSpec(int32_t spec_id) const {
  for (const auto& spec : partition_specs) {
    if (spec.spec_id == spec_id) {
      return &spec;
    }
  }
  return nullptr;
}

const Snapshot* TableMetadata::FindSnapshot(SnapshotId id) const {
  for (const auto& snapshot : snapshots) {
    if (snapshot.snapshot_id == id) {
      return &snapshot;
    }
  }
  return nullptr;
}

const SortOrder* TableMetadata::FindSortOrder(int32_t order_id) const {
  for (const auto& order : sort_orders) {
    if (order.order_id == order_id) {
      return &order;
    }
  }
  return nullptr;
}

const Snapshot* TableMetadata::FindRef(const std::string& name) const {
  const auto ref = refs.find(name);
  return ref == refs.end() ? nullptr : FindSnapshot(ref->second.snapshot_id);
}

const PartitionSpec& TableMetadata::default_spec() const {
  static const PartitionSpec kUnpartitioned;
  const PartitionSpec* spec = FindSpec(default_spec_id);
  return spec == nullptr ? kUnpartitioned : *spec;
}

std::string TableMetadata::Property(const std::string& key, const std::string& fallback) const {
  const auto found = properties.find(key);
  return found == properties.end() ? fallback : found->second;
}

int64_t TableMetadata::PropertyInt(const std::string& key, int64_t fallback) const {
  const auto found = properties.find(key);
  if (found == properties.end()) {
    return fallback;
  }
  int64_t value = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : fallback;
}

bool TableMetadata::PropertyBool(const std::string& key, bool fallback) const {
  const auto found = properties.find(key);
  return found == properties.end()
             ? fallback
             : found->second == "true" || found->second == "TRUE" || found->second == "True";
}

std::string Snapshot::operation() const {
  const auto found = summary.find("operation");
  return found == summary.end() ? "" : found->second;
}

const type::Field* FindField(const type::Schema& fields, int32_t field_id) {
  for (const auto& field : fields) {
    if (field.field_id == field_id) {
      return &field;
    }
    if (field.type->is_nested()) {
      if (const auto* found = FindField(field.type->fields(), field_id)) {
        return found;
      }
    }
  }
  return nullptr;
}

Result<std::shared_ptr<const TableMetadata>> ParseTableMetadata(std::string_view text,
                                                                const std::string& location) {
  return ParseTableMetadata(std::make_shared<const json>(json::parse(text, nullptr, false)),
                            location);
}

Result<std::shared_ptr<const TableMetadata>> ParseTableMetadata(
    std::shared_ptr<const json> document, const std::string& location) {
  if (document->is_discarded() || !document->is_object()) {
    return Malformed(location, "it is not a JSON object");
  }
  try {
    return Parse(std::move(document), location);
  } catch (const json::exception& error) {  // a member that is missing or of another type
    return Malformed(location, error.what());
  }
}

Result<std::shared_ptr<const TableMetadata>> ReadTableMetadata(const std::string& location) {
  std::string path = location;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, store->Read(path));
  std::string_view text(reinterpret_cast<const char*>(bytes->data()),
                        static_cast<size_t>(bytes->size()));
  if (text.size() > 2 && text[0] == '\x1f' && text[1] == '\x8b') {
    ARROW_ASSIGN_OR_RAISE(const auto plain, Gunzip(text, location));
    return ParseTableMetadata(plain, location);
  }
  return ParseTableMetadata(text, location);
}

Result<std::string> FindCurrentMetadata(const std::string& table_location) {
  std::string folder = table_location + "/metadata";
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
  int64_t version = 0;
  const auto hint = store->Read(folder + "/version-hint.text");
  if (hint.ok()) {
    const std::string_view text(reinterpret_cast<const char*>((*hint)->data()),
                                static_cast<size_t>((*hint)->size()));
    std::from_chars(text.data(), text.data() + text.size(), version);
  }
  const auto file_of = [&](int64_t v) -> std::string {
    for (const char* ending : {".metadata.json", ".gz.metadata.json", ".metadata.json.gz"}) {
      const std::string path = folder + "/v" + std::to_string(v) + ending;
      if (store->Stat(path).ok()) {
        return path;
      }
    }
    return "";
  };
  // The hint may be behind, or lost: what exists decides.
  std::string found = version > 0 ? file_of(version) : "";
  if (found.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto files, store->List(folder, false));
    version = 0;
    for (const auto& file : files) {
      const auto name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
      int64_t v = 0;
      if (name.size() > 1 && name[0] == 'v' &&
          name.find(".metadata.json") != std::string_view::npos &&
          std::from_chars(name.data() + 1, name.data() + name.size(), v).ec == std::errc() &&
          v > version) {
        version = v;
        found = file.path;
      }
    }
    if (found.empty()) {
      // A table of a catalog that names files by number and UUID: the highest number.
      std::string best;
      for (const auto& file : files) {
        const auto name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
        if (!name.empty() && name[0] >= '0' && name[0] <= '9' &&
            name.find(".metadata.json") != std::string_view::npos && name > best) {
          best = name;
          found = file.path;
        }
      }
    }
  } else {
    for (std::string next = file_of(version + 1); !next.empty(); next = file_of(++version + 1)) {
      found = next;
    }
  }
  if (found.empty()) {
    return base::UserError("TABLE_OR_VIEW_NOT_FOUND",
                           "There is no Iceberg table at " + table_location +
                               ": its folder metadata has no metadata file.",
                           {{"relationName", base::QuoteIdentifier(table_location)}});
  }
  return found;
}

}  // namespace emery::table::iceberg
