#include "table/iceberg/partition_text.h"

#include <cstdio>

#include "table/iceberg/partition_type.h"
#include "table/iceberg/transform.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::table::iceberg {

namespace {

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      text.push_back(k <= bytes.size() - i ? kDigits[(group >> (18 - 6 * k)) & 63] : '=');
    }
  }
  return text;
}

std::string Padded(int64_t value, int width) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%0*lld", width, static_cast<long long>(value));
  return buffer;
}

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::string IsoTimestamp(int64_t micros, bool with_zone) {
  std::string text = type::FormatTimestampNtz(micros);
  if (const auto space = text.find(' '); space != std::string::npos) {
    text[space] = 'T';
  }
  return with_zone ? text + "+00:00" : text;
}

}  // namespace

std::string PartitionValueText(const Transform& transform, const type::DataType& type,
                               const type::Value& value, bool uuid) {
  if (value.is_null()) {
    return "null";
  }
  switch (transform.kind) {
    case TransformKind::kYear:
      return Padded(1970 + value.integer(), 4);
    case TransformKind::kMonth:
      return Padded(1970 + FloorDiv(value.integer(), 12), 4) + "-" +
             Padded(value.integer() - FloorDiv(value.integer(), 12) * 12 + 1, 2);
    case TransformKind::kDay:
      return type::FormatDate(static_cast<int32_t>(value.integer()));
    case TransformKind::kHour:
      return type::FormatDate(static_cast<int32_t>(FloorDiv(value.integer(), 24))) + "-" +
             Padded(value.integer() - FloorDiv(value.integer(), 24) * 24, 2);
    default:
      break;
  }
  switch (type.id()) {
    case type::TypeId::kBoolean:
      return value.boolean() ? "true" : "false";
    case type::TypeId::kDate:
      return type::FormatDate(static_cast<int32_t>(value.integer()));
    case type::TypeId::kTimestamp:
      return IsoTimestamp(value.integer(), true);
    case type::TypeId::kTimestampNtz:
      return IsoTimestamp(value.integer(), false);
    case type::TypeId::kFloat:
      return type::FormatFloat(value.float_value());
    case type::TypeId::kDouble:
      return type::FormatDouble(value.double_value());
    case type::TypeId::kDecimal:
      return type::FormatDecimalScientific(value.decimal(), type.scale());
    case type::TypeId::kString:
      return uuid ? UuidText(value.string()) : value.string();
    case type::TypeId::kBinary:
      return Base64(value.string());
    default:
      return std::to_string(value.integer());
  }
}

std::string PartitionBoundText(const TableMetadata& metadata, const PartitionField& field,
                               const std::optional<std::string>& bound) {
  const auto* source = FindField(metadata.current_schema().fields, field.source_id);
  for (auto schema = metadata.schemas.rbegin();
       source == nullptr && schema != metadata.schemas.rend(); ++schema) {
    source = FindField(schema->fields, field.source_id);
  }
  const auto type = source == nullptr ? nullptr : ResultType(field.transform, source->type);
  if (type == nullptr || !bound) {
    return "null";
  }
  const bool uuid =
      metadata.uuid_field_ids.count(field.source_id) != 0 && type->is(type::TypeId::kString);
  const auto value = DecodeSingleValue(*type, *bound);
  return value ? PartitionValueText(field.transform, *type, *value, uuid) : "null";
}

}  // namespace emery::table::iceberg
