#include <cassert>
#include <utility>

#include "columnar/bits_internal.h"
#include "columnar/vector.h"

namespace emery::columnar {

using type::PhysicalType;
using type::TypeId;

namespace {

/// A growing bit mask that exists from the first null on.
class ValidityBuilder {
 public:
  void Append(bool valid) {
    if (!valid && words_.empty()) {
      words_.assign(WordsForBits(size_ + 1), ~uint64_t{0});
    }
    if (!words_.empty()) {
      if (static_cast<int64_t>(words_.size()) < WordsForBits(size_ + 1)) {
        words_.push_back(~uint64_t{0});
      }
      if (!valid) {
        ClearBit(words_.data(), size_);
      }
    }
    ++size_;
  }

  int64_t size() const { return size_; }

  BufferPtr Finish() {
    BufferPtr result;
    if (!words_.empty()) {
      result = Buffer::Allocate(words_.size() * 8);
      std::memcpy(result->mutable_data(), words_.data(), words_.size() * 8);
    }
    words_.clear();
    size_ = 0;
    return result;
  }

 private:
  std::vector<uint64_t> words_;
  int64_t size_ = 0;
};

template <class T>
BufferPtr ToBuffer(const std::vector<T>& values) {
  BufferPtr buffer = Buffer::Allocate(values.size() * sizeof(T));
  if (!values.empty()) {
    std::memcpy(buffer->mutable_data(), values.data(), values.size() * sizeof(T));
  }
  return buffer;
}

class BuilderBase : public VectorBuilder {
 public:
  explicit BuilderBase(type::TypePtr type) : type_(std::move(type)) {}

  void AppendRange(const Vector& source, int64_t offset, int64_t count) override {
    for (int64_t i = offset; i < offset + count; ++i) {
      AppendFrom(source, i);
    }
  }

  void AppendString(std::string_view /*s*/) override { std::abort(); }

  void AppendNested() override { std::abort(); }

  VectorBuilder& child(int /*i*/) override { std::abort(); }

  int64_t size() const override { return validity_.size(); }

 protected:
  type::TypePtr type_;
  ValidityBuilder validity_;
};

template <class T>
class FixedBuilder final : public BuilderBase {
 public:
  using BuilderBase::BuilderBase;

  void AppendNull() override {
    values_.push_back(T{});
    validity_.Append(false);
  }

  void AppendFrom(const Vector& source, int64_t row) override {
    if (source.IsNull(row)) {
      AppendNull();
      return;
    }
    values_.push_back(VectorReader<T>(source)[row]);
    validity_.Append(true);
  }

  void AppendValue(const type::Value& value) override {
    if (value.is_null()) {
      AppendNull();
      return;
    }
    if constexpr (std::is_same_v<T, uint8_t>) {
      values_.push_back(value.boolean() ? 1 : 0);
    } else if constexpr (std::is_same_v<T, float>) {
      values_.push_back(value.float_value());
    } else if constexpr (std::is_same_v<T, double>) {
      values_.push_back(value.double_value());
    } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
      values_.push_back(value.interval());
    } else if (type_->is_decimal()) {
      values_.push_back(static_cast<T>(value.decimal()));
    } else {
      values_.push_back(static_cast<T>(value.integer()));
    }
    validity_.Append(true);
  }

  VectorPtr Finish() override {
    const int64_t count = size();
    VectorPtr result = Vector::MakeFlat(type_, count, ToBuffer(values_), validity_.Finish());
    values_.clear();
    return result;
  }

 private:
  std::vector<T> values_;
};

class StringBuilder final : public BuilderBase {
 public:
  using BuilderBase::BuilderBase;

  void AppendNull() override {
    values_.emplace_back();
    validity_.Append(false);
  }

  void AppendFrom(const Vector& source, int64_t row) override {
    if (source.IsNull(row)) {
      AppendNull();
      return;
    }
    AppendString(VectorReader<StringView>(source)[row].view());
  }

  void AppendValue(const type::Value& value) override {
    if (value.is_null()) {
      AppendNull();
      return;
    }
    AppendString(value.string());
  }

  void AppendString(std::string_view s) override {
    if (s.size() <= StringView::kInlineSize) {
      values_.emplace_back(s);
    } else {
      char* p = heap_.Allocate(s.size());
      std::memcpy(p, s.data(), s.size());
      values_.emplace_back(p, static_cast<uint32_t>(s.size()));
    }
    validity_.Append(true);
  }

  VectorPtr Finish() override {
    const int64_t count = size();
    VectorPtr result =
        Vector::MakeFlat(type_, count, ToBuffer(values_), validity_.Finish(), heap_.blocks());
    values_.clear();
    heap_ = StringHeap();
    return result;
  }

 private:
  std::vector<StringView> values_;
  StringHeap heap_;
};

class NullBuilder final : public BuilderBase {
 public:
  using BuilderBase::BuilderBase;

  void AppendNull() override { validity_.Append(false); }

