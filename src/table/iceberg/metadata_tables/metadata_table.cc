#include <algorithm>
#include <set>

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/metadata_tables/metadata_tables.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

/// `vector` with only the struct fields that `type` has, by name, at every depth.
VectorPtr NarrowTo(const VectorPtr& vector, const type::TypePtr& type) {
  if (!type->is_nested() || type->Equals(*vector->type())) {
    return vector;
  }
  const VectorPtr flat = columnar::Flatten(vector);
  const auto& had = flat->type()->fields();
  const auto& wanted = type->fields();
  std::vector<VectorPtr> children;
  for (size_t i = 0; i < wanted.size(); ++i) {
    size_t at = i;
    if (type->is(type::TypeId::kStruct)) {
      at = static_cast<size_t>(
          std::find_if(had.begin(), had.end(),
                       [&](const auto& field) { return field.name == wanted[i].name; }) -
          had.begin());
    }
    children.push_back(NarrowTo(flat->children()[at], wanted[i].type));
  }
  return columnar::Vector::MakeNested(type, flat->size(), flat->values_buffer(),
                                      flat->validity_buffer(), std::move(children));
}

class RowsReader final : public format::BatchReader {
 public:
  RowsReader(Batch batch, const ScanRequest& request) {
    rows_.num_rows = batch.num_rows;
    for (size_t i = 0; i < request.field_indexes.size(); ++i) {
      rows_.columns.push_back(
          NarrowTo(batch.columns[static_cast<size_t>(request.field_indexes[i])], request.types[i]));
    }
    metrics_.rows_read = batch.num_rows;
  }

  Result<std::optional<Batch>> Next() override {
    if (at_ >= rows_.num_rows) {
      return std::nullopt;
    }
    const int64_t count = std::min(columnar::kBatchSize, rows_.num_rows - at_);
    Batch batch = columnar::SliceBatch(rows_, at_, count);
    at_ += count;
    return batch;
  }

  const format::ScanMetrics& metrics() const override { return metrics_; }

 private:
  Batch rows_;
  int64_t at_ = 0;
  format::ScanMetrics metrics_;
};

class RowsTask final : public ScanTask {
 public:
  RowsTask(std::shared_ptr<const ScanRequest> request, std::vector<bool> wanted, RowSource source)
      : request_(std::move(request)), wanted_(std::move(wanted)), source_(std::move(source)) {}

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& /*runtime_filters*/) const override {
    ARROW_ASSIGN_OR_RAISE(auto batch, source_(wanted_));
    return std::make_unique<RowsReader>(std::move(batch), *request_);
  }

  std::optional<std::pair<type::Value, type::Value>> Bounds(int /*column*/) const override {
    return std::nullopt;
  }

  int64_t num_rows() const override { return 1000; }

  int64_t num_bytes() const override { return 100000; }

 private:
  std::shared_ptr<const ScanRequest> request_;
  std::vector<bool> wanted_;
  RowSource source_;
};

}  // namespace

Result<ScanPlan> MetadataTable::PlanScan(const ScanRequest& request) const {
  ScanPlan plan;
  plan.residual = request.filter;
  const auto shared = std::make_shared<const ScanRequest>(request);
  std::vector<bool> wanted(schema_.size(), false);
  for (const int index : request.field_indexes) {
    if (index < 0) {
      return base::InternalError("an Iceberg metadata table has no metadata columns");
    }
    wanted[static_cast<size_t>(index)] = true;
  }
  ARROW_ASSIGN_OR_RAISE(auto sources, Sources(request.context));
  for (auto& source : sources) {
    plan.tasks.push_back(std::make_shared<RowsTask>(shared, wanted, std::move(source)));
  }
  return plan;
}

Batch BatchOf(const type::Schema& schema, const std::vector<std::vector<type::Value>>& rows) {
  Batch batch;
  batch.num_rows = static_cast<int64_t>(rows.size());
  for (size_t column = 0; column < schema.size(); ++column) {
    const auto builder = columnar::VectorBuilder::Make(schema[column].type);
    for (const auto& row : rows) {
      builder->AppendValue(row[column]);
    }
    batch.columns.push_back(builder->Finish());
  }
  return batch;
}

type::Field Required(std::string name, type::TypePtr type, std::string comment) {
  type::Field field = Optional(std::move(name), std::move(type), std::move(comment));
  field.nullable = false;
  return field;
}

type::Field Optional(std::string name, type::TypePtr type, std::string comment) {
  type::Field field;
  field.name = std::move(name);
  field.type = std::move(type);
  if (!comment.empty()) {
    field.comment = std::move(comment);
  }
  return field;
}

type::TypePtr MapOf(const type::TypePtr& key, const type::TypePtr& value) {
  return type::Map(key, value, false);
}

type::TypePtr ListOf(const type::TypePtr& element) {
  return type::Array(element, false);
}

Result<std::vector<ManifestFile>> ChosenManifests(const IcebergTable& table,
                                                  const ManifestChoice& choice) {
  std::vector<const Snapshot*> snapshots;
  if (choice.all_snapshots) {
    for (const auto& snapshot : table.metadata().snapshots) {
      snapshots.push_back(&snapshot);
    }
  } else if (table.snapshot() != nullptr) {
    snapshots.push_back(table.snapshot());
  }
  std::vector<ManifestFile> chosen;
  std::set<std::string> seen;
  for (const auto* snapshot : snapshots) {
    ARROW_ASSIGN_OR_RAISE(auto manifests, ManifestsOf(table.metadata(), *snapshot));
    for (auto& manifest : manifests) {
      const bool kind = manifest.content == ManifestContent::kData ? choice.data : choice.deletes;
      if (kind && seen.insert(manifest.manifest_path).second) {
        chosen.push_back(std::move(manifest));
      }
    }
  }
  return chosen;
}

Result<const PartitionSpec*> SpecOf(const TableMetadata& metadata, const ManifestFile& manifest) {
  const auto* spec = metadata.FindSpec(manifest.partition_spec_id);
  if (spec == nullptr) {
    return base::UserError("FAILED_READ_FILE.NO_HINT",
                           "The manifest " + manifest.manifest_path + " has the partition spec " +
                               std::to_string(manifest.partition_spec_id) +
                               ", which the table metadata lacks.",
                           {{"path", manifest.manifest_path}});
  }
  return spec;
}

std::shared_ptr<const Table> OpenMetadataTable(std::shared_ptr<const IcebergTable> table,
                                               std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "partitions") {
    return MakePartitionsTable(std::move(table));
  }
  if (lower == "position_deletes") {
    return MakePositionDeletesTable(std::move(table));
  }
  for (const auto& make : {MakeSnapshotTable, MakeManifestsTable, MakeFilesTable}) {
    if (auto made = make(table, lower)) {
      return made;
    }
  }
  return nullptr;
}

}  // namespace emery::table::iceberg
