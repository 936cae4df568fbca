// What stands in FROM: tables, views, aliases, inline tables, samples, hints.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"
#include "sql/parser.h"

namespace emery::analyzer {

namespace {

constexpr int kViewDepthMax = 100;

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeRelation(const PlanPtr& plan, const Environment& env) {
  using Kind = plan::PlanKind;
  switch (plan->kind) {
    case Kind::kUnresolvedRelation:
      return AnalyzeNamed(static_cast<const plan::UnresolvedRelation&>(*plan), env);
    case Kind::kUnresolvedTableFunction:
      return AnalyzeTableFunction(static_cast<const plan::UnresolvedTableFunction&>(*plan), env);
    case Kind::kUnresolvedSelect:
      return AnalyzeSelect(static_cast<const plan::UnresolvedSelect&>(*plan), nullptr, env);
    case Kind::kUnresolvedOrdering:
      return AnalyzeOrdering(static_cast<const plan::UnresolvedOrdering&>(*plan), env);
    case Kind::kUnresolvedJoin:
      return AnalyzeJoin(static_cast<const plan::UnresolvedJoin&>(*plan), env);
    case Kind::kUnresolvedWith:
      return AnalyzeWith(static_cast<const plan::UnresolvedWith&>(*plan), env);
    case Kind::kUnresolvedPivot:
      return AnalyzePivot(static_cast<const plan::UnresolvedPivot&>(*plan), env);
    case Kind::kUnresolvedUnpivot:
      return AnalyzeUnpivot(static_cast<const plan::UnresolvedUnpivot&>(*plan), env);
    case Kind::kUnresolvedLateralView:
      return AnalyzeLateralView(static_cast<const plan::UnresolvedLateralView&>(*plan), env);
    case Kind::kUnresolvedInlineTable:
      return AnalyzeInlineTable(static_cast<const plan::UnresolvedInlineTable&>(*plan), env);
    case Kind::kUnresolvedSubqueryAlias:
      return AnalyzeAlias(static_cast<const plan::UnresolvedSubqueryAlias&>(*plan), env);
    case Kind::kUnresolvedHint:
      return AnalyzeHint(static_cast<const plan::UnresolvedHint&>(*plan), env, nullptr);
    case Kind::kUnresolvedSetOperation:
      return AnalyzeSetOperation(static_cast<const plan::UnresolvedSetOperation&>(*plan), env);
    case Kind::kUnresolvedSample:
      return AnalyzeSample(static_cast<const plan::UnresolvedSample&>(*plan), env);
    case Kind::kCommand:
      return base::Unsupported("a command inside a query", plan->position);
    default:
      // Resolved before: a registered DataFrame. Its ids must not meet themselves in a self-join.
      std::map<ColumnId, ColumnId> mapping;
      PlanPtr copy = plan::WithNewIds(plan, &mapping);
      ScopeColumns columns = ToScope(copy->Output());
      return Relation{std::move(copy), std::move(columns)};
  }
}

Relation QueryAnalyzer::OneRow() const {
  auto values = std::make_shared<plan::Values>();
  values->rows.emplace_back();
  return {std::move(values), {}};
}

Result<Relation> QueryAnalyzer::AnalyzeNamed(const plan::UnresolvedRelation& relation,
                                             const Environment& env) {
  RelationRequest request;
  request.name = relation.name;
  request.options = relation.options;
  request.origin = env.origin;
  if (relation.identifier != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, IdentifierText(relation.identifier, env));
    ARROW_ASSIGN_OR_RAISE(request.name, sql::ParseName(text));
  }
  if (request.name.size() == 1 && relation.version == nullptr && relation.timestamp == nullptr) {
    const std::string key = Key(request.name[0]);
    for (const CteScope* scope = env.ctes; scope != nullptr; scope = scope->parent) {
      const auto found = scope->entries.find(key);
      if (found == scope->entries.end()) {
        continue;
      }
      Relation read = ReadCte(*found->second);
      for (ScopeColumn& column : read.columns) {
        column.qualifier = {request.name[0]};
      }
      return read;
    }
  }
  ExpressionContext context;
  context.environment = &env;
  context.place = "time travel";
  if (relation.version != nullptr) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr version, Resolve(relation.version, context));
    ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(CastTo(version, type::String())));
    if (value.is_null()) {
      return base::UserError("INVALID_TIME_TRAVEL_SPEC", "The version of VERSION AS OF is null.",
                             {}, relation.position);
    }
    request.version = value.string();
  }
  if (relation.timestamp != nullptr) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr timestamp, Resolve(relation.timestamp, context));
    if (!type::CanCast(timestamp->type, type::Timestamp(), true) || !plan::IsFoldable(timestamp)) {
      return base::UserError(
          "INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT",
          "TIMESTAMP AS OF needs a constant that can be cast to a timestamp, not " +
              ExpressionText(timestamp) + ".",
          {{"expr", ExpressionText(timestamp)}}, relation.position);
    }
    ARROW_ASSIGN_OR_RAISE(const type::Value value, Constant(CastTo(timestamp, type::Timestamp())));
    if (value.is_null()) {
      return base::UserError("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT",
                             "The time of TIMESTAMP AS OF is null.",
                             {{"expr", ExpressionText(timestamp)}}, relation.position);
    }
    request.timestamp_us = value.integer();
  }
  if (context_.relations == nullptr) {
    return base::UserError(
        "TABLE_OR_VIEW_NOT_FOUND",
        "The table or view " + base::QuoteName(request.name) + " cannot be found.",
        {{"relationName", base::QuoteName(request.name)}}, relation.position);
  }
  Result<FoundRelation> found = context_.relations->FindRelation(request);
  if (!found.ok()) {
    return base::WithPosition(found.status(), relation.position);
  }
  if (found->view) {
    Result<Relation> view = AnalyzeView(*found->view, found->name, env);
    return view.ok() ? view : base::WithPosition(view.status(), relation.position);
  }
  auto scan = std::make_shared<plan::Scan>();
  scan->table = found->table;
  scan->position = relation.position;
  for (const std::string& part : found->name) {
    scan->name += (scan->name.empty() ? "" : ".") + part;
  }
  ScopeColumns columns;
  int index = 0;
  for (const type::Field& field : found->table->schema()) {
    scan->columns.push_back(
        {plan::NextColumnId(), field.name, type::ReplaceCharVarchar(field.type), field.nullable});
    scan->field_indexes.push_back(index++);
    if (field.type->is(type::TypeId::kChar)) {
      char_lengths_[scan->columns.back().id] = field.type->length();
    }
    columns.push_back(ToScopeColumn(scan->columns.back(), found->name));
  }
  for (const type::Field& field : found->table->metadata_columns()) {
    scan->columns.push_back(
        {plan::NextColumnId(), field.name, type::ReplaceCharVarchar(field.type), field.nullable});
    scan->field_indexes.push_back(-1);
    columns.push_back(ToScopeColumn(scan->columns.back(), found->name));
    columns.back().hidden = true;
    columns.back().metadata = true;
  }
  return Relation{std::move(scan), std::move(columns)};
}

