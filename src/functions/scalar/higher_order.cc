// Functions that take lambdas: transform, filter, exists, forall, aggregate, zip_with, array_sort,
// and those over maps. A lambda's body is evaluated once for all elements of a batch, but for
// aggregate and array_sort, which go in steps over all rows at once.

#include <algorithm>
#include <numeric>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/lists.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using type::TypeId;
using type::TypePtr;
using Choices = std::vector<std::vector<TypePtr>>;

/// All elements of the rows that are not null, in order: their child indices, their rows, their
/// places in the row.
struct Elements {
  std::vector<int32_t> indices;
  std::vector<int32_t> rows;
  std::vector<int32_t> places;
};

Elements AllElements(const Lists& lists, int64_t num_rows) {
  Elements all;
  for (int64_t i = 0; i < num_rows; ++i) {
    const ListEntry e = lists[i];
    for (int32_t j = 0; j < e.length; ++j) {
      all.indices.push_back(e.offset + j);
      all.rows.push_back(static_cast<int32_t>(i));
      all.places.push_back(j);
    }
  }
  return all;
}

VectorPtr Places(const std::vector<int32_t>& places) {
  columnar::FlatWriter writer(type::Int(), static_cast<int64_t>(places.size()));
  std::copy(places.begin(), places.end(), writer.values<int32_t>());
  return writer.Finish(static_cast<int64_t>(places.size()));
}

VectorPtr Take(const VectorPtr& child, const std::vector<int32_t>& indices) {
  return columnar::Gather(child, indices.data(), static_cast<int64_t>(indices.size()));
}

/// The lambda over parameters; an empty vector where there are no elements.
Result<VectorPtr> Call(const LambdaKernel& lambda, const std::vector<VectorPtr>& parameters,
                       const std::vector<int32_t>& rows, const TypePtr& type) {
  if (rows.empty()) {
    return Vector::MakeNull(type, 0);
  }
  return lambda.Evaluate(parameters, rows.data(), static_cast<int64_t>(rows.size()));
}

std::vector<bool> IsTrue(const VectorPtr& v) {
  std::vector<bool> out(v->size());
  if (v->type()->is_null()) {
    return out;
  }
  const VectorReader<uint8_t> reader(*v);
  for (int64_t i = 0; i < v->size(); ++i) {
    out[i] = !reader.IsNull(i) && reader[i] != 0;
  }
  return out;
}

Status NotArray(const BindInput& input, int index, const char* required = "\"ARRAY\"") {
  return UnexpectedType(input, index, required);
}

Result<TypePtr> ArrayArgument(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t == nullptr || !t->is(TypeId::kArray)) {
    if (t != nullptr && t->is_null()) {
      return type::Array(type::Null());
    }
    return t == nullptr
               ? base::UserError(
                     "INVALID_LAMBDA_FUNCTION_CALL.PARAMETER_DOES_NOT_ACCEPT_LAMBDA_FUNCTION",
                     "You passed a lambda function to a parameter that does not accept it.")
               : NotArray(input, index);
  }
  return t;
}

Result<TypePtr> MapArgument(const BindInput& input, int index) {
  const TypePtr& t = input.types[index];
  if (t == nullptr || !t->is(TypeId::kMap)) {
    return t == nullptr
               ? base::UserError(
                     "INVALID_LAMBDA_FUNCTION_CALL.PARAMETER_DOES_NOT_ACCEPT_LAMBDA_FUNCTION",
                     "You passed a lambda function to a parameter that does not accept it.")
               : NotArray(input, index, "\"MAP\"");
  }
  return t;
}

bool Nullable(const BindInput& input, size_t i) {
  return input.nullable.size() <= i || input.nullable[i];
}

BoundScalar Typed(std::vector<TypePtr> arguments, TypePtr result, std::optional<bool> nullable) {
  BoundScalar bound;
  bound.argument_types = std::move(arguments);
  bound.return_type = std::move(result);
  bound.null_propagating = false;
  bound.nullable = nullable;
  return bound;
}

// ---- transform, filter, exists, forall
// --------------------------------------------------------------------------------------------------

LambdaTypes ElementAndPlace() {
  return [](const BindInput& input, int, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
    return Choices{{t->element(), type::Int()}, {t->element()}};
  };
}

