#include "catalog/hadoop/hadoop_catalog.h"

#include <algorithm>
#include <charconv>

#include "arrow/buffer.h"

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "catalog/iceberg/iceberg_catalog.h"
#include "catalog/iceberg/metadata_files.h"
#include "io/object_store.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/selectors.h"

namespace emery::catalog {

using table::iceberg::IcebergTable;
using table::iceberg::SnapshotChoice;
using table::iceberg::TableMetadata;
using table::iceberg::TableOperations;

namespace {

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

/// A table folder that numbers its metadata files itself.
class FolderOperations final : public MetadataFileOperations {
 public:
  FolderOperations(std::string folder, std::vector<std::string> parts)
      : folder_(std::move(folder)), parts_(std::move(parts)) {}

 protected:
  Result<std::string> CurrentLocation() override {
    return table::iceberg::FindCurrentMetadata(folder_);
  }

  Result<std::string> Swap(const std::string& base_location, const TableMetadata&,
                           const std::string& json) override {
    int64_t version = 0;
    if (!base_location.empty()) {
      const auto name = base_location.substr(base_location.rfind('/') + 1);
      if (name.empty() || name[0] != 'v' ||
          std::from_chars(name.data() + 1, name.data() + name.size(), version).ec != std::errc()) {
        return base::Unsupported("committing to " + base_location +
                                 ", which belongs to another kind of catalog");
      }
    }
    const std::string next = std::to_string(version + 1);
    const std::string location = folder_ + "/metadata/v" + next + ".metadata.json";
    std::string path = location;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    // A reader takes compressed files of the same version as well.
    for (const char* ending : {".gz.metadata.json", ".metadata.json.gz"}) {
      std::string other = folder_ + "/metadata/v" + next + ending;
      ARROW_ASSIGN_OR_RAISE(const auto other_store, io::StoreFor(&other));
      if (other_store->Stat(other).ok()) {
        return table::iceberg::CommitConflict("version " + next + " of the table exists");
      }
    }
    const Status created = store->CreateIfAbsent(path, json);
    if (!created.ok()) {
      // A lost reply and another writer look the same: what is there decides.
      const auto present = store->Read(path);
      const bool ours =
          present.ok() && std::string_view(reinterpret_cast<const char*>((*present)->data()),
                                           static_cast<size_t>((*present)->size())) == json;
      if (!ours && (created.IsAlreadyExists() || present.ok())) {
        return table::iceberg::CommitConflict("version " + next + " of the table exists");
      }
      if (!ours) {
        return table::iceberg::CommitStateUnknown(location, created);
      }
    }
    // Readers look for later versions than the hint's, so that it may fail.
    std::string hint = folder_ + "/metadata/version-hint.text";
    const auto hint_store = io::StoreFor(&hint);
    if (hint_store.ok()) {
      (void)(*hint_store)->Put(hint, next);
    }
    return location;
  }

 private:
  std::string folder_;
  std::vector<std::string> parts_;
};

class HadoopCatalog final : public IcebergCatalog {
 public:
  HadoopCatalog(std::string name, std::string warehouse)
      : IcebergCatalog(std::move(name)), warehouse_(std::move(warehouse)) {
    while (warehouse_.size() > 1 && warehouse_.back() == '/') {
      warehouse_.pop_back();
    }
  }

  Result<bool> TableExists(const Identifier& id) override { return IsTable(FolderOf(id)); }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    // The namespace that a session starts in need not be there.
    if (name_space != default_namespace()) {
      ARROW_RETURN_NOT_OK(LoadNamespace(name_space).status());
    }
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

  Status DropTable(const Identifier& id, bool) override {
    ARROW_ASSIGN_OR_RAISE(const bool exists, TableExists(id));
    if (!exists) {
      return TableNotFound(Parts(id));
    }
    std::string folder = FolderOf(id);
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    return store->DeleteTree(folder);
  }

  Status RenameTable(const Identifier& from, const Identifier&) override {
    return base::Unsupported("renaming the table " + base::QuoteName(Parts(from)) +
                             " of a Hadoop catalog, whose folders are named for their tables");
  }

  Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) override {
    for (const auto& [key, value] : info.properties) {
      if (key != "location" && key != "owner") {
        return base::Unsupported("properties of namespaces in a Hadoop catalog (" + key + ")");
      }
    }
    if (LoadNamespace(name_space).ok()) {
      return SchemaAlreadyExists(base::QuoteName(SchemaParts(name_space)));
    }
    std::string folder = FolderOf(name_space);
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    return store->CreateFolder(folder);
  }

  Status DropNamespace(const Namespace& name_space, bool cascade) override {
    ARROW_RETURN_NOT_OK(LoadNamespace(name_space).status());
    ARROW_ASSIGN_OR_RAISE(const auto tables, ListTables(name_space));
    ARROW_ASSIGN_OR_RAISE(const auto children, ListNamespaces(name_space));
    if ((!tables.empty() || !children.empty()) && !cascade) {
      return SchemaNotEmpty(base::QuoteName(SchemaParts(name_space)));
    }
    std::string folder = FolderOf(name_space);
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&folder));
    return store->DeleteTree(folder);
  }

 protected:
  Result<std::shared_ptr<TableOperations>> Operations(const Identifier& id) override {
    return std::make_shared<FolderOperations>(FolderOf(id), Parts(id));
  }

  std::string DefaultLocation(const Identifier& id) const override { return FolderOf(id); }

  bool free_locations() const override { return false; }

  bool namespaces_first() const override { return false; }

 private:
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

  std::string warehouse_;
};

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
