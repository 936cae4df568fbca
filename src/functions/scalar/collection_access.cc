// Making arrays, maps and structs, and taking them apart: array, map, named_struct, getitem (a[b]),
// getfield (a.b), element_at, get, size.

#include <algorithm>

#include "functions/binding.h"
#include "functions/evaluator.h"
#include "functions/registry.h"
#include "functions/scalar/lists.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using type::TypeId;
using type::TypePtr;

// ---- constructors
// ---------------------------------------------------------------------------------------------------------------

Result<TypePtr> CommonElement(const BindInput& input, size_t from, size_t step) {
  TypePtr common = type::Null();
  for (size_t i = from; i < input.types.size(); i += step) {
    TypePtr wider = WidestType(common, input.types[i], input.mode);
    if (wider == nullptr) {
      const std::string types = "(\"" + common->Sql() + "\" or \"" + input.types[i]->Sql() + "\")";
      return base::UserError(
          "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
          "Cannot resolve \"" + std::string(input.name) +
              "\" due to data type mismatch: Input to `" + std::string(input.name) +
              "` should all be the same type, but it's " + types + ".",
          {{"functionName", "`" + std::string(input.name) + "`"}, {"dataType", types}});
    }
    common = std::move(wider);
  }
  return common;
}

bool AnyNullable(const BindInput& input, size_t from, size_t step) {
  for (size_t i = from; i < input.nullable.size(); i += step) {
    if (input.nullable[i]) {
      return true;
    }
  }
  return false;
}

/// Values of every `step`-th argument, argument by argument; row i of argument k lies at k / step *
/// num_rows + i.
VectorPtr Stacked(const KernelArguments& a, const TypePtr& type, size_t from, size_t step) {
  std::vector<VectorPtr> pieces;
  for (size_t i = from; i < a.arguments.size(); i += step) {
    pieces.push_back(a.arguments[i]);
  }
  return columnar::Concat(type, pieces);
}

Result<BoundScalar> BindArray(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr element, CommonElement(input, 0, 1));
  const TypePtr t = type::Array(element, AnyNullable(input, 0, 1));
  BoundScalar bound = MakeBound(std::vector<TypePtr>(input.types.size(), element), t,
                                [element](const KernelArguments& a) -> Result<VectorPtr> {
                                  ListResult out(a.return_type, a.num_rows);
                                  const auto n = static_cast<int32_t>(a.arguments.size());
                                  for (int64_t i = 0; i < a.num_rows; ++i) {
                                    for (int32_t k = 0; k < n; ++k) {
                                      out.Add(static_cast<int32_t>(k * a.num_rows + i));
                                    }
                                    out.End();
                                  }
                                  return out.Finish({Stacked(a, element, 0, 1)});
                                },
                                {.null_propagating = false, .nullable = false});
  return bound;
}

Result<BoundScalar> BindMap(const BindInput& input) {
  if (input.types.size() % 2 != 0) {
    return WrongNumArgs(input, "2n (n > 0)");
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr key, CommonElement(input, 0, 2));
  ARROW_ASSIGN_OR_RAISE(const TypePtr value, CommonElement(input, 1, 2));
  if (ContainsMap(*key)) {
    return base::UserError(
        "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE",
        "Cannot resolve \"map\" due to data type mismatch: The key of map cannot be/contain \"" +
            key->Sql() + "\".",
        {{"keyType", "\"" + key->Sql() + "\""}});
  }
  std::vector<TypePtr> arguments;
  for (size_t i = 0; i < input.types.size(); ++i) {
    arguments.push_back(i % 2 == 0 ? key : value);
  }
  return MakeBound(std::move(arguments), type::Map(key, value, AnyNullable(input, 1, 2)),
                   [key, value](const KernelArguments& a) -> Result<VectorPtr> {
                     MapResult out(a.return_type, a.num_rows, Stacked(a, key, 0, 2),
                                   Stacked(a, value, 1, 2), a.context);
                     const auto n = static_cast<int64_t>(a.arguments.size()) / 2;
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       for (int64_t k = 0; k < n; ++k) {
                         const auto at = static_cast<int32_t>(k * a.num_rows + i);
                         ARROW_RETURN_NOT_OK(out.AddEntry(at, at));
                       }
                       out.End();
                     }
                     return out.Finish();
                   },
                   {.can_fail = true, .null_propagating = false, .nullable = false});
}

