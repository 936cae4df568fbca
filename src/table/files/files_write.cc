#include "table/files/files_table_internal.h"

namespace emery::table {

Result<std::unique_ptr<WriteJob>> MakeFilesWriteJob(FilesWriteSpec spec,
                                                    const WriteRequest& /*request*/) {
  return base::Unsupported("writing files of provider " + spec.provider);
}

}  // namespace emery::table