Result<Relation> QueryAnalyzer::AnalyzeView(const ViewQuery& view, const Name& name,
                                            const Environment& env) {
  if (env.view_depth >= kViewDepthMax) {
    return base::UserError(
        "VIEW_EXCEED_MAX_NESTED_DEPTH",
        "The depth of view " + base::QuoteName(name) +
            " exceeds the maximum view resolution depth (" + std::to_string(kViewDepthMax) +
            "). The view may refer to itself.",
        {{"viewName", base::QuoteName(name)}, {"maxNestedDepth", std::to_string(kViewDepthMax)}});
  }
  PlanPtr plan = view.plan;
  if (plan == nullptr) {
    sql::ParserOptions options;
    options.ansi = ansi();
    options.time_zone = context_.query->session_time_zone;
    const auto ansi_entry = view.config.find("spark.sql.ansi.enabled");
    if (ansi_entry != view.config.end()) {
      options.ansi = ansi_entry->second == "true";
    }
    ARROW_ASSIGN_OR_RAISE(plan, sql::ParseStatement(view.text, options));
  }
  // A view sees neither the CTEs nor the columns around the place where it is used.
  Environment inside;
  inside.view_depth = env.view_depth + 1;
  inside.origin = view.origin ? &*view.origin : nullptr;
  ARROW_ASSIGN_OR_RAISE(Relation relation, AnalyzeRelation(plan, inside));
  relation.columns = Visible(relation.columns);
  if (!view.schema.empty()) {
    if (relation.columns.size() != view.schema.size()) {
      return base::UserError("INCOMPATIBLE_VIEW_SCHEMA_CHANGE",
                             "The query of view " + base::QuoteName(name) + " gives " +
                                 std::to_string(relation.columns.size()) +
                                 " columns, but the view was made with " +
                                 std::to_string(view.schema.size()) + ". Recreate the view.",
                             {{"viewName", base::QuoteName(name)}});
    }
    std::vector<TypePtr> types;
    for (size_t i = 0; i < view.schema.size(); ++i) {
      const TypePtr wanted = type::ReplaceCharVarchar(view.schema[i].type);
      if (!relation.columns[i].type->SameType(*wanted) &&
          !type::CanUpCast(relation.columns[i].type, wanted)) {
        return base::UserError(
            "CANNOT_UP_CAST_DATATYPE",
            "The column " + base::QuoteIdentifier(view.schema[i].name) + " of view " +
                base::QuoteName(name) + " is now " + TypeText(relation.columns[i].type) +
                ", which does not fit into " + TypeText(wanted) + ". Recreate the view.",
            {{"expression", base::QuoteIdentifier(relation.columns[i].name)},
             {"sourceType", TypeText(relation.columns[i].type)},
             {"targetType", TypeText(wanted)}});
      }
      types.push_back(wanted);
    }
    relation = CastColumns(std::move(relation), types);
    for (size_t i = 0; i < view.schema.size(); ++i) {
      relation.columns[i].name = view.schema[i].name;
    }
  }
  for (ScopeColumn& column : relation.columns) {
    column.qualifier = name;
  }
  return relation;
}

