// Orders for rewriting: by columns, or along a Z-order curve (Morton 1966: the columns' bits taken
// in turn), for which each column gives 64 bits that sort as its values do.
#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "table/iceberg/row_order_internal.h"

namespace emery::table::iceberg {

using columnar::StringView;
using columnar::Vector;
using columnar::VectorReader;
using type::PhysicalType;

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

template <class T, class F>
void Fill(const Vector& column, std::vector<uint64_t>* bits, F body) {
  const VectorReader<T> values(column);
  for (int64_t i = 0; i < column.size(); ++i) {
    (*bits)[static_cast<size_t>(i)] = values.IsNull(i) ? 0 : body(values[i]);
  }
}

uint64_t OrderedDouble(double v) {
  const auto raw = std::bit_cast<uint64_t>(v);
  return (raw & kSign) != 0 ? ~raw : raw | kSign;
}

std::vector<uint64_t> OrderedBits(const Vector& column) {
  std::vector<uint64_t> bits(static_cast<size_t>(column.size()), 0);
  const auto from_int = [](int64_t v) { return static_cast<uint64_t>(v) ^ kSign; };
  switch (column.physical()) {
    case PhysicalType::kBool:
      Fill<uint8_t>(column, &bits, [](uint8_t v) { return v != 0 ? kSign : uint64_t{1}; });
      break;
    case PhysicalType::kInt8:
      Fill<int8_t>(column, &bits, from_int);
      break;
    case PhysicalType::kInt16:
      Fill<int16_t>(column, &bits, from_int);
      break;
    case PhysicalType::kInt32:
      Fill<int32_t>(column, &bits, from_int);
      break;
    case PhysicalType::kInt64:
      Fill<int64_t>(column, &bits, from_int);
      break;
    case PhysicalType::kInt128:
      Fill<type::int128_t>(column, &bits, [](type::int128_t v) {
        return static_cast<uint64_t>(static_cast<unsigned __int128>(v) >> 64) ^ kSign;
      });
      break;
    case PhysicalType::kFloat:
      Fill<float>(column, &bits, [](float v) { return OrderedDouble(v); });
      break;
    case PhysicalType::kDouble:
      Fill<double>(column, &bits, [](double v) { return OrderedDouble(v); });
      break;
    case PhysicalType::kString:
      Fill<StringView>(column, &bits, [](const StringView& v) {
        uint64_t prefix = 0;
        for (size_t i = 0; i < 8; ++i) {
          prefix = prefix << 8 | (i < v.size() ? static_cast<uint8_t>(v.data()[i]) : 0);
        }
        return prefix;
      });
      break;
    case PhysicalType::kInterval:
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNull:
      break;
  }
  return bits;
}

/// Words of a row's key, most significant first.
std::vector<uint64_t> ZKeys(const std::vector<std::vector<uint64_t>>& columns, size_t rows) {
  const size_t n = columns.size();
  std::vector<uint64_t> keys(rows * n, 0);
  for (size_t row = 0; row < rows; ++row) {
    size_t out = 0;
    for (int bit = 63; bit >= 0; --bit) {
      for (size_t c = 0; c < n; ++c, ++out) {
        const uint64_t one = columns[c][row] >> bit & 1;
        keys[row * n + out / 64] |= one << (63 - out % 64);
      }
    }
  }
  return keys;
}

}  // namespace

columnar::Batch OrderRows(const columnar::Batch& batch, const RewriteOrder& order) {
  if (order.fields.empty() || batch.num_rows < 2) {
    return batch;
  }
  std::vector<int32_t> rows(static_cast<size_t>(batch.num_rows));
  std::iota(rows.begin(), rows.end(), 0);
  if (order.z_order) {
    std::vector<std::vector<uint64_t>> columns;
    for (const auto& field : order.fields) {
      columns.push_back(OrderedBits(*batch.columns[static_cast<size_t>(field.index)]));
    }
    const size_t n = columns.size();
    const auto keys = ZKeys(columns, rows.size());
    std::stable_sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) {
      const auto* left = keys.data() + static_cast<size_t>(a) * n;
      const auto* right = keys.data() + static_cast<size_t>(b) * n;
      return std::lexicographical_compare(left, left + n, right, right + n);
    });
  } else {
    std::stable_sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) {
      for (const auto& field : order.fields) {
        const Vector& column = *batch.columns[static_cast<size_t>(field.index)];
        const bool left = column.IsNull(a);
        const bool right = column.IsNull(b);
        if (left || right) {
          if (left != right) {
            return left == field.nulls_first;
          }
          continue;
        }
        const int compared = columnar::CompareRows(column, a, column, b);
        if (compared != 0) {
          return (compared < 0) != field.descending;
        }
      }
      return false;
    });
  }
  return columnar::GatherBatch(batch, rows.data(), batch.num_rows);
}

}  // namespace emery::table::iceberg
