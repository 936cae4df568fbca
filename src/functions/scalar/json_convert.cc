// from_json, to_json, schema_of_json.

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/json_record.h"
#include "functions/scalar/text_record_internal.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::DataType;
using type::TypeId;
using type::TypePtr;
using Node = JsonDocument::Node;
using Kind = JsonDocument::Kind;

Result<JsonOptions> ReadOptions(const BindInput& input, size_t index, bool for_reading) {
  JsonOptions options;
  ARROW_ASSIGN_OR_RAISE(const LiteralOptions given, OptionsArgument(input, index));
  for (const auto& [name, value] : given) {
    ARROW_RETURN_NOT_OK(SetJsonOption(name, value, for_reading, &options).status());
  }
  return options;
}

// ---- from_json
// -------------------------------------------------------------------------------------------------------------------------

Result<VectorPtr> FromJson(const KernelArguments& a, const JsonOptions& options) {
  const DataType& t = *a.return_type;
  const auto out = VectorBuilder::Make(a.return_type);
  const VectorReader<StringView> json(*a.arguments[0]);
  const type::TimeZone& zone =
      a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
  JsonDocument document(options.syntax);
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
          return MalformedRecord(json[i].view());
        }
        continue;
      }
      bad = true;
    }
    if (bad) {
      if (options.fail_fast) {
        return MalformedRecord(json[i].view());
      }
      AppendNullRecord(t, *out);
    }
  }
  return out->Finish();
}

Result<BoundScalar> BindFromJson(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  ARROW_ASSIGN_OR_RAISE(const TypePtr parsed, SchemaArgument(input, 1));
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
  ARROW_ASSIGN_OR_RAISE(const JsonOptions options, ReadOptions(input, 2, true));
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
  ARROW_ASSIGN_OR_RAISE(const JsonOptions options, ReadOptions(input, 1, false));
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
  ARROW_ASSIGN_OR_RAISE(const JsonOptions options, ReadOptions(input, 1, true));
  std::vector<TypePtr> arguments = {type::String()};
  if (input.types.size() > 1) {
    arguments.push_back(input.types[1]);
  }
  return MakeBound(
      std::move(arguments), type::String(),
      [options](const KernelArguments& a) -> Result<VectorPtr> {
        JsonDocument document(options.syntax);
        const type::TimeZone& zone =
            a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
        return Map(
            a,
            [&](string_view json, StringWriter& out) -> Row {
              if (document.Parse(json) != JsonDocument::Outcome::kValue) {
                return Row::kError;
              }
              out.Append(
                  NullsAsStrings(InferJson(document, document.root(), options, zone))->Sql());
              return Row::kValue;
            },
            [](const KernelArguments& b, int64_t row) {
              return MalformedRecord(Argument<string_view>(b, 0, row));
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
