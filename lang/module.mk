# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lang/liblang.a
lang_liblang_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(YAML_CFLAGS)
lang_liblang_a_SOURCES = \
	lang/lang.h \
	lang/names.c \
	lang/tree.h
lang_liblang_a_SOURCES += lang/build.h
lang_liblang_a_SOURCES += lang/build_device.c
lang_liblang_a_SOURCES += lang/build_flow.c
lang_liblang_a_SOURCES += lang/build_schedule.c
lang_liblang_a_SOURCES += lang/build_service.c
lang_liblang_a_SOURCES += lang/build_statement.c
lang_liblang_a_SOURCES += lang/build_value.c
lang_liblang_a_SOURCES += lang/format.c
lang_liblang_a_SOURCES += lang/inventory.c
lang_liblang_a_SOURCES += lang/keywords.def
lang_liblang_a_SOURCES += lang/lex.c lang/lex.h
lang_liblang_a_SOURCES += lang/load.c
lang_liblang_a_SOURCES += lang/parse.y
lang_liblang_a_SOURCES += lang/parser.c lang/parser.h
lang_liblang_a_SOURCES += lang/scan.l
lang_liblang_a_SOURCES += lang/token.c lang/token.h
nodist_lang_liblang_a_SOURCES = lang/prelude.c
BUILT_SOURCES += lang/parse.h
CLEANFILES += lang/prelude.c
EXTRA_DIST += lang/prelude.cordon lang/embed.awk
lang/prelude.c: lang/prelude.cordon lang/embed.awk
	$(AM_V_GEN)$(MKDIR_P) lang && od -An -v -tu1 $(srcdir)/lang/prelude.cordon | \
		$(AWK) -f $(srcdir)/lang/embed.awk >$@.tmp && mv $@.tmp $@
