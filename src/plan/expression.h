#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/strong_id.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::type {
class TimeZone;
}

namespace emery::plan {

/// Identity of a column of a plan, unique within a session. A plan that is used twice gets new ids
/// in the second copy, so an id always leads to one producer.
using ColumnId = base::StrongId<struct ColumnTag>;
ColumnId NextColumnId();

enum class ExpressionKind : uint8_t {
  // Resolved. `type` is set.
  kLiteral,
  kColumn,       // a column of the input, by id
  kOuterColumn,  // a column of an enclosing query, inside a correlated subquery
  kOrdinal,      // a column of the input batch, by position: physical plans only
  kLambdaVariable,
  kLambda,
  kCall,  // a scalar function or operator, by registry name
  kCast,
  kAnd,
  kOr,
  kCase,
  kCoalesce,
  kIn,
  kAlias,
  kAggregate,
  kWindow,
  kGenerator,
  kSubquery,
  // Unresolved: parser and Connect translation only.
  kUnresolvedColumn,
  kUnresolvedStar,
  kUnresolvedFunction,
  kUnresolvedExtract,
  kUnresolvedSubquery,
  kUnresolvedAlias,
  kUnresolvedWindow,
  kUnresolvedLiteral,
  kParameter,
  kIdentifierClause,
  kNamedArgument,
  kDefault,
};

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
using ExpressionList = std::vector<ExpressionPtr>;
struct LogicalPlan;
using PlanPtr = std::shared_ptr<const LogicalPlan>;

/// What a failing operation does: raise an error (ANSI), wrap or give null as before ANSI, or give
/// null (TRY).
enum class EvalMode : uint8_t { kAnsi, kLegacy, kTry };

/// An immutable, typed expression tree. Rewrites make new nodes and share children.
struct Expression {
  explicit Expression(ExpressionKind k) : kind(k) {}

  virtual ~Expression() = default;
  Expression(const Expression&) = default;
  Expression& operator=(const Expression&) = delete;

  virtual std::shared_ptr<Expression> Copy() const = 0;

  const ExpressionKind kind;
  type::TypePtr type;  // null before resolution
  bool nullable = true;
  ExpressionList children;
  base::Position position;  // of the whole expression in the statement's text
};

template <class Derived, ExpressionKind Kind>
struct ExpressionNode : Expression {
  static constexpr ExpressionKind kKind = Kind;

  ExpressionNode() : Expression(Kind) {}

