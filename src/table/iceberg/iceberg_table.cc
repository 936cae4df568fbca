#include "table/iceberg/iceberg_table.h"

#include <charconv>

#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/partition_type.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

namespace {

Status NoSuchVersion(const std::string& name, const std::string& version) {
  return base::UserError("INVALID_TIME_TRAVEL_SPEC",
                         "The table " + name + " has no snapshot, branch or tag " + version + ".",
                         {{"reason", "no snapshot, branch or tag " + version}});
}

}  // namespace

Result<std::shared_ptr<const Table>> IcebergTable::Open(
    std::shared_ptr<const TableMetadata> metadata, const SnapshotChoice& choice, std::string name,
    std::shared_ptr<TableOperations> operations) {
  std::shared_ptr<IcebergTable> table(new IcebergTable());
  table->operations_ = std::move(operations);
  const auto current = metadata->current_snapshot_id;
  std::optional<SnapshotId> id = current;
  int32_t schema_id = metadata->current_schema_id;
  bool travels = false;
  if (choice.version) {
    const std::string& version = *choice.version;
    const auto ref = metadata->refs.find(version);
    int64_t number = 0;
    const auto [end, error] =
        std::from_chars(version.data(), version.data() + version.size(), number);
    if (error == std::errc() && end == version.data() + version.size()) {
      // A number is an id, even where a tag is called so.
      id = SnapshotId{number};
      travels = true;
      table->branch_.clear();
    } else if (ref != metadata->refs.end()) {
      id = ref->second.snapshot_id;
      travels = !ref->second.is_branch;
      table->branch_ = ref->second.is_branch ? version : "";
    } else {
      return NoSuchVersion(name, version);
    }
    if (metadata->FindSnapshot(*id) == nullptr) {
      return NoSuchVersion(name, version);
    }
  } else if (choice.timestamp_us) {
    const int64_t ms = *choice.timestamp_us / 1000;
    id.reset();
    for (const auto& [time, snapshot] : metadata->snapshot_log) {
      if (time <= ms) {
        id = snapshot;
      }
    }
    if (!id || metadata->FindSnapshot(*id) == nullptr) {
      return NoSuchVersion(name, "as of " + std::to_string(ms) + " ms");
    }
    travels = true;
    table->branch_.clear();
  }
  if (id) {
    table->snapshot_ = metadata->FindSnapshot(*id);
    if (travels && table->snapshot_->schema_id &&
        metadata->FindSchema(*table->snapshot_->schema_id) != nullptr) {
      schema_id = *table->snapshot_->schema_id;  // time travel shows the schema of that time
    }
  }
  table->schema_ = metadata->FindSchema(schema_id)->fields;
  table->schema_id_ = schema_id;
  table->metadata_ = std::move(metadata);
  table->name_ = std::move(name);
  return std::shared_ptr<const Table>(table);
}

type::Schema IcebergTable::metadata_columns() const {
  type::Schema columns = {{"_spec_id", type::Int(), false},
                          {"_partition", UnifiedPartitionType(*metadata_), true},
                          {"_file", type::String(), false},
                          {"_pos", type::Long(), false},
                          {"_deleted", type::Boolean(), false}};
  if (metadata_->format_version >= 3) {
    columns.push_back({"_row_id", type::Long(), true});
    columns.push_back({"_last_updated_sequence_number", type::Long(), true});
  }
  return columns;
}

std::vector<std::string> IcebergTable::partition_columns() const {
  std::vector<std::string> names;
  if (const auto* spec = metadata_->FindSpec(metadata_->default_spec_id)) {
    for (const auto& field : spec->fields) {
      const auto* source = FindField(schema_, field.source_id);
      if (source == nullptr || field.transform.kind == TransformKind::kVoid) {
        continue;
      }
      if (field.transform.kind == TransformKind::kIdentity) {
        names.push_back(source->name);
      } else {
        std::string text = field.transform.text;
        const auto bracket = text.find('[');
        if (bracket == std::string::npos) {
          text += (text == "year" || text == "month" || text == "day" || text == "hour")
                      ? "s(" + source->name + ")"
                      : "(" + source->name + ")";
        } else {
          text = text.substr(0, bracket) + "(" +
                 text.substr(bracket + 1, text.size() - bracket - 2) + ", " + source->name + ")";
        }
        names.push_back(std::move(text));
      }
    }
  }
  return names;
}

std::string IcebergTable::identity() const {
  std::string identity =
      metadata_->metadata_location + "@" +
      (snapshot_ == nullptr ? "empty" : std::to_string(snapshot_->snapshot_id.value)) + "," +
      std::to_string(schema_id_);
  if (added_by_) {
    for (const int64_t id : *added_by_) {
      identity += "+" + std::to_string(id);
    }
  }
  if (only_files_ != nullptr) {
    size_t hash = only_files_->size();
    for (const auto& path : *only_files_) {
      hash = hash * 31 + std::hash<std::string>{}(path);
    }
    identity += "#" + std::to_string(hash);
  }
  return identity;
}

std::shared_ptr<const IcebergTable> IcebergTable::OnlyFiles(std::set<std::string> files) const {
  std::shared_ptr<IcebergTable> table(new IcebergTable(*this));
  table->only_files_ = std::make_shared<const std::set<std::string>>(std::move(files));
  return table;
}

Result<std::vector<ManifestFile>> IcebergTable::Manifests() const {
  if (snapshot_ == nullptr) {
    return std::vector<ManifestFile>{};
  }
  if (added_by_) {
    return AppendedManifests();
  }
  if (!snapshot_->manifest_list.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto list, CachedManifestList(snapshot_->manifest_list));
    return *list;
  }
  return ManifestsOf(*metadata_, *snapshot_);
}

}  // namespace emery::table::iceberg
