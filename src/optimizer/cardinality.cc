#include "optimizer/cardinality.h"

#include <algorithm>
#include <cmath>

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

constexpr double kUnknownRows = 1e6;     // a table without statistics
constexpr double kEqualityGuess = 0.05;  // of a value with unknown distinct count
constexpr double kRangeGuess = 0.33;
constexpr double kPatternGuess = 0.1;
constexpr double kUnknownGuess = 0.33;

std::optional<double> AsNumber(const type::DataType& type, const type::Value& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  switch (type.physical()) {
    case type::PhysicalType::kInt8:
    case type::PhysicalType::kInt16:
    case type::PhysicalType::kInt32:
    case type::PhysicalType::kInt64:
    case type::PhysicalType::kInt128:
      if (type.is_decimal()) {
        return static_cast<double>(value.decimal()) / std::pow(10.0, type.scale());
      }
      return static_cast<double>(value.integer());
    case type::PhysicalType::kFloat:
      return value.float_value();
    case type::PhysicalType::kDouble:
      return value.double_value();
    default:
      return std::nullopt;
  }
}

/// `e` without casts that keep the order of values.
const plan::Expression* StripCasts(const plan::Expression* e) {
  while (const auto* cast = As<plan::Cast>(e)) {
    if (!cast->children[0]->type ||
        cast->children[0]->type->is_string() != cast->type->is_string()) {
      break;
    }
    e = cast->children[0].get();
  }
  return e;
}

const ColumnEstimate* FindColumn(const plan::Expression* e, const PlanEstimate& input) {
  const auto* column = As<plan::Column>(StripCasts(e));
  if (column == nullptr) {
    return nullptr;
  }
  const auto it = input.columns.find(column->id.value);
  return it == input.columns.end() ? nullptr : &it->second;
}

double Clamp(double selectivity) {
  return std::clamp(selectivity, 1e-9, 1.0);
}

bool IsComparison(const std::string& name) {
  return name == "=" || name == "<=>" || name == "<" || name == "<=" || name == ">" ||
         name == ">=" || name == "!=";
}

ColumnEstimate GuessColumn(const type::DataType& type, double rows) {
  ColumnEstimate estimate;
  estimate.distinct = std::max(1.0, rows);
  estimate.average_bytes =
      type.is_string() ? 24 : std::max(1, type::PhysicalWidth(type.physical()));
  if (type.is(type::TypeId::kBoolean)) {
    estimate.distinct = 2;
  } else if (type.is_string()) {
    estimate.distinct = std::max(1.0, std::min(rows, std::sqrt(rows) * 10));
  } else if (type.is_decimal() || type.is_floating()) {
    estimate.distinct = std::max(1.0, rows / 10);
  }
  return estimate;
}

}  // namespace

double PlanEstimate::DistinctOf(ColumnId id) const {
  const auto it = columns.find(id.value);
  return it == columns.end() ? std::max(1.0, rows)
                             : std::clamp(it->second.distinct, 1.0, std::max(1.0, rows));
}

const PlanEstimate& CardinalityEstimator::Estimate(const PlanPtr& plan) {
  const auto it = known_.find(plan.get());
  if (it != known_.end()) {
    return it->second;
  }
  PlanEstimate estimate = Compute(plan);
  estimate.rows = std::max(estimate.rows, 0.0);
  for (auto& [id, column] : estimate.columns) {
    column.distinct = std::clamp(column.distinct, 1.0, std::max(1.0, estimate.rows));
  }
  keep_alive_.push_back(plan);
  return known_.emplace(plan.get(), std::move(estimate)).first->second;
}

