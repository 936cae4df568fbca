#pragma once

#include <memory>
#include <vector>

#include "arrow/type_fwd.h"

#include "columnar/batch.h"

/// Vectors to Arrow arrays and back. Fixed-width values, string bytes and validity masks that start
/// at bit 0 are shared, not copied. What differs and is converted: booleans (bytes here, bits
/// there), decimals of up to 18 digits (int64 here), string views, list entries, and anything
/// dictionary-encoded on the way out.
namespace emery::columnar {

/// Errors: UNSUPPORTED_ARROWTYPE.
Result<std::shared_ptr<arrow::DataType>> ToArrowType(const type::DataType& type);
/// Timestamps with a zone are timestamps, without one timestamp_ntz; any unit. Unsigned integers
/// become the next wider type.
Result<type::TypePtr> FromArrowType(const arrow::DataType& type);

Result<std::shared_ptr<arrow::Schema>> ToArrowSchema(const type::Schema& schema);
Result<type::Schema> FromArrowSchema(const arrow::Schema& schema);

Result<std::shared_ptr<arrow::Array>> ToArrow(const VectorPtr& vector);
/// The array as a vector of `type`, which FromArrowType gave for it (or null: that one).
Result<VectorPtr> FromArrow(const std::shared_ptr<arrow::Array>& array,
                            type::TypePtr type = nullptr);

Result<std::shared_ptr<arrow::RecordBatch>> ToArrowBatch(
    const Batch& batch, const std::shared_ptr<arrow::Schema>& schema);
Result<Batch> FromArrowBatch(const arrow::RecordBatch& batch);

}  // namespace emery::columnar
