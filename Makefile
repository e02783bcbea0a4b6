# Leat: make demo, make test. Everything else: make help.

BUILD  ?= build
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
SECONDS ?= 60
CONFIG  = cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache

.PHONY: help demo test build packages install deb bench conformance check asan tsan fuzz tidy formatted layers headers \
        warnings format check_packages clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: build ## Run the fraud detector on generated card traffic for half a minute
	@tools/demo.sh $(BUILD)

test: build ## Build everything and run all tests
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error

build: packages $(BUILD)/build.ninja ## Build the executables into build/bin
	@ninja -C $(BUILD) -j $(JOBS)

packages: ## Install the Debian packages that are missing
	@tools/install_packages.sh

$(BUILD)/build.ninja: | packages
	@$(CONFIG) > /dev/null

install: build ## Install headers, libraries and programs; PREFIX=/usr/local
	@cmake --install $(BUILD) --prefix $(PREFIX)

deb: build ## Make the Debian packages, in build/packages
	@cpack --config $(BUILD)/CPackConfig.cmake -G DEB -B $(BUILD)/packages
	@rm -rf $(BUILD)/packages/_CPack_Packages

bench: build ## Run the benchmarks beside plain loops
	$(BUILD)/bin/leat-bench

conformance: build ## Run the public conformance scenarios
	$(BUILD)/bin/leat-conformance tests/conformance/public

check: formatted layers headers warnings test ## What every change must pass: format, layers, headers, warnings, tests

asan: packages ## All tests under the address and undefined-behaviour sanitizers
	cmake --preset asan -DCMAKE_CXX_COMPILER_LAUNCHER=ccache > /dev/null
	ninja -C build-asan -j $(JOBS)
	ctest --preset asan

tsan: packages check_packages ## All tests under the thread sanitizer
	cmake --preset tsan -DCMAKE_CXX_COMPILER_LAUNCHER=ccache > /dev/null
	ninja -C build-tsan -j $(JOBS)
	ctest --preset tsan

fuzz: packages check_packages ## Feed the readers random bytes, each for SECONDS=60
	@cmake -S . -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=clang++-19 \
	  -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DLEAT_FUZZ=ON -DLEAT_TESTS=OFF -DLEAT_BENCH=OFF > /dev/null
	@ninja -C build-fuzz -j $(JOBS) fuzz
	@tools/fuzz.sh build-fuzz $(SECONDS)

formatted: check_packages ## Check the format of all C++ sources
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 --dry-run -Werror

layers: ## Check that includes run downwards and third-party headers stay in their rooms
	@tools/check_layers.py

headers: check_packages $(BUILD)/build.ninja ## Check that every public header compiles alone, with g++
	@tools/check_sources.py $(BUILD) headers -j $(JOBS)

warnings: check_packages $(BUILD)/build.ninja ## Check that clang++ has no warnings for any source
	@tools/check_sources.py $(BUILD) warnings -j $(JOBS)

tidy: check_packages $(BUILD)/build.ninja ## Run clang-tidy over all sources; takes long
	@tools/check_sources.py $(BUILD) tidy -j $(JOBS)

format: check_packages ## Format all C++ sources
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

check_packages:
	@tools/install_packages.sh tools/packages_check

clean: ## Remove what was built
	rm -rf $(BUILD) build-asan build-tsan build-debug build-fuzz demo
