#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

struct sqlite3;

namespace emery::catalog::session {

/// What the catalog's file keeps: JSON documents of namespaces, and of tables and views by
/// namespace and name. Thread-safe; processes exclude each other by SQLite's locks. Reading before
/// the first write finds nothing and makes no file. Errors: CATALOG_FILE_ERROR with what SQLite
/// says.
class Store {
 public:
  explicit Store(std::string path);
  ~Store();

  struct Entry {
    std::string name;
    std::string kind;  // "table", "view"; "" for namespaces
    std::string document;
  };

  Result<std::vector<Entry>> Namespaces();
  Result<std::optional<Entry>> FindNamespace(const std::string& name);
  Result<std::vector<Entry>> Objects(const std::string& name_space);
  Result<std::optional<Entry>> FindObject(const std::string& name_space, const std::string& name);

  /// Runs `work` in one write transaction: what it reads can't change under it. Rolled back where
  /// it fails.
  Status Change(const std::function<Status()>& work);
  // Within Change only.
  Status PutNamespace(const Entry& entry);
  Status DeleteNamespace(const std::string& name);
  Status PutObject(const std::string& name_space, const Entry& entry);
  Status DeleteObject(const std::string& name_space, const std::string& name);

 private:
  Status OpenIfExists();
  Status Open(bool create);
  Status Execute(const char* sql);
  Result<std::vector<Entry>> Query(const char* sql, const std::vector<std::string>& arguments);
  Status Fault(const char* what) const;

  const std::string path_;
  std::recursive_mutex mutex_;  // guards the connection; Change calls back into the readers
  sqlite3* db_ = nullptr;
};

}  // namespace emery::catalog::session
