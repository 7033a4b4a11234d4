# `make install`: header, static and shared library, pkg-config and CMake files.
#   PREFIX   where it is to be used      (/usr/local)
#   LIBDIR   where libraries go          ($(PREFIX)/lib)
#   DESTDIR  put before all of that, for packages

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib

.PHONY: install
install: ## the C library: PREFIX=/usr/local LIBDIR= DESTDIR=
	@$(PYTHON) ffi-c/install.py --prefix '$(PREFIX)' --libdir '$(LIBDIR)' --destdir '$(DESTDIR)'
