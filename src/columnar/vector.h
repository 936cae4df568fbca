#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "columnar/buffer.h"
#include "columnar/string_view.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::columnar {

/// Rows that travel together between operators: at most this many, usually just so many.
inline constexpr int64_t kBatchSize = 4096;

enum class Encoding : uint8_t { kFlat, kConstant, kDictionary };

/// Elements [offset, offset + length) of a list's child, or entries of a map's two children.
struct ListEntry {
  int32_t offset = 0;
  int32_t length = 0;
};

// ---- bits: bit i of word i / 64 says that row i is valid
// -------------------------------------------------

inline int64_t WordsForBits(int64_t bits) {
  return (bits + 63) / 64;
}

inline bool GetBit(const uint64_t* words, int64_t i) {
  return (words[i >> 6] >> (i & 63)) & 1;
}

inline void SetBit(uint64_t* words, int64_t i) {
  words[i >> 6] |= uint64_t{1} << (i & 63);
}

inline void ClearBit(uint64_t* words, int64_t i) {
  words[i >> 6] &= ~(uint64_t{1} << (i & 63));
}

int64_t CountSetBits(const uint64_t* words, int64_t num_bits);
BufferPtr AllocateBits(int64_t num_bits, bool value);

class Vector;
using VectorPtr = std::shared_ptr<const Vector>;

/// One column of a batch. Immutable once shared.
///  kFlat        `values<T>()[i]` is row i; struct: children are as long as the vector.
///  kConstant    one value for all rows: `values<T>()[0]`; or null for all rows. Children (of a
///  list, map or struct)
///               belong to that one value: struct children have one row.
///  kDictionary  row i is `base()` at `indices()[i]`. The base is flat, without nulls; a null row
///  (see validity) has an index
///               that may not be used but is within the base (or 0). The base may be much larger
///               than the vector. Scalar types only.
/// Nulls: `validity()` is null where no row is null; else bit i is 1 where row i is not null. For
/// kConstant only bit 0 counts. Values of null rows are undefined but initialised; their ListEntry
/// has length 0 and their StringView is empty.
class Vector {
 public:
  Encoding encoding() const { return encoding_; }

  const type::TypePtr& type() const { return type_; }

  type::PhysicalType physical() const { return type_->physical(); }

  int64_t size() const { return size_; }

  bool is_flat() const { return encoding_ == Encoding::kFlat; }

  bool is_constant() const { return encoding_ == Encoding::kConstant; }

  bool is_dictionary() const { return encoding_ == Encoding::kDictionary; }

  /// Flat and constant only.
  template <class T>
  const T* values() const {
    return reinterpret_cast<const T*>(values_);
  }

  const void* raw_values() const { return values_; }

  const uint64_t* validity() const { return validity_; }

  bool may_have_nulls() const { return validity_ != nullptr; }

  bool IsNull(int64_t row) const {
    return validity_ != nullptr && !GetBit(validity_, encoding_ == Encoding::kConstant ? 0 : row);
  }

  bool is_constant_null() const { return is_constant() && IsNull(0); }

  int64_t CountNulls() const;

  /// Dictionary only.
  const int32_t* indices() const { return reinterpret_cast<const int32_t*>(values_); }

  const VectorPtr& base() const { return children_[0]; }

  /// List: one child; map: keys, values; struct: one per field.
  const std::vector<VectorPtr>& children() const { return children_; }

  /// What keeps values, validity and string bytes alive.
  const BufferPtr& values_buffer() const { return values_buffer_; }

  const BufferPtr& validity_buffer() const { return validity_buffer_; }

  const std::vector<BufferPtr>& string_buffers() const { return string_buffers_; }

  // -- making
  // ----------------------------------------------------------------------------------------------
  /// `validity` may be null. `string_buffers`: for kString, whatever the views point into.
  static VectorPtr MakeFlat(type::TypePtr type, int64_t size, BufferPtr values, BufferPtr validity,
                            std::vector<BufferPtr> string_buffers = {});
  /// Lists and maps: `entries` holds ListEntry. Structs: no values.
  static VectorPtr MakeNested(type::TypePtr type, int64_t size, BufferPtr entries,
                              BufferPtr validity, std::vector<VectorPtr> children);
  static VectorPtr MakeDictionary(VectorPtr base, int64_t size, BufferPtr indices,
                                  BufferPtr validity);
  /// `one` has at least one row; its row `row` is repeated `size` times.
  static VectorPtr MakeConstant(const VectorPtr& one, int64_t row, int64_t size);
  static VectorPtr MakeConstant(const type::TypePtr& type, const type::Value& value, int64_t size);
  static VectorPtr MakeNull(const type::TypePtr& type, int64_t size);

