// Reads row groups in batches. For each batch the columns of the filter are decoded first, one
// condition after another, each only for the rows that the ones before left (late materialisation:
// Abadi et al., Materialization strategies in a column-oriented DBMS, ICDE 2007). Conditions on one
// dictionary-encoded column are evaluated once per dictionary value and then are a look-up per row.

#include "format/parquet/parquet_reader.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "arrow/buffer.h"

#include "columnar/batch.h"
#include "format/bounds_predicate.h"
#include "format/parquet/column_assembly_internal.h"
#include "format/parquet/column_reader_internal.h"
#include "format/parquet/page_internal.h"
#include "format/parquet/row_group_pruning_internal.h"
#include "functions/evaluator.h"

namespace emery::format::parquet {

using columnar::Batch;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

// Selected rows this near are read in one piece; decoding what lies between costs less than
// starting again.
constexpr int64_t kGapMax = 32;
// A runtime filter that keeps more than this share of the rows is not worth its time.
constexpr double kUselessShare = 0.95;
constexpr int64_t kTrialRows = 16 * columnar::kBatchSize;
constexpr size_t kBloomValuesMax = 64;

/// A column of the request.
struct RequestColumn {
  enum class Source : uint8_t { kConstant, kPosition, kFile };
  Source source = Source::kFile;
  Assembly assembly;
};

/// A condition that rows must meet: a conjunct of the filter, or a runtime filter.
struct Step {
  std::vector<int> columns;  // of the request
  std::unique_ptr<functions::FilterEvaluator> evaluator;
  std::shared_ptr<const functions::RuntimeFilter> runtime_filter;
  BoundsPredicate bounds;
  bool movable = true;  // can't fail, so may run before others
  bool off = false;
  // What it did, for the order.
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t nanos = 0;
  // The answer for every value of the current dictionary.
  VectorPtr dictionary;
  bool dictionary_usable = false;
  std::vector<uint8_t> passes;
  bool null_passes = false;

  /// Expected cost per row that it removes.
  double rank() const {
    if (rows_in == 0) {
      return runtime_filter != nullptr ? 2.0 : 1.0;
    }
    const double cost = static_cast<double>(nanos) / static_cast<double>(rows_in);
    const double dropped = 1.0 - static_cast<double>(rows_out) / static_cast<double>(rows_in);
    return cost / std::max(dropped, 0.001);
  }
};

/// A column during one batch. `map` leads from the rows that are left to rows of `vector`; empty:
/// one to one.
struct BatchColumn {
  VectorPtr vector;
  std::vector<int32_t> map;
  bool mapped = false;
};

/// A row group that is being read, or that reading was started of.
struct GroupState {
  const RowGroup* group = nullptr;
  std::vector<RowRange> ranges;  // rows that may match
  bool pages_pruned = false;
  std::vector<std::vector<PageLocation>> pages;  // by leaf of the file; empty: unknown
  // By request column, by leaf of its assembly; empty: not yet asked for.
  std::vector<std::vector<std::unique_ptr<ColumnReader>>> readers;
  std::vector<uint8_t> fetched;
  size_t next_range = 0;
  int64_t next_row = 0;  // within the range
};

class Reader final : public ParquetReader {
 public:
  Reader(std::shared_ptr<io::ObjectStore> store, FooterPtr footer, std::vector<int> row_groups,
         ReadRequest request)
      : store_(std::move(store)),
        footer_(std::move(footer)),
        row_groups_(std::move(row_groups)),
        request_(std::move(request)) {}

  Status Init() {
    columns_.resize(request_.columns.size());
    for (size_t c = 0; c < columns_.size(); ++c) {
      const format::ReadColumn& wanted = request_.columns[c];
      if (wanted.constant.has_value()) {
        columns_[c].source = RequestColumn::Source::kConstant;
      } else if (wanted.is_row_position) {
        columns_[c].source = RequestColumn::Source::kPosition;
      } else {
        ARROW_ASSIGN_OR_RAISE(columns_[c].assembly,
                              MakeAssembly(*footer_, wanted, request_.case_sensitive));
      }
    }
    for (const plan::ExpressionPtr& conjunct : request_.filter) {
      ARROW_RETURN_NOT_OK(AddConjunct(conjunct));
    }
    filter_steps_ = steps_.size();
    SetRuntimeFilters(request_.runtime_filters);
    return Status::OK();
  }

