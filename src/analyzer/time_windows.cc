// Windows of time: window(ts, …), session_window(ts, gap) and window_time(window) of a query block
// become columns of the rows that the block groups. A tumbling window is a projection, a sliding
// one an Expand; sessions are put together from windows of single rows once the other groups are
// known.

#include <algorithm>
#include <cstdlib>

#include "analyzer/query_analyzer_internal.h"
#include "type/text.h"

namespace emery::analyzer {

namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t kWindowsMax = 100'000;

bool IsTimestamp(const type::DataType& type) {
  return type.is(type::TypeId::kTimestamp) || type.is(type::TypeId::kTimestampNtz);
}

bool IsWindowStruct(const type::DataType& type) {
  return type.is(type::TypeId::kStruct) && type.fields().size() == 2 &&
         type.fields()[0].name == "start" && type.fields()[1].name == "end" &&
         IsTimestamp(*type.fields()[0].type);
}

std::string KindOf(const plan::UnresolvedFunction& call) {
  return call.name.size() == 1 ? Lower(call.name[0]) : "";
}

Status Mismatch(const char* subclass, const plan::UnresolvedFunction& call,
                const std::string& why) {
  const std::string text = ExpressionText(call.Copy());
  return base::UserError(std::string("DATATYPE_MISMATCH.") + subclass,
                         "Cannot resolve " + text + " due to data type mismatch: " + why,
                         {{"sqlExpr", text}}, call.position);
}

/// A length of time in microseconds, from a literal text or number.
Result<int64_t> Duration(const ExpressionPtr& e, const plan::UnresolvedFunction& call) {
  const auto* literal = plan::As<plan::Literal>(e);
  if (literal != nullptr && !literal->value.is_null()) {
    if (literal->type->is_integral()) {
      return literal->value.integer();
    }
    if (literal->type->is_string()) {
      const std::string& text = literal->value.string();
      const std::optional<type::CalendarInterval> interval = type::ParseCalendarInterval(text);
      if (!interval) {
        return base::UserError("CANNOT_PARSE_INTERVAL",
                               "Unable to parse '" + text +
                                   "'. Please ensure that the value provided is in a valid format "
                                   "for defining an interval.",
                               {{"intervalString", "'" + text + "'"}}, e->position);
      }
      if (interval->months == 0) {
        return interval->days * kMicrosPerDay + interval->microseconds;
      }
      return base::UserError("_LEGACY_ERROR_TEMP_3231",
                             "Intervals greater than a month is not supported (" + text + ").",
                             {{"interval", text}}, e->position);
    }
  }
  return base::UserError("_LEGACY_ERROR_TEMP_3218",
                         "The lengths of " + ExpressionText(call.Copy()) +
                             " must be literals: texts such as '10 minutes', or microseconds.",
                         {{"expr", ExpressionText(e)}}, call.position);
}

}  // namespace

bool TimeWindows::IsCall(const plan::Expression& e) {
  const auto* call = plan::As<plan::UnresolvedFunction>(&e);
  if (call == nullptr || call->is_operator) {
    return false;
  }
  const std::string kind = KindOf(*call);
  return kind == "window" || kind == "session_window" || kind == "window_time";
}

Result<ExpressionPtr> TimeWindows::Find(const plan::UnresolvedFunction& call) const {
  const ExpressionPtr written = call.Copy();
  for (const Entry& entry : entries_) {
    if (plan::Equal(entry.written, written)) {
      return entry.column;
    }
  }
  return ExpressionPtr();
}

Result<ExpressionPtr> TimeWindows::Function(const char* name, ExpressionList arguments) const {
  return functions::MakeFunctionCall(name, std::move(arguments), analyzer_.mode(),
                                     analyzer_.context().query.get());
}

Result<ExpressionPtr> TimeWindows::Field(const ExpressionPtr& window, const char* name) const {
  return Function("getfield", {window, plan::MakeStringLiteral(name)});
}

