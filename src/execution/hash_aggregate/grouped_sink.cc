#include <algorithm>
#include <numeric>
#include <utility>

#include "execution/builder.h"
#include "execution/hash_aggregate/grouped.h"
#include "execution/sort/sort_rows.h"

namespace emery::execution {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

// A table below this size is never given up or spilled: it would not help.
constexpr int64_t kBytesAlways = 256 << 10;
// With this many groups a table has left the caches, so that not finding an equal group costs as
// much as the merge.
constexpr int64_t kGroupsGiveUp = 128 << 10;
// Fewer rows than this are merged by one thread.
constexpr int64_t kRowsOnePart = 8192;

// Owned bytes are counted anew when the estimate has grown by so much and doubled.
constexpr int64_t kOwnedBytesRecount = 4 << 20;

// What states keep at most of an argument: every value, spelled out.
int64_t BytesKeptOf(const columnar::Vector& vector) {
  if (vector.is_flat() || vector.size() == 0) {
    return columnar::MemoryBytes(vector);
  }
  if (vector.is_constant()) {
    return columnar::MemoryBytes(vector) * vector.size();
  }
  const columnar::Vector& base = *vector.base();
  return columnar::MemoryBytes(base) / std::max<int64_t>(base.size(), 1) * vector.size() +
         vector.size() * 24;
}

int64_t OwnedBytesOf(const GroupTable& table) {
  int64_t bytes = 0;
  const std::vector<uint8_t*> rows = table.Rows();
  for (const GroupRowFormat::State& state : table.format().owning_states) {
    for (const uint8_t* row : rows) {
      bytes += state.function->OwnedBytes(row + state.offset);
    }
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<AggregationPlan>> AggregationPlan::Make(const physical::HashAggregate& node,
                                                               BoundCalls calls) {
  auto plan = std::make_unique<AggregationPlan>();
  plan->node = &node;
  plan->calls = std::move(calls);
  const std::vector<type::TypePtr> groups = TypesOf(node.groups);
  plan->kinds.push_back(std::make_unique<GroupRowFormat>(groups, false, plan->calls.functions()));
  std::vector<type::TypePtr> spilled = groups;
  for (const BoundCall& call : plan->calls.calls) {
    spilled.insert(spilled.end(), call.function->intermediate_types.begin(),
                   call.function->intermediate_types.end());
  }
  plan->spill_types.push_back(std::move(spilled));
  for (const DistinctSet& set : plan->calls.distinct_sets) {
    std::vector<type::TypePtr> keys = groups;
    for (const plan::ExpressionPtr& argument : set.arguments) {
      keys.push_back(argument->type);
    }
    plan->spill_types.push_back(keys);
    plan->kinds.push_back(std::make_unique<GroupRowFormat>(
        std::move(keys), true, std::vector<std::shared_ptr<const functions::BoundAggregate>>()));
  }
  return plan;
}

void StagedRows::Stage(const GroupRowFormat& format, const std::vector<VectorPtr>& columns,
                       int64_t n, const uint64_t* partition_hashes, const int32_t* rows) {
  stride_ = format.key_end;
  bytes_.resize(n * stride_);
  heap_ = columnar::StringHeap();
  format.keys.Write(columns, nullptr, n, bytes_.data(), stride_, &heap_);
  for (int64_t i = 0; i < n; ++i) {
    uint8_t* row = bytes_.data() + i * stride_;
    SetHashOfRow(row, format.keys.Hash(row));
    if (format.partition_hash_offset != 0) {
      SetHashOfRow(row + format.partition_hash_offset,
                   partition_hashes[rows != nullptr ? rows[i] : i]);
    }
  }
}

struct GroupedSink::Local final : LocalState {
  Local(Runtime* runtime, OperatorStatistics* statistics) : memory(runtime, statistics) {}

  ExpressionSet groups;
  std::vector<CallInputs> call_inputs;              // per call; empty ones for distinct calls
  std::vector<CallInputs> distinct_inputs;          // per set
  std::vector<std::unique_ptr<GroupTable>> tables;  // per kind
  std::vector<std::vector<std::shared_ptr<BatchStore>>> spilled;  // per kind, per partition
  std::vector<std::unique_ptr<BatchStore>> ordered;  // per call, null where not ordered
  StagedRows staged;
  StagedRows staged_distinct;
  std::vector<uint64_t> hashes;
  std::vector<uint8_t*> rows;
  std::vector<void*> states;
  MemoryShare memory;
  int64_t rows_in = 0;
  int64_t owned_bytes = 0;          // upper estimate of what states hold outside their rows
  int64_t owned_bytes_counted = 0;  // when it was last counted
  bool given_up = false;
};

GroupedSink::GroupedSink(std::shared_ptr<const AggregationPlan> plan, Runtime* runtime)
    : Sink(runtime->StatisticsOf(*plan->node)), plan_(std::move(plan)), runtime_(runtime) {}

GroupedSink::~GroupedSink() = default;

int GroupedSink::MaxThreads() const {
  return plan_->calls.order_sensitive ? 1 : 1 << 16;
}

Result<std::unique_ptr<LocalState>> GroupedSink::MakeLocal(TaskContext& context) {
  auto local = std::make_unique<Local>(runtime_, statistics());
  const auto& query = context.runtime->context();
  ARROW_ASSIGN_OR_RAISE(local->groups, ExpressionSet::Make(plan_->node->groups, query));
  for (const BoundCall& call : plan_->calls.calls) {
    CallInputs inputs;
    std::unique_ptr<BatchStore> ordered;
    if (call.distinct_set < 0) {
      plan::ExpressionList arguments = call.call->arguments;
      if (call.ordered) {
        std::vector<type::TypePtr> types = TypesOf(plan_->node->groups);
        for (const plan::SortOrder& order : call.call->order_by) {
          arguments.push_back(order.expression);
        }
        const std::vector<type::TypePtr> own = TypesOf(arguments);
        types.insert(types.end(), own.begin(), own.end());
        ordered = std::make_unique<BatchStore>(runtime_, statistics(), std::move(types));
      }
      ARROW_ASSIGN_OR_RAISE(
          inputs, CallInputs::Make(arguments, call.call->filter, call.call->ignore_nulls, query));
    }
    local->call_inputs.push_back(std::move(inputs));
    local->ordered.push_back(std::move(ordered));
  }
  for (const DistinctSet& set : plan_->calls.distinct_sets) {
    ARROW_ASSIGN_OR_RAISE(CallInputs inputs,
                          CallInputs::Make(set.arguments, set.filter, false, query));
    local->distinct_inputs.push_back(std::move(inputs));
  }
  for (const auto& kind : plan_->kinds) {
    local->tables.push_back(std::make_unique<GroupTable>(kind.get()));
  }
  local->spilled.resize(plan_->kinds.size());
  return std::unique_ptr<LocalState>(std::move(local));
}

Status GroupedSink::Push(TaskContext&, Batch batch, LocalState* state) {
  auto* local = static_cast<Local*>(state);
  const int64_t n = batch.num_rows;
  ARROW_ASSIGN_OR_RAISE(const std::vector<VectorPtr> groups, local->groups.Evaluate(batch));
  local->staged.Stage(*plan_->kinds[0], groups, n, nullptr, nullptr);
  local->rows.resize(n);
  GroupTable& table = *local->tables[0];
  if (local->given_up) {
    table.AppendAll(local->staged.data(), local->staged.stride(), n, local->rows.data());
  } else {
    table.FindOrInsert(local->staged.data(), local->staged.stride(), n, local->rows.data());
  }
  local->rows_in += n;
  local->states.resize(n);
  for (size_t c = 0; c < plan_->calls.calls.size(); ++c) {
    const BoundCall& call = plan_->calls.calls[c];
    if (call.distinct_set >= 0) {
      continue;
    }
    if (call.ordered) {
      ARROW_RETURN_NOT_OK(PushOrdered(local, c, batch, groups));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const CallInputs::Rows input, local->call_inputs[c].Evaluate(batch));
    const size_t offset = plan_->kinds[0]->states[c].offset;
    if (input.rows == nullptr) {
      for (int64_t i = 0; i < n; ++i) {
        local->states[i] = local->rows[i] + offset;
      }
    } else {
      for (int64_t i = 0; i < input.count; ++i) {
        local->states[i] = local->rows[input.rows[i]] + offset;
      }
    }
    if (call.function->owns_memory) {
      for (const VectorPtr& column : input.columns) {
        local->owned_bytes += BytesKeptOf(*column);
      }
    }
    ARROW_RETURN_NOT_OK(call.function->Update(local->states.data(), input.columns, input.count));
  }
  if (!plan_->calls.distinct_sets.empty()) {
    local->hashes.resize(n);
    for (int64_t i = 0; i < n; ++i) {
      local->hashes[i] = HashOfRow(local->staged.row(i));
    }
    for (size_t set = 0; set < plan_->calls.distinct_sets.size(); ++set) {
      ARROW_RETURN_NOT_OK(PushDistinct(local, set, batch, groups));
    }
  }
  return AdaptTables(local);
}

Status GroupedSink::PushDistinct(Local* local, size_t set, const Batch& batch,
                                 const std::vector<VectorPtr>& groups) {
  ARROW_ASSIGN_OR_RAISE(const CallInputs::Rows input, local->distinct_inputs[set].Evaluate(batch));
  std::vector<VectorPtr> columns;
  for (const VectorPtr& group : groups) {
    columns.push_back(input.rows == nullptr ? group
                                            : columnar::Gather(group, input.rows, input.count));
  }
  columns.insert(columns.end(), input.columns.begin(), input.columns.end());
  local->staged_distinct.Stage(*plan_->kinds[1 + set], columns, input.count, local->hashes.data(),
                               input.rows);
  std::vector<uint8_t*> rows(input.count);
  local->tables[1 + set]->FindOrInsert(local->staged_distinct.data(),
                                       local->staged_distinct.stride(), input.count, rows.data());
  return Status::OK();
}

Status GroupedSink::PushOrdered(Local* local, size_t call, const Batch& batch,
                                const std::vector<VectorPtr>& groups) {
  ARROW_ASSIGN_OR_RAISE(const CallInputs::Rows input, local->call_inputs[call].Evaluate(batch));
  Batch kept;
  kept.num_rows = input.count;
  for (const VectorPtr& group : groups) {
    kept.columns.push_back(
        input.rows == nullptr ? group : columnar::Gather(group, input.rows, input.count));
  }
  kept.columns.insert(kept.columns.end(), input.columns.begin(), input.columns.end());
  return local->ordered[call]->Append(std::move(kept));
}

// Decides after each batch whether looking for equal groups still pays, and asks for memory.
Status GroupedSink::AdaptTables(Local* local) {
  int64_t table_bytes = 0;
  for (const auto& table : local->tables) {
    table_bytes += table->bytes();
  }
  if (local->owned_bytes > 2 * local->owned_bytes_counted + kOwnedBytesRecount) {
    local->owned_bytes = local->owned_bytes_counted = OwnedBytesOf(*local->tables[0]);
  }
  const int64_t bytes = table_bytes + local->owned_bytes;
  if (bytes > kBytesAlways && !local->memory.TryResize(bytes)) {
    return SpillTables(local);
  }
  if (!local->given_up && runtime_->num_threads() > 1 && !plan_->calls.order_sensitive &&
      local->tables[0]->num_rows() > kGroupsGiveUp &&
      local->rows_in < local->tables[0]->num_rows() * 3 / 2) {
    local->given_up = true;
    local->tables[0]->DropSlots();
  }
  return Status::OK();
}

Status GroupedSink::SpillTables(Local* local) {
  for (size_t kind = 0; kind < local->tables.size(); ++kind) {
    const GroupRowFormat& format = *plan_->kinds[kind];
    auto& stores = local->spilled[kind];
    if (stores.empty()) {
      for (int p = 0; p < kPartitions; ++p) {
        stores.push_back(
            std::make_shared<BatchStore>(runtime_, statistics(), plan_->spill_types[kind]));
        ARROW_RETURN_NOT_OK(stores.back()->Spill(/*all_later=*/true));
      }
    }
    std::vector<std::vector<uint8_t*>> partitions(kPartitions);
    for (uint8_t* row : local->tables[kind]->Rows()) {
      partitions[PartitionOf(PartitionHashOf(format, row))].push_back(row);
    }
    for (int p = 0; p < kPartitions; ++p) {
      const std::vector<uint8_t*>& rows = partitions[p];
      for (size_t begin = 0; begin < rows.size(); begin += columnar::kBatchSize) {
        const auto n =
            static_cast<int64_t>(std::min<size_t>(rows.size() - begin, columnar::kBatchSize));
        Batch batch;
        batch.num_rows = n;
        for (size_t c = 0; c < format.keys.num_columns(); ++c) {
          batch.columns.push_back(format.keys.Read(c, rows.data() + begin, n, nullptr));
        }
        std::vector<const void*> states(n);
        for (const GroupRowFormat::State& s : format.states) {
          for (int64_t i = 0; i < n; ++i) {
            states[i] = rows[begin + i] + s.offset;
          }
          ARROW_ASSIGN_OR_RAISE(std::vector<VectorPtr> columns,
                                s.function->Export(states.data(), n));
          batch.columns.insert(batch.columns.end(), columns.begin(), columns.end());
        }
        ARROW_RETURN_NOT_OK(stores[p]->Append(std::move(batch)));
      }
    }
    local->tables[kind] = std::make_unique<GroupTable>(&format);
  }
  local->owned_bytes = 0;
  local->rows_in = 0;
  local->given_up = false;
  local->memory.Force(0);
  return Status::OK();
}

Status GroupedSink::Combine(TaskContext& context, LocalState* state) {
  auto* local = static_cast<Local*>(state);
  if (!local->spilled[0].empty() && local->tables[0]->num_rows() > 0) {
    ARROW_RETURN_NOT_OK(SpillTables(local));
  }
  // The executor keeps `local`; what it holds moves on.
  auto kept = std::make_unique<Local>(runtime_, statistics());
  kept->tables = std::move(local->tables);
  kept->spilled = std::move(local->spilled);
  kept->ordered = std::move(local->ordered);
  kept->given_up = local->given_up;
  kept->owned_bytes = local->owned_bytes;
  kept->rows_in = local->rows_in;
  const int64_t bytes = local->memory.bytes();
  local->memory.Force(0);
  kept->memory.Force(bytes);
  (void)context;
  const std::lock_guard<std::mutex> lock(mutex_);
  locals_.push_back(std::move(kept));
  return Status::OK();
}

Status GroupedSink::Finalize(Runtime& runtime) {
  ARROW_RETURN_NOT_OK(SortOrderedInputs(runtime));
  const bool spilled = std::any_of(locals_.begin(), locals_.end(),
                                   [](const auto& local) { return !local->spilled[0].empty(); });
  if (spilled) {
    // What one thread has in memory would stand in the way of merging.
    for (const auto& local : locals_) {
      if (local->tables[0]->num_rows() > 0) {
        ARROW_RETURN_NOT_OK(SpillTables(local.get()));
      }
    }
  }
  std::vector<std::unique_ptr<Local>> locals;
  for (auto& local : locals_) {
    if (spilled || local->tables[0]->num_rows() > 0) {
      locals.push_back(std::move(local));
    }
  }
  locals_ = std::move(locals);
  const size_t num_kinds = plan_->kinds.size();
  int64_t num_rows = 0;
  for (const auto& local : locals_) {
    num_rows += local->tables[0]->num_rows();
  }
  const bool one_table = !spilled && locals_.size() == 1 && !locals_[0]->given_up;
  if (one_table && num_kinds == 1 && ordered_.empty()) {
    // Nothing to merge: cut the rows so that all threads can give them out.
    const std::vector<uint8_t*> rows = locals_[0]->tables[0]->Rows();
    constexpr size_t kRowsPerPart = 16 * columnar::kBatchSize;
    for (size_t begin = 0; begin < rows.size(); begin += kRowsPerPart) {
      auto part = std::make_unique<Part>();
      part->merged = true;
      part->kinds.resize(1);
      part->kinds[0].rows.assign(rows.begin() + begin,
                                 rows.begin() + std::min(rows.size(), begin + kRowsPerPart));
      parts_.push_back(std::move(part));
    }
  } else {
    const int partitions = !spilled && num_rows < kRowsOnePart ? 1 : kPartitions;
    std::vector<std::unique_ptr<Part>> parts;
    for (int p = 0; p < partitions; ++p) {
      parts.push_back(std::make_unique<Part>());
      parts.back()->kinds.resize(num_kinds);
    }
    ARROW_RETURN_NOT_OK(runtime.ParallelFor(num_kinds, [&](int64_t kind) -> Status {
      const GroupRowFormat& format = *plan_->kinds[kind];
      for (const auto& local : locals_) {
        for (uint8_t* row : local->tables[kind]->Rows()) {
          const int p = partitions == 1 ? 0 : PartitionOf(PartitionHashOf(format, row));
          parts[p]->kinds[kind].rows.push_back(row);
        }
        for (size_t p = 0; p < local->spilled[kind].size(); ++p) {
          parts[p]->kinds[kind].stores.push_back(local->spilled[kind][p]);
        }
      }
      return Status::OK();
    }));
    for (auto& part : parts) {
      parts_.push_back(std::move(part));
    }
  }
  tables_ = std::make_shared<Tables>(plan_);
  for (const auto& local : locals_) {
    for (auto& table : local->tables) {
      tables_->tables.push_back(std::move(table));
    }
    const int64_t bytes = local->memory.bytes();
    local->memory.Force(0);
    memory_.push_back(std::make_unique<MemoryShare>(runtime_, statistics()));
    memory_.back()->Force(bytes);
  }
  locals_.clear();
  return Status::OK();
}

// WITHIN GROUP: all threads' rows of a call, sorted as it asks; what is left are group columns and
// arguments.
Status GroupedSink::SortOrderedInputs(Runtime& runtime) {
  for (size_t c = 0; c < plan_->calls.calls.size(); ++c) {
    const BoundCall& call = plan_->calls.calls[c];
    if (!call.ordered || call.distinct_set >= 0) {
      continue;
    }
    ordered_.resize(plan_->calls.calls.size());
    std::vector<Batch> batches;
    std::vector<type::TypePtr> types;
    for (const auto& local : locals_) {
      types = local->ordered[c]->types();
      for (int64_t i = 0; i < local->ordered[c]->num_batches(); ++i) {
        ARROW_ASSIGN_OR_RAISE(Batch batch, local->ordered[c]->Get(i));
        batches.push_back(std::move(batch));
      }
    }
    Batch all = columnar::ConcatBatches(types, batches);
    if (all.num_rows == 0) {
      continue;
    }
    const size_t num_kept = plan_->node->groups.size() + call.call->arguments.size();
    std::vector<SortColumn> order;
    for (size_t i = 0; i < call.call->order_by.size(); ++i) {
      order.push_back({all.columns[num_kept + i], call.call->order_by[i].ascending,
                       call.call->order_by[i].nulls_first});
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<int32_t> rows,
                          SortedRows(order, all.num_rows, runtime));
    all.columns.resize(num_kept);
    for (int64_t begin = 0; begin < all.num_rows; begin += columnar::kBatchSize) {
      ordered_[c].push_back(columnar::GatherBatch(
          all, rows.data() + begin, std::min(columnar::kBatchSize, all.num_rows - begin)));
    }
  }
  return Status::OK();
}

std::unique_ptr<GroupedSink::Part> GroupedSink::TakePart() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (parts_.empty()) {
    return nullptr;
  }
  std::unique_ptr<Part> part = std::move(parts_.front());
  parts_.pop_front();
  return part;
}

void GroupedSink::AddPart(std::unique_ptr<Part> part) {
  const std::lock_guard<std::mutex> lock(mutex_);
  parts_.push_front(std::move(part));
}

}  // namespace emery::execution