  void SetRuntimeFilters(std::vector<RuntimeFilterUse> filters) override {
    steps_.resize(filter_steps_);
    for (RuntimeFilterUse& use : filters) {
      Step step;
      step.columns = {use.column};
      step.runtime_filter = std::move(use.filter);
      steps_.push_back(std::move(step));
    }
  }

  Status Prefetch() override {
    if (current_ == nullptr && !done_) {
      ARROW_ASSIGN_OR_RAISE(current_, StartNextGroup());
    }
    return Status::OK();
  }

  Result<std::optional<Batch>> Next() override {
    while (true) {
      if (request_.context != nullptr && request_.context->cancellation != nullptr) {
        ARROW_RETURN_NOT_OK(request_.context->cancellation->Check());
      }
      if (current_ == nullptr || current_->next_range == current_->ranges.size()) {
        ARROW_ASSIGN_OR_RAISE(const bool more, NextGroup());
        if (!more) {
          return std::nullopt;
        }
        continue;
      }
      GroupState& state = *current_;
      const RowRange& range = state.ranges[state.next_range];
      const RowRange rows{range.begin + state.next_row,
                          std::min(columnar::kBatchSize, range.count - state.next_row)};
      state.next_row += rows.count;
      if (state.next_row == range.count) {
        ++state.next_range;
        state.next_row = 0;
      }
      ARROW_ASSIGN_OR_RAISE(Batch batch, ReadBatch(rows));
      if (batch.num_rows > 0) {
        return batch;
      }
    }
  }

  const ScanMetrics& metrics() const override { return metrics_; }

 private:
  Status AddConjunct(const plan::ExpressionPtr& conjunct) {
    Step step;
    plan::ExpressionPtr local =
        plan::TransformUp(conjunct, [&](const plan::ExpressionPtr& e) -> plan::ExpressionPtr {
          const auto* ordinal = plan::As<plan::Ordinal>(e);
          if (ordinal == nullptr) {
            return e;
          }
          auto at = std::find(step.columns.begin(), step.columns.end(), ordinal->index);
          const int place = static_cast<int>(at - step.columns.begin());
          if (at == step.columns.end()) {
            step.columns.push_back(ordinal->index);
          }
          auto copy = std::make_shared<plan::Ordinal>(*ordinal);
          copy->index = place;
          return copy;
        });
    ARROW_ASSIGN_OR_RAISE(step.evaluator,
                          functions::FilterEvaluator::Make({local}, request_.context));
    step.bounds = BoundsPredicate::Make(conjunct);
    step.movable = NeverFails(*conjunct);
    steps_.push_back(std::move(step));
    return Status::OK();
  }

  // ---- row groups
  // --------------------------------------------------------------------------------------------

  const AssemblyLeaf* FlatLeaf(int column) const {
    const RequestColumn& c = columns_[static_cast<size_t>(column)];
    return c.source == RequestColumn::Source::kFile && c.assembly.is_flat() ? &c.assembly.leaves[0]
                                                                            : nullptr;
  }

  /// Bounds of a request column in a row group.
  std::optional<ColumnBounds> BoundsOf(int column, const RowGroup& group) const {
    const RequestColumn& c = columns_[static_cast<size_t>(column)];
    const format::ReadColumn& wanted = request_.columns[static_cast<size_t>(column)];
    const auto exactly = [](const type::Value& value) {
      ColumnBounds bounds;
      bounds.all_null = value.is_null();
      bounds.may_have_nulls = value.is_null();
      if (!value.is_null()) {
        bounds.min = value;
        bounds.max = value;
      }
      return bounds;
    };
    if (c.source == RequestColumn::Source::kConstant) {
      return exactly(*wanted.constant);
    }
    if (c.source == RequestColumn::Source::kFile &&
        c.assembly.root.kind == AssemblyNode::Kind::kMissing) {
      return wanted.type->is_nested() ? std::nullopt : std::optional(exactly(wanted.default_value));
    }
    const AssemblyLeaf* leaf = FlatLeaf(column);
    if (leaf == nullptr) {
      return std::nullopt;
    }
    return ChunkBounds(*leaf->node, leaf->target,
                       group.columns[static_cast<size_t>(leaf->node->leaf)]);
  }

