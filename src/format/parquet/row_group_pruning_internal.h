#pragma once

#include <optional>
#include <vector>

#include "format/bounds_predicate.h"
#include "format/parquet/column_reader_internal.h"
#include "format/parquet/footer.h"

namespace emery::format::parquet {

/// What a chunk's statistics say of its values as the target's type.
ColumnBounds ChunkBounds(const SchemaNode& leaf, const LeafTarget& target,
                         const ColumnChunk& chunk);

/// The same of a page.
ColumnBounds PageBoundsOf(const SchemaNode& leaf, const LeafTarget& target, const PageBounds& page);

/// Rows that both lists have. Both ascending, without overlaps.
std::vector<RowRange> IntersectRanges(const std::vector<RowRange>& a,
                                      const std::vector<RowRange>& b);

}  // namespace emery::format::parquet
