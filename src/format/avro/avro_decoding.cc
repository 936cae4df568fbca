#include <algorithm>
#include <limits>

#include "format/avro/avro_decoding_internal.h"

namespace emery::format::avro {

using columnar::Buffer;
using columnar::BufferPtr;
using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

namespace {

BufferPtr ToBuffer(const void* data, size_t size) {
  BufferPtr buffer = Buffer::Allocate(size);
  if (size > 0) {
    std::memcpy(buffer->mutable_data(), data, size);
  }
  return buffer;
}

}  // namespace

bool Cursor::ReadLongLong(int64_t* out) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) {
      return Truncated();
    }
    const auto byte = static_cast<uint8_t>(*at_++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      *out = static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
      return true;
    }
  }
  return Fail("a number is longer than 64 bits");
}

NodeColumn::NodeColumn(const Node& node) : node_(node), physical_(node.type->physical()) {
  children_.reserve(node.children.size());
  for (const Node& child : node.children) {
    children_.emplace_back(child);
  }
}

void NodeColumn::Grow(size_t size) {
  const size_t capacity = std::max({used_ + size, capacity_ * 2, size_t{1024}});
  BufferPtr grown = Buffer::Allocate(capacity);
  if (used_ > 0) {
    std::memcpy(grown->mutable_data(), values_->data(), used_);
  }
  values_ = std::move(grown);
  capacity_ = capacity;
}

void NodeColumn::Appended(bool valid) {
  if (!valid && validity_.empty()) {
    validity_.assign(static_cast<size_t>(columnar::WordsForBits(size_ + 1)), ~uint64_t{0});
  }
  if (!validity_.empty()) {
    if (static_cast<int64_t>(validity_.size()) < columnar::WordsForBits(size_ + 1)) {
      validity_.push_back(~uint64_t{0});
    }
    if (!valid) {
      columnar::ClearBit(validity_.data(), size_);
    }
  }
  ++size_;
}

void NodeColumn::AppendNull() {
  if (physical_ == PhysicalType::kStruct) {
    for (NodeColumn& child : children_) {
      child.AppendNull();
    }
  } else if (const auto width = static_cast<size_t>(type::PhysicalWidth(physical_)); width > 0) {
    if (capacity_ - used_ < width) {
      Grow(width);
    }
    std::memset(values_->mutable_data() + used_, 0, width);
    if (physical_ == PhysicalType::kList) {
      const ListEntry empty{static_cast<int32_t>(children_[0].size_), 0};
      std::memcpy(values_->mutable_data() + used_, &empty, sizeof(empty));
    }
    used_ += width;
  }
  Appended(false);
}

void NodeColumn::PushString(std::string_view text) {
  if (text.size() <= StringView::kInlineSize) {
    Push(StringView(text));
  } else {
    char* at = heap_.Allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    Push(StringView(at, static_cast<uint32_t>(text.size())));
  }
}

bool NodeColumn::DecodeNumber(Cursor* in) {
  int64_t value = 0;
  if (!in->ReadLong(&value)) {
    return false;
  }
  if (physical_ == PhysicalType::kInt32) {
    if (value < std::numeric_limits<int32_t>::min() ||
        value > std::numeric_limits<int32_t>::max()) {
      return in->Fail("a number does not fit its type");
    }
    Push(static_cast<int32_t>(value));
    return true;
  }
  if (node_.millis && __builtin_mul_overflow(value, int64_t{1000}, &value)) {
    return in->Fail("a time is out of range");
  }
  Push(value);
  return true;
}

bool NodeColumn::DecodeBytes(Cursor* in) {
  int64_t size = node_.fixed_size;
  std::string_view bytes;
  if ((node_.primitive == Primitive::kBytes && !in->ReadLong(&size)) ||
      !in->ReadBytes(size, &bytes)) {
    return false;
  }
  if (!node_.type->is_decimal()) {
    if (bytes.size() > std::numeric_limits<int32_t>::max()) {
      return in->Fail("a text is too long");
    }
    PushString(bytes);
    return true;
  }
  if (bytes.size() > 16) {
    return in->Fail("a decimal has more than 16 bytes");
  }
  type::int128_t unscaled = !bytes.empty() && (bytes[0] & 0x80) != 0 ? -1 : 0;
  for (const char c : bytes) {
    unscaled = static_cast<type::int128_t>((static_cast<unsigned __int128>(unscaled) << 8) |
                                           static_cast<uint8_t>(c));
  }
  if (physical_ == PhysicalType::kInt128) {
    Push(unscaled);
  } else {
    Push(static_cast<int64_t>(unscaled));
  }
  return true;
}

