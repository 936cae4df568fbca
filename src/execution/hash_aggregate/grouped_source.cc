#include <algorithm>
#include <utility>

#include "execution/hash_aggregate/grouped.h"
#include "execution/sort/sort_rows.h"

namespace emery::execution {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

// A part's table up to this size is built in any case.
constexpr int64_t kBytesAlways = 256 << 10;

}  // namespace

struct GroupedSource::Local final : LocalState {
  Local(Runtime* runtime, OperatorStatistics* statistics) : memory(runtime, statistics) {}

  // The part that is given out. Tables live as long as vectors that borrow their strings.
  std::unique_ptr<GroupedSink::Part> part;
  std::shared_ptr<GroupedSink::Tables> tables;
  columnar::BufferPtr keep_alive;
  std::vector<uint8_t*> rows;
  size_t next = 0;
  bool in_part = false;
  StagedRows staged;
  std::vector<uint8_t*> found;
  std::vector<void*> states;
  MemoryShare memory;
};

GroupedSource::GroupedSource(std::shared_ptr<GroupedSink> sink)
    : Source(sink->statistics()), sink_(std::move(sink)) {}

Result<std::unique_ptr<LocalState>> GroupedSource::MakeLocal(TaskContext& context) {
  return std::make_unique<Local>(context.runtime, statistics());
}

Result<Source::Step> GroupedSource::Next(TaskContext& context, LocalState* state, Batch* batch) {
  auto* local = static_cast<Local*>(state);
  while (!local->in_part) {
    local->part = sink_->TakePart();
    if (local->part == nullptr) {
      return Step::kEnd;
    }
    ARROW_RETURN_NOT_OK(context.runtime->Check());
    ARROW_ASSIGN_OR_RAISE(const bool merged, MergePart(*context.runtime, local));
    if (!merged) {
      ARROW_RETURN_NOT_OK(SplitPart(*context.runtime, local));
      continue;
    }
    local->in_part = true;
    local->next = 0;
    context.morsel = next_morsel_.fetch_add(1);
  }
  if (local->next == local->rows.size()) {
    local->in_part = false;
    local->rows.clear();
    local->tables.reset();
    local->keep_alive.reset();
    local->memory.Force(0);
    return Step::kMorselEnd;
  }
  const GroupRowFormat& format = *sink_->plan()->kinds[0];
  uint8_t* const* rows = local->rows.data() + local->next;
  const auto n = static_cast<int64_t>(
      std::min<size_t>(local->rows.size() - local->next, columnar::kBatchSize));
  batch->num_rows = n;
  for (size_t c = 0; c < format.keys.num_columns(); ++c) {
    batch->columns.push_back(format.keys.Read(c, rows, n, local->keep_alive));
  }
  std::vector<const void*> states(n);
  for (const GroupRowFormat::State& s : format.states) {
    for (int64_t i = 0; i < n; ++i) {
      states[i] = rows[i] + s.offset;
    }
    ARROW_ASSIGN_OR_RAISE(VectorPtr column, s.function->Finalize(states.data(), n));
    batch->columns.push_back(std::move(column));
  }
  local->next += n;
  return Step::kBatch;
}

// False: there is no memory for this part.
Result<bool> GroupedSource::MergePart(Runtime& runtime, Local* local) {
  const AggregationPlan& plan = *sink_->plan();
  GroupedSink::Part& part = *local->part;

  // Strings are borrowed from the sink's tables, or from the tables made here.
  struct Owners {
    std::shared_ptr<void> sink_tables;
    std::shared_ptr<void> own_tables;
  };

  auto owners = std::make_shared<Owners>();
  owners->sink_tables = sink_->tables();
  local->keep_alive = KeepAlive(owners);
  if (part.merged) {
    local->rows = std::move(part.kinds[0].rows);
    return true;
  }
  local->tables = std::make_shared<GroupedSink::Tables>(sink_->plan());
  owners->own_tables = local->tables;
  std::vector<std::unique_ptr<GroupTable>>& tables = local->tables->tables;
  for (size_t kind = 0; kind < plan.kinds.size(); ++kind) {
    tables.push_back(std::make_unique<GroupTable>(plan.kinds[kind].get()));
    ARROW_ASSIGN_OR_RAISE(const bool fits, MergeKind(runtime, local, kind, tables.back().get()));
    if (!fits) {
      return false;
    }
  }
  for (size_t set = 0; set < plan.calls.distinct_sets.size(); ++set) {
    ARROW_RETURN_NOT_OK(FeedDistinct(local, set, *tables[1 + set]));
  }
  for (size_t c = 0; c < sink_->ordered_inputs().size(); ++c) {
    ARROW_RETURN_NOT_OK(FeedOrdered(local, c));
  }
  local->rows = tables[0]->Rows();
  return true;
}

