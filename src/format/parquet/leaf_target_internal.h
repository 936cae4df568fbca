#pragma once

#include <cstdint>

#include "base/error.h"
#include "format/parquet/footer.h"
#include "type/data_type.h"

namespace emery::format::parquet {

/// How a value as the file stores it becomes one of the requested type.
enum class Conversion : uint8_t {
  kNone,  // same layout
  kInt32ToInt8,
  kInt32ToInt16,
  kInt32ToInt64,
  kInt32ToDouble,
  kInt32ToFloat,
  kUint32ToInt64,
  kInt32ToDecimal64,
  kInt32ToDecimal128,
  kInt64ToDecimal64,
  kInt64ToDecimal128,
  kUint64ToDecimal128,
  kInt96ToMicros,
  kMillisToMicros,
  kNanosToMicros,
  kFloatToDouble,
  kHalfToFloat,
  kDaysToMicros,
  kBytesToDecimal64,
  kBytesToDecimal128,
};

struct LeafTarget {
  type::TypePtr type;
  Conversion conversion = Conversion::kNone;
  int scale_up = 0;  // decimals: digits to add behind the point
};

/// How `leaf` is read as `type`. Errors: FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH where
/// it can't be.
Result<LeafTarget> MakeLeafTarget(const std::string& path, const SchemaNode& leaf,
                                  const type::TypePtr& type);

/// Converts `count` values of SourceWidth to values of the target's physical type. False: a value
/// does not fit.
bool ConvertValues(const LeafTarget& target, const void* in, int64_t count, void* out);

}  // namespace emery::format::parquet
