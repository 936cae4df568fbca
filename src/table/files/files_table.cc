#include "table/files/files_table.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "columnar/batch.h"
#include "format/bounds_predicate.h"
#include "format/parquet/parquet_reader.h"
#include "format/parquet/parquet_statistics.h"
#include "format/parquet/schema_mapping.h"
#include "functions/evaluator.h"
#include "table/files/file_place.h"
#include "table/files/files_table_internal.h"
#include "type/coercion.h"
#include "type/text.h"

namespace emery::table {

using type::Value;

namespace {

constexpr std::string_view kMetadataColumn = "_metadata";
// Row groups of a file are read as one task until it has this much work.
constexpr int64_t kTaskRows = int64_t{96} << 10;
constexpr int64_t kTaskBytes = int64_t{32} << 20;
// What a task reads of a file that ranges can be read of.
constexpr int64_t kRangeBytes = int64_t{8} << 20;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c + 32);
    }
  }
  return out;
}

bool SameName(std::string_view a, std::string_view b) {
  return Lower(a) == Lower(b);
}

/// Row groups of a Parquet file.
class ParquetScanTask final : public ScanTask {
 public:
  /// What the file itself adds to the reader's rows.
  struct Wrapping {
    std::shared_ptr<const functions::FilePlace> place;
    int row_index = -1;  // the column that becomes _metadata with the row's position; -1: none
    type::TypePtr metadata_type;
    Value metadata;
  };

  ParquetScanTask(std::shared_ptr<io::ObjectStore> store, format::parquet::FooterPtr footer,
                  std::vector<int> row_groups, format::ReadRequest request, Wrapping wrapping)
      : store_(std::move(store)),
        footer_(std::move(footer)),
        row_groups_(std::move(row_groups)),
        request_(std::move(request)),
        wrapping_(std::move(wrapping)) {
    for (int group : row_groups_) {
      rows_ += footer_->row_groups[static_cast<size_t>(group)].num_rows;
      bytes_ += footer_->row_groups[static_cast<size_t>(group)].total_bytes;
    }
  }

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& runtime_filters) const override {
    std::unique_ptr<format::parquet::ParquetReader> reader;
    {
      std::lock_guard lock(mutex_);
      reader = std::move(prefetched_);
    }
    if (reader == nullptr) {
      ARROW_ASSIGN_OR_RAISE(reader, Make());
    }
    reader->SetRuntimeFilters(runtime_filters);
    std::unique_ptr<format::BatchReader> out = std::move(reader);
    if (wrapping_.row_index >= 0) {
      out = WithRowIndex(std::move(out), wrapping_.row_index, wrapping_.metadata_type,
                         wrapping_.metadata);
    }
    return WithPlace(std::move(out), wrapping_.place);
  }

  std::optional<std::pair<Value, Value>> Bounds(int column) const override {
    const format::ReadColumn& wanted = request_.columns[static_cast<size_t>(column)];
    if (wanted.constant.has_value() && !wanted.constant->is_null()) {
      return std::pair(*wanted.constant, *wanted.constant);
    }
    return std::nullopt;  // the reader looks at its statistics itself
  }

  int64_t num_rows() const override { return rows_; }

  int64_t num_bytes() const override { return bytes_; }

  void Prefetch() const override {
    std::lock_guard lock(mutex_);
    if (prefetched_ == nullptr) {
      Result<std::unique_ptr<format::parquet::ParquetReader>> reader = Make();
      // What fails here fails again, and is reported, when the task is opened.
      if (reader.ok() && (*reader)->Prefetch().ok()) {
        prefetched_ = *std::move(reader);
      }
    }
  }

 private:
  Result<std::unique_ptr<format::parquet::ParquetReader>> Make() const {
    return format::parquet::ParquetReader::Make(store_, footer_, row_groups_, request_);
  }

  std::shared_ptr<io::ObjectStore> store_;
  format::parquet::FooterPtr footer_;
  std::vector<int> row_groups_;
  format::ReadRequest request_;
  Wrapping wrapping_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  mutable std::mutex mutex_;  // guards prefetched_
  mutable std::unique_ptr<format::parquet::ParquetReader> prefetched_;
};

/// A file, or a range of one, of another format.
class PlainScanTask final : public ScanTask {
 public:
  using Opener = std::function<Result<std::unique_ptr<format::BatchReader>>()>;

