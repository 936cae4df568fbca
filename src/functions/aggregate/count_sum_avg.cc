// count, sum, avg and their TRY forms. Integers are summed in 64 bits with a sticky overflow flag,
// decimals in 128 bits, doubles in input order, so that an answer does not depend on how a batch
// was cut.

#include <algorithm>

#include "functions/aggregate/aggregate_internal.h"

namespace emery::functions {
namespace {

using plan::EvalMode;
using type::int128_t;
using type::TypeId;

// ---- count
// ---------------------------------------------------------------------------------------------------------

struct Count final : AggregateBase<Count, int64_t> {
  Count() {
    nullable = false;
    invertible = true;
  }

  // Calls f(i) for rows in which no argument is null.
  template <class F>
  static void ForEachCounted(const std::vector<VectorPtr>& arguments, int64_t num_rows, F&& f) {
    bool any_nulls = false;
    for (const VectorPtr& a : arguments) {
      if (a->type()->is_null() || a->is_constant_null()) {
        return;
      }
      any_nulls |= a->may_have_nulls();
    }
    for (int64_t i = 0; i < num_rows; ++i) {
      if (any_nulls && std::any_of(arguments.begin(), arguments.end(),
                                   [&](const VectorPtr& a) { return a->IsNull(i); })) {
        continue;
      }
      f(i);
    }
  }

  static int64_t Counted(const std::vector<VectorPtr>& arguments, int64_t num_rows) {
    if (arguments.empty()) {
      return num_rows;
    }
    if (arguments.size() == 1) {
      return arguments[0]->type()->is_null() ? 0 : num_rows - arguments[0]->CountNulls();
    }
    int64_t n = 0;
    ForEachCounted(arguments, num_rows, [&](int64_t) { ++n; });
    return n;
  }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    ForEachCounted(arguments, num_rows, [&](int64_t i) { ++*static_cast<int64_t*>(states[i]); });
    return Status::OK();
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    *static_cast<int64_t*>(state) += Counted(arguments, num_rows);
    return Status::OK();
  }

  Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    *static_cast<int64_t*>(state) -= Counted(arguments, num_rows);
    return Status::OK();
  }

  int Read(const std::vector<VectorPtr>&) const { return 0; }

  void Add(int64_t&, int, int64_t) const {}

  Input<int64_t> ReadStates(const std::vector<VectorPtr>& v) const { return Input<int64_t>(v[0]); }

  void Combine(int64_t& s, const Input<int64_t>& in, int64_t i) const { s += in[i]; }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i); })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i); });
  }
};

struct CountIf final : AggregateBase<CountIf, int64_t> {
  CountIf() {
    nullable = false;
    invertible = true;
  }

  Input<uint8_t> Read(const std::vector<VectorPtr>& v) const { return Input<uint8_t>(v[0]); }

  void Add(int64_t& s, const Input<uint8_t>& in, int64_t i) const {
    s += !in.IsNull(i) && in[i] != 0;
  }

  Input<int64_t> ReadStates(const std::vector<VectorPtr>& v) const { return Input<int64_t>(v[0]); }

  void Combine(int64_t& s, const Input<int64_t>& in, int64_t i) const { s += in[i]; }

  Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    const auto in = Read(arguments);
    for (int64_t i = 0; i < num_rows; ++i) {
      *static_cast<int64_t*>(state) -= !in.IsNull(i) && in[i] != 0;
    }
    return Status::OK();
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i); })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i); });
  }
};

// ---- sum and avg over integers and intervals
// -----------------------------------------------------------------------

