#pragma once

#include <memory>

#include "arrow/type_fwd.h"

#include "base/error.h"
#include "columnar/vector.h"
#include "type/data_type.h"

namespace emery::format::parquet {

/// The Arrow type that is written for a field's type; all nullable. Errors: types that Parquet
/// files can't hold.
Result<std::shared_ptr<arrow::Field>> ToArrowField(const type::Field& field);

/// A vector's rows as that type; shares memory where the layouts agree.
Result<std::shared_ptr<arrow::Array>> ToArrowArray(const columnar::VectorPtr& vector,
                                                   const std::shared_ptr<arrow::DataType>& type);

}  // namespace emery::format::parquet
