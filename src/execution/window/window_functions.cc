#include <algorithm>
#include <utility>

#include "execution/window/window_rows.h"

namespace emery::execution {

using columnar::Vector;
using columnar::VectorPtr;

namespace {

VectorPtr MakeInts(const std::vector<int32_t>& values) {
  columnar::FlatWriter writer(type::Int(), static_cast<int64_t>(values.size()));
  std::copy(values.begin(), values.end(), writer.values<int32_t>());
  return writer.Finish(static_cast<int64_t>(values.size()));
}

VectorPtr MakeDoubles(const std::vector<double>& values) {
  columnar::FlatWriter writer(type::Double(), static_cast<int64_t>(values.size()));
  std::copy(values.begin(), values.end(), writer.values<double>());
  return writer.Finish(static_cast<int64_t>(values.size()));
}

int64_t IntegerAt(const VectorPtr& vector, int64_t row) {
  return columnar::ValueAt(*vector, row).integer();
}

VectorPtr DenseRank(const WindowRows& rows) {
  std::vector<int32_t> ranks(rows.num_rows());
  int32_t rank = 0;
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    if (i == rows.partition_begin[i]) {
      rank = 1;
    } else if (i == rows.peers_begin[i]) {
      ++rank;
    }
    ranks[i] = rank;
  }
  return MakeInts(ranks);
}

// The first partition_rows % buckets buckets get a row more than the others.
VectorPtr Ntile(const WindowRows& rows, int64_t buckets) {
  std::vector<int32_t> result(rows.num_rows());
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    const int64_t count = rows.partition_end[i] - rows.partition_begin[i];
    const int64_t row = i - rows.partition_begin[i];
    const int64_t size = count / buckets;
    const int64_t larger = count % buckets;
    const int64_t bucket = row < larger * (size + 1)
                               ? row / (size + 1)
                               : larger + (row - larger * (size + 1)) / std::max<int64_t>(size, 1);
    result[i] = static_cast<int32_t>(bucket + 1);
  }
  return MakeInts(result);
}

// lag, lead: the value `offset` rows on; with IGNORE NULLS, `offset` rows that are not null.
VectorPtr Shift(const physical::WindowCall& call, const std::vector<VectorPtr>& arguments,
                const WindowRows& rows) {
  const int64_t n = rows.num_rows();
  const VectorPtr& values = arguments[0];
  const bool offset_is_null = arguments.size() > 1 && n > 0 && arguments[1]->IsNull(0);
  int64_t offset =
      arguments.size() > 1 && n > 0 && !offset_is_null ? IntegerAt(arguments[1], 0) : 1;
  if (call.name == "lag") {
    offset = -offset;
  }
  std::vector<int32_t> sources(n, -1);
  std::vector<bool> outside(n, false);
  if (call.ignore_nulls && offset != 0) {
    // Rows that are not null, and for each row how many of them come before it.
    std::vector<int32_t> valid;
    std::vector<int32_t> before(n + 1);
    for (int64_t i = 0; i < n; ++i) {
      before[i] = static_cast<int32_t>(valid.size());
      if (!values->IsNull(i)) {
        valid.push_back(static_cast<int32_t>(i));
      }
    }
    before[n] = static_cast<int32_t>(valid.size());
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = offset < 0 ? before[i] + offset : before[i + 1] + offset - 1;
      if (at >= before[rows.partition_begin[i]] && at < before[rows.partition_end[i]]) {
        sources[i] = valid[at];
      } else {
        outside[i] = true;
      }
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = i + offset;
      if (at >= rows.partition_begin[i] && at < rows.partition_end[i]) {
        sources[i] = static_cast<int32_t>(at);
      } else {
        outside[i] = true;
      }
    }
  }
  if (arguments.size() < 3) {
    return columnar::GatherOrNull(values, sources.data(), n);
  }
  for (int64_t i = 0; i < n; ++i) {
    if (outside[i]) {
      sources[i] = static_cast<int32_t>(n + i);
    }
  }
  const VectorPtr both = columnar::Concat(values->type(), {values, arguments[2]});
  return columnar::GatherOrNull(both, sources.data(), n);
}

