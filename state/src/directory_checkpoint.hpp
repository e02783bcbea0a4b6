#pragma once

#include <memory>
#include <vector>

#include <leat/state/checkpoint_manifest.hpp>
#include <leat/state/checkpoint_store.hpp>

#include "chunk_table.hpp"

namespace leat {

/// The tables of one checkpoint, oldest first, verified and open.
using open_tables = std::vector<std::unique_ptr<chunk_table_reader>>;

/// A checkpoint whose tables have been verified.
class directory_checkpoint final : public loaded_checkpoint {
 public:
  directory_checkpoint(checkpoint_manifest manifest, open_tables tables, std::vector<skipped_checkpoint> skipped);

  const checkpoint_manifest& manifest() const override { return manifest_; }
  const std::vector<skipped_checkpoint>& skipped() const override { return skipped_; }
  result<void> for_each_chunk(const chunk_function& take) override;

 private:
  checkpoint_manifest manifest_;
  open_tables tables_;
  std::vector<skipped_checkpoint> skipped_;
};

}  // namespace leat
