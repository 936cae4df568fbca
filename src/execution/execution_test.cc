// Builds physical plans over tables in memory and compares what comes out with answers computed row
// by row, once with plenty of memory and once with so little that everything has to spill.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "gtest/gtest.h"

#include "execution/query.h"
#include "functions/registry.h"
#include "table/memory/memory_table.h"

namespace emery::execution {
namespace {

using Row = std::vector<type::Value>;
using plan::JoinType;

std::shared_ptr<const functions::QueryContext> TestContext() {
  static const auto context = std::make_shared<const functions::QueryContext>();
  return context;
}

plan::ExpressionPtr Col(const physical::NodePtr& node, int index) {
  auto ordinal = std::make_shared<plan::Ordinal>();
  ordinal->index = index;
  ordinal->type = node->output[index].type;
  ordinal->name = node->output[index].name;
  return ordinal;
}

plan::ExpressionPtr Fn(const std::string& name, plan::ExpressionList arguments) {
  return functions::MakeFunctionCall(name, std::move(arguments), plan::EvalMode::kAnsi,
                                     TestContext().get())
      .ValueOrDie();
}

int NextId() {
  static int next = 1;
  return next++;
}

struct Data {
  std::vector<type::TypePtr> types;
  std::vector<Row> rows;
};

physical::NodePtr ScanOf(const Data& data) {
  type::Schema schema;
  auto scan = std::make_shared<physical::Scan>();
  scan->id = NextId();
  for (size_t c = 0; c < data.types.size(); ++c) {
    schema.push_back({"c" + std::to_string(c), data.types[c], true, -1, {}, {}});
    scan->field_indexes.push_back(static_cast<int>(c));
    scan->projection.push_back(static_cast<int>(c));
    scan->request.push_back({schema[c].name, data.types[c]});
  }
  scan->output = scan->request;
  std::vector<columnar::Batch> batches;
  for (size_t begin = 0; begin < data.rows.size(); begin += 1000) {
    const size_t end = std::min(data.rows.size(), begin + 1000);
    columnar::Batch batch;
    batch.num_rows = static_cast<int64_t>(end - begin);
    for (size_t c = 0; c < data.types.size(); ++c) {
      const auto builder = columnar::VectorBuilder::Make(data.types[c]);
      for (size_t r = begin; r < end; ++r) {
        builder->AppendValue(data.rows[r][c]);
      }
      batch.columns.push_back(builder->Finish());
    }
    batches.push_back(std::move(batch));
  }
  scan->table = table::MakeMemoryTable("t", schema, std::move(batches));
  scan->name = "t";
  return scan;
}

Result<std::vector<Row>> TryRun(const physical::NodePtr& plan, int64_t memory = int64_t{1} << 30,
                                int64_t* spilled = nullptr) {
  base::MemoryBudget budget(memory);
  QueryEnvironment environment;
  environment.context = TestContext();
  environment.budget = &budget;
  environment.cancellation = std::make_shared<base::CancellationToken>();
  environment.num_threads = 2;
  std::vector<Row> rows;
  {
    ARROW_ASSIGN_OR_RAISE(auto query, Query::Start(plan, environment));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, query->Next());
      if (!batch.has_value()) {
        break;
      }
      EXPECT_EQ(batch->columns.size(), plan->output.size());
      for (int64_t i = 0; i < batch->num_rows; ++i) {
        Row row;
        for (const auto& column : batch->columns) {
          EXPECT_EQ(column->size(), batch->num_rows);
          row.push_back(columnar::ValueAt(*column, i));
        }
        rows.push_back(std::move(row));
      }
    }
    if (spilled != nullptr) {
      *spilled = query->progress().spilled_bytes;
    }
  }
  EXPECT_EQ(budget.reserved(), 0);
  return rows;
}

std::string Text(const std::vector<type::TypePtr>& types, const Row& row) {
  std::string text;
  for (size_t c = 0; c < row.size(); ++c) {
    text += (c == 0 ? "" : "|") + type::ValueToSql(*types[c], row[c]);
  }
  return text;
}

