#include <algorithm>

#include "arrow/buffer.h"

#include "format/avro/avro_reader.h"
#include "io/object_store.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {

using columnar::Vector;
using columnar::VectorPtr;

namespace {

Status Malformed(const std::string& path, const std::string& what) {
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Cannot read the Iceberg manifest " + path + ": " + what + ".",
                         {{"path", path}});
}

/// Columns of a record by field id, or by name where the writer left out ids.
class Record {
 public:
  Record(const type::Schema& fields, const std::vector<VectorPtr>& columns)
      : fields_(fields), columns_(columns) {}

  const Vector* Find(int32_t field_id, std::string_view name) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].field_id == field_id || (fields_[i].field_id < 0 && fields_[i].name == name)) {
        return columns_[i].get();
      }
    }
    return nullptr;
  }

 private:
  const type::Schema& fields_;
  const std::vector<VectorPtr>& columns_;
};

std::optional<int64_t> Number(const Vector* column, int64_t row) {
  if (column == nullptr || column->IsNull(row) || !column->type()->is_integral()) {
    return std::nullopt;
  }
  return columnar::ValueAt(*column, row).integer();
}

std::optional<std::string> Text(const Vector* column, int64_t row) {
  if (column == nullptr || column->IsNull(row) ||
      column->physical() != type::PhysicalType::kString) {
    return std::nullopt;
  }
  return std::string(column->values<columnar::StringView>()[row].view());
}

template <class T, class F>
std::map<int32_t, T> MapOf(const Vector* column, int64_t row, F read) {
  std::map<int32_t, T> map;
  if (column == nullptr || column->IsNull(row) || !column->type()->is(type::TypeId::kMap)) {
    return map;
  }
  const auto entry = column->values<columnar::ListEntry>()[row];
  for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    const auto key = Number(column->children()[0].get(), i);
    if (key && !column->children()[1]->IsNull(i)) {
      map.emplace(static_cast<int32_t>(*key), read(*column->children()[1], i));
    }
  }
  return map;
}

Result<format::avro::AvroFile> ReadAvro(const std::string& location) {
  std::string path = location;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, store->Read(path));
  return format::avro::ReadAvroFile(
      {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())}, location);
}

}  // namespace

