#pragma once

#include <map>
#include <memory>
#include <string>

#include "table/iceberg/iceberg_table.h"

namespace emery::table::iceberg {

/// What a name behind a table's name means: a metadata table ("snapshots", see
/// metadata_tables/metadata_tables.h), or a state of the table: branch_<name>, tag_<name>,
/// snapshot_id_<id>, at_timestamp_<ms>. `choice`: time travel of the statement, only for metadata
/// tables. Null: `table` is no Iceberg table, or the name means nothing.
/// Errors: as IcebergTable::Open; INVALID_TIME_TRAVEL_SPEC where a state is chosen twice.
Result<std::shared_ptr<const Table>> OpenSelected(const std::shared_ptr<const Table>& table,
                                                  const std::string& selector,
                                                  const SnapshotChoice& choice);

/// "/folder/t#branch_x" into the location and its selectors, which a comma separates.
struct SelectedLocation {
  std::string location;
  std::vector<std::string> selectors;
};

SelectedLocation SplitLocation(const std::string& location);

/// `table` as options of a read ask for: snapshot-id, as-of-timestamp, branch, tag, versionAsOf;
/// start-snapshot-id with end-snapshot-id (rows that appends after the first up to the second
/// added), start-timestamp with end-timestamp. Other options are for nothing here and left out, as
/// for tables that are not Iceberg's.
Result<std::shared_ptr<const Table>> WithReadOptions(
    const std::shared_ptr<const Table>& table, const std::map<std::string, std::string>& options);

}  // namespace emery::table::iceberg
