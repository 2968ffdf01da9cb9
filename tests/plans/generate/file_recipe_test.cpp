#include "plans/generate/file_recipe.hpp"

#include <catch2/catch.hpp>

#include "plans/env/env_file.hpp"

namespace rung::file_recipe_test {

TEST_CASE("A recipe comes back from its text", "[plans][file_recipe]") {
  FileSpec file;
  file.path = ".env";
  file.format = "dotenv";
  file.dialect = Dialect::dotenv_node;
  CHECK(FileRecipe(file).text() ==
        "dotenv " + std::string(to_string(Dialect::dotenv_node)) + "\n");
  const FileRecipe dotenv(FileRecipe(file).text());
  CHECK(dotenv.format == "dotenv");
  CHECK(dotenv.dialect == Dialect::dotenv_node);
  CHECK(dotenv.content.empty());

  file.format = "template";
  file.content = "a\n{{name}}\n";
  CHECK(FileRecipe(file).text() == "template\na\n{{name}}\n");
  const FileRecipe made(FileRecipe(file).text());
  CHECK(made.format == "template");
  CHECK(made.content == "a\n{{name}}\n");
}

TEST_CASE("A recipe without a line is its format", "[plans][file_recipe]") {
  const FileRecipe recipe("procfile");
  CHECK(recipe.format == "procfile");
  CHECK(recipe.content.empty());
}

}  // namespace rung::file_recipe_test
