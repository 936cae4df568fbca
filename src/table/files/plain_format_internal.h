#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "format/file_format.h"
#include "format/text/text_input.h"
#include "io/object_store.h"
#include "type/data_type.h"
#include "type/time_zone.h"

namespace emery::table {

/// A format whose files are read as a whole or a range at a time, by rows: CSV, JSON, text, ORC.
/// Immutable, thread-safe.
class PlainFormat {
 public:
  virtual ~PlainFormat() = default;
  virtual Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& files) const = 0;

  /// Errors: UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for types that files of the format can't have.
  virtual Status CheckSchema(const type::Schema& schema) const = 0;

  /// A file may be cut into ranges of bytes, each read for itself.
  virtual bool splittable(const io::ObjectInfo& file) const = 0;

  virtual Result<std::unique_ptr<format::BatchReader>> Open(const io::ObjectInfo& file,
                                                            const format::text::FileRange& range,
                                                            const type::Schema& file_schema,
                                                            format::ReadRequest request) const = 0;

  /// The column that takes records which can't be read; empty: the format has none.
  virtual std::string corrupt_column() const { return ""; }

  /// Of written files: ".csv.gz".
  virtual std::string extension() const = 0;
  virtual Result<std::unique_ptr<format::BatchWriter>> OpenWriter(
      std::unique_ptr<io::ObjectWriter> out, const type::Schema& schema) const = 0;
};

/// Whether `provider` (in lower case) is such a format.
bool IsPlainFormat(std::string_view provider);

/// Errors: those of the format's options. `config` may be null.
Result<std::shared_ptr<const PlainFormat>> MakePlainFormat(
    std::string_view provider, const std::map<std::string, std::string>& options,
    const type::TimeZone* zone, bool for_reading, const base::Config* config);

}  // namespace emery::table
