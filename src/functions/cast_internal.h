#pragma once

#include <string>
#include <string_view>

#include "functions/cast.h"
#include "functions/vectorize.h"

namespace emery::functions {

/// One cast of a flat vector, as the families of casts see it.
struct CastCall {
  const VectorPtr& vector;
  const type::DataType& from;
  const type::TypePtr& to;
  plan::EvalMode mode;
  const QueryContext& context;

  /// ANSI's rules for what is accepted; TRY follows them and gives null.
  bool strict() const { return mode != plan::EvalMode::kLegacy; }
};

/// Maps a row body over the cast's input; see Map.
template <class Body, class Error = DefaultRowError>
Result<VectorPtr> MapCast(const CastCall& call, Body&& body, Error&& error = Error{}) {
  const std::vector<VectorPtr> arguments = {call.vector};
  return Map(
      KernelArguments{arguments, call.vector->size(), call.to, nullptr, call.context, call.mode},
      body, error);
}

// The families, by target.
Result<VectorPtr> CastToBoolean(const CastCall& call);
Result<VectorPtr> CastToIntegral(const CastCall& call);
Result<VectorPtr> CastToFloating(const CastCall& call);
Result<VectorPtr> CastToDecimal(const CastCall& call);
Result<VectorPtr> CastToString(const CastCall& call);
Result<VectorPtr> CastToBinary(const CastCall& call);
Result<VectorPtr> CastToDate(const CastCall& call);
Result<VectorPtr> CastToTimestamp(const CastCall& call);
Result<VectorPtr> CastToTimestampNtz(const CastCall& call);
Result<VectorPtr> CastToInterval(const CastCall& call);
Result<VectorPtr> CastToNested(const CastCall& call);

/// A value as Spark's messages print it: 'abc', 12L, 1.5D, 1.50BD, DATE '2020-01-01'.
std::string SqlValue(const Vector& vector, int64_t row, const type::TimeZone* zone);

Status InvalidInput(const CastCall& call, int64_t row);
Status CastOverflow(const CastCall& call, int64_t row);
Status DecimalOutOfRange(const CastCall& call, int64_t row);
Status NoSuchCast(const CastCall& call);

/// Errors for MapCast.
struct InvalidInputError {
  const CastCall& call;

  Status operator()(const KernelArguments&, int64_t row) const { return InvalidInput(call, row); }
};

struct CastOverflowError {
  const CastCall& call;

  Status operator()(const KernelArguments&, int64_t row) const { return CastOverflow(call, row); }
};

struct DecimalOutOfRangeError {
  const CastCall& call;

  Status operator()(const KernelArguments&, int64_t row) const {
    return DecimalOutOfRange(call, row);
  }
};

}  // namespace emery::functions
