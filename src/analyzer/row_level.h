#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/analyzer.h"
#include "plan/command.h"
#include "plan/logical_plan.h"

namespace emery::analyzer {

/// What happens to a row for which `condition` is the first of its kind to hold.
struct RowLevelClause {
  plan::MergeClauseKind kind = plan::MergeClauseKind::kMatched;
  plan::MergeActionKind action = plan::MergeActionKind::kDelete;  // kUpdate, kDelete or kInsert
  plan::ExpressionPtr condition;                                  // null: always
  /// What is written, one per field of the target's schema and of its type; none for kDelete.
  plan::ExpressionList values;
};

/// DELETE, UPDATE or MERGE, resolved. Without a source every row that `condition` holds for is
/// "matched".
struct RowLevelChange {
  /// The fields of the target's schema, then its metadata columns.
  std::shared_ptr<const plan::Scan> target;
  plan::PlanPtr source;           // null for DELETE and UPDATE
  plan::ExpressionPtr condition;  // WHERE or ON; null: true
  std::vector<RowLevelClause> clauses;
};

/// Resolves a plan::Delete, Update or Merge of `table`, called `name` in full. Stars are spelled
/// out, values put in the order of the table's fields (fields that nothing is assigned to keep
/// their value, or get their default where the row is new), cast as store assignment allows, and
/// checked for nulls and lengths. Errors: as for queries; DATATYPE_MISMATCH.
/// INVALID_ROW_LEVEL_OPERATION_ASSIGNMENTS, INCOMPATIBLE_DATA_FOR_TABLE.*,
/// UNSUPPORTED_MERGE_CONDITION.*, INVALID_NON_DETERMINISTIC_EXPRESSIONS.
Result<RowLevelChange> AnalyzeRowLevel(const AnalyzerContext& context, const plan::Command& command,
                                       const std::shared_ptr<const table::Table>& table,
                                       const std::vector<std::string>& name);

}  // namespace emery::analyzer
