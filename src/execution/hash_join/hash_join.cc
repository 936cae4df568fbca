#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

#include "execution/batch_store.h"
#include "execution/builder.h"
#include "execution/hash_join/join_probe.h"
#include "execution/hash_join/join_shape.h"
#include "execution/hash_join/join_table.h"
#include "execution/sort/sort_input.h"
#include "functions/runtime_filter.h"

// The build side is collected first, then hashed. Where it does not fit into memory, it is cut by
// hash into partitions on disk, and so is the probe side; then pairs of partitions are joined one
// by one, cut further where one still does not fit.
namespace emery::execution {

namespace {

using columnar::Batch;
using columnar::BufferPtr;
using columnar::VectorPtr;

constexpr int kPartitions = 16;
constexpr int kSplit = 8;
constexpr int kLevelsMax = 5;
// Build rows up to this size stay in memory whatever the budget says.
constexpr int64_t kBytesAlways = 256 << 10;

int PartitionOf(uint64_t hash, int level) {
  return level == 0 ? static_cast<int>((hash >> 44) & (kPartitions - 1))
                    : static_cast<int>((hash >> (44 - 3 * level)) & (kSplit - 1));
}

// Rows of one side cut by hash; locked inside.
class PartitionedRows {
 public:
  PartitionedRows(Runtime* runtime, OperatorStatistics* statistics, const JoinShape* shape,
                  const JoinSide* side, int level)
      : shape_(shape),
        side_(side),
        level_(level),
        keep_unmatchable_(side == &shape->build ? shape->keeps_unmatchable_build_rows()
                                                : !shape->empty_without_build()) {
    const int count = level == 0 ? kPartitions : kSplit;
    for (int p = 0; p < count; ++p) {
      stores_.push_back(std::make_shared<BatchStore>(runtime, statistics, side->types));
    }
  }

  Status Open() {
    for (const auto& store : stores_) {
      ARROW_RETURN_NOT_OK(store->Spill(/*all_later=*/true));
    }
    return Status::OK();
  }

  Status Append(const Batch& batch) {
    std::vector<VectorPtr> keys;
    for (const int key : side_->keys) {
      keys.push_back(batch.columns[key]);
    }
    const RowLayout& layout = shape_->key_layout;
    const size_t stride = layout.end();
    std::vector<uint8_t> staged(batch.num_rows * stride);
    columnar::StringHeap heap;
    layout.Write(keys, nullptr, batch.num_rows, staged.data(), stride, &heap);
    std::vector<std::vector<int32_t>> rows(stores_.size());
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      const auto row = static_cast<int32_t>(i);
      if (!IsUnmatchable(keys, i)) {
        rows[PartitionOf(layout.Hash(staged.data() + i * stride), level_)].push_back(row);
      } else if (keep_unmatchable_) {
        // Any partition will do: dealt out, so that they can't all end up in one that is too large.
        rows[i % stores_.size()].push_back(row);
      }
    }
    for (size_t p = 0; p < stores_.size(); ++p) {
      if (rows[p].empty()) {
        continue;
      }
      Batch part =
          columnar::GatherBatch(batch, rows[p].data(), static_cast<int64_t>(rows[p].size()));
      const std::lock_guard<std::mutex> lock(mutex_);
      ARROW_RETURN_NOT_OK(stores_[p]->Append(std::move(part)));
    }
    return Status::OK();
  }

  const std::vector<std::shared_ptr<BatchStore>>& stores() const { return stores_; }

 private:
  // A null in a key that is not null-safe.
  bool IsUnmatchable(const std::vector<VectorPtr>& keys, int64_t row) const {
    const std::vector<bool>& null_safe = shape_->node->null_safe;
    for (size_t k = 0; k < keys.size(); ++k) {
      if (!(null_safe.size() > k && null_safe[k]) &&
          (keys[k]->physical() == type::PhysicalType::kNull || keys[k]->IsNull(row))) {
        return true;
      }
    }
    return false;
  }

