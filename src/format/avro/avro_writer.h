#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace emery::format::avro {

/// Writes an Avro object container file (Avro specification 1.11) into memory, value by value in
/// the order of the schema: the caller knows the schema. Confined to one thread.
class AvroWriter {
 public:
  enum class Codec : uint8_t { kNull, kDeflate };

  /// `schema`: JSON. `metadata`: further entries of the header.
  AvroWriter(std::string schema, std::map<std::string, std::string> metadata, Codec codec);

  void WriteNull() {}

  void WriteBoolean(bool v) { block_.push_back(v ? 1 : 0); }

  /// int and long: zigzag, 7 bits a byte.
  void WriteLong(int64_t v);
  void WriteFloat(float v);
  void WriteDouble(double v);

  /// string and bytes: length, then bytes.
  void WriteString(std::string_view v);

  /// fixed: bytes alone.
  void WriteFixed(std::string_view v) { block_.append(v); }

  /// Which branch of a union follows.
  void WriteBranch(int branch) { WriteLong(branch); }

  /// An array or map: Begin, its items (if any), End.
  void BeginItems(int64_t count) {
    if (count > 0) {
      WriteLong(count);
    }
  }

  void EndItems() { WriteLong(0); }

  /// Ends a row. Errors: zlib's.
  Status EndRow();

  /// Bytes of the file so far, the open block before compression.
  int64_t size() const { return static_cast<int64_t>(file_.size() + block_.size()); }

  /// The whole file; the writer is used up.
  Result<std::string> Finish();

 private:
  Status EndBlock();

  Codec codec_;
  std::string sync_;
  std::string file_;
  std::string block_;
  int64_t rows_in_block_ = 0;
};

}  // namespace emery::format::avro
