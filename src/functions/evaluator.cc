#include "functions/evaluator.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "functions/cast.h"
#include "functions/evaluator_internal.h"
#include "functions/in_set_internal.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {

using columnar::Batch;
using columnar::BufferPtr;
using columnar::FlatWriter;
using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using columnar::VectorReader;
using plan::ExpressionKind;
using plan::ExpressionPtr;
using type::PhysicalType;

// ---- frames
// ------------------------------------------------------------------------------------------------

VectorPtr Frame::FromParent(Node* node) {
  if (cache[node->id] != nullptr) {
    return cache[node->id];
  }
  if (parent == nullptr) {
    return nullptr;
  }
  VectorPtr outer = parent->FromParent(node);
  if (outer == nullptr) {
    return nullptr;
  }
  cache[node->id] = columnar::Gather(outer, rows, num_rows);
  return cache[node->id];
}

Result<VectorPtr> Frame::Get(Node* node) {
  if (!node->can_share || node->references < 2) {
    return node->Compute(*this);
  }
  if (VectorPtr known = FromParent(node)) {
    return known;
  }
  ARROW_ASSIGN_OR_RAISE(cache[node->id], node->Compute(*this));
  return cache[node->id];
}

VectorPtr Frame::Column(int index) {
  if (parent == nullptr) {
    return batch->columns[index];
  }
  for (const auto& [known, vector] : columns) {
    if (known == index) {
      return vector;
    }
  }
  columns.emplace_back(index, columnar::Gather(parent->Column(index), rows, num_rows));
  return columns.back().second;
}

Result<VectorPtr> Frame::Parameter(plan::ColumnId id) {
  for (const auto& [known, vector] : parameters) {
    if (known == id) {
      return vector;
    }
  }
  if (parent == nullptr) {
    return base::InternalError("a lambda's parameter is used outside of the lambda");
  }
  ARROW_ASSIGN_OR_RAISE(VectorPtr outer, parent->Parameter(id));
  parameters.emplace_back(id, columnar::Gather(outer, rows, num_rows));
  return parameters.back().second;
}

namespace {

/// Below this cost a node that can't fail is computed for all rows rather than for those that need
/// it.
constexpr int kCheap = 2;

// ---- leaves
// ------------------------------------------------------------------------------------------------

class LiteralNode final : public Node {
 public:
  LiteralNode(const type::TypePtr& literal_type, const type::Value& value)
      : one_(Vector::MakeConstant(literal_type, value, 1)) {
    type = literal_type;
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    return Vector::MakeConstant(one_, 0, frame.num_rows);
  }

  const VectorPtr& one() const { return one_; }

 private:
  VectorPtr one_;
};

class OrdinalNode final : public Node {
 public:
  OrdinalNode(type::TypePtr column_type, int index) : index_(index) {
    type = std::move(column_type);
  }

  Result<VectorPtr> Compute(Frame& frame) override { return frame.Column(index_); }

 private:
  int index_;
};

class LambdaVariableNode final : public Node {
 public:
  LambdaVariableNode(type::TypePtr variable_type, plan::ColumnId column_id)
      : column_id_(column_id) {
    type = std::move(variable_type);
  }

  Result<VectorPtr> Compute(Frame& frame) override { return frame.Parameter(column_id_); }

 private:
  plan::ColumnId column_id_;
};

// ---- dictionaries
// ----------------------------------------------------------------------------------------------

/// Applies a function of one vector that gives null for null to a dictionary's base, and remembers
/// the result for the next batch with the same base.
class OnDictionary {
 public:
  using Function = std::function<Result<VectorPtr>(const VectorPtr& base)>;

  /// Null where it doesn't pay or the function fails for the base (which may hold values that no
  /// row has).
  VectorPtr Apply(const Vector& v, const Function& function) {
    const VectorPtr& base = v.base();
    if (base != base_) {
      base_ = base;
      result_ = nullptr;
      failed_ = false;
      rows_seen_ = 0;
    }
    if (failed_) {
      return nullptr;
    }
    rows_seen_ += v.size();
    if (result_ == nullptr) {
      if (base->size() == 0) {
        return nullptr;
      }
      if (base->size() > rows_seen_) {
        return nullptr;
      }
      Result<VectorPtr> computed = function(base);
      if (!computed.ok()) {
        failed_ = true;
        return nullptr;
      }
      result_ = columnar::Flatten(*computed);
    }
    const bool keep = !result_->may_have_nulls() &&
                      type::PhysicalWidth(result_->physical()) == 16 &&
                      result_->physical() != PhysicalType::kStruct;
    if (keep) {
      return Vector::MakeDictionary(result_, v.size(), v.values_buffer(), v.validity_buffer());
    }
    VectorPtr rows = columnar::Gather(result_, v.indices(), v.size());
    if (!v.may_have_nulls()) {
      return rows;
    }
    if (!rows->may_have_nulls()) {
      return Vector::WithValidity(rows, v.validity_buffer());
    }
    if (rows->is_constant_null()) {
      return rows;
    }
    BufferPtr both = columnar::Buffer::Allocate(columnar::WordsForBits(v.size()) * 8);
    auto* out = reinterpret_cast<uint64_t*>(both->mutable_data());
    for (int64_t i = 0; i < columnar::WordsForBits(v.size()); ++i) {
      out[i] = rows->validity()[i] & v.validity()[i];
    }
    return Vector::WithValidity(rows, std::move(both));
  }

