#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "type/coercion.h"

/// = <=> != < <= > >=, isnull, isnotnull, isnan, not, greatest, least.
namespace emery::functions {

using type::DataType;
using type::PhysicalType;
using type::TypeId;
using type::TypePtr;

namespace {

enum class Comparison : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

/// NaN is equal to itself and greater than all else. Without branches, so that loops vectorise.
template <class T>
struct Equal {
  bool operator()(const T& a, const T& b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<bool>(static_cast<int>(a == b) |
                               (static_cast<int>(a != a) & static_cast<int>(b != b)));
    } else {
      return a == b;
    }
  }
};

template <class T>
struct Less {
  bool operator()(const T& a, const T& b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<bool>(static_cast<int>(a < b) |
                               (static_cast<int>(b != b) & static_cast<int>(a == a)));
    } else {
      return a < b;
    }
  }
};

template <class T>
struct NotEqual {
  bool operator()(const T& a, const T& b) const { return !Equal<T>{}(a, b); }
};

template <class T>
struct Greater {
  bool operator()(const T& a, const T& b) const { return Less<T>{}(b, a); }
};

template <class T>
struct LessOrEqual {
  bool operator()(const T& a, const T& b) const { return !Less<T>{}(b, a); }
};

template <class T>
struct GreaterOrEqual {
  bool operator()(const T& a, const T& b) const { return !Less<T>{}(a, b); }
};

template <class T>
ScalarKernel ScalarComparison(Comparison op) {
  switch (op) {
    case Comparison::kEqual:
      return MakeKernel(Equal<T>{});
    case Comparison::kNotEqual:
      return MakeKernel(NotEqual<T>{});
    case Comparison::kLess:
      return MakeKernel(Less<T>{});
    case Comparison::kLessOrEqual:
      return MakeKernel(LessOrEqual<T>{});
    case Comparison::kGreater:
      return MakeKernel(Greater<T>{});
    case Comparison::kGreaterOrEqual:
      break;
  }
  return MakeKernel(GreaterOrEqual<T>{});
}

bool Holds(Comparison op, int order) {
  switch (op) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessOrEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterOrEqual:
      break;
  }
  return order >= 0;
}

/// Any two vectors of one type, row by row: for nested values.
template <class Test>
VectorPtr CompareRowByRow(const KernelArguments& a, const Test& test) {
  const Vector& left = *a.arguments[0];
  const Vector& right = *a.arguments[1];
  FlatWriter writer(a.return_type, a.num_rows);
  auto* out = writer.values<uint8_t>();
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (left.IsNull(i) || right.IsNull(i)) {
      writer.SetNull(i);
    } else {
      out[i] = static_cast<uint8_t>(test(left, right, i));
    }
  }
  return writer.Finish(a.num_rows);
}

ScalarKernel NestedComparison(Comparison op) {
  return [op](const KernelArguments& a) -> Result<VectorPtr> {
    return CompareRowByRow(a, [op](const Vector& x, const Vector& y, int64_t row) {
      return Holds(op, columnar::CompareRows(x, row, y, row));
    });
  };
}

ScalarKernel ComparisonKernel(const DataType& t, Comparison op) {
  switch (t.physical()) {
    case PhysicalType::kStruct:
    case PhysicalType::kList:
    case PhysicalType::kInterval:
      return NestedComparison(op);
    case PhysicalType::kNull:
      return [](const KernelArguments& a) -> Result<VectorPtr> {
        return Vector::MakeNull(a.return_type, a.num_rows);
      };
    default:
      break;
  }
  return columnar::DispatchPhysical(
      t.physical(), [&]<class T>(std::type_identity<T>) -> ScalarKernel {
        if constexpr (std::is_same_v<T, ListEntry> || std::is_same_v<T, type::CalendarInterval>) {
          return nullptr;
        } else {
          return ScalarComparison<T>(op);
        }
      });
}

/// a <=> b from a = b and the nulls of both.
Result<VectorPtr> NullSafe(const KernelArguments& a, const ScalarKernel& equal) {
  const Vector& left = *a.arguments[0];
  const Vector& right = *a.arguments[1];
  const int64_t n = a.num_rows;
  if (left.physical() == PhysicalType::kNull) {
    return Vector::MakeConstant(a.return_type, type::Value::Bool(true), n);
  }
  columnar::BufferPtr values = columnar::Buffer::Allocate(n);
  uint8_t* out = values->mutable_data();
  if (left.is_constant_null() || right.is_constant_null()) {
    for (int64_t i = 0; i < n; ++i) {
      out[i] = static_cast<uint8_t>(left.IsNull(i) && right.IsNull(i));
    }
    return Vector::MakeFlat(a.return_type, n, std::move(values), nullptr);
  }
  ARROW_ASSIGN_OR_RAISE(VectorPtr result, equal(a));
  if (!result->may_have_nulls()) {
    return result;
  }
  result = columnar::Flatten(result);
  const auto* same = result->values<uint8_t>();
  for (int64_t i = 0; i < n; ++i) {
    const bool left_null = left.IsNull(i);
    const bool right_null = right.IsNull(i);
    out[i] = left_null || right_null ? static_cast<uint8_t>(left_null && right_null) : same[i];
  }
  return Vector::MakeFlat(a.return_type, n, std::move(values), nullptr);
}