Status SumOverflow(std::string_view what, const char* alternative) {
  return base::UserError("ARITHMETIC_OVERFLOW",
                         std::string(what) + ". Use '" + alternative +
                             "' to tolerate overflow and return NULL instead. If necessary set "
                             "\"spark.sql.ansi.enabled\" to "
                             "\"false\" to bypass this error.",
                         {{"message", std::string(what)},
                          {"alternative", alternative},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

struct LongSumState {
  int64_t sum = 0;
  int64_t count = 0;
  int64_t overflow = 0;
};

// The sum of integers in 64 bits, or of intervals (then the result may have 32). kAverage:
// intervals only.
template <class T, bool kAverage>
struct LongSum final : AggregateBase<LongSum<T, kAverage>, LongSumState> {
  using Base = AggregateBase<LongSum<T, kAverage>, LongSumState>;
  using Base::At;
  EvalMode mode;
  bool is_interval;

  LongSum(EvalMode m, bool interval) : mode(m), is_interval(interval) {
    this->invertible = sizeof(T) <= 4 || m == EvalMode::kLegacy;
  }

  static void AddValue(LongSumState& s, int64_t v) {
    s.overflow |= __builtin_add_overflow(s.sum, v, &s.sum);
    ++s.count;
  }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    ForEachValue<T>(*arguments[0], num_rows, [&](int64_t i, T v) { AddValue(At(states, i), v); });
    return Status::OK();
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    auto& s = *static_cast<LongSumState*>(state);
    if constexpr (sizeof(T) <= 4) {
      int64_t sum = 0;
      int64_t count = 0;
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
        sum += v;
        ++count;
      });
      s.overflow |= __builtin_add_overflow(s.sum, sum, &s.sum);
      s.count += count;
    } else {
      LongSumState local = s;
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) { AddValue(local, v); });
      s = local;
    }
    return Status::OK();
  }

  Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    auto& s = *static_cast<LongSumState*>(state);
    ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
      s.sum = static_cast<int64_t>(static_cast<uint64_t>(s.sum) -
                                   static_cast<uint64_t>(static_cast<int64_t>(v)));
      --s.count;
    });
    return Status::OK();
  }

  int Read(const std::vector<VectorPtr>&) const { return 0; }

  void Add(LongSumState&, int, int64_t) const {}

  struct States {
    Input<int64_t> sum;
    Input<int64_t> count;
    Input<uint8_t> overflow;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<int64_t>(v[0]), Input<int64_t>(v[1]), Input<uint8_t>(v[2])};
  }

  void Combine(LongSumState& s, const States& in, int64_t i) const {
    s.overflow |= __builtin_add_overflow(s.sum, in.sum[i], &s.sum);
    s.overflow |= in.overflow[i];
    s.count += in.count[i];
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i).sum; }),
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i).count; }),
        WriteColumn<uint8_t>(type::Boolean(), count,
                             [&](int64_t i) { return At(states, i).overflow != 0; })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    FlatWriter writer(this->return_type, count);
    const bool narrow = this->return_type->physical() == type::PhysicalType::kInt32;
    for (int64_t i = 0; i < count; ++i) {
      const LongSumState& s = At(states, i);
      int64_t value = s.sum;
      bool overflow = s.overflow != 0;
      if (s.count == 0) {
        writer.SetNull(i);
        continue;
      }
      if constexpr (kAverage) {
        value = static_cast<int64_t>(DivideHalfUp(s.sum, s.count));
      }
      overflow |= narrow && value != static_cast<int32_t>(value);
      if (overflow && (mode != EvalMode::kLegacy || is_interval)) {
        if (mode == EvalMode::kTry) {
          writer.SetNull(i);
          continue;
        }
        if (is_interval) {
          return base::UserError("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
                                 "Integer overflow while operating with intervals. Use `try_sum` "
                                 "to tolerate overflow and return "
                                 "NULL instead.",
                                 {{"functionName", "`try_sum`"}});
        }
        return SumOverflow("long overflow", kAverage ? "try_avg" : "try_sum");
      }
      if (narrow) {
        writer.values<int32_t>()[i] = static_cast<int32_t>(value);
      } else {
        writer.values<int64_t>()[i] = value;
      }
    }
    return writer.Finish(count);
  }
};

// ---- sum and avg over doubles, avg over integers
// -------------------------------------------------------------------------

struct DoubleSumState {
  double sum = 0;
  int64_t count = 0;
};

template <class T, bool kAverage>
struct DoubleSum final : AggregateBase<DoubleSum<T, kAverage>, DoubleSumState> {
  using Base = AggregateBase<DoubleSum<T, kAverage>, DoubleSumState>;
  using Base::At;

