#include "table/iceberg/selectors.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "table/iceberg/changelog_table.h"
#include "table/iceberg/metadata_tables/metadata_tables.h"

namespace emery::table::iceberg {

namespace {

std::optional<int64_t> NumberIn(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty()
             ? std::optional(number)
             : std::nullopt;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Status NoSuchRef(const std::string& kind, const std::string& name) {
  return base::UserError("INVALID_TIME_TRAVEL_SPEC",
                         "The table has no " + kind + " " + base::QuoteIdentifier(name) + ".",
                         {{"reason", "no " + kind + " " + name}});
}

Result<std::shared_ptr<const Table>> Reopen(const IcebergTable& table,
                                            const SnapshotChoice& choice) {
  return IcebergTable::Open(table.shared_metadata(), choice, table.name(), table.operations());
}

/// The state that a selector names; nothing where it is none.
Result<std::optional<SnapshotChoice>> StateOf(const TableMetadata& metadata,
                                              const std::string& selector) {
  const auto after = [&](std::string_view prefix) -> std::optional<std::string> {
    return selector.rfind(prefix, 0) == 0 ? std::optional(selector.substr(prefix.size()))
                                          : std::nullopt;
  };
  SnapshotChoice choice;
  if (const auto text = after("at_timestamp_")) {
    const auto ms = NumberIn(*text);
    if (!ms) {
      return std::nullopt;
    }
    choice.timestamp_us = *ms * 1000;
    return choice;
  }
  if (const auto text = after("snapshot_id_")) {
    if (!NumberIn(*text)) {
      return std::nullopt;
    }
    choice.version = *text;
    return choice;
  }
  for (const bool branch : {true, false}) {
    const auto name = after(branch ? "branch_" : "tag_");
    if (!name) {
      continue;
    }
    const auto ref = metadata.refs.find(*name);
    if (branch && *name == kMainBranch && ref == metadata.refs.end()) {
      return choice;
    }
    if (ref == metadata.refs.end() || (branch && !ref->second.is_branch)) {
      return NoSuchRef(branch ? "branch" : "tag", *name);
    }
    choice.version = *name;
    return choice;
  }
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const Table>> OpenSelected(const std::shared_ptr<const Table>& table,
                                                  const std::string& selector,
                                                  const SnapshotChoice& choice) {
  auto iceberg = std::dynamic_pointer_cast<const IcebergTable>(table);
  if (iceberg == nullptr) {
    return nullptr;
  }
  const bool travels = choice.version || choice.timestamp_us;
  ARROW_ASSIGN_OR_RAISE(const auto state, StateOf(iceberg->metadata(), selector));
  if (state) {
    if (travels) {
      return base::UserError("INVALID_TIME_TRAVEL_SPEC",
                             "Cannot time travel with AS OF and with " +
                                 base::QuoteIdentifier(selector) + " at the same time.",
                             {{"reason", "a selector and AS OF"}});
    }
    return Reopen(*iceberg, *state);
  }
  if (Lower(selector) == "changes") {
    if (travels) {
      return base::UserError(
          "UNSUPPORTED_FEATURE.TIME_TRAVEL",
          "The feature is not supported: Time travel on the relation: `changes`.",
          {{"relationId", "`changes`"}});
    }
    return std::make_shared<const ChangelogTable>(std::move(iceberg));
  }
  if (OpenMetadataTable(iceberg, selector) == nullptr) {
    return nullptr;
  }
  if (travels && Lower(selector).rfind("all_", 0) == 0) {
    return base::UserError("UNSUPPORTED_FEATURE.TIME_TRAVEL",
                           "The feature is not supported: Time travel on the relation: " +
                               base::QuoteIdentifier(selector) + ", which shows all snapshots.",
                           {{"relationId", base::QuoteIdentifier(selector)}});
  }
  if (travels) {
    ARROW_ASSIGN_OR_RAISE(const auto then, Reopen(*iceberg, choice));
    iceberg = std::static_pointer_cast<const IcebergTable>(then);
  }
  return OpenMetadataTable(std::move(iceberg), selector);
}

SelectedLocation SplitLocation(const std::string& location) {
  SelectedLocation split;
  const auto hash = location.rfind('#');
  if (hash == std::string::npos || hash + 1 == location.size()) {
    split.location = location;
    return split;
  }
  split.location = location.substr(0, hash);
  for (size_t at = hash + 1; at <= location.size();) {
    const size_t comma = std::min(location.find(',', at), location.size());
    split.selectors.push_back(location.substr(at, comma - at));
    at = comma + 1;
  }
  return split;
}

Result<std::shared_ptr<const Table>> WithReadOptions(
    const std::shared_ptr<const Table>& table, const std::map<std::string, std::string>& options) {
  const auto iceberg = std::dynamic_pointer_cast<const IcebergTable>(table);
  const auto changelog = std::dynamic_pointer_cast<const ChangelogTable>(table);
  if ((iceberg == nullptr && changelog == nullptr) || options.empty()) {
    return table;
  }
  std::map<std::string, std::string> lower;
  for (const auto& [key, value] : options) {
    lower[Lower(key)] = value;
  }
  const auto text = [&](const char* key) -> const std::string* {
    const auto at = lower.find(key);
    return at == lower.end() ? nullptr : &at->second;
  };
  const auto number = [&](const char* key) -> Result<std::optional<int64_t>> {
    const auto* value = text(key);
    if (value == nullptr) {
      return std::optional<int64_t>();
    }
    const auto parsed = NumberIn(*value);
    if (!parsed) {
      return base::UserError(
          "INVALID_PARAMETER_VALUE",
          "The read option " + std::string(key) + " must be a number, not '" + *value + "'.",
          {{"parameter", key}, {"actualValue", *value}});
    }
    return parsed;
  };
  ARROW_ASSIGN_OR_RAISE(auto start, number("start-snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(auto end, number("end-snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(const auto start_ms, number("start-timestamp"));
  ARROW_ASSIGN_OR_RAISE(const auto end_ms, number("end-timestamp"));
  if (start || end || start_ms || end_ms) {
    const SnapshotRange range{start, end, start_ms, end_ms};
    return changelog != nullptr ? changelog->Between(range) : iceberg->AppendedRows(range);
  }
  if (changelog != nullptr) {
    return table;
  }
  SnapshotChoice choice;
  for (const char* key : {"branch", "tag", "versionasof", "snapshot-id"}) {
    if (const auto* value = text(key)) {
      if (choice.version) {
        return base::UserError("INVALID_TIME_TRAVEL_SPEC",
                               "Read options name more than one snapshot, branch or tag.",
                               {{"reason", "more than one version"}});
      }
      choice.version = *value;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto at_ms, number("as-of-timestamp"));
  if (at_ms) {
    choice.timestamp_us = *at_ms * 1000;
  }
  return choice.version || choice.timestamp_us ? Reopen(*iceberg, choice)
                                               : Result<std::shared_ptr<const Table>>(table);
}

}  // namespace emery::table::iceberg
