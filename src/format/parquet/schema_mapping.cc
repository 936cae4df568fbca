#include "format/parquet/schema_mapping.h"

#include <optional>
#include <utility>

#include "format/schema_json.h"

namespace emery::format::parquet {

using type::TypePtr;

namespace {

constexpr const char* kSparkSchemaKey = "org.apache.spark.sql.parquet.row.metadata";

Status IllegalType(const Footer& footer, const SchemaNode& node, const std::string& what) {
  return base::UserError("FAILED_READ_FILE.NO_HINT",
                         "Encountered error while reading file " + footer.path +
                             ". Illegal Parquet type of column " + node.name + ": " + what + ".",
                         {{"path", footer.path}});
}

Result<TypePtr> NodeType(const Footer& footer, const SchemaNode& node,
                         const SchemaOptions& options);

Result<TypePtr> LeafType(const Footer& footer, const SchemaNode& node,
                         const SchemaOptions& options) {
  const auto timestamp = [&] {
    return node.utc_adjusted || !options.infer_timestamp_ntz ? type::Timestamp()
                                                             : type::TimestampNtz();
  };
  switch (node.annotation) {
    case Annotation::kDecimal:
      return type::Decimal(node.precision, node.scale);
    case Annotation::kTime:
      return IllegalType(footer, node, "TIME");
    case Annotation::kInterval:
      return IllegalType(footer, node, "INTERVAL");
    case Annotation::kNull:
      return type::Null();
    default:
      break;
  }
  switch (node.physical) {
    case ParquetType::kBoolean:
      return type::Boolean();
    case ParquetType::kInt32:
      if (node.annotation == Annotation::kDate) {
        return type::Date();
      }
      if (node.annotation == Annotation::kInteger) {
        switch (node.bit_width) {
          case 8:
            return node.is_signed ? type::Byte() : type::Short();
          case 16:
            return node.is_signed ? type::Short() : type::Int();
          default:
            return node.is_signed ? type::Int() : type::Long();
        }
      }
      return type::Int();
    case ParquetType::kInt64:
      switch (node.annotation) {
        case Annotation::kTimestampMillis:
        case Annotation::kTimestampMicros:
        case Annotation::kTimestampNanos:
          return timestamp();
        case Annotation::kInteger:
          return node.is_signed ? type::Long() : type::Decimal(20, 0);
        default:
          return type::Long();
      }
    case ParquetType::kInt96:
      return type::Timestamp();
    case ParquetType::kFloat:
      return type::Float();
    case ParquetType::kDouble:
      return type::Double();
    case ParquetType::kByteArray:
      switch (node.annotation) {
        case Annotation::kString:
        case Annotation::kEnum:
        case Annotation::kJson:
          return type::String();
        case Annotation::kBson:
          return type::Binary();
        default:
          return options.binary_as_string ? type::String() : type::Binary();
      }
    case ParquetType::kFixed:
      return node.annotation == Annotation::kFloat16 ? type::Float() : type::Binary();
  }
  return IllegalType(footer, node, "unknown");
}

Result<std::vector<type::Field>> Fields(const Footer& footer, const SchemaNode& node,
                                        const SchemaOptions& options) {
  std::vector<type::Field> fields;
  for (const SchemaNode& child : node.children) {
    type::Field field;
    field.name = child.name;
    field.field_id = child.field_id;
    if (child.repetition == Repetition::kRepeated) {
      // Without a LIST around it: a list of what can't be null.
      ARROW_ASSIGN_OR_RAISE(TypePtr element, NodeType(footer, child, options));
      field.type = type::Array(std::move(element), false);
    } else {
      ARROW_ASSIGN_OR_RAISE(field.type, NodeType(footer, child, options));
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<TypePtr> NodeType(const Footer& footer, const SchemaNode& node,
                         const SchemaOptions& options) {
  if (node.is_leaf()) {
    return LeafType(footer, node, options);
  }
  if (node.annotation == Annotation::kList) {
    const ListShape shape = ListShapeOf(node);
    if (shape.repeated == nullptr) {
      return IllegalType(footer, node, "a LIST without one repeated field");
    }
    ARROW_ASSIGN_OR_RAISE(TypePtr element, NodeType(footer, *shape.element, options));
    return type::Array(std::move(element), shape.element->repetition == Repetition::kOptional);
  }
  if (node.annotation == Annotation::kMap) {
    const SchemaNode* entries = MapEntriesOf(node);
    if (entries == nullptr) {
      return IllegalType(footer, node, "a MAP without one repeated group of key and value");
    }
    ARROW_ASSIGN_OR_RAISE(TypePtr key, NodeType(footer, entries->children[0], options));
    ARROW_ASSIGN_OR_RAISE(TypePtr value, NodeType(footer, entries->children[1], options));
    return type::Map(std::move(key), std::move(value),
                     entries->children[1].repetition == Repetition::kOptional);
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<type::Field> fields, Fields(footer, node, options));
  return type::Struct(std::move(fields));
}

/// Field ids of the file's schema carried over to the one that Spark noted.
void CopyFieldIds(const type::Schema& from, type::Schema* to) {
  if (from.size() != to->size()) {
    return;
  }
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i].name == (*to)[i].name) {
      (*to)[i].field_id = from[i].field_id;
    }
  }
}

}  // namespace

ListShape ListShapeOf(const SchemaNode& node) {
  if (node.annotation != Annotation::kList || node.children.size() != 1 ||
      node.children[0].repetition != Repetition::kRepeated) {
    return {};
  }
  const SchemaNode& repeated = node.children[0];
  const bool is_element = repeated.is_leaf() || repeated.children.size() != 1 ||
                          repeated.name == "array" || repeated.name == node.name + "_tuple" ||
                          repeated.children[0].repetition == Repetition::kRepeated;
  return {&repeated, is_element ? &repeated : &repeated.children[0]};
}

const SchemaNode* MapEntriesOf(const SchemaNode& node) {
  if (node.annotation != Annotation::kMap || node.children.size() != 1 ||
      node.children[0].repetition != Repetition::kRepeated ||
      node.children[0].children.size() != 2) {
    return nullptr;
  }
  for (const SchemaNode& child : node.children[0].children) {
    if (child.repetition == Repetition::kRepeated) {
      return nullptr;
    }
  }
  return &node.children[0];
}

Result<type::Schema> FileSchema(const Footer& footer, const SchemaOptions& options) {
  if (options.use_spark_metadata) {
    const auto noted = footer.metadata.find(kSparkSchemaKey);
    if (noted != footer.metadata.end()) {
      std::optional<type::Schema> schema = SchemaFromJson(noted->second);
      if (schema.has_value()) {
        for (type::Field& field : *schema) {
          field.nullable = true;
        }
        const Result<type::Schema> plain = Fields(footer, footer.root, options);
        if (plain.ok()) {
          CopyFieldIds(*plain, &*schema);
        }
        return *std::move(schema);
      }
    }
  }
  return Fields(footer, footer.root, options);
}

}  // namespace emery::format::parquet