  DoubleSum() { this->invertible = std::is_integral_v<T> && sizeof(T) <= 4; }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    ForEachValue<T>(*arguments[0], num_rows, [&](int64_t i, T v) {
      DoubleSumState& s = At(states, i);
      s.sum += static_cast<double>(v);
      ++s.count;
    });
    return Status::OK();
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    auto& s = *static_cast<DoubleSumState*>(state);
    int64_t count = 0;
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 4) {
      int64_t sum = 0;  // exact, and so is the double while below 2^53
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
        sum += v;
        ++count;
      });
      s.sum += static_cast<double>(sum);
    } else {
      double sum = s.sum;
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
        sum += static_cast<double>(v);
        ++count;
      });
      s.sum = sum;
    }
    s.count += count;
    return Status::OK();
  }

  Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    auto& s = *static_cast<DoubleSumState*>(state);
    ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
      s.sum -= static_cast<double>(v);
      --s.count;
    });
    return Status::OK();
  }

  int Read(const std::vector<VectorPtr>&) const { return 0; }

  void Add(DoubleSumState&, int, int64_t) const {}

  struct States {
    Input<double> sum;
    Input<int64_t> count;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<double>(v[0]), Input<int64_t>(v[1])};
  }

  void Combine(DoubleSumState& s, const States& in, int64_t i) const {
    s.sum += in.sum[i];
    s.count += in.count[i];
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{
        WriteColumn<double>(type::Double(), count, [&](int64_t i) { return At(states, i).sum; }),
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i).count; })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteNullable<double>(
        type::Double(), count, [&](int64_t i) { return At(states, i).count > 0; },
        [&](int64_t i) {
          const DoubleSumState& s = At(states, i);
          return kAverage ? s.sum / static_cast<double>(s.count) : s.sum;
        });
  }
};

// ---- sum and avg over decimals
// -----------------------------------------------------------------------------------------

struct DecimalSumState {
  StateInt128 sum = 0;
  int64_t count = 0;
  int64_t overflow = 0;
};

// Input of up to 18 digits can't overflow the 128-bit sum, so only the wide form checks.
template <class T, bool kAverage>
struct DecimalSum final : AggregateBase<DecimalSum<T, kAverage>, DecimalSumState> {
  using Base = AggregateBase<DecimalSum<T, kAverage>, DecimalSumState>;
  using Base::At;
  EvalMode mode;
  int128_t limit;  // of the sum's type: 10^precision
  TypePtr sum_type;
  int scale_up = 0;  // digits that avg adds

  DecimalSum(EvalMode m, TypePtr sum)
      : mode(m), limit(PowerOfTen(sum->precision())), sum_type(std::move(sum)) {
    this->invertible = sum_type->precision() < 38;
  }

