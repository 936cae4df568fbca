// One data file, or a part of it, as rows: columns by field id, deletes applied.

#include <algorithm>
#include <cctype>

#include "format/parquet/footer.h"
#include "format/parquet/parquet_reader.h"
#include "format/parquet/schema_mapping.h"
#include "functions/evaluator.h"
#include "table/iceberg/data_writer.h"
#include "table/iceberg/file_bounds_internal.h"
#include "table/iceberg/partition_type.h"
#include "table/iceberg/scan_reader_internal.h"
#include "table/iceberg/scan_task_internal.h"

namespace emery::table::iceberg {

namespace {

/// Whether `field` or a field inside it is a uuid.
bool HoldsUuid(const TableMetadata& metadata, int32_t field_id, const type::DataType& type) {
  if (metadata.uuid_field_ids.count(field_id) != 0) {
    return true;
  }
  return type.is_nested() &&
         std::any_of(type.fields().begin(), type.fields().end(), [&](const type::Field& inner) {
           return HoldsUuid(metadata, inner.field_id, *inner.type);
         });
}

/// Rows that are all the same.
class ConstantReader final : public format::BatchReader {
 public:
  ConstantReader(std::vector<type::TypePtr> types, std::vector<type::Value> values,
                 int64_t num_rows)
      : types_(std::move(types)), values_(std::move(values)), left_(num_rows) {}

  Result<std::optional<columnar::Batch>> Next() override {
    if (left_ == 0) {
      return std::nullopt;
    }
    columnar::Batch batch;
    batch.num_rows = std::min(left_, columnar::kBatchSize);
    left_ -= batch.num_rows;
    for (size_t i = 0; i < values_.size(); ++i) {
      batch.columns.push_back(
          columnar::Vector::MakeConstant(types_[i], values_[i], batch.num_rows));
    }
    return batch;
  }

  const format::ScanMetrics& metrics() const override { return metrics_; }

 private:
  std::vector<type::TypePtr> types_;
  std::vector<type::Value> values_;
  int64_t left_;
  format::ScanMetrics metrics_;
};

class IcebergScanTask final : public ScanTask {
 public:
  IcebergScanTask(std::shared_ptr<const SharedScan> scan,
                  std::shared_ptr<const ManifestEntries> entries, int64_t row, int64_t begin,
                  int64_t end, std::shared_ptr<const ConstantColumns> constants)
      : scan_(std::move(scan)),
        entries_(std::move(entries)),
        row_(row),
        begin_(begin),
        end_(end),
        constants_(std::move(constants)) {}

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& runtime_filters) const override {
    const std::string file_path(entries_->file_path(row_));
    ARROW_RETURN_NOT_OK(CheckFormat(file_path));
    const PartitionSpec& spec = *scan_->metadata->FindSpec(entries_->spec_id());
    const DeleteTarget target = DeleteTargetOf(*entries_, row_, spec);
    if (auto values = Constants(spec, target); values && !scan_->deletes->MayDelete(target)) {
      return OpenConstant(*std::move(values));
    }
    std::string path = file_path;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    ARROW_ASSIGN_OR_RAISE(auto info, store->Stat(path));
    info.path = file_path;  // with its scheme
    ARROW_ASSIGN_OR_RAISE(const auto footer, format::parquet::CachedFooter(info));
    std::vector<int> row_groups;
    for (size_t i = 0; i < footer->row_groups.size(); ++i) {
      // A row group belongs to the task in whose share of the file its first byte lies.
      const auto& columns = footer->row_groups[i].columns;
      const int64_t start = columns.empty() ? 0 : columns[0].offset;
      if (start >= begin_ && start < end_) {
        row_groups.push_back(static_cast<int>(i));
      }
    }
    format::ReadRequest request;
    request.context = scan_->request.context;
    request.filter = scan_->request.filter;
    for (const auto& use : runtime_filters) {
      if (!scan_->derived[static_cast<size_t>(use.column)]) {
        request.runtime_filters.push_back(use);
      }
    }
    ScanFinish finish;
    finish.first_row_id = entries_->first_row_id(row_);
    finish.data_sequence_number = target.data_sequence_number;
    bool needs_position = false;
    bool marks = false;
    for (size_t i = 0; i < scan_->request.field_indexes.size(); ++i) {
      request.columns.push_back(ColumnOf(i, spec, target, *footer));
      const auto& read = *request.columns.back().type;
      if (scan_->derived[i] || (read.is_nested() && !read.Equals(*scan_->request.types[i]))) {
        finish.derived.push_back(DerivedOf(i));
        const auto kind = finish.derived.back().kind;
        marks |= kind == DerivedColumn::Kind::kDeleted;
        needs_position |= kind == DerivedColumn::Kind::kRowId;
      }
    }
    finish.num_columns = request.columns.size();
    ARROW_ASSIGN_OR_RAISE(auto positions, scan_->deletes->Positions(target));
    if (positions != nullptr && !positions->empty() &&
        positions->back() >= entries_->record_count(row_)) {
      return base::UserError("FAILED_READ_FILE.NO_HINT",
                             "Encountered error while reading file " + target.path +
                                 ": a delete is for its row " + std::to_string(positions->back()) +
                                 ", but it has " + std::to_string(entries_->record_count(row_)) +
                                 ".",
                             {{"path", target.path}});
    }
    if (marks) {
      needs_position |= positions != nullptr;
      finish.deleted_positions = std::move(positions);
    } else {
      request.deleted_positions = std::move(positions);
    }
    ARROW_ASSIGN_OR_RAISE(auto equality, scan_->deletes->Equality(target));
    for (auto& set : equality) {
      std::vector<int> columns;
      for (const auto& field : set->fields()) {
        columns.push_back(PositionOf(field, *footer, &request));
      }
      finish.equality.emplace_back(std::move(set), std::move(columns));
    }
    if (needs_position) {
      finish.position_column = static_cast<int>(request.columns.size());
      format::ReadColumn position;
      position.name = "_pos";
      position.type = type::Long();
      position.is_row_position = true;
      request.columns.push_back(std::move(position));
    }
    ARROW_ASSIGN_OR_RAISE(
        std::unique_ptr<format::BatchReader> reader,
        format::parquet::ParquetReader::Make(store, footer, row_groups, std::move(request)));
    if (finish.does_nothing()) {
      return reader;
    }
    return FinishScan(std::move(reader), std::move(finish));
  }

