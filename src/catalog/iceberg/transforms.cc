#include <algorithm>

#include "catalog/iceberg/transforms_internal.h"

namespace emery::catalog {

using table::iceberg::PartitionField;
using table::iceberg::PartitionSpec;
using table::iceberg::Transform;
using table::iceberg::TransformKind;

namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

bool Applies(TransformKind kind, const type::DataType& type) {
  switch (kind) {
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
      return type.is_datetime();
    case TransformKind::kHour:
      return type.is_datetime() && !type.is(type::TypeId::kDate);
    case TransformKind::kBucket:
      return type.is_integral() || type.is_decimal() || type.is_string() || type.is_datetime() ||
             type.is(type::TypeId::kBinary);
    case TransformKind::kTruncate:
      return type.is_integral() || type.is_decimal() || type.is_string() ||
             type.is(type::TypeId::kBinary);
    case TransformKind::kIdentity:
      return !type.is_nested();
    case TransformKind::kVoid:
      return true;
    case TransformKind::kUnknown:
      break;
  }
  return false;
}

}  // namespace

const type::Field* FindFieldByPath(const type::Schema& schema,
                                   const std::vector<std::string>& path) {
  const type::Schema* fields = &schema;
  const type::Field* found = nullptr;
  for (const auto& part : path) {
    if (fields == nullptr) {
      return nullptr;
    }
    const auto match = std::find_if(fields->begin(), fields->end(), [&](const type::Field& field) {
      return Lower(field.name) == Lower(part);
    });
    if (match == fields->end()) {
      return nullptr;
    }
    found = &*match;
    fields = found->type->is_nested() ? &found->type->fields() : nullptr;
  }
  return found;
}

Transform MakeTransform(TransformKind kind, int32_t parameter) {
  static constexpr const char* kNames[] = {"identity", "bucket", "truncate", "year",   "month",
                                           "day",      "hour",   "void",     "unknown"};
  Transform transform;
  transform.kind = kind;
  transform.parameter = parameter;
  transform.text = kNames[static_cast<size_t>(kind)];
  if (kind == TransformKind::kBucket || kind == TransformKind::kTruncate) {
    transform.text += "[" + std::to_string(parameter) + "]";
  }
  return transform;
}

Result<PartitionField> MakePartitionField(const plan::PartitionTransform& transform,
                                          const type::Schema& schema,
                                          const std::optional<std::string>& name) {
  static constexpr std::pair<const char*, TransformKind> kKinds[] = {
      {"", TransformKind::kIdentity},     {"identity", TransformKind::kIdentity},
      {"bucket", TransformKind::kBucket}, {"truncate", TransformKind::kTruncate},
      {"year", TransformKind::kYear},     {"years", TransformKind::kYear},
      {"month", TransformKind::kMonth},   {"months", TransformKind::kMonth},
      {"day", TransformKind::kDay},       {"days", TransformKind::kDay},
      {"date", TransformKind::kDay},      {"hour", TransformKind::kHour},
      {"hours", TransformKind::kHour},    {"date_hour", TransformKind::kHour},
      {"void", TransformKind::kVoid}};
  const std::string wanted = Lower(transform.name);
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const auto& known) { return wanted == known.first; });
  if (kind == std::end(kKinds)) {
    return base::Unsupported("the partition transform " + transform.name);
  }
  if (transform.columns.size() != 1) {
    return base::Unsupported("a partition transform of " +
                             std::to_string(transform.columns.size()) + " columns");
  }
  const type::Field* source = FindFieldByPath(schema, transform.columns[0]);
  if (source == nullptr) {
    return base::UserError(
        "FIELD_NOT_FOUND",
        "No such struct field " + base::QuoteName(transform.columns[0]) + " to partition by.",
        {{"fieldName", base::QuoteName(transform.columns[0])}});
  }
  int32_t parameter = 0;
  if (kind->second == TransformKind::kBucket || kind->second == TransformKind::kTruncate) {
    if (transform.arguments.size() != 1 ||
        !std::holds_alternative<int64_t>(transform.arguments[0].payload()) ||
        transform.arguments[0].integer() <= 0 || transform.arguments[0].integer() > INT32_MAX) {
      return base::UserError("INVALID_PARAMETER_VALUE",
                             "The transform " + wanted + " takes one positive number and a column.",
                             {{"parameter", wanted}});
    }
    parameter = static_cast<int32_t>(transform.arguments[0].integer());
  }
  if (!Applies(kind->second, *source->type)) {
    return base::UserError("INVALID_PARAMETER_VALUE",
                           "Invalid source type " + source->type->ToString() + " for transform: " +
                               MakeTransform(kind->second, parameter).text + ".",
                           {{"parameter", wanted}});
  }
  PartitionField field;
  field.source_id = source->field_id;
  field.transform = MakeTransform(kind->second, parameter);
  if (name) {
    field.name = *name;
    return field;
  }
  field.name = Joined(transform.columns[0]);
  static constexpr const char* kEndings[] = {"",     "_bucket", "_trunc", "_year", "_month",
                                             "_day", "_hour",   "_null",  ""};
  field.name += kEndings[static_cast<size_t>(kind->second)];
  return field;
}

Status CheckPartitionField(const PartitionField& field, const PartitionSpec& spec) {
  const auto is_time = [](TransformKind kind) {
    return kind == TransformKind::kYear || kind == TransformKind::kMonth ||
           kind == TransformKind::kDay || kind == TransformKind::kHour;
  };
  for (const auto& other : spec.fields) {
    if (other.transform.kind == TransformKind::kVoid) {
      continue;
    }
    if (other.name == field.name) {
      return base::UserError("INVALID_PARAMETER_VALUE",
                             "Cannot use partition name more than once: " + field.name + ".",
                             {{"parameter", field.name}});
    }
    if (other.source_id == field.source_id &&
        (other.transform.text == field.transform.text ||
         (is_time(other.transform.kind) && is_time(field.transform.kind)))) {
      return base::UserError(
          "INVALID_PARAMETER_VALUE",
          "Cannot add redundant partition: " + other.name + ", " + field.name + ".",
          {{"parameter", field.name}});
    }
  }
  return Status::OK();
}

}  // namespace emery::catalog