  PlainScanTask(Opener opener, int64_t bytes) : opener_(std::move(opener)), bytes_(bytes) {}

  Result<std::unique_ptr<format::BatchReader>> Open(
      const std::vector<format::RuntimeFilterUse>& /*runtime_filters*/) const override {
    return opener_();
  }

  std::optional<std::pair<Value, Value>> Bounds(int /*column*/) const override {
    return std::nullopt;
  }

  int64_t num_rows() const override { return bytes_ / 64 + 1; }

  int64_t num_bytes() const override { return bytes_; }

 private:
  Opener opener_;
  int64_t bytes_;
};

}  // namespace

Result<std::shared_ptr<const Table>> OpenFilesTable(FilesTableSpec spec) {
  return FilesTable::Make(std::move(spec));
}

Result<std::shared_ptr<const Table>> FilesTable::Make(FilesTableSpec spec) {
  std::shared_ptr<FilesTable> table(new FilesTable(std::move(spec)));
  ARROW_RETURN_NOT_OK(table->Init());
  return table;
}

std::string FilesTable::Option(std::string_view name, std::string_view fallback) const {
  for (const auto& [key, value] : spec_.options) {
    if (SameName(key, name)) {
      return value;
    }
  }
  return std::string(fallback);
}

Status FilesTable::Init() {
  if (spec_.provider != "parquet" && !IsPlainFormat(spec_.provider)) {
    return base::Unsupported("data source " + spec_.provider);
  }
  const std::string zone =
      Option("timezone", spec_.config != nullptr ? spec_.config->time_zone() : "UTC");
  ARROW_ASSIGN_OR_RAISE(zone_, type::TimeZone::Find(zone.empty() ? "UTC" : zone));
  if (spec_.provider != "parquet") {
    ARROW_ASSIGN_OR_RAISE(
        plain_, MakePlainFormat(spec_.provider, spec_.options, zone_, true, spec_.config.get()));
  }
  if (spec_.paths.empty()) {
    return base::UserError("UNABLE_TO_INFER_SCHEMA",
                           "Unable to infer schema for " + spec_.provider + ": no path was given.",
                           {{"format", spec_.provider}});
  }
  location_ = spec_.paths[0];
  if (location_.find(':') == location_.npos) {
    std::string absolute = location_;
    ARROW_RETURN_NOT_OK(io::StoreFor(&absolute).status());
    location_ = absolute;
  }
  std::optional<std::string> base_path;
  if (const std::string base = Option("basePath", ""); !base.empty()) {
    base_path = base;
  }
  ARROW_ASSIGN_OR_RAISE(listing_, ListFiles(spec_.paths, base_path, spec_.managed_by_catalog));
  if (listing_.roots.size() == 1 && !spec_.managed_by_catalog) {
    location_ = listing_.roots[0];
  }
  // A catalog's table knows its partition columns; folders elsewhere tell theirs.
  std::vector<std::string> partition_names =
      spec_.partition_columns.empty() && !spec_.managed_by_catalog ? listing_.partition_columns
                                                                   : spec_.partition_columns;
  if (spec_.schema.has_value()) {
    schema_ = *spec_.schema;
  } else {
    ARROW_ASSIGN_OR_RAISE(schema_, InferSchema());
  }
  return SetPartitionValues(partition_names);
}

