// SET, RESET, SET TIME ZONE, USE, SET CATALOG.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "session/commands/commands.h"

namespace emery::session {

namespace {

constexpr const char* kUndefined = "<undefined>";
constexpr const char* kTimeZone = "spark.sql.session.timeZone";

CommandResult OneSetting(const StatementPtr& statement, const std::string& key,
                         const std::string& value) {
  RowSet rows({"key", "value"});
  rows.Add({key, value});
  return std::move(rows).Finish(statement);
}

std::string LocalZone() {
  const char* environment = std::getenv("TZ");
  if (environment != nullptr && *environment != '\0' && *environment != ':') {
    return environment;
  }
  std::error_code error;
  const std::string target = std::filesystem::canonical("/etc/localtime", error).string();
  const size_t folder = target.find("/zoneinfo/");
  return error || folder == std::string::npos ? "UTC" : target.substr(folder + 10);
}

std::optional<std::string> InitialValue(const SessionState& state, const std::string& key) {
  const auto found = state.initial_config.entries().find(key);
  return found == state.initial_config.entries().end() ? std::nullopt
                                                       : std::optional(found->second);
}

/// "+01:00" for an offset; nothing where it is beyond 18 hours or has parts of a second.
std::optional<std::string> OffsetText(int64_t micros) {
  constexpr int64_t kSecond = 1'000'000;
  constexpr int64_t kMax = 18 * 3600;
  const int64_t seconds = micros / kSecond;
  if (micros % kSecond != 0 || seconds > kMax || seconds < -kMax) {
    return std::nullopt;
  }
  const int64_t size = std::abs(seconds);
  char text[32];
  const int written =
      std::snprintf(text, sizeof(text), "%c%02d:%02d", seconds < 0 ? '-' : '+',
                    static_cast<int>(size / 3600), static_cast<int>(size / 60 % 60));
  if (size % 60 != 0) {
    std::snprintf(text + written, sizeof(text) - static_cast<size_t>(written), ":%02d",
                  static_cast<int>(size % 60));
  }
  return text;
}

}  // namespace

CommandResult SetConfiguration(const StatementPtr& statement, const plan::Set& command) {
  if (command.key && command.value) {
    ARROW_RETURN_NOT_OK(SetSetting(&statement->state(), *command.key, *command.value));
    return OneSetting(statement, *command.key, *command.value);
  }
  const base::Config& config = statement->config();
  if (command.key) {
    const std::optional<std::string> value =
        *command.key == kTimeZone ? config.time_zone() : config.Get(*command.key);
    return OneSetting(statement, *command.key, value.value_or(kUndefined));
  }
  if (!command.verbose) {
    RowSet rows({"key", "value"});
    for (const auto& [key, value] : config.entries()) {
      rows.Add({key, value});
    }
    return std::move(rows).Finish(statement);
  }
  RowSet rows({"key", "value", "meaning", "Since version"});
  for (const base::ConfigEntry& entry : base::RegisteredEntries()) {
    rows.Add({entry.key, config.Get(entry.key).value_or(kUndefined), entry.documentation, ""});
  }
  return std::move(rows).Finish(statement);
}

CommandResult ResetConfiguration(const StatementPtr& statement, const plan::Reset& command) {
  SessionState& state = statement->state();
  {
    std::lock_guard<std::mutex> lock(state.mutex);
    if (!command.key) {
      state.config = state.initial_config;
    } else if (const std::optional<std::string> initial = InitialValue(state, *command.key)) {
      ARROW_RETURN_NOT_OK(state.config.Set(*command.key, *initial));
    } else {
      state.config.Unset(*command.key);
    }
  }
  return NoRows(statement);
}

CommandResult SetTimeZone(const StatementPtr& statement, const plan::SetTimeZone& command) {
  std::string zone;
  if (command.local) {
    zone = LocalZone();
  } else {
    const auto* literal = plan::As<plan::Literal>(command.zone);
    if (literal == nullptr || literal->value.is_null()) {
      return base::InternalError("a time zone that is not a literal");
    }
    if (literal->type->is_string()) {
      zone = literal->value.string();
    } else {
      std::optional<std::string> offset;
      if (literal->type->is(type::TypeId::kDayTimeInterval)) {
        offset = OffsetText(literal->value.integer());
      } else if (literal->type->is(type::TypeId::kCalendarInterval) &&
                 literal->value.interval().months == 0 && literal->value.interval().days == 0) {
        offset = OffsetText(literal->value.interval().microseconds);
      }
      if (!offset) {
        return base::UserError("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE",
                               "The interval value must be in the range of [-18, +18] hours with "
                               "second precision.",
                               {}, command.zone->position);
      }
      zone = *offset;
    }
  }
  ARROW_RETURN_NOT_OK(SetSetting(&statement->state(), kTimeZone, zone));
  return OneSetting(statement, kTimeZone, zone);
}

CommandResult Use(const StatementPtr& statement, const plan::Use& command) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.name));
  ARROW_RETURN_NOT_OK(statement->state().catalogs.Use(name));
  return NoRows(statement);
}

CommandResult SetCatalog(const StatementPtr& statement, const plan::SetCatalog& command) {
  ARROW_ASSIGN_OR_RAISE(plan::Name name, statement->NameOf(command.name));
  if (name.size() != 1) {
    return base::UserError("CATALOG_NOT_FOUND",
                           "The catalog " + base::QuoteName(name) + " not found.",
                           {{"catalogName", base::QuoteName(name)}}, command.name.position);
  }
  ARROW_RETURN_NOT_OK(statement->state().catalogs.SetCurrentCatalog(name[0]));
  return NoRows(statement);
}

}  // namespace emery::session
