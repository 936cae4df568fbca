#pragma once

#include <string>
#include <vector>

namespace emery::cli {

/// What `emery sql` was told.
struct SqlOptions {
  std::vector<std::string> statements;
  std::vector<std::string> files;
  std::vector<std::string> settings;  // key=value
  std::string database;
  std::string format_name = "table";
  bool time = false;
  bool silent = false;
  bool protocol = false;
};

/// Gives the exit code.
int RunSql(const SqlOptions& options);

}  // namespace emery::cli