  /// The same values under another type of the same physical layout (e.g. char as string, struct
  /// with other field names).
  static VectorPtr WithType(const VectorPtr& vector, type::TypePtr type);
  /// The same rows with `validity` instead of their own (and a row count that it fits). Flat and
  /// dictionary.
  static VectorPtr WithValidity(const VectorPtr& vector, BufferPtr validity);

 private:
  friend class VectorFactory;
  type::TypePtr type_;
  Encoding encoding_ = Encoding::kFlat;
  int64_t size_ = 0;
  const void* values_ = nullptr;
  const uint64_t* validity_ = nullptr;
  BufferPtr values_buffer_;
  BufferPtr validity_buffer_;
  std::vector<BufferPtr> string_buffers_;
  std::vector<VectorPtr> children_;

 public:
  Vector() = default;  // for the factories: an empty vector of no type
};

// ---- whole-vector operations
// -------------------------------------------------------------------------------

/// The same rows, flat at the top (children of nested types stay as they are).
VectorPtr Flatten(const VectorPtr& vector);
/// Flat through and through.
VectorPtr FlattenDeep(const VectorPtr& vector);
/// Rows rows[0..count): a constant stays one, a dictionary keeps its base. Indices are within the
/// vector, repeats allowed.
VectorPtr Gather(const VectorPtr& vector, const int32_t* rows, int64_t count);
/// As Gather; a negative index gives a null row (outer joins).
VectorPtr GatherOrNull(const VectorPtr& vector, const int32_t* rows, int64_t count);
/// Rows [offset, offset + count), without copying values where possible.
VectorPtr Slice(const VectorPtr& vector, int64_t offset, int64_t count);
/// All rows of all vectors, one after another. All have `type`.
VectorPtr Concat(const type::TypePtr& type, const std::vector<VectorPtr>& vectors);
/// For row i the value of pieces[source[i]] at its next unused row: puts together what was computed
/// for disjoint subsets of rows in their order (CASE branches). Row counts of the pieces are how
/// often source names them; a negative source gives null.
VectorPtr Interleave(const type::TypePtr& type, const std::vector<VectorPtr>& pieces,
                     const int32_t* source, int64_t count);
/// Bytes that the vector keeps alive, each buffer counted once per call.
int64_t MemoryBytes(const Vector& vector);

type::Value ValueAt(const Vector& vector, int64_t row);
/// Equal values under SQL's grouping rules (null = null, NaN = NaN, 0.0 = -0.0), nested too.
bool RowsEqual(const Vector& a, int64_t row_a, const Vector& b, int64_t row_b);
/// ORDER BY's order for non-null rows; nested values compare field by field with nulls first.
/// Negative, 0, positive.
int CompareRows(const Vector& a, int64_t row_a, const Vector& b, int64_t row_b);

// ---- reading any encoding in one loop
// ------------------------------------------------------------------------

/// Reads row i of a flat, constant or dictionary vector of physical type T as `view[i]`.
template <class T>
class VectorReader {
 public:
  explicit VectorReader(const Vector& v)
      : values_(v.is_dictionary() ? v.base()->values<T>() : v.values<T>()),
        indices_(v.is_dictionary() ? v.indices() : nullptr),
        validity_(v.validity()),
        mask_(v.is_constant() ? 0 : -1) {}

  const T& operator[](int64_t i) const {
    return values_[indices_ != nullptr ? indices_[i] : (i & mask_)];
  }

  bool IsNull(int64_t i) const { return validity_ != nullptr && !GetBit(validity_, i & mask_); }

  bool may_have_nulls() const { return validity_ != nullptr; }

 private:
  const T* values_;
  const int32_t* indices_;
  const uint64_t* validity_;
  int64_t mask_;
};

/// Calls f(std::type_identity<T>{}) with the C++ type of a physical type; kList gets ListEntry;
/// kStruct and kNull are not allowed.
template <class F>
decltype(auto) DispatchPhysical(type::PhysicalType physical, F&& f);

