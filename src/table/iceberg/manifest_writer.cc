// Manifests and manifest lists as Avro files (Iceberg specification, "Manifests", "Manifest
// Lists").
#include "table/iceberg/manifest_writer.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "format/avro/avro_writer.h"
#include "io/object_store.h"
#include "table/iceberg/metadata_update.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

using format::avro::AvroWriter;
using nlohmann::json;
using type::TypeId;

namespace {

json Field(const char* name, int32_t id, json type) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

json Optional(const char* name, int32_t id, json type) {
  return {{"name", name},
          {"type", json::array({"null", std::move(type)})},
          {"default", nullptr},
          {"field-id", id}};
}

json MapOf(int32_t key_id, int32_t value_id, const char* value_type) {
  return {{"type", "array"},
          {"items",
           {{"type", "record"},
            {"name", "k" + std::to_string(key_id) + "_v" + std::to_string(value_id)},
            {"fields",
             json::array({Field("key", key_id, "int"), Field("value", value_id, value_type)})}}},
          {"logicalType", "map"}};
}

json ListOf(int32_t element_id, const char* type) {
  return {{"type", "array"}, {"items", type}, {"element-id", element_id}};
}

/// A name that Avro takes: letters, digits and underscores, others as _xHEX (as Iceberg does).
std::string AvroName(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (digit && i == 0) {
      out += '_';
    }
    if (digit || letter) {
      out += c;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof(hex), "_x%X", static_cast<unsigned char>(c));
      out += hex;
    }
  }
  return out;
}

/// Bytes that hold a decimal of this precision.
size_t DecimalBytes(int precision) {
  const double bits = std::ceil(precision * std::log2(10.0)) + 1;
  return static_cast<size_t>(std::ceil(bits / 8));
}

/// A partition field as manifests have it.
struct PartitionColumn {
  const PartitionField* field = nullptr;
  type::TypePtr type;  // null: only nulls
  bool uuid = false;
};

std::vector<PartitionColumn> PartitionColumnsOf(const TableMetadata& metadata,
                                                const PartitionSpec& spec) {
  std::vector<PartitionColumn> columns;
  for (const auto& field : spec.fields) {
    PartitionColumn column;
    column.field = &field;
    // A source column may be gone from the current schema.
    const type::Field* source = FindField(metadata.current_schema().fields, field.source_id);
    for (size_t i = metadata.schemas.size(); source == nullptr && i > 0; --i) {
      source = FindField(metadata.schemas[i - 1].fields, field.source_id);
    }
    if (source != nullptr) {
      column.type = ResultType(field.transform, source->type);
      column.uuid = field.transform.kind == TransformKind::kIdentity &&
                    metadata.uuid_field_ids.contains(field.source_id);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

json AvroType(const PartitionColumn& column) {
  const std::string suffix = std::to_string(column.field->field_id);
  if (column.uuid) {
    return {{"type", "fixed"}, {"size", 16}, {"name", "uuid_" + suffix}, {"logicalType", "uuid"}};
  }
  if (column.type == nullptr) {
    return "string";
  }
  switch (column.type->id()) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "long";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDate:
      return {{"type", "int"}, {"logicalType", "date"}};
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return {{"type", "long"},
              {"logicalType", "timestamp-micros"},
              {"adjust-to-utc", column.type->is(TypeId::kTimestamp)}};
    case TypeId::kDecimal:
      return {{"type", "fixed"},
              {"size", DecimalBytes(column.type->precision())},
              {"name", "decimal_" + std::to_string(column.type->precision()) + "_" +
                           std::to_string(column.type->scale()) + "_" + suffix},
              {"logicalType", "decimal"},
              {"precision", column.type->precision()},
              {"scale", column.type->scale()}};
    case TypeId::kBinary:
      return "bytes";
    default:
      return "string";
  }
}

std::string UuidBytes(const std::string& text) {
  if (text.size() == 16) {
    return text;
  }
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) {
      continue;
    }
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high << 4 | digit));
      high = -1;
    }
  }
  bytes.resize(16);
  return bytes;
}

void WritePartitionValue(const PartitionColumn& column, const type::Value& value, AvroWriter* out) {
  if (value.is_null() || column.type == nullptr) {
    out->WriteBranch(0);
    return;
  }
  out->WriteBranch(1);
  if (column.uuid) {
    out->WriteFixed(UuidBytes(value.string()));
    return;
  }
  switch (column.type->id()) {
    case TypeId::kBoolean:
      out->WriteBoolean(value.boolean());
      break;
    case TypeId::kFloat:
      out->WriteFloat(value.float_value());
      break;
    case TypeId::kDouble:
      out->WriteDouble(value.double_value());
      break;
    case TypeId::kDecimal:
      out->WriteFixed(BigEndianBytes(value.decimal(), DecimalBytes(column.type->precision())));
      break;
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
      out->WriteString(value.string());
      break;
    default:
      out->WriteLong(value.integer());
  }
}

