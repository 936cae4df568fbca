#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "columnar/vector.h"
#include "functions/scalar_function.h"

/// Turns the rule for one row into a kernel over whole vectors. The author writes a body for one
/// row; the templates here do encodings (flat, constant, dictionary), nulls (a null argument gives
/// null and the body does not see it), validity masks (64 rows at a time), errors (that of the
/// first bad row, or null where the mode asks for null) and string storage.
///
///     kernel = MakeKernel([](int32_t a, int32_t b) -> int64_t { return int64_t{a} * b; });
///     kernel = MakeKernel([](std::string_view s) -> int32_t { return CountCharacters(s); });
///     kernel = MakeKernel([](std::string_view s, StringWriter& out) { for (char c : s)
///     out.Append(Upper(c)); }); kernel = MakeKernel([](std::string_view s, int64_t& out) { return
///     Parse(s, &out) ? Row::kValue : Row::kNull; }); kernel = MakeKernel([](double x, double& out)
///     { ...; return Row::kError; },
///                         [](const KernelArguments& a, int64_t row) { return UserError(...); });
///
/// What a body looks like:
///  - Its parameters are the arguments in order, by value or const reference, each of the C++ type
///  of the argument's physical type:
///    bool (kBool), int8_t, int16_t, int32_t, int64_t, type::int128_t, float, double,
///    std::string_view or StringView (kString), type::CalendarInterval, ListEntry (array, map:
///    entries of the child; see `Children` below). The kernel does not convert: bind must have
///    asked for these types.
///  - The result is what it returns (then it always has one), or goes to a last parameter that is a
///  non-const reference: `T&`, or
///    `StringWriter&` for strings and binaries. Then it returns void, bool (false: null) or Row.
///  - Bodies are lambdas or functors without templates (`auto` parameters can't be looked at);
///  capture what bind computed.
///    A body that is used by several threads (every kernel) must not change what it captures.
///  - A body that returns its result and has only numbers as arguments also runs on rows that turn
///  out null: it must have
///    no undefined behaviour for any bits. All other bodies run for non-null rows only.
///
/// `Map` is the same within a hand-written kernel, where the body needs the call's context:
///
///     [](const KernelArguments& a) { return Map(a, [&](int64_t us) -> int32_t { return Day(us,
///     *a.context.time_zone); }); }
namespace emery::functions {

using columnar::FlatWriter;
using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using columnar::VectorReader;

/// The outcome of one row: a value, null, or a failure (an error in kAnsi mode, else null).
enum class Row : uint8_t { kValue, kNull, kError };

/// Takes the string result of one row: append to it, or refer to bytes of an argument. Starts empty
/// for every row.
class StringWriter {
 public:
  void Append(char c) { buffer_.push_back(c); }

  void Append(std::string_view s) { buffer_.append(s); }

  /// The result is `s`, which lies within an argument's bytes (or static memory): no copy is made.
  /// Not to be mixed with Append.
  void Refer(std::string_view s) {
    referred_ = s;
    refers_ = true;
  }

  /// What was appended so far, for bodies that edit in place.
  std::string& buffer() { return buffer_; }

  // For the templates below.
  void Reset() {
    buffer_.clear();
    refers_ = false;
  }

  void Store(int64_t row, FlatWriter* writer) {
    if (refers_) {
      writer->values<StringView>()[row] = StringView(referred_);
      any_referred_ = true;
    } else {
      writer->SetString(row, buffer_);
    }
  }

  bool any_referred() const { return any_referred_; }

 private:
  std::string buffer_;
  std::string_view referred_;
  bool refers_ = false;
  bool any_referred_ = false;
};

/// Validity of rows that are non-null in every argument (constants count by their one value); null
/// where all are valid.
columnar::BufferPtr CombineValidity(const std::vector<VectorPtr>& arguments, int64_t num_rows);
/// True if some argument is null for all rows.
bool HasConstantNull(const std::vector<VectorPtr>& arguments);
bool AllConstant(const std::vector<VectorPtr>& arguments);

/// The error of a body that returned Row::kError but was given no error function.
Status UnexpectedRowError(const KernelArguments& arguments, int64_t row);

struct DefaultRowError {
  Status operator()(const KernelArguments& arguments, int64_t row) const {
    return UnexpectedRowError(arguments, row);
  }
};

// ---- implementation: what a body's signature says
// ----------------------------------------------------------

namespace vectorize_internal {

template <class T>
struct PhysicalOf {
  using type = T;
};

template <>
struct PhysicalOf<bool> {
  using type = uint8_t;
};

template <>
struct PhysicalOf<std::string_view> {
  using type = StringView;
};
template <class T>
using Physical = typename PhysicalOf<std::remove_cvref_t<T>>::type;

template <class P>
inline constexpr bool kIsOutput =
    std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;

template <class R, class... P>
struct SignatureTraits {
  using Return = R;
  using Parameters = std::tuple<P...>;
  static constexpr size_t kCount = sizeof...(P);
  static constexpr bool kHasOutput = [] {
    if constexpr (kCount == 0) {
      return false;
    } else {
      return kIsOutput<std::tuple_element_t<kCount - 1, Parameters>>;
    }
  }();
  static constexpr size_t kInputs = kHasOutput ? kCount - 1 : kCount;

