// Arrays searched, edited, ordered and combined; reverse for strings and arrays.

#include <algorithm>
#include <numeric>
#include <random>

#include "functions/binding.h"
#include "functions/evaluator.h"
#include "functions/registry.h"
#include "functions/scalar/lists.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/coercion.h"

namespace emery::functions {
namespace {

using columnar::RowsEqual;
using type::TypeId;
using type::TypePtr;

Status DifferentTypes(const BindInput& input, const char* condition = "ARRAY_FUNCTION_DIFF_TYPES") {
  std::string types;
  for (const TypePtr& t : input.types) {
    types += (types.empty() ? "\"" : "\" and \"") + t->Sql();
  }
  types += "\"";
  return base::UserError(
      std::string("DATATYPE_MISMATCH.") + condition,
      "Cannot resolve \"" + std::string(input.name) + "\" due to data type mismatch: Input to `" +
          std::string(input.name) +
          "` should have been \"ARRAY\" followed by a value with same element type, but "
          "it's [" +
          types + "].",
      {{"functionName", "`" + std::string(input.name) + "`"}});
}

/// The array's type with an element type that `other` fits into as well.
Result<TypePtr> ArrayWith(const BindInput& input, size_t value_index) {
  const TypePtr& t = input.types[0];
  if (t->is_null()) {
    return type::Array(input.types[value_index]);
  }
  if (!t->is(TypeId::kArray)) {
    return UnexpectedType(input, 0, "\"ARRAY\"");
  }
  const TypePtr element = type::CommonTypeNoString(t->element(), input.types[value_index],
                                                   input.mode != plan::EvalMode::kLegacy);
  if (element == nullptr) {
    return DifferentTypes(input);
  }
  return type::Array(element, t->contains_null());
}

bool Nullable(const BindInput& input, size_t i) {
  return input.nullable.size() <= i || input.nullable[i];
}

Status RequireOrderableElement(const BindInput& input, const TypePtr& array) {
  if (type::IsOrderable(*array->element())) {
    return Status::OK();
  }
  return base::UserError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                         "Cannot resolve \"" + std::string(input.name) +
                             "\" due to data type mismatch: The `" + std::string(input.name) +
                             "` does not support ordering on type \"" + array->Sql() + "\".",
                         {{"functionName", "`" + std::string(input.name) + "`"},
                          {"dataType", "\"" + array->Sql() + "\""}});
}

bool IsNullElement(const Vector& child, int32_t i) {
  return child.type()->is_null() || child.IsNull(i);
}

// ---- searching
// ----------------------------------------------------------------------------------------------------------------------

// array_contains: true, null if only nulls could be it, or false. array_position: from 1, 0 for
// none.
Result<BoundScalar> BindSearch(const BindInput& input) {
  if (input.types[1]->is_null() && input.name == "array_contains") {
    return base::UserError("DATATYPE_MISMATCH.NULL_TYPE",
                           "Cannot resolve \"" + std::string(input.name) +
                               "\" due to data type mismatch: Null typed values cannot "
                               "be used as arguments of `" +
                               std::string(input.name) + "`.",
                           {{"functionName", "`" + std::string(input.name) + "`"}});
  }
  const bool contains = input.name == "array_contains";
  if (!contains && input.types[0]->is(TypeId::kArray) && !input.types[1]->is_null() &&
      type::TightestCommonType(input.types[0]->element(), input.types[1], true) == nullptr) {
    // Unlike array_contains, this one does not widen decimals.
    const std::string name = "`" + std::string(input.name) + "`";
    const std::string types =
        "\"" + input.types[0]->Sql() + "\", \"" + input.types[1]->Sql() + "\"";
    return base::UserError("DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                           "Cannot resolve \"" + std::string(input.name) +
                               "\" due to data type mismatch: Input to " + name +
                               " should have been \"ARRAY\" followed by a value with same element "
                               "type, but it's [" +
                               types + "].",
                           {{"functionName", name}, {"dataType", types}});
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr array, ArrayWith(input, 1));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, array));
  return MakeBound({array, array->element()}, contains ? type::Boolean() : type::Long(),
                   [contains](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists lists(a.arguments[0]);
                     const VectorPtr value = columnar::FlattenDeep(a.arguments[1]);
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (lists.IsNull(i) || value->IsNull(i)) {
                         out.SetNull(i);
                         continue;
                       }
                       const ListEntry e = lists[i];
                       int64_t found = 0;
                       bool null = false;
                       for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
                         if (IsNullElement(*lists.child(), j)) {
                           null = true;
                         } else if (RowsEqual(*lists.child(), j, *value, i)) {
                           found = j - e.offset + 1;
                           break;
                         }
                       }
                       if (!contains) {
                         out.values<int64_t>()[i] = found;
                       } else if (found == 0 && null) {
                         out.SetNull(i);
                       } else {
                         out.values<uint8_t>()[i] = found > 0;
                       }
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false,
                    .nullable = Nullable(input, 0) || Nullable(input, 1) ||
                                (contains && array->contains_null())});
}

