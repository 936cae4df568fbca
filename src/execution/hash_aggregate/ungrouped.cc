#include "execution/hash_aggregate/ungrouped.h"

#include <mutex>
#include <utility>

#include "execution/batch_store.h"
#include "execution/builder.h"
#include "execution/hash_aggregate/grouped.h"
#include "execution/sort/sort_rows.h"

namespace emery::execution {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

/// One state per call.
class States {
 public:
  explicit States(const BoundCalls& calls) : calls_(calls), row_(MakeFormat(calls)) {
    memory_ = columnar::Buffer::AllocateZeroed(row_.width + 8);
    for (const GroupRowFormat::State& state : row_.states) {
      state.function->Init(memory_->mutable_data() + state.offset);
    }
  }

  ~States() {
    for (const GroupRowFormat::State& state : row_.owning_states) {
      state.function->Destroy(memory_->mutable_data() + state.offset);
    }
  }

  States(const States&) = delete;
  States& operator=(const States&) = delete;

  Status Update(size_t call, const std::vector<VectorPtr>& arguments, int64_t n) {
    return calls_.calls[call].function->UpdateSingle(At(call), arguments, n);
  }

  /// Bytes that the states keep outside themselves.
  int64_t OwnedBytes() const {
    int64_t bytes = 0;
    for (const GroupRowFormat::State& state : row_.owning_states) {
      bytes += state.function->OwnedBytes(memory_->data() + state.offset);
    }
    return bytes;
  }

  bool owns_memory() const { return row_.owns_memory(); }

  Status MergeFrom(const States& other) {
    for (size_t c = 0; c < calls_.calls.size(); ++c) {
      const functions::BoundAggregate& function = *calls_.calls[c].function;
      const void* from = other.At(c);
      void* into = At(c);
      ARROW_ASSIGN_OR_RAISE(const std::vector<VectorPtr> intermediates, function.Export(&from, 1));
      ARROW_RETURN_NOT_OK(function.Merge(&into, intermediates, 1));
    }
    return Status::OK();
  }

  Result<VectorPtr> Finalize(size_t call) const {
    const void* state = At(call);
    return calls_.calls[call].function->Finalize(&state, 1);
  }

 private:
  static GroupRowFormat MakeFormat(const BoundCalls& calls) {
    return GroupRowFormat({}, false, calls.functions());
  }

  void* At(size_t call) const { return memory_->mutable_data() + row_.states[call].offset; }

  const BoundCalls& calls_;
  GroupRowFormat row_;
  columnar::BufferPtr memory_;
};

/// Each thread has one state per call. Distinct arguments are collected by an aggregation of their
/// own: GROUP BY the arguments.
class UngroupedSink final : public Sink {
 public:
  UngroupedSink(const physical::HashAggregate& node, BoundCalls calls, Runtime* runtime)
      : Sink(runtime->StatisticsOf(node)), calls_(std::move(calls)), runtime_(runtime) {
    result_ = std::make_unique<States>(calls_);
    for (const DistinctSet& set : calls_.distinct_sets) {
      // The dedupe step, as a plan node that never had an operator of its own.
      auto dedupe = std::make_unique<physical::HashAggregate>();
      dedupe->id = node.id;
      dedupe->groups = set.arguments;
      dedupe_nodes_.push_back(std::move(dedupe));
    }
  }

  Status Prepare() {
    for (const auto& node : dedupe_nodes_) {
      ARROW_ASSIGN_OR_RAISE(auto plan, AggregationPlan::Make(*node, BoundCalls()));
      dedupes_.push_back(std::make_shared<GroupedSink>(std::move(plan), runtime_));
    }
    return Status::OK();
  }

  int MaxThreads() const override { return calls_.order_sensitive ? 1 : 1 << 16; }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override {
    auto local = std::make_unique<Local>(calls_, runtime_, statistics());
    const auto& query = context.runtime->context();
    for (const BoundCall& call : calls_.calls) {
      CallInputs inputs;
      std::unique_ptr<BatchStore> ordered;
      if (call.distinct_set < 0) {
        plan::ExpressionList arguments = call.call->arguments;
        if (call.ordered) {
          for (const plan::SortOrder& order : call.call->order_by) {
            arguments.push_back(order.expression);
          }
          ordered = std::make_unique<BatchStore>(runtime_, statistics(), TypesOf(arguments));
        }
        ARROW_ASSIGN_OR_RAISE(
            inputs, CallInputs::Make(arguments, call.call->filter, call.call->ignore_nulls, query));
      }
      local->inputs.push_back(std::move(inputs));
      local->ordered.push_back(std::move(ordered));
    }
    for (size_t set = 0; set < dedupes_.size(); ++set) {
      std::unique_ptr<functions::FilterEvaluator> filter;
      if (calls_.distinct_sets[set].filter != nullptr) {
        ARROW_ASSIGN_OR_RAISE(filter,
                              functions::FilterEvaluator::Make(
                                  plan::SplitConjuncts(calls_.distinct_sets[set].filter), query));
      }
      local->filters.push_back(std::move(filter));
      ARROW_ASSIGN_OR_RAISE(auto dedupe, dedupes_[set]->MakeLocal(context));
      local->dedupes.push_back(std::move(dedupe));
    }
    return std::unique_ptr<LocalState>(std::move(local));
  }