  template <size_t I>
  using Input = Physical<std::tuple_element_t<I, Parameters>>;

  using OutputParameter = typename decltype([] {
    if constexpr (kHasOutput) {
      return std::type_identity<
          std::remove_cvref_t<std::tuple_element_t<kCount - 1, Parameters>>>{};
    } else {
      return std::type_identity<std::remove_cvref_t<R>>{};
    }
  }())::type;
  static constexpr bool kStringOutput = std::is_same_v<OutputParameter, StringWriter>;
};

template <class F>
struct BodyTraits : BodyTraits<decltype(&std::remove_cvref_t<F>::operator())> {};

template <class C, class R, class... P>
struct BodyTraits<R (C::*)(P...) const> : SignatureTraits<R, P...> {};

template <class C, class R, class... P>
struct BodyTraits<R (C::*)(P...)> : SignatureTraits<R, P...> {};

template <class R, class... P>
struct BodyTraits<R (*)(P...)> : SignatureTraits<R, P...> {};

template <class T>
inline constexpr bool kIsNumber = std::is_arithmetic_v<T> || std::is_same_v<T, type::int128_t>;

template <class T>
struct FlatArgument {
  const T* values;

  const T& operator[](int64_t i) const { return values[i]; }
};

template <class T>
struct ConstantArgument {
  T value;

  const T& operator[](int64_t) const { return value; }
};

template <class T>
struct MaskedArgument {
  const T* values;
  int64_t mask;

