// files, data_files, delete_files, entries and their all_ forms: the entries of manifests.

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/metadata_tables/readable_metrics_internal.h"
#include "table/iceberg/partition_type.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::FlatWriter;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

type::TypePtr Counts() {
  return MapOf(type::Int(), type::Long());
}

type::TypePtr BoundsMap() {
  return MapOf(type::Int(), type::Binary());
}

/// Fields of the struct data_file, with the ids of the specification.
type::Schema FileFields(const type::TypePtr& partition_type) {
  type::Schema fields;
  const auto add = [&](int32_t id, type::Field field) {
    field.field_id = id;
    fields.push_back(std::move(field));
  };
  add(134, Optional("content", type::Int(),
                    "Contents of the file: 0=data, 1=position deletes, 2=equality deletes"));
  add(100, Required("file_path", type::String(), "Location URI with FS scheme"));
  add(101, Required("file_format", type::String(), "File format name: avro, orc, or parquet"));
  add(141, Optional("spec_id", type::Int(), "Partition spec ID"));
  if (!partition_type->fields().empty()) {
    add(102, Required("partition", partition_type,
                      "Partition data tuple, schema based on the partition spec"));
  }
  add(103, Required("record_count", type::Long(), "Number of records in the file"));
  add(104, Required("file_size_in_bytes", type::Long(), "Total file size in bytes"));
  add(108, Optional("column_sizes", Counts(), "Map of column id to total size on disk"));
  add(109, Optional("value_counts", Counts(),
                    "Map of column id to total count, including null and NaN"));
  add(110, Optional("null_value_counts", Counts(), "Map of column id to null value count"));
  add(137, Optional("nan_value_counts", Counts(),
                    "Map of column id to number of NaN values in the column"));
  add(125, Optional("lower_bounds", BoundsMap(), "Map of column id to lower bound"));
  add(128, Optional("upper_bounds", BoundsMap(), "Map of column id to upper bound"));
  add(131, Optional("key_metadata", type::Binary(), "Encryption key metadata blob"));
  add(132, Optional("split_offsets", ListOf(type::Long()), "Splittable offsets"));
  add(135, Optional("equality_ids", ListOf(type::Int()), "Equality comparison field IDs"));
  add(140, Optional("sort_order_id", type::Int(), "Sort order ID"));
  add(142, Optional("first_row_id", type::Long(),
                    "The first row ID assigned to the first row in the data file"));
  add(143, Optional("referenced_data_file", type::String(),
                    "Fully qualified location (URI with FS scheme) of a data file that all "
                    "deletes reference"));
  add(144,
      Optional("content_offset", type::Long(), "The offset in the file where the content starts"));
  add(145, Optional("content_size_in_bytes", type::Long(),
                    "The length of referenced content stored in the file"));
  return fields;
}

template <class F>
VectorPtr Longs(const std::vector<int32_t>& rows, F value_of) {
  const auto size = static_cast<int64_t>(rows.size());
  FlatWriter out(type::Long(), size);
  for (int64_t i = 0; i < size; ++i) {
    if (const std::optional<int64_t> value = value_of(rows[static_cast<size_t>(i)])) {
      out.values<int64_t>()[i] = *value;
    } else {
      out.SetNull(i);
    }
  }
  return out.Finish(size);
}