  Status Push(TaskContext& context, Batch batch, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    for (size_t c = 0; c < calls_.calls.size(); ++c) {
      const BoundCall& call = calls_.calls[c];
      if (call.distinct_set >= 0) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(CallInputs::Rows input, local->inputs[c].Evaluate(batch));
      if (call.ordered) {
        Batch kept;
        kept.num_rows = input.count;
        kept.columns = std::move(input.columns);
        ARROW_RETURN_NOT_OK(local->ordered[c]->Append(std::move(kept)));
      } else if (input.count > 0) {
        ARROW_RETURN_NOT_OK(local->states.Update(c, input.columns, input.count));
      }
    }
    if (local->states.owns_memory()) {
      // One state can't be cut into parts that would go to disk.
      const int64_t bytes = local->states.OwnedBytes();
      if (!local->memory.TryResize(bytes)) {
        return OutOfMemory(*runtime_, bytes);
      }
    }
    for (size_t set = 0; set < dedupes_.size(); ++set) {
      Batch rows = batch;
      if (local->filters[set] != nullptr) {
        local->rows.resize(batch.num_rows);
        ARROW_ASSIGN_OR_RAISE(const int64_t count,
                              local->filters[set]->Select(batch, local->rows.data()));
        rows = columnar::GatherBatch(batch, local->rows.data(), count);
      }
      if (rows.num_rows > 0) {
        ARROW_RETURN_NOT_OK(
            dedupes_[set]->Push(context, std::move(rows), local->dedupes[set].get()));
      }
    }
    return Status::OK();
  }