std::vector<std::string> Texts(const physical::NodePtr& plan, const std::vector<Row>& rows,
                               bool sorted) {
  std::vector<type::TypePtr> types;
  for (const auto& column : plan->output) {
    types.push_back(column.type);
  }
  std::vector<std::string> texts;
  for (const Row& row : rows) {
    texts.push_back(Text(types, row));
  }
  if (sorted) {
    std::sort(texts.begin(), texts.end());
  }
  return texts;
}

constexpr int64_t kTiny = 300 << 10;

// Runs with much and with little memory. `must_spill`: whether the second run has to.
void Check(const physical::NodePtr& plan, const std::vector<Row>& expected, bool ordered = false,
           bool must_spill = false) {
  for (const bool tiny : {false, true}) {
    int64_t spilled = 0;
    const auto rows = TryRun(plan, tiny ? kTiny : int64_t{1} << 30, &spilled);
    ASSERT_TRUE(rows.ok()) << rows.status().ToString() << (tiny ? " (little memory)" : "");
    EXPECT_EQ(Texts(plan, *rows, !ordered), Texts(plan, expected, !ordered));
    if (tiny && must_spill) {
      EXPECT_GT(spilled, 0);
    }
    if (!tiny) {
      EXPECT_EQ(spilled, 0);
    }
  }
}

// c0: int with nulls, 0 … range; c1: long, the row's number; c2: string with nulls, some long.
Data RandomData(int64_t num_rows, int range, int seed) {
  std::mt19937 random(seed);
  Data data;
  data.types = {type::Int(), type::Long(), type::String()};
  for (int64_t i = 0; i < num_rows; ++i) {
    const auto key = static_cast<int64_t>(random() % range);
    const bool null_key = random() % 20 == 0;
    const bool null_text = random() % 10 == 0;
    data.rows.push_back(
        {null_key ? type::Value() : type::Value::Int(key), type::Value::Int(i),
         null_text ? type::Value()
                   : type::Value::String("text " + std::to_string(random() % range) +
                                         (random() % 2 == 0 ? " that does not fit inline" : ""))});
  }
  return data;
}

template <class T>
std::shared_ptr<T> NewNode(std::vector<physical::NodePtr> inputs) {
  auto node = std::make_shared<T>();
  node->id = NextId();
  node->inputs = std::move(inputs);
  return node;
}

physical::AggregateCall Call(const std::string& name, plan::ExpressionList arguments,
                             type::TypePtr type, bool distinct = false) {
  physical::AggregateCall call;
  call.name = name;
  call.arguments = std::move(arguments);
  call.type = std::move(type);
  call.distinct = distinct;
  return call;
}

TEST(ExecutionTest, ValuesProjectFilterLimit) {
  auto values = NewNode<physical::Values>({});
  values->output = {{"a", type::Int()}};
  for (int i = 0; i < 10; ++i) {
    values->rows.push_back({plan::MakeIntLiteral(i)});
  }
  auto filter = NewNode<physical::Filter>({values});
  filter->output = values->output;
  filter->conjuncts = {Fn(">", {Col(values, 0), plan::MakeIntLiteral(3)})};
  auto project = NewNode<physical::Project>({filter});
  project->expressions = {Fn("+", {Col(filter, 0), plan::MakeIntLiteral(100)}), Col(filter, 0)};
  project->output = {{"x", type::Int()}, {"a", type::Int()}};
  auto limit = NewNode<physical::Limit>({project});
  limit->output = project->output;
  limit->offset = 1;
  limit->limit = 2;
  Check(
      limit,
      {{type::Value::Int(105), type::Value::Int(5)}, {type::Value::Int(106), type::Value::Int(6)}},
      true);
}

