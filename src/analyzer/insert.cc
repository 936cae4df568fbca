// The rows of an INSERT, brought to the table's columns.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"
#include "sql/parser.h"

namespace emery::analyzer {

namespace {

std::string TableText(const Name& name) {
  return base::QuoteName(name);
}

Status ArityMismatch(const char* which, const Name& table, const type::Schema& schema,
                     const ScopeColumns& data) {
  std::string table_columns;
  for (const type::Field& field : schema) {
    table_columns += (table_columns.empty() ? "" : ", ") + base::QuoteIdentifier(field.name);
  }
  std::string data_columns;
  for (const ScopeColumn& column : data) {
    data_columns += (data_columns.empty() ? "" : ", ") + base::QuoteIdentifier(column.name);
  }
  return base::UserError(
      std::string("INSERT_COLUMN_ARITY_MISMATCH.") + which,
      "Cannot write to " + TableText(table) + ", the reason is " +
          (std::string_view(which) == "TOO_MANY_DATA_COLUMNS" ? "too many" : "not enough") +
          " data columns:\nTable columns: " + table_columns + ".\nData columns: " + data_columns +
          ".",
      {{"tableName", TableText(table)},
       {"tableColumns", table_columns},
       {"dataColumns", data_columns}});
}

type::StoreAssignment Policy(const AnalyzerContext& context) {
  const std::string text =
      context.query->config == nullptr
          ? "ANSI"
          : context.query->config->GetString("spark.sql.storeAssignmentPolicy", "ANSI");
  const std::string lower = Lower(text);
  return lower == "legacy"   ? type::StoreAssignment::kLegacy
         : lower == "strict" ? type::StoreAssignment::kStrict
                             : type::StoreAssignment::kAnsi;
}

/// DEFAULT in the rows of VALUES replaced by the column's default.
PlanPtr ReplaceDefaults(const PlanPtr& plan, const std::vector<const type::Field*>& targets,
                        const std::function<Result<ExpressionPtr>(const type::Field&)>& default_of,
                        Status* status) {
  return plan::TransformPlanUp(plan, [&](const PlanPtr& node) -> PlanPtr {
    const auto* table = plan::As<plan::UnresolvedInlineTable>(node);
    if (table == nullptr) {
      return node;
    }
    auto copy = std::make_shared<plan::UnresolvedInlineTable>(*table);
    for (ExpressionList& row : copy->rows) {
      for (size_t i = 0; i < row.size() && i < targets.size(); ++i) {
        const auto* name = plan::As<plan::UnresolvedColumn>(row[i]);
        const bool by_word =
            name != nullptr && name->parts.size() == 1 && Lower(name->parts[0]) == "default";
        if (row[i]->kind != plan::ExpressionKind::kDefault && !by_word) {
          continue;
        }
        Result<ExpressionPtr> value = default_of(*targets[i]);
        if (!value.ok()) {
          *status = value.status();
          return node;
        }
        row[i] = *value;
      }
    }
    return copy;
  });
}

}  // namespace

Result<PlanPtr> Analyzer::AnalyzeInsert(const plan::Insert& insert, const type::Schema& schema,
                                        const std::vector<std::string>& table_name) {
  QueryAnalyzer analyzer(context_);
  const Environment env;
  const auto find_field = [&](const std::string& name) {
    return std::find_if(schema.begin(), schema.end(), [&](const type::Field& field) {
      return analyzer.SameName(field.name, name);
    });
  };
  const auto default_of = [&](const type::Field& field) -> Result<ExpressionPtr> {
    if (!field.default_sql) {
      return plan::MakeNullLiteral(type::ReplaceCharVarchar(field.type));
    }
    sql::ParserOptions options;
    options.ansi = context_.query->ansi;
    options.time_zone = context_.query->session_time_zone;
    return sql::ParseExpression(*field.default_sql, options);
  };
  // Static partition values are columns that the query does not give.
  std::map<std::string, ExpressionPtr> fixed;
  for (const auto& [name, value] : insert.partition) {
    const auto field = find_field(name);
    if (field == schema.end()) {
      return base::UserError("NON_PARTITION_COLUMN",
                             "PARTITION clause cannot contain the non-partition column: " +
                                 base::QuoteIdentifier(name) + ".",
                             {{"columnName", base::QuoteIdentifier(name)}}, insert.position);
    }
    if (value != nullptr) {
      fixed[field->name] = value;
    }
  }
  // The fields that the query's columns go to, in their order.
  std::vector<const type::Field*> targets;
  if (!insert.columns.empty()) {
    for (const std::string& name : insert.columns) {
      const auto field = find_field(name);
      if (field == schema.end()) {
        return base::UserError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                               "The table " + TableText(table_name) + " has no column " +
                                   base::QuoteIdentifier(name) + ".",
                               {{"objectName", base::QuoteIdentifier(name)},
                                {"proposal", base::QuoteIdentifier(schema[0].name)}},
                               insert.position);
      }
      if (std::find(targets.begin(), targets.end(), &*field) != targets.end()) {
        return base::UserError(
            "COLUMN_ALREADY_EXISTS",
            "The column " + base::QuoteIdentifier(name) +
                " already exists. Choose another name or rename the existing column.",
            {{"columnName", base::QuoteIdentifier(name)}});
      }
      targets.push_back(&*field);
    }
  } else {
    for (const type::Field& field : schema) {
      if (!fixed.contains(field.name)) {
        targets.push_back(&field);
      }
    }
  }
  Status status;
  const PlanPtr query = ReplaceDefaults(insert.inputs[0], targets, default_of, &status);
  ARROW_RETURN_NOT_OK(status);
  ARROW_ASSIGN_OR_RAISE(Relation relation, analyzer.AnalyzeRelation(query, env));
  const ScopeColumns data = Visible(relation.columns);
  if (insert.by_name) {
    targets.clear();
    for (const ScopeColumn& column : data) {
      const auto field = find_field(column.name);
      if (field == schema.end()) {
        return base::UserError("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
                               "Cannot write incompatible data for the table " +
                                   TableText(table_name) + ": Cannot write extra columns " +
                                   base::QuoteIdentifier(column.name) + ".",
                               {{"tableName", TableText(table_name)},
                                {"extraColumns", base::QuoteIdentifier(column.name)}},
                               insert.position);
      }
      targets.push_back(&*field);
    }
  } else if (data.size() > targets.size()) {
    return ArityMismatch("TOO_MANY_DATA_COLUMNS", table_name, schema, data);
  } else if (data.size() < targets.size()) {
    // Without a list of columns, trailing ones may be left to their defaults.
    const bool defaults =
        insert.columns.empty() &&
        std::all_of(targets.begin() + static_cast<std::ptrdiff_t>(data.size()), targets.end(),
                    [](const type::Field* field) { return field->default_sql.has_value(); });
    if (!defaults) {
      return ArityMismatch("NOT_ENOUGH_DATA_COLUMNS", table_name, schema, data);
    }
    targets.resize(data.size());
  }
  const type::StoreAssignment policy = Policy(context_);
  ExpressionList output;
  ExpressionContext constant_context;
  constant_context.environment = &env;
  constant_context.place = "INSERT";
  for (const type::Field& field : schema) {
    const TypePtr wanted = type::ReplaceCharVarchar(field.type);
    ExpressionPtr value;
    const auto target = std::find(targets.begin(), targets.end(), &field);
    if (target != targets.end()) {
      value = ToColumn(data[static_cast<size_t>(target - targets.begin())]);
      if (!type::CanStoreAssign(value->type, wanted, policy)) {
        return base::UserError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                               "Cannot write incompatible data for the table " +
                                   TableText(table_name) + ": Cannot safely cast " +
                                   base::QuoteIdentifier(field.name) + " " + TypeText(value->type) +
                                   " to " + TypeText(wanted) + ".",
                               {{"tableName", TableText(table_name)},
                                {"colName", base::QuoteIdentifier(field.name)},
                                {"srcType", TypeText(value->type)},
                                {"targetType", TypeText(wanted)}},
                               insert.position);
      }
    } else {
      const auto given = fixed.find(field.name);
      ExpressionPtr written;
      if (given != fixed.end()) {
        written = given->second;
      } else {
        if (!field.default_sql && !field.nullable) {
          return base::UserError(
              "NOT_NULL_CONSTRAINT_VIOLATION",
              "The column " + base::QuoteIdentifier(field.name) + " of " + TableText(table_name) +
                  " needs a value: it has no default and can't be null.",
              {{"columnPath", base::QuoteIdentifier(field.name)}}, insert.position);
        }
        ARROW_ASSIGN_OR_RAISE(written, default_of(field));
      }
      ARROW_ASSIGN_OR_RAISE(value, analyzer.Resolve(written, constant_context));
    }
    if (!value->type->SameType(*wanted)) {
      const plan::EvalMode mode = policy == type::StoreAssignment::kLegacy ? plan::EvalMode::kLegacy
                                                                           : plan::EvalMode::kAnsi;
      value = plan::MakeCast(std::move(value), wanted, mode);
    }
    output.push_back(value->kind == plan::ExpressionKind::kColumn &&
                             static_cast<const plan::Column&>(*value).name == field.name
                         ? value
                         : plan::MakeAlias(value, field.name, plan::NextColumnId()));
  }
  return analyzer.InlineShared(plan::MakeProject(relation.plan, std::move(output)));
}

}  // namespace emery::analyzer