json EntrySchema(int version, const std::vector<PartitionColumn>& columns) {
  json partition = json::array();
  for (const auto& column : columns) {
    partition.push_back(
        Optional(AvroName(column.field->name).c_str(), column.field->field_id, AvroType(column)));
  }
  json file = json::array();
  if (version >= 2) {
    file.push_back(Field("content", 134, "int"));
  }
  file.push_back(Field("file_path", 100, "string"));
  file.push_back(Field("file_format", 101, "string"));
  file.push_back(Field("partition", 102,
                       {{"type", "record"}, {"name", "r102"}, {"fields", std::move(partition)}}));
  file.push_back(Field("record_count", 103, "long"));
  file.push_back(Field("file_size_in_bytes", 104, "long"));
  if (version == 1) {
    file.push_back(Field("block_size_in_bytes", 105, "long"));
  }
  file.push_back(Optional("column_sizes", 108, MapOf(117, 118, "long")));
  file.push_back(Optional("value_counts", 109, MapOf(119, 120, "long")));
  file.push_back(Optional("null_value_counts", 110, MapOf(121, 122, "long")));
  file.push_back(Optional("nan_value_counts", 137, MapOf(138, 139, "long")));
  file.push_back(Optional("lower_bounds", 125, MapOf(126, 127, "bytes")));
  file.push_back(Optional("upper_bounds", 128, MapOf(129, 130, "bytes")));
  file.push_back(Optional("key_metadata", 131, "bytes"));
  file.push_back(Optional("split_offsets", 132, ListOf(133, "long")));
  if (version >= 2) {
    file.push_back(Optional("equality_ids", 135, ListOf(136, "int")));
  }
  file.push_back(Optional("sort_order_id", 140, "int"));
  if (version >= 3) {
    file.push_back(Optional("first_row_id", 142, "long"));
  }
  if (version >= 2) {
    file.push_back(Optional("referenced_data_file", 143, "string"));
  }
  if (version >= 3) {
    file.push_back(Optional("content_offset", 144, "long"));
    file.push_back(Optional("content_size_in_bytes", 145, "long"));
  }
  json entry = json::array({Field("status", 0, "int")});
  if (version == 1) {
    entry.push_back(Field("snapshot_id", 1, "long"));
  } else {
    entry.push_back(Optional("snapshot_id", 1, "long"));
    entry.push_back(Optional("sequence_number", 3, "long"));
    entry.push_back(Optional("file_sequence_number", 4, "long"));
  }
  entry.push_back(
      Field("data_file", 2, {{"type", "record"}, {"name", "r2"}, {"fields", std::move(file)}}));
  return {{"type", "record"}, {"name", "manifest_entry"}, {"fields", std::move(entry)}};
}

void WriteOptionalLong(const std::optional<int64_t>& value, AvroWriter* out) {
  out->WriteBranch(value ? 1 : 0);
  if (value) {
    out->WriteLong(*value);
  }
}

void WriteOptionalText(const std::optional<std::string>& value, AvroWriter* out) {
  out->WriteBranch(value ? 1 : 0);
  if (value) {
    out->WriteString(*value);
  }
}

void WriteMapValue(int64_t value, AvroWriter* out) {
  out->WriteLong(value);
}

void WriteMapValue(const std::string& value, AvroWriter* out) {
  out->WriteString(value);
}

template <class T>
void WriteMap(const std::map<int32_t, T>& map, AvroWriter* out) {
  out->WriteBranch(map.empty() ? 0 : 1);
  if (map.empty()) {
    return;
  }
  out->BeginItems(static_cast<int64_t>(map.size()));
  for (const auto& [key, value] : map) {
    out->WriteLong(key);
    WriteMapValue(value, out);
  }
  out->EndItems();
}