/// The same but for names of fields and what may be null: comparable as they are.
bool SameStructure(const DataType& a, const DataType& b) {
  if (!a.is_nested() || a.id() != b.id() || a.fields().size() != b.fields().size()) {
    return a.SameType(b);
  }
  for (size_t i = 0; i < a.fields().size(); ++i) {
    if (!SameStructure(*a.fields()[i].type, *b.fields()[i].type)) {
      return false;
    }
  }
  return true;
}

/// What an operand is cast to for a comparison in `common`: nothing where only names differ.
TypePtr OperandType(const TypePtr& own, const TypePtr& common) {
  return SameStructure(*own, *common) ? own : common;
}

Result<TypePtr> CommonOperandType(const BindInput& input, bool ordering) {
  const TypePtr& left = input.types[0];
  const TypePtr& right = input.types[1];
  TypePtr common;
  if (SameStructure(*left, *right)) {
    common = left;
  } else {
    // Members of nested values are widened only where nothing is lost.
    common = left->is_nested() && right->is_nested()
                 ? type::TightestCommonType(left, right, IsAnsi(input))
                 : type::ComparisonType(left, right, IsAnsi(input));
  }
  if (common == nullptr) {
    return OperandTypesDiffer(input);
  }
  const bool fits = ordering ? type::IsOrderable(*common) : type::IsComparable(*common);
  if (!fits) {
    return base::UserError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                           "Cannot resolve \"" + std::string(input.name) +
                               "\" due to data type mismatch: The `" + std::string(input.name) +
                               "` does not support ordering on type \"" + common->Sql() + "\".",
                           {{"functionName", base::QuoteIdentifier(input.name)},
                            {"dataType", "\"" + common->Sql() + "\""}});
  }
  return common;
}

Bind ComparisonBind(Comparison op) {
  return [op](const BindInput& input) -> Result<BoundScalar> {
    const bool ordering = op != Comparison::kEqual && op != Comparison::kNotEqual;
    ARROW_ASSIGN_OR_RAISE(TypePtr common, CommonOperandType(input, ordering));
    return Bound({OperandType(input.types[0], common), OperandType(input.types[1], common)},
                 type::Boolean(), ComparisonKernel(*common, op), false);
  };
}

Result<BoundScalar> BindNullSafe(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(TypePtr common, CommonOperandType(input, false));
  ScalarKernel equal = ComparisonKernel(*common, Comparison::kEqual);
  BoundScalar bound = Bound(
      {OperandType(input.types[0], common), OperandType(input.types[1], common)}, type::Boolean(),
      [equal](const KernelArguments& a) { return NullSafe(a, equal); }, false, false);
  bound.null_propagating = false;
  return bound;
}

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, int arguments,
                        Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = arguments;
  function.max_arguments = arguments;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.0.0";
  return function;
}

// ---- nulls
// ---------------------------------------------------------------------------------------------------------

template <bool kWantNull>
Result<VectorPtr> TestNull(const KernelArguments& a) {
  const Vector& v = *a.arguments[0];
  if (v.is_constant() || !v.may_have_nulls() || v.physical() == PhysicalType::kNull) {
    const bool null = v.physical() == PhysicalType::kNull || (v.is_constant() && v.IsNull(0));
    return Vector::MakeConstant(a.return_type, type::Value::Bool(null == kWantNull), a.num_rows);
  }
  columnar::BufferPtr values = columnar::Buffer::Allocate(a.num_rows);
  uint8_t* out = values->mutable_data();
  const uint64_t* validity = v.validity();
  for (int64_t i = 0; i < a.num_rows; ++i) {
    out[i] = static_cast<uint8_t>(columnar::GetBit(validity, i) != kWantNull);
  }
  return Vector::MakeFlat(a.return_type, a.num_rows, std::move(values), nullptr);
}

