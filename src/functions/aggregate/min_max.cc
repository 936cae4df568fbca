// min, max, first, last, any_value, max_by, min_by, boolean and bit aggregates: those that keep one
// value.

#include "functions/aggregate/aggregate_internal.h"

namespace emery::functions {
namespace {

using type::TypeId;

template <class T>
struct HeldState {
  Held<T> value;
};

template <class T, bool kMin>
struct MinMax final : AggregateBase<MinMax<T, kMin>, HeldState<T>> {
  using Base = AggregateBase<MinMax<T, kMin>, HeldState<T>>;
  using Base::At;
  using State = HeldState<T>;

  MinMax() { this->duplicate_insensitive = true; }

  Input<T> Read(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Add(State& s, const Input<T>& in, int64_t i) const {
    if (in.IsNull(i)) {
      return;
    }
    if (!s.value.has() || (kMin ? s.value.Compare(in, i) > 0 : s.value.Compare(in, i) < 0)) {
      s.value.Set(in, i);
    }
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    State& s = *static_cast<State*>(state);
    const Input<T> in = Read(arguments);
    int64_t best = -1;
    if constexpr (!std::is_same_v<T, Nested>) {
      if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
        bool any = false;
        T extreme = kMin ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
        ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
          extreme = kMin ? std::min(extreme, v) : std::max(extreme, v);
          any = true;
        });
        if (any) {
          const columnar::VectorPtr one = OneRow(extreme);
          Add(s, Input<T>(one), 0);
        }
        return Status::OK();
      } else {
        ForEachValue<T>(*arguments[0], num_rows, [&](int64_t i, const T& v) {
          if (best < 0 ||
              (kMin ? CompareScalars<T>(in[best], v) > 0 : CompareScalars<T>(in[best], v) < 0)) {
            best = i;
          }
        });
        if (best >= 0) {
          Add(s, in, best);
        }
      }
    } else {
      for (int64_t i = 0; i < num_rows; ++i) {
        Add(s, in, i);
      }
    }
    return Status::OK();
  }

  columnar::VectorPtr OneRow(T value) const
    requires(std::is_integral_v<T>)
  {
    FlatWriter writer(this->return_type, 1);
    writer.values<T>()[0] = value;
    return writer.Finish(1);
  }

  Input<T> ReadStates(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Combine(State& s, const Input<T>& in, int64_t i) const { Add(s, in, i); }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr result, Finalize(states, count));
    return std::vector<VectorPtr>{std::move(result)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    Output<T> out(this->return_type, count);
    for (int64_t i = 0; i < count; ++i) {
      At(states, i).value.Write(out, i);
    }
    return out.Finish(count);
  }

  int64_t OwnedBytes(const void* state) const override {
    return static_cast<const State*>(state)->value.bytes();
  }
};

template <bool kMin>
Result<BoundAggregatePtr> BindMinMax(const BindInput& input) {
  ARROW_RETURN_NOT_OK(RequireOrderable(input, 0));
  const TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  return DispatchValue(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, CalendarInterval>) {
      return base::InternalError("intervals of months, days and microseconds have no order");
    } else {
      return Bound(std::make_shared<MinMax<T, kMin>>(), {t}, t, {t});
    }
  });
}

// ---- first, last, any_value
// --------------------------------------------------------------------------------------------

template <class T, bool kFirst>
struct FirstLast final : AggregateBase<FirstLast<T, kFirst>, HeldState<T>> {
  using Base = AggregateBase<FirstLast<T, kFirst>, HeldState<T>>;
  using Base::At;
  using State = HeldState<T>;
  bool ignore_nulls;

  explicit FirstLast(bool ignore) : ignore_nulls(ignore) {
    this->order_sensitive = true;
    this->duplicate_insensitive = kFirst;
  }

