# nn/core is compiled once for each precision and vector width; see nn/core/vec.h.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
$(BUILD)/nn/core/%_avx2.o: override CFLAGS += -mavx2 -mfma
$(BUILD)/nn/core/%_avx512.o: override CFLAGS += -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma \
	-mprefer-vector-width=512
endif
# Loops over registers have to be unrolled and inlined whole.
core_optimization := $(if $(SANITIZE),-O1,$(if $(filter -O2,$(CFLAGS)),-O3))
$(BUILD)/nn/core/%.o: override CFLAGS += $(core_optimization)

# The tables of nn/core/tables.h, by a program that runs while we build (HOST_CC: mk/assets.mk).
generated_nn := $(BUILD)/nn/core/tables.o
ELEMENTARY_TABLES := $(BUILD)/tools/elementary_tables
$(ELEMENTARY_TABLES): tools/elementary_tables.c nn/core/tables.h
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -I. -o $@ $<

# By way of a second name, so that a failure leaves no half a file behind.
$(BUILD)/nn/core/tables.c: $(ELEMENTARY_TABLES)
	@mkdir -p $(@D)
	$(ELEMENTARY_TABLES) >$@.new
	mv $@.new $@

$(BUILD)/nn/core/tables.o: $(BUILD)/nn/core/tables.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
