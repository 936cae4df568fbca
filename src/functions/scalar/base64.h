#pragma once

#include <string>
#include <string_view>

namespace emery::functions {

/// `bytes` in base 64 with padding, in one line.
void AppendBase64(std::string_view bytes, std::string* out);
/// Characters outside the alphabet are skipped and padding ends the text, as Java's MIME decoder
/// reads; false for a broken end.
bool AppendUnbase64(std::string_view text, std::string* out);

}  // namespace emery::functions
