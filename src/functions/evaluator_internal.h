#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"
#include "functions/context.h"
#include "functions/scalar_function.h"
#include "plan/expression.h"

namespace emery::functions {

struct Frame;

/// One operation of a compiled expression. Nodes form a DAG: equal sub-expressions are one node.
/// Confined to one thread.
class Node {
 public:
  virtual ~Node() = default;
  /// Computes the node for all rows of the frame. Called through Frame::Get only.
  virtual Result<columnar::VectorPtr> Compute(Frame& frame) = 0;

  type::TypePtr type;
  int id = 0;
  int references = 0;     // edges that lead here; more than one: the result is kept per frame
  bool can_fail = false;  // it or something below can raise an error for a row
  bool can_share = true;  // false: not deterministic
  int cost = 0;           // rough: calls below; 0 for columns and literals
};

/// The rows that are being computed: a batch, or some rows of an outer frame (a CASE branch,
/// elements of a lambda's array), with what has been computed for them. Results of outer frames are
/// gathered rather than computed again.
struct Frame {
  Frame(const columnar::Batch* root, int num_nodes)
      : batch(root), num_rows(root->num_rows), cache(num_nodes) {}

  Frame(Frame* outer, const int32_t* outer_rows, int64_t count)
      : parent(outer), rows(outer_rows), num_rows(count), cache(outer->cache.size()) {}

  Result<columnar::VectorPtr> Get(Node* node);
  /// Column `index` of the batch for this frame's rows.
  columnar::VectorPtr Column(int index);
  /// The value of a lambda's parameter for this frame's rows.
  Result<columnar::VectorPtr> Parameter(plan::ColumnId id);

  const columnar::Batch* batch = nullptr;
  Frame* parent = nullptr;
  const int32_t* rows = nullptr;  // rows of the parent
  int64_t num_rows;
  std::vector<columnar::VectorPtr> cache;  // by Node::id
  std::vector<std::pair<int, columnar::VectorPtr>> columns;
  std::vector<std::pair<plan::ColumnId, columnar::VectorPtr>> parameters;

 private:
  columnar::VectorPtr FromParent(Node* node);
};

/// `context`, or that of a session where nothing was set.
std::shared_ptr<const QueryContext> ContextOrDefault(std::shared_ptr<const QueryContext> context);

/// Compiled expressions that share their nodes.
class Program {
 public:
  explicit Program(std::shared_ptr<const QueryContext> context) : context_(std::move(context)) {}

  /// Compiles a resolved expression; constants are folded first.
  Result<Node*> Add(const plan::ExpressionPtr& expression);

  /// The same without folding.
  Result<Node*> AddFolded(const plan::ExpressionPtr& expression) { return Compile(expression); }

  int num_nodes() const { return static_cast<int>(nodes_.size()); }

  const std::shared_ptr<const QueryContext>& context() const { return context_; }

 private:
  Result<Node*> Compile(const plan::ExpressionPtr& expression);
  Result<std::unique_ptr<Node>> Make(const plan::ExpressionPtr& expression);
  Result<std::unique_ptr<Node>> MakeCallNode(const plan::ExpressionPtr& expression);
  Result<Node*> CastTo(Node* node, const type::TypePtr& type, plan::EvalMode mode);
  Node* Own(std::unique_ptr<Node> node);

  std::shared_ptr<const QueryContext> context_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::pair<size_t, std::pair<plan::ExpressionPtr, Node*>>> known_;  // by hash
};

}  // namespace emery::functions
