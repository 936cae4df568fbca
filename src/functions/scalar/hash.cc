#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/evp.h>
#include <zlib.h>

#include "base/error.h"
#include "functions/operators_internal.h"
#include "functions/registry.h"
#include "functions/spark_hash_internal.h"
#include "type/text.h"

/// hash (Murmur3), xxhash64, crc32, md5, sha1, sha2: bit for bit what Spark gives.
namespace emery::functions {

using type::PhysicalType;
using type::TypeId;

namespace {

// ---- Murmur3
// ---------------------------------------------------------------------------------------------------------

uint32_t MixK1(uint32_t k) {
  return std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U;
}

uint32_t MixH1(uint32_t h, uint32_t k) {
  return std::rotl(h ^ k, 13) * 5 + 0xe6546b64U;
}

int32_t FinishMurmur(uint32_t h, uint32_t length) {
  h ^= length;
  h ^= h >> 16;
  h *= 0x85ebca6bU;
  h ^= h >> 13;
  h *= 0xc2b2ae35U;
  h ^= h >> 16;
  return static_cast<int32_t>(h);
}

struct Murmur3 {
  using Hash = int32_t;

  static Hash Int(int32_t v, Hash seed) {
    return FinishMurmur(MixH1(static_cast<uint32_t>(seed), MixK1(static_cast<uint32_t>(v))), 4);
  }

  static Hash Long(int64_t v, Hash seed) {
    uint32_t h = MixH1(static_cast<uint32_t>(seed), MixK1(static_cast<uint32_t>(v)));
    h = MixH1(h, MixK1(static_cast<uint32_t>(static_cast<uint64_t>(v) >> 32)));
    return FinishMurmur(h, 8);
  }

  /// Whole words of four bytes, then byte by byte, each sign-extended: Spark's own variant.
  static Hash Bytes(std::string_view s, Hash seed) {
    auto h = static_cast<uint32_t>(seed);
    size_t i = 0;
    for (; i + 4 <= s.size(); i += 4) {
      uint32_t word;
      std::memcpy(&word, s.data() + i, 4);
      h = MixH1(h, MixK1(word));
    }
    for (; i < s.size(); ++i) {
      h = MixH1(h,
                MixK1(static_cast<uint32_t>(static_cast<int32_t>(static_cast<signed char>(s[i])))));
    }
    return FinishMurmur(h, static_cast<uint32_t>(s.size()));
  }
};

// ---- XXH64
// -----------------------------------------------------------------------------------------------------------

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;

uint64_t Avalanche(uint64_t h) {
  h ^= h >> 33;
  h *= kPrime2;
  h ^= h >> 29;
  h *= kPrime3;
  return h ^ (h >> 32);
}

struct XxHash64 {
  using Hash = int64_t;

  static Hash Int(int32_t v, Hash seed) {
    uint64_t h = static_cast<uint64_t>(seed) + kPrime5 + 4;
    h ^= static_cast<uint64_t>(static_cast<uint32_t>(v)) * kPrime1;
    h = std::rotl(h, 23) * kPrime2 + kPrime3;
    return static_cast<Hash>(Avalanche(h));
  }

  static Hash Long(int64_t v, Hash seed) {
    uint64_t h = static_cast<uint64_t>(seed) + kPrime5 + 8;
    h ^= std::rotl(static_cast<uint64_t>(v) * kPrime2, 31) * kPrime1;
    h = std::rotl(h, 27) * kPrime1 + kPrime4;
    return static_cast<Hash>(Avalanche(h));
  }

