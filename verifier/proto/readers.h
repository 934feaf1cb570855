/* SPDX-License-Identifier: Apache-2.0
 *
 * What each reader's file defines; proto.c puts them in order. */
#ifndef VERIFIER_PROTO_READERS_H
#define VERIFIER_PROTO_READERS_H

#include "verifier/proto/proto.h"

extern const struct proto proto_ads;
extern const struct proto proto_bacnet;
extern const struct proto proto_codesys;
extern const struct proto proto_csp;
extern const struct proto proto_dcom;
extern const struct proto proto_dnp3;
extern const struct proto proto_enip;
extern const struct proto proto_ethercat;
extern const struct proto proto_fins;
extern const struct proto proto_gesrtp;
extern const struct proto proto_goose;
extern const struct proto proto_hartip;
extern const struct proto proto_iec104;
extern const struct proto proto_isotsap;
extern const struct proto proto_melsec;
extern const struct proto proto_modbus;
extern const struct proto proto_mqtt;
extern const struct proto proto_niagara;
extern const struct proto proto_opcua;
extern const struct proto proto_profinet;
extern const struct proto proto_profinet_cm;
extern const struct proto proto_sampled_values;
extern const struct proto proto_synchrophasor;

#endif
