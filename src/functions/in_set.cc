#include <algorithm>
#include <vector>

#include "functions/hash_internal.h"
#include "functions/in_set_internal.h"

namespace emery::functions {

using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

constexpr size_t kCompareEach = 4;
constexpr int64_t kBitMapRange = 1 << 16;

template <class T>
bool SameValue(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return CanonicalBits(a) == CanonicalBits(b);
  } else {
    return a == b;
  }
}

/// Few values: each compared with all rows.
template <class T>
class CompareEachSet final : public InSet {
 public:
  CompareEachSet(std::vector<T> values, VectorPtr list)
      : values_(std::move(values)), list_(std::move(list)) {}

  void Find(const Vector& v, int64_t num_rows, uint8_t* out) const override {
    const T* rows = v.values<T>();
    std::fill_n(out, num_rows, uint8_t{0});
    for (const T& value : values_) {
      for (int64_t i = 0; i < num_rows; ++i) {
        out[i] |= static_cast<uint8_t>(SameValue(rows[i], value));
      }
    }
  }

 private:
  std::vector<T> values_;
  VectorPtr list_;  // keeps string bytes
};

template <class T>
class BitMapSet final : public InSet {
 public:
  BitMapSet(const std::vector<T>& values, int64_t low, int64_t high)
      : low_(low), range_(high - low + 1), bits_(range_ / 64 + 1) {
    for (const T value : values) {
      columnar::SetBit(bits_.data(), static_cast<int64_t>(value) - low_);
    }
  }

  void Find(const Vector& v, int64_t num_rows, uint8_t* out) const override {
    const T* rows = v.values<T>();
    for (int64_t i = 0; i < num_rows; ++i) {
      const uint64_t at =
          static_cast<uint64_t>(static_cast<int64_t>(rows[i])) - static_cast<uint64_t>(low_);
      out[i] = at < static_cast<uint64_t>(range_)
                   ? static_cast<uint8_t>(columnar::GetBit(bits_.data(), at))
                   : uint8_t{0};
    }
  }

 private:
  int64_t low_;
  int64_t range_;
  std::vector<uint64_t> bits_;
};

/// Open addressing, at most half full; `used_` marks slots.
template <class T>
class HashedSet final : public InSet {
 public:
  HashedSet(const std::vector<T>& values, VectorPtr list) : list_(std::move(list)) {
    size_t capacity = 16;
    while (capacity < values.size() * 2) {
      capacity *= 2;
    }
    mask_ = capacity - 1;
    slots_.resize(capacity);
    used_.resize(capacity);
    for (const T& value : values) {
      size_t at = HashScalar(value) & mask_;
      while (used_[at] != 0 && !SameValue(slots_[at], value)) {
        at = (at + 1) & mask_;
      }
      slots_[at] = value;
      used_[at] = 1;
    }
  }

  void Find(const Vector& v, int64_t num_rows, uint8_t* out) const override {
    const T* rows = v.values<T>();
    for (int64_t i = 0; i < num_rows; ++i) {
      size_t at = HashScalar(rows[i]) & mask_;
      uint8_t found = 0;
      while (used_[at] != 0) {
        if (SameValue(slots_[at], rows[i])) {
          found = 1;
          break;
        }
        at = (at + 1) & mask_;
      }
      out[i] = found;
    }
  }

 private:
  VectorPtr list_;
  size_t mask_ = 0;
  std::vector<T> slots_;
  std::vector<uint8_t> used_;
};

/// Nested values: compared one by one.
class RowSet final : public InSet {
 public:
  explicit RowSet(VectorPtr list) : list_(std::move(list)) {}

  void Find(const Vector& v, int64_t num_rows, uint8_t* out) const override {
    for (int64_t i = 0; i < num_rows; ++i) {
      out[i] = 0;
      if (v.IsNull(i)) {
        continue;
      }
      for (int64_t k = 0; k < list_->size() && out[i] == 0; ++k) {
        out[i] = static_cast<uint8_t>(columnar::RowsEqual(v, i, *list_, k));
      }
    }
  }

 private:
  VectorPtr list_;
};

}  // namespace

std::unique_ptr<InSet> InSet::Make(const VectorPtr& list) {
  const type::PhysicalType physical = list->physical();
  if (physical == type::PhysicalType::kStruct || physical == type::PhysicalType::kList ||
      physical == type::PhysicalType::kNull) {
    return std::make_unique<RowSet>(list);
  }
  const VectorPtr flat = columnar::Flatten(list);
  return columnar::DispatchPhysical(
      physical, [&]<class T>(std::type_identity<T>) -> std::unique_ptr<InSet> {
        if constexpr (std::is_same_v<T, ListEntry>) {
          return nullptr;
        } else {
          std::vector<T> values(flat->values<T>(), flat->values<T>() + flat->size());
          if (values.size() <= kCompareEach) {
            return std::make_unique<CompareEachSet<T>>(std::move(values), flat);
          }
          if constexpr (std::is_integral_v<T>) {
            const auto [low, high] = std::minmax_element(values.begin(), values.end());
            const uint64_t range = static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low);
            if (range < static_cast<uint64_t>(kBitMapRange)) {
              return std::make_unique<BitMapSet<T>>(values, static_cast<int64_t>(*low),
                                                    static_cast<int64_t>(*high));
            }
          }
          return std::make_unique<HashedSet<T>>(values, flat);
        }
      });
}

}  // namespace emery::functions
