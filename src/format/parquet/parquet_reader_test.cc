// Filters, runtime filters, deleted rows and page skipping must give the rows that reading
// everything and looking at each row gives.

#include "format/parquet/parquet_reader.h"

#include <functional>
#include <set>
#include <string>

#include "gtest/gtest.h"

#include "columnar/batch.h"
#include "format/parquet/bit_unpacking_internal.h"
#include "format/parquet/hybrid_decoder_internal.h"
#include "format/parquet/parquet_writer.h"
#include "format/parquet/schema_mapping.h"
#include "type/text.h"

namespace emery::format::parquet {
namespace {

using columnar::Batch;
using type::Value;

constexpr int64_t kRows = 20000;

struct Row {
  int64_t id;
  std::optional<int64_t> low;
  std::optional<std::string> name;
  std::string unique;
};

Row RowAt(int64_t i) {
  Row row{i, i / 500 % 17, "name " + std::to_string(i * 7919 % 23),
          "unique text of row " + std::to_string(i)};
  if (i % 11 == 3) {
    row.low.reset();
  }
  if (i % 5 == 1) {
    row.name.reset();
  }
  return row;
}

const type::Schema& TestSchema() {
  static const type::Schema schema = {{"id", type::Long()},
                                      {"low", type::Int()},
                                      {"name", type::String()},
                                      {"unique", type::String()},
                                      {"list", type::Array(type::Long())}};
  return schema;
}

class ParquetReaderTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    path_ = "memory:/reader_test";
    store_ = *io::StoreFor(&path_);
    ParquetWriterOptions options;
    options.row_group_rows = 7000;
    options.page_bytes = 4096;
    options.dictionary = GetParam();
    options.data_page_v2 = !GetParam();
    auto writer = *OpenParquetWriter(*store_->OpenWriter(path_), TestSchema(), options);
    for (int64_t begin = 0; begin < kRows; begin += 1000) {
      Batch batch;
      batch.num_rows = 1000;
      std::vector<std::unique_ptr<columnar::VectorBuilder>> builders;
      for (const type::Field& field : TestSchema()) {
        builders.push_back(columnar::VectorBuilder::Make(field.type));
      }
      for (int64_t i = begin; i < begin + 1000; ++i) {
        const Row row = RowAt(i);
        builders[0]->AppendValue(Value::Int(row.id));
        row.low ? builders[1]->AppendValue(Value::Int(*row.low)) : builders[1]->AppendNull();
        row.name ? builders[2]->AppendString(*row.name) : builders[2]->AppendNull();
        builders[3]->AppendString(row.unique);
        for (int64_t k = 0; k < i % 4; ++k) {
          builders[4]->child(0).AppendValue(Value::Int(i + k));
        }
        builders[4]->AppendNested();
      }
      for (auto& builder : builders) {
        batch.columns.push_back(builder->Finish());
      }
      ASSERT_TRUE(writer->Write(batch).ok());
    }
    ASSERT_TRUE(writer->Finish().ok());
    const int64_t size = store_->Stat(path_)->size;
    footer_ = *ReadFooter(store_.get(), path_, size);
  }

  /// Ids of the rows that come, after checking that every column belongs to its row.
  std::vector<int64_t> Read(const ReadRequest& base, ScanMetrics* metrics = nullptr) {
    ReadRequest request = base;
    for (const type::Field& field : TestSchema()) {
      ReadColumn column;
      column.name = field.name == "low" ? "LOW" : field.name;
      column.type = field.type;
      request.columns.push_back(std::move(column));
    }
    ReadColumn position;
    position.name = "_pos";
    position.type = type::Long();
    position.is_row_position = true;
    request.columns.push_back(position);
    std::vector<int> groups;
    for (size_t g = 0; g < footer_->row_groups.size(); ++g) {
      groups.push_back(static_cast<int>(g));
    }
    auto reader = ParquetReader::Make(store_, footer_, groups, std::move(request));
    EXPECT_TRUE(reader.ok()) << reader.status().ToString();
    std::vector<int64_t> ids;
    while (true) {
      auto batch = (*reader)->Next();
      EXPECT_TRUE(batch.ok()) << batch.status().ToString();
      if (!batch.ok() || !batch->has_value()) {
        break;
      }
      for (int64_t r = 0; r < (*batch)->num_rows; ++r) {
        const auto value = [&](int c) {
          return ValueAt(*(*batch)->columns[static_cast<size_t>(c)], r);
        };
        const int64_t id = value(0).integer();
        const Row row = RowAt(id);
        EXPECT_EQ(value(1).is_null() ? std::nullopt : std::optional(value(1).integer()), row.low);
        EXPECT_EQ(value(2).is_null() ? std::nullopt : std::optional(value(2).string()), row.name);
        EXPECT_EQ(value(3).string(), row.unique);
        EXPECT_EQ(static_cast<int64_t>(value(4).list().size()), id % 4);
        EXPECT_EQ(value(5).integer(), id);
        ids.push_back(id);
      }
    }
    if (metrics != nullptr) {
      *metrics = (*reader)->metrics();
    }
    return ids;
  }

