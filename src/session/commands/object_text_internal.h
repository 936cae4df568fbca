#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "session/commands/commands.h"

namespace emery::session {

/// "Sun Nov 22 20:07:22 UTC 2026", in the process's zone.
std::string DateText(int64_t micros);
/// "[a=b, c=d]"
std::string PropertyList(const std::map<std::string, std::string>& properties);
/// Without those that the catalog keeps for itself.
std::map<std::string, std::string> VisibleProperties(
    const std::map<std::string, std::string>& properties);
/// The lines of "# Detailed Table Information": names and values.
std::vector<std::pair<std::string, std::string>> TableDetailRows(const FoundObject& found);
std::vector<std::pair<std::string, std::string>> ViewDetailRows(const FoundObject& found);
/// The statement that makes the table or view again.
std::string CreateTableText(const FoundObject& found);
std::string CreateViewText(const FoundObject& found);
/// "root\n |-- a: integer (nullable = true)\n", as printSchema gives it.
std::string SchemaTree(const type::Schema& schema);

}  // namespace emery::session
