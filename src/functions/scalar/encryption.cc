// aes_encrypt, aes_decrypt, try_aes_decrypt.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypePtr;

constexpr size_t kTagBytes = 16;

enum class Mode : uint8_t { kGcm, kCbc, kEcb };

/// Bytes before the ciphertext that a mode starts from.
size_t IvBytes(Mode mode) {
  return mode == Mode::kGcm ? 12 : mode == Mode::kCbc ? 16 : 0;
}

std::string Upper(string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

/// The arguments of one call.
struct Request {
  string_view function;
  string_view input;
  string_view key;
  string_view mode = "GCM";
  string_view padding = "DEFAULT";
  string_view iv;
  string_view aad;
};

// Spark names both functions in most of their errors.
constexpr const char* kBoth = "`aes_encrypt`/`aes_decrypt`";

Status ParameterError(const char* condition, const std::string& parameter, const std::string& text,
                      base::ErrorParameters more = {}) {
  base::ErrorParameters parameters = {{"parameter", parameter}, {"functionName", kBoth}};
  parameters.insert(parameters.end(), more.begin(), more.end());
  return base::UserError(
      std::string("INVALID_PARAMETER_VALUE.") + condition,
      "The value of parameter(s) " + parameter + " in " + kBoth + " is invalid: " + text,
      std::move(parameters));
}

Status CryptoError(const char* detail) {
  return ParameterError("AES_CRYPTO_ERROR", "`expr`, `key`",
                        std::string("detail message: ") + detail, {{"detailMessage", detail}});
}

Result<Mode> FindMode(const Request& r) {
  const std::string mode = Upper(r.mode);
  const std::string padding = Upper(r.padding);
  if (mode == "GCM" && (padding == "NONE" || padding == "DEFAULT")) {
    return Mode::kGcm;
  }
  if ((mode == "CBC" || mode == "ECB") && (padding == "PKCS" || padding == "DEFAULT")) {
    return mode == "CBC" ? Mode::kCbc : Mode::kEcb;
  }
  return base::UserError("UNSUPPORTED_FEATURE.AES_MODE",
                         "The feature is not supported: AES-" + std::string(r.mode) +
                             " with the padding " + std::string(r.padding) + " by the " + kBoth +
                             " function.",
                         {{"mode", std::string(r.mode)},
                          {"padding", std::string(r.padding)},
                          {"functionName", kBoth}});
}

const EVP_CIPHER* CipherFor(Mode mode, size_t key_bytes) {
  switch (mode) {
    case Mode::kGcm:
      return key_bytes == 16   ? EVP_aes_128_gcm()
             : key_bytes == 24 ? EVP_aes_192_gcm()
                               : EVP_aes_256_gcm();
    case Mode::kCbc:
      return key_bytes == 16   ? EVP_aes_128_cbc()
             : key_bytes == 24 ? EVP_aes_192_cbc()
                               : EVP_aes_256_cbc();
    case Mode::kEcb:
      break;
  }
  return key_bytes == 16   ? EVP_aes_128_ecb()
         : key_bytes == 24 ? EVP_aes_192_ecb()
                           : EVP_aes_256_ecb();
}

Status CheckKey(const Request& r) {
  if (r.key.size() == 16 || r.key.size() == 24 || r.key.size() == 32) {
    return Status::OK();
  }
  const std::string size = std::to_string(r.key.size());
  return ParameterError(
      "AES_KEY_LENGTH", "`key`",
      "expects a binary value with 16, 24 or 32 bytes, but got " + size + " bytes.",
      {{"actualLength", size}});
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* Bytes(string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

Status Encrypt(const Request& r, std::string* out) {
  ARROW_RETURN_NOT_OK(CheckKey(r));
  ARROW_ASSIGN_OR_RAISE(const Mode mode, FindMode(r));
  std::string iv(r.iv);
  if (!iv.empty()) {
    if (mode == Mode::kEcb) {
      return base::UserError(
          "UNSUPPORTED_FEATURE.AES_MODE_IV",
          "The feature is not supported: `" + std::string(r.function) + "` with AES-" +
              std::string(r.mode) + " does not support initialization vectors (IVs).",
          {{"mode", std::string(r.mode)}, {"functionName", "`" + std::string(r.function) + "`"}});
    }
    if (iv.size() != IvBytes(mode)) {
      return ParameterError(
          "AES_IV_LENGTH", "`iv`",
          "supports 16-byte CBC IVs and 12-byte GCM IVs, but got " + std::to_string(iv.size()) +
              " bytes for " + std::string(r.mode) + ".",
          {{"mode", std::string(r.mode)}, {"actualLength", std::to_string(iv.size())}});
    }
  } else {
    iv.resize(IvBytes(mode));
    if (!iv.empty() &&
        RAND_bytes(reinterpret_cast<unsigned char*>(iv.data()), static_cast<int>(iv.size())) != 1) {
      return base::InternalError("no random numbers for an initialization vector");
    }
  }
  if (!r.aad.empty() && mode != Mode::kGcm) {
    return base::UserError(
        "UNSUPPORTED_FEATURE.AES_MODE_AAD",
        "The feature is not supported: `" + std::string(r.function) + "` with AES-" +
            std::string(r.mode) + " does not support additional authenticate data (AAD).",
        {{"mode", std::string(r.mode)}, {"functionName", "`" + std::string(r.function) + "`"}});
  }
  const Context context(EVP_CIPHER_CTX_new());
  const size_t begin = iv.size();
  *out = iv;
  out->resize(begin + r.input.size() + 2 * kTagBytes);
  auto* to = reinterpret_cast<unsigned char*>(out->data()) + begin;
  int size = 0;
  int last = 0;
  int unused = 0;
  bool ok = EVP_EncryptInit_ex(context.get(), CipherFor(mode, r.key.size()), nullptr, Bytes(r.key),
                               iv.empty() ? nullptr : Bytes(iv)) == 1;
  if (ok && !r.aad.empty()) {
    ok = EVP_EncryptUpdate(context.get(), nullptr, &unused, Bytes(r.aad),
                           static_cast<int>(r.aad.size())) == 1;
  }
  ok = ok &&
       EVP_EncryptUpdate(context.get(), to, &size, Bytes(r.input),
                         static_cast<int>(r.input.size())) == 1 &&
       EVP_EncryptFinal_ex(context.get(), to + size, &last) == 1;
  size += last;
  if (ok && mode == Mode::kGcm) {
    ok = EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, to + size) == 1;
    size += static_cast<int>(kTagBytes);
  }
  out->resize(begin + static_cast<size_t>(size));
  return ok ? Status::OK() : CryptoError("encryption failed");
}

Status Decrypt(const Request& r, std::string* out) {
  ARROW_RETURN_NOT_OK(CheckKey(r));
  ARROW_ASSIGN_OR_RAISE(const Mode mode, FindMode(r));
  const size_t iv_bytes = IvBytes(mode);
  const size_t tag_bytes = mode == Mode::kGcm ? kTagBytes : 0;
  if (r.input.size() < iv_bytes + tag_bytes) {
    return CryptoError("the input is shorter than an initialization vector and a tag");
  }
  const string_view iv = r.input.substr(0, iv_bytes);
  const string_view body = r.input.substr(iv_bytes, r.input.size() - iv_bytes - tag_bytes);
  const Context context(EVP_CIPHER_CTX_new());
  out->assign(body.size() + kTagBytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out->data());
  int size = 0;
  int last = 0;
  int unused = 0;
  bool ok = EVP_DecryptInit_ex(context.get(), CipherFor(mode, r.key.size()), nullptr, Bytes(r.key),
                               iv.empty() ? nullptr : Bytes(iv)) == 1;
  if (ok && !r.aad.empty()) {
    ok = EVP_DecryptUpdate(context.get(), nullptr, &unused, Bytes(r.aad),
                           static_cast<int>(r.aad.size())) == 1;
  }
  ok = ok &&
       EVP_DecryptUpdate(context.get(), to, &size, Bytes(body), static_cast<int>(body.size())) == 1;
  if (ok && mode == Mode::kGcm) {
    std::string tag(r.input.substr(r.input.size() - kTagBytes));
    ok = EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1;
  }
  ok = ok && EVP_DecryptFinal_ex(context.get(), to + size, &last) == 1;
  out->resize(static_cast<size_t>(ok ? size + last : 0));
  return ok ? Status::OK()
            : CryptoError("the key, the mode or the input is not that of an encryption");
}

enum class What : uint8_t { kEncrypt, kDecrypt, kTryDecrypt };

Bind BindAes(What what) {
  return [what](const BindInput& input) -> Result<BoundScalar> {
    // Texts may be given for binaries.
    std::vector<TypePtr> types = {type::Binary(), type::Binary(), type::String(), type::String()};
    if (what == What::kEncrypt) {
      types.push_back(type::Binary());
    }
    types.push_back(type::Binary());
    types.resize(input.types.size());
    for (size_t i = 0; i < types.size(); ++i) {
      ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), types[i]).status());
    }
    const std::string name = what == What::kEncrypt ? "aes_encrypt" : "aes_decrypt";
    ScalarKernel kernel = [what, name](const KernelArguments& a) -> Result<VectorPtr> {
      FlatWriter out(a.return_type, a.num_rows);
      std::vector<VectorReader<StringView>> readers;
      for (const VectorPtr& argument : a.arguments) {
        readers.emplace_back(*argument);
      }
      std::string bytes;
      for (int64_t i = 0; i < a.num_rows; ++i) {
        const bool null = std::any_of(readers.begin(), readers.end(),
                                      [&](const auto& reader) { return reader.IsNull(i); });
        if (null) {
          out.SetNull(i);
          continue;
        }
        Request request;
        request.function = name;
        string_view* const places[] = {&request.input,
                                       &request.key,
                                       &request.mode,
                                       &request.padding,
                                       what == What::kEncrypt ? &request.iv : &request.aad,
                                       &request.aad};
        for (size_t k = 0; k < readers.size(); ++k) {
          *places[k] = readers[k][i].view();
        }
        bytes.clear();
        const Status status =
            what == What::kEncrypt ? Encrypt(request, &bytes) : Decrypt(request, &bytes);
        if (!status.ok()) {
          if (what != What::kTryDecrypt) {
            return status;
          }
          out.SetNull(i);
          continue;
        }
        out.SetString(i, bytes);
      }
      return out.Finish(a.num_rows);
    };
    return MakeBound(std::move(types), type::Binary(), std::move(kernel),
                     {.can_fail = what != What::kTryDecrypt, .nullable = true});
  };
}

