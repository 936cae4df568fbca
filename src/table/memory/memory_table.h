#pragma once

#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "table/table.h"

namespace emery::table {

/// A table of batches in memory that never change: local relations, cached results, tests.
/// `batches` have the schema's columns in order.
std::shared_ptr<const Table> MakeMemoryTable(std::string name, type::Schema schema,
                                             std::vector<columnar::Batch> batches);

}  // namespace emery::table