  bool GroupMayMatch(const RowGroup& group) const {
    for (const Step& step : steps_) {
      if (step.runtime_filter != nullptr) {
        const functions::RuntimeFilter& filter = *step.runtime_filter;
        if (!filter.ready()) {
          continue;
        }
        if (filter.empty()) {
          return false;
        }
        const auto bounds = BoundsOf(step.columns[0], group);
        if (bounds.has_value() &&
            !BoundsOverlap(*filter.type(), *bounds, filter.min(), filter.max())) {
          return false;
        }
        continue;
      }
      if (!step.bounds.useful()) {
        continue;
      }
      std::vector<std::pair<int, std::optional<ColumnBounds>>> cache;
      for (int column : step.bounds.columns()) {
        cache.emplace_back(column, BoundsOf(column, group));
      }
      if (!step.bounds.MayMatch([&](int ordinal) -> const ColumnBounds* {
            for (const auto& [column, bounds] : cache) {
              if (column == ordinal) {
                return bounds.has_value() ? &*bounds : nullptr;
              }
            }
            return nullptr;
          })) {
        return false;
      }
    }
    return true;
  }

  Result<io::Bytes> ReadNow(io::ByteRange range) {
    metrics_.bytes_read += range.length;
    return store_->ReadRanges(footer_->path, {range})[0].get();
  }

  /// Asks the bloom filter of a chunk for any of the values.
  Result<bool> BloomMayContain(const AssemblyLeaf& leaf, const ColumnChunk& chunk,
                               const std::vector<type::Value>& values) {
    std::vector<uint64_t> hashes;
    for (const type::Value& value : values) {
      const auto bytes = EncodeForBloom(*leaf.node, leaf.target, value);
      if (!bytes.has_value()) {
        return true;
      }
      hashes.push_back(BloomFilter::Hash(*bytes));
    }
    constexpr int64_t kHeaderMax = 256;
    const IndexLocation& at = chunk.bloom_filter;
    const int64_t first =
        std::min(at.length > 0 ? at.length : kHeaderMax, footer_->file_size - at.offset);
    ARROW_ASSIGN_OR_RAISE(io::Bytes bytes, ReadNow({at.offset, first}));
    const auto as_view = [](const io::Bytes& b) {
      return std::string_view(reinterpret_cast<const char*>(b->data()),
                              static_cast<size_t>(b->size()));
    };
    const auto header = BloomFilter::ParseHeader(as_view(bytes));
    if (!header.has_value() || header->first + header->second > footer_->file_size - at.offset) {
      return true;
    }
    if (header->first + header->second > bytes->size()) {
      ARROW_ASSIGN_OR_RAISE(bytes, ReadNow({at.offset, header->first + header->second}));
    }
    const BloomFilter filter(as_view(bytes).substr(static_cast<size_t>(header->first),
                                                   static_cast<size_t>(header->second)));
    return std::any_of(hashes.begin(), hashes.end(),
                       [&](uint64_t hash) { return filter.MayContain(hash); });
  }

  Result<bool> BloomFiltersMayMatch(const RowGroup& group) {
    for (const Step& step : steps_) {
      const std::vector<type::Value>* values = nullptr;
      std::optional<BoundsPredicate::Equality> equality;
      if (step.runtime_filter != nullptr) {
        if (step.runtime_filter->ready()) {
          values = &step.runtime_filter->exact_keys();
        }
      } else if ((equality = step.bounds.equality()).has_value()) {
        values = &equality->values;
      }
      if (values == nullptr || values->empty() || values->size() > kBloomValuesMax) {
        continue;
      }
      const AssemblyLeaf* leaf = FlatLeaf(step.columns[0]);
      if (leaf == nullptr) {
        continue;
      }
      const ColumnChunk& chunk = group.columns[static_cast<size_t>(leaf->node->leaf)];
      if (chunk.bloom_filter.offset == 0) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const bool may, BloomMayContain(*leaf, chunk, *values));
      if (!may) {
        return false;
      }
    }
    return true;
  }

