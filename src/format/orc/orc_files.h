#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/config.h"
#include "base/error.h"
#include "format/file_format.h"
#include "format/text/text_input.h"
#include "io/object_store.h"
#include "type/data_type.h"

/// ORC files, read and written by Arrow's adapter. As in Spark, a timestamp of an ORC file is wall
/// time in the zone of the process.
namespace emery::format::orc {

/// Types as Spark noted them in the file, else by the file's own. Errors:
/// FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER.
Result<type::Schema> FileSchema(const io::ObjectInfo& file);

/// Reads the stripes that begin in `range`. Columns are found by name. The filter is not evaluated.
Result<std::unique_ptr<BatchReader>> OpenOrc(const io::ObjectInfo& file,
                                             const text::FileRange& range, ReadRequest request);

struct OrcWriterOptions {
  std::string codec = "zstd";  // none, snappy, zlib, lz4, zstd
};

/// Errors: CODEC_NOT_AVAILABLE. `config` may be null.
Result<OrcWriterOptions> MakeWriterOptions(const std::map<std::string, std::string>& options,
                                           const base::Config* config);
/// ".zstd"; empty for none.
std::string CodecExtension(const std::string& codec);

Result<std::unique_ptr<BatchWriter>> OpenOrcWriter(std::unique_ptr<io::ObjectWriter> out,
                                                   const type::Schema& schema,
                                                   const OrcWriterOptions& options);

}  // namespace emery::format::orc
