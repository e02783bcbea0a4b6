#include <leat/core/key_group.hpp>

#include <leat/core/hash.hpp>
#include <leat/core/java_hash.hpp>
#include <leat/core/random.hpp>

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("default max parallelism: half as many again, a power of two, within bounds") {
  struct row {
    std::uint32_t parallelism;
    std::uint32_t want;
  };
  for (const row& r :
       {row{0, 128}, row{1, 128}, row{85, 128}, row{86, 256}, row{171, 256}, row{172, 512}, row{4096, 8192},
        row{21845, 32768}, row{21846, 32768}, row{32768, 32768}, row{4'000'000'000, 32768}}) {
    CAPTURE(r.parallelism);
    CHECK(leat::default_max_parallelism(r.parallelism) == r.want);
  }
}

TEST_CASE("every key group belongs to the one subtask whose range holds it") {
  for (const std::uint32_t max_parallelism : {1U, 7U, 100U, 128U, 4096U, 32768U}) {
    for (const std::uint32_t parallelism : {1U, 2U, 3U, 7U, 100U, 128U, 1000U, 32768U}) {
      if (parallelism > max_parallelism) continue;
      CAPTURE(max_parallelism);
      CAPTURE(parallelism);
      std::uint32_t next = 0;
      for (std::uint32_t i = 0; i < parallelism; ++i) {
        const auto range = leat::key_groups_of(leat::subtask_index{i}, parallelism, max_parallelism);
        REQUIRE(range.first == next);
        REQUIRE(leat::subtask_of(range.first, parallelism, max_parallelism).value() == i);
        REQUIRE(leat::subtask_of(range.last, parallelism, max_parallelism).value() == i);
        next = range.last + 1;
      }
      CHECK(next == max_parallelism);
    }
  }
}

TEST_CASE("routing many hashes agrees with routing one") {
  leat::random chance{7};
  for (const std::uint32_t max_parallelism : {1U, 2U, 7U, 100U, 128U, 129U, 32767U, 32768U}) {
    std::vector<std::uint16_t> owners(max_parallelism);
    for (auto& owner : owners) owner = static_cast<std::uint16_t>(chance.next());
    for (const std::size_t count : {0U, 1U, 511U, 512U, 513U, 2048U, 3001U}) {
      CAPTURE(max_parallelism);
      CAPTURE(count);
      std::vector<std::uint32_t> hashes(count);
      for (auto& hash : hashes) hash = static_cast<std::uint32_t>(chance.next());
      if (count > 2) hashes[1] = 0xFFFF'FFFF, hashes[2] = 0;
      std::vector<std::uint16_t> targets(count + 1, 12345);
      leat::route_hashes(hashes.data(), count, max_parallelism, owners.data(), targets.data());
      for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(targets[i] == owners[leat::key_group_of(hashes[i], max_parallelism)]);
      }
      CHECK(targets[count] == 12345);
    }
  }
}

TEST_CASE("hashes are part of the checkpoint format and stay what they are") {
  CHECK(leat::hash_bytes("") == 0x2D068005U);
  CHECK(leat::hash_bytes("leat") == leat::key_hash<std::string>{}("leat"));
  CHECK(leat::hash_integer(0) == leat::key_hash<int>{}(0));
  CHECK(leat::key_hash<int>{}(-1) == leat::key_hash<std::int64_t>{}(-1));
}

TEST_CASE("Java's string hash, by UTF-16 unit") {
  struct row {
    const char* text;
    std::int32_t want;
  };
  for (const row& r : {row{"", 0}, row{"a", 97}, row{"hello", 99162322}, row{"polygenelubricants", -2147483647 - 1},
                       row{"\xC3\xA4", 228}, row{"\xE2\x82\xAC", 8364}, row{"\xF0\x9F\x98\x80", 1772899},
                       row{"\xFF", 65533}, row{"\xC0\x80", 65533 * 31 + 65533},
                       row{"\xED\xA0\x80", (65533 * 31 + 65533) * 31 + 65533}, row{"\xE2\x82", 65533 * 31 + 65533}}) {
    CAPTURE(r.text);
    CHECK(leat::java_hash(std::string_view{r.text}) == static_cast<std::uint32_t>(r.want));
  }
}

TEST_CASE("Java's hash of a 64-bit integer") {
  struct row {
    std::int64_t value;
    std::uint32_t want;
  };
  for (const row& r :
       {row{0, 0}, row{-1, 0}, row{1, 1}, row{std::int64_t{1} << 32, 1}, row{1234567890123, 1912276436}}) {
    CAPTURE(r.value);
    CHECK(leat::java_hash(r.value) == r.want);
  }
}