template <class T>
void WriteList(const std::vector<T>& list, AvroWriter* out) {
  out->WriteBranch(list.empty() ? 0 : 1);
  if (list.empty()) {
    return;
  }
  out->BeginItems(static_cast<int64_t>(list.size()));
  for (const T value : list) {
    out->WriteLong(value);
  }
  out->EndItems();
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool IsNan(const type::Value& value) {
  const auto* d = std::get_if<double>(&value.payload());
  const auto* f = std::get_if<float>(&value.payload());
  return (d != nullptr && std::isnan(*d)) || (f != nullptr && std::isnan(*f));
}

Status PutFile(std::string path, std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  return store->Put(path, bytes);
}

class Writer final : public ManifestWriter {
 public:
  Writer(const TableMetadata& metadata, PartitionSpec spec, ManifestContent content,
         SnapshotId snapshot_id, std::string path)
      : version_(metadata.format_version),
        spec_(std::move(spec)),
        content_(content),
        snapshot_id_(snapshot_id),
        path_(std::move(path)),
        columns_(PartitionColumnsOf(metadata, spec_)),
        avro_(EntrySchema(version_, columns_).dump(), HeaderOf(metadata),
              AvroWriter::Codec::kDeflate) {
    ranges_.resize(columns_.size());
  }

  Status Added(const DataFile& file, std::optional<int64_t> data_sequence_number) override {
    ++added_files_;
    added_rows_ += file.record_count;
    if (data_sequence_number) {
      Keep(*data_sequence_number);
    } else {
      inherits_ = true;
    }
    return Write(EntryStatus::kAdded, snapshot_id_, data_sequence_number, std::nullopt, file);
  }

  Status Existing(const ManifestEntry& entry) override {
    ++existing_files_;
    existing_rows_ += entry.file.record_count;
    Keep(entry.file.data_sequence_number);
    return Write(EntryStatus::kExisting, entry.snapshot_id, entry.file.data_sequence_number,
                 entry.file_sequence_number, entry.file);
  }

  Status Deleted(const ManifestEntry& entry) override {
    ++deleted_files_;
    deleted_rows_ += entry.file.record_count;
    return Write(EntryStatus::kDeleted, snapshot_id_, entry.file.data_sequence_number,
                 entry.file_sequence_number, entry.file);
  }

  int64_t size() const override { return avro_.size(); }

  Result<ManifestFile> Finish() override {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, avro_.Finish());
    ARROW_RETURN_NOT_OK(PutFile(path_, bytes));
    ManifestFile manifest;
    manifest.manifest_path = path_;
    manifest.manifest_length = static_cast<int64_t>(bytes.size());
    manifest.partition_spec_id = spec_.spec_id;
    manifest.content = content_;
    manifest.sequence_number = -1;
    manifest.min_sequence_number = inherits_ || !min_sequence_number_ ? -1 : *min_sequence_number_;
    if (inherits_ && min_sequence_number_) {
      manifest.min_sequence_number = *min_sequence_number_;  // always below the new one
    }
    manifest.added_snapshot_id = snapshot_id_;
    manifest.added_files_count = added_files_;
    manifest.existing_files_count = existing_files_;
    manifest.deleted_files_count = deleted_files_;
    manifest.added_rows_count = added_rows_;
    manifest.existing_rows_count = existing_rows_;
    manifest.deleted_rows_count = deleted_rows_;
    for (size_t i = 0; i < columns_.size(); ++i) {
      FieldSummary summary;
      summary.contains_null = ranges_[i].has_null;
      summary.contains_nan = ranges_[i].has_nan;
      if (ranges_[i].min && columns_[i].type != nullptr) {
        summary.lower_bound = Bound(columns_[i], *ranges_[i].min);
        summary.upper_bound = Bound(columns_[i], *ranges_[i].max);
      }
      manifest.partitions.push_back(std::move(summary));
    }
    return manifest;
  }

 private:
  struct Range {
    std::optional<type::Value> min;
    std::optional<type::Value> max;
    bool has_null = false;
    bool has_nan = false;
  };

  std::map<std::string, std::string> HeaderOf(const TableMetadata& metadata) const {
    json schema = json::object();
    for (const auto& item : metadata.document->value("schemas", json::array())) {
      if (item.value("schema-id", -1) == metadata.current_schema_id) {
        schema = item;
      }
    }
    if (schema.empty() && metadata.document->contains("schema")) {
      schema = metadata.document->at("schema");
    }
    json fields = SpecToJson(spec_)["fields"];
    return {{"schema", schema.dump()},
            {"schema-id", std::to_string(metadata.current_schema_id)},
            {"partition-spec", fields.dump()},
            {"partition-spec-id", std::to_string(spec_.spec_id)},
            {"format-version", std::to_string(version_)},
            {"content", content_ == ManifestContent::kData ? "data" : "deletes"}};
  }

  static std::string Bound(const PartitionColumn& column, const type::Value& value) {
    return column.uuid ? UuidBytes(value.string()) : EncodeSingleValue(*column.type, value);
  }

  void Keep(int64_t sequence_number) {
    min_sequence_number_ =
        std::min(min_sequence_number_.value_or(sequence_number), sequence_number);
  }

  void Note(const std::vector<type::Value>& partition) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      Range& range = ranges_[i];
      const type::Value value = i < partition.size() ? partition[i] : type::Value();
      if (value.is_null() || columns_[i].type == nullptr) {
        range.has_null = true;
      } else if (IsNan(value)) {
        range.has_nan = true;
      } else {
        if (!range.min || type::CompareValues(*columns_[i].type, value, *range.min) < 0) {
          range.min = value;
        }
        if (!range.max || type::CompareValues(*columns_[i].type, value, *range.max) > 0) {
          range.max = value;
        }
      }
    }
  }

  Status Write(EntryStatus status, SnapshotId snapshot_id, std::optional<int64_t> sequence_number,
               std::optional<int64_t> file_sequence_number, const DataFile& file) {
    AvroWriter& out = avro_;
    Note(file.partition);
    out.WriteLong(static_cast<int64_t>(status));
    if (version_ == 1) {
      out.WriteLong(snapshot_id.value);
    } else {
      WriteOptionalLong(snapshot_id.value, &out);
      WriteOptionalLong(sequence_number, &out);
      WriteOptionalLong(file_sequence_number, &out);
      out.WriteLong(static_cast<int64_t>(file.content));
    }
    out.WriteString(file.file_path);
    out.WriteString(Upper(file.file_format));
    for (size_t i = 0; i < columns_.size(); ++i) {
      WritePartitionValue(columns_[i],
                          i < file.partition.size() ? file.partition[i] : type::Value(), &out);
    }
    out.WriteLong(file.record_count);
    out.WriteLong(file.file_size_in_bytes);
    if (version_ == 1) {
      out.WriteLong(64 << 20);
    }
    WriteMap(file.column_sizes, &out);
    WriteMap(file.value_counts, &out);
    WriteMap(file.null_value_counts, &out);
    WriteMap(file.nan_value_counts, &out);
    WriteMap(file.lower_bounds, &out);
    WriteMap(file.upper_bounds, &out);
    WriteOptionalText(file.key_metadata, &out);
    WriteList(file.split_offsets, &out);
    if (version_ >= 2) {
      WriteList(file.equality_ids, &out);
    }
    WriteOptionalLong(file.sort_order_id, &out);
    if (version_ >= 3) {
      // New files inherit theirs from the manifest's, which the list assigns.
      WriteOptionalLong(status == EntryStatus::kAdded ? std::nullopt : file.first_row_id, &out);
    }
    if (version_ >= 2) {
      WriteOptionalText(file.referenced_data_file, &out);
    }
    if (version_ >= 3) {
      WriteOptionalLong(file.content_offset, &out);
      WriteOptionalLong(file.content_size_in_bytes, &out);
    }
    return out.EndRow();
  }

  int version_;
  PartitionSpec spec_;
  ManifestContent content_;
  SnapshotId snapshot_id_;
  std::string path_;
  std::vector<PartitionColumn> columns_;
  AvroWriter avro_;
  std::vector<Range> ranges_;
  std::optional<int64_t> min_sequence_number_;
  bool inherits_ = false;
  int64_t added_files_ = 0;
  int64_t existing_files_ = 0;
  int64_t deleted_files_ = 0;
  int64_t added_rows_ = 0;
  int64_t existing_rows_ = 0;
  int64_t deleted_rows_ = 0;
};

