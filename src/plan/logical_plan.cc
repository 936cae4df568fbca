#include "plan/logical_plan.h"

#include <utility>

namespace emery::plan {

namespace {

/// The columns that named expressions (Column or Alias) give.
void AppendOutput(const ExpressionList& expressions, Columns* columns) {
  for (const ExpressionPtr& e : expressions) {
    if (const auto* alias = As<Alias>(e)) {
      columns->push_back({alias->id, alias->name, alias->type, alias->nullable});
    } else if (const auto* column = As<Column>(e)) {
      columns->push_back({column->id, column->name, column->type, column->nullable});
    }
  }
}

void MakeNullable(Columns* columns, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    (*columns)[i].nullable = true;
  }
}

}  // namespace

Columns Project::Output() const {
  Columns columns;
  columns.reserve(expressions.size());
  AppendOutput(expressions, &columns);
  return columns;
}

Columns Join::Output() const {
  Columns columns = inputs[0]->Output();
  switch (join_type) {
    case JoinType::kLeftSemi:
    case JoinType::kLeftAnti:
    case JoinType::kNullAwareAnti:
      return columns;
    case JoinType::kMark:
    case JoinType::kExistenceMark:
      if (mark) {
        columns.push_back(*mark);
      }
      return columns;
    case JoinType::kInner:
    case JoinType::kLeft:
    case JoinType::kRight:
    case JoinType::kFull:
    case JoinType::kSingle:
      break;
  }
  const size_t num_left = columns.size();
  for (ColumnInfo& column : inputs[1]->Output()) {
    columns.push_back(std::move(column));
  }
  if (join_type == JoinType::kRight || join_type == JoinType::kFull) {
    MakeNullable(&columns, 0, num_left);
  }
  if (join_type == JoinType::kLeft || join_type == JoinType::kFull ||
      join_type == JoinType::kSingle) {
    MakeNullable(&columns, num_left, columns.size());
  }
  return columns;
}

Columns GroupBy::Output() const {
  Columns columns;
  columns.reserve(groups.size() + aggregates.size());
  AppendOutput(groups, &columns);
  AppendOutput(aggregates, &columns);
  return columns;
}

Columns WindowPlan::Output() const {
  Columns columns = inputs[0]->Output();
  AppendOutput(windows, &columns);
  return columns;
}

Columns Generate::Output() const {
  Columns result = inputs[0]->Output();
  for (const ColumnInfo& column : columns) {
    result.push_back(column);
    result.back().nullable = column.nullable || outer;
  }
  return result;
}

PlanPtr MakeProject(PlanPtr input, ExpressionList expressions) {
  auto project = std::make_shared<Project>();
  project->position = input->position;
  project->inputs.push_back(std::move(input));
  project->expressions = std::move(expressions);
  return project;
}

PlanPtr MakeFilter(PlanPtr input, ExpressionPtr condition) {
  auto filter = std::make_shared<Filter>();
  filter->position = input->position;
  filter->inputs.push_back(std::move(input));
  filter->condition = std::move(condition);
  return filter;
}

}  // namespace emery::plan
