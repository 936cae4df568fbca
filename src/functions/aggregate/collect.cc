// collect_list, collect_set, mode, percentile, median, percentile_cont and percentile_disc,
// histogram_numeric's kin that keep all values of a group, and listagg. Values are kept in columns,
// one builder per state, so that any type goes the same way.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "functions/aggregate/aggregate_internal.h"
#include "functions/evaluator.h"

namespace emery::functions {
namespace {

using columnar::BufferPtr;
using columnar::VectorBuilder;
using type::TypeId;

// All values that were added, as one column. Adding is to a builder; reading makes a vector and
// goes on from it.
class Bag {
 public:
  void Append(const TypePtr& type, const Vector& source, int64_t row) {
    Prepare(type);
    builder_->AppendFrom(source, row);
    ++size_;
    long_bytes_ += LongBytes(source, row, 1);
  }

  void AppendRange(const TypePtr& type, const Vector& source, int64_t offset, int64_t count) {
    Prepare(type);
    builder_->AppendRange(source, offset, count);
    size_ += count;
    long_bytes_ += LongBytes(source, offset, count);
  }

  int64_t size() const { return size_; }

  // The values so far; later ones go to another piece.
  VectorPtr Values(const TypePtr& type) {
    if (builder_ != nullptr && builder_->size() > 0) {
      VectorPtr piece = builder_->Finish();
      done_ = done_ == nullptr ? piece : columnar::Concat(type, {done_, piece});
    }
    if (done_ == nullptr) {
      Prepare(type);
      done_ = builder_->Finish();
    }
    return done_;
  }

  // Goes on from `values` alone.
  void Replace(VectorPtr values) {
    done_ = std::move(values);
    size_ = done_->size();
    long_bytes_ = LongBytes(*done_, 0, size_);
  }

  int64_t bytes() const { return size_ * 24 + long_bytes_; }

  int64_t reduce_at = 1024;  // size at which a set looks for repeated values

 private:
  void Prepare(const TypePtr& type) {
    if (builder_ == nullptr) {
      builder_ = VectorBuilder::Make(type);
    }
  }

  // Bytes of a flat vector's rows beside their fixed part: of strings that don't lie in their view,
  // and of elements.
  static int64_t LongBytes(const Vector& source, int64_t offset, int64_t count) {
    int64_t bytes = 0;
    switch (source.physical()) {
      case type::PhysicalType::kString:
        for (int64_t i = offset; i < offset + count; ++i) {
          const uint32_t size = source.values<columnar::StringView>()[i].size();
          bytes += source.IsNull(i) || size <= columnar::StringView::kInlineSize ? 0 : size;
        }
        break;
      case type::PhysicalType::kList:
        for (int64_t i = offset; i < offset + count; ++i) {
          if (!source.IsNull(i)) {
            const ListEntry e = source.values<ListEntry>()[i];
            for (const VectorPtr& child : source.children()) {
              bytes += e.length * 24 + LongBytes(*child, e.offset, e.length);
            }
          }
        }
        break;
      case type::PhysicalType::kStruct:
        for (const VectorPtr& child : source.children()) {
          bytes += count * 24 + LongBytes(*child, offset, count);
        }
        break;
      default:
        break;
    }
    return bytes;
  }

  std::unique_ptr<VectorBuilder> builder_;
  VectorPtr done_;
  int64_t size_ = 0;
  int64_t long_bytes_ = 0;
};

struct BagState {
  mutable std::unique_ptr<Bag> bag;

