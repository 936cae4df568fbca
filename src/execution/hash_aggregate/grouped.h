#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "execution/batch_store.h"
#include "execution/hash_aggregate/aggregate_calls.h"
#include "execution/hash_aggregate/group_table.h"
#include "execution/pipeline.h"

/// GROUP BY. Each thread aggregates into a table of its own; at the end the tables are cut by hash
/// into partitions, each of which one thread merges and gives out. Where a thread's table does not
/// get smaller than its input, it stops looking for equal groups and leaves that to the merge.
/// Where memory runs out, a thread writes its table, partition by partition, to disk as
/// intermediate states; a partition that does not fit into memory when its turn comes is split
/// further.
///
/// DISTINCT aggregates: per set of arguments another table, keyed by group and arguments, in the
/// same partitions; when a partition's groups are complete, its distinct rows are fed to them.
namespace emery::execution {

struct AggregationPlan {
  const physical::HashAggregate* node;
  BoundCalls calls;
  // Kind 0: the groups. Kind 1 + s: distinct set s, keyed by group columns and arguments.
  std::vector<std::unique_ptr<GroupRowFormat>> kinds;
  // Per kind: the columns of spilled rows.
  std::vector<std::vector<type::TypePtr>> spill_types;

  static Result<std::unique_ptr<AggregationPlan>> Make(const physical::HashAggregate& node,
                                                       BoundCalls calls);
};

/// Rows in hash table format, made from columns, one batch at a time.
class StagedRows {
 public:
  /// Writes keys and their hashes. With `partition_hashes` (one per batch row), those of `rows`
  /// too.
  void Stage(const GroupRowFormat& format, const std::vector<columnar::VectorPtr>& columns,
             int64_t n, const uint64_t* partition_hashes, const int32_t* rows);

  const uint8_t* data() const { return bytes_.data(); }

  size_t stride() const { return stride_; }

  const uint8_t* row(int64_t i) const { return bytes_.data() + i * stride_; }

 private:
  std::vector<uint8_t> bytes_;
  columnar::StringHeap heap_;
  size_t stride_ = 0;
};

class GroupedSink final : public Sink {
 public:
  GroupedSink(std::shared_ptr<const AggregationPlan> plan, Runtime* runtime);
  ~GroupedSink() override;

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override;
  Status Push(TaskContext& context, columnar::Batch batch, LocalState* local) override;
  Status Combine(TaskContext& context, LocalState* local) override;
  Status Finalize(Runtime& runtime) override;
  int MaxThreads() const override;

  /// A part of the groups that nothing else has rows of; what one thread merges and gives out.
  struct Part {
    int level = 0;        // how often it was split
    bool merged = false;  // rows of kind 0 are groups already

    struct Kind {
      std::vector<uint8_t*> rows;
      std::vector<std::shared_ptr<BatchStore>> stores;
    };

    std::vector<Kind> kinds;
  };

  /// The next part, or nothing.
  std::unique_ptr<Part> TakePart();
  void AddPart(std::unique_ptr<Part> part);

  const std::shared_ptr<const AggregationPlan>& plan() const { return plan_; }

  /// Sorted input of an ordered call (WITHIN GROUP): group columns, then arguments.
  const std::vector<std::vector<columnar::Batch>>& ordered_inputs() const { return ordered_; }

  /// Tables and what they need to be destroyed: kept alive by vectors that borrow strings, maybe
  /// longer than the query lives.
  struct Tables {
    explicit Tables(std::shared_ptr<const AggregationPlan> p) : plan(std::move(p)) {}

    std::shared_ptr<const AggregationPlan> plan;
    std::vector<std::unique_ptr<GroupTable>> tables;
  };

  /// The tables of all threads.
  const std::shared_ptr<Tables>& tables() const { return tables_; }

  static constexpr int kPartitions = 32;

  static int PartitionOf(uint64_t hash) {
    return static_cast<int>((hash >> 43) & (kPartitions - 1));
  }

  static constexpr int kSplit = 8;
  static constexpr int kLevelsMax = 5;

  static int SplitOf(uint64_t hash, int level) {
    return static_cast<int>((hash >> (43 - 3 * level)) & (kSplit - 1));
  }

 private:
  struct Local;
  Status AdaptTables(Local* local);
  Status SpillTables(Local* local);
  Status PushDistinct(Local* local, size_t set, const columnar::Batch& batch,
                      const std::vector<columnar::VectorPtr>& groups);
  Status PushOrdered(Local* local, size_t call, const columnar::Batch& batch,
                     const std::vector<columnar::VectorPtr>& groups);
  Status SortOrderedInputs(Runtime& runtime);

  std::shared_ptr<const AggregationPlan> plan_;
  Runtime* runtime_;
  std::mutex mutex_;  // guards all below
  std::vector<std::unique_ptr<Local>> locals_;
  std::deque<std::unique_ptr<Part>> parts_;
  std::vector<std::vector<columnar::Batch>> ordered_;
  std::shared_ptr<Tables> tables_;
  std::vector<std::unique_ptr<MemoryShare>> memory_;  // of tables_
};

class GroupedSource final : public Source {
 public:
  explicit GroupedSource(std::shared_ptr<GroupedSink> sink);

  int MaxThreads() const override { return 1 << 10; }

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext& context) override;
  Result<Step> Next(TaskContext& context, LocalState* local, columnar::Batch* batch) override;

 private:
  struct Local;

  Result<bool> MergePart(Runtime& runtime, Local* local);
  Result<bool> MergeKind(Runtime& runtime, Local* local, size_t kind, GroupTable* table);
  Status SplitPart(Runtime& runtime, Local* local);
  Status FeedDistinct(Local* local, size_t set, const GroupTable& distinct);
  Status FeedOrdered(Local* local, size_t call);

  std::shared_ptr<GroupedSink> sink_;
  std::atomic<int64_t> next_morsel_{0};
};

/// Partition and split of a row decide by the hash of its group columns.
inline uint64_t PartitionHashOf(const GroupRowFormat& format, const uint8_t* row) {
  return HashOfRow(row + format.partition_hash_offset);
}

}  // namespace emery::execution
