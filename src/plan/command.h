#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/logical_plan.h"

namespace emery::plan {

enum class CommandKind : uint8_t {
  kCreateNamespace,
  kDropNamespace,
  kAlterNamespace,
  kDescribeNamespace,
  kShowNamespaces,
  kCreateTable,
  kDropTable,
  kTruncateTable,
  kAlterTable,
  kDescribeTable,
  kDescribeQuery,
  kDescribeFunction,
  kShowTables,
  kShowTableExtended,
  kShowViews,
  kShowColumns,
  kShowCreateTable,
  kShowTableProperties,
  kShowPartitions,
  kShowFunctions,
  kShowCatalogs,
  kShowCurrentNamespace,
  kCreateView,
  kDropView,
  kAlterView,
  kInsert,
  kDelete,
  kUpdate,
  kMerge,
  kCall,
  kExplain,
  kSet,
  kReset,
  kUse,
  kSetCatalog,
  kSetTimeZone,
  kSetVariable,
  kDeclareVariable,
  kDropVariable,
  kCache,
  kUncache,
  kClearCache,
  kRefresh,
  kAnalyzeTable,
  kRepairTable,
  kLoadData,
  kCreateFunction,
  kDropFunction,
  kAddResource,
  kListResource,
  kExecuteImmediate,
  kComment,
  kOther,  // parsed, not supported: `text` names it
};

/// A statement that is not a query. As parsed; sessions execute it after the analyzer resolved
/// plans inside.
struct Command : PlanNode<Command, PlanKind::kCommand> {
  CommandKind command = CommandKind::kOther;
  std::string text;  // the statement's leading words, for messages: "ALTER TABLE … ADD COLUMNS"

  std::shared_ptr<LogicalPlan> Copy() const override { return std::make_shared<Command>(*this); }

  Columns Output() const override { return {}; }
};

template <class Derived, CommandKind Kind>
struct CommandNode : Command {
  static constexpr CommandKind kCommand = Kind;

  CommandNode() { command = Kind; }

