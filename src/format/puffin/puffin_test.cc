#include "format/puffin/puffin.h"

#include <string>
#include <vector>

#include "arrow/buffer.h"
#include <gtest/gtest.h>

namespace emery::format::puffin {
namespace {

std::string WriteFile(const std::string& path, const std::vector<std::string>& blobs) {
  std::string place = path;
  const auto store = io::StoreFor(&place).ValueOrDie();
  PuffinWriter writer(store->OpenWriter(place).ValueOrDie(), {{"created-by", "a test"}});
  for (size_t i = 0; i < blobs.size(); ++i) {
    BlobMetadata blob;
    blob.type = "type-" + std::to_string(i);
    blob.fields = {1, static_cast<int32_t>(i)};
    blob.snapshot_id = 77;
    blob.sequence_number = 3;
    blob.properties = {{"key", "value ü"}};
    EXPECT_TRUE(writer.Add(blob, blobs[i]).ok());
  }
  EXPECT_TRUE(writer.Finish().ok());
  const auto bytes = store->Read(place).ValueOrDie();
  return std::string(reinterpret_cast<const char*>(bytes->data()),
                     static_cast<size_t>(bytes->size()));
}

TEST(Puffin, GivesBackBlobsAndProperties) {
  const std::string path = "memory:/puffin-test/a.puffin";
  const std::vector<std::string> blobs = {"first", std::string(100000, 'x'), ""};
  WriteFile(path, blobs);
  const Result<FileMetadata> metadata = ReadFooter(path);
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->properties.at("created-by"), "a test");
  ASSERT_EQ(metadata->blobs.size(), 3U);
  for (size_t i = 0; i < blobs.size(); ++i) {
    const BlobMetadata& blob = metadata->blobs[i];
    EXPECT_EQ(blob.type, "type-" + std::to_string(i));
    EXPECT_EQ(blob.fields, (std::vector<int32_t>{1, static_cast<int32_t>(i)}));
    EXPECT_EQ(blob.snapshot_id, 77);
    EXPECT_EQ(blob.sequence_number, 3);
    EXPECT_EQ(blob.properties.at("key"), "value ü");
    EXPECT_EQ(ReadBlob(path, blob).ValueOrDie(), blobs[i]);
  }
  EXPECT_EQ(metadata->blobs[0].offset, 4);
}

TEST(Puffin, AFileWithoutBlobs) {
  const std::string path = "memory:/puffin-test/b.puffin";
  WriteFile(path, {});
  const Result<FileMetadata> metadata = ReadFooter(path);
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_TRUE(metadata->blobs.empty());
}

TEST(Puffin, RefusesDamage) {
  const std::string path = "memory:/puffin-test/c.puffin";
  const std::string file = WriteFile(path, {"abc"});
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(ParseFooter(file.substr(0, size), "f").ok()) << size;
  }
  std::string no_magic = file;
  no_magic[0] = 'X';
  const Status status = ParseFooter(no_magic, "the file").status();
  EXPECT_NE(status.message().find("the file"), std::string::npos);
  EXPECT_FALSE(ReadRange(path, 2, 1 << 20).ok());
  EXPECT_FALSE(ReadRange(path, -1, 2).ok());
}

}  // namespace
}  // namespace emery::format::puffin