  std::optional<std::pair<type::Value, type::Value>> Bounds(int column) const override {
    const int field = scan_->request.field_indexes[static_cast<size_t>(column)];
    const auto* spec = scan_->metadata->FindSpec(entries_->spec_id());
    if (spec == nullptr) {
      return std::nullopt;
    }
    const FileBounds file(*entries_, row_, *spec, *scan_->metadata);
    const auto bounds = field < 0
                            ? file.OfMetadata(scan_->request.names[static_cast<size_t>(column)])
                            : file.Of(scan_->schema[static_cast<size_t>(field)]);
    if (!bounds.min || !bounds.max) {
      return std::nullopt;
    }
    return std::pair{*bounds.min, *bounds.max};
  }

  int64_t num_rows() const override {
    const int64_t size = entries_->file_size_in_bytes(row_);
    const int64_t rows = entries_->record_count(row_);
    return size > 0
               ? static_cast<int64_t>(static_cast<double>(rows) * static_cast<double>(num_bytes()) /
                                      static_cast<double>(size))
               : rows;
  }

  int64_t num_bytes() const override {
    return std::max<int64_t>(std::min(end_, entries_->file_size_in_bytes(row_)) - begin_, 0);
  }

 private:
  Status CheckFormat(const std::string& file_path) const {
    const auto format = entries_->FileFormat(row_);
    if (format != "parquet") {
      return base::Unsupported("Iceberg data files of format " + format + " (" + file_path + ")");
    }
    return Status::OK();
  }

  /// The request's columns where the manifest tells their values for all rows of the file: identity
  /// partitions and some metadata columns. Nothing where it doesn't.
  std::optional<std::vector<type::Value>> Constants(const PartitionSpec& spec,
                                                    const DeleteTarget& target) const {
    std::vector<type::Value> values;
    for (size_t i = 0; i < scan_->request.field_indexes.size(); ++i) {
      const int index = scan_->request.field_indexes[i];
      const std::string& name = scan_->request.names[i];
      std::optional<type::Value> value;
      if (scan_->derived[i]) {
        return std::nullopt;
      }
      if (index < 0) {
        value = MetadataConstant(name, spec, target);
      } else {
        value = PartitionConstant(scan_->schema[static_cast<size_t>(index)], spec, target);
      }
      if (!value) {
        return std::nullopt;
      }
      values.push_back(*std::move(value));
    }
    return values;
  }

  /// The value of a column by which the file is partitioned as it is. Such columns are not read
  /// from the file, which may lack them (imported Hive tables).
  std::optional<type::Value> PartitionConstant(const type::Field& field, const PartitionSpec& spec,
                                               const DeleteTarget& target) const {
    for (size_t k = 0; k < spec.fields.size(); ++k) {
      if (spec.fields[k].source_id == field.field_id && !field.type->is_nested() &&
          spec.fields[k].transform.kind == TransformKind::kIdentity) {
        return PromoteValue(*field.type, target.partition[k]);
      }
    }
    return std::nullopt;
  }

