#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/analyzer.h"
#include "functions/registry.h"
#include "plan/expression.h"
#include "plan/logical_plan.h"
#include "type/coercion.h"

namespace emery::analyzer {

using plan::ColumnId;
using plan::ExpressionList;
using plan::ExpressionPtr;
using plan::PlanPtr;
using type::TypePtr;

using Name = std::vector<std::string>;

/// A column that names can find. Hidden ones (the other side of USING, metadata) are found by name
/// only, never by a star.
struct ScopeColumn {
  ColumnId id;
  std::string name;
  TypePtr type;
  bool nullable = true;
  Name qualifier;  // {"spark_catalog", "default", "t"}, {"alias"} or none
  bool hidden = false;
  bool metadata = false;  // hidden, and no part of t.* either
  ColumnId source{};  // the column that this repeats (SELECT a, a): no ambiguity between the two
};

using ScopeColumns = std::vector<ScopeColumn>;

/// A resolved plan and what its columns are called.
struct Relation {
  PlanPtr plan;
  ScopeColumns columns;
};

/// Names that expressions may use. `aliases` are the select list's: before the columns in HAVING
/// and ORDER BY, behind them (lateral aliases) in the select list itself.
struct Scope {
  ScopeColumns columns;
  ScopeColumns aliases;
  bool aliases_first = false;
  const Scope* outer = nullptr;
};

/// A common table expression: its plan once, for all the places that read it.
struct Cte {
  Relation relation;
  int64_t shared_id = 0;
  bool correlated = false;  // reads outer columns: each place gets its own copy
  bool recursive = false;   // the step that is being analysed: places are RecursiveReferences
};

struct CteScope {
  std::map<std::string, std::shared_ptr<Cte>> entries;  // by lower-case name
  const CteScope* parent = nullptr;
};

/// What surrounds a query. Copied where it changes.
struct Environment {
  const CteScope* ctes = nullptr;
  const Scope* outer = nullptr;
  const NameOrigin* origin = nullptr;  // inside a stored view
  int view_depth = 0;
  const std::map<std::string, std::string>* hints =
      nullptr;  // join hints in force: lower-case relation → hint
};

using NamedWindows = std::map<std::string, plan::WindowSpec>;

class QueryAnalyzer;

/// The windows of time of a query block (time_windows.cc): Prepare adds their columns to the
/// block's input, Find gives the column for a call.
class TimeWindows {
 public:
  TimeWindows(QueryAnalyzer* analyzer, const Environment& environment)
      : analyzer_(*analyzer), environment_(environment) {}

  static bool IsCall(const plan::Expression& e);

  /// Looks for calls in `written` (not bound) and adds what they need to `plan`. `columns`: names
  /// of its columns, kept up to date; where `named`, the window is one of them, under its own name.
  Status Prepare(const ExpressionList& written, PlanPtr* plan, ScopeColumns* columns, bool named);
  /// The column for `call`, or null.
  Result<ExpressionPtr> Find(const plan::UnresolvedFunction& call) const;
  /// The column of session_window, over rows grouped by `groups` (null: not grouped).
  Result<PlanPtr> FinishSessions(PlanPtr plan, const ExpressionList* groups) const;

 private:
  struct Entry {
    ExpressionPtr written;
    ExpressionPtr column;
  };