LambdaTypes ElementOnly() {
  return [](const BindInput& input, int, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
    return Choices{{t->element()}};
  };
}

/// Entries of an array column with all elements packed in order: what AllElements lists.
VectorPtr Repacked(const TypePtr& type, const Lists& lists, int64_t num_rows, VectorPtr child) {
  std::vector<ListEntry> entries(num_rows);
  std::vector<int64_t> nulls;
  int32_t at = 0;
  for (int64_t i = 0; i < num_rows; ++i) {
    const ListEntry e = lists[i];
    entries[i] = {at, e.length};
    at += e.length;
    if (lists.IsNull(i)) {
      nulls.push_back(i);
    }
  }
  return MakeList(type, std::move(entries), nulls, {std::move(child)});
}

Result<VectorPtr> Transform(const HigherOrderArguments& a) {
  const Lists lists(a.arguments[0]);
  const Elements all = AllElements(lists, a.num_rows);
  if (lists.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  std::vector<VectorPtr> parameters = {Take(lists.child(), all.indices), Places(all.places)};
  ARROW_ASSIGN_OR_RAISE(const VectorPtr result,
                        Call(*a.lambdas[1], parameters, all.rows, a.return_type->element()));
  return Repacked(a.return_type, lists, a.num_rows, columnar::FlattenDeep(result));
}

Result<BoundScalar> BindTransform(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
  return Typed({t, input.types[1]}, type::Array(input.types[1], Nullable(input, 1)),
               Nullable(input, 0));
}

Result<VectorPtr> Filter(const HigherOrderArguments& a) {
  const Lists lists(a.arguments[0]);
  if (lists.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const Elements all = AllElements(lists, a.num_rows);
  std::vector<VectorPtr> parameters = {Take(lists.child(), all.indices), Places(all.places)};
  ARROW_ASSIGN_OR_RAISE(const VectorPtr result,
                        Call(*a.lambdas[1], parameters, all.rows, type::Boolean()));
  const std::vector<bool> keep = IsTrue(result);
  ListResult out(a.return_type, a.num_rows);
  size_t k = 0;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    const ListEntry e = lists[i];
    for (int32_t j = 0; j < e.length; ++j, ++k) {
      if (keep[k]) {
        out.Add(e.offset + j);
      }
    }
    if (lists.IsNull(i)) {
      out.EndNull();
    } else {
      out.End();
    }
  }
  return out.Finish({lists.child()});
}

Result<BoundScalar> BindFilter(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
  if (input.types[1] != nullptr && !input.types[1]->is(TypeId::kBoolean) &&
      !input.types[1]->is_null()) {
    return UnexpectedType(input, 1, "\"BOOLEAN\"");
  }
  return Typed({t, type::Boolean()}, t, Nullable(input, 0));
}

// exists: true if some element passes, null if none does but for some it is unknown. forall
// likewise for all.
template <bool kAll>
Result<VectorPtr> Test(const HigherOrderArguments& a) {
  const Lists lists(a.arguments[0]);
  const Elements all = AllElements(lists, a.num_rows);
  columnar::FlatWriter out(a.return_type, a.num_rows);
  if (lists.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  ARROW_ASSIGN_OR_RAISE(
      const VectorPtr result,
      Call(*a.lambdas[1], {Take(lists.child(), all.indices)}, all.rows, type::Boolean()));
  const bool void_result = result->type()->is_null();
  const VectorReader<uint8_t> reader(*result);
  size_t k = 0;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (lists.IsNull(i)) {
      out.SetNull(i);
      continue;
    }
    bool decided = false;
    bool unknown = false;
    for (int32_t j = 0; j < lists[i].length; ++j, ++k) {
      if (void_result || reader.IsNull(static_cast<int64_t>(k))) {
        unknown = true;
      } else {
        decided |= (reader[static_cast<int64_t>(k)] != 0) != kAll;
      }
    }
    if (!decided && unknown) {
      out.SetNull(i);
    } else {
      out.values<uint8_t>()[i] = decided != kAll;
    }
  }
  return out.Finish(a.num_rows);
}

Result<BoundScalar> BindTest(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
  if (input.types[1] != nullptr && !input.types[1]->is(TypeId::kBoolean) &&
      !input.types[1]->is_null()) {
    return UnexpectedType(input, 1, "\"BOOLEAN\"");
  }
  return Typed({t, type::Boolean()}, type::Boolean(), Nullable(input, 0) || Nullable(input, 1));
}

// ---- aggregate
// ---------------------------------------------------------------------------------------------------------------------------

// aggregate(array, start, (state, x) -> …[, state -> …]): one step for the k-th elements of all
// rows that have one.
Result<VectorPtr> Aggregate(const HigherOrderArguments& a) {
  const Lists lists(a.arguments[0]);
  VectorPtr state = a.arguments[1];
  const TypePtr state_type = state->type();
  int32_t longest = 0;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    longest = std::max(longest, lists[i].length);
  }
  for (int32_t k = 0; k < longest; ++k) {
    std::vector<int32_t> rows;
    std::vector<int32_t> indices;
    std::vector<int32_t> rest;
    std::vector<int32_t> source(a.num_rows);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      const ListEntry e = lists[i];
      if (k < e.length) {
        rows.push_back(static_cast<int32_t>(i));
        indices.push_back(e.offset + k);
        source[i] = 0;
      } else {
        rest.push_back(static_cast<int32_t>(i));
        source[i] = 1;
      }
    }
    ARROW_ASSIGN_OR_RAISE(
        VectorPtr next,
        Call(*a.lambdas[2], {Take(state, rows), Take(lists.child(), indices)}, rows, state_type));
    if (rest.empty()) {
      state = std::move(next);
    } else {
      state =
          columnar::Interleave(state_type, {next, Take(state, rest)}, source.data(), a.num_rows);
    }
  }
  std::vector<int32_t> rows;
  std::vector<int32_t> source(a.num_rows, 0);
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (lists.IsNull(i)) {
      source[i] = -1;
    } else {
      rows.push_back(static_cast<int32_t>(i));
    }
  }
  VectorPtr finished = Take(state, rows);
  if (a.lambdas.size() > 3 && a.lambdas[3] != nullptr) {
    ARROW_ASSIGN_OR_RAISE(finished, Call(*a.lambdas[3], {finished}, rows, a.return_type));
  }
  if (static_cast<int64_t>(rows.size()) == a.num_rows) {
    return finished;
  }
  return columnar::Interleave(a.return_type, {finished}, source.data(), a.num_rows);
}

