#include "format/bounds_predicate.h"

#include <algorithm>
#include <string>
#include <utility>

namespace emery::format {

using plan::As;
using type::CompareValues;
using type::Value;

namespace {

/// The column below casts that keep every value and the order.
const plan::Ordinal* ColumnOf(const plan::Expression& e) {
  if (const auto* ordinal = As<plan::Ordinal>(&e)) {
    return ordinal;
  }
  if (const auto* cast = As<plan::Cast>(&e)) {
    const type::TypePtr& from = cast->children[0]->type;
    if (from->is_integral() && cast->type->is_integral() && from->id() <= cast->type->id()) {
      return ColumnOf(*cast->children[0]);
    }
    if (from->is_string() && cast->type->is_string()) {
      return ColumnOf(*cast->children[0]);
    }
  }
  return nullptr;
}

bool HasNanAbove(const type::DataType& type) {
  return type.is_floating();
}

}  // namespace

BoundsPredicate BoundsPredicate::Make(const plan::ExpressionPtr& conjunct) {
  BoundsPredicate predicate;
  predicate.root_ = Convert(*conjunct, false);
  if (predicate.root_ != nullptr) {
    Collect(*predicate.root_, &predicate.columns_);
    std::sort(predicate.columns_.begin(), predicate.columns_.end());
    predicate.columns_.erase(std::unique(predicate.columns_.begin(), predicate.columns_.end()),
                             predicate.columns_.end());
  }
  return predicate;
}

void BoundsPredicate::Collect(const Node& node, std::vector<int>* columns) {
  if (node.column >= 0) {
    columns->push_back(node.column);
  }
  for (const NodePtr& child : node.children) {
    Collect(*child, columns);
  }
}

BoundsPredicate::NodePtr BoundsPredicate::Convert(const plan::Expression& e, bool negated) {
  const auto leaf = [](Kind kind, const plan::Ordinal& column, std::vector<Value> values) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->column = column.index;
    node->type = column.type;
    node->values = std::move(values);
    return node;
  };
  const auto never = [] {
    auto node = std::make_shared<Node>();
    node->kind = Kind::kNever;
    return node;
  };
  if (As<plan::And>(&e) != nullptr || As<plan::Or>(&e) != nullptr) {
    const bool conjunction = (As<plan::And>(&e) != nullptr) != negated;
    auto node = std::make_shared<Node>();
    node->kind = conjunction ? Kind::kAnd : Kind::kOr;
    for (const plan::ExpressionPtr& child : e.children) {
      NodePtr part = Convert(*child, negated);
      if (part != nullptr) {
        node->children.push_back(std::move(part));
      } else if (!conjunction) {
        return nullptr;  // one branch may be true at any time
      }
    }
    return node->children.empty() ? nullptr : node;
  }
  if (const auto* ordinal = As<plan::Ordinal>(&e)) {
    if (ordinal->type->is(type::TypeId::kBoolean)) {
      return leaf(Kind::kEqual, *ordinal, {Value::Bool(!negated)});
    }
    return nullptr;
  }
  if (const auto* literal = As<plan::Literal>(&e)) {
    const bool is_true = !literal->value.is_null() && literal->value.boolean() != negated;
    return is_true ? nullptr : never();
  }
  if (const auto* in = As<plan::In>(&e)) {
    const plan::Ordinal* column = ColumnOf(*in->children[0]);
    if (column == nullptr || negated) {
      return nullptr;
    }
    std::vector<Value> values;
    for (size_t i = 1; i < in->children.size(); ++i) {
      const auto* literal = As<plan::Literal>(in->children[i]);
      if (literal == nullptr) {
        return nullptr;
      }
      if (!literal->value.is_null()) {
        values.push_back(literal->value);
      }
    }
    return values.empty() ? never() : leaf(Kind::kEqual, *column, std::move(values));
  }
  const auto* call = As<plan::Call>(&e);
  if (call == nullptr) {
    return nullptr;
  }
  if (call->name == "not") {
    return Convert(*call->children[0], !negated);
  }
  if (call->name == "isnull" || call->name == "isnotnull") {
    const plan::Ordinal* column = ColumnOf(*call->children[0]);
    if (column == nullptr) {
      return nullptr;
    }
    return leaf((call->name == "isnull") != negated ? Kind::kIsNull : Kind::kIsNotNull, *column,
                {});
  }
  if (call->children.size() != 2) {
    return nullptr;
  }
  const plan::Ordinal* column = ColumnOf(*call->children[0]);
  const auto* literal = As<plan::Literal>(call->children[1]);
  std::string name = call->name;
  if (column == nullptr) {
    column = ColumnOf(*call->children[1]);
    literal = As<plan::Literal>(call->children[0]);
    name = name == "<" ? ">" : name == "<=" ? ">=" : name == ">" ? "<" : name == ">=" ? "<=" : name;
    if (name == "like") {
      return nullptr;
    }
  }
  if (column == nullptr || literal == nullptr) {
    return nullptr;
  }
  if (name == "<=>") {
    if (literal->value.is_null()) {
      return leaf(negated ? Kind::kIsNotNull : Kind::kIsNull, *column, {});
    }
    return negated ? nullptr : NodePtr(leaf(Kind::kEqual, *column, {literal->value}));
  }
  if (literal->value.is_null()) {
    const bool strict =
        name == "=" || name == "!=" || name == "<" || name == "<=" || name == ">" || name == ">=";
    return strict ? never() : nullptr;
  }
  if (name == "like" || name == "startswith") {
    if (negated || !column->type->is_string()) {
      return nullptr;
    }
    std::string prefix = literal->value.string();
    if (name == "like") {
      const size_t wild = prefix.find_first_of("%_\\");
      if (wild != std::string::npos) {
        prefix.resize(wild);
      }
    }
    return prefix.empty() ? nullptr
                          : NodePtr(leaf(Kind::kPrefix, *column, {Value::String(prefix)}));
  }

