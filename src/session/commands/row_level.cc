// DELETE, UPDATE and MERGE: plans that find the rows, and what is written.
//
// Copy-on-write takes two passes: the first finds the files that hold rows to change, the second
// reads these whole and writes what becomes of their rows. Merge-on-read takes the second pass
// alone, over the rows that change.
#include "analyzer/row_level.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "functions/evaluator.h"
#include "functions/registry.h"
#include "session/commands/commands.h"
#include "session/row_change_job_internal.h"

namespace emery::session {

namespace {

using analyzer::RowLevelChange;
using analyzer::RowLevelClause;
using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::JoinType;
using plan::MergeActionKind;
using plan::MergeClauseKind;
using plan::PlanPtr;

constexpr const char* kFile = "_file";
constexpr const char* kPosition = "_pos";

bool HasSubquery(const ExpressionPtr& e) {
  return e != nullptr && plan::AnyOf(e, [](const plan::Expression& node) {
           return node.kind == plan::ExpressionKind::kSubquery;
         });
}

ExpressionPtr ToExpression(const plan::ColumnInfo& column) {
  return plan::MakeColumn(column.id, column.name, column.type, column.nullable);
}

PlanPtr MakeJoin(JoinType type, PlanPtr left, PlanPtr right, ExpressionPtr condition) {
  auto join = std::make_shared<plan::Join>();
  join->join_type = type;
  join->condition = std::move(condition);
  join->inputs = {std::move(left), std::move(right)};
  return join;
}

ExpressionPtr Both(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == nullptr || b == nullptr) {
    return a == nullptr ? b : a;
  }
  return plan::MakeAnd({a, b});
}

/// An upper bound of a plan's rows; -1 where none is known.
int64_t RowsAtMost(const PlanPtr& p) {
  switch (p->kind) {
    case plan::PlanKind::kValues:
      return static_cast<int64_t>(plan::As<plan::Values>(p)->rows.size());
    case plan::PlanKind::kAggregate:
      return plan::As<plan::GroupBy>(p)->groups.empty() ? 1 : -1;
    case plan::PlanKind::kLimit:
      return plan::As<plan::Limit>(p)->limit;
    case plan::PlanKind::kProject:
    case plan::PlanKind::kFilter:
    case plan::PlanKind::kSort:
    case plan::PlanKind::kDistinct:
    case plan::PlanKind::kWindow:
      return RowsAtMost(p->inputs[0]);
    default:
      return -1;
  }
}

/// One statement on its way.
class RowLevelRun {
 public:
  RowLevelRun(StatementPtr statement, FoundObject found, table::RowLevelRequest::Command command,
              RowLevelChange change)
      : statement_(std::move(statement)), found_(std::move(found)), change_(std::move(change)) {
    request_.command = command;
    request_.context = statement_->context();
  }

  Status Run();

 private:
  // -- what the clauses are
  bool Has(MergeClauseKind kind) const;
  /// One of the kind's conditions holds; null: always.
  ExpressionPtr AnyCondition(MergeClauseKind kind) const;
  bool OnlyDeletesMatched() const;

  Status TakeSingleSourceRow();
  /// Conjuncts over the target's fields only, as ordinals, that hold for all rows that change;
  /// true where they say all that the condition does.
  bool CollectFilter();

  // -- plans
  PlanPtr Target(const table::Table& table) const;
  /// The source with a column that is true.
  PlanPtr MarkedSource();
  ColumnId IdOf(const PlanPtr& scan, const std::string& name) const;
  Result<ExpressionPtr> CallOf(const char* name, ExpressionPtr argument) const;
  Status FindFiles();
  Result<PlanPtr> FilePlan(const PlanPtr& target);
  Result<PlanPtr> RowPlan(const PlanPtr& target, RowChangeShape* shape);
  Status WriteRows();

