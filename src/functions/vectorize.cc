#include "functions/vectorize.h"

#include <utility>

#include "base/error.h"

namespace emery::functions {

using columnar::BufferPtr;

BufferPtr CombineValidity(const std::vector<VectorPtr>& arguments, int64_t num_rows) {
  BufferPtr first;
  BufferPtr combined;
  for (const VectorPtr& argument : arguments) {
    if (!argument->may_have_nulls()) {
      continue;
    }
    if (argument->is_constant()) {
      if (argument->IsNull(0)) {
        return columnar::AllocateBits(num_rows, false);
      }
      continue;
    }
    if (first == nullptr) {
      first = argument->validity_buffer();
      continue;
    }
    const int64_t words = columnar::WordsForBits(num_rows);
    const auto* other = argument->validity();
    if (combined == nullptr) {
      combined = columnar::Buffer::Allocate(words * sizeof(uint64_t));
      auto* out = reinterpret_cast<uint64_t*>(combined->mutable_data());
      const auto* left = reinterpret_cast<const uint64_t*>(first->data());
      for (int64_t i = 0; i < words; ++i) {
        out[i] = left[i] & other[i];
      }
    } else {
      auto* out = reinterpret_cast<uint64_t*>(combined->mutable_data());
      for (int64_t i = 0; i < words; ++i) {
        out[i] &= other[i];
      }
    }
  }
  return combined != nullptr ? combined : first;
}

bool HasConstantNull(const std::vector<VectorPtr>& arguments) {
  for (const VectorPtr& argument : arguments) {
    if (argument->is_constant_null()) {
      return true;
    }
  }
  return false;
}

bool AllConstant(const std::vector<VectorPtr>& arguments) {
  for (const VectorPtr& argument : arguments) {
    if (!argument->is_constant()) {
      return false;
    }
  }
  return true;
}

Status UnexpectedRowError(const KernelArguments& /*arguments*/, int64_t row) {
  return base::InternalError("a function failed for row " + std::to_string(row) +
                             " of a batch without saying why");
}

BoundScalar MakeBound(std::vector<type::TypePtr> arguments, type::TypePtr result,
                      ScalarKernel kernel, SignatureOptions options) {
  BoundScalar bound;
  bound.argument_types = std::move(arguments);
  bound.return_type = std::move(result);
  bound.kernel = std::move(kernel);
  bound.can_fail = options.can_fail;
  bound.null_propagating = options.null_propagating;
  bound.nullable = options.nullable;
  return bound;
}

Bind Signature(std::vector<type::TypePtr> arguments, type::TypePtr result, ScalarKernel kernel,
               SignatureOptions options) {
  return [=](const BindInput& input) -> Result<BoundScalar> {
    std::vector<type::TypePtr> types = arguments;
    types.resize(input.types.size() < types.size() ? input.types.size() : types.size());
    return MakeBound(std::move(types), result, kernel, options);
  };
}

Bind SignatureWith(std::vector<type::TypePtr> arguments, type::TypePtr result,
                   std::function<Result<ScalarKernel>(const BindInput&)> make_kernel,
                   SignatureOptions options) {
  return [=](const BindInput& input) -> Result<BoundScalar> {
    std::vector<type::TypePtr> types = arguments;
    types.resize(input.types.size() < types.size() ? input.types.size() : types.size());
    ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, make_kernel(input));
    return MakeBound(std::move(types), result, std::move(kernel), options);
  };
}

std::optional<std::string> LiteralString(const BindInput& input, size_t index) {
  if (index >= input.literals.size() || input.literals[index] == nullptr ||
      input.literals[index]->value.is_null() ||
      input.literals[index]->type->physical() != type::PhysicalType::kString) {
    return std::nullopt;
  }
  return input.literals[index]->value.string();
}

std::optional<int64_t> LiteralInteger(const BindInput& input, size_t index) {
  if (index >= input.literals.size() || input.literals[index] == nullptr ||
      input.literals[index]->value.is_null() || !input.literals[index]->type->is_integral()) {
    return std::nullopt;
  }
  return input.literals[index]->value.integer();
}

namespace {

std::string Ordinal(size_t index) {
  static constexpr const char* kNames[] = {"first", "second",  "third",  "fourth", "fifth",
                                           "sixth", "seventh", "eighth", "ninth",  "tenth"};
  return index < 10 ? kNames[index] : std::to_string(index + 1) + "th";
}

}  // namespace

Status UnexpectedInputType(const BindInput& input, size_t index, std::string_view required) {
  const std::string input_type = "\"" + input.types[index]->Sql() + "\"";
  std::string input_sql = "its argument";
  if (index < input.literals.size() && input.literals[index] != nullptr) {
    input_sql = "\"" + plan::ToColumnName(input.literals[index]->Copy()) + "\"";
  }
  return base::UserError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                         "Cannot resolve \"" + std::string(input.name) +
                             "\" due to data type mismatch: The " + Ordinal(index) +
                             " parameter requires the " + std::string(required) +
                             " type, however " + input_sql + " has the type " + input_type + ".",
                         {{"functionName", base::QuoteIdentifier(input.name)},
                          {"paramIndex", Ordinal(index)},
                          {"requiredType", std::string(required)},
                          {"inputSql", input_sql},
                          {"inputType", input_type}});
}

}  // namespace emery::functions
