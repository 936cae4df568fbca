#include <algorithm>
#include <vector>

#include "functions/evaluator.h"
#include "functions/hash_internal.h"

namespace emery::functions {

using columnar::ListEntry;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

namespace {

uint64_t Combine(uint64_t hash, uint64_t value) {
  return MixHash(hash ^ kHashSeed2, value ^ kNullHash);
}

void HashColumn(const Vector& v, int64_t num_rows, uint64_t* hashes);

/// Hashes of all rows of a nested vector's child.
std::vector<uint64_t> HashChild(const Vector& child) {
  std::vector<uint64_t> hashes(child.size());
  HashColumn(child, child.size(), hashes.data());
  return hashes;
}

/// Row hashes, not combined with anything.
void HashColumn(const Vector& v, int64_t num_rows, uint64_t* hashes) {
  if (v.is_constant()) {
    if (num_rows == 0) {
      return;
    }
    uint64_t hash = kNullHash;
    if (!v.IsNull(0)) {
      const VectorPtr one =
          columnar::Flatten(Vector::MakeConstant(std::make_shared<const Vector>(v), 0, 1));
      HashColumn(*one, 1, &hash);
    }
    std::fill_n(hashes, num_rows, hash);
    return;
  }
  switch (v.physical()) {
    case PhysicalType::kNull:
      std::fill_n(hashes, num_rows, kNullHash);
      return;
    case PhysicalType::kStruct: {
      std::fill_n(hashes, num_rows, kHashSeed1);
      std::vector<uint64_t> of_child(num_rows);
      for (const VectorPtr& child : v.children()) {
        HashColumn(*child, num_rows, of_child.data());
        for (int64_t i = 0; i < num_rows; ++i) {
          hashes[i] = Combine(hashes[i], of_child[i]);
        }
      }
      break;
    }
    case PhysicalType::kList: {
      const auto* entries = v.values<ListEntry>();
      const std::vector<uint64_t> first = HashChild(*v.children()[0]);
      const bool is_map = v.children().size() == 2;
      const std::vector<uint64_t> second =
          is_map ? HashChild(*v.children()[1]) : std::vector<uint64_t>();
      for (int64_t i = 0; i < num_rows; ++i) {
        uint64_t hash = HashInteger(entries[i].length);
        for (int32_t k = entries[i].offset; k < entries[i].offset + entries[i].length; ++k) {
          // A map is a set of entries: their order must not show.
          hash = is_map ? hash + Combine(first[k], second[k]) : Combine(hash, first[k]);
        }
        hashes[i] = hash;
      }
      break;
    }
    default:
      columnar::DispatchPhysical(v.physical(), [&]<class T>(std::type_identity<T>) {
        if constexpr (!std::is_same_v<T, ListEntry>) {
          if (v.is_dictionary()) {
            const T* values = v.base()->values<T>();
            const int32_t* indices = v.indices();
            const int64_t base_size = v.base()->size();
            if (base_size == 0) {
              std::fill_n(hashes, num_rows, kNullHash);
            } else if (base_size <= num_rows) {
              std::vector<uint64_t> of_base(base_size);
              for (int64_t i = 0; i < base_size; ++i) {
                of_base[i] = HashScalar(values[i]);
              }
              for (int64_t i = 0; i < num_rows; ++i) {
                hashes[i] = of_base[indices[i]];
              }
            } else {
              for (int64_t i = 0; i < num_rows; ++i) {
                hashes[i] = HashScalar(values[indices[i]]);
              }
            }
          } else {
            const T* values = v.values<T>();
            for (int64_t i = 0; i < num_rows; ++i) {
              hashes[i] = HashScalar(values[i]);
            }
          }
        }
      });
  }
  if (v.may_have_nulls()) {
    for (int64_t i = 0; i < num_rows; ++i) {
      if (!columnar::GetBit(v.validity(), i)) {
        hashes[i] = kNullHash;
      }
    }
  }
}

}  // namespace

void HashRows(const std::vector<VectorPtr>& columns, int64_t num_rows, uint64_t* hashes) {
  if (columns.empty()) {
    std::fill_n(hashes, num_rows, kHashSeed1);
    return;
  }
  HashColumn(*columns[0], num_rows, hashes);
  if (columns.size() == 1) {
    return;
  }
  std::vector<uint64_t> next(num_rows);
  for (size_t c = 1; c < columns.size(); ++c) {
    HashColumn(*columns[c], num_rows, next.data());
    for (int64_t i = 0; i < num_rows; ++i) {
      hashes[i] = Combine(hashes[i], next[i]);
    }
  }
}

}  // namespace emery::functions
