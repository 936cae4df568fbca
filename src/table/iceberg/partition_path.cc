// Names of partitions in paths, as Iceberg's PartitionSpec.partitionToPath gives them.
#include <cstdio>

#include "table/iceberg/data_writer.h"
#include "table/iceberg/transform.h"
#include "type/text.h"

namespace emery::table::iceberg {

namespace {

/// application/x-www-form-urlencoded, as Java's URLEncoder does it.
std::string UrlEncode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '*' || c == '_';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      char hex[4];
      std::snprintf(hex, sizeof(hex), "%%%02X", static_cast<unsigned char>(c));
      out += hex;
    }
  }
  return out;
}

std::string Base64(const std::string& bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) {
      word = word << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kDigits[word >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::string Padded(int64_t value, int width) {
  char text[24];
  std::snprintf(text, sizeof(text), "%0*lld", width, static_cast<long long>(value));
  return text;
}

std::string TimestampText(int64_t micros, bool with_zone) {
  std::string text = type::FormatTimestampNtz(micros);
  const auto blank = text.find(' ');
  if (blank != std::string::npos) {
    text[blank] = 'T';
  }
  return with_zone ? text + "+00:00" : text;
}

std::string HumanValue(const Transform& transform, const type::DataType* source,
                       const type::Value& value) {
  if (value.is_null()) {
    return "null";
  }
  switch (transform.kind) {
    case TransformKind::kYear:
      return Padded(1970 + value.integer(), 4);
    case TransformKind::kMonth:
      return Padded(1970 + FloorDivide(value.integer(), 12), 4) + "-" +
             Padded(value.integer() - FloorDivide(value.integer(), 12) * 12 + 1, 2);
    case TransformKind::kDay:
      return type::FormatDate(static_cast<int32_t>(value.integer()));
    case TransformKind::kHour: {
      const int64_t day = FloorDivide(value.integer(), 24);
      return type::FormatDate(static_cast<int32_t>(day)) + "-" +
             Padded(value.integer() - day * 24, 2);
    }
    case TransformKind::kBucket:
      return std::to_string(value.integer());
    case TransformKind::kVoid:
    case TransformKind::kUnknown:
      return "null";
    case TransformKind::kIdentity:
    case TransformKind::kTruncate:
      break;
  }
  if (source == nullptr) {
    return "null";
  }
  switch (source->id()) {
    case type::TypeId::kTimestamp:
      return TimestampText(value.integer(), true);
    case type::TypeId::kTimestampNtz:
      return TimestampText(value.integer(), false);
    case type::TypeId::kBinary:
      return Base64(value.string());
    default:
      return type::ValueToText(*source, value, *type::TimeZone::Utc()).value_or("null");
  }
}

}  // namespace

std::string PartitionPath(const PartitionSpec& spec, const type::Schema& schema,
                          const std::vector<type::Value>& values) {
  std::string path;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const auto* source = FindField(schema, spec.fields[i].source_id);
    const type::Value value = i < values.size() ? values[i] : type::Value();
    path += (i == 0 ? "" : "/") + UrlEncode(spec.fields[i].name) + "=" +
            UrlEncode(HumanValue(spec.fields[i].transform,
                                 source == nullptr ? nullptr : source->type.get(), value));
  }
  return path;
}

}  // namespace emery::table::iceberg
