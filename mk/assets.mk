# The files that the daemon serves from its own memory (server/assets.h), $(ASSETS) to link.
ASSETS := $(BUILD)/server/assets.o
OPENAPI_JSON := $(BUILD)/openapi.json
YAML_TO_JSON := $(BUILD)/tools/yaml_to_json

# The translator runs while we build, so it is made for this machine, whatever CC and SANITIZE say.
HOST_CC ?= cc
HOST_CFLAGS := -std=gnu17 -O1 -Wall -Wextra $(if $(WERROR),-Werror)

$(YAML_TO_JSON): tools/yaml_to_json.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -o $@ $< $$(pkg-config --cflags --libs yaml-0.1 jansson)

# By way of a second name, so that a failed translation leaves no half a file behind.
$(OPENAPI_JSON): openapi.yaml $(YAML_TO_JSON)
	$(YAML_TO_JSON) <$< >$@.new
	mv $@.new $@

# .incbin is the assembler's, so -MMD does not see what it reads.
$(ASSETS): server/assets.S web/index.html openapi.yaml $(OPENAPI_JSON)
	@mkdir -p $(@D)
	$(CC) -DOPENAPI_JSON='"$(OPENAPI_JSON)"' -c -o $@ $<
