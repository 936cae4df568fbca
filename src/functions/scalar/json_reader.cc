#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/error.h"
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

std::string Lower(string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

}  // namespace

Result<bool> SetJsonOption(string_view name, const std::string& value, bool for_reading,
                           JsonOptions* options) {
  const std::string lower = Lower(value);
  if (name == "timestampformat") {
    ARROW_ASSIGN_OR_RAISE(options->timestamp, DateTimePattern::Make(value, for_reading));
  } else if (name == "timestampntzformat") {
    ARROW_ASSIGN_OR_RAISE(options->timestamp_ntz, DateTimePattern::Make(value, for_reading));
  } else if (name == "dateformat") {
    ARROW_ASSIGN_OR_RAISE(options->date, DateTimePattern::Make(value, for_reading));
  } else if (name == "mode") {
    options->fail_fast = lower == "failfast";
    options->drop_malformed = lower == "dropmalformed";
  } else if (name == "ignorenullfields") {
    options->ignore_null_fields = lower != "false";
  } else if (name == "primitivesasstring") {
    options->primitives_as_string = lower == "true";
  } else if (name == "prefersdecimal") {
    options->prefers_decimal = lower == "true";
  } else if (name == "infertimestamp") {
    options->infer_timestamp = lower == "true";
  } else if (name == "columnnameofcorruptrecord") {
    options->corrupt_column = value;
  } else if (name == "allownumericleadingzeros") {
    options->syntax.leading_zeros = lower == "true";
  } else if (name == "allowcomments") {
    options->syntax.comments = lower == "true";
  } else if (name == "allowunquotedfieldnames") {
    options->syntax.unquoted_names = lower == "true";
  } else if (name == "allowsinglequotes") {
    options->syntax.single_quotes = lower == "true";
  } else if (name == "allownonnumericnumbers") {
    options->syntax.non_numbers = lower == "true";
  } else if (name == "allowbackslashescapinganycharacter") {
    options->syntax.escape_any = lower == "true";
  } else if (name == "allowunquotedcontrolchars") {
    options->syntax.control_characters = lower == "true";
  } else if ((name == "dropfieldifallnull" || name == "writenonasciicharacterascodepoint") &&
             lower == "true") {
    return base::Unsupported("the JSON option " + std::string(name));
  } else if (name == "locale" && lower != "en-us") {
    return base::Unsupported("the JSON option locale with the value " + value);
  } else {
    return false;
  }
  return true;
}

void JsonReader::Append(const Node& n, const DataType& t, VectorBuilder& out) {
  if (n.kind == Kind::kNull) {
    out.AppendNull();
    return;
  }
  switch (t.id()) {
    case TypeId::kStruct:
      if (n.kind != Kind::kObject) {
        return Bad(out);
      }
      return AppendObject(n, t, out);
    case TypeId::kArray:
      if (n.kind != Kind::kArray) {
        return Bad(out);
      }
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        Append(document_.node(i), *t.element(), out.child(0));
      }
      return out.AppendNested();
    case TypeId::kMap:
      if (n.kind != Kind::kObject) {
        return Bad(out);
      }
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        if (LaterSame(i)) {
          continue;  // the last of equal keys wins
        }
        out.child(0).AppendString(document_.key(document_.node(i)));
        Append(document_.node(i), *t.value(), out.child(1));
      }
      return out.AppendNested();
    case TypeId::kNull:
      return out.AppendNull();
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      out.AppendString(n.kind == Kind::kString ? document_.text(n) : document_.raw(n));
      return;
    case TypeId::kBoolean:
      if (n.kind != Kind::kTrue && n.kind != Kind::kFalse) {
        return Bad(out);
      }
      out.AppendValue(type::Value::Bool(n.kind == Kind::kTrue));
      return;
    default:
      break;
  }
  const std::optional<type::Value> value = Scalar(n, t);
  if (value.has_value()) {
    out.AppendValue(*value);
  } else {
    Bad(out);
  }
}

void JsonReader::AppendObject(const Node& n, const DataType& t, VectorBuilder& out) {
  // The last of equal names wins.
  constexpr size_t kFew = 32;
  const std::vector<type::Field>& fields = t.fields();
  std::array<int32_t, kFew> few;
  std::vector<int32_t> many(fields.size() > kFew ? fields.size() : 0);
  int32_t* found = fields.size() > kFew ? many.data() : few.data();
  std::fill_n(found, fields.size(), -1);
  size_t guess = 0;  // members mostly come in the fields' order
  for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
    const string_view key = document_.key(document_.node(i));
    for (size_t k = 0; k < fields.size(); ++k, ++guess) {
      guess = guess == fields.size() ? 0 : guess;
      if (fields[guess].name == key) {
        found[guess++] = i;
        break;
      }
    }
  }
  for (size_t f = 0; f < fields.size(); ++f) {
    VectorBuilder& child = out.child(static_cast<int>(f));
    if (found[f] < 0) {
      child.AppendNull();
    } else {
      Append(document_.node(found[f]), *fields[f].type, child);
    }
  }
  out.AppendNested();
}

