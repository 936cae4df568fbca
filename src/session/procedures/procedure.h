#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/iceberg/iceberg_catalog.h"
#include "session/commands/commands.h"

namespace emery::session {

struct ProcedureParameter {
  std::string name;
  type::TypePtr type;
  bool required = false;
};

/// One CALL: its catalog and its arguments, null where they were left out.
struct ProcedureCall {
  StatementPtr statement;
  std::shared_ptr<catalog::Catalog> catalog;
  std::string catalog_name;
  std::map<std::string, type::Value> arguments;

  const type::Value& Argument(const std::string& name) const;

  bool Has(const std::string& name) const { return !Argument(name).is_null(); }

  std::string Text(const std::string& name, const std::string& fallback = "") const;
  int64_t Number(const std::string& name, int64_t fallback) const;
  bool Bool(const std::string& name, bool fallback) const;
  /// A map argument.
  std::map<std::string, std::string> Map(const std::string& name) const;

  /// The identifier in the argument `name`, below this catalog: "db.t", or with the catalog in
  /// front.
  Result<catalog::Identifier> Identify(const std::string& name) const;
  /// Operations of the Iceberg table that the argument names. Errors: TABLE_OR_VIEW_NOT_FOUND;
  /// UNSUPPORTED_FEATURE for catalogs of other tables.
  Result<std::shared_ptr<table::iceberg::TableOperations>> Table(const std::string& name) const;
  Result<catalog::IcebergCatalog*> Iceberg() const;
};

using ProcedureRows = std::vector<std::vector<type::Value>>;
using ProcedureBody = Result<ProcedureRows> (*)(const ProcedureCall& call);

/// A registration block of CALL <catalog>.system.<name>: parameters in the order of positional
/// arguments, columns of the result, and what it does. Filled before main, then only read.
class ProcedureRegistration {
 public:
  ProcedureRegistration(std::string name, std::vector<ProcedureParameter> parameters,
                        type::Schema output, ProcedureBody body);
};

CommandResult CallProcedure(const StatementPtr& statement, const plan::CallProcedure& command);

/// A procedure's error about an argument (Spark's IllegalArgumentException).
Status InvalidArgument(const std::string& message);

/// A column of a procedure's result.
type::Field ProcedureColumn(const std::string& name, type::TypePtr type, bool nullable);

}  // namespace emery::session
