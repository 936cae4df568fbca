#include "base/config.h"

#include "gtest/gtest.h"

namespace emery::base {
namespace {

TEST(Config, GivesTheSetValueElseTheDefault) {
  Config config;
  EXPECT_TRUE(config.ansi());
  ASSERT_TRUE(config.Set("spark.sql.ansi.enabled", "false").ok());
  EXPECT_FALSE(config.ansi());
  config.Unset("spark.sql.ansi.enabled");
  EXPECT_TRUE(config.ansi());
  EXPECT_EQ(config.GetString("no.such.key", "x"), "x");
  EXPECT_FALSE(config.Get("no.such.key").has_value());
}

TEST(Config, RefusesValuesOfTheWrongKind) {
  Config config;
  const Status status = config.Set("spark.sql.ansi.enabled", "perhaps");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(GetErrorDetail(status)->condition(), "INVALID_CONF_VALUE.TYPE_MISMATCH");
}

TEST(Config, ReadsByteSizes) {
  EXPECT_EQ(*ParseByteSize("1024"), 1024);
  EXPECT_EQ(*ParseByteSize("512m"), int64_t{512} << 20);
  EXPECT_EQ(*ParseByteSize(" 64KiB "), 64 << 10);
  EXPECT_EQ(*ParseByteSize("2 G"), int64_t{2} << 30);
  EXPECT_FALSE(ParseByteSize("m").ok());
  EXPECT_FALSE(ParseByteSize("12x").ok());
  EXPECT_FALSE(ParseByteSize("99999999999999p").ok());
}

}  // namespace
}  // namespace emery::base
