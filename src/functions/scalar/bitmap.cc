// Bitmaps for counting distinct numbers: bitmap_bit_position, bitmap_bucket_number, bitmap_count.

#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

constexpr int64_t kBitmapBits = 32768;

int64_t BitPosition(int64_t n) {
  // Numbers of a bucket count from 1; negative ones are mirrored.
  return n > 0 ? (n - 1) % kBitmapBits : -(n % kBitmapBits);
}

int64_t BucketNumber(int64_t n) {
  return n > 0 ? 1 + (n - 1) / kBitmapBits : n / kBitmapBits;
}

int64_t BitCount(std::string_view bytes) {
  int64_t count = 0;
  for (const char c : bytes) {
    count += std::popcount(static_cast<unsigned char>(c));
  }
  return count;
}

Result<BoundScalar> BindBitCount(const BindInput& input) {
  if (!input.types[0]->is(type::TypeId::kBinary) && !input.types[0]->is_null()) {
    return UnexpectedType(input, 0, "\"BINARY\"");
  }
  return MakeBound({type::Binary()}, type::Long(), MakeKernel(BitCount));
}

const Registration kBitPosition(ScalarFunction{
    .name = "bitmap_bit_position",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::Long()}, type::Long(), MakeKernel(BitPosition)),
    .description = "The place of a number in its bucket's bitmap.",
    .examples = {{"SELECT bitmap_bit_position(123)", "122"}},
    .since = "3.5.0"});
const Registration kBucketNumber(ScalarFunction{
    .name = "bitmap_bucket_number",
    .min_arguments = 1,
    .max_arguments = 1,
    .bind = Signature({type::Long()}, type::Long(), MakeKernel(BucketNumber)),
    .description = "The bucket of 32768 numbers that a number belongs to.",
    .examples = {{"SELECT bitmap_bucket_number(123)", "1"}},
    .since = "3.5.0"});
const Registration kBitmapCount(ScalarFunction{.name = "bitmap_count",
                                               .min_arguments = 1,
                                               .max_arguments = 1,
                                               .bind = BindBitCount,
                                               .description = "How many bits of a bitmap are set.",
                                               .examples = {{"SELECT bitmap_count(X'1010')", "2"}},
                                               .since = "3.5.0"});

}  // namespace
}  // namespace emery::functions
