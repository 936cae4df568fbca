// Sources: base type io columnar plan functions format format/parquet
//
// Feeds bytes as a Parquet file: footer, schema, and every column of every row group. Invariants:
// no crash, no read outside the input, no endless loop; each batch has 1 to kBatchSize rows and as
// many in every column. Any error Status is fine. The last byte of the input chooses whether a
// footer frame is put around the rest, so that the fuzzer need not find the magic numbers and the
// length by itself.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "arrow/buffer.h"

#include "columnar/vector.h"
#include "format/parquet/parquet_reader.h"
#include "format/parquet/schema_mapping.h"

namespace {

using emery::format::ReadColumn;
using emery::format::ReadRequest;
namespace parquet = emery::format::parquet;

constexpr int64_t kRowsMax = 1 << 16;

void Touch(const emery::columnar::Vector& vector) {
  for (int64_t i = 0; i < vector.size(); ++i) {
    (void)emery::columnar::ValueAt(vector, i);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.empty() && (bytes.back() & 1) != 0) {
    const auto length = static_cast<uint32_t>(bytes.size());
    bytes = "PAR1" + bytes;
    bytes.append(reinterpret_cast<const char*>(&length), 4);
    bytes += "PAR1";
  }
  std::string path = "memory:/fuzz";
  auto store = *emery::io::StoreFor(&path);
  if (!store->Put(path, bytes).ok()) {
    return 0;
  }
  auto footer = parquet::ReadFooter(store.get(), path, static_cast<int64_t>(bytes.size()));
  if (!footer.ok() || (*footer)->num_rows > kRowsMax) {
    return 0;
  }
  auto schema = parquet::FileSchema(**footer);
  if (!schema.ok() || schema->size() > 64) {
    return 0;
  }
  // One column at a time, so that a broken one does not hide the others.
  for (const auto& field : *schema) {
    ReadRequest request;
    ReadColumn column;
    column.name = field.name;
    column.type = emery::type::ReplaceCharVarchar(field.type);
    request.columns.push_back(std::move(column));
    std::vector<int> groups;
    for (size_t g = 0; g < (*footer)->row_groups.size() && g < 16; ++g) {
      groups.push_back(static_cast<int>(g));
    }
    auto reader = parquet::ParquetReader::Make(store, *footer, groups, std::move(request));
    if (!reader.ok()) {
      continue;
    }
    while (true) {
      auto batch = (*reader)->Next();
      if (!batch.ok() || !batch->has_value()) {
        break;
      }
      if ((*batch)->num_rows < 1 || (*batch)->num_rows > emery::columnar::kBatchSize ||
          (*batch)->columns[0]->size() != (*batch)->num_rows) {
        std::abort();
      }
      Touch(*(*batch)->columns[0]);
    }
  }
  return 0;
}