  Bag& Get() const {
    if (bag == nullptr) {
      bag = std::make_unique<Bag>();
    }
    return *bag;
  }
};

// An array column of the states' bags.
VectorPtr ListOfBags(const TypePtr& list_type, const std::vector<VectorPtr>& bags) {
  FlatWriter entries(type::Long(), static_cast<int64_t>(bags.size()));  // 8 bytes, as an entry
  auto* out = entries.values<ListEntry>();
  int32_t offset = 0;
  for (size_t i = 0; i < bags.size(); ++i) {
    out[i] = {offset, static_cast<int32_t>(bags[i]->size())};
    offset += out[i].length;
  }
  const VectorPtr child = columnar::Concat(list_type->element(), bags);
  const VectorPtr written = entries.Finish(static_cast<int64_t>(bags.size()));
  return Vector::MakeNested(list_type, written->size(), written->values_buffer(), nullptr, {child});
}

// Hash of each row by grouping equality.
std::vector<uint64_t> HashesOf(const VectorPtr& values) {
  std::vector<uint64_t> hashes(values->size());
  HashRows({values}, values->size(), hashes.data());
  return hashes;
}

// Row numbers of the first row of each distinct value, and for every row the number of its value.
struct Distinct {
  std::vector<int32_t> first;
  std::vector<int64_t> counts;
};

Distinct FindDistinct(const VectorPtr& values) {
  Distinct result;
  const std::vector<uint64_t> hashes = HashesOf(values);
  size_t capacity = 16;
  while (capacity < hashes.size() * 2) {
    capacity *= 2;
  }
  std::vector<int32_t> slots(capacity, -1);
  for (int64_t i = 0; i < values->size(); ++i) {
    size_t slot = hashes[i] & (capacity - 1);
    while (true) {
      if (slots[slot] < 0) {
        slots[slot] = static_cast<int32_t>(result.first.size());
        result.first.push_back(static_cast<int32_t>(i));
        result.counts.push_back(1);
        break;
      }
      const int32_t known = result.first[slots[slot]];
      if (hashes[known] == hashes[i] && columnar::RowsEqual(*values, known, *values, i)) {
        ++result.counts[slots[slot]];
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return result;
}

/// Keeps the argument's values; `Self::Result(values of one state)` is called for each state.
template <class Self>
struct BagAggregate : AggregateBase<Self, BagState> {
  using Base = AggregateBase<Self, BagState>;
  using Base::At;
  TypePtr value_type;
  bool keep_nulls = false;

  struct Inputs {
    VectorPtr values;
    bool all_null;
  };

  Inputs Read(const std::vector<VectorPtr>& v) const {
    return {columnar::FlattenDeep(v[0]), v[0]->type()->is_null() && !keep_nulls};
  }

  void Add(BagState& s, const Inputs& in, int64_t i) const {
    if (keep_nulls || (!in.all_null && !in.values->IsNull(i))) {
      s.Get().Append(value_type, *in.values, i);
    }
  }

  struct States {
    VectorPtr list;
    VectorPtr child;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    VectorPtr flat = columnar::FlattenDeep(v[0]);
    return {flat, flat->children()[0]};
  }

  void Combine(BagState& s, const States& in, int64_t i) const {
    const ListEntry e = in.list->template values<ListEntry>()[i];
    if (e.length > 0) {
      s.Get().AppendRange(value_type, *in.child, e.offset, e.length);
    }
  }

  std::vector<VectorPtr> Bags(const void* const* states, int64_t count) const {
    std::vector<VectorPtr> bags(count);
    for (int64_t i = 0; i < count; ++i) {
      bags[i] = At(states, i).Get().Values(value_type);
    }
    return bags;
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{ListOfBags(this->intermediate_types[0], Bags(states, count))};
  }

  int64_t OwnedBytes(const void* state) const override {
    const auto& s = *static_cast<const BagState*>(state);
    return s.bag == nullptr ? 0 : s.bag->bytes();
  }
};

struct CollectList final : BagAggregate<CollectList> {
  CollectList() {
    order_sensitive = true;
    nullable = false;
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return ListOfBags(return_type, Bags(states, count));
  }
};

struct CollectSet final : BagAggregate<CollectSet> {
  CollectSet() {
    duplicate_insensitive = true;
    nullable = false;
  }

  // Keeps memory near the number of distinct values: a state is reduced whenever it has grown to
  // twice its last size.
  void Reduce(BagState& s) const {
    if (s.bag == nullptr || s.bag->size() < s.bag->reduce_at) {
      return;
    }
    const VectorPtr values = s.bag->Values(value_type);
    const Distinct distinct = FindDistinct(values);
    const auto count = static_cast<int64_t>(distinct.first.size());
    if (count < values->size()) {
      s.bag->Replace(columnar::Gather(values, distinct.first.data(), count));
    }
    s.bag->reduce_at = std::max(s.bag->reduce_at, 2 * count);
  }

  void Add(BagState& s, const Inputs& in, int64_t i) const {
    BagAggregate::Add(s, in, i);
    Reduce(s);
  }

  void Combine(BagState& s, const States& in, int64_t i) const {
    BagAggregate::Combine(s, in, i);
    Reduce(s);
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    std::vector<VectorPtr> bags = Bags(states, count);
    for (VectorPtr& bag : bags) {
      const Distinct distinct = FindDistinct(bag);
      if (static_cast<int64_t>(distinct.first.size()) < bag->size()) {
        bag = columnar::Gather(bag, distinct.first.data(),
                               static_cast<int64_t>(distinct.first.size()));
      }
    }
    return ListOfBags(return_type, bags);
  }
};

template <class A>
Result<BoundAggregatePtr> BindCollect(const BindInput& input) {
  const TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  if (std::is_same_v<A, CollectSet> && ContainsMap(*t)) {
    return base::UserError("DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
                           "Cannot resolve \"collect_set\" due to data type mismatch: The input of "
                           "`collect_set` can't be \"MAP\" "
                           "type data.",
                           {{"functionName", "`collect_set`"}, {"dataType", "\"MAP\""}});
  }
  auto aggregate = std::make_shared<A>();
  aggregate->value_type = t;
  const TypePtr list = type::Array(t, false);
  return Bound(aggregate, {t}, list, {list});
}

// ---- mode
// ------------------------------------------------------------------------------------------------------------

struct Mode final : BagAggregate<Mode> {
  // Which of equally frequent values: any (the first seen), or the smallest or greatest.
  enum class Tie { kAny, kSmallest, kGreatest } tie = Tie::kAny;

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    const auto out = VectorBuilder::Make(return_type);
    for (const VectorPtr& bag : Bags(states, count)) {
      const Distinct distinct = FindDistinct(bag);
      int best = -1;
      for (size_t i = 0; i < distinct.first.size(); ++i) {
        if (best < 0 || distinct.counts[i] > distinct.counts[best]) {
          best = static_cast<int>(i);
        } else if (distinct.counts[i] == distinct.counts[best] && tie != Tie::kAny) {
          const int order =
              columnar::CompareRows(*bag, distinct.first[i], *bag, distinct.first[best]);
          if (tie == Tie::kSmallest ? order < 0 : order > 0) {
            best = static_cast<int>(i);
          }
        }
      }
      if (best < 0) {
        out->AppendNull();
      } else {
        out->AppendFrom(*bag, distinct.first[best]);
      }
    }
    return out->Finish();
  }
};

// mode(value[, deterministic]); for mode() WITHIN GROUP (ORDER BY value [DESC]) the call is
// mode(value, true, descending).
Result<BoundAggregatePtr> BindMode(const BindInput& input) {
  const TypePtr t = type::ReplaceCharVarchar(input.types[0]);
  auto aggregate = std::make_shared<Mode>();
  aggregate->value_type = t;
  std::vector<TypePtr> arguments = {t};
  for (size_t i = 1; i < input.types.size(); ++i) {
    if (!IsLiteral(input, i)) {
      return NotFoldable(input, static_cast<int>(i), "deterministic", "\"BOOLEAN\"");
    }
    ARROW_ASSIGN_OR_RAISE(TypePtr flag, Require(input, static_cast<int>(i), type::Boolean()));
    const type::Value* value = LiteralValue(input, i);
    if (value != nullptr && input.literals[i]->type->is(TypeId::kBoolean)) {
      if (i == 1 && value->boolean()) {
        aggregate->tie = Mode::Tie::kSmallest;
      } else if (i == 2) {
        aggregate->tie = value->boolean() ? Mode::Tie::kGreatest : Mode::Tie::kSmallest;
      }
    }
    arguments.push_back(std::move(flag));
  }
  return Bound(aggregate, std::move(arguments), t, {type::Array(t, false)});
}

// ---- percentile
// ---------------------------------------------------------------------------------------------------------

// Numbers are kept as doubles with how often they occur. Interval results are cut to whole numbers.
struct WeightedState {
  std::unique_ptr<std::vector<std::pair<double, int64_t>>> values;
};

struct Percentile final : AggregateBase<Percentile, WeightedState> {
  std::vector<double> percentages;
  bool as_array = false;
  bool has_frequency = false;
  bool discrete = false;
  bool reverse = false;

  struct Inputs {
    VectorPtr values;
    VectorPtr frequency;
    bool all_null;
  };

  Inputs Read(const std::vector<VectorPtr>& v) const {
    return {columnar::Flatten(v[0]), has_frequency ? columnar::Flatten(v[2]) : nullptr,
            v[0]->type()->is_null()};
  }

  static double AsDouble(const Vector& v, int64_t i) {
    switch (v.physical()) {
      case type::PhysicalType::kInt32:
        return v.values<int32_t>()[i];
      case type::PhysicalType::kInt64:
        return static_cast<double>(v.values<int64_t>()[i]);
      default:
        return v.values<double>()[i];
    }
  }

  void Add(WeightedState& s, const Inputs& in, int64_t i) const {
    if (in.all_null || in.values->IsNull(i)) {
      return;
    }
    int64_t weight = 1;
    if (in.frequency != nullptr) {
      if (in.frequency->IsNull(i)) {
        return;
      }
      weight = in.frequency->values<int64_t>()[i];
      if (weight <= 0) {
        return;
      }
    }
    if (s.values == nullptr) {
      s.values = std::make_unique<std::vector<std::pair<double, int64_t>>>();
    }
    s.values->emplace_back(AsDouble(*in.values, i), weight);
  }

  struct States {
    VectorPtr values;
    VectorPtr weights;
  };

  States ReadStates(const std::vector<VectorPtr>& v) const {
    return {columnar::FlattenDeep(v[0]), columnar::FlattenDeep(v[1])};
  }

  void Combine(WeightedState& s, const States& in, int64_t i) const {
    const ListEntry e = in.values->values<ListEntry>()[i];
    if (e.length == 0) {
      return;
    }
    if (s.values == nullptr) {
      s.values = std::make_unique<std::vector<std::pair<double, int64_t>>>();
    }
    const ListEntry w = in.weights->values<ListEntry>()[i];
    for (int32_t k = 0; k < e.length; ++k) {
      s.values->emplace_back(in.values->children()[0]->values<double>()[e.offset + k],
                             in.weights->children()[0]->values<int64_t>()[w.offset + k]);
    }
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    const auto values = VectorBuilder::Make(intermediate_types[0]);
    const auto weights = VectorBuilder::Make(intermediate_types[1]);
    for (int64_t i = 0; i < count; ++i) {
      if (At(states, i).values != nullptr) {
        for (const auto& [value, weight] : *At(states, i).values) {
          values->child(0).AppendValue(type::Value::Double(value));
          weights->child(0).AppendValue(type::Value::Int(weight));
        }
      }
      values->AppendNested();
      weights->AppendNested();
    }
    return std::vector<VectorPtr>{values->Finish(), weights->Finish()};
  }

  // `values` sorted, with `ends` the running sums of weights.
  double At(const std::vector<std::pair<double, int64_t>>& values, const std::vector<int64_t>& ends,
            double percentage) const {
    if (reverse) {
      percentage = 1.0 - percentage;
    }
    const auto value_at = [&](int64_t position) {
      return values[std::upper_bound(ends.begin(), ends.end(), position) - ends.begin()].first;
    };
    const int64_t total = ends.back();
    if (discrete) {
      // The first value whose cumulative share reaches the percentage.
      const double wanted = percentage * static_cast<double>(total);
      if (reverse) {
        // Counted from the greatest value on.
        const double from_top = (1.0 - percentage) * static_cast<double>(total);
        const int64_t rank = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(from_top)));
        return value_at(total - rank);
      }
      const int64_t rank = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(wanted)));
      return value_at(rank - 1);
    }
    const double position = static_cast<double>(total - 1) * percentage;
    const auto lower = static_cast<int64_t>(std::floor(position));
    const auto higher = static_cast<int64_t>(std::ceil(position));
    const double low = value_at(lower);
    if (higher == lower) {
      return low;
    }
    const double high = value_at(higher);
    if (low == high) {
      return low;
    }
    return (static_cast<double>(higher) - position) * low +
           (position - static_cast<double>(lower)) * high;
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    const auto out = VectorBuilder::Make(return_type);
    const TypePtr& element = as_array ? return_type->element() : return_type;
    const auto append = [&](VectorBuilder& builder, double value) {
      builder.AppendValue(element->is(TypeId::kDouble)
                              ? type::Value::Double(value)
                              : type::Value::Int(static_cast<int64_t>(value)));
    };
    for (int64_t i = 0; i < count; ++i) {
      const auto* kept = Base::At(states, i).values.get();
      if (kept == nullptr || kept->empty()) {
        out->AppendNull();
        continue;
      }
      auto sorted = *kept;
      std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return CompareScalars<double>(a.first, b.first) < 0;
      });
      std::vector<int64_t> ends(sorted.size());
      int64_t total = 0;
      for (size_t k = 0; k < sorted.size(); ++k) {
        total += sorted[k].second;
        ends[k] = total;
      }
      if (!as_array) {
        append(*out, At(sorted, ends, percentages[0]));
        continue;
      }
      for (const double p : percentages) {
        append(out->child(0), At(sorted, ends, p));
      }
      out->AppendNested();
    }
    return out->Finish();
  }

  int64_t OwnedBytes(const void* state) const override {
    const auto& values = static_cast<const WeightedState*>(state)->values;
    return values == nullptr ? 0 : static_cast<int64_t>(values->capacity() * 16);
  }

  using Base = AggregateBase<Percentile, WeightedState>;
  using Base::At;
};

