noinst_LIBRARIES += lang/liblang.a
lang_liblang_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(YAML_CFLAGS)
lang_liblang_a_SOURCES = \
	lang/lang.h \
	lang/names.c \
	lang/tree.h
