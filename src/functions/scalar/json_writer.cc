#include <cmath>

#include "functions/scalar/base64.h"
#include "functions/scalar/json_record.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using columnar::ListEntry;
using columnar::Vector;
using columnar::VectorBuilder;
using std::string_view;
using type::DataType;
using type::TypeId;
using type::TypePtr;
using Node = JsonDocument::Node;
using Kind = JsonDocument::Kind;

namespace {

void Comma(bool* first, std::string* out) {
  if (!*first) {
    out->push_back(',');
  }
  *first = false;
}

/// A map's key, which is a member's name: structs and arrays as Java shows them.
std::string KeyText(const Vector& keys, int64_t row, const type::TimeZone& zone) {
  const DataType& t = *keys.type();
  if (!t.is(TypeId::kStruct)) {
    return type::ValueToText(t, columnar::ValueAt(keys, row), zone).value_or("null");
  }
  std::string out = "[";
  for (const columnar::VectorPtr& child : keys.children()) {
    out += out.size() > 1 ? "," : "";
    out += child->IsNull(row)
               ? "null"
               : type::ValueToText(*child->type(), columnar::ValueAt(*child, row), zone)
                     .value_or("null");
  }
  return out + "]";
}

}  // namespace

JsonWriter::JsonWriter(const JsonOptions& options, const type::TimeZone& zone)
    : options_(options), zone_(zone) {
  if (options_.timestamp == nullptr) {
    options_.timestamp = *DateTimePattern::Make("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", false);
  }
  if (options_.timestamp_ntz == nullptr) {
    options_.timestamp_ntz = *DateTimePattern::Make("yyyy-MM-dd'T'HH:mm:ss.SSS", false);
  }
}

void JsonWriter::Write(const Vector& v, int64_t row, std::string* out) const {
  const DataType& t = *v.type();
  if (t.is_null() || v.IsNull(row)) {
    out->append("null");
    return;
  }
  switch (t.id()) {
    case TypeId::kStruct: {
      out->push_back('{');
      bool first = true;
      for (size_t f = 0; f < t.fields().size(); ++f) {
        const Vector& child = *v.children()[f];
        const bool null = child.type()->is_null() || child.IsNull(row);
        if (null && options_.ignore_null_fields) {
          continue;
        }
        Comma(&first, out);
        AppendJsonString(t.fields()[f].name, out);
        out->push_back(':');
        Write(child, row, out);
      }
      out->push_back('}');
      return;
    }
    case TypeId::kArray: {
      const ListEntry e = v.values<ListEntry>()[row];
      out->push_back('[');
      bool first = true;
      for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
        Comma(&first, out);
        Write(*v.children()[0], j, out);
      }
      out->push_back(']');
      return;
    }
    case TypeId::kMap: {
      const ListEntry e = v.values<ListEntry>()[row];
      out->push_back('{');
      bool first = true;
      for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
        Comma(&first, out);
        AppendJsonString(KeyText(*v.children()[0], j, zone_), out);
        out->push_back(':');
        Write(*v.children()[1], j, out);
      }
      out->push_back('}');
      return;
    }
    default:
      break;
  }
  const type::Value value = columnar::ValueAt(v, row);
  switch (t.id()) {
    case TypeId::kBoolean:
      out->append(value.boolean() ? "true" : "false");
      return;
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      out->append(std::to_string(value.integer()));
      return;
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const double d = t.is(TypeId::kFloat) ? value.float_value() : value.double_value();
      const std::string text =
          t.is(TypeId::kFloat) ? type::FormatFloat(value.float_value()) : type::FormatDouble(d);
      out->append(std::isfinite(d) ? text : "\"" + text + "\"");
      return;
    }
    case TypeId::kDecimal:
      out->append(type::FormatDecimalScientific(value.decimal(), t.scale()));
      return;
    case TypeId::kDate:
      if (options_.date != nullptr) {
        std::string text;
        options_.date->FormatLocal(value.integer() * type::kMicrosPerDay, zone_, &text);
        AppendJsonString(text, out);
        return;
      }
      break;
    case TypeId::kTimestamp: {
      std::string text;
      options_.timestamp->Format(value.integer(), zone_, &text);
      AppendJsonString(text, out);
      return;
    }
    case TypeId::kTimestampNtz: {
      std::string text;
      options_.timestamp_ntz->FormatLocal(value.integer(), zone_, &text);
      AppendJsonString(text, out);
      return;
    }
    case TypeId::kBinary: {
      out->push_back('"');
      AppendBase64(value.string(), out);
      out->push_back('"');
      return;
    }
    default:
      break;
  }
  AppendJsonString(type::ValueToText(t, value, zone_).value_or(""), out);
}

}  // namespace emery::functions
