#include "execution/batch_encoding.h"

#include <cstring>
#include <memory>
#include <utility>

#include "arrow/buffer.h"

// Layout: row count; then per column a tag byte (0 flat, 1 constant: one row follows; 2: all null)
// and the vector:
//   validity   a byte 0 (no nulls) or 1 and the words
//   values     fixed width: the values; strings: 32-bit lengths, then all bytes; lists and maps:
//   32-bit lengths, the number
//              of elements, then the children; structs: the children
namespace emery::execution {

namespace {

using columnar::Batch;
using columnar::BufferPtr;
using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

void AppendBytes(std::string* out, const void* data, size_t size) {
  out->append(static_cast<const char*>(data), size);
}

template <class T>
void AppendValue(std::string* out, T value) {
  AppendBytes(out, &value, sizeof value);
}

void EncodeFlat(const Vector& v, int64_t n, std::string* out);

void EncodeVector(const VectorPtr& vector, int64_t n, std::string* out) {
  if (vector->is_constant() && n > 0) {
    if (vector->IsNull(0)) {
      out->push_back(2);
      return;
    }
    out->push_back(1);
    const int32_t row = 0;
    const VectorPtr one = columnar::FlattenDeep(columnar::Gather(vector, &row, 1));
    EncodeFlat(*one, 1, out);
    return;
  }
  out->push_back(0);
  EncodeFlat(*columnar::Flatten(vector), n, out);
}

void EncodeFlat(const Vector& v, int64_t n, std::string* out) {
  const PhysicalType physical = v.physical();
  if (physical == PhysicalType::kNull) {
    return;
  }
  out->push_back(v.validity() != nullptr ? 1 : 0);
  if (v.validity() != nullptr) {
    AppendBytes(out, v.validity(), columnar::WordsForBits(n) * 8);
  }
  switch (physical) {
    case PhysicalType::kString: {
      const auto* values = v.values<StringView>();
      std::vector<uint32_t> lengths(n);
      size_t total = 0;
      for (int64_t i = 0; i < n; ++i) {
        lengths[i] = v.IsNull(i) ? 0 : values[i].size();
        total += lengths[i];
      }
      AppendBytes(out, lengths.data(), n * sizeof(uint32_t));
      AppendValue<uint64_t>(out, total);
      out->reserve(out->size() + total);
      for (int64_t i = 0; i < n; ++i) {
        out->append(values[i].data(), lengths[i]);
      }
      return;
    }
    case PhysicalType::kList: {
      const auto* entries = v.values<ListEntry>();
      std::vector<uint32_t> lengths(n);
      std::vector<int32_t> elements;
      for (int64_t i = 0; i < n; ++i) {
        lengths[i] = v.IsNull(i) ? 0 : entries[i].length;
        for (uint32_t k = 0; k < lengths[i]; ++k) {
          elements.push_back(entries[i].offset + static_cast<int32_t>(k));
        }
      }
      AppendBytes(out, lengths.data(), n * sizeof(uint32_t));
      const auto count = static_cast<int64_t>(elements.size());
      AppendValue<int64_t>(out, count);
      for (const VectorPtr& child : v.children()) {
        EncodeVector(columnar::Gather(child, elements.data(), count), count, out);
      }
      return;
    }
    case PhysicalType::kStruct:
      for (const VectorPtr& child : v.children()) {
        EncodeVector(child, n, out);
      }
      return;
    default:
      AppendBytes(out, v.raw_values(), n * type::PhysicalWidth(physical));
  }
}

class Decoder {
 public:
  explicit Decoder(const io::Bytes& bytes)
      : next_(bytes->data()),
        // Strings borrow from the block.
        strings_(columnar::Buffer::Wrap(bytes->data(), bytes->size(), bytes)) {}

  template <class T>
  T Take() {
    T value;
    std::memcpy(&value, next_, sizeof value);
    next_ += sizeof value;
    return value;
  }

  VectorPtr DecodeVector(const type::TypePtr& type, int64_t n) {
    const auto tag = Take<uint8_t>();
    if (tag == 2) {
      return Vector::MakeNull(type, n);
    }
    if (tag == 1) {
      return Vector::MakeConstant(DecodeFlat(type, 1), 0, n);
    }
    return DecodeFlat(type, n);
  }

 private:
  BufferPtr TakeBuffer(size_t size) {
    BufferPtr buffer = columnar::Buffer::Allocate(size);
    std::memcpy(buffer->mutable_data(), next_, size);
    next_ += size;
    return buffer;
  }

  VectorPtr DecodeFlat(const type::TypePtr& type, int64_t n) {
    const PhysicalType physical = type->physical();
    if (physical == PhysicalType::kNull) {
      return Vector::MakeNull(type, n);
    }
    BufferPtr validity;
    if (Take<uint8_t>() != 0) {
      validity = TakeBuffer(columnar::WordsForBits(n) * 8);
    }
    switch (physical) {
      case PhysicalType::kString: {
        const uint8_t* lengths = next_;
        next_ += n * sizeof(uint32_t);
        const auto total = Take<uint64_t>();
        const char* text = reinterpret_cast<const char*>(next_);
        next_ += total;
        BufferPtr values = columnar::Buffer::Allocate(n * sizeof(StringView));
        auto* views = reinterpret_cast<StringView*>(values->mutable_data());
        for (int64_t i = 0; i < n; ++i) {
          uint32_t length;
          std::memcpy(&length, lengths + i * sizeof length, sizeof length);
          views[i] = StringView(text, length);
          text += length;
        }
        return Vector::MakeFlat(type, n, std::move(values), std::move(validity), {strings_});
      }
      case PhysicalType::kList: {
        BufferPtr values = columnar::Buffer::Allocate(n * sizeof(ListEntry));
        auto* entries = reinterpret_cast<ListEntry*>(values->mutable_data());
        int32_t offset = 0;
        for (int64_t i = 0; i < n; ++i) {
          const auto length = static_cast<int32_t>(Take<uint32_t>());
          entries[i] = {offset, length};
          offset += length;
        }
        const auto count = Take<int64_t>();
        std::vector<VectorPtr> children;
        for (const type::Field& field : type->fields()) {
          children.push_back(DecodeVector(field.type, count));
        }
        return Vector::MakeNested(type, n, std::move(values), std::move(validity),
                                  std::move(children));
      }
      case PhysicalType::kStruct: {
        std::vector<VectorPtr> children;
        for (const type::Field& field : type->fields()) {
          children.push_back(DecodeVector(field.type, n));
        }
        return Vector::MakeNested(type, n, nullptr, std::move(validity), std::move(children));
      }
      default:
        return Vector::MakeFlat(type, n, TakeBuffer(n * type::PhysicalWidth(physical)),
                                std::move(validity));
    }
  }

  const uint8_t* next_;
  BufferPtr strings_;
};

}  // namespace

void EncodeBatch(const Batch& batch, std::string* bytes) {
  bytes->clear();
  AppendValue<int64_t>(bytes, batch.num_rows);
  for (const VectorPtr& column : batch.columns) {
    EncodeVector(column, batch.num_rows, bytes);
  }
}

Batch DecodeBatch(const std::vector<type::TypePtr>& types, const io::Bytes& bytes) {
  Decoder decoder(bytes);
  Batch batch;
  batch.num_rows = decoder.Take<int64_t>();
  batch.columns.reserve(types.size());
  for (const type::TypePtr& type : types) {
    batch.columns.push_back(decoder.DecodeVector(type, batch.num_rows));
  }
  return batch;
}

}  // namespace emery::execution
