package simulate

// Who injects what the simulator does not.
const (
	byKill    = "go test ./framework/store -run Kill"
	byZoo     = "go test ./framework/supervisor/zoo"
	byPlugins = "go test ./framework/supervisor/..."
	byUpgrade = "go test ./framework/store -run Upgrade"
)

// catalogue is the catalogue, by FaultID.
var catalogue = [faultCount]Fault{
	FP1:  {"FP1", "host killed at any instant", "S R W", "at drawn times, between step and sync, between sync and call, and during recovery"},
	FP2:  {"FP2", "host panics on one input", "S P", "a panic after the state was half changed; the input is set aside"},
	FP3:  {"FP3", "host stopped 30 s and continued", "S R", "timers and deadlines come late, inputs wait"},
	FP4:  {"FP4", "host killed for memory", "R", byKill},
	FP5:  {"FP5", "plugin crashes, idle or mid-call", "S P R W", "its spool is lost, its calls have an unknown outcome, its device is opened again"},
	FP6:  {"FP6", "plugin crashes in a loop", "P W", byZoo},
	FP7:  {"FP7", "plugin hangs", "P W", byZoo},
	FP8:  {"FP8", "plugin forks and keeps pipes", "P", byZoo},
	FP9:  {"FP9", "plugin eats CPU, memory, descriptors", "P", byZoo},
	FP10: {"FP10", "plugin upgrade fails half way", "P", byUpgrade},
	FP11: {"FP11", "two hosts for one store", "S R", "a host that goes on with an older copy of the journal at the same processor"},
	FP12: {"FP12", "host starts with plugins left by the former", "R", byPlugins},

	FN1:  {"FN1", "request lost", "S W", "a call to the processor is lost on its way"},
	FN2:  {"FN2", "reply lost after the effect", "S W", "the processor acted and its reply is lost"},
	FN3:  {"FN3", "reply after the deadline", "S W", "the reply comes when nobody waits any more"},
	FN4:  {"FN4", "duplicated or reordered notice or event", "S W", "the same report or notice twice, notices out of order"},
	FN5:  {"FN5", "store offline for 1 min, 1 h or 3 days", "S W", "no call reaches the processor"},
	FN6:  {"FN6", "one-way partition", "S W", "calls arrive, replies do not, until the keep-alive notices"},
	FN7:  {"FN7", "latency of 10 s, jitter", "S W", "calls take up to 15 s, a device's stream stands for 10 s"},
	FN8:  {"FN8", "name or certificate wrong", "S", "calls are refused before anything is sent"},
	FN9:  {"FN9", "all devices reconnect at once", "S W", "all plugins end and are opened again"},
	FN10: {"FN10", "device repeats its old buffer", "S W", "what it told before is told again under new numbers"},

	FD1: {"FD1", "disk full", "S", "a write fails, the host stops, and can't start until there is space"},
	FD2: {"FD2", "write error, short write", "S W", "a write fails, the host stops and starts again"},
	FD3: {"FD3", "fsync error", "S", "the host stops; what it wrote may be there or not"},
	FD4: {"FD4", "torn last record", "S", "the power fails in the middle of a write: the group is cut off"},
	FD5: {"FD5", "unsynced writes lost", "S", "the power fails between write and sync: the group is lost or there in whole"},
	FD6: {"FD6", "bit flip in the middle", "S", "a record is changed on the disk; the host refuses it until a person brings the copy back"},
	FD7: {"FD7", "older copy restored", "S", "the journal is an older copy; the host refuses it by the checkpoint kept outside"},
	FD8: {"FD8", "read-only, or slow by 5 s", "S W", "one sync takes 5 s"},
	FD9: {"FD9", "out of inodes or descriptors", "S", "the host can't open its files for a while"},

	FC1: {"FC1", "clock steps by an hour, a day, to 1970, past 2038", "S", "the machine's clock is another after a restart, or steps while the host runs"},
	FC2: {"FC2", "clocks drift, minutes apart", "S", "device clocks are minutes off and their offsets are misjudged"},
	FC3: {"FC3", "summer time, leap day, new year", "S", "the run crosses one"},
	FC4: {"FC4", "suspend and resume", "S", "the machine sleeps, plugins too"},

	FV1: {"FV1", "scale drifts, sticks, spikes, is off by one", "S", "single readings and lasting errors"},
	FV2: {"FV2", "RFID misses, strays, floods", "S", "tags missed at the lane, read through the wall, read many times"},
	FV3: {"FV3", "camera frozen, track lost, identities swapped", "S", "hands missed, tracks broken off, tracks swapped without a word, no picture"},
	FV4: {"FV4", "reader repeats, answers late", "S W", "the same tap twice, or seconds late"},
	FV5: {"FV5", "gate stuck, miscounts, two pass", "S W", "the gate does not open, or misses a body, or counts one twice"},
	FV6: {"FV6", "emergency input flaps or is cut", "S", "the flaps are free; people come and go uncounted"},
	FV7: {"FV7", "device replaced", "S", "out of service until somebody approves it"},

	FY1:  {"FY1", "decline at entry", "S W", "the issuer refuses the hold"},
	FY2:  {"FY2", "time-out with and without effect", "S W", "no reply, before or after the deed"},
	FY3:  {"FY3", "error saved under the key", "S", "a 500 that is replayed for as long as the key lasts"},
	FY4:  {"FY4", "error not saved", "S W", "a 500; the same key may act later"},
	FY5:  {"FY5", "key window passed during an outage", "S", "no call gets through for longer than the window, one of them with an unknown outcome"},
	FY6:  {"FY6", "hold expired or released", "S", "the issuer lets a hold lapse during the visit"},
	FY7:  {"FY7", "partial approval, other amount or currency", "S", "the hold is smaller, or the reply says something else"},
	FY8:  {"FY8", "capture fails later", "S", "the processor takes a capture back and says so by notice"},
	FY9:  {"FY9", "void and capture race, capture twice", "S W", "the network delivers a request twice, the second time late"},
	FY10: {"FY10", "refund of unknown, over-refund, twice, late", "S", "staff order refunds that can't be, the same one twice, and proper ones"},
	FY11: {"FY11", "chargeback", "S", "a cardholder's bank takes the money back"},
	FY12: {"FY12", "report lacks or repeats rows", "S", "the processor's report of the day is wrong; reconciliation finds each row"},
	FY13: {"FY13", "429 storms", "S W", "too many requests"},
	FY14: {"FY14", "processor lies", "S", "it says captured and did not; reconciliation finds it"},

	FG1: {"FG1", "config change with shoppers inside", "S", "another definition is adopted"},
	FG2: {"FG2", "device removed while in use", "S", "a definition without it, and later with it again"},
	FG3: {"FG3", "prices change mid-session", "S", "up and down, while goods are in hands"},
	FG4: {"FG4", "secret rotated mid-flight", "S", "calls are refused until the plugin is opened with the new one"},
	FG5: {"FG5", "half-written config", "S", "a definition that is refused; the old one stays"},
	FG6: {"FG6", "two stores share an id", "S", "the definition of another store is handed in and refused"},
}

// held are faults that the core is not yet built to stand; they are not injected
// and the result says so. There are none.
var held = map[FaultID]string{}
