// Rooms: base type io columnar plan functions format table
//
// Feeds bytes as a manifest and as a manifest list. Invariants: no crash, no read outside the
// input, no endless loop; what comes out can be looked at through every accessor. Any error Status
// is fine.

#include <cstdint>
#include <string>

#include "io/object_store.h"
#include "table/iceberg/manifest_entries.h"

namespace iceberg = emery::table::iceberg;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string path = "memory:/fuzz.avro";
  const std::string location = path;
  auto store = *emery::io::StoreFor(&path);
  if (!store->Put(path, {reinterpret_cast<const char*>(data), size}).ok()) {
    return 0;
  }
  (void)iceberg::ReadManifestList(location);
  iceberg::PartitionSpec spec;
  iceberg::PartitionField field;
  field.source_id = 1;
  field.field_id = 1000;
  field.name = "p";
  spec.fields.push_back(field);
  iceberg::ManifestFile manifest;
  manifest.manifest_path = location;
  manifest.sequence_number = 3;
  manifest.first_row_id = 7;
  const auto entries = iceberg::ManifestEntries::Read(manifest, spec);
  if (!entries.ok()) {
    return 0;
  }
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < (*entries)->size(); ++row) {
    (void)(*entries)->Entry(row);
    (void)(*entries)->lower_bound(row, 1);
    (void)(*entries)->column_size(row, 1);
    rows.push_back(row);
  }
  (void)(*entries)->Select(rows);
  return 0;
}