  /// Drops rows of pages that can't match, by the column indexes of the filter's columns.
  Status PrunePages(GroupState* state) {
    struct Indexed {
      const Step* step;
      const AssemblyLeaf* leaf;
      size_t column_index;  // in ranges
    };

    std::vector<Indexed> indexed;
    std::vector<io::ByteRange> ranges;
    for (const Step& step : steps_) {
      const bool usable = step.runtime_filter != nullptr
                              ? step.runtime_filter->ready()
                              : step.bounds.useful() && step.bounds.columns().size() == 1;
      const AssemblyLeaf* leaf = usable ? FlatLeaf(step.columns[0]) : nullptr;
      if (leaf == nullptr) {
        continue;
      }
      const ColumnChunk& chunk = state->group->columns[static_cast<size_t>(leaf->node->leaf)];
      if (chunk.column_index.length > 0 && chunk.offset_index.length > 0) {
        indexed.push_back({&step, leaf, ranges.size()});
        ranges.push_back({chunk.column_index.offset, chunk.column_index.length});
      }
    }
    if (indexed.empty()) {
      return Status::OK();
    }
    // Where pages lie is asked of every column, as all of them will skip the rows that go.
    std::vector<std::pair<const SchemaNode*, size_t>> offsets;
    for (const RequestColumn& column : columns_) {
      for (const AssemblyLeaf& leaf : column.assembly.leaves) {
        const ColumnChunk& chunk = state->group->columns[static_cast<size_t>(leaf.node->leaf)];
        if (chunk.offset_index.length > 0) {
          offsets.emplace_back(leaf.node, ranges.size());
          ranges.push_back({chunk.offset_index.offset, chunk.offset_index.length});
        }
      }
    }
    const std::vector<io::BytesFuture> futures = store_->ReadRanges(footer_->path, ranges);
    const auto text = [&](size_t i) -> Result<std::string_view> {
      const Result<io::Bytes>& bytes = futures[i].get();
      ARROW_RETURN_NOT_OK(bytes.status());
      metrics_.bytes_read += (*bytes)->size();
      return std::string_view(reinterpret_cast<const char*>((*bytes)->data()),
                              static_cast<size_t>((*bytes)->size()));
    };
    const int64_t num_rows = state->group->num_rows;
    state->pages.resize(footer_->leaves.size());
    for (const auto& [node, i] : offsets) {
      const ColumnChunk& chunk = state->group->columns[static_cast<size_t>(node->leaf)];
      ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, text(i));
      state->pages[static_cast<size_t>(node->leaf)] =
          ParseOffsetIndex(bytes, chunk.offset, chunk.offset + chunk.length, num_rows);
    }
    for (const Indexed& one : indexed) {
      const std::vector<PageLocation>& pages =
          state->pages[static_cast<size_t>(one.leaf->node->leaf)];
      ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, text(one.column_index));
      const std::vector<PageBounds> bounds = ParseColumnIndex(bytes, pages.size());
      if (bounds.empty()) {
        continue;
      }
      std::vector<RowRange> kept;
      for (size_t p = 0; p < pages.size(); ++p) {
        const ColumnBounds page = PageBoundsOf(*one.leaf->node, one.leaf->target, bounds[p]);
        const Step& step = *one.step;
        const bool may = step.runtime_filter != nullptr
                             ? BoundsOverlap(*step.runtime_filter->type(), page,
                                             step.runtime_filter->min(), step.runtime_filter->max())
                             : step.bounds.MayMatch([&](int) { return &page; });
        const int64_t end = p + 1 < pages.size() ? pages[p + 1].first_row : num_rows;
        if (!may) {
          ++metrics_.pages_pruned;
        } else if (!kept.empty() && kept.back().begin + kept.back().count == pages[p].first_row) {
          kept.back().count = end - kept.back().begin;
        } else if (end > pages[p].first_row) {
          kept.push_back({pages[p].first_row, end - pages[p].first_row});
        }
      }
      state->ranges = IntersectRanges(state->ranges, kept);
    }
    int64_t rows = 0;
    for (const RowRange& range : state->ranges) {
      rows += range.count;
    }
    metrics_.rows_pruned += num_rows - rows;
    state->pages_pruned = rows < num_rows;
    if (!state->pages_pruned) {
      state->pages.clear();
    }
    return Status::OK();
  }

  /// Starts reading the chunks of some request columns.
  void Fetch(const std::vector<int>& columns, GroupState* state) {
    struct Place {
      int column;
      size_t leaf;
      ChunkData data;
      size_t first;  // in ranges
    };

    std::vector<Place> places;
    std::vector<io::ByteRange> ranges;
    for (int c : columns) {
      const auto column = static_cast<size_t>(c);
      if (state->fetched[column] != 0) {
        continue;
      }
      state->fetched[column] = 1;
      const Assembly& assembly = columns_[column].assembly;
      for (size_t l = 0; l < assembly.leaves.size(); ++l) {
        const auto leaf = static_cast<size_t>(assembly.leaves[l].node->leaf);
        const ColumnChunk& chunk = state->group->columns[leaf];
        Place place{c, l, {}, ranges.size()};
        if (state->pages_pruned && leaf < state->pages.size() && !state->pages[leaf].empty()) {
          place.data.pages = state->pages[leaf];
          const std::vector<PageLocation>& pages = place.data.pages;
          const auto add = [&](int64_t offset, int64_t length) {
            auto& segments = place.data.segments;
            if (!segments.empty() && segments.back().offset + segments.back().length == offset) {
              segments.back().length += length;
            } else if (length > 0) {
              segments.push_back({offset, length, {}});
            }
          };
          add(chunk.offset, pages[0].offset - chunk.offset);  // the dictionary
          size_t range = 0;
          for (size_t p = 0; p < pages.size(); ++p) {
            const int64_t end =
                p + 1 < pages.size() ? pages[p + 1].first_row : state->group->num_rows;
            while (range < state->ranges.size() &&
                   state->ranges[range].begin + state->ranges[range].count <= pages[p].first_row) {
              ++range;
            }
            if (range < state->ranges.size() && state->ranges[range].begin < end) {
              add(pages[p].offset, pages[p].length);
            }
          }
        } else if (chunk.length > 0) {
          place.data.segments.push_back({chunk.offset, chunk.length, {}});
        }
        for (const ChunkData::Segment& segment : place.data.segments) {
          ranges.push_back({segment.offset, segment.length});
          metrics_.bytes_read += segment.length;
        }
        places.push_back(std::move(place));
      }
    }
    if (places.empty()) {
      return;
    }
    std::vector<io::BytesFuture> futures;
    if (!ranges.empty()) {
      futures = store_->ReadRanges(footer_->path, ranges);
    }
    for (Place& place : places) {
      for (size_t s = 0; s < place.data.segments.size(); ++s) {
        place.data.segments[s].bytes = futures[place.first + s];
      }
      const AssemblyLeaf& leaf =
          columns_[static_cast<size_t>(place.column)].assembly.leaves[place.leaf];
      state->readers[static_cast<size_t>(place.column)].push_back(std::make_unique<ColumnReader>(
          footer_->path, leaf.node, &state->group->columns[static_cast<size_t>(leaf.node->leaf)],
          leaf.target, leaf.slot_def, state->group->num_rows, std::move(place.data)));
    }
  }

  std::vector<int> FilterColumns() const {
    std::vector<int> columns;
    for (const Step& step : steps_) {
      if (step.runtime_filter != nullptr && !step.runtime_filter->ready()) {
        continue;
      }
      columns.insert(columns.end(), step.columns.begin(), step.columns.end());
    }
    return columns;
  }

  std::vector<int> AllColumns() const {
    std::vector<int> columns(columns_.size());
    std::iota(columns.begin(), columns.end(), 0);
    return columns;
  }

  /// The next row group that may have rows, its first reads under way; null: there is none.
  Result<std::unique_ptr<GroupState>> StartNextGroup() {
    while (next_group_ < row_groups_.size()) {
      const RowGroup& group = footer_->row_groups[static_cast<size_t>(row_groups_[next_group_++])];
      ++metrics_.row_groups;
      bool may_match = group.num_rows > 0 && GroupMayMatch(group);
      if (may_match) {
        ARROW_ASSIGN_OR_RAISE(may_match, BloomFiltersMayMatch(group));
      }
      if (!may_match) {
        ++metrics_.row_groups_pruned;
        metrics_.rows_pruned += group.num_rows;
        continue;
      }
      auto state = std::make_unique<GroupState>();
      state->group = &group;
      state->ranges = {{0, group.num_rows}};
      state->readers.resize(columns_.size());
      state->fetched.resize(columns_.size());
      ARROW_RETURN_NOT_OK(PrunePages(state.get()));
      if (state->ranges.empty()) {
        ++metrics_.row_groups_pruned;
        continue;
      }
      const std::vector<int> filter_columns = FilterColumns();
      Fetch(filter_columns.empty() ? AllColumns() : filter_columns, state.get());
      return state;
    }
    return nullptr;
  }

  /// Makes the next row group the current one and starts the reads of the one behind it.
  Result<bool> NextGroup() {
    if (done_) {
      return false;
    }
    while (true) {
      // A prefetched first group comes with nothing read of it.
      const bool fresh = current_ != nullptr && !started_;
      if (!fresh) {
        current_ = std::move(ahead_);
        if (current_ == nullptr) {
          ARROW_ASSIGN_OR_RAISE(current_, StartNextGroup());
        }
      }
      started_ = true;
      if (current_ == nullptr) {
        done_ = true;
        return false;
      }
      ARROW_ASSIGN_OR_RAISE(ahead_, StartNextGroup());
      // Runtime filters may have become ready since its reads started.
      ARROW_ASSIGN_OR_RAISE(const bool may_match, DictionariesMayMatch());
      if (may_match && GroupMayMatch(*current_->group)) {
        return true;
      }
      ++metrics_.row_groups_pruned;
      metrics_.rows_pruned += current_->group->num_rows;
      current_->ranges.clear();
    }
  }

  /// Asks dictionaries that hold all of a column's values whether any value passes.
  Result<bool> DictionariesMayMatch() {
    for (Step& step : steps_) {
      if (step.columns.size() != 1 || step.off ||
          (step.runtime_filter != nullptr && !step.runtime_filter->ready())) {
        continue;
      }
      const AssemblyLeaf* leaf = FlatLeaf(step.columns[0]);
      const auto column = static_cast<size_t>(step.columns[0]);
      if (leaf == nullptr || current_->readers[column].empty()) {
        continue;
      }
      ColumnReader& reader = *current_->readers[column][0];
      if (!reader.all_dictionary()) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const VectorPtr dictionary, reader.Dictionary());
      if (dictionary == nullptr || !UseDictionary(&step, dictionary)) {
        continue;
      }
      const bool may_be_null =
          leaf->node->max_def > 0 &&
          current_->group->columns[static_cast<size_t>(leaf->node->leaf)].null_count != 0;
      if (!(may_be_null && step.null_passes) &&
          std::find(step.passes.begin(), step.passes.end(), 1) == step.passes.end()) {
        return false;
      }
    }
    return true;
  }

  // ---- batches
  // ------------------------------------------------------------------------------------------------

  /// Evaluates a step for each value of `dictionary`, unless that was done already; false: evaluate
  /// it by row.
  bool UseDictionary(Step* step, const VectorPtr& dictionary) {
    if (step->dictionary == dictionary) {
      return step->dictionary_usable;
    }
    step->dictionary = dictionary;
    step->dictionary_usable = false;
    const int64_t size = dictionary->size();
    if (size > std::max(current_->group->num_rows / 2, columnar::kBatchSize)) {
      return false;
    }
    step->passes.assign(static_cast<size_t>(size), 0);
    step->null_passes = false;
    std::vector<int32_t> rows(static_cast<size_t>(std::max<int64_t>(size, 1)));
    int64_t kept = 0;
    if (step->runtime_filter != nullptr) {
      kept = size == 0 ? 0 : step->runtime_filter->Select(dictionary, nullptr, size, rows.data());
    } else {
      // A value that makes the condition fail may belong to rows that other conditions drop: then
      // by row.
      for (int64_t begin = 0; begin < size; begin += columnar::kBatchSize) {
        const int64_t n = std::min(columnar::kBatchSize, size - begin);
        Batch batch;
        batch.num_rows = n;
        batch.columns.push_back(n == size ? dictionary : columnar::Slice(dictionary, begin, n));
        const Result<int64_t> count = step->evaluator->Select(batch, rows.data());
        if (!count.ok()) {
          return false;
        }
        for (int64_t i = 0; i < *count; ++i) {
          step->passes[static_cast<size_t>(begin + rows[static_cast<size_t>(i)])] = 1;
        }
      }
      Batch null_row;
      null_row.num_rows = 1;
      null_row.columns.push_back(Vector::MakeNull(dictionary->type(), 1));
      int32_t one[1];
      const Result<int64_t> count = step->evaluator->Select(null_row, one);
      if (!count.ok()) {
        return false;
      }
      step->null_passes = *count == 1;
    }
    for (int64_t i = 0; i < kept; ++i) {
      step->passes[static_cast<size_t>(rows[static_cast<size_t>(i)])] = 1;
    }
    step->dictionary_usable = true;
    return true;
  }

  /// Values of a request column for `rows` of the batch at `range`; all of them where `rows` is
  /// null.
  Result<VectorPtr> ReadColumn(int index, RowRange range, const int32_t* rows, int64_t count) {
    const auto c = static_cast<size_t>(index);
    const RequestColumn& column = columns_[c];
    const format::ReadColumn& wanted = request_.columns[c];
    if (column.source == RequestColumn::Source::kConstant) {
      return wanted.constant->is_null()
                 ? Vector::MakeNull(wanted.type, count)
                 : Vector::MakeConstant(wanted.type, *wanted.constant, count);
    }
    if (column.source == RequestColumn::Source::kPosition) {
      columnar::FlatWriter out(wanted.type, count);
      auto* values = out.values<int64_t>();
      const int64_t first = current_->group->first_row + range.begin;
      for (int64_t i = 0; i < count; ++i) {
        values[i] = first + (rows != nullptr ? rows[i] : i);
      }
      return out.Finish(count);
    }
    if (column.assembly.leaves.empty()) {
      return Assemble(column.assembly.root, {}, count, footer_->path);
    }
    if (current_->fetched[c] == 0) {
      Fetch(AllColumns(), current_.get());
    }
    // The ranges that hold the rows, and where the rows are in them.
    read_ranges_.clear();
    gather_.clear();
    int64_t total = range.count;
    bool exact = rows == nullptr || count == range.count;
    if (!exact) {
      total = 0;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t row = range.begin + rows[i];
        if (!read_ranges_.empty() &&
            row < read_ranges_.back().begin + read_ranges_.back().count + kGapMax) {
          RowRange& last = read_ranges_.back();
          total += row + 1 - last.begin - last.count;
          last.count = row + 1 - last.begin;
        } else {
          read_ranges_.push_back({row, 1});
          ++total;
        }
        gather_.push_back(static_cast<int32_t>(total - 1));
      }
      exact = total == count;
    } else {
      read_ranges_.push_back(range);
    }
    auto& readers = current_->readers[c];
    std::vector<LeafRows> leaves(readers.size());
    for (size_t l = 0; l < readers.size(); ++l) {
      ARROW_ASSIGN_OR_RAISE(leaves[l].slots,
                            readers[l]->Read(read_ranges_.data(), read_ranges_.size()));
      leaves[l].def = &readers[l]->def_levels();
      leaves[l].rep = &readers[l]->rep_levels();
    }
    ARROW_ASSIGN_OR_RAISE(VectorPtr vector,
                          Assemble(column.assembly.root, leaves, total, footer_->path));
    return exact ? vector : columnar::Gather(vector, gather_.data(), count);
  }

  /// Keeps of the current rows those at keep_[0..kept).
  void Narrow(int64_t kept) {
    if (kept == left_) {
      return;
    }
    for (BatchColumn& column : batch_columns_) {
      if (column.vector == nullptr) {
        continue;
      }
      if (!column.mapped) {
        column.map.assign(keep_.begin(), keep_.begin() + kept);
        column.mapped = true;
      } else {
        for (int64_t i = 0; i < kept; ++i) {
          column.map[static_cast<size_t>(i)] =
              column.map[static_cast<size_t>(keep_[static_cast<size_t>(i)])];
        }
        column.map.resize(static_cast<size_t>(kept));
      }
    }
    if (all_rows_) {
      rows_.assign(keep_.begin(), keep_.begin() + kept);
      all_rows_ = false;
    } else {
      for (int64_t i = 0; i < kept; ++i) {
        rows_[static_cast<size_t>(i)] = rows_[static_cast<size_t>(keep_[static_cast<size_t>(i)])];
      }
    }
    left_ = kept;
  }

  Status Load(int column, RowRange range) {
    BatchColumn& out = batch_columns_[static_cast<size_t>(column)];
    if (out.vector == nullptr) {
      ARROW_ASSIGN_OR_RAISE(out.vector,
                            ReadColumn(column, range, all_rows_ ? nullptr : rows_.data(), left_));
      out.mapped = false;
    }
    return Status::OK();
  }

  /// A loaded column's values for the rows that are left.
  VectorPtr Compact(int column) {
    BatchColumn& in = batch_columns_[static_cast<size_t>(column)];
    if (in.mapped) {
      in.vector = columnar::Gather(in.vector, in.map.data(), left_);
      in.mapped = false;
    }
    return in.vector;
  }

  Status Apply(Step* step, RowRange range) {
    for (int column : step->columns) {
      ARROW_RETURN_NOT_OK(Load(column, range));
    }
    int64_t kept = 0;
    if (step->columns.size() == 1) {
      const BatchColumn& column = batch_columns_[static_cast<size_t>(step->columns[0])];
      const Vector& vector = *column.vector;
      if (vector.is_dictionary() && UseDictionary(step, vector.base())) {
        const int32_t* codes = vector.indices();
        const uint8_t* passes = step->passes.data();
        const bool nulls = vector.may_have_nulls();
        for (int64_t i = 0; i < left_; ++i) {
          const int64_t row = column.mapped ? column.map[static_cast<size_t>(i)] : i;
          const bool pass =
              nulls && vector.IsNull(row) ? step->null_passes : passes[codes[row]] != 0;
          keep_[static_cast<size_t>(kept)] = static_cast<int32_t>(i);
          kept += pass;
        }
        Narrow(kept);
        return Status::OK();
      }
    }
    if (step->runtime_filter != nullptr) {
      kept = step->runtime_filter->Select(Compact(step->columns[0]), nullptr, left_, keep_.data());
    } else {
      Batch batch;
      batch.num_rows = left_;
      for (int column : step->columns) {
        batch.columns.push_back(Compact(column));
      }
      ARROW_ASSIGN_OR_RAISE(kept, step->evaluator->Select(batch, keep_.data()));
    }
    Narrow(kept);
    return Status::OK();
  }

  void DropDeleted(RowRange range) {
    const std::vector<int64_t>& deleted = *request_.deleted_positions;
    const int64_t first = current_->group->first_row + range.begin;
    auto at = std::lower_bound(deleted.begin(), deleted.end(), first);
    if (at == deleted.end() || *at >= first + range.count) {
      return;
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < range.count; ++i) {
      while (at != deleted.end() && *at < first + i) {
        ++at;
      }
      if (at == deleted.end() || *at != first + i) {
        keep_[static_cast<size_t>(kept++)] = static_cast<int32_t>(i);
      }
    }
    Narrow(kept);
  }

  /// Steps in the order in which they run: those that can't fail by what they cost per row that
  /// they drop, then the others as they were written, so that earlier ones still guard them.
  std::vector<Step*> OrderedSteps() {
    std::vector<Step*> order;
    for (Step& step : steps_) {
      const bool ready = step.runtime_filter == nullptr || step.runtime_filter->ready();
      if (!step.off && ready) {
        order.push_back(&step);
      }
    }
    std::stable_sort(order.begin(), order.end(), [](const Step* a, const Step* b) {
      if (a->movable != b->movable) {
        return a->movable;
      }
      return a->movable && a->rank() < b->rank();
    });
    return order;
  }

  Result<Batch> ReadBatch(RowRange range) {
    metrics_.rows_read += range.count;
    batch_columns_.clear();
    batch_columns_.resize(columns_.size());
    keep_.resize(static_cast<size_t>(range.count));
    left_ = range.count;
    all_rows_ = true;
    if (request_.deleted_positions != nullptr) {
      DropDeleted(range);
    }
    for (Step* step : OrderedSteps()) {
      if (left_ == 0) {
        break;
      }
      const int64_t before = left_;
      const auto start = std::chrono::steady_clock::now();
      ARROW_RETURN_NOT_OK(Apply(step, range));
      step->nanos += (std::chrono::steady_clock::now() - start).count();
      step->rows_in += before;
      step->rows_out += left_;
      step->off =
          step->runtime_filter != nullptr && step->rows_in > kTrialRows &&
          static_cast<double>(step->rows_out) > kUselessShare * static_cast<double>(step->rows_in);
    }
    Batch batch;
    batch.num_rows = left_;
    if (left_ == 0) {
      return batch;
    }
    batch.columns.reserve(columns_.size());
    for (size_t c = 0; c < columns_.size(); ++c) {
      ARROW_RETURN_NOT_OK(Load(static_cast<int>(c), range));
      batch.columns.push_back(Compact(static_cast<int>(c)));
    }
    return batch;
  }

  std::shared_ptr<io::ObjectStore> store_;
  FooterPtr footer_;
  std::vector<int> row_groups_;
  ReadRequest request_;
  std::vector<RequestColumn> columns_;
  std::vector<Step> steps_;
  size_t filter_steps_ = 0;
  ScanMetrics metrics_;

  size_t next_group_ = 0;
  std::unique_ptr<GroupState> current_;
  std::unique_ptr<GroupState> ahead_;
  bool started_ = false;
  bool done_ = false;

  // The batch at hand.
  std::vector<BatchColumn> batch_columns_;
  int64_t left_ = 0;
  bool all_rows_ = true;
  std::vector<int32_t> rows_;  // of the batch, that are left; not used while all_rows_
  std::vector<int32_t> keep_;
  std::vector<RowRange> read_ranges_;
  std::vector<int32_t> gather_;
};

}  // namespace

Result<std::unique_ptr<ParquetReader>> ParquetReader::Make(std::shared_ptr<io::ObjectStore> store,
                                                           FooterPtr footer,
                                                           std::vector<int> row_groups,
                                                           ReadRequest request) {
  auto reader = std::make_unique<Reader>(std::move(store), std::move(footer), std::move(row_groups),
                                         std::move(request));
  ARROW_RETURN_NOT_OK(reader->Init());
  return reader;
}

}  // namespace emery::format::parquet