// ---- one array to one array
// -----------------------------------------------------------------------------------------------------------

/// A kernel that picks elements of argument 0: body(lists, row, out) adds indices of the child.
using PickBody =
    std::function<Status(const KernelArguments&, const Lists&, int64_t row, ListResult& out)>;

ScalarKernel Pick(PickBody body) {
  return [body](const KernelArguments& a) -> Result<VectorPtr> {
    const Lists lists(a.arguments[0]);
    ListResult out(a.return_type, a.num_rows);
    if (lists.entries == nullptr) {
      return Vector::MakeNull(a.return_type, a.num_rows);
    }
    for (int64_t i = 0; i < a.num_rows; ++i) {
      bool null = false;
      for (const VectorPtr& v : a.arguments) {
        null |= v->type()->is_null() || v->IsNull(i);
      }
      if (null) {
        out.EndNull();
        continue;
      }
      ARROW_RETURN_NOT_OK(body(a, lists, i, out));
      out.End();
    }
    return out.Finish({lists.child()});
  };
}

Status PickDistinct(const KernelArguments&, const Lists& lists, int64_t row, ListResult& out) {
  const ListEntry e = lists[row];
  const Vector& child = *lists.child();
  bool null = false;
  if (e.length <= 32) {
    for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
      if (IsNullElement(child, j)) {
        if (!null) {
          out.Add(j);
        }
        null = true;
        continue;
      }
      const int32_t* open = out.open();
      const int32_t n = out.open_size();
      bool seen = false;
      for (int32_t k = 0; k < n && !seen; ++k) {
        seen = !IsNullElement(child, open[k]) && RowsEqual(child, open[k], child, j);
      }
      if (!seen) {
        out.Add(j);
      }
    }
    return Status::OK();
  }
  const VectorPtr part = columnar::Slice(lists.child(), e.offset, e.length);
  std::vector<uint64_t> hashes(e.length);
  HashRows({part}, e.length, hashes.data());
  size_t capacity = 64;
  while (capacity < static_cast<size_t>(e.length) * 2) {
    capacity *= 2;
  }
  std::vector<int32_t> slots(capacity, -1);
  for (int32_t k = 0; k < e.length; ++k) {
    size_t slot = hashes[k] & (capacity - 1);
    while (slots[slot] >= 0 && !(hashes[slots[slot]] == hashes[k] &&
                                 RowsEqual(child, e.offset + slots[slot], child, e.offset + k))) {
      slot = (slot + 1) & (capacity - 1);
    }
    if (slots[slot] < 0) {
      slots[slot] = k;
      out.Add(e.offset + k);
    }
  }
  return Status::OK();
}

Status PickCompact(const KernelArguments&, const Lists& lists, int64_t row, ListResult& out) {
  const ListEntry e = lists[row];
  for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
    if (!IsNullElement(*lists.child(), j)) {
      out.Add(j);
    }
  }
  return Status::OK();
}

Status PickReverse(const KernelArguments&, const Lists& lists, int64_t row, ListResult& out) {
  const ListEntry e = lists[row];
  for (int32_t j = e.offset + e.length - 1; j >= e.offset; --j) {
    out.Add(j);
  }
  return Status::OK();
}