// ---- building
// -------------------------------------------------------------------------------------------------

/// Writes the values of a new flat vector of `capacity` rows in any order, each row once. Rows not
/// written and not set null are zero (empty string). Confined to one thread. For kList, kMap and
/// kStruct use MakeNested.
class FlatWriter {
 public:
  FlatWriter(type::TypePtr type, int64_t capacity);

  template <class T>
  T* values() {
    return reinterpret_cast<T*>(values_->mutable_data());
  }

  void SetNull(int64_t row) {
    if (validity_ == nullptr) {
      MakeValidity();
    }
    ClearBit(reinterpret_cast<uint64_t*>(validity_->mutable_data()), row);
  }

  /// Copies `s` into this writer's heap where it is too long to be inline.
  void SetString(int64_t row, std::string_view s) {
    if (s.size() <= StringView::kInlineSize) {
      values<StringView>()[row] = StringView(s);
    } else {
      char* p = heap_.Allocate(s.size());
      std::memcpy(p, s.data(), s.size());
      values<StringView>()[row] = StringView(p, static_cast<uint32_t>(s.size()));
    }
  }

  StringHeap& heap() { return heap_; }

  /// Keeps a source's string bytes alive, for views into it that are stored without copying.
  void KeepStringsOf(const Vector& source);
  /// All rows start with these nulls (a copy is taken). Null means none.
  void SetValidity(const uint64_t* validity);
  uint64_t* mutable_validity();

  BufferPtr validity_buffer() { return validity_; }

  /// The first `size` rows as a vector; the writer is used up.
  VectorPtr Finish(int64_t size);

 private:
  void MakeValidity();
  type::TypePtr type_;
  int64_t capacity_;
  BufferPtr values_;
  BufferPtr validity_;
  StringHeap heap_;
  std::vector<BufferPtr> string_buffers_;
};

/// Appends values of any type, nested too, one by one: for sources of rows and for results of
/// nested functions. Not for hot loops over scalars (FlatWriter). Confined to one thread.
class VectorBuilder {
 public:
  virtual ~VectorBuilder() = default;
  static std::unique_ptr<VectorBuilder> Make(const type::TypePtr& type);

  virtual void AppendNull() = 0;
  virtual void AppendFrom(const Vector& source, int64_t row) = 0;
  /// Appends rows [offset, offset + count) of `source`.
  virtual void AppendRange(const Vector& source, int64_t offset, int64_t count) = 0;
  virtual void AppendValue(const type::Value& value) = 0;
  /// Strings and binaries only.
  virtual void AppendString(std::string_view s) = 0;
  /// List, map: ends an entry of all that was appended to the children since the last one. Struct:
  /// ends a row, each child having been given one value.
  virtual void AppendNested() = 0;
  virtual VectorBuilder& child(int i) = 0;
  virtual int64_t size() const = 0;
  /// What was appended, as a flat vector; the builder is empty again.
  virtual VectorPtr Finish() = 0;
};

// ---- implementation
// ----------------------------------------------------------------------------------------------

template <class F>
decltype(auto) DispatchPhysical(type::PhysicalType physical, F&& f) {
  using type::PhysicalType;
  switch (physical) {
    case PhysicalType::kBool:
      return f(std::type_identity<uint8_t>{});
    case PhysicalType::kInt8:
      return f(std::type_identity<int8_t>{});
    case PhysicalType::kInt16:
      return f(std::type_identity<int16_t>{});
    case PhysicalType::kInt32:
      return f(std::type_identity<int32_t>{});
    case PhysicalType::kInt64:
      return f(std::type_identity<int64_t>{});
    case PhysicalType::kInt128:
      return f(std::type_identity<type::int128_t>{});
    case PhysicalType::kFloat:
      return f(std::type_identity<float>{});
    case PhysicalType::kDouble:
      return f(std::type_identity<double>{});
    case PhysicalType::kString:
      return f(std::type_identity<StringView>{});
    case PhysicalType::kInterval:
      return f(std::type_identity<type::CalendarInterval>{});
    case PhysicalType::kList:
      return f(std::type_identity<ListEntry>{});
    case PhysicalType::kStruct:
    case PhysicalType::kNull:
      break;
  }
  std::abort();
}

}  // namespace emery::columnar