  const JoinShape* shape_;
  const JoinSide* side_;
  int level_;
  bool keep_unmatchable_;
  std::mutex mutex_;  // guards the stores
  std::vector<std::shared_ptr<BatchStore>> stores_;
};

/// What the pipelines of one join share.
struct JoinState {
  JoinState(const physical::HashJoin& node, Runtime* r)
      : shape(node), runtime(r), statistics(r->StatisticsOf(node)), memory(r, statistics) {}

  const JoinShape shape;
  Runtime* runtime;
  OperatorStatistics* statistics;
  std::shared_ptr<JoinTable> table;
  BufferPtr keep_alive;
  bool built = false;
  std::atomic<int64_t> num_build_rows{0};
  // Null while everything is in memory.
  std::atomic<bool> spilling{false};
  std::unique_ptr<PartitionedRows> spilled_build;
  std::unique_ptr<PartitionedRows> spilled_probe;
  std::mutex mutex;  // guards the making of the partitions, and memory
  MemoryShare memory;

  // The check for unknown comparisons looks at all build rows, or needs to know about nulls among
  // them.
  bool may_spill() const { return !shape.three_valued && !shape.node->left_keys.empty(); }

  Status StartSpilling() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!spilling) {
      spilled_build =
          std::make_unique<PartitionedRows>(runtime, statistics, &shape, &shape.build, 0);
      ARROW_RETURN_NOT_OK(spilled_build->Open());
      spilled_probe =
          std::make_unique<PartitionedRows>(runtime, statistics, &shape, &shape.probe, 0);
      ARROW_RETURN_NOT_OK(spilled_probe->Open());
      spilling = true;
    }
    return Status::OK();
  }
};

int64_t TableBytes(const JoinShape& shape, int64_t num_rows, int64_t batch_bytes) {
  // Strings lie in the table's heap as in the batches.
  return num_rows * static_cast<int64_t>(shape.row_width) + JoinTable::DirectoryBytes(num_rows) +
         batch_bytes / 2;
}