  std::shared_ptr<Expression> Copy() const override {
    return std::make_shared<Derived>(static_cast<const Derived&>(*this));
  }
};

/// `e` as a T, or null if it is another kind.
template <class T>
const T* As(const Expression* e) {
  return e != nullptr && e->kind == T::kKind ? static_cast<const T*>(e) : nullptr;
}

template <class T>
const T* As(const ExpressionPtr& e) {
  return As<T>(e.get());
}

// ---- resolved
// -------------------------------------------------------------------------------------------

struct Literal final : ExpressionNode<Literal, ExpressionKind::kLiteral> {
  type::Value value;
};

struct Column final : ExpressionNode<Column, ExpressionKind::kColumn> {
  ColumnId id;
  std::string name;  // for people
};

struct OuterColumn final : ExpressionNode<OuterColumn, ExpressionKind::kOuterColumn> {
  ColumnId id;
  std::string name;
};

struct Ordinal final : ExpressionNode<Ordinal, ExpressionKind::kOrdinal> {
  int index = 0;     // 0-based
  std::string name;  // for people
};

/// A parameter of a lambda; bound by id, since lambdas nest.
struct LambdaVariable final : ExpressionNode<LambdaVariable, ExpressionKind::kLambdaVariable> {
  ColumnId id;
  std::string name;
};

/// children[0] is the body. Before resolution the parameters have names only.
struct Lambda final : ExpressionNode<Lambda, ExpressionKind::kLambda> {
  std::vector<std::string> parameter_names;
  std::vector<ColumnId> parameter_ids;
  std::vector<type::TypePtr> parameter_types;
};

/// A call of a scalar function from the registry: children are its arguments, already of the types
/// that the function asked for. Operators are functions too: "+", "-", "*", "/", "div", "%", "=",
/// "<=>", "<",
/// "<=", ">", ">=", "!=", "not", "isnull", "isnotnull", "negative", "||" is "concat", "like" …
struct Call final : ExpressionNode<Call, ExpressionKind::kCall> {
  std::string name;  // lower case, canonical
  EvalMode mode = EvalMode::kAnsi;
};

/// children[0] to `type`.
struct Cast final : ExpressionNode<Cast, ExpressionKind::kCast> {
  EvalMode mode = EvalMode::kAnsi;
  bool implicit = false;  // added by coercion: not shown in column names
};

/// Two or more children; three-valued; the left ones are evaluated first and guard the right ones.
struct And final : ExpressionNode<And, ExpressionKind::kAnd> {};

struct Or final : ExpressionNode<Or, ExpressionKind::kOr> {};

/// children: when1, then1, when2, then2, …[, else]. An odd number of children means there is an
/// else. A branch is evaluated only for the rows that reach it. `if` is one branch and an else.
struct Case final : ExpressionNode<Case, ExpressionKind::kCase> {
  bool has_else() const { return children.size() % 2 == 1; }
};

/// Later children are evaluated only for rows where the earlier ones are null.
struct Coalesce final : ExpressionNode<Coalesce, ExpressionKind::kCoalesce> {};

/// children[0] IN (children[1], …), all of one type; negation is Call("not").
struct In final : ExpressionNode<In, ExpressionKind::kIn> {};

struct Alias final : ExpressionNode<Alias, ExpressionKind::kAlias> {
  std::string name;
  ColumnId id;
};

struct SortOrder {
  ExpressionPtr expression;
  bool ascending = true;
  bool nulls_first = true;  // Spark: ascending puts nulls first, descending last, unless told
};

/// An aggregate call. children: arguments. Also the function of a Window when an aggregate runs
/// over a frame.
struct Aggregate final : ExpressionNode<Aggregate, ExpressionKind::kAggregate> {
  std::string name;
  EvalMode mode = EvalMode::kAnsi;
  bool distinct = false;
  bool ignore_nulls = false;
  ExpressionPtr filter;             // FILTER (WHERE …), may be null
  std::vector<SortOrder> order_by;  // WITHIN GROUP (ORDER BY …)
};

enum class FrameUnit : uint8_t { kRows, kRange };
enum class BoundKind : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};

struct FrameBound {
  BoundKind kind = BoundKind::kUnboundedPreceding;
  ExpressionPtr offset;  // kPreceding, kFollowing: a foldable value >= 0 (or < 0, as Spark allows)
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  FrameBound end{BoundKind::kCurrentRow, nullptr};
};

struct WindowSpec {
  std::string base_name;  // unresolved: OVER name, or OVER (name …)
  ExpressionList partition_by;
  std::vector<SortOrder> order_by;
  std::optional<WindowFrame> frame;  // always set after resolution
};

/// A window call. children: arguments of the function `name` (rank, lag, …, or an aggregate).
struct Window final : ExpressionNode<Window, ExpressionKind::kWindow> {
  std::string name;
  EvalMode mode = EvalMode::kAnsi;
  bool is_aggregate = false;
  bool distinct = false;
  bool ignore_nulls = false;
  ExpressionPtr filter;
  WindowSpec spec;
};

/// A table-generating function: explode, posexplode, inline, stack, json_tuple … children:
/// arguments. `type` is the struct of its output columns.
struct Generator final : ExpressionNode<Generator, ExpressionKind::kGenerator> {
  std::string name;
  bool outer = false;
};

enum class SubqueryKind : uint8_t { kScalar, kExists, kIn };

/// A resolved subquery. kIn: children are the values on the left (several for a row value),
/// compared with the plan's columns in order. Correlation shows as OuterColumn nodes inside `plan`.
struct Subquery final : ExpressionNode<Subquery, ExpressionKind::kSubquery> {
  SubqueryKind subquery_kind = SubqueryKind::kScalar;
  PlanPtr plan;
};

