// From a request to tasks: manifests, then files, then row groups; and which deletes a file needs.

#include <algorithm>
#include <mutex>
#include <set>

#include "format/parquet/footer.h"
#include "format/parquet/parquet_reader.h"
#include "table/iceberg/deletes.h"
#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/transform.h"
#include "table/pruning.h"

namespace emery::table::iceberg {

using plan::As;
using plan::ExpressionPtr;

namespace {

// Row groups of a file are put into one task up to this size.
constexpr int64_t kTaskBytes = 32 << 20;

/// Bounds of the requested columns from what a file's entry and its partition say.
class FileBounds {
 public:
  FileBounds(const DataFile& file, const PartitionSpec& spec, const type::Schema& schema)
      : file_(file), spec_(spec), schema_(schema) {}

  ColumnBounds Of(const type::Field& field) const {
    ColumnBounds bounds;
    const auto lower = file_.lower_bounds.find(field.field_id);
    const auto upper = file_.upper_bounds.find(field.field_id);
    if (lower != file_.lower_bounds.end()) {
      bounds.min = DecodeSingleValue(*field.type, lower->second);
    }
    if (upper != file_.upper_bounds.end()) {
      bounds.max = DecodeSingleValue(*field.type, upper->second);
    }
    // NaN is no bound.
    if (field.type->is_floating()) {
      bounds.max.reset();
      if (bounds.min && IsNan(*bounds.min)) {
        bounds.min.reset();
      }
    }
    const auto nulls = file_.null_value_counts.find(field.field_id);
    if (nulls != file_.null_value_counts.end()) {
      bounds.has_null = nulls->second > 0;
      const auto values = file_.value_counts.find(field.field_id);
      bounds.all_null = values != file_.value_counts.end() && values->second == nulls->second &&
                        values->second > 0;
    }
    for (size_t i = 0; i < spec_.fields.size() && i < file_.partition.size(); ++i) {
      if (spec_.fields[i].source_id == field.field_id) {
        Narrow(*field.type,
               SourceBounds(spec_.fields[i].transform, *field.type, file_.partition[i]), &bounds);
      }
    }
    return bounds;
  }

  /// False where a bucket partition contradicts an equality.
  bool BucketsMayMatch(const ExpressionPtr& conjunct, const ScanRequest& request) const {
    for (size_t i = 0; i < spec_.fields.size() && i < file_.partition.size(); ++i) {
      const auto& field = spec_.fields[i];
      if (field.transform.kind != TransformKind::kBucket ||
          !std::holds_alternative<int64_t>(file_.partition[i].payload())) {
        continue;
      }
      const auto literals = EqualTo(conjunct, field.source_id, request);
      if (literals.empty()) {
        continue;
      }
      bool any = false;
      for (const auto* literal : literals) {
        const auto bucket = BucketOf(*literal->type, literal->value, field.transform.parameter);
        any |= !bucket || *bucket == file_.partition[i].integer();
      }
      if (!any) {
        return false;
      }
    }
    return true;
  }

 private:
  static bool IsNan(const type::Value& value) {
    const auto* d = std::get_if<double>(&value.payload());
    const auto* f = std::get_if<float>(&value.payload());
    return (d != nullptr && *d != *d) || (f != nullptr && *f != *f);
  }

  static void Narrow(const type::DataType& type, const ColumnBounds& other, ColumnBounds* bounds) {
    if (other.min && (!bounds->min || type::CompareValues(type, *other.min, *bounds->min) > 0)) {
      bounds->min = other.min;
    }
    if (other.max && (!bounds->max || type::CompareValues(type, *other.max, *bounds->max) < 0)) {
      bounds->max = other.max;
    }
    if (other.has_null) {
      bounds->has_null = other.has_null;
    }
    bounds->all_null |= other.all_null;
  }

  /// Literals to which `conjunct` says the column `field_id` is equal.
  std::vector<const plan::Literal*> EqualTo(const ExpressionPtr& conjunct, int32_t field_id,
                                            const ScanRequest& request) const {
    std::vector<const plan::Literal*> literals;
    const auto is_column = [&](const ExpressionPtr& e) {
      const auto* ordinal = As<plan::Ordinal>(e);
      const int field = ordinal != nullptr ? request.field_indexes[ordinal->index] : -1;
      return field >= 0 && schema_[field].field_id == field_id;
    };
    const auto same_type = [&](const plan::Literal& literal) {
      const auto& type = *conjunct->children[0]->type;
      return literal.type->id() == type.id() &&
             (!type.is_decimal() || literal.type->scale() == type.scale());
    };
    const auto* call = As<plan::Call>(conjunct);
    if (call != nullptr && call->name == "=" && is_column(call->children[0])) {
      const auto* literal = As<plan::Literal>(call->children[1]);
      if (literal != nullptr && same_type(*literal)) {
        literals.push_back(literal);
      }
    } else if (As<plan::In>(conjunct) != nullptr && is_column(conjunct->children[0])) {
      for (size_t i = 1; i < conjunct->children.size(); ++i) {
        const auto* literal = As<plan::Literal>(conjunct->children[i]);
        if (literal == nullptr || !same_type(*literal)) {
          return {};
        }
        literals.push_back(literal);
      }
    }
    return literals;
  }