bool IgnoresNulls(const physical::WindowCall& call, const std::vector<VectorPtr>& arguments) {
  if (call.ignore_nulls) {
    return true;
  }
  return call.name != "nth_value" && arguments.size() > 1 && arguments[1]->size() > 0 &&
         !arguments[1]->IsNull(0) && columnar::ValueAt(*arguments[1], 0).boolean();
}

// first_value, last_value, nth_value.
VectorPtr FrameValue(const physical::WindowCall& call, const std::vector<VectorPtr>& arguments,
                     const WindowRows& rows, const Frames& frames) {
  const int64_t n = rows.num_rows();
  const VectorPtr& values = arguments[0];
  const bool last = call.name == "last" || call.name == "last_value";
  const int64_t nth = call.name == "nth_value" && n > 0 ? IntegerAt(arguments[1], 0) : 1;
  std::vector<int32_t> sources(n, -1);
  if (IgnoresNulls(call, arguments)) {
    std::vector<int32_t> valid;
    std::vector<int32_t> before(n + 1);
    for (int64_t i = 0; i < n; ++i) {
      before[i] = static_cast<int32_t>(valid.size());
      if (!values->IsNull(i)) {
        valid.push_back(static_cast<int32_t>(i));
      }
    }
    before[n] = static_cast<int32_t>(valid.size());
    for (int64_t i = 0; i < n; ++i) {
      const int64_t begin = before[frames.begin[i]];
      const int64_t end = before[frames.end[i]];
      const int64_t at = last ? end - 1 : begin + nth - 1;
      if (at >= begin && at < end) {
        sources[i] = valid[at];
      }
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = last ? frames.end[i] - 1 : frames.begin[i] + nth - 1;
      if (at >= frames.begin[i] && at < frames.end[i]) {
        sources[i] = static_cast<int32_t>(at);
      }
    }
  }
  return columnar::GatherOrNull(values, sources.data(), n);
}

}  // namespace

bool IsFrameValue(const physical::WindowCall& call) {
  const std::string& name = call.name;
  return name == "first_value" || name == "last_value" || name == "nth_value" || name == "first" ||
         name == "last" || name == "any_value";
}

Result<VectorPtr> ComputeWindowFunction(const physical::WindowCall& call,
                                        const std::vector<VectorPtr>& arguments,
                                        const WindowRows& rows, const Frames& frames) {
  const std::string& name = call.name;
  const int64_t n = rows.num_rows();
  if (IsFrameValue(call)) {
    return FrameValue(call, arguments, rows, frames);
  }
  if (name == "lag" || name == "lead") {
    return Shift(call, arguments, rows);
  }
  if (name == "dense_rank") {
    return DenseRank(rows);
  }
  if (name == "ntile") {
    return Ntile(rows, arguments.empty() || n == 0 ? 1 : IntegerAt(arguments[0], 0));
  }
  if (name == "row_number" || name == "rank") {
    std::vector<int32_t> numbers(n);
    for (int64_t i = 0; i < n; ++i) {
      const auto row = name == "rank" ? rows.peers_begin[i] : static_cast<int32_t>(i);
      numbers[i] = row - rows.partition_begin[i] + 1;
    }
    return MakeInts(numbers);
  }
  if (name == "percent_rank" || name == "cume_dist") {
    std::vector<double> fractions(n);
    for (int64_t i = 0; i < n; ++i) {
      const double count = rows.partition_end[i] - rows.partition_begin[i];
      if (name == "cume_dist") {
        fractions[i] = (rows.peers_end[i] - rows.partition_begin[i]) / count;
      } else {
        fractions[i] =
            count > 1 ? (rows.peers_begin[i] - rows.partition_begin[i]) / (count - 1) : 0.0;
      }
    }
    return MakeDoubles(fractions);
  }
  return base::Unsupported("window function " + base::QuoteIdentifier(name));
}

}  // namespace emery::execution
