#include "catalog/errors.h"

#include <string>
#include <vector>

namespace emery::catalog {

using base::QuoteName;
using base::UserError;

Status TableNotFound(const std::vector<std::string>& name) {
  const std::string quoted = QuoteName(name);
  return UserError(
      "TABLE_OR_VIEW_NOT_FOUND",
      "The table or view " + quoted +
          " cannot be found. Verify the spelling and correctness of the schema and catalog.\n"
          "If you did not qualify the name with a schema, verify the current_schema() output, or "
          "qualify the name with the correct schema and catalog.\n"
          "To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS.",
      {{"relationName", quoted}});
}

Status SchemaNotFound(const std::vector<std::string>& name) {
  const std::string quoted = QuoteName(name);
  return UserError(
      "SCHEMA_NOT_FOUND",
      "The schema " + quoted +
          " cannot be found. Verify the spelling and correctness of the schema and catalog.\n"
          "If you did not qualify the name with a catalog, verify the current_schema() output, or "
          "qualify the name with the correct catalog.\n"
          "To tolerate the error on drop use DROP SCHEMA IF EXISTS.",
      {{"schemaName", quoted}});
}

Status TableAlreadyExists(const std::vector<std::string>& name) {
  const std::string quoted = QuoteName(name);
  return UserError("TABLE_OR_VIEW_ALREADY_EXISTS",
                   "Cannot create table or view " + quoted +
                       " because it already exists.\n"
                       "Choose a different name, drop or replace the existing object, or add the "
                       "IF NOT EXISTS clause to tolerate pre-existing objects.",
                   {{"relationName", quoted}});
}

Status SchemaAlreadyExists(const std::string& name) {
  return UserError("SCHEMA_ALREADY_EXISTS",
                   "Cannot create schema " + base::QuoteIdentifier(name) +
                       " because it already exists.\n"
                       "Choose a different name, drop the existing schema, or add the IF NOT "
                       "EXISTS clause to tolerate pre-existing schema.",
                   {{"schemaName", base::QuoteIdentifier(name)}});
}

Status SchemaNotEmpty(const std::string& name) {
  return UserError("SCHEMA_NOT_EMPTY",
                   "Cannot drop a schema " + base::QuoteIdentifier(name) +
                       " because it contains objects.\n"
                       "Use DROP SCHEMA ... CASCADE to drop the schema and all its objects.",
                   {{"schemaName", base::QuoteIdentifier(name)}});
}

Status UnsupportedTableOperation(const std::vector<std::string>& name,
                                 const std::string& operation) {
  const std::string quoted = QuoteName(name);
  return UserError(
      "UNSUPPORTED_FEATURE.TABLE_OPERATION",
      "The feature is not supported: Table " + quoted + " does not support " + operation +
          ". Please check the current catalog and namespace to make sure the qualified table name "
          "is expected, and also check the catalog implementation which is configured by "
          "\"spark.sql.catalog\".",
      {{"tableName", quoted}, {"operation", operation}});
}

}  // namespace emery::catalog
