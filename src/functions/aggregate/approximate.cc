// approx_count_distinct by HyperLogLog++ (Heule, Nunkesser and Hall, 2013) and approx_percentile by
// quantile summaries (Greenwald and Khanna, SIGMOD 2001), hashed, buffered and compressed at the
// points where Spark does, so that the estimates are the same.

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "functions/aggregate/aggregate_internal.h"
#include "functions/aggregate/hyperloglog_internal.h"
#include "xxhash.h"

namespace emery::functions {
namespace {

using type::int128_t;
using type::TypeId;

// ---- approx_count_distinct
// -------------------------------------------------------------------------------------------------

// xxHash64 of a value with seed 42, by type as Spark hashes; equal floating-point values hash
// alike.
template <class T>
uint64_t HashOne(const type::DataType& t, const T& v) {
  if constexpr (std::is_same_v<T, StringView>) {
    return XXH64(v.data(), v.size(), 42);
  } else if constexpr (std::is_same_v<T, float>) {
    const float f = v == 0 ? 0.0F : (v != v ? std::numeric_limits<float>::quiet_NaN() : v);
    return XXH64(&f, 4, 42);
  } else if constexpr (std::is_same_v<T, double>) {
    const double d = v == 0 ? 0.0 : (v != v ? std::numeric_limits<double>::quiet_NaN() : v);
    return XXH64(&d, 8, 42);
  } else if constexpr (std::is_same_v<T, int128_t>) {
    // The shortest two's complement form, most significant byte first.
    uint8_t bytes[16];
    int n = 0;
    for (int i = 15; i >= 0; --i) {
      const auto b = static_cast<uint8_t>(static_cast<unsigned __int128>(v) >> (8 * i));
      if (n == 0 && i > 0) {
        const auto next = static_cast<uint8_t>(static_cast<unsigned __int128>(v) >> (8 * (i - 1)));
        if ((b == 0 && (next & 0x80) == 0) || (b == 0xFF && (next & 0x80) != 0)) {
          continue;
        }
      }
      bytes[n++] = b;
    }
    return XXH64(bytes, n, 42);
  } else if constexpr (std::is_same_v<T, CalendarInterval>) {
    uint64_t h = XXH64(&v.microseconds, 8, 42);
    h = XXH64(&v.days, 4, h);
    return XXH64(&v.months, 4, h);
  } else if constexpr (sizeof(T) == 8) {
    (void)t;
    return XXH64(&v, 8, 42);
  } else {
    const auto i = static_cast<int32_t>(v);
    return XXH64(&i, 4, 42);
  }
}

struct RegisterState {
  std::unique_ptr<uint8_t[]> registers;
};

template <class T>
struct ApproxCountDistinct final : AggregateBase<ApproxCountDistinct<T>, RegisterState> {
  using Base = AggregateBase<ApproxCountDistinct<T>, RegisterState>;
  using Base::At;
  int precision;
  int64_t m;

  explicit ApproxCountDistinct(int p) : precision(p), m(int64_t{1} << p) {
    this->duplicate_insensitive = true;
    this->nullable = false;
  }

  struct Inputs {
    Input<T> values;
    const type::DataType& type;
  };

  Inputs Read(const std::vector<VectorPtr>& v) const { return {Input<T>(v[0]), *v[0]->type()}; }

  uint8_t* Registers(RegisterState& s) const {
    if (s.registers == nullptr) {
      s.registers = std::make_unique<uint8_t[]>(m);
    }
    return s.registers.get();
  }

  void Add(RegisterState& s, const Inputs& in, int64_t i) const {
    if (in.values.IsNull(i)) {
      return;
    }
    const uint64_t x = HashOne<T>(in.type, in.values[i]);
    const auto index = x >> (64 - precision);
    const uint64_t w = (x << precision) | (uint64_t{1} << (precision - 1));
    const auto rank = static_cast<uint8_t>(std::countl_zero(w) + 1);
    uint8_t& reg = Registers(s)[index];
    reg = std::max(reg, rank);
  }

  Input<StringView> ReadStates(const std::vector<VectorPtr>& v) const {
    return Input<StringView>(v[0]);
  }

