# make test: tests/ROOM/NAME_test.c becomes $(BUILD)/tests/ROOM/NAME_test, linked with the rooms and
# libraries that ROOM stands on and nothing else: a JSON call in the core fails to link.
# Other .c files beside it go into every test of that room. tests/run judges what they print.
# tests/ROOM/chains/ is linked without storage: the harness's fake store, which holds changes back
# and fails them as the test says, stands in for it.
ROOMS_UNDER_TEST ?= nn storage engine api server http tools contract

linked_nn := nn
linked_storage := storage
linked_engine := engine nn storage
linked_api := api $(linked_engine)
linked_server := server $(linked_api)
linked_http :=
linked_engine/chains := engine nn
linked_api/chains := api engine nn

libraries = $(shell pkg-config --libs $(1)) -lm
libraries_nn := -lm
libraries_storage := $(call libraries,sqlite3 zlib)
libraries_engine := $(libraries_storage)
libraries_api := $(call libraries,jansson sqlite3 zlib)
libraries_server = $(LDLIBS)
libraries_http = $(call libraries,libcurl jansson sqlite3)
libraries_engine/chains := -lm
libraries_api/chains := $(call libraries,jansson)

object_of = $(patsubst %.c,$(BUILD)/%.o,$(1))
# no_memory_test has a malloc() of its own, as sanitizers have.
test_sources = $(filter-out $(if $(SANITIZE),%/no_memory_test.c),$(wildcard tests/$(1)/*_test.c))
test_programs = $(patsubst %.c,$(BUILD)/%,$(call test_sources,$(1)))
test_helpers = $(call object_of,$(filter-out %_test.c,$(wildcard tests/$(1)/*.c \
	$(if $(filter %/chains,$(1)),tests/$(dir $(1))*.c))))
room_objects = $(filter-out $(BUILD)/server/main.o,$(foreach room,$(1),$(call objects,$(room))))

# An archive, so that a test of nn takes tap.o from it and leaves the HTTP client.
HARNESS := $(BUILD)/tests/harness.a
$(HARNESS): $(call object_of,$(wildcard tests/harness/*.c))
	@rm -f $@
	$(AR) rcs $@ $^

define test_rule
$(call test_programs,$(1)): %: %.o $(call test_helpers,$(1)) $(call room_objects,$(linked_$(1))) \
		$(if $(filter server,$(1)),$(ASSETS)) $(HARNESS)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(libraries_$(1))
endef
TEST_ROOMS := nn storage engine api server http engine/chains api/chains
$(foreach room,$(TEST_ROOMS),$(if $(call test_programs,$(room)),$(eval $(call test_rule,$(room)))))

TEST_PROGRAMS = $(foreach room,$(ROOMS_UNDER_TEST),$(call test_programs,$(room)) \
	$(call test_programs,$(room)/chains))
TEST_SCRIPTS = $(foreach room,$(ROOMS_UNDER_TEST),$(wildcard tests/$(room)/*_test.py))
TEST_NEEDS = $(if $(filter http contract,$(ROOMS_UNDER_TEST)),$(BUILD)/backpropd) \
	$(if $(filter tools,$(ROOMS_UNDER_TEST)),$(YAML_TO_JSON) $(OPENAPI_JSON))

# The tests over HTTP write down each exchange here; tests/contract holds it against openapi.yaml.
test: export BACKPROPD_TEST_RECORD = $(abspath $(BUILD))/exchanges
test: export BACKPROPD_BINARY = $(abspath $(BUILD))/backpropd
test: export BACKPROPD_BUILD = $(abspath $(BUILD))
test: $(TEST_PROGRAMS) $(TEST_NEEDS)
	@rm -rf $(BUILD)/exchanges && mkdir -p $(BUILD)/exchanges
	@tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS)

# All that clang says, and the core's figures from its code.
test-clang:
	$(MAKE) CC=clang WERROR=1 all test ROOMS_UNDER_TEST=nn

# ENGINE: docker, podman, or a script as tests/container/run takes it.
test-container: export ENGINE ?= docker
test-container: export TEST_SECONDS = 900
test-container:
	@tests/run tests/container/run

# What is too long for every day: hours, not minutes.
proof: export NUMBER_TEST_COUNT = 100000000
proof: export ELEMENTARY_TEST_COUNT = 100000000
proof: export KILL_TEST_ROUNDS = 1000
proof: export TEST_SECONDS = 36000
proof:
	$(MAKE) test

.PHONY: test test-clang test-container proof
