#include "table/iceberg/deletes.h"
#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/partition_type.h"

namespace emery::table::iceberg {

using columnar::FlatWriter;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

class PositionDeletesTable final : public MetadataTable {
 public:
  PositionDeletesTable(std::shared_ptr<const IcebergTable> table, type::Schema schema)
      : MetadataTable(std::move(table), "position_deletes", std::move(schema)) {}

 protected:
  Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& context) const override {
    ARROW_ASSIGN_OR_RAISE(const auto manifests,
                          ChosenManifests(table(), {.data = false, .deletes = true}));
    std::vector<RowSource> sources;
    const auto self = std::make_shared<const PositionDeletesTable>(*this);
    for (const auto& manifest : manifests) {
      ARROW_ASSIGN_OR_RAISE(const auto* spec, SpecOf(metadata(), manifest));
      ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifest, *spec));
      for (int64_t row = 0; row < entries->size(); ++row) {
        if (entries->is_live(row) && entries->content(row) == FileContent::kPositionDeletes) {
          sources.push_back([self, context, file = entries->File(row)](const auto& /*wanted*/) {
            return self->RowsOf(file, context);
          });
        }
      }
    }
    return sources;
  }

 private:
  Result<columnar::Batch> RowsOf(
      const DataFile& file, const std::shared_ptr<const functions::QueryContext>& context) const {
    PositionDeletes deletes;
    if (file.is_deletion_vector()) {
      ARROW_ASSIGN_OR_RAISE(deletes[file.referenced_data_file.value_or("")],
                            ReadDeletionVector(file));
    } else {
      ARROW_ASSIGN_OR_RAISE(deletes, ReadPositionDeletes({file}, context));
    }
    columnar::Batch batch;
    for (const auto& [path, positions] : deletes) {
      batch.num_rows += static_cast<int64_t>(positions.size());
    }
    const int64_t size = batch.num_rows;
    FlatWriter paths(type::String(), size);
    FlatWriter positions(type::Long(), size);
    int64_t at = 0;
    for (const auto& [path, list] : deletes) {
      for (const int64_t position : list) {
        paths.SetString(at, path);
        positions.values<int64_t>()[at++] = position;
      }
    }
    const PartitionSpec* spec = metadata().FindSpec(file.spec_id);
    const auto constant = [&](const type::Field& field) -> type::Value {
      if (field.name == "partition") {
        return UnifiedPartition(metadata(), *field.type, *spec, file.partition);
      }
      if (field.name == "spec_id") {
        return type::Value::Int(file.spec_id);
      }
      if (field.name == "delete_file_path") {
        return type::Value::String(file.file_path);
      }
      const auto& number =
          field.name == "content_offset" ? file.content_offset : file.content_size_in_bytes;
      return number ? type::Value::Int(*number) : type::Value();
    };
    for (const auto& field : schema()) {
      if (field.name == "file_path") {
        batch.columns.push_back(paths.Finish(size));
      } else if (field.name == "pos") {
        batch.columns.push_back(positions.Finish(size));
      } else {
        // The deleted row itself (an optional column of old delete files) is not kept.
        const type::Value value = field.name == "row" ? type::Value() : constant(field);
        batch.columns.push_back(value.is_null() ? Vector::MakeNull(field.type, size)
                                                : Vector::MakeConstant(field.type, value, size));
      }
    }
    return batch;
  }
};

}  // namespace

std::shared_ptr<const Table> MakePositionDeletesTable(std::shared_ptr<const IcebergTable> table) {
  const auto& metadata = table->metadata();
  type::Schema schema = {
      Required("file_path", type::String(), "Path of a file in which a deleted row is stored"),
      Required("pos", type::Long(), "Ordinal position of a deleted row in the data file"),
      Optional("row", type::Struct(metadata.current_schema().fields), "Deleted row values")};
  const auto partition_type = UnifiedPartitionType(metadata);
  if (!partition_type->fields().empty()) {
    schema.push_back(
        Required("partition", partition_type, "Partition that position delete row belongs to"));
  }
  schema.push_back(
      Required("spec_id", type::Int(), "Spec ID used to track the file containing a row"));
  schema.push_back(
      Required("delete_file_path", type::String(), "Path of the file in which a row is stored"));
  if (metadata.format_version >= 3) {
    schema.push_back(
        Optional("content_offset", type::Long(), "The offset in the DV where the content starts"));
    schema.push_back(
        Optional("content_size_in_bytes", type::Long(), "The length in bytes of the DV blob"));
  }
  return std::make_shared<PositionDeletesTable>(std::move(table), std::move(schema));
}

}  // namespace emery::table::iceberg
