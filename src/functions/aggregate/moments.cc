// Variance, standard deviation, skewness, kurtosis, covariance, correlation and linear regression,
// by Spark's one-pass update and merge formulas (Welford; Pébay 2008), in its order of operations,
// so that the last digits are the same.

#include <cmath>

#include "functions/aggregate/aggregate_internal.h"

namespace emery::functions {
namespace {

struct MomentState {
  double n = 0;
  double avg = 0;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
};

enum class Moment { kStddevPop, kStddevSamp, kVarPop, kVarSamp, kSkewness, kKurtosis };

template <Moment kMoment>
struct CentralMoment final : AggregateBase<CentralMoment<kMoment>, MomentState> {
  using Base = AggregateBase<CentralMoment<kMoment>, MomentState>;
  using Base::At;
  static constexpr bool kHigher = kMoment == Moment::kSkewness || kMoment == Moment::kKurtosis;

  Input<double> Read(const std::vector<VectorPtr>& v) const { return Input<double>(v[0]); }

  void Add(MomentState& s, const Input<double>& in, int64_t i) const {
    if (in.IsNull(i)) {
      return;
    }
    const double n = s.n + 1.0;
    const double delta = in[i] - s.avg;
    const double delta_n = delta / n;
    const double m2 = s.m2 + delta * (delta - delta_n);
    if constexpr (kHigher) {
      const double delta2 = delta * delta;
      const double delta_n2 = delta_n * delta_n;
      const double m3 = s.m3 - 3.0 * delta_n * m2 + delta * (delta2 - delta_n2);
      s.m4 = s.m4 - 4.0 * delta_n * m3 - 6.0 * delta_n2 * m2 +
             delta * (delta * delta2 - delta_n * delta_n2);
      s.m3 = m3;
    }
    s.n = n;
    s.avg = s.avg + delta_n;
    s.m2 = m2;
  }

  struct States {
    Input<double> n;
    Input<double> avg;
    Input<double> m2;
    Input<double> m3;
    Input<double> m4;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<double>(v[0]), Input<double>(v[1]), Input<double>(v[2]), Input<double>(v[3]),
            Input<double>(v[4])};
  }

  void Combine(MomentState& s, const States& in, int64_t i) const {
    const double n1 = s.n;
    const double n2 = in.n[i];
    if (n2 == 0) {
      return;
    }
    const double n = n1 + n2;
    const double delta = in.avg[i] - s.avg;
    const double delta_n = delta / n;
    const double m2 = s.m2 + in.m2[i] + delta * delta_n * n1 * n2;
    if constexpr (kHigher) {
      const double m3 = s.m3 + in.m3[i] + delta_n * delta_n * delta * n1 * n2 * (n1 - n2) +
                        3.0 * delta_n * (n1 * in.m2[i] - n2 * s.m2);
      s.m4 = s.m4 + in.m4[i] +
             delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
             6.0 * delta_n * delta_n * (n1 * n1 * in.m2[i] + n2 * n2 * s.m2) +
             4.0 * delta_n * (n1 * in.m3[i] - n2 * s.m3);
      s.m3 = m3;
    }
    s.m2 = m2;
    s.avg = s.avg + delta_n * n2;
    s.n = n;
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    const auto column = [&](double MomentState::* member) {
      return WriteColumn<double>(type::Double(), count,
                                 [&](int64_t i) { return At(states, i).*member; });
    };
    return std::vector<VectorPtr>{column(&MomentState::n), column(&MomentState::avg),
                                  column(&MomentState::m2), column(&MomentState::m3),
                                  column(&MomentState::m4)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return WriteNullable<double>(
        type::Double(), count,
        [&](int64_t i) {
          const MomentState& s = At(states, i);
          if constexpr (kMoment == Moment::kStddevSamp || kMoment == Moment::kVarSamp) {
            return s.n > 1;
          } else if constexpr (kHigher) {
            return s.n > 0 && s.m2 != 0;
          } else {
            return s.n > 0;
          }
        },
        [&](int64_t i) -> double {
          const MomentState& s = At(states, i);
          switch (kMoment) {
            case Moment::kStddevPop:
              return std::sqrt(s.m2 / s.n);
            case Moment::kStddevSamp:
              return std::sqrt(s.m2 / (s.n - 1.0));
            case Moment::kVarPop:
              return s.m2 / s.n;
            case Moment::kVarSamp:
              return s.m2 / (s.n - 1.0);
            case Moment::kSkewness:
              return std::sqrt(s.n) * s.m3 / std::sqrt(s.m2 * s.m2 * s.m2);
            case Moment::kKurtosis:
              return s.n * s.m4 / (s.m2 * s.m2) - 3.0;
          }
          return 0;
        });
  }
};

template <Moment kMoment>
Result<BoundAggregatePtr> BindMoment(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, Require(input, 0, type::Double()));
  return Bound(std::make_shared<CentralMoment<kMoment>>(), {t}, t, std::vector<TypePtr>(5, t));
}

// ---- two variables
// -----------------------------------------------------------------------------------------------------

struct PairState {
  double n = 0;
  double x_avg = 0;
  double y_avg = 0;
  double ck = 0;
  double x_mk = 0;
  double y_mk = 0;
};

enum class Pair {
  kCovarPop,
  kCovarSamp,
  kCorr,
  kRegrCount,
  kRegrAvgX,
  kRegrAvgY,
  kRegrSxx,
  kRegrSyy,
  kRegrSxy,
  kRegrSlope,
  kRegrIntercept,
  kRegrR2
};

template <Pair kPair>
struct PairMoment final : AggregateBase<PairMoment<kPair>, PairState> {
  using Base = AggregateBase<PairMoment<kPair>, PairState>;
  using Base::At;
  plan::EvalMode mode = plan::EvalMode::kAnsi;