  void AddValue(DecimalSumState& s, T v) const {
    if constexpr (sizeof(T) == 8) {
      s.sum += v;
    } else {
      int128_t sum = s.sum;
      if (__builtin_add_overflow(sum, static_cast<int128_t>(v), &sum) || sum >= limit ||
          sum <= -limit) {
        s.overflow = 1;
        sum = 0;
      }
      s.sum = sum;
    }
    ++s.count;
  }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    ForEachValue<T>(*arguments[0], num_rows,
                    [&](int64_t i, const T& v) { AddValue(At(states, i), v); });
    return Status::OK();
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    auto& s = *static_cast<DecimalSumState*>(state);
    if constexpr (sizeof(T) == 8) {
      // Halves in 64 bits each can't overflow within a batch, and the loop vectorises.
      int64_t low = 0;
      int64_t high = 0;
      int64_t count = 0;
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, T v) {
        low += static_cast<int64_t>(static_cast<uint32_t>(v));
        high += v >> 32;
        ++count;
      });
      s.sum += (static_cast<int128_t>(high) << 32) + low;
      s.count += count;
    } else {
      ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, const T& v) { AddValue(s, v); });
    }
    return Status::OK();
  }

  Status Remove(void* state, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    auto& s = *static_cast<DecimalSumState*>(state);
    ForEachValue<T>(*arguments[0], num_rows, [&](int64_t, const T& v) {
      s.sum -= v;
      --s.count;
    });
    return Status::OK();
  }

  int Read(const std::vector<VectorPtr>&) const { return 0; }

  void Add(DecimalSumState&, int, int64_t) const {}

  struct States {
    Input<int128_t> sum;
    Input<int64_t> count;
    Input<uint8_t> overflow;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<int128_t>(v[0]), Input<int64_t>(v[1]), Input<uint8_t>(v[2])};
  }

  void Combine(DecimalSumState& s, const States& in, int64_t i) const {
    int128_t sum = s.sum;
    if (__builtin_add_overflow(sum, in.sum[i], &sum) || in.overflow[i] != 0) {
      s.overflow = 1;
      sum = 0;
    }
    s.sum = sum;
    s.count += in.count[i];
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{
        WriteColumn<int128_t>(this->intermediate_types[0], count,
                              [&](int64_t i) { return int128_t{At(states, i).sum}; }),
        WriteColumn<int64_t>(type::Long(), count, [&](int64_t i) { return At(states, i).count; }),
        WriteColumn<uint8_t>(type::Boolean(), count,
                             [&](int64_t i) { return At(states, i).overflow != 0; })};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    FlatWriter writer(this->return_type, count);
    const bool narrow = this->return_type->physical() == type::PhysicalType::kInt64;
    const int128_t factor = PowerOfTen(scale_up);
    const int128_t result_limit = PowerOfTen(this->return_type->precision());
    for (int64_t i = 0; i < count; ++i) {
      const DecimalSumState& s = At(states, i);
      if (s.count == 0) {
        writer.SetNull(i);
        continue;
      }
      int128_t value = s.sum;
      bool overflow = s.overflow != 0 || value >= limit || value <= -limit;
      if constexpr (kAverage) {
        // sum * 10^k / count without overflow: quotient and remainder apart.
        const int128_t quotient = value / s.count;
        const int128_t rest = value % s.count;
        int128_t scaled;
        overflow |= __builtin_mul_overflow(quotient, factor, &scaled);
        value = scaled + DivideHalfUp(rest * factor, s.count);
        overflow |= value >= result_limit || value <= -result_limit;
      }
      if (overflow) {
        if (mode == EvalMode::kAnsi) {
          return SumOverflow("Overflow in sum of decimals", kAverage ? "try_avg" : "try_sum");
        }
        writer.SetNull(i);
        continue;
      }
      if (narrow) {
        writer.values<int64_t>()[i] = static_cast<int64_t>(value);
      } else {
        writer.values<int128_t>()[i] = value;
      }
    }
    return writer.Finish(count);
  }
};

// ---- binding
// -------------------------------------------------------------------------------------------------------------

