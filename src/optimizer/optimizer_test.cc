// The rules at work on SQL text: what a plan holds afterwards, and in which order.
#include "optimizer/optimizer.h"

#include <string>

#include "gtest/gtest.h"

#include "analyzer/sample_tables.h"

namespace emery::optimizer {

namespace {

using analyzer::SampleTables;

std::string Text(const std::string& sql) {
  SampleTables tables;
  const Result<plan::PlanPtr> resolved = tables.Analyze(sql);
  if (!resolved.ok()) {
    return resolved.status().ToString();
  }
  return SampleTables::Text(Optimize(*resolved, tables.context(), tables.config()));
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(PushFilters, GoIntoTheScanBelowAJoin) {
  const std::string text =
      Text("SELECT e.id FROM emp e JOIN dept d ON e.dept = d.id WHERE e.pay > 5 AND d.name = 'x'");
  EXPECT_FALSE(Has(text, "Filter ")) << text;
  EXPECT_TRUE(Has(text, "pay > 5")) << text;
  EXPECT_GT(text.find("pay > 5"), text.find("Join")) << text;
}

TEST(PushFilters, StayAboveTheSideThatAnOuterJoinFillsIn) {
  const std::string text = Text(
      "SELECT e.id FROM emp e LEFT JOIN dept d ON e.dept = d.id WHERE coalesce(d.name, 'y') = 'y'");
  EXPECT_LT(text.find("Filter "), text.find("Join Left")) << text;
}

TEST(PushFilters, AnOuterJoinWhoseNullsAreDroppedIsInner) {
  const std::string text =
      Text("SELECT e.id FROM emp e LEFT JOIN dept d ON e.dept = d.id WHERE d.name = 'y'");
  EXPECT_TRUE(Has(text, "Join Inner")) << text;
}

TEST(PruneColumns, ScansReadWhatIsAskedFor) {
  const std::string text = Text("SELECT name FROM emp WHERE pay > 1");
  EXPECT_FALSE(Has(text, "dept")) << text;
}

TEST(SubqueriesToJoins, ByKind) {
  EXPECT_TRUE(Has(Text("SELECT id FROM emp WHERE dept IN (SELECT id FROM dept)"), "Join LeftSemi"));
  EXPECT_TRUE(Has(Text("SELECT id FROM emp WHERE dept NOT IN (SELECT id FROM dept)"),
                  "Join NullAwareAnti"));
  EXPECT_TRUE(Has(Text("SELECT id FROM emp e WHERE NOT EXISTS (SELECT 1 FROM dept d WHERE d.id = "
                       "e.dept)"),
                  "Join LeftAnti"));
  EXPECT_TRUE(Has(Text("SELECT id IN (SELECT id FROM dept) FROM emp"), "Join Mark"));
  EXPECT_TRUE(
      Has(Text("SELECT (SELECT name FROM dept d WHERE d.id = e.dept) FROM emp e"), "Join Single"));
  EXPECT_TRUE(Has(Text("SELECT (SELECT max(name) FROM dept d WHERE d.id = e.dept) FROM emp e"),
                  "Join Left"));
}

TEST(Decorrelate, EqualitiesNeedNoDomain) {
  const std::string text =
      Text("SELECT id, (SELECT sum(pay) FROM emp e WHERE e.dept = d.id) FROM dept d");
  EXPECT_FALSE(Has(text, "lateral")) << text;
  EXPECT_EQ(Count(text, "Scan dept"), 1U) << text;
  EXPECT_TRUE(Has(text, "Aggregate [dept")) << text;
}

TEST(Decorrelate, OtherComparisonsOfAnAggregateJoinTheDomain) {
  const std::string text =
      Text("SELECT id, (SELECT sum(pay) FROM emp e WHERE e.dept < d.id) FROM dept d");
  EXPECT_FALSE(Has(text, "lateral")) << text;
  EXPECT_EQ(Count(text, "Scan dept"), 2U) << text;
}

TEST(Decorrelate, CountOfNothingIsZero) {
  const std::string text =
      Text("SELECT id, (SELECT count(*) FROM emp e WHERE e.dept = d.id) FROM dept d");
  EXPECT_TRUE(Has(text, "CASE") || Has(text, "coalesce")) << text;
}

TEST(OrderJoins, SmallTablesAreJoinedFirst) {
  const std::string text = Text(
      "SELECT count(*) FROM city c, emp e, dept d WHERE c.dept = d.id AND e.dept = d.id AND d.name "
      "= "
      "'x'");
  const size_t city = text.find("Scan city");
  const size_t emp = text.find("Scan emp");
  const size_t dept = text.find("Scan dept");
  ASSERT_NE(city, std::string::npos) << text;
  // The largest table is alone on its side of the last join.
  EXPECT_TRUE(city < std::min(emp, dept) || city > std::max(emp, dept)) << text;
  EXPECT_FALSE(Has(text, "Cross")) << text;
}

TEST(ReviewShared, ReadersOfOneSubplanShareIt) {
  const std::string text = Text(
      "WITH c AS (SELECT dept, sum(pay) AS s FROM emp GROUP BY dept) SELECT a.s, b.s FROM c a JOIN "
      "c "
      "b ON a.dept = b.dept + 1");
  EXPECT_EQ(Count(text, "Shared "), 2U) << text;
}

TEST(SimplifyPlan, NothingIsReadForAFalseCondition) {
  EXPECT_FALSE(Has(Text("SELECT id FROM emp WHERE 1 = 2"), "Scan"));
}

TEST(RaiseConstantErrors, UnlessNobodyReadsThem) {
  EXPECT_TRUE(Has(Text("SELECT 1 / 0 FROM emp WHERE false"), "DIVIDE_BY_ZERO"));
  EXPECT_TRUE(Has(Text("SELECT id FROM emp WHERE id = 1 AND 1 / 0 = 1"), "DIVIDE_BY_ZERO"));
  EXPECT_TRUE(Has(Text("SELECT id FROM (SELECT id, 1 / 0 FROM emp)"), "Scan emp"));
  EXPECT_TRUE(Has(Text("SELECT CASE WHEN id = 1 THEN 1 / 0 END FROM emp"), "Scan emp"));
}

TEST(Optimizer, RulesCanBeLeftOut) {
  SampleTables tables;
  base::Config config;
  ASSERT_TRUE(config.Set("emery.optimizer.excludedRules", "PushFilters").ok());
  const plan::PlanPtr resolved = *tables.Analyze("SELECT id FROM emp WHERE pay > 5");
  EXPECT_TRUE(Has(SampleTables::Text(Optimize(resolved, tables.context(), config)), "Filter "));
}

}  // namespace

}  // namespace emery::optimizer