  const DataFile& file_;
  const PartitionSpec& spec_;
  const type::Schema& schema_;
};

/// What all tasks of a scan share. Delete files are read when the first task needs them.
struct SharedScan {
  type::Schema schema;
  std::shared_ptr<const TableMetadata> metadata;
  ScanRequest request;
  std::vector<DataFile> position_deletes;
  std::map<std::vector<int32_t>, std::vector<DataFile>> equality_deletes;
  std::map<int32_t, PartitionSpec> specs;

  Result<std::shared_ptr<const PositionDeletes>> Positions() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (positions_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto read, ReadPositionDeletes(position_deletes, request.context));
      positions_ = std::make_shared<const PositionDeletes>(std::move(read));
    }
    return positions_;
  }

 private:
  mutable std::mutex mutex_;  // guards positions_
  mutable std::shared_ptr<const PositionDeletes> positions_;
};

bool SamePartition(const DataFile& a, const DataFile& b) {
  return a.spec_id == b.spec_id && a.partition == b.partition;
}

class IcebergScanTask final : public ScanTask {
 public:
  IcebergScanTask(std::shared_ptr<const SharedScan> scan, DataFile file, int64_t begin, int64_t end)
      : scan_(std::move(scan)), file_(std::move(file)), begin_(begin), end_(end) {}

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& runtime_filters) const override {
    if (file_.file_format != "parquet") {
      return base::Unsupported("Iceberg data files of format " + file_.file_format + " (" +
                               file_.file_path + ")");
    }
    std::string path = file_.file_path;
    ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
    ARROW_ASSIGN_OR_RAISE(const auto info, store->Stat(path));
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
    request.runtime_filters = runtime_filters;
    for (size_t i = 0; i < scan_->request.field_indexes.size(); ++i) {
      request.columns.push_back(ColumnOf(i, *footer));
    }
    const size_t num_columns = request.columns.size();
    ARROW_RETURN_NOT_OK(AddPositionDeletes(&request));
    std::vector<std::shared_ptr<const EqualityDeletes>> deletes;
    std::vector<std::vector<int>> key_columns;
    for (const auto& [ids, files] : scan_->equality_deletes) {
      std::vector<DataFile> matching;
      for (const auto& file : files) {
        const auto spec = scan_->specs.find(file.spec_id);
        const bool global = spec != scan_->specs.end() && spec->second.fields.empty();
        if (file.data_sequence_number > file_.data_sequence_number &&
            (global || SamePartition(file, file_))) {
          matching.push_back(file);
        }
      }
      if (matching.empty()) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto set,
                            ReadEqualityDeletes(matching, scan_->schema, scan_->request.context));
      std::vector<int> positions;
      for (const int32_t id : ids) {
        positions.push_back(PositionOf(id, &request));
      }
      deletes.push_back(std::move(set));
      key_columns.push_back(std::move(positions));
    }
    ARROW_ASSIGN_OR_RAISE(
        std::unique_ptr<format::BatchReader> reader,
        format::parquet::ParquetReader::Make(store, footer, row_groups, std::move(request)));
    if (deletes.empty()) {
      return reader;
    }
    return ApplyEqualityDeletes(std::move(reader), std::move(deletes), std::move(key_columns),
                                num_columns);
  }

  std::optional<std::pair<type::Value, type::Value>> Bounds(int column) const override {
    const int field = scan_->request.field_indexes[column];
    const auto spec = scan_->specs.find(file_.spec_id);
    if (field < 0 || spec == scan_->specs.end()) {
      return std::nullopt;
    }
    const auto bounds = FileBounds(file_, spec->second, scan_->schema).Of(scan_->schema[field]);
    if (!bounds.min || !bounds.max) {
      return std::nullopt;
    }
    return std::pair{*bounds.min, *bounds.max};
  }

  int64_t num_rows() const override {
    return file_.file_size_in_bytes > 0
               ? file_.record_count * num_bytes() / file_.file_size_in_bytes
               : file_.record_count;
  }

  int64_t num_bytes() const override { return std::min(end_, file_.file_size_in_bytes) - begin_; }

 private:
  format::ReadColumn ColumnOf(size_t i, const format::parquet::Footer& footer) const {
    format::ReadColumn column;
    const int field = scan_->request.field_indexes[i];
    column.name = scan_->request.names[i];
    column.type = scan_->request.types[i];
    if (field < 0) {
      if (column.name == "_file") {
        column.constant = type::Value::String(file_.file_path);
      } else {
        column.is_row_position = true;
      }
      return column;
    }
    column.field_id = scan_->schema[field].field_id;
    MapName(footer, &column);
    return column;
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
        return;
      }
    }
    column->constant = type::Value();
  }

  Status AddPositionDeletes(format::ReadRequest* request) const {
    bool any = false;
    for (const auto& file : scan_->position_deletes) {
      any |= file.data_sequence_number >= file_.data_sequence_number;
    }
    if (!any) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const auto all, scan_->Positions());
    const auto it = all->find(file_.file_path);
    if (it != all->end()) {
      request->deleted_positions = std::shared_ptr<const std::vector<int64_t>>(all, &it->second);
    }
    return Status::OK();
  }

  /// Where the request gives field `id`; added behind the wanted columns where it doesn't.
  int PositionOf(int32_t id, format::ReadRequest* request) const {
    for (size_t i = 0; i < request->columns.size(); ++i) {
      if (request->columns[i].field_id == id) {
        return static_cast<int>(i);
      }
    }
    const auto* field = FindField(scan_->schema, id);
    format::ReadColumn column;
    column.name = field->name;
    column.type = field->type;
    column.field_id = id;
    request->columns.push_back(std::move(column));
    return static_cast<int>(request->columns.size() - 1);
  }

  std::shared_ptr<const SharedScan> scan_;
  DataFile file_;
  int64_t begin_;
  int64_t end_;
};

