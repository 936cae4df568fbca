// Where rows come from: input_file_name and its kin.

#include "functions/input_file.h"

#include <memory>
#include <string>
#include <utility>

#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {

std::weak_ptr<const FilePlace>& CurrentFile() {
  thread_local std::weak_ptr<const FilePlace> place;
  return place;
}

namespace {

template <class Read>
ScalarFunction OfFile(std::string name, type::TypePtr result, Read read, std::string description) {
  ScalarFunction function;
  function.name = std::move(name);
  function.deterministic = false;
  function.bind = [result, read](const BindInput&) -> Result<BoundScalar> {
    return MakeBound({}, result,
                     [read](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeConstant(a.return_type, read(CurrentFile().lock()),
                                                   a.num_rows);
                     },
                     {.null_propagating = false, .nullable = false});
  };
  function.description = std::move(description);
  return function;
}

using Place = std::shared_ptr<const FilePlace>;

const Registration kInputFileName([] {
  ScalarFunction function = OfFile(
      "input_file_name", type::String(),
      [](const Place& p) { return type::Value::String(p == nullptr ? "" : p->name); },
      "The name of the file that is being read, or an empty string.");
  function.since = "1.5.0";
  return function;
}());
const Registration kInputFileBlockStart([] {
  ScalarFunction function = OfFile(
      "input_file_block_start", type::Long(),
      [](const Place& p) { return type::Value::Int(p == nullptr ? -1 : p->start); },
      "The offset of the part of the file that is being read, or -1.");
  function.since = "2.2.0";
  return function;
}());
const Registration kInputFileBlockLength([] {
  ScalarFunction function = OfFile(
      "input_file_block_length", type::Long(),
      [](const Place& p) { return type::Value::Int(p == nullptr ? -1 : p->length); },
      "The length of the part of the file that is being read, or -1.");
  function.since = "2.2.0";
  return function;
}());

}  // namespace
}  // namespace emery::functions