  void Combine(RegisterState& s, const Input<StringView>& in, int64_t i) const {
    const StringView& other = in[i];
    if (other.size() == 0) {
      return;
    }
    uint8_t* registers = Registers(s);
    const auto* from = reinterpret_cast<const uint8_t*>(other.data());
    for (int64_t k = 0; k < m; ++k) {
      registers[k] = std::max(registers[k], from[k]);
    }
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    FlatWriter out(type::Binary(), count);
    for (int64_t i = 0; i < count; ++i) {
      const RegisterState& s = At(states, i);
      if (s.registers != nullptr) {
        out.SetString(i,
                      {reinterpret_cast<const char*>(s.registers.get()), static_cast<size_t>(m)});
      }
    }
    return std::vector<VectorPtr>{out.Finish(count)};
  }

  double Bias(double estimate) const {
    const auto raw = HyperLogLogRawEstimates(precision);
    const auto bias = HyperLogLogBiases(precision);
    constexpr int64_t kNeighbours = 6;
    const auto size = static_cast<int64_t>(raw.size());
    const int64_t nearest = std::lower_bound(raw.begin(), raw.end(), estimate) - raw.begin();
    const auto distance = [&](int64_t i) { return (estimate - raw[i]) * (estimate - raw[i]); };
    int64_t low = std::max<int64_t>(nearest - kNeighbours + 1, 0);
    int64_t high = std::min(low + kNeighbours, size);
    while (high < size && distance(high) < distance(low)) {
      ++low;
      ++high;
    }
    double sum = 0;
    for (int64_t i = low; i < high; ++i) {
      sum += bias[i];
    }
    return sum / static_cast<double>(high - low);
  }

  int64_t Estimate(const RegisterState& s) const {
    if (s.registers == nullptr) {
      return 0;
    }
    double inverse = 0;
    double zeros = 0;
    for (int64_t k = 0; k < m; ++k) {
      inverse += 1.0 / static_cast<double>(uint64_t{1} << s.registers[k]);
      zeros += s.registers[k] == 0 ? 1 : 0;
    }
    const auto size = static_cast<double>(m);
    const double alpha = precision == 4   ? 0.673
                         : precision == 5 ? 0.697
                         : precision == 6 ? 0.709
                                          : 0.7213 / (1.0 + 1.079 / size);
    const double raw = alpha * size * size / inverse;
    const auto corrected = [&] {
      return precision < 19 && raw < 5.0 * size ? raw - Bias(raw) : raw;
    };
    double estimate;
    if (zeros > 0) {
      const double linear = size * std::log(size / zeros);
      const bool small =
          (precision < 19 && linear <= HyperLogLogThreshold(precision)) || raw <= 2.5 * size;
      estimate = small ? linear : corrected();
    } else {
      estimate = corrected();
    }
    return static_cast<int64_t>(std::floor(estimate + 0.5));
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteColumn<int64_t>(type::Long(), count,
                                [&](int64_t i) { return Estimate(At(states, i)); });
  }

  int64_t OwnedBytes(const void* state) const override {
    return static_cast<const RegisterState*>(state)->registers == nullptr ? 0 : m;
  }
};

Result<BoundAggregatePtr> BindApproxCountDistinct(const BindInput& input) {
  double deviation = 0.05;
  const TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  std::vector<TypePtr> arguments = {t};
  if (input.types.size() > 1) {
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "relativeSD", "\"DOUBLE\"");
    }
    deviation = LiteralAsDouble(*input.literals[1]);
    arguments.push_back(type::Double());
  }
  const int precision =
      static_cast<int>(std::ceil(2.0 * std::log(1.106 / deviation) / std::log(2.0)));
  if (precision < 4 || precision > 28) {
    return base::UserError(
        "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
        "approx_count_distinct: the relative standard deviation must be between 0.0001 and 0.39.",
        {{"exprName", "relativeSD"}});
  }
  if (t->is_nested() || t->is_null()) {
    if (!t->is_null()) {
      return base::Unsupported("approx_count_distinct over values of type " + t->Sql());
    }
    arguments[0] = type::Int();
    return Bound(std::make_shared<ApproxCountDistinct<int32_t>>(precision), arguments, type::Long(),
                 {type::Binary()});
  }
  return DispatchValue(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, Nested>) {
      return base::InternalError("nested values were handled above");
    } else {
      return Bound(std::make_shared<ApproxCountDistinct<T>>(precision), arguments, type::Long(),
                   {type::Binary()});
    }
  });
}

