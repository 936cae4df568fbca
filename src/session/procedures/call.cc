// CALL: finds the procedure, binds its arguments, gives its rows.
#include <algorithm>

#include "catalog/iceberg/session_wrapper.h"
#include "session/procedures/procedure.h"

namespace emery::session {

namespace {

struct Procedure {
  std::vector<ProcedureParameter> parameters;
  type::Schema output;
  ProcedureBody body;
};

std::map<std::string, Procedure>& Procedures() {
  static auto* procedures = new std::map<std::string, Procedure>();
  return *procedures;
}

Status NotFound(const std::vector<std::string>& name) {
  return base::UserError(
      "FAILED_TO_LOAD_ROUTINE",
      "Failed to load routine " + base::QuoteName(name) + ": there is no such procedure.",
      {{"routineName", base::QuoteName(name)}});
}

Status BindArguments(const StatementPtr& statement, const plan::CallProcedure& command,
                     const Procedure& procedure, const std::string& name,
                     std::map<std::string, type::Value>* arguments) {
  size_t next = 0;
  for (const auto& argument : command.arguments) {
    const auto* named = plan::As<plan::NamedArgument>(argument);
    const ProcedureParameter* parameter = nullptr;
    if (named != nullptr) {
      for (const auto& one : procedure.parameters) {
        if (LowerCase(one.name) == LowerCase(named->name)) {
          parameter = &one;
        }
      }
      if (parameter == nullptr) {
        return base::UserError("UNRECOGNIZED_PARAMETER_NAME",
                               "Cannot invoke routine " + base::QuoteIdentifier(name) +
                                   " because the routine call included a named argument reference "
                                   "for the argument named " +
                                   base::QuoteIdentifier(named->name) +
                                   ", but this routine does not include any signature containing "
                                   "an argument with this name.",
                               {{"routineName", base::QuoteIdentifier(name)},
                                {"argumentName", base::QuoteIdentifier(named->name)}},
                               argument->position);
      }
    } else if (next < procedure.parameters.size()) {
      parameter = &procedure.parameters[next++];
    } else {
      return base::UserError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                             "The " + base::QuoteIdentifier(name) + " requires at most " +
                                 std::to_string(procedure.parameters.size()) + " parameters.",
                             {{"functionName", base::QuoteIdentifier(name)}}, argument->position);
    }
    if (arguments->contains(parameter->name)) {
      return base::UserError(
          "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
          "Call to routine " + base::QuoteIdentifier(name) +
              " is invalid because it includes multiple argument assignments to "
              "the same parameter name " +
              base::QuoteIdentifier(parameter->name) + ".",
          {{"routineName", base::QuoteIdentifier(name)},
           {"parameterName", base::QuoteIdentifier(parameter->name)}},
          argument->position);
    }
    const auto& value = named != nullptr ? named->children[0] : argument;
    ARROW_ASSIGN_OR_RAISE(const auto literal, statement->AnalyzeToLiteral(value, parameter->type));
    (*arguments)[parameter->name] = plan::As<plan::Literal>(literal)->value;
  }
  for (const auto& parameter : procedure.parameters) {
    const auto found = arguments->find(parameter.name);
    if (parameter.required && (found == arguments->end() || found->second.is_null())) {
      return base::UserError("REQUIRED_PARAMETER_NOT_FOUND",
                             "Cannot invoke routine " + base::QuoteIdentifier(name) +
                                 " because the parameter named " +
                                 base::QuoteIdentifier(parameter.name) +
                                 " is required, but the routine call did not supply a value.",
                             {{"routineName", base::QuoteIdentifier(name)},
                              {"parameterName", base::QuoteIdentifier(parameter.name)}});
    }
  }
  return Status::OK();
}

}  // namespace

ProcedureRegistration::ProcedureRegistration(std::string name,
                                             std::vector<ProcedureParameter> parameters,
                                             type::Schema output, ProcedureBody body) {
  Procedures()[std::move(name)] = {std::move(parameters), std::move(output), body};
}

Status InvalidArgument(const std::string& message) {
  return base::UserError("INVALID_PARAMETER_VALUE", message, {{"parameter", message}});
}

type::Field ProcedureColumn(const std::string& name, type::TypePtr type, bool nullable) {
  return {name, std::move(type), nullable, -1, std::nullopt, std::nullopt};
}

const type::Value& ProcedureCall::Argument(const std::string& name) const {
  static const type::Value kNull;
  const auto found = arguments.find(name);
  return found == arguments.end() ? kNull : found->second;
}

std::string ProcedureCall::Text(const std::string& name, const std::string& fallback) const {
  return Has(name) ? Argument(name).string() : fallback;
}