double NumberOf(const type::DataType& t, const type::Value& v) {
  if (t.is_decimal()) {
    return static_cast<double>(static_cast<long double>(v.decimal()) / std::pow(10.0L, t.scale()));
  }
  if (t.is(TypeId::kDouble)) {
    return v.double_value();
  }
  if (t.is(TypeId::kFloat)) {
    return v.float_value();
  }
  if (t.is_string()) {
    return std::strtod(v.string().c_str(), nullptr);
  }
  return t.is_integral() ? static_cast<double>(v.integer()) : std::nan("");
}

// percentile(value, percentage[, frequency]), median(value), percentile_cont/disc(value,
// percentage[, descending]).
Result<BoundAggregatePtr> BindPercentile(const BindInput& input) {
  auto aggregate = std::make_shared<Percentile>();
  const TypePtr& given = input.types[0];
  TypePtr value = given;
  TypePtr element = type::Double();
  if (given->is(TypeId::kYearMonthInterval) || given->is(TypeId::kDayTimeInterval)) {
    element =
        given->is(TypeId::kYearMonthInterval) ? type::YearMonthInterval() : type::DayTimeInterval();
  } else if (given->is_numeric() || given->is_string() || given->is_null()) {
    value = type::Double();
  } else {
    return UnexpectedType(input, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")");
  }
  std::vector<TypePtr> arguments = {value};
  if (input.name == "median") {
    aggregate->percentages = {0.5};
  } else {
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "percentage", "\"DOUBLE\"");
    }
    const plan::Literal& literal = *input.literals[1];
    const type::Value* p = LiteralValue(input, 1);
    if (p == nullptr) {
      return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_NULL",
                             "Cannot resolve \"percentile\" due to data type mismatch: The "
                             "percentage(s) must not be null.",
                             {{"exprName", "percentage(s)"}});
    }
    if (literal.type->is(TypeId::kArray)) {
      aggregate->as_array = true;
      arguments.push_back(type::Array(type::Double(), false));
      for (const type::Value& item : p->list()) {
        aggregate->percentages.push_back(item.is_null() ? std::nan("")
                                                        : NumberOf(*literal.type->element(), item));
      }
    } else {
      ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, 1, type::Double()));
      arguments.push_back(std::move(t));
      aggregate->percentages.push_back(NumberOf(*literal.type, *p));
    }
    for (const double item : aggregate->percentages) {
      if (!(item >= 0.0 && item <= 1.0)) {
        return base::UserError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                               "Cannot resolve \"percentile\" due to data type mismatch: The "
                               "percentage must be between [0.0, 1.0].",
                               {{"exprName", "percentage"}, {"valueRange", "[0.0, 1.0]"}});
      }
    }
    if (input.types.size() > 2) {
      if (input.name == "percentile") {
        if (!input.types[2]->is_integral() && !input.types[2]->is_null() &&
            !input.types[2]->is_string()) {
          return UnexpectedType(input, 2, "\"INTEGRAL\"");
        }
        aggregate->has_frequency = true;
        arguments.push_back(type::Long());
      } else {
        const type::Value* descending = LiteralValue(input, 2);
        aggregate->reverse = descending != nullptr && descending->boolean();
        arguments.push_back(type::Boolean());
      }
    }
    aggregate->discrete = input.name == "percentile_disc";
  }
  const TypePtr result = aggregate->as_array ? type::Array(element, false) : element;
  return Bound(aggregate, std::move(arguments), result,
               {type::Array(type::Double(), false), type::Array(type::Long(), false)});
}

