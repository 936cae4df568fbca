#include "catalog/hadoop/hadoop_catalog.h"

#include <algorithm>

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "io/object_store.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/selectors.h"

namespace emery::catalog {

using table::iceberg::IcebergTable;
using table::iceberg::SnapshotChoice;

namespace {

Status ReadOnly(const std::string& what) {
  return base::Unsupported(what + " in an Iceberg catalog");
}

Result<std::shared_ptr<const table::Table>> OpenAt(const std::string& location,
                                                   const TableVersion& version,
                                                   const std::string& name) {
  std::string metadata_location = location;
  if (location.find(".metadata.json") == std::string::npos) {
    ARROW_ASSIGN_OR_RAISE(metadata_location, table::iceberg::FindCurrentMetadata(location));
  }
  ARROW_ASSIGN_OR_RAISE(auto metadata, table::iceberg::ReadTableMetadata(metadata_location));
  return IcebergTable::Open(std::move(metadata),
                            SnapshotChoice{version.version, version.timestamp_us}, name);
}

class HadoopCatalog final : public Catalog {
 public:
  HadoopCatalog(std::string name, std::string warehouse)
      : name_(std::move(name)), warehouse_(std::move(warehouse)) {
    while (warehouse_.size() > 1 && warehouse_.back() == '/') {
      warehouse_.pop_back();
    }
  }

  const std::string& name() const override { return name_; }

  Result<std::shared_ptr<const table::Table>> LoadTable(const Identifier& id,
                                                        const TableVersion& version) override {
    ARROW_ASSIGN_OR_RAISE(const bool exists, TableExists(id));
    if (!exists) {
      return TableNotFound(Parts(id));
    }
    return OpenAt(FolderOf(id), version, base::QuoteName(Parts(id)));
  }

