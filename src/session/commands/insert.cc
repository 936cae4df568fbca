// INSERT INTO and OVERWRITE, into tables and folders.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "functions/evaluator.h"
#include "functions/registry.h"
#include "session/commands/commands.h"
#include "type/text.h"

namespace emery::session {

namespace {

/// `query`'s columns brought to the table's order by name, under the table's names.
Result<plan::PlanPtr> InTableOrder(const plan::PlanPtr& query, const type::Schema& schema) {
  const plan::Columns columns = query->Output();
  if (columns.size() != schema.size()) {
    return base::InternalError("rows to write that don't fit their table");
  }
  plan::ExpressionList expressions;
  bool changed = false;
  for (size_t i = 0; i < schema.size(); ++i) {
    size_t at = i;
    if (LowerCase(columns[i].name) != LowerCase(schema[i].name)) {
      for (at = 0; at < columns.size(); ++at) {
        if (LowerCase(columns[at].name) == LowerCase(schema[i].name)) {
          break;
        }
      }
      if (at == columns.size()) {
        at = i;
      }
      changed = changed || at != i;
    }
    expressions.push_back(
        plan::MakeColumn(columns[at].id, columns[at].name, columns[at].type, columns[at].nullable));
  }
  return changed ? plan::MakeProject(query, std::move(expressions)) : query;
}

bool SamePartition(const std::string& text, const std::optional<std::string>& value) {
  return value && *value == text;
}

Result<bool> PartitionExists(const table::Table& table, const table::WriteRequest& request,
                             const type::TimeZone& zone) {
  ARROW_ASSIGN_OR_RAISE(std::vector<table::PartitionValues> partitions, table.Partitions());
  for (const table::PartitionValues& partition : partitions) {
    bool same = true;
    for (const auto& [name, value] : request.static_partition) {
      for (const type::Field& field : table.schema()) {
        if (LowerCase(field.name) != LowerCase(name)) {
          continue;
        }
        const std::optional<std::string> text = type::ValueToText(*field.type, value, zone);
        const auto found = std::find_if(partition.begin(), partition.end(), [&](const auto& one) {
          return LowerCase(one.first) == LowerCase(name);
        });
        same = same && found != partition.end() && text && SamePartition(*text, found->second);
      }
    }
    if (same) {
      return true;
    }
  }
  return false;
}

/// Checks the PARTITION clause against the table's partition columns, and takes over its constant
/// values.
Status ReadPartitionClause(const StatementPtr& statement, const plan::Insert& command,
                           const FoundObject& found, table::WriteRequest* request) {
  if (command.partition.empty()) {
    return Status::OK();
  }
  const std::string name = base::QuoteName(found.full_name());
  const std::vector<std::string> columns = found.table->partition_columns();
  std::string requested;
  for (const auto& [column, value] : command.partition) {
    const bool known = std::any_of(columns.begin(), columns.end(), [&, &c = column](const auto& p) {
      return LowerCase(p) == LowerCase(c);
    });
    if (!known) {
      return base::UserError(
          "PARTITIONS_NOT_FOUND",
          "The partition(s) " + base::QuoteIdentifier(column) + " cannot be found in table " +
              name +
              ".\nVerify the partition specification and table name.\nTo tolerate the error on "
              "drop "
              "use ALTER TABLE … DROP IF EXISTS PARTITION.",
          {{"partitionList", base::QuoteIdentifier(column)}, {"tableName", name}});
    }
    requested += (requested.empty() ? "" : ",") + column;
  }
  std::string all;
  bool dynamic_seen = false;
  for (const std::string& column : columns) {
    all += (all.empty() ? "" : ",") + column;
  }
  // Iceberg's partitions need no column of their own, and those that have one may be left to the
  // query.
  if (found.table->provider() != "iceberg" && command.partition.size() != columns.size()) {
    return base::UserError("_LEGACY_ERROR_TEMP_1169",
                           "Requested partitioning does not match the table " + name +
                               ":\nRequested partitions: " + requested +
                               ".\nTable partitions: " + all + ".",
                           {{"tableName", name}});
  }
  for (const std::string& column : columns) {
    for (const auto& [written, value] : command.partition) {
      if (LowerCase(written) != LowerCase(column)) {
        continue;
      }
      if (value == nullptr) {
        dynamic_seen = true;
        continue;
      }
      if (dynamic_seen) {
        return base::UserError(
            "_LEGACY_ERROR_TEMP_1147",
            "The ordering of partition columns is [" + all +
                "]. All partition columns having constant values need to appear before other "
                "partition columns that do not have an assigned constant value.",
            {{"partitionColumns", all}});
      }
      for (const type::Field& field : found.table->schema()) {
        if (LowerCase(field.name) == LowerCase(column)) {
          ARROW_ASSIGN_OR_RAISE(
              plan::ExpressionPtr literal,
              statement->AnalyzeToLiteral(value, type::ReplaceCharVarchar(field.type)));
          request->static_partition.emplace_back(column, plan::As<plan::Literal>(literal)->value);
        }
      }
    }
  }
  return Status::OK();
}

/// What the projection `input` computes for `e`, if `e` is one of its columns.
plan::ExpressionPtr Behind(const plan::ExpressionPtr& e, const plan::PlanPtr& input) {
  const auto* column = plan::As<plan::Column>(e);
  const auto* project = plan::As<plan::Project>(input);
  if (column == nullptr || project == nullptr) {
    return e;
  }
  for (const plan::ExpressionPtr& given : project->expressions) {
    const auto* alias = plan::As<plan::Alias>(given);
    if (alias != nullptr && alias->id == column->id) {
      return alias->children[0];
    }
  }
  return e;
}

/// Casts that may overflow get the column's name for their error.
Result<plan::ExpressionPtr> NamingCast(const StatementPtr& statement, const plan::ExpressionPtr& e,
                                       const std::string& column, const plan::PlanPtr& input) {
  const functions::QueryContext* context = statement->context().get();
  const auto* cast = plan::As<plan::Cast>(e);
  const bool narrows = cast != nullptr && cast->mode == plan::EvalMode::kAnsi &&
                       cast->type->is_numeric() && cast->children[0]->type->is_numeric();
  if (!narrows) {
    return e;
  }
  // Spark takes any arithmetic error of a constant for one of the assignment.
  const plan::ExpressionPtr value = Behind(cast->children[0], input);
  if (plan::IsFoldable(value) && value->kind != plan::ExpressionKind::kLiteral) {
    const Status status = functions::EvaluateConstant(value, statement->context()).status();
    const base::ErrorDetail* detail = base::GetErrorDetail(status);
    if (detail != nullptr && (detail->condition().starts_with("DIVIDE_BY_ZERO") ||
                              detail->condition().starts_with("ARITHMETIC_OVERFLOW"))) {
      const std::string from = "\"" + value->type->Sql() + "\"";
      const std::string to = "\"" + cast->type->Sql() + "\"";
      return base::UserError("CAST_OVERFLOW_IN_TABLE_INSERT",
                             "Fail to assign a value of " + from + " type to the " + to +
                                 " type column or variable " + base::QuoteIdentifier(column) +
                                 " due to an overflow. Use `try_cast` on the input value to "
                                 "tolerate overflow and return NULL instead.",
                             {{"sourceType", from},
                              {"targetType", to},
                              {"columnName", base::QuoteIdentifier(column)}});
    }
  }
  return functions::MakeFunctionCall(
      "__store_assign",
      {cast->children[0], plan::MakeNullLiteral(cast->type), plan::MakeStringLiteral(column)},
      plan::EvalMode::kAnsi, context);
}

/// `rows` (the analyzer's projection to the columns of `schema`) with the checks of Spark's table
/// writes put in.
Result<plan::PlanPtr> WithWriteChecks(const StatementPtr& statement, const plan::PlanPtr& rows,
                                      const type::Schema& schema) {
  const auto* project = plan::As<plan::Project>(rows);
  if (project == nullptr || project->expressions.size() != schema.size()) {
    return rows;
  }
  const functions::QueryContext* context = statement->context().get();
  plan::ExpressionList checked;
  for (size_t i = 0; i < schema.size(); ++i) {
    const plan::ExpressionPtr& given = project->expressions[i];
    const auto* alias = plan::As<plan::Alias>(given);
    const plan::ExpressionPtr value = alias != nullptr ? alias->children[0] : given;
    ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr e,
                          NamingCast(statement, value, schema[i].name, project->inputs[0]));
    const bool is_char = schema[i].type->is(type::TypeId::kChar);
    if (is_char || schema[i].type->is(type::TypeId::kVarchar)) {
      ARROW_ASSIGN_OR_RAISE(
          e, functions::MakeFunctionCall(is_char ? "__char_write_check" : "__varchar_write_check",
                                         {e, plan::MakeIntLiteral(schema[i].type->length())},
                                         plan::EvalMode::kAnsi, context));
    }
    checked.push_back(e == value
                          ? given
                          : plan::MakeAlias(e, schema[i].name,
                                            alias != nullptr ? alias->id : plan::NextColumnId()));
  }
  return plan::MakeProject(project->inputs[0], std::move(checked));
}

/// Whether the plan, or a subquery in it, reads the files at `location`.
bool Reads(const plan::PlanPtr& p, const std::string& location) {
  if (const auto* scan = plan::As<plan::Scan>(p)) {
    return scan->table->location() == location;
  }
  bool found = false;
  const std::function<void(const plan::ExpressionPtr&)> look = [&](const plan::ExpressionPtr& e) {
    if (const auto* subquery = plan::As<plan::Subquery>(e)) {
      found = found || Reads(subquery->plan, location);
    }
    plan::VisitChildren(*e, look);
  };
  plan::VisitExpressions(*p, look);
  for (const plan::PlanPtr& input : p->inputs) {
    found = found || Reads(input, location);
  }
  return found;
}

CommandResult InsertIntoFolder(const StatementPtr& statement, const plan::Insert& command) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr query, statement->Analyze(command.inputs[0]));
  catalog::PathTableRequest request;
  request.format = LowerCase(command.provider.value_or(
      statement->config().GetString("spark.sql.sources.default", "parquet")));
  const catalog::PathTableMaker* maker = catalog::FindPathTableMaker(request.format);
  if (maker == nullptr) {
    return base::UserError("DATA_SOURCE_NOT_FOUND",
                           "Failed to find the data source: " + request.format +
                               ". Make sure the provider name is correct and the package is "
                               "properly registered and compatible with your Spark version.",
                           {{"provider", request.format}});
  }
  std::string path = command.directory.value_or("");
  if (const auto option = command.options.find("path");
      path.empty() && option != command.options.end()) {
    path = option->second;
  }
  request.paths = {path};
  request.options = command.options;
  request.options.erase("path");
  for (const plan::ColumnInfo& column : query->Output()) {
    request.schema.push_back(
        {column.name, type::ReplaceCharVarchar(column.type), true, -1, std::nullopt, std::nullopt});
  }
  request.name = path;
  request.may_be_empty = true;
  request.config = statement->context()->config;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const table::Table> folder, (*maker)(request));
  table::WriteRequest write;
  write.mode = command.overwrite ? table::WriteMode::kOverwriteAll : table::WriteMode::kAppend;
  write.context = statement->context();
  ARROW_RETURN_NOT_OK(WriteRows(statement, query, *folder, write).status());
  return NoRows(statement);
}

}  // namespace

