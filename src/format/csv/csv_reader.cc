#include "format/csv/csv_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "arrow/buffer.h"

#include "columnar/vector.h"
#include "format/csv/csv_record_internal.h"
#include "format/csv/time_pattern_internal.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::format::csv {

using columnar::Batch;
using columnar::FlatWriter;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::TypeId;
using type::TypePtr;

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

Result<io::Bytes> ReadFile(const io::ObjectInfo& file) {
  for (const char* ending : {".gz", ".bz2", ".zst", ".lz4", ".snappy", ".deflate"}) {
    if (file.path.ends_with(ending)) {
      return base::Unsupported("compressed CSV files: " + file.path);
    }
  }
  std::string path = file.path;
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  return store->Read(path);
}

std::string_view TextOf(const io::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())};
}

/// Numbers as Java's parsers take them: no blanks around.
bool HasBlankEnds(std::string_view text) {
  return text.empty() || static_cast<unsigned char>(text.front()) <= ' ' ||
         static_cast<unsigned char>(text.back()) <= ' ';
}

struct ColumnParser {
  int place = -1;  // in the record; -1: not in the file
  TypePtr type;
  std::optional<TimePattern> pattern;
  bool corrupt_record = false;
};

class CsvBatchReader final : public BatchReader {
 public:
  CsvBatchReader(io::Bytes bytes, std::string path, CsvOptions options, ReadRequest request)
      : bytes_(std::move(bytes)),
        path_(std::move(path)),
        options_(std::move(options)),
        request_(std::move(request)),
        splitter_(TextOf(bytes_), options_) {
    metrics_.bytes_read = bytes_->size();
    file_buffer_ =
        columnar::Buffer::Wrap(bytes_->data(), static_cast<size_t>(bytes_->size()), bytes_);
  }

  Status Init(const type::Schema& file_schema) {
    const bool has_corrupt =
        std::any_of(file_schema.begin(), file_schema.end(),
                    [&](const type::Field& f) { return f.name == options_.corrupt_column; });
    expected_fields_ = file_schema.size() - (has_corrupt ? 1 : 0);
    all_parsers_.resize(expected_fields_);
    int place = 0;
    for (const type::Field& field : file_schema) {
      if (field.name == options_.corrupt_column && field.type->is_string()) {
        continue;
      }
      ColumnParser& parser = all_parsers_[static_cast<size_t>(place)];
      parser.place = place++;
      parser.type = field.type;
      ARROW_RETURN_NOT_OK(SetPattern(&parser));
    }
    for (const ReadColumn& column : request_.columns) {
      ColumnParser parser;
      parser.type = column.type;
      if (!column.constant.has_value()) {
        parser.corrupt_record = has_corrupt && column.name == options_.corrupt_column;
        int index = 0;
        for (const type::Field& field : file_schema) {
          if (field.name == options_.corrupt_column && field.type->is_string()) {
            continue;
          }
          if (Lower(field.name) == Lower(column.name)) {
            parser.place = index;
          }
          ++index;
        }
        ARROW_RETURN_NOT_OK(SetPattern(&parser));
        if (column.type->is_nested() || column.type->is(TypeId::kBinary)) {
          return base::UserError(
              "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
              "The CSV datasource doesn't support the column " +
                  base::QuoteIdentifier(column.name) + " of the type \"" + column.type->Sql() +
                  "\".",
              {{"columnName", column.name}, {"columnType", column.type->Sql()}, {"format", "CSV"}});
        }
      }
      parsers_.push_back(std::move(parser));
    }
    if (options_.header) {
      std::vector<CsvField> header;
      splitter_.Next(&header);
    }
    return Status::OK();
  }

  Result<std::optional<Batch>> Next() override {
    while (true) {
      if (request_.context != nullptr && request_.context->cancellation != nullptr) {
        ARROW_RETURN_NOT_OK(request_.context->cancellation->Check());
      }
      if (!ReadRecords()) {
        return std::nullopt;
      }
      ARROW_ASSIGN_OR_RAISE(Batch batch, Convert());
      if (batch.num_rows > 0) {
        return batch;
      }
    }
  }

  const ScanMetrics& metrics() const override { return metrics_; }

