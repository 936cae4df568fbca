// *, t.*, struct.*, EXCEPT and replaced columns.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

Status CannotResolveStar(const Name& qualifier, const ScopeColumns& columns,
                         base::Position position) {
  std::string list;
  for (const ScopeColumn& column : columns) {
    list += (list.empty() ? "" : ", ") + base::QuoteIdentifier(column.name);
  }
  return base::UserError(
      "CANNOT_RESOLVE_STAR_EXPAND",
      "Cannot resolve " + base::QuoteName(qualifier) + ".* given input columns " + list +
          ". Check that the table or struct exists.",
      {{"targetString", base::QuoteName(qualifier)}, {"columns", list}}, position);
}

}  // namespace

Result<std::vector<std::pair<ExpressionPtr, std::string>>> QueryAnalyzer::ExpandStar(
    const plan::UnresolvedStar& star, const ExpressionContext& context) {
  using Items = std::vector<std::pair<ExpressionPtr, std::string>>;
  const base::Position position = star.position;
  Items items;
  if (context.scope != nullptr) {
    std::vector<const ScopeColumn*> wanted;
    for (const ScopeColumn& column : context.scope->columns) {
      // t.* also gives the columns that USING hid.
      if (star.qualifier.empty()
              ? !column.hidden
              : !column.metadata && QualifierEndsWith(column.qualifier, star.qualifier.data(),
                                                      star.qualifier.size())) {
        wanted.push_back(&column);
      }
    }
    if (!star.qualifier.empty()) {
      // Spark gives the hidden ones first.
      std::stable_partition(wanted.begin(), wanted.end(),
                            [](const ScopeColumn* column) { return column->hidden; });
    }
    for (const ScopeColumn* column : wanted) {
      items.emplace_back(ToColumn(*column), column->name);
    }
  }
  if (items.empty() && !star.qualifier.empty()) {
    ExpressionPtr base;
    if (context.scope != nullptr) {
      ARROW_ASSIGN_OR_RAISE(base, FindName(star.qualifier, context.scope->columns, position));
      if (base == nullptr) {
        ARROW_ASSIGN_OR_RAISE(base, FindName(star.qualifier, context.scope->aliases, position));
      }
    }
    if (base == nullptr) {
      return CannotResolveStar(
          star.qualifier,
          context.scope == nullptr ? ScopeColumns{} : Visible(context.scope->columns), position);
    }
    if (!base->type->is(type::TypeId::kStruct)) {
      return base::UserError("INVALID_USAGE_OF_STAR_OR_REGEX",
                             "Can only star expand struct data types. " +
                                 base::QuoteName(star.qualifier) + " is " + TypeText(base->type) +
                                 ".",
                             {{"elem", "'*'"}, {"prettyName", "expression"}}, position);
    }
    for (const type::Field& field : base->type->fields()) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr access, MakeFieldAccess(base, field.name, position));
      items.emplace_back(std::move(access), field.name);
    }
  }
  if (items.empty() && star.qualifier.empty() &&
      (context.scope == nullptr || context.scope->columns.empty())) {
    return base::UserError("INVALID_USAGE_OF_STAR_OR_REGEX",
                           "'*' needs a FROM clause: there are no columns that it could stand for.",
                           {{"elem", "'*'"}, {"prettyName", "query"}}, position);
  }
  for (const Name& excluded : star.except) {
    const std::string& top = excluded.back();
    const auto matches = [&](const std::pair<ExpressionPtr, std::string>& item) {
      const auto* column = plan::As<plan::Column>(item.first);
      if (!SameName(item.second, top)) {
        return false;
      }
      if (excluded.size() == 1 || column == nullptr) {
        return true;
      }
      for (const ScopeColumn& candidate : context.scope->columns) {
        if (candidate.id == column->id) {
          return QualifierEndsWith(candidate.qualifier, excluded.data(), excluded.size() - 1);
        }
      }
      return false;
    };
    const auto kept = std::remove_if(items.begin(), items.end(), matches);
    if (kept == items.end()) {
      return UnresolvedColumnError(excluded, context.scope, position);
    }
    items.erase(kept, items.end());
  }
  for (const auto& [name, value] : star.replace) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr replacement, Resolve(value, context));
    const auto found = std::find_if(
        items.begin(), items.end(),
        [&, &wanted = name](const auto& item) { return SameName(item.second, wanted); });
    if (found == items.end()) {
      return UnresolvedColumnError({name}, context.scope, position);
    }
    found->first = std::move(replacement);
  }
  return items;
}

}  // namespace emery::analyzer
