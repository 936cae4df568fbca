#include <map>

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/partition_type.h"

namespace emery::table::iceberg {

using type::Value;

namespace {

struct Partition {
  Value values;
  int32_t spec_id = 0;
  int64_t records = 0;
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t position_records = 0;
  int64_t position_files = 0;
  int64_t equality_records = 0;
  int64_t equality_files = 0;
  std::optional<int64_t> updated_ms;
  std::optional<int64_t> updated_by;
};

class PartitionsTable final : public MetadataTable {
 public:
  PartitionsTable(std::shared_ptr<const IcebergTable> table, type::TypePtr partition_type,
                  type::Schema schema)
      : MetadataTable(std::move(table), "partitions", std::move(schema)),
        partition_type_(std::move(partition_type)) {}

 protected:
  Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& /*context*/) const override {
    const auto self = std::make_shared<const PartitionsTable>(*this);
    return std::vector<RowSource>{[self](const std::vector<bool>&) { return self->Rows(); }};
  }

 private:
  void Add(const ManifestEntries& entries, int64_t row, Partition* partition) const {
    const auto id = entries.snapshot_id(row);
    const auto* snapshot = id ? metadata().FindSnapshot(SnapshotId{*id}) : nullptr;
    if (snapshot != nullptr &&
        (!partition->updated_ms || snapshot->timestamp_ms > *partition->updated_ms)) {
      partition->spec_id = entries.spec_id();
      partition->updated_ms = snapshot->timestamp_ms;
      partition->updated_by = snapshot->snapshot_id.value;
    }
    const int64_t records = entries.record_count(row);
    switch (entries.content(row)) {
      case FileContent::kData:
        partition->records += records;
        partition->files += 1;
        partition->bytes += entries.file_size_in_bytes(row);
        break;
      case FileContent::kPositionDeletes:
        partition->position_records += records;
        partition->position_files += 1;
        break;
      case FileContent::kEqualityDeletes:
        partition->equality_records += records;
        partition->equality_files += 1;
        break;
    }
  }

  Result<columnar::Batch> Rows() const {
    // Partitions of different specs meet only where they have values for equally many fields.
    std::map<std::pair<size_t, size_t>, std::vector<Partition>> partitions;  // by fields, hash
    ARROW_ASSIGN_OR_RAISE(const auto manifests, ChosenManifests(table(), {}));
    for (const auto& manifest : manifests) {
      ARROW_ASSIGN_OR_RAISE(const auto* spec, SpecOf(metadata(), manifest));
      ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifest, *spec));
      std::vector<Value> values(spec->fields.size());
      for (int64_t row = 0; row < entries->size(); ++row) {
        if (!entries->is_live(row)) {
          continue;
        }
        for (size_t i = 0; i < values.size(); ++i) {
          values[i] = entries->partition_value(row, i);
        }
        Value key = UnifiedPartition(metadata(), *partition_type_, *spec, values);
        auto& same = partitions[{spec->fields.size(), type::HashValue(key)}];
        Partition* found = nullptr;
        for (auto& candidate : same) {
          found = candidate.values == key ? &candidate : found;
        }
        if (found == nullptr) {
          found = &same.emplace_back();
          found->values = std::move(key);
        }
        Add(*entries, row, found);
      }
    }
    const bool partitioned = !partition_type_->fields().empty();
    if (!partitioned && partitions.empty()) {
      return BatchOf(schema(), {});
    }
    std::vector<std::vector<Value>> rows;
    for (const auto& [key, same] : partitions) {
      for (const auto& p : same) {
        std::vector<Value> row;
        if (partitioned) {
          row = {p.values, Value::Int(p.spec_id)};
        }
        for (const int64_t number : {p.records, p.files, p.bytes, p.position_records,
                                     p.position_files, p.equality_records, p.equality_files}) {
          row.push_back(Value::Int(number));
        }
        row.push_back(p.updated_ms ? Value::Int(*p.updated_ms * 1000) : Value());
        row.push_back(p.updated_by ? Value::Int(*p.updated_by) : Value());
        rows.push_back(std::move(row));
      }
    }
    return BatchOf(schema(), rows);
  }

  type::TypePtr partition_type_;
};

}  // namespace

std::shared_ptr<const Table> MakePartitionsTable(std::shared_ptr<const IcebergTable> table) {
  const auto partition_type = UnifiedPartitionType(table->metadata());
  type::Schema schema;
  if (!partition_type->fields().empty()) {
    schema = {Required("partition", partition_type), Required("spec_id", type::Int())};
  }
  const type::Schema rest = {
      Required("record_count", type::Long(), "Count of records in data files"),
      Required("file_count", type::Int(), "Count of data files"),
      Required("total_data_file_size_in_bytes", type::Long(), "Total size in bytes of data files"),
      Required("position_delete_record_count", type::Long(),
               "Count of records in position delete files"),
      Required("position_delete_file_count", type::Int(), "Count of position delete files"),
      Required("equality_delete_record_count", type::Long(),
               "Count of records in equality delete files"),
      Required("equality_delete_file_count", type::Int(), "Count of equality delete files"),
      Optional("last_updated_at", type::Timestamp(),
               "Commit time of snapshot that last updated this partition"),
      Optional("last_updated_snapshot_id", type::Long(),
               "Id of snapshot that last updated this partition")};
  schema.insert(schema.end(), rest.begin(), rest.end());
  return std::make_shared<PartitionsTable>(std::move(table), partition_type, std::move(schema));
}

}  // namespace emery::table::iceberg
