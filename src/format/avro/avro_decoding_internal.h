#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/vector.h"
#include "type/data_type.h"

namespace emery::format::avro {

enum class Primitive : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kFixed,
  kEnum,
  kRecord,
  kArray,
  kMap
};

/// How values are encoded, and the type they become.
struct Node {
  Primitive primitive = Primitive::kNull;
  type::TypePtr type;
  bool nullable = false;   // a union with null
  bool null_first = true;  // which branch of the union is null
  int64_t fixed_size = 0;
  bool millis = false;  // timestamps in milliseconds
  bool pairs = false;   // a map written as an array of records
  std::vector<std::string> symbols;
  std::vector<Node> children;
};

/// A place in Avro's binary encoding. Every read is checked against the end; a read that fails
/// gives false and leaves what was wrong in error().
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool AtEnd() const { return at_ == end_; }

  int64_t left() const { return end_ - at_; }

  const std::string& error() const { return error_; }

  bool Fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  bool Truncated() { return Fail("it ends in the middle of a value"); }

  bool ReadLong(int64_t* out) {
    // Most numbers are small.
    if (at_ != end_ && (*at_ & 0x80) == 0) {
      const auto byte = static_cast<uint8_t>(*at_++);
      *out = static_cast<int64_t>(byte >> 1) ^ -static_cast<int64_t>(byte & 1);
      return true;
    }
    return ReadLongLong(out);
  }

  bool ReadBytes(int64_t size, std::string_view* out) {
    if (size < 0 || size > end_ - at_) {
      return Truncated();
    }
    *out = std::string_view(at_, static_cast<size_t>(size));
    at_ += size;
    return true;
  }

  bool ReadString(std::string_view* out) {
    int64_t size = 0;
    return ReadLong(&size) && ReadBytes(size, out);
  }

 private:
  bool ReadLongLong(int64_t* out);

  const char* at_;
  const char* end_;
  std::string error_;
};

/// The values of a node, as they are decoded. Confined to one thread.
class NodeColumn {
 public:
  /// `node` outlives this.
  explicit NodeColumn(const Node& node);

  /// Appends one value. False: the bytes are no such value; this can't be used further.
  bool Decode(Cursor* in);
  void AppendNull();

  int64_t size() const { return size_; }

  /// All values; this is used up.
  columnar::VectorPtr Finish();

 private:
  template <class T>
  void Push(T value) {
    if (capacity_ - used_ < sizeof(T)) {
      Grow(sizeof(T));
    }
    std::memcpy(values_->mutable_data() + used_, &value, sizeof(T));
    used_ += sizeof(T);
    if (validity_.empty()) {
      ++size_;
    } else {
      Appended(true);
    }
  }

  void Grow(size_t size);
  void Appended(bool valid);
  bool DecodeNumber(Cursor* in);
  bool DecodeBytes(Cursor* in);
  bool DecodeList(Cursor* in);
  void PushString(std::string_view text);

  const Node& node_;
  const type::PhysicalType physical_;
  int64_t size_ = 0;
  columnar::BufferPtr values_;
  size_t used_ = 0;  // bytes of values_
  size_t capacity_ = 0;
  std::vector<uint64_t> validity_;  // empty: no nulls so far
  columnar::StringHeap heap_;
  std::vector<NodeColumn> children_;
};

}  // namespace emery::format::avro
