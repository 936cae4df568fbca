// What INSERT puts around values: casts that name the column where they overflow, and the lengths
// of char and varchar. Their names begin with "__": SHOW FUNCTIONS does not list them.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "functions/evaluator.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {

namespace {

bool IsOverflow(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  if (detail == nullptr) {
    return false;
  }
  const std::string& condition = detail->condition();
  return condition.starts_with("CAST_OVERFLOW") || condition.starts_with("ARITHMETIC_OVERFLOW") ||
         condition.starts_with("NUMERIC_VALUE_OUT_OF_RANGE");
}

// __store_assign(value, NULL of the column's type, column name)
Result<BoundScalar> BindStoreAssign(const BindInput& input) {
  BoundScalar bound;
  bound.argument_types = input.types;
  bound.return_type = input.types[1];
  bound.null_propagating = false;  // the second argument is null
  bound.nullable = input.nullable[0];
  bound.kernel = [](const KernelArguments& a) -> Result<VectorPtr> {
    Result<VectorPtr> cast =
        CastVector(a.arguments[0], a.return_type, plan::EvalMode::kAnsi, a.context);
    if (cast.ok() || !IsOverflow(cast.status())) {
      return cast;
    }
    const std::string column(VectorReader<StringView>(*a.arguments[2])[0].view());
    const std::string from = "\"" + a.arguments[0]->type()->Sql() + "\"";
    const std::string to = "\"" + a.return_type->Sql() + "\"";
    return base::UserError(
        "CAST_OVERFLOW_IN_TABLE_INSERT",
        "Fail to assign a value of " + from + " type to the " + to + " type column or variable " +
            base::QuoteIdentifier(column) +
            " due to an overflow. Use `try_cast` on the input value to tolerate overflow and "
            "return NULL instead.",
        {{"sourceType", from}, {"targetType", to}, {"columnName", base::QuoteIdentifier(column)}});
  };
  return bound;
}

// __assert_not_null(value, path of the column)
Result<BoundScalar> BindAssertNotNull(const BindInput& input) {
  BoundScalar bound;
  bound.argument_types = input.types;
  bound.return_type = input.types[0];
  bound.null_propagating = false;
  bound.nullable = false;
  bound.kernel = [](const KernelArguments& a) -> Result<VectorPtr> {
    if (a.arguments[0]->CountNulls() == 0) {
      return a.arguments[0];
    }
    const std::string path(VectorReader<StringView>(*a.arguments[1])[0].view());
    return base::UserError("NOT_NULL_ASSERT_VIOLATION",
                           "NULL value appeared in non-nullable field: " + path +
                               ". Give the field a value, or make it nullable.",
                           {{"walkedTypePath", "\n" + path + "\n"}});
  };
  return bound;
}

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// `text` without as many trailing blanks as it takes to have `length` characters; false where that
/// isn't enough.
bool CutBlanks(std::string_view* text, int64_t length, int64_t* characters) {
  *characters = CountCharacters(*text);
  while (*characters > length) {
    if (text->back() != ' ') {
      return false;
    }
    text->remove_suffix(1);
    --*characters;
  }
  return true;
}

Status TooLong(const KernelArguments& arguments, int64_t row) {
  const std::string limit = std::to_string(Argument<int32_t>(arguments, 1, row));
  return base::UserError("EXCEED_LIMIT_LENGTH",
                         "Exceeds char/varchar type length limitation: " + limit + ".",
                         {{"limit", limit}});
}

const Registration kStoreAssign(ScalarFunction{
    .name = "__store_assign",
    .min_arguments = 3,
    .max_arguments = 3,
    .bind = BindStoreAssign,
    .description = "A value as INSERT stores it in a column."});

const Registration kAssertNotNull(ScalarFunction{
    .name = "__assert_not_null",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindAssertNotNull,
    .description = "Refuses null where a column of a table is not nullable."});

const Registration kVarchar(ScalarFunction{
    .name = "__varchar_write_check",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = Signature({type::String(), type::Int()}, type::String(),
                      MakeKernel(
                          [](std::string_view text, int32_t length, StringWriter& out) -> Row {
                            int64_t characters = 0;
                            if (!CutBlanks(&text, length, &characters)) {
                              return Row::kError;
                            }
                            out.Refer(text);
                            return Row::kValue;
                          },
                          TooLong),
                      {.can_fail = true}),
    .description = "Refuses text that is longer than a varchar column."});

const Registration kChar(ScalarFunction{
    .name = "__char_write_check",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = Signature({type::String(), type::Int()}, type::String(),
                      MakeKernel(
                          [](std::string_view text, int32_t length, StringWriter& out) -> Row {
                            int64_t characters = 0;
                            if (!CutBlanks(&text, length, &characters)) {
                              return Row::kError;
                            }
                            out.Append(text);
                            out.buffer().append(static_cast<size_t>(length - characters), ' ');
                            return Row::kValue;
                          },
                          TooLong),
                      {.can_fail = true}),
    .description = "Refuses text that is longer than a char column, and pads what is shorter."});

}  // namespace

}  // namespace emery::functions