double CardinalityEstimator::ConjunctSelectivity(const ExpressionPtr& e,
                                                 const PlanEstimate& input) const {
  if (const auto* literal = As<plan::Literal>(e)) {
    return !literal->value.is_null() && literal->value.payload().index() == 1 &&
                   literal->value.boolean()
               ? 1.0
               : 1e-9;
  }
  if (As<plan::And>(e) != nullptr) {
    return Selectivity(e->children, input);
  }
  if (As<plan::Or>(e) != nullptr) {
    double none = 1;
    for (const auto& child : e->children) {
      none *= 1 - ConjunctSelectivity(child, input);
    }
    return Clamp(1 - none);
  }
  if (const auto* in = As<plan::In>(e)) {
    const double values = static_cast<double>(in->children.size() - 1);
    if (const auto* column = FindColumn(in->children[0].get(), input)) {
      return Clamp(values / column->distinct);
    }
    return Clamp(values * kEqualityGuess);
  }
  const auto* call = As<plan::Call>(e);
  if (call == nullptr) {
    return kUnknownGuess;
  }
  if (call->name == "not") {
    return Clamp(1 - ConjunctSelectivity(call->children[0], input));
  }
  if (call->name == "isnull" || call->name == "isnotnull") {
    const auto* column = FindColumn(call->children[0].get(), input);
    const double nulls = column != nullptr ? column->null_fraction : 0.02;
    return Clamp(call->name == "isnull" ? std::max(nulls, 1e-6) : 1 - nulls);
  }
  if (call->name == "like" || call->name == "startswith" || call->name == "endswith" ||
      call->name == "contains" || call->name == "rlike") {
    return kPatternGuess;
  }
  if (!IsComparison(call->name) || call->children.size() != 2) {
    return kUnknownGuess;
  }
  const auto* left = call->children[0].get();
  const auto* right = call->children[1].get();
  const auto* left_column = FindColumn(left, input);
  const auto* right_column = FindColumn(right, input);
  std::string name = call->name;
  if (left_column == nullptr && right_column != nullptr) {
    std::swap(left, right);
    std::swap(left_column, right_column);
    if (name[0] == '<' && name != "<=>") {
      name[0] = '>';
    } else if (name[0] == '>') {
      name[0] = '<';
    }
  }
  if (name == "=" || name == "<=>") {
    if (left_column != nullptr && right_column != nullptr) {
      return Clamp(1 / std::max(left_column->distinct, right_column->distinct));
    }
    return left_column != nullptr ? Clamp(1 / left_column->distinct) : kEqualityGuess;
  }
  if (name == "!=") {
    return left_column != nullptr ? Clamp(1 - 1 / left_column->distinct) : 1 - kEqualityGuess;
  }
  const auto* literal = As<plan::Literal>(StripCasts(right));
  if (left_column == nullptr || literal == nullptr || !left_column->min || !left_column->max) {
    return kRangeGuess;
  }
  const auto value = AsNumber(*literal->type, literal->value);
  if (!value) {
    return kRangeGuess;
  }
  const double width = *left_column->max - *left_column->min;
  if (width <= 0) {
    return kRangeGuess;
  }
  const double below = std::clamp((*value - *left_column->min) / width, 0.0, 1.0);
  const double part = name[0] == '<' ? below : 1 - below;
  return Clamp(std::max(part, 1 / left_column->distinct));
}

double CardinalityEstimator::Selectivity(const ExpressionList& conjuncts,
                                         const PlanEstimate& input) const {
  // Ranges on one column (BETWEEN) belong together: their complements add up.
  std::vector<double> factors;
  std::unordered_map<int64_t, std::pair<double, double>>
      ranges;  // column → (lower part cut, upper part cut)
  for (const auto& conjunct : conjuncts) {
    const auto* call = As<plan::Call>(conjunct);
    if (call != nullptr && call->children.size() == 2 && IsComparison(call->name) &&
        call->name != "=" && call->name != "<=>" && call->name != "!=") {
      const auto* column = As<plan::Column>(StripCasts(call->children[0].get()));
      const auto* estimate = column != nullptr ? FindColumn(column, input) : nullptr;
      if (estimate != nullptr && estimate->min &&
          As<plan::Literal>(StripCasts(call->children[1].get())) != nullptr) {
        const double kept = ConjunctSelectivity(conjunct, input);
        auto& cut = ranges[column->id.value];
        (call->name[0] == '>' ? cut.first : cut.second) =
            std::max(call->name[0] == '>' ? cut.first : cut.second, 1 - kept);
        continue;
      }
    }
    factors.push_back(ConjunctSelectivity(conjunct, input));
  }
  for (const auto& [id, cut] : ranges) {
    const auto& column = input.columns.at(id);
    factors.push_back(Clamp(std::max(1 - cut.first - cut.second, 1 / column.distinct)));
  }
  std::sort(factors.begin(), factors.end());
  double selectivity = 1;
  double exponent = 1;
  for (const double factor : factors) {
    selectivity *= std::pow(factor, exponent);
    exponent = exponent > 0.2 ? exponent / 2 : exponent;
  }
  return Clamp(selectivity);
}

