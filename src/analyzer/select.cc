// One query block. The order of work: FROM, WHERE, the select list, then GROUP BY, HAVING, QUALIFY
// and ORDER BY typed against it; after that aggregation, windows and generators take their calls
// out of all of these, and the plan is stacked up: Filter, GroupBy, Filter (HAVING), WindowPlan,
// Filter (QUALIFY), Generate, Project, Distinct, Sort, Limit.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

/// The working state of one block.
class SelectBlock {
 public:
  SelectBlock(QueryAnalyzer* analyzer, const plan::UnresolvedSelect& select,
              const plan::UnresolvedOrdering* ordering, const Environment& env)
      : analyzer_(*analyzer),
        select_(select),
        ordering_(ordering),
        env_(env),
        time_windows_(analyzer, env) {}

  Result<Relation> Analyze();

 private:
  struct PendingGenerator {
    ExpressionPtr call;
    std::vector<std::string> names;
    plan::Columns columns;
    base::Position position;
  };

  ExpressionContext Context(const Scope* scope, const char* place) const {
    ExpressionContext context;
    context.environment = &env_;
    context.scope = scope;
    context.windows = &windows_;
    context.place = place;
    context.time_windows = &time_windows_;
    return context;
  }

  /// Everything behind WHERE, as written.
  ExpressionList Written() const;

  Status AnalyzeItems();
  Status AddItem(const ExpressionPtr& written, Scope* scope,
                 std::map<ColumnId, ExpressionPtr>* lateral);
  Status AddGenerator(const ExpressionPtr& typed, std::vector<std::string> names, Scope* scope,
                      base::Position position);
  Status AnalyzeGroups();
  Status AnalyzeConditions();
  Status AnalyzeOrder();
  Status Aggregate();
  Result<Relation> Finish();
  /// HAVING and ORDER BY see the aggregation's result: a column that it lacks is an unknown name.
  Result<ExpressionPtr> RewriteAbove(Aggregation* aggregation, const ExpressionPtr& e,
                                     const std::set<ColumnId>& known);
  Result<plan::SortOrder> OverOutput(plan::SortOrder order, const plan::Columns& below,
                                     plan::Columns* extra);

  /// Select-list columns as names for HAVING, QUALIFY and GROUP BY (`substituted`), or as the
  /// output for ORDER BY.
  ScopeColumns ItemNames(bool substituted);

  QueryAnalyzer& analyzer_;
  const plan::UnresolvedSelect& select_;
  const plan::UnresolvedOrdering* ordering_;
  const Environment& env_;
  NamedWindows windows_;
  TimeWindows time_windows_;
  Relation from_;
  PlanPtr plan_;
  std::vector<SelectItem> items_;
  std::vector<PendingGenerator> generators_;
  std::map<ColumnId, ExpressionPtr> item_substitutes_;
  ExpressionList groups_;
  std::optional<std::vector<std::vector<int>>> sets_;
  bool is_aggregate_ = false;
  ExpressionPtr having_;
  ExpressionPtr qualify_;
  std::vector<plan::SortOrder> order_;
  bool order_global_ = true;
};

ColumnId IdOf(const ExpressionPtr& column) {
  return static_cast<const plan::Column&>(*column).id;
}

const plan::Literal* PositionLiteral(const ExpressionPtr& e) {
  const auto* literal = plan::As<plan::Literal>(e);
  return literal != nullptr && literal->type->is(type::TypeId::kInt) && !literal->value.is_null()
             ? literal
             : nullptr;
}

