#pragma once

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "columnar/vector.h"
#include "functions/aggregate_function.h"
#include "functions/binding.h"
#include "functions/registry.h"

namespace emery::functions {

using columnar::FlatWriter;
using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorReader;
using type::CalendarInterval;
using type::TypePtr;

/// An int128 that may lie at any multiple of 8, as states do.
typedef __int128 StateInt128 __attribute__((aligned(8)));

struct WideValue {
  StateInt128 value = 0;

  WideValue& operator=(type::int128_t v) {
    value = v;
    return *this;
  }

  operator type::int128_t() const { return value; }  // NOLINT: a number is what this is
};

/// Stands for array, map, struct and void where values are dispatched by C++ type.
struct Nested {};

/// f(std::type_identity<T>{}) with the C++ type of values of `type`; Nested where they have none.
template <class F>
decltype(auto) DispatchValue(const type::DataType& type, F&& f) {
  using type::PhysicalType;
  switch (type.physical()) {
    case PhysicalType::kBool:
      return f(std::type_identity<uint8_t>{});
    case PhysicalType::kInt8:
      return f(std::type_identity<int8_t>{});
    case PhysicalType::kInt16:
      return f(std::type_identity<int16_t>{});
    case PhysicalType::kInt32:
      return f(std::type_identity<int32_t>{});
    case PhysicalType::kInt64:
      return f(std::type_identity<int64_t>{});
    case PhysicalType::kInt128:
      return f(std::type_identity<type::int128_t>{});
    case PhysicalType::kFloat:
      return f(std::type_identity<float>{});
    case PhysicalType::kDouble:
      return f(std::type_identity<double>{});
    case PhysicalType::kString:
      return f(std::type_identity<StringView>{});
    case PhysicalType::kInterval:
      return f(std::type_identity<CalendarInterval>{});
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNull:
      break;
  }
  return f(std::type_identity<Nested>{});
}

/// As DispatchValue for numbers only; f is not instantiated for other types.
template <class F>
decltype(auto) DispatchNumber(const type::DataType& type, F&& f) {
  using type::PhysicalType;
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return f(std::type_identity<int8_t>{});
    case PhysicalType::kInt16:
      return f(std::type_identity<int16_t>{});
    case PhysicalType::kInt32:
      return f(std::type_identity<int32_t>{});
    case PhysicalType::kInt64:
      return f(std::type_identity<int64_t>{});
    case PhysicalType::kInt128:
      return f(std::type_identity<type::int128_t>{});
    case PhysicalType::kFloat:
      return f(std::type_identity<float>{});
    default:
      return f(std::type_identity<double>{});
  }
}

/// Calls f(row, value) for each row that is not null, with a loop for each encoding.
template <class T, class F>
inline void ForEachValue(const Vector& v, int64_t num_rows, F&& f) {
  const uint64_t* validity = v.validity();
  if (v.is_constant()) {
    if (v.IsNull(0)) {
      return;
    }
    const T value = v.values<T>()[0];
    for (int64_t i = 0; i < num_rows; ++i) {
      f(i, value);
    }
    return;
  }
  if (v.is_dictionary()) {
    const T* base = v.base()->values<T>();
    const int32_t* indices = v.indices();
    for (int64_t i = 0; i < num_rows; ++i) {
      if (validity == nullptr || columnar::GetBit(validity, i)) {
        f(i, base[indices[i]]);
      }
    }
    return;
  }
  const T* values = v.values<T>();
  if (validity == nullptr) {
    for (int64_t i = 0; i < num_rows; ++i) {
      f(i, values[i]);
    }
    return;
  }
  for (int64_t start = 0; start < num_rows; start += 64) {
    const int64_t end = std::min<int64_t>(start + 64, num_rows);
    uint64_t word = validity[start >> 6];
    if (end - start < 64) {
      word &= (uint64_t{1} << (end - start)) - 1;
    }
    if (word == ~uint64_t{0}) {
      for (int64_t i = start; i < end; ++i) {
        f(i, values[i]);
      }
      continue;
    }
    while (word != 0) {
      const int64_t i = start + std::countr_zero(word);
      word &= word - 1;
      f(i, values[i]);
    }
  }
}

/// Reads one argument of any encoding. For Nested the vector is made flat and rows are read through
/// `vector()`.
template <class T>
class Input {
 public:
  explicit Input(const VectorPtr& v) : reader_(*v) {}

  const T& operator[](int64_t i) const { return reader_[i]; }

  bool IsNull(int64_t i) const { return reader_.IsNull(i); }

 private:
  VectorReader<T> reader_;
};

template <>
class Input<Nested> {
 public:
  explicit Input(const VectorPtr& v)
      : vector_(columnar::FlattenDeep(v)), all_null_(v->type()->is_null()) {}

  bool IsNull(int64_t i) const { return all_null_ || vector_->IsNull(i); }

