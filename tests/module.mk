# SPDX-License-Identifier: Apache-2.0
# Every test speaks TAP: the driver counts single checks, not programs.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/tap-driver.sh --comments
TEST_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	CORDON=$(abs_top_builddir)/cordon; export CORDON; \
	SRCDIR=$(abs_top_srcdir); export SRCDIR; \
	BUILDDIR=$(abs_top_builddir); export BUILDDIR; \
	SHARED=$${SHARED:-$(abs_top_srcdir)/../shared}; export SHARED; \
	LSAN_OPTIONS=suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0; \
	export LSAN_OPTIONS; \
	LC_ALL=C.UTF-8; export LC_ALL; \
	PATH=$$PATH:/usr/sbin:/sbin; export PATH;

# What tests link and include, unless they say otherwise.
LDADD = $(ROOMS) $(CHECK_LIBS) $(YAML_LIBS) $(PCAP_LIBS) $(JANSSON_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS)
AM_CFLAGS += $(CHECK_CFLAGS) $(JANSSON_CFLAGS) $(PCAP_CFLAGS)

# ---- unit tests: programs ----
UNIT_TESTS = \
	tests/unit/test-activity \
	tests/unit/test-assertion \
	tests/unit/test-assembly \
	tests/unit/test-backends \
	tests/unit/test-base \
	tests/unit/test-capture \
	tests/unit/test-cells \
	tests/unit/test-content \
	tests/unit/test-describe \
	tests/unit/test-lang \
	tests/unit/test-model \
	tests/unit/test-needed \
	tests/unit/test-nftables \
	tests/unit/test-parameter \
	tests/unit/test-payload \
	tests/unit/test-place \
	tests/unit/test-prove \
	tests/unit/test-reach \
	tests/unit/test-report \
	tests/unit/test-savefile \
	tests/unit/test-set \
	tests/unit/test-space
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
tests_unit_test_assembly_SOURCES = tests/unit/test_assembly.c tests/unit/unit.h
tests_unit_test_activity_SOURCES = tests/unit/test_activity.c tests/unit/unit.h
tests_unit_test_assertion_SOURCES = tests/unit/test_assertion.c tests/unit/small_plant.c tests/unit/small_plant.h tests/unit/unit.h
tests_unit_test_backends_SOURCES = tests/unit/test_backends.c tests/unit/unit.h
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_capture_SOURCES = tests/unit/test_capture.c tests/unit/unit.h
tests_unit_test_cells_SOURCES = tests/unit/test_cells.c tests/unit/unit.h
tests_unit_test_content_SOURCES = tests/unit/test_content.c tests/unit/unit.h
tests_unit_test_describe_SOURCES = tests/unit/test_describe.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_lang_SOURCES = tests/unit/test_lang.c tests/unit/unit.h
tests_unit_test_model_SOURCES = tests/unit/test_model.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_needed_SOURCES = tests/unit/test_needed.c tests/unit/small_plant.c tests/unit/small_plant.h tests/unit/unit.h
tests_unit_test_nftables_SOURCES = tests/unit/test_nftables.c tests/unit/unit.h
tests_unit_test_parameter_SOURCES = tests/unit/test_parameter.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_payload_SOURCES = tests/unit/test_payload.c tests/unit/unit.h
tests_unit_test_place_SOURCES = tests/unit/test_place.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_prove_SOURCES = tests/unit/test_prove.c tests/unit/plant_ruleset.h tests/unit/unit.h
tests_unit_test_reach_SOURCES = tests/unit/test_reach.c tests/unit/small_plant.c tests/unit/small_plant.h tests/unit/unit.h
tests_unit_test_report_SOURCES = tests/unit/test_report.c tests/naive/filter_admits.h tests/unit/unit.h
tests_unit_test_savefile_SOURCES = tests/unit/test_savefile.c tests/unit/image.h tests/unit/unit.h
tests_unit_test_set_SOURCES = tests/unit/test_set.c tests/unit/unit.h
tests_unit_test_space_SOURCES = tests/unit/test_space.c tests/unit/unit.h