int64_t ProcedureCall::Number(const std::string& name, int64_t fallback) const {
  return Has(name) ? Argument(name).integer() : fallback;
}

bool ProcedureCall::Bool(const std::string& name, bool fallback) const {
  return Has(name) ? Argument(name).boolean() : fallback;
}

std::map<std::string, std::string> ProcedureCall::Map(const std::string& name) const {
  std::map<std::string, std::string> map;
  if (Has(name)) {
    const auto& items = Argument(name).list();
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      map[items[i].string()] = items[i + 1].is_null() ? "" : items[i + 1].string();
    }
  }
  return map;
}

Result<catalog::Identifier> ProcedureCall::Identify(const std::string& name) const {
  ARROW_ASSIGN_OR_RAISE(const auto expression,
                        sql::ParseExpression(Text(name), ParserOptionsOf(statement->config())));
  const auto* column = plan::As<plan::UnresolvedColumn>(expression);
  if (column == nullptr || column->parts.empty()) {
    return InvalidArgument("Cannot parse the identifier for argument '" + name +
                           "': " + Text(name) + ".");
  }
  std::vector<std::string> parts = column->parts;
  if (parts.size() > 1 && parts[0] == catalog_name) {
    parts.erase(parts.begin());
  }
  catalog::Identifier id;
  id.name = parts.back();
  id.name_space.assign(parts.begin(), parts.end() - 1);
  if (id.name_space.empty()) {
    id.name_space = statement->state().catalogs.current_catalog() == catalog_name
                        ? statement->state().catalogs.current_namespace()
                        : catalog->default_namespace();
  }
  return id;
}

Result<catalog::IcebergCatalog*> ProcedureCall::Iceberg() const {
  auto* iceberg = dynamic_cast<catalog::IcebergCatalog*>(catalog::IcebergSideOf(catalog.get()));
  if (iceberg == nullptr) {
    return base::Unsupported("Iceberg procedures in the catalog " +
                             base::QuoteIdentifier(catalog_name));
  }
  return iceberg;
}

Result<std::shared_ptr<table::iceberg::TableOperations>> ProcedureCall::Table(
    const std::string& name) const {
  ARROW_ASSIGN_OR_RAISE(auto* iceberg, Iceberg());
  ARROW_ASSIGN_OR_RAISE(const auto id, Identify(name));
  return iceberg->LoadOperations(id);
}

CommandResult CallProcedure(const StatementPtr& statement, const plan::CallProcedure& command) {
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> name, statement->NameOf(command.procedure));
  auto& catalogs = statement->state().catalogs;
  ProcedureCall call;
  call.statement = statement;
  std::vector<std::string> rest = name;
  call.catalog_name = catalogs.current_catalog();
  if (rest.size() == 3) {
    call.catalog_name = rest[0];
    rest.erase(rest.begin());
  }
  if (rest.size() != 2 || LowerCase(rest[0]) != "system") {
    return base::WithPosition(NotFound(name), command.position);
  }
  const auto found = Procedures().find(LowerCase(rest[1]));
  if (found == Procedures().end()) {
    return base::WithPosition(NotFound(name), command.position);
  }
  ARROW_ASSIGN_OR_RAISE(call.catalog, catalogs.Find(call.catalog_name));
  const Procedure& procedure = found->second;
  ARROW_RETURN_NOT_OK(
      BindArguments(statement, command, procedure, LowerCase(rest[1]), &call.arguments));
  ARROW_ASSIGN_OR_RAISE(const auto rows, procedure.body(call));
  for (const char* argument : {"table", "source_table"}) {
    if (call.arguments.contains(argument)) {
      const auto id = call.Identify(argument);
      if (id.ok()) {
        FoundObject object;
        object.located = catalog::LocatedName{call.catalog, *id};
        TableChanged(statement, object);
      }
    }
  }
  columnar::Batch batch;
  batch.num_rows = static_cast<int64_t>(rows.size());
  for (size_t c = 0; c < procedure.output.size(); ++c) {
    auto builder = columnar::VectorBuilder::Make(procedure.output[c].type);
    for (const auto& row : rows) {
      builder->AppendValue(row[c]);
    }
    batch.columns.push_back(builder->Finish());
  }
  std::vector<columnar::Batch> batches;
  for (int64_t begin = 0; begin < batch.num_rows; begin += columnar::kBatchSize) {
    batches.push_back(columnar::SliceBatch(
        batch, begin, std::min<int64_t>(columnar::kBatchSize, batch.num_rows - begin)));
  }
  return RowsOf(statement, procedure.output, std::move(batches));
}

}  // namespace emery::session
