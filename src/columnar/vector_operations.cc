#include <algorithm>
#include <cassert>
#include <utility>

#include "columnar/bits_internal.h"
#include "columnar/vector.h"

namespace emery::columnar {

using type::PhysicalType;

namespace {

/// A value of 16 bytes of whatever type.
struct Bytes16 {
  uint64_t low;
  uint64_t high;
};

/// Calls f with a type of the value's width: moving values needs no more of their type.
template <class F>
void DispatchWidth(PhysicalType physical, F&& f) {
  switch (type::PhysicalWidth(physical)) {
    case 1:
      return f(std::type_identity<uint8_t>{});
    case 2:
      return f(std::type_identity<uint16_t>{});
    case 4:
      return f(std::type_identity<uint32_t>{});
    case 8:
      return f(std::type_identity<uint64_t>{});
    case 16:
      return f(std::type_identity<Bytes16>{});
    default:
      std::abort();
  }
}

BufferPtr GatherValues(PhysicalType physical, const void* values, const int32_t* rows,
                       int64_t count) {
  BufferPtr result = Buffer::Allocate(count * type::PhysicalWidth(physical));
  DispatchWidth(physical, [&]<class T>(std::type_identity<T>) {
    const T* from = static_cast<const T*>(values);
    T* to = reinterpret_cast<T*>(result->mutable_data());
    for (int64_t i = 0; i < count; ++i) {
      to[i] = from[rows[i]];
    }
  });
  return result;
}

/// Writes the vector's values (any encoding of a scalar or list type) to `to`.
void CopyValues(const Vector& v, uint8_t* to_bytes) {
  const int width = type::PhysicalWidth(v.physical());
  if (v.is_flat()) {
    std::memcpy(to_bytes, v.raw_values(), v.size() * width);
    return;
  }
  DispatchWidth(v.physical(), [&]<class T>(std::type_identity<T>) {
    T* to = reinterpret_cast<T*>(to_bytes);
    if (v.is_constant()) {
      std::fill_n(to, v.size(), *static_cast<const T*>(v.raw_values()));
      return;
    }
    const T* from = static_cast<const T*>(v.base()->raw_values());
    const int32_t* indices = v.indices();
    const bool clear = v.may_have_nulls() && v.physical() == PhysicalType::kString;
    if (v.base()->size() == 0) {
      std::fill_n(to, v.size(), T{});  // all rows are null
    } else if (!clear) {
      for (int64_t i = 0; i < v.size(); ++i) {
        to[i] = from[indices[i]];
      }
    } else {
      for (int64_t i = 0; i < v.size(); ++i) {
        to[i] = GetBit(v.validity(), i) ? from[indices[i]] : T{};
      }
    }
  });
}

BufferPtr ExpandedValidity(const Vector& v) {
  if (!v.may_have_nulls()) {
    return nullptr;
  }
  if (v.is_constant()) {
    return v.IsNull(0) ? AllocateBits(v.size(), false) : nullptr;
  }
  return v.validity_buffer();
}

const std::vector<BufferPtr>& StringBuffersOf(const Vector& v) {
  return v.is_dictionary() ? v.base()->string_buffers() : v.string_buffers();
}

/// The elements that the rows of a flat list or map refer to, moved together where most of the
/// children are unused.
VectorPtr CompactList(const VectorPtr& list) {
  const auto* entries = list->values<ListEntry>();
  int64_t used = 0;
  for (int64_t i = 0; i < list->size(); ++i) {
    used += entries[i].length;
  }
  if (list->children()[0]->size() <= 2 * used + 64) {
    return list;
  }
  std::vector<int32_t> rows;
  rows.reserve(used);
  BufferPtr new_entries = Buffer::Allocate(list->size() * sizeof(ListEntry));
  auto* out = reinterpret_cast<ListEntry*>(new_entries->mutable_data());
  for (int64_t i = 0; i < list->size(); ++i) {
    out[i] = {static_cast<int32_t>(rows.size()), entries[i].length};
    for (int32_t k = 0; k < entries[i].length; ++k) {
      rows.push_back(entries[i].offset + k);
    }
  }
  std::vector<VectorPtr> children;
  for (const VectorPtr& child : list->children()) {
    children.push_back(Gather(child, rows.data(), used));
  }
  return Vector::MakeNested(list->type(), list->size(), std::move(new_entries),
                            list->validity_buffer(), std::move(children));
}

}  // namespace

VectorPtr Flatten(const VectorPtr& vector) {
  const Vector& v = *vector;
  if (v.is_flat()) {
    return vector;
  }
  switch (v.physical()) {
    case PhysicalType::kNull:
      return Vector::MakeFlat(v.type(), v.size(), nullptr, AllocateBits(v.size(), false));
    case PhysicalType::kStruct: {
      std::vector<VectorPtr> children;
      for (const VectorPtr& child : v.children()) {
        children.push_back(Vector::MakeConstant(child, 0, v.size()));
      }
      return Vector::MakeNested(v.type(), v.size(), nullptr, ExpandedValidity(v),
                                std::move(children));
    }
    default:
      break;
  }
  BufferPtr values = Buffer::Allocate(v.size() * type::PhysicalWidth(v.physical()));
  CopyValues(v, values->mutable_data());
  if (v.physical() == PhysicalType::kList) {
    return Vector::MakeNested(v.type(), v.size(), std::move(values), ExpandedValidity(v),
                              v.children());
  }
  return Vector::MakeFlat(v.type(), v.size(), std::move(values), ExpandedValidity(v),
                          StringBuffersOf(v));
}

VectorPtr FlattenDeep(const VectorPtr& vector) {
  VectorPtr flat = Flatten(vector);
  if (flat->children().empty()) {
    return flat;
  }
  std::vector<VectorPtr> children;
  bool changed = false;
  for (const VectorPtr& child : flat->children()) {
    children.push_back(FlattenDeep(child));
    changed |= children.back() != child;
  }
  if (!changed) {
    return flat;
  }
  return Vector::MakeNested(flat->type(), flat->size(), flat->values_buffer(),
                            flat->validity_buffer(), std::move(children));
}

VectorPtr Gather(const VectorPtr& vector, const int32_t* rows, int64_t count) {
  const Vector& v = *vector;
  if (v.is_constant()) {
    return Vector::MakeConstant(vector, 0, count);
  }
  BufferPtr validity = GatherBits(v.validity(), rows, count);
  if (v.is_dictionary()) {
    return Vector::MakeDictionary(v.base(), count,
                                  GatherValues(PhysicalType::kInt32, v.indices(), rows, count),
                                  std::move(validity));
  }
  switch (v.physical()) {
    case PhysicalType::kNull:
      return Vector::MakeNull(v.type(), count);
    case PhysicalType::kStruct: {
      std::vector<VectorPtr> children;
      children.reserve(v.children().size());
      for (const VectorPtr& child : v.children()) {
        children.push_back(Gather(child, rows, count));
      }
      return Vector::MakeNested(v.type(), count, nullptr, std::move(validity), std::move(children));
    }
    case PhysicalType::kList:
      return Vector::MakeNested(v.type(), count,
                                GatherValues(v.physical(), v.raw_values(), rows, count),
                                std::move(validity), v.children());
    default:
      return Vector::MakeFlat(v.type(), count,
                              GatherValues(v.physical(), v.raw_values(), rows, count),
                              std::move(validity), v.string_buffers());
  }
}

VectorPtr GatherOrNull(const VectorPtr& vector, const int32_t* rows, int64_t count) {
  const Vector& v = *vector;
  int32_t lowest = 0;
  int32_t highest = -1;
  for (int64_t i = 0; i < count; ++i) {
    lowest = std::min(lowest, rows[i]);
    highest = std::max(highest, rows[i]);
  }
  if (lowest >= 0) {
    return Gather(vector, rows, count);
  }
  if (highest < 0 || v.is_constant_null() || v.physical() == PhysicalType::kNull) {
    return Vector::MakeNull(v.type(), count);
  }
  BufferPtr validity = Buffer::Allocate(WordsForBits(count) * 8);
  uint64_t* bits = MutableBitsOf(validity);
  const uint64_t* source_bits = v.is_constant() ? nullptr : v.validity();
  for (int64_t base = 0; base < count; base += 64) {
    const int64_t n = std::min<int64_t>(64, count - base);
    uint64_t word = 0;
    for (int64_t i = 0; i < n; ++i) {
      const int32_t row = rows[base + i];
      const bool valid = row >= 0 && (source_bits == nullptr || GetBit(source_bits, row));
      word |= uint64_t{valid} << i;
    }
    bits[base >> 6] = word;
  }
  if (v.physical() == PhysicalType::kStruct) {
    std::vector<VectorPtr> children;
    for (const VectorPtr& child : v.children()) {
      children.push_back(GatherOrNull(child, rows, count));
    }
    return Vector::MakeNested(v.type(), count, nullptr, std::move(validity), std::move(children));
  }
  const auto gather = [&](PhysicalType physical, const void* values, bool constant) {
    BufferPtr result = Buffer::Allocate(count * type::PhysicalWidth(physical));
    DispatchWidth(physical, [&]<class T>(std::type_identity<T>) {
      const T* from = static_cast<const T*>(values);
      T* to = reinterpret_cast<T*>(result->mutable_data());
      for (int64_t i = 0; i < count; ++i) {
        to[i] = rows[i] < 0 ? T{} : from[constant ? 0 : rows[i]];
      }
    });
    return result;
  };
  if (v.is_dictionary()) {
    return Vector::MakeDictionary(v.base(), count, gather(PhysicalType::kInt32, v.indices(), false),
                                  std::move(validity));
  }
  BufferPtr values = gather(v.physical(), v.raw_values(), v.is_constant());
  if (v.physical() == PhysicalType::kList) {
    return Vector::MakeNested(v.type(), count, std::move(values), std::move(validity),
                              v.children());
  }
  return Vector::MakeFlat(v.type(), count, std::move(values), std::move(validity),
                          v.string_buffers());
}

VectorPtr Slice(const VectorPtr& vector, int64_t offset, int64_t count) {
  const Vector& v = *vector;
  assert(offset >= 0 && offset + count <= v.size());
  if (offset == 0 && count == v.size()) {
    return vector;
  }
  if (v.is_constant()) {
    return Vector::MakeConstant(vector, 0, count);
  }
  if (v.physical() == PhysicalType::kNull) {
    return Vector::MakeNull(v.type(), count);
  }
  BufferPtr validity = SliceBits(v.validity_buffer(), offset, count);
  const auto slice_values = [&](int width) {
    if (offset == 0) {
      return v.values_buffer();
    }
    return Buffer::Wrap(static_cast<const uint8_t*>(v.raw_values()) + offset * width, count * width,
                        v.values_buffer());
  };
  if (v.is_dictionary()) {
    return Vector::MakeDictionary(v.base(), count, slice_values(sizeof(int32_t)),
                                  std::move(validity));
  }
  if (v.physical() == PhysicalType::kStruct) {
    std::vector<VectorPtr> children;
    for (const VectorPtr& child : v.children()) {
      children.push_back(Slice(child, offset, count));
    }
    return Vector::MakeNested(v.type(), count, nullptr, std::move(validity), std::move(children));
  }
  BufferPtr values = slice_values(type::PhysicalWidth(v.physical()));
  if (v.physical() == PhysicalType::kList) {
    return Vector::MakeNested(v.type(), count, std::move(values), std::move(validity),
                              v.children());
  }
  return Vector::MakeFlat(v.type(), count, std::move(values), std::move(validity),
                          v.string_buffers());
}

namespace {

bool SameConstants(const std::vector<VectorPtr>& vectors) {
  const Vector& first = *vectors[0];
  if (!first.is_constant() || first.physical() == PhysicalType::kStruct ||
      first.physical() == PhysicalType::kList) {
    return false;
  }
  const int width = type::PhysicalWidth(first.physical());
  for (size_t i = 1; i < vectors.size(); ++i) {
    const Vector& v = *vectors[i];
    if (!v.is_constant() || v.IsNull(0) != first.IsNull(0)) {
      return false;
    }
    if (first.IsNull(0)) {
      continue;
    }
    const bool same = first.physical() == PhysicalType::kString
                          ? first.values<StringView>()[0] == v.values<StringView>()[0]
                          : std::memcmp(first.raw_values(), v.raw_values(), width) == 0;
    if (!same) {
      return false;
    }
  }
  return true;
}

bool SameDictionary(const std::vector<VectorPtr>& vectors) {
  for (const VectorPtr& v : vectors) {
    if (!v->is_dictionary() || v->base() != vectors[0]->base()) {
      return false;
    }
  }
  return true;
}

BufferPtr ConcatValidity(const std::vector<VectorPtr>& vectors, int64_t size) {
  bool any = false;
  for (const VectorPtr& v : vectors) {
    any |= v->may_have_nulls();
  }
  if (!any) {
    return nullptr;
  }
  BufferPtr validity = Buffer::AllocateZeroed(WordsForBits(size) * 8);
  int64_t at = 0;
  for (const VectorPtr& v : vectors) {
    if (!v->is_constant()) {
      CopyBits(v->validity(), 0, MutableBitsOf(validity), at, v->size());
    } else if (!v->IsNull(0)) {
      CopyBits(nullptr, 0, MutableBitsOf(validity), at, v->size());
    }
    at += v->size();
  }
  return validity;
}

}  // namespace

VectorPtr Concat(const type::TypePtr& type, const std::vector<VectorPtr>& all) {
  std::vector<VectorPtr> vectors;
  vectors.reserve(all.size());
  int64_t size = 0;
  for (const VectorPtr& v : all) {
    if (v->size() > 0) {
      vectors.push_back(v);
      size += v->size();
    }
  }
  if (vectors.empty()) {
    return VectorBuilder::Make(type)->Finish();
  }
  if (vectors.size() == 1) {
    return Vector::WithType(vectors[0], type);
  }
  const PhysicalType physical = type->physical();
  if (physical == PhysicalType::kNull) {
    return Vector::MakeNull(type, size);
  }
  if (SameConstants(vectors)) {
    return Vector::WithType(Vector::MakeConstant(vectors[0], 0, size), type);
  }
  BufferPtr validity = ConcatValidity(vectors, size);
  if (SameDictionary(vectors)) {
    BufferPtr indices = Buffer::Allocate(size * sizeof(int32_t));
    auto* out = reinterpret_cast<int32_t*>(indices->mutable_data());
    for (const VectorPtr& v : vectors) {
      std::memcpy(out, v->indices(), v->size() * sizeof(int32_t));
      out += v->size();
    }
    return Vector::WithType(
        Vector::MakeDictionary(vectors[0]->base(), size, std::move(indices), std::move(validity)),
        type);
  }
  if (physical == PhysicalType::kStruct) {
    for (VectorPtr& v : vectors) {
      v = Flatten(v);
    }
    std::vector<VectorPtr> children;
    std::vector<VectorPtr> pieces(vectors.size());
    for (size_t c = 0; c < type->fields().size(); ++c) {
      for (size_t i = 0; i < vectors.size(); ++i) {
        pieces[i] = vectors[i]->children()[c];
      }
      children.push_back(Concat(type->fields()[c].type, pieces));
    }
    return Vector::MakeNested(type, size, nullptr, std::move(validity), std::move(children));
  }
  BufferPtr values = Buffer::Allocate(size * type::PhysicalWidth(physical));
  if (physical == PhysicalType::kList) {
    auto* out = reinterpret_cast<ListEntry*>(values->mutable_data());
    int32_t shift = 0;
    for (VectorPtr& v : vectors) {
      v = CompactList(Flatten(v));
      const auto* entries = v->values<ListEntry>();
      for (int64_t i = 0; i < v->size(); ++i) {
        *out++ = {entries[i].offset + shift, entries[i].length};
      }
      shift += static_cast<int32_t>(v->children()[0]->size());
    }
    std::vector<VectorPtr> children;
    std::vector<VectorPtr> pieces(vectors.size());
    for (size_t c = 0; c < type->fields().size(); ++c) {
      for (size_t i = 0; i < vectors.size(); ++i) {
        pieces[i] = vectors[i]->children()[c];
      }
      children.push_back(Concat(type->fields()[c].type, pieces));
    }
    return Vector::MakeNested(type, size, std::move(values), std::move(validity),
                              std::move(children));
  }
  const int width = type::PhysicalWidth(physical);
  uint8_t* out = values->mutable_data();
  std::vector<BufferPtr> string_buffers;
  for (const VectorPtr& v : vectors) {
    CopyValues(*v, out);
    out += v->size() * width;
    if (physical == PhysicalType::kString) {
      MergeBuffers(StringBuffersOf(*v), &string_buffers);
    }
  }
  return Vector::MakeFlat(type, size, std::move(values), std::move(validity),
                          std::move(string_buffers));
}

VectorPtr Interleave(const type::TypePtr& type, const std::vector<VectorPtr>& pieces,
                     const int32_t* source, int64_t count) {
  // Each row's place in the concatenation of the pieces; then one gather does all types.
  std::vector<int32_t> next(pieces.size());
  int32_t at = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    next[i] = at;
    at += static_cast<int32_t>(pieces[i]->size());
  }
  std::vector<int32_t> rows(count);
  for (int64_t i = 0; i < count; ++i) {
    rows[i] = source[i] < 0 ? -1 : next[source[i]]++;
  }
  if (at == 0) {
    return Vector::MakeNull(type, count);
  }
  return GatherOrNull(Concat(type, pieces), rows.data(), count);
}

}  // namespace emery::columnar
