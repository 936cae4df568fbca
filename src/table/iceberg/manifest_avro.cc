#include "arrow/buffer.h"

#include "io/object_store.h"
#include "table/iceberg/avro_record_internal.h"
#include "table/iceberg/manifest_entries.h"

namespace emery::table::iceberg {

using columnar::Vector;
using columnar::VectorPtr;

Status MalformedManifest(const std::string& path, const std::string& what) {
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Cannot read the Iceberg manifest " + path + ": " + what + ".",
                         {{"path", path}});
}

Result<format::avro::AvroFile> ReadMetadataAvro(const std::string& location) {
  std::string path = location;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, store->Read(path));
  return format::avro::ReadAvroFile(
      {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())}, location);
}

std::optional<int64_t> AvroNumber(const VectorPtr& column, int64_t row) {
  if (column == nullptr || column->IsNull(row)) {
    return std::nullopt;
  }
  switch (column->type()->id()) {
    case type::TypeId::kInt:
      return column->values<int32_t>()[row];
    case type::TypeId::kLong:
      return column->values<int64_t>()[row];
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> AvroBytes(const VectorPtr& column, int64_t row) {
  if (column == nullptr || column->IsNull(row) ||
      column->physical() != type::PhysicalType::kString) {
    return std::nullopt;
  }
  return column->values<columnar::StringView>()[row].view();
}

std::optional<std::string> AvroText(const VectorPtr& column, int64_t row) {
  const auto bytes = AvroBytes(column, row);
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

namespace {

/// Counts had other names in early format 1 tables.
VectorPtr FindCount(const AvroRecord& record, int32_t field_id, std::string_view name,
                    std::string_view old_name) {
  const VectorPtr found = record.Find(field_id, name);
  return found != nullptr ? found : record.Find(field_id, old_name);
}

}  // namespace

Result<std::vector<ManifestFile>> ReadManifestList(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, ReadMetadataAvro(path));
  const AvroRecord record(file.schema, file.rows.columns);
  const VectorPtr manifest_path = record.Find(500, "manifest_path");
  if (manifest_path == nullptr) {
    return MalformedManifest(path, "it has no column manifest_path");
  }
  const VectorPtr length = record.Find(501, "manifest_length");
  const VectorPtr spec = record.Find(502, "partition_spec_id");
  const VectorPtr content = record.Find(517, "content");
  const VectorPtr sequence = record.Find(515, "sequence_number");
  const VectorPtr min_sequence = record.Find(516, "min_sequence_number");
  const VectorPtr snapshot = record.Find(503, "added_snapshot_id");
  const VectorPtr added_files =
      FindCount(record, 504, "added_files_count", "added_data_files_count");
  const VectorPtr existing_files =
      FindCount(record, 505, "existing_files_count", "existing_data_files_count");
  const VectorPtr added_rows = record.Find(512, "added_rows_count");
  const VectorPtr existing_rows = record.Find(513, "existing_rows_count");
  const VectorPtr deleted_files =
      FindCount(record, 506, "deleted_files_count", "deleted_data_files_count");
  const VectorPtr deleted_rows = record.Find(514, "deleted_rows_count");
  const VectorPtr key_metadata = record.Find(519, "key_metadata");
  const VectorPtr first_row_id = record.Find(520, "first_row_id");
  const VectorPtr partitions = record.Find(507, "partitions");
  std::vector<ManifestFile> manifests;
  for (int64_t row = 0; row < file.rows.num_rows; ++row) {
    ManifestFile manifest;
    const auto text = AvroText(manifest_path, row);
    if (!text) {
      return MalformedManifest(path, "an entry has no manifest_path");
    }
    manifest.manifest_path = *text;
    manifest.manifest_length = AvroNumber(length, row).value_or(0);
    manifest.partition_spec_id = static_cast<int32_t>(AvroNumber(spec, row).value_or(0));
    manifest.content = AvroNumber(content, row).value_or(0) == 1 ? ManifestContent::kDeletes
                                                                 : ManifestContent::kData;
    manifest.sequence_number = AvroNumber(sequence, row).value_or(0);
    manifest.min_sequence_number = AvroNumber(min_sequence, row).value_or(0);
    manifest.added_snapshot_id = SnapshotId{AvroNumber(snapshot, row).value_or(-1)};
    manifest.added_files_count = AvroNumber(added_files, row);
    manifest.existing_files_count = AvroNumber(existing_files, row);
    manifest.added_rows_count = AvroNumber(added_rows, row);
    manifest.existing_rows_count = AvroNumber(existing_rows, row);
    manifest.deleted_files_count = AvroNumber(deleted_files, row);
    manifest.deleted_rows_count = AvroNumber(deleted_rows, row);
    manifest.key_metadata = AvroText(key_metadata, row);
    manifest.first_row_id = AvroNumber(first_row_id, row);
    if (partitions != nullptr && !partitions->IsNull(row) &&
        partitions->type()->is(type::TypeId::kArray)) {
      const auto entry = partitions->values<columnar::ListEntry>()[row];
      const Vector& items = *partitions->children()[0];
      const AvroRecord summary(items.type()->fields(), items.children());
      const VectorPtr contains_null = summary.Find(509, "contains_null");
      const VectorPtr contains_nan = summary.Find(518, "contains_nan");
      const VectorPtr lower = summary.Find(510, "lower_bound");
      const VectorPtr upper = summary.Find(511, "upper_bound");
      for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
        FieldSummary field;
        field.contains_null = contains_null == nullptr || contains_null->IsNull(i) ||
                              contains_null->values<uint8_t>()[i] != 0;
        if (contains_nan != nullptr && !contains_nan->IsNull(i)) {
          field.contains_nan = contains_nan->values<uint8_t>()[i] != 0;
        }
        field.lower_bound = AvroText(lower, i);
        field.upper_bound = AvroText(upper, i);
        manifest.partitions.push_back(std::move(field));
      }
    }
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

Result<std::vector<DataFile>> ReadManifest(const ManifestFile& manifest,
                                           const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto entries, ManifestEntries::Read(manifest, spec));
  std::vector<DataFile> files;
  for (int64_t row = 0; row < entries->size(); ++row) {
    if (entries->is_live(row)) {
      files.push_back(entries->File(row));
    }
  }
  return files;
}

Result<std::vector<ManifestEntry>> ReadManifestEntries(const ManifestFile& manifest,
                                                       const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto entries, ManifestEntries::Read(manifest, spec));
  std::vector<ManifestEntry> all;
  for (int64_t row = 0; row < entries->size(); ++row) {
    all.push_back(entries->Entry(row));
  }
  return all;
}

Result<std::vector<ManifestFile>> ManifestsOf(const TableMetadata& metadata,
                                              const Snapshot& snapshot) {
  if (!snapshot.manifest_list.empty()) {
    return ReadManifestList(snapshot.manifest_list);
  }
  std::vector<ManifestFile> manifests;
  for (const auto& path : snapshot.manifests) {
    ManifestFile manifest;
    manifest.manifest_path = path;
    manifest.partition_spec_id = metadata.default_spec_id;
    manifest.added_snapshot_id = snapshot.snapshot_id;
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

std::string DataFile::identity() const {
  return content_offset ? file_path + "@" + std::to_string(*content_offset) : file_path;
}

}  // namespace emery::table::iceberg
