// Facts about plans and expressions, and small rewrites, that several rules use.

#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ColumnId;
using plan::ExpressionPtr;
using plan::PlanKind;
using plan::PlanPtr;

IdSet OutputIds(const PlanPtr& plan) {
  IdSet ids;
  for (const auto& column : plan->Output()) {
    ids.insert(column.id.value);
  }
  return ids;
}

IdSet ColumnsOf(const ExpressionPtr& e) {
  std::vector<ColumnId> list;
  if (e != nullptr) {
    plan::CollectColumns(e, &list);
  }
  IdSet ids;
  for (const auto id : list) {
    ids.insert(id.value);
  }
  return ids;
}

bool AllIn(const ExpressionPtr& e, const IdSet& ids) {
  for (const auto id : ColumnsOf(e)) {
    if (ids.count(id) == 0) {
      return false;
    }
  }
  return true;
}

bool AnyIn(const ExpressionPtr& e, const IdSet& ids) {
  for (const auto id : ColumnsOf(e)) {
    if (ids.count(id) > 0) {
      return true;
    }
  }
  return false;
}

ExpressionPtr Substitute(const ExpressionPtr& e, const std::map<ColumnId, ExpressionPtr>& by) {
  if (by.empty()) {
    return e;
  }
  return plan::TransformDown(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
    if (const auto* column = As<plan::Column>(node)) {
      const auto it = by.find(column->id);
      return it == by.end() ? node : it->second;
    }
    return nullptr;
  });
}

Result<PlanPtr> MapInputs(const PlanPtr& p,
                          const std::function<Result<PlanPtr>(const PlanPtr&)>& f) {
  if (p->kind == PlanKind::kShared || p->inputs.empty()) {
    return p;
  }
  std::vector<PlanPtr> inputs;
  inputs.reserve(p->inputs.size());
  for (const auto& input : p->inputs) {
    ARROW_ASSIGN_OR_RAISE(auto changed, f(input));
    inputs.push_back(std::move(changed));
  }
  return plan::WithInputs(p, std::move(inputs));
}

ExpressionPtr ToColumn(const plan::ColumnInfo& info) {
  return plan::MakeColumn(info.id, info.name, info.type, info.nullable);
}

ExpressionPtr BelowAlias(const ExpressionPtr& e) {
  const auto* alias = As<plan::Alias>(e);
  return alias != nullptr ? alias->children[0] : e;
}

PlanPtr Restrict(const PlanPtr& p, const plan::Columns& columns) {
  const auto output = p->Output();
  bool same = output.size() == columns.size();
  for (size_t i = 0; same && i < output.size(); ++i) {
    same = output[i].id == columns[i].id;
  }
  if (same) {
    return p;
  }
  plan::ExpressionList list;
  for (const auto& column : columns) {
    list.push_back(ToColumn(column));
  }
  return plan::MakeProject(p, std::move(list));
}