TEST(ExecutionTest, RangeKeepsItsOrderOnSeveralThreads) {
  auto range = NewNode<physical::Range>({});
  range->output = {{"id", type::Long()}};
  range->start = 5;
  range->end = 2000000;
  range->step = 3;
  const auto rows = TryRun(range).ValueOrDie();
  ASSERT_EQ(rows.size(), (2000000 - 5 + 2) / 3);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i][0].integer(), static_cast<int64_t>(5 + 3 * i));
  }
  auto limit = NewNode<physical::Limit>({range});
  limit->output = range->output;
  limit->limit = 300000;
  const auto first = TryRun(limit).ValueOrDie();
  ASSERT_EQ(first.size(), 300000);
  EXPECT_EQ(first.back()[0].integer(), 5 + 3 * 299999);
}

TEST(ExecutionTest, GroupsWithNullsStringsAndDistinct) {
  const Data data = RandomData(60000, 9000, 1);
  const auto scan = ScanOf(data);
  auto aggregate = NewNode<physical::HashAggregate>({scan});
  aggregate->groups = {Col(scan, 0), Col(scan, 2)};
  aggregate->aggregates = {Call("count", {Col(scan, 1)}, type::Long()),
                           Call("sum", {Col(scan, 1)}, type::Long()),
                           Call("max", {Col(scan, 2)}, type::String())};
  aggregate->output = {{"c0", type::Int()},
                       {"c2", type::String()},
                       {"n", type::Long()},
                       {"s", type::Long()},
                       {"m", type::String()}};
  std::map<std::string, Row> groups;
  for (const Row& row : data.rows) {
    Row& group = groups[Text({type::Int(), type::String()}, {row[0], row[2]})];
    if (group.empty()) {
      group = {row[0], row[2], type::Value::Int(0), type::Value::Int(0), row[2]};
    }
    group[2] = type::Value::Int(group[2].integer() + 1);
    group[3] = type::Value::Int(group[3].integer() + row[1].integer());
  }
  std::vector<Row> expected;
  for (auto& [key, row] : groups) {
    expected.push_back(row);
  }
  Check(aggregate, expected, false, true);
}

TEST(ExecutionTest, DistinctAggregates) {
  const Data data = RandomData(40000, 700, 2);
  const auto scan = ScanOf(data);
  for (const bool grouped : {true, false}) {
    auto aggregate = NewNode<physical::HashAggregate>({scan});
    if (grouped) {
      aggregate->groups = {Col(scan, 0)};
      aggregate->output = {{"c0", type::Int()}};
    }
    aggregate->aggregates = {Call("count", {Col(scan, 2)}, type::Long(), true),
                             Call("count", {Col(scan, 2)}, type::Long()),
                             Call("count", {Col(scan, 0), Col(scan, 2)}, type::Long(), true)};
    for (const char* name : {"d", "n", "p"}) {
      aggregate->output.push_back({name, type::Long()});
    }

    struct Group {
      Row key;
      std::set<std::string> texts;
      std::set<std::string> pairs;
      int64_t count = 0;
    };

    std::map<std::string, Group> groups;
    for (const Row& row : data.rows) {
      Group& group = groups[grouped ? type::ValueToSql(*type::Int(), row[0]) : ""];
      group.key = grouped ? Row{row[0]} : Row{};
      if (!row[2].is_null()) {
        group.texts.insert(row[2].string());
        ++group.count;
        if (!row[0].is_null()) {
          group.pairs.insert(std::to_string(row[0].integer()) + row[2].string());
        }
      }
    }
    std::vector<Row> expected;
    for (auto& [text, group] : groups) {
      Row row = group.key;
      row.push_back(type::Value::Int(static_cast<int64_t>(group.texts.size())));
      row.push_back(type::Value::Int(group.count));
      row.push_back(type::Value::Int(static_cast<int64_t>(group.pairs.size())));
      expected.push_back(row);
    }
    Check(aggregate, expected, false, true);
  }
}