  Result<ExpressionPtr> Function(const char* name, ExpressionList arguments) const;
  Result<ExpressionPtr> Field(const ExpressionPtr& window, const char* name) const;
  /// The last microsecond of a window.
  Result<ExpressionPtr> LastMoment(const ExpressionPtr& window) const;
  Result<ExpressionPtr> Resolve(const ExpressionPtr& e, const ScopeColumns& columns) const;
  Result<ExpressionPtr> Time(const plan::UnresolvedFunction& call,
                             const ScopeColumns& columns) const;
  Status AddColumn(const ExpressionPtr& written, const ExpressionPtr& value, const char* name,
                   PlanPtr* plan);
  Status AddWindowTime(const plan::UnresolvedFunction& call, const ScopeColumns& columns,
                       PlanPtr* plan);
  Status AddWindow(const plan::UnresolvedFunction& call, ScopeColumns* columns, PlanPtr* plan);
  Status AddSession(const plan::UnresolvedFunction& call, const ScopeColumns& columns,
                    PlanPtr* plan);
  /// A second window: fine if it is the first one again.
  Status SeveralWindows(const plan::UnresolvedFunction& call, const ExpressionList& spec);
  Status WrongCount(const plan::UnresolvedFunction& call, const char* expected) const;

  QueryAnalyzer& analyzer_;
  const Environment& environment_;
  std::vector<Entry> entries_;
  ExpressionPtr window_;       // the column of the one window or session
  ExpressionPtr row_session_;  // of a single row
  ExpressionList spec_;        // what window_ is made of
};

/// What an expression may hold where it stands.
struct ExpressionContext {
  const Environment* environment = nullptr;
  const Scope* scope = nullptr;
  const NamedWindows* windows = nullptr;
  bool allow_aggregates = false;
  bool allow_windows = false;
  bool allow_generators = false;
  bool in_aggregate = false;
  const char* place = "";  // for messages: "WHERE"
  /// Columns that stand for something else: select-list aliases, by their placeholder ids.
  const std::map<ColumnId, ExpressionPtr>* substitutes = nullptr;

  const TimeWindows* time_windows = nullptr;

  /// Parameters of the lambdas around, innermost last; `ids` are empty while only names are bound.
  struct LambdaScope {
    std::vector<std::string> names;
    ExpressionList variables;
  };

  std::vector<LambdaScope> lambdas;
};

/// One item of a select list on its way.
struct SelectItem {
  ExpressionPtr expression;  // typed, without the alias
  std::string name;
  ColumnId id;      // of the output column
  ColumnId source;  // of a bare column: where it comes from
  bool aliased = false;
  std::vector<std::string> names;  // of a generator's columns
  Name qualifier;                  // of a bare column, so that ORDER BY t.a finds it
};

/// One statement's analysis. Methods are grouped by file.
class QueryAnalyzer {
 public:
  explicit QueryAnalyzer(const AnalyzerContext& context);

  // ---- analyzer.cc
  bool ansi() const { return context_.query->ansi; }

  plan::EvalMode mode() const { return ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy; }

  bool case_sensitive() const { return case_sensitive_; }

  bool SameName(std::string_view a, std::string_view b) const;
  std::string Key(std::string_view name) const;  // for maps: lower case unless case-sensitive
  bool Setting(std::string_view key, bool fallback) const;
  /// Names and visible columns of the relation as the plan's own output.
  PlanPtr AsOutput(const Relation& relation);
  /// Shared subplans with one reader go in line.
  PlanPtr InlineShared(const PlanPtr& plan);

  // ---- relations.cc
  Result<Relation> AnalyzeRelation(const PlanPtr& plan, const Environment& env);
  Result<Relation> AnalyzeNamed(const plan::UnresolvedRelation& relation, const Environment& env);
  Result<Relation> AnalyzeView(const ViewQuery& view, const Name& name, const Environment& env);
  Result<Relation> AnalyzeAlias(const plan::UnresolvedSubqueryAlias& alias, const Environment& env);
  Result<Relation> AnalyzeInlineTable(const plan::UnresolvedInlineTable& table,
                                      const Environment& env);
  Status CheckInlineValue(const ExpressionPtr& e) const;
  Result<Relation> AnalyzeSample(const plan::UnresolvedSample& sample, const Environment& env);
  Result<Relation> AnalyzeHint(const plan::UnresolvedHint& hint, const Environment& env,
                               const plan::UnresolvedOrdering* ordering);
  Relation OneRow() const;
  /// Renames, keeping hidden columns out.
  Result<Relation> Rename(Relation relation, const std::string& alias,
                          const std::vector<std::string>& columns, base::Position position);

