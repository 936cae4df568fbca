#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "columnar/vector.h"

namespace emery::execution {

/// Nested values (and strings) as bytes: one value, one encoding, so that equal values have equal
/// bytes. With `normalize_floats` -0.0 and 0.0 count as equal, and so do all NaNs.
void EncodeNested(const columnar::Vector& vector, int64_t row, bool normalize_floats,
                  std::string* bytes);
/// The value of `type` that EncodeNested wrote.
type::Value DecodeNested(const type::DataType& type, std::string_view bytes);

}  // namespace emery::execution
