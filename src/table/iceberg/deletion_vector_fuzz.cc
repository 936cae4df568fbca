// Rooms: base type io columnar plan functions format table
//
// Feeds bytes as a deletion vector's blob, and as the bitmaps inside one whose frame (length,
// magic, checksum) is right, since a fuzzer does not find checksums. Invariants: no crash, no read
// outside the input; what is accepted gives ascending positions, as many as its cardinality says,
// and is the same after being written and read again.

#include <cstdint>
#include <cstdlib>
#include <string>

#include <zlib.h>

#include "table/iceberg/deletion_vector.h"

namespace {

using emery::table::iceberg::DeletionVector;

void Check(const std::string& blob) {
  const auto parsed = DeletionVector::Parse(blob, "fuzz");
  if (!parsed.ok()) {
    return;
  }
  const auto positions = parsed->Positions();
  if (static_cast<int64_t>(positions.size()) != parsed->cardinality()) {
    std::abort();
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] < 0 || (i > 0 && positions[i] <= positions[i - 1])) {
      std::abort();
    }
  }
  const auto again = DeletionVector::Parse(parsed->Serialize(), "fuzz");
  if (!again.ok() || again->Positions() != positions) {
    std::abort();
  }
}

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  const std::string body = std::string("\xD1\xD3\x39\x64", 4) + bytes;
  const auto checksum =
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size()));
  Check(BigEndian(static_cast<uint32_t>(body.size())) + body + BigEndian(checksum));
  return 0;
}
