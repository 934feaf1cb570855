noinst_LIBRARIES += verifier/libverifier.a
verifier_libverifier_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(PCAP_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
verifier_libverifier_a_SOURCES = \
	verifier/prove.h \
	verifier/read.h
verifier_libverifier_a_SOURCES += verifier/capture.h
verifier_libverifier_a_SOURCES += verifier/conversation.h
verifier_libverifier_a_SOURCES += verifier/decode.h
