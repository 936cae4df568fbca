// Assignments of UPDATE and MERGE brought to the fields of their table.

#include <algorithm>

#include "analyzer/assignments_internal.h"
#include "sql/parser.h"

namespace emery::analyzer {

namespace {

Status CannotSafelyCast(const std::string& place, const TypePtr& from, const TypePtr& to) {
  return base::UserError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                         "Cannot write incompatible data for the table ``: Cannot safely cast " +
                             place + " " + TypeText(from) + " to " + TypeText(to) + ".",
                         {{"tableName", "``"},
                          {"colName", place},
                          {"srcType", TypeText(from)},
                          {"targetType", TypeText(to)}});
}

std::string Joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : separator) + part;
  }
  return text;
}

bool Narrows(const TypePtr& from, const TypePtr& to) {
  return from->is_numeric() && to->is_numeric();
}

}  // namespace

AssignmentAlignment::Place AssignmentAlignment::PlaceOf(const type::Field& field) const {
  return {base::QuoteIdentifier(field.name), field.type, field.nullable, &field};
}

Result<ExpressionPtr> AssignmentAlignment::Call(std::string name, ExpressionList arguments) {
  return functions::MakeFunctionCall(std::move(name), std::move(arguments), plan::EvalMode::kAnsi,
                                     analyzer_->context().query.get());
}

Result<ExpressionPtr> AssignmentAlignment::DefaultOf(const type::Field& field) {
  if (!field.default_sql) {
    return plan::MakeNullLiteral(type::ReplaceCharVarchar(field.type));
  }
  sql::ParserOptions options;
  options.ansi = analyzer_->ansi();
  options.time_zone = analyzer_->context().query->session_time_zone;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr parsed, sql::ParseExpression(*field.default_sql, options));
  const Environment env;
  ExpressionContext context;
  context.environment = &env;
  context.place = "DEFAULT";
  return analyzer_->Resolve(parsed, context);
}

Result<ExpressionPtr> AssignmentAlignment::NotNull(const Place& place, ExpressionPtr value) {
  if (place.nullable || !value->nullable) {
    return value;
  }
  std::string plain = place.name;
  std::erase(plain, '`');
  return Call("__assert_not_null", {std::move(value), plan::MakeStringLiteral(plain)});
}

/// Fields are found by name, as Spark assigns structs.
Result<ExpressionPtr> AssignmentAlignment::StoreStruct(const Place& place,
                                                       const ExpressionPtr& value) {
  const auto& given = value->type->fields();
  ExpressionList parts;
  std::vector<std::string> missing;
  size_t used = 0;
  for (const type::Field& field : place.type->fields()) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const type::Field& one) {
      return analyzer_->SameName(one.name, field.name);
    });
    if (found == given.end()) {
      missing.push_back(base::QuoteIdentifier(field.name));
      continue;
    }
    ++used;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr part,
                          analyzer_->MakeFieldAccess(value, found->name, value->position));
    const Place inner{place.name + "." + base::QuoteIdentifier(field.name), field.type,
                      field.nullable || value->nullable, nullptr};
    ARROW_ASSIGN_OR_RAISE(part, Store(inner, std::move(part)));
    parts.push_back(plan::MakeStringLiteral(field.name));
    parts.push_back(std::move(part));
  }
  if (!missing.empty()) {
    const std::string column = place.name + "." + missing[0];
    return base::UserError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA",
                           "Cannot write incompatible data for the table ``: Cannot find data for "
                           "the output column " +
                               column + ".",
                           {{"tableName", "``"}, {"colName", column}});
  }
  if (used < given.size()) {
    std::vector<std::string> extra;
    for (const type::Field& field : given) {
      const auto& wanted = place.type->fields();
      if (std::none_of(wanted.begin(), wanted.end(), [&](const type::Field& one) {
            return analyzer_->SameName(one.name, field.name);
          })) {
        extra.push_back(base::QuoteIdentifier(field.name));
      }
    }
    const std::string list = Joined(extra, ", ");
    return base::UserError("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_STRUCT_FIELDS",
                           "Cannot write incompatible data for the table ``: Cannot write extra "
                           "fields " +
                               list + " to the struct " + place.name + ".",
                           {{"tableName", "``"}, {"colName", place.name}, {"extraFields", list}});
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr made, Call("named_struct", std::move(parts)));
  if (!value->nullable) {
    return made;
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr is_null, Call("isnull", {value}));
  auto choice = std::make_shared<plan::Case>();
  choice->children = {std::move(is_null), plan::MakeNullLiteral(made->type), made};
  choice->type = made->type;
  choice->nullable = true;
  return ExpressionPtr(choice);
}

