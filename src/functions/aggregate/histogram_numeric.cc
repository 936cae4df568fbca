// histogram_numeric: a histogram of at most n bins of unequal width that is built in one pass
// (Ben-Haim and Tom-Tov, A streaming parallel decision tree algorithm, JMLR 2010). Ties between
// bins to merge are broken by Java's random numbers from Spark's seed, so that the bins are the
// same.

#include <algorithm>
#include <cmath>

#include "functions/aggregate/aggregate_internal.h"
#include "functions/aggregate/java_random_internal.h"

namespace emery::functions {
namespace {

using type::TypeId;

struct Bin {
  double x;
  double y;
};

struct Histogram {
  std::vector<Bin> bins;
  JavaRandom random{31183};

  void Add(double v, size_t limit) {
    const auto at = std::lower_bound(bins.begin(), bins.end(), v,
                                     [](const Bin& b, double x) { return b.x < x; });
    if (at != bins.end() && at->x == v) {
      at->y += 1;
      return;
    }
    bins.insert(at, {v, 1});
    Trim(limit);
  }

  void Trim(size_t limit) {
    while (bins.size() > limit && bins.size() > 1) {
      double smallest = bins[1].x - bins[0].x;
      size_t where = 0;
      int ties = 1;
      for (size_t i = 1; i + 1 < bins.size(); ++i) {
        const double diff = bins[i + 1].x - bins[i].x;
        if (diff < smallest) {
          smallest = diff;
          where = i;
          ties = 1;
        } else if (diff == smallest && random.NextDouble() <= 1.0 / ++ties) {
          where = i;
        }
      }
      Bin& left = bins[where];
      const Bin right = bins[where + 1];
      const double sum = left.y + right.y;
      left.x *= left.y / sum;
      left.x += right.x / sum * right.y;
      left.y = sum;
      bins.erase(bins.begin() + static_cast<int64_t>(where) + 1);
    }
  }
};

struct HistogramState {
  std::unique_ptr<Histogram> histogram;
};

template <class T>
struct HistogramNumeric final : AggregateBase<HistogramNumeric<T>, HistogramState> {
  using Base = AggregateBase<HistogramNumeric<T>, HistogramState>;
  using Base::At;
  size_t limit = 0;
  double scale = 1;  // of decimals

  Input<T> Read(const std::vector<VectorPtr>& v) const { return Input<T>(v[0]); }

  static Histogram& Get(HistogramState& s) {
    if (s.histogram == nullptr) {
      s.histogram = std::make_unique<Histogram>();
    }
    return *s.histogram;
  }

  void Add(HistogramState& s, const Input<T>& in, int64_t i) const {
    if (!in.IsNull(i)) {
      Get(s).Add(static_cast<double>(in[i]) / scale, limit);
    }
  }

  Input<StringView> ReadStates(const std::vector<VectorPtr>& v) const {
    return Input<StringView>(v[0]);
  }

  void Combine(HistogramState& s, const Input<StringView>& in, int64_t i) const {
    const StringView& bytes = in[i];
    if (bytes.size() == 0) {
      return;
    }
    Histogram& h = Get(s);
    const size_t own = h.bins.size();
    h.bins.resize(own + bytes.size() / sizeof(Bin));
    std::memcpy(h.bins.data() + own, bytes.data(), bytes.size());
    std::stable_sort(h.bins.begin(), h.bins.end(),
                     [](const Bin& a, const Bin& b) { return a.x < b.x; });
    h.Trim(limit);
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    FlatWriter out(type::Binary(), count);
    for (int64_t i = 0; i < count; ++i) {
      const auto& h = At(states, i).histogram;
      if (h != nullptr) {
        out.SetString(
            i, {reinterpret_cast<const char*>(h->bins.data()), h->bins.size() * sizeof(Bin)});
      }
    }
    return std::vector<VectorPtr>{out.Finish(count)};
  }

  type::Value AsInput(double x) const {
    if constexpr (std::is_same_v<T, double>) {
      return type::Value::Double(x);
    } else if constexpr (std::is_same_v<T, float>) {
      return type::Value::Float(static_cast<float>(x));
    } else {
      if (this->argument_types[0]->is_decimal()) {
        return type::Value::Decimal(static_cast<type::int128_t>(std::llround(x * scale)));
      }
      return type::Value::Int(static_cast<int64_t>(x));
    }
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    const auto out = columnar::VectorBuilder::Make(this->return_type);
    for (int64_t i = 0; i < count; ++i) {
      const auto& h = At(states, i).histogram;
      if (h == nullptr) {
        out->AppendNull();
        continue;
      }
      for (const Bin& bin : h->bins) {
        out->child(0).child(0).AppendValue(AsInput(bin.x));
        out->child(0).child(1).AppendValue(type::Value::Double(bin.y));
        out->child(0).AppendNested();
      }
      out->AppendNested();
    }
    return out->Finish();
  }

  int64_t OwnedBytes(const void* state) const override {
    const auto& h = static_cast<const HistogramState*>(state)->histogram;
    return h == nullptr ? 0 : static_cast<int64_t>(h->bins.capacity() * sizeof(Bin));
  }
};

Result<BoundAggregatePtr> BindHistogram(const BindInput& input) {
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
    return NotFoldable(input, 1, "nb", "\"INT\"");
  }
  if (LiteralValue(input, 1) == nullptr) {
    return base::UserError(
        "DATATYPE_MISMATCH.UNEXPECTED_NULL",
        "Cannot resolve \"histogram_numeric\" due to data type mismatch: The nb must not be null.",
        {{"exprName", "nb"}});
  }
  const double bins = LiteralAsDouble(*input.literals[1]);
  if (bins < 2) {
    return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                           "Cannot resolve \"histogram_numeric\" due to data type mismatch: The nb "
                           "must be between [2, 2147483647].",
                           {{"exprName", "nb"}, {"valueRange", "[2, 2147483647]"}});
  }
  const TypePtr bin = type::Struct({{.name = "x", .type = t, .nullable = true},
                                    {.name = "y", .type = type::Double(), .nullable = true}});
  return DispatchNumber(*t, [&](auto tag) -> Result<BoundAggregatePtr> {
    using T = typename decltype(tag)::type;
    auto aggregate = std::make_shared<HistogramNumeric<T>>();
    aggregate->limit = static_cast<size_t>(bins);
    aggregate->scale = t->is_decimal() ? std::pow(10.0, t->scale()) : 1.0;
    return Bound(aggregate, {t, type::Int()}, type::Array(bin, true), {type::Binary()});
  });
}

const Registration kHistogramNumeric(AggregateFunction{
    .name = "histogram_numeric",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindHistogram,
    .description = "At most n bins (x: centre, y: height) that show how the values lie.",
    .examples = {{"SELECT histogram_numeric(col, 5) FROM VALUES (0), (1), (2), (10) AS tab(col)",
                  "[{0, 1.0}, {1, 1.0}, {2, 1.0}, {10, 1.0}]"}},
    .since = "3.3.0"});

}  // namespace
}  // namespace emery::functions
