// explode, posexplode, inline and stack, with their outer forms: these give one row of nulls for an
// input row that has none.

#include <algorithm>
#include <numeric>

#include "functions/binding.h"
#include "functions/registry.h"

namespace emery::functions {
namespace {

using columnar::ListEntry;
using columnar::Vector;
using type::TypeId;
using type::TypePtr;

/// Which elements of the children become rows; -1 stands for a row of nulls.
struct Rows {
  std::vector<int32_t> elements;
  std::vector<int32_t> row_of;
  std::vector<int32_t> positions;
};

Rows ExpandEntries(const Vector& lists, int64_t num_rows, bool outer, bool positions) {
  Rows rows;
  const auto* entries = lists.type()->is_null() ? nullptr : lists.values<ListEntry>();
  for (int64_t i = 0; i < num_rows; ++i) {
    const bool empty = entries == nullptr || lists.IsNull(i) || entries[i].length == 0;
    if (empty) {
      if (outer) {
        rows.elements.push_back(-1);
        rows.row_of.push_back(static_cast<int32_t>(i));
        if (positions) {
          rows.positions.push_back(-1);
        }
      }
      continue;
    }
    const ListEntry e = entries[i];
    const size_t start = rows.elements.size();
    rows.elements.resize(start + e.length);
    std::iota(rows.elements.begin() + static_cast<int64_t>(start), rows.elements.end(), e.offset);
    rows.row_of.insert(rows.row_of.end(), e.length, static_cast<int32_t>(i));
    if (positions) {
      rows.positions.resize(start + e.length);
      std::iota(rows.positions.begin() + static_cast<int64_t>(start), rows.positions.end(), 0);
    }
  }
  return rows;
}

VectorPtr GatherElements(const VectorPtr& child, const std::vector<int32_t>& elements, bool outer) {
  const auto count = static_cast<int64_t>(elements.size());
  return outer ? columnar::GatherOrNull(child, elements.data(), count)
               : columnar::Gather(child, elements.data(), count);
}

VectorPtr PositionColumn(const std::vector<int32_t>& positions) {
  columnar::FlatWriter writer(type::Int(), static_cast<int64_t>(positions.size()));
  for (size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] < 0) {
      writer.SetNull(static_cast<int64_t>(i));
    } else {
      writer.values<int32_t>()[i] = positions[i];
    }
  }
  return writer.Finish(static_cast<int64_t>(positions.size()));
}

template <bool kPosition, bool kOuter>
Result<BoundGenerator> BindExplode(const BindInput& input) {
  BoundGenerator bound;
  const TypePtr& t = input.types[0];
  bound.argument_types = {t};
  if (kPosition) {
    bound.output.push_back({.name = "pos", .type = type::Int(), .nullable = kOuter});
  }
  if (t->is(TypeId::kArray)) {
    bound.output.push_back(
        {.name = "col", .type = t->element(), .nullable = kOuter || t->contains_null()});
  } else if (t->is(TypeId::kMap)) {
    bound.output.push_back({.name = "key", .type = t->key(), .nullable = kOuter});
    bound.output.push_back(
        {.name = "value", .type = t->value(), .nullable = kOuter || t->fields()[1].nullable});
  } else {
    return UnexpectedType(input, 0, "(\"ARRAY\" or \"MAP\")");
  }
  bound.kernel = [](const KernelArguments& arguments) -> Result<BoundGenerator::Result_> {
    const VectorPtr lists = columnar::Flatten(arguments.arguments[0]);
    Rows rows = ExpandEntries(*lists, arguments.num_rows, kOuter, kPosition);
    BoundGenerator::Result_ result;
    if (kPosition) {
      result.columns.push_back(PositionColumn(rows.positions));
    }
    for (const VectorPtr& child : lists->children()) {
      result.columns.push_back(GatherElements(child, rows.elements, kOuter));
    }
    result.row_of = std::move(rows.row_of);
    return result;
  };
  return bound;
}

template <bool kOuter>
Result<BoundGenerator> BindInline(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (!t->is(TypeId::kArray) || !t->element()->is(TypeId::kStruct)) {
    return UnexpectedType(input, 0, "\"ARRAY<STRUCT>\"");
  }
  BoundGenerator bound;
  bound.argument_types = {t};
  for (const type::Field& field : t->element()->fields()) {
    bound.output.push_back({.name = field.name,
                            .type = field.type,
                            .nullable = kOuter || t->contains_null() || field.nullable});
  }
  bound.kernel = [](const KernelArguments& arguments) -> Result<BoundGenerator::Result_> {
    const VectorPtr lists = columnar::Flatten(arguments.arguments[0]);
    Rows rows = ExpandEntries(*lists, arguments.num_rows, kOuter, false);
    const VectorPtr structs = columnar::Flatten(lists->children()[0]);
    for (int32_t& element : rows.elements) {
      if (element >= 0 && structs->IsNull(element)) {
        element = -1;
      }
    }
    BoundGenerator::Result_ result;
    for (const VectorPtr& field : structs->children()) {
      result.columns.push_back(GatherElements(field, rows.elements, true));
    }
    result.row_of = std::move(rows.row_of);
    return result;
  };
  return bound;
}

