#pragma once

#include <memory>

#include "catalog/catalog.h"

namespace emery::catalog {

/// Iceberg's SparkSessionCatalog: tables made USING iceberg are kept in `iceberg`, all others, and
/// views, in `session`; a name is looked for in `iceberg` first. Namespaces are the session
/// catalog's, made in the other one when a table needs them.
std::shared_ptr<Catalog> MakeSessionWrapper(std::shared_ptr<Catalog> session,
                                            std::shared_ptr<Catalog> iceberg);

/// The Iceberg catalog behind such a catalog; any other catalog itself.
Catalog* IcebergSideOf(Catalog* catalog);

}  // namespace emery::catalog
