#include "session/session.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace emery::session {

namespace {

namespace fs = std::filesystem;

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("emery-session-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    session_ = NewSession();
  }

  void TearDown() override {
    session_.reset();
    fs::remove_all(folder_);
  }

  std::shared_ptr<Session> NewSession() const {
    SessionOptions options;
    EXPECT_TRUE(options.config.Set("spark.sql.warehouse.dir", folder_.string()).ok());
    return *Session::Make(std::move(options));
  }

  /// Rows as text: values separated by commas, rows by semicolons; or the error's condition.
  static std::string Run(Session* session, const std::string& text) {
    Result<std::unique_ptr<StatementResult>> result = session->Execute(text);
    std::string rows;
    Status status = result.status();
    while (status.ok()) {
      Result<std::optional<columnar::Batch>> batch = (*result)->Next();
      status = batch.status();
      if (!status.ok() || !batch->has_value()) {
        break;
      }
      for (int64_t row = 0; row < (*batch)->num_rows; ++row) {
        rows += rows.empty() ? "" : ";";
        for (size_t i = 0; i < (*batch)->columns.size(); ++i) {
          const columnar::Vector& column = *(*batch)->columns[i];
          rows += (i == 0 ? "" : ",") +
                  type::ValueToSql(*column.type(), columnar::ValueAt(column, row));
        }
      }
    }
    if (!status.ok()) {
      const base::ErrorDetail* detail = base::GetErrorDetail(status);
      return detail != nullptr ? detail->condition() : status.ToString();
    }
    return rows;
  }

  std::string Run(const std::string& text) { return Run(session_.get(), text); }

  fs::path folder_;
  std::shared_ptr<Session> session_;
};

class Recorder final : public Listener {
 public:
  void OnStarted(const QueryStarted& event) override { log.push_back("started " + event.text); }

  void OnPlanned(const QueryPlanned& event) override {
    log.push_back(event.physical != nullptr ? "planned" : "planned nothing");
  }

  void OnEnded(const QueryEnded& event) override {
    log.push_back(event.status.ok() ? "ended" : "failed");
    rows = event.summary.rows;
  }

  std::vector<std::string> log;
  int64_t rows = 0;
};

}  // namespace

TEST_F(SessionTest, ReadingMakesNoFolder) {
  EXPECT_EQ(Run("SELECT 1"), "1");
  EXPECT_EQ(Run("SHOW TABLES"), "");
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(SessionTest, SessionsShareTheWarehouseButNotTheirOwn) {
  const std::shared_ptr<Session> other = NewSession();
  EXPECT_EQ(Run("CREATE TABLE t USING parquet AS SELECT 1 AS a"), "");
  EXPECT_EQ(Run("CREATE TEMPORARY VIEW v AS SELECT 2 AS b"), "");
  EXPECT_EQ(Run("SET a.b = c"), "'a.b','c'");
  EXPECT_EQ(Run(other.get(), "SELECT * FROM t"), "1");
  EXPECT_EQ(Run(other.get(), "SELECT * FROM v"), "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_EQ(Run(other.get(), "SET a.b"), "'a.b','<undefined>'");
}

TEST_F(SessionTest, AFailedCreateTableAsLeavesNothing) {
  EXPECT_EQ(Run("CREATE TABLE t USING parquet AS SELECT 1 / (id - 5) AS a FROM range(10)"),
            "DIVIDE_BY_ZERO");
  EXPECT_EQ(Run("SHOW TABLES"), "");
  EXPECT_FALSE(fs::exists(folder_ / "t"));
  EXPECT_EQ(Run("CREATE TABLE t USING parquet AS SELECT 1 AS a"), "");
}

TEST_F(SessionTest, AFailedInsertLeavesTheTable) {
  EXPECT_EQ(Run("CREATE TABLE t USING parquet AS SELECT 1 AS a"), "");
  EXPECT_EQ(Run("INSERT OVERWRITE t SELECT CAST(1 / (id - 5) AS INT) FROM range(10)"),
            "DIVIDE_BY_ZERO");
  EXPECT_EQ(Run("SELECT * FROM t"), "1");
}

TEST_F(SessionTest, CachedRowsFollowTheTable) {
  EXPECT_EQ(Run("CREATE TABLE t USING parquet AS SELECT 1 AS a"), "");
  EXPECT_EQ(Run("CACHE TABLE t"), "");
  EXPECT_EQ(Run("SELECT * FROM t"), "1");
  EXPECT_EQ(Run("INSERT INTO t VALUES (2)"), "");
  EXPECT_EQ(Run("SELECT * FROM t ORDER BY a"), "1;2");
  const std::shared_ptr<Session> other = NewSession();
  EXPECT_EQ(Run(other.get(), "INSERT INTO t VALUES (3)"), "");
  EXPECT_EQ(Run("SELECT * FROM t ORDER BY a"), "1;2;3");
}

TEST_F(SessionTest, CancelStopsWhatRuns) {
  Result<std::unique_ptr<StatementResult>> result = session_->Execute(
      "SELECT count(*) FROM range(1000000000000) a JOIN range(1000000) b ON a.id % 1000 = b.id % "
      "777");
  ASSERT_TRUE(result.ok()) << result.status();
  std::thread canceler([this] { session_->Cancel(); });
  const Status status = (*result)->Next().status();
  canceler.join();
  EXPECT_TRUE(status.IsCancelled()) << status;
  EXPECT_EQ(Run("SELECT 1"), "1");
}

TEST_F(SessionTest, ListenersHearOfStatements) {
  const auto recorder = std::make_shared<Recorder>();
  session_->AddListener(recorder);
  EXPECT_EQ(Run("SELECT id FROM range(3)"), "0L;1L;2L");
  EXPECT_EQ(recorder->log,
            (std::vector<std::string>{"started SELECT id FROM range(3)", "planned", "ended"}));
  EXPECT_EQ(recorder->rows, 3);
  recorder->log.clear();
  EXPECT_EQ(Run("SELECT nosuch"), "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION");
  EXPECT_EQ(recorder->log, (std::vector<std::string>{"started SELECT nosuch", "failed"}));
}

TEST_F(SessionTest, SettingsStandInStatements) {
  EXPECT_EQ(Run("SET my.number = 42"), "'my.number','42'");
  EXPECT_EQ(Run("SELECT ${my.number} + 1, '${nosuch}'"), "43,'${nosuch}'");
}

TEST_F(SessionTest, CatalogsAreMadeWhenAsked) {
  EXPECT_EQ(Run("SET spark.sql.catalog.other = no.such.Class"),
            "'spark.sql.catalog.other','no.such.Class'");
  EXPECT_EQ(Run("SELECT 1"), "1");
  EXPECT_EQ(Run("SELECT * FROM other.a.b"), "CANNOT_LOAD_CATALOG");
  EXPECT_EQ(Run("SET CATALOG nosuch"), "CATALOG_NOT_FOUND");
}

}  // namespace emery::session
