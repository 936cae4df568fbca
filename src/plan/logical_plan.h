#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/expression.h"

namespace emery::table {
class Table;
}

namespace emery::plan {

enum class PlanKind : uint8_t {
  // Resolved.
  kScan,
  kValues,  // rows of literals; zero columns and one row for SELECT without FROM
  kRange,
  kProject,
  kFilter,
  kJoin,
  kAggregate,
  kSort,
  kLimit,
  kSetOperation,
  kDistinct,
  kWindow,
  kGenerate,
  kExpand,
  kSample,
  kRecursive,
  kRecursiveReference,
  kShared,
  kCommand,
  // Unresolved: parser and Connect translation only.
  kUnresolvedRelation,
  kUnresolvedTableFunction,
  kUnresolvedSelect,
  kUnresolvedJoin,
  kUnresolvedWith,
  kUnresolvedPivot,
  kUnresolvedUnpivot,
  kUnresolvedLateralView,
  kUnresolvedInlineTable,
  kUnresolvedSubqueryAlias,
  kUnresolvedHint,
  kUnresolvedOrdering,
  kUnresolvedSetOperation,
  kUnresolvedSample,
};

/// A column that a plan gives.
struct ColumnInfo {
  ColumnId id;
  std::string name;
  type::TypePtr type;
  bool nullable = true;
};

using Columns = std::vector<ColumnInfo>;

/// An immutable tree of what to compute. Resolved nodes give columns by id; see Output().
struct LogicalPlan {
  explicit LogicalPlan(PlanKind k) : kind(k) {}

  virtual ~LogicalPlan() = default;
  LogicalPlan(const LogicalPlan&) = default;
  LogicalPlan& operator=(const LogicalPlan&) = delete;

  virtual std::shared_ptr<LogicalPlan> Copy() const = 0;
  /// The columns of the rows, in order. Computed from inputs: keep the result where it is used
  /// often. Unresolved nodes give none.
  virtual Columns Output() const = 0;

  const PlanKind kind;
  std::vector<PlanPtr> inputs;
  base::Position position;
};

template <class Derived, PlanKind Kind>
struct PlanNode : LogicalPlan {
  static constexpr PlanKind kKind = Kind;

  PlanNode() : LogicalPlan(Kind) {}

  std::shared_ptr<LogicalPlan> Copy() const override {
    return std::make_shared<Derived>(static_cast<const Derived&>(*this));
  }
};

template <class Derived, PlanKind Kind>
struct UnresolvedPlanNode : PlanNode<Derived, Kind> {
  Columns Output() const override { return {}; }
};

template <class T>
const T* As(const LogicalPlan* p) {
  return p != nullptr && p->kind == T::kKind ? static_cast<const T*>(p) : nullptr;
}

template <class T>
const T* As(const PlanPtr& p) {
  return As<T>(p.get());
}

// ---- resolved
// -------------------------------------------------------------------------------------------

/// Rows of a table. `columns[i]` is the table's field `field_indexes[i]`, or a metadata column that
/// the table knows by name (then -1). `filter` (conjuncts over `columns`, may be empty) is pushed
/// down for pruning *and* must hold for every row given.
struct Scan final : PlanNode<Scan, PlanKind::kScan> {
  std::shared_ptr<const table::Table> table;
  std::string name;  // as shown in EXPLAIN
  Columns columns;
  std::vector<int> field_indexes;
  ExpressionList filter;

  Columns Output() const override { return columns; }
};

struct Values final : PlanNode<Values, PlanKind::kValues> {
  Columns columns;
  std::vector<ExpressionList> rows;  // foldable expressions of the columns' types

  Columns Output() const override { return columns; }
};

/// start, start + step, … below (step < 0: above) `end`.
struct Range final : PlanNode<Range, PlanKind::kRange> {
  ColumnInfo column;
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;

  Columns Output() const override { return {column}; }
};

/// Every expression is a Column or an Alias.
struct Project final : PlanNode<Project, PlanKind::kProject> {
  ExpressionList expressions;

  Columns Output() const override;
};

struct Filter final : PlanNode<Filter, PlanKind::kFilter> {
  ExpressionPtr condition;