Status SelectBlock::AnalyzeItems() {
  Scope scope{from_.columns, {}, false, env_.outer};
  std::map<ColumnId, ExpressionPtr> lateral;
  for (const ExpressionPtr& written : select_.items) {
    if (const auto* star = plan::As<plan::UnresolvedStar>(written)) {
      ExpressionContext context = Context(&scope, "SELECT");
      ARROW_ASSIGN_OR_RAISE(auto expanded, analyzer_.ExpandStar(*star, context));
      for (auto& [expression, name] : expanded) {
        SelectItem item;
        item.expression = std::move(expression);
        item.name = std::move(name);
        items_.push_back(std::move(item));
      }
      continue;
    }
    ARROW_RETURN_NOT_OK(AddItem(written, &scope, &lateral));
  }
  std::set<ColumnId> used;
  for (SelectItem& item : items_) {
    const auto* column = plan::As<plan::Column>(item.expression);
    if (column != nullptr && !item.aliased) {
      item.source = column->id;
      for (const ScopeColumn& candidate : from_.columns) {
        if (candidate.id == column->id) {
          item.qualifier = candidate.qualifier;
        }
      }
    }
    // A bare column passes through with its id, once.
    item.id = column != nullptr && !item.aliased && used.insert(column->id).second
                  ? column->id
                  : plan::NextColumnId();
  }
  return Status::OK();
}

Status SelectBlock::AddItem(const ExpressionPtr& written, Scope* scope,
                            std::map<ColumnId, ExpressionPtr>* lateral) {
  SelectItem item;
  ExpressionPtr inner = written;
  std::vector<std::string> names;
  if (const auto* alias = plan::As<plan::Alias>(written)) {
    item.aliased = true;
    item.name = alias->name;
    inner = alias->children[0];
  } else if (const auto* several = plan::As<plan::UnresolvedAlias>(written)) {
    names = several->names;
    inner = several->children[0];
  }
  ExpressionContext context = Context(scope, "SELECT");
  context.allow_aggregates = true;
  context.allow_windows = true;
  context.allow_generators = true;
  context.substitutes = lateral;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, analyzer_.Bind(inner, context));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, analyzer_.Type(bound, context));
  if (typed->kind == plan::ExpressionKind::kGenerator) {
    if (item.aliased) {
      names = {item.name};
    }
    return AddGenerator(typed, std::move(names), scope, written->position);
  }
  if (!names.empty()) {
    return base::UserError("MULTI_ALIAS_WITHOUT_GENERATOR",
                           "Multi part aliasing is not supported with " + ExpressionText(typed) +
                               " as it is not a generator function.",
                           {{"expr", ExpressionText(typed)}, {"names", names[0]}},
                           written->position);
  }
  if (!item.aliased) {
    item.name = analyzer_.NameOf(inner, bound);
  }
  item.expression = std::move(typed);
  if (item.aliased) {
    const ColumnId placeholder = plan::NextColumnId();
    scope->aliases.push_back(
        {placeholder, item.name, item.expression->type, item.expression->nullable, {}, false});
    (*lateral)[placeholder] = item.expression;
  }
  items_.push_back(std::move(item));
  return Status::OK();
}

Status SelectBlock::AddGenerator(const ExpressionPtr& typed, std::vector<std::string> names,
                                 Scope* scope, base::Position position) {
  ARROW_RETURN_NOT_OK(CheckPlainSubqueries(typed));
  const type::Schema& fields = typed->type->fields();
  if (!names.empty() && names.size() != fields.size()) {
    return base::UserError("UDTF_ALIAS_NUMBER_MISMATCH",
                           "The number of aliases supplied in the AS clause does not match the "
                           "number of columns output by "
                           "the UDTF. Expected " +
                               std::to_string(fields.size()) + " aliases, but got " +
                               std::to_string(names.size()) + ".",
                           {{"aliasesSize", std::to_string(fields.size())},
                            {"aliasesNames", std::to_string(names.size())}},
                           position);
  }
  const bool outer = static_cast<const plan::Generator&>(*typed).outer;
  PendingGenerator pending{typed, names, {}, position};
  for (size_t i = 0; i < fields.size(); ++i) {
    const plan::ColumnInfo column{plan::NextColumnId(), names.empty() ? fields[i].name : names[i],
                                  fields[i].type, fields[i].nullable || outer};
    pending.columns.push_back(column);
    if (!names.empty()) {
      scope->aliases.push_back(ToScopeColumn(column));
    }
    SelectItem item;
    item.expression = plan::MakeColumn(column.id, column.name, column.type, column.nullable);
    item.name = column.name;
    items_.push_back(std::move(item));
  }
  generators_.push_back(std::move(pending));
  return Status::OK();
}

