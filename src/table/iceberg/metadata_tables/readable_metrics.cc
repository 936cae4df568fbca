#include <algorithm>

#include "table/iceberg/metadata_tables/metadata_table_internal.h"
#include "table/iceberg/metadata_tables/readable_metrics_internal.h"
#include "table/iceberg/partition_type.h"
#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

namespace {

struct Leaf {
  std::string name;
  int32_t field_id = -1;
  type::TypePtr type;
};

void CollectLeaves(const type::Schema& fields, const std::string& prefix,
                   std::vector<Leaf>* leaves) {
  for (const auto& field : fields) {
    const std::string name = prefix + field.name;
    if (field.type->is_nested()) {
      CollectLeaves(field.type->fields(), name + ".", leaves);
    } else {
      leaves->push_back({name, field.field_id, field.type});
    }
  }
}

std::vector<Leaf> LeavesOf(const type::Schema& schema) {
  std::vector<Leaf> leaves;
  CollectLeaves(schema, "", &leaves);
  std::sort(leaves.begin(), leaves.end(),
            [](const Leaf& a, const Leaf& b) { return a.name < b.name; });
  return leaves;
}

type::TypePtr MetricsType(const Leaf& leaf) {
  return type::Struct({Optional("column_size", type::Long(), "Total size on disk"),
                       Optional("value_count", type::Long(), "Total count, including null and NaN"),
                       Optional("null_value_count", type::Long(), "Null value count"),
                       Optional("nan_value_count", type::Long(), "NaN value count"),
                       Optional("lower_bound", leaf.type, "Lower bound"),
                       Optional("upper_bound", leaf.type, "Upper bound")});
}

type::Value BoundValue(const TableMetadata& metadata, const Leaf& leaf,
                       const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    return {};
  }
  if (metadata.uuid_field_ids.count(leaf.field_id) != 0) {
    return bytes->size() == 16 ? type::Value::String(UuidText(*bytes)) : type::Value();
  }
  return DecodeSingleValue(*leaf.type, *bytes).value_or(type::Value());
}

}  // namespace

type::Field ReadableMetricsField(const type::Schema& schema) {
  std::vector<type::Field> fields;
  for (const auto& leaf : LeavesOf(schema)) {
    fields.push_back(Optional(leaf.name, MetricsType(leaf), "Metrics for column " + leaf.name));
  }
  return Optional("readable_metrics", type::Struct(std::move(fields)),
                  "Column metrics in readable form");
}

columnar::VectorPtr ReadableMetrics(const TableMetadata& metadata, const type::Schema& schema,
                                    const ManifestEntries& entries,
                                    const std::vector<int32_t>& rows) {
  const auto size = static_cast<int64_t>(rows.size());
  std::vector<columnar::VectorPtr> columns;
  for (const auto& leaf : LeavesOf(schema)) {
    const auto type = MetricsType(leaf);
    std::vector<columnar::VectorPtr> parts;
    const auto add = [&](const auto& value_of) {
      const auto builder = columnar::VectorBuilder::Make(type->fields()[parts.size()].type);
      for (const int32_t row : rows) {
        builder->AppendValue(value_of(row));
      }
      parts.push_back(builder->Finish());
    };
    const auto number = [](const std::optional<int64_t>& count) {
      return count ? type::Value::Int(*count) : type::Value();
    };
    add([&](int32_t row) { return number(entries.column_size(row, leaf.field_id)); });
    add([&](int32_t row) { return number(entries.value_count(row, leaf.field_id)); });
    add([&](int32_t row) { return number(entries.null_value_count(row, leaf.field_id)); });
    add([&](int32_t row) { return number(entries.nan_value_count(row, leaf.field_id)); });
    add([&](int32_t row) {
      return BoundValue(metadata, leaf, entries.lower_bound(row, leaf.field_id));
    });
    add([&](int32_t row) {
      return BoundValue(metadata, leaf, entries.upper_bound(row, leaf.field_id));
    });
    columns.push_back(columnar::Vector::MakeNested(type, size, nullptr, nullptr, std::move(parts)));
  }
  return columnar::Vector::MakeNested(ReadableMetricsField(schema).type, size, nullptr, nullptr,
                                      std::move(columns));
}

}  // namespace emery::table::iceberg