 private:
  VectorPtr base_;
  VectorPtr result_;
  bool failed_ = false;
  int64_t rows_seen_ = 0;
};

// ---- calls
// --------------------------------------------------------------------------------------------------

class CallNode final : public Node {
 public:
  CallNode(BoundScalar bound, std::vector<Node*> arguments, plan::EvalMode mode,
           base::Position position, std::shared_ptr<const QueryContext> context)
      : bound_(std::move(bound)),
        arguments_(std::move(arguments)),
        mode_(mode),
        position_(position),
        context_(std::move(context)) {
    type = bound_.return_type;
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    std::vector<VectorPtr> inputs;
    inputs.reserve(arguments_.size());
    int dictionary = -1;
    bool others_constant = true;
    for (Node* argument : arguments_) {
      ARROW_ASSIGN_OR_RAISE(VectorPtr input, frame.Get(argument));
      if (bound_.null_propagating && input->is_constant_null()) {
        return Vector::MakeNull(type, frame.num_rows);
      }
      if (input->is_dictionary() && dictionary < 0) {
        dictionary = static_cast<int>(inputs.size());
      } else if (!input->is_constant()) {
        others_constant = false;
      }
      inputs.push_back(std::move(input));
    }
    if (frame.num_rows == 0) {
      return Vector::MakeNull(type, 0);
    }
    if (dictionary >= 0 && others_constant && bound_.null_propagating && can_share) {
      const VectorPtr vector = inputs[dictionary];
      VectorPtr result = on_dictionary_.Apply(*vector, [&](const VectorPtr& base) {
        std::vector<VectorPtr> over_base = inputs;
        for (size_t i = 0; i < over_base.size(); ++i) {
          over_base[i] = static_cast<int>(i) == dictionary
                             ? base
                             : Vector::MakeConstant(inputs[i], 0, base->size());
        }
        return Run(over_base, base->size());
      });
      if (result != nullptr) {
        return result;
      }
    }
    Result<VectorPtr> result = Run(inputs, frame.num_rows);
    if (!result.ok()) {
      return base::WithPosition(result.status(), position_);
    }
    return result;
  }

 private:
  Result<VectorPtr> Run(const std::vector<VectorPtr>& inputs, int64_t num_rows) const {
    return bound_.kernel(
        KernelArguments{inputs, num_rows, type, bound_.state.get(), *context_, mode_});
  }

  BoundScalar bound_;
  std::vector<Node*> arguments_;
  plan::EvalMode mode_;
  base::Position position_;
  std::shared_ptr<const QueryContext> context_;
  OnDictionary on_dictionary_;
};

class CastNode final : public Node {
 public:
  CastNode(Node* input, const type::TypePtr& to, plan::EvalMode mode, base::Position position,
           std::shared_ptr<const QueryContext> context)
      : input_(input), mode_(mode), position_(position), context_(std::move(context)) {
    type = to;
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr input, frame.Get(input_));
    if (frame.num_rows == 0) {
      return Vector::MakeNull(type, 0);
    }
    if (input->is_dictionary()) {
      VectorPtr result = on_dictionary_.Apply(
          *input, [&](const VectorPtr& base) { return CastFlat(base, type, mode_, *context_); });
      if (result != nullptr) {
        return result;
      }
    }
    Result<VectorPtr> result = CastVector(input, type, mode_, *context_);
    if (!result.ok()) {
      return base::WithPosition(result.status(), position_);
    }
    return result;
  }

 private:
  Node* input_;
  plan::EvalMode mode_;
  base::Position position_;
  std::shared_ptr<const QueryContext> context_;
  OnDictionary on_dictionary_;
};

class FrameLambda final : public LambdaKernel {
 public:
  FrameLambda(Frame* frame, Node* body, const std::vector<plan::ColumnId>* ids)
      : frame_(frame), body_(body), ids_(ids) {}

  Result<VectorPtr> Evaluate(const std::vector<VectorPtr>& parameters, const int32_t* rows,
                             int64_t count) const override {
    Frame inner(frame_, rows, count);
    for (size_t i = 0; i < ids_->size() && i < parameters.size(); ++i) {
      inner.parameters.emplace_back((*ids_)[i], parameters[i]);
    }
    return inner.Get(body_);
  }

 private:
  Frame* frame_;
  Node* body_;
  const std::vector<plan::ColumnId>* ids_;
};

struct LambdaArgument {
  Node* body = nullptr;  // null: an ordinary argument
  std::vector<plan::ColumnId> ids;
};

