#pragma once

#include <optional>
#include <string>

#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// A partition value as Iceberg shows it to people: "2020-01" of a month, "2020-01-31-07" of an
/// hour, ISO 8601 for dates and times, base64 for bytes, "null". `type` is that of the transform's
/// results; `uuid`: the value is the bytes of one.
std::string PartitionValueText(const Transform& transform, const type::DataType& type,
                               const type::Value& value, bool uuid = false);

/// The same of a bound in a manifest's summary (single-value serialization) of a partition field.
std::string PartitionBoundText(const TableMetadata& metadata, const PartitionField& field,
                               const std::optional<std::string>& bound);

}  // namespace emery::table::iceberg
