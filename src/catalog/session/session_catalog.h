#pragma once

#include <memory>
#include <string>

#include "base/config.h"
#include "catalog/catalog.h"

namespace emery::catalog::session {

/// Spark's built-in catalog: namespaces of one level, tables that are folders of files, views. What
/// it knows lies in an SQLite file in the folder `spark.sql.warehouse.dir`, which is made by the
/// first change; any number of processes may use it at once. Names are case-insensitive and kept in
/// lower case, as Spark keeps them.
std::shared_ptr<Catalog> MakeSessionCatalog(const std::string& name, const base::Config& config);

}  // namespace emery::catalog::session
