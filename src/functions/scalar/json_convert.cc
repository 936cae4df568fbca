// from_json, to_json, schema_of_json.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/base64.h"
#include "functions/scalar/datetime_pattern.h"
#include "functions/scalar/json_document.h"
#include "functions/scalar/lists.h"
#include "functions/scalar/schema_text.h"
#include "functions/vectorize.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::DataType;
using type::TypeId;
using type::TypePtr;
using Node = JsonDocument::Node;
using Kind = JsonDocument::Kind;

/// The options of a literal map argument.
struct Options {
  std::shared_ptr<const DateTimePattern> timestamp;
  std::shared_ptr<const DateTimePattern> timestamp_ntz;
  std::shared_ptr<const DateTimePattern> date;
  bool fail_fast = false;
  bool drop_malformed = false;
  bool ignore_null_fields = true;
  bool primitives_as_string = false;
  bool pretty = false;
};

Result<Options> ReadOptions(const BindInput& input, size_t index, bool parsing) {
  Options options;
  if (index >= input.types.size()) {
    return options;
  }
  const type::Value* value = LiteralValue(input, index);
  if (value == nullptr || !input.literals[index]->type->is(TypeId::kMap)) {
    return base::UserError("INVALID_OPTIONS.NON_MAP_FUNCTION",
                           "Invalid options: Must use the `map()` function for options.");
  }
  const std::vector<type::Value>& items = value->list();
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].is_null() || items[i + 1].is_null()) {
      continue;
    }
    std::string key = items[i].string();
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const std::string& text = items[i + 1].string();
    if (key == "timestampformat") {
      ARROW_ASSIGN_OR_RAISE(options.timestamp, DateTimePattern::Make(text, parsing));
    } else if (key == "timestampntzformat") {
      ARROW_ASSIGN_OR_RAISE(options.timestamp_ntz, DateTimePattern::Make(text, parsing));
    } else if (key == "dateformat") {
      ARROW_ASSIGN_OR_RAISE(options.date, DateTimePattern::Make(text, parsing));
    } else if (key == "mode") {
      std::string mode = text;
      std::transform(mode.begin(), mode.end(), mode.begin(),
                     [](unsigned char c) { return std::toupper(c); });
      options.fail_fast = mode == "FAILFAST";
      options.drop_malformed = mode == "DROPMALFORMED";
    } else if (key == "ignorenullfields") {
      options.ignore_null_fields = text != "false";
    } else if (key == "primitivesasstring") {
      options.primitives_as_string = text == "true";
    }
  }
  return options;
}

// ---- from_json
// -------------------------------------------------------------------------------------------------------------------------

/// Appends nodes to builders of a type. A field that does not fit becomes null and marks the record
/// as malformed.
class JsonReader {
 public:
  JsonReader(const JsonDocument& document, const Options& options, const type::TimeZone& zone)
      : document_(document), options_(options), zone_(zone) {}

  bool malformed() const { return malformed_; }

