#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "table/iceberg/manifest.h"
#include "table/iceberg/metadata.h"

namespace emery::functions {
struct QueryContext;
}

namespace emery::table::iceberg {

inline constexpr int32_t kRowIdFieldId = 2147483540;
inline constexpr int32_t kLastUpdatedSequenceNumberFieldId = 2147483539;
inline constexpr int32_t kDeleteFilePathFieldId = 2147483546;
inline constexpr int32_t kDeleteFilePosFieldId = 2147483545;

/// What writers of one job share. Immutable but for the counters; thread-safe.
struct DataWriteSettings {
  std::shared_ptr<const TableMetadata> metadata;
  /// The rows' columns, with field ids; lineage columns may follow the table's fields.
  type::Schema schema;
  PartitionSpec spec;
  std::string operation_id;  // a UUID, part of every file's name
  std::string codec;
  int64_t target_file_bytes = 0;
  std::atomic<int> next_task{0};

  /// A path for a new file: <data location>/<partition folders>/<task>-<id>-<number><suffix>.
  /// `partition`: values of `spec`; `suffix`: ".parquet", "-deletes.parquet", "-deletes.puffin" ….
  std::string NewPath(const std::vector<type::Value>& partition, int task, int number,
                      const std::string& suffix) const;
};

/// Settings from the table's properties and the session's configuration. `extra_fields` follow the
/// table's current schema in the rows (kRowIdFieldId …).
Result<std::shared_ptr<DataWriteSettings>> MakeDataWriteSettings(
    std::shared_ptr<const TableMetadata> metadata, const type::Schema& extra_fields,
    const std::shared_ptr<const functions::QueryContext>& context);

/// Writes data files: rows are split by partition values, files end at the target size, metrics are
/// collected. Confined to one thread. Destruction without Finish deletes what was written.
class DataWriter {
 public:
  virtual ~DataWriter() = default;
  /// Columns as in the settings' schema.
  virtual Status Write(const columnar::Batch& batch) = 0;
  /// As Write, for rows of one partition (values of the spec), which are not computed then:
  /// rewrites and copies keep their file's partition.
  virtual Status WriteTo(const std::vector<type::Value>& partition,
                         const columnar::Batch& batch) = 0;
  /// The files, with spec_id, partition, counts, bounds and sizes set.
  virtual Result<std::vector<DataFile>> Finish() = 0;
  virtual int64_t rows_written() const = 0;
};

Result<std::unique_ptr<DataWriter>> MakeDataWriter(std::shared_ptr<DataWriteSettings> settings);

/// Partition values of all rows of a batch, a vector per field of `spec`. `schema` is the batch's.
/// Errors: transforms that are not known.
Result<std::vector<columnar::VectorPtr>> PartitionColumns(const PartitionSpec& spec,
                                                          const type::Schema& schema,
                                                          const columnar::Batch& batch);

/// "a=1/b_bucket=3", as in Iceberg's folder names and the partition part of snapshot summaries.
std::string PartitionPath(const PartitionSpec& spec, const type::Schema& schema,
                          const std::vector<type::Value>& values);

/// Deletes files that are certainly not live; what can't be deleted is left. Never fails.
void DeleteFilesQuietly(const std::vector<std::string>& paths);

}  // namespace emery::table::iceberg