class HigherOrderNode final : public Node {
 public:
  HigherOrderNode(const ScalarFunction* function, type::TypePtr return_type,
                  std::vector<Node*> arguments, std::vector<LambdaArgument> lambdas,
                  plan::EvalMode mode, base::Position position,
                  std::shared_ptr<const QueryContext> context)
      : function_(function),
        arguments_(std::move(arguments)),
        lambdas_(std::move(lambdas)),
        mode_(mode),
        position_(position),
        context_(std::move(context)) {
    type = std::move(return_type);
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    std::vector<VectorPtr> inputs(arguments_.size());
    std::vector<FrameLambda> kernels;
    kernels.reserve(arguments_.size());
    std::vector<const LambdaKernel*> lambdas(arguments_.size(), nullptr);
    for (size_t i = 0; i < arguments_.size(); ++i) {
      if (lambdas_[i].body != nullptr) {
        kernels.emplace_back(&frame, lambdas_[i].body, &lambdas_[i].ids);
        lambdas[i] = &kernels.back();
      } else {
        ARROW_ASSIGN_OR_RAISE(inputs[i], frame.Get(arguments_[i]));
      }
    }
    if (frame.num_rows == 0) {
      return Vector::MakeNull(type, 0);
    }
    Result<VectorPtr> result = function_->higher_order(
        HigherOrderArguments{inputs, lambdas, frame.num_rows, type, *context_, mode_});
    if (!result.ok()) {
      return base::WithPosition(result.status(), position_);
    }
    return result;
  }

 private:
  const ScalarFunction* function_;
  std::vector<Node*> arguments_;
  std::vector<LambdaArgument> lambdas_;
  plan::EvalMode mode_;
  base::Position position_;
  std::shared_ptr<const QueryContext> context_;
};

// ---- three-valued logic
// -----------------------------------------------------------------------------------------

/// Truth values ordered so that AND is the smaller and OR the larger.
constexpr uint8_t kFalse = 0;
constexpr uint8_t kUnknown = 1;
constexpr uint8_t kTrue = 2;

void ToTruth(const VectorPtr& vector, int64_t num_rows, uint8_t* out) {
  if (vector->is_constant()) {
    const uint8_t value =
        vector->IsNull(0) ? kUnknown : static_cast<uint8_t>(vector->values<uint8_t>()[0] * 2);
    std::fill_n(out, num_rows, value);
    return;
  }
  const VectorPtr flat = columnar::Flatten(vector);
  const auto* values = flat->values<uint8_t>();
  if (!flat->may_have_nulls()) {
    for (int64_t i = 0; i < num_rows; ++i) {
      out[i] = static_cast<uint8_t>(values[i] << 1);
    }
    return;
  }
  const uint64_t* validity = flat->validity();
  for (int64_t i = 0; i < num_rows; ++i) {
    out[i] = columnar::GetBit(validity, i) ? static_cast<uint8_t>(values[i] << 1) : kUnknown;
  }
}

VectorPtr FromTruth(const type::TypePtr& type, const uint8_t* truth, int64_t num_rows) {
  BufferPtr values = columnar::Buffer::Allocate(num_rows);
  uint8_t* out = values->mutable_data();
  uint8_t any_unknown = 0;
  for (int64_t i = 0; i < num_rows; ++i) {
    out[i] = truth[i] >> 1;
    any_unknown |= truth[i] & 1;
  }
  BufferPtr validity;
  if (any_unknown != 0) {
    validity = columnar::AllocateBits(num_rows, true);
    auto* bits = reinterpret_cast<uint64_t*>(validity->mutable_data());
    for (int64_t i = 0; i < num_rows; ++i) {
      if (truth[i] == kUnknown) {
        columnar::ClearBit(bits, i);
      }
    }
  }
  return Vector::MakeFlat(type, num_rows, std::move(values), std::move(validity));
}

/// AND and OR. A later part is computed only for rows that the earlier ones have not decided, where
/// it can fail or where that is much less work.
template <bool kIsAnd>
class LogicNode final : public Node {
 public:
  explicit LogicNode(std::vector<Node*> parts) : parts_(std::move(parts)) {
    type = type::Boolean();
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    constexpr uint8_t kDecided = kIsAnd ? kFalse : kTrue;
    const int64_t n = frame.num_rows;
    std::vector<uint8_t> truth(n);
    std::vector<uint8_t> part_truth;
    std::vector<int32_t> open;
    for (size_t p = 0; p < parts_.size(); ++p) {
      Node* part = parts_[p];
      if (p == 0) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr v, frame.Get(part));
        if (v->is_constant() && !v->IsNull(0) && v->template values<uint8_t>()[0] * 2 == kDecided) {
          return v;
        }
        ToTruth(v, n, truth.data());
        continue;
      }
      int64_t num_open = 0;
      for (int64_t i = 0; i < n; ++i) {
        num_open += truth[i] != kDecided;
      }
      if (num_open == 0) {
        break;
      }
      part_truth.resize(n);
      if (num_open == n || (!part->can_fail && (part->cost <= kCheap || num_open * 4 > n))) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr v, frame.Get(part));
        ToTruth(v, n, part_truth.data());
        for (int64_t i = 0; i < n; ++i) {
          truth[i] = kIsAnd ? std::min(truth[i], part_truth[i]) : std::max(truth[i], part_truth[i]);
        }
        continue;
      }
      open.clear();
      open.reserve(num_open);
      for (int64_t i = 0; i < n; ++i) {
        if (truth[i] != kDecided) {
          open.push_back(static_cast<int32_t>(i));
        }
      }
      Frame inner(&frame, open.data(), num_open);
      ARROW_ASSIGN_OR_RAISE(VectorPtr v, inner.Get(part));
      ToTruth(v, num_open, part_truth.data());
      for (int64_t k = 0; k < num_open; ++k) {
        uint8_t& row = truth[open[k]];
        row = kIsAnd ? std::min(row, part_truth[k]) : std::max(row, part_truth[k]);
      }
    }
    return FromTruth(type, truth.data(), n);
  }

 private:
  std::vector<Node*> parts_;
};

