#include "catalog/iceberg/iceberg_catalog.h"

#include <mutex>

#include "catalog/errors.h"

namespace emery::catalog {

using table::iceberg::IcebergTable;
using table::iceberg::MetadataUpdate;
using table::iceberg::SnapshotChoice;
using table::iceberg::TableCommit;
using table::iceberg::TableMetadata;
using table::iceberg::TableOperations;

namespace {

/// A table that no catalog knows yet: commits change it here; all of them go to the catalog
/// together.
class StagedOperations final : public TableOperations {
 public:
  StagedOperations(std::shared_ptr<TableOperations> target,
                   std::shared_ptr<const TableMetadata> base)
      : target_(std::move(target)), base_(base), current_(std::move(base)) {}

  Result<std::shared_ptr<const TableMetadata>> Refresh() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  Result<std::shared_ptr<const TableMetadata>> Commit(const TableCommit& commit) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ARROW_ASSIGN_OR_RAISE(current_, table::iceberg::ApplyUpdates(current_.get(), commit.updates,
                                                                 table::iceberg::NowMs()));
    updates_.insert(updates_.end(), commit.updates.begin(), commit.updates.end());
    return current_;
  }

  Status Publish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    TableCommit commit;
    commit.base = base_;
    commit.updates = updates_;
    if (base_ == nullptr) {
      commit.requirements.push_back(table::iceberg::AssertCreate());
    } else if (!base_->table_uuid.empty()) {
      commit.requirements.push_back(table::iceberg::AssertUuid(base_->table_uuid));
    }
    return target_->Commit(commit).status();
  }

 private:
  std::shared_ptr<TableOperations> target_;
  std::shared_ptr<const TableMetadata> base_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const TableMetadata> current_;
  std::vector<MetadataUpdate> updates_;
};

}  // namespace

std::vector<std::string> IcebergCatalog::SchemaParts(const Namespace& name_space) const {
  std::vector<std::string> parts = {name_};
  parts.insert(parts.end(), name_space.begin(), name_space.end());
  return parts;
}

std::vector<std::string> IcebergCatalog::Parts(const Identifier& id) const {
  auto parts = SchemaParts(id.name_space);
  parts.push_back(id.name);
  return parts;
}

Result<std::shared_ptr<TableOperations>> IcebergCatalog::LoadOperations(const Identifier& id) {
  ARROW_ASSIGN_OR_RAISE(const bool exists, TableExists(id));
  if (!exists) {
    return TableNotFound(Parts(id));
  }
  return Operations(id);
}

Result<std::shared_ptr<const table::Table>> IcebergCatalog::LoadTable(const Identifier& id,
                                                                      const TableVersion& version) {
  ARROW_ASSIGN_OR_RAISE(auto operations, LoadOperations(id));
  ARROW_ASSIGN_OR_RAISE(auto metadata, operations->Refresh());
  return IcebergTable::Open(std::move(metadata),
                            SnapshotChoice{version.version, version.timestamp_us},
                            base::QuoteName(Parts(id)), std::move(operations));
}

Status IcebergCatalog::CreateTable(const Identifier& id, const TableDefinition& definition) {
  ARROW_ASSIGN_OR_RAISE(const auto staged, StageTable(id, definition, false));
  return staged.commit();
}

Result<StagedTable> IcebergCatalog::StageTable(const Identifier& id,
                                               const TableDefinition& definition, bool replace) {
  if (definition.provider != "iceberg" && definition.provider != "parquet") {
    return base::Unsupported("tables of provider " + definition.provider +
                             " in an Iceberg catalog");
  }
  if (namespaces_first()) {
    ARROW_RETURN_NOT_OK(LoadNamespace(id.name_space).status());
  }
  ARROW_ASSIGN_OR_RAISE(const bool exists, TableExists(id));
  if (exists && !replace) {
    return TableAlreadyExists(Parts(id));
  }
  ARROW_ASSIGN_OR_RAISE(auto operations, Operations(id));
  std::shared_ptr<const TableMetadata> base;
  if (exists) {
    ARROW_ASSIGN_OR_RAISE(base, operations->Refresh());
  }
  std::string location = base != nullptr ? base->location : DefaultLocation(id);
  if (definition.location) {
    if (!free_locations() && *definition.location != location) {
      return base::Unsupported(
          "CREATE TABLE … LOCATION in a Hadoop catalog, which derives the "
          "places of tables from their names");
    }
    location = *definition.location;
    while (location.size() > 1 && location.back() == '/') {
      location.pop_back();
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto updates, UpdatesForDefinition(definition, location, base.get()));
  auto staged = std::make_shared<StagedOperations>(operations, base);
  TableCommit first;
  first.updates = std::move(updates);
  ARROW_ASSIGN_OR_RAISE(auto metadata, staged->Commit(first));
  StagedTable result;
  ARROW_ASSIGN_OR_RAISE(result.table,
                        IcebergTable::Open(metadata, {}, base::QuoteName(Parts(id)), staged));
  const auto parts = Parts(id);
  result.commit = [staged, parts, replace]() -> Status {
    const Status published = staged->Publish();
    return table::iceberg::IsCommitConflict(published) && !replace ? TableAlreadyExists(parts)
                                                                   : published;
  };
  // Files of a failed statement are the write job's to remove.
  result.abort = [] { return Status::OK(); };
  return result;
}

Status IcebergCatalog::AlterTable(const Identifier& id, const plan::AlterTable& change) {
  ARROW_ASSIGN_OR_RAISE(auto operations, LoadOperations(id));
  return table::iceberg::CommitWithRetry(
             operations.get(),
             [&](const TableMetadata& base) { return UpdatesForAlter(base, change, Parts(id)); })
      .status();
}

Status IcebergCatalog::RegisterTable(const Identifier& id, const std::string&) {
  return base::Unsupported("registering the table " + base::QuoteName(Parts(id)) +
                           " in this kind of catalog");
}

Result<ViewDefinition> IcebergCatalog::LoadView(const Identifier& id) {
  return TableNotFound(Parts(id));
}

Result<std::vector<std::string>> IcebergCatalog::ListViews(const Namespace&) {
  return std::vector<std::string>{};
}

Status IcebergCatalog::CreateView(const Identifier&, const ViewDefinition&, bool) {
  return base::Unsupported("CREATE VIEW in an Iceberg catalog");
}

Status IcebergCatalog::DropView(const Identifier& id) {
  return TableNotFound(Parts(id));
}

}  // namespace emery::catalog
