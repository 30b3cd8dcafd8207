# make install, make uninstall: PREFIX (/usr/local) is where backpropd will live; DESTDIR is put
# before it for whoever packs it up elsewhere.
bindir := $(DESTDIR)$(PREFIX)/bin
docdir := $(DESTDIR)$(PREFIX)/share/doc/backpropd
# README.md and what it links to, in the same places beside it.
DOCUMENTS := $(wildcard README.md CHANGELOG.md CONTRIBUTING.md LICENSE openapi.yaml \
	docs/architecture.md docs/determinism.md bench/README.md)

install: $(BUILD)/backpropd
	install -d $(bindir) $(docdir)
	install -m 755 $(BUILD)/backpropd $(bindir)/backpropd
	$(foreach document,$(DOCUMENTS),install -D -m 644 $(document) $(docdir)/$(document) &&) true

uninstall:
	rm -f $(bindir)/backpropd $(addprefix $(docdir)/,$(DOCUMENTS))
	-rmdir $(docdir)/docs $(docdir)/bench $(docdir)

.PHONY: install uninstall
