// UNION, INTERSECT, EXCEPT.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

Relation QueryAnalyzer::CastColumns(Relation relation, const std::vector<TypePtr>& types) {
  ScopeColumns visible = Visible(relation.columns);
  ExpressionList expressions;
  bool changed = visible.size() != relation.plan->Output().size();
  for (size_t i = 0; i < visible.size(); ++i) {
    ScopeColumn& column = visible[i];
    ExpressionPtr e = CastTo(ToColumn(column), types[i]);
    if (e->kind != plan::ExpressionKind::kColumn) {
      e = plan::MakeAlias(std::move(e), column.name, plan::NextColumnId());
      column.id = static_cast<const plan::Alias&>(*e).id;
      column.type = types[i];
      column.nullable = e->nullable;
      changed = true;
    }
    expressions.push_back(std::move(e));
  }
  // The plan's columns may lie in another order than the scope's.
  const plan::Columns output = relation.plan->Output();
  for (size_t i = 0; !changed && i < visible.size(); ++i) {
    changed = output[i].id != visible[i].id;
  }
  if (changed) {
    relation.plan = plan::MakeProject(relation.plan, std::move(expressions));
  }
  relation.columns = std::move(visible);
  return relation;
}

namespace {

std::string OperationName(const plan::UnresolvedSetOperation& operation) {
  switch (operation.operation) {
    case plan::SetOperationKind::kUnion:
      return "UNION";
    case plan::SetOperationKind::kIntersect:
      return operation.all ? "INTERSECT ALL" : "INTERSECT";
    case plan::SetOperationKind::kExcept:
      return operation.all ? "EXCEPT ALL" : "EXCEPT";
  }
  return "";
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeSetOperation(const plan::UnresolvedSetOperation& operation,
                                                    const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation left, AnalyzeRelation(operation.inputs[0], env));
  ARROW_ASSIGN_OR_RAISE(Relation right, AnalyzeRelation(operation.inputs[1], env));
  left.columns = Visible(left.columns);
  right.columns = Visible(right.columns);
  if (operation.by_name) {
    // Both sides get the left's columns, then those that only the right has.
    ScopeColumns names = left.columns;
    const auto find = [&](const ScopeColumns& columns, const std::string& name) {
      return std::find_if(columns.begin(), columns.end(),
                          [&](const ScopeColumn& column) { return SameName(column.name, name); });
    };
    for (const ScopeColumn& column : right.columns) {
      if (find(names, column.name) == names.end()) {
        names.push_back(column);
      }
    }
    const auto arrange = [&](Relation relation, const ScopeColumns& other) -> Result<Relation> {
      ExpressionList expressions;
      ScopeColumns arranged;
      for (const ScopeColumn& name : names) {
        const auto found = find(relation.columns, name.name);
        if (found != relation.columns.end()) {
          expressions.push_back(ToColumn(*found));
          arranged.push_back(*found);
          continue;
        }
        if (!operation.allow_missing) {
          return UnresolvedColumnError({name.name}, nullptr, operation.position);
        }
        const ColumnId id = plan::NextColumnId();
        const TypePtr& type = find(other, name.name)->type;
        expressions.push_back(plan::MakeAlias(plan::MakeNullLiteral(type), name.name, id));
        arranged.push_back({id, name.name, type, true, {}, false});
      }
      relation.plan = plan::MakeProject(relation.plan, std::move(expressions));
      relation.columns = std::move(arranged);
      return relation;
    };
    const ScopeColumns left_columns = left.columns;
    ARROW_ASSIGN_OR_RAISE(left, arrange(std::move(left), right.columns));
    ARROW_ASSIGN_OR_RAISE(right, arrange(std::move(right), left_columns));
  }
  const std::string name = OperationName(operation);
  if (left.columns.size() != right.columns.size()) {
    return base::UserError("NUM_COLUMNS_MISMATCH",
                           name +
                               " can only be performed on inputs with the same number of columns, "
                               "but the first input has " +
                               std::to_string(left.columns.size()) +
                               " columns and the second input has " +
                               std::to_string(right.columns.size()) + " columns.",
                           {{"operator", name},
                            {"firstNumColumns", std::to_string(left.columns.size())},
                            {"invalidOrdinalNum", "second"},
                            {"invalidNumColumns", std::to_string(right.columns.size())}},
                           operation.position);
  }
  std::vector<TypePtr> types;
  for (size_t i = 0; i < left.columns.size(); ++i) {
    TypePtr common = type::CommonType(left.columns[i].type, right.columns[i].type, ansi());
    if (common == nullptr) {
      common = StructuralType({left.columns[i].type, right.columns[i].type});
    }
    if (common == nullptr) {
      static constexpr const char* kOrdinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                                  "sixth", "seventh", "eighth", "ninth",  "tenth"};
      const std::string ordinal = i < 10 ? kOrdinals[i] : std::to_string(i + 1) + "th";
      return base::UserError(
          "INCOMPATIBLE_COLUMN_TYPE",
          name + " can only be performed on tables with compatible column types. The " + ordinal +
              " column of the second table is " + TypeText(right.columns[i].type) +
              " type which is not compatible with " + TypeText(left.columns[i].type) +
              " at the same column of the first table.",
          {{"operator", name},
           {"columnOrdinalNumber", ordinal},
           {"tableOrdinalNumber", "second"},
           {"dataType1", TypeText(right.columns[i].type)},
           {"dataType2", TypeText(left.columns[i].type)},
           {"hint", ""}},
          operation.position);
    }
    if (!(operation.operation == plan::SetOperationKind::kUnion && operation.all) &&
        !type::IsComparable(*common)) {
      return base::UserError("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
                             "Cannot have MAP type columns in DataFrame which calls set "
                             "operations: the type of column " +
                                 base::QuoteIdentifier(left.columns[i].name) + " is " +
                                 TypeText(common) + ".",
                             {{"colName", base::QuoteIdentifier(left.columns[i].name)},
                              {"dataType", TypeText(common)}},
                             operation.position);
    }
    types.push_back(common);
  }
  left = CastColumns(std::move(left), types);
  right = CastColumns(std::move(right), types);
  auto node = std::make_shared<plan::SetOperation>();
  node->operation = operation.operation;
  node->all = operation.all;
  node->position = operation.position;
  for (size_t i = 0; i < types.size(); ++i) {
    bool nullable = left.columns[i].nullable;
    if (operation.operation == plan::SetOperationKind::kUnion) {
      nullable = nullable || right.columns[i].nullable;
    } else if (operation.operation == plan::SetOperationKind::kIntersect) {
      nullable = nullable && right.columns[i].nullable;
    }
    node->columns.push_back({plan::NextColumnId(), left.columns[i].name, types[i], nullable});
  }
  node->inputs = {left.plan, right.plan};
  ScopeColumns columns = ToScope(node->columns);
  return Relation{std::move(node), std::move(columns)};
}

}  // namespace emery::analyzer
