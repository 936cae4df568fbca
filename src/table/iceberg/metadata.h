#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "base/strong_id.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::table::iceberg {

using SnapshotId = base::StrongId<struct SnapshotTag>;

/// A schema of a table (Iceberg specification, "Schemas and Data Types"): fields carry their ids at
/// every depth.
struct TableSchema {
  int32_t schema_id = 0;
  type::Schema fields;
  std::vector<int32_t> identifier_field_ids;
};

enum class TransformKind : uint8_t {
  kIdentity,
  kBucket,
  kTruncate,
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
  kUnknown
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int32_t parameter = 0;  // buckets, or width
  std::string text;       // as written in the metadata
};

struct PartitionField {
  int32_t source_id = 0;
  int32_t field_id = 0;
  std::string name;
  Transform transform;
};

struct PartitionSpec {
  int32_t spec_id = 0;
  std::vector<PartitionField> fields;
};

struct SortField {
  int32_t source_id = 0;
  Transform transform;
  bool descending = false;
  bool nulls_first = true;
};

/// Order 0 is the unsorted one.
struct SortOrder {
  int32_t order_id = 0;
  std::vector<SortField> fields;
};

struct Snapshot {
  SnapshotId snapshot_id;
  std::optional<SnapshotId> parent_snapshot_id;
  int64_t sequence_number = 0;
  int64_t timestamp_ms = 0;
  std::string manifest_list;  // empty: `manifests` holds the manifests' paths (format 1)
  std::vector<std::string> manifests;
  std::map<std::string, std::string> summary;
  std::optional<int32_t> schema_id;
  std::optional<int64_t> first_row_id;  // format 3
  std::optional<int64_t> added_rows;    // format 3

  /// "append", "overwrite", "delete", "replace"; empty where the summary has none.
  std::string operation() const;
};

struct SnapshotReference {
  SnapshotId snapshot_id;
  bool is_branch = true;
  std::optional<int32_t> min_snapshots_to_keep;  // branches only
  std::optional<int64_t> max_snapshot_age_ms;    // branches only
  std::optional<int64_t> max_ref_age_ms;
};

inline constexpr const char* kMainBranch = "main";

/// One metadata file, read. Immutable.
struct TableMetadata {
  std::string metadata_location;  // where it was read from
  int format_version = 1;
  std::string table_uuid;
  std::string location;
  int64_t last_sequence_number = 0;
  int64_t last_updated_ms = 0;
  int32_t current_schema_id = 0;
  std::vector<TableSchema> schemas;
  int32_t default_spec_id = 0;
  std::vector<PartitionSpec> partition_specs;
  std::map<std::string, std::string> properties;
  std::optional<SnapshotId> current_snapshot_id;
  std::vector<Snapshot> snapshots;
  std::vector<std::pair<int64_t, SnapshotId>> snapshot_log;  // timestamp_ms, ascending
  std::map<std::string, SnapshotReference> refs;
  int32_t last_column_id = 0;
  int32_t last_partition_id = 999;
  int32_t default_sort_order_id = 0;
  std::vector<SortOrder> sort_orders;
  std::vector<std::pair<int64_t, std::string>> metadata_log;  // timestamp_ms, file; ascending
  int64_t next_row_id = 0;                                    // format 3
  /// All of the file, members that nothing here knows included. Changes are made to a copy of it
  /// (metadata_update.h). Never null.
  std::shared_ptr<const nlohmann::json> document;
  /// Names of columns in files without field ids (property schema.name-mapping.default): by id of a
  /// field at any depth. Nothing where the table has no mapping.
  std::optional<std::map<int32_t, std::vector<std::string>>> name_mapping;
  /// Fields of type uuid at any depth of any schema, whose type here is STRING.
  std::set<int32_t> uuid_field_ids;
  /// Fields of types whose values can't be read, with the type's name.
  std::map<int32_t, std::string> unreadable_fields;
  /// Values of fields in files that are older than the field (format 3).
  std::map<int32_t, type::Value> initial_defaults;

  const TableSchema* FindSchema(int32_t schema_id) const;
  const PartitionSpec* FindSpec(int32_t spec_id) const;
  const Snapshot* FindSnapshot(SnapshotId id) const;
  const SortOrder* FindSortOrder(int32_t order_id) const;
  /// The newest snapshot of a branch or the one of a tag; null where there is no such ref, or main
  /// has no snapshot yet.
  const Snapshot* FindRef(const std::string& name) const;

  const TableSchema& current_schema() const { return *FindSchema(current_schema_id); }

  const PartitionSpec& default_spec() const;
  /// Property `key`, or `fallback`.
  std::string Property(const std::string& key, const std::string& fallback) const;
  int64_t PropertyInt(const std::string& key, int64_t fallback) const;
  bool PropertyBool(const std::string& key, bool fallback) const;
};

/// Parses metadata JSON of formats 1, 2 and 3 (gzip is undone by the reader). Errors:
/// FAILED_READ_FILE.NO_HINT naming `location` for text that is no table metadata;
/// UNSUPPORTED_FEATURE for later formats, and for types that can't be used yet.
Result<std::shared_ptr<const TableMetadata>> ParseTableMetadata(std::string_view json,
                                                                const std::string& location);

/// The same, of a parsed document, which the metadata keeps.
Result<std::shared_ptr<const TableMetadata>> ParseTableMetadata(
    std::shared_ptr<const nlohmann::json> document, const std::string& location);

/// Reads and parses the metadata file at `location`.
Result<std::shared_ptr<const TableMetadata>> ReadTableMetadata(const std::string& location);

/// The newest metadata file of a table folder that keeps versions itself (Hadoop tables): by
/// metadata/version-hint.text, then by looking for later vN.metadata.json. Errors:
/// TABLE_OR_VIEW_NOT_FOUND where there is none.
Result<std::string> FindCurrentMetadata(const std::string& table_location);

/// Field `field_id` at any depth of `fields`, or null.
const type::Field* FindField(const type::Schema& fields, int32_t field_id);

}  // namespace emery::table::iceberg
