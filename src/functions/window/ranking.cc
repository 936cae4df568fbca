// Types of the functions that the window operator computes itself: ranks, ntile, lag and lead,
// values of the frame.

#include "functions/binding.h"
#include "functions/registry.h"

namespace emery::functions {
namespace {

using type::TypePtr;

Result<BoundScalar> BindRank(const BindInput&) {
  return BoundScalar{.argument_types = {}, .return_type = type::Int(), .nullable = false};
}

Result<BoundScalar> BindFraction(const BindInput&) {
  return BoundScalar{.argument_types = {}, .return_type = type::Double(), .nullable = false};
}

Result<BoundScalar> BindNtile(const BindInput& input) {
  if (input.types.empty()) {
    return BoundScalar{.argument_types = {}, .return_type = type::Int(), .nullable = false};
  }
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "buckets", "\"INT\"");
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, Require(input, 0, type::Int()));
  const type::Value* value = LiteralValue(input, 0);
  if (value != nullptr && input.literals[0]->type->is_integral() && value->integer() <= 0) {
    return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                           "Cannot resolve \"ntile\" due to data type mismatch: The buckets must "
                           "be between (0, 2147483647] "
                           "(current value = " +
                               std::to_string(value->integer()) + ").",
                           {{"exprName", "buckets"},
                            {"valueRange", "(0, 2147483647]"},
                            {"currentValue", std::to_string(value->integer())}});
  }
  return BoundScalar{.argument_types = {t}, .return_type = type::Int(), .nullable = false};
}

// lag(input[, offset[, default]]): the result has the input's type, to which the default is cast.
Result<BoundScalar> BindShift(const BindInput& input) {
  BoundScalar bound;
  TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  bound.argument_types = {t};
  bound.nullable = true;
  if (input.types.size() > 1) {
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "offset", "\"INT\"");
    }
    ARROW_ASSIGN_OR_RAISE(const TypePtr offset, Require(input, 1, type::Int()));
    bound.argument_types.push_back(offset);
  }
  if (input.types.size() > 2) {
    if (t->is_null()) {
      t = input.types[2];
      bound.argument_types[0] = t;
    }
    const TypePtr widest = WidestType(t, input.types[2], input.mode);
    if (!ImplicitlyCastable(*input.types[2], *t) && widest == nullptr) {
      return UnexpectedType(input, 2, "\"" + t->Sql() + "\"");
    }
    bound.argument_types.push_back(t);
    const bool nullable = (!input.nullable.empty() && input.nullable[0]) ||
                          (input.nullable.size() > 2 && input.nullable[2]);
    bound.nullable = nullable;
  }
  bound.return_type = t;
  return bound;
}

Result<BoundScalar> BindFrameValue(const BindInput& input) {
  BoundScalar bound;
  bound.return_type = type::ReplaceCharVarchar(input.types[0]);
  bound.argument_types = {bound.return_type};
  if (input.types.size() > 1) {
    bound.argument_types.push_back(type::Boolean());
  }
  bound.nullable = true;
  return bound;
}

Result<BoundScalar> BindNthValue(const BindInput& input) {
  BoundScalar bound;
  bound.return_type = type::ReplaceCharVarchar(input.types[0]);
  if (!IsLiteral(input, 1)) {
    return NotFoldable(input, 1, "offset", "\"INT\"");
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr offset, Require(input, 1, type::Int()));
  const type::Value* value = LiteralValue(input, 1);
  if (value == nullptr || (input.literals[1]->type->is_integral() && value->integer() <= 0)) {
    return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                           "Cannot resolve \"nth_value\" due to data type mismatch: The offset "
                           "must be between (0, 9223372036854775807].",
                           {{"exprName", "offset"}, {"valueRange", "(0, 9223372036854775807]"}});
  }
  bound.argument_types = {bound.return_type, offset};
  bound.nullable = true;
  return bound;
}