// ---- approx_percentile
// ---------------------------------------------------------------------------------------------------------

struct Sample {
  double value;
  int64_t g;
  int64_t delta;
};

struct Summary {
  std::vector<Sample> samples;
  std::vector<double> head;  // not yet merged into samples
  int64_t count = 0;         // of what is in samples

  static constexpr size_t kHeadSize = 50000;
  static constexpr size_t kCompressThreshold = 10000;

  void Insert(double v, double error) {
    head.push_back(v);
    if (head.size() >= kHeadSize) {
      InsertHead(error);
      if (samples.size() >= kCompressThreshold) {
        samples = Compressed(samples, 2 * error * static_cast<double>(count));
      }
    }
  }

  void InsertHead(double error) {
    if (head.empty()) {
      return;
    }
    std::sort(head.begin(), head.end(),
              [](double a, double b) { return CompareScalars<double>(a, b) < 0; });
    std::vector<Sample> merged;
    merged.reserve(samples.size() + head.size());
    size_t next = 0;
    for (size_t k = 0; k < head.size(); ++k) {
      while (next < samples.size() && samples[next].value <= head[k]) {
        merged.push_back(samples[next++]);
      }
      ++count;
      const bool edge = merged.empty() || (next == samples.size() && k + 1 == head.size());
      merged.push_back(
          {head[k], 1,
           edge ? 0 : static_cast<int64_t>(std::floor(2 * error * static_cast<double>(count)))});
    }
    merged.insert(merged.end(), samples.begin() + static_cast<int64_t>(next), samples.end());
    samples = std::move(merged);
    head.clear();
  }

  void Compress(double error) {
    InsertHead(error);
    samples = Compressed(samples, 2 * error * static_cast<double>(count));
  }

  static std::vector<Sample> Compressed(const std::vector<Sample>& from, double threshold) {
    if (from.empty()) {
      return {};
    }
    std::vector<Sample> reversed;
    Sample current = from.back();
    for (auto i = static_cast<int64_t>(from.size()) - 2; i >= 1; --i) {
      if (static_cast<double>(from[i].g + current.g + current.delta) < threshold) {
        current.g += from[i].g;
      } else {
        reversed.push_back(current);
        current = from[i];
      }
    }
    reversed.push_back(current);
    if (from.front().value <= current.value && from.size() > 1) {
      reversed.push_back(from.front());
    }
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
  }

  void MergeFrom(Summary& other, double error) {
    Compress(error);
    other.Compress(error);
    if (other.count == 0) {
      return;
    }
    if (count == 0) {
      samples = other.samples;
      count = other.count;
      return;
    }
    std::vector<Sample> merged;
    const auto own_delta =
        static_cast<int64_t>(std::floor(2 * error * static_cast<double>(other.count)));
    const auto other_delta =
        static_cast<int64_t>(std::floor(2 * error * static_cast<double>(count)));
    size_t a = 0;
    size_t b = 0;
    while (a < samples.size() && b < other.samples.size()) {
      Sample s;
      if (samples[a].value < other.samples[b].value) {
        s = samples[a++];
        s.delta += b > 0 ? own_delta : 0;
      } else {
        s = other.samples[b++];
        s.delta += a > 0 ? other_delta : 0;
      }
      merged.push_back(s);
    }
    merged.insert(merged.end(), samples.begin() + static_cast<int64_t>(a), samples.end());
    merged.insert(merged.end(), other.samples.begin() + static_cast<int64_t>(b),
                  other.samples.end());
    count += other.count;
    samples = Compressed(merged, 2 * error * static_cast<double>(count));
  }