Result<Relation> QueryAnalyzer::Rename(Relation relation, const std::string& alias,
                                       const std::vector<std::string>& columns,
                                       base::Position position) {
  const Name qualifier = alias.empty() ? Name{} : Name{alias};
  if (columns.empty()) {
    // The other sides of a USING inside are out of reach from here.
    std::erase_if(relation.columns,
                  [](const ScopeColumn& column) { return column.hidden && !column.metadata; });
    for (ScopeColumn& column : relation.columns) {
      column.qualifier = qualifier;
    }
    return relation;
  }
  relation.columns = Visible(relation.columns);
  if (relation.columns.size() != columns.size()) {
    return base::UserError("ASSIGNMENT_ARITY_MISMATCH",
                           "The number of columns assigned to " + base::QuoteIdentifier(alias) +
                               " is " + std::to_string(columns.size()) + ", but it has " +
                               std::to_string(relation.columns.size()) + ".",
                           {{"numExpr", std::to_string(relation.columns.size())},
                            {"numTarget", std::to_string(columns.size())}},
                           position);
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    relation.columns[i].name = columns[i];
    relation.columns[i].qualifier = qualifier;
  }
  return relation;
}

Result<Relation> QueryAnalyzer::AnalyzeAlias(const plan::UnresolvedSubqueryAlias& alias,
                                             const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation relation, AnalyzeRelation(alias.inputs[0], env));
  return Rename(std::move(relation), alias.alias, alias.columns, alias.position);
}

Status QueryAnalyzer::CheckInlineValue(const ExpressionPtr& e) const {
  if (!plan::IsFoldable(e)) {
    return Status::OK();
  }
  const Status status = Constant(e).status();
  if (status.ok() || base::GetErrorDetail(status) == nullptr) {
    return status;
  }
  return base::UserError("INVALID_INLINE_TABLE.FAILED_SQL_EXPRESSION_EVALUATION",
                         "Invalid inline table. Failed to evaluate the SQL expression " +
                             ExpressionText(e) +
                             ". Please check your syntax and ensure all required tables and "
                             "columns are available. " +
                             status.message(),
                         {{"sqlExpr", ExpressionText(e)}}, e->position);
}

