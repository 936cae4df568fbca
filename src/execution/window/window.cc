#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "execution/batch_store.h"
#include "execution/builder.h"
#include "execution/expressions.h"
#include "execution/row_layout.h"
#include "execution/sort/sort_input.h"
#include "execution/window/window_rows.h"

// The input is collected, then cut by the hash of the partition columns into units that threads
// work on alone: sort, find partitions, compute every call over all partitions of the unit at once.
namespace emery::execution {

namespace {

using columnar::Batch;
using columnar::VectorPtr;

// Fewer rows are one unit.
constexpr int64_t kRowsOneUnit = 16384;
constexpr int kUnits = 16;
constexpr int kUnitsMax = 512;

class WindowSink final : public Sink {
 public:
  WindowSink(const physical::Window& node, Runtime* runtime)
      : Sink(runtime->StatisticsOf(node)), node_(node), columns_(node), runtime_(runtime) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    ARROW_ASSIGN_OR_RAISE(local->added,
                          ExpressionSet::Make(columns_.added, context.runtime->context()));
    local->rows = NewStore();
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, Batch batch, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    ARROW_RETURN_NOT_OK(SortInput::Extend(local->added, &batch));
    return local->rows->Append(std::move(batch));
  }

  Status Combine(TaskContext&, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (local->rows->num_rows() > 0) {
      collected_.push_back(std::move(local->rows));
    }
    return Status::OK();
  }

  Status Finalize(Runtime& runtime) override {
    int64_t num_rows = 0;
    int64_t bytes = 0;
    for (const auto& store : collected_) {
      num_rows += store->num_rows();
      bytes += store->total_bytes();
    }
    if (num_rows == 0) {
      return Status::OK();
    }
    if (columns_.partition_by.empty() || num_rows < kRowsOneUnit) {
      auto unit = NewStore();
      for (const auto& store : collected_) {
        unit->TakeAll(store.get());
      }
      units_.push_back(std::move(unit));
      collected_.clear();
      return Status::OK();
    }
    // So many units that each thread's fits into its part of the memory, several times over.
    const int64_t room =
        std::max<int64_t>(1 << 20, (runtime.budget()->limit() - runtime.budget()->reserved()) / 8 /
                                       runtime.num_threads());
    const int64_t needed = std::max<int64_t>(kUnits, bytes / room + 1);
    int num_units = kUnits;
    while (num_units < needed && num_units < kUnitsMax) {
      num_units *= 2;
    }
    return Partition(runtime, num_units);
  }

  std::unique_ptr<BatchStore> TakeUnit() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (units_.empty()) {
      return nullptr;
    }
    std::unique_ptr<BatchStore> unit = std::move(units_.front());
    units_.pop_front();
    return unit;
  }

  size_t num_units() const { return units_.size(); }

  const physical::Window& node() const { return node_; }

  const WindowColumns& columns() const { return columns_; }

 private:
  struct Local final : LocalState {
    ExpressionSet added;
    std::unique_ptr<BatchStore> rows;
  };

  std::unique_ptr<BatchStore> NewStore() const {
    return std::make_unique<BatchStore>(runtime_, statistics(), columns_.types);
  }

  Status Partition(Runtime& runtime, int num_units) {
    std::vector<type::TypePtr> key_types;
    for (const int column : columns_.partition_by) {
      key_types.push_back(columns_.types[column]);
    }
    RowLayout::Options options;
    options.normalize_floats = true;
    const std::vector<bool> nullable(key_types.size(), true);
    const RowLayout layout(key_types, nullable, options);
    std::vector<std::unique_ptr<BatchStore>> units;
    std::vector<std::mutex> locks(num_units);
    for (int u = 0; u < num_units; ++u) {
      units.push_back(NewStore());
    }
    std::vector<std::pair<BatchStore*, int64_t>> batches;
    for (const auto& store : collected_) {
      for (int64_t i = 0; i < store->num_batches(); ++i) {
        batches.emplace_back(store.get(), i);
      }
    }
    std::mutex drop_lock;
    ARROW_RETURN_NOT_OK(
        runtime.ParallelFor(static_cast<int64_t>(batches.size()), [&](int64_t b) -> Status {
          const auto& [store, index] = batches[b];
          ARROW_ASSIGN_OR_RAISE(const Batch batch, store->Get(index));
          {
            const std::lock_guard<std::mutex> lock(drop_lock);
            store->Drop(index);
          }
          std::vector<VectorPtr> keys;
          for (const int column : columns_.partition_by) {
            keys.push_back(batch.columns[column]);
          }
          const size_t stride = layout.end();
          std::vector<uint8_t> staged(batch.num_rows * stride);
          columnar::StringHeap heap;
          layout.Write(keys, nullptr, batch.num_rows, staged.data(), stride, &heap);
          std::vector<std::vector<int32_t>> rows(num_units);
          for (int64_t i = 0; i < batch.num_rows; ++i) {
            const uint64_t hash = layout.Hash(staged.data() + i * stride);
            rows[(hash >> 40) & (num_units - 1)].push_back(static_cast<int32_t>(i));
          }
          for (int u = 0; u < num_units; ++u) {
            if (!rows[u].empty()) {
              Batch part = columnar::GatherBatch(batch, rows[u].data(),
                                                 static_cast<int64_t>(rows[u].size()));
              const std::lock_guard<std::mutex> lock(locks[u]);
              ARROW_RETURN_NOT_OK(units[u]->Append(std::move(part)));
            }
          }
          return Status::OK();
        }));
    collected_.clear();
    for (auto& unit : units) {
      if (unit->num_rows() > 0) {
        units_.push_back(std::move(unit));
      }
    }
    return Status::OK();
  }

