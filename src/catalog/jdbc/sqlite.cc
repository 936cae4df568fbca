#include <sys/stat.h>

#include <filesystem>

#include <sqlite3.h>

#include "catalog/jdbc/sqlite_internal.h"

namespace emery::catalog {

namespace {

constexpr int kBusyTimeoutMs = 60'000;

// As Iceberg's JdbcUtil makes them.
constexpr const char* kLayout =
    "CREATE TABLE IF NOT EXISTS iceberg_tables(catalog_name VARCHAR(255) NOT NULL,"
    "table_namespace VARCHAR(255) NOT NULL,table_name VARCHAR(255) NOT NULL,"
    "metadata_location VARCHAR(1000),previous_metadata_location VARCHAR(1000),"
    "iceberg_type VARCHAR(5),PRIMARY KEY (catalog_name, table_namespace, table_name));"
    "CREATE TABLE IF NOT EXISTS iceberg_namespace_properties(catalog_name VARCHAR(255) NOT NULL,"
    "namespace VARCHAR(255) NOT NULL,property_key VARCHAR(255),property_value VARCHAR(1000),"
    "PRIMARY KEY (catalog_name, namespace, property_key));";

}  // namespace

SqliteFile::~SqliteFile() {
  sqlite3_close(db_);
}

Status SqliteFile::Fault(const char* what) const {
  return base::UserError("CATALOG_FILE_ERROR",
                         std::string("The catalog's file can't be ") + what + ": " +
                             (db_ != nullptr ? sqlite3_errmsg(db_) : "no connection") + ": \"" +
                             path_ + "\".",
                         {{"path", path_}});
}

Status SqliteFile::Open(bool create) {
  if (db_ != nullptr) {
    return Status::OK();
  }
  if (create) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
    if (error) {
      return Fault("made");
    }
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    Status status = Fault("opened");
    sqlite3_close(db_);
    db_ = nullptr;
    return status;
  }
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  if (sqlite3_exec(db_, kLayout, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Fault("written");
  }
  // Files of the first schema lack the column.
  sqlite3_exec(db_, "ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)", nullptr,
               nullptr, nullptr);
  return Status::OK();
}

Result<std::vector<SqliteFile::Row>> SqliteFile::Run(const char* sql,
                                                     const std::vector<Text>& arguments) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) {
    return Fault("read");
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    if (arguments[i]) {
      sqlite3_bind_text(statement, at, arguments[i]->data(), static_cast<int>(arguments[i]->size()),
                        SQLITE_TRANSIENT);
    } else {
      sqlite3_bind_null(statement, at);
    }
  }
  std::vector<Row> rows;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    Row row;
    for (int c = 0; c < sqlite3_column_count(statement); ++c) {
      const auto* text = sqlite3_column_text(statement, c);
      row.push_back(
          text == nullptr
              ? Text()
              : Text(std::string(reinterpret_cast<const char*>(text),
                                 static_cast<size_t>(sqlite3_column_bytes(statement, c)))));
    }
    rows.push_back(std::move(row));
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) {
    return Fault("used");
  }
  return rows;
}

Result<std::vector<SqliteFile::Row>> SqliteFile::Query(const char* sql,
                                                       const std::vector<Text>& arguments) {
  const std::lock_guard<std::mutex> lock(mutex_);
  struct stat info{};
  if (db_ == nullptr && ::stat(path_.c_str(), &info) != 0) {
    return std::vector<Row>{};
  }
  ARROW_RETURN_NOT_OK(Open(false));
  return Run(sql, arguments);
}

Result<int64_t> SqliteFile::Change(const char* sql, const std::vector<Text>& arguments) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(Open(true));
  ARROW_RETURN_NOT_OK(Run(sql, arguments).status());
  return static_cast<int64_t>(sqlite3_changes(db_));
}

}  // namespace emery::catalog