Result<ExpressionPtr> TimeWindows::LastMoment(const ExpressionPtr& window) const {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr end, Field(window, "end"));
  return Function("__window_start", {std::move(end), plan::MakeLongLiteral(1),
                                     plan::MakeLongLiteral(0), plan::MakeLongLiteral(1)});
}

Result<ExpressionPtr> TimeWindows::Resolve(const ExpressionPtr& e,
                                           const ScopeColumns& columns) const {
  Scope scope{columns, {}, false, environment_.outer};
  ExpressionContext context;
  context.environment = &environment_;
  context.scope = &scope;
  context.time_windows = this;
  context.place = "SELECT";
  return analyzer_.Resolve(e, context);
}

Result<ExpressionPtr> TimeWindows::Time(const plan::UnresolvedFunction& call,
                                        const ScopeColumns& columns) const {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, Resolve(call.children[0], columns));
  if (IsWindowStruct(*time->type)) {
    return LastMoment(time);
  }
  if (IsTimestamp(*time->type)) {
    return time;
  }
  if (time->type->is(type::TypeId::kDate) || time->type->is_string() || time->type->is_null()) {
    return analyzer_.CastTo(time, type::Timestamp());
  }
  return Mismatch("UNEXPECTED_INPUT_TYPE", call,
                  "The first parameter requires the (\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME "
                  "ZONE\") type, however " +
                      ExpressionText(time) + " has the type " + TypeText(time->type) + ".");
}

namespace {

ExpressionList AllColumns(const plan::Columns& columns) {
  ExpressionList list;
  for (const plan::ColumnInfo& column : columns) {
    list.push_back(plan::MakeColumn(column.id, column.name, column.type, column.nullable));
  }
  return list;
}

}  // namespace

Status TimeWindows::AddColumn(const ExpressionPtr& written, const ExpressionPtr& value,
                              const char* name, PlanPtr* plan) {
  const ColumnId id = plan::NextColumnId();
  ExpressionList below = AllColumns((*plan)->Output());
  below.push_back(plan::MakeAlias(value, name, id));
  *plan = plan::MakeProject(*plan, std::move(below));
  entries_.push_back({written, plan::MakeColumn(id, name, value->type, value->nullable)});
  return Status::OK();
}

Status TimeWindows::AddWindowTime(const plan::UnresolvedFunction& call, const ScopeColumns& columns,
                                  PlanPtr* plan) {
  if (call.children.size() != 1) {
    return WrongCount(call, "1");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr window, Resolve(call.children[0], columns));
  if (!IsWindowStruct(*window->type)) {
    return Mismatch("UNEXPECTED_INPUT_TYPE", call,
                    "The first parameter requires the \"STRUCT\" type, however " +
                        ExpressionText(window) + " has the type " + TypeText(window->type) + ".");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr moment, LastMoment(window));
  return AddColumn(call.Copy(), moment, "window_time", plan);
}

Status TimeWindows::WrongCount(const plan::UnresolvedFunction& call, const char* expected) const {
  const std::string name = base::QuoteIdentifier(KindOf(call));
  return base::UserError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                         "The " + name + " requires " + expected +
                             " parameters but the actual number is " +
                             std::to_string(call.children.size()) + ".",
                         {{"functionName", name},
                          {"expectedNum", expected},
                          {"actualNum", std::to_string(call.children.size())},
                          {"docroot", "https://spark.apache.org/docs/latest"}},
                         call.position);
}

