#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columnar/vector.h"
#include "format/csv/csv_reader.h"
#include "functions/scalar/datetime_pattern.h"
#include "type/calendar.h"
#include "type/text.h"

namespace emery::format::csv {

using type::TypeId;
using type::Value;

namespace {

class CsvWriter final : public BatchWriter {
 public:
  CsvWriter(std::unique_ptr<io::ObjectWriter> out, type::Schema schema, CsvOptions options)
      : out_(std::move(out)), schema_(std::move(schema)), options_(std::move(options)) {
    if (options_.line_separator != 0) {
      line_end_ = options_.line_end();
    }
  }

  Status Init() {
    for (const type::Field& field : schema_) {
      if (field.type->is_nested() || field.type->is_null() ||
          field.type->is(TypeId::kCalendarInterval)) {
        return base::UserError("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                               "The CSV datasource doesn't support the column " +
                                   base::QuoteIdentifier(field.name) + " of the type \"" +
                                   field.type->Sql() + "\".",
                               {{"columnName", base::QuoteIdentifier(field.name)},
                                {"columnType", "\"" + field.type->Sql() + "\""},
                                {"format", "CSV"}});
      }
    }
    if (options_.header) {
      std::string line;
      for (size_t c = 0; c < schema_.size(); ++c) {
        line += c == 0 ? "" : options_.separator;
        AppendQuoted(schema_[c].name, &line);
      }
      return out_->Write(line + line_end_);
    }
    return Status::OK();
  }

  Status Write(const columnar::Batch& batch) override {
    std::string text;
    for (int64_t r = 0; r < batch.num_rows; ++r) {
      const size_t begin = text.size();
      for (size_t c = 0; c < batch.columns.size(); ++c) {
        text += c == 0 ? "" : options_.separator;
        const Value value = ValueAt(*batch.columns[c], r);
        if (value.is_null()) {
          AppendPlain(options_.null_value, &text);
        } else if (schema_[c].type->is_string() && value.string().empty()) {
          text += options_.empty_value.value_or("\"\"");
        } else {
          AppendQuoted(TextOf(*schema_[c].type, value), &text);
        }
      }
      // A record that is an empty line is none: it is left out, as Spark does.
      if (text.size() > begin) {
        text += line_end_;
      }
    }
    rows_ += batch.num_rows;
    return out_->Write(text);
  }

  Status Finish() override { return out_->Close(); }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

  int64_t rows_written() const override { return rows_; }

 private:
  /// 2020-01-31T01:02:03.004+01:00, Z for UTC: Spark's default pattern.
  std::string DefaultTimestamp(int64_t micros, bool with_zone) const {
    const int32_t offset =
        with_zone ? options_.zone->OffsetAt(type::FloorDiv(micros, type::kMicrosPerSecond)) : 0;
    const type::CivilTime time = type::CivilFromMicros(micros + offset * type::kMicrosPerSecond);
    char text[64];
    std::snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03d", time.date.year,
                  time.date.month, time.date.day, time.hour, time.minute, time.second,
                  time.microsecond / 1000);
    std::string out = text;
    if (!with_zone) {
      return out;
    }
    if (offset == 0) {
      return out + "Z";
    }
    const int32_t minutes = (offset < 0 ? -offset : offset) / 60;
    std::snprintf(text, sizeof(text), "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60,
                  minutes % 60);
    return out + text;
  }

  std::string TextOf(const type::DataType& type, const Value& value) const {
    switch (type.id()) {
      case TypeId::kTimestamp:
        if (options_.formats.timestamp != nullptr) {
          std::string out;
          options_.formats.timestamp->Format(value.integer(), *options_.zone, &out);
          return out;
        }
        return DefaultTimestamp(value.integer(), true);
      case TypeId::kTimestampNtz:
        if (options_.formats.timestamp_ntz != nullptr) {
          std::string out;
          options_.formats.timestamp_ntz->FormatLocal(value.integer(), *options_.zone, &out);
          return out;
        }
        return DefaultTimestamp(value.integer(), false);
      case TypeId::kDate:
        if (options_.formats.date != nullptr) {
          std::string out;
          options_.formats.date->FormatLocal(value.integer() * type::kMicrosPerDay, *options_.zone,
                                             &out);
          return out;
        }
        break;
      case TypeId::kBinary: {
        // [01 AB], as Spark shows binaries.
        std::string out = "[";
        for (const char c : value.string()) {
          char hex[4];
          std::snprintf(hex, sizeof(hex), "%02X", static_cast<unsigned char>(c));
          out += out.size() > 1 ? " " : "";
          out += hex;
        }
        return out + "]";
      }
      default:
        break;
    }
    return type::ValueToText(type, value, *options_.zone).value_or("");
  }

  void AppendPlain(std::string_view value, std::string* out) const {
    if (options_.quote_all && options_.quote != 0) {
      *out += options_.quote;
      *out += value;
      *out += options_.quote;
    } else {
      *out += value;
    }
  }

  void AppendQuoted(std::string_view value, std::string* out) const {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (options_.ignore_leading_space.value_or(true) && !value.empty() && blank(value.front())) {
      value.remove_prefix(1);
    }
    while (options_.ignore_trailing_space.value_or(true) && !value.empty() && blank(value.back())) {
      value.remove_suffix(1);
    }
    const bool needs_quote =
        options_.quote_all || value.find(options_.separator) != value.npos ||
        (options_.escape_quotes && value.find(options_.quote) != value.npos) ||
        (!value.empty() && value.front() == options_.quote) ||
        (!value.empty() && options_.comment != 0 && value.front() == options_.comment) ||
        value.find_first_of("\r\n") != value.npos || value.find(line_end_) != value.npos;
    if (!needs_quote || options_.quote == 0) {
      *out += value;
      return;
    }
    *out += options_.quote;
    for (char c : value) {
      if (c == options_.quote || (c == options_.escape && options_.escape != options_.quote)) {
        *out += options_.escape;
      }
      *out += c;
    }
    *out += options_.quote;
  }

  std::unique_ptr<io::ObjectWriter> out_;
  type::Schema schema_;
  CsvOptions options_;
  std::string line_end_ = "\n";
  int64_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<BatchWriter>> OpenCsvWriter(std::unique_ptr<io::ObjectWriter> out,
                                                   type::Schema schema, const CsvOptions& options) {
  auto writer = std::make_unique<CsvWriter>(std::move(out), std::move(schema), options);
  ARROW_RETURN_NOT_OK(writer->Init());
  return writer;
}

}  // namespace emery::format::csv