Result<ExpressionPtr> AssignmentAlignment::Store(const Place& place, ExpressionPtr value) {
  const TypePtr wanted = type::ReplaceCharVarchar(place.type);
  if (!value->type->SameType(*wanted)) {
    if (value->type->is(type::TypeId::kStruct) && wanted->is(type::TypeId::kStruct)) {
      ARROW_ASSIGN_OR_RAISE(value, StoreStruct(place, value));
      if (!value->type->SameType(*wanted)) {
        value = plan::MakeCast(std::move(value), wanted, plan::EvalMode::kAnsi);
      }
      return NotNull(place, std::move(value));
    }
    const std::string policy = Lower(analyzer_->context().query->config == nullptr
                                         ? "ansi"
                                         : analyzer_->context().query->config->GetString(
                                               "spark.sql.storeAssignmentPolicy", "ANSI"));
    if (policy == "legacy") {
      return base::UserError("_LEGACY_ERROR_TEMP_1000",
                             "LEGACY store assignment policy is disallowed in Spark data source "
                             "V2. Please set the configuration spark.sql.storeAssignmentPolicy to "
                             "other values.",
                             {{"configKey", "spark.sql.storeAssignmentPolicy"}});
    }
    if (!type::CanStoreAssign(
            value->type, wanted,
            policy == "strict" ? type::StoreAssignment::kStrict : type::StoreAssignment::kAnsi)) {
      return CannotSafelyCast(place.name, value->type, wanted);
    }
    if (Narrows(value->type, wanted)) {
      std::string plain = place.name;
      std::erase(plain, '`');
      ARROW_ASSIGN_OR_RAISE(value,
                            Call("__store_assign", {std::move(value), plan::MakeNullLiteral(wanted),
                                                    plan::MakeStringLiteral(plain)}));
    } else {
      value = plan::MakeCast(std::move(value), wanted, plan::EvalMode::kAnsi);
    }
  }
  const bool is_char = place.type->is(type::TypeId::kChar);
  if (is_char || place.type->is(type::TypeId::kVarchar)) {
    ARROW_ASSIGN_OR_RAISE(value,
                          Call(is_char ? "__char_write_check" : "__varchar_write_check",
                               {std::move(value), plan::MakeIntLiteral(place.type->length())}));
  }
  return NotNull(place, std::move(value));
}

Result<ExpressionPtr> AssignmentAlignment::ApplyToFields(
    const Place& place, const ExpressionPtr& current,
    const std::vector<const ResolvedAssignment*>& assignments, size_t depth) {
  if (!place.type->is(type::TypeId::kStruct)) {
    errors_.push_back("Updating nested fields is only supported for StructType but '" + place.name +
                      "' is of type " + place.type->ToString());
    return current;
  }
  ExpressionList parts;
  for (const type::Field& field : place.type->fields()) {
    std::vector<const ResolvedAssignment*> inside;
    for (const ResolvedAssignment* one : assignments) {
      if (one->path[depth] == field.name) {
        inside.push_back(one);
      }
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr part,
                          analyzer_->MakeFieldAccess(current, field.name, current->position));
    const Place inner{place.name + "." + base::QuoteIdentifier(field.name), field.type,
                      field.nullable, nullptr};
    ARROW_ASSIGN_OR_RAISE(part, Apply(inner, part, inside, depth + 1));
    parts.push_back(plan::MakeStringLiteral(field.name));
    parts.push_back(std::move(part));
  }
  return Call("named_struct", std::move(parts));
}

