#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

struct sqlite3;

namespace emery::catalog {

/// One SQLite file of text columns. Thread-safe; processes exclude each other by SQLite's locks.
class SqliteFile {
 public:
  explicit SqliteFile(std::string path) : path_(std::move(path)) {}

  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  using Text = std::optional<std::string>;
  using Row = std::vector<Text>;

  /// Rows of a query. Nothing where the file does not exist yet.
  Result<std::vector<Row>> Query(const char* sql, const std::vector<Text>& arguments);
  /// Runs a statement in a transaction of its own and gives the number of rows changed.
  Result<int64_t> Change(const char* sql, const std::vector<Text>& arguments);

 private:
  Status Open(bool create);
  Result<std::vector<Row>> Run(const char* sql, const std::vector<Text>& arguments);
  Status Fault(const char* what) const;

  const std::string path_;
  std::mutex mutex_;  // guards db_
  sqlite3* db_ = nullptr;
};

}  // namespace emery::catalog
