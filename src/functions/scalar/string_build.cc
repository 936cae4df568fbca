// Strings made from several values: concat, concat_ws, elt, mask, sentences.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/scalar/utf8.h"
#include "functions/vectorize.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {
namespace {

using columnar::VectorBuilder;
using std::string_view;
using type::TypeId;
using type::TypePtr;

// ---- concat
// --------------------------------------------------------------------------------------------------------------------

Result<VectorPtr> ConcatStrings(const KernelArguments& a) {
  if (HasConstantNull(a.arguments)) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const columnar::BufferPtr validity = CombineValidity(a.arguments, a.num_rows);
  const auto* valid =
      validity == nullptr ? nullptr : reinterpret_cast<const uint64_t*>(validity->data());
  columnar::FlatWriter out(a.return_type, a.num_rows);
  if (valid != nullptr) {
    out.SetValidity(valid);
  }
  std::vector<VectorReader<StringView>> readers;
  for (const VectorPtr& v : a.arguments) {
    readers.emplace_back(*v);
  }
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (valid != nullptr && !columnar::GetBit(valid, i)) {
      continue;
    }
    size_t size = 0;
    for (const auto& r : readers) {
      size += r[i].size();
    }
    char inlined[StringView::kInlineSize];
    char* start = size <= StringView::kInlineSize ? inlined : out.heap().Allocate(size);
    char* p = start;
    for (const auto& r : readers) {
      const StringView& s = r[i];
      std::memcpy(p, s.data(), s.size());
      p += s.size();
    }
    out.values<StringView>()[i] = StringView(start, static_cast<uint32_t>(size));
  }
  return out.Finish(a.num_rows);
}

Result<VectorPtr> ConcatArrays(const KernelArguments& a) {
  if (HasConstantNull(a.arguments)) {
    return Vector::MakeNull(a.return_type, a.num_rows);
  }
  const auto out = VectorBuilder::Make(a.return_type);
  std::vector<VectorPtr> lists;
  for (const VectorPtr& v : a.arguments) {
    lists.push_back(columnar::FlattenDeep(v));
  }
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (std::any_of(lists.begin(), lists.end(), [&](const VectorPtr& v) { return v->IsNull(i); })) {
      out->AppendNull();
      continue;
    }
    for (const VectorPtr& v : lists) {
      const ListEntry e = v->values<ListEntry>()[i];
      if (e.length > 0) {
        out->child(0).AppendRange(*v->children()[0], e.offset, e.length);
      }
    }
    out->AppendNested();
  }
  return out->Finish();
}

Result<BoundScalar> BindConcat(const BindInput& input) {
  if (input.types.empty()) {
    return MakeBound({}, type::String(),
                     [](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeConstant(a.return_type, type::Value::String(""),
                                                   a.num_rows);
                     },
                     {.nullable = false});
  }
  const bool array = std::any_of(input.types.begin(), input.types.end(),
                                 [](const TypePtr& t) { return t->is(TypeId::kArray); });
  const bool binary = std::all_of(input.types.begin(), input.types.end(),
                                  [](const TypePtr& t) { return t->is(TypeId::kBinary); });
  if (!array) {
    const TypePtr t = binary ? type::Binary() : type::String();
    for (size_t i = 0; i < input.types.size(); ++i) {
      if (input.types[i]->is_nested()) {
        return UnexpectedType(input, static_cast<int>(i),
                              "(\"STRING\" or \"BINARY\" or \"ARRAY\")");
      }
    }
    return MakeBound(std::vector<TypePtr>(input.types.size(), t), t, ConcatStrings);
  }
  TypePtr common = input.types[0];
  for (const TypePtr& t : input.types) {
    TypePtr wider = t->is_null() ? nullptr : WidestType(common, t, input.mode);
    if (wider == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Cannot resolve \"concat\" due to data type mismatch: Input to "
                             "`concat` should all be the same type, "
                             "but it's [\"" +
                                 common->Sql() + "\", \"" + t->Sql() + "\"].",
                             {{"functionName", "`concat`"},
                              {"dataType", "[\"" + common->Sql() + "\", \"" + t->Sql() + "\"]"}});
    }
    common = wider;
  }
  return MakeBound(std::vector<TypePtr>(input.types.size(), common), common, ConcatArrays);
}

