#include "execution/sort/sort_keys.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace emery::execution {

using columnar::ListEntry;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

namespace {

template <class T>
void StoreOrdered(T value, uint8_t* out) {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    value = std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value + T{0};
    Bits bits;
    std::memcpy(&bits, &value, sizeof bits);
    constexpr Bits kSign = Bits{1} << (sizeof(T) * 8 - 1);
    bits = (bits & kSign) != 0 ? ~bits : bits | kSign;
    for (size_t i = 0; i < sizeof(T); ++i) {
      out[i] = static_cast<uint8_t>(bits >> (8 * (sizeof(T) - 1 - i)));
    }
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    out[0] = value;
  } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
    // Has no order in SQL; any one will do where equal values must only come together.
    std::memcpy(out, &value, sizeof value);
  } else {
    auto bits = static_cast<unsigned __int128>(value);
    bits ^= static_cast<unsigned __int128>(1) << (sizeof(T) * 8 - 1);
    for (size_t i = 0; i < sizeof(T); ++i) {
      out[i] = static_cast<uint8_t>(bits >> (8 * (sizeof(T) - 1 - i)));
    }
  }
}

void AppendString(std::string_view text, std::vector<uint8_t>* out) {
  for (const char c : text) {
    out->push_back(static_cast<uint8_t>(c));
    if (c == 0) {
      out->push_back(1);
    }
  }
  out->push_back(0);
  out->push_back(0);
}

// A value of any type, with its null byte. Nulls first.
void AppendNested(const Vector& vector, int64_t row, std::vector<uint8_t>* out) {
  if (vector.physical() == PhysicalType::kNull || vector.IsNull(row)) {
    out->push_back(0);
    return;
  }
  out->push_back(1);
  const Vector* flat = &vector;
  int64_t at = row;
  if (vector.is_dictionary()) {
    at = vector.indices()[row];
    flat = vector.base().get();
  } else if (vector.is_constant()) {
    at = 0;
  }
  switch (flat->physical()) {
    case PhysicalType::kStruct:
      for (const VectorPtr& child : flat->children()) {
        AppendNested(*child, at, out);
      }
      return;
    case PhysicalType::kList: {
      const ListEntry entry = flat->values<ListEntry>()[at];
      for (int32_t i = 0; i < entry.length; ++i) {
        out->push_back(1);
        for (const VectorPtr& child : flat->children()) {
          AppendNested(*child, entry.offset + i, out);
        }
      }
      out->push_back(0);
      return;
    }
    case PhysicalType::kString:
      AppendString(flat->values<StringView>()[at].view(), out);
      return;
    default:
      columnar::DispatchPhysical(flat->physical(), [&]<class T>(std::type_identity<T>) {
        if constexpr (!std::is_same_v<T, StringView> && !std::is_same_v<T, ListEntry>) {
          uint8_t bytes[sizeof(T)];
          StoreOrdered(flat->values<T>()[at], bytes);
          out->insert(out->end(), bytes, bytes + sizeof(T));
        }
      });
  }
}

bool IsFixed(PhysicalType physical) {
  return physical != PhysicalType::kString && physical != PhysicalType::kList &&
         physical != PhysicalType::kStruct;
}

void Invert(uint8_t* begin, uint8_t* end) {
  for (uint8_t* p = begin; p < end; ++p) {
    *p = static_cast<uint8_t>(~*p);
  }
}

}  // namespace

