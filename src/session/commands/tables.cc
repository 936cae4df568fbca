// CREATE, DROP, TRUNCATE, ALTER, ANALYZE, COMMENT ON of tables.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/factory.h"
#include "session/commands/commands.h"

namespace emery::session {

namespace {

Status ColumnAlreadyExists(const std::string& name) {
  return base::UserError("COLUMN_ALREADY_EXISTS",
                         "The column " + base::QuoteIdentifier(LowerCase(name)) +
                             " already exists. Choose another name or rename the existing column.",
                         {{"columnName", base::QuoteIdentifier(LowerCase(name))}});
}

Status CheckDuplicates(const Statement& statement, const type::Schema& schema) {
  std::set<std::string> seen;
  for (const type::Field& field : schema) {
    const std::string key =
        statement.config().case_sensitive() ? field.name : LowerCase(field.name);
    if (!seen.insert(key).second) {
      return ColumnAlreadyExists(field.name);
    }
  }
  return Status::OK();
}

/// A default must be a constant that the column can take.
Status CheckDefault(const StatementPtr& statement, const std::string& operation,
                    const type::Field& field) {
  if (!field.default_sql) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(
      plan::ExpressionPtr parsed,
      sql::ParseExpression(*field.default_sql, ParserOptionsOf(statement->config())));
  Result<plan::ExpressionPtr> value =
      statement->AnalyzeToLiteral(parsed, type::ReplaceCharVarchar(field.type));
  if (value.ok()) {
    return Status::OK();
  }
  const base::ErrorDetail* detail = base::GetErrorDetail(value.status());
  const bool wrong_type = detail != nullptr && detail->condition().starts_with("CAST");
  return base::UserError(
      wrong_type ? "INVALID_DEFAULT_VALUE.DATA_TYPE"
                 : "INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION",
      "Failed to execute " + operation + " command because the destination column or variable " +
          base::QuoteIdentifier(field.name) + " has a DEFAULT value " + *field.default_sql +
          (wrong_type ? ", which requires \"" + field.type->Sql() +
                            "\" type, but the statement provided a value of incompatible type."
                      : ", which fails to resolve as a valid expression."),
      {{"statement", operation},
       {"colName", base::QuoteIdentifier(field.name)},
       {"defaultValue", *field.default_sql}});
}

Result<type::Schema> SchemaOf(const StatementPtr& statement, const plan::CreateTable& command) {
  type::Schema schema;
  for (const plan::ColumnDefinition& column : command.columns) {
    if (column.type == nullptr) {
      continue;
    }
    if (column.generated_sql) {
      return base::Unsupported("generated columns", column.position);
    }
    schema.push_back(
        {column.name, column.type, column.nullable, -1, column.comment, column.default_sql});
    ARROW_RETURN_NOT_OK(CheckDefault(statement, "CREATE TABLE", schema.back()));
  }
  ARROW_RETURN_NOT_OK(CheckDuplicates(*statement, schema));
  return schema;
}

catalog::TableDefinition DefinitionOf(const StatementPtr& statement,
                                      const plan::CreateTable& command) {
  catalog::TableDefinition definition;
  definition.provider = command.provider.value_or(
      statement->config().GetString("spark.sql.sources.default", "parquet"));
  definition.partitioning = command.partitioning;
  definition.location = command.location;
  definition.comment = command.comment;
  definition.options = command.options;
  definition.properties = command.properties;
  definition.external = command.external || command.location.has_value();
  if (command.buckets) {
    definition.bucket_columns = command.buckets->columns;
    definition.sort_columns = command.buckets->sort_columns;
    definition.num_buckets = command.buckets->num_buckets;
  }
  return definition;
}

CommandResult CreateTableLike(const StatementPtr& statement, const plan::CreateTable& command,
                              const catalog::LocatedName& place) {
  ARROW_ASSIGN_OR_RAISE(FoundObject source, FindObject(statement, *command.like));
  catalog::TableDefinition definition = DefinitionOf(statement, command);
  if (source.table != nullptr) {
    definition.schema = source.table->schema();
    if (!command.provider) {
      definition.provider = source.table->provider();
      definition.options = source.table->details().options;
    }
    for (const std::string& column : source.table->partition_columns()) {
      plan::PartitionTransform transform;
      transform.columns = {{column}};
      definition.partitioning.push_back(std::move(transform));
    }
  } else if (source.view) {
    definition.schema = source.view->schema;
  } else {
    return base::Unsupported("CREATE TABLE LIKE a temporary view");
  }
  ARROW_RETURN_NOT_OK(place.catalog->CreateTable(place.id, definition));
  return NoRows(statement);
}

CommandResult CreateTableAs(const StatementPtr& statement, const plan::CreateTable& command,
                            const catalog::LocatedName& place) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr query, statement->Analyze(command.inputs[0]));
  catalog::TableDefinition definition = DefinitionOf(statement, command);
  for (const plan::ColumnInfo& column : query->Output()) {
    definition.schema.push_back(
        {column.name, type::ReplaceCharVarchar(column.type), true, -1, std::nullopt, std::nullopt});
  }
  ARROW_RETURN_NOT_OK(CheckDuplicates(*statement, definition.schema));
  const std::set<std::string> known = [&] {
    std::set<std::string> names;
    for (const type::Field& field : definition.schema) {
      if (field.type->is_null()) {
        names.insert(field.name);
      }
    }
    return names;
  }();
  if (!known.empty()) {
    return base::UserError("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                           "The " + definition.provider +
                               " datasource doesn't support the column " +
                               base::QuoteIdentifier(*known.begin()) + " of the type \"VOID\".",
                           {{"format", definition.provider},
                            {"columnName", base::QuoteIdentifier(*known.begin())},
                            {"columnType", "\"VOID\""}});
  }
  const bool replace = command.replace;
  ARROW_ASSIGN_OR_RAISE(catalog::StagedTable staged,
                        place.catalog->StageTable(place.id, definition, replace));
  table::WriteRequest request;
  request.mode = table::WriteMode::kAppend;
  request.context = statement->context();
  Status written = WriteRows(statement, query, *staged.table, request).status();
  if (written.ok()) {
    written = staged.commit();
  }
  if (!written.ok()) {
    // The first error counts; what an abort leaves behind is in no catalog.
    (void)staged.abort();
    return written;
  }
  return NoRows(statement);
}

