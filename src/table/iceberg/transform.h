#pragma once

#include <optional>

#include "table/iceberg/metadata.h"
#include "table/pruning.h"

namespace emery::table::iceberg {

/// The type of a transform's results (Iceberg specification, "Partition Transforms"); null for void
/// and unknown ones.
type::TypePtr ResultType(const Transform& transform, const type::TypePtr& source);

/// `value`, as a file or an earlier schema has it, as a value of `type`: FLOAT becomes DOUBLE.
/// Nothing where it is of another kind.
std::optional<type::Value> PromoteValue(const type::DataType& type, const type::Value& value);

/// What a partition value says of the source column: its bounds. Nothing for bucket and void.
ColumnBounds SourceBounds(const Transform& transform, const type::DataType& source,
                          const type::Value& partition_value);

/// Bounds of the source column from bounds of partition values (a manifest's summary).
ColumnBounds SourceBoundsOfRange(const Transform& transform, const type::DataType& source,
                                 const std::optional<type::Value>& lower,
                                 const std::optional<type::Value>& upper);

/// bucket[n] of a value, by the specification's Murmur3 (appendix B); nothing for types that can't
/// be bucketed.
std::optional<int32_t> BucketOf(const type::DataType& source, const type::Value& value,
                                int32_t num_buckets);

/// A value in the specification's single-value serialization (appendix D): bounds in manifests.
/// Nothing where the bytes don't fit the type, e.g. after a promotion that is not understood.
std::optional<type::Value> DecodeSingleValue(const type::DataType& type, std::string_view bytes);

/// The inverse: bytes of a non-null value of a primitive type.
std::string EncodeSingleValue(const type::DataType& type, const type::Value& value);

/// Two's complement, big-endian, as few bytes as hold `value`; or exactly `size` bytes.
std::string BigEndianBytes(type::int128_t value);
std::string BigEndianBytes(type::int128_t value, size_t size);

}  // namespace emery::table::iceberg