  StatementPtr statement_;
  FoundObject found_;
  RowLevelChange change_;
  table::RowLevelRequest request_;
  std::unique_ptr<table::RowLevelOperation> operation_;
  plan::ColumnInfo source_marker_;
  std::map<std::string, plan::ColumnInfo> metadata_;  // the target's metadata columns by name
};

bool RowLevelRun::Has(MergeClauseKind kind) const {
  return std::any_of(change_.clauses.begin(), change_.clauses.end(),
                     [&](const RowLevelClause& clause) { return clause.kind == kind; });
}

ExpressionPtr RowLevelRun::AnyCondition(MergeClauseKind kind) const {
  ExpressionList conditions;
  for (const RowLevelClause& clause : change_.clauses) {
    if (clause.kind == kind) {
      if (clause.condition == nullptr) {
        return nullptr;
      }
      conditions.push_back(clause.condition);
    }
  }
  return plan::MakeOr(std::move(conditions));
}

bool RowLevelRun::OnlyDeletesMatched() const {
  size_t matched = 0;
  bool plain = true;
  for (const RowLevelClause& clause : change_.clauses) {
    if (clause.kind == MergeClauseKind::kMatched) {
      ++matched;
      plain = plain && clause.action == MergeActionKind::kDelete && clause.condition == nullptr;
    }
  }
  return matched == 1 && plain;
}

/// A MERGE from one row whose clauses are about matched rows is an UPDATE or DELETE with that row's
/// values in it, which can prune and perhaps needs no look at rows.
Status RowLevelRun::TakeSingleSourceRow() {
  if (change_.source == nullptr || Has(MergeClauseKind::kNotMatched) ||
      Has(MergeClauseKind::kNotMatchedBySource)) {
    return Status::OK();
  }
  const int64_t bound = RowsAtMost(change_.source);
  if (bound != 1) {
    return Status::OK();
  }
  const plan::Columns columns = change_.source->Output();
  ARROW_ASSIGN_OR_RAISE(std::vector<columnar::Batch> batches, statement_->Collect(change_.source));
  std::map<ColumnId, ExpressionPtr> values;
  bool any = false;
  for (const columnar::Batch& batch : batches) {
    if (batch.num_rows == 0) {
      continue;
    }
    any = true;
    for (size_t i = 0; i < columns.size(); ++i) {
      values[columns[i].id] =
          plan::MakeLiteral(columns[i].type, columnar::ValueAt(*batch.columns[i], 0));
    }
  }
  const auto substitute = [&](const ExpressionPtr& e) -> ExpressionPtr {
    if (e == nullptr) {
      return e;
    }
    return functions::FoldConstants(
        plan::TransformUp(e,
                          [&](const ExpressionPtr& node) -> ExpressionPtr {
                            const auto* column = plan::As<plan::Column>(node);
                            if (column == nullptr) {
                              return node;
                            }
                            const auto value = values.find(column->id);
                            return value == values.end() ? node : value->second;
                          }),
        statement_->context());
  };
  for (const RowLevelClause& clause : change_.clauses) {
    // Subqueries' plans would have to be rewritten too.
    const bool complex = std::any_of(clause.values.begin(), clause.values.end(), HasSubquery);
    if (complex) {
      return Status::OK();
    }
  }
  change_.source = nullptr;
  if (!any) {
    change_.condition = plan::MakeBoolLiteral(false);
    return Status::OK();
  }
  change_.condition = substitute(change_.condition);
  for (RowLevelClause& clause : change_.clauses) {
    clause.condition = substitute(clause.condition);
    for (ExpressionPtr& value : clause.values) {
      value = substitute(value);
    }
  }
  return Status::OK();
}

bool RowLevelRun::CollectFilter() {
  if (Has(MergeClauseKind::kNotMatchedBySource)) {
    return false;
  }
  std::map<ColumnId, int> fields;
  for (size_t i = 0; i < change_.target->columns.size(); ++i) {
    if (change_.target->field_indexes[i] >= 0) {
      fields[change_.target->columns[i].id] = change_.target->field_indexes[i];
    }
  }
  bool whole = true;
  for (const ExpressionPtr& conjunct : plan::SplitConjuncts(change_.condition)) {
    bool usable = !HasSubquery(conjunct);
    std::vector<ColumnId> ids;
    plan::CollectColumns(conjunct, &ids);
    for (const ColumnId id : ids) {
      usable = usable && fields.count(id) > 0;
    }
    if (!usable) {
      whole = false;
      continue;
    }
    const ExpressionPtr bound =
        plan::TransformUp(conjunct, [&](const ExpressionPtr& node) -> ExpressionPtr {
          const auto* column = plan::As<plan::Column>(node);
          if (column == nullptr) {
            return node;
          }
          auto ordinal = std::make_shared<plan::Ordinal>();
          ordinal->index = fields.at(column->id);
          ordinal->name = column->name;
          ordinal->type = column->type;
          ordinal->nullable = column->nullable;
          return ordinal;
        });
    request_.filter.push_back(functions::FoldConstants(bound, statement_->context()));
  }
  // TRUE says nothing.
  std::erase_if(request_.filter, [](const ExpressionPtr& e) {
    const auto* literal = plan::As<plan::Literal>(e);
    return literal != nullptr && !literal->value.is_null() && literal->value.boolean();
  });
  return whole;
}

PlanPtr RowLevelRun::Target(const table::Table& /*table*/) const {
  auto scan = std::make_shared<plan::Scan>(*change_.target);
  scan->table = operation_->target();
  for (const auto& [name, column] : metadata_) {
    const bool known =
        std::any_of(scan->columns.begin(), scan->columns.end(),
                    [&, &id = column.id](const plan::ColumnInfo& one) { return one.id == id; });
    if (!known) {
      scan->columns.push_back(column);
      scan->field_indexes.push_back(-1);
    }
  }
  return scan;
}

PlanPtr RowLevelRun::MarkedSource() {
  ExpressionList expressions;
  std::set<ColumnId> seen;
  for (const plan::ColumnInfo& column : change_.source->Output()) {
    if (seen.insert(column.id).second) {
      expressions.push_back(ToExpression(column));
    }
  }
  source_marker_ = {plan::NextColumnId(), "__source", type::Boolean(), true};
  expressions.push_back(
      plan::MakeAlias(plan::MakeBoolLiteral(true), source_marker_.name, source_marker_.id));
  return plan::MakeProject(change_.source, std::move(expressions));
}

Result<ExpressionPtr> RowLevelRun::CallOf(const char* name, ExpressionPtr argument) const {
  return functions::MakeFunctionCall(name, {std::move(argument)}, plan::EvalMode::kAnsi,
                                     statement_->context().get());
}

/// The files that hold rows to change, or whose rows tell which source rows are new: a plan of
/// their names. Null: any file may.
Result<PlanPtr> RowLevelRun::FilePlan(const PlanPtr& target) {
  const auto names = [&](PlanPtr rows) {
    return plan::MakeProject(std::move(rows), {ToExpression(metadata_.at(kFile))});
  };
  if (change_.source == nullptr) {
    if (change_.condition == nullptr) {
      return PlanPtr();
    }
    return names(plan::MakeFilter(target, change_.condition));
  }
  const bool inserts = Has(MergeClauseKind::kNotMatched);
  const bool matches = Has(MergeClauseKind::kMatched);
  if (!Has(MergeClauseKind::kNotMatchedBySource)) {
    // Whatever the clauses' conditions say: a row with two matches is an error all the same.
    return names(MakeJoin(JoinType::kLeftSemi, target, change_.source, change_.condition));
  }
  const ExpressionPtr unmatched = AnyCondition(MergeClauseKind::kNotMatchedBySource);
  if (unmatched == nullptr) {
    return PlanPtr();
  }
  if (!inserts && !matches) {
    return names(MakeJoin(JoinType::kLeftAnti, plan::MakeFilter(target, unmatched), change_.source,
                          change_.condition));
  }
  PlanPtr joined = MakeJoin(JoinType::kLeft, target, MarkedSource(), change_.condition);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr present, CallOf("isnotnull", ToExpression(source_marker_)));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr absent, CallOf("isnull", ToExpression(source_marker_)));
  return names(
      plan::MakeFilter(std::move(joined), plan::MakeOr({present, Both(absent, unmatched)})));
}

