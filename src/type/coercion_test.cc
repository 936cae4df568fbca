#include "type/coercion.h"

#include <gtest/gtest.h>

namespace emery::type {
namespace {

std::string Common(const TypePtr& a, const TypePtr& b, bool ansi) {
  const TypePtr type = CommonType(a, b, ansi);
  return type == nullptr ? "-" : type->ToString();
}

TEST(Coercion, CommonTypes) {
  EXPECT_EQ(Common(Int(), Long(), true), "bigint");
  EXPECT_EQ(Common(Long(), Float(), true), "double");
  EXPECT_EQ(Common(Long(), Float(), false), "float");
  EXPECT_EQ(Common(Int(), String(), true), "bigint");
  EXPECT_EQ(Common(Int(), String(), false), "string");
  EXPECT_EQ(Common(Decimal(5, 2), Int(), true), "decimal(12,2)");
  EXPECT_EQ(Common(Decimal(5, 2), Double(), true), "double");
  EXPECT_EQ(Common(Date(), Timestamp(), true), "timestamp");
  EXPECT_EQ(Common(Date(), String(), true), "date");
  EXPECT_EQ(Common(Boolean(), Int(), true), "-");
  EXPECT_EQ(Common(Array(Int()), Array(Long()), true), "array<bigint>");
  EXPECT_EQ(Common(Null(), Date(), true), "date");
}

TEST(Coercion, Casts) {
  EXPECT_TRUE(CanCast(Date(), Int(), false));
  EXPECT_FALSE(CanCast(Date(), Int(), true));
  EXPECT_TRUE(CanCast(String(), Binary(), true));
  EXPECT_FALSE(CanCast(Int(), Binary(), true));
  EXPECT_FALSE(CanCast(Array(Int()), Int(), true));
  EXPECT_TRUE(CanCast(Array(Int()), Array(String()), true));
}

TEST(Coercion, StoreAssignment) {
  EXPECT_TRUE(CanStoreAssign(Long(), Int(), StoreAssignment::kAnsi));
  EXPECT_FALSE(CanStoreAssign(Long(), Int(), StoreAssignment::kStrict));
  EXPECT_FALSE(CanStoreAssign(String(), Int(), StoreAssignment::kAnsi));
  EXPECT_TRUE(CanStoreAssign(String(), Int(), StoreAssignment::kLegacy));
  EXPECT_TRUE(CanStoreAssign(Int(), String(), StoreAssignment::kAnsi));
}

}  // namespace
}  // namespace emery::type