  // ---- table_functions.cc
  Result<Relation> AnalyzeTableFunction(const plan::UnresolvedTableFunction& function,
                                        const Environment& env);
  Result<Relation> AnalyzeLateralView(const plan::UnresolvedLateralView& view,
                                      const Environment& env);
  /// Adds the columns of a generator call to `input`.
  Result<Relation> MakeGenerate(Relation input, const ExpressionPtr& generator, bool outer,
                                const std::string& alias, const std::vector<std::string>& names,
                                base::Position position);

  // ---- joins.cc
  Result<Relation> AnalyzeJoin(const plan::UnresolvedJoin& join, const Environment& env);

  // ---- set_operations.cc
  Result<Relation> AnalyzeSetOperation(const plan::UnresolvedSetOperation& operation,
                                       const Environment& env);
  /// `relation`'s visible columns cast to `types`, as new columns where something changes.
  Relation CastColumns(Relation relation, const std::vector<TypePtr>& types);

  // ---- ctes.cc
  Result<Relation> AnalyzeWith(const plan::UnresolvedWith& with, const Environment& env);
  Result<Relation> AnalyzeRecursiveCte(const plan::CommonTableExpression& cte,
                                       const CteScope& scope, const Environment& env);
  Relation ReadCte(const Cte& cte);

  // ---- pivot.cc
  Result<Relation> AnalyzePivot(const plan::UnresolvedPivot& pivot, const Environment& env);
  Result<Relation> AnalyzeUnpivot(const plan::UnresolvedUnpivot& unpivot, const Environment& env);

  // ---- select.cc, ordering.cc
  Result<Relation> AnalyzeSelect(const plan::UnresolvedSelect& select,
                                 const plan::UnresolvedOrdering* ordering, const Environment& env);
  Result<Relation> AnalyzeOrdering(const plan::UnresolvedOrdering& ordering,
                                   const Environment& env);
  /// LIMIT and OFFSET over `plan`.
  Result<PlanPtr> AddLimit(PlanPtr plan, const plan::UnresolvedOrdering& ordering,
                           const Environment& env);
  Result<std::optional<int64_t>> LimitValue(const ExpressionPtr& e, const char* clause,
                                            const Environment& env);

  // ---- star.cc
  /// The columns that a star stands for, with their qualifiers.
  Result<ScopeColumns> StarColumns(const plan::UnresolvedStar& star, const Scope& scope);
  Result<std::vector<std::pair<ExpressionPtr, std::string>>> ExpandStar(
      const plan::UnresolvedStar& star, const ExpressionContext& context);

  // ---- scope.cc
  /// The expression that `parts` names among `columns`: a column and perhaps fields of it; null
  /// where there is none.
  Result<ExpressionPtr> FindName(const Name& parts, const ScopeColumns& columns,
                                 base::Position position);
  Result<ExpressionPtr> ResolveName(const plan::UnresolvedColumn& column,
                                    const ExpressionContext& context);
  Status UnresolvedColumnError(const Name& parts, const Scope* scope,
                               base::Position position) const;
  bool QualifierEndsWith(const Name& qualifier, const std::string* begin, size_t count) const;
  Result<ExpressionPtr> MakeFieldAccess(ExpressionPtr base, const std::string& field,
                                        base::Position position);

  // ---- binding.cc: names of an expression; calls stay unresolved
  Result<ExpressionPtr> Bind(const ExpressionPtr& e, const ExpressionContext& context);
  Result<plan::WindowSpec> BindWindowSpec(const plan::WindowSpec& spec,
                                          const ExpressionContext& context,
                                          base::Position position);
  /// `f` with its named arguments in the places of its signature (named_arguments.cc).
  Result<ExpressionPtr> ArrangeArguments(const plan::UnresolvedFunction& f) const;
  Result<ExpressionPtr> BindLiteral(const plan::UnresolvedLiteral& literal);
  Result<std::string> IdentifierText(const ExpressionPtr& e, const Environment& env);
  /// The name of a select item without an alias. `written` is the item as parsed.
  std::string NameOf(const ExpressionPtr& written, const ExpressionPtr& bound) const;

