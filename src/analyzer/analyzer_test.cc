// What SQL text becomes once names are bound: shapes of plans that results alone do not show, and
// where errors point.
#include "analyzer/analyzer.h"

#include <string>

#include "gtest/gtest.h"

#include "analyzer/sample_tables.h"

namespace emery::analyzer {

namespace {

std::string Text(const std::string& sql) {
  SampleTables tables;
  return SampleTables::Text(tables.Analyze(sql));
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

TEST(Analyzer, AggregatesAreTakenOutOfExpressions) {
  const std::string text = Text("SELECT sum(pay) + 1 FROM emp GROUP BY dept HAVING sum(pay) > 5");
  EXPECT_EQ(Count(text, "Aggregate ["), 1U) << text;
  EXPECT_EQ(Count(text, "[sum(pay) AS"), 1U) << text;  // HAVING reads the same one
  EXPECT_TRUE(Has(text, "Filter ")) << text;
}

TEST(Analyzer, CoercionIsACast) {
  EXPECT_TRUE(Has(Text("SELECT id + 1L FROM emp"), "CAST(id AS BIGINT)"));
}

TEST(Analyzer, CommonTableExpressionsWithOneReaderGoInLine) {
  EXPECT_EQ(Count(Text("WITH c AS (SELECT id FROM emp) SELECT * FROM c"), "Shared"), 0U);
  EXPECT_EQ(
      Count(Text("WITH c AS (SELECT id FROM emp) SELECT * FROM c a JOIN c b USING (id)"), "Shared"),
      2U);
}

TEST(Analyzer, WindowsOfOneOrderShareANode) {
  const std::string text = Text(
      "SELECT rank() OVER (ORDER BY pay), sum(id) OVER (ORDER BY pay), max(id) OVER () FROM emp");
  EXPECT_EQ(Count(text, "Window ["), 2U) << text;
}

TEST(Analyzer, WindowsInsideWindowsComeFirst) {
  const std::string text = Text("SELECT sum(rank() OVER (ORDER BY pay)) OVER () FROM emp");
  EXPECT_EQ(Count(text, "Window ["), 2U) << text;
  EXPECT_LT(text.find("sum("), text.rfind("rank(")) << text;
}

TEST(Analyzer, SlidingWindowsAreAnExpand) {
  EXPECT_TRUE(
      Has(Text("SELECT count(*) FROM emp GROUP BY window(current_timestamp(), '10 minutes', "
               "'5 minutes')"),
          "Expand"));
  EXPECT_FALSE(
      Has(Text("SELECT count(*) FROM emp GROUP BY window(current_timestamp(), '10 minutes')"),
          "Expand"));
}

TEST(Analyzer, NamesLeadOneQueryOutwards) {
  EXPECT_TRUE(
      Has(Text("SELECT * FROM emp WHERE EXISTS (SELECT 1 FROM dept WHERE dept.id = emp.dept)"),
          "outer"));
  EXPECT_EQ(Text("SELECT * FROM emp WHERE EXISTS (SELECT 1 FROM dept WHERE EXISTS (SELECT 1 FROM "
                 "city WHERE city.dept = emp.dept))"),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION");
}

TEST(Analyzer, CorrelationThatSparkRefuses) {
  EXPECT_EQ(Text("SELECT (SELECT max(e.id) FROM dept) FROM emp e"),
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE");
  EXPECT_EQ(Text("SELECT id FROM emp e ORDER BY EXISTS (SELECT 1 FROM dept)"),
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY");
  EXPECT_EQ(Text("SELECT dept, (SELECT max(name) FROM dept d WHERE d.id = e.dept) FROM emp e GROUP "
                 "BY dept"),
            "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION");
}

TEST(Analyzer, SuggestionsComeByDistanceThenName) {
  SampleTables tables;
  const Status status = tables.Analyze("SELECT pai FROM emp").status();
  EXPECT_EQ(SampleTables::Condition(status), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_NE(status.message().find("[`pay`, `id`, "), std::string::npos) << status.message();
  EXPECT_EQ(base::GetErrorDetail(status)->position().column, 7);
}

}  // namespace

}  // namespace emery::analyzer
