#include "table/iceberg/partition_text.h"

#include <gtest/gtest.h>

#include "table/iceberg/partition_type.h"
#include "table/iceberg/selectors.h"

namespace emery::table::iceberg {

namespace {

using type::Value;

Transform Of(TransformKind kind) {
  Transform transform;
  transform.kind = kind;
  return transform;
}

TEST(PartitionTextTest, TimeTransforms) {
  const auto text = [](TransformKind kind, const type::TypePtr& type, int64_t value) {
    return PartitionValueText(Of(kind), *type, Value::Int(value));
  };
  EXPECT_EQ(text(TransformKind::kYear, type::Int(), 50), "2020");
  EXPECT_EQ(text(TransformKind::kMonth, type::Int(), 0), "1970-01");
  EXPECT_EQ(text(TransformKind::kMonth, type::Int(), -1), "1969-12");
  EXPECT_EQ(text(TransformKind::kDay, type::Date(), -1), "1969-12-31");
  EXPECT_EQ(text(TransformKind::kHour, type::Int(), -1), "1969-12-31-23");
  EXPECT_EQ(text(TransformKind::kHour, type::Int(), 25), "1970-01-02-01");
  EXPECT_EQ(text(TransformKind::kBucket, type::Int(), 3), "3");
}

TEST(PartitionTextTest, Values) {
  const auto text = [](const type::TypePtr& type, Value value) {
    return PartitionValueText(Of(TransformKind::kIdentity), *type, value);
  };
  EXPECT_EQ(text(type::String(), Value()), "null");
  EXPECT_EQ(text(type::Boolean(), Value::Bool(true)), "true");
  EXPECT_EQ(text(type::Double(), Value::Double(0.1)), "0.1");
  EXPECT_EQ(text(type::Decimal(5, 2), Value::Decimal(-125)), "-1.25");
  EXPECT_EQ(text(type::Timestamp(), Value::Int(1500000)), "1970-01-01T00:00:01.5+00:00");
  EXPECT_EQ(text(type::TimestampNtz(), Value::Int(0)), "1970-01-01T00:00:00");
  EXPECT_EQ(text(type::Binary(), Value::String("a")), "YQ==");
  EXPECT_EQ(text(type::Binary(), Value::String("ab")), "YWI=");
  EXPECT_EQ(text(type::Binary(), Value::String("abc")), "YWJj");
  EXPECT_EQ(text(type::Binary(), Value::String("")), "");
}

TEST(PartitionTextTest, Uuid) {
  const std::string bytes = "\xf7\x9c\x3e\x09\x67\x7c\x4b\xbd\xa4\x79\x3f\x34\x9c\xb7\x85\xe7";
  EXPECT_EQ(UuidText(bytes), "f79c3e09-677c-4bbd-a479-3f349cb785e7");
}

TEST(SelectorsTest, Locations) {
  EXPECT_EQ(SplitLocation("/a/b").location, "/a/b");
  EXPECT_TRUE(SplitLocation("/a/b#").selectors.empty());
  const auto split = SplitLocation("/a#b/t#branch_x,files");
  EXPECT_EQ(split.location, "/a#b/t");
  EXPECT_EQ(split.selectors, (std::vector<std::string>{"branch_x", "files"}));
}

}  // namespace

}  // namespace emery::table::iceberg
