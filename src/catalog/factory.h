#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "catalog/catalog.h"

namespace emery::catalog {

/// Settings of one catalog: what follows `spark.sql.catalog.<name>.` to its value.
using CatalogOptions = std::map<std::string, std::string>;

/// Makes a catalog without touching the outside world: connections are opened by the first use.
using CatalogMaker = std::function<Result<std::shared_ptr<Catalog>>(
    const std::string& name, const CatalogOptions& options, const base::Config& config)>;

/// A registration block: `static const CatalogRegistration
/// kX("org.apache.iceberg.spark.SparkCatalog", …);` says which maker stands for the class that
/// `spark.sql.catalog.<name>` names. Filled before main, then only read.
class CatalogRegistration {
 public:
  CatalogRegistration(std::string class_name, CatalogMaker maker);
};

/// The maker for a class name, or null.
const CatalogMaker* FindCatalogMaker(std::string_view class_name);

/// What a table of some format needs to be opened by its place: FROM format.`path`, and tables of a
/// session catalog.
struct PathTableRequest {
  std::string format;                          // lower case
  std::vector<std::string> paths;              // may hold glob patterns
  std::map<std::string, std::string> options;  // of the reader
  type::Schema schema;                         // empty: found out from the files
  std::vector<std::string> partition_columns;  // only with a schema
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  std::string name;  // as shown in messages and EXPLAIN
  TableVersion version;
  bool may_be_empty = false;  // a catalog's table: a folder without files is a table without rows
  std::shared_ptr<const base::Config> config;
};

using PathTableMaker =
    std::function<Result<std::shared_ptr<const table::Table>>(const PathTableRequest& request)>;

/// As CatalogRegistration, for the formats that can follow FROM and USING.
class PathTableRegistration {
 public:
  PathTableRegistration(std::string format, PathTableMaker maker);
};

const PathTableMaker* FindPathTableMaker(std::string_view format);

}  // namespace emery::catalog
