#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "table/iceberg/iceberg_table.h"

namespace emery::table::iceberg {

/// How rows of a group are ordered when they are written again.
struct RewriteOrder {
  struct Field {
    int index = 0;  // of the schema
    bool descending = false;
    bool nulls_first = true;
  };

  std::vector<Field> fields;  // empty: as they come
  bool z_order = false;       // by the interleaved bits of the fields instead
};

/// Which files are worth rewriting, and into what (options of Iceberg's rewrite_data_files).
struct CompactionOptions {
  int64_t target_bytes = 0;  // 0: write.target-file-size-bytes
  int64_t min_bytes = -1;    // -1: 75 % of the target
  int64_t max_bytes = -1;    // -1: 180 % of the target
  int64_t min_input_files = 5;
  int64_t delete_file_threshold = std::numeric_limits<int32_t>::max();
  double delete_ratio_threshold = 0.3;
  bool rewrite_all = false;
  int64_t max_group_bytes = int64_t{100} << 30;
  bool use_starting_sequence_number = true;
  bool partial_progress = false;
  std::optional<std::set<std::string>> files;  // only these may be rewritten
  RewriteOrder order;
};

struct CompactionResult {
  int64_t rewritten_files = 0;
  int64_t added_files = 0;
  int64_t rewritten_bytes = 0;
  int64_t failed_files = 0;
  int64_t removed_delete_files = 0;
};

/// Rewrites data files of the table's snapshot: small ones together, large ones apart, deletes
/// applied, into the current partition spec. One commit (`partial_progress`: one a group). Row
/// lineage of format 3 is kept. Errors: those of scanning, writing and committing; with
/// `partial_progress` a group that meets a conflict counts as failed instead.
Result<CompactionResult> RewriteDataFiles(
    const IcebergTable& table, const CompactionOptions& options,
    const std::shared_ptr<const functions::QueryContext>& context);

}  // namespace emery::table::iceberg