  void Append(const Node& n, const DataType& t, VectorBuilder& out) {
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

  void AppendObject(const Node& n, const DataType& t, VectorBuilder& out) {
    for (size_t f = 0; f < t.fields().size(); ++f) {
      const type::Field& field = t.fields()[f];
      int32_t found = -1;
      for (int32_t i = n.first_child; i >= 0; i = document_.node(i).next) {
        if (document_.key(document_.node(i)) == field.name) {
          found = i;
        }
      }
      if (found < 0) {
        out.child(static_cast<int>(f)).AppendNull();
      } else {
        Append(document_.node(found), *field.type, out.child(static_cast<int>(f)));
      }
    }
    out.AppendNested();
  }

 private:
  void Bad(VectorBuilder& out) {
    malformed_ = true;
    out.AppendNull();
  }

  bool LaterSame(int32_t i) const {
    for (int32_t k = document_.node(i).next; k >= 0; k = document_.node(k).next) {
      if (document_.key(document_.node(k)) == document_.key(document_.node(i))) {
        return true;
      }
    }
    return false;
  }

  std::optional<type::Value> Scalar(const Node& n, const DataType& t) const {
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

  const JsonDocument& document_;
  const Options& options_;
  const type::TimeZone& zone_;
  bool malformed_ = false;
};

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

Status MalformedRecord(string_view text, string_view mode_hint) {
  return base::UserError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                         "Malformed records are detected in record parsing: " + std::string(text) +
                             ". Parse Mode: FAILFAST." + std::string(mode_hint),
                         {{"badRecord", std::string(text)}, {"failFastMode", "FAILFAST"}});
}

Result<VectorPtr> FromJson(const KernelArguments& a, const Options& options) {
  const DataType& t = *a.return_type;
  const auto out = VectorBuilder::Make(a.return_type);
  const VectorReader<StringView> json(*a.arguments[0]);
  const type::TimeZone& zone =
      a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
  JsonDocument document;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (json.IsNull(i)) {
      out->AppendNull();
      continue;
    }
    const JsonDocument::Outcome outcome = document.Parse(json[i].view());
    if (outcome == JsonDocument::Outcome::kEmpty) {
      out->AppendNull();
      continue;
    }
    const bool ok = outcome == JsonDocument::Outcome::kValue;
    JsonReader reader(document, options, zone);
    const Node* root = ok ? &document.root() : nullptr;
    bool bad = !ok;
    if (ok && root->kind == Kind::kNull) {
      out->AppendNull();
      continue;
    }
    if (ok && t.is(TypeId::kStruct) && root->kind == Kind::kArray) {
      // An array of structs where one is asked for: the first.
      if (root->first_child < 0) {
        out->AppendNull();
        continue;
      }
      root = &document.node(root->first_child);
    }
    if (ok && t.is(TypeId::kArray) && t.element()->is(TypeId::kStruct) &&
        root->kind == Kind::kObject) {
      reader.Append(*root, *t.element(), out->child(0));
      out->AppendNested();
      continue;
    }
    if (ok) {
      const bool fits = t.is(TypeId::kStruct) || t.is(TypeId::kMap) ? root->kind == Kind::kObject
                        : t.is(TypeId::kArray)                      ? root->kind == Kind::kArray
                                                                    : true;
      if (fits) {
        reader.Append(*root, t, *out);
        if (reader.malformed() && options.fail_fast) {
          return MalformedRecord(json[i].view(), "");
        }
        continue;
      }
      bad = true;
    }
    if (bad) {
      if (options.fail_fast) {
        return MalformedRecord(json[i].view(), "");
      }
      AppendNullRecord(t, *out);
    }
  }
  return out->Finish();
}

