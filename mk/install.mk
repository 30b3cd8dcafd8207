# make install, make uninstall: PREFIX (/usr/local) is where backpropd will live; DESTDIR is put
# before it for whoever packs it up elsewhere.
bindir := $(DESTDIR)$(PREFIX)/bin
docdir := $(DESTDIR)$(PREFIX)/share/doc/backpropd
DOCUMENTS := $(wildcard README.md CHANGELOG.md LICENSE openapi.yaml)

install: $(BUILD)/backpropd
	install -d $(bindir) $(docdir)
	install -m 755 $(BUILD)/backpropd $(bindir)/backpropd
	install -m 644 $(DOCUMENTS) $(docdir)

uninstall:
	rm -f $(bindir)/backpropd $(addprefix $(docdir)/,$(DOCUMENTS))
	-rmdir $(docdir)

.PHONY: install uninstall