Result<VectorPtr> MakeStruct(const KernelArguments& a, size_t from, size_t step) {
  std::vector<VectorPtr> children;
  for (size_t i = from; i < a.arguments.size(); i += step) {
    children.push_back(columnar::Flatten(a.arguments[i]));
  }
  return Vector::MakeNested(a.return_type, a.num_rows, nullptr, nullptr, std::move(children));
}

// named_struct(name, value, …); struct(value, …) calls its fields col1, col2 … (names are the
// analyzer's business).
Result<BoundScalar> BindNamedStruct(const BindInput& input) {
  const bool named = input.name == "named_struct";
  std::vector<type::Field> fields;
  std::vector<TypePtr> arguments;
  if (named && input.types.size() % 2 != 0) {
    return WrongNumArgs(input, "2n (n > 0)");
  }
  for (size_t i = 0; i < input.types.size(); i += named ? 2 : 1) {
    const size_t v = named ? i + 1 : i;
    std::string name = "col" + std::to_string(i + 1);
    if (named) {
      const auto literal = LiteralString(input, i);
      if (!literal.has_value()) {
        return base::UserError("DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                               "Cannot resolve \"named_struct\" due to data type mismatch: Only "
                               "foldable `STRING` expressions are "
                               "allowed to appear at odd position.");
      }
      name = *literal;
      arguments.push_back(type::String());
    }
    fields.push_back({.name = std::move(name),
                      .type = input.types[v],
                      .nullable = input.nullable.empty() || input.nullable[v]});
    arguments.push_back(input.types[v]);
  }
  return MakeBound(std::move(arguments), type::Struct(std::move(fields)),
                   [named](const KernelArguments& a) {
                     return named ? MakeStruct(a, 1, 2) : MakeStruct(a, 0, 1);
                   },
                   {.null_propagating = false, .nullable = false});
}

// ---- fields
// -----------------------------------------------------------------------------------------------------------------------

// getfield(struct, 'name') and getfield(array of structs, 'name'): the name as it stands in the
// type.
Result<BoundScalar> BindGetField(const BindInput& input) {
  const TypePtr& t = input.types[0];
  const bool in_array = t->is(TypeId::kArray);
  const TypePtr& holder = in_array ? t->element() : t;
  const auto name = LiteralString(input, 1);
  if (!holder->is(TypeId::kStruct) || !name.has_value()) {
    return UnexpectedType(input, 0, "\"STRUCT\"");
  }
  const auto& fields = holder->fields();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const type::Field& f) { return f.name == *name; });
  if (found == fields.end()) {
    return base::UserError("FIELD_NOT_FOUND",
                           "No such struct field " + base::QuoteIdentifier(*name) + ".",
                           {{"fieldName", base::QuoteIdentifier(*name)}});
  }
  const int index = static_cast<int>(found - fields.begin());
  const bool outer_nullable = input.nullable.empty() || input.nullable[0];
  if (!in_array) {
    return MakeBound({t, type::String()}, found->type,
                     [index](const KernelArguments& a) -> Result<VectorPtr> {
                       return FieldOf(a.arguments[0], index);
                     },
                     {.null_propagating = false, .nullable = outer_nullable || found->nullable});
  }
  return MakeBound(
      {t, type::String()}, type::Array(found->type, t->contains_null() || found->nullable),
      [index](const KernelArguments& a) -> Result<VectorPtr> {
        const VectorPtr lists = columnar::Flatten(a.arguments[0]);
        return Vector::MakeNested(a.return_type, lists->size(), lists->values_buffer(),
                                  lists->validity_buffer(), {FieldOf(lists->children()[0], index)});
      },
      {.null_propagating = false, .nullable = outer_nullable});
}

// ---- items
// -----------------------------------------------------------------------------------------------------------------------

enum class Access { kSubscript, kElementAt, kTryElementAt, kGet };