Result<type::Schema> FilesTable::InferSchema() const {
  if (listing_.files.empty() && spec_.provider != "text") {
    return base::UserError(
        "UNABLE_TO_INFER_SCHEMA",
        "Unable to infer schema for " + spec_.provider + ". It must be specified manually.",
        {{"format", spec_.provider}});
  }
  std::vector<io::ObjectInfo> files;
  for (const TableFile& file : listing_.files) {
    files.push_back(file.info);
  }
  if (plain_ != nullptr) {
    return plain_->InferSchema(files);
  }
  format::parquet::SchemaOptions options;
  bool merge = SameName(Option("mergeSchema", "false"), "true");
  if (spec_.config != nullptr) {
    options.binary_as_string = spec_.config->GetBool("spark.sql.parquet.binaryAsString", false);
    options.infer_timestamp_ntz =
        spec_.config->GetBool("spark.sql.parquet.inferTimestampNTZ.enabled", true);
    merge = SameName(
        Option("mergeSchema",
               spec_.config->GetBool("spark.sql.parquet.mergeSchema", false) ? "true" : "false"),
        "true");
  }
  if (!merge) {
    files.resize(1);
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<format::parquet::FooterPtr> footers,
                        format::parquet::CachedFooters(files));
  type::Schema merged;
  for (size_t f = 0; f < footers.size(); ++f) {
    ARROW_ASSIGN_OR_RAISE(type::Schema schema, format::parquet::FileSchema(*footers[f], options));
    for (type::Field& field : schema) {
      field.type = type::ReplaceCharVarchar(field.type);
      const auto known = std::find_if(merged.begin(), merged.end(), [&](const type::Field& m) {
        return SameName(m.name, field.name);
      });
      if (known == merged.end()) {
        merged.push_back(std::move(field));
        continue;
      }
      type::TypePtr common = type::TightestCommonType(known->type, field.type, true);
      if (common == nullptr) {
        return base::UserError("CANNOT_MERGE_SCHEMAS",
                               "Failed merging schemas: column " +
                                   base::QuoteIdentifier(field.name) + " is " + known->type->Sql() +
                                   " in one file and " + field.type->Sql() + " in " +
                                   footers[f]->path + ".",
                               {{"left", known->type->Sql()}, {"right", field.type->Sql()}});
      }
      known->type = std::move(common);
    }
  }
  return merged;
}

Status FilesTable::SetPartitionValues(const std::vector<std::string>& names) {
  const bool infer =
      spec_.config == nullptr ||
      spec_.config->GetBool("spark.sql.sources.partitionColumnTypeInference.enabled", true);
  const bool folders_fit =
      listing_.files.empty() || names.empty() ||
      (listing_.partition_columns.size() == names.size() &&
       std::equal(names.begin(), names.end(), listing_.partition_columns.begin(), SameName));
  if (!folders_fit) {
    return base::UserError(
        "CONFLICTING_PARTITION_COLUMN_NAMES",
        "The table is partitioned by other columns than the folders below " + location_ + " are.",
        {{"path", location_}});
  }
  for (size_t p = 0; p < names.size(); ++p) {
    const auto known = std::find_if(schema_.begin(), schema_.end(), [&](const type::Field& f) {
      return SameName(f.name, names[p]);
    });
    if (known != schema_.end() && spec_.schema.has_value()) {
      partition_fields_.push_back(static_cast<int>(known - schema_.begin()));
      continue;
    }
    type::TypePtr type = type::String();
    if (infer) {
      std::vector<std::string> texts;
      std::set<std::string> seen;
      for (const TableFile& file : listing_.files) {
        if (file.partition_text[p].has_value() && seen.insert(*file.partition_text[p]).second) {
          texts.push_back(*file.partition_text[p]);
        }
      }
      type = InferPartitionType(texts, *zone_);
    }
    if (known != schema_.end()) {
      known->type = type;
      partition_fields_.push_back(static_cast<int>(known - schema_.begin()));
    } else {
      partition_fields_.push_back(static_cast<int>(schema_.size()));
      schema_.push_back({names[p], type});
    }
  }
  for (TableFile& file : listing_.files) {
    for (size_t p = 0; p < names.size(); ++p) {
      const std::optional<std::string>& text = file.partition_text[p];
      const type::Field& field = schema_[static_cast<size_t>(partition_fields_[p])];
      if (!text.has_value()) {
        file.partition_values.emplace_back();
        continue;
      }
      std::optional<Value> value = field.type->is_string()
                                       ? Value::String(*text)
                                       : type::ValueFromText(*field.type, *text, *zone_);
      if (!value.has_value()) {
        return base::UserError("INVALID_PARTITION_VALUE",
                               "Failed to cast value \"" + *text + "\" to data type " +
                                   field.type->Sql() + " for partition column " +
                                   base::QuoteIdentifier(field.name) +
                                   ". Ensure that the value matches the expected data type for "
                                   "this partition column.",
                               {{"value", *text},
                                {"dataType", field.type->Sql()},
                                {"columnName", base::QuoteIdentifier(field.name)}});
      }
      file.partition_values.push_back(*std::move(value));
    }
  }
  return Status::OK();
}

type::Schema FilesTable::metadata_columns() const {
  return {{std::string(kMetadataColumn), FileMetadataType(spec_.provider == "parquet"), false}};
}

std::vector<std::string> FilesTable::partition_columns() const {
  std::vector<std::string> names;
  for (int field : partition_fields_) {
    names.push_back(schema_[static_cast<size_t>(field)].name);
  }
  return names;
}

