#pragma once

#include <span>

namespace emery::functions {

/// Tables for precisions 4 to 18; raw estimates ascend, biases are as many.
std::span<const double> HyperLogLogRawEstimates(int precision);
std::span<const double> HyperLogLogBiases(int precision);
double HyperLogLogThreshold(int precision);

}  // namespace emery::functions