  struct Inputs {
    Input<double> x;
    Input<double> y;
  };

  // regr_*(y, x): the second argument is the independent variable.
  Inputs Read(const std::vector<VectorPtr>& v) const {
    constexpr bool kRegression = kPair >= Pair::kRegrCount;
    return {Input<double>(v[kRegression ? 1 : 0]), Input<double>(v[kRegression ? 0 : 1])};
  }

  void Add(PairState& s, const Inputs& in, int64_t i) const {
    if (in.x.IsNull(i) || in.y.IsNull(i)) {
      return;
    }
    const double x = in.x[i];
    const double y = in.y[i];
    const double n = s.n + 1.0;
    const double dx = x - s.x_avg;
    const double dy = y - s.y_avg;
    const double dy_n = dy / n;
    const double x_avg = s.x_avg + dx / n;
    const double y_avg = s.y_avg + dy_n;
    s.ck = s.ck + dx * (y - y_avg);
    s.x_mk = s.x_mk + dx * (x - x_avg);
    s.y_mk = s.y_mk + dy * (y - y_avg);
    s.n = n;
    s.x_avg = x_avg;
    s.y_avg = y_avg;
  }

  struct States {
    Input<double> n;
    Input<double> x_avg;
    Input<double> y_avg;
    Input<double> ck;
    Input<double> x_mk;
    Input<double> y_mk;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {Input<double>(v[0]), Input<double>(v[1]), Input<double>(v[2]),
            Input<double>(v[3]), Input<double>(v[4]), Input<double>(v[5])};
  }

  void Combine(PairState& s, const States& in, int64_t i) const {
    const double n1 = s.n;
    const double n2 = in.n[i];
    if (n2 == 0) {
      return;
    }
    const double n = n1 + n2;
    const double dx = in.x_avg[i] - s.x_avg;
    const double dx_n = dx / n;
    const double dy = in.y_avg[i] - s.y_avg;
    const double dy_n = dy / n;
    s.x_avg = s.x_avg + dx_n * n2;
    s.y_avg = s.y_avg + dy_n * n2;
    s.ck = s.ck + in.ck[i] + dx * dy_n * n1 * n2;
    s.x_mk = s.x_mk + in.x_mk[i] + dx * dx_n * n1 * n2;
    s.y_mk = s.y_mk + in.y_mk[i] + dy * dy_n * n1 * n2;
    s.n = n;
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    const auto column = [&](double PairState::* member) {
      return WriteColumn<double>(type::Double(), count,
                                 [&](int64_t i) { return At(states, i).*member; });
    };
    return std::vector<VectorPtr>{column(&PairState::n),     column(&PairState::x_avg),
                                  column(&PairState::y_avg), column(&PairState::ck),
                                  column(&PairState::x_mk),  column(&PairState::y_mk)};
  }