  Status Combine(TaskContext& context, LocalState* state) override {
    auto* local = static_cast<Local*>(state);
    for (size_t set = 0; set < dedupes_.size(); ++set) {
      ARROW_RETURN_NOT_OK(dedupes_[set]->Combine(context, local->dedupes[set].get()));
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ordered_.resize(calls_.calls.size());
    for (size_t c = 0; c < calls_.calls.size(); ++c) {
      if (local->ordered[c] != nullptr) {
        ordered_[c].push_back(std::move(local->ordered[c]));
      }
    }
    return result_->MergeFrom(local->states);
  }

  Status Finalize(Runtime& runtime) override {
    for (size_t set = 0; set < dedupes_.size(); ++set) {
      ARROW_RETURN_NOT_OK(dedupes_[set]->Finalize(runtime));
      ARROW_RETURN_NOT_OK(FeedDistinct(runtime, set));
    }
    for (size_t c = 0; c < ordered_.size(); ++c) {
      if (!ordered_[c].empty()) {
        ARROW_RETURN_NOT_OK(FeedOrdered(runtime, c));
      }
    }
    return Status::OK();
  }

  Result<Batch> Row() const {
    Batch batch;
    batch.num_rows = 1;
    for (size_t c = 0; c < calls_.calls.size(); ++c) {
      ARROW_ASSIGN_OR_RAISE(VectorPtr column, result_->Finalize(c));
      batch.columns.push_back(std::move(column));
    }
    return batch;
  }

 private:
  struct Local final : LocalState {
    Local(const BoundCalls& calls, Runtime* runtime, OperatorStatistics* statistics)
        : states(calls), memory(runtime, statistics) {}

    States states;
    std::vector<CallInputs> inputs;                                    // per call
    std::vector<std::unique_ptr<BatchStore>> ordered;                  // per call
    std::vector<std::unique_ptr<functions::FilterEvaluator>> filters;  // per distinct set
    std::vector<std::unique_ptr<LocalState>> dedupes;                  // per distinct set
    std::vector<int32_t> rows;
    MemoryShare memory;  // of the states
  };

  Status FeedDistinct(Runtime& runtime, size_t set) {
    GroupedSource source(dedupes_[set]);
    const std::vector<int>& calls = calls_.distinct_sets[set].calls;
    bool ordered = false;
    for (const int call : calls) {
      ordered |= calls_.calls[call].ordered;
    }
    std::vector<Batch> kept;
    ARROW_RETURN_NOT_OK(
        runtime.RunThreads(ordered ? 1 : runtime.num_threads(), [&](int thread) -> Status {
          TaskContext context;
          context.runtime = &runtime;
          context.thread = thread;
          ARROW_ASSIGN_OR_RAISE(const auto local, source.MakeLocal(context));
          States states(calls_);
          while (true) {
            ARROW_RETURN_NOT_OK(runtime.Check());
            Batch batch;
            ARROW_ASSIGN_OR_RAISE(const Source::Step step,
                                  source.Next(context, local.get(), &batch));
            if (step == Source::Step::kEnd) {
              break;
            }
            if (step == Source::Step::kMorselEnd) {
              continue;
            }
            for (const int call : calls) {
              if (!calls_.calls[call].ordered) {
                ARROW_RETURN_NOT_OK(states.Update(call, batch.columns, batch.num_rows));
              }
            }
            if (ordered) {
              kept.push_back(std::move(batch));
            }
          }
          const std::lock_guard<std::mutex> lock(mutex_);
          return result_->MergeFrom(states);
        }));
    if (ordered) {
      // Spark lets a distinct aggregate be ordered by its argument only.
      const Batch all = columnar::ConcatBatches(TypesOf(calls_.distinct_sets[set].arguments), kept);
      for (const int call : calls) {
        if (calls_.calls[call].ordered && all.num_rows > 0) {
          const plan::SortOrder& order = calls_.calls[call].call->order_by[0];
          ARROW_RETURN_NOT_OK(FeedSorted(runtime, call, all,
                                         {{all.columns[0], order.ascending, order.nulls_first}}));
        }
      }
    }
    return Status::OK();
  }

  Status FeedOrdered(Runtime& runtime, size_t c) {
    std::vector<Batch> batches;
    for (const auto& store : ordered_[c]) {
      for (int64_t i = 0; i < store->num_batches(); ++i) {
        ARROW_ASSIGN_OR_RAISE(Batch batch, store->Get(i));
        batches.push_back(std::move(batch));
      }
    }
    Batch all = columnar::ConcatBatches(ordered_[c][0]->types(), batches);
    if (all.num_rows == 0) {
      return Status::OK();
    }
    const physical::AggregateCall& call = *calls_.calls[c].call;
    std::vector<SortColumn> order;
    for (size_t i = 0; i < call.order_by.size(); ++i) {
      order.push_back({all.columns[call.arguments.size() + i], call.order_by[i].ascending,
                       call.order_by[i].nulls_first});
    }
    all.columns.resize(call.arguments.size());
    return FeedSorted(runtime, c, all, order);
  }

  Status FeedSorted(Runtime& runtime, size_t call, const Batch& all,
                    const std::vector<SortColumn>& order) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<int32_t> rows,
                          SortedRows(order, all.num_rows, runtime));
    const Batch sorted = columnar::GatherBatch(all, rows.data(), all.num_rows);
    return result_->Update(call, sorted.columns, sorted.num_rows);
  }

  const BoundCalls calls_;
  Runtime* runtime_;
  std::vector<std::unique_ptr<physical::HashAggregate>> dedupe_nodes_;
  std::vector<std::shared_ptr<GroupedSink>> dedupes_;
  std::mutex mutex_;  // guards all below
  std::unique_ptr<States> result_;
  std::vector<std::vector<std::unique_ptr<BatchStore>>> ordered_;
};

class OneRowSource final : public Source {
 public:
  explicit OneRowSource(std::shared_ptr<UngroupedSink> sink)
      : Source(sink->statistics()), sink_(std::move(sink)) {}

  Result<Step> Next(TaskContext&, LocalState*, Batch* batch) override {
    switch (calls_++) {
      case 0: {
        ARROW_ASSIGN_OR_RAISE(*batch, sink_->Row());
        return Step::kBatch;
      }
      case 1:
        return Step::kMorselEnd;
      default:
        return Step::kEnd;
    }
  }

 private:
  std::shared_ptr<UngroupedSink> sink_;
  int calls_ = 0;
};

}  // namespace

Result<UngroupedPipeline> MakeUngrouped(const physical::HashAggregate& node, BoundCalls calls,
                                        Runtime* runtime) {
  auto sink = std::make_shared<UngroupedSink>(node, std::move(calls), runtime);
  ARROW_RETURN_NOT_OK(sink->Prepare());
  return UngroupedPipeline{sink, std::make_shared<OneRowSource>(sink)};
}

}  // namespace emery::execution
