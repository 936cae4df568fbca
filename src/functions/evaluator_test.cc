#include "functions/evaluator.h"

#include <cmath>
#include <optional>

#include "gtest/gtest.h"

#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using columnar::Batch;
using plan::ExpressionPtr;
using type::Value;

VectorPtr Build(const type::TypePtr& type, const std::vector<Value>& values) {
  auto builder = columnar::VectorBuilder::Make(type);
  for (const Value& value : values) {
    builder->AppendValue(value);
  }
  return builder->Finish();
}

VectorPtr Ints(const std::vector<std::optional<int64_t>>& values) {
  std::vector<Value> list;
  for (const auto& v : values) {
    list.push_back(v.has_value() ? Value::Int(*v) : Value());
  }
  return Build(type::Int(), list);
}

ExpressionPtr Column(int index, const type::TypePtr& type) {
  auto ordinal = std::make_shared<plan::Ordinal>();
  ordinal->index = index;
  ordinal->type = type;
  return ordinal;
}

ExpressionPtr Call(const std::string& name, plan::ExpressionList arguments,
                   plan::EvalMode mode = plan::EvalMode::kAnsi) {
  auto call = MakeFunctionCall(name, std::move(arguments), mode, nullptr);
  EXPECT_TRUE(call.ok()) << call.status().ToString();
  return *call;
}

Result<std::vector<Value>> Evaluate(const ExpressionPtr& e, const Batch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto evaluator, Evaluator::Make(e, nullptr));
  ARROW_ASSIGN_OR_RAISE(VectorPtr result, evaluator->Evaluate(batch));
  std::vector<Value> values;
  for (int64_t i = 0; i < result->size(); ++i) {
    values.push_back(columnar::ValueAt(*result, i));
  }
  return values;
}

std::vector<Value> Longs(const std::vector<std::optional<int64_t>>& values) {
  std::vector<Value> list;
  for (const auto& v : values) {
    list.push_back(v.has_value() ? Value::Int(*v) : Value());
  }
  return list;
}

std::string ConditionOf(const Status& status) {
  const auto* detail = base::GetErrorDetail(status);
  return detail == nullptr ? status.ToString() : detail->condition();
}

TEST(Evaluator, AddsAndFindsOverflowOnlyInRowsThatCount) {
  const Batch batch{{Ints({1, std::nullopt, 3}), Ints({2147483646, 5, std::nullopt})}, 3};
  const auto a = Column(0, type::Int());
  const auto b = Column(1, type::Int());
  const auto sum = Evaluate(Call("+", {a, b}), batch);
  ASSERT_TRUE(sum.ok()) << sum.status().ToString();
  EXPECT_EQ(*sum, Longs({2147483647, std::nullopt, std::nullopt}));
  const auto too_much = Evaluate(Call("+", {b, plan::MakeIntLiteral(2)}), batch);
  EXPECT_EQ(ConditionOf(too_much.status()), "ARITHMETIC_OVERFLOW");
  const auto tried = Evaluate(Call("+", {b, plan::MakeIntLiteral(2)}, plan::EvalMode::kTry), batch);
  ASSERT_TRUE(tried.ok());
  EXPECT_EQ(*tried, Longs({std::nullopt, 7, std::nullopt}));
}

TEST(Evaluator, BranchesGuardWhatCanFail) {
  const Batch batch{{Ints({0, 2, std::nullopt, 4})}, 4};
  const auto x = Column(0, type::Int());
  const auto zero = plan::MakeIntLiteral(0);
  const auto quotient = Call("div", {plan::MakeIntLiteral(8), x});
  const auto guarded = Call("if", {Call("=", {x, zero}), plan::MakeLongLiteral(-1), quotient});
  const auto values = Evaluate(guarded, batch);
  ASSERT_TRUE(values.ok()) << values.status().ToString();
  EXPECT_EQ(*values, Longs({-1, 4, std::nullopt, 2}));
  const auto both =
      plan::MakeAnd({Call("!=", {x, zero}), Call(">", {quotient, plan::MakeLongLiteral(2)})});
  const auto logic = Evaluate(both, batch);
  ASSERT_TRUE(logic.ok()) << logic.status().ToString();
  EXPECT_EQ(*logic, (std::vector<Value>{Value::Bool(false), Value::Bool(true), Value(),
                                        Value::Bool(false)}));
  EXPECT_EQ(ConditionOf(Evaluate(quotient, batch).status()), "DIVIDE_BY_ZERO");
}

TEST(Evaluator, CoalescesRowByRow) {
  const Batch batch{{Ints({std::nullopt, 2, std::nullopt}), Ints({1, 5, std::nullopt})}, 3};
  const auto values = Evaluate(
      Call("coalesce", {Column(0, type::Int()), Column(1, type::Int()), plan::MakeIntLiteral(9)}),
      batch);
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, Longs({1, 2, 9}));
}

TEST(Evaluator, FindsInListsOfEverySize) {
  for (const int size : {1, 5, 100, 3000}) {
    auto in = std::make_shared<plan::In>();
    in->type = type::Boolean();
    in->children = {Column(0, type::Int())};
    for (int i = 0; i < size; ++i) {
      in->children.push_back(plan::MakeIntLiteral(i * 1000));
    }
    const Batch batch{{Ints({0, 1, std::nullopt, (size - 1) * 1000})}, 4};
    auto values = Evaluate(in, batch);
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(*values, (std::vector<Value>{Value::Bool(true), Value::Bool(false), Value(),
                                           Value::Bool(true)}));
    in->children.push_back(plan::MakeNullLiteral(type::Int()));
    values = Evaluate(in, batch);
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(*values,
              (std::vector<Value>{Value::Bool(true), Value(), Value(), Value::Bool(true)}));
  }
}