TEST(ExecutionTest, NoRowsAggregateToOne) {
  const auto scan = ScanOf(RandomData(0, 10, 1));
  auto aggregate = NewNode<physical::HashAggregate>({scan});
  aggregate->aggregates = {Call("count", {Col(scan, 0)}, type::Long()),
                           Call("sum", {Col(scan, 1)}, type::Long())};
  aggregate->output = {{"n", type::Long()}, {"s", type::Long()}};
  Check(aggregate, {{type::Value::Int(0), type::Value()}});
}

// -- joins
// -----------------------------------------------------------------------------------------------

struct JoinCase {
  JoinType type;
  bool residual;
  bool null_safe;
};

// The truth of "left matches right": nothing where it is unknown.
std::optional<bool> Matches(const Row& left, const Row& right, bool residual, bool null_safe) {
  std::optional<bool> keys;
  if (left[0].is_null() || right[0].is_null()) {
    keys = null_safe ? std::optional<bool>(left[0].is_null() && right[0].is_null()) : std::nullopt;
  } else {
    keys = left[0].integer() == right[0].integer();
  }
  if (!residual) {
    return keys;
  }
  const bool rest = left[1].integer() < right[1].integer();
  if (!rest || keys == std::optional<bool>(false)) {
    return false;
  }
  return keys;
}

std::vector<Row> ExpectedJoin(const Data& left, const Data& right, const JoinCase& join) {
  std::vector<Row> rows;
  std::vector<bool> right_matched(right.rows.size());
  const Row left_nulls(left.types.size());
  const Row right_nulls(right.types.size());
  const auto pair = [&](const Row& l, const Row& r) {
    Row row = l;
    row.insert(row.end(), r.begin(), r.end());
    rows.push_back(std::move(row));
  };
  for (const Row& l : left.rows) {
    bool matched = false;
    bool unknown = false;
    for (size_t r = 0; r < right.rows.size(); ++r) {
      const auto match = Matches(l, right.rows[r], join.residual, join.null_safe);
      unknown |= !match.has_value();
      if (match.value_or(false)) {
        matched = true;
        right_matched[r] = true;
        if (join.type == JoinType::kInner || join.type == JoinType::kLeft ||
            join.type == JoinType::kRight || join.type == JoinType::kFull) {
          pair(l, right.rows[r]);
        }
      }
    }
    switch (join.type) {
      case JoinType::kLeft:
      case JoinType::kFull:
        if (!matched) {
          pair(l, right_nulls);
        }
        break;
      case JoinType::kLeftSemi:
        if (matched) {
          rows.push_back(l);
        }
        break;
      case JoinType::kLeftAnti:
        if (!matched) {
          rows.push_back(l);
        }
        break;
      case JoinType::kNullAwareAnti:
        if (!matched && !unknown) {
          rows.push_back(l);
        }
        break;
      case JoinType::kMark:
      case JoinType::kExistenceMark: {
        Row row = l;
        row.push_back(!matched && unknown && join.type == JoinType::kMark
                          ? type::Value()
                          : type::Value::Bool(matched));
        rows.push_back(row);
        break;
      }
      default:
        break;
    }
  }
  if (join.type == JoinType::kRight || join.type == JoinType::kFull) {
    for (size_t r = 0; r < right.rows.size(); ++r) {
      if (!right_matched[r]) {
        pair(left_nulls, right.rows[r]);
      }
    }
  }
  return rows;
}

std::vector<physical::OutputColumn> JoinOutput(const physical::NodePtr& left,
                                               const physical::NodePtr& right, JoinType type) {
  std::vector<physical::OutputColumn> output = left->output;
  switch (type) {
    case JoinType::kMark:
    case JoinType::kExistenceMark:
      output.push_back({"mark", type::Boolean()});
      break;
    case JoinType::kLeftSemi:
    case JoinType::kLeftAnti:
    case JoinType::kNullAwareAnti:
      break;
    default:
      output.insert(output.end(), right->output.begin(), right->output.end());
  }
  return output;
}

plan::ExpressionPtr Shifted(const physical::NodePtr& node, int index, int by) {
  auto ordinal = std::make_shared<plan::Ordinal>();
  ordinal->index = index + by;
  ordinal->type = node->output[index].type;
  return ordinal;
}

