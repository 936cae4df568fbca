#include "catalog/manager.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/factory.h"
#include "catalog/session/session_catalog.h"

namespace emery::catalog {

namespace {

constexpr std::string_view kPrefix = "spark.sql.catalog.";

Status CatalogNotFound(const std::string& name) {
  return base::UserError("CATALOG_NOT_FOUND",
                         "The catalog " + base::QuoteIdentifier(name) +
                             " not found. Consider to set the SQL config \"spark.sql.catalog." +
                             name + "\" to a catalog plugin.",
                         {{"catalogName", base::QuoteIdentifier(name)},
                          {"config", "\"spark.sql.catalog." + name + "\""}});
}

}  // namespace

std::vector<std::string> LocatedName::parts() const {
  std::vector<std::string> all{catalog->name()};
  all.insert(all.end(), id.name_space.begin(), id.name_space.end());
  all.push_back(id.name);
  return all;
}

CatalogManager::CatalogManager(std::function<base::Config()> config)
    : config_(std::move(config)),
      current_catalog_(kSessionCatalog),
      current_namespace_({"default"}) {}

bool CatalogManager::IsConfigured(const std::string& name) const {
  return name == kSessionCatalog || config_().entries().contains(std::string(kPrefix) + name);
}

Result<std::shared_ptr<Catalog>> CatalogManager::Find(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = catalogs_.find(name);
  if (found != catalogs_.end()) {
    return found->second;
  }
  CatalogOptions options;
  const std::string prefix = std::string(kPrefix) + name;
  const base::Config config = config_();
  const auto& entries = config.entries();
  for (auto it = entries.lower_bound(prefix + "."); it != entries.end(); ++it) {
    if (it->first.compare(0, prefix.size() + 1, prefix + ".") != 0) {
      break;
    }
    options.emplace(it->first.substr(prefix.size() + 1), it->second);
  }
  std::shared_ptr<Catalog> made;
  const auto class_name = entries.find(prefix);
  if (class_name == entries.end()) {
    if (name != kSessionCatalog) {
      return CatalogNotFound(name);
    }
    made = session::MakeSessionCatalog(name, config);
  } else {
    const CatalogMaker* maker = FindCatalogMaker(class_name->second);
    if (maker == nullptr) {
      return base::UserError("CANNOT_LOAD_CATALOG",
                             "Cannot load class " + class_name->second + " for catalog " + name +
                                 ": no such catalog is built in.",
                             {{"catalogName", name}, {"className", class_name->second}});
    }
    ARROW_ASSIGN_OR_RAISE(made, (*maker)(name, options, config));
  }
  catalogs_.emplace(name, made);
  return made;
}

std::vector<std::string> CatalogManager::Names() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::set<std::string> names{kSessionCatalog};
  for (const auto& [name, catalog] : catalogs_) {
    names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::string CatalogManager::current_catalog() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_catalog_;
}

Namespace CatalogManager::current_namespace() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return current_namespace_;
}

Status CatalogManager::SetCurrentCatalog(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Catalog> found, Find(name));
  std::lock_guard<std::mutex> lock(mutex_);
  if (current_catalog_ != name) {
    current_catalog_ = name;
    current_namespace_ = found->default_namespace();
  }
  return Status::OK();
}

Status CatalogManager::SetCurrentNamespace(const Namespace& name_space) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Catalog> found, Find(current_catalog()));
  ARROW_RETURN_NOT_OK(found->LoadNamespace(name_space).status());
  std::lock_guard<std::mutex> lock(mutex_);
  current_namespace_ = name_space;
  return Status::OK();
}

Status CatalogManager::Use(const std::vector<std::string>& name) {
  if (name.empty()) {
    return Status::OK();
  }
  if (!IsConfigured(name[0])) {
    return SetCurrentNamespace(name);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Catalog> found, Find(name[0]));
  Namespace target(name.begin() + 1, name.end());
  if (!target.empty()) {
    ARROW_RETURN_NOT_OK(found->LoadNamespace(target).status());
  }
  std::lock_guard<std::mutex> lock(mutex_);
  current_catalog_ = name[0];
  current_namespace_ = target.empty() ? found->default_namespace() : target;
  return Status::OK();
}

Result<LocatedName> CatalogManager::Locate(const std::vector<std::string>& name) {
  return Locate(name, current_catalog(), current_namespace());
}

Result<LocatedName> CatalogManager::Locate(const std::vector<std::string>& name,
                                           const std::string& in_catalog,
                                           const Namespace& in_namespace) {
  if (name.empty()) {
    return base::InternalError("an empty table name");
  }
  LocatedName located;
  if (name.size() > 1 && IsConfigured(name[0])) {
    ARROW_ASSIGN_OR_RAISE(located.catalog, Find(name[0]));
    located.id.name_space.assign(name.begin() + 1, name.end() - 1);
    if (located.id.name_space.empty()) {
      located.id.name_space = located.catalog->default_namespace();
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(located.catalog, Find(in_catalog));
    located.id.name_space.assign(name.begin(), name.end() - 1);
    if (located.id.name_space.empty()) {
      located.id.name_space = in_namespace;
    }
  }
  located.id.name = name.back();
  return located;
}

Result<std::pair<std::shared_ptr<Catalog>, Namespace>> CatalogManager::LocateNamespace(
    const std::vector<std::string>& name) {
  std::shared_ptr<Catalog> found;
  if (!name.empty() && IsConfigured(name[0])) {
    ARROW_ASSIGN_OR_RAISE(found, Find(name[0]));
    return std::make_pair(found, Namespace(name.begin() + 1, name.end()));
  }
  ARROW_ASSIGN_OR_RAISE(found, Find(current_catalog()));
  return std::make_pair(found, name.empty() ? current_namespace() : name);
}

}  // namespace emery::catalog