SortKeys SortKeys::Encode(const std::vector<SortColumn>& columns, int64_t num_rows) {
  SortKeys keys;
  keys.num_rows_ = num_rows;
  const size_t n = num_rows;
  size_t fixed = 0;
  bool all_fixed = true;
  std::vector<uint32_t> sizes;  // of the columns that vary, per row
  // Nested values are encoded ahead, as nothing cheaper knows their sizes.
  std::vector<std::vector<uint8_t>> nested(columns.size());
  std::vector<std::vector<size_t>> nested_offsets(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    const Vector& column = *columns[c].column;
    const PhysicalType physical = column.physical();
    fixed += 1;
    if (IsFixed(physical)) {
      fixed += type::PhysicalWidth(physical);
      continue;
    }
    all_fixed = false;
    sizes.resize(n, 0);
    if (physical == PhysicalType::kString) {
      const columnar::VectorReader<StringView> reader(column);
      for (size_t i = 0; i < n; ++i) {
        if (!reader.IsNull(i)) {
          const StringView& view = reader[i];
          uint32_t zeros = 0;
          const char* data = view.data();
          if (std::memchr(data, 0, view.size()) != nullptr) {
            for (uint32_t k = 0; k < view.size(); ++k) {
              zeros += data[k] == 0 ? 1 : 0;
            }
          }
          sizes[i] += view.size() + zeros + 2;
        }
      }
    } else {
      nested_offsets[c].resize(n + 1, 0);
      for (size_t i = 0; i < n; ++i) {
        if (!column.IsNull(i)) {
          AppendNested(column, static_cast<int64_t>(i), &nested[c]);
        }
        nested_offsets[c][i + 1] = nested[c].size();
        sizes[i] += static_cast<uint32_t>(nested_offsets[c][i + 1] - nested_offsets[c][i]);
      }
    }
  }
  if (all_fixed) {
    keys.width_ = fixed;
    keys.bytes_.resize(n * fixed + 8);
  } else {
    keys.offsets_.resize(n + 1);
    uint64_t offset = 0;
    for (size_t i = 0; i < n; ++i) {
      keys.offsets_[i] = offset;
      offset += fixed + sizes[i];
    }
    keys.offsets_[n] = offset;
    keys.bytes_.resize(offset + 8);
  }
  // Where the next byte of each row goes.
  std::vector<uint8_t*> cursors(n);
  for (size_t i = 0; i < n; ++i) {
    cursors[i] = keys.bytes_.data() + keys.begin(static_cast<int64_t>(i));
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    const SortColumn& order = columns[c];
    const Vector& column = *order.column;
    const PhysicalType physical = column.physical();
    const uint8_t null_byte = order.nulls_first ? 0 : 2;
    if (physical == PhysicalType::kNull) {
      for (size_t i = 0; i < n; ++i) {
        *cursors[i]++ = null_byte;
      }
      continue;
    }
    if (physical == PhysicalType::kList || physical == PhysicalType::kStruct) {
      for (size_t i = 0; i < n; ++i) {
        const size_t begin = nested_offsets[c][i];
        const size_t size = nested_offsets[c][i + 1] - begin;
        uint8_t* out = cursors[i];
        *out++ = size == 0 ? null_byte : 1;
        std::memcpy(out, nested[c].data() + begin, size);
        if (!order.ascending) {
          Invert(out, out + size);
        }
        cursors[i] = out + size;
      }
      continue;
    }
    columnar::DispatchPhysical(physical, [&]<class T>(std::type_identity<T>) {
      const columnar::VectorReader<T> reader(column);
      for (size_t i = 0; i < n; ++i) {
        uint8_t* out = cursors[i];
        const bool null = reader.IsNull(i);
        *out++ = null ? null_byte : 1;
        uint8_t* begin = out;
        if constexpr (std::is_same_v<T, StringView>) {
          if (!null) {
            const StringView& view = reader[i];
            const char* data = view.data();
            if (std::memchr(data, 0, view.size()) == nullptr) {
              std::memcpy(out, data, view.size());
              out += view.size();
            } else {
              for (uint32_t k = 0; k < view.size(); ++k) {
                *out++ = static_cast<uint8_t>(data[k]);
                if (data[k] == 0) {
                  *out++ = 1;
                }
              }
            }
            *out++ = 0;
            *out++ = 0;
          }
        } else if constexpr (!std::is_same_v<T, ListEntry>) {
          if (null) {
            std::memset(out, 0, sizeof(T));
          } else {
            StoreOrdered(reader[i], out);
          }
          out += sizeof(T);
          if (null) {
            begin = out;  // all nulls are equal, whatever the direction
          }
        }
        if (!order.ascending) {
          Invert(begin, out);
        }
        cursors[i] = out;
      }
    });
  }
  return keys;
}

}  // namespace emery::execution
