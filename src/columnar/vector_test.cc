#include "columnar/vector.h"

#include <cmath>
#include <optional>

#include "gtest/gtest.h"

#include "columnar/batch.h"

namespace emery::columnar {
namespace {

using type::Value;

VectorPtr Build(const type::TypePtr& type, const std::vector<Value>& values) {
  auto builder = VectorBuilder::Make(type);
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

std::vector<Value> Values(const VectorPtr& v) {
  std::vector<Value> values;
  for (int64_t i = 0; i < v->size(); ++i) {
    values.push_back(ValueAt(*v, i));
  }
  return values;
}

const Value kLong = Value::String("a string that is not inline");

VectorPtr Strings() {
  return Build(type::String(), {Value::String("a"), Value(), kLong, Value::String("")});
}

VectorPtr Dictionary() {
  BufferPtr indices = Buffer::AllocateZeroed(4 * sizeof(int32_t));
  auto* index = reinterpret_cast<int32_t*>(indices->mutable_data());
  index[0] = 1;
  index[1] = 0;
  index[2] = 1;
  BufferPtr validity = AllocateBits(4, true);
  ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), 3);
  return Vector::MakeDictionary(Build(type::String(), {Value::String("x"), kLong}), 4, indices,
                                validity);
}

TEST(Vector, GathersEveryEncoding) {
  const std::vector<int32_t> rows = {2, 0, 3, 3, 1};
  for (const VectorPtr& v :
       {Strings(), Dictionary(), Ints({1, std::nullopt, 3, 4}),
        Vector::MakeConstant(type::Int(), Value::Int(7), 4), Vector::MakeNull(type::String(), 4)}) {
    const VectorPtr gathered = Gather(v, rows.data(), 5);
    EXPECT_EQ(gathered->encoding(), v->encoding());
    ASSERT_EQ(gathered->size(), 5);
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(ValueAt(*gathered, i), ValueAt(*v, rows[i]));
    }
  }
}

TEST(Vector, GathersNullForNegativeRows) {
  const std::vector<int32_t> rows = {2, -1, 0};
  for (const VectorPtr& v :
       {Strings(), Dictionary(), Vector::MakeConstant(type::Int(), Value::Int(7), 4),
        Build(type::Array(type::Int()), {Value::MakeList({Value::Int(1)}), Value(),
                                         Value::MakeList({Value(), Value::Int(2)})})}) {
    const VectorPtr gathered = GatherOrNull(v, rows.data(), 3);
    EXPECT_EQ(ValueAt(*gathered, 0), ValueAt(*v, 2));
    EXPECT_TRUE(gathered->IsNull(1));
    EXPECT_EQ(ValueAt(*gathered, 2), ValueAt(*v, 0));
  }
}

TEST(Vector, FlattensAndSlices) {
  const VectorPtr dictionary = Dictionary();
  const VectorPtr flat = Flatten(dictionary);
  EXPECT_TRUE(flat->is_flat());
  EXPECT_EQ(Values(flat), Values(dictionary));
  const VectorPtr slice = Slice(dictionary, 1, 3);
  EXPECT_EQ(Values(slice), (std::vector<Value>{Value::String("x"), kLong, Value()}));
  std::vector<std::optional<int64_t>> many;
  for (int i = 0; i < 300; ++i) {
    many.push_back(i % 7 == 0 ? std::nullopt : std::optional<int64_t>(i));
  }
  const VectorPtr ints = Ints(many);
  for (const int64_t offset : {0, 1, 63, 64, 65, 200}) {
    const VectorPtr part = Slice(ints, offset, 90);
    for (int64_t i = 0; i < 90; ++i) {
      ASSERT_EQ(ValueAt(*part, i), ValueAt(*ints, offset + i));
    }
  }
}