const JoinType kAllJoins[] = {JoinType::kInner, JoinType::kLeft,          JoinType::kRight,
                              JoinType::kFull,  JoinType::kLeftSemi,      JoinType::kLeftAnti,
                              JoinType::kMark,  JoinType::kNullAwareAnti, JoinType::kExistenceMark};

TEST(ExecutionTest, HashJoinsOfAllKinds) {
  for (const int num_right : {0, 300}) {
    const Data left = RandomData(700, 200, 3);
    const Data right = RandomData(num_right, 200, 4);
    for (const JoinType type : kAllJoins) {
      for (const bool residual : {false, true}) {
        for (const bool null_safe : {false, true}) {
          for (const physical::Side build : {physical::Side::kLeft, physical::Side::kRight}) {
            const auto l = ScanOf(left);
            const auto r = ScanOf(right);
            auto join = NewNode<physical::HashJoin>({l, r});
            join->join_type = type;
            join->left_keys = {Col(l, 0)};
            join->right_keys = {Col(r, 0)};
            join->null_safe = {null_safe};
            join->build = build;
            if (residual) {
              join->residual = Fn("<", {Col(l, 1), Shifted(r, 1, 3)});
            }
            join->output = JoinOutput(l, r, type);
            SCOPED_TRACE("join type " + std::to_string(static_cast<int>(type)) +
                         (residual ? " residual" : "") + (null_safe ? " null-safe" : "") +
                         (build == physical::Side::kLeft ? " build left" : "") + " right rows " +
                         std::to_string(num_right));
            Check(join, ExpectedJoin(left, right, {type, residual, null_safe}));
          }
        }
      }
    }
  }
}

TEST(ExecutionTest, NestedLoopJoinsOfAllKinds) {
  for (const int num_right : {0, 1, 150}) {
    const Data left = RandomData(300, 100, 5);
    const Data right = RandomData(num_right, 100, 6);
    for (const JoinType type : kAllJoins) {
      const auto l = ScanOf(left);
      const auto r = ScanOf(right);
      auto join = NewNode<physical::NestedLoopJoin>({l, r});
      join->join_type = type;
      join->condition = plan::MakeAnd(
          {Fn("=", {Col(l, 0), Shifted(r, 0, 3)}), Fn("<", {Col(l, 1), Shifted(r, 1, 3)})});
      join->output = JoinOutput(l, r, type);
      SCOPED_TRACE("join type " + std::to_string(static_cast<int>(type)) + " right rows " +
                   std::to_string(num_right));
      Check(join, ExpectedJoin(left, right, {type, true, false}));
    }
  }
}

TEST(ExecutionTest, LargeJoinsSpill) {
  const Data left = RandomData(30000, 20000, 7);
  const Data right = RandomData(30000, 20000, 8);
  for (const JoinType type : {JoinType::kInner, JoinType::kFull, JoinType::kLeftAnti}) {
    const auto l = ScanOf(left);
    const auto r = ScanOf(right);
    auto join = NewNode<physical::HashJoin>({l, r});
    join->join_type = type;
    join->left_keys = {Col(l, 2)};
    join->right_keys = {Col(r, 2)};
    join->output = JoinOutput(l, r, type);
    std::multimap<std::string, const Row*> by_text;
    std::set<const Row*> matched;
    for (const Row& row : right.rows) {
      if (!row[2].is_null()) {
        by_text.emplace(row[2].string(), &row);
      }
    }
    std::vector<Row> expected;
    for (const Row& row : left.rows) {
      bool found = false;
      if (!row[2].is_null()) {
        const auto [begin, end] = by_text.equal_range(row[2].string());
        for (auto it = begin; it != end; ++it) {
          found = true;
          matched.insert(it->second);
          if (type != JoinType::kLeftAnti) {
            Row both = row;
            both.insert(both.end(), it->second->begin(), it->second->end());
            expected.push_back(both);
          }
        }
      }
      if (!found && type != JoinType::kInner) {
        Row both = row;
        if (type == JoinType::kFull) {
          both.resize(6);
        }
        expected.push_back(both);
      }
    }
    if (type == JoinType::kFull) {
      for (const Row& row : right.rows) {
        if (!matched.contains(&row)) {
          Row both(3);
          both.insert(both.end(), row.begin(), row.end());
          expected.push_back(both);
        }
      }
    }
    Check(join, expected, false, true);
  }
}

