// Deletes of single rows: position delete files (format 2) and deletion vectors (format 3).
#include <algorithm>
#include <thread>

#include "format/parquet/parquet_writer.h"
#include "format/puffin/puffin.h"
#include "io/object_store.h"
#include "table/iceberg/delete_index.h"
#include "table/iceberg/manifest_cache.h"
#include "table/iceberg/row_level_internal.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::FlatWriter;
using columnar::StringView;
using columnar::Vector;

namespace {

constexpr int32_t kRowPositionFieldId = 2147483645;

type::Schema DeleteSchema() {
  type::Schema schema = {{"file_path", type::String(), false}, {"pos", type::Long(), false}};
  schema[0].field_id = kDeleteFilePathFieldId;
  schema[1].field_id = kDeleteFilePosFieldId;
  return schema;
}

std::string EncodeLong(int64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>((static_cast<uint64_t>(value) >> (8 * i)) & 0xFF);
  }
  return bytes;
}

/// Settings whose paths are those of `spec`'s partitions.
Result<std::shared_ptr<DataWriteSettings>> SettingsOf(
    const IcebergTable& table, const PartitionSpec& spec,
    const std::shared_ptr<const functions::QueryContext>& context) {
  ARROW_ASSIGN_OR_RAISE(auto settings, MakeDataWriteSettings(table.shared_metadata(), {}, context));
  settings->spec = spec;
  return settings;
}

using ByFile = std::vector<std::pair<std::string, std::vector<int64_t>>>;  // sorted by path

/// One position delete file for `deletes`, all of one partition.
Result<DataFile> WritePositionDeletes(const std::string& path, const std::string& codec,
                                      const DataFile& like, const ByFile& deletes) {
  std::string place = path;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&place));
  ARROW_ASSIGN_OR_RAISE(auto out, store->OpenWriter(place));
  format::parquet::ParquetWriterOptions options;
  options.codec = codec;
  options.spark_schema = false;
  options.keep_required = true;
  ARROW_ASSIGN_OR_RAISE(
      auto writer, format::parquet::OpenParquetWriter(std::move(out), DeleteSchema(), options));
  DataFile file;
  file.content = FileContent::kPositionDeletes;
  file.file_path = path;
  file.file_format = "parquet";
  file.spec_id = like.spec_id;
  file.partition = like.partition;
  int64_t lowest = INT64_MAX;
  int64_t highest = 0;
  for (const auto& [target, positions] : deletes) {
    for (size_t begin = 0; begin < positions.size(); begin += columnar::kBatchSize) {
      const auto count =
          static_cast<int64_t>(std::min<size_t>(columnar::kBatchSize, positions.size() - begin));
      FlatWriter values(type::Long(), count);
      std::copy_n(positions.begin() + static_cast<std::ptrdiff_t>(begin), count,
                  values.values<int64_t>());
      Batch batch;
      batch.num_rows = count;
      batch.columns = {Vector::MakeConstant(type::String(), type::Value::String(target), count),
                       values.Finish(count)};
      ARROW_RETURN_NOT_OK(writer->Write(batch));
    }
    file.record_count += static_cast<int64_t>(positions.size());
    lowest = std::min(lowest, positions.front());
    highest = std::max(highest, positions.back());
  }
  ARROW_RETURN_NOT_OK(writer->Finish());
  ARROW_ASSIGN_OR_RAISE(const io::ObjectInfo info, store->Stat(place));
  file.file_size_in_bytes = info.size;
  // Whole paths, so that equal bounds name the one file that is meant.
  file.lower_bounds[kDeleteFilePathFieldId] = deletes.front().first;
  file.upper_bounds[kDeleteFilePathFieldId] = deletes.back().first;
  if (deletes.size() == 1) {
    file.referenced_data_file = deletes.front().first;
    file.lower_bounds[kDeleteFilePosFieldId] = EncodeLong(lowest);
    file.upper_bounds[kDeleteFilePosFieldId] = EncodeLong(highest);
  }
  return file;
}

/// Writes the deletes of one statement.
class DeletesWriter {
 public:
  DeletesWriter(const IcebergTable& table, const TouchedFiles& touched,
                std::shared_ptr<const functions::QueryContext> context, SnapshotChange* change,
                std::vector<std::string>* written)
      : table_(table),
        touched_(touched),
        context_(std::move(context)),
        change_(change),
        written_(written) {}

  Status Write(std::map<std::string, DeletionVector> deletes) {
    if (table_.metadata().format_version >= 3) {
      return WriteVectors(std::move(deletes));
    }
    const bool by_file =
        table_.metadata().Property("write.delete.granularity", "file") != "partition";
    return WriteFiles(std::move(deletes), by_file);
  }

 private:
  /// Adds what older deletes of the file said. `vectors`: all of them, those of several files too.
  Status TakeOver(const std::string& path, bool vectors, DeletionVector* into) {
    const auto own = touched_.own_deletes.find(path);
    if (own != touched_.own_deletes.end()) {
      for (const DataFile& file : own->second) {
        if (file.is_deletion_vector()) {
          ARROW_ASSIGN_OR_RAISE(const auto positions, ReadDeletionVector(file));
          into->Add(positions);
        } else {
          ARROW_ASSIGN_OR_RAISE(const auto read, ReadPositionDeletes({file}, context_));
          if (const auto at = read.find(path); at != read.end()) {
            into->Add(at->second);
          }
        }
        change_->removed_delete_files.push_back(file);
      }
    }
    if (vectors && shared_ != nullptr) {
      const DataFile& data = touched_.data_files.at(path);
      ARROW_ASSIGN_OR_RAISE(
          const auto positions,
          shared_->Positions({path, data.spec_id, data.partition, data.data_sequence_number}));
      if (positions != nullptr) {
        into->Add(*positions);
      }
    }
    return Status::OK();
  }

