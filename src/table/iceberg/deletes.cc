#include "table/iceberg/deletes.h"

#include <algorithm>

#include "format/parquet/footer.h"
#include "format/parquet/parquet_reader.h"
#include "format/puffin/puffin.h"
#include "functions/evaluator.h"
#include "table/iceberg/deletion_vector.h"

namespace emery::table::iceberg {

using columnar::Batch;
using columnar::VectorPtr;

namespace {

Status CheckFormat(const DataFile& file) {
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
  ARROW_ASSIGN_OR_RAISE(auto info, store->Stat(path));
  info.path = file.file_path;  // with its scheme
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

Result<std::vector<int64_t>> ReadDeletionVector(const DataFile& file) {
  const auto damaged = [&](const std::string& what) {
    return base::UserError("FAILED_READ_FILE.NO_HINT",
                           "Encountered error while reading file " + file.file_path +
                               ": its deletion vector is damaged (" + what + ").",
                           {{"path", file.file_path}});
  };
  if (!file.content_offset || !file.content_size_in_bytes) {
    return damaged("its manifest does not say where it lies");
  }
  ARROW_ASSIGN_OR_RAISE(
      const std::string blob,
      format::puffin::ReadRange(file.file_path, *file.content_offset, *file.content_size_in_bytes));
  ARROW_ASSIGN_OR_RAISE(const DeletionVector vector, DeletionVector::Parse(blob, file.file_path));
  if (vector.cardinality() != file.record_count) {
    return damaged("it has " + std::to_string(vector.cardinality()) +
                   " positions, its manifest says " + std::to_string(file.record_count));
  }
  return vector.Positions();
}

type::TypePtr StoredType(const TableMetadata& metadata, int32_t field_id,
                         const type::TypePtr& type) {
  if (metadata.uuid_field_ids.empty()) {
    return type;
  }
  if (metadata.uuid_field_ids.count(field_id) != 0) {
    return type::Binary();
  }
  if (!type->is_nested()) {
    return type;
  }
  auto fields = type->fields();
  for (auto& field : fields) {
    field.type = StoredType(metadata, field.field_id, field.type);
  }
  return std::make_shared<const type::DataType>(type->id(), type->physical(), 0, 0,
                                                std::move(fields));
}

Result<std::shared_ptr<const EqualityDeletes>> EqualityDeletes::Read(
    const std::vector<DataFile>& files, const TableMetadata& metadata,
    const std::shared_ptr<const functions::QueryContext>& context) {
  auto deletes = std::make_shared<EqualityDeletes>();
  std::vector<format::ReadColumn> columns;
  for (const int32_t id : files[0].equality_ids) {
    // A column that was dropped since still decides which rows are there.
    const type::Field* field = nullptr;
    const auto look = [&](const TableSchema& schema) {
      for (const auto& candidate : schema.fields) {
        if (field == nullptr && candidate.field_id == id) {
          field = &candidate;
        }
      }
    };
    look(*metadata.FindSchema(metadata.current_schema_id));
    for (auto schema = metadata.schemas.rbegin(); schema != metadata.schemas.rend(); ++schema) {
      look(*schema);
    }
    if (field == nullptr) {
      return base::Unsupported("Iceberg equality deletes on a field that is no column (field id " +
                               std::to_string(id) + ", " + files[0].file_path + ")");
    }
    format::ReadColumn column;
    column.name = field->name;
    column.type = StoredType(metadata, id, field->type);
    column.field_id = id;
    deletes->fields_.push_back(*field);
    deletes->fields_.back().type = column.type;
    columns.push_back(std::move(column));
  }
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(auto batches, ReadWhole(file, columns, context));
    for (auto& batch : batches) {
      deletes->batches_.push_back(std::move(batch));
      deletes->Add(static_cast<int32_t>(deletes->batches_.size() - 1), file.data_sequence_number);
    }
  }
  return std::shared_ptr<const EqualityDeletes>(deletes);
}

size_t EqualityDeletes::Find(const std::vector<VectorPtr>& keys, int64_t row, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] < 0) {
      return slot;
    }
    const Row& other = rows_[static_cast<size_t>(slots_[slot])];
    if (other.hash != hash) {
      continue;
    }
    const auto& columns = batches_[static_cast<size_t>(other.batch)].columns;
    bool equal = true;
    for (size_t k = 0; equal && k < keys.size(); ++k) {
      equal = columnar::RowsEqual(*keys[k], row, *columns[k], other.row);
    }
    if (equal) {
      return slot;
    }
  }
}

void EqualityDeletes::Grow() {
  slots_.assign(std::max<size_t>(slots_.size() * 2, 1024), -1);
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < rows_.size(); ++i) {
    size_t slot = rows_[i].hash & mask;
    while (slots_[slot] >= 0) {
      slot = (slot + 1) & mask;
    }
    slots_[slot] = static_cast<int32_t>(i);
  }
}

void EqualityDeletes::Add(int32_t batch, int64_t sequence_number) {
  const Batch& added = batches_[static_cast<size_t>(batch)];
  std::vector<uint64_t> hashes(static_cast<size_t>(added.num_rows));
  functions::HashRows(added.columns, added.num_rows, hashes.data());
  for (int64_t i = 0; i < added.num_rows; ++i) {
    if ((rows_.size() + 1) * 2 > slots_.size()) {
      Grow();
    }
    const uint64_t hash = hashes[static_cast<size_t>(i)];
    const size_t slot = Find(added.columns, i, hash);
    if (slots_[slot] >= 0) {
      Row& known = rows_[static_cast<size_t>(slots_[slot])];
      known.sequence_number = std::max(known.sequence_number, sequence_number);
      continue;
    }
    slots_[slot] = static_cast<int32_t>(rows_.size());
    rows_.push_back({hash, sequence_number, batch, static_cast<int32_t>(i)});
  }
}

void EqualityDeletes::Mark(const std::vector<VectorPtr>& keys, int64_t num_rows,
                           int64_t data_sequence_number, std::vector<uint8_t>* deleted) const {
  if (rows_.empty()) {
    return;
  }
  std::vector<uint64_t> hashes(static_cast<size_t>(num_rows));
  functions::HashRows(keys, num_rows, hashes.data());
  for (int64_t i = 0; i < num_rows; ++i) {
    const size_t slot = Find(keys, i, hashes[static_cast<size_t>(i)]);
    if (slots_[slot] >= 0 &&
        rows_[static_cast<size_t>(slots_[slot])].sequence_number > data_sequence_number) {
      (*deleted)[static_cast<size_t>(i)] = 1;
    }
  }
}

}  // namespace emery::table::iceberg