json ListSchema(int version) {
  const json summary = {{"type", "array"},
                        {"items",
                         {{"type", "record"},
                          {"name", "r508"},
                          {"fields", json::array({Field("contains_null", 509, "boolean"),
                                                  Optional("contains_nan", 518, "boolean"),
                                                  Optional("lower_bound", 510, "bytes"),
                                                  Optional("upper_bound", 511, "bytes")})}}},
                        {"element-id", 508}};
  json fields =
      json::array({Field("manifest_path", 500, "string"), Field("manifest_length", 501, "long"),
                   Field("partition_spec_id", 502, "int")});
  if (version >= 2) {
    fields.push_back(Field("content", 517, "int"));
    fields.push_back(Field("sequence_number", 515, "long"));
    fields.push_back(Field("min_sequence_number", 516, "long"));
  }
  fields.push_back(Field("added_snapshot_id", 503, "long"));
  static constexpr std::pair<const char*, int32_t> kCounts[] = {
      {"added_files_count", 504}, {"existing_files_count", 505}, {"deleted_files_count", 506},
      {"added_rows_count", 512},  {"existing_rows_count", 513},  {"deleted_rows_count", 514}};
  for (const auto& [name, id] : kCounts) {
    const char* type = id < 510 ? "int" : "long";
    fields.push_back(version >= 2 ? Field(name, id, type) : Optional(name, id, type));
  }
  fields.push_back(Optional("partitions", 507, summary));
  fields.push_back(Optional("key_metadata", 519, "bytes"));
  if (version >= 3) {
    fields.push_back(Optional("first_row_id", 520, "long"));
  }
  return {{"type", "record"}, {"name", "manifest_file"}, {"fields", std::move(fields)}};
}

}  // namespace

