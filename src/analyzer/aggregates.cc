// GROUP BY: which expressions become columns of the aggregation, and the plan below them, with
// grouping sets.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

ExpressionPtr NewColumn(const ExpressionPtr& e, bool nullable) {
  return plan::MakeColumn(plan::NextColumnId(), plan::ToColumnName(e), e->type, nullable);
}

ColumnId IdOf(const ExpressionPtr& column) {
  return static_cast<const plan::Column&>(*column).id;
}

const std::string& NameOf(const ExpressionPtr& column) {
  return static_cast<const plan::Column&>(*column).name;
}

/// The outer columns in `plan` that are in `mapping` replaced: a subquery in a select list reads
/// the groups.
PlanPtr ReplaceOuter(const PlanPtr& plan, const std::map<ColumnId, ExpressionPtr>& mapping) {
  return plan::TransformPlanUp(plan, [&](const PlanPtr& node) {
    return plan::MapExpressions(node, [&](const ExpressionPtr& e) {
      return plan::TransformUp(e, [&](const ExpressionPtr& x) -> ExpressionPtr {
        if (const auto* subquery = plan::As<plan::Subquery>(x)) {
          auto copy = std::make_shared<plan::Subquery>(*subquery);
          copy->plan = ReplaceOuter(subquery->plan, mapping);
          return copy;
        }
        const auto* column = plan::As<plan::OuterColumn>(x);
        if (column == nullptr) {
          return x;
        }
        const auto found = mapping.find(column->id);
        if (found == mapping.end()) {
          return x;
        }
        auto copy = std::make_shared<plan::OuterColumn>(*column);
        copy->id = IdOf(found->second);
        copy->nullable = found->second->nullable;
        return copy;
      });
    });
  });
}

/// `text` with the ids behind '#' replaced by their order of appearance.
std::string WithoutIds(const std::string& text) {
  std::map<std::string, size_t> seen;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '#') {
      continue;
    }
    std::string id;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') {
      id += text[++i];
    }
    out += std::to_string(seen.emplace(id, seen.size()).first->second);
  }
  return out;
}

/// As plan::Equal; subqueries are the same where their plans differ in ids only.
bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (plan::Equal(a, b)) {
    return true;
  }
  if (a->kind != b->kind || a->children.size() != b->children.size()) {
    return false;
  }
  const auto has_subquery = [](const plan::Expression& node) {
    return node.kind == plan::ExpressionKind::kSubquery;
  };
  if (!plan::AnyOf(a, has_subquery) || !plan::AnyOf(b, has_subquery)) {
    return false;
  }
  if (const auto* x = plan::As<plan::Subquery>(a)) {
    const auto* y = plan::As<plan::Subquery>(b);
    if (x->subquery_kind != y->subquery_kind ||
        OuterColumnsOf(x->plan) != OuterColumnsOf(y->plan) ||
        WithoutIds(plan::ToString(x->plan)) != WithoutIds(plan::ToString(y->plan))) {
      return false;
    }
  } else {
    std::vector<ExpressionPtr> nothing;
    auto hollow = [&](const ExpressionPtr& e) {
      std::shared_ptr<plan::Expression> copy = e->Copy();
      copy->children.clear();
      return ExpressionPtr(copy);
    };
    if (!plan::Equal(hollow(a), hollow(b))) {
      return false;
    }
  }
  for (size_t i = 0; i < a->children.size(); ++i) {
    if (!SameExpression(a->children[i], b->children[i])) {
      return false;
    }
  }
  return true;
}

Status MissingAggregation(const std::string& name, base::Position position) {
  return base::UserError(
      "MISSING_AGGREGATION",
      "The non-aggregating expression \"" + name +
          "\" is based on columns which are not participating in the GROUP BY clause.\nAdd the "
          "columns or the expression to the GROUP BY, aggregate the expression, or use "
          "\"any_value(" +
          name + ")\" if you do not care which of the values within a group is returned.",
      {{"expression", "\"" + name + "\""}, {"expressionAnyValue", "\"any_value(" + name + ")\""}},
      position);
}

}  // namespace