/// Values of a partition clause as literals of the columns' types.
Result<std::vector<std::pair<std::string, plan::ExpressionPtr>>> LiteralPartition(
    const StatementPtr& statement, const table::Table& table,
    const std::vector<std::pair<std::string, plan::ExpressionPtr>>& clause) {
  std::vector<std::pair<std::string, plan::ExpressionPtr>> literals;
  for (const auto& [name, value] : clause) {
    type::TypePtr column_type = type::String();
    for (const type::Field& field : table.schema()) {
      if (LowerCase(field.name) == LowerCase(name)) {
        column_type = type::ReplaceCharVarchar(field.type);
      }
    }
    if (value == nullptr) {
      return base::UserError("INVALID_PARTITION_VALUE_IS_NULL_OR_MISSING",
                             "Partition column " + base::QuoteIdentifier(name) + " has no value.");
    }
    ARROW_ASSIGN_OR_RAISE(plan::ExpressionPtr literal,
                          statement->AnalyzeToLiteral(value, column_type));
    literals.emplace_back(name, std::move(literal));
  }
  return literals;
}

}  // namespace

CommandResult CreateTable(const StatementPtr& statement, const plan::CreateTable& command) {
  ARROW_ASSIGN_OR_RAISE(catalog::LocatedName place, LocateNew(statement, command.name));
  if (command.if_not_exists) {
    ARROW_ASSIGN_OR_RAISE(bool exists, place.catalog->TableExists(place.id));
    if (exists) {
      return NoRows(statement);
    }
  }
  if (command.like) {
    return CreateTableLike(statement, command, place);
  }
  if (!command.inputs.empty()) {
    return CreateTableAs(statement, command, place);
  }
  catalog::TableDefinition definition = DefinitionOf(statement, command);
  ARROW_ASSIGN_OR_RAISE(definition.schema, SchemaOf(statement, command));
  if (command.replace) {
    ARROW_ASSIGN_OR_RAISE(catalog::StagedTable staged,
                          place.catalog->StageTable(place.id, definition, true));
    ARROW_RETURN_NOT_OK(staged.commit());
    return NoRows(statement);
  }
  ARROW_RETURN_NOT_OK(place.catalog->CreateTable(place.id, definition));
  return NoRows(statement);
}