void SortElements(const Vector& child, int32_t* begin, int32_t* end, bool ascending,
                  bool nulls_first) {
  std::stable_sort(begin, end, [&](int32_t x, int32_t y) {
    const bool null_x = IsNullElement(child, x);
    const bool null_y = IsNullElement(child, y);
    if (null_x || null_y) {
      return null_x != null_y && null_x == nulls_first;
    }
    const int order = columnar::CompareRows(child, x, child, y);
    return ascending ? order < 0 : order > 0;
  });
}

Status PickSlice(const KernelArguments& a, const Lists& lists, int64_t row, ListResult& out) {
  const ListEntry e = lists[row];
  const int32_t start = VectorReader<int32_t>(*a.arguments[1])[row];
  const int32_t length = VectorReader<int32_t>(*a.arguments[2])[row];
  if (start == 0) {
    return base::UserError("INVALID_PARAMETER_VALUE.START",
                           "The value of parameter(s) `start` in `slice` is invalid: Expects a "
                           "positive or a negative value for "
                           "`start`, but got 0.",
                           {{"parameter", "`start`"}, {"functionName", "`slice`"}});
  }
  if (length < 0) {
    return base::UserError("INVALID_PARAMETER_VALUE.LENGTH",
                           "The value of parameter(s) `length` in `slice` is invalid: Expects "
                           "`length` greater than or equal to 0, "
                           "but got " +
                               std::to_string(length) + ".",
                           {{"parameter", "`length`"},
                            {"functionName", "`slice`"},
                            {"length", std::to_string(length)}});
  }
  const int64_t from = start > 0 ? start - 1 : int64_t{e.length} + start;
  if (from >= 0 && from < e.length) {
    out.AddRange(e.offset + static_cast<int32_t>(from),
                 static_cast<int32_t>(std::min<int64_t>(length, e.length - from)));
  }
  return Status::OK();
}

Status PickWithout(const KernelArguments& a, const Lists& lists, int64_t row, ListResult& out) {
  const ListEntry e = lists[row];
  for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
    if (IsNullElement(*lists.child(), j) || !RowsEqual(*lists.child(), j, *a.arguments[1], row)) {
      out.Add(j);
    }
  }
  return Status::OK();
}

Bind OneArray(PickBody body, bool drops_nulls = false) {
  return [=](const BindInput& input) -> Result<BoundScalar> {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
    const TypePtr result = drops_nulls ? type::Array(t->element(), false) : t;
    return MakeBound({t}, result, Pick(body), {.null_propagating = false});
  };
}

Result<BoundScalar> BindSlice(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
  for (int i = 1; i < 3; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::Int()).status());
  }
  return MakeBound({t, type::Int(), type::Int()}, t, Pick(PickSlice),
                   {.can_fail = true, .null_propagating = false});
}

Result<BoundScalar> BindRemove(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayWith(input, 1));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, t));
  const ScalarKernel inner = Pick(PickWithout);
  return MakeBound(
      {t, t->element()}, t,
      [inner](const KernelArguments& a) -> Result<VectorPtr> {
        const std::vector<VectorPtr> flat = {a.arguments[0], columnar::FlattenDeep(a.arguments[1])};
        return inner(KernelArguments{flat, a.num_rows, a.return_type, a.state, a.context, a.mode});
      },
      {.null_propagating = false});
}

Result<BoundScalar> BindSortArray(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, t));
  std::vector<TypePtr> arguments = {t};
  if (input.types.size() > 1) {
    ARROW_RETURN_NOT_OK(Require(input, 1, type::Boolean()).status());
    arguments.push_back(type::Boolean());
  }
  return MakeBound(
      std::move(arguments), t,
      Pick(
          [](const KernelArguments& a, const Lists& lists, int64_t row, ListResult& out) -> Status {
            const bool ascending =
                a.arguments.size() < 2 || VectorReader<uint8_t>(*a.arguments[1])[row] != 0;
            const ListEntry e = lists[row];
            out.AddRange(e.offset, e.length);
            SortElements(*lists.child(), out.open(), out.open() + e.length, ascending, ascending);
            return Status::OK();
          }),
      {.null_propagating = false});
}