class BuildSink final : public Sink {
 public:
  explicit BuildSink(std::shared_ptr<JoinState> state)
      : Sink(state->statistics), state_(std::move(state)) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(state_->runtime, statistics());
    ARROW_ASSIGN_OR_RAISE(
        local->added, ExpressionSet::Make(state_->shape.build.added, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, Batch batch, LocalState* s) override {
    auto* local = static_cast<Local*>(s);
    state_->num_build_rows += batch.num_rows;
    ARROW_RETURN_NOT_OK(SortInput::Extend(local->added, &batch));
    if (state_->spilling) {
      ARROW_RETURN_NOT_OK(SpillLocal(local));
      return state_->spilled_build->Append(batch);
    }
    local->bytes += local->kept.Of(batch);
    local->num_rows += batch.num_rows;
    local->batches.push_back(std::move(batch));
    const int64_t needed = local->bytes + TableBytes(state_->shape, local->num_rows, local->bytes);
    if (needed <= kBytesAlways || local->memory.TryResize(needed)) {
      return Status::OK();
    }
    if (!state_->may_spill()) {
      return OutOfMemory(*state_->runtime, needed);
    }
    ARROW_RETURN_NOT_OK(state_->StartSpilling());
    return SpillLocal(local);
  }

  Status Combine(TaskContext&, LocalState* s) override {
    auto* local = static_cast<Local*>(s);
    if (state_->spilling) {
      return SpillLocal(local);
    }
    const std::lock_guard<std::mutex> lock(state_->mutex);
    batches_.insert(batches_.end(), std::make_move_iterator(local->batches.begin()),
                    std::make_move_iterator(local->batches.end()));
    const int64_t bytes = local->memory.bytes();
    local->memory.Force(0);
    state_->memory.Force(state_->memory.bytes() + bytes);
    return Status::OK();
  }

  Status Finalize(Runtime& runtime) override {
    JoinState& state = *state_;
    state.built = true;
    if (state.spilling) {
      // A thread that ended before the first spill left its batches here.
      for (const Batch& batch : batches_) {
        ARROW_RETURN_NOT_OK(state.spilled_build->Append(batch));
      }
      batches_.clear();
      state.memory.Force(0);
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(PublishFilters());
    state.table = std::make_shared<JoinTable>(&state.shape);
    const auto num_batches = static_cast<int64_t>(batches_.size());
    const int64_t chunk = std::max<int64_t>(1, num_batches / (4 * runtime.num_threads()));
    const int64_t chunks = (num_batches + chunk - 1) / chunk;
    ARROW_RETURN_NOT_OK(runtime.ParallelFor(chunks, [&](int64_t c) {
      auto blocks = std::make_unique<RowBlocks>(state.shape.row_width);
      std::vector<uint8_t*> unknown;
      for (int64_t i = c * chunk; i < std::min(num_batches, (c + 1) * chunk); ++i) {
        state.table->Append(batches_[i], blocks.get(), &unknown);
        batches_[i] = Batch();
      }
      state.table->AddBlocks(std::move(blocks), unknown);
      return Status::OK();
    }));
    batches_.clear();
    ARROW_RETURN_NOT_OK(state.table->Finish(runtime));
    state.keep_alive = KeepAlive(state.table);
    state.memory.Force(state.table->bytes());
    return Status::OK();
  }

 private:
  struct Local final : LocalState {
    Local(Runtime* runtime, OperatorStatistics* statistics) : memory(runtime, statistics) {}

    ExpressionSet added;
    std::vector<Batch> batches;
    KeptBytes kept;
    int64_t num_rows = 0;
    int64_t bytes = 0;
    MemoryShare memory;
  };

  Status SpillLocal(Local* local) {
    for (const Batch& batch : local->batches) {
      ARROW_RETURN_NOT_OK(state_->runtime->Check());
      ARROW_RETURN_NOT_OK(state_->spilled_build->Append(batch));
    }
    local->batches.clear();
    local->bytes = 0;
    local->memory.Force(0);
    return Status::OK();
  }

  Status PublishFilters() {
    const JoinShape& shape = state_->shape;
    for (const auto& [id, key] : shape.node->published_filters) {
      const int column = shape.build.keys[key];
      const auto filter = state_->runtime->RuntimeFilterOf(id, shape.build.types[column]);
      int64_t rows = 0;
      for (const Batch& batch : batches_) {
        rows += batch.num_rows;
      }
      filter->Reserve(rows);
      for (const Batch& batch : batches_) {
        filter->Add(batch.columns[column]);
      }
      filter->Publish();
    }
    return Status::OK();
  }

  std::shared_ptr<JoinState> state_;
  std::vector<Batch> batches_;  // guarded by state_->mutex
};

class ProbeOperator final : public Operator {
 public:
  explicit ProbeOperator(std::shared_ptr<JoinState> state)
      : Operator(state->statistics), state_(std::move(state)) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>();
    ARROW_ASSIGN_OR_RAISE(
        local->added, ExpressionSet::Make(state_->shape.probe.added, context.runtime->context()));
    ARROW_ASSIGN_OR_RAISE(local->probe,
                          JoinProbe::Make(&state_->shape, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext&, Batch batch, LocalState* s, Output& output) override {
    auto* local = static_cast<Local*>(s);
    ARROW_RETURN_NOT_OK(SortInput::Extend(local->added, &batch));
    if (state_->spilling) {
      return state_->spilled_probe->Append(batch);
    }
    return local->probe->Push(batch, *state_->table, state_->keep_alive, output);
  }

  Status Flush(TaskContext&, LocalState* s, Output& output) override {
    return static_cast<Local*>(s)->probe->Flush(output);
  }

 private:
  struct Local final : LocalState {
    ExpressionSet added;
    std::unique_ptr<JoinProbe> probe;
  };

  std::shared_ptr<JoinState> state_;
};

/// What comes after all probe rows: build rows by themselves, and everything that was spilled.
class RestSource final : public Source {
 public:
  explicit RestSource(std::shared_ptr<JoinState> state)
      : Source(state->statistics), state_(std::move(state)) {}

  int MaxThreads() const override { return static_cast<int>(work_.size()); }

  Status Open(Runtime&) override {
    JoinState& state = *state_;
    if (!state.built) {
      return Status::OK();
    }
    if (state.spilling) {
      for (int p = 0; p < kPartitions; ++p) {
        auto pair = std::make_unique<Work>();
        pair->build = state.spilled_build->stores()[p];
        pair->probe = state.spilled_probe->stores()[p];
        work_.push_back(std::move(pair));
      }
    } else if (state.shape.tracks_matches()) {
      for (const auto& blocks : state.table->blocks()) {
        for (const RowBlocks::Block& block : blocks->blocks()) {
          auto work = std::make_unique<Work>();
          work->block = &block;
          work_.push_back(std::move(work));
        }
      }
    }
    return Status::OK();
  }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(context.runtime, statistics());
    ARROW_ASSIGN_OR_RAISE(local->probe,
                          JoinProbe::Make(&state_->shape, context.runtime->context()));
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Result<Step> Next(TaskContext& context, LocalState* s, Batch* batch) override {
    auto* local = static_cast<Local*>(s);
    while (true) {
      if (!local->output.batches.empty()) {
        *batch = std::move(local->output.batches.front());
        local->output.batches.pop_front();
        return Step::kBatch;
      }
      if (local->work == nullptr) {
        if (local->in_morsel) {
          local->in_morsel = false;
          return Step::kMorselEnd;
        }
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          if (work_.empty()) {
            return Step::kEnd;
          }
          local->work = std::move(work_.front());
          work_.pop_front();
          context.morsel = next_morsel_++;
        }
        local->in_morsel = true;
        ARROW_RETURN_NOT_OK(Begin(*context.runtime, local));
        continue;
      }
      ARROW_RETURN_NOT_OK(Continue(*context.runtime, local));
    }
  }

 private:
  // A block of build rows, or a pair of partitions.
  struct Work {
    const RowBlocks::Block* block = nullptr;
    std::shared_ptr<BatchStore> build;
    std::shared_ptr<BatchStore> probe;
    int level = 0;
  };

  struct Buffered final : Output {
    Status Emit(Batch batch) override {
      if (batch.num_rows > 0) {
        batches.push_back(std::move(batch));
      }
      return Status::OK();
    }

    std::deque<Batch> batches;
  };

  struct Local final : LocalState {
    Local(Runtime* runtime, OperatorStatistics* statistics) : memory(runtime, statistics) {}

    std::unique_ptr<JoinProbe> probe;
    std::unique_ptr<Work> work;
    Buffered output;
    bool in_morsel = false;
    // The pair of partitions that is being joined.
    std::shared_ptr<JoinTable> table;
    BufferPtr keep_alive;
    int64_t next_probe_batch = 0;
    MemoryShare memory;
  };

  Status Begin(Runtime& runtime, Local* local) {
    Work& work = *local->work;
    const JoinShape& shape = state_->shape;
    if (work.block != nullptr) {
      ARROW_RETURN_NOT_OK(local->probe->EmitBuildRows(*work.block, *state_->table,
                                                      state_->keep_alive, local->output));
      ARROW_RETURN_NOT_OK(local->probe->Flush(local->output));
      local->work.reset();
      return Status::OK();
    }
    const bool nothing = (work.probe->num_rows() == 0 && !shape.tracks_matches()) ||
                         (work.build->num_rows() == 0 && shape.empty_without_build());
    if (nothing) {
      local->work.reset();
      return Status::OK();
    }
    const int64_t needed = TableBytes(shape, work.build->num_rows(), 2 * work.build->total_bytes());
    if (needed <= kBytesAlways) {
      local->memory.Force(needed);
    } else if (!local->memory.TryResize(needed)) {
      if (work.level >= kLevelsMax) {
        return OutOfMemory(runtime, needed);
      }
      return Split(runtime, local);
    }
    local->table = std::make_shared<JoinTable>(&shape);
    auto blocks = std::make_unique<RowBlocks>(shape.row_width);
    std::vector<uint8_t*> unknown;
    for (int64_t i = 0; i < work.build->num_batches(); ++i) {
      ARROW_RETURN_NOT_OK(runtime.Check());
      ARROW_ASSIGN_OR_RAISE(const Batch batch, work.build->Get(i));
      local->table->Append(batch, blocks.get(), &unknown);
    }
    local->table->AddBlocks(std::move(blocks), unknown);
    ARROW_RETURN_NOT_OK(local->table->FinishAlone());
    local->keep_alive = KeepAlive(local->table);
    local->next_probe_batch = 0;
    return Status::OK();
  }

  Status Continue(Runtime& runtime, Local* local) {
    Work& work = *local->work;
    ARROW_RETURN_NOT_OK(runtime.Check());
    if (local->next_probe_batch < work.probe->num_batches()) {
      ARROW_ASSIGN_OR_RAISE(const Batch batch, work.probe->Get(local->next_probe_batch++));
      return local->probe->Push(batch, *local->table, local->keep_alive, local->output);
    }
    if (state_->shape.tracks_matches()) {
      for (const auto& blocks : local->table->blocks()) {
        for (const RowBlocks::Block& block : blocks->blocks()) {
          ARROW_RETURN_NOT_OK(
              local->probe->EmitBuildRows(block, *local->table, local->keep_alive, local->output));
        }
      }
    }
    ARROW_RETURN_NOT_OK(local->probe->Flush(local->output));
    work.build->Clear();
    work.probe->Clear();
    local->table.reset();
    local->keep_alive.reset();
    local->memory.Force(0);
    local->work.reset();
    return Status::OK();
  }

  Status Split(Runtime& runtime, Local* local) {
    const std::unique_ptr<Work> work = std::move(local->work);
    const int level = work->level + 1;
    const JoinShape& shape = state_->shape;
    const auto deal = [&](BatchStore& from, PartitionedRows* to) -> Status {
      ARROW_RETURN_NOT_OK(to->Open());
      for (int64_t i = 0; i < from.num_batches(); ++i) {
        ARROW_RETURN_NOT_OK(runtime.Check());
        ARROW_ASSIGN_OR_RAISE(const Batch batch, from.Get(i));
        ARROW_RETURN_NOT_OK(to->Append(batch));
      }
      from.Clear();
      return Status::OK();
    };
    PartitionedRows build(&runtime, statistics(), &shape, &shape.build, level);
    PartitionedRows probe(&runtime, statistics(), &shape, &shape.probe, level);
    ARROW_RETURN_NOT_OK(deal(*work->build, &build));
    ARROW_RETURN_NOT_OK(deal(*work->probe, &probe));
    const std::lock_guard<std::mutex> lock(mutex_);
    for (int p = 0; p < kSplit; ++p) {
      auto pair = std::make_unique<Work>();
      pair->build = build.stores()[p];
      pair->probe = probe.stores()[p];
      pair->level = level;
      work_.push_front(std::move(pair));
    }
    return Status::OK();
  }

  std::shared_ptr<JoinState> state_;
  std::mutex mutex_;  // guards all below
  std::deque<std::unique_ptr<Work>> work_;
  int64_t next_morsel_ = 0;
};

}  // namespace

Status BuildHashJoin(Builder& builder, const physical::HashJoin& node, const Chain& downstream) {
  auto state = std::make_shared<JoinState>(node, builder.runtime());
  const physical::NodePtr& probe_input = node.inputs[state->shape.probe_is_left ? 0 : 1];
  const physical::NodePtr& build_input = node.inputs[state->shape.probe_is_left ? 1 : 0];
  Chain build;
  build.sink = std::make_shared<BuildSink>(state);
  ARROW_RETURN_NOT_OK(builder.Build(build_input, build));
  const auto no_build_rows = [state] {
    return state->shape.empty_without_build() && state->num_build_rows == 0;
  };
  const Builder::SkipScope scope(&builder, no_build_rows);
  ARROW_RETURN_NOT_OK(
      builder.Build(probe_input, downstream.Prepend(std::make_shared<ProbeOperator>(state))));
  builder.Add(std::make_shared<RestSource>(state), downstream);
  return Status::OK();
}

}  // namespace emery::execution
