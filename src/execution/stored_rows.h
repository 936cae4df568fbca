#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "execution/batch_store.h"
#include "execution/pipeline.h"

namespace emery::execution {

/// Keeps all rows in one store, in the order in which threads bring them.
class StoreSink final : public Sink {
 public:
  StoreSink(std::shared_ptr<BatchStore> store, OperatorStatistics* statistics)
      : Sink(statistics), store_(std::move(store)) {}

  Status Push(TaskContext& context, columnar::Batch batch, LocalState* local) override;

 private:
  std::mutex mutex_;  // guards the store
  std::shared_ptr<BatchStore> store_;
};

/// Gives the batches of a store that is complete; each is a morsel of its own.
class StoreSource final : public Source {
 public:
  /// `projection`: columns to give; empty: none. With `all_columns`, all of them.
  StoreSource(std::shared_ptr<BatchStore> store, std::vector<int> projection, bool all_columns,
              OperatorStatistics* statistics)
      : Source(statistics),
        store_(std::move(store)),
        projection_(std::move(projection)),
        all_columns_(all_columns) {}

  int MaxThreads() const override { return static_cast<int>(store_->num_batches() / 4) + 1; }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override;
  Result<Step> Next(TaskContext& context, LocalState* local, columnar::Batch* batch) override;

 private:
  struct Local;

  std::shared_ptr<BatchStore> store_;
  std::vector<int> projection_;
  bool all_columns_;
  std::atomic<int64_t> next_{0};
};

}  // namespace emery::execution
