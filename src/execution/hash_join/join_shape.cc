#include "execution/hash_join/join_shape.h"

#include <utility>

#include "execution/builder.h"

namespace emery::execution {

using plan::JoinType;

JoinSide::JoinSide(const plan::ExpressionList& key_expressions,
                   std::vector<type::TypePtr> input_types)
    : num_input_columns(input_types.size()), types(std::move(input_types)) {
  for (const plan::ExpressionPtr& key : key_expressions) {
    if (const auto* ordinal = plan::As<plan::Ordinal>(key)) {
      keys.push_back(ordinal->index);
    } else {
      keys.push_back(static_cast<int>(types.size()));
      types.push_back(key->type);
      added.push_back(key);
    }
  }
}

std::vector<type::TypePtr> JoinSide::key_types() const {
  std::vector<type::TypePtr> result;
  for (const int key : keys) {
    result.push_back(types[key]);
  }
  return result;
}

namespace {

bool ProbeIsLeft(const physical::HashJoin& node) {
  switch (node.join_type) {
    case JoinType::kNullAwareAnti:
    case JoinType::kMark:
    case JoinType::kExistenceMark:
    case JoinType::kSingle:
      return true;
    default:
      return node.build == physical::Side::kRight;
  }
}

JoinSide SideOf(const physical::HashJoin& node, bool left) {
  return JoinSide(left ? node.left_keys : node.right_keys,
                  TypesOf(node.inputs[left ? 0 : 1]->output));
}

}  // namespace

JoinShape::JoinShape(const physical::HashJoin& join)
    : node(&join),
      probe_is_left(ProbeIsLeft(join)),
      probe(SideOf(join, probe_is_left)),
      build(SideOf(join, !probe_is_left)) {
  switch (join.join_type) {
    case JoinType::kInner:
      pairs = true;
      break;
    case JoinType::kLeft:
      pairs = true;
      (probe_is_left ? probe_outer : build_outer) = true;
      break;
    case JoinType::kRight:
      pairs = true;
      (probe_is_left ? build_outer : probe_outer) = true;
      break;
    case JoinType::kFull:
      pairs = true;
      probe_outer = true;
      build_outer = true;
      break;
    case JoinType::kLeftSemi:
      (probe_is_left ? probe_semi : build_semi) = true;
      break;
    case JoinType::kLeftAnti:
      (probe_is_left ? probe_anti : build_anti) = true;
      break;
    case JoinType::kNullAwareAnti:
      probe_anti = true;
      three_valued = true;
      break;
    case JoinType::kMark:
      mark = true;
      three_valued = true;
      break;
    case JoinType::kExistenceMark:
      mark = true;
      break;
    case JoinType::kSingle:
      pairs = true;
      probe_outer = true;
      single = true;
      break;
  }
  RowLayout::Options options;
  options.start = 16;
  options.normalize_floats = true;
  std::vector<bool> nullable;
  for (size_t i = 0; i < build.keys.size(); ++i) {
    nullable.push_back(join.null_safe.size() > i && join.null_safe[i]);
  }
  key_layout = RowLayout(build.key_types(), nullable, options);
  // Columns that are keys are read from there, where the key is the value itself and never null in
  // a row that comes out.
  key_of_column.assign(build.num_input_columns, -1);
  payload_of_column.assign(build.num_input_columns, -1);
  for (size_t k = 0; k < build.keys.size(); ++k) {
    const size_t column = build.keys[k];
    const type::TypePtr& type = build.types[column];
    const bool exact = !type->is_floating() && !type->is_nested();
    if (column < build.num_input_columns && exact &&
        (nullable[k] || !(keeps_unmatchable_build_rows() || three_valued))) {
      key_of_column[column] = static_cast<int>(k);
    }
  }
  std::vector<type::TypePtr> payload_types;
  const bool needs_payload =
      pairs || build_semi || build_anti || join.residual != nullptr || three_valued;
  for (size_t c = 0; c < build.num_input_columns; ++c) {
    if (needs_payload && key_of_column[c] < 0) {
      payload_of_column[c] = static_cast<int>(payload_columns.size());
      payload_columns.push_back(static_cast<int>(c));
      payload_types.push_back(build.types[c]);
    }
  }
  options.start = key_layout.end();
  options.normalize_floats = false;
  const std::vector<bool> all_nullable(payload_types.size(), true);
  payload_layout = RowLayout(std::move(payload_types), all_nullable, options);
  matched_offset = payload_layout.end();
  row_width = matched_offset + (tracks_matches() ? 8 : 0);
}

columnar::VectorPtr JoinShape::ReadBuildColumn(int column, const uint8_t* const* rows,
                                               int64_t count, const columnar::BufferPtr& keep_alive,
                                               bool or_null) const {
  const int key = key_of_column[column];
  const RowLayout& layout = key >= 0 ? key_layout : payload_layout;
  const int index = key >= 0 ? key : payload_of_column[column];
  if (index < 0) {
    return columnar::Vector::MakeNull(build.types[column], count);
  }
  return or_null ? layout.ReadOrNull(index, rows, count, keep_alive)
                 : layout.Read(index, rows, count, keep_alive);
}

std::vector<columnar::VectorPtr> JoinShape::Combine(
    std::vector<columnar::VectorPtr> probe_columns,
    std::vector<columnar::VectorPtr> build_columns) const {
  std::vector<columnar::VectorPtr>& left = probe_is_left ? probe_columns : build_columns;
  std::vector<columnar::VectorPtr>& right = probe_is_left ? build_columns : probe_columns;
  left.insert(left.end(), std::make_move_iterator(right.begin()),
              std::make_move_iterator(right.end()));
  return std::move(left);
}

}  // namespace emery::execution