  /// The file's rows without the file.
  Result<std::unique_ptr<format::BatchReader>> OpenConstant(std::vector<type::Value> values) const {
    columnar::Batch one;
    one.num_rows = 1;
    for (size_t i = 0; i < values.size(); ++i) {
      one.columns.push_back(columnar::Vector::MakeConstant(scan_->request.types[i], values[i], 1));
    }
    int64_t matches = 1;
    if (!scan_->request.filter.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto filter, functions::FilterEvaluator::Make(
                                                   scan_->request.filter, scan_->request.context));
      int32_t row = 0;
      ARROW_ASSIGN_OR_RAISE(matches, filter->Select(one, &row));
    }
    // All rows belong to the task of the file's first bytes.
    const int64_t num_rows = matches == 1 && begin_ == 0 ? entries_->record_count(row_) : 0;
    return std::make_unique<ConstantReader>(scan_->request.types, std::move(values), num_rows);
  }

  /// The value of a metadata column that is the same in all rows of the file.
  std::optional<type::Value> MetadataConstant(const std::string& name, const PartitionSpec& spec,
                                              const DeleteTarget& target) const {
    if (constants_ != nullptr && constants_->count(name) != 0) {
      return constants_->at(name);
    }
    if (name == "_file") {
      return type::Value::String(target.path);
    }
    if (name == "_spec_id") {
      return type::Value::Int(spec.spec_id);
    }
    if (name == "_partition") {
      return UnifiedPartition(*scan_->metadata, *scan_->partition_type, spec, target.partition);
    }
    return std::nullopt;
  }

  format::ReadColumn ColumnOf(size_t i, const PartitionSpec& spec, const DeleteTarget& target,
                              const format::parquet::Footer& footer) const {
    format::ReadColumn column;
    const int index = scan_->request.field_indexes[i];
    column.name = scan_->request.names[i];
    column.type = scan_->request.types[i];
    if (index >= 0) {
      const auto& field = scan_->schema[static_cast<size_t>(index)];
      column.field_id = field.field_id;
      const auto& defaults = scan_->metadata->initial_defaults;
      if (const auto at = defaults.find(field.field_id); at != defaults.end()) {
        column.default_value = at->second;
      }
      if (scan_->derived[i]) {
        column.type = StoredType(*scan_->metadata, field.field_id, column.type);
      } else if (auto constant = PartitionConstant(field, spec, target)) {
        column.constant = *std::move(constant);
        return column;
      }
      MapName(footer, &column);
      return column;
    }
    if (auto constant = MetadataConstant(column.name, spec, target)) {
      column.constant = *std::move(constant);
    } else if (column.name == "_pos") {
      column.is_row_position = true;
    } else if (column.name == "_row_id") {
      column.field_id = kRowIdFieldId;
    } else if (column.name == "_last_updated_sequence_number") {
      column.field_id = kLastUpdatedSequenceNumberFieldId;
    } else {
      column.constant = type::Value::Bool(false);  // _deleted
    }
    return column;
  }

  DerivedColumn DerivedOf(size_t i) const {
    DerivedColumn derived;
    derived.column = static_cast<int>(i);
    derived.type = scan_->request.types[i];
    const std::string& name = scan_->request.names[i];
    if (scan_->request.field_indexes[i] >= 0) {
      derived.kind = DerivedColumn::Kind::kRetype;
    } else if (name == "_row_id") {
      derived.kind = DerivedColumn::Kind::kRowId;
    } else if (name == "_last_updated_sequence_number") {
      derived.kind = DerivedColumn::Kind::kLastUpdated;
    } else {
      derived.kind = DerivedColumn::Kind::kDeleted;
    }
    return derived;
  }

  /// In files without field ids, columns are found by the table's name mapping, by which renamed
  /// columns keep their data and new ones of an old name get none of it.
  void MapName(const format::parquet::Footer& footer, format::ReadColumn* column) const {
    const auto& mapping = scan_->metadata->name_mapping;
    const auto& children = footer.root.children;
    if (!mapping || std::any_of(children.begin(), children.end(),
                                [](const auto& child) { return child.field_id >= 0; })) {
      return;
    }
    const auto names = mapping->find(column->field_id);
    for (const auto& child : children) {
      if (names != mapping->end() && std::find(names->second.begin(), names->second.end(),
                                               child.name) != names->second.end()) {
        column->name = child.name;
        column->type = MapNested(child, column->type);
        return;
      }
    }
    column->constant = column->default_value;
  }