  // ---- typing.cc: types of a bound expression
  Result<ExpressionPtr> Type(const ExpressionPtr& e, const ExpressionContext& context);
  Result<ExpressionPtr> TypeNode(const ExpressionPtr& e, const ExpressionContext& context);
  /// Bind, then Type.
  Result<ExpressionPtr> Resolve(const ExpressionPtr& e, const ExpressionContext& context);
  /// A condition: `e` typed and boolean.
  Result<ExpressionPtr> ResolveCondition(const ExpressionPtr& e, const ExpressionContext& context,
                                         const char* clause);
  Result<ExpressionPtr> ResolveHaving(const ExpressionPtr& e, const ExpressionContext& context);
  ExpressionPtr CastTo(ExpressionPtr e, const TypePtr& type) const;
  Result<ExpressionPtr> CastForBoolean(ExpressionPtr e, const ExpressionPtr& whole);
  Result<type::Value> Constant(const ExpressionPtr& e) const;

  // ---- calls.cc
  Result<ExpressionPtr> TypeFunction(const plan::UnresolvedFunction& f, const ExpressionPtr& e,
                                     const ExpressionContext& context);
  Result<ExpressionPtr> TypeAggregate(const functions::AggregateFunction& function,
                                      const plan::UnresolvedFunction& f,
                                      const ExpressionContext& context);
  Result<ExpressionPtr> TypeWindow(const plan::UnresolvedWindow& w,
                                   const ExpressionContext& context);
  Result<bool> StartsBehindEnd(const plan::WindowFrame& frame) const;
  Result<ExpressionPtr> TypeHigherOrder(const functions::ScalarFunction& function,
                                        const plan::UnresolvedFunction& f,
                                        const ExpressionContext& context);
  Result<ExpressionPtr> TypeGenerator(const functions::GeneratorFunction& function,
                                      const plan::UnresolvedFunction& f, ExpressionList arguments);
  functions::BindInput MakeBindInput(std::string_view name, const ExpressionList& arguments) const;
  /// A char column and a literal that are compared: the shorter one gets blanks.
  void PadCharComparison(std::string_view name, ExpressionList* arguments) const;
  void CopyCharLength(ColumnId from, ColumnId to);
  /// Constants become literals, so that binding can read them.
  void FoldArguments(ExpressionList* arguments) const;
  Status UnresolvedRoutine(const Name& name, base::Position position) const;

  // ---- subqueries.cc
  Result<ExpressionPtr> BindSubquery(const plan::UnresolvedSubquery& subquery,
                                     const ExpressionContext& context);
  Result<ExpressionPtr> TypeInSubquery(const plan::Subquery& subquery, ExpressionList children);

  const AnalyzerContext& context() const { return context_; }

  const functions::Registry& registry() const { return functions::Registry::Instance(); }