Result<BoundScalar> BindAggregate(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
  const TypePtr& start = input.types[1];
  const TypePtr& merged = input.types[2];
  if (merged != nullptr && !merged->SameType(*start) && !merged->is_null() &&
      !ImplicitlyCastable(*merged, *start)) {
    return UnexpectedType(input, 2, "\"" + start->Sql() + "\"");
  }
  if (merged != nullptr && !merged->SameType(*start) && !merged->is_null()) {
    return UnexpectedType(input, 2, "\"" + start->Sql() + "\"");
  }
  std::vector<TypePtr> arguments = {t, start, start};
  TypePtr result = start;
  if (input.types.size() > 3) {
    arguments.push_back(input.types[3]);
    result = input.types[3];
  }
  return Typed(std::move(arguments), result, true);
}

LambdaTypes AggregateLambdas() {
  return [](const BindInput& input, int argument, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
    if (argument == 2) {
      return Choices{{input.types[1], t->element()}};
    }
    return Choices{{input.types[1]}};
  };
}

// ---- zip_with
// -----------------------------------------------------------------------------------------------------------------------------

Result<VectorPtr> ZipWith(const HigherOrderArguments& a) {
  const Lists x(a.arguments[0]);
  const Lists y(a.arguments[1]);
  std::vector<int32_t> left;
  std::vector<int32_t> right;
  std::vector<int32_t> rows;
  std::vector<ListEntry> entries(a.num_rows);
  std::vector<int64_t> nulls;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    entries[i] = {static_cast<int32_t>(rows.size()), 0};
    if (x.IsNull(i) || y.IsNull(i)) {
      nulls.push_back(i);
      continue;
    }
    const int32_t n = std::max(x[i].length, y[i].length);
    entries[i].length = n;
    for (int32_t j = 0; j < n; ++j) {
      left.push_back(j < x[i].length ? x[i].offset + j : -1);
      right.push_back(j < y[i].length ? y[i].offset + j : -1);
      rows.push_back(static_cast<int32_t>(i));
    }
  }
  if (x.entries == nullptr || y.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const auto n = static_cast<int64_t>(rows.size());
  ARROW_ASSIGN_OR_RAISE(const VectorPtr result,
                        Call(*a.lambdas[2],
                             {columnar::GatherOrNull(x.child(), left.data(), n),
                              columnar::GatherOrNull(y.child(), right.data(), n)},
                             rows, a.return_type->element()));
  return MakeList(a.return_type, std::move(entries), nulls, {columnar::FlattenDeep(result)});
}