// ---- branches
// ----------------------------------------------------------------------------------------------------

/// What a branch gave: `values` for `rows`, in their order (`dense`: row r is values[r]).
struct Piece {
  VectorPtr values;
  std::vector<int32_t> rows;
  bool dense = false;
};

/// Puts the pieces' rows together; rows of no piece are null.
VectorPtr Assemble(const type::TypePtr& type, const std::vector<Piece>& pieces, int64_t num_rows) {
  if (pieces.empty() || type->physical() == PhysicalType::kNull) {
    return Vector::MakeNull(type, num_rows);
  }
  int64_t covered = 0;
  bool all_constant = true;
  for (const Piece& piece : pieces) {
    covered += static_cast<int64_t>(piece.rows.size());
    all_constant &= piece.values->is_constant();
  }
  const PhysicalType physical = type->physical();
  if (physical == PhysicalType::kStruct || physical == PhysicalType::kList) {
    std::vector<VectorPtr> vectors;
    std::vector<int32_t> rows(num_rows, -1);
    int32_t start = 0;
    for (const Piece& piece : pieces) {
      for (size_t k = 0; k < piece.rows.size(); ++k) {
        rows[piece.rows[k]] = start + (piece.dense ? piece.rows[k] : static_cast<int32_t>(k));
      }
      vectors.push_back(piece.values);
      start += static_cast<int32_t>(piece.values->size());
    }
    return columnar::GatherOrNull(columnar::Concat(type, vectors), rows.data(), num_rows);
  }
  if (all_constant && physical == PhysicalType::kString && num_rows > 0) {
    // Names for cases ('low', 'high'): a small dictionary.
    std::vector<VectorPtr> ones;
    BufferPtr indices = columnar::Buffer::AllocateZeroed(num_rows * sizeof(int32_t));
    auto* index = reinterpret_cast<int32_t*>(indices->mutable_data());
    BufferPtr validity = columnar::AllocateBits(num_rows, false);
    auto* bits = reinterpret_cast<uint64_t*>(validity->mutable_data());
    int64_t valid = 0;
    for (const Piece& piece : pieces) {
      if (piece.values->IsNull(0)) {
        continue;
      }
      const auto at = static_cast<int32_t>(ones.size());
      ones.push_back(Vector::MakeConstant(piece.values, 0, 1));
      for (const int32_t row : piece.rows) {
        index[row] = at;
        columnar::SetBit(bits, row);
      }
      valid += static_cast<int64_t>(piece.rows.size());
    }
    if (ones.empty()) {
      return Vector::MakeNull(type, num_rows);
    }
    VectorPtr base = columnar::Flatten(columnar::Concat(type, ones));
    return Vector::MakeDictionary(std::move(base), num_rows, std::move(indices),
                                  valid == num_rows ? nullptr : std::move(validity));
  }
  FlatWriter writer(type, num_rows);
  if (covered < num_rows) {
    std::vector<uint8_t> seen(num_rows, 0);
    for (const Piece& piece : pieces) {
      for (const int32_t row : piece.rows) {
        seen[row] = 1;
      }
    }
    for (int64_t i = 0; i < num_rows; ++i) {
      if (seen[i] == 0) {
        writer.SetNull(i);
      }
    }
  }
  columnar::DispatchPhysical(physical, [&]<class T>(std::type_identity<T>) {
    T* out = writer.values<T>();
    for (const Piece& piece : pieces) {
      const auto count = static_cast<int64_t>(piece.rows.size());
      const int32_t* rows = piece.rows.data();
      if constexpr (std::is_same_v<T, StringView>) {
        writer.KeepStringsOf(*piece.values);
      }
      const VectorReader<T> reader(*piece.values);
      if (!reader.may_have_nulls()) {
        for (int64_t k = 0; k < count; ++k) {
          out[rows[k]] = reader[piece.dense ? rows[k] : k];
        }
        continue;
      }
      for (int64_t k = 0; k < count; ++k) {
        const int64_t at = piece.dense ? rows[k] : k;
        if (reader.IsNull(at)) {
          writer.SetNull(rows[k]);
        } else {
          out[rows[k]] = reader[at];
        }
      }
    }
  });
  return writer.Finish(num_rows);
}

std::vector<int32_t> AllRows(int64_t count) {
  std::vector<int32_t> rows(count);
  for (int64_t i = 0; i < count; ++i) {
    rows[i] = static_cast<int32_t>(i);
  }
  return rows;
}

/// The node for `rows` of the frame, ascending: for all rows where that is as good.
Result<Piece> ComputeFor(Frame& frame, Node* node, std::vector<int32_t> rows) {
  Piece piece;
  const auto count = static_cast<int64_t>(rows.size());
  const bool all = count == frame.num_rows;
  if (all || (!node->can_fail &&
              (node->cost == 0 || (node->cost <= kCheap && count * 2 > frame.num_rows)))) {
    ARROW_ASSIGN_OR_RAISE(piece.values, frame.Get(node));
    piece.dense = true;
  } else {
    Frame inner(&frame, rows.data(), count);
    ARROW_ASSIGN_OR_RAISE(piece.values, inner.Get(node));
  }
  piece.rows = std::move(rows);
  return piece;
}

