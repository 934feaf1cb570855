noinst_LIBRARIES += verifier/libverifier.a
verifier_libverifier_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(PCAP_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
verifier_libverifier_a_SOURCES = \
	verifier/prove.h \
	verifier/read.h
verifier_libverifier_a_SOURCES += verifier/capture.h
verifier_libverifier_a_SOURCES += verifier/conversation.h
verifier_libverifier_a_SOURCES += verifier/decode.h
verifier_libverifier_a_SOURCES += verifier/naming.c verifier/naming.h
verifier_libverifier_a_SOURCES += verifier/nearest.c verifier/nearest.h
verifier_libverifier_a_SOURCES += verifier/violation.c verifier/violation.h
verifier_libverifier_a_SOURCES += verifier/source_place.c verifier/source_place.h
verifier_libverifier_a_SOURCES += verifier/judge.c verifier/judge.h
verifier_libverifier_a_SOURCES += verifier/verify.c verifier/verify.h
verifier_libverifier_a_SOURCES += verifier/report.h verifier/report_names.c
verifier_libverifier_a_SOURCES += verifier/report_json.c verifier/report_text.c
