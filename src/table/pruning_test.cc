#include "table/pruning.h"

#include <cmath>

#include <gtest/gtest.h>

namespace emery::table {

namespace {

using plan::ExpressionPtr;
using type::Value;

template <class T>
std::shared_ptr<T> Node(plan::ExpressionList children = {}, type::TypePtr type = type::Boolean()) {
  auto node = std::make_shared<T>();
  node->children = std::move(children);
  node->type = std::move(type);
  return node;
}

ExpressionPtr Column(const type::TypePtr& type) {
  auto node = Node<plan::Ordinal>({}, type);
  node->index = 0;
  return node;
}

ExpressionPtr Constant(const type::TypePtr& type, Value value) {
  auto node = Node<plan::Literal>({}, type);
  node->value = std::move(value);
  return node;
}

ExpressionPtr Call(const std::string& name, plan::ExpressionList children) {
  auto node = Node<plan::Call>(std::move(children));
  node->name = name;
  return node;
}

ColumnBounds Bounds(Value min, Value max) {
  ColumnBounds bounds;
  bounds.min = std::move(min);
  bounds.max = std::move(max);
  bounds.has_null = false;
  return bounds;
}

bool Match(const ExpressionPtr& e, const ColumnBounds& bounds) {
  return MayMatch(e, [&](int) { return bounds; });
}

bool Compare(const std::string& name, int64_t value, const ColumnBounds& bounds) {
  return Match(Call(name, {Column(type::Int()), Constant(type::Int(), Value::Int(value))}), bounds);
}

}  // namespace

TEST(Pruning, ComparesWithBounds) {
  const auto bounds = Bounds(Value::Int(10), Value::Int(20));
  EXPECT_FALSE(Compare("=", 9, bounds));
  EXPECT_TRUE(Compare("=", 10, bounds));
  EXPECT_FALSE(Compare("<=>", 21, bounds));
  EXPECT_FALSE(Compare("<", 10, bounds));
  EXPECT_TRUE(Compare("<=", 10, bounds));
  EXPECT_FALSE(Compare(">", 20, bounds));
  EXPECT_TRUE(Compare(">=", 20, bounds));
  EXPECT_TRUE(Compare("!=", 10, bounds));
  EXPECT_FALSE(Compare("!=", 5, Bounds(Value::Int(5), Value::Int(5))));
  EXPECT_FALSE(
      Match(Call("<", {Constant(type::Int(), Value::Int(20)), Column(type::Int())}), bounds));
  EXPECT_TRUE(Compare("unknown", 99, bounds));
  // A literal of another type says nothing.
  EXPECT_TRUE(
      Match(Call("=", {Column(type::Int()), Constant(type::Long(), Value::Int(99))}), bounds));
}

TEST(Pruning, KnowsNulls) {
  ColumnBounds null;
  null.all_null = true;
  null.has_null = true;
  const auto none = Bounds(Value::Int(1), Value::Int(2));
  EXPECT_FALSE(Compare("=", 1, null));
  EXPECT_FALSE(Compare("!=", 1, null));
  EXPECT_TRUE(Match(Call("isnull", {Column(type::Int())}), null));
  EXPECT_FALSE(Match(Call("isnull", {Column(type::Int())}), none));
  EXPECT_FALSE(Match(Call("isnotnull", {Column(type::Int())}), null));
  const auto safe = Call("<=>", {Column(type::Int()), Constant(type::Int(), Value())});
  EXPECT_TRUE(Match(safe, null));
  EXPECT_FALSE(Match(safe, none));
  EXPECT_TRUE(Match(safe, ColumnBounds{}));
}

TEST(Pruning, CombinesConditions) {
  const auto bounds = Bounds(Value::Int(10), Value::Int(20));
  const auto is = [](int64_t v) {
    return Call("=", {Column(type::Int()), Constant(type::Int(), Value::Int(v))});
  };
  EXPECT_FALSE(Match(Node<plan::And>({is(15), is(25)}), bounds));
  EXPECT_TRUE(Match(Node<plan::Or>({is(15), is(25)}), bounds));
  EXPECT_FALSE(Match(Node<plan::Or>({is(5), is(25)}), bounds));
  const auto in = [](std::vector<int64_t> values) {
    auto node = Node<plan::In>({Column(type::Int())});
    for (const int64_t v : values) {
      node->children.push_back(Constant(type::Int(), Value::Int(v)));
    }
    return node;
  };
  EXPECT_FALSE(Match(in({1, 2, 30}), bounds));
  EXPECT_TRUE(Match(in({1, 12}), bounds));
  // What is below a NOT is not looked at.
  EXPECT_TRUE(Match(Call("not", {is(5)}), bounds));
}

TEST(Pruning, ComparesPrefixesAndFloats) {
  const auto starts = [](const std::string& prefix) {
    return Call("startswith",
                {Column(type::String()), Constant(type::String(), Value::String(prefix))});
  };
  const auto bounds = Bounds(Value::String("bcd"), Value::String("bd"));
  EXPECT_TRUE(Match(starts("b"), bounds));
  EXPECT_TRUE(Match(starts("bcde"), bounds));
  EXPECT_FALSE(Match(starts("bcc"), bounds));
  EXPECT_FALSE(Match(starts("be"), bounds));
  EXPECT_FALSE(Match(starts("a"), bounds));
  const auto at_least = [](double v) {
    return Call(">=", {Column(type::Double()), Constant(type::Double(), Value::Double(v))});
  };
  EXPECT_FALSE(Match(at_least(std::nan("")), Bounds(Value::Double(0), Value::Double(5))));
  EXPECT_TRUE(Match(at_least(0.0), Bounds(Value::Double(-1), Value::Double(-0.0))));
}

}  // namespace emery::table
