#include "table/iceberg/transform.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace emery::table::iceberg {

namespace {

using type::Value;

constexpr int64_t kDay = int64_t{86400} * 1000000;

Transform Of(TransformKind kind, int32_t parameter = 0) {
  return {kind, parameter, ""};
}

std::pair<int64_t, int64_t> Range(TransformKind kind, const type::DataType& source, int64_t value) {
  const auto bounds = SourceBounds(Of(kind), source, Value::Int(value));
  return {bounds.min->integer(), bounds.max->integer()};
}

template <class T>
std::string Bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

}  // namespace

// The hashes of the specification's appendix B, as buckets of so many that only the sign is lost.
TEST(Transform, BucketsAsTheSpecificationHashes) {
  const auto bucket = [](const type::DataType& type, const Value& value) {
    return BucketOf(type, value, std::numeric_limits<int32_t>::max()).value_or(-1);
  };
  EXPECT_EQ(bucket(*type::Int(), Value::Int(34)), 2017239379);
  EXPECT_EQ(bucket(*type::Long(), Value::Int(34)), 2017239379);
  EXPECT_EQ(bucket(*type::Decimal(4, 2), Value::Decimal(1420)), -500754589 & 0x7fffffff);
  EXPECT_EQ(bucket(*type::Date(), Value::Int(17486)), -653330422 & 0x7fffffff);
  EXPECT_EQ(bucket(*type::TimestampNtz(), Value::Int(1510871468000000)), -2047944441 & 0x7fffffff);
  EXPECT_EQ(bucket(*type::Timestamp(), Value::Int(1510871468000000)), -2047944441 & 0x7fffffff);
  EXPECT_EQ(bucket(*type::String(), Value::String("iceberg")), 1210000089);
  EXPECT_EQ(bucket(*type::Binary(), Value::String(std::string("\0\1\2\3", 4))),
            -188683207 & 0x7fffffff);
  EXPECT_EQ(bucket(*type::Double(), Value::Double(1)), -1);
  EXPECT_EQ(bucket(*type::Int(), Value()), -1);
}

TEST(Transform, TimeValuesBoundTheirRows) {
  EXPECT_EQ(Range(TransformKind::kYear, *type::Date(), 50),
            (std::pair<int64_t, int64_t>{18262, 18627}));
  EXPECT_EQ(Range(TransformKind::kMonth, *type::Date(), 1), (std::pair<int64_t, int64_t>{31, 58}));
  EXPECT_EQ(Range(TransformKind::kDay, *type::Timestamp(), 1), (std::pair{kDay, 2 * kDay - 1}));
  EXPECT_EQ(Range(TransformKind::kHour, *type::TimestampNtz(), 24),
            (std::pair{kDay, kDay + kDay / 24 - 1}));
  // Before the epoch one value more, for old writers' rounding.
  EXPECT_EQ(Range(TransformKind::kMonth, *type::Date(), -1),
            (std::pair<int64_t, int64_t>{-61, -1}));
  EXPECT_EQ(Range(TransformKind::kDay, *type::Timestamp(), 0), (std::pair{-kDay, kDay - 1}));
  EXPECT_EQ(Range(TransformKind::kYear, *type::Date(), 1), (std::pair<int64_t, int64_t>{365, 729}));
}

TEST(Transform, ValuesOutOfRangeBoundNothing) {
  for (const auto kind :
       {TransformKind::kYear, TransformKind::kMonth, TransformKind::kDay, TransformKind::kHour}) {
    for (const int64_t value : {INT64_MIN, INT64_MAX, int64_t{INT32_MIN}, int64_t{INT32_MAX}}) {
      const auto bounds = SourceBounds(Of(kind), *type::Timestamp(), Value::Int(value));
      EXPECT_FALSE(bounds.min && bounds.max);
    }
    EXPECT_FALSE(SourceBounds(Of(kind), *type::String(), Value::Int(1)).min);
    EXPECT_FALSE(SourceBounds(Of(kind), *type::Date(), Value::String("x")).min);
  }
}

TEST(Transform, TruncatedValuesBoundTheirRows) {
  const auto number = SourceBounds(Of(TransformKind::kTruncate, 10), *type::Int(), Value::Int(-20));
  EXPECT_EQ(number.min->integer(), -20);
  EXPECT_EQ(number.max->integer(), -11);
  const auto last =
      SourceBounds(Of(TransformKind::kTruncate, 10), *type::Long(), Value::Int(INT64_MAX - 3));
  EXPECT_FALSE(last.max);
  const auto text =
      SourceBounds(Of(TransformKind::kTruncate, 3), *type::String(), Value::String("abc"));
  EXPECT_EQ(text.min->string(), "abc");
  EXPECT_FALSE(text.max);
  const auto whole =
      SourceBounds(Of(TransformKind::kTruncate, 3), *type::String(), Value::String("ab"));
  EXPECT_EQ(whole.max->string(), "ab");
}

TEST(Transform, NullAndPromotedPartitionValues) {
  const auto null = SourceBounds(Of(TransformKind::kIdentity), *type::Int(), Value());
  EXPECT_TRUE(null.all_null);
  EXPECT_FALSE(SourceBounds(Of(TransformKind::kVoid), *type::Int(), Value()).all_null);
  const auto wide = SourceBounds(Of(TransformKind::kIdentity), *type::Double(), Value::Float(1.5F));
  EXPECT_EQ(wide.min->double_value(), 1.5);
  EXPECT_FALSE(SourceBounds(Of(TransformKind::kIdentity), *type::Int(), Value::String("1")).min);
}

TEST(SingleValue, DecodesEachType) {
  EXPECT_EQ(DecodeSingleValue(*type::Int(), Bytes(int32_t{-5}))->integer(), -5);
  EXPECT_EQ(DecodeSingleValue(*type::Long(), Bytes(int64_t{1} << 40))->integer(), int64_t{1} << 40);
  EXPECT_EQ(DecodeSingleValue(*type::Long(), Bytes(int32_t{-5}))->integer(), -5);  // widened
  EXPECT_EQ(DecodeSingleValue(*type::Double(), Bytes(1.5F))->double_value(), 1.5);
  EXPECT_EQ(DecodeSingleValue(*type::Boolean(), std::string(1, '\1'))->boolean(), true);
  EXPECT_TRUE(DecodeSingleValue(*type::Decimal(9, 2), "\xff\x85")->decimal() == -123);
  EXPECT_TRUE(DecodeSingleValue(*type::Decimal(9, 2), std::string("\0\xff", 2))->decimal() == 255);
  EXPECT_EQ(DecodeSingleValue(*type::String(), "")->string(), "");
}

TEST(SingleValue, GivesNothingForBytesOfAnotherSize) {
  for (const auto& type : {type::Int(), type::Long(), type::Date(), type::Timestamp(),
                           type::Float(), type::Double(), type::Boolean(), type::Decimal(9, 2)}) {
    EXPECT_FALSE(DecodeSingleValue(*type, ""));
    EXPECT_FALSE(DecodeSingleValue(*type, std::string(17, 'x')));
  }
  EXPECT_FALSE(DecodeSingleValue(*type::Timestamp(), Bytes(int32_t{1})));
  EXPECT_FALSE(DecodeSingleValue(*type::Array(type::Int(), true), "abcd"));
}

}  // namespace emery::table::iceberg
