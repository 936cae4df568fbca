#include <algorithm>
#include <utility>

#include "format/csv/csv_reader.h"
#include "format/json/json_files.h"
#include "format/orc/orc_files.h"
#include "format/text/text_reader.h"
#include "table/files/plain_format_internal.h"

namespace emery::table {

namespace {

using format::text::Codec;
using format::text::FileRange;

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

Status UnsupportedType(const type::Field& field, const std::string& format) {
  return base::UserError("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                         "The " + format + " datasource doesn't support the column " +
                             base::QuoteIdentifier(field.name) + " of the type \"" +
                             field.type->Sql() + "\".",
                         {{"columnName", base::QuoteIdentifier(field.name)},
                          {"columnType", "\"" + field.type->Sql() + "\""},
                          {"format", format}});
}

class CsvFormat final : public PlainFormat {
 public:
  explicit CsvFormat(format::csv::CsvOptions options) : options_(std::move(options)) {}

  Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files) const override {
    return format::csv::InferSchema(files, options_);
  }

  Status CheckSchema(const type::Schema& schema) const override {
    for (const type::Field& field : schema) {
      if (field.type->is_nested() || field.type->is_null() ||
          field.type->is(type::TypeId::kCalendarInterval)) {
        return UnsupportedType(field, "CSV");
      }
    }
    return Status::OK();
  }

  bool splittable(const io::ObjectInfo& file) const override {
    return !options_.multi_line && format::text::CodecOf(file.path) == Codec::kNone;
  }

  Result<std::unique_ptr<format::BatchReader>> Open(const io::ObjectInfo& file,
                                                    const FileRange& range,
                                                    const type::Schema& file_schema,
                                                    format::ReadRequest request) const override {
    return format::csv::OpenCsv(file, range, file_schema, options_, std::move(request));
  }

  std::string corrupt_column() const override { return options_.corrupt_column; }

  std::string extension() const override {
    return "." + options_.extension + std::string(format::text::CodecExtension(options_.codec));
  }

  Result<std::unique_ptr<format::BatchWriter>> OpenWriter(
      std::unique_ptr<io::ObjectWriter> out, const type::Schema& schema) const override {
    ARROW_ASSIGN_OR_RAISE(out, format::text::CompressingWriter(std::move(out), options_.codec));
    return format::csv::OpenCsvWriter(std::move(out), schema, options_);
  }

 private:
  format::csv::CsvOptions options_;
};

class JsonFormat final : public PlainFormat {
 public:
  explicit JsonFormat(format::json::JsonFileOptions options) : options_(std::move(options)) {}

  Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files) const override {
    return format::json::InferSchema(files, options_);
  }

  Status CheckSchema(const type::Schema& schema) const override {
    for (const type::Field& field : schema) {
      if (field.type->is(type::TypeId::kCalendarInterval)) {
        return UnsupportedType(field, "JSON");
      }
    }
    return Status::OK();
  }

  bool splittable(const io::ObjectInfo& file) const override {
    return !options_.multi_line && format::text::CodecOf(file.path) == Codec::kNone;
  }

  Result<std::unique_ptr<format::BatchReader>> Open(const io::ObjectInfo& file,
                                                    const FileRange& range,
                                                    const type::Schema& file_schema,
                                                    format::ReadRequest request) const override {
    return format::json::OpenJson(file, range, file_schema, options_, std::move(request));
  }

  std::string corrupt_column() const override { return options_.values.corrupt_column; }

  std::string extension() const override {
    return ".json" + std::string(format::text::CodecExtension(options_.codec));
  }

  Result<std::unique_ptr<format::BatchWriter>> OpenWriter(
      std::unique_ptr<io::ObjectWriter> out, const type::Schema& schema) const override {
    ARROW_ASSIGN_OR_RAISE(out, format::text::CompressingWriter(std::move(out), options_.codec));
    return format::json::OpenJsonWriter(std::move(out), schema, options_);
  }

 private:
  format::json::JsonFileOptions options_;
};

