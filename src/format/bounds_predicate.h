#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "plan/expression.h"
#include "type/value.h"

namespace emery::format {

/// What is known of a column's values in a file, row group or page. Bounds may be wider than the
/// values.
struct ColumnBounds {
  std::optional<type::Value> min;
  std::optional<type::Value> max;
  bool may_have_nulls = true;
  bool all_null = false;
};

/// A conjunct as far as bounds can disprove it: comparisons of a column with literals, IN, LIKE
/// with a fixed start, null tests, and AND, OR, NOT of them. Everything else counts as "may be
/// true". Immutable.
class BoundsPredicate {
 public:
  /// `conjunct` over plan::Ordinal.
  static BoundsPredicate Make(const plan::ExpressionPtr& conjunct);

  /// Whether anything could be disproved at all.
  bool useful() const { return root_ != nullptr; }

  /// The ordinals that it looks at, each once.
  const std::vector<int>& columns() const { return columns_; }

  /// False: no row can satisfy the conjunct. `bounds` gives a column's bounds, or null where
  /// nothing is known.
  bool MayMatch(const std::function<const ColumnBounds*(int ordinal)>& bounds) const;

  /// The values one of which the column must have, where the conjunct is column = literal or column
  /// IN (literals).
  struct Equality {
    int column = -1;
    std::vector<type::Value> values;
  };

  std::optional<Equality> equality() const;

 private:
  enum class Kind : uint8_t {
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kPrefix,
    kIsNull,
    kIsNotNull,
    kNever
  };

  struct Node {
    Kind kind;
    int column = -1;
    type::TypePtr type;
    std::vector<type::Value> values;  // kEqual: any of them
    std::vector<std::shared_ptr<const Node>> children;
  };

  using NodePtr = std::shared_ptr<const Node>;

  static NodePtr Convert(const plan::Expression& e, bool negated);
  static bool MayMatch(const Node& node, const std::function<const ColumnBounds*(int)>& bounds);
  static void Collect(const Node& node, std::vector<int>* columns);

  NodePtr root_;  // null: says nothing
  std::vector<int> columns_;
};

/// Whether a runtime or other set with bounds [min, max] can meet a column with `bounds`. Null
/// values are unknown bounds.
bool BoundsOverlap(const type::DataType& type, const ColumnBounds& bounds, const type::Value& min,
                   const type::Value& max);

/// True for expressions that can't raise an error on any row: comparisons, null tests, IN, LIKE and
/// AND, OR, NOT of columns and literals.
bool NeverFails(const plan::Expression& e);

}  // namespace emery::format