Result<BoundScalar> BindShuffle(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
  std::vector<TypePtr> arguments = {t};
  uint64_t seed = std::random_device{}();
  if (input.types.size() > 1) {
    arguments.push_back(type::Long());
    seed = static_cast<uint64_t>(LiteralInteger(input, 1).value_or(0));
  }
  return MakeBound(std::move(arguments), t,
                   [seed](const KernelArguments& a) -> Result<VectorPtr> {
                     std::mt19937_64 random(seed);
                     return Pick([&](const KernelArguments&, const Lists& lists, int64_t row,
                                     ListResult& out) -> Status {
                       const ListEntry e = lists[row];
                       out.AddRange(e.offset, e.length);
                       std::shuffle(out.open(), out.open() + e.length, random);
                       return Status::OK();
                     })(a);
                   },
                   {.null_propagating = false});
}

Result<BoundScalar> BindReverse(const BindInput& input) {
  if (input.types[0]->is(TypeId::kArray)) {
    return OneArray(PickReverse)(input);
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  return MakeBound(
      {type::String()}, type::String(), MakeKernel([](std::string_view s, StringWriter& out) {
        std::string& text = out.buffer();
        text.resize(s.size());
        size_t to = s.size();
        for (size_t at = 0; at < s.size();) {
          const size_t n =
              std::min<size_t>(Utf8Length(static_cast<unsigned char>(s[at])), s.size() - at);
          to -= n;
          s.copy(text.data() + to, n, at);
          at += n;
        }
      }));
}

// ---- min and max
// --------------------------------------------------------------------------------------------------------------------

template <bool kMin>
Result<BoundScalar> BindExtreme(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, t));
  return MakeBound({t}, t->element(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists lists(a.arguments[0]);
                     std::vector<int32_t> best(a.num_rows, -1);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       const ListEntry e = lists[i];
                       for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
                         if (IsNullElement(*lists.child(), j)) {
                           continue;
                         }
                         if (best[i] < 0) {
                           best[i] = j;
                           continue;
                         }
                         const int order =
                             columnar::CompareRows(*lists.child(), j, *lists.child(), best[i]);
                         if (kMin ? order < 0 : order > 0) {
                           best[i] = j;
                         }
                       }
                     }
                     return columnar::GatherOrNull(lists.child(), best.data(), a.num_rows);
                   },
                   {.null_propagating = false, .nullable = true});
}

// ---- two arrays
// ----------------------------------------------------------------------------------------------------------------------

enum class SetOperation { kUnion, kIntersect, kExcept };

/// The common type of arguments 0 and 1, both arrays.
Result<TypePtr> CommonArray(const BindInput& input) {
  if (!input.types[0]->is(TypeId::kArray) || !input.types[1]->is(TypeId::kArray)) {
    return DifferentTypes(input, "BINARY_ARRAY_DIFF_TYPES");
  }
  TypePtr common = type::CommonTypeNoString(input.types[0], input.types[1],
                                            input.mode != plan::EvalMode::kLegacy);
  if (common == nullptr) {
    return DifferentTypes(input, "BINARY_ARRAY_DIFF_TYPES");
  }
  return common->is_null() ? type::Array(type::Null()) : common;
}