bool NodeColumn::DecodeList(Cursor* in) {
  const int64_t begin = children_[0].size_;
  while (true) {
    int64_t count = 0;
    if (!in->ReadLong(&count)) {
      return false;
    }
    if (count == 0) {
      break;
    }
    if (count < 0) {
      int64_t block_bytes = 0;
      if (!in->ReadLong(&block_bytes)) {
        return false;
      }
      if (count == INT64_MIN) {
        return in->Fail("a block claims an impossible number of values");
      }
      count = -count;
    }
    // Elements of no bytes (null, empty records) could make a short file endless.
    if (count > in->left() && count > 1 << 20) {
      return in->Truncated();
    }
    if (children_[0].size_ + count > std::numeric_limits<int32_t>::max()) {
      return in->Fail("a list is too long");
    }
    for (int64_t i = 0; i < count; ++i) {
      for (NodeColumn& child : children_) {
        if (!child.Decode(in)) {
          return false;
        }
      }
    }
  }
  Push(ListEntry{static_cast<int32_t>(begin), static_cast<int32_t>(children_[0].size_ - begin)});
  return true;
}

bool NodeColumn::Decode(Cursor* in) {
  if (node_.nullable && node_.primitive != Primitive::kNull) {
    int64_t branch = 0;
    if (!in->ReadLong(&branch)) {
      return false;
    }
    if (branch != 0 && branch != 1) {
      return in->Fail("a union has no branch " + std::to_string(branch));
    }
    if ((branch == 0) == node_.null_first) {
      AppendNull();
      return true;
    }
  }
  std::string_view bytes;
  switch (node_.primitive) {
    case Primitive::kNull:
      AppendNull();
      return true;
    case Primitive::kBoolean:
      if (!in->ReadBytes(1, &bytes)) {
        return false;
      }
      Push(static_cast<uint8_t>(bytes[0] != 0 ? 1 : 0));
      return true;
    case Primitive::kInt:
    case Primitive::kLong:
      return DecodeNumber(in);
    case Primitive::kFloat: {
      float value = 0;
      if (!in->ReadBytes(sizeof(value), &bytes)) {
        return false;
      }
      std::memcpy(&value, bytes.data(), sizeof(value));
      Push(value);
      return true;
    }
    case Primitive::kDouble: {
      double value = 0;
      if (!in->ReadBytes(sizeof(value), &bytes)) {
        return false;
      }
      std::memcpy(&value, bytes.data(), sizeof(value));
      Push(value);
      return true;
    }
    case Primitive::kBytes:
    case Primitive::kFixed:
      return DecodeBytes(in);
    case Primitive::kEnum: {
      int64_t index = 0;
      if (!in->ReadLong(&index)) {
        return false;
      }
      if (index < 0 || index >= static_cast<int64_t>(node_.symbols.size())) {
        return in->Fail("an enum has no symbol " + std::to_string(index));
      }
      PushString(node_.symbols[static_cast<size_t>(index)]);
      return true;
    }
    case Primitive::kRecord:
      for (NodeColumn& child : children_) {
        if (!child.Decode(in)) {
          return false;
        }
      }
      Appended(true);
      return true;
    case Primitive::kArray:
    case Primitive::kMap:
      return DecodeList(in);
  }
  return in->Fail("its schema has a type that is not known");
}

VectorPtr NodeColumn::Finish() {
  if (physical_ == PhysicalType::kNull) {
    return Vector::MakeNull(node_.type, size_);
  }
  BufferPtr validity =
      validity_.empty() ? nullptr : ToBuffer(validity_.data(), validity_.size() * 8);
  std::vector<VectorPtr> children;
  for (NodeColumn& child : children_) {
    children.push_back(child.Finish());
  }
  if (physical_ == PhysicalType::kStruct) {
    return Vector::MakeNested(node_.type, size_, nullptr, std::move(validity), std::move(children));
  }
  // What is kept should not be much larger than its values.
  BufferPtr values = capacity_ - used_ > used_ / 4 ? ToBuffer(values_->data(), used_)
                     : values_ == nullptr          ? ToBuffer(nullptr, 0)
                                                   : std::move(values_);
  values_.reset();
  if (physical_ == PhysicalType::kList) {
    return Vector::MakeNested(node_.type, size_, std::move(values), std::move(validity),
                              std::move(children));
  }
  return Vector::MakeFlat(node_.type, size_, std::move(values), std::move(validity),
                          heap_.blocks());
}

}  // namespace emery::format::avro