  Input<T> Read(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Add(State& s, const Input<T>& in, int64_t i) const {
    if ((kFirst && s.value.has()) || (ignore_nulls && in.IsNull(i))) {
      return;
    }
    s.value.SetAny(in, i);
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    State& s = *static_cast<State*>(state);
    const Input<T> in = Read(arguments);
    if (kFirst) {
      for (int64_t i = 0; i < num_rows && !s.value.has(); ++i) {
        Add(s, in, i);
      }
      return Status::OK();
    }
    for (int64_t i = num_rows - 1; i >= 0; --i) {
      if (!ignore_nulls || !in.IsNull(i)) {
        s.value.SetAny(in, i);
        break;
      }
    }
    return Status::OK();
  }

  struct States {
    Input<T> value;
    Input<uint8_t> has;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<T>(v[0]), Input<uint8_t>(v[1])};
  }

  void Combine(State& s, const States& in, int64_t i) const {
    if (in.has[i] != 0 && !(kFirst && s.value.has())) {
      s.value.SetAny(in.value, i);
    }
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr values, Finalize(states, count));
    return std::vector<VectorPtr>{std::move(values),
                                  WriteColumn<uint8_t>(type::Boolean(), count, [&](int64_t i) {
                                    return At(states, i).value.has();
                                  })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    Output<T> out(this->return_type, count);
    for (int64_t i = 0; i < count; ++i) {
      At(states, i).value.Write(out, i);
    }
    return out.Finish(count);
  }

  int64_t OwnedBytes(const void* state) const override {
    return static_cast<const State*>(state)->value.bytes();
  }
};

template <bool kFirst>
Result<BoundAggregatePtr> BindFirstLast(const BindInput& input) {
  const TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  bool ignore = input.ignore_nulls;
  std::vector<TypePtr> arguments = {t};
  if (input.types.size() == 2) {
    if (!input.types[1]->is(TypeId::kBoolean)) {
      return UnexpectedType(input, 1, "\"BOOLEAN\"");
    }
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "ignoreNulls", "\"BOOLEAN\"");
    }
    ignore |= LiteralValue(input, 1) != nullptr && input.literals[1]->value.boolean();
    arguments.push_back(type::Boolean());
  }
  return DispatchValue(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    return Bound(std::make_shared<FirstLast<T, kFirst>>(ignore), arguments, t,
                 {t, type::Boolean()});
  });
}

// ---- max_by, min_by
// ------------------------------------------------------------------------------------------------------

// K: the ordering's C++ type. The value is kept as a row of any type.
template <class V, class K>
struct ByState {
  Held<V> value;
  Held<K> key;
};

template <class V, class K, bool kMin>
struct ValueBy final : AggregateBase<ValueBy<V, K, kMin>, ByState<V, K>> {
  using Base = AggregateBase<ValueBy<V, K, kMin>, ByState<V, K>>;
  using Base::At;
  using State = ByState<V, K>;

  ValueBy() {
    this->duplicate_insensitive = true;
    this->order_sensitive = true;
  }

  struct Inputs {
    Input<V> value;
    Input<K> key;
  };

  Inputs Read(const std::vector<VectorPtr>& v) const { return {Input<V>(v[0]), Input<K>(v[1])}; }

  // Of equal keys Spark keeps the last one.
  void Add(State& s, const Inputs& in, int64_t i) const {
    if (in.key.IsNull(i)) {
      return;
    }
    if (!s.key.has() || (kMin ? s.key.Compare(in.key, i) >= 0 : s.key.Compare(in.key, i) <= 0)) {
      s.key.Set(in.key, i);
      s.value.SetAny(in.value, i);
    }
  }

  Inputs ReadStates(const std::vector<VectorPtr>& v) const { return Read(v); }

  void Combine(State& s, const Inputs& in, int64_t i) const { Add(s, in, i); }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr values, Finalize(states, count));
    Output<K> out(this->intermediate_types[1], count);
    for (int64_t i = 0; i < count; ++i) {
      At(states, i).key.Write(out, i);
    }
    return std::vector<VectorPtr>{std::move(values), out.Finish(count)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    Output<V> out(this->return_type, count);
    for (int64_t i = 0; i < count; ++i) {
      At(states, i).value.Write(out, i);
    }
    return out.Finish(count);
  }

  int64_t OwnedBytes(const void* state) const override {
    const State& s = *static_cast<const State*>(state);
    return s.value.bytes() + s.key.bytes();
  }
};

