#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"
#include "execution/runtime.h"
#include "io/spill_file.h"

namespace emery::execution {

/// Estimates what keeping batches costs. Consecutive batches of a scan share a column's dictionary,
/// which counts once.
class KeptBytes {
 public:
  int64_t Of(const columnar::Batch& batch);

  void Reset() { last_bases_.clear(); }

 private:
  std::vector<const void*> last_bases_;  // per column
};

/// Rows kept between pipelines: batches appended one after another, read back by number in any
/// order. What the memory budget refuses goes to a spill file. Appending is for one thread at a
/// time; then any number of threads may read.
class BatchStore {
 public:
  BatchStore(Runtime* runtime, OperatorStatistics* statistics, std::vector<type::TypePtr> types)
      : runtime_(runtime),
        statistics_(statistics),
        types_(std::move(types)),
        memory_(runtime, statistics) {}

  /// Keeps `batch`, spilling all that is in memory where there is no room. Errors: those of
  /// writing.
  Status Append(columnar::Batch batch);
  /// As Append, but returns false, with nothing kept, where there is no room: the caller decides
  /// what to spill.
  bool TryAppend(const columnar::Batch& batch);
  /// Moves what is in memory to disk; later batches go there at once if `all_later`.
  Status Spill(bool all_later = false);
  /// Takes over all batches of `other`, behind those here. `other` is empty after it. Spilled ones
  /// stay in its file.
  void TakeAll(BatchStore* other);

  int64_t num_rows() const { return num_rows_; }

  int64_t num_batches() const { return static_cast<int64_t>(entries_.size()); }

  int64_t memory_bytes() const { return memory_.bytes(); }

  /// What all batches would need in memory.
  int64_t total_bytes() const { return total_bytes_; }

  bool spilled() const { return !files_.empty(); }

  const std::vector<type::TypePtr>& types() const { return types_; }

  /// Batch `i`, from memory or disk. Thread-safe after the last Append.
  Result<columnar::Batch> Get(int64_t i) const;

  int64_t RowsOf(int64_t i) const { return entries_[i].num_rows; }

  /// Lets go of the memory of batch `i`, which is not read again. Not while others read it.
  void Drop(int64_t i);
  void Clear();

 private:
  struct Entry {
    columnar::Batch batch;
    int64_t num_rows = 0;
    int64_t bytes = 0;
    io::SpillFile* file = nullptr;  // null: in memory
    io::SpillBlock block;
  };

  Status Write(Entry* entry);

  Runtime* runtime_;
  OperatorStatistics* statistics_;
  std::vector<type::TypePtr> types_;
  MemoryShare memory_;
  std::vector<Entry> entries_;
  std::vector<std::shared_ptr<io::SpillFile>> files_;
  std::shared_ptr<io::SpillFile> file_;  // the one that is written
  KeptBytes kept_;
  std::string scratch_;
  int64_t bytes_in_memory_ = 0;
  int64_t total_bytes_ = 0;
  int64_t num_rows_ = 0;
  bool always_spill_ = false;
};

}  // namespace emery::execution
