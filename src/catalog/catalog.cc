#include "catalog/catalog.h"

#include <map>
#include <string>

namespace emery::catalog {

Status Catalog::AlterNamespace(const Namespace& name_space,
                               const std::map<std::string, std::string>& /*set*/) {
  return base::Unsupported("changing the properties of " + base::QuoteName(name_space));
}

}  // namespace emery::catalog
