#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "execution/pipeline.h"

namespace emery::execution {

/// The last sink of a query: a bounded queue that one consumer empties. Gives batches in the order
/// of the source's morsels, also where several threads fill it: what comes early waits.
/// Thread-safe.
class ResultQueue final : public Sink {
 public:
  explicit ResultQueue(Runtime* runtime) : Sink(nullptr), runtime_(runtime) {}

  Status Push(TaskContext& context, columnar::Batch batch, LocalState* local) override;
  Status FinishMorsel(TaskContext& context, LocalState* local) override;
  void EndPipeline(int64_t num_morsels) override;

  /// No more batches will come.
  void Close(Status outcome);
  /// Waits for the next batch; nothing at the end. Errors: the outcome's, or the reason why the
  /// query stopped.
  Result<std::optional<columnar::Batch>> Pop();

 private:
  // Rows that may wait, for the morsel whose turn it is and for each later one.
  static constexpr int64_t kRowsMax = 16 * columnar::kBatchSize;

  struct Morsel {
    std::deque<columnar::Batch> batches;
    int64_t rows = 0;
    bool finished = false;
  };

  void Advance();

  Runtime* runtime_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::map<int64_t, Morsel> morsels_;
  int64_t base_ = 0;  // number of the running pipeline's first morsel
  int64_t next_ = 0;  // the morsel whose turn it is
  bool closed_ = false;
  Status outcome_;
};

}  // namespace emery::execution
