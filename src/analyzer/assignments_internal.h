#pragma once

#include <string>
#include <vector>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

/// An assignment of an UPDATE or INSERT clause: to a field of the target (its index), or to a field
/// inside it, and the value's expression over the clause's columns.
struct ResolvedAssignment {
  int field = 0;
  std::vector<std::string> path;  // below the field; names as in its type
  bool into_struct = true;        // false: the path leads through an array or a map
  ExpressionPtr value;            // null: DEFAULT
  std::string text;               // "a.b = 1", for messages
  std::string value_text;
};

/// Values for all fields of a table, in order, from assignments in any order.
class AssignmentAlignment {
 public:
  AssignmentAlignment(QueryAnalyzer* analyzer, const type::Schema& schema,
                      const ScopeColumns& target)
      : analyzer_(analyzer), schema_(schema), target_(target) {}

  /// Fields without an assignment keep their value.
  Result<ExpressionList> Update(const std::vector<ResolvedAssignment>& assignments);
  /// Fields without an assignment get their default.
  Result<ExpressionList> Insert(const std::vector<ResolvedAssignment>& assignments);

 private:
  struct Place {
    std::string name;  // quoted, dotted
    TypePtr type;      // as declared
    bool nullable;
    const type::Field* field;  // top-level fields only: for defaults
  };

  Result<ExpressionPtr> Apply(const Place& place, const ExpressionPtr& current,
                              const std::vector<const ResolvedAssignment*>& assignments,
                              size_t depth);
  Result<ExpressionPtr> ApplyToFields(const Place& place, const ExpressionPtr& current,
                                      const std::vector<const ResolvedAssignment*>& assignments,
                                      size_t depth);
  /// `value` as it is stored in the place.
  Result<ExpressionPtr> Store(const Place& place, ExpressionPtr value);
  Result<ExpressionPtr> StoreStruct(const Place& place, const ExpressionPtr& value);
  Result<ExpressionPtr> NotNull(const Place& place, ExpressionPtr value);
  Result<ExpressionPtr> DefaultOf(const type::Field& field);
  Result<ExpressionPtr> Call(std::string name, ExpressionList arguments);
  Place PlaceOf(const type::Field& field) const;
  Status Finish(const std::vector<ResolvedAssignment>& assignments) const;

  QueryAnalyzer* analyzer_;
  const type::Schema& schema_;
  const ScopeColumns& target_;
  std::vector<std::string> errors_;
};

}  // namespace emery::analyzer
