#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "arrow/status.h"

namespace emery {

using arrow::Result;
using arrow::Status;

namespace base {

/// A place in the text of a statement. `begin` and `end` are byte offsets (0-based, half-open) into
/// the text; `line` is 1-based and `column` 0-based, as Spark prints them. All -1 where no text
/// exists.
struct Position {
  int32_t begin = -1;
  int32_t end = -1;
  int32_t line = -1;
  int32_t column = -1;

  bool known() const { return begin >= 0; }
};

/// One named parameter of an error condition, e.g. {"objectName", "`a`"}.
using ErrorParameters = std::vector<std::pair<std::string, std::string>>;

/// What a user needs to know of a failure: Spark's error condition (`DIVIDE_BY_ZERO`, with a
/// subclass as `CAST_INVALID_INPUT` or `A.B`), its SQLSTATE, the parameters, and the place in the
/// statement.
class ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(std::string condition, std::string sql_state, ErrorParameters parameters,
              Position position)
      : condition_(std::move(condition)),
        sql_state_(std::move(sql_state)),
        parameters_(std::move(parameters)),
        position_(position) {}

  static constexpr const char* kTypeId = "emery::ErrorDetail";

  const char* type_id() const override { return kTypeId; }

  std::string ToString() const override;

  const std::string& condition() const { return condition_; }

  const std::string& sql_state() const { return sql_state_; }

  const ErrorParameters& parameters() const { return parameters_; }

  const Position& position() const { return position_; }

 private:
  std::string condition_;
  std::string sql_state_;
  ErrorParameters parameters_;
  Position position_;
};

/// Makes a user error: `condition` is Spark's name for it, `message` one or two plain sentences
/// that say what was asked, what was found and what to do. The SQLSTATE is looked up by condition
/// (error.cc); an unknown condition gets XX000. Never fails.
Status UserError(std::string condition, std::string message, ErrorParameters parameters = {},
                 Position position = {});

/// The detail of `status`, or null where it carries none. Valid as long as `status` is.
const ErrorDetail* GetErrorDetail(const Status& status);

/// `status` with `position` added where it has an ErrorDetail without one; else unchanged.
Status WithPosition(const Status& status, Position position);

/// A construct that is valid Spark but not supported here: condition UNSUPPORTED_FEATURE, SQLSTATE
/// 0A000.
Status Unsupported(std::string what, Position position = {});

/// A fault of ours: condition INTERNAL_ERROR, SQLSTATE XX000. Fails the one query it happened in.
Status InternalError(std::string what);

/// The statement was cancelled: condition OPERATION_CANCELED, SQLSTATE HY008.
Status Canceled();

/// SQLSTATE of a condition as Spark assigns it; "XX000" where it isn't known.
std::string_view SqlStateOf(std::string_view condition);

/// `name` as Spark quotes identifiers in messages: `a`.`b`; back quotes inside are doubled.
std::string QuoteIdentifier(std::string_view name);
std::string QuoteName(const std::vector<std::string>& parts);

}  // namespace base
}  // namespace emery
