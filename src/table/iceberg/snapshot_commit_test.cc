#include "table/iceberg/snapshot_commit.h"

#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/object_store.h"
#include "table/iceberg/cherry_pick.h"
#include "table/iceberg/maintenance.h"
#include "table/iceberg/manifest.h"

namespace emery::table::iceberg {
namespace {

using type::Value;

/// A table in memory. Failures can be put in: a conflict before the swap, or a lost reply after it.
class TestOperations final : public TableOperations {
 public:
  Result<std::shared_ptr<const TableMetadata>> Refresh() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  Result<std::shared_ptr<const TableMetadata>> Commit(const TableCommit& commit) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (conflicts > 0) {
      --conflicts;
      return CommitConflict("a test");
    }
    ARROW_RETURN_NOT_OK(CheckRequirements(current_.get(), commit.requirements));
    ARROW_ASSIGN_OR_RAISE(auto next, ApplyUpdates(current_.get(), commit.updates, NowMs()));
    if (unknown_before) {
      return CommitStateUnknown("a test", Status::IOError("no reply"));
    }
    current_ = next;
    if (lost_replies > 0) {
      --lost_replies;
      return CommitConflict("a reply that was lost and a retry below");
    }
    if (unknown_after) {
      return CommitStateUnknown("a test", Status::IOError("no reply"));
    }
    return current_;
  }

  int conflicts = 0;
  int lost_replies = 0;
  bool unknown_before = false;
  bool unknown_after = false;

 private:
  std::mutex mutex_;  // guards current_
  std::shared_ptr<const TableMetadata> current_;
};

std::string NewFolder() {
  return "memory:/test/" + NewUuid();
}

type::Schema IdAndPart() {
  return {{"id", type::Long(), true, 1, {}, {}}, {"p", type::String(), true, 2, {}, {}}};
}

/// A table partitioned by p.
std::unique_ptr<TestOperations> NewTable(int version, const std::string& location) {
  auto operations = std::make_unique<TestOperations>();
  TableSchema schema;
  schema.fields = IdAndPart();
  PartitionSpec spec;
  PartitionField field;
  field.source_id = 2;
  field.field_id = 1000;
  field.name = "p";
  field.transform.text = "identity";
  spec.fields = {field};
  TableCommit commit;
  commit.updates = {AssignUuid(NewUuid()),
                    UpgradeFormatVersion(version),
                    AddSchema(*SchemaToJson(schema)),
                    SetCurrentSchema(kLastAdded),
                    AddPartitionSpec(SpecToJson(spec)),
                    SetDefaultSpec(kLastAdded),
                    AddSortOrder(SortOrderToJson({})),
                    SetDefaultSortOrder(kLastAdded),
                    SetLocation(location),
                    SetProperties({{"commit.retry.min-wait-ms", "1"}})};
  const auto made = operations->Commit(commit);
  EXPECT_TRUE(made.ok()) << made.status().ToString();
  return operations;
}

DataFile File(const std::string& name, const std::string& partition, int64_t rows) {
  DataFile file;
  file.file_path = "memory:/data/" + name;
  file.file_format = "parquet";
  file.partition = {Value::String(partition)};
  file.record_count = rows;
  file.file_size_in_bytes = 100 * rows;
  file.value_counts = {{1, rows}, {2, rows}};
  file.null_value_counts = {{1, 0}, {2, 0}};
  file.lower_bounds = {{2, partition}};
  file.upper_bounds = {{2, partition}};
  file.column_sizes = {{1, 7}};
  file.split_offsets = {4};
  file.sort_order_id = 0;
  return file;
}

SnapshotChange Append(std::vector<DataFile> files) {
  SnapshotChange change;
  change.added_data_files = std::move(files);
  return change;
}

Result<std::vector<DataFile>> LiveFiles(const TableMetadata& metadata,
                                        const std::string& branch = kMainBranch) {
  std::vector<DataFile> live;
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(metadata, *metadata.FindRef(branch)));
  for (const auto& manifest : manifests) {
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          ReadManifest(manifest, *metadata.FindSpec(manifest.partition_spec_id)));
    live.insert(live.end(), files.begin(), files.end());
  }
  return live;
}

class CommitTest : public testing::TestWithParam<int> {};