// ---- unresolved
// -----------------------------------------------------------------------------------------

/// a, t.a, db.t.a, a.field …: the analyzer finds out which part is which.
struct UnresolvedColumn final
    : ExpressionNode<UnresolvedColumn, ExpressionKind::kUnresolvedColumn> {
  std::vector<std::string> parts;
  std::optional<int64_t> plan_id;  // Connect: the DataFrame that the column was taken from
};

/// *, t.*, with EXCEPT (columns). `qualifier` may lead to a struct column. `replace`: columns that
/// keep their place and name and get another value (|> SET); a name that isn't there is an error.
struct UnresolvedStar final : ExpressionNode<UnresolvedStar, ExpressionKind::kUnresolvedStar> {
  std::vector<std::string> qualifier;
  std::vector<std::vector<std::string>> except;
  std::vector<std::pair<std::string, ExpressionPtr>> replace;
};

/// f(args): scalar, aggregate, window, generator or user function. Operators come as such calls
/// too, with the names that Call lists; CASE, AND, OR, CAST, IN (list) come as their own nodes,
/// untyped.
struct UnresolvedFunction final
    : ExpressionNode<UnresolvedFunction, ExpressionKind::kUnresolvedFunction> {
  std::vector<std::string> name;
  bool distinct = false;
  std::optional<bool> ignore_nulls;
  ExpressionPtr filter;
  std::vector<SortOrder> within_group;
  bool is_operator = false;  // written as an operator: printed so in column names
};

/// children[0][children[1]] or children[0].name (then children[1] is a string literal and
/// `is_field`).
struct UnresolvedExtract final
    : ExpressionNode<UnresolvedExtract, ExpressionKind::kUnresolvedExtract> {
  bool is_field = false;
};

/// A subquery as parsed; kIn: children hold the left side's values.
struct UnresolvedSubquery final
    : ExpressionNode<UnresolvedSubquery, ExpressionKind::kUnresolvedSubquery> {
  SubqueryKind subquery_kind = SubqueryKind::kScalar;
  PlanPtr plan;
};

/// expr AS (a, b): several names for a generator's columns; a single name is an Alias with an
/// invalid id.
struct UnresolvedAlias final : ExpressionNode<UnresolvedAlias, ExpressionKind::kUnresolvedAlias> {
  std::vector<std::string> names;
};

/// children[0] OVER spec; children[0] is an UnresolvedFunction.
struct UnresolvedWindow final
    : ExpressionNode<UnresolvedWindow, ExpressionKind::kUnresolvedWindow> {
  WindowSpec spec;
};

/// A literal whose value depends on the session, kept as text: TIMESTAMP '…' without a zone, DATE
/// 'today' … `type` says which type was asked for.
struct UnresolvedLiteral final
    : ExpressionNode<UnresolvedLiteral, ExpressionKind::kUnresolvedLiteral> {
  std::string text;
};

/// :name or ? (then `index` is 0-based and the name empty).
struct Parameter final : ExpressionNode<Parameter, ExpressionKind::kParameter> {
  std::string name;
  int index = -1;
};

/// IDENTIFIER(children[0]) standing for a column or function name; with `arguments` in
/// children[1..] a call.
struct IdentifierClause final
    : ExpressionNode<IdentifierClause, ExpressionKind::kIdentifierClause> {
  bool is_call = false;
};

/// name => children[0]
struct NamedArgument final : ExpressionNode<NamedArgument, ExpressionKind::kNamedArgument> {
  std::string name;
};

/// DEFAULT in VALUES of an INSERT, or in an assignment.
struct DefaultValue final : ExpressionNode<DefaultValue, ExpressionKind::kDefault> {};

// ---- making, reading, rewriting
// --------------------------------------------------------------------------

