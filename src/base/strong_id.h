#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace emery::base {

/// An int64 identifier that can't be mixed up with another kind's: `using ColumnId =
/// StrongId<struct ColumnTag>`.
template <class Tag>
struct StrongId {
  int64_t value = -1;

  auto operator<=>(const StrongId&) const = default;

  bool valid() const { return value >= 0; }
};

}  // namespace emery::base

template <class Tag>
struct std::hash<emery::base::StrongId<Tag>> {
  size_t operator()(const emery::base::StrongId<Tag>& id) const noexcept {
    return std::hash<int64_t>{}(id.value);
  }
};