template <SetOperation kOperation>
Result<BoundScalar> BindSet(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr common, CommonArray(input));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, common));
  const bool null_a = input.types[0]->is_null() || input.types[0]->contains_null();
  const bool null_b = input.types[1]->is_null() || input.types[1]->contains_null();
  const TypePtr result =
      type::Array(common->element(), kOperation == SetOperation::kUnion       ? null_a || null_b
                                     : kOperation == SetOperation::kIntersect ? null_a && null_b
                                                                              : null_a);
  return MakeBound(
      {common, common}, result,
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const Lists x(a.arguments[0]);
        const Lists y(a.arguments[1]);
        const VectorPtr all = columnar::Concat(a.return_type->element(), {x.child(), y.child()});
        const auto shift = static_cast<int32_t>(x.child()->size());
        std::vector<uint64_t> hashes(all->size());
        HashRows({all}, all->size(), hashes.data());
        const auto same = [&](int32_t p, int32_t q) {
          return hashes[p] == hashes[q] && RowsEqual(*all, p, *all, q);
        };
        ListResult out(a.return_type, a.num_rows);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (x.IsNull(i) || y.IsNull(i)) {
            out.EndNull();
            continue;
          }
          const ListEntry ex = x[i];
          const ListEntry ey{y[i].offset + shift, y[i].length};
          const auto seen = [&](int32_t j) {
            const int32_t* open = out.open();
            return std::any_of(open, open + out.open_size(), [&](int32_t k) { return same(k, j); });
          };
          for (int32_t j = ex.offset; j < ex.offset + ex.length; ++j) {
            if (kOperation != SetOperation::kUnion) {
              bool other = false;
              for (int32_t k = ey.offset; k < ey.offset + ey.length && !other; ++k) {
                other = same(k, j);
              }
              if (other != (kOperation == SetOperation::kIntersect)) {
                continue;
              }
            }
            if (!seen(j)) {
              out.Add(j);
            }
          }
          if (kOperation == SetOperation::kUnion) {
            for (int32_t j = ey.offset; j < ey.offset + ey.length; ++j) {
              if (!seen(j)) {
                out.Add(j);
              }
            }
          }
          out.End();
        }
        return out.Finish({all});
      },
      {.null_propagating = false});
}

// True if a common element is found, null if one might hide behind a null, else false.
Result<BoundScalar> BindOverlap(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr common, CommonArray(input));
  ARROW_RETURN_NOT_OK(RequireOrderableElement(input, common));
  return MakeBound({common, common}, type::Boolean(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists x(a.arguments[0]);
                     const Lists y(a.arguments[1]);
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (x.IsNull(i) || y.IsNull(i)) {
                         out.SetNull(i);
                         continue;
                       }
                       const ListEntry ex = x[i];
                       const ListEntry ey = y[i];
                       bool found = false;
                       bool null = false;
                       for (int32_t j = ex.offset; j < ex.offset + ex.length && !found; ++j) {
                         if (IsNullElement(*x.child(), j)) {
                           null = true;
                           continue;
                         }
                         for (int32_t k = ey.offset; k < ey.offset + ey.length && !found; ++k) {
                           if (IsNullElement(*y.child(), k)) {
                             null = true;
                           } else {
                             found = RowsEqual(*x.child(), j, *y.child(), k);
                           }
                         }
                       }
                       for (int32_t k = ey.offset; k < ey.offset + ey.length && !null; ++k) {
                         null = IsNullElement(*y.child(), k);
                       }
                       if (!found && null && ex.length > 0 && ey.length > 0) {
                         out.SetNull(i);
                       } else {
                         out.values<uint8_t>()[i] = found;
                       }
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false, .nullable = true});
}

// ---- an array and a value
// ----------------------------------------------------------------------------------------------------------------

// array_append, array_prepend: a null value is added too.
template <bool kFront>
Result<BoundScalar> BindAppend(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayWith(input, 1));
  const TypePtr result = type::Array(t->element(), t->contains_null() || Nullable(input, 1));
  return MakeBound({t, t->element()}, result,
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists lists(a.arguments[0]);
                     const VectorPtr all = columnar::Concat(a.return_type->element(),
                                                            {lists.child(), a.arguments[1]});
                     const auto shift = static_cast<int32_t>(lists.child()->size());
                     ListResult out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (lists.IsNull(i)) {
                         out.EndNull();
                         continue;
                       }
                       if (kFront) {
                         out.Add(shift + static_cast<int32_t>(i));
                       }
                       out.AddRange(lists[i].offset, lists[i].length);
                       if (!kFront) {
                         out.Add(shift + static_cast<int32_t>(i));
                       }
                       out.End();
                     }
                     return out.Finish({all});
                   },
                   {.null_propagating = false, .nullable = Nullable(input, 0)});
}