// ---- listagg
// ---------------------------------------------------------------------------------------------------------------

// listagg(value[, delimiter[, key, descending, nulls_first]…]): rows are kept as structs of value
// and keys, sorted at the end.
struct ListAgg final : AggregateBase<ListAgg, BagState> {
  TypePtr row_type;
  std::string delimiter;
  std::vector<bool> descending;
  std::vector<bool> nulls_first;

  ListAgg() { order_sensitive = true; }

  VectorPtr Read(const std::vector<VectorPtr>& v) const {
    std::vector<VectorPtr> children = {columnar::FlattenDeep(v[0])};
    for (size_t i = 2; i < v.size(); i += 3) {
      children.push_back(columnar::FlattenDeep(v[i]));
    }
    const int64_t size = children[0]->size();
    return Vector::MakeNested(row_type, size, nullptr, nullptr, std::move(children));
  }

  void Add(BagState& s, const VectorPtr& in, int64_t i) const {
    if (!in->children()[0]->IsNull(i) && !in->children()[0]->type()->is_null()) {
      s.Get().Append(row_type, *in, i);
    }
  }

  VectorPtr ReadStates(const std::vector<VectorPtr>& v) const {
    return columnar::FlattenDeep(v[0]);
  }

  void Combine(BagState& s, const VectorPtr& in, int64_t i) const {
    const ListEntry e = in->values<ListEntry>()[i];
    if (e.length > 0) {
      s.Get().AppendRange(row_type, *in->children()[0], e.offset, e.length);
    }
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    std::vector<VectorPtr> bags(count);
    for (int64_t i = 0; i < count; ++i) {
      bags[i] = At(states, i).Get().Values(row_type);
    }
    return std::vector<VectorPtr>{ListOfBags(intermediate_types[0], bags)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    FlatWriter out(return_type, count);
    std::string text;
    for (int64_t i = 0; i < count; ++i) {
      const VectorPtr rows = At(states, i).Get().Values(row_type);
      if (rows->size() == 0) {
        out.SetNull(i);
        continue;
      }
      std::vector<int32_t> order(rows->size());
      std::iota(order.begin(), order.end(), 0);
      if (!descending.empty()) {
        std::stable_sort(order.begin(), order.end(),
                         [&](int32_t a, int32_t b) { return Before(*rows, a, b); });
      }
      text.clear();
      const VectorPtr values = columnar::Flatten(rows->children()[0]);
      for (size_t k = 0; k < order.size(); ++k) {
        if (k > 0) {
          text += delimiter;
        }
        text += values->values<StringView>()[order[k]].view();
      }
      out.SetString(i, text);
    }
    return out.Finish(count);
  }

  bool Before(const Vector& rows, int32_t a, int32_t b) const {
    for (size_t k = 0; k < descending.size(); ++k) {
      const Vector& key = *rows.children()[k + 1];
      const bool null_a = key.IsNull(a);
      const bool null_b = key.IsNull(b);
      if (null_a || null_b) {
        if (null_a != null_b) {
          return null_a == nulls_first[k];
        }
        continue;
      }
      const int order = columnar::CompareRows(key, a, key, b);
      if (order != 0) {
        return descending[k] ? order > 0 : order < 0;
      }
    }
    return false;
  }

  int64_t OwnedBytes(const void* state) const override {
    const auto& s = *static_cast<const BagState*>(state);
    return s.bag == nullptr ? 0 : s.bag->bytes();
  }
};

Result<BoundAggregatePtr> BindListAgg(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, RequireStringOrBinary(input, 0));
  auto aggregate = std::make_shared<ListAgg>();
  std::vector<TypePtr> arguments = {t};
  std::vector<type::Field> fields = {{.name = "value", .type = t}};
  if (input.types.size() > 1) {
    if (!IsLiteral(input, 1)) {
      return NotFoldable(input, 1, "delimiter", "\"" + t->Sql() + "\"");
    }
    arguments.push_back(t);
    const type::Value* value = LiteralValue(input, 1);
    if (value != nullptr) {
      aggregate->delimiter = value->string();
    }
  }
  for (size_t i = 2; i + 2 < input.types.size(); i += 3) {
    arguments.push_back(input.types[i]);
    arguments.push_back(type::Boolean());
    arguments.push_back(type::Boolean());
    fields.push_back({.name = "key" + std::to_string(i), .type = input.types[i]});
    const type::Value* descending = LiteralValue(input, i + 1);
    const type::Value* nulls_first = LiteralValue(input, i + 2);
    aggregate->descending.push_back(descending != nullptr && descending->boolean());
    aggregate->nulls_first.push_back(nulls_first == nullptr || nulls_first->boolean());
  }
  aggregate->row_type = type::Struct(std::move(fields));
  return Bound(aggregate, std::move(arguments), t, {type::Array(aggregate->row_type, false)});
}