Result<ExpressionPtr> AssignmentAlignment::Apply(
    const Place& place, const ExpressionPtr& current,
    const std::vector<const ResolvedAssignment*>& assignments, size_t depth) {
  if (assignments.empty()) {
    return NotNull(place, current);
  }
  std::vector<const ResolvedAssignment*> exact;
  std::vector<const ResolvedAssignment*> inside;
  for (const ResolvedAssignment* one : assignments) {
    (one->path.size() == depth ? exact : inside).push_back(one);
  }
  if (exact.size() > 1) {
    std::vector<std::string> values;
    for (const ResolvedAssignment* one : exact) {
      values.push_back(one->value_text);
    }
    errors_.push_back("Multiple assignments for '" + place.name + "': " + Joined(values, ", "));
    return current;
  }
  if (!exact.empty() && !inside.empty()) {
    std::vector<std::string> texts;
    for (const ResolvedAssignment* one : exact) {
      texts.push_back(one->text);
    }
    for (const ResolvedAssignment* one : inside) {
      texts.push_back(one->text);
    }
    errors_.push_back("Conflicting assignments for '" + place.name + "': " + Joined(texts, ", "));
    return current;
  }
  if (exact.empty()) {
    return ApplyToFields(place, current, inside, depth);
  }
  ExpressionPtr value = exact[0]->value;
  if (value == nullptr) {
    if (place.field != nullptr) {
      ARROW_ASSIGN_OR_RAISE(value, DefaultOf(*place.field));
    } else {
      value = plan::MakeNullLiteral(type::ReplaceCharVarchar(place.type));
    }
  }
  return Store(place, std::move(value));
}

Status AssignmentAlignment::Finish(const std::vector<ResolvedAssignment>& assignments) const {
  if (errors_.empty()) {
    return Status::OK();
  }
  std::string all;
  for (const ResolvedAssignment& one : assignments) {
    all += (all.empty() ? "" : ", ") + ("\"" + one.text + "\"");
  }
  const std::string errors = "\n- " + Joined(errors_, "\n- ");
  return base::UserError("DATATYPE_MISMATCH.INVALID_ROW_LEVEL_OPERATION_ASSIGNMENTS",
                         "Cannot resolve " + all + " due to data type mismatch: " + errors + ".",
                         {{"sqlExpr", all}, {"errors", errors}});
}

Result<ExpressionList> AssignmentAlignment::Update(
    const std::vector<ResolvedAssignment>& assignments) {
  ExpressionList values;
  for (size_t i = 0; i < schema_.size(); ++i) {
    std::vector<const ResolvedAssignment*> own;
    for (const ResolvedAssignment& one : assignments) {
      if (one.field == static_cast<int>(i)) {
        own.push_back(&one);
      }
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value,
                          Apply(PlaceOf(schema_[i]), ToColumn(target_[i]), own, 0));
    values.push_back(std::move(value));
  }
  ARROW_RETURN_NOT_OK(Finish(assignments));
  return values;
}

Result<ExpressionList> AssignmentAlignment::Insert(
    const std::vector<ResolvedAssignment>& assignments) {
  std::vector<std::string> nested;
  for (const ResolvedAssignment& one : assignments) {
    if (!one.path.empty()) {
      nested.push_back(one.text);
    }
  }
  if (!nested.empty()) {
    errors_.push_back("INSERT assignment keys cannot be nested fields: " + Joined(nested, ", "));
  }
  ExpressionList values;
  for (size_t i = 0; i < schema_.size(); ++i) {
    std::vector<const ResolvedAssignment*> own;
    for (const ResolvedAssignment& one : assignments) {
      if (one.field == static_cast<int>(i) && one.path.empty()) {
        own.push_back(&one);
      }
    }
    const type::Field& field = schema_[i];
    if (own.empty()) {
      const bool nulls =
          analyzer_->Setting("spark.sql.defaultColumn.useNullsForMissingDefaultValues", true);
      if (!field.default_sql && (!field.nullable || !nulls)) {
        errors_.push_back("No assignment for '" + field.name + "'");
        values.push_back(ToColumn(target_[i]));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, DefaultOf(field));
      ARROW_ASSIGN_OR_RAISE(value, Store(PlaceOf(field), std::move(value)));
      values.push_back(std::move(value));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, Apply(PlaceOf(field), ToColumn(target_[i]), own, 0));
    values.push_back(std::move(value));
  }
  ARROW_RETURN_NOT_OK(Finish(assignments));
  return values;
}

}  // namespace emery::analyzer
