#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "plan/command.h"
#include "table/table.h"

namespace emery::catalog {

using Namespace = std::vector<std::string>;

struct Identifier {
  Namespace name_space;
  std::string name;
};

/// A stored view: its text, and what names meant when it was made.
struct ViewDefinition {
  std::string text;
  type::Schema schema;
  std::string catalog;
  Namespace name_space;
  std::map<std::string, std::string> properties;
  std::map<std::string, std::string> config;  // spark.sql.* that change meaning
  std::optional<std::string> comment;
  std::vector<std::string> query_columns;  // names that the text gives, before those of `schema`
  int64_t created_us = 0;                  // since the epoch; 0: set by the catalog
};

/// A table to be made.
struct TableDefinition {
  type::Schema schema;
  std::string provider;  // "parquet", "csv", "iceberg"
  std::vector<plan::PartitionTransform> partitioning;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  bool external = false;
  std::vector<std::string> bucket_columns;
  std::vector<std::string> sort_columns;
  int num_buckets = 0;
};

struct NamespaceInfo {
  std::map<std::string, std::string> properties;  // comment, location, owner
};

/// A table that does not exist yet for others: CREATE TABLE AS writes into `table` and then commits
/// or drops.
struct StagedTable {
  std::shared_ptr<const table::Table> table;
  std::function<Status()> commit;
  std::function<Status()> abort;
};

/// Time travel: at most one is set.
struct TableVersion {
  std::optional<std::string> version;  // snapshot id, branch or tag
  std::optional<int64_t> timestamp_us;
};

/// Names to tables, views and namespaces. Thread-safe. Errors: TABLE_OR_VIEW_NOT_FOUND,
/// SCHEMA_NOT_FOUND, TABLE_OR_VIEW_ALREADY_EXISTS, SCHEMA_ALREADY_EXISTS, SCHEMA_NOT_EMPTY …
class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual const std::string& name() const = 0;

  virtual Namespace default_namespace() const { return {"default"}; }

  virtual Result<std::shared_ptr<const table::Table>> LoadTable(const Identifier& id,
                                                                const TableVersion& version) = 0;
  virtual Result<bool> TableExists(const Identifier& id) = 0;
  virtual Result<std::vector<std::string>> ListTables(const Namespace& name_space) = 0;
  virtual Status CreateTable(const Identifier& id, const TableDefinition& definition) = 0;
  /// For CREATE TABLE AS and REPLACE TABLE AS (`replace`).
  virtual Result<StagedTable> StageTable(const Identifier& id, const TableDefinition& definition,
                                         bool replace) = 0;
  virtual Status DropTable(const Identifier& id, bool purge) = 0;
  virtual Status RenameTable(const Identifier& from, const Identifier& to) = 0;
  virtual Status AlterTable(const Identifier& id, const plan::AlterTable& change) = 0;

  virtual Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) = 0;
  virtual Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) = 0;
  virtual Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) = 0;
  /// Sets properties ("comment" among them).
  virtual Status AlterNamespace(const Namespace& name_space,
                                const std::map<std::string, std::string>& set);
  virtual Status DropNamespace(const Namespace& name_space, bool cascade) = 0;

  virtual Result<ViewDefinition> LoadView(const Identifier& id) = 0;
  virtual Result<std::vector<std::string>> ListViews(const Namespace& name_space) = 0;
  virtual Status CreateView(const Identifier& id, const ViewDefinition& view, bool replace) = 0;
  virtual Status DropView(const Identifier& id) = 0;
};

}  // namespace emery::catalog