  /// `type` with the names that struct fields have in the file; no name for what isn't mapped.
  type::TypePtr MapNested(const format::parquet::SchemaNode& node,
                          const type::TypePtr& type) const {
    if (!type->is_nested()) {
      return type;
    }
    auto fields = type->fields();
    if (type->is(type::TypeId::kStruct)) {
      for (auto& field : fields) {
        const auto names = scan_->metadata->name_mapping->find(field.field_id);
        const format::parquet::SchemaNode* found = nullptr;
        for (const auto& child : node.children) {
          if (names != scan_->metadata->name_mapping->end() &&
              std::find(names->second.begin(), names->second.end(), child.name) !=
                  names->second.end()) {
            found = &child;
          }
        }
        field.name = found == nullptr ? std::string(1, '\0') : found->name;
        if (found != nullptr) {
          field.type = MapNested(*found, field.type);
        }
      }
    } else if (type->is(type::TypeId::kArray)) {
      if (const auto* element = format::parquet::ListShapeOf(node).element) {
        fields[0].type = MapNested(*element, fields[0].type);
      }
    } else if (const auto* entries = format::parquet::MapEntriesOf(node)) {
      for (size_t i = 0; i < 2; ++i) {
        fields[i].type = MapNested(entries->children[i], fields[i].type);
      }
    }
    return std::make_shared<const type::DataType>(type->id(), type->physical(), 0, 0,
                                                  std::move(fields));
  }

  /// Where the request gives the top-level column `field`; added behind the wanted columns where it
  /// doesn't.
  int PositionOf(const type::Field& field, const format::parquet::Footer& footer,
                 format::ReadRequest* request) const {
    for (size_t i = 0; i < request->columns.size(); ++i) {
      if (request->columns[i].field_id == field.field_id) {
        return static_cast<int>(i);
      }
    }
    format::ReadColumn column;
    column.name = field.name;
    column.type = field.type;
    column.field_id = field.field_id;
    MapName(footer, &column);
    request->columns.push_back(std::move(column));
    return static_cast<int>(request->columns.size() - 1);
  }

  std::shared_ptr<const SharedScan> scan_;
  std::shared_ptr<const ManifestEntries> entries_;
  int64_t row_;
  int64_t begin_;
  int64_t end_;
  std::shared_ptr<const ConstantColumns> constants_;
};

class CountTask final : public ScanTask {
 public:
  explicit CountTask(int64_t num_rows) : num_rows_(num_rows) {}

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& /*runtime_filters*/) const override {
    return std::make_unique<ConstantReader>(std::vector<type::TypePtr>(),
                                            std::vector<type::Value>(), num_rows_);
  }

  std::optional<std::pair<type::Value, type::Value>> Bounds(int /*column*/) const override {
    return std::nullopt;
  }

  int64_t num_rows() const override { return num_rows_; }

  int64_t num_bytes() const override { return 0; }

 private:
  int64_t num_rows_;
};

}  // namespace

std::shared_ptr<const ScanTask> MakeCountTask(int64_t num_rows) {
  return std::make_shared<CountTask>(num_rows);
}

bool IsDerived(const SharedScan& scan, size_t column) {
  const int index = scan.request.field_indexes[column];
  if (index < 0) {
    const std::string& name = scan.request.names[column];
    return name == "_row_id" || name == "_last_updated_sequence_number" || name == "_deleted";
  }
  const auto& field = scan.schema[static_cast<size_t>(index)];
  return HoldsUuid(*scan.metadata, field.field_id, *field.type);
}

std::shared_ptr<const ScanTask> MakeScanTask(std::shared_ptr<const SharedScan> scan,
                                             std::shared_ptr<const ManifestEntries> entries,
                                             int64_t row, int64_t begin, int64_t end,
                                             std::shared_ptr<const ConstantColumns> constants) {
  return std::make_shared<IcebergScanTask>(std::move(scan), std::move(entries), row, begin, end,
                                           std::move(constants));
}

DeleteTarget DeleteTargetOf(const ManifestEntries& entries, int64_t row,
                            const PartitionSpec& spec) {
  DeleteTarget target;
  target.path = std::string(entries.file_path(row));
  target.spec_id = spec.spec_id;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    target.partition.push_back(entries.partition_value(row, i));
  }
  target.data_sequence_number = entries.data_sequence_number(row).value_or(0);
  return target;
}

}  // namespace emery::table::iceberg