ScopeColumns SelectBlock::ItemNames(bool substituted) {
  ScopeColumns names;
  for (size_t i = 0; i < items_.size(); ++i) {
    const SelectItem& item = items_[i];
    // The same column twice is no ambiguity.
    bool repeated = false;
    for (size_t j = 0; j < i && !repeated; ++j) {
      repeated = analyzer_.SameName(items_[j].name, item.name) &&
                 plan::Equal(items_[j].expression, item.expression);
    }
    if (repeated) {
      continue;
    }
    ColumnId id = item.id;
    if (substituted) {
      id = plan::NextColumnId();
      item_substitutes_[id] = item.expression;
    }
    names.push_back(
        {id, item.name, item.expression->type, item.expression->nullable, item.qualifier, false});
  }
  return names;
}

Status SelectBlock::AnalyzeGroups() {
  const plan::GroupingClause& clause = select_.grouping;
  if (clause.kind == plan::GroupingKind::kNone) {
    return Status::OK();
  }
  is_aggregate_ = true;
  if (clause.kind == plan::GroupingKind::kAll) {
    for (const SelectItem& item : items_) {
      if (!HasAggregate(item.expression) && !HasWindow(item.expression)) {
        groups_.push_back(item.expression);
      }
    }
    return Status::OK();
  }
  const bool by_alias = analyzer_.Setting("spark.sql.groupByAliases", true);
  Scope scope{from_.columns, by_alias ? ItemNames(true) : ScopeColumns{}, false, env_.outer};
  ExpressionContext context = Context(&scope, "GROUP BY");
  context.substitutes = &item_substitutes_;
  const bool by_ordinal = analyzer_.Setting("spark.sql.groupByOrdinal", true);
  for (const ExpressionPtr& written : clause.expressions) {
    const plan::Literal* literal = by_ordinal ? PositionLiteral(written) : nullptr;
    if (literal != nullptr) {
      const int64_t position = literal->value.integer();
      if (position < 1 || position > static_cast<int64_t>(items_.size())) {
        return base::UserError(
            "GROUP_BY_POS_OUT_OF_RANGE",
            "GROUP BY position " + std::to_string(position) +
                " is not in select list (valid range is [1, " + std::to_string(items_.size()) +
                "]).",
            {{"index", std::to_string(position)}, {"size", std::to_string(items_.size())}},
            written->position);
      }
      const ExpressionPtr& item = items_[static_cast<size_t>(position) - 1].expression;
      if (HasAggregate(item)) {
        return base::UserError(
            "GROUP_BY_POS_AGGREGATE",
            "GROUP BY " + std::to_string(position) + " refers to an expression " +
                plan::ToColumnName(item) +
                " that contains an aggregate function. Aggregate functions are not allowed in "
                "GROUP BY.",
            {{"index", std::to_string(position)}, {"aggExpr", plan::ToColumnName(item)}},
            written->position);
      }
      groups_.push_back(item);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed, analyzer_.Resolve(written, context));
    if (HasAggregate(typed)) {
      return base::UserError("GROUP_BY_AGGREGATE",
                             "Aggregate functions are not allowed in GROUP BY, but found " +
                                 plan::ToColumnName(typed) + ".",
                             {{"sqlExpr", plan::ToColumnName(typed)}}, written->position);
    }
    groups_.push_back(std::move(typed));
  }
  if (clause.kind == plan::GroupingKind::kSets) {
    sets_ = clause.sets;
  }
  return Status::OK();
}

