#pragma once

#include "base/error.h"
#include "columnar/vector.h"
#include "functions/context.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::format::orc {

/// The zone whose wall time timestamps in files are: that of the process.
const type::TimeZone& FileZone();

/// What was read as `from` (an ORC timestamp: Timestamp, in wall time) as values of `to`: fields
/// by name, missing ones null, timestamps as instants, other types cast. Errors:
/// FAILED_READ_FILE.NO_HINT for types that don't go together.
Result<columnar::VectorPtr> FromFile(const columnar::VectorPtr& values, const type::DataType& from,
                                     const type::TypePtr& to,
                                     const functions::QueryContext& context);

/// Values as files have them: timestamps in wall time, those without zone and intervals as
/// numbers. `values` is flat through and through.
columnar::VectorPtr ToFile(const columnar::VectorPtr& values);

/// The type of ToFile's outcome.
type::TypePtr StoredType(const type::TypePtr& type);

}  // namespace emery::format::orc