Result<bool> GroupedSource::MergeKind(Runtime& runtime, Local* local, size_t kind,
                                      GroupTable* table) {
  const AggregationPlan& plan = *sink_->plan();
  const GroupRowFormat& format = *plan.kinds[kind];
  GroupedSink::Part::Kind& input = local->part->kinds[kind];
  ARROW_RETURN_NOT_OK(table->Adopt(input.rows.data(), static_cast<int64_t>(input.rows.size())));
  const size_t num_groups = plan.node->groups.size();
  int64_t read_bytes = 0;
  for (const std::shared_ptr<BatchStore>& store : input.stores) {
    for (int64_t i = 0; i < store->num_batches(); ++i) {
      ARROW_RETURN_NOT_OK(runtime.Check());
      ARROW_ASSIGN_OR_RAISE(const Batch batch, store->Get(i));
      const int64_t n = batch.num_rows;
      const auto keys_end = batch.columns.begin() + format.keys.num_columns();
      const std::vector<VectorPtr> keys(batch.columns.begin(), keys_end);
      std::vector<uint64_t> partition_hashes;
      if (kind > 0) {
        const std::vector<VectorPtr> groups(keys.begin(), keys.begin() + num_groups);
        local->staged.Stage(*plan.kinds[0], groups, n, nullptr, nullptr);
        partition_hashes.resize(n);
        for (int64_t r = 0; r < n; ++r) {
          partition_hashes[r] = HashOfRow(local->staged.row(r));
        }
      }
      local->staged.Stage(format, keys, n, partition_hashes.data(), nullptr);
      local->found.resize(n);
      table->FindOrInsert(local->staged.data(), local->staged.stride(), n, local->found.data());
      local->states.resize(n);
      auto column = keys_end;
      for (const GroupRowFormat::State& s : format.states) {
        const std::vector<VectorPtr> intermediates(column,
                                                   column + s.function->intermediate_types.size());
        column += s.function->intermediate_types.size();
        for (int64_t r = 0; r < n; ++r) {
          local->states[r] = local->found[r] + s.offset;
        }
        ARROW_RETURN_NOT_OK(s.function->Merge(local->states.data(), intermediates, n));
      }
      if (format.owns_memory()) {
        read_bytes += columnar::MemoryBytes(batch);
      }
      int64_t bytes = read_bytes;
      for (const auto& built : local->tables->tables) {
        bytes += built->bytes();
      }
      if (bytes > kBytesAlways && !local->memory.TryResize(bytes)) {
        if (local->part->level >= GroupedSink::kLevelsMax) {
          return OutOfMemory(runtime, bytes);
        }
        return false;
      }
    }
  }
  return true;
}

// Reads the part's stores again and deals their rows out to smaller parts.
Status GroupedSource::SplitPart(Runtime& runtime, Local* local) {
  const AggregationPlan& plan = *sink_->plan();
  local->tables.reset();
  local->keep_alive.reset();
  local->memory.Force(0);
  const std::unique_ptr<GroupedSink::Part> part = std::move(local->part);
  const int level = part->level + 1;
  std::vector<std::unique_ptr<GroupedSink::Part>> smaller;
  for (int s = 0; s < GroupedSink::kSplit; ++s) {
    smaller.push_back(std::make_unique<GroupedSink::Part>());
    smaller.back()->level = level;
    smaller.back()->kinds.resize(plan.kinds.size());
  }
  const size_t num_groups = plan.node->groups.size();
  for (size_t kind = 0; kind < plan.kinds.size(); ++kind) {
    std::vector<std::shared_ptr<BatchStore>> stores;
    for (auto& target : smaller) {
      stores.push_back(
          std::make_shared<BatchStore>(&runtime, statistics(), plan.spill_types[kind]));
      ARROW_RETURN_NOT_OK(stores.back()->Spill(/*all_later=*/true));
      target->kinds[kind].stores.push_back(stores.back());
    }
    for (const std::shared_ptr<BatchStore>& store : part->kinds[kind].stores) {
      for (int64_t i = 0; i < store->num_batches(); ++i) {
        ARROW_RETURN_NOT_OK(runtime.Check());
        ARROW_ASSIGN_OR_RAISE(const Batch batch, store->Get(i));
        const std::vector<VectorPtr> groups(batch.columns.begin(),
                                            batch.columns.begin() + num_groups);
        local->staged.Stage(*plan.kinds[0], groups, batch.num_rows, nullptr, nullptr);
        std::vector<std::vector<int32_t>> rows(GroupedSink::kSplit);
        for (int64_t r = 0; r < batch.num_rows; ++r) {
          rows[GroupedSink::SplitOf(HashOfRow(local->staged.row(r)), level)].push_back(
              static_cast<int32_t>(r));
        }
        for (int s = 0; s < GroupedSink::kSplit; ++s) {
          if (!rows[s].empty()) {
            ARROW_RETURN_NOT_OK(stores[s]->Append(columnar::GatherBatch(
                batch, rows[s].data(), static_cast<int64_t>(rows[s].size()))));
          }
        }
      }
      store->Clear();
    }
  }
  for (auto& target : smaller) {
    if (target->kinds[0].stores[0]->num_rows() > 0) {
      sink_->AddPart(std::move(target));
    }
  }
  return Status::OK();
}