CommandResult DropTable(const StatementPtr& statement, const plan::DropTable& command) {
  ARROW_ASSIGN_OR_RAISE(catalog::LocatedName place, LocateNew(statement, command.name));
  const std::string full_name = DottedName(place.parts());
  if (place.catalog->LoadView(place.id).ok()) {
    return base::UserError("WRONG_COMMAND_FOR_OBJECT_TYPE",
                           "The operation DROP TABLE requires a EXTERNAL or MANAGED. But " +
                               full_name + " is a VIEW. Use DROP VIEW instead.",
                           {{"operation", "DROP TABLE"},
                            {"requiredType", "EXTERNAL or MANAGED"},
                            {"objectName", full_name},
                            {"foundType", "VIEW"},
                            {"alternative", "DROP VIEW"}});
  }
  Status dropped = place.catalog->DropTable(place.id, command.purge);
  if (command.if_exists && IsNotFound(dropped)) {
    return NoRows(statement);
  }
  if (IsNotFound(dropped)) {
    return catalog::TableNotFound(place.parts());
  }
  ARROW_RETURN_NOT_OK(dropped);
  FoundObject object;
  object.located = place;
  TableChanged(statement, object);
  return NoRows(statement);
}

CommandResult TruncateTable(const StatementPtr& statement, const plan::TruncateTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.name, "TRUNCATE TABLE"));
  if (found.table->details().external &&
      found.located->catalog->name() == catalog::kSessionCatalog) {
    return base::UserError("_LEGACY_ERROR_TEMP_1266",
                           "Operation not allowed: TRUNCATE TABLE on external tables: " +
                               base::QuoteName(found.full_name()) + ".",
                           {{"tableIdentWithDB", base::QuoteName(found.full_name())}});
  }
  table::WriteRequest request;
  request.context = statement->context();
  request.mode = command.partition.empty() ? table::WriteMode::kOverwriteAll
                                           : table::WriteMode::kOverwriteStatic;
  ARROW_ASSIGN_OR_RAISE(auto literals,
                        LiteralPartition(statement, *found.table, command.partition));
  if (!literals.empty() && found.table->partition_columns().empty()) {
    return base::UserError("_LEGACY_ERROR_TEMP_1267",
                           "Operation not allowed: TRUNCATE TABLE ... PARTITION is not supported "
                           "for tables that are not partitioned: " +
                               base::QuoteName(found.full_name()) + ".",
                           {{"tableIdentWithDB", base::QuoteName(found.full_name())}});
  }
  for (const auto& [name, literal] : literals) {
    request.static_partition.emplace_back(name, plan::As<plan::Literal>(literal)->value);
  }
  if (found.table->provider() == "iceberg" && literals.empty()) {
    table::RowLevelRequest all;
    all.context = statement->context();
    ARROW_ASSIGN_OR_RAISE(const bool deleted, found.table->DeleteByMetadata(all));
    if (deleted) {
      TableChanged(statement, found);
      return NoRows(statement);
    }
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<table::WriteJob> job, found.table->PlanWrite(request));
  Status committed = job->Commit({});
  if (!committed.ok()) {
    (void)job->Abort();  // the commit's error says what happened
    return committed;
  }
  TableChanged(statement, found);
  return NoRows(statement);
}

CommandResult AlterTable(const StatementPtr& statement, const plan::AlterTable& command) {
  if (command.action == plan::AlterTableAction::kRename) {
    ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.name));
    if (!found.located) {
      return base::Unsupported("renaming a temporary view by ALTER TABLE");
    }
    catalog::Identifier to = found.located->id;
    if (command.new_name.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(catalog::LocatedName target,
                            statement->state().catalogs.Locate(command.new_name));
      to = target.id;
    } else {
      to.name = command.new_name.back();
    }
    ARROW_RETURN_NOT_OK(found.located->catalog->RenameTable(found.located->id, to));
    TableChanged(statement, found);
    return NoRows(statement);
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.name, "ALTER TABLE"));
  if (command.action == plan::AlterTableAction::kRecoverPartitions) {
    return NoRows(statement);  // partitions are what folders there are
  }
  auto change = std::make_shared<plan::AlterTable>(command);
  for (auto& clause : change->partitions) {
    ARROW_ASSIGN_OR_RAISE(clause, LiteralPartition(statement, *found.table, clause));
  }
  for (const plan::ColumnChange& column : change->columns) {
    if (column.definition.default_sql) {
      type::Field field{column.column.back(), column.definition.type,       true, -1,
                        std::nullopt,         column.definition.default_sql};
      for (const type::Field& existing : found.table->schema()) {
        if (field.type == nullptr && LowerCase(existing.name) == LowerCase(field.name)) {
          field.type = existing.type;
        }
      }
      if (field.type != nullptr) {
        ARROW_RETURN_NOT_OK(CheckDefault(statement, "ALTER TABLE", field));
      }
    }
  }
  ARROW_RETURN_NOT_OK(base::WithPosition(
      found.located->catalog->AlterTable(found.located->id, *change), command.position));
  TableChanged(statement, found);
  return NoRows(statement);
}

