#pragma once

#include <memory>
#include <string>

#include "catalog/catalog.h"

namespace emery::catalog {

/// Iceberg tables whose names live as long as the process (Iceberg's InMemoryCatalog). Files go to
/// `warehouse`, by default into memory as well.
std::shared_ptr<Catalog> MakeMemoryCatalog(std::string name, std::string warehouse);

}  // namespace emery::catalog