TEST_P(CommitTest, AppendsAndKeepsWhatFilesSay) {
  const auto table = NewTable(GetParam(), NewFolder());
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("a", "x", 3)})).ok());
  const auto metadata = CommitSnapshot(table.get(), Append({File("b", "y", 2), File("c", "x", 1)}));
  ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  const auto* head = (*metadata)->FindRef(kMainBranch);
  EXPECT_EQ(head->operation(), "append");
  EXPECT_EQ(head->summary.at("added-data-files"), "2");
  EXPECT_EQ(head->summary.at("total-records"), "6");
  EXPECT_EQ(head->summary.at("changed-partition-count"), "2");
  EXPECT_EQ((*metadata)->snapshot_log.size(), 2u);
  const auto live = LiveFiles(**metadata);
  ASSERT_TRUE(live.ok()) << live.status().ToString();
  ASSERT_EQ(live->size(), 3u);
  const auto& last = live->back();
  EXPECT_EQ(last.file_path, "memory:/data/a");
  EXPECT_EQ(last.partition[0].string(), "x");
  EXPECT_EQ(last.upper_bounds.at(2), "x");
  EXPECT_EQ(last.column_sizes.at(1), 7);
  EXPECT_EQ(last.split_offsets, std::vector<int64_t>{4});
  if (GetParam() >= 2) {
    EXPECT_EQ(last.data_sequence_number, 1);
    EXPECT_EQ(live->front().data_sequence_number, 2);
  }
  if (GetParam() >= 3) {
    EXPECT_EQ(last.first_row_id, 0);
    EXPECT_EQ((*live)[0].first_row_id, 3);
    EXPECT_EQ((*live)[1].first_row_id, 5);
    EXPECT_EQ((*metadata)->next_row_id, 6);
  }
}

TEST_P(CommitTest, RemovesByFilterAndPartition) {
  const auto table = NewTable(GetParam(), NewFolder());
  ASSERT_TRUE(
      CommitSnapshot(table.get(), Append({File("a", "x", 3), File("b", "y", 2), File("c", "z", 1)}))
          .ok());
  auto column = std::make_shared<plan::Ordinal>();
  column->index = 1;
  column->type = type::String();
  SnapshotChange change;
  change.delete_filter = plan::ExpressionList{
      plan::MakeComparison("=", column, plan::MakeLiteral(type::String(), Value::String("x")))};
  auto metadata = CommitSnapshot(table.get(), change);
  ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  EXPECT_EQ((*metadata)->FindRef(kMainBranch)->operation(), "delete");
  EXPECT_EQ((*metadata)->FindRef(kMainBranch)->summary.at("deleted-records"), "3");
  SnapshotChange replace = Append({File("d", "y", 9)});
  replace.operation = "overwrite";
  replace.replaced_partitions = {{0, {Value::String("y")}}};
  metadata = CommitSnapshot(table.get(), replace);
  ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  const auto live = LiveFiles(**metadata);
  ASSERT_TRUE(live.ok());
  ASSERT_EQ(live->size(), 2u);
  EXPECT_EQ((*live)[0].file_path, "memory:/data/d");
  EXPECT_EQ((*live)[1].file_path, "memory:/data/c");
  if (GetParam() >= 3) {
    EXPECT_EQ((*live)[1].first_row_id, 5);  // carried over into a rewritten manifest
  }
}

