#include "table/iceberg/deletion_vector.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace emery::table::iceberg {
namespace {

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

TEST(DeletionVector, HasTheSpecificationsBytes) {
  DeletionVector vector;
  vector.Add(5);
  // Length, magic, one bitmap, its key, cookie, one container: key 0 with one value at offset 16.
  EXPECT_EQ(Hex(vector.Serialize()).substr(0, 76),
            "00000022"
            "d1d33964"
            "0100000000000000"
            "00000000"
            "3a30000001000000"
            "00000000"
            "10000000"
            "0500");
}

TEST(DeletionVector, GivesBackWhatWasAdded) {
  std::mt19937_64 random(42);
  for (int round = 0; round < 20; ++round) {
    DeletionVector vector;
    std::vector<int64_t> expected;
    const int64_t range = int64_t{1} << (10 + round);
    for (int i = 0; i < 3000; ++i) {
      expected.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(range)));
    }
    for (int64_t i = 100; i < 5000; ++i) {
      expected.push_back((int64_t{3} << 32) + i);
    }
    vector.Add(expected);
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    EXPECT_EQ(vector.Positions(), expected);
    EXPECT_EQ(vector.cardinality(), static_cast<int64_t>(expected.size()));
    const Result<DeletionVector> parsed = DeletionVector::Parse(vector.Serialize(), "file");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->Positions(), expected);
    EXPECT_TRUE(parsed->Contains(expected[17]));
    EXPECT_FALSE(parsed->Contains(int64_t{9} << 32));
  }
}

TEST(DeletionVector, Merges) {
  DeletionVector a;
  DeletionVector b;
  a.Add({1, 2, 3});
  b.Add({3, 4, int64_t{1} << 40});
  a.Merge(b);
  EXPECT_EQ(a.Positions(), (std::vector<int64_t>{1, 2, 3, 4, int64_t{1} << 40}));
  EXPECT_TRUE(DeletionVector().empty());
  const Result<DeletionVector> nothing = DeletionVector::Parse(DeletionVector().Serialize(), "f");
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->empty());
}

TEST(DeletionVector, RefusesDamage) {
  DeletionVector vector;
  for (int64_t i = 0; i < 70000; i += 3) {
    vector.Add(i);
  }
  const std::string blob = vector.Serialize();
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = blob;
    const size_t at = random() % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    EXPECT_FALSE(DeletionVector::Parse(damaged, "file").ok()) << at;
    EXPECT_FALSE(DeletionVector::Parse(blob.substr(0, at), "file").ok());
  }
  EXPECT_FALSE(DeletionVector::Parse(blob + "x", "file").ok());
  const Status status = DeletionVector::Parse("", "the file").status();
  EXPECT_NE(status.message().find("the file"), std::string::npos);
}

}  // namespace
}  // namespace emery::table::iceberg
