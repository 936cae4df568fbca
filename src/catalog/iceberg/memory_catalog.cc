#include "catalog/iceberg/memory_catalog.h"

#include <map>
#include <mutex>
#include <set>

#include "catalog/errors.h"
#include "catalog/iceberg/iceberg_catalog.h"
#include "catalog/iceberg/metadata_files.h"
#include "io/object_store.h"
#include "table/iceberg/data_writer.h"

namespace emery::catalog {

using table::iceberg::TableMetadata;
using table::iceberg::TableOperations;

namespace {

using Key = std::pair<Namespace, std::string>;

/// What the catalog and the operations of its tables share.
struct Names {
  std::mutex mutex;                   // guards all below
  std::map<Key, std::string> tables;  // to the place of the metadata
  std::map<Namespace, std::map<std::string, std::string>> namespaces = {{{"default"}, {}}};
};

class MemoryOperations final : public MetadataFileOperations {
 public:
  MemoryOperations(std::shared_ptr<Names> names, Key key, std::vector<std::string> parts)
      : names_(std::move(names)), key_(std::move(key)), parts_(std::move(parts)) {}

 protected:
  Result<std::string> CurrentLocation() override {
    const std::lock_guard<std::mutex> lock(names_->mutex);
    const auto found = names_->tables.find(key_);
    if (found == names_->tables.end()) {
      return TableNotFound(parts_);
    }
    return found->second;
  }

  Result<std::string> Swap(const std::string& base_location, const TableMetadata& metadata,
                           const std::string& json) override {
    const std::string location = NextMetadataLocation(metadata, base_location);
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    ARROW_RETURN_NOT_OK(store->CreateIfAbsent(path, json));
    const std::lock_guard<std::mutex> lock(names_->mutex);
    const auto found = names_->tables.find(key_);
    if ((found == names_->tables.end() ? "" : found->second) != base_location) {
      table::iceberg::DeleteFilesQuietly({location});
      return table::iceberg::CommitConflict("the metadata of " + base::QuoteName(parts_) +
                                            " has changed");
    }
    names_->tables[key_] = location;
    return location;
  }

 private:
  std::shared_ptr<Names> names_;
  Key key_;
  std::vector<std::string> parts_;
};

class MemoryCatalog final : public IcebergCatalog {
 public:
  MemoryCatalog(std::string name, std::string warehouse)
      : IcebergCatalog(std::move(name)), warehouse_(std::move(warehouse)) {}

  Result<bool> TableExists(const Identifier& id) override {
    const std::lock_guard<std::mutex> lock(names_->mutex);
    return names_->tables.contains({id.name_space, id.name});
  }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(name_space).status());
    const std::lock_guard<std::mutex> lock(names_->mutex);
    std::vector<std::string> found;
    for (const auto& [key, location] : names_->tables) {
      if (key.first == name_space) {
        found.push_back(key.second);
      }
    }
    return found;
  }

  Status DropTable(const Identifier& id, bool purge) override {
    ARROW_ASSIGN_OR_RAISE(const auto operations, LoadOperations(id));
    ARROW_ASSIGN_OR_RAISE(const auto metadata, operations->Refresh());
    {
      const std::lock_guard<std::mutex> lock(names_->mutex);
      names_->tables.erase({id.name_space, id.name});
    }
    if (purge && metadata->PropertyBool("gc.enabled", true)) {
      std::string location = metadata->location;
      ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&location));
      return store->DeleteTree(location);
    }
    return Status::OK();
  }

  Status RenameTable(const Identifier& from, const Identifier& to) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(to.name_space).status());
    const std::lock_guard<std::mutex> lock(names_->mutex);
    const auto found = names_->tables.find({from.name_space, from.name});
    if (found == names_->tables.end()) {
      return TableNotFound(Parts(from));
    }
    if (!names_->tables.emplace(Key{to.name_space, to.name}, found->second).second) {
      return TableAlreadyExists(Parts(to));
    }
    names_->tables.erase({from.name_space, from.name});
    return Status::OK();
  }

  Status RegisterTable(const Identifier& id, const std::string& metadata_location) override {
    ARROW_RETURN_NOT_OK(table::iceberg::ReadTableMetadata(metadata_location).status());
    const std::lock_guard<std::mutex> lock(names_->mutex);
    return names_->tables.emplace(Key{id.name_space, id.name}, metadata_location).second
               ? Status::OK()
               : TableAlreadyExists(Parts(id));
  }

  Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) override {
    const std::lock_guard<std::mutex> lock(names_->mutex);
    std::set<Namespace> children;
    for (const auto& [one, properties] : names_->namespaces) {
      if (one.size() > parent.size() && std::equal(parent.begin(), parent.end(), one.begin())) {
        children.emplace(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(parent.size()) + 1);
      }
    }
    return std::vector<Namespace>(children.begin(), children.end());
  }

  Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) override {
    const std::lock_guard<std::mutex> lock(names_->mutex);
    const auto found = names_->namespaces.find(name_space);
    if (found == names_->namespaces.end()) {
      return SchemaNotFound(SchemaParts(name_space));
    }
    return NamespaceInfo{found->second};
  }

  Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) override {
    const std::lock_guard<std::mutex> lock(names_->mutex);
    return names_->namespaces.emplace(name_space, info.properties).second
               ? Status::OK()
               : SchemaAlreadyExists(base::QuoteName(SchemaParts(name_space)));
  }

  Status AlterNamespace(const Namespace& name_space,
                        const std::map<std::string, std::string>& set) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(name_space).status());
    const std::lock_guard<std::mutex> lock(names_->mutex);
    for (const auto& [key, value] : set) {
      names_->namespaces[name_space][key] = value;
    }
    return Status::OK();
  }

  Status DropNamespace(const Namespace& name_space, bool cascade) override {
    ARROW_ASSIGN_OR_RAISE(const auto tables, ListTables(name_space));
    if (!tables.empty() && !cascade) {
      return SchemaNotEmpty(base::QuoteName(SchemaParts(name_space)));
    }
    const std::lock_guard<std::mutex> lock(names_->mutex);
    std::erase_if(names_->tables, [&](const auto& one) { return one.first.first == name_space; });
    names_->namespaces.erase(name_space);
    return Status::OK();
  }

 protected:
  Result<std::shared_ptr<TableOperations>> Operations(const Identifier& id) override {
    return std::make_shared<MemoryOperations>(names_, Key{id.name_space, id.name}, Parts(id));
  }

  std::string DefaultLocation(const Identifier& id) const override {
    std::string location = warehouse_;
    for (const auto& part : id.name_space) {
      location += "/" + part;
    }
    return location + "/" + id.name;
  }

 private:
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::string warehouse_;
};

}  // namespace

std::shared_ptr<Catalog> MakeMemoryCatalog(std::string name, std::string warehouse) {
  return std::make_shared<MemoryCatalog>(std::move(name), std::move(warehouse));
}

}  // namespace emery::catalog