  double Query(double percentile, double error) const {
    if (percentile <= error || samples.size() == 1) {
      return samples.front().value;
    }
    if (percentile >= 1 - error) {
      return samples.back().value;
    }
    int64_t widest = 0;
    for (const Sample& s : samples) {
      widest = std::max(widest, s.delta + s.g);
    }
    const auto target = static_cast<double>(widest / 2);
    const auto rank = static_cast<double>(
        static_cast<int64_t>(std::ceil(percentile * static_cast<double>(count))));
    int64_t min_rank = samples[0].g;
    for (size_t i = 0; i + 1 < samples.size(); ++i) {
      const auto max_rank = static_cast<double>(min_rank + samples[i].delta);
      if (max_rank - target <= rank && rank <= static_cast<double>(min_rank) + target) {
        return samples[i].value;
      }
      min_rank += samples[i + 1].g;
    }
    return samples.back().value;
  }
};

struct SummaryState {
  mutable std::unique_ptr<Summary> summary;
};

template <class T>
struct ApproxPercentile final : AggregateBase<ApproxPercentile<T>, SummaryState> {
  using Base = AggregateBase<ApproxPercentile<T>, SummaryState>;
  using Base::At;
  std::vector<double> percentages;
  bool as_array = false;
  double error = 0.0001;
  double scale = 1;  // of decimals: 10^scale