namespace {

/// Null where every column of `ids` is null.
bool NullWhereNull(const ExpressionPtr& e, const IdSet& ids) {
  if (const auto* column = As<plan::Column>(e)) {
    return ids.count(column->id.value) > 0;
  }
  if (As<plan::Cast>(e) != nullptr) {
    return NullWhereNull(e->children[0], ids);
  }
  if (const auto* call = As<plan::Call>(e)) {
    static const std::unordered_set<std::string> kStrict = {
        "+",     "-",         "*",    "/",        "div",      "%",        "=",   "<",
        ">",     "<=",        ">=",   "!=",       "not",      "negative", "abs", "upper",
        "lower", "substring", "like", "date_add", "date_sub", "year"};
    if (kStrict.count(call->name) == 0) {
      return false;
    }
    for (const auto& child : call->children) {
      if (NullWhereNull(child, ids)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool RejectsNulls(const ExpressionPtr& e, const IdSet& ids) {
  if (As<plan::And>(e) != nullptr) {
    for (const auto& child : e->children) {
      if (RejectsNulls(child, ids)) {
        return true;
      }
    }
    return false;
  }
  if (As<plan::Or>(e) != nullptr) {
    for (const auto& child : e->children) {
      if (!RejectsNulls(child, ids)) {
        return false;
      }
    }
    return true;
  }
  if (As<plan::In>(e) != nullptr) {
    return NullWhereNull(e->children[0], ids);
  }
  if (const auto* call = As<plan::Call>(e); call != nullptr && call->name == "isnotnull") {
    return NullWhereNull(call->children[0], ids);
  }
  return NullWhereNull(e, ids);
}

bool IsTrueLiteral(const ExpressionPtr& e) {
  const auto* literal = As<plan::Literal>(e);
  return literal != nullptr && literal->type->is(type::TypeId::kBoolean) &&
         !literal->value.is_null() && literal->value.boolean();
}

bool IsFalseOrNullLiteral(const ExpressionPtr& e) {
  const auto* literal = As<plan::Literal>(e);
  return literal != nullptr &&
         (literal->value.is_null() ||
          (literal->type->is(type::TypeId::kBoolean) && !literal->value.boolean()));
}

namespace {

void CollectFree(const PlanPtr& p, IdSet* produced, IdSet* outer);

void CollectFree(const ExpressionPtr& e, IdSet* produced, IdSet* outer) {
  if (e == nullptr) {
    return;
  }
  if (const auto* column = As<plan::OuterColumn>(e)) {
    outer->insert(column->id.value);
  }
  if (const auto* subquery = As<plan::Subquery>(e)) {
    CollectFree(subquery->plan, produced, outer);
  }
  plan::VisitChildren(*e, [&](const ExpressionPtr& child) { CollectFree(child, produced, outer); });
}

void CollectFree(const PlanPtr& p, IdSet* produced, IdSet* outer) {
  for (const auto& column : p->Output()) {
    produced->insert(column.id.value);
  }
  plan::VisitExpressions(*p, [&](const ExpressionPtr& e) { CollectFree(e, produced, outer); });
  for (const auto& input : p->inputs) {
    CollectFree(input, produced, outer);
  }
}

}  // namespace

IdSet FreeColumns(const PlanPtr& p) {
  IdSet produced;
  IdSet outer;
  CollectFree(p, &produced, &outer);
  for (const auto id : produced) {
    outer.erase(id);
  }
  return outer;
}

bool AtMostOneRow(const PlanPtr& p) {
  switch (p->kind) {
    case PlanKind::kAggregate:
      return As<plan::GroupBy>(p)->groups.empty();
    case PlanKind::kProject:
    case PlanKind::kFilter:
    case PlanKind::kSort:
    case PlanKind::kDistinct:
    case PlanKind::kWindow:
    case PlanKind::kSample:
      return AtMostOneRow(p->inputs[0]);
    case PlanKind::kLimit: {
      const auto& limit = *As<plan::Limit>(p);
      return (limit.limit >= 0 && limit.limit <= 1) || AtMostOneRow(p->inputs[0]);
    }
    case PlanKind::kValues:
      return As<plan::Values>(p)->rows.size() <= 1;
    case PlanKind::kJoin: {
      const auto& join = *As<plan::Join>(p);
      switch (join.join_type) {
        case plan::JoinType::kInner:
        case plan::JoinType::kLeft:
          return AtMostOneRow(p->inputs[0]) && AtMostOneRow(p->inputs[1]);
        case plan::JoinType::kLeftSemi:
        case plan::JoinType::kLeftAnti:
        case plan::JoinType::kNullAwareAnti:
        case plan::JoinType::kMark:
        case plan::JoinType::kExistenceMark:
        case plan::JoinType::kSingle:
          return AtMostOneRow(p->inputs[0]);
        case plan::JoinType::kRight:
        case plan::JoinType::kFull:
          return false;
      }
      return false;
    }
    default:
      return false;
  }
}

}  // namespace emery::optimizer
