// Names to columns.

#include <algorithm>
#include <cctype>
#include <numeric>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

ScopeColumn ToScopeColumn(const plan::ColumnInfo& column, Name qualifier) {
  return {column.id, column.name, column.type, column.nullable, std::move(qualifier), false};
}

ScopeColumns ToScope(const plan::Columns& columns, const Name& qualifier) {
  ScopeColumns scope;
  scope.reserve(columns.size());
  for (const plan::ColumnInfo& column : columns) {
    scope.push_back(ToScopeColumn(column, qualifier));
  }
  return scope;
}

ExpressionPtr ToColumn(const ScopeColumn& column) {
  return plan::MakeColumn(column.id, column.name, column.type, column.nullable);
}

ScopeColumns Visible(const ScopeColumns& columns) {
  ScopeColumns visible;
  std::copy_if(columns.begin(), columns.end(), std::back_inserter(visible),
               [](const ScopeColumn& column) { return !column.hidden; });
  return visible;
}

bool QueryAnalyzer::SameName(std::string_view a, std::string_view b) const {
  if (a.size() != b.size()) {
    return false;
  }
  if (case_sensitive_) {
    return a == b;
  }
  return std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
    return x == y || std::tolower(x) == std::tolower(y);
  });
}

std::string QueryAnalyzer::Key(std::string_view name) const {
  return case_sensitive_ ? std::string(name) : Lower(name);
}

bool QueryAnalyzer::QualifierEndsWith(const Name& qualifier, const std::string* begin,
                                      size_t count) const {
  if (qualifier.size() < count) {
    return false;
  }
  for (size_t i = 0; i < count; ++i) {
    if (!SameName(qualifier[qualifier.size() - count + i], begin[i])) {
      return false;
    }
  }
  return true;
}

Result<ExpressionPtr> QueryAnalyzer::MakeFieldAccess(ExpressionPtr base, const std::string& field,
                                                     base::Position position) {
  const type::DataType* type = base->type.get();
  if (type->is(type::TypeId::kMap)) {
    return functions::MakeFunctionCall("getitem", {std::move(base), plan::MakeStringLiteral(field)},
                                       mode(), context_.query.get(), position);
  }
  const bool in_array =
      type->is(type::TypeId::kArray) && type->element()->is(type::TypeId::kStruct);
  const type::DataType* holder = in_array ? type->element().get() : type;
  if (!holder->is(type::TypeId::kStruct)) {
    return base::UserError(
        "INVALID_EXTRACT_BASE_FIELD_TYPE",
        "Can't take a field of " + ExpressionText(base) + ": it is " + TypeText(base->type) +
            ", not a struct, an array of structs, or a map.",
        {{"base", ExpressionText(base)}, {"other", TypeText(base->type)}}, position);
  }
  const type::Field* found = nullptr;
  std::string names;
  for (const type::Field& candidate : holder->fields()) {
    names += (names.empty() ? "" : ", ") + base::QuoteIdentifier(candidate.name);
    if (SameName(candidate.name, field)) {
      if (found != nullptr) {
        return base::UserError(
            "AMBIGUOUS_REFERENCE_TO_FIELDS",
            "The struct has several fields called " + base::QuoteIdentifier(field) + ".",
            {{"field", base::QuoteIdentifier(field)}, {"count", "2"}}, position);
      }
      found = &candidate;
    }
  }
  if (found == nullptr) {
    return base::UserError(
        "FIELD_NOT_FOUND",
        "No such struct field " + base::QuoteIdentifier(field) + " in " + names + ".",
        {{"fieldName", base::QuoteIdentifier(field)}, {"fields", names}}, position);
  }
  return functions::MakeFunctionCall("getfield",
                                     {std::move(base), plan::MakeStringLiteral(found->name)},
                                     mode(), context_.query.get(), position);
}

Result<ExpressionPtr> QueryAnalyzer::FindName(const Name& parts, const ScopeColumns& columns,
                                              base::Position position) {
  // The longest qualifier that leads to a column wins; then the first part alone is the column.
  const size_t longest = std::min<size_t>(parts.size() - 1, 3);
  for (const bool hidden : {false, true}) {
    for (size_t qualifier_parts = longest + 1; qualifier_parts-- > 0;) {
      std::vector<const ScopeColumn*> found;
      for (const ScopeColumn& column : columns) {
        if (column.hidden == hidden && SameName(column.name, parts[qualifier_parts]) &&
            QualifierEndsWith(column.qualifier, parts.data(), qualifier_parts)) {
          const auto origin = [](const ScopeColumn& c) {
            return c.source.valid() ? c.source : c.id;
          };
          const bool known = std::any_of(found.begin(), found.end(), [&](const ScopeColumn* other) {
            return origin(*other) == origin(column);
          });
          if (!known) {
            found.push_back(&column);
          }
        }
      }
      if (found.empty()) {
        continue;
      }
      if (found.size() > 1) {
        std::string references;
        for (const ScopeColumn* column : found) {
          Name full = column->qualifier;
          full.push_back(column->name);
          references += (references.empty() ? "" : ", ") + base::QuoteName(full);
        }
        return base::UserError(
            "AMBIGUOUS_REFERENCE",
            "Reference " + base::QuoteName(parts) + " is ambiguous, could be: [" + references +
                "].",
            {{"name", base::QuoteName(parts)}, {"referenceNames", "[" + references + "]"}},
            position);
      }
      auto column = std::make_shared<plan::Column>();
      column->id = found[0]->id;
      column->name = parts[qualifier_parts];
      column->type = found[0]->type;
      column->nullable = found[0]->nullable;
      column->position = position;
      ExpressionPtr result = column;
      for (size_t i = qualifier_parts + 1; i < parts.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(result, MakeFieldAccess(std::move(result), parts[i], position));
      }
      return result;
    }
  }
  return ExpressionPtr();
}