Status RowLevelRun::FindFiles() {
  ARROW_ASSIGN_OR_RAISE(PlanPtr files, FilePlan(Target(*operation_->target())));
  if (files == nullptr) {
    return Status::OK();
  }
  auto job = std::make_shared<DistinctTextJob>();
  ARROW_RETURN_NOT_OK(statement_->RunInto(files, job).status());
  return operation_->RestrictToFiles(job->values());
}

/// The rows that the writers look at; what they read of them goes into `shape` but for expressions.
Result<PlanPtr> RowLevelRun::RowPlan(const PlanPtr& target, RowChangeShape* shape) {
  const bool copies = operation_->copy_on_write();
  if (change_.source == nullptr) {
    if (copies) {
      return target;  // the condition is each clause's
    }
    return change_.condition == nullptr ? target : plan::MakeFilter(target, change_.condition);
  }
  const bool matches = Has(MergeClauseKind::kMatched);
  const bool inserts = Has(MergeClauseKind::kNotMatched);
  const bool by_source = Has(MergeClauseKind::kNotMatchedBySource);
  if (!matches && !by_source) {
    shape->has_target = false;
    return MakeJoin(JoinType::kLeftAnti, change_.source, target, change_.condition);
  }
  if (OnlyDeletesMatched() && !inserts && !by_source) {
    if (copies) {
      change_.clauses.clear();  // what is left is copied
      return MakeJoin(JoinType::kLeftAnti, target, change_.source, change_.condition);
    }
    return MakeJoin(JoinType::kLeftSemi, target, change_.source, change_.condition);
  }
  if (!matches && !inserts) {
    source_marker_ = {plan::NextColumnId(), "__source", type::Boolean(), false};
    auto join = std::make_shared<plan::Join>();
    join->join_type = JoinType::kExistenceMark;
    join->condition = change_.condition;
    join->mark = source_marker_;
    join->inputs = {target, change_.source};
    shape->source_marker = 0;
    return PlanPtr(join);
  }
  if (!OnlyDeletesMatched()) {
    shape->matches = matches ? RowChangeShape::Matches::kOne : RowChangeShape::Matches::kCopyOnce;
  }
  const bool keeps_target = copies || by_source;
  shape->source_marker = keeps_target ? 0 : -1;
  shape->target_marker = inserts ? 0 : -1;
  const JoinType type = keeps_target ? (inserts ? JoinType::kFull : JoinType::kLeft)
                                     : (inserts ? JoinType::kRight : JoinType::kInner);
  return MakeJoin(type, target, MarkedSource(), change_.condition);
}