Result<BoundScalar> BindZipWith(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr x, ArrayArgument(input, 0));
  ARROW_ASSIGN_OR_RAISE(const TypePtr y, ArrayArgument(input, 1));
  return Typed({x, y, input.types[2]}, type::Array(input.types[2], Nullable(input, 2)),
               Nullable(input, 0) || Nullable(input, 1));
}

// ---- array_sort
// ---------------------------------------------------------------------------------------------------------------------------

// Merge sort of all rows at once: each round asks one comparison of every row that is not sorted
// yet.
struct RowSort {
  std::vector<int32_t> from;  // runs of `width` are sorted
  std::vector<int32_t> to;
  int32_t width = 1;
  int32_t run = 0;  // start of the left run being merged
  int32_t i = 0;
  int32_t j = 0;
  int32_t middle = 0;
  int32_t end = 0;

  void StartRun() {
    const auto n = static_cast<int32_t>(from.size());
    middle = std::min(run + width, n);
    end = std::min(run + 2 * width, n);
    i = run;
    j = middle;
  }

  // Moves on until a comparison is needed; false when sorted.
  bool Advance() {
    const auto n = static_cast<int32_t>(from.size());
    while (width < n) {
      if (i < middle && j < end) {
        return true;
      }
      to.insert(to.end(), from.begin() + i, from.begin() + middle);
      to.insert(to.end(), from.begin() + j, from.begin() + end);
      run = end;
      if (run >= n) {
        from.swap(to);
        to.clear();
        width *= 2;
        run = 0;
      }
      StartRun();
    }
    return false;
  }

  void TakeSmaller(bool left) { to.push_back(left ? from[i++] : from[j++]); }
};

Result<VectorPtr> ArraySort(const HigherOrderArguments& a) {
  const Lists lists(a.arguments[0]);
  if (lists.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const VectorPtr& child = lists.child();
  ListResult out(a.return_type, a.num_rows);
  const bool with_lambda = a.lambdas.size() > 1 && a.lambdas[1] != nullptr;
  std::vector<RowSort> sorts(with_lambda ? a.num_rows : 0);
  if (with_lambda) {
    std::vector<int32_t> active;
    for (int64_t r = 0; r < a.num_rows; ++r) {
      sorts[r].from.resize(lists[r].length);
      std::iota(sorts[r].from.begin(), sorts[r].from.end(), lists[r].offset);
      sorts[r].StartRun();
      if (sorts[r].Advance()) {
        active.push_back(static_cast<int32_t>(r));
      }
    }
    while (!active.empty()) {
      std::vector<int32_t> left;
      std::vector<int32_t> right;
      for (const int32_t r : active) {
        left.push_back(sorts[r].from[sorts[r].i]);
        right.push_back(sorts[r].from[sorts[r].j]);
      }
      ARROW_ASSIGN_OR_RAISE(
          const VectorPtr order,
          Call(*a.lambdas[1], {Take(child, left), Take(child, right)}, active, type::Int()));
      const VectorReader<int32_t> reader(*order);
      std::vector<int32_t> still;
      for (size_t k = 0; k < active.size(); ++k) {
        if (order->type()->is_null() || reader.IsNull(static_cast<int64_t>(k))) {
          return base::UserError(
              "COMPARATOR_RETURNS_NULL",
              "The comparator has returned a NULL for a comparison. It should return a positive "
              "integer for "
              "\"greater than\", 0 for \"equal\" and a negative integer for \"less than\".");
        }
        sorts[active[k]].TakeSmaller(reader[static_cast<int64_t>(k)] <= 0);
        if (sorts[active[k]].Advance()) {
          still.push_back(active[k]);
        }
      }
      active.swap(still);
    }
  }
  for (int64_t r = 0; r < a.num_rows; ++r) {
    if (lists.IsNull(r)) {
      out.EndNull();
      continue;
    }
    if (with_lambda) {
      for (const int32_t e : sorts[r].from) {
        out.Add(e);
      }
    } else {
      out.AddRange(lists[r].offset, lists[r].length);
      std::stable_sort(out.open(), out.open() + lists[r].length, [&](int32_t x, int32_t y) {
        const bool null_x = child->type()->is_null() || child->IsNull(x);
        const bool null_y = child->type()->is_null() || child->IsNull(y);
        if (null_x || null_y) {
          return !null_x && null_y;
        }
        return columnar::CompareRows(*child, x, *child, y) < 0;
      });
    }
    out.End();
  }
  return out.Finish({child});
}

Result<BoundScalar> BindArraySort(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
  if (input.types.size() == 1) {
    if (!IsOrderable(*t->element())) {
      return base::UserError(
          "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
          "Cannot resolve \"array_sort\" due to data type mismatch: The `array_sort` does not "
          "support ordering on "
          "type \"" +
              t->Sql() + "\".",
          {{"functionName", "`array_sort`"}, {"dataType", "\"" + t->Sql() + "\""}});
    }
    return Typed({t}, t, Nullable(input, 0));
  }
  if (input.types[1] != nullptr && !input.types[1]->is(TypeId::kInt) &&
      !input.types[1]->is_null()) {
    return UnexpectedType(input, 1, "\"INT\"");
  }
  return Typed({t, type::Int()}, t, Nullable(input, 0));
}

LambdaTypes TwoElements() {
  return [](const BindInput& input, int, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayArgument(input, 0));
    return Choices{{t->element(), t->element()}};
  };
}

