// Join ordering. A region is a tree of inner joins; its leaves are ordered anew by dynamic
// programming over subsets (bushy plans, connected ones first) up to kExhaustiveMax leaves, above
// that by greedily joining the pair with the smallest result. Joins that keep every left row once
// or drop some of them (left, semi, anti, marks, single) on top of a leaf step aside when their
// right side takes no part in the region's conditions: outer and mark joins are then done last, on
// the fewest rows.
//
// Sizes of subsets come from the distinct counts of the classes of equal columns; several keys
// between two sides count together, but never as more values than a side has rows.

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

constexpr int kExhaustiveMax = 11;
constexpr int kRelationsMax = 60;
constexpr double kCrossPenalty = 50;

struct Deferred {
  std::shared_ptr<const plan::Join> join;  // inputs[1] is its right side, ordered
};

struct Region {
  std::vector<PlanPtr> relations;
  ExpressionList conjuncts;
  std::vector<Deferred> deferred;  // innermost first
};

bool CanStepAside(JoinType join_type) {
  switch (join_type) {
    case JoinType::kLeft:
    case JoinType::kSingle:
    case JoinType::kMark:
    case JoinType::kExistenceMark:
      return true;
    case JoinType::kInner:
    case JoinType::kRight:
    case JoinType::kFull:
    case JoinType::kLeftSemi:
    case JoinType::kLeftAnti:
    case JoinType::kNullAwareAnti:
      return false;
  }
  return false;
}

Result<PlanPtr> Order(const PlanPtr& p, RuleContext& context, CardinalityEstimator& estimator);