Result<BoundScalar> BindConcatWs(const BindInput& input) {
  std::vector<TypePtr> arguments = {type::String()};
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  for (size_t i = 1; i < input.types.size(); ++i) {
    const TypePtr& t = input.types[i];
    if (t->is(TypeId::kArray)) {
      arguments.push_back(type::Array(type::String(), t->contains_null()));
    } else {
      ARROW_ASSIGN_OR_RAISE(TypePtr s, Require(input, static_cast<int>(i), type::String()));
      arguments.push_back(std::move(s));
    }
  }
  const auto kernel = [](const KernelArguments& a) -> Result<VectorPtr> {
    columnar::FlatWriter out(a.return_type, a.num_rows);
    const VectorReader<StringView> separator(*a.arguments[0]);
    std::vector<VectorPtr> values;
    for (const VectorPtr& v : a.arguments) {
      values.push_back(columnar::FlattenDeep(v));
    }
    std::string text;
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (separator.IsNull(i)) {
        out.SetNull(i);
        continue;
      }
      text.clear();
      bool first = true;
      const auto add = [&](string_view s) {
        if (!first) {
          text.append(separator[i].view());
        }
        first = false;
        text.append(s);
      };
      for (size_t k = 1; k < values.size(); ++k) {
        const Vector& v = *values[k];
        if (v.IsNull(i)) {
          continue;
        }
        if (v.physical() == type::PhysicalType::kList) {
          const ListEntry e = v.values<ListEntry>()[i];
          const Vector& items = *v.children()[0];
          for (int32_t j = e.offset; j < e.offset + e.length; ++j) {
            if (!items.IsNull(j)) {
              add(items.values<StringView>()[j].view());
            }
          }
        } else {
          add(v.values<StringView>()[i].view());
        }
      }
      out.SetString(i, text);
    }
    return out.Finish(a.num_rows);
  };
  SignatureOptions options{.null_propagating = false};
  if (!input.nullable.empty()) {
    options.nullable = static_cast<bool>(input.nullable[0]);
  }
  return MakeBound(std::move(arguments), type::String(), kernel, options);
}

// ---- elt
// -------------------------------------------------------------------------------------------------------------------------

Result<BoundScalar> BindElt(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Int()).status());
  bool binary = true;
  for (size_t i = 1; i < input.types.size(); ++i) {
    binary &= input.types[i]->is(TypeId::kBinary);
    if (input.types[i]->is_nested()) {
      return UnexpectedType(input, static_cast<int>(i), "(\"STRING\" or \"BINARY\")");
    }
  }
  const TypePtr t = binary ? type::Binary() : type::String();
  std::vector<TypePtr> arguments(input.types.size(), t);
  arguments[0] = type::Int();
  return MakeBound(
      std::move(arguments), t,
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const VectorReader<int32_t> index(*a.arguments[0]);
        std::vector<VectorReader<StringView>> values;
        for (const VectorPtr& v : a.arguments) {
          values.emplace_back(*v);
        }
        const auto count = static_cast<int32_t>(a.arguments.size()) - 1;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (index.IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          const int32_t n = index[i];
          if (n <= 0 || n > count) {
            if (a.mode == plan::EvalMode::kAnsi) {
              return base::UserError(
                  "INVALID_ARRAY_INDEX",
                  "The index " + std::to_string(n) + " is out of bounds. The array has " +
                      std::to_string(count) +
                      " elements. Use the SQL function `get()` to tolerate accessing element at "
                      "invalid index and "
                      "return NULL instead.",
                  {{"indexValue", std::to_string(n)}, {"arraySize", std::to_string(count)}});
            }
            out.SetNull(i);
          } else if (values[n].IsNull(i)) {
            out.SetNull(i);
          } else {
            out.SetString(i, values[n][i].view());
          }
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .null_propagating = false, .nullable = true});
}

// ---- mask
// ---------------------------------------------------------------------------------------------------------------------------

// mask(s[, upper[, lower[, digit[, other]]]]): a null replacement keeps those characters.
Result<BoundScalar> BindMask(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
    const auto value = LiteralString(input, i);
    if (i > 0 && value.has_value() && CountCharacters(*value) != 1) {
      static constexpr const char* kNames[] = {"", "upperChar", "lowerChar", "digitChar",
                                               "otherChar"};
      return base::UserError(
          "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE",
          std::string("Cannot resolve \"mask\" due to data type mismatch: Length of ") + kNames[i] +
              " should be 1.",
          {{"exprName", kNames[i]}});
    }
  }
  return MakeBound(
      std::vector<TypePtr>(input.types.size(), type::String()), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        std::vector<VectorReader<StringView>> r;
        for (const VectorPtr& v : a.arguments) {
          r.emplace_back(*v);
        }
        std::string text;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (r[0].IsNull(i)) {
            out.SetNull(i);
            continue;
          }
          const string_view s = r[0][i].view();
          text.clear();
          for (size_t at = 0; at < s.size();) {
            const size_t start = at;
            const uint32_t c = DecodeUtf8(s, &at);
            const bool lower = IsLetterCodePoint(c) && ToUpperCodePoint(c) != c;
            const bool upper = IsLetterCodePoint(c) && !lower && ToLowerCodePoint(c) != c;
            const size_t kind = upper ? 1 : lower ? 2 : (c >= '0' && c <= '9') ? 3 : 4;
            static constexpr const char* kDefaults[] = {"", "X", "x", "n", ""};
            if (kind < r.size()) {
              text.append(r[kind].IsNull(i) ? s.substr(start, at - start) : r[kind][i].view());
            } else {
              text.append(kind == 4 ? s.substr(start, at - start) : string_view(kDefaults[kind]));
            }
          }
          out.SetString(i, text);
        }
        return out.Finish(a.num_rows);
      },
      {.null_propagating = false});
}

