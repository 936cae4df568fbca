#include "format/csv/csv_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "arrow/buffer.h"

#include "columnar/vector.h"
#include "format/csv/csv_record_internal.h"
#include "functions/scalar/datetime_pattern.h"
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
  const functions::DateTimePattern* pattern = nullptr;
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
    const auto empty = std::make_shared<std::string>(options_.empty_value.value_or(""));
    empty_value_ = *empty;
    empty_buffer_ = columnar::Buffer::Wrap(empty->data(), empty->size(), empty);
  }

  /// `has_header`: the file's first record is among what is read.
  Status Init(const type::Schema& file_schema, bool has_header) {
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
      SetPattern(&parser);
    }
    size_t chosen = 0;
    bool wants_corrupt = false;
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
        SetPattern(&parser);
        chosen += parser.corrupt_record ? 0 : 1;
        wants_corrupt |= parser.corrupt_record;
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
    // Where fewer columns are asked for, Spark's parser looks at no others.
    judge_by_chosen_ = options_.column_pruning && chosen < expected_fields_ && !wants_corrupt;
    if (options_.header && has_header) {
      std::vector<CsvField> header;
      if (splitter_.Next(&header) && !options_.enforce_schema) {
        return CheckHeader(header, file_schema);
      }
    }
    return Status::OK();
  }

  Result<std::optional<Batch>> Next() override {
    while (true) {
      if (request_.context != nullptr && request_.context->cancellation != nullptr) {
        ARROW_RETURN_NOT_OK(request_.context->cancellation->Check());
      }
      ARROW_ASSIGN_OR_RAISE(const bool more, ReadRecords());
      if (!more) {
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
  void SetPattern(ColumnParser* parser) const {
    const TimeFormats& formats = options_.formats;
    parser->pattern = parser->type->is(TypeId::kDate)           ? formats.date.get()
                      : parser->type->is(TypeId::kTimestamp)    ? formats.timestamp.get()
                      : parser->type->is(TypeId::kTimestampNtz) ? formats.timestamp_ntz.get()
                                                                : nullptr;
  }

  Status CheckHeader(const std::vector<CsvField>& header, const type::Schema& schema) const {
    bool same = header.size() == expected_fields_;
    for (size_t i = 0; same && i < header.size(); ++i) {
      same = request_.case_sensitive ? header[i].text() == schema[i].name
                                     : Lower(header[i].text()) == Lower(schema[i].name);
    }
    return same ? Status::OK()
                : text::UnreadableFile(path_, "the CSV header does not conform to the schema");
  }

  /// Collects the next records; false: the file is at its end.
  Result<bool> ReadRecords() {
    fields_.clear();
    starts_.clear();
    records_.clear();
    std::vector<CsvField>& record = record_fields_;
    while (static_cast<int64_t>(records_.size()) < columnar::kBatchSize &&
           splitter_.Next(&record)) {
      starts_.push_back(fields_.size());
      records_.push_back(splitter_.record());
      ARROW_RETURN_NOT_OK(CheckLimits(record));
      fields_.insert(fields_.end(), record.begin(), record.end());
    }
    starts_.push_back(fields_.size());
    metrics_.rows_read += static_cast<int64_t>(records_.size());
    return !records_.empty();
  }

  Status CheckLimits(const std::vector<CsvField>& record) const {
    if (static_cast<int64_t>(record.size()) > options_.columns_max) {
      return text::UnreadableFile(
          path_, "a record has more than " + std::to_string(options_.columns_max) + " columns");
    }
    if (options_.column_chars_max >= 0 &&
        std::any_of(record.begin(), record.end(), [&](const CsvField& field) {
          return int64_t{field.size} > options_.column_chars_max;
        })) {
      return text::UnreadableFile(
          path_,
          "a value has more than " + std::to_string(options_.column_chars_max) + " characters");
    }
    return Status::OK();
  }

  const CsvField* FieldOf(size_t row, int place) const {
    const size_t at = starts_[row] + static_cast<size_t>(place);
    return at < starts_[row + 1] ? &fields_[at] : nullptr;
  }

  Status Malformed(size_t row) const {
    return text::UnreadableFile(
        path_, "Malformed records are detected in record parsing: " + std::string(records_[row]) +
                   ". Parse Mode: FAILFAST. To process malformed records as null result, try "
                   "setting the option 'mode' as 'PERMISSIVE'");
  }

  Result<Batch> Convert() {
    const auto rows = static_cast<int64_t>(records_.size());
    malformed_.assign(records_.size(), 0);
    for (size_t r = 0; r < records_.size() && !judge_by_chosen_; ++r) {
      malformed_[r] = starts_[r + 1] - starts_[r] != expected_fields_;
    }
    // Which records are malformed depends on all columns where that shows.
    const bool check_all = options_.mode != ParseMode::kPermissive ||
                           std::any_of(parsers_.begin(), parsers_.end(),
                                       [](const ColumnParser& p) { return p.corrupt_record; });
    if (check_all) {
      for (const ColumnParser& parser : judge_by_chosen_ ? parsers_ : all_parsers_) {
        if (parser.place >= 0 && !parser.type->is_string()) {
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

  /// What a field says: the empty ones stand for the options' null and empty values. None: null.
  std::optional<std::string_view> TextOfField(const CsvField& field) const {
    if (field.size > 0) {
      return field.text() == options_.null_value ? std::nullopt : std::optional(field.text());
    }
    if (!field.quoted || empty_value_ == options_.null_value) {
      return std::nullopt;
    }
    return empty_value_;
  }

  /// Calls parse(text) for each value that is not null and stores what it gives; none makes the row
  /// malformed.
  template <class T, class F>
  VectorPtr ParseEach(const ColumnParser& parser, int64_t rows, F parse) {
    FlatWriter writer(parser.type, rows);
    T* values = writer.values<T>();
    for (int64_t r = 0; r < rows; ++r) {
      const CsvField* field = FieldOf(static_cast<size_t>(r), parser.place);
      const std::optional<std::string_view> text =
          field == nullptr ? std::nullopt : TextOfField(*field);
      if (!text.has_value()) {
        writer.SetNull(r);
        continue;
      }
      const auto value = parse(*text);
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
      const std::optional<std::string_view> text =
          field == nullptr ? std::nullopt : TextOfField(*field);
      if (text.has_value()) {
        views[r] = StringView(*text);
        continue;
      }
      if (validity == nullptr) {
        validity = columnar::AllocateBits(rows, true);
      }
      columnar::ClearBit(reinterpret_cast<uint64_t*>(validity->mutable_data()), r);
    }
    std::vector<columnar::BufferPtr> strings = splitter_.heap().blocks();
    strings.push_back(file_buffer_);
    if (empty_value_.size() > StringView::kInlineSize) {
      strings.push_back(empty_buffer_);
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
              if (parser.pattern == nullptr) {
                return type::ParseDate(text);
              }
              const auto parsed = parser.pattern->Parse(text);
              return parsed.has_value() ? std::optional(static_cast<int32_t>(type::FloorDiv(
                                              parsed->local_micros, type::kMicrosPerDay)))
                                        : std::nullopt;
            });
      case TypeId::kTimestamp:
        return ParseEach<int64_t>(
            parser, rows, [&](std::string_view text) -> std::optional<int64_t> {
              return parser.pattern == nullptr ? type::ParseTimestamp(text, *options_.zone)
                                               : parser.pattern->ParseInstant(text, *options_.zone);
            });
      case TypeId::kTimestampNtz:
        return ParseEach<int64_t>(
            parser, rows, [&](std::string_view text) -> std::optional<int64_t> {
              if (parser.pattern == nullptr) {
                return type::ParseTimestampNtz(text);
              }
              const auto parsed = parser.pattern->Parse(text);
              return parsed.has_value() ? std::optional(parsed->local_micros) : std::nullopt;
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
  columnar::BufferPtr empty_buffer_;  // keeps empty_value_
  std::string_view empty_value_;
  bool judge_by_chosen_ = false;
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

}  // namespace

Result<std::unique_ptr<BatchReader>> OpenCsv(const io::ObjectInfo& file,
                                             const text::FileRange& range, type::Schema file_schema,
                                             const CsvOptions& options, ReadRequest request) {
  ARROW_ASSIGN_OR_RAISE(io::Bytes bytes, text::ReadLines(file, range, options.line_end()));
  auto reader =
      std::make_unique<CsvBatchReader>(std::move(bytes), file.path, options, std::move(request));
  ARROW_RETURN_NOT_OK(reader->Init(file_schema, range.begin == 0));
  return reader;
}

}  // namespace emery::format::csv