TEST(Vector, ConcatenatesAllTypes) {
  const auto struct_type = type::Struct({{"a", type::Int()}, {"b", type::Array(type::String())}});
  const VectorPtr structs =
      Build(struct_type, {Value::MakeList({Value::Int(1), Value::MakeList({kLong, Value()})}),
                          Value(), Value::MakeList({Value(), Value()})});
  const VectorPtr constant = Vector::MakeConstant(structs, 0, 2);
  const VectorPtr all = Concat(struct_type, {structs, constant, Slice(structs, 1, 2)});
  std::vector<Value> expected = Values(structs);
  expected.push_back(ValueAt(*structs, 0));
  expected.push_back(ValueAt(*structs, 0));
  expected.push_back(ValueAt(*structs, 1));
  expected.push_back(ValueAt(*structs, 2));
  EXPECT_EQ(Values(all), expected);

  const VectorPtr mixed =
      Concat(type::String(), {Strings(), Dictionary(), Vector::MakeNull(type::String(), 2)});
  EXPECT_EQ(mixed->size(), 10);
  EXPECT_EQ(ValueAt(*mixed, 4), kLong);
  EXPECT_EQ(mixed->CountNulls(), 4);
  const VectorPtr dictionary = Dictionary();
  EXPECT_TRUE(Concat(type::String(), {dictionary, Slice(dictionary, 0, 2)})->is_dictionary());
  EXPECT_EQ(Concat(type::Int(), {})->size(), 0);
}

TEST(Vector, InterleavesPieces) {
  const std::vector<int32_t> source = {1, 0, -1, 1, 0};
  const VectorPtr v =
      Interleave(type::Int(), {Ints({1, 2}), Ints({10, std::nullopt})}, source.data(), 5);
  EXPECT_EQ(Values(v),
            (std::vector<Value>{Value::Int(10), Value::Int(1), Value(), Value(), Value::Int(2)}));
}

TEST(Vector, ComparesRows) {
  const auto doubles = Build(type::Double(), {Value::Double(0.0), Value::Double(-0.0),
                                              Value::Double(NAN), Value::Double(INFINITY)});
  EXPECT_TRUE(RowsEqual(*doubles, 0, *doubles, 1));
  EXPECT_TRUE(RowsEqual(*doubles, 2, *doubles, 2));
  EXPECT_GT(CompareRows(*doubles, 2, *doubles, 3), 0);
  const auto map_type = type::Map(type::Int(), type::Int());
  const auto maps =
      Build(map_type, {Value::MakeList({Value::Int(1), Value::Int(2), Value::Int(3), Value()}),
                       Value::MakeList({Value::Int(3), Value(), Value::Int(1), Value::Int(2)})});
  EXPECT_TRUE(RowsEqual(*maps, 0, *maps, 1));
  const auto arrays = Build(type::Array(type::Int()), {Value::MakeList({Value(), Value::Int(2)}),
                                                       Value::MakeList({Value::Int(0)})});
  EXPECT_LT(CompareRows(*arrays, 0, *arrays, 1), 0);
}

TEST(Vector, MakesConstantsOfValues) {
  const auto type = type::Map(type::String(), type::Decimal(20, 2));
  const Value value = Value::MakeList(
      {kLong, Value::Decimal(type::int128_t{1} << 100), Value::String("b"), Value()});
  const VectorPtr v = Vector::MakeConstant(type, value, 3);
  EXPECT_TRUE(v->is_constant());
  EXPECT_EQ(ValueAt(*v, 2), value);
  EXPECT_EQ(ValueAt(*Flatten(v), 1), value);
  EXPECT_EQ(ValueAt(*FlattenDeep(Vector::MakeNull(type, 2)), 1), Value());
}

TEST(Vector, ReplacedValidityEmptiesStrings) {
  BufferPtr validity = AllocateBits(4, true);
  ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), 2);
  const VectorPtr v = Vector::WithValidity(Strings(), validity);
  EXPECT_TRUE(v->IsNull(2));
  EXPECT_EQ(v->values<StringView>()[2].size(), 0u);
}

TEST(Vector, CountsSharedBytesOnce) {
  const VectorPtr v = Strings();
  Batch batch{{v, v}, 4};
  EXPECT_EQ(MemoryBytes(batch), MemoryBytes(*v));
}

TEST(FlatWriter, WritesNullsAndStrings) {
  FlatWriter writer(type::String(), 3);
  writer.SetString(2, "a string that is not inline");
  writer.SetNull(1);
  const VectorPtr v = writer.Finish(3);
  EXPECT_EQ(Values(v), (std::vector<Value>{Value::String(""), Value(), kLong}));
}

}  // namespace
}  // namespace emery::columnar
