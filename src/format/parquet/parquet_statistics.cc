#include "format/parquet/parquet_statistics.h"

#include <algorithm>
#include <string>
#include <utility>

#include "format/parquet/column_assembly_internal.h"
#include "format/parquet/row_group_pruning_internal.h"

namespace emery::format::parquet {

using type::CompareValues;
using type::Value;

namespace {

/// Distinct values of a column over row groups. Groups that don't overlap add up (sorted data); of
/// groups that do, the one with most counts, as they share most values.
class DistinctEstimate {
 public:
  void Add(const type::DataType& type, const ColumnBounds& bounds,
           const std::optional<int64_t>& distinct) {
    if (!distinct.has_value()) {
      known_ = false;
      return;
    }
    const bool disjoint =
        bounds.min && last_max_ && CompareValues(type, *bounds.min, *last_max_) >= 0;
    const auto count = static_cast<double>(*distinct);
    largest_ = std::max(largest_, count);
    sum_ += count;
    all_disjoint_ = all_disjoint_ && (first_ || disjoint);
    first_ = false;
    last_max_ = bounds.max;
  }

  std::optional<double> value() const {
    if (!known_ || first_) {
      return std::nullopt;
    }
    return all_disjoint_ ? sum_ : largest_;
  }

 private:
  bool known_ = true;
  bool first_ = true;
  bool all_disjoint_ = true;
  double largest_ = 0;
  double sum_ = 0;
  std::optional<Value> last_max_;
};

}  // namespace

int64_t SummarizeColumns(const std::vector<FooterPtr>& footers, const type::Schema& schema,
                         std::vector<ColumnSummary>* columns) {
  columns->assign(schema.size(), {});
  int64_t rows = 0;
  for (const FooterPtr& footer : footers) {
    rows += footer->num_rows;
  }
  for (size_t s = 0; s < schema.size(); ++s) {
    const type::DataType& type = *schema[s].type;
    ColumnSummary& out = (*columns)[s];
    if (type.is_nested()) {
      continue;
    }
    int64_t nulls = 0;
    int64_t bytes = 0;
    bool nulls_known = true;
    bool bounds_known = true;
    DistinctEstimate distinct;
    for (const FooterPtr& footer : footers) {
      format::ReadColumn wanted;
      wanted.name = schema[s].name;
      wanted.type = schema[s].type;
      const Result<Assembly> assembly = MakeAssembly(*footer, wanted, false);
      if (!assembly.ok() || !assembly->is_flat()) {
        if (assembly.ok() && assembly->root.kind == AssemblyNode::Kind::kMissing) {
          nulls += footer->num_rows;
        } else {
          nulls_known = false;
          bounds_known = false;
        }
        continue;
      }
      const AssemblyLeaf& leaf = assembly->leaves[0];
      for (const RowGroup& group : footer->row_groups) {
        const ColumnChunk& chunk = group.columns[static_cast<size_t>(leaf.node->leaf)];
        const ColumnBounds bounds = ChunkBounds(*leaf.node, leaf.target, chunk);
        bytes += chunk.uncompressed_bytes;
        if (leaf.node->max_def == 0) {
          // Required: no nulls to count.
        } else if (chunk.null_count.has_value()) {
          nulls += *chunk.null_count;
        } else {
          nulls_known = false;
        }
        if (group.num_rows == 0 || bounds.all_null) {
          continue;
        }
        distinct.Add(type, bounds, chunk.distinct_count);
        if (!bounds.min || !bounds.max) {
          bounds_known = false;
          continue;
        }
        if (!out.min || CompareValues(type, *bounds.min, *out.min) < 0) {
          out.min = bounds.min;
        }
        if (!out.max || CompareValues(type, *bounds.max, *out.max) > 0) {
          out.max = bounds.max;
        }
      }
    }
    if (!bounds_known) {
      out.min.reset();
      out.max.reset();
    }
    if (nulls_known) {
      out.null_count = nulls;
    }
    out.distinct_count = distinct.value();
    if (rows > 0) {
      out.average_bytes = static_cast<double>(bytes) / static_cast<double>(rows);
    }
  }
  return rows;
}

}  // namespace emery::format::parquet
