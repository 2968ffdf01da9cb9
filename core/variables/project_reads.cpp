#include "core/variables/project_reads.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/variables/language.hpp"

namespace rung {

SourceReads reads_of_project(std::span<const SourceText> files) {
  SourceReads all;
  std::vector<SourceReads> each;
  each.reserve(files.size());
  for (const SourceText& file : files) {
    each.push_back(reads_of(file.path, file.text));
    all.readers.insert(each.back().readers.begin(), each.back().readers.end());
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const SourceText& file = files[i];
    const bool calls =
        language_of(file.path, file.text) != kNoLanguage &&
        std::any_of(all.readers.begin(), all.readers.end(),
                    [&](const std::string& name) {
                      return file.text.find(name) != file.text.npos;
                    });
    if (calls) each[i] = reads_of(file.path, file.text, all.readers);
    all.uses.insert(all.uses.end(), each[i].uses.begin(), each[i].uses.end());
    all.dynamic.insert(all.dynamic.end(), each[i].dynamic.begin(),
                       each[i].dynamic.end());
  }
  return all;
}

}  // namespace rung
