#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/config.h"
#include "base/memory_budget.h"
#include "catalog/manager.h"
#include "plan/command.h"
#include "session/events.h"
#include "table/table.h"

namespace emery::session {

/// A temporary view: its query as parsed, and what names meant when it was made.
struct TemporaryView {
  plan::PlanPtr query;                        // unresolved; null where `table` is set
  std::shared_ptr<const table::Table> table;  // CREATE TEMPORARY VIEW … USING
  std::string text;
  type::Schema schema;  // names and comments as declared
  std::vector<std::string> query_columns;
  std::string catalog;
  catalog::Namespace name_space;
  std::map<std::string, std::string> config;
  std::optional<std::string> comment;
  std::map<std::string, std::string> properties;
  int64_t created_us = 0;
};

struct Variable {
  type::TypePtr type;
  type::Value value;
  plan::ExpressionPtr default_value;  // unresolved; null: NULL
};

/// CACHE TABLE: rows kept under the full name of a table or view.
struct CachedRows {
  std::string key;  // lower-case full name
  std::vector<std::string> name;
  std::shared_ptr<const table::Table> rows;              // null: not read yet (LAZY), or outdated
  std::shared_ptr<base::MemoryReservation> reservation;  // of the rows
  /// Identities of the tables that were read: rows are outdated as soon as one differs.
  std::map<std::string, std::string> sources;
};

/// What a session remembers between statements.
class SessionState {
 public:
  explicit SessionState(base::Config initial);

  mutable std::mutex mutex;  // guards all but `catalogs`, which locks itself
  base::Config config;
  const base::Config initial_config;  // what RESET goes back to
  std::map<std::string, std::shared_ptr<const TemporaryView>>
      temporary_views;                        // by lower-case name
  std::map<std::string, Variable> variables;  // by lower-case name
  std::map<std::string, CachedRows> cached;   // by key
  std::vector<std::shared_ptr<Listener>> listeners;
  std::set<std::shared_ptr<base::CancellationToken>> running;
  std::string user;
  base::MemoryBudget* budget = nullptr;

  catalog::CatalogManager catalogs;

  base::Config ConfigSnapshot() const;
  std::shared_ptr<const TemporaryView> FindTemporaryView(const std::string& name) const;
  std::vector<std::shared_ptr<Listener>> ListenersNow() const;
};

/// Views of `global_temp`, shared by all sessions of the process.
class GlobalTemporaryViews {
 public:
  static GlobalTemporaryViews& Instance();
  std::shared_ptr<const TemporaryView> Find(const std::string& name) const;
  /// False where there is one and `replace` is not set.
  bool Put(const std::string& name, std::shared_ptr<const TemporaryView> view, bool replace);
  bool Drop(const std::string& name);
  std::vector<std::string> Names() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const TemporaryView>> views_;
};

std::string LowerCase(std::string_view text);

}  // namespace emery::session
