// from_csv, to_csv, schema_of_csv: one line of comma-separated values.

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/datetime_pattern.h"
#include "functions/scalar/text_record_internal.h"
#include "functions/vectorize.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypeId;
using type::TypePtr;

struct Options {
  std::string separator = ",";
  char quote = '"';
  char escape = '\\';
  std::string null_value;
  bool fail_fast = false;
  std::shared_ptr<const DateTimePattern> date;
  std::shared_ptr<const DateTimePattern> timestamp;
};

Result<Options> ReadOptions(const BindInput& input, size_t index, bool parsing) {
  Options options;
  ARROW_ASSIGN_OR_RAISE(const LiteralOptions given, OptionsArgument(input, index));
  for (const auto& [key, text] : given) {
    if ((key == "sep" || key == "delimiter") && !text.empty()) {
      options.separator = text == "\\t" ? "\t" : text;
    } else if (key == "quote") {
      options.quote = text.empty() ? '\0' : text[0];
    } else if (key == "escape" && !text.empty()) {
      options.escape = text[0];
    } else if (key == "nullvalue") {
      options.null_value = text;
    } else if (key == "mode") {
      options.fail_fast = text.size() == 8 && (text[0] == 'F' || text[0] == 'f');
    } else if (key == "dateformat") {
      ARROW_ASSIGN_OR_RAISE(options.date, DateTimePattern::Make(text, parsing));
    } else if (key == "timestampformat") {
      ARROW_ASSIGN_OR_RAISE(options.timestamp, DateTimePattern::Make(text, parsing));
    }
  }
  return options;
}

struct Cell {
  std::string text;
  bool quoted = false;
};

std::vector<Cell> SplitLine(string_view line, const Options& o) {
  std::vector<Cell> cells(1);
  for (size_t i = 0; i < line.size();) {
    if (line.substr(i, o.separator.size()) == o.separator) {
      cells.emplace_back();
      i += o.separator.size();
      continue;
    }
    Cell& cell = cells.back();
    if (o.quote != '\0' && line[i] == o.quote && cell.text.empty() && !cell.quoted) {
      cell.quoted = true;
      ++i;
      while (i < line.size()) {
        if (line[i] == o.escape && i + 1 < line.size() &&
            (line[i + 1] == o.quote || line[i + 1] == o.escape)) {
          cell.text.push_back(line[i + 1]);
          i += 2;
        } else if (line[i] == o.quote) {
          ++i;
          break;
        } else {
          cell.text.push_back(line[i++]);
        }
      }
      continue;
    }
    cell.text.push_back(line[i++]);
  }
  return cells;
}

bool AppendCell(const Cell& cell, const type::DataType& t, const Options& o,
                const type::TimeZone& zone, VectorBuilder& out) {
  if (cell.text == o.null_value && (!cell.quoted || !o.null_value.empty())) {
    out.AppendNull();
    return true;
  }
  if (t.is_string()) {
    out.AppendString(cell.text);
    return true;
  }
  std::optional<type::Value> value;
  if (t.is(TypeId::kDate) && o.date != nullptr) {
    if (const auto parsed = o.date->Parse(cell.text)) {
      value = type::Value::Int(type::FloorDiv(parsed->local_micros, type::kMicrosPerDay));
    }
  } else if (t.is(TypeId::kTimestamp) && o.timestamp != nullptr) {
    if (const auto parsed = o.timestamp->ParseInstant(cell.text, zone)) {
      value = type::Value::Int(*parsed);
    }
  } else {
    value = type::ValueFromText(t, cell.text, zone);
  }
  if (!value.has_value()) {
    out.AppendNull();
    return false;
  }
  out.AppendValue(*value);
  return true;
}

Result<BoundScalar> BindFromCsv(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  ARROW_ASSIGN_OR_RAISE(TypePtr t, SchemaArgument(input, 1));
  if (!t->is(TypeId::kStruct)) {
    return base::UserError(
        "INVALID_SCHEMA.NON_STRUCT_TYPE",
        "The input schema \"" + *LiteralString(input, 1) +
            "\" is not a valid schema string. The input expression should be evaluated "
            "to struct type, but got \"" +
            t->Sql() + "\".",
        {{"inputSchema", "\"" + *LiteralString(input, 1) + "\""},
         {"dataType", "\"" + t->Sql() + "\""}});
  }
  std::vector<type::Field> fields = t->fields();
  for (type::Field& f : fields) {
    f.nullable = true;
  }
  t = type::Struct(std::move(fields));
  ARROW_ASSIGN_OR_RAISE(const Options options, ReadOptions(input, 2, true));
  std::vector<TypePtr> arguments = {type::String(), type::String()};
  if (input.types.size() > 2) {
    arguments.push_back(input.types[2]);
  }
  return MakeBound(std::move(arguments), t,
                   [options](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = a.context.time_zone != nullptr
                                                      ? *a.context.time_zone
                                                      : *type::TimeZone::Utc();
                     const auto out = VectorBuilder::Make(a.return_type);
                     const VectorReader<StringView> lines(*a.arguments[0]);
                     const auto& fields = a.return_type->fields();
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (lines.IsNull(i)) {
                         out->AppendNull();
                         continue;
                       }
                       const std::vector<Cell> cells = SplitLine(lines[i].view(), options);
                       bool ok = true;
                       for (size_t f = 0; f < fields.size(); ++f) {
                         if (f < cells.size()) {
                           ok &= AppendCell(cells[f], *fields[f].type, options, zone,
                                            out->child(static_cast<int>(f)));
                         } else {
                           out->child(static_cast<int>(f)).AppendNull();
                         }
                       }
                       out->AppendNested();
                       if (!ok && options.fail_fast) {
                         return MalformedRecord(lines[i].view());
                       }
                     }
                     return out->Finish();
                   },
                   {.can_fail = true, .null_propagating = false, .nullable = true});
}

