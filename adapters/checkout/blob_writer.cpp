#include "adapters/checkout/blob_writer.hpp"

#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "adapters/git/attributes.hpp"
#include "adapters/git/lfs.hpp"

namespace rung {
namespace {

using files::Cursor;
using files::Kind;
using files::Tracked;

/// Converts files of a commit and of the submodules in it, each as its own
/// .gitattributes ask.
class Conversion {
 public:
  Conversion(const BlobReader& from, const git_oid& at,
             const SubmoduleParts& parts)
      : own_(from.repository.get(), at), parts_(parts) {}

  git::Converted converted(const std::string& path, std::string_view content) {
    const git::Submodules::Part* in = nullptr;
    for (const auto& [prefix, part] : parts_) {  // the innermost comes last
      if (path.starts_with(prefix + '/')) in = &part;
    }
    if (in == nullptr) return own_.converted(path, content);
    auto& other = others_[in->path];
    if (!other) other = std::make_unique<Other>(*in);
    return other->attributes.converted(path.substr(in->path.size() + 1),
                                       content);
  }

 private:
  struct Other {
    explicit Other(const git::Submodules::Part& part)
        : repository(git::open_for_reading(part.clone.git_dir.string())),
          attributes(repository.get(), part.commit) {}
    git::Repository repository;
    git::Attributes attributes;
  };
  git::Attributes own_;
  const SubmoduleParts& parts_;
  std::map<std::string, std::unique_ptr<Other>> others_;
};

/// One thread's share of the files.
class Writer {
 public:
  Writer(const BlobsOf& source, const BlobReader& reader, int root,
         const std::filesystem::path& folder, const timespec* time)
      : source_(source),
        reader_(reader),
        cursor_(root, folder, Cursor::Missing::create),
        time_(time) {
    if (source.convert) conversion_.emplace(reader, source.at, source.parts);
  }

  std::vector<Tracked> all(const std::vector<BlobWrite>& writes,
                           std::size_t begin, std::size_t end) {
    std::vector<Tracked> written;
    written.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) written.push_back(one(writes[i]));
    return written;
  }

 private:
  Tracked one(const BlobWrite& file) {
    const auto bytes = reader_.objects.read(file.blob, GIT_OBJECT_BLOB);
    Tracked tracked;
    tracked.blob = file.blob;
    tracked.kind = file.kind;
    if (!conversion_ || file.kind == Kind::link) {
      tracked.stamp =
          files::write(cursor_, file.path, file.kind, bytes.text(), time_);
      return tracked;
    }
    const git::Converted made = conversion_->converted(
        source_.path.empty() ? file.path : source_.path + '/' + file.path,
        bytes.text());
    tracked.converted = made.content != bytes.text();
    tracked.fetched = made.fetched;
    // One that was put right already keeps its time.
    const auto is = files::status(cursor_, file.path);
    tracked.stamp =
        is && files::kind_of(*is) == file.kind &&
                std::cmp_equal(is->st_size, made.content.size()) &&
                files::read(cursor_, file.path, file.kind) == made.content
            ? files::stamp_of(*is)
            : files::write(cursor_, file.path, file.kind, made.content, time_);
    return tracked;
  }

  const BlobsOf& source_;
  const BlobReader& reader_;
  Cursor cursor_;
  const timespec* time_;
  std::optional<Conversion> conversion_;
};

}  // namespace

BlobReader::BlobReader(const std::string& git_dir, const SubmoduleParts& parts)
    : repository(git::open_for_reading(git_dir)), objects(repository.get()) {
  for (const auto& [path, part] : parts) {
    objects.borrow(git::common_dir(part.clone.git_dir) / "objects");
  }
}

Kind kind_of_mode(std::uint32_t mode) {
  if (mode == GIT_FILEMODE_LINK) return Kind::link;
  return mode == GIT_FILEMODE_BLOB_EXECUTABLE ? Kind::executable : Kind::plain;
}

std::vector<Tracked> write_blobs(const BlobsOf& source, int root,
                                 const std::filesystem::path& folder,
                                 const std::vector<BlobWrite>& writes,
                                 const timespec* time) {
  // A second thread pays from about a thousand files on; a third does not,
  // because the file system then waits for itself.
  const bool two =
      writes.size() > 1000 && std::thread::hardware_concurrency() > 1;
  const std::size_t half = two ? writes.size() / 2 : 0;
  auto first =
      std::async(two ? std::launch::async : std::launch::deferred, [&] {
        if (!two) return std::vector<Tracked>{};
        const BlobReader own(source.git_dir, source.parts);
        return Writer(source, own, root, folder, time).all(writes, 0, half);
      });
  auto second = Writer(source, source.reader, root, folder, time)
                    .all(writes, half, writes.size());
  auto written = first.get();
  written.insert(written.end(), std::make_move_iterator(second.begin()),
                 std::make_move_iterator(second.end()));
  return written;
}

}  // namespace rung