bool JsonReader::LaterSame(int32_t i) const {
  for (int32_t k = document_.node(i).next; k >= 0; k = document_.node(k).next) {
    if (document_.key(document_.node(k)) == document_.key(document_.node(i))) {
      return true;
    }
  }
  return false;
}

std::optional<type::Value> JsonReader::Scalar(const Node& n, const DataType& t) const {
  const bool number = n.kind == Kind::kInteger || n.kind == Kind::kFraction;
  switch (t.id()) {
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong: {
      if (n.kind != Kind::kInteger) {
        return std::nullopt;
      }
      const int bits = 8 * type::PhysicalWidth(t.physical());
      const int64_t high = static_cast<int64_t>((uint64_t{1} << (bits - 1)) - 1);
      const auto v = type::ParseInteger(document_.raw(n), -high - 1, high);
      return v.has_value() ? std::optional(type::Value::Int(*v)) : std::nullopt;
    }
    case TypeId::kFloat:
    case TypeId::kDouble: {
      double v = 0;
      const string_view text = n.kind == Kind::kString ? document_.text(n) : document_.raw(n);
      if (text == "NaN") {
        v = std::nan("");
      } else if (text == "Infinity" || text == "+Infinity" || text == "+INF" || text == "INF") {
        v = HUGE_VAL;
      } else if (text == "-Infinity" || text == "-INF") {
        v = -HUGE_VAL;
      } else if (number) {
        v = std::strtod(std::string(text).c_str(), nullptr);
      } else {
        return std::nullopt;
      }
      return t.is(TypeId::kFloat) ? type::Value::Float(static_cast<float>(v))
                                  : type::Value::Double(v);
    }
    case TypeId::kDecimal: {
      if (!number && n.kind != Kind::kString) {
        return std::nullopt;
      }
      const auto v = type::ParseDecimal(number ? document_.raw(n) : document_.text(n),
                                        t.precision(), t.scale());
      return v.has_value() ? std::optional(type::Value::Decimal(*v)) : std::nullopt;
    }
    case TypeId::kTimestamp:
      if (n.kind == Kind::kInteger) {
        const auto v = type::ParseInteger(document_.raw(n));
        return v.has_value() ? std::optional(type::Value::Int(*v * 1000000)) : std::nullopt;
      }
      if (n.kind == Kind::kString) {
        const auto v = options_.timestamp != nullptr
                           ? options_.timestamp->ParseInstant(document_.text(n), zone_)
                           : type::ParseTimestamp(document_.text(n), zone_);
        return v.has_value() ? std::optional(type::Value::Int(*v)) : std::nullopt;
      }
      return std::nullopt;
    case TypeId::kTimestampNtz:
      if (n.kind == Kind::kString) {
        if (options_.timestamp_ntz != nullptr) {
          const auto v = options_.timestamp_ntz->Parse(document_.text(n));
          return v.has_value() ? std::optional(type::Value::Int(v->local_micros)) : std::nullopt;
        }
        const auto v = type::ParseTimestampNtz(document_.text(n), false);
        return v.has_value() ? std::optional(type::Value::Int(*v)) : std::nullopt;
      }
      return std::nullopt;
    case TypeId::kDate:
      if (n.kind == Kind::kString) {
        if (options_.date != nullptr) {
          const auto v = options_.date->Parse(document_.text(n));
          return v.has_value() ? std::optional(type::Value::Int(
                                     type::FloorDiv(v->local_micros, type::kMicrosPerDay)))
                               : std::nullopt;
        }
        const auto v = type::ParseDate(document_.text(n));
        return v.has_value() ? std::optional(type::Value::Int(*v)) : std::nullopt;
      }
      return std::nullopt;
    case TypeId::kBinary: {
      std::string bytes;
      if (n.kind != Kind::kString || !AppendUnbase64(document_.text(n), &bytes)) {
        return std::nullopt;
      }
      return type::Value::String(std::move(bytes));
    }
    default: {
      if (n.kind != Kind::kString) {
        return std::nullopt;
      }
      return type::ValueFromText(t, document_.text(n), zone_);
    }
  }
}

void AppendNullRecord(const DataType& t, VectorBuilder& out) {
  if (!t.is(TypeId::kStruct)) {
    out.AppendNull();
    return;
  }
  for (size_t f = 0; f < t.fields().size(); ++f) {
    out.child(static_cast<int>(f)).AppendNull();
  }
  out.AppendNested();
}

// Everything that comes out of a text may be null.
TypePtr AsNullable(const TypePtr& t) {
  switch (t->id()) {
    case TypeId::kArray:
      return type::Array(AsNullable(t->element()), true);
    case TypeId::kMap:
      return type::Map(AsNullable(t->key()), AsNullable(t->value()), true);
    case TypeId::kStruct: {
      std::vector<type::Field> fields = t->fields();
      for (type::Field& field : fields) {
        field.type = AsNullable(field.type);
        field.nullable = true;
      }
      return type::Struct(std::move(fields));
    }
    default:
      return t;
  }
}

}  // namespace emery::functions
