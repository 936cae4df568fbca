#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace emery::catalog {

// Spark's errors about names. `name` has all parts, the catalog first.
Status TableNotFound(const std::vector<std::string>& name);
Status SchemaNotFound(const std::vector<std::string>& name);
Status TableAlreadyExists(const std::vector<std::string>& name);
Status SchemaAlreadyExists(const std::string& name);
Status SchemaNotEmpty(const std::string& name);
/// UNSUPPORTED_FEATURE.TABLE_OPERATION: "does not support DROP COLUMN".
Status UnsupportedTableOperation(const std::vector<std::string>& name,
                                 const std::string& operation);

}  // namespace emery::catalog