Result<Relation> QueryAnalyzer::AnalyzeInlineTable(const plan::UnresolvedInlineTable& table,
                                                   const Environment& env) {
  ExpressionContext context;
  context.environment = &env;
  context.place = "VALUES";
  auto values = std::make_shared<plan::Values>();
  values->position = table.position;
  const size_t width = table.rows.empty() ? 0 : table.rows[0].size();
  std::vector<std::vector<TypePtr>> types(width);
  for (size_t row = 0; row < table.rows.size(); ++row) {
    if (table.rows[row].size() != width) {
      return base::UserError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                             "Invalid inline table. Inline table expected " +
                                 std::to_string(width) + " columns but found " +
                                 std::to_string(table.rows[row].size()) + " columns in row " +
                                 std::to_string(row) + ".",
                             {{"expectedNumCols", std::to_string(width)},
                              {"actualNumCols", std::to_string(table.rows[row].size())},
                              {"rowIndex", std::to_string(row)}},
                             table.position);
    }
    ExpressionList typed_row;
    for (size_t i = 0; i < width; ++i) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, Resolve(table.rows[row][i], context));
      if (HasSubquery(typed)) {
        return base::UserError(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.SCALAR_SUBQUERY_IN_VALUES",
            "Unsupported subquery expression: Scalar subqueries in the VALUES clause.", {},
            table.position);
      }
      if (!plan::IsFoldable(typed)) {
        return base::UserError("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                               "Cannot evaluate the expression " + ExpressionText(typed) +
                                   " in inline table definition.",
                               {{"expr", ExpressionText(typed)}}, table.position);
      }
      types[i].push_back(typed->type);
      typed_row.push_back(std::move(typed));
    }
    values->rows.push_back(std::move(typed_row));
  }
  Relation relation;
  for (size_t i = 0; i < width; ++i) {
    TypePtr common = type::Null();
    for (const TypePtr& type : types[i]) {
      common = common == nullptr ? nullptr : type::CommonTypeNoString(common, type, ansi());
    }
    const std::string name = "col" + std::to_string(i + 1);
    if (common == nullptr) {
      return base::UserError("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                             "Found incompatible types in the column " +
                                 base::QuoteIdentifier(name) + " for inline table.",
                             {{"colName", base::QuoteIdentifier(name)}}, table.position);
    }
    bool nullable = false;
    for (ExpressionList& row : values->rows) {
      row[i] = CastTo(row[i], common);
      nullable = nullable || row[i]->nullable;
      if (row[i]->kind != plan::ExpressionKind::kLiteral) {
        ARROW_RETURN_NOT_OK(CheckInlineValue(row[i]));
      }
    }
    values->columns.push_back({plan::NextColumnId(), name, common, nullable});
  }
  relation.columns = ToScope(values->columns);
  relation.plan = std::move(values);
  return relation;
}

PlanPtr MakeLimit(PlanPtr input, int64_t limit, int64_t offset) {
  auto node = std::make_shared<plan::Limit>();
  node->inputs = {std::move(input)};
  node->limit = limit;
  node->offset = offset;
  return node;
}

Result<Relation> QueryAnalyzer::AnalyzeSample(const plan::UnresolvedSample& sample,
                                              const Environment& env) {
  ARROW_ASSIGN_OR_RAISE(Relation relation, AnalyzeRelation(sample.inputs[0], env));
  if (sample.clause.rows) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> rows,
                          LimitValue(*sample.clause.rows, "TABLESAMPLE", env));
    relation.plan = MakeLimit(relation.plan, rows.value_or(-1), 0);
    return relation;
  }
  auto node = std::make_shared<plan::Sample>();
  node->position = sample.position;
  node->inputs = {relation.plan};
  if (sample.clause.percent) {
    node->upper = std::min(1.0, std::max(0.0, *sample.clause.percent / 100));
  } else if (sample.clause.bucket) {
    node->upper = static_cast<double>(sample.clause.bucket->first) / sample.clause.bucket->second;
  }
  node->seed = sample.clause.seed;
  relation.plan = std::move(node);
  return relation;
}