// ---- maps
// ------------------------------------------------------------------------------------------------------------------------------------

LambdaTypes KeyAndValue() {
  return [](const BindInput& input, int, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, MapArgument(input, 0));
    return Choices{{t->key(), t->value()}};
  };
}

Result<VectorPtr> MapFilter(const HigherOrderArguments& a) {
  const Lists maps(a.arguments[0]);
  const Elements all = AllElements(maps, a.num_rows);
  ARROW_ASSIGN_OR_RAISE(
      const VectorPtr result,
      Call(*a.lambdas[1], {Take(maps.child(0), all.indices), Take(maps.child(1), all.indices)},
           all.rows, type::Boolean()));
  const std::vector<bool> keep = IsTrue(result);
  ListResult out(a.return_type, a.num_rows);
  size_t k = 0;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    const ListEntry e = maps[i];
    for (int32_t j = 0; j < e.length; ++j, ++k) {
      if (keep[k]) {
        out.Add(e.offset + j);
      }
    }
    if (maps.IsNull(i)) {
      out.EndNull();
    } else {
      out.End();
    }
  }
  return out.Finish({maps.child(0), maps.child(1)});
}

Result<BoundScalar> BindMapFilter(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, MapArgument(input, 0));
  if (input.types[1] != nullptr && !input.types[1]->is(TypeId::kBoolean) &&
      !input.types[1]->is_null()) {
    return UnexpectedType(input, 1, "\"BOOLEAN\"");
  }
  return Typed({t, type::Boolean()}, t, Nullable(input, 0));
}

template <bool kKeys>
Result<VectorPtr> TransformMap(const HigherOrderArguments& a) {
  const Lists maps(a.arguments[0]);
  const Elements all = AllElements(maps, a.num_rows);
  const VectorPtr keys = Take(maps.child(0), all.indices);
  const VectorPtr values = Take(maps.child(1), all.indices);
  ARROW_ASSIGN_OR_RAISE(const VectorPtr computed,
                        Call(*a.lambdas[1], {keys, values}, all.rows,
                             kKeys ? a.return_type->key() : a.return_type->value()));
  const VectorPtr result = columnar::FlattenDeep(computed);
  MapResult checked(a.return_type, a.num_rows, kKeys ? result : keys, kKeys ? values : result,
                    a.context);
  int32_t k = 0;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (maps.IsNull(i)) {
      checked.EndNull();
      continue;
    }
    for (int32_t j = 0; j < maps[i].length; ++j, ++k) {
      ARROW_RETURN_NOT_OK(checked.AddEntry(k, k));
    }
    checked.End();
  }
  return checked.Finish();
}

