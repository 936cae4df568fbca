#include <algorithm>

#include "format/parquet/row_group_pruning_internal.h"

namespace emery::format::parquet {

ColumnBounds ChunkBounds(const SchemaNode& leaf, const LeafTarget& target,
                         const ColumnChunk& chunk) {
  ColumnBounds bounds;
  bounds.may_have_nulls = leaf.max_def > 0 && chunk.null_count != 0;
  bounds.all_null =
      chunk.null_count.has_value() && *chunk.null_count == chunk.num_values && chunk.num_values > 0;
  if (chunk.min.has_value()) {
    bounds.min = DecodeBound(leaf, target, *chunk.min);
  }
  if (chunk.max.has_value()) {
    bounds.max = DecodeBound(leaf, target, *chunk.max);
  }
  return bounds;
}

ColumnBounds PageBoundsOf(const SchemaNode& leaf, const LeafTarget& target,
                          const PageBounds& page) {
  ColumnBounds bounds;
  bounds.all_null = page.all_null;
  bounds.may_have_nulls = leaf.max_def > 0 && page.null_count != 0;
  if (!page.all_null) {
    bounds.min = DecodeBound(leaf, target, page.min);
    bounds.max = DecodeBound(leaf, target, page.max);
  }
  return bounds;
}

std::vector<RowRange> IntersectRanges(const std::vector<RowRange>& a,
                                      const std::vector<RowRange>& b) {
  std::vector<RowRange> out;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const int64_t begin = std::max(a[i].begin, b[j].begin);
    const int64_t a_end = a[i].begin + a[i].count;
    const int64_t b_end = b[j].begin + b[j].count;
    const int64_t end = std::min(a_end, b_end);
    if (begin < end) {
      out.push_back({begin, end - begin});
    }
    (a_end < b_end ? i : j)++;
  }
  return out;
}

}  // namespace emery::format::parquet
