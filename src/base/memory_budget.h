#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/error.h"

namespace emery::base {

/// The memory that all queries of the process share. Thread-safe. Reservations are promises, not
/// allocations: an operator reserves before it grows and spills where it can't.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit_bytes) : limit_(limit_bytes) {}

  /// False, with nothing taken, where it would pass the limit.
  bool TryReserve(int64_t bytes);
  /// Takes it in any case; for the little that an operator can't do without.
  void ForceReserve(int64_t bytes);
  void Release(int64_t bytes);

  int64_t limit() const { return limit_.load(std::memory_order_relaxed); }

  int64_t reserved() const { return reserved_.load(std::memory_order_relaxed); }

  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }

  void set_limit(int64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }

  void ResetPeak() { peak_.store(reserved(), std::memory_order_relaxed); }

 private:
  void RaisePeak(int64_t now);
  std::atomic<int64_t> limit_;
  std::atomic<int64_t> reserved_{0};
  std::atomic<int64_t> peak_{0};
};

/// One operator's share. Released on destruction. Confined to one thread, or locked by its owner.
class MemoryReservation {
 public:
  explicit MemoryReservation(MemoryBudget* budget) : budget_(budget) {}

  ~MemoryReservation() { Resize(0); }

  MemoryReservation(const MemoryReservation&) = delete;
  MemoryReservation& operator=(const MemoryReservation&) = delete;

  /// Grows or shrinks to `bytes`; false (and unchanged) where the budget is out.
  bool TryResize(int64_t bytes);
  void Resize(int64_t bytes);  // grows in any case

  int64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  int64_t bytes_ = 0;
};

/// Default limit: 70 % of what the container (cgroup v2 or v1) or the machine has.
int64_t DefaultMemoryLimit();
/// Resident bytes of this process now, and its highest so far.
int64_t ResidentBytes();
int64_t PeakResidentBytes();

}  // namespace emery::base