// Keys of few C++ types, to keep the product of types small: narrower ones go through Nested's row
// comparison.
template <class F>
decltype(auto) DispatchKey(const type::DataType& type, F&& f) {
  switch (type.physical()) {
    case type::PhysicalType::kInt32:
      return f(std::type_identity<int32_t>{});
    case type::PhysicalType::kInt64:
      return f(std::type_identity<int64_t>{});
    case type::PhysicalType::kDouble:
      return f(std::type_identity<double>{});
    case type::PhysicalType::kString:
      return f(std::type_identity<StringView>{});
    default:
      return f(std::type_identity<Nested>{});
  }
}

template <bool kMin>
Result<BoundAggregatePtr> BindValueBy(const BindInput& input) {
  ARROW_RETURN_NOT_OK(RequireOrderable(input, 1));
  const TypePtr v = type::ReplaceCharVarchar(input.types[0]);
  const TypePtr k = type::ReplaceCharVarchar(input.types[1]);
  return DispatchKey(*v, [&](auto value_tag) -> Result<BoundAggregatePtr> {
    return DispatchKey(*k, [&](auto key_tag) -> Result<BoundAggregatePtr> {
      using V = typename decltype(value_tag)::type;
      using K = typename decltype(key_tag)::type;
      return Bound(std::make_shared<ValueBy<V, K, kMin>>(), {v, k}, v, {v, k});
    });
  });
}

// ---- booleans and bits
// ---------------------------------------------------------------------------------------------------

enum class BitOperation { kAnd, kOr, kXor };

struct BitState {
  int64_t value = 0;
  int64_t count = 0;
};

template <class T, BitOperation kOperation>
struct BitAggregate final : AggregateBase<BitAggregate<T, kOperation>, BitState> {
  using Base = AggregateBase<BitAggregate<T, kOperation>, BitState>;
  using Base::At;

  BitAggregate() { this->duplicate_insensitive = kOperation != BitOperation::kXor; }

  static void AddValue(BitState& s, int64_t v) {
    if (s.count++ == 0) {
      s.value = v;
    } else if constexpr (kOperation == BitOperation::kAnd) {
      s.value &= v;
    } else if constexpr (kOperation == BitOperation::kOr) {
      s.value |= v;
    } else {
      s.value ^= v;
    }
  }

  Input<T> Read(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Add(BitState& s, const Input<T>& in, int64_t i) const {
    if (!in.IsNull(i)) {
      AddValue(s, in[i]);
    }
  }

  Input<T> ReadStates(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Combine(BitState& s, const Input<T>& in, int64_t i) const { Add(s, in, i); }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr result, Finalize(states, count));
    return std::vector<VectorPtr>{std::move(result)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteNullable<T>(
        this->return_type, count, [&](int64_t i) { return At(states, i).count > 0; },
        [&](int64_t i) { return static_cast<T>(At(states, i).value); });
  }
};

template <BitOperation kOperation>
Result<BoundAggregatePtr> BindBits(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireIntegral(input, 0));
  switch (t->physical()) {
    case type::PhysicalType::kInt8:
      return Bound(std::make_shared<BitAggregate<int8_t, kOperation>>(), {t}, t, {t});
    case type::PhysicalType::kInt16:
      return Bound(std::make_shared<BitAggregate<int16_t, kOperation>>(), {t}, t, {t});
    case type::PhysicalType::kInt32:
      return Bound(std::make_shared<BitAggregate<int32_t, kOperation>>(), {t}, t, {t});
    default:
      return Bound(std::make_shared<BitAggregate<int64_t, kOperation>>(), {t}, t, {t});
  }
}

template <BitOperation kOperation>
Result<BoundAggregatePtr> BindBool(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, Require(input, 0, type::Boolean()));
  return Bound(std::make_shared<BitAggregate<uint8_t, kOperation>>(), {t}, t, {t});
}

