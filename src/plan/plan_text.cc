// Plans as text, for EXPLAIN and for golden files.

#include <string>

#include "plan/command.h"
#include "plan/logical_plan.h"

namespace emery::plan {

namespace {

std::string Id(ColumnId id) {
  return "#" + std::to_string(id.value);
}

std::string List(const ExpressionList& list) {
  std::string text;
  for (const ExpressionPtr& e : list) {
    text += (text.empty() ? "" : ", ") + ToString(e);
  }
  return text;
}

std::string List(const Columns& columns) {
  std::string text;
  for (const ColumnInfo& column : columns) {
    text += (text.empty() ? "" : ", ") + column.name + Id(column.id);
  }
  return text;
}

std::string Order(const std::vector<SortOrder>& orders) {
  std::string text;
  for (const SortOrder& order : orders) {
    text += text.empty() ? "" : ", ";
    text += order.expression == nullptr ? "ALL" : ToString(order.expression);
    text += order.ascending ? " ASC" : " DESC";
    text += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return text;
}

std::string Name(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

const char* JoinName(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "Inner";
    case JoinType::kLeft:
      return "Left";
    case JoinType::kRight:
      return "Right";
    case JoinType::kFull:
      return "Full";
    case JoinType::kLeftSemi:
      return "LeftSemi";
    case JoinType::kLeftAnti:
      return "LeftAnti";
    case JoinType::kNullAwareAnti:
      return "NullAwareAnti";
    case JoinType::kMark:
      return "Mark";
    case JoinType::kExistenceMark:
      return "ExistenceMark";
    case JoinType::kSingle:
      return "Single";
  }
  return "";
}

const char* HintName(JoinHint hint) {
  switch (hint) {
    case JoinHint::kNone:
      return "";
    case JoinHint::kBroadcastLeft:
      return ", hint broadcast left";
    case JoinHint::kBroadcastRight:
      return ", hint broadcast right";
    case JoinHint::kShuffleHash:
      return ", hint shuffle hash";
    case JoinHint::kMerge:
      return ", hint merge";
    case JoinHint::kNestedLoop:
      return ", hint nested loop";
  }
  return "";
}

const char* SetName(SetOperationKind kind) {
  switch (kind) {
    case SetOperationKind::kUnion:
      return "Union";
    case SetOperationKind::kIntersect:
      return "Intersect";
    case SetOperationKind::kExcept:
      return "Except";
  }
  return "";
}

template <class T>
const T& To(const LogicalPlan& p) {
  return static_cast<const T&>(p);
}

std::string ResolvedText(const LogicalPlan& p) {
  switch (p.kind) {
    case PlanKind::kScan: {
      const auto& scan = To<Scan>(p);
      std::string text = "Scan " + scan.name + " [" + List(scan.columns) + "]";
      if (!scan.filter.empty()) {
        text += ", filter [" + List(scan.filter) + "]";
      }
      return text;
    }
    case PlanKind::kValues: {
      const auto& values = To<Values>(p);
      std::string text = "Values [" + List(values.columns) + "]";
      if (values.columns.empty()) {
        return "OneRow";
      }
      if (values.rows.size() > 5) {
        return text + ", " + std::to_string(values.rows.size()) + " rows";
      }
      for (const ExpressionList& row : values.rows) {
        text += ", (" + List(row) + ")";
      }
      return text;
    }
    case PlanKind::kRange: {
      const auto& range = To<Range>(p);
      return "Range (" + std::to_string(range.start) + ", " + std::to_string(range.end) +
             ", step " + std::to_string(range.step) + ") [" + List(Columns{range.column}) + "]";
    }
    case PlanKind::kProject:
      return "Project [" + List(To<Project>(p).expressions) + "]";
    case PlanKind::kFilter:
      return "Filter " + ToString(To<Filter>(p).condition);
    case PlanKind::kJoin: {
      const auto& join = To<Join>(p);
      std::string text = std::string("Join ") + JoinName(join.join_type);
      if (join.lateral) {
        text += " lateral";
      }
      if (join.condition != nullptr) {
        text += ", " + ToString(join.condition);
      }
      if (join.mark) {
        text += ", mark " + List(Columns{*join.mark});
      }
      return text + HintName(join.hint);
    }
    case PlanKind::kAggregate:
      return "Aggregate [" + List(To<GroupBy>(p).groups) + "], [" +
             List(To<GroupBy>(p).aggregates) + "]";
    case PlanKind::kSort:
      return std::string(To<Sort>(p).global ? "Sort [" : "SortPartitions [") +
             Order(To<Sort>(p).order) + "]";
    case PlanKind::kLimit: {
      const auto& limit = To<Limit>(p);
      std::string text = limit.limit >= 0 ? "Limit " + std::to_string(limit.limit) : "Offset";
      if (limit.offset > 0) {
        text += limit.limit >= 0 ? ", offset " : " ";
        text += std::to_string(limit.offset);
      }
      return text;
    }
    case PlanKind::kSetOperation: {
      const auto& set = To<SetOperation>(p);
      return std::string(SetName(set.operation)) + (set.all ? " All [" : " [") + List(set.columns) +
             "]";
    }
    case PlanKind::kDistinct:
      return "Distinct";
    case PlanKind::kWindow:
      return "Window [" + List(To<WindowPlan>(p).windows) + "]";
    case PlanKind::kGenerate: {
      const auto& generate = To<Generate>(p);
      return "Generate " + ToString(generate.generator) + (generate.outer ? ", outer" : "") + " [" +
             List(generate.columns) + "]";
    }
    case PlanKind::kExpand: {
      const auto& expand = To<Expand>(p);
      std::string text = "Expand [" + List(expand.columns) + "]";
      for (const ExpressionList& row : expand.projections) {
        text += ", [" + List(row) + "]";
      }
      return text;
    }
    case PlanKind::kSample:
      return "Sample [" + std::to_string(To<Sample>(p).lower) + ", " +
             std::to_string(To<Sample>(p).upper) + ")";
    case PlanKind::kRecursive:
      return "Recursive " + To<Recursive>(p).name + " [" + List(To<Recursive>(p).columns) + "]";
    case PlanKind::kRecursiveReference:
      return "RecursiveReference [" + List(To<RecursiveReference>(p).columns) + "]";
    case PlanKind::kShared:
      return "Shared " + std::to_string(To<Shared>(p).id) + " [" + List(To<Shared>(p).columns) +
             "]";
    default:
      return "";
  }
}

std::string SelectText(const UnresolvedSelect& select) {
  std::string text =
      std::string("'Select ") + (select.distinct ? "DISTINCT [" : "[") + List(select.items) + "]";
  if (select.where != nullptr) {
    text += ", where " + ToString(select.where);
  }
  switch (select.grouping.kind) {
    case GroupingKind::kNone:
      break;
    case GroupingKind::kExpressions:
      text += ", group by [" + List(select.grouping.expressions) + "]";
      break;
    case GroupingKind::kAll:
      text += ", group by all";
      break;
    case GroupingKind::kSets:
      text += ", group by [" + List(select.grouping.expressions) + "] in " +
              std::to_string(select.grouping.sets.size()) + " sets";
      break;
  }
  if (select.having != nullptr) {
    text += ", having " + ToString(select.having);
  }
  if (select.qualify != nullptr) {
    text += ", qualify " + ToString(select.qualify);
  }
  return text;
}

std::string UnresolvedText(const LogicalPlan& p) {
  switch (p.kind) {
    case PlanKind::kUnresolvedRelation: {
      const auto& relation = To<UnresolvedRelation>(p);
      return "'Relation " + (relation.identifier != nullptr
                                 ? "IDENTIFIER(" + ToString(relation.identifier) + ")"
                                 : Name(relation.name));
    }
    case PlanKind::kUnresolvedTableFunction:
      return "'TableFunction " + Name(To<UnresolvedTableFunction>(p).name) + "(" +
             List(To<UnresolvedTableFunction>(p).arguments) + ")";
    case PlanKind::kUnresolvedSelect:
      return SelectText(To<UnresolvedSelect>(p));
    case PlanKind::kUnresolvedJoin: {
      const auto& join = To<UnresolvedJoin>(p);
      std::string text = std::string("'Join ") + JoinName(join.join_type);
      text += join.natural ? " natural" : "";
      text += join.lateral ? " lateral" : "";
      if (!join.using_columns.empty()) {
        text += " using (";
        for (size_t i = 0; i < join.using_columns.size(); ++i) {
          text += (i > 0 ? ", " : "") + join.using_columns[i];
        }
        text += ")";
      }
      return join.condition != nullptr ? text + ", " + ToString(join.condition) : text;
    }
    case PlanKind::kUnresolvedWith: {
      std::string text = To<UnresolvedWith>(p).recursive ? "'With recursive [" : "'With [";
      for (const CommonTableExpression& cte : To<UnresolvedWith>(p).expressions) {
        text += (text.back() == '[' ? "" : ", ") + cte.name;
      }
      return text + "]";
    }
    case PlanKind::kUnresolvedPivot:
      return "'Pivot [" + List(To<UnresolvedPivot>(p).aggregates) + "] for [" +
             List(To<UnresolvedPivot>(p).columns) + "] in [" + List(To<UnresolvedPivot>(p).values) +
             "]";
    case PlanKind::kUnresolvedUnpivot:
      return "'Unpivot " + To<UnresolvedUnpivot>(p).name_column;
    case PlanKind::kUnresolvedLateralView: {
      const auto& view = To<UnresolvedLateralView>(p);
      return std::string("'LateralView ") + (view.outer ? "outer " : "") +
             ToString(view.generator) + " " + view.alias;
    }
    case PlanKind::kUnresolvedInlineTable: {
      std::string text = "'InlineTable ";
      for (const ExpressionList& row : To<UnresolvedInlineTable>(p).rows) {
        text += (text.back() == ' ' ? "(" : ", (") + List(row) + ")";
      }
      return text;
    }
    case PlanKind::kUnresolvedSubqueryAlias: {
      const auto& alias = To<UnresolvedSubqueryAlias>(p);
      std::string text = "'SubqueryAlias " + alias.alias;
      for (size_t i = 0; i < alias.columns.size(); ++i) {
        text += (i > 0 ? ", " : "(") + alias.columns[i];
      }
      return alias.columns.empty() ? text : text + ")";
    }
    case PlanKind::kUnresolvedHint:
      return "'Hint " + To<UnresolvedHint>(p).name + "(" + List(To<UnresolvedHint>(p).arguments) +
             ")";
    case PlanKind::kUnresolvedOrdering: {
      const auto& ordering = To<UnresolvedOrdering>(p);
      std::string text = "'Ordering";
      if (!ordering.order_by.empty()) {
        text += " order by [" + Order(ordering.order_by) + "]";
      }
      if (!ordering.sort_by.empty()) {
        text += " sort by [" + Order(ordering.sort_by) + "]";
      }
      if (!ordering.distribute_by.empty()) {
        text += " distribute by [" + List(ordering.distribute_by) + "]";
      }
      if (ordering.limit != nullptr) {
        text += " limit " + ToString(ordering.limit);
      }
      if (ordering.offset != nullptr) {
        text += " offset " + ToString(ordering.offset);
      }
      return text;
    }
    case PlanKind::kUnresolvedSetOperation: {
      const auto& set = To<UnresolvedSetOperation>(p);
      return std::string("'") + SetName(set.operation) + (set.all ? " All" : "") +
             (set.by_name ? " by name" : "");
    }
    case PlanKind::kUnresolvedSample:
      return "'Sample";
    case PlanKind::kCommand:
      return "Command " + To<Command>(p).text;
    default:
      return ResolvedText(p);
  }
}

void Append(const LogicalPlan& plan, int depth, std::string* text) {
  text->append(static_cast<size_t>(depth) * 2, ' ');
  *text += NodeToString(plan);
  *text += '\n';
  if (const auto* with = As<UnresolvedWith>(&plan)) {
    for (const CommonTableExpression& cte : with->expressions) {
      Append(*cte.plan, depth + 2, text);
    }
  }
  VisitExpressions(plan, [&](const ExpressionPtr& e) {
    (void)AnyOf(e, [&](const Expression& node) {
      const PlanPtr* subquery = nullptr;
      if (const auto* resolved = As<Subquery>(&node)) {
        subquery = &resolved->plan;
      } else if (const auto* unresolved = As<UnresolvedSubquery>(&node)) {
        subquery = &unresolved->plan;
      }
      if (subquery != nullptr && *subquery != nullptr) {
        text->append(static_cast<size_t>(depth) * 2 + 2, ' ');
        *text += "(subquery)\n";
        Append(**subquery, depth + 2, text);
      }
      return false;
    });
  });
  for (const PlanPtr& input : plan.inputs) {
    Append(*input, depth + 1, text);
  }
}

}  // namespace

std::string NodeToString(const LogicalPlan& plan) {
  return UnresolvedText(plan);
}

std::string ToString(const PlanPtr& plan) {
  std::string text;
  Append(*plan, 0, &text);
  return text;
}

}  // namespace emery::plan
