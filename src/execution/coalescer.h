#pragma once

#include <vector>

#include "columnar/batch.h"
#include "execution/pipeline.h"

namespace emery::execution {

/// Puts small batches together, so that what follows a selective filter or join does not work on a
/// handful of rows at a time. Keeps the order of rows. Confined to one thread.
class Coalescer {
 public:
  explicit Coalescer(std::vector<type::TypePtr> types) : types_(std::move(types)) {}

  Status Push(columnar::Batch batch, Output& output);
  Status Flush(Output& output);

 private:
  // Batches of at least this many rows go on at once.
  static constexpr int64_t kRowsEnough = columnar::kBatchSize / 4;

  std::vector<type::TypePtr> types_;
  std::vector<columnar::Batch> held_;
  int64_t held_rows_ = 0;
};

}  // namespace emery::execution
