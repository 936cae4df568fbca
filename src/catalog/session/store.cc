#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "catalog/session/store_internal.h"

namespace emery::catalog::session {

namespace {

constexpr int kBusyTimeoutMs = 20'000;

constexpr const char* kLayout =
    "CREATE TABLE IF NOT EXISTS namespaces (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT "
    "ROWID;"
    "CREATE TABLE IF NOT EXISTS objects (namespace TEXT, name TEXT, kind TEXT NOT NULL, document "
    "TEXT NOT NULL,"
    " PRIMARY KEY (namespace, name)) WITHOUT ROWID;";

}  // namespace

Store::Store(std::string path) : path_(std::move(path)) {}

Store::~Store() {
  sqlite3_close(db_);
}

Status Store::Fault(const char* what) const {
  const std::string reason = db_ != nullptr ? sqlite3_errmsg(db_) : "no connection";
  return base::UserError(
      "CATALOG_FILE_ERROR",
      std::string("The catalog's file can't be ") + what + ": " + reason + ": \"" + path_ + "\".",
      {{"path", path_}});
}

Status Store::Open(bool create) {
  if (db_ != nullptr) {
    return Status::OK();
  }
  if (create) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
    if (error) {
      return base::UserError("CATALOG_FILE_ERROR",
                             "The warehouse folder can't be made: " + error.message() + ": \"" +
                                 std::filesystem::path(path_).parent_path().string() + "\".",
                             {{"path", path_}});
    }
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    Status status = Fault("opened");
    sqlite3_close(db_);
    db_ = nullptr;
    return status;
  }
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  return create ? Execute(kLayout) : Status::OK();
}

Status Store::OpenIfExists() {
  struct stat info{};
  if (db_ == nullptr && ::stat(path_.c_str(), &info) != 0) {
    return Status::OK();
  }
  return Open(false);
}

Status Store::Execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Fault("written");
  }
  return Status::OK();
}

Result<std::vector<Store::Entry>> Store::Query(const char* sql,
                                               const std::vector<std::string>& arguments) {
  std::vector<Entry> entries;
  if (db_ == nullptr) {
    return entries;
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) {
    // A file that another process is just making has no tables yet.
    if (std::string(sqlite3_errmsg(db_)).find("no such table") != std::string::npos) {
      return entries;
    }
    return Fault("read");
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    sqlite3_bind_text(statement, static_cast<int>(i) + 1, arguments[i].data(),
                      static_cast<int>(arguments[i].size()), SQLITE_TRANSIENT);
  }
  int code = 0;
  const auto text = [&](int column) {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return data == nullptr ? std::string()
                           : std::string(data, sqlite3_column_bytes(statement, column));
  };
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    entries.push_back({text(0), text(1), text(2)});
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) {
    return Fault("read");
  }
  return entries;
}

Result<std::vector<Store::Entry>> Store::Namespaces() {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(OpenIfExists());
  return Query("SELECT name, '', document FROM namespaces ORDER BY name", {});
}

Result<std::optional<Store::Entry>> Store::FindNamespace(const std::string& name) {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(OpenIfExists());
  ARROW_ASSIGN_OR_RAISE(std::vector<Entry> found,
                        Query("SELECT name, '', document FROM namespaces WHERE name = ?", {name}));
  return found.empty() ? std::optional<Entry>() : std::move(found[0]);
}

Result<std::vector<Store::Entry>> Store::Objects(const std::string& name_space) {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(OpenIfExists());
  return Query("SELECT name, kind, document FROM objects WHERE namespace = ? ORDER BY name",
               {name_space});
}

Result<std::optional<Store::Entry>> Store::FindObject(const std::string& name_space,
                                                      const std::string& name) {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  ARROW_RETURN_NOT_OK(OpenIfExists());
  ARROW_ASSIGN_OR_RAISE(
      std::vector<Entry> found,
      Query("SELECT name, kind, document FROM objects WHERE namespace = ? AND name = ?",
            {name_space, name}));
  return found.empty() ? std::optional<Entry>() : std::move(found[0]);
}

Status Store::Change(const std::function<Status()>& work) {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  if (db_ != nullptr && sqlite3_db_readonly(db_, "main") == 1) {
    sqlite3_close(db_);
    db_ = nullptr;
  }
  ARROW_RETURN_NOT_OK(Open(true));
  ARROW_RETURN_NOT_OK(Execute("BEGIN IMMEDIATE"));
  Status done = work();
  if (done.ok()) {
    done = Execute("COMMIT");
  }
  if (!done.ok()) {
    // The first error says what was wrong; a rollback that fails too leaves what the next open
    // rolls back.
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return done;
}

Status Store::PutNamespace(const Entry& entry) {
  return Query("INSERT OR REPLACE INTO namespaces VALUES (?, ?)", {entry.name, entry.document})
      .status();
}

Status Store::DeleteNamespace(const std::string& name) {
  return Query("DELETE FROM namespaces WHERE name = ?", {name}).status();
}

Status Store::PutObject(const std::string& name_space, const Entry& entry) {
  return Query("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)",
               {name_space, entry.name, entry.kind, entry.document})
      .status();
}

Status Store::DeleteObject(const std::string& name_space, const std::string& name) {
  return Query("DELETE FROM objects WHERE namespace = ? AND name = ?", {name_space, name}).status();
}

}  // namespace emery::catalog::session