// ---- sentences
// -----------------------------------------------------------------------------------------------------------------

// Sentences end at . ! ? before a blank or the end; words are runs of letters, digits and what
// joins them.
void Sentences(string_view s, VectorBuilder& out) {
  const auto is_word = [](uint32_t c) {
    return IsLetterCodePoint(c) || (c >= '0' && c <= '9') || c == '_';
  };
  bool any = false;
  const auto end_sentence = [&] {
    if (any) {
      out.AppendNested();
    }
    any = false;
  };
  for (size_t at = 0; at < s.size();) {
    const size_t start = at;
    const uint32_t c = DecodeUtf8(s, &at);
    if (!is_word(c)) {
      if ((c == '.' || c == '!' || c == '?') && (at >= s.size() || s[at] == ' ' || s[at] == '\n')) {
        end_sentence();
      }
      continue;
    }
    size_t end = at;
    while (at < s.size()) {
      const size_t mark = at;
      const uint32_t next = DecodeUtf8(s, &at);
      if (is_word(next)) {
        end = at;
        continue;
      }
      if ((next == '\'' || next == '.' || next == 0x2019) && at < s.size()) {
        size_t peek = at;
        if (is_word(DecodeUtf8(s, &peek))) {
          end = at;
          continue;
        }
      }
      at = mark;
      break;
    }
    out.child(0).AppendString(s.substr(start, end - start));
    any = true;
  }
  end_sentence();
}

Result<BoundScalar> BindSentences(const BindInput& input) {
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return MakeBound(std::vector<TypePtr>(input.types.size(), type::String()),
                   type::Array(type::Array(type::String(), false), false),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const auto out = VectorBuilder::Make(a.return_type);
                     const VectorReader<StringView> s(*a.arguments[0]);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (s.IsNull(i)) {
                         out->AppendNull();
                         continue;
                       }
                       Sentences(s[i].view(), out->child(0));
                       out->AppendNested();
                     }
                     return out->Finish();
                   },
                   {.null_propagating = false});
}

const Registration kConcat(ScalarFunction{
    .name = "concat",
    .aliases = {"||"},
    .min_arguments = 0,
    .max_arguments = -1,
    .bind = BindConcat,
    .description = "Strings, binaries or arrays one after another; null where one of them is null.",
    .examples = {{"SELECT concat('Spark', 'SQL')", "SparkSQL"}},
    .since = "1.5.0"});
const Registration kConcatWs(ScalarFunction{
    .name = "concat_ws",
    .min_arguments = 1,
    .max_arguments = -1,
    .bind = BindConcatWs,
    .description =
        "Strings and arrays of strings with a separator between them; nulls are left out.",
    .examples = {{"SELECT concat_ws(' ', 'Spark', 'SQL')", "Spark SQL"}},
    .since = "1.5.0"});
const Registration kElt(ScalarFunction{.name = "elt",
                                       .min_arguments = 2,
                                       .max_arguments = -1,
                                       .bind = BindElt,
                                       .description = "The n-th of the other arguments.",
                                       .examples = {{"SELECT elt(1, 'scala', 'java')", "scala"}},
                                       .since = "2.0.0"});
const Registration kMask(ScalarFunction{
    .name = "mask",
    .min_arguments = 1,
    .max_arguments = 5,
    .bind = BindMask,
    .description = "Upper-case letters, lower-case letters, digits and others replaced.",
    .examples = {{"SELECT mask('AbCD123-@$#')", "XxXXnnn-@$#"}},
    .since = "3.4.0"});
const Registration kSentences(ScalarFunction{
    .name = "sentences",
    .min_arguments = 1,
    .max_arguments = 3,
    .bind = BindSentences,
    .description = "The words of each sentence.",
    .examples = {{"SELECT sentences('Hi there! Good morning.')",
                  "[[\"Hi\",\"there\"],[\"Good\",\"morning\"]]"}},
    .since = "2.0.0"});
}  // namespace
}  // namespace emery::functions
