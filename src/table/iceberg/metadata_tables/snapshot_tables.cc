// history, snapshots, refs and metadata_log_entries: what one metadata file says.

#include <set>

#include "arrow/buffer.h"
#include <nlohmann/json.hpp>

#include "io/object_store.h"
#include "table/iceberg/metadata_tables/metadata_table_internal.h"

namespace emery::table::iceberg {

using type::Value;
using Row = std::vector<Value>;

namespace {

Value Micros(int64_t ms) {
  return Value::Int(ms * 1000);
}

template <class T>
Value IfSet(const std::optional<T>& number) {
  return number ? Value::Int(*number) : Value();
}

Value ParentOf(const Snapshot* snapshot) {
  return snapshot != nullptr && snapshot->parent_snapshot_id
             ? Value::Int(snapshot->parent_snapshot_id->value)
             : Value();
}

std::vector<Row> HistoryRows(const TableMetadata& metadata) {
  std::set<int64_t> ancestors;
  const Snapshot* at =
      metadata.current_snapshot_id ? metadata.FindSnapshot(*metadata.current_snapshot_id) : nullptr;
  // A damaged table may have a circle of parents.
  while (at != nullptr && ancestors.insert(at->snapshot_id.value).second) {
    at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
  }
  std::vector<Row> rows;
  for (const auto& [ms, id] : metadata.snapshot_log) {
    rows.push_back({Micros(ms), Value::Int(id.value), ParentOf(metadata.FindSnapshot(id)),
                    Value::Bool(ancestors.count(id.value) != 0)});
  }
  return rows;
}

/// Summaries in the order in which the metadata file has them; TableMetadata sorts. Empty where the
/// file can't be had again.
std::map<int64_t, std::vector<std::pair<std::string, std::string>>> OrderedSummaries(
    const std::string& location) {
  std::map<int64_t, std::vector<std::pair<std::string, std::string>>> summaries;
  std::string path = location;
  const auto store = io::StoreFor(&path);
  if (!store.ok()) {
    return summaries;
  }
  const auto bytes = (*store)->Read(path);
  if (!bytes.ok()) {
    return summaries;
  }
  const auto j = nlohmann::ordered_json::parse(
      std::string_view(reinterpret_cast<const char*>((*bytes)->data()),
                       static_cast<size_t>((*bytes)->size())),
      nullptr, false);
  if (!j.is_object() || !j.contains("snapshots") || !j["snapshots"].is_array()) {
    return summaries;
  }
  for (const auto& snapshot : j["snapshots"]) {
    if (!snapshot.is_object() || !snapshot.contains("summary") ||
        !snapshot.contains("snapshot-id") || !snapshot["snapshot-id"].is_number()) {
      continue;
    }
    auto& summary = summaries[snapshot["snapshot-id"].get<int64_t>()];
    for (const auto& [key, value] : snapshot["summary"].items()) {
      summary.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return summaries;
}

std::vector<Row> SnapshotRows(const TableMetadata& metadata) {
  const auto ordered = OrderedSummaries(metadata.metadata_location);
  std::vector<Row> rows;
  for (const auto& snapshot : metadata.snapshots) {
    std::vector<Value> summary;
    const auto put = [&](const std::string& key, const std::string& value) {
      if (key != "operation") {
        summary.push_back(Value::String(key));
        summary.push_back(Value::String(value));
      }
    };
    const auto found = ordered.find(snapshot.snapshot_id.value);
    if (found != ordered.end() && found->second.size() == snapshot.summary.size()) {
      for (const auto& [key, value] : found->second) {
        put(key, value);
      }
    } else {
      for (const auto& [key, value] : snapshot.summary) {
        put(key, value);
      }
    }
    const std::string operation = snapshot.operation();
    rows.push_back(
        {Micros(snapshot.timestamp_ms), Value::Int(snapshot.snapshot_id.value), ParentOf(&snapshot),
         operation.empty() ? Value() : Value::String(operation),
         snapshot.manifest_list.empty() ? Value() : Value::String(snapshot.manifest_list),
         snapshot.summary.empty() ? Value() : Value::MakeList(std::move(summary))});
  }
  return rows;
}

std::vector<Row> RefRows(const TableMetadata& metadata) {
  std::vector<Row> rows;
  for (const auto& [name, ref] : metadata.refs) {
    rows.push_back({Value::String(name), Value::String(ref.is_branch ? "BRANCH" : "TAG"),
                    Value::Int(ref.snapshot_id.value), IfSet(ref.max_ref_age_ms),
                    IfSet(ref.min_snapshots_to_keep), IfSet(ref.max_snapshot_age_ms)});
  }
  return rows;
}

std::vector<Row> MetadataLogRows(const TableMetadata& metadata) {
  auto log = metadata.metadata_log;
  log.emplace_back(metadata.last_updated_ms, metadata.metadata_location);
  std::vector<Row> rows;
  for (const auto& [ms, file] : log) {
    std::optional<SnapshotId> latest;
    for (const auto& [made_current_ms, id] : metadata.snapshot_log) {
      if (made_current_ms <= ms) {
        latest = id;
      }
    }
    const auto* snapshot = latest ? metadata.FindSnapshot(*latest) : nullptr;
    rows.push_back({Micros(ms), Value::String(file), latest ? Value::Int(latest->value) : Value(),
                    snapshot != nullptr ? IfSet(snapshot->schema_id) : Value(),
                    snapshot != nullptr ? Value::Int(snapshot->sequence_number) : Value()});
  }
  return rows;
}

class SnapshotTable final : public MetadataTable {
 public:
  using Rows = std::vector<Row> (*)(const TableMetadata&);

  SnapshotTable(std::shared_ptr<const IcebergTable> table, std::string name, type::Schema schema,
                Rows rows)
      : MetadataTable(std::move(table), std::move(name), std::move(schema)), rows_(rows) {}

 protected:
  Result<std::vector<RowSource>> Sources(
      const std::shared_ptr<const functions::QueryContext>& /*context*/) const override {
    return std::vector<RowSource>{
        [table = shared_table(), schema = schema(), rows = rows_](const std::vector<bool>&) {
          return Result<columnar::Batch>(BatchOf(schema, rows(table->metadata())));
        }};
  }

 private:
  Rows rows_;
};

}  // namespace

std::shared_ptr<const Table> MakeSnapshotTable(std::shared_ptr<const IcebergTable> table,
                                               std::string_view name) {
  type::Schema schema;
  SnapshotTable::Rows rows = nullptr;
  if (name == "history") {
    schema = {Required("made_current_at", type::Timestamp()), Required("snapshot_id", type::Long()),
              Optional("parent_id", type::Long()),
              Required("is_current_ancestor", type::Boolean())};
    rows = HistoryRows;
  } else if (name == "snapshots") {
    schema = {Required("committed_at", type::Timestamp()),
              Required("snapshot_id", type::Long()),
              Optional("parent_id", type::Long()),
              Optional("operation", type::String()),
              Optional("manifest_list", type::String()),
              Optional("summary", MapOf(type::String(), type::String()))};
    rows = SnapshotRows;
  } else if (name == "refs") {
    schema = {Required("name", type::String()),
              Required("type", type::String()),
              Required("snapshot_id", type::Long()),
              Optional("max_reference_age_in_ms", type::Long()),
              Optional("min_snapshots_to_keep", type::Int()),
              Optional("max_snapshot_age_in_ms", type::Long())};
    rows = RefRows;
  } else if (name == "metadata_log_entries") {
    schema = {Required("timestamp", type::Timestamp()), Required("file", type::String()),
              Optional("latest_snapshot_id", type::Long()),
              Optional("latest_schema_id", type::Int()),
              Optional("latest_sequence_number", type::Long())};
    rows = MetadataLogRows;
  } else {
    return nullptr;
  }
  return std::make_shared<SnapshotTable>(std::move(table), std::string(name), std::move(schema),
                                         rows);
}

}  // namespace emery::table::iceberg