  Columns Output() const override { return inputs[0]->Output(); }
};

/// kMark gives the left columns and `mark`: true, false or null as `left IN (right)` does, with
/// `condition` as the comparison; kExistenceMark the same but never null. kSingle is a left join
/// that fails with SCALAR_SUBQUERY_TOO_MANY_ROWS where a left row has two matches. kNullAwareAnti
/// is NOT IN: `condition` is the comparison, and an unknown comparison drops the left row.
enum class JoinType : uint8_t {
  kInner,
  kLeft,
  kRight,
  kFull,
  kLeftSemi,
  kLeftAnti,
  kNullAwareAnti,
  kMark,
  kExistenceMark,
  kSingle
};

enum class JoinHint : uint8_t {
  kNone,
  kBroadcastLeft,
  kBroadcastRight,
  kShuffleHash,
  kMerge,
  kNestedLoop
};

/// inputs: left, right. `condition` null means cross. If `lateral`, the right side holds
/// OuterColumns of the left (until decorrelation).
struct Join final : PlanNode<Join, PlanKind::kJoin> {
  JoinType join_type = JoinType::kInner;
  ExpressionPtr condition;
  JoinHint hint = JoinHint::kNone;
  bool lateral = false;
  std::optional<ColumnInfo> mark;

  Columns Output() const override;
};

/// Gives `groups`, then `aggregates`. The analyzer splits "sum(a) + 1" into an aggregate and a
/// Project above. No groups: one row, also for empty input.
struct GroupBy final : PlanNode<GroupBy, PlanKind::kAggregate> {
  ExpressionList groups;      // Column or Alias
  ExpressionList aggregates;  // Alias of an Aggregate

  Columns Output() const override;
};

struct Sort final : PlanNode<Sort, PlanKind::kSort> {
  std::vector<SortOrder> order;
  bool global = true;  // false: SORT BY

  Columns Output() const override { return inputs[0]->Output(); }
};

/// `limit` < 0: no limit. Over a Sort this is a top-N.
struct Limit final : PlanNode<Limit, PlanKind::kLimit> {
  int64_t limit = -1;
  int64_t offset = 0;

  Columns Output() const override { return inputs[0]->Output(); }
};

enum class SetOperationKind : uint8_t { kUnion, kIntersect, kExcept };

/// inputs (two; a union may have more) give columns of the same types; `columns` are the result's
/// own.
struct SetOperation final : PlanNode<SetOperation, PlanKind::kSetOperation> {
  SetOperationKind operation = SetOperationKind::kUnion;
  bool all = true;
  Columns columns;

  Columns Output() const override { return columns; }
};

struct Distinct final : PlanNode<Distinct, PlanKind::kDistinct> {
  Columns Output() const override { return inputs[0]->Output(); }
};

/// Adds the columns of `windows` (Aliases of Window calls that share partition and order) behind
/// the input's.
struct WindowPlan final : PlanNode<WindowPlan, PlanKind::kWindow> {
  ExpressionList windows;

  Columns Output() const override;
};

/// Runs `generator` per row; gives the input's columns, then `columns`. `outer` keeps rows without
/// output.
struct Generate final : PlanNode<Generate, PlanKind::kGenerate> {
  ExpressionPtr generator;
  bool outer = false;
  Columns columns;

  Columns Output() const override;
};

/// For each input row one row per projection (grouping sets, unpivot). projections[i] matches
/// `columns`.
struct Expand final : PlanNode<Expand, PlanKind::kExpand> {
  std::vector<ExpressionList> projections;
  Columns columns;

  Columns Output() const override { return columns; }
};

/// Keeps a row where its random number lies in [lower, upper); with a seed, as Spark chooses.
struct Sample final : PlanNode<Sample, PlanKind::kSample> {
  double lower = 0;
  double upper = 1;
  bool with_replacement = false;
  std::optional<int64_t> seed;

  Columns Output() const override { return inputs[0]->Output(); }
};

/// WITH RECURSIVE: inputs[0] is the anchor, inputs[1] the step, which holds RecursiveReference
/// nodes of the same `id`. UNION ALL of the anchor and all steps until a step is empty; `distinct`
/// for UNION.
struct Recursive final : PlanNode<Recursive, PlanKind::kRecursive> {
  int64_t id = 0;
  std::string name;
  bool distinct = false;
  int64_t limit_rows = -1;
  int max_depth = 100;
  Columns columns;

