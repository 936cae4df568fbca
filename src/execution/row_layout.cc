#include "execution/row_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#define XXH_INLINE_ALL
#include "execution/nested_encoding.h"
#include "xxhash.h"

namespace emery::execution {

using columnar::BufferPtr;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;
using type::PhysicalType;

namespace {

size_t RoundUp8(size_t n) {
  return (n + 7) & ~size_t{7};
}

uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

RowLayout::RowLayout(std::vector<type::TypePtr> types, const std::vector<bool>& nullable,
                     Options options)
    : options_(options), types_(std::move(types)) {
  columns_.resize(types_.size());
  for (size_t i = 0; i < types_.size(); ++i) {
    Column& column = columns_[i];
    column.physical = types_[i]->physical();
    if (column.physical == PhysicalType::kList || column.physical == PhysicalType::kStruct) {
      column.encoded = true;
      column.physical = PhysicalType::kString;
    }
  }
  std::vector<size_t> order(types_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto rank = [&](size_t i) {
    return columns_[i].physical == PhysicalType::kString
               ? 100
               : type::PhysicalWidth(columns_[i].physical);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return rank(a) > rank(b); });
  size_t offset = options_.start;
  for (const size_t i : order) {
    Column& column = columns_[i];
    if (column.physical == PhysicalType::kString) {
      ++num_strings_;
    }
    column.offset = offset;
    offset += type::PhysicalWidth(column.physical);
  }
  words_start_ = options_.start + 16 * num_strings_;
  int bit = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (nullable[i] || columns_[i].physical == PhysicalType::kNull) {
      columns_[i].null_byte = offset + bit / 8;
      columns_[i].null_mask = static_cast<uint8_t>(1 << (bit % 8));
      ++bit;
    }
  }
  end_ = RoundUp8(offset + (bit + 7) / 8);
}

void RowLayout::Write(const std::vector<VectorPtr>& columns, const int32_t* rows, int64_t n,
                      uint8_t* base, size_t stride, columnar::StringHeap* heap) const {
  if (end_ == options_.start) {
    return;
  }
  // The last word holds null bits and padding; everything else is written below.
  for (int64_t i = 0; i < n; ++i) {
    std::memset(base + i * stride + options_.start, 0, end_ - options_.start);
  }
  std::string scratch;
  for (size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    const Vector& vector = *columns[c];
    if (column.physical == PhysicalType::kNull) {
      for (int64_t i = 0; i < n; ++i) {
        base[i * stride + column.null_byte] |= column.null_mask;
      }
      continue;
    }
    if (vector.may_have_nulls() && column.null_mask != 0) {
      for (int64_t i = 0; i < n; ++i) {
        if (vector.IsNull(rows != nullptr ? rows[i] : i)) {
          base[i * stride + column.null_byte] |= column.null_mask;
        }
      }
    }
    uint8_t* out = base + column.offset;
    if (column.encoded) {
      for (int64_t i = 0; i < n; ++i) {
        const int64_t row = rows != nullptr ? rows[i] : i;
        if (vector.IsNull(row)) {
          continue;
        }
        scratch.clear();
        EncodeNested(vector, row, options_.normalize_floats, &scratch);
        StringView view;
        if (scratch.size() <= StringView::kInlineSize) {
          view = StringView(scratch);
        } else {
          char* copy = heap->Allocate(scratch.size());
          std::memcpy(copy, scratch.data(), scratch.size());
          view = StringView(copy, static_cast<uint32_t>(scratch.size()));
        }
        std::memcpy(out + i * stride, static_cast<const void*>(&view), sizeof view);
      }
      continue;
    }
    columnar::DispatchPhysical(column.physical, [&]<class T>(std::type_identity<T>) {
      const columnar::VectorReader<T> reader(vector);
      const auto store = [&](int64_t i, int64_t row) {
        T value = reader[row];
        if constexpr (std::is_floating_point_v<T>) {
          if (options_.normalize_floats) {
            value = std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value + T{0};
          }
        }
        std::memcpy(out + i * stride, static_cast<const void*>(&value), sizeof value);
      };
      if (vector.may_have_nulls()) {
        for (int64_t i = 0; i < n; ++i) {
          const int64_t row = rows != nullptr ? rows[i] : i;
          if (!reader.IsNull(row)) {
            store(i, row);
          }
        }
      } else if (rows != nullptr) {
        for (int64_t i = 0; i < n; ++i) {
          store(i, rows[i]);
        }
      } else {
        for (int64_t i = 0; i < n; ++i) {
          store(i, i);
        }
      }
    });
  }
}

void RowLayout::OwnStrings(uint8_t* row, columnar::StringHeap* heap) const {
  for (size_t i = options_.start; i < words_start_; i += 16) {
    StringView view;
    std::memcpy(static_cast<void*>(&view), row + i, 16);
    if (!view.is_inline()) {
      char* copy = heap->Allocate(view.size());
      std::memcpy(copy, view.data(), view.size());
      view = StringView(copy, view.size());
      std::memcpy(row + i, static_cast<const void*>(&view), 16);
    }
  }
}

uint64_t RowLayout::Hash(const uint8_t* row) const {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (size_t i = words_start_; i < end_; i += 8) {
    hash = Mix(hash ^ Word(row + i), 0xD6E8FEB86659FD93u);
  }
  for (size_t i = options_.start; i < words_start_; i += 16) {
    StringView view;
    std::memcpy(static_cast<void*>(&view), row + i, 16);
    if (view.is_inline()) {
      hash = Mix(hash ^ Word(row + i), 0xA0761D6478BD642Fu);
      hash = Mix(hash ^ Word(row + i + 8), 0xE7037ED1A0B428DBu);
    } else {
      hash = Mix(hash ^ XXH3_64bits(view.data(), view.size()), 0x8EBC6AF09C88C6E3u);
    }
  }
  return hash ^ (hash >> 32);
}

template <bool kOrNull>
VectorPtr RowLayout::ReadColumn(size_t c, const uint8_t* const* rows, int64_t count,
                                const BufferPtr& keep_alive) const {
  const Column& column = columns_[c];
  const type::TypePtr& type = types_[c];
  if (column.physical == PhysicalType::kNull) {
    return Vector::MakeNull(type, count);
  }
  const auto is_null = [&](const uint8_t* row) {
    if (kOrNull && row == nullptr) {
      return true;
    }
    return column.null_mask != 0 && (row[column.null_byte] & column.null_mask) != 0;
  };
  if (column.encoded) {
    const std::unique_ptr<columnar::VectorBuilder> builder = columnar::VectorBuilder::Make(type);
    for (int64_t i = 0; i < count; ++i) {
      if (is_null(rows[i])) {
        builder->AppendNull();
        continue;
      }
      StringView view;
      std::memcpy(static_cast<void*>(&view), rows[i] + column.offset, 16);
      builder->AppendValue(DecodeNested(*type, view.view()));
    }
    return builder->Finish();
  }
  BufferPtr validity;
  if (kOrNull || column.null_mask != 0) {
    uint64_t* words = nullptr;
    for (int64_t i = 0; i < count; ++i) {
      if (is_null(rows[i])) {
        if (words == nullptr) {
          validity = columnar::AllocateBits(count, true);
          words = reinterpret_cast<uint64_t*>(validity->mutable_data());
        }
        columnar::ClearBit(words, i);
      }
    }
  }
  BufferPtr values = columnar::Buffer::Allocate(count * type::PhysicalWidth(column.physical));
  columnar::DispatchPhysical(column.physical, [&]<class T>(std::type_identity<T>) {
    auto* out = reinterpret_cast<T*>(values->mutable_data());
    for (int64_t i = 0; i < count; ++i) {
      if (kOrNull && rows[i] == nullptr) {
        out[i] = T{};
      } else {
        std::memcpy(static_cast<void*>(&out[i]), rows[i] + column.offset, sizeof(T));
      }
    }
  });
  std::vector<BufferPtr> strings;
  if (column.physical == PhysicalType::kString && keep_alive != nullptr) {
    strings.push_back(keep_alive);
  }
  return Vector::MakeFlat(type, count, std::move(values), std::move(validity), std::move(strings));
}

VectorPtr RowLayout::Read(size_t column, const uint8_t* const* rows, int64_t count,
                          const BufferPtr& keep_alive) const {
  return ReadColumn<false>(column, rows, count, keep_alive);
}

VectorPtr RowLayout::ReadOrNull(size_t column, const uint8_t* const* rows, int64_t count,
                                const BufferPtr& keep_alive) const {
  return ReadColumn<true>(column, rows, count, keep_alive);
}

void RowBlocks::AddBlock(int64_t rows) {
  constexpr size_t kFirstBytes = 8 << 10;
  constexpr size_t kBytesMax = 1 << 20;
  const size_t wanted = std::min(kBytesMax, kFirstBytes << std::min<size_t>(blocks_.size(), 7));
  const int64_t capacity =
      std::max<int64_t>({rows, 1, static_cast<int64_t>(wanted / std::max<size_t>(row_width_, 1))});
  Block block;
  block.capacity = capacity;
  block.data = columnar::Buffer::Allocate(capacity * row_width_);
  bytes_ += static_cast<int64_t>(block.data->size());
  blocks_.push_back(std::move(block));
}

BufferPtr KeepAlive(std::shared_ptr<const void> owner) {
  return columnar::Buffer::Wrap(nullptr, 0, std::move(owner));
}

}  // namespace emery::execution
