#include "table/iceberg/file_bounds_internal.h"
#include "table/iceberg/partition_type.h"

namespace emery::table::iceberg {

using plan::As;
using plan::ExpressionPtr;

namespace {

bool IsNan(const type::Value& value) {
  const auto* d = std::get_if<double>(&value.payload());
  const auto* f = std::get_if<float>(&value.payload());
  return (d != nullptr && *d != *d) || (f != nullptr && *f != *f);
}

void Narrow(const type::DataType& type, const ColumnBounds& other, ColumnBounds* bounds) {
  if (other.min && (!bounds->min || type::CompareValues(type, *other.min, *bounds->min) > 0)) {
    bounds->min = other.min;
  }
  if (other.max && (!bounds->max || type::CompareValues(type, *other.max, *bounds->max) < 0)) {
    bounds->max = other.max;
  }
  if (other.has_null) {
    bounds->has_null = other.has_null;
  }
  bounds->all_null |= other.all_null;
}

/// Bounds of a uuid column as texts. Writers have ordered UUIDs both as unsigned bytes and as a
/// pair of signed numbers; where the first bytes have the same sign the orders agree on the first
/// half, and only that is used.
void UuidBounds(std::optional<std::string_view> lower, std::optional<std::string_view> upper,
                ColumnBounds* bounds) {
  if (!lower || !upper || lower->size() != 16 || upper->size() != 16 ||
      (((*lower)[0] ^ (*upper)[0]) & 0x80) != 0) {
    return;
  }
  bounds->min =
      type::Value::String(UuidText(std::string(lower->substr(0, 8)) + std::string(8, '\0')));
  bounds->max =
      type::Value::String(UuidText(std::string(upper->substr(0, 8)) + std::string(8, '\xff')));
}

/// Literals to which `conjunct` says the column `field_id` is equal.
std::vector<const plan::Literal*> EqualTo(const ExpressionPtr& conjunct, int32_t field_id,
                                          const ScanRequest& request, const type::Schema& schema) {
  std::vector<const plan::Literal*> literals;
  const auto is_column = [&](const ExpressionPtr& e) {
    const auto* ordinal = As<plan::Ordinal>(e);
    const int field = ordinal != nullptr ? request.field_indexes[ordinal->index] : -1;
    return field >= 0 && schema[field].field_id == field_id;
  };
  const auto same_type = [&](const plan::Literal& literal) {
    const auto& type = *conjunct->children[0]->type;
    return literal.type->id() == type.id() &&
           (!type.is_decimal() || literal.type->scale() == type.scale());
  };
  const auto* call = As<plan::Call>(conjunct);
  if (call != nullptr && call->name == "=" && is_column(call->children[0])) {
    const auto* literal = As<plan::Literal>(call->children[1]);
    if (literal != nullptr && same_type(*literal)) {
      literals.push_back(literal);
    }
  } else if (As<plan::In>(conjunct) != nullptr && is_column(conjunct->children[0])) {
    for (size_t i = 1; i < conjunct->children.size(); ++i) {
      const auto* literal = As<plan::Literal>(conjunct->children[i]);
      if (literal == nullptr || !same_type(*literal)) {
        return {};
      }
      literals.push_back(literal);
    }
  }
  return literals;
}

}  // namespace

ColumnBounds FileBounds::Of(const type::Field& field) const {
  ColumnBounds bounds;
  const auto lower = entries_.lower_bound(row_, field.field_id);
  const auto upper = entries_.upper_bound(row_, field.field_id);
  const bool uuid = metadata_.uuid_field_ids.count(field.field_id) != 0;
  if (uuid) {
    UuidBounds(lower, upper, &bounds);
  } else {
    if (lower) {
      bounds.min = DecodeSingleValue(*field.type, *lower);
    }
    if (upper) {
      bounds.max = DecodeSingleValue(*field.type, *upper);
    }
  }
  // NaN is no bound, and bounds leave it out though it is greater than all else.
  if (field.type->is_floating()) {
    const auto nans = entries_.nan_value_count(row_, field.field_id);
    if (!nans || *nans > 0 || (bounds.max && IsNan(*bounds.max))) {
      bounds.max.reset();
    }
    if (bounds.min && IsNan(*bounds.min)) {
      bounds.min.reset();
    }
  }
  if (const auto nulls = entries_.null_value_count(row_, field.field_id)) {
    bounds.has_null = *nulls > 0;
    const auto values = entries_.value_count(row_, field.field_id);
    bounds.all_null = values && *values == *nulls && *values > 0;
  }
  for (size_t i = 0; i < spec_.fields.size(); ++i) {
    if (spec_.fields[i].source_id != field.field_id) {
      continue;
    }
    type::Value value = entries_.partition_value(row_, i);
    if (uuid && std::holds_alternative<std::string>(value.payload())) {
      if (spec_.fields[i].transform.kind != TransformKind::kIdentity) {
        continue;
      }
      value = type::Value::String(UuidText(value.string()));
    }
    Narrow(*field.type, SourceBounds(spec_.fields[i].transform, *field.type, value), &bounds);
  }
  return bounds;
}

ColumnBounds FileBounds::OfMetadata(const std::string& name) const {
  ColumnBounds bounds;
  if (name == "_file") {
    bounds.min = type::Value::String(std::string(entries_.file_path(row_)));
  } else if (name == "_spec_id") {
    bounds.min = type::Value::Int(spec_.spec_id);
  } else {
    return bounds;
  }
  bounds.max = bounds.min;
  bounds.has_null = false;
  return bounds;
}

bool FileBounds::BucketsMayMatch(const ExpressionPtr& conjunct, const ScanRequest& request,
                                 const type::Schema& schema) const {
  for (size_t i = 0; i < spec_.fields.size(); ++i) {
    const auto& field = spec_.fields[i];
    if (field.transform.kind != TransformKind::kBucket ||
        metadata_.uuid_field_ids.count(field.source_id) != 0) {
      continue;
    }
    const auto literals = EqualTo(conjunct, field.source_id, request, schema);
    if (literals.empty()) {
      continue;
    }
    const type::Value value = entries_.partition_value(row_, i);
    if (!std::holds_alternative<int64_t>(value.payload())) {
      continue;
    }
    bool any = false;
    for (const auto* literal : literals) {
      const auto bucket = BucketOf(*literal->type, literal->value, field.transform.parameter);
      any |= !bucket || *bucket == value.integer();
    }
    if (!any) {
      return false;
    }
  }
  return true;
}

ColumnBounds ManifestBounds(const ManifestFile& manifest, const PartitionSpec& spec,
                            const type::Field& field, const TableMetadata& metadata) {
  ColumnBounds bounds;
  if (manifest.partitions.size() != spec.fields.size() ||
      metadata.uuid_field_ids.count(field.field_id) != 0) {
    return bounds;
  }
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    if (spec.fields[i].source_id != field.field_id) {
      continue;
    }
    const auto result = ResultType(spec.fields[i].transform, field.type);
    const auto& summary = manifest.partitions[i];
    if (result == nullptr || spec.fields[i].transform.kind == TransformKind::kBucket) {
      continue;
    }
    std::optional<type::Value> lower;
    std::optional<type::Value> upper;
    if (summary.lower_bound) {
      lower = DecodeSingleValue(*result, *summary.lower_bound);
    }
    if (summary.upper_bound) {
      upper = DecodeSingleValue(*result, *summary.upper_bound);
    }
    // Summaries leave out NaN, which is greater than all else.
    const bool may_be_nan = field.type->is_floating() && summary.contains_nan.value_or(true);
    if (may_be_nan) {
      upper.reset();
    }
    ColumnBounds of_field =
        SourceBoundsOfRange(spec.fields[i].transform, *field.type, lower, upper);
    of_field.has_null = summary.contains_null;
    of_field.all_null = summary.contains_null && !summary.lower_bound && !may_be_nan;
    Narrow(*field.type, of_field, &bounds);
  }
  return bounds;
}

}  // namespace emery::table::iceberg
