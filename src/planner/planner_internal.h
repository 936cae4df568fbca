#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "functions/context.h"
#include "optimizer/cardinality.h"
#include "physical/physical_plan.h"
#include "plan/logical_plan.h"

namespace emery::planner {

/// Where the columns of a node's output are.
using Positions = std::unordered_map<int64_t, int>;  // ColumnId::value → position

/// A physical node and the ids of its output columns, in order.
struct Planned {
  physical::NodePtr node;
  std::vector<plan::ColumnId> ids;
};

/// State of one planning run.
class Planning {
 public:
  explicit Planning(std::shared_ptr<const functions::QueryContext> context)
      : context_(std::move(context)) {}

  Result<Planned> Plan(const plan::PlanPtr& p);
  /// `p`, giving exactly the columns `ids` in that order.
  Result<physical::NodePtr> PlanAs(const plan::PlanPtr& p, const std::vector<plan::ColumnId>& ids);

 private:
  Result<Planned> PlanScan(const plan::Scan& scan, const std::vector<plan::ColumnId>* wanted);
  Result<Planned> PlanProject(const plan::Project& project);
  Result<Planned> PlanJoin(const plan::PlanPtr& p);
  Result<Planned> PlanGroupBy(const plan::GroupBy& group);
  Result<Planned> PlanDistinct(const plan::Distinct& distinct);
  Result<Planned> PlanLimit(const plan::Limit& limit);
  Result<Planned> PlanSetOperation(const plan::SetOperation& set);
  Result<Planned> PlanWindow(const plan::WindowPlan& window);
  Result<Planned> PlanGenerate(const plan::Generate& generate);
  Result<Planned> PlanShared(const plan::Shared& shared);
  Result<Planned> PlanRecursive(const plan::PlanPtr& p);

  /// INTERSECT and EXCEPT: a null-safe semi or anti join on all columns; with ALL, on a row number
  /// per equal rows too.
  Result<Planned> PlanIntersectOrExcept(const plan::SetOperation& set);
  physical::NodePtr NumberEqualRows(physical::NodePtr input);
  physical::NodePtr DistinctRows(physical::NodePtr input);

  template <class T>
  std::shared_ptr<T> NewNode() {
    auto node = std::make_shared<T>();
    node->id = next_id_++;
    return node;
  }

  int next_id_ = 0;
  int next_filter_id_ = 0;
  std::shared_ptr<const functions::QueryContext> context_;
  optimizer::CardinalityEstimator estimator_;
  std::map<int64_t, Planned> shared_;  // by Shared::id
};

Positions PositionsOf(const std::vector<plan::ColumnId>& ids);
/// `e` with columns replaced by ordinals. An unknown column is an internal error.
Result<plan::ExpressionPtr> Bind(const plan::ExpressionPtr& e, const Positions& positions);
Result<plan::ExpressionList> Bind(const plan::ExpressionList& list, const Positions& positions);
Result<std::vector<plan::SortOrder>> Bind(const std::vector<plan::SortOrder>& order,
                                          const Positions& positions);
plan::ExpressionPtr MakeOrdinal(int index, const physical::OutputColumn& column);

/// Finds, below `probe`, the scans whose column feeds `probe`'s output column `column` and which
/// may leave out rows that a filter on it rejects, and adds `filter_id` there. Returns the tree
/// with changed scans (or the same), and whether any was found.
std::pair<physical::NodePtr, bool> AttachRuntimeFilter(const physical::NodePtr& probe, int column,
                                                       int filter_id);

}  // namespace emery::planner
