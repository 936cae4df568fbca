#include "execution/limit.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "execution/builder.h"

namespace emery::execution {

namespace {

using columnar::Batch;

/// Keeps the first offset + limit rows in the source's order, though several threads bring them:
/// rows are kept by morsel, and the source is stopped as soon as the morsels without a gap before
/// them hold enough.
class LimitSink final : public Sink {
 public:
  LimitSink(int64_t limit, int64_t offset, Runtime* runtime, OperatorStatistics* statistics)
      : Sink(statistics),
        offset_(offset),
        wanted_(limit < 0 ? std::numeric_limits<int64_t>::max() : SaturatingAdd(limit, offset)),
        done_(limit == 0),
        memory_(runtime, statistics) {}

  bool Done() const override { return done_.load(std::memory_order_relaxed); }

  Status Push(TaskContext& context, Batch batch, LocalState*) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    Morsel& morsel = morsels_[base_ + context.morsel];
    const int64_t room = wanted_ - morsel.rows;
    if (room <= 0) {
      return Status::OK();
    }
    if (batch.num_rows > room) {
      batch = columnar::SliceBatch(batch, 0, room);
    }
    bytes_ += columnar::MemoryBytes(batch);
    memory_.Force(bytes_);
    morsel.rows += batch.num_rows;
    morsel.batches.push_back(std::move(batch));
    CheckDone();
    return Status::OK();
  }

  Status FinishMorsel(TaskContext& context, LocalState*) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    morsels_[base_ + context.morsel].finished = true;
    CheckDone();
    return Status::OK();
  }

  void EndPipeline(int64_t num_morsels) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    base_ += num_morsels;
  }

  Status Finalize(Runtime&) override {
    int64_t skip = offset_;
    int64_t left = wanted_ - offset_;
    for (auto& [number, morsel] : morsels_) {
      for (Batch& batch : morsel.batches) {
        if (skip >= batch.num_rows) {
          skip -= batch.num_rows;
          continue;
        }
        const int64_t count = std::min(batch.num_rows - skip, left);
        if (count == 0) {
          break;
        }
        if (skip > 0 || count < batch.num_rows) {
          batch = columnar::SliceBatch(batch, skip, count);
        }
        skip = 0;
        left -= count;
        rows_.push_back(std::move(batch));
      }
    }
    morsels_.clear();
    return Status::OK();
  }

  std::vector<Batch>& rows() { return rows_; }

 private:
  struct Morsel {
    std::vector<Batch> batches;
    int64_t rows = 0;
    bool finished = false;
  };

  static int64_t SaturatingAdd(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
  }

  void CheckDone() {
    while (true) {
      const auto morsel = morsels_.find(next_);
      if (morsel == morsels_.end()) {
        return;
      }
      if (rows_before_ + morsel->second.rows >= wanted_) {
        done_ = true;
        return;
      }
      if (!morsel->second.finished) {
        return;
      }
      rows_before_ += morsel->second.rows;
      ++next_;
    }
  }

  const int64_t offset_;
  const int64_t wanted_;  // offset + limit
  std::atomic<bool> done_;
  std::mutex mutex_;  // guards all below
  MemoryShare memory_;
  int64_t bytes_ = 0;
  std::map<int64_t, Morsel> morsels_;
  int64_t base_ = 0;         // number of the running pipeline's first morsel
  int64_t next_ = 0;         // first morsel that may still grow
  int64_t rows_before_ = 0;  // rows of the morsels before it
  std::vector<Batch> rows_;
};

class LimitSource final : public Source {
 public:
  explicit LimitSource(std::shared_ptr<LimitSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  Result<Step> Next(TaskContext&, LocalState*, Batch* batch) override {
    std::vector<Batch>& rows = sink_->rows();
    if (next_ < rows.size()) {
      *batch = std::move(rows[next_++]);
      return Step::kBatch;
    }
    if (!ended_) {
      ended_ = true;
      return Step::kMorselEnd;
    }
    return Step::kEnd;
  }

 private:
  std::shared_ptr<LimitSink> sink_;
  size_t next_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BuildLimitOf(Builder& builder, int64_t limit, int64_t offset, OperatorStatistics* statistics,
                    const Chain& downstream,
                    const std::function<Status(const Chain&)>& build_input) {
  auto sink = std::make_shared<LimitSink>(limit, offset, builder.runtime(), statistics);
  Chain input;
  input.sink = sink;
  ARROW_RETURN_NOT_OK(build_input(input));
  builder.Add(std::make_shared<LimitSource>(sink), downstream);
  return Status::OK();
}

Status BuildLimit(Builder& builder, const physical::Limit& node, const Chain& downstream) {
  return BuildLimitOf(builder, node.limit, node.offset, builder.runtime()->StatisticsOf(node),
                      downstream,
                      [&](const Chain& input) { return builder.Build(node.inputs[0], input); });
}

}  // namespace emery::execution