ScalarFunction Aes(std::string name, What what, std::string since, std::string description,
                   std::vector<ScalarFunction::Example> examples) {
  ScalarFunction function;
  function.name = std::move(name);
  function.min_arguments = 2;
  function.max_arguments = what == What::kEncrypt ? 6 : 5;
  function.deterministic = what != What::kEncrypt;  // a random initialization vector
  function.bind = BindAes(what);
  function.description = std::move(description);
  function.examples = std::move(examples);
  function.since = std::move(since);
  return function;
}

const Registration kAesEncrypt(
    Aes("aes_encrypt", What::kEncrypt, "3.3.0",
        "Encrypts with AES: key of 16, 24 or 32 bytes, mode GCM, CBC or ECB, padding, "
        "initialization vector, additional authenticated data.",
        {{"SELECT base64(aes_encrypt('Spark SQL', '1234567890abcdef', 'ECB', 'PKCS'))",
          "3lmwu+Mw0H3fi5NDvcu9lg=="}}));
const Registration kAesDecrypt(
    Aes("aes_decrypt", What::kDecrypt, "3.3.0", "Decrypts what aes_encrypt gave.",
        {{"SELECT CAST(aes_decrypt(unbase64('3lmwu+Mw0H3fi5NDvcu9lg=='), '1234567890abcdef', "
          "'ECB') AS STRING)",
          "Spark SQL"}}));
const Registration kTryAesDecrypt(Aes("try_aes_decrypt", What::kTryDecrypt, "3.5.0",
                                      "As aes_decrypt; null where it fails.", {}));

}  // namespace
}  // namespace emery::functions