  const VectorPtr& vector() const { return vector_; }

 private:
  VectorPtr vector_;
  bool all_null_;
};

/// ORDER BY's order: NaN is the greatest, -0.0 equals 0.0.
template <class T>
inline int CompareScalars(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a == b) {
      return 0;
    }
    if (a != a || b != b) {
      return a != a ? (b != b ? 0 : 1) : -1;
    }
    return a < b ? -1 : 1;
  } else if constexpr (std::is_same_v<T, StringView>) {
    return a.Compare(b);
  } else if constexpr (std::is_same_v<T, CalendarInterval>) {
    return a.months != b.months ? (a.months < b.months ? -1 : 1)
           : a.days != b.days
               ? (a.days < b.days ? -1 : 1)
               : (a.microseconds < b.microseconds ? -1 : (a.microseconds > b.microseconds ? 1 : 0));
  } else {
    return a < b ? -1 : (b < a ? 1 : 0);
  }
}

/// Writes rows of any type in ascending order of row, for results of aggregates.
template <class T>
class Output {
 public:
  Output(const TypePtr& type, int64_t count) : writer_(type, count) {}

  void SetNull(int64_t row) { writer_.SetNull(row); }

  void Set(int64_t row, const T& value) {
    if constexpr (std::is_same_v<T, StringView>) {
      writer_.SetString(row, value.view());
    } else {
      writer_.template values<T>()[row] = value;
    }
  }

  VectorPtr Finish(int64_t count) { return writer_.Finish(count); }

 private:
  FlatWriter writer_;
};

template <>
class Output<Nested> {
 public:
  Output(const TypePtr& type, int64_t /*count*/) : builder_(columnar::VectorBuilder::Make(type)) {}

  void SetNull(int64_t /*row*/) { builder_->AppendNull(); }

  void Set(int64_t /*row*/, const VectorPtr& one, int64_t index) {
    builder_->AppendFrom(*one, index);
  }

  VectorPtr Finish(int64_t /*count*/) { return builder_->Finish(); }

 private:
  std::unique_ptr<columnar::VectorBuilder> builder_;
};

/// One value of C++ type T inside a state; may be absent or null. Moves by memcpy.
template <class T>
class Held {
 public:
  bool has() const { return has_; }

  bool is_null() const { return null_; }

  void SetNull() {
    has_ = true;
    null_ = true;
  }

  void Clear() {
    has_ = false;
    null_ = false;
  }

  void Set(const Input<T>& in, int64_t i) {
    has_ = true;
    null_ = false;
    value_ = in[i];
  }

  void SetAny(const Input<T>& in, int64_t i) {
    if (in.IsNull(i)) {
      SetNull();
    } else {
      Set(in, i);
    }
  }

  int Compare(const Input<T>& in, int64_t i) const { return CompareScalars<T>(value_, in[i]); }

  void Write(Output<T>& out, int64_t row) const {
    if (!has_ || null_) {
      out.SetNull(row);
    } else {
      out.Set(row, value_);
    }
  }

  int64_t bytes() const { return 0; }

  T value() const { return value_; }

 private:
  using Stored = std::conditional_t<std::is_same_v<T, type::int128_t>, WideValue, T>;
  Stored value_{};
  bool has_ = false;
  bool null_ = false;
};

template <>
class Held<StringView> {
 public:
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  ~Held() { std::free(data_); }

  bool has() const { return has_; }

  bool is_null() const { return null_; }

  void SetNull() {
    has_ = true;
    null_ = true;
  }

  void Clear() {
    has_ = false;
    null_ = false;
  }

  void Set(const Input<StringView>& in, int64_t i) {
    const StringView& s = in[i];
    if (s.size() > capacity_) {
      std::free(data_);
      capacity_ = s.size() < 16 ? 16 : s.size() + s.size() / 2;
      data_ = static_cast<char*>(std::malloc(capacity_));
    }
    if (s.size() > 0) {
      std::memcpy(data_, s.data(), s.size());
    }
    size_ = s.size();
    has_ = true;
    null_ = false;
  }

  void SetAny(const Input<StringView>& in, int64_t i) {
    if (in.IsNull(i)) {
      SetNull();
    } else {
      Set(in, i);
    }
  }

  StringView value() const { return StringView(data_, size_); }

  int Compare(const Input<StringView>& in, int64_t i) const { return value().Compare(in[i]); }

  void Write(Output<StringView>& out, int64_t row) const {
    if (!has_ || null_) {
      out.SetNull(row);
    } else {
      out.Set(row, value());
    }
  }

  int64_t bytes() const { return capacity_; }

 private:
  char* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  bool has_ = false;
  bool null_ = false;
};

template <>
class Held<Nested> {
 public:
  bool has() const { return has_; }

  bool is_null() const { return null_; }

  void SetNull() {
    has_ = true;
    null_ = true;
    value_.reset();
  }

