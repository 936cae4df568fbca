#pragma once

#include <memory>
#include <vector>

#include "execution/expressions.h"
#include "execution/row_layout.h"
#include "physical/physical_plan.h"

namespace emery::execution {

/// The columns of one side of a join as the join keeps them: its input's, then the keys that are no
/// plain columns.
struct JoinSide {
  JoinSide(const plan::ExpressionList& key_expressions, std::vector<type::TypePtr> input_types);

  size_t num_input_columns;
  std::vector<type::TypePtr> types;
  plan::ExpressionList added;
  std::vector<int> keys;  // column of each key
  std::vector<type::TypePtr> key_types() const;
};

/// What a hash join does, in terms of the side that is hashed (build) and the one that looks up
/// (probe). Immutable.
struct JoinShape {
  explicit JoinShape(const physical::HashJoin& node);

  const physical::HashJoin* node;
  bool probe_is_left;
  JoinSide probe;
  JoinSide build;

  // Which rows come out.
  bool pairs = false;         // matching pairs
  bool probe_outer = false;   // and probe rows without a match, with nulls
  bool build_outer = false;   // and build rows without a match, with nulls
  bool probe_semi = false;    // probe rows with a match
  bool probe_anti = false;    // probe rows without a match
  bool build_semi = false;    // build rows with a match
  bool build_anti = false;    // build rows without a match
  bool mark = false;          // probe rows and whether they match
  bool single = false;        // a second match is an error
  bool three_valued = false;  // unknown is told from false: kMark, kNullAwareAnti

  // Rows of the hash table: hash, next row in the chain, keys, the other columns, whether it was
  // matched.
  RowLayout key_layout;
  RowLayout payload_layout;
  std::vector<int> payload_columns;    // columns of `build` in the payload
  std::vector<int> payload_of_column;  // per build input column: index in the payload, or -1
  std::vector<int> key_of_column;      // per build input column: a key of the same value, or -1
  size_t matched_offset = 0;
  size_t row_width = 0;

  bool tracks_matches() const { return build_outer || build_semi || build_anti; }

  /// Build rows that can't match come out all the same.
  bool keeps_unmatchable_build_rows() const { return build_outer || build_anti; }

  /// Nothing comes out of a probe row where there are no build rows.
  bool empty_without_build() const { return !(probe_outer || probe_anti || mark); }

  columnar::VectorPtr ReadBuildColumn(int column, const uint8_t* const* rows, int64_t count,
                                      const columnar::BufferPtr& keep_alive, bool or_null) const;
  /// Output columns from those of both sides.
  std::vector<columnar::VectorPtr> Combine(std::vector<columnar::VectorPtr> probe_columns,
                                           std::vector<columnar::VectorPtr> build_columns) const;
};

}  // namespace emery::execution
