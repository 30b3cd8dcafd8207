# make lint finds faults without running anything, and changes nothing; make format lays out the C.
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
c_files := $(wildcard $(foreach folder,$(ROOMS) tools bench tests/*,$(folder)/*.c $(folder)/*/*.c))
h_files := $(wildcard $(foreach folder,$(ROOMS) tools bench tests/*,$(folder)/*.h $(folder)/*/*.h))
shell_files := bootstrap tools/check_includes tests/run tests/container/run $(wildcard bench/*.sh)

lint: lint-format lint-includes lint-scripts lint-tidy

lint-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(sort $(c_files) $(h_files))

lint-includes:
	tools/check_includes

lint-scripts:
	for file in $(shell_files); do sh -n $$file || exit 1; done
	bash -n .ci/run
	shellcheck --severity=warning $(shell_files) .ci/run

# A target for each file, so that -j spreads them. What it finds is on stdout; stderr only counts
# what it suppressed in other people's headers.
tidy_files := $(addprefix tidy/,$(sort $(c_files)))
lint-tidy: $(tidy_files)
$(tidy_files): tidy/%: %
	@$(CLANG_TIDY) --quiet $< -- $(CPPFLAGS) -std=gnu17 2>/dev/null

format:
	$(CLANG_FORMAT) -i $(sort $(c_files) $(h_files))

.PHONY: lint lint-format lint-includes lint-scripts lint-tidy $(tidy_files) format
