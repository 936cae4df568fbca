#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/config.h"
#include "catalog/catalog.h"

namespace emery::catalog {

inline constexpr const char* kSessionCatalog = "spark_catalog";

/// A name led to its catalog.
struct LocatedName {
  std::shared_ptr<Catalog> catalog;
  Identifier id;

  /// catalog, namespace and name.
  std::vector<std::string> parts() const;
};

/// The catalogs of one session, made from `spark.sql.catalog.*` when first asked for, and where
/// unqualified names are looked up. Thread-safe.
class CatalogManager {
 public:
  /// `config` gives the settings as they are when asked; called from any thread.
  explicit CatalogManager(std::function<base::Config()> config);

  /// Errors: CATALOG_NOT_FOUND.
  Result<std::shared_ptr<Catalog>> Find(const std::string& name);
  /// Whether a catalog of that name is configured; it need not work.
  bool IsConfigured(const std::string& name) const;
  /// Catalogs in use so far, sorted: what SHOW CATALOGS lists.
  std::vector<std::string> Names() const;

  std::string current_catalog() const;
  Namespace current_namespace() const;
  /// Also sets the namespace to that catalog's default. Errors: CATALOG_NOT_FOUND.
  Status SetCurrentCatalog(const std::string& name);
  /// Errors: SCHEMA_NOT_FOUND.
  Status SetCurrentNamespace(const Namespace& name_space);
  /// USE a.b: a catalog, a catalog and a namespace, or a namespace of the current catalog.
  Status Use(const std::vector<std::string>& name);

  /// Leads a table's or view's name to its catalog, by Spark's rule: a first part that names a
  /// catalog is one. Looks up nothing.
  Result<LocatedName> Locate(const std::vector<std::string>& name);
  /// The same with other current places: names inside a stored view.
  Result<LocatedName> Locate(const std::vector<std::string>& name,
                             const std::string& current_catalog,
                             const Namespace& current_namespace);
  /// A name that means a namespace; empty: the current one.
  Result<std::pair<std::shared_ptr<Catalog>, Namespace>> LocateNamespace(
      const std::vector<std::string>& name);

 private:
  const std::function<base::Config()> config_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::string, std::shared_ptr<Catalog>> catalogs_;
  std::string current_catalog_;
  Namespace current_namespace_;
};

}  // namespace emery::catalog
