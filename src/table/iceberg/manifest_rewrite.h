#pragma once

#include <memory>
#include <optional>

#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

struct ManifestRewrite {
  int64_t rewritten = 0;
  int64_t added = 0;
};

/// Writes the data manifests of `spec_id` (default: the current spec) anew, their entries ordered
/// by partition, so that a filter on partitions needs few of them. Rows and files stay as they are.
Result<ManifestRewrite> RewriteManifests(TableOperations* operations,
                                         std::optional<int32_t> spec_id);

}  // namespace emery::table::iceberg