namespace {

/// REPARTITION and its like: whether the columns that it names are there.
Status CheckPartitioningHint(QueryAnalyzer* analyzer, const std::string& name,
                             const plan::UnresolvedHint& hint, const Relation& relation,
                             const Environment& env) {
  const auto is_number = [](const ExpressionPtr& e) {
    const auto* literal = plan::As<plan::Literal>(e);
    return literal != nullptr && literal->type->is_integral();
  };
  if (name == "coalesce") {
    if (hint.arguments.size() == 1 && is_number(hint.arguments[0])) {
      return Status::OK();
    }
    return base::UserError("_LEGACY_ERROR_TEMP_1046",
                           "COALESCE Hint expects a partition number as a parameter.",
                           {{"hintName", "COALESCE"}}, hint.position);
  }
  if (name != "repartition" && name != "repartition_by_range" && name != "rebalance") {
    return Status::OK();  // of hints that are not known Spark says no more than a warning
  }
  // How rows are dealt out changes no result; that the columns exist is checked all the same.
  const Scope scope{Visible(relation.columns), {}, false, nullptr};
  ExpressionContext context;
  context.environment = &env;
  context.scope = &scope;
  context.place = "hint";
  for (size_t i = 0; i < hint.arguments.size(); ++i) {
    ExpressionPtr column = hint.arguments[i];
    if (i == 0 && is_number(column)) {
      continue;
    }
    const auto* literal = plan::As<plan::Literal>(column);
    if (literal != nullptr && literal->type->is_string() && !literal->value.is_null()) {
      auto named = std::make_shared<plan::UnresolvedColumn>();
      ARROW_ASSIGN_OR_RAISE(named->parts, sql::ParseName(literal->value.string()));
      named->position = column->position;
      column = std::move(named);
    }
    ARROW_RETURN_NOT_OK(analyzer->Resolve(column, context).status());
  }
  return Status::OK();
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeHint(const plan::UnresolvedHint& hint,
                                            const Environment& env,
                                            const plan::UnresolvedOrdering* ordering) {
  // Join hints name relations of the block below; other hints are only notes.
  std::map<std::string, std::string> hints;
  if (env.hints != nullptr) {
    hints = *env.hints;
  }
  const std::string name = Lower(hint.name);
  static constexpr std::string_view kJoinHints[] = {
      "broadcast", "broadcastjoin", "mapjoin",      "merge",
      "mergejoin", "shuffle_merge", "shuffle_hash", "shuffle_replicate_nl"};
  if (std::find(std::begin(kJoinHints), std::end(kJoinHints), name) != std::end(kJoinHints)) {
    for (const ExpressionPtr& argument : hint.arguments) {
      if (const auto* column = plan::As<plan::UnresolvedColumn>(argument)) {
        hints[Lower(column->parts.back())] = name;
      } else if (const auto* literal = plan::As<plan::Literal>(argument);
                 literal != nullptr && literal->type->is_string()) {
        hints[Lower(literal->value.string())] = name;
      }
    }
  }
  Environment inner = env;
  inner.hints = &hints;
  const PlanPtr& input = hint.inputs[0];
  const auto* select = plan::As<plan::UnresolvedSelect>(input);
  const auto* nested = plan::As<plan::UnresolvedHint>(input);
  Result<Relation> relation =
      ordering != nullptr && select != nullptr   ? AnalyzeSelect(*select, ordering, inner)
      : ordering != nullptr && nested != nullptr ? AnalyzeHint(*nested, inner, ordering)
                                                 : AnalyzeRelation(input, inner);
  ARROW_RETURN_NOT_OK(relation.status());
  ARROW_RETURN_NOT_OK(CheckPartitioningHint(this, name, hint, *relation, env));
  return relation;
}

}  // namespace emery::analyzer
