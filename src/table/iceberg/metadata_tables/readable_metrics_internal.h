#pragma once

#include <vector>

#include "columnar/vector.h"
#include "table/iceberg/manifest_entries.h"

namespace emery::table::iceberg {

/// The column readable_metrics of a table with `schema`: a struct with a field for every primitive
/// column at any depth, by its full name, in the order of names.
type::Field ReadableMetricsField(const type::Schema& schema);

/// Its values for some entries of a manifest.
columnar::VectorPtr ReadableMetrics(const TableMetadata& metadata, const type::Schema& schema,
                                    const ManifestEntries& entries,
                                    const std::vector<int32_t>& rows);

}  // namespace emery::table::iceberg
