#include "type/decimal.h"

#include <gtest/gtest.h>

namespace emery::type {
namespace {

TEST(Decimal, RoundsHalfAwayFromZero) {
  EXPECT_EQ(RescaleDecimal(125, 2, 1), int128_t{13});
  EXPECT_EQ(RescaleDecimal(-125, 2, 1), int128_t{-13});
  EXPECT_EQ(RescaleDecimal(124, 2, 1), int128_t{12});
  EXPECT_EQ(RescaleDecimal(5, 0, 2, 2), std::nullopt);
}

TEST(Decimal, MultipliesThrough256Bits) {
  const int128_t big = PowerOfTen(37);
  EXPECT_EQ(MultiplyDecimal(big, big, 37), big);
  EXPECT_EQ(MultiplyDecimal(big, -big, 38), -PowerOfTen(36));
  EXPECT_EQ(MultiplyDecimal(big, big, 0), std::nullopt);
  EXPECT_EQ(MultiplyDecimal(15, 1, 1), int128_t{2});
}

TEST(Decimal, DividesWithManyDigits) {
  EXPECT_EQ(DivideDecimal(1, 3, 6), int128_t{333333});
  EXPECT_EQ(DivideDecimal(2, 3, 6), int128_t{666667});
  EXPECT_EQ(DivideDecimalTruncated(-2, 3, 6), int128_t{-666666});
  EXPECT_EQ(FormatInt128(*DivideDecimal(1, 3, 37)), std::string(37, '3'));
  EXPECT_EQ(DivideDecimal(PowerOfTen(37), 1, 10), std::nullopt);
  EXPECT_EQ(DivideDecimal(PowerOfTen(36) * 7, PowerOfTen(37) * 3, 38), DivideDecimal(7, 30, 38));
}

TEST(Decimal, ReadsText) {
  EXPECT_EQ(ParseDecimal(" 12.345 ", 10, 2), int128_t{1235});
  EXPECT_EQ(ParseDecimal("-1.5e2", 10, 2), int128_t{-15000});
  EXPECT_EQ(ParseDecimal(".5", 10, 0), int128_t{1});
  EXPECT_EQ(ParseDecimal("1.", 10, 1), int128_t{10});
  bool malformed = false;
  EXPECT_EQ(ParseDecimal("1x", 10, 2, &malformed), std::nullopt);
  EXPECT_TRUE(malformed);
  EXPECT_EQ(ParseDecimal("123", 2, 0, &malformed), std::nullopt);
  EXPECT_FALSE(malformed);
  const auto parts = ParseDecimalParts("001.50");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->precision, 3);
  EXPECT_EQ(parts->scale, 2);
}

TEST(Decimal, WritesText) {
  EXPECT_EQ(FormatDecimal(-5, 2), "-0.05");
  EXPECT_EQ(FormatDecimal(150, 2), "1.50");
  EXPECT_EQ(FormatDecimalScientific(1, 8), "1E-8");
  EXPECT_EQ(FormatDecimalScientific(12, 9), "1.2E-8");
}

TEST(Decimal, ResultTypesAreSparks) {
  const TypePtr a = Decimal(7, 2);
  EXPECT_EQ(DecimalAddType(*a, *a, true)->ToString(), "decimal(8,2)");
  EXPECT_EQ(DecimalMultiplyType(*a, *a, true)->ToString(), "decimal(15,4)");
  EXPECT_EQ(DecimalDivideType(*a, *a, true)->ToString(), "decimal(17,10)");
  EXPECT_EQ(DecimalMultiplyType(*Decimal(38, 10), *Decimal(38, 10), true)->ToString(),
            "decimal(38,6)");
  EXPECT_EQ(DecimalMultiplyType(*Decimal(38, 10), *Decimal(38, 10), false)->ToString(),
            "decimal(38,20)");
  EXPECT_EQ(WiderDecimalType(*Decimal(20, 0), *Decimal(10, 5))->ToString(), "decimal(25,5)");
}

}  // namespace
}  // namespace emery::type
