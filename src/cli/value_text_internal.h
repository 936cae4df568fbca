#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "columnar/batch.h"
#include "functions/context.h"
#include "type/data_type.h"

namespace emery::cli {

/// How binary values print: 6162, or [61 62] as Spark's show().
enum class BinaryStyle { kHex, kSpacedHex };

/// A batch's columns as CAST(x AS STRING) gives them; nulls stay null.
Result<std::vector<columnar::VectorPtr>> ToText(const columnar::Batch& batch,
                                                const type::Schema& schema,
                                                const functions::QueryContext& context,
                                                BinaryStyle style);

/// The value of a text column, valid as long as the vector; undefined for null rows.
std::string_view TextAt(const columnar::Vector& column, int64_t row);

/// Appends `text` in double quotes with JSON's escapes; bytes that aren't UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string* json);

/// Columns that `text` takes on a terminal: wide East Asian characters take two, combining marks
/// none.
int DisplayWidth(std::string_view text);
/// Bytes of `text` whose display width is at most `width` (at least one character).
size_t BytesForWidth(std::string_view text, int width);

}  // namespace emery::cli
