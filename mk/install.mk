# make install, make uninstall.
