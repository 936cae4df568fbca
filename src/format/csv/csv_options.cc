#include <algorithm>
#include <utility>

#include "format/csv/csv_reader.h"

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

}  // namespace

Result<CsvOptions> ParseOptions(const std::map<std::string, std::string>& options,
                                const type::TimeZone* zone) {
  CsvOptions out;
  out.zone = zone;
  for (const auto& [key, value] : options) {
    const std::string name = Lower(key);
    const auto flag = [&, &text = value]() -> Result<bool> {
      const std::string lower = Lower(text);
      if (lower != "true" && lower != "false") {
        return BadOption(name, text);
      }
      return lower == "true";
    };
    const auto one_char = [&, &text = value]() -> Result<char> {
      if (text.size() > 1 && !(text.size() == 2 && text[0] == '\\')) {
        return BadOption(name, text);
      }
      if (text == "\\t") {
        return '\t';
      }
      return text.empty() || text == "\\0" ? '\0' : text.back();
    };
    if (name == "sep" || name == "delimiter") {
      out.separator = value == "\\t" ? "\t" : value == "\\u0001" ? "\x01" : value;
      if (out.separator.empty()) {
        return BadOption(name, value);
      }
    } else if (name == "quote") {
      ARROW_ASSIGN_OR_RAISE(out.quote, one_char());
    } else if (name == "escape") {
      ARROW_ASSIGN_OR_RAISE(out.escape, one_char());
    } else if (name == "comment") {
      ARROW_ASSIGN_OR_RAISE(out.comment, one_char());
    } else if (name == "header") {
      ARROW_ASSIGN_OR_RAISE(out.header, flag());
    } else if (name == "inferschema") {
      ARROW_ASSIGN_OR_RAISE(out.infer_schema, flag());
    } else if (name == "multiline") {
      ARROW_ASSIGN_OR_RAISE(out.multi_line, flag());
    } else if (name == "ignoreleadingwhitespace") {
      ARROW_ASSIGN_OR_RAISE(out.ignore_leading_space, flag());
    } else if (name == "ignoretrailingwhitespace") {
      ARROW_ASSIGN_OR_RAISE(out.ignore_trailing_space, flag());
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
    } else if (name == "dateformat") {
      out.date_format = value;
    } else if (name == "timestampformat") {
      out.timestamp_format = value;
    } else if (name == "columnnameofcorruptrecord") {
      out.corrupt_column = value;
    } else if (name == "mode") {
      const std::string mode = Lower(value);
      // Spark takes an unknown mode for PERMISSIVE, with a warning.
      out.mode = mode == "failfast"        ? ParseMode::kFailFast
                 : mode == "dropmalformed" ? ParseMode::kDropMalformed
                                           : ParseMode::kPermissive;
    } else if (name == "encoding" || name == "charset") {
      if (Lower(value) != "utf-8" && Lower(value) != "utf8" && Lower(value) != "us-ascii") {
        return base::Unsupported("CSV files in the encoding " + value);
      }
    } else if (name == "compression") {
      if (Lower(value) != "none" && Lower(value) != "uncompressed") {
        return base::Unsupported("CSV files compressed with " + value);
      }
    } else if (name == "linesep") {
      if (value != "\n" && value != "\r\n") {
        return base::Unsupported("CSV lines that end with something else than a newline");
      }
    }
  }
  return out;
}

}  // namespace emery::format::csv