Status GroupedSource::FeedDistinct(Local* local, size_t set, const GroupTable& distinct) {
  const AggregationPlan& plan = *sink_->plan();
  const GroupRowFormat& format = *plan.kinds[1 + set];
  const size_t num_groups = plan.node->groups.size();
  std::vector<uint8_t*> rows = distinct.Rows();
  for (const int call : plan.calls.distinct_sets[set].calls) {
    // Spark lets a distinct aggregate be ordered by its argument only.
    if (plan.calls.calls[call].ordered && !rows.empty()) {
      const plan::SortOrder& order = plan.calls.calls[call].call->order_by[0];
      const auto n = static_cast<int64_t>(rows.size());
      const std::vector<int32_t> sorted = SortedRows(
          SortKeys::Encode({{format.keys.Read(num_groups, rows.data(), n, local->keep_alive),
                             order.ascending, order.nulls_first}},
                           n));
      std::vector<uint8_t*> reordered;
      reordered.reserve(rows.size());
      for (const int32_t row : sorted) {
        reordered.push_back(rows[row]);
      }
      rows = std::move(reordered);
    }
  }
  for (size_t begin = 0; begin < rows.size(); begin += columnar::kBatchSize) {
    const auto n =
        static_cast<int64_t>(std::min<size_t>(rows.size() - begin, columnar::kBatchSize));
    std::vector<VectorPtr> groups;
    std::vector<VectorPtr> arguments;
    for (size_t c = 0; c < format.keys.num_columns(); ++c) {
      VectorPtr column = format.keys.Read(c, rows.data() + begin, n, local->keep_alive);
      (c < num_groups ? groups : arguments).push_back(std::move(column));
    }
    local->staged.Stage(*plan.kinds[0], groups, n, nullptr, nullptr);
    local->found.resize(n);
    local->tables->tables[0]->Find(local->staged.data(), local->staged.stride(), n,
                                   local->found.data());
    local->states.resize(n);
    for (const int call : plan.calls.distinct_sets[set].calls) {
      const GroupRowFormat::State& s = plan.kinds[0]->states[call];
      for (int64_t i = 0; i < n; ++i) {
        local->states[i] = local->found[i] + s.offset;
      }
      ARROW_RETURN_NOT_OK(s.function->Update(local->states.data(), arguments, n));
    }
  }
  return Status::OK();
}

Status GroupedSource::FeedOrdered(Local* local, size_t call) {
  const AggregationPlan& plan = *sink_->plan();
  const size_t num_groups = plan.node->groups.size();
  const GroupRowFormat::State& s = plan.kinds[0]->states[call];
  for (const Batch& batch : sink_->ordered_inputs()[call]) {
    const std::vector<VectorPtr> groups(batch.columns.begin(), batch.columns.begin() + num_groups);
    const std::vector<VectorPtr> arguments(batch.columns.begin() + num_groups, batch.columns.end());
    local->staged.Stage(*plan.kinds[0], groups, batch.num_rows, nullptr, nullptr);
    local->found.resize(batch.num_rows);
    local->tables->tables[0]->Find(local->staged.data(), local->staged.stride(), batch.num_rows,
                                   local->found.data());
    // Groups of other parts are not found here.
    std::vector<int32_t> rows;
    local->states.clear();
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      if (local->found[i] != nullptr) {
        rows.push_back(static_cast<int32_t>(i));
        local->states.push_back(local->found[i] + s.offset);
      }
    }
    const auto n = static_cast<int64_t>(rows.size());
    std::vector<VectorPtr> kept;
    for (const VectorPtr& argument : arguments) {
      kept.push_back(columnar::Gather(argument, rows.data(), n));
    }
    ARROW_RETURN_NOT_OK(s.function->Update(local->states.data(), kept, n));
  }
  return Status::OK();
}

}  // namespace emery::execution
