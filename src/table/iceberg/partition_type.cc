#include "table/iceberg/partition_type.h"

#include <algorithm>
#include <map>

#include "table/iceberg/transform.h"

namespace emery::table::iceberg {

type::TypePtr UnifiedPartitionType(const TableMetadata& metadata) {
  const auto& schema = metadata.FindSchema(metadata.current_schema_id)->fields;
  std::vector<const PartitionSpec*> specs;
  for (const auto& spec : metadata.partition_specs) {
    specs.push_back(&spec);
  }
  std::sort(specs.begin(), specs.end(),
            [](const auto* a, const auto* b) { return a->spec_id > b->spec_id; });
  std::map<int32_t, type::Field> fields;
  std::map<int32_t, bool> is_void;
  for (const auto* spec : specs) {
    for (const auto& field : spec->fields) {
      const auto* source = FindField(schema, field.source_id);
      if (source == nullptr) {
        continue;
      }
      const bool dropped = field.transform.kind == TransformKind::kVoid;
      auto result = ResultType(field.transform, source->type);
      if (result == nullptr) {
        result = dropped ? source->type : type::String();
      }
      const auto [at, added] = fields.try_emplace(field.field_id);
      if (added) {
        at->second.name = field.name;
        at->second.field_id = field.field_id;
      } else if (!is_void[field.field_id] || dropped) {
        continue;
      }
      at->second.type = std::move(result);
      is_void[field.field_id] = dropped;
    }
  }
  std::vector<type::Field> all;
  for (auto& [id, field] : fields) {
    all.push_back(std::move(field));
  }
  return type::Struct(std::move(all));
}

type::Value UnifiedPartition(const TableMetadata& metadata, const type::DataType& unified,
                             const PartitionSpec& spec, const std::vector<type::Value>& values) {
  if (unified.fields().empty()) {
    return {};
  }
  std::vector<type::Value> all;
  for (const auto& field : unified.fields()) {
    type::Value value;
    for (size_t i = 0; i < spec.fields.size() && i < values.size(); ++i) {
      if (spec.fields[i].field_id != field.field_id || values[i].is_null()) {
        continue;
      }
      const bool uuid = metadata.uuid_field_ids.count(spec.fields[i].source_id) != 0 &&
                        field.type->is(type::TypeId::kString);
      if (uuid && std::holds_alternative<std::string>(values[i].payload())) {
        value = type::Value::String(UuidText(values[i].string()));
      } else if (auto promoted = PromoteValue(*field.type, values[i])) {
        value = *std::move(promoted);
      }
    }
    all.push_back(std::move(value));
  }
  return type::Value::MakeList(std::move(all));
}

std::string UuidText(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text.push_back('-');
    }
    text.push_back(kDigits[static_cast<uint8_t>(bytes[i]) >> 4]);
    text.push_back(kDigits[static_cast<uint8_t>(bytes[i]) & 15]);
  }
  return text;
}

}  // namespace emery::table::iceberg
