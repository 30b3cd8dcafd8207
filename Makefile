# backpropd: `make` builds build/backpropd, `make test` runs the tests; see CONTRIBUTING.md.
CC ?= cc
PREFIX ?= /usr/local
comma := ,
# A folder for each compiler and each set of sanitizers, so that their objects never meet.
flavour := $(filter-out cc gcc,$(notdir $(CC))) $(subst $(comma),-,$(SANITIZE))
BUILD ?= build$(addprefix -,$(firstword $(flavour)))$(addprefix -,$(word 2,$(flavour)))
VERSION := $(shell cat VERSION)

PACKAGES := libmicrohttpd jansson sqlite3 zlib
override CPPFLAGS := -D_GNU_SOURCE -I. -I$(BUILD) -DBACKPROPD_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PACKAGES)) $(CPPFLAGS)
CFLAGS ?= -O2 -g
# No contraction of a*b+c: results must not depend on what the compiler finds (docs/architecture.md).
override CFLAGS += -std=gnu17 -pthread -ffp-contract=off -fno-math-errno -MMD -MP \
	-Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer, \
	$(if $(WERROR),-Werror)) # of code that a sanitizer has rewritten gcc suspects too much
# gcc's shared libubsan beside libasan forgets its log_path, by which tests/run sees reports.
override LDFLAGS += -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
	$(if $(findstring clang,$(CC)),,-static-libubsan))
LDLIBS := $(shell pkg-config --libs $(PACKAGES)) -lm

ROOMS := nn storage engine api server
sources = $(wildcard $(1)/*.c $(1)/*/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1))) $(generated_$(1))

all: $(BUILD)/backpropd

include mk/core.mk mk/assets.mk mk/test.mk mk/bench.mk mk/check.mk mk/install.mk

$(BUILD)/backpropd: $(foreach room,$(ROOMS),$(call objects,$(room))) $(ASSETS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

run: $(BUILD)/backpropd
	$(BUILD)/backpropd --demo

clean:
	rm -rf build build-*

.PHONY: all run clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