namespace {

/// Columns of an enclosing query, inside `e`.
ExpressionPtr ToOuter(const ExpressionPtr& e) {
  return plan::TransformUp(e, [](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* column = plan::As<plan::Column>(node);
    if (column == nullptr) {
      return node;
    }
    auto outer = std::make_shared<plan::OuterColumn>();
    outer->id = column->id;
    outer->name = column->name;
    outer->type = column->type;
    outer->nullable = column->nullable;
    outer->position = column->position;
    return outer;
  });
}

/// Functions that may be called without parentheses.
bool IsNiladic(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "current_date",   "current_timestamp", "current_user",     "user",
      "session_user",   "current_catalog",   "current_database", "current_schema",
      "localtimestamp", "current_time",      "grouping__id"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

Result<ExpressionPtr> QueryAnalyzer::ResolveName(const plan::UnresolvedColumn& column,
                                                 const ExpressionContext& context) {
  const base::Position position = column.position;
  const Scope* scope = context.scope;
  if (scope != nullptr) {
    // Inside an aggregate call the select list's aliases come behind the columns: they are made of
    // the result.
    const bool aliases_first = scope->aliases_first && !context.in_aggregate;
    const ScopeColumns& first = aliases_first ? scope->aliases : scope->columns;
    const ScopeColumns& second = aliases_first ? scope->columns : scope->aliases;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr found, FindName(column.parts, first, position));
    if (found == nullptr) {
      ARROW_ASSIGN_OR_RAISE(found, FindName(column.parts, second, position));
      const auto* alias = plan::As<plan::Column>(found);
      if (alias != nullptr && std::string_view(context.place) == "SELECT") {
        // So that Spark's names come out: (lateralAliasReference(c) + 1).
        auto reference = std::make_shared<plan::Column>(*alias);
        reference->name = "lateralAliasReference(" + alias->name + ")";
        found = reference;
      }
    }
    if (found != nullptr) {
      return found;
    }
  }
  if (column.parts.size() == 1 && IsNiladic(Lower(column.parts[0]))) {
    const std::string name = Lower(column.parts[0]);
    return plan::MakeUnresolvedCall(name == "grouping__id" ? "grouping_id" : name, {}, position);
  }
  // As in Spark, names lead one query outwards, not through two, unless that is asked for.
  const bool nested =
      Setting("spark.sql.optimizer.supportNestedCorrelatedSubqueries.enabled", false);
  const Scope* outer = scope != nullptr ? scope->outer : context.environment->outer;
  for (; outer != nullptr; outer = nested ? outer->outer : nullptr) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr found, FindName(column.parts, outer->columns, position));
    if (found != nullptr) {
      return ToOuter(found);
    }
  }
  const Name& parts = column.parts;
  const size_t prefix = parts.size() == 3 ? 2 : (parts.size() == 2 ? 1 : 0);
  if (parts.size() - prefix == 1 && (prefix == 0 || SameName(parts[prefix - 1], "session"))) {
    const auto variable = context_.variables.find(Lower(parts.back()));
    if (variable != context_.variables.end()) {
      return plan::MakeLiteral(variable->second.type, variable->second.value, position);
    }
  }
  return UnresolvedColumnError(column.parts, scope != nullptr ? scope : context.environment->outer,
                               position);
}

namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string Joined(const Name& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

}  // namespace

Status QueryAnalyzer::UnresolvedColumnError(const Name& parts, const Scope* scope,
                                            base::Position position) const {
  const std::string name = base::QuoteName(parts);
  const ScopeColumns columns = scope == nullptr ? ScopeColumns{} : Visible(scope->columns);
  if (columns.empty()) {
    return base::UserError(
        "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
        "A column, variable, or function parameter with name " + name + " cannot be resolved.",
        {{"objectName", name}}, position);
  }
  // Spark drops the parts of the qualifiers that tell the candidates of a short name nothing new.
  std::vector<const ScopeColumn*> sorted;
  for (const ScopeColumn& column : columns) {
    sorted.push_back(&column);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const ScopeColumn* a, const ScopeColumn* b) {
    return a->name != b->name ? a->name < b->name : a->id < b->id;
  });
  const auto same_prefix = [&](size_t dropped) {
    const auto prefix = [&](const ScopeColumn* column) {
      Name full = column->qualifier;
      full.push_back(column->name);
      full.resize(full.size() > dropped ? full.size() - dropped : 0);
      return full;
    };
    return std::all_of(sorted.begin(), sorted.end(), [&](const ScopeColumn* column) {
      return prefix(column) == prefix(sorted[0]);
    });
  };
  const size_t kept = parts.size() == 1 && same_prefix(1)   ? 1
                      : parts.size() <= 2 && same_prefix(2) ? 2
                                                            : 100;
  std::vector<std::pair<size_t, std::string>> candidates;
  for (const ScopeColumn* column : sorted) {
    Name full = column->qualifier;
    full.push_back(column->name);
    if (full.size() > kept) {
      full.erase(full.begin(), full.end() - static_cast<std::ptrdiff_t>(kept));
    }
    const std::string quoted = base::QuoteName(full);
    candidates.emplace_back(EditDistance(Joined(parts), quoted), quoted);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string proposal;
  for (size_t i = 0; i < candidates.size() && i < 5; ++i) {
    proposal += (i > 0 ? ", " : "") + candidates[i].second;
  }
  return base::UserError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                         "A column, variable, or function parameter with name " + name +
                             " cannot be resolved. Did you mean one of the following? [" +
                             proposal + "].",
                         {{"objectName", name}, {"proposal", proposal}}, position);
}

}  // namespace emery::analyzer
