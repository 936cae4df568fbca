#include "table/iceberg/manifest_entries.h"

#include <algorithm>

#include "columnar/batch.h"
#include "table/iceberg/avro_record_internal.h"

namespace emery::table::iceberg {

using columnar::ListEntry;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

VectorPtr IfMap(VectorPtr column) {
  return column != nullptr && column->type()->is(type::TypeId::kMap) &&
                 column->children()[0]->type()->is(type::TypeId::kInt)
             ? column
             : nullptr;
}

std::map<int32_t, int64_t> CountMap(const VectorPtr& map, int64_t row) {
  std::map<int32_t, int64_t> counts;
  if (map != nullptr && !map->IsNull(row)) {
    const auto entry = map->values<ListEntry>()[row];
    const auto* keys = map->children()[0]->values<int32_t>();
    for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      if (const auto count = AvroNumber(map->children()[1], i)) {
        counts.emplace(keys[i], *count);
      }
    }
  }
  return counts;
}

std::map<int32_t, std::string> BytesMap(const VectorPtr& map, int64_t row) {
  std::map<int32_t, std::string> values;
  if (map != nullptr && !map->IsNull(row)) {
    const auto entry = map->values<ListEntry>()[row];
    const auto* keys = map->children()[0]->values<int32_t>();
    for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      if (const auto bytes = AvroBytes(map->children()[1], i)) {
        values.emplace(keys[i], std::string(*bytes));
      }
    }
  }
  return values;
}

template <class T>
std::vector<T> NumberList(const VectorPtr& list, int64_t row) {
  std::vector<T> numbers;
  if (list != nullptr && !list->IsNull(row) && list->type()->is(type::TypeId::kArray)) {
    const auto entry = list->values<ListEntry>()[row];
    for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      numbers.push_back(static_cast<T>(AvroNumber(list->children()[0], i).value_or(0)));
    }
  }
  return numbers;
}

}  // namespace

Result<std::shared_ptr<const ManifestEntries>> ManifestEntries::Read(const ManifestFile& manifest,
                                                                     const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(const auto file, ReadMetadataAvro(manifest.manifest_path));
  const AvroRecord record(file.schema, file.rows.columns);
  const VectorPtr status = record.Find(0, "status");
  const VectorPtr data_file = record.Find(2, "data_file");
  if (status == nullptr || !status->type()->is(type::TypeId::kInt) || data_file == nullptr ||
      !data_file->type()->is(type::TypeId::kStruct)) {
    return MalformedManifest(manifest.manifest_path, "it has no columns status and data_file");
  }
  std::shared_ptr<ManifestEntries> entries(new ManifestEntries());
  entries->size_ = file.rows.num_rows;
  entries->spec_id_ = spec.spec_id;
  entries->manifest_sequence_number_ = manifest.sequence_number;
  entries->manifest_snapshot_id_ = manifest.added_snapshot_id.value;
  entries->snapshot_id_ = record.Find(1, "snapshot_id");
  entries->sequence_number_ = record.Find(3, "sequence_number");
  entries->file_sequence_number_ = record.Find(4, "file_sequence_number");
  entries->file_fields_ = data_file->type()->fields();
  entries->file_columns_ = data_file->children();
  entries->Bind(spec.fields);
  entries->status_.resize(static_cast<size_t>(entries->size_));
  for (int64_t row = 0; row < entries->size_; ++row) {
    const int64_t number = AvroNumber(status, row).value_or(-1);
    if (number < 0 || number > 2) {
      return MalformedManifest(manifest.manifest_path,
                               "an entry has the status " + std::to_string(number));
    }
    entries->status_[static_cast<size_t>(row)] = static_cast<EntryStatus>(number);
    if (!AvroBytes(entries->file_path_, row)) {
      return MalformedManifest(manifest.manifest_path, "an entry has no file_path");
    }
    if (const int64_t content = AvroNumber(entries->content_, row).value_or(0);
        content < 0 || content > 2) {
      return MalformedManifest(manifest.manifest_path,
                               "an entry has the content " + std::to_string(content));
    }
  }
  // Ids in a manifest whose list entry has none mean nothing.
  if (manifest.first_row_id) {
    const VectorPtr own = entries->FileColumn(142);
    int64_t next = *manifest.first_row_id;
    for (int64_t row = 0; row < entries->size_; ++row) {
      auto id = AvroNumber(own, row);
      if (!id && entries->is_live(row)) {
        id = next;
        next += entries->record_count(row);
      }
      entries->first_row_id_.push_back(id);
    }
  }
  entries->memory_bytes_ = columnar::MemoryBytes(file.rows) + entries->size_ * 32 + 4096;
  return std::shared_ptr<const ManifestEntries>(entries);
}