Result<std::vector<PartitionValues>> FilesTable::Partitions() const {
  std::set<PartitionValues> seen;
  for (const TableFile& file : listing_.files) {
    PartitionValues values;
    for (size_t p = 0; p < partition_fields_.size(); ++p) {
      values.emplace_back(schema_[static_cast<size_t>(partition_fields_[p])].name,
                          file.partition_text[p]);
    }
    seen.insert(std::move(values));
  }
  return std::vector<PartitionValues>(seen.begin(), seen.end());
}

std::string FilesTable::identity() const {
  std::string all = spec_.provider + "|" + location_;
  size_t hash = 0;
  const auto add = [&](std::string_view text) {
    hash = hash * 1099511628211ULL + std::hash<std::string_view>{}(text);
  };
  for (const TableFile& file : listing_.files) {
    add(file.info.path);
    hash = hash * 31 + static_cast<size_t>(file.info.size) * 7 +
           static_cast<size_t>(file.info.modified_us);
  }
  for (const auto& [key, value] : spec_.options) {
    add(key);
    add(value);
  }
  for (const type::Field& field : schema_) {
    add(field.name);
    add(field.type->ToString());
  }
  return all + "|" + std::to_string(listing_.files.size()) + "|" + std::to_string(hash);
}

int FilesTable::PartitionIndex(int field) const {
  for (size_t p = 0; p < partition_fields_.size(); ++p) {
    if (partition_fields_[p] == field) {
      return static_cast<int>(p);
    }
  }
  return -1;
}

/// Files whose partition values pass the conjuncts over partition columns alone; `rest`: the other
/// conjuncts.
Result<std::vector<const TableFile*>> FilesTable::PruneFiles(const ScanRequest& request,
                                                             ScanPlan* plan,
                                                             plan::ExpressionList* rest) const {
  plan::ExpressionList on_partitions;
  for (const plan::ExpressionPtr& conjunct : request.filter) {
    bool any = false;
    const bool other = plan::AnyOf(conjunct, [&](const plan::Expression& e) {
      const auto* ordinal = plan::As<plan::Ordinal>(&e);
      if (ordinal == nullptr) {
        return false;
      }
      any = true;
      return PartitionIndex(request.field_indexes[static_cast<size_t>(ordinal->index)]) < 0;
    });
    (any && !other ? on_partitions : *rest).push_back(conjunct);
  }
  std::vector<const TableFile*> kept;
  std::unique_ptr<functions::FilterEvaluator> evaluator;
  if (!on_partitions.empty()) {
    ARROW_ASSIGN_OR_RAISE(evaluator,
                          functions::FilterEvaluator::Make(on_partitions, request.context));
  }
  for (const TableFile& file : listing_.files) {
    ++plan->files;
    if (evaluator != nullptr) {
      columnar::Batch row;
      row.num_rows = 1;
      for (size_t i = 0; i < request.field_indexes.size(); ++i) {
        const int p = PartitionIndex(request.field_indexes[i]);
        const Value value = p < 0 ? Value() : file.partition_values[static_cast<size_t>(p)];
        row.columns.push_back(value.is_null()
                                  ? columnar::Vector::MakeNull(request.types[i], 1)
                                  : columnar::Vector::MakeConstant(request.types[i], value, 1));
      }
      int32_t selected[1];
      ARROW_ASSIGN_OR_RAISE(const int64_t count, evaluator->Select(row, selected));
      if (count == 0) {
        ++plan->files_pruned;
        continue;
      }
    }
    kept.push_back(&file);
  }
  return kept;
}

Result<format::ReadColumn> FilesTable::MakeReadColumn(const ScanRequest& request, size_t i,
                                                      const TableFile& file) const {
  format::ReadColumn column;
  column.name = request.names[i];
  column.type = request.types[i];
  const int field = request.field_indexes[i];
  if (field < 0) {
    if (column.name != kMetadataColumn) {
      return base::InternalError("no metadata column " + column.name);
    }
    column.constant = FileMetadata(*column.type, file.info);
    return column;
  }
  column.name = schema_[static_cast<size_t>(field)].name;
  const int partition = PartitionIndex(field);
  if (partition >= 0) {
    column.constant = file.partition_values[static_cast<size_t>(partition)];
  }
  return column;
}

