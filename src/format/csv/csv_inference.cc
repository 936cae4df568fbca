#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/buffer.h"

#include "format/csv/csv_reader.h"
#include "format/csv/csv_record_internal.h"
#include "functions/scalar/datetime_pattern.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::format::csv {

using type::TypePtr;

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

/// Steps that Spark's inference goes through; a column takes the widest.
enum class Kind : uint8_t {
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

struct Inferred {
  Kind kind = Kind::kNone;
  int precision = 0;  // kDecimal
};

bool HasBlankEnds(std::string_view text) {
  return text.empty() || static_cast<unsigned char>(text.front()) <= ' ' ||
         static_cast<unsigned char>(text.back()) <= ' ';
}

bool IsDate(std::string_view text, const CsvOptions& options) {
  if (options.formats.date != nullptr) {
    return options.formats.date->Parse(text).has_value();
  }
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && type::ParseDate(text);
}

bool IsTimestamp(std::string_view text, const CsvOptions& options) {
  if (options.formats.timestamp != nullptr) {
    return options.formats.timestamp->ParseInstant(text, *options.zone).has_value();
  }
  return text.size() > 4 && text.find_first_of("-:") != text.npos &&
         type::ParseTimestamp(text, *options.zone).has_value();
}

Inferred InferField(std::string_view text, const CsvOptions& options) {
  if (!HasBlankEnds(text)) {
    if (type::ParseInteger(text, INT32_MIN, INT32_MAX)) {
      return {Kind::kInt};
    }
    if (type::ParseInteger(text)) {
      return {Kind::kLong};
    }
    if (text.find_first_not_of("0123456789+-") == text.npos) {
      if (const auto parts = type::ParseDecimalParts(text);
          parts.has_value() && parts->scale == 0) {
        return {Kind::kDecimal, parts->precision};
      }
    }
    if (text == options.nan_value || text == options.positive_infinity ||
        text == options.negative_infinity || type::ParseDouble(text)) {
      return {Kind::kDouble};
    }
    if (options.prefer_date && IsDate(text, options)) {
      return {Kind::kDate};
    }
    if (IsTimestamp(text, options)) {
      return {Kind::kTimestamp};
    }
  }
  const std::string lower = Lower(text);
  return {lower == "true" || lower == "false" ? Kind::kBoolean : Kind::kString};
}

/// Digits that a number of that kind takes as a decimal.
int Digits(const Inferred& inferred) {
  return inferred.kind == Kind::kInt ? 10 : inferred.kind == Kind::kLong ? 20 : inferred.precision;
}

Inferred Wider(const Inferred& a, const Inferred& b, const CsvOptions& options) {
  if (b.kind == Kind::kNone) {
    return a;
  }
  if (a.kind == Kind::kNone) {
    return b;
  }
  const Kind low = std::min(a.kind, b.kind);
  const Kind high = std::max(a.kind, b.kind);
  if (high == Kind::kDecimal) {
    return {Kind::kDecimal, std::max(Digits(a), Digits(b))};
  }
  if (low == high || high <= Kind::kDouble) {
    return {high};
  }
  // A date among timestamps of a given format would not be read as one.
  if (low == Kind::kDate && high == Kind::kTimestamp && options.formats.timestamp == nullptr) {
    return {Kind::kTimestamp};
  }
  return {Kind::kString};
}

TypePtr TypeOf(const Inferred& inferred) {
  switch (inferred.kind) {
    case Kind::kInt:
      return type::Int();
    case Kind::kLong:
      return type::Long();
    case Kind::kDecimal:
      return type::Decimal(inferred.precision, 0);
    case Kind::kDouble:
      return type::Double();
    case Kind::kDate:
      return type::Date();
    case Kind::kTimestamp:
      return type::Timestamp();
    case Kind::kBoolean:
      return type::Boolean();
    case Kind::kNone:
    case Kind::kString:
      break;
  }
  return type::String();
}

/// Names of the columns by a file's first record.
type::Schema NamesOf(const std::vector<CsvField>& fields, const CsvOptions& options) {
  type::Schema schema;
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string name = "_c" + std::to_string(i);
    if (options.header && fields[i].size > 0 && fields[i].text() != options.null_value) {
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
  return schema;
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
    ARROW_ASSIGN_OR_RAISE(const io::Bytes bytes, text::ReadWhole(file));
    CsvSplitter splitter(
        {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())},
        options);
    std::vector<CsvField> fields;
    bool first = true;
    while (splitter.Next(&fields)) {
      if (!named) {
        named = true;
        schema = NamesOf(fields, options);
        inferred.resize(schema.size());
        if (!options.infer_schema) {
          break;
        }
      }
      if (std::exchange(first, false) && options.header) {
        continue;
      }
      for (size_t i = 0; i < std::min(fields.size(), inferred.size()); ++i) {
        const std::string_view text = fields[i].text();
        if (text.empty() || text == options.null_value || inferred[i].kind == Kind::kString) {
          continue;
        }
        inferred[i] = Wider(inferred[i], InferField(text, options), options);
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

}  // namespace emery::format::csv
