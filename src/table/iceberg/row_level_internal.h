#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "table/iceberg/data_writer.h"
#include "table/iceberg/deletion_vector.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/snapshot_commit.h"
#include "table/table.h"

namespace emery::table::iceberg {

/// What a row-level operation is about: fixed when it is planned.
struct RowLevelPlan {
  std::shared_ptr<const IcebergTable> table;  // as read
  RowLevelRequest request;
  bool copy_on_write = true;
  bool serializable = true;
  /// Copy-on-write: the files that are replaced; nothing: all.
  std::optional<std::set<std::string>> replaced_files;
};

/// Live data files and the delete files that speak of one of them alone, by data file.
struct TouchedFiles {
  std::map<std::string, DataFile> data_files;
  std::map<std::string, std::vector<DataFile>> own_deletes;  // position delete files and vectors
};

/// Of `paths`, or of all files where that is null. Errors: a path that is not live.
Result<TouchedFiles> FindTouchedFiles(const IcebergTable& table,
                                      const std::set<std::string>* paths);

/// Writes `deletes` (positions by data file) as the table's format and write.delete.granularity
/// ask, taking in what `touched.own_deletes` said before. Adds the new files to `change`'s added
/// delete files and those they stand for to its removed ones; paths of new files go to `written`.
Status WriteDeletes(const IcebergTable& table, const TouchedFiles& touched,
                    std::map<std::string, DeletionVector> deletes,
                    const std::shared_ptr<const functions::QueryContext>& context,
                    SnapshotChange* change, std::vector<std::string>* written);

/// Rows on their way into data files. Rows of a partition come together whichever thread they come
/// from, so that there are as few files as can be; they wait in memory until there are enough of
/// them. Add may be called from several threads, Finish once after that.
class PartitionedRows {
 public:
  /// Makes equal settings each time; a partition's files have their own, so that they can be
  /// finished on their own.
  using MakeSettings = std::function<Result<std::shared_ptr<DataWriteSettings>>()>;

  PartitionedRows(std::shared_ptr<DataWriteSettings> settings, MakeSettings make_settings);
  ~PartitionedRows();

  /// Columns as in the settings' schema.
  Status Add(const columnar::Batch& batch);
  /// Writes what is left, on up to `threads` threads; all files.
  Result<std::vector<DataFile>> Finish(int threads);

 private:
  struct Slot;

  Slot* SlotOf(uint64_t hash, const std::vector<type::Value>& partition);
  Status AddTo(Slot* slot, const columnar::Batch& rows);
  Status Flush(Slot* slot);

  std::shared_ptr<DataWriteSettings> settings_;
  MakeSettings make_settings_;
  std::vector<type::TypePtr> types_;
  std::mutex mutex_;  // guards slots_; each slot has its own for what is in it
  std::multimap<uint64_t, std::unique_ptr<Slot>> slots_;
  std::atomic<int64_t> waiting_bytes_{0};
};

/// Calls f(0) … f(count - 1) on up to `threads` threads; the first error.
Status OnThreads(int threads, size_t count, const std::function<Status(size_t)>& f);

/// The job of a row-level operation's writers.
Result<std::unique_ptr<WriteJob>> MakeRowLevelJob(std::shared_ptr<const RowLevelPlan> plan,
                                                  const type::Schema& carried, size_t num_row_ids);

}  // namespace emery::table::iceberg
