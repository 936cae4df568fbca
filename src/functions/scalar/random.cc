#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/binding.h"
#include "functions/evaluator.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "functions/xor_shift_internal.h"
#include "type/coercion.h"

/// rand, randn, uniform, uuid, monotonically_increasing_id, spark_partition_id. Each bound
/// call has its own generator, seeded as in Spark by the seed plus the partition's number, so that
/// one partition gives Spark's numbers.
namespace emery::functions {

using type::TypeId;
using type::TypePtr;

namespace {

int64_t RandomSeed() {
  std::random_device device;
  return static_cast<int64_t>((static_cast<uint64_t>(device()) << 32) | device());
}

/// The seed argument, or a random one. Null counts as 0.
Result<int64_t> SeedOf(const BindInput& input, size_t index) {
  if (input.types.size() <= index) {
    return RandomSeed();
  }
  const plan::Literal* literal = input.literals[index];
  if (literal == nullptr) {
    return base::UserError("SEED_EXPRESSION_IS_UNFOLDABLE",
                           "The seed expression of the expression \"" + std::string(input.name) +
                               "\" must be foldable.");
  }
  if (literal->value.is_null()) {
    return 0;
  }
  if (!literal->type->is_integral()) {
    return UnexpectedInputType(input, index, "(\"INT\" or \"BIGINT\")");
  }
  return literal->value.integer();
}

/// Made when the first batch comes: only then is the partition known.
class Generator {
 public:
  explicit Generator(int64_t seed) : seed_(seed) {}

  XorShiftRandom& Get() {
    if (random_ == nullptr) {
      random_ = std::make_unique<XorShiftRandom>(seed_ + CurrentPartition());
    }
    return *random_;
  }

 private:
  int64_t seed_;
  std::unique_ptr<XorShiftRandom> random_;
};

template <class Next>
ScalarKernel DoublesOf(int64_t seed, Next next) {
  auto generator = std::make_shared<Generator>(seed);
  return [generator, next](const KernelArguments& a) -> Result<VectorPtr> {
    columnar::BufferPtr values = columnar::Buffer::Allocate(a.num_rows * sizeof(double));
    auto* out = reinterpret_cast<double*>(values->mutable_data());
    XorShiftRandom& random = generator->Get();
    for (int64_t i = 0; i < a.num_rows; ++i) {
      out[i] = next(random);
    }
    return Vector::MakeFlat(a.return_type, a.num_rows, std::move(values), nullptr);
  };
}

Result<BoundScalar> BindRandom(const BindInput& input, bool gaussian) {
  ARROW_ASSIGN_OR_RAISE(const int64_t seed, SeedOf(input, 0));
  ScalarKernel kernel = gaussian
                            ? DoublesOf(seed, [](XorShiftRandom& r) { return r.NextGaussian(); })
                            : DoublesOf(seed, [](XorShiftRandom& r) { return r.NextDouble(); });
  BoundScalar bound = Bound(input.types, type::Double(), std::move(kernel), false, false);
  bound.null_propagating = false;
  return bound;
}

Result<BoundScalar> BindUniform(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const int64_t seed, SeedOf(input, 2));
  for (size_t i = 0; i < 2; ++i) {
    if (!input.types[i]->is_numeric() && !input.types[i]->is_null()) {
      return UnexpectedInputType(input, i, "integer or floating-point");
    }
  }
  TypePtr result = type::CommonType(input.types[0], input.types[1], IsAnsi(input));
  if (result == nullptr || result->is_null()) {
    result = type::Double();
  }
  std::vector<TypePtr> types = {type::Double(), type::Double()};
  if (input.types.size() > 2) {
    types.push_back(input.types[2]);
  }
  auto generator = std::make_shared<Generator>(seed);
  ScalarKernel kernel = [generator](const KernelArguments& a) -> Result<VectorPtr> {
    const TypePtr as_double = type::Double();
    const std::vector<VectorPtr> bounds = {columnar::Flatten(a.arguments[0]),
                                           columnar::Flatten(a.arguments[1])};
    XorShiftRandom& random = generator->Get();
    ARROW_ASSIGN_OR_RAISE(VectorPtr values, Map(KernelArguments{bounds, a.num_rows, as_double,
                                                                a.state, a.context, a.mode},
                                                [&random](double low, double high, double& out) {
                                                  out = low + (high - low) * random.NextDouble();
                                                }));
    return CastVector(values, a.return_type, plan::EvalMode::kLegacy, a.context);
  };
  return Bound(std::move(types), result, std::move(kernel), false);
}

Result<BoundScalar> BindUuid(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const int64_t seed, SeedOf(input, 0));
  auto generator = std::make_shared<std::mt19937_64>(static_cast<uint64_t>(seed));
  ScalarKernel kernel = [generator](const KernelArguments& a) -> Result<VectorPtr> {
    FlatWriter writer(a.return_type, a.num_rows);
    for (int64_t i = 0; i < a.num_rows; ++i) {
      // Version 4, variant 1.
      const uint64_t words[2] = {((*generator)() & ~uint64_t{0xF000}) | 0x4000,
                                 ((*generator)() & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63)};
      std::string text;
      for (int nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) {
          text += '-';
        }
        text += "0123456789abcdef"[(words[nibble / 16] >> (60 - 4 * (nibble % 16))) & 15];
      }
      writer.SetString(i, text);
    }
    return writer.Finish(a.num_rows);
  };
  BoundScalar bound = Bound(input.types, type::String(), std::move(kernel), false, false);
  bound.null_propagating = false;
  return bound;
}