  std::shared_ptr<LogicalPlan> Copy() const override {
    return std::make_shared<Derived>(static_cast<const Derived&>(*this));
  }
};

template <class T>
const T* AsCommand(const PlanPtr& p) {
  const auto* c = As<Command>(p);
  return c != nullptr && c->command == T::kCommand ? static_cast<const T*>(c) : nullptr;
}

using Name = std::vector<std::string>;
using Properties = std::map<std::string, std::string>;

/// A name, or IDENTIFIER(expression) that gives one.
struct NameReference {
  Name parts;
  ExpressionPtr identifier;
  base::Position position;
};

struct ColumnDefinition {
  std::string name;
  type::TypePtr type;  // null: only a name (CTAS columns, view columns, partition column of an
                       // existing column)
  bool nullable = true;
  std::optional<std::string> comment;
  std::optional<std::string> default_sql;
  std::optional<std::string> generated_sql;
  base::Position position;
};

/// identity: name empty; bucket(16, a): name "bucket", arguments the literals, columns {a}.
struct PartitionTransform {
  std::string name;
  std::vector<type::Value> arguments;
  std::vector<Name> columns;
};

struct BucketSpec {
  std::vector<std::string> columns;
  std::vector<std::string> sort_columns;
  int num_buckets = 0;
};

/// CREATE [OR REPLACE] | REPLACE [EXTERNAL] TABLE [IF NOT EXISTS] … [AS query]. inputs: the query,
/// if any.
struct CreateTable final : CommandNode<CreateTable, CommandKind::kCreateTable> {
  NameReference name;
  bool external = false;
  bool if_not_exists = false;
  bool replace = false;
  bool create = true;  // false: REPLACE TABLE only
  std::vector<ColumnDefinition> columns;
  std::optional<std::string> provider;
  Properties options;
  std::vector<PartitionTransform> partitioning;
  std::optional<BucketSpec> buckets;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  Properties properties;
  std::optional<NameReference> like;  // CREATE TABLE … LIKE
};

struct DropTable final : CommandNode<DropTable, CommandKind::kDropTable> {
  NameReference name;
  bool if_exists = false;
  bool purge = false;
};

struct TruncateTable final : CommandNode<TruncateTable, CommandKind::kTruncateTable> {
  NameReference name;
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
};

struct CreateNamespace final : CommandNode<CreateNamespace, CommandKind::kCreateNamespace> {
  NameReference name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  Properties properties;
};

struct DropNamespace final : CommandNode<DropNamespace, CommandKind::kDropNamespace> {
  NameReference name;
  bool if_exists = false;
  bool cascade = false;
};

/// ALTER DATABASE n SET DBPROPERTIES (…) | UNSET DBPROPERTIES (keys) | SET LOCATION '…'
struct AlterNamespace final : CommandNode<AlterNamespace, CommandKind::kAlterNamespace> {
  NameReference name;
  Properties properties;
  std::vector<std::string> keys;
  std::optional<std::string> location;
};

struct DescribeNamespace final : CommandNode<DescribeNamespace, CommandKind::kDescribeNamespace> {
  NameReference name;
  bool extended = false;
};

struct ShowNamespaces final : CommandNode<ShowNamespaces, CommandKind::kShowNamespaces> {
  std::optional<NameReference> in;
  std::optional<std::string> pattern;
};

/// SHOW TABLE EXTENDED [IN ns] LIKE 'pattern' [PARTITION (…)]
struct ShowTableExtended final : CommandNode<ShowTableExtended, CommandKind::kShowTableExtended> {
  std::optional<NameReference> in;
  std::string pattern;
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
};

struct ShowTables final : CommandNode<ShowTables, CommandKind::kShowTables> {
  std::optional<NameReference> in;
  std::optional<std::string> pattern;
};

struct ShowViews final : CommandNode<ShowViews, CommandKind::kShowViews> {
  std::optional<NameReference> in;
  std::optional<std::string> pattern;
};

struct ShowColumns final : CommandNode<ShowColumns, CommandKind::kShowColumns> {
  NameReference table;
  std::optional<NameReference> in;
};

struct ShowCreateTable final : CommandNode<ShowCreateTable, CommandKind::kShowCreateTable> {
  NameReference table;
};

struct ShowTableProperties final
    : CommandNode<ShowTableProperties, CommandKind::kShowTableProperties> {
  NameReference table;
  std::optional<std::string> key;
};

struct ShowPartitions final : CommandNode<ShowPartitions, CommandKind::kShowPartitions> {
  NameReference table;
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
};

struct ShowFunctions final : CommandNode<ShowFunctions, CommandKind::kShowFunctions> {
  std::string scope = "ALL";  // ALL, SYSTEM, USER
  std::optional<NameReference> in;
  std::optional<std::string> pattern;
};

struct ShowCatalogs final : CommandNode<ShowCatalogs, CommandKind::kShowCatalogs> {
  std::optional<std::string> pattern;
};

struct ShowCurrentNamespace final
    : CommandNode<ShowCurrentNamespace, CommandKind::kShowCurrentNamespace> {};

struct DescribeTable final : CommandNode<DescribeTable, CommandKind::kDescribeTable> {
  NameReference table;
  bool extended = false;
  bool as_json = false;
  std::vector<std::string> column;  // DESCRIBE t column
  std::vector<std::pair<std::string, ExpressionPtr>> partition;
};

/// inputs[0]: the query.
struct DescribeQuery final : CommandNode<DescribeQuery, CommandKind::kDescribeQuery> {};

struct DescribeFunction final : CommandNode<DescribeFunction, CommandKind::kDescribeFunction> {
  NameReference name;
  bool extended = false;
};

/// inputs[0]: the query, unresolved; `query_text` as written.
struct CreateView final : CommandNode<CreateView, CommandKind::kCreateView> {
  NameReference name;
  bool temporary = false;
  bool global = false;
  bool replace = false;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::optional<std::string> comment;
  Properties properties;
  std::string query_text;
  std::optional<std::string> provider;  // CREATE TEMPORARY VIEW v USING parquet OPTIONS (…)
  Properties options;
};

struct DropView final : CommandNode<DropView, CommandKind::kDropView> {
  NameReference name;
  bool if_exists = false;
};

/// INSERT INTO | OVERWRITE [TABLE] name … ; inputs[0]: the query. `directory`: INSERT OVERWRITE
/// DIRECTORY.
struct Insert final : CommandNode<Insert, CommandKind::kInsert> {
  NameReference table;
  bool overwrite = false;
  bool by_name = false;
  bool if_not_exists = false;
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, ExpressionPtr>> partition;  // null expression: dynamic
  ExpressionPtr replace_where;                                   // INSERT INTO t REPLACE WHERE …
  std::optional<std::string> directory;
  std::optional<std::string> provider;
  Properties options;
};

struct Delete final : CommandNode<Delete, CommandKind::kDelete> {
  NameReference table;
  std::string alias;
  ExpressionPtr condition;
};

struct Assignment {
  Name column;
  ExpressionPtr value;
};

struct Update final : CommandNode<Update, CommandKind::kUpdate> {
  NameReference table;
  std::string alias;
  std::vector<Assignment> assignments;
  ExpressionPtr condition;
};

enum class MergeClauseKind : uint8_t { kMatched, kNotMatched, kNotMatchedBySource };
enum class MergeActionKind : uint8_t { kUpdate, kUpdateStar, kDelete, kInsert, kInsertStar };

struct MergeClause {
  MergeClauseKind kind;
  ExpressionPtr condition;
  MergeActionKind action;
  std::vector<Assignment> assignments;
};

/// inputs[0]: the source relation.
struct Merge final : CommandNode<Merge, CommandKind::kMerge> {
  NameReference table;
  std::string alias;
  bool schema_evolution = false;
  ExpressionPtr condition;
  std::vector<MergeClause> clauses;
};

struct CallProcedure final : CommandNode<CallProcedure, CommandKind::kCall> {
  NameReference procedure;
  ExpressionList arguments;  // NamedArgument or positional
};

enum class ExplainMode : uint8_t { kSimple, kExtended, kFormatted, kCost, kCodegen, kAnalyze };

/// inputs[0]: the statement.
struct Explain final : CommandNode<Explain, CommandKind::kExplain> {
  ExplainMode mode = ExplainMode::kSimple;
};

/// SET; SET -v; SET key; SET key = value.
struct Set final : CommandNode<Set, CommandKind::kSet> {
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool verbose = false;
};

struct Reset final : CommandNode<Reset, CommandKind::kReset> {
  std::optional<std::string> key;
};

struct Use final : CommandNode<Use, CommandKind::kUse> {
  NameReference name;
};

struct SetCatalog final : CommandNode<SetCatalog, CommandKind::kSetCatalog> {
  NameReference name;
};

/// SET TIME ZONE LOCAL | 'zone' | INTERVAL …
struct SetTimeZone final : CommandNode<SetTimeZone, CommandKind::kSetTimeZone> {
  bool local = false;
  ExpressionPtr zone;  // string or interval literal
};

/// DECLARE [OR REPLACE] [VARIABLE] names [type] [DEFAULT expr]
struct DeclareVariable final : CommandNode<DeclareVariable, CommandKind::kDeclareVariable> {
  std::vector<NameReference> names;
  bool replace = false;
  type::TypePtr variable_type;
  ExpressionPtr value;
};

struct DropVariable final : CommandNode<DropVariable, CommandKind::kDropVariable> {
  NameReference name;
  bool if_exists = false;
};

/// SET VAR a = e, … ; SET VAR (a, b) = (query), the query then in inputs[0].
struct SetVariable final : CommandNode<SetVariable, CommandKind::kSetVariable> {
  std::vector<NameReference> names;
  ExpressionList values;
};

struct ExecuteImmediate final : CommandNode<ExecuteImmediate, CommandKind::kExecuteImmediate> {
  ExpressionPtr statement;
  std::vector<NameReference> into;
  ExpressionList arguments;  // Aliases for named ones
};

struct CacheTable final : CommandNode<CacheTable, CommandKind::kCache> {
  NameReference name;
  bool lazy = false;
  Properties options;
};

struct UncacheTable final : CommandNode<UncacheTable, CommandKind::kUncache> {
  NameReference name;
  bool if_exists = false;
};

struct ClearCache final : CommandNode<ClearCache, CommandKind::kClearCache> {};

struct RefreshTable final : CommandNode<RefreshTable, CommandKind::kRefresh> {
  NameReference name;
};

struct AnalyzeTable final : CommandNode<AnalyzeTable, CommandKind::kAnalyzeTable> {
  NameReference name;
  bool noscan = false;
  bool all_columns = false;
  std::vector<std::string> columns;
};

enum class AlterTableAction : uint8_t {
  kRename,
  kSetProperties,
  kUnsetProperties,
  kAddColumns,
  kDropColumns,
  kRenameColumn,
  kAlterColumn,
  kReplaceColumns,
  kAddPartition,
  kDropPartition,
  kRecoverPartitions,
  kSetLocation,
  kSetFileFormat,
  kAddPartitionField,
  kDropPartitionField,
  kReplacePartitionField,
  kWriteOrder,
  kSetIdentifierFields,
  kDropIdentifierFields,
  kCreateBranch,
  kCreateTag,
  kDropBranch,
  kDropTag,
  kClusterBy,
  kOther
};

/// Where a column of ALTER TABLE … ADD or ALTER COLUMN goes.
struct ColumnPlace {
  bool first = false;
  std::optional<std::string> after;
};

struct ColumnChange {
  Name column;
  ColumnDefinition definition;
  std::optional<bool> nullable;  // SET / DROP NOT NULL
  bool drop_default = false;
  std::optional<ColumnPlace> place;
};

/// ALTER TABLE: only the members of `action` are set. Branches, write order and partition fields
/// are Iceberg's.
struct AlterTable final : CommandNode<AlterTable, CommandKind::kAlterTable> {
  NameReference name;
  AlterTableAction action = AlterTableAction::kOther;
  Name new_name;
  Properties properties;
  std::vector<std::string> keys;
  bool if_exists = false;
  bool if_not_exists = false;
  std::vector<ColumnChange> columns;
  std::vector<std::vector<std::pair<std::string, ExpressionPtr>>> partitions;
  std::optional<std::string> location;
  std::string clause_text;  // the rest of the statement, for the table format's own extensions
};

struct AlterView final : CommandNode<AlterView, CommandKind::kAlterView> {
  NameReference name;
  Name new_name;          // RENAME TO
  Properties properties;  // SET TBLPROPERTIES
  std::vector<std::string> keys;
  std::string query_text;  // AS query (inputs[0])
};

struct CommentOn final : CommandNode<CommentOn, CommandKind::kComment> {
  bool on_namespace = false;
  NameReference name;
  std::optional<std::string> comment;
};

struct RepairTable final : CommandNode<RepairTable, CommandKind::kRepairTable> {
  NameReference name;
};

}  // namespace emery::plan
