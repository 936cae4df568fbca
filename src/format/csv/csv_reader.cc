#include "format/csv/csv_reader.h"

namespace emery::format::csv {

Result<CsvOptions> ParseOptions(const std::map<std::string, std::string>& /*options*/,
                                const type::TimeZone* /*zone*/) {
  return base::Unsupported("CSV files");
}

Result<type::Schema> InferSchema(const std::vector<io::ObjectInfo>& /*files*/,
                                 const CsvOptions& /*options*/) {
  return base::Unsupported("CSV files");
}

Result<std::unique_ptr<BatchReader>> OpenCsv(const io::ObjectInfo& /*file*/,
                                             type::Schema /*file_schema*/,
                                             const CsvOptions& /*options*/,
                                             ReadRequest /*request*/) {
  return base::Unsupported("CSV files");
}

}  // namespace emery::format::csv