double CardinalityEstimator::JoinRows(const PlanEstimate& left, const PlanEstimate& right,
                                      const ExpressionList& conjuncts) const {
  double rows = left.rows * right.rows;
  std::vector<double> equalities;
  ExpressionList others;
  for (const auto& conjunct : conjuncts) {
    const auto* call = As<plan::Call>(conjunct);
    if (call != nullptr && (call->name == "=" || call->name == "<=>")) {
      const ColumnEstimate* sides[2] = {nullptr, nullptr};
      double distinct[2] = {0, 0};
      for (int i = 0; i < 2; ++i) {
        const auto* column = FindColumn(call->children[i].get(), left);
        const bool on_left = column != nullptr;
        if (column == nullptr) {
          column = FindColumn(call->children[i].get(), right);
        }
        if (column != nullptr) {
          sides[i] = column;
          distinct[i] = std::min(column->distinct, std::max(1.0, on_left ? left.rows : right.rows));
        }
      }
      if (sides[0] != nullptr && sides[1] != nullptr) {
        equalities.push_back(1 / std::max({distinct[0], distinct[1], 1.0}));
      } else if (sides[0] != nullptr || sides[1] != nullptr) {
        equalities.push_back(1 / std::max({distinct[0], distinct[1], 1.0}));
      } else {
        equalities.push_back(1 / std::max(1.0, std::min(left.rows, right.rows)));
      }
      continue;
    }
    others.push_back(conjunct);
  }
  std::sort(equalities.begin(), equalities.end());
  double exponent = 1;
  for (const double factor : equalities) {
    rows *= std::pow(factor, exponent);
    exponent /= 2;  // further keys of a composite key hang together with the first
  }
  if (!others.empty()) {
    PlanEstimate both;
    both.rows = rows;
    both.columns = left.columns;
    both.columns.insert(right.columns.begin(), right.columns.end());
    rows *= Selectivity(others, both);
  }
  return std::max(rows, 0.0);
}