Status TimeWindows::AddWindow(const plan::UnresolvedFunction& call, ScopeColumns* columns,
                              PlanPtr* plan) {
  if (call.children.size() < 2 || call.children.size() > 4) {
    return WrongCount(call, "[2, 3, 4]");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, Time(call, *columns));
  int64_t lengths[3] = {0, 0, 0};  // window, slide, origin
  for (size_t i = 1; i < call.children.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(lengths[i - 1], Duration(call.children[i], call));
  }
  if (call.children.size() == 2) {
    lengths[1] = lengths[0];
  }
  const auto [window, slide, origin] = lengths;
  for (const int64_t length : {window, slide}) {
    if (length <= 0) {
      return Mismatch("VALUE_OUT_OF_RANGE", call,
                      "The length of a window and the distance between two must be above 0, not " +
                          std::to_string(length) + ".");
    }
  }
  if (slide > window || std::abs(origin) >= slide) {
    return Mismatch("PARAMETER_CONSTRAINT_VIOLATION", call,
                    slide > window ? "The slide_duration must be <= the window_duration."
                                   : "The abs(start_time) must be < the slide_duration.");
  }
  const int64_t count = (window + slide - 1) / slide;
  if (count > kWindowsMax) {
    return Mismatch("VALUE_OUT_OF_RANGE", call, "A row would be part of too many windows.");
  }
  if (window_ != nullptr) {
    return SeveralWindows(call, {std::move(time), plan::MakeLongLiteral(window),
                                 plan::MakeLongLiteral(slide), plan::MakeLongLiteral(origin)});
  }
  spec_ = {time, plan::MakeLongLiteral(window), plan::MakeLongLiteral(slide),
           plan::MakeLongLiteral(origin)};
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr known, Function("isnotnull", {time}));
  PlanPtr input = plan::MakeFilter(*plan, std::move(known));
  const auto bounds = [&](const ExpressionPtr& t, int64_t i) -> Result<ExpressionPtr> {
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr start,
        Function("__window_start", {t, spec_[2], spec_[3], plan::MakeLongLiteral(i * slide)}));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr end,
                          Function("__window_start", {t, spec_[2], spec_[3],
                                                      plan::MakeLongLiteral(i * slide - window)}));
    return Function("named_struct", {plan::MakeStringLiteral("start"), std::move(start),
                                     plan::MakeStringLiteral("end"), std::move(end)});
  };
  if (count == 1) {
    *plan = std::move(input);
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, bounds(time, 0));
    ARROW_RETURN_NOT_OK(AddColumn(call.Copy(), value, "window", plan));
    window_ = entries_.back().column;
    return Status::OK();
  }
  if (time->kind != plan::ExpressionKind::kColumn) {
    const ColumnId id = plan::NextColumnId();
    ExpressionList below = AllColumns(input->Output());
    below.push_back(plan::MakeAlias(time, "time", id));
    input = plan::MakeProject(std::move(input), std::move(below));
    time = plan::MakeColumn(id, "time", time->type, time->nullable);
  }
  // Each row once for every window that it may be part of; all columns get new ids.
  auto expand = std::make_shared<plan::Expand>();
  const plan::Columns passed = input->Output();
  std::map<ColumnId, ColumnId> renewed;
  for (const plan::ColumnInfo& column : passed) {
    expand->columns.push_back({plan::NextColumnId(), column.name, column.type, column.nullable});
    renewed[column.id] = expand->columns.back().id;
  }
  ColumnId id;
  TypePtr type;
  for (int64_t i = 0; i < count; ++i) {
    ExpressionList row = AllColumns(passed);
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, bounds(time, i));
    type = value->type;
    row.push_back(std::move(value));
    expand->projections.push_back(std::move(row));
  }
  id = plan::NextColumnId();
  expand->columns.push_back({id, "window", type, false});
  expand->inputs = {std::move(input)};
  window_ = plan::MakeColumn(id, "window", type, false);
  *plan = std::move(expand);
  const auto renew = [&](const ExpressionPtr& e) {
    return plan::TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      const auto* column = plan::As<plan::Column>(node);
      const auto found = column == nullptr ? renewed.end() : renewed.find(column->id);
      return found == renewed.end()
                 ? node
                 : plan::MakeColumn(found->second, column->name, node->type, node->nullable);
    });
  };
  for (ScopeColumn& column : *columns) {
    const auto found = renewed.find(column.id);
    column.id = found == renewed.end() ? column.id : found->second;
  }
  for (Entry& entry : entries_) {
    entry.column = renew(entry.column);
  }
  time = renew(time);
  spec_[0] = renew(spec_[0]);
  entries_.push_back({call.Copy(), window_});
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr start, Field(window_, "start"));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr end, Field(window_, "end"));
  *plan = plan::MakeFilter(*plan, plan::MakeAnd({plan::MakeComparison("<=", std::move(start), time),
                                                 plan::MakeComparison("<", time, std::move(end))}));
  return Status::OK();
}

