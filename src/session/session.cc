#include "session/session.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "session/commands/commands.h"
#include "session/state.h"
#include "session/statement.h"
#include "session/variable_substitution_internal.h"
#include "sql/parser.h"

namespace emery::session {

namespace {

std::string ProcessUser() {
  for (const char* variable : {"SPARK_USER", "USER", "LOGNAME"}) {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0') {
      return name;
    }
  }
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "unknown";
}

Status ApplyMemoryLimit(const base::Config& config, base::MemoryBudget* budget) {
  const std::optional<std::string> limit = config.Get("emery.memory.limit");
  if (limit) {
    ARROW_ASSIGN_OR_RAISE(int64_t bytes, base::ParseByteSize(*limit));
    budget->set_limit(bytes);
  }
  return Status::OK();
}

}  // namespace

sql::ParserOptions ParserOptionsOf(const base::Config& config) {
  sql::ParserOptions options;
  options.ansi = config.ansi();
  options.enforce_reserved_keywords =
      options.ansi && config.GetBool("spark.sql.ansi.enforceReservedKeywords", false);
  options.double_quoted_identifiers =
      options.ansi && config.GetBool("spark.sql.ansi.doubleQuotedIdentifiers", false);
  options.escaped_string_literals = config.GetBool("spark.sql.parser.escapedStringLiterals", false);
  options.timestamp_ntz =
      config.GetString("spark.sql.timestampType", "TIMESTAMP_LTZ") == "TIMESTAMP_NTZ";
  options.exponent_literal_as_decimal =
      config.GetBool("spark.sql.legacy.exponentLiteralAsDecimal.enabled", false);
  options.time_zone = config.time_zone();
  return options;
}

base::MemoryBudget* ProcessBudget() {
  static auto* budget = new base::MemoryBudget(base::DefaultMemoryLimit());
  return budget;
}

Session::Session(std::unique_ptr<SessionState> state) : state_(std::move(state)) {}

Session::~Session() {
  Cancel();
}

Result<std::shared_ptr<Session>> Session::Make(SessionOptions options) {
  auto state = std::make_unique<SessionState>(std::move(options.config));
  state->budget = options.budget != nullptr ? options.budget : ProcessBudget();
  state->user = options.user.empty() ? ProcessUser() : options.user;
  ARROW_RETURN_NOT_OK(ApplyMemoryLimit(state->config, state->budget));
  const std::string catalog =
      state->config.GetString("spark.sql.defaultCatalog", catalog::kSessionCatalog);
  if (catalog != catalog::kSessionCatalog) {
    ARROW_RETURN_NOT_OK(state->catalogs.SetCurrentCatalog(catalog));
  }
  return std::shared_ptr<Session>(new Session(std::move(state)));
}

Result<std::unique_ptr<StatementResult>> Session::Execute(std::string_view text,
                                                          StatementOptions options) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Statement> statement,
                        Statement::Make(state_.get(), text, std::move(options)));
  const auto execute = [&]() -> Result<std::unique_ptr<StatementResult>> {
    ARROW_ASSIGN_OR_RAISE(std::string substituted, SubstituteVariables(text, statement->config()));
    ARROW_ASSIGN_OR_RAISE(plan::PlanPtr parsed,
                          sql::ParseStatement(substituted, ParserOptionsOf(statement->config())));
    return ExecuteParsed(statement, parsed);
  };
  Result<std::unique_ptr<StatementResult>> result = execute();
  if (!result.ok()) {
    statement->End(result.status(), {});
  }
  return result;
}

Result<std::unique_ptr<StatementResult>> Session::Execute(const plan::PlanPtr& unresolved,
                                                          std::string_view text,
                                                          StatementOptions options) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Statement> statement,
                        Statement::Make(state_.get(), text, std::move(options)));
  Result<std::unique_ptr<StatementResult>> result = ExecuteParsed(statement, unresolved);
  if (!result.ok()) {
    statement->End(result.status(), {});
  }
  return result;
}

Result<type::Schema> Session::AnalyzeSchema(const plan::PlanPtr& unresolved) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Statement> statement,
                        Statement::Make(state_.get(), "", {}));
  ARROW_ASSIGN_OR_RAISE(plan::PlanPtr resolved, statement->Analyze(unresolved));
  type::Schema schema;
  for (const plan::ColumnInfo& column : resolved->Output()) {
    schema.push_back({column.name, column.type, column.nullable, -1, std::nullopt, std::nullopt});
  }
  return schema;
}

void Session::Cancel() {
  std::lock_guard<std::mutex> lock(state_->mutex);
  for (const std::shared_ptr<base::CancellationToken>& token : state_->running) {
    token->Cancel();
  }
}

void Session::AddListener(std::shared_ptr<Listener> listener) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->listeners.push_back(std::move(listener));
}

void Session::RemoveListener(const std::shared_ptr<Listener>& listener) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  std::erase(state_->listeners, listener);
}

base::Config Session::config() const {
  return state_->ConfigSnapshot();
}

Status Session::SetConfig(const std::string& key, const std::string& value) {
  return SetSetting(state_.get(), key, value);
}

void Session::UnsetConfig(const std::string& key) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->config.Unset(key);
}

std::string Session::current_catalog() const {
  return state_->catalogs.current_catalog();
}

std::vector<std::string> Session::current_namespace() const {
  return state_->catalogs.current_namespace();
}

Status SetSetting(SessionState* state, const std::string& key, const std::string& value) {
  if (key == "spark.sql.session.timeZone" && !type::TimeZone::Find(value).ok()) {
    return base::UserError("INVALID_CONF_VALUE.TIME_ZONE",
                           "The value '" + value + "' in the config \"" + key +
                               "\" is invalid. Cannot resolve the given timezone.",
                           {{"confName", key}, {"confValue", value}});
  }
  std::lock_guard<std::mutex> lock(state->mutex);
  if (key == "emery.memory.limit") {
    ARROW_ASSIGN_OR_RAISE(int64_t bytes, base::ParseByteSize(value));
    state->budget->set_limit(bytes);
  }
  return state->config.Set(key, value);
}

}  // namespace emery::session