  static Hash Bytes(std::string_view s, Hash seed) {
    const char* p = s.data();
    size_t left = s.size();
    const auto word = [&p] {
      uint64_t w;
      std::memcpy(&w, p, 8);
      p += 8;
      return w;
    };
    const auto start = static_cast<uint64_t>(seed);
    uint64_t h;
    if (left >= 32) {
      uint64_t v[4] = {start + kPrime1 + kPrime2, start + kPrime2, start, start - kPrime1};
      while (left >= 32) {
        for (uint64_t& lane : v) {
          lane = std::rotl(lane + word() * kPrime2, 31) * kPrime1;
        }
        left -= 32;
      }
      h = std::rotl(v[0], 1) + std::rotl(v[1], 7) + std::rotl(v[2], 12) + std::rotl(v[3], 18);
      for (const uint64_t lane : v) {
        h = (h ^ (std::rotl(lane * kPrime2, 31) * kPrime1)) * kPrime1 + kPrime4;
      }
    } else {
      h = start + kPrime5;
    }
    h += s.size();
    while (left >= 8) {
      h = std::rotl(h ^ (std::rotl(word() * kPrime2, 31) * kPrime1), 27) * kPrime1 + kPrime4;
      left -= 8;
    }
    if (left >= 4) {
      uint32_t w;
      std::memcpy(&w, p, 4);
      p += 4;
      left -= 4;
      h = std::rotl(h ^ (static_cast<uint64_t>(w) * kPrime1), 23) * kPrime2 + kPrime3;
    }
    while (left-- > 0) {
      h = std::rotl(h ^ (static_cast<uint64_t>(static_cast<uint8_t>(*p++)) * kPrime5), 11) *
          kPrime1;
    }
    return static_cast<Hash>(Avalanche(h));
  }
};

/// Bytes of an unscaled decimal as Java's BigInteger.toByteArray: big-endian two's complement, as
/// short as it gets.
std::string_view BigIntegerBytes(type::int128_t v, char (&buffer)[16]) {
  int count = 16;
  for (int i = 0; i < 16; ++i) {
    buffer[i] = static_cast<char>(v >> (8 * (15 - i)));
  }
  int first = 0;
  while (count > 1) {
    const auto top = static_cast<uint8_t>(buffer[first]);
    const bool next_negative = (static_cast<uint8_t>(buffer[first + 1]) & 0x80) != 0;
    if ((top == 0 && !next_negative) || (top == 0xff && next_negative)) {
      ++first;
      --count;
    } else {
      break;
    }
  }
  return {buffer + first, static_cast<size_t>(count)};
}

template <class Algorithm>
typename Algorithm::Hash HashRow(const Vector& v, int64_t row, typename Algorithm::Hash seed);

template <class Algorithm, class T>
typename Algorithm::Hash HashValue(const type::DataType& t, const T& v,
                                   typename Algorithm::Hash seed) {
  if constexpr (std::is_same_v<T, StringView>) {
    return Algorithm::Bytes(v.view(), seed);
  } else if constexpr (std::is_same_v<T, float>) {
    const float canonical =
        v == 0 ? 0.0F : (std::isnan(v) ? std::numeric_limits<float>::quiet_NaN() : v);
    return Algorithm::Int(std::bit_cast<int32_t>(canonical), seed);
  } else if constexpr (std::is_same_v<T, double>) {
    const double canonical =
        v == 0 ? 0.0 : (std::isnan(v) ? std::numeric_limits<double>::quiet_NaN() : v);
    return Algorithm::Long(std::bit_cast<int64_t>(canonical), seed);
  } else if constexpr (std::is_same_v<T, type::int128_t>) {
    char buffer[16];
    return Algorithm::Bytes(BigIntegerBytes(v, buffer), seed);
  } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
    return Algorithm::Int(v.months, Algorithm::Int(v.days, Algorithm::Long(v.microseconds, seed)));
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return Algorithm::Long(v, seed);
  } else if constexpr (std::is_same_v<T, ListEntry>) {
    (void)t;
    return seed;
  } else {
    return Algorithm::Int(static_cast<int32_t>(v), seed);
  }
}

template <class Algorithm>
typename Algorithm::Hash HashRow(const Vector& v, int64_t row, typename Algorithm::Hash seed) {
  if (v.physical() == PhysicalType::kNull || v.IsNull(row)) {
    return seed;
  }
  const int64_t at = v.is_constant() ? 0 : row;
  if (v.physical() == PhysicalType::kStruct) {
    for (const VectorPtr& child : v.children()) {
      seed = HashRow<Algorithm>(*child, at, seed);
    }
    return seed;
  }
  if (v.physical() == PhysicalType::kList) {
    const ListEntry entry = v.values<ListEntry>()[at];
    for (int32_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      for (const VectorPtr& child : v.children()) {
        seed = HashRow<Algorithm>(*child, i, seed);
      }
    }
    return seed;
  }
  return columnar::DispatchPhysical(v.physical(), [&]<class T>(std::type_identity<T>) {
    return HashValue<Algorithm>(*v.type(), VectorReader<T>(v)[row], seed);
  });
}

template <class Algorithm>
void HashColumn(const Vector& v, int64_t num_rows, typename Algorithm::Hash* hashes) {
  const PhysicalType physical = v.physical();
  if (physical == PhysicalType::kNull || v.is_constant_null()) {
    return;
  }
  if (physical == PhysicalType::kStruct || physical == PhysicalType::kList) {
    for (int64_t i = 0; i < num_rows; ++i) {
      hashes[i] = HashRow<Algorithm>(v, i, hashes[i]);
    }
    return;
  }
  columnar::DispatchPhysical(physical, [&]<class T>(std::type_identity<T>) {
    const VectorReader<T> reader(v);
    for (int64_t i = 0; i < num_rows; ++i) {
      if (!reader.IsNull(i)) {
        hashes[i] = HashValue<Algorithm>(*v.type(), reader[i], hashes[i]);
      }
    }
  });
}

template <class Algorithm>
Result<VectorPtr> HashColumns(const KernelArguments& a) {
  using Hash = typename Algorithm::Hash;
  columnar::BufferPtr values = columnar::Buffer::Allocate(a.num_rows * sizeof(Hash));
  Hash* out = reinterpret_cast<Hash*>(values->mutable_data());
  for (int64_t i = 0; i < a.num_rows; ++i) {
    out[i] = 42;
  }
  for (const VectorPtr& v : a.arguments) {
    HashColumn<Algorithm>(*v, a.num_rows, out);
  }
  return Vector::MakeFlat(a.return_type, a.num_rows, std::move(values), nullptr);
}

bool HasMap(const type::DataType& t) {
  if (t.is(TypeId::kMap)) {
    return true;
  }
  for (const type::Field& field : t.fields()) {
    if (HasMap(*field.type)) {
      return true;
    }
  }
  return false;
}

template <class Algorithm>
Bind HashBind(const type::TypePtr& result) {
  return [result](const BindInput& input) -> Result<BoundScalar> {
    for (const type::TypePtr& t : input.types) {
      if (HasMap(*t)) {
        return base::UserError("DATATYPE_MISMATCH.HASH_MAP_TYPE",
                               "Cannot resolve \"" + std::string(input.name) +
                                   "\" due to data type mismatch: Input to the function `" +
                                   std::string(input.name) +
                                   "` cannot contain elements of the \"MAP\" type.",
                               {{"functionName", base::QuoteIdentifier(input.name)}});
      }
    }
    BoundScalar bound = Bound(input.types, result, HashColumns<Algorithm>, false, false);
    bound.null_propagating = false;
    return bound;
  };
}

// ---- digests
// ---------------------------------------------------------------------------------------------------------

void AppendDigest(const EVP_MD* algorithm, std::string_view s, StringWriter* out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(s.data(), s.size(), digest, &size, algorithm, nullptr);
  for (unsigned i = 0; i < size; ++i) {
    out->Append("0123456789abcdef"[digest[i] >> 4]);
    out->Append("0123456789abcdef"[digest[i] & 15]);
  }
}

bool Sha2(std::string_view s, int32_t bits, StringWriter& out) {
  const EVP_MD* algorithm = nullptr;
  switch (bits) {
    case 224:
      algorithm = EVP_sha224();
      break;
    case 0:
    case 256:
      algorithm = EVP_sha256();
      break;
    case 384:
      algorithm = EVP_sha384();
      break;
    case 512:
      algorithm = EVP_sha512();
      break;
    default:
      return false;
  }
  AppendDigest(algorithm, s, &out);
  return true;
}

ScalarFunction Describe(std::string name, std::vector<std::string> aliases, int min_arguments,
                        int max_arguments, Bind bind, std::string description,
                        std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.aliases = std::move(aliases);
  function.min_arguments = min_arguments;
  function.max_arguments = max_arguments;
  function.bind = std::move(bind);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = "1.5.0";
  return function;
}

}  // namespace

