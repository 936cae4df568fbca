#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "functions/context.h"
#include "plan/command.h"
#include "plan/logical_plan.h"
#include "table/table.h"
#include "type/coercion.h"

namespace emery::analyzer {

/// Where a view was made: what its unqualified names start from.
struct NameOrigin {
  std::string catalog;
  std::vector<std::string> name_space;
};

/// What a relation's name asks for beside the table itself.
struct RelationRequest {
  std::vector<std::string> name;
  std::optional<std::string> version;   // VERSION AS OF
  std::optional<int64_t> timestamp_us;  // TIMESTAMP AS OF
  std::map<std::string, std::string> options;
  const NameOrigin* origin = nullptr;  // null: the session's current catalog and namespace
};

/// A stored or temporary view. Its query is `plan` (unresolved, or resolved where a DataFrame was
/// registered), or else `text`.
struct ViewQuery {
  std::string text;
  plan::PlanPtr plan;
  type::Schema
      schema;  // stored views: what the columns are called and cast to; empty: as the query gives
  std::optional<NameOrigin> origin;  // stored views
  std::map<std::string, std::string> config;
};

/// What a name leads to: exactly one of table and view is set.
struct FoundRelation {
  std::shared_ptr<const table::Table> table;
  std::optional<ViewQuery> view;
  std::vector<std::string>
      name;  // in full: {"spark_catalog", "default", "t"}; a temporary view: {"v"}
};

/// Names to relations, by the session's catalogs and temporary views. Called from one thread at a
/// time.
class RelationResolver {
 public:
  virtual ~RelationResolver() = default;
  /// Errors: TABLE_OR_VIEW_NOT_FOUND and the catalog's own.
  virtual Result<FoundRelation> FindRelation(const RelationRequest& request) = 0;
};

/// A session variable (DECLARE VARIABLE).
struct Variable {
  type::TypePtr type;
  type::Value value;
};

/// All that a statement's meaning depends on. Borrowed pointers outlive the analyzer.
struct AnalyzerContext {
  RelationResolver* relations = nullptr;
  std::shared_ptr<const functions::QueryContext> query;  // zone, ansi, config, time of the query
  std::map<std::string, Variable> variables;             // by lower-case name
  std::map<std::string, plan::ExpressionPtr>
      named_parameters;                        // :name, literals (or foldable expressions)
  plan::ExpressionList positional_parameters;  // ?
};

/// Unresolved plans to resolved ones: names bound to columns with ids, types and coercions put in,
/// functions found in the registry, views and common table expressions taken in. Does not optimise.
/// One statement's worth of state: make one per statement, use it on one thread.
///
/// What comes out holds no unresolved node and keeps the promises of plan/logical_plan.h. Errors
/// are Spark's, with positions: TABLE_OR_VIEW_NOT_FOUND, UNRESOLVED_COLUMN.*, AMBIGUOUS_REFERENCE,
/// DATATYPE_MISMATCH.*, MISSING_AGGREGATION …
class Analyzer {
 public:
  explicit Analyzer(AnalyzerContext context);
  ~Analyzer();

  /// A query, or a command: then queries in its inputs are resolved and the command itself stays as
  /// it was parsed. The top node's Output() has the names and types of the result.
  Result<plan::PlanPtr> Analyze(const plan::PlanPtr& plan);

  /// An expression over `columns` (names matched as columns of one relation, `qualifier` its name
  /// if any). Aggregates, windows and generators are refused.
  Result<plan::ExpressionPtr> AnalyzeExpression(const plan::ExpressionPtr& expression,
                                                const plan::Columns& columns,
                                                const std::vector<std::string>& qualifier = {});

  /// The rows of an INSERT, brought to the columns of `schema` in its order: by position, by the
  /// names of `insert.columns` or BY NAME, missing ones by their defaults or null, static partition
  /// values put in, each cast as store assignment
  /// (`spark.sql.storeAssignmentPolicy`) allows. Errors: INSERT_COLUMN_ARITY_MISMATCH.*,
  /// INCOMPATIBLE_DATA_FOR_TABLE.*.
  Result<plan::PlanPtr> AnalyzeInsert(const plan::Insert& insert, const type::Schema& schema,
                                      const std::vector<std::string>& table_name);

 private:
  AnalyzerContext context_;
};

}  // namespace emery::analyzer
