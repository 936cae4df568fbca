// Rooms: base type io columnar plan functions format
//
// Feeds bytes as a Puffin file, and as the JSON of a footer in a right frame. Invariants: no crash,
// no read outside the input; the blobs of what is accepted lie inside the file.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/puffin/puffin.h"

namespace {

void Check(const std::string& file) {
  const auto metadata = emery::format::puffin::ParseFooter(file, "fuzz");
  if (!metadata.ok()) {
    return;
  }
  for (const auto& blob : metadata->blobs) {
    if (blob.offset < 0 || blob.length < 0 ||
        blob.offset + blob.length > static_cast<int64_t>(file.size())) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  std::string framed = "PFA1PFA1" + bytes;
  for (int i = 0; i < 4; ++i) {
    framed.push_back(static_cast<char>((size >> (8 * i)) & 0xFF));
  }
  Check(framed + std::string(4, '\0') + "PFA1");
  return 0;
}
