# bench/NAME_bench.c and bench/NAME.sh: `make bench` runs all of them, `make bench/NAME` one.
BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*_bench.c))
BENCH_SCRIPTS := $(wildcard bench/*.sh)
bench_names := $(BENCH_PROGRAMS:$(BUILD)/%_bench=%) $(BENCH_SCRIPTS:.sh=)
$(BENCH_PROGRAMS): %: %.o $(call room_objects,$(ROOMS)) $(ASSETS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BENCH_PROGRAMS:$(BUILD)/%_bench=%): bench/%: $(BUILD)/bench/%_bench
	$<
$(BENCH_SCRIPTS:.sh=): bench/%: bench/%.sh $(BUILD)/backpropd
	BACKPROPD_BINARY=$(BUILD)/backpropd $<
bench: $(BENCH_PROGRAMS) $(BUILD)/backpropd
	@set -e; for name in $(bench_names); do $(MAKE) --no-print-directory $$name; done

bench/http: $(BUILD)/bench/bare_server
$(BUILD)/bench/bare_server: $(BUILD)/bench/bare_server.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# bench/train: our trainer, and its peers with the best flags that they can have.
PEER_FLAGS := -std=gnu17 -D_GNU_SOURCE -I. -O3 -march=native -ffast-math -MMD -MP -Wall -Wextra \
	$(if $(WERROR),-Werror)
peers := $(BUILD)/bench/peers
PEERS := $(foreach peer,fann openblas limit,$(peers)/$(peer)_float64 $(peers)/$(peer)_float32)
bench/train: $(BUILD)/bench/train/ours $(PEERS)
$(BUILD)/bench/train/ours: $(call object_of,$(wildcard bench/train/*.c) engine/team.c) \
		$(call room_objects,nn)
	$(CC) $(LDFLAGS) -o $@ $^ -lm
$(peers)/fann_float64: libraries_peer := -ldoublefann
$(peers)/fann_float32: libraries_peer := -lfloatfann
$(peers)/openblas_%: libraries_peer = $(shell pkg-config --cflags --libs openblas)
$(PEERS): $(peers)/%: bench/train/work.c
	@mkdir -p $(@D)
	$(CC) $(PEER_FLAGS) $(if $(findstring 32,$*),-DFLOAT) -o $@ $(filter %.c,$^) $(libraries_peer) -lm
$(peers)/fann_float64 $(peers)/fann_float32: bench/peers/fann.c
$(peers)/openblas_float64 $(peers)/openblas_float32: bench/peers/openblas.c
$(peers)/limit_float64 $(peers)/limit_float32: bench/peers/limit.c

.PHONY: bench $(bench_names)
