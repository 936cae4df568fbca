#pragma once

#include <vector>

#include "execution/runtime.h"
#include "execution/sort/sort_keys.h"

namespace emery::execution {

/// Row numbers in the order that `columns` ask for; equal rows keep their order. Uses all threads
/// where it pays. Errors: only that the query was stopped.
Result<std::vector<int32_t>> SortedRows(const std::vector<SortColumn>& columns, int64_t num_rows,
                                        Runtime& runtime);
/// As above, for keys already made, on one thread.
Result<std::vector<int32_t>> SortedRows(const SortKeys& keys, const Runtime& runtime);
/// As above, for few rows: not to be stopped.
std::vector<int32_t> SortedRows(const SortKeys& keys);

}  // namespace emery::execution