 private:
  const AnalyzerContext& context_;
  bool case_sensitive_ = false;
  std::map<ColumnId, int> char_lengths_;  // of columns that come from char(n)
};

// ---- small things that several files share

ScopeColumn ToScopeColumn(const plan::ColumnInfo& column, Name qualifier = {});
ScopeColumns ToScope(const plan::Columns& columns, const Name& qualifier = {});
ExpressionPtr ToColumn(const ScopeColumn& column);
ScopeColumns Visible(const ScopeColumns& columns);
std::string Lower(std::string_view text);
/// "\"a + b\"", as messages quote expressions.
std::string ExpressionText(const ExpressionPtr& e);
std::string TypeText(const TypePtr& type);
/// The first of `types` where they differ in the names of members only; else null.
TypePtr StructuralType(const std::vector<TypePtr>& types);
bool HasAggregate(const ExpressionPtr& e);
bool HasWindow(const ExpressionPtr& e);
bool HasGenerator(const ExpressionPtr& e);
PlanPtr MakeLimit(PlanPtr input, int64_t limit, int64_t offset);

// ---- correlation.cc: what Spark allows of subqueries that read an enclosing query

/// The columns, with their names, that `plan` reads and does not produce.
std::map<ColumnId, std::string> OuterColumnsOf(const PlanPtr& plan);
bool HasSubquery(const ExpressionPtr& e);
/// UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE for `e`.
Status OuterReferenceError(const ExpressionPtr& e);
/// Whether outer columns stand in `plan`, a subquery's, only where Spark can take them out.
Status CheckCorrelation(const PlanPtr& plan, base::Position position);
/// Subqueries of `e`, an expression of Sort or Generate: only scalar ones that are not correlated.
Status CheckPlainSubqueries(const ExpressionPtr& e);
/// Subqueries of a join's condition.
Status CheckJoinSubqueries(const ExpressionPtr& e, const plan::Columns& left,
                           const plan::Columns& right);
bool IsDeterministicPlan(const PlanPtr& plan);
Status SubqueryInLambdaError(base::Position position);

/// The aggregation of a select block (aggregates.cc): grouping, then everything above rewritten to
/// its columns.
class Aggregation {
 public:
  Aggregation(QueryAnalyzer* analyzer, ExpressionList groups)
      : analyzer_(analyzer), groups_(std::move(groups)) {}

  /// What the aggregation reads, and where its block stands, for errors.
  void SetInput(const plan::Columns& columns, base::Position position);

  /// While the select list itself is rewritten: correlated scalar subqueries must be grouped by.
  void SetInSelect(bool in_select) { in_select_ = in_select; }

  /// With GROUPING SETS; indexes into the groups.
  void SetGroupingSets(std::vector<std::vector<int>> sets) { sets_ = std::move(sets); }

  /// `e` over the aggregation's output: groups and aggregates replaced by columns. `known`: ids
  /// that may stay (columns of the select list). Errors: MISSING_AGGREGATION, GROUPING_*.
  Result<ExpressionPtr> Rewrite(const ExpressionPtr& e, const std::set<ColumnId>& known);
  /// After the last Rewrite: the plan over `input`.
  Result<PlanPtr> Build(PlanPtr input);

 private:
  struct GroupColumn {
    ExpressionPtr expression;  // over the input
    ExpressionPtr column;      // of the output
  };

  Status Prepare();
  Result<ExpressionPtr> RewriteNode(const ExpressionPtr& e, const std::set<ColumnId>& known,
                                    const ExpressionPtr& whole);
  Result<ExpressionPtr> RewriteGrouping(const plan::Call& call);
  Status CheckSubquery(const plan::Subquery& subquery, const std::set<ColumnId>& known);
  ExpressionPtr GroupingId();

  QueryAnalyzer* analyzer_;
  ExpressionList groups_;
  std::optional<std::vector<std::vector<int>>> sets_;
  bool prepared_ = false;
  bool in_select_ = false;
  base::Position position_;
  std::set<ColumnId> input_columns_;
  std::vector<GroupColumn> columns_;
  ColumnId grouping_id_;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> aggregates_;  // call, output column
};

/// Takes the window calls out of expressions (windows.cc): Rewrite each, then Build the plan that
/// computes them.
class WindowExtraction {
 public:
  ExpressionPtr Rewrite(const ExpressionPtr& e);
  PlanPtr Build(PlanPtr input);

  bool empty() const { return calls_.empty(); }

 private:
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> calls_;  // call, output column
};

}  // namespace emery::analyzer
