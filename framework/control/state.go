package control

import "time"

// State is how a running store is at one moment, for people and for metrics.
// Counters begin at the start of the host.
type State struct {
	Store string    `json:"store"`
	Dir   string    `json:"dir"`
	Data  string    `json:"data"`
	URL   string    `json:"url,omitempty"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Now   time.Time `json:"now"`
	// Unwell says why the store is not well; empty where it is.
	Unwell  string   `json:"unwell,omitempty"`
	Engine  Engine   `json:"engine"`
	Devices []Device `json:"devices"`
	Plugins []Plugin `json:"plugins"`
	Agents  []Agent  `json:"agents,omitempty"`
}

// Agent is another machine that runs plugins, and the line to it.
type Agent struct {
	Name    string    `json:"name"`
	Address string    `json:"address"`
	Up      bool      `json:"up"`
	Since   time.Time `json:"since"`
	// Cause says why it can't be reached.
	Cause string `json:"cause,omitempty"`
	// Expires is when its certificate ends and HostExpires when this host's does,
	// where they are known; Renew how those that end soon are renewed.
	Expires     *time.Time `json:"expires,omitempty"`
	HostExpires *time.Time `json:"host_expires,omitempty"`
	Renew       string     `json:"renew,omitempty"`
	// OffsetNS is its clock minus the host's.
	OffsetNS int64  `json:"offset_ns"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

// Usage is what a plugin took of the machine, by its control groups.
type Usage struct {
	MemoryPeakBytes int64 `json:"memory_peak_bytes"`
	// OOMKills counts processes that were killed for want of memory, Tasks those
	// and threads that there are, TasksRefused those over the limit.
	OOMKills     int64 `json:"oom_kills"`
	Tasks        int64 `json:"tasks"`
	TasksRefused int64 `json:"tasks_refused"`
	// CPUThrottled counts the periods in which it had to wait for its share.
	CPUThrottled int64 `json:"cpu_throttled"`
}

// Connection is one granted address that the host carries connections to.
type Connection struct {
	Address string `json:"address"`
	// Open are there now; Accepted were carried, Refused were over the limit,
	// Failed found nobody.
	Open     int64 `json:"open"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
	Failed   int64 `json:"failed"`
	Sent     int64 `json:"sent_bytes"`
	Received int64 `json:"received_bytes"`
	// Error is why the last one failed; empty if it did not.
	Error string `json:"error,omitempty"`
}

// Engine is the single writer and its journal.
type Engine struct {
	// Head is the journal's newest record, Written how many this host wrote.
	Head    uint64 `json:"head"`
	Written uint64 `json:"written"`
	// At is the store's time of the newest record, which may not be the wall's.
	At time.Time `json:"at"`
	// Sessions are visits that are not closed, Asks those without an answer.
	Sessions    int `json:"sessions"`
	Asks        int `json:"asks"`
	Quarantined int `json:"quarantined"`
	// EntryClosed says why nobody is let in at any gate; empty while somebody is.
	EntryClosed string `json:"entry_closed,omitempty"`
}

// Device is one device of the store.
type Device struct {
	Address string `json:"address"`
	Class   string `json:"class"`
	Plugin  string `json:"plugin"`
	Driver  string `json:"driver"`
	State   string `json:"state"`
	Power   string `json:"power"`
	// Cause is one sentence where the state is not ready.
	Cause string    `json:"cause,omitempty"`
	Since time.Time `json:"since"`
	Epoch uint64    `json:"epoch"`
	// Lease says how it is kept from other hosts; empty where nothing does.
	Lease string `json:"lease,omitempty"`
	// LastError is the last cause of a state that was not ready, or of a command
	// that failed, and LastErrorAt its time.
	LastError   string     `json:"last_error,omitempty"`
	LastErrorAt *time.Time `json:"last_error_at,omitempty"`

	Model    string `json:"model,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Firmware string `json:"firmware,omitempty"`

	// File and Line are where the store's files describe it.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`

	// Readings are the newest of what it measures beside its evidence, by name.
	Readings []Reading    `json:"readings,omitempty"`
	Evidence Evidence     `json:"evidence"`
	Commands []Command    `json:"commands,omitempty"`
	History  []Transition `json:"history"`
}

// Reading is the newest value of one quantity that a device measures.
type Reading struct {
	// Name ends in the unit, as in "temperature_celsius".
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// At is when it was taken, on the host's clock.
	At time.Time `json:"at"`
}

// Command counts the commands of one name that were sent to a device.
type Command struct {
	Name string `json:"name"`
	// Outcomes counts them by the fault code of what came back; "done" is none.
	Outcomes map[string]uint64 `json:"outcomes"`
	// BoundsNS are the inclusive upper bounds of the buckets of how long they
	// took, Counts those of each bucket alone, the last of what took longer
	// than all bounds, and SumNS the time of all together.
	BoundsNS []int64  `json:"bounds_ns"`
	Counts   []uint64 `json:"counts"`
	SumNS    int64    `json:"sum_ns"`
}

// DeviceStates are the states of a device.
func DeviceStates() []string {
	return []string{"unconfigured", "claiming", "ready", "degraded", "offline", "failed", "quarantined", "closing"}
}

// PowerStates are the states of a device's power (UnifiedPOS 1.16,
// "PowerState"), as far as the device can tell.
func PowerStates() []string { return []string{"unknown", "online", "off", "offline", "off_offline"} }

// PluginStates are the states of a plugin's process.
func PluginStates() []string {
	return []string{"starting", "running", "restarting", "quarantined", "upgrading", "stopping", "stopped"}
}

// Evidence counts what a device reported.
type Evidence struct {
	// In counts reports that came, Delivered those that were handed on as
	// evidence, Refused those that did not pass their check, Stale those of an
	// opening that is over, Duplicates those that came again.
	In         uint64 `json:"in"`
	Delivered  uint64 `json:"delivered"`
	Refused    uint64 `json:"refused"`
	Stale      uint64 `json:"stale"`
	Duplicates uint64 `json:"duplicates"`
	// Gaps counts explicit gap records and Lost the reports missing in them.
	Gaps uint64 `json:"gaps"`
	Lost uint64 `json:"lost"`
	// Outages counts, over the whole journal, what a plugin or host that ended
	// took along: how many reports, nobody knows.
	Outages uint64 `json:"outages"`
	// Queue is how many wait for the journal.
	Queue uint64 `json:"queue"`
	// OffsetNS estimates the device's clock minus the host's.
	OffsetNS int64 `json:"offset_ns"`
	// Last is when the newest came.
	Last *time.Time `json:"last,omitempty"`
}

// Transition is a change of a device's state.
type Transition struct {
	At    time.Time `json:"at"`
	From  string    `json:"from"`
	State string    `json:"state"`
	Power string    `json:"power,omitempty"`
	Cause string    `json:"cause,omitempty"`
	Epoch uint64    `json:"epoch"`
}

// Plugin is one vendor's process.
type Plugin struct {
	Name    string    `json:"name"`
	Product string    `json:"product,omitempty"`
	Version string    `json:"version,omitempty"`
	Source  string    `json:"source"`
	Digest  string    `json:"digest,omitempty"`
	State   string    `json:"state"`
	Since   time.Time `json:"since"`
	PID     int       `json:"pid,omitempty"`
	// Restarts counts them since the host started.
	Restarts int    `json:"restarts"`
	Cause    string `json:"cause,omitempty"`
	// Retry is when it is started again, where it waits for that.
	Retry *time.Time `json:"retry,omitempty"`
	// OutputDropped is how many bytes of its output were over the limit.
	OutputDropped int64 `json:"output_dropped"`
	// MemoryBytes and CPUSeconds are its process's, 0 where they can't be read.
	MemoryBytes int64   `json:"memory_bytes"`
	CPUSeconds  float64 `json:"cpu_seconds"`
	// Isolation is what keeps it to what it was granted.
	Isolation []Measure `json:"isolation"`
	// Agent is the other machine that it runs on; empty for this one.
	Agent string `json:"agent,omitempty"`
	// Usage is nil where no control group counts it.
	Usage       *Usage       `json:"usage,omitempty"`
	Connections []Connection `json:"connections,omitempty"`
	// AllowUnsigned says that the store's files let it run though nobody signed its
	// package.
	AllowUnsigned bool `json:"allow_unsigned,omitempty"`
	// Granted is what it may use of the machine, and who says so.
	Granted []Grant `json:"granted"`
	File    string  `json:"file,omitempty"`
	Line    int     `json:"line,omitempty"`
}

// Grant is something of the machine that a plugin may use: dial, listen, device,
// read or write a value. From is "needs", for its manifest, or the device and
// the attribute of its config block.
type Grant struct {
	Access string `json:"access"`
	Value  string `json:"value"`
	From   string `json:"from"`
}

// Measure is one measure of isolation and how far it holds.
type Measure struct {
	Name  string `json:"name"`
	State string `json:"state"`
	By    string `json:"by,omitempty"`
	Why   string `json:"why,omitempty"`
}

// The states of a measure.
const (
	MeasureEnforced  = "enforced"
	MeasurePartly    = "partly"
	MeasureMissing   = "missing"
	MeasureNotNeeded = "not needed"
)

// Gaps are the measures that don't hold, or not wholly.
func (p Plugin) Gaps() []Measure {
	var out []Measure
	for _, m := range p.Isolation {
		if m.State == MeasureMissing || m.State == MeasurePartly {
			out = append(out, m)
		}
	}
	return out
}

// Plugin finds a plugin by name.
func (s *State) Plugin(name string) (Plugin, bool) {
	for _, p := range s.Plugins {
		if p.Name == name {
			return p, true
		}
	}
	return Plugin{}, false
}