class CaseNode final : public Node {
 public:
  CaseNode(std::vector<std::pair<Node*, Node*>> branches, Node* otherwise,
           type::TypePtr result_type)
      : branches_(std::move(branches)), otherwise_(otherwise) {
    type = std::move(result_type);
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    const int64_t n = frame.num_rows;
    std::vector<int32_t> open = AllRows(n);
    std::vector<Piece> pieces;
    std::vector<uint8_t> truth(n);
    for (const auto& [condition, value] : branches_) {
      if (open.empty()) {
        break;
      }
      ARROW_ASSIGN_OR_RAISE(Piece tested, ComputeFor(frame, condition, std::move(open)));
      const auto count = static_cast<int64_t>(tested.rows.size());
      ToTruth(tested.values, tested.values->size(), truth.data());
      std::vector<int32_t> taken;
      open = {};
      for (int64_t k = 0; k < count; ++k) {
        const int32_t row = tested.rows[k];
        (truth[tested.dense ? row : k] == kTrue ? taken : open).push_back(row);
      }
      if (taken.empty()) {
        continue;
      }
      if (static_cast<int64_t>(taken.size()) == n) {
        return frame.Get(value);
      }
      ARROW_ASSIGN_OR_RAISE(Piece piece, ComputeFor(frame, value, std::move(taken)));
      pieces.push_back(std::move(piece));
    }
    if (otherwise_ != nullptr && !open.empty()) {
      if (static_cast<int64_t>(open.size()) == n) {
        return frame.Get(otherwise_);
      }
      ARROW_ASSIGN_OR_RAISE(Piece piece, ComputeFor(frame, otherwise_, std::move(open)));
      pieces.push_back(std::move(piece));
    }
    return Assemble(type, pieces, n);
  }

 private:
  std::vector<std::pair<Node*, Node*>> branches_;
  Node* otherwise_;
};

class CoalesceNode final : public Node {
 public:
  CoalesceNode(std::vector<Node*> parts, type::TypePtr result_type) : parts_(std::move(parts)) {
    type = std::move(result_type);
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    const int64_t n = frame.num_rows;
    std::vector<int32_t> open;
    std::vector<Piece> pieces;
    for (size_t p = 0; p < parts_.size(); ++p) {
      Piece piece;
      if (p == 0) {
        ARROW_ASSIGN_OR_RAISE(VectorPtr first, frame.Get(parts_[0]));
        if (!first->may_have_nulls() && first->physical() != PhysicalType::kNull) {
          return first;
        }
        piece.values = std::move(first);
        piece.rows = AllRows(n);
        piece.dense = true;
      } else if (open.empty()) {
        break;
      } else {
        ARROW_ASSIGN_OR_RAISE(piece, ComputeFor(frame, parts_[p], std::move(open)));
        open = {};
      }
      if (!piece.values->may_have_nulls()) {
        if (static_cast<int64_t>(piece.rows.size()) == n) {
          return piece.values;
        }
        pieces.push_back(std::move(piece));
        continue;
      }
      // Rows that are null here go on to the next part.
      Piece found;
      found.dense = piece.dense;
      std::vector<int32_t> kept;
      for (size_t k = 0; k < piece.rows.size(); ++k) {
        const int32_t row = piece.rows[k];
        const int64_t at = piece.dense ? row : static_cast<int64_t>(k);
        if (piece.values->IsNull(at)) {
          open.push_back(row);
        } else {
          found.rows.push_back(row);
          kept.push_back(static_cast<int32_t>(k));
        }
      }
      if (!found.rows.empty()) {
        found.values = piece.dense ? piece.values
                                   : columnar::Gather(piece.values, kept.data(),
                                                      static_cast<int64_t>(kept.size()));
        pieces.push_back(std::move(found));
      }
    }
    return Assemble(type, pieces, n);
  }

 private:
  std::vector<Node*> parts_;
};

/// x IN (constants).
class InNode final : public Node {
 public:
  InNode(Node* value, std::unique_ptr<InSet> set, bool list_has_null)
      : value_(value), set_(std::move(set)), list_has_null_(list_has_null) {
    type = type::Boolean();
  }

  Result<VectorPtr> Compute(Frame& frame) override {
    ARROW_ASSIGN_OR_RAISE(VectorPtr value, frame.Get(value_));
    if (value->is_constant_null() || value->physical() == PhysicalType::kNull ||
        frame.num_rows == 0) {
      return Vector::MakeNull(type, frame.num_rows);
    }
    if (value->is_constant()) {
      return Vector::MakeConstant(Find(Vector::MakeConstant(value, 0, 1)), 0, frame.num_rows);
    }
    if (value->is_dictionary()) {
      VectorPtr result = on_dictionary_.Apply(
          *value, [&](const VectorPtr& base) -> Result<VectorPtr> { return Find(base); });
      if (result != nullptr) {
        return result;
      }
    }
    return Find(columnar::Flatten(value));
  }