  Columns Output() const override { return columns; }
};

struct RecursiveReference final : PlanNode<RecursiveReference, PlanKind::kRecursiveReference> {
  int64_t id = 0;
  Columns columns;

  Columns Output() const override { return columns; }
};

/// A subplan that several places read and that is computed once. All Shared nodes with one `id`
/// hold the same input (inputs[0], same pointer); each gives its own ids: columns[i] is the input's
/// column i.
struct Shared final : PlanNode<Shared, PlanKind::kShared> {
  int64_t id = 0;
  Columns columns;

  Columns Output() const override { return columns; }
};

// ---- unresolved
// -----------------------------------------------------------------------------------------

/// What SAMPLE says: exactly one of percent, rows, bucket is set.
struct SampleClause {
  std::optional<double> percent;
  std::optional<ExpressionPtr> rows;
  std::optional<std::pair<int, int>> bucket;
  std::optional<int64_t> seed;
};

/// A table, view or CTE by name; parquet.`path` too. inputs: none.
struct UnresolvedRelation final
    : UnresolvedPlanNode<UnresolvedRelation, PlanKind::kUnresolvedRelation> {
  std::vector<std::string> name;
  ExpressionPtr identifier;                    // IDENTIFIER(expr): then `name` is empty
  std::map<std::string, std::string> options;  // WITH ('k' = 'v')
  ExpressionPtr version;                       // VERSION AS OF
  ExpressionPtr timestamp;                     // TIMESTAMP AS OF
};

/// range(…), explode(…), name(args) in FROM. inputs: plans of TABLE arguments.
struct UnresolvedTableFunction final
    : UnresolvedPlanNode<UnresolvedTableFunction, PlanKind::kUnresolvedTableFunction> {
  std::vector<std::string> name;
  ExpressionList arguments;
};

/// inputs[0] AS alias(columns). An empty alias only renames columns.
struct UnresolvedSubqueryAlias final
    : UnresolvedPlanNode<UnresolvedSubqueryAlias, PlanKind::kUnresolvedSubqueryAlias> {
  std::string alias;
  std::vector<std::string> columns;
};

enum class GroupingKind : uint8_t { kNone, kExpressions, kAll, kSets };

/// GROUP BY as written. kSets: `sets` index into `expressions`; ROLLUP and CUBE are spelled out by
/// the parser, and several grouping clauses multiplied.
struct GroupingClause {
  GroupingKind kind = GroupingKind::kNone;
  ExpressionList expressions;
  std::vector<std::vector<int>> sets;
};

/// One query block, FROM to QUALIFY: inputs[0] is the FROM clause, or absent. ORDER BY and LIMIT
/// lie in an UnresolvedOrdering above it.
struct UnresolvedSelect final : UnresolvedPlanNode<UnresolvedSelect, PlanKind::kUnresolvedSelect> {
  bool distinct = false;
  ExpressionList items;
  ExpressionPtr where;
  GroupingClause grouping;
  ExpressionPtr having;
  ExpressionPtr qualify;
  std::vector<std::pair<std::string, WindowSpec>> windows;
};

/// ORDER BY / SORT BY / CLUSTER BY / DISTRIBUTE BY / LIMIT / OFFSET over inputs[0] (a select, a set
/// operation, VALUES …).
struct UnresolvedOrdering final
    : UnresolvedPlanNode<UnresolvedOrdering, PlanKind::kUnresolvedOrdering> {
  std::vector<SortOrder> order_by;
  bool order_by_all =
      false;  // ORDER BY ALL: order_by[0] then has the direction and a null expression
  std::vector<SortOrder> sort_by;
  ExpressionList distribute_by;
  ExpressionPtr limit;  // null: none, or LIMIT ALL
  ExpressionPtr offset;
  std::vector<std::pair<std::string, WindowSpec>> windows;
};

struct UnresolvedSetOperation final
    : UnresolvedPlanNode<UnresolvedSetOperation, PlanKind::kUnresolvedSetOperation> {
  SetOperationKind operation = SetOperationKind::kUnion;
  bool all = false;
  bool by_name = false;
  bool allow_missing = false;
};

/// inputs: left, right. For comma lists a cross join.
struct UnresolvedJoin final : UnresolvedPlanNode<UnresolvedJoin, PlanKind::kUnresolvedJoin> {
  JoinType join_type = JoinType::kInner;
  bool natural = false;
  bool lateral = false;
  std::vector<std::string> using_columns;
  ExpressionPtr condition;
};

struct CommonTableExpression {
  std::string name;
  std::vector<std::string> columns;
  PlanPtr plan;
  std::optional<int64_t> max_recursion;
  base::Position position;
};

/// WITH ctes inputs[0].
struct UnresolvedWith final : UnresolvedPlanNode<UnresolvedWith, PlanKind::kUnresolvedWith> {
  std::vector<CommonTableExpression> expressions;
  bool recursive = false;
};

struct UnresolvedPivot final : UnresolvedPlanNode<UnresolvedPivot, PlanKind::kUnresolvedPivot> {
  ExpressionList aggregates;  // maybe Aliases
  ExpressionList columns;     // FOR a, or FOR (a, b)
  ExpressionList values;      // IN (…): maybe Aliases; several columns: Call "struct"
};

struct UnresolvedUnpivot final
    : UnresolvedPlanNode<UnresolvedUnpivot, PlanKind::kUnresolvedUnpivot> {
  bool include_nulls = false;
  std::vector<std::string> value_names;
  std::string name_column;
  std::vector<ExpressionList> groups;               // each as wide as value_names
  std::vector<std::optional<std::string>> aliases;  // per group
};

/// inputs[0] LATERAL VIEW [OUTER] generator alias AS columns.
struct UnresolvedLateralView final
    : UnresolvedPlanNode<UnresolvedLateralView, PlanKind::kUnresolvedLateralView> {
  ExpressionPtr generator;
  bool outer = false;
  std::string alias;
  std::vector<std::string> columns;
};

struct UnresolvedInlineTable final
    : UnresolvedPlanNode<UnresolvedInlineTable, PlanKind::kUnresolvedInlineTable> {
  std::vector<ExpressionList> rows;
};

/// /*+ NAME(args) */ over inputs[0].
struct UnresolvedHint final : UnresolvedPlanNode<UnresolvedHint, PlanKind::kUnresolvedHint> {
  std::string name;
  ExpressionList arguments;
};

/// TABLESAMPLE over inputs[0]; stays until the analyzer turns it into Sample or Limit.
struct UnresolvedSample final : UnresolvedPlanNode<UnresolvedSample, PlanKind::kUnresolvedSample> {
  SampleClause clause;
};

// ---- rewriting
// --------------------------------------------------------------------------------------------

PlanPtr MakeProject(PlanPtr input, ExpressionList expressions);
PlanPtr MakeFilter(PlanPtr input, ExpressionPtr condition);

/// `plan` with other inputs; itself if they are the same pointers.
PlanPtr WithInputs(const PlanPtr& plan, std::vector<PlanPtr> inputs);
/// Every expression that `plan` itself holds (not its inputs'), in a fixed order.
void VisitExpressions(const LogicalPlan& plan,
                      const std::function<void(const ExpressionPtr&)>& visit);
/// `plan` with each of those replaced; itself where nothing changed.
PlanPtr MapExpressions(const PlanPtr& plan,
                       const std::function<ExpressionPtr(const ExpressionPtr&)>& map);
Result<PlanPtr> TryMapExpressions(
    const PlanPtr& plan, const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& map);
PlanPtr TransformPlanUp(const PlanPtr& plan, const std::function<PlanPtr(const PlanPtr&)>& rewrite);

/// A copy of a resolved plan (subquery plans included) in which every column gets a new id;
/// `mapping` receives old → new. Outer columns keep their ids, and so do ids that the plan does not
/// produce.
PlanPtr WithNewIds(const PlanPtr& plan, std::map<ColumnId, ColumnId>* mapping);

/// The tree, one node a line, indented; for EXPLAIN.
std::string ToString(const PlanPtr& plan);
std::string NodeToString(const LogicalPlan& plan);
bool Equal(const PlanPtr& a, const PlanPtr& b);

}  // namespace emery::plan
