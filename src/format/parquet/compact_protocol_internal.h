#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emery::format::parquet {

/// Reads Thrift's compact protocol, as far as page headers, page indexes and bloom filter headers
/// need it. Every read checks the end of the input: after a failure `ok()` is false and all reads
/// give zero. A struct is read by asking NextField until it gives false, reading or skipping each
/// field's value.
class CompactReader {
 public:
  CompactReader(const uint8_t* data, int64_t size) : p_(data), end_(data + size) {}

  enum Type : uint8_t {
    kStop = 0,
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12,
  };

  struct Field {
    int16_t id = 0;  // in: of the field before in this struct
    Type type = kStop;
  };

  struct List {
    Type type = kStop;
    uint32_t size = 0;
  };

  bool NextField(Field* field) {
    const uint8_t head = ReadByte();
    if (!ok_ || (head & 15) == kStop) {
      return false;
    }
    field->type = static_cast<Type>(head & 15);
    field->id = (head >> 4) != 0 ? static_cast<int16_t>(field->id + (head >> 4))
                                 : static_cast<int16_t>(ReadInt());
    return ok_;
  }

  int64_t ReadInt() {
    const uint64_t v = ReadVarint();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }

  std::string_view ReadBinary() {
    const uint64_t size = ReadVarint();
    if (size > static_cast<uint64_t>(end_ - p_)) {
      Fail();
      return {};
    }
    const std::string_view bytes(reinterpret_cast<const char*>(p_), size);
    p_ += size;
    return bytes;
  }

  List ReadList() {
    const uint8_t head = ReadByte();
    uint64_t size = head >> 4;
    if (size == 15) {
      size = ReadVarint();
    }
    // Each element takes a byte at least.
    if (size > static_cast<uint64_t>(end_ - p_)) {
      Fail();
      return {};
    }
    return {static_cast<Type>(head & 15), static_cast<uint32_t>(size)};
  }

  /// An element of a list of booleans.
  bool ReadListBool() { return ReadByte() == kTrue; }

  void Skip(Type type, int depth = 0) {
    if (depth > 32) {
      Fail();
      return;
    }
    switch (type) {
      case kTrue:
      case kFalse:
        break;
      case kByte:
        ReadByte();
        break;
      case kI16:
      case kI32:
      case kI64:
        ReadVarint();
        break;
      case kDouble:
        if (end_ - p_ < 8) {
          Fail();
        } else {
          p_ += 8;
        }
        break;
      case kBinary:
        ReadBinary();
        break;
      case kList:
      case kSet: {
        const List list = ReadList();
        for (uint32_t i = 0; i < list.size && ok_; ++i) {
          if (list.type == kTrue || list.type == kFalse) {
            ReadByte();
          } else {
            Skip(list.type, depth + 1);
          }
        }
        break;
      }
      case kMap: {
        const uint64_t size = ReadVarint();
        if (size == 0) {
          break;
        }
        const uint8_t types = ReadByte();
        for (uint64_t i = 0; i < size && ok_; ++i) {
          Skip(static_cast<Type>(types >> 4), depth + 1);
          Skip(static_cast<Type>(types & 15), depth + 1);
        }
        break;
      }
      case kStruct: {
        Field field;
        while (NextField(&field)) {
          Skip(field.type, depth + 1);
        }
        break;
      }
      default:
        Fail();
    }
  }

  bool ok() const { return ok_; }

  const uint8_t* position() const { return p_; }

 private:
  uint8_t ReadByte() {
    if (p_ == end_) {
      Fail();
      return 0;
    }
    return *p_++;
  }

  uint64_t ReadVarint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = ReadByte();
      value |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) {
        return value;
      }
    }
    Fail();
    return 0;
  }

  void Fail() {
    ok_ = false;
    p_ = end_;
  }

  const uint8_t* p_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace emery::format::parquet
