#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "table/iceberg/metadata_update.h"

namespace emery::table::iceberg {

/// A change of one table that happens as a whole or not at all.
struct TableCommit {
  /// What the updates were made from; null: the table is new.
  std::shared_ptr<const TableMetadata> base;
  std::vector<MetadataUpdate> updates;
  std::vector<Requirement> requirements;
};

/// A table's place in its catalog: where its current metadata is found and replaced. Thread-safe.
class TableOperations {
 public:
  virtual ~TableOperations() = default;

  /// The current metadata, read anew where it changed. Errors: TABLE_OR_VIEW_NOT_FOUND.
  virtual Result<std::shared_ptr<const TableMetadata>> Refresh() = 0;

  /// Gives the metadata after the commit. Errors by kind, see below: a conflict (nothing happened,
  /// and a fresh base may help), an unknown outcome (it may be live: nothing that it names may be
  /// deleted), any other (nothing happened).
  virtual Result<std::shared_ptr<const TableMetadata>> Commit(const TableCommit& commit) = 0;
};

/// Another writer was first.
Status CommitConflict(const std::string& what);
bool IsCommitConflict(const Status& status);

/// Whether the commit happened could not be found out.
Status CommitStateUnknown(const std::string& what, const Status& cause);
bool IsCommitStateUnknown(const Status& status);

/// A conflict in content: what was read has changed since, and a retry can't help
/// (ValidationException in Iceberg's words).
Status ValidationConflict(const std::string& what);

/// Applies `make` to the table's current metadata and commits what it gives, again after
/// conflicts, as commit.retry.* of the table says. `make` gives the updates for a base, and may be
/// called several times; requirements are added from the base for the ids that the updates depend
/// on. No updates: nothing is done.
using MakeUpdates = std::function<Result<std::vector<MetadataUpdate>>(const TableMetadata& base)>;
Result<std::shared_ptr<const TableMetadata>> CommitWithRetry(TableOperations* operations,
                                                             const MakeUpdates& make);

/// The requirements that Iceberg's REST client sends with `updates` of `base`.
std::vector<Requirement> RequirementsFor(const TableMetadata& base,
                                         const std::vector<MetadataUpdate>& updates);

/// Text of a random UUID (version 4), and a random positive snapshot id that `metadata` has not.
std::string NewUuid();
SnapshotId NewSnapshotId(const TableMetadata* metadata);
int64_t NowMs();

}  // namespace emery::table::iceberg