Status SelectBlock::AnalyzeConditions() {
  if (select_.having == nullptr && select_.qualify == nullptr) {
    return Status::OK();
  }
  Scope scope{from_.columns, ItemNames(true), true, env_.outer};
  if (select_.having != nullptr) {
    ExpressionContext context = Context(&scope, "HAVING");
    context.allow_aggregates = true;
    context.substitutes = &item_substitutes_;
    ARROW_ASSIGN_OR_RAISE(having_, analyzer_.ResolveHaving(select_.having, context));
    is_aggregate_ = true;
  }
  if (select_.qualify != nullptr) {
    ExpressionContext context = Context(&scope, "QUALIFY");
    context.allow_aggregates = true;
    context.allow_windows = true;
    context.substitutes = &item_substitutes_;
    ARROW_ASSIGN_OR_RAISE(qualify_,
                          analyzer_.ResolveCondition(select_.qualify, context, "QUALIFY"));
  }
  return Status::OK();
}

Status SelectBlock::AnalyzeOrder() {
  if (ordering_ == nullptr) {
    return Status::OK();
  }
  const auto output_column = [&](size_t i) {
    const SelectItem& item = items_[i];
    return plan::MakeColumn(item.id, item.name, item.expression->type, item.expression->nullable);
  };
  order_global_ = !ordering_->order_by.empty();
  if (ordering_->order_by_all) {
    for (size_t i = 0; i < items_.size(); ++i) {
      plan::SortOrder order = ordering_->order_by[0];
      order.expression = output_column(i);
      order_.push_back(std::move(order));
    }
    return Status::OK();
  }
  Scope scope{from_.columns, ItemNames(false), true, env_.outer};
  if (select_.distinct) {
    scope.columns = std::move(scope.aliases);  // what DISTINCT leaves is all there is
    scope.aliases.clear();
    scope.aliases_first = false;
  }
  ExpressionContext context = Context(&scope, "ORDER BY");
  context.allow_aggregates = true;
  const bool by_ordinal = analyzer_.Setting("spark.sql.orderByOrdinal", true);
  for (const plan::SortOrder& written : order_global_ ? ordering_->order_by : ordering_->sort_by) {
    plan::SortOrder order = written;
    const plan::Literal* literal = by_ordinal ? PositionLiteral(written.expression) : nullptr;
    if (literal != nullptr) {
      const int64_t position = literal->value.integer();
      if (position < 1 || position > static_cast<int64_t>(items_.size())) {
        return base::UserError(
            "ORDER_BY_POS_OUT_OF_RANGE",
            "ORDER BY position " + std::to_string(position) +
                " is not in select list (valid range is [1, " + std::to_string(items_.size()) +
                "]).",
            {{"index", std::to_string(position)}, {"size", std::to_string(items_.size())}},
            written.expression->position);
      }
      order.expression = output_column(static_cast<size_t>(position) - 1);
    } else {
      ARROW_ASSIGN_OR_RAISE(order.expression, analyzer_.Resolve(written.expression, context));
      ARROW_RETURN_NOT_OK(CheckPlainSubqueries(order.expression));
    }
    if (!type::IsOrderable(*order.expression->type)) {
      return base::UserError(
          "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
          "Cannot resolve " + ExpressionText(order.expression) +
              " due to data type mismatch: The `sortorder` does not support ordering on type " +
              TypeText(order.expression->type) + ".",
          {{"sqlExpr", ExpressionText(order.expression)},
           {"functionName", "`sortorder`"},
           {"dataType", TypeText(order.expression->type)}},
          written.expression->position);
    }
    order_.push_back(std::move(order));
  }
  return Status::OK();
}