ExpressionPtr MakeLiteral(type::TypePtr type, type::Value value, base::Position position = {});
ExpressionPtr MakeNullLiteral(type::TypePtr type);
ExpressionPtr MakeBoolLiteral(bool value);
ExpressionPtr MakeIntLiteral(int32_t value);
ExpressionPtr MakeLongLiteral(int64_t value);
ExpressionPtr MakeStringLiteral(std::string value);
ExpressionPtr MakeColumn(ColumnId id, std::string name, type::TypePtr type, bool nullable);
ExpressionPtr MakeCall(std::string name, ExpressionList arguments, type::TypePtr type,
                       bool nullable, EvalMode mode = EvalMode::kAnsi);
ExpressionPtr MakeCast(ExpressionPtr child, type::TypePtr type, EvalMode mode,
                       bool implicit = true);
ExpressionPtr MakeAlias(ExpressionPtr child, std::string name, ColumnId id);
ExpressionPtr MakeNot(ExpressionPtr child);
/// Conjunction or disjunction of resolved booleans, nested ones flattened; none gives true (false),
/// one itself.
ExpressionPtr MakeAnd(ExpressionList children);
ExpressionPtr MakeOr(ExpressionList children);
/// "=", "<=>" …: a comparison of two resolved expressions of one type.
ExpressionPtr MakeComparison(std::string name, ExpressionPtr left, ExpressionPtr right);
/// An unresolved call, as the parser makes it.
ExpressionPtr MakeUnresolvedCall(std::string name, ExpressionList arguments,
                                 base::Position position, bool is_operator = false);

/// The conjuncts of a condition, nested ANDs flattened; a null pointer gives none.
ExpressionList SplitConjuncts(const ExpressionPtr& condition);

/// Every expression directly below `e`: children, filter, order and window specification, in a
/// fixed order. Not the plans of subqueries.
void VisitChildren(const Expression& e, const std::function<void(const ExpressionPtr&)>& visit);

/// `e` with each direct sub-expression (as VisitChildren gives them) replaced by
/// map(sub-expression); `e` itself where nothing changed.
ExpressionPtr MapChildren(const ExpressionPtr& e,
                          const std::function<ExpressionPtr(const ExpressionPtr&)>& map);
Result<ExpressionPtr> TryMapChildren(
    const ExpressionPtr& e, const std::function<Result<ExpressionPtr>(const ExpressionPtr&)>& map);

/// Bottom-up rewrite: `rewrite` gets each node after its children and returns it or another.
ExpressionPtr TransformUp(const ExpressionPtr& e,
                          const std::function<ExpressionPtr(const ExpressionPtr&)>& rewrite);
/// Top-down: where `rewrite` returns a node, it stands (and is not descended into); null means
/// descend.
ExpressionPtr TransformDown(const ExpressionPtr& e,
                            const std::function<ExpressionPtr(const ExpressionPtr&)>& rewrite);

/// True if `test` holds for some node (plans of subqueries are not entered).
bool AnyOf(const ExpressionPtr& e, const std::function<bool(const Expression&)>& test);

/// Ids of the columns that `e` reads (not outer ones; of subqueries, the outer columns they take
/// from here).
void CollectColumns(const ExpressionPtr& e, std::vector<ColumnId>* ids);

/// Same tree: kinds, names, values, types, children. Positions do not count.
bool Equal(const ExpressionPtr& a, const ExpressionPtr& b);
size_t Hash(const ExpressionPtr& e);

/// Free of columns of any kind, aggregates, subqueries and of functions that are not deterministic.
bool IsFoldable(const ExpressionPtr& e);
/// Gives the same value for the same row each time (no rand, uuid, monotonically_increasing_id …).
bool IsDeterministic(const ExpressionPtr& e);

/// For EXPLAIN: columns as name#id.
std::string ToString(const ExpressionPtr& e);
/// The column name that Spark gives an unaliased expression: "(a + 1)", "sum(b)". Works on resolved
/// and unresolved trees; calls keep the name they were written with, so the analyzer names an item
/// before it resolves functions. Timestamps are shown in `zone` (null: UTC).
std::string ToColumnName(const ExpressionPtr& e, const type::TimeZone* zone = nullptr);

}  // namespace emery::plan
