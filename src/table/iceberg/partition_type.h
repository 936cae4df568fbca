#pragma once

#include <vector>

#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// The struct of all partition fields that any spec of the table has had and whose source column is
/// still there, by field id; names are those of the newest spec. What `_partition` and metadata
/// tables show. No fields: the table was never partitioned.
type::TypePtr UnifiedPartitionType(const TableMetadata& metadata);

/// Values of a file's partition (per field of `spec`, as its manifest has them) as a value of that
/// struct; fields that the spec lacks are null.
type::Value UnifiedPartition(const TableMetadata& metadata, const type::DataType& unified,
                             const PartitionSpec& spec, const std::vector<type::Value>& values);

/// 16 bytes as "f79c3e09-677c-4bbd-a479-3f349cb785e7".
std::string UuidText(std::string_view bytes);

}  // namespace emery::table::iceberg
