// From the names in commands to what they lead to.
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "session/cache_internal.h"
#include "session/commands/commands.h"
#include "table/iceberg/selectors.h"

namespace emery::session {

std::vector<std::string> FoundObject::full_name() const {
  return located ? located->parts() : written;
}

bool IsNotFound(const Status& status) {
  const base::ErrorDetail* detail = base::GetErrorDetail(status);
  return detail != nullptr && (detail->condition() == "TABLE_OR_VIEW_NOT_FOUND" ||
                               detail->condition() == "SCHEMA_NOT_FOUND" ||
                               detail->condition() == "REQUIRES_SINGLE_PART_NAMESPACE");
}

Result<FoundObject> FindObject(const StatementPtr& statement,
                               const plan::NameReference& reference) {
  FoundObject found;
  ARROW_ASSIGN_OR_RAISE(found.written, statement->NameOf(reference));
  if (found.written.size() == 1) {
    found.temporary = statement->state().FindTemporaryView(found.written[0]);
  } else if (found.written.size() == 2 && LowerCase(found.written[0]) == "global_temp") {
    found.temporary = GlobalTemporaryViews::Instance().Find(found.written[1]);
    found.global_temporary = true;
  }
  if (found.temporary != nullptr) {
    return found;
  }
  ARROW_ASSIGN_OR_RAISE(found.located, statement->state().catalogs.Locate(found.written));
  Result<std::shared_ptr<const table::Table>> table =
      found.located->catalog->LoadTable(found.located->id, {});
  if (table.ok()) {
    found.table = *std::move(table);
    return found;
  }
  if (!IsNotFound(table.status())) {
    return table.status();
  }
  if (found.written.size() > 1) {
    // A metadata table or a branch of an Iceberg table.
    const std::vector<std::string> owner(found.written.begin(), found.written.end() - 1);
    ARROW_ASSIGN_OR_RAISE(const auto located, statement->state().catalogs.Locate(owner));
    if (const auto of = located.catalog->LoadTable(located.id, {}); of.ok()) {
      ARROW_ASSIGN_OR_RAISE(found.table,
                            table::iceberg::OpenSelected(*of, found.written.back(), {}));
      if (found.table != nullptr) {
        return found;
      }
    }
  }
  Result<catalog::ViewDefinition> view = found.located->catalog->LoadView(found.located->id);
  if (view.ok()) {
    found.view = *std::move(view);
    return found;
  }
  return base::WithPosition(catalog::TableNotFound(found.written), reference.position);
}

Result<FoundObject> FindTable(const StatementPtr& statement, const plan::NameReference& reference,
                              const std::string& operation) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, reference));
  if (found.table == nullptr) {
    const std::string name = base::QuoteName(found.full_name());
    return base::UserError("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                           "'" + operation + "' expects a table but " + name + " is a view.",
                           {{"operation", "'" + operation + "'"}, {"viewName", name}},
                           reference.position);
  }
  return found;
}

Result<catalog::LocatedName> LocateNew(const StatementPtr& statement,
                                       const plan::NameReference& reference) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(reference));
  return statement->state().catalogs.Locate(name);
}

Result<std::pair<std::shared_ptr<catalog::Catalog>, catalog::Namespace>> LocateNamespace(
    const StatementPtr& statement, const std::optional<plan::NameReference>& reference) {
  plan::Name name;
  if (reference) {
    ARROW_ASSIGN_OR_RAISE(name, statement->NameOf(*reference));
  }
  return statement->state().catalogs.LocateNamespace(name);
}

namespace {

bool MatchesGlob(const char* pattern, const char* pattern_end, const char* text,
                 const char* text_end) {
  const char* star = nullptr;
  const char* after_star = nullptr;
  while (text != text_end) {
    if (pattern != pattern_end && *pattern == '*') {
      star = ++pattern;
      after_star = text;
    } else if (pattern != pattern_end &&
               (*pattern == '.' || std::tolower(static_cast<unsigned char>(*pattern)) ==
                                       std::tolower(static_cast<unsigned char>(*text)))) {
      ++pattern;
      ++text;
    } else if (star != nullptr) {
      pattern = star;
      text = ++after_star;
    } else {
      return false;
    }
  }
  while (pattern != pattern_end && *pattern == '*') {
    ++pattern;
  }
  return pattern == pattern_end;
}

}  // namespace

bool MatchesPattern(const std::optional<std::string>& pattern, const std::string& name) {
  if (!pattern) {
    return true;
  }
  size_t begin = 0;
  while (begin <= pattern->size()) {
    size_t end = pattern->find('|', begin);
    end = end == std::string::npos ? pattern->size() : end;
    std::string one = pattern->substr(begin, end - begin);
    while (!one.empty() && one.back() == ' ') {
      one.pop_back();
    }
    one.erase(0, one.find_first_not_of(' '));
    if (MatchesGlob(one.data(), one.data() + one.size(), name.data(), name.data() + name.size())) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

std::string QuoteIfNeeded(const std::string& name) {
  bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  for (char c : name) {
    plain = plain && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_');
  }
  return plain ? name : base::QuoteIdentifier(name);
}

std::string DottedName(const std::vector<std::string>& name) {
  std::string text;
  for (const std::string& part : name) {
    text += (text.empty() ? "" : ".") + QuoteIfNeeded(part);
  }
  return text;
}

void TableChanged(const StatementPtr& statement, const FoundObject& object) {
  OutdateCached(&statement->state(), NameKey(object.full_name()));
}

Result<std::vector<columnar::Batch>> CollectText(const StatementPtr& statement,
                                                 const std::string& query) {
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr parsed,
                        sql::ParseStatement(query, ParserOptionsOf(statement->config())));
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr resolved, statement->Analyze(parsed));
  return statement->Collect(resolved);
}

}  // namespace emery::session