# ---- fuzz targets: libFuzzer's with --enable-fuzzers, else they replay their corpus ----
FUZZ_TARGETS = \
	tests/fuzz/fuzz-capture \
	tests/fuzz/fuzz-cisco \
	tests/fuzz/fuzz-decode \
	tests/fuzz/fuzz-fortios \
	tests/fuzz/fuzz-inventory \
	tests/fuzz/fuzz-iptables \
	tests/fuzz/fuzz-nftables \
	tests/fuzz/fuzz-nftables-json \
	tests/fuzz/fuzz-policy \
	tests/fuzz/fuzz-proto-ads \
	tests/fuzz/fuzz-proto-bacnet \
	tests/fuzz/fuzz-proto-codesys \
	tests/fuzz/fuzz-proto-csp \
	tests/fuzz/fuzz-proto-dcom \
	tests/fuzz/fuzz-proto-dnp3 \
	tests/fuzz/fuzz-proto-enip \
	tests/fuzz/fuzz-proto-fins \
	tests/fuzz/fuzz-proto-ge-srtp \
	tests/fuzz/fuzz-proto-hart-ip \
	tests/fuzz/fuzz-proto-ethercat \
	tests/fuzz/fuzz-proto-goose \
	tests/fuzz/fuzz-proto-iec104 \
	tests/fuzz/fuzz-proto-isotsap \
	tests/fuzz/fuzz-proto-melsec \
	tests/fuzz/fuzz-proto-modbus \
	tests/fuzz/fuzz-proto-mqtt \
	tests/fuzz/fuzz-proto-niagara-fox \
	tests/fuzz/fuzz-proto-opcua \
	tests/fuzz/fuzz-proto-profinet \
	tests/fuzz/fuzz-proto-profinet-cm \
	tests/fuzz/fuzz-proto-sampled-values \
	tests/fuzz/fuzz-proto-synchrophasor \
	tests/fuzz/fuzz-traffic
check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.c
TESTS += $(FUZZ_TARGETS)
endif
FUZZ_READER = tests/fuzz/reader.c tests/fuzz/reader.h $(FUZZ_MAIN)
FUZZ_LIBS = $(LDADD) $(FUZZ_ENGINE)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay.c
tests_fuzz_fuzz_capture_SOURCES = tests/fuzz/fuzz_capture.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cisco_SOURCES = tests/fuzz/fuzz_cisco.c $(FUZZ_READER)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(FUZZ_MAIN)
tests_fuzz_fuzz_fortios_SOURCES = tests/fuzz/fuzz_fortios.c $(FUZZ_READER)
tests_fuzz_fuzz_inventory_SOURCES = tests/fuzz/fuzz_inventory.c tests/fuzz/policy_text.h $(FUZZ_MAIN)
tests_fuzz_fuzz_iptables_SOURCES = tests/fuzz/fuzz_iptables.c $(FUZZ_READER)
tests_fuzz_fuzz_nftables_SOURCES = tests/fuzz/fuzz_nftables.c $(FUZZ_READER)
tests_fuzz_fuzz_nftables_json_SOURCES = tests/fuzz/fuzz_nftables_json.c $(FUZZ_READER)
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/policy_text.h $(FUZZ_MAIN)
tests_fuzz_fuzz_traffic_SOURCES = tests/fuzz/fuzz_traffic.c tests/fuzz/policy_text.h $(FUZZ_MAIN)
# One target and one corpus a reader of an industrial protocol.
FUZZ_PROTO = tests/fuzz/fuzz_proto.c $(FUZZ_MAIN)
tests_fuzz_fuzz_proto_ads_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_ads_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"ads"'
tests_fuzz_fuzz_proto_ads_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_bacnet_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_bacnet_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"bacnet"'
tests_fuzz_fuzz_proto_bacnet_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_codesys_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_codesys_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"codesys"'
tests_fuzz_fuzz_proto_codesys_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_csp_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_csp_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"pccc"'
tests_fuzz_fuzz_proto_csp_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_dcom_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_dcom_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"opc-classic"'
tests_fuzz_fuzz_proto_dcom_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_dnp3_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_dnp3_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"dnp3"'
tests_fuzz_fuzz_proto_dnp3_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_enip_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_enip_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"cip"'
tests_fuzz_fuzz_proto_enip_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_fins_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_fins_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"fins"'
tests_fuzz_fuzz_proto_fins_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_ge_srtp_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_ge_srtp_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"ge-srtp"'
tests_fuzz_fuzz_proto_ge_srtp_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_hart_ip_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_hart_ip_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"hart-ip"'
tests_fuzz_fuzz_proto_hart_ip_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_ethercat_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_ethercat_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"ethercat"'
tests_fuzz_fuzz_proto_ethercat_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_goose_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_goose_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"goose"'
tests_fuzz_fuzz_proto_goose_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_iec104_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_iec104_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"iec104"'
tests_fuzz_fuzz_proto_iec104_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_isotsap_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_isotsap_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"s7comm"'
tests_fuzz_fuzz_proto_isotsap_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_melsec_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_melsec_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"melsec"'
tests_fuzz_fuzz_proto_melsec_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_modbus_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_modbus_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"modbus"'
tests_fuzz_fuzz_proto_modbus_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_mqtt_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_mqtt_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"mqtt"'
tests_fuzz_fuzz_proto_mqtt_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_niagara_fox_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_niagara_fox_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"niagara-fox"'
tests_fuzz_fuzz_proto_niagara_fox_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_profinet_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_profinet_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"profinet"'
tests_fuzz_fuzz_proto_profinet_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_profinet_cm_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_profinet_cm_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"profinet-cm"'
tests_fuzz_fuzz_proto_profinet_cm_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_sampled_values_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_sampled_values_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"sampled-values"'
tests_fuzz_fuzz_proto_sampled_values_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_opcua_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_opcua_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"opcua"'
tests_fuzz_fuzz_proto_opcua_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_proto_synchrophasor_SOURCES = $(FUZZ_PROTO)
tests_fuzz_fuzz_proto_synchrophasor_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_PROTO='"synchrophasor"'
tests_fuzz_fuzz_proto_synchrophasor_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_capture_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_cisco_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_decode_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_fortios_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_inventory_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_iptables_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_nftables_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_nftables_json_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_policy_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_traffic_LDADD = $(FUZZ_LIBS)

