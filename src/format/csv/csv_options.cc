#include <algorithm>
#include <utility>

#include "base/config.h"
#include "format/csv/csv_reader.h"
#include "functions/scalar/datetime_pattern.h"

namespace emery::format::csv {

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

Status BadOption(const std::string& name, const std::string& value) {
  return base::UserError("INVALID_PARAMETER_VALUE",
                         "The CSV option " + name + " can't be \"" + value + "\".",
                         {{"parameter", name}, {"value", value}});
}

Result<bool> Flag(const std::string& name, const std::string& value) {
  const std::string lower = Lower(value);
  if (lower != "true" && lower != "false") {
    // Spark's condition has no lasting name.
    return base::UserError("_LEGACY_ERROR_TEMP_2147", name + " flag can be true or false.",
                           {{"paramName", name}});
  }
  return lower == "true";
}

/// One character, which may be written as an escape.
Result<char> Character(const std::string& name, const std::string& value) {
  static constexpr std::pair<const char*, char> kEscapes[] = {
      {"\\t", '\t'}, {"\\n", '\n'},  {"\\r", '\r'}, {"\\b", '\b'}, {"\\f", '\f'},
      {"\\0", '\0'}, {"\\\\", '\\'}, {"\\\"", '"'}, {"\\'", '\''}, {"\\u0000", '\0'}};
  for (const auto& [text, c] : kEscapes) {
    if (value == text) {
      return c;
    }
  }
  if (value.size() > 1) {
    return base::UserError("_LEGACY_ERROR_TEMP_2145", name + " cannot be more than one character.",
                           {{"paramName", name}});
  }
  return value.empty() ? '\0' : value[0];
}

Result<int64_t> Number(const std::string& name, const std::string& value) {
  char* end = nullptr;
  const int64_t number = std::strtoll(value.c_str(), &end, 10);
  if (value.empty() || *end != 0) {
    return base::UserError("_LEGACY_ERROR_TEMP_2146",
                           name + " should be an integer. Found " + value + ".",
                           {{"paramName", name}, {"value", value}});
  }
  return number;
}

Result<std::string> Separator(const std::string& value) {
  if (value.empty()) {
    return base::UserError("INVALID_DELIMITER_VALUE.EMPTY_STRING",
                           "Invalid value for delimiter. Delimiter cannot be empty string.");
  }
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      out += value[i];
      continue;
    }
    if (i + 1 == value.size()) {
      return base::UserError("INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH",
                             "Invalid value for delimiter. Single backslash is prohibited. It has "
                             "special meaning as beginning of an escape sequence. To get the "
                             "backslash character, pass a string with two backslashes as the "
                             "delimiter.");
    }
    if (value.compare(i, 2, "\\u") == 0 && i + 6 <= value.size() &&
        value.substr(i + 2, 2) == "00") {
      out += static_cast<char>(std::strtol(value.substr(i + 2, 4).c_str(), nullptr, 16));
      i += 5;
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const char c, Character("sep", value.substr(i, 2)));
    out += c;
    ++i;
  }
  return out;
}

Status CheckEncoding(const std::string& value) {
  const std::string lower = Lower(value);
  if (lower == "utf-8" || lower == "utf8" || lower == "us-ascii") {
    return Status::OK();
  }
  for (const char* known : {"iso-8859-1", "utf-16", "utf-16be", "utf-16le", "utf-32"}) {
    if (lower == known) {
      return base::Unsupported("CSV files in the encoding " + value);
    }
  }
  return base::UserError(
      "INVALID_PARAMETER_VALUE.CHARSET",
      "The value of parameter(s) `charset` in `CSVOptions` is invalid: expects one of the "
      "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8, but got " +
          value + ".",
      {{"parameter", "`charset`"}, {"functionName", "`CSVOptions`"}, {"charset", value}});
}

/// Options of Spark's that are fine only with the value that changes nothing.
Status CheckFixed(const std::string& name, const std::string& value) {
  static const std::map<std::string, std::string> kFixed = {
      {"samplingratio", "1.0"},
      {"unescapedquotehandling", "stop_at_delimiter"},
      {"enabledatetimeparsingfallback", "false"},
      {"singlevariantcolumn", ""},
      {"locale", "en-us"}};
  const auto fixed = kFixed.find(name);
  if (fixed == kFixed.end() || Lower(value) == fixed->second ||
      (name == "samplingratio" && std::strtod(value.c_str(), nullptr) == 1.0)) {
    return Status::OK();
  }
  return base::Unsupported("the CSV option " + name + " with the value " + value);
}

}  // namespace