Status Flatten(const PlanPtr& p, Region* region, RuleContext& context,
               CardinalityEstimator& estimator) {
  const auto* join = As<plan::Join>(p);
  if (join != nullptr && join->join_type == JoinType::kInner && !join->lateral &&
      region->relations.size() < kRelationsMax) {
    for (const auto& conjunct : plan::SplitConjuncts(join->condition)) {
      region->conjuncts.push_back(conjunct);
    }
    ARROW_RETURN_NOT_OK(Flatten(p->inputs[0], region, context, estimator));
    return Flatten(p->inputs[1], region, context, estimator);
  }
  if (join != nullptr && !join->lateral && CanStepAside(join->join_type)) {
    IdSet extra = OutputIds(p->inputs[1]);
    if (join->mark) {
      extra = {join->mark->id.value};
    }
    bool used = false;
    for (const auto& conjunct : region->conjuncts) {
      used |= AnyIn(conjunct, extra);
    }
    for (const auto& deferred : region->deferred) {
      used |= deferred.join->condition != nullptr && AnyIn(deferred.join->condition, extra);
    }
    if (!used) {
      ARROW_ASSIGN_OR_RAISE(auto right, Order(p->inputs[1], context, estimator));
      auto copy = std::make_shared<plan::Join>(*join);
      copy->inputs = {nullptr, right};
      region->deferred.insert(region->deferred.begin(), Deferred{copy});
      return Flatten(p->inputs[0], region, context, estimator);
    }
  }
  if (const auto* project = As<plan::Project>(p);
      project != nullptr && p->inputs[0]->kind == PlanKind::kJoin) {
    const auto* below = As<plan::Join>(p->inputs[0]);
    bool plain = below->join_type == JoinType::kInner || CanStepAside(below->join_type);
    for (const auto& e : project->expressions) {
      plain = plain && As<plan::Column>(e) != nullptr;
    }
    if (plain) {
      return Flatten(p->inputs[0], region, context, estimator);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto leaf, MapInputs(p, [&](const PlanPtr& input) {
                          return Order(input, context, estimator);
                        }));
  region->relations.push_back(std::move(leaf));
  return Status::OK();
}

/// The conditions of a region as a graph over its relations.
class JoinGraph {
 public:
  JoinGraph(const Region& region, CardinalityEstimator& estimator)
      : region_(region), estimator_(estimator) {
    const int n = static_cast<int>(region.relations.size());
    for (int i = 0; i < n; ++i) {
      for (const auto id : OutputIds(region.relations[i])) {
        relation_of_[id] = i;
      }
      estimates_.push_back(&estimator.Estimate(region.relations[i]));
    }
    for (const auto& conjunct : region.conjuncts) {
      uint64_t relations = 0;
      for (const auto id : ColumnsOf(conjunct)) {
        const auto it = relation_of_.find(id);
        if (it != relation_of_.end()) {
          relations |= uint64_t{1} << it->second;
        }
      }
      conjunct_relations_.push_back(relations);
      const auto* call = As<plan::Call>(conjunct);
      const bool equality = call != nullptr && (call->name == "=" || call->name == "<=>") &&
                            std::popcount(relations) == 2;
      // A plain equality of columns is taken care of by its class.
      by_class_.push_back(equality && call->name == "=" &&
                          As<plan::Column>(call->children[0]) != nullptr &&
                          As<plan::Column>(call->children[1]) != nullptr);
      if (equality) {
        AddEquality(*call);
      } else if (std::popcount(relations) >= 2) {
        other_conjuncts_.push_back({relations, 0.33});
      }
    }
  }

  const ExpressionList& conjuncts() const { return region_.conjuncts; }

  uint64_t relations_of(size_t conjunct) const { return conjunct_relations_[conjunct]; }

  bool by_class(size_t conjunct) const { return by_class_[conjunct]; }

  /// One equality for each class of equal columns that has members on both sides: those within a
  /// side hold already.
  ExpressionList EqualitiesBetween(uint64_t a, uint64_t b) const {
    ExpressionList list;
    for (const auto& cls : classes_) {
      ExpressionPtr sides[2];
      for (const auto& [relation, column] : cls.columns) {
        for (int i = 0; i < 2; ++i) {
          if (sides[i] == nullptr && (((i == 0 ? a : b) >> relation) & 1) != 0) {
            sides[i] = column;
          }
        }
      }
      if (sides[0] != nullptr && sides[1] != nullptr) {
        list.push_back(plan::MakeComparison("=", sides[0], sides[1]));
      }
    }
    return list;
  }

  bool Connected(uint64_t a, uint64_t b) const {
    for (const auto& cls : classes_) {
      if ((cls.relations & a) != 0 && (cls.relations & b) != 0) {
        return true;
      }
    }
    for (const auto& [relations, selectivity] : other_conjuncts_) {
      if ((relations & a) != 0 && (relations & b) != 0 && (relations & ~(a | b)) == 0) {
        return true;
      }
    }
    return false;
  }

  double BaseRows(int relation) const { return std::max(1.0, estimates_[relation]->rows); }

  /// Rows of the join of two disjoint subsets with the given sizes.
  double JoinRows(uint64_t a, double rows_a, uint64_t b, double rows_b) const {
    double distinct_a = 1;
    double distinct_b = 1;
    bool any = false;
    for (const auto& cls : classes_) {
      if ((cls.relations & a) == 0 || (cls.relations & b) == 0) {
        continue;
      }
      any = true;
      distinct_a *= ClassDistinct(cls, a, rows_a);
      distinct_b *= ClassDistinct(cls, b, rows_b);
    }
    double rows = rows_a * rows_b;
    if (any) {
      distinct_a = std::min(distinct_a, std::max(1.0, rows_a));
      distinct_b = std::min(distinct_b, std::max(1.0, rows_b));
      rows /= std::max(distinct_a, distinct_b);
    }
    for (const auto& [relations, selectivity] : other_conjuncts_) {
      if ((relations & a) != 0 && (relations & b) != 0 && (relations & ~(a | b)) == 0) {
        rows *= selectivity;
      }
    }
    return std::max(rows, 1.0);
  }

 private:
  struct Class {
    uint64_t relations = 0;
    std::vector<std::pair<int, double>> members;  // relation, distinct values there
    std::vector<std::pair<int, ExpressionPtr>> columns;
    IdSet ids;
  };

  double ClassDistinct(const Class& cls, uint64_t subset, double rows) const {
    double distinct = 1e300;
    for (const auto& [relation, count] : cls.members) {
      if ((subset >> relation) & 1) {
        distinct = std::min(distinct, count);
      }
    }
    return std::clamp(distinct, 1.0, std::max(1.0, rows));
  }

  void AddEquality(const plan::Call& call) {
    Class fresh;
    for (const auto& side : call.children) {
      int relation = -1;
      double distinct = 0;
      for (const auto id : ColumnsOf(side)) {
        relation = relation_of_.at(id);
        distinct = std::max(distinct, estimates_[relation]->DistinctOf(ColumnId{id}));
      }
      if (relation < 0) {
        return;
      }
      const auto* column = As<plan::Column>(side);
      if (column != nullptr && call.name == "=") {
        fresh.ids.insert(column->id.value);
        fresh.columns.emplace_back(relation, side);
      }
      fresh.relations |= uint64_t{1} << relation;
      fresh.members.emplace_back(relation, distinct);
    }
    for (auto it = classes_.begin(); it != classes_.end();) {
      bool meets = false;
      for (const auto id : fresh.ids) {
        meets |= it->ids.count(id) > 0;
      }
      if (meets) {
        fresh.relations |= it->relations;
        fresh.members.insert(fresh.members.end(), it->members.begin(), it->members.end());
        for (const auto& [relation, column] : it->columns) {
          if (fresh.ids.insert(As<plan::Column>(column)->id.value).second) {
            fresh.columns.emplace_back(relation, column);
          }
        }
        it = classes_.erase(it);
      } else {
        ++it;
      }
    }
    classes_.push_back(std::move(fresh));
  }

  const Region& region_;
  CardinalityEstimator& estimator_;
  std::unordered_map<int64_t, int> relation_of_;
  std::vector<const PlanEstimate*> estimates_;
  std::vector<uint64_t> conjunct_relations_;
  std::vector<bool> by_class_;
  std::vector<Class> classes_;
  std::vector<std::pair<uint64_t, double>> other_conjuncts_;
};

struct JoinTree {
  uint64_t set = 0;
  double rows = 0;
  double cost = 0;
  std::shared_ptr<const JoinTree> left;  // null: a leaf
  std::shared_ptr<const JoinTree> right;
};

using JoinTreePtr = std::shared_ptr<const JoinTree>;

JoinTreePtr Leaf(int relation, const JoinGraph& graph) {
  auto tree = std::make_shared<JoinTree>();
  tree->set = uint64_t{1} << relation;
  tree->rows = graph.BaseRows(relation);
  return tree;
}

double StepCost(double rows, double left, double right, bool connected) {
  // Hashing a row costs about twice a probe, and every row of the result is written once.
  const double cost = rows + 2 * std::min(left, right) + 0.5 * std::max(left, right);
  return connected ? cost : cost + kCrossPenalty * left * right;
}

JoinTreePtr JoinOf(const JoinTreePtr& a, const JoinTreePtr& b, double rows, bool connected) {
  auto tree = std::make_shared<JoinTree>();
  tree->set = a->set | b->set;
  tree->rows = rows;
  tree->cost = a->cost + b->cost + StepCost(rows, a->rows, b->rows, connected);
  // The larger input on the left: it will be the probe side.
  tree->left = a->rows >= b->rows ? a : b;
  tree->right = a->rows >= b->rows ? b : a;
  return tree;
}

JoinTreePtr OrderExhaustively(int n, const JoinGraph& graph) {
  const uint64_t all = (uint64_t{1} << n) - 1;
  std::vector<JoinTreePtr> best(all + 1);
  for (int i = 0; i < n; ++i) {
    best[uint64_t{1} << i] = Leaf(i, graph);
  }
  std::vector<double> rows(all + 1, -1);
  for (uint64_t set = 1; set <= all; ++set) {
    if (std::popcount(set) < 2) {
      continue;
    }
    double best_cost = 1e300;
    uint64_t best_left = 0;
    bool best_connected = false;
    // The size of a subset is that of one decomposition, so that all plans for it compare by their
    // inputs.
    for (uint64_t left = (set - 1) & set; left > 0; left = (left - 1) & set) {
      const uint64_t right = set & ~left;
      if (left < right) {
        continue;
      }
      const auto& a = best[left];
      const auto& b = best[right];
      const bool connected = graph.Connected(left, right);
      if (rows[set] < 0 || connected) {
        if (rows[set] < 0) {
          rows[set] = graph.JoinRows(left, a->rows, right, b->rows);
        } else if (connected) {
          rows[set] = std::min(rows[set], graph.JoinRows(left, a->rows, right, b->rows));
        }
      }
      const double cost = a->cost + b->cost + StepCost(0, a->rows, b->rows, connected);
      if (cost < best_cost) {
        best_cost = cost;
        best_left = left;
        best_connected = connected;
      }
    }
    best[set] = JoinOf(best[best_left], best[set & ~best_left], rows[set], best_connected);
  }
  return best[all];
}

JoinTreePtr OrderGreedily(int n, const JoinGraph& graph) {
  std::vector<JoinTreePtr> trees;
  for (int i = 0; i < n; ++i) {
    trees.push_back(Leaf(i, graph));
  }
  while (trees.size() > 1) {
    JoinTreePtr best;
    double best_score = 1e300;
    size_t best_i = 0;
    size_t best_j = 1;
    for (size_t i = 0; i < trees.size(); ++i) {
      for (size_t j = i + 1; j < trees.size(); ++j) {
        const bool connected = graph.Connected(trees[i]->set, trees[j]->set);
        const double rows =
            graph.JoinRows(trees[i]->set, trees[i]->rows, trees[j]->set, trees[j]->rows);
        const double score = StepCost(rows, trees[i]->rows, trees[j]->rows, connected);
        if (score < best_score) {
          best_score = score;
          best_i = i;
          best_j = j;
          best = JoinOf(trees[i], trees[j], rows, connected);
        }
      }
    }
    trees.erase(trees.begin() + static_cast<int64_t>(best_j));
    trees[best_i] = best;
  }
  return trees[0];
}

/// Builds the joins of a tree; each conjunct goes to the first join that has all its columns.
PlanPtr Build(const JoinTreePtr& tree, const Region& region, const JoinGraph& graph,
              std::vector<bool>* placed) {
  if (tree->left == nullptr) {
    return region.relations[std::countr_zero(tree->set)];
  }
  auto join = std::make_shared<plan::Join>();
  join->join_type = JoinType::kInner;
  join->inputs = {Build(tree->left, region, graph, placed),
                  Build(tree->right, region, graph, placed)};
  ExpressionList conjuncts = graph.EqualitiesBetween(tree->left->set, tree->right->set);
  for (size_t i = 0; i < region.conjuncts.size(); ++i) {
    if (!(*placed)[i] && !graph.by_class(i) && (graph.relations_of(i) & ~tree->set) == 0) {
      (*placed)[i] = true;
      conjuncts.push_back(region.conjuncts[i]);
    }
  }
  join->condition = conjuncts.empty() ? nullptr : plan::MakeAnd(std::move(conjuncts));
  return join;
}

Result<PlanPtr> Order(const PlanPtr& p, RuleContext& context, CardinalityEstimator& estimator) {
  const auto* join = As<plan::Join>(p);
  const bool starts_region = join != nullptr && !join->lateral &&
                             (join->join_type == JoinType::kInner || CanStepAside(join->join_type));
  if (!starts_region) {
    return MapInputs(p, [&](const PlanPtr& input) { return Order(input, context, estimator); });
  }
  Region region;
  ARROW_RETURN_NOT_OK(Flatten(p, &region, context, estimator));
  const int n = static_cast<int>(region.relations.size());
  PlanPtr result;
  if (n == 1) {
    result = region.relations[0];
    if (!region.conjuncts.empty()) {
      result = plan::MakeFilter(result, plan::MakeAnd(region.conjuncts));
    }
  } else {
    const JoinGraph graph(region, estimator);
    std::vector<bool> placed(region.conjuncts.size(), false);
    const JoinTreePtr tree =
        n <= kExhaustiveMax ? OrderExhaustively(n, graph) : OrderGreedily(n, graph);
    result = Build(tree, region, graph, &placed);
  }
  for (const auto& deferred : region.deferred) {
    auto copy = std::make_shared<plan::Join>(*deferred.join);
    copy->inputs[0] = result;
    result = copy;
  }
  return Restrict(result, p->Output());
}

}  // namespace

Result<PlanPtr> OrderJoins(const PlanPtr& p, RuleContext& context) {
  CardinalityEstimator estimator;
  return Order(p, context, estimator);
}

}  // namespace emery::optimizer
