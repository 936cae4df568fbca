// Tables of plain files end to end: what is written is read back; partitions, overwrites and
// failures; CSV's corners.

#include "table/files/files_table.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "arrow/buffer.h"
#include "gtest/gtest.h"

#include "columnar/batch.h"
#include "io/object_store.h"
#include "table/files/partition_folders.h"
#include "type/text.h"

namespace emery::table {
namespace {

using columnar::Batch;
using columnar::VectorBuilder;
using type::Value;

class FilesTableTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* keep = ::getenv("EMERY_TEST_KEEP");
    root_ = keep != nullptr ? keep
                            : (std::filesystem::temp_directory_path() /
                               ("emery_files_" + std::to_string(::getpid())))
                                  .string();
    std::filesystem::remove_all(root_);
  }

  void TearDown() override {
    if (::getenv("EMERY_TEST_KEEP") == nullptr) {
      std::filesystem::remove_all(root_);
    }
  }

  static Batch MakeBatch(const type::Schema& schema, const std::vector<std::vector<Value>>& rows) {
    Batch batch;
    batch.num_rows = static_cast<int64_t>(rows.size());
    for (size_t c = 0; c < schema.size(); ++c) {
      auto builder = VectorBuilder::Make(schema[c].type);
      for (const auto& row : rows) {
        if (row[c].is_null()) {
          builder->AppendNull();
        } else {
          builder->AppendValue(row[c]);
        }
      }
      batch.columns.push_back(builder->Finish());
    }
    return batch;
  }

  std::shared_ptr<const Table> Open(const std::string& path, const std::string& provider,
                                    std::optional<type::Schema> schema = {},
                                    std::vector<std::string> partitions = {},
                                    std::map<std::string, std::string> options = {}) {
    FilesTableSpec spec;
    spec.paths = {path};
    spec.provider = provider;
    spec.schema = std::move(schema);
    spec.partition_columns = std::move(partitions);
    spec.options = std::move(options);
    spec.managed_by_catalog = spec.schema.has_value();
    auto table = OpenFilesTable(std::move(spec));
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? *table : nullptr;
  }

  static Status Write(const Table& table, const std::vector<Batch>& batches, WriteMode mode,
                      bool commit = true) {
    WriteRequest request;
    request.mode = mode;
    ARROW_ASSIGN_OR_RAISE(auto job, table.PlanWrite(request));
    ARROW_ASSIGN_OR_RAISE(auto writer, job->NewWriter());
    for (const Batch& batch : batches) {
      ARROW_RETURN_NOT_OK(writer->Write(batch));
    }
    std::vector<std::unique_ptr<WriteResult>> results;
    ARROW_ASSIGN_OR_RAISE(auto result, writer->Finish());
    results.push_back(std::move(result));
    return commit ? job->Commit(std::move(results)) : Status::OK();
  }

  /// All rows as text, one a line, in order of scanning.
  static std::vector<std::string> Rows(const Table& table, plan::ExpressionList filter = {}) {
    ScanRequest request;
    int index = 0;
    for (const type::Field& field : table.schema()) {
      request.field_indexes.push_back(index++);
      request.names.push_back(field.name);
      request.types.push_back(field.type);
    }
    request.filter = std::move(filter);
    auto plan = table.PlanScan(request);
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    std::vector<std::string> lines;
    for (const auto& task : plan->tasks) {
      auto reader = task->Open({});
      EXPECT_TRUE(reader.ok()) << reader.status().ToString();
      if (!reader.ok()) {
        return {reader.status().ToString()};
      }
      while (true) {
        auto batch = (*reader)->Next();
        if (!batch.ok()) {
          return {batch.status().ToString()};
        }
        if (!batch->has_value()) {
          break;
        }
        for (int64_t r = 0; r < (*batch)->num_rows; ++r) {
          std::string line;
          for (size_t c = 0; c < (*batch)->columns.size(); ++c) {
            const auto& column = (*batch)->columns[c];
            const auto text =
                type::ValueToText(*column->type(), ValueAt(*column, r), *type::TimeZone::Utc());
            line += (c == 0 ? "" : "|") + text.value_or("NULL");
          }
          lines.push_back(std::move(line));
        }
      }
    }
    return lines;
  }

  std::string root_;
};

type::Schema AllTypes() {
  return {{"b", type::Boolean()},
          {"i8", type::Byte()},
          {"i16", type::Short()},
          {"i32", type::Int()},
          {"i64", type::Long()},
          {"f", type::Float()},
          {"d", type::Double()},
          {"s", type::String()},
          {"bin", type::Binary()},
          {"day", type::Date()},
          {"ts", type::Timestamp()},
          {"ntz", type::TimestampNtz()},
          {"d9", type::Decimal(9, 2)},
          {"d18", type::Decimal(18, 4)},
          {"d38", type::Decimal(38, 10)},
          {"ym", type::YearMonthInterval()},
          {"dt", type::DayTimeInterval()},
          {"li", type::Array(type::Int())},
          {"m", type::Map(type::String(), type::Int())},
          {"st", type::Struct({{"x", type::Long()}, {"y", type::Array(type::String())}})}};
}

