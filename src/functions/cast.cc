#include "functions/cast.h"

#include <cmath>
#include <utility>

#include "base/error.h"
#include "functions/cast_internal.h"
#include "functions/evaluator.h"
#include "type/calendar.h"
#include "type/coercion.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using columnar::VectorPtr;
using plan::EvalMode;
using type::DataType;
using type::TypeId;
using type::TypePtr;

namespace {

std::string Quoted(const DataType& t) {
  return "\"" + t.Sql() + "\"";
}

const type::TimeZone& ZoneOf(const type::TimeZone* zone) {
  return zone != nullptr ? *zone : *type::TimeZone::Utc();
}

std::string FloatingValue(double value, const std::string& text, const char* suffix) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "Infinity" : "-Infinity";
  }
  return text + suffix;
}

}  // namespace

std::string SqlValue(const Vector& vector, int64_t row, const type::TimeZone* zone) {
  const type::Value value = columnar::ValueAt(vector, row);
  if (value.is_null()) {
    return "NULL";
  }
  const DataType& t = *vector.type();
  const std::string text = type::ValueToText(t, value, ZoneOf(zone)).value_or("NULL");
  switch (t.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: {
      std::string quoted = "'";
      for (const char c : text) {
        quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      }
      return quoted + "'";
    }
    case TypeId::kByte:
      return text + "Y";
    case TypeId::kShort:
      return text + "S";
    case TypeId::kLong:
      return text + "L";
    case TypeId::kFloat:
      return FloatingValue(value.float_value(), text, "");
    case TypeId::kDouble:
      return FloatingValue(value.double_value(), text, "D");
    case TypeId::kDecimal:
      return text + "BD";
    case TypeId::kBinary:
      return "X'" + type::FormatHex(value.string()) + "'";
    case TypeId::kDate:
      return "DATE '" + text + "'";
    case TypeId::kTimestamp:
      return "TIMESTAMP '" + text + "'";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP_NTZ '" + text + "'";
    default:
      return text;
  }
}

Status InvalidInput(const CastCall& call, int64_t row) {
  const std::string value = SqlValue(*call.vector, row, call.context.time_zone);
  return base::UserError(
      "CAST_INVALID_INPUT",
      "The value " + value + " of the type " + Quoted(call.from) + " cannot be cast to " +
          Quoted(*call.to) +
          " because it is malformed. Correct the value as per the syntax, or change its target "
          "type. Use "
          "`try_cast` to tolerate malformed input and return NULL instead.",
      {{"expression", value}, {"sourceType", Quoted(call.from)}, {"targetType", Quoted(*call.to)}});
}

Status CastOverflow(const CastCall& call, int64_t row) {
  const std::string value = SqlValue(*call.vector, row, call.context.time_zone);
  return base::UserError(
      "CAST_OVERFLOW",
      "The value " + value + " of the type " + Quoted(call.from) + " cannot be cast to " +
          Quoted(*call.to) +
          " due to an overflow. Use `try_cast` to tolerate overflow and return NULL instead.",
      {{"value", value}, {"sourceType", Quoted(call.from)}, {"targetType", Quoted(*call.to)}});
}