/// The request's column _metadata, if the rows' positions are wanted of it; else -1.
int FilesTable::RowIndexColumn(const ScanRequest& request) const {
  for (size_t i = 0; i < request.field_indexes.size(); ++i) {
    if (request.field_indexes[i] < 0 && request.types[i]->is(type::TypeId::kStruct)) {
      for (const type::Field& field : request.types[i]->fields()) {
        if (field.name == "row_index") {
          return static_cast<int>(i);
        }
      }
    }
  }
  return -1;
}

/// Records that can't be read show only beside columns that are.
Status FilesTable::CheckCorruptColumn(const ScanRequest& request) const {
  if (plain_ == nullptr || plain_->corrupt_column().empty()) {
    return Status::OK();
  }
  bool corrupt = false;
  for (const int field : request.field_indexes) {
    if (field < 0 || PartitionIndex(field) >= 0) {
      continue;
    }
    if (schema_[static_cast<size_t>(field)].name != plain_->corrupt_column()) {
      return Status::OK();
    }
    corrupt = true;
  }
  return corrupt ? base::UserError(
                       "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
                       "The feature is not supported: Queries from raw JSON/CSV/XML files are "
                       "disallowed when the referenced columns only include the internal corrupt "
                       "record column (named `" +
                           plain_->corrupt_column() + "`).")
                 : Status::OK();
}

void FilesTable::AddPlainTasks(const ScanRequest& request, const TableFile& file,
                               format::ReadRequest read, ScanPlan* plan) const {
  // A file's columns are known by their place among the table's that are not partitions.
  type::Schema file_schema;
  for (size_t s = 0; s < schema_.size(); ++s) {
    if (PartitionIndex(static_cast<int>(s)) < 0) {
      file_schema.push_back(schema_[s]);
    }
  }
  int64_t piece = file.info.size;
  if (plain_->splittable(file.info)) {
    piece = kRangeBytes;
    if (spec_.config != nullptr) {
      piece = std::min(
          piece, std::max<int64_t>(
                     1, spec_.config->GetBytes("spark.sql.files.maxPartitionBytes", kRangeBytes)));
    }
  }
  for (int64_t begin = 0; begin < file.info.size || begin == 0;
       begin += std::max<int64_t>(piece, 1)) {
    const int64_t length = std::min(piece, file.info.size - begin);
    format::text::FileRange range{begin, begin + length < file.info.size ? begin + length : -1};
    format::ReadRequest part = read;
    for (size_t i = 0; i < request.field_indexes.size(); ++i) {
      if (request.field_indexes[i] < 0) {
        part.columns[i].constant = FileMetadata(*part.columns[i].type, file.info, begin, length);
      }
    }
    plan->tasks.push_back(std::make_shared<PlainScanTask>(
        [format = plain_, info = file.info, range, file_schema, part,
         place = MakeFilePlace(file.info, begin,
                               length)]() -> Result<std::unique_ptr<format::BatchReader>> {
          ARROW_ASSIGN_OR_RAISE(std::unique_ptr<format::BatchReader> reader,
                                format->Open(info, range, file_schema, part));
          return WithPlace(std::move(reader), place);
        },
        length));
  }
}