template <bool kWantNull>
Result<BoundScalar> BindTestNull(const BindInput& input) {
  BoundScalar bound = Bound({input.types[0]}, type::Boolean(), TestNull<kWantNull>, false, false);
  bound.null_propagating = false;
  return bound;
}

Result<BoundScalar> BindIsNan(const BindInput& input) {
  TypePtr t = input.types[0];
  if (!t->is_floating()) {
    if (!t->is_numeric() && !t->is_string() && !t->is_null()) {
      return UnexpectedInputType(input, 0, "(\"DOUBLE\" or \"FLOAT\")");
    }
    t = type::Double();
  }
  ScalarKernel test = t->is(TypeId::kFloat) ? MakeKernel([](float v) -> bool { return v != v; })
                                            : MakeKernel([](double v) -> bool { return v != v; });
  // Null is not NaN: false.
  ScalarKernel kernel = [test](const KernelArguments& a) -> Result<VectorPtr> {
    ARROW_ASSIGN_OR_RAISE(VectorPtr result, test(a));
    if (!result->may_have_nulls()) {
      return result;
    }
    result = columnar::Flatten(result);
    columnar::BufferPtr values = columnar::Buffer::Allocate(a.num_rows);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      values->mutable_data()[i] =
          static_cast<uint8_t>(!result->IsNull(i) && result->values<uint8_t>()[i] != 0);
    }
    return Vector::MakeFlat(a.return_type, a.num_rows, std::move(values), nullptr);
  };
  BoundScalar bound = Bound({t}, type::Boolean(), std::move(kernel), false, false);
  bound.null_propagating = false;
  return bound;
}

Result<BoundScalar> BindNot(const BindInput& input) {
  if (!input.types[0]->is(TypeId::kBoolean) && !input.types[0]->is_null() &&
      !input.types[0]->is_string()) {
    return UnexpectedInputType(input, 0, "\"BOOLEAN\"");
  }
  return Bound({type::Boolean()}, type::Boolean(), MakeKernel([](bool v) -> bool { return !v; }),
               false);
}

// ---- greatest, least
// -----------------------------------------------------------------------------------------------

/// Picks, for each row, the argument that comes first in the order; nulls don't count.
Result<VectorPtr> PickExtreme(const KernelArguments& a, bool greatest) {
  const int64_t n = a.num_rows;
  std::vector<VectorPtr> vectors;
  for (const VectorPtr& v : a.arguments) {
    if (!v->is_constant_null()) {
      vectors.push_back(v);
    }
  }
  if (vectors.empty() || n == 0) {
    return Vector::MakeNull(a.return_type, n);
  }
  const PhysicalType physical = a.return_type->physical();
  if (physical == PhysicalType::kStruct || physical == PhysicalType::kList) {
    std::vector<int32_t> rows(n, -1);
    for (int64_t i = 0; i < n; ++i) {
      int best = -1;
      for (size_t k = 0; k < vectors.size(); ++k) {
        if (vectors[k]->IsNull(i)) {
          continue;
        }
        const int order = best < 0 ? 0 : columnar::CompareRows(*vectors[k], i, *vectors[best], i);
        if (best < 0 || (greatest ? order > 0 : order < 0)) {
          best = static_cast<int>(k);
        }
      }
      rows[i] = best < 0 ? -1 : static_cast<int32_t>(best * n + i);
    }
    for (VectorPtr& v : vectors) {
      v = columnar::Flatten(v);
    }
    return columnar::GatherOrNull(columnar::Concat(a.return_type, vectors), rows.data(), n);
  }
  FlatWriter writer(a.return_type, n);
  columnar::DispatchPhysical(physical, [&]<class T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, ListEntry> && !std::is_same_v<T, type::CalendarInterval>) {
      T* out = writer.values<T>();
      std::vector<uint8_t> known(n, 0);
      for (const VectorPtr& v : vectors) {
        if constexpr (std::is_same_v<T, StringView>) {
          writer.KeepStringsOf(*v);
        }
        const VectorReader<T> reader(*v);
        for (int64_t i = 0; i < n; ++i) {
          if (reader.IsNull(i)) {
            continue;
          }
          const T& value = reader[i];
          if (known[i] == 0 || (greatest ? Less<T>{}(out[i], value) : Less<T>{}(value, out[i]))) {
            out[i] = value;
            known[i] = 1;
          }
        }
      }
      for (int64_t i = 0; i < n; ++i) {
        if (known[i] == 0) {
          writer.SetNull(i);
        }
      }
    }
  });
  return writer.Finish(n);
}

