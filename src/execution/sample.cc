#include <cmath>
#include <cstring>
#include <utility>

#include "execution/builder.h"

namespace emery::execution {

namespace {

// MurmurHash3 (Austin Appleby, public domain algorithm), x86 32-bit variant, as the Scala library
// computes it for bytes.
uint32_t MurmurHash3(const uint8_t* data, int size, uint32_t seed) {
  const auto rotate = [](uint32_t x, int by) { return (x << by) | (x >> (32 - by)); };
  uint32_t h = seed;
  int i = 0;
  for (; i + 4 <= size; i += 4) {
    uint32_t k;
    std::memcpy(&k, data + i, 4);
    h ^= rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
    h = rotate(h, 13) * 5 + 0xe6546b64u;
  }
  uint32_t k = 0;
  for (int j = size - 1; j >= i; --j) {
    k = (k << 8) | data[j];
  }
  if (i < size) {
    h ^= rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
  }
  h ^= static_cast<uint32_t>(size);
  h ^= h >> 16;
  h *= 0x85ebca6bu;
  h ^= h >> 13;
  h *= 0xc2b2ae35u;
  h ^= h >> 16;
  return h;
}

/// Spark's XORShiftRandom: the generator behind rand() and TABLESAMPLE.
class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed) {
    // The seed's bytes, most significant first, hashed twice; Spark's buffer is as long as the
    // number of bits of a long.
    uint8_t bytes[64] = {};
    for (int i = 0; i < 8; ++i) {
      bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(seed) >> (56 - 8 * i));
    }
    const uint32_t low = MurmurHash3(bytes, 8, 0x3c074a61u);
    const uint32_t high = MurmurHash3(bytes, 8, low);
    state_ = (static_cast<uint64_t>(high) << 32) | low;
  }

  double NextDouble() {
    const auto high = static_cast<int64_t>(Next(26)) << 27;
    return static_cast<double>(high + Next(27)) * 0x1.0p-53;
  }

 private:
  int32_t Next(int bits) {
    uint64_t next = state_ ^ (state_ << 21);
    next ^= next >> 35;
    next ^= next << 4;
    state_ = next;
    return static_cast<int32_t>(next & ((uint64_t{1} << bits) - 1));
  }

  uint64_t state_ = 0;
};

/// Keeps a row where its random number lies in [lower, upper); with replacement, as often as a
/// Poisson variable says. Each morsel has its own sequence, so the outcome does not depend on
/// threads.
class SampleOperator final : public Operator {
 public:
  SampleOperator(const physical::Sample& node, Runtime* runtime)
      : Operator(runtime->StatisticsOf(node)), node_(node) {}

  Result<std::unique_ptr<LocalState>> MakeLocal(TaskContext&) override {
    return std::make_unique<Local>();
  }

  Status Push(TaskContext& context, columnar::Batch batch, LocalState* state,
              Output& output) override {
    auto* local = static_cast<Local*>(state);
    if (local->morsel != context.morsel) {
      local->morsel = context.morsel;
      local->random = XorShiftRandom(node_.seed + context.morsel);
    }
    local->rows.clear();
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      if (node_.with_replacement) {
        for (int k = Poisson(node_.upper - node_.lower, local->random); k > 0; --k) {
          local->rows.push_back(static_cast<int32_t>(i));
        }
      } else {
        const double x = local->random.NextDouble();
        if (x >= node_.lower && x < node_.upper) {
          local->rows.push_back(static_cast<int32_t>(i));
        }
      }
    }
    const auto count = static_cast<int64_t>(local->rows.size());
    return count == 0 ? Status::OK()
                      : output.Emit(columnar::GatherBatch(batch, local->rows.data(), count));
  }

 private:
  struct Local final : LocalState {
    int64_t morsel = -1;
    XorShiftRandom random{0};
    std::vector<int32_t> rows;
  };

  // Knuth's product of uniform numbers; the mean is small here.
  static int Poisson(double mean, XorShiftRandom& random) {
    const double limit = std::exp(-mean);
    int count = 0;
    for (double product = random.NextDouble(); product > limit; product *= random.NextDouble()) {
      ++count;
    }
    return count;
  }

  const physical::Sample& node_;
};

}  // namespace

Status BuildSample(Builder& builder, const physical::Sample& node, const Chain& downstream) {
  return builder.Build(node.inputs[0], downstream.Prepend(std::make_shared<SampleOperator>(
                                           node, builder.runtime())));
}

}  // namespace emery::execution