// array_insert(array, position, value): positions count from 1 or from the end; gaps are filled
// with nulls.
Result<BoundScalar> BindInsert(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, ArrayWith(input, 2));
  ARROW_RETURN_NOT_OK(Require(input, 1, type::Int()).status());
  return MakeBound(
      {t, type::Int(), t->element()}, type::Array(t->element(), true),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const Lists lists(a.arguments[0]);
        const VectorReader<int32_t> positions(*a.arguments[1]);
        const VectorPtr all =
            columnar::Concat(a.return_type->element(), {lists.child(), a.arguments[2]});
        const auto shift = static_cast<int32_t>(lists.child()->size());
        ListResult out(a.return_type, a.num_rows);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (lists.IsNull(i) || positions.IsNull(i)) {
            out.EndNull();
            continue;
          }
          const int32_t position = positions[i];
          const ListEntry e = lists[i];
          if (position == 0) {
            return base::UserError("INVALID_INDEX_OF_ZERO",
                                   "The index 0 is invalid. An index shall be either < 0 or > 0 "
                                   "(the first element has "
                                   "index 1).");
          }
          const int64_t size = e.length;
          const auto value = shift + static_cast<int32_t>(i);
          if (std::abs(int64_t{position}) > 2147483632) {
            return base::UserError("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
                                   "Can't create array with more elements than allowed.");
          }
          if (position < 0 && -int64_t{position} > size + 1) {
            out.Add(value);
            for (int64_t k = size + 1; k < -int64_t{position}; ++k) {
              out.Add(-1);
            }
            out.AddRange(e.offset, e.length);
          } else {
            const int64_t at = position > 0 ? position - 1 : size + position + 1;
            const auto before = static_cast<int32_t>(std::min(at, size));
            out.AddRange(e.offset, before);
            for (int64_t k = size; k < at; ++k) {
              out.Add(-1);
            }
            out.Add(value);
            out.AddRange(e.offset + before, e.length - before);
          }
          out.End();
        }
        return out.Finish({all});
      },
      {.can_fail = true, .null_propagating = false});
}

Result<BoundScalar> BindArrayRepeat(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 1, type::Int()).status());
  const TypePtr& element = input.types[0];
  return MakeBound({element, type::Int()}, type::Array(element, Nullable(input, 0)),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const VectorReader<int32_t> counts(*a.arguments[1]);
                     ListResult out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (counts.IsNull(i)) {
                         out.EndNull();
                         continue;
                       }
                       for (int32_t k = 0; k < counts[i]; ++k) {
                         out.Add(static_cast<int32_t>(i));
                       }
                       out.End();
                     }
                     return out.Finish({a.arguments[0]});
                   },
                   {.null_propagating = false, .nullable = Nullable(input, 1)});
}

Result<BoundScalar> BindFlatten(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, 0));
  if (!t->element()->is(TypeId::kArray) && !t->element()->is_null()) {
    return UnexpectedType(input, 0, "\"ARRAY\" of \"ARRAY\"");
  }
  if (t->element()->is_null()) {
    return MakeBound({t}, type::Array(type::Null()),
                     [](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeNull(a.return_type, a.num_rows);
                     },
                     {.nullable = true});
  }
  return MakeBound(
      {t}, t->element(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const Lists outer(a.arguments[0]);
        const Lists inner(outer.child());
        ListResult out(a.return_type, a.num_rows);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          bool null = outer.IsNull(i);
          const ListEntry e = outer[i];
          for (int32_t j = e.offset; j < e.offset + e.length && !null; ++j) {
            null = inner.IsNull(j);
            out.AddRange(inner[j].offset, inner[j].length);
          }
          if (null) {
            out.EndNull();
          } else {
            out.End();
          }
        }
        return out.Finish({inner.child()});
      },
      {.null_propagating = false, .nullable = Nullable(input, 0) || t->contains_null()});
}

// array_join(array of strings, delimiter[, null replacement])
Result<BoundScalar> BindArrayJoin(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (!t->is_null() && (!t->is(TypeId::kArray) || t->element()->is_nested())) {
    return UnexpectedType(input, 0, "\"ARRAY<STRING>\"");
  }
  std::vector<TypePtr> arguments(input.types.size(), type::String());
  arguments[0] = type::Array(type::String());
  for (size_t i = 1; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return MakeBound(std::move(arguments), type::String(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const Lists lists(a.arguments[0]);
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     const VectorReader<StringView> delimiter(*a.arguments[1]);
                     std::string text;
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (lists.IsNull(i) || delimiter.IsNull(i) ||
                           (a.arguments.size() > 2 && a.arguments[2]->IsNull(i))) {
                         out.SetNull(i);
                         continue;
                       }
                       text.clear();
                       bool first = true;
                       const ListEntry e = lists[i];
                       const Vector& child = *lists.child();
                       for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
                         const bool null = child.IsNull(j);
                         if (null && a.arguments.size() < 3) {
                           continue;
                         }
                         if (!first) {
                           text.append(delimiter[i].view());
                         }
                         first = false;
                         text.append(null ? VectorReader<StringView>(*a.arguments[2])[i].view()
                                          : child.values<StringView>()[j].view());
                       }
                       out.SetString(i, text);
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false});
}