void ManifestEntries::Bind(const std::vector<PartitionField>& fields) {
  const AvroRecord columns(file_fields_, file_columns_);
  content_ = columns.Find(134, "content");
  file_path_ = columns.Find(100, "file_path");
  record_count_ = columns.Find(103, "record_count");
  file_size_ = columns.Find(104, "file_size_in_bytes");
  column_sizes_ = IfMap(columns.Find(108, "column_sizes"));
  value_counts_ = IfMap(columns.Find(109, "value_counts"));
  null_value_counts_ = IfMap(columns.Find(110, "null_value_counts"));
  nan_value_counts_ = IfMap(columns.Find(137, "nan_value_counts"));
  lower_bounds_ = IfMap(columns.Find(125, "lower_bounds"));
  upper_bounds_ = IfMap(columns.Find(128, "upper_bounds"));
  // Partition values by the field ids of the spec, whatever order the file has.
  partition_fields_ = fields;
  partition_.assign(fields.size(), nullptr);
  const VectorPtr partition = columns.Find(102, "partition");
  if (partition != nullptr && partition->type()->is(type::TypeId::kStruct)) {
    const AvroRecord values(partition->type()->fields(), partition->children());
    for (size_t i = 0; i < fields.size(); ++i) {
      partition_[i] = values.Find(fields[i].field_id, fields[i].name);
    }
  }
}

std::shared_ptr<const ManifestEntries> ManifestEntries::Select(
    const std::vector<int64_t>& rows) const {
  std::shared_ptr<ManifestEntries> selected(new ManifestEntries());
  const auto copy = [&](const VectorPtr& column) -> VectorPtr {
    if (column == nullptr) {
      return nullptr;
    }
    const auto builder = columnar::VectorBuilder::Make(column->type());
    for (const int64_t row : rows) {
      builder->AppendFrom(*column, row);
    }
    return builder->Finish();
  };
  selected->size_ = static_cast<int64_t>(rows.size());
  selected->spec_id_ = spec_id_;
  selected->manifest_sequence_number_ = manifest_sequence_number_;
  selected->manifest_snapshot_id_ = manifest_snapshot_id_;
  selected->snapshot_id_ = copy(snapshot_id_);
  selected->sequence_number_ = copy(sequence_number_);
  selected->file_sequence_number_ = copy(file_sequence_number_);
  selected->file_fields_ = file_fields_;
  for (const auto& column : file_columns_) {
    selected->file_columns_.push_back(copy(column));
  }
  selected->Bind(partition_fields_);
  for (const int64_t row : rows) {
    selected->status_.push_back(status(row));
    if (!first_row_id_.empty()) {
      selected->first_row_id_.push_back(first_row_id(row));
    }
  }
  return selected;
}

std::optional<int64_t> ManifestEntries::snapshot_id(int64_t row) const {
  const auto own = AvroNumber(snapshot_id_, row);
  return own ? own : std::optional(manifest_snapshot_id_);
}

std::optional<int64_t> ManifestEntries::data_sequence_number(int64_t row) const {
  const auto own = AvroNumber(sequence_number_, row);
  if (own || (status(row) != EntryStatus::kAdded && manifest_sequence_number_ != 0)) {
    return own;
  }
  return manifest_sequence_number_;
}

std::optional<int64_t> ManifestEntries::file_sequence_number(int64_t row) const {
  const auto own = AvroNumber(file_sequence_number_, row);
  if (own || (status(row) != EntryStatus::kAdded && manifest_sequence_number_ != 0)) {
    return own;
  }
  return manifest_sequence_number_;
}

FileContent ManifestEntries::content(int64_t row) const {
  return static_cast<FileContent>(AvroNumber(content_, row).value_or(0));
}

std::string_view ManifestEntries::file_path(int64_t row) const {
  return *AvroBytes(file_path_, row);
}

std::string ManifestEntries::FileFormat(int64_t row) const {
  std::string format = AvroText(FileColumn(101), row).value_or("parquet");
  std::transform(format.begin(), format.end(), format.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return format;
}

int64_t ManifestEntries::record_count(int64_t row) const {
  return AvroNumber(record_count_, row).value_or(0);
}

int64_t ManifestEntries::file_size_in_bytes(int64_t row) const {
  return AvroNumber(file_size_, row).value_or(0);
}

std::optional<int64_t> ManifestEntries::first_row_id(int64_t row) const {
  return first_row_id_.empty() ? std::nullopt : first_row_id_[static_cast<size_t>(row)];
}

type::Value ManifestEntries::partition_value(int64_t row, size_t field) const {
  const VectorPtr& column = partition_[field];
  return column == nullptr ? type::Value() : columnar::ValueAt(*column, row);
}

int32_t ManifestEntries::FindKey(const VectorPtr& map, int64_t row, int32_t field_id) {
  if (map == nullptr || map->IsNull(row)) {
    return -1;
  }
  const auto entry = map->values<ListEntry>()[row];
  const auto* keys = map->children()[0]->values<int32_t>();
  for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (keys[i] == field_id) {
      return i;
    }
  }
  return -1;
}