const Registration kMin(AggregateFunction{
    .name = "min",
    .bind = BindMinMax<true>,
    .description = "The smallest value that is not null.",
    .examples = {{"SELECT min(col) FROM VALUES (10), (-1), (20) AS tab(col)", "-1"}},
    .since = "1.0.0"});
const Registration kMax(AggregateFunction{
    .name = "max",
    .bind = BindMinMax<false>,
    .description = "The greatest value that is not null.",
    .examples = {{"SELECT max(col) FROM VALUES (10), (50), (20) AS tab(col)", "50"}},
    .since = "1.0.0"});
const Registration kFirst(AggregateFunction{
    .name = "first",
    .aliases = {"first_value"},
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindFirstLast<true>,
    .description =
        "The value of the first row; with a second argument true, of the first that is not null.",
    .examples = {{"SELECT first(col, true) FROM VALUES (NULL), (5), (20) AS tab(col)", "5"}},
    .since = "2.0.0"});
const Registration kLast(AggregateFunction{
    .name = "last",
    .aliases = {"last_value"},
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindFirstLast<false>,
    .description =
        "The value of the last row; with a second argument true, of the last that is not null.",
    .examples = {{"SELECT last(col, true) FROM VALUES (10), (5), (NULL) AS tab(col)", "5"}},
    .since = "2.0.0"});
const Registration kAnyValue(AggregateFunction{
    .name = "any_value",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindFirstLast<true>,
    .description = "Some value of the group.",
    .examples = {{"SELECT any_value(col) FROM VALUES (10), (5), (20) AS tab(col)", "10"}},
    .since = "3.4.0"});
const Registration kMaxBy(AggregateFunction{
    .name = "max_by",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindValueBy<false>,
    .description = "The first argument's value in the row where the second is greatest.",
    .examples = {{"SELECT max_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)",
                  "b"}},
    .since = "3.0.0"});
const Registration kMinBy(AggregateFunction{
    .name = "min_by",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindValueBy<true>,
    .description = "The first argument's value in the row where the second is smallest.",
    .examples = {{"SELECT min_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)",
                  "a"}},
    .since = "3.0.0"});
const Registration kBoolAnd(AggregateFunction{
    .name = "bool_and",
    .aliases = {"every"},
    .bind = BindBool<BitOperation::kAnd>,
    .description = "True if the value is true in all rows where it is not null.",
    .examples = {{"SELECT bool_and(col) FROM VALUES (true), (false), (true) AS tab(col)", "false"}},
    .since = "3.0.0"});
const Registration kBoolOr(AggregateFunction{
    .name = "bool_or",
    .aliases = {"some", "any"},
    .bind = BindBool<BitOperation::kOr>,
    .description = "True if the value is true in some row.",
    .examples = {{"SELECT bool_or(col) FROM VALUES (true), (false), (false) AS tab(col)", "true"}},
    .since = "3.0.0"});
const Registration kBitAnd(AggregateFunction{
    .name = "bit_and",
    .bind = BindBits<BitOperation::kAnd>,
    .description = "The bitwise AND of the values that are not null.",
    .examples = {{"SELECT bit_and(col) FROM VALUES (3), (5) AS tab(col)", "1"}},
    .since = "3.0.0"});
const Registration kBitOr(AggregateFunction{
    .name = "bit_or",
    .bind = BindBits<BitOperation::kOr>,
    .description = "The bitwise OR of the values that are not null.",
    .examples = {{"SELECT bit_or(col) FROM VALUES (3), (5) AS tab(col)", "7"}},
    .since = "3.0.0"});
const Registration kBitXor(AggregateFunction{
    .name = "bit_xor",
    .bind = BindBits<BitOperation::kXor>,
    .description = "The bitwise XOR of the values that are not null.",
    .examples = {{"SELECT bit_xor(col) FROM VALUES (3), (5) AS tab(col)", "6"}},
    .since = "3.0.0"});

}  // namespace
}  // namespace emery::functions