template <bool kKeys>
Result<BoundScalar> BindTransformMap(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, MapArgument(input, 0));
  const TypePtr result = kKeys ? type::Map(input.types[1], t->value(), t->fields()[1].nullable)
                               : type::Map(t->key(), input.types[1], Nullable(input, 1));
  return Typed({t, input.types[1]}, result, Nullable(input, 0));
}

// map_zip_with(m1, m2, (k, v1, v2) -> …): keys of the first map, then those only the second has.
Result<VectorPtr> MapZipWith(const HigherOrderArguments& a) {
  const Lists x(a.arguments[0]);
  const Lists y(a.arguments[1]);
  const VectorPtr keys = columnar::Concat(x.child(0)->type(), {x.child(0), y.child(0)});
  const auto shift = static_cast<int32_t>(x.child(0)->size());
  std::vector<int32_t> key_indices;
  std::vector<int32_t> left;
  std::vector<int32_t> right;
  std::vector<int32_t> rows;
  std::vector<ListEntry> entries(a.num_rows);
  std::vector<int64_t> nulls;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    const auto start = static_cast<int32_t>(rows.size());
    if (x.IsNull(i) || y.IsNull(i)) {
      nulls.push_back(i);
      entries[i] = {start, 0};
      continue;
    }
    const ListEntry ex = x[i];
    const ListEntry ey = y[i];
    const auto find = [&](const Lists& in, ListEntry e, int32_t key) {
      for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
        if (columnar::RowsEqual(*in.child(0), j, *keys, key)) {
          return j;
        }
      }
      return -1;
    };
    for (int32_t j = ex.offset; j < ex.offset + ex.length; ++j) {
      key_indices.push_back(j);
      left.push_back(j);
      right.push_back(find(y, ey, j));
      rows.push_back(static_cast<int32_t>(i));
    }
    for (int32_t j = ey.offset; j < ey.offset + ey.length; ++j) {
      if (find(x, ex, shift + j) < 0) {
        key_indices.push_back(shift + j);
        left.push_back(-1);
        right.push_back(j);
        rows.push_back(static_cast<int32_t>(i));
      }
    }
    entries[i] = {start, static_cast<int32_t>(rows.size()) - start};
  }
  const auto n = static_cast<int64_t>(rows.size());
  const VectorPtr key_column = Take(keys, key_indices);
  ARROW_ASSIGN_OR_RAISE(const VectorPtr result,
                        Call(*a.lambdas[2],
                             {key_column, columnar::GatherOrNull(x.child(1), left.data(), n),
                              columnar::GatherOrNull(y.child(1), right.data(), n)},
                             rows, a.return_type->value()));
  return MakeList(a.return_type, std::move(entries), nulls,
                  {key_column, columnar::FlattenDeep(result)});
}

Result<TypePtr> CommonKey(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr x, MapArgument(input, 0));
  ARROW_ASSIGN_OR_RAISE(const TypePtr y, MapArgument(input, 1));
  TypePtr key = WidestType(x->key(), y->key(), input.mode);
  if (key == nullptr) {
    return base::UserError("DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
                           "Cannot resolve \"map_zip_with\" due to data type mismatch: Input to "
                           "the `map_zip_with` should have been two "
                           "\"MAP\"s with compatible key types, but it's [\"" +
                               x->key()->Sql() + "\", \"" + y->key()->Sql() + "\"].",
                           {{"functionName", "`map_zip_with`"}});
  }
  return key;
}

Result<BoundScalar> BindMapZipWith(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr key, CommonKey(input));
  const auto with_key = [&](const TypePtr& t) {
    return type::Map(key, t->value(), t->fields()[1].nullable);
  };
  return Typed({with_key(input.types[0]), with_key(input.types[1]), input.types[2]},
               type::Map(key, input.types[2], Nullable(input, 2)),
               Nullable(input, 0) || Nullable(input, 1));
}