Result<ExpressionPtr> SelectBlock::RewriteAbove(Aggregation* aggregation, const ExpressionPtr& e,
                                                const std::set<ColumnId>& known) {
  Result<ExpressionPtr> rewritten = aggregation->Rewrite(e, known);
  const base::ErrorDetail* detail =
      rewritten.ok() ? nullptr : base::GetErrorDetail(rewritten.status());
  if (detail == nullptr || detail->condition() != "MISSING_AGGREGATION") {
    return rewritten;
  }
  Scope output;
  for (const SelectItem& item : items_) {
    output.columns.push_back(
        {item.id, item.name, item.expression->type, true, item.qualifier, false});
  }
  std::string name = detail->parameters()[0].second;
  name = name.substr(1, name.size() - 2);
  return analyzer_.UnresolvedColumnError({name}, &output, detail->position());
}

Status SelectBlock::Aggregate() {
  for (const SelectItem& item : items_) {
    is_aggregate_ = is_aggregate_ || HasAggregate(item.expression);
  }
  for (const plan::SortOrder& order : order_) {
    is_aggregate_ = is_aggregate_ || HasAggregate(order.expression);
  }
  is_aggregate_ = is_aggregate_ || (qualify_ != nullptr && HasAggregate(qualify_)) ||
                  std::any_of(generators_.begin(), generators_.end(),
                              [](const PendingGenerator& g) { return HasAggregate(g.call); });
  ARROW_ASSIGN_OR_RAISE(plan_,
                        time_windows_.FinishSessions(plan_, is_aggregate_ ? &groups_ : nullptr));
  if (!is_aggregate_) {
    return Status::OK();
  }
  Aggregation aggregation(&analyzer_, groups_);
  aggregation.SetInput(plan_->Output(), select_.position);
  if (sets_) {
    aggregation.SetGroupingSets(*sets_);
  }
  std::set<ColumnId> known;
  for (PendingGenerator& generator : generators_) {
    for (const plan::ColumnInfo& column : generator.columns) {
      known.insert(column.id);
    }
    ARROW_ASSIGN_OR_RAISE(generator.call, aggregation.Rewrite(generator.call, {}));
  }
  aggregation.SetInSelect(true);
  for (SelectItem& item : items_) {
    ARROW_ASSIGN_OR_RAISE(item.expression, aggregation.Rewrite(item.expression, known));
  }
  aggregation.SetInSelect(false);
  if (having_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(having_, RewriteAbove(&aggregation, having_, known));
  }
  if (qualify_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(qualify_, aggregation.Rewrite(qualify_, known));
  }
  for (const SelectItem& item : items_) {
    known.insert(item.id);
  }
  for (plan::SortOrder& order : order_) {
    ARROW_ASSIGN_OR_RAISE(order.expression, RewriteAbove(&aggregation, order.expression, known));
  }
  ARROW_ASSIGN_OR_RAISE(plan_, aggregation.Build(plan_));
  if (having_ != nullptr) {
    plan_ = plan::MakeFilter(plan_, having_);
  }
  return Status::OK();
}

/// `order` in terms of the projection's output; columns from below that it still needs go to
/// `extra`.
Result<plan::SortOrder> SelectBlock::OverOutput(plan::SortOrder order, const plan::Columns& below,
                                                plan::Columns* extra) {
  order.expression =
      plan::TransformDown(order.expression, [&](const ExpressionPtr& e) -> ExpressionPtr {
        if (e->kind == plan::ExpressionKind::kLiteral ||
            (e->kind == plan::ExpressionKind::kCall && !plan::IsDeterministic(e))) {
          return nullptr;
        }
        if (e->kind == plan::ExpressionKind::kColumn) {
          for (const SelectItem& item : items_) {
            if (item.id == IdOf(e)) {
              return e;
            }
          }
        }
        for (const SelectItem& item : items_) {
          if (plan::Equal(item.expression, e)) {
            return plan::MakeColumn(item.id, item.name, e->type, e->nullable);
          }
        }
        return nullptr;
      });
  std::vector<ColumnId> used;
  plan::CollectColumns(order.expression, &used);
  for (const ColumnId id : used) {
    const auto in_output = std::any_of(items_.begin(), items_.end(),
                                       [&](const SelectItem& item) { return item.id == id; });
    const auto in_extra = std::any_of(extra->begin(), extra->end(),
                                      [&](const plan::ColumnInfo& c) { return c.id == id; });
    if (in_output || in_extra) {
      continue;
    }
    const auto found = std::find_if(below.begin(), below.end(),
                                    [&](const plan::ColumnInfo& c) { return c.id == id; });
    if (found == below.end()) {
      continue;  // an outer column of a subquery inside
    }
    if (select_.distinct) {
      Scope output;
      for (const SelectItem& item : items_) {
        output.columns.push_back({item.id, item.name, item.expression->type, true, {}, false});
      }
      return analyzer_.UnresolvedColumnError({found->name}, &output, order.expression->position);
    }
    extra->push_back(*found);
  }
  return order;
}

