#include "sql/parser.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "sql/lexer.h"

namespace emery::sql {
namespace {

std::string Plan(std::string_view text, const ParserOptions& options = {}) {
  Result<plan::PlanPtr> plan = ParseStatement(text, options);
  return plan.ok() ? plan::ToString(*plan) : "error: " + plan.status().message();
}

std::string Expr(std::string_view text, const ParserOptions& options = {}) {
  Result<plan::ExpressionPtr> e = ParseExpression(text, options);
  return e.ok() ? plan::ToString(*e) : "error: " + e.status().message();
}

/// "CONDITION line:column" of the error, "ok" where there is none.
std::string Error(std::string_view text, const ParserOptions& options = {}) {
  Result<plan::PlanPtr> plan = ParseStatement(text, options);
  if (plan.ok()) {
    return "ok";
  }
  const base::ErrorDetail* detail = base::GetErrorDetail(plan.status());
  if (detail == nullptr) {
    return "no detail: " + plan.status().message();
  }
  return detail->condition() + " " + std::to_string(detail->position().line) + ":" +
         std::to_string(detail->position().column);
}

template <class T>
const T* Statement(std::string_view text, plan::PlanPtr* keep) {
  Result<plan::PlanPtr> plan = ParseStatement(text, ParserOptions());
  EXPECT_TRUE(plan.ok()) << text << ": " << plan.status().message();
  if (!plan.ok()) {
    return nullptr;
  }
  *keep = *plan;
  const T* command = plan::AsCommand<T>(*keep);
  EXPECT_NE(command, nullptr) << text;
  return command;
}

template <class T>
const T* Node(std::string_view text, plan::ExpressionPtr* keep) {
  Result<plan::ExpressionPtr> e = ParseExpression(text, ParserOptions());
  EXPECT_TRUE(e.ok()) << text << ": " << e.status().message();
  if (!e.ok()) {
    return nullptr;
  }
  *keep = *e;
  const T* node = plan::As<T>(*keep);
  EXPECT_NE(node, nullptr) << text;
  return node;
}

// Two texts that mean the same tree.
void ExpectSame(std::string_view a, std::string_view b) {
  EXPECT_EQ(Expr(a), Expr(b)) << a;
}

TEST(Lexer, NumbersAndIdentifiers) {
  const auto kinds = [](std::string_view text) {
    std::vector<TokenKind> kinds;
    Result<std::vector<Token>> tokens = Tokenize(text, false);
    EXPECT_TRUE(tokens.ok());
    for (const Token& token : *tokens) {
      kinds.push_back(token.kind);
    }
    kinds.pop_back();
    return kinds;
  };
  using K = TokenKind;
  EXPECT_EQ(kinds("1 1L 1S 1Y 1F 1D 1BD"),
            (std::vector<K>{K::kInteger, K::kBigint, K::kSmallint, K::kTinyint, K::kFloat,
                            K::kDouble, K::kBigDecimal}));
  EXPECT_EQ(kinds("1.5 .5 1. 1e3 1.5e-3 1.e3 1e3F"),
            (std::vector<K>{K::kDecimal, K::kDecimal, K::kDecimal, K::kExponent, K::kExponent,
                            K::kExponent, K::kFloat}));
  EXPECT_EQ(kinds("1a 12ab 1e 1LL"), (std::vector<K>{K::kWord, K::kWord, K::kWord, K::kWord}));
  EXPECT_EQ(kinds("a.1b"), (std::vector<K>{K::kWord, K::kDot, K::kWord}));
  EXPECT_EQ(kinds("1.a"), (std::vector<K>{K::kInteger, K::kDot, K::kWord}));
  EXPECT_EQ(
      kinds("<=> >>> >> |> || -> => :: !="),
      (std::vector<K>{K::kNullSafeEqual, K::kShiftRightUnsigned, K::kShiftRight, K::kPipeOperator,
                      K::kConcat, K::kArrow, K::kFatArrow, K::kDoubleColon, K::kNotEqual}));
  EXPECT_EQ(kinds("a /* b /* c */ d */ e -- f\n g"),
            (std::vector<K>{K::kWord, K::kWord, K::kWord}));
  EXPECT_EQ(kinds("'abc"), (std::vector<K>{K::kUnrecognized}));
}

TEST(Lexer, Strings) {
  EXPECT_EQ(UnquoteString(R"('a\nb\'c')", false), "a\nb'c");
  EXPECT_EQ(UnquoteString(R"('it''s')", false), "it's");
  EXPECT_EQ(UnquoteString(R"("a""b'")", false), "a\"b'");
  EXPECT_EQ(UnquoteString(R"('\u0041\101\x\%\_')", false), R"(AAx\%\_)");
  EXPECT_EQ(UnquoteString(R"('\U0001F600')", false), "\xF0\x9F\x98\x80");
  EXPECT_EQ(UnquoteString(R"('\uD83D\uDE00')", false), "\xF0\x9F\x98\x80");
  EXPECT_EQ(UnquoteString(R"(r'a\nb')", false), R"(a\nb)");
  EXPECT_EQ(UnquoteString(R"('a\nb')", true), R"(a\nb)");
  EXPECT_EQ(UnquoteName("`a``b`"), "a`b");
}

TEST(Script, Splits) {
  const std::string_view script =
      "-- first\nSELECT ';' ; /* ; */ SELECT `;`;\n;;SELECT r'\\' ; SELECT 2 -- end;";
  const std::vector<ScriptStatement> statements = SplitScript(script);
  ASSERT_EQ(statements.size(), 4U);
  EXPECT_EQ(statements[0].text, "SELECT ';'");
  EXPECT_EQ(statements[1].text, "SELECT `;`");
  EXPECT_EQ(statements[2].text, "SELECT r'\\'");
  EXPECT_TRUE(statements[2].complete);
  EXPECT_FALSE(statements[3].complete);
  for (const ScriptStatement& s : statements) {
    EXPECT_EQ(script.substr(s.offset, s.text.size()), s.text);
  }
  EXPECT_TRUE(SplitScript(" -- nothing\n ; /* at all */ ").empty());
}

TEST(Expressions, Precedence) {
  ExpectSame("a + b * c", "a + (b * c)");
  ExpectSame("a - b - c", "(a - b) - c");
  ExpectSame("NOT a = b AND c OR d", "((NOT (a = b)) AND c) OR d");
  ExpectSame("a | b ^ c & d << e + f", "a | (b ^ (c & (d << (e + f))))");
  ExpectSame("a || b = c || d", "(a || b) = (c || d)");
  ExpectSame("-a::int", "-(a::int)");
  ExpectSame("a BETWEEN 1 AND 2 AND b", "(a >= 1 AND a <= 2) AND b");
  ExpectSame("a = b IS NULL", "(a = b) IS NULL");
  ExpectSame("a IS NOT DISTINCT FROM b", "a <=> b");
  ExpectSame("a == b", "a = b");
  ExpectSame("a <> b", "a != b");
  ExpectSame("a !> b", "a <= b");
  ExpectSame("NOT a IN (1, 2)", "a NOT IN (1, 2)");
  ExpectSame("a LIKE ANY ('x', 'y')", "a LIKE 'x' OR a LIKE 'y'");
  ExpectSame("a NOT LIKE ALL ('x', 'y')", "a NOT LIKE 'x' AND a NOT LIKE 'y'");
  ExpectSame("CASE a WHEN 1 THEN b ELSE c END", "CASE WHEN a = 1 THEN b ELSE c END");
  ExpectSame("a REGEXP b", "a RLIKE b");
}

TEST(Expressions, Literals) {
  plan::ExpressionPtr keep;
  const auto type_of = [&](std::string_view text) {
    const auto* literal = Node<plan::Literal>(text, &keep);
    return literal == nullptr ? "none" : literal->type->ToString();
  };
  EXPECT_EQ(type_of("1"), "int");
  EXPECT_EQ(type_of("-2147483648"), "int");
  EXPECT_EQ(type_of("99999999999"), "bigint");
  EXPECT_EQ(type_of("- 9223372036854775808"), "bigint");
  EXPECT_EQ(type_of("9223372036854775808"), "decimal(19,0)");
  EXPECT_EQ(type_of("-128Y"), "tinyint");
  EXPECT_EQ(type_of("1.5"), "decimal(2,1)");
  EXPECT_EQ(type_of("0.05"), "decimal(2,2)");
  EXPECT_EQ(type_of("1."), "decimal(1,0)");
  EXPECT_EQ(type_of("1e3BD"), "decimal(4,0)");
  EXPECT_EQ(type_of("1e3"), "double");
  EXPECT_EQ(type_of("1F"), "float");
  EXPECT_EQ(type_of("'a' 'b'"), "string");
  EXPECT_EQ(type_of("X'1F'"), "binary");
  EXPECT_EQ(type_of("NULL"), "void");
  EXPECT_EQ(type_of("DATE '2020-02-29'"), "date");
  EXPECT_EQ(type_of("INTERVAL 3 DAYS"), "interval day");
  EXPECT_EQ(type_of("INTERVAL '1-2' YEAR TO MONTH"), "interval year to month");
  EXPECT_EQ(type_of("INTERVAL '1 02:03:04.5' DAY TO SECOND"), "interval day to second");
  EXPECT_EQ(type_of("INTERVAL 1 WEEK 2 HOURS"), "interval day to hour");
  const auto* interval = Node<plan::Literal>("INTERVAL -'1-2' YEAR TO MONTH", &keep);
  EXPECT_EQ(interval->value.integer(), -14);
  const auto* micros = Node<plan::Literal>("INTERVAL '1 02:03:04.5' DAY TO SECOND", &keep);
  EXPECT_EQ(micros->value.integer(), 93784500000);
  const auto* timestamp = Node<plan::UnresolvedLiteral>("TIMESTAMP '2020-01-01 00:00:00'", &keep);
  EXPECT_EQ(timestamp->text, "2020-01-01 00:00:00");
  ASSERT_NE(Node<plan::UnresolvedColumn>("interval", &keep), nullptr);
}

TEST(Expressions, FunctionsWithTheirOwnSyntax) {
  ExpectSame("TRIM(BOTH 'x' FROM a)", "trim('x', a)");
  ExpectSame("TRIM(LEADING FROM a)", "ltrim(a)");
  ExpectSame("SUBSTRING(a FROM 2 FOR 3)", "substring(a, 2, 3)");
  ExpectSame("substring(CASE WHEN a IS DISTINCT FROM b THEN c END, 1, 2)",
             "substring(CASE WHEN NOT (a <=> b) THEN c END, 1, 2)");
  ExpectSame("POSITION('x' IN a)", "locate('x', a, 1)");
  ExpectSame("OVERLAY(a PLACING b FROM 1)", "overlay(a, b, 1, -1)");
  plan::ExpressionPtr keep;
  const auto* count = Node<plan::UnresolvedFunction>("count(DISTINCT a) FILTER (WHERE b)", &keep);
  EXPECT_TRUE(count->distinct);
  EXPECT_NE(count->filter, nullptr);
  const auto* first = Node<plan::UnresolvedFunction>("first(a IGNORE NULLS)", &keep);
  EXPECT_EQ(first->ignore_nulls, true);
  const auto* window = Node<plan::UnresolvedWindow>(
      "sum(a) OVER (PARTITION BY b ORDER BY c DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
      &keep);
  ASSERT_TRUE(window->spec.frame.has_value());
  EXPECT_EQ(window->spec.frame->unit, plan::FrameUnit::kRows);
  EXPECT_FALSE(window->spec.order_by[0].nulls_first);
  const auto* lambda = Node<plan::Lambda>("(x, y) -> x + y", &keep);
  EXPECT_EQ(lambda->parameter_names, (std::vector<std::string>{"x", "y"}));
  ASSERT_NE(Node<plan::UnresolvedExtract>("a.b[0].c", &keep), nullptr);
  const auto* column = Node<plan::UnresolvedColumn>("IDENTIFIER('a.`b c`')", &keep);
  EXPECT_EQ(column->parts, (std::vector<std::string>{"a", "b c"}));
}

TEST(Expressions, Positions) {
  Result<plan::ExpressionPtr> e = ParseExpression("a +\n  bc", ParserOptions());
  ASSERT_TRUE(e.ok());
  EXPECT_EQ((*e)->position.begin, 0);
  EXPECT_EQ((*e)->position.end, 8);
  const base::Position& right = (*e)->children[1]->position;
  EXPECT_EQ(right.begin, 6);
  EXPECT_EQ(right.line, 2);
  EXPECT_EQ(right.column, 2);
}

TEST(Queries, WordsAreNamesWhereTheyCanBe) {
  for (const std::string_view text : {
           "SELECT end, case FROM t",
           "SELECT a FROM t where",
           "SELECT date, year, interval, values FROM from",
           "SELECT a select FROM t order ORDER BY a",
           "SELECT t.left, t.join FROM t",
           "SELECT left('a', 1), right('a', 1), filter(a, x -> x), if(a, b, c)",
           "SELECT a union, b except FROM t",
           "SELECT FROM t",
       }) {
    EXPECT_EQ(Error(text), "ok") << text;
  }
  ParserOptions reserved;
  reserved.enforce_reserved_keywords = true;
  EXPECT_EQ(Error("SELECT end FROM t", reserved), "PARSE_SYNTAX_ERROR 1:7");
  EXPECT_EQ(Error("SELECT year FROM t", reserved), "ok");
}

TEST(Queries, Accepted) {
  for (const std::string_view text : {
           "TABLE t UNION ALL VALUES (1) LIMIT 3",
           "(SELECT 1) UNION (SELECT 2 ORDER BY 1) ORDER BY 1 LIMIT ALL OFFSET 2",
           "SELECT ((SELECT 1) + 1), ((SELECT 2)), (((SELECT 1) UNION (SELECT 2)))",
           "SELECT * FROM ((SELECT 1) a JOIN b), ((SELECT 1)), (SELECT 1) TABLESAMPLE (1 ROWS) x",
           "SELECT * FROM a NATURAL LEFT JOIN b ANTI JOIN c ON x CROSS JOIN d",
           "SELECT * FROM a, LATERAL (SELECT a.x) b, LATERAL explode(b.y) AS e(z)",
           "SELECT * FROM t FOR SYSTEM_TIME AS OF '2020-01-01' AS x, u VERSION AS OF 3 v",
           "SELECT * FROM t WITH ('a' = 'b') x",
           "SELECT a FROM t GROUP BY ALL HAVING a > 1 QUALIFY row_number() OVER (ORDER BY a) = 1",
           "SELECT a FROM t GROUP BY a, b WITH ROLLUP",
           "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (), ROLLUP(a, b), CUBE(c))",
           "SELECT * FROM t LATERAL VIEW OUTER explode(x) t2 AS y WHERE y",
           "SELECT * FROM t PIVOT (sum(a) AS s, max(b) FOR (c, d) IN ((1, 2) AS x, (3, 4)))",
           "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS x, (c, d)))",
           "WITH RECURSIVE r(n) MAX RECURSION LEVEL 10 AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
           "SELECT * FROM r",
           "FROM t SELECT a WHERE b",
           "FROM t |> WHERE a > 1 |> EXTEND a + 1 AS b |> SET b = 2 |> DROP a |> AS x "
           "|> AGGREGATE sum(b) AS s GROUP BY c |> ORDER BY s |> LIMIT 3 |> UNION ALL TABLE y",
           "SELECT /*+ BROADCAST(a), REPARTITION(3) */ * FROM a",
           "SELECT * FROM parquet.`/a/b*.parquet`",
           "SELECT * FROM VALUES 1, 2 t(x)",
           "SELECT cast(a AS struct<x:int,y:array<array<int>>,z:map<string,map<int,int>>>)",
           "SELECT * FROM f(TABLE(t), x => TABLE (SELECT 1))",
           "SELECT * EXCEPT (a, b.c) FROM t",
           "SELECT * FROM t WHERE (a, b) IN (SELECT 1, 2) AND EXISTS (SELECT 1)",
           "SELECT 1;;",
       }) {
    EXPECT_EQ(Error(text), "ok") << text;
  }
}

TEST(Queries, IntersectBindsTighter) {
  EXPECT_EQ(Plan("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3"),
            Plan("SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)"));
  EXPECT_EQ(Plan("SELECT 1 EXCEPT SELECT 2 UNION SELECT 3"),
            Plan("(SELECT 1 EXCEPT SELECT 2) UNION SELECT 3"));
}

TEST(Queries, GroupingSets) {
  const auto sets = [](std::string_view text) {
    Result<plan::PlanPtr> plan = ParseStatement(text, ParserOptions());
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    const auto* select = plan::As<plan::UnresolvedSelect>(*plan);
    return select == nullptr ? std::vector<std::vector<int>>() : select->grouping.sets;
  };
  using Sets = std::vector<std::vector<int>>;
  EXPECT_EQ(sets("SELECT 1 FROM t GROUP BY ROLLUP(a, b)"), (Sets{{0, 1}, {0}, {}}));
  EXPECT_EQ(sets("SELECT 1 FROM t GROUP BY CUBE(a, b)"), (Sets{{0, 1}, {0}, {1}, {}}));
  EXPECT_EQ(sets("SELECT 1 FROM t GROUP BY a, ROLLUP(b, (c, A))"), (Sets{{0, 1, 2}, {0, 1}, {0}}));
  EXPECT_EQ(sets("SELECT 1 FROM t GROUP BY a, b GROUPING SETS ((a), (b), ())"),
            (Sets{{0}, {1}, {}}));
  EXPECT_EQ(Error("SELECT 1 FROM t GROUP BY CUBE(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q)"),
            "GROUPING_SIZE_LIMIT_EXCEEDED 1:16");
}

TEST(Errors, ConditionsAndPlaces) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };

  for (const Case& c : std::vector<Case>{
           {"", "PARSE_EMPTY_STATEMENT 1:0"},
           {"  -- x", "PARSE_EMPTY_STATEMENT 1:6"},
           {"SELEC 1", "PARSE_SYNTAX_ERROR 1:0"},
           {"SELECT 1 FRM t", "PARSE_SYNTAX_ERROR 1:13"},
           {"SELECT 'a\nb', 1\n FRM x y z", "PARSE_SYNTAX_ERROR 3:5"},
           {"SELECT * FROM t WHERE (a", "PARSE_SYNTAX_ERROR 1:24"},
           {"SELECT (a FROM t", "PARSE_SYNTAX_ERROR 1:10"},
           {"SELECT 'abc", "PARSE_SYNTAX_ERROR 1:7"},
           {"SELECT a..b", "PARSE_SYNTAX_ERROR 1:9"},
           {"SELECT 1 IN ()", "PARSE_SYNTAX_ERROR 1:12"},
           {"SELECT /* unclosed", "UNCLOSED_BRACKETED_COMMENT 1:7"},
           {"SELECT 300Y", "INVALID_NUMERIC_LITERAL_RANGE 1:7"},
           {"SELECT 1e400", "INVALID_NUMERIC_LITERAL_RANGE 1:7"},
           {"SELECT DATE 'x'", "INVALID_TYPED_LITERAL 1:7"},
           {"SELECT TIMESTAMP 'x'", "INVALID_TYPED_LITERAL 1:7"},
           {"SELECT GEO 'x'", "UNSUPPORTED_TYPED_LITERAL 1:7"},
           {"SELECT CAST(1 AS FOO)", "UNSUPPORTED_DATATYPE 1:17"},
           {"SELECT CAST(1 AS CHAR)", "DATATYPE_MISSING_SIZE 1:17"},
           {"SELECT CAST(1 AS DECIMAL(39,1))", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION 1:17"},
           {"SELECT INTERVAL 1 YEAR 2 DAYS", "_LEGACY_ERROR_TEMP_0029 1:7"},
           {"WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1", "DUPLICATED_CTE_NAMES 1:0"},
           {"SELECT 1 FROM t WINDOW w AS (ORDER BY a), w AS (ORDER BY b)",
            "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION 1:16"},
           {"SELECT * FROM test-table", "INVALID_IDENTIFIER 1:14"},
           {"CREATE TABLE t (a INT) LOCATION 'x' LOCATION 'y'", "DUPLICATE_CLAUSES 1:23"},
           {"SELECT 'a' LIKE 'b' ESCAPE 'xx'", "INVALID_ESC 1:11"},
           {"SELECT * FROM VALUES (1), (1, 2)", "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH 1:14"},
           {"MERGE INTO t USING s ON a = b", "MERGE_WITHOUT_WHEN 1:0"},
           {"SET a b c", "INVALID_SET_SYNTAX 1:0"},
           {"BEGIN SELECT 1; END", "UNSUPPORTED_FEATURE 1:0"},
           {"GRANT x", "INVALID_STATEMENT_OR_CLAUSE 1:0"},
       }) {
    EXPECT_EQ(Error(c.text), c.error) << c.text;
  }
}

TEST(Errors, DeepTextEndsInAnErrorOfItsOwn) {
  const auto repeat = [](std::string_view part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += part;
    }
    return text;
  };
  constexpr int kDeep = 100000;
  const std::string complex = "FAILED_TO_PARSE_TOO_COMPLEX";
  for (const std::string& text : std::vector<std::string>{
           "SELECT " + repeat("(", kDeep) + "1" + repeat(")", kDeep),
           "SELECT " + repeat("(", kDeep),
           "SELECT " + repeat("NOT ", kDeep) + "a",
           "SELECT " + repeat("- ", kDeep) + "a",
           "SELECT 1" + repeat(" + 1", kDeep),
           "SELECT " + repeat("a[", kDeep),
           "SELECT a" + repeat("[0]", kDeep),
           "SELECT " + repeat("f(", kDeep),
           "SELECT " + repeat("CASE WHEN ", kDeep),
           "SELECT CAST(a AS " + repeat("array<", kDeep) + "int",
           repeat("(", kDeep) + "SELECT 1" + repeat(")", kDeep),
           "SELECT 1" + repeat(" UNION SELECT 1", kDeep),
           "SELECT * FROM " + repeat("(SELECT * FROM ", kDeep) + "t" + repeat(")", kDeep),
           "SELECT * FROM " + repeat("(", kDeep) + "t" + repeat(")", kDeep),
           "SELECT * FROM t" + repeat(" JOIN t", kDeep),
           repeat("EXPLAIN ", kDeep) + "SELECT 1",
       }) {
    const std::string error = Error(text);
    EXPECT_EQ(error.substr(0, complex.size()), complex) << text.substr(0, 60);
  }
  // Wide is not deep.
  EXPECT_EQ(Error("SELECT 1" + repeat(" AND a", 20000)), "ok");
  EXPECT_EQ(Error("SELECT a IN (1" + repeat(", 1", 20000) + ")"), "ok");
  EXPECT_EQ(Error("SELECT " + repeat("(", 200) + "1" + repeat(")", 200)), "ok");
}

TEST(Statements, CreateTable) {
  plan::PlanPtr keep;
  const auto* table = Statement<plan::CreateTable>(
      "CREATE TABLE IF NOT EXISTS a.b (x INT NOT NULL DEFAULT 1 + 1 COMMENT 'y', z TIMESTAMP) "
      "USING iceberg PARTITIONED BY (bucket(16, x), days(z), x) TBLPROPERTIES ('k' = 'v') "
      "LOCATION 'd' OPTIONS (e 'f', 'g' = 1 + 1)",
      &keep);
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->if_not_exists);
  EXPECT_EQ(table->name.parts, (plan::Name{"a", "b"}));
  EXPECT_FALSE(table->columns[0].nullable);
  EXPECT_EQ(table->columns[0].default_sql, "1 + 1");
  ASSERT_EQ(table->partitioning.size(), 3U);
  EXPECT_EQ(table->partitioning[0].name, "bucket");
  EXPECT_EQ(table->partitioning[0].arguments[0].integer(), 16);
  EXPECT_EQ(table->partitioning[2].name, "");
  EXPECT_EQ(table->options.at("e"), "f");
  const auto* view = Statement<plan::CreateView>(
      "CREATE OR REPLACE TEMP VIEW v (a COMMENT 'x') AS SELECT  1 ;", &keep);
  EXPECT_EQ(view->query_text, "SELECT  1");
}

TEST(Statements, Dml) {
  plan::PlanPtr keep;
  const auto* insert =
      Statement<plan::Insert>("INSERT OVERWRITE TABLE t PARTITION (a = 1, b) (c) SELECT 1", &keep);
  EXPECT_TRUE(insert->overwrite);
  EXPECT_EQ(insert->partition[1].second, nullptr);
  const auto* values = Statement<plan::Insert>("INSERT INTO t (a, b) VALUES (1, DEFAULT)", &keep);
  const auto* rows = plan::As<plan::UnresolvedInlineTable>(values->inputs[0]);
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(rows->rows[0][1]->kind, plan::ExpressionKind::kDefault);
  const auto* merge = Statement<plan::Merge>(
      "MERGE INTO c.t t USING (SELECT * FROM s) s ON (t.id BETWEEN 1 AND 2) AND t.id = s.id "
      "WHEN MATCHED AND x THEN DELETE WHEN MATCHED THEN UPDATE SET * "
      "WHEN NOT MATCHED THEN INSERT *",
      &keep);
  ASSERT_EQ(merge->clauses.size(), 3U);
  EXPECT_EQ(merge->alias, "t");
  const auto* update = Statement<plan::Update>("UPDATE t SET a = DEFAULT, b.c = 2 WHERE d", &keep);
  EXPECT_EQ(update->assignments[1].column, (plan::Name{"b", "c"}));
  ASSERT_NE(Statement<plan::Delete>("DELETE FROM t AS x WHERE x.a = 1", &keep), nullptr);
}

TEST(Statements, Session) {
  plan::PlanPtr keep;
  const auto* set = Statement<plan::Set>("SET spark.a.b =  c d ; ", &keep);
  EXPECT_EQ(set->key, "spark.a.b");
  EXPECT_EQ(set->value, "c d");
  EXPECT_EQ(Statement<plan::Set>("SET rows=4e9", &keep)->value, "4e9");
  EXPECT_EQ(Statement<plan::Set>("SET `a b`=`c;d`", &keep)->value, "c;d");
  EXPECT_TRUE(Statement<plan::Set>("SET -v", &keep)->verbose);
  const auto* call = Statement<plan::CallProcedure>(
      "CALL c.system.p(table => 'a.b', options => map('x', 'y'))", &keep);
  EXPECT_EQ(call->procedure.parts.size(), 3U);
  EXPECT_EQ(call->arguments[0]->kind, plan::ExpressionKind::kNamedArgument);
  EXPECT_EQ(Statement<plan::Explain>("EXPLAIN ANALYZE SELECT 1", &keep)->mode,
            plan::ExplainMode::kAnalyze);
  const auto* order = Statement<plan::AlterTable>(
      "ALTER TABLE t WRITE ORDERED BY a DESC NULLS LAST, bucket(4, b)", &keep);
  EXPECT_EQ(order->action, plan::AlterTableAction::kWriteOrder);
  EXPECT_EQ(order->clause_text, "WRITE ORDERED BY a DESC NULLS LAST, bucket(4, b)");
  const auto* field =
      Statement<plan::AlterTable>("ALTER TABLE t ADD PARTITION FIELD days(ts) AS d", &keep);
  EXPECT_EQ(field->action, plan::AlterTableAction::kAddPartitionField);
}

TEST(Statements, Accepted) {
  for (const std::string_view text : {
           "ALTER TABLE t ADD COLUMNS (a INT FIRST, b STRING COMMENT 'x' AFTER c, d.e INT)",
           "ALTER TABLE t ALTER COLUMN a TYPE BIGINT, b COMMENT 'x', c DROP NOT NULL",
           "ALTER TABLE t DROP COLUMNS IF EXISTS (a, b.c)",
           "ALTER TABLE t ADD IF NOT EXISTS PARTITION (a = 1) LOCATION 'x' PARTITION (a = 2)",
           "ALTER TABLE t SET TBLPROPERTIES ('a' = 1, b.c = true, d 'e')",
           "ALTER TABLE t CREATE OR REPLACE TAG x AS OF VERSION 1 RETAIN 3 DAYS",
           "ALTER TABLE t SET IDENTIFIER FIELDS a, b",
           "CREATE TABLE t USING parquet CLUSTERED BY (a) SORTED BY (b ASC) INTO 4 BUCKETS AS "
           "SELECT 1",
           "CREATE FUNCTION f(a INT DEFAULT 1) RETURNS INT RETURN a + 1",
           "DECLARE OR REPLACE VARIABLE a, b INT DEFAULT 1",
           "SET VAR a = 1, b = (SELECT 1)",
           "EXECUTE IMMEDIATE 'SELECT ?' INTO a USING 1, 2 AS x",
           "CACHE LAZY TABLE a OPTIONS ('storageLevel' 'DISK') AS SELECT 1",
           "ANALYZE TABLE a COMPUTE STATISTICS FOR COLUMNS a, b",
           "INSERT INTO t REPLACE WHERE a = 1 SELECT 1",
           "INSERT OVERWRITE DIRECTORY 's3://x/y' USING PARQUET SELECT * FROM range(0, 4e9, 1, "
           "100)",
           "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
           "SHOW TABLES IN a LIKE 'x*'",
           "SHOW USER FUNCTIONS LIKE 'a'",
           "DESCRIBE TABLE EXTENDED a.b c.d",
           "DESC SELECT 1",
           "USE DATABASE a.b",
           "ADD JAR /tmp/it's.jar",
           "COMMENT ON TABLE t IS NULL",
           "CREATE SCHEMA IF NOT EXISTS a COMMENT 'x' LOCATION 'y' WITH DBPROPERTIES (a = 'b')",
           "SELECT * FROM IDENTIFIER('t' || 'x') AS y",
       }) {
    EXPECT_EQ(Error(text), "ok") << text;
  }
}

TEST(Types, Parsed) {
  const auto type = [](std::string_view text) {
    Result<type::TypePtr> type = ParseDataType(text);
    return type.ok() ? (*type)->ToString() : "error";
  };
  EXPECT_EQ(type("array<decimal(7,2)>"), "array<decimal(7,2)>");
  EXPECT_EQ(type("STRUCT<a: INT NOT NULL COMMENT 'x', b MAP<STRING,ARRAY<INT>>>"),
            "struct<a:int,b:map<string,array<int>>>");
  EXPECT_EQ(type("timestamp without time zone"), "timestamp_ntz");
  EXPECT_EQ(type("interval day to second"), "interval day to second");
  EXPECT_EQ(type("varchar(5)"), "varchar(5)");
  EXPECT_EQ(type("array<int"), "error");
  Result<type::Schema> schema = ParseSchema("a INT NOT NULL COMMENT 'x', b STRING");
  ASSERT_TRUE(schema.ok());
  EXPECT_EQ(schema->size(), 2U);
  EXPECT_FALSE((*schema)[0].nullable);
  EXPECT_EQ(*ParseName("a.b.`c d`"), (std::vector<std::string>{"a", "b", "c d"}));
}

}  // namespace
}  // namespace emery::sql
