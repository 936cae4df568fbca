#include <unistd.h>

#include <filesystem>
#include <string>

#include "arrow/buffer.h"
#include "gtest/gtest.h"

#include "io/object_store.h"
#include "io/spill_file.h"

namespace emery::io {
namespace {

class StoreTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "file") {
      root_ =
          (std::filesystem::temp_directory_path() / ("emery_io_test_" + std::to_string(::getpid())))
              .string();
    } else {
      root_ = "memory:/io_test";
    }
    store_ = *StoreFor(&root_);
    ASSERT_TRUE(store_->DeleteTree(root_).ok());
  }

  void TearDown() override { ASSERT_TRUE(store_->DeleteTree(root_).ok()); }

  std::string root_;
  std::shared_ptr<ObjectStore> store_;
};

TEST_P(StoreTest, WritesBecomeVisibleAtClose) {
  auto writer = *store_->OpenWriter(root_ + "/a/b");
  ASSERT_TRUE(writer->Write("hello ").ok());
  ASSERT_TRUE(IsNotFound(store_->Stat(root_ + "/a/b").status()));
  ASSERT_TRUE(writer->Write("world").ok());
  ASSERT_TRUE(writer->Close().ok());
  EXPECT_EQ((*store_->Read(root_ + "/a/b"))->ToString(), "hello world");
  EXPECT_EQ(store_->Stat(root_ + "/a/b")->size, 11);
  EXPECT_EQ(store_->List(root_, true)->size(), 1u);
  EXPECT_EQ(store_->List(root_, false)->at(0).path, root_ + "/a/");
}

TEST_P(StoreTest, CreateIfAbsentKeepsTheFirst) {
  ASSERT_TRUE(store_->CreateIfAbsent(root_ + "/v1", "first").ok());
  EXPECT_TRUE(store_->CreateIfAbsent(root_ + "/v1", "second").IsAlreadyExists());
  EXPECT_EQ((*store_->Read(root_ + "/v1"))->ToString(), "first");
  ASSERT_TRUE(store_->Put(root_ + "/v1", "third").ok());
  EXPECT_EQ((*store_->Read(root_ + "/v1"))->ToString(), "third");
  ASSERT_TRUE(store_->Rename(root_ + "/v1", root_ + "/moved/v2").ok());
  EXPECT_EQ((*store_->Read(root_ + "/moved/v2"))->ToString(), "third");
  ASSERT_TRUE(store_->Delete({root_ + "/moved/v2", root_ + "/none"}).ok());
  EXPECT_TRUE(IsNotFound(store_->Read(root_ + "/moved/v2").status()));
}

TEST_P(StoreTest, RangesAndTheirErrors) {
  std::string text(300000, 'x');
  for (size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>('a' + i % 26);
  }
  ASSERT_TRUE(store_->Put(root_ + "/r", text).ok());
  auto futures = store_->ReadRanges(root_ + "/r", {{290000, 10000}, {0, 5}, {7, 3}, {299999, 2}});
  EXPECT_EQ((*futures[0].get())->ToString(), text.substr(290000));
  EXPECT_EQ((*futures[1].get())->ToString(), text.substr(0, 5));
  EXPECT_EQ((*futures[2].get())->ToString(), text.substr(7, 3));
  EXPECT_FALSE(futures[3].get().ok());
}

TEST_P(StoreTest, Glob) {
  for (const char* name : {"/t/a=1/x.parquet", "/t/a=2/y.parquet", "/t/a=2/z.csv"}) {
    ASSERT_TRUE(store_->Put(root_ + name, "1").ok());
  }
  const std::string prefix = GetParam() == "file" ? root_ : "memory:" + root_;
  EXPECT_EQ(Glob(prefix + "/t/*/*.parquet")->size(), 2u);
  EXPECT_EQ(Glob(prefix + "/t/a={1,2}/?.{parquet,csv}")->size(), 3u);
  EXPECT_EQ(Glob(prefix + "/t/a=[2-3]/[^z]*")->at(0).path, prefix + "/t/a=2/y.parquet");
  EXPECT_EQ(Glob(prefix + "/none*")->size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreTest, testing::Values("file", "memory"));

TEST(StoreFor, Schemes) {
  std::string path = "file:///a//b/";
  ASSERT_TRUE(StoreFor(&path).ok());
  EXPECT_EQ(path, "/a/b");
  path = "s3://bucket/key";
  const Status status = StoreFor(&path).status();
  EXPECT_NE(status.message().find("\"s3\""), std::string::npos);
}

TEST(SpillFile, BlocksComeBack) {
  auto file = *SpillFile::Create();
  const std::string big(100000, 'q');
  SpillBlock a = *file->Append(big);
  SpillBlock b = *file->Append("short");
  EXPECT_LT(a.stored_bytes, a.bytes);
  EXPECT_EQ((*file->Read(b))->ToString(), "short");
  EXPECT_EQ((*file->ReadAhead(a).get())->ToString(), big);
}

}  // namespace
}  // namespace emery::io