// -- order
// -----------------------------------------------------------------------------------------------

int CompareNullable(const type::DataType& type, const type::Value& a, const type::Value& b,
                    bool ascending, bool nulls_first) {
  if (a.is_null() || b.is_null()) {
    if (a.is_null() && b.is_null()) {
      return 0;
    }
    return a.is_null() == nulls_first ? -1 : 1;
  }
  const int order = type::CompareValues(type, a, b);
  return ascending ? order : -order;
}

TEST(ExecutionTest, SortAndTopN) {
  const Data data = RandomData(50000, 5000, 9);
  for (const bool ascending : {true, false}) {
    for (const bool nulls_first : {true, false}) {
      const auto scan = ScanOf(data);
      const std::vector<plan::SortOrder> order = {{Col(scan, 2), ascending, nulls_first},
                                                  {Col(scan, 0), !ascending, nulls_first},
                                                  {Col(scan, 1), true, true}};
      std::vector<Row> expected = data.rows;
      std::sort(expected.begin(), expected.end(), [&](const Row& a, const Row& b) {
        int c = CompareNullable(*type::String(), a[2], b[2], ascending, nulls_first);
        if (c == 0) {
          c = CompareNullable(*type::Int(), a[0], b[0], !ascending, nulls_first);
        }
        return c != 0 ? c < 0 : a[1].integer() < b[1].integer();
      });
      auto sort = NewNode<physical::Sort>({scan});
      sort->order = order;
      sort->output = scan->output;
      Check(sort, expected, true, true);
      auto top = NewNode<physical::TopN>({scan});
      top->order = order;
      top->limit = 50;
      top->offset = 7;
      top->output = scan->output;
      Check(top, std::vector<Row>(expected.begin() + 7, expected.begin() + 57), true);
    }
  }
}

TEST(ExecutionTest, SortOrdersNumbersAsSparkDoes) {
  auto values = NewNode<physical::Values>({});
  values->output = {{"d", type::Double()}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double d : {1.5, nan, -0.0, -1e300, 0.5, -2.0}) {
    values->rows.push_back({plan::MakeLiteral(type::Double(), type::Value::Double(d))});
  }
  auto sort = NewNode<physical::Sort>({values});
  sort->order = {{Col(values, 0), true, true}};
  sort->output = values->output;
  std::vector<Row> expected;
  for (const double d : {-1e300, -2.0, -0.0, 0.5, 1.5, nan}) {
    expected.push_back({type::Value::Double(d)});
  }
  Check(sort, expected, true);
}

// -- windows
// ---------------------------------------------------------------------------------------------