Result<BoundGenerator> BindStack(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "n", "\"INT\"");
  }
  ARROW_ASSIGN_OR_RAISE(TypePtr count_type, Require(input, 0, type::Int()));
  const type::Value* value = LiteralValue(input, 0);
  if (value == nullptr) {
    return base::UserError(
        "DATATYPE_MISMATCH.UNEXPECTED_NULL",
        "Cannot resolve \"stack\" due to data type mismatch: The n must not be null.",
        {{"exprName", "n"}});
  }
  const int64_t n = input.literals[0]->type->is_integral() ? value->integer() : 0;
  if (n <= 0) {
    return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                           "Cannot resolve \"stack\" due to data type mismatch: The n must be "
                           "between (0, 2147483647] (current "
                           "value = " +
                               std::to_string(n) + ").",
                           {{"exprName", "n"},
                            {"valueRange", "(0, 2147483647]"},
                            {"currentValue", std::to_string(n)}});
  }
  const auto values = static_cast<int64_t>(input.types.size()) - 1;
  const int64_t num_columns = (values + n - 1) / n;
  BoundGenerator bound;
  bound.argument_types.push_back(std::move(count_type));
  std::vector<TypePtr> column_types(num_columns, type::Null());
  std::vector<bool> nullable(num_columns, values % n != 0);
  for (int64_t i = 0; i < values; ++i) {
    TypePtr& t = column_types[i % num_columns];
    const TypePtr& given = input.types[i + 1];
    if (t->is_null()) {
      t = given;
    } else if (!given->is_null() && !given->SameType(*t)) {
      return base::UserError(
          "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
          "Cannot resolve \"stack\" due to data type mismatch: The data type of the column (" +
              std::to_string(i % num_columns) + ") do not have the same type: \"" + t->Sql() +
              "\" <> \"" + given->Sql() + "\".",
          {{"columnIndex", std::to_string(i % num_columns)},
           {"leftType", "\"" + t->Sql() + "\""},
           {"rightType", "\"" + given->Sql() + "\""}});
    }
    if (input.nullable.size() > static_cast<size_t>(i) + 1 && input.nullable[i + 1]) {
      nullable[i % num_columns] = true;
    }
  }
  for (int64_t i = 0; i < values; ++i) {
    bound.argument_types.push_back(column_types[i % num_columns]);
  }
  for (int64_t c = 0; c < num_columns; ++c) {
    bound.output.push_back({.name = "col" + std::to_string(c),
                            .type = column_types[c],
                            .nullable = nullable[c] || c >= values % num_columns});
  }
  bound.kernel = [n, num_columns, column_types](
                     const KernelArguments& arguments) -> Result<BoundGenerator::Result_> {
    const int64_t rows = arguments.num_rows;
    BoundGenerator::Result_ result;
    result.row_of.resize(rows * n);
    std::vector<int32_t> order(rows * n);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t r = 0; r < n; ++r) {
        result.row_of[i * n + r] = static_cast<int32_t>(i);
        order[i * n + r] = static_cast<int32_t>(r * rows + i);
      }
    }
    for (int64_t c = 0; c < num_columns; ++c) {
      std::vector<VectorPtr> pieces;
      for (int64_t r = 0; r < n; ++r) {
        const auto index = static_cast<size_t>(1 + r * num_columns + c);
        pieces.push_back(index < arguments.arguments.size()
                             ? arguments.arguments[index]
                             : Vector::MakeNull(column_types[c], rows));
      }
      const VectorPtr all = columnar::Concat(column_types[c], pieces);
      result.columns.push_back(
          columnar::Gather(all, order.data(), static_cast<int64_t>(order.size())));
    }
    return result;
  };
  return bound;
}

const Registration kExplode(GeneratorFunction{
    .name = "explode",
    .bind = BindExplode<false, false>,
    .description = "A row for each element of an array or entry of a map.",
    .examples = {{"SELECT explode(array(10, 20))", "10\n20"}},
    .since = "1.0.0"});
const Registration kExplodeOuter(GeneratorFunction{
    .name = "explode_outer",
    .bind = BindExplode<false, true>,
    .description = "As explode; a row of nulls where there is no element.",
    .examples = {{"SELECT explode_outer(array(10, 20))", "10\n20"}},
    .since = "1.0.0"});
const Registration kPosexplode(GeneratorFunction{
    .name = "posexplode",
    .bind = BindExplode<true, false>,
    .description = "A row with position (from 0) for each element of an array or entry of a map.",
    .examples = {{"SELECT posexplode(array(10, 20))", "0\t10\n1\t20"}},
    .since = "2.0.0"});
const Registration kPosexplodeOuter(GeneratorFunction{
    .name = "posexplode_outer",
    .bind = BindExplode<true, true>,
    .description = "As posexplode; a row of nulls where there is no element.",
    .examples = {{"SELECT posexplode_outer(array(10, 20))", "0\t10\n1\t20"}},
    .since = "2.0.0"});
const Registration kInline(GeneratorFunction{
    .name = "inline",
    .bind = BindInline<false>,
    .description = "A row for each struct of an array, a column for each field.",
    .examples = {{"SELECT inline(array(struct(1, 'a'), struct(2, 'b')))", "1\ta\n2\tb"}},
    .since = "2.0.0"});
const Registration kInlineOuter(GeneratorFunction{
    .name = "inline_outer",
    .bind = BindInline<true>,
    .description = "As inline; a row of nulls where there is no element.",
    .examples = {{"SELECT inline_outer(array(struct(1, 'a'), struct(2, 'b')))", "1\ta\n2\tb"}},
    .since = "2.0.0"});
const Registration kStack(GeneratorFunction{
    .name = "stack",
    .min_arguments = 2,
    .max_arguments = -1,
    .bind = BindStack,
    .description = "Spreads the values after n over n rows.",
    .examples = {{"SELECT stack(2, 1, 2, 3)", "1\t2\n3\tNULL"}},
    .since = "2.0.0"});

}  // namespace
}  // namespace emery::functions