Bind ExtremeBind(bool greatest) {
  return [greatest](const BindInput& input) -> Result<BoundScalar> {
    TypePtr common = input.types[0];
    for (size_t i = 1; i < input.types.size() && common != nullptr; ++i) {
      if (!common->SameType(*input.types[i])) {
        common = type::CommonTypeNoString(common, input.types[i], IsAnsi(input));
      }
    }
    if (common == nullptr) {
      std::string types;
      for (const TypePtr& t : input.types) {
        types += (types.empty() ? "\"" : ", \"") + t->Sql() + "\"";
      }
      return base::UserError(
          "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
          "Cannot resolve \"" + std::string(input.name) +
              "\" due to data type mismatch: Input to `" + std::string(input.name) +
              "` should all be the same type, but it's (" + types + ").",
          {{"functionName", base::QuoteIdentifier(input.name)}, {"dataType", "(" + types + ")"}});
    }
    if (!common->is_null() && !type::IsOrderable(*common)) {
      return base::UserError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                             "Cannot resolve \"" + std::string(input.name) +
                                 "\" due to data type mismatch: The `" + std::string(input.name) +
                                 "` does not support ordering on type \"" + common->Sql() + "\".",
                             {{"functionName", base::QuoteIdentifier(input.name)},
                              {"dataType", "\"" + common->Sql() + "\""}});
    }
    bool nullable = true;
    for (const bool argument : input.nullable) {
      nullable = nullable && argument;
    }
    BoundScalar bound = Bound(
        std::vector<TypePtr>(input.types.size(), common), common,
        [greatest](const KernelArguments& a) { return PickExtreme(a, greatest); }, false, nullable);
    bound.null_propagating = false;
    return bound;
  };
}

ScalarFunction Extreme(std::string name, bool greatest) {
  ScalarFunction function =
      Describe(name, {}, 2, ExtremeBind(greatest),
               greatest ? "Returns the greatest argument that is not null."
                        : "Returns the least argument that is not null.",
               {{greatest ? "SELECT greatest(10, 9, 2, 4, 3)" : "SELECT least(10, 9, 2, 4, 3)",
                 greatest ? "10" : "2"}});
  function.max_arguments = -1;
  return function;
}

}  // namespace

static const Registration kEqual(Describe("=", {"=="}, 2, ComparisonBind(Comparison::kEqual),
                                          "Returns whether both are equal.",
                                          {{"SELECT 2 = 2", "true"}}));
static const Registration kNotEqual(Describe("!=", {"<>"}, 2, ComparisonBind(Comparison::kNotEqual),
                                             "Returns whether both differ.",
                                             {{"SELECT 1 != 2", "true"}}));
static const Registration kLess(Describe("<", {}, 2, ComparisonBind(Comparison::kLess),
                                         "Returns whether the first is less.",
                                         {{"SELECT 1 < 2", "true"}}));
static const Registration kLessOrEqual(Describe("<=", {}, 2,
                                                ComparisonBind(Comparison::kLessOrEqual),
                                                "Returns whether the first is less or equal.",
                                                {{"SELECT 2 <= 2", "true"}}));
static const Registration kGreater(Describe(">", {}, 2, ComparisonBind(Comparison::kGreater),
                                            "Returns whether the first is greater.",
                                            {{"SELECT 2 > 1", "true"}}));
static const Registration kGreaterOrEqual(Describe(">=", {}, 2,
                                                   ComparisonBind(Comparison::kGreaterOrEqual),
                                                   "Returns whether the first is greater or equal.",
                                                   {{"SELECT 2 >= 2", "true"}}));
static const Registration kNullSafeEqual(
    Describe("<=>", {"equal_null"}, 2, BindNullSafe,
             "Returns whether both are equal, null being equal to null.",
             {{"SELECT NULL <=> NULL", "true"}}));
static const Registration kIsNull(Describe("isnull", {}, 1, BindTestNull<true>,
                                           "Returns whether the value is null.",
                                           {{"SELECT isnull(1)", "false"}}));
static const Registration kIsNotNull(Describe("isnotnull", {}, 1, BindTestNull<false>,
                                              "Returns whether the value is not null.",
                                              {{"SELECT isnotnull(1)", "true"}}));
static const Registration kIsNan(Describe("isnan", {}, 1, BindIsNan,
                                          "Returns whether the value is NaN.",
                                          {{"SELECT isnan(cast('NaN' AS DOUBLE))", "true"}}));
static const Registration kNot(Describe("not", {"!"}, 1, BindNot, "Returns the logical opposite.",
                                        {{"SELECT not(true)", "false"}}));
static const Registration kGreatest(Extreme("greatest", true));
static const Registration kLeast(Extreme("least", false));

}  // namespace emery::functions
