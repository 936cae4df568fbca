#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/file_format.h"
#include "plan/expression.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::table {

struct ColumnStatistics {
  std::optional<type::Value> min;
  std::optional<type::Value> max;
  std::optional<int64_t> null_count;
  std::optional<double> distinct_count;
  std::optional<double> average_bytes;
};

/// Estimates for the optimizer, never for answers.
struct Statistics {
  std::optional<int64_t> num_rows;
  std::optional<int64_t> num_bytes;
  std::vector<ColumnStatistics> columns;  // one per field of the schema, or empty
};

/// What a scan wants: fields of the table's schema by index, or metadata columns by name where the
/// index is -1.
struct ScanRequest {
  std::vector<int> field_indexes;
  std::vector<std::string> names;
  /// Narrower types than the schema's where only parts of a struct are wanted; same length as
  /// `names`.
  std::vector<type::TypePtr> types;
  /// Conjuncts over plan::Ordinal (positions in this request).
  plan::ExpressionList filter;
  std::shared_ptr<const functions::QueryContext> context;
};

/// A piece of a scan that one thread reads: a row group, a range of a file, a small file.
class ScanTask {
 public:
  virtual ~ScanTask() = default;
  /// Opens the task; may be called once. `runtime_filters` as they stand; more may become ready
  /// while reading.
  virtual Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& runtime_filters) const = 0;
  /// Bounds of a request column in this task, for pruning by a runtime filter before opening;
  /// nothing if unknown.
  virtual std::optional<std::pair<type::Value, type::Value>> Bounds(int column) const = 0;
  virtual int64_t num_rows() const = 0;   // estimate
  virtual int64_t num_bytes() const = 0;  // estimate

  /// Starts reading what Open will need first. Returns at once.
  virtual void Prefetch() const {}
};

/// The outcome of planning a scan. Tasks give only rows for which `request.filter` holds, but for
/// the conjuncts in `residual`, which the caller still has to evaluate.
struct ScanPlan {
  std::vector<std::shared_ptr<const ScanTask>> tasks;
  plan::ExpressionList residual;
  int64_t files = 0;
  int64_t files_pruned = 0;
};

/// What one writer did, handed from it to the job's commit. Owned by the table's implementation.
struct WriteResult {
  virtual ~WriteResult() = default;
  int64_t num_rows = 0;
  int64_t num_bytes = 0;
};

/// Writes the rows of one task. Confined to one thread.
class TaskWriter {
 public:
  virtual ~TaskWriter() = default;
  virtual Status Write(const columnar::Batch& batch) = 0;
  virtual Result<std::unique_ptr<WriteResult>> Finish() = 0;
};

enum class WriteMode : uint8_t { kAppend, kOverwriteAll, kOverwritePartitions, kOverwriteStatic };

struct WriteRequest {
  WriteMode mode = WriteMode::kAppend;
  /// kOverwriteStatic: the partition values that are replaced.
  std::vector<std::pair<std::string, type::Value>> static_partition;
  std::shared_ptr<const functions::QueryContext> context;
};

/// One write, from its tasks to its commit. Thread-safe until Commit. What was written is invisible
/// before Commit; destruction without Commit removes what can't be live.
class WriteJob {
 public:
  virtual ~WriteJob() = default;
  /// Columns of the rows: the table's schema in order.
  virtual Result<std::unique_ptr<TaskWriter>> NewWriter() = 0;
  virtual Status Commit(std::vector<std::unique_ptr<WriteResult>> results) = 0;
  virtual Status Abort() = 0;

  /// Fields by which rows should arrive grouped so that few files are open at a time; may be empty.
  virtual std::vector<int> clustering() const { return {}; }
};

class Table;

/// What a row that a row-level change writes asks for: the INT in its first column.
enum class RowOperation : int32_t {
  kDelete = 1,  // the row with these row ids goes
  kUpdate = 2,  // the row with these row ids gets these values
  kInsert = 3,  // a new row; row ids and carried columns are null
  kCopy = 4,    // copy-on-write: an unchanged row of a file that is written anew
};

