#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace emery::functions {

/// A file, or a range of one, that rows come from.
struct FilePlace {
  std::string name;  // as a URI
  int64_t start = 0;
  int64_t length = 0;
};

/// Where the batch comes from that this thread works on: what input_file_name() tells. Set by the
/// scan's reader, which owns the place; expired where no file is read.
std::weak_ptr<const FilePlace>& CurrentFile();

}  // namespace emery::functions