# ---- programs that scripts ask ----
check_PROGRAMS += \
	tests/kernel/proof \
	tests/kernel/ruleset \
	tests/naive/listed \
	tests/naive/placed \
	tests/verify/conversations \
	tests/verify/operations \
	tests/verify/pairs
tests_kernel_proof_SOURCES = tests/kernel/proof.c tests/naive/filter_admits.h
tests_kernel_ruleset_SOURCES = tests/kernel/ruleset.c
tests_naive_listed_SOURCES = tests/naive/listed.c
tests_naive_placed_SOURCES = tests/naive/placed.c tests/naive/filter_admits.h
tests_verify_conversations_SOURCES = tests/verify/conversations.c
tests_verify_operations_SOURCES = tests/verify/operations.c
tests_verify_pairs_SOURCES = tests/verify/pairs.c tests/verify/pairs.h \
	tests/verify/pairs_compare.c tests/verify/pairs_lists.c

# ---- scripts, and what they read ----
SCRIPTS_OF_TESTS = \
	tests/activity/zoneinfo.test \
	tests/cases.test \
	tests/cli/git.test \
	tests/cli/sarif.test \
	tests/cli/witnesses.test \
	tests/doc/completion.test \
	tests/doc/manual.test \
	tests/examples/bottling.test \
	tests/examples/capture.test \
	tests/examples/chemicals.test \
	tests/examples/ci.test \
	tests/examples/generated.test \
	tests/examples/readme.test \
	tests/house/arrows.test \
	tests/house/findings.test \
	tests/kernel/apply.test \
	tests/kernel/chain.test \
	tests/kernel/clock.test \
	tests/kernel/evade.test \
	tests/kernel/foreign.test \
	tests/kernel/icmp.test \
	tests/kernel/idle.test \
	tests/kernel/inspect.test \
	tests/kernel/inspect_frames.test \
	tests/kernel/iptables.test \
	tests/kernel/iptables_rules.test \
	tests/kernel/mutants.test \
	tests/kernel/query.test \
	tests/kernel/reload.test \
	tests/kernel/remainder.test \
	tests/kernel/row.test \
	tests/kernel/ruleset.test \
	tests/kernel/self.test \
	tests/kernel/sessions.test \
	tests/kernel/sites.test \
	tests/kernel/stage.test \
	tests/kernel/time.test \
	tests/kernel/topology.test \
	tests/kernel/track.test \
	tests/lang/format.test \
	tests/lang/hostile.test \
	tests/lang/tables.test \
	tests/naive/asserts_agree.test \
	tests/naive/cisco_agrees.test \
	tests/naive/fortios_agrees.test \
	tests/naive/generated.test \
	tests/naive/naive.test \
	tests/naive/placed_agrees.test \
	tests/naive/diff_agrees.test \
	tests/naive/link_agrees.test \
	tests/naive/query_agrees.test \
	tests/naive/traffic_agrees.test \
	tests/naive/verify_agrees.test \
	tests/verify/account.test \
	tests/verify/cisco_mutations.test \
	tests/verify/configs.test \
	tests/verify/contents.test \
	tests/verify/contents_dcom.test \
	tests/verify/contents_fieldbus.test \
	tests/verify/mailboxes.test \
	tests/verify/contents_enip.test \
	tests/verify/contents_isotsap.test \
	tests/verify/contents_scada.test \
	tests/verify/contents_vendors.test \
	tests/verify/edits.test \
	tests/verify/endings.test \
	tests/verify/faults.test \
	tests/verify/fortios_ids.test \
	tests/verify/fortios_mutations.test \
	tests/verify/fortios_traps.test \
	tests/verify/initiators.test \
	tests/verify/inspect_mutations.test \
	tests/verify/iptables_mutations.test \
	tests/verify/odd_dumps.test \
	tests/verify/bounds.test \
	tests/verify/iptables_policies.test \
	tests/verify/limits.test \
	tests/verify/live.test \
	tests/verify/operations.test \
	tests/verify/origins.test \
	tests/verify/pairs.test \
	tests/verify/reasons.test \
	tests/verify/segments.test \
	tests/verify/silence.test \
	tests/verify/threads.test \
	tests/verify/times.test \
	tests/verify/traffic.test \
	tests/verify/tshark.test