Result<VectorPtr> ArrayItems(const VectorPtr& arrays, const VectorPtr& indexes,
                             const KernelArguments& a, Access access) {
  const Lists lists(arrays);
  const VectorReader<int64_t> index(*indexes);
  std::vector<int32_t> elements(a.num_rows, -1);
  const bool from_one = access == Access::kElementAt || access == Access::kTryElementAt;
  const bool ansi = a.mode == plan::EvalMode::kAnsi &&
                    (access == Access::kSubscript || access == Access::kElementAt);
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (lists.IsNull(i) || index.IsNull(i)) {
      continue;
    }
    const ListEntry e = lists[i];
    int64_t n = index[i];
    if (from_one) {
      if (n == 0) {
        return base::UserError("INVALID_INDEX_OF_ZERO",
                               "The index 0 is invalid. An index shall be either < 0 or > 0 (the "
                               "first element has index 1).");
      }
      n = n > 0 ? n - 1 : n + e.length;
    }
    if (n >= 0 && n < e.length) {
      elements[i] = e.offset + static_cast<int32_t>(n);
    } else if (ansi) {
      const std::string text = std::to_string(index[i]);
      const std::string size = std::to_string(e.length);
      return base::UserError(
          from_one ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX",
          "The index " + text + " is out of bounds. The array has " + size + " elements. Use " +
              (from_one ? "`try_element_at`" : "the SQL function `get()`") +
              " to tolerate accessing element at invalid index and return NULL instead.",
          {{"indexValue", text}, {"arraySize", size}});
    }
  }
  if (lists.entries == nullptr) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  return columnar::GatherOrNull(lists.child(), elements.data(), a.num_rows);
}

Result<VectorPtr> MapItems(const KernelArguments& a) {
  const Lists maps(a.arguments[0]);
  const VectorPtr keys = columnar::FlattenDeep(a.arguments[1]);
  std::vector<int32_t> elements(a.num_rows, -1);
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (maps.IsNull(i) || keys->type()->is_null() || keys->IsNull(i)) {
      continue;
    }
    const ListEntry e = maps[i];
    for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
      if (columnar::RowsEqual(*maps.child(0), j, *keys, i)) {
        elements[i] = j;
        break;
      }
    }
  }
  return columnar::GatherOrNull(maps.child(1), elements.data(), a.num_rows);
}

template <Access kAccess>
Result<BoundScalar> BindItem(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is(TypeId::kMap) && kAccess != Access::kGet) {
    const TypePtr& key = input.types[1];
    if (!ImplicitlyCastable(*key, *t->key())) {
      return UnexpectedType(input, 1, "\"" + t->key()->Sql() + "\"");
    }
    return MakeBound({t, t->key()}, t->value(), MapItems,
                     {.null_propagating = false, .nullable = true});
  }
  if (!t->is(TypeId::kArray)) {
    return UnexpectedType(input, 0,
                          kAccess == Access::kGet ? "\"ARRAY\"" : "(\"ARRAY\" or \"MAP\")");
  }
  const bool by_one = kAccess == Access::kElementAt || kAccess == Access::kTryElementAt;
  const bool is_int = input.types[1]->is(TypeId::kInt) || input.types[1]->is(TypeId::kShort) ||
                      input.types[1]->is(TypeId::kByte);
  if (by_one ? !is_int
             : !input.types[1]->is_integral() && !input.types[1]->is_null() &&
                   !input.types[1]->is_string()) {
    return UnexpectedType(
        input, 1,
        kAccess == Access::kSubscript || kAccess == Access::kGet ? "\"INTEGRAL\"" : "\"INT\"");
  }
  return MakeBound(
      {t, by_one ? type::Int() : type::Long()}, t->element(),
      [by_one](const KernelArguments& a) -> Result<VectorPtr> {
        if (!by_one) {
          return ArrayItems(a.arguments[0], a.arguments[1], a, kAccess);
        }
        ARROW_ASSIGN_OR_RAISE(
            const VectorPtr index,
            CastVector(a.arguments[1], type::Long(), plan::EvalMode::kLegacy, a.context));
        return ArrayItems(a.arguments[0], index, a, kAccess);
      },
      {.can_fail = kAccess != Access::kGet, .null_propagating = false, .nullable = true});
}

// ---- size
// --------------------------------------------------------------------------------------------------------------------------