struct RowLevelRequest {
  enum class Command : uint8_t { kDelete, kUpdate, kMerge };
  Command command = Command::kDelete;
  /// Conjuncts over plan::Ordinal (fields of the table's schema) that hold for every row of the
  /// table that changes: for pruning, and for finding conflicts with other writers.
  plan::ExpressionList filter;
  std::shared_ptr<const functions::QueryContext> context;
};

/// One DELETE, UPDATE or MERGE on a table, from its scan to its commit. The table chooses between
/// copy-on-write (whole files are replaced; their unchanged rows are copied) and merge-on-read (row
/// ids of rows that go are written beside the files). Thread-safe until the job's Commit.
class RowLevelOperation {
 public:
  virtual ~RowLevelOperation() = default;
  virtual bool copy_on_write() const = 0;
  /// Metadata columns by which the table finds a row again, carried from scan to writer: _file,
  /// _pos.
  virtual std::vector<std::string> row_id_columns() const = 0;
  /// Metadata columns that a row keeps when it is copied or changed (row lineage: _row_id,
  /// _last_updated_sequence_number); may be empty.
  virtual std::vector<std::string> carried_columns() const = 0;
  /// The table to scan for rows that may change, at the snapshot that the commit checks against.
  virtual std::shared_ptr<const Table> target() const = 0;
  /// Copy-on-write, before target() is scanned for copying: only these files (values of _file) are
  /// read and replaced.
  virtual Status RestrictToFiles(std::vector<std::string> files) = 0;
  /// Rows of its writers: a RowOperation, row_id_columns(), carried_columns(), the schema's fields.
  /// Copy-on-write writers get no kDelete rows: what is not written again is gone.
  virtual Result<std::unique_ptr<WriteJob>> PlanWrite() = 0;
};

/// What is kept about a table beside its rows, for DESCRIBE and SHOW CREATE TABLE.
struct TableDetails {
  bool external = false;
  std::optional<int64_t> created_us;  // since the epoch
  std::string created_by;
  std::string owner;
  std::map<std::string, std::string> options;  // of CREATE TABLE … OPTIONS
  std::vector<std::string> bucket_columns;
  std::vector<std::string> sort_columns;
  int num_buckets = 0;
};

/// A partition of a table whose partitions are folders: its columns and their values as text; no
/// text means null.
using PartitionValues = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A table as one query sees it: one schema, one snapshot. Immutable and thread-safe.
class Table {
 public:
  virtual ~Table() = default;
  virtual const type::Schema& schema() const = 0;

  /// Names of metadata columns that can be asked for beside the schema (_file, _pos …), with their
  /// types.
  virtual type::Schema metadata_columns() const { return {}; }

  virtual Result<Statistics> statistics() const = 0;
  virtual Result<ScanPlan> PlanScan(const ScanRequest& request) const = 0;
  virtual Result<std::unique_ptr<WriteJob>> PlanWrite(const WriteRequest& request) const;
  /// Errors: UNSUPPORTED_FEATURE for tables whose rows can't be changed.
  virtual Result<std::unique_ptr<RowLevelOperation>> PlanRowLevel(
      const RowLevelRequest& request) const;
  /// Deletes the rows for which all conjuncts (over fields of the schema) hold where that takes no
  /// look at rows: whole files or partitions, TRUNCATE. False where it would; nothing is done then.
  virtual Result<bool> DeleteByMetadata(const RowLevelRequest& request) const;
  /// For DESCRIBE, SHOW CREATE TABLE and EXPLAIN.
  virtual std::string provider() const = 0;

  virtual std::string location() const { return ""; }

  virtual std::vector<std::string> partition_columns() const { return {}; }

  virtual std::map<std::string, std::string> properties() const { return {}; }

  virtual std::optional<std::string> comment() const { return std::nullopt; }

  virtual TableDetails details() const { return {}; }

  /// SHOW PARTITIONS, sorted; only where partitions are folders.
  virtual Result<std::vector<PartitionValues>> Partitions() const;
  /// An identity that is equal exactly if two tables give the same rows (path and snapshot); for
  /// shared scans and caches.
  virtual std::string identity() const = 0;
};

}  // namespace emery::table
