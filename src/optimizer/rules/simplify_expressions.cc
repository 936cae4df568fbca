// Constant folding, boolean algebra, comparisons freed of casts on the column's side.

#include <limits>

#include "functions/evaluator.h"
#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::PlanPtr;

namespace {

bool Contains(const ExpressionList& list, const ExpressionPtr& e) {
  for (const auto& item : list) {
    if (plan::Equal(item, e)) {
      return true;
    }
  }
  return false;
}

ExpressionPtr NullBoolean() {
  return plan::MakeNullLiteral(type::Boolean());
}

ExpressionPtr SimplifyAnd(const ExpressionPtr& e) {
  ExpressionList kept;
  for (const auto& child : plan::SplitConjuncts(e)) {
    if (IsTrueLiteral(child) || (plan::IsDeterministic(child) && Contains(kept, child))) {
      continue;
    }
    const auto* literal = As<plan::Literal>(child);
    if (literal != nullptr && !literal->value.is_null()) {
      return plan::MakeBoolLiteral(false);
    }
    kept.push_back(child);
  }
  return plan::MakeAnd(std::move(kept));
}

void SplitDisjuncts(const ExpressionPtr& e, ExpressionList* out) {
  if (As<plan::Or>(e) != nullptr) {
    for (const auto& child : e->children) {
      SplitDisjuncts(child, out);
    }
  } else {
    out->push_back(e);
  }
}

/// (a AND b) OR (a AND c) is a AND (b OR c), which lets `a` be pushed down or become a join key.
ExpressionPtr SimplifyOr(const ExpressionPtr& e) {
  ExpressionList disjuncts;
  SplitDisjuncts(e, &disjuncts);
  ExpressionList kept;
  for (const auto& child : disjuncts) {
    const auto* literal = As<plan::Literal>(child);
    if (literal != nullptr && !literal->value.is_null()) {
      if (literal->value.boolean()) {
        return plan::MakeBoolLiteral(true);
      }
      continue;
    }
    if (!(plan::IsDeterministic(child) && Contains(kept, child))) {
      kept.push_back(child);
    }
  }
  if (kept.size() < 2) {
    return plan::MakeOr(std::move(kept));
  }
  std::vector<ExpressionList> parts;
  for (const auto& disjunct : kept) {
    parts.push_back(plan::SplitConjuncts(disjunct));
  }
  ExpressionList common;
  for (const auto& candidate : parts[0]) {
    bool everywhere = plan::IsDeterministic(candidate) && !Contains(common, candidate);
    for (size_t i = 1; everywhere && i < parts.size(); ++i) {
      everywhere = Contains(parts[i], candidate);
    }
    if (everywhere) {
      common.push_back(candidate);
    }
  }
  if (common.empty()) {
    return kept.size() == disjuncts.size() && kept.size() == e->children.size()
               ? e
               : plan::MakeOr(std::move(kept));
  }
  ExpressionList rest;
  bool rest_is_true = false;
  for (auto& part : parts) {
    ExpressionList left;
    for (const auto& conjunct : part) {
      if (!Contains(common, conjunct)) {
        left.push_back(conjunct);
      }
    }
    rest_is_true |= left.empty();
    rest.push_back(plan::MakeAnd(std::move(left)));
  }
  if (!rest_is_true) {
    common.push_back(plan::MakeOr(std::move(rest)));
  }
  return plan::MakeAnd(std::move(common));
}

ExpressionPtr SimplifyNot(const ExpressionPtr& e) {
  const auto& child = e->children[0];
  if (const auto* literal = As<plan::Literal>(child)) {
    return literal->value.is_null() ? NullBoolean()
                                    : plan::MakeBoolLiteral(!literal->value.boolean());
  }
  if (As<plan::And>(child) != nullptr || As<plan::Or>(child) != nullptr) {
    ExpressionList negated;
    for (const auto& part : child->children) {
      negated.push_back(SimplifyBoolean(plan::MakeNot(part)));
    }
    return As<plan::And>(child) != nullptr ? SimplifyOr(plan::MakeOr(std::move(negated)))
                                           : SimplifyAnd(plan::MakeAnd(std::move(negated)));
  }
  const auto* call = As<plan::Call>(child);
  if (call == nullptr) {
    return e;
  }
  if (call->name == "not") {
    return call->children[0];
  }
  static const std::map<std::string, std::string> kOpposite = {{"=", "!="},
                                                               {"!=", "="},
                                                               {"<", ">="},
                                                               {">=", "<"},
                                                               {">", "<="},
                                                               {"<=", ">"},
                                                               {"isnull", "isnotnull"},
                                                               {"isnotnull", "isnull"}};
  const auto it = kOpposite.find(call->name);
  if (it == kOpposite.end()) {
    return e;
  }
  return plan::MakeCall(it->second, call->children, call->type, call->nullable, call->mode);
}

/// The literal as a value of the narrower type `to`, where it has one.
std::optional<type::Value> Narrow(const plan::Literal& literal, const type::DataType& to) {
  const auto& from = *literal.type;
  if (literal.value.is_null()) {
    return std::nullopt;
  }
  if (from.is_integral() && to.is_integral()) {
    const int64_t v = literal.value.integer();
    int64_t low = std::numeric_limits<int64_t>::min();
    int64_t high = std::numeric_limits<int64_t>::max();
    switch (to.physical()) {
      case type::PhysicalType::kInt8:
        low = std::numeric_limits<int8_t>::min();
        high = std::numeric_limits<int8_t>::max();
        break;
      case type::PhysicalType::kInt16:
        low = std::numeric_limits<int16_t>::min();
        high = std::numeric_limits<int16_t>::max();
        break;
      case type::PhysicalType::kInt32:
        low = std::numeric_limits<int32_t>::min();
        high = std::numeric_limits<int32_t>::max();
        break;
      default:
        break;
    }
    return v >= low && v <= high ? std::optional(literal.value) : std::nullopt;
  }
  auto power = [](int n) {
    type::int128_t p = 1;
    for (int i = 0; i < n; ++i) {
      p *= 10;
    }
    return p;
  };
  if (from.is_decimal() && to.is_decimal() && to.scale() <= from.scale()) {
    const type::int128_t factor = power(from.scale() - to.scale());
    const type::int128_t v = literal.value.decimal();
    const type::int128_t limit = power(to.precision());
    if (v % factor == 0 && v / factor < limit && v / factor > -limit) {
      return type::Value::Decimal(v / factor);
    }
  }
  if (from.is_decimal() && to.is_integral()) {
    const type::int128_t factor = power(from.scale());
    const type::int128_t v = literal.value.decimal();
    if (v % factor == 0 && v / factor <= std::numeric_limits<int64_t>::max() &&
        v / factor >= std::numeric_limits<int64_t>::min()) {
      plan::Literal whole;
      whole.type = type::Long();
      whole.value = type::Value::Int(static_cast<int64_t>(v / factor));
      return Narrow(whole, to);
    }
  }
  return std::nullopt;
}

/// A cast that maps distinct values to distinct values in the same order and never fails.
bool IsWidening(const type::DataType& from, const type::DataType& to) {
  if (from.is_integral() && to.is_integral()) {
    return type::PhysicalWidth(from.physical()) <= type::PhysicalWidth(to.physical());
  }
  if (from.is_decimal() && to.is_decimal()) {
    return to.scale() >= from.scale() &&
           to.precision() - to.scale() >= from.precision() - from.scale();
  }
  if (from.is_integral() && to.is_decimal()) {
    const int digits = from.physical() == type::PhysicalType::kInt8    ? 3
                       : from.physical() == type::PhysicalType::kInt16 ? 5
                       : from.physical() == type::PhysicalType::kInt32 ? 10
                                                                       : 19;
    return to.precision() - to.scale() >= digits;
  }
  return false;
}

const plan::Cast* WideningCast(const ExpressionPtr& e) {
  const auto* cast = As<plan::Cast>(e);
  return cast != nullptr && IsWidening(*cast->children[0]->type, *cast->type) ? cast : nullptr;
}

/// cast(a as bigint) = 5L is a = 5: statistics and dictionaries can then be asked.
ExpressionPtr UnwrapComparison(const ExpressionPtr& e) {
  if (const auto* in = As<plan::In>(e)) {
    const auto* cast = WideningCast(in->children[0]);
    if (cast == nullptr) {
      return e;
    }
    ExpressionList children = {cast->children[0]};
    for (size_t i = 1; i < in->children.size(); ++i) {
      const auto* literal = As<plan::Literal>(in->children[i]);
      const auto value =
          literal != nullptr ? Narrow(*literal, *cast->children[0]->type) : std::nullopt;
      if (!value) {
        return e;
      }
      children.push_back(plan::MakeLiteral(cast->children[0]->type, *value));
    }
    auto copy = std::make_shared<plan::In>(*in);
    copy->children = std::move(children);
    return copy;
  }
  const auto* call = As<plan::Call>(e);
  if (call == nullptr || call->children.size() != 2 ||
      !(call->name == "=" || call->name == "!=" || call->name == "<" || call->name == "<=" ||
        call->name == ">" || call->name == ">=" || call->name == "<=>")) {
    return e;
  }
  for (int side = 0; side < 2; ++side) {
    const auto* cast = WideningCast(call->children[side]);
    const auto* literal = As<plan::Literal>(call->children[1 - side]);
    if (cast == nullptr || literal == nullptr) {
      continue;
    }
    const auto value = Narrow(*literal, *cast->children[0]->type);
    if (!value) {
      continue;
    }
    ExpressionList children(2);
    children[side] = cast->children[0];
    children[1 - side] = plan::MakeLiteral(cast->children[0]->type, *value);
    return plan::MakeCall(call->name, std::move(children), call->type, call->nullable, call->mode);
  }
  // Both sides widened from one type: compare the originals (join keys).
  const auto* left = WideningCast(call->children[0]);
  const auto* right = WideningCast(call->children[1]);
  if (left != nullptr && right != nullptr &&
      left->children[0]->type->Equals(*right->children[0]->type)) {
    return plan::MakeCall(call->name, {left->children[0], right->children[0]}, call->type,
                          call->nullable, call->mode);
  }
  return e;
}

/// Literals first on the right, so that rules need look at one form only.
ExpressionPtr Orient(const ExpressionPtr& e) {
  const auto* call = As<plan::Call>(e);
  if (call == nullptr || call->children.size() != 2 ||
      As<plan::Literal>(call->children[0]) == nullptr ||
      As<plan::Literal>(call->children[1]) != nullptr) {
    return e;
  }
  static const std::map<std::string, std::string> kMirror = {
      {"=", "="}, {"!=", "!="}, {"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}, {"<=>", "<=>"}};
  const auto it = kMirror.find(call->name);
  if (it == kMirror.end()) {
    return e;
  }
  return plan::MakeCall(it->second, {call->children[1], call->children[0]}, call->type,
                        call->nullable, call->mode);
}

ExpressionPtr SimplifyOne(const ExpressionPtr& e) {
  switch (e->kind) {
    case plan::ExpressionKind::kAnd:
      return SimplifyAnd(e);
    case plan::ExpressionKind::kOr:
      return SimplifyOr(e);
    case plan::ExpressionKind::kIn:
      return UnwrapComparison(e);
    case plan::ExpressionKind::kCall: {
      const auto* call = As<plan::Call>(e);
      if (call->name == "not") {
        return SimplifyNot(e);
      }
      return UnwrapComparison(Orient(e));
    }
    default:
      return e;
  }
}

}  // namespace

ExpressionPtr SimplifyBoolean(const ExpressionPtr& e) {
  return plan::TransformUp(e, SimplifyOne);
}

Result<PlanPtr> SimplifyExpressions(const PlanPtr& p, RuleContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto below, MapInputs(p, [&](const PlanPtr& input) {
                          return SimplifyExpressions(input, context);
                        }));
  return plan::TryMapExpressions(below, [&](const ExpressionPtr& e) -> Result<ExpressionPtr> {
    // The plans of subqueries are still inside expressions when this runs first.
    Status failed;
    auto with_plans = plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      const auto* subquery = As<plan::Subquery>(node);
      if (subquery == nullptr) {
        return node;
      }
      auto simplified = SimplifyExpressions(subquery->plan, context);
      if (!simplified.ok()) {
        failed = simplified.status();
        return node;
      }
      auto copy = std::make_shared<plan::Subquery>(*subquery);
      copy->plan = simplified.MoveValueUnsafe();
      return copy;
    });
    ARROW_RETURN_NOT_OK(failed);
    return SimplifyBoolean(functions::FoldConstants(SimplifyBoolean(with_plans), context.query));
  });
}

}  // namespace emery::optimizer