  void Clear() {
    has_ = false;
    null_ = false;
    value_.reset();
  }

  void Set(const Input<Nested>& in, int64_t i) {
    const auto builder = columnar::VectorBuilder::Make(in.vector()->type());
    builder->AppendFrom(*in.vector(), i);
    value_ = builder->Finish();
    has_ = true;
    null_ = false;
  }

  void SetAny(const Input<Nested>& in, int64_t i) {
    if (in.IsNull(i)) {
      SetNull();
    } else {
      Set(in, i);
    }
  }

  int Compare(const Input<Nested>& in, int64_t i) const {
    return columnar::CompareRows(*value_, 0, *in.vector(), i);
  }

  void Write(Output<Nested>& out, int64_t row) const {
    if (!has_ || null_) {
      out.SetNull(row);
    } else {
      out.Set(row, value_, 0);
    }
  }

  int64_t bytes() const { return value_ == nullptr ? 0 : columnar::MemoryBytes(*value_); }

 private:
  VectorPtr value_;
  bool has_ = false;
  bool null_ = false;
};

/// The loops of an aggregate around one-row bodies of `Self`, inlined:
///   auto Read(const std::vector<VectorPtr>& arguments) const;          readers, made once per
///   batch void Add(State&, const decltype(Read(…))&, int64_t row) const; auto ReadStates(const
///   std::vector<VectorPtr>& intermediates) const; void Combine(State&, const
///   decltype(ReadStates(…))&, int64_t row) const;
/// and Export and Finalize over states.
template <class Self, class StateType>
class AggregateBase : public BoundAggregate {
 public:
  using State = StateType;

  AggregateBase() {
    static_assert(alignof(State) <= 8);
    state_size = sizeof(State);
    owns_memory = !std::is_trivially_destructible_v<State>;
  }

  void Init(void* state) const final { new (state) State(); }

  void Destroy(void* state) const final { static_cast<State*>(state)->~State(); }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    const auto in = self().Read(arguments);
    for (int64_t i = 0; i < num_rows; ++i) {
      self().Add(*static_cast<State*>(states[i]), in, i);
    }
    return Status::OK();
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    const auto in = self().Read(arguments);
    State& s = *static_cast<State*>(state);
    for (int64_t i = 0; i < num_rows; ++i) {
      self().Add(s, in, i);
    }
    return Status::OK();
  }

  Status Merge(void* const* states, const std::vector<VectorPtr>& intermediates,
               int64_t num_rows) const override {
    const auto in = self().ReadStates(intermediates);
    for (int64_t i = 0; i < num_rows; ++i) {
      self().Combine(*static_cast<State*>(states[i]), in, i);
    }
    return Status::OK();
  }

 protected:
  static const State& At(const void* const* states, int64_t i) {
    return *static_cast<const State*>(states[i]);
  }

  static State& At(void* const* states, int64_t i) { return *static_cast<State*>(states[i]); }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

/// A column of fixed-width values, value(i) for state i.
template <class T, class F>
VectorPtr WriteColumn(const TypePtr& type, int64_t count, F&& value) {
  FlatWriter writer(type, count);
  T* out = writer.values<T>();
  for (int64_t i = 0; i < count; ++i) {
    out[i] = value(i);
  }
  return writer.Finish(count);
}

/// As WriteColumn where has(i) says which rows are not null.
template <class T, class H, class F>
VectorPtr WriteNullable(const TypePtr& type, int64_t count, H&& has, F&& value) {
  FlatWriter writer(type, count);
  T* out = writer.values<T>();
  for (int64_t i = 0; i < count; ++i) {
    if (has(i)) {
      out[i] = value(i);
    } else {
      writer.SetNull(i);
    }
  }
  return writer.Finish(count);
}

using BoundAggregatePtr = std::shared_ptr<const BoundAggregate>;

/// Finishes a bound aggregate: arguments, result, intermediate columns.
template <class A>
BoundAggregatePtr Bound(std::shared_ptr<A> aggregate, std::vector<TypePtr> arguments,
                        TypePtr result, std::vector<TypePtr> intermediates) {
  aggregate->argument_types = std::move(arguments);
  aggregate->return_type = std::move(result);
  aggregate->intermediate_types = std::move(intermediates);
  return aggregate;
}

inline type::int128_t PowerOfTen(int exponent) {
  type::int128_t result = 1;
  for (int i = 0; i < exponent; ++i) {
    result *= 10;
  }
  return result;
}

/// a / b rounded half away from zero. b > 0.
inline type::int128_t DivideHalfUp(type::int128_t a, type::int128_t b) {
  type::int128_t quotient = a / b;
  const type::int128_t rest = a % b;
  if ((rest < 0 ? -rest : rest) >= b - (rest < 0 ? -rest : rest)) {
    quotient += a < 0 ? -1 : 1;
  }
  return quotient;
}

}  // namespace emery::functions