const Registration kCollectList(AggregateFunction{
    .name = "collect_list",
    .aliases = {"array_agg"},
    .bind = BindCollect<CollectList>,
    .description = "An array of the values that are not null, in the order of the rows.",
    .examples = {{"SELECT collect_list(col) FROM VALUES (1), (2), (1) AS tab(col)", "[1, 2, 1]"}},
    .since = "2.0.0"});
const Registration kCollectSet(AggregateFunction{
    .name = "collect_set",
    .bind = BindCollect<CollectSet>,
    .description = "An array of the distinct values, in no certain order.",
    .examples = {{"SELECT sort_array(collect_set(col)) FROM VALUES (1), (2), (1) AS tab(col)",
                  "[1, 2]"}},
    .since = "2.0.0"});
const Registration kMode(AggregateFunction{
    .name = "mode",
    .min_arguments = 1,
    .max_arguments = 3,
    .bind = BindMode,
    .description = "The most frequent value; with a second argument true, the smallest of equally "
                   "frequent ones.",
    .examples = {{"SELECT mode(col) FROM VALUES (0), (10), (10) AS tab(col)", "10"}},
    .since = "3.4.0"});
const Registration kPercentile(AggregateFunction{
    .name = "percentile",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindPercentile,
    .description =
        "The exact percentile by linear interpolation; with an array of percentages, an array.",
    .examples = {{"SELECT percentile(col, 0.3) FROM VALUES (0), (10) AS tab(col)", "3.0"}},
    .since = "2.1.0"});
