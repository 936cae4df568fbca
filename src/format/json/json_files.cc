// Files of JSON: their options and schema.

#include "format/json/json_files.h"

#include <algorithm>
#include <utility>

#include "arrow/buffer.h"

#include "base/config.h"
#include "format/json/json_lines_internal.h"

namespace emery::format::json {

using functions::JsonDocument;

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

}  // namespace

Result<JsonFileOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                     const type::TimeZone* zone, bool for_reading,
                                     const base::Config* config) {
  JsonFileOptions out;
  out.zone = zone;
  if (config != nullptr) {
    out.values.corrupt_column =
        config->GetString("spark.sql.columnNameOfCorruptRecord", "_corrupt_record");
    out.values.ignore_null_fields =
        config->GetBool("spark.sql.jsonGenerator.ignoreNullFields", true);
  }
  for (const auto& [key, value] : options) {
    const std::string name = Lower(key);
    const std::string lower = Lower(value);
    ARROW_ASSIGN_OR_RAISE(const bool known,
                          functions::SetJsonOption(name, value, for_reading, &out.values));
    if (known) {
      continue;
    }
    if (name == "multiline") {
      out.multi_line = lower == "true";
    } else if (name == "linesep") {
      if (value.empty()) {
        return base::UserError("INVALID_PARAMETER_VALUE", "The JSON option lineSep can't be empty.",
                               {{"parameter", "lineSep"}, {"value", value}});
      }
      out.line_separator = value;
    } else if (name == "compression") {
      if (!for_reading) {
        ARROW_ASSIGN_OR_RAISE(out.codec, text::CodecForWriting(value));
      }
    } else if (name == "encoding" || name == "charset") {
      if (lower != "utf-8" && lower != "utf8" && lower != "us-ascii") {
        return base::Unsupported("JSON files in the encoding " + value);
      }
    } else if ((name == "samplingratio" && std::strtod(value.c_str(), nullptr) != 1.0) ||
               name == "singlevariantcolumn" ||
               (name == "enabledatetimeparsingfallback" && lower == "true")) {
      return base::Unsupported("the JSON option " + key + " with the value " + value);
    }
  }
  return out;
}

Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files,
                                 const JsonFileOptions& options) {
  type::TypePtr merged = type::Struct({});
  bool corrupt = false;
  for (const io::ObjectInfo& file : files) {
    ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, text::ReadWhole(file));
    JsonLines lines(
        {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())},
        options);
    JsonDocument document(options.values.syntax);
    std::string_view line;
    while (lines.Next(&line)) {
      const JsonDocument::Outcome outcome = document.Parse(line);
      if (outcome == JsonDocument::Outcome::kEmpty) {
        continue;
      }
      type::TypePtr type = type::Null();
      if (outcome == JsonDocument::Outcome::kValue) {
        type = functions::InferJson(document, document.root(), options.values, *options.zone);
        if (type->is(type::TypeId::kArray)) {
          type = type->element();
        }
      }
      if (type->is(type::TypeId::kStruct)) {
        merged = functions::MergeJsonTypes(merged, type);
      } else if (options.values.fail_fast) {
        return text::UnreadableFile(file.path,
                                    "malformed records are detected in schema inference. "
                                    "Parse Mode: FAILFAST");
      } else {
        corrupt = corrupt || !options.values.drop_malformed;
      }
    }
  }
  merged = functions::NullsAsStrings(merged);
  type::Schema schema;
  for (const type::Field& field : merged->fields()) {
    schema.push_back({field.name, field.type});
  }
  const std::string& name = options.values.corrupt_column;
  const auto place = std::lower_bound(
      schema.begin(), schema.end(), name,
      [](const type::Field& field, const std::string& n) { return field.name < n; });
  if (corrupt && (place == schema.end() || place->name != name)) {
    schema.insert(place, {name, type::String()});
  }
  return schema;
}

}  // namespace emery::format::json