Status Aggregation::CheckSubquery(const plan::Subquery& subquery, const std::set<ColumnId>& known) {
  const auto outer = OuterColumnsOf(subquery.plan);
  if (outer.empty()) {
    return Status::OK();
  }
  if (in_select_ && subquery.subquery_kind == plan::SubqueryKind::kScalar) {
    return base::UserError(
        "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION",
        "The correlated scalar subquery '" + plan::ToColumnName(subquery.Copy()) +
            "' is neither present in GROUP BY, nor in an aggregate function.\nAdd it to GROUP BY "
            "using ordinal position or wrap it in `first()` (or `first_value`) if you don't care "
            "which value you get.",
        {{"sqlExpr", plan::ToColumnName(subquery.Copy())}}, subquery.position);
  }
  for (const auto& [id, name] : outer) {
    bool grouped = known.contains(id);
    for (const GroupColumn& column : columns_) {
      const auto* group = plan::As<plan::Column>(column.expression);
      grouped = grouped || (group != nullptr && group->id == id);
    }
    if (!grouped && input_columns_.contains(id)) {
      return MissingAggregation(name, subquery.position);
    }
  }
  return Status::OK();
}

Status Aggregation::Prepare() {
  if (prepared_) {
    return Status::OK();
  }
  prepared_ = true;
  std::vector<int> place_of(groups_.size());
  for (size_t i = 0; i < groups_.size(); ++i) {
    const ExpressionPtr& group = groups_[i];
    const auto same = std::find_if(
        columns_.begin(), columns_.end(),
        [&](const GroupColumn& column) { return SameExpression(column.expression, group); });
    place_of[i] = static_cast<int>(same - columns_.begin());
    if (same != columns_.end()) {
      continue;
    }
    if (sets_) {
      columns_.push_back({group, NewColumn(group, true)});
    } else if (group->kind == plan::ExpressionKind::kColumn) {
      columns_.push_back({group, group});
    } else {
      columns_.push_back({group, NewColumn(group, group->nullable)});
    }
  }
  if (sets_) {
    for (std::vector<int>& set : *sets_) {
      for (int& index : set) {
        index = place_of[static_cast<size_t>(index)];
      }
    }
    grouping_id_ = plan::NextColumnId();
  }
  return Status::OK();
}

ExpressionPtr Aggregation::GroupingId() {
  return plan::MakeColumn(grouping_id_, "spark_grouping_id", type::Long(), false);
}

Result<ExpressionPtr> Aggregation::Rewrite(const ExpressionPtr& e,
                                           const std::set<ColumnId>& known) {
  ARROW_RETURN_NOT_OK(Prepare());
  return RewriteNode(e, known, e);
}

Result<ExpressionPtr> Aggregation::RewriteNode(const ExpressionPtr& e,
                                               const std::set<ColumnId>& known,
                                               const ExpressionPtr& whole) {
  for (const GroupColumn& column : columns_) {
    if (SameExpression(column.expression, e)) {
      return column.column;
    }
  }
  switch (e->kind) {
    case plan::ExpressionKind::kAggregate: {
      for (const auto& [call, column] : aggregates_) {
        if (plan::Equal(call, e) && plan::IsDeterministic(e)) {
          return column;
        }
      }
      ExpressionPtr column = NewColumn(e, e->nullable);
      aggregates_.emplace_back(e, column);
      return column;
    }
    case plan::ExpressionKind::kCall: {
      const auto& call = static_cast<const plan::Call&>(*e);
      if (call.name == "grouping" || call.name == "grouping_id") {
        return RewriteGrouping(call);
      }
      break;
    }
    case plan::ExpressionKind::kColumn: {
      const auto& column = static_cast<const plan::Column&>(*e);
      if (known.contains(column.id)) {
        return e;
      }
      if (columns_.empty() && !sets_) {
        return base::UserError("MISSING_GROUP_BY",
                               "The query does not include a GROUP BY clause. Add GROUP BY or turn "
                               "it into the window functions using OVER clauses.",
                               {}, position_);
      }
      return MissingAggregation(column.name,
                                column.position.known() ? column.position : whole->position);
    }
    case plan::ExpressionKind::kOuterColumn:
      return in_select_ ? OuterReferenceError(e) : Result<ExpressionPtr>(e);
    case plan::ExpressionKind::kSubquery: {
      auto copy = std::make_shared<plan::Subquery>(static_cast<const plan::Subquery&>(*e));
      for (ExpressionPtr& child : copy->children) {
        ARROW_ASSIGN_OR_RAISE(child, RewriteNode(child, known, whole));
      }
      ARROW_RETURN_NOT_OK(CheckSubquery(*copy, known));
      std::map<ColumnId, ExpressionPtr> mapping;
      for (const GroupColumn& column : columns_) {
        if (column.expression->kind == plan::ExpressionKind::kColumn &&
            column.expression != column.column) {
          mapping[IdOf(column.expression)] = column.column;
        }
      }
      if (!mapping.empty()) {
        copy->plan = ReplaceOuter(copy->plan, mapping);
      }
      return copy;
    }
    default:
      break;
  }
  return plan::TryMapChildren(
      e, [&](const ExpressionPtr& child) { return RewriteNode(child, known, whole); });
}

