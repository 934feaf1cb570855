noinst_LIBRARIES += backends/libbackends.a
backends_libbackends_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
backends_libbackends_a_SOURCES = \
	backends/backend.h \
	backends/registry.c
