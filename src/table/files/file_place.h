#pragma once

#include <memory>
#include <string>

#include "format/file_format.h"
#include "functions/input_file.h"
#include "io/object_store.h"
#include "type/data_type.h"
#include "type/value.h"

namespace emery::table {

/// What input_file_name() and its kin say of a file's range; a length < 0 means the rest of the
/// file.
std::shared_ptr<const functions::FilePlace> MakeFilePlace(const io::ObjectInfo& file,
                                                          int64_t begin = 0, int64_t length = -1);

/// `reader`, whose batches come from `place`: functions of the thread that takes them see it until
/// the next batch of another reader, or the reader's end.
std::unique_ptr<format::BatchReader> WithPlace(std::unique_ptr<format::BatchReader> reader,
                                               std::shared_ptr<const functions::FilePlace> place);

/// The type of the column _metadata; `with_rows`: with the row's position in the file.
type::TypePtr FileMetadataType(bool with_rows);
/// Its value, as far as the file tells it, in the fields of `wanted`.
type::Value FileMetadata(const type::DataType& wanted, const io::ObjectInfo& file,
                         int64_t begin = 0, int64_t length = -1);

/// `reader`, whose column `column` is the rows' positions and becomes `metadata` (of type `type`)
/// with the field row_index taken from it.
std::unique_ptr<format::BatchReader> WithRowIndex(std::unique_ptr<format::BatchReader> reader,
                                                  int column, type::TypePtr type,
                                                  type::Value metadata);

}  // namespace emery::table
