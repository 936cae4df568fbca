#include "base/memory_budget.h"

#include "gtest/gtest.h"

namespace emery::base {
namespace {

TEST(MemoryBudget, RefusesWhatPassesTheLimit) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.TryReserve(60));
  EXPECT_FALSE(budget.TryReserve(41));
  EXPECT_TRUE(budget.TryReserve(40));
  budget.ForceReserve(10);
  EXPECT_EQ(budget.reserved(), 110);
  budget.Release(110);
  EXPECT_EQ(budget.reserved(), 0);
  EXPECT_EQ(budget.peak(), 110);
}

TEST(MemoryReservation, GivesBackOnDestruction) {
  MemoryBudget budget(100);
  {
    MemoryReservation a(&budget);
    EXPECT_TRUE(a.TryResize(80));
    EXPECT_FALSE(a.TryResize(101));
    EXPECT_EQ(a.bytes(), 80);
    EXPECT_TRUE(a.TryResize(20));
    EXPECT_EQ(budget.reserved(), 20);
  }
  EXPECT_EQ(budget.reserved(), 0);
}

TEST(Memory, KnowsTheMachine) {
  EXPECT_GT(DefaultMemoryLimit(), 1 << 20);
  EXPECT_GT(ResidentBytes(), 0);
  EXPECT_GE(PeakResidentBytes(), ResidentBytes() / 2);
}

}  // namespace
}  // namespace emery::base