Result<ExpressionPtr> Aggregation::RewriteGrouping(const plan::Call& call) {
  if (!sets_) {
    return base::UserError(
        "UNSUPPORTED_GROUPING_EXPRESSION",
        "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup.", {},
        call.position);
  }
  std::string groups;
  for (const GroupColumn& column : columns_) {
    groups += (groups.empty() ? "" : ",") + plan::ToColumnName(column.expression);
  }
  const size_t n = columns_.size();
  if (call.name == "grouping_id") {
    bool same = call.children.empty() || call.children.size() == n;
    for (size_t i = 0; same && i < call.children.size(); ++i) {
      same = plan::Equal(call.children[i], columns_[i].expression);
    }
    if (!same) {
      return base::UserError(
          "GROUPING_ID_COLUMN_MISMATCH",
          "Columns of grouping_id do not match grouping columns (" + groups + ").",
          {{"groupingIdColumn", plan::ToColumnName(call.Copy())}, {"groupByColumns", groups}},
          call.position);
    }
    return GroupingId();
  }
  for (size_t i = 0; i < n && call.children.size() == 1; ++i) {
    if (plan::Equal(call.children[0], columns_[i].expression)) {
      const auto* context = analyzer_->context().query.get();
      ARROW_ASSIGN_OR_RAISE(
          ExpressionPtr shifted,
          functions::MakeFunctionCall(
              ">>", {GroupingId(), plan::MakeIntLiteral(static_cast<int32_t>(n - 1 - i))},
              analyzer_->mode(), context, call.position));
      ARROW_ASSIGN_OR_RAISE(
          ExpressionPtr bit,
          functions::MakeFunctionCall("&", {std::move(shifted), plan::MakeLongLiteral(1)},
                                      analyzer_->mode(), context, call.position));
      return plan::MakeCast(std::move(bit), type::Byte(), analyzer_->mode());
    }
  }
  const std::string argument = call.children.empty() ? "" : plan::ToColumnName(call.children[0]);
  return base::UserError(
      "GROUPING_COLUMN_MISMATCH",
      "Column of grouping (" + argument + ") can't be found in grouping columns " + groups + ".",
      {{"grouping", argument}, {"groupingColumns", groups}}, call.position);
}

void Aggregation::SetInput(const plan::Columns& columns, base::Position position) {
  for (const plan::ColumnInfo& column : columns) {
    input_columns_.insert(column.id);
  }
  position_ = position;
}

