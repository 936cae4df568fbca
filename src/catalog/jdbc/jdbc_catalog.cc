#include "catalog/jdbc/jdbc_catalog.h"

#include <algorithm>
#include <set>

#include "catalog/errors.h"
#include "catalog/iceberg/iceberg_catalog.h"
#include "catalog/iceberg/metadata_files.h"
#include "catalog/jdbc/sqlite_internal.h"
#include "io/object_store.h"
#include "table/iceberg/data_writer.h"

namespace emery::catalog {

using table::iceberg::TableMetadata;
using table::iceberg::TableOperations;

namespace {

std::string Joined(const Namespace& name_space, char separator) {
  std::string text;
  for (const auto& part : name_space) {
    text += (text.empty() ? "" : std::string(1, separator)) + part;
  }
  return text;
}

Namespace Split(const std::string& text) {
  Namespace parts;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('.', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

constexpr const char* kFind =
    "SELECT metadata_location FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? "
    "AND table_name = ? AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)";

class JdbcOperations final : public MetadataFileOperations {
 public:
  JdbcOperations(std::shared_ptr<SqliteFile> file, std::string catalog, Identifier id,
                 std::vector<std::string> parts)
      : file_(std::move(file)),
        catalog_(std::move(catalog)),
        id_(std::move(id)),
        parts_(std::move(parts)) {}

 protected:
  Result<std::string> CurrentLocation() override {
    ARROW_ASSIGN_OR_RAISE(const auto location, Find());
    if (!location) {
      return TableNotFound(parts_);
    }
    return *location;
  }

  Result<std::string> Swap(const std::string& base_location, const TableMetadata& metadata,
                           const std::string& json) override {
    const std::string location = NextMetadataLocation(metadata, base_location);
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    ARROW_RETURN_NOT_OK(store->CreateIfAbsent(path, json));
    const std::string name_space = Joined(id_.name_space, '.');
    const auto changed =
        base_location.empty()
            ? file_->Change(
                  "INSERT OR IGNORE INTO iceberg_tables (catalog_name, table_namespace, "
                  "table_name, "
                  "metadata_location, previous_metadata_location, iceberg_type) VALUES "
                  "(?, ?, ?, ?, NULL, 'TABLE')",
                  {catalog_, name_space, id_.name, location})
            : file_->Change(
                  "UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ? "
                  "WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND "
                  "metadata_location = ? AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
                  {location, base_location, catalog_, name_space, id_.name, base_location});
    if (!changed.ok()) {
      const auto now = Find();
      if (now.ok() && *now == location) {
        return location;
      }
      // The statement is atomic and SQLite says that it failed, yet a lost reply is taken for
      // possible: the file stays.
      return table::iceberg::CommitStateUnknown(base::QuoteName(parts_), changed.status());
    }
    if (*changed == 0) {
      table::iceberg::DeleteFilesQuietly({location});
      return table::iceberg::CommitConflict("the metadata of " + base::QuoteName(parts_) +
                                            " has changed");
    }
    return location;
  }

 private:
  Result<std::optional<std::string>> Find() {
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          file_->Query(kFind, {catalog_, Joined(id_.name_space, '.'), id_.name}));
    return rows.empty() ? std::optional<std::string>() : rows[0][0];
  }

  std::shared_ptr<SqliteFile> file_;
  std::string catalog_;
  Identifier id_;
  std::vector<std::string> parts_;
};

class JdbcCatalog final : public IcebergCatalog {
 public:
  JdbcCatalog(std::string name, std::string path, std::string warehouse)
      : IcebergCatalog(std::move(name)),
        file_(std::make_shared<SqliteFile>(std::move(path))),
        warehouse_(std::move(warehouse)) {
    while (warehouse_.size() > 1 && warehouse_.back() == '/') {
      warehouse_.pop_back();
    }
  }

  Result<bool> TableExists(const Identifier& id) override {
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          file_->Query(kFind, {name(), Joined(id.name_space, '.'), id.name}));
    return !rows.empty();
  }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(name_space).status());
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        file_->Query("SELECT table_name FROM iceberg_tables WHERE catalog_name = ? AND "
                     "table_namespace = ? AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL) "
                     "ORDER BY table_name",
                     {name(), Joined(name_space, '.')}));
    std::vector<std::string> names;
    for (const auto& row : rows) {
      names.push_back(row[0].value_or(""));
    }
    return names;
  }

  Status DropTable(const Identifier& id, bool purge) override {
    std::string location;
    if (purge) {
      ARROW_ASSIGN_OR_RAISE(const auto operations, LoadOperations(id));
      ARROW_ASSIGN_OR_RAISE(const auto metadata, operations->Refresh());
      if (metadata->PropertyBool("gc.enabled", true)) {
        location = metadata->location;
      }
    }
    ARROW_ASSIGN_OR_RAISE(
        const int64_t dropped,
        file_->Change("DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? "
                      "AND table_name = ? AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
                      {name(), Joined(id.name_space, '.'), id.name}));
    if (dropped == 0) {
      return TableNotFound(Parts(id));
    }
    if (!location.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&location));
      return store->DeleteTree(location);
    }
    return Status::OK();
  }

  Status RenameTable(const Identifier& from, const Identifier& to) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(to.name_space).status());
    ARROW_ASSIGN_OR_RAISE(const bool taken, TableExists(to));
    if (taken) {
      return TableAlreadyExists(Parts(to));
    }
    ARROW_ASSIGN_OR_RAISE(
        const int64_t renamed,
        file_->Change("UPDATE OR IGNORE iceberg_tables SET table_namespace = ?, table_name = ? "
                      "WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND "
                      "(iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
                      {Joined(to.name_space, '.'), to.name, name(), Joined(from.name_space, '.'),
                       from.name}));
    return renamed == 0 ? TableNotFound(Parts(from)) : Status::OK();
  }

  Status RegisterTable(const Identifier& id, const std::string& metadata_location) override {
    ARROW_RETURN_NOT_OK(table::iceberg::ReadTableMetadata(metadata_location).status());
    ARROW_ASSIGN_OR_RAISE(
        const int64_t added,
        file_->Change("INSERT OR IGNORE INTO iceberg_tables (catalog_name, table_namespace, "
                      "table_name, metadata_location, previous_metadata_location, iceberg_type) "
                      "VALUES (?, ?, ?, ?, NULL, 'TABLE')",
                      {name(), Joined(id.name_space, '.'), id.name, metadata_location}));
    return added == 0 ? TableAlreadyExists(Parts(id)) : Status::OK();
  }

  Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) override {
    ARROW_ASSIGN_OR_RAISE(const auto all, AllNamespaces());
    std::set<Namespace> children;
    for (const auto& one : all) {
      if (one.size() > parent.size() && std::equal(parent.begin(), parent.end(), one.begin())) {
        children.emplace(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(parent.size()) + 1);
      }
    }
    return std::vector<Namespace>(children.begin(), children.end());
  }

  Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) override {
    NamespaceInfo info;
    ARROW_ASSIGN_OR_RAISE(const auto all, AllNamespaces());
    const bool exists = std::any_of(all.begin(), all.end(), [&](const Namespace& one) {
      return one.size() >= name_space.size() &&
             std::equal(name_space.begin(), name_space.end(), one.begin());
    });
    if (!exists && !name_space.empty()) {
      return SchemaNotFound(SchemaParts(name_space));
    }
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        file_->Query("SELECT property_key, property_value FROM iceberg_namespace_properties WHERE "
                     "catalog_name = ? AND namespace = ?",
                     {name(), Joined(name_space, '.')}));
    for (const auto& row : rows) {
      if (row[0] && *row[0] != "exists") {
        info.properties[*row[0]] = row[1].value_or("");
      }
    }
    info.properties.emplace("location", FolderOf(name_space));
    return info;
  }

  Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) override {
    if (LoadNamespace(name_space).ok()) {
      return SchemaAlreadyExists(base::QuoteName(SchemaParts(name_space)));
    }
    std::map<std::string, std::string> properties = info.properties;
    properties.emplace("exists", "true");
    return AlterNamespace(name_space, properties);
  }

  Status AlterNamespace(const Namespace& name_space,
                        const std::map<std::string, std::string>& set) override {
    for (const auto& [key, value] : set) {
      ARROW_RETURN_NOT_OK(
          file_
              ->Change("INSERT OR REPLACE INTO iceberg_namespace_properties (catalog_name, "
                       "namespace, property_key, property_value) VALUES (?, ?, ?, ?)",
                       {name(), Joined(name_space, '.'), key, value})
              .status());
    }
    return Status::OK();
  }

  Status DropNamespace(const Namespace& name_space, bool cascade) override {
    ARROW_ASSIGN_OR_RAISE(const auto tables, ListTables(name_space));
    ARROW_ASSIGN_OR_RAISE(const auto children, ListNamespaces(name_space));
    if ((!tables.empty() || !children.empty()) && !cascade) {
      return SchemaNotEmpty(base::QuoteName(SchemaParts(name_space)));
    }
    for (const auto& child : children) {
      ARROW_RETURN_NOT_OK(DropNamespace(child, true));
    }
    for (const auto& table : tables) {
      ARROW_RETURN_NOT_OK(DropTable({name_space, table}, false));
    }
    return file_
        ->Change(
            "DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?",
            {name(), Joined(name_space, '.')})
        .status();
  }

 protected:
  Result<std::shared_ptr<TableOperations>> Operations(const Identifier& id) override {
    return std::make_shared<JdbcOperations>(file_, name(), id, Parts(id));
  }

  std::string DefaultLocation(const Identifier& id) const override {
    return FolderOf(id.name_space) + "/" + id.name;
  }

 private:
  std::string FolderOf(const Namespace& name_space) const {
    return name_space.empty() ? warehouse_ : warehouse_ + "/" + Joined(name_space, '/');
  }

  /// The default namespace always exists; others by their properties or tables.
  Result<std::vector<Namespace>> AllNamespaces() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        file_->Query("SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1 "
                     "UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = ?1",
                     {name()}));
    std::vector<Namespace> all = {default_namespace()};
    for (const auto& row : rows) {
      if (row[0] && !row[0]->empty()) {
        all.push_back(Split(*row[0]));
      }
    }
    return all;
  }

  std::shared_ptr<SqliteFile> file_;
  std::string warehouse_;
};

}  // namespace

std::shared_ptr<Catalog> MakeJdbcCatalog(std::string name, std::string path,
                                         std::string warehouse) {
  return std::make_shared<JdbcCatalog>(std::move(name), std::move(path), std::move(warehouse));
}

}  // namespace emery::catalog