 private:
  Status SetPattern(ColumnParser* parser) const {
    const bool date = parser->type->is(TypeId::kDate);
    const bool time =
        parser->type->is(TypeId::kTimestamp) || parser->type->is(TypeId::kTimestampNtz);
    const std::string& pattern = date ? options_.date_format : options_.timestamp_format;
    if ((date || time) && !pattern.empty()) {
      ARROW_ASSIGN_OR_RAISE(parser->pattern, TimePattern::Make(pattern));
    }
    return Status::OK();
  }

  /// Collects the next records; false: the file is at its end.
  bool ReadRecords() {
    fields_.clear();
    starts_.clear();
    records_.clear();
    std::vector<CsvField>& record = record_fields_;
    while (static_cast<int64_t>(records_.size()) < columnar::kBatchSize &&
           splitter_.Next(&record)) {
      starts_.push_back(fields_.size());
      records_.push_back(splitter_.record());
      fields_.insert(fields_.end(), record.begin(), record.end());
    }
    starts_.push_back(fields_.size());
    metrics_.rows_read += static_cast<int64_t>(records_.size());
    return !records_.empty();
  }

  const CsvField* FieldOf(size_t row, int place) const {
    const size_t at = starts_[row] + static_cast<size_t>(place);
    return at < starts_[row + 1] ? &fields_[at] : nullptr;
  }

  Status Malformed(size_t row) const {
    return base::UserError(
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        "Malformed records are detected in record parsing: " + std::string(records_[row]) +
            " (file " + path_ +
            "). Parse Mode: FAILFAST. To process malformed records as null result, try setting "
            "the option 'mode' as 'PERMISSIVE'.",
        {{"badRecord", std::string(records_[row])}, {"failFastMode", "FAILFAST"}});
  }

  Result<Batch> Convert() {
    const auto rows = static_cast<int64_t>(records_.size());
    malformed_.assign(records_.size(), 0);
    for (size_t r = 0; r < records_.size(); ++r) {
      malformed_[r] = starts_[r + 1] - starts_[r] != expected_fields_;
    }
    // Which records are malformed depends on all columns where that shows.
    const bool check_all = options_.mode != ParseMode::kPermissive ||
                           std::any_of(parsers_.begin(), parsers_.end(),
                                       [](const ColumnParser& p) { return p.corrupt_record; });
    if (check_all) {
      for (const ColumnParser& parser : all_parsers_) {
        if (!parser.type->is_string()) {
          ParseColumn(parser, rows);
        }
      }
      if (options_.mode == ParseMode::kFailFast) {
        const auto bad = std::find(malformed_.begin(), malformed_.end(), 1);
        if (bad != malformed_.end()) {
          return Malformed(static_cast<size_t>(bad - malformed_.begin()));
        }
      }
    }
    Batch batch;
    batch.num_rows = rows;
    for (size_t c = 0; c < parsers_.size(); ++c) {
      const ReadColumn& wanted = request_.columns[c];
      const ColumnParser& parser = parsers_[c];
      if (wanted.constant.has_value()) {
        batch.columns.push_back(wanted.constant->is_null()
                                    ? Vector::MakeNull(wanted.type, rows)
                                    : Vector::MakeConstant(wanted.type, *wanted.constant, rows));
      } else if (parser.corrupt_record) {
        FlatWriter writer(wanted.type, rows);
        for (int64_t r = 0; r < rows; ++r) {
          if (malformed_[static_cast<size_t>(r)] != 0) {
            writer.SetString(r, records_[static_cast<size_t>(r)]);
          } else {
            writer.SetNull(r);
          }
        }
        batch.columns.push_back(writer.Finish(rows));
      } else if (parser.place < 0) {
        batch.columns.push_back(Vector::MakeNull(wanted.type, rows));
      } else {
        batch.columns.push_back(ParseColumn(parser, rows));
      }
    }
    if (options_.mode == ParseMode::kDropMalformed) {
      std::vector<int32_t> kept;
      for (size_t r = 0; r < records_.size(); ++r) {
        if (malformed_[r] == 0) {
          kept.push_back(static_cast<int32_t>(r));
        }
      }
      if (static_cast<int64_t>(kept.size()) < rows) {
        return columnar::GatherBatch(batch, kept.data(), static_cast<int64_t>(kept.size()));
      }
    }
    return batch;
  }