Status TimeWindows::SeveralWindows(const plan::UnresolvedFunction& call,
                                   const ExpressionList& spec) {
  const bool same =
      spec.size() == spec_.size() &&
      std::equal(spec.begin(), spec.end(), spec_.begin(),
                 [](const ExpressionPtr& a, const ExpressionPtr& b) { return plan::Equal(a, b); });
  if (same) {
    entries_.push_back({call.Copy(), window_});
    return Status::OK();
  }
  return base::UserError("_LEGACY_ERROR_TEMP_1039",
                         "Multiple time/session window expressions would result in a cartesian "
                         "product of rows, therefore they are currently not supported.",
                         {}, call.position);
}

Status TimeWindows::AddSession(const plan::UnresolvedFunction& call, const ScopeColumns& columns,
                               PlanPtr* plan) {
  if (call.children.size() != 2) {
    return WrongCount(call, "2");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, Time(call, columns));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr gap, Resolve(call.children[1], columns));
  if (!gap->type->is_string() && !gap->type->is(type::TypeId::kCalendarInterval)) {
    return base::UserError("_LEGACY_ERROR_TEMP_3218",
                           "The gap of a session must be a text such as '10 minutes' or an "
                           "interval, but " +
                               ExpressionText(gap) + " is " + TypeText(gap->type) + ".",
                           {{"expr", ExpressionText(gap)}}, call.position);
  }
  gap = analyzer_.CastTo(gap, type::CalendarIntervalType());
  if (window_ != nullptr) {
    return SeveralWindows(call, {std::move(time), std::move(gap)});
  }
  spec_ = {time, gap};
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr end, Function("+", {time, gap}));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr window,
                        Function("named_struct", {plan::MakeStringLiteral("start"), time,
                                                  plan::MakeStringLiteral("end"), end}));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr known, Function("isnotnull", {time}));
  *plan = plan::MakeFilter(
      *plan, plan::MakeAnd({std::move(known), plan::MakeComparison("<", time, std::move(end))}));
  ARROW_RETURN_NOT_OK(AddColumn(call.Copy(), window, "session_window", plan));
  row_session_ = entries_.back().column;
  window_ = plan::MakeColumn(plan::NextColumnId(), "session_window", window->type, false);
  entries_.back().column = window_;
  return Status::OK();
}

Status TimeWindows::Prepare(const ExpressionList& written, PlanPtr* plan, ScopeColumns* columns,
                            bool named) {
  std::vector<const plan::UnresolvedFunction*> moments;
  std::vector<const plan::UnresolvedFunction*> windows;
  for (const ExpressionPtr& e : written) {
    (void)plan::AnyOf(e, [&](const plan::Expression& node) {
      if (IsCall(node)) {
        const auto& call = static_cast<const plan::UnresolvedFunction&>(node);
        (KindOf(call) == "window_time" ? moments : windows).push_back(&call);
      }
      return false;
    });
  }
  // Of windows that the input has; those of this block's own window come last.
  std::vector<const plan::UnresolvedFunction*> later;
  for (const plan::UnresolvedFunction* call : moments) {
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr known, Find(*call));
    if (known == nullptr && !AddWindowTime(*call, *columns, plan).ok()) {
      later.push_back(call);
    }
  }
  for (const plan::UnresolvedFunction* call : windows) {
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr known, Find(*call));
    if (known == nullptr) {
      ARROW_RETURN_NOT_OK(KindOf(*call) == "window" ? AddWindow(*call, columns, plan)
                                                    : AddSession(*call, *columns, plan));
    }
  }
  if (window_ != nullptr && named) {
    const auto& column = static_cast<const plan::Column&>(*window_);
    columns->push_back({column.id, column.name, column.type, column.nullable, {}, true});
    columns->back().metadata = true;
  }
  for (const plan::UnresolvedFunction* call : later) {
    if (row_session_ == nullptr) {
      ARROW_RETURN_NOT_OK(AddWindowTime(*call, *columns, plan));
      continue;
    }
    // Not before the sessions are put together, which is too late for a group.
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr window, Resolve(call->children[0], *columns));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr row, LastMoment(row_session_));
    ARROW_RETURN_NOT_OK(AddColumn(call->Copy(), row, "window_time", plan));
  }
  return Status::OK();
}

