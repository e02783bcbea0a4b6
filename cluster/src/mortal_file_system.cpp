#include "mortal_file_system.hpp"

#include <utility>

namespace leat {
namespace {

error dead() { return {errc::cancelled, "the simulated process is dead"}; }

class mortal_file final : public writable_file {
 public:
  mortal_file(std::unique_ptr<writable_file> beneath, std::shared_ptr<const bool> alive)
      : beneath_(std::move(beneath)), alive_(std::move(alive)) {}

  result<void> append(std::string_view bytes) override { return *alive_ ? beneath_->append(bytes) : dead(); }
  result<void> sync() override { return *alive_ ? beneath_->sync() : dead(); }
  result<void> close() override { return *alive_ ? beneath_->close() : dead(); }

 private:
  std::unique_ptr<writable_file> beneath_;
  std::shared_ptr<const bool> alive_;
};

}  // namespace

result<std::unique_ptr<writable_file>> mortal_file_system::create(const std::string& path) {
  if (!*alive_) return dead();
  LEAT_TRY(file, beneath_->create(path));
  return std::unique_ptr<writable_file>{std::make_unique<mortal_file>(std::move(file), alive_)};
}

result<std::unique_ptr<readable_file>> mortal_file_system::open(const std::string& path) {
  if (!*alive_) return dead();
  return beneath_->open(path);
}

result<void> mortal_file_system::rename(const std::string& from, const std::string& to) {
  return *alive_ ? beneath_->rename(from, to) : dead();
}

result<void> mortal_file_system::remove(const std::string& path) { return *alive_ ? beneath_->remove(path) : dead(); }

result<void> mortal_file_system::create_directories(const std::string& path) {
  return *alive_ ? beneath_->create_directories(path) : dead();
}

result<void> mortal_file_system::sync_directory(const std::string& path) {
  return *alive_ ? beneath_->sync_directory(path) : dead();
}

result<std::vector<directory_entry>> mortal_file_system::list(const std::string& path) {
  if (!*alive_) return dead();
  return beneath_->list(path);
}

result<std::uint64_t> mortal_file_system::size(const std::string& path) {
  if (!*alive_) return dead();
  return beneath_->size(path);
}

bool mortal_file_system::exists(const std::string& path) { return *alive_ && beneath_->exists(path); }

bool mortal_file_system::is_directory(const std::string& path) { return *alive_ && beneath_->is_directory(path); }

result<std::unique_ptr<directory_lock>> mortal_file_system::lock(const std::string& directory) {
  if (!*alive_) return dead();
  return beneath_->lock(directory);
}

}  // namespace leat