  /// Calls parse(text) for each value that is not null and stores what it gives; none makes the row
  /// malformed.
  template <class T, class F>
  VectorPtr ParseEach(const ColumnParser& parser, int64_t rows, F parse) {
    FlatWriter writer(parser.type, rows);
    T* values = writer.values<T>();
    for (int64_t r = 0; r < rows; ++r) {
      const CsvField* field = FieldOf(static_cast<size_t>(r), parser.place);
      if (field == nullptr || field->size == 0 || field->text() == options_.null_value) {
        writer.SetNull(r);
        continue;
      }
      const auto value = parse(field->text());
      if (value.has_value()) {
        values[r] = static_cast<T>(*value);
      } else {
        malformed_[static_cast<size_t>(r)] = 1;
        writer.SetNull(r);
      }
    }
    return writer.Finish(rows);
  }

  template <class T>
  VectorPtr ParseIntegers(const ColumnParser& parser, int64_t rows) {
    return ParseEach<T>(parser, rows, [](std::string_view text) -> std::optional<int64_t> {
      if (HasBlankEnds(text)) {
        return std::nullopt;
      }
      return type::ParseInteger(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    });
  }

  template <class T, class F>
  VectorPtr ParseFloats(const ColumnParser& parser, int64_t rows, F parse) {
    return ParseEach<T>(parser, rows, [&](std::string_view text) -> std::optional<T> {
      if (text == options_.nan_value) {
        return std::numeric_limits<T>::quiet_NaN();
      }
      if (text == options_.positive_infinity) {
        return std::numeric_limits<T>::infinity();
      }
      if (text == options_.negative_infinity) {
        return -std::numeric_limits<T>::infinity();
      }
      return parse(text);
    });
  }

  VectorPtr ParseStrings(const ColumnParser& parser, int64_t rows) {
    columnar::BufferPtr values =
        columnar::Buffer::AllocateZeroed(sizeof(StringView) * static_cast<size_t>(rows));
    auto* views = reinterpret_cast<StringView*>(values->mutable_data());
    columnar::BufferPtr validity;
    for (int64_t r = 0; r < rows; ++r) {
      const CsvField* field = FieldOf(static_cast<size_t>(r), parser.place);
      const bool empty_quoted = field != nullptr && field->quoted && field->size == 0;
      if (field == nullptr || (!empty_quoted && field->text() == options_.null_value) ||
          (field->size == 0 && !field->quoted)) {
        if (validity == nullptr) {
          validity = columnar::AllocateBits(rows, true);
        }
        columnar::ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), r);
      } else if (empty_quoted) {
        views[r] = StringView(options_.empty_value);
      } else {
        views[r] = StringView(field->data, field->size);
      }
    }
    std::vector<columnar::BufferPtr> strings = splitter_.heap().blocks();
    strings.push_back(file_buffer_);
    if (options_.empty_value.size() > StringView::kInlineSize) {
      auto kept = std::make_shared<std::string>(options_.empty_value);
      for (int64_t r = 0; r < rows; ++r) {
        if (views[r].size() == kept->size() && views[r].data() == options_.empty_value.data()) {
          views[r] = StringView(*kept);
        }
      }
      strings.push_back(columnar::Buffer::Wrap(kept->data(), kept->size(), kept));
    }
    return Vector::MakeFlat(parser.type, rows, std::move(values), std::move(validity),
                            std::move(strings));
  }

  VectorPtr ParseColumn(const ColumnParser& parser, int64_t rows) {
    const type::DataType& type = *parser.type;
    switch (type.id()) {
      case TypeId::kString:
      case TypeId::kChar:
      case TypeId::kVarchar:
        return ParseStrings(parser, rows);
      case TypeId::kBoolean:
        return ParseEach<uint8_t>(
            parser, rows, [](std::string_view text) -> std::optional<uint8_t> {
              const std::string lower = Lower(text);
              if (lower == "true") {
                return uint8_t{1};
              }
              return lower == "false" ? std::optional<uint8_t>(0) : std::nullopt;
            });
      case TypeId::kByte:
        return ParseIntegers<int8_t>(parser, rows);
      case TypeId::kShort:
        return ParseIntegers<int16_t>(parser, rows);
      case TypeId::kInt:
        return ParseIntegers<int32_t>(parser, rows);
      case TypeId::kLong:
        return ParseIntegers<int64_t>(parser, rows);
      case TypeId::kFloat:
        return ParseFloats<float>(parser, rows,
                                  [](std::string_view text) { return type::ParseFloat(text); });
      case TypeId::kDouble:
        return ParseFloats<double>(parser, rows,
                                   [](std::string_view text) { return type::ParseDouble(text); });
      case TypeId::kDecimal: {
        const auto parse = [&](std::string_view text) {
          return type::ParseDecimal(text, type.precision(), type.scale());
        };
        return type.physical() == type::PhysicalType::kInt64
                   ? ParseEach<int64_t>(parser, rows, parse)
                   : ParseEach<type::int128_t>(parser, rows, parse);
      }
      case TypeId::kDate:
        return ParseEach<int32_t>(
            parser, rows, [&](std::string_view text) -> std::optional<int32_t> {
              if (!parser.pattern.has_value()) {
                return type::ParseDate(text);
              }
              const auto micros = parser.pattern->Parse(text);
              return micros.has_value() ? std::optional(static_cast<int32_t>(
                                              type::FloorDiv(*micros, type::kMicrosPerDay)))
                                        : std::nullopt;
            });
      case TypeId::kTimestamp:
        return ParseEach<int64_t>(
            parser, rows, [&](std::string_view text) -> std::optional<int64_t> {
              if (!parser.pattern.has_value()) {
                return type::ParseTimestamp(text, *options_.zone);
              }
              const auto local = parser.pattern->Parse(text);
              return local.has_value() ? std::optional(options_.zone->LocalToUtc(*local))
                                       : std::nullopt;
            });
      case TypeId::kTimestampNtz:
        return ParseEach<int64_t>(parser, rows, [&](std::string_view text) {
          return parser.pattern.has_value() ? parser.pattern->Parse(text)
                                            : type::ParseTimestampNtz(text);
        });
      case TypeId::kYearMonthInterval:
        return ParseEach<int32_t>(parser, rows, [&](std::string_view text) {
          return type::ParseYearMonthInterval(text, type.start_field(), type.end_field());
        });
      case TypeId::kDayTimeInterval:
        return ParseEach<int64_t>(parser, rows, [&](std::string_view text) {
          return type::ParseDayTimeInterval(text, type.start_field(), type.end_field());
        });
      default:
        return Vector::MakeNull(parser.type, rows);
    }
  }

  io::Bytes bytes_;
  std::string path_;
  CsvOptions options_;
  ReadRequest request_;
  CsvSplitter splitter_;
  columnar::BufferPtr file_buffer_;
  size_t expected_fields_ = 0;
  std::vector<ColumnParser> all_parsers_;  // of the file, in order
  std::vector<ColumnParser> parsers_;      // of the request
  ScanMetrics metrics_;
  // The batch at hand.
  std::vector<CsvField> record_fields_;
  std::vector<CsvField> fields_;
  std::vector<size_t> starts_;  // of records, in fields_; one more at the end
  std::vector<std::string_view> records_;
  std::vector<uint8_t> malformed_;
};