std::optional<int64_t> ManifestEntries::Count(const VectorPtr& map, int64_t row, int32_t field_id) {
  const int32_t at = FindKey(map, row, field_id);
  return at < 0 ? std::nullopt : AvroNumber(map->children()[1], at);
}

std::optional<std::string_view> ManifestEntries::Bytes(const VectorPtr& map, int64_t row,
                                                       int32_t field_id) {
  const int32_t at = FindKey(map, row, field_id);
  return at < 0 ? std::nullopt : AvroBytes(map->children()[1], at);
}

std::optional<int64_t> ManifestEntries::column_size(int64_t row, int32_t field_id) const {
  return Count(column_sizes_, row, field_id);
}

std::optional<int64_t> ManifestEntries::value_count(int64_t row, int32_t field_id) const {
  return Count(value_counts_, row, field_id);
}

std::optional<int64_t> ManifestEntries::null_value_count(int64_t row, int32_t field_id) const {
  return Count(null_value_counts_, row, field_id);
}

std::optional<int64_t> ManifestEntries::nan_value_count(int64_t row, int32_t field_id) const {
  return Count(nan_value_counts_, row, field_id);
}

std::optional<std::string_view> ManifestEntries::lower_bound(int64_t row, int32_t field_id) const {
  return Bytes(lower_bounds_, row, field_id);
}

std::optional<std::string_view> ManifestEntries::upper_bound(int64_t row, int32_t field_id) const {
  return Bytes(upper_bounds_, row, field_id);
}

VectorPtr ManifestEntries::FileColumn(int32_t field_id) const {
  // Names for writers that leave out ids.
  static const std::map<int32_t, std::string_view> kNames = {
      {100, "file_path"},          {101, "file_format"},   {103, "record_count"},
      {104, "file_size_in_bytes"}, {108, "column_sizes"},  {109, "value_counts"},
      {110, "null_value_counts"},  {125, "lower_bounds"},  {128, "upper_bounds"},
      {131, "key_metadata"},       {132, "split_offsets"}, {135, "equality_ids"},
      {137, "nan_value_counts"},   {140, "sort_order_id"}};
  const auto known = kNames.find(field_id);
  const std::string_view name = known == kNames.end() ? std::string_view() : known->second;
  return AvroRecord(file_fields_, file_columns_).Find(field_id, name);
}

DataFile ManifestEntries::File(int64_t row) const {
  DataFile file;
  file.content = content(row);
  file.file_path = std::string(file_path(row));
  file.file_format = FileFormat(row);
  file.spec_id = spec_id_;
  for (size_t i = 0; i < partition_.size(); ++i) {
    file.partition.push_back(partition_value(row, i));
  }
  file.record_count = record_count(row);
  file.file_size_in_bytes = file_size_in_bytes(row);
  file.column_sizes = CountMap(column_sizes_, row);
  file.value_counts = CountMap(value_counts_, row);
  file.null_value_counts = CountMap(null_value_counts_, row);
  file.nan_value_counts = CountMap(nan_value_counts_, row);
  file.lower_bounds = BytesMap(lower_bounds_, row);
  file.upper_bounds = BytesMap(upper_bounds_, row);
  file.key_metadata = AvroText(FileColumn(131), row);
  file.split_offsets = NumberList<int64_t>(FileColumn(132), row);
  file.equality_ids = NumberList<int32_t>(FileColumn(135), row);
  if (const auto order = AvroNumber(FileColumn(140), row)) {
    file.sort_order_id = static_cast<int32_t>(*order);
  }
  file.first_row_id = first_row_id(row);
  file.referenced_data_file = AvroText(FileColumn(143), row);
  file.content_offset = AvroNumber(FileColumn(144), row);
  file.content_size_in_bytes = AvroNumber(FileColumn(145), row);
  file.data_sequence_number = data_sequence_number(row).value_or(0);
  return file;
}

ManifestEntry ManifestEntries::Entry(int64_t row) const {
  ManifestEntry entry;
  entry.status = status(row);
  entry.snapshot_id = SnapshotId{snapshot_id(row).value_or(-1)};
  entry.file_sequence_number = file_sequence_number(row).value_or(0);
  entry.file = File(row);
  return entry;
}

}  // namespace emery::table::iceberg
