#include <algorithm>
#include <cmath>

#include "columnar/vector.h"

namespace emery::columnar {

using type::PhysicalType;
using type::Value;

namespace {

int64_t RowIn(const Vector& v, int64_t row) {
  return v.is_constant() ? 0 : row;
}

ListEntry EntryAt(const Vector& v, int64_t row) {
  return v.values<ListEntry>()[RowIn(v, row)];
}

/// NaN is equal to itself and greater than all else; zeros are equal.
template <class T>
int CompareScalars(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, StringView>) {
    return a.Compare(b);
  } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
    if (a.months != b.months) {
      return a.months < b.months ? -1 : 1;
    }
    if (a.days != b.days) {
      return a.days < b.days ? -1 : 1;
    }
    return a.microseconds == b.microseconds ? 0 : (a.microseconds < b.microseconds ? -1 : 1);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (a < b) {
      return -1;
    }
    if (a > b) {
      return 1;
    }
    if (a == b) {
      return 0;
    }
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  } else {
    return a == b ? 0 : (a < b ? -1 : 1);
  }
}

int CompareElements(const Vector& a, int64_t row_a, const Vector& b, int64_t row_b) {
  const bool null_a = a.IsNull(row_a) || a.physical() == PhysicalType::kNull;
  const bool null_b = b.IsNull(row_b) || b.physical() == PhysicalType::kNull;
  if (null_a || null_b) {
    return static_cast<int>(null_b) - static_cast<int>(null_a);
  }
  return CompareRows(a, row_a, b, row_b);
}

bool MapsEqual(const Vector& a, ListEntry entry_a, const Vector& b, ListEntry entry_b) {
  if (entry_a.length != entry_b.length) {
    return false;
  }
  // Maps are sets of entries: order does not count.
  for (int32_t i = 0; i < entry_a.length; ++i) {
    bool found = false;
    for (int32_t k = 0; k < entry_b.length && !found; ++k) {
      // Keys mostly come in the same order, so look at the same place first.
      const int32_t at = (i + k) % entry_b.length;
      if (RowsEqual(*a.children()[0], entry_a.offset + i, *b.children()[0], entry_b.offset + at)) {
        if (!RowsEqual(*a.children()[1], entry_a.offset + i, *b.children()[1],
                       entry_b.offset + at)) {
          return false;
        }
        found = true;
      }
    }
    if (!found) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool RowsEqual(const Vector& a, int64_t row_a, const Vector& b, int64_t row_b) {
  const bool null_a = a.IsNull(row_a);
  const bool null_b = b.IsNull(row_b);
  if (null_a || null_b) {
    return null_a && null_b;
  }
  switch (a.physical()) {
    case PhysicalType::kNull:
      return true;
    case PhysicalType::kStruct:
      for (size_t i = 0; i < a.children().size(); ++i) {
        if (!RowsEqual(*a.children()[i], RowIn(a, row_a), *b.children()[i], RowIn(b, row_b))) {
          return false;
        }
      }
      return true;
    case PhysicalType::kList: {
      const ListEntry entry_a = EntryAt(a, row_a);
      const ListEntry entry_b = EntryAt(b, row_b);
      if (a.children().size() == 2) {
        return MapsEqual(a, entry_a, b, entry_b);
      }
      if (entry_a.length != entry_b.length) {
        return false;
      }
      for (int32_t i = 0; i < entry_a.length; ++i) {
        if (!RowsEqual(*a.children()[0], entry_a.offset + i, *b.children()[0],
                       entry_b.offset + i)) {
          return false;
        }
      }
      return true;
    }
    default:
      break;
  }
  return DispatchPhysical(a.physical(), [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_same_v<T, ListEntry>) {
      return false;
    } else if constexpr (std::is_same_v<T, StringView>) {
      return VectorReader<T>(a)[row_a] == VectorReader<T>(b)[row_b];
    } else {
      return CompareScalars(VectorReader<T>(a)[row_a], VectorReader<T>(b)[row_b]) == 0;
    }
  });
}

int CompareRows(const Vector& a, int64_t row_a, const Vector& b, int64_t row_b) {
  switch (a.physical()) {
    case PhysicalType::kNull:
      return 0;
    case PhysicalType::kStruct:
      for (size_t i = 0; i < a.children().size(); ++i) {
        const int order =
            CompareElements(*a.children()[i], RowIn(a, row_a), *b.children()[i], RowIn(b, row_b));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    case PhysicalType::kList: {
      const ListEntry entry_a = EntryAt(a, row_a);
      const ListEntry entry_b = EntryAt(b, row_b);
      const int32_t common = std::min(entry_a.length, entry_b.length);
      for (int32_t i = 0; i < common; ++i) {
        for (size_t c = 0; c < a.children().size(); ++c) {
          const int order = CompareElements(*a.children()[c], entry_a.offset + i, *b.children()[c],
                                            entry_b.offset + i);
          if (order != 0) {
            return order;
          }
        }
      }
      return entry_a.length == entry_b.length ? 0 : (entry_a.length < entry_b.length ? -1 : 1);
    }
    default:
      break;
  }
  return DispatchPhysical(a.physical(), [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_same_v<T, ListEntry>) {
      return 0;
    } else {
      return CompareScalars(VectorReader<T>(a)[row_a], VectorReader<T>(b)[row_b]);
    }
  });
}

Value ValueAt(const Vector& vector, int64_t row) {
  if (vector.IsNull(row)) {
    return Value();
  }
  switch (vector.physical()) {
    case PhysicalType::kNull:
      return Value();
    case PhysicalType::kStruct: {
      std::vector<Value> values;
      for (const VectorPtr& child : vector.children()) {
        values.push_back(ValueAt(*child, RowIn(vector, row)));
      }
      return Value::MakeList(std::move(values));
    }
    case PhysicalType::kList: {
      const ListEntry entry = EntryAt(vector, row);
      std::vector<Value> values;
      for (int32_t i = 0; i < entry.length; ++i) {
        for (const VectorPtr& child : vector.children()) {
          values.push_back(ValueAt(*child, entry.offset + i));
        }
      }
      return Value::MakeList(std::move(values));
    }
    default:
      break;
  }
  return DispatchPhysical(vector.physical(), [&]<class T>(std::type_identity<T>) -> Value {
    if constexpr (std::is_same_v<T, ListEntry>) {
      return Value();
    } else {
      const T& value = VectorReader<T>(vector)[row];
      if constexpr (std::is_same_v<T, uint8_t>) {
        return Value::Bool(value != 0);
      } else if constexpr (std::is_same_v<T, StringView>) {
        return Value::String(std::string(value.view()));
      } else if constexpr (std::is_same_v<T, float>) {
        return Value::Float(value);
      } else if constexpr (std::is_same_v<T, double>) {
        return Value::Double(value);
      } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
        return Value::Interval(value);
      } else {
        if (vector.type()->is_decimal()) {
          return Value::Decimal(value);
        }
        return Value::Int(static_cast<int64_t>(value));
      }
    }
  });
}

}  // namespace emery::columnar
