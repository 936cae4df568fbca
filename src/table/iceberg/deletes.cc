#include "table/iceberg/deletes.h"

#include <algorithm>
#include <unordered_map>

#include "format/parquet/footer.h"
#include "format/parquet/parquet_reader.h"
#include "functions/evaluator.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

Status CheckFormat(const DataFile& file) {
  if (file.file_format == "puffin") {
    return base::Unsupported("Iceberg deletion vectors (" + file.file_path + ")");
  }
  if (file.file_format != "parquet") {
    return base::Unsupported("Iceberg delete files of format " + file.file_format + " (" +
                             file.file_path + ")");
  }
  return Status::OK();
}

Result<std::vector<Batch>> ReadWhole(
    const DataFile& file, std::vector<format::ReadColumn> columns,
    const std::shared_ptr<const functions::QueryContext>& context) {
  ARROW_RETURN_NOT_OK(CheckFormat(file));
  std::string path = file.file_path;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(const auto info, store->Stat(path));
  ARROW_ASSIGN_OR_RAISE(const auto footer, format::parquet::CachedFooter(info));
  std::vector<int> row_groups(footer->row_groups.size());
  for (size_t i = 0; i < row_groups.size(); ++i) {
    row_groups[i] = static_cast<int>(i);
  }
  format::ReadRequest request;
  request.columns = std::move(columns);
  request.context = context;
  ARROW_ASSIGN_OR_RAISE(auto reader, format::parquet::ParquetReader::Make(store, footer, row_groups,
                                                                          std::move(request)));
  std::vector<Batch> batches;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (!batch) {
      return batches;
    }
    batches.push_back(std::move(*batch));
  }
}

/// Reads on and drops the rows that match a delete.
class EqualityDeleteReader final : public format::BatchReader {
 public:
  EqualityDeleteReader(std::unique_ptr<format::BatchReader> input,
                       std::vector<std::shared_ptr<const EqualityDeletes>> deletes,
                       std::vector<std::vector<int>> key_columns, size_t num_columns)
      : input_(std::move(input)),
        deletes_(std::move(deletes)),
        key_columns_(std::move(key_columns)),
        num_columns_(num_columns) {
    for (const auto& set : deletes_) {
      auto& index = indexes_.emplace_back();
      std::vector<uint64_t> hashes;
      for (size_t b = 0; b < set->batches.size(); ++b) {
        const Batch& batch = set->batches[b];
        hashes.resize(batch.num_rows);
        functions::HashRows(batch.columns, batch.num_rows, hashes.data());
        for (int64_t i = 0; i < batch.num_rows; ++i) {
          index.emplace(hashes[i], std::pair{static_cast<int32_t>(b), static_cast<int32_t>(i)});
        }
      }
    }
  }

  Result<std::optional<Batch>> Next() override {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto batch, input_->Next());
      if (!batch) {
        return batch;
      }
      std::vector<uint8_t> deleted(batch->num_rows, 0);
      for (size_t d = 0; d < deletes_.size(); ++d) {
        Mark(*batch, d, &deleted);
      }
      std::vector<int32_t> kept;
      for (int64_t i = 0; i < batch->num_rows; ++i) {
        if (deleted[i] == 0) {
          kept.push_back(static_cast<int32_t>(i));
        }
      }
      batch->columns.resize(num_columns_);
      if (kept.empty()) {
        continue;
      }
      if (static_cast<int64_t>(kept.size()) == batch->num_rows) {
        return batch;
      }
      return std::optional(
          columnar::GatherBatch(*batch, kept.data(), static_cast<int64_t>(kept.size())));
    }
  }

  const format::ScanMetrics& metrics() const override { return input_->metrics(); }

 private:
  void Mark(const Batch& batch, size_t d, std::vector<uint8_t>* deleted) {
    std::vector<VectorPtr> keys;
    for (const int column : key_columns_[d]) {
      keys.push_back(batch.columns[column]);
    }
    std::vector<uint64_t> hashes(batch.num_rows);
    functions::HashRows(keys, batch.num_rows, hashes.data());
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      const auto [begin, end] = indexes_[d].equal_range(hashes[i]);
      for (auto it = begin; it != end && (*deleted)[i] == 0; ++it) {
        const Batch& other = deletes_[d]->batches[it->second.first];
        bool equal = true;
        for (size_t k = 0; equal && k < keys.size(); ++k) {
          equal = columnar::RowsEqual(*keys[k], i, *other.columns[k], it->second.second);
        }
        (*deleted)[i] = equal ? 1 : 0;
      }
    }
  }

  std::unique_ptr<format::BatchReader> input_;
  std::vector<std::shared_ptr<const EqualityDeletes>> deletes_;
  std::vector<std::vector<int>> key_columns_;
  size_t num_columns_;
  std::vector<std::unordered_multimap<uint64_t, std::pair<int32_t, int32_t>>> indexes_;
};

}  // namespace

Result<PositionDeletes> ReadPositionDeletes(
    const std::vector<DataFile>& files,
    const std::shared_ptr<const functions::QueryContext>& context) {
  PositionDeletes deletes;
  for (const auto& file : files) {
    format::ReadColumn path;
    path.name = "file_path";
    path.type = type::String();
    path.field_id = 2147483546;
    format::ReadColumn position;
    position.name = "pos";
    position.type = type::Long();
    position.field_id = 2147483545;
    ARROW_ASSIGN_OR_RAISE(const auto batches, ReadWhole(file, {path, position}, context));
    for (const auto& batch : batches) {
      const columnar::VectorReader<columnar::StringView> paths(*batch.columns[0]);
      const columnar::VectorReader<int64_t> positions(*batch.columns[1]);
      std::string last;
      std::vector<int64_t>* list = nullptr;
      for (int64_t i = 0; i < batch.num_rows; ++i) {
        if (paths.IsNull(i) || positions.IsNull(i)) {
          continue;
        }
        if (list == nullptr || paths[i].view() != last) {
          last = std::string(paths[i].view());
          list = &deletes[last];
        }
        list->push_back(positions[i]);
      }
    }
  }
  for (auto& [path, positions] : deletes) {
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  }
  return deletes;
}

Result<std::shared_ptr<const EqualityDeletes>> ReadEqualityDeletes(
    const std::vector<DataFile>& files, const type::Schema& schema,
    const std::shared_ptr<const functions::QueryContext>& context) {
  auto deletes = std::make_shared<EqualityDeletes>();
  deletes->field_ids = files[0].equality_ids;
  std::vector<format::ReadColumn> columns;
  for (const int32_t id : deletes->field_ids) {
    const auto* field = FindField(schema, id);
    if (field == nullptr) {
      return base::Unsupported("Iceberg equality deletes on a column that was dropped (field id " +
                               std::to_string(id) + ")");
    }
    format::ReadColumn column;
    column.name = field->name;
    column.type = field->type;
    column.field_id = id;
    columns.push_back(std::move(column));
  }
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(auto batches, ReadWhole(file, columns, context));
    for (auto& batch : batches) {
      deletes->batches.push_back(std::move(batch));
    }
  }
  return std::shared_ptr<const EqualityDeletes>(deletes);
}

std::unique_ptr<format::BatchReader> ApplyEqualityDeletes(
    std::unique_ptr<format::BatchReader> input,
    std::vector<std::shared_ptr<const EqualityDeletes>> deletes,
    std::vector<std::vector<int>> key_columns, size_t num_columns) {
  return std::make_unique<EqualityDeleteReader>(std::move(input), std::move(deletes),
                                                std::move(key_columns), num_columns);
}

}  // namespace emery::table::iceberg
