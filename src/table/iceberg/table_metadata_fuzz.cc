// Rooms: base type io columnar plan functions format table
//
// Feeds bytes as a table metadata file, and opens the table and what its metadata tables show of
// the metadata alone. Invariants: no crash, no endless loop, no deep recursion; any error Status is
// fine.

#include <cstdint>
#include <string>

#include "table/iceberg/iceberg_table.h"
#include "table/iceberg/metadata_tables/metadata_tables.h"
#include "table/iceberg/selectors.h"

namespace iceberg = emery::table::iceberg;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto metadata = iceberg::ParseTableMetadata(text, "memory:/fuzz/v1.metadata.json");
  if (!metadata.ok()) {
    return 0;
  }
  const auto table = iceberg::IcebergTable::Open(*metadata, {}, "fuzz");
  if (!table.ok()) {
    return 0;
  }
  (void)(*table)->metadata_columns();
  (void)(*table)->partition_columns();
  (void)(*table)->statistics();
  for (const char* name : {"history", "snapshots", "refs", "metadata_log_entries", "files",
                           "entries", "partitions", "position_deletes", "tag_t", "branch_b"}) {
    const auto selected = iceberg::OpenSelected(*table, name, {});
    if (!selected.ok() || *selected == nullptr) {
      continue;
    }
    emery::table::ScanRequest request;
    int index = 0;
    for (const auto& field : (*selected)->schema()) {
      request.field_indexes.push_back(index++);
      request.names.push_back(field.name);
      request.types.push_back(field.type);
    }
    const auto plan = (*selected)->PlanScan(request);
    if (!plan.ok()) {
      continue;
    }
    for (const auto& task : plan->tasks) {
      auto reader = task->Open({});
      while (reader.ok()) {
        const auto batch = (*reader)->Next();
        if (!batch.ok() || !*batch) {
          break;
        }
      }
    }
  }
  return 0;
}
