#include "cmd/workshop/without_folder.hpp"

#include <string_view>
#include <system_error>

namespace fs = std::filesystem;

namespace rung {
namespace {

/// Of "checkout/" or "builds/KEY/tree/" at the beginning; 0 = neither.
std::size_t length_of_root(std::string_view rest) {
  constexpr std::string_view kCheckout = "checkout/", kBuilds = "builds/",
                             kTree = "/tree/";
  if (rest.starts_with(kCheckout)) return kCheckout.size();
  if (!rest.starts_with(kBuilds)) return 0;
  const auto end = rest.find('/', kBuilds.size());
  if (end == rest.npos || !rest.substr(end).starts_with(kTree)) return 0;
  return end + kTree.size();
}

}  // namespace

WithoutFolder::WithoutFolder(const fs::path& work)
    : below_{work.string() + "/"} {
  std::error_code error;
  // Programs name the folder as getcwd() does.
  const fs::path real = fs::weakly_canonical(work, error);
  if (!error && real != work) below_.push_back(real.string() + "/");
}

std::string WithoutFolder::operator()(std::string text) const {
  for (const std::string& folder : below_) {
    for (auto at = text.find(folder); at != text.npos;
         at = text.find(folder, at)) {
      const std::string_view rest =
          std::string_view(text).substr(at + folder.size());
      const std::size_t length = length_of_root(rest);
      if (length == 0) {
        at += folder.size();
      } else {
        text.erase(at, folder.size() + length);
      }
    }
  }
  return text;
}

}  // namespace rung
