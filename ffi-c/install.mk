# `make install`: header, static and shared library, pkg-config and CMake files.
#   PREFIX   where it is to be used      (/usr/local)
#   LIBDIR   where libraries go          ($(PREFIX)/lib)
#   DESTDIR  put before all of that, for packages
#   ENGINE   `host`: P-256 in verified assembly; `portable`: no allocator, no Rust standard library

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
ENGINE ?= host

.PHONY: install
install: ## the C library: PREFIX=/usr/local LIBDIR= DESTDIR= ENGINE=host|portable
	@$(PYTHON) ffi-c/install.py --prefix '$(PREFIX)' --libdir '$(LIBDIR)' --destdir '$(DESTDIR)' \
	  --engine '$(ENGINE)'