// arrays_zip: structs of the elements at each place, null where an array is shorter. Fields are
// called 0, 1, … here; the analyzer may name them after its arguments.
Result<BoundScalar> BindArraysZip(const BindInput& input) {
  std::vector<type::Field> fields;
  std::vector<TypePtr> arguments;
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireArray(input, static_cast<int>(i)));
    fields.push_back({.name = std::to_string(i), .type = t->element()});
    arguments.push_back(t);
  }
  return MakeBound(
      std::move(arguments), type::Array(type::Struct(std::move(fields)), false),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        std::vector<Lists> lists;
        for (const VectorPtr& v : a.arguments) {
          lists.emplace_back(v);
        }
        std::vector<std::vector<int32_t>> elements(lists.size());
        std::vector<ListEntry> entries(a.num_rows);
        std::vector<int64_t> nulls;
        int32_t total = 0;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          int32_t longest = 0;
          const bool null =
              std::any_of(lists.begin(), lists.end(), [&](const Lists& l) { return l.IsNull(i); });
          if (null) {
            nulls.push_back(i);
            entries[i] = {total, 0};
            continue;
          }
          for (const Lists& l : lists) {
            longest = std::max(longest, l[i].length);
          }
          for (size_t k = 0; k < lists.size(); ++k) {
            const ListEntry e = lists[k][i];
            for (int32_t j = 0; j < longest; ++j) {
              elements[k].push_back(j < e.length ? e.offset + j : -1);
            }
          }
          entries[i] = {total, longest};
          total += longest;
        }
        std::vector<VectorPtr> fields;
        for (size_t k = 0; k < lists.size(); ++k) {
          fields.push_back(columnar::Flatten(
              columnar::GatherOrNull(lists[k].child(), elements[k].data(), total)));
        }
        VectorPtr structs = Vector::MakeNested(a.return_type->element(), total, nullptr, nullptr,
                                               std::move(fields));
        return MakeList(a.return_type, std::move(entries), nulls, {std::move(structs)});
      },
      {.null_propagating = false});
}

ScalarFunction Function(std::string name, int min, int max, Bind bind, std::string description,
                        std::string example, std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .min_arguments = min,
                        .max_arguments = max,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "2.4.0"};
}

const Registration kContains(Function("array_contains", 2, 2, BindSearch,
                                      "True if the array contains the value.",
                                      "SELECT array_contains(array(1, 2, 3), 2)", "true"));
const Registration kPosition(Function("array_position", 2, 2, BindSearch,
                                      "The place (from 1) of the value, 0 if it is not there.",
                                      "SELECT array_position(array(312, 773, 708), 708)", "3"));
const Registration kDistinct(Function("array_distinct", 1, 1, OneArray(PickDistinct),
                                      "The array without repeated values.",
                                      "SELECT array_distinct(array(1, 2, 3, null, 3))",
                                      "[1, 2, 3, NULL]"));
const Registration kCompact(Function("array_compact", 1, 1, OneArray(PickCompact, true),
                                     "The array without nulls.",
                                     "SELECT array_compact(array(1, 2, 3, null))", "[1, 2, 3]"));
const Registration kRemove(Function("array_remove", 2, 2, BindRemove,
                                    "The array without the elements that equal the value.",
                                    "SELECT array_remove(array(1, 2, 3, null, 3), 3)",
                                    "[1, 2, NULL]"));
const Registration kSlice(Function(
    "slice", 3, 3, BindSlice, "The part from a position (from 1, or from the end) of some length.",
    "SELECT slice(array(1, 2, 3, 4), 2, 2)", "[2, 3]"));