  static bool Has(const PairState& s) {
    switch (kPair) {
      case Pair::kCovarSamp:
        return s.n > 1;
      case Pair::kCorr:
        return s.n > 1 && s.x_mk * s.y_mk != 0;
      case Pair::kRegrSlope:
      case Pair::kRegrIntercept:
      case Pair::kRegrR2:
        return s.n > 1 && s.x_mk != 0;
      default:
        return s.n > 0;
    }
  }

  static double Value(const PairState& s) {
    switch (kPair) {
      case Pair::kCovarPop:
        return s.ck / s.n;
      case Pair::kCovarSamp:
        return s.ck / (s.n - 1.0);
      case Pair::kCorr:
        return s.ck / std::sqrt(s.x_mk * s.y_mk);
      case Pair::kRegrAvgX:
        return s.x_avg;
      case Pair::kRegrAvgY:
        return s.y_avg;
      case Pair::kRegrSxx:
        return s.x_mk;
      case Pair::kRegrSyy:
        return s.y_mk;
      case Pair::kRegrSxy:
        return s.ck;
      case Pair::kRegrSlope:
        return s.ck / s.x_mk;
      case Pair::kRegrIntercept:
        return s.y_avg - s.ck / s.x_mk * s.x_avg;
      case Pair::kRegrR2:
        return s.y_mk == 0 ? 1.0 : s.ck * s.ck / s.x_mk / s.y_mk;
      case Pair::kRegrCount:
        break;
    }
    return 0;
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    if constexpr (kPair == Pair::kRegrCount) {
      return WriteColumn<int64_t>(type::Long(), count,
                                  [&](int64_t i) { return static_cast<int64_t>(At(states, i).n); });
    } else {
      if (kPair == Pair::kCorr && mode == plan::EvalMode::kAnsi) {
        for (int64_t i = 0; i < count; ++i) {
          const PairState& s = At(states, i);
          if (s.n > 1 && s.x_mk * s.y_mk == 0) {
            return base::UserError(
                "DIVIDE_BY_ZERO",
                "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL "
                "instead. If "
                "necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
                {{"config", "\"spark.sql.ansi.enabled\""}});
          }
        }
      }
      return WriteNullable<double>(
          type::Double(), count, [&](int64_t i) { return Has(At(states, i)); },
          [&](int64_t i) { return Value(At(states, i)); });
    }
  }
};

template <Pair kPair>
Result<BoundAggregatePtr> BindPair(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr a, Require(input, 0, type::Double()));
  ARROW_ASSIGN_OR_RAISE(const TypePtr b, Require(input, 1, type::Double()));
  auto aggregate = std::make_shared<PairMoment<kPair>>();
  aggregate->mode = input.mode;
  if (kPair == Pair::kRegrCount) {
    aggregate->nullable = false;
  }
  return Bound(aggregate, {a, b}, kPair == Pair::kRegrCount ? type::Long() : type::Double(),
               std::vector<TypePtr>(6, type::Double()));
}

template <Pair kPair>
AggregateFunction PairFunction(std::string name, std::string description, std::string example,
                               std::string result, std::string since) {
  return AggregateFunction{.name = std::move(name),
                           .min_arguments = 2,
                           .max_arguments = 2,
                           .bind = BindPair<kPair>,
                           .description = std::move(description),
                           .examples = {{std::move(example), std::move(result)}},
                           .since = std::move(since)};
}

const Registration kStddev(AggregateFunction{
    .name = "stddev",
    .aliases = {"std", "stddev_samp"},
    .bind = BindMoment<Moment::kStddevSamp>,
    .description = "The sample standard deviation.",
    .examples = {{"SELECT stddev(col) FROM VALUES (1), (2), (3) AS tab(col)", "1.0"}},
    .since = "1.6.0"});
const Registration kStddevPop(AggregateFunction{
    .name = "stddev_pop",
    .bind = BindMoment<Moment::kStddevPop>,
    .description = "The population standard deviation.",
    .examples = {{"SELECT stddev_pop(col) FROM VALUES (1), (2), (3) AS tab(col)",
                  "0.816496580927726"}},
    .since = "1.6.0"});