template <bool kAverage>
Result<BoundAggregatePtr> BindSum(const BindInput& input, EvalMode mode) {
  TypePtr t = input.types[0];
  if (t->is_interval() && !t->is(TypeId::kCalendarInterval)) {
    // A year-month sum keeps the fields' range; Spark widens neither.
    const std::vector<TypePtr> columns = {type::Long(), type::Long(), type::Boolean()};
    const TypePtr result = t->is(TypeId::kYearMonthInterval)
                               ? (kAverage ? type::YearMonthInterval() : t)
                               : (kAverage ? type::DayTimeInterval() : t);
    if (t->is(TypeId::kYearMonthInterval)) {
      return Bound(std::make_shared<LongSum<int32_t, kAverage>>(mode, true), {t}, result, columns);
    }
    return Bound(std::make_shared<LongSum<int64_t, kAverage>>(mode, true), {t}, result, columns);
  }
  if (t->is_string() || t->is_null()) {
    t = type::Double();
  }
  if (!t->is_numeric()) {
    return UnexpectedType(input, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")");
  }
  if (t->is_decimal()) {
    const TypePtr sum = type::Decimal(std::min(38, t->precision() + 10), t->scale());
    TypePtr result = sum;
    int scale_up = 0;
    if (kAverage) {
      // bounded(p + 4, s + 4) keeps no digits in reserve: both are cut at 38.
      result = type::Decimal(std::min(38, t->precision() + 4), std::min(38, t->scale() + 4));
      scale_up = result->scale() - t->scale();
    }
    const std::vector<TypePtr> columns = {type::Decimal(38, t->scale()), type::Long(),
                                          type::Boolean()};
    if (t->physical() == type::PhysicalType::kInt64) {
      auto a = std::make_shared<DecimalSum<int64_t, kAverage>>(mode, sum);
      a->scale_up = scale_up;
      return Bound(a, {t}, result, columns);
    }
    auto a = std::make_shared<DecimalSum<int128_t, kAverage>>(mode, sum);
    a->scale_up = scale_up;
    return Bound(a, {t}, result, columns);
  }
  return DispatchNumber(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, int128_t>) {
      return base::InternalError("integers are not 128 bits wide");
    } else if constexpr (kAverage || std::is_floating_point_v<T>) {
      return Bound(std::make_shared<DoubleSum<T, kAverage>>(), {t}, type::Double(),
                   {type::Double(), type::Long()});
    } else {
      return Bound(std::make_shared<LongSum<T, false>>(mode, false), {t}, type::Long(),
                   {type::Long(), type::Long(), type::Boolean()});
    }
  });
}

Result<BoundAggregatePtr> BindCount(const BindInput& input) {
  return Bound(std::make_shared<Count>(), input.types, type::Long(), {type::Long()});
}

Result<BoundAggregatePtr> BindCountIf(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, Require(input, 0, type::Boolean()));
  return Bound(std::make_shared<CountIf>(), {t}, type::Long(), {type::Long()});
}

const Registration kCount(AggregateFunction{
    .name = "count",
    .min_arguments = 0,
    .max_arguments = -1,
    .bind = BindCount,
    .description = "The number of rows; with arguments, of rows in which none of them is null.",
    .examples = {{"SELECT count(col) FROM VALUES (NULL), (5), (5), (20) AS tab(col)", "3"},
                 {"SELECT count(*) FROM VALUES (NULL), (5), (5), (20) AS tab(col)", "4"}},
    .since = "1.0.0"});

const Registration kCountIf(AggregateFunction{
    .name = "count_if",
    .bind = BindCountIf,
    .description = "The number of rows for which the condition is true.",
    .examples = {{"SELECT count_if(col % 2 = 0) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col)",
                  "2"}},
    .since = "3.0.0"});

const Registration kSum(AggregateFunction{
    .name = "sum",
    .bind = [](const BindInput& input) { return BindSum<false>(input, input.mode); },
    .description = "The sum of the values that are not null; null where there are none.",
    .examples = {{"SELECT sum(col) FROM VALUES (5), (10), (15) AS tab(col)", "30"}},
    .since = "1.0.0"});

const Registration kTrySum(AggregateFunction{
    .name = "try_sum",
    .bind = [](const BindInput& input) { return BindSum<false>(input, EvalMode::kTry); },
    .description = "As sum; null on overflow.",
    .examples = {{"SELECT try_sum(col) FROM VALUES (9223372036854775807L), (1L) AS tab(col)",
                  "NULL"}},
    .since = "3.3.0"});

const Registration kAvg(AggregateFunction{
    .name = "avg",
    .aliases = {"mean"},
    .bind = [](const BindInput& input) { return BindSum<true>(input, input.mode); },
    .description = "The mean of the values that are not null; null where there are none.",
    .examples = {{"SELECT avg(col) FROM VALUES (1), (2), (NULL) AS tab(col)", "1.5"}},
    .since = "1.0.0"});

const Registration kTryAvg(AggregateFunction{
    .name = "try_avg",
    .bind = [](const BindInput& input) { return BindSum<true>(input, EvalMode::kTry); },
    .description = "As avg; null on overflow.",
    .examples = {{"SELECT try_avg(col) FROM VALUES (1), (2), (3) AS tab(col)", "2.0"}},
    .since = "3.3.0"});

}  // namespace
}  // namespace emery::functions