Result<ScanPlan> FilesTable::PlanScan(const ScanRequest& request) const {
  ScanPlan plan;
  plan::ExpressionList rest;
  ARROW_ASSIGN_OR_RAISE(const std::vector<const TableFile*> files,
                        PruneFiles(request, &plan, &rest));
  const bool parquet = plain_ == nullptr;
  ARROW_RETURN_NOT_OK(CheckCorruptColumn(request));
  const int row_index = RowIndexColumn(request);
  std::vector<format::parquet::FooterPtr> footers;
  if (parquet) {
    std::vector<io::ObjectInfo> infos;
    for (const TableFile* file : files) {
      infos.push_back(file->info);
    }
    ARROW_ASSIGN_OR_RAISE(footers, format::parquet::CachedFooters(infos));
    if (row_index >= 0) {
      // The reader gives a position there, of which the task makes the column.
      const auto on_metadata = [&](const plan::ExpressionPtr& conjunct) {
        return plan::AnyOf(conjunct, [&](const plan::Expression& e) {
          const auto* ordinal = plan::As<plan::Ordinal>(&e);
          return ordinal != nullptr && ordinal->index == row_index;
        });
      };
      const auto later = std::stable_partition(
          rest.begin(), rest.end(), [&](const auto& conjunct) { return !on_metadata(conjunct); });
      plan.residual.assign(later, rest.end());
      rest.erase(later, rest.end());
    }
  } else {
    plan.residual = rest;
  }
  for (size_t f = 0; f < files.size(); ++f) {
    const TableFile& file = *files[f];
    format::ReadRequest read;
    read.context = request.context;
    read.case_sensitive = spec_.config != nullptr && spec_.config->case_sensitive();
    for (size_t i = 0; i < request.field_indexes.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(format::ReadColumn column, MakeReadColumn(request, i, file));
      read.columns.push_back(std::move(column));
    }
    if (plain_ != nullptr) {
      AddPlainTasks(request, file, std::move(read), &plan);
      continue;
    }
    read.filter = rest;
    ParquetScanTask::Wrapping wrapping{MakeFilePlace(file.info)};
    if (row_index >= 0) {
      format::ReadColumn& column = read.columns[static_cast<size_t>(row_index)];
      wrapping.row_index = row_index;
      wrapping.metadata_type = column.type;
      wrapping.metadata = *std::exchange(column.constant, std::nullopt);
      column.type = type::Long();
      column.is_row_position = true;
    }
    std::string path = file.info.path;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
    std::vector<int> groups;
    int64_t rows = 0;
    int64_t bytes = 0;
    const auto flush = [&] {
      if (!groups.empty()) {
        plan.tasks.push_back(
            std::make_shared<ParquetScanTask>(store, footers[f], groups, read, wrapping));
      }
      groups.clear();
      rows = 0;
      bytes = 0;
    };
    for (size_t g = 0; g < footers[f]->row_groups.size(); ++g) {
      const format::parquet::RowGroup& group = footers[f]->row_groups[g];
      groups.push_back(static_cast<int>(g));
      rows += group.num_rows;
      bytes += group.total_bytes;
      if (rows >= kTaskRows || bytes >= kTaskBytes) {
        flush();
      }
    }
    flush();
  }
  return plan;
}

Result<Statistics> FilesTable::statistics() const {
  std::call_once(statistics_once_, [&] {
    statistics_ = [&]() -> Result<Statistics> {
      Statistics out;
      int64_t bytes = 0;
      std::vector<io::ObjectInfo> infos;
      for (const TableFile& file : listing_.files) {
        bytes += file.info.size;
        infos.push_back(file.info);
      }
      out.num_bytes = bytes;
      if (spec_.provider != "parquet") {
        return out;
      }
      ARROW_ASSIGN_OR_RAISE(const std::vector<format::parquet::FooterPtr> footers,
                            format::parquet::CachedFooters(infos));
      std::vector<format::parquet::ColumnSummary> columns;
      out.num_rows = format::parquet::SummarizeColumns(footers, schema_, &columns);
      for (size_t s = 0; s < schema_.size(); ++s) {
        ColumnStatistics column;
        const int p = PartitionIndex(static_cast<int>(s));
        if (p < 0) {
          column.min = columns[s].min;
          column.max = columns[s].max;
          column.null_count = columns[s].null_count;
          column.distinct_count = columns[s].distinct_count;
          column.average_bytes = columns[s].average_bytes;
        } else {
          std::set<std::string> distinct;
          int64_t nulls = 0;
          for (size_t f = 0; f < listing_.files.size(); ++f) {
            const TableFile& file = listing_.files[f];
            const Value& value = file.partition_values[static_cast<size_t>(p)];
            if (value.is_null()) {
              nulls += footers[f]->num_rows;
              continue;
            }
            distinct.insert(*file.partition_text[static_cast<size_t>(p)]);
            const type::DataType& type = *schema_[s].type;
            if (!column.min || type::CompareValues(type, value, *column.min) < 0) {
              column.min = value;
            }
            if (!column.max || type::CompareValues(type, value, *column.max) > 0) {
              column.max = value;
            }
          }
          column.null_count = nulls;
          column.distinct_count = static_cast<double>(distinct.size());
        }
        out.columns.push_back(std::move(column));
      }
      return out;
    }();
  });
  return statistics_;
}

Result<std::unique_ptr<WriteJob>> FilesTable::PlanWrite(const WriteRequest& request) const {
  if (spec_.paths.size() != 1) {
    return base::Unsupported("writing to several paths at once");
  }
  return MakeFilesWriteJob(
      {location_, spec_.provider, schema_, partition_fields_, spec_.options, zone_}, request);
}

}  // namespace emery::table
