/* SPDX-License-Identifier: Apache-2.0
 *
 * The interfaces of DCOM (MS-DCOM 1.9; C706, appendix O) and of OPC (the OPC Foundation:
 * Common 1.1, Data Access 2.05a and 3.00, Historical Data Access 1.20, Alarms and Events
 * 1.10, Security 1.00) by their identifiers. */
#include "config.h"

#include <string.h>

#include "verifier/proto/dcom.h"

struct dcom_identifier {
	char uuid[DCERPC_UUID_TEXT];
	uint8_t interface;
};

static const struct dcom_identifier dcom_identifiers[] = {
	{ "e1af8308-5d1f-11c9-91a4-08002b14a0fa", DCOM_ENDPOINT_MAPPER },
	{ "99fcfec4-5260-101b-bbcb-00aa0021347a", DCOM_OXID_RESOLVER },
	{ "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", DCOM_ACTIVATION },
	{ "000001a0-0000-0000-c000-000000000046", DCOM_SCM_ACTIVATOR },
	{ "00000131-0000-0000-c000-000000000046", 0x05 }, /* IRemUnknown */
	{ "00000143-0000-0000-c000-000000000046", 0x05 }, /* IRemUnknown2 */
	{ "00000101-0000-0000-c000-000000000046", 0x06 }, /* IEnumString */
	{ "0002e000-0000-0000-c000-000000000046", 0x07 }, /* IEnumGUID */
	{ "55c382c8-21c7-4e88-96c1-becfb1e3f483", 0x07 }, /* IOPCEnumGUID */
	{ "00000100-0000-0000-c000-000000000046", 0x08 }, /* IEnumUnknown */
	{ "b196b284-bab4-101a-b69c-00aa00341d07", 0x09 }, /* IConnectionPointContainer */
	{ "b196b285-bab4-101a-b69c-00aa00341d07", 0x0a }, /* IEnumConnectionPoints */
	{ "b196b286-bab4-101a-b69c-00aa00341d07", 0x0b }, /* IConnectionPoint */
	{ "b196b287-bab4-101a-b69c-00aa00341d07", 0x0c }, /* IEnumConnections */
	{ "13486d50-4821-11d2-a494-3cb306c10000", 0x10 }, /* IOPCServerList */
	{ "9dd0b56c-ad9e-43ee-8305-487f3188bf7a", 0x10 }, /* IOPCServerList2 */
	{ "f31dfde2-07b6-11d2-b2d8-0060083ba1fb", 0x11 }, /* IOPCCommon */
	{ "f31dfde1-07b6-11d2-b2d8-0060083ba1fb", 0x12 }, /* IOPCShutdown */
	{ "7aa83a01-6c77-11d3-84f9-00008630a38b", 0x13 }, /* IOPCSecurityNT */
	{ "7aa83a02-6c77-11d3-84f9-00008630a38b", 0x14 }, /* IOPCSecurityPrivate */
	{ "39c13a4d-011e-11d0-9675-0020afd8adb3", 0x20 }, /* IOPCServer */
	{ "39c13a4e-011e-11d0-9675-0020afd8adb3", 0x21 }, /* IOPCServerPublicGroups */
	{ "39c13a4f-011e-11d0-9675-0020afd8adb3", 0x22 }, /* IOPCBrowseServerAddressSpace */
	{ "39c13a50-011e-11d0-9675-0020afd8adb3", 0x23 }, /* IOPCGroupStateMgt */
	{ "8e368666-d72e-4f78-87ed-647611c61c9f", 0x23 }, /* IOPCGroupStateMgt2 */
	{ "39c13a51-011e-11d0-9675-0020afd8adb3", 0x24 }, /* IOPCPublicGroupStateMgt */
	{ "39c13a52-011e-11d0-9675-0020afd8adb3", 0x25 }, /* IOPCSyncIO */
	{ "730f5f0f-55b1-4c81-9e18-ff8a0904e1fa", 0x25 }, /* IOPCSyncIO2 */
	{ "39c13a53-011e-11d0-9675-0020afd8adb3", 0x26 }, /* IOPCAsyncIO */
	{ "39c13a54-011e-11d0-9675-0020afd8adb3", 0x27 }, /* IOPCItemMgt */
	{ "39c13a55-011e-11d0-9675-0020afd8adb3", 0x28 }, /* IEnumOPCItemAttributes */
	{ "39c13a70-011e-11d0-9675-0020afd8adb3", 0x29 }, /* IOPCDataCallback */
	{ "39c13a71-011e-11d0-9675-0020afd8adb3", 0x2a }, /* IOPCAsyncIO2 */
	{ "0967b97b-36ef-423e-b6f8-6bff1e40d39d", 0x2a }, /* IOPCAsyncIO3 */
	{ "39c13a72-011e-11d0-9675-0020afd8adb3", 0x2b }, /* IOPCItemProperties */
	{ "5946da93-8b39-4ec8-ab3d-aa73df5bc86f", 0x2c }, /* IOPCItemDeadbandMgt */
	{ "3e22d313-f08b-41a5-86c8-95e95cb49ffc", 0x2d }, /* IOPCItemSamplingMgt */
	{ "39227004-a18f-4b57-8b0a-5235670f4468", 0x2e }, /* IOPCBrowse */
	{ "85c0b427-2893-4cbc-bd78-e5fc5146f08f", 0x2f }, /* IOPCItemIO */
	{ "1f1217b0-dee0-11d2-a5e5-000086339399", 0x30 }, /* IOPCHDA_Server */
	{ "1f1217b1-dee0-11d2-a5e5-000086339399", 0x31 }, /* IOPCHDA_Browser */
	{ "1f1217b2-dee0-11d2-a5e5-000086339399", 0x32 }, /* IOPCHDA_SyncRead */
	{ "1f1217b3-dee0-11d2-a5e5-000086339399", 0x33 }, /* IOPCHDA_SyncUpdate */
	{ "1f1217b4-dee0-11d2-a5e5-000086339399", 0x34 }, /* IOPCHDA_SyncAnnotations */
	{ "1f1217b5-dee0-11d2-a5e5-000086339399", 0x35 }, /* IOPCHDA_AsyncRead */
	{ "1f1217b6-dee0-11d2-a5e5-000086339399", 0x36 }, /* IOPCHDA_AsyncUpdate */
	{ "1f1217b7-dee0-11d2-a5e5-000086339399", 0x37 }, /* IOPCHDA_AsyncAnnotations */
	{ "1f1217b8-dee0-11d2-a5e5-000086339399", 0x38 }, /* IOPCHDA_Playback */
	{ "1f1217b9-dee0-11d2-a5e5-000086339399", 0x39 }, /* IOPCHDA_DataCallback */
	{ "65168851-5783-11d1-84a0-00608cb8a7e9", 0x40 }, /* IOPCEventServer */
	{ "71bbe88e-9564-4bcd-bcfc-71c558d94f2d", 0x40 }, /* IOPCEventServer2 */
	{ "65168855-5783-11d1-84a0-00608cb8a7e9", 0x41 }, /* IOPCEventSubscriptionMgt */
	{ "94c955dc-3684-4ccb-afab-f898ce19aac3", 0x41 }, /* IOPCEventSubscriptionMgt2 */
	{ "65168857-5783-11d1-84a0-00608cb8a7e9", 0x42 }, /* IOPCEventAreaBrowser */
	{ "6516885f-5783-11d1-84a0-00608cb8a7e9", 0x43 }, /* IOPCEventSink */
};

uint8_t dcom_interface(const char uuid[DCERPC_UUID_TEXT])
{
	for (size_t i = 0; i < sizeof(dcom_identifiers) / sizeof(*dcom_identifiers); i++)
		if (strcmp(dcom_identifiers[i].uuid, uuid) == 0)
			return dcom_identifiers[i].interface;
	return DCOM_FOREIGN;
}