TESTS += $(SCRIPTS_OF_TESTS)
dist_check_SCRIPTS = $(SCRIPTS_OF_TESTS)
EXTRA_DIST += \
	examples \
	tests/cases \
	tests/cli/sarif.py \
	tests/cli/witnesses.py \
	tests/doc/complete.zsh \
	tests/doc/manual.py \
	tests/examples/bottling.flows \
	tests/examples/chemicals.queries \
	tests/examples/readme.py \
	tests/kernel/inspect_frames.py \
	tests/kernel/lab.py \
	tests/kernel/modbus_plc.py \
	tests/kernel/mutate.py \
	tests/kernel/namespaces \
	tests/kernel/odd_packets.py \
	tests/kernel/plant.cordon \
	tests/kernel/probe.py \
	tests/kernel/query_odd.py \
	tests/kernel/random_iptables.py \
	tests/kernel/random_plant.py \
	tests/kernel/random_policy.py \
	tests/kernel/random_topology.py \
	tests/kernel/segment.py \
	tests/kernel/sessions.py \
	tests/kernel/wire.py \
	tests/kernel/xtables.py \
	tests/lang/format.py \
	tests/lang/hostile.py \
	tests/lang/layout.py \
	tests/lang/tables.py \
	tests/lsan.supp \
	tests/naive/agree.py \
	tests/naive/asserts_agree.py \
	tests/naive/cisco.py \
	tests/naive/cisco_agrees.py \
	tests/naive/configured.py \
	tests/naive/fortios.py \
	tests/naive/fortios_agrees.py \
	tests/naive/frames.py \
	tests/naive/generate.py \
	tests/naive/generated.py \
	tests/naive/meaning.py \
	tests/naive/naive.py \
	tests/naive/placed_agrees.py \
	tests/naive/plant.cordon \
	tests/naive/plant.flows \
	tests/naive/plant.py \
	tests/naive/python.sh \
	tests/naive/diff_agrees.py tests/naive/edits.py tests/naive/facts.py tests/naive/rows.py \
	tests/naive/link_agrees.py \
	tests/naive/query_agrees.py \
	tests/naive/traffic_agrees.py \
	tests/naive/random_cisco.py \
	tests/naive/random_config.py \
	tests/naive/random_fortios.py \
	tests/naive/source.py \
	tests/naive/universe.py \
	tests/naive/verify_agrees.py \
	tests/verify/account.py \
	tests/verify/cisco_mutations.py \
	tests/verify/configs.py \
	tests/verify/contents.py \
	tests/verify/contents_dcom.py \
	tests/verify/contents_fieldbus.py \
	tests/verify/mailboxes.py \
	tests/verify/contents_enip.py \
	tests/verify/contents_isotsap.py \
	tests/verify/contents_scada.py \
	tests/verify/contents_vendors.py \
	tests/verify/edits.py tests/verify/units.py \
	tests/verify/emitted.py \
	tests/verify/endings.py \
	tests/verify/faults.py \
	tests/verify/fortios_ids.py \
	tests/verify/fortios_mutations.py \
	tests/verify/fortios_traps.py \
	tests/verify/initiators.py \
	tests/verify/isotsap.py \
	tests/verify/inspect_mutations.py \
	tests/verify/iptables_mutations.py \
	tests/verify/iptables_policies.py \
	tests/verify/limits.py \
	tests/verify/live.py \
	tests/verify/judges \
	tests/verify/mutations.py \
	tests/verify/bounds.py \
	tests/verify/odd_dumps.py \
	tests/verify/operations.py \
	tests/verify/origins.py \
	tests/verify/pairs.py \
	tests/verify/reasons.py \
	tests/verify/scada.py \
	tests/verify/segments.py \
	tests/verify/silence.py \
	tests/verify/stand.py \
	tests/verify/threads.py \
	tests/verify/times.py \
	tests/verify/traffic.py \
	tests/verify/tshark.py

# ---- measurements: built on demand, never part of `make check` ----
EXTRA_PROGRAMS += tests/bench/bench-space
tests_bench_bench_space_SOURCES = tests/bench/bench_space.c
EXTRA_DIST += \
	tests/bench/audit/drift.py \
	tests/bench/audit/run.sh \
	tests/bench/compile/generate.py \
	tests/bench/compile/run.sh \
	tests/bench/diff/run.sh \
	tests/bench/verify/generate.c \
	tests/bench/verify/run.sh
