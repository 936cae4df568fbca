#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/expression.h"
#include "plan/logical_plan.h"
#include "table/table.h"

namespace emery::physical {

enum class NodeKind : uint8_t {
  kScan,
  kValues,
  kRange,
  kProject,
  kFilter,
  kHashJoin,
  kNestedLoopJoin,
  kHashAggregate,
  kSort,
  kTopN,
  kLimit,
  kUnion,
  kWindow,
  kGenerate,
  kExpand,
  kSample,
  kShared,
  kRecursive,
  kRecursiveReference,
  kWrite,
};

/// A column of a node's output.
struct OutputColumn {
  std::string name;
  type::TypePtr type;
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;

/// The physical plan: data without behaviour. Expressions refer to columns by plan::Ordinal:
/// positions in the (first) input's output; for joins, in left columns followed by right columns.
/// `id` is unique within a plan: metrics are kept by it.
struct Node {
  explicit Node(NodeKind k) : kind(k) {}

  virtual ~Node() = default;

  const NodeKind kind;
  int id = 0;
  std::vector<NodePtr> inputs;
  std::vector<OutputColumn> output;
  double estimated_rows = -1;  // < 0: unknown
};

template <class T>
const T* As(const NodePtr& n) {
  return n != nullptr && n->kind == T::kKind ? static_cast<const T*>(n.get()) : nullptr;
}

template <NodeKind Kind>
struct NodeOf : Node {
  static constexpr NodeKind kKind = Kind;

  NodeOf() : Node(Kind) {}
};

/// Reads `column` of a scan's request against runtime filter `filter_id`, which some HashJoin of
/// the plan publishes.
struct RuntimeFilterTarget {
  int filter_id;
  int column;
};

struct Scan final : NodeOf<NodeKind::kScan> {
  std::shared_ptr<const table::Table> table;
  std::string name;
  std::vector<int> field_indexes;  // as in table::ScanRequest
  plan::ExpressionList filter;
  std::vector<RuntimeFilterTarget> runtime_filters;
  /// Positions of the request's columns that the scan gives; filter-only columns need not be given.
  std::vector<int> projection;
  std::vector<OutputColumn> request;  // name and type of every requested column
};

struct Values final : NodeOf<NodeKind::kValues> {
  std::vector<plan::ExpressionList> rows;
};

struct Range final : NodeOf<NodeKind::kRange> {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;
};

struct Project final : NodeOf<NodeKind::kProject> {
  plan::ExpressionList expressions;
};

struct Filter final : NodeOf<NodeKind::kFilter> {
  plan::ExpressionList conjuncts;
};

enum class Side : uint8_t { kLeft, kRight };

/// Equi-join. keys: left_keys[i] over left columns, right_keys[i] over right columns (ordinals of
/// each side's own output), of one type. `residual` (over left then right columns) must also hold
/// for a pair to match. Output: left then right columns for inner and outer joins and kSingle; left
/// columns for semi and anti; left columns and the mark for marks. `build` says which side is
/// hashed, which the executor may change (but for joins that need a fixed side).
struct HashJoin final : NodeOf<NodeKind::kHashJoin> {
  plan::JoinType join_type = plan::JoinType::kInner;
  plan::ExpressionList left_keys;
  plan::ExpressionList right_keys;
  std::vector<bool> null_safe;  // per key: <=>
  plan::ExpressionPtr residual;
  Side build = Side::kRight;
  /// Runtime filters that the build publishes: (filter id, index of the key).
  std::vector<std::pair<int, int>> published_filters;
};

/// Every pair for which `condition` (null: all) holds. Right side is materialised.
struct NestedLoopJoin final : NodeOf<NodeKind::kNestedLoopJoin> {
  plan::JoinType join_type = plan::JoinType::kInner;
  plan::ExpressionPtr condition;
};

struct AggregateCall {
  std::string name;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  plan::ExpressionList arguments;  // over input columns
  plan::ExpressionPtr filter;      // over input columns; null: none
  bool distinct = false;
  bool ignore_nulls = false;
  std::vector<plan::SortOrder> order_by;
  type::TypePtr type;
};

/// Output: groups, then aggregates. No groups: one row always.
struct HashAggregate final : NodeOf<NodeKind::kHashAggregate> {
  plan::ExpressionList groups;
  std::vector<AggregateCall> aggregates;
};

struct Sort final : NodeOf<NodeKind::kSort> {
  std::vector<plan::SortOrder> order;
};

/// The first `limit` rows after `offset` of the sorted input.
struct TopN final : NodeOf<NodeKind::kTopN> {
  std::vector<plan::SortOrder> order;
  int64_t limit = 0;
  int64_t offset = 0;
};

/// In input order. `limit` < 0: none.
struct Limit final : NodeOf<NodeKind::kLimit> {
  int64_t limit = -1;
  int64_t offset = 0;
};

/// All rows of all inputs; input after input only in so far as order matters to no one.
struct Union final : NodeOf<NodeKind::kUnion> {};

struct WindowCall {
  std::string name;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  bool is_aggregate = false;
  bool distinct = false;
  bool ignore_nulls = false;
  plan::ExpressionList arguments;
  plan::ExpressionPtr filter;
  plan::WindowFrame frame;
  type::TypePtr type;
};

/// Output: the input's columns, then one per call. Rows may come in any order.
struct Window final : NodeOf<NodeKind::kWindow> {
  plan::ExpressionList partition_by;
  std::vector<plan::SortOrder> order_by;
  std::vector<WindowCall> calls;
};

/// Output: the input's columns at `projection`, then the generator's.
struct Generate final : NodeOf<NodeKind::kGenerate> {
  std::string name;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  plan::ExpressionList arguments;
  bool outer = false;
  std::vector<int> projection;
};

struct Expand final : NodeOf<NodeKind::kExpand> {
  std::vector<plan::ExpressionList> projections;
};

struct Sample final : NodeOf<NodeKind::kSample> {
  double lower = 0;
  double upper = 1;
  bool with_replacement = false;
  int64_t seed = 0;
};

/// inputs[0] is computed once for all Shared nodes of one `shared_id`; `projection` picks its
/// columns.
struct Shared final : NodeOf<NodeKind::kShared> {
  int64_t shared_id = 0;
  std::vector<int> projection;
};

/// inputs: anchor, step.
struct Recursive final : NodeOf<NodeKind::kRecursive> {
  int64_t recursive_id = 0;
  std::string name;
  bool distinct = false;
  int max_depth = 100;
  int64_t max_rows = 1000000;
};

struct RecursiveReference final : NodeOf<NodeKind::kRecursiveReference> {
  int64_t recursive_id = 0;
};

/// Writes the input's rows through `job`; gives one row: the number of rows written (LONG). The
/// caller commits.
struct Write final : NodeOf<NodeKind::kWrite> {
  std::shared_ptr<table::WriteJob> job;
};

/// The tree as text, one node a line.
std::string ToString(const NodePtr& plan);

}  // namespace emery::physical