  Result<bool> TableExists(const Identifier& id) override { return IsTable(FolderOf(id)); }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    ARROW_ASSIGN_OR_RAISE(const auto folders, Subfolders(name_space));
    std::vector<std::string> names;
    for (const auto& folder : folders) {
      ARROW_ASSIGN_OR_RAISE(const bool is_table, IsTable(FolderOf(name_space) + "/" + folder));
      if (is_table) {
        names.push_back(folder);
      }
    }
    return names;
  }

  Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) override {
    ARROW_ASSIGN_OR_RAISE(const auto folders, Subfolders(parent));
    std::vector<Namespace> namespaces;
    for (const auto& folder : folders) {
      ARROW_ASSIGN_OR_RAISE(const bool is_table, IsTable(FolderOf(parent) + "/" + folder));
      if (!is_table) {
        Namespace child = parent;
        child.push_back(folder);
        namespaces.push_back(std::move(child));
      }
    }
    return namespaces;
  }

  Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) override {
    std::string folder = FolderOf(name_space);
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    if (!name_space.empty()) {
      Namespace parent(name_space.begin(), name_space.end() - 1);
      ARROW_ASSIGN_OR_RAISE(const auto siblings, Subfolders(parent));
      if (std::find(siblings.begin(), siblings.end(), name_space.back()) == siblings.end()) {
        return SchemaNotFound(SchemaParts(name_space));
      }
    }
    NamespaceInfo info;
    info.properties["location"] = folder;
    return info;
  }

  Status CreateTable(const Identifier&, const TableDefinition&) override {
    return ReadOnly("CREATE TABLE");
  }

  Result<StagedTable> StageTable(const Identifier&, const TableDefinition&, bool) override {
    return ReadOnly("CREATE TABLE AS SELECT");
  }

  Status DropTable(const Identifier&, bool) override { return ReadOnly("DROP TABLE"); }

  Status RenameTable(const Identifier&, const Identifier&) override {
    return ReadOnly("ALTER TABLE RENAME");
  }

  Status AlterTable(const Identifier&, const plan::AlterTable&) override {
    return ReadOnly("ALTER TABLE");
  }

  Status CreateNamespace(const Namespace&, const NamespaceInfo&) override {
    return ReadOnly("CREATE NAMESPACE");
  }

  Status DropNamespace(const Namespace&, bool) override { return ReadOnly("DROP NAMESPACE"); }

  Result<ViewDefinition> LoadView(const Identifier& id) override {
    return TableNotFound(Parts(id));
  }

  Result<std::vector<std::string>> ListViews(const Namespace&) override {
    return std::vector<std::string>{};
  }

  Status CreateView(const Identifier&, const ViewDefinition&, bool) override {
    return ReadOnly("CREATE VIEW");
  }

  Status DropView(const Identifier&) override { return ReadOnly("DROP VIEW"); }

 private:
  std::vector<std::string> SchemaParts(const Namespace& name_space) const {
    std::vector<std::string> parts = {name_};
    parts.insert(parts.end(), name_space.begin(), name_space.end());
    return parts;
  }

  std::vector<std::string> Parts(const Identifier& id) const {
    auto parts = SchemaParts(id.name_space);
    parts.push_back(id.name);
    return parts;
  }

  std::string FolderOf(const Namespace& name_space) const {
    std::string folder = warehouse_;
    for (const auto& part : name_space) {
      folder += "/" + part;
    }
    return folder;
  }

  std::string FolderOf(const Identifier& id) const {
    return FolderOf(id.name_space) + "/" + id.name;
  }

  static Result<bool> IsTable(std::string folder) {
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    const auto files = store->List(folder + "/metadata", false);
    if (!files.ok()) {
      return io::IsNotFound(files.status()) ? Result<bool>(false) : Result<bool>(files.status());
    }
    for (const auto& file : *files) {
      if (file.path.find(".metadata.json") != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  Result<std::vector<std::string>> Subfolders(const Namespace& name_space) const {
    std::string folder = FolderOf(name_space);
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    std::vector<std::string> names;
    const auto entries = store->List(folder, false);
    if (!entries.ok()) {
      if (io::IsNotFound(entries.status())) {
        return names;
      }
      return entries.status();
    }
    for (const auto& entry : *entries) {
      if (entry.path.empty() || entry.path.back() != '/') {
        continue;
      }
      const std::string path = entry.path.substr(0, entry.path.size() - 1);
      const std::string name = path.substr(path.rfind('/') + 1);
      if (!name.empty() && name[0] != '.' && name[0] != '_') {
        names.push_back(name);
      }
    }
    return names;
  }

  std::string name_;
  std::string warehouse_;
};

Result<std::shared_ptr<Catalog>> MakeFromOptions(const std::string& name,
                                                 const CatalogOptions& options,
                                                 const base::Config&) {
  const auto get = [&](const char* key) {
    const auto it = options.find(key);
    return it == options.end() ? std::string() : it->second;
  };
  const std::string type = get("type");
  const std::string impl = get("catalog-impl");
  if (type != "hadoop" && impl != "org.apache.iceberg.hadoop.HadoopCatalog") {
    return base::Unsupported("the Iceberg catalog `" + name + "` of type " +
                             (type.empty() ? impl : type) + " (set spark.sql.catalog." + name +
                             ".type=hadoop)");
  }
  const std::string warehouse = get("warehouse");
  if (warehouse.empty()) {
    return base::UserError("INVALID_CONF_VALUE",
                           "The Iceberg catalog " + base::QuoteIdentifier(name) +
                               " needs spark.sql.catalog." + name + ".warehouse.");
  }
  return MakeHadoopCatalog(name, warehouse);
}

const CatalogRegistration kSparkCatalog("org.apache.iceberg.spark.SparkCatalog", MakeFromOptions);

const PathTableRegistration kIcebergPath(
    "iceberg", [](const PathTableRequest& request) -> Result<std::shared_ptr<const table::Table>> {
      if (request.paths.size() != 1) {
        return base::Unsupported("an Iceberg table at several paths");
      }
      const auto place = table::iceberg::SplitLocation(request.paths[0]);
      if (place.selectors.empty()) {
        return OpenAt(request.paths[0], request.version, request.name);
      }
      ARROW_ASSIGN_OR_RAISE(auto table, OpenAt(place.location, {}, request.name));
      for (const auto& selector : place.selectors) {
        ARROW_ASSIGN_OR_RAISE(
            auto selected,
            table::iceberg::OpenSelected(table, selector,
                                         {request.version.version, request.version.timestamp_us}));
        if (selected == nullptr) {
          return TableNotFound({request.format, request.paths[0]});
        }
        table = std::move(selected);
      }
      return table;
    });

}  // namespace

std::shared_ptr<Catalog> MakeHadoopCatalog(std::string name, std::string warehouse) {
  return std::make_shared<HadoopCatalog>(std::move(name), std::move(warehouse));
}

}  // namespace emery::catalog
