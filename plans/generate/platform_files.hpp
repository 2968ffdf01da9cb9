#pragma once

#include <string>

#include "core/model/release.hpp"
#include "plans/generate/generate.hpp"

// Inside of generate.cpp: one writer for each built-in format. Each throws
// PlanError saying what the release lacks.
namespace rung::platform_files {

std::string procfile(const Release& release);
std::string dockerfile(const Release& release, const GenerateOptions& options);
/// A Render Blueprint.
std::string render_yaml(const Release& release, const GenerateOptions& options);
/// A Knative service, as `gcloud run services replace` takes it.
std::string cloudrun_yaml(const Release& release,
                          const GenerateOptions& options);

}  // namespace rung::platform_files