  struct Operator {
    const char* name;
    Kind kind;
    Kind opposite;
  };

  constexpr Operator kOperators[] = {
      {"=", Kind::kEqual, Kind::kNotEqual},    {"!=", Kind::kNotEqual, Kind::kEqual},
      {"<", Kind::kLess, Kind::kGreaterEqual}, {"<=", Kind::kLessEqual, Kind::kGreater},
      {">", Kind::kGreater, Kind::kLessEqual}, {">=", Kind::kGreaterEqual, Kind::kLess}};
  for (const Operator& op : kOperators) {
    if (name == op.name) {
      return leaf(negated ? op.opposite : op.kind, *column, {literal->value});
    }
  }
  return nullptr;
}

bool BoundsPredicate::MayMatch(
    const std::function<const ColumnBounds*(int ordinal)>& bounds) const {
  return root_ == nullptr || MayMatch(*root_, bounds);
}

bool BoundsPredicate::MayMatch(const Node& node,
                               const std::function<const ColumnBounds*(int)>& lookup) {
  if (node.kind == Kind::kAnd) {
    return std::all_of(node.children.begin(), node.children.end(),
                       [&](const NodePtr& child) { return MayMatch(*child, lookup); });
  }
  if (node.kind == Kind::kOr) {
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const NodePtr& child) { return MayMatch(*child, lookup); });
  }
  if (node.kind == Kind::kNever) {
    return false;
  }
  const ColumnBounds* bounds = lookup(node.column);
  if (bounds == nullptr) {
    return true;
  }
  if (node.kind == Kind::kIsNull) {
    return bounds->may_have_nulls || bounds->all_null;
  }
  if (bounds->all_null) {
    return false;
  }
  const type::DataType& type = *node.type;
  const auto below = [&](const Value& v) {
    return bounds->min && CompareValues(type, v, *bounds->min) < 0;
  };
  // NaN is above every number but not in the bounds.
  const auto above = [&](const Value& v) {
    return bounds->max && !HasNanAbove(type) && CompareValues(type, v, *bounds->max) > 0;
  };
  switch (node.kind) {
    case Kind::kEqual:
      return std::any_of(node.values.begin(), node.values.end(), [&](const Value& v) {
        if (HasNanAbove(type)) {
          const bool nan = v.payload().index() == Value::Float(0).payload().index()
                               ? v.float_value() != v.float_value()
                               : v.double_value() != v.double_value();
          return nan || !(below(v) || (bounds->max && CompareValues(type, v, *bounds->max) > 0));
        }
        return !below(v) && !above(v);
      });
    case Kind::kNotEqual:
      return HasNanAbove(type) || !bounds->min || !bounds->max ||
             CompareValues(type, *bounds->min, node.values[0]) != 0 ||
             CompareValues(type, *bounds->max, node.values[0]) != 0;
    case Kind::kLess:
      return !bounds->min || CompareValues(type, *bounds->min, node.values[0]) < 0;
    case Kind::kLessEqual:
      return !below(node.values[0]);
    case Kind::kGreater:
      return !bounds->max || HasNanAbove(type) ||
             CompareValues(type, *bounds->max, node.values[0]) > 0;
    case Kind::kGreaterEqual:
      return !above(node.values[0]);
    case Kind::kPrefix: {
      const std::string& prefix = node.values[0].string();
      // Below the bounds where even the greatest string with the prefix is: compare the bound's own
      // prefix.
      if (bounds->min && bounds->min->string().substr(0, prefix.size()) > prefix) {
        return false;
      }
      return !bounds->max || bounds->max->string() >= prefix;
    }
    case Kind::kIsNotNull:
    case Kind::kIsNull:
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kNever:
      break;
  }
  return true;
}

std::optional<BoundsPredicate::Equality> BoundsPredicate::equality() const {
  if (root_ == nullptr || root_->kind != Kind::kEqual) {
    return std::nullopt;
  }
  return Equality{root_->column, root_->values};
}

bool BoundsOverlap(const type::DataType& type, const ColumnBounds& bounds, const Value& min,
                   const Value& max) {
  if (bounds.all_null) {
    return false;
  }
  if (bounds.min && !max.is_null() && CompareValues(type, max, *bounds.min) < 0) {
    return false;
  }
  return !(bounds.max && !min.is_null() && !HasNanAbove(type) &&
           CompareValues(type, min, *bounds.max) > 0);
}

bool NeverFails(const plan::Expression& e) {
  switch (e.kind) {
    case plan::ExpressionKind::kLiteral:
    case plan::ExpressionKind::kOrdinal:
      return true;
    case plan::ExpressionKind::kAnd:
    case plan::ExpressionKind::kOr:
    case plan::ExpressionKind::kIn:
      break;
    case plan::ExpressionKind::kCast:
      if (ColumnOf(e) == nullptr) {
        return false;
      }
      break;
    case plan::ExpressionKind::kCall: {
      const std::string& name = As<plan::Call>(&e)->name;
      constexpr const char* kSafe[] = {"=",   "!=",  "<",      "<=",        ">",    ">=",
                                       "<=>", "not", "isnull", "isnotnull", "like", "startswith"};
      if (std::none_of(std::begin(kSafe), std::end(kSafe),
                       [&](const char* safe) { return name == safe; })) {
        return false;
      }
      break;
    }
    default:
      return false;
  }
  return std::all_of(e.children.begin(), e.children.end(),
                     [](const plan::ExpressionPtr& child) { return NeverFails(*child); });
}

}  // namespace emery::format