std::vector<Value> AllTypesRow(int64_t i) {
  const std::string text = "row " + std::to_string(i) + (i % 3 == 0 ? " with a longer text" : "");
  return {Value::Bool(i % 2 == 0),
          Value::Int(i % 128),
          Value::Int(i),
          Value::Int(-i),
          Value::Int(i * 1'000'000'007),
          Value::Float(static_cast<float>(i) / 4),
          Value::Double(static_cast<double>(i) / 8),
          Value::String(text),
          Value::String(std::string("\0\xff", 2) + text),
          Value::Int(18000 + i),
          Value::Int(1'600'000'000'000'000 + i),
          Value::Int(1'500'000'000'000'000 - i),
          Value::Decimal(i * 100 + 5),
          Value::Decimal(-i * 10'000 - 7),
          Value::Decimal(static_cast<type::int128_t>(i) * 1'000'000'000'000'000'000),
          Value::Int(i),
          Value::Int(i * 1'000'000),
          Value::MakeList({Value::Int(i), Value(), Value::Int(i + 1)}),
          Value::MakeList({Value::String("k" + std::to_string(i)), Value::Int(i)}),
          Value::MakeList({i % 4 == 0 ? Value() : Value::Int(i),
                           Value::MakeList({Value::String("a"), Value::String(text)})})};
}

TEST_F(FilesTableTest, EveryTypeComesBackFromEveryCodec) {
  const type::Schema schema = AllTypes();
  std::vector<std::vector<Value>> rows;
  for (int64_t i = 0; i < 5000; ++i) {
    rows.push_back(i % 7 == 3 ? std::vector<Value>(schema.size()) : AllTypesRow(i));
  }
  const Batch batch = MakeBatch(schema, rows);
  std::vector<std::string> expected;
  for (const char* codec : {"none", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"}) {
    const std::string path = root_ + "/all_" + codec;
    auto table = Open(path, "parquet", schema, {}, {{"compression", codec}});
    ASSERT_TRUE(Write(*table, {batch}, WriteMode::kAppend).ok());
    auto again = Open(path, "parquet");
    ASSERT_EQ(again->schema().size(), schema.size());
    for (size_t c = 0; c < schema.size(); ++c) {
      EXPECT_TRUE(again->schema()[c].type->Equals(*schema[c].type)) << schema[c].name;
    }
    const std::vector<std::string> lines = Rows(*again);
    ASSERT_EQ(lines.size(), rows.size());
    if (expected.empty()) {
      for (size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (size_t c = 0; c < schema.size(); ++c) {
          line += (c == 0 ? "" : "|") +
                  type::ValueToText(*schema[c].type, rows[r][c], *type::TimeZone::Utc())
                      .value_or("NULL");
        }
        expected.push_back(std::move(line));
      }
    }
    EXPECT_EQ(lines, expected) << codec;
    EXPECT_EQ(again->statistics()->num_rows, 5000);
    EXPECT_EQ(again->statistics()->columns[3].min->integer(), -4999);
    EXPECT_EQ(again->statistics()->columns[3].null_count, 714);
  }
}

TEST_F(FilesTableTest, PartitionsAndOverwrites) {
  const type::Schema schema = {{"v", type::Int()}, {"p", type::Int()}, {"q", type::String()}};
  const std::string path = root_ + "/parts";
  auto open = [&] { return Open(path, "parquet", schema, {"p", "q"}); };
  const Batch first = MakeBatch(schema, {{Value::Int(1), Value::Int(1), Value::String("a/b=c")},
                                         {Value::Int(2), Value::Int(1), Value()},
                                         {Value::Int(3), Value::Int(2), Value::String("x")}});
  ASSERT_TRUE(Write(*open(), {first}, WriteMode::kAppend).ok());
  EXPECT_TRUE(std::filesystem::exists(path + "/_SUCCESS"));
  EXPECT_FALSE(std::filesystem::exists(path + "/_temporary"));
  EXPECT_TRUE(std::filesystem::exists(path + "/p=1/q=a%2Fb%3Dc"));
  EXPECT_TRUE(std::filesystem::exists(path + "/p=1/q=__HIVE_DEFAULT_PARTITION__"));
  auto sorted = [](std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(sorted(Rows(*open())), (Lines{"1|1|a/b=c", "2|1|NULL", "3|2|x"}));
  // Without a schema the folders tell the types.
  EXPECT_TRUE(Open(path, "parquet")->schema()[1].type->is(type::TypeId::kInt));
  EXPECT_EQ(open()->Partitions()->size(), 3u);
  // A job that is not committed leaves nothing.
  const Batch second = MakeBatch(schema, {{Value::Int(9), Value::Int(2), Value::String("x")}});
  ASSERT_TRUE(Write(*open(), {second}, WriteMode::kOverwriteAll, false).ok());
  EXPECT_EQ(Rows(*open()).size(), 3u);
  EXPECT_FALSE(std::filesystem::exists(path + "/_temporary"));
  ASSERT_TRUE(Write(*open(), {second}, WriteMode::kOverwritePartitions).ok());
  EXPECT_EQ(sorted(Rows(*open())), (Lines{"1|1|a/b=c", "2|1|NULL", "9|2|x"}));
  ASSERT_TRUE(Write(*open(), {second}, WriteMode::kOverwriteAll).ok());
  EXPECT_EQ(Rows(*open()), (Lines{"9|2|x"}));
}

TEST_F(FilesTableTest, CsvComesBack) {
  const type::Schema schema = {{"i", type::Int()},
                               {"s", type::String()},
                               {"d", type::Decimal(7, 2)},
                               {"day", type::Date()},
                               {"t", type::Timestamp()}};
  const std::string path = root_ + "/csv";
  auto table = Open(path, "csv", schema, {}, {{"header", "true"}});
  const Batch batch = MakeBatch(
      schema, {{Value::Int(1), Value::String("a,\"b\""), Value::Decimal(150), Value::Int(18262),
                Value::Int(1'577'836'800'000'000)},
               {Value(), Value::String(""), Value(), Value(), Value()},
               {Value::Int(3), Value(), Value::Decimal(-1), Value::Int(0), Value::Int(0)}});
  ASSERT_TRUE(Write(*table, {batch}, WriteMode::kAppend).ok());
  using Lines = std::vector<std::string>;
  // As in Spark, a quoted empty string is the null value where no other one is set.
  EXPECT_EQ(Rows(*Open(path, "csv", schema, {}, {{"header", "true"}})),
            (Lines{"1|a,\"b\"|1.50|2020-01-01|2020-01-01 00:00:00", "NULL|NULL|NULL|NULL|NULL",
                   "3|NULL|-0.01|1970-01-01|1970-01-01 00:00:00"}));
  auto inferred = Open(path, "csv", {}, {}, {{"header", "true"}, {"inferSchema", "true"}});
  EXPECT_TRUE(inferred->schema()[0].type->is(type::TypeId::kInt));
  EXPECT_TRUE(inferred->schema()[2].type->is(type::TypeId::kDouble));
  EXPECT_TRUE(inferred->schema()[3].type->is(type::TypeId::kDate));
}

TEST_F(FilesTableTest, CsvModes) {
  std::string path = root_ + "/bad.csv";
  std::string store_path = path;
  auto store = *io::StoreFor(&store_path);
  ASSERT_TRUE(store->Put(store_path, "1,x\r\nno,y\n3\n4,z,more\n# c\n").ok());
  const type::Schema schema = {{"i", type::Int()}, {"s", type::String()}};
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Rows(*Open(path, "csv", schema, {}, {{"comment", "#"}})),
            (Lines{"1|x", "NULL|y", "3|NULL", "4|z"}));
  EXPECT_EQ(Rows(*Open(path, "csv", schema, {}, {{"comment", "#"}, {"mode", "DROPMALFORMED"}})),
            (Lines{"1|x"}));
  const auto failed = Rows(*Open(path, "csv", schema, {}, {{"mode", "FAILFAST"}}));
  EXPECT_NE(failed[0].find("Malformed records are detected"), std::string::npos);
}

TEST_F(FilesTableTest, WhatCannotBeReadSaysWhy) {
  FilesTableSpec spec;
  spec.paths = {root_ + "/none"};
  spec.provider = "parquet";
  const auto missing = OpenFilesTable(spec);
  EXPECT_EQ(base::GetErrorDetail(missing.status())->condition(), "PATH_NOT_FOUND");
  std::string path = root_ + "/not.parquet";
  ASSERT_TRUE((*io::StoreFor(&path))->Put(path, "this is not a Parquet file").ok());
  spec.paths = {path};
  const auto broken = OpenFilesTable(spec);
  EXPECT_EQ(base::GetErrorDetail(broken.status())->condition(),
            "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
}

TEST(PartitionFolders, EscapesAndInference) {
  EXPECT_EQ(UnescapePartitionText(EscapePartitionText("a/b=c %:\n")), "a/b=c %:\n");
  const auto infer = [](std::vector<std::string> values) {
    return InferPartitionType(values, *type::TimeZone::Utc())->ToString();
  };
  EXPECT_EQ(infer({"1", "2"}), "int");
  EXPECT_EQ(infer({"1", "3000000000"}), "bigint");
  EXPECT_EQ(infer({"1", "2.5"}), "double");
  EXPECT_EQ(infer({"2020-01-01"}), "date");
  EXPECT_EQ(infer({"2020-01-01", "x"}), "string");
}

}  // namespace
}  // namespace emery::table
