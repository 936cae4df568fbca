// Window calls become columns of WindowPlan nodes, one node for all calls that share partition and
// order.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

bool SameWindow(const plan::WindowSpec& a, const plan::WindowSpec& b) {
  const auto same_keys = std::equal(
      a.partition_by.begin(), a.partition_by.end(), b.partition_by.begin(), b.partition_by.end(),
      [](const ExpressionPtr& x, const ExpressionPtr& y) { return plan::Equal(x, y); });
  return same_keys &&
         std::equal(a.order_by.begin(), a.order_by.end(), b.order_by.begin(), b.order_by.end(),
                    [](const plan::SortOrder& x, const plan::SortOrder& y) {
                      return x.ascending == y.ascending && x.nulls_first == y.nulls_first &&
                             plan::Equal(x.expression, y.expression);
                    });
}

}  // namespace

ExpressionPtr WindowExtraction::Rewrite(const ExpressionPtr& e) {
  return plan::TransformDown(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
    if (node->kind != plan::ExpressionKind::kWindow) {
      return nullptr;
    }
    for (const auto& [call, column] : calls_) {
      if (plan::Equal(call, node) && plan::IsDeterministic(node)) {
        return column;
      }
    }
    ExpressionPtr column = plan::MakeColumn(plan::NextColumnId(), plan::ToColumnName(node),
                                            node->type, node->nullable);
    calls_.emplace_back(node, column);
    return column;
  });
}

PlanPtr WindowExtraction::Build(PlanPtr input) {
  // Window calls inside window calls come first.
  WindowExtraction nested;
  for (auto& [call, column] : calls_) {
    call = plan::MapChildren(call, [&](const ExpressionPtr& e) { return nested.Rewrite(e); });
  }
  if (!nested.empty()) {
    input = nested.Build(std::move(input));
  }
  // What calls read is computed once, below: the operator sees columns and literals only.
  ExpressionList below;
  for (const plan::ColumnInfo& column : input->Output()) {
    below.push_back(plan::MakeColumn(column.id, column.name, column.type, column.nullable));
  }
  const size_t num_input = below.size();
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> computed;
  const auto as_column = [&](const ExpressionPtr& e) -> ExpressionPtr {
    if (e == nullptr || e->kind == plan::ExpressionKind::kColumn ||
        e->kind == plan::ExpressionKind::kLiteral ||
        e->kind == plan::ExpressionKind::kOuterColumn) {
      return e;
    }
    for (const auto& [expression, column] : computed) {
      if (plan::Equal(expression, e) && plan::IsDeterministic(e)) {
        return column;
      }
    }
    const ColumnId id = plan::NextColumnId();
    const std::string name = plan::ToColumnName(e);
    below.push_back(plan::MakeAlias(e, name, id));
    ExpressionPtr column = plan::MakeColumn(id, name, e->type, e->nullable);
    computed.emplace_back(e, column);
    return column;
  };
  std::vector<std::shared_ptr<plan::WindowPlan>> nodes;
  for (const auto& [call, column] : calls_) {
    auto window = std::make_shared<plan::Window>(static_cast<const plan::Window&>(*call));
    for (ExpressionPtr& argument : window->children) {
      argument = as_column(argument);
    }
    window->filter = as_column(window->filter);
    for (ExpressionPtr& key : window->spec.partition_by) {
      key = as_column(key);
    }
    for (plan::SortOrder& order : window->spec.order_by) {
      order.expression = as_column(order.expression);
    }
    const auto& output = static_cast<const plan::Column&>(*column);
    const plan::WindowSpec spec = window->spec;
    ExpressionPtr alias = plan::MakeAlias(std::move(window), output.name, output.id);
    const auto fits = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) {
      const auto& first = static_cast<const plan::Window&>(*node->windows[0]->children[0]);
      return SameWindow(first.spec, spec);
    });
    if (fits != nodes.end()) {
      (*fits)->windows.push_back(std::move(alias));
      continue;
    }
    nodes.push_back(std::make_shared<plan::WindowPlan>());
    nodes.back()->windows.push_back(std::move(alias));
  }
  if (below.size() > num_input) {
    input = plan::MakeProject(std::move(input), std::move(below));
  }
  for (const std::shared_ptr<plan::WindowPlan>& node : nodes) {
    node->inputs = {std::move(input)};
    input = node;
  }
  return input;
}

}  // namespace emery::analyzer
