#include "adapters/docker/image_progress.hpp"
#include "adapters/docker/log_frames.hpp"
#include "core/base/error.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

/// Calls `feed` with pieces of `bytes` that `sizes` cuts.
template <class Feed>
void in_pieces(std::string_view bytes, std::string_view sizes, Feed feed) {
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const auto size =
        sizes.empty()
            ? bytes.size()
            : 1 + static_cast<unsigned char>(sizes[i % sizes.size()]) % 64U;
    feed(bytes.substr(0, size));
    bytes.remove_prefix(std::min<std::size_t>(size, bytes.size()));
  }
}

struct Output {
  std::string out, err;
  friend bool operator==(const Output&, const Output&) = default;
};

Output frames(std::string_view bytes, std::string_view sizes, bool tty) {
  Output all;
  LogFrames taker(tty, [&](int stream, std::string_view text) {
    (stream == 2 ? all.err : all.out) += text;
  });
  in_pieces(bytes, sizes, [&](std::string_view piece) { taker.feed(piece); });
  return all;
}

DockerStream progress(std::string_view bytes, std::string_view sizes) {
  DockerStream stream;
  in_pieces(bytes, sizes, [&](std::string_view piece) { stream.feed(piece); });
  stream.finish();
  return stream;
}

std::string frame(char stream, std::string_view text) {
  std::string bytes{stream, 0, 0, 0, 0, 0};
  bytes += static_cast<char>(text.size() >> 8U & 0xffU);
  bytes += static_cast<char>(text.size() & 0xffU);
  return bytes.append(text);
}

}  // namespace

// A line that says where the stream is cut, then the stream of a container's
// log, or of an image that is built.
void docker(std::string_view input) {
  const auto sizes = first_line(input);

  const Output whole = frames(input, "", false);
  require(whole == frames(input, sizes, false), "cuts make no difference");
  require(whole.out.size() + whole.err.size() <= input.size(),
          "no log is longer than its frames");
  require(frames(input, sizes, true) == Output{std::string(input), ""},
          "with a TTY bytes are passed on");
  if (input.size() < 0x10000) {
    require(frames(frame(1, sizes) + frame(2, input), sizes, false) ==
                Output{std::string(sizes), std::string(input)},
            "what is framed is taken apart again");
  }

  LogTail tail(64);
  in_pieces(input, sizes, [&](std::string_view piece) { tail.add(piece); });
  require(tail.text().size() <= 64 && input.ends_with(tail.text()),
          "a tail is the end of its text");

  const DockerStream said = progress(input, "");
  const DockerStream pieces = progress(input, sizes);
  require(said.log == pieces.log && said.error == pieces.error &&
              said.image_id == pieces.image_id &&
              said.error_code == pieces.error_code,
          "cuts make no difference");
  try {
    require(build_failure(said.error, said.error_code).stage <= Stage::build,
            "a build fails before the release starts");
  } catch (const PlatformError&) {
    // The registry's fault.
  } catch (const AbortError&) {
    // The engine lacks something.
  }
}

}  // namespace rung::fuzz