TEST(ExecutionTest, WindowFrames) {
  const Data data = RandomData(20000, 400, 10);
  const auto scan = ScanOf(data);
  auto window = NewNode<physical::Window>({scan});
  window->partition_by = {Col(scan, 0)};
  window->order_by = {{Col(scan, 1), true, true}};
  window->output = scan->output;
  const auto add = [&](const std::string& name, bool is_aggregate, plan::ExpressionList arguments,
                       plan::WindowFrame frame, const type::TypePtr& type) {
    physical::WindowCall call;
    call.name = name;
    call.is_aggregate = is_aggregate;
    call.arguments = std::move(arguments);
    call.frame = std::move(frame);
    call.type = type;
    window->calls.push_back(std::move(call));
    window->output.push_back({name, type});
  };
  using plan::BoundKind;
  const auto rows = [](BoundKind start, int from, BoundKind end, int to) {
    plan::WindowFrame frame;
    frame.unit = plan::FrameUnit::kRows;
    frame.start = {start, plan::MakeIntLiteral(from)};
    frame.end = {end, plan::MakeIntLiteral(to)};
    return frame;
  };
  const auto running = rows(BoundKind::kUnboundedPreceding, 0, BoundKind::kCurrentRow, 0);
  const auto whole = rows(BoundKind::kUnboundedPreceding, 0, BoundKind::kUnboundedFollowing, 0);
  const auto moving = rows(BoundKind::kPreceding, 2, BoundKind::kFollowing, 1);
  const auto suffix = rows(BoundKind::kCurrentRow, 0, BoundKind::kUnboundedFollowing, 0);
  plan::WindowFrame near;
  near.unit = plan::FrameUnit::kRange;
  near.start = {BoundKind::kPreceding, plan::MakeLongLiteral(1000)};
  near.end = {BoundKind::kCurrentRow, nullptr};
  add("row_number", false, {}, running, type::Int());
  add("sum", true, {Col(scan, 1)}, running, type::Long());
  add("sum", true, {Col(scan, 1)}, whole, type::Long());
  add("sum", true, {Col(scan, 1)}, moving, type::Long());
  add("sum", true, {Col(scan, 1)}, suffix, type::Long());
  add("count", true, {Col(scan, 1)}, near, type::Long());
  add("lag", false, {Col(scan, 1), plan::MakeIntLiteral(2)}, running, type::Long());
  add("last_value", false, {Col(scan, 1)}, moving, type::Long());
  std::map<std::string, std::vector<Row>> partitions;
  for (const Row& row : data.rows) {
    partitions[type::ValueToSql(*type::Int(), row[0])].push_back(row);
  }
  std::vector<Row> expected;
  for (auto& [key, partition] : partitions) {
    const auto n = static_cast<int64_t>(partition.size());
    const auto sum = [&](int64_t begin, int64_t end) {
      int64_t total = 0;
      for (int64_t i = std::max<int64_t>(begin, 0); i < std::min(end, n); ++i) {
        total += partition[i][1].integer();
      }
      return type::Value::Int(total);
    };
    for (int64_t i = 0; i < n; ++i) {
      Row row = partition[i];
      const int64_t self = row[1].integer();
      row.push_back(type::Value::Int(i + 1));
      row.push_back(sum(0, i + 1));
      row.push_back(sum(0, n));
      row.push_back(sum(i - 2, i + 2));
      row.push_back(sum(i, n));
      int64_t count = 0;
      for (int64_t j = 0; j <= i; ++j) {
        count += partition[j][1].integer() >= self - 1000 ? 1 : 0;
      }
      row.push_back(type::Value::Int(count));
      row.push_back(i >= 2 ? partition[i - 2][1] : type::Value());
      row.push_back(partition[std::min(i + 1, n - 1)][1]);
      expected.push_back(std::move(row));
    }
  }
  Check(window, expected, false, true);
}

TEST(ExecutionTest, SuffixSumsOverOnePartitionUseATree) {
  auto range = NewNode<physical::Range>({});
  range->output = {{"id", type::Long()}};
  range->end = 3000;
  auto window = NewNode<physical::Window>({range});
  window->order_by = {{Col(range, 0), true, true}};
  physical::WindowCall call;
  call.name = "sum";
  call.is_aggregate = true;
  call.arguments = {Col(range, 0)};
  call.frame.unit = plan::FrameUnit::kRows;
  call.frame.start = {plan::BoundKind::kPreceding, plan::MakeIntLiteral(700)};
  call.frame.end = {plan::BoundKind::kFollowing, plan::MakeIntLiteral(333)};
  call.type = type::Long();
  window->calls = {call};
  window->output = {{"id", type::Long()}, {"s", type::Long()}};
  std::vector<Row> expected;
  for (int64_t i = 0; i < 3000; ++i) {
    const int64_t first = std::max<int64_t>(0, i - 700);
    const int64_t last = std::min<int64_t>(2999, i + 333);
    expected.push_back(
        {type::Value::Int(i), type::Value::Int((first + last) * (last - first + 1) / 2)});
  }
  Check(window, expected);
}