Result<CsvOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                const type::TimeZone* zone, bool for_reading,
                                const base::Config* config) {
  CsvOptions out;
  out.zone = zone;
  if (config != nullptr) {
    out.column_pruning = config->GetBool("spark.sql.csv.parser.columnPruning.enabled", true);
    out.corrupt_column =
        config->GetString("spark.sql.columnNameOfCorruptRecord", "_corrupt_record");
  }
  using functions::DateTimePattern;
  for (const auto& [key, value] : options) {
    const std::string name = Lower(key);
    if (name == "sep" || name == "delimiter") {
      ARROW_ASSIGN_OR_RAISE(out.separator, Separator(value));
    } else if (name == "quote") {
      ARROW_ASSIGN_OR_RAISE(out.quote, Character(name, value));
    } else if (name == "escape") {
      ARROW_ASSIGN_OR_RAISE(out.escape, Character(name, value));
    } else if (name == "comment") {
      ARROW_ASSIGN_OR_RAISE(out.comment, Character(name, value));
    } else if (name == "header") {
      ARROW_ASSIGN_OR_RAISE(out.header, Flag(name, value));
    } else if (name == "inferschema") {
      ARROW_ASSIGN_OR_RAISE(out.infer_schema, Flag(name, value));
    } else if (name == "preferdate") {
      ARROW_ASSIGN_OR_RAISE(out.prefer_date, Flag(name, value));
    } else if (name == "multiline") {
      ARROW_ASSIGN_OR_RAISE(out.multi_line, Flag(name, value));
    } else if (name == "enforceschema") {
      ARROW_ASSIGN_OR_RAISE(out.enforce_schema, Flag(name, value));
    } else if (name == "columnpruning") {
      ARROW_ASSIGN_OR_RAISE(out.column_pruning, Flag(name, value));
    } else if (name == "ignoreleadingwhitespace") {
      ARROW_ASSIGN_OR_RAISE(out.ignore_leading_space, Flag(name, value));
    } else if (name == "ignoretrailingwhitespace") {
      ARROW_ASSIGN_OR_RAISE(out.ignore_trailing_space, Flag(name, value));
    } else if (name == "quoteall") {
      ARROW_ASSIGN_OR_RAISE(out.quote_all, Flag(name, value));
    } else if (name == "escapequotes") {
      ARROW_ASSIGN_OR_RAISE(out.escape_quotes, Flag(name, value));
    } else if (name == "nullvalue") {
      out.null_value = value;
    } else if (name == "emptyvalue") {
      out.empty_value = value;
    } else if (name == "nanvalue") {
      out.nan_value = value;
    } else if (name == "positiveinf") {
      out.positive_infinity = value;
    } else if (name == "negativeinf") {
      out.negative_infinity = value;
    } else if (name == "maxcolumns") {
      ARROW_ASSIGN_OR_RAISE(out.columns_max, Number(name, value));
    } else if (name == "maxcharspercolumn") {
      ARROW_ASSIGN_OR_RAISE(out.column_chars_max, Number(name, value));
    } else if (name == "dateformat") {
      ARROW_ASSIGN_OR_RAISE(out.formats.date, DateTimePattern::Make(value, for_reading));
    } else if (name == "timestampformat") {
      ARROW_ASSIGN_OR_RAISE(out.formats.timestamp, DateTimePattern::Make(value, for_reading));
    } else if (name == "timestampntzformat") {
      ARROW_ASSIGN_OR_RAISE(out.formats.timestamp_ntz, DateTimePattern::Make(value, for_reading));
    } else if (name == "columnnameofcorruptrecord") {
      out.corrupt_column = value;
    } else if (name == "extension") {
      if (value.size() != 3 || !std::all_of(value.begin(), value.end(),
                                            [](unsigned char c) { return std::isalpha(c) != 0; })) {
        return BadOption(name, value);
      }
      out.extension = value;
    } else if (name == "mode") {
      const std::string mode = Lower(value);
      // Spark takes an unknown mode for PERMISSIVE, with a warning.
      out.mode = mode == "failfast"        ? ParseMode::kFailFast
                 : mode == "dropmalformed" ? ParseMode::kDropMalformed
                                           : ParseMode::kPermissive;
    } else if (name == "encoding" || name == "charset") {
      ARROW_RETURN_NOT_OK(CheckEncoding(value));
    } else if (name == "compression" || name == "codec") {
      if (!for_reading) {
        ARROW_ASSIGN_OR_RAISE(out.codec, text::CodecForWriting(value));
      }
    } else if (name == "linesep") {
      if (value.size() != 1 && value != "\r\n") {
        return base::UserError("INVALID_PARAMETER_VALUE",
                               "The CSV option lineSep takes one character.",
                               {{"parameter", "lineSep"}, {"value", value}});
      }
      out.line_separator = value == "\r\n" ? '\0' : value[0];
    } else {
      ARROW_RETURN_NOT_OK(CheckFixed(name, value));
    }
  }
  if (const auto found =
          std::find_if(options.begin(), options.end(),
                       [](const auto& o) { return Lower(o.first) == "chartoescapequoteescaping"; });
      found != options.end() && (found->second.size() != 1 || found->second[0] != out.escape)) {
    return base::Unsupported("the CSV option charToEscapeQuoteEscaping");
  }
  return out;
}

}  // namespace emery::format::csv
