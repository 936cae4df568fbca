#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "execution/batch_store.h"
#include "execution/pipeline.h"
#include "physical/physical_plan.h"

namespace emery::execution {

class Builder;

/// What every file of an operator offers: adds to `builder` the pipelines that compute `node` and
/// push its rows into `downstream`, those it depends on first.
Status BuildScan(Builder& builder, const physical::Scan& node, const Chain& downstream);
Status BuildValues(Builder& builder, const physical::Values& node, const Chain& downstream);
Status BuildRange(Builder& builder, const physical::Range& node, const Chain& downstream);
Status BuildProject(Builder& builder, const physical::Project& node, const Chain& downstream);
Status BuildFilter(Builder& builder, const physical::Filter& node, const Chain& downstream);
Status BuildHashJoin(Builder& builder, const physical::HashJoin& node, const Chain& downstream);
Status BuildNestedLoopJoin(Builder& builder, const physical::NestedLoopJoin& node,
                           const Chain& downstream);
Status BuildHashAggregate(Builder& builder, const physical::HashAggregate& node,
                          const Chain& downstream);
Status BuildSort(Builder& builder, const physical::Sort& node, const Chain& downstream);
Status BuildTopN(Builder& builder, const physical::TopN& node, const Chain& downstream);
Status BuildLimit(Builder& builder, const physical::Limit& node, const Chain& downstream);
Status BuildWindow(Builder& builder, const physical::Window& node, const Chain& downstream);
Status BuildGenerate(Builder& builder, const physical::Generate& node, const Chain& downstream);
Status BuildExpand(Builder& builder, const physical::Expand& node, const Chain& downstream);
Status BuildSample(Builder& builder, const physical::Sample& node, const Chain& downstream);
Status BuildShared(Builder& builder, const physical::Shared& node, const Chain& downstream);
Status BuildRecursive(Builder& builder, const physical::Recursive& node, const Chain& downstream);
Status BuildRecursiveReference(Builder& builder, const physical::RecursiveReference& node,
                               const Chain& downstream);
Status BuildWrite(Builder& builder, const physical::Write& node, const Chain& downstream);

/// Turns a physical plan into pipelines. Confined to one thread; made once per query, and once per
/// round of a recursion.
class Builder {
 public:
  explicit Builder(Runtime* runtime) : runtime_(runtime) {}

  Runtime* runtime() { return runtime_; }

  Status Build(const physical::NodePtr& node, const Chain& downstream);

  /// A pipeline that runs after all added so far.
  void Add(std::shared_ptr<Source> source, const Chain& chain);

  /// All pipelines added while this lives are skipped where `test` holds when their turn comes.
  class SkipScope {
   public:
    SkipScope(Builder* builder, std::function<bool()> test);
    ~SkipScope();
    SkipScope(const SkipScope&) = delete;
    SkipScope& operator=(const SkipScope&) = delete;

   private:
    Builder* builder_;
  };

  /// Pipelines added while this lives are not skipped by the scopes around it: others depend on
  /// them too.
  class NoSkipScope {
   public:
    explicit NoSkipScope(Builder* builder) : builder_(builder) { saved_.swap(builder->skip_if_); }

    ~NoSkipScope() { saved_.swap(builder_->skip_if_); }

    NoSkipScope(const NoSkipScope&) = delete;
    NoSkipScope& operator=(const NoSkipScope&) = delete;

   private:
    Builder* builder_;
    std::vector<std::function<bool()>> saved_;
  };

  /// Rows of shared subplans, by id. Rounds of a recursion inherit those computed before it.
  std::map<int64_t, std::shared_ptr<BatchStore>>& shared_rows() { return shared_rows_; }

  /// Rows of the last round of a running recursion, by id; what a RecursiveReference reads.
  std::map<int64_t, std::shared_ptr<BatchStore>>& recursive_rows() { return recursive_rows_; }

  const std::vector<Pipeline>& pipelines() const { return pipelines_; }

 private:
  Runtime* runtime_;
  std::vector<Pipeline> pipelines_;
  std::vector<std::function<bool()>> skip_if_;
  std::map<int64_t, std::shared_ptr<BatchStore>> shared_rows_;
  std::map<int64_t, std::shared_ptr<BatchStore>> recursive_rows_;
};

/// Types of a node's output columns.
std::vector<type::TypePtr> TypesOf(const std::vector<physical::OutputColumn>& columns);

}  // namespace emery::execution
