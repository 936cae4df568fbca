#include "catalog/iceberg/session_wrapper.h"

#include <algorithm>

namespace emery::catalog {

namespace {

class SessionWrapper final : public Catalog {
 public:
  SessionWrapper(std::shared_ptr<Catalog> session, std::shared_ptr<Catalog> iceberg)
      : session_(std::move(session)), iceberg_(std::move(iceberg)) {}

  Catalog* iceberg() const { return iceberg_.get(); }

  const std::string& name() const override { return session_->name(); }

  Namespace default_namespace() const override { return session_->default_namespace(); }

  Result<std::shared_ptr<const table::Table>> LoadTable(const Identifier& id,
                                                        const TableVersion& version) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideOf(id));
    return side->LoadTable(id, version);
  }

  Result<bool> TableExists(const Identifier& id) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideOf(id));
    return side->TableExists(id);
  }

  Result<std::vector<std::string>> ListTables(const Namespace& name_space) override {
    ARROW_ASSIGN_OR_RAISE(auto names, session_->ListTables(name_space));
    if (iceberg_->LoadNamespace(name_space).ok()) {
      ARROW_ASSIGN_OR_RAISE(const auto more, iceberg_->ListTables(name_space));
      names.insert(names.end(), more.begin(), more.end());
      std::sort(names.begin(), names.end());
    }
    return names;
  }

  Status CreateTable(const Identifier& id, const TableDefinition& definition) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideFor(id, definition));
    return side->CreateTable(id, definition);
  }

  Result<StagedTable> StageTable(const Identifier& id, const TableDefinition& definition,
                                 bool replace) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideFor(id, definition));
    return side->StageTable(id, definition, replace);
  }

  Status DropTable(const Identifier& id, bool purge) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideOf(id));
    return side->DropTable(id, purge);
  }

  Status RenameTable(const Identifier& from, const Identifier& to) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideOf(from));
    return side->RenameTable(from, to);
  }

  Status AlterTable(const Identifier& id, const plan::AlterTable& change) override {
    ARROW_ASSIGN_OR_RAISE(auto* side, SideOf(id));
    return side->AlterTable(id, change);
  }

  Result<std::vector<Namespace>> ListNamespaces(const Namespace& parent) override {
    return session_->ListNamespaces(parent);
  }

  Result<NamespaceInfo> LoadNamespace(const Namespace& name_space) override {
    return session_->LoadNamespace(name_space);
  }

  Status CreateNamespace(const Namespace& name_space, const NamespaceInfo& info) override {
    return session_->CreateNamespace(name_space, info);
  }

  Status AlterNamespace(const Namespace& name_space,
                        const std::map<std::string, std::string>& set) override {
    return session_->AlterNamespace(name_space, set);
  }

  Status DropNamespace(const Namespace& name_space, bool cascade) override {
    if (iceberg_->LoadNamespace(name_space).ok()) {
      ARROW_RETURN_NOT_OK(iceberg_->DropNamespace(name_space, cascade));
    }
    return session_->DropNamespace(name_space, cascade);
  }

  Result<ViewDefinition> LoadView(const Identifier& id) override { return session_->LoadView(id); }

  Result<std::vector<std::string>> ListViews(const Namespace& name_space) override {
    return session_->ListViews(name_space);
  }

  Status CreateView(const Identifier& id, const ViewDefinition& view, bool replace) override {
    return session_->CreateView(id, view, replace);
  }

  Status DropView(const Identifier& id) override { return session_->DropView(id); }

 private:
  Result<Catalog*> SideOf(const Identifier& id) {
    ARROW_ASSIGN_OR_RAISE(const bool there, iceberg_->TableExists(id));
    return there ? iceberg_.get() : session_.get();
  }

  Result<Catalog*> SideFor(const Identifier& id, const TableDefinition& definition) {
    if (definition.provider != "iceberg") {
      return session_.get();
    }
    ARROW_ASSIGN_OR_RAISE(const auto info, session_->LoadNamespace(id.name_space));
    if (!iceberg_->LoadNamespace(id.name_space).ok()) {
      ARROW_RETURN_NOT_OK(iceberg_->CreateNamespace(id.name_space, {}));
    }
    return iceberg_.get();
  }

  std::shared_ptr<Catalog> session_;
  std::shared_ptr<Catalog> iceberg_;
};

}  // namespace

std::shared_ptr<Catalog> MakeSessionWrapper(std::shared_ptr<Catalog> session,
                                            std::shared_ptr<Catalog> iceberg) {
  return std::make_shared<SessionWrapper>(std::move(session), std::move(iceberg));
}

Catalog* IcebergSideOf(Catalog* catalog) {
  auto* wrapper = dynamic_cast<SessionWrapper*>(catalog);
  return wrapper == nullptr ? catalog : wrapper->iceberg();
}

}  // namespace emery::catalog