  const physical::Window& node_;
  const WindowColumns columns_;
  Runtime* runtime_;
  std::mutex mutex_;  // guards all below
  std::vector<std::unique_ptr<BatchStore>> collected_;
  std::deque<std::unique_ptr<BatchStore>> units_;
};

class WindowSource final : public Source {
 public:
  explicit WindowSource(std::shared_ptr<WindowSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  int MaxThreads() const override { return static_cast<int>(sink_->num_units()); }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    return std::make_unique<Local>(context.runtime, statistics());
  }

  Result<Step> Next(TaskContext& context, LocalState* state, Batch* batch) override {
    auto* local = static_cast<Local*>(state);
    if (local->in_unit && local->next == local->rows.num_rows()) {
      local->rows = WindowRows();
      local->results.clear();
      local->memory.Force(0);
      local->in_unit = false;
      return Step::kMorselEnd;
    }
    if (!local->in_unit) {
      const std::unique_ptr<BatchStore> unit = sink_->TakeUnit();
      if (unit == nullptr) {
        return Step::kEnd;
      }
      context.morsel = next_morsel_.fetch_add(1);
      ARROW_RETURN_NOT_OK(Compute(*context.runtime, local, *unit));
      local->in_unit = true;
      local->next = 0;
    }
    const int64_t count = std::min(columnar::kBatchSize, local->rows.num_rows() - local->next);
    batch->num_rows = count;
    for (size_t c = 0; c < sink_->columns().num_input_columns; ++c) {
      batch->columns.push_back(columnar::Gather(local->rows.batch.columns[c],
                                                local->rows.order.data() + local->next, count));
    }
    for (const VectorPtr& result : local->results) {
      batch->columns.push_back(columnar::Slice(result, local->next, count));
    }
    local->next += count;
    return Step::kBatch;
  }

 private:
  struct Local final : LocalState {
    Local(Runtime* runtime, OperatorStatistics* statistics) : memory(runtime, statistics) {}

    bool in_unit = false;
    WindowRows rows;
    std::vector<VectorPtr> results;
    int64_t next = 0;
    MemoryShare memory;
  };

  Status Compute(Runtime& runtime, Local* local, BatchStore& unit) {
    const physical::Window& node = sink_->node();
    const WindowColumns& columns = sink_->columns();
    // The rows once more, keys, positions and results.
    const int64_t needed = 2 * unit.total_bytes() + unit.num_rows() * 64;
    if (!local->memory.TryResize(needed)) {
      // Rows that wait in memory for their turn can wait on disk.
      ARROW_RETURN_NOT_OK(unit.Spill());
      if (needed <= (1 << 20)) {
        local->memory.Force(needed);
      } else if (!local->memory.TryResize(needed)) {
        return OutOfMemory(runtime, needed);
      }
    }
    std::vector<Batch> batches;
    for (int64_t i = 0; i < unit.num_batches(); ++i) {
      ARROW_RETURN_NOT_OK(runtime.Check());
      ARROW_ASSIGN_OR_RAISE(Batch batch, unit.Get(i));
      batches.push_back(std::move(batch));
    }
    unit.Clear();
    Batch all = columnar::ConcatBatches(columns.types, batches);
    batches.clear();
    ARROW_ASSIGN_OR_RAISE(local->rows, WindowRows::Make(node, columns, std::move(all), runtime));
    for (size_t c = 0; c < node.calls.size(); ++c) {
      ARROW_RETURN_NOT_OK(runtime.Check());
      const physical::WindowCall& call = node.calls[c];
      std::vector<VectorPtr> arguments;
      for (const int column : columns.calls[c].arguments) {
        arguments.push_back(local->rows.Sorted(column));
      }
      const VectorPtr filter =
          columns.calls[c].filter < 0 ? nullptr : local->rows.Sorted(columns.calls[c].filter);
      const bool needs_frames = call.is_aggregate || IsFrameValue(call);
      Frames frames;
      if (needs_frames) {
        ARROW_ASSIGN_OR_RAISE(
            frames, Frames::Make(call.frame, node, columns, local->rows, runtime.context()));
      }
      VectorPtr result;
      if (call.is_aggregate && (!IsFrameValue(call) || filter != nullptr)) {
        ARROW_ASSIGN_OR_RAISE(
            result, ComputeWindowAggregate(call, arguments, filter, local->rows, frames, runtime));
      } else {
        ARROW_ASSIGN_OR_RAISE(result, ComputeWindowFunction(call, arguments, local->rows, frames));
      }
      local->results.push_back(std::move(result));
    }
    return Status::OK();
  }

  std::shared_ptr<WindowSink> sink_;
  std::atomic<int64_t> next_morsel_{0};
};

}  // namespace

Status BuildWindow(Builder& builder, const physical::Window& node, const Chain& downstream) {
  auto sink = std::make_shared<WindowSink>(node, builder.runtime());
  Chain input;
  input.sink = sink;
  ARROW_RETURN_NOT_OK(builder.Build(node.inputs[0], input));
  builder.Add(std::make_shared<WindowSource>(sink), downstream);
  return Status::OK();
}

}  // namespace emery::execution