TEST_P(CommitTest, MergesManifests) {
  const auto table = NewTable(GetParam(), NewFolder());
  ASSERT_TRUE(CommitWithRetry(table.get(), [](const TableMetadata&) {
                return Result<std::vector<MetadataUpdate>>(std::vector<MetadataUpdate>{
                    SetProperties({{"commit.manifest.min-count-to-merge", "3"}})});
              }).ok());
  Result<std::shared_ptr<const TableMetadata>> metadata = Status::Invalid("none");
  for (int i = 0; i < 7; ++i) {
    metadata = CommitSnapshot(table.get(), Append({File("f" + std::to_string(i), "x", i + 1)}));
    ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  }
  const auto manifests = ManifestsOf(**metadata, *(*metadata)->FindRef(kMainBranch));
  ASSERT_TRUE(manifests.ok());
  EXPECT_LE(manifests->size(), 3u);
  const auto live = LiveFiles(**metadata);
  ASSERT_TRUE(live.ok());
  ASSERT_EQ(live->size(), 7u);
  std::set<int64_t> ids;
  for (const auto& file : *live) {
    const int64_t i = file.record_count - 1;
    if (GetParam() >= 2) {
      EXPECT_EQ(file.data_sequence_number, i + 1);
    }
    if (GetParam() >= 3) {
      ids.insert(*file.first_row_id);
    }
  }
  if (GetParam() >= 3) {
    EXPECT_EQ(ids.size(), 7u);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, CommitTest, testing::Values(1, 2, 3));

TEST(SnapshotCommit, RetriesAfterConflicts) {
  const auto table = NewTable(2, NewFolder());
  table->conflicts = 3;
  const auto metadata = CommitSnapshot(table.get(), Append({File("a", "x", 1)}));
  ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  EXPECT_EQ((*metadata)->snapshots.size(), 1u);
}

TEST(SnapshotCommit, FindsItsOwnCommitAfterALostReply) {
  const auto table = NewTable(2, NewFolder());
  table->lost_replies = 1;
  const auto metadata = CommitSnapshot(table.get(), Append({File("a", "x", 1)}));
  ASSERT_TRUE(metadata.ok()) << metadata.status().ToString();
  EXPECT_EQ((*metadata)->snapshots.size(), 1u);
  EXPECT_EQ(LiveFiles(**metadata)->size(), 1u);
}

TEST(SnapshotCommit, KeepsFilesWhereTheOutcomeIsUnknown) {
  const auto table = NewTable(2, NewFolder());
  table->unknown_after = true;
  const auto failed = CommitSnapshot(table.get(), Append({File("a", "x", 1)}));
  ASSERT_TRUE(IsCommitStateUnknown(failed.status()));
  EXPECT_EQ(LiveFiles(**table->Refresh())->size(), 1u);
}

TEST(SnapshotCommit, LeavesNothingBehindWhereItFails) {
  const std::string folder = NewFolder();
  const auto table = NewTable(2, folder);
  table->conflicts = 1000;
  EXPECT_TRUE(IsCommitConflict(CommitSnapshot(table.get(), Append({File("a", "x", 1)})).status()));
  std::string path = folder;
  const auto store = io::StoreFor(&path);
  const auto files = (*store)->List(path, true);
  EXPECT_TRUE(!files.ok() || files->empty());
}

TEST(SnapshotCommit, LosesNoRowOfConcurrentWriters) {
  const auto table = NewTable(3, NewFolder());
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        // Each writer tries until it gets through, as a client would.
        while (!CommitSnapshot(table.get(), Append({File(std::to_string(t * 100 + i), "x", 1)}))
                    .ok()) {
        }
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  const auto metadata = *table->Refresh();
  const auto live = LiveFiles(*metadata);
  ASSERT_TRUE(live.ok());
  std::set<std::string> paths;
  std::set<int64_t> row_ids;
  for (const auto& file : *live) {
    paths.insert(file.file_path);
    row_ids.insert(*file.first_row_id);
  }
  EXPECT_EQ(live->size(), 40u);
  EXPECT_EQ(paths.size(), 40u);
  EXPECT_EQ(row_ids.size(), 40u);
}

TEST(SnapshotCommit, FindsConflicts) {
  const auto table = NewTable(2, NewFolder());
  const auto first = CommitSnapshot(table.get(), Append({File("a", "x", 1), File("b", "y", 1)}));
  ASSERT_TRUE(first.ok());
  const auto start = (*first)->current_snapshot_id;
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("c", "x", 1)})).ok());
  const auto filter = [](const char* value) {
    auto column = std::make_shared<plan::Ordinal>();
    column->index = 1;
    column->type = type::String();
    return plan::ExpressionList{
        plan::MakeComparison("=", column, plan::MakeLiteral(type::String(), Value::String(value)))};
  };
  SnapshotChange change = Append({File("d", "x", 1)});
  change.removed_data_files = {File("a", "x", 1)};
  change.checks.starting_snapshot = start;
  change.checks.no_new_data_files = true;
  change.checks.filter = filter("x");
  EXPECT_FALSE(CommitSnapshot(table.get(), change).ok());
  change.checks.filter = filter("y");
  EXPECT_TRUE(CommitSnapshot(table.get(), change).ok());
  // The file is gone now.
  SnapshotChange again = Append({File("e", "x", 1)});
  again.removed_data_files = {File("a", "x", 1)};
  EXPECT_FALSE(CommitSnapshot(table.get(), again).ok());
  SnapshotChange deletes;
  deletes.added_delete_files = {File("pd", "x", 1)};
  deletes.added_delete_files[0].content = FileContent::kPositionDeletes;
  deletes.checks.starting_snapshot = start;
  deletes.checks.required_data_files = {"memory:/data/a"};
  EXPECT_FALSE(CommitSnapshot(table.get(), deletes).ok());
  deletes.checks.required_data_files = {"memory:/data/b"};
  const auto done = CommitSnapshot(table.get(), deletes);
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_EQ((*done)->FindRef(kMainBranch)->operation(), "delete");
  EXPECT_EQ((*done)->FindRef(kMainBranch)->summary.at("added-position-deletes"), "1");
}

