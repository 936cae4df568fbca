#include "base/memory_budget.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace emery::base {

void MemoryBudget::RaisePeak(int64_t now) {
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

bool MemoryBudget::TryReserve(int64_t bytes) {
  int64_t now = reserved_.load(std::memory_order_relaxed);
  do {
    if (now + bytes > limit()) {
      return false;
    }
  } while (!reserved_.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
  RaisePeak(now + bytes);
  return true;
}

void MemoryBudget::ForceReserve(int64_t bytes) {
  RaisePeak(reserved_.fetch_add(bytes, std::memory_order_relaxed) + bytes);
}

void MemoryBudget::Release(int64_t bytes) {
  reserved_.fetch_sub(bytes, std::memory_order_relaxed);
}

bool MemoryReservation::TryResize(int64_t bytes) {
  if (bytes > bytes_) {
    if (budget_ != nullptr && !budget_->TryReserve(bytes - bytes_)) {
      return false;
    }
    bytes_ = bytes;
    return true;
  }
  Resize(bytes);
  return true;
}

void MemoryReservation::Resize(int64_t bytes) {
  if (budget_ != nullptr) {
    if (bytes > bytes_) {
      budget_->ForceReserve(bytes - bytes_);
    } else if (bytes < bytes_) {
      budget_->Release(bytes_ - bytes);
    }
  }
  bytes_ = bytes;
}

namespace {

/// A number in a file of one line; -1 where there is none ("max", or no such file).
int64_t ReadNumber(const char* path) {
  std::ifstream file(path);
  int64_t value = 0;
  return file >> value ? value : -1;
}

int64_t StatusLineBytes(const char* name) {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) {
    return 0;
  }
  char line[256];
  int64_t kib = 0;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::strncmp(line, name, std::strlen(name)) == 0) {
      kib = std::strtoll(line + std::strlen(name), nullptr, 10);
      break;
    }
  }
  std::fclose(file);
  return kib * 1024;
}

}  // namespace

int64_t DefaultMemoryLimit() {
  int64_t available = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const int64_t limit = ReadNumber(path);
    if (limit > 0 && limit < available) {
      available = limit;
    }
  }
  return available / 10 * 7;
}

int64_t ResidentBytes() {
  return StatusLineBytes("VmRSS:");
}

int64_t PeakResidentBytes() {
  return StatusLineBytes("VmHWM:");
}

}  // namespace emery::base
