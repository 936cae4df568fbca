#include "table/iceberg/file_match.h"

#include <cmath>

#include "table/iceberg/transform.h"
#include "table/pruning.h"

namespace emery::table::iceberg {

using plan::As;
using plan::ExpressionPtr;

namespace {

bool IsNan(const type::Value& value) {
  const auto* d = std::get_if<double>(&value.payload());
  const auto* f = std::get_if<float>(&value.payload());
  return (d != nullptr && std::isnan(*d)) || (f != nullptr && std::isnan(*f));
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

ColumnBounds BoundsOf(const DataFile& file, const PartitionSpec& spec, const type::Field& field) {
  ColumnBounds bounds;
  if (field.type->is_nested()) {
    return bounds;
  }
  const auto lower = file.lower_bounds.find(field.field_id);
  const auto upper = file.upper_bounds.find(field.field_id);
  if (lower != file.lower_bounds.end()) {
    bounds.min = DecodeSingleValue(*field.type, lower->second);
  }
  if (upper != file.upper_bounds.end()) {
    bounds.max = DecodeSingleValue(*field.type, upper->second);
  }
  if (field.type->is_floating()) {
    // NaN is above all bounds, and lies outside them.
    const auto nans = file.nan_value_counts.find(field.field_id);
    if (nans == file.nan_value_counts.end() || nans->second != 0) {
      bounds.max.reset();
    }
    if (bounds.min && IsNan(*bounds.min)) {
      bounds.min.reset();
    }
  }
  const auto nulls = file.null_value_counts.find(field.field_id);
  if (nulls != file.null_value_counts.end()) {
    bounds.has_null = nulls->second > 0;
    const auto values = file.value_counts.find(field.field_id);
    bounds.all_null =
        values != file.value_counts.end() && values->second == nulls->second && values->second > 0;
  }
  for (size_t i = 0; i < spec.fields.size() && i < file.partition.size(); ++i) {
    if (spec.fields[i].source_id == field.field_id) {
      Narrow(*field.type, SourceBounds(spec.fields[i].transform, *field.type, file.partition[i]),
             &bounds);
    }
  }
  return bounds;
}

bool Comparable(const type::DataType& a, const type::DataType& b) {
  return a.id() == b.id() && !a.is_nested() && (!a.is_decimal() || a.scale() == b.scale());
}

bool AllCompare(const type::DataType& type, const ColumnBounds& bounds, const std::string& op,
                const type::Value& value) {
  if (bounds.has_null.value_or(true) || !bounds.min || !bounds.max || value.is_null()) {
    return false;
  }
  const int low = type::CompareValues(type, *bounds.min, value);
  const int high = type::CompareValues(type, *bounds.max, value);
  if (op == "=" || op == "<=>") {
    return low == 0 && high == 0;
  }
  if (op == "!=") {
    return low > 0 || high < 0;
  }
  if (op == "<") {
    return high < 0;
  }
  if (op == "<=") {
    return high <= 0;
  }
  if (op == ">") {
    return low > 0;
  }
  return op == ">=" && low >= 0;
}

std::string Mirrored(const std::string& op) {
  return op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
}

bool AllTrue(const ExpressionPtr& e, const BoundsLookup& lookup) {
  if (const auto* literal = As<plan::Literal>(e)) {
    return literal->type->is(type::TypeId::kBoolean) && !literal->value.is_null() &&
           literal->value.boolean();
  }
  if (As<plan::And>(e) != nullptr || As<plan::Or>(e) != nullptr) {
    const bool all = As<plan::And>(e) != nullptr;
    for (const auto& child : e->children) {
      if (AllTrue(child, lookup) != all) {
        return !all;
      }
    }
    return all;
  }
  if (As<plan::In>(e) != nullptr) {
    const auto* column = As<plan::Ordinal>(e->children[0]);
    if (column == nullptr) {
      return false;
    }
    const auto bounds = lookup(column->index);
    for (size_t i = 1; i < e->children.size(); ++i) {
      const auto* literal = As<plan::Literal>(e->children[i]);
      if (literal != nullptr && Comparable(*literal->type, *column->type) &&
          AllCompare(*column->type, bounds, "=", literal->value)) {
        return true;
      }
    }
    return false;
  }
  const auto* call = As<plan::Call>(e);
  if (call == nullptr) {
    return false;
  }
  if (call->name == "isnull" || call->name == "isnotnull") {
    const auto* column = As<plan::Ordinal>(call->children[0]);
    if (column == nullptr) {
      return false;
    }
    const auto bounds = lookup(column->index);
    return call->name == "isnull" ? bounds.all_null : !bounds.has_null.value_or(true);
  }
  if (call->children.size() != 2) {
    return false;
  }
  for (int side = 0; side < 2; ++side) {
    const auto* column = As<plan::Ordinal>(call->children[static_cast<size_t>(side)]);
    const auto* literal = As<plan::Literal>(call->children[static_cast<size_t>(1 - side)]);
    if (column == nullptr || literal == nullptr) {
      continue;
    }
    if (call->name == "<=>" && literal->value.is_null()) {
      return lookup(column->index).all_null;
    }
    return Comparable(*column->type, *literal->type) &&
           AllCompare(*column->type, lookup(column->index),
                      side == 0 ? call->name : Mirrored(call->name), literal->value);
  }
  return false;
}

bool IsField(int ordinal, const type::Schema& schema) {
  return ordinal >= 0 && ordinal < static_cast<int>(schema.size());
}

}  // namespace

bool MayMatch(const DataFile& file, const PartitionSpec& spec, const type::Schema& schema,
              const plan::ExpressionList& filter) {
  const auto lookup = [&](int ordinal) {
    return IsField(ordinal, schema) ? BoundsOf(file, spec, schema[static_cast<size_t>(ordinal)])
                                    : ColumnBounds{};
  };
  for (const auto& conjunct : filter) {
    if (!table::MayMatch(conjunct, lookup)) {
      return false;
    }
  }
  return true;
}

bool AllMatch(const DataFile& file, const PartitionSpec& spec, const type::Schema& schema,
              const plan::ExpressionList& filter) {
  const auto lookup = [&](int ordinal) {
    return IsField(ordinal, schema) ? BoundsOf(file, spec, schema[static_cast<size_t>(ordinal)])
                                    : ColumnBounds{};
  };
  for (const auto& conjunct : filter) {
    if (!AllTrue(conjunct, lookup)) {
      return false;
    }
  }
  return true;
}

bool ManifestMayMatch(const ManifestFile& manifest, const PartitionSpec& spec,
                      const type::Schema& schema, const plan::ExpressionList& filter) {
  if (manifest.partitions.size() != spec.fields.size()) {
    return true;
  }
  const auto lookup = [&](int ordinal) {
    ColumnBounds bounds;
    if (!IsField(ordinal, schema)) {
      return bounds;
    }
    const auto& field = schema[static_cast<size_t>(ordinal)];
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      const auto& transform = spec.fields[i].transform;
      const auto& summary = manifest.partitions[i];
      const auto result = ResultType(transform, field.type);
      if (spec.fields[i].source_id != field.field_id || result == nullptr ||
          field.type->is_floating() || transform.kind == TransformKind::kBucket) {
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
      ColumnBounds of_field = SourceBoundsOfRange(transform, *field.type, lower, upper);
      of_field.has_null = summary.contains_null;
      of_field.all_null = summary.contains_null && !summary.lower_bound;
      Narrow(*field.type, of_field, &bounds);
    }
    return bounds;
  };
  for (const auto& conjunct : filter) {
    if (!table::MayMatch(conjunct, lookup)) {
      return false;
    }
  }
  return true;
}

bool ManifestMayHold(const ManifestFile& manifest, const PartitionSpec& spec,
                     const type::Schema& schema, const std::vector<type::Value>& partition) {
  if (manifest.partitions.size() != spec.fields.size() || partition.size() != spec.fields.size()) {
    return true;
  }
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const auto& summary = manifest.partitions[i];
    if (partition[i].is_null()) {
      if (!summary.contains_null) {
        return false;
      }
      continue;
    }
    const auto* source = FindField(schema, spec.fields[i].source_id);
    const auto result =
        source == nullptr ? nullptr : ResultType(spec.fields[i].transform, source->type);
    if (result == nullptr || IsNan(partition[i]) || !summary.lower_bound || !summary.upper_bound) {
      continue;
    }
    const auto value = PromoteValue(*result, partition[i]);
    const auto lower = DecodeSingleValue(*result, *summary.lower_bound);
    const auto upper = DecodeSingleValue(*result, *summary.upper_bound);
    if (value && lower && upper &&
        (type::CompareValues(*result, *value, *lower) < 0 ||
         type::CompareValues(*result, *value, *upper) > 0)) {
      return false;
    }
  }
  return true;
}

}  // namespace emery::table::iceberg