Result<BoundScalar> BindFromJson(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  const auto text = LiteralString(input, 1);
  if (!text.has_value()) {
    return base::UserError("INVALID_SCHEMA.NON_STRING_LITERAL",
                           "The input schema is not a valid schema string. The input expression "
                           "must be string literal and not null.",
                           {{"inputSchema", ""}});
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr parsed, TypeFromSchemaText(*text));
  if (!parsed->is_nested()) {
    return base::UserError(
        "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
        "Cannot resolve \"from_json\" due to data type mismatch: Input schema \"" + parsed->Sql() +
            "\" must be a struct, an array, a map or a variant.",
        {{"schema", "\"" + parsed->Sql() + "\""}});
  }
  if (parsed->is(TypeId::kMap) && !parsed->key()->is_string()) {
    return base::UserError(
        "DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE",
        "Cannot resolve \"from_json\" due to data type mismatch: Input schema \"" + parsed->Sql() +
            "\" can only contain STRING as a key type for a MAP.",
        {{"schema", "\"" + parsed->Sql() + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const Options options, ReadOptions(input, 2, true));
  if (options.drop_malformed) {
    return base::UserError("PARSE_MODE_UNSUPPORTED",
                           "The function `from_json` doesn't support the DROPMALFORMED mode. "
                           "Acceptable modes are PERMISSIVE and "
                           "FAILFAST.",
                           {{"funcName", "`from_json`"}, {"mode", "DROPMALFORMED"}});
  }
  std::vector<TypePtr> arguments = {type::String(), type::String()};
  if (input.types.size() > 2) {
    arguments.push_back(input.types[2]);
  }
  return MakeBound(std::move(arguments), AsNullable(parsed),
                   [options](const KernelArguments& a) { return FromJson(a, options); },
                   {.can_fail = true, .null_propagating = false, .nullable = true});
}

// ---- to_json
// ---------------------------------------------------------------------------------------------------------------------------

class JsonWriter {
 public:
  JsonWriter(const Options& options, const type::TimeZone& zone) : options_(options), zone_(zone) {
    if (options_.timestamp == nullptr) {
      options_.timestamp = *DateTimePattern::Make("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", false);
    }
    if (options_.timestamp_ntz == nullptr) {
      options_.timestamp_ntz = *DateTimePattern::Make("yyyy-MM-dd'T'HH:mm:ss.SSS", false);
    }
  }

  void Write(const Vector& v, int64_t row, std::string* out) const {
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
          const type::Value key = columnar::ValueAt(*v.children()[0], j);
          AppendJsonString(type::ValueToText(*t.key(), key, zone_).value_or("null"), out);
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

 private:
  static void Comma(bool* first, std::string* out) {
    if (!*first) {
      out->push_back(',');
    }
    *first = false;
  }

  Options options_;
  const type::TimeZone& zone_;
};

Result<BoundScalar> BindToJson(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is_null()) {
    return MakeBound({t}, type::String(),
                     [](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeNull(a.return_type, a.num_rows);
                     },
                     {.null_propagating = false, .nullable = true});
  }
  if (!t->is_nested()) {
    return base::UserError("DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                           "Cannot resolve \"to_json\" due to data type mismatch: Input schema \"" +
                               t->Sql() + "\" must be a struct, an array, a map or a variant.",
                           {{"schema", "\"" + t->Sql() + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const Options options, ReadOptions(input, 1, false));
  std::vector<TypePtr> arguments = {t};
  if (input.types.size() > 1) {
    arguments.push_back(input.types[1]);
  }
  return MakeBound(std::move(arguments), type::String(),
                   [options](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = a.context.time_zone != nullptr
                                                      ? *a.context.time_zone
                                                      : *type::TimeZone::Utc();
                     const JsonWriter writer(options, zone);
                     const VectorPtr values = columnar::FlattenDeep(a.arguments[0]);
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     std::string text;
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (values->IsNull(i)) {
                         out.SetNull(i);
                         continue;
                       }
                       text.clear();
                       writer.Write(*values, i, &text);
                       out.SetString(i, text);
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false});
}

// ---- schema_of_json
// ---------------------------------------------------------------------------------------------------------------------

TypePtr MergeTypes(const TypePtr& a, const TypePtr& b) {
  if (a->is_null()) {
    return b;
  }
  if (b->is_null() || a->SameType(*b)) {
    return a;
  }
  if (a->is_numeric() && b->is_numeric()) {
    if (a->is_floating() || b->is_floating()) {
      return type::Double();
    }
    return WidestType(a, b, plan::EvalMode::kAnsi);
  }
  if (a->is(TypeId::kArray) && b->is(TypeId::kArray)) {
    return type::Array(MergeTypes(a->element(), b->element()));
  }
  if (a->is(TypeId::kStruct) && b->is(TypeId::kStruct)) {
    std::map<std::string, TypePtr> merged;
    for (const TypePtr& t : {a, b}) {
      for (const type::Field& f : t->fields()) {
        auto [it, fresh] = merged.emplace(f.name, f.type);
        if (!fresh) {
          it->second = MergeTypes(it->second, f.type);
        }
      }
    }
    std::vector<type::Field> fields;
    for (auto& [name, t] : merged) {
      fields.push_back({.name = name, .type = t});
    }
    return type::Struct(std::move(fields));
  }
  return type::String();
}

TypePtr InferType(const JsonDocument& d, const Node& n, const Options& options) {
  switch (n.kind) {
    case Kind::kNull:
      return type::Null();
    case Kind::kTrue:
    case Kind::kFalse:
      return options.primitives_as_string ? type::String() : type::Boolean();
    case Kind::kInteger: {
      if (options.primitives_as_string) {
        return type::String();
      }
      if (type::ParseInteger(d.raw(n)).has_value()) {
        return type::Long();
      }
      const size_t digits = d.raw(n).size() - (d.raw(n)[0] == '-' ? 1 : 0);
      return digits <= 38 ? type::Decimal(static_cast<int>(digits), 0) : type::Double();
    }
    case Kind::kFraction:
      return options.primitives_as_string ? type::String() : type::Double();
    case Kind::kString:
      return type::String();
    case Kind::kArray: {
      TypePtr element = type::Null();
      for (int32_t i = n.first_child; i >= 0; i = d.node(i).next) {
        element = MergeTypes(element, InferType(d, d.node(i), options));
      }
      return type::Array(element);
    }
    case Kind::kObject: {
      std::map<std::string, TypePtr> members;
      for (int32_t i = n.first_child; i >= 0; i = d.node(i).next) {
        members[std::string(d.key(d.node(i)))] = InferType(d, d.node(i), options);
      }
      std::vector<type::Field> fields;
      for (auto& [name, t] : members) {
        fields.push_back({.name = name, .type = t});
      }
      return type::Struct(std::move(fields));
    }
  }
  return type::Null();
}

// What stays unknown is a string.
TypePtr NullsAsStrings(const TypePtr& t) {
  switch (t->id()) {
    case TypeId::kNull:
      return type::String();
    case TypeId::kArray:
      return type::Array(NullsAsStrings(t->element()));
    case TypeId::kStruct: {
      std::vector<type::Field> fields = t->fields();
      for (type::Field& f : fields) {
        f.type = NullsAsStrings(f.type);
      }
      return type::Struct(std::move(fields));
    }
    default:
      return t;
  }
}

Result<BoundScalar> BindSchemaOfJson(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "json", "\"STRING\"");
  }
  if (LiteralValue(input, 0) == nullptr) {
    return base::UserError(
        "DATATYPE_MISMATCH.UNEXPECTED_NULL",
        "Cannot resolve \"schema_of_json\" due to data type mismatch: The json must not be null.",
        {{"exprName", "json"}});
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  ARROW_ASSIGN_OR_RAISE(const Options options, ReadOptions(input, 1, true));
  std::vector<TypePtr> arguments = {type::String()};
  if (input.types.size() > 1) {
    arguments.push_back(input.types[1]);
  }
  return MakeBound(
      std::move(arguments), type::String(),
      [options](const KernelArguments& a) -> Result<VectorPtr> {
        JsonDocument document;
        return Map(
            a,
            [&](string_view json, StringWriter& out) -> Row {
              if (document.Parse(json) != JsonDocument::Outcome::kValue) {
                return Row::kError;
              }
              out.Append(NullsAsStrings(InferType(document, document.root(), options))->Sql());
              return Row::kValue;
            },
            [](const KernelArguments& b, int64_t row) {
              return MalformedRecord(Argument<string_view>(b, 0, row), "");
            });
      },
      {.can_fail = true, .nullable = false});
}

const Registration kFromJson(ScalarFunction{
    .name = "from_json",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindFromJson,
    .description = "The value of a JSON text, by a schema.",
    .examples = {{"SELECT from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')", "{1, 0.8}"}},
    .since = "2.2.0"});
const Registration kToJson(ScalarFunction{
    .name = "to_json",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindToJson,
    .description = "A struct, map or array as JSON.",
    .examples = {{"SELECT to_json(named_struct('a', 1, 'b', 2))", "{\"a\":1,\"b\":2}"}},
    .since = "2.2.0"});
const Registration kSchemaOfJson(ScalarFunction{
    .name = "schema_of_json",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindSchemaOfJson,
    .description = "The schema of a JSON text.",
    .examples = {{"SELECT schema_of_json('[{\"col\":0}]')", "ARRAY<STRUCT<col: BIGINT>>"}},
    .since = "2.4.0"});

}  // namespace
}  // namespace emery::functions