class TextFormat final : public PlainFormat {
 public:
  static Result<std::shared_ptr<const PlainFormat>> Make(
      const std::map<std::string, std::string>& options, bool for_reading) {
    auto format = std::make_shared<TextFormat>();
    for (const auto& [key, value] : options) {
      const std::string name = Lower(key);
      if (name == "wholetext") {
        format->whole_ = Lower(value) == "true";
      } else if (name == "linesep") {
        format->separator_ = value;
      } else if (name == "compression" && !for_reading) {
        ARROW_ASSIGN_OR_RAISE(format->codec_, format::text::CodecForWriting(value));
      } else if (name == "encoding" && Lower(value) != "utf-8" && Lower(value) != "utf8") {
        return base::Unsupported("text files in the encoding " + value);
      }
    }
    return format;
  }

  Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& /*files*/) const override {
    return type::Schema{{"value", type::String()}};
  }

  Status CheckSchema(const type::Schema& schema) const override {
    for (const type::Field& field : schema) {
      if (!field.type->is_string()) {
        return UnsupportedType(field, "Text");
      }
    }
    if (schema.size() != 1) {
      return base::UserError("_LEGACY_ERROR_TEMP_1290",
                             "Text data source supports only a single column, and you have " +
                                 std::to_string(schema.size()) + " columns.",
                             {{"schemaSize", std::to_string(schema.size())}});
    }
    return Status::OK();
  }

  bool splittable(const io::ObjectInfo& file) const override {
    return !whole_ && format::text::CodecOf(file.path) == Codec::kNone;
  }

  Result<std::unique_ptr<format::BatchReader>> Open(const io::ObjectInfo& file,
                                                    const FileRange& range,
                                                    const type::Schema& /*file_schema*/,
                                                    format::ReadRequest request) const override {
    return format::text::OpenText(file, range, separator_, whole_, std::move(request));
  }

  std::string extension() const override {
    return ".txt" + std::string(format::text::CodecExtension(codec_));
  }

  Result<std::unique_ptr<format::BatchWriter>> OpenWriter(
      std::unique_ptr<io::ObjectWriter> out, const type::Schema& /*schema*/) const override {
    ARROW_ASSIGN_OR_RAISE(out, format::text::CompressingWriter(std::move(out), codec_));
    return format::text::OpenTextWriter(std::move(out), separator_);
  }

 private:
  bool whole_ = false;
  std::string separator_;
  Codec codec_ = Codec::kNone;
};

class OrcFormat final : public PlainFormat {
 public:
  explicit OrcFormat(format::orc::OrcWriterOptions options) : options_(std::move(options)) {}

  Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files) const override {
    return format::orc::FileSchema(files.front());
  }

  Status CheckSchema(const type::Schema& schema) const override {
    for (const type::Field& field : schema) {
      if (field.type->is(type::TypeId::kCalendarInterval) || field.type->is_null()) {
        return UnsupportedType(field, "ORC");
      }
    }
    return Status::OK();
  }

  bool splittable(const io::ObjectInfo& /*file*/) const override { return true; }

  Result<std::unique_ptr<format::BatchReader>> Open(const io::ObjectInfo& file,
                                                    const FileRange& range,
                                                    const type::Schema& /*file_schema*/,
                                                    format::ReadRequest request) const override {
    return format::orc::OpenOrc(file, range, std::move(request));
  }

  std::string extension() const override {
    return format::orc::CodecExtension(options_.codec) + ".orc";
  }

  Result<std::unique_ptr<format::BatchWriter>> OpenWriter(
      std::unique_ptr<io::ObjectWriter> out, const type::Schema& schema) const override {
    return format::orc::OpenOrcWriter(std::move(out), schema, options_);
  }

 private:
  format::orc::OrcWriterOptions options_;
};

}  // namespace

bool IsPlainFormat(std::string_view provider) {
  return provider == "csv" || provider == "json" || provider == "text" || provider == "orc";
}

Result<std::shared_ptr<const PlainFormat>> MakePlainFormat(
    std::string_view provider, const std::map<std::string, std::string>& options,
    const type::TimeZone* zone, bool for_reading, const base::Config* config) {
  if (provider == "csv") {
    ARROW_ASSIGN_OR_RAISE(format::csv::CsvOptions parsed,
                          format::csv::ParseOptions(options, zone, for_reading, config));
    return std::make_shared<CsvFormat>(std::move(parsed));
  }
  if (provider == "json") {
    ARROW_ASSIGN_OR_RAISE(format::json::JsonFileOptions parsed,
                          format::json::ParseOptions(options, zone, for_reading, config));
    return std::make_shared<JsonFormat>(std::move(parsed));
  }
  if (provider == "text") {
    return TextFormat::Make(options, for_reading);
  }
  if (provider == "orc") {
    ARROW_ASSIGN_OR_RAISE(format::orc::OrcWriterOptions parsed,
                          format::orc::MakeWriterOptions(options, config));
    return std::make_shared<OrcFormat>(std::move(parsed));
  }
  return base::Unsupported("data source " + std::string(provider));
}

}  // namespace emery::table