const Registration kRowNumber(WindowFunction{
    .name = "row_number",
    .bind = BindRank,
    .description = "The number of the row within its partition, from 1.",
    .examples = {{"SELECT a, row_number() OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "1\t1\n2\t2"}},
    .since = "2.0.0"});
const Registration kRank(WindowFunction{
    .name = "rank",
    .bind = BindRank,
    .description = "One more than the number of rows ordered before this row's peers.",
    .examples = {{"SELECT a, rank() OVER (ORDER BY a) FROM VALUES (1), (1), (2) AS tab(a)",
                  "1\t1\n1\t1\n2\t3"}},
    .since = "2.0.0"});
const Registration kDenseRank(WindowFunction{
    .name = "dense_rank",
    .bind = BindRank,
    .description = "The rank counted without gaps.",
    .examples = {{"SELECT a, dense_rank() OVER (ORDER BY a) FROM VALUES (1), (1), (2) AS tab(a)",
                  "1\t1\n1\t1\n2\t2"}},
    .since = "2.0.0"});
const Registration kPercentRank(WindowFunction{
    .name = "percent_rank",
    .bind = BindFraction,
    .description = "(rank - 1) / (rows of the partition - 1), 0 for a single row.",
    .examples = {{"SELECT a, percent_rank() OVER (ORDER BY a) FROM VALUES (1), (1), (2) AS tab(a)",
                  "1\t0.0\n1\t0.0\n2\t1.0"}},
    .since = "2.0.0"});
const Registration kCumeDist(WindowFunction{
    .name = "cume_dist",
    .bind = BindFraction,
    .description = "The share of the partition's rows up to this row's peers.",
    .examples = {{"SELECT a, cume_dist() OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "1\t0.5\n2\t1.0"}},
    .since = "2.0.0"});
const Registration kNtile(WindowFunction{
    .name = "ntile",
    .min_arguments = 0,
    .max_arguments = 1,
    .bind = BindNtile,
    .description = "Cuts the partition in n nearly equal parts and numbers them from 1.",
    .examples = {{"SELECT a, ntile(2) OVER (ORDER BY a) FROM VALUES (1), (2), (3) AS tab(a)",
                  "1\t1\n2\t1\n3\t2"}},
    .since = "2.0.0"});
const Registration kLag(WindowFunction{
    .name = "lag",
    .min_arguments = 1,
    .max_arguments = 3,
    .bind = BindShift,
    .description =
        "The value some rows (1) before this one in the partition, else the default (null).",
    .examples = {{"SELECT a, lag(a) OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "1\tNULL\n2\t1"}},
    .since = "2.0.0"});
const Registration kLead(WindowFunction{
    .name = "lead",
    .min_arguments = 1,
    .max_arguments = 3,
    .bind = BindShift,
    .description =
        "The value some rows (1) after this one in the partition, else the default (null).",
    .examples = {{"SELECT a, lead(a) OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "1\t2\n2\tNULL"}},
    .since = "2.0.0"});
const Registration kFirstValue(WindowFunction{
    .name = "first_value",
    .aliases = {"first", "any_value"},
    .min_arguments = 1,
    .max_arguments = 2,
    .needs_order = false,
    .uses_frame = true,
    .bind = BindFrameValue,
    .description = "The value of the frame's first row.",
    .examples = {{"SELECT first_value(a) OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "1\n1"}},
    .since = "2.0.0"});
const Registration kLastValue(WindowFunction{
    .name = "last_value",
    .aliases = {"last"},
    .min_arguments = 1,
    .max_arguments = 2,
    .needs_order = false,
    .uses_frame = true,
    .bind = BindFrameValue,
    .description = "The value of the frame's last row.",
    .examples = {{"SELECT last_value(a) OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)", "1\n2"}},
    .since = "2.0.0"});
const Registration kNthValue(WindowFunction{
    .name = "nth_value",
    .min_arguments = 2,
    .max_arguments = 2,
    .needs_order = false,
    .uses_frame = true,
    .bind = BindNthValue,
    .description = "The value of the frame's n-th row, from 1; null where the frame is shorter.",
    .examples = {{"SELECT nth_value(a, 2) OVER (ORDER BY a) FROM VALUES (1), (2) AS tab(a)",
                  "NULL\n2"}},
    .since = "3.1.0"});

}  // namespace
}  // namespace emery::functions