  const T& operator[](int64_t i) const { return values[i & mask]; }
};

/// Physical value to what the body takes.
template <class P, class T>
decltype(auto) ToParameter(const T& value) {
  using Bare = std::remove_cvref_t<P>;
  if constexpr (std::is_same_v<Bare, bool>) {
    return value != 0;
  } else if constexpr (std::is_same_v<Bare, std::string_view>) {
    return value.view();
  } else {
    return (value);
  }
}

/// Runs `on_row(row)` for the rows whose bit is set, 64 at a time.
template <class F>
inline void ForEachValid(const uint64_t* validity, int64_t num_rows, F&& on_row) {
  if (validity == nullptr) {
    for (int64_t i = 0; i < num_rows; ++i) {
      on_row(i);
    }
    return;
  }
  for (int64_t base = 0; base < num_rows; base += 64) {
    uint64_t word = validity[base >> 6];
    const int64_t left = num_rows - base;
    if (left < 64) {
      word &= (uint64_t{1} << left) - 1;
    }
    if (word == ~uint64_t{0}) {
      for (int64_t i = base; i < base + 64; ++i) {
        on_row(i);
      }
      continue;
    }
    while (word != 0) {
      on_row(base + __builtin_ctzll(word));
      word &= word - 1;
    }
  }
}

/// The loops, for one choice of argument readers.
template <class Traits, class Body, class Error, class Readers, size_t... I>
Result<VectorPtr> Run(const KernelArguments& arguments, int64_t num_rows,
                      columnar::BufferPtr validity, Body& body, Error& error,
                      const Readers& readers, std::index_sequence<I...>) {
  using Parameters = typename Traits::Parameters;
  const uint64_t* valid =
      validity == nullptr ? nullptr : reinterpret_cast<const uint64_t*>(validity->data());
#define EMERY_ROW_INPUTS(row) \
  ToParameter<std::tuple_element_t<I, Parameters>>(std::get<I>(readers)[row])...
  if constexpr (!Traits::kHasOutput) {
    using Out = Physical<typename Traits::OutputParameter>;
    static_assert(kIsNumber<Out> || std::is_same_v<Out, type::CalendarInterval>,
                  "a string result goes to a StringWriter& parameter");
    constexpr bool kDense =
        kIsNumber<Out> && (kIsNumber<typename Traits::template Input<I>> && ...);
    auto values = kDense || valid == nullptr
                      ? columnar::Buffer::Allocate(num_rows * sizeof(Out))
                      : columnar::Buffer::AllocateZeroed(num_rows * sizeof(Out));
    Out* out = reinterpret_cast<Out*>(values->mutable_data());
    if constexpr (kDense) {
      for (int64_t i = 0; i < num_rows; ++i) {
        out[i] = static_cast<Out>(body(EMERY_ROW_INPUTS(i)));
      }
    } else {
      ForEachValid(valid, num_rows,
                   [&](int64_t i) { out[i] = static_cast<Out>(body(EMERY_ROW_INPUTS(i))); });
    }
    return Vector::MakeFlat(arguments.return_type, num_rows, std::move(values),
                            std::move(validity));
  } else {
    using Return = typename Traits::Return;
    int64_t bad_row = -1;
    FlatWriter writer(arguments.return_type, num_rows);
    if (valid != nullptr) {
      writer.SetValidity(valid);
    }
    StringWriter string_writer;
    ForEachValid(valid, num_rows, [&](int64_t i) {
      Row outcome = Row::kValue;
      const auto call = [&](auto& result) {
        if constexpr (std::is_void_v<Return>) {
          body(EMERY_ROW_INPUTS(i), result);
        } else if constexpr (std::is_same_v<Return, bool>) {
          outcome = body(EMERY_ROW_INPUTS(i), result) ? Row::kValue : Row::kNull;
        } else {
          static_assert(std::is_same_v<Return, Row>,
                        "a body with an output parameter returns void, bool or Row");
          outcome = body(EMERY_ROW_INPUTS(i), result);
        }
      };
      if constexpr (Traits::kStringOutput) {
        string_writer.Reset();
        call(string_writer);
        if (outcome == Row::kValue) {
          string_writer.Store(i, &writer);
          return;
        }
      } else {
        typename Traits::OutputParameter value{};
        call(value);
        if (outcome == Row::kValue) {
          writer.template values<Physical<typename Traits::OutputParameter>>()[i] =
              static_cast<Physical<typename Traits::OutputParameter>>(value);
          return;
        }
      }
      writer.SetNull(i);
      if (outcome == Row::kError && bad_row < 0) {
        bad_row = i;
      }
    });
    if (bad_row >= 0 && arguments.mode == plan::EvalMode::kAnsi) {
      return Status(error(arguments, bad_row));
    }
    if (string_writer.any_referred()) {
      for (const VectorPtr& argument : arguments.arguments) {
        if (argument->physical() == type::PhysicalType::kString) {
          writer.KeepStringsOf(*argument);
        }
      }
    }
    return writer.Finish(num_rows);
  }
#undef EMERY_ROW_INPUTS
}

template <class Traits, class Body, class Error, size_t... I>
Result<VectorPtr> MapFlat(const KernelArguments& arguments, int64_t num_rows, Body& body,
                          Error& error, std::index_sequence<I...> indexes) {
  // Dictionaries are read through a flat copy of their values; what is left is flat or constant.
  std::array<VectorPtr, sizeof...(I)> holder{(arguments.arguments[I]->is_dictionary()
                                                  ? columnar::Flatten(arguments.arguments[I])
                                                  : arguments.arguments[I])...};
  columnar::BufferPtr validity = num_rows == 1 && AllConstant(arguments.arguments)
                                     ? nullptr
                                     : CombineValidity(arguments.arguments, num_rows);
  constexpr bool kNumbers = (kIsNumber<typename Traits::template Input<I>> && ...);
  if constexpr (sizeof...(I) == 1) {
    using A = typename Traits::template Input<0>;
    const auto readers = std::make_tuple(FlatArgument<A>{holder[0]->template values<A>()});
    return Run<Traits>(arguments, num_rows, std::move(validity), body, error, readers, indexes);
  } else if constexpr (sizeof...(I) == 2 && kNumbers && !Traits::kHasOutput) {
    using A = typename Traits::template Input<0>;
    using B = typename Traits::template Input<1>;
    const A* a = holder[0]->template values<A>();
    const B* b = holder[1]->template values<B>();
    if (holder[1]->is_constant()) {
      if (holder[0]->is_constant()) {  // one row
        return Run<Traits>(arguments, num_rows, std::move(validity), body, error,
                           std::make_tuple(FlatArgument<A>{a}, FlatArgument<B>{b}), indexes);
      }
      return Run<Traits>(arguments, num_rows, std::move(validity), body, error,
                         std::make_tuple(FlatArgument<A>{a}, ConstantArgument<B>{b[0]}), indexes);
    }
    if (holder[0]->is_constant()) {
      return Run<Traits>(arguments, num_rows, std::move(validity), body, error,
                         std::make_tuple(ConstantArgument<A>{a[0]}, FlatArgument<B>{b}), indexes);
    }
    return Run<Traits>(arguments, num_rows, std::move(validity), body, error,
                       std::make_tuple(FlatArgument<A>{a}, FlatArgument<B>{b}), indexes);
  } else {
    const auto readers = std::make_tuple(MaskedArgument<typename Traits::template Input<I>>{
        holder[I]->template values<typename Traits::template Input<I>>(),
        holder[I]->is_constant() ? int64_t{0} : int64_t{-1}}...);
    return Run<Traits>(arguments, num_rows, std::move(validity), body, error, readers, indexes);
  }
}

}  // namespace vectorize_internal

/// Evaluates `body` for every row of `arguments`. See the head of this file. The first as many
/// arguments as the body has inputs are used.
template <class Body, class Error = DefaultRowError>
Result<VectorPtr> Map(const KernelArguments& arguments, Body&& body, Error&& error = Error{}) {
  using Traits = vectorize_internal::BodyTraits<std::remove_cvref_t<Body>>;
  static_assert(Traits::kInputs > 0, "a function without arguments writes its kernel by hand");
  if (HasConstantNull(arguments.arguments)) {
    return Vector::MakeNull(arguments.return_type, arguments.num_rows);
  }
  constexpr auto kIndexes = std::make_index_sequence<Traits::kInputs>{};
  if (AllConstant(arguments.arguments) && arguments.num_rows > 0) {
    ARROW_ASSIGN_OR_RAISE(VectorPtr one,
                          vectorize_internal::MapFlat<Traits>(arguments, 1, body, error, kIndexes));
    return Vector::MakeConstant(one, 0, arguments.num_rows);
  }
  return vectorize_internal::MapFlat<Traits>(arguments, arguments.num_rows, body, error, kIndexes);
}

/// A kernel that maps `body` over its arguments. `error(arguments, row)` makes the Status of a row
/// for which the body returned Row::kError.
template <class Body, class Error = DefaultRowError>
ScalarKernel MakeKernel(Body body, Error error = Error{}) {
  return [body = std::move(body),
          error = std::move(error)](const KernelArguments& arguments) -> Result<VectorPtr> {
    Body row_body = body;  // a body may keep scratch memory; threads share the kernel
    return Map(arguments, row_body, error);
  };
}

/// Reads an argument's value for an error message, e.g. Argument<std::string_view>(arguments, 0,
/// row).
template <class T>
T Argument(const KernelArguments& arguments, int index, int64_t row) {
  const VectorReader<vectorize_internal::Physical<T>> reader(*arguments.arguments[index]);
  return static_cast<T>(vectorize_internal::ToParameter<T>(reader[row]));
}

// ---- binding
// ----------------------------------------------------------------------------------------------------

struct SignatureOptions {
  bool can_fail = false;
  bool null_propagating = true;
  std::optional<bool> nullable =
      std::nullopt;  // unset: nullable if an argument is; set it true where the body gives null
};

using Bind = std::function<Result<BoundScalar>(const BindInput&)>;

/// Bind of a function with one signature: whatever comes in is cast to `arguments` (of which
/// trailing ones may be left out, as the function's min_arguments allows), `result` comes out. That
/// the casts are allowed is checked by MakeFunctionCall.
Bind Signature(std::vector<type::TypePtr> arguments, type::TypePtr result, ScalarKernel kernel,
               SignatureOptions options = {});
/// A signature where the kernel is made at bind time, e.g. from a literal pattern.
Bind SignatureWith(std::vector<type::TypePtr> arguments, type::TypePtr result,
                   std::function<Result<ScalarKernel>(const BindInput&)> make_kernel,
                   SignatureOptions options = {});
/// For binds written by hand.
BoundScalar MakeBound(std::vector<type::TypePtr> arguments, type::TypePtr result,
                      ScalarKernel kernel, SignatureOptions options = {});

/// The value of argument `index` if it is a non-null literal of a string type.
std::optional<std::string> LiteralString(const BindInput& input, size_t index);
/// The value of argument `index` if it is a non-null literal of an integral type.
std::optional<int64_t> LiteralInteger(const BindInput& input, size_t index);

/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE: argument `index` (0-based) has a type that the function
/// does not take; `required` is Spark's text for what it takes, e.g. `"ARRAY"` or `("STRING" or
/// "BINARY")`.
Status UnexpectedInputType(const BindInput& input, size_t index, std::string_view required);

/// The row's ListEntry, child offset and length for arrays and maps of any encoding:
/// VectorReader<ListEntry>; the children:
inline const std::vector<VectorPtr>& Children(const Vector& list_or_map) {
  return list_or_map.children();
}

}  // namespace emery::functions