Status DecimalOutOfRange(const CastCall& call, int64_t row) {
  const type::Value v = columnar::ValueAt(*call.vector, row);
  std::string value =
      type::ValueToText(call.from, v, ZoneOf(call.context.time_zone)).value_or("NULL");
  if (call.from.is_string()) {
    value = std::string(type::TrimAll(value));
  }
  const std::string precision = std::to_string(call.to->precision());
  const std::string scale = std::to_string(call.to->scale());
  return base::UserError("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                         "The " + value + " cannot be represented as Decimal(" + precision + ", " +
                             scale +
                             "). If necessary set \"spark.sql.ansi.enabled\" to \"false\" to "
                             "bypass this error, and return NULL "
                             "instead.",
                         {{"value", value},
                          {"precision", precision},
                          {"scale", scale},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

Status NoSuchCast(const CastCall& call) {
  return base::UserError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                         "Cannot cast " + Quoted(call.from) + " to " + Quoted(*call.to) + ".",
                         {{"srcType", Quoted(call.from)}, {"targetType", Quoted(*call.to)}});
}

bool CastCanFail(const DataType& from, const DataType& to, EvalMode mode) {
  if (mode == EvalMode::kTry || from.is_null()) {
    return false;
  }
  if (from.id() == to.id() && !from.is_nested() && !from.is_decimal() && !from.is_interval()) {
    return false;
  }
  if (to.is_interval() || from.is_interval()) {
    return !to.is_string();
  }
  if (from.is_nested()) {
    if (to.is_string()) {
      return false;
    }
    if (from.fields().size() != to.fields().size()) {
      return true;
    }
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (CastCanFail(*from.fields()[i].type, *to.fields()[i].type, mode)) {
        return true;
      }
    }
    return false;
  }
  if (mode == EvalMode::kLegacy) {
    return false;
  }
  if (to.is_string() || to.id() == TypeId::kBinary || to.id() == TypeId::kBoolean) {
    return from.is_string() && to.id() == TypeId::kBoolean;
  }
  if (from.is_string()) {
    return true;
  }
  if (to.is_floating()) {
    return false;
  }
  if (to.is_integral()) {
    return !(from.is_integral() && from.id() <= to.id()) && from.id() != TypeId::kBoolean;
  }
  if (to.is_decimal()) {
    const TypePtr exact = type::DecimalForType(from);
    if (from.is_floating() || exact == nullptr) {
      return true;
    }
    return to.scale() < exact->scale()
               ? to.precision() - to.scale() <= exact->precision() - exact->scale()
               : to.precision() - to.scale() < exact->precision() - exact->scale();
  }
  if (to.id() == TypeId::kTimestamp) {
    return from.is_floating();
  }
  return false;
}

Result<VectorPtr> CastFlat(const VectorPtr& vector, const TypePtr& to, EvalMode mode,
                           const QueryContext& context) {
  const TypePtr from_type = vector->type();
  const CastCall call{vector, *from_type, to, mode, context};
  switch (to->id()) {
    case TypeId::kNull:
      return Vector::MakeNull(to, vector->size());
    case TypeId::kBoolean:
      return CastToBoolean(call);
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return CastToIntegral(call);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return CastToFloating(call);
    case TypeId::kDecimal:
      return CastToDecimal(call);
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return CastToString(call);
    case TypeId::kBinary:
      return CastToBinary(call);
    case TypeId::kDate:
      return CastToDate(call);
    case TypeId::kTimestamp:
      return CastToTimestamp(call);
    case TypeId::kTimestampNtz:
      return CastToTimestampNtz(call);
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return CastToInterval(call);
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return CastToNested(call);
  }
  return NoSuchCast(call);
}

Result<VectorPtr> CastVector(const VectorPtr& vector, const TypePtr& to, EvalMode mode,
                             const QueryContext& context) {
  const DataType& from = *vector->type();
  if (from.SameType(*to) || (from.is_string() && to->id() == TypeId::kString)) {
    return Vector::WithType(vector, to);
  }
  if (from.is_null() || vector->is_constant_null()) {
    return Vector::MakeNull(to, vector->size());
  }
  if (vector->is_constant()) {
    if (vector->size() == 0) {
      return Vector::MakeNull(to, 0);
    }
    ARROW_ASSIGN_OR_RAISE(
        VectorPtr one,
        CastFlat(columnar::Flatten(Vector::MakeConstant(vector, 0, 1)), to, mode, context));
    return Vector::MakeConstant(one, 0, vector->size());
  }
  return CastFlat(columnar::Flatten(vector), to, mode, context);
}

}  // namespace emery::functions