  static std::vector<int64_t> Expect(const std::function<bool(const Row&)>& keep) {
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < kRows; ++i) {
      if (keep(RowAt(i))) {
        ids.push_back(i);
      }
    }
    return ids;
  }

  static plan::ExpressionPtr Column(int index) {
    auto ordinal = std::make_shared<plan::Ordinal>();
    ordinal->index = index;
    ordinal->type = TestSchema()[static_cast<size_t>(index)].type;
    return ordinal;
  }

  static plan::ExpressionPtr Compare(const char* op, int column, Value value) {
    return plan::MakeComparison(
        op, Column(column),
        plan::MakeLiteral(TestSchema()[static_cast<size_t>(column)].type, std::move(value)));
  }

  std::string path_;
  std::shared_ptr<io::ObjectStore> store_;
  FooterPtr footer_;
};

TEST_P(ParquetReaderTest, All) {
  EXPECT_EQ(Read({}), Expect([](const Row&) { return true; }));
}

TEST_P(ParquetReaderTest, RangeSkipsRowGroupsAndPages) {
  ReadRequest request;
  request.filter = {Compare(">=", 0, Value::Int(8123)), Compare("<", 0, Value::Int(8200))};
  ScanMetrics metrics;
  EXPECT_EQ(Read(request, &metrics),
            Expect([](const Row& r) { return r.id >= 8123 && r.id < 8200; }));
  EXPECT_EQ(metrics.row_groups_pruned, 2);
  EXPECT_GT(metrics.pages_pruned, 0);
  EXPECT_LT(metrics.rows_read, 4000);
}

TEST_P(ParquetReaderTest, DictionariesAndNulls) {
  ReadRequest request;
  request.filter = {Compare("=", 2, Value::String("name 3"))};
  EXPECT_EQ(Read(request), Expect([](const Row& r) { return r.name == "name 3"; }));
  request.filter = {Compare("=", 2, Value::String("no such name"))};
  EXPECT_TRUE(Read(request).empty());
  request.filter = {plan::MakeCall("isnull", {Column(2)}, type::Boolean(), false),
                    Compare("=", 1, Value::Int(4))};
  EXPECT_EQ(Read(request), Expect([](const Row& r) { return !r.name && r.low == 4; }));
  request.filter = {
      plan::MakeOr({Compare("=", 1, Value::Int(4)), Compare("=", 2, Value::String("name 5"))}),
      Compare("!=", 3, Value::String("unique text of row 2005"))};
  EXPECT_EQ(Read(request), Expect([](const Row& r) {
              return (r.low == 4 || r.name == "name 5") && r.id != 2005;
            }));
}

TEST_P(ParquetReaderTest, FewRowsOfManyColumns) {
  ReadRequest request;
  request.filter = {Compare("=", 3, Value::String("unique text of row 13577"))};
  EXPECT_EQ(Read(request), std::vector<int64_t>{13577});
}

TEST_P(ParquetReaderTest, RuntimeFiltersAndDeletedRows) {
  auto keys = std::make_shared<functions::RuntimeFilter>(type::Long());
  auto builder = columnar::VectorBuilder::Make(type::Long());
  for (int64_t key : {5, 6, 7, 9000, 19999, 70000}) {
    builder->AppendValue(Value::Int(key));
  }
  keys->Add(builder->Finish());
  keys->Publish();
  EXPECT_EQ(keys->exact_keys().size(), 6u);
  ReadRequest request;
  request.runtime_filters = {{0, keys}};
  request.deleted_positions =
      std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{0, 6, 8999, 9000});
  EXPECT_EQ(Read(request), (std::vector<int64_t>{5, 7, 19999}));
  auto names = std::make_shared<functions::RuntimeFilter>(type::String());
  auto strings = columnar::VectorBuilder::Make(type::String());
  strings->AppendString("name 2");
  names->Add(strings->Finish());
  names->Publish();
  ReadRequest by_name;
  by_name.runtime_filters = {{2, names}};
  EXPECT_EQ(Read(by_name), Expect([](const Row& r) { return r.name == "name 2"; }));
  auto nothing = std::make_shared<functions::RuntimeFilter>(type::Long());
  nothing->Publish();
  ReadRequest none;
  none.runtime_filters = {{0, nothing}};
  EXPECT_TRUE(Read(none).empty());
}

INSTANTIATE_TEST_SUITE_P(Encodings, ParquetReaderTest, testing::Bool());

TEST(BitUnpacking, EveryWidth) {
  uint64_t state = 42;
  const auto next = [&] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL; };
  for (int width = 0; width <= 32; ++width) {
    std::vector<uint32_t> values(64);
    std::vector<uint8_t> packed(static_cast<size_t>(64 * width / 8 + 32));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = width == 0 ? 0 : static_cast<uint32_t>(next() >> (64 - width));
      for (int b = 0; b < width; ++b) {
        const size_t bit = i * static_cast<size_t>(width) + static_cast<size_t>(b);
        packed[bit / 8] |= static_cast<uint8_t>(((values[i] >> b) & 1) << (bit % 8));
      }
    }
    std::vector<uint32_t> out(64);
    UnpackBits32(packed.data(), width, 64, out.data());
    EXPECT_EQ(out, values) << width;
    for (int64_t i = 0; i < 64; ++i) {
      EXPECT_EQ(UnpackOne(packed.data(), i * width, width), values[static_cast<size_t>(i)]);
    }
  }
}

}  // namespace
}  // namespace emery::format::parquet