std::string DataFile::identity() const {
  return content_offset ? file_path + "#" + std::to_string(*content_offset) : file_path;
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

Result<std::vector<ManifestFile>> ReadManifestList(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, ReadAvro(path));
  const Record record(file.schema, file.rows.columns);
  const Vector* manifest_path = record.Find(500, "manifest_path");
  if (manifest_path == nullptr) {
    return Malformed(path, "it has no column manifest_path");
  }
  const Vector* length = record.Find(501, "manifest_length");
  const Vector* spec = record.Find(502, "partition_spec_id");
  const Vector* content = record.Find(517, "content");
  const Vector* sequence = record.Find(515, "sequence_number");
  const Vector* min_sequence = record.Find(516, "min_sequence_number");
  const Vector* snapshot = record.Find(503, "added_snapshot_id");
  const Vector* added_files = record.Find(504, "added_files_count");
  const Vector* existing_files = record.Find(505, "existing_files_count");
  const Vector* added_rows = record.Find(512, "added_rows_count");
  const Vector* existing_rows = record.Find(513, "existing_rows_count");
  const Vector* deleted_files = record.Find(506, "deleted_files_count");
  const Vector* deleted_rows = record.Find(514, "deleted_rows_count");
  const Vector* partitions = record.Find(507, "partitions");
  const Vector* key_metadata = record.Find(519, "key_metadata");
  const Vector* first_row_id = record.Find(520, "first_row_id");
  std::vector<ManifestFile> manifests;
  for (int64_t row = 0; row < file.rows.num_rows; ++row) {
    ManifestFile manifest;
    const auto text = Text(manifest_path, row);
    if (!text) {
      return Malformed(path, "an entry has no manifest_path");
    }
    manifest.manifest_path = *text;
    manifest.manifest_length = Number(length, row).value_or(0);
    manifest.partition_spec_id = static_cast<int32_t>(Number(spec, row).value_or(0));
    manifest.content =
        Number(content, row).value_or(0) == 1 ? ManifestContent::kDeletes : ManifestContent::kData;
    manifest.sequence_number = Number(sequence, row).value_or(0);
    manifest.min_sequence_number = Number(min_sequence, row).value_or(0);
    manifest.added_snapshot_id = SnapshotId{Number(snapshot, row).value_or(-1)};
    manifest.added_files_count = Number(added_files, row);
    manifest.existing_files_count = Number(existing_files, row);
    manifest.added_rows_count = Number(added_rows, row);
    manifest.existing_rows_count = Number(existing_rows, row);
    manifest.deleted_files_count = Number(deleted_files, row);
    manifest.deleted_rows_count = Number(deleted_rows, row);
    manifest.key_metadata = Text(key_metadata, row);
    manifest.first_row_id = Number(first_row_id, row);
    if (partitions != nullptr && !partitions->IsNull(row) &&
        partitions->type()->is(type::TypeId::kArray)) {
      const auto entry = partitions->values<columnar::ListEntry>()[row];
      const Vector& items = *partitions->children()[0];
      const Record summary(items.type()->fields(), items.children());
      const Vector* contains_null = summary.Find(509, "contains_null");
      const Vector* contains_nan = summary.Find(518, "contains_nan");
      const Vector* lower = summary.Find(510, "lower_bound");
      const Vector* upper = summary.Find(511, "upper_bound");
      for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
        FieldSummary field;
        field.contains_null = contains_null == nullptr || contains_null->IsNull(i) ||
                              contains_null->values<uint8_t>()[i] != 0;
        if (contains_nan != nullptr && !contains_nan->IsNull(i)) {
          field.contains_nan = contains_nan->values<uint8_t>()[i] != 0;
        }
        field.lower_bound = Text(lower, i);
        field.upper_bound = Text(upper, i);
        manifest.partitions.push_back(std::move(field));
      }
    }
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

Result<std::vector<DataFile>> ReadManifest(const ManifestFile& manifest,
                                           const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(auto entries, ReadManifestEntries(manifest, spec));
  std::vector<DataFile> files;
  for (auto& entry : entries) {
    if (entry.status != EntryStatus::kDeleted) {
      files.push_back(std::move(entry.file));
    }
  }
  return files;
}

Result<std::vector<ManifestEntry>> ReadManifestEntries(const ManifestFile& manifest,
                                                       const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto file, ReadAvro(manifest.manifest_path));
  const Record record(file.schema, file.rows.columns);
  const Vector* status = record.Find(0, "status");
  const Vector* entry_snapshot = record.Find(1, "snapshot_id");
  const Vector* sequence = record.Find(3, "sequence_number");
  const Vector* file_sequence = record.Find(4, "file_sequence_number");
  const Vector* data_file = record.Find(2, "data_file");
  if (status == nullptr || data_file == nullptr || !data_file->type()->is(type::TypeId::kStruct)) {
    return Malformed(manifest.manifest_path, "it has no columns status and data_file");
  }
  const Record columns(data_file->type()->fields(), data_file->children());
  const Vector* content = columns.Find(134, "content");
  const Vector* file_path = columns.Find(100, "file_path");
  const Vector* file_format = columns.Find(101, "file_format");
  const Vector* partition = columns.Find(102, "partition");
  const Vector* record_count = columns.Find(103, "record_count");
  const Vector* file_size = columns.Find(104, "file_size_in_bytes");
  const Vector* value_counts = columns.Find(109, "value_counts");
  const Vector* null_counts = columns.Find(110, "null_value_counts");
  const Vector* lower = columns.Find(125, "lower_bounds");
  const Vector* upper = columns.Find(128, "upper_bounds");
  const Vector* column_sizes = columns.Find(108, "column_sizes");
  const Vector* nan_counts = columns.Find(137, "nan_value_counts");
  const Vector* key_metadata = columns.Find(131, "key_metadata");
  const Vector* split_offsets = columns.Find(132, "split_offsets");
  const Vector* sort_order = columns.Find(140, "sort_order_id");
  const Vector* first_row_id = columns.Find(142, "first_row_id");
  const Vector* equality = columns.Find(135, "equality_ids");
  const Vector* referenced = columns.Find(143, "referenced_data_file");
  const Vector* offset = columns.Find(144, "content_offset");
  const Vector* size = columns.Find(145, "content_size_in_bytes");
  // Partition values by the field ids of the spec, whatever order the file has.
  std::vector<const Vector*> partition_columns(spec.fields.size(), nullptr);
  if (partition != nullptr && partition->type()->is(type::TypeId::kStruct)) {
    const Record values(partition->type()->fields(), partition->children());
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      partition_columns[i] = values.Find(spec.fields[i].field_id, spec.fields[i].name);
    }
  }
  const auto count_of = [](const Vector& v, int64_t i) {
    return columnar::ValueAt(v, i).integer();
  };
  const auto bytes_of = [](const Vector& v, int64_t i) {
    return std::string(v.values<columnar::StringView>()[i].view());
  };
  std::vector<ManifestEntry> entries;
  // Row ids that entries without their own take, one after another (specification, "Row Lineage").
  int64_t next_row_id = manifest.first_row_id.value_or(-1);
  for (int64_t row = 0; row < file.rows.num_rows; ++row) {
    const int64_t entry_status = std::clamp<int64_t>(Number(status, row).value_or(0), 0, 2);
    ManifestEntry with_status;
    with_status.status = static_cast<EntryStatus>(entry_status);
    with_status.snapshot_id =
        SnapshotId{Number(entry_snapshot, row).value_or(manifest.added_snapshot_id.value)};
    DataFile& entry = with_status.file;
    const auto path = Text(file_path, row);
    if (!path) {
      return Malformed(manifest.manifest_path, "an entry has no file_path");
    }
    entry.file_path = *path;
    entry.content =
        static_cast<FileContent>(std::clamp<int64_t>(Number(content, row).value_or(0), 0, 2));
    entry.file_format = Text(file_format, row).value_or("parquet");
    std::transform(entry.file_format.begin(), entry.file_format.end(), entry.file_format.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    entry.spec_id = spec.spec_id;
    for (const Vector* column : partition_columns) {
      entry.partition.push_back(column == nullptr ? type::Value()
                                                  : columnar::ValueAt(*column, row));
    }
    entry.record_count = Number(record_count, row).value_or(0);
    entry.file_size_in_bytes = Number(file_size, row).value_or(0);
    entry.value_counts = MapOf<int64_t>(value_counts, row, count_of);
    entry.null_value_counts = MapOf<int64_t>(null_counts, row, count_of);
    entry.lower_bounds = MapOf<std::string>(lower, row, bytes_of);
    entry.upper_bounds = MapOf<std::string>(upper, row, bytes_of);
    if (equality != nullptr && !equality->IsNull(row) &&
        equality->type()->is(type::TypeId::kArray)) {
      const auto list = equality->values<columnar::ListEntry>()[row];
      for (int32_t i = list.offset; i < list.offset + list.length; ++i) {
        entry.equality_ids.push_back(
            static_cast<int32_t>(Number(equality->children()[0].get(), i).value_or(0)));
      }
    }
    entry.referenced_data_file = Text(referenced, row);
    entry.content_offset = Number(offset, row);
    entry.content_size_in_bytes = Number(size, row);
    // Added entries inherit the manifest's sequence number (specification, "Sequence Number
    // Inheritance").
    const auto own = Number(sequence, row);
    entry.data_sequence_number = own ? *own : (entry_status == 1 ? manifest.sequence_number : 0);
    const auto own_file = Number(file_sequence, row);
    with_status.file_sequence_number =
        own_file ? *own_file : (entry_status == 1 ? manifest.sequence_number : 0);
    entry.column_sizes = MapOf<int64_t>(column_sizes, row, count_of);
    entry.nan_value_counts = MapOf<int64_t>(nan_counts, row, count_of);
    entry.key_metadata = Text(key_metadata, row);
    if (split_offsets != nullptr && !split_offsets->IsNull(row) &&
        split_offsets->type()->is(type::TypeId::kArray)) {
      const auto list = split_offsets->values<columnar::ListEntry>()[row];
      for (int32_t i = list.offset; i < list.offset + list.length; ++i) {
        entry.split_offsets.push_back(Number(split_offsets->children()[0].get(), i).value_or(0));
      }
    }
    if (const auto order = Number(sort_order, row)) {
      entry.sort_order_id = static_cast<int32_t>(*order);
    }
    entry.first_row_id = Number(first_row_id, row);
    if (entry.content == FileContent::kData && !entry.first_row_id && next_row_id >= 0 &&
        entry_status != 2) {
      entry.first_row_id = next_row_id;
      next_row_id += entry.record_count;
    }
    entries.push_back(std::move(with_status));
  }
  return entries;
}

}  // namespace emery::table::iceberg
