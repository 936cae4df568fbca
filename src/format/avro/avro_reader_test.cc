#include "format/avro/avro_reader.h"

#include <gtest/gtest.h>

namespace emery::format::avro {

namespace {

std::string Long(int64_t value) {
  uint64_t bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  std::string out;
  for (; bits >= 0x80; bits >>= 7) {
    out.push_back(static_cast<char>(bits | 0x80));
  }
  out.push_back(static_cast<char>(bits));
  return out;
}

std::string Text(const std::string& text) {
  return Long(static_cast<int64_t>(text.size())) + text;
}

const std::string kMarker = "0123456789abcdef";

std::string File(const std::string& schema, int64_t rows, const std::string& block,
                 const std::string& codec = "null") {
  return std::string("Obj\x01", 4) + Long(2) + Text("avro.schema") + Text(schema) +
         Text("avro.codec") + Text(codec) + Long(0) + kMarker + Long(rows) + Text(block) + kMarker;
}

std::string Record(const std::string& fields) {
  return R"({"type":"record","name":"r","fields":[)" + fields + "]}";
}

std::string MessageOf(const std::string& bytes) {
  const auto file = ReadAvroFile(bytes, "f.avro");
  return file.ok() ? "no error" : file.status().ToString();
}

const std::string kPair = Record(
    R"({"name":"a","type":"long","field-id":7},{"name":"s","type":["null","string"],"default":null})");
const std::string kPairRows = Long(5) + Long(1) + Text("x") + Long(-6) + Long(0);

}  // namespace

TEST(AvroReader, ReadsRecordsWithFieldIdsAndNulls) {
  const auto file = ReadAvroFile(File(kPair, 2, kPairRows), "f.avro");
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  ASSERT_EQ(file->rows.num_rows, 2);
  EXPECT_EQ(file->schema[0].field_id, 7);
  EXPECT_EQ(file->schema[1].field_id, -1);
  EXPECT_EQ(columnar::ValueAt(*file->rows.columns[0], 1).integer(), -6);
  EXPECT_EQ(columnar::ValueAt(*file->rows.columns[1], 0).string(), "x");
  EXPECT_TRUE(file->rows.columns[1]->IsNull(1));
}

TEST(AvroReader, ReadsLogicalTypesAndNestedOnes) {
  const std::string schema = Record(
      R"({"name":"d","type":{"type":"int","logicalType":"date"}},)"
      R"({"name":"n","type":{"type":"fixed","name":"n5","size":3,"logicalType":"decimal","precision":5,"scale":2}},)"
      R"({"name":"m","type":{"type":"array","logicalType":"map","items":{"type":"record","name":"kv","fields":[)"
      R"({"name":"key","type":"int"},{"name":"value","type":"bytes"}]}}},)"
      R"({"name":"again","type":["null","n5"]})");
  const std::string row = Long(-1) + std::string("\xff\xff\x85", 3) + Long(-2) + Long(99) +
                          Long(1) + Text("p") + Long(2) + Text("q") + Long(0) + Long(1) +
                          std::string("\x00\x00\x7b", 3);
  const auto file = ReadAvroFile(File(schema, 1, row), "f.avro");
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  EXPECT_TRUE(file->schema[0].type->is(type::TypeId::kDate));
  EXPECT_EQ(columnar::ValueAt(*file->rows.columns[0], 0).integer(), -1);
  EXPECT_TRUE(columnar::ValueAt(*file->rows.columns[1], 0).decimal() == -123);
  EXPECT_TRUE(file->schema[2].type->is(type::TypeId::kMap));
  EXPECT_EQ(file->rows.columns[2]->values<columnar::ListEntry>()[0].length, 2);
  EXPECT_TRUE(columnar::ValueAt(*file->rows.columns[3], 0).decimal() == 123);
}

TEST(AvroReader, RefusesEveryShorterFile) {
  const std::string whole = File(kPair, 2, kPairRows);
  const size_t header_end = whole.size() - 16 - kPairRows.size() - 2;
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto file = ReadAvroFile(std::string_view(whole).substr(0, size), "f.avro");
    EXPECT_EQ(file.ok(), size == header_end) << size;  // a header alone is a file without rows
    if (!file.ok()) {
      EXPECT_NE(file.status().ToString().find("f.avro"), std::string::npos);
    }
  }
}

TEST(AvroReader, RefusesWhatIsDamaged) {
  EXPECT_NE(MessageOf("PAR1").find("does not begin"), std::string::npos);
  EXPECT_NE(MessageOf(File("{", 0, "")).find("not JSON"), std::string::npos);
  EXPECT_NE(MessageOf(File(R"("long")", 1, Long(1))).find("not records"), std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 3, kPairRows)).find("middle of a value"), std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 1, kPairRows)).find("longer than"), std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, int64_t{1} << 40, kPairRows)).find("more rows"),
            std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, -2, kPairRows)).find("more rows"), std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 2, kPairRows, "deflate")).find("decompressed"),
            std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 2, kPairRows, "zstandard")).find("decompressed"),
            std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 2, kPairRows, "lzma")).find("lzma"), std::string::npos);
  EXPECT_NE(MessageOf(File(kPair, 1, Long(1) + Long(2))).find("no branch 2"), std::string::npos);
  const std::string array = Record(R"({"name":"a","type":{"type":"array","items":"int"}})");
  EXPECT_NE(MessageOf(File(array, 1, Long(INT64_MIN) + Long(0))).find("impossible"),
            std::string::npos);
  EXPECT_NE(MessageOf(File(array, 1, Long(int64_t{1} << 50))).find("middle"), std::string::npos);
  const std::string millis =
      Record(R"({"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}})");
  EXPECT_NE(MessageOf(File(millis, 1, Long(INT64_MAX))).find("out of range"), std::string::npos);
  const std::string recursive = Record(R"({"name":"a","type":["null","r"]})");
  EXPECT_NE(MessageOf(File(recursive, 1, Long(0))).find("recursive"), std::string::npos);
  const std::string wrong_kind = Record(R"({"name":5,"type":"int"})");
  EXPECT_NE(MessageOf(File(wrong_kind, 1, Long(0))).find("malformed"), std::string::npos);
}

}  // namespace emery::format::avro
