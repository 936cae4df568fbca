#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "columnar/vector.h"
#include "type/value.h"

namespace emery::functions {

/// What a finished join build tells scans of the other side: a row whose key can't match may be
/// left out. Made by the planner's wiring before the query runs; published once by the build; read
/// by scans at any time. Thread-safe.
class RuntimeFilter {
 public:
  explicit RuntimeFilter(type::TypePtr type) : type_(std::move(type)) {}

  const type::TypePtr& type() const { return type_; }

  /// Nothing may be asked of it before; a scan that finds it unready goes on without.
  bool ready() const { return ready_.load(std::memory_order_acquire); }

  // -- build side
  // ------------------------------------------------------------------------------------------
  /// Keys come in any number of calls from one thread at a time; then Publish once. Too many keys:
  /// the exact set gives way to a bloom filter. `expected_keys` sizes it.
  void Reserve(int64_t expected_keys);
  void Add(const columnar::VectorPtr& keys);
  void Publish();

  // -- probe side (after ready)
  // ----------------------------------------------------------------------------
  /// No row can match at all.
  bool empty() const { return num_keys_ == 0; }

  int64_t num_keys() const { return num_keys_; }

  /// Bounds of the keys; for pruning by file, row group and page statistics. Null type values where
  /// not kept.
  const type::Value& min() const { return min_; }

  const type::Value& max() const { return max_; }

  /// The keys themselves where there are few (at most kExactKeysMax), else empty.
  static constexpr int64_t kExactKeysMax = 1024;

  const std::vector<type::Value>& exact_keys() const { return exact_keys_; }

  /// Keeps of `rows[0..count)` those whose key may match (null keys never do); the new count.
  /// `rows` null: all rows, and `out` receives them; else in place (`out` == `rows` allowed).
  int64_t Select(const columnar::VectorPtr& keys, const int32_t* rows, int64_t count,
                 int32_t* out) const;

 private:
  type::TypePtr type_;
  std::atomic<bool> ready_{false};
  int64_t num_keys_ = 0;
  type::Value min_;
  type::Value max_;
  std::vector<type::Value> exact_keys_;
  // Integers whose range is small: one bit a value from bitmap_base_.
  int64_t bitmap_base_ = 0;
  int64_t bitmap_bits_ = 0;
  std::vector<uint64_t> bitmap_;
  // Else a blocked bloom filter over the hashes of HashRows.
  std::vector<uint64_t> bloom_;
  uint64_t bloom_mask_ = 0;
  std::vector<uint64_t> pending_hashes_;
  std::vector<int64_t> pending_integers_;
};

}  // namespace emery::functions