Result<Relation> SelectBlock::Finish() {
  WindowExtraction windows;
  for (PendingGenerator& generator : generators_) {
    generator.call = windows.Rewrite(generator.call);
  }
  for (SelectItem& item : items_) {
    item.expression = windows.Rewrite(item.expression);
  }
  if (qualify_ != nullptr) {
    qualify_ = windows.Rewrite(qualify_);
  }
  for (plan::SortOrder& order : order_) {
    order.expression = windows.Rewrite(order.expression);
  }
  if (!windows.empty()) {
    plan_ = windows.Build(plan_);
  }
  if (qualify_ != nullptr) {
    plan_ = plan::MakeFilter(plan_, qualify_);
  }
  for (const PendingGenerator& generator : generators_) {
    auto generate = std::make_shared<plan::Generate>();
    generate->inputs = {plan_};
    generate->generator = generator.call;
    generate->outer = static_cast<const plan::Generator&>(*generator.call).outer;
    generate->columns = generator.columns;
    generate->position = generator.position;
    plan_ = std::move(generate);
  }
  // An item that was a bare column may have become another one (grouping sets): its output then is
  // a new column.
  std::map<ColumnId, ColumnId> renewed;
  ExpressionList projection;
  Relation result;
  for (SelectItem& item : items_) {
    const auto* column = plan::As<plan::Column>(item.expression);
    if (column != nullptr && column->id == item.id) {
      projection.push_back(plan::MakeColumn(column->id, item.name, column->type, column->nullable));
    } else {
      const bool was_bare = std::any_of(from_.columns.begin(), from_.columns.end(),
                                        [&](const ScopeColumn& c) { return c.id == item.id; });
      if (was_bare) {
        const ColumnId fresh = plan::NextColumnId();
        renewed[item.id] = fresh;
        item.id = fresh;
      }
      projection.push_back(plan::MakeAlias(item.expression, item.name, item.id));
    }
    result.columns.push_back({item.id, item.name, item.expression->type, item.expression->nullable,
                              item.qualifier, false});
    result.columns.back().source = item.source;
    if (column != nullptr) {
      analyzer_.CopyCharLength(column->id, item.id);
    }
  }
  const plan::Columns below = plan_->Output();
  plan::Columns extra;
  for (plan::SortOrder& order : order_) {
    if (!renewed.empty()) {
      order.expression =
          plan::TransformUp(order.expression, [&](const ExpressionPtr& e) -> ExpressionPtr {
            const auto* column = plan::As<plan::Column>(e);
            const auto found = column == nullptr ? renewed.end() : renewed.find(column->id);
            return found == renewed.end()
                       ? e
                       : plan::MakeColumn(found->second, column->name, e->type, true);
          });
    }
    ARROW_ASSIGN_OR_RAISE(order, OverOutput(std::move(order), below, &extra));
  }
  ExpressionList with_extra = projection;
  for (const plan::ColumnInfo& column : extra) {
    with_extra.push_back(plan::MakeColumn(column.id, column.name, column.type, column.nullable));
  }
  plan_ = plan::MakeProject(plan_, with_extra);
  if (select_.distinct) {
    for (const SelectItem& item : items_) {
      if (!type::IsComparable(*item.expression->type)) {
        return base::UserError("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
                               "Cannot have MAP type columns in DataFrame which calls set "
                               "operations: the type of column " +
                                   base::QuoteIdentifier(item.name) + " is " +
                                   TypeText(item.expression->type) + ".",
                               {{"colName", base::QuoteIdentifier(item.name)},
                                {"dataType", TypeText(item.expression->type)}},
                               select_.position);
      }
    }
    auto distinct = std::make_shared<plan::Distinct>();
    distinct->inputs = {plan_};
    plan_ = std::move(distinct);
  }
  if (!order_.empty()) {
    auto sort = std::make_shared<plan::Sort>();
    sort->inputs = {plan_};
    sort->order = order_;
    sort->global = order_global_;
    sort->position = ordering_->position;
    plan_ = std::move(sort);
  }
  if (ordering_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(plan_, analyzer_.AddLimit(plan_, *ordering_, env_));
  }
  if (!extra.empty()) {
    ExpressionList output;
    for (const ScopeColumn& column : result.columns) {
      output.push_back(ToColumn(column));
    }
    plan_ = plan::MakeProject(plan_, std::move(output));
  }
  result.plan = plan_;
  return result;
}