const Registration kVariance(AggregateFunction{
    .name = "variance",
    .aliases = {"var_samp"},
    .bind = BindMoment<Moment::kVarSamp>,
    .description = "The sample variance.",
    .examples = {{"SELECT variance(col) FROM VALUES (1), (2), (3) AS tab(col)", "1.0"}},
    .since = "1.6.0"});
const Registration kVarPop(AggregateFunction{
    .name = "var_pop",
    .bind = BindMoment<Moment::kVarPop>,
    .description = "The population variance.",
    .examples = {{"SELECT var_pop(col) FROM VALUES (1), (2), (3) AS tab(col)",
                  "0.6666666666666666"}},
    .since = "1.6.0"});
const Registration kSkewness(AggregateFunction{
    .name = "skewness",
    .bind = BindMoment<Moment::kSkewness>,
    .description = "The skewness of the values.",
    .examples = {{"SELECT skewness(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)",
                  "1.1135657469022013"}},
    .since = "1.6.0"});
const Registration kKurtosis(AggregateFunction{
    .name = "kurtosis",
    .bind = BindMoment<Moment::kKurtosis>,
    .description = "The excess kurtosis of the values.",
    .examples = {{"SELECT kurtosis(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)",
                  "-0.7014368047529618"}},
    .since = "1.6.0"});
const Registration kCovarPop(PairFunction<Pair::kCovarPop>(
    "covar_pop", "The population covariance of pairs.",
    "SELECT covar_pop(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2)", "0.6666666666666666",
    "2.0.0"));
const Registration kCovarSamp(PairFunction<Pair::kCovarSamp>(
    "covar_samp", "The sample covariance of pairs.",
    "SELECT covar_samp(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2)", "1.0", "2.0.0"));
const Registration kCorr(PairFunction<Pair::kCorr>(
    "corr", "Pearson's coefficient of correlation of pairs.",
    "SELECT corr(c1, c2) FROM VALUES (3, 2), (3, 3), (6, 4) AS tab(c1, c2)", "0.8660254037844387",
    "1.6.0"));
const Registration kRegrCount(PairFunction<Pair::kRegrCount>(
    "regr_count", "The number of pairs without a null.",
    "SELECT regr_count(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "4",
    "3.3.0"));
const Registration kRegrAvgX(PairFunction<Pair::kRegrAvgX>(
    "regr_avgx", "The mean of the independent variable.",
    "SELECT regr_avgx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "2.75",
    "3.3.0"));
const Registration kRegrAvgY(PairFunction<Pair::kRegrAvgY>(
    "regr_avgy", "The mean of the dependent variable.",
    "SELECT regr_avgy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "1.75",
    "3.3.0"));
const Registration kRegrSxx(PairFunction<Pair::kRegrSxx>(
    "regr_sxx", "The sum of squares of the independent variable.",
    "SELECT regr_sxx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "2.75",
    "3.4.0"));
const Registration kRegrSyy(PairFunction<Pair::kRegrSyy>(
    "regr_syy", "The sum of squares of the dependent variable.",
    "SELECT regr_syy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "0.75",
    "3.4.0"));
const Registration kRegrSxy(PairFunction<Pair::kRegrSxy>(
    "regr_sxy", "The sum of products of both variables.",
    "SELECT regr_sxy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "0.75",
    "3.4.0"));
const Registration kRegrSlope(PairFunction<Pair::kRegrSlope>(
    "regr_slope", "The slope of the regression line.",
    "SELECT regr_slope(y, x) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(y, x)", "1.0", "3.4.0"));
const Registration kRegrIntercept(PairFunction<Pair::kRegrIntercept>(
    "regr_intercept", "The intercept of the regression line.",
    "SELECT regr_intercept(y, x) FROM VALUES (1, 1), (2, 2), (3, 3) AS tab(y, x)", "0.0", "3.4.0"));
const Registration kRegrR2(PairFunction<Pair::kRegrR2>(
    "regr_r2", "The coefficient of determination.",
    "SELECT regr_r2(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)",
    "0.2727272727272727", "3.3.0"));

}  // namespace
}  // namespace emery::functions
