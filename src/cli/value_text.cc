#include <string>
#include <string_view>
#include <vector>

#include "cli/value_text_internal.h"

#include "functions/evaluator.h"
#include "type/text.h"

namespace emery::cli {

namespace {

columnar::VectorPtr HexColumn(const columnar::Vector& column, int64_t num_rows, BinaryStyle style) {
  columnar::FlatWriter writer(type::String(), num_rows);
  for (int64_t row = 0; row < num_rows; ++row) {
    if (column.IsNull(row)) {
      writer.SetNull(row);
      continue;
    }
    std::string hex = type::FormatHex(TextAt(column, row));
    if (style == BinaryStyle::kSpacedHex) {
      std::string spaced = "[";
      for (size_t i = 0; i < hex.size(); i += 2) {
        spaced += (i == 0 ? "" : " ") + hex.substr(i, 2);
      }
      hex = spaced + "]";
    }
    writer.SetString(row, hex);
  }
  return writer.Finish(num_rows);
}

/// The code point at `text[*at]`, moving `*at` behind it; -1 for a byte that starts none.
int32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(*at);
  int length = first < 0x80                    ? 1
               : first >= 0xC2 && first < 0xE0 ? 2
               : (first & 0xF0) == 0xE0        ? 3
               : first >= 0xF0 && first < 0xF5 ? 4
                                               : 0;
  if (length == 0 || *at + static_cast<size_t>(length) > text.size()) {
    ++*at;
    return -1;
  }
  int32_t code = length == 1 ? first : first & (0xFF >> (length + 1));
  for (int i = 1; i < length; ++i) {
    const unsigned char next = byte(*at + static_cast<size_t>(i));
    if ((next & 0xC0) != 0x80) {
      ++*at;
      return -1;
    }
    code = (code << 6) | (next & 0x3F);
  }
  if ((length == 3 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) ||
      (length == 4 && (code < 0x10000 || code > 0x10FFFF))) {
    ++*at;
    return -1;
  }
  *at += static_cast<size_t>(length);
  return code;
}

int WidthOf(int32_t code) {
  if ((code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200F) ||
      (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0x20D0 && code <= 0x20FF)) {
    return 0;
  }
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1F64F) ||
                    (code >= 0x1F900 && code <= 0x1F9FF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace

std::string_view TextAt(const columnar::Vector& column, int64_t row) {
  const columnar::VectorReader<columnar::StringView> reader(column);
  return reader[row].view();
}

Result<std::vector<columnar::VectorPtr>> ToText(const columnar::Batch& batch,
                                                const type::Schema& schema,
                                                const functions::QueryContext& context,
                                                BinaryStyle style) {
  std::vector<columnar::VectorPtr> columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    const columnar::VectorPtr& column = batch.columns[i];
    if (schema[i].type->is(type::TypeId::kBinary)) {
      columns.push_back(HexColumn(*column, batch.num_rows, style));
    } else if (schema[i].type->is_null()) {
      columns.push_back(columnar::Vector::MakeNull(type::String(), batch.num_rows));
    } else if (schema[i].type->is_string()) {
      columns.push_back(column);
    } else {
      ARROW_ASSIGN_OR_RAISE(
          columnar::VectorPtr text,
          functions::CastVector(column, type::String(), plan::EvalMode::kAnsi, context));
      columns.push_back(std::move(text));
    }
  }
  return columns;
}

void AppendJsonString(std::string_view text, std::string* json) {
  constexpr char kDigits[] = "0123456789abcdef";
  *json += '"';
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const unsigned char c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      if (NextCodePoint(text, &at) < 0) {
        *json += "\xEF\xBF\xBD";
      } else {
        json->append(text.substr(begin, at - begin));
      }
      continue;
    }
    ++at;
    switch (c) {
      case '"':
        *json += "\\\"";
        break;
      case '\\':
        *json += "\\\\";
        break;
      case '\n':
        *json += "\\n";
        break;
      case '\r':
        *json += "\\r";
        break;
      case '\t':
        *json += "\\t";
        break;
      default:
        if (c < 0x20) {
          *json += "\\u00";
          *json += kDigits[c >> 4];
          *json += kDigits[c & 15];
        } else {
          *json += static_cast<char>(c);
        }
    }
  }
  *json += '"';
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const int32_t code = NextCodePoint(text, &at);
    width += code < 0 ? 1 : WidthOf(code);
  }
  return width;
}

size_t BytesForWidth(std::string_view text, int width) {
  size_t at = 0;
  int used = 0;
  while (at < text.size()) {
    size_t next = at;
    const int32_t code = NextCodePoint(text, &next);
    used += code < 0 ? 1 : WidthOf(code);
    if (used > width && at > 0) {
      break;
    }
    at = next;
  }
  return at;
}

}  // namespace emery::cli