Result<BoundScalar> BindToCsv(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (!t->is(TypeId::kStruct)) {
    return UnexpectedType(input, 0, "\"STRUCT\"");
  }
  ARROW_ASSIGN_OR_RAISE(Options options, ReadOptions(input, 1, false));
  if (options.timestamp == nullptr) {
    ARROW_ASSIGN_OR_RAISE(options.timestamp,
                          DateTimePattern::Make("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", false));
  }
  std::vector<TypePtr> arguments = {t};
  if (input.types.size() > 1) {
    arguments.push_back(input.types[1]);
  }
  return MakeBound(
      std::move(arguments), type::String(),
      [options](const KernelArguments& a) -> Result<VectorPtr> {
        const type::TimeZone& zone =
            a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
        const VectorPtr rows = columnar::FlattenDeep(a.arguments[0]);
        columnar::FlatWriter out(a.return_type, a.num_rows);
        std::string line;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (rows->IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          line.clear();
          for (size_t f = 0; f < rows->children().size(); ++f) {
            const Vector& child = *rows->children()[f];
            if (f > 0) {
              line += options.separator;
            }
            if (child.type()->is_null() || child.IsNull(i)) {
              line += options.null_value;
              continue;
            }
            const type::Value value = columnar::ValueAt(child, i);
            std::string text;
            if (child.type()->is(TypeId::kTimestamp)) {
              options.timestamp->Format(value.integer(), zone, &text);
            } else if (child.type()->is(TypeId::kDate) && options.date != nullptr) {
              options.date->FormatLocal(value.integer() * type::kMicrosPerDay, zone, &text);
            } else {
              text = type::ValueToText(*child.type(), value, zone).value_or("");
            }
            const bool quote = text.empty() || text.find(options.separator) != std::string::npos ||
                               text.find(options.quote) != std::string::npos ||
                               text.find_first_of("\r\n") != std::string::npos ||
                               text.front() == ' ' || text.back() == ' ';
            if (!quote) {
              line += text;
              continue;
            }
            if (text.front() == ' ' || text.back() == ' ') {
              // Blanks around a value are dropped, as the writer ignores them by default.
              const size_t begin = text.find_first_not_of(' ');
              const size_t end = text.find_last_not_of(' ');
              text = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
              if (!text.empty() && text.find(options.separator) == std::string::npos &&
                  text.find(options.quote) == std::string::npos) {
                line += text;
                continue;
              }
            }
            line.push_back(options.quote);
            for (const char c : text) {
              if (c == options.quote) {
                line.push_back(options.escape);
              }
              line.push_back(c);
            }
            line.push_back(options.quote);
          }
          out.SetString(i, line);
        }
        return out.Finish(a.num_rows);
      },
      {.null_propagating = false});
}

TypePtr InferCell(const Cell& cell, const type::TimeZone& zone) {
  if (cell.text.empty()) {
    return type::String();
  }
  if (type::ParseInteger(cell.text, INT32_MIN, INT32_MAX).has_value()) {
    return type::Int();
  }
  if (type::ParseInteger(cell.text).has_value()) {
    return type::Long();
  }
  if (const auto parts = type::ParseDecimalParts(cell.text);
      parts.has_value() && parts->scale <= 0) {
    return type::Decimal(parts->precision, 0);
  }
  if (type::ParseDouble(cell.text).has_value()) {
    return type::Double();
  }
  if (type::ParseDate(cell.text).has_value() && cell.text.size() <= 10) {
    return type::Date();
  }
  if (type::ParseTimestamp(cell.text, zone).has_value()) {
    return type::Timestamp();
  }
  if (cell.text == "true" || cell.text == "false") {
    return type::Boolean();
  }
  return type::String();
}

Result<BoundScalar> BindSchemaOfCsv(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "csv", "\"STRING\"");
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  ARROW_ASSIGN_OR_RAISE(const Options options, ReadOptions(input, 1, true));
  std::vector<TypePtr> arguments = {type::String()};
  if (input.types.size() > 1) {
    arguments.push_back(input.types[1]);
  }
  return MakeBound(std::move(arguments), type::String(),
                   [options](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = a.context.time_zone != nullptr
                                                      ? *a.context.time_zone
                                                      : *type::TimeZone::Utc();
                     return Map(a, [&](string_view line, StringWriter& out) {
                       std::vector<type::Field> fields;
                       for (const Cell& cell : SplitLine(line, options)) {
                         fields.push_back({.name = "_c" + std::to_string(fields.size()),
                                           .type = InferCell(cell, zone)});
                       }
                       out.Append(type::Struct(std::move(fields))->Sql());
                     });
                   },
                   {.nullable = false});
}

const Registration kFromCsv(ScalarFunction{
    .name = "from_csv",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindFromCsv,
    .description = "A struct of a line of comma-separated values, by a schema.",
    .examples = {{"SELECT from_csv('1, 0.8', 'a INT, b DOUBLE')", "{1, 0.8}"}},
    .since = "3.0.0"});
const Registration kToCsv(ScalarFunction{
    .name = "to_csv",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindToCsv,
    .description = "A struct as a line of comma-separated values.",
    .examples = {{"SELECT to_csv(named_struct('a', 1, 'b', 2))", "1,2"}},
    .since = "3.0.0"});
const Registration kSchemaOfCsv(ScalarFunction{
    .name = "schema_of_csv",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindSchemaOfCsv,
    .description = "The schema of a line of comma-separated values.",
    .examples = {{"SELECT schema_of_csv('1,abc')", "STRUCT<_c0: INT, _c1: STRING>"}},
    .since = "3.0.0"});

}  // namespace
}  // namespace emery::functions