// ---- inference
// ---------------------------------------------------------------------------------------------

/// Steps that Spark's inference goes through; a column takes the widest.
enum class Inferred : uint8_t {
  kNone,
  kInt,
  kLong,
  kDecimal,
  kDouble,
  kDate,
  kTimestamp,
  kBoolean,
  kString
};

Inferred InferField(std::string_view text, const CsvOptions& options) {
  if (!HasBlankEnds(text)) {
    if (type::ParseInteger(text, INT32_MIN, INT32_MAX)) {
      return Inferred::kInt;
    }
    if (type::ParseInteger(text)) {
      return Inferred::kLong;
    }
    if (text.find_first_not_of("0123456789+-") == text.npos &&
        type::ParseDecimal(text, type::kMaxDecimalPrecision, 0)) {
      return Inferred::kDecimal;
    }
    if (text == options.nan_value || text == options.positive_infinity ||
        text == options.negative_infinity || type::ParseDouble(text)) {
      return Inferred::kDouble;
    }
    if (text.size() == 10 && text[4] == '-' && text[7] == '-' && type::ParseDate(text)) {
      return Inferred::kDate;
    }
    if (text.size() > 4 && type::ParseTimestamp(text, *options.zone)) {
      return Inferred::kTimestamp;
    }
  }
  const std::string lower = Lower(text);
  return lower == "true" || lower == "false" ? Inferred::kBoolean : Inferred::kString;
}