 private:
  VectorPtr Find(const VectorPtr& value) const {
    const int64_t n = value->size();
    BufferPtr values = columnar::Buffer::AllocateZeroed(n);
    uint8_t* out = values->mutable_data();
    if (set_ != nullptr) {
      set_->Find(*value, n, out);
    }
    BufferPtr validity = value->validity_buffer();
    if (list_has_null_) {
      // Not found among values with a null beside them: unknown.
      BufferPtr bits = columnar::Buffer::AllocateZeroed(columnar::WordsForBits(n) * 8);
      auto* words = reinterpret_cast<uint64_t*>(bits->mutable_data());
      for (int64_t i = 0; i < n; ++i) {
        if (out[i] != 0 && !value->IsNull(i)) {
          columnar::SetBit(words, i);
        }
      }
      validity = std::move(bits);
    }
    return Vector::MakeFlat(type, n, std::move(values), std::move(validity));
  }

  Node* value_;
  std::unique_ptr<InSet> set_;
  bool list_has_null_;
  OnDictionary on_dictionary_;
};

}  // namespace

// ---- compiling
// ---------------------------------------------------------------------------------------------------

Node* Program::Own(std::unique_ptr<Node> node) {
  node->id = static_cast<int>(nodes_.size());
  nodes_.push_back(std::move(node));
  return nodes_.back().get();
}

Result<Node*> Program::Add(const ExpressionPtr& expression) {
  ARROW_ASSIGN_OR_RAISE(Node * node, Compile(FoldConstants(expression, context_)));
  return node;
}