  void AppendFrom(const Vector& /*source*/, int64_t /*row*/) override { AppendNull(); }

  void AppendValue(const type::Value& /*value*/) override { AppendNull(); }

  VectorPtr Finish() override {
    const int64_t count = size();
    return Vector::MakeFlat(type_, count, nullptr, validity_.Finish());
  }
};

/// Arrays and maps.
class ListBuilder final : public BuilderBase {
 public:
  explicit ListBuilder(type::TypePtr type) : BuilderBase(std::move(type)) {
    for (const type::Field& field : type_->fields()) {
      children_.push_back(VectorBuilder::Make(field.type));
    }
  }

  void AppendNull() override {
    entries_.push_back({static_cast<int32_t>(children_[0]->size()), 0});
    open_ = children_[0]->size();
    validity_.Append(false);
  }

  void AppendFrom(const Vector& source, int64_t row) override {
    if (source.IsNull(row)) {
      AppendNull();
      return;
    }
    const ListEntry entry = source.values<ListEntry>()[source.is_constant() ? 0 : row];
    for (size_t i = 0; i < children_.size(); ++i) {
      children_[i]->AppendRange(*source.children()[i], entry.offset, entry.length);
    }
    AppendNested();
  }

  void AppendValue(const type::Value& value) override {
    if (value.is_null()) {
      AppendNull();
      return;
    }
    size_t next = 0;
    for (const type::Value& element : value.list()) {
      children_[next]->AppendValue(element);
      next = (next + 1) % children_.size();
    }
    AppendNested();
  }

  void AppendNested() override {
    const int64_t end = children_[0]->size();
    entries_.push_back({static_cast<int32_t>(open_), static_cast<int32_t>(end - open_)});
    open_ = end;
    validity_.Append(true);
  }

  VectorBuilder& child(int i) override { return *children_[i]; }

  VectorPtr Finish() override {
    const int64_t count = size();
    std::vector<VectorPtr> children;
    for (auto& child : children_) {
      children.push_back(child->Finish());
    }
    VectorPtr result = Vector::MakeNested(type_, count, ToBuffer(entries_), validity_.Finish(),
                                          std::move(children));
    entries_.clear();
    open_ = 0;
    return result;
  }

 private:
  std::vector<ListEntry> entries_;
  std::vector<std::unique_ptr<VectorBuilder>> children_;
  int64_t open_ = 0;  // where the entry being built starts in the children
};

class StructBuilder final : public BuilderBase {
 public:
  explicit StructBuilder(type::TypePtr type) : BuilderBase(std::move(type)) {
    for (const type::Field& field : type_->fields()) {
      children_.push_back(VectorBuilder::Make(field.type));
    }
  }

  void AppendNull() override {
    for (auto& child : children_) {
      child->AppendNull();
    }
    validity_.Append(false);
  }

  void AppendFrom(const Vector& source, int64_t row) override {
    if (source.IsNull(row)) {
      AppendNull();
      return;
    }
    for (size_t i = 0; i < children_.size(); ++i) {
      children_[i]->AppendFrom(*source.children()[i], source.is_constant() ? 0 : row);
    }
    validity_.Append(true);
  }

  void AppendValue(const type::Value& value) override {
    if (value.is_null()) {
      AppendNull();
      return;
    }
    for (size_t i = 0; i < children_.size(); ++i) {
      children_[i]->AppendValue(value.list()[i]);
    }
    validity_.Append(true);
  }

  void AppendNested() override { validity_.Append(true); }

  VectorBuilder& child(int i) override { return *children_[i]; }

  VectorPtr Finish() override {
    const int64_t count = size();
    std::vector<VectorPtr> children;
    for (auto& child : children_) {
      children.push_back(child->Finish());
    }
    return Vector::MakeNested(type_, count, nullptr, validity_.Finish(), std::move(children));
  }

 private:
  std::vector<std::unique_ptr<VectorBuilder>> children_;
};

}  // namespace

std::unique_ptr<VectorBuilder> VectorBuilder::Make(const type::TypePtr& type) {
  switch (type->physical()) {
    case PhysicalType::kString:
      return std::make_unique<StringBuilder>(type);
    case PhysicalType::kNull:
      return std::make_unique<NullBuilder>(type);
    case PhysicalType::kList:
      return std::make_unique<ListBuilder>(type);
    case PhysicalType::kStruct:
      return std::make_unique<StructBuilder>(type);
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
    case PhysicalType::kInt64:
    case PhysicalType::kInt128:
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
    case PhysicalType::kInterval:
      break;
  }
  return DispatchPhysical(
      type->physical(), [&]<class T>(std::type_identity<T>) -> std::unique_ptr<VectorBuilder> {
        if constexpr (std::is_same_v<T, StringView> || std::is_same_v<T, ListEntry>) {
          std::abort();
        } else {
          return std::make_unique<FixedBuilder<T>>(type);
        }
      });
}

}  // namespace emery::columnar