Result<int64_t> WriteRows(const StatementPtr& statement, const plan::PlanPtr& query,
                          const table::Table& table, table::WriteRequest request) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr rows, InTableOrder(query, table.schema()));
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::WriteJob> job, table.PlanWrite(request));
  const std::vector<int> clustering = job->clustering();
  if (!clustering.empty()) {
    auto sort = std::make_shared<plan::Sort>();
    const plan::Columns columns = rows->Output();
    for (int i : clustering) {
      const plan::ColumnInfo& column = columns[static_cast<size_t>(i)];
      sort->order.push_back(
          {plan::MakeColumn(column.id, column.name, column.type, column.nullable), true, true});
    }
    sort->global = false;
    sort->inputs = {std::move(rows)};
    rows = std::move(sort);
  }
  return statement->Write(rows, std::move(job));
}

CommandResult Insert(const StatementPtr& statement, const plan::Insert& command) {
  if (command.inputs.size() > 1) {
    // Several over one FROM: nothing is written before all are known to be right.
    std::vector<std::shared_ptr<plan::Insert>> inserts = {std::make_shared<plan::Insert>(command)};
    inserts[0]->inputs.resize(1);
    for (size_t i = 1; i < command.inputs.size(); ++i) {
      inserts.push_back(
          std::make_shared<plan::Insert>(static_cast<const plan::Insert&>(*command.inputs[i])));
    }
    for (const auto& insert : inserts) {
      if (insert->directory) {
        ARROW_RETURN_NOT_OK(statement->Analyze(insert->inputs[0]).status());
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, insert->table, "INSERT"));
      ARROW_RETURN_NOT_OK(
          statement->AnalyzeInsert(*insert, found.table->schema(), found.full_name()).status());
    }
    for (const auto& insert : inserts) {
      ARROW_RETURN_NOT_OK(Insert(statement, *insert).status());
    }
    return NoRows(statement);
  }
  if (command.directory ||
      (command.provider && command.table.parts.empty() && command.table.identifier == nullptr)) {
    return InsertIntoFolder(statement, command);
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.table, "INSERT"));
  if (command.replace_where != nullptr) {
    return catalog::UnsupportedTableOperation(found.full_name(), "INSERT INTO … REPLACE WHERE");
  }
  table::WriteRequest request;
  request.context = statement->context();
  ARROW_RETURN_NOT_OK(ReadPartitionClause(statement, command, found, &request));
  const std::vector<std::string> partition_columns = found.table->partition_columns();
  if (command.overwrite) {
    const bool dynamic = LowerCase(statement->config().GetString(
                             "spark.sql.sources.partitionOverwriteMode", "static")) == "dynamic";
    if (dynamic && request.static_partition.size() < partition_columns.size()) {
      request.mode = table::WriteMode::kOverwritePartitions;
    } else if (!request.static_partition.empty()) {
      request.mode = table::WriteMode::kOverwriteStatic;
    } else {
      request.mode = table::WriteMode::kOverwriteAll;
    }
    if (command.if_not_exists) {
      ARROW_ASSIGN_OR_RAISE(
          bool exists, PartitionExists(*found.table, request, *statement->context()->time_zone));
      if (exists) {
        return NoRows(statement);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr rows, statement->AnalyzeInsert(command, found.table->schema(),
                                                                     found.full_name()));
  // A table format with snapshots could do it; files would be read and replaced at once.
  if (command.overwrite && request.mode != table::WriteMode::kOverwritePartitions &&
      found.located->catalog->name() == catalog::kSessionCatalog &&
      Reads(rows, found.table->location())) {
    const std::string name = base::QuoteName(found.full_name());
    return base::UserError("UNSUPPORTED_OVERWRITE.TABLE",
                           "Can't overwrite the target that is also being read from. The target "
                           "table is " +
                               name + ".",
                           {{"table", name}});
  }
  ARROW_ASSIGN_OR_RAISE(rows, WithWriteChecks(statement, rows, found.table->schema()));
  ARROW_RETURN_NOT_OK(WriteRows(statement, rows, *found.table, request).status());
  TableChanged(statement, found);
  return NoRows(statement);
}

}  // namespace emery::session
