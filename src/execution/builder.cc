#include "execution/builder.h"

#include <utility>

namespace emery::execution {

using physical::NodeKind;

Status Builder::Build(const physical::NodePtr& node, const Chain& downstream) {
  switch (node->kind) {
    case NodeKind::kScan:
      return BuildScan(*this, *physical::As<physical::Scan>(node), downstream);
    case NodeKind::kValues:
      return BuildValues(*this, *physical::As<physical::Values>(node), downstream);
    case NodeKind::kRange:
      return BuildRange(*this, *physical::As<physical::Range>(node), downstream);
    case NodeKind::kProject:
      return BuildProject(*this, *physical::As<physical::Project>(node), downstream);
    case NodeKind::kFilter:
      return BuildFilter(*this, *physical::As<physical::Filter>(node), downstream);
    case NodeKind::kHashJoin:
      return BuildHashJoin(*this, *physical::As<physical::HashJoin>(node), downstream);
    case NodeKind::kNestedLoopJoin:
      return BuildNestedLoopJoin(*this, *physical::As<physical::NestedLoopJoin>(node), downstream);
    case NodeKind::kHashAggregate:
      return BuildHashAggregate(*this, *physical::As<physical::HashAggregate>(node), downstream);
    case NodeKind::kSort:
      return BuildSort(*this, *physical::As<physical::Sort>(node), downstream);
    case NodeKind::kTopN:
      return BuildTopN(*this, *physical::As<physical::TopN>(node), downstream);
    case NodeKind::kLimit:
      return BuildLimit(*this, *physical::As<physical::Limit>(node), downstream);
    case NodeKind::kUnion:
      for (const physical::NodePtr& input : node->inputs) {
        ARROW_RETURN_NOT_OK(Build(input, downstream));
      }
      return Status::OK();
    case NodeKind::kWindow:
      return BuildWindow(*this, *physical::As<physical::Window>(node), downstream);
    case NodeKind::kGenerate:
      return BuildGenerate(*this, *physical::As<physical::Generate>(node), downstream);
    case NodeKind::kExpand:
      return BuildExpand(*this, *physical::As<physical::Expand>(node), downstream);
    case NodeKind::kSample:
      return BuildSample(*this, *physical::As<physical::Sample>(node), downstream);
    case NodeKind::kShared:
      return BuildShared(*this, *physical::As<physical::Shared>(node), downstream);
    case NodeKind::kRecursive:
      return BuildRecursive(*this, *physical::As<physical::Recursive>(node), downstream);
    case NodeKind::kRecursiveReference:
      return BuildRecursiveReference(*this, *physical::As<physical::RecursiveReference>(node),
                                     downstream);
    case NodeKind::kWrite:
      return BuildWrite(*this, *physical::As<physical::Write>(node), downstream);
  }
  return base::InternalError("unknown physical node");
}

void Builder::Add(std::shared_ptr<Source> source, const Chain& chain) {
  ++chain.sink->open_pipelines;
  pipelines_.push_back({std::move(source), chain, skip_if_});
}

Builder::SkipScope::SkipScope(Builder* builder, std::function<bool()> test) : builder_(builder) {
  builder_->skip_if_.push_back(std::move(test));
}

Builder::SkipScope::~SkipScope() {
  builder_->skip_if_.pop_back();
}

std::vector<type::TypePtr> TypesOf(const std::vector<physical::OutputColumn>& columns) {
  std::vector<type::TypePtr> types;
  types.reserve(columns.size());
  for (const physical::OutputColumn& column : columns) {
    types.push_back(column.type);
  }
  return types;
}

}  // namespace emery::execution
