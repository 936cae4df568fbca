#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace emery::catalog {

/// Iceberg tables in folders: <warehouse>/<namespace…>/<table>, each table keeping its own metadata
/// versions (Iceberg's HadoopCatalog, which upstream deprecates for writing on object stores): a
/// commit creates metadata/v<n+1>.metadata.json where there is none, version-hint.text is written
/// after it. Namespaces are folders without a metadata folder; they have no properties.
std::shared_ptr<Catalog> MakeHadoopCatalog(std::string name, std::string warehouse);

}  // namespace emery::catalog
