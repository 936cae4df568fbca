#include "table/table.h"

#include <memory>
#include <vector>

namespace emery::table {

Result<std::unique_ptr<WriteJob>> Table::PlanWrite(const WriteRequest& /*request*/) const {
  return base::Unsupported("writing to a table of provider " + provider());
}

Result<std::unique_ptr<RowLevelOperation>> Table::PlanRowLevel(
    const RowLevelRequest& /*request*/) const {
  return base::Unsupported("changing rows of a table of provider " + provider());
}

Result<bool> Table::DeleteByMetadata(const RowLevelRequest& /*request*/) const {
  return false;
}

Result<std::vector<PartitionValues>> Table::Partitions() const {
  return base::Unsupported("listing the partitions of a table of provider " + provider());
}

}  // namespace emery::table
