#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/vector.h"
#include "format/avro/avro_reader.h"

namespace emery::table::iceberg {

/// Columns of an Avro record by field id, or by name where the writer left out ids.
class AvroRecord {
 public:
  AvroRecord(const type::Schema& fields, const std::vector<columnar::VectorPtr>& columns)
      : fields_(fields), columns_(columns) {}

  /// Null: there is none.
  columnar::VectorPtr Find(int32_t field_id, std::string_view name) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].field_id == field_id || (fields_[i].field_id < 0 && fields_[i].name == name)) {
        return columns_[i];
      }
    }
    return nullptr;
  }

 private:
  const type::Schema& fields_;
  const std::vector<columnar::VectorPtr>& columns_;
};

/// A whole file of manifests or of a manifest list.
Result<format::avro::AvroFile> ReadMetadataAvro(const std::string& location);
Status MalformedManifest(const std::string& path, const std::string& what);

/// Row `row` of a column as a number or bytes; nothing where it is null, of another type, or where
/// there is no such column.
std::optional<int64_t> AvroNumber(const columnar::VectorPtr& column, int64_t row);
std::optional<std::string_view> AvroBytes(const columnar::VectorPtr& column, int64_t row);
std::optional<std::string> AvroText(const columnar::VectorPtr& column, int64_t row);

}  // namespace emery::table::iceberg
