#include "execution/sort/sort.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <utility>

#include "execution/batch_store.h"
#include "execution/builder.h"
#include "execution/sort/sort_input.h"
#include "execution/sort/sort_rows.h"

namespace emery::execution {

using columnar::Batch;

namespace {

// Rows per batch of a spilled run: small, as merging holds one of each run in memory.
constexpr int64_t kRunBatchRows = 1024;
// Below this, rows stay in memory whatever the budget says: runs must have some length.
constexpr int64_t kRunBytesMin = 512 << 10;
// A run's rows are numbered with 32 bits.
constexpr int64_t kRunRowsMax = int64_t{1} << 30;

/// Collects rows; where memory runs out, sorts what a thread has and writes it as a run.
class SortSink final : public Sink {
 public:
  SortSink(SortInput input, Runtime* runtime, OperatorStatistics* statistics)
      : Sink(statistics), input_(std::move(input)), runtime_(runtime) {}

  struct Local final : LocalState {
    explicit Local(const SortSink& sink) : memory(sink.runtime_, sink.statistics()) {}

    ExpressionSet added;
    std::vector<Batch> batches;
    KeptBytes kept;
    int64_t num_rows = 0;
    int64_t bytes = 0;
    MemoryShare memory;
  };

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(*this);
    ARROW_ASSIGN_OR_RAISE(local->added,
                          ExpressionSet::Make(input_.added(), context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, Batch batch, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    ARROW_RETURN_NOT_OK(SortInput::Extend(local->added, &batch));
    local->bytes += local->kept.Of(batch);
    local->num_rows += batch.num_rows;
    local->batches.push_back(std::move(batch));
    // Sorting makes keys and a second copy.
    const int64_t needed = 2 * local->bytes;
    if (local->memory.TryResize(needed) && local->num_rows < kRunRowsMax) {
      return Status::OK();
    }
    if (local->bytes >= kRunBytesMin) {
      return WriteRun(local);
    }
    local->memory.Force(needed);
    return Status::OK();
  }

  Status Combine(TaskContext&, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    if (local->batches.empty()) {
      return Status::OK();
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (runs_.empty()) {
        in_memory_.insert(in_memory_.end(), std::make_move_iterator(local->batches.begin()),
                          std::make_move_iterator(local->batches.end()));
        memory_.push_back(std::make_unique<MemoryShare>(runtime_, statistics()));
        const int64_t bytes = local->memory.bytes();
        local->memory.Force(0);
        memory_.back()->Force(bytes);
        return Status::OK();
      }
    }
    return WriteRun(local);
  }

  Status Finalize(Runtime& runtime) override {
    if (in_memory_.empty()) {
      return Status::OK();
    }
    int64_t num_rows = 0;
    for (const Batch& batch : in_memory_) {
      num_rows += batch.num_rows;
    }
    Batch all;
    all.num_rows = num_rows;
    all.columns.resize(input_.types().size());
    ARROW_RETURN_NOT_OK(runtime.ParallelFor(all.columns.size(), [&](int64_t c) {
      std::vector<columnar::VectorPtr> pieces;
      pieces.reserve(in_memory_.size());
      for (const Batch& batch : in_memory_) {
        pieces.push_back(batch.columns[c]);
      }
      all.columns[c] = columnar::Concat(input_.types()[c], pieces);
      return Status::OK();
    }));
    in_memory_.clear();
    ARROW_ASSIGN_OR_RAISE(std::vector<int32_t> order,
                          SortedRows(input_.ColumnsOf(all), num_rows, runtime));
    if (runs_.empty()) {
      sorted_ = input_.Strip(std::move(all));
      order_ = std::move(order);
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(AddRun(all, order));
    memory_.clear();
    return Status::OK();
  }

  const SortInput& input() const { return input_; }

  const Batch& sorted() const { return sorted_; }

  const std::vector<int32_t>& order() const { return order_; }

  const std::vector<std::unique_ptr<BatchStore>>& runs() const { return runs_; }

 private:
  Status WriteRun(Local* local) {
    const Batch all = columnar::ConcatBatches(input_.types(), local->batches);
    local->batches.clear();
    local->kept.Reset();
    local->num_rows = 0;
    local->bytes = 0;
    ARROW_ASSIGN_OR_RAISE(const std::vector<int32_t> rows,
                          SortedRows(input_.KeysOf(all), *runtime_));
    ARROW_RETURN_NOT_OK(AddRun(all, rows));
    local->memory.Force(0);
    return Status::OK();
  }

  Status AddRun(const Batch& all, const std::vector<int32_t>& order) {
    auto run = std::make_unique<BatchStore>(runtime_, statistics(), input_.types());
    ARROW_RETURN_NOT_OK(run->Spill(/*all_later=*/true));
    for (int64_t begin = 0; begin < all.num_rows; begin += kRunBatchRows) {
      ARROW_RETURN_NOT_OK(runtime_->Check());
      ARROW_RETURN_NOT_OK(run->Append(columnar::GatherBatch(
          all, order.data() + begin, std::min(kRunBatchRows, all.num_rows - begin))));
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    runs_.push_back(std::move(run));
    return Status::OK();
  }

  const SortInput input_;
  Runtime* runtime_;
  std::mutex mutex_;  // guards all below
  std::vector<Batch> in_memory_;
  std::vector<std::unique_ptr<MemoryShare>> memory_;
  std::vector<std::unique_ptr<BatchStore>> runs_;
  Batch sorted_;
  std::vector<int32_t> order_;
};

/// Gives out what is sorted in memory; any number of threads take pieces in turn.
class SortedSource final : public Source {
 public:
  explicit SortedSource(std::shared_ptr<SortSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  int MaxThreads() const override {
    return sink_->runs().empty() ? static_cast<int>(sink_->sorted().num_rows / kPieceRows) + 1 : 1;
  }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext&) override {
    return std::make_unique<Local>();
  }

  Result<Step> Next(TaskContext& context, LocalState* state, Batch* batch) override {
    auto* local = static_cast<Local*>(state);
    if (!sink_->runs().empty()) {
      return NextMerged(context, local, batch);
    }
    const Batch& sorted = sink_->sorted();
    if (local->next == local->end) {
      if (local->in_piece) {
        local->in_piece = false;
        return Step::kMorselEnd;
      }
      const int64_t piece = next_piece_.fetch_add(1);
      if (piece * kPieceRows >= sorted.num_rows) {
        return Step::kEnd;
      }
      context.morsel = piece;
      local->in_piece = true;
      local->next = piece * kPieceRows;
      local->end = std::min(sorted.num_rows, local->next + kPieceRows);
    }
    const int64_t count = std::min(columnar::kBatchSize, local->end - local->next);
    *batch = columnar::GatherBatch(sorted, sink_->order().data() + local->next, count);
    local->next += count;
    return Step::kBatch;
  }

 private:
  static constexpr int64_t kPieceRows = 8 * columnar::kBatchSize;

  // A run that is merged: its current batch, its keys, and where it stands.
  struct Run {
    const BatchStore* store;
    int64_t next_batch = 0;
    Batch batch;
    SortKeys keys;
    int64_t row = 0;
    int64_t piece_begin = 0;
  };

  struct Local final : LocalState {
    bool in_piece = false;
    int64_t next = 0;
    int64_t end = 0;
    // Merging.
    bool started = false;
    std::vector<Run> runs;
    std::vector<int> heap;  // of runs that have rows, the one with the smallest row on top
  };

  Result<bool> Load(Run* run) {
    run->row = 0;
    run->piece_begin = 0;
    if (run->next_batch == run->store->num_batches()) {
      return false;
    }
    ARROW_ASSIGN_OR_RAISE(run->batch, run->store->Get(run->next_batch++));
    run->keys = sink_->input().KeysOf(run->batch);
    return true;
  }

  // K-way merge. A batch ends early where a run's batch is used up, so that each run's part of it
  // is one slice.
  Result<Step> NextMerged(TaskContext& context, Local* local, Batch* batch) {
    context.morsel = 0;
    const auto later = [local](int a, int b) {
      const Run& x = local->runs[a];
      const Run& y = local->runs[b];
      const int order = x.keys.Compare(x.row, y.keys, y.row);
      return order != 0 ? order > 0 : a > b;
    };
    if (!local->started) {
      local->started = true;
      for (const auto& store : sink_->runs()) {
        local->runs.emplace_back();
        local->runs.back().store = store.get();
      }
      for (size_t i = 0; i < local->runs.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(const bool any, Load(&local->runs[i]));
        if (any) {
          local->heap.push_back(static_cast<int>(i));
        }
      }
      std::make_heap(local->heap.begin(), local->heap.end(), later);
    }
    if (local->heap.empty()) {
      if (!local->in_piece) {
        local->in_piece = true;
        return Step::kMorselEnd;
      }
      return Step::kEnd;
    }
    std::vector<int32_t> source;
    int used_up = -1;
    while (used_up < 0 && static_cast<int64_t>(source.size()) < columnar::kBatchSize) {
      std::pop_heap(local->heap.begin(), local->heap.end(), later);
      const int top = local->heap.back();
      Run& run = local->runs[top];
      source.push_back(top);
      if (++run.row == run.batch.num_rows) {
        used_up = top;
      } else {
        std::push_heap(local->heap.begin(), local->heap.end(), later);
      }
    }
    batch->num_rows = static_cast<int64_t>(source.size());
    const size_t num_columns = sink_->input().num_input_columns();
    // Only runs that gave rows are pieces.
    std::vector<int> piece_of(local->runs.size(), -1);
    std::vector<int> pieces;
    for (int32_t& s : source) {
      if (piece_of[s] < 0) {
        piece_of[s] = static_cast<int>(pieces.size());
        pieces.push_back(s);
      }
      s = piece_of[s];
    }
    for (size_t c = 0; c < num_columns; ++c) {
      std::vector<columnar::VectorPtr> columns;
      for (const int piece : pieces) {
        const Run& run = local->runs[piece];
        columns.push_back(
            columnar::Slice(run.batch.columns[c], run.piece_begin, run.row - run.piece_begin));
      }
      batch->columns.push_back(
          columnar::Interleave(sink_->input().types()[c], columns, source.data(), batch->num_rows));
    }
    for (const int piece : pieces) {
      local->runs[piece].piece_begin = local->runs[piece].row;
    }
    if (used_up >= 0) {
      ARROW_ASSIGN_OR_RAISE(const bool more, Load(&local->runs[used_up]));
      if (more) {
        std::push_heap(local->heap.begin(), local->heap.end(), later);
      } else {
        local->heap.pop_back();
      }
    }
    return Step::kBatch;
  }

  std::shared_ptr<SortSink> sink_;
  std::atomic<int64_t> next_piece_{0};
};

}  // namespace

Status BuildSortOf(Builder& builder, const std::vector<plan::SortOrder>& order,
                   const physical::NodePtr& input, OperatorStatistics* statistics,
                   const Chain& downstream) {
  auto sink = std::make_shared<SortSink>(SortInput(order, TypesOf(input->output)),
                                         builder.runtime(), statistics);
  Chain chain;
  chain.sink = sink;
  ARROW_RETURN_NOT_OK(builder.Build(input, chain));
  builder.Add(std::make_shared<SortedSource>(sink), downstream);
  return Status::OK();
}

Status BuildSort(Builder& builder, const physical::Sort& node, const Chain& downstream) {
  return BuildSortOf(builder, node.order, node.inputs[0], builder.runtime()->StatisticsOf(node),
                     downstream);
}

}  // namespace emery::execution
