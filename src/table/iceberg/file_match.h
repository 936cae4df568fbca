#pragma once

#include <vector>

#include "plan/expression.h"
#include "table/iceberg/manifest.h"
#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// Whether rows of a file may match / all rows of the file surely match the conjuncts (over
/// plan::Ordinal, fields of `schema`), by its partition values and column bounds.
bool MayMatch(const DataFile& file, const PartitionSpec& spec, const type::Schema& schema,
              const plan::ExpressionList& filter);
bool AllMatch(const DataFile& file, const PartitionSpec& spec, const type::Schema& schema,
              const plan::ExpressionList& filter);

/// Whether the manifest may hold files with rows that match, or of this partition, by its summary.
bool ManifestMayMatch(const ManifestFile& manifest, const PartitionSpec& spec,
                      const type::Schema& schema, const plan::ExpressionList& filter);
bool ManifestMayHold(const ManifestFile& manifest, const PartitionSpec& spec,
                     const type::Schema& schema, const std::vector<type::Value>& partition);

}  // namespace emery::table::iceberg
