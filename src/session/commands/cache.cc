// CACHE TABLE and what belongs to it.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "session/cache_internal.h"
#include "session/commands/commands.h"
#include "table/memory/memory_table.h"

namespace emery::session {

namespace {

/// Reads the rows of `name` past the cache.
Result<CachedRows> ReadRows(const StatementPtr& statement, const std::vector<std::string>& name,
                            const std::string& key) {
  RelationFinder finder(&statement->state(), statement->context()->config);
  finder.set_use_cache(false);
  auto relation = std::make_shared<plan::UnresolvedRelation>();
  relation->name = name;
  auto select = std::make_shared<plan::UnresolvedSelect>();
  select->items = {std::make_shared<plan::UnresolvedStar>()};
  select->inputs = {std::move(relation)};
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr resolved, statement->Analyze(select, &finder));
  CachedRows cached;
  cached.key = key;
  cached.name = name;
  cached.sources = finder.tables_read();
  type::Schema schema;
  for (const plan::ColumnInfo& column : resolved->Output()) {
    schema.push_back({column.name, column.type, column.nullable, -1, std::nullopt, std::nullopt});
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<columnar::Batch> batches, statement->Collect(resolved));
  int64_t bytes = 0;
  for (const columnar::Batch& batch : batches) {
    bytes += columnar::MemoryBytes(batch);
  }
  auto reservation = std::make_shared<base::MemoryReservation>(statement->state().budget);
  if (!reservation->TryResize(bytes)) {
    return base::UserError("UNABLE_TO_ACQUIRE_MEMORY",
                           "Unable to acquire " + std::to_string(bytes) +
                               " bytes of memory to keep the rows of " + base::QuoteName(name) +
                               ".",
                           {{"requestedBytes", std::to_string(bytes)}});
  }
  cached.rows =
      table::MakeMemoryTable(base::QuoteName(name), std::move(schema), std::move(batches));
  cached.reservation = std::move(reservation);
  return cached;
}

std::string KeyOf(const FoundObject& object) {
  return NameKey(object.full_name());
}

}  // namespace

std::shared_ptr<const table::Table> FindCached(SessionState* state, const std::string& key) {
  CachedRows cached;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    const auto found = state->cached.find(key);
    if (found == state->cached.end()) {
      return nullptr;
    }
    cached = found->second;
  }
  bool current = cached.rows != nullptr;
  for (auto it = cached.sources.begin(); current && it != cached.sources.end(); ++it) {
    Result<std::vector<std::string>> name = sql::ParseName(it->first);
    if (!name.ok()) {
      current = false;
      break;
    }
    Result<catalog::LocatedName> located = state->catalogs.Locate(*name);
    Result<std::shared_ptr<const table::Table>> table =
        located.ok() ? located->catalog->LoadTable(located->id, {})
                     : Result<std::shared_ptr<const table::Table>>(located.status());
    current = table.ok() && (*table)->identity() == it->second;
  }
  if (current) {
    return cached.rows;
  }
  // Lazy or outdated: read now, in a statement of its own, so that the reader's own state stays as
  // it is.
  Result<std::shared_ptr<Statement>> statement = Statement::Make(state, "CACHE TABLE", {});
  if (!statement.ok()) {
    return nullptr;
  }
  Result<CachedRows> fresh = ReadRows(*statement, cached.name, key);
  std::lock_guard<std::mutex> lock(state->mutex);
  if (!fresh.ok()) {
    // The name is read without the cache then, which gives the same error or does without the
    // memory.
    state->cached.erase(key);
    return nullptr;
  }
  state->cached[key] = *fresh;
  return fresh->rows;
}

void OutdateCached(SessionState* state, const std::string& table_key) {
  std::lock_guard<std::mutex> lock(state->mutex);
  for (auto& [key, cached] : state->cached) {
    if (key == table_key || cached.sources.contains(table_key)) {
      cached.rows.reset();
    }
  }
}

CommandResult CacheTable(const StatementPtr& statement, const plan::CacheTable& command) {
  SessionState& state = statement->state();
  if (!command.inputs.empty()) {
    plan::CreateView view;
    view.name = command.name;
    view.temporary = true;
    view.inputs = command.inputs;
    // Its result says only that it was done.
    ARROW_RETURN_NOT_OK(CreateView(statement, view).status());
  }
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.name));
  const std::string key = KeyOf(found);
  CachedRows cached;
  cached.key = key;
  cached.name = found.full_name();
  if (!command.lazy) {
    ARROW_ASSIGN_OR_RAISE(cached, ReadRows(statement, found.full_name(), key));
  }
  {
    std::lock_guard<std::mutex> lock(state.mutex);
    state.cached[key] = std::move(cached);
  }
  return NoRows(statement);
}

CommandResult UncacheTable(const StatementPtr& statement, const plan::UncacheTable& command) {
  Result<FoundObject> found = FindObject(statement, command.name);
  if (!found.ok()) {
    return command.if_exists ? NoRows(statement) : CommandResult(found.status());
  }
  {
    SessionState& state = statement->state();
    std::lock_guard<std::mutex> lock(state.mutex);
    state.cached.erase(KeyOf(*found));
  }
  return NoRows(statement);
}

CommandResult ClearCache(const StatementPtr& statement) {
  {
    SessionState& state = statement->state();
    std::lock_guard<std::mutex> lock(state.mutex);
    state.cached.clear();
  }
  return NoRows(statement);
}

CommandResult RefreshTable(const StatementPtr& statement, const plan::RefreshTable& command) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, FindObject(statement, command.name));
  TableChanged(statement, found);
  return NoRows(statement);
}

}  // namespace emery::session
