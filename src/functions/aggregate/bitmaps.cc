// bitmap_construct_agg, bitmap_or_agg, bitmap_and_agg: sets of 32768 numbers as bitmaps of 4 KiB.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "functions/aggregate/aggregate_internal.h"

namespace emery::functions {
namespace {

constexpr size_t kBytes = 4096;
constexpr int64_t kBits = 8 * kBytes;

using Bitmap = std::array<uint8_t, kBytes>;

struct BitmapState {
  std::unique_ptr<Bitmap> bitmap;
};

enum class Combination : uint8_t { kOr, kAnd };

/// What all three share: a bitmap that others are combined with; none stands for the one that
/// changes nothing.
template <class Self, Combination kCombination>
struct BitmapAggregate : AggregateBase<Self, BitmapState> {
  using Base = AggregateBase<Self, BitmapState>;
  using Base::At;

  static constexpr uint8_t kNeutral = kCombination == Combination::kOr ? 0 : 0xFF;

  static Bitmap& Get(BitmapState& s) {
    if (s.bitmap == nullptr) {
      s.bitmap = std::make_unique<Bitmap>();
      s.bitmap->fill(kNeutral);
    }
    return *s.bitmap;
  }

  /// Bytes that are not there are zero.
  static void CombineBytes(BitmapState& s, std::string_view bytes) {
    Bitmap& bitmap = Get(s);
    const size_t count = std::min(bytes.size(), kBytes);
    for (size_t i = 0; i < count; ++i) {
      const auto byte = static_cast<uint8_t>(bytes[i]);
      bitmap[i] = static_cast<uint8_t>(kCombination == Combination::kOr ? bitmap[i] | byte
                                                                        : bitmap[i] & byte);
    }
    if (kCombination == Combination::kAnd) {
      std::fill(bitmap.begin() + static_cast<int64_t>(count), bitmap.end(), uint8_t{0});
    }
  }

  Input<StringView> ReadStates(const std::vector<VectorPtr>& v) const {
    return Input<StringView>(v[0]);
  }

  void Combine(BitmapState& s, const Input<StringView>& in, int64_t i) const {
    if (!in.IsNull(i) && in[i].size() > 0) {
      CombineBytes(s, in[i].view());
    }
  }

  static VectorPtr Write(const TypePtr& type, const void* const* states, int64_t count,
                         bool final_values) {
    FlatWriter out(type, count);
    const std::string neutral(kBytes, static_cast<char>(kNeutral));
    for (int64_t i = 0; i < count; ++i) {
      const auto& bitmap = At(states, i).bitmap;
      if (bitmap != nullptr) {
        out.SetString(i, {reinterpret_cast<const char*>(bitmap->data()), kBytes});
      } else if (final_values) {
        out.SetString(i, neutral);
      }
    }
    return out.Finish(count);
  }

  Result<std::vector<VectorPtr>> Export(const void* const* states, int64_t count) const override {
    return std::vector<VectorPtr>{Write(type::Binary(), states, count, false)};
  }

  Result<VectorPtr> Finalize(const void* const* states, int64_t count) const override {
    return Write(this->return_type, states, count, true);
  }

  int64_t OwnedBytes(const void* state) const override {
    return static_cast<const BitmapState*>(state)->bitmap == nullptr ? 0
                                                                     : static_cast<int64_t>(kBytes);
  }
};

template <Combination kCombination>
struct CombineBitmaps final : BitmapAggregate<CombineBitmaps<kCombination>, kCombination> {
  Input<StringView> Read(const std::vector<VectorPtr>& v) const { return Input<StringView>(v[0]); }

  void Add(BitmapState& s, const Input<StringView>& in, int64_t i) const {
    if (!in.IsNull(i)) {
      this->CombineBytes(s, in[i].view());
    }
  }
};

struct ConstructBitmap final : BitmapAggregate<ConstructBitmap, Combination::kOr> {
  Input<int64_t> Read(const std::vector<VectorPtr>& v) const { return Input<int64_t>(v[0]); }

  void Add(BitmapState& s, const Input<int64_t>& in, int64_t i) const {
    if (!in.IsNull(i)) {
      const int64_t position = in[i];
      Get(s)[static_cast<size_t>(position / 8)] |= static_cast<uint8_t>(1U << (position % 8));
    }
  }

  Status Check(const std::vector<VectorPtr>& arguments, int64_t num_rows) const {
    const Input<int64_t> in = Read(arguments);
    for (int64_t i = 0; i < num_rows; ++i) {
      if (!in.IsNull(i) && (in[i] < 0 || in[i] >= kBits)) {
        const std::string position = std::to_string(in[i]);
        return base::UserError(
            "INVALID_BITMAP_POSITION",
            "The 0-indexed bitmap position " + position +
                " is out of bounds. The bitmap has 32768 bits (4096 bytes).",
            {{"bitPosition", position}, {"bitmapNumBytes", "4096"}, {"bitmapNumBits", "32768"}});
      }
    }
    return Status::OK();
  }

  Status Update(void* const* states, const std::vector<VectorPtr>& arguments,
                int64_t num_rows) const override {
    ARROW_RETURN_NOT_OK(Check(arguments, num_rows));
    return AggregateBase::Update(states, arguments, num_rows);
  }

  Status UpdateSingle(void* state, const std::vector<VectorPtr>& arguments,
                      int64_t num_rows) const override {
    ARROW_RETURN_NOT_OK(Check(arguments, num_rows));
    return AggregateBase::UpdateSingle(state, arguments, num_rows);
  }
};

template <class A>
Result<BoundAggregatePtr> BindBitmap(const BindInput& input) {
  constexpr bool kConstruct = std::is_same_v<A, ConstructBitmap>;
  const TypePtr& given = input.types[0];
  if (!kConstruct && !given->is(type::TypeId::kBinary) && !given->is_null()) {
    return UnexpectedType(input, 0, "\"BINARY\"");
  }
  const TypePtr argument = kConstruct ? type::Long() : type::Binary();
  ARROW_RETURN_NOT_OK(Require(input, 0, argument).status());
  auto aggregate = std::make_shared<A>();
  aggregate->nullable = false;
  aggregate->duplicate_insensitive = true;
  return Bound(aggregate, {argument}, type::Binary(), {type::Binary()});
}

const Registration kConstruct(AggregateFunction{
    .name = "bitmap_construct_agg",
    .bind = BindBitmap<ConstructBitmap>,
    .description = "A bitmap with the bits at the given positions set.",
    .examples = {{"SELECT bitmap_count(bitmap_construct_agg(bitmap_bit_position(col))) FROM "
                  "VALUES (1), (2), (2) AS tab(col)",
                  "2"}},
    .since = "3.5.0"});
const Registration kOr(AggregateFunction{
    .name = "bitmap_or_agg",
    .bind = BindBitmap<CombineBitmaps<Combination::kOr>>,
    .description = "The bits that are set in any of the bitmaps.",
    .examples =
        {{"SELECT bitmap_count(bitmap_or_agg(col)) FROM VALUES (X'10'), (X'20') AS tab(col)", "2"}},
    .since = "3.5.0"});
const Registration kAnd(AggregateFunction{
    .name = "bitmap_and_agg",
    .bind = BindBitmap<CombineBitmaps<Combination::kAnd>>,
    .description = "The bits that are set in all of the bitmaps.",
    .examples =
        {{"SELECT bitmap_count(bitmap_and_agg(col)) FROM VALUES (X'30'), (X'20') AS tab(col)",
          "1"}},
    .since = "4.1.0"});

}  // namespace
}  // namespace emery::functions