Result<Node*> Program::Compile(const ExpressionPtr& expression) {
  if (expression->kind == ExpressionKind::kAlias) {
    return Compile(expression->children[0]);
  }
  const bool deterministic = plan::IsDeterministic(expression);
  const size_t hash = deterministic ? plan::Hash(expression) : 0;
  if (deterministic) {
    for (const auto& [known_hash, entry] : known_) {
      if (known_hash == hash &&
          (entry.first == expression || plan::Equal(entry.first, expression))) {
        ++entry.second->references;
        return entry.second;
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Node> made, Make(expression));
  made->can_share = deterministic;
  made->references = 1;
  Node* node = Own(std::move(made));
  if (deterministic) {
    known_.emplace_back(hash, std::make_pair(expression, node));
  }
  return node;
}

namespace {

void Inherit(Node* node, const std::vector<Node*>& below, int own_cost, bool own_can_fail) {
  node->cost = own_cost;
  node->can_fail = own_can_fail;
  for (const Node* child : below) {
    if (child != nullptr) {
      node->cost += child->cost;
      node->can_fail |= child->can_fail;
    }
  }
}

Status NotEvaluable(const plan::Expression& expression) {
  return base::InternalError("an expression of kind " +
                             std::to_string(static_cast<int>(expression.kind)) +
                             " reached the evaluator");
}

}  // namespace

Result<Node*> Program::CastTo(Node* node, const type::TypePtr& type, plan::EvalMode mode) {
  auto cast = std::make_unique<CastNode>(node, type, mode, base::Position{}, context_);
  Inherit(cast.get(), {node}, 1, CastCanFail(*node->type, *type, mode));
  cast->references = 1;
  cast->can_share = node->can_share;
  return Own(std::move(cast));
}

Result<std::unique_ptr<Node>> Program::Make(const ExpressionPtr& expression) {
  const plan::Expression& e = *expression;
  switch (e.kind) {
    case ExpressionKind::kLiteral:
      return std::make_unique<LiteralNode>(e.type, plan::As<plan::Literal>(&e)->value);
    case ExpressionKind::kOrdinal:
      return std::make_unique<OrdinalNode>(e.type, plan::As<plan::Ordinal>(&e)->index);
    case ExpressionKind::kLambdaVariable:
      return std::make_unique<LambdaVariableNode>(e.type, plan::As<plan::LambdaVariable>(&e)->id);
    case ExpressionKind::kCall:
      return MakeCallNode(expression);
    case ExpressionKind::kCast: {
      const auto& cast = *plan::As<plan::Cast>(&e);
      ARROW_ASSIGN_OR_RAISE(Node * input, Compile(e.children[0]));
      auto node = std::make_unique<CastNode>(input, e.type, cast.mode, e.position, context_);
      Inherit(node.get(), {input}, 1, CastCanFail(*input->type, *e.type, cast.mode));
      return node;
    }
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr: {
      std::vector<Node*> parts;
      for (const ExpressionPtr& child : e.children) {
        ARROW_ASSIGN_OR_RAISE(Node * part, Compile(child));
        parts.push_back(part);
      }
      std::unique_ptr<Node> node;
      if (e.kind == ExpressionKind::kAnd) {
        node = std::make_unique<LogicNode<true>>(parts);
      } else {
        node = std::make_unique<LogicNode<false>>(parts);
      }
      Inherit(node.get(), parts, 1, false);
      return node;
    }
    case ExpressionKind::kCase: {
      std::vector<std::pair<Node*, Node*>> branches;
      std::vector<Node*> below;
      size_t i = 0;
      for (; i + 1 < e.children.size(); i += 2) {
        ARROW_ASSIGN_OR_RAISE(Node * condition, Compile(e.children[i]));
        ARROW_ASSIGN_OR_RAISE(Node * value, Compile(e.children[i + 1]));
        branches.emplace_back(condition, value);
        below.push_back(condition);
        below.push_back(value);
      }
      Node* otherwise = nullptr;
      if (i < e.children.size()) {
        ARROW_ASSIGN_OR_RAISE(otherwise, Compile(e.children[i]));
        below.push_back(otherwise);
      }
      auto node = std::make_unique<CaseNode>(std::move(branches), otherwise, e.type);
      Inherit(node.get(), below, 2, false);
      return node;
    }
    case ExpressionKind::kCoalesce: {
      std::vector<Node*> parts;
      for (const ExpressionPtr& child : e.children) {
        ARROW_ASSIGN_OR_RAISE(Node * part, Compile(child));
        parts.push_back(part);
      }
      auto node = std::make_unique<CoalesceNode>(parts, e.type);
      Inherit(node.get(), parts, 1, false);
      return node;
    }
    case ExpressionKind::kIn: {
      bool constants = true;
      for (size_t i = 1; i < e.children.size(); ++i) {
        constants &= e.children[i]->kind == ExpressionKind::kLiteral;
      }
      if (constants) {
        ARROW_ASSIGN_OR_RAISE(Node * value, Compile(e.children[0]));
        auto builder = columnar::VectorBuilder::Make(e.children[0]->type);
        bool has_null = false;
        for (size_t i = 1; i < e.children.size(); ++i) {
          const type::Value& constant = plan::As<plan::Literal>(e.children[i])->value;
          if (constant.is_null()) {
            has_null = true;
          } else {
            builder->AppendValue(constant);
          }
        }
        std::unique_ptr<InSet> set =
            builder->size() == 0 ? nullptr : InSet::Make(builder->Finish());
        auto node = std::make_unique<InNode>(value, std::move(set), has_null);
        Inherit(node.get(), {value}, 1, false);
        return node;
      }
      // Values that differ by row: x = a OR x = b …, which has IN's nulls too.
      std::vector<Node*> parts;
      for (size_t i = 1; i < e.children.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(Node * part,
                              Compile(plan::MakeComparison("=", e.children[0], e.children[i])));
        parts.push_back(part);
      }
      auto node = std::make_unique<LogicNode<false>>(parts);
      Inherit(node.get(), parts, 1, false);
      return node;
    }
    case ExpressionKind::kAlias:
    case ExpressionKind::kColumn:
    case ExpressionKind::kOuterColumn:
    case ExpressionKind::kLambda:
    case ExpressionKind::kAggregate:
    case ExpressionKind::kWindow:
    case ExpressionKind::kGenerator:
    case ExpressionKind::kSubquery:
    case ExpressionKind::kUnresolvedColumn:
    case ExpressionKind::kUnresolvedStar:
    case ExpressionKind::kUnresolvedFunction:
    case ExpressionKind::kUnresolvedExtract:
    case ExpressionKind::kUnresolvedSubquery:
    case ExpressionKind::kUnresolvedAlias:
    case ExpressionKind::kUnresolvedWindow:
    case ExpressionKind::kUnresolvedLiteral:
    case ExpressionKind::kParameter:
    case ExpressionKind::kIdentifierClause:
    case ExpressionKind::kNamedArgument:
    case ExpressionKind::kDefault:
      break;
  }
  return NotEvaluable(e);
}

Result<std::unique_ptr<Node>> Program::MakeCallNode(const ExpressionPtr& expression) {
  const auto& call = *plan::As<plan::Call>(expression);
  const ScalarFunction* function = Registry::Instance().FindScalar(call.name);
  if (function == nullptr) {
    return base::InternalError("no function is registered as " + call.name);
  }
  if (function->rewrite) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr rewritten,
                          function->rewrite(call.children, call.mode, context_.get()));
    return Make(rewritten);
  }
  BindInput input;
  input.name = function->name;
  input.mode = call.mode;
  input.context = context_.get();
  std::vector<Node*> arguments;
  std::vector<LambdaArgument> lambdas(call.children.size());
  std::vector<Node*> below;
  for (size_t i = 0; i < call.children.size(); ++i) {
    const ExpressionPtr& child = call.children[i];
    input.types.push_back(child->type);
    input.nullable.push_back(child->nullable);
    input.literals.push_back(plan::As<plan::Literal>(child));
    if (const auto* lambda = plan::As<plan::Lambda>(child)) {
      ARROW_ASSIGN_OR_RAISE(lambdas[i].body, Compile(lambda->children[0]));
      lambdas[i].ids = lambda->parameter_ids;
      arguments.push_back(nullptr);
      below.push_back(lambdas[i].body);
    } else {
      ARROW_ASSIGN_OR_RAISE(Node * argument, Compile(child));
      arguments.push_back(argument);
      below.push_back(argument);
    }
  }
  ARROW_ASSIGN_OR_RAISE(BoundScalar bound, function->bind(input));
  for (size_t i = 0; i < arguments.size() && i < bound.argument_types.size(); ++i) {
    const type::TypePtr& wanted = bound.argument_types[i];
    if (arguments[i] != nullptr && wanted != nullptr && !wanted->SameType(*arguments[i]->type)) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], CastTo(arguments[i], wanted, call.mode));
    }
  }
  std::unique_ptr<Node> node;
  const type::TypePtr returned = bound.return_type;
  const bool can_fail = bound.can_fail;
  const bool same_layout =
      returned->SameType(*call.type) || returned->physical() == call.type->physical();
  if (same_layout) {
    bound.return_type = call.type;
  }
  if (function->higher_order) {
    node =
        std::make_unique<HigherOrderNode>(function, bound.return_type, arguments,
                                          std::move(lambdas), call.mode, call.position, context_);
  } else {
    node =
        std::make_unique<CallNode>(std::move(bound), arguments, call.mode, call.position, context_);
  }
  const bool strings = !arguments.empty() && arguments[0] != nullptr &&
                       arguments[0]->type->physical() == PhysicalType::kString;
  Inherit(node.get(), below, function->higher_order ? 20 : (strings ? 4 : 1), can_fail);
  node->can_share = plan::IsDeterministic(expression);
  if (!same_layout) {
    node->references = 1;
    Node* inner = Own(std::move(node));
    auto cast = std::make_unique<CastNode>(inner, call.type, call.mode, call.position, context_);
    Inherit(cast.get(), {inner}, 1, CastCanFail(*returned, *call.type, call.mode));
    return cast;
  }
  return node;
}

