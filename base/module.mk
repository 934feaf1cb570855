# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += base/libbase.a
base_libbase_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
base_libbase_a_SOURCES = \
	base/address.c base/address.h \
	base/arena.c base/arena.h \
	base/diag.c base/diag.h base/diag_print.c \
	base/file.c base/file.h \
	base/findings.def \
	base/memory.c base/memory.h \
	base/process.c base/process.h \
	base/source.c base/source.h \
	base/strbuf.c base/strbuf.h \
	base/terminal.c base/terminal.h \
	base/utf8.c base/utf8.h \
	base/vec.h