TEST(Evaluator, WorksOnDictionaries) {
  columnar::BufferPtr indices = columnar::Buffer::AllocateZeroed(4 * sizeof(int32_t));
  reinterpret_cast<int32_t*>(indices->mutable_data())[1] = 1;
  columnar::BufferPtr validity = columnar::AllocateBits(4, true);
  columnar::ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), 2);
  const VectorPtr base = Build(type::String(), {Value::String("12"), Value::String("x")});
  const Batch batch{{Vector::MakeDictionary(base, 4, indices, validity)}, 4};
  const auto s = Column(0, type::String());
  const auto equal = Evaluate(Call("=", {s, plan::MakeStringLiteral("x")}), batch);
  ASSERT_TRUE(equal.ok());
  EXPECT_EQ(*equal, (std::vector<Value>{Value::Bool(false), Value::Bool(true), Value(),
                                        Value::Bool(false)}));
  const auto cast = Evaluate(plan::MakeCast(s, type::Int(), plan::EvalMode::kTry), batch);
  ASSERT_TRUE(cast.ok());
  EXPECT_EQ(*cast, Longs({12, std::nullopt, std::nullopt, 12}));
  EXPECT_EQ(
      ConditionOf(Evaluate(plan::MakeCast(s, type::Int(), plan::EvalMode::kAnsi), batch).status()),
      "CAST_INVALID_INPUT");
}

TEST(Evaluator, FoldsConstants) {
  const auto context = std::make_shared<const QueryContext>();
  const auto sum = Call("+", {plan::MakeIntLiteral(1), plan::MakeIntLiteral(2)});
  const auto folded = FoldConstants(Call("*", {Column(0, type::Int()), sum}), context);
  EXPECT_EQ(folded->children[1]->kind, plan::ExpressionKind::kLiteral);
  const auto failing = Call("div", {plan::MakeLongLiteral(1), plan::MakeLongLiteral(0)});
  EXPECT_EQ(FoldConstants(failing, context)->kind, plan::ExpressionKind::kCall);
  const auto value = EvaluateConstant(sum, context);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->integer(), 3);
}

TEST(FilterEvaluator, SelectsWithConjuncts) {
  const Batch batch{{Ints({0, 1, 2, std::nullopt, 4, 5})}, 6};
  const auto x = Column(0, type::Int());
  const auto filter = FilterEvaluator::Make(
      {Call("!=", {x, plan::MakeIntLiteral(0)}),
       Call("<=", {Call("div", {plan::MakeIntLiteral(4), x}), plan::MakeLongLiteral(2)})},
      nullptr);
  ASSERT_TRUE(filter.ok()) << filter.status().ToString();
  std::vector<int32_t> rows(6);
  for (int round = 0; round < 40; ++round) {
    const auto count = (*filter)->Select(batch, rows.data());
    ASSERT_TRUE(count.ok()) << count.status().ToString();
    ASSERT_EQ(*count, 3);
    EXPECT_EQ(rows[0], 2);
    EXPECT_EQ(rows[1], 4);
    EXPECT_EQ(rows[2], 5);
  }
}

TEST(HashRows, AgreesForEqualValues) {
  const VectorPtr doubles = Build(
      type::Double(),
      {Value::Double(0.0), Value::Double(-0.0), Value::Double(NAN), Value::Double(-NAN), Value()});
  std::vector<uint64_t> hashes(5);
  HashRows({doubles}, 5, hashes.data());
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[2], hashes[3]);
  EXPECT_NE(hashes[0], hashes[2]);
  EXPECT_NE(hashes[0], hashes[4]);
}

TEST(Registry, HasNoNameTwice) {
  std::string names;
  for (const std::string& name : Registry::Instance().duplicates()) {
    names += " " + name;
  }
  EXPECT_EQ(names, "");
}

TEST(Vectorize, SkipsNullRowsAndNamesTheFirstBadOne) {
  const std::vector<VectorPtr> arguments = {Ints({1, std::nullopt, -3, -4})};
  const QueryContext context;
  const type::TypePtr type = type::Int();
  const KernelArguments a{arguments, 4, type, nullptr, context, plan::EvalMode::kAnsi};
  const auto body = [](int32_t v, int32_t& out) {
    out = v;
    return v < 0 ? Row::kError : Row::kValue;
  };
  const auto result = Map(a, body, [](const KernelArguments& k, int64_t row) {
    return base::UserError("BAD", std::to_string(Argument<int32_t>(k, 0, row)));
  });
  EXPECT_NE(result.status().ToString().find("-3"), std::string::npos);
  const KernelArguments tried{arguments, 4, type, nullptr, context, plan::EvalMode::kTry};
  const auto nulls = Map(tried, body);
  ASSERT_TRUE(nulls.ok());
  EXPECT_EQ((*nulls)->CountNulls(), 3);
}

}  // namespace
}  // namespace emery::functions