LambdaTypes KeyAndTwoValues() {
  return [](const BindInput& input, int, int) -> Result<Choices> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr key, CommonKey(input));
    return Choices{{key, input.types[0]->value(), input.types[1]->value()}};
  };
}

ScalarFunction Function(std::string name, std::vector<std::string> aliases, int min, int max,
                        Bind bind, LambdaTypes lambdas,
                        std::function<Result<VectorPtr>(const HigherOrderArguments&)> kernel,
                        std::string description, std::string example, std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .aliases = std::move(aliases),
                        .min_arguments = min,
                        .max_arguments = max,
                        .bind = std::move(bind),
                        .lambda_types = std::move(lambdas),
                        .higher_order = std::move(kernel),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "2.4.0"};
}

const Registration kTransform(
    Function("transform", {}, 2, 2, BindTransform, ElementAndPlace(), Transform,
             "The lambda's result for each element (and its place, from 0).",
             "SELECT transform(array(1, 2, 3), x -> x + 1)", "[2, 3, 4]"));
const Registration kFilter(Function("filter", {}, 2, 2, BindFilter, ElementAndPlace(), Filter,
                                    "The elements for which the lambda is true.",
                                    "SELECT filter(array(1, 2, 3), x -> x % 2 == 1)", "[1, 3]"));
const Registration kExists(Function("exists", {}, 2, 2, BindTest, ElementOnly(), Test<false>,
                                    "True if the lambda is true for some element.",
                                    "SELECT exists(array(1, 2, 3), x -> x % 2 == 0)", "true"));
const Registration kForall(Function("forall", {}, 2, 2, BindTest, ElementOnly(), Test<true>,
                                    "True if the lambda is true for all elements.",
                                    "SELECT forall(array(1, 2, 3), x -> x % 2 == 0)", "false"));
const Registration kAggregate(Function("aggregate", {"reduce"}, 3, 4, BindAggregate,
                                       AggregateLambdas(), Aggregate,
                                       "Folds the elements into a state, then finishes it.",
                                       "SELECT aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x)",
                                       "6"));
const Registration kZipWith(Function(
    "zip_with", {}, 3, 3, BindZipWith,
    [](const BindInput& input, int, int) -> Result<Choices> {
      ARROW_ASSIGN_OR_RAISE(const TypePtr x, ArrayArgument(input, 0));
      ARROW_ASSIGN_OR_RAISE(const TypePtr y, ArrayArgument(input, 1));
      return Choices{{x->element(), y->element()}};
    },
    ZipWith, "The lambda's result for the elements at each place of two arrays.",
    "SELECT zip_with(array(1, 2), array(3, 4), (x, y) -> x + y)", "[4, 6]"));
const Registration kArraySort(
    Function("array_sort", {}, 1, 2, BindArraySort, TwoElements(), ArraySort,
             "The array sorted, nulls last, or as a comparing lambda says.",
             "SELECT array_sort(array('b', 'd', null, 'c', 'a'))", "[a, b, c, d, NULL]"));
const Registration kMapFilter(Function("map_filter", {}, 2, 2, BindMapFilter, KeyAndValue(),
                                       MapFilter, "The entries for which the lambda is true.",
                                       "SELECT map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)",
                                       "{1 -> 0, 3 -> -1}"));
const Registration kTransformKeys(
    Function("transform_keys", {}, 2, 2, BindTransformMap<true>, KeyAndValue(), TransformMap<true>,
             "The map with its keys changed.",
             "SELECT transform_keys(map(1, 1, 2, 2), (k, v) -> k + 1)", "{2 -> 1, 3 -> 2}"));
const Registration kTransformValues(
    Function("transform_values", {}, 2, 2, BindTransformMap<false>, KeyAndValue(),
             TransformMap<false>, "The map with its values changed.",
             "SELECT transform_values(map(1, 1, 2, 2), (k, v) -> v + 1)", "{1 -> 2, 2 -> 3}"));
const Registration kMapZipWith(Function(
    "map_zip_with", {}, 3, 3, BindMapZipWith, KeyAndTwoValues(), MapZipWith,
    "The lambda's result for each key of two maps and both its values.",
    "SELECT map_zip_with(map(1, 'a'), map(1, 'x'), (k, v1, v2) -> concat(v1, v2))", "{1 -> ax}"));

}  // namespace
}  // namespace emery::functions
