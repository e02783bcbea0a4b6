#include "table_disk.hpp"

#include <utility>

namespace leat {

using status = table_disk::status;

table_disk::status table_disk::note(const error& e) {
  if (!failure_) failure_ = e;
  return status::IOError(e.detail);
}

class table_disk::output final : public rocksdb::FSWritableFile {
 public:
  output(table_disk& disk, std::unique_ptr<writable_file> to) : disk_(&disk), to_(std::move(to)) {}

  status Append(const rocksdb::Slice& data, const io&, debug*) override {
    const std::string_view bytes{data.data(), data.size()};
    disk_->written_.add(bytes);
    disk_->written_bytes_ += bytes.size();
    return told(to_->append(bytes));
  }
  using rocksdb::FSWritableFile::Append;
  status Flush(const io&, debug*) override { return status::OK(); }
  status Sync(const io&, debug*) override { return told(to_->sync()); }
  status Close(const io&, debug*) override { return told(to_->close()); }
  std::uint64_t GetFileSize(const io&, debug*) override { return disk_->written_bytes_; }

 private:
  status told(result<void> r) { return r ? status::OK() : disk_->note(r.error()); }

  table_disk* disk_;
  std::unique_ptr<writable_file> to_;
};

class table_disk::input final : public rocksdb::FSRandomAccessFile {
 public:
  input(table_disk& disk, std::unique_ptr<readable_file> from) : disk_(&disk), from_(std::move(from)) {}

  status Read(std::uint64_t offset, std::size_t size, const io&, rocksdb::Slice* got, char* scratch,
              debug*) const override {
    const auto count = from_->read(offset, scratch, size);
    if (!count) return disk_->note(count.error());
    *got = rocksdb::Slice{scratch, *count};
    return status::OK();
  }

 private:
  table_disk* disk_;
  std::unique_ptr<readable_file> from_;
};

status table_disk::NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                   std::unique_ptr<rocksdb::FSWritableFile>* made, debug*) {
  auto file = files_->create(path);
  if (!file) return note(file.error());
  *made = std::make_unique<output>(*this, std::move(*file));
  return status::OK();
}

status table_disk::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSRandomAccessFile>* made, debug*) {
  auto file = files_->open(path);
  if (!file) return note(file.error());
  *made = std::make_unique<input>(*this, std::move(*file));
  return status::OK();
}

status table_disk::GetFileSize(const std::string& path, const io&, std::uint64_t* size, debug*) {
  const auto found = files_->size(path);
  if (!found) return note(found.error());
  *size = *found;
  return status::OK();
}

status table_disk::FileExists(const std::string& path, const io&, debug*) {
  return files_->exists(path) ? status::OK() : status::NotFound(path);
}

status table_disk::DeleteFile(const std::string& path, const io&, debug*) {
  const auto removed = files_->remove(path);
  return removed ? status::OK() : status::IOError(removed.error().detail);
}

}  // namespace leat