Result<BoundScalar> BindSize(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (!t->is(TypeId::kArray) && !(t->is(TypeId::kMap) && input.name != "array_size") &&
      !t->is_null()) {
    return UnexpectedType(input, 0,
                          input.name == "array_size" ? "\"ARRAY\"" : "(\"ARRAY\" or \"MAP\")");
  }
  const TypePtr argument = t->is_null() ? type::Array(type::Null()) : t;
  // Without ANSI the size of null is -1.
  const bool minus_one = input.mode == plan::EvalMode::kLegacy && input.name != "array_size";
  if (!minus_one) {
    return MakeBound({argument}, type::Int(),
                     MakeKernel([](ListEntry e) -> int32_t { return e.length; }));
  }
  return MakeBound({argument}, type::Int(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     const VectorReader<ListEntry> entries(*a.arguments[0]);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       out.values<int32_t>()[i] = entries.IsNull(i) ? -1 : entries[i].length;
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.null_propagating = false, .nullable = false});
}

const Registration kArray(ScalarFunction{.name = "array",
                                         .min_arguments = 0,
                                         .max_arguments = -1,
                                         .bind = BindArray,
                                         .description = "An array of the arguments.",
                                         .examples = {{"SELECT array(1, 2, 3)", "[1, 2, 3]"}},
                                         .since = "1.1.0"});
const Registration kMap(ScalarFunction{
    .name = "map",
    .min_arguments = 0,
    .max_arguments = -1,
    .bind = BindMap,
    .description = "A map of keys and values in turn.",
    .examples = {{"SELECT map(1.0, '2', 3.0, '4')", "{1.0 -> 2, 3.0 -> 4}"}},
    .since = "2.0.0"});
const Registration kNamedStruct(ScalarFunction{
    .name = "named_struct",
    .min_arguments = 0,
    .max_arguments = -1,
    .bind = BindNamedStruct,
    .description = "A struct of names and values in turn.",
    .examples = {{"SELECT named_struct('a', 1, 'b', 2)", "{1, 2}"}},
    .since = "1.5.0"});
const Registration kStruct(ScalarFunction{.name = "struct",
                                          .min_arguments = 1,
                                          .max_arguments = -1,
                                          .bind = BindNamedStruct,
                                          .description = "A struct of the values.",
                                          .examples = {{"SELECT struct(1, 2, 3)", "{1, 2, 3}"}},
                                          .since = "1.4.0"});
const Registration kGetField(ScalarFunction{
    .name = "getfield",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindGetField,
    .description = "The field of a struct, or of each struct of an array: what a.b means."});
const Registration kGetItem(ScalarFunction{
    .name = "getitem",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindItem<Access::kSubscript>,
    .description =
        "The element of an array (from 0) or the value of a map's key: what a[b] means."});
const Registration kElementAt(ScalarFunction{
    .name = "element_at",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindItem<Access::kElementAt>,
    .description = "The element of an array (from 1, from the end where negative) or the value of "
                   "a map's key.",
    .examples = {{"SELECT element_at(array(1, 2, 3), 2)", "2"}},
    .since = "2.4.0"});
const Registration kTryElementAt(ScalarFunction{
    .name = "try_element_at",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindItem<Access::kTryElementAt>,
    .description = "As element_at; null where the array is shorter.",
    .examples = {{"SELECT try_element_at(array(1, 2, 3), 5)", "NULL"}},
    .since = "3.5.0"});
const Registration kGet(ScalarFunction{
    .name = "get",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindItem<Access::kGet>,
    .description = "The element of an array (from 0), null where there is none.",
    .examples = {{"SELECT get(array(1, 2, 3), 0)", "1"}},
    .since = "3.4.0"});
const Registration kSize(ScalarFunction{
    .name = "size",
    .aliases = {"cardinality"},
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = BindSize,
    .description = "The number of elements or entries.",
    .examples = {{"SELECT size(array('b', 'd', 'c', 'a'))", "4"}},
    .since = "1.5.0"});
const Registration kArraySize(ScalarFunction{
    .name = "array_size",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = BindSize,
    .description = "The number of elements.",
    .examples = {{"SELECT array_size(array('b', 'd', 'c', 'a'))", "4"}},
    .since = "3.3.0"});

}  // namespace
}  // namespace emery::functions
