// Which formats of plain files can follow FROM and USING.
#include <memory>
#include <string>
#include <utility>

#include "catalog/factory.h"
#include "table/files/files_table.h"

namespace emery::catalog {

namespace {

Result<std::shared_ptr<const table::Table>> OpenFiles(const PathTableRequest& request) {
  table::FilesTableSpec spec;
  spec.paths = request.paths;
  spec.provider = request.format;
  spec.options = request.options;
  if (!request.schema.empty()) {
    spec.schema = request.schema;
  }
  spec.partition_columns = request.partition_columns;
  spec.managed_by_catalog = request.may_be_empty;
  spec.config = request.config;
  spec.properties = request.properties;
  spec.comment = request.comment;
  return table::OpenFilesTable(std::move(spec));
}

const PathTableRegistration kParquet("parquet", OpenFiles);
const PathTableRegistration kCsv("csv", OpenFiles);
const PathTableRegistration kText("text", OpenFiles);
const PathTableRegistration kJson("json", OpenFiles);
const PathTableRegistration kOrc("orc", OpenFiles);

}  // namespace

}  // namespace emery::catalog
