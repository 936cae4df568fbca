// Expressions as text: for EXPLAIN, and as the names of columns without an alias.

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "plan/expression.h"
#include "plan/function_display.h"
#include "plan/logical_plan.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::plan {

namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsBinaryOperator(std::string_view name) {
  static constexpr std::string_view kNames[] = {"+",  "-",  "*",  "/",   "div", "%",  "&",
                                                "|",  "^",  "=",  "<=>", "<",   "<=", ">",
                                                ">=", "==", "<<", ">>",  ">>>"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

class Printer {
 public:
  Printer(bool column_name, const type::TimeZone* zone) : column_name_(column_name), zone_(zone) {}

  std::string Print(const ExpressionPtr& e) const {
    if (e == nullptr) {
      return "";
    }
    switch (e->kind) {
      case ExpressionKind::kLiteral:
        return PrintLiteral(static_cast<const Literal&>(*e));
      case ExpressionKind::kColumn: {
        const auto& column = static_cast<const Column&>(*e);
        return WithId(column.name, column.id);
      }
      case ExpressionKind::kOuterColumn: {
        const auto& column = static_cast<const OuterColumn&>(*e);
        return column_name_ ? "outer(" + column.name + ")"
                            : "outer(" + WithId(column.name, column.id) + ")";
      }
      case ExpressionKind::kOrdinal: {
        const auto& ordinal = static_cast<const Ordinal&>(*e);
        return column_name_ ? ordinal.name : ordinal.name + "@" + std::to_string(ordinal.index);
      }
      case ExpressionKind::kLambdaVariable: {
        const auto& variable = static_cast<const LambdaVariable&>(*e);
        return column_name_ ? "namedlambdavariable()" : WithId(variable.name, variable.id);
      }
      case ExpressionKind::kLambda:
        return PrintLambda(static_cast<const Lambda&>(*e));
      case ExpressionKind::kCall: {
        const auto& call = static_cast<const Call&>(*e);
        return PrintCall(call.name, call.children, true, false);
      }
      case ExpressionKind::kCast: {
        const auto& cast = static_cast<const Cast&>(*e);
        if (cast.implicit && column_name_) {
          return Print(cast.children[0]);
        }
        return std::string(cast.mode == EvalMode::kTry ? "TRY_CAST(" : "CAST(") +
               Print(cast.children[0]) + " AS " + cast.type->Sql() + ")";
      }
      case ExpressionKind::kAnd:
      case ExpressionKind::kOr: {
        const bool conjunction = e->kind == ExpressionKind::kAnd;
        if (std::string text = PrintSpelledOut(e->children, conjunction); !text.empty()) {
          return text;
        }
        return PrintConnective(e->children, 0, e->children.size() - 1,
                               conjunction ? " AND " : " OR ");
      }
      case ExpressionKind::kCase:
        return PrintCase(static_cast<const Case&>(*e));
      case ExpressionKind::kCoalesce:
        return "coalesce(" + List(e->children, 0) + ")";
      case ExpressionKind::kIn:
        return "(" + Print(e->children[0]) + " IN (" + List(e->children, 1) + "))";
      case ExpressionKind::kAlias: {
        const auto& alias = static_cast<const Alias&>(*e);
        std::string text = Print(e->children[0]) + " AS " + alias.name;
        return column_name_ || !alias.id.valid() ? text
                                                 : text + "#" + std::to_string(alias.id.value);
      }
      case ExpressionKind::kAggregate: {
        const auto& aggregate = static_cast<const Aggregate&>(*e);
        return PrintAggregate(aggregate.name, aggregate.children, aggregate.distinct,
                              aggregate.filter, aggregate.order_by, aggregate.ignore_nulls);
      }
      case ExpressionKind::kWindow: {
        const auto& window = static_cast<const Window&>(*e);
        return PrintAggregate(window.name, window.children, window.distinct, window.filter, {},
                              window.ignore_nulls) +
               " OVER " + PrintSpec(window.name, window.is_aggregate, window.children, window.spec);
      }
      case ExpressionKind::kGenerator:
        return static_cast<const Generator&>(*e).name + "(" + List(e->children, 0) + ")";
      case ExpressionKind::kSubquery: {
        const auto& subquery = static_cast<const Subquery&>(*e);
        return PrintSubquery(subquery.subquery_kind, subquery.children, subquery.plan);
      }
      case ExpressionKind::kUnresolvedColumn:
        return PrintUnresolvedColumn(static_cast<const UnresolvedColumn&>(*e));
      case ExpressionKind::kUnresolvedStar: {
        std::string text;
        for (const std::string& part : static_cast<const UnresolvedStar&>(*e).qualifier) {
          text += part + ".";
        }
        return text + "*";
      }
      case ExpressionKind::kUnresolvedFunction:
        return PrintFunction(static_cast<const UnresolvedFunction&>(*e));
      case ExpressionKind::kUnresolvedExtract:
        return PrintExtract(static_cast<const UnresolvedExtract&>(*e));
      case ExpressionKind::kUnresolvedSubquery: {
        const auto& subquery = static_cast<const UnresolvedSubquery&>(*e);
        return PrintSubquery(subquery.subquery_kind, subquery.children, nullptr);
      }
      case ExpressionKind::kUnresolvedAlias:
        return Print(e->children[0]);
      case ExpressionKind::kUnresolvedWindow: {
        const auto& window = static_cast<const UnresolvedWindow&>(*e);
        std::string name;
        if (const auto* function = As<UnresolvedFunction>(window.children[0])) {
          name = Lower(function->name.back());
        }
        return Print(window.children[0]) + " OVER " +
               PrintSpec(name, !IsRanking(name), window.children[0]->children, window.spec);
      }
      case ExpressionKind::kUnresolvedLiteral: {
        const auto& literal = static_cast<const UnresolvedLiteral&>(*e);
        return (e->type != nullptr ? e->type->Sql() + " " : "") + "'" + literal.text + "'";
      }
      case ExpressionKind::kParameter: {
        const auto& parameter = static_cast<const Parameter&>(*e);
        return parameter.name.empty() ? "?" : ":" + parameter.name;
      }
      case ExpressionKind::kIdentifierClause:
        return "IDENTIFIER(" + List(e->children, 0) + ")";
      case ExpressionKind::kNamedArgument:
        return column_name_
                   ? Print(e->children[0])
                   : static_cast<const NamedArgument&>(*e).name + " => " + Print(e->children[0]);
      case ExpressionKind::kDefault:
        return "DEFAULT";
    }
    return "";
  }

 private:
  std::string WithId(const std::string& name, ColumnId id) const {
    return column_name_ ? name : name + "#" + std::to_string(id.value);
  }

  std::string PrintLiteral(const Literal& literal) const {
    const type::DataType& type = *literal.type;
    if (!column_name_) {
      return type::ValueToSql(type, literal.value);
    }
    if (literal.value.is_null()) {
      return "NULL";
    }
    if (type.is_string()) {
      return literal.value.string();
    }
    switch (type.id()) {
      case type::TypeId::kByte:
      case type::TypeId::kShort:
      case type::TypeId::kLong:
        return std::to_string(literal.value.integer());
      case type::TypeId::kFloat:
        return type::FormatFloat(literal.value.float_value());
      case type::TypeId::kDouble:
        return type::FormatDouble(literal.value.double_value());
      case type::TypeId::kDecimal:
        return type::FormatDecimalScientific(literal.value.decimal(), type.scale());
      case type::TypeId::kTimestamp:
        return "TIMESTAMP '" +
               type::FormatTimestamp(literal.value.integer(),
                                     zone_ != nullptr ? *zone_ : *type::TimeZone::Utc()) +
               "'";
      default:
        return type::ValueToSql(type, literal.value);
    }
  }

  std::string List(const ExpressionList& list, size_t begin) const {
    std::string text;
    for (size_t i = begin; i < list.size(); ++i) {
      text += (i > begin ? ", " : "") + Print(list[i]);
    }
    return text;
  }

  /// Spark builds long chains as balanced trees, and shows each pair's parentheses.
  std::string PrintConnective(const ExpressionList& list, size_t low, size_t high,
                              const char* word) const {
    if (low == high) {
      return Print(list[low]);
    }
    const size_t middle = low + (high - low) / 2;
    const size_t split = high - low == 1 ? low : middle;
    return "(" + PrintConnective(list, low, split, word) + word +
           PrintConnective(list, split + 1, high, word) + ")";
  }

  static const UnresolvedFunction* AsOperator(const ExpressionPtr& e) {
    const auto* f = As<UnresolvedFunction>(e);
    return f != nullptr && f->is_operator ? f : nullptr;
  }

  static bool SamePlace(const Expression& a, const Expression& b) {
    return a.position.known() && a.position.begin == b.position.begin &&
           a.position.end == b.position.end;
  }

  /// BETWEEN and LIKE ANY | ALL, which the parser spells out: their parts then lie at one place.
  /// Empty for anything else.
  std::string PrintSpelledOut(const ExpressionList& list, bool conjunction) const {
    if (!column_name_ || list.size() < 2) {
      return "";
    }
    const UnresolvedFunction* first = AsOperator(list[0]);
    const UnresolvedFunction* second = AsOperator(list[1]);
    if (first == nullptr || second == nullptr || !SamePlace(*first, *second)) {
      return "";
    }
    if (conjunction && list.size() == 2 && first->name[0] == ">=" && second->name[0] == "<=") {
      return "between(" + Print(first->children[0]) + ", " + Print(first->children[1]) + ", " +
             Print(second->children[1]) + ")";
    }
    const bool negated = first->name[0] == "not";
    const UnresolvedFunction* like = negated ? AsOperator(first->children[0]) : first;
    if (like == nullptr || (like->name[0] != "like" && like->name[0] != "ilike")) {
      return "";
    }
    const std::string subject = Print(like->children[0]);
    return std::string(negated ? "not" : "") + "like" + (conjunction ? "all(" : "any(") +
           (like->name[0] == "ilike" ? "lower(" + subject + "))" : subject + ")");
  }

  std::string PrintCase(const Case& e) const {
    std::string text = "CASE";
    for (size_t i = 0; i + 1 < e.children.size(); i += 2) {
      text += " WHEN " + Print(e.children[i]) + " THEN " + Print(e.children[i + 1]);
    }
    if (e.has_else()) {
      text += " ELSE " + Print(e.children.back());
    }
    return text + " END";
  }

  std::string PrintLambda(const Lambda& lambda) const {
    if (!column_name_) {
      std::string text = "(";
      for (size_t i = 0; i < lambda.parameter_names.size(); ++i) {
        text += (i > 0 ? ", " : "") + lambda.parameter_names[i];
      }
      return text + ") -> " + Print(lambda.children[0]);
    }
    Printer inner = *this;
    inner.lambda_names_.insert(inner.lambda_names_.end(), lambda.parameter_names.begin(),
                               lambda.parameter_names.end());
    std::string text = "lambdafunction(" + inner.Print(lambda.children[0]);
    for (size_t i = 0; i < lambda.parameter_names.size(); ++i) {
      text += ", namedlambdavariable()";
    }
    return text + ")";
  }

  std::string PrintUnresolvedColumn(const UnresolvedColumn& column) const {
    const auto is_variable = [&] {
      return std::any_of(lambda_names_.begin(), lambda_names_.end(), [&](const std::string& name) {
        return Lower(name) == Lower(column.parts[0]);
      });
    };
    std::string text;
    size_t begin = 0;
    if (column_name_ && is_variable()) {
      text = "namedlambdavariable()";
      begin = 1;
    }
    for (size_t i = begin; i < column.parts.size(); ++i) {
      text += (text.empty() ? "" : ".") + column.parts[i];
    }
    return column_name_ ? text : "'" + text;
  }

  std::string PrintExtract(const UnresolvedExtract& e) const {
    if (e.is_field) {
      const auto* name = As<Literal>(e.children[1]);
      return Print(e.children[0]) + "." +
             (name != nullptr && !name->value.is_null() ? name->value.string() : "?");
    }
    return Print(e.children[0]) + "[" + Print(e.children[1]) + "]";
  }

  std::string PrintFunction(const UnresolvedFunction& f) const {
    if (f.name.empty()) {
      return "(" + List(f.children, 0) + ")";
    }
    const std::string name = Lower(f.name.back());
    if (f.is_operator || (!f.distinct && f.filter == nullptr && f.within_group.empty())) {
      return PrintCall(f.is_operator ? name : (column_name_ ? name : f.name.back()), f.children,
                       f.is_operator, true);
    }
    return PrintAggregate(name, f.children, f.distinct, f.filter, f.within_group,
                          f.ignore_nulls.value_or(false));
  }

  std::string PrintAggregate(const std::string& name, const ExpressionList& arguments,
                             bool distinct, const ExpressionPtr& filter,
                             const std::vector<SortOrder>& within_group, bool ignore_nulls) const {
    std::string text = PrintCall(name, arguments, false, true, distinct ? "DISTINCT " : "");
    if (!column_name_ && ignore_nulls) {
      text += " IGNORE NULLS";
    }
    if (!within_group.empty()) {
      text += " WITHIN GROUP (ORDER BY ";
      // Percentiles show a bare direction, as their order is only a switch in Spark.
      const bool percentile = name.starts_with("percentile_") || name == "mode";
      for (size_t i = 0; i < within_group.size(); ++i) {
        text += i > 0 ? ", " : "";
        text += percentile
                    ? Print(within_group[i].expression) + (within_group[i].ascending ? "" : " DESC")
                    : PrintOrder(within_group[i]);
      }
      text += ")";
    }
    if (filter != nullptr) {
      text += " FILTER (WHERE " + Print(filter) + ")";
    }
    return text;
  }

  static bool HasType(const ExpressionPtr& e, bool (type::DataType::*test)() const) {
    return e->type != nullptr && (e->type.get()->*test)();
  }

  static bool IsDate(const ExpressionPtr& e) {
    return e->type != nullptr && e->type->is(type::TypeId::kDate);
  }

  /// Spark names date + 1 by what it becomes: date_add(d, 1). Only where the types are known before
  /// functions are resolved: for columns, literals and casts. Empty for anything else.
  std::string PrintDateArithmetic(const std::string& name, const ExpressionList& arguments) const {
    const bool plus = name == "+";
    const bool swapped = plus && !HasType(arguments[0], &type::DataType::is_datetime);
    const ExpressionPtr& time = arguments[swapped ? 1 : 0];
    const ExpressionPtr& amount = arguments[swapped ? 0 : 1];
    if (!HasType(time, &type::DataType::is_datetime)) {
      return "";
    }
    if (IsDate(time) && HasType(amount, &type::DataType::is_integral) &&
        amount->type->id() <= type::TypeId::kInt) {
      return std::string(plus ? "date_add(" : "date_sub(") + Print(time) + ", " + Print(amount) +
             ")";
    }
    if (!HasType(amount, &type::DataType::is_interval)) {
      return "";
    }
    if (IsDate(time) && amount->type->is(type::TypeId::kDayTimeInterval) &&
        amount->type->end_field() == type::IntervalField::kDay) {
      const std::string days = "extractansiintervaldays(" + Print(amount) + ")";
      return "date_add(" + Print(time) + ", " + (plus ? days : "(- " + days + ")") + ")";
    }
    return Print(time) + " " + name + " " + Print(amount);
  }

  /// `as_operator`: names like "not" and "isnull" are operators, not functions that happen to be
  /// called so.
  std::string PrintCall(const std::string& name, const ExpressionList& arguments, bool as_operator,
                        bool written, const char* prefix = "") const {
    const size_t n = arguments.size();
    if (column_name_ && written && n == 2 && (name == "+" || name == "-")) {
      if (std::string text = PrintDateArithmetic(name, arguments); !text.empty()) {
        return text;
      }
    }
    if (n == 2 && (IsBinaryOperator(name) || (name == "div" && column_name_))) {
      const char* shown = name == "==" ? "=" : name.c_str();
      return "(" + Print(arguments[0]) + " " + shown + " " + Print(arguments[1]) + ")";
    }
    if (n == 2 && (name == "!=" || name == "<>")) {
      return "(NOT (" + Print(arguments[0]) + " = " + Print(arguments[1]) + "))";
    }
    if (n == 1) {
      if (name == "not" || name == "!") {
        return "(NOT " + Print(arguments[0]) + ")";
      }
      if (name == "isnull") {
        return "(" + Print(arguments[0]) + " IS NULL)";
      }
      if (name == "isnotnull") {
        return "(" + Print(arguments[0]) + " IS NOT NULL)";
      }
      if ((name == "negative" && as_operator) || name == "-") {
        return "(- " + Print(arguments[0]) + ")";
      }
      if (name == "positive" || name == "+") {
        return "(+ " + Print(arguments[0]) + ")";
      }
      if (name == "~" || name == "bitwise_not") {
        return "~" + Print(arguments[0]);
      }
      if (name == "log" && column_name_ && written) {
        return "LOG(E(), " + Print(arguments[0]) + ")";
      }
      if (name == "count" && arguments[0]->kind == ExpressionKind::kUnresolvedStar) {
        return "count(1)";
      }
    }
    if (name == "if" && n == 3) {
      return "(IF(" + List(arguments, 0) + "))";
    }
    if (name == "like" && n >= 2) {
      std::string text = Print(arguments[0]) + " LIKE " + Print(arguments[1]);
      if (n == 3) {
        text += " ESCAPE '" + Print(arguments[2]) + "'";
      }
      return text;
    }
    if (name == "getitem" && n == 2) {
      return Print(arguments[0]) + "[" + Print(arguments[1]) + "]";
    }
    if (name == "getfield" && n == 2) {
      const auto* field = As<Literal>(arguments[1]);
      if (field != nullptr && field->type->is_string()) {
        return Print(arguments[0]) + "." + field->value.string();
      }
    }
    if (column_name_ && written) {
      if ((name == "extract" || name == "datepart") && n == 2) {
        return name + "(" + Print(arguments[0]) + " FROM " + Print(arguments[1]) + ")";
      }
      if (name == "struct" && as_operator) {
        return PrintRow(arguments);
      }
      if ((name == "aggregate" || name == "reduce") && n == 3) {
        return name + "(" + List(arguments, 0) +
               ", lambdafunction(namedlambdavariable(), namedlambdavariable()))";
      }
      if ((name == "from_json" || name == "from_csv" || name == "approx_count_distinct") && n > 1) {
        return name + "(" + Print(arguments[0]) + ")";
      }
      if ((name == "first" || name == "last" || name == "first_value" || name == "last_value" ||
           name == "any_value") &&
          n == 2) {
        return name + "(" + prefix + Print(arguments[0]) + ")";
      }
      if ((name == "trim" || name == "ltrim" || name == "rtrim") && n == 2) {
        const char* side = name == "trim" ? "BOTH " : (name == "ltrim" ? "LEADING " : "TRAILING ");
        return std::string("TRIM(") + side + Print(arguments[0]) + " FROM " + Print(arguments[1]) +
               ")";
      }
      if (const FunctionDisplay* display = FindFunctionDisplay(name)) {
        return PrintDisplay(*display, arguments, prefix);
      }
    }
    return name + "(" + prefix + List(arguments, 0) + ")";
  }

  std::string PrintDisplay(const FunctionDisplay& display, ExpressionList arguments,
                           const char* prefix) const {
    if (display.most > 0 && arguments.size() > display.most) {
      arguments.resize(display.most);
    }
    std::string text = std::string(display.name) + "(" + prefix + List(arguments, 0);
    const size_t given = arguments.size();
    if (given < display.arity) {
      const size_t missing = std::min(display.arity - given, display.tail.size());
      for (size_t i = display.tail.size() - missing; i < display.tail.size(); ++i) {
        text += (text.back() == '(' ? "" : ", ") + std::string(display.tail[i]);
      }
    }
    return text + ")";
  }

  /// (a, b + 1): a struct whose fields are called as the columns, or colN.
  std::string PrintRow(const ExpressionList& items) const {
    std::string text = "named_struct(";
    for (size_t i = 0; i < items.size(); ++i) {
      text += i > 0 ? ", " : "";
      if (const auto* column = As<Column>(items[i])) {
        text += column->name;
      } else if (const auto* alias = As<Alias>(items[i])) {
        text += alias->name + ", " + Print(alias->children[0]);
        continue;
      } else {
        text += "col" + std::to_string(i + 1);
      }
      text += ", " + Print(items[i]);
    }
    return text + ")";
  }

  std::string PrintOrder(const SortOrder& order) const {
    return Print(order.expression) + (order.ascending ? " ASC" : " DESC") +
           (order.nulls_first ? " NULLS FIRST" : " NULLS LAST");
  }

  static bool IsRanking(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "row_number", "rank", "dense_rank", "percent_rank", "ntile", "lag", "lead"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  std::string PrintBound(const FrameBound& bound) const {
    switch (bound.kind) {
      case BoundKind::kUnboundedPreceding:
        return "UNBOUNDED PRECEDING";
      case BoundKind::kPreceding:
        return Print(bound.offset) + " PRECEDING";
      case BoundKind::kCurrentRow:
        return "CURRENT ROW";
      case BoundKind::kFollowing:
        return Print(bound.offset) + " FOLLOWING";
      case BoundKind::kUnboundedFollowing:
        return "UNBOUNDED FOLLOWING";
    }
    return "";
  }

  std::string PrintSpec(const std::string& name, bool is_aggregate, const ExpressionList& arguments,
                        const WindowSpec& spec) const {
    std::string text = "(";
    if (!spec.partition_by.empty()) {
      text += "PARTITION BY " + List(spec.partition_by, 0) + " ";
    }
    for (size_t i = 0; i < spec.order_by.size(); ++i) {
      text += (i == 0 ? "ORDER BY " : ", ") + PrintOrder(spec.order_by[i]);
    }
    if (!spec.order_by.empty()) {
      text += " ";
    }
    if (name == "lag" || name == "lead") {
      std::string offset = arguments.size() > 1 ? Print(arguments[1]) : "1";
      if (name == "lag") {
        offset = offset.starts_with('-') ? offset.substr(1) : "-" + offset;
      }
      text += "ROWS BETWEEN " + offset + " FOLLOWING AND " + offset + " FOLLOWING";
    } else if (!is_aggregate && IsRanking(name)) {
      text += "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    } else if (spec.frame) {
      text += spec.frame->unit == FrameUnit::kRows ? "ROWS BETWEEN " : "RANGE BETWEEN ";
      text += PrintBound(spec.frame->start) + " AND " + PrintBound(spec.frame->end);
    } else if (spec.order_by.empty()) {
      text += "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
    } else {
      text += "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    }
    return text + ")";
  }

  std::string PrintSubquery(SubqueryKind kind, const ExpressionList& children,
                            const PlanPtr& plan) const {
    std::string outer;
    if (plan != nullptr && column_name_) {
      outer = OuterNames(*plan);
    }
    switch (kind) {
      case SubqueryKind::kScalar:
        return "scalarsubquery(" + outer + ")";
      case SubqueryKind::kExists:
        return "exists(" + outer + ")";
      case SubqueryKind::kIn:
        break;
    }
    if (children.size() == 1) {
      return "(" + Print(children[0]) + " IN (listquery(" + outer + ")))";
    }
    std::string row = "(named_struct(";
    for (size_t i = 0; i < children.size(); ++i) {
      row += (i > 0 ? ", " : "") + Print(children[i]) + ", " + Print(children[i]);
    }
    return row + ") IN (listquery(" + outer + ")))";
  }

  /// Names of the columns that a subquery takes from outside, as Spark lists them.
  static std::string OuterNames(const LogicalPlan& plan) {
    std::vector<std::string> names;
    const std::function<void(const LogicalPlan&)> walk = [&](const LogicalPlan& p) {
      for (const PlanPtr& input : p.inputs) {
        walk(*input);
      }
      VisitExpressions(p, [&](const ExpressionPtr& e) {
        (void)AnyOf(e, [&](const Expression& node) {
          if (const auto* column = As<OuterColumn>(&node)) {
            if (std::find(names.begin(), names.end(), column->name) == names.end()) {
              names.push_back(column->name);
            }
          }
          return false;
        });
      });
    };
    walk(plan);
    std::string text;
    for (const std::string& name : names) {
      text += (text.empty() ? "" : ", ") + name;
    }
    return text;
  }

  bool column_name_;
  const type::TimeZone* zone_;
  std::vector<std::string> lambda_names_;
};

}  // namespace

std::string ToString(const ExpressionPtr& e) {
  return Printer(false, nullptr).Print(e);
}

std::string ToColumnName(const ExpressionPtr& e, const type::TimeZone* zone) {
  // A cast of a column keeps the column's name.
  if (const auto* cast = As<Cast>(e)) {
    if (const auto* column = As<Column>(cast->children[0])) {
      return column->name;
    }
  }
  return Printer(true, zone).Print(e);
}

}  // namespace emery::plan
