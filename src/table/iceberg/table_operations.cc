#include "table/iceberg/table_operations.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

namespace emery::table::iceberg {

namespace {

constexpr const char* kConflict = "ICEBERG_COMMIT_CONFLICT";
constexpr const char* kUnknown = "ICEBERG_COMMIT_STATE_UNKNOWN";

bool HasCondition(const Status& status, const char* condition) {
  const auto* detail = base::GetErrorDetail(status);
  return detail != nullptr && detail->condition() == condition;
}

std::mt19937_64& Random() {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return engine;
}

}  // namespace

Status CommitConflict(const std::string& what) {
  return base::UserError(
      kConflict,
      "The commit to the Iceberg table failed since another writer was first: " + what + ".",
      {{"reason", what}});
}

bool IsCommitConflict(const Status& status) {
  return HasCondition(status, kConflict);
}

Status CommitStateUnknown(const std::string& what, const Status& cause) {
  return base::UserError(
      kUnknown,
      "It is not known whether the commit of " + what + " took effect: " + cause.message() +
          " Look at the table's history before you try again; nothing that was written is removed.",
      {{"what", what}, {"cause", cause.message()}});
}

bool IsCommitStateUnknown(const Status& status) {
  return HasCondition(status, kUnknown);
}

Status ValidationConflict(const std::string& what) {
  return base::UserError("ICEBERG_VALIDATION_FAILED",
                         "The commit to the Iceberg table failed: " + what + ".",
                         {{"reason", what}});
}

std::string NewUuid() {
  const uint64_t high = Random()();
  const uint64_t low = Random()();
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-4%03x-%04x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high >> 16) & 0xffff,
                static_cast<unsigned>(high) & 0xfff,
                (static_cast<unsigned>(low >> 48) & 0x3fff) | 0x8000,
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text;
}

SnapshotId NewSnapshotId(const TableMetadata* metadata) {
  while (true) {
    const SnapshotId id{static_cast<int64_t>(Random()() >> 1)};
    if (id.value > 0 && (metadata == nullptr || metadata->FindSnapshot(id) == nullptr)) {
      return id;
    }
  }
}

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<Requirement> RequirementsFor(const TableMetadata& base,
                                         const std::vector<MetadataUpdate>& updates) {
  std::vector<Requirement> requirements;
  std::set<std::string> seen;
  const auto once = [&](const std::string& key, Requirement requirement) {
    if (seen.insert(key).second) {
      requirements.push_back(std::move(requirement));
    }
  };
  if (!base.table_uuid.empty()) {
    once("uuid", AssertUuid(base.table_uuid));
  }
  for (const auto& update : updates) {
    const auto action = update.json->at("action").get<std::string>();
    if (action == "set-snapshot-ref") {
      const auto name = update.json->at("ref-name").get<std::string>();
      const auto ref = base.refs.find(name);
      once("ref " + name, AssertRefSnapshotId(name, ref == base.refs.end()
                                                        ? std::nullopt
                                                        : std::optional(ref->second.snapshot_id)));
    } else if (action == "add-schema") {
      once(action, AssertLastAssignedFieldId(base.last_column_id));
    } else if (action == "set-current-schema") {
      once(action, AssertCurrentSchemaId(base.current_schema_id));
    } else if (action == "add-spec") {
      once(action, AssertLastAssignedPartitionId(base.last_partition_id));
    } else if (action == "set-default-spec") {
      once(action, AssertDefaultSpecId(base.default_spec_id));
    } else if (action == "set-default-sort-order") {
      once(action, AssertDefaultSortOrderId(base.default_sort_order_id));
    }
  }
  return requirements;
}

Result<std::shared_ptr<const TableMetadata>> CommitWithRetry(TableOperations* operations,
                                                             const MakeUpdates& make) {
  const int64_t begin = NowMs();
  for (int attempt = 0;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(auto base, operations->Refresh());
    TableCommit commit;
    ARROW_ASSIGN_OR_RAISE(commit.updates, make(*base));
    if (commit.updates.empty()) {
      return base;
    }
    commit.requirements = RequirementsFor(*base, commit.updates);
    commit.base = base;
    auto committed = operations->Commit(commit);
    if (committed.ok() || !IsCommitConflict(committed.status()) ||
        attempt >= base->PropertyInt("commit.retry.num-retries", 4) ||
        NowMs() - begin >= base->PropertyInt("commit.retry.total-timeout-ms", 1800000)) {
      return committed;
    }
    // Twice as long each time, by chance a bit more, so that two writers don't stay in step.
    const int64_t least = std::max<int64_t>(base->PropertyInt("commit.retry.min-wait-ms", 100), 1);
    const int64_t most = std::max(base->PropertyInt("commit.retry.max-wait-ms", 60000), least);
    const int64_t wait = std::min(most, least << std::min(attempt, 20));
    std::this_thread::sleep_for(std::chrono::milliseconds(
        wait + static_cast<int64_t>(Random()() % static_cast<uint64_t>(wait / 2 + 1))));
  }
}

}  // namespace emery::table::iceberg