TEST(SnapshotCommit, StagesAndPicks) {
  const auto table = NewTable(2, NewFolder());
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("a", "x", 1)})).ok());
  SnapshotChange staged = Append({File("b", "x", 1)});
  staged.stage_only = true;
  staged.summary["wap.id"] = "w";
  const auto with_stage = CommitSnapshot(table.get(), staged);
  ASSERT_TRUE(with_stage.ok());
  EXPECT_EQ(LiveFiles(**with_stage)->size(), 1u);
  const auto id = (*with_stage)->snapshots.back().snapshot_id;
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("c", "x", 1)})).ok());
  const auto picked = CherryPick(table.get(), id);
  ASSERT_TRUE(picked.ok()) << picked.status().ToString();
  EXPECT_EQ(LiveFiles(**picked)->size(), 3u);
  EXPECT_FALSE(CherryPick(table.get(), id).ok());
}

TEST(Maintenance, ExpiresWhatNoRefKeeps) {
  const auto table = NewTable(2, NewFolder());
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("a", "x", 1)})).ok());
  SnapshotChange change;
  change.delete_filter = plan::ExpressionList{};
  ASSERT_TRUE(CommitSnapshot(table.get(), change).ok());
  ASSERT_TRUE(CommitSnapshot(table.get(), Append({File("b", "x", 1)})).ok());
  ExpireRequest request;
  request.older_than_ms = NowMs() + 1000;
  const auto result = ExpireSnapshots(table.get(), request);
  ASSERT_TRUE(result.ok()) << result.status().ToString();
  EXPECT_EQ(result->deleted_data_files, 1);
  EXPECT_EQ(result->deleted_manifest_lists, 2);
  const auto metadata = *table->Refresh();
  EXPECT_EQ(metadata->snapshots.size(), 1u);
  EXPECT_EQ(LiveFiles(*metadata)->size(), 1u);
}

TEST(MetadataUpdate, KeepsUnknownMembers) {
  const auto table = NewTable(2, NewFolder());
  nlohmann::json document = *(*table->Refresh())->document;
  document["something-new"] = {{"a", 1}};
  document["schemas"][0]["fields"][0]["later"] = true;
  const auto base =
      ParseTableMetadata(std::make_shared<const nlohmann::json>(document), "memory:/m");
  ASSERT_TRUE(base.ok());
  const auto next = ApplyUpdates(base->get(), {SetProperties({{"k", "v"}})}, NowMs());
  ASSERT_TRUE(next.ok());
  EXPECT_EQ((*next)->document->at("something-new")["a"], 1);
  EXPECT_EQ((*next)->document->at("schemas")[0]["fields"][0]["later"], true);
  EXPECT_EQ((*next)->properties.at("k"), "v");
}

TEST(MetadataUpdate, RaisesTheFormatOnly) {
  const auto table = NewTable(1, NewFolder());
  const auto base = *table->Refresh();
  const auto next = ApplyUpdates(base.get(), {UpgradeFormatVersion(3)}, NowMs());
  ASSERT_TRUE(next.ok()) << next.status().ToString();
  EXPECT_EQ((*next)->format_version, 3);
  EXPECT_TRUE((*next)->document->contains("next-row-id"));
  EXPECT_FALSE(ApplyUpdates(next->get(), {UpgradeFormatVersion(2)}, NowMs()).ok());
}

}  // namespace
}  // namespace emery::table::iceberg