  Input<T> Read(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  void Add(SummaryState& s, const Input<T>& in, int64_t i) const {
    if (in.IsNull(i)) {
      return;
    }
    if (s.summary == nullptr) {
      s.summary = std::make_unique<Summary>();
    }
    s.summary->Insert(static_cast<double>(in[i]) / scale, error);
  }

  Input<StringView> ReadStates(const std::vector<VectorPtr>& v) const {
    return Input<StringView>(v[0]);
  }

  void Combine(SummaryState& s, const Input<StringView>& in, int64_t i) const {
    const StringView& bytes = in[i];
    if (bytes.size() < 8) {
      return;
    }
    Summary other;
    std::memcpy(&other.count, bytes.data(), 8);
    other.samples.resize((bytes.size() - 8) / sizeof(Sample));
    std::memcpy(other.samples.data(), bytes.data() + 8, bytes.size() - 8);
    if (s.summary == nullptr) {
      s.summary = std::make_unique<Summary>();
    }
    s.summary->MergeFrom(other, error);
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    FlatWriter out(type::Binary(), count);
    std::string bytes;
    for (int64_t i = 0; i < count; ++i) {
      Summary* s = At(states, i).summary.get();
      if (s == nullptr) {
        continue;
      }
      s->Compress(error);
      bytes.assign(reinterpret_cast<const char*>(&s->count), 8);
      bytes.append(reinterpret_cast<const char*>(s->samples.data()),
                   s->samples.size() * sizeof(Sample));
      out.SetString(i, bytes);
    }
    return std::vector<VectorPtr>{out.Finish(count)};
  }

  void Append(columnar::VectorBuilder& builder, double value) const {
    if constexpr (std::is_same_v<T, double>) {
      builder.AppendValue(type::Value::Double(value));
    } else if constexpr (std::is_same_v<T, float>) {
      builder.AppendValue(type::Value::Float(static_cast<float>(value)));
    } else {
      const TypePtr& element = as_array ? this->return_type->element() : this->return_type;
      if (element->is_decimal()) {
        builder.AppendValue(
            type::Value::Decimal(static_cast<int128_t>(std::llround(value * scale))));
      } else {
        builder.AppendValue(type::Value::Int(static_cast<int64_t>(value)));
      }
    }
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    const auto out = columnar::VectorBuilder::Make(this->return_type);
    for (int64_t i = 0; i < count; ++i) {
      Summary* s = At(states, i).summary.get();
      if (s == nullptr) {
        out->AppendNull();
        continue;
      }
      s->Compress(error);
      if (!as_array) {
        Append(*out, s->Query(percentages[0], error));
        continue;
      }
      for (const double p : percentages) {
        Append(out->child(0), s->Query(p, error));
      }
      out->AppendNested();
    }
    return out->Finish();
  }

  int64_t OwnedBytes(const void* state) const override {
    const auto& s = static_cast<const SummaryState*>(state)->summary;
    return s == nullptr ? 0
                        : static_cast<int64_t>(s->samples.capacity() * sizeof(Sample) +
                                               s->head.capacity() * 8);
  }
};

Result<BoundAggregatePtr> BindApproxPercentile(const BindInput& input) {
  TypePtr t = input.types[0];
  if (t->is_string() || t->is_null()) {
    t = type::Double();
  }
  if (!t->is_numeric() && !t->is_datetime() && !t->is(TypeId::kYearMonthInterval) &&
      !t->is(TypeId::kDayTimeInterval)) {
    return UnexpectedType(input, 0,
                          "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or "
                          "\"INTERVAL YEAR TO MONTH\" or "
                          "\"INTERVAL DAY TO SECOND\")");
  }
  if (!IsLiteral(input, 1)) {
    return NotFoldable(input, 1, "percentage", "\"DOUBLE\"");
  }
  std::vector<double> percentages;
  const plan::Literal& literal = *input.literals[1];
  const type::Value* p = LiteralValue(input, 1);
  if (p == nullptr) {
    return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_NULL",
                           "Cannot resolve \"approx_percentile\" due to data type mismatch: The "
                           "percentage must not be null.",
                           {{"exprName", "percentage"}});
  }
  std::vector<TypePtr> arguments = {t};
  const bool as_array = literal.type->is(TypeId::kArray);
  if (as_array) {
    for (const type::Value& item : p->list()) {
      plan::Literal one;
      one.type = literal.type->element();
      one.value = item;
      percentages.push_back(LiteralAsDouble(one));
    }
    arguments.push_back(type::Array(type::Double(), false));
  } else {
    percentages.push_back(LiteralAsDouble(literal));
    arguments.push_back(type::Double());
  }
  for (const double item : percentages) {
    if (!(item >= 0.0 && item <= 1.0)) {
      return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                             "Cannot resolve \"approx_percentile\" due to data type mismatch: The "
                             "percentage must be between "
                             "[0.0, 1.0].",
                             {{"exprName", "percentage"}, {"valueRange", "[0.0, 1.0]"}});
    }
  }
  double accuracy = 10000;
  if (input.types.size() > 2) {
    if (!IsLiteral(input, 2)) {
      return NotFoldable(input, 2, "accuracy", "\"INT\"");
    }
    accuracy = LiteralAsDouble(*input.literals[2]);
    arguments.push_back(type::Long());
    if (!(accuracy > 0 && accuracy <= 2147483647)) {
      return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                             "Cannot resolve \"approx_percentile\" due to data type mismatch: The "
                             "accuracy must be between (0, "
                             "2147483647].",
                             {{"exprName", "accuracy"}, {"valueRange", "(0, 2147483647]"}});
    }
  }
  return DispatchNumber(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    auto aggregate = std::make_shared<ApproxPercentile<T>>();
    aggregate->percentages = percentages;
    aggregate->as_array = as_array;
    aggregate->error = 1.0 / accuracy;
    aggregate->scale = t->is_decimal() ? std::pow(10.0, t->scale()) : 1.0;
    return Bound(aggregate, arguments, as_array ? type::Array(t, false) : t, {type::Binary()});
  });
}

const Registration kApproxCountDistinct(AggregateFunction{
    .name = "approx_count_distinct",
    .min_arguments = 1,
    .max_arguments = 2,
    .bind = BindApproxCountDistinct,
    .description = "An estimate of the number of distinct values; the second argument is the "
                   "relative standard deviation (0.05).",
    .examples =
        {{"SELECT approx_count_distinct(col) FROM VALUES (1), (1), (2), (2), (3) AS tab(col)",
          "3"}},
    .since = "1.6.0"});
const Registration kApproxPercentile(AggregateFunction{
    .name = "approx_percentile",
    .aliases = {"percentile_approx"},
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindApproxPercentile,
    .description = "A value of the group that is near the percentile; the third argument is the "
                   "accuracy (10000).",
    .examples = {{"SELECT approx_percentile(col, array(0.5, 0.4, 0.1), 100) FROM VALUES (0), (1), "
                  "(2), (10) AS tab(col)",
                  "[1, 1, 0]"}},
    .since = "2.1.0"});

}  // namespace
}  // namespace emery::functions
