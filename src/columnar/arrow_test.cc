#include "columnar/arrow.h"

#include "arrow/array.h"
#include "gtest/gtest.h"

namespace emery::columnar {
namespace {

using type::Value;

void ExpectRoundTrip(const type::TypePtr& type, const std::vector<Value>& values) {
  auto builder = VectorBuilder::Make(type);
  for (const Value& value : values) {
    builder->AppendValue(value);
  }
  const VectorPtr vector = builder->Finish();
  const auto array = ToArrow(vector);
  ASSERT_TRUE(array.ok()) << array.status().ToString();
  ASSERT_TRUE((*array)->ValidateFull().ok()) << (*array)->ValidateFull().ToString();
  for (const int64_t offset : {0, 1}) {
    const auto back = FromArrow((*array)->Slice(offset), type);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ASSERT_EQ((*back)->size(), vector->size() - offset);
    for (int64_t i = 0; i < (*back)->size(); ++i) {
      EXPECT_EQ(ValueAt(**back, i), values[i + offset]) << type->ToString() << " row " << i;
    }
  }
}

const Value kLong = Value::String("a string that is not inline");

TEST(Arrow, KeepsValuesOfEveryType) {
  ExpectRoundTrip(type::Boolean(), {Value::Bool(true), Value(), Value::Bool(false)});
  ExpectRoundTrip(type::Byte(), {Value::Int(-1), Value(), Value::Int(5)});
  ExpectRoundTrip(type::Int(), {Value::Int(-1), Value(), Value::Int(5)});
  ExpectRoundTrip(type::Double(), {Value::Double(-1), Value(), Value::Double(5)});
  ExpectRoundTrip(type::Decimal(7, 2), {Value::Decimal(-1), Value(), Value::Decimal(5)});
  ExpectRoundTrip(type::Decimal(38, 2),
                  {Value::Decimal(type::int128_t{1} << 100), Value(), Value::Decimal(5)});
  ExpectRoundTrip(type::String(), {kLong, Value(), Value::String("")});
  ExpectRoundTrip(type::Binary(), {kLong, Value(), Value::String("x")});
  ExpectRoundTrip(type::Date(), {Value::Int(-1), Value(), Value::Int(5)});
  ExpectRoundTrip(type::Timestamp(), {Value::Int(-1), Value(), Value::Int(5)});
  ExpectRoundTrip(type::TimestampNtz(), {Value::Int(-1), Value(), Value::Int(5)});
  ExpectRoundTrip(type::CalendarIntervalType(),
                  {Value::Interval({1, 2, 3}), Value(), Value::Interval({})});
  ExpectRoundTrip(type::Array(type::String()), {Value::MakeList({kLong, Value()}), Value(),
                                                Value::MakeList({}), Value::MakeList({kLong})});
  ExpectRoundTrip(type::Map(type::Int(), type::String()),
                  {Value::MakeList({Value::Int(1), kLong}), Value(), Value::MakeList({})});
  ExpectRoundTrip(type::Struct({{"a", type::Int()}, {"b", type::Array(type::Int())}}),
                  {Value::MakeList({Value::Int(1), Value::MakeList({Value::Int(1)})}), Value(),
                   Value::MakeList({Value(), Value()})});
}

TEST(Arrow, FlattensConstantsAndDictionaries) {
  const auto constant = ToArrow(Vector::MakeConstant(type::Int(), Value::Int(7), 3));
  ASSERT_TRUE(constant.ok());
  EXPECT_EQ((*constant)->length(), 3);
  EXPECT_EQ((*constant)->null_count(), 0);
  const auto null = ToArrow(Vector::MakeNull(type::Null(), 2));
  ASSERT_TRUE(null.ok());
  EXPECT_EQ((*null)->null_count(), 2);
}

}  // namespace
}  // namespace emery::columnar
