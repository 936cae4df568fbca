#include <algorithm>
#include <utility>

#include "columnar/bits_internal.h"
#include "columnar/vector.h"

namespace emery::columnar {

FlatWriter::FlatWriter(type::TypePtr type, int64_t capacity)
    : type_(std::move(type)),
      capacity_(capacity),
      values_(Buffer::AllocateZeroed(capacity * type::PhysicalWidth(type_->physical()))) {}

void FlatWriter::MakeValidity() {
  validity_ = AllocateBits(capacity_, true);
}

void FlatWriter::KeepStringsOf(const Vector& source) {
  MergeBuffers(source.is_dictionary() ? source.base()->string_buffers() : source.string_buffers(),
               &string_buffers_);
}

void FlatWriter::SetValidity(const uint64_t* validity) {
  if (validity == nullptr) {
    validity_ = nullptr;
    return;
  }
  validity_ = Buffer::Allocate(WordsForBits(capacity_) * 8);
  std::memcpy(validity_->mutable_data(), validity, WordsForBits(capacity_) * 8);
}

uint64_t* FlatWriter::mutable_validity() {
  if (validity_ == nullptr) {
    MakeValidity();
  }
  return MutableBitsOf(validity_);
}

VectorPtr FlatWriter::Finish(int64_t size) {
  if (validity_ != nullptr && AllBitsSet(BitsOf(validity_), size)) {
    validity_ = nullptr;
  }
  std::vector<BufferPtr> buffers = std::move(string_buffers_);
  buffers.insert(buffers.end(), heap_.blocks().begin(), heap_.blocks().end());
  return Vector::MakeFlat(type_, size, std::move(values_), std::move(validity_),
                          std::move(buffers));
}

}  // namespace emery::columnar
