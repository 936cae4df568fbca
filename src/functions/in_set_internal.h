#pragma once

#include <memory>

#include "columnar/vector.h"

namespace emery::functions {

/// The constants of an IN list, made searchable by their physical type: few by comparing each,
/// small ranges of integers by a bit map, others by hash. Immutable.
class InSet {
 public:
  virtual ~InSet() = default;

  /// `list` holds the constants, without nulls.
  static std::unique_ptr<InSet> Make(const columnar::VectorPtr& list);

  /// out[i] is 1 where row i of `values` (flat, or constant: then one row) is in the list. Null
  /// rows give anything.
  virtual void Find(const columnar::Vector& values, int64_t num_rows, uint8_t* out) const = 0;
};

}  // namespace emery::functions
