#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/cancellation.h"
#include "type/time_zone.h"

namespace emery::base {
class Config;
}

namespace emery::functions {

/// What functions may know of the query they run in. Immutable during the query; shared by threads.
struct QueryContext {
  std::string session_time_zone = "UTC";
  const type::TimeZone* time_zone = nullptr;  // of session_time_zone; lives as long as the process
  int64_t query_start_us = 0;                 // microseconds since the epoch: now(), current_date()
  std::string current_catalog;
  std::string current_database;
  std::string current_user;
  bool ansi = true;
  std::shared_ptr<const base::Config> config;
  const base::CancellationToken* cancellation = nullptr;  // may be null
};

/// The number of the partition that this thread works on, 0 unless the executor sets it: what rand,
/// monotonically_increasing_id and spark_partition_id go by. Functions read it when they get their
/// first batch.
int& CurrentPartition();

}  // namespace emery::functions