Inferred Wider(Inferred a, Inferred b) {
  if (a == b || b == Inferred::kNone) {
    return a;
  }
  if (a == Inferred::kNone) {
    return b;
  }
  const Inferred low = std::min(a, b);
  const Inferred high = std::max(a, b);
  const bool numbers = high <= Inferred::kDouble;
  const bool times = low >= Inferred::kDate && high <= Inferred::kTimestamp;
  return numbers || times ? high : Inferred::kString;
}

TypePtr TypeOf(Inferred inferred) {
  switch (inferred) {
    case Inferred::kInt:
      return type::Int();
    case Inferred::kLong:
      return type::Long();
    case Inferred::kDecimal:
      return type::Decimal(type::kMaxDecimalPrecision, 0);
    case Inferred::kDouble:
      return type::Double();
    case Inferred::kDate:
      return type::Date();
    case Inferred::kTimestamp:
      return type::Timestamp();
    case Inferred::kBoolean:
      return type::Boolean();
    case Inferred::kNone:
    case Inferred::kString:
      break;
  }
  return type::String();
}

}  // namespace

Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files,
                                 const CsvOptions& options) {
  type::Schema schema;
  std::vector<Inferred> inferred;
  bool named = false;
  for (const io::ObjectInfo& file : files) {
    if (named && !options.infer_schema) {
      break;
    }
    ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, ReadFile(file));
    CsvSplitter splitter(TextOf(bytes), options);
    std::vector<CsvField> fields;
    bool first = true;
    while (splitter.Next(&fields)) {
      if (!named) {
        named = true;
        for (size_t i = 0; i < fields.size(); ++i) {
          std::string name = "_c" + std::to_string(i);
          if (options.header && fields[i].size > 0) {
            name = std::string(fields[i].text());
            // Names that differ in nothing but case are told apart by their place.
            const auto same = std::count_if(fields.begin(), fields.end(), [&](const CsvField& f) {
              return Lower(f.text()) == Lower(name);
            });
            if (same > 1) {
              name += std::to_string(i);
            }
          }
          schema.push_back({std::move(name), type::String()});
        }
        inferred.assign(schema.size(), Inferred::kNone);
        if (!options.infer_schema) {
          break;
        }
      }
      if (first && options.header) {
        first = false;
        continue;
      }
      first = false;
      for (size_t i = 0; i < std::min(fields.size(), inferred.size()); ++i) {
        const std::string_view text = fields[i].text();
        if (text.empty() || text == options.null_value || inferred[i] == Inferred::kString) {
          continue;
        }
        inferred[i] = Wider(inferred[i], InferField(text, options));
      }
    }
  }
  if (!named) {
    return base::UserError("UNABLE_TO_INFER_SCHEMA",
                           "Unable to infer schema for CSV. It must be specified manually.",
                           {{"format", "CSV"}});
  }
  if (options.infer_schema) {
    for (size_t i = 0; i < schema.size(); ++i) {
      schema[i].type = TypeOf(inferred[i]);
    }
  }
  return schema;
}

Result<std::unique_ptr<BatchReader>> OpenCsv(const io::ObjectInfo& file, type::Schema file_schema,
                                             const CsvOptions& options, ReadRequest request) {
  ARROW_ASSIGN_OR_RAISE(io::Bytes bytes, ReadFile(file));
  auto reader =
      std::make_unique<CsvBatchReader>(std::move(bytes), file.path, options, std::move(request));
  ARROW_RETURN_NOT_OK(reader->Init(file_schema));
  return reader;
}

}  // namespace emery::format::csv
