/// A sink of your own that commits in two phases, and a job that is killed a few times before it gets to its end.
///
/// Run:  build/bin/two_phase_sink
/// See:  all 10000 numbers in the database, none of them twice.

#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <cstdio>
#include <set>

/// Stands for a database with prepared transactions, such as PostgreSQL. It outlives the program that writes to it.
struct database {
  std::map<std::string, std::vector<std::uint64_t>> prepared;  ///< transactions that wait for commit or rollback
  std::vector<std::uint64_t> rows;                             ///< what readers see
};

// [snippet: writer]
/// One subtask's writer. The token of a prepared transaction is its name, "writer/checkpoint".
class database_writer : public leat::sink_writer<std::uint64_t> {
 public:
  database_writer(database& db, const leat::connector_context& context)
      : db_(&db), subtask_(context.subtask.value()), parallelism_(context.parallelism) {}

  /// Commits what the checkpoint covers, rolls back whatever else earlier attempts prepared.
  leat::result<void> recover(std::optional<leat::checkpoint_id>,
                             const std::vector<leat::prepared_output>& prepared) override {
    for (const auto& p : prepared) LEAT_CHECK(commit(p.token));
    std::erase_if(db_->prepared, [this](const auto& transaction) {
      return std::stoul(transaction.first) % parallelism_ == subtask_;  // those of the writers that fall to this one
    });
    return {};
  }

  leat::result<void> write(const leat::batch<std::uint64_t>& records) override {
    open_.insert(open_.end(), records.values(), records.values() + records.size());
    return {};
  }

  leat::result<std::string> prepare(leat::checkpoint_id id) override {
    if (open_.empty()) return std::string{};  // nothing to commit
    std::string name = std::to_string(subtask_) + "/" + std::to_string(id.value());
    db_->prepared[name] = std::exchange(open_, {});
    return name;
  }

  leat::result<void> commit(const std::string& token) override {
    const auto found = db_->prepared.find(token);
    if (found == db_->prepared.end()) return {};  // committed before a crash: it may be asked for again
    db_->rows.insert(db_->rows.end(), found->second.begin(), found->second.end());
    db_->prepared.erase(found);
    return {};
  }

 private:
  database* db_;
  std::uint32_t subtask_;
  std::uint32_t parallelism_;
  std::vector<std::uint64_t> open_;  ///< lost in a crash, as an open transaction is
};
// [end]

// [snippet: connector]
class database_sink : public leat::sink_connector<std::uint64_t> {
 public:
  explicit database_sink(database& db) : db_(&db) {}

  leat::result<std::unique_ptr<leat::sink_writer<std::uint64_t>>> open(
      const leat::connector_context& context) const override {
    return std::unique_ptr<leat::sink_writer<std::uint64_t>>{std::make_unique<database_writer>(*db_, context)};
  }

 private:
  database* db_;
};
// [end]

int main() {
  database db;
  leat::application app{"two_phase_sink"};
  const auto count = leat::generate(std::uint64_t{0}, [](std::uint64_t& n) { return n++; }).limit(10000);
  app.source("numbers", count).sink("database", database_sink{db});

  leat::memory_file_system disk;
  leat::job_options options;
  options.state_files = &disk;
  options.batch_records_max = 4;
  options.checkpoint_interval = leat::duration{2};
  int killed = 0;
  for (bool done = false; !done;) {
    auto job = leat::simulate(app, options, static_cast<std::uint64_t>(killed));
    if (!job) return 1;
    done = (*job)->run(killed < 5 ? 60 : 1'000'000).has_value();
    if (done) break;
    (*job)->kill();
    ++killed;
  }
  const std::set<std::uint64_t> different(db.rows.begin(), db.rows.end());
  std::printf("killed %d times: %zu rows, %zu different, %zu transactions left over\n", killed, db.rows.size(),
              different.size(), db.prepared.size());
}