// -- the rest
// --------------------------------------------------------------------------------------------

TEST(ExecutionTest, SharedRowsAndUnion) {
  const Data data = RandomData(5000, 100, 11);
  const auto scan = ScanOf(data);
  const auto shared = [&](std::vector<int> projection) {
    auto node = NewNode<physical::Shared>({scan});
    node->shared_id = 7;
    for (const int column : projection) {
      node->output.push_back(scan->output[column]);
    }
    node->projection = std::move(projection);
    return node;
  };
  auto all = NewNode<physical::Union>({shared({1}), shared({1})});
  all->output = {{"c1", type::Long()}};
  std::vector<Row> expected;
  for (int copy = 0; copy < 2; ++copy) {
    for (const Row& row : data.rows) {
      expected.push_back({row[1]});
    }
  }
  Check(all, expected);
}

TEST(ExecutionTest, RecursionEndsOrFails) {
  const auto make = [](int64_t below, int max_depth) {
    auto anchor = NewNode<physical::Values>({});
    anchor->output = {{"n", type::Int()}};
    anchor->rows = {{plan::MakeIntLiteral(1)}};
    auto reference = NewNode<physical::RecursiveReference>({});
    reference->recursive_id = 3;
    reference->output = anchor->output;
    auto filter = NewNode<physical::Filter>({reference});
    filter->output = anchor->output;
    filter->conjuncts = {
        Fn("<", {Col(reference, 0), plan::MakeIntLiteral(static_cast<int32_t>(below))})};
    auto step = NewNode<physical::Project>({filter});
    step->expressions = {Fn("+", {Col(filter, 0), plan::MakeIntLiteral(1)})};
    step->output = anchor->output;
    auto recursive = NewNode<physical::Recursive>({anchor, step});
    recursive->recursive_id = 3;
    recursive->name = "r";
    recursive->max_depth = max_depth;
    recursive->output = anchor->output;
    return recursive;
  };
  std::vector<Row> expected;
  for (int i = 1; i <= 50; ++i) {
    expected.push_back({type::Value::Int(i)});
  }
  Check(make(50, 100), expected, true);
  const auto endless = TryRun(make(1000000, 100));
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(base::GetErrorDetail(endless.status())->condition(), "RECURSION_LEVEL_LIMIT_EXCEEDED");
  auto limit = NewNode<physical::Limit>({make(1000000, 100)});
  limit->limit = 10;
  limit->output = {{"n", type::Int()}};
  EXPECT_EQ(TryRun(limit).ValueOrDie().size(), 10);
}

TEST(ExecutionTest, ErrorsAndCancellationEndTheQuery) {
  auto range = NewNode<physical::Range>({});
  range->output = {{"id", type::Long()}};
  range->end = 1000000;
  auto project = NewNode<physical::Project>({range});
  project->expressions = {Fn(
      "div", {plan::MakeLongLiteral(1), Fn("-", {Col(range, 0), plan::MakeLongLiteral(500000)})})};
  project->output = {{"x", type::Long()}};
  const auto failed = TryRun(project);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(base::GetErrorDetail(failed.status())->condition(), "DIVIDE_BY_ZERO");

  range->end = int64_t{1} << 50;
  base::MemoryBudget budget(1 << 30);
  QueryEnvironment environment;
  environment.context = TestContext();
  environment.budget = &budget;
  environment.cancellation = std::make_shared<base::CancellationToken>();
  environment.num_threads = 2;
  auto query = Query::Start(range, environment).ValueOrDie();
  ASSERT_TRUE(query->Next().ok());
  environment.cancellation->Cancel();
  Status status;
  while (status.ok()) {
    status = query->Next().status();
  }
  EXPECT_EQ(base::GetErrorDetail(status)->condition(), "OPERATION_CANCELED");
}

}  // namespace
}  // namespace emery::execution
