#include "plan/expression.h"

#include <atomic>
#include <string>
#include <utility>

namespace emery::plan {

ColumnId NextColumnId() {
  // One counter for the process: ids are then unique in every session.
  static std::atomic<int64_t> next{1};
  return ColumnId{next.fetch_add(1, std::memory_order_relaxed)};
}

ExpressionPtr MakeLiteral(type::TypePtr type, type::Value value, base::Position position) {
  auto literal = std::make_shared<Literal>();
  literal->type = std::move(type);
  literal->nullable = value.is_null();
  literal->value = std::move(value);
  literal->position = position;
  return literal;
}

ExpressionPtr MakeNullLiteral(type::TypePtr type) {
  return MakeLiteral(std::move(type), type::Value());
}

ExpressionPtr MakeBoolLiteral(bool value) {
  return MakeLiteral(type::Boolean(), type::Value::Bool(value));
}

ExpressionPtr MakeIntLiteral(int32_t value) {
  return MakeLiteral(type::Int(), type::Value::Int(value));
}

ExpressionPtr MakeLongLiteral(int64_t value) {
  return MakeLiteral(type::Long(), type::Value::Int(value));
}

ExpressionPtr MakeStringLiteral(std::string value) {
  return MakeLiteral(type::String(), type::Value::String(std::move(value)));
}

ExpressionPtr MakeColumn(ColumnId id, std::string name, type::TypePtr type, bool nullable) {
  auto column = std::make_shared<Column>();
  column->id = id;
  column->name = std::move(name);
  column->type = std::move(type);
  column->nullable = nullable;
  return column;
}

ExpressionPtr MakeCall(std::string name, ExpressionList arguments, type::TypePtr type,
                       bool nullable, EvalMode mode) {
  auto call = std::make_shared<Call>();
  call->name = std::move(name);
  call->children = std::move(arguments);
  call->type = std::move(type);
  call->nullable = nullable;
  call->mode = mode;
  return call;
}

ExpressionPtr MakeCast(ExpressionPtr child, type::TypePtr type, EvalMode mode, bool implicit) {
  auto cast = std::make_shared<Cast>();
  cast->nullable = child->nullable;
  cast->position = child->position;
  cast->children.push_back(std::move(child));
  cast->type = std::move(type);
  cast->mode = mode;
  cast->implicit = implicit;
  return cast;
}

ExpressionPtr MakeAlias(ExpressionPtr child, std::string name, ColumnId id) {
  auto alias = std::make_shared<Alias>();
  alias->type = child->type;
  alias->nullable = child->nullable;
  alias->position = child->position;
  alias->children.push_back(std::move(child));
  alias->name = std::move(name);
  alias->id = id;
  return alias;
}

ExpressionPtr MakeNot(ExpressionPtr child) {
  const bool nullable = child->nullable;
  auto call = std::make_shared<Call>();
  call->name = "not";
  call->position = child->position;
  call->children.push_back(std::move(child));
  call->type = type::Boolean();
  call->nullable = nullable;
  return call;
}

namespace {

template <class Node>
void Flatten(const ExpressionPtr& e, ExpressionList* flat) {
  if (const auto* node = As<Node>(e)) {
    for (const ExpressionPtr& child : node->children) {
      Flatten<Node>(child, flat);
    }
  } else if (e != nullptr) {
    flat->push_back(e);
  }
}

template <class Node>
ExpressionPtr MakeConnective(const ExpressionList& children, bool neutral) {
  ExpressionList flat;
  for (const ExpressionPtr& child : children) {
    Flatten<Node>(child, &flat);
  }
  if (flat.empty()) {
    return MakeBoolLiteral(neutral);
  }
  if (flat.size() == 1) {
    return flat[0];
  }
  auto node = std::make_shared<Node>();
  node->type = type::Boolean();
  node->nullable = false;
  for (const ExpressionPtr& child : flat) {
    node->nullable = node->nullable || child->nullable;
  }
  node->position = flat[0]->position;
  node->children = std::move(flat);
  return node;
}

}  // namespace

ExpressionPtr MakeAnd(ExpressionList children) {
  return MakeConnective<And>(children, true);
}

ExpressionPtr MakeOr(ExpressionList children) {
  return MakeConnective<Or>(children, false);
}

ExpressionPtr MakeComparison(std::string name, ExpressionPtr left, ExpressionPtr right) {
  const bool nullable = name != "<=>" && (left->nullable || right->nullable);
  return MakeCall(std::move(name), {std::move(left), std::move(right)}, type::Boolean(), nullable);
}

ExpressionPtr MakeUnresolvedCall(std::string name, ExpressionList arguments,
                                 base::Position position, bool is_operator) {
  auto call = std::make_shared<UnresolvedFunction>();
  call->name.push_back(std::move(name));
  call->children = std::move(arguments);
  call->position = position;
  call->is_operator = is_operator;
  return call;
}

ExpressionList SplitConjuncts(const ExpressionPtr& condition) {
  ExpressionList conjuncts;
  Flatten<And>(condition, &conjuncts);
  return conjuncts;
}

}  // namespace emery::plan