Result<std::unique_ptr<ManifestWriter>> MakeManifestWriter(const TableMetadata& metadata,
                                                           const PartitionSpec& spec,
                                                           ManifestContent content,
                                                           SnapshotId snapshot_id,
                                                           std::string path) {
  if (content == ManifestContent::kDeletes && metadata.format_version < 2) {
    return base::Unsupported("delete files in an Iceberg table of format version 1");
  }
  return std::make_unique<Writer>(metadata, spec, content, snapshot_id, std::move(path));
}

Status WriteManifestList(const TableMetadata& metadata, std::vector<ManifestFile> manifests,
                         Snapshot* snapshot) {
  const int version = metadata.format_version;
  std::map<std::string, std::string> header = {
      {"snapshot-id", std::to_string(snapshot->snapshot_id.value)},
      {"parent-snapshot-id",
       snapshot->parent_snapshot_id ? std::to_string(snapshot->parent_snapshot_id->value) : "null"},
      {"format-version", std::to_string(version)}};
  if (version >= 2) {
    header["sequence-number"] = std::to_string(snapshot->sequence_number);
  }
  int64_t next_row_id = snapshot->first_row_id.value_or(0);
  if (version >= 3) {
    header["first-row-id"] = std::to_string(next_row_id);
  }
  AvroWriter out(ListSchema(version).dump(), std::move(header), AvroWriter::Codec::kDeflate);
  for (auto& manifest : manifests) {
    if (manifest.sequence_number < 0) {
      manifest.sequence_number = snapshot->sequence_number;
    }
    if (manifest.min_sequence_number < 0) {
      manifest.min_sequence_number = snapshot->sequence_number;
    }
    out.WriteString(manifest.manifest_path);
    out.WriteLong(manifest.manifest_length);
    out.WriteLong(manifest.partition_spec_id);
    if (version >= 2) {
      out.WriteLong(static_cast<int64_t>(manifest.content));
      out.WriteLong(manifest.sequence_number);
      out.WriteLong(manifest.min_sequence_number);
    }
    out.WriteLong(manifest.added_snapshot_id.value);
    for (const auto& count :
         {manifest.added_files_count, manifest.existing_files_count, manifest.deleted_files_count,
          manifest.added_rows_count, manifest.existing_rows_count, manifest.deleted_rows_count}) {
      if (version >= 2) {
        out.WriteLong(count.value_or(0));
      } else {
        WriteOptionalLong(count, &out);
      }
    }
    out.WriteBranch(1);
    out.BeginItems(static_cast<int64_t>(manifest.partitions.size()));
    for (const auto& summary : manifest.partitions) {
      out.WriteBoolean(summary.contains_null);
      out.WriteBranch(summary.contains_nan ? 1 : 0);
      if (summary.contains_nan) {
        out.WriteBoolean(*summary.contains_nan);
      }
      WriteOptionalText(summary.lower_bound, &out);
      WriteOptionalText(summary.upper_bound, &out);
    }
    out.EndItems();
    WriteOptionalText(manifest.key_metadata, &out);
    if (version >= 3) {
      if (manifest.content == ManifestContent::kData && !manifest.first_row_id) {
        manifest.first_row_id = next_row_id;
        next_row_id +=
            manifest.added_rows_count.value_or(0) + manifest.existing_rows_count.value_or(0);
      }
      WriteOptionalLong(manifest.first_row_id, &out);
    }
    ARROW_RETURN_NOT_OK(out.EndRow());
  }
  if (version >= 3) {
    snapshot->added_rows = next_row_id - snapshot->first_row_id.value_or(0);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, out.Finish());
  return PutFile(snapshot->manifest_list, bytes);
}

}  // namespace emery::table::iceberg
