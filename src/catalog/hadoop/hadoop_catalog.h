#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace emery::catalog {

/// Iceberg tables in folders: <warehouse>/<namespace…>/<table>, each table keeping its own metadata
/// versions (Iceberg's HadoopCatalog, which upstream deprecates for writing on object stores).
/// Namespaces are folders without a metadata folder. Reading only: everything that would change a
/// table answers UNSUPPORTED_FEATURE.
std::shared_ptr<Catalog> MakeHadoopCatalog(std::string name, std::string warehouse);

}  // namespace emery::catalog
