// Keys of a join's build side as bounds, exact values (few), a bit per value (integers of a small
// range), or else a register-blocked bloom filter: all bits of a key lie in one 64-bit word (Lang
// et al., Performance-optimal filtering, VLDB 2019).

#include "functions/runtime_filter.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "functions/evaluator.h"

namespace emery::functions {

using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;
using type::Value;

namespace {

constexpr int64_t kBitsPerKey = 16;
// A bit mask of the whole range is taken up to this many bits per key, and in all.
constexpr int64_t kBitmapBitsPerKeyMax = 64;
constexpr int64_t kBitmapBitsMin = int64_t{1} << 20;
constexpr int64_t kBitmapBitsMax = int64_t{1} << 28;

bool IsInteger(PhysicalType physical) {
  return physical == PhysicalType::kInt8 || physical == PhysicalType::kInt16 ||
         physical == PhysicalType::kInt32 || physical == PhysicalType::kInt64;
}

template <class F>
decltype(auto) DispatchInteger(PhysicalType physical, F&& f) {
  switch (physical) {
    case PhysicalType::kInt8:
      return f(std::type_identity<int8_t>{});
    case PhysicalType::kInt16:
      return f(std::type_identity<int16_t>{});
    case PhysicalType::kInt32:
      return f(std::type_identity<int32_t>{});
    default:
      return f(std::type_identity<int64_t>{});
  }
}

Value IntegerValue(const type::DataType& type, int64_t v) {
  return type.is_decimal() ? Value::Decimal(v) : Value::Int(v);
}

/// Four bits of a word, by 24 bits of the hash.
uint64_t BloomBits(uint64_t hash) {
  return (uint64_t{1} << (hash & 63)) | (uint64_t{1} << ((hash >> 6) & 63)) |
         (uint64_t{1} << ((hash >> 12) & 63)) | (uint64_t{1} << ((hash >> 18) & 63));
}

uint64_t BloomWord(uint64_t hash, uint64_t mask) {
  return (hash >> 24) & mask;
}

}  // namespace

void RuntimeFilter::Reserve(int64_t expected_keys) {
  const auto keys = static_cast<size_t>(std::clamp<int64_t>(expected_keys, 0, 1 << 26));
  if (IsInteger(type_->physical())) {
    pending_integers_.reserve(keys);
  } else {
    pending_hashes_.reserve(keys);
  }
}

void RuntimeFilter::Add(const VectorPtr& keys) {
  const int64_t rows = keys->is_constant() ? std::min<int64_t>(keys->size(), 1) : keys->size();
  if (IsInteger(type_->physical())) {
    DispatchInteger(type_->physical(), [&]<class T>(std::type_identity<T>) {
      const columnar::VectorReader<T> reader(*keys);
      for (int64_t i = 0; i < rows; ++i) {
        if (!reader.IsNull(i)) {
          pending_integers_.push_back(reader[i]);
        }
      }
    });
    num_keys_ = static_cast<int64_t>(pending_integers_.size());
    return;
  }
  std::vector<uint64_t> hashes(static_cast<size_t>(keys->size()));
  HashRows({keys}, keys->size(), hashes.data());
  for (int64_t i = 0; i < rows; ++i) {
    if (keys->IsNull(i)) {
      continue;
    }
    pending_hashes_.push_back(hashes[static_cast<size_t>(i)]);
    if (type_->is_nested()) {
      continue;
    }
    Value value = ValueAt(*keys, i);
    if (min_.is_null() || type::CompareValues(*type_, value, min_) < 0) {
      min_ = value;
    }
    if (max_.is_null() || type::CompareValues(*type_, value, max_) > 0) {
      max_ = value;
    }
    // One more than the limit says that there are too many.
    if (static_cast<int64_t>(exact_keys_.size()) <= kExactKeysMax &&
        std::find(exact_keys_.begin(), exact_keys_.end(), value) == exact_keys_.end()) {
      exact_keys_.push_back(std::move(value));
    }
  }
  num_keys_ = static_cast<int64_t>(pending_hashes_.size());
}

void RuntimeFilter::Publish() {
  if (!pending_integers_.empty()) {
    const auto [low, high] =
        std::minmax_element(pending_integers_.begin(), pending_integers_.end());
    const int64_t base = *low;
    const uint64_t span = static_cast<uint64_t>(*high) - static_cast<uint64_t>(base);
    min_ = IntegerValue(*type_, base);
    max_ = IntegerValue(*type_, *high);
    const auto most = static_cast<uint64_t>(
        std::min(std::max(num_keys_ * kBitmapBitsPerKeyMax, kBitmapBitsMin), kBitmapBitsMax));
    if (span < most) {
      bitmap_base_ = base;
      bitmap_bits_ = static_cast<int64_t>(span) + 1;
      bitmap_.assign(static_cast<size_t>(columnar::WordsForBits(bitmap_bits_)), 0);
      for (int64_t key : pending_integers_) {
        columnar::SetBit(bitmap_.data(), key - base);
      }
    }
    if (num_keys_ <= kExactKeysMax * 16) {
      std::vector<int64_t> distinct = pending_integers_;
      std::sort(distinct.begin(), distinct.end());
      distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
      if (static_cast<int64_t>(distinct.size()) <= kExactKeysMax) {
        for (int64_t key : distinct) {
          exact_keys_.push_back(IntegerValue(*type_, key));
        }
      }
    }
    if (bitmap_bits_ == 0) {
      // Hashed as HashRows does it for a vector of the keys.
      constexpr size_t kPiece = 4096;
      std::vector<uint64_t> hashes(kPiece);
      for (size_t begin = 0; begin < pending_integers_.size(); begin += kPiece) {
        const size_t n = std::min(kPiece, pending_integers_.size() - begin);
        columnar::FlatWriter writer(type_, static_cast<int64_t>(n));
        DispatchInteger(type_->physical(), [&]<class T>(std::type_identity<T>) {
          for (size_t i = 0; i < n; ++i) {
            writer.values<T>()[i] = static_cast<T>(pending_integers_[begin + i]);
          }
        });
        HashRows({writer.Finish(static_cast<int64_t>(n))}, static_cast<int64_t>(n), hashes.data());
        pending_hashes_.insert(pending_hashes_.end(), hashes.begin(),
                               hashes.begin() + static_cast<int64_t>(n));
      }
    }
  }
  if (static_cast<int64_t>(exact_keys_.size()) > kExactKeysMax) {
    exact_keys_.clear();
  }
  if (!pending_hashes_.empty()) {
    const uint64_t words = std::bit_ceil(static_cast<uint64_t>(num_keys_) * kBitsPerKey / 64 + 1);
    bloom_.assign(words, 0);
    bloom_mask_ = words - 1;
    for (uint64_t hash : pending_hashes_) {
      bloom_[BloomWord(hash, bloom_mask_)] |= BloomBits(hash);
    }
  }
  std::vector<uint64_t>().swap(pending_hashes_);
  std::vector<int64_t>().swap(pending_integers_);
  ready_.store(true, std::memory_order_release);
}

int64_t RuntimeFilter::Select(const VectorPtr& keys, const int32_t* rows, int64_t count,
                              int32_t* out) const {
  if (count == 0 || empty()) {
    return 0;
  }
  const auto keep_all = [&] {
    if (rows == nullptr) {
      std::iota(out, out + count, 0);
    } else if (rows != out) {
      std::copy(rows, rows + count, out);
    }
    return count;
  };
  if (keys->is_constant()) {
    if (keys->IsNull(0)) {
      return 0;
    }
    const VectorPtr one = keys->size() == 1 ? Flatten(keys) : Flatten(Slice(keys, 0, 1));
    int32_t row = 0;
    return Select(one, nullptr, 1, &row) == 1 ? keep_all() : 0;
  }
  int64_t kept = 0;
  if (bitmap_bits_ > 0) {
    DispatchInteger(keys->physical(), [&]<class T>(std::type_identity<T>) {
      const columnar::VectorReader<T> reader(*keys);
      const uint64_t* bits = bitmap_.data();
      const auto size = static_cast<uint64_t>(bitmap_bits_);
      const bool nulls = reader.may_have_nulls();
      for (int64_t i = 0; i < count; ++i) {
        const int32_t row = rows != nullptr ? rows[i] : static_cast<int32_t>(i);
        const uint64_t offset =
            static_cast<uint64_t>(int64_t{reader[row]}) - static_cast<uint64_t>(bitmap_base_);
        const bool pass = offset < size && columnar::GetBit(bits, static_cast<int64_t>(offset)) &&
                          !(nulls && reader.IsNull(row));
        out[kept] = row;
        kept += pass;
      }
    });
    return kept;
  }
  if (bloom_.empty()) {
    return keep_all();
  }
  const VectorPtr wanted = rows == nullptr ? keys : Gather(keys, rows, count);
  std::vector<uint64_t> hashes(static_cast<size_t>(count));
  HashRows({wanted}, count, hashes.data());
  const bool nulls = wanted->may_have_nulls();
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t hash = hashes[static_cast<size_t>(i)];
    const uint64_t bits = BloomBits(hash);
    const bool pass =
        (bloom_[BloomWord(hash, bloom_mask_)] & bits) == bits && !(nulls && wanted->IsNull(i));
    out[kept] = rows != nullptr ? rows[i] : static_cast<int32_t>(i);
    kept += pass;
  }
  return kept;
}

}  // namespace emery::functions
