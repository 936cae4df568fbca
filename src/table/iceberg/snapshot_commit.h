#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/expression.h"
#include "table/iceberg/manifest.h"
#include "table/iceberg/table_operations.h"

namespace emery::table::iceberg {

/// What other writers must not have done between the snapshot that an operation read and the one
/// that its commit builds on. Checked again on every attempt.
struct ConflictChecks {
  /// The snapshot that was read; nothing: the table had none, so that all of its history counts.
  std::optional<SnapshotId> starting_snapshot;
  /// Conjuncts over plan::Ordinal (fields of the table's schema) for what was read; empty: all.
  plan::ExpressionList filter;
  /// Instead of the filter, where set: these partitions (spec id, values).
  std::optional<std::vector<std::pair<int32_t, std::vector<type::Value>>>> partitions;
  /// Serializable isolation: no data file that may hold matching rows was added.
  bool no_new_data_files = false;
  /// No delete file that may cover matching rows was added, and no data file of matching rows
  /// deleted (serializable and snapshot isolation of overwrites).
  bool no_new_delete_files = false;
  bool no_deleted_data_files = false;
  /// These data files are still live: those that position deletes or deletion vectors name
  /// (`allow_deletes`: removal by a DELETE is no conflict, that by rewriting is).
  std::vector<std::string> required_data_files;
  bool skip_deletes = false;
  /// Format 3: no other writer added a deletion vector for these data files.
  std::vector<std::string> no_new_deletion_vectors_for;
  /// No new deletes for the removed data files (rewrites and copy-on-write): those with a
  /// sequence number above the starting snapshot's.
  bool no_new_deletes_for_removed_files = false;
};

/// What a new snapshot adds to and takes from a table: append, overwrite, delete, row delta and
/// rewrite are all this. Immutable during the commit.
struct SnapshotChange {
  /// "append", "overwrite", "delete" or "replace"; empty: found from what is added and removed.
  std::string operation;
  std::string branch = kMainBranch;
  std::vector<DataFile> added_data_files;  // spec_id set; sequence numbers are given by the commit
  std::vector<DataFile> added_delete_files;  // position or equality deletes, deletion vectors
  /// Files to remove. They have to be live; one that is not fails the commit unless
  /// `missing_removed_ok`.
  std::vector<DataFile> removed_data_files;
  std::vector<DataFile> removed_delete_files;
  bool missing_removed_ok = false;
  /// Data files all of whose rows match these conjuncts (over plan::Ordinal, fields of the schema)
  /// are removed; one that matches in part fails the commit. Evaluated on the fresh base.
  std::optional<plan::ExpressionList> delete_filter;
  /// All live files of these partitions are removed (spec id, values): dynamic overwrite.
  std::vector<std::pair<int32_t, std::vector<type::Value>>> replaced_partitions;
  /// Rewrites: sequence number of the data that is rewritten, kept for the added data files.
  std::optional<int64_t> data_sequence_number;
  ConflictChecks checks;
  std::map<std::string, std::string> summary;  // added to the snapshot's
  /// The snapshot is added but no ref moved (write-audit-publish).
  bool stage_only = false;
};

/// Commits `change` as a new snapshot, again on a fresh base after each conflict. Files named in
/// `change` are the caller's to delete, and only if the error is neither an unknown outcome nor
/// comes after one (IsCommitStateUnknown). Manifests that no metadata names are removed here.
/// Errors: ValidationConflict, CommitStateUnknown, CommitConflict after the last retry, I/O.
Result<std::shared_ptr<const TableMetadata>> CommitSnapshot(TableOperations* operations,
                                                            const SnapshotChange& change);

}  // namespace emery::table::iceberg