Status RowLevelRun::WriteRows() {
  auto shape = std::make_shared<RowChangeShape>();
  const bool copies = operation_->copy_on_write();
  const std::shared_ptr<const table::Table> target = operation_->target();
  const PlanPtr scan = Target(*target);
  ARROW_ASSIGN_OR_RAISE(PlanPtr rows, RowPlan(scan, shape.get()));
  if (copies && !shape->has_target) {
    // New rows only: no file is replaced. The scan above reads all of them nevertheless.
    ARROW_RETURN_NOT_OK(operation_->RestrictToFiles({}));
  }
  shape->writes_copies = copies;
  shape->writes_deletes = !copies;
  shape->schema = target->schema();

  // What the clauses read: subqueries are computed below, as columns.
  std::vector<RowLevelClause> clauses = change_.clauses;
  ExpressionList outputs;
  std::map<ColumnId, int> positions;
  const auto position_of = [&](const plan::ColumnInfo& column) {
    const auto [it, added] = positions.emplace(column.id, static_cast<int>(outputs.size()));
    if (added) {
      outputs.push_back(ToExpression(column));
    }
    return it->second;
  };
  const auto bind = [&](const ExpressionPtr& e) -> ExpressionPtr {
    if (e == nullptr) {
      return e;
    }
    return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      const auto* column = plan::As<plan::Column>(node);
      if (column == nullptr) {
        return node;
      }
      auto ordinal = std::make_shared<plan::Ordinal>();
      ordinal->index = position_of({column->id, column->name, column->type, column->nullable});
      ordinal->name = column->name;
      ordinal->type = column->type;
      ordinal->nullable = column->nullable;
      return ordinal;
    });
  };
  const auto lift = [&](const ExpressionPtr& e) -> ExpressionPtr {
    if (!HasSubquery(e)) {
      return e;
    }
    return plan::TransformDown(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      if (node->kind != plan::ExpressionKind::kSubquery) {
        return nullptr;
      }
      const plan::ColumnInfo column{plan::NextColumnId(), "__subquery", node->type, node->nullable};
      positions.emplace(column.id, static_cast<int>(outputs.size()));
      outputs.push_back(plan::MakeAlias(node, column.name, column.id));
      return ToExpression(column);
    });
  };
  const bool all_match = change_.source == nullptr && copies && change_.condition != nullptr;
  for (RowLevelClause& clause : clauses) {
    RowChangeShape::Clause made;
    made.kind = clause.kind;
    made.action = clause.action;
    const ExpressionPtr condition =
        all_match ? Both(change_.condition, clause.condition) : clause.condition;
    made.condition = bind(lift(condition));
    for (const ExpressionPtr& value : clause.values) {
      made.values.push_back(bind(lift(value)));
    }
    shape->clauses.push_back(std::move(made));
  }
  if (shape->source_marker == 0) {
    shape->source_marker = position_of(source_marker_);
  }
  if (shape->target_marker == 0) {
    plan::ColumnInfo marker = metadata_.at(kFile);
    marker.nullable = true;
    shape->target_marker = position_of(marker);
  }
  if (shape->has_target) {
    for (size_t i = 0; copies && i < change_.target->columns.size(); ++i) {
      if (change_.target->field_indexes[i] >= 0) {
        shape->fields.push_back(position_of(change_.target->columns[i]));
      }
    }
    for (const std::string& name : operation_->row_id_columns()) {
      shape->row_ids.push_back(position_of(metadata_.at(name)));
    }
    for (const std::string& name : operation_->carried_columns()) {
      shape->carried.push_back(position_of(metadata_.at(name)));
    }
    if (shape->matches != RowChangeShape::Matches::kAny) {
      shape->file = position_of(metadata_.at(kFile));
      shape->position = position_of(metadata_.at(kPosition));
    }
  }
  for (const std::string& name : operation_->row_id_columns()) {
    shape->row_id_fields.push_back({name, metadata_.at(name).type, true});
  }
  for (const std::string& name : operation_->carried_columns()) {
    shape->carried_fields.push_back({name, metadata_.at(name).type, true});
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::WriteJob> job, operation_->PlanWrite());
  auto writer = std::make_shared<RowChangeJob>(
      shape, std::shared_ptr<table::WriteJob>(std::move(job)), statement_->context());
  return statement_->Write(plan::MakeProject(rows, std::move(outputs)), std::move(writer)).status();
}