Result<BoundScalar> BindRandStr(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "length", "INT or SMALLINT");
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Int()).status());
  std::vector<TypePtr> arguments = {type::Int()};
  int64_t seed = static_cast<int64_t>(std::random_device{}());
  if (input.types.size() > 1) {
    ARROW_RETURN_NOT_OK(Require(input, 1, type::Long()).status());
    arguments.push_back(type::Long());
    seed = LiteralInteger(input, 1).value_or(0);
  }
  auto generator = std::make_shared<Generator>(seed);
  ScalarKernel kernel = [generator](const KernelArguments& a) -> Result<VectorPtr> {
    static constexpr char kPool[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    columnar::FlatWriter out(a.return_type, a.num_rows);
    const VectorReader<int32_t> length(*a.arguments[0]);
    XorShiftRandom& random = generator->Get();
    std::string text;
    for (int64_t i = 0; i < a.num_rows; ++i) {
      if (length[i] < 0) {
        return base::UserError(
            "INVALID_PARAMETER_VALUE.LENGTH",
            "The value of parameter(s) `length` in `randstr` is invalid: Expects `length` greater "
            "than or equal to 0, but got " +
                std::to_string(length[i]) + ".",
            {{"parameter", "`length`"}, {"functionName", "`randstr`"}});
      }
      text.resize(static_cast<size_t>(length[i]));
      for (char& c : text) {
        c = kPool[std::abs(random.Next(32) % 62)];
      }
      out.SetString(i, text);
    }
    return out.Finish(a.num_rows);
  };
  BoundScalar bound = Bound(std::move(arguments), type::String(), std::move(kernel), true, false);
  bound.null_propagating = false;
  return bound;
}

Result<BoundScalar> BindIncreasingId(const BindInput&) {
  auto next = std::make_shared<int64_t>(-1);
  ScalarKernel kernel = [next](const KernelArguments& a) -> Result<VectorPtr> {
    if (*next < 0) {
      *next = static_cast<int64_t>(CurrentPartition()) << 33;
    }
    columnar::BufferPtr values = columnar::Buffer::Allocate(a.num_rows * sizeof(int64_t));
    auto* out = reinterpret_cast<int64_t*>(values->mutable_data());
    for (int64_t i = 0; i < a.num_rows; ++i) {
      out[i] = (*next)++;
    }
    return Vector::MakeFlat(a.return_type, a.num_rows, std::move(values), nullptr);
  };
  return Bound({}, type::Long(), std::move(kernel), false, false);
}

Result<BoundScalar> BindPartitionId(const BindInput&) {
  return Bound(
      {}, type::Int(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        return Vector::MakeConstant(a.return_type, type::Value::Int(CurrentPartition()),
                                    a.num_rows);
      },
      false, false);
}

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, int min_arguments,
                        int max_arguments, Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = min_arguments;
  function.max_arguments = max_arguments;
  function.deterministic = false;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.4.0";
  return function;
}

}  // namespace

int& CurrentPartition() {
  thread_local int partition = 0;
  return partition;
}

static const Registration kRand(Describe("rand", {"random"}, 0, 1,
                                         [](const BindInput& i) { return BindRandom(i, false); },
                                         "Returns random doubles between 0 and 1.",
                                         {{"SELECT rand(0)", "0.7604953758285915"}}));
static const Registration kRandn(Describe("randn", {}, 0, 1,
                                          [](const BindInput& i) { return BindRandom(i, true); },
                                          "Returns random doubles of the normal distribution.",
                                          {{"SELECT randn(0)", "1.6034991609278433"}}));
static const Registration kUniform(Describe("uniform", {}, 2, 3, BindUniform,
                                            "Returns random numbers between two bounds.",
                                            {{"SELECT uniform(10, 20, 0) > 0", "true"}}));
static const Registration kUuid(Describe("uuid", {}, 0, 1, BindUuid, "Returns random UUIDs.",
                                         {{"SELECT length(uuid())", "36"}}));
static const Registration kIncreasingId(
    Describe("monotonically_increasing_id", {}, 0, 0, BindIncreasingId,
             "Returns unique, increasing numbers; the partition's number is in the upper 31 bits.",
             {{"SELECT monotonically_increasing_id()", "0"}}));
static const Registration kRandStr(Describe("randstr", {}, 1, 2, BindRandStr,
                                            "A random string of letters and digits.",
                                            {{"SELECT length(randstr(3, 0))", "3"}}));
static const Registration kPartitionId(Describe("spark_partition_id", {}, 0, 0, BindPartitionId,
                                                "Returns the partition's number.",
                                                {{"SELECT spark_partition_id()", "0"}}));

}  // namespace emery::functions