ExpressionList SelectBlock::Written() const {
  ExpressionList written = select_.items;
  written.insert(written.end(), select_.grouping.expressions.begin(),
                 select_.grouping.expressions.end());
  for (const ExpressionPtr& e : {select_.having, select_.qualify}) {
    if (e != nullptr) {
      written.push_back(e);
    }
  }
  if (ordering_ != nullptr && !ordering_->order_by_all) {
    for (const plan::SortOrder& order : ordering_->order_by) {
      written.push_back(order.expression);
    }
  }
  return written;
}

Result<Relation> SelectBlock::Analyze() {
  if (select_.inputs.empty()) {
    from_ = analyzer_.OneRow();
  } else {
    ARROW_ASSIGN_OR_RAISE(from_, analyzer_.AnalyzeRelation(select_.inputs[0], env_));
  }
  plan_ = from_.plan;
  for (const auto& [name, spec] : select_.windows) {
    windows_[analyzer_.Key(name)] = spec;
  }
  if (ordering_ != nullptr) {
    for (const auto& [name, spec] : ordering_->windows) {
      windows_[analyzer_.Key(name)] = spec;
    }
  }
  if (select_.where != nullptr) {
    Scope scope{from_.columns, {}, false, env_.outer};
    TimeWindows windows(&analyzer_, env_);
    ARROW_RETURN_NOT_OK(windows.Prepare({select_.where}, &plan_, &scope.columns, false));
    ARROW_ASSIGN_OR_RAISE(plan_, windows.FinishSessions(plan_, nullptr));
    from_.columns = scope.columns;
    ExpressionContext context = Context(&scope, "WHERE");
    context.time_windows = &windows;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr where,
                          analyzer_.ResolveCondition(select_.where, context, "WHERE"));
    plan_ = plan::MakeFilter(plan_, std::move(where));
  }
  ARROW_RETURN_NOT_OK(time_windows_.Prepare(Written(), &plan_, &from_.columns, true));
  ARROW_RETURN_NOT_OK(AnalyzeItems());
  ARROW_RETURN_NOT_OK(AnalyzeGroups());
  ARROW_RETURN_NOT_OK(AnalyzeConditions());
  ARROW_RETURN_NOT_OK(AnalyzeOrder());
  ARROW_RETURN_NOT_OK(Aggregate());
  return Finish();
}

}  // namespace

Result<Relation> QueryAnalyzer::AnalyzeSelect(const plan::UnresolvedSelect& select,
                                              const plan::UnresolvedOrdering* ordering,
                                              const Environment& env) {
  return SelectBlock(this, select, ordering, env).Analyze();
}

}  // namespace emery::analyzer