CommandResult RepairTable(const StatementPtr& statement, const plan::RepairTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.name, "MSCK REPAIR TABLE"));
  if (found.table->partition_columns().empty()) {
    const std::string name = base::QuoteName(found.full_name());
    return base::UserError("NOT_A_PARTITIONED_TABLE",
                           "Operation MSCK REPAIR TABLE is not allowed for " + name +
                               " because it is not a partitioned table.",
                           {{"operation", "MSCK REPAIR TABLE"}, {"tableIdentWithDB", name}});
  }
  TableChanged(statement, found);
  return NoRows(statement);
}

CommandResult CommentOn(const StatementPtr& statement, const plan::CommentOn& command) {
  if (command.on_namespace) {
    ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.name));
    ARROW_RETURN_NOT_OK(
        place.first->AlterNamespace(place.second, {{"comment", command.comment.value_or("")}}));
    return NoRows(statement);
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.name, "COMMENT ON TABLE"));
  plan::AlterTable change;
  if (command.comment) {
    change.action = plan::AlterTableAction::kSetProperties;
    change.properties["comment"] = *command.comment;
  } else {
    change.action = plan::AlterTableAction::kUnsetProperties;
    change.keys = {"comment"};
  }
  ARROW_RETURN_NOT_OK(found.located->catalog->AlterTable(found.located->id, change));
  return NoRows(statement);
}

CommandResult AnalyzeTable(const StatementPtr& statement, const plan::AnalyzeTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindTable(statement, command.name, "ANALYZE TABLE"));
  const std::string name = base::QuoteName(found.full_name());
  plan::AlterTable change;
  change.action = plan::AlterTableAction::kSetProperties;
  const std::string prefix = "spark.sql.statistics.";
  ARROW_ASSIGN_OR_RAISE(table::Statistics statistics, found.table->statistics());
  if (statistics.num_bytes) {
    change.properties[prefix + "totalSize"] = std::to_string(*statistics.num_bytes);
  }
  std::vector<const type::Field*> columns;
  for (const type::Field& field : found.table->schema()) {
    const bool named = std::any_of(
        command.columns.begin(), command.columns.end(),
        [&](const std::string& column) { return LowerCase(column) == LowerCase(field.name); });
    if ((command.all_columns || named) && type::IsOrderable(*field.type)) {
      columns.push_back(&field);
    }
  }
  if (!command.noscan) {
    std::string items = "count(*)";
    for (const type::Field* field : columns) {
      const std::string column = base::QuoteIdentifier(field->name);
      items += ", CAST(min(" + column + ") AS STRING), CAST(max(" + column +
               ") AS STRING), count(" + column + "), approx_count_distinct(" + column + ")";
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<columnar::Batch> batches,
                          CollectText(statement, "SELECT " + items + " FROM " + name));
    if (batches.size() != 1 || batches[0].num_rows != 1) {
      return base::InternalError("a count without its one row");
    }
    const auto value = [&](size_t i) { return columnar::ValueAt(*batches[0].columns[i], 0); };
    const int64_t rows = value(0).integer();
    change.properties[prefix + "numRows"] = std::to_string(rows);
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string key = prefix + "colStats." + columns[i]->name + ".";
      const type::Value min = value(1 + 4 * i);
      const type::Value max = value(2 + 4 * i);
      if (!min.is_null()) {
        change.properties[key + "min"] = min.string();
        change.properties[key + "max"] = max.string();
      }
      change.properties[key + "nullCount"] = std::to_string(rows - value(3 + 4 * i).integer());
      change.properties[key + "distinctCount"] = std::to_string(value(4 + 4 * i).integer());
    }
  }
  ARROW_RETURN_NOT_OK(found.located->catalog->AlterTable(found.located->id, change));
  return NoRows(statement);
}

}  // namespace emery::session