/// Rows of one manifest as data_file fields. A column of the manifest is shown as it is.
VectorPtr FileColumn(const TableMetadata& metadata, const PartitionSpec& spec,
                     const ManifestEntries& entries, const std::vector<int32_t>& rows,
                     const type::Field& field) {
  const auto size = static_cast<int64_t>(rows.size());
  switch (field.field_id) {
    case 134: {
      FlatWriter out(type::Int(), size);
      for (int64_t i = 0; i < size; ++i) {
        out.values<int32_t>()[i] =
            static_cast<int32_t>(entries.content(rows[static_cast<size_t>(i)]));
      }
      return out.Finish(size);
    }
    case 101: {
      FlatWriter out(type::String(), size);
      for (int64_t i = 0; i < size; ++i) {
        std::string format = entries.FileFormat(rows[static_cast<size_t>(i)]);
        for (char& c : format) {
          c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
        out.SetString(i, format);
      }
      return out.Finish(size);
    }
    case 141:
      return Vector::MakeConstant(type::Int(), type::Value::Int(entries.spec_id()), size);
    case 102: {
      const auto builder = columnar::VectorBuilder::Make(field.type);
      std::vector<type::Value> values(spec.fields.size());
      for (const int32_t row : rows) {
        for (size_t i = 0; i < values.size(); ++i) {
          values[i] = entries.partition_value(row, i);
        }
        builder->AppendValue(UnifiedPartition(metadata, *field.type, spec, values));
      }
      return builder->Finish();
    }
    case 142:
      return Longs(rows, [&](int32_t row) { return entries.first_row_id(row); });
    default:
      break;
  }
  const VectorPtr column = entries.FileColumn(field.field_id);
  if (column == nullptr || column->type()->physical() != field.type->physical() ||
      column->type()->is(type::TypeId::kMap) != field.type->is(type::TypeId::kMap)) {
    return Vector::MakeNull(field.type, size);
  }
  const VectorPtr gathered = columnar::Gather(column, rows.data(), size);
  return gathered->type()->Equals(*field.type) ? gathered : Vector::WithType(gathered, field.type);
}

class FilesTable final : public MetadataTable {
 public:
  FilesTable(std::shared_ptr<const IcebergTable> table, std::string name, ManifestChoice choice,
             bool entries, type::Schema file_fields, type::Schema schema)
      : MetadataTable(std::move(table), std::move(name), std::move(schema)),
        choice_(choice),
        entries_(entries),
        file_fields_(std::move(file_fields)) {}

 protected:
  Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& /*context*/) const override {
    ARROW_ASSIGN_OR_RAISE(auto manifests, ChosenManifests(table(), choice_));
    std::vector<RowSource> sources;
    const auto self = std::make_shared<const FilesTable>(*this);
    for (auto& manifest : manifests) {
      sources.push_back([self, manifest](const std::vector<bool>& wanted) {
        return self->RowsOf(manifest, wanted);
      });
    }
    return sources;
  }

 private:
  Result<Batch> RowsOf(const ManifestFile& manifest, const std::vector<bool>& wanted) const {
    ARROW_ASSIGN_OR_RAISE(const auto* spec, SpecOf(metadata(), manifest));
    ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifest, *spec));
    std::vector<int32_t> rows;
    for (int64_t row = 0; row < entries->size(); ++row) {
      if (entries_ || entries->is_live(row)) {
        rows.push_back(static_cast<int32_t>(row));
      }
    }
    Batch batch;
    batch.num_rows = static_cast<int64_t>(rows.size());
    for (size_t i = 0; i < schema().size(); ++i) {
      batch.columns.push_back(wanted[i] ? Column(schema()[i], *spec, *entries, rows)
                                        : Vector::MakeNull(schema()[i].type, batch.num_rows));
    }
    return batch;
  }

  VectorPtr Column(const type::Field& field, const PartitionSpec& spec,
                   const ManifestEntries& entries, const std::vector<int32_t>& rows) const {
    const auto size = static_cast<int64_t>(rows.size());
    if (field.name == "readable_metrics") {
      return ReadableMetrics(metadata(), CurrentFields(), entries, rows);
    }
    if (!entries_) {
      return FileColumn(metadata(), spec, entries, rows, field);
    }
    if (field.name == "status") {
      FlatWriter out(type::Int(), size);
      for (int64_t i = 0; i < size; ++i) {
        out.values<int32_t>()[i] =
            static_cast<int32_t>(entries.status(rows[static_cast<size_t>(i)]));
      }
      return out.Finish(size);
    }
    if (field.name == "snapshot_id") {
      return Longs(rows, [&](int32_t row) { return entries.snapshot_id(row); });
    }
    if (field.name == "sequence_number") {
      return Longs(rows, [&](int32_t row) { return entries.data_sequence_number(row); });
    }
    if (field.name == "file_sequence_number") {
      return Longs(rows, [&](int32_t row) { return entries.file_sequence_number(row); });
    }
    std::vector<VectorPtr> children;
    for (const auto& inner : file_fields_) {
      children.push_back(columnar::Flatten(FileColumn(metadata(), spec, entries, rows, inner)));
    }
    return Vector::MakeNested(field.type, size, nullptr, nullptr, std::move(children));
  }

  const type::Schema& CurrentFields() const { return metadata().current_schema().fields; }

  ManifestChoice choice_;
  bool entries_;
  type::Schema file_fields_;
};

}  // namespace

std::shared_ptr<const Table> MakeFilesTable(std::shared_ptr<const IcebergTable> table,
                                            std::string_view name) {
  ManifestChoice choice;
  std::string_view kind = name;
  if (kind.rfind("all_", 0) == 0) {
    choice.all_snapshots = true;
    kind.remove_prefix(4);
  }
  if (kind != "files" && kind != "data_files" && kind != "delete_files" && kind != "entries") {
    return nullptr;
  }
  choice.data = kind != "delete_files";
  choice.deletes = kind != "data_files";
  const auto& metadata = table->metadata();
  type::Schema file_fields = FileFields(UnifiedPartitionType(metadata));
  type::Schema schema = file_fields;
  if (kind == "entries") {
    schema = {Required("status", type::Int()), Optional("snapshot_id", type::Long()),
              Optional("sequence_number", type::Long()),
              Optional("file_sequence_number", type::Long()),
              Required("data_file", type::Struct(file_fields))};
  }
  schema.push_back(ReadableMetricsField(metadata.current_schema().fields));
  return std::make_shared<FilesTable>(std::move(table), std::string(name), choice,
                                      kind == "entries", std::move(file_fields), std::move(schema));
}

}  // namespace emery::table::iceberg
