#include "table/iceberg/delete_index.h"

#include <gtest/gtest.h>

namespace emery::table::iceberg {

namespace {

using type::Value;

std::shared_ptr<const TableMetadata> TwoSpecs() {
  auto metadata = std::make_shared<TableMetadata>();
  metadata->partition_specs.push_back({0, {}});
  metadata->partition_specs.push_back({1, {{1, 1000, "p", {}}}});
  return metadata;
}

DeleteTarget Target(std::string path, int32_t spec_id, std::vector<Value> partition,
                    int64_t sequence) {
  return {std::move(path), spec_id, std::move(partition), sequence};
}

DataFile Deletes(FileContent content, int32_t spec_id, std::vector<Value> partition,
                 int64_t sequence) {
  DataFile file;
  file.content = content;
  file.file_path = "/deletes";
  file.file_format = "parquet";
  file.spec_id = spec_id;
  file.partition = std::move(partition);
  file.data_sequence_number = sequence;
  return file;
}

TEST(DeleteIndexTest, PositionDeletesConcernTheirPartitionAndOlderOrEqualFiles) {
  DeleteIndex index(TwoSpecs(), nullptr);
  EXPECT_TRUE(index.empty());
  index.Add(Deletes(FileContent::kPositionDeletes, 1, {Value::Int(7)}, 5));
  EXPECT_FALSE(index.empty());
  EXPECT_TRUE(index.MayDelete(Target("/a", 1, {Value::Int(7)}, 5)));
  EXPECT_TRUE(index.MayDelete(Target("/b", 1, {Value::Int(7)}, 1)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::Int(7)}, 6)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::Int(8)}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value()}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 0, {}, 5)));
}

TEST(DeleteIndexTest, APositionDeleteFileOfOneDataFileConcernsNoOther) {
  DeleteIndex index(TwoSpecs(), nullptr);
  DataFile referenced = Deletes(FileContent::kPositionDeletes, 0, {}, 5);
  referenced.referenced_data_file = "/a";
  index.Add(referenced);
  DataFile bounded = Deletes(FileContent::kPositionDeletes, 0, {}, 5);
  bounded.lower_bounds[2147483546] = "/b";
  bounded.upper_bounds[2147483546] = "/b";
  index.Add(bounded);
  EXPECT_TRUE(index.MayDelete(Target("/a", 0, {}, 5)));
  EXPECT_TRUE(index.MayDelete(Target("/b", 0, {}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/c", 0, {}, 5)));
}

TEST(DeleteIndexTest, EqualityDeletesConcernOlderFilesOfThePartitionOrOfAll) {
  DeleteIndex index(TwoSpecs(), nullptr);
  DataFile partitioned = Deletes(FileContent::kEqualityDeletes, 1, {Value::String("x")}, 5);
  partitioned.equality_ids = {1};
  index.Add(partitioned);
  EXPECT_TRUE(index.MayDelete(Target("/a", 1, {Value::String("x")}, 4)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::String("x")}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::String("y")}, 4)));
  DataFile global = Deletes(FileContent::kEqualityDeletes, 0, {}, 3);
  global.equality_ids = {2};
  index.Add(global);
  EXPECT_TRUE(index.MayDelete(Target("/a", 1, {Value::String("y")}, 2)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::String("y")}, 3)));
}

TEST(DeleteIndexTest, PartitionsAreComparedByValueNotByText) {
  DeleteIndex index(TwoSpecs(), nullptr);
  index.Add(Deletes(FileContent::kPositionDeletes, 1, {Value::Float(1.5F)}, 5));
  // The column was widened after the delete was written.
  EXPECT_TRUE(index.MayDelete(Target("/a", 1, {Value::Double(1.5)}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::Int(1)}, 5)));
  EXPECT_FALSE(index.MayDelete(Target("/a", 1, {Value::String("1.5")}, 5)));
}

}  // namespace

}  // namespace emery::table::iceberg
