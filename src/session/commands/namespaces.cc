// CREATE, DROP, ALTER, DESCRIBE and SHOW of databases.
#include <algorithm>
#include <string>
#include <utility>

#include "catalog/errors.h"
#include "session/commands/commands.h"

namespace emery::session {

namespace {

std::string Property(const catalog::NamespaceInfo& info, const char* key) {
  const auto found = info.properties.find(key);
  return found == info.properties.end() ? "" : found->second;
}

bool IsReserved(const std::string& key) {
  return key == "comment" || key == "location" || key == "owner";
}

}  // namespace

CommandResult CreateNamespace(const StatementPtr& statement, const plan::CreateNamespace& command) {
  ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.name));
  catalog::NamespaceInfo info;
  info.properties = command.properties;
  if (command.comment) {
    info.properties["comment"] = *command.comment;
  }
  if (command.location) {
    info.properties["location"] = *command.location;
  }
  info.properties["owner"] = statement->state().user;
  Status created = place.first->CreateNamespace(place.second, info);
  const base::ErrorDetail* detail = base::GetErrorDetail(created);
  if (command.if_not_exists && detail != nullptr &&
      detail->condition() == "SCHEMA_ALREADY_EXISTS") {
    return NoRows(statement);
  }
  ARROW_RETURN_NOT_OK(created);
  return NoRows(statement);
}

CommandResult DropNamespace(const StatementPtr& statement, const plan::DropNamespace& command) {
  ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.name));
  Status dropped = place.first->DropNamespace(place.second, command.cascade);
  if (command.if_exists && IsNotFound(dropped)) {
    return NoRows(statement);
  }
  ARROW_RETURN_NOT_OK(dropped);
  return NoRows(statement);
}

CommandResult AlterNamespace(const StatementPtr& statement, const plan::AlterNamespace& command) {
  ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.name));
  if (!command.keys.empty()) {
    return base::Unsupported("ALTER DATABASE … UNSET");
  }
  std::map<std::string, std::string> set = command.properties;
  if (command.location) {
    set["location"] = *command.location;
  }
  ARROW_RETURN_NOT_OK(place.first->AlterNamespace(place.second, set));
  return NoRows(statement);
}

CommandResult DescribeNamespace(const StatementPtr& statement,
                                const plan::DescribeNamespace& command) {
  ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.name));
  ARROW_ASSIGN_OR_RAISE(catalog::NamespaceInfo info, place.first->LoadNamespace(place.second));
  RowSet rows({"info_name", "info_value"});
  rows.Add({"Catalog Name", place.first->name()});
  rows.Add({"Namespace Name", DottedName(place.second)});
  rows.Add({"Comment", Property(info, "comment")});
  rows.Add({"Location", Property(info, "location")});
  const std::string owner = Property(info, "owner");
  rows.Add({"Owner", owner.empty() ? statement->state().user : owner});
  if (command.extended) {
    std::string text;
    for (const auto& [key, value] : info.properties) {
      if (!IsReserved(key)) {
        text += (text.empty() ? "(" : ", (") + key + "," + value + ")";
      }
    }
    if (!text.empty()) {
      rows.Add({"Properties", "(" + text + ")"});
    }
  }
  return std::move(rows).Finish(statement);
}

CommandResult ShowNamespaces(const StatementPtr& statement, const plan::ShowNamespaces& command) {
  catalog::Namespace parent;
  std::shared_ptr<catalog::Catalog> catalog;
  if (command.in) {
    ARROW_ASSIGN_OR_RAISE(auto place, LocateNamespace(statement, command.in));
    catalog = place.first;
    parent = place.second;
  } else {
    catalog::CatalogManager& catalogs = statement->state().catalogs;
    ARROW_ASSIGN_OR_RAISE(catalog, catalogs.Find(catalogs.current_catalog()));
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<catalog::Namespace> namespaces,
                        catalog->ListNamespaces(parent));
  RowSet rows({"namespace"});
  for (const catalog::Namespace& one : namespaces) {
    const std::string name = DottedName(one);
    if (MatchesPattern(command.pattern, name)) {
      rows.Add({name});
    }
  }
  return std::move(rows).Finish(statement);
}

}  // namespace emery::session
