#include <algorithm>
#include <mutex>
#include <utility>

#include "execution/builder.h"
#include "execution/limit.h"
#include "execution/sort/sort.h"
#include "execution/sort/sort_input.h"
#include "execution/sort/sort_rows.h"

namespace emery::execution {

using columnar::Batch;

namespace {

// More than this is a sort with a limit behind it, which can spill.
constexpr int64_t kRowsMax = 200000;

/// Rows that may be among the first `wanted`: once more than twice as many are held, all but the
/// best go, and the worst of those becomes the bar that later rows have to pass.
class Candidates {
 public:
  Candidates(const SortInput* input, int64_t wanted) : input_(input), wanted_(wanted) {}

  void Add(Batch batch) {
    if (wanted_ == 0) {
      return;
    }
    if (bar_.num_rows() > 0) {
      const SortKeys keys = input_->KeysOf(batch);
      std::vector<int32_t> better;
      for (int64_t i = 0; i < batch.num_rows; ++i) {
        if (keys.Compare(i, bar_, 0) < 0) {
          better.push_back(static_cast<int32_t>(i));
        }
      }
      const auto count = static_cast<int64_t>(better.size());
      if (count == 0) {
        return;
      }
      if (count < batch.num_rows) {
        batch = columnar::GatherBatch(batch, better.data(), count);
      }
    }
    num_rows_ += batch.num_rows;
    batches_.push_back(std::move(batch));
    if (num_rows_ > 2 * wanted_ + columnar::kBatchSize) {
      Shrink();
    }
  }

  /// The first rows in order.
  Batch Take() {
    Shrink();
    return batches_.empty() ? Batch() : std::move(batches_[0]);
  }

  std::vector<Batch> TakeAll() {
    num_rows_ = 0;
    return std::move(batches_);
  }

 private:
  void Shrink() {
    if (batches_.empty()) {
      return;
    }
    const Batch all = columnar::ConcatBatches(input_->types(), batches_);
    const std::vector<int32_t> order = SortedRows(input_->KeysOf(all));
    num_rows_ = std::min<int64_t>(wanted_, all.num_rows);
    batches_.clear();
    batches_.push_back(columnar::GatherBatch(all, order.data(), num_rows_));
    if (num_rows_ == wanted_) {
      bar_ = input_->KeysOf(columnar::SliceBatch(batches_[0], wanted_ - 1, 1));
    }
  }

  const SortInput* input_;
  int64_t wanted_;
  std::vector<Batch> batches_;
  int64_t num_rows_ = 0;
  SortKeys bar_;
};

class TopNSink final : public Sink {
 public:
  TopNSink(const physical::TopN& node, Runtime* runtime)
      : Sink(runtime->StatisticsOf(node)),
        input_(node.order, TypesOf(node.inputs[0]->output)),
        offset_(node.offset),
        wanted_(node.limit + node.offset),
        candidates_(&input_, wanted_) {}

  bool Done() const override { return wanted_ == offset_; }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(&input_, wanted_);
    ARROW_ASSIGN_OR_RAISE(local->added,
                          ExpressionSet::Make(input_.added(), context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, Batch batch, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    ARROW_RETURN_NOT_OK(SortInput::Extend(local->added, &batch));
    local->candidates.Add(std::move(batch));
    return Status::OK();
  }

  Status Combine(TaskContext&, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Batch& batch : local->candidates.TakeAll()) {
      candidates_.Add(std::move(batch));
    }
    return Status::OK();
  }

  Status Finalize(Runtime&) override {
    Batch first = candidates_.Take();
    if (first.num_rows > offset_) {
      rows_ =
          columnar::SliceBatch(input_.Strip(std::move(first)), offset_, first.num_rows - offset_);
    }
    return Status::OK();
  }

  const Batch& rows() const { return rows_; }

 private:
  struct Local final : LocalState {
    Local(const SortInput* input, int64_t wanted) : candidates(input, wanted) {}

    ExpressionSet added;
    Candidates candidates;
  };

  const SortInput input_;
  const int64_t offset_;
  const int64_t wanted_;  // offset + limit
  std::mutex mutex_;      // guards all below
  Candidates candidates_;
  Batch rows_;
};

class TopNSource final : public Source {
 public:
  explicit TopNSource(std::shared_ptr<TopNSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  Result<Step> Next(TaskContext&, LocalState*, Batch* batch) override {
    const Batch& rows = sink_->rows();
    if (next_ < rows.num_rows) {
      const int64_t count = std::min(columnar::kBatchSize, rows.num_rows - next_);
      *batch = columnar::SliceBatch(rows, next_, count);
      next_ += count;
      return Step::kBatch;
    }
    if (!ended_) {
      ended_ = true;
      return Step::kMorselEnd;
    }
    return Step::kEnd;
  }

 private:
  std::shared_ptr<TopNSink> sink_;
  int64_t next_ = 0;
  bool ended_ = false;
};

}  // namespace

Status BuildTopN(Builder& builder, const physical::TopN& node, const Chain& downstream) {
  if (node.limit > kRowsMax || node.offset > kRowsMax) {
    OperatorStatistics* statistics = builder.runtime()->StatisticsOf(node);
    return BuildLimitOf(
        builder, node.limit, node.offset, statistics, downstream, [&](const Chain& input) {
          return BuildSortOf(builder, node.order, node.inputs[0], statistics, input);
        });
  }
  auto sink = std::make_shared<TopNSink>(node, builder.runtime());
  Chain input;
  input.sink = sink;
  ARROW_RETURN_NOT_OK(builder.Build(node.inputs[0], input));
  builder.Add(std::make_shared<TopNSource>(sink), downstream);
  return Status::OK();
}

}  // namespace emery::execution