/// Whether `field` or a field inside it has one of the ids.
bool HoldsAny(const type::Field& field, const std::set<int32_t>& ids) {
  if (ids.count(field.field_id) != 0) {
    return true;
  }
  if (!field.type->is_nested()) {
    return false;
  }
  const auto& fields = field.type->fields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const type::Field& inner) { return HoldsAny(inner, ids); });
}

/// Whether any file of the manifest can hold matching rows.
bool ManifestMayMatch(const ManifestFile& manifest, const PartitionSpec& spec,
                      const type::Schema& schema, const ScanRequest& request) {
  if (manifest.partitions.size() != spec.fields.size()) {
    return true;
  }
  const auto lookup = [&](int ordinal) {
    ColumnBounds bounds;
    const int index = request.field_indexes[ordinal];
    if (index < 0) {
      return bounds;
    }
    const auto& field = schema[index];
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      if (spec.fields[i].source_id != field.field_id) {
        continue;
      }
      const auto result = ResultType(spec.fields[i].transform, field.type);
      const auto& summary = manifest.partitions[i];
      if (result == nullptr || spec.fields[i].transform.kind == TransformKind::kBucket) {
        continue;
      }
      std::optional<type::Value> lower;
      std::optional<type::Value> upper;
      if (summary.lower_bound) {
        lower = DecodeSingleValue(*result, *summary.lower_bound);
      }
      if (summary.upper_bound) {
        upper = DecodeSingleValue(*result, *summary.upper_bound);
      }
      // Summaries leave out NaN, which is greater than all else.
      const bool may_be_nan = field.type->is_floating();
      if (may_be_nan) {
        upper.reset();
      }
      bounds = SourceBoundsOfRange(spec.fields[i].transform, *field.type, lower, upper);
      bounds.has_null = summary.contains_null;
      bounds.all_null = summary.contains_null && !summary.lower_bound && !may_be_nan;
    }
    return bounds;
  };
  for (const auto& conjunct : request.filter) {
    if (!MayMatch(conjunct, lookup)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<ScanPlan> IcebergTable::PlanScan(const ScanRequest& request) const {
  auto scan = std::make_shared<SharedScan>();
  scan->schema = schema_;
  scan->metadata = metadata_;
  for (const int field : request.field_indexes) {
    if (field >= 0 && HoldsAny(schema_[field], metadata_->uuid_field_ids)) {
      return base::Unsupported("Iceberg columns of type uuid (" +
                               base::QuoteIdentifier(schema_[field].name) + " of " + name_ + ")");
    }
  }
  scan->request = request;
  for (const auto& spec : metadata_->partition_specs) {
    scan->specs[spec.spec_id] = spec;
  }
  ScanPlan plan;
  ARROW_ASSIGN_OR_RAISE(const auto manifests, Manifests());
  std::vector<DataFile> data_files;
  for (const auto& manifest : manifests) {
    const auto* spec = metadata_->FindSpec(manifest.partition_spec_id);
    if (spec == nullptr) {
      return base::UserError("FAILED_READ_FILE.NO_HINT",
                             "The manifest " + manifest.manifest_path + " has the partition spec " +
                                 std::to_string(manifest.partition_spec_id) +
                                 ", which the table metadata lacks.",
                             {{"path", manifest.manifest_path}});
    }
    if (manifest.content == ManifestContent::kData &&
        !ManifestMayMatch(manifest, *spec, schema_, request)) {
      const int64_t files =
          manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
      plan.files += files;
      plan.files_pruned += files;
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto files, ReadManifest(manifest, *spec));
    for (auto& file : files) {
      if (file.content == FileContent::kPositionDeletes) {
        scan->position_deletes.push_back(std::move(file));
        continue;
      }
      if (file.content == FileContent::kEqualityDeletes) {
        auto& same = scan->equality_deletes[file.equality_ids];
        same.push_back(std::move(file));
        continue;
      }
      ++plan.files;
      const FileBounds bounds(file, *spec, schema_);
      const auto lookup = [&](int ordinal) {
        const int field = request.field_indexes[ordinal];
        return field < 0 ? ColumnBounds{} : bounds.Of(schema_[field]);
      };
      bool matches = file.record_count != 0;
      for (const auto& conjunct : request.filter) {
        matches =
            matches && MayMatch(conjunct, lookup) && bounds.BucketsMayMatch(conjunct, request);
      }
      if (matches) {
        data_files.push_back(std::move(file));
      } else {
        ++plan.files_pruned;
      }
    }
  }
  for (auto& file : data_files) {
    const int64_t size = std::max<int64_t>(file.file_size_in_bytes, 1);
    const int64_t pieces = (size + kTaskBytes - 1) / kTaskBytes;
    for (int64_t i = 0; i < pieces; ++i) {
      const int64_t end = i + 1 == pieces ? INT64_MAX : (i + 1) * kTaskBytes;
      plan.tasks.push_back(std::make_shared<IcebergScanTask>(scan, file, i * kTaskBytes, end));
    }
  }
  // Equality deletes are checked after the reader's filter, which is right: both only drop rows.
  return plan;
}

Result<Statistics> IcebergTable::statistics() const {
  Statistics statistics;
  statistics.num_rows = 0;
  statistics.num_bytes = 0;
  statistics.columns.resize(schema_.size());
  ARROW_ASSIGN_OR_RAISE(const auto manifests, Manifests());
  bool first = true;
  std::vector<bool> bounded(schema_.size(), true);
  for (const auto& manifest : manifests) {
    const auto* spec = metadata_->FindSpec(manifest.partition_spec_id);
    if (manifest.content != ManifestContent::kData || spec == nullptr) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto files, ReadManifest(manifest, *spec));
    for (const auto& file : files) {
      *statistics.num_rows += file.record_count;
      *statistics.num_bytes += file.file_size_in_bytes;
      const FileBounds bounds(file, *spec, schema_);
      for (size_t i = 0; i < schema_.size(); ++i) {
        auto& column = statistics.columns[i];
        const auto& type = *schema_[i].type;
        const auto of_file = bounds.Of(schema_[i]);
        const auto nulls = file.null_value_counts.find(schema_[i].field_id);
        if (nulls != file.null_value_counts.end()) {
          column.null_count = column.null_count.value_or(0) + nulls->second;
        }
        if (of_file.all_null) {
          continue;
        }
        if (!of_file.min || !of_file.max || type.is_nested()) {
          bounded[i] = false;
          continue;
        }
        if (!column.min || type::CompareValues(type, *of_file.min, *column.min) < 0) {
          column.min = of_file.min;
        }
        if (!column.max || type::CompareValues(type, *of_file.max, *column.max) > 0) {
          column.max = of_file.max;
        }
      }
      first = false;
    }
  }
  for (size_t i = 0; i < schema_.size(); ++i) {
    if (!bounded[i] || first) {
      statistics.columns[i].min.reset();
      statistics.columns[i].max.reset();
    }
  }
  return statistics;
}

}  // namespace emery::table::iceberg