Result<PlanPtr> Aggregation::Build(PlanPtr input) {
  ARROW_RETURN_NOT_OK(Prepare());
  auto group_by = std::make_shared<plan::GroupBy>();
  if (!sets_) {
    group_by->inputs = {std::move(input)};
    for (const GroupColumn& column : columns_) {
      group_by->groups.push_back(
          column.expression == column.column
              ? column.column
              : plan::MakeAlias(column.expression, NameOf(column.column), IdOf(column.column)));
    }
    for (const auto& [call, column] : aggregates_) {
      group_by->aggregates.push_back(plan::MakeAlias(call, NameOf(column), IdOf(column)));
    }
    return PlanPtr(group_by);
  }
  // Groups that are computed are computed once, below the Expand.
  ExpressionList below;
  for (const plan::ColumnInfo& column : input->Output()) {
    below.push_back(plan::MakeColumn(column.id, column.name, column.type, column.nullable));
  }
  ExpressionList sources;
  bool computed = false;
  for (const GroupColumn& column : columns_) {
    if (column.expression->kind == plan::ExpressionKind::kColumn) {
      sources.push_back(column.expression);
      continue;
    }
    const ExpressionPtr source = NewColumn(column.expression, column.expression->nullable);
    below.push_back(plan::MakeAlias(column.expression, NameOf(source), IdOf(source)));
    sources.push_back(source);
    computed = true;
  }
  const plan::Columns input_columns = input->Output();
  if (computed) {
    input = plan::MakeProject(std::move(input), std::move(below));
  }
  // The aggregates read the input's own columns, not the groups that a set leaves out: they get
  // copies.
  std::vector<ColumnId> used;
  for (const auto& [call, column] : aggregates_) {
    plan::CollectColumns(call, &used);
  }
  auto expand = std::make_shared<plan::Expand>();
  std::map<ColumnId, ExpressionPtr> copies;
  ExpressionList passed;
  for (const plan::ColumnInfo& column : input_columns) {
    if (std::find(used.begin(), used.end(), column.id) == used.end() ||
        copies.contains(column.id)) {
      continue;
    }
    const ColumnId id = plan::NextColumnId();
    copies[column.id] = plan::MakeColumn(id, column.name, column.type, column.nullable);
    passed.push_back(plan::MakeColumn(column.id, column.name, column.type, column.nullable));
    expand->columns.push_back({id, column.name, column.type, column.nullable});
  }
  for (const GroupColumn& column : columns_) {
    expand->columns.push_back(
        {IdOf(column.column), NameOf(column.column), column.column->type, true});
    group_by->groups.push_back(column.column);
  }
  expand->columns.push_back({grouping_id_, "spark_grouping_id", type::Long(), false});
  group_by->groups.push_back(GroupingId());
  std::set<std::vector<int>> seen;
  bool duplicates = false;
  for (const std::vector<int>& set : *sets_) {
    std::vector<int> sorted = set;
    std::sort(sorted.begin(), sorted.end());
    duplicates = duplicates || !seen.insert(std::move(sorted)).second;
  }
  if (duplicates) {
    // Equal sets stay apart.
    const ColumnId position = plan::NextColumnId();
    expand->columns.push_back({position, "grouping_position", type::Int(), false});
    group_by->groups.push_back(plan::MakeColumn(position, "grouping_position", type::Int(), false));
  }
  int32_t set_index = 0;
  for (const std::vector<int>& set : *sets_) {
    ExpressionList row = passed;
    int64_t id = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool in_set = std::find(set.begin(), set.end(), static_cast<int>(i)) != set.end();
      row.push_back(in_set ? sources[i] : plan::MakeNullLiteral(sources[i]->type));
      id = id * 2 + (in_set ? 0 : 1);
    }
    row.push_back(plan::MakeLongLiteral(id));
    if (duplicates) {
      row.push_back(plan::MakeIntLiteral(set_index));
    }
    ++set_index;
    expand->projections.push_back(std::move(row));
  }
  expand->inputs = {std::move(input)};
  group_by->inputs = {std::move(expand)};
  for (const auto& [call, column] : aggregates_) {
    const ExpressionPtr over_copies =
        plan::TransformUp(call, [&](const ExpressionPtr& node) -> ExpressionPtr {
          if (node->kind == plan::ExpressionKind::kSubquery) {
            auto copy = std::make_shared<plan::Subquery>(static_cast<const plan::Subquery&>(*node));
            copy->plan = ReplaceOuter(copy->plan, copies);
            return copy;
          }
          if (node->kind != plan::ExpressionKind::kColumn) {
            return node;
          }
          const auto found = copies.find(IdOf(node));
          return found == copies.end() ? node : found->second;
        });
    group_by->aggregates.push_back(plan::MakeAlias(over_copies, NameOf(column), IdOf(column)));
  }
  return PlanPtr(group_by);
}

}  // namespace emery::analyzer