PlanEstimate CardinalityEstimator::Compute(const PlanPtr& p) {
  PlanEstimate result;
  switch (p->kind) {
    case PlanKind::kScan: {
      const auto& scan = *As<plan::Scan>(p);
      table::Statistics statistics;
      auto loaded = scan.table->statistics();
      if (loaded.ok()) {
        statistics = loaded.MoveValueUnsafe();
      }
      result.rows = statistics.num_rows ? static_cast<double>(*statistics.num_rows) : kUnknownRows;
      for (size_t i = 0; i < scan.columns.size(); ++i) {
        const auto& info = scan.columns[i];
        ColumnEstimate column = GuessColumn(*info.type, result.rows);
        const int field = scan.field_indexes[i];
        if (field >= 0 && static_cast<size_t>(field) < statistics.columns.size()) {
          const auto& known = statistics.columns[field];
          if (known.min && known.max) {
            column.min = AsNumber(*info.type, *known.min);
            column.max = AsNumber(*info.type, *known.max);
            if (column.min && column.max &&
                (info.type->is_integral() || info.type->is_datetime())) {
              column.distinct = std::min(column.distinct, *column.max - *column.min + 1);
            }
          }
          if (known.distinct_count) {
            column.distinct = std::max(1.0, *known.distinct_count);
          }
          if (known.null_count && result.rows > 0) {
            column.null_fraction =
                std::clamp(static_cast<double>(*known.null_count) / result.rows, 0.0, 1.0);
          }
          if (known.average_bytes) {
            column.average_bytes = *known.average_bytes;
          }
        }
        result.columns.emplace(info.id.value, column);
      }
      if (!scan.filter.empty()) {
        const double selectivity = Selectivity(scan.filter, result);
        const double before = result.rows;
        result.rows = std::max(1.0, before * selectivity);
        // What a filter leaves of another column's values (Yao's formula, roughly).
        for (auto& [id, column] : result.columns) {
          const double per_value = before / std::max(1.0, column.distinct);
          column.distinct *= 1 - std::pow(1 - selectivity, std::max(1.0, per_value));
          column.distinct = std::max(1.0, column.distinct);
        }
        for (const auto& conjunct : scan.filter) {
          const auto* call = As<plan::Call>(conjunct);
          if (call != nullptr && call->name == "=" && call->children.size() == 2) {
            for (int side = 0; side < 2; ++side) {
              const auto* column = As<plan::Column>(call->children[side]);
              if (column != nullptr && As<plan::Literal>(call->children[1 - side]) != nullptr) {
                result.columns[column->id.value].distinct = 1;
              }
            }
          }
        }
      }
      return result;
    }
    case PlanKind::kValues:
      result.rows = static_cast<double>(As<plan::Values>(p)->rows.size());
      break;
    case PlanKind::kRange: {
      const auto& range = *As<plan::Range>(p);
      result.rows = std::max(
          0.0, std::ceil((static_cast<double>(range.end) - static_cast<double>(range.start)) /
                         static_cast<double>(range.step)));
      break;
    }
    case PlanKind::kProject: {
      const auto& input = Estimate(p->inputs[0]);
      result.rows = input.rows;
      for (const auto& e : As<plan::Project>(p)->expressions) {
        if (const auto* column = As<plan::Column>(e)) {
          const auto it = input.columns.find(column->id.value);
          if (it != input.columns.end()) {
            result.columns.emplace(it->first, it->second);
          }
        } else if (const auto* alias = As<plan::Alias>(e)) {
          if (const auto* column = FindColumn(alias->children[0].get(), input)) {
            result.columns.emplace(alias->id.value, *column);
          } else {
            ColumnEstimate guess = GuessColumn(*alias->type, input.rows);
            std::vector<ColumnId> ids;
            plan::CollectColumns(alias->children[0], &ids);
            double distinct = 1;
            for (const auto id : ids) {
              distinct *= input.DistinctOf(id);
            }
            guess.distinct = std::min(guess.distinct, std::max(1.0, distinct));
            result.columns.emplace(alias->id.value, guess);
          }
        }
      }
      return result;
    }
    case PlanKind::kFilter: {
      result = Estimate(p->inputs[0]);
      result.rows *= Selectivity(plan::SplitConjuncts(As<plan::Filter>(p)->condition), result);
      result.rows = std::max(result.rows, 1.0);
      return result;
    }
    case PlanKind::kJoin: {
      const auto& join = *As<plan::Join>(p);
      const auto left = Estimate(p->inputs[0]);
      const auto right = Estimate(p->inputs[1]);
      const auto conjuncts = plan::SplitConjuncts(join.condition);
      const double inner = JoinRows(left, right, conjuncts);
      result.columns = left.columns;
      switch (join.join_type) {
        case JoinType::kInner:
          result.rows = inner;
          break;
        case JoinType::kLeft:
          result.rows = std::max(inner, left.rows);
          break;
        case JoinType::kRight:
          result.rows = std::max(inner, right.rows);
          break;
        case JoinType::kFull:
          result.rows = std::max({inner, left.rows, right.rows});
          break;
        case JoinType::kLeftSemi: {
          double fraction = left.rows > 0 ? std::min(1.0, inner / left.rows) : 1;
          result.rows = std::max(1.0, left.rows * fraction);
          return result;
        }
        case JoinType::kLeftAnti:
        case JoinType::kNullAwareAnti: {
          double fraction = left.rows > 0 ? std::min(1.0, inner / left.rows) : 1;
          result.rows = std::max({1.0, left.rows * (1 - fraction), left.rows * 0.1});
          return result;
        }
        case JoinType::kMark:
        case JoinType::kExistenceMark:
          result.rows = left.rows;
          return result;
        case JoinType::kSingle:
          result.rows = left.rows;
          break;
      }
      result.columns.insert(right.columns.begin(), right.columns.end());
      return result;
    }
    case PlanKind::kAggregate: {
      const auto& group = *As<plan::GroupBy>(p);
      const auto& input = Estimate(p->inputs[0]);
      if (group.groups.empty()) {
        result.rows = 1;
      } else {
        std::vector<double> counts;
        for (const auto& e : group.groups) {
          const auto* alias = As<plan::Alias>(e);
          const plan::Expression* inner = alias != nullptr ? alias->children[0].get() : e.get();
          const auto* column = FindColumn(inner, input);
          ColumnEstimate estimate = column != nullptr ? *column : GuessColumn(*e->type, input.rows);
          counts.push_back(estimate.distinct);
          const ColumnId id = alias != nullptr ? alias->id : As<plan::Column>(e)->id;
          result.columns.emplace(id.value, estimate);
        }
        std::sort(counts.rbegin(), counts.rend());
        double rows = 1;
        double exponent = 1;
        for (const double count : counts) {
          rows *= std::pow(count, exponent);
          exponent = exponent > 0.2 ? exponent * 0.7 : exponent;
        }
        result.rows = std::max(1.0, std::min(rows, input.rows));
      }
      for (const auto& e : group.aggregates) {
        if (const auto* alias = As<plan::Alias>(e)) {
          result.columns.emplace(alias->id.value, GuessColumn(*alias->type, result.rows));
        }
      }
      return result;
    }
    case PlanKind::kLimit: {
      result = Estimate(p->inputs[0]);
      const auto& limit = *As<plan::Limit>(p);
      if (limit.limit >= 0) {
        result.rows = std::min(result.rows, static_cast<double>(limit.limit));
      }
      return result;
    }
    case PlanKind::kSetOperation: {
      const auto& set = *As<plan::SetOperation>(p);
      for (size_t i = 0; i < p->inputs.size(); ++i) {
        const auto& input = Estimate(p->inputs[i]);
        if (set.operation == plan::SetOperationKind::kUnion) {
          result.rows += input.rows;
        } else if (i == 0) {
          result.rows = input.rows;
        }
        const auto output = p->inputs[i]->Output();
        for (size_t c = 0; c < set.columns.size(); ++c) {
          const auto it = input.columns.find(output[c].id.value);
          if (it == input.columns.end()) {
            continue;
          }
          auto [known, added] = result.columns.emplace(set.columns[c].id.value, it->second);
          if (!added && set.operation == plan::SetOperationKind::kUnion) {
            known->second.distinct = std::max(known->second.distinct, it->second.distinct) * 1.2;
          }
        }
      }
      return result;
    }
    case PlanKind::kDistinct: {
      result = Estimate(p->inputs[0]);
      double rows = 1;
      for (const auto& column : p->Output()) {
        rows *= result.DistinctOf(column.id);
        if (rows > result.rows) {
          break;
        }
      }
      result.rows = std::min(result.rows, rows);
      return result;
    }
    case PlanKind::kExpand: {
      const auto& expand = *As<plan::Expand>(p);
      const auto& input = Estimate(p->inputs[0]);
      result.rows =
          input.rows * static_cast<double>(std::max<size_t>(1, expand.projections.size()));
      for (size_t c = 0; c < expand.columns.size(); ++c) {
        for (const auto& projection : expand.projections) {
          if (const auto* column = FindColumn(projection[c].get(), input)) {
            result.columns.emplace(expand.columns[c].id.value, *column);
            break;
          }
        }
      }
      return result;
    }
    case PlanKind::kGenerate:
      result = Estimate(p->inputs[0]);
      result.rows *= 4;
      return result;
    case PlanKind::kSample: {
      result = Estimate(p->inputs[0]);
      const auto& sample = *As<plan::Sample>(p);
      result.rows *= std::clamp(sample.upper - sample.lower, 0.0, 1.0);
      return result;
    }
    case PlanKind::kShared: {
      const auto& input = Estimate(p->inputs[0]);
      result.rows = input.rows;
      const auto output = p->inputs[0]->Output();
      const auto& columns = As<plan::Shared>(p)->columns;
      for (size_t c = 0; c < columns.size() && c < output.size(); ++c) {
        const auto it = input.columns.find(output[c].id.value);
        if (it != input.columns.end()) {
          result.columns.emplace(columns[c].id.value, it->second);
        }
      }
      return result;
    }
    case PlanKind::kRecursive:
      result.rows = Estimate(p->inputs[0]).rows * 10;
      break;
    case PlanKind::kRecursiveReference:
      result.rows = 100;
      break;
    case PlanKind::kSort:
    case PlanKind::kWindow:
      result = Estimate(p->inputs[0]);
      break;
    default:
      if (!p->inputs.empty()) {
        result.rows = Estimate(p->inputs[0]).rows;
      }
      break;
  }
  for (const auto& column : p->Output()) {
    result.columns.emplace(column.id.value, GuessColumn(*column.type, result.rows));
  }
  return result;
}

}  // namespace emery::optimizer