const Registration kSortArray(Function(
    "sort_array", 1, 2, BindSortArray,
    "The array sorted, nulls first; descending, nulls last, where the second argument is false.",
    "SELECT sort_array(array('b', 'd', null, 'c', 'a'), true)", "[NULL, a, b, c, d]"));
const Registration kShuffle(ScalarFunction{
    .name = "shuffle",
    .min_arguments = 1,
    .max_arguments = 2,
    .deterministic = false,
    .bind = BindShuffle,
    .description = "The array in random order.",
    .examples = {{"SELECT size(shuffle(array(1, 20, 3, 5)))", "4"}},
    .since = "2.4.0"});
const Registration kReverse(Function("reverse", 1, 1, BindReverse,
                                     "A string or array in reverse order.",
                                     "SELECT reverse('Spark SQL')", "LQS krapS"));
const Registration kArrayMin(Function("array_min", 1, 1, BindExtreme<true>,
                                      "The smallest element that is not null.",
                                      "SELECT array_min(array(1, 20, null, 3))", "1"));
const Registration kArrayMax(Function("array_max", 1, 1, BindExtreme<false>,
                                      "The greatest element that is not null.",
                                      "SELECT array_max(array(1, 20, null, 3))", "20"));
const Registration kUnion(Function("array_union", 2, 2, BindSet<SetOperation::kUnion>,
                                   "The distinct elements of both arrays.",
                                   "SELECT array_union(array(1, 2, 3), array(1, 3, 5))",
                                   "[1, 2, 3, 5]"));
const Registration kIntersect(Function("array_intersect", 2, 2, BindSet<SetOperation::kIntersect>,
                                       "The distinct elements that are in both arrays.",
                                       "SELECT array_intersect(array(1, 2, 3), array(1, 3, 5))",
                                       "[1, 3]"));
const Registration kExcept(
    Function("array_except", 2, 2, BindSet<SetOperation::kExcept>,
             "The distinct elements of the first array that are not in the second.",
             "SELECT array_except(array(1, 2, 3), array(1, 3, 5))", "[2]"));
const Registration kOverlap(Function("arrays_overlap", 2, 2, BindOverlap,
                                     "True if the arrays have an element in common.",
                                     "SELECT arrays_overlap(array(1, 2, 3), array(3, 4, 5))",
                                     "true"));
const Registration kAppend(Function("array_append", 2, 2, BindAppend<false>,
                                    "The array with a value added at its end.",
                                    "SELECT array_append(array('b', 'd'), 'e')", "[b, d, e]"));
const Registration kPrepend(Function("array_prepend", 2, 2, BindAppend<true>,
                                     "The array with a value added at its start.",
                                     "SELECT array_prepend(array('b', 'd'), 'e')", "[e, b, d]"));
const Registration kInsert(Function("array_insert", 3, 3, BindInsert,
                                    "The array with a value put in at a position.",
                                    "SELECT array_insert(array(1, 2, 3, 4), 5, 5)",
                                    "[1, 2, 3, 4, 5]"));
const Registration kRepeat(Function("array_repeat", 2, 2, BindArrayRepeat,
                                    "An array of a value n times.", "SELECT array_repeat('123', 2)",
                                    "[123, 123]"));
const Registration kFlatten(Function("flatten", 1, 1, BindFlatten,
                                     "The arrays of an array one after another.",
                                     "SELECT flatten(array(array(1, 2), array(3, 4)))",
                                     "[1, 2, 3, 4]"));
const Registration kJoin(
    Function("array_join", 2, 3, BindArrayJoin,
             "The strings with a delimiter between; nulls are left out or replaced.",
             "SELECT array_join(array('hello', null, 'world'), ' ', ',')", "hello , world"));
const Registration kZip(Function("arrays_zip", 1, -1, BindArraysZip,
                                 "An array of structs of the elements at each place.",
                                 "SELECT arrays_zip(array(1, 2, 3), array(2, 3, 4))",
                                 "[{1, 2}, {2, 3}, {3, 4}]"));

}  // namespace
}  // namespace emery::functions