// ---- the public face
// --------------------------------------------------------------------------------------------

namespace {

class ProgramEvaluator final : public Evaluator {
 public:
  ProgramEvaluator(std::shared_ptr<const QueryContext> context) : program_(std::move(context)) {}

  Status Init(const ExpressionPtr& expression) {
    ARROW_ASSIGN_OR_RAISE(root_, program_.Add(expression));
    type_ = root_->type;
    return Status::OK();
  }

  Result<VectorPtr> Evaluate(const Batch& batch) override {
    Frame frame(&batch, program_.num_nodes());
    return frame.Get(root_);
  }

 private:
  Program program_;
  Node* root_ = nullptr;
};

}  // namespace

std::shared_ptr<const QueryContext> ContextOrDefault(std::shared_ptr<const QueryContext> context) {
  if (context != nullptr) {
    return context;
  }
  static const auto kDefault = [] {
    auto made = std::make_shared<QueryContext>();
    made->time_zone = type::TimeZone::Utc();
    return std::shared_ptr<const QueryContext>(std::move(made));
  }();
  return kDefault;
}

Result<std::unique_ptr<Evaluator>> Evaluator::Make(const ExpressionPtr& expression,
                                                   std::shared_ptr<const QueryContext> context) {
  auto evaluator = std::make_unique<ProgramEvaluator>(ContextOrDefault(std::move(context)));
  ARROW_RETURN_NOT_OK(evaluator->Init(expression));
  return evaluator;
}

Result<type::Value> EvaluateConstant(const ExpressionPtr& expression,
                                     std::shared_ptr<const QueryContext> context) {
  if (const auto* literal = plan::As<plan::Literal>(expression)) {
    return literal->value;
  }
  ProgramEvaluator evaluator(ContextOrDefault(std::move(context)));
  ARROW_RETURN_NOT_OK(evaluator.Init(expression));
  Batch batch;
  batch.num_rows = 1;
  ARROW_ASSIGN_OR_RAISE(VectorPtr result, evaluator.Evaluate(batch));
  return columnar::ValueAt(*result, 0);
}

namespace {

/// Evaluates without folding first: the fold itself calls it.
Result<type::Value> EvaluateUnfolded(const ExpressionPtr& expression,
                                     const std::shared_ptr<const QueryContext>& context);

bool IsLeafOrName(const ExpressionPtr& e) {
  return e->kind == ExpressionKind::kLiteral || e->kind == ExpressionKind::kAlias ||
         e->kind == ExpressionKind::kLambda || e->kind == ExpressionKind::kLambdaVariable;
}

}  // namespace

ExpressionPtr FoldConstants(const ExpressionPtr& expression,
                            const std::shared_ptr<const QueryContext>& context) {
  const auto known = ContextOrDefault(context);
  const std::function<ExpressionPtr(const ExpressionPtr&)> fold =
      [&](const ExpressionPtr& e) -> ExpressionPtr {
    if (e == nullptr || e->kind == ExpressionKind::kLiteral) {
      return e;
    }
    ExpressionPtr mapped = plan::MapChildren(e, fold);
    if (mapped->type == nullptr || IsLeafOrName(mapped) || !plan::IsFoldable(mapped)) {
      return mapped;
    }
    Result<type::Value> value = EvaluateUnfolded(mapped, known);
    return value.ok() ? plan::MakeLiteral(mapped->type, *std::move(value), mapped->position)
                      : mapped;
  };
  return fold(expression);
}

namespace {

Result<type::Value> EvaluateUnfolded(const ExpressionPtr& expression,
                                     const std::shared_ptr<const QueryContext>& context) {
  Program program(context);
  ARROW_ASSIGN_OR_RAISE(Node * root, program.AddFolded(expression));
  Batch batch;
  batch.num_rows = 1;
  Frame frame(&batch, program.num_nodes());
  ARROW_ASSIGN_OR_RAISE(VectorPtr result, frame.Get(root));
  return columnar::ValueAt(*result, 0);
}

}  // namespace

}  // namespace emery::functions
