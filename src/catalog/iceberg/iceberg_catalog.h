#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "table/iceberg/iceberg_table.h"

namespace emery::catalog {

/// What all catalogs of Iceberg tables share: tables are opened, made and changed through
/// TableOperations; a derived class keeps the names.
class IcebergCatalog : public Catalog {
 public:
  explicit IcebergCatalog(std::string name) : name_(std::move(name)) {}

  const std::string& name() const override { return name_; }

  Result<std::shared_ptr<const table::Table>> LoadTable(const Identifier& id,
                                                        const TableVersion& version) override;
  Status CreateTable(const Identifier& id, const TableDefinition& definition) override;
  Result<StagedTable> StageTable(const Identifier& id, const TableDefinition& definition,
                                 bool replace) override;
  Status AlterTable(const Identifier& id, const plan::AlterTable& change) override;

  Result<ViewDefinition> LoadView(const Identifier& id) override;
  Result<std::vector<std::string>> ListViews(const Namespace& name_space) override;
  Status CreateView(const Identifier& id, const ViewDefinition& view, bool replace) override;
  Status DropView(const Identifier& id) override;

  /// Operations of a table that exists, for procedures. Errors: TABLE_OR_VIEW_NOT_FOUND.
  Result<std::shared_ptr<table::iceberg::TableOperations>> LoadOperations(const Identifier& id);

  /// Adds a table whose metadata file exists. Errors: TABLE_OR_VIEW_ALREADY_EXISTS; UNSUPPORTED
  /// where the catalog derives places from names.
  virtual Status RegisterTable(const Identifier& id, const std::string& metadata_location);

 protected:
  /// Operations of a table that may not exist yet: its first commit makes it.
  virtual Result<std::shared_ptr<table::iceberg::TableOperations>> Operations(
      const Identifier& id) = 0;
  virtual std::string DefaultLocation(const Identifier& id) const = 0;

  /// Whether CREATE TABLE … LOCATION is allowed.
  virtual bool free_locations() const { return true; }

  /// Whether a table's namespace has to exist before it.
  virtual bool namespaces_first() const { return true; }

  std::vector<std::string> SchemaParts(const Namespace& name_space) const;
  std::vector<std::string> Parts(const Identifier& id) const;

 private:
  std::string name_;
};

/// The updates that make a new table, or (with `base`) replace it. Errors: what Iceberg can't do.
Result<std::vector<table::iceberg::MetadataUpdate>> UpdatesForDefinition(
    const TableDefinition& definition, const std::string& location,
    const table::iceberg::TableMetadata* base);

/// The updates that ALTER TABLE asks for. `name`: for messages.
Result<std::vector<table::iceberg::MetadataUpdate>> UpdatesForAlter(
    const table::iceberg::TableMetadata& base, const plan::AlterTable& change,
    const std::vector<std::string>& name);

}  // namespace emery::catalog
