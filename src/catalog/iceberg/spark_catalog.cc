// Spark's settings of Iceberg catalogs: spark.sql.catalog.<name> = …SparkCatalog or
// …SparkSessionCatalog, with .type or .catalog-impl, .warehouse and .uri.
#include <cstdio>

#include "catalog/factory.h"
#include "catalog/hadoop/hadoop_catalog.h"
#include "catalog/iceberg/memory_catalog.h"
#include "catalog/iceberg/session_wrapper.h"
#include "catalog/jdbc/jdbc_catalog.h"
#include "catalog/session/session_catalog.h"
#include "io/object_store.h"
#include "io/scheme_folders.h"

namespace emery::catalog {

namespace {

/// A folder without a scheme as an absolute path: metadata files name it, and others read them.
Result<std::string> Absolute(const std::string& folder) {
  const auto colon = folder.find(':');
  if (folder.empty() || folder[0] == '/' ||
      (colon != std::string::npos && colon < folder.find('/'))) {
    return folder;
  }
  std::string path = folder;
  ARROW_RETURN_NOT_OK(io::StoreFor(&path).status());
  return path;
}

/// The local file of an SQLite catalog.
Result<std::string> LocalFile(const std::string& path) {
  std::string local = path;
  ARROW_RETURN_NOT_OK(io::StoreFor(&local).status());
  return local;
}

Result<std::shared_ptr<Catalog>> MakeIceberg(const std::string& name, const CatalogOptions& options,
                                             const base::Config& config) {
  const auto get = [&](const char* key) {
    const auto it = options.find(key);
    return it == options.end() ? std::string() : it->second;
  };
  const std::string s3_root = config.GetString("emery.s3.local.root", "");
  if (!s3_root.empty()) {
    io::MapSchemeToFolder("s3", s3_root);
    io::MapSchemeToFolder("s3a", s3_root);
  }
  std::string type = get("type");
  const std::string impl = get("catalog-impl");
  if (!impl.empty()) {
    type = impl.ends_with(".HadoopCatalog")     ? "hadoop"
           : impl.ends_with(".JdbcCatalog")     ? "jdbc"
           : impl.ends_with(".InMemoryCatalog") ? "in-memory"
           : impl.ends_with(".GlueCatalog")     ? "glue"
           : impl.ends_with(".HiveCatalog")     ? "hive"
           : impl.ends_with(".RESTCatalog")     ? "rest"
                                                : impl;
  }
  const bool embedded = type.empty() || type == "hive" || type == "glue" || type == "embedded";
  std::string warehouse = get("warehouse");
  if (warehouse.empty() && type == "hadoop") {
    return base::UserError(
        "INVALID_CONF_VALUE",
        "The Iceberg catalog " + base::QuoteIdentifier(name) + " needs spark.sql.catalog." + name +
            ".warehouse.",
        {{"confName", "spark.sql.catalog." + name + ".warehouse"}, {"confValue", ""}});
  }
  if (warehouse.empty()) {
    warehouse = type == "in-memory"
                    ? "memory:/" + name
                    : config.GetString("spark.sql.warehouse.dir", "spark-warehouse");
  }
  ARROW_ASSIGN_OR_RAISE(warehouse, Absolute(warehouse));
  while (warehouse.size() > 1 && warehouse.back() == '/') {
    warehouse.pop_back();
  }
  if (type == "hadoop") {
    return MakeHadoopCatalog(name, warehouse);
  }
  if (type == "in-memory") {
    return MakeMemoryCatalog(name, warehouse);
  }
  if (type == "jdbc") {
    std::string uri = get("uri");
    if (!uri.empty() && !uri.starts_with("jdbc:sqlite:")) {
      return base::Unsupported("the JDBC catalog at " + uri + ": only jdbc:sqlite: is served");
    }
    uri = uri.empty() ? warehouse + "/_iceberg_catalog.sqlite" : uri.substr(12);
    uri = uri.substr(0, uri.find('?'));
    if (uri == ":memory:" || uri == "file::memory:") {
      return MakeMemoryCatalog(name, warehouse);
    }
    ARROW_ASSIGN_OR_RAISE(const std::string file, LocalFile(uri));
    return MakeJdbcCatalog(name, file, warehouse);
  }
  if (embedded) {
    if (type == "glue" || type == "hive") {
      std::fprintf(stderr,
                   "Note: the Iceberg catalog %s is set to %s, which is not there; its tables are "
                   "kept in %s/_iceberg_catalog.sqlite.\n",
                   name.c_str(), type.c_str(), warehouse.c_str());
    }
    ARROW_ASSIGN_OR_RAISE(const std::string file,
                          LocalFile(warehouse + "/_iceberg_catalog.sqlite"));
    return MakeJdbcCatalog(name, file, warehouse);
  }
  return base::Unsupported("the Iceberg catalog `" + name + "` of type " + type +
                           " (set spark.sql.catalog." + name + ".type to jdbc or hadoop)");
}

Result<std::shared_ptr<Catalog>> MakeSession(const std::string& name, const CatalogOptions& options,
                                             const base::Config& config) {
  ARROW_ASSIGN_OR_RAISE(auto iceberg, MakeIceberg(name, options, config));
  return MakeSessionWrapper(session::MakeSessionCatalog(name, config), std::move(iceberg));
}

const CatalogRegistration kSparkCatalog("org.apache.iceberg.spark.SparkCatalog", MakeIceberg);
const CatalogRegistration kSparkSessionCatalog("org.apache.iceberg.spark.SparkSessionCatalog",
                                               MakeSession);

}  // namespace

}  // namespace emery::catalog