void Murmur3Rows(const Vector& column, int64_t num_rows, int32_t* hashes) {
  HashColumn<Murmur3>(column, num_rows, hashes);
}

void XxHash64Rows(const Vector& column, int64_t num_rows, int64_t* hashes) {
  HashColumn<XxHash64>(column, num_rows, hashes);
}

static const Registration kHash(Describe("hash", {}, 1, -1, HashBind<Murmur3>(type::Int()),
                                         "Returns a 32-bit hash of the arguments (Murmur3).",
                                         {{"SELECT hash('Spark', array(123), 2)", "-1321691492"}}));
static const Registration kXxHash64(
    Describe("xxhash64", {}, 1, -1, HashBind<XxHash64>(type::Long()),
             "Returns a 64-bit hash of the arguments (XXH64).",
             {{"SELECT xxhash64('Spark', array(123), 2)", "5602566077635097486"}}));
static const Registration kCrc32(Describe(
    "crc32", {}, 1, 1,
    Signature({type::Binary()}, type::Long(), MakeKernel([](std::string_view s) -> int64_t {
                return static_cast<int64_t>(
                    crc32_z(0, reinterpret_cast<const Bytef*>(s.data()), s.size()));
              })),
    "Returns the cyclic redundancy check of 32 bits.", {{"SELECT crc32('Spark')", "1557323817"}}));
static const Registration kMd5(
    Describe("md5", {}, 1, 1,
             Signature({type::Binary()}, type::String(),
                       MakeKernel([](std::string_view s, StringWriter& out) {
                         AppendDigest(EVP_md5(), s, &out);
                       })),
             "Returns the MD5 digest as hexadecimal digits.",
             {{"SELECT md5('Spark')", "8cde774d6f7333752ed72cacddb05126"}}));
static const Registration kSha1(
    Describe("sha", {"sha1"}, 1, 1,
             Signature({type::Binary()}, type::String(),
                       MakeKernel([](std::string_view s, StringWriter& out) {
                         AppendDigest(EVP_sha1(), s, &out);
                       })),
             "Returns the SHA-1 digest as hexadecimal digits.",
             {{"SELECT sha('Spark')", "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c"}}));
static const Registration kSha2(Describe(
    "sha2", {}, 2, 2,
    Signature({type::Binary(), type::Int()}, type::String(), MakeKernel(Sha2), {.nullable = true}),
    "Returns the SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits.",
    {{"SELECT sha2('Spark', 256)",
      "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b"}}));

}  // namespace emery::functions
