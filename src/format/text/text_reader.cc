#include "format/text/text_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "arrow/buffer.h"

namespace emery::format::text {

using columnar::Batch;
using columnar::BufferPtr;
using columnar::StringView;
using columnar::Vector;
using columnar::VectorPtr;

namespace {

class TextReader final : public BatchReader {
 public:
  TextReader(io::Bytes bytes, std::string separator, bool whole, ReadRequest request)
      : bytes_(std::move(bytes)),
        separator_(std::move(separator)),
        request_(std::move(request)),
        whole_(whole) {
    metrics_.bytes_read = bytes_->size();
    p_ = reinterpret_cast<const char*>(bytes_->data());
    end_ = p_ + bytes_->size();
    more_ = whole || p_ < end_;
    // Views need the file's bytes for as long as they live.
    buffer_ = columnar::Buffer::Wrap(p_, static_cast<size_t>(bytes_->size()), bytes_);
  }

  Result<std::optional<Batch>> Next() override {
    if (!more_) {
      return std::nullopt;
    }
    BufferPtr values =
        columnar::Buffer::Allocate(sizeof(StringView) * static_cast<size_t>(columnar::kBatchSize));
    auto* views = reinterpret_cast<StringView*>(values->mutable_data());
    int64_t rows = 0;
    while (more_ && rows < columnar::kBatchSize) {
      const std::string_view line = NextLine();
      if (line.size() > INT32_MAX) {
        return base::Unsupported("a line of more than 2 GiB");
      }
      views[rows++] = StringView(line);
    }
    const VectorPtr lines =
        Vector::MakeFlat(type::String(), rows, std::move(values), nullptr, {buffer_});
    Batch batch;
    batch.num_rows = rows;
    for (const ReadColumn& column : request_.columns) {
      if (column.constant.has_value()) {
        batch.columns.push_back(column.constant->is_null()
                                    ? Vector::MakeNull(column.type, rows)
                                    : Vector::MakeConstant(column.type, *column.constant, rows));
      } else {
        batch.columns.push_back(lines);
      }
    }
    metrics_.rows_read += rows;
    return batch;
  }

  const ScanMetrics& metrics() const override { return metrics_; }

 private:
  std::string_view NextLine() {
    const std::string_view rest(p_, static_cast<size_t>(end_ - p_));
    size_t size = rest.size();
    size_t skip = 0;
    if (!whole_) {
      if (!separator_.empty()) {
        const size_t at = rest.find(separator_);
        size = at == rest.npos ? size : at;
        skip = at == rest.npos ? 0 : separator_.size();
      } else if (const size_t at = rest.find_first_of("\r\n"); at != rest.npos) {
        size = at;
        skip = rest[at] == '\r' && at + 1 < rest.size() && rest[at + 1] == '\n' ? 2 : 1;
      }
    }
    p_ += size + skip;
    more_ = p_ < end_;
    return rest.substr(0, size);
  }

  io::Bytes bytes_;
  std::string separator_;
  ReadRequest request_;
  bool whole_;
  bool more_ = false;
  const char* p_ = nullptr;
  const char* end_ = nullptr;
  BufferPtr buffer_;
  ScanMetrics metrics_;
};

class TextWriter final : public BatchWriter {
 public:
  TextWriter(std::unique_ptr<io::ObjectWriter> out, std::string separator)
      : out_(std::move(out)), separator_(separator.empty() ? "\n" : std::move(separator)) {}

  Status Write(const Batch& batch) override {
    const columnar::VectorReader<StringView> values(*batch.columns[0]);
    std::string text;
    for (int64_t i = 0; i < batch.num_rows; ++i) {
      if (!values.IsNull(i)) {
        text += values[i].view();
      }
      text += separator_;
    }
    rows_ += batch.num_rows;
    return out_->Write(text);
  }

  Status Finish() override { return out_->Close(); }

  Status Abort() override { return out_->Abort(); }

  int64_t bytes_written() const override { return out_->bytes_written(); }

  int64_t rows_written() const override { return rows_; }

 private:
  std::unique_ptr<io::ObjectWriter> out_;
  std::string separator_;
  int64_t rows_ = 0;
};

}  // namespace

Result<std::unique_ptr<BatchReader>> OpenText(const io::ObjectInfo& file, const FileRange& range,
                                              std::string separator, bool whole,
                                              ReadRequest request) {
  ARROW_ASSIGN_OR_RAISE(io::Bytes bytes,
                        whole ? ReadWhole(file) : ReadLines(file, range, separator));
  return std::make_unique<TextReader>(std::move(bytes), std::move(separator), whole,
                                      std::move(request));
}

Result<std::unique_ptr<BatchWriter>> OpenTextWriter(std::unique_ptr<io::ObjectWriter> out,
                                                    std::string separator) {
  return std::make_unique<TextWriter>(std::move(out), std::move(separator));
}

}  // namespace emery::format::text