Status RowLevelRun::Run() {
  ARROW_RETURN_NOT_OK(TakeSingleSourceRow());
  const bool whole = CollectFilter();
  const bool plain_delete = change_.source == nullptr && change_.clauses.size() == 1 &&
                            change_.clauses[0].action == MergeActionKind::kDelete &&
                            change_.clauses[0].condition == nullptr;
  if (whole && plain_delete) {
    ARROW_ASSIGN_OR_RAISE(const bool done, found_.table->DeleteByMetadata(request_));
    if (done) {
      return Status::OK();
    }
  }
  ARROW_ASSIGN_OR_RAISE(operation_, found_.table->PlanRowLevel(request_));
  for (size_t i = 0; i < change_.target->columns.size(); ++i) {
    if (change_.target->field_indexes[i] < 0) {
      metadata_[change_.target->columns[i].name] = change_.target->columns[i];
    }
  }
  for (const type::Field& field : operation_->target()->metadata_columns()) {
    metadata_.try_emplace(
        field.name, plan::ColumnInfo{plan::NextColumnId(), field.name, field.type, field.nullable});
  }
  if (operation_->copy_on_write()) {
    const bool only_inserts =
        !Has(MergeClauseKind::kMatched) && !Has(MergeClauseKind::kNotMatchedBySource);
    if (!only_inserts) {
      ARROW_RETURN_NOT_OK(FindFiles());
    }
  }
  return WriteRows();
}

}  // namespace

CommandResult ChangeRows(const StatementPtr& statement, const plan::Command& command) {
  table::RowLevelRequest::Command kind = table::RowLevelRequest::Command::kDelete;
  const char* words = "DELETE";
  const plan::NameReference* name = nullptr;
  if (command.command == plan::CommandKind::kDelete) {
    name = &static_cast<const plan::Delete&>(command).table;
  } else if (command.command == plan::CommandKind::kUpdate) {
    name = &static_cast<const plan::Update&>(command).table;
    kind = table::RowLevelRequest::Command::kUpdate;
    words = "UPDATE TABLE";
  } else {
    name = &static_cast<const plan::Merge&>(command).table;
    kind = table::RowLevelRequest::Command::kMerge;
    words = "MERGE INTO TABLE";
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, *name, words));
  // Row-level changes are the table format's business: one that can't says so as in Spark.
  table::RowLevelRequest probe;
  probe.command = kind;
  probe.context = statement->context();
  const Status possible = found.table->PlanRowLevel(probe).status();
  const base::ErrorDetail* detail = base::GetErrorDetail(possible);
  if (detail != nullptr && detail->condition() == "UNSUPPORTED_FEATURE" &&
      found.table->provider() != "iceberg") {
    return catalog::UnsupportedTableOperation(found.full_name(), words);
  }
  ARROW_RETURN_NOT_OK(possible);
  ARROW_ASSIGN_OR_RAISE(RowLevelChange change,
                        statement->AnalyzeRowLevel(command, found.table, found.full_name()));
  RowLevelRun run(statement, found, kind, std::move(change));
  ARROW_RETURN_NOT_OK(run.Run());
  TableChanged(statement, found);
  return NoRows(statement);
}

}  // namespace emery::session
