#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "plan/command.h"
#include "table/iceberg/metadata.h"

namespace emery::catalog {

/// A transform of SQL (days(ts), bucket(4, id), a column) as a field of a partition spec, named as
/// Iceberg does unless `name` is given; its field id is not set. Errors: columns that don't exist,
/// transforms that don't, types that a transform can't take.
Result<table::iceberg::PartitionField> MakePartitionField(const plan::PartitionTransform& transform,
                                                          const type::Schema& schema,
                                                          const std::optional<std::string>& name);

/// Errors: a field of this name, or of the same source and transform, is in the spec.
Status CheckPartitionField(const table::iceberg::PartitionField& field,
                           const table::iceberg::PartitionSpec& spec);

/// A field by its path; names match in any case. Null where there is none.
const type::Field* FindFieldByPath(const type::Schema& schema,
                                   const std::vector<std::string>& path);

/// The transform by its Iceberg text, e.g. "bucket[4]".
table::iceberg::Transform MakeTransform(table::iceberg::TransformKind kind, int32_t parameter);

}  // namespace emery::catalog
