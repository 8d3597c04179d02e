// A reader of npm llrpjs's making: it answers the plugin and reports one tag again and again. What is on the wire is written by that library.
//
//	node llrpjs-reader.js FOLDER-WITH-node_modules PORT EPC
const path = require("path");
const [, , folder, port, epc] = process.argv;
const { LLRPServer, LLRPCore } = require(path.join(folder, "node_modules", "llrpjs"));
const reader = new LLRPServer({ host: "127.0.0.1", port: Number(port) });
const status = { LLRPStatus: { StatusCode: "M_Success", ErrorDescription: "" } };
const code = [...Buffer.from(epc, "hex")];
let timer;

const answer = (id, name, data) => reader.send(new LLRPCore[name]({ id, data: { ...status, ...data } }));
const now = () => new Date();

reader.on("connection", () => reader.send(new LLRPCore.READER_EVENT_NOTIFICATION({
  data: { ReaderEventNotificationData: { UTCTimestamp: { Microseconds: now() }, ConnectionAttemptEvent: { Status: "Success" } } },
})));
reader.on("error", (err) => console.error("error", err.message));
reader.on("disconnect", () => clearInterval(timer));
reader.on("GET_READER_CAPABILITIES", (m) => answer(m.id, "GET_READER_CAPABILITIES_RESPONSE", {
  GeneralDeviceCapabilities: {
    MaxNumberOfAntennaSupported: 2, CanSetAntennaProperties: 0, HasUTCClockCapability: 1, DeviceManufacturerName: 1, ModelName: 1,
    ReaderFirmwareVersion: "llrpjs",
    ReceiveSensitivityTableEntry: { Index: 1, ReceiveSensitivityValue: 0 },
    GPIOCapabilities: { NumGPIs: 0, NumGPOs: 0 },
    PerAntennaAirProtocol: [1, 2].map((AntennaID) => ({ AntennaID, ProtocolID: ["EPCGlobalClass1Gen2"] })),
  },
}));
for (const name of ["DELETE_ACCESSSPEC", "DELETE_ROSPEC", "SET_READER_CONFIG", "ADD_ROSPEC"]) {
  reader.on(name, (m) => answer(m.id, name + "_RESPONSE"));
}
reader.on("ENABLE_ROSPEC", async (m) => {
  await answer(m.id, "ENABLE_ROSPEC_RESPONSE");
  let n = 0;
  timer = setInterval(() => {
    if (!reader.socketWritable) return;
    const EPCParameter = n++ % 2 ? { EPC_96: { EPC: code } } : { EPCData: { EPC: code } }; // both ways to say 96 bits
    reader.send(new LLRPCore.RO_ACCESS_REPORT({ data: { TagReportData: {
      ...EPCParameter, AntennaID: { AntennaID: 2 }, PeakRSSI: { PeakRSSI: -61 }, FirstSeenTimestampUTC: { Microseconds: now() },
      LastSeenTimestampUTC: { Microseconds: now() }, TagSeenCount: { TagCount: 3 },
    } } }));
  }, 20);
});
reader.on("CLOSE_CONNECTION", async (m) => {
  await answer(m.id, "CLOSE_CONNECTION_RESPONSE");
  await reader.disconnect();
});
reader.listen();
setTimeout(() => console.log("listening"), 200);