  /// Position delete files that speak of several data files: a deletion vector must repeat them.
  Status ReadShared() {
    if (table_.snapshot() == nullptr) {
      return Status::OK();
    }
    const TableMetadata& metadata = table_.metadata();
    ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(metadata, *table_.snapshot()));
    auto index = std::make_unique<DeleteIndex>(table_.shared_metadata(), context_);
    for (const ManifestFile& manifest : manifests) {
      const PartitionSpec* spec = metadata.FindSpec(manifest.partition_spec_id);
      if (manifest.content != ManifestContent::kDeletes || spec == nullptr) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto entries, CachedManifest(manifest, *spec));
      for (int64_t row = 0; row < entries->size(); ++row) {
        if (!entries->is_live(row) || entries->content(row) != FileContent::kPositionDeletes) {
          continue;
        }
        DataFile file = entries->File(row);
        if (!file.is_deletion_vector() && !file.referenced_data_file) {
          index->Add(std::move(file));
        }
      }
    }
    if (!index->empty()) {
      shared_ = std::move(index);
    }
    return Status::OK();
  }

  Status WriteVectors(std::map<std::string, DeletionVector> deletes) {
    ARROW_RETURN_NOT_OK(ReadShared());
    PartitionSpec no_partition;
    ARROW_ASSIGN_OR_RAISE(auto settings, SettingsOf(table_, no_partition, context_));
    const std::string path = settings->NewPath({}, settings->next_task++, 1, "-deletes.puffin");
    written_->push_back(path);
    std::string place = path;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&place));
    ARROW_ASSIGN_OR_RAISE(auto out, store->OpenWriter(place));
    format::puffin::PuffinWriter writer(std::move(out), {{"created-by", "Emery"}});
    std::vector<DataFile> files;
    for (auto& [target, vector] : deletes) {
      ARROW_RETURN_NOT_OK(TakeOver(target, true, &vector));
      format::puffin::BlobMetadata blob;
      blob.type = "deletion-vector-v1";
      blob.fields = {kRowPositionFieldId};
      const int64_t cardinality = vector.cardinality();
      blob.properties = {{"referenced-data-file", target},
                         {"cardinality", std::to_string(cardinality)}};
      ARROW_ASSIGN_OR_RAISE(blob, writer.Add(std::move(blob), vector.Serialize()));
      const DataFile& data = touched_.data_files.at(target);
      DataFile file;
      file.content = FileContent::kPositionDeletes;
      file.file_path = path;
      file.file_format = "puffin";
      file.spec_id = data.spec_id;
      file.partition = data.partition;
      file.record_count = cardinality;
      file.referenced_data_file = target;
      file.content_offset = blob.offset;
      file.content_size_in_bytes = blob.length;
      files.push_back(std::move(file));
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t size, writer.Finish());
    for (DataFile& file : files) {
      file.file_size_in_bytes = size;
      change_->added_delete_files.push_back(std::move(file));
    }
    return Status::OK();
  }

  Status WriteFiles(std::map<std::string, DeletionVector> deletes, bool by_file) {
    struct Output {
      const DataFile* like;
      std::string path;
      std::string codec;
      ByFile deletes;
    };

    std::vector<Output> outputs;
    std::map<int32_t, std::shared_ptr<DataWriteSettings>> settings;
    for (auto& [target, vector] : deletes) {
      const DataFile& data = touched_.data_files.at(target);
      if (by_file) {
        ARROW_RETURN_NOT_OK(TakeOver(target, false, &vector));
      }
      auto& own = settings[data.spec_id];
      if (own == nullptr) {
        const PartitionSpec* spec = table_.metadata().FindSpec(data.spec_id);
        if (spec == nullptr) {
          return base::InternalError("a data file of an unknown partition spec");
        }
        ARROW_ASSIGN_OR_RAISE(own, SettingsOf(table_, *spec, context_));
      }
      Output* output = nullptr;
      if (!by_file) {
        const auto same = std::find_if(outputs.begin(), outputs.end(), [&](const Output& one) {
          return one.like->spec_id == data.spec_id && one.like->partition == data.partition;
        });
        output = same == outputs.end() ? nullptr : &*same;
      }
      if (output == nullptr) {
        outputs.push_back({&data,
                           own->NewPath(data.partition, own->next_task++, 1, "-deletes.parquet"),
                           own->codec,
                           {}});
        output = &outputs.back();
        written_->push_back(output->path);
      }
      output->deletes.emplace_back(target, vector.Positions());
    }
    std::vector<DataFile> files(outputs.size());
    const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    ARROW_RETURN_NOT_OK(OnThreads(threads, outputs.size(), [&](size_t i) -> Status {
      const Output& output = outputs[i];
      ARROW_ASSIGN_OR_RAISE(
          files[i], WritePositionDeletes(output.path, output.codec, *output.like, output.deletes));
      return Status::OK();
    }));
    std::move(files.begin(), files.end(), std::back_inserter(change_->added_delete_files));
    return Status::OK();
  }

  const IcebergTable& table_;
  const TouchedFiles& touched_;
  std::shared_ptr<const functions::QueryContext> context_;
  SnapshotChange* change_;
  std::vector<std::string>* written_;
  std::unique_ptr<DeleteIndex> shared_;
};

}  // namespace

Status WriteDeletes(const IcebergTable& table, const TouchedFiles& touched,
                    std::map<std::string, DeletionVector> deletes,
                    const std::shared_ptr<const functions::QueryContext>& context,
                    SnapshotChange* change, std::vector<std::string>* written) {
  if (deletes.empty()) {
    return Status::OK();
  }
  return DeletesWriter(table, touched, context, change, written).Write(std::move(deletes));
}

}  // namespace emery::table::iceberg
