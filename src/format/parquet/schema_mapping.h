#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "format/parquet/footer.h"
#include "type/data_type.h"

namespace emery::format::parquet {

/// The settings that decide how Parquet types become Spark's.
struct SchemaOptions {
  bool binary_as_string = false;    // spark.sql.parquet.binaryAsString
  bool infer_timestamp_ntz = true;  // spark.sql.parquet.inferTimestampNTZ.enabled
  bool use_spark_metadata = true;   // the schema that Spark left in the footer goes first
};

/// A file's schema as Spark sees it: every field nullable, as files are not trusted in that.
/// Errors: types that Spark can't read.
Result<type::Schema> FileSchema(const Footer& footer, const SchemaOptions& options = {});

/// A LIST group's place of elements: the repeated node, and the element below it (or the repeated
/// node itself, in old files).
struct ListShape {
  const SchemaNode* repeated = nullptr;
  const SchemaNode* element = nullptr;
};

/// Spark's rules for the forms that lists have had. A null `repeated`: `node` is not a list.
ListShape ListShapeOf(const SchemaNode& node);
/// The repeated group of a map with its key and value; null: not one.
const SchemaNode* MapEntriesOf(const SchemaNode& node);

}  // namespace emery::format::parquet