const Registration kMedian(AggregateFunction{
    .name = "median",
    .bind = BindPercentile,
    .description = "The percentile 0.5.",
    .examples = {{"SELECT median(col) FROM VALUES (0), (10) AS tab(col)", "5.0"}},
    .since = "3.4.0"});
const Registration kPercentileCont(AggregateFunction{
    .name = "percentile_cont",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindPercentile,
    .description =
        "percentile_cont(p) WITHIN GROUP (ORDER BY v): the percentile by linear interpolation.",
    .examples = {{"SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) "
                  "AS tab(col)",
                  "2.5"}},
    .since = "4.0.0"});
const Registration kPercentileDisc(AggregateFunction{
    .name = "percentile_disc",
    .min_arguments = 2,
    .max_arguments = 3,
    .bind = BindPercentile,
    .description = "percentile_disc(p) WITHIN GROUP (ORDER BY v): the first value whose cumulative "
                   "share reaches p.",
    .examples = {{"SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) "
                  "AS tab(col)",
                  "0.0"}},
    .since = "4.0.0"});
const Registration kListAgg(AggregateFunction{
    .name = "listagg",
    .aliases = {"string_agg"},
    .min_arguments = 1,
    .max_arguments = -1,
    .bind = BindListAgg,
    .description = "The values that are not null, one after another with the delimiter between.",
    .examples = {{"SELECT listagg(col, ', ') WITHIN GROUP (ORDER BY col DESC) FROM VALUES ('a'), "
                  "('b') AS tab(col)",
                  "b, a"}},
    .since = "4.0.0"});

}  // namespace
}  // namespace emery::functions
