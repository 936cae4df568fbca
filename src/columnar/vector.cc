#include "columnar/vector.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "columnar/batch.h"
#include "columnar/bits_internal.h"

namespace emery::columnar {

using type::PhysicalType;

namespace {

/// Zeros for the one value and the one validity bit of constant nulls.
const BufferPtr& ZeroBuffer() {
  static const BufferPtr kZero = Buffer::AllocateZeroed(64);
  return kZero;
}

}  // namespace

int64_t Vector::CountNulls() const {
  if (validity_ == nullptr) {
    return 0;
  }
  if (is_constant()) {
    return IsNull(0) ? size_ : 0;
  }
  return size_ - CountSetBits(validity_, size_);
}

VectorPtr Vector::MakeFlat(type::TypePtr type, int64_t size, BufferPtr values, BufferPtr validity,
                           std::vector<BufferPtr> string_buffers) {
  auto v = std::make_shared<Vector>();
  v->type_ = std::move(type);
  v->size_ = size;
  v->values_ = values == nullptr ? nullptr : values->data();
  v->validity_ = BitsOf(validity);
  v->values_buffer_ = std::move(values);
  v->validity_buffer_ = std::move(validity);
  v->string_buffers_ = std::move(string_buffers);
  return v;
}

VectorPtr Vector::MakeNested(type::TypePtr type, int64_t size, BufferPtr entries,
                             BufferPtr validity, std::vector<VectorPtr> children) {
  auto v = std::make_shared<Vector>();
  v->type_ = std::move(type);
  v->size_ = size;
  v->values_ = entries == nullptr ? nullptr : entries->data();
  v->validity_ = BitsOf(validity);
  v->values_buffer_ = std::move(entries);
  v->validity_buffer_ = std::move(validity);
  v->children_ = std::move(children);
  return v;
}

VectorPtr Vector::MakeDictionary(VectorPtr base, int64_t size, BufferPtr indices,
                                 BufferPtr validity) {
  assert(base->is_flat() && !base->may_have_nulls());
  auto v = std::make_shared<Vector>();
  v->type_ = base->type();
  v->encoding_ = Encoding::kDictionary;
  v->size_ = size;
  v->values_ = indices->data();
  v->validity_ = BitsOf(validity);
  v->values_buffer_ = std::move(indices);
  v->validity_buffer_ = std::move(validity);
  v->children_.push_back(std::move(base));
  return v;
}

VectorPtr Vector::MakeConstant(const VectorPtr& one, int64_t row, int64_t size) {
  if (one->is_constant()) {
    auto v = std::make_shared<Vector>(*one);
    v->size_ = size;
    return v;
  }
  if (one->IsNull(row) || one->physical() == PhysicalType::kNull) {
    return MakeNull(one->type(), size);
  }
  if (one->is_dictionary()) {
    VectorPtr v = MakeConstant(one->base(), one->indices()[row], size);
    return v;
  }
  auto v = std::make_shared<Vector>();
  v->type_ = one->type();
  v->encoding_ = Encoding::kConstant;
  v->size_ = size;
  const int width = type::PhysicalWidth(one->physical());
  if (one->physical() == PhysicalType::kStruct) {
    v->children_.reserve(one->children().size());
    for (const VectorPtr& child : one->children()) {
      v->children_.push_back(MakeConstant(child, row, 1));
    }
    return v;
  }
  v->values_buffer_ = Buffer::Allocate(width);
  std::memcpy(v->values_buffer_->mutable_data(),
              static_cast<const uint8_t*>(one->raw_values()) + row * width, width);
  v->values_ = v->values_buffer_->data();
  if (one->physical() == PhysicalType::kString) {
    if (!one->values<StringView>()[row].is_inline()) {
      v->string_buffers_ = one->string_buffers();
    }
  } else if (one->physical() == PhysicalType::kList) {
    v->children_ = one->children();
  }
  return v;
}

VectorPtr Vector::MakeConstant(const type::TypePtr& type, const type::Value& value, int64_t size) {
  if (value.is_null()) {
    return MakeNull(type, size);
  }
  auto builder = VectorBuilder::Make(type);
  builder->AppendValue(value);
  return MakeConstant(builder->Finish(), 0, size);
}

VectorPtr Vector::MakeNull(const type::TypePtr& type, int64_t size) {
  auto v = std::make_shared<Vector>();
  v->type_ = type;
  v->encoding_ = Encoding::kConstant;
  v->size_ = size;
  v->values_buffer_ = ZeroBuffer();
  v->values_ = ZeroBuffer()->data();
  v->validity_buffer_ = ZeroBuffer();
  v->validity_ = BitsOf(ZeroBuffer());
  if (type->physical() == PhysicalType::kStruct) {
    for (const type::Field& field : type->fields()) {
      v->children_.push_back(MakeNull(field.type, 1));
    }
  } else if (type->physical() == PhysicalType::kList) {
    for (const type::Field& field : type->fields()) {
      v->children_.push_back(MakeNull(field.type, 0));
    }
  }
  return v;
}

VectorPtr Vector::WithType(const VectorPtr& vector, type::TypePtr type) {
  if (vector->type_ == type) {
    return vector;
  }
  auto v = std::make_shared<Vector>(*vector);
  if (v->is_dictionary()) {
    v->children_[0] = WithType(v->children_[0], type);
  } else {
    for (size_t i = 0; i < v->children_.size(); ++i) {
      v->children_[i] = WithType(v->children_[i], type->fields()[i].type);
    }
  }
  v->type_ = std::move(type);
  return v;
}

VectorPtr Vector::WithValidity(const VectorPtr& vector, BufferPtr validity) {
  auto v = std::make_shared<Vector>(*vector);
  v->validity_buffer_ = std::move(validity);
  v->validity_ = BitsOf(v->validity_buffer_);
  const bool clears =
      v->is_flat() && v->validity_ != nullptr &&
      (v->physical() == PhysicalType::kString || v->physical() == PhysicalType::kList);
  if (!clears || v->size_ == 0) {
    return v;
  }
  // Rows that become null must hold the empty string or list.
  const int width = type::PhysicalWidth(v->physical());
  BufferPtr values = Buffer::Allocate(v->size_ * width);
  std::memcpy(values->mutable_data(), v->values_, v->size_ * width);
  for (int64_t i = 0; i < v->size_; ++i) {
    if (!GetBit(v->validity_, i)) {
      std::memset(values->mutable_data() + i * width, 0, width);
    }
  }
  v->values_ = values->data();
  v->values_buffer_ = std::move(values);
  return v;
}

namespace {

void CollectBuffers(const Vector& v, std::vector<const Buffer*>* buffers) {
  if (v.values_buffer() != nullptr) {
    buffers->push_back(v.values_buffer().get());
  }
  if (v.validity_buffer() != nullptr) {
    buffers->push_back(v.validity_buffer().get());
  }
  for (const BufferPtr& buffer : v.string_buffers()) {
    buffers->push_back(buffer.get());
  }
  for (const VectorPtr& child : v.children()) {
    CollectBuffers(*child, buffers);
  }
}

int64_t DistinctBytes(std::vector<const Buffer*>* buffers) {
  std::sort(buffers->begin(), buffers->end());
  buffers->erase(std::unique(buffers->begin(), buffers->end()), buffers->end());
  int64_t bytes = 0;
  for (const Buffer* buffer : *buffers) {
    bytes += static_cast<int64_t>(buffer->size());
  }
  return bytes;
}

}  // namespace

int64_t MemoryBytes(const Vector& vector) {
  std::vector<const Buffer*> buffers;
  CollectBuffers(vector, &buffers);
  return DistinctBytes(&buffers);
}

int64_t MemoryBytes(const Batch& batch) {
  std::vector<const Buffer*> buffers;
  for (const VectorPtr& column : batch.columns) {
    CollectBuffers(*column, &buffers);
  }
  return DistinctBytes(&buffers);
}

}  // namespace emery::columnar
