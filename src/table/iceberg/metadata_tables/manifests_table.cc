// manifests and all_manifests: the entries of manifest lists.

#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/partition_text.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

using type::Value;

namespace {

Value NumberOr0(bool counts, const std::optional<int64_t>& number) {
  return !counts ? Value::Int(0) : number ? Value::Int(*number) : Value();
}

Value Summaries(const TableMetadata& metadata, const PartitionSpec& spec,
                const ManifestFile& manifest) {
  std::vector<Value> all;
  for (size_t i = 0; i < manifest.partitions.size() && i < spec.fields.size(); ++i) {
    const auto& summary = manifest.partitions[i];
    const auto text = [&](const std::optional<std::string>& bytes) {
      return Value::String(PartitionBoundText(metadata, spec.fields[i], bytes));
    };
    all.push_back(
        Value::MakeList({Value::Bool(summary.contains_null),
                         summary.contains_nan ? Value::Bool(*summary.contains_nan) : Value(),
                         text(summary.lower_bound), text(summary.upper_bound)}));
  }
  return Value::MakeList(std::move(all));
}

class ManifestsTable final : public MetadataTable {
 public:
  ManifestsTable(std::shared_ptr<const IcebergTable> table, bool all, type::Schema schema)
      : MetadataTable(std::move(table), all ? "all_manifests" : "manifests", std::move(schema)),
        all_(all) {}

 protected:
  Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& /*context*/) const override {
    std::vector<RowSource> sources;
    const auto self = std::make_shared<const ManifestsTable>(*this);
    const auto add = [&](const Snapshot& snapshot) {
      sources.push_back(
          [self, &snapshot](const std::vector<bool>&) { return self->RowsOf(snapshot); });
    };
    if (all_) {
      for (const auto& snapshot : metadata().snapshots) {
        add(snapshot);
      }
    } else if (table().snapshot() != nullptr) {
      add(*table().snapshot());
    }
    return sources;
  }

 private:
  Result<columnar::Batch> RowsOf(const Snapshot& snapshot) const {
    ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(metadata(), snapshot));
    std::vector<std::vector<Value>> rows;
    for (const auto& manifest : manifests) {
      ARROW_ASSIGN_OR_RAISE(const auto* spec, SpecOf(metadata(), manifest));
      const bool data = manifest.content == ManifestContent::kData;
      std::vector<Value> row = {Value::Int(data ? 0 : 1),
                                Value::String(manifest.manifest_path),
                                Value::Int(manifest.manifest_length),
                                Value::Int(manifest.partition_spec_id),
                                Value::Int(manifest.added_snapshot_id.value),
                                NumberOr0(data, manifest.added_files_count),
                                NumberOr0(data, manifest.existing_files_count),
                                NumberOr0(data, manifest.deleted_files_count),
                                NumberOr0(!data, manifest.added_files_count),
                                NumberOr0(!data, manifest.existing_files_count),
                                NumberOr0(!data, manifest.deleted_files_count),
                                Summaries(metadata(), *spec, manifest)};
      if (all_) {
        row.push_back(Value::Int(snapshot.snapshot_id.value));
        row.push_back(manifest.key_metadata ? Value::String(*manifest.key_metadata) : Value());
      }
      rows.push_back(std::move(row));
    }
    return BatchOf(schema(), rows);
  }

  bool all_;
};

}  // namespace

std::shared_ptr<const Table> MakeManifestsTable(std::shared_ptr<const IcebergTable> table,
                                                std::string_view name) {
  const bool all = name == "all_manifests";
  if (!all && name != "manifests") {
    return nullptr;
  }
  const auto field = all ? Optional : Required;
  type::Schema schema = {
      Required("content", type::Int()),
      Required("path", type::String()),
      Required("length", type::Long()),
      field("partition_spec_id", type::Int(), ""),
      field("added_snapshot_id", type::Long(), ""),
      field("added_data_files_count", type::Int(), ""),
      field("existing_data_files_count", type::Int(), ""),
      field("deleted_data_files_count", type::Int(), ""),
      Required("added_delete_files_count", type::Int()),
      Required("existing_delete_files_count", type::Int()),
      Required("deleted_delete_files_count", type::Int()),
      field("partition_summaries",
            ListOf(type::Struct({Required("contains_null", type::Boolean()),
                                 all ? Required("contains_nan", type::Boolean())
                                     : Optional("contains_nan", type::Boolean()),
                                 Optional("lower_bound", type::String()),
                                 Optional("upper_bound", type::String())})),
            ""),
  };
  if (all) {
    schema.push_back(Required("reference_snapshot_id", type::Long()));
    schema.push_back(Optional("key_metadata", type::Binary()));
  }
  return std::make_shared<ManifestsTable>(std::move(table), all, std::move(schema));
}

}  // namespace emery::table::iceberg
