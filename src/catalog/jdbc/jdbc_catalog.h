#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace emery::catalog {

/// Iceberg's JDBC catalog (schema V1) in the SQLite file `path`, which is made when something is
/// first written. `catalog_name` is the value of the column of that name: Iceberg uses the Spark
/// catalog's name. Tables without a LOCATION lie in <warehouse>/<namespace…>/<table>.
std::shared_ptr<Catalog> MakeJdbcCatalog(std::string name, std::string path, std::string warehouse);

}  // namespace emery::catalog