Result<PlanPtr> TimeWindows::FinishSessions(PlanPtr plan, const ExpressionList* groups) const {
  if (row_session_ == nullptr) {
    return plan;
  }
  const auto& output = static_cast<const plan::Column&>(*window_);
  const bool grouped = groups != nullptr &&
                       std::any_of(groups->begin(), groups->end(),
                                   [&](const ExpressionPtr& e) { return plan::Equal(e, window_); });
  ExpressionList columns = AllColumns(plan->Output());
  if (!grouped) {
    columns.push_back(plan::MakeAlias(row_session_, output.name, output.id));
    return plan::MakeProject(std::move(plan), std::move(columns));
  }
  ExpressionList keys;
  for (const ExpressionPtr& group : *groups) {
    if (!plan::Equal(group, window_) && !plan::IsFoldable(group)) {
      keys.push_back(group);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr start, Field(row_session_, "start"));
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr end, Field(row_session_, "end"));
  ExpressionContext context;
  context.environment = &environment_;
  context.allow_windows = true;
  context.place = "SELECT";
  const auto over = [&](const char* name, const ExpressionPtr& argument,
                        const ExpressionList& partition, bool ordered,
                        const plan::WindowFrame& frame) -> Result<ExpressionPtr> {
    auto window = std::make_shared<plan::UnresolvedWindow>();
    window->children = {plan::MakeUnresolvedCall(name, {argument}, {})};
    window->spec.partition_by = partition;
    if (ordered) {
      window->spec.order_by.push_back({start, true, true});
    }
    window->spec.frame = frame;
    return analyzer_.Type(window, context);
  };
  using plan::BoundKind;
  // A session begins where all rows before it ended earlier. Rows of one time belong together.
  plan::WindowFrame before{plan::FrameUnit::kRows,
                           {BoundKind::kUnboundedPreceding, nullptr},
                           {BoundKind::kPreceding, plan::MakeIntLiteral(1)}};
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr latest, over("max", end, keys, true, before));
  WindowExtraction first;
  latest = first.Rewrite(latest);
  plan = first.Build(std::move(plan));
  auto begins = std::make_shared<plan::Case>();
  begins->type = type::Int();
  begins->nullable = false;
  begins->children = {plan::MakeComparison(">=", std::move(latest), start), plan::MakeIntLiteral(0),
                      plan::MakeIntLiteral(1)};
  plan::WindowFrame up_to{plan::FrameUnit::kRange,
                          {BoundKind::kUnboundedPreceding, nullptr},
                          {BoundKind::kCurrentRow, nullptr}};
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr number, over("sum", begins, keys, true, up_to));
  WindowExtraction second;
  number = second.Rewrite(number);
  plan = second.Build(std::move(plan));
  keys.push_back(number);
  plan::WindowFrame whole{plan::FrameUnit::kRows,
                          {BoundKind::kUnboundedPreceding, nullptr},
                          {BoundKind::kUnboundedFollowing, nullptr}};
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr earliest, over("min", start, keys, false, whole));
  ARROW_ASSIGN_OR_RAISE(latest, over("max", end, keys, false, whole));
  WindowExtraction third;
  earliest = third.Rewrite(earliest);
  latest = third.Rewrite(latest);
  plan = third.Build(std::move(plan));
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr session,
      Function("named_struct", {plan::MakeStringLiteral("start"), std::move(earliest),
                                plan::MakeStringLiteral("end"), std::move(latest)}));
  columns.push_back(
      plan::MakeAlias(analyzer_.CastTo(session, output.type), output.name, output.id));
  return plan::MakeProject(std::move(plan), std::move(columns));
}

}  // namespace emery::analyzer
