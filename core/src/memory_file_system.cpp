#include <leat/core/memory_file_system.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace leat {
namespace {

/// A file or a directory. What `entries` and `bytes` say is seen by readers; what is durable stands beside it.
struct node {
  using table = std::map<std::string, std::shared_ptr<node>>;

  bool directory = false;
  table entries;          ///< of a directory
  table durable_entries;  ///< what of them survives a loss of power
  std::string bytes;      ///< of a file
  std::size_t durable_size = 0;
  bool locked = false;
};
using node_ptr = std::shared_ptr<node>;

node_ptr make_directory() {
  auto n = std::make_shared<node>();
  n->directory = true;
  return n;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

bool lies_below(const std::string& path, const std::string& ancestor) {
  const std::vector<std::string> inner = split(path);
  const std::vector<std::string> outer = split(ancestor);
  return inner.size() > outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

error not_found(const std::string& what, const std::string& path) {
  return {errc::not_found, "cannot " + what + " " + path + ": no such file or directory"};
}

error is_a_directory(const std::string& what, const std::string& path) {
  return {errc::io, "cannot " + what + " " + path + ": it is a directory"};
}

/// Goes back to what is durable, below `n` too. `kept` says how much of a file's tail is left.
template <class Kept>
void revert(node& n, Kept kept) {
  n.entries = n.durable_entries;
  n.bytes.resize(n.directory ? 0 : kept(n));
  n.durable_size = n.bytes.size();
  n.locked = false;
  for (auto& [name, child] : n.entries) revert(*child, kept);
}

void make_durable(node& n) {
  n.durable_entries = n.entries;
  n.durable_size = n.bytes.size();
  for (auto& [name, child] : n.entries) make_durable(*child);
}

}  // namespace

/// Everything behind the mutex, shared with the files that were handed out.
struct memory_file_system::disk {
  mutable std::mutex mutex;  ///< guards all that follows, and every node
  node_ptr root = make_directory();
  std::uint64_t power_cycles = 0;
  std::uint64_t writes = 0;
  std::optional<write_fault> fault;
  std::uint64_t fault_begin = 0;  ///< the number of the first write that fails

  /// Counts a write and says whether it fails.
  result<void> count_write(const std::string& what, const std::string& path) {
    const std::uint64_t number = ++writes;
    if (!fault || number < fault_begin || number - fault_begin >= fault->count) return {};
    const char* const why = fault->code == errc::no_space ? "No space left on device" : "Input/output error";
    return error{fault->code,
                 "cannot " + what + " " + path + ": " + why + " (injected at write " + std::to_string(number) + ")"};
  }

  [[nodiscard]] node_ptr find(const std::string& path) const {
    node_ptr at = root;
    for (const std::string& part : split(path)) {
      const auto next = at->entries.find(part);
      if (next == at->entries.end()) return nullptr;
      at = next->second;
    }
    return at;
  }

  /// Where a path's last name stands or would stand.
  struct place {
    node_ptr directory;  ///< null if it is not there, or if the path is the root
    std::string name;

    [[nodiscard]] node_ptr occupant() const {
      if (!directory) return nullptr;
      const auto found = directory->entries.find(name);
      return found == directory->entries.end() ? nullptr : found->second;
    }
  };
  [[nodiscard]] place locate(const std::string& path) const {
    const std::vector<std::string> parts = split(path);
    if (parts.empty()) return {};
    node_ptr at = root;
    for (std::size_t i = 0; at && i + 1 < parts.size(); ++i) {
      const auto next = at->entries.find(parts[i]);
      at = next == at->entries.end() ? nullptr : next->second;
    }
    return {at && at->directory ? at : nullptr, parts.back()};
  }

  void lose_power_keeping(auto kept) {
    const std::lock_guard guard{mutex};
    ++power_cycles;
    revert(*root, kept);
  }

  class writer;
  class reader;
  class lock_handle;
};

class memory_file_system::disk::writer final : public writable_file {
 public:
  writer(std::shared_ptr<disk> d, node_ptr file, std::string path)
      : disk_(std::move(d)), file_(std::move(file)), path_(std::move(path)), power_cycle_(disk_->power_cycles) {}

  result<void> append(std::string_view bytes) override {
    const std::lock_guard guard{disk_->mutex};
    LEAT_CHECK(begin("write"));
    result<void> counted = disk_->count_write("write", path_);
    if (!counted) {
      failure_ = counted.error();
      file_->bytes.append(buffer_).append(bytes.substr(0, bytes.size() / 2));
      return counted;
    }
    buffer_.append(bytes);
    return {};
  }

  result<void> sync() override {
    const std::lock_guard guard{disk_->mutex};
    LEAT_CHECK(flush("sync"));
    file_->durable_size = file_->bytes.size();
    return {};
  }

  result<void> close() override {
    const std::lock_guard guard{disk_->mutex};
    LEAT_CHECK(flush("close"));
    closed_ = true;
    return {};
  }

 private:
  result<void> begin(const char* what) {
    LEAT_ASSERT(!closed_, "a file was used after close");
    if (power_cycle_ != disk_->power_cycles) {
      return error{errc::io, std::string{"cannot "} + what + " " + path_ + ": it was opened before the power failed"};
    }
    if (failure_) return *failure_;
    return {};
  }

  result<void> flush(const char* what) {
    LEAT_CHECK(begin(what));
    if (result<void> counted = disk_->count_write(what, path_); !counted) {
      failure_ = counted.error();
      return counted;
    }
    file_->bytes += buffer_;
    buffer_.clear();
    return {};
  }

  std::shared_ptr<disk> disk_;
  node_ptr file_;
  std::string path_;
  std::uint64_t power_cycle_;
  std::string buffer_;
  std::optional<error> failure_;  ///< as with a real file, nothing works after the first
  bool closed_ = false;
};

class memory_file_system::disk::reader final : public readable_file {
 public:
  reader(std::shared_ptr<disk> d, node_ptr file, std::string path)
      : disk_(std::move(d)), file_(std::move(file)), path_(std::move(path)), power_cycle_(disk_->power_cycles) {}

  result<std::size_t> read(std::uint64_t offset, char* to, std::size_t size) override {
    const std::lock_guard guard{disk_->mutex};
    if (power_cycle_ != disk_->power_cycles) {
      return error{errc::io, "cannot read " + path_ + ": it was opened before the power failed"};
    }
    const std::string& bytes = file_->bytes;
    if (offset >= bytes.size()) return std::size_t{0};
    return bytes.copy(to, size, static_cast<std::size_t>(offset));
  }

 private:
  std::shared_ptr<disk> disk_;
  node_ptr file_;
  std::string path_;
  std::uint64_t power_cycle_;
};

class memory_file_system::disk::lock_handle final : public directory_lock {
 public:
  lock_handle(std::shared_ptr<disk> d, node_ptr directory)
      : disk_(std::move(d)), directory_(std::move(directory)), power_cycle_(disk_->power_cycles) {}
  ~lock_handle() override {
    const std::lock_guard guard{disk_->mutex};
    if (power_cycle_ == disk_->power_cycles) directory_->locked = false;
  }

 private:
  std::shared_ptr<disk> disk_;
  node_ptr directory_;
  std::uint64_t power_cycle_;
};

memory_file_system::memory_file_system() : disk_(std::make_shared<disk>()) {}
memory_file_system::~memory_file_system() = default;

result<std::unique_ptr<writable_file>> memory_file_system::create(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const disk::place at = disk_->locate(path);
  if (!at.directory) return not_found("create", path);
  node_ptr file = at.occupant();
  if (file && file->directory) return is_a_directory("create", path);
  LEAT_CHECK(disk_->count_write("create", path));
  if (!file) file = at.directory->entries[at.name] = std::make_shared<node>();
  file->bytes.clear();
  file->durable_size = 0;
  return std::unique_ptr<writable_file>{std::make_unique<disk::writer>(disk_, std::move(file), path)};
}

result<std::unique_ptr<readable_file>> memory_file_system::open(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  node_ptr file = disk_->find(path);
  if (!file) return not_found("open", path);
  if (file->directory) return error{errc::not_found, "cannot open " + path + ": it is a directory, not a file"};
  return std::unique_ptr<readable_file>{std::make_unique<disk::reader>(disk_, std::move(file), path)};
}

result<void> memory_file_system::rename(const std::string& from, const std::string& to) {
  const std::lock_guard guard{disk_->mutex};
  const disk::place source = disk_->locate(from);
  const disk::place target = disk_->locate(to);
  const node_ptr moved = source.occupant();
  if (!moved || !target.directory) return not_found("rename to " + to, from);
  if (const node_ptr stands = target.occupant(); stands && (stands->directory || moved->directory)) {
    return error{errc::io, "cannot rename " + from + " to " + to + ": only a file replaces a file"};
  }
  if (lies_below(to, from)) return error{errc::io, "cannot rename " + from + " to " + to + ", which lies in it"};
  LEAT_CHECK(disk_->count_write("rename", from));
  source.directory->entries.erase(source.name);
  target.directory->entries[target.name] = moved;
  return {};
}

result<void> memory_file_system::remove(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const disk::place at = disk_->locate(path);
  const node_ptr removed = at.occupant();
  if (!removed) return not_found("remove", path);
  if (!removed->entries.empty()) return error{errc::io, "cannot remove " + path + ": Directory not empty"};
  LEAT_CHECK(disk_->count_write("remove", path));
  at.directory->entries.erase(at.name);
  return {};
}

result<void> memory_file_system::create_directories(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  LEAT_CHECK(disk_->count_write("create directory", path));
  node_ptr at = disk_->root;
  for (const std::string& part : split(path)) {
    node_ptr& next = at->entries[part];
    if (!next) next = make_directory();
    if (!next->directory) {
      return error{errc::already_exists, "cannot create directory " + path + ": '" + part + "' is a file"};
    }
    at = next;
  }
  return {};
}

result<void> memory_file_system::sync_directory(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const node_ptr directory = disk_->find(path);
  if (!directory || !directory->directory) return not_found("sync directory", path);
  LEAT_CHECK(disk_->count_write("sync directory", path));
  directory->durable_entries = directory->entries;
  return {};
}

result<std::vector<directory_entry>> memory_file_system::list(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const node_ptr directory = disk_->find(path);
  if (!directory || !directory->directory) return not_found("list", path);
  std::vector<directory_entry> entries;
  for (const auto& [name, child] : directory->entries) {
    entries.push_back({name, child->directory, child->bytes.size()});
  }
  return entries;
}

result<std::uint64_t> memory_file_system::size(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const node_ptr file = disk_->find(path);
  if (!file) return not_found("look at", path);
  if (file->directory) return error{errc::not_found, path + " is a directory, not a file"};
  return std::uint64_t{file->bytes.size()};
}

bool memory_file_system::exists(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  return disk_->find(path) != nullptr;
}

bool memory_file_system::is_directory(const std::string& path) {
  const std::lock_guard guard{disk_->mutex};
  const node_ptr found = disk_->find(path);
  return found && found->directory;
}

result<std::unique_ptr<directory_lock>> memory_file_system::lock(const std::string& directory) {
  const std::lock_guard guard{disk_->mutex};
  node_ptr found = disk_->find(directory);
  if (!found || !found->directory) return not_found("lock", directory);
  if (std::exchange(found->locked, true)) {
    return error{errc::locked, directory + " is in use by another owner; let that one go or choose another directory"};
  }
  return std::unique_ptr<directory_lock>{std::make_unique<disk::lock_handle>(disk_, std::move(found))};
}

void memory_file_system::lose_power() {
  disk_->lose_power_keeping([](const node& file) { return file.durable_size; });
}

void memory_file_system::lose_power(random& chance) {
  disk_->lose_power_keeping([&chance](const node& file) {
    const std::size_t tail = file.bytes.size() - file.durable_size;
    return file.durable_size + static_cast<std::size_t>(chance.below(tail + 1));
  });
}

void memory_file_system::sync_all() {
  const std::lock_guard guard{disk_->mutex};
  make_durable(*disk_->root);
}

void memory_file_system::inject(write_fault fault) {
  const std::lock_guard guard{disk_->mutex};
  LEAT_ASSERT(fault.first >= 1, "writes are counted from 1");
  disk_->fault = fault;
  disk_->fault_begin = disk_->writes + fault.first;
}

void memory_file_system::heal() {
  const std::lock_guard guard{disk_->mutex};
  disk_->fault.reset();
}

std::uint64_t memory_file_system::writes() const {
  const std::lock_guard guard{disk_->mutex};
  return disk_->writes;
}

std::unique_ptr<file_system> make_memory_file_system() { return std::make_unique<memory_file_system>(); }

}  // namespace leat
